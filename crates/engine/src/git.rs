//! Reads the git directory: the index, HEAD, refs and objects. Opens no configuration, starts nothing, fetches nothing.
//!
//! Goal: what git knows of each path, and the texts of another revision. Limits: SHA-1 repositories with files for refs
//! (no `reftable`); whatever is damaged or unknown ends in an error or in "there is no git", with a note, never in a guess.

pub mod base;
pub mod index;
pub mod objects;
pub mod refs;

use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use crate::disk::{Failure, Folder, Stat};
use index::Index;
use objects::{Missing, ObjectKind, Objects};

/// The name of an object: its SHA-1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id([u8; 20]);

impl Id {
    /// Takes the first 20 bytes; missing ones are zero.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Id {
        let mut id = [0; 20];
        for (to, from) in id.iter_mut().zip(bytes) {
            *to = *from;
        }
        Id(id)
    }

    /// Reads 40 hex digits.
    #[must_use]
    pub fn from_hex(hex: &[u8]) -> Option<Id> {
        if hex.len() != 40 {
            return None;
        }
        let mut id = [0; 20];
        for (to, pair) in id.iter_mut().zip(hex.chunks_exact(2)) {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            *to = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
        }
        Some(Id(id))
    }

    /// The name that a file with these contents has.
    #[must_use]
    pub fn of_blob(contents: &[u8]) -> Id {
        sha1(&[
            b"blob ",
            contents.len().to_string().as_bytes(),
            b"\0",
            contents,
        ])
    }

    /// The 20 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(crate) fn sha1(parts: &[&[u8]]) -> Id {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    Id(hash.finalize().into())
}

/// The number encoding of delta offsets and of index version 4: the number and how many bytes it takes.
pub(crate) fn parse_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        if at > 0 {
            value += 1;
        }
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// A path of the system from bytes.
pub(crate) fn os_path(bytes: &[u8]) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its folder.
    pub tree: Id,
    /// What it follows; none at the edge of a shallow clone.
    pub parents: Vec<Id>,
    /// When it was committed: seconds since 1970.
    pub seconds: i64,
    /// What its author says.
    pub message: String,
}

/// A git directory, opened.
#[derive(Debug)]
pub struct GitDir {
    /// The top of the work tree.
    pub top: PathBuf,
    /// `HEAD` and `index`.
    own: Folder,
    /// Refs: the same, but for linked work trees.
    common: Folder,
    /// All objects.
    pub objects: Objects,
    /// Commits whose parents a shallow clone left out.
    shallow: Vec<Id>,
}

/// Bytes of a small file of git: HEAD, a ref, `commondir`.
const SMALL: u64 = 1 << 16;
/// Bytes of an index or of `packed-refs`.
const LARGE: u64 = 256 << 20;
/// Bytes of a commit, a tag.
const NOTE: u64 = 1 << 20;

impl GitDir {
    /// Finds the git directory of a folder by walking up. `None` when there is none.
    ///
    /// # Errors
    /// When there is a `.git` that is no git directory; the words say why.
    pub fn find(root: &Path) -> Result<Option<GitDir>, String> {
        for top in root.ancestors() {
            let Ok(folder) = Folder::open(top) else {
                continue;
            };
            if folder.has(b".git") {
                return GitDir::open(top, &folder).map(Some);
            }
        }
        Ok(None)
    }

    /// The git directory of a folder, or the folder itself when it is one: a bare clone.
    ///
    /// # Errors
    /// When it is neither; the words say why.
    pub fn at(path: &Path) -> Result<GitDir, String> {
        let folder = Folder::open(path).map_err(|failure| format!("the folder {failure}"))?;
        if folder.has(b".git") {
            return GitDir::open(path, &folder);
        }
        if !folder.has(b"HEAD") || !folder.has(b"objects") {
            return Err("this is no git repository".to_owned());
        }
        let again = || Folder::open(path).map_err(|failure| format!("the folder {failure}"));
        Ok(GitDir {
            top: path.to_owned(),
            own: folder,
            common: again()?,
            objects: Objects::open(&path.join("objects")),
            shallow: Vec::new(),
        })
    }

