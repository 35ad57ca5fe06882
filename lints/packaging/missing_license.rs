//! A package whose `meta` has no `license`.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-license",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "a package whose `meta` has no `license`",
    page: include_str!("missing_license.md"),
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
        if !keys.iter().any(|key| key.is("license")) {
            let finding = cx.report(at, "`meta` has no `license`");
            finding.note("a package without one counts as free: `allowUnfree` and reports of licences do not see it");
            finding.help("add `license = lib.licenses.…;`");
        }
    }
}
