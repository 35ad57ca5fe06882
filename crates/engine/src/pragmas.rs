//! Turns `# deadnix: skip` into allow comments of our own: one after the other, and believed only when the new texts bear
//! it out.
//!
//! Goal: what was silent stays silent, nothing else falls silent, and no token changes. A pragma that silences nothing
//! stays, since nobody knows what it is for; so does one whose findings no comment of ours can silence.

use std::collections::BTreeMap;
use std::sync::Arc;

use lint_api::Finding;
use lint_api::report::{Report, Settled, State};
use repo::allow::{Allow, Pragma};
use repo::allow_above::Comment;
use repo::{File, FileId, RepoPath, Span, Text};
use syntax::text::size;
use syntax::{TextRange, TextSize};

use crate::allow_all::{comment, in_vain, inserted, is_same_but_comments, shifted};
use crate::allows::without_comment;
use crate::check::Files;
use crate::{Changed, Error, Input, Plan, Settings, settle};

/// What came of it.
#[derive(Debug)]
pub struct OwnPragmas {
    /// The files with other comments, sorted by path.
    pub changed: Vec<Changed>,
    /// How many pragmas became allow comments.
    pub turned: usize,
    /// The pragmas that stay: path, 1-based line, and why.
    pub left: Vec<(RepoPath, u32, &'static str)>,
    /// What was found before.
    pub report: Report,
}

/// Turns the pragmas of all files that are named, or of all.
///
/// # Errors
/// When the new texts are not the old ones with other comments, or are judged in another way than they.
pub fn own_pragmas(input: Input, plan: &Plan, settings: &Settings) -> Result<OwnPragmas, Error> {
    let mut files = Files::of(input, plan, settings);
    let report = settle(files.clone().link(plan, settings), settings);
    let silenced = silenced(&report, &files);
    let (mut left, mut turned) = (Vec::new(), 0);
    let mut texts: Vec<(FileId, Arc<Text>)> = Vec::new();
    for file in files.files().filter(|file| settings.reports(&file.path)) {
        let mut work = Work::of(file, &silenced);
        if work.pragmas.is_empty() {
            continue;
        }
        for index in 0..work.pragmas.len() {
            match work.turn(index, file, settings) {
                Ok(()) => turned += 1,
                Err(why) => left.push((file.path.clone(), work.pragmas[index].line, why)),
            }
        }
        if work.text.contents() != file.text.contents() {
            if !is_same_but_comments(file, &work.text, settings) {
                return Err(in_vain(&file.path));
            }
            texts.push((file.id, work.text));
        }
    }
    let old: BTreeMap<FileId, File> = texts
        .iter()
        .map(|(id, _)| (*id, files.file(*id).clone()))
        .collect();
    files.renew(texts, plan, settings);
    let after = settle(files.clone().link(plan, settings), settings);
    let (then, now) = (judged(&report), judged(&after));
    if let Some((path, _, _)) = then
        .keys()
        .chain(now.keys())
        .find(|it| then.get(it) != now.get(it))
    {
        return Err(in_vain(path));
    }
    let mut changed: Vec<Changed> = old
        .into_iter()
        .map(|(id, old)| Changed::comments(old, files.file(id)))
        .collect();
    changed.sort_by(|a, b| a.path.cmp(&b.path));
    left.sort();
    Ok(OwnPragmas {
        changed,
        turned,
        left,
        report,
    })
}

/// How often each lint speaks and is silenced in each file.
fn judged(report: &Report) -> BTreeMap<(&RepoPath, &'static str, bool), usize> {
    let mut counts = BTreeMap::new();
    for Settled { finding, state, .. } in &report.findings {
        let path = &report.sources[&finding.at.file].path;
        let silent = *state != State::Active;
        *counts.entry((path, finding.lint.name, silent)).or_default() += 1;
    }
    counts
}

/// The findings that each pragma silences, by file and where the pragma begins.
fn silenced<'a>(
    report: &'a Report,
    files: &Files,
) -> BTreeMap<(FileId, TextSize), Vec<&'a Finding>> {
    let mut silenced: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
    for Settled { finding, state, .. } in &report.findings {
        let State::Allowed { line, .. } = state else {
            continue;
        };
        let file = files.file(finding.at.file);
        let by = file.facts.allows.iter().find(|allow| {
            is_pragma(allow)
                && file.text.line_of(allow.at.start()) + 1 == *line
                && allow.covers.contains_range(finding.at.range)
        });
        if let Some(by) = by {
            let key = (file.id, by.at.start());
            silenced.entry(key).or_default().push(finding);
        }
    }
    silenced
}

fn is_pragma(allow: &Allow) -> bool {
    allow.pragma == Some(Pragma::Deadnix)
}

/// One file while its comments change.
struct Work<'a> {
    text: Arc<Text>,
    pragmas: Vec<Place<'a>>,
}

