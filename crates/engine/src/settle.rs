//! From [`Checked`] to a report: levels, named paths, allow comments, order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lint_api::report::{Report, Settled, Source, State, Trouble, Unresolved};
use lint_api::{Finding, Level};
use repo::secrets::tokens;
use repo::{File, FileId, Kind, Repo, Span, Text};
use syntax::TextRange;

use crate::allows::Allows;
use crate::{Checked, PathSettings, Settings, change, own};

/// Gives every finding its level, drops what is off or not asked for, hears the allow comments, and sorts.
#[must_use]
pub fn settle(checked: Checked, settings: &Settings) -> Report {
    let (report, repo) = settle_and_keep(checked, settings);
    // To take a large repository apart takes milliseconds that nobody has to wait for.
    if rayon::current_thread_index().is_some() {
        rayon::spawn(move || drop(repo));
    }
    report
}

/// The same, with the repository.
pub(crate) fn settle_and_keep(checked: Checked, settings: &Settings) -> (Report, Repo) {
    let mut repo = checked.repo;
    let mut report = Report {
        files: repo.files.len(),
        inputs: repo
            .files
            .iter()
            .map(|file| (file.path.clone(), Arc::clone(&file.text)))
            .collect(),
        settings_digest: settings.digest.clone(),
        troubles: checked.troubles,
        skipped: checked.skipped,
        notes: checked.notes,
        base: repo
            .base
            .as_ref()
            .map(|base| (base.name.clone(), base.rev.clone())),
        vcs: if repo.git.is_some() { "git" } else { "none" },
        ..Report::default()
    };
    if settings.unresolved {
        report.unresolved = unresolved(&repo);
    }
    let mut findings = checked.findings;
    findings.extend(skipped(&mut repo, &report));

    let names = settings.names();
    let inactive: BTreeSet<&str> = checked.inactive.iter().map(|(lint, _)| lint.name).collect();
    report.lints = ran(settings, &inactive);
    report.inactive = checked.inactive;
    report.inactive.sort_by_key(|(lint, _)| lint.name);

    let mut files: BTreeMap<FileId, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        files.entry(finding.at.file).or_default().push(finding);
    }
    for file in &repo.files {
        if !file.facts.allows.is_empty() || !file.facts.bad_allows.is_empty() {
            files.entry(file.id).or_default();
        }
    }
    for (id, findings) in files {
        let file = repo.file(id);
        if !settings.reports(&file.path) {
            continue;
        }
        let here = settings.for_path(&file.path);
        let mut desk = Desk {
            settings,
            file,
            here: &here,
            allows: Allows::of(settings, file),
            settled: Vec::new(),
        };
        desk.take(findings);
        if let Some(allows) = &desk.allows {
            let faults = allows.faults();
            desk.take(faults);
        }
        if let Some(allows) = &desk.allows {
            let could_speak = |lint: usize| {
                let lint = names.lints()[lint];
                let panicked = |file| checked.panicked.contains(&(lint.name, file));
                !inactive.contains(lint.name) && !panicked(None) && !panicked(Some(id))
            };
            let unused = allows.unused(&here, could_speak);
            desk.take(unused);
        }
        report.findings.append(&mut desk.settled);
    }

    sort(&mut report.findings, &repo);
    if let Some(baseline) = &settings.baseline {
        baseline.subtract(&mut report, &repo, settings);
    }
    if let Some(scope) = settings.scope {
        report.scope = scope;
        let in_base = checked.in_base.unwrap_or_default();
        change::mark(&mut report.findings, &repo, &in_base, scope);
    }
    // These two do not run: they are there when something went wrong.
    let spoke = |lint: &lint_api::Lint| {
        let mut findings = report.findings.iter();
        findings.any(|settled| settled.finding.lint == lint)
    };
    report.lints.retain(|(lint, _)| {
        ![&own::FILE_SKIPPED, &own::INTERNAL_ERROR].contains(lint) || spoke(lint)
    });
    limit(&mut report, settings);
    report.sort_troubles();
    if let Some(shard) = settings.shard {
        shard.keep(&mut report, &repo);
    }
    let mut hosts = hosts_of(&repo);
    for settled in &report.findings {
        let finding = &settled.finding;
        let places = finding.labels.iter().map(|label| label.at);
        for Span { file, .. } in places.chain([finding.at]) {
            report.sources.entry(file).or_insert_with(|| {
                let file = repo.file(file);
                Source {
                    path: file.path.clone(),
                    text: Arc::clone(&file.text),
                    masks: file.facts.secrets.masks.clone(),
                    hosts: hosts.remove(&file.id).unwrap_or_default(),
                    project: None,
                    recalled: None,
                }
            });
        }
    }
    (report, repo)
}

