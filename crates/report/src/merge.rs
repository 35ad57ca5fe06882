//! Reads JSON reports back, and makes one of several.
//!
//! Goal: the reports of all shards of a repository, merged, print the same bytes in every format as the report of one run
//! over the whole, but for the source text in the frames of `full`, which no report holds. What is merged is a set, so
//! that order and repetition do not matter: merging is associative, commutative and idempotent, and a report of nothing
//! changes nothing. Limit: reports must be of one version of nivis, and those of one project of the same settings.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lint_api::report::{Change, Part, Recalled, Scope, Settled, Shards, Source, State, Trouble};
use lint_api::{
    Check, Edit, Finding, Fix, FixKind, Group, Label, Level, Lint, Options, Report, Safety,
};
use repo::{FileId, RepoPath, Span, Text};
use serde::Deserialize;
use syntax::text::Position;
use syntax::{TextRange, TextSize};

use crate::VERSION;

/// One report, or several as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The inputs of the runs that are part of it.
    parts: BTreeMap<Input, Files>,
    lints: BTreeMap<String, Ran>,
    findings: BTreeMap<Key, FindingRow>,
    skipped: BTreeSet<(Vec<u8>, String)>,
    inactive: BTreeSet<(String, String)>,
    troubles: BTreeSet<Trouble>,
}

/// What a run looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Input {
    project: Option<String>,
    settings: String,
    digest: String,
    git: bool,
    base: Option<(String, String, &'static str)>,
}

/// How many of its files, by shard. One shard of one is the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Files {
    count: u32,
    by_shard: BTreeMap<u32, usize>,
}

/// A lint that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ran {
    level: Level,
    group: Group,
    summary: String,
}

/// By what findings are ordered, and which are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    project: Option<String>,
    path: Vec<u8>,
    start: u32,
    end: u32,
    lint: String,
    message: String,
}

#[derive(Debug, Deserialize)]
struct Document {
    schema_version: u32,
    tool: Tool,
    project: Option<String>,
    settings_digest: String,
    input_digest: String,
    vcs: String,
    shard: Option<ShardRow>,
    base: Option<BaseRow>,
    #[serde(default)]
    parts: Vec<PartRow>,
    summary: Summary,
    lints: Vec<LintRow>,
    findings: Vec<FindingRow>,
    skipped: Vec<SkippedRow>,
    inactive: Vec<InactiveRow>,
    errors: Vec<ErrorRow>,
}

#[derive(Debug, Deserialize)]
struct Tool {
    name: String,
    version: String,
}

#[derive(Debug, Deserialize)]
struct ShardRow {
    index: Option<u32>,
    count: u32,
    files: Option<BTreeMap<u32, usize>>,
}

#[derive(Debug, Deserialize)]
struct BaseRow {
    name: String,
    rev: Option<String>,
    scope: String,
}

#[derive(Debug, Deserialize)]
struct PartRow {
    project: Option<String>,
    settings_digest: String,
    input_digest: String,
    vcs: String,
    shard: Option<ShardRow>,
    base: Option<BaseRow>,
    files: usize,
}

#[derive(Debug, Deserialize)]
struct Summary {
    files: usize,
}

