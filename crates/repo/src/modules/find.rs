//! Which expressions are modules.
//!
//! Goal: every expression that the module system will evaluate, with how certain that is. Limits: a file is judged by
//! its shape, so a file that is only applied by hand looks like a module ([`Evidence::Shape`]: ask the repository);
//! modules that functions make are not seen.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use syntax::attrpath::{self, Key};
use syntax::{AstNode, Green, HasEntry, SyntaxKind, SyntaxNode, TextRange, ast, expr};

use super::names::Names;
use crate::definitions::{Segment, Sites};
use crate::file::{File, Tree};

/// How certain it is that an expression is a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Evidence {
    /// It stands where only modules stand.
    Certain,
    /// It is the value of a file and has the shape of a module: wrong if the file is only applied by hand.
    Shape,
    /// It is the value of a file and may be one: right only if the repository reaches the file as a module.
    Path,
}

/// What sort of configuration a module belongs to, where the place tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClassHint {
    /// Nothing is known.
    Unknown,
    /// NixOS.
    Nixos,
    /// nix-darwin.
    Darwin,
    /// home-manager.
    Home,
    /// The type of an option.
    Submodule,
}

/// One module.
#[derive(Debug, Clone)]
pub struct Module {
    /// The whole expression.
    pub expr: ast::Expr,
    /// The function that it is, with the arguments of the module system.
    pub lambda: Option<ast::Lambda>,
    /// The value of the function, or the expression: `let`, `with` and `assert` included.
    pub content: ast::Expr,
    /// The value behind parentheses, `let … in`, `with …;`, `assert …;`.
    pub body: ast::Expr,
    /// The literal sets that make the body: itself, or the operands of `//`.
    pub sets: Vec<ast::AttrSet>,
    /// Whether these sets are the whole body.
    pub whole: bool,
    /// Modules with the same number are evaluated together and see the same `config`.
    pub evaluation: u32,
    /// Whether it has a root key `config` or `options`; otherwise the whole set is the settings.
    pub explicit: bool,
    /// How certain it is that this is a module.
    pub evidence: Evidence,
    /// Whether the value of the file is this module.
    pub is_file: bool,
    /// What it belongs to.
    pub class: ClassHint,
    entries: OnceCell<Vec<RootEntry>>,
}

/// One entry of the root of a module.
#[derive(Debug, Clone)]
pub struct RootEntry {
    /// The path as it stands there: `config`, `options.my.web`.
    pub keys: Vec<Key>,
    set: ast::AttrSet,
    at: TextRange,
}

impl RootEntry {
    /// The binding.
    #[must_use]
    pub fn binding(&self) -> Option<ast::AttrpathValue> {
        let kind = SyntaxKind::NODE_ATTRPATH_VALUE;
        syntax::child_at(self.set.syntax(), kind, self.at).and_then(ast::AttrpathValue::cast)
    }

    /// Its attribute path.
    #[must_use]
    pub fn attrpath(&self) -> Option<ast::Attrpath> {
        self.binding()?.attrpath()
    }

    /// Its value.
    #[must_use]
    pub fn value(&self) -> Option<ast::Expr> {
        self.binding()?.value()
    }
}