/// A lint may name a thing whose name is a token, or quote a piece of one.
fn hide_tokens(finding: &mut Finding, file: &File) {
    let masks = &file.facts.secrets.masks;
    let mut pieces: Vec<&str> = Vec::new();
    let labels = finding.labels.iter().map(|it| it.at);
    for at in labels.chain([finding.at]).filter(|at| at.file == file.id) {
        let first = masks.partition_point(|mask| mask.end() <= at.range.start());
        let here = masks[first..].iter();
        let here = here.take_while(|mask| mask.start() < at.range.end());
        pieces.extend(here.map(|mask| file.text.slice(*mask)));
    }
    pieces.retain(|piece| piece.len() >= 4);
    let labels = finding.labels.iter_mut().map(|it| &mut it.message);
    let title = finding.fix.as_mut().map(|it| &mut it.title);
    let words = std::iter::once(&mut finding.message).chain(labels);
    let words = words.chain(&mut finding.notes).chain(&mut finding.help);
    for words in words.chain(title) {
        for piece in &pieces {
            if words.contains(piece) {
                *words = words.replace(piece, "…");
            }
        }
        if let Some(kept) = tokens::without(words) {
            *words = kept;
        }
    }
}

/// The names of the hosts that read each file, sorted: `atlas`, and `ada@atlas` for a home inside a system.
fn hosts_of(repo: &Repo) -> BTreeMap<FileId, Vec<String>> {
    let mut hosts: BTreeMap<FileId, Vec<String>> = BTreeMap::new();
    for host in &repo.hosts.all {
        let Some(name) = host.name.known() else {
            continue;
        };
        let system = host.system_host.map(|system| &repo.hosts.all[system].name);
        let name = match system.map(|system| system.known()) {
            None => name.clone(),
            Some(Some(system)) => format!("{name}@{system}"),
            Some(None) => continue,
        };
        for file in host.surely.iter().chain(&host.perhaps) {
            hosts.entry(*file).or_default().push(name.clone());
        }
    }
    for names in hosts.values_mut() {
        names.sort_unstable();
        names.dedup();
    }
    hosts
}

/// One file whose findings are being settled.
struct Desk<'a> {
    settings: &'a Settings,
    file: &'a File,
    here: &'a PathSettings,
    allows: Option<Allows<'a>>,
    settled: Vec<Settled>,
}

impl Desk<'_> {
    fn take(&mut self, findings: Vec<Finding>) {
        for mut finding in findings {
            hide_tokens(&mut finding, self.file);
            let level = match self.settings.names().index(finding.lint.name) {
                Some(lint) => self.here.level(lint),
                // Our own lints speak also where nobody listed them.
                None => finding.lint.level,
            };
            let level = level.shift(finding.steps);
            if level == Level::Off {
                continue;
            }
            // In a text that does not parse, an edit may do anything.
            if !self.file.facts.faults.is_empty() && finding.lint.name != own::SYNTAX_ERROR {
                finding.fix = None;
            }
            let state = match &mut self.allows {
                Some(allows) => allows.judge(&mut finding),
                None => State::Active,
            };
            self.settled.push(Settled {
                place: repo::place::of(self.file, finding.at.range),
                finding,
                level,
                state,
                change: None,
            });
        }
    }
}

