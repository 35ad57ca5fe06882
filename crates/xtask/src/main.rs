//! Chores of this repository: scaffold a lint, write `docs/lints.md`.

fn main() {}
