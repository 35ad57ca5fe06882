//! Literals that are secrets: each is judged once, in the one walk, and written down as a fact that never holds its text.

use serde::{Deserialize, Serialize};
use syntax::TextRange;

use crate::definitions::Sites;
use crate::file::{File, Tree};

/// The secrets of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SecretFacts {
    /// Every literal part that a lint of the group matched, before roles, levels and allows: no report may show them.
    pub masks: Vec<TextRange>,
}

/// The facts of one file.
#[must_use]
pub fn extract(_file: &File, _tree: &Tree, _sites: &Sites) -> SecretFacts {
    SecretFacts::default()
}
