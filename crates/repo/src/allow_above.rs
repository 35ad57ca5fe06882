//! Where an allow comment goes that silences a finding: above the item that holds it, or into the comment that is there.
//!
//! Goal: what [`crate::allow`] reads afterwards covers the finding, and as little else as may be. In Nix that is the innermost
//! binding, `inherit`, list element or formal whose line nothing else begins; where there is none, a comment right before
//! the innermost of them. In other text it is the line above. Limits: `None` where no comment can stand, and in text
//! read by lines where what stands above would not be read back.

use syntax::text::size;
use syntax::{AstNode, NodeOrToken, SyntaxKind, SyntaxNode, TextRange, TextSize, ast};

use crate::allow::{self, Allow};
use crate::file::{File, Kind, Tree};

/// What to write where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where it goes; nothing is replaced.
    pub at: TextSize,
    /// The comment, or the name that one gets, with all that must stand around it.
    pub text: String,
}

/// The comment that allows `lint` at a range of a file; `tree` for a Nix file. The file must have its facts.
#[must_use]
pub fn comment(
    file: &File,
    tree: Option<&Tree>,
    lint: &str,
    at: TextRange,
    reason: &str,
) -> Option<Comment> {
    match (file.kind, tree) {
        (Kind::Nix, Some(tree)) => in_nix(file, tree, lint, at, reason),
        (Kind::Shell | Kind::Just | Kind::Make | Kind::Ci | Kind::Other, _) => {
            by_lines(file, lint, at, reason)
        }
        _ => None,
    }
}

fn in_nix(file: &File, tree: &Tree, lint: &str, at: TextRange, reason: &str) -> Option<Comment> {
    let text = file.text.contents();
    if at.end() > size(text.len()) {
        return None;
    }
    let inner = match tree.root.covering_element(at) {
        NodeOrToken::Node(node) => node,
        NodeOrToken::Token(token) => token.parent()?,
    };
    let items: Vec<SyntaxNode> = inner.ancestors().filter(allow::is_item).collect();
    let first = tree.expr()?.syntax().text_range().start();
    for item in &items {
        let range = item.text_range();
        if let Some(known) = covering(file, range, at) {
            return extended(text, known, lint);
        }
        let line = line_start(text, range.start());
        // In the head of a file it would cover the whole file.
        if text[line..range.start().into()].trim().is_empty() && range.start() > first {
            return Some(above(text, line, lint, reason));
        }
    }
    let item = items.first().map(SyntaxNode::text_range);
    let item = item.filter(|it| it.start() > first);
    // No item: what stands on a line of its own, such as the body of a `let`.
    let lines = inner.ancestors().find(|node| {
        let start = node.text_range().start();
        let line = line_start(text, start);
        start > first
            && text[line..start.into()].trim().is_empty()
            && ast::Expr::can_cast(node.kind())
            && !inside_string(node)
    });
    match (item, lines) {
        (Some(item), _) => Some(Comment {
            at: item.start(),
            text: format!("/* nivis: allow({lint}){} */ ", spaced(reason)),
        }),
        (None, Some(node)) => {
            let start = line_start(text, node.text_range().start());
            Some(above(text, start, lint, reason))
        }
        (None, None) => None,
    }
}

/// Whether a node stands inside a string, where a comment would be text.
fn inside_string(node: &SyntaxNode) -> bool {
    let mut above = node.ancestors().skip(1);
    above.any(|it| it.kind() == SyntaxKind::NODE_STRING)
}

/// A comment of our own form that covers a finding and nothing outside of an item.
fn covering(file: &File, item: TextRange, at: TextRange) -> Option<&Allow> {
    file.facts.allows.iter().find(|allow| {
        allow.pragma.is_none()
            && allow.covers.contains_range(at)
            && item.contains_range(allow.covers)
            && allow.at.end() <= item.start()
    })
}

/// One name more.
fn extended(text: &str, allow: &Allow, lint: &str) -> Option<Comment> {
    let (_, last) = allow.names.last()?;
    let rest = &text[last.end().into()..allow.at.end().into()];
    rest.contains(')').then(|| Comment {
        at: last.end(),
        text: format!(", {lint}"),
    })
}

/// A comment on a line of its own, with the indentation of the line below.
fn above(text: &str, line: usize, lint: &str, reason: &str) -> Comment {
    let rest = &text[line..];
    let indentation = &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()];
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    Comment {
        at: size(line),
        text: format!("{indentation}# nivis: allow({lint}){}{end}", spaced(reason)),
    }
}

fn spaced(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(" {reason}"),
    }
}

fn line_start(text: &str, at: TextSize) -> usize {
    text[..usize::from(at)].rfind('\n').map_or(0, |at| at + 1)
}

