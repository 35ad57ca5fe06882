//! Looks for inputs that make nivis panic, hang, or break a promise. For developers and tests only.
//!
//! Goal: without a nightly compiler, an input that goes wrong is found, made small, and kept as a file of
//! `testdata/fuzz/<target>/`, which a plain test runs for ever. Inputs are changed at random: bytes, tokens, whole nodes of
//! the tree, files of a repository. What is kept to go on from is what made nivis say something that it never said
//! before, for coverage of the machine code is not to be had here. Limit: so a branch that says nothing is found by chance
//! alone.
//!
//! ```text
//! cargo run --profile fuzz -p nivis-fuzz -- run [TARGET…] [--seconds N] [--seed S] [--into DIR]
//! cargo run --profile fuzz -p nivis-fuzz -- one TARGET FILE…
//! ```

pub mod bundle;
pub mod corpus;
pub mod mutate;
pub mod shrink;
pub mod target;

pub use bundle::{Bundle, Part};
pub use target::{Failure, Outcome, Target};
pub use testkit::dice::Dice;
