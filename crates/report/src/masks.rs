//! The one way from a file's text to a printed line: masked, sanitised, cut, with a map of offsets.
//!
//! A mask covers a literal that some lint of the group `secrets` recognised. No printer takes source text but through
//! [`masked_line`], whatever lint speaks of the line.

use lint_api::Fix;
use syntax::{Text, TextRange, TextSize};

use crate::sanitise;

/// What stands in the place of a masked piece: always the same width.
pub const MASK: &str = "•••";

/// The masks of one file: sorted, not empty, not overlapping.
#[derive(Debug, Default, Clone)]
pub struct Masks(Vec<TextRange>);

/// One line as it may be shown.
#[derive(Debug)]
pub struct Line {
    /// The characters to show; never a line end, a tab or another control character.
    pub text: String,
    pieces: Vec<Piece>,
}

/// A character or a masked piece: where it is in the file, and where in the shown line.
#[derive(Debug)]
struct Piece {
    real: TextRange,
    shown: (usize, usize),
}

impl Masks {
    /// Sorts and joins.
    #[must_use]
    pub fn new(masks: &[TextRange]) -> Masks {
        let mut sorted: Vec<TextRange> =
            masks.iter().copied().filter(|it| !it.is_empty()).collect();
        sorted.sort_by_key(|it| (it.start(), it.end()));
        let mut joined: Vec<TextRange> = Vec::with_capacity(sorted.len());
        for next in sorted {
            match joined.last_mut() {
                Some(last) if next.start() <= last.end() => *last = last.cover(next),
                _ => joined.push(next),
            }
        }
        Masks(joined)
    }

    /// The mask that covers the byte at `offset`.
    fn at(&self, offset: TextSize) -> Option<TextRange> {
        let index = self.0.partition_point(|mask| mask.end() <= offset);
        self.0
            .get(index)
            .copied()
            .filter(|mask| mask.start() <= offset)
    }

    /// Whether a range holds a part of a masked place.
    #[must_use]
    pub fn touch(&self, range: TextRange) -> bool {
        self.0
            .iter()
            .any(|mask| range.start() < mask.end() && mask.start() < range.end())
    }

    /// Appends a text with every masked piece of a line replaced; the line ends stay.
    pub fn write_masked(&self, text: &str, mask: &str, out: &mut String) {
        let mut at = 0;
        for it in &self.0 {
            let (start, end) = (usize::from(it.start()), usize::from(it.end()));
            let (Some(before), Some(secret)) = (text.get(at..start), text.get(start..end)) else {
                // The edge lies inside of a character: nothing behind it may be trusted.
                continue;
            };
            out.push_str(before);
            for line in secret.split_inclusive('\n') {
                let length = line.trim_end_matches(['\r', '\n']).len();
                if length > 0 {
                    out.push_str(mask);
                }
                out.push_str(&line[length..]);
            }
            at = end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
    }

    /// Whether a fix may be shown: it neither changes a masked place nor repeats a line of one.
    #[must_use]
    pub fn permit(&self, fix: &Fix, text: &Text) -> bool {
        self.0.iter().all(|mask| {
            let touched = fix
                .edits
                .iter()
                .any(|edit| edit.range.start() < mask.end() && mask.start() < edit.range.end());
            let repeated = || {
                text.slice(*mask)
                    .lines()
                    .map(str::trim)
                    .filter(|piece| piece.len() >= 4)
                    .any(|piece| {
                        fix.title.contains(piece)
                            || fix.edits.iter().any(|edit| edit.text.contains(piece))
                    })
            };
            !touched && !repeated()
        })
    }
}

/// A 0-based line of a text as it may be shown: masked pieces as [`MASK`], tabs as blanks up to the next multiple of
/// four columns, hidden characters escaped, and at most about `width` columns around the offset `around`, with `…`
/// where it was cut. Costs time in `width`, not in the length of the line.
#[must_use]
pub fn masked_line(text: &Text, line: u32, masks: &Masks, around: TextSize, width: usize) -> Line {
    let range = text.line_range(line);
    let contents = text.slice(range);
    let begin = range.start();
    let around = around.clamp(range.start(), range.end());
    let before = text.slice(TextRange::new(begin, around));

    let mut shown = Line {
        text: String::new(),
        pieces: Vec::new(),
    };
    let mut columns = 0;
    // The label begins in the first two thirds of what is shown.
    let mut at = 0;
    if before.chars().rev().nth(width * 2 / 3).is_some() {
        at = before
            .char_indices()
            .rev()
            .nth(width / 3)
            .map_or(0, |(at, _)| at);
        shown.text.push('…');
        columns = 1;
    }
    while at < contents.len() {
        if columns >= width {
            shown.text.push('…');
            break;
        }
        let real = begin + syntax::text::size(at);
        let from = shown.text.len();
        let end = match masks.at(real) {
            Some(mask) => {
                shown.text.push_str(MASK);
                mask.end().min(range.end())
            }
            None => {
                let rest = &contents[at..];
                if rest.starts_with('\t') {
                    let blanks = 4 - columns % 4;
                    shown.text.push_str(&"    "[..blanks]);
                } else {
                    sanitise::push_char(&mut shown.text, rest);
                }
                real + TextSize::of(rest.chars().next().unwrap_or_default())
            }
        };
        columns += shown.text[from..].chars().count();
        shown.pieces.push(Piece {
            real: TextRange::new(real, end),
            shown: (from, shown.text.len()),
        });
        at = usize::from(end - begin);
        while !contents.is_char_boundary(at) {
            at += 1;
        }
    }
    shown
}

impl Line {
    /// Where the thing at an offset of the file begins in [`Line::text`]. An offset that was cut away answers the edge.
    #[must_use]
    pub fn start(&self, offset: TextSize) -> usize {
        let index = self
            .pieces
            .partition_point(|piece| piece.real.end() <= offset);
        match self.pieces.get(index) {
            Some(piece) if piece.real.start() <= offset => piece.shown.0,
            Some(_) => 0,
            None => self.pieces.last().map_or(0, |last| last.shown.1),
        }
    }