impl Module {
    /// The bindings of the literal sets whose first key is `name`.
    pub fn root<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a RootEntry> + 'a {
        self.entries()
            .iter()
            .filter(move |entry| entry.keys[0].is(name))
    }

    /// All bindings of the literal sets. They are read once: `sets` must not change after that.
    pub fn entries(&self) -> &[RootEntry] {
        self.entries.get_or_init(|| {
            let mut entries = Vec::new();
            for set in &self.sets {
                for binding in Green::new(set.syntax()).nodes() {
                    if binding.kind() != SyntaxKind::NODE_ATTRPATH_VALUE {
                        continue;
                    }
                    let Some(path) = binding.node(SyntaxKind::NODE_ATTRPATH) else {
                        continue;
                    };
                    let keys: Vec<Key> = path.nodes().map(attrpath::key_of).collect();
                    if !keys.is_empty() {
                        entries.push(RootEntry {
                            keys,
                            set: set.clone(),
                            at: binding.range(),
                        });
                    }
                }
            }
            entries
        })
    }

    /// Whether the literal sets have this root key, also by `inherit`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let inherits = |set: &ast::AttrSet| {
            Green::new(set.syntax())
                .nodes()
                .filter(|it| it.kind() == SyntaxKind::NODE_INHERIT)
                .flat_map(Green::nodes)
                .any(|attr| attr.key().is_some_and(|key| key == name))
        };
        self.root(name).next().is_some() || self.sets.iter().any(inherits)
    }

    /// The values of the root key `name` itself, without those of dotted keys.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = ast::Expr> + 'a {
        self.root(name)
            .filter(|entry| entry.keys.len() == 1)
            .filter_map(RootEntry::value)
    }

    /// Whether a root key has a value that only a module's has: a list of imports, declarations, settings.
    #[must_use]
    pub fn is_shaped(&self) -> bool {
        let list = |value: ast::Expr| matches!(expr::strip_prefixes(value), ast::Expr::List(_));
        let set = |value: ast::Expr| {
            let value = expr::strip_prefixes(value);
            matches!(value, ast::Expr::AttrSet(_)) || is_wrapper(&value)
        };
        self.values("imports").any(list)
            || self.values("config").any(set)
            || self.values("options").any(set)
    }

    /// The root keys that the module system rejects because `config` or `options` stands beside them. None where a key
    /// is computed, or where it is not plain that this is a module at all.
    #[must_use]
    pub fn stray(&self, names: Names<'_>) -> Vec<TextRange> {
        if !self.explicit || !self.whole {
            return Vec::new();
        }
        let entries = self.entries();
        if entries.iter().any(|entry| entry.keys[0] == Key::Dynamic) {
            return Vec::new();
        }
        let stray = |key: &Key| !META_KEYS.iter().any(|name| key.is(name));
        let mut found: Vec<TextRange> = entries
            .iter()
            .filter(|entry| stray(&entry.keys[0]))
            .filter_map(|entry| Some(entry.attrpath()?.attrs().next()?.syntax().text_range()))
            .collect();
        let inherited = self
            .sets
            .iter()
            .flat_map(HasEntry::inherits)
            .flat_map(|inherit| inherit.attrs())
            .filter(|attr| stray(&attrpath::key(attr)))
            .map(|attr| attr.syntax().text_range());
        found.extend(inherited);
        if found.is_empty() {
            return found;
        }
        let settings = self.values("config").all(|value| {
            let value = expr::strip_prefixes(value);
            matches!(value, ast::Expr::AttrSet(_)) || names.wrapper(&value).is_some()
        });
        let asks = self.asks_for(|name| matches!(name, "config" | "options" | "lib"));
        let declares = self
            .sets
            .iter()
            .flat_map(|set| set.syntax().descendants())
            .any(|node| {
                ast::Apply::cast(node).is_some_and(|apply| {
                    let (head, _) = expr::call(&ast::Expr::Apply(apply));
                    names.scopes().lib_function(&head).is_some_and(|name| {
                        matches!(
                            name.as_str(),
                            "mkOption" | "mkEnableOption" | "mkPackageOption"
                        )
                    })
                })
            });
        let plain = match (self.is_file, self.has("options")) {
            (true, true) => declares,
            (true, false) => asks,
            (false, _) => true,
        };
        if !settings || !plain {
            return Vec::new();
        }
        found.sort_by_key(|at| at.start());
        found
    }

    /// Hands each formal of the module's own function to `each`: its name, its place, whether it has a default.
    pub fn with_formals(&self, mut each: impl FnMut(&str, TextRange, bool)) {
        let Some(pattern) = self.pattern() else {
            return;
        };
        for entry in Green::new(pattern.syntax()).nodes() {
            let mut nodes = entry.nodes();
            if entry.kind() == SyntaxKind::NODE_PAT_ENTRY
                && let Some(ident) = nodes.next()
            {
                each(ident.ident(), entry.range(), nodes.next().is_some());
            }
        }
    }

    /// Whether the module's own function has a formal with such a name.
    #[must_use]
    pub fn asks_for(&self, is: impl Fn(&str) -> bool) -> bool {
        let mut found = false;
        self.with_formals(|name, _, _| found |= is(name));
        found
    }

    /// The pattern of the module's own function.
    #[must_use]
    pub fn pattern(&self) -> Option<ast::Pattern> {
        match self.lambda.as_ref()?.param()? {
            ast::Param::Pattern(pattern) => Some(pattern),
            ast::Param::IdentParam(_) => None,
        }
    }
}

