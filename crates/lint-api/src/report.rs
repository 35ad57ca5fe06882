//! The result of a run: settled findings in their order, with all that a printer needs. Plain data.

use std::collections::BTreeMap;
use std::sync::Arc;

use repo::{FileId, RepoPath, Text};
use syntax::TextRange;
use syntax::text::Position;

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
    /// `git` or `none`; `mixed` where reports of both were merged.
    pub vcs: &'static str,
    /// The base revision, as the user named it and as a commit id.
    pub base: Option<(String, String)>,
    /// Which findings of the changed repository are asked for.
    pub scope: Scope,
    /// What the baseline knows and what is no longer there, or not so often.
    pub outlived: Vec<Outlived>,
    /// What the user calls this repository, where reports of several are kept.
    pub project: Option<String>,
    /// Which shards of the repository it is about; `None`: the whole.
    pub shard: Option<Shards>,
    /// The digest of the input, in hex, of a report that was read back; those have no `inputs`.
    pub input_digest: Option<String>,
    /// What a merged report was made of, when that is more than one run's input; sorted.
    pub parts: Vec<Part>,
}

/// Some of the parts that the files of a repository are divided into, by a hash of their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shards {
    /// How many there are.
    pub count: u32,
    /// How many files each of those has that are meant here, by their 1-based numbers.
    pub files: BTreeMap<u32, usize>,
}

/// One run's input, where a report is made of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What the user calls the repository.
    pub project: Option<String>,
    /// The digest of its settings, in hex.
    pub settings_digest: String,
    /// The digest of its input, in hex.
    pub input_digest: String,
    /// `git` or `none`.
    pub vcs: &'static str,
    /// The base revision, and which findings were asked for.
    pub base: Option<(String, String, Scope)>,
    /// Which shards are there; `None`: the whole.
    pub shard: Option<Shards>,
    /// How many files were checked.
    pub files: usize,
}

/// An entry of the baseline that knows more than there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlived {
    /// The path, as the baseline has it.
    pub path: String,
    /// The name of the lint.
    pub lint: &'static str,
    /// What encloses the findings.
    pub place: String,
    /// How many there still are.
    pub found: usize,
}

/// Which findings are reported when only a change is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// All.
    #[default]
    All,
    /// Those that touch a changed line, and new ones wherever they are.
    Lines,
    /// Those of changed files, and new ones elsewhere.
    Files,
}

impl Scope {
    /// The word of flags and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::All => "all",
            Scope::Lines => "lines",
            Scope::Files => "files",
        }
    }
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
    /// What it has to do with the change that is looked at; `None` when none is.
    pub change: Option<Change>,
}

/// What a finding has to do with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is on a changed line, and was there before.
    Touched,
    /// It was not there before.
    New,
    /// It was there before, and its lines did not change.
    Old,
}

impl Change {
    /// The word of reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Touched => "touched",
            Change::New => "new",
            Change::Old => "old",
        }
    }
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
    /// The baseline knows it.
    Baselined,
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
    /// The hosts whose systems read it, by name.
    pub hosts: Vec<String>,
    /// The repository that it belongs to, in a report that was read back.
    pub project: Option<String>,
    /// What a report that was read back knows in place of a text.
    pub recalled: Option<Arc<Recalled>>,
}

/// What a printed report says of a source. Offsets count the byte order mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recalled {
    /// Where the offsets stand that something is said of.
    pub positions: BTreeMap<u32, Position>,
    /// The names of lines, see `line_hash` of the printers; by 1-based number.
    pub lines: BTreeMap<u32, String>,
    /// What stands between the edits of fixes, by start and end.
    pub pieces: BTreeMap<(u32, u32), String>,
}

/// Something wrong with the world: settings, disk, git, a named path; or a panic of ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    /// `config`, `io`, `git`, `path`, `limit`, `shard`, `internal`.
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
    /// Brings what went wrong into an order of its own, and says nothing twice.
    pub fn sort_troubles(&mut self) {
        self.troubles.sort();
        self.troubles.dedup();
    }

    /// Puts a text before every path that the report names.
    pub fn prefix_paths(&mut self, prefix: &[u8]) {
        let longer = |path: &RepoPath| RepoPath::from_bytes(&[prefix, path.bytes()].concat());
        for source in self.sources.values_mut() {
            source.path = longer(&source.path);
        }
        for (path, _) in &mut self.skipped {
            *path = longer(path);
        }
        let words = String::from_utf8_lossy(prefix);
        for path in self.troubles.iter_mut().filter_map(|it| it.path.as_mut()) {
            path.insert_str(0, &words);
        }
    }

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
