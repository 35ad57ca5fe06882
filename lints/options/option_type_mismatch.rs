//! Literals that the declared type of an option rejects.

use lint_api::prelude::*;
use lint_api::repo::pinned::Found;

/// The lint.
pub static LINT: Lint = Lint {
    name: "option-type-mismatch",
    group: Group::Options,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a literal that the declared type rejects",
    page: include_str!("option_type_mismatch.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    if let Some(why) = cx.repo.without_options() {
        cx.inactive(why);
        return;
    }
    for it in cx.repo.option_findings() {
        let Found::Mismatch { path, takes, noun, declared, below } = &it.found else { continue };
        let message = if *below {
            format!("`{path}` is of type `{takes}`, there is nothing below it")
        } else {
            format!("`{path}` is of type `{takes}`, this is {noun}")
        };
        let finding = cx.report(it.at, message);
        finding.note(match declared.as_str() {
            "" => format!("declared so in {}", it.by),
            file => format!("declared so in `{file}` of {}", it.by),
        });
        finding.soften(if it.unreached { 2 } else { i8::from(it.conditional) });
    }
}