fn by_lines(file: &File, lint: &str, at: TextRange, reason: &str) -> Option<Comment> {
    let text = file.text.contents();
    if at.end() > size(text.len()) {
        return None;
    }
    let mut line = line_start(text, at.start());
    // A command that goes on from line to line is one.
    while text[..line].trim_end_matches(['\r', '\n']).ends_with('\\') {
        line = line_start(text, size(line) - size(1));
    }
    let known = file.facts.allows.iter().find(|allow| {
        let ends_above = usize::from(allow.at.end()) <= line;
        let between = ends_above.then(|| &text[allow.at.end().into()..line]);
        allow.pragma.is_none()
            && allow.covers.contains_range(at)
            && between.is_some_and(|it| it.trim().is_empty())
    });
    if let Some(known) = known {
        return extended(text, known, lint);
    }
    let comment = above(text, line, lint, reason);
    // Read it back: it must cover the finding, and not the whole file.
    let mut new = text.to_owned();
    new.insert_str(line, &comment.text);
    let moved = at + size(comment.text.len());
    let whole = TextRange::up_to(size(new.len()));
    let read = File {
        text: std::sync::Arc::new(crate::Text::new(new)),
        facts: Box::default(),
        ..file.clone()
    };
    let (allows, _) = allow::extract_text(&read);
    let placed = allows.iter().find(|it| it.at.start() >= size(line));
    placed
        .is_some_and(|it| it.covers.contains_range(moved) && it.covers != whole)
        .then_some(comment)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use syntax::parse::Limits;

    use super::*;
    use crate::facts::{self, Extract};
    use crate::{FileId, RepoPath, Text};

    fn read(path: &str, kind: Kind, text: &str) -> (File, Option<Tree>) {
        let text = Arc::new(Text::new(text));
        let path = RepoPath::from(path);
        let (mut file, tree) = File::new(FileId(0), path, kind, text, Limits::default());
        file.facts = match &tree {
            Some(tree) => Extract::all(&file, tree),
            None => facts::without_tree(&file),
        };
        (file, tree)
    }

    /// The text with the comment for the first `!word!`, which is read back: it must cover the word.
    fn allowed(path: &str, kind: Kind, marked: &str) -> Option<String> {
        let start = marked.find('!').unwrap();
        let end = marked.rfind('!').unwrap() - 1;
        let text = marked.replace('!', "");
        let at = TextRange::new(size(start), size(end));
        let (file, tree) = read(path, kind, &text);
        let comment = comment(&file, tree.as_ref(), "unused-let", at, "because")?;
        let mut new = text.clone();
        new.insert_str(comment.at.into(), &comment.text);
        let (file, _) = read(path, kind, &new);
        let moved = if comment.at <= at.start() {
            at + size(comment.text.len())
        } else {
            at
        };
        let covers = |allow: &Allow| {
            allow.covers.contains_range(moved)
                && allow.covers != TextRange::up_to(size(new.len()))
                && allow.names.iter().any(|(name, _)| &**name == "unused-let")
        };
        assert!(file.facts.allows.iter().any(covers), "{new}");
        Some(new)
    }

    fn nix(marked: &str) -> Option<String> {
        allowed("a.nix", Kind::Nix, marked)
    }

    #[test]
    fn above_the_innermost_item_on_its_own_line() {
        let cases = [
            (
                "{\n  a = {\n    b = !1!;\n  };\n}",
                "{\n  a = {\n    # nivis: allow(unused-let) because\n    b = 1;\n  };\n}",
            ),
            (
                "{\n  a = { b = !1!; };\n}",
                "{\n  # nivis: allow(unused-let) because\n  a = { b = 1; };\n}",
            ),
            (
                "{ a, !b! }: a",
                "{ a, /* nivis: allow(unused-let) because */ b }: a",
            ),
            (
                "let\n  inherit (x) !y!;\nin y",
                "let\n  # nivis: allow(unused-let) because\n  inherit (x) y;\nin y",
            ),
            (
                "[\n  (!f! x)\n]",
                "[\n  # nivis: allow(unused-let) because\n  (f x)\n]",
            ),
            (
                "x:\nlet a = 1; in\n!with a; b!",
                "x:\nlet a = 1; in\n# nivis: allow(unused-let) because\nwith a; b",
            ),
        ];
        for (marked, expected) in cases {
            assert_eq!(nix(marked).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_comment_that_is_there_gets_a_name_more() {
        let marked = "{\n  # nivis: allow(empty-let) why\n  a = !1!;\n}";
        let expected = "{\n  # nivis: allow(empty-let, unused-let) why\n  a = 1;\n}";
        assert_eq!(nix(marked).as_deref(), Some(expected));
    }

    #[test]
    fn line_ends_stay() {
        let new = nix("{\r\n  a = !1!;\r\n}\r\n").unwrap();
        assert!(new.contains("because\r\n  a"));
    }

    #[test]
    fn where_no_comment_can_stand() {
        assert_eq!(nix("!x!"), None);
    }

    #[test]
    fn text_that_is_not_nix() {
        let script = "#!/bin/sh\nset -e\n  nix-env -i !x!\n";
        let script = script.replacen("#!", "#\u{1}", 1);
        let (file, _) = read(
            "a.sh",
            Kind::Shell,
            &script.replace('!', "").replace('\u{1}', "!"),
        );
        let at = file.text.contents().find("-i").unwrap();
        let at = TextRange::at(size(at), size(2));
        let comment = comment(&file, None, "nix-env-install", at, "").unwrap();
        assert_eq!(comment.text, "  # nivis: allow(nix-env-install)\n");
        // A command of several lines.
        let (file, _) = read("a.sh", Kind::Shell, "set -e\nnix-env \\\n  -i x\n");
        let at = TextRange::at(size(18), size(2));
        let comment = super::comment(&file, None, "a", at, "").unwrap();
        assert_eq!(
            (comment.at, &*comment.text),
            (size(7), "# nivis: allow(a)\n")
        );
    }
}
