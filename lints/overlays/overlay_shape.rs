//! An overlay that is not a function of two arguments.

use lint_api::prelude::*;
use lint_api::repo::outline::{Node, Param, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "overlay-shape",
    group: Group::Overlays,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "an overlay that is not a function of two arguments",
    page: include_str!("overlay_shape.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    for file in &cx.repo.files {
        if !file.facts.faults.is_empty() || !file.speaks_of(Topic::Overlays) {
            continue;
        }
        for node in file.facts.outline.nodes(file.text.contents()) {
            if !node.is(SyntaxKind::NODE_ATTRPATH_VALUE) {
                continue;
            }
            let (Some(path), Some(value)) = (node.child(0), node.child(1)) else { continue };
            let keys = path.keys();
            let name = |from_end: usize| {
                keys.len().checked_sub(from_end + 1).and_then(|at| keys[at].name())
            };
            let in_let = node.parent().is_some_and(|it| it.is(SyntaxKind::NODE_LET_IN));
            let around = above(node);
            let output = is_output(file, node);
            match (name(0), name(1).or(around.as_deref())) {
                (Some("overlays"), Some("nixpkgs")) if !in_let => elements(cx, file, value),
                (Some("overlays"), None | Some("flake")) if output => match value.body().shape() {
                    Shape::Lambda { param, body } if is_lambda(body) => {
                        let (Param::Plain(it) | Param::Pattern(it)) = param;
                        let end = inner_param(body).unwrap_or(it.range());
                        let at = TextRange::new(it.range().start(), end.end());
                        let message = "the output `overlays` is a set of overlays, and this is a single one";
                        cx.report(Span { file: file.id, range: at }, message)
                            .help("write `overlays.default = …`");
                    }
                    _ => {}
                },
                (Some(_), Some("overlays")) if output && keys.len() <= 3 => one(cx, file, value),
                _ => {}
            }
        }
    }
}

/// Whether a binding stands in the result of a flake's `outputs`, at its top or in `overlays`.
fn is_output(file: &File, binding: Node<'_>) -> bool {
    if file.path.file_name() != "flake.nix" {
        return false;
    }
    let mut sets = 0;
    for node in binding.ancestors() {
        match node.kind() {
            SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_PAREN | SyntaxKind::NODE_WITH => sets += 1,
            SyntaxKind::NODE_BIN_OP | SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LAMBDA => {}
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let name = node.child(0).map(Node::keys).unwrap_or_default();
                match name.last().and_then(|key| key.name()) {
                    Some("outputs") => return name.len() == 1 && sets > 0,
                    Some("overlays" | "flake") => {}
                    _ => return false,
                }
            }
            _ => return false,
        }
    }
    false
}

/// The name of the attribute whose set holds this binding.
fn above(binding: Node<'_>) -> Option<String> {
    let set = binding.parent()?;
    let value = set.parent().filter(|it| it.is(SyntaxKind::NODE_ATTRPATH_VALUE))?;
    value.child(0)?.keys().last()?.name().filter(|name| *name != "outputs").map(str::to_owned)
}

fn elements(cx: &mut RepoCx<'_>, file: &File, list: Node<'_>) {
    let mut queue = vec![list];
    while let Some(list) = queue.pop() {
        let list = list.body();
        match list.shape() {
            Shape::List => list.children().for_each(|element| one(cx, file, element)),
            Shape::Binary {
                op: "++",
                left,
                right,
            } => queue.extend([right, left]),
            _ => {}
        }
    }
}

/// One overlay.
fn one(cx: &mut RepoCx<'_>, file: &File, overlay: Node<'_>) {
    let overlay = overlay.bare();
    if let (head, [path, applied @ ..]) = (overlay.call().0, overlay.call().1.as_slice())
        && head.last_name().as_deref() == Some("import")
    {
        let Some(target) = path.literal().and_then(|text| file.path.parent().join(&text)) else { return };
        let repo = cx.repo;
        let Some(target) = repo.file_at(&target) else { return };
        let Some(root) = target.facts.outline.root(target.text.contents()) else { return };
        if target.facts.faults.is_empty()
            && let Some(fault) = fault(root, applied.len(), &format!("`{}`", target.path))
        {
            say(cx, Span { file: file.id, range: path.range() }, &fault, true);
        }
        return;
    }
    if let Some(fault) = fault(overlay, 0, "this") {
        let body = overlay.body();
        let at = match body.shape() {
            Shape::Lambda { param: Param::Plain(it) | Param::Pattern(it), .. } => it.range(),
            _ => TextRange::at(body.range().start(), TextSize::from(1)),
        };
        say(cx, Span { file: file.id, range: at }, &fault, false);
    }
}

struct Fault {
    message: String,
    three: bool,
}

/// What is wrong with an expression that stands for an overlay, once it got some arguments.
fn fault(root: Node<'_>, applied: usize, it: &str) -> Option<Fault> {
    let mut node = root.body();
    let mut count = 0usize;
    while let Shape::Lambda { body, .. } = node.shape() {
        count += 1;
        if count > 16 {
            return None;
        }
        node = body.body();
    }
    let literal = matches!(node.shape(), Shape::Set { .. } | Shape::List | Shape::Binary { op: "//", .. });
    let words = ["none", "one", "two", "three", "four", "five"];
    let left = count.checked_sub(applied)?;
    match left {
        0 if literal && count == 0 => Some(Fault {
            message: format!("an overlay is a function `final: prev: {{ … }}`, and {it} is a set"),
            three: false,
        }),
        1 if literal => Some(Fault {
            message: format!("an overlay takes two arguments, and {it} takes one"),
            three: false,
        }),
        3.. => Some(Fault {
            message: format!(
                "an overlay takes two arguments, and {it} takes {}",
                words.get(left).copied().unwrap_or("more")
            ),
            three: true,
        }),
        _ => None,
    }
}

fn say(cx: &mut RepoCx<'_>, at: Span, fault: &Fault, import: bool) {
    let finding = cx.report(at, fault.message.clone());
    if fault.three {
        finding.note("`value is a function while a set was expected`");
        finding.help(if import {
            "apply it first: `(import ./o.nix inputs)`"
        } else {
            "take the first argument from around the list"
        });
    } else {
        finding.note("`attempt to call something which is not a function but a set`");
    }
}

fn is_lambda(node: Node<'_>) -> bool {
    matches!(node.body().shape(), Shape::Lambda { .. })
}

fn inner_param(body: Node<'_>) -> Option<TextRange> {
    match body.body().shape() {
        Shape::Lambda { param: Param::Plain(it) | Param::Pattern(it), .. } => Some(it.range()),
        _ => None,
    }
}
