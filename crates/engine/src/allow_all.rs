//! Allow comments for all findings of a run: made one after the other, and believed only when the new texts bear it out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lint_api::report::{Report, Settled};
use lint_api::{Finding, Group};
use repo::allow_above::Comment;
use repo::{File, FileId, Kind, RepoPath, Text, Tree};
use syntax::{NodeOrToken, SyntaxKind, TextRange, TextSize};

use crate::allow_here::{allow_here, read_alone};
use crate::check::Files;
use crate::{Changed, Error, Input, Plan, Settings, settle};

/// What came of it.
#[derive(Debug)]
pub struct AllowedAll {
    /// The files with comments, sorted by path.
    pub changed: Vec<Changed>,
    /// How many findings the comments silence.
    pub allowed: usize,
    /// The findings that no comment can silence: path, 1-based line, lint.
    pub left: Vec<(RepoPath, u32, &'static str)>,
    /// What was found before.
    pub report: Report,
}

/// Writes an allow comment for every finding that would be reported.
///
/// # Errors
/// When a finding of group `secrets` would need a reason; when the new texts are not the old ones with comments, or do not
/// lose those findings, or have others.
pub fn allow_all(
    input: Input,
    plan: &Plan,
    settings: &Settings,
    reason: &str,
) -> Result<AllowedAll, Error> {
    let mut files = Files::of(input, plan, settings);
    let report = settle(files.clone().link(plan, settings), settings);
    let mut by_file: BTreeMap<FileId, Vec<&Finding>> = BTreeMap::new();
    for Settled { finding, .. } in report.active() {
        if finding.lint.group == Group::Secrets && reason.is_empty() {
            return Err(Error::new(format!(
                "`{}` is allowed only with a --reason",
                finding.lint.name
            )));
        }
        by_file.entry(finding.at.file).or_default().push(finding);
    }
    let mut left = Vec::new();
    let mut allowed = 0;
    let mut texts: Vec<(FileId, Arc<Text>)> = Vec::new();
    for (id, findings) in by_file {
        let file = files.file(id);
        let mut pending: Vec<(&Finding, TextRange)> =
            findings.iter().map(|it| (*it, it.at.range)).collect();
        let mut text = Arc::clone(&file.text);
        while let Some((finding, at)) = pending.pop() {
            let now = Finding {
                at: repo::Span {
                    range: at,
                    ..finding.at
                },
                ..finding.clone()
            };
            match comment(&file.path, file.kind, &text, settings, &now, reason) {
                Some(None) => allowed += 1,
                Some(Some(comment)) => {
                    allowed += 1;
                    text = Arc::new(inserted(&text, &comment));
                    for (_, at) in &mut pending {
                        *at = shifted(*at, &comment);
                    }
                }
                None => {
                    let line = file.text.line_of(finding.at.range.start()) + 1;
                    left.push((file.path.clone(), line, finding.lint.name));
                }
            }
        }
        if text.contents() != file.text.contents() {
            if !is_same_but_comments(file, &text, settings) {
                return Err(in_vain(&file.path));
            }
            texts.push((id, text));
        }
    }
    left.sort();
    let old: BTreeMap<FileId, File> = texts
        .iter()
        .map(|(id, _)| (*id, files.file(*id).clone()))
        .collect();
    files.renew(texts, plan, settings);
    let after = settle(files.clone().link(plan, settings), settings);
    let known: BTreeSet<(&RepoPath, &str)> = left.iter().map(|it| (&it.0, it.2)).collect();
    for settled in after.active() {
        let path = &after.sources[&settled.finding.at.file].path;
        if !known.contains(&(path, settled.finding.lint.name)) {
            return Err(in_vain(path));
        }
    }
    let mut changed: Vec<Changed> = old
        .into_iter()
        .map(|(id, old)| Changed::comments(old, files.file(id)))
        .collect();
    changed.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(AllowedAll {
        changed,
        allowed,
        left,
        report,
    })
}

pub(crate) fn in_vain(path: &RepoPath) -> Error {
    Error::at(
        path.to_string(),
        "the comments would not do what they should, and nothing was written: please report this",
    )
}

/// The comment for a finding; `Some(None)` when a comment of this run covers it already, `None` when there can be none.
pub(crate) fn comment(
    path: &RepoPath,
    kind: Kind,
    text: &Arc<Text>,
    settings: &Settings,
    finding: &Finding,
    reason: &str,
) -> Option<Option<Comment>> {
    let (file, _) = read_alone(path, kind, text, settings.limits)?;
    let covered = file.facts.allows.iter().any(|allow| {
        allow.pragma.is_none()
            && allow.covers.contains_range(finding.at.range)
            && allow
                .names
                .iter()
                .any(|(name, _)| **name == *finding.lint.name)
            && (finding.lint.group != Group::Secrets || allow.reason.is_some())
    });
    if covered {
        return Some(None);
    }
    let comment = allow_here(path, kind, text, settings.limits, finding, reason)?;
    // Between the halves of a line end there is no place; a file with CRLF keeps its kind.
    let crlf = text.contents().contains("\r\n") && !comment.text.contains("\r\n");
    Some(Some(Comment {
        text: if crlf {
            comment.text.replace('\n', "\r\n")
        } else {
            comment.text
        },
        ..comment
    }))
}

pub(crate) fn inserted(text: &Text, comment: &Comment) -> Text {
    let (before, after) = text.contents().split_at(comment.at.into());
    text.with_contents(&[before, &comment.text, after].concat())
}

/// Where a range is after the comment was put in.
pub(crate) fn shifted(at: TextRange, comment: &Comment) -> TextRange {
    let by = TextSize::of(&*comment.text);
    if comment.at <= at.start() {
        at + by
    } else if comment.at < at.end() {
        TextRange::new(at.start(), at.end() + by)
    } else {
        at
    }
}

/// Whether a text has the tokens of a file, comments and white space apart. Only Nix has tokens.
pub(crate) fn is_same_but_comments(old: &File, text: &Arc<Text>, settings: &Settings) -> bool {
    if old.kind != Kind::Nix {
        return true;
    }
    let read = |text| read_alone(&old.path, Kind::Nix, text, settings.limits);
    match (read(&old.text), read(text)) {
        (Some((_, Some(before))), Some((_, Some(after)))) => tokens(&before) == tokens(&after),
        _ => false,
    }
}

fn tokens(tree: &Tree) -> Vec<(SyntaxKind, String)> {
    let trivia = [SyntaxKind::TOKEN_COMMENT, SyntaxKind::TOKEN_WHITESPACE];
    let tokens = tree.root.descendants_with_tokens();
    tokens
        .filter_map(NodeOrToken::into_token)
        .filter(|token| !trivia.contains(&token.kind()))
        .map(|token| (token.kind(), token.text().to_owned()))
        .collect()
}
