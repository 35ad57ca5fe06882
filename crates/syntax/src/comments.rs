//! Comments of a node: which stand inside a range, which belong to a binding.

use rnix::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

/// Whether a comment overlaps `range` below `node`.
#[must_use]
pub fn any_in(node: &SyntaxNode, range: TextRange) -> bool {
    node.descendants_with_tokens()
        .filter_map(NodeOrToken::into_token)
        .any(|token| {
            token.kind() == SyntaxKind::TOKEN_COMMENT
                && token
                    .text_range()
                    .intersect(range)
                    .is_some_and(|r| !r.is_empty())
        })
}

/// The words of a comment token, without `#`, `/*`, `*/` and the space around them.
#[must_use]
pub fn words(token: &SyntaxToken) -> &str {
    let text = token.text();
    let inner = match text.strip_prefix("/*") {
        Some(block) => block.strip_suffix("*/").unwrap_or(block),
        None => text.trim_start_matches('#'),
    };
    inner.trim()
}
