//! Hosts, modules and overlays below the name of a system.

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Key, Node, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "per-system-hosts",
    group: Group::Flakes,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "hosts inside `eachSystem` or `perSystem`",
    page: include_str!("per_system_hosts.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    if !file.facts.faults.is_empty() || !file.speaks_of(Topic::Configurations) {
        return;
    }
    let flake = file.path.file_name() == "flake.nix";
    for node in file.facts.outline.nodes(file.text.contents()) {
        let function = if flake && node.is(SyntaxKind::NODE_APPLY) {
            let Shape::Apply { argument, .. } = node.shape() else { continue };
            let (head, arguments) = node.call();
            match (head.last_name().as_deref(), arguments.len()) {
                (Some("eachDefaultSystem"), 1) | (Some("eachSystem"), 2) => argument,
                _ => continue,
            }
        } else if node.is(SyntaxKind::NODE_ATTRPATH_VALUE) && is_root_binding(node) {
            // `perSystem` of flake-parts, at the top of a module.
            let (Some(path), Some(value)) = (node.child(0), node.child(1)) else { continue };
            match path.keys().as_slice() {
                [key] if key.name() == Some("perSystem") => value,
                _ => continue,
            }
        } else {
            continue;
        };
        let Shape::Lambda { body, .. } = function.body().shape() else { continue };
        result(cx, body);
    }
}

/// Whether a binding stands in the set that is a file's value, or in the second argument of `mkFlake`.
fn is_root_binding(binding: Node<'_>) -> bool {
    let Some(set) = binding.parent().filter(|it| it.is(SyntaxKind::NODE_ATTR_SET)) else { return false };
    for around in set.ancestors() {
        match around.kind() {
            SyntaxKind::NODE_PAREN | SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_WITH | SyntaxKind::NODE_LAMBDA => {}
            SyntaxKind::NODE_ROOT => return true,
            SyntaxKind::NODE_APPLY => return around.call().0.last_name().as_deref() == Some("mkFlake"),
            _ => return false,
        }
    }
    false
}

fn result(cx: &mut FileCx<'_>, body: Node<'_>) {
    let mut queue = vec![body];
    while let Some(node) = queue.pop() {
        let node = node.body();
        match node.shape() {
            Shape::Binary { op: "//", left, right } => queue.extend([right, left]),
            Shape::Set { .. } => {
                for binding in node.bindings() {
                    let Binding::Value { path, .. } = binding else { continue };
                    let keys = path.keys();
                    let Some(output) = keys.first().and_then(Key::name) else { continue };
                    let hosts = matches!(
                        output,
                        "nixosConfigurations" | "darwinConfigurations" | "homeConfigurations"
                    );
                    let others = matches!(output, "nixosModules" | "overlays" | "templates" | "darwinModules" | "homeModules");
                    if !hosts && !others {
                        continue;
                    }
                    let rest = keys.get(1).and_then(Key::name).map(|it| format!(".{it}")).unwrap_or_default();
                    let who = if hosts { "rebuild tools" } else { "other flakes" };
                    let at = path.child(0).map_or(path.range(), Node::range);
                    let finding = cx.report(
                        at,
                        format!("`{output}.<system>{rest}`: {who} look for `{output}{rest}`"),
                    );
                    finding.help("move it out: `eachDefaultSystem (…) // { … }`, or `flake` beside `perSystem`");
                    if others {
                        finding.soften(1);
                    }
                }
            }
            _ => {}
        }
    }
}
