//! Definitions of stateVersion, resolved to a literal where the file tells it.

use serde::{Deserialize, Serialize};

use crate::definitions::Sites;
use crate::file::{File, Tree};

/// What one file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StateFacts {}

/// The facts of one file.
#[must_use]
pub fn extract(_file: &File, _tree: &Tree, _sites: &Sites) -> StateFacts {
    StateFacts::default()
}
