//! One mount point, said by disko and by `fileSystems`, differently.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::{Segment, Value};
use lint_api::repo::hosts::Host;
use lint_api::repo::settings::Setting;

/// The lint.
pub static LINT: Lint = Lint {
    name: "disko-and-filesystems",
    group: Group::Hosts,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "disko and fileSystems define one mount point differently",
    page: include_str!("disko_and_filesystems.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut said: Vec<Span> = Vec::new();
    for host in repo.hosts.all.iter().filter(|host| host.class == Class::Nixos && !host.ephemeral) {
        let mut enabled = repo.settings().matching(repo, &["disko", "enableConfig"]);
        if enabled.any(|it| it.on(host).is_some() && it.definition.value != Value::Bool(true)) {
            continue;
        }
        let disko: Vec<Setting<'_>> = repo
            .settings()
            .below(repo, &["disko", "devices"])
            .filter(|it| it.on(host) == Some(true))
            .collect();
        for mount in disko.iter().filter(|it| last(it) == Some("mountpoint")) {
            let Value::Str(point) = &mount.definition.value else { continue };
            for (other, what) in clashes(repo, host, &disko, mount, point) {
                if said.contains(&other.value_at()) {
                    continue;
                }
                said.push(other.value_at());
                cx.report(other.value_at(), format!("disko and `fileSystems.\"{point}\"` name different {what}"))
                    .soften(if other.priority() < 100 { 2 } else { 0 })
                    .label_at(mount.value_at(), "disko mounts it here")
                    .help("remove the entry of `fileSystems`: disko writes it");
            }
        }
    }
}

fn last<'a>(it: &Setting<'a>) -> Option<&'a str> {
    it.name(it.path().len().checked_sub(1)?)
}

/// The definitions of `fileSystems` that say something else of a mount point of disko.
fn clashes<'a>(
    repo: &'a Repo,
    host: &Host,
    disko: &[Setting<'a>],
    mount: &Setting<'a>,
    point: &str,
) -> Vec<(Setting<'a>, &'static str)> {
    let above = &mount.path()[..mount.path().len() - 1];
    let format = disko.iter().find_map(|it| {
        let path = it.path();
        let beside = path.len() == above.len() + 1 && path.starts_with(above) && last(it) == Some("format");
        match &it.definition.value {
            Value::Str(format) if beside => Some(format),
            _ => None,
        }
    });
    let mut found = Vec::new();
    for it in repo.settings().below(repo, &["fileSystems"]) {
        if it.on(host) != Some(true) || it.path().len() != 3 || it.path()[1] != Segment::Name(point) {
            continue;
        }
        let Value::Str(value) = &it.definition.value else { continue };
        match it.name(2) {
            Some("device") if is_foreign_name(value) && !disko.iter().any(|it| it.definition.value == Value::Str(value.clone())) => {
                found.push((it, "devices"));
            }
            Some("fsType") if format.is_some_and(|format| format != value && **value != *"auto") => {
                found.push((it, "file systems"));
            }
            _ => {}
        }
    }
    found
}

/// Whether disko never names a device like this by itself: it uses labels of partitions and names of the mapper.
fn is_foreign_name(device: &str) -> bool {
    ["/dev/disk/by-uuid/", "/dev/disk/by-label/", "/dev/disk/by-partuuid/", "/dev/sd", "/dev/nvme", "/dev/vd", "/dev/hd"]
        .iter()
        .any(|prefix| device.starts_with(prefix))
}
