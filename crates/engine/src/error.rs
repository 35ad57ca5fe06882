//! The world is wrong: settings, disk, git, a named path. Ends a run with exit code 2.

use std::fmt;

/// What went wrong before anything could be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The path it is about, as text.
    pub path: Option<String>,
    /// 1-based line and column.
    pub line: Option<(u32, u32)>,
    /// What happened; never a line of a file.
    pub message: String,
}

impl Error {
    /// An error about no particular file.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Error {
        Error {
            path: None,
            line: None,
            message: message.into(),
        }
    }

    /// An error about a file or folder.
    #[must_use]
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Error {
        Error {
            path: Some(path.into()),
            line: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{path}:")?;
            if let Some((line, column)) = self.line {
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
