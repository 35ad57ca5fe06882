//! The value of a string with a map back to its source: through escapes, indentation and interpolation.
//!
//! The value is what Nix computes, byte for byte: escapes resolved, the common indentation of `''…''` removed, CR and
//! CRLF inside `"…"` read as LF. Every interpolation becomes one *hole*, a word of private-use characters that every
//! lexer of shell or configuration text takes for ordinary letters.
//!
//! Limits: a string that does not parse has the value of the pieces that do; NUL bytes are kept (Nix cuts there).

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2};
use rnix::ast;
use rnix::{NodeOrToken, SyntaxKind, SyntaxNode, TextRange, TextSize};
use rowan::ast::AstNode;

use crate::green::Green;
use crate::text::size;

/// The character that begins a hole; the decimal number of the hole follows, then [`HOLE_END`].
pub const HOLE_START: char = '\u{e000}';
/// The character that ends a hole.
pub const HOLE_END: char = '\u{e001}';

/// The value of a string.
#[derive(Debug, Clone, Default)]
pub struct StringValue {
    /// The value. Each interpolation is one hole: U+E000, its index in [`StringValue::holes`], U+E001.
    pub text: String,
    /// The interpolations, in order.
    pub holes: Vec<Hole>,
    /// In order of the value, without gaps.
    runs: Vec<Run>,
    /// The source range between the quotes.
    inside: TextRange,
}

/// One `${…}` of a string.
#[derive(Debug, Clone)]
pub struct Hole {
    /// The source range of the expression, without `${` and `}`.
    pub at: TextRange,
    /// The expression; the whole `${}` when it holds none.
    pub node: SyntaxNode,
    /// Where the hole stands in the value, in bytes.
    pub value: Range<usize>,
}

/// One piece of a string between holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its value.
    pub text: &'a str,
    /// Where it stands in the value, in bytes.
    pub value: Range<usize>,
    /// Where it stands in the source, escapes and removed indentation included.
    pub at: TextRange,
}

/// A stretch of the value and the stretch of the source that it comes from.
#[derive(Debug, Clone)]
struct Run {
    value: usize,
    len: usize,
    source: usize,
    source_len: usize,
    /// The two are the same bytes. An escape or a hole is a run of its own, not the same bytes.
    same: bool,
    hole: bool,
}

impl StringValue {
    /// The value of a string. Never fails: what does not parse is left out.
    #[must_use]
    pub fn of(string: &ast::Str) -> StringValue {
        StringValue::of_node(string.syntax())
    }

    /// The value of a `NODE_STRING`; the empty value for any other node.
    #[must_use]
    pub fn of_node(node: &SyntaxNode) -> StringValue {
        let mut parts = Parts::default();
        let mut inside = TextRange::empty(node.text_range().end());
        let mut opened = false;
        for child in node.children_with_tokens() {
            match child {
                NodeOrToken::Token(token) => match token.kind() {
                    SyntaxKind::TOKEN_STRING_START => {
                        opened = true;
                        parts.indented = token.text() == "''";
                        let start = token.text_range().end();
                        inside = TextRange::new(start, node.text_range().end().max(start));
                    }
                    SyntaxKind::TOKEN_STRING_CONTENT => {
                        let first = token.text_range().start() == inside.start();
                        let at = usize::from(token.text_range().start());
                        parts.content(token.text(), at, first);
                    }
                    SyntaxKind::TOKEN_STRING_END if opened => {
                        inside = TextRange::new(inside.start(), token.text_range().start());
                    }
                    _ => {}
                },
                NodeOrToken::Node(child) if child.kind() == SyntaxKind::NODE_INTERPOL => {
                    parts.tokens.push(Part::Hole(child));
                }
                NodeOrToken::Node(_) => {}
            }
        }
        let mut value = parts.value();
        value.inside = inside;
        value
    }

    /// The source offset of a byte of the value. The end of the value is the end of the string's inside; a byte of an
    /// escape or a hole is the start of that escape or `${`.
    #[must_use]
    pub fn source(&self, value_offset: usize) -> TextSize {
        match self.run_at(value_offset) {
            Some(run) if run.same => size(run.source + (value_offset - run.value)),
            Some(run) => size(run.source),
            None => self.inside.end(),
        }
    }

