//! A root that is wiped at each boot, and identities of the machine that are wiped with it.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::{Segment, Value};
use lint_api::repo::hosts::Host;
use lint_api::repo::settings::{Effective, could_set};

/// The lint.
pub static LINT: Lint = Lint {
    name: "persistence-gap",
    group: Group::Hosts,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "impermanence without machine-id or ssh host keys",
    page: include_str!("persistence_gap.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const PERSISTENCE: [&str; 2] = ["environment", "persistence"];
const SSH: [&str; 3] = ["services", "openssh", "enable"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for host in &repo.hosts.all {
        if host.class != Class::Nixos || !host.complete || host.ephemeral || !is_wiped(repo, host) {
            continue;
        }
        let Some(name) = host.name.known() else { continue };
        let foreign = host.foreign.iter().any(|(module, _)| {
            !module.starts_with("impermanence.") && could_set(module, &PERSISTENCE)
        });
        let here: Vec<_> = repo.settings().below(repo, &PERSISTENCE).filter(|it| it.on(host).is_some()).collect();
        // `environment.persistence."/persist" = lib.…;`, `"${root}" = { … };`
        let computed = here.iter().any(|it| match it.path().as_slice() {
            [_, _] | [_, _, Segment::Name(_)] => it.definition.value != Value::Set,
            [_, _, Segment::Name(_), Segment::Name("files" | "directories")] => it.entries(&["directory", "file"]).1,
            [_, _, Segment::Name(_), ..] => false,
            _ => true,
        });
        let Some(first) = here.iter().find(|it| it.on(host) == Some(true)) else {
            continue;
        };
        if foreign || computed {
            continue;
        }
        let speaks = |words: &[&str]| says(repo, host, words);
        let at = first.span(first.definition.at);
        if !speaks(&["machine-id", "machineId", "\"/etc\""]) {
            let finding = cx.report(at, format!("`/etc/machine-id` is not persisted on `{name}`; it changes with every boot"));
            finding.note("the journal of each boot is then one of another machine").help("add it to `files`");
            if !speaks(&["/var/lib/nixos", "\"/var/lib\"", "\"/var\""]) {
                finding.note("`/var/lib/nixos` is missing as well: it keeps the numbers of users and groups");
            }
        }
        let ssh = repo.settings().effective(repo, host, &SSH) == Effective::Is(&Value::Bool(true));
        if ssh && !speaks(&["ssh_host_", "/etc/ssh", "hostKeys", "\"/etc\""]) {
            cx.report(at, format!("the ssh host keys of `{name}` are not persisted; they change with every boot"))
                .note("everybody who logs in is told that the machine is another one")
                .help("add `/etc/ssh/ssh_host_ed25519_key` and its `.pub` to `files`, or set `services.openssh.hostKeys`");
        }
    }
}

/// Whether the root of a host is empty after a boot.
fn is_wiped(repo: &Repo, host: &Host) -> bool {
    let settings = repo.settings();
    let is_root = |it: &lint_api::repo::settings::Setting<'_>, nth| it.name(nth) == Some("/");
    settings
        .surely_on(repo, host, &["fileSystems", "*", "fsType"])
        .any(|it| is_root(&it, 1) && matches!(&it.definition.value, Value::Str(kind) if &**kind == "tmpfs"))
        || settings
            .below(repo, &["disko", "devices", "nodev", "/"])
            .any(|it| it.on(host) == Some(true))
        || settings.below(repo, &["boot", "initrd"]).any(|it| {
            it.on(host) == Some(true)
                && matches!(it.name(it.path().len() - 1), Some("script" | "postDeviceCommands" | "postMountCommands" | "postResumeCommands"))
                && ["btrfs subvolume delete", "zfs rollback"]
                    .iter()
                    .any(|words| it.file.text.slice(it.definition.value_at).contains(words))
        })
}

/// Whether a file of the host, or one that such a file names, has one of these words.
fn says(repo: &Repo, host: &Host, words: &[&str]) -> bool {
    let own = host.surely.iter().chain(&host.perhaps).copied();
    let files = repo.imports.reachable(own);
    files.iter().chain([&host.at.file]).any(|file| {
        let text = repo.file(*file).text.contents();
        words.iter().any(|word| text.contains(word))
    })
}
