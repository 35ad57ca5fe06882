//! The evaluator of expressions: lazy, total, bounded.
//!
//! Goal: what it returns covers what Nix would return, with names too many or *open* where something is not known,
//! and never too few. Limits: every step costs fuel and nesting is bounded (then: unknown); a value that needs itself
//! is unknown; `throw` is a value that alternatives win over; nothing outside of the handed-in files exists.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use syntax::ast::BinOpKind;

use crate::expr::{Bind, Bindings, Code, Expr, ExprId, Key, Lambda, Name, Param, Piece};
use crate::prim;
use crate::sources::{EntryKind, Sources, SrcPath};
use crate::value::{Attr, Attrs, Env, List, Space, Thunk, Type, Value};

/// How many steps the evaluation of one tree may take.
pub(crate) const FUEL: u64 = 5_000_000;
/// How many steps the options of one module may take.
pub(crate) const MODULE_FUEL: u64 = 200_000;
/// How deeply evaluations nest.
const DEPTH: u32 = 900;
/// How long a list may grow.
pub(crate) const LONGEST: usize = 4_096;
/// How long a string may grow, in bytes.
const LONGEST_TEXT: usize = 1 << 20;
/// The root that stands for a nixpkgs that is not at hand.
pub(crate) const STAND_IN: &str = "\u{2}nixpkgs";
/// Begins a string that is a path of a root.
pub(crate) const MARK: char = '\u{2}';

/// A value that is computed when it is needed.
enum State {
    Expr(ExprId, Env),
    Apply(Value, Rc<[Thunk]>),
    Attr(Thunk, Name),
    /// One of several.
    Join(Rc<[Thunk]>),
    /// Something unknown may stand in its place.
    Soft(Thunk),
    Busy,
    Done(Value),
}

struct Frame {
    around: Option<Env>,
    scope: Scope,
}

enum Scope {
    Names(Vec<(Name, Thunk)>),
    With(Thunk),
}

/// Names that the evaluator itself asks for.
pub(crate) struct Known {
    pub typ: Name,
    pub kind: Name,
    pub options: Name,
    pub config: Name,
    pub imports: Name,
    pub require: Name,
    pub content: Name,
    pub contents: Name,
    pub name: Name,
    pub value: Name,
    pub functor: Name,
    pub lib: Name,
    pub pkgs: Name,
    pub out_of_fuel: Name,
    pub itself: Name,
    pub many: Name,
    pub overridden: Name,
}

/// The evaluation of one tree.
pub(crate) struct Eval<'s> {
    sources: &'s dyn Sources,
    pub code: Code,
    thunks: Vec<State>,
    envs: Vec<Frame>,
    pub fuel: u64,
    pub steps: u64,
    depth: u32,
    pub known: Known,
    prims: FxHashMap<Name, u16>,
    globals: FxHashMap<Name, Thunk>,
    imports: FxHashMap<SrcPath, Option<Thunk>>,
    /// What the library has besides the modelled functions: `lib.hm`.
    pub lib_more: FxHashMap<Name, Thunk>,
    /// The library of the nixpkgs that is read, for what is not modelled.
    pub real_lib: Option<Thunk>,
    /// `pkgs.path`
    pub nixpkgs: Arc<str>,
    pub unmodelled: BTreeMap<String, u32>,
}

/// What selecting a name gives.
pub(crate) struct Selected {
    /// The value, if the name can be there at all.
    pub value: Option<Value>,
    /// The name may be missing.
    pub missing: bool,
}

impl Selected {
    fn some(value: Value) -> Selected {
        Selected {
            value: Some(value),
            missing: false,
        }
    }

    fn none() -> Selected {
        Selected {
            value: None,
            missing: true,
        }
    }
}

