//! Chores of this repository: `cargo xtask new-lint GROUP NAME` scaffolds a lint, `cargo xtask docs` writes `docs/lints.md`,
//! `cargo xtask book` lays all pages out for mdBook, `cargo xtask bench` measures, `cargo xtask instructions` guards against a
//! slow-down.

mod bench;
mod book;
mod index;
mod instructions;
mod new_lint;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask new-lint GROUP NAME | docs | book | bench [FLAG…] [TREE…] | instructions [--write]";

fn main() -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer's tool, not a room of the program"
    )]
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["new-lint", group, name] => new_lint::run(&root(), group, name),
        ["docs"] => index::write(&root()),
        ["book"] => book::write(&root()),
        ["bench", rest @ ..] => bench::run(&root(), rest),
        ["instructions", rest @ ..] => instructions::run(&root(), rest),
        ["measure", rest @ ..] => bench::measure(rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(message) => {
            say(&message);
            ExitCode::SUCCESS
        }
        Err(message) => {
            say(&message);
            ExitCode::from(2)
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a developer's tool talks to a terminal"
)]
fn say(message: &str) {
    eprintln!("{message}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
