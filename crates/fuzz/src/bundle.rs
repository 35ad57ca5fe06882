//! A small repository as one text: what is changed at random, and what is kept of a failure.
//!
//! A line `=== PATH WORD…` begins a file; its words are those of a page's block (`base`, `untracked`, `new` …). A text
//! without such a line is one file. Everything is bytes, for files of others need not be UTF-8.

/// What begins the line before a file.
const MARK: &[u8] = b"=== ";

/// A small repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Its files, in order; two may have the same path.
    pub parts: Vec<Part>,
}

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Its path; empty stands for that of the target.
    pub path: String,
    /// What is known of it.
    pub words: Vec<String>,
    /// Its contents.
    pub text: Vec<u8>,
}

impl Bundle {
    /// Reads a bundle. Every text is one.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Bundle {
        let mut parts = vec![Part::default()];
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Some(header) = line.strip_prefix(MARK) {
                let header = String::from_utf8_lossy(header);
                let mut words = header.split_whitespace().map(str::to_owned);
                let path = words.next().unwrap_or_default();
                // The line feed before the line belongs to the line.
                if let Some(before) = parts.last_mut()
                    && before.text.last() == Some(&b'\n')
                {
                    before.text.pop();
                }
                parts.push(Part {
                    path,
                    words: words.collect(),
                    text: Vec::new(),
                });
            } else if let Some(part) = parts.last_mut() {
                part.text.extend_from_slice(line);
            }
        }
        if parts.len() > 1 && parts[0].text.is_empty() {
            parts.remove(0);
        }
        Bundle { parts }
    }

    /// The text that [`Bundle::read`] reads.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        if let [one] = self.parts.as_slice()
            && one.path.is_empty()
        {
            return one.text.clone();
        }
        let mut bytes = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                bytes.push(b'\n');
            }
            if !part.path.is_empty() || index > 0 {
                bytes.extend_from_slice(MARK);
                bytes.extend_from_slice(part.path.as_bytes());
                for word in &part.words {
                    bytes.push(b' ');
                    bytes.extend_from_slice(word.as_bytes());
                }
                bytes.push(b'\n');
            }
            bytes.extend_from_slice(&part.text);
        }
        bytes
    }
}

impl Part {
    /// Whether it has a word.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|it| it == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in [
            &b""[..],
            b"{ }",
            b"=== a.nix\n{ }\n\n=== b/c.nix base new\n\xff",
            b"=== a.nix\n\n=== b.nix\n",
        ] {
            assert_eq!(Bundle::read(text).write(), text, "{text:?}");
        }
        let bundle = Bundle::read(b"=== a.nix\n{ }\n\n=== b.nix base\n1");
        assert_eq!(bundle.parts[0].text, b"{ }\n");
        assert!(bundle.parts[1].has("base"));
    }
}
