//! A host that nobody can administer.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::{Segment, Value};
use lint_api::repo::hosts::Host;
use lint_api::repo::settings::{Effective, Setting, could_set};

/// The lint.
pub static LINT: Lint = Lint {
    name: "login-lockout",
    group: Group::Hosts,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`mutableUsers = false` and no user can log in",
    page: include_str!("login_lockout.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const USERS: [&str; 2] = ["users", "users"];
const MUTABLE: [&str; 2] = ["users", "mutableUsers"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for host in &repo.hosts.all {
        if host.class != Class::Nixos || !host.complete || repo.is_sandboxed_host(host) {
            continue;
        }
        let Some(name) = host.name.known() else { continue };
        let path = ["users", "users", "root"];
        if host.foreign.iter().any(|(it, _)| could_set(it, &path)) {
            continue;
        }
        let effective = repo.settings().effective(repo, host, &MUTABLE);
        if effective != Effective::Is(&Value::Bool(false)) || can_log_in(repo, host) {
            continue;
        }
        let Some(at) = repo.settings().surely_on(repo, host, &MUTABLE).find(|it| it.definition.value == Value::Bool(false)) else {
            continue;
        };
        let message = format!("`users.mutableUsers = false`, and no administrator of `{name}` has a password or an ssh key");
        cx.report(at.value_at(), message)
            .note("after the switch nobody can log in as root or with `sudo`")
            .help("give a user of the group `wheel` a `hashedPasswordFile` or a key in `openssh.authorizedKeys.keys`");
    }
}

/// Whether someone may be able to become root, as far as anybody can tell.
fn can_log_in(repo: &Repo, host: &Host) -> bool {
    let others = [
        "allowNoPasswordLogin", "googleOsLogin", "autologinUser", "ldap", "sssd", "kanidm", "krb5", "autoLogin",
        "trustedUserCAKeys", "TrustedUserCAKeys", "authorizedKeysCommand", "authorizedKeysFiles", "userborn",
        "sudo-rs", "doas",
    ];
    if others.iter().any(|name| repo.host_mentions(host, name)) {
        return true;
    }
    let here = |it: &Setting<'_>| it.on(host).is_some();
    repo.settings().below(repo, &USERS).filter(here).any(|it| {
        let path = it.path();
        match path.as_slice() {
            // `users.users = f x;`, `users.users.bob = x;`
            [_, _] | [_, _, Segment::Name(_)] => it.definition.value != Value::Set,
            [_, _, Segment::Name(_), Segment::Name(what), rest @ ..] => gives_access(&it, what, rest),
            _ => true,
        }
    })
}

/// Whether one definition of a user lets it in. Any user counts: who is in `wheel` is not asked.
fn gives_access(it: &Setting<'_>, what: &str, rest: &[Segment<'_>]) -> bool {
    match what {
        "hashedPassword" => match &it.definition.value {
            Value::Str(hash) => !hash.is_empty() && !hash.starts_with(['!', '*']),
            Value::Null => false,
            _ => true,
        },
        "password" | "initialPassword" | "initialHashedPassword" | "hashedPasswordFile" | "passwordFile" => {
            it.definition.value != Value::Null
        }
        "openssh" => match rest {
            [.., Segment::Name("keys" | "keyFiles")] => it.definition.value != Value::List(0),
            _ => it.definition.value != Value::Set,
        },
        _ => false,
    }
}
