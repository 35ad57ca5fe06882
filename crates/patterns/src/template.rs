//! A text with holes: a message, a help, a note.

use std::ops::Range;

use lint_api::FileCx;
use lint_api::syntax::TextRange;

use crate::matcher::Captured;
use crate::pattern::Holes;

/// The most characters that are shown of what a hole stands for.
const LONGEST: usize = 60;
/// What stands in the place of a secret.
const MASK: &str = "•••";

/// A text with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole(usize),
}

impl Template {
    /// Reads a text. `Err` is a name that no hole has, as written, and where.
    ///
    /// # Errors
    /// When there is no such hole.
    pub fn read(text: &str, holes: &Holes) -> Result<Template, (Range<usize>, String)> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(found) = text[at..].find('$') {
            plain.push_str(&text[at..at + found]);
            at += found;
            let after = &text[at + 1..];
            let dots = if after.starts_with("...") { 3 } else { 0 };
            let name = after[dots..]
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .map_or(&after[dots..], |end| &after[dots..dots + end]);
            if let Some(rest) = after.strip_prefix('$') {
                plain.push('$');
                at = text.len() - rest.len();
                continue;
            }
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                plain.push('$');
                at += 1;
                continue;
            }
            let end = at + 1 + dots + name.len();
            let index = holes.index(name);
            let index = index.filter(|it| holes.role(*it).is_rest() == (dots > 0));
            let Some(index) = index else {
                return Err((at..end, text[at..end].to_owned()));
            };
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Hole(index));
            at = end;
        }
        plain.push_str(&text[at..]);
        pieces.push(Piece::Text(plain));
        Ok(Template(pieces))
    }

    /// The text, with what its holes stand for.
    #[must_use]
    pub fn fill(&self, captured: &[Option<Captured>], cx: &FileCx<'_>) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Hole(index) => {
                    if let Some(Some(captured)) = captured.get(*index) {
                        text.push_str(&shown(captured, cx));
                    }
                }
            }
        }
        text
    }
}

/// What a hole stands for, in a few words and without secrets.
fn shown(captured: &Captured, cx: &FileCx<'_>) -> String {
    let ranges = captured.ranges();
    let masks = &cx.file.facts.secrets.masks;
    let hidden = |at: &TextRange| {
        let mut masks = masks.iter();
        masks.any(|mask| mask.start() < at.end() && at.start() < mask.end())
    };
    if ranges.iter().any(hidden) {
        return MASK.to_owned();
    }
    if let Captured::Name(name, _) = captured {
        return cut(name);
    }
    let texts: Vec<String> = ranges.iter().map(|at| cut(cx.text(*at))).collect();
    cut(&texts.join(" "))
}

/// A text on one line, and not too long.
fn cut(text: &str) -> String {
    let mut short = String::new();
    for (count, c) in words(text).enumerate() {
        if count == LONGEST {
            short.push('…');
            break;
        }
        short.push(c);
    }
    short
}

/// The characters of a text, each run of white space as one blank.
fn words(text: &str) -> impl Iterator<Item = char> {
    let mut blank = false;
    text.trim().chars().filter_map(move |c| {
        let now = c.is_whitespace();
        let again = now && blank;
        blank = now;
        (!again).then_some(if now { ' ' } else { c })
    })
}
