//! What a finding has to do with a change: whether it is new, on a changed line, or neither.
//!
//! New is what is found more often than in the texts of the base, by lint, path and place: so a change is also blamed for
//! what it breaks elsewhere. The base is checked as a repository of its own, with the same settings.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use lint_api::report::{Change, Scope, Settled, State};
use repo::{EntryKind, FileId, Git, GitState, PathEntry, PathTable, Repo, RepoPath, Text};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::check::Files;
use crate::{Input, Plan, Settings, Source, settle};

/// How often a lint speaks of a place of a file.
pub(crate) type Counts = BTreeMap<(RepoPath, &'static str, String), usize>;

/// Texts with more different lines than this are taken for changed from the first different line to the last: to compare
/// them may take a time that is quadratic.
const MOST_LINES: usize = 4_000;

/// What is found in the base; `None` when no change is looked at.
pub(crate) fn found_in_base(
    input: &Input,
    plan: &Plan,
    settings: &Settings,
) -> Option<Arc<Counts>> {
    settings.scope?;
    let Some(before) = before(input) else {
        return Some(Arc::default());
    };
    let mut settings = settings.clone();
    settings.scope = None;
    settings.paths.clear();
    settings.stdin = None;
    let checked = Files::of(before, plan, &settings).link(plan, &settings);
    let report = settle(checked, &settings);
    let mut counts = Counts::new();
    for settled in report.active() {
        let path = &report.sources[&settled.finding.at.file].path;
        *counts.entry(key(settled, path)).or_default() += 1;
    }
    Some(Arc::new(counts))
}

/// The base as a repository of its own; `None` when there is none.
fn before(input: &Input) -> Option<Input> {
    let base = input.base.as_ref()?;
    let replaced: BTreeSet<&RepoPath> = base.sources.iter().map(|source| &source.path).collect();
    let is_new = |path: &RepoPath| base.added.contains(path) || base.new_others.contains(path);
    let mut sources: Vec<Source> = input
        .sources
        .iter()
        .filter(|source| !is_new(&source.path) && !replaced.contains(&source.path))
        .chain(&base.sources)
        .cloned()
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let state = |path: &RepoPath| input.git.as_ref()?.states.get(path).copied();
    let mut entries: Vec<PathEntry> = input
        .paths
        .entries()
        .iter()
        .filter(|entry| !is_new(&entry.path))
        .cloned()
        .collect();
    for entry in &mut entries {
        entry.on_disk |= base.gone.contains(&entry.path);
    }
    entries.extend(base.gone.iter().map(|path| PathEntry {
        path: path.clone(),
        kind: EntryKind::File,
        on_disk: true,
        git: input.git.is_some().then_some(GitState::Tracked),
    }));
    let paths = PathTable::new(entries);
    let git = input.git.as_ref().map(|git| {
        let states = paths.entries().iter().filter_map(|entry| {
            let now = state(&entry.path).or(entry.git)?;
            Some((entry.path.clone(), now))
        });
        Arc::new(Git {
            states: states.collect(),
            ..Git::clone(git)
        })
    });
    Some(Input {
        sources,
        paths,
        git,
        ..Input::default()
    })
}

fn key(settled: &Settled, path: &RepoPath) -> (RepoPath, &'static str, String) {
    let lint = settled.finding.lint.name;
    (path.clone(), lint, settled.place.clone())
}

/// Says of each finding what it has to do with the change, and drops those that the scope does not ask for.
pub(crate) fn mark(findings: &mut Vec<Settled>, repo: &Repo, in_base: &Counts, scope: Scope) {
    let path = |settled: &Settled| &repo.file(settled.finding.at.file).path;
    let mut now = Counts::new();
    for settled in findings.iter().filter(|it| it.state == State::Active) {
        *now.entry(key(settled, path(settled))).or_default() += 1;
    }
    let mut changed: BTreeMap<FileId, Lines> = BTreeMap::new();
    for settled in findings.iter_mut() {
        let finding = &settled.finding;
        let key = key(settled, path(settled));
        let more = now.get(&key) > in_base.get(&key);
        let labels = finding.labels.iter().map(|label| label.at);
        let touched = labels.chain([finding.at]).any(|at| {
            let lines = changed
                .entry(at.file)
                .or_insert_with(|| Lines::of(repo, at.file));
            let text = &repo.file(at.file).text;
            lines.touch(text.line_of(at.range.start()), text.line_of(at.range.end()))
        });
        settled.change = Some(match (more && settled.state == State::Active, touched) {
            (true, _) => Change::New,
            (false, true) => Change::Touched,
            (false, false) => Change::Old,
        });
    }
    findings.retain(|settled| match (scope, settled.change) {
        (Scope::All, _) | (_, Some(Change::New)) => true,
        (Scope::Lines, change) => change == Some(Change::Touched),
        (Scope::Files, _) => changed[&settled.finding.at.file] != Lines::None,
    });
}

/// The changed lines of a file, 0-based.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Lines {
    None,
    All,
    Some(Vec<Range<u32>>),
}

