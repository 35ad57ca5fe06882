//! A phase without its hooks.

use lint_api::prelude::*;
use lint_api::repo::packages::{self, Maker};

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-phase-hooks",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "a phase written by hand without `runHook`",
    page: include_str!("missing_phase_hooks.md"),
    options: Options::NONE,
    check: Check::File(check),
};

const PHASES: &[(&str, &str, &str)] = &[
    ("configurePhase", "preConfigure", "postConfigure"),
    ("buildPhase", "preBuild", "postBuild"),
    ("checkPhase", "preCheck", "postCheck"),
    ("installPhase", "preInstall", "postInstall"),
];

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        if package.maker == Maker::Command || package.has("phases") || package.has("buildCommand") {
            continue;
        }
        for entry in &package.entries {
            let Some((name, before, after)) = PHASES.iter().find(|it| entry.name() == Some(it.0)) else { continue };
            let Some(ast::Expr::Str(string)) = &entry.value else { continue };
            let parts: Vec<_> = string.parts().collect();
            let computed = [parts.first(), parts.last()]
                .into_iter()
                .any(|part| matches!(part, Some(ast::InterpolPart::Interpolation(_))));
            let text = cx.text_of(string.syntax());
            let inner = text.trim_matches(['\'', '"']).trim();
            // Nothing to do, or what another phase was.
            if computed || inner.starts_with("${") || inner.ends_with('}') && inner.contains("${") || matches!(inner, "" | ":" | "true") {
                continue;
            }
            let missing: Vec<String> = [before, after]
                .into_iter()
                .filter(|hook| !text.contains(&format!("runHook {hook}")))
                .map(|hook| format!("`runHook {hook}`"))
                .collect();
            if missing.is_empty() {
                continue;
            }
            let message = match missing.len() {
                2 => format!("`{name}` does not run its hooks"),
                _ => format!("`{name}` does not run one of its hooks"),
            };
            let finding = cx.report(entry.at, message);
            finding.note(format!("what others add as `{before}` or `{after}` is silently left out"));
            finding.help(format!("begin it with `runHook {before}` and end it with `runHook {after}`: {} is missing", missing.join(" and ")));
        }
    }
}
