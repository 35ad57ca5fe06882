//! A `checkPhase` that only calls pytest.

use lint_api::prelude::*;
use lint_api::repo::packages::{self, Maker};

/// The lint.
pub static LINT: Lint = Lint {
    name: "python-check-phase",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "a `checkPhase` that only calls `pytest`, where `pytestCheckHook` would",
    page: include_str!("python_check_phase.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        if package.maker != Maker::Python {
            continue;
        }
        let Some(entry) = package.entry("checkPhase") else { continue };
        let Some(ast::Expr::Str(string)) = &entry.value else { continue };
        let text = cx.text_of(string.syntax()).trim_matches(['\'', '"']);
        let mut commands = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#') && !matches!(*line, "runHook preCheck" | "runHook postCheck"));
        let (Some(command), None) = (commands.next(), commands.next()) else { continue };
        if is_pytest(command) {
            let finding = cx.report(entry.at, "`pytestCheckHook` does what this `checkPhase` does");
            finding.note("with the hook, `disabledTests`, `enabledTestPaths` and `pytestFlags` have an effect");
            finding.help("put `pytestCheckHook` into `nativeCheckInputs` and remove the phase");
        }
    }
}

/// `pytest -k x`, `python -m pytest`; not two commands in a line.
fn is_pytest(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let named = match words.next() {
        Some("pytest" | "py.test") => true,
        Some(python) => python.contains("python") && words.next() == Some("-m") && words.next() == Some("pytest"),
        None => false,
    };
    named && !command.contains(['|', ';', '&', '>', '<', '`', '\\'])
}
