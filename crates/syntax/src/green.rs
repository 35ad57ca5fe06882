//! A node of the green tree with its place: to look at what is below a node without an allocation.
//!
//! Goal: what runs on every file, and what a lint asks before it knows that a node concerns it, reads the tree at the
//! cost of reading a slice. Limit: there is no way up, and none back to a [`SyntaxNode`].

use std::borrow::Cow;

use rnix::{NixLanguage, SyntaxKind, SyntaxNode, TextRange, TextSize};
use rowan::{GreenNodeData, GreenTokenData, Language, NodeOrToken};

/// A node and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct Green<'g> {
    node: &'g GreenNodeData,
    start: TextSize,
}

/// A token and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'g> {
    token: &'g GreenTokenData,
    start: TextSize,
}

impl<'g> Green<'g> {
    /// The tree below `root`.
    #[must_use]
    pub fn new(root: &'g SyntaxNode) -> Green<'g> {
        Green {
            node: root.green(),
            start: root.text_range().start(),
        }
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> SyntaxKind {
        NixLanguage::kind_from_raw(self.node.kind())
    }

    /// Its range, as [`SyntaxNode::text_range`].
    #[must_use]
    pub fn range(self) -> TextRange {
        TextRange::at(self.start, self.node.text_len())
    }

    /// Nodes and tokens, in order.
    #[must_use]
    pub fn children(self) -> Children<'g> {
        Children {
            children: self.node.children(),
            at: self.start,
        }
    }

    /// Nodes only, in order.
    pub fn nodes(self) -> impl Iterator<Item = Green<'g>> {
        self.children().filter_map(NodeOrToken::into_node)
    }

    /// Tokens only, in order.
    pub fn tokens(self) -> impl Iterator<Item = Leaf<'g>> {
        self.children().filter_map(NodeOrToken::into_token)
    }

    /// The first child of a kind.
    #[must_use]
    pub fn node(self, kind: SyntaxKind) -> Option<Green<'g>> {
        self.nodes().find(|node| node.kind() == kind)
    }

    /// Whether one of its own tokens is of a kind.
    #[must_use]
    pub fn has(self, kind: SyntaxKind) -> bool {
        self.tokens().any(|token| token.kind() == kind)
    }

    /// The text of an identifier node: its one token.
    #[must_use]
    pub fn ident(self) -> &'g str {
        self.tokens().next().map_or("", Leaf::text)
    }

    /// The text of the last token in it.
    #[must_use]
    pub fn last_token(self) -> &'g str {
        let mut it = self.node;
        loop {
            match it.children().next_back() {
                Some(NodeOrToken::Node(node)) => it = node,
                Some(NodeOrToken::Token(token)) => return token.text(),
                None => return "",
            }
        }
    }

    /// Its whole text.
    #[must_use]
    pub fn text(self) -> Cow<'g, str> {
        let mut children = self.children();
        match (children.next(), children.next()) {
            (Some(NodeOrToken::Token(only)), None) => Cow::Borrowed(only.text()),
            _ => Cow::Owned(self.node.to_string()),
        }
    }

    /// Whether nothing but the keyword `rec` sets this set apart.
    pub(crate) fn is_rec(self) -> bool {
        self.tokens()
            .next()
            .is_some_and(|token| token.kind() == SyntaxKind::TOKEN_REC)
    }

    /// The expression behind any number of parentheses.
    #[must_use]
    pub fn strip_parens(self) -> Green<'g> {
        let mut it = self;
        while it.kind() == SyntaxKind::NODE_PAREN {
            match it.nodes().next() {
                Some(inner) => it = inner,
                None => break,
            }
        }
        it
    }

    /// The function and the argument of an application.
    #[must_use]
    pub fn apply(self) -> Option<(Green<'g>, Green<'g>)> {
        if self.kind() != SyntaxKind::NODE_APPLY {
            return None;
        }
        let mut nodes = self.nodes();
        nodes.next().zip(nodes.next())
    }

    /// A call with all its arguments, see [`crate::expr::call`].
    #[must_use]
    pub fn call(self) -> (Green<'g>, Vec<Green<'g>>) {
        let mut head = self.strip_parens();
        let mut arguments = Vec::new();
        while let Some((function, argument)) = head.apply() {
            arguments.push(argument);
            head = function.strip_parens();
        }
        arguments.reverse();
        (head, arguments)
    }

    /// As [`Green::call`], with the number of arguments only.
    #[must_use]
    pub fn callee(self) -> (Green<'g>, usize) {
        let mut head = self.strip_parens();
        let mut arguments = 0;
        while let Some((function, _)) = head.apply() {
            arguments += 1;
            head = function.strip_parens();
        }
        (head, arguments)
    }

    /// As [`Green::callee`]; `None` when there are more than `most` arguments, without walking a long chain.
    #[must_use]
    pub fn callee_of(self, most: usize) -> Option<Green<'g>> {
        let mut head = self.strip_parens();
        for _ in 0..=most {
            match head.apply() {
                Some((function, _)) => head = function.strip_parens(),
                None => return Some(head),
            }
        }
        None
    }

    /// The last name of a function expression, see [`crate::expr::last_name`].
    #[must_use]
    pub fn last_name(self) -> Option<Cow<'g, str>> {
        let it = self.strip_parens();
        match it.kind() {
            SyntaxKind::NODE_IDENT => Some(Cow::Borrowed(it.ident())),
            SyntaxKind::NODE_SELECT if !it.has(SyntaxKind::TOKEN_OR) => {
                it.node(SyntaxKind::NODE_ATTRPATH)?.nodes().last()?.key()
            }
            _ => None,
        }
    }

    /// The name that a segment of an attribute path is; `None` when it is computed. See [`crate::attrpath::key`].
    #[must_use]
    pub fn key(self) -> Option<Cow<'g, str>> {
        match self.kind() {
            SyntaxKind::NODE_IDENT => Some(Cow::Borrowed(self.ident())),
            SyntaxKind::NODE_STRING => self.plain(),
            SyntaxKind::NODE_DYNAMIC => self
                .nodes()
                .next()
                .filter(|it| it.kind() == SyntaxKind::NODE_STRING)?
                .plain(),
            _ => None,
        }
    }

    /// The value of a string without interpolation, see [`crate::strings::plain`].
    #[must_use]
    pub fn plain(self) -> Option<Cow<'g, str>> {
        crate::strings::plain_of(self)
    }
}

impl<'g> Leaf<'g> {
    /// What it is.
    #[must_use]
    pub fn kind(self) -> SyntaxKind {
        NixLanguage::kind_from_raw(self.token.kind())
    }

    /// Its text.
    #[must_use]
    pub fn text(self) -> &'g str {
        self.token.text()
    }

    /// Its range.
    #[must_use]
    pub fn range(self) -> TextRange {
        TextRange::at(self.start, self.token.text_len())
    }
}

/// The children of a [`Green`] node.
#[derive(Debug, Clone)]
pub struct Children<'g> {
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
