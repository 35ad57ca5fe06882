//! A piece of Nix with holes: `builtins.fetchTarball $url`, and the tree that comes of it.
//!
//! Holes are no Nix, so names that nobody writes stand in for them while the text is parsed. Goal: every fault has its
//! place in the text as the user wrote it.

use std::ops::Range;

use lint_api::syntax::parse::Limits;
use lint_api::syntax::{AstNode, NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, ast};

/// What stands in for `$x` begins so.
const ONE: &str = "nivis__one_";
/// What stands in for `$...xs` begins so.
const REST: &str = "nivis__rest_";
/// The longest piece of Nix, in bytes.
const LONGEST: usize = 16 << 10;
/// What a snippet may nest: the matcher recurses over it.
const LIMITS: Limits = Limits {
    depth: 64,
    run: 128,
};

/// What is wrong with a text, and where: bytes of it.
pub type Wrong = (Range<usize>, String);

/// A hole, by its name without the dollar sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole<'a> {
    /// `$x`; `_` for one that nobody asks for.
    One(&'a str),
    /// `$...xs`
    Rest(&'a str),
}

/// The hole that an identifier stands for.
#[must_use]
pub fn hole(identifier: &str) -> Option<Hole<'_>> {
    let one = identifier.strip_prefix(ONE).map(Hole::One);
    one.or_else(|| identifier.strip_prefix(REST).map(Hole::Rest))
}

/// A parsed piece of Nix.
#[derive(Debug)]
pub struct Snippet {
    /// The expression, or the one binding of a definition.
    pub node: SyntaxNode,
    /// The text that was parsed.
    pub text: String,
    /// Where pieces of the parsed text come from, in order.
    origins: Vec<Origin>,
    /// Length of the user's text.
    len: usize,
}

/// Where a piece of the parsed text comes from.
#[derive(Debug, Clone, Copy)]
struct Origin {
    /// Its offset in the parsed text.
    parsed: usize,
    /// Its offset in the user's text.
    user: usize,
    /// Whether it stands in for a hole.
    hole: bool,
}

impl Snippet {
    /// Reads an expression; or, if the text ends in `;`, a definition.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(text: &str) -> Result<Snippet, Wrong> {
        if text.len() > LONGEST {
            return Err((0..0, "this is longer than 16 KiB".to_owned()));
        }
        if text.trim().is_empty() {
            return Err((0..0, "this is empty".to_owned()));
        }
        let definition = text.trim_end().ends_with(';');
        let mut snippet = stand_in(text, if definition { "{ " } else { "" })?;
        if definition {
            snippet.text.push('}');
        }
        let parsed = lint_api::syntax::parse(&snippet.text, LIMITS);
        if let Some(fault) = parsed.faults.first() {
            let at = snippet.origin(fault.at.into());
            return Err((at, without_stand_ins(&fault.message)));
        }
        let root = parsed.root().and_then(ast::Root::cast);
        let expr = root.and_then(|root| root.expr());
        let expr = expr.ok_or_else(|| (0..0, "this is no expression".to_owned()))?;
        snippet.node = if definition {
            one_binding(&expr).ok_or_else(|| {
                let words = "a definition is one binding: `a.b.c = value;`";
                (0..text.len(), words.to_owned())
            })?
        } else {
            expr.syntax().clone()
        };
        Ok(snippet)
    }

    /// Whether it is a definition.
    #[must_use]
    pub fn is_definition(&self) -> bool {
        self.node.kind() == SyntaxKind::NODE_ATTRPATH_VALUE
    }

    /// What is wrong with a node, at its place.
    pub fn wrong(&self, node: &SyntaxNode, words: impl Into<String>) -> Wrong {
        (self.origin(node.text_range().into()), words.into())
    }

    /// Where a range of the parsed text comes from.
    fn origin(&self, at: Range<usize>) -> Range<usize> {
        let of = |offset: usize, end: bool| {
            let index = self.origins.partition_point(|it| it.parsed <= offset);
            let Some(it) = index.checked_sub(1).map(|index| self.origins[index]) else {
                return 0;
            };
            let next = self.origins.get(index).map_or(self.len, |it| it.user);
            match it.hole {
                true if end && offset > it.parsed => next,
                true => it.user,
                false => (it.user + (offset - it.parsed)).min(next),
            }
        };
        let start = of(at.start, false);
        start..of(at.end, true).max(start)
    }
}

