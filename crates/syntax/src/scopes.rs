//! Name resolution of one file: what every name refers to.
//!
//! Goal: the answer of Nix itself, in one linear pass over the tree without recursion. Sets are merged first
//! ([`crate::merge`]), so that `a = rec { b = 1; }; a.c = b;` is understood. Limits: a name that goes through `with` is
//! not followed into the set, and the names that `scopedImport` gives to a file are unknown.

use std::cell::RefCell;

use rnix::{SyntaxKind, SyntaxNode, TextRange};
use rustc_hash::FxHashMap;

use crate::builtins::{self, Row};
use crate::callee::Asked;
use crate::green::Green;
use crate::merge::{AttrId, Builder, Interner, Item, Merged, Part, SetId, SetKind, index};

/// The text of a name, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub(crate) u32);

/// A name in [`Scopes::names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameId(pub(crate) u32);

/// A scope in [`Scopes::scope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(u32);

/// A `with` in [`Scopes::withs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WithId(u32);

/// A piece of the file that is evaluated only if a name needs it: the value of a `let` binding, or the source of its
/// `inherit (e)`. [`Unit::FILE`] is all the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit(pub(crate) u32);

impl Unit {
    /// What is evaluated without any `let` name's help.
    pub const FILE: Unit = Unit(0);
}

/// How a name is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// `let x = e; in`, also in `let { }`.
    Let,
    /// `let inherit x; in`
    LetInherit,
    /// `let inherit (e) x; in`
    LetInheritFrom,
    /// `rec { x = e; }`
    Rec,
    /// `rec { inherit x; }`
    RecInherit,
    /// `rec { inherit (e) x; }`
    RecInheritFrom,
    /// `{ x }: e`
    Formal,
    /// `x @ { }: e`
    At,
    /// `x: e`
    Argument,
}

impl NameKind {
    /// Whether it is bound by a `let`, in any form.
    #[must_use]
    pub fn is_let(self) -> bool {
        matches!(
            self,
            NameKind::Let | NameKind::LetInherit | NameKind::LetInheritFrom
        )
    }

    /// Whether it is a lambda's: formal, `@`-name or argument.
    #[must_use]
    pub fn is_param(self) -> bool {
        matches!(self, NameKind::Formal | NameKind::At | NameKind::Argument)
    }
}

/// One bound name.
#[derive(Debug, Clone)]
pub struct Name {
    /// Its text, see [`Scopes::text`].
    pub symbol: Symbol,
    /// How it is bound.
    pub kind: NameKind,
    /// Where it is bound first: the identifier or string.
    pub at: TextRange,
    /// The scope that holds it.
    pub scope: ScopeId,
    /// The attribute that it is, for names of `let` and `rec`; see [`Scopes::parts`].
    pub attr: Option<AttrId>,
    /// What is evaluated when it is needed, for names of `let`; [`Unit::FILE`] otherwise.
    pub unit: Unit,
    refs: (u32, u32),
}

/// What a reference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum To {
    /// A name of this file.
    Name(NameId),
    /// A builtin that is bound without prefix.
    Prelude(Row),
    /// Whatever an enclosing `with` has; this is the innermost one.
    With(WithId),
    /// Nothing: Nix refuses the file.
    Unbound,
}

/// One use of a name.
#[derive(Debug, Clone)]
pub struct Ref {
    /// The identifier; of a desugared reference the operator or the search path.
    pub at: TextRange,
    /// Its text, see [`Scopes::text`].
    pub symbol: Symbol,
    /// What it means.
    pub to: To,
    /// Whether an operator stands for it: `a - b` asks for `__sub`. Only those that reach a name of the file are kept.
    pub desugared: bool,
    /// The piece of the file that holds it.
    pub unit: Unit,
    /// The innermost scope around it.
    pub scope: Option<ScopeId>,
    /// The innermost `with` around it, whether it goes through it or not.
    pub with: Option<WithId>,
}

/// A region that binds names.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// The lambda; or the set or `let` as it was begun.
    pub at: TextRange,
    /// The set, unless it is a lambda's scope.
    pub set: Option<SetId>,
    /// The piece of the file that holds it.
    pub unit: Unit,
    names: (u32, u32),
}

