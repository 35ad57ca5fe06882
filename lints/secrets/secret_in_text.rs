//! A secret in a text that becomes a file of the store.

use lint_api::prelude::*;
use lint_api::repo::secrets::Kind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "secret-in-text",
    group: Group::Secrets,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`password = …`, netrc, WireGuard keys inside text that becomes a file",
    page: include_str!("secret_in_text.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if cx.sound_tree().is_none() {
        return;
    }
    let facts = &cx.file.facts;
    let tests = cx.options::<JudgeTests>().tests;
    for (secret, steps) in facts.secrets.of(Kind::Text, tests) {
        let message = format!(
            "`{}` has a literal value in a text that becomes a world-readable file",
            secret.subject
        );
        cx.report(secret.at, message)
            .help(secret.advice("render the file at run time, from a template without the secret"))
            .raise(steps);
    }
}
