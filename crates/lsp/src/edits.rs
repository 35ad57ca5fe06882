//! From an old text to a new one in small edits, so that the editor's marks and cursor stay where they are.

use lint_api::repo::Text;
use lint_api::syntax::TextRange;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::place::Encoding;
use crate::protocol::TextEdit;
use crate::seen::Places;

/// The edits that lead from one text to another; `buffer` is what the editor holds for the old one.
#[must_use]
pub fn between(buffer: &str, old: &str, new: &str, encoding: Encoding) -> Vec<TextEdit> {
    let text = Text::new(old);
    let places = Places::of(&text, Some(buffer), encoding);
    let lines = [old, new].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let starts = lines.each_ref().map(|lines| starts(lines));
    let ops = capture_diff_slices(Algorithm::Myers, &lines[0], &lines[1]);
    let mut edits = Vec::new();
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let (was, is) = (op.old_range(), op.new_range());
        let (mut from, mut to) = (starts[0][was.start], starts[0][was.end]);
        let (mut first, mut last) = (starts[1][is.start], starts[1][is.end]);
        let (before, after) = (&old[from..to], &new[first..last]);
        let same = common(before.chars(), after.chars());
        from += same;
        first += same;
        let end = line_end(&old[from..to]);
        if end == line_end(&new[first..last]) {
            to -= end.len();
            last -= end.len();
        }
        let same = common(old[from..to].chars().rev(), new[first..last].chars().rev());
        to -= same;
        last -= same;
        let size = lint_api::syntax::text::size;
        edits.push(TextEdit {
            range: places.range(&text, TextRange::new(size(from), size(to))),
            new_text: new[first..last].to_owned(),
        });
    }
    edits
}

/// Byte offsets of lines, and the end.
fn starts(lines: &[&str]) -> Vec<usize> {
    let mut at = 0;
    let ends = lines.iter().map(|line| {
        at += line.len();
        at
    });
    std::iter::once(0).chain(ends).collect()
}

/// The line end that a text ends with.
fn line_end(text: &str) -> &str {
    let ends = ["\r\n", "\n"];
    ends.into_iter().find(|it| text.ends_with(it)).unwrap_or("")
}

/// How many bytes two texts have in common at their beginning. A line end stays in one piece.
fn common(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    one.zip(other)
        .take_while(|(a, b)| a == b && *a != '\r' && *a != '\n')
        .map(|(c, _)| c.len_utf8())
        .sum()
}

/// Whether edits repeat a piece of what is masked in the new text.
#[must_use]
pub fn repeat(edits: &[TextEdit], text: &Text, masks: &[TextRange]) -> bool {
    masks.iter().any(|mask| {
        let secret = text.slice(*mask);
        let pieces = secret.lines().map(str::trim).filter(|it| it.len() >= 4);
        pieces
            .flat_map(windows)
            .any(|piece| edits.iter().any(|edit| edit.new_text.contains(piece)))
    })
}

/// Every piece of six characters, or the whole when it is shorter.
fn windows(text: &str) -> impl Iterator<Item = &str> {
    let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    starts.push(text.len());
    let count = starts.len().saturating_sub(6).max(1);
    (0..count).map(move |first| &text[starts[first]..starts[(first + 6).min(starts.len() - 1)]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffers::Buffers;
    use crate::protocol::{Change, Document};

    /// Applies edits as a client does: all places are those of the old text.
    fn applied(old: &str, mut edits: Vec<TextEdit>) -> String {
        let mut buffers = Buffers::default();
        let document = |text: &str| Document {
            uri: "file:///a".to_owned(),
            version: None,
            text: text.to_owned(),
        };
        buffers.open(document(old));
        edits.sort_by_key(|edit| edit.range.start);
        let changes = edits.into_iter().rev().map(|edit| Change {
            range: Some(edit.range),
            text: edit.new_text,
        });
        buffers.change(&document(""), changes.collect(), Encoding::Utf16);
        buffers.get("file:///a").unwrap().text.to_string()
    }

    proptest::proptest! {
        #[test]
        fn edits_lead_to_the_new_text(old in "([ab𐐀]{0,3}(\r\n|\n)){0,6}[ab]{0,2}",
                                      new in "([ab𐐀]{0,3}(\r\n|\n)){0,6}[ab]{0,2}") {
            let edits = between(&old, &old, &new, Encoding::Utf16);
            proptest::prop_assert_eq!(applied(&old, edits), new);
        }
    }

    #[test]
    fn edits_are_small() {
        let edits = between("", "a = 1;\nb = 2;\n", "a = 1;\nb = 3;\n", Encoding::Utf8);
        assert_eq!(edits.len(), 1);
        assert_eq!(edits[0].new_text, "3");
    }

    #[test]
    fn pieces_of_secrets_are_seen() {
        let text = Text::new("x = \"abcdefgh\";");
        let masks = [TextRange::new(5.into(), 13.into())];
        let edit = |new_text: &str| TextEdit {
            range: crate::protocol::Range::default(),
            new_text: new_text.to_owned(),
        };
        assert!(repeat(&[edit("-- cdefgh")], &text, &masks));
        assert!(!repeat(&[edit("-- defgh")], &text, &masks));
    }
}