    /// The source range of a range of the value: from the source of its first byte to the end of the source of its
    /// last one. Indentation that was removed in between is inside.
    #[must_use]
    pub fn source_range(&self, range: Range<usize>) -> TextRange {
        let start = self.source(range.start);
        if range.is_empty() {
            return TextRange::empty(start);
        }
        let last = range.end - 1;
        let end = match self.run_at(last) {
            Some(run) if run.same => size(run.source + (range.end - run.value)),
            Some(run) => size(run.source + run.source_len),
            None => self.inside.end(),
        };
        TextRange::new(start, end.max(start))
    }

    /// Whether the range lies in one run that is spelled in the source as it is in the value, so that an edit may
    /// replace it. An empty range is verbatim where its byte is.
    #[must_use]
    pub fn is_verbatim(&self, range: Range<usize>) -> bool {
        self.run_at(range.start)
            .is_some_and(|run| run.same && range.end <= run.value + run.len)
    }

    /// The index of the hole that covers a byte of the value.
    #[must_use]
    pub fn hole_at(&self, value_offset: usize) -> Option<usize> {
        let index = self
            .holes
            .partition_point(|hole| hole.value.end <= value_offset);
        let hole = self.holes.get(index)?;
        hole.value.contains(&value_offset).then_some(index)
    }

    /// The source range between the quotes.
    #[must_use]
    pub fn inside(&self) -> TextRange {
        self.inside
    }

    /// The value, if it holds no interpolation.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        self.holes.is_empty().then_some(self.text.as_str())
    }

    /// The pieces between the holes that are not empty, in order.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let ends = self
            .holes
            .iter()
            .map(|hole| hole.value.start)
            .chain([self.text.len()]);
        let starts = [0]
            .into_iter()
            .chain(self.holes.iter().map(|hole| hole.value.end));
        starts
            .zip(ends)
            .filter(|(start, end)| start < end)
            .map(|(start, end)| Piece {
                text: &self.text[start..end],
                value: start..end,
                at: self.source_range(start..end),
            })
    }

    fn run_at(&self, value_offset: usize) -> Option<&Run> {
        let after = self.runs.partition_point(|run| run.value <= value_offset);
        let run = self.runs.get(after.checked_sub(1)?)?;
        (value_offset < run.value + run.len).then_some(run)
    }

    fn push(&mut self, text: &str, source: usize, source_len: usize, same: bool) {
        if text.is_empty() {
            return;
        }
        let value = self.text.len();
        self.text.push_str(text);
        if same
            && let Some(last) = self.runs.last_mut()
            && last.same
            && last.source + last.len == source
        {
            last.len += text.len();
            last.source_len += source_len;
            return;
        }
        self.runs.push(Run {
            value,
            len: text.len(),
            source,
            source_len,
            same,
            hole: false,
        });
    }

    fn push_hole(&mut self, interpol: SyntaxNode) {
        let start = self.text.len();
        let text = format!("{HOLE_START}{}{HOLE_END}", self.holes.len());
        let whole = interpol.text_range();
        self.push(&text, whole.start().into(), whole.len().into(), false);
        if let Some(run) = self.runs.last_mut() {
            run.hole = true;
        }
        let node = interpol.first_child().unwrap_or(interpol);
        self.holes.push(Hole {
            at: node.text_range(),
            node,
            value: start..self.text.len(),
        });
    }

    /// Cuts the value back to `len` bytes. Only the last literal is ever cut.
    fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
        while let Some(run) = self.runs.last_mut() {
            if run.value >= len && !run.hole {
                self.runs.pop();
                continue;
            }
            if run.same {
                run.len = run.len.min(len - run.value);
                run.source_len = run.len;
            }
            break;
        }
    }
}

/// The value of a string without interpolation; `None` with one. Cheaper than [`StringValue::of`].
#[must_use]
pub fn plain(string: &ast::Str) -> Option<String> {
    plain_of(Green::new(string.syntax())).map(Cow::into_owned)
}

