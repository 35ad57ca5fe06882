//! Modules, by structural position: what the module system evaluates, what it needs names from, what declares and reads options.

use serde::{Deserialize, Serialize};

use crate::definitions::Sites;
use crate::file::{File, Tree};

/// What one file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ModuleFacts {}

/// The facts of one file.
#[must_use]
pub fn extract(_file: &File, _tree: &Tree, _sites: &Sites) -> ModuleFacts {
    ModuleFacts::default()
}
