//! Import edges: which file names which other, and how.

use serde::{Deserialize, Serialize};

use crate::Repo;
use crate::definitions::Sites;
use crate::file::{File, Tree};

/// What one file says of others.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImportFacts {}

/// Who imports whom, over the whole repository.
#[derive(Debug, Clone, Default)]
pub struct ImportGraph {}

impl ImportGraph {
    /// Joins the edges of all files.
    #[must_use]
    pub fn link(_repo: &Repo) -> ImportGraph {
        ImportGraph {}
    }
}

/// The import facts of one file.
#[must_use]
pub fn extract(_file: &File, _tree: &Tree, _sites: &Sites) -> ImportFacts {
    ImportFacts::default()
}
