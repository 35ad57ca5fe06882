//! From text to tree, with every fault of the text in human words.
//!
//! Goal: no input makes the parser crash, hang or overflow; limits: see [`Limits`].

use rnix::{SyntaxNode, TextRange};
use rowan::GreenNode;
use serde::{Deserialize, Serialize};

/// What the parser takes before it says "nested too deeply".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nested brackets and expressions; rnix itself stops at 512.
    pub depth: u32,
    /// Operators, arguments, prefix operators or dotted segments in one chain.
    pub run: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            depth: 500,
            run: 4000,
        }
    }
}

/// One thing that is wrong with the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The place to point at.
    pub at: TextRange,
    /// What is wrong, one sentence, no full stop.
    pub message: String,
    /// A further place with a few words: the opening bracket, the first definition.
    pub label: Option<(TextRange, String)>,
    /// What to do.
    pub help: Option<String>,
    /// One replacement that makes the text parse better: title, range, new text.
    pub fix: Option<(String, TextRange, String)>,
}

/// A parsed text. Plain data; trees are made from it with [`Parsed::root`].
#[derive(Debug, Clone)]
pub struct Parsed {
    green: Option<GreenNode>,
    /// What is wrong, in the order of places; empty for a text that Nix takes.
    pub faults: Vec<Fault>,
}

impl Parsed {
    /// The tree, if the text was within the limits. It is lossless even when there are faults.
    #[must_use]
    pub fn root(&self) -> Option<SyntaxNode> {
        self.green.clone().map(SyntaxNode::new_root)
    }
}

/// Parses a text (without byte order mark).
#[must_use]
pub fn parse(text: &str, _limits: Limits) -> Parsed {
    let parse = rnix::Root::parse(text);
    let faults = parse
        .errors()
        .iter()
        .map(|error| Fault {
            at: TextRange::default(),
            message: error.to_string(),
            label: None,
            help: None,
            fix: None,
        })
        .collect();
    Parsed {
        green: Some(parse.syntax().green().to_owned()),
        faults,
    }
}

/// The lengths in bytes of the tokens of a text, in order. Tests cut texts there.
pub fn tokens(text: &str) -> impl Iterator<Item = usize> + '_ {
    rnix::tokenize(text).map(|(_, text)| text.len())
}
