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