/// One `with`.
#[derive(Debug, Clone)]
pub struct With {
    /// The whole expression.
    pub at: TextRange,
    /// The expression whose attributes it brings.
    pub source: TextRange,
    /// The `with` around it.
    pub parent: Option<WithId>,
    /// Whether some name below may come through it.
    pub used: bool,
    /// The piece of the file that holds it.
    pub unit: Unit,
}

/// All names and references of one file. Plain data, but for the answers that are kept.
#[derive(Debug, Clone, Default)]
pub struct Scopes {
    texts: String,
    ends: Vec<u32>,
    names: Vec<Name>,
    refs: Vec<Ref>,
    /// Indices into `refs`, grouped by name.
    by_name: Vec<u32>,
    scopes: Vec<Scope>,
    withs: Vec<With>,
    units: u32,
    merged: Merged,
    /// What was found to be a function of `lib`, and what not.
    pub(crate) of_lib: RefCell<FxHashMap<Asked, bool>>,
}

impl Scopes {
    /// Resolves every name below `root`, in one pass.
    #[must_use]
    pub fn of(root: &SyntaxNode) -> Scopes {
        let mut resolver = Resolver::new(root.text_range().len().into());
        resolver.run(Green::new(root));
        resolver.finish()
    }

    /// The text of a name.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &str {
        let at = symbol.0 as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.texts[start as usize..self.ends[at] as usize]
    }

    /// All bound names, in no promised order.
    pub fn names(&self) -> impl Iterator<Item = (NameId, &Name)> {
        (0..).map(NameId).zip(&self.names)
    }

    /// One name.
    #[must_use]
    pub fn name(&self, id: NameId) -> &Name {
        &self.names[id.0 as usize]
    }

    /// The text of a name.
    #[must_use]
    pub fn name_text(&self, id: NameId) -> &str {
        self.text(self.name(id).symbol)
    }

    /// All references, in the order of places.
    #[must_use]
    pub fn refs(&self) -> &[Ref] {
        &self.refs
    }

    /// The references to a name, in the order of places.
    pub fn refs_of(&self, id: NameId) -> impl ExactSizeIterator<Item = &Ref> {
        let (start, end) = self.name(id).refs;
        self.by_name[start as usize..end as usize]
            .iter()
            .map(|at| &self.refs[*at as usize])
    }

    /// The reference that a node is: a `NODE_IDENT` in the place of an expression, or a name after a plain `inherit`.
    /// Keys, formals and names after `inherit (e)` are none.
    #[must_use]
    pub fn resolve(&self, node: &SyntaxNode) -> Option<&Ref> {
        self.ref_at(node.text_range())
    }

    /// The reference that stands at exactly this range.
    #[must_use]
    pub fn ref_at(&self, range: TextRange) -> Option<&Ref> {
        let start = self
            .refs
            .partition_point(|it| it.at.start() < range.start());
        self.refs[start..]
            .iter()
            .take_while(|it| it.at.start() == range.start())
            .find(|it| it.at == range && !it.desugared)
    }

    /// The references within a range, in the order of places.
    #[must_use]
    pub fn refs_in(&self, range: TextRange) -> &[Ref] {
        let start = self
            .refs
            .partition_point(|it| it.at.start() < range.start());
        let end = self.refs.partition_point(|it| it.at.start() < range.end());
        &self.refs[start..end.max(start)]
    }

    /// One scope.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    /// All scopes, each after the one around it.
    pub fn all_scopes(&self) -> impl Iterator<Item = (ScopeId, &Scope)> {
        (0..).map(ScopeId).zip(&self.scopes)
    }

    /// The names of one scope, in the order of [`NameId`].
    pub fn names_of(&self, id: ScopeId) -> impl Iterator<Item = (NameId, &Name)> {
        self.names_from(id, NameId(0))
    }

    /// The names of one scope from `first` on, in the order of [`NameId`].
    pub(crate) fn names_from(
        &self,
        id: ScopeId,
        first: NameId,
    ) -> impl Iterator<Item = (NameId, &Name)> {
        let (start, end) = self.scope(id).names;
        (start.max(first.0)..end).map(|at| (NameId(at), &self.names[at as usize]))
    }

    /// A scope and those around it, innermost first.
    pub fn scopes_around(&self, scope: Option<ScopeId>) -> impl Iterator<Item = ScopeId> {
        std::iter::successors(scope, |id| self.scope(*id).parent)
    }

    /// What a name would mean to an expression in `scope`, as far as scopes go.
    #[must_use]
    pub fn lookup(&self, text: &str, scope: Option<ScopeId>) -> Option<NameId> {
        self.scopes_around(scope).find_map(|id| {
            self.names_of(id)
                .find(|(_, name)| self.text(name.symbol) == text)
                .map(|(id, _)| id)
        })
    }

    /// All `with`, each before those inside its body.
    pub fn all_withs(&self) -> impl Iterator<Item = (WithId, &With)> {
        (0..).map(WithId).zip(&self.withs)
    }

    /// A `with` and those around it, innermost first.
    pub fn withs(&self, innermost: WithId) -> impl Iterator<Item = &With> {
        std::iter::successors(Some(innermost), |id| self.withs[id.0 as usize].parent)
            .map(|id| &self.withs[id.0 as usize])
    }

    /// The sets of the file, merged.
    #[must_use]
    pub fn merged(&self) -> &Merged {
        &self.merged
    }

    /// The bindings that make a name of a `let` or `rec`; none for a lambda's.
    #[must_use]
    pub fn parts(&self, id: NameId) -> &[Part] {
        self.name(id)
            .attr
            .map_or(&[], |attr| self.merged.parts(attr))
    }

    /// How many [`Unit`]s there are.
    #[must_use]
    pub fn units(&self) -> u32 {
        self.units
    }
}