impl<'s> Eval<'s> {
    pub fn new(sources: &'s dyn Sources, nixpkgs: Option<Arc<str>>) -> Eval<'s> {
        let mut code = Code::default();
        let known = Known {
            typ: code.names.of("_type"),
            kind: code.names.of("type"),
            options: code.names.of("options"),
            config: code.names.of("config"),
            imports: code.names.of("imports"),
            require: code.names.of("require"),
            content: code.names.of("content"),
            contents: code.names.of("contents"),
            name: code.names.of("name"),
            value: code.names.of("value"),
            functor: code.names.of("__functor"),
            lib: code.names.of("lib"),
            pkgs: code.names.of("pkgs"),
            out_of_fuel: code.names.of("takes too long to evaluate"),
            itself: code.names.of("needs itself"),
            many: code.names.of("can be many things"),
            overridden: code.names.of("may be overridden by something computed"),
        };
        let mut prims = FxHashMap::default();
        for (index, (name, ..)) in prim::PRIMS.iter().enumerate() {
            let name = code.names.of(name);
            prims.insert(name, u16::try_from(index).unwrap_or(u16::MAX));
        }
        let mut eval = Eval {
            sources,
            code,
            thunks: Vec::new(),
            envs: Vec::new(),
            fuel: FUEL,
            steps: 0,
            depth: 0,
            known,
            prims,
            globals: FxHashMap::default(),
            imports: FxHashMap::default(),
            lib_more: FxHashMap::default(),
            real_lib: None,
            nixpkgs: nixpkgs.unwrap_or_else(|| STAND_IN.into()),
            unmodelled: BTreeMap::new(),
        };
        for (name, value) in [
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
            ("builtins", Value::Lib(Space::Builtins)),
        ] {
            eval.global(name, value);
        }
        for name in [
            "abort",
            "baseNameOf",
            "derivation",
            "dirOf",
            "fromTOML",
            "import",
            "isNull",
            "map",
            "removeAttrs",
            "throw",
            "toString",
        ] {
            let key = eval.code.names.of(name);
            let value = eval
                .lib_get(Space::Builtins, key)
                .unwrap_or(Value::Unknown(key));
            eval.global(name, value);
        }
        eval
    }

    fn global(&mut self, name: &str, value: Value) {
        let thunk = self.done(value);
        let name = self.code.names.of(name);
        self.globals.insert(name, thunk);
    }

    /// Nothing is known, for a reason.
    pub fn unknown(&mut self, why: &str) -> Value {
        Value::Unknown(self.code.names.of(why))
    }

    pub fn text(&self, name: Name) -> &Rc<str> {
        self.code.names.text(name)
    }

    pub fn name(&mut self, text: &str) -> Name {
        self.code.names.of(text)
    }

    fn push(&mut self, state: State) -> Thunk {
        self.thunks.push(state);
        Thunk(u32::try_from(self.thunks.len() - 1).unwrap_or(u32::MAX))
    }

    pub fn done(&mut self, value: Value) -> Thunk {
        self.push(State::Done(value))
    }

    /// A call that is not made yet.
    pub fn later(&mut self, function: Value, arguments: &[Thunk]) -> Thunk {
        self.push(State::Apply(function, arguments.into()))
    }

    /// An attribute that is not selected yet.
    pub fn attr_later(&mut self, set: Thunk, name: Name) -> Thunk {
        self.push(State::Attr(set, name))
    }

    pub fn either_later(&mut self, values: &[Thunk]) -> Thunk {
        self.push(State::Join(values.into()))
    }

    fn soft(&mut self, value: Thunk) -> Thunk {
        self.push(State::Soft(value))
    }

    /// Takes a step; whether there is fuel for it.
    fn step(&mut self) -> bool {
        self.steps += 1;
        match self.fuel.checked_sub(1) {
            Some(left) => {
                self.fuel = left;
                true
            }
            None => false,
        }
    }

    /// Takes as many steps as something of a size costs; whether there was fuel for it.
    pub fn charge(&mut self, size: usize) -> bool {
        let cost = u64::try_from(size / 16).unwrap_or(u64::MAX);
        self.steps = self.steps.saturating_add(cost);
        let enough = self.fuel >= cost;
        self.fuel = self.fuel.saturating_sub(cost);
        enough
    }

    pub fn force(&mut self, thunk: Thunk) -> Value {
        let index = thunk.0 as usize;
        let state = match &mut self.thunks[index] {
            State::Done(value) => return value.clone(),
            State::Busy => return Value::Unknown(self.known.itself),
            state => std::mem::replace(state, State::Busy),
        };
        if self.depth >= DEPTH {
            self.thunks[index] = state;
            return Value::Unknown(self.known.out_of_fuel);
        }
        self.depth += 1;
        let value = match state {
            State::Expr(expr, env) => self.eval(expr, env),
            State::Apply(function, arguments) => {
                let mut value = function;
                for argument in arguments.iter() {
                    value = self.apply(value, *argument);
                }
                value
            }
            State::Attr(set, name) => {
                let set = self.force(set);
                self.attr(&set, name)
            }
            State::Join(values) => {
                self.step();
                let values: Vec<Value> = values.iter().map(|it| self.force(*it)).collect();
                self.join(values)
            }
            State::Soft(inner) => {
                let value = self.force(inner);
                self.soften(value)
            }
            State::Busy | State::Done(_) => Value::Unknown(self.known.itself),
        };
        self.depth -= 1;
        self.thunks[index] = State::Done(value.clone());
        value
    }

    /// What a value is when something unknown may stand in its place.
    fn soften(&mut self, value: Value) -> Value {
        match value {
            Value::Type(_) => {
                let inner = self.done(value);
                Value::ty(Type::Changed(inner))
            }
            Value::Attrs(attrs) => Value::Attrs(Rc::new(self.soften_all(&attrs))),
            Value::List(list) => Value::List(Rc::new(List {
                items: list.items.clone(),
                open: true,
                loose: true,
            })),
            Value::Never => Value::Never,
            _ => Value::Unknown(self.known.overridden),
        }
    }

    fn soften_all(&mut self, attrs: &Attrs) -> Attrs {
        self.charge(attrs.entries.len());
        let entries = attrs
            .entries
            .iter()
            .map(|(name, attr)| {
                // What it is stays, what it holds may change.
                let value = if *name == self.known.typ {
                    attr.value
                } else {
                    self.soft(attr.value)
                };
                (*name, Attr { value, ..*attr })
            })
            .collect();
        Attrs {
            entries,
            open: true,
        }
    }

    /// One of several values.
    pub fn join(&mut self, values: Vec<Value>) -> Value {
        let mut lists: Option<List> = None;
        let mut sets: Option<Attrs> = None;
        let mut rest = Vec::new();
        let mut flat = Vec::new();
        for value in values {
            match value {
                Value::Join(more) => flat.extend(more.iter().cloned()),
                value => flat.push(value),
            }
        }
        if flat.len() == 1 {
            return flat.remove(0);
        }
        for value in flat {
            match value {
                Value::List(list) => {
                    lists = Some(match lists {
                        None => (*list).clone(),
                        Some(mut all) if all.items.len() + list.items.len() > LONGEST => {
                            all.open = true;
                            all
                        }
                        Some(mut all) => {
                            all.items.extend(list.items.iter().copied());
                            all.open |= list.open;
                            all.loose = true;
                            all
                        }
                    });
                }
                Value::Attrs(set) if set.get(self.known.typ).is_none() => {
                    sets = Some(match sets {
                        None => (*set).clone(),
                        Some(all) => self.unite(&all, &set),
                    });
                }
                value => rest.push(value),
            }
        }
        rest.extend(lists.map(|it| Value::List(Rc::new(it))));
        rest.extend(sets.map(|it| Value::Attrs(Rc::new(it))));
        Value::one_of(rest, self.known.many)
    }

    fn unite(&mut self, a: &Attrs, b: &Attrs) -> Attrs {
        self.charge(a.entries.len() + b.entries.len());
        let mut entries = Vec::with_capacity(a.entries.len() + b.entries.len());
        for (name, attr) in &a.entries {
            let attr = match b.get(*name) {
                Some(other) => Attr {
                    value: self.either_later(&[attr.value, other.value]),
                    pos: attr.pos,
                    maybe: attr.maybe || other.maybe,
                },
                None => Attr {
                    maybe: true,
                    ..*attr
                },
            };
            entries.push((*name, attr));
        }
        for (name, attr) in &b.entries {
            if a.get(*name).is_none() {
                entries.push((
                    *name,
                    Attr {
                        maybe: true,
                        ..*attr
                    },
                ));
            }
        }
        Attrs::of(entries, a.open || b.open)
    }

    fn frame(&mut self, around: Option<Env>, scope: Scope) -> Env {
        self.envs.push(Frame { around, scope });
        Env(u32::try_from(self.envs.len() - 1).unwrap_or(u32::MAX))
    }

    /// The scope that surrounds a file.
    fn top(&mut self) -> Env {
        if self.envs.is_empty() {
            self.frame(None, Scope::Names(Vec::new()));
        }
        Env(0)
    }

    pub fn eval(&mut self, id: ExprId, env: Env) -> Value {
        if self.depth >= DEPTH {
            return Value::Unknown(self.known.out_of_fuel);
        }
        self.depth += 1;
        let value = self.eval_at(id, env);
        self.depth -= 1;
        value
    }

    fn eval_at(&mut self, id: ExprId, env: Env) -> Value {
        let (mut id, mut env) = (id, env);
        loop {
            if !self.step() {
                return Value::Unknown(self.known.out_of_fuel);
            }
            match self.code.get(id) {
                Expr::Raw(..) | Expr::Opaque => return self.unknown("is not known here"),
                Expr::Int(it) => return Value::Int(it),
                Expr::Float(it) => return Value::Float(it),
                Expr::Str(it) => return Value::Str(it),
                Expr::Path(it) => return Value::Path(it),
                Expr::Text(pieces) => {
                    return match self.pieces(&pieces, env) {
                        Some(text) => Value::Str(text.into()),
                        None => Value::StrAny,
                    };
                }
                Expr::PathText(folder, pieces) => {
                    let path = self.pieces(&pieces, env).and_then(|it| folder.join(&it));
                    return match path {
                        Some(path) => Value::Path(Rc::new(path)),
                        None => self.unknown("a path with something computed"),
                    };
                }
                Expr::Var(name) => {
                    return match self.look_up(name, env) {
                        Ok(thunk) => self.force(thunk),
                        Err(value) => value,
                    };
                }
                Expr::Lambda(it) => return Value::Lambda(it, env),
                Expr::List(items) => {
                    let items = items.iter().map(|it| self.thunk(*it, env)).collect();
                    return Value::list(items);
                }
                Expr::Set(bindings) => return self.set(&bindings, env),
                Expr::Let(bindings, body) => {
                    env = self.scope(&bindings, env);
                    id = body;
                }
                Expr::With(namespace, body) => {
                    let namespace = self.thunk(namespace, env);
                    env = self.frame(Some(env), Scope::With(namespace));
                    id = body;
                }
                Expr::If(condition, then, other) => match self.eval_bool(condition, env) {
                    Some(true) => id = then,
                    Some(false) => id = other,
                    None => {
                        let values = vec![self.eval(then, env), self.eval(other, env)];
                        return self.join(values);
                    }
                },
                Expr::Apply(function, argument) => {
                    let function = self.eval(function, env);
                    if let Value::Lambda(lambda, around) = &function {
                        let argument = self.thunk(argument, env);
                        let (lambda, around) = (lambda.clone(), *around);
                        env = self.enter(&lambda, around, argument);
                        id = lambda.body;
                        continue;
                    }
                    let argument = self.thunk(argument, env);
                    return self.apply(function, argument);
                }
                Expr::Select(from, keys, default) => {
                    return self.select(from, &keys, default, env);
                }
                Expr::Has(from, keys) => {
                    let mut value = self.eval(from, env);
                    let mut certain = true;
                    for key in keys.iter() {
                        let Some(name) = self.key(*key, env) else {
                            return self.unknown("a computed name");
                        };
                        let selected = self.get(&value, name);
                        certain &= !selected.missing;
                        match selected.value {
                            Some(inner) => value = inner,
                            None => return Value::Bool(false),
                        }
                        if let Value::Unknown(why) = value {
                            return Value::Unknown(why);
                        }
                    }
                    return if certain {
                        Value::Bool(true)
                    } else {
                        self.unknown("may be missing")
                    };
                }
                Expr::Not(inner) => {
                    return match self.eval_bool(inner, env) {
                        Some(it) => Value::Bool(!it),
                        None => self.unknown("a condition that is not known"),
                    };
                }
                Expr::Neg(inner) => {
                    return match self.eval(inner, env) {
                        Value::Int(it) => Value::Int(it.saturating_neg()),
                        Value::Float(it) => Value::Float(-it),
                        _ => self.unknown("a number that is not known"),
                    };
                }
                Expr::Bin(operator, a, b) => return self.binary(operator, a, b, env),
            }
        }
    }

    pub fn thunk(&mut self, id: ExprId, env: Env) -> Thunk {
        self.push(State::Expr(id, env))
    }

    fn eval_bool(&mut self, id: ExprId, env: Env) -> Option<bool> {
        match self.eval(id, env) {
            Value::Bool(it) => Some(it),
            _ => None,
        }
    }

    fn pieces(&mut self, pieces: &[Piece], env: Env) -> Option<String> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(it) => text.push_str(it),
                Piece::Hole(hole) => {
                    let value = self.eval(*hole, env);
                    text.push_str(&self.to_text(&value)?);
                }
            }
            if text.len() > LONGEST_TEXT || !self.charge(text.len() / 16) {
                return None;
            }
        }
        Some(text)
    }

    /// The string that a value is made into.
    pub fn to_text(&self, value: &Value) -> Option<Rc<str>> {
        match value {
            Value::Str(it) => Some(it.clone()),
            Value::Int(it) => Some(it.to_string().into()),
            Value::Path(it) => Some(
                format!("/{MARK}{}{MARK}/{}", it.root, it.path)
                    .trim_end_matches('/')
                    .into(),
            ),
            _ => None,
        }
    }

    /// The path that a value is, or that its text is.
    pub fn to_path(&self, value: &Value) -> Option<Rc<SrcPath>> {
        match value {
            Value::Path(it) => Some(it.clone()),
            Value::Str(text) => {
                let (root, path) = text
                    .strip_prefix('/')?
                    .strip_prefix(MARK)?
                    .split_once(MARK)?;
                // The root of a nixpkgs that is not at hand holds the mark itself.
                let (root, path) = match root {
                    "" => {
                        let (rest, path) = path.split_once(MARK)?;
                        (format!("{MARK}{rest}"), path)
                    }
                    root => (root.to_owned(), path),
                };
                SrcPath::new(root, path).map(Rc::new)
            }
            _ => None,
        }
    }

    fn key(&mut self, key: Key, env: Env) -> Option<Name> {
        match key {
            Key::Static(name) => Some(name),
            Key::Dynamic(id) => match self.eval(id, env) {
                Value::Str(text) => Some(self.code.names.of(&text)),
                _ => None,
            },
        }
    }

    fn look_up(&mut self, name: Name, env: Env) -> Result<Thunk, Value> {
        let mut withs = Vec::new();
        let mut at = Some(env);
        while let Some(env) = at {
            let frame = &self.envs[env.0 as usize];
            match &frame.scope {
                Scope::Names(names) => {
                    if let Ok(index) = names.binary_search_by_key(&name, |(name, _)| *name) {
                        return Ok(names[index].1);
                    }
                }
                Scope::With(thunk) => withs.push(*thunk),
            }
            at = frame.around;
        }
        if let Some(thunk) = self.globals.get(&name) {
            return Ok(*thunk);
        }
        let mut pkgs = false;
        for with in withs {
            let set = self.force(with);
            match &set {
                // nixpkgs has everything, but what the library around it has is not meant.
                Value::Pkgs => pkgs = true,
                Value::Lib(space) => {
                    if let Some(value) = self.lib_get(*space, name) {
                        return Err(value);
                    }
                }
                _ if pkgs => {}
                _ => {
                    let selected = self.get(&set, name);
                    match selected.value {
                        Some(value) if !selected.missing => return Err(value),
                        Some(value) => {
                            // A set that may have the name: nobody knows which is meant.
                            return Err(match value {
                                Value::Unknown(why) => Value::Unknown(why),
                                _ => self.unknown("a name that `with` may bring"),
                            });
                        }
                        None => {}
                    }
                }
            }
        }
        if pkgs {
            return Err(self.pkgs_get(name));
        }
        let why = format!("the name `{}` is not known", self.text(name));
        Err(self.unknown(&why))
    }

    fn pkgs_get(&mut self, name: Name) -> Value {
        match &**self.text(name) {
            "lib" => Value::Lib(Space::Lib),
            "formats" => Value::Lib(Space::Formats),
            "path" => {
                let root = self.nixpkgs.clone();
                Value::Path(Rc::new(SrcPath {
                    root,
                    path: "".into(),
                }))
            }
            _ => Value::Pkgs,
        }
    }

    /// The scope of a `let`, a `rec` set.
    fn scope(&mut self, bindings: &Bindings, around: Env) -> Env {
        let env = self.frame(Some(around), Scope::Names(Vec::new()));
        let froms: Vec<Thunk> = bindings
            .froms
            .iter()
            .map(|from| self.thunk(*from, env))
            .collect();
        let mut names = Vec::with_capacity(bindings.names.len());
        for (name, bind, _) in &bindings.names {
            names.push((*name, self.bind(*name, *bind, &froms, env, around)));
        }
        self.envs[env.0 as usize].scope = Scope::Names(names);
        env
    }

    fn bind(&mut self, name: Name, bind: Bind, froms: &[Thunk], inner: Env, outer: Env) -> Thunk {
        match bind {
            Bind::Expr(id) => self.thunk(id, inner),
            Bind::Outer(name) => {
                let id = self.code.push(Expr::Var(name));
                self.thunk(id, outer)
            }
            Bind::From(index) => self.attr_later(froms[index], name),
        }
    }

    fn set(&mut self, bindings: &Bindings, env: Env) -> Value {
        let (inner, values): (Env, Vec<Thunk>) = if bindings.rec {
            let inner = self.scope(bindings, env);
            let Scope::Names(names) = &self.envs[inner.0 as usize].scope else {
                return self.unknown("is not known here");
            };
            (inner, names.iter().map(|(_, value)| *value).collect())
        } else {
            let froms = bindings.froms.iter();
            let froms: Vec<Thunk> = froms.map(|from| self.thunk(*from, env)).collect();
            let names = bindings.names.iter();
            let values = names.map(|(name, bind, _)| self.bind(*name, *bind, &froms, env, env));
            (env, values.collect())
        };
        let names = bindings.names.iter().zip(values);
        let mut entries: Vec<(Name, Attr)> = names
            .map(|((name, _, pos), value)| (*name, Attr::at(value, *pos)))
            .collect();
        let mut more = false;
        for (key, value, pos) in &bindings.dynamic {
            match self.eval(*key, inner) {
                Value::Str(text) => {
                    let name = self.code.names.of(&text);
                    let value = self.thunk(*value, inner);
                    entries.push((name, Attr::at(value, *pos)));
                    more = true;
                }
                Value::Null | Value::Never => {}
                _ => {
                    // The name is computed: keep what stands there, for a module that declares by it.
                    let value = self.thunk(*value, inner);
                    entries.push((
                        Name::ANY,
                        Attr {
                            value,
                            pos: *pos,
                            maybe: true,
                        },
                    ));
                    more = true;
                }
            }
        }
        Value::Attrs(Rc::new(if more {
            Attrs::of(entries, false)
        } else {
            Attrs {
                entries,
                open: false,
            }
        }))
    }

    /// The scope of a call.
    fn enter(&mut self, lambda: &Lambda, around: Env, argument: Thunk) -> Env {
        let (formals, whole) = match &lambda.param {
            Param::Name(name) => {
                return self.frame(Some(around), Scope::Names(vec![(*name, argument)]));
            }
            Param::Pattern { formals, whole } => (formals, whole),
        };
        let env = self.frame(Some(around), Scope::Names(Vec::new()));
        let given = self.force(argument);
        let mut names = Vec::with_capacity(formals.len() + 1);
        for (name, default) in formals {
            let value = match &given {
                Value::Attrs(set) => match (set.get(*name), default) {
                    (Some(attr), Some(default)) if attr.maybe => {
                        let default = self.thunk(*default, env);
                        self.either_later(&[attr.value, default])
                    }
                    (Some(attr), _) => attr.value,
                    (None, Some(default)) if !set.unsure() => self.thunk(*default, env),
                    (None, _) => self.argument(*name),
                },
                Value::Pkgs => {
                    let value = self.pkgs_get(*name);
                    self.done(value)
                }
                _ => self.argument(*name),
            };
            names.push((*name, value));
        }
        names.extend(whole.map(|name| (name, argument)));
        names.sort_by_key(|(name, _)| *name);
        names.dedup_by_key(|(name, _)| *name);
        self.envs[env.0 as usize].scope = Scope::Names(names);
        env
    }

    /// An argument of which only the name is known.
    fn argument(&mut self, name: Name) -> Thunk {
        let value = if name == self.known.lib {
            Value::Lib(Space::Lib)
        } else if name == self.known.pkgs {
            Value::Pkgs
        } else {
            let why = format!("the argument `{}` is not known", self.text(name));
            self.unknown(&why)
        };
        self.done(value)
    }

    pub fn apply(&mut self, function: Value, argument: Thunk) -> Value {
        if !self.step() || self.depth >= DEPTH {
            return Value::Unknown(self.known.out_of_fuel);
        }
        match function {
            Value::Lambda(lambda, around) => {
                let env = self.enter(&lambda, around, argument);
                self.eval(lambda.body, env)
            }
            Value::Prim(index, arguments) => {
                let (_, arity, run) = prim::PRIMS[usize::from(index)];
                let mut all = arguments.to_vec();
                all.push(argument);
                if all.len() < usize::from(arity) {
                    return Value::Prim(index, all.into());
                }
                self.depth += 1;
                let value = run(self, &all);
                self.depth -= 1;
                value
            }
            Value::Join(functions) => {
                let values = functions
                    .iter()
                    .map(|it| self.apply(it.clone(), argument))
                    .collect();
                self.join(values)
            }
            Value::Attrs(set) => match set.get(self.known.functor) {
                Some(functor) => {
                    let functor = self.force(functor.value);
                    let itself = self.done(Value::Attrs(set));
                    self.depth += 1;
                    let function = self.apply(functor, itself);
                    let value = self.apply(function, argument);
                    self.depth -= 1;
                    value
                }
                None => self.unknown("a set that is called"),
            },
            Value::Never => Value::Never,
            Value::Unknown(why) => Value::Unknown(why),
            Value::Pkgs => self.unknown("made by a function of nixpkgs"),
            _ => self.unknown("made by something that is no function"),
        }
    }

    /// Calls a function of several arguments.
    pub fn call(&mut self, function: &Value, arguments: &[Thunk]) -> Value {
        let mut value = function.clone();
        for argument in arguments {
            value = self.apply(value, *argument);
        }
        value
    }

    fn select(&mut self, from: ExprId, keys: &[Key], default: Option<ExprId>, env: Env) -> Value {
        let mut value = self.eval(from, env);
        let mut missing = false;
        for key in keys {
            let Some(name) = self.key(*key, env) else {
                // Any attribute of nixpkgs is one of nixpkgs.
                if !matches!(value, Value::Pkgs) {
                    value = self.unknown("a computed name");
                }
                continue;
            };
            if let (Value::Lib(space), None) = (&value, default) {
                let space = *space;
                value = self.lib_select(space, name);
                continue;
            }
            let selected = self.get(&value, name);
            missing |= selected.missing;
            match (selected.value, default) {
                (Some(inner), _) => value = inner,
                (None, Some(default)) => return self.eval(default, env),
                (None, None) => {
                    let why = format!("there is no `{}`", self.text(name));
                    return self.unknown(&why);
                }
            }
        }
        match default {
            Some(default) if missing => {
                let default = self.eval(default, env);
                self.join(vec![value, default])
            }
            _ => value,
        }
    }

    /// A name of a value; unknown if it is missing.
    pub fn attr(&mut self, value: &Value, name: Name) -> Value {
        if let Value::Lib(space) = value {
            return self.lib_select(*space, name);
        }
        match self.get(value, name).value {
            Some(value) => value,
            None => {
                let why = format!("there is no `{}`", self.text(name));
                self.unknown(&why)
            }
        }
    }

    /// A name of the library; what it does not have is written down.
    fn lib_select(&mut self, space: Space, name: Name) -> Value {
        if let Some(value) = self.lib_get(space, name) {
            return value;
        }
        let what = match space {
            Space::Lib => format!("lib.{}", self.text(name)),
            Space::Types => format!("lib.types.{}", self.text(name)),
            Space::Builtins => format!("builtins.{}", self.text(name)),
            Space::Formats => format!("pkgs.formats.{}", self.text(name)),
            Space::Generators => format!("lib.generators.{}", self.text(name)),
            Space::Other => return self.unknown("data of the library"),
        };
        let why = format!("made with `{what}`");
        *self.unmodelled.entry(what).or_default() += 1;
        self.unknown(&why)
    }

    pub fn get(&mut self, value: &Value, name: Name) -> Selected {
        match value {
            Value::Attrs(set) => match set.get(name) {
                Some(attr) => Selected {
                    missing: attr.maybe,
                    value: Some(self.force(attr.value)),
                },
                None if set.unsure() => {
                    let why = format!("`{}` may be computed", self.text(name));
                    Selected {
                        value: Some(self.unknown(&why)),
                        missing: true,
                    }
                }
                None => Selected::none(),
            },
            Value::Lib(space) => match self.lib_get(*space, name) {
                Some(value) => Selected::some(value),
                None => Selected {
                    value: Some(self.unknown("part of the library")),
                    missing: true,
                },
            },
            Value::Pkgs => {
                let value = self.pkgs_get(name);
                Selected {
                    value: Some(value),
                    missing: true,
                }
            }
            Value::Join(values) => {
                let all: Vec<Selected> = values.iter().map(|it| self.get(it, name)).collect();
                let missing = all.iter().any(|it| it.missing);
                let values: Vec<Value> = all.into_iter().filter_map(|it| it.value).collect();
                Selected {
                    value: (!values.is_empty()).then(|| self.join(values)),
                    missing,
                }
            }
            Value::Never => Selected::some(Value::Never),
            Value::Unknown(why) => Selected {
                value: Some(Value::Unknown(*why)),
                missing: true,
            },
            Value::Type(_) if &**self.text(name) == "getSubOptions" => {
                let of = self.done(value.clone());
                let function = self.prim("getSubOptions");
                let value = self.apply(function, of);
                Selected::some(value)
            }
            Value::Type(_) | Value::Marker(_) => Selected {
                value: Some(self.unknown("part of a type")),
                missing: true,
            },
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Str(_)
            | Value::StrAny
            | Value::Path(_)
            | Value::List(_)
            | Value::Lambda(..)
            | Value::Prim(..) => Selected::none(),
        }
    }

    /// A name of a part of the library, if it is modelled, or is in the library that is read.
    pub fn lib_get(&mut self, space: Space, name: Name) -> Option<Value> {
        self.modelled(space, name)
            .or_else(|| self.in_real_lib(space, name))
    }

    /// A name of the library that is read: evaluated as any other text.
    fn in_real_lib(&mut self, space: Space, name: Name) -> Option<Value> {
        let lib = self.real_lib?;
        let spaces: &[&str] = match space {
            Space::Lib => &[
                "",
                "strings",
                "lists",
                "attrsets",
                "trivial",
                "options",
                "modules",
                "meta",
                "fixedPoints",
                "customisation",
                "versions",
                "filesystem",
                "path",
            ],
            Space::Types => &["types"],
            _ => return None,
        };
        let lib = self.force(lib);
        for space in spaces {
            let set = if space.is_empty() {
                lib.clone()
            } else {
                let space = self.code.names.of(space);
                self.get(&lib, space).value?
            };
            if let Value::Attrs(set) = set
                && let Some(attr) = set.get(name)
                && !attr.maybe
            {
                return Some(self.force(attr.value));
            }
        }
        None
    }

    fn modelled(&mut self, space: Space, name: Name) -> Option<Value> {
        let text = self.text(name).clone();
        let prim = |eval: &Eval<'_>, name: Name| {
            let index = *eval.prims.get(&name)?;
            Some(Value::Prim(index, [].into()))
        };
        match space {
            Space::Lib | Space::Builtins => {
                if space == Space::Lib {
                    if let Some(thunk) = self.lib_more.get(&name) {
                        let thunk = *thunk;
                        return Some(self.force(thunk));
                    }
                    match &*text {
                        "lists" | "attrsets" | "strings" | "options" | "modules" | "trivial"
                        | "fixedPoints" | "asserts" | "debug" | "versions" | "path"
                        | "filesystem" | "sources" | "meta" | "customisation" | "lib" => {
                            return Some(Value::Lib(Space::Lib));
                        }
                        "types" => return Some(Value::Lib(Space::Types)),
                        "generators" => return Some(Value::Lib(Space::Generators)),
                        "maintainers" | "teams" | "licenses" | "platforms" | "systems"
                        | "sourceTypes" | "gvariant" | "kernel" | "fileset" | "network" | "cli" => {
                            return Some(Value::Lib(Space::Other));
                        }
                        _ => {}
                    }
                }
                match &*text {
                    "true" => return Some(Value::Bool(true)),
                    "false" => return Some(Value::Bool(false)),
                    "null" => return Some(Value::Null),
                    "version" | "release" | "codeName" | "nixpkgsVersion" | "currentSystem"
                    | "nixVersion" | "storeDir" => return Some(Value::StrAny),
                    "builtins" => return Some(Value::Lib(Space::Builtins)),
                    "lowerChars" => return Some(self.chars('a'..='z')),
                    "upperChars" => return Some(self.chars('A'..='Z')),
                    _ => {}
                }
                prim(self, name)
            }
            Space::Types => prim::type_constant(&text).or_else(|| match &*text {
                "ints" | "numbers" => Some(self.numbers(&text)),
                // `with types; types.str`
                "types" => Some(Value::Lib(Space::Types)),
                _ => {
                    let key = self.code.names.of(&format!("types.{text}"));
                    prim(self, key)
                }
            }),
            Space::Formats => {
                let key = self.code.names.of("formats");
                let format = prim(self, key)?;
                let name = self.done(Value::Str(text));
                Some(self.apply(format, name))
            }
            Space::Generators => Some(match &*text {
                "mkLuaInline" | "mkValueStringDefault" | "toPretty" => {
                    self.unknown("made with lib.generators")
                }
                _ => self.unknown("made with lib.generators"),
            }),
            Space::Other => Some(self.unknown("data of the library")),
        }
    }

    fn chars(&mut self, range: std::ops::RangeInclusive<char>) -> Value {
        let items = range
            .map(|c| self.done(Value::str(&c.to_string())))
            .collect();
        Value::list(items)
    }

    /// `types.ints`, `types.numbers`.
    fn numbers(&mut self, space: &str) -> Value {
        let mut entries = Vec::new();
        for name in prim::NUMBERS {
            let key = format!("{space}.{name}");
            let value = match prim::type_constant(&key) {
                Some(value) => value,
                None => {
                    let key = self.code.names.of(&format!("types.{key}"));
                    match self.prims.get(&key) {
                        Some(index) => Value::Prim(*index, [].into()),
                        None => continue,
                    }
                }
            };
            let name = self.code.names.of(name);
            let value = self.done(value);
            entries.push((name, Attr::new(value)));
        }
        self.make_set(entries, true)
    }

    /// A part of the library as a set, to be updated.
    fn lib_attrs(&mut self, space: Space) -> Attrs {
        let mut names: Vec<Name> = self.lib_more.keys().copied().collect();
        names.extend(self.prims.keys().copied());
        for name in [
            "types",
            "generators",
            "lists",
            "attrsets",
            "strings",
            "options",
            "modules",
            "trivial",
        ] {
            names.push(self.code.names.of(name));
        }
        let set = self.done(Value::Lib(space));
        let entries = names.into_iter();
        let entries = entries.map(|name| (name, Attr::new(self.attr_later(set, name))));
        Attrs::of(entries.collect(), true)
    }

    /// `a // b`
    pub fn update(&mut self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Never, _) | (_, Value::Never) => Value::Never,
            (Value::Join(values), b) => {
                let values = values
                    .iter()
                    .map(|a| self.update(a.clone(), b.clone()))
                    .collect();
                self.join(values)
            }
            (a, Value::Join(values)) => {
                let values = values
                    .iter()
                    .map(|b| self.update(a.clone(), b.clone()))
                    .collect();
                self.join(values)
            }
            (Value::Attrs(a), Value::Attrs(b)) => Value::Attrs(Rc::new(self.update_set(&a, &b))),
            (Value::Type(ty), Value::Attrs(b)) => {
                // What a type is called does not change what it takes.
                let words = [
                    "description",
                    "descriptionClass",
                    "name",
                    "emptyValue",
                    "nestedTypes",
                    "deprecationMessage",
                ];
                let same = !b.open
                    && b.entries
                        .iter()
                        .all(|(name, _)| words.contains(&&**self.text(*name)));
                if same {
                    return Value::Type(ty);
                }
                let inner = self.done(Value::Type(ty));
                Value::ty(Type::Changed(inner))
            }
            (Value::Type(ty), _) => {
                let inner = self.done(Value::Type(ty));
                Value::ty(Type::Changed(inner))
            }
            (Value::Lib(space @ (Space::Lib | Space::Builtins)), Value::Attrs(b)) => {
                let a = self.lib_attrs(space);
                Value::Attrs(Rc::new(self.update_set(&a, &b)))
            }
            (Value::Attrs(a), _) => Value::Attrs(Rc::new(self.soften_all(&a))),
            (_, Value::Attrs(b)) => {
                let mut set = (*b).clone();
                set.open = true;
                Value::Attrs(Rc::new(set))
            }
            _ => self.unknown("made of something that is not known"),
        }
    }

    fn update_set(&mut self, a: &Attrs, b: &Attrs) -> Attrs {
        self.charge(a.entries.len() + b.entries.len());
        let mut entries = Vec::with_capacity(a.entries.len() + b.entries.len());
        for (name, attr) in &a.entries {
            if b.get(*name).is_some_and(|attr| !attr.maybe) {
                continue;
            }
            let value = if b.unsure() && *name != self.known.typ {
                self.soft(attr.value)
            } else {
                attr.value
            };
            entries.push((*name, Attr { value, ..*attr }));
        }
        for (name, attr) in &b.entries {
            let attr = match a.get(*name) {
                Some(other) if attr.maybe => Attr {
                    value: self.either_later(&[attr.value, other.value]),
                    pos: attr.pos,
                    maybe: other.maybe,
                },
                _ => *attr,
            };
            entries.push((*name, attr));
        }
        Attrs::of(entries, a.open || b.open)
    }

    fn binary(&mut self, operator: BinOpKind, a: ExprId, b: ExprId, env: Env) -> Value {
        use BinOpKind as Op;
        let known = |it: Option<bool>, eval: &mut Eval<'s>| match it {
            Some(it) => Value::Bool(it),
            None => eval.unknown("a condition that is not known"),
        };
        match operator {
            Op::And | Op::Or | Op::Implication => {
                // a -> b is !a || b
                let a = self.eval_bool(a, env);
                let (a, stop) = match operator {
                    Op::And => (a, false),
                    Op::Or => (a, true),
                    _ => (a.map(|it| !it), true),
                };
                if a == Some(stop) {
                    return Value::Bool(stop);
                }
                let b = self.eval_bool(b, env);
                if b == Some(stop) {
                    return Value::Bool(stop);
                }
                known(a.and(b), self)
            }
            Op::Update => {
                // A left-deep chain of updates is as long as one likes.
                let a = self.eval(a, env);
                let b = self.eval(b, env);
                self.update(a, b)
            }
            Op::Concat => {
                let a = self.eval(a, env);
                let b = self.eval(b, env);
                if matches!(a, Value::Never) || matches!(b, Value::Never) {
                    return Value::Never;
                }
                let a = self.as_list(&a);
                let b = self.as_list(&b);
                self.concat([a, b])
            }
            Op::Equal | Op::NotEqual => {
                let a = self.eval(a, env);
                let b = self.eval(b, env);
                let equal = self.equal(&a, &b, 0);
                known(equal.map(|it| it == (operator == Op::Equal)), self)
            }
            Op::Add => {
                let a = self.eval(a, env);
                let b = self.eval(b, env);
                self.add(a, b)
            }
            Op::Less | Op::More | Op::LessOrEq | Op::MoreOrEq => {
                let a = self.eval(a, env);
                let b = self.eval(b, env);
                let order = match (&a, &b) {
                    (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
                    (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
                    _ => None,
                };
                let holds = order.map(|it| match operator {
                    Op::Less => it.is_lt(),
                    Op::More => it.is_gt(),
                    Op::LessOrEq => it.is_le(),
                    _ => it.is_ge(),
                });
                known(holds, self)
            }
            Op::Sub | Op::Mul | Op::Div => {
                let a = self.eval(a, env);
                let b = self.eval(b, env);
                let result = match (&a, &b) {
                    (Value::Int(a), Value::Int(b)) => match operator {
                        Op::Sub => a.checked_sub(*b),
                        Op::Mul => a.checked_mul(*b),
                        _ => a.checked_div(*b),
                    },
                    _ => None,
                };
                match result {
                    Some(it) => Value::Int(it),
                    None => self.unknown("a number that is not known"),
                }
            }
            Op::PipeRight => {
                let function = self.eval(b, env);
                let argument = self.thunk(a, env);
                self.apply(function, argument)
            }
            Op::PipeLeft => {
                let function = self.eval(a, env);
                let argument = self.thunk(b, env);
                self.apply(function, argument)
            }
        }
    }

    pub fn add(&mut self, a: Value, b: Value) -> Value {
        match (&a, &b) {
            (Value::Never, _) | (_, Value::Never) => Value::Never,
            (Value::Int(x), Value::Int(y)) => match x.checked_add(*y) {
                Some(it) => Value::Int(it),
                None => self.unknown("a number that is not known"),
            },
            (Value::Float(x), Value::Float(y)) => Value::Float(x + y),
            (Value::Path(path), _) => {
                let more = match &b {
                    Value::Str(text) if !text.contains(MARK) => path.join(text),
                    _ => None,
                };
                match more {
                    Some(path) => Value::Path(Rc::new(path)),
                    None => self.unknown("a path with something computed"),
                }
            }
            (Value::Str(_) | Value::StrAny, _) | (_, Value::Str(_) | Value::StrAny) => {
                match (self.to_text(&a), self.to_text(&b)) {
                    (Some(x), Some(y))
                        if x.len() + y.len() <= LONGEST_TEXT
                            && self.charge((x.len() + y.len()) / 16) =>
                    {
                        Value::Str(format!("{x}{y}").into())
                    }
                    _ => Value::StrAny,
                }
            }
            _ => self.unknown("a sum that is not known"),
        }
    }

    /// A value as a list: an open one if it is not known.
    pub fn as_list(&mut self, value: &Value) -> Rc<List> {
        match value {
            Value::List(list) => list.clone(),
            Value::Join(values) => {
                let mut all = List {
                    items: Vec::new(),
                    open: false,
                    loose: true,
                };
                for value in values.iter() {
                    match value {
                        Value::List(list) => {
                            all.items.extend(&list.items);
                            all.open |= list.open;
                        }
                        _ => all.open = true,
                    }
                }
                Rc::new(all)
            }
            _ => Rc::new(List {
                items: Vec::new(),
                open: true,
                loose: true,
            }),
        }
    }

    pub fn concat(&mut self, lists: impl IntoIterator<Item = Rc<List>>) -> Value {
        let mut all = List::default();
        for list in lists {
            all.items.extend(&list.items);
            all.open |= list.open;
            all.loose |= list.loose || list.open;
        }
        if all.items.len() > LONGEST || !self.charge(all.items.len()) {
            return self.unknown("a list that is too long");
        }
        Value::List(Rc::new(all))
    }

    /// Whether two values are equal, if that can be said.
    pub fn equal(&mut self, a: &Value, b: &Value, depth: u32) -> Option<bool> {
        use Value as V;
        if depth > 8 || !self.step() {
            return None;
        }
        match (a, b) {
            (V::Unknown(_) | V::Join(_) | V::Never | V::Pkgs | V::Prim(..), _)
            | (_, V::Unknown(_) | V::Join(_) | V::Never | V::Pkgs | V::Prim(..)) => None,
            (V::Null, V::Null) => Some(true),
            (V::Null, _) | (_, V::Null) => Some(false),
            (V::Bool(a), V::Bool(b)) => Some(a == b),
            (V::Int(a), V::Int(b)) => Some(a == b),
            (V::Str(a), V::Str(b)) => Some(a == b),
            (V::Path(a), V::Path(b)) => Some(a == b),
            (V::StrAny, V::Str(_)) | (V::Str(_) | V::StrAny, V::StrAny) => None,
            (V::Bool(_), V::Int(_) | V::Str(_) | V::StrAny)
            | (V::Int(_), V::Bool(_) | V::Str(_) | V::StrAny)
            | (V::Str(_) | V::StrAny, V::Bool(_) | V::Int(_)) => Some(false),
            (V::List(a), V::List(b)) => {
                if !a.exact() || !b.exact() {
                    // One that has nothing and one that has something.
                    return None;
                }
                if a.items.len() != b.items.len() {
                    return Some(false);
                }
                let mut all = Some(true);
                for (a, b) in a.items.iter().zip(&b.items) {
                    let (a, b) = (self.force(*a), self.force(*b));
                    match self.equal(&a, &b, depth + 1) {
                        Some(true) => {}
                        Some(false) => return Some(false),
                        None => all = None,
                    }
                }
                all
            }
            (V::Attrs(a), V::Attrs(b)) => {
                let certain = |set: &Attrs| set.entries.iter().any(|(_, attr)| !attr.maybe);
                let empty = |set: &Attrs| set.entries.is_empty() && !set.open;
                match (empty(a), empty(b)) {
                    (true, true) => Some(true),
                    (true, false) if certain(b) => Some(false),
                    (false, true) if certain(a) => Some(false),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A modelled function.
    pub fn prim(&mut self, name: &str) -> Value {
        let name = self.code.names.of(name);
        match self.prims.get(&name) {
            Some(index) => Value::Prim(*index, [].into()),
            None => Value::Unknown(name),
        }
    }

    /// The value that a function gives for itself.
    pub fn fix_point(&mut self, function: Value) -> Thunk {
        let point = self.reserve();
        self.fill(point, function, &[point]);
        point
    }

    /// A value that will be said later, with [`Eval::fill`].
    pub fn reserve(&mut self) -> Thunk {
        self.push(State::Busy)
    }

    pub fn fill(&mut self, thunk: Thunk, function: Value, arguments: &[Thunk]) {
        self.thunks[thunk.0 as usize] = State::Apply(function, arguments.into());
    }

    /// The text of a file.
    pub fn read(&self, at: &SrcPath) -> Option<Arc<str>> {
        if &*at.root == STAND_IN {
            return Some(
                match &*at.path {
                    "nixos/modules/misc/assertions.nix" => ASSERTIONS,
                    "nixos/modules/misc/meta.nix" => META,
                    _ => return None,
                }
                .into(),
            );
        }
        self.sources.text(at)
    }

    pub fn entry_kind(&self, at: &SrcPath) -> Option<EntryKind> {
        if &*at.root == STAND_IN {
            return self.read(at).map(|_| EntryKind::File);
        }
        self.sources.kind(at)
    }

    pub fn list_folder(&self, at: &SrcPath) -> Option<Vec<(String, EntryKind)>> {
        self.sources.list(at)
    }

    /// The file that `import` reads: of a folder its `default.nix`.
    pub fn file_of(&self, at: &SrcPath) -> Option<SrcPath> {
        match self.entry_kind(at)? {
            EntryKind::Dir => at.join("default.nix"),
            EntryKind::File => Some(at.clone()),
            EntryKind::Link | EntryKind::Other => Some(at.clone()),
        }
    }

    /// The value of a file; `None` if it is missing or no Nix.
    pub fn import(&mut self, at: &SrcPath) -> Option<Value> {
        let at = self.file_of(at)?;
        let thunk = match self.imports.get(&at) {
            Some(thunk) => *thunk,
            None => {
                let thunk = self
                    .read(&at)
                    .and_then(|text| self.code.file(&at, &text))
                    .map(|expr| {
                        let top = self.top();
                        self.thunk(expr, top)
                    });
                self.imports.insert(at, thunk);
                thunk
            }
        };
        thunk.map(|thunk| self.force(thunk))
    }

    /// Makes a set of plain values.
    pub fn attrs(&mut self, entries: Vec<(&str, Value)>, open: bool) -> Value {
        let entries = entries
            .into_iter()
            .map(|(name, value)| (name, self.done(value)))
            .collect();
        self.attrs_of(entries, open)
    }

    pub fn attrs_of(&mut self, entries: Vec<(&str, Thunk)>, open: bool) -> Value {
        let entries = entries.into_iter();
        let entries = entries.map(|(name, value)| (self.code.names.of(name), Attr::new(value)));
        let entries = entries.collect();
        self.make_set(entries, open)
    }

    /// Makes a set of attributes in any order; of equal names the last wins.
    pub fn make_set(&mut self, entries: Vec<(Name, Attr)>, open: bool) -> Value {
        self.charge(entries.len());
        Value::Attrs(Rc::new(Attrs::of(entries, open)))
    }
}

/// What home-manager reads from nixpkgs, for when that is not at hand.
const ASSERTIONS: &str = "{ lib, ... }: {
  options.assertions = lib.mkOption { type = lib.types.listOf lib.types.unspecified; default = [ ]; internal = true; };
  options.warnings = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; internal = true; };
}";
const META: &str = "{ lib, ... }: {
  options.meta = lib.mkOption { type = lib.types.attrsOf lib.types.unspecified; default = { }; internal = true; };
}";

#[cfg(test)]
#[path = "eval_test.rs"]
mod tests;
