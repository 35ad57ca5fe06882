//! `import nixpkgs { … }` inside a module or an overlay.

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Definition, Key, Node, Param, Shape};
use lint_api::repo::overlays;

/// The lint.
pub static LINT: Lint = Lint {
    name: "nixpkgs-reimport",
    group: Group::Overlays,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "`import nixpkgs { … }` inside a module or overlay",
    page: include_str!("nixpkgs_reimport.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    let name = file.path.file_name();
    if !file.facts.faults.is_empty() || matches!(&*name, "flake.nix" | "shell.nix" | "release.nix") {
        return;
    }
    let text = file.text.contents();
    if !file.speaks_of(Topic::Import) || !["nixpkgs", "path"].iter().any(|it| text.contains(it)) {
        return;
    }
    let Some(root) = file.facts.outline.root(text) else { return };
    let module = is_module(root);
    let overlays: Vec<_> = overlays::all(file).map(|(overlay, _)| overlay).collect();
    if !module && overlays.is_empty() {
        return;
    }
    for node in file.facts.outline.nodes(text) {
        // `import X` as the function of a call.
        if !node.is(SyntaxKind::NODE_APPLY) || !node.parent().is_some_and(|it| it.is(SyntaxKind::NODE_APPLY) && it.child(0) == Some(node)) {
            continue;
        }
        let Shape::Apply { function, argument } = node.shape() else { continue };
        let import = function.last_name().as_deref() == Some("import");
        if !import || !is_nixpkgs(argument) || in_default(node) {
            continue;
        }
        let overlay = overlays.iter().find(|overlay| overlay.body.contains(node));
        if !module && overlay.is_none() {
            continue;
        }
        let again = overlay.is_some() && takes_own_overlays(node);
        if again {
            cx.report(node.range(), "this evaluates nixpkgs with this overlay again, which never ends").raise(1);
        } else {
            let finding = cx.report(
                node.range(),
                "this evaluates nixpkgs a second time, without the host's `nixpkgs.config` and overlays",
            );
            finding.help("use `pkgs.extend`, or import it once in `flake.nix` and pass it as a special argument of another name");
        }
    }
}

/// A function of `config`, `lib`, `pkgs` and others that returns a set, as modules are; or a set with `imports`.
fn is_module(root: Node<'_>) -> bool {
    let root = root.body();
    let (body, formals) = match root.shape() {
        Shape::Lambda { param: Param::Pattern(pattern), body } => {
            if !pattern.has_ellipsis() {
                return false;
            }
            let formal = pattern.formals().any(|(name, _)| matches!(name.text(), "config" | "lib" | "pkgs" | "options"));
            (body.body(), formal)
        }
        Shape::Set { .. } => (root, true),
        _ => return false,
    };
    if !formals || !matches!(body.shape(), Shape::Set { .. }) {
        return false;
    }
    body.bindings().any(|binding| {
        let Binding::Value { path, .. } = binding else { return false };
        matches!(
            path.keys().first().and_then(Key::name),
            Some("imports" | "options" | "config" | "services" | "programs" | "environment" | "boot" | "networking"
                | "users" | "home" | "systemd" | "nix" | "nixpkgs" | "system" | "hardware" | "security" | "fonts" | "xdg")
        )
    })
}

fn is_nixpkgs(node: Node<'_>) -> bool {
    let node = node.bare();
    match node.shape() {
        Shape::Ident(name) => match node.definition() {
            Definition::Formal { .. } => name == "nixpkgs",
            Definition::Value { value } => name == "nixpkgs" && value.shape() != node.shape() && is_input(value),
            Definition::Inherit { from: Some(from), .. } => name == "nixpkgs" && ends_in_inputs(from),
            _ => false,
        },
        Shape::Path(_) => node.text() == "<nixpkgs>",
        Shape::Select { .. } => is_input(node) || is_own_path(node),
        _ => false,
    }
}

/// `inputs.nixpkgs`, `inputs.self.inputs.nixpkgs`
fn is_input(node: Node<'_>) -> bool {
    let Shape::Select { base, path, default: None } = node.shape() else { return false };
    let keys = path.keys();
    keys.last().and_then(Key::name) == Some("nixpkgs")
        && match keys.len() {
            1 => ends_in_inputs(base),
            n => keys[n - 2].name() == Some("inputs"),
        }
}

fn ends_in_inputs(node: Node<'_>) -> bool {
    node.last_name().as_deref() == Some("inputs")
}

/// `pkgs.path`, `prev.path`, `final.path`
fn is_own_path(node: Node<'_>) -> bool {
    let Shape::Select { base, path, default: None } = node.shape() else { return false };
    path.keys().last().and_then(Key::name) == Some("path")
        && path.children().count() == 1
        && matches!(base.shape(), Shape::Ident("pkgs" | "prev" | "final" | "self" | "super"))
        && matches!(base.bare().definition(), Definition::Formal { .. } | Definition::Param { .. })
}

/// In the default of a formal.
fn in_default(node: Node<'_>) -> bool {
    node.ancestors().any(|it| it.is(SyntaxKind::NODE_PAT_ENTRY))
}

/// `import nixpkgs { overlays = [ self.overlays.x ]; }`
fn takes_own_overlays(import: Node<'_>) -> bool {
    let Some(call) = import.parent() else { return false };
    let Shape::Apply { argument, .. } = call.shape() else { return false };
    let Some(Binding::Value { value, .. }) = argument.attribute("overlays") else { return false };
    value.descendants().any(|node| {
        matches!(node.shape(), Shape::Select { base, path, .. }
            if base.last_name().as_deref() == Some("self") && path.keys().first().and_then(Key::name) == Some("overlays"))
    })
}
