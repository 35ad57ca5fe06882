//! The answer of an earlier run to the very same question: its report, without the texts.
//!
//! Goal: a run over a repository in which nothing changed reads it, and neither links it nor asks a lint. From `load` on a
//! run is a function of [`Input`], of the settings and of what was found where pinned trees may lie; so the question is a
//! digest of
//!
//! - every file that was read, whatever its language: path, language, text;
//! - every other path that the walk met or the git index has: what stands there, where a link leads, what git says of it;
//! - HEAD and its time, the submodules, how deep the root lies in the work tree;
//! - the base revision: its texts that differ, what was added, changed and is gone, earlier texts, messages;
//! - what was skipped, left out or could not be read, and every note;
//! - the settings with the baseline and the users' rules, the flags that change a report, this build of the program.
//!
//! Beside it an answer holds what was looked up outside of the repository ([`Lookups`]): each must come out the same again.
//! Where a tree was read that the user may edit, there is no answer; nor for a run that speaks of a part of the
//! repository or of a change, nor after any trouble.
//!
//! Limits: the digest is one for all files, and the only thing that is kept of a file with anything in it that no report may
//! show, beside the places of that and what the report says. A fix whose new text holds a piece of it is not kept, and so
//! neither is the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use lint_api::report::{
    Change, Outlived, Report, Scope, Settled, Source as Shown, State, Unresolved,
};
use lint_api::{Edit, Finding, Fix, Label, Level, Lint, Safety};
use rayon::prelude::*;
use repo::{EntryKind, FileId, Git, GitState, Kind, PathEntry, RepoPath, Span, Text};
use serde::{Deserialize, Serialize};
use syntax::TextRange;

use super::stamps::Stamps;
use super::{Cure, Sum, half, sum_of};
use crate::load::BaseInput;
use crate::names::Names;
use crate::pins::Lookups;
use crate::{Input, Settings, Source};

/// What every answer begins with; it changes with the layout.
const MAGIC: &[u8; 8] = b"nivisan1";
/// Bytes of an answer that is read or written.
pub(super) const LARGEST: u64 = 32 << 20;
/// The names of answers end in this.
pub const SUFFIX: &str = ".answer";
/// So much of what no report may show is recognised again.
const PIECE: usize = 6;

/// What is asked: a digest of everything that a run depends on.
pub(super) type Question = [u8; 32];

/// What is known of a run.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    findings: Vec<Said>,
    files: Vec<File>,
    lints: Vec<(u32, u8)>,
    inactive: Vec<(u32, String)>,
    skipped: Vec<(RepoPath, String)>,
    unresolved: Vec<Why>,
    notes: Vec<String>,
    git: bool,
    base: Option<(String, String)>,
    outlived: Vec<Gone>,
    lookups: Lookups,
}

/// A finding.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    lint: u32,
    steps: i8,
    at: Place,
    message: String,
    labels: Vec<(Place, String)>,
    notes: Vec<String>,
    help: Option<String>,
    fix: Option<Cure>,
    level: u8,
    state: Standing,
    change: Option<u8>,
    place: String,
}

/// A range of a file, by its number.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Place {
    file: u32,
    range: TextRange,
}

/// Whether a finding counts.
#[derive(Debug, Serialize, Deserialize)]
enum Standing {
    Active,
    Allowed(u32, Option<String>),
    Baselined,
}

/// A file that the report shows.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    file: u32,
    masks: Vec<TextRange>,
    hosts: Vec<String>,
}

/// What could not be resolved.
#[derive(Debug, Serialize, Deserialize)]
struct Why {
    at: Option<(RepoPath, u32)>,
    words: String,
    hosts: u64,
}

/// An entry of the baseline that is not needed any more.
#[derive(Debug, Serialize, Deserialize)]
struct Gone {
    path: String,
    lint: u32,
    place: String,
    found: u64,
}

