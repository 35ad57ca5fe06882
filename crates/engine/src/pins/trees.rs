//! Trees of files that schemas are read from: folders of the disk, and trees that are held in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use options::{EntryKind, Sources, SrcPath};

use crate::disk::{Folder, What};

/// Bytes of one file; a bigger one is as if it were not there.
pub const FILE_SIZE: u64 = 4 << 20;

/// Trees by the names of their roots.
#[derive(Debug, Default)]
pub struct Trees {
    roots: BTreeMap<Arc<str>, Tree>,
}

/// One tree.
#[derive(Debug)]
pub enum Tree {
    /// A folder of the disk.
    Disk(Folder),
    /// Held in memory.
    Memory(Memory),
}

/// A tree that is held in memory.
#[derive(Debug, Default, Clone)]
pub struct Memory {
    /// The texts, by path below the root.
    texts: BTreeMap<Box<str>, Arc<str>>,
    /// The folders with what is in them, sorted by name.
    folders: BTreeMap<Box<str>, BTreeMap<Box<str>, EntryKind>>,
}

impl Memory {
    /// Adds something at a path; the folders above it come with it.
    pub fn add(&mut self, path: &str, kind: EntryKind) {
        let mut at = path;
        let mut kind = kind;
        loop {
            if kind == EntryKind::Dir {
                self.folders.entry(at.into()).or_default();
            }
            if at.is_empty() {
                return;
            }
            let (folder, name) = at.rsplit_once('/').unwrap_or(("", at));
            let entries = self.folders.entry(folder.into()).or_default();
            let known = entries.insert(name.into(), kind).is_some();
            if known {
                return;
            }
            (at, kind) = (folder, EntryKind::Dir);
        }
    }

    /// Adds a file with its text.
    pub fn file(&mut self, path: &str, text: impl Into<Arc<str>>) {
        self.add(path, EntryKind::File);
        self.texts.insert(path.into(), text.into());
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        if path.is_empty() {
            return Some(EntryKind::Dir);
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.folders.get(folder)?.get(name).copied()
    }
}

impl Trees {
    /// Adds a tree under a name.
    pub fn add(&mut self, root: impl Into<Arc<str>>, tree: Tree) {
        self.roots.insert(root.into(), tree);
    }

    fn of(&self, at: &SrcPath) -> Option<&Tree> {
        self.roots.get(&at.root)
    }
}

impl Tree {
    /// Whether a regular file stands at a path.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.kind(path) == Some(EntryKind::File)
    }

    /// What stands at a path.
    #[must_use]
    pub fn kind(&self, path: &str) -> Option<EntryKind> {
        match self {
            Tree::Disk(folder) => folder.what(path.as_bytes()).map(kind_of),
            Tree::Memory(memory) => memory.kind(path),
        }
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        match self {
            Tree::Disk(folder) => {
                let (bytes, _) = folder.read(path.as_bytes(), FILE_SIZE).ok()?;
                text_of(bytes)
            }
            Tree::Memory(memory) => memory.texts.get(path).cloned(),
        }
    }

    /// What is in a folder, sorted by name.
    #[must_use]
    pub fn list(&self, path: &str) -> Option<Vec<(String, EntryKind)>> {
        match self {
            Tree::Disk(folder) => {
                let entries = folder.folder(path.as_bytes()).ok()?.list().ok()?;
                let mut names: Vec<(String, EntryKind)> = entries
                    .into_iter()
                    .filter_map(|(name, what)| Some((String::from_utf8(name).ok()?, kind_of(what))))
                    .collect();
                names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
                Some(names)
            }
            Tree::Memory(memory) => {
                let entries = memory.folders.get(path)?;
                let names = entries.iter().map(|(name, kind)| (name.to_string(), *kind));
                Some(names.collect())
            }
        }
    }
}

/// Bytes as a text without byte order mark; `None` when they are none.
pub(super) fn text_of(bytes: Vec<u8>) -> Option<Arc<str>> {
    let text = String::from_utf8(bytes).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(&text).into())
}

fn kind_of(what: What) -> EntryKind {
    match what {
        What::File => EntryKind::File,
        What::Folder => EntryKind::Dir,
        What::Link => EntryKind::Link,
        What::Special => EntryKind::Other,
    }
}

impl Sources for Trees {
    fn text(&self, at: &SrcPath) -> Option<Arc<str>> {
        self.of(at)?.text(&at.path)
    }

    fn list(&self, folder: &SrcPath) -> Option<Vec<(String, EntryKind)>> {
        self.of(folder)?.list(&folder.path)
    }

    fn kind(&self, at: &SrcPath) -> Option<EntryKind> {
        self.of(at)?.kind(&at.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both kinds of trees answer alike.
    #[test]
    fn disk_and_memory() {
        let place = tempfile::tempdir().unwrap();
        let mut memory = Memory::default();
        for (path, text) in [("a.nix", "1"), ("m/b.nix", "2"), ("m/c/d.nix", "3")] {
            let file = place.path().join(path);
            #[expect(clippy::disallowed_methods, reason = "the test makes its own folder")]
            {
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, text).unwrap();
            }
            memory.file(path, text);
        }
        let mut trees = Trees::default();
        trees.add("disk", Tree::Disk(Folder::open(place.path()).unwrap()));
        trees.add("memory", Tree::Memory(memory));
        for root in ["disk", "memory"] {
            let at = |path: &str| SrcPath::new(root, path).unwrap();
            assert_eq!(trees.text(&at("m/c/d.nix")).as_deref(), Some("3"));
            assert_eq!(trees.text(&at("m/x.nix")), None);
            assert_eq!(trees.text(&at("m")), None);
            assert_eq!(trees.kind(&at("m/c")), Some(EntryKind::Dir));
            assert_eq!(trees.kind(&at("")), Some(EntryKind::Dir));
            assert_eq!(trees.kind(&at("m/x")), None);
            let names = trees.list(&at("m")).unwrap();
            let file = ("b.nix".to_owned(), EntryKind::File);
            assert_eq!(names, [file, ("c".to_owned(), EntryKind::Dir)]);
            assert_eq!(trees.list(&at("a.nix")), None);
            assert_eq!(trees.list(&at("")).map(|it| it.len()), Some(2));
        }
        assert_eq!(trees.text(&SrcPath::new("other", "a.nix").unwrap()), None);
    }
}
