//! One file of the repository, as data; and its tree, as long as its task lives.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use syntax::parse::Limits;
use syntax::{Fault, Scopes, SyntaxNode, Text, TextRange, ast};

use crate::{Facts, RepoPath};

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
    /// Markdown, with fenced commands.
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
    pub facts: Facts,
}

/// The tree of a Nix file. It lives in the task of its file and never crosses a thread.
#[derive(Debug)]
pub struct Tree {
    /// The root node.
    pub root: SyntaxNode,
    /// Every name of the file, resolved.
    pub scopes: Scopes,
}

impl Tree {
    /// The expression that the file is.
    #[must_use]
    pub fn expr(&self) -> Option<ast::Expr> {
        use syntax::AstNode;
        ast::Root::cast(self.root.clone())?.expr()
    }
}

impl File {
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
        let mut facts = Facts::default();
        let mut tree = None;
        if kind == Kind::Nix {
            let parsed = syntax::parse(text.contents(), limits);
            tree = parsed.root().map(|root| Tree {
                scopes: Scopes::of(&root),
                root,
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
