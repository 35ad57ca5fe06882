//! The walk over modules: what they import, what they declare, of which types.
//!
//! Goal: every declaration at its path, submodules as trees of their own, and a reason at every place where something
//! that was not understood could declare more. Limits: the order of modules does not matter, everything is a union;
//! definitions (`config`) are read for nothing but `_module.freeformType`; a type that holds itself other than through
//! a submodule is unknown there.

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::eval::{Eval, MODULE_FUEL};
use crate::expr::{Name, Pos};
use crate::prim;
use crate::schema::{Builder, FileId, Kind, NodeId, Opt, TyId, Visible};
use crate::sources::SrcPath;
use crate::ty::{Ty, Value as Member};
use crate::value::{Attrs, List, Marker, Thunk, Type, Value};

/// How deeply modules import each other, options and types nest.
const LEVELS: u32 = 60;
/// How many modules one walk reads.
const MODULES: usize = 20_000;
/// What one import costs, in steps times 16: lists of imports must not grow without a bound.
const IMPORT: usize = 128;

pub(crate) struct Walk<'e, 's> {
    pub eval: &'e mut Eval<'s>,
    pub out: Builder,
    /// What module functions are given.
    arguments: Thunk,
    modules_path: Option<SrcPath>,
    /// The types that have a number, by address, and the types themselves so that no address is used twice.
    types: FxHashMap<*const Type, TyId>,
    held: Vec<Rc<Type>>,
    busy: FxHashSet<*const Type>,
    submodules: FxHashMap<Thunk, NodeId>,
    /// The `options` beside the type that is read, for old `optionSet`.
    beside: Vec<Option<Thunk>>,
    level: u32,
    /// Open the group of everything that is declared, for this reason.
    doubt: Option<&'static str>,
}

/// One module, read.
struct Module {
    body: Body,
    file: FileId,
    path: Option<SrcPath>,
}

enum Body {
    Set(Rc<Attrs>),
    Marker(Rc<Marker>),
}

/// A walk over modules that declare into one node.
#[derive(Default)]
struct Found {
    modules: Vec<Module>,
    visited: FxHashSet<SrcPath>,
    disabled: FxHashSet<SrcPath>,
    open: Vec<(Box<str>, FileId)>,
}

impl<'e, 's> Walk<'e, 's> {
    pub fn new(
        eval: &'e mut Eval<'s>,
        out: Builder,
        modules_path: Option<SrcPath>,
        arguments: Vec<(&str, Value)>,
    ) -> Walk<'e, 's> {
        let mut all = vec![
            ("lib", Value::Lib(crate::value::Space::Lib)),
            ("pkgs", Value::Pkgs),
            ("name", Value::StrAny),
        ];
        all.push((
            "modulesPath",
            match &modules_path {
                Some(path) => Value::Path(Rc::new(path.clone())),
                None => eval.unknown("a module of the tree that it is used with"),
            },
        ));
        all.extend(arguments);
        let arguments = eval.attrs(all, true);
        let arguments = eval.done(arguments);
        Walk {
            eval,
            out,
            arguments,
            modules_path,
            types: FxHashMap::default(),
            held: Vec::new(),
            busy: FxHashSet::default(),
            submodules: FxHashMap::default(),
            beside: Vec::new(),
            level: 0,
            doubt: None,
        }
    }

