//! A secret-named attribute with a literal that looks like a secret.

use lint_api::prelude::*;
use lint_api::repo::secrets::{Kind, SecretFacts};

/// The lint.
pub static LINT: Lint = Lint {
    name: "suspicious-literal",
    group: Group::Secrets,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a secret-named attribute with a strong-looking literal",
    page: include_str!("suspicious_literal.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if cx.sound_tree().is_none() {
        return;
    }
    let facts = &cx.file.facts;
    let tests = cx.options::<JudgeTests>().tests;
    for (secret, steps) in facts.secrets.of(Kind::Name, tests) {
        let option = SecretFacts::place(&facts.definitions, secret);
        let message = format!("{option} is named like a secret, and this literal looks like one");
        cx.report(secret.at, message)
            .help(secret.advice("if it is one, read it from a file at run time"))
            .raise(steps);
    }
}
