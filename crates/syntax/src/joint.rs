//! What an edit does to the tokens beside it: `f(x)` without its parentheses must not become the name `fx`.
//!
//! Goal: an edit that deletes and inserts whole tokens leaves all other tokens as they were; where two would grow
//! together, one space is put between them. Tokens are compared by lexing again, since two characters do not tell:
//! `(a)/b` would become a path, `x:(x)` a URL. Limit: edits inside a token (a part of a string) are not looked at.

use rnix::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use crate::lex;
use crate::place::{token_after, token_before};

/// A run of more tokens without white space than this is not looked at: nobody writes one by hand.
const RUN: usize = 2_000;

/// A replacement: what stands at `0` now, and what is to stand there.
pub type Edit = (TextRange, String);

/// Adds the spaces that a set of edits needs. `None` if no spaces keep the other tokens as they are; then the edits
/// must not be made. The edits come back sorted by place.
#[must_use]
pub fn settle(root: &SyntaxNode, mut edits: Vec<Edit>) -> Option<Vec<Edit>> {
    edits.sort_by_key(|(range, _)| (range.start(), range.end()));
    let mut from = 0;
    while from < edits.len() {
        let mut window = around(root, edits[from].0)?;
        let mut to = from + 1;
        while let Some((range, _)) = edits.get(to)
            && range.start() <= window.end()
        {
            window = window.cover(around(root, *range)?);
            to += 1;
        }
        let text = text_of(root, window);
        settle_window(&text, window.start(), &mut edits[from..to])?;
        from = to;
    }
    Some(edits)
}

/// The text of a range, token by token: the tree is large, the range is small.
fn text_of(root: &SyntaxNode, range: TextRange) -> String {
    let mut text = String::new();
    let mut token = token_after(root, range.start());
    while let Some(it) = token {
        let at = it.text_range();
        if at.start() >= range.end() {
            break;
        }
        if let Some(part) = at.intersect(range) {
            text.push_str(&it.text()[part - at.start()]);
        }
        token = it.next_token();
    }
    text
}

/// Puts spaces at all edits, and takes back each one that is not needed.
fn settle_window(text: &str, start: TextSize, edits: &mut [Edit]) -> Option<()> {
    let Some(wanted) = expected(text, start, edits) else {
        return Some(());
    };
    let holds = |spaces: &[(bool, bool)]| {
        let mut result = String::with_capacity(text.len() + 2 * edits.len());
        let mut at = 0;
        for ((range, new), spaces) in edits.iter().zip(spaces) {
            // Edits that touch one another are nobody's to join.
            let Some(between) = text.get(at..usize::from(range.start() - start)) else {
                return false;
            };
            result.push_str(between);
            result.push_str(&spaced(new, *spaces));
            at = usize::from(range.end() - start);
        }
        result.push_str(text.get(at..).unwrap_or_default());
        words(&result).eq(wanted.iter().copied())
    };
    let mut spaces = vec![(false, false); edits.len()];
    if !holds(&spaces) {
        for (space, (_, new)) in spaces.iter_mut().zip(edits.iter()) {
            *space = (true, !new.is_empty());
        }
        if !holds(&spaces) {
            return None;
        }
        for at in 0..spaces.len() {
            let (left, right) = spaces[at];
            for fewer in [(false, false), (false, right), (left, false)] {
                let kept = std::mem::replace(&mut spaces[at], fewer);
                if holds(&spaces) {
                    break;
                }
                spaces[at] = kept;
            }
        }
    }
    for ((_, new), spaces) in edits.iter_mut().zip(spaces) {
        *new = spaced(new, spaces);
    }
    Some(())
}

fn spaced(text: &str, (left, right): (bool, bool)) -> String {
    let (left, right) = (if left { " " } else { "" }, if right { " " } else { "" });
    format!("{left}{text}{right}")
}