/// Where an expression stands.
#[derive(Clone, Copy)]
struct Env {
    unit: Unit,
    scope: Option<ScopeId>,
    with: Option<WithId>,
}

enum Task<'g> {
    Visit(Green<'g>, Env),
    Set(SetId, Env),
    /// Forget the names bound since.
    Leave(u32),
}

const UNBOUND: u32 = u32::MAX;

struct Resolver<'g> {
    builder: Builder<'g>,
    out: Scopes,
    /// By symbol: the name that it means now.
    now: Vec<u32>,
    /// What symbols meant before.
    undo: Vec<(Symbol, u32)>,
    /// By symbol: the builtin that it means, once somebody asked.
    prelude: Vec<Option<Option<Row>>>,
    tasks: Vec<Task<'g>>,
}

impl<'g> Resolver<'g> {
    /// For a text of `len` bytes: real ones have a reference in about ninety.
    fn new(len: usize) -> Resolver<'g> {
        let refs = len / 80;
        Resolver {
            builder: Builder::new(len),
            out: Scopes {
                units: 1,
                refs: Vec::with_capacity(refs),
                names: Vec::with_capacity(refs),
                scopes: Vec::with_capacity(refs / 2),
                ..Scopes::default()
            },
            now: Vec::with_capacity(refs),
            undo: Vec::new(),
            prelude: Vec::with_capacity(refs),
            tasks: Vec::with_capacity(64),
        }
    }

    fn run(&mut self, root: Green<'g>) {
        let env = Env {
            unit: Unit::FILE,
            scope: None,
            with: None,
        };
        self.tasks.push(Task::Visit(root, env));
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Visit(node, env) => self.visit(node, env),
                Task::Set(set, env) => self.set(set, env),
                Task::Leave(mark) => {
                    while self.undo.len() > mark as usize {
                        if let Some((symbol, before)) = self.undo.pop() {
                            self.now[symbol.0 as usize] = before;
                        }
                    }
                }
            }
        }
    }

    fn visit(&mut self, node: Green<'g>, env: Env) {
        match node.kind() {
            SyntaxKind::NODE_IDENT => {
                let symbol = self.builder.names.intern(node.ident());
                self.reference(symbol, node.range(), env);
            }
            SyntaxKind::NODE_LITERAL | SyntaxKind::NODE_CUR_POS => {}
            SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LEGACY_LET => {
                let set = self.builder.build(node);
                self.set(set, env);
            }
            SyntaxKind::NODE_LAMBDA => self.lambda(node, env),
            SyntaxKind::NODE_WITH => self.with(node, env),
            SyntaxKind::NODE_PATH_SEARCH => {
                self.desugared("__findFile", node.range(), env);
                self.desugared("__nixPath", node.range(), env);
            }
            SyntaxKind::NODE_BIN_OP | SyntaxKind::NODE_UNARY_OP => {
                for token in node.tokens() {
                    let hidden = match token.kind() {
                        SyntaxKind::TOKEN_SUB => "__sub",
                        SyntaxKind::TOKEN_MUL => "__mul",
                        SyntaxKind::TOKEN_DIV => "__div",
                        SyntaxKind::TOKEN_LESS
                        | SyntaxKind::TOKEN_LESS_OR_EQ
                        | SyntaxKind::TOKEN_MORE
                        | SyntaxKind::TOKEN_MORE_OR_EQ => "__lessThan",
                        _ => continue,
                    };
                    self.desugared(hidden, token.range(), env);
                }
                self.children(node, env);
            }
            SyntaxKind::NODE_ATTRPATH => {
                let first = self.tasks.len();
                let computed = node
                    .nodes()
                    .filter(|it| it.kind() != SyntaxKind::NODE_IDENT);
                self.tasks
                    .extend(computed.map(|child| Task::Visit(child, env)));
                self.tasks[first..].reverse();
            }
            _ => self.children(node, env),
        }
    }

    fn children(&mut self, node: Green<'g>, env: Env) {
        let first = self.tasks.len();
        for child in node.nodes() {
            self.later(child, env);
        }
        self.tasks[first..].reverse();
    }

    /// Visits an expression where the names of now hold: at once if nothing is below it, which is so for most, else
    /// later. References are sorted by their places in the end.
    fn later(&mut self, node: Green<'g>, env: Env) {
        match node.kind() {
            SyntaxKind::NODE_IDENT | SyntaxKind::NODE_LITERAL => self.visit(node, env),
            SyntaxKind::NODE_STRING if node.nodes().next().is_none() => {}
            SyntaxKind::NODE_ATTRPATH
                if node.nodes().all(|it| it.kind() == SyntaxKind::NODE_IDENT) => {}
            // `config.services.nginx`
            SyntaxKind::NODE_SELECT => {
                for child in node.nodes() {
                    match child.kind() {
                        SyntaxKind::NODE_IDENT | SyntaxKind::NODE_LITERAL => self.visit(child, env),
                        SyntaxKind::NODE_ATTRPATH
                            if child.nodes().all(|it| it.kind() == SyntaxKind::NODE_IDENT) => {}
                        _ => self.tasks.push(Task::Visit(child, env)),
                    }
                }
            }
            _ => self.tasks.push(Task::Visit(node, env)),
        }
    }

    /// Visits a merged set: what is inherited from outside, then the rest, within its names if it has any.
    fn set(&mut self, set: SetId, env: Env) {
        let kind = self.builder.merged.set(set).kind;
        let mut inner = env;
        if kind != SetKind::Plain {
            inner.scope = Some(self.bind_set(set, kind, env));
        }
        let mut at = self.builder.first(set);
        while let Some((item, next)) = self.builder.item(at) {
            at = next;
            if let Item::Inherit(attr, range) = item {
                let symbol = self.builder.merged.attr(attr).symbol;
                let unit = self.unit_of(attr, env.unit);
                self.reference(symbol, range, Env { unit, ..env });
            }
        }
        if kind != SetKind::Plain {
            self.tasks.push(Task::Leave(index(self.undo.len())));
            if let Some(scope) = inner.scope {
                let (start, end) = self.out.scopes[scope.0 as usize].names;
                (start..end).for_each(|name| self.bind(name));
            }
        }
        let first = self.tasks.len();
        let mut at = self.builder.first(set);
        while let Some((item, next)) = self.builder.item(at) {
            at = next;
            let task = match item {
                Item::Value(attr, value) => {
                    let unit = self.unit_of(attr, env.unit);
                    self.later(value, Env { unit, ..inner });
                    continue;
                }
                Item::Set(attr, set) => {
                    let unit = self.unit_of(attr, env.unit);
                    Task::Set(set, Env { unit, ..inner })
                }
                Item::Source(source, (start, end)) => {
                    let unit = self.builder.inherited[start as usize..end as usize]
                        .first()
                        .map_or(env.unit, |attr| self.unit_of(*attr, env.unit));
                    Task::Visit(source, Env { unit, ..inner })
                }
                Item::Loose(node) => Task::Visit(node, inner),
                Item::Inherit(..) => continue,
            };
            self.tasks.push(task);
        }
        self.tasks[first..].reverse();
    }

    /// A `let` value is a unit of its own; every other value belongs to what surrounds it.
    fn unit_of(&self, attr: AttrId, around: Unit) -> Unit {
        self.builder
            .merged
            .attr(attr)
            .name
            .map(|name| self.out.names[name.0 as usize].unit)
            .filter(|unit| *unit != Unit::FILE)
            .unwrap_or(around)
    }

    /// Makes the names of a `rec` set or `let`, without binding them yet.
    fn bind_set(&mut self, set: SetId, kind: SetKind, env: Env) -> ScopeId {
        let scope = ScopeId(index(self.out.scopes.len()));
        let start = index(self.out.names.len());
        let lets = kind != SetKind::Rec;
        let named = |in_let, in_rec| if lets { in_let } else { in_rec };
        let mut at = self.builder.first(set);
        while let Some((item, next)) = self.builder.item(at) {
            at = next;
            match item {
                Item::Value(attr, _) | Item::Set(attr, _) => {
                    let symbol = self.builder.merged.attr(attr).symbol;
                    // `let { body = e; }` is e: nobody has to ask for it.
                    let body =
                        kind == SetKind::LegacyLet && self.builder.names.text(symbol) == "body";
                    let unit = self.fresh_unit(lets && !body);
                    self.add(attr, named(NameKind::Let, NameKind::Rec), unit, scope);
                }
                Item::Inherit(attr, _) => {
                    let unit = self.fresh_unit(lets);
                    let kind = named(NameKind::LetInherit, NameKind::RecInherit);
                    self.add(attr, kind, unit, scope);
                }
                Item::Source(_, (first, last)) => {
                    // All names of one statement share its source.
                    let unit = self.fresh_unit(lets);
                    let kind = named(NameKind::LetInheritFrom, NameKind::RecInheritFrom);
                    for at in first..last {
                        let attr = self.builder.inherited[at as usize];
                        self.add(attr, kind, unit, scope);
                    }
                }
                Item::Loose(_) => {}
            }
        }
        self.out.scopes.push(Scope {
            parent: env.scope,
            at: self.builder.merged.set(set).at,
            set: Some(set),
            unit: env.unit,
            names: (start, index(self.out.names.len())),
        });
        scope
    }

    fn fresh_unit(&mut self, fresh: bool) -> Unit {
        if !fresh {
            return Unit::FILE;
        }
        self.out.units += 1;
        Unit(self.out.units - 1)
    }

    fn add(&mut self, attr: AttrId, kind: NameKind, unit: Unit, scope: ScopeId) {
        let entry = &mut self.builder.merged.attrs[attr.0 as usize];
        // A second definition that Nix refuses.
        if entry.name.is_some() {
            return;
        }
        entry.name = Some(NameId(index(self.out.names.len())));
        self.out.names.push(Name {
            symbol: entry.symbol,
            kind,
            at: entry.at,
            scope,
            attr: Some(attr),
            unit,
            refs: (0, 0),
        });
    }

    fn lambda(&mut self, node: Green<'g>, env: Env) {
        let scope = ScopeId(index(self.out.scopes.len()));
        let start = index(self.out.names.len());
        let mark = index(self.undo.len());
        let inner = Env {
            scope: Some(scope),
            ..env
        };
        self.tasks.push(Task::Leave(mark));
        let first = self.tasks.len();
        for child in node.nodes() {
            match child.kind() {
                SyntaxKind::NODE_IDENT_PARAM => {
                    self.param(child.nodes().next(), NameKind::Argument, scope);
                }
                SyntaxKind::NODE_PATTERN => {
                    for entry in child.nodes() {
                        let kind = match entry.kind() {
                            SyntaxKind::NODE_PAT_ENTRY => NameKind::Formal,
                            SyntaxKind::NODE_PAT_BIND => NameKind::At,
                            _ => continue,
                        };
                        let mut nodes = entry.nodes();
                        self.param(nodes.next(), kind, scope);
                        self.tasks
                            .extend(nodes.map(|default| Task::Visit(default, inner)));
                    }
                }
                _ => self.tasks.push(Task::Visit(child, inner)),
            }
        }
        self.tasks[first..].reverse();
        self.out.scopes.push(Scope {
            parent: env.scope,
            at: node.range(),
            set: None,
            unit: env.unit,
            names: (start, index(self.out.names.len())),
        });
        for at in start..index(self.out.names.len()) {
            self.bind(at);
        }
    }

    fn param(&mut self, ident: Option<Green<'g>>, kind: NameKind, scope: ScopeId) {
        let Some(ident) = ident.filter(|it| it.kind() == SyntaxKind::NODE_IDENT) else {
            return;
        };
        let symbol = self.builder.names.intern(ident.ident());
        self.out.names.push(Name {
            symbol,
            kind,
            at: ident.range(),
            scope,
            attr: None,
            unit: Unit::FILE,
            refs: (0, 0),
        });
    }

    fn with(&mut self, node: Green<'g>, env: Env) {
        let mut nodes = node.nodes();
        let source = nodes.next();
        let with = WithId(index(self.out.withs.len()));
        self.out.withs.push(With {
            at: node.range(),
            source: source.map_or(node.range(), Green::range),
            parent: env.with,
            used: false,
            unit: env.unit,
        });
        let inner = Env {
            with: Some(with),
            ..env
        };
        let first = self.tasks.len();
        self.tasks
            .extend(source.map(|source| Task::Visit(source, env)));
        self.tasks
            .extend(nodes.map(|body| Task::Visit(body, inner)));
        self.tasks[first..].reverse();
    }

    fn bind(&mut self, name: u32) {
        let symbol = self.out.names[name as usize].symbol;
        let slot = slot(&mut self.now, symbol, UNBOUND);
        self.undo.push((symbol, *slot));
        *slot = name;
    }

    fn desugared(&mut self, text: &'static str, at: TextRange, env: Env) {
        // Nearly every file binds none of these names.
        let Some(symbol) = self.builder.names.known(text) else {
            return;
        };
        let name = *slot(&mut self.now, symbol, UNBOUND);
        if name != UNBOUND {
            self.push(symbol, at, To::Name(NameId(name)), env, true);
        }
    }

    fn reference(&mut self, symbol: Symbol, at: TextRange, env: Env) {
        let name = *slot(&mut self.now, symbol, UNBOUND);
        let to = if name == UNBOUND {
            let row = *slot(&mut self.prelude, symbol, None)
                .get_or_insert_with(|| builtins::find_bare(self.builder.names.text(symbol)));
            match (row, env.with) {
                (Some(row), with) => {
                    if let Some(with) = with.filter(|_| !row.builtin().firm()) {
                        self.out.withs[with.0 as usize].used = true;
                    }
                    To::Prelude(row)
                }
                (None, Some(with)) => {
                    self.out.withs[with.0 as usize].used = true;
                    To::With(with)
                }
                (None, None) => To::Unbound,
            }
        } else {
            To::Name(NameId(name))
        };
        self.push(symbol, at, to, env, false);
    }

    fn push(&mut self, symbol: Symbol, at: TextRange, to: To, env: Env, desugared: bool) {
        if let To::Name(name) = to {
            self.out.names[name.0 as usize].refs.1 += 1;
        }
        self.out.refs.push(Ref {
            at,
            symbol,
            to,
            desugared,
            unit: env.unit,
            scope: env.scope,
            with: env.with,
        });
    }

    fn finish(self) -> Scopes {
        let mut out = self.out;
        let (merged, Interner { texts, .. }) = self.builder.finish();
        out.merged = merged;
        out.texts.reserve(texts.iter().map(|text| text.len()).sum());
        out.ends.reserve(texts.len());
        for text in texts {
            out.texts.push_str(&text);
            out.ends.push(index(out.texts.len()));
        }
        // Visited in the order of scopes; wanted in the order of places.
        out.refs.sort_by_key(|it| it.at.start());
        // A name that may come through one `with` may come through all around it.
        for at in (0..out.withs.len()).rev() {
            if let (true, Some(parent)) = (out.withs[at].used, out.withs[at].parent) {
                out.withs[parent.0 as usize].used = true;
            }
        }
        let mut total = 0;
        for name in &mut out.names {
            let count = name.refs.1;
            name.refs = (total, total);
            total += count;
        }
        out.by_name = vec![0; total as usize];
        for (at, it) in (0u32..).zip(&out.refs) {
            if let To::Name(name) = it.to {
                let end = &mut out.names[name.0 as usize].refs.1;
                out.by_name[*end as usize] = at;
                *end += 1;
            }
        }
        out
    }
}

