//! Reads a lint's page, runs its cases, compares. For tests only.
//!
//! A page is Markdown. Its fenced blocks with the words `flagged` or `clean` are cases; blocks that follow with
//! `file=PATH` (or `fixed`, or `base`) belong to the same case. Other blocks are prose.

pub mod dice;
pub mod fleet;
pub mod generate;
pub mod page;
pub mod run;
pub mod schema;
pub mod token;

pub use page::{Block, Case, Page};
pub use run::{check_page, fixed};