    fn open(top: &Path, folder: &Folder) -> Result<GitDir, String> {
        let mut path = top.join(".git");
        let own = match Folder::open(&path) {
            Ok(own) => own,
            Err(_) => {
                let (bytes, _) = folder
                    .read(b".git", SMALL)
                    .map_err(|failure| format!("`.git` {failure}"))?;
                let target = bytes
                    .strip_prefix(b"gitdir:")
                    .map(<[u8]>::trim_ascii)
                    .filter(|target| !target.is_empty() && !target.contains(&0))
                    .ok_or("`.git` is a file that names no git directory")?;
                path = top.join(os_path(target));
                Folder::open(&path)
                    .map_err(|_| "`.git` names a git directory that cannot be opened")?
            }
        };
        if !own.has(b"HEAD") {
            return Err("`.git` is no git directory".to_owned());
        }
        let mut common_path = path.clone();
        if let Ok((bytes, _)) = own.read(b"commondir", SMALL) {
            let target = bytes.trim_ascii();
            if target.is_empty() || target.contains(&0) {
                return Err("`commondir` names nothing".to_owned());
            }
            common_path = path.join(os_path(target));
        }
        let common = Folder::open(&common_path)
            .map_err(|_| "the common git directory cannot be opened".to_owned())?;
        let shallow = common.read(b"shallow", LARGE).map_or_else(
            |_| Vec::new(),
            |(bytes, _)| {
                bytes
                    .split(|byte| *byte == b'\n')
                    .filter_map(Id::from_hex)
                    .collect()
            },
        );
        Ok(GitDir {
            top: top.to_owned(),
            own,
            common,
            objects: Objects::open(&common_path.join("objects")),
            shallow,
        })
    }

    /// Whether commits are missing on purpose.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// The index and the time it was written, in seconds; an absent index is empty.
    ///
    /// # Errors
    /// When it is damaged; the words say why.
    pub fn index(&self, limit: usize) -> Result<(Index, i64), String> {
        let (bytes, stat) = match self.own.read(b"index", LARGE) {
            Ok(read) => read,
            Err(Failure::Missing) => return Ok((Index::default(), 0)),
            Err(failure) => return Err(format!("the git index {failure}")),
        };
        let shared = |id: &Id| {
            let name = format!("sharedindex.{id}");
            Some(self.own.read(name.as_bytes(), LARGE).ok()?.0)
        };
        match Index::parse(&bytes, limit, shared) {
            Ok(index) => Ok((index, stat.seconds)),
            Err(fault) => Err(format!("the git index is not understood: {fault}")),
        }
    }

    /// What the system knows of the index; `None` when there is none.
    #[must_use]
    pub fn index_stat(&self) -> Option<Stat> {
        Some(self.own.file(b"index").ok()?.1)
    }

    /// The lines of `.git/info/exclude`.
    #[must_use]
    pub fn exclude(&self) -> Vec<u8> {
        self.common
            .read(b"info/exclude", SMALL)
            .map_or_else(|_| Vec::new(), |(bytes, _)| bytes)
    }

    /// The commits that a merge under way brings in.
    #[must_use]
    pub fn merge_heads(&self) -> Vec<Id> {
        self.own.read(b"MERGE_HEAD", SMALL).map_or_else(
            |_| Vec::new(),
            |(bytes, _)| {
                bytes
                    .split(|byte| *byte == b'\n')
                    .filter_map(Id::from_hex)
                    .collect()
            },
        )
    }

    /// A commit; annotated tags lead to theirs.
    ///
    /// # Errors
    /// When it, or a tag on the way, is missing, damaged or no commit.
    pub fn commit(&self, id: &Id) -> Result<(Id, Commit), Missing> {
        let mut id = *id;
        for _ in 0..16 {
            let (kind, bytes) = self.objects.read(&id, NOTE)?;
            match kind {
                ObjectKind::Commit => {
                    let mut commit = parse_commit(&bytes).ok_or(Missing::Damaged)?;
                    if self.shallow.contains(&id) {
                        commit.parents.clear();
                    }
                    return Ok((id, commit));
                }
                ObjectKind::Tag => {
                    let line = bytes.split(|byte| *byte == b'\n').next();
                    id = line
                        .and_then(|line| line.strip_prefix(b"object "))
                        .and_then(Id::from_hex)
                        .ok_or(Missing::Damaged)?;
                }
                _ => return Err(Missing::Damaged),
            }
        }
        Err(Missing::Damaged)
    }

