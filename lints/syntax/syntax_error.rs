//! Text that does not parse, in human words.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "syntax-error",
    group: Group::Syntax,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "text that Nix does not parse",
    page: include_str!("syntax_error.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    for fault in &cx.file.facts.faults {
        let finding = cx.report(fault.at, fault.message.clone());
        if let Some((at, words)) = &fault.label {
            finding.label(*at, words.clone());
        }
        if let Some(help) = &fault.help {
            finding.help(help.clone());
        }
        if let Some(fix) = &fault.fix {
            finding.fix(Fix::r#unsafe(fix.title.clone()).replace(fix.at, fix.text.clone()));
        }
    }
}
