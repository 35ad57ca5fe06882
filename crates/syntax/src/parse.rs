//! From text to tree, with every fault of the text in human words.
//!
//! Goal: no input makes the parser crash, hang or overflow; limits: see [`Limits`]. The tree has the shape of rnix's
//! and is read through `rnix::ast`; the tokens are those of Nix. rnix's own parser is not used: it takes time
//! quadratic in chains, overflows the stack in nested lists, and tells faults as token kinds.

use rnix::{SyntaxNode, TextRange};
use rowan::GreenNode;
use serde::{Deserialize, Serialize};

use crate::{faults, grammar, lex};

/// What the parser takes before it says "nested deeper than …".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nested brackets and expressions.
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
    /// The place to point at; never past the end of the text.
    pub at: TextRange,
    /// What is wrong, one sentence, no full stop.
    pub message: String,
    /// A further place with a few words: the opening bracket, the first definition.
    pub label: Option<(TextRange, String)>,
    /// What to do.
    pub help: Option<String>,
    /// One replacement that makes the text parse better.
    pub fix: Option<FaultFix>,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultFix {
    /// What it does, in a few words.
    pub title: String,
    /// The range to replace.
    pub at: TextRange,
    /// The new text.
    pub text: String,
}

impl FaultFix {
    pub(crate) fn new(
        title: impl Into<String>,
        at: TextRange,
        text: impl Into<String>,
    ) -> FaultFix {
        FaultFix {
            title: title.into(),
            at,
            text: text.into(),
        }
    }
}

impl Fault {
    /// A fault without label, help or fix.
    #[must_use]
    pub fn new(at: TextRange, message: impl Into<String>) -> Fault {
        Fault {
            at,
            message: message.into(),
            label: None,
            help: None,
            fix: None,
        }
    }
}

/// A parsed text. Plain data; trees are made from it with [`Parsed::root`].
#[derive(Debug, Clone)]
pub struct Parsed {
    green: Option<GreenNode>,
    /// What is wrong, in the order of places, at most ten; empty for a text that Nix takes. Names that are undefined
    /// or given twice are no faults: the text parses.
    pub faults: Vec<Fault>,
}

impl Parsed {
    /// The tree, if the text was within the limits. It is lossless even when there are faults.
    #[must_use]
    pub fn root(&self) -> Option<SyntaxNode> {
        self.green.clone().map(SyntaxNode::new_root)
    }

    /// The tree as plain data that crosses threads.
    #[must_use]
    pub fn green(&self) -> Option<&GreenNode> {
        self.green.as_ref()
    }
}

/// Parses a text (without byte order mark).
#[must_use]
pub fn parse(text: &str, limits: Limits) -> Parsed {
    run(text, limits, true)
}

/// The number of faults of a text, however many.
pub(crate) fn count(text: &str, limits: Limits) -> usize {
    let lexed = lex::lex(text);
    let outcome = grammar::parse(text, &lexed, limits);
    outcome.faults.len() + lexed.conflicts.len()
}

fn run(text: &str, limits: Limits, try_fixes: bool) -> Parsed {
    let lexed = lex::lex(text);
    let outcome = grammar::parse(text, &lexed, limits);
    Parsed {
        green: outcome.green,
        faults: faults::settle(text, outcome.faults, &lexed.conflicts, limits, try_fixes),
    }
}

/// The lengths in bytes of the tokens of a text, in order. Tests cut texts there.
pub fn tokens(text: &str) -> impl Iterator<Item = usize> {
    let mut start = 0;
    lex::lex(text).tokens.into_iter().map(move |token| {
        let end = token.end as usize;
        let len = end - start;
        start = end;
        len
    })
}

#[cfg(test)]
#[path = "parse_test.rs"]
mod tests;