/// The root keys that are not settings.
pub const META_KEYS: &[&str] = &[
    "_class",
    "_file",
    "key",
    "disabledModules",
    "imports",
    "options",
    "config",
    "meta",
    "freeformType",
];

/// The first keys of the options of NixOS, nix-darwin and home-manager that a file without other evidence must have.
const NAMESPACES: &[&str] = &[
    "services",
    "programs",
    "environment",
    "boot",
    "networking",
    "users",
    "home",
    "systemd",
    "nix",
    "nixpkgs",
    "system",
    "hardware",
    "security",
    "fonts",
    "xdg",
    "time",
    "i18n",
    "console",
    "virtualisation",
    "launchd",
    "homebrew",
    "home-manager",
    "wayland",
    "gtk",
    "qt",
    "dconf",
];

/// The functions that evaluate a list of modules.
const BUILDERS: &[&str] = &[
    "nixosSystem",
    "darwinSystem",
    "homeManagerConfiguration",
    "evalModules",
    "submoduleWith",
];

/// Collects modules while they are found.
pub(super) struct Found {
    pub modules: Vec<Module>,
    pub lambdas: Vec<(TextRange, u32)>,
    seen: FxHashSet<TextRange>,
    evaluations: u32,
}

/// Names at the end of a path, or up to two before its last one, that tell of a module there: see [`find`].
const TELLING: [&str; 12] = [
    "imports",
    "modules",
    "sharedModules",
    "extraModules",
    "options",
    "config",
    "freeformType",
    "nixosModules",
    "darwinModules",
    "homeModules",
    "homeManagerModules",
    "users",
];

/// Finds the modules of a file.
pub(super) fn find(file: &File, tree: &Tree, sites: &Sites) -> Found {
    let mut found = Found {
        modules: Vec::new(),
        lambdas: Vec::new(),
        seen: FxHashSet::default(),
        evaluations: 0,
    };
    if file.path.file_name() != "flake.nix"
        && let Some(root) = tree.expr()
    {
        found.root(root, &file.path.file_name());
    }
    let names = Names::new(&tree.root, &tree.scopes);
    // Nearly no path has one of these names at its end.
    let telling = sites.definitions.marked(|name| TELLING.contains(&name));
    let tells = |name: Option<u32>| name.is_some_and(|name| telling[name as usize]);
    for (definition, nodes) in sites.iter() {
        if definition.inherited || !sites.definitions.up_ids(definition.path).take(3).any(tells) {
            continue;
        }
        let path = definition.path;
        let definitions = &sites.definitions;
        let mut up = definitions.up(path);
        let last = up.next();
        let above = up.next();
        if last == Some(Segment::Name("imports")) {
            found.with_imports(&nodes.key());
        }
        match (last, above) {
            (Some(Segment::Name("modules" | "sharedModules" | "extraModules")), _) => {
                found.list_argument(names, &nodes.key(), &nodes.value());
            }
            (Some(Segment::Name("options" | "config" | "imports" | "freeformType")), None)
                if definitions.origin(path) != crate::definitions::Origin::File =>
            {
                found.submodule(names, &nodes.key());
            }
            // `options.port = …`
            (Some(Segment::Name(_)), Some(Segment::Name("options" | "config")))
                if up.next().is_none()
                    && definitions.origin(path) != crate::definitions::Origin::File =>
            {
                found.submodule(names, &nodes.key());
            }
            (Some(Segment::Name(_) | Segment::Dynamic), Some(Segment::Name(above))) => {
                let class = match above {
                    "nixosModules" => Some(ClassHint::Nixos),
                    "darwinModules" => Some(ClassHint::Darwin),
                    "homeModules" | "homeManagerModules" => Some(ClassHint::Home),
                    "users" if up.next() == Some(Segment::Name("home-manager")) => {
                        Some(ClassHint::Home)
                    }
                    _ => None,
                };
                // `flake.modules.<class>.<name>`
                let class = class.or_else(|| {
                    let mut up = definitions.up(path).skip(1);
                    let class = match up.next()? {
                        Segment::Name("nixos") => ClassHint::Nixos,
                        Segment::Name("darwin") => ClassHint::Darwin,
                        Segment::Name("homeManager") => ClassHint::Home,
                        _ => ClassHint::Unknown,
                    };
                    (up.next() == Some(Segment::Name("modules"))
                        && up.next() == Some(Segment::Name("flake")))
                    .then_some(class)
                });
                if let Some(class) = class
                    && let Some(value) = ast::Expr::cast(nodes.value())
                {
                    let evaluation = found.evaluation();
                    found.inline(value, evaluation, Evidence::Certain, class);
                }
            }
            _ => {}
        }
    }
    found.lambdas.sort_by_key(|(at, _)| at.start());
    found
}

