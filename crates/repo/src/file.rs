//! One file of the repository, as data; and its tree, as long as its task lives.

use std::cell::OnceCell;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use syntax::parse::Limits;
use syntax::{Fault, Scopes, SyntaxNode, Text, TextRange, ast};

use crate::topics::Topic;
use crate::{Facts, RepoPath, modules};

/// The index of a file in [`crate::Repo::files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// 0-based byte offsets into the text of the file.
    pub range: TextRange,
}

/// What language a file is written in, as far as nivis reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// `*.nix`
    Nix,
    /// `flake.lock`
    Lock,
    /// A shell script, by suffix or by its first line.
    Shell,
    /// A justfile.
    Just,
    /// A Makefile or `*.mk`.
    Make,
    /// A workflow of a CI service (YAML).
    Ci,
    /// Markdown, Org or AsciiDoc, with blocks of commands.
    Markdown,
    /// Any other file that something asked for; it has text and no facts.
    Other,
}

/// One file, as data: this is what crosses threads and what repository lints see.
#[derive(Debug, Clone)]
pub struct File {
    /// Its index.
    pub id: FileId,
    /// Its path.
    pub path: RepoPath,
    /// Its language.
    pub kind: Kind,
    /// Its contents.
    pub text: Arc<Text>,
    /// What was read out of it.
    pub facts: Box<Facts>,
}

/// The tree of a Nix file. It lives in the task of its file and never crosses a thread.
#[derive(Debug)]
pub struct Tree {
    /// The root node.
    pub root: SyntaxNode,
    /// Every name of the file, resolved.
    pub scopes: Scopes,
    /// The modules of the file; set when the facts are extracted, see [`Tree::modules`].
    pub(crate) modules: OnceCell<modules::Analysis>,
}

impl Tree {
    /// The expression that the file is.
    #[must_use]
    pub fn expr(&self) -> Option<ast::Expr> {
        use syntax::AstNode;
        ast::Root::cast(self.root.clone())?.expr()
    }

    /// The modules of the file. Known once the facts are extracted: to file lints, not to node lints.
    #[must_use]
    pub fn modules(&self) -> &modules::Analysis {
        self.modules.get_or_init(modules::Analysis::default)
    }

    /// What the names of the file stand for.
    #[must_use]
    pub fn names(&self) -> modules::Names<'_> {
        modules::Names::new(&self.root, &self.scopes)
    }
}

impl File {
    /// Whether its text speaks of a topic. Asked before anything that looks at the nodes or the text of a file.
    #[must_use]
    pub fn speaks_of(&self, topic: Topic) -> bool {
        self.facts.topics.has(topic)
    }

    /// Parses a text and resolves its names. The facts are still empty but for the faults: the one walk over the
    /// tree fills them (see [`crate::facts::Extract`]).
    #[must_use]
    pub fn new(
        id: FileId,
        path: RepoPath,
        kind: Kind,
        text: Arc<Text>,
        limits: Limits,
    ) -> (File, Option<Tree>) {
        let mut facts = Box::<Facts>::default();
        let mut tree = None;
        if kind == Kind::Nix {
            let parsed = syntax::parse(text.contents(), limits);
            tree = parsed.root().map(|root| Tree {
                scopes: Scopes::of(&root),
                root,
                modules: OnceCell::new(),
            });
            facts.faults = encoding_faults(&text);
            // U+FFFD stands where a byte is not UTF-8; once is enough.
            let known = facts
                .faults
                .iter()
                .map(|fault| fault.at)
                .collect::<Vec<_>>();
            let parsed = parsed.faults.into_iter();
            facts
                .faults
                .extend(parsed.filter(|fault| !known.contains(&fault.at)));
        }
        (
            File {
                id,
                path,
                kind,
                text,
                facts,
            },
            tree,
        )
    }
}

/// What is wrong with the bytes of a file before they are a text.
fn encoding_faults(text: &Text) -> Vec<Fault> {
    let mut faults = Vec::new();
    let character = |offset: usize| {
        let len = text.contents()[offset..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        TextRange::at(syntax::text::size(offset), syntax::text::size(len))
    };
    if text.has_bom() {
        let mut fault = Fault::new(character(0), "the file begins with a byte order mark");
        fault.help = Some("Nix refuses it: save the file as UTF-8 without one".to_owned());
        faults.push(fault);
    }
    if let Some(at) = text.invalid_at() {
        let offset = at as usize;
        let on_disk = u64::from(at) + if text.has_bom() { 3 } else { 0 };
        let mut fault = Fault::new(
            character(offset.min(text.contents().len())),
            format!("the byte at offset {on_disk} is not UTF-8"),
        );
        fault.help = Some("save the file as UTF-8".to_owned());
        faults.push(fault);
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(bytes: &[u8]) -> Vec<(u32, u32, String)> {
        let text = Arc::new(Text::from_bytes(bytes.to_vec()));
        let path = RepoPath::from("a.nix");
        let (file, tree) = File::new(FileId(0), path, Kind::Nix, text, Limits::default());
        assert!(tree.is_some());
        let faults = file.facts.faults.into_iter();
        faults
            .map(|fault| {
                (
                    fault.at.start().into(),
                    fault.at.end().into(),
                    fault.message,
                )
            })
            .collect()
    }

    #[test]
    fn bytes_that_are_no_text_are_told_once() {
        let utf8 = "the byte at offset 7 is not UTF-8".to_owned();
        assert_eq!(faults(b"{ a = \"\xe9\"; }"), [(7, 10, utf8.clone())]);
        assert_eq!(faults(b"{ a =  \xe9; }"), [(7, 10, utf8.clone())]);
        let mark = "the file begins with a byte order mark".to_owned();
        assert_eq!(faults(b"\xef\xbb\xbf{ }"), [(0, 1, mark.clone())]);
        let both = [(0, 1, mark), (4, 7, utf8)];
        assert_eq!(faults(b"\xef\xbb\xbf{ #\xff\n}")[0], both[0]);
        assert_eq!(faults(b"\xef\xbb\xbf{  #\xff\n}")[1], both[1]);
        assert_eq!(faults(b"{ }"), []);
    }

    #[test]
    fn texts_of_other_encodings_do_not_panic() {
        for bytes in [
            &b"\xff\xfe{\0 \0}\0"[..],
            b"\x7fELF\x02\x01\x01\0\0\xff",
            b"\xef\xbb\xbf",
            b"\xff",
            b"",
        ] {
            assert!(!faults(bytes).is_empty(), "{bytes:?}");
        }
    }
}