/// The entry of a symbol in a table that grows with the symbols.
fn slot<T: Clone>(table: &mut Vec<T>, symbol: Symbol, empty: T) -> &mut T {
    let at = symbol.0 as usize;
    if table.len() <= at {
        table.resize(at + 1, empty);
    }
    &mut table[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        let root = crate::parse(text, crate::parse::Limits::default())
            .root()
            .unwrap();
        Scopes::of(&root)
    }

    /// `x>Let@4` for every reference: its text, what it means, where that is bound.
    fn show(text: &str) -> String {
        let scopes = scopes(text);
        let shown: Vec<String> = scopes
            .refs()
            .iter()
            .map(|it| {
                let to = match it.to {
                    To::Name(id) => {
                        let name = scopes.name(id);
                        format!("{:?}@{}", name.kind, u32::from(name.at.start()))
                    }
                    To::Prelude(row) => format!("Prelude({})", row.name()),
                    To::With(_) => "With".to_owned(),
                    To::Unbound => "Unbound".to_owned(),
                };
                format!("{}>{to}", scopes.text(it.symbol))
            })
            .collect();
        shown.join(" ")
    }

    #[test]
    fn let_binds_values_and_body() {
        assert_eq!(show("let a = b; b = 1; in a"), "b>Let@11 a>Let@4");
        assert_eq!(
            show("x: let inherit x; in x"),
            "x>Argument@0 x>LetInherit@15"
        );
        // The source of `inherit ( )` sees the `let`.
        assert_eq!(
            show("let a = { }; inherit (a) q; in q"),
            "a>Let@4 q>LetInheritFrom@25"
        );
        assert_eq!(
            show("let \"a\" = 1; ${\"b\"} = 2; in [ a b ]"),
            "a>Let@4 b>Let@13"
        );
        assert_eq!(show("let { body = x; x = 1; }"), "x>Let@16");
    }

    #[test]
    fn only_rec_sets_bind() {
        assert_eq!(show("{ a = 1; b = a; }"), "a>Unbound");
        assert_eq!(show("rec { a = 1; b = a; }"), "a>Rec@6");
        assert_eq!(show("rec { a.b = a; c = b; }"), "a>Rec@6 b>Unbound");
        // A computed key binds nothing, and is a use.
        assert_eq!(show("rec { k = \"x\"; ${k} = 1; }"), "k>Rec@6");
        assert_eq!(
            show("rec { a = 1; inherit (a) b; c = b; }"),
            "a>Rec@6 b>RecInheritFrom@25"
        );
    }

    #[test]
    fn the_first_definition_decides() {
        assert_eq!(show("{ a = rec { b = 1; }; a.c = b; }"), "b>Rec@12");
        assert_eq!(show("{ a.c = 1; a = rec { b = 2; d = b; }; }"), "b>Unbound");
        assert_eq!(show("{ a = { c = 1; }; a = rec { d = c; }; }"), "c>Unbound");
        assert_eq!(
            show("{ a = ({ x = rec { y = 1; }; }); a.x.z = y; }"),
            "y>Rec@19"
        );
        assert_eq!(
            show("{ a = rec { b = 1; }; a.${b} = b; }"),
            "b>Rec@12 b>Rec@12"
        );
    }

    #[test]
    fn lambdas() {
        assert_eq!(
            show("{ a ? b, b ? 1, ... } @ c: [ a c ]"),
            "b>Formal@9 a>Formal@2 c>At@24"
        );
        assert_eq!(show("c @ { a ? c }: a"), "c>At@0 a>Formal@6");
        assert_eq!(show("a: b: a b"), "a>Argument@0 b>Argument@3");
        assert_eq!(show("d: { d }: d"), "d>Formal@5");
    }

    #[test]
    fn with_is_last() {
        assert_eq!(show("with e; x"), "e>Unbound x>With");
        assert_eq!(show("with { map = 1; }; map"), "map>Prelude(map)");
        assert_eq!(
            show("{ hello, pkgs }: with pkgs; [ hello world ]"),
            "pkgs>Formal@9 hello>Formal@2 world>With"
        );
        assert_eq!(
            show("x: with x; with y; x"),
            "x>Argument@0 y>With x>Argument@0"
        );
    }

    #[test]
    fn which_with_is_used() {
        let used = |text: &str| -> Vec<bool> {
            scopes(text)
                .all_withs()
                .map(|(_, with)| with.used)
                .collect()
        };
        assert_eq!(used("{ lib }: with lib; with builtins; id 1"), [true, true]);
        assert_eq!(used("{ lib }: with lib; map"), [false]);
        // Nix 2.8 has no `break`: there the name comes from the `with`.
        assert_eq!(used("with { break = 1; }; break"), [true]);
        // The source of a `with` is outside of it.
        assert_eq!(used("with a; with b; 1"), [true, false]);
    }

    #[test]
    fn keys_of_selections_are_no_references() {
        assert_eq!(
            show("x: x.y.${x.z} or x ? w.${k}"),
            "x>Argument@0 x>Argument@0 x>Argument@0 k>Unbound"
        );
        assert_eq!(show("__curPos.line"), "");
    }

    #[test]
    fn operators_ask_for_names() {
        assert_eq!(show("let __sub = a: b: 1; in 3 - 1"), "__sub>Let@4");
        assert_eq!(show("let __lessThan = 1; in 3 >= 1"), "__lessThan>Let@4");
        assert_eq!(
            show("__findFile: __nixPath: <nixpkgs>"),
            "__findFile>Argument@0 __nixPath>Argument@12"
        );
        assert_eq!(show("3 - 1"), "");
    }

    #[test]
    fn prelude() {
        assert_eq!(show("attrNames"), "attrNames>Unbound");
        assert_eq!(show("__attrNames"), "__attrNames>Prelude(attrNames)");
        assert_eq!(show("let map = 1; in map"), "map>Let@4");
    }

    #[test]
    fn deep_and_long_input() {
        let chain = vec!["a"; 4000].join(" + ");
        assert_eq!(scopes(&chain).refs().len(), 4000);
        let nested = format!("{}x{}", "rec { x = ".repeat(240), "; }".repeat(240));
        assert_eq!(scopes(&nested).refs().len(), 1);
        let wide: String = (0..20_000).map(|i| format!("x{i} = x{};", i / 2)).collect();
        assert_eq!(scopes(&format!("rec {{ {wide} }}")).refs().len(), 20_000);
    }

    #[test]
    fn units_belong_to_let_values() {
        let scopes = scopes("let a = let b = 1; in b; c.d = a; in 0");
        let unit = |text: &str| {
            scopes
                .names()
                .find(|(_, name)| scopes.text(name.symbol) == text)
                .map(|(_, name)| name.unit)
                .unwrap()
        };
        let refs: Vec<Unit> = scopes.refs().iter().map(|it| it.unit).collect();
        assert_eq!(refs, [unit("a"), unit("c")]);
    }
}