impl Found {
    fn evaluation(&mut self) -> u32 {
        self.evaluations += 1;
        self.evaluations
    }

    /// The value of the file.
    fn root(&mut self, root: ast::Expr, file_name: &str) {
        let stripped = expr::strip_prefixes(root.clone());
        let evaluation = self.evaluation();
        match &stripped {
            ast::Expr::Lambda(lambda) => {
                let Some(body) = lambda.body() else { return };
                let mut evidence = Evidence::Path;
                match lambda.param() {
                    Some(ast::Param::Pattern(pattern)) => {
                        let named = pattern.pat_entries().any(|entry| {
                            entry.ident().is_some_and(|ident| {
                                matches!(
                                    attrpath::ident_text(ident.syntax()),
                                    "config" | "lib" | "pkgs" | "options"
                                )
                            })
                        });
                        if Green::new(pattern.syntax()).has(SyntaxKind::TOKEN_ELLIPSIS) && named {
                            evidence = Evidence::Shape;
                        }
                    }
                    Some(ast::Param::IdentParam(_)) => {}
                    None => return,
                }
                let Some(mut module) = self.module(stripped.clone(), evaluation) else {
                    return;
                };
                if matches!(expr::strip_prefixes(body), ast::Expr::Lambda(_)) || is_test(&module) {
                    return;
                }
                // Files that other tools evaluate, with a `pkgs` and a `config` of their own.
                if matches!(file_name, "devenv.nix" | "devenv.local.nix" | "treefmt.nix") {
                    return;
                }
                module.is_file = true;
                module.evidence = if evidence == Evidence::Shape && !looks_like_module(&module) {
                    Evidence::Path
                } else {
                    evidence
                };
                self.add(module);
            }
            ast::Expr::AttrSet(_) => {
                let Some(mut module) = self.module(stripped.clone(), evaluation) else {
                    return;
                };
                if is_test(&module) {
                    return;
                }
                module.is_file = true;
                let imports = module
                    .values("imports")
                    .any(|value| matches!(expr::strip_parens(value), ast::Expr::List(_)));
                module.evidence = if imports || module.explicit {
                    Evidence::Shape
                } else {
                    Evidence::Path
                };
                self.add(module);
            }
            _ => {}
        }
    }

    /// `modules = [ … ];` in the argument of a function that evaluates modules.
    fn list_argument(&mut self, names: Names<'_>, key: &SyntaxNode, value: &SyntaxNode) {
        let class = match enclosing_call(key) {
            Some(call) => {
                let (head, _) = expr::call(&call);
                let Some(name) = expr::last_name(&head) else {
                    return;
                };
                if !BUILDERS.iter().any(|builder| name.ends_with(builder)) {
                    return;
                }
                match &*name {
                    "darwinSystem" => ClassHint::Darwin,
                    "homeManagerConfiguration" => ClassHint::Home,
                    "nixosSystem" => ClassHint::Nixos,
                    "submoduleWith" => ClassHint::Submodule,
                    _ => ClassHint::Unknown,
                }
            }
            None => return,
        };
        let Some(list) = ast::Expr::cast(value.clone()) else {
            return;
        };
        let evaluation = self.evaluation();
        for element in elements(names, list) {
            self.inline(element, evaluation, Evidence::Certain, class);
        }
    }

