//! A node of the green tree with its place: a walk over a whole file that counts no references and allocates nothing.
//!
//! Goal: what runs on every file reads the tree at the cost of reading a slice. Limit: there is no way up.

use rnix::{NixLanguage, SyntaxKind, SyntaxNode, TextRange, TextSize};
use rowan::{GreenNodeData, GreenTokenData, Language, NodeOrToken};

/// A node and where it begins.
#[derive(Clone, Copy)]
pub(crate) struct Green<'g> {
    node: &'g GreenNodeData,
    start: TextSize,
}

/// A token and where it begins.
#[derive(Clone, Copy)]
pub(crate) struct Leaf<'g> {
    token: &'g GreenTokenData,
    start: TextSize,
}

impl<'g> Green<'g> {
    /// The tree below `root`.
    pub(crate) fn new(root: &'g SyntaxNode) -> Green<'g> {
        Green {
            node: root.green(),
            start: root.text_range().start(),
        }
    }

    pub(crate) fn kind(self) -> SyntaxKind {
        NixLanguage::kind_from_raw(self.node.kind())
    }

    pub(crate) fn range(self) -> TextRange {
        TextRange::at(self.start, self.node.text_len())
    }

    /// Nodes and tokens, in order.
    pub(crate) fn children(self) -> Children<'g> {
        Children {
            children: self.node.children(),
            at: self.start,
        }
    }

    /// Nodes only, in order.
    pub(crate) fn nodes(self) -> impl Iterator<Item = Green<'g>> {
        self.children().filter_map(NodeOrToken::into_node)
    }

    /// Tokens only, in order.
    pub(crate) fn tokens(self) -> impl Iterator<Item = Leaf<'g>> {
        self.children().filter_map(NodeOrToken::into_token)
    }

    /// The text of an identifier node: its one token.
    pub(crate) fn ident(self) -> &'g str {
        self.tokens().next().map_or("", Leaf::text)
    }

    /// Whether nothing but the keyword `rec` sets this set apart.
    pub(crate) fn is_rec(self) -> bool {
        self.tokens()
            .next()
            .is_some_and(|token| token.kind() == SyntaxKind::TOKEN_REC)
    }
}

impl<'g> Leaf<'g> {
    pub(crate) fn kind(self) -> SyntaxKind {
        NixLanguage::kind_from_raw(self.token.kind())
    }

    pub(crate) fn text(self) -> &'g str {
        self.token.text()
    }

    pub(crate) fn range(self) -> TextRange {
        TextRange::at(self.start, self.token.text_len())
    }
}

/// The children of a [`Green`] node.
pub(crate) struct Children<'g> {
    children: rowan::Children<'g>,
    at: TextSize,
}

impl<'g> Iterator for Children<'g> {
    type Item = NodeOrToken<Green<'g>, Leaf<'g>>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        Some(match self.children.next()? {
            NodeOrToken::Node(node) => {
                self.at += node.text_len();
                NodeOrToken::Node(Green { node, start })
            }
            NodeOrToken::Token(token) => {
                self.at += token.text_len();
                NodeOrToken::Token(Leaf { token, start })
            }
        })
    }
}
