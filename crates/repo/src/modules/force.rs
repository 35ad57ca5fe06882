//! What an expression needs: what Nix must compute before it knows the names, the elements or the value of an expression.
//!
//! Goal: everything that is forced for certain, with the construct that forces it. Limits: functions are known by a
//! table, an unknown one forces nothing but itself; a value is followed through names to a depth of 8; a whole file
//! may spend [`FUEL`] steps, after that nothing more is found.

use std::cell::Cell;

use rustc_hash::FxHashSet;
use syntax::attrpath;
use syntax::{AstNode, Green, HasEntry, SyntaxKind, SyntaxNode, TextRange, ast};

use super::Analysis;
use super::names::{Bound, DEPTH, Names};
use super::origin::{Origin, Root};

/// How many steps all questions about one file may take together.
pub const FUEL: u32 = 400_000;

/// The functions that wrap a definition.
pub const WRAPPERS: &[&str] = &[
    "mkIf",
    "mkMerge",
    "mkForce",
    "mkDefault",
    "mkOverride",
    "mkBefore",
    "mkAfter",
    "mkOrder",
    "mkOptionDefault",
    "mkVMOverride",
    "mkImageMediaOverride",
];

/// How many arguments a wrapper takes; `None` for other functions.
#[must_use]
pub fn wrapper_arity(name: &str) -> Option<usize> {
    match name {
        "mkIf" | "mkOverride" | "mkOrder" => Some(2),
        _ => WRAPPERS.contains(&name).then_some(1),
    }
}

/// Where the names of an expression are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Position {
    /// The body of a module: before `config`, `options` and the arguments exist.
    Body,
    /// The settings of a module: before `config` and the arguments exist.
    Config,
    /// `imports`, `disabledModules`, the names of `options`.
    Imports,
    /// The value at a path of options.
    Value,
}

/// What asks for the names.
#[derive(Debug, Clone)]
pub enum Construct {
    /// `if`
    If(ast::IfElse),
    /// `assert`
    Assert(ast::Assert),
    /// A call of a known function, with its name.
    Call(ast::Expr, String),
    /// `${e}` as a key.
    Key(SyntaxNode),
    /// Anything else.
    Other(SyntaxNode),
}

impl Construct {
    /// The whole construct.
    #[must_use]
    pub fn node(&self) -> &SyntaxNode {
        match self {
            Construct::If(it) => it.syntax(),
            Construct::Assert(it) => it.syntax(),
            Construct::Call(it, _) => it.syntax(),
            Construct::Key(it) | Construct::Other(it) => it,
        }
    }
}

/// Something that is forced.
#[derive(Debug, Clone)]
pub struct Hit {
    /// What is forced.
    pub origin: Origin,
    /// The name or selection that forces it.
    pub at: TextRange,
    /// What needs it; `None` when a bare value was asked for.
    pub construct: Option<Construct>,
    /// Where the construct stands.
    pub position: Position,
    /// Whether it is forced only if something unknown holds: the right side of `&&`.
    pub conditional: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Mode {
    /// The names of a set, as the module system takes a definition apart.
    Names,
    /// The elements of a list, and the names of each.
    Elements,
    /// The value up to its names or elements.
    Value,
    /// The elements of a list of modules.
    Modules,
}

struct Step {
    expr: ast::Expr,
    mode: Mode,
    position: Position,
    construct: Option<Construct>,
    conditional: bool,
    depth: u8,
}

/// Which arguments of a function are needed for its result, up to names or elements.
fn forced(function: &str) -> &'static [usize] {
    match function {
        "optional" | "optionals" | "optionalString" | "optionalAttrs" | "assertMsg"
        | "genAttrs" | "attrNames" | "attrValues" | "listToAttrs" | "concatLists" | "flatten"
        | "import" | "toString" | "head" | "tail" | "elemAt" | "length" | "unique" | "isString"
        | "isList" | "isAttrs" | "isNull" | "toLower" | "toUpper" | "readFile" | "readDir"
        | "pathExists" => &[0],
        "map" | "filter" | "concatMap" | "concatMapStrings" | "any" | "all" | "mapAttrs"
        | "mapAttrs'" | "mapAttrsToList" | "filterAttrs" | "getAttr" | "hasAttr"
        | "concatStringsSep" | "imap0" | "imap1" | "partition" | "removePrefix"
        | "removeSuffix" => &[1],
        "foldl'" | "foldl" | "foldr" => &[1, 2],
        "elem" | "recursiveUpdate" | "mergeAttrs" | "seq" | "deepSeq" | "hasPrefix"
        | "hasSuffix" | "hasInfix" | "versionAtLeast" | "versionOlder" => &[0, 1],
        "trace" | "warn" => &[1],
        "throwIf" | "throwIfNot" | "warnIf" | "warnIfNot" => &[0, 2],
        "forEach" | "removeAttrs" => &[0],
        _ => &[],
    }
}

