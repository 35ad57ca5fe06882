//! A package whose `meta` has no `maintainers`.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-maintainers",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "a package whose `meta` has no `maintainers`",
    page: include_str!("missing_maintainers.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        if !package.maker.makes() {
            continue;
        }
        let Some((at, keys)) = package.meta() else { continue };
        if !keys.iter().any(|key| key.is("maintainers")) && !keys.iter().any(|key| key.is("teams")) {
            let finding = cx.report(at, "`meta` has no `maintainers`");
            finding.note("nobody is asked when the package breaks");
            finding.help("add `maintainers = with lib.maintainers; [ … ];`");
        }
    }
}