const CHANGES: [Change; 3] = [Change::Touched, Change::New, Change::Old];

/// Whether a run is one over a whole repository as it is, so that the next one may well ask the same.
pub(super) fn is_usual(settings: &Settings) -> bool {
    let part = settings.paths.iter().any(|path| !path.bytes().is_empty());
    let change = settings.diff_base.is_some() || settings.diff_from.is_some() || settings.staged;
    !part
        && !change
        && settings.stdin.is_none()
        && settings.shard.is_none()
        && settings.scope.is_none()
}

/// What of the command line changes a report and is not in the digest of the settings.
pub(super) fn flags(settings: &Settings) -> String {
    format!(
        "{:?} {:?} {} {} {} {:?}",
        settings.vcs,
        settings.disk,
        settings.force_exclude,
        settings.no_respect_gitignore,
        settings.unresolved,
        settings.paths,
    )
}

/// The sums of all texts, in their order.
pub(super) fn sums(input: &Input, known: &Stamps) -> Vec<Sum> {
    let sources = input.sources.par_iter().enumerate().with_min_len(16);
    let sum = |(index, source): (usize, &Source)| {
        let stat = input.stats.get(index).and_then(Option::as_ref);
        let known = stat.and_then(|stat| known.find(stat));
        known.unwrap_or_else(|| sum_of(&source.text))
    };
    sources.map(sum).collect()
}

/// What a run asks, `sums` being those of its texts. Whatever is added to [`Input`] does not compile before it is told
/// here.
pub(super) fn question(input: &Input, sums: &[Sum], name: &str) -> Question {
    let Input {
        sources,
        // What matters of them is in the texts.
        stats: _,
        paths,
        git,
        base,
        // Of these nothing is known yet: see [`Lookups`].
        options: _,
        skipped,
        excluded,
        troubles,
        notes,
    } = input;
    let mut hash = Hash::default();
    hash.words(name.as_bytes());
    hash.count(sources.len());
    for (
        Source {
            path,
            kind,
            text: _,
        },
        sum,
    ) in sources.iter().zip(sums)
    {
        hash.words(path.bytes());
        hash.kind(*kind);
        hash.bytes.extend_from_slice(sum);
    }
    hash.count(paths.entries().len());
    for PathEntry {
        path,
        kind,
        on_disk,
        git,
    } in paths.entries()
    {
        hash.words(path.bytes());
        hash.byte(u8::from(*on_disk));
        hash.state(*git);
        match kind {
            EntryKind::File => hash.byte(0),
            EntryKind::Closed => hash.byte(1),
            EntryKind::Link(target) => {
                hash.byte(2);
                hash.words(target);
            }
            EntryKind::Submodule => hash.byte(3),
            EntryKind::Special => hash.byte(4),
        }
    }
    match git.as_deref() {
        None => hash.byte(0),
        Some(git) => {
            hash.byte(1);
            hash.git(git);
        }
    }
    match base {
        None => hash.byte(0),
        Some(base) => {
            hash.byte(1);
            hash.base(base);
        }
    }
    hash.count(skipped.len());
    for (path, why) in skipped {
        hash.words(path.bytes());
        hash.words(why.as_bytes());
    }
    hash.count(*excluded);
    hash.words(format!("{troubles:?}").as_bytes());
    hash.words(format!("{notes:?}").as_bytes());
    *blake3::hash(&hash.bytes).as_bytes()
}

/// Things that cannot run into each other, to be hashed at once.
#[derive(Default)]
struct Hash {
    bytes: Vec<u8>,
}

impl Hash {
    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn count(&mut self, count: usize) {
        self.bytes.extend_from_slice(&(count as u64).to_le_bytes());
    }

    fn words(&mut self, words: &[u8]) {
        self.count(words.len());
        self.bytes.extend_from_slice(words);
    }

    fn kind(&mut self, kind: Kind) {
        self.byte(kind as u8);
    }