/// Asks what expressions need.
pub struct Forcing<'a> {
    names: Names<'a>,
    analysis: &'a Analysis,
    fuel: &'a Cell<u32>,
}

impl<'a> Forcing<'a> {
    /// Questions about the file of `analysis`; they share `fuel`.
    #[must_use]
    pub fn new(names: Names<'a>, analysis: &'a Analysis, fuel: &'a Cell<u32>) -> Forcing<'a> {
        Forcing {
            names,
            analysis,
            fuel,
        }
    }

    /// What the names of a definition need.
    #[must_use]
    pub fn structure(&self, expr: ast::Expr, position: Position) -> Vec<Hit> {
        self.run(expr, Mode::Names, position)
    }

    /// What a value needs, up to its names or elements.
    #[must_use]
    pub fn value(&self, expr: ast::Expr) -> Vec<Hit> {
        self.run(expr, Mode::Value, Position::Value)
    }

    /// What a list of modules needs.
    #[must_use]
    pub fn modules(&self, expr: ast::Expr) -> Vec<Hit> {
        self.run(expr, Mode::Modules, Position::Imports)
    }

    fn run(&self, expr: ast::Expr, mode: Mode, position: Position) -> Vec<Hit> {
        let mut walk = Walk {
            names: self.names,
            analysis: self.analysis,
            steps: Vec::new(),
            seen: FxHashSet::default(),
            hits: Vec::new(),
        };
        walk.steps.push(Step {
            expr,
            mode,
            position,
            construct: None,
            conditional: false,
            depth: DEPTH,
        });
        while let Some(step) = walk.steps.pop() {
            let Some(left) = self.fuel.get().checked_sub(1) else {
                // What is half known is not known.
                return Vec::new();
            };
            self.fuel.set(left);
            walk.step(step);
        }
        walk.hits.sort_by_key(|hit| (hit.at.start(), hit.at.end()));
        walk.hits
    }
}

/// Whether the first name of a binding may need a value.
fn has_computed_names(set: &ast::AttrSet) -> bool {
    let bindings = Green::new(set.syntax()).nodes();
    bindings
        .filter_map(|binding| binding.node(SyntaxKind::NODE_ATTRPATH)?.nodes().next())
        .any(|name| name.kind() != SyntaxKind::NODE_IDENT)
}

struct Walk<'a> {
    names: Names<'a>,
    analysis: &'a Analysis,
    steps: Vec<Step>,
    /// Values that were followed by name.
    seen: FxHashSet<(TextRange, Mode, bool)>,
    hits: Vec<Hit>,
}

