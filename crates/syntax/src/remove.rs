//! Which text to delete when a binding goes: its lines if it has them to itself, otherwise what stands between.
//!
//! Goal: line structure stays reasonable and no comment is lost or left behind to describe the next binding. Limit:
//! nothing is indented anew, that is the formatter's.

use rnix::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

/// The comments that a deletion meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comments {
    /// None.
    None,
    /// They stand directly above, or on the last line: they speak of what is deleted.
    Attached,
    /// They stand inside of what is deleted.
    Inside,
}

/// How to delete a binding or an `inherit` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// What to delete.
    pub range: TextRange,
    /// What to delete so that attached comments go too.
    pub wide: TextRange,
    /// Which comments there are. Unless there are none, deleting [`Removal::range`] is no safe fix.
    pub comments: Comments,
}

impl Removal {
    /// How to delete a statement of a set or `let`. `None` for a node without tokens.
    #[must_use]
    pub fn of(statement: &SyntaxNode) -> Option<Removal> {
        let (first, last) = (statement.first_token()?, statement.last_token()?);
        let (mut from, mut to) = (first.clone(), last.clone());
        while let Some(comment) = comment_above(&from) {
            from = comment;
        }
        if let Some(comment) = comment_behind(&to) {
            to = comment;
        }
        let comments = if any_comment(statement) {
            Comments::Inside
        } else if from != first || to != last {
            Comments::Attached
        } else {
            Comments::None
        };
        Some(Removal {
            range: between(&first, &last),
            wide: between(&from, &to),
            comments,
        })
    }
}

/// What to delete so that one name of an `inherit` goes, with the white space before it. `None` if a comment stands
/// beside it.
#[must_use]
pub fn inherited(name: &SyntaxNode) -> Option<TextRange> {
    let (first, last) = (name.first_token()?, name.last_token()?);
    if comment_above(&first).is_some() || comment_behind(&last).is_some() {
        return None;
    }
    let start = match first.prev_token() {
        Some(space) if space.kind() == SyntaxKind::TOKEN_WHITESPACE => {
            // A `#` comment keeps its line end.
            match space.prev_token() {
                Some(comment) if comment.kind() == SyntaxKind::TOKEN_COMMENT => first.text_range(),
                _ => space.text_range(),
            }
            .start()
        }
        _ => first.text_range().start(),
    };
    Some(TextRange::new(start, last.text_range().end()))
}

/// A keyword or delimiter with the white space after it on the same line.
#[must_use]
pub fn word(token: &SyntaxToken) -> TextRange {
    let end = match token.next_token() {
        Some(space) if space.kind() == SyntaxKind::TOKEN_WHITESPACE => {
            space.text_range().start() + same_line(space.text())
        }
        _ => token.text_range().end(),
    };
    TextRange::new(token.text_range().start(), end)
}

/// A keyword or delimiter with all white space after it, line ends included.
#[must_use]
pub fn word_and_lines(token: &SyntaxToken) -> TextRange {
    let end = match token.next_token() {
        Some(space) if space.kind() == SyntaxKind::TOKEN_WHITESPACE => space.text_range().end(),
        _ => token.text_range().end(),
    };
    TextRange::new(token.text_range().start(), end)
}

fn any_comment(node: &SyntaxNode) -> bool {
    node.descendants_with_tokens()
        .filter_map(NodeOrToken::into_token)
        .any(|token| token.kind() == SyntaxKind::TOKEN_COMMENT)
}

/// The comment that speaks of what begins with `token`: on the line above, alone there, or before it on its line.
fn comment_above(token: &SyntaxToken) -> Option<SyntaxToken> {
    let mut before = token.prev_token()?;
    let mut lines = 0;
    if before.kind() == SyntaxKind::TOKEN_WHITESPACE {
        lines = before.text().matches('\n').count();
        before = before.prev_token()?;
    }
    if before.kind() != SyntaxKind::TOKEN_COMMENT {
        return None;
    }
    let alone = before.prev_token().is_none_or(|space| {
        space.kind() == SyntaxKind::TOKEN_WHITESPACE
            && (space.text().contains('\n') || space.prev_token().is_none())
    });
    (lines == 0 || lines == 1 && alone).then_some(before)
}

/// The comment behind `token` on its line.
fn comment_behind(token: &SyntaxToken) -> Option<SyntaxToken> {
    let mut after = token.next_token()?;
    if after.kind() == SyntaxKind::TOKEN_WHITESPACE {
        if after.text().contains('\n') {
            return None;
        }
        after = after.next_token()?;
    }
    (after.kind() == SyntaxKind::TOKEN_COMMENT).then_some(after)
}

/// How much of white space belongs to the line that it begins on.
fn same_line(space: &str) -> TextSize {
    let end = space.find('\n').unwrap_or(space.len());
    let line = &space[..end];
    TextSize::of(line.strip_suffix('\r').unwrap_or(line))
}

/// Where the last line end in white space begins.
fn last_line_end(space: &str) -> TextSize {
    let end = space.rfind('\n').unwrap_or(space.len());
    let line = &space[..end];
    TextSize::of(line.strip_suffix('\r').unwrap_or(line))
}

