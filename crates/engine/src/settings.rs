//! What holds for a run: the flags and `nivis.toml`, resolved once.
//!
//! Later wins: catalogue, `[levels]` of a group, `[levels]` of a lint, `[[overrides]]` in order, `--select`,
//! `--ignore`, `--level`. What an override switches off for a path, `--select` does not switch on.

mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use globset::GlobSet;
use lint_api::report::Scope;
use lint_api::{Group, Level, Lint, options};
use repo::RepoPath;
use repo::date::Day;
use syntax::parse::Limits;

use crate::Error;
use crate::baseline::{self, Baseline};
use crate::config::{self, Config, ConfigText};
use crate::names::{Named, Names, did_you_mean};
use crate::rules::{self, Lints, RuleText};
use crate::shard::Shard;

/// What the command line says about settings. Plain data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--select NAMES`, each as given: a comma list.
    pub select: Vec<String>,
    /// `--ignore NAMES`, each as given: a comma list.
    pub ignore: Vec<String>,
    /// `--level NAME=LEVEL`, in order.
    pub level: Vec<String>,
    /// `--config FILE`: a path, `none` or `base`.
    pub config: Option<String>,
    /// `--diff-base REV`, which `--config base` reads the settings of; `None`: HEAD.
    pub base: Option<String>,
    /// Leave the baseline unread.
    pub without_baseline: bool,
    /// `--include-tests`: the option `tests` of every lint that has one is true.
    pub include_tests: bool,
    /// `--today DATE`, or what stands in for it.
    pub today: Option<Day>,
}

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
    /// Bounds for parsing.
    pub limits: Limits,
    /// Bounds for reading.
    pub disk: DiskLimits,
    /// Whether git is asked.
    pub vcs: Vcs,
    /// The revision to compare with, as the user wrote it; `None` means HEAD where there is git.
    pub diff_base: Option<String>,
    /// A unified diff that led to the present texts, to compare with the texts before it instead of a revision.
    pub diff_from: Option<Vec<u8>>,
    /// Read the texts of the git index and nothing else.
    pub staged: bool,
    /// Report only the findings of some of the files.
    pub shard: Option<Shard>,
    /// Look at a change: which findings of it are reported. `None`: no finding is asked what it has to do with a change.
    pub scope: Option<Scope>,
    /// A text that stands in for what the disk has at this path, or for nothing: the path need not exist.
    pub stdin: Option<(RepoPath, Vec<u8>)>,
    /// Leave out what is excluded also when it is named.
    pub force_exclude: bool,
    /// Walk what git ignores as well.
    pub no_respect_gitignore: bool,
    /// Say in the report what could not be resolved on the way to the hosts.
    pub unresolved: bool,
    /// How many threads work; 0 means one per core.
    pub threads: usize,
    /// What everything costs, where somebody asks.
    pub timing: Option<Arc<crate::timing::Timing>>,
    /// The baseline that the settings name, from the root.
    pub baseline_path: Option<String>,
    /// What it knows; `None` when there is none, or it is not asked for.
    pub baseline: Option<Arc<Baseline>>,
    /// The files of users' rules, from the root.
    pub rule_files: Vec<String>,
    /// Bounds for what is said.
    pub bounds: Bounds,
    /// Files that are not checked.
    pub exclude: Globs,
    /// What cannot be read off the text.
    pub repository: Repository,
    /// Where the trees lie that declare options.
    pub options: crate::pins::Sources,
    /// Where is kept what earlier runs learnt of files; `None`: nowhere.
    pub memo: Option<crate::memo::Place>,
    /// The day against which ages are judged; `None`: the repository tells.
    pub today: Option<Day>,
    /// Comments of other tools that are honoured.
    pub foreign: Foreign,
    /// What the user should know about the settings, one line each: whose name an alias is.
    pub notes: Vec<String>,
    /// A digest, in hex, of everything in the settings that can change a finding: the file, whatever its comments and
    /// layout, and the flags.
    pub digest: String,
    names: Names,
    base: Vec<Set>,
    overrides: Vec<Override>,
    override_globs: GlobSet,
    /// For each pattern of the set, its override.
    override_of: Vec<usize>,
    flags: Chosen,
    tables: Tables,
    /// Groups that the file or a flag names, in whole or in part.
    asked: BTreeSet<Group>,
}

