//! A host without a `stateVersion`.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::hosts::Host;
use lint_api::repo::settings::{Effective, could_set};

/// The lint.
pub static LINT: Lint = Lint {
    name: "state-version-missing",
    group: Group::State,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a host whose modules are all known and that sets none",
    page: include_str!("state_version_missing.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for host in &repo.hosts.all {
        let Some(name) = host.name.known() else { continue };
        let system = host.system_host.map(|it| &repo.hosts.all[it]);
        if host.ephemeral || std::iter::once(host).chain(system).any(|it| may_set(repo, it, host.class)) {
            continue;
        }
        let (message, note) = match host.class {
            Class::Home => (
                format!("the home of `{name}` sets no `home.stateVersion`"),
                "home-manager does not build without it",
            ),
            Class::Darwin => (
                format!("host `{name}` sets no `system.stateVersion`"),
                "nix-darwin does not build without it",
            ),
            _ => (
                format!("host `{name}` sets no `system.stateVersion`"),
                "it is then the release of the day, and changes with every upgrade",
            ),
        };
        let help = "write the release that it was installed with, not today's, and leave it";
        cx.report(host.at, message).note(note).help(help);
    }
}

/// Whether something of a host may set the option of a class, as far as anybody can tell.
fn may_set(repo: &Repo, host: &Host, class: Class) -> bool {
    let path = match class {
        Class::Home => ["home", "stateVersion"],
        _ => ["system", "stateVersion"],
    };
    let sets = |file: &FileId| {
        let definitions = &repo.file(*file).facts.definitions;
        definitions.entries.iter().any(|it| definitions.ends_with(it.path, &path))
    };
    !host.complete
        || !host.homes_complete && class == Class::Home
        // nix-on-droid counts in a way of its own.
        || host.call.as_ref().and_then(|it| it.input.as_deref()).is_some_and(|it| it.contains("droid"))
        || host.foreign.iter().any(|(it, _)| could_set(it, &path))
        || host.class == class && repo.settings().effective(repo, host, &path) != Effective::Unset
        || repo.files_of(host).iter().any(sets)
}
