//! Options that the pinned release does not declare.

use lint_api::prelude::*;
use lint_api::repo::pinned::Found;

/// The lint.
pub static LINT: Lint = Lint {
    name: "unknown-option",
    group: Group::Options,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "an option that the pinned release does not declare",
    page: include_str!("unknown_option.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    if let Some(why) = cx.repo.without_options() {
        cx.inactive(why);
        return;
    }
    for it in cx.repo.option_findings() {
        let Found::Unknown { path, beside, near, unread } = &it.found else { continue };
        let finding = cx.report(it.at, format!("there is no option `{path}`"));
        match beside {
            _ if !it.exact => finding.note(format!("{} lists none of this name", it.by)),
            Some(file) => finding.note(format!("{} declares the options beside it in `{file}`", it.by)),
            None => finding.note(format!("{} declares none of this name", it.by)),
        };
        if let Some(input) = unread {
            finding.note(format!("modules of `{input}` might declare it: that input is not on this machine"));
        }
        if let Some((near, only)) = near {
            finding.help(format!("did you mean `{near}`?"));
            let text = if attrpath::is_identifier(near) { near.clone() } else { format!("{near:?}") };
            let fix = Fix::r#unsafe("write the name that was meant").replace(it.at.range, text);
            finding.fix_if(only.then_some(fix));
        }
        finding.soften(if it.unreached || unread.is_some() { 2 } else { i8::from(!it.exact) });
    }
}