    /// Reads modules, and all that they import, into a node.
    pub fn modules(&mut self, roots: Vec<(Value, FileId)>, node: NodeId) {
        let mut found = Found::default();
        let mut queue: VecDeque<(Value, FileId, Option<SrcPath>, u32)> = roots
            .into_iter()
            .map(|(value, file)| (value, file, None, 0))
            .collect();
        while let Some((value, file, path, depth)) = queue.pop_front() {
            if depth > LEVELS || found.modules.len() > MODULES || self.eval.fuel == 0 {
                self.out.open(node, "imports without an end", Some(file));
                continue;
            }
            let mut more = Vec::new();
            let fuel = if depth == 0 { u64::MAX } else { MODULE_FUEL };
            self.within(fuel, |walk| {
                walk.module(value, file, path, &mut found, &mut more, 0);
            });
            queue.extend(
                more.into_iter()
                    .map(|(value, file, path)| (value, file, path, depth + 1)),
            );
        }
        for (why, file) in found.open {
            self.out.open(node, &why, Some(file));
        }
        for module in found.modules {
            let disabled = module
                .path
                .as_ref()
                .is_some_and(|path| found.disabled.contains(path));
            if disabled {
                self.doubt = Some("declared by a module that is disabled");
            }
            self.within(MODULE_FUEL, |walk| match &module.body {
                Body::Set(set) => walk.body(node, set, module.file),
                Body::Marker(marker) => walk.marker(node, marker, module.file),
            });
            if disabled {
                self.doubt = None;
            }
        }
    }

    fn within(&mut self, fuel: u64, run: impl FnOnce(&mut Walk<'e, 's>)) {
        let outer = self.eval.fuel;
        let granted = outer.min(fuel);
        self.eval.fuel = granted;
        run(self);
        self.eval.fuel = outer - (granted - self.eval.fuel);
    }

    fn file(&mut self, path: &SrcPath) -> FileId {
        // The stand-in for nixpkgs is called as what it stands for.
        self.out
            .file(&path.to_string().replace(crate::eval::MARK, ""))
    }

    fn why(&self, value: &Value) -> Box<str> {
        let what = match value {
            Value::Unknown(why) => self.eval.text(*why).to_string(),
            Value::Pkgs => "part of nixpkgs".to_owned(),
            _ => "it is no module".to_owned(),
        };
        what.into()
    }

    fn module(
        &mut self,
        value: Value,
        file: FileId,
        path: Option<SrcPath>,
        found: &mut Found,
        more: &mut Vec<(Value, FileId, Option<SrcPath>)>,
        level: u32,
    ) {
        if level > LEVELS {
            found.open.push(("is nested too deeply".into(), file));
            return;
        }
        let value = match (self.eval.to_path(&value), value) {
            (Some(at), _) => {
                let Some(at) = self.eval.file_of(&at) else {
                    let why = format!("imports a file that is missing: {at}");
                    found.open.push((why.into(), file));
                    return;
                };
                if !found.visited.insert(at.clone()) {
                    return;
                }
                let file = self.file(&at);
                match self.eval.import(&at) {
                    Some(value) => self.module(value, file, Some(at), found, more, level + 1),
                    None => found
                        .open
                        .push((format!("does not parse or is missing: {at}").into(), file)),
                }
                return;
            }
            (None, value) => value,
        };
        match value {
            Value::Null | Value::Never => {}
            Value::Lambda(..) | Value::Prim(..) => {
                let value = self.eval.apply(value, self.arguments);
                self.module(value, file, path, found, more, level + 1);
            }
            Value::Marker(marker) => found.modules.push(Module {
                body: Body::Marker(marker),
                file,
                path,
            }),
            Value::List(list) => {
                if list.open {
                    found.open.push(("imports something computed".into(), file));
                }
                self.imports(&list, file, found, more);
            }
            Value::Join(values) => {
                for value in values.iter() {
                    self.module(value.clone(), file, path.clone(), found, more, level + 1);
                }
            }
            Value::Attrs(set) => {
                if set.get(self.eval.known.functor).is_some() {
                    let value = self.eval.apply(Value::Attrs(set), self.arguments);
                    self.module(value, file, path, found, more, level + 1);
                    return;
                }
                match self.tag(&set).as_deref() {
                    Some("if" | "override") => {
                        let content = self.eval.known.content;
                        let content = self.eval.attr(&Value::Attrs(set), content);
                        self.module(content, file, path, found, more, level + 1);
                    }
                    Some("merge") => {
                        let contents = self.eval.known.contents;
                        let contents = self.eval.attr(&Value::Attrs(set), contents);
                        let contents = Value::List(self.eval.as_list(&contents));
                        self.module(contents, file, path, found, more, level + 1);
                    }
                    _ => self.set(set, file, path, found, more),
                }
            }
            other => {
                let why = format!("imports something computed: {}", self.why(&other));
                found.open.push((why.into(), file));
            }
        }
    }

