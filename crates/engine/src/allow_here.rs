//! The comment that allows one finding, made out of the text alone: for editors and for `nivis allow`.

use std::sync::Arc;

use lint_api::{Finding, Group};
use repo::allow_above::{Comment, comment};
use repo::facts::{self, Extract};
use repo::{File, FileId, Kind, RepoPath, Text, Tree};
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
    let (file, tree) = read_alone(path, kind, text, limits)?;
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

/// A file with its facts, and its tree when it is Nix; `None` when reading it is beyond us.
pub(crate) fn read_alone(
    path: &RepoPath,
    kind: Kind,
    text: &Arc<Text>,
    limits: Limits,
) -> Option<(File, Option<Tree>)> {
    let read = panics::catch(|| {
        let (path, text) = (path.clone(), Arc::clone(text));
        let (mut file, tree) = File::new(FileId(0), path, kind, text, limits);
        file.facts = match &tree {
            Some(tree) => Extract::all(&file, tree),
            None => facts::without_tree(&file),
        };
        (file, tree)
    });
    read.ok()
}
