//! What a lint is given: one file with its tree, or the repository; and where it says what it found.

use std::any::Any;

use repo::{File, Repo, Span, Tree};
use syntax::{SyntaxNode, TextRange};

use crate::{Finding, Lint};

/// One file, seen by one lint.
pub struct FileCx<'a> {
    /// The file: path, text, facts. In a `Check::Node` lint the facts are still empty.
    pub file: &'a File,
    tree: Option<&'a Tree>,
    lint: &'static Lint,
    options: &'a (dyn Any + Send + Sync),
    findings: &'a mut Vec<Finding>,
}

impl<'a> FileCx<'a> {
    /// Made by the engine for each call.
    pub fn new(
        file: &'a File,
        tree: Option<&'a Tree>,
        lint: &'static Lint,
        options: &'a (dyn Any + Send + Sync),
        findings: &'a mut Vec<Finding>,
    ) -> FileCx<'a> {
        FileCx {
            file,
            tree,
            lint,
            options,
            findings,
        }
    }

    /// The tree, whatever its state; `None` for files that are not Nix and for text over the limits.
    #[must_use]
    pub fn tree(&self) -> Option<&'a Tree> {
        self.tree
    }

    /// The tree of a text without faults. Lints that reason over the whole file use this one.
    #[must_use]
    pub fn sound_tree(&self) -> Option<&'a Tree> {
        if self.file.facts.faults.is_empty() {
            self.tree
        } else {
            None
        }
    }

    /// The lint that is called.
    #[must_use]
    pub fn lint(&self) -> &'static Lint {
        self.lint
    }

    /// Takes back what this lint said of the file so far.
    pub fn take_back(&mut self) -> Vec<Finding> {
        let own = |finding: &mut Finding| std::ptr::eq(finding.lint, self.lint);
        self.findings.extract_if(.., own).collect()
    }

    /// The settings of this lint; `T` is the type given to [`crate::Options::of`].
    ///
    /// # Panics
    /// When `T` is another type.
    #[must_use]
    pub fn options<T: Any>(&self) -> &'a T {
        self.options
            .downcast_ref::<T>()
            .expect("a lint asks for its own options")
    }

    /// The text of a range.
    #[must_use]
    pub fn text(&self, range: TextRange) -> &'a str {
        self.file.text.slice(range)
    }

    /// The text of a node.
    #[must_use]
    pub fn text_of(&self, node: &SyntaxNode) -> &'a str {
        self.text(node.text_range())
    }

    /// The text of a node, if it is short enough to stand in a message.
    #[must_use]
    pub fn brief(&self, node: &SyntaxNode) -> Option<&'a str> {
        let text = self.text_of(node);
        (text.len() <= 40 && !text.contains(['\n', '\r', '`'])).then_some(text)
    }

    /// The beginning of the text of a node, at most 80 bytes: enough for the function of a call. Asking it costs next to
    /// nothing, so that a lint can let most nodes go before it looks at their children.
    #[must_use]
    pub fn head_of(&self, node: &SyntaxNode) -> &'a str {
        let range = node.text_range();
        let end = range.end().min(range.start() + syntax::TextSize::from(80));
        self.text(TextRange::new(range.start(), end))
    }

    /// Says that something is wrong at a place of this file.
    pub fn report(&mut self, at: TextRange, message: impl Into<String>) -> &mut Finding {
        let at = Span {
            file: self.file.id,
            range: at,
        };
        self.findings.push(Finding::new(self.lint, at, message));
        self.findings.last_mut().expect("just pushed")
    }
}

/// The repository, seen by one lint.
pub struct RepoCx<'a> {
    /// Everything that is known.
    pub repo: &'a Repo,
    lint: &'static Lint,
    options: &'a (dyn Fn(repo::FileId) -> crate::options::Parsed + Sync),
    findings: &'a mut Vec<Finding>,
    inactive: Option<String>,
}

impl<'a> RepoCx<'a> {
    /// Made by the engine for each call.
    pub fn new(
        repo: &'a Repo,
        lint: &'static Lint,
        options: &'a (dyn Fn(repo::FileId) -> crate::options::Parsed + Sync),
        findings: &'a mut Vec<Finding>,
    ) -> RepoCx<'a> {
        RepoCx {
            repo,
            lint,
            options,
            findings,
            inactive: None,
        }
    }

    /// Says that the lint cannot judge this repository at all, and why: "there is no git", "there is no base". The
    /// report lists it, and no allow comment of this lint counts as unused.
    pub fn inactive(&mut self, why: impl Into<String>) {
        self.inactive = Some(why.into());
    }

    /// What [`RepoCx::inactive`] was told, for the engine.
    #[must_use]
    pub fn why_inactive(&self) -> Option<String> {
        self.inactive.clone()
    }

    /// The settings of this lint for a file; `T` is the type given to [`crate::Options::of`].
    ///
    /// # Panics
    /// When `T` is another type.
    #[must_use]
    pub fn options<T: Any + Send + Sync>(&self, file: repo::FileId) -> std::sync::Arc<T> {
        (self.options)(file)
            .downcast::<T>()
            .expect("a lint asks for its own options")
    }

    /// Says that something is wrong at a place of any file.
    pub fn report(&mut self, at: Span, message: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding::new(self.lint, at, message));
        self.findings.last_mut().expect("just pushed")
    }
}
