//! Names that nothing in a file binds, and the files whose names nobody can know because `scopedImport` gives them.
//!
//! Goal: what Nix refuses, told once the whole repository is known. A name under a `with` is bound by it, unless every
//! `with` around is a literal set without that name. Limit: files that do not parse have no unbound names.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use syntax::merge::SetId;
use syntax::scopes::{Ref, Symbol, To};
use syntax::{AstNode, Scopes, SyntaxKind, SyntaxNode, TextRange, ast, builtins, expr};

use crate::RepoPath;
use crate::file::{File, Tree};
use crate::topics::{Topic, Topics};

/// What one file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NameFacts {
    /// Names that nothing binds, each once, by their first place.
    pub unbound: Vec<Unbound>,
    /// The files that this one gives names to by `scopedImport`.
    pub scoped_imports: Vec<RepoPath>,
    /// The `with` around everything that the file is.
    pub wide_with: Option<WideWith>,
}

/// A `with` whose body is the whole value of a file, behind lambdas, `let` and `assert`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WideWith {
    /// From `with` to the end of its source.
    pub at: TextRange,
    /// The source.
    pub source: TextRange,
    /// The names that may come through it, sorted, if it is the only `with` of the file.
    pub names: Vec<Box<str>>,
    /// Whether it is the only `with` of the file.
    pub only: bool,
}

/// A name that nothing binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unbound {
    /// The name.
    pub name: Box<str>,
    /// Where it stands, at least once.
    pub places: Vec<TextRange>,
    /// What may have been meant.
    pub meant: Meant,
}

/// What an unbound name may have been meant to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Meant {
    /// `builtins.<name>`; whether `builtins.` can be written before it at each place.
    Builtin(bool),
    /// A shell variable in a string: `"${HOME}"`.
    Shell,
    /// An argument that the pattern at the head of the file does not take.
    Argument,
    /// Another name that is bound there.
    Other(Box<str>),
    /// Nobody knows.
    Unknown,
}

/// Names that files take as arguments.
const ARGUMENTS: &[&str] = &[
    "config",
    "fetchFromGitHub",
    "fetchurl",
    "home-manager",
    "inputs",
    "lib",
    "modulesPath",
    "nixpkgs",
    "options",
    "osConfig",
    "pkgs",
    "self",
    "stdenv",
    "utils",
];

/// The facts of one file.
#[must_use]
pub fn extract(file: &File, tree: &Tree, topics: Topics) -> NameFacts {
    if !file.facts.faults.is_empty() {
        return NameFacts::default();
    }
    NameFacts {
        unbound: unbound(tree),
        scoped_imports: scoped_imports(file, tree, topics),
        wide_with: wide_with(tree),
    }
}

fn wide_with(tree: &Tree) -> Option<WideWith> {
    let mut expr = tree.expr()?;
    let with = loop {
        let inner = match &expr {
            ast::Expr::Paren(it) => it.expr(),
            ast::Expr::Lambda(it) => it.body(),
            ast::Expr::LetIn(it) => it.body(),
            ast::Expr::Assert(it) => it.body(),
            ast::Expr::With(it) => break it.clone(),
            _ => None,
        };
        expr = inner?;
    };
    // `pkgs: with pkgs; [ … ]` is a list of packages, not a file full of code.
    if matches!(expr::strip_prefixes(with.body()?), ast::Expr::List(_)) {
        return None;
    }
    let scopes = &tree.scopes;
    let range = with.syntax().text_range();
    let (_, found) = scopes.all_withs().find(|(_, it)| it.at == range)?;
    if !found.used {
        return None;
    }
    let only = scopes.all_withs().count() == 1;
    let mut names: Vec<Box<str>> = scopes
        .refs()
        .iter()
        .filter(|it| only && matches!(it.to, To::With(_)))
        .map(|it| scopes.text(it.symbol).into())
        .collect();
    names.sort();
    names.dedup();
    Some(WideWith {
        at: TextRange::new(range.start(), found.source.end()),
        source: found.source,
        names,
        only,
    })
}

fn unbound(tree: &Tree) -> Vec<Unbound> {
    let scopes = &tree.scopes;
    let closed = Closed::new(scopes);
    let mut lost = None;
    let mut by_name: BTreeMap<Symbol, Vec<&Ref>> = BTreeMap::new();
    for it in scopes.refs() {
        let unbound = match it.to {
            To::Unbound => true,
            To::With(with) => closed.as_ref().is_some_and(|closed| {
                scopes
                    .withs(with)
                    .all(|with| closed.lacks(with.source, it.symbol))
            }),
            To::Name(_) | To::Prelude(_) => false,
        };
        if unbound && !lost.get_or_insert_with(|| Lost::new(scopes)).explains(it) {
            by_name.entry(it.symbol).or_default().push(it);
        }
    }
    let mut found: Vec<Unbound> = by_name
        .into_values()
        .map(|refs| Unbound {
            name: scopes.text(refs[0].symbol).into(),
            places: refs.iter().map(|it| it.at).collect(),
            meant: Meant::Unknown,
        })
        .collect();
    found.sort_by_key(|it| it.places[0].start());
    // A file with more of them has another fault, and guessing takes its time.
    for it in found.iter_mut().take(20) {
        it.meant = meant(tree, it);
    }
    found
}

