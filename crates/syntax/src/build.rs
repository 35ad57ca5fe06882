//! Builds the green tree, without looking for equal subtrees: a file's tree lives as long as its task, and looking
//! costs more than it saves (and, in a growing table of deep trees, time without bound).

use rnix::{NixLanguage, SyntaxKind};
use rowan::{GreenNode, GreenToken, Language, NodeOrToken};
use rustc_hash::FxHashMap;

/// A place among the children of the open node, where a node may be begun later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checkpoint(usize);

#[derive(Default)]
pub(crate) struct Builder<'a> {
    children: Vec<NodeOrToken<GreenNode, GreenToken>>,
    parents: Vec<(SyntaxKind, usize)>,
    /// One allocation for every `;` and every way to indent.
    shared: FxHashMap<(SyntaxKind, &'a str), GreenToken>,
}

/// Tokens up to this length are shared when they are no words.
const SHARED_LEN: usize = 24;

impl<'a> Builder<'a> {
    pub fn token(&mut self, kind: SyntaxKind, text: &'a str) {
        let new = || GreenToken::new(NixLanguage::kind_to_raw(kind), text);
        let token = match kind {
            SyntaxKind::TOKEN_IDENT
            | SyntaxKind::TOKEN_STRING_CONTENT
            | SyntaxKind::TOKEN_COMMENT
            | SyntaxKind::TOKEN_ERROR => new(),
            _ if text.len() > SHARED_LEN => new(),
            _ => self.shared.entry((kind, text)).or_insert_with(new).clone(),
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
