//! The only door to files: whoever asks for a schema hands the texts in.

use std::sync::Arc;

/// A place in a tree of files: a root by name (`home-manager`, `self`) and a path below it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SrcPath {
    /// The name of the root.
    pub root: Arc<str>,
    /// The path below the root: segments with `/` between, no `.` and `..`; empty for the root itself.
    pub path: Arc<str>,
}

impl SrcPath {
    /// The place `path` below `root`. `path` is normalised; `None` when it leaves the root.
    #[must_use]
    pub fn new(root: impl Into<Arc<str>>, path: &str) -> Option<SrcPath> {
        SrcPath {
            root: root.into(),
            path: Arc::from(""),
        }
        .join(path)
    }

    /// This place and further segments: `a/b` and `../c` give `a/c`. `None` when that leaves the root.
    #[must_use]
    pub fn join(&self, further: &str) -> Option<SrcPath> {
        let mut segments: Vec<&str> = self.path.split('/').filter(|it| !it.is_empty()).collect();
        for segment in further.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop()?;
                }
                name => segments.push(name),
            }
        }
        Some(SrcPath {
            root: self.root.clone(),
            path: segments.join("/").into(),
        })
    }

    /// The folder it stands in; the root stands in itself.
    #[must_use]
    pub fn parent(&self) -> SrcPath {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        SrcPath {
            root: self.root.clone(),
            path: folder.into(),
        }
    }

    /// The last segment; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path
            .rsplit_once('/')
            .map_or(&self.path, |(_, name)| name)
    }
}

impl std::fmt::Display for SrcPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>/{}", self.root, self.path)
    }
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Link,
    /// A socket and the like.
    Other,
}

/// Texts and folders of trees. What it does not have it answers with `None`, also what lies outside of every root.
pub trait Sources {
    /// The text of a file, without byte order mark.
    fn text(&self, at: &SrcPath) -> Option<Arc<str>>;
    /// The entries of a folder, sorted by name.
    fn list(&self, folder: &SrcPath) -> Option<Vec<(String, EntryKind)>>;
    /// What stands there.
    fn kind(&self, at: &SrcPath) -> Option<EntryKind>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_their_root() {
        let at = SrcPath::new("hm", "modules/./programs/../lib/").unwrap();
        assert_eq!(at.to_string(), "<hm>/modules/lib");
        assert_eq!(
            at.join("../x.nix").unwrap().to_string(),
            "<hm>/modules/x.nix"
        );
        assert_eq!(at.join("../../../x"), None);
        assert_eq!((at.name(), &*at.parent().path), ("lib", "modules"));
        assert_eq!(SrcPath::new("hm", "").unwrap().parent().name(), "");
    }
}
