//! Comments of a node: which stand inside a range, which belong to a binding.

use rnix::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

/// Whether a comment overlaps `range`, below `node`. Looks at the tokens of the range only.
#[must_use]
pub fn any_in(node: &SyntaxNode, range: TextRange) -> bool {
    let Some(range) = range
        .intersect(node.text_range())
        .filter(|range| !range.is_empty())
    else {
        return false;
    };
    let mut token = crate::place::token_after(node, range.start());
    while let Some(it) = token {
        if it.text_range().start() >= range.end() {
            return false;
        }
        if it.kind() == SyntaxKind::TOKEN_COMMENT {
            return true;
        }
        token = it.next_token();
    }
    false
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

#[cfg(test)]
mod tests {
    use rnix::TextSize;

    use super::*;

    #[test]
    fn comments_in_a_range() {
        let text = "{ a = 1; /* b */ c = 2; # d\n}";
        let root = rnix::Root::parse(text).syntax();
        let set = root.first_child().unwrap();
        let any = |from: u32, to: u32| {
            any_in(
                &set,
                TextRange::new(TextSize::from(from), TextSize::from(to)),
            )
        };
        assert!(any(0, 40));
        assert!(any(8, 10));
        assert!(any(15, 16));
        assert!(!any(0, 9));
        assert!(!any(16, 24));
        assert!(!any(12, 12));
        assert!(any(24, 25));
        let binding = set.last_child().unwrap();
        assert!(!any_in(&binding, set.text_range()));
    }

    #[test]
    fn words_of_a_comment() {
        for (text, want) in [
            ("# a b ", "a b"),
            ("## a", "a"),
            ("/* a */", "a"),
            ("/**/", ""),
            ("#", ""),
        ] {
            let root = rnix::Root::parse(text).syntax();
            assert_eq!(words(&root.first_token().unwrap()), want);
        }
    }
}