    fn state(&mut self, state: Option<GitState>) {
        self.byte(match state {
            None => 0,
            Some(GitState::Tracked) => 1,
            Some(GitState::IntentToAdd) => 2,
            Some(GitState::Untracked) => 3,
            Some(GitState::Ignored) => 4,
        });
    }

    fn paths<'a>(&mut self, paths: impl ExactSizeIterator<Item = &'a RepoPath>) {
        self.count(paths.len());
        for path in paths {
            self.words(path.bytes());
        }
    }

    fn sources(&mut self, sources: &[Source]) {
        self.count(sources.len());
        for Source { path, kind, text } in sources {
            self.words(path.bytes());
            self.kind(*kind);
            self.bytes.extend_from_slice(&sum_of(text));
        }
    }

    fn git(&mut self, git: &Git) {
        let Git {
            // As the entries have them.
            states: _,
            submodules,
            above,
            head,
            head_time,
        } = git;
        self.paths(submodules.iter());
        self.count(*above);
        self.words(format!("{head:?} {head_time:?}").as_bytes());
    }

    fn base(&mut self, base: &BaseInput) {
        let BaseInput {
            name,
            rev,
            sources,
            added,
            changed,
            past,
            messages,
            same,
            gone,
            new_others,
        } = base;
        self.words(name.as_bytes());
        self.words(rev.as_bytes());
        for list in [sources, past, same] {
            self.sources(list);
        }
        for list in [added, changed, gone, new_others] {
            self.paths(list.iter());
        }
        self.count(messages.len());
        for message in messages {
            self.words(message.as_bytes());
        }
    }
}

/// An answer that was read.
#[derive(Debug)]
pub(super) struct Known {
    answer: Answer,
}

