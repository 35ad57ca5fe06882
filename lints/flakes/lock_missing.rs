//! A flake that fetches inputs without a lock that others get.

use lint_api::prelude::*;
use lint_api::repo::GitState;
use lint_api::repo::hosts::ephemeral_path;

/// The lint.
pub static LINT: Lint = Lint {
    name: "lock-missing",
    group: Group::Flakes,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "a flake with inputs and without `flake.lock`",
    page: include_str!("lock_missing.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (id, file, facts) in repo.flakes() {
        let fetched = facts.inputs.iter().any(|input| {
            let local = input.reference.as_ref().is_some_and(|it| it.kind() == "path");
            &*input.name != "self" && input.follows.is_none() && !local
        });
        let Some(at) = facts.inputs_at.filter(|_| fetched) else { continue };
        if ephemeral_path(&file.path) || !file.facts.faults.is_empty() {
            continue;
        }
        let Some(lock) = file.path.parent().join("flake.lock") else { continue };
        let state = repo.paths.find(&lock).filter(|it| it.on_disk).map(|it| it.git);
        let message = match state {
            Some(Some(GitState::Ignored)) => "`flake.lock` is ignored by git: everybody else gets other inputs",
            Some(Some(GitState::Untracked)) => "`flake.lock` is not tracked by git: everybody else gets other inputs",
            Some(_) => continue,
            None if repo.find(&lock).is_some() => continue,
            None => "no `flake.lock` beside `flake.nix`: every evaluation may pick other inputs",
        };
        let help = if state.is_some() { "git add flake.lock" } else { "nix flake lock" };
        cx.report(Span { file: id, range: at }, message).help(help);
    }
}
