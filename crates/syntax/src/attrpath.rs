//! Attribute paths as names: `a."b c".${x}` is static `a`, static `b c`, dynamic.

use std::fmt::Write as _;

use rnix::ast;
use rnix::{SyntaxNode, TextRange};
use rowan::ast::AstNode;
use serde::{Deserialize, Serialize};

use crate::green::Green;

/// One segment of an attribute path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    /// A name known from the text: `a`, `"a"`, `${"a"}`.
    Static(Box<str>),
    /// A computed name: `${x}`, `"${x}-y"`.
    Dynamic,
}

impl Key {
    /// The name, if the text tells it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Key::Static(name) => Some(name),
            Key::Dynamic => None,
        }
    }

    /// Whether the name is known and equal to `name`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name() == Some(name)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Static(name) if is_identifier(name) => f.write_str(name),
            Key::Static(name) => write!(f, "{name:?}"),
            Key::Dynamic => f.write_str("${…}"),
        }
    }
}

/// Whether `name` can stand in an attribute path without quotes. Keywords cannot.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\'' | b'-'))
        && !matches!(
            name,
            "if" | "then" | "else" | "assert" | "with" | "let" | "in" | "rec" | "inherit" | "or"
        )
}

/// The segments of a path, left to right.
#[must_use]
pub fn keys(path: &ast::Attrpath) -> Vec<Key> {
    Green::new(path.syntax()).nodes().map(key_of).collect()
}

/// The segments of a path with their ranges.
pub fn keys_at(path: &ast::Attrpath) -> impl Iterator<Item = (Key, TextRange)> + use<> {
    path.attrs()
        .map(|attr| (key(&attr), attr.syntax().text_range()))
}

/// One segment as a name.
#[must_use]
pub fn key(attr: &ast::Attr) -> Key {
    key_of(Green::new(attr.syntax()))
}

/// As [`key`], for a segment of the green tree.
#[must_use]
pub fn key_of(attr: Green<'_>) -> Key {
    // `${"a"}` is the name `a` to Nix as well.
    attr.key()
        .map_or(Key::Dynamic, |name| Key::Static(name.into()))
}

/// The text of an identifier node: its one token, also when that is the keyword `or`.
#[must_use]
pub fn ident_text(ident: &SyntaxNode) -> &str {
    Green::new(ident).ident()
}

/// The value of a string without interpolation.
#[must_use]
pub fn static_string(string: &ast::Str) -> Option<String> {
    crate::strings::plain(string)
}

/// The value of the text between the quotes of a `"` string without interpolation.
#[must_use]
pub(crate) fn unescape(content: &str) -> String {
    let mut value = String::with_capacity(content.len());
    let mut chars = content.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(other) => value.push(other),
                None => {}
            },
            // Nix reads a line end of any kind as a line feed.
            '\r' => {
                chars.next_if_eq(&'\n');
                value.push('\n');
            }
            _ => value.push(c),
        }
    }
    value
}

/// `a.b.c` as people write it.
#[must_use]
pub fn display(path: &[Key]) -> String {
    let mut shown = String::with_capacity(16 * path.len());
    for (index, key) in path.iter().enumerate() {
        if index > 0 {
            shown.push('.');
        }
        match key {
            Key::Static(name) if is_identifier(name) => shown.push_str(name),
            Key::Static(name) => drop(write!(shown, "{name:?}")),
            Key::Dynamic => shown.push_str("${…}"),
        }
    }
    shown
}
