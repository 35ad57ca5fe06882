//! What stands at a place of a tree.
//!
//! Goal: a place is found by halving, also among thousands of siblings (rowan's own `token_at_offset` looks at all).

use rnix::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize, ast};
use rowan::ast::AstNode;

/// The token that begins at an offset or holds it; `None` at the end of the tree.
#[must_use]
pub fn token_after(root: &SyntaxNode, offset: TextSize) -> Option<SyntaxToken> {
    let end = offset.checked_add(1.into())?;
    token_over(root, TextRange::new(offset, end))
}

/// The token that ends at an offset or holds it; `None` at the start of the tree.
#[must_use]
pub fn token_before(root: &SyntaxNode, offset: TextSize) -> Option<SyntaxToken> {
    let start = offset.checked_sub(1.into())?;
    token_over(root, TextRange::new(start, offset))
}

fn token_over(root: &SyntaxNode, range: TextRange) -> Option<SyntaxToken> {
    if !root.text_range().contains_range(range) {
        return None;
    }
    match root.covering_element(range) {
        NodeOrToken::Token(token) => Some(token),
        NodeOrToken::Node(_) => None,
    }
}

/// The expression that is all of a range.
#[must_use]
pub fn expr_at(root: &SyntaxNode, range: TextRange) -> Option<ast::Expr> {
    if !root.text_range().contains_range(range) {
        return None;
    }
    let element = root.covering_element(range);
    let node = match element {
        rnix::NodeOrToken::Node(node) => node,
        rnix::NodeOrToken::Token(token) => token.parent()?,
    };
    node.ancestors()
        .take_while(|node| node.text_range() == range)
        .filter_map(ast::Expr::cast)
        .filter(|expr| !matches!(expr, ast::Expr::Root(_)))
        .last()
}

/// The expression whose name an identifier is: the identifier, or the selection that ends in it. None for any other key.
#[must_use]
pub fn named_at(root: &SyntaxNode, identifier: TextRange) -> Option<SyntaxNode> {
    let ident = token_after(root, identifier.start())?.parent()?;
    let parent = ident.parent()?;
    if ident.text_range() != identifier || parent.kind() != SyntaxKind::NODE_ATTRPATH {
        return Some(ident);
    }
    let select = parent.parent()?;
    let is_last = parent.text_range().end() == identifier.end();
    (is_last && select.kind() == SyntaxKind::NODE_SELECT).then_some(select)
}

/// The statement of a set or `let` that is all of a range: a binding or an `inherit`.
#[must_use]
pub fn statement_at(root: &SyntaxNode, range: TextRange) -> Option<SyntaxNode> {
    if !root.text_range().contains_range(range) {
        return None;
    }
    root.covering_element(range)
        .ancestors()
        .take_while(|node| node.text_range() == range)
        .find(|node| {
            matches!(
                node.kind(),
                SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_beside_an_offset() {
        let root = rnix::Root::parse("a (b)").syntax();
        let text = |token: Option<SyntaxToken>| token.map(|token| token.text().to_owned());
        assert_eq!(text(token_after(&root, 0.into())).as_deref(), Some("a"));
        assert_eq!(text(token_before(&root, 0.into())), None);
        assert_eq!(text(token_before(&root, 3.into())).as_deref(), Some("("));
        assert_eq!(text(token_after(&root, 3.into())).as_deref(), Some("b"));
        assert_eq!(text(token_before(&root, 5.into())).as_deref(), Some(")"));
        assert_eq!(text(token_after(&root, 5.into())), None);
        assert_eq!(text(token_after(&root, 9.into())), None);
    }
}
