//! Options that the pinned release renamed.

use lint_api::prelude::*;
use lint_api::repo::pinned::Found;
use lint_api::repo::schema::renames::Fate;

/// The lint.
pub static LINT: Lint = Lint {
    name: "renamed-option",
    group: Group::Options,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "an option that the pinned release renamed",
    page: include_str!("renamed_option.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    for it in cx.repo.option_findings() {
        let Found::Gone(gone) = &it.found else { continue };
        let message = match (gone.fate, &gone.new) {
            (Fate::Renamed, Some(new)) => format!("`{}` is now `{new}`", gone.old),
            (Fate::Changed | Fate::Merged, Some(new)) => {
                format!("`{}` is now `{new}`, which takes another value", gone.old)
            }
            (Fate::Deprecated, Some(new)) => format!("`{}` is deprecated, `{new}` takes its place", gone.old),
            (Fate::Renamed | Fate::Changed | Fate::Merged, None) => format!("`{}` has another name now", gone.old),
            _ => continue,
        };
        let finding = cx.report(it.at, message);
        finding.note(match it.exact {
            true => format!("in {}: the old name is accepted with a warning, until a release drops it", it.by),
            false => format!("since {}: the old name is accepted with a warning, until a release drops it", it.by),
        });
        if let Some(message) = gone.message.as_deref().filter(|_| gone.fate != Fate::Renamed && !it.exact) {
            finding.help(message.to_owned());
        }
        finding.fix_if(gone.edit.as_ref().map(|(at, text)| Fix::safe("write the new name").replace(*at, text)));
        finding.soften(i8::from(it.unreached));
    }
}