impl Known {
    /// Takes an answer to this question apart; `None` when it is one to another, or not whole.
    pub(super) fn of(bytes: &[u8], question: &Question) -> Option<Known> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (sum, rest) = rest.split_at_checked(16)?;
        let (asked, body) = rest.split_at_checked(32)?;
        if asked != question || half(blake3::hash(rest)) != sum {
            return None;
        }
        let answer: Answer = postcard::from_bytes(body).ok()?;
        Some(Known { answer })
    }

    /// What was looked up for it.
    pub(super) fn lookups(&self) -> &Lookups {
        &self.answer.lookups
    }

    /// The report, if it fits the texts; `sources` are those of the question.
    pub(super) fn report(self, sources: &[Source], settings: &Settings) -> Option<Report> {
        let Answer {
            findings,
            files,
            lints,
            inactive,
            skipped,
            unresolved,
            notes,
            git,
            base,
            outlived,
            lookups: _,
        } = self.answer;
        let names = settings.names();
        let lint = |index: u32| names.lints().get(index as usize).copied();
        let level = |index: u8| Level::ALL.get(usize::from(index)).copied();
        let mut shown = BTreeMap::new();
        for File { file, masks, hosts } in files {
            let source = sources.get(file as usize)?;
            let fits = masks.iter().all(|mask| fits(*mask, &source.text));
            fits.then_some(())?;
            let source = Shown {
                path: source.path.clone(),
                text: Arc::clone(&source.text),
                masks,
                hosts,
                project: None,
                recalled: None,
            };
            shown.insert(FileId(file), source);
        }
        let span = |Place { file, range }: Place| {
            let file = FileId(file);
            let source = shown.get(&file)?;
            fits(range, &source.text).then_some(Span { file, range })
        };
        let settled = |said: Said| {
            let at = span(said.at)?;
            let text = &shown.get(&at.file)?.text;
            let label = |(at, message)| {
                let at = span(at)?;
                Some(Label { at, message })
            };
            let edit = |(range, new): (TextRange, String)| {
                fits(range, text).then_some(Edit { range, text: new })
            };
            let fix = match said.fix {
                None => None,
                Some(fix) => Some(Fix {
                    title: fix.title,
                    safety: if fix.safe {
                        Safety::Safe
                    } else {
                        Safety::Unsafe
                    },
                    edits: fix.edits.into_iter().map(edit).collect::<Option<_>>()?,
                }),
            };
            let finding = Finding {
                lint: lint(said.lint)?,
                steps: said.steps,
                at,
                message: said.message,
                labels: said.labels.into_iter().map(label).collect::<Option<_>>()?,
                notes: said.notes,
                help: said.help,
                fix,
            };
            Some(Settled {
                finding,
                level: level(said.level)?,
                state: match said.state {
                    Standing::Active => State::Active,
                    Standing::Allowed(line, reason) => State::Allowed { line, reason },
                    Standing::Baselined => State::Baselined,
                },
                place: said.place,
                change: match said.change {
                    None => None,
                    Some(change) => Some(*CHANGES.get(usize::from(change))?),
                },
            })
        };
        let findings = findings.into_iter().map(settled).collect::<Option<_>>()?;
        let lints = lints.into_iter();
        let lints = lints.map(|(index, height)| Some((lint(index)?, level(height)?)));
        let inactive = inactive.into_iter();
        let inactive = inactive.map(|(index, why)| Some((lint(index)?, why)));
        let outlived = outlived.into_iter().map(|it| {
            Some(Outlived {
                path: it.path,
                lint: lint(it.lint)?.name,
                place: it.place,
                found: usize::try_from(it.found).ok()?,
            })
        });
        let unresolved = unresolved.into_iter().map(|it| {
            Some(Unresolved {
                at: it.at,
                words: it.words,
                hosts: usize::try_from(it.hosts).ok()?,
            })
        });
        Some(Report {
            findings,
            sources: shown,
            inputs: sources
                .iter()
                .map(|source| (source.path.clone(), Arc::clone(&source.text)))
                .collect(),
            settings_digest: settings.digest.clone(),
            files: sources.len(),
            fixed: BTreeMap::new(),
            lints: lints.collect::<Option<_>>()?,
            inactive: inactive.collect::<Option<_>>()?,
            skipped,
            unresolved: unresolved.collect::<Option<_>>()?,
            notes,
            troubles: Vec::new(),
            vcs: if git { "git" } else { "none" },
            base,
            scope: Scope::All,
            outlived: outlived.collect::<Option<_>>()?,
            project: None,
            shard: None,
            input_digest: None,
            parts: Vec::new(),
        })
    }
}

/// Whether a range is one of a text.
fn fits(range: TextRange, text: &Text) -> bool {
    let text = text.contents();
    text.is_char_boundary(usize::from(range.start()))
        && text.is_char_boundary(usize::from(range.end()))
}

