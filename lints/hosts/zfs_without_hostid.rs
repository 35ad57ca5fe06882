//! A host with zfs and no `networking.hostId`.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::settings::Effective;

/// The lint.
pub static LINT: Lint = Lint {
    name: "zfs-without-hostid",
    group: Group::Hosts,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "zfs without networking.hostId",
    page: include_str!("zfs_without_hostid.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for host in &repo.hosts.all {
        if host.class != Class::Nixos || !host.complete || host.ephemeral {
            continue;
        }
        let Some(name) = host.name.known() else { continue };
        let Some(at) = repo.zfs_of(host) else { continue };
        let host_id = repo.settings().effective(repo, host, &["networking", "hostId"]);
        if host_id != Effective::Unset || repo.host_mentions(host, "hostId") {
            continue;
        }
        cx.report(at, format!("host `{name}` uses zfs and sets no `networking.hostId`"))
            .note("zfs marks a pool with the id of the machine that has it, and NixOS refuses to build without one")
            .help("make one with `head -c4 /dev/urandom | od -A none -t x4`, once per machine");
    }
}
