//! The documents that are open in the editor, as its messages change them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::place::{Encoding, Lines};
use crate::protocol::{Change, Document};
use crate::uri;

/// An open document.
#[derive(Debug, Clone)]
pub struct Buffer {
    /// Its address, as the client writes it.
    pub uri: Arc<str>,
    /// Its path.
    pub path: PathBuf,
    /// Its version, as the client counts.
    pub version: i64,
    /// Its text.
    pub text: Arc<str>,
}

/// All open documents that are local files, by address.
#[derive(Debug, Default)]
pub struct Buffers {
    open: BTreeMap<Arc<str>, Buffer>,
}

impl Buffers {
    /// A document was opened. Gives whether it is a file.
    pub fn open(&mut self, document: Document) -> bool {
        let Some(path) = uri::to_path(&document.uri) else {
            return false;
        };
        let uri: Arc<str> = document.uri.into();
        let buffer = Buffer {
            uri: Arc::clone(&uri),
            path,
            version: document.version.unwrap_or(0),
            text: document.text.into(),
        };
        self.open.insert(uri, buffer);
        true
    }

    /// A document was changed. Gives whether it is open.
    pub fn change(
        &mut self,
        document: &Document,
        changes: Vec<Change>,
        encoding: Encoding,
    ) -> bool {
        let Some(buffer) = self.open.get_mut(document.uri.as_str()) else {
            return false;
        };
        let mut text = buffer.text.to_string();
        for change in changes {
            let Some(range) = change.range else {
                text = change.text;
                continue;
            };
            let lines = Lines::of(&text);
            let start = lines.offset(&text, range.start, encoding);
            let end = lines.offset(&text, range.end, encoding).max(start);
            text.replace_range(start..end, &change.text);
        }
        buffer.text = text.into();
        buffer.version = document.version.unwrap_or(buffer.version + 1);
        true
    }

    /// A document was closed. Gives whether it was open.
    pub fn close(&mut self, uri: &str) -> bool {
        self.open.remove(uri).is_some()
    }

    /// An open document.
    #[must_use]
    pub fn get(&self, uri: &str) -> Option<&Buffer> {
        self.open.get(uri)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Buffer> {
        self.open.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Position, Range};

    fn document(text: &str) -> Document {
        Document {
            uri: "file:///a.nix".to_owned(),
            version: None,
            text: text.to_owned(),
        }
    }

    fn change(from: (u32, u32), to: (u32, u32), text: &str) -> Change {
        let at = |(line, character)| Position { line, character };
        let range = Range {
            start: at(from),
            end: at(to),
        };
        Change {
            range: Some(range),
            text: text.to_owned(),
        }
    }

    #[test]
    fn changes_follow_one_another() {
        let mut buffers = Buffers::default();
        assert!(buffers.open(document("a\n𐐀b\n")));
        let changes = vec![
            change((1, 2), (1, 3), "c"),
            change((0, 0), (0, 1), "x\ny"),
            change((2, 0), (2, 2), ""),
        ];
        assert!(buffers.change(&document(""), changes, Encoding::Utf16));
        let buffer = buffers.get("file:///a.nix").unwrap();
        assert_eq!(&*buffer.text, "x\ny\nc\n");
        assert_eq!(buffer.version, 1);
        // Places that no longer exist, and ends before starts.
        let changes = vec![change((7, 0), (9, 9), "!"), change((1, 1), (0, 0), "?")];
        assert!(buffers.change(&document(""), changes, Encoding::Utf8));
        assert_eq!(&*buffers.get("file:///a.nix").unwrap().text, "x\ny?\nc\n!");
        assert!(buffers.close("file:///a.nix") && !buffers.close("file:///a.nix"));
    }
}