#[derive(Debug, Deserialize)]
struct LintRow {
    name: String,
    group: String,
    level: String,
    summary: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct FindingRow {
    project: Option<String>,
    lint: String,
    level: String,
    state: String,
    change: Option<String>,
    message: String,
    path: String,
    path_bytes: Option<String>,
    hosts: Vec<String>,
    place: String,
    line_hash: String,
    range: RangeRow,
    labels: Vec<LabelRow>,
    notes: Vec<String>,
    help: Option<String>,
    allow: Option<AllowRow>,
    fix: Option<FixRow>,
    hidden_fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct RangeRow {
    start: PlaceRow,
    end: PlaceRow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct PlaceRow {
    byte: u32,
    line: u32,
    column: u32,
    utf16: u32,
    utf8: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct LabelRow {
    path: String,
    path_bytes: Option<String>,
    range: RangeRow,
    message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct AllowRow {
    line: u32,
    reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct FixRow {
    title: String,
    safety: String,
    edits: Vec<EditRow>,
    #[serde(default)]
    between: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct EditRow {
    range: RangeRow,
    text: String,
}

#[derive(Debug, Deserialize)]
struct SkippedRow {
    path: String,
    path_bytes: Option<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct InactiveRow {
    lint: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct ErrorRow {
    kind: String,
    path: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    message: String,
}

/// The kinds of [`Trouble`]; `shard` is what [`Merged::missing`] found, and is found anew each time.
const KINDS: [&str; 6] = ["config", "git", "internal", "io", "limit", "path"];
/// The kind of trouble of reports that do not make a whole.
pub const SHARD: &str = "shard";

impl Merged {
    /// Reads a report of format `json`.
    ///
    /// # Errors
    /// When it is none, or one of another version; in words.
    pub fn read(bytes: &[u8]) -> Result<Merged, String> {
        let document: Document = serde_json::from_slice(bytes).map_err(|error| {
            // The words of the reader may quote the text; the place is enough.
            format!(
                "line {}, column {}: this is no JSON report of nivis {VERSION}",
                error.line(),
                error.column()
            )
        })?;
        let (name, version) = (&document.tool.name, &document.tool.version);
        if name != "nivis" || document.schema_version != 1 || version != VERSION {
            return Err(format!(
                "this report is of {name} {version} with schema {}, not of nivis {VERSION} with schema 1",
                document.schema_version
            ));
        }
        Merged::of(document).ok_or_else(|| format!("this is no report of nivis {VERSION}"))
    }

    fn of(document: Document) -> Option<Merged> {
        let mut parts = BTreeMap::new();
        if document.parts.is_empty() {
            let project = document.project.clone();
            let base = base(document.base)?;
            let digests = [&document.settings_digest, &document.input_digest].map(String::as_str);
            let input = input(project, digests, &document.vcs, base)?;
            let files = files(document.shard, document.summary.files)?;
            parts.insert(input, files);
        }
        for part in document.parts {
            let base = base(part.base)?;
            let digests = [&part.settings_digest, &part.input_digest].map(String::as_str);
            let input = input(part.project, digests, &part.vcs, base)?;
            parts.insert(input, files(part.shard, part.files)?);
        }
        let mut findings = BTreeMap::new();
        for mut row in document.findings {
            row.project = row.project.take().or_else(|| document.project.clone());
            row.check()?;
            put(&mut findings, row.key()?, row);
        }
        let mut lints = BTreeMap::new();
        for row in document.lints {
            let ran = Ran {
                level: level(&row.level)?,
                group: Group::parse(&row.group)?,
                summary: row.summary,
            };
            lints.insert(name(row.name)?, ran);
        }
        let skipped = document.skipped.into_iter();
        let skipped = skipped.map(|row| Some((path(row.path, row.path_bytes)?, row.reason)));
        let inactive = document.inactive.into_iter();
        let inactive = inactive.map(|row| Some((name(row.lint)?, row.reason)));
        let errors = document.errors.into_iter().filter(|row| row.kind != SHARD);
        let troubles = errors.map(|row| {
            Some(Trouble {
                kind: KINDS.into_iter().find(|kind| *kind == row.kind)?,
                path: row.path,
                line: row.line.zip(row.column),
                message: row.message,
            })
        });
        Some(Merged {
            parts,
            lints,
            findings,
            skipped: skipped.collect::<Option<_>>()?,
            inactive: inactive.collect::<Option<_>>()?,
            troubles: troubles.collect::<Option<_>>()?,
        })
    }

    /// Both as one.
    ///
    /// # Errors
    /// When they do not go together, in words.
    pub fn and(mut self, other: Merged) -> Result<Merged, String> {
        let mut settings: BTreeMap<&Option<String>, &str> = BTreeMap::new();
        for input in self.parts.keys().chain(other.parts.keys()) {
            if *settings.entry(&input.project).or_insert(&input.settings) != input.settings {
                return Err(format!(
                    "the settings of this report are not those of the others{}",
                    of_project(input)
                ));
            }
        }
        for (input, files) in other.parts {
            match self.parts.entry(input) {
                Entry::Vacant(entry) => {
                    entry.insert(files);
                }
                Entry::Occupied(mut entry) => entry.get_mut().join(files)?,
            }
        }
        if self.parts.len() > 1 {
            self.parts.retain(|input, files| !is_nothing(input, files));
        }
        let mut last: Option<(&Input, &Files)> = None;
        for (input, files) in &self.parts {
            if let Some((before, of_before)) = last
                && before.project == input.project
                && !(of_before.is_whole() && files.is_whole())
            {
                return Err(format!(
                    "the shards{} are not of the same texts or not compared with the same revision",
                    of_project(input)
                ));
            }
            last = Some((input, files));
        }
        for (name, ran) in other.lints {
            match self.lints.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(ran);
                }
                Entry::Occupied(mut entry) => {
                    let level = entry.get().level.max(ran.level);
                    entry.get_mut().level = level;
                }
            }
        }
        for (key, row) in other.findings {
            put(&mut self.findings, key, row);
        }
        self.skipped.extend(other.skipped);
        self.inactive.extend(other.inactive);
        self.troubles.extend(other.troubles);
        Ok(self)
    }

    /// The shards that are missing, a sentence for each.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (input, files) in &self.parts {
            for index in 1..=files.count {
                if !files.by_shard.contains_key(&index) {
                    let count = files.count;
                    let of = of_project(input);
                    missing.push(format!("shard {index}/{count}{of} is missing"));
                }
            }
        }
        missing
    }

    /// The shards that both have, a sentence for each.
    #[must_use]
    pub fn doubled(&self, other: &Merged) -> Vec<String> {
        let mut doubled = Vec::new();
        for (input, files) in &self.parts {
            let Some(others) = other.parts.get(input) else {
                continue;
            };
            let count = files.count;
            if count != others.count || files.is_whole() {
                continue;
            }
            for index in files.by_shard.keys() {
                if others.by_shard.contains_key(index) {
                    let of = of_project(input);
                    doubled.push(format!("shard {index}/{count}{of} is there twice"));
                }
            }
        }
        doubled
    }

    /// The report, its lints looked up by name. A lint that this nivis does not have is a rule of the user.
    #[must_use]
    pub fn report(&self, lints: &BTreeMap<&str, &'static Lint>) -> Report {
        let mut report = Report {
            skipped: self
                .skipped
                .iter()
                .map(|(path, reason)| (RepoPath::from_bytes(path), reason.clone()))
                .collect(),
            troubles: self.troubles.iter().cloned().collect(),
            ..Report::default()
        };
        self.tell_parts(&mut report);
        let mut known = lints.clone();
        let mut lint = |name: &str| -> &'static Lint {
            if let Some(lint) = known.get(name) {
                return lint;
            }
            let ran = self.lints.get(name);
            let lint: &'static Lint = Box::leak(Box::new(Lint {
                name: Box::leak(name.to_owned().into_boxed_str()),
                group: ran.map_or(Group::Nivis, |ran| ran.group),
                level: ran.map_or(Level::Warn, |ran| ran.level),
                fix: FixKind::Never,
                summary: ran.map_or("", |ran| Box::leak(ran.summary.clone().into_boxed_str())),
                page: "",
                options: Options::NONE,
                check: Check::Engine,
            }));
            known.insert(lint.name, lint);
            lint
        };
        for (name, ran) in &self.lints {
            report.lints.push((lint(name), ran.level));
        }
        for (name, reason) in &self.inactive {
            report.inactive.push((lint(name), reason.clone()));
        }
        let mut sources = Sources::default();
        for row in self.findings.values() {
            let lint = lint(&row.lint);
            // Every row was looked through when it was read.
            report.findings.extend(sources.take(row, lint));
        }
        report.sources = sources.finish();
        report
    }

    /// What a report says of its input.
    fn tell_parts(&self, report: &mut Report) {
        let rows: Vec<Part> = self.parts.iter().map(part).collect();
        report.files = rows.iter().map(|part| part.files).sum();
        let one = |differs: fn(&Part, &Part) -> bool| {
            rows.first()
                .filter(|first| !rows.iter().any(|part| differs(first, part)))
        };
        report.project = one(|a, b| a.project != b.project).and_then(|it| it.project.clone());
        report.vcs = match rows.first() {
            None => "none",
            Some(_) => one(|a, b| a.vcs != b.vcs).map_or("mixed", |it| it.vcs),
        };
        if let Some((name, rev, scope)) =
            one(|a, b| a.base != b.base).and_then(|it| it.base.clone())
        {
            report.base = Some((name, rev));
            report.scope = scope;
        }
        report.settings_digest = match one(|a, b| a.settings_digest != b.settings_digest) {
            Some(part) => part.settings_digest.clone(),
            None => hash(rows.iter().map(|part| part.settings_digest.as_str())),
        };
        if let [only] = rows.as_slice() {
            report.input_digest = Some(only.input_digest.clone());
            report.shard.clone_from(&only.shard);
            return;
        }
        let words = rows.iter().flat_map(|part| {
            let project = part.project.as_deref().unwrap_or_default();
            [project, &part.input_digest]
        });
        report.input_digest = Some(hash(words));
        report.parts = rows;
    }
}

impl Files {
    fn is_whole(&self) -> bool {
        self.count == 1
    }

