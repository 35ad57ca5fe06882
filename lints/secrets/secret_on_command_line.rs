//! A secret on a command line or in an address.

use lint_api::prelude::*;
use lint_api::repo::secrets::Kind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "secret-on-command-line",
    group: Group::Secrets,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`--token=…`, `user:password@host`",
    page: include_str!("secret_on_command_line.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if cx.sound_tree().is_none() {
        return;
    }
    let facts = &cx.file.facts;
    let tests = cx.options::<JudgeTests>().tests;
    for (secret, steps) in facts.secrets.of(Kind::CommandLine, tests) {
        let what = &secret.subject;
        let message = if what.ends_with("://") {
            format!("this `{what}` address holds a password, and the store is world-readable")
        } else {
            format!("`{what}` is given a literal, and this command line stands in the world-readable store")
        };
        cx.report(secret.at, message)
            .help(secret.advice("read it from a file at run time"))
            .raise(steps);
    }
}
