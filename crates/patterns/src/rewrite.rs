//! The fix of a rule: a piece of Nix in which holes are filled with the code that they stand for.
//!
//! Goal: the new text reads as the tree that the rule shows, with nothing lost: what a hole stands for is taken over as it
//! is written, in parentheses where its new place needs them, and where a comment or a binding would get lost there is no
//! fix. Limit: names are not looked up; a rule may well write `lib` where there is none, so its fix is never a safe one.

use lint_api::syntax::parse::Limits;
use lint_api::syntax::prec::{self, Slot};
use lint_api::syntax::{
    AstNode, NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, ast, comments, place,
};
use lint_api::{FileCx, Fix};

use crate::matcher::{Captured, Code};
use crate::pattern::{Holes, Role};
use crate::snippet::{self, Hole, Snippet};

/// The longest fix that is shown in its own title, in bytes.
const LONGEST_TITLE: usize = 60;

/// What the new text is made of.
enum Piece {
    Text(String),
    Kept(TextRange),
}

/// The fix of a match, and the text that stands in the place of the code then.
#[must_use]
pub fn fix(
    template: &str,
    code: &Code,
    captured: &[Option<Captured>],
    holes: &Holes,
    cx: &FileCx<'_>,
) -> Option<(Fix, String)> {
    let root = &cx.tree()?.root;
    let snippet = Snippet::read(template).ok()?;
    let outer = match code {
        Code::Selected(..) if !code.is_whole() => Slot::Base,
        _ => Slot::of(code.node()).unwrap_or(Slot::Any),
    };
    let at = code.range();
    let pieces = pieces(&snippet, captured, holes, outer, root, cx)?;
    let pieces = in_parens(pieces, &snippet, outer);

    let kept: Vec<TextRange> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Kept(at) => Some(*at),
            Piece::Text(_) => None,
        })
        .collect();
    if loses_comment(root, at, &kept) {
        return None;
    }
    let mut whole = String::new();
    for piece in &pieces {
        let more = match piece {
            Piece::Text(text) => text,
            Piece::Kept(at) => cx.text(*at),
        };
        append(&mut whole, more);
    }
    if !lint_api::syntax::parse(&whole, Limits::default())
        .faults
        .is_empty()
    {
        return None;
    }
    let short = template.trim();
    let title = if short.len() <= LONGEST_TITLE && !short.contains(['\n', '\r', '`']) {
        format!("write `{short}`")
    } else {
        "rewrite it as the rule says".to_owned()
    };
    let mut fix = Fix::r#unsafe(title);
    let in_order = kept.iter().all(|it| at.contains_range(*it))
        && kept.windows(2).all(|two| two[0].end() <= two[1].start());
    if !in_order {
        let fix = fix.replace(at, whole.clone()).joined(root)?;
        return Some((fix, whole));
    }
    let mut from = at.start();
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(more) => text.push_str(&more),
            Piece::Kept(kept) => {
                let gap = TextRange::new(from, kept.start());
                if cx.text(gap) != text {
                    fix = fix.replace(gap, std::mem::take(&mut text));
                }
                text.clear();
                from = kept.end();
            }
        }
    }
    let gap = TextRange::new(from, at.end());
    if cx.text(gap) != text {
        fix = fix.replace(gap, text);
    }
    Some((fix.joined(root)?, whole))
}

/// Appends a text, with a space before it where tokens would grow together: `-` and `./a` are a path.
fn append(text: &mut String, more: &str) {
    let joint = text.len();
    text.push_str(more);
    let mut end = 0;
    let is_joint = |length: usize| {
        end += length;
        end == joint
    };
    if joint > 0 && !more.is_empty() && !lint_api::syntax::parse::tokens(text).any(is_joint) {
        text.insert(joint, ' ');
    }
}

