//! JSON with places: locks and lists of pins are read with it, so that a finding can point into them.
//!
//! Limits: nesting is bounded; of two fields with one name the last counts.

use std::collections::BTreeMap;

use syntax::{TextRange, TextSize};

/// A JSON value with its place.
#[derive(Debug)]
pub(crate) struct Json {
    /// Its place.
    pub at: TextRange,
    /// What it is.
    pub value: JsonValue,
}

/// What a JSON value is.
#[derive(Debug)]
pub(crate) enum JsonValue {
    /// A string.
    Text(String),
    /// A number, `true`, `false`, `null`, as written.
    Plain(String),
    /// A list.
    List(Vec<Json>),
    /// Each key with its place.
    Object(BTreeMap<String, (TextRange, Json)>),
}

impl Json {
    /// Its fields, when it is an object.
    pub(crate) fn object(&self) -> Option<&BTreeMap<String, (TextRange, Json)>> {
        match &self.value {
            JsonValue::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// A field of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        Some(&self.object()?.get(name)?.1)
    }

    /// Its text, when it is a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            JsonValue::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads a text.
///
/// # Errors
/// Where it is no JSON, and why.
pub(crate) fn read(text: &str) -> Result<Json, (TextRange, &'static str)> {
    let mut reader = Reader { text, at: 0 };
    reader.document().map_err(|why| {
        let at = reader.at.min(text.len());
        let end = (at + 1..=text.len())
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(at);
        let at = if text.is_char_boundary(at) {
            at
        } else {
            text.len()
        };
        (range(at, end.max(at)), why)
    })
}

/// A range of bytes; what is over 4 GiB ends there.
pub(crate) fn range(start: usize, end: usize) -> TextRange {
    let size = |at: usize| TextSize::from(u32::try_from(at).unwrap_or(u32::MAX));
    TextRange::new(size(start), size(end))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Json, &'static str> {
        let json = self.value(64)?;
        self.space();
        if self.at < self.text.len() {
            Err("there is text behind the end")
        } else {
            Ok(json)
        }
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8, why: &'static str) -> Result<(), &'static str> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(why)
        }
    }

    fn value(&mut self, depth: u32) -> Result<Json, &'static str> {
        let depth = depth.checked_sub(1).ok_or("it nests too deeply")?;
        let first = self.peek().ok_or("it ends too early")?;
        let start = self.at;
        let value = match first {
            b'{' => {
                self.at += 1;
                let mut fields = BTreeMap::new();
                while self.peek() != Some(b'}') {
                    if !fields.is_empty() {
                        self.take(b',', "a comma is missing")?;
                    }
                    self.space();
                    let start = self.at;
                    let key = self.string()?;
                    let at = range(start, self.at);
                    self.take(b':', "a colon is missing")?;
                    let value = self.value(depth)?;
                    fields.insert(key, (at, value));
                }
                self.at += 1;
                JsonValue::Object(fields)
            }
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                while self.peek() != Some(b']') {
                    if !items.is_empty() {
                        self.take(b',', "a comma is missing")?;
                    }
                    items.push(self.value(depth)?);
                }
                self.at += 1;
                JsonValue::List(items)
            }
            b'"' => JsonValue::Text(self.string()?),
            _ => {
                let rest = &self.text[self.at..];
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')))
                    .unwrap_or(rest.len());
                let word = &rest[..end];
                let number = word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
                if !number && !matches!(word, "true" | "false" | "null") {
                    return Err("this is no JSON");
                }
                self.at += end;
                JsonValue::Plain(word.to_owned())
            }
        };
        Ok(Json {
            at: range(start, self.at),
            value,
        })
    }

    fn string(&mut self) -> Result<String, &'static str> {
        self.take(b'"', "a string is missing")?;
        let mut value = String::new();
        loop {
            let rest = &self.text[self.at..];
            let c = rest.chars().next().ok_or("a string never ends")?;
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(value),
                '\\' => {
                    let escaped = rest[1..].chars().next().ok_or("a string never ends")?;
                    self.at += escaped.len_utf8();
                    match escaped {
                        'n' => value.push('\n'),
                        't' => value.push('\t'),
                        'r' => value.push('\r'),
                        'b' | 'f' => {}
                        'u' => {
                            let digits = rest.get(2..6).ok_or("a string never ends")?;
                            let code =
                                u32::from_str_radix(digits, 16).map_err(|_| "this is no escape")?;
                            self.at += 4;
                            value.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                        }
                        other => value.push(other),
                    }
                }
                c if c < ' ' => return Err("a string never ends"),
                c => value.push(c),
            }
        }
    }
}
