//! An attribute that is set twice, where Nix does not merge.

use std::collections::BTreeMap;

use lint_api::prelude::*;
use merge::{AttrValue, Conflict, Form};

/// The lint.
pub static LINT: Lint = Lint {
    name: "duplicate-key",
    group: Group::Syntax,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "an attribute that is set twice, where Nix does not merge",
    page: include_str!("duplicate_key.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for conflict in &tree.scopes.merged().conflicts {
        twice(cx, tree, conflict);
    }
    computed(cx, tree);
}

fn twice(cx: &mut FileCx<'_>, tree: &Tree, conflict: &Conflict) {
    let merged = tree.scopes.merged();
    let attr = merged.attr(conflict.attr);
    let path = merged.path_text(&tree.scopes, conflict.attr);
    let first = merged.parts(conflict.attr).first();
    let equal = first.is_some_and(|first| {
        first.form == Form::Whole
            && conflict.form == Form::Whole
            && cx.text(first.value) == cx.text(conflict.value)
    });
    let inherit = |form| matches!(form, Form::Inherit | Form::InheritFrom);
    let inherited = inherit(conflict.form) || first.is_some_and(|first| inherit(first.form));
    let finding = cx.report(conflict.key, format!("`{path}` is set twice"));
    finding.label(attr.at, "first here");
    if inherited {
        finding.note("`inherit` sets it too, and nothing merges with that");
    } else if equal {
        finding.note("both values are equal: one of them can go");
    } else if conflict.form == Form::Dotted || matches!(attr.value, AttrValue::Set(_)) {
        finding.note("only sets that are written out with `{ }` or dots merge");
    }
}

/// `users.${u}.a = 1; users.${u}.b = 2;`: computed keys never merge, and the same text is the same name.
fn computed(cx: &mut FileCx<'_>, tree: &Tree) {
    let merged = tree.scopes.merged();
    if merged.computed.len() < 2 {
        return;
    }
    let mut seen = BTreeMap::new();
    for it in &merged.computed {
        let text = cx.text(it.key);
        let first = *seen.entry((it.set, text)).or_insert(it.key);
        if first == it.key || !is_plain(tree, it.key) {
            continue;
        }
        let mut path = merged
            .set(it.set)
            .owner
            .map_or(String::new(), |owner| merged.path_text(&tree.scopes, owner));
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(text);
        cx.report(it.key, format!("`{path}` is set twice"))
            .label(first, "first here")
            .note("two computed keys of the same name never merge: the evaluation fails")
            .help(format!("write `{path} = {{ … }}` once"));
    }
}

/// Whether a key is made of names, selections and strings only.
fn is_plain(tree: &Tree, key: TextRange) -> bool {
    let element = tree.root.covering_element(key);
    let Some(node) = element.ancestors().find(|node| node.text_range() == key) else {
        return false;
    };
    node.descendants().all(|node| {
        matches!(
            node.kind(),
            SyntaxKind::NODE_DYNAMIC
                | SyntaxKind::NODE_INTERPOL
                | SyntaxKind::NODE_STRING
                | SyntaxKind::NODE_IDENT
                | SyntaxKind::NODE_SELECT
                | SyntaxKind::NODE_ATTRPATH
        )
    })
}