/// Bounds for what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Findings of one lint.
    pub findings_per_lint: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            findings_per_lint: 10_000,
        }
    }
}

/// What cannot be read off the text of the repository.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    /// The release of nixpkgs, such as `25.11`, when no lock file tells.
    pub release: Option<String>,
    /// Files that something outside imports.
    pub entries: Globs,
    /// Files and the word of their module class, in the order of the file; the last match wins.
    pub class: Vec<(Globs, String)>,
    /// Files whose functions import whole folders.
    pub loaders: Globs,
}

impl Repository {
    /// The module class that the settings give to a path.
    #[must_use]
    pub fn class(&self, path: &RepoPath) -> Option<&str> {
        let mut classes = self.class.iter().rev();
        let (_, class) = classes.find(|(globs, _)| globs.matches(path))?;
        Some(class)
    }
}

/// The words for module classes.
pub const CLASSES: [&str; 9] = [
    "nixos",
    "home",
    "darwin",
    "flake-parts",
    "package",
    "overlay",
    "flake",
    "library",
    "unknown",
];

/// Comments of other tools that are honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// `# deadnix: skip`
    pub deadnix: bool,
    /// `gitleaks:allow`
    pub gitleaks: bool,
}

impl Default for Foreign {
    fn default() -> Foreign {
        Foreign {
            deadnix: true,
            gitleaks: true,
        }
    }
}

/// A list of patterns for paths from the root.
#[derive(Clone, Default)]
pub struct Globs {
    patterns: Vec<String>,
    set: GlobSet,
}

impl fmt::Debug for Globs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.patterns).finish()
    }
}

impl Globs {
    /// Whether one of the patterns matches.
    #[must_use]
    pub fn matches(&self, path: &RepoPath) -> bool {
        !self.patterns.is_empty() && self.set.is_match(path.text().as_ref())
    }

    /// The first pattern that matches, as written.
    #[must_use]
    pub fn which(&self, path: &RepoPath) -> Option<&str> {
        let first = *self.set.matches(path.text().as_ref()).first()?;
        Some(&self.patterns[first])
    }

    /// The patterns as written.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

/// The level and the options of one lint, by index; what is `None` is not set.
#[derive(Debug, Clone)]
struct Set {
    level: Level,
    options: toml::Table,
    parsed: options::Parsed,
}

/// One `[[overrides]]`, by indices of lints.
#[derive(Debug, Clone, Default)]
struct Override {
    levels: Vec<(usize, Level)>,
    options: Vec<(usize, toml::Table)>,
}

/// The names of the flags, by indices of lints.
#[derive(Debug, Clone, Default)]
struct Chosen {
    select: Option<Vec<bool>>,
    ignore: Vec<usize>,
    level: Vec<(usize, Level)>,
    include_tests: bool,
}

/// The tables of each combination of overrides that some path met, made when they are first asked for.
#[derive(Debug, Clone, Default)]
struct Tables(Arc<Mutex<BTreeMap<Vec<usize>, Arc<PathSettings>>>>);

/// Levels and options of every lint for one file. Made once per combination of overrides, shared by its files.
#[derive(Debug)]
pub struct PathSettings {
    levels: Vec<Level>,
    options: Vec<options::Parsed>,
}

impl PathSettings {
    /// The level of a lint, by its index in [`Settings::names`].
    #[must_use]
    pub fn level(&self, lint: usize) -> Level {
        self.levels.get(lint).copied().unwrap_or(Level::Off)
    }