    fn imports(
        &mut self,
        list: &List,
        file: FileId,
        found: &mut Found,
        more: &mut Vec<(Value, FileId, Option<SrcPath>)>,
    ) {
        for it in &list.items {
            if !self.eval.charge(IMPORT) {
                found.open.push(("imports too much".into(), file));
                return;
            }
            let it = self.eval.force(*it);
            more.push((it, file, None));
        }
    }

    /// The `_type` of a set.
    fn tag(&mut self, set: &Attrs) -> Option<Rc<str>> {
        let tag = set.get(self.eval.known.typ)?;
        self.eval.known_str(tag.value)
    }

    fn set(
        &mut self,
        set: Rc<Attrs>,
        file: FileId,
        path: Option<SrcPath>,
        found: &mut Found,
        more: &mut Vec<(Value, FileId, Option<SrcPath>)>,
    ) {
        for name in [self.eval.known.imports, self.eval.known.require] {
            let Some(imports) = set.get(name) else {
                continue;
            };
            match self.eval.force(imports.value) {
                Value::Never | Value::Null => {}
                Value::Unknown(why) => {
                    let why = format!("imports something computed: {}", self.eval.text(why));
                    found.open.push((why.into(), file));
                }
                value => {
                    let list = self.eval.as_list(&value);
                    if list.open {
                        found.open.push(("imports something computed".into(), file));
                    }
                    self.imports(&list, file, found, more);
                }
            }
        }
        let disabled = self.eval.name("disabledModules");
        if let Some(disabled) = set.get(disabled) {
            let list = self.eval.list(disabled.value);
            let mut all = !list.open;
            for it in &list.items {
                let value = self.eval.force(*it);
                let at = match (self.eval.to_path(&value), &value) {
                    (Some(at), _) => Some((*at).clone()),
                    (None, Value::Str(text)) => {
                        self.modules_path.as_ref().and_then(|it| it.join(text))
                    }
                    _ => None,
                };
                match at.and_then(|at| self.eval.file_of(&at)) {
                    Some(at) => {
                        found.disabled.insert(at);
                    }
                    // A module of another tree, or by its key.
                    None => all &= matches!(value, Value::Str(_) | Value::Path(_)),
                }
            }
            if !all {
                found
                    .open
                    .push(("disables modules that are computed".into(), file));
            }
        }
        if set.open {
            found
                .open
                .push(("is made of something computed".into(), file));
        }
        found.modules.push(Module {
            body: Body::Set(set),
            file,
            path,
        });
    }

    /// What one module declares.
    fn body(&mut self, node: NodeId, set: &Rc<Attrs>, file: FileId) {
        let freeform = self.eval.name("freeformType");
        if let Some(attr) = set.get(freeform)
            && !matches!(self.eval.force(attr.value), Value::Null)
        {
            self.out
                .open(node, "takes further names (freeformType)", Some(file));
        }
        let config = match set.get(self.eval.known.config) {
            Some(config) => Some(self.eval.force(config.value)),
            None => Some(Value::Attrs(set.clone())),
        };
        if let Some(config) = config
            && self.is_freeform(&config, 0)
        {
            self.out
                .open(node, "takes further names (freeformType)", Some(file));
        }
        if let Some(options) = set.get(self.eval.known.options) {
            let value = self.eval.force(options.value);
            self.options(node, node, value, options.pos, file);
        }
    }

