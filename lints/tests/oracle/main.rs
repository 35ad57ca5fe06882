//! Nix itself judges the fixes: of pages, of random expressions, and of real files.
//!
//! Needs `nix-instantiate`. Where it is missing the tests say so and pass, unless `NIVIS_REQUIRE_TOOLS=1`.
//! `NIVIS_CASES=100` runs more rounds of random expressions, `NIVIS_TREES=/a:/b` fixes all files of these folders.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the judge is an outside tool, and we say when it is not there"
)]

mod expressions;
mod gaps;
mod glued;
mod judge;
mod modules;
mod pages;
mod trees;
mod typed;

use lint_api::{FixKind, Group, Lint};

fn all() -> Vec<&'static Lint> {
    lints::ALL.iter().chain(engine::own::ALL).copied().collect()
}

/// The lints of the language whose fixes keep the value of an expression.
fn fixing() -> impl Iterator<Item = &'static Lint> {
    // Nix refuses what the first two speak of; the third says that another value was meant.
    const OTHER: &[&str] = &["syntax-error", "undefined-name", "list-application"];
    lints::ALL.iter().copied().filter(|lint| {
        matches!(lint.group, Group::Syntax | Group::Dead | Group::Tidy)
            && lint.fix != FixKind::Never
            && !OTHER.contains(&lint.name)
    })
}

/// Settings with which the fixes do the most.
fn settings() -> (String, String) {
    let text = "[lints.redundant-parens]\noperands = true\nmulti-line = true\n";
    ("nivis.toml".to_owned(), text.to_owned())
}
