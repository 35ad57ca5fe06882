//! The tree of a revision out of a git clone that the user names, and whether it is what the lock says.
//!
//! Goal: what `git archive` of the revision unpacks to, verified by its NAR hash. Limits: attributes of git (`export-ignore`,
//! `export-subst`) are not looked at; where they matter the hash differs, and the tree is not taken.

use std::path::Path;

use options::EntryKind;

use super::nar::Nar;
use super::store::Hash;
use super::trees::{FILE_SIZE, Memory, text_of};
use crate::git::objects::{Missing, ObjectKind};
use crate::git::{GitDir, Id};

/// How deeply folders nest before a tree is given up.
const DEEP: usize = 64;
/// Bytes of a file that is hashed.
const LARGEST: u64 = 256 << 20;

/// The tree of a commit, when it has this hash; of any hash, when none is given.
///
/// # Errors
/// When the clone cannot be read, does not have the commit, or the tree is another one; the words say which.
pub fn read(clone: &Path, rev: &str, nar_hash: Option<&Hash>) -> Result<Memory, String> {
    let git = GitDir::at(clone)?;
    let id = Id::from_hex(rev.as_bytes()).ok_or("the lock names no commit")?;
    let mut reading = Reading {
        git: &git,
        nar: Nar::default(),
        memory: Memory::default(),
    };
    let read = git
        .commit(&id)
        .and_then(|(_, commit)| reading.folder(&commit.tree, "", 0));
    read.map_err(|missing| match missing {
        Missing::Absent => "the clone does not have the commit".to_owned(),
        Missing::TooBig | Missing::Spent => "the tree is too large".to_owned(),
        Missing::Damaged => "an object of the clone is damaged".to_owned(),
    })?;
    let hash = reading.nar.finish();
    if nar_hash.is_some_and(|wanted| *wanted != hash) {
        return Err("the tree of the commit does not have the hash of the lock".to_owned());
    }
    Ok(reading.memory)
}

struct Reading<'a> {
    git: &'a GitDir,
    nar: Nar,
    memory: Memory,
}

impl Reading<'_> {
    fn folder(&mut self, id: &Id, path: &str, depth: usize) -> Result<(), Missing> {
        if depth > DEEP {
            return Err(Missing::TooBig);
        }
        let mut entries = self.git.tree(id)?;
        // Git sorts folders as if their names ended in `/`.
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        self.memory.add(path, EntryKind::Dir);
        self.nar.open();
        for entry in entries {
            self.nar.entry(&entry.name);
            let name = std::str::from_utf8(&entry.name).ok();
            let below = name.map(|name| match path {
                "" => name.to_owned(),
                path => format!("{path}/{name}"),
            });
            let mut add = |kind| {
                if let Some(below) = &below {
                    self.memory.add(below, kind);
                }
            };
            match entry.mode & 0o170_000 {
                0o040_000 => {
                    self.folder(&entry.id, below.as_deref().unwrap_or("\u{fffd}"), depth + 1)?
                }
                0o120_000 => {
                    add(EntryKind::Link);
                    self.nar.link(&self.blob(&entry.id)?);
                }
                0o100_000 => {
                    add(EntryKind::File);
                    let bytes = self.blob(&entry.id)?;
                    self.nar.file(&bytes, entry.mode & 0o111 != 0);
                    if let Some(below) = below.filter(|_| bytes.len() as u64 <= FILE_SIZE)
                        && is_read(&below)
                        && let Some(text) = text_of(bytes)
                    {
                        self.memory.file(&below, text);
                    }
                }
                // A submodule: an empty folder.
                _ => {
                    add(EntryKind::Dir);
                    self.nar.open();
                    self.nar.close();
                }
            }
            self.nar.entered();
        }
        self.nar.close();
        Ok(())
    }

    fn blob(&self, id: &Id) -> Result<Vec<u8>, Missing> {
        match self.git.objects.read(id, LARGEST)? {
            (ObjectKind::Blob, bytes) => Ok(bytes),
            _ => Err(Missing::Damaged),
        }
    }
}

/// Whether the text of a file may be asked for: everything that expressions read, not pictures and patches.
fn is_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    matches!(suffix, "" | "nix" | "json" | "toml" | "txt" | "version") || name.starts_with('.')
}
