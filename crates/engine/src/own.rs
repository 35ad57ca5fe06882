//! The engine's own lints, group `nivis`: what it notices itself.

use lint_api::Lint;

/// All of them.
pub static ALL: &[&Lint] = &[];