    /// Whether a definition sets `_module.freeformType`.
    fn is_freeform(&mut self, config: &Value, level: u32) -> bool {
        if level > 4 {
            return false;
        }
        match config {
            Value::Join(values) => values.iter().any(|it| self.is_freeform(it, level + 1)),
            Value::Attrs(set) => match self.tag(set).as_deref() {
                Some("if" | "override") => match set.get(self.eval.known.content) {
                    Some(content) => {
                        let content = self.eval.force(content.value);
                        self.is_freeform(&content, level + 1)
                    }
                    None => false,
                },
                Some("merge") => match set.get(self.eval.known.contents) {
                    Some(contents) => {
                        let list = self.eval.list(contents.value);
                        list.items.iter().any(|it| {
                            let it = self.eval.force(*it);
                            self.is_freeform(&it, level + 1)
                        })
                    }
                    None => false,
                },
                _ => {
                    let (module, freeform) =
                        (self.eval.name("_module"), self.eval.name("freeformType"));
                    let Some(module) = set.get(module) else {
                        return false;
                    };
                    let module = self.eval.force(module.value);
                    let freeform = self.eval.get(&module, freeform).value;
                    freeform.is_some_and(|it| !matches!(it, Value::Null | Value::Unknown(_)))
                }
            },
            _ => false,
        }
    }

    /// What stands below `options`, at a node of a group.
    fn options(&mut self, node: NodeId, group: NodeId, value: Value, pos: Pos, file: FileId) {
        if self.level > LEVELS || !self.eval.charge(16) {
            self.out.open(node, "is nested too deeply", Some(file));
            return;
        }
        self.level += 1;
        match value {
            Value::Attrs(set) => match self.tag(&set).as_deref() {
                Some("option") => {
                    self.option(node, &set, pos, file);
                    if let Some(doubt) = self.doubt {
                        self.out.open(group, doubt, Some(file));
                    }
                }
                Some(_) => self
                    .out
                    .open(node, "declares something that is no option", Some(file)),
                None => {
                    if set.open {
                        self.out
                            .open(node, "declares options of computed names", Some(file));
                    }
                    for (name, attr) in &set.entries {
                        let kid = if *name == Name::ANY {
                            self.out.wild(node)
                        } else {
                            let name = self.eval.text(*name).clone();
                            self.out.kid(node, &name)
                        };
                        let value = self.eval.force(attr.value);
                        self.options(kid, node, value, attr.pos, file);
                    }
                }
            },
            Value::Join(values) => {
                for value in values.iter() {
                    self.options(node, group, value.clone(), pos, file);
                }
            }
            // An option that waits for its last argument.
            Value::Prim(index, arguments)
                if prim::PRIMS[usize::from(index)]
                    .0
                    .starts_with("mkPackageOption") =>
            {
                let mut arguments = arguments.to_vec();
                while arguments.len() < 3 {
                    let set = self.eval.attrs(Vec::new(), false);
                    arguments.push(self.eval.done(set));
                }
                let value = prim::mk_package_option(self.eval, &arguments);
                self.options(node, group, value, pos, file);
            }
            Value::Never => {}
            other => {
                let why = format!("declares something computed: {}", self.why(&other));
                self.out.open(node, &why, Some(file));
            }
        }
        self.level -= 1;
    }

