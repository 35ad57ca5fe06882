//! `makeFlagsArray` as an attribute.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "flags-array-attribute",
    group: Group::Packaging,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`makeFlagsArray` and the like as an attribute, where they become one string",
    page: include_str!("flags_array_attribute.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        if package.may_be_structured() {
            continue;
        }
        for entry in &package.entries {
            let Some((name, flags)) = entry.name().and_then(|name| Some((name, name.strip_suffix("Array")?))) else { continue };
            if flags != "patchFlags" && flags != "qmakeFlags" && packages::FLAGS.contains(&flags) {
                let finding = cx.report(entry.at, format!("`{name}` is a shell array: as an attribute it becomes one string"));
                finding.note("the first flag is then all of them, with the spaces between");
                finding.help(format!("set it in a phase, `preBuild = ''{name}+=(…)''`, or use `{flags}`"));
            }
        }
    }
}