    /// The options of a lint, by its index.
    ///
    /// # Panics
    /// When there is no such lint.
    #[must_use]
    pub fn options(&self, lint: usize) -> &options::Parsed {
        &self.options[lint]
    }
}

impl Settings {
    /// Resolves flags and the text of `nivis.toml` (`None`: there is none) for the lints that nivis has.
    ///
    /// # Errors
    /// When the file, a rule or a flag is wrong: unknown names, levels, options, bounds.
    pub fn discover(
        flags: &Flags,
        root: &Path,
        text: Option<&ConfigText>,
        lints: impl Into<Lints>,
    ) -> Result<Settings, Error> {
        let config = text.map(Config::read).transpose()?;
        let written = text.zip(config.as_ref());
        let rules = written.map(|(file, config)| rules::read(flags, root, file, config));
        let rules = rules.transpose()?.unwrap_or_default();
        let names = Names::new(lints.into().with_rules(&rules)?);
        let base = names
            .lints()
            .iter()
            .map(|lint| Set {
                level: lint.level,
                options: toml::Table::new(),
                parsed: default_options(lint),
            })
            .collect();
        let mut settings = Settings {
            root: root.to_owned(),
            names,
            base,
            ..Settings::default()
        };
        if let Some((file, config)) = written {
            reader::take(file, config, &mut settings)?;
        }
        settings.take_flags(flags)?;
        settings.today = flags.today;
        let baseline = settings.read_baseline(flags)?;
        settings.digest = digest(flags, text, baseline.as_ref(), &rules);
        settings.rule_files = rules
            .into_iter()
            .filter(|it| !it.settings)
            .map(|it| it.file.path)
            .collect();
        Ok(settings)
    }

    /// Reads the baseline that the file names.
    fn read_baseline(&mut self, flags: &Flags) -> Result<Option<ConfigText>, Error> {
        let Some(path) = self
            .baseline_path
            .as_deref()
            .filter(|_| !flags.without_baseline)
        else {
            return Ok(None);
        };
        let text = if flags.config.as_deref() == Some("base") {
            baseline::read_at_base(&self.root, flags.base.as_deref(), path)?
        } else {
            Some(baseline::read(&self.root, path)?)
        };
        if let Some(text) = &text {
            self.baseline = Some(Arc::new(Baseline::parse(text, &self.names)?));
        }
        Ok(text)
    }

    /// Whether a path is left out by `exclude`.
    #[must_use]
    pub fn excluded(&self, path: &RepoPath) -> bool {
        self.exclude.matches(path)
    }

    /// Whether findings of a file are shown: it is, or lies below, one of the named paths.
    #[must_use]
    pub fn reports(&self, path: &RepoPath) -> bool {
        if let Some((stdin, _)) = &self.stdin {
            return stdin == path;
        }
        self.paths.is_empty() || self.paths.iter().any(|named| path.lies_in(named))
    }

    /// Whether the file or a flag names a group, or a lint of it, so that whoever wrote that wants to know more of it.
    #[must_use]
    pub fn asks_for(&self, group: Group) -> bool {
        self.asked.contains(&group)
    }

    /// Notes that a name stands for lints of one group.
    fn ask(&mut self, named: &Named) {
        let covered = self.names.covered(named);
        let mut groups = covered.iter().map(|lint| self.names.lints()[*lint].group);
        if let Some(group) = groups.next()
            && groups.all(|it| it == group)
        {
            self.asked.insert(group);
        }
    }

    /// All lints of the run, by index.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The greatest number that an option of a lint is set to, for any path; `None` when it is set nowhere.
    #[must_use]
    pub fn greatest(&self, lint: &str, option: &str) -> Option<u64> {
        let index = self.names.index(lint)?;
        let base = self.base.get(index).map(|set| &set.options);
        let overridden = self.overrides.iter().flat_map(|entry| &entry.options);
        let overridden = overridden.filter(|(lint, _)| *lint == index);
        base.into_iter()
            .chain(overridden.map(|(_, options)| options))
            .filter_map(|options| u64::try_from(options.get(option)?.as_integer()?).ok())
            .max()
    }

    /// Levels and options for one file.
    #[must_use]
    pub fn for_path(&self, path: &RepoPath) -> Arc<PathSettings> {
        let met = if self.override_globs.is_empty() {
            Vec::new()
        } else {
            self.matching_overrides(path)
        };
        let mut tables = self.tables.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.get(&met) {
            return Arc::clone(table);
        }
        let table = Arc::new(self.table(&met));
        tables.insert(met, Arc::clone(&table));
        table
    }

