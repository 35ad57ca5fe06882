//! Where an offset stands, for every format: as [`Text::position`], but in bounded time on lines of megabytes.

use std::cell::OnceCell;

use lint_api::report::{Recalled, Source};
use syntax::text::floor_char;
use syntax::{Text, TextSize};

pub use syntax::text::Position;

/// A line is short up to here; what stands on a short line is counted on the spot.
const SHORT: usize = 4096;
const STEP: usize = 1024;

/// The places of one text.
#[derive(Debug)]
pub struct Places<'a> {
    text: &'a Text,
    /// What stands in for a text that is not there.
    recalled: Option<&'a Recalled>,
    /// Code points and UTF-16 units before the character that holds byte `STEP * index`.
    counted: OnceCell<Vec<(u32, u32)>>,
}

impl<'a> Places<'a> {
    /// Nothing is counted yet.
    #[must_use]
    pub fn new(text: &'a Text) -> Places<'a> {
        Places {
            text,
            recalled: None,
            counted: OnceCell::new(),
        }
    }

    /// The places of a source of a report.
    #[must_use]
    pub fn of(source: &'a Source) -> Places<'a> {
        Places {
            recalled: source.recalled.as_deref(),
            ..Places::new(&source.text)
        }
    }

    /// Where an offset stands, in every unit.
    #[must_use]
    pub fn position(&self, offset: TextSize) -> Position {
        if let Some(recalled) = self.recalled {
            let known = recalled.positions.get(&offset.into());
            return known.copied().unwrap_or_else(|| self.text.position(offset));
        }
        let contents = self.text.contents();
        let at = floor_char(contents, usize::from(offset));
        let line = self.text.line_of(syntax::text::size(at));
        let start = usize::from(self.text.line_range(line).start());
        if at - start <= SHORT {
            return self.text.position(offset);
        }
        let (from, to) = (self.before(start), self.before(at));
        let bytes = u32::try_from(at - start).unwrap_or(u32::MAX);
        Position {
            line: line + 1,
            column: to.0 - from.0 + 1,
            utf16: to.1 - from.1 + 1,
            byte_column: bytes.saturating_add(1),
            byte: self.text.position(syntax::text::size(start)).byte + bytes,
        }
    }

    /// Code points and UTF-16 units before an offset that is a character boundary.
    fn before(&self, at: usize) -> (u32, u32) {
        let contents = self.text.contents();
        let counted = self.counted.get_or_init(|| {
            let mut counted = Vec::with_capacity(contents.len() / STEP + 1);
            let (mut chars, mut utf16) = (0, 0);
            for (at, c) in contents.char_indices() {
                while counted.len() * STEP < at + c.len_utf8() {
                    counted.push((chars, utf16));
                }
                chars += 1;
                utf16 += u32::try_from(c.len_utf16()).unwrap_or(1);
            }
            counted.push((chars, utf16));
            counted
        });
        let index = (at / STEP).min(counted.len() - 1);
        let (chars, utf16) = counted[index];
        let from = floor_char(contents, index * STEP).min(at);
        let rest = &contents[from..at];
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (
            chars + count(rest.chars().count()),
            utf16 + count(rest.encode_utf16().count()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_count_as_short_ones() {
        let long = format!(
            "\u{feff}x\r\n{}\n{}",
            "a𐐀bé\t".repeat(3000),
            "é𐐀".repeat(2000)
        );
        let text = Text::new(long);
        let places = Places::new(&text);
        for offset in (0..text.contents().len() + 3).step_by(97) {
            let offset = syntax::text::size(offset);
            assert_eq!(places.position(offset), text.position(offset), "{offset:?}");
        }
        let end = syntax::text::size(text.contents().len());
        assert_eq!(places.position(end), text.position(end));
    }
}
