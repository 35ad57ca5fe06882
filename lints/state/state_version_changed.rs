//! A `stateVersion` that goes up against the base revision.

use lint_api::prelude::*;
use lint_api::repo::Base;
use lint_api::repo::state::{self, Excuse, Raise, StateOption, StateValue};

/// The lint.
pub static LINT: Lint = Lint {
    name: "state-version-changed",
    group: Group::State,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "stateVersion raised against the base revision",
    page: include_str!("state_version_changed.md"),
    options: Options::of::<Settings>(),
    check: Check::Repo(check),
};

/// The settings.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// How many commits before the base are looked at for earlier values; read where commits are, by the engine.
    history: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { history: 20 }
    }
}

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let Some(base) = &repo.base else {
        cx.inactive("there is no base revision to compare with");
        return;
    };
    let raises = state::raises(repo, base);
    let plain = raises.iter().filter(|it| it.excuse == Excuse::None).count();
    for raise in &raises {
        let message = match raise.excuse {
            Excuse::None => what_it_records(raise),
            Excuse::HeldBefore => "it had this value before".to_owned(),
            Excuse::Reinstalled => "fine if this machine was reinstalled".to_owned(),
            Excuse::Told => "fine if this was a reinstall, as is said".to_owned(),
        };
        let option = raise.option.name();
        let (old, new) = (&raise.old, &raise.new);
        let finding = cx.report(raise.at, format!("`{option}` goes from {old} to {new}; {message}"));
        match (raise.excuse, new) {
            (Excuse::None, StateValue::Number(_)) => finding.soften(1),
            (Excuse::None, _) => finding,
            _ => finding.soften(2),
        };
        for reader in &raise.readers {
            finding.label_at(*reader, "takes it from there");
        }
        if raise.excuse == Excuse::None {
            if let Some(branch) = new_branch(repo, base, new) {
                finding.note(format!(
                    "`flake.nix` moves to `{branch}` in the same change: the two are unrelated"
                ));
            }
            if plain > 1 {
                finding.note(format!("{plain} definitions change at once"));
            }
            finding.help(format!(
                "keep {}; if every migration of the release notes was done by hand, allow it with that reason",
                as_written(old)
            ));
        }
    }
}

fn what_it_records(raise: &Raise) -> String {
    let thing = match raise.option {
        StateOption::System => "this machine was installed with",
        StateOption::Home => "this home was made with",
    };
    format!("it records the release {thing}")
}

fn as_written(value: &StateValue) -> String {
    match value {
        StateValue::Number(number) => format!("`{number}`"),
        value => format!("`\"{value}\"`"),
    }
}

/// The branch of the new release that `flake.nix` did not name before.
fn new_branch(repo: &Repo, base: &Base, new: &StateValue) -> Option<String> {
    let path = RepoPath::from("flake.nix");
    let (now, was) = (repo.find(&path)?, base.files.get(&path)?);
    ["nixos", "release", "nixpkgs", "nix-darwin"]
        .iter()
        .map(|name| format!("{name}-{new}"))
        .find(|branch| {
            now.text.contents().contains(branch) && !was.text.contents().contains(branch)
        })
}
