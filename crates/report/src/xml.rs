//! Text in XML: escaped, and without what XML 1.0 forbids.

use crate::sanitise;

/// A text for an attribute or between tags.
#[must_use]
pub fn text(text: &str) -> String {
    escaped(&sanitise::text(text))
}

/// A name of bytes for an attribute.
#[must_use]
pub fn name(bytes: &[u8]) -> String {
    escaped(&sanitise::bytes(bytes))
}

/// Control characters are visible text by now; two more characters are none for XML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => sanitise::push_escaped(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// Whether a text is a well-formed document of elements, attributes and text as the formats of this crate write them; for
/// tests, which must not trust the writer.
#[cfg(test)]
pub fn is_well_formed(document: &str) -> bool {
    let Some(mut rest) = document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    else {
        return false;
    };
    let sound = |text: &str| {
        let mut pieces = text.split('&');
        let first = pieces.next().unwrap_or_default();
        let entity = |piece: &str| {
            ["amp;", "lt;", "gt;", "quot;", "apos;", "#9;"]
                .iter()
                .any(|it| piece.starts_with(it))
        };
        !text.contains(['<', '\u{fffe}', '\u{ffff}'])
            && !first.contains('&')
            && pieces.all(entity)
            && !text.chars().any(|c| c < ' ' && c != '\n')
    };
    let mut open: Vec<&str> = Vec::new();
    let mut roots = 0;
    while let Some(at) = rest.find('<') {
        if !sound(&rest[..at]) || (open.is_empty() && !rest[..at].trim().is_empty()) {
            return false;
        }
        let Some(end) = rest[at..].find('>') else {
            return false;
        };
        let tag = &rest[at + 1..at + end];
        rest = &rest[at + end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return false;
            }
            continue;
        }
        let (tag, closed) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        while !attributes.is_empty() {
            let Some((_, after)) = attributes.split_once("=\"") else {
                return false;
            };
            let Some((value, after)) = after.split_once('"') else {
                return false;
            };
            if !sound(value) || value.contains('\n') {
                return false;
            }
            attributes = after.trim_start();
        }
        roots += usize::from(open.is_empty());
        if !closed {
            open.push(name);
        }
    }
    open.is_empty() && roots == 1 && rest.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes() {
        assert_eq!(
            text("a<b>&\"'\u{1b}\u{ffff}\t"),
            "a&lt;b&gt;&amp;&quot;&apos;\\u{1b}\\u{ffff}&#9;"
        );
        assert_eq!(name(b"\xff<"), "\\xff&lt;");
    }

    #[test]
    fn the_reader_of_the_tests_refuses() {
        let document = |body: &str| format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
        assert!(is_well_formed(&document("<a b=\"c\"><d/>x &amp; y</a>\n")));
        for wrong in [
            "",
            "<a>",
            "<a></b>",
            "<a b=\"<\"/>",
            "<a>&x;</a>",
            "<a/><a/>",
            "x<a/>",
        ] {
            assert!(!is_well_formed(&document(wrong)), "{wrong}");
        }
    }
}
