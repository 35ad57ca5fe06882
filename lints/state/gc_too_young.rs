//! Automatic garbage collection that deletes generations after a day or two.

use lint_api::prelude::*;
use lint_api::repo::generations::{self, Tool};

/// The lint.
pub static LINT: Lint = Lint {
    name: "gc-too-young",
    group: Group::State,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "automatic garbage collection younger than 3 days",
    page: include_str!("gc_too_young.md"),
    options: Options::of::<Settings>(),
    check: Check::Repo(check),
};

/// The settings.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Generations younger than this stay.
    min_days: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { min_days: 3 }
    }
}

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for cleaning in repo.cleanings() {
        let names: &[&str] = match cleaning.tool {
            Tool::Nix => &["--delete-older-than"],
            Tool::Nh => &["--keep-since", "-K"],
        };
        let Some((age, at)) = cleaning.argument(names) else { continue };
        let keeps = match cleaning.tool {
            Tool::Nix => false,
            // A number that is not known may be any.
            Tool::Nh => cleaning
                .argument(&["--keep", "-k"])
                .is_some_and(|(number, _)| number.parse::<u32>().map_or(true, |number| number >= 2)),
        };
        let least = cx.options::<Settings>(at.file).min_days;
        let Some(minutes) = generations::minutes(age).filter(|_| !keeps) else { continue };
        if minutes >= u64::from(least) * 24 * 60 {
            continue;
        }
        let age = in_words(minutes);
        let message = format!("generations older than {age} are deleted; a bad one is often noticed later");
        let finding = cx.report(at, message);
        finding.help("keep those of the last weeks: `14d`");
        if cleaning.setting.has_reason() {
            finding.soften(1);
        }
    }
}

/// `1 day`, `12 hours`.
fn in_words(minutes: u64) -> String {
    let (number, unit) = match minutes {
        it if it.is_multiple_of(24 * 60) => (it / (24 * 60), "day"),
        it if it.is_multiple_of(60) => (it / 60, "hour"),
        it => (it, "minute"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}
