//! Where editors and nivis mean the same place: byte offsets here, lines and units of an agreed encoding there.
//!
//! To the protocol a line also ends at a lone carriage return, so this is a line table of its own.

use lint_api::syntax::TextRange;

use crate::protocol::{Position, Range};

/// What the characters of a line are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: what every client understands.
    #[default]
    Utf16,
    /// Code points.
    Utf32,
}

impl Encoding {
    /// The best one for us among those that a client offers.
    #[must_use]
    pub fn choose<'a>(offered: impl Iterator<Item = &'a str> + Clone) -> Encoding {
        let has = |name: &str| offered.clone().any(|it| it == name);
        if has("utf-8") {
            Encoding::Utf8
        } else if has("utf-32") {
            Encoding::Utf32
        } else {
            Encoding::Utf16
        }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    fn units(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// The lines of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// Byte offset of the first byte of every line; the first is 0.
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines.
    #[must_use]
    pub fn of(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Lines {
            starts: std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        }
    }

    /// The byte offset of a place. What lies behind the end of a line is its end, what lies behind the last line is the end of
    /// the text; inside a character is before it.
    #[must_use]
    pub fn offset(&self, text: &str, place: Position, encoding: Encoding) -> usize {
        let Some(start) = self.starts.get(place.line as usize) else {
            return text.len();
        };
        let end = self.starts.get(place.line as usize + 1);
        let line = &text[*start..end.copied().unwrap_or(text.len())];
        let line = line.trim_end_matches(['\n', '\r']);
        let mut left = place.character as usize;
        for (at, c) in line.char_indices() {
            let units = encoding.units(c);
            if left < units {
                return start + at;
            }
            left -= units;
        }
        start + line.len()
    }

    /// The place of a byte offset; inside a character is before it, behind the text is its end.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let at = lint_api::syntax::text::floor_char(text, offset);
        let line = self.starts.partition_point(|start| *start <= at).max(1) - 1;
        let before = &text[self.starts[line]..at];
        let units = match encoding {
            Encoding::Utf8 => before.len(),
            _ => before.chars().map(|c| encoding.units(c)).sum(),
        };
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position {
            line: number(line),
            character: number(units),
        }
    }

    /// The places of a range of bytes.
    #[must_use]
    pub fn range(&self, text: &str, range: TextRange, encoding: Encoding) -> Range {
        Range {
            start: self.position(text, range.start().into(), encoding),
            end: self.position(text, range.end().into(), encoding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn astral_characters_in_three_encodings() {
        let text = "a\n\"𐐀é\" x";
        let lines = Lines::of(text);
        let x = text.find('x').unwrap();
        let places = ALL.map(|encoding| lines.position(text, x, encoding).character);
        assert_eq!(places, [9, 6, 5]);
        for (encoding, character) in ALL.into_iter().zip(places) {
            assert_eq!(lines.offset(text, at(1, character), encoding), x);
        }
        // In the middle of the pair.
        assert_eq!(lines.offset(text, at(1, 2), Encoding::Utf16), 3);
    }

    #[test]
    fn every_line_end_counts() {
        let text = "a\rb\r\nc\nd";
        let lines = Lines::of(text);
        let starts: Vec<usize> = (0..4)
            .map(|line| lines.offset(text, at(line, 0), Encoding::Utf16))
            .collect();
        assert_eq!(starts, [0, 2, 5, 7]);
        assert_eq!(lines.offset(text, at(1, 9), Encoding::Utf16), 3);
        assert_eq!(lines.offset(text, at(9, 9), Encoding::Utf16), text.len());
        assert_eq!(lines.position(text, 4, Encoding::Utf16), at(1, 2));
        assert_eq!(lines.position("", 7, Encoding::Utf8), at(0, 0));
    }

    #[test]
    fn the_best_encoding_wins() {
        let choose = |offered: &[&'static str]| Encoding::choose(offered.iter().copied());
        assert_eq!(choose(&["utf-16", "utf-8"]), Encoding::Utf8);
        assert_eq!(choose(&["utf-16", "utf-32"]), Encoding::Utf32);
        assert_eq!(choose(&[]), Encoding::Utf16);
        assert_eq!(choose(&["utf-7"]), Encoding::Utf16);
    }

    proptest::proptest! {
        #[test]
        fn there_and_back(text in "[a𐐀é\r\n ]{0,40}", offset in 0..200_usize) {
            let lines = Lines::of(&text);
            for encoding in ALL {
                let at = lint_api::syntax::text::floor_char(&text, offset);
                // Between the two characters of one line end there is no place.
                let inside = text[..at].ends_with('\r') && text[at..].starts_with('\n');
                let back = lines.offset(&text, lines.position(&text, at, encoding), encoding);
                proptest::prop_assert_eq!(back, if inside { at - 1 } else { at });
            }
        }
    }
}
