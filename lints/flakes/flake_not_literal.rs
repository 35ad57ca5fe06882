//! Parts of `flake.nix` that must be literals and are not.

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Key, Node, Part, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "flake-not-literal",
    group: Group::Flakes,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "a part of `flake.nix` that must be a literal and is computed",
    page: include_str!("flake_not_literal.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    if file.facts.flake.is_none() || !file.facts.faults.is_empty() {
        return;
    }
    let Some(root) = file.facts.outline.root(file.text.contents()).map(Node::bare) else { return };
    if !matches!(root.shape(), Shape::Set { .. }) {
        let first = root.text().split(|c: char| c.is_whitespace()).next().unwrap_or_default();
        let at = TextRange::at(root.range().start(), TextSize::of(first).max(1.into()));
        cx.report(at, "`flake.nix` must be a set written in place, because Nix reads it before it evaluates it");
        return;
    }
    for binding in root.bindings() {
        let Binding::Value { path, value } = binding else { continue };
        let keys = path.keys();
        match (keys.first().and_then(Key::name), keys.len()) {
            (Some("description"), 1) => text(cx, "description", value),
            (Some("outputs"), 1) if !matches!(value.shape(), Shape::Lambda { .. }) => outputs(cx, value),
            (Some("inputs" | "nixConfig"), _) => part(cx, &keys, value),
            _ => {}
        }
    }
}

/// `inputs.… = value`, `nixConfig.… = value`
fn part(cx: &mut FileCx<'_>, keys: &[Key<'_>], value: Node<'_>) {
    let mut queue: Vec<(Option<String>, bool, Node<'_>)> =
        vec![(keys.last().and_then(Key::name).map(str::to_owned), keys[0].name() == Some("nixConfig"), value)];
    while let Some((name, config, value)) = queue.pop() {
        let name = name.unwrap_or_default();
        match value.shape() {
            Shape::Set { .. } => {
                for binding in value.bindings() {
                    match binding {
                        Binding::Value { path, value } => {
                            let last = path.keys().last().and_then(Key::name).map(str::to_owned);
                            queue.push((last, config, value));
                        }
                        Binding::Inherit { name, .. } => {
                            let text = name.text().to_owned();
                            report(cx, name.range(), &text);
                        }
                    }
                }
            }
            Shape::List if config => {
                for item in value.bare().children() {
                    text(cx, &name, item);
                }
            }
            // Wrong types are another lint's.
            Shape::List | Shape::Int(_) | Shape::Number | Shape::Ident(_) | Shape::Uri(_) | Shape::Lambda { .. } => {}
            Shape::Path(_) if name == "url" => {
                cx.report(
                    value.range(),
                    format!("`url` as a path works in newer Nix only: write `\"{}\"`", value.bare().text()),
                )
                .soften(2);
            }
            Shape::Path(_) => {}
            _ => text(cx, &name, value),
        }
    }
}

fn report<'c>(cx: &'c mut FileCx<'_>, at: TextRange, name: &str) -> &'c mut Finding {
    cx.report(at, format!("`{name}` must be a literal, because Nix reads `flake.nix` before it evaluates it"))
}

/// A value that must be a literal string.
fn text(cx: &mut FileCx<'_>, name: &str, value: Node<'_>) {
    let literal = match value.shape() {
        Shape::Str => value.literal().is_some(),
        Shape::Uri(_) | Shape::Ident(_) | Shape::Int(_) | Shape::Number | Shape::Path(_) | Shape::Set { .. } | Shape::List => true,
        _ => false,
    };
    if literal {
        return;
    }
    let finding = report(cx, value.range(), name);
    if let Some(whole) = folded(value) {
        finding.fix(Fix::r#unsafe("write the string in one piece").replace(value.range(), format!("\"{whole}\"")));
    }
}

/// `"a" + "b"` in one piece, where nothing needs an escape.
fn folded(value: Node<'_>) -> Option<String> {
    let Shape::Binary { op: "+", left, right } = value.shape() else { return None };
    let plain = |node: Node<'_>| match node.parts()?.as_slice() {
        [Part::Text(text)] if node.is(SyntaxKind::NODE_STRING) => Some(text.to_string()),
        _ => None,
    };
    let whole = plain(left.bare())? + &plain(right.bare())?;
    (!whole.contains(['"', '\\', '$', '\n', '\''])).then_some(whole)
}

fn outputs(cx: &mut FileCx<'_>, value: Node<'_>) {
    // A set is a wrong type, not a computed value.
    if matches!(value.shape(), Shape::Set { .. } | Shape::List | Shape::Str | Shape::Int(_)) {
        return;
    }
    let finding = cx.report(
        value.range(),
        "`outputs` must be a function written in place, because Nix reads `flake.nix` before it evaluates it",
    );
    let (head, arguments) = value.call();
    if let (Some("import"), [path]) = (head.last_name().as_deref(), arguments.as_slice())
        && path.is(SyntaxKind::NODE_PATH_REL)
    {
        let text = format!("inputs: import {} inputs", path.text());
        finding.fix(Fix::r#unsafe("take the inputs and hand them on").replace(value.range(), text));
    } else {
        finding.help("write `outputs = inputs: …`, with what is computed inside");
    }
}