    fn option(&mut self, node: NodeId, set: &Rc<Attrs>, pos: Pos, file: FileId) {
        let options = set.get(self.eval.known.options).map(|it| it.value);
        self.beside.push(options);
        let ty = match set.get(self.eval.known.kind) {
            Some(ty) => {
                let value = self.eval.force(ty.value);
                self.ty(value)
            }
            None if set.unsure() => self.out.ty(Ty::Unknown),
            // Old nixpkgs: further options of the submodules of an option that is declared elsewhere.
            None if options.is_some() => {
                let sub = self.known_type(&Rc::new(Type::OptionSet));
                let (attrs, list) = (
                    self.out.ty(Ty::Attrs(sub)),
                    self.out.ty(Ty::List(sub, false)),
                );
                let many = self.out.ty(Ty::Either(attrs, list));
                let known = self.out.ty(Ty::Either(many, sub));
                let any = self.out.ty(Ty::Free("unspecified value".into()));
                self.out.ty(Ty::Either(known, any))
            }
            None => self.out.ty(Ty::Free("unspecified value".into())),
        };
        self.beside.pop();
        // What a submodule declares is declared where it stands.
        let file = match self.out.file("") == file && pos.end > 0 {
            true => {
                let path = self.eval.code.files[pos.file as usize].clone();
                self.file(&path)
            }
            false => file,
        };
        let mut opt = self.out.option(ty, file);
        opt.at = self.place(pos, file);
        opt.read_only = self.flag(set, "readOnly");
        opt.internal = self.flag(set, "internal");
        opt.has_default = self.has(set, "default");
        opt.has_apply = self.has(set, "apply");
        let visible = self.eval.name("visible");
        if let Some(visible) = set.get(visible) {
            opt.visible = match self.eval.force(visible.value) {
                Value::Bool(false) => Visible::No,
                Value::Str(text) if &*text == "shallow" => Visible::Shallow,
                _ => Visible::Yes,
            };
        }
        self.declare(node, opt);
    }

    fn declare(&mut self, node: NodeId, opt: Opt) {
        self.out.declare(node, opt);
    }

    /// The range of a name, if it stands in the file of the module.
    fn place(&mut self, pos: Pos, file: FileId) -> std::ops::Range<u32> {
        if pos.end == 0 {
            return 0..0;
        }
        let path = self.eval.code.files[pos.file as usize].clone();
        if self.file(&path) == file {
            pos.start..pos.end
        } else {
            0..0
        }
    }

    fn flag(&mut self, set: &Attrs, name: &str) -> bool {
        let name = self.eval.name(name);
        match set.get(name) {
            Some(attr) => self.eval.known_bool(attr.value) == Some(true),
            None => false,
        }
    }

    fn has(&mut self, set: &Attrs, name: &str) -> bool {
        let name = self.eval.name(name);
        set.get(name).is_some()
    }

    fn marker(&mut self, node: NodeId, marker: &Marker, file: FileId) {
        let Some(path) = prim::segments(self.eval, marker.from) else {
            self.out
                .open(node, "renames options of computed names", Some(file));
            return;
        };
        let mut at = node;
        for segment in path {
            at = match segment {
                Some(name) => self.out.kid(at, &name),
                None => self.out.wild(at),
            };
        }
        let ty = self.out.ty(Ty::Unknown);
        let mut opt = self.out.option(ty, file);
        opt.kind = marker.kind;
        opt.visible = Visible::No;
        if let Some(to) = marker.to
            && let Some(to) = prim::segments(self.eval, to)
            && let Some(to) = to.into_iter().collect::<Option<Vec<Rc<str>>>>()
        {
            self.out.to(&mut opt, to.iter().map(|it| &**it));
        }
        opt.message = marker
            .message
            .and_then(|it| self.eval.known_str(it))
            .map(|it| it.trim().into());
        opt.since = marker.since.and_then(|it| match self.eval.force(it) {
            Value::Int(it) => u32::try_from(it).ok(),
            Value::Str(text) => text.replace('.', "").parse().ok(),
            _ => None,
        });
        debug_assert!(opt.kind != Kind::Option);
        self.declare(at, opt);
    }

    fn ty_of(&mut self, thunk: Thunk) -> TyId {
        let value = self.eval.force(thunk);
        self.ty(value)
    }

    fn ty(&mut self, value: Value) -> TyId {
        match value {
            Value::Type(ty) => self.known_type(&ty),
            Value::Join(values) => {
                let mut all = None;
                for value in values.iter().rev() {
                    let ty = self.ty(value.clone());
                    all = Some(match all {
                        None => ty,
                        Some(rest) => self.out.ty(Ty::Either(ty, rest)),
                    });
                }
                match all {
                    Some(ty) => ty,
                    None => self.out.ty(Ty::Unknown),
                }
            }
            Value::Null => self.out.ty(Ty::Free("unspecified value".into())),
            // A type that is made by hand, or by the library that is read.
            Value::Attrs(set) if self.tag(&set).as_deref() == Some("option-type") => {
                if self.level > LEVELS || !self.eval.charge(16) {
                    return self.out.ty(Ty::Unknown);
                }
                self.level += 1;
                let arguments = self.eval.done(Value::Attrs(set));
                let ty = self.opaque(arguments);
                self.level -= 1;
                self.out.ty(ty)
            }
            _ => self.out.ty(Ty::Unknown),
        }
    }