/// The range to delete for everything from the start of `first` to the end of `last`.
fn between(first: &SyntaxToken, last: &SyntaxToken) -> TextRange {
    let space = |token: Option<SyntaxToken>| {
        token.filter(|token| token.kind() == SyntaxKind::TOKEN_WHITESPACE)
    };
    let (before, after) = (space(first.prev_token()), space(last.next_token()));
    let (start, end) = (first.text_range().start(), last.text_range().end());
    let begins_line = before
        .as_ref()
        .is_some_and(|space| space.text().contains('\n'));
    let ends_line = last.next_token().is_none()
        || after
            .as_ref()
            .is_some_and(|space| space.text().contains('\n'));
    let kind = |token: Option<SyntaxToken>| token.map(|it| it.kind());
    let left = kind(match &before {
        Some(space) => space.prev_token(),
        None => first.prev_token(),
    });
    let right = kind(match &after {
        Some(space) => space.next_token(),
        None => last.next_token(),
    });
    match (before, after) {
        // `let` or `{`, and a blank line below: that one goes as well.
        (Some(before), Some(after))
            if begins_line
                && matches!(
                    left,
                    Some(SyntaxKind::TOKEN_LET | SyntaxKind::TOKEN_L_BRACE)
                )
                && after.text().matches('\n').nth(1).is_some() =>
        {
            TextRange::new(
                before.text_range().start(),
                after.text_range().start() + last_line_end(after.text()),
            )
        }
        // Its own lines, and the blank ones above.
        (Some(before), after) if ends_line => {
            let behind = after
                .filter(|_| begins_line)
                .map_or(TextSize::from(0), |after| same_line(after.text()));
            TextRange::new(before.text_range().start(), end + behind)
        }
        // `x = 1; in` on one line: the `in` joins the line above.
        (Some(before), _)
            if begins_line
                && left == Some(SyntaxKind::TOKEN_SEMICOLON)
                && matches!(
                    right,
                    Some(SyntaxKind::TOKEN_IN | SyntaxKind::TOKEN_R_BRACE)
                ) =>
        {
            TextRange::new(before.text_range().start(), end)
        }
        (_, Some(after)) if !ends_line => TextRange::new(start, after.text_range().end()),
        _ => TextRange::new(start, end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deletes the binding of `x`.
    fn without(text: &str) -> (String, Comments, String) {
        let root = rnix::Root::parse(text).syntax();
        let statement = root
            .descendants()
            .find(|node| {
                node.kind() == SyntaxKind::NODE_ATTRPATH_VALUE
                    && node.text().to_string().starts_with('x')
            })
            .unwrap();
        let removal = Removal::of(&statement).unwrap();
        let cut = |range: TextRange| {
            let mut text = text.to_owned();
            text.replace_range(std::ops::Range::<usize>::from(range), "");
            text
        };
        (cut(removal.range), removal.comments, cut(removal.wide))
    }

    #[test]
    fn lines_and_what_stands_between() {
        for (text, rest) in [
            ("{ x = 1; b = 2; }", "{ b = 2; }"),
            ("{ a = 1; x = 2; }", "{ a = 1; }"),
            ("{x=1;b=2;}", "{b=2;}"),
            (
                "{\n  a = 1;\n  x = 2;\n  c = 3;\n}",
                "{\n  a = 1;\n  c = 3;\n}",
            ),
            (
                "{\n  a = 1;\n\n  x = 2;\n\n  c = 3;\n}",
                "{\n  a = 1;\n\n  c = 3;\n}",
            ),
            (
                "{\r\n  a = 1;\r\n  x = 2;  \r\n  c = 3;\r\n}",
                "{\r\n  a = 1;\r\n  c = 3;\r\n}",
            ),
            ("let x = 1;\n    b = 2;\nin b", "let\n    b = 2;\nin b"),
            ("{\n  a = 1; x = 2;\n}", "{\n  a = 1;\n}"),
            ("{\n  x = 2; a = 1;\n}", "{\n  a = 1;\n}"),
            ("{ # why\n  x = 2;\n}", "{ # why\n}"),
            ("let\n  x = 1;\n\n  b = 2;\nin b", "let\n  b = 2;\nin b"),
            (
                "{\r\n\r\n  x = 1;\r\n\r\n  b = 2;\r\n}",
                "{\r\n  b = 2;\r\n}",
            ),
            ("let\n  a = 1;\n  x = 2; in\na", "let\n  a = 1; in\na"),
            ("{\n  a = 1;\n  x = 2; }", "{\n  a = 1; }"),
            ("{ a = 1; # why\n  x = 2; }", "{ a = 1; # why\n  }"),
        ] {
            let (narrow, comments, _) = without(text);
            assert_eq!(
                (narrow.as_str(), comments),
                (rest, Comments::None),
                "{text}"
            );
        }
    }

    #[test]
    fn comments_that_speak_of_it() {
        for (text, rest) in [
            (
                "{\n  a = 1;\n  # why\n  # so\n  x = 2;\n  c = 3;\n}",
                "{\n  a = 1;\n  c = 3;\n}",
            ),
            (
                "{\n  a = 1;\n  x = 2; # why\n  c = 3;\n}",
                "{\n  a = 1;\n  c = 3;\n}",
            ),
            ("{ /* why */ x = 2; c = 3; }", "{ c = 3; }"),
        ] {
            let (_, comments, wide) = without(text);
            assert_eq!(
                (wide.as_str(), comments),
                (rest, Comments::Attached),
                "{text}"
            );
        }
        assert_eq!(without("{ x = /* why */ 2; }").1, Comments::Inside);
        assert_eq!(without("{\n  a = 1; # of a\n  x = 2;\n}").1, Comments::None);
        assert_eq!(without("{\n  # of all\n\n  x = 2;\n}").1, Comments::None);
    }
}