/// Names that would be bound if Nix did not ignore the `rec` of a merged set: that is another fault.
struct Lost {
    ignored: Vec<(TextRange, SetId)>,
    keys: FxHashSet<(SetId, Symbol)>,
}

impl Lost {
    fn new(scopes: &Scopes) -> Lost {
        let merged = scopes.merged();
        let ignored: Vec<_> = merged
            .joins
            .iter()
            .filter(|join| join.rec)
            .map(|join| (join.at, join.set))
            .collect();
        let keys = if ignored.is_empty() {
            FxHashSet::default()
        } else {
            keys(scopes)
        };
        Lost { ignored, keys }
    }

    fn explains(&self, it: &Ref) -> bool {
        self.ignored
            .iter()
            .any(|(at, set)| at.contains_range(it.at) && self.keys.contains(&(*set, it.symbol)))
    }
}

fn keys(scopes: &Scopes) -> FxHashSet<(SetId, Symbol)> {
    scopes
        .merged()
        .attrs()
        .map(|(_, attr)| (attr.set, attr.symbol))
        .collect()
}

fn meant(tree: &Tree, unbound: &Unbound) -> Meant {
    let scopes = &tree.scopes;
    let name = &*unbound.name;
    let refs = || unbound.places.iter().filter_map(|at| scopes.ref_at(*at));
    let nodes = || {
        unbound
            .places
            .iter()
            .filter_map(|at| syntax::callee::expr_at(&tree.root, *at))
            .map(|expr| expr.syntax().clone())
    };
    if builtins::find(name).is_some_and(|row| !row.builtin().internal) {
        let fits = |node: &SyntaxNode| {
            node.kind() == SyntaxKind::NODE_IDENT
                && node
                    .parent()
                    .is_some_and(|parent| parent.kind() != SyntaxKind::NODE_INHERIT)
        };
        let free = refs().all(|it| scopes.lookup("builtins", it.scope).is_none());
        return Meant::Builtin(free && nodes().filter(fits).count() == unbound.places.len());
    }
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if name.chars().all(upper)
        && nodes().next().is_some_and(|node| {
            node.parent()
                .is_some_and(|parent| parent.kind() == SyntaxKind::NODE_INTERPOL)
        })
    {
        return Meant::Shell;
    }
    let takes_pattern = matches!(tree.expr(), Some(ast::Expr::Lambda(lambda))
        if matches!(lambda.param(), Some(ast::Param::Pattern(_))));
    if takes_pattern && ARGUMENTS.contains(&name) {
        return Meant::Argument;
    }
    let bound = scopes
        .scopes_around(refs().next().and_then(|it| it.scope))
        .flat_map(|scope| scopes.names_of(scope))
        .map(|(_, name)| scopes.text(name.symbol));
    let bare = builtins::TABLE
        .iter()
        .filter(|builtin| builtin.bare)
        .map(|builtin| builtin.name);
    syntax::nearest::nearest(name, bound.chain(bare))
        .map_or(Meant::Unknown, |other| Meant::Other(other.into()))
}

/// The `with` sources of a file that are literal sets with nothing but known keys.
struct Closed {
    sources: FxHashMap<TextRange, SetId>,
    keys: FxHashSet<(SetId, Symbol)>,
}

impl Closed {
    /// `None` if there is no such `with`, as in nearly every file.
    fn new(scopes: &Scopes) -> Option<Closed> {
        let wanted: FxHashSet<TextRange> =
            scopes.all_withs().map(|(_, with)| with.source).collect();
        if wanted.is_empty() {
            return None;
        }
        let merged = scopes.merged();
        let mut sources: FxHashMap<TextRange, SetId> = merged
            .sets()
            .filter(|(_, set)| set.owner.is_none() && wanted.contains(&set.at))
            .map(|(id, set)| (set.at, id))
            .collect();
        for key in &merged.computed {
            sources.remove(&merged.set(key.set).at);
        }
        (!sources.is_empty()).then(|| Closed {
            sources,
            keys: keys(scopes),
        })
    }

    fn lacks(&self, source: TextRange, symbol: Symbol) -> bool {
        self.sources
            .get(&source)
            .is_some_and(|set| !self.keys.contains(&(*set, symbol)))
    }
}

/// The literal paths that `scopedImport` reads: `scopedImport { x = 1; } ./a.nix`.
fn scoped_imports(file: &File, tree: &Tree, topics: Topics) -> Vec<RepoPath> {
    if !topics.has(Topic::ScopedImport) {
        return Vec::new();
    }
    let mut found: Vec<RepoPath> = tree
        .root
        .descendants()
        .filter_map(ast::Apply::cast)
        .filter_map(|apply| {
            let (function, arguments) = expr::call(&ast::Expr::Apply(apply));
            let [_, ast::Expr::PathRel(path)] = arguments.as_slice() else {
                return None;
            };
            if !tree.scopes.resolves_to_builtin(&function, "scopedImport") {
                return None;
            }
            let path = file.path.parent().join(&path.syntax().text().to_string())?;
            Some(path)
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
