//! Makes text of others harmless for a terminal, a log or a CI runner: the one sanitiser of all text formats.
//!
//! Whatever could move the cursor, hide or reorder characters, begin a new line, or be read as a command by a CI runner
//! becomes visible ASCII: `\u{1b}`, `\xff`. Everything else stays as it is.

use std::fmt::Write as _;

/// Whether a character must not be written as it is. A tab may, a line feed may not.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    match c {
        '\t' => false,
        // C0, DEL, C1.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        c if c < '\u{ad}' => false,
        // Soft hyphen, and letters that no font draws.
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{3164}'
        | '\u{ffa0}' => true,
        // Zero-width, bidirectional, line and paragraph separators, invisible operators.
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => true,
        // Tags and the supplementary variation selectors: text that nobody sees.
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Whether `rest` begins with what a CI runner takes for a command wherever it stands in a line.
#[must_use]
pub fn is_command(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.starts_with(b"##")
        && (bytes.get(2) == Some(&b'[')
            || bytes
                .get(2..6)
                .is_some_and(|word| word.eq_ignore_ascii_case(b"vso[")))
}

/// Appends one character in its visible form.
pub fn push_escaped(out: &mut String, c: char) {
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

/// Appends the first character of `rest` as it may be shown. `rest` is what follows in the same text: some characters
/// are harmful only together with their neighbours.
pub fn push_char(out: &mut String, rest: &str) {
    let Some(c) = rest.chars().next() else { return };
    if is_hidden(c) || (c == '#' && is_command(rest)) {
        push_escaped(out, c);
    } else {
        out.push(c);
    }
}

/// Appends a text as it may be shown.
pub fn push(out: &mut String, text: &str) {
    for (at, _) in text.char_indices() {
        push_char(out, &text[at..]);
    }
}

/// A text as it may be shown.
#[must_use]
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push(&mut out, text);
    out
}

/// Bytes as they may be shown: what is not UTF-8 becomes `\xff`.
#[must_use]
pub fn bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push(&mut out, chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// A name that is written at the beginning of a line: it must not look like a command of a CI runner, which skips blanks
/// before it looks.
#[must_use]
pub fn at_line_start(name: &[u8]) -> String {
    let shown = bytes(name);
    let begin = shown.len() - shown.trim_start().len();
    if shown[begin..].starts_with("::") {
        let mut out = shown[..begin].to_owned();
        push_escaped(&mut out, ':');
        out.push_str(&shown[begin + 1..]);
        return out;
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_become_visible() {
        assert_eq!(
            text("a\u{1b}[31mb\nc\td\u{202e}e"),
            "a\\u{1b}[31mb\\u{a}c\td\\u{202e}e"
        );
        assert_eq!(text("é𐐀 ok"), "é𐐀 ok");
        assert_eq!(bytes(b"a\xffb\xc3"), "a\\xffb\\xc3");
    }

    #[test]
    fn commands_of_runners_are_broken() {
        assert_eq!(text("x ##[error]y"), "x \\u{23}#[error]y");
        assert_eq!(
            text("###VSO[task.setvariable]"),
            "#\\u{23}#VSO[task.setvariable]"
        );
        assert_eq!(text("## [a] #v"), "## [a] #v");
        assert_eq!(at_line_start(b" \t::error::x"), " \t\\u{3a}:error::x");
        assert_eq!(at_line_start(b"a::b"), "a::b");
    }

    /// Any text, with the dangerous pieces made likely.
    fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"##[".to_vec()),
            Just(b"#".to_vec()),
            Just(b"##vso[".to_vec()),
            Just(b"::error::".to_vec()),
            Just("\u{202e}\u{200b}\u{85}\u{2028}".as_bytes().to_vec()),
            any::<[u8; 3]>().prop_map(|it| it.to_vec()),
            any::<char>().prop_map(|c| c.to_string().into_bytes()),
        ];
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_hidden_comes_out(input in any_bytes()) {
            for shown in [bytes(&input), text(&String::from_utf8_lossy(&input)), at_line_start(&input)] {
                prop_assert!(!shown.chars().any(is_hidden), "{shown:?}");
                prop_assert!(!shown.contains("##["), "{shown:?}");
                prop_assert!(!shown.to_ascii_lowercase().contains("##vso["), "{shown:?}");
            }
            prop_assert!(!at_line_start(&input).trim_start().starts_with("::"));
        }

        #[test]
        fn harmless_text_is_kept(input in "[a-zA-Z0-9 ./_é𐐀-]*") {
            prop_assert_eq!(text(&input), input);
        }
    }
}
