//! Nix text as a tree: parsing, ranges, names, scopes. Knows nothing of repositories, lints or the disk.

pub mod attrpath;
pub mod boolean;
mod build;
pub mod builtins;
pub mod callee;
pub mod comments;
pub mod expr;
mod faults;
mod grammar;
pub mod green;
pub mod joint;
mod lex;
pub mod live;
pub mod merge;
pub mod nearest;
pub mod parse;
pub mod place;
pub mod prec;
pub mod remove;
pub mod repeated;
pub mod scopes;
pub mod strings;
pub mod text;
pub mod walk;

pub use green::Green;
pub use parse::{Fault, FaultFix, Parsed, parse, tokens};
pub use rnix::ast::{self, HasEntry};
pub use rnix::{
    NixLanguage, NodeOrToken, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken, TextRange,
    TextSize, WalkEvent,
};
pub use rowan::GreenNode;
pub use rowan::ast::AstNode;
pub use scopes::Scopes;
pub use text::Text;
pub use walk::{Step, Walk, child_at};
