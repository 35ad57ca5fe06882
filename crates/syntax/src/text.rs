//! The contents of one file with its line table.
//!
//! Everything inside nivis speaks of byte offsets into [`Text::contents`], 0-based, without the byte order mark.
//! Lines, code points and UTF-16 units exist only where a report or an editor asks for them.

use std::sync::OnceLock;

use rnix::{TextRange, TextSize};

/// The contents of one file: always UTF-8, never with a byte order mark.
#[derive(Debug, Clone)]
pub struct Text {
    contents: String,
    /// Byte offset of the first byte of every line; the first entry is 0. Known when somebody asks: most files have
    /// nothing to tell.
    line_starts: OnceLock<Vec<u32>>,
    bom: bool,
    invalid_at: Option<u32>,
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        let of = |it: &Text| (it.bom, it.invalid_at);
        self.contents == other.contents && of(self) == of(other)
    }
}

impl Eq for Text {}

/// A place as people count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// 1-based line; a line ends with LF or CRLF.
    pub line: u32,
    /// 1-based column in Unicode code points.
    pub column: u32,
    /// 1-based column in UTF-16 code units.
    pub utf16: u32,
    /// 1-based column in UTF-8 bytes.
    pub byte_column: u32,
    /// 0-based byte offset in the file as it is on disk, a byte order mark included.
    pub byte: u32,
}

impl Text {
    /// Takes the bytes of a file. Invalid UTF-8 is replaced by U+FFFD, and [`Text::invalid_at`] says where it begins.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Text {
        match String::from_utf8(bytes) {
            Ok(contents) => Text::new(contents),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let mut text = Text::new(lossy);
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                text.invalid_at = Some(if text.bom { at.saturating_sub(3) } else { at });
                text
            }
        }
    }

    /// Takes the contents of a file; a byte order mark at the start is remembered and removed.
    #[must_use]
    pub fn new(contents: impl Into<String>) -> Text {
        let mut contents: String = contents.into();
        let bom = contents.starts_with('\u{feff}');
        if bom {
            contents.drain(..'\u{feff}'.len_utf8());
        }
        Text {
            contents,
            line_starts: OnceLock::new(),
            bom,
            invalid_at: None,
        }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.contents.as_bytes());
            std::iter::once(0)
                .chain(ends.map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX)))
                .collect()
        })
    }

    /// The text, without a byte order mark.
    #[must_use]
    pub fn contents(&self) -> &str {
        &self.contents
    }

    /// Whether the file begins with a byte order mark.
    #[must_use]
    pub fn has_bom(&self) -> bool {
        self.bom
    }

    /// The text as a file has it: with the byte order mark. Bytes that were not UTF-8 are lost, see
    /// [`Text::invalid_at`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mark = if self.bom { "\u{feff}" } else { "" };
        [mark, &self.contents].concat().into_bytes()
    }

    /// Another text for the same file: the byte order mark stays.
    #[must_use]
    pub fn with_contents(&self, contents: &str) -> Text {
        let mark = if self.bom { "\u{feff}" } else { "" };
        Text::new([mark, contents].concat())
    }

    /// Byte offset (in [`Text::contents`]) of the first byte that is not UTF-8.
    #[must_use]
    pub fn invalid_at(&self) -> Option<u32> {
        self.invalid_at
    }

    /// Number of lines; an empty text has one.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.line_starts().len()).unwrap_or(u32::MAX)
    }

    /// 0-based index of the line that holds `offset`. Offsets past the end answer the last line.
    #[must_use]
    pub fn line_of(&self, offset: TextSize) -> u32 {
        let offset = u32::from(offset);
        let after = self.line_starts().partition_point(|start| *start <= offset);
        u32::try_from(after.max(1) - 1).unwrap_or(u32::MAX)
    }

    /// The range of a 0-based line, without its LF or CRLF.
    #[must_use]
    pub fn line_range(&self, line: u32) -> TextRange {
        let end_of_text = TextSize::of(self.contents.as_str());
        let index = line as usize;
        let Some(start) = self.line_starts().get(index) else {
            return TextRange::empty(end_of_text);
        };
        let mut end = self
            .line_starts()
            .get(index + 1)
            .map_or(usize::from(end_of_text), |next| *next as usize - 1);
        if self.line_starts().get(index + 1).is_some()
            && self.contents.as_bytes().get(end.wrapping_sub(1)) == Some(&b'\r')
        {
            end -= 1;
        }
        let start = (*start as usize).min(end);
        TextRange::new(size(start), size(end))
    }

    /// The text of a 0-based line, without its LF or CRLF.
    #[must_use]
    pub fn line(&self, line: u32) -> &str {
        self.slice(self.line_range(line))
    }

    /// The text of a range; a range that leaves the text or cuts a character is drawn in to what is there.
    #[must_use]
    pub fn slice(&self, range: TextRange) -> &str {
        let start = floor_char(&self.contents, usize::from(range.start()));
        let end = floor_char(&self.contents, usize::from(range.end())).max(start);
        &self.contents[start..end]
    }

    /// Where an offset stands, in every unit that a report needs. An offset inside a character is that character's.
    #[must_use]
    pub fn position(&self, offset: TextSize) -> Position {
        let at = floor_char(&self.contents, usize::from(offset));
        let line = self.line_of(size(at));
        let start = self.line_starts()[line as usize] as usize;
        let before = &self.contents[start..at];
        let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Position {
            line: line + 1,
            column: count(before.chars().count()),
            utf16: count(before.encode_utf16().count()),
            byte_column: count(before.len()),
            byte: u32::try_from(at).unwrap_or(u32::MAX) + if self.bom { 3 } else { 0 },
        }
    }
}

/// A `usize` offset as a [`TextSize`]; offsets past 4 GiB cannot arise below the file size limit and are cut.
#[must_use]
pub fn size(offset: usize) -> TextSize {
    TextSize::from(u32::try_from(offset).unwrap_or(u32::MAX))
}

/// The largest character boundary of `text` that is not after `offset`.
#[must_use]
pub fn floor_char(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_in_every_unit() {
        let text = Text::new("\u{feff}x\r\n\t\"a𐐀bé\" y");
        let at = text.contents().find('y').unwrap();
        let place = text.position(size(at));
        assert_eq!(
            (place.line, place.column, place.utf16, place.byte_column),
            (2, 9, 10, 13)
        );
        assert_eq!(place.byte, u32::try_from(at).unwrap() + 3);
        assert_eq!(text.line(0), "x");
        assert_eq!(text.line(1), "\t\"a𐐀bé\" y");
    }

    #[test]
    fn invalid_bytes_are_named_and_replaced() {
        let text = Text::from_bytes(b"{ a = \"\xe9\"; }".to_vec());
        assert_eq!(text.invalid_at(), Some(7));
        assert!(text.contents().contains('\u{fffd}'));
    }

    #[test]
    fn an_empty_text_has_one_line() {
        let text = Text::new("");
        assert_eq!(text.line_count(), 1);
        assert_eq!(text.position(size(10)).line, 1);
        assert_eq!(text.line(0), "");
    }
}
