//! What can be done about findings: their fixes, all fixes at once, and allowing them where they are.

use std::sync::Arc;

use lint_api::syntax::TextRange;
use lint_api::syntax::parse::Limits;
use lint_api::{Fix, Group, Safety};
use serde_json::{Value, json};

use crate::client::Client;
use crate::protocol::{Actions, Range, TextEdit};
use crate::seen::{Seen, Source};

/// The kind of a quick fix.
pub const QUICK: &str = "quickfix";
/// The kind of the action that applies all safe fixes.
pub const FIX_ALL: &str = "source.fixAll.nivis";
/// How many findings at one place get an action to allow them: each is tried on the text.
const ALLOWED: usize = 10;
/// What stands for the reason that a secret needs: the user is to write it.
const REASON: &str = "TODO: why this is right here";

/// An action, and what its edits still have to be made of.
#[derive(Debug)]
pub struct Action {
    /// As the client gets it.
    pub value: Value,
    /// Whether its edits are all safe fixes, or those of one lint.
    pub open: Option<Option<String>>,
}

/// The actions for a place of a document.
#[must_use]
pub fn at(seen: &Seen, wanted: &Actions, client: Client) -> Vec<Action> {
    let mut actions = Vec::new();
    let asks = |kind: &str| {
        let only = wanted.context.only.as_ref();
        only.is_none_or(|only| only.iter().any(|it| includes(it, kind)))
    };
    if let (true, Some(source)) = (asks(QUICK), &seen.source) {
        quick(seen, source, wanted, client, &mut actions);
    }
    // Without a word about kinds, a client that wants finished edits would wait for something nobody asked for.
    let named = wanted.context.only.is_some() || client.resolves;
    if named
        && asks(FIX_ALL)
        && seen
            .findings
            .iter()
            .any(|it| is_safe(it.finding.fix.as_ref()))
    {
        actions.push(open(
            "fix all that nivis can fix safely",
            FIX_ALL,
            seen,
            None,
        ));
    }
    actions
}

/// Whether a kind is, or lies below, one that is asked for.
fn includes(asked: &str, kind: &str) -> bool {
    let rest = kind.strip_prefix(asked);
    rest.is_some_and(|rest| asked.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

fn is_safe(fix: Option<&Fix>) -> bool {
    fix.is_some_and(|fix| fix.safety == Safety::Safe)
}

fn quick(
    seen: &Seen,
    source: &Source,
    wanted: &Actions,
    client: Client,
    actions: &mut Vec<Action>,
) {
    let here: Vec<usize> = (0..seen.findings.len())
        .filter(|index| meet(seen.diagnostics[*index].range, wanted.range))
        .collect();
    for index in &here {
        let (finding, diagnostic) = (&seen.findings[*index].finding, &seen.diagnostics[*index]);
        let Some(fix) = &finding.fix else { continue };
        let safe = fix.safety == Safety::Safe;
        let fix = engine::apply::for_editor(fix, source.kind, &source.text, &source.masks);
        let Some(fix) = fix else { continue };
        let edits = fix.edits.iter().map(|edit| TextEdit {
            range: source.places.range(&source.text, edit.range),
            new_text: edit.text.clone(),
        });
        let title = format!("{}{}", fix.title, if safe { "" } else { " (unsafe)" });
        actions.push(Action {
            value: json!({
                "title": title,
                "kind": QUICK,
                "diagnostics": [diagnostic],
                "isPreferred": safe,
                "edit": workspace_edit(&seen.uri, seen.version, &edits.collect::<Vec<_>>(), client),
            }),
            open: None,
        });
    }
    let mut told: Vec<&str> = Vec::new();
    for index in &here {
        let lint = seen.findings[*index].finding.lint.name;
        let alike = seen
            .findings
            .iter()
            .filter(|it| it.finding.lint.name == lint);
        if told.contains(&lint) || alike.filter(|it| is_safe(it.finding.fix.as_ref())).count() < 2 {
            continue;
        }
        told.push(lint);
        let title = format!("fix all `{lint}` in this file");
        actions.push(open(&title, QUICK, seen, Some(lint)));
    }
    for index in here.iter().take(ALLOWED) {
        let (finding, diagnostic) = (&seen.findings[*index].finding, &seen.diagnostics[*index]);
        let reason = if finding.lint.group == Group::Secrets {
            REASON
        } else {
            ""
        };
        let limits = Limits::default();
        let text = Arc::clone(&source.text);
        let comment = engine::allow_here(&source.path, source.kind, &text, limits, finding, reason);
        let Some(comment) = comment else { continue };
        let edit = TextEdit {
            range: source.places.range(&text, TextRange::empty(comment.at)),
            new_text: comment.text,
        };
        actions.push(Action {
            value: json!({
                "title": format!("allow `{}` here", finding.lint.name),
                "kind": QUICK,
                "diagnostics": [diagnostic],
                "edit": workspace_edit(&seen.uri, seen.version, &[edit], client),
            }),
            open: None,
        });
    }
}

/// An action whose edits are made when they are wanted.
fn open(title: &str, kind: &str, seen: &Seen, lint: Option<&str>) -> Action {
    let data = json!({ "uri": &*seen.uri, "version": seen.version, "lint": lint });
    Action {
        value: json!({ "title": title, "kind": kind, "data": data }),
        open: Some(lint.map(str::to_owned)),
    }
}

/// Whether two ranges overlap or touch.
fn meet(one: Range, other: Range) -> bool {
    one.start <= other.end && other.start <= one.end
}

/// Edits of one document, as the client takes them.
#[must_use]
pub fn workspace_edit(
    uri: &str,
    version: Option<i64>,
    edits: &[TextEdit],
    client: Client,
) -> Value {
    if client.versioned_edits {
        let document = json!({ "uri": uri, "version": version });
        json!({ "documentChanges": [{ "textDocument": document, "edits": edits }] })
    } else {
        json!({ "changes": { uri: edits } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_hold_what_is_below_them() {
        assert!(includes("", QUICK) && includes("quickfix", QUICK));
        assert!(includes("source", FIX_ALL) && includes("source.fixAll", FIX_ALL));
        assert!(includes(FIX_ALL, FIX_ALL));
        assert!(!includes("source.fix", FIX_ALL) && !includes("source.fixAll.nivis.x", FIX_ALL));
        assert!(!includes("refactor", QUICK));
    }
}