impl Lines {
    fn of(repo: &Repo, file: FileId) -> Lines {
        let file = repo.file(file);
        let Some(base) = &repo.base else {
            return Lines::All;
        };
        match base.files.get(&file.path) {
            Some(before) => Lines::between(&before.text, &file.text),
            None if base.added.contains(&file.path) => Lines::All,
            // Nothing is known of what it was.
            None if base.changed.contains(&file.path) => Lines::All,
            None => Lines::None,
        }
    }

    fn between(before: &Text, after: &Text) -> Lines {
        if before.contents() == after.contents() {
            return Lines::None;
        }
        let lines =
            |text: &str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
        let (old, new) = (lines(before.contents()), lines(after.contents()));
        let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let (old, rest) = (&old[head..], &new[head..]);
        let tail = old
            .iter()
            .rev()
            .zip(rest.iter().rev())
            .take_while(|(a, b)| a == b)
            .count();
        let (old, rest) = (&old[..old.len() - tail], &rest[..rest.len() - tail]);
        let range = |start: usize, end: usize| -> Range<u32> {
            let number = |at: usize| u32::try_from(head + at).unwrap_or(u32::MAX);
            if start < end {
                return number(start)..number(end);
            }
            // Lines went away here: those before and behind are its neighbours.
            number(start).saturating_sub(1)..number(start).saturating_add(1)
        };
        if old.len().max(rest.len()) > MOST_LINES {
            return Lines::Some(Vec::from([range(0, rest.len())]));
        }
        let operations = capture_diff_slices(Algorithm::Myers, old, rest);
        let changed = operations.iter().filter(|it| it.tag() != DiffTag::Equal);
        let ranges = changed.map(|it| range(it.new_range().start, it.new_range().end));
        Lines::Some(ranges.collect())
    }

    /// Whether one of the lines from `first` to `last` changed.
    fn touch(&self, first: u32, last: u32) -> bool {
        match self {
            Lines::None => false,
            Lines::All => true,
            Lines::Some(ranges) => ranges
                .iter()
                .any(|range| range.start <= last && first < range.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines() {
        let some = |range: Range<u32>| Lines::Some(Vec::from([range]));
        let lines = |a: &str, b: &str| Lines::between(&Text::new(a), &Text::new(b));
        assert_eq!(lines("a\nb\n", "a\nb\n"), Lines::None);
        assert_eq!(lines("a\nb\nc\n", "a\nX\nc\n"), some(1..2));
        assert_eq!(lines("a\nc\n", "a\nb\nc\n"), some(1..2));
        // Of a deletion, both neighbours.
        assert_eq!(lines("a\nb\nc\n", "a\nc\n"), some(0..2));
        assert_eq!(lines("a\nb\n", "b\n"), some(0..1));
        let many =
            |word: &str| format!("head\n{}tail\n", format!("{word}\n").repeat(MOST_LINES + 1));
        let end = u32::try_from(MOST_LINES + 2).unwrap();
        assert_eq!(lines(&many("a"), &many("b")), some(1..end));
        let one = lines("a\nb\nc\n", "a\nX\nc\n");
        assert!(one.touch(0, 1) && one.touch(1, 5) && !one.touch(2, 5) && !one.touch(0, 0));
    }
}