    /// All shards that are in one of two.
    fn join(&mut self, other: Files) -> Result<(), String> {
        if self.count != other.count && !self.is_whole() && !other.is_whole() {
            return Err(format!(
                "there are shards of {} and shards of {}",
                self.count, other.count
            ));
        }
        if other.is_whole() && !self.is_whole() {
            *self = other;
            return Ok(());
        }
        if self.is_whole() && !other.is_whole() {
            return Ok(());
        }
        for (index, files) in other.by_shard {
            let known = self.by_shard.entry(index).or_default();
            *known = files.max(*known);
        }
        self.settle();
        Ok(())
    }

    /// All shards are the whole.
    fn settle(&mut self) {
        if self.by_shard.len() == self.count as usize {
            let sum = self
                .by_shard
                .values()
                .fold(0usize, |a, b| a.saturating_add(*b));
            *self = Files::whole(sum);
        }
    }

    fn whole(files: usize) -> Files {
        Files {
            count: 1,
            by_shard: BTreeMap::from([(1, files)]),
        }
    }
}

fn part((input, files): (&Input, &Files)) -> Part {
    Part {
        project: input.project.clone(),
        settings_digest: input.settings.clone(),
        input_digest: input.digest.clone(),
        vcs: if input.git { "git" } else { "none" },
        base: input.base.as_ref().map(|(name, rev, word)| {
            let scope = scope(word).unwrap_or_default();
            (name.clone(), rev.clone(), scope)
        }),
        shard: (!files.is_whole()).then(|| Shards {
            count: files.count,
            files: files.by_shard.clone(),
        }),
        files: files.by_shard.values().fold(0, |a, b| a.saturating_add(*b)),
    }
}

/// Whether a run had nothing to look at.
fn is_nothing(input: &Input, files: &Files) -> bool {
    files.is_whole()
        && files.by_shard.values().all(|files| *files == 0)
        && input.digest == blake3::hash(b"").to_hex().as_str()
}

/// A digest of words, in hex.
fn hash<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn of_project(input: &Input) -> String {
    match &input.project {
        None => String::new(),
        Some(project) => format!(" of `{project}`"),
    }
}

/// Of two findings with one key, the first stays, so that it does not matter which came first.
fn put(findings: &mut BTreeMap<Key, FindingRow>, key: Key, row: FindingRow) {
    match findings.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(row);
        }
        Entry::Occupied(mut entry) => {
            if row < *entry.get() {
                entry.insert(row);
            }
        }
    }
}

