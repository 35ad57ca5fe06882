//! Automatic garbage collection that leaves no older generation.

use lint_api::prelude::*;
use lint_api::repo::generations::Tool;

/// The lint.
pub static LINT: Lint = Lint {
    name: "gc-deletes-all-generations",
    group: Group::State,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "automatic garbage collection with `-d`",
    page: include_str!("gc_deletes_all_generations.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for cleaning in repo.cleanings() {
        let (at, help) = match cleaning.tool {
            // An age beside `-d` holds.
            Tool::Nix if cleaning.argument(&["--delete-older-than"]).is_some() => continue,
            Tool::Nix => (cleaning.flag(&["-d", "--delete-old"]), "`--delete-older-than 14d`"),
            Tool::Nh if cleaning.argument(&["--keep-since", "-K"]).is_some() => continue,
            Tool::Nh => {
                let keep = cleaning.argument(&["--keep", "-k"]).filter(|(number, _)| *number == "0");
                (keep.map(|(_, at)| at), "`--keep 3 --keep-since 14d`")
            }
        };
        let Some(at) = at else { continue };
        let word = repo.file(at.file).text.slice(at.range);
        let finding = cx.report(
            at,
            format!("automatic garbage collection with `{word}` deletes every older generation, and with it the rollback"),
        );
        finding.help(format!("keep those of the last weeks: {help}"));
        if cleaning.setting.has_reason() {
            finding.soften(1);
        }
    }
}
