//! Users that are both a person and a service, or neither.

use std::collections::BTreeMap;

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::{Segment, Value};
use lint_api::repo::hosts::Host;
use lint_api::repo::settings::{Effective, Setting, could_set};

/// The lint.
pub static LINT: Lint = Lint {
    name: "user-kind",
    group: Group::Hosts,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a user that is neither or both of normal and system user",
    page: include_str!("user_kind.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const USER: [&str; 3] = ["users", "users", "*"];
const NORMAL: &str = "isNormalUser";
const SYSTEM: &str = "isSystemUser";

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut said: BTreeMap<(FileId, u32), ()> = BTreeMap::new();
    let mut say = |cx: &mut RepoCx<'_>, it: &Setting<'_>, message: String, help: &str| {
        let key = (it.file.id, u32::from(it.definition.at.start()));
        if said.insert(key, ()).is_none() {
            cx.report(it.span(it.definition.at), message).help(help);
        }
    };
    // Both in one file: no host is needed.
    for it in repo.system_settings(&["users", "users", "*", SYSTEM]) {
        let Some(name) = it.name(2) else { continue };
        let both = repo.system_settings(&["users", "users", "*", NORMAL]).any(|other| {
            other.name(2) == Some(name)
                && other.file.id == it.file.id
                && is_plain_true(&other)
                && other.within == it.within
                && other.inline == it.inline
        });
        if both && is_plain_true(&it) {
            say(cx, &it, both_message(name), "keep `isNormalUser` for a person, `isSystemUser` for a service");
        }
    }
    for host in repo.hosts.all.iter().filter(|host| host.class == Class::Nixos && !host.ephemeral) {
        for (name, settings) in users(repo, host) {
            let Some(set) = settings.iter().find(|it| it.on(host) == Some(true)) else {
                continue;
            };
            let flag = |flag| repo.settings().effective(repo, host, &["users", "users", name, flag]);
            let (normal, system) = (flag(NORMAL), flag(SYSTEM));
            let yes = Effective::Is(&Value::Bool(true));
            if normal == yes && system == yes {
                let at = find(&settings, SYSTEM).unwrap_or(set);
                say(cx, at, both_message(name), "keep `isNormalUser` for a person, `isSystemUser` for a service");
                continue;
            }
            let path = ["users", "users", name];
            let knows_all = host.complete && !host.foreign.iter().any(|(it, _)| could_set(it, &path));
            if !knows_all || is_of_nixpkgs(name) {
                continue;
            }
            if normal == Effective::Unset
                && system == Effective::Unset
                && !mentions(repo, host, name)
                && let Some(sign) = settings.iter().find(|it| it.on(host) == Some(true) && is_account(it))
            {
                let message = format!("user `{name}` is neither `isNormalUser` nor `isSystemUser`");
                say(cx, sign, message, "NixOS refuses to build: set one of the two");
            }
            let group = repo.settings().effective(repo, host, &["users", "users", name, "group"]);
            if system == yes && group == Effective::Unset && !mentions(repo, host, name) {
                let at = find(&settings, SYSTEM).unwrap_or(set);
                let message = format!("system user `{name}` has no `group`");
                say(cx, at, message, "NixOS refuses to build: give it a group of its own");
            }
        }
    }
}

fn both_message(name: &str) -> String {
    format!("user `{name}` is both `isNormalUser` and `isSystemUser`")
}

fn is_plain_true(it: &Setting<'_>) -> bool {
    it.definition.value == Value::Bool(true) && it.definition.priority.is_none() && !it.is_conditional()
}

fn find<'a, 's>(settings: &'s [Setting<'a>], flag: &str) -> Option<&'s Setting<'a>> {
    settings.iter().find(|it| it.name(3) == Some(flag))
}

/// Whether something about the user is computed: a name at its place, or a set that is not written out.
fn mentions(repo: &Repo, host: &Host, name: &str) -> bool {
    repo.settings().below(repo, &USER[..2]).any(|it| {
        it.on(host).is_some()
            && match it.path().get(2) {
                None => it.definition.value != Value::Set,
                Some(Segment::Name(own)) => {
                    *own == name && it.path().len() == 3 && it.definition.value != Value::Set
                }
                Some(_) => true,
            }
    })
}

/// The definitions of every user with a known name on a host.
fn users<'a>(repo: &'a Repo, host: &Host) -> BTreeMap<&'a str, Vec<Setting<'a>>> {
    let mut users: BTreeMap<&str, Vec<Setting<'_>>> = BTreeMap::new();
    for it in repo.settings().below(repo, &USER) {
        if it.on(host).is_some()
            && let Some(name) = it.name(2)
        {
            users.entry(name).or_default().push(it);
        }
    }
    users
}

/// Whether a definition makes an account of a name, where others only add to one that a module made.
fn is_account(it: &Setting<'_>) -> bool {
    match it.name(3) {
        Some(name) if name.ends_with("assword") || name.contains("asswordFile") => true,
        Some("shell") => !matches!(it.definition.value, Value::Null),
        Some("home") => matches!(&it.definition.value, Value::Str(home) if home.starts_with("/home/")),
        Some("extraGroups") => it.strings().0.iter().any(|(group, _)| group == "wheel"),
        _ => false,
    }
}

/// Whether modules of nixpkgs make a user of this name.
fn is_of_nixpkgs(name: &str) -> bool {
    matches!(
        name,
        "root" | "nobody" | "nginx" | "caddy" | "postgres" | "mysql" | "redis" | "git" | "gitea" | "forgejo"
            | "gitlab" | "hydra" | "hydra-www" | "jenkins" | "matrix-synapse" | "nextcloud" | "grafana"
            | "prometheus" | "loki" | "acme" | "sshd" | "messagebus" | "polkituser" | "systemd-network"
            | "systemd-resolve" | "systemd-timesync" | "systemd-coredump" | "systemd-oom" | "avahi" | "cups"
            | "dnsmasq" | "unbound" | "named" | "mosquitto" | "hass" | "jellyfin" | "plex" | "sonarr" | "radarr"
            | "transmission" | "deluge" | "syncthing" | "minecraft" | "murmur" | "mpd" | "pulse" | "rtkit"
            | "greeter" | "gdm" | "sddm" | "lightdm" | "libvirt" | "qemu-libvirtd" | "tor" | "vaultwarden"
            | "buildkite-agent" | "github-runner" | "builder" | "dovecot2" | "postfix" | "opendkim" | "rspamd"
            | "influxdb2" | "elasticsearch" | "couchdb" | "mongodb" | "rabbitmq" | "wwwrun" | "phpfpm" | "nscd"
            | "tss" | "usbmux" | "ntp" | "chrony" | "kodi" | "immich" | "paperless" | "photoprism" | "navidrome"
    ) || name.starts_with("nixbld")
        || name.starts_with("systemd-")
}
