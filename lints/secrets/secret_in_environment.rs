//! A secret in an environment that the store holds.

use lint_api::prelude::*;
use lint_api::repo::secrets::Kind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "secret-in-environment",
    group: Group::Secrets,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a secret in environment variables, systemd `Environment=`, containers",
    page: include_str!("secret_in_environment.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    if cx.sound_tree().is_none() {
        return;
    }
    let facts = &cx.file.facts;
    let tests = cx.options::<JudgeTests>().tests;
    for (secret, steps) in facts.secrets.of(Kind::Environment, tests) {
        let message = format!(
            "`{}` is set to a literal, and this environment is written to the world-readable store",
            secret.subject
        );
        cx.report(secret.at, message)
            .help(secret.advice("use an environment file that is readable at run time only"))
            .raise(steps);
    }
}
