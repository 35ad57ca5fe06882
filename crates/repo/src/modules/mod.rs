//! Modules, by structural position: what the module system evaluates, what it needs names from, what declares and
//! reads options.

pub mod find;
pub mod force;
pub mod guard;
pub mod link;
pub mod names;
pub mod origin;
pub mod reads;
pub mod recursion;

use std::cell::Cell;

use serde::{Deserialize, Serialize};
use syntax::{AstNode, Green, SyntaxKind, SyntaxNode, TextRange, attrpath};

pub use find::{ClassHint, Evidence, META_KEYS, Module, RootEntry};
pub use force::{Construct, Forcing, Hit, Position, WRAPPERS, wrapper_arity};
pub use guard::{OptionDeclaration, Unguarded};
pub use link::{Links, Special, Use, UseKind};
pub use names::{Bound, Names};
pub use origin::{Origin, Root};
pub use reads::Read;
pub use recursion::{Asks, Fault, Recursion};

use crate::definitions::Sites;
use crate::file::{File, Tree};
use crate::outline::Outline;

/// The modules of one file, with their nodes. Lives only in the task of its file.
#[derive(Debug, Default)]
pub struct Analysis {
    /// Every module that was found, the value of the file first.
    pub modules: Vec<Module>,
    /// The functions that are modules, with their evaluation, in the order of places.
    lambdas: Vec<(TextRange, u32)>,
    fuel: Cell<u32>,
}

impl Analysis {
    /// Finds the modules of a file.
    #[must_use]
    pub fn of(file: &File, tree: &Tree, sites: &Sites) -> Analysis {
        let found = find::find(file, tree, sites);
        Analysis {
            modules: found.modules,
            lambdas: found.lambdas,
            fuel: Cell::new(force::FUEL),
        }
    }

    /// Asks what expressions of this file need.
    #[must_use]
    pub fn forcing<'a>(&'a self, names: Names<'a>) -> Forcing<'a> {
        Forcing::new(names, self, &self.fuel)
    }
}

/// One module, as plain data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleFact {
    /// The whole expression.
    pub at: TextRange,
    /// How certain it is that this is a module.
    pub evidence: Evidence,
    /// What it belongs to.
    pub class: ClassHint,
    /// Whether the value of the file is this module.
    pub is_file: bool,
    /// Whether it has a root key `config`.
    pub has_config: bool,
    /// Whether it has a root key `config` or `options`.
    pub explicit: bool,
    /// Whether it has what only modules have: `imports`, `config`, `options` with values that fit.
    pub shaped: bool,
    /// The root keys that may not stand beside `config` or `options`, if it has one of these for certain.
    pub stray: Vec<TextRange>,
    /// Its pattern, if that takes no further arguments.
    pub closed: Option<TextRange>,
    /// Whether its pattern names `config` or `options`.
    pub asks_config: bool,
    /// The formals with a default, by name and place.
    pub defaults: Vec<(Box<str>, TextRange)>,
}

/// What one file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ModuleFacts {
    /// The modules of the file; the value of the file is the first, if it is one.
    pub modules: Vec<ModuleFact>,
    /// Where evaluation would never end, if the module is one.
    pub recursions: Vec<Recursion>,
    /// The options that are declared at literal paths.
    pub options: Vec<OptionDeclaration>,
    /// A module that sets options whatever its switch says.
    pub unguarded: Option<Unguarded>,
    /// What is read from `config`, segments joined with dots, sorted, each once. A prefix that is handed on as a whole
    /// is a read of that prefix; the empty path is `config` itself.
    pub reads: Vec<Box<str>>,
}

/// The facts of one file, without the text of anything that is masked.
#[must_use]
pub fn extract(
    file: &File,
    tree: &Tree,
    outline: &Outline,
    sites: &Sites,
    masks: &[TextRange],
) -> ModuleFacts {
    if !file.facts.faults.is_empty() {
        return ModuleFacts::default();
    }
    let analysis = Analysis::of(file, tree, sites);
    let names = tree.names();
    let reads = reads::reads(&tree.scopes, outline, file.text.contents(), &analysis);
    let mut facts = ModuleFacts::default();
    if !analysis.modules.is_empty() {
        facts.modules = analysis
            .modules
            .iter()
            .map(|module| ModuleFact {
                at: module.expr.syntax().text_range(),
                evidence: module.evidence,
                class: module.class,
                is_file: module.is_file,
                has_config: module.has("config"),
                explicit: module.explicit,
                shaped: module.is_shaped(),
                stray: module.stray(names),
                closed: module
                    .pattern()
                    .filter(|pattern| !Green::new(pattern.syntax()).has(SyntaxKind::TOKEN_ELLIPSIS))
                    .map(|pattern| pattern.syntax().text_range()),
                asks_config: module.asks_for(|name| matches!(name, "config" | "options")),
                defaults: {
                    let mut defaults = Vec::new();
                    module.with_formals(|name, at, default| {
                        if default {
                            defaults.push((name.into(), at));
                        }
                    });
                    defaults
                },
            })
            .collect();
        facts.recursions = recursion::find(names, file.text.contents(), &analysis, &reads);
        facts.options = guard::declarations(names, &analysis);
        facts.unguarded = guard::unguarded(names, &analysis, sites, &facts.options, &reads);
    }
    let mut paths: Vec<&[attrpath::Key]> = reads.iter().map(|read| read.path.as_slice()).collect();
    paths.sort_unstable();
    paths.dedup();
    let shown = paths.into_iter().map(|path| attrpath::display(path).into());
    facts.reads = shown.collect();
    facts.reads.sort_unstable();
    facts.reads.dedup();
    let _ = tree.modules.set(analysis);
    if masks.iter().any(|mask| is_name(tree, *mask)) {
        // A secret as a name: no path is kept. Whoever asks must think that everything is read.
        return ModuleFacts {
            modules: facts.modules,
            reads: vec![Box::default()],
            ..ModuleFacts::default()
        };
    }
    for recursion in &mut facts.recursions {
        let shows = |at: TextRange| masks.iter().any(|mask| mask.intersect(at).is_some());
        if recursion.edits.iter().any(|(at, _)| shows(*at)) {
            recursion.edits.clear();
        }
    }
    facts
}

/// Whether a range is a name, or a part of an attribute path.
fn is_name(tree: &Tree, range: TextRange) -> bool {
    if !tree.root.text_range().contains_range(range) {
        return true;
    }
    let node = match tree.root.covering_element(range) {
        syntax::NodeOrToken::Node(node) => Some(node),
        syntax::NodeOrToken::Token(token) => token.parent(),
    };
    node.iter().flat_map(SyntaxNode::ancestors).any(|node| {
        matches!(
            node.kind(),
            SyntaxKind::NODE_ATTRPATH
                | SyntaxKind::NODE_IDENT
                | SyntaxKind::NODE_SELECT
                | SyntaxKind::NODE_INHERIT
        )
    })
}