/// The text of a snippet with the code of its holes.
fn pieces(
    snippet: &Snippet,
    captured: &[Option<Captured>],
    holes: &Holes,
    outer: Slot,
    root: &SyntaxNode,
    cx: &FileCx<'_>,
) -> Option<Vec<Piece>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let start = usize::from(snippet.node.text_range().start());
    let text = |from: usize, to: usize| Piece::Text(snippet.text[from..to].to_owned());
    let mut from = start;
    let all = snippet.node.descendants_with_tokens();
    for token in all.filter_map(NodeOrToken::into_token) {
        let name = match snippet::hole(token.text()) {
            Some(Hole::One(name) | Hole::Rest(name)) => name,
            None => continue,
        };
        let index = holes.index(name)?;
        let ident = token.parent()?;
        // `inherit $...xs;` is all of a statement.
        let replaced = match holes.role(index) {
            Role::Bindings => ident.parent()?,
            _ => ident.clone(),
        };
        pieces.push(text(from, replaced.text_range().start().into()));
        from = replaced.text_range().end().into();
        match captured.get(index)?.as_ref()? {
            Captured::Expr(code) => {
                let slot = if is_all(&ident, &snippet.node) {
                    outer
                } else {
                    Slot::of(&ident)?
                };
                let parens = needs_parens(code, slot);
                let (open, close) = if parens { ("(", ")") } else { ("", "") };
                pieces.push(Piece::Text(open.to_owned()));
                pieces.push(Piece::Kept(code.range()));
                pieces.push(Piece::Text(close.to_owned()));
            }
            Captured::Name(_, at) => pieces.push(Piece::Kept((*at)?)),
            Captured::Rest(at, whole) => {
                if !whole {
                    return None;
                }
                rest(at, holes.role(index), root, cx, &mut pieces);
            }
        }
    }
    pieces.push(text(from, snippet.node.text_range().end().into()));
    Some(pieces)
}

/// Further items, with what stands between them as long as that is nothing but space and comments.
fn rest(at: &[TextRange], role: Role, root: &SyntaxNode, cx: &FileCx<'_>, pieces: &mut Vec<Piece>) {
    let mut run: Option<TextRange> = None;
    for range in at {
        let Some(before) = run else {
            run = Some(*range);
            continue;
        };
        let gap = TextRange::new(before.end(), range.start());
        let plain = cx.text(gap);
        let joint = if role == Role::Formals {
            plain.trim().strip_prefix(',').unwrap_or("?")
        } else {
            plain
        };
        if joint.trim().is_empty() || only_trivia(root, gap) {
            run = Some(before.cover(*range));
            continue;
        }
        pieces.push(Piece::Kept(before));
        pieces.push(Piece::Text(
            if role == Role::Formals { ", " } else { " " }.to_owned(),
        ));
        run = Some(*range);
    }
    pieces.extend(run.map(Piece::Kept));
}

fn only_trivia(root: &SyntaxNode, at: TextRange) -> bool {
    let first = place::token_after(root, at.start());
    std::iter::successors(first, SyntaxToken::next_token)
        .take_while(|token| token.text_range().start() < at.end())
        .all(|token| {
            matches!(
                token.kind(),
                SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMENT
            )
        })
}

/// Whether a node is all of another, parentheses aside.
fn is_all(node: &SyntaxNode, whole: &SyntaxNode) -> bool {
    node == whole
}

/// Whether an expression needs parentheses in a place. A selection goes on from another one without.
fn needs_parens(code: &Code, slot: Slot) -> bool {
    if slot == Slot::Base && matches!(code, Code::Selected(..)) {
        return false;
    }
    match ast::Expr::cast(code.node().clone()) {
        Some(expr) => prec::needs_parens(&expr, slot),
        None => true,
    }
}

/// The new text in parentheses, if it needs them where it will stand.
fn in_parens(mut pieces: Vec<Piece>, snippet: &Snippet, outer: Slot) -> Vec<Piece> {
    let ident = snippet.node.kind() == SyntaxKind::NODE_IDENT;
    let is_hole = ident && snippet::hole(&snippet.node.text().to_string()).is_some();
    // Of a hole, the code that it stands for was asked already.
    let parens = !is_hole
        && match ast::Expr::cast(snippet.node.clone()) {
            Some(expr) => {
                let code = Code::of(snippet.node.clone());
                !matches!(expr, ast::Expr::Paren(_)) && needs_parens(&code, outer)
            }
            None => true,
        };
    if parens {
        pieces.insert(0, Piece::Text("(".to_owned()));
        pieces.push(Piece::Text(")".to_owned()));
    }
    pieces
}

/// Whether a comment stands in a range and in nothing that is kept.
fn loses_comment(root: &SyntaxNode, at: TextRange, kept: &[TextRange]) -> bool {
    if !comments::any_in(root, at) {
        return false;
    }
    let first = place::token_after(root, at.start());
    std::iter::successors(first, SyntaxToken::next_token)
        .take_while(|token| token.text_range().start() < at.end())
        .filter(|token| token.kind() == SyntaxKind::TOKEN_COMMENT)
        .any(|token| !kept.iter().any(|it| it.contains_range(token.text_range())))
}
