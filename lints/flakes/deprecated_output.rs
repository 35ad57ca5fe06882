//! Outputs of a flake under names that are no longer used.

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Key, Node, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "deprecated-output",
    group: Group::Flakes,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "an output under a name that flakes no longer use",
    page: include_str!("deprecated_output.md"),
    options: Options::NONE,
    check: Check::File(check),
};

/// The old name, the new one, and whether a system stands between.
const RENAMED: [(&str, &str, bool); 9] = [
    ("defaultPackage", "packages", true),
    ("defaultApp", "apps", true),
    ("devShell", "devShells", true),
    ("defaultBundler", "bundlers", true),
    ("overlay", "overlays", false),
    ("nixosModule", "nixosModules", false),
    ("defaultTemplate", "templates", false),
    ("hmModule", "homeModules", false),
    ("hmModules", "homeModules", false),
];

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    if file.facts.flake.is_none() || !file.facts.faults.is_empty() {
        return;
    }
    let Some(root) = file.facts.outline.root(file.text.contents()).map(Node::bare) else { return };
    let Some(Binding::Value { value, .. }) = root.attribute("outputs") else { return };
    let Shape::Lambda { body, .. } = value.shape() else { return };
    let mut bindings = Vec::new();
    let mut queue = vec![body];
    while let Some(node) = queue.pop() {
        let node = node.body();
        match node.shape() {
            Shape::Set { .. } => bindings.extend(node.bindings()),
            Shape::Binary { op: "//", left, right } => queue.extend([right, left]),
            _ => {}
        }
    }
    let first = |binding: &Binding<'_>| match binding {
        Binding::Value { path, .. } => path.keys().first().and_then(Key::name).map(str::to_owned),
        Binding::Inherit { name, .. } => Some(name.text().to_owned()),
    };
    let names: Vec<Option<String>> = bindings.iter().map(first).collect();
    for (binding, name) in bindings.iter().zip(&names) {
        let Some((old, new, system)) = RENAMED.iter().find(|it| name.as_deref() == Some(it.0)) else { continue };
        let (place, keys) = match binding {
            Binding::Value { path, .. } => (path.child(0), path.children().collect::<Vec<_>>()),
            Binding::Inherit { name, .. } => (Some(*name), Vec::new()),
        };
        let Some(place) = place else { continue };
        let whole = match (*old, *system) {
            ("hmModules", _) => (*new).to_owned(),
            (_, true) => format!("{new}.<system>.default"),
            (_, false) => format!("{new}.default"),
        };
        let finding = cx.report(place.range(), format!("`{old}` is now `{whole}`"));
        let beside = names.iter().any(|it| it.as_deref() == Some(new));
        if beside || old.starts_with("hm") {
            finding.soften(1);
        }
        if beside {
            continue;
        }
        let fix = Fix::r#unsafe(format!("call it `{whole}`"));
        match (keys.as_slice(), *system, *old) {
            ([_], false, "hmModules") => finding.fix(fix.replace(place.range(), *new)),
            ([_], false, _) => finding.fix(fix.replace(place.range(), format!("{new}.default"))),
            ([_, system], true, _) => finding
                .fix(fix.replace(place.range(), *new).insert(system.range().end(), ".default")),
            _ => continue,
        };
    }
}