/// The tokens of a text.
fn tokens(text: &str) -> impl Iterator<Item = (SyntaxKind, &str)> {
    let mut start = 0;
    lex::lex(text).tokens.into_iter().map(move |token| {
        let end = token.end as usize;
        (token.kind, &text[std::mem::replace(&mut start, end)..end])
    })
}

/// The tokens of a text, white space left out.
fn words(text: &str) -> impl Iterator<Item = (SyntaxKind, &str)> {
    tokens(text).filter(|(kind, _)| *kind != SyntaxKind::TOKEN_WHITESPACE)
}

/// The tokens that must be there after the edits; `None` if an edit cuts a token.
fn expected<'a>(
    text: &'a str,
    start: TextSize,
    edits: &'a [Edit],
) -> Option<Vec<(SyntaxKind, &'a str)>> {
    let mut wanted = Vec::new();
    let mut edits = edits.iter().peekable();
    let mut at = start;
    for (kind, token) in tokens(text) {
        let range = TextRange::at(at, TextSize::of(token));
        at = range.end();
        while let Some((_, new)) = edits.next_if(|(edit, _)| edit.end() <= range.start()) {
            wanted.extend(words(new));
        }
        if let Some((edit, _)) = edits.peek()
            && edit.start() < range.end()
        {
            if edit.contains_range(range) {
                continue;
            }
            // White space may be cut anywhere.
            if kind != SyntaxKind::TOKEN_WHITESPACE {
                return None;
            }
        }
        if kind != SyntaxKind::TOKEN_WHITESPACE {
            wanted.push((kind, token));
        }
    }
    for (_, new) in edits {
        wanted.extend(words(new));
    }
    Some(wanted)
}

/// An edit with the runs of tokens that touch it, up to white space, a comment, or the border of an interpolation.
/// `None` if a run is too long.
fn around(root: &SyntaxNode, edit: TextRange) -> Option<TextRange> {
    let mut left = RUN;
    let before = token_before(root, edit.start());
    let after = token_after(root, edit.end());
    let mut window = edit;
    let mut token = before;
    while let Some(it) = token {
        left = left.checked_sub(1)?;
        let whole = whole(&it);
        window = window.cover(TextRange::new(whole.start(), edit.end()));
        if stops(&it) {
            break;
        }
        token = match first_token_of_whole(&it) {
            Some(first) => first.prev_token(),
            None => it.prev_token(),
        };
    }
    let mut token = after;
    while let Some(it) = token {
        left = left.checked_sub(1)?;
        let whole = whole(&it);
        window = window.cover(TextRange::new(edit.start(), whole.end()));
        if stops(&it) {
            break;
        }
        token = match string_of(&it) {
            Some(node) => node.last_token().and_then(|last| last.next_token()),
            None => it.next_token(),
        };
    }
    Some(window)
}

fn stops(token: &SyntaxToken) -> bool {
    matches!(
        token.kind(),
        SyntaxKind::TOKEN_WHITESPACE
            | SyntaxKind::TOKEN_COMMENT
            | SyntaxKind::TOKEN_INTERPOL_START
            | SyntaxKind::TOKEN_INTERPOL_END
    )
}

/// A token that makes sense only with others is looked at with them: a string, a path with interpolation.
fn string_of(token: &SyntaxToken) -> Option<SyntaxNode> {
    let parent = token.parent()?;
    let joined = matches!(
        parent.kind(),
        SyntaxKind::NODE_STRING
            | SyntaxKind::NODE_PATH_ABS
            | SyntaxKind::NODE_PATH_REL
            | SyntaxKind::NODE_PATH_HOME
    );
    joined.then_some(parent)
}

fn whole(token: &SyntaxToken) -> TextRange {
    string_of(token).map_or(token.text_range(), |node| node.text_range())
}