    /// Where a thing that ends before an offset of the file ends in [`Line::text`].
    #[must_use]
    pub fn end(&self, offset: TextSize) -> usize {
        let index = self
            .pieces
            .partition_point(|piece| piece.real.start() < offset);
        match index.checked_sub(1) {
            Some(index) => self.pieces[index].shown.1,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u32, end: u32) -> TextRange {
        TextRange::new(start.into(), end.into())
    }

    #[test]
    fn masked_pieces_and_tabs() {
        let text = Text::new("\tpw = \"hunter22\"; x\r\n  second\n");
        let masks = Masks::new(&[range(7, 12), range(10, 15)]);
        let line = masked_line(&text, 0, &masks, 1.into(), 240);
        assert_eq!(line.text, "    pw = \"•••\"; x");
        assert_eq!(line.start(1.into()), 4);
        // Anything inside of the mask is the whole mask.
        assert_eq!(&line.text[line.start(9.into())..line.end(10.into())], MASK);
        assert_eq!(&line.text[line.start(18.into())..line.end(19.into())], "x");
        assert_eq!(
            masked_line(&text, 1, &masks, 0.into(), 240).text,
            "  second"
        );
    }

    #[test]
    fn a_mask_over_lines_hides_each() {
        let text = Text::new("a = ''\n  one\n  two\n'';");
        let masks = Masks::new(&[range(6, 19)]);
        let shown: Vec<String> = (0..4)
            .map(|line| masked_line(&text, line, &masks, 0.into(), 240).text)
            .collect();
        assert_eq!(shown, ["a = ''", MASK, MASK, "'';"]);
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = Text::new(format!("{}HERE{}", "é".repeat(10_000), "y".repeat(10_000)));
        let at = TextSize::from(20_000);
        let line = masked_line(&text, 0, &Masks::default(), at, 240);
        assert!(line.text.starts_with("…é") && line.text.ends_with("y…"));
        assert_eq!(line.text.chars().count(), 241);
        assert_eq!(
            &line.text[line.start(at)..line.end(at + TextSize::from(4))],
            "HERE"
        );
        assert_eq!(line.start(0.into()), 0);
        assert_eq!(&line.text[line.end(30_000.into())..], "…");
    }

    #[test]
    fn hidden_characters_keep_their_place() {
        let text = Text::new("a\u{1b}[31mb ##[x]");
        let line = masked_line(&text, 0, &Masks::default(), 0.into(), 240);
        assert_eq!(line.text, "a\\u{1b}[31mb \\u{23}#[x]");
        assert_eq!(
            &line.text[line.start(1.into())..line.end(2.into())],
            "\\u{1b}"
        );
    }

    #[test]
    fn fixes_that_touch_or_repeat_a_mask_are_not_shown() {
        let text = Text::new("a = \"hunter22\"; b = 1;");
        let masks = Masks::new(&[range(5, 13)]);
        assert!(masks.permit(&Fix::safe("x").delete(range(16, 22)), &text));
        assert!(!masks.permit(&Fix::safe("x").delete(range(0, 22)), &text));
        assert!(!masks.permit(&Fix::safe("x").replace(range(16, 22), "hunter22"), &text));
    }
}
