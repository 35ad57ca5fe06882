//! What holds for a run: the flags and `nivis.toml`, resolved once.

use std::path::PathBuf;

use lint_api::{Level, Lint, options};
use repo::RepoPath;
use syntax::parse::Limits;

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
}

impl Settings {
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
