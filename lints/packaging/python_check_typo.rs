//! `pythonImportTests`: a name that nothing reads.

use lint_api::prelude::*;
use lint_api::repo::packages::{self, Maker};

/// The lint.
pub static LINT: Lint = Lint {
    name: "python-check-typo",
    group: Group::Packaging,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "`pythonImportTests` and the like, where `pythonImportsCheck` is meant",
    page: include_str!("python_check_typo.md"),
    options: Options::NONE,
    check: Check::File(check),
};

const WRONG: &[&str] = &["pythonImportTests", "pythonImportCheck", "pythonImportsTest", "pythonCheckImports"];

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        if !matches!(package.maker, Maker::Python | Maker::PythonOverride) {
            continue;
        }
        for entry in &package.entries {
            let Some(name) = entry.name().filter(|name| WRONG.contains(name)) else { continue };
            let plain = entry.value.is_some() && !package.has("pythonImportsCheck") && package.set.rec_token().is_none();
            let at = entry.at;
            let finding = cx.report(at, format!("`{name}` does nothing: `pythonImportsCheck` is meant"));
            finding.note("nothing reads it, so the modules are not imported when the package is built");
            if plain {
                finding.fix(Fix::r#unsafe("rename it to `pythonImportsCheck`").replace(at, "pythonImportsCheck"));
            }
        }
    }
}
