//! The path table: every path of the repository by name, also of files that are not read. Nothing later touches the disk.

use std::collections::BTreeSet;

use crate::{GitState, RepoPath};

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder that was not entered: ignored by git, a nested repository, `result`, `.direnv` and the like. Folders that
    /// were entered have no entry of their own, see [`PathTable::is_folder`].
    Closed,
    /// A symbolic link with its target as the disk has it. Never followed.
    Link(Box<[u8]>),
    /// A submodule, never entered.
    Submodule,
    /// A pipe, socket or device, never opened.
    Special,
}

/// One path of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathEntry {
    /// The path.
    pub path: RepoPath,
    /// What stands there; for a path that is gone from the disk, what the index says.
    pub kind: EntryKind,
    /// Whether it is on the disk. False for what is in the index only.
    pub on_disk: bool,
    /// Its state in git; `None` without git.
    pub git: Option<GitState>,
}

/// Whether a path exists, as far as the table can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// A file, link or other entry.
    Entry,
    /// A folder.
    Folder,
    /// Nothing stands there.
    Absent,
    /// It lies below a folder that was not entered.
    Unknown,
}

/// All paths, sorted by bytes.
#[derive(Debug, Clone, Default)]
pub struct PathTable {
    entries: Vec<PathEntry>,
    folders: BTreeSet<RepoPath>,
}

impl PathTable {
    /// Takes the entries in any order; of two entries with one path the first is kept.
    #[must_use]
    pub fn new(mut entries: Vec<PathEntry>) -> PathTable {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries.dedup_by(|b, a| a.path == b.path);
        let mut folders = BTreeSet::new();
        let mut before = RepoPath::from_bytes(b"");
        for entry in entries.iter().filter(|entry| entry.on_disk) {
            let mut folder = entry.path.parent();
            // Neighbours share their folder.
            if folder == before && !folders.is_empty() {
                continue;
            }
            before = folder.clone();
            while !folders.contains(&folder) {
                let next = folder.parent();
                folders.insert(folder.clone());
                if folder.bytes().is_empty() {
                    break;
                }
                folder = next;
            }
        }
        PathTable { entries, folders }
    }

    /// The entries, sorted by the bytes of their paths.
    #[must_use]
    pub fn entries(&self) -> &[PathEntry] {
        &self.entries
    }

    /// The entry at a path. Folders that were entered have none.
    #[must_use]
    pub fn find(&self, path: &RepoPath) -> Option<&PathEntry> {
        let at = self
            .entries
            .binary_search_by(|entry| entry.path.cmp(path))
            .ok()?;
        Some(&self.entries[at])
    }

    /// Whether the path is a folder with at least one entry below it; the root is the empty path.
    #[must_use]
    pub fn is_folder(&self, path: &RepoPath) -> bool {
        self.folders.contains(path)
    }

    /// Whether anything stands at a path on the disk.
    #[must_use]
    pub fn presence(&self, path: &RepoPath) -> Presence {
        match self.find(path) {
            Some(entry) if entry.kind == EntryKind::Closed && entry.on_disk => {
                return Presence::Folder;
            }
            Some(entry) if entry.on_disk => return Presence::Entry,
            _ => {}
        }
        if self.is_folder(path) {
            return Presence::Folder;
        }
        let mut above = path.clone();
        while !above.bytes().is_empty() {
            above = above.parent();
            if let Some(entry) = self.find(&above) {
                return match entry.kind {
                    EntryKind::Closed | EntryKind::Link(_) | EntryKind::Submodule => {
                        Presence::Unknown
                    }
                    EntryKind::File | EntryKind::Special => Presence::Absent,
                };
            }
        }
        Presence::Absent
    }

    /// The entries below a folder, at any depth.
    pub fn below(&self, folder: &RepoPath) -> impl Iterator<Item = &PathEntry> {
        let mut prefix = folder.bytes().to_vec();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        let start = self
            .entries
            .partition_point(|entry| entry.path.bytes() < prefix.as_slice());
        self.entries[start..]
            .iter()
            .take_while(move |entry| entry.path.bytes().starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, kind: EntryKind) -> PathEntry {
        PathEntry {
            path: path.into(),
            kind,
            on_disk: true,
            git: None,
        }
    }

    #[test]
    fn presence_knows_what_it_does_not_know() {
        let table = PathTable::new(vec![
            entry("hosts/a/default.nix", EntryKind::File),
            entry("hosts-old.nix", EntryKind::File),
            entry("build", EntryKind::Closed),
            PathEntry {
                on_disk: false,
                ..entry("gone/x.nix", EntryKind::File)
            },
        ]);
        let ask = |path: &str| table.presence(&path.into());
        assert_eq!(ask("hosts/a/default.nix"), Presence::Entry);
        assert_eq!(ask("hosts/a"), Presence::Folder);
        assert_eq!(ask(""), Presence::Folder);
        assert_eq!(ask("build"), Presence::Folder);
        assert_eq!(ask("build/x.nix"), Presence::Unknown);
        assert_eq!(ask("gone/x.nix"), Presence::Absent);
        assert_eq!(ask("gone"), Presence::Absent);
        assert_eq!(ask("hosts/b"), Presence::Absent);
        assert_eq!(table.below(&"hosts".into()).count(), 1);
        assert_eq!(table.below(&"".into()).count(), 4);
    }
}