/// The binding, if a set has one and nothing else.
fn one_binding(expr: &ast::Expr) -> Option<SyntaxNode> {
    let ast::Expr::AttrSet(set) = expr else {
        return None;
    };
    let mut children = set.syntax().children();
    let only = children.next()?;
    (children.next().is_none() && only.kind() == SyntaxKind::NODE_ATTRPATH_VALUE).then_some(only)
}

/// `nivis__one_x` as `$x`.
fn without_stand_ins(message: &str) -> String {
    message.replace(ONE, "$").replace(REST, "$...")
}

/// Puts names in the place of holes.
fn stand_in(text: &str, before: &str) -> Result<Snippet, Wrong> {
    let lexed = lint_api::syntax::parse(text, LIMITS);
    let Some(root) = lexed.root() else {
        let message = lexed.faults.first().map(|fault| fault.message.clone());
        return Err((0..text.len(), message.unwrap_or_default()));
    };
    let all = root.descendants_with_tokens();
    let tokens: Vec<SyntaxToken> = all.filter_map(NodeOrToken::into_token).collect();
    let at = |token: &SyntaxToken| Range::<usize>::from(token.text_range());
    let mut snippet = Snippet {
        node: root,
        text: before.to_owned(),
        origins: vec![Origin {
            parsed: 0,
            user: 0,
            hole: true,
        }],
        len: text.len(),
    };
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let start = at(token).start;
        let hole = token.kind() == SyntaxKind::TOKEN_ERROR && token.text() == "$";
        snippet.origins.push(Origin {
            parsed: snippet.text.len(),
            user: start,
            hole,
        });
        if token.kind() == SyntaxKind::TOKEN_IDENT && token.text().starts_with("nivis__") {
            let words = "names that begin with `nivis__` are not taken";
            return Err((at(token), words.to_owned()));
        }
        if !hole {
            snippet.text.push_str(token.text());
            index += 1;
            continue;
        }
        let dots = tokens.get(index + 1).is_some_and(|it| it.text() == "...");
        let name = tokens.get(index + if dots { 2 } else { 1 });
        let name = name.filter(|it| it.kind() == SyntaxKind::TOKEN_IDENT);
        let plain = |name: &str| !name.contains(['-', '\'']);
        let Some(name) = name else {
            let words = "a hole is `$name` or `$...name`";
            return Err((at(token), words.to_owned()));
        };
        if !plain(name.text()) {
            let words = "the name of a hole has letters, digits and `_`: put a space behind it";
            return Err((at(token).start..at(name).end, words.to_owned()));
        }
        index += if dots { 3 } else { 2 };
        if !dots {
            snippet.text.push_str(ONE);
            snippet.text.push_str(name.text());
        } else if in_set(&tokens, index - 3) {
            snippet
                .text
                .push_str(&format!("inherit {REST}{};", name.text()));
            let next = (index..tokens.len()).find(|it| !is_trivia(&tokens[*it]));
            if let Some(next) = next.filter(|it| tokens[*it].text() == ";") {
                index = next + 1;
            }
        } else {
            snippet.text.push_str(REST);
            snippet.text.push_str(name.text());
        }
    }
    snippet.origins.push(Origin {
        parsed: snippet.text.len(),
        user: text.len(),
        hole: false,
    });
    Ok(snippet)
}