fn first_token_of_whole(token: &SyntaxToken) -> Option<SyntaxToken> {
    string_of(token)?.first_token()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deletes every `(` and `)` that is marked by a preceding `%` in the pattern, and settles.
    fn without(marked: &str) -> Option<String> {
        let mut text = String::new();
        let mut edits = Vec::new();
        let mut chars = marked.chars();
        while let Some(c) = chars.next() {
            if c == '%' {
                let at = crate::text::size(text.len());
                text.push(chars.next().unwrap());
                edits.push((TextRange::at(at, 1.into()), String::new()));
            } else {
                text.push(c);
            }
        }
        let root = rnix::Root::parse(&text).syntax();
        let edits = settle(&root, edits)?;
        for (range, new) in edits.iter().rev() {
            text.replace_range(std::ops::Range::<usize>::from(*range), new);
        }
        Some(text)
    }

    #[test]
    fn edits_that_overlap_are_refused() {
        let root = rnix::Root::parse("map (x:x) [ 1 ]").syntax();
        let edit = |start: u32, end: u32| (TextRange::new(start.into(), end.into()), String::new());
        assert_eq!(settle(&root, vec![edit(4, 9), edit(5, 6)]), None);
        assert_eq!(settle(&root, vec![edit(4, 9), edit(4, 5)]), None);
    }

    #[test]
    fn tokens_that_would_grow_together() {
        for (marked, result) in [
            ("f%(x%)", "f x"),
            ("if%(c%)then 1 else 2", "if c then 1 else 2"),
            ("%(a%)-b", "a -b"),
            ("a->%(b%)", "a->b"),
            ("%(a%)/b", "a /b"),
            ("x:%(x%)", "x: x"),
            ("%(a%)<b>c", "a<b>c"),
            ("f%(1%).5", "f 1 .5"),
            ("[%(./a%)%(./b%)]", "[./a ./b]"),
            ("%(./x%)+\"y\"", "./x +\"y\""),
            ("%(a.b%)+1", "a.b+1"),
            ("f%(\"x\"%)y", "f\"x\"y"),
            ("%(''a''%)%(''b''%)", "''a'' ''b''"),
            ("\"${%(x%)}\"", "\"${x}\""),
            ("''${a%(x%)}''", "''${a x}''"),
            ("./a/${%(b%)}/c", "./a/${b}/c"),
            ("%(a%)%(b%)%(c%)", "a b c"),
            ("a%(b%)(c)", "a b(c)"),
            ("let a = 1;in%(a%)", "let a = 1;in a"),
            ("%(a%)/*c*/", "a/*c*/"),
            ("a ++%(b%)", "a ++b"),
        ] {
            assert_eq!(without(marked).as_deref(), Some(result), "{marked}");
        }
    }

    #[test]
    fn inserted_text_keeps_its_distance() {
        let root = rnix::Root::parse("f[1]").syntax();
        let edits = settle(&root, vec![(TextRange::empty(1.into()), "x".to_owned())]).unwrap();
        assert_eq!(edits[0].1, " x");
        let root = rnix::Root::parse("a b").syntax();
        let edits = settle(
            &root,
            vec![(TextRange::new(1.into(), 2.into()), String::new())],
        );
        assert_eq!(edits.unwrap()[0].1, " ");
        let edits = settle(
            &root,
            vec![(TextRange::empty(0.into()), "builtins.".to_owned())],
        );
        assert_eq!(edits.unwrap()[0].1, "builtins.");
    }

    #[test]
    fn long_runs() {
        let text = "(a)".repeat(500);
        let root = rnix::Root::parse(&text).syntax();
        let edits = settle(
            &root,
            vec![
                (TextRange::new(0.into(), 1.into()), String::new()),
                (TextRange::new(2.into(), 3.into()), String::new()),
            ],
        );
        assert_eq!(edits.unwrap().len(), 2);

        // Longer than anybody writes: no fix, and no time lost.
        let text = "(a)".repeat(RUN);
        let root = rnix::Root::parse(&text).syntax();
        let edit = (TextRange::new(0.into(), 1.into()), String::new());
        assert_eq!(settle(&root, vec![edit]), None);
    }
}
