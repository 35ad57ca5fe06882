//! `specialArgs = { inherit pkgs; }`: the module's own `pkgs`, and all of `nixpkgs.*`, stop working.

use lint_api::prelude::*;
use lint_api::repo::hosts::ephemeral_path;
use lint_api::repo::outline::{Binding, Definition, Node, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "pkgs-in-special-args",
    group: Group::Overlays,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`pkgs` among the special arguments: `nixpkgs.*` options stop working",
    page: include_str!("pkgs_in_special_args.md"),
    options: Options::NONE,
    check: Check::File(check),
};

const MESSAGE: &str = "`pkgs` as a special argument overrides the module's own: `nixpkgs.overlays` and `nixpkgs.config` stop working";

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    // Tests and documentation evaluate modules without the options of nixpkgs.
    let speaks = file.speaks_of(Topic::SpecialArgs);
    if !speaks || !file.facts.faults.is_empty() || ephemeral_path(&file.path) {
        return;
    }
    let nodes = || file.facts.outline.nodes(file.text.contents());
    let documents = || {
        nodes().any(|node| {
            node.is(SyntaxKind::NODE_IDENT)
                && matches!(node.text(), "nixosOptionsDoc" | "scrubDerivations")
        })
    };
    for node in nodes() {
        if !node.is(SyntaxKind::NODE_ATTRPATH_VALUE) {
            continue;
        }
        let (Some(path), Some(value)) = (node.child(0), node.child(1)) else { continue };
        let last = path.keys().pop();
        let name = last.as_ref().and_then(|key| key.name());
        if !matches!(name, Some("specialArgs" | "extraSpecialArgs")) || is_bare_evaluation(node) {
            continue;
        }
        if documents() {
            return;
        }
        let home = name == Some("extraSpecialArgs");
        for at in places(value) {
            let finding = cx.report(at, MESSAGE);
            if home {
                finding.help("pass `pkgs` to `homeManagerConfiguration`, or another name for a second package set");
            } else {
                finding.note("\"You have set specialArgs.pkgs, which means that options like nixpkgs.config and nixpkgs.overlays will be ignored.\"");
                finding.help("set `nixpkgs.pkgs`, or pass `pkgs` to `nixosSystem` itself");
            }
        }
    }
}

/// An argument of `evalModules`, or near a builder of documentation: no options of nixpkgs there.
fn is_bare_evaluation(binding: Node<'_>) -> bool {
    binding.ancestors().take(12).any(|it| {
        it.is(SyntaxKind::NODE_APPLY)
            && it.call().0.last_name().is_some_and(|name| {
                matches!(name.as_ref(), "evalModules" | "nixosOptionsDoc" | "runNixOSTest" | "nixosTest" | "makeTest" | "submoduleWith")
            })
    })
}

/// Where a set names `pkgs`: through `//` of literals, and one binding.
fn places(value: Node<'_>) -> Vec<TextRange> {
    let mut found = Vec::new();
    let mut queue = vec![(value, true)];
    while let Some((node, follow)) = queue.pop() {
        let node = node.bare();
        match node.shape() {
            Shape::Set { .. } => {
                for binding in node.bindings() {
                    match binding {
                        // `pkgs = null;` says that there are none.
                        Binding::Value { path, value }
                            if matches!(path.keys().as_slice(), [key] if key.name() == Some("pkgs"))
                                && value.bare().text() != "null" =>
                        {
                            found.push(path.range());
                        }
                        Binding::Inherit { name, .. } if name.text() == "pkgs" => found.push(name.range()),
                        _ => {}
                    }
                }
            }
            Shape::Binary { op: "//", left, right } => queue.extend([(right, follow), (left, follow)]),
            Shape::Ident(name) if follow && name != "specialArgs" && name != "extraSpecialArgs" => {
                if let Definition::Value { value } = node.definition() {
                    queue.push((value, false));
                }
            }
            _ => {}
        }
    }
    found
}