/// The bytes of the answer that a report is; `None` for one that is not kept.
pub(super) fn encode(
    report: &Report,
    question: &Question,
    lookups: &Lookups,
    names: &Names,
) -> Option<Vec<u8>> {
    let Report {
        findings,
        sources,
        // What is asked.
        inputs: _,
        settings_digest: _,
        files,
        fixed,
        lints,
        inactive,
        skipped,
        unresolved,
        notes,
        troubles,
        vcs,
        base,
        scope,
        outlived,
        project,
        shard,
        input_digest,
        parts,
    } = report;
    let usual = troubles.is_empty()
        && fixed.is_empty()
        && *files == report.inputs.len()
        && *scope == Scope::All
        && project.is_none()
        && shard.is_none()
        && input_digest.is_none()
        && parts.is_empty()
        && matches!(*vcs, "git" | "none");
    usual.then_some(())?;
    let lint = |name: &str| u32::try_from(names.index(name)?).ok();
    let level = |level: Level| u8::try_from(Level::ALL.iter().position(|it| *it == level)?).ok();
    let own = |(lint_of, height): &(&Lint, Level)| Some((lint(lint_of.name)?, level(*height)?));
    let answer = Answer {
        findings: findings
            .iter()
            .map(|settled| {
                let file = sources.get(&settled.finding.at.file)?;
                Said::of(
                    settled,
                    file,
                    lint(settled.finding.lint.name)?,
                    level(settled.level)?,
                )
            })
            .collect::<Option<_>>()?,
        files: sources
            .iter()
            .map(|(id, source)| File {
                file: id.0,
                masks: source.masks.clone(),
                hosts: source.hosts.clone(),
            })
            .collect(),
        lints: lints.iter().map(own).collect::<Option<_>>()?,
        inactive: inactive
            .iter()
            .map(|(it, why)| Some((lint(it.name)?, why.clone())))
            .collect::<Option<_>>()?,
        skipped: skipped.clone(),
        unresolved: unresolved
            .iter()
            .map(|it| Why {
                at: it.at.clone(),
                words: it.words.clone(),
                hosts: it.hosts as u64,
            })
            .collect(),
        notes: notes.clone(),
        git: *vcs == "git",
        base: base.clone(),
        outlived: outlived
            .iter()
            .map(|it| {
                Some(Gone {
                    path: it.path.clone(),
                    lint: lint(it.lint)?,
                    place: it.place.clone(),
                    found: it.found as u64,
                })
            })
            .collect::<Option<_>>()?,
        lookups: lookups.clone(),
    };
    let mut bytes = Vec::with_capacity(1 << 16);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&Sum::default());
    bytes.extend_from_slice(question);
    let mut bytes = postcard::to_extend(&answer, bytes).ok()?;
    let sum = half(blake3::hash(&bytes[24..]));
    bytes[8..24].copy_from_slice(&sum);
    (bytes.len() as u64 <= LARGEST).then_some(bytes)
}

impl Said {
    /// `None` when the fix would write a piece of what no report may show.
    fn of(settled: &Settled, file: &Shown, lint: u32, level: u8) -> Option<Said> {
        let Settled {
            finding,
            level: _,
            state,
            place,
            change,
        } = settled;
        let Finding {
            lint: _,
            steps,
            at,
            message,
            labels,
            notes,
            help,
            fix,
        } = finding;
        if let Some(fix) = fix
            && fix.edits.iter().any(|edit| shows(&edit.text, file))
        {
            return None;
        }
        let placed = |at: Span| Place {
            file: at.file.0,
            range: at.range,
        };
        let label = |label: &Label| (placed(label.at), label.message.clone());
        let number = |it: Change| {
            let at = CHANGES.iter().position(|change| *change == it);
            u8::try_from(at?).ok()
        };
        Some(Said {
            lint,
            steps: *steps,
            at: placed(*at),
            message: message.clone(),
            labels: labels.iter().map(label).collect(),
            notes: notes.clone(),
            help: help.clone(),
            fix: fix.as_ref().map(|fix| Cure {
                title: fix.title.clone(),
                safe: fix.safety == Safety::Safe,
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| (edit.range, edit.text.clone()))
                    .collect(),
            }),
            level,
            state: match state {
                State::Active => Standing::Active,
                State::Allowed { line, reason } => Standing::Allowed(*line, reason.clone()),
                State::Baselined => Standing::Baselined,
            },
            change: match change {
                None => None,
                Some(it) => Some(number(*it)?),
            },
            place: place.clone(),
        })
    }
}

/// Whether a text holds a piece of what no report may show of a file.
fn shows(new: &str, file: &Shown) -> bool {
    let hidden = |mask: &TextRange| file.text.slice(*mask).as_bytes();
    file.masks.iter().map(hidden).any(|secret| {
        let piece = secret.len().clamp(1, PIECE);
        let mut pieces = secret.windows(piece);
        // A mask may be a whole file; a new text is short.
        new.len() >= piece && pieces.any(|it| new.as_bytes().windows(piece).any(|at| at == it))
    })
}

#[cfg(test)]
mod tests;
