//! Name resolution of one file: what every name refers to.

use rnix::SyntaxNode;

/// All names and references of one file. Plain data.
#[derive(Debug, Clone, Default)]
pub struct Scopes {}

impl Scopes {
    /// Resolves every name below `root`, in one pass.
    #[must_use]
    pub fn of(_root: &SyntaxNode) -> Scopes {
        Scopes {}
    }
}