    fn known_type(&mut self, ty: &Rc<Type>) -> TyId {
        let key = Rc::as_ptr(ty);
        if let Some(id) = self.types.get(&key) {
            return *id;
        }
        // A submodule that holds itself is its own node again.
        if let Type::Sub(modules) = &**ty
            && let Some(node) = self.submodules.get(modules)
        {
            let node = *node;
            return self.out.ty(Ty::Sub(node));
        }
        if self.level > LEVELS || !self.eval.charge(16) || !self.busy.insert(key) {
            return self.out.ty(Ty::Unknown);
        }
        self.level += 1;
        let known = self.type_of(ty);
        self.level -= 1;
        self.busy.remove(&key);
        let id = self.out.ty(known);
        if !matches!(**ty, Type::OptionSet) {
            self.types.insert(key, id);
            self.held.push(ty.clone());
        }
        id
    }

    fn type_of(&mut self, ty: &Type) -> Ty {
        match ty {
            Type::Bool => Ty::Bool,
            Type::Int(from, to) => Ty::Int(*from, *to),
            Type::Float => Ty::Float,
            Type::Number => Ty::Number,
            Type::Str(kind) => Ty::Str(*kind),
            Type::Match(pattern) => Ty::Match(self.eval.known_str(*pattern).map(|it| (*it).into())),
            Type::Path => Ty::Path,
            Type::Package => Ty::Package,
            Type::Enum(members) => {
                let list = self.eval.list(*members);
                let mut complete = !list.open;
                let mut members = Vec::with_capacity(list.items.len());
                for it in &list.items {
                    members.push(match self.eval.force(*it) {
                        Value::Null => Member::Null,
                        Value::Bool(it) => Member::Bool(it),
                        Value::Int(it) => Member::Int(it),
                        Value::Str(it) => Member::Str((*it).into()),
                        _ => {
                            complete = false;
                            continue;
                        }
                    });
                }
                Ty::Enum(members.into(), complete)
            }
            Type::List(item, non_empty) => Ty::List(self.ty_of(*item), *non_empty),
            Type::Attrs(item) => Ty::Attrs(self.ty_of(*item)),
            Type::Null(inner) => Ty::Null(self.ty_of(*inner)),
            Type::Either(a, b) => {
                let a = self.ty_of(*a);
                Ty::Either(a, self.ty_of(*b))
            }
            Type::OneOf(members) => {
                let list = self.eval.list(*members);
                let mut all = list.open.then(|| self.out.ty(Ty::Unknown));
                for it in list.items.iter().rev() {
                    let ty = self.ty_of(*it);
                    all = Some(match all {
                        None => ty,
                        Some(rest) => self.out.ty(Ty::Either(ty, rest)),
                    });
                }
                all.map_or(Ty::Unknown, |id| self.out.type_at(id))
            }
            Type::Coerced(from, to) => {
                let from = self.ty_of(*from);
                Ty::Coerced(from, self.ty_of(*to))
            }
            Type::Sub(modules) => {
                let node = self.out.node();
                self.submodules.insert(*modules, node);
                let value = self.eval.force(*modules);
                let file = self.out.file("");
                self.submodule(value, node, file);
                Ty::Sub(node)
            }
            Type::OptionSet => match self.beside.last().copied().flatten() {
                Some(options) => {
                    if let Some(node) = self.submodules.get(&options) {
                        return Ty::Sub(*node);
                    }
                    let node = self.out.node();
                    self.submodules.insert(options, node);
                    // `options` is a module's options, a function to them, or a list of these.
                    let file = self.out.file("");
                    self.option_set(options, node, file, 0);
                    Ty::Sub(node)
                }
                None => Ty::Unknown,
            },
            Type::Tag(tags) => {
                let node = self.out.node();
                let value = self.eval.force(*tags);
                let file = self.out.file("");
                self.options(node, node, value, Pos::default(), file);
                Ty::Tag(node)
            }
            Type::Fun(to) => Ty::Fun(self.ty_of(*to)),
            Type::Checked(inner) => Ty::Checked(self.ty_of(*inner)),
            Type::Changed(inner) => {
                let inner = self.ty_of(*inner);
                let opaque = self.out.ty(Ty::Opaque("custom type".into()));
                Ty::Either(inner, opaque)
            }
            Type::Format(name) => Ty::Format((**name).into()),
            Type::Free(name) => Ty::Free((*name).into()),
            Type::Opaque(arguments) => self.opaque(*arguments),
        }
    }

