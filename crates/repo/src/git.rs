//! What git knows of the repository, as plain data. `engine` reads it; nothing here opens a file.

use std::collections::BTreeMap;

use crate::RepoPath;

/// The state of one path in git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitState {
    /// In the index.
    Tracked,
    /// In the index by name only (`git add -N`); enough for Nix.
    IntentToAdd,
    /// On disk, not in the index, not ignored.
    Untracked,
    /// On disk, not in the index, ignored.
    Ignored,
}

/// What git knows.
#[derive(Debug, Clone, Default)]
pub struct Git {
    /// Every path of the index, and every other file that the walk met.
    pub states: BTreeMap<RepoPath, GitState>,
    /// Folders that are submodules.
    pub submodules: Vec<RepoPath>,
    /// How many folders the root lies below the top of the work tree: so far may a path leave the root and stay in what
    /// Nix copies.
    pub above: usize,
    /// The commit id of HEAD in hex; `None` before the first commit.
    pub head: Option<String>,
    /// When that commit was made, in seconds since 1970.
    pub head_time: Option<i64>,
}

impl Git {
    /// The state of a path; `None` when git and the walk do not know it.
    #[must_use]
    pub fn state(&self, path: &RepoPath) -> Option<GitState> {
        self.states.get(path).copied()
    }
}
