//! One user whose home two home-managers write.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::Value;
use lint_api::repo::hosts::Host;
use lint_api::repo::settings::Effective;

/// The lint.
pub static LINT: Lint = Lint {
    name: "home-two-modes",
    group: Group::Home,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "one user managed by standalone home-manager and by the module",
    page: include_str!("home_two_modes.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let homes = || repo.hosts.all.iter().filter(|it| it.class == Class::Home && is_sure(repo, it));
    for alone in homes().filter(|it| it.system_host.is_none() && it.call.is_some()) {
        let Some(name) = alone.name.known() else { continue };
        let (user, on) = name.split_once('@').map_or((name.as_str(), None), |(user, host)| (user, Some(host)));
        if is_foreign_system(repo, alone) {
            continue;
        }
        for inside in homes().filter(|it| it.name.known().is_some_and(|it| it == user)) {
            let Some(system) = inside.system_host.map(|it| &repo.hosts.all[it]) else { continue };
            let Some(host) = system.name.known() else { continue };
            // A copy for a deployment tool is the same machine, not another one.
            if system.call.is_none() || system.ephemeral {
                continue;
            }
            let (own, other) = (system_of(repo, alone), system_of(repo, system));
            let fits = match on {
                Some(on) => (host == on || is_called(repo, system, on)) && (own.is_none() || other.is_none() || own == other),
                None => own.is_some() && own == other,
            };
            if !fits {
                continue;
            }
            let by = if system.class == Class::Darwin { "nix-darwin" } else { "NixOS" };
            let message = format!("user `{user}` on `{host}` is managed by `homeConfigurations` and by the {by} module; each overwrites the other");
            let finding = cx.report(alone.at, message);
            finding.label_at(inside.at, format!("the home that the {by} module manages"));
            // Generated from one module, or not bound to a machine: meant for machines that have no other.
            if on.is_none() || entries(alone).intersection(&entries(inside)).next().is_some() {
                finding.soften(2);
                finding.help("activate only one of them on a machine");
            } else {
                finding.help("keep one of the two: files, profile and generations of the home belong to whichever ran last");
            }
            break;
        }
    }
}

/// Whether the home is there whatever holds.
fn is_sure(repo: &Repo, home: &Host) -> bool {
    let definitions = &repo.file(home.at.file).facts.definitions;
    let own = definitions.entries.iter().find(|it| it.at == home.at.range);
    let guarded = own.is_some_and(|it| definitions.guards(it.guard).next().is_some());
    !guarded && (!home.surely.is_empty() || home.inline.iter().any(|(_, sure)| *sure))
}

/// The files where the modules of a home begin.
fn entries(home: &Host) -> BTreeSet<FileId> {
    let own = |file: &FileId| home.surely.contains(file) || home.perhaps.contains(file);
    home.edges.iter().filter(|edge| !own(&edge.at.file)).map(|edge| edge.to).collect()
}

/// Whether the host name of a system is `name`.
fn is_called(repo: &Repo, system: &Host, name: &str) -> bool {
    let effective = repo.settings().effective(repo, system, &["networking", "hostName"]);
    matches!(effective, Effective::Is(Value::Str(it)) if **it == *name)
}

/// A home on another distribution.
fn is_foreign_system(repo: &Repo, home: &Host) -> bool {
    let path = ["targets", "genericLinux", "enable"];
    let effective = repo.settings().effective(repo, home, &path);
    !matches!(effective, Effective::Unset | Effective::Is(Value::Bool(false))) && repo.host_mentions(home, "genericLinux")
}

/// `x86_64-linux` and the like.
fn system_of<'a>(repo: &'a Repo, host: &'a Host) -> Option<&'a str> {
    if let Some(system) = host.system.known() {
        return Some(system);
    }
    let settings = repo.settings();
    for path in [["nixpkgs", "hostPlatform"], ["nixpkgs", "system"]] {
        if let Effective::Is(Value::Str(system)) = settings.effective(repo, host, &path) {
            return Some(system);
        }
    }
    None
}
