//! From a tree of files to its schema.

use std::sync::Arc;

use crate::schema::{Builder, Class, Schema, Tier};
use crate::sources::{Sources, SrcPath};

/// What to read. A root is a name that the [`Sources`] know.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Tree {
    /// A checkout of nixpkgs: the options of NixOS.
    Nixos {
        /// Its root.
        root: Arc<str>,
    },
    /// A checkout of home-manager.
    HomeManager {
        /// Its root.
        root: Arc<str>,
        /// The root of the nixpkgs it is used with: two files are read from there.
        nixpkgs: Option<Arc<str>>,
    },
    /// A checkout of nix-darwin.
    NixDarwin {
        /// Its root.
        root: Arc<str>,
    },
    /// The modules for a class that a flake offers as its outputs.
    Outputs {
        /// Its root.
        root: Arc<str>,
        /// Which of its modules.
        class: Class,
    },
    /// Modules by themselves, of one's own repository.
    Modules {
        /// For which configurations, if known.
        class: Option<Class>,
        /// The files.
        modules: Vec<SrcPath>,
    },
}

/// A schema, and what it took.
#[derive(Debug, Clone)]
pub struct Extract {
    /// What is declared.
    pub schema: Schema,
    /// How many steps were taken.
    pub steps: u64,
    /// Functions that are not known to the evaluator, with how often they were called; sorted by name.
    pub unmodelled: Vec<(String, u32)>,
}

/// The options that a tree declares. Never fails: what was not understood is open. Runs on a thread of
/// [`STACK`](crate::STACK) bytes.
#[must_use]
pub fn extract(sources: &dyn Sources, tree: &Tree) -> Extract {
    let _ = sources;
    let class = match tree {
        Tree::Nixos { .. } => Some(Class::Nixos),
        Tree::HomeManager { .. } => Some(Class::Home),
        Tree::NixDarwin { .. } => Some(Class::Darwin),
        Tree::Outputs { class, .. } => Some(*class),
        Tree::Modules { class, .. } => *class,
    };
    let mut builder = Builder::new(class, Tier::Exact);
    builder.open(Schema::ROOT, "modules are not read", None);
    Extract {
        schema: builder.finish(),
        steps: 0,
        unmodelled: Vec::new(),
    }
}
