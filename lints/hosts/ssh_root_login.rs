//! Root may log in over ssh with a password.

use lint_api::prelude::*;
use lint_api::repo::definitions::Value;
use lint_api::repo::settings::{Effective, Setting, in_file};

/// The lint.
pub static LINT: Lint = Lint {
    name: "ssh-root-login",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "root login with a password",
    page: include_str!("ssh_root_login.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const NEW: [&str; 4] = ["services", "openssh", "settings", "PermitRootLogin"];
const OLD: [&str; 3] = ["services", "openssh", "permitRootLogin"];
const TEXT: [&str; 3] = ["services", "openssh", "extraConfig"];
const PASSWORD: [&str; 4] = ["services", "openssh", "settings", "PasswordAuthentication"];
const OLD_PASSWORD: [&str; 3] = ["services", "openssh", "passwordAuthentication"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for path in [&NEW[..], &OLD] {
        for it in repo.system_settings(path) {
            if matches!(&it.definition.value, Value::Str(text) if &**text == "yes")
                && !repo.settings().is_overridden(repo, &it, path)
            {
                say(cx, &it, it.value_at());
            }
        }
    }
    for it in repo.system_settings(&TEXT) {
        for (value, at) in it.lines_of("PermitRootLogin") {
            if value == "yes" {
                say(cx, &it, it.span(at));
            }
        }
    }
}

fn say(cx: &mut RepoCx<'_>, it: &Setting<'_>, at: Span) {
    let (message, steps) = match passwords(cx.repo, it) {
        Some(false) => ("root may log in over ssh, though only with a key", -1),
        Some(true) => ("root may log in over ssh with a password", 1),
        None => ("root may log in over ssh with a password", 0),
    };
    let steps = steps - i8::from(it.has_reason());
    cx.report(at, message)
        .raise(steps)
        .help("`\"prohibit-password\"` lets root in with a key; `\"no\"` not at all");
}

/// Whether ssh takes passwords on the hosts that have the file, as far as that is known.
fn passwords(repo: &Repo, it: &Setting<'_>) -> Option<bool> {
    // The names before 22.11, beside each other.
    let old = in_file(it.file, &OLD_PASSWORD);
    if let [only] = old.as_slice()
        && !only.is_conditional()
        && only.definition.value == Value::Bool(false)
    {
        return Some(false);
    }
    let hosts: Vec<_> = repo.hosts.perhaps_of(it.file.id).collect();
    if hosts.is_empty() {
        let own = in_file(it.file, &PASSWORD);
        return match own.first().map(|it| &it.definition.value) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        };
    }
    let answers: Vec<_> = hosts
        .iter()
        .map(|(_, host)| match repo.settings().effective(repo, host, &PASSWORD) {
            Effective::Is(Value::Bool(value)) => Some(*value),
            // The default of NixOS.
            Effective::Unset => Some(true),
            _ => None,
        })
        .collect();
    if answers.contains(&Some(true)) {
        return Some(true);
    }
    answers.iter().all(|it| *it == Some(false)).then_some(false)
}
