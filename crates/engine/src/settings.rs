//! What holds for a run: the flags and `nivis.toml`, resolved once.

use std::path::PathBuf;

use lint_api::{Level, Lint, options};
use repo::RepoPath;
use syntax::parse::Limits;

/// Whether git is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vcs {
    /// When there is a git directory.
    #[default]
    Auto,
    /// Never: as if there were no `.git`.
    None,
}

/// Bounds for what is read from the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskLimits {
    /// Bytes of one file; a bigger one is skipped, visibly.
    pub file_size: u64,
    /// Files and other paths of the repository.
    pub files: usize,
}

impl Default for DiskLimits {
    fn default() -> DiskLimits {
        DiskLimits {
            file_size: 16 << 20,
            files: 200_000,
        }
    }
}

/// What holds for a run.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The root of the repository, as the file system knows it.
    pub root: PathBuf,
    /// What is reported: files and folders below the root; empty means everything.
    pub paths: Vec<RepoPath>,
    /// Run only these lints or groups.
    pub select: Vec<String>,
    /// Bounds for parsing.
    pub limits: Limits,
    /// Bounds for reading.
    pub disk: DiskLimits,
    /// Whether git is asked.
    pub vcs: Vcs,
    /// The revision to compare with, as the user wrote it; `None` means HEAD where there is git.
    pub diff_base: Option<String>,
    /// A text that stands in for what the disk has at this path, or for nothing: the path need not exist.
    pub stdin: Option<(RepoPath, Vec<u8>)>,
    /// Leave out what is excluded also when it is named.
    pub force_exclude: bool,
    /// Walk what git ignores as well.
    pub no_respect_gitignore: bool,
    /// Paths that are left out, from the root.
    pub exclude: globset::GlobSet,
    /// How many threads work; 0 means one per core.
    pub threads: usize,
}

impl Settings {
    /// Whether a path is left out by `exclude`.
    #[must_use]
    pub fn excluded(&self, path: &RepoPath) -> bool {
        !self.exclude.is_empty() && self.exclude.is_match(path.text().as_ref())
    }

    /// The level of a lint for a file.
    #[must_use]
    pub fn level(&self, lint: &Lint, _path: &RepoPath) -> Level {
        if self.select.is_empty() {
            return lint.level;
        }
        let selected = self
            .select
            .iter()
            .any(|name| name == lint.name || name == lint.group.as_str());
        match (selected, lint.level) {
            (false, _) => Level::Off,
            (true, Level::Off) => Level::Warn,
            (true, level) => level,
        }
    }

    /// The options of a lint for a file.
    #[must_use]
    pub fn options(&self, lint: &Lint, _path: &RepoPath) -> options::Parsed {
        (lint.options.parse)(toml::Table::new()).expect("an empty table gives the defaults")
    }
}
