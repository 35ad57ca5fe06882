//! A phase written by hand that the builder would have done.

use lint_api::prelude::*;
use lint_api::repo::packages::{self, Maker};

/// The lint.
pub static LINT: Lint = Lint {
    name: "overridden-phase",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "`configurePhase`, `buildPhase`, `fixupPhase` or `patchPhase` written by hand",
    page: include_str!("overridden_phase.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        if package.maker == Maker::Command || package.has("phases") || package.has("buildCommand") {
            continue;
        }
        for entry in &package.entries {
            let Some(name @ ("configurePhase" | "buildPhase" | "fixupPhase" | "patchPhase")) = entry.name() else { continue };
            let Some(ast::Expr::Str(string)) = &entry.value else { continue };
            let text = cx.text_of(string.syntax());
            let inner = text.trim_matches(['\'', '"']).trim();
            // A phase that does nothing, or what it did and more.
            if matches!(inner, "" | ":" | "true") || text.contains(&format!(".{name}")) {
                continue;
            }
            let (before, after) = match name {
                "configurePhase" => ("preConfigure", "configureFlags"),
                "buildPhase" => ("preBuild", "makeFlags"),
                "fixupPhase" => ("preFixup", "postFixup"),
                _ => ("prePatch", "postPatch"),
            };
            let finding = cx.report(entry.at, format!("`{name}` replaces what the builder does in this phase"));
            finding.note("its flags, hooks and setup hooks have no effect any more");
            finding.help(format!("add to it with `{before}` or `{after}`, or let a hook of the build system do it"));
        }
    }
}
