//! Every local user trusted by the Nix daemon.

use lint_api::prelude::*;
use lint_api::repo::hosts::ephemeral_path;
use lint_api::repo::settings::in_file;

/// The lint.
pub static LINT: Lint = Lint {
    name: "trusted-everyone",
    group: Group::Hosts,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`trusted-users = [ \"*\" ]`",
    page: include_str!("trusted_everyone.md"),
    options: Options::NONE,
    check: Check::File(check),
};

const LISTS: [&[&str]; 4] = [
    &["nix", "settings", "trusted-users"],
    &["nix", "settings", "extra-trusted-users"],
    &["nix", "trustedUsers"],
    &["nixConfig", "trusted-users"],
];

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    // Most files never speak of it.
    if !file.speaks_of(Topic::TrustedUsers) || ephemeral_path(&file.path) {
        return;
    }
    for path in LISTS {
        for it in in_file(file, path) {
            for (user, at) in it.strings().0 {
                if user.split_whitespace().any(|user| user == "*") {
                    say(cx, path[path.len() - 1], at);
                }
            }
        }
    }
    for it in in_file(file, &["nix", "extraOptions"]) {
        for key in ["trusted-users", "extra-trusted-users"] {
            for (users, at) in it.lines_of(key) {
                if users.split_whitespace().any(|user| user == "*") {
                    say(cx, key, at);
                }
            }
        }
    }
}

fn say(cx: &mut FileCx<'_>, option: &str, at: TextRange) {
    cx.report(at, format!("`{option}` with `*` gives every local user root through the daemon"))
        .note("a trusted user may add any store path and run builds without the sandbox, as root would")
        .help("name the users, or `@wheel`; using Nix needs no trust");
}