    /// The entries of a folder: mode, name, id.
    ///
    /// # Errors
    /// When it is missing, too big, damaged or no folder.
    pub fn tree(&self, id: &Id) -> Result<Vec<TreeEntry>, Missing> {
        let (kind, bytes) = self.objects.read(id, 64 << 20)?;
        if kind != ObjectKind::Tree {
            return Err(Missing::Damaged);
        }
        let mut entries = Vec::new();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let space = rest.iter().position(|byte| *byte == b' ');
            let space = space.filter(|at| *at <= 7).ok_or(Missing::Damaged)?;
            let mode = std::str::from_utf8(&rest[..space])
                .ok()
                .and_then(|mode| u32::from_str_radix(mode, 8).ok())
                .ok_or(Missing::Damaged)?;
            rest = &rest[space + 1..];
            let end = rest
                .iter()
                .position(|byte| *byte == 0)
                .ok_or(Missing::Damaged)?;
            let name = &rest[..end];
            let id = rest.get(end + 1..end + 21).ok_or(Missing::Damaged)?;
            rest = &rest[end + 21..];
            let safe = !name.is_empty()
                && !matches!(name, b"." | b"..")
                && !name.contains(&b'/')
                && !name.eq_ignore_ascii_case(b".git");
            if safe {
                entries.push(TreeEntry {
                    mode,
                    name: name.into(),
                    id: Id::from_bytes(id),
                });
            }
        }
        Ok(entries)
    }
}

/// One entry of a folder in git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// `0o100644`, `0o040000` …
    pub mode: u32,
    /// Its name.
    pub name: Box<[u8]>,
    /// The object.
    pub id: Id,
}

impl TreeEntry {
    /// Whether it is a folder.
    #[must_use]
    pub fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}

fn parse_commit(bytes: &[u8]) -> Option<Commit> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let tree = Id::from_hex(lines.next()?.strip_prefix(b"tree ")?)?;
    let mut commit = Commit {
        tree,
        parents: Vec::new(),
        seconds: 0,
        message: String::new(),
    };
    let mut used = 46;
    for line in lines {
        used += line.len() + 1;
        if line.is_empty() {
            break;
        }
        if let Some(parent) = line.strip_prefix(b"parent ") {
            commit.parents.push(Id::from_hex(parent)?);
        } else if let Some(who) = line.strip_prefix(b"committer ") {
            let mut words = who.rsplit(|byte| *byte == b' ');
            words.next();
            commit.seconds = words
                .next()
                .and_then(|word| std::str::from_utf8(word).ok()?.parse().ok())
                .unwrap_or(0);
        }
    }
    commit.message = String::from_utf8_lossy(bytes.get(used..).unwrap_or_default()).into_owned();
    Some(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_blobs() {
        assert_eq!(
            Id::of_blob(b"hello\n").to_string(),
            "ce013625030ba8dba906f756967f9e9ca394464a"
        );
        let id = Id::of_blob(b"");
        assert_eq!(Id::from_hex(id.to_string().as_bytes()), Some(id));
        assert_eq!(Id::from_hex(b"xyz"), None);
    }

    #[test]
    fn commits_are_read() {
        let commit = parse_commit(
            b"tree ce013625030ba8dba906f756967f9e9ca394464a\nauthor A <a@example.org> 5 +0000\ncommitter A B <a@example.org> 1700000000 +0100\n\nAdd it\n",
        )
        .unwrap();
        assert_eq!(
            (commit.seconds, commit.message.as_str()),
            (1_700_000_000, "Add it\n")
        );
        assert_eq!(parse_commit(b""), None);
    }
}
