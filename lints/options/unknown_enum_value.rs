//! Values that the enum of an option does not list.

use lint_api::prelude::*;
use lint_api::repo::pinned::Found;

/// The lint.
pub static LINT: Lint = Lint {
    name: "unknown-enum-value",
    group: Group::Options,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "a value that the enum does not list",
    page: include_str!("unknown_enum_value.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// How many values the help lists.
const MOST: usize = 12;

fn check(cx: &mut RepoCx<'_>) {
    if let Some(why) = cx.repo.without_options() {
        cx.inactive(why);
        return;
    }
    for it in cx.repo.option_findings() {
        let Found::Unlisted { path, value, values, near, declared } = &it.found else { continue };
        let message = if value.len() <= 40 && !value.contains(['\n', '\r', '`']) {
            format!("`{value}` is no value of `{path}`")
        } else {
            format!("this is no value of `{path}`")
        };
        let finding = cx.report(it.at, message);
        finding.note(match declared.as_str() {
            "" => format!("declared so in {}", it.by),
            file => format!("declared so in `{file}` of {}", it.by),
        });
        let shown: Vec<&str> = values.iter().take(MOST).map(String::as_str).collect();
        let more = if values.len() > MOST { ", …" } else { "" };
        finding.help(format!("it takes {}{more}", shown.join(", ")));
        if let Some(near) = near {
            let fix = Fix::r#unsafe("write the value that was meant");
            finding.fix(fix.replace(it.at.range, format!("{near:?}")));
        }
        finding.soften(if it.unreached { 2 } else { i8::from(it.conditional) });
    }
}
