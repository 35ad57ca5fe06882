//! Applies fixes to a text, in memory.

use lint_api::{Edit, Fix};

/// Applies fixes from the first to the last. A fix whose edits overlap **or touch** an edit already taken is left for
/// the next pass; a fix is taken whole or not at all. Two fixes with the same edits are one.
///
/// Returns the new text and how many fixes were taken. Offsets are those of the text given.
#[must_use]
pub fn apply<'a>(text: &str, fixes: impl IntoIterator<Item = &'a Fix>) -> (String, usize) {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut sets: Vec<&[Edit]> = Vec::new();
    let mut count = 0;
    for fix in fixes {
        if sets.contains(&fix.edits.as_slice()) {
            count += 1;
            continue;
        }
        let clashes = fix
            .edits
            .iter()
            .any(|new| taken.iter().any(|old| touch(old, new)));
        let fits = fix.edits.iter().all(|edit| {
            usize::from(edit.range.end()) <= text.len()
                && text.is_char_boundary(usize::from(edit.range.start()))
                && text.is_char_boundary(usize::from(edit.range.end()))
        });
        if clashes || !fits || fix.edits.is_empty() {
            continue;
        }
        sets.push(&fix.edits);
        taken.extend(&fix.edits);
        count += 1;
    }
    taken.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    let mut result = text.to_owned();
    for edit in taken.iter().rev() {
        result.replace_range(
            usize::from(edit.range.start())..usize::from(edit.range.end()),
            &edit.text,
        );
    }
    (result, count)
}

fn touch(a: &Edit, b: &Edit) -> bool {
    a.range.start() <= b.range.end() && b.range.start() <= a.range.end()
}

#[cfg(test)]
mod tests {
    use syntax::TextRange;

    use super::*;

    fn delete(start: u32, end: u32) -> Fix {
        Fix::safe("x").delete(TextRange::new(start.into(), end.into()))
    }

    #[test]
    fn touching_edits_wait() {
        let (a, b, c) = (delete(0, 2), delete(2, 3), delete(4, 5));
        assert_eq!(apply("abcdef", [&a, &b, &c]), ("cdf".to_owned(), 2));
        assert_eq!(apply("abcdef", [&a, &a]), ("cdef".to_owned(), 2));
    }
}
