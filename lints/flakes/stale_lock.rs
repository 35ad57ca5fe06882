//! Hosts built from a nixpkgs that was locked long ago.

use lint_api::prelude::*;
use lint_api::repo::flake::Project;

/// The lint.
pub static LINT: Lint = Lint {
    name: "stale-lock",
    group: Group::Flakes,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "nixpkgs locked longer ago than a limit",
    page: include_str!("stale_lock.md"),
    options: Options::of::<Settings>(),
    check: Check::Repo(check),
};

/// The settings.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// The greatest age that is right.
    days: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { days: 90 }
    }
}

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let today = repo.today();
    for origin in repo.origins().into_iter().filter(|it| it.project == Project::Nixpkgs) {
        let Some(day) = origin.day else { continue };
        let age = today.since(day);
        if age <= i64::from(cx.options::<Settings>(origin.at.file).days) {
            continue;
        }
        cx.report(origin.at, format!("`{}` was locked {age} days before {today}", origin.name))
            .note(format!("`flake.lock` pins a revision of {day}"))
            .help(format!("nix flake update {}", origin.name));
    }
}
