//! The comment that allows one finding, made out of the text alone: for editors and for `nivis allow`.

use std::sync::Arc;

use lint_api::{Finding, Group};
use repo::allow_above::{Comment, comment};
use repo::facts::{self, Extract};
use repo::{File, FileId, Kind, RepoPath, Text};
use syntax::parse::Limits;

use crate::{own, panics};

/// The comment that allows a finding of a text; `None` where it cannot be allowed, or no comment can stand. Without a
/// reason, the comment of a finding of group `secrets` would have no effect.
#[must_use]
pub fn allow_here(
    path: &RepoPath,
    kind: Kind,
    text: &Arc<Text>,
    limits: Limits,
    finding: &Finding,
    reason: &str,
) -> Option<Comment> {
    if own::is_fixed(finding.lint) || finding.lint.group == Group::Nivis {
        return None;
    }
    let read = panics::catch(|| {
        let (path, text) = (path.clone(), Arc::clone(text));
        let (mut file, tree) = File::new(FileId(0), path, kind, text, limits);
        file.facts = match &tree {
            Some(tree) => Extract::all(&file, tree),
            None => facts::without_tree(&file),
        };
        (file, tree)
    });
    let (file, tree) = read.ok()?;
    // In a text that does not parse, nobody knows what a comment covers.
    if !file.facts.faults.is_empty() {
        return None;
    }
    comment(
        &file,
        tree.as_ref(),
        finding.lint.name,
        finding.at.range,
        reason,
    )
}
