//! From the disk to [`Input`]: the last contact with the world.

use std::sync::Arc;

use lint_api::report::Trouble;
use repo::{EntryKind, Git, Kind, PathEntry, PathTable, RepoPath, Text};

use crate::{Error, Settings, walk};

/// Everything that was read: from here on a run is a pure function.
#[derive(Debug, Default)]
pub struct Input {
    /// The files, sorted by path.
    pub sources: Vec<Source>,
    /// Every path of the repository by name.
    pub paths: PathTable,
    /// What git knows.
    pub git: Option<Arc<Git>>,
    /// The texts of the base revision that differ.
    pub base: Option<BaseInput>,
    /// Files that were not read, and why.
    pub skipped: Vec<(RepoPath, String)>,
    /// What could not be read.
    pub troubles: Vec<Trouble>,
}

/// One file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path.
    pub path: RepoPath,
    /// Its language.
    pub kind: Kind,
    /// Its contents.
    pub text: Arc<Text>,
}

/// The base revision: only the files that differ from the present ones.
#[derive(Debug, Default, Clone)]
pub struct BaseInput {
    /// The name the user gave, or `HEAD`.
    pub name: String,
    /// The commit id in hex.
    pub rev: String,
    /// The files as they were.
    pub sources: Vec<Source>,
    /// Files of the present that the base does not have.
    pub added: std::collections::BTreeSet<RepoPath>,
}

/// The language of a path, by its name alone; `None` for a file that nivis does not read.
#[must_use]
pub fn kind_of(path: &RepoPath) -> Option<Kind> {
    let name = path.file_name();
    if name.ends_with(".nix") {
        return Some(Kind::Nix);
    }
    if name == "flake.lock" {
        return Some(Kind::Lock);
    }
    None
}

/// Reads the repository.
///
/// # Errors
/// When a named path, a folder or the git directory cannot be read.
pub fn load(settings: &Settings) -> Result<Input, Error> {
    let mut input = Input::default();
    let mut entries = Vec::new();
    for path in walk::walk(&settings.root)? {
        entries.push(PathEntry {
            path: path.clone(),
            kind: EntryKind::File,
            on_disk: true,
            git: None,
        });
        let Some(kind) = kind_of(&path) else { continue };
        let bytes = std::fs::read(settings.root.join(path.text().as_ref()))
            .map_err(|error| Error::at(path.to_string(), error.to_string()))?;
        input.sources.push(Source {
            path,
            kind,
            text: Arc::new(Text::from_bytes(bytes)),
        });
    }
    input.paths = PathTable::new(entries);
    Ok(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_name() {
        assert_eq!(kind_of(&RepoPath::from("a/b.nix")), Some(Kind::Nix));
        assert_eq!(kind_of(&RepoPath::from("a.txt")), None);
    }
}
