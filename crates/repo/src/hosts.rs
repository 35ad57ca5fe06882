//! The machines and homes that a repository builds, and which files reach them.

use crate::Repo;

/// All hosts of the repository.
#[derive(Debug, Clone, Default)]
pub struct Hosts {}

impl Hosts {
    /// Finds the hosts.
    #[must_use]
    pub fn link(_repo: &Repo) -> Hosts {
        Hosts {}
    }
}
