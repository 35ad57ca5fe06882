//! Options that the pinned release removed.

use lint_api::prelude::*;
use lint_api::repo::pinned::Found;
use lint_api::repo::schema::renames::Fate;

/// The lint.
pub static LINT: Lint = Lint {
    name: "removed-option",
    group: Group::Options,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "an option that the pinned release removed",
    page: include_str!("removed_option.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    for it in cx.repo.option_findings() {
        let Found::Gone(gone) = &it.found else { continue };
        if gone.fate != Fate::Removed {
            continue;
        }
        let finding = cx.report(it.at, format!("`{}` was removed", gone.old));
        if it.exact {
            finding.note(format!("by {}: a definition of it fails the evaluation", it.by));
        } else {
            finding.note(format!("since {}", it.by));
        }
        if let Some(message) = gone.message.as_deref().map(one_line) {
            finding.help(message);
        }
        finding.soften(if it.unreached { 2 } else { i8::from(it.conditional || !it.exact) });
    }
}

/// What a module says, on one line.
fn one_line(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    let line = words.join(" ");
    let end = line.char_indices().nth(400).map_or(line.len(), |(at, _)| at);
    line[..end].trim_end_matches('.').to_owned()
}
