//! What the modules of a tree declare: option schemas, by a bounded partial evaluator that never runs Nix.
//!
//! Goal: for a pinned home-manager, nix-darwin or nixpkgs, and for modules of one's own, a [`Schema`] that says of a
//! path: an option of this type, a renamed or removed one, *not declared*, or *cannot know*. The last is an answer and
//! never an error; "not declared" is said only where nothing that was not understood could declare it. Limits: pure,
//! files come from a [`Sources`]; nothing of a host's configuration is evaluated, only what declares options.

mod eval;
mod expr;
mod extract;
pub mod json;
mod lookup;
mod module;
mod prim;
pub mod renames;
mod schema;
mod sources;
mod ty;
mod value;

pub use extract::{Extract, Tree, extract};
pub use lookup::{Answer, Decl, Step, TyRef, Under, find_in};
pub use schema::{
    Builder, Class, FileId, Kind, Node, NodeId, Opt, OptId, Part, Reason, ReasonId, Schema, Sym,
    Tier, TyId, Visible,
};
pub use sources::{EntryKind, Sources, SrcPath};
pub use ty::{Literal, StrKind, Ty, Value, Verdict};

/// The version of what [`extract`] makes of the same files: part of a cache's key. Raise it with every change of a
/// schema.
pub const VERSION: u32 = 1;

/// How much stack [`extract`] takes at most, in bytes. It is run on a thread of this size.
pub const STACK: usize = 256 << 20;
