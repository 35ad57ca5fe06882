//! The engine's own lints, group `nivis`: what it notices itself.

use lint_api::{Check, FixKind, Group, Level, Lint, Options};

/// All of them.
pub static ALL: &[&Lint] = &[
    &FILE_SKIPPED,
    &INTERNAL_ERROR,
    &UNUSED_ALLOW,
    &UNKNOWN_ALLOW,
    &ALLOW_WITHOUT_REASON,
];

/// The lint of text that does not parse: the engine makes sure that it alone speaks of fixes there.
pub const SYNTAX_ERROR: &str = "syntax-error";

/// Whether no allow comment silences a lint.
#[must_use]
pub fn is_fixed(lint: &Lint) -> bool {
    lint.name == SYNTAX_ERROR || [&FILE_SKIPPED, &INTERNAL_ERROR, &UNUSED_ALLOW].contains(&lint)
}

/// A file over a limit.
pub static FILE_SKIPPED: Lint = Lint {
    name: "file-skipped",
    group: Group::Nivis,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a file that is over a limit and was not read",
    page: include_str!("own/file_skipped.md"),
    options: Options::NONE,
    check: Check::Engine,
};

/// A lint of ours panicked.
pub static INTERNAL_ERROR: Lint = Lint {
    name: "internal-error",
    group: Group::Nivis,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a fault of nivis itself",
    page: include_str!("own/internal_error.md"),
    options: Options::NONE,
    check: Check::Engine,
};

/// An allow comment that silences nothing.
pub static UNUSED_ALLOW: Lint = Lint {
    name: "unused-allow",
    group: Group::Nivis,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "an allow comment that silences nothing",
    page: include_str!("own/unused_allow.md"),
    options: Options::NONE,
    check: Check::Engine,
};

/// An allow comment that cannot be read.
pub static UNKNOWN_ALLOW: Lint = Lint {
    name: "unknown-allow",
    group: Group::Nivis,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "an allow comment that names no lint, or cannot be read",
    page: include_str!("own/unknown_allow.md"),
    options: Options::NONE,
    check: Check::Engine,
};

/// An allow comment without a reason.
pub static ALLOW_WITHOUT_REASON: Lint = Lint {
    name: "allow-without-reason",
    group: Group::Nivis,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "an allow comment that does not say why",
    page: include_str!("own/allow_without_reason.md"),
    options: Options::NONE,
    check: Check::Engine,
};