impl FindingRow {
    fn key(&self) -> Option<Key> {
        Some(Key {
            project: self.project.clone(),
            path: path(self.path.clone(), self.path_bytes.clone())?,
            start: self.range.start.byte,
            end: self.range.end.byte,
            lint: self.lint.clone(),
            message: self.message.clone(),
        })
    }

    /// Whether everything in it can be a finding.
    fn check(&self) -> Option<()> {
        name(self.lint.clone())?;
        level(&self.level)?;
        state(self)?;
        change(self)?;
        span(FileId(0), self.range)?;
        for label in &self.labels {
            path(label.path.clone(), label.path_bytes.clone())?;
            span(FileId(0), label.range)?;
        }
        fix(self)?;
        Some(())
    }
}

fn level(word: &str) -> Option<Level> {
    Level::parse(word).filter(|level| *level != Level::Off)
}

fn state(row: &FindingRow) -> Option<State> {
    Some(match (row.state.as_str(), &row.allow) {
        ("active", None) => State::Active,
        ("baselined", None) => State::Baselined,
        ("allowed", Some(allow)) => State::Allowed {
            line: allow.line,
            reason: allow.reason.clone(),
        },
        _ => return None,
    })
}

fn change(row: &FindingRow) -> Option<Option<Change>> {
    let Some(word) = &row.change else {
        return Some(None);
    };
    let all = [Change::Touched, Change::New, Change::Old];
    all.into_iter().find(|it| it.as_str() == word).map(Some)
}

