//! Shell text: inside Nix strings with a map back to the source, in scripts, workflows, justfiles and Markdown.

use serde::{Deserialize, Serialize};

use crate::definitions::Sites;
use crate::file::{File, Tree};

/// The shell text of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ShellFacts {}

/// The shell text of a Nix file.
#[must_use]
pub fn extract(_file: &File, _tree: &Tree, _sites: &Sites) -> ShellFacts {
    ShellFacts::default()
}

/// The shell text of a file without a Nix tree.
#[must_use]
pub fn extract_file(_file: &File) -> ShellFacts {
    ShellFacts::default()
}