fn is_trivia(token: &SyntaxToken) -> bool {
    matches!(
        token.kind(),
        SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMENT
    )
}

/// Whether the `$` at an index stands where a binding stands: in `{ … }` that are no names of arguments, or in a `let`.
fn in_set(tokens: &[SyntaxToken], index: usize) -> bool {
    let mut before = tokens[..index].iter().rev().filter(|it| !is_trivia(it));
    let last = before.next();
    match last.map(SyntaxToken::text) {
        Some(";" | "let") => true,
        Some("{") => {
            // `{ $...xs }: body` or `{ $...xs }`
            let mut depth = 1usize;
            let mut after = tokens[index..].iter().filter(|it| !is_trivia(it));
            for token in after.by_ref() {
                match token.text() {
                    "{" | "${" | "(" | "[" => depth += 1,
                    "}" | ")" | "]" => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            !matches!(after.next().map(SyntaxToken::text), Some(":" | "@"))
        }
        // `{ $...xs $...ys }`: whatever it is, it stands behind another one of its kind.
        Some(name) => {
            let rest = tokens[..index].iter().rev().filter(|it| !is_trivia(it));
            let two: Vec<&str> = rest.skip(1).take(2).map(SyntaxToken::text).collect();
            two == ["...", "$"] && !name.is_empty() && last_is_set(tokens, index)
        }
        None => false,
    }
}

/// Whether the hole before the one at an index stands in a set.
fn last_is_set(tokens: &[SyntaxToken], index: usize) -> bool {
    let before = (0..index).rev().find(|it| tokens[*it].text() == "$");
    before.is_some_and(|it| in_set(tokens, it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        match Snippet::read(text) {
            Ok(snippet) => without_stand_ins(&snippet.node.text().to_string()),
            Err((at, words)) => format!("{}: {words}", text.get(at).unwrap_or("?")),
        }
    }

    #[test]
    fn holes_are_names() {
        for (text, expected) in [
            ("builtins.fetchTarball $url", "builtins.fetchTarball $url"),
            ("a.$x.b", "a.$x.b"),
            ("\"a$b${$c}\"", "\"a$b${$c}\""),
            ("''$$x ${$y}''", "''$$x ${$y}''"),
            ("[ 1 $...xs ]", "[ 1 $...xs ]"),
            ("{ a = 1; $...xs }", "{ a = 1; inherit $...xs; }"),
            ("{ $...xs; }", "{ inherit $...xs; }"),
            ("{ $..._ }: 1", "{ $..._ }: 1"),
            ("{ a, $...xs }@y: 1", "{ a, $...xs }@y: 1"),
            ("let $...bs in $x", "let inherit $...bs; in $x"),
            ("f $...args", "f $...args"),
            (
                "{ a = { $...xs }; b = x: { $...ys }; }",
                "{ a = { inherit $...xs; }; b = x: { inherit $...ys; }; }",
            ),
            ("a.b = $x;", "a.b = $x;"),
            (
                "a = 1; b = 2;",
                "a = 1; b = 2;: a definition is one binding: `a.b.c = value;`",
            ),
            (
                "inherit a;",
                "inherit a;: a definition is one binding: `a.b.c = value;`",
            ),
            (
                "$x-1",
                "$x-1: the name of a hole has letters, digits and `_`: put a space behind it",
            ),
            ("f $", "$: a hole is `$name` or `$...name`"),
            ("f $1", "$: a hole is `$name` or `$...name`"),
            ("", ": this is empty"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn faults_have_their_place() {
        let place = |text: &str| Snippet::read(text).unwrap_err().0;
        assert_eq!(place("f $long (a"), 9..10);
        assert_eq!(place("{ $...many; a = ; }"), 16..17);
        assert_eq!(place("a.b = [ $x ;").start, 11);
        let deep = "[".repeat(100_000);
        assert!(Snippet::read(&deep).is_err());
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(Snippet::read(&deep).is_err());
    }
}