fn scope(word: &str) -> Option<Scope> {
    let all = [Scope::All, Scope::Lines, Scope::Files];
    all.into_iter().find(|it| it.as_str() == word)
}

fn safety(word: &str) -> Option<Safety> {
    match word {
        "safe" => Some(Safety::Safe),
        "unsafe" => Some(Safety::Unsafe),
        _ => None,
    }
}

fn span(file: FileId, range: RangeRow) -> Option<Span> {
    let (start, end) = (range.start.byte, range.end.byte);
    (start <= end).then(|| Span {
        file,
        range: TextRange::new(TextSize::from(start), TextSize::from(end)),
    })
}

/// The fix of a finding: one without edits where it was not shown.
fn fix(row: &FindingRow) -> Option<Option<Fix>> {
    if let Some(word) = &row.hidden_fix {
        return Some(Some(Fix {
            title: String::new(),
            safety: safety(word)?,
            edits: Vec::new(),
        }));
    }
    let Some(fix) = &row.fix else {
        return Some(None);
    };
    let mut edits = Vec::new();
    for edit in &fix.edits {
        edits.push(Edit {
            range: span(FileId(0), edit.range)?.range,
            text: edit.text.clone(),
        });
    }
    Some(Some(Fix {
        title: fix.title.clone(),
        safety: safety(&fix.safety)?,
        edits,
    }))
}

/// The name of a lint.
fn name(name: String) -> Option<String> {
    let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (!name.is_empty() && name.bytes().all(kebab)).then_some(name)
}

/// `b3:` and hex.
fn digest(text: &str) -> Option<String> {
    let hex = text.strip_prefix("b3:")?;
    hex.bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| hex.to_owned())
}