    /// The level of a lint for a file. For a question or two; loops ask [`Settings::for_path`] once.
    #[must_use]
    pub fn level(&self, lint: &Lint, path: &RepoPath) -> Level {
        self.names
            .index(lint.name)
            .map_or(Level::Off, |index| self.for_path(path).level(index))
    }

    /// The level of a lint where no override speaks.
    #[must_use]
    pub fn usual_level(&self, lint: usize) -> Level {
        let set = self.base.get(lint).map_or(Level::Off, |set| set.level);
        self.flagged(lint, set, false)
    }

    /// Whether a lint is off wherever one looks.
    #[must_use]
    pub fn off_everywhere(&self, lint: usize) -> bool {
        self.highest_level(lint) == Level::Off
    }

    /// The highest level that a lint has for any path.
    #[must_use]
    pub fn highest_level(&self, lint: usize) -> Level {
        let overridden = self
            .overrides
            .iter()
            .flat_map(|entry| &entry.levels)
            .filter(|(index, _)| *index == lint)
            .map(|(_, level)| self.flagged(lint, *level, true));
        std::iter::once(self.usual_level(lint))
            .chain(overridden)
            .max()
            .unwrap_or(Level::Off)
    }

    /// The `[[overrides]]` that match a path, by their index, in order.
    #[must_use]
    pub fn overrides_of(&self, path: &RepoPath) -> Vec<usize> {
        self.matching_overrides(path)
    }

    /// The options of a lint, by its index, for a path, as TOML: its own, those of the file, those of overrides.
    #[must_use]
    pub fn options_for(&self, lint: usize, path: &RepoPath) -> toml::Table {
        let (Some(it), Some(set)) = (self.names.lints().get(lint), self.base.get(lint)) else {
            return toml::Table::new();
        };
        let mut table = (it.options.defaults)();
        table.extend(set.options.clone());
        for entry in self.matching_overrides(path) {
            let options = self.overrides[entry].options.iter();
            for (_, options) in options.filter(|(index, _)| *index == lint) {
                table.extend(options.clone());
            }
        }
        table
    }

    fn matching_overrides(&self, path: &RepoPath) -> Vec<usize> {
        let mut met: Vec<usize> = self
            .override_globs
            .matches(path.text().as_ref())
            .into_iter()
            .map(|pattern| self.override_of[pattern])
            .collect();
        met.sort_unstable();
        met.dedup();
        met
    }

    fn table(&self, met: &[usize]) -> PathSettings {
        let mut levels: Vec<(Level, bool)> =
            self.base.iter().map(|set| (set.level, false)).collect();
        let mut tables: BTreeMap<usize, toml::Table> = BTreeMap::new();
        if self.flags.include_tests {
            for (lint, set) in self.base.iter().enumerate() {
                if (self.names.lints()[lint].options.defaults)().contains_key("tests") {
                    tables.insert(lint, set.options.clone());
                }
            }
        }
        let with_tests: Vec<usize> = tables.keys().copied().collect();
        for entry in met.iter().map(|index| &self.overrides[*index]) {
            for (lint, level) in &entry.levels {
                levels[*lint] = (*level, true);
            }
            for (lint, options) in &entry.options {
                let table = tables
                    .entry(*lint)
                    .or_insert_with(|| self.base[*lint].options.clone());
                table.extend(options.clone());
            }
        }
        for lint in with_tests {
            if let Some(table) = tables.get_mut(&lint) {
                table.insert("tests".to_owned(), toml::Value::Boolean(true));
            }
        }
        let mut options: Vec<options::Parsed> = self
            .base
            .iter()
            .map(|set| Arc::clone(&set.parsed))
            .collect();
        for (lint, table) in tables {
            // Each table was read alone at start, over the same base.
            if let Ok(parsed) = (self.names.lints()[lint].options.parse)(table) {
                options[lint] = parsed;
            }
        }
        PathSettings {
            levels: levels
                .into_iter()
                .enumerate()
                .map(|(lint, (level, overridden))| self.flagged(lint, level, overridden))
                .collect(),
            options,
        }
    }