    /// `x = { config, ... }: { imports = …; };`: only the module system reads `imports`, so this function is a module,
    /// with a `config` of its own.
    fn with_imports(&mut self, key: &SyntaxNode) {
        let binding = key.parent();
        let Some(set) = binding.and_then(|it| it.parent()) else {
            return;
        };
        let lambda = set
            .ancestors()
            .skip(1)
            .find(|it| {
                !matches!(
                    it.kind(),
                    SyntaxKind::NODE_PAREN | SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_WITH
                )
            })
            .and_then(ast::Lambda::cast);
        let Some(lambda) = lambda else { return };
        let Some(ast::Param::Pattern(pattern)) = lambda.param() else {
            return;
        };
        let asks = pattern.pat_entries().any(|entry| {
            entry
                .ident()
                .is_some_and(|ident| super::names::is_ident(&ident, "config"))
        });
        // Not a `let` binding, which may be called with anything; and within a module.
        let is_value = lambda
            .syntax()
            .parent()
            .filter(|it| it.kind() == SyntaxKind::NODE_ATTRPATH_VALUE)
            .and_then(|it| it.parent())
            .is_some_and(|it| it.kind() == SyntaxKind::NODE_ATTR_SET)
            && self
                .modules
                .first()
                .is_some_and(|file| file.is_file && file.evidence == Evidence::Shape);
        let single = ast::Attrpath::cast(key.clone()).is_some_and(|path| path.attrs().count() == 1);
        if Green::new(pattern.syntax()).has(SyntaxKind::TOKEN_ELLIPSIS)
            && asks
            && is_value
            && single
        {
            let evaluation = self.evaluation();
            self.inline(
                ast::Expr::Lambda(lambda),
                evaluation,
                Evidence::Certain,
                ClassHint::Unknown,
            );
        }
    }

    /// A root key of a module in a set that is the argument of `types.submodule`.
    fn submodule(&mut self, names: Names<'_>, key: &SyntaxNode) {
        let Some(call) = enclosing_call(key) else {
            return;
        };
        let (head, arguments) = expr::call(&call);
        if names_submodule(&head)
            && let [argument] = arguments.as_slice()
        {
            let _ = names;
            let evaluation = self.evaluation();
            let argument = argument.clone();
            self.inline(
                argument,
                evaluation,
                Evidence::Certain,
                ClassHint::Submodule,
            );
        }
    }

    /// An expression that stands where a module stands.
    fn inline(&mut self, expr: ast::Expr, evaluation: u32, evidence: Evidence, class: ClassHint) {
        let stripped = expr::strip_prefixes(expr);
        if !matches!(stripped, ast::Expr::Lambda(_) | ast::Expr::AttrSet(_)) {
            return;
        }
        if let Some(mut module) = self.module(stripped, evaluation) {
            module.evidence = evidence;
            module.class = class;
            self.add(module);
        }
    }

    fn module(&mut self, stripped: ast::Expr, evaluation: u32) -> Option<Module> {
        let (lambda, content) = match &stripped {
            ast::Expr::Lambda(lambda) => (Some(lambda.clone()), lambda.body()?),
            _ => (None, stripped.clone()),
        };
        let body = expr::strip_prefixes(content.clone());
        let (sets, whole) = literal_sets(&body);
        let mut module = Module {
            expr: stripped,
            lambda,
            content,
            body,
            sets,
            whole,
            evaluation,
            explicit: false,
            evidence: Evidence::Certain,
            is_file: false,
            class: ClassHint::Unknown,
            entries: OnceCell::new(),
        };
        module.explicit = module.has("config") || module.has("options");
        Some(module)
    }

    /// Takes a module, and those in its `imports`.
    fn add(&mut self, module: Module) {
        let mut open = vec![module];
        while let Some(module) = open.pop() {
            if !self.seen.insert(module.expr.syntax().text_range()) {
                continue;
            }
            if let Some(lambda) = &module.lambda {
                self.lambdas
                    .push((lambda.syntax().text_range(), module.evaluation));
            }
            let (evaluation, evidence, class) = (module.evaluation, module.evidence, module.class);
            let mut inner = Vec::new();
            for value in module.values("imports") {
                for element in literal_elements(value) {
                    let stripped = expr::strip_prefixes(element);
                    if matches!(stripped, ast::Expr::Lambda(_) | ast::Expr::AttrSet(_)) {
                        inner.push(stripped);
                    }
                }
            }
            for stripped in inner {
                if let Some(mut module) = self.module(stripped, evaluation) {
                    module.evidence = evidence;
                    module.class = class;
                    open.push(module);
                }
            }
            self.modules.push(module);
        }
    }
}

