//! Builds the green tree, without looking for equal subtrees: a file's tree lives as long as its task, and looking
//! costs more than it saves (and, in a growing table of deep trees, time without bound).

use rnix::{NixLanguage, SyntaxKind};
use rowan::{GreenNode, GreenToken, Language, NodeOrToken};

/// A place among the children of the open node, where a node may be begun later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checkpoint(usize);

#[derive(Default)]
pub(crate) struct Builder {
    children: Vec<NodeOrToken<GreenNode, GreenToken>>,
    parents: Vec<(SyntaxKind, usize)>,
    /// The last token of each kind; of white space, of each length. So every `;` and every way to indent is one
    /// allocation, nearly.
    shared: Vec<Option<GreenToken>>,
}

/// White space up to this length is shared.
const SHARED_LEN: usize = 48;

impl Builder {
    pub fn token(&mut self, kind: SyntaxKind, text: &str) {
        let new = || GreenToken::new(NixLanguage::kind_to_raw(kind), text);
        let token = match kind {
            SyntaxKind::TOKEN_IDENT
            | SyntaxKind::TOKEN_STRING_CONTENT
            | SyntaxKind::TOKEN_COMMENT
            | SyntaxKind::TOKEN_ERROR => new(),
            _ if text.len() > SHARED_LEN => new(),
            _ => {
                let slot = match kind {
                    SyntaxKind::TOKEN_WHITESPACE => text.len(),
                    _ => SHARED_LEN + 1 + kind as usize,
                };
                if self.shared.len() <= slot {
                    self.shared.resize(slot + 1, None);
                }
                match &self.shared[slot] {
                    Some(last) if last.text() == text => last.clone(),
                    _ => self.shared[slot].insert(new()).clone(),
                }
            }
        };
        self.children.push(token.into());
    }

    pub fn start(&mut self, kind: SyntaxKind) {
        self.parents.push((kind, self.children.len()));
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.children.len())
    }

    /// Makes everything since the checkpoint one node.
    pub fn wrap(&mut self, from: Checkpoint, kind: SyntaxKind) {
        let node = GreenNode::new(
            NixLanguage::kind_to_raw(kind),
            self.children.drain(from.0.min(self.children.len())..),
        );
        self.children.push(node.into());
    }

    pub fn finish(&mut self) {
        if let Some((kind, first)) = self.parents.pop() {
            self.wrap(Checkpoint(first), kind);
        }
    }

    /// The one tree that was built.
    pub fn tree(mut self) -> Option<GreenNode> {
        self.children.pop()?.into_node()
    }
}