impl Walk<'_> {
    fn push(&mut self, from: &Step, expr: Option<ast::Expr>, mode: Mode) {
        if let Some(expr) = expr {
            self.steps.push(Step {
                expr,
                mode,
                position: from.position,
                construct: from.construct.clone(),
                conditional: from.conditional,
                depth: from.depth,
            });
        }
    }

    /// The value of `expr` is needed, for the sake of `construct` unless something outer needs it already.
    fn need(
        &mut self,
        from: &Step,
        expr: Option<ast::Expr>,
        construct: impl FnOnce() -> Construct,
    ) {
        if let Some(expr) = expr {
            let construct = match (&from.construct, from.mode) {
                (Some(outer), _) => Some(outer.clone()),
                (None, _) => Some(construct()),
            };
            self.steps.push(Step {
                expr,
                mode: Mode::Value,
                position: from.position,
                construct,
                conditional: from.conditional,
                depth: from.depth,
            });
        }
    }

    fn hit(&mut self, from: &Step, origin: Origin, at: &SyntaxNode) {
        if origin.root == Root::Other {
            return;
        }
        self.hits.push(Hit {
            origin,
            at: at.text_range(),
            construct: from
                .construct
                .clone()
                .or_else(|| (from.mode != Mode::Value).then(|| Construct::Other(at.clone()))),
            position: from.position,
            conditional: from.conditional,
        });
    }

    fn step(&mut self, step: Step) {
        let mode = step.mode;
        match &step.expr {
            ast::Expr::Paren(it) => self.push(&step, it.expr(), mode),
            ast::Expr::LetIn(it) => self.push(&step, it.body(), mode),
            ast::Expr::With(it) => self.push(&step, it.body(), mode),
            ast::Expr::Assert(it) => {
                self.need(&step, it.condition(), || Construct::Assert(it.clone()));
                self.push(&step, it.body(), mode);
            }
            ast::Expr::IfElse(it) => {
                self.need(&step, it.condition(), || Construct::If(it.clone()));
                self.push(&step, it.body(), mode);
                self.push(&step, it.else_body(), mode);
            }
            ast::Expr::Ident(it) => self.ident(&step, it),
            ast::Expr::Select(it) => self.select(&step, it),
            ast::Expr::HasAttr(it) => {
                self.need(&step, it.expr(), || Construct::Other(it.syntax().clone()));
                self.dynamic_keys(&step, it.attrpath());
            }
            ast::Expr::UnaryOp(it) => {
                self.need(&step, it.expr(), || Construct::Other(it.syntax().clone()));
            }
            ast::Expr::BinOp(it) => self.operator(&step, it),
            ast::Expr::Apply(_) => self.call(&step),
            ast::Expr::AttrSet(it) if has_computed_names(it) => {
                for entry in it.attrpath_values() {
                    let first = entry.attrpath().and_then(|path| path.attrs().next());
                    if let Some(first) = first {
                        self.key(&step, &first);
                    }
                }
            }
            ast::Expr::List(it) => match mode {
                Mode::Elements => {
                    for item in it.items() {
                        self.push(&step, Some(item), Mode::Names);
                    }
                }
                Mode::Modules => {
                    for item in it.items() {
                        self.module(&step, item);
                    }
                }
                Mode::Names | Mode::Value => {}
            },
            ast::Expr::Str(it) => {
                for part in it.parts() {
                    if let ast::InterpolPart::Interpolation(part) = part {
                        self.need(&step, part.expr(), || Construct::Other(it.syntax().clone()));
                    }
                }
            }
            ast::Expr::PathRel(it) => self.path(&step, it.syntax()),
            ast::Expr::PathAbs(it) => self.path(&step, it.syntax()),
            ast::Expr::PathHome(it) => self.path(&step, it.syntax()),
            _ => {}
        }
    }

    fn path(&mut self, step: &Step, path: &SyntaxNode) {
        for part in path.children().filter_map(ast::Interpol::cast) {
            self.need(step, part.expr(), || Construct::Other(path.clone()));
        }
    }

    fn key(&mut self, step: &Step, key: &ast::Attr) {
        match key {
            ast::Attr::Ident(_) => {}
            ast::Attr::Dynamic(it) => {
                self.need(step, it.expr(), || Construct::Key(it.syntax().clone()));
            }
            ast::Attr::Str(it) => {
                for part in it.parts() {
                    if let ast::InterpolPart::Interpolation(part) = part {
                        self.need(step, part.expr(), || Construct::Key(it.syntax().clone()));
                    }
                }
            }
        }
    }

    fn dynamic_keys(&mut self, step: &Step, path: Option<ast::Attrpath>) {
        for key in path.iter().flat_map(ast::Attrpath::attrs) {
            if !matches!(key, ast::Attr::Ident(_)) {
                self.key(step, &key);
            }
        }
    }

    fn ident(&mut self, step: &Step, ident: &ast::Ident) {
        match self.names.bound(ident.syntax()) {
            // A free name is looked up in the innermost `with` first, whoever has it in the end.
            Bound::With(sources) => {
                if let Some(source) = sources.first() {
                    match self.analysis.origin(self.names, source) {
                        Some(mut origin) => {
                            if sources.len() == 1 {
                                origin
                                    .path
                                    .push(attrpath::Key::Static(ident_text(ident).into()));
                            }
                            self.hit(step, origin, ident.syntax());
                        }
                        None => {
                            let construct = || Construct::Other(ident.syntax().clone());
                            self.need(step, Some(source.clone()), construct);
                        }
                    }
                }
            }
            Bound::Formal(_) | Bound::Whole(_) => {
                if let Some(origin) = self.analysis.origin(self.names, &step.expr) {
                    self.hit(step, origin, ident.syntax());
                }
            }
            Bound::Value(value) => {
                if let Some(origin) = self.analysis.origin(self.names, &step.expr) {
                    self.hit(step, origin, ident.syntax());
                    return;
                }
                let seen = (value.syntax().text_range(), step.mode, step.conditional);
                if let Some(depth) = step.depth.checked_sub(1)
                    && self.seen.insert(seen)
                {
                    self.steps.push(Step {
                        expr: value,
                        mode: step.mode,
                        position: step.position,
                        construct: step.construct.clone(),
                        conditional: step.conditional,
                        depth,
                    });
                }
            }
            Bound::From(source) => {
                if let Some(origin) = self.analysis.origin(self.names, &step.expr) {
                    self.hit(step, origin, ident.syntax());
                    return;
                }
                let seen = (source.syntax().text_range(), Mode::Value, step.conditional);
                if self.seen.insert(seen) {
                    self.need(step, Some(source), || {
                        Construct::Other(ident.syntax().clone())
                    });
                }
            }
            Bound::Other => {}
        }
    }

    fn select(&mut self, step: &Step, select: &ast::Select) {
        self.dynamic_keys(step, select.attrpath());
        match self.analysis.origin(self.names, &step.expr) {
            Some(origin) => self.hit(step, origin, select.syntax()),
            None => self.need(step, select.expr(), || {
                Construct::Other(select.syntax().clone())
            }),
        }
    }

    fn operator(&mut self, step: &Step, op: &ast::BinOp) {
        use ast::BinOpKind;
        match (op.operator(), step.mode) {
            (Some(BinOpKind::Update), Mode::Names) => {
                self.push(step, op.lhs(), Mode::Names);
                self.push(step, op.rhs(), Mode::Names);
            }
            (Some(BinOpKind::Concat), Mode::Elements | Mode::Modules) => {
                self.push(step, op.lhs(), step.mode);
                self.push(step, op.rhs(), step.mode);
            }
            (Some(BinOpKind::And | BinOpKind::Or | BinOpKind::Implication), _) => {
                let construct = || Construct::Other(op.syntax().clone());
                self.need(step, op.lhs(), construct);
                let conditional = Step {
                    expr: step.expr.clone(),
                    mode: step.mode,
                    position: step.position,
                    construct: step.construct.clone(),
                    conditional: true,
                    depth: step.depth,
                };
                self.need(&conditional, op.rhs(), construct);
            }
            (Some(BinOpKind::PipeLeft | BinOpKind::PipeRight) | None, _) => {}
            _ => {
                let construct = || Construct::Other(op.syntax().clone());
                self.need(step, op.lhs(), construct);
                self.need(step, op.rhs(), construct);
            }
        }
    }

    fn call(&mut self, step: &Step) {
        let (head, arguments) = syntax::expr::call(&step.expr);
        let argument = |index: usize| arguments.get(index).cloned();
        let Some(function) = self.names.function(&head) else {
            self.need(step, Some(head), || {
                Construct::Other(step.expr.syntax().clone())
            });
            return;
        };
        // `pkgs.lib.mkIf c x` needs `pkgs` before anything else.
        self.need(step, Some(head), || {
            Construct::Call(step.expr.clone(), function.clone())
        });
        let construct = || Construct::Call(step.expr.clone(), function.clone());
        let settings = |from: &Step| Step {
            expr: from.expr.clone(),
            mode: from.mode,
            // What is in `mkIf` or `mkMerge` is taken apart with the settings, also where it is the body.
            position: if from.position == Position::Body {
                Position::Config
            } else {
                from.position
            },
            construct: from.construct.clone(),
            conditional: from.conditional,
            depth: from.depth,
        };
        match (step.mode, function.as_str()) {
            (Mode::Names, "mkMerge") => self.push(&settings(step), argument(0), Mode::Elements),
            (Mode::Names, name) if wrapper_arity(name).is_some() => {
                if Some(arguments.len()) == wrapper_arity(name) {
                    self.push(&settings(step), arguments.last().cloned(), Mode::Names);
                }
            }
            (_, name) if wrapper_arity(name).is_some() => {}
            (Mode::Names, "optionalAttrs") => {
                self.need(step, argument(0), construct);
                self.push(step, argument(1), Mode::Names);
            }
            (Mode::Names, "recursiveUpdate" | "mergeAttrs") => {
                self.push(step, argument(0), Mode::Names);
                self.push(step, argument(1), Mode::Names);
            }
            (_, "throwIf" | "throwIfNot" | "warnIf" | "warnIfNot") => {
                self.need(step, argument(0), construct);
                self.push(step, argument(2), step.mode);
            }
            (_, "warn" | "trace" | "info") => self.push(step, argument(1), step.mode),
            (_, "seq" | "deepSeq") => {
                self.need(step, argument(0), construct);
                self.push(step, argument(1), step.mode);
            }
            (Mode::Elements, "optional") => {
                self.need(step, argument(0), construct);
                self.push(step, argument(1), Mode::Names);
            }
            (Mode::Elements | Mode::Modules, "optionals") => {
                self.need(step, argument(0), construct);
                self.push(step, argument(1), step.mode);
            }
            (Mode::Modules, "optional") => {
                self.need(step, argument(0), construct);
                if let Some(module) = argument(1) {
                    self.module(step, module);
                }
            }
            (Mode::Elements | Mode::Modules, "flatten") => {
                self.push(step, argument(0), step.mode);
            }
            (Mode::Elements, "map" | "mapAttrsToList" | "forEach") => {
                let (list, lambda) = if function == "forEach" {
                    (0, 1)
                } else {
                    (1, 0)
                };
                self.need(step, argument(list), construct);
                // The result of `u: { … }` is an element.
                let mut body = argument(lambda).map(syntax::expr::strip_parens);
                let mut lambdas = 0;
                while let Some(ast::Expr::Lambda(it)) = &body
                    && lambdas < 3
                {
                    body = it.body().map(syntax::expr::strip_parens);
                    lambdas += 1;
                }
                if lambdas > 0 {
                    self.push(step, body, Mode::Names);
                }
            }
            (_, name) => {
                for index in forced(name) {
                    self.need(step, argument(*index), construct);
                }
            }
        }
    }

    /// One element of a list of modules.
    fn module(&mut self, step: &Step, module: ast::Expr) {
        match syntax::expr::strip_parens(module) {
            // A set or a function is a module of its own, see `find`.
            ast::Expr::AttrSet(_) | ast::Expr::Lambda(_) => {}
            ast::Expr::Apply(apply) => {
                let expr = ast::Expr::Apply(apply);
                let (head, _) = syntax::expr::call(&expr);
                let function = self.names.function(&head);
                if function
                    .as_deref()
                    .is_some_and(|name| wrapper_arity(name).is_some() || name == "import")
                {
                    // `mkIf c { … }` is a module of settings; of an import only the path is needed.
                    if function.as_deref() == Some("import") {
                        self.push(step, Some(expr), Mode::Value);
                    }
                } else {
                    self.push(step, Some(expr), Mode::Value);
                }
            }
            other => self.push(step, Some(other), Mode::Value),
        }
    }
}

fn ident_text(ident: &ast::Ident) -> String {
    attrpath::ident_text(ident.syntax()).to_owned()
}
