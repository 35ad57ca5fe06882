//! A token of a provider or a private key in a string.

use lint_api::prelude::*;
use lint_api::repo::secrets::{Kind, SecretFacts};

/// The lint.
pub static LINT: Lint = Lint {
    name: "secret-token",
    group: Group::Secrets,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a provider token or private key in a string",
    page: include_str!("secret_token.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if cx.sound_tree().is_none() {
        return;
    }
    let facts = &cx.file.facts;
    let tests = cx.options::<JudgeTests>().tests;
    for (secret, steps) in facts.secrets.of(Kind::Token, tests) {
        let what = &secret.subject;
        let message = match secret.path {
            Some(_) => {
                let place = SecretFacts::place(&facts.definitions, secret);
                format!("{what} stands in {place}, and the store is world-readable")
            }
            None => format!("{what} stands in this string, and the store is world-readable"),
        };
        cx.report(secret.at, message)
            .help(
                "revoke it and read the new one from a file at run time: old generations, caches and git history \
                 keep the value",
            )
            .raise(steps);
    }
}