/// A pragma in the text as it is at the moment.
#[derive(Clone)]
struct Place<'a> {
    at: TextRange,
    /// 1-based, in the old text.
    line: u32,
    reason: String,
    findings: Vec<(&'a Finding, TextRange)>,
}

impl<'a> Work<'a> {
    fn of(file: &File, silenced: &BTreeMap<(FileId, TextSize), Vec<&'a Finding>>) -> Work<'a> {
        let pragmas = file.facts.allows.iter().filter(|allow| is_pragma(allow));
        let pragmas = pragmas.map(|allow| {
            let findings = silenced.get(&(file.id, allow.at.start()));
            let findings = findings.into_iter().flatten();
            Place {
                at: allow.at,
                line: file.text.line_of(allow.at.start()) + 1,
                reason: reason(allow.reason.as_deref().unwrap_or_default()),
                findings: findings.map(|it| (*it, it.at.range)).collect(),
            }
        });
        Work {
            text: Arc::clone(&file.text),
            pragmas: pragmas.collect(),
        }
    }

    /// Puts our comments in the place of one pragma; on an error nothing changes.
    fn turn(&mut self, index: usize, file: &File, settings: &Settings) -> Result<(), &'static str> {
        if self.pragmas[index].findings.is_empty() {
            return Err("it silences nothing that nivis would say");
        }
        let before = (Arc::clone(&self.text), self.pragmas.clone());
        let done = self.replace(index, file, settings);
        if done.is_none() {
            (self.text, self.pragmas) = before;
        }
        done.ok_or("no comment of nivis can stand in its place")
    }

    fn replace(&mut self, index: usize, file: &File, settings: &Settings) -> Option<()> {
        let (gap, with) = without_comment(self.text.contents(), self.pragmas[index].at);
        let text = self.text.contents();
        let (start, end) = (usize::from(gap.start()), usize::from(gap.end()));
        let text = [&text[..start], with, &text[end..]].concat();
        self.text = Arc::new(self.text.with_contents(&text));
        self.shift(|at| without(at, gap, size(with.len())));
        let reason = self.pragmas[index].reason.clone();
        for finding in 0..self.pragmas[index].findings.len() {
            let (known, range) = self.pragmas[index].findings[finding];
            let now = Finding {
                at: Span { range, ..known.at },
                ..known.clone()
            };
            let comment = comment(&file.path, file.kind, &self.text, settings, &now, &reason)?;
            if let Some(comment) = comment {
                self.insert(&comment);
            }
        }
        Some(())
    }

    fn insert(&mut self, comment: &Comment) {
        self.text = Arc::new(inserted(&self.text, comment));
        self.shift(|at| shifted(at, comment));
    }

    /// Moves everything that is still to come.
    fn shift(&mut self, to: impl Fn(TextRange) -> TextRange) {
        for pragma in &mut self.pragmas {
            pragma.at = to(pragma.at);
            for (_, at) in &mut pragma.findings {
                *at = to(*at);
            }
        }
    }
}

/// Where a range is after another one gave way to so many bytes.
fn without(at: TextRange, gap: TextRange, with: TextSize) -> TextRange {
    let moved = |offset: TextSize| {
        if offset >= gap.end() {
            offset - gap.len() + with
        } else {
            offset.min(gap.start())
        }
    };
    TextRange::new(moved(at.start()), moved(at.end()))
}

/// What the author said behind the pragma, else whose it was.
fn reason(pragma: &str) -> String {
    let rest = pragma.split_once("skip").map_or("", |(_, rest)| rest);
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "-:—,.".contains(c));
    // Our comment may have to be one with an end.
    if rest.chars().filter(|c| !c.is_whitespace()).count() < 3 || rest.contains(['\n', '\r']) {
        return "was `deadnix: skip`".to_owned();
    }
    rest.trim_end().replace("*/", "* /")
}

impl Changed {
    /// A file of which only comments changed.
    pub(crate) fn comments(old: File, now: &File) -> Changed {
        Changed {
            path: old.path,
            before: old.text,
            after: Arc::clone(&now.text),
            masks_before: old.facts.secrets.masks.clone(),
            masks_after: now.facts.secrets.masks.clone(),
            fixed: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons() {
        for (pragma, expected) in [
            ("deadnix: skip", "was `deadnix: skip`"),
            ("deadnix: skip -- kept as a tier", "kept as a tier"),
            ("deadnix: skip: the scope is given", "the scope is given"),
            ("deadnix:skip it", "was `deadnix: skip`"),
        ] {
            assert_eq!(reason(pragma), expected);
        }
    }

    #[test]
    fn ranges_move() {
        let range = |start, end| TextRange::new(size(start), size(end));
        for (at, expected) in [
            (range(0, 4), range(0, 4)),
            (range(0, 30), range(0, 21)),
            (range(20, 30), range(11, 21)),
            (range(12, 14), range(10, 10)),
        ] {
            assert_eq!(without(at, range(10, 20), size(1)), expected);
        }
    }
}
