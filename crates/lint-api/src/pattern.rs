//! A lint that a user's rule made: matched in the one walk, worded once the file is known.
//!
//! A node lint sees no facts yet, but the words of a rule may show code, which needs to know where secrets are, and its
//! conditions may ask what option a place defines. So a rule looks twice: at each node of its kinds, where it remembers
//! what matches, and once at the file, where it says so.

use repo::class::Class;
use syntax::{SyntaxKind, SyntaxNode};

use crate::{Check, FileCx};

/// How a user's rule finds.
pub struct Pattern {
    /// The kinds of nodes that it wants to see in the walk.
    pub kinds: Vec<SyntaxKind>,
    /// Looks at one of them, and reports a bare match.
    pub node: Box<NodeCheck>,
    /// Looks at the file once its facts are there, and turns bare matches into findings, see [`FileCx::take_back`].
    pub file: Box<FileCheck>,
    /// The classes of the files that it is for; empty means all. The engine asks when the repository is linked.
    pub classes: Vec<Class>,
}

/// Looks at a node.
pub type NodeCheck = dyn Fn(&SyntaxNode, &mut FileCx<'_>) + Send + Sync;
/// Looks at a file.
pub type FileCheck = dyn Fn(&mut FileCx<'_>) + Send + Sync;

impl Pattern {
    /// The [`Check::Node`] part of the lint that is called.
    pub fn at_node(node: &SyntaxNode, cx: &mut FileCx<'_>) {
        if let Check::Pattern(pattern) = &cx.lint().check {
            (pattern.node)(node, cx);
        }
    }

    /// The [`Check::File`] part of the lint that is called.
    pub fn at_file(cx: &mut FileCx<'_>) {
        if let Check::Pattern(pattern) = &cx.lint().check {
            (pattern.file)(cx);
        }
    }
}
