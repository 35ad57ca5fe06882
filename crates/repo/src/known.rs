//! Three answers to every question: yes, no, unknown (because …). Unknown is a value, never a default.

use serde::{Deserialize, Serialize};

use crate::{FileId, Span};

/// An answer, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known<T> {
    /// The answer.
    Is(T),
    /// Nobody can tell from the text, and why.
    Unknown(Vec<Why>),
}

/// Why something is not known. For debugging; never a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// A path, name or list that cannot be reduced to literals.
    Computed(Span),
    /// A scanner of folders or a framework decides; its word.
    Loader(Span, Box<str>),
    /// Something of an input that nivis does not read.
    Foreign(Span, Box<str>),
    /// The file is not there.
    Missing(Span),
    /// The file does not parse.
    Broken(FileId),
    /// There is no lock.
    NoLock,
    /// A module that is written down inside a file which is no module itself.
    Inline(Span),
    /// A limit was met.
    TooDeep,
    /// The path leaves the root.
    OutsideRoot,
    /// Nothing in the text says it.
    Unsaid,
}

impl Why {
    /// Where the reason stands, if it stands anywhere. For a file that does not parse: its beginning.
    #[must_use]
    pub fn at(&self) -> Option<Span> {
        match self {
            Why::Computed(at)
            | Why::Loader(at, _)
            | Why::Foreign(at, _)
            | Why::Missing(at)
            | Why::Inline(at) => Some(*at),
            Why::Broken(file) => Some(Span {
                file: *file,
                range: crate::TextRange::default(),
            }),
            Why::NoLock | Why::TooDeep | Why::OutsideRoot | Why::Unsaid => None,
        }
    }

    /// The reason in words, without its place. Names in it are those of the text, as they are.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Why::Computed(_) => {
                "this is computed, and nivis cannot tell what it comes to".to_owned()
            }
            Why::Loader(_, word) => format!("`{word}` decides what is loaded"),
            Why::Foreign(_, name) => format!("`{name}` is of an input, which nivis does not read"),
            Why::Missing(_) => "the file is not there".to_owned(),
            Why::Broken(_) => "the file has a syntax error".to_owned(),
            Why::Inline(_) => "this makes a module of several definitions".to_owned(),
            Why::NoLock => "there is no `flake.lock`".to_owned(),
            Why::TooDeep => "a limit of the evaluation was met".to_owned(),
            Why::OutsideRoot => "a path leaves the repository".to_owned(),
            Why::Unsaid => "nothing in the text says it".to_owned(),
        }
    }
}

impl<T> Known<T> {
    /// Not known, for one reason.
    pub fn unknown(why: Why) -> Known<T> {
        Known::Unknown(vec![why])
    }

    /// The answer, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Known::Is(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }

    /// The answer of a function of the answer.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Known::Is(value) => Known::Is(f(value)),
            Known::Unknown(why) => Known::Unknown(why),
        }
    }
}

impl Known<bool> {
    /// Whether the answer is yes.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        *self == Known::Is(true)
    }

    /// Whether the answer is no.
    #[must_use]
    pub fn is_no(&self) -> bool {
        *self == Known::Is(false)
    }
}

impl<T: PartialEq> Known<T> {
    /// Whether the answer is known and equal to `value`.
    pub fn is(&self, value: &T) -> bool {
        self.known() == Some(value)
    }
}
