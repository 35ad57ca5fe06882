//! ssh told to take passwords.

use lint_api::prelude::*;
use lint_api::repo::definitions::Value;

/// The lint.
pub static LINT: Lint = Lint {
    name: "ssh-password-login",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "password login over ssh switched on",
    page: include_str!("ssh_password_login.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const NEW: [&str; 4] = ["services", "openssh", "settings", "PasswordAuthentication"];
const OLD: [&str; 3] = ["services", "openssh", "passwordAuthentication"];
const TEXT: [&str; 3] = ["services", "openssh", "extraConfig"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut found = Vec::new();
    for path in [&NEW[..], &OLD] {
        for it in repo.system_settings(path) {
            if it.definition.value == Value::Bool(true)
                && !repo.settings().is_overridden(repo, &it, path)
            {
                found.push((it, it.value_at()));
            }
        }
    }
    for it in repo.system_settings(&TEXT) {
        for (value, at) in it.lines_of("PasswordAuthentication") {
            if value == "yes" {
                found.push((it, it.span(at)));
            }
        }
    }
    for (it, at) in found {
        cx.report(at, "ssh accepts passwords")
            .soften(i8::from(it.has_reason()))
            .help("give the users keys: `users.users.<name>.openssh.authorizedKeys.keys`");
    }
}
