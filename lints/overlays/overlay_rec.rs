//! `rec` in the body of an overlay: its attributes see one another, not what later overlays make of them.

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Definition, Key, Node, Shape};
use lint_api::repo::overlays;

/// The lint.
pub static LINT: Lint = Lint {
    name: "overlay-rec",
    group: Group::Overlays,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`rec` in an overlay: later overlays are ignored",
    page: include_str!("overlay_rec.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if !cx.file.facts.faults.is_empty() {
        return;
    }
    let file = cx.file;
    // No later overlay comes to a test.
    if lint_api::repo::hosts::ephemeral_path(&file.path) {
        return;
    }
    for (overlay, _) in overlays::all(file) {
        let first = overlay.name(overlays::Side::First).filter(|name| *name != "_");
        for set in sets(overlay.body) {
            for (user, used, at) in uses(set) {
                // `rec { tool = tool.override { }; }` is a mistake of another kind.
                if user == used {
                    continue;
                }
                let finding = cx.report(
                    at,
                    format!("`{user}` uses the `{used}` of this overlay only: a later overlay that changes `{used}` is ignored"),
                );
                finding.help(format!("take it from the final set: `{}.{used}`", first.unwrap_or("final")));
            }
        }
    }
}

/// The `rec` sets of a body: itself, or an operand of its `//`.
fn sets(body: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut queue = vec![body];
    while let Some(node) = queue.pop() {
        let node = node.body();
        match node.shape() {
            Shape::Set { rec: true } => found.push(node),
            Shape::Binary { op: "//", left, right } => queue.extend([right, left]),
            _ => {}
        }
    }
    found
}

/// Each use of a sibling: which attribute uses which, and where. The first use of each pair.
fn uses(set: Node<'_>) -> Vec<(String, String, TextRange)> {
    let packages: Vec<(String, Node<'_>)> = set
        .bindings()
        .filter_map(|binding| match binding {
            Binding::Value { path, value } => {
                let mut keys = path.keys();
                match (keys.pop(), keys.is_empty()) {
                    (Some(Key::Static(name)), true) if !is_plain(&name, value) => Some((name.into_owned(), value)),
                    _ => None,
                }
            }
            Binding::Inherit { .. } => None,
        })
        .collect();
    let mut found: Vec<(String, String, TextRange)> = Vec::new();
    for binding in set.bindings() {
        let Binding::Value { path, value } = binding else { continue };
        let Some(user) = path.keys().first().and_then(|key| key.name().map(str::to_owned)) else { continue };
        for node in value.descendants() {
            if !node.is(SyntaxKind::NODE_IDENT) || is_key(node) {
                continue;
            }
            let Definition::Value { value: used } = node.definition() else { continue };
            let Some((name, _)) = packages.iter().find(|(_, it)| *it == used) else { continue };
            let known = found.iter().any(|(a, b, _)| *a == user && b == name);
            if !known {
                found.push((user.clone(), name.clone(), node.range()));
            }
        }
    }
    found
}

/// A helper or a plain value that nobody overrides.
fn is_plain(name: &str, value: Node<'_>) -> bool {
    name.starts_with('_')
        || matches!(
            value.shape(),
            Shape::Str | Shape::Uri(_) | Shape::Int(_) | Shape::Number | Shape::Path(_) | Shape::Lambda { .. }
                | Shape::List | Shape::Ident("true" | "false" | "null")
        )
}

fn is_key(node: Node<'_>) -> bool {
    node.parent().is_some_and(|it| {
        matches!(
            it.kind(),
            SyntaxKind::NODE_ATTRPATH | SyntaxKind::NODE_PAT_ENTRY | SyntaxKind::NODE_PAT_BIND | SyntaxKind::NODE_IDENT_PARAM
        ) || it.is(SyntaxKind::NODE_INHERIT) && it.child(0).is_some_and(|from| from.is(SyntaxKind::NODE_INHERIT_FROM))
    })
}
