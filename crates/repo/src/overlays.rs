//! Overlays, and the settings of nixpkgs that decide whether they have effect.

use serde::{Deserialize, Serialize};

use crate::definitions::Sites;
use crate::file::{File, Tree};

/// What one file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OverlayFacts {}

/// The facts of one file.
#[must_use]
pub fn extract(_file: &File, _tree: &Tree, _sites: &Sites) -> OverlayFacts {
    OverlayFacts::default()
}