/// The lints that ran, sorted by name, with the highest level that they have anywhere.
fn ran(settings: &Settings, inactive: &BTreeSet<&str>) -> Vec<(&'static lint_api::Lint, Level)> {
    let lints = settings.names().lints().iter().enumerate();
    let mut ran: Vec<_> = lints
        .map(|(index, lint)| (*lint, settings.highest_level(index)))
        .filter(|(lint, level)| *level != Level::Off && !inactive.contains(lint.name))
        .collect();
    ran.sort_by_key(|(lint, _)| lint.name);
    ran
}

/// What could not be resolved on the way to the hosts, once per cause; and the shell text that could not be read.
fn unresolved(repo: &Repo) -> Vec<Unresolved> {
    let mut causes: BTreeMap<(Option<(repo::RepoPath, u32)>, String), usize> = BTreeMap::new();
    let cause = |why: &repo::Why| {
        let at = why.at().map(|at| {
            let file = repo.file(at.file);
            (file.path.clone(), file.text.line_of(at.range.start()) + 1)
        });
        (at, why.words())
    };
    for why in &repo.hosts.open {
        causes.entry(cause(why)).or_default();
    }
    for host in &repo.hosts.all {
        for cause in host.why.iter().map(cause).collect::<BTreeSet<_>>() {
            *causes.entry(cause).or_default() += 1;
        }
    }
    for file in &repo.files {
        for at in &file.facts.shell.skipped {
            let line = file.text.line_of(at.start()) + 1;
            let words = "this shell text does not parse, and no command in it is looked at";
            causes
                .entry((Some((file.path.clone(), line)), words.to_owned()))
                .or_default();
        }
    }
    let causes = causes.into_iter();
    causes
        .map(|((at, words), hosts)| Unresolved { at, words, hosts })
        .collect()
}

/// Files over a limit become files without text, so that something can be said of them.
fn skipped(repo: &mut Repo, report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, why) in &report.skipped {
        let over_limit = |trouble: &Trouble| {
            trouble.kind == "limit" && trouble.path.as_deref() == Some(&*path.text())
        };
        if !report.troubles.iter().any(over_limit) {
            continue;
        }
        let id = FileId(u32::try_from(repo.files.len()).unwrap_or(u32::MAX));
        repo.files.push(File {
            id,
            path: path.clone(),
            kind: Kind::Other,
            text: Arc::new(Text::new("")),
            facts: Box::default(),
        });
        let at = Span {
            file: id,
            range: TextRange::default(),
        };
        let mut finding = Finding::new(
            &own::FILE_SKIPPED,
            at,
            format!("`{path}` was not read: {why}"),
        );
        finding.help("list it in `exclude`, or raise the limit in `[limits]` of nivis.toml");
        findings.push(finding);
    }
    findings
}

/// By path, place, lint, message; what is said twice is said once.
fn sort(findings: &mut Vec<Settled>, repo: &Repo) {
    findings.sort_by(|a, b| {
        let key = |it: &Settled| {
            let range = it.finding.at.range;
            (range.start(), range.end(), it.finding.lint.name)
        };
        let path = |it: &Settled| &repo.file(it.finding.at.file).path;
        path(a)
            .cmp(path(b))
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| a.finding.message.cmp(&b.finding.message))
    });
    findings.dedup_by(|a, b| {
        let (a, b) = (&a.finding, &b.finding);
        a.at == b.at && a.lint == b.lint && a.message == b.message
    });
}

/// Cuts the findings of a lint that has too many, and says so.
fn limit(report: &mut Report, settings: &Settings) {
    let most = settings.bounds.findings_per_lint;
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    report.findings.retain(|settled| {
        let count = counts.entry(settled.finding.lint.name).or_default();
        *count += 1;
        *count <= most
    });
    for (lint, count) in counts {
        if count > most {
            report.troubles.push(Trouble {
                kind: "limit",
                path: None,
                line: None,
                message: format!(
                    "`{lint}` has {count} findings, of which {most} are kept: raise `limits.findings-per-lint`"
                ),
            });
        }
    }
}
