//! Hosts built from a release that gets no fixes any more.

use lint_api::prelude::*;
use lint_api::repo::dated;

/// The lint.
pub static LINT: Lint = Lint {
    name: "end-of-life-release",
    group: Group::Flakes,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "nixpkgs, home-manager or nix-darwin of a release that gets no fixes",
    page: include_str!("end_of_life_release.md"),
    options: Options::of::<Settings>(),
    check: Check::Repo(check),
};

/// The settings.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// How many days after the end nothing is said yet.
    grace_days: u16,
    /// Releases that are known and accepted: `24.11`.
    allow: Vec<String>,
}

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let origins = repo.origins();
    let today = repo.today();
    for origin in origins {
        let Some(pin) = &origin.pin else { continue };
        let (Some(release), Some(branch)) = (pin.release, &pin.branch) else { continue };
        let Some(end) = release.end().filter(|_| release <= dated::NEWEST_RELEASE) else { continue };
        let settings = cx.options::<Settings>(origin.at.file);
        let known = settings.allow.iter().any(|it| *it == release.to_string());
        if known || today <= end.plus(i64::from(settings.grace_days)) {
            continue;
        }
        let message = format!("`{}` follows `{branch}`, which gets no fixes since {end}", origin.name);
        cx.report(origin.at, message)
            .note(format!("as of {today}"))
            .help("move to a release that is supported; its notes say what changes");
    }
}
