//! Paths inside a repository: relative to its root, with `/`, never with `.` or `..`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A path from the root of the repository. Ordered by bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RepoPath {
    bytes: Arc<[u8]>,
}

impl RepoPath {
    /// Takes the bytes of a relative path as the file system or the git index has them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> RepoPath {
        RepoPath {
            bytes: bytes.into(),
        }
    }

    /// The path as text; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        as_text(&self.bytes)
    }

    /// The path as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The last component as text.
    #[must_use]
    pub fn file_name(&self) -> Cow<'_, str> {
        as_text(&self.bytes[self.parent_len().map_or(0, |at| at + 1)..])
    }

    /// The components as text, left to right.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = Cow<'_, str>> {
        self.bytes
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty())
            .map(as_text)
    }

    /// Whether the name of one of the folders that hold it, as bytes, is such a one.
    #[must_use]
    pub fn in_folder(&self, is: impl Fn(&[u8]) -> bool) -> bool {
        let mut from = 0;
        memchr::memchr_iter(b'/', &self.bytes).any(|at| {
            let name = &self.bytes[from..at];
            from = at + 1;
            is(name)
        })
    }

    /// How many bytes stand before the last `/`.
    fn parent_len(&self) -> Option<usize> {
        memchr::memrchr(b'/', &self.bytes)
    }

    /// Whether it is `folder`, or lies below it. Everything lies below the root, the empty path.
    #[must_use]
    pub fn lies_in(&self, folder: &RepoPath) -> bool {
        folder.bytes.is_empty()
            || self
                .bytes
                .strip_prefix(&*folder.bytes)
                .is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'/'))
    }

    /// The folder that holds it; the root is the empty path.
    #[must_use]
    pub fn parent(&self) -> RepoPath {
        match self.parent_len() {
            Some(at) => RepoPath::from_bytes(&self.bytes[..at]),
            None => RepoPath::from_bytes(b""),
        }
    }

    /// Joins a relative path with `.` and `..` in it; `None` when it leaves the root or is absolute.
    #[must_use]
    pub fn join(&self, relative: &str) -> Option<RepoPath> {
        if relative.starts_with('/') {
            return None;
        }
        let text = self.text();
        let mut parts: Vec<&str> = text.split('/').filter(|c| !c.is_empty()).collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(RepoPath::from(parts.join("/").as_str()))
    }
}

/// Bytes that are UTF-8, nearly always: that is checked faster than it is mended.
fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> RepoPath {
        RepoPath::from_bytes(text.as_bytes())
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_stays_inside() {
        let folder = RepoPath::from("hosts/atlas/default.nix").parent();
        assert_eq!(
            folder.join("./disk.nix"),
            Some(RepoPath::from("hosts/atlas/disk.nix"))
        );
        assert_eq!(
            folder.join("../../flake.nix"),
            Some(RepoPath::from("flake.nix"))
        );
        assert_eq!(folder.join("../../../etc/passwd"), None);
        assert_eq!(folder.join("/etc/passwd"), None);
        assert_eq!(RepoPath::from("flake.nix").parent().bytes(), b"");
    }
}