    fn submodule(&mut self, value: Value, node: NodeId, file: FileId) {
        // The type may hold this submodule's own `options` attribute beside another type.
        let beside = std::mem::take(&mut self.beside);
        let doubt = self.doubt.take();
        self.modules(vec![(value, file)], node);
        self.beside = beside;
        self.doubt = doubt;
    }

    fn option_set(&mut self, options: Thunk, node: NodeId, file: FileId, level: u32) {
        match self.eval.force(options) {
            Value::List(list) if level < 4 => {
                if list.open {
                    self.out.open(node, "options of a computed list", None);
                }
                for it in &list.items {
                    self.option_set(*it, node, file, level + 1);
                }
            }
            function @ Value::Lambda(..) => {
                let module = self.eval.apply(function, self.arguments);
                // The function gives a module.
                self.submodule(module, node, file);
            }
            Value::Attrs(set) => {
                let module = match set.get(self.eval.known.options) {
                    Some(inner) if self.is_plain(inner.value) => Value::Attrs(set),
                    _ => self.eval.attrs(vec![("options", Value::Attrs(set))], false),
                };
                self.submodule(module, node, file);
            }
            value => self.submodule(value, node, file),
        }
    }

    /// Whether a value is a set that is no option.
    fn is_plain(&mut self, thunk: Thunk) -> bool {
        match self.eval.force(thunk) {
            Value::Attrs(set) => set.get(self.eval.known.typ).is_none(),
            _ => false,
        }
    }

    /// A type of one's own: what is below it may be known from another type that it passes on.
    fn opaque(&mut self, arguments: Thunk) -> Ty {
        let set = self.eval.known_set(arguments);
        let name = match set.get(self.eval.known.name) {
            Some(name) => self.eval.known_str(name.value),
            None => None,
        };
        let opaque = Ty::Opaque(name.as_deref().unwrap_or("custom type").into());
        let key = self.eval.name("getSubOptions");
        let Some(function) = set.get(key) else {
            return opaque;
        };
        let function = self.eval.force(function.value);
        let prefix = self.eval.done(Value::list(Vec::new()));
        let sub = self.eval.apply(function, prefix);
        let Value::Attrs(sub) = &sub else {
            return opaque;
        };
        if self.tag(sub).as_deref() != Some("sub options") {
            return opaque;
        }
        let (of, prefix) = (self.eval.name("of"), self.eval.name("prefix"));
        let (Some(of), Some(prefix)) = (sub.get(of), sub.get(prefix)) else {
            return opaque;
        };
        let Some(prefix) = prim::segments(self.eval, prefix.value) else {
            return opaque;
        };
        let mut ty = self.ty_of(of.value);
        for segment in prefix.iter().rev() {
            ty = match segment.as_deref() {
                Some("*") => self.out.ty(Ty::List(ty, false)),
                _ => self.out.ty(Ty::Attrs(ty)),
            };
        }
        let opaque = self.out.ty(opaque);
        Ty::Either(ty, opaque)
    }
}
