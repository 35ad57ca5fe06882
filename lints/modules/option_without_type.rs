//! `mkOption` without `type`.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "option-without-type",
    group: Group::Modules,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "`mkOption` without `type`",
    page: include_str!("option_without_type.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    for option in &cx.file.facts.modules.options {
        if option.untyped {
            let message = format!("`{}` has no type: any value is accepted", option.path);
            let finding = cx.report(option.at, message);
            finding.note("and two definitions of it conflict, where lists or sets could merge");
            finding.help("add `type = lib.types.…`; `lib.types.anything` says that it is meant so");
        }
    }
}
