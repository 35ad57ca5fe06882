//! An overlay that replaces a whole package set.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Node, Shape};
use lint_api::repo::overlays::{self, Place};

/// The lint.
pub static LINT: Lint = Lint {
    name: "overlay-replaces-set",
    group: Group::Overlays,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a whole package set replaced instead of extended",
    page: include_str!("overlay_replaces_set.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if !cx.file.facts.faults.is_empty() {
        return;
    }
    let file = cx.file;
    for (overlay, place) in overlays::all(file) {
        if place == Place::Inner {
            continue;
        }
        let second = overlay.name(overlays::Side::Second).filter(|name| *name != "_").unwrap_or("prev");
        let defined = overlay.defined();
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for it in &defined {
            let name = it.path[0].as_ref();
            // The definition itself, not an attribute inside its value.
            let Some(key) = it.key.child(0).filter(|_| it.inherited.is_none()) else { continue };
            if key.key().name() != Some(name) || !is_package_set(name) || it.guarded || !told.insert(name) {
                continue;
            }
            let dotted = it.key.children().nth(1).is_some();
            if !dotted && !matches!(it.value.body().shape(), Shape::Set { .. }) {
                continue;
            }
            if !dotted && keeps(it.value.body()) {
                continue;
            }
            let count = if dotted {
                let names: BTreeSet<_> =
                    defined.iter().filter(|other| other.path[0] == name).filter_map(|it| it.path.get(1)).collect();
                names.len()
            } else {
                it.value.body().bindings().count()
            };
            let finding = cx.report(
                key.range(),
                format!(
                    "`{name}` is replaced by a set with {count} attribute{}; everything else in it is gone",
                    if count == 1 { "" } else { "s" }
                ),
            );
            finding.help(if name.starts_with("python") || name.ends_with("kellPackages") {
                format!("write `{name} = {second}.{name}.overrideScope (…)`, or use `pythonPackagesExtensions`")
            } else {
                format!("write `{name} = {second}.{name} // {{ … }}`")
            });
        }
    }
}

/// Whether a set takes more than a few names over from elsewhere: it is a selection, made on purpose.
fn keeps(set: Node<'_>) -> bool {
    let inherited = set
        .bindings()
        .filter(|binding| matches!(binding, Binding::Inherit { from: Some(_), .. }))
        .count();
    inherited > 3
}

/// The package sets of nixpkgs that overlays change most.
fn is_package_set(name: &str) -> bool {
    let python = name.strip_prefix("python").and_then(|it| it.strip_suffix("Packages"));
    python.is_some_and(|version| version.bytes().all(|it| it.is_ascii_digit()))
        || matches!(
            name,
            "haskellPackages" | "haskell" | "nodePackages" | "perlPackages" | "rubyPackages" | "luaPackages"
                | "ocamlPackages" | "beamPackages" | "rPackages" | "emacsPackages" | "vimPlugins"
                | "vscode-extensions" | "tmuxPlugins" | "fishPlugins" | "gnome" | "gnomeExtensions"
                | "kdePackages" | "libsForQt5" | "qt5" | "qt6" | "xorg" | "jetbrains" | "linuxKernel"
                | "linuxPackages" | "linuxPackages_latest" | "cudaPackages" | "darwin" | "lib"
                | "llvmPackages" | "gst_all_1" | "nerd-fonts" | "hunspellDicts"
        )
}
