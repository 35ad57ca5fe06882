//! Allow comments: `# nivis: allow(firewall-disabled) the router filters`. Structure, not lines, decides what they cover.

use serde::{Deserialize, Serialize};
use syntax::TextRange;

use crate::file::{File, Tree};

/// A comment that silences findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allow {
    /// The whole comment.
    pub at: TextRange,
    /// The names as written, each with its place.
    pub names: Vec<(Box<str>, TextRange)>,
    /// Why, if the author says so.
    pub reason: Option<Box<str>>,
    /// What it covers; empty when it stands where it can cover nothing.
    pub covers: TextRange,
}

/// A comment that begins with `nivis:` and does not parse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadAllow {
    /// The whole comment.
    pub at: TextRange,
    /// What is wrong with it.
    pub message: Box<str>,
}

/// The allow comments of a Nix file.
#[must_use]
pub fn extract(_file: &File, _tree: &Tree) -> (Vec<Allow>, Vec<BadAllow>) {
    (Vec::new(), Vec::new())
}

/// The allow comments of a script or workflow.
#[must_use]
pub fn extract_text(_file: &File) -> (Vec<Allow>, Vec<BadAllow>) {
    (Vec::new(), Vec::new())
}