pub(crate) fn plain_of(string: Green<'_>) -> Option<Cow<'_, str>> {
    let mut children = string.children();
    let opening = children.next().and_then(NodeOrToken::into_token);
    if opening.is_some_and(|opening| opening.text() == "\"")
        && let Some(content) = children.next().and_then(NodeOrToken::into_token)
    {
        match content.kind() {
            SyntaxKind::TOKEN_STRING_END => return Some(Cow::Borrowed("")),
            SyntaxKind::TOKEN_STRING_CONTENT
                if !content.text().contains(['\\', '\r'])
                    && children
                        .next()
                        .and_then(NodeOrToken::into_token)
                        .is_some_and(|end| end.kind() == SyntaxKind::TOKEN_STRING_END) =>
            {
                return Some(Cow::Borrowed(content.text()));
            }
            _ => {}
        }
    }
    // What has a hole is not plain, whatever its text: do not read that.
    if string.node(SyntaxKind::NODE_INTERPOL).is_some() {
        return None;
    }
    let mut parts = Parts::default();
    let mut inside = None;
    for token in string.tokens() {
        let at = token.range().start();
        match token.kind() {
            SyntaxKind::TOKEN_STRING_START => {
                parts.indented = token.text() == "''";
                inside = Some(token.range().end());
            }
            SyntaxKind::TOKEN_STRING_CONTENT => {
                parts.content(token.text(), at.into(), inside == Some(at));
            }
            _ => {}
        }
    }
    Some(Cow::Owned(parts.value().text))
}

/// A string as Nix's lexer cuts it.
#[derive(Default)]
struct Parts {
    indented: bool,
    tokens: Vec<Part>,
}

enum Part {
    /// Text that stands in the source as it is; in `''…''` its indentation counts.
    Text(String, usize),
    /// An escape: value, source offset, source length. It ends the indentation of its line.
    Escape(String, usize, usize),
    /// A `${…}`.
    Hole(SyntaxNode),
}

impl Parts {
    /// One content token of the tree; `first` if it follows the opening quotes.
    fn content(&mut self, text: &str, at: usize, first: bool) {
        if self.indented {
            let mut text = text;
            let mut at = at;
            // The spaces and the line end after the opening quotes belong to the quotes.
            let spaces = text.bytes().take_while(|b| *b == b' ').count();
            if first && text.as_bytes().get(spaces) == Some(&b'\n') {
                text = &text[spaces + 1..];
                at += spaces + 1;
            }
            self.indented_content(text, at);
        } else {
            self.quoted_content(text, at);
        }
    }

    fn text(&mut self, text: &str, at: usize) {
        if !text.is_empty() {
            self.tokens.push(Part::Text(text.to_owned(), at));
        }
    }

    fn quoted_content(&mut self, text: &str, at: usize) {
        let mut from = 0;
        let mut chars = text.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            let (value, end) = match c {
                '\\' => match chars.next() {
                    Some((j, c)) => (escaped(c).to_string(), j + c.len_utf8()),
                    None => break,
                },
                '\r' if chars.peek().is_some_and(|(_, c)| *c == '\n') => {
                    chars.next();
                    ("\n".to_owned(), i + 2)
                }
                '\r' => ("\n".to_owned(), i + 1),
                _ => continue,
            };
            self.text(&text[from..i], at + from);
            self.tokens.push(Part::Escape(value, at + i, end - i));
            from = end;
        }
        self.text(&text[from..], at + from);
    }

    fn indented_content(&mut self, text: &str, at: usize) {
        let bytes = text.as_bytes();
        let mut from = 0;
        let mut i = 0;
        while let Some(next) = memchr2(b'$', b'\'', bytes.get(i..).unwrap_or_default()) {
            i += next;
            match bytes[i] {
                // `$$` and `$x` are two plain characters, so that `$${` opens nothing; `$'` is one.
                b'$' if !matches!(bytes.get(i + 1), None | Some(b'\'')) => i += 2,
                // `'x` is two plain characters; `'$` is one.
                b'\'' if !matches!(bytes.get(i + 1), None | Some(b'\'' | b'$')) => i += 2,
                b'\'' if bytes.get(i + 1) == Some(&b'\'') => {
                    let (value, len) = match bytes.get(i + 2) {
                        Some(b'\'') => ("''".to_owned(), 3),
                        Some(b'$') => ("$".to_owned(), 3),
                        Some(b'\\') => match text.get(i + 3..).and_then(|s| s.chars().next()) {
                            Some('\r') => ("\n".to_owned(), 4),
                            Some(c) => (escaped(c).to_string(), 3 + c.len_utf8()),
                            None => break,
                        },
                        _ => break,
                    };
                    self.text(&text[from..i], at + from);
                    self.tokens.push(Part::Escape(value, at + i, len));
                    i += len;
                    from = i;
                }
                _ => i += 1,
            }
        }
        self.text(&text[from.min(text.len())..], at + from);
    }

    /// How many spaces every line loses.
    fn indentation(&self) -> usize {
        let mut least = usize::MAX;
        let mut current = 0;
        let mut at_start = true;
        for token in &self.tokens {
            let Part::Text(text, _) = token else {
                if at_start {
                    at_start = false;
                    least = least.min(current);
                }
                continue;
            };
            let mut rest = text.as_bytes();
            loop {
                if at_start {
                    let spaces = spaces(rest);
                    current += spaces;
                    rest = &rest[spaces..];
                    if rest.is_empty() {
                        break;
                    }
                    if rest[0] != b'\n' {
                        at_start = false;
                        least = least.min(current);
                    }
                }
                let Some(end) = memchr(b'\n', rest) else {
                    break;
                };
                rest = &rest[end + 1..];
                at_start = true;
                current = 0;
            }
        }
        least
    }

    fn value(self) -> StringValue {
        let mut value = StringValue::default();
        if !self.indented {
            for token in self.tokens {
                match token {
                    Part::Text(text, at) => value.push(&text, at, text.len(), true),
                    Part::Escape(text, at, len) => value.push(&text, at, len, false),
                    Part::Hole(node) => value.push_hole(node),
                }
            }
            return value;
        }
        let indentation = self.indentation();
        let mut at_start = true;
        let mut dropped = 0;
        let count = self.tokens.len();
        for (index, token) in self.tokens.into_iter().enumerate() {
            let begins = value.text.len();
            match token {
                Part::Hole(node) => {
                    at_start = false;
                    dropped = 0;
                    value.push_hole(node);
                    continue;
                }
                // An escaped space or line end counts as such here, though not above; so does Nix.
                Part::Escape(text, at, len) => {
                    let kept = keep(&text, indentation, &mut at_start, &mut dropped);
                    for (from, to) in kept {
                        value.push(&text[from..to], at, len, false);
                    }
                }
                Part::Text(text, at) => {
                    let kept = keep(&text, indentation, &mut at_start, &mut dropped);
                    for (from, to) in kept {
                        value.push(&text[from..to], at + from, to - from, true);
                    }
                }
            }
            // A last line of nothing but spaces goes, its line end stays.
            if index + 1 == count
                && let Some(line) = value.text[begins..].rfind('\n')
                && value.text[begins + line + 1..].bytes().all(|b| b == b' ')
            {
                value.truncate(begins + line + 1);
            }
        }
        value
    }
}

/// The ranges of a text that stay when its lines lose their indentation.
fn keep(
    text: &str,
    indentation: usize,
    at_start: &mut bool,
    dropped: &mut usize,
) -> Vec<(usize, usize)> {
    let mut kept: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if *at_start {
            let spaces = spaces(&bytes[at..]);
            let lost = spaces.min(indentation.saturating_sub(*dropped));
            if lost > 0 {
                if from < at {
                    kept.push((from, at));
                }
                from = at + lost;
            }
            *dropped += spaces;
            at += spaces;
            if at == bytes.len() {
                break;
            }
            *dropped = 0;
            *at_start = bytes[at] == b'\n';
            at += 1;
        } else {
            match memchr(b'\n', &bytes[at..]) {
                Some(end) => at += end + 1,
                None => break,
            }
            *at_start = true;
        }
    }
    if from < text.len() {
        kept.push((from, text.len()));
    }
    kept
}

/// How many spaces a text begins with.
fn spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}

fn escaped(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        c => c,
    }
}

#[cfg(test)]
#[path = "strings_test.rs"]
mod tests;
