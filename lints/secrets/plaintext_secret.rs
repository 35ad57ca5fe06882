//! A literal on an option that takes a secret.

use lint_api::prelude::*;
use lint_api::repo::secrets::{Kind, SecretFacts};

/// The lint.
pub static LINT: Lint = Lint {
    name: "plaintext-secret",
    group: Group::Secrets,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a literal bound to an option that takes a secret",
    page: include_str!("plaintext_secret.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if cx.sound_tree().is_none() {
        return;
    }
    let facts = &cx.file.facts;
    let tests = cx.options::<JudgeTests>().tests;
    for (secret, steps) in facts.secrets.of(Kind::Option, tests) {
        let option = SecretFacts::place(&facts.definitions, secret);
        let message = if secret.weak {
            format!("{option} is set to a well-known password")
        } else {
            format!("{option} takes a secret, and this literal is copied to the world-readable store")
        };
        cx.report(secret.at, message)
            .help(secret.advice("give the path of a file that is readable at run time only"))
            .raise(steps);
    }
}
