//! A host without a root file system.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::settings::could_set;

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-hardware",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a host with neither hardware configuration, disko nor fileSystems",
    page: include_str!("missing_hardware.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// Bindings that give a machine its disks, or say that it needs none.
const WORDS: [&str; 9] = [
    "fileSystems",
    "disko",
    "isContainer",
    "isNspawnContainer",
    "facter",
    "reportPath",
    "diskSize",
    "wsl",
    "proxmox",
];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for host in &repo.hosts.all {
        if host.class != Class::Nixos || !host.complete || host.surely.is_empty() || repo.is_sandboxed_host(host) {
            continue;
        }
        let Some(name) = host.name.known() else { continue };
        let foreign = host.foreign.iter().any(|(module, _)| {
            // Both write entries for what the configuration names, and it names nothing.
            let only_writes = module.starts_with("disko.") || module.starts_with("impermanence.");
            !only_writes && (module.starts_with("nixpkgs/") || could_set(module, &["fileSystems", "/"]))
        });
        if foreign || WORDS.iter().any(|word| repo.host_mentions(host, word)) {
            continue;
        }
        cx.report(
            host.at,
            format!("host `{name}` has no root file system: neither `hardware-configuration.nix` nor disko nor `fileSystems.\"/\"`"),
        )
        .help("`nixos-generate-config --show-hardware-config` on the machine prints it; import the file, and let git know it");
    }
}
