//! The result of a run: settled findings in their order, with all that a printer needs. Plain data.

use std::collections::BTreeMap;
use std::sync::Arc;

use repo::{FileId, RepoPath, Text};
use syntax::TextRange;

use crate::{Finding, Level, Lint};

/// The result of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// Sorted by (path, start, end, lint, message).
    pub findings: Vec<Settled>,
    /// Path, text and masks of every file that a finding or a label names.
    pub sources: BTreeMap<FileId, Source>,
    /// Path and text of every file that was read, sorted by path: what the digest of the input is made of.
    pub inputs: Vec<(RepoPath, Arc<Text>)>,
    /// A digest of everything in the settings that can change a finding, in hex.
    pub settings_digest: String,
    /// How many files were checked.
    pub files: usize,
    /// How many findings of each lint were fixed in this run; what remains is in `findings`.
    pub fixed: BTreeMap<&'static str, usize>,
    /// The lints that ran, sorted by name, with their level.
    pub lints: Vec<(&'static Lint, Level)>,
    /// Lints that could not run at all, and why.
    pub inactive: Vec<(&'static Lint, String)>,
    /// Files that were not read, and why.
    pub skipped: Vec<(RepoPath, String)>,
    /// What could not be resolved on the way to the hosts, once per cause, and shell text that does not parse. Only when it
    /// was asked for.
    pub unresolved: Vec<Unresolved>,
    /// What the user may want to know and what is no trouble, a sentence each.
    pub notes: Vec<String>,
    /// What went wrong with the world; not empty means exit code 2.
    pub troubles: Vec<Trouble>,
    /// `git` or `none`.
    pub vcs: &'static str,
    /// The base revision, as the user named it and as a commit id.
    pub base: Option<(String, String)>,
}

/// Something that could not be resolved on the way to the hosts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// The file and the 1-based line, if it has a place.
    pub at: Option<(RepoPath, u32)>,
    /// Why, in words.
    pub words: String,
    /// How many hosts are not complete because of it; 0 when only the list of the hosts may be incomplete.
    pub hosts: usize,
}

/// A finding with the level that holds for it.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The finding.
    pub finding: Finding,
    /// Its level, never `Off`.
    pub level: Level,
    /// Whether it counts.
    pub state: State,
    /// What encloses it, as written: attribute names joined with dots.
    pub place: String,
}

/// Whether a finding counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It does.
    Active,
    /// An allow comment silences it: 1-based line of the comment, and its reason.
    Allowed {
        /// 1-based line of the comment.
        line: u32,
        /// The reason given.
        reason: Option<String>,
    },
}

/// A file that a report shows.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path.
    pub path: RepoPath,
    /// Its text. Printers never show it without the masks.
    pub text: Arc<Text>,
    /// What no report may show, sorted.
    pub masks: Vec<TextRange>,
}

/// Something wrong with the world: settings, disk, git, a named path; or a panic of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `config`, `io`, `git`, `path`, `limit`, `internal`.
    pub kind: &'static str,
    /// The path it is about, as text.
    pub path: Option<String>,
    /// 1-based line and column.
    pub line: Option<(u32, u32)>,
    /// What happened, without any text of a file.
    pub message: String,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{path}:")?;
            if let Some((line, column)) = self.line {
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)
    }
}

impl Report {
    /// The findings that count.
    pub fn active(&self) -> impl Iterator<Item = &Settled> {
        self.findings
            .iter()
            .filter(|settled| settled.state == State::Active)
    }

    /// The exit code: 2 when something went wrong with the world or with us, 1 when an active finding is at or above
    /// `fail_on` (`None`: never), else 0.
    #[must_use]
    pub fn exit_code(&self, fail_on: Option<Level>) -> u8 {
        if !self.troubles.is_empty() {
            return 2;
        }
        let fails = |settled: &Settled| fail_on.is_some_and(|least| settled.level >= least);
        u8::from(self.active().any(fails))
    }
}
