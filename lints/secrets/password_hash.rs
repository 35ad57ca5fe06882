//! A password hash that is copied to the store.

use lint_api::prelude::*;
use lint_api::repo::secrets::{Kind, SecretFacts};

/// The lint.
pub static LINT: Lint = Lint {
    name: "password-hash",
    group: Group::Secrets,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a password hash in the store",
    page: include_str!("password_hash.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if cx.sound_tree().is_none() {
        return;
    }
    let facts = &cx.file.facts;
    let tests = cx.options::<JudgeTests>().tests;
    for (secret, steps) in facts.secrets.of(Kind::Hash, tests) {
        let place = SecretFacts::place(&facts.definitions, secret);
        let what = &secret.subject;
        let message = if secret.broken {
            format!("{place} holds {what}: whoever reads the store can crack it")
        } else {
            format!("{place} holds {what}: whoever reads the store can attack it offline")
        };
        cx.report(secret.at, message)
            .help(secret.advice("read the hash from a file outside of the store"))
            .raise(steps);
    }
}
