//! Why something is not known, in words. No source text, only places and names.

use repo::{Repo, Span, Why};

use crate::sanitise;

/// A place as `path:line`.
#[must_use]
pub fn place(repo: &Repo, at: Span) -> String {
    let file = repo.file(at.file);
    let path = sanitise::bytes(file.path.bytes());
    let line = file.text.line_of(at.range.start()) + 1;
    format!("{path}:{line}")
}

/// A reason: the place, if there is one, and the words.
#[must_use]
pub fn reason(repo: &Repo, why: &Why) -> String {
    let words = sanitise::text(&why.words());
    match why.at() {
        Some(at) => format!("{}: {words}", place(repo, at)),
        None => words,
    }
}
