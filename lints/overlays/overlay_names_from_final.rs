//! An overlay whose attribute names depend on the final set.

use lint_api::prelude::*;
use lint_api::repo::outline::{Key, Node, Param, Shape};
use lint_api::repo::overlays::{self, Overlay, Place, Side, Source};

/// The lint.
pub static LINT: Lint = Lint {
    name: "overlay-names-from-final",
    group: Group::Overlays,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "attribute names of an overlay that depend on `final`",
    page: include_str!("overlay_names_from_final.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if !cx.file.facts.faults.is_empty() {
        return;
    }
    let file = cx.file;
    for (overlay, place) in overlays::all(file) {
        // The attributes of an inner set may come from the whole package set.
        let mut found: Vec<TextRange> = Vec::new();
        if let Param::Pattern(pattern) = overlay.first
            && place != Place::Names
        {
            found.push(pattern.range());
        } else {
            structure(&overlay, overlay.body, 40, &mut |source| {
                if source.side == Side::First && !found.contains(&source.node.range()) {
                    found.push(source.node.range());
                }
            });
        }
        let (first, set) = match overlay.name(Side::First) {
            Some(name) => (format!("`{name}`"), format!("`{name}`")),
            None => ("the final set".to_owned(), "its parameter".to_owned()),
        };
        for at in found {
            let finding =
                cx.report(at, format!("the names that an overlay defines cannot depend on {first}"));
            finding.note("every attribute of pkgs, not only these, ends in `infinite recursion encountered`");
            match overlay.name(Side::Second).filter(|name| *name != "_") {
                Some(second) => finding.help(format!("use `{second}` in place of {set}")),
                None => finding.help("use the previous set, the second parameter"),
            };
        }
    }
}

/// Walks the parts of a body whose names are needed, and reports what is evaluated on the way.
fn structure<'a>(
    overlay: &Overlay<'a>,
    node: Node<'a>,
    depth: u32,
    report: &mut dyn FnMut(&Source<'a>),
) {
    let node = node.bare();
    let Some(depth) = depth.checked_sub(1) else { return };
    let needs = |node: Node<'a>, report: &mut dyn FnMut(&Source<'a>)| {
        overlay.needs(node).iter().for_each(report);
    };
    match node.shape() {
        Shape::Set { .. } => {
            for binding in node.bindings() {
                if let lint_api::repo::outline::Binding::Value { path, .. } = binding
                    && let Some(Key::Dynamic(expr)) = path.keys().into_iter().next()
                {
                    needs(expr, report);
                }
            }
        }
        Shape::Binary { op: "//", left, right } => {
            structure(overlay, left, depth, report);
            structure(overlay, right, depth, report);
        }
        Shape::Let { body } | Shape::With { body, .. } => structure(overlay, body, depth, report),
        Shape::Assert { condition, body } => {
            needs(condition, report);
            structure(overlay, body, depth, report);
        }
        Shape::If { condition, yes, no } => {
            needs(condition, report);
            structure(overlay, yes, depth, report);
            structure(overlay, no, depth, report);
        }
        Shape::Apply { .. } => {
            let (head, arguments) = node.call();
            match (head.last_name().as_deref(), arguments.as_slice()) {
                (Some("optionalAttrs"), [condition, set]) => {
                    needs(head, report);
                    needs(*condition, report);
                    structure(overlay, *set, depth, report);
                }
                _ => needs(node, report),
            }
        }
        _ => needs(node, report),
    }
}