fn input(
    project: Option<String>,
    [settings, texts]: [&str; 2],
    vcs: &str,
    base: Option<(String, String, &'static str)>,
) -> Option<Input> {
    Some(Input {
        project,
        settings: digest(settings)?,
        digest: digest(texts)?,
        git: match vcs {
            "git" => true,
            // A report of nothing has none.
            "none" | "" => false,
            _ => return None,
        },
        base,
    })
}

fn base(row: Option<BaseRow>) -> Option<Option<(String, String, &'static str)>> {
    let Some(row) = row else { return Some(None) };
    let scope = scope(&row.scope)?;
    Some(Some((
        row.name,
        row.rev.unwrap_or_default(),
        scope.as_str(),
    )))
}

fn files(shard: Option<ShardRow>, files: usize) -> Option<Files> {
    let Some(shard) = shard else {
        return Some(Files::whole(files));
    };
    let by_shard = match (shard.index, shard.files) {
        (Some(index), None) => BTreeMap::from([(index, files)]),
        (None, Some(by_shard)) => by_shard,
        _ => return None,
    };
    let sound = by_shard.keys().all(|it| (1..=shard.count).contains(it));
    if !sound || by_shard.is_empty() {
        return None;
    }
    let mut files = Files {
        count: shard.count,
        by_shard,
    };
    files.settle();
    Some(files)
}

/// The bytes of a path.
fn path(text: String, bytes: Option<String>) -> Option<Vec<u8>> {
    match bytes {
        None => Some(text.into_bytes()),
        Some(bytes) => from_base64(&bytes),
    }
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for chunk in digits.chunks(4) {
        let mut bits = 0u32;
        for digit in chunk {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * (4 - chunk.len());
        let [_, triple @ ..] = bits.to_be_bytes();
        bytes.extend_from_slice(&triple[..chunk.len().checked_sub(1)?]);
    }
    Some(bytes)
}

/// The files of a report that is read back.
#[derive(Default)]
struct Sources {
    ids: BTreeMap<(Option<String>, Vec<u8>), FileId>,
    all: BTreeMap<FileId, (Source, Recalled)>,
}

impl Sources {
    fn file(&mut self, project: Option<&String>, path: Vec<u8>) -> FileId {
        let next = FileId(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
        let key = (project.cloned(), path);
        let source = Source {
            path: RepoPath::from_bytes(&key.1),
            text: Arc::new(Text::new("")),
            masks: Vec::new(),
            hosts: Vec::new(),
            project: project.cloned(),
            recalled: None,
        };
        let id = *self.ids.entry(key).or_insert(next);
        self.all
            .entry(id)
            .or_insert_with(|| (source, Recalled::default()));
        id
    }

    fn span(&mut self, file: FileId, range: RangeRow) -> Option<Span> {
        let (_, recalled) = self.all.get_mut(&file)?;
        for place in [range.start, range.end] {
            let position = Position {
                line: place.line,
                column: place.column,
                utf16: place.utf16,
                byte_column: place.utf8,
                byte: place.byte,
            };
            recalled.positions.entry(place.byte).or_insert(position);
        }
        span(file, range)
    }

    fn take(&mut self, row: &FindingRow, lint: &'static Lint) -> Option<Settled> {
        let bytes = path(row.path.clone(), row.path_bytes.clone())?;
        let file = self.file(row.project.as_ref(), bytes);
        let at = self.span(file, row.range)?;
        let mut finding = Finding::new(lint, at, row.message.clone());
        finding.notes.clone_from(&row.notes);
        finding.help.clone_from(&row.help);
        for label in &row.labels {
            let bytes = path(label.path.clone(), label.path_bytes.clone())?;
            let other = self.file(row.project.as_ref(), bytes);
            let at = self.span(other, label.range)?;
            finding.labels.push(Label {
                at,
                message: label.message.clone(),
            });
        }
        finding.fix = fix(row)?;
        if let Some(fix) = &row.fix {
            let mut ranges: Vec<RangeRow> = fix.edits.iter().map(|edit| edit.range).collect();
            for range in &ranges {
                self.span(file, *range)?;
            }
            ranges.sort_by_key(|range| (range.start.byte, range.end.byte));
            let (_, recalled) = self.all.get_mut(&file)?;
            for (pair, piece) in ranges.windows(2).zip(&fix.between) {
                let from = pair[0].end.byte;
                let to = pair[1].start.byte.max(from);
                recalled.pieces.insert((from, to), piece.clone());
            }
        }
        let (source, recalled) = self.all.get_mut(&file)?;
        source.hosts.clone_from(&row.hosts);
        let line = row.range.start.line;
        recalled.lines.insert(line, row.line_hash.clone());
        Some(Settled {
            finding,
            level: level(&row.level)?,
            state: state(row)?,
            place: row.place.clone(),
            change: change(row)?,
        })
    }

    fn finish(self) -> BTreeMap<FileId, Source> {
        let with = |(mut source, recalled): (Source, Recalled)| {
            source.recalled = Some(Arc::new(recalled));
            source
        };
        let all = self.all.into_iter();
        all.map(|(id, source)| (id, with(source))).collect()
    }
}

#[cfg(test)]
mod tests;
