//! The engine's own lints, group `nivis`: what it notices itself.

use lint_api::{Check, FixKind, Group, Level, Lint, Options};

/// All of them.
pub static ALL: &[&Lint] = &[&INTERNAL_ERROR];

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