    /// What the flags make of a level.
    fn flagged(&self, lint: usize, level: Level, overridden: bool) -> Level {
        let mut level = level;
        if let Some(select) = &self.flags.select {
            level = match (select.get(lint).copied().unwrap_or(false), level) {
                (false, _) => Level::Off,
                (true, Level::Off) if overridden => Level::Off,
                (true, Level::Off) => match self.names.lints()[lint].level {
                    Level::Off => Level::Warn,
                    usual => usual,
                },
                (true, level) => level,
            };
        }
        if self.flags.ignore.contains(&lint) {
            level = Level::Off;
        }
        self.flags
            .level
            .iter()
            .rev()
            .find(|(index, _)| *index == lint)
            .map_or(level, |(_, level)| *level)
    }

    fn take_flags(&mut self, flags: &Flags) -> Result<(), Error> {
        self.flags.include_tests = flags.include_tests;
        for name in listed(&flags.select) {
            let named = self.flag_name("--select", name)?;
            if let Named::NotTaken(why) = named {
                // Nothing would run, and nothing would be said.
                return Err(Error::new(format!(
                    "--select: no lint does what `{name}` did: {why}"
                )));
            }
            self.ask(&named);
            let select = self
                .flags
                .select
                .get_or_insert_with(|| vec![false; self.names.lints().len()]);
            for lint in self.names.covered(&named) {
                select[lint] = true;
            }
        }
        for name in listed(&flags.ignore) {
            let named = self.flag_name("--ignore", name)?;
            self.flags.ignore.extend(self.names.covered(&named));
        }
        for setting in &flags.level {
            let Some((name, word)) = setting.split_once('=') else {
                return Err(Error::new("--level: expected NAME=LEVEL"));
            };
            let named = self.flag_name("--level", name.trim())?;
            let level = Level::parse(word.trim())
                .ok_or_else(|| Error::new(format!("--level: {}", no_level(word.trim()))))?;
            self.ask(&named);
            for lint in self.names.covered(&named) {
                self.flags.level.push((lint, level));
            }
        }
        Ok(())
    }

    fn flag_name(&mut self, flag: &str, name: &str) -> Result<Named, Error> {
        let named = self.names.resolve(name).ok_or_else(|| {
            Error::new(format!(
                "{flag}: no lint or group is called `{name}`{}",
                self.names.did_you_mean(name, true)
            ))
        })?;
        self.note(name, &named);
        Ok(named)
    }

    fn note(&mut self, name: &str, named: &Named) {
        if let Some(note) = self.names.explain(name, named)
            && !self.notes.contains(&note)
        {
            self.notes.push(note);
        }
    }
}

#[cfg(test)]
mod tests;

fn digest(
    flags: &Flags,
    text: Option<&ConfigText>,
    baseline: Option<&ConfigText>,
    rules: &[RuleText],
) -> String {
    let parse = |text: &ConfigText| text.text.contents().parse::<toml::Table>().ok();
    let table = text.and_then(parse).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    let lists = [&flags.select, &flags.ignore, &flags.level];
    // A table is written with sorted keys.
    for part in std::iter::once(&table.to_string()).chain(lists.into_iter().flatten()) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    for list in lists {
        hasher.update(&(list.len() as u64).to_le_bytes());
    }
    hasher.update(&[u8::from(flags.include_tests)]);
    if let Some(today) = flags.today {
        hasher.update(today.to_string().as_bytes());
    }
    if let Some(baseline) = baseline {
        hasher.update(baseline.text.contents().as_bytes());
    }
    for file in rules.iter().filter(|it| !it.settings) {
        let table = parse(&file.file).unwrap_or_default().to_string();
        hasher.update(&(table.len() as u64).to_le_bytes());
        hasher.update(table.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn default_options(lint: &Lint) -> options::Parsed {
    (lint.options.parse)(toml::Table::new()).expect("an empty table gives the defaults")
}

/// The names of comma lists.
fn listed(lists: &[String]) -> impl Iterator<Item = &str> {
    lists
        .iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

fn no_level(word: &str) -> String {
    let words = Level::ALL.map(Level::as_str);
    format!(
        "`{word}` is no level, these are {}{}",
        config::list(words.into_iter()),
        did_you_mean(word, words)
    )
}