/// A test of NixOS, whose `nodes` are modules and which is none itself.
fn is_test(module: &Module) -> bool {
    module.has("testScript") || module.has("nodes")
}

/// Whether a function file has what only modules have.
fn looks_like_module(module: &Module) -> bool {
    let body_fits = !module.sets.is_empty() || is_wrapper(&module.body);
    body_fits
        && (module.explicit
            || module.has("imports")
            || module.has("disabledModules")
            || is_wrapper(&module.body)
            || module.entries().iter().any(|entry| {
                entry.keys[0]
                    .name()
                    .is_some_and(|name| NAMESPACES.contains(&name))
            }))
}

/// `mkIf c { … }`, `mkMerge [ … ]`
fn is_wrapper(body: &ast::Expr) -> bool {
    let ast::Expr::Apply(_) = body else {
        return false;
    };
    let (head, _) = expr::call(body);
    expr::last_name(&head).is_some_and(|name| matches!(&*name, "mkIf" | "mkMerge"))
}

/// The literal sets of a body: itself, the operands of `//`, the branches of `if`, the content of `optionalAttrs`.
/// And whether it has no other parts.
fn literal_sets(body: &ast::Expr) -> (Vec<ast::AttrSet>, bool) {
    let mut sets = Vec::new();
    let mut whole = true;
    let mut open = vec![body.clone()];
    while let Some(expr) = open.pop() {
        match expr::strip_prefixes(expr) {
            ast::Expr::AttrSet(set) => sets.push(set),
            ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Update) => {
                open.extend(op.rhs());
                open.extend(op.lhs());
            }
            ast::Expr::IfElse(it) => {
                whole = false;
                open.extend(it.else_body());
                open.extend(it.body());
            }
            ast::Expr::Apply(apply) => {
                whole = false;
                let (head, mut arguments) = expr::call(&ast::Expr::Apply(apply));
                if expr::last_name(&head).as_deref() == Some("optionalAttrs")
                    && arguments.len() == 2
                {
                    open.extend(arguments.pop());
                }
            }
            _ => whole = false,
        }
    }
    (sets, whole)
}

/// The elements that a list has in the text: of literals, `++`, and the lists in `optionals c [ … ]`.
pub(super) fn literal_elements(list: ast::Expr) -> Vec<ast::Expr> {
    let mut elements = Vec::new();
    let mut open = vec![list];
    while let Some(expr) = open.pop() {
        match expr::strip_prefixes(expr) {
            ast::Expr::List(list) => elements.extend(list.items()),
            ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Concat) => {
                open.extend(op.rhs());
                open.extend(op.lhs());
            }
            ast::Expr::Apply(apply) => {
                let (head, mut arguments) = expr::call(&ast::Expr::Apply(apply));
                if arguments.len() == 2 {
                    match expr::last_name(&head).as_deref() {
                        Some("optionals") => open.extend(arguments.pop()),
                        Some("optional") => elements.extend(arguments.pop()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    elements
}

fn elements(_names: Names<'_>, list: ast::Expr) -> Vec<ast::Expr> {
    literal_elements(list)
}

/// The call whose argument is the set that holds this key, or is the function that returns it.
fn enclosing_call(key: &SyntaxNode) -> Option<ast::Expr> {
    // key, binding, set
    let mut node = key.parent()?.parent()?;
    loop {
        let parent = node.parent()?;
        match parent.kind() {
            SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_LET_IN
            | SyntaxKind::NODE_WITH
            | SyntaxKind::NODE_ASSERT
            | SyntaxKind::NODE_LAMBDA => node = parent,
            SyntaxKind::NODE_BIN_OP => node = parent,
            SyntaxKind::NODE_APPLY => {
                let apply = ast::Apply::cast(parent)?;
                let is_argument = apply
                    .argument()
                    .is_some_and(|argument| *argument.syntax() == node);
                return is_argument.then_some(ast::Expr::Apply(apply));
            }
            _ => return None,
        }
    }
}

fn names_submodule(head: &ast::Expr) -> bool {
    expr::last_name(head).as_deref() == Some("submodule")
}
