//! Module systems that a flake evaluates itself: flake-parts, `lib.evalModules`, submodules.
//!
//! Goal: what the modules say together, with `config` and `_module.args` passed back to them, defaults of options, and
//! submodules, so that `flake.nixosConfigurations = mapAttrs … config.configurations` is followed. Limits: definitions are
//! merged by their shape, not by the type of the option; modules of inputs add nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::library::{entry, lib, with_entry};
use super::{Entry, Eval, Function, Hole, Set, Thunk, Value, When, guard, update};
use crate::known::Why;
use crate::{FileId, Span};

/// How many modules one system may have.
const MODULES: u32 = 4000;
/// How deeply options nest.
const OPTIONS: u32 = 16;

/// What the modules of a system say together.
#[derive(Debug)]
pub(super) struct System<'r> {
    /// The configuration: a set.
    pub(super) config: Value<'r>,
    /// Why modules may be missing.
    pub(super) open: Vec<Why>,
    /// The files that are modules.
    pub(super) files: BTreeMap<FileId, Option<When>>,
    /// Modules of inputs, as `input.path`.
    pub(super) foreign: Vec<(String, Span)>,
}

impl<'r> Eval<'r> {
    /// An empty hole, which is emptied again when the evaluator goes.
    pub(super) fn hole(&self, at: Span) -> Hole<'r> {
        let hole = Hole::new(at);
        self.holes.borrow_mut().push(hole.clone());
        hole
    }

    /// Evaluates modules together. `given` are further arguments of all of them; `key` is the attribute that lists more.
    pub(super) fn system(
        &self,
        modules: Vec<Thunk<'r>>,
        given: &Set<'r>,
        key: &str,
        at: Span,
    ) -> System<'r> {
        let (config, own) = (self.hole(at), self.hole(at));
        let mut arguments = Set {
            entries: given.entries.clone(),
            open: vec![Why::Unsaid],
            rest: given.rest.clone(),
            at: None,
        };
        arguments.rest.push(Value::Hole(own.clone()));
        for (name, value) in [
            ("config", Value::Hole(config.clone())),
            ("options", Value::Unknown(Why::Unsaid)),
            ("lib", lib()),
        ] {
            arguments
                .entries
                .entry(name.into())
                .or_insert_with(|| entry(value));
        }
        let arguments = Thunk::Done(Value::Set(Rc::new(arguments)));

        let mut system = System {
            config: Value::Set(Rc::default()),
            open: Vec::new(),
            files: BTreeMap::new(),
            foreign: Vec::new(),
        };
        let mut options = Value::Set(Rc::default());
        let mut queue: Vec<(Thunk<'r>, Option<When>)> =
            modules.into_iter().rev().map(|it| (it, None)).collect();
        let mut seen = BTreeSet::new();
        let mut steps = 0;
        while let Some((module, when)) = queue.pop() {
            steps += 1;
            if steps > MODULES {
                system.open.push(Why::TooDeep);
                break;
            }
            let mut value = self.force(&module);
            if let Some(crate::imports::Target::Repo(path)) = self.as_path(&value) {
                let Some(file) = self.repo.file_at(&path) else {
                    continue;
                };
                if file.kind != crate::Kind::Nix || !seen.insert(file.id) {
                    continue;
                }
                system.files.insert(file.id, when);
                value = self.file(file);
            }
            match &value {
                Value::List(list) => {
                    // The last is taken first: keep the order of the text.
                    for item in list.items.iter().rev() {
                        queue.push((item.value.clone(), item.when.or(when)));
                    }
                    system.open.extend(list.open.iter().cloned());
                    continue;
                }
                Value::Choice(values) => {
                    for value in values.iter().rev() {
                        let when = when.or(Some(When::If(at)));
                        queue.push((Thunk::Done(value.clone()), when));
                    }
                    continue;
                }
                Value::Lambda(_) | Value::Function(..) => {
                    value = self.apply(value, arguments.clone(), at);
                }
                Value::Set(set) if set.entries.contains_key("__functor") => {
                    value = self.apply(value, arguments.clone(), at);
                }
                _ => {}
            }
            let set = match value {
                Value::Set(set) => set,
                Value::Foreign(it) => {
                    let names = std::iter::once(&it.input).chain(&it.path);
                    let name = names.map(|it| &**it).collect::<Vec<_>>().join(".");
                    system.foreign.push((name, at));
                    continue;
                }
                Value::Unknown(Why::Foreign(at, name)) => {
                    system.foreign.push((name.to_string(), at));
                    continue;
                }
                Value::Unknown(why) => {
                    system.open.push(why);
                    continue;
                }
                _ => continue,
            };
            if let Some(imports) = set.entries.get(key) {
                let inner = self.force(&imports.value);
                queue.push((Thunk::Done(inner), imports.when.or(when)));
            }
            let explicit =
                set.entries.contains_key("config") || set.entries.contains_key("options");
            if let Some(it) = set.entries.get("options") {
                options = self.merge(options, self.force(&it.value));
            }
            let part = if explicit {
                match set.entries.get("config") {
                    Some(it) => self.force(&it.value),
                    None => continue,
                }
            } else {
                let mut own = Set {
                    entries: set.entries.clone(),
                    open: set.open.clone(),
                    rest: Vec::new(),
                    at: set.at,
                };
                for name in [key, "_class", "_file", "key", "disabledModules"] {
                    own.entries.remove(name);
                }
                Value::Set(Rc::new(own))
            };
            if let Value::Set(part) = &part {
                system.open.extend(part.open.iter().cloned());
            }
            let part = match when {
                Some(when) => guard(part, when),
                None => part,
            };
            if let Value::Set(_) = part {
                system.config = self.merge(system.config, part);
            }
        }

        if let Some(Value::Set(module)) = self.select(&system.config, "_module")
            && let Some(given) = module.entries.get("args")
        {
            own.fill(self.force(&given.value));
        } else {
            own.fill(Value::Set(Rc::default()));
        }
        // Options that nothing here declares are those of inputs: unknown, not absent.
        let open = |value: Value<'r>| {
            let unsaid = Value::Set(Rc::new(Set {
                open: vec![Why::Unsaid],
                ..Set::default()
            }));
            update(unsaid, value, at)
        };
        config.fill(open(system.config.clone()));
        let whole = self.declared(system.config.clone(), &options, at, 0);
        config.fill(open(whole.clone()));
        system.config = whole;
        system
    }

    /// The configuration with the defaults of the options that are declared, and with submodules.
    fn declared(&self, config: Value<'r>, options: &Value<'r>, at: Span, depth: u32) -> Value<'r> {
        let (Value::Set(options), true) = (options, depth < OPTIONS && self.step()) else {
            return config;
        };
        let Value::Set(set) = &config else {
            return config;
        };
        let mut entries = set.entries.clone();
        for (name, declared) in &options.entries {
            let option = self.force(&declared.value);
            let Value::Set(inner) = &option else { continue };
            let is_option = inner
                .entries
                .get("_type")
                .is_some_and(|it| self.equal(&self.force(&it.value), &Value::Str("option".into())));
            if !is_option {
                let below = match entries.get(name) {
                    Some(it) => it.clone(),
                    None => entry(Value::Set(Rc::default())),
                };
                let value = self.declared(self.force(&below.value), &option, at, depth + 1);
                let empty = matches!(&value, Value::Set(it) if it.entries.is_empty());
                if !empty || entries.contains_key(name) {
                    let value = Thunk::Done(value);
                    entries.insert(name.clone(), Entry { value, ..below });
                }
                continue;
            }
            if !entries.contains_key(name)
                && let Some(default) = inner.entries.get("default")
            {
                let default = Entry {
                    at: declared.at,
                    ..default.clone()
                };
                entries.insert(name.clone(), default);
            }
            let kind = match inner.entries.get("type") {
                Some(it) => self.force(&it.value),
                None => continue,
            };
            if let Some(it) = entries.get(name).cloned()
                && let Some(value) = self.typed(&kind, &it.value, name, at, 0)
            {
                entries.insert(name.clone(), Entry { value, ..it });
            }
        }
        Value::Set(Rc::new(Set {
            entries,
            open: set.open.clone(),
            rest: set.rest.clone(),
            at: set.at,
        }))
    }

    /// A value as a type of options makes it: only submodules change it.
    fn typed(
        &self,
        kind: &Value<'r>,
        value: &Thunk<'r>,
        name: &str,
        at: Span,
        depth: u32,
    ) -> Option<Thunk<'r>> {
        let Value::Set(kind) = kind else { return None };
        if depth > 4 {
            return None;
        }
        if let Some(module) = kind.entries.get("submodule") {
            let call = Value::Function(Function::SubmoduleValue, Rc::default(), at);
            let name = Thunk::Done(Value::Str(name.into()));
            let given = vec![module.value.clone(), value.clone(), name];
            return Some(Thunk::Call(Rc::new((call, given))));
        }
        let of = self.force(&kind.entries.get("attrsOf")?.value);
        let Value::Set(all) = self.force(value) else {
            return None;
        };
        let mut entries = BTreeMap::new();
        for (name, it) in &all.entries {
            let value = self.typed(&of, &it.value, name, at, depth + 1)?;
            entries.insert(
                name.clone(),
                Entry {
                    value,
                    ..it.clone()
                },
            );
        }
        Some(Thunk::Done(Value::Set(Rc::new(Set {
            entries,
            open: all.open.clone(),
            rest: all.rest.clone(),
            at: all.at,
        }))))
    }

    /// The value of an option whose type is a submodule.
    pub(super) fn submodule(&self, arguments: &[Thunk<'r>], at: Span) -> Value<'r> {
        let mut modules = match self.force(&arguments[0]) {
            // `submoduleWith { modules = [ … ]; }`
            Value::Set(set)
                if set.entries.contains_key("modules") && !set.entries.contains_key("options") =>
            {
                vec![set.entries["modules"].value.clone()]
            }
            value => vec![Thunk::Done(value)],
        };
        modules.push(arguments[1].clone());
        let mut given = Set::default();
        let name = Entry {
            value: arguments[2].clone(),
            at: None,
            when: None,
        };
        given.entries.insert("name".into(), name);
        let system = self.system(modules, &given, "imports", at);
        match system.config {
            Value::Set(set) => {
                let mut set = Set {
                    entries: set.entries.clone(),
                    open: set.open.clone(),
                    rest: set.rest.clone(),
                    at: set.at,
                };
                set.open.extend(system.open);
                Value::Set(Rc::new(set))
            }
            other => other,
        }
    }

    /// `lib.evalModules { modules = …; specialArgs = …; }`
    pub(super) fn eval_modules(&self, argument: &Thunk<'r>, at: Span) -> Value<'r> {
        let argument = self.force(argument);
        let Some(modules) = self.select(&argument, "modules") else {
            return Value::Unknown(Why::Computed(at));
        };
        let given = match self.select(&argument, "specialArgs") {
            Some(Value::Set(set)) => set,
            _ => Rc::default(),
        };
        let system = self.system(vec![Thunk::Done(modules)], &given, "imports", at);
        let open = Set {
            open: system.open,
            ..Set::default()
        };
        let config = update(Value::Set(Rc::new(open)), system.config, at);
        let mut whole = Set {
            open: vec![Why::Computed(at)],
            ..Set::default()
        };
        whole.entries.insert("config".into(), entry(config));
        Value::Set(Rc::new(whole))
    }

    /// `mkFlake { inherit inputs; } module`: what its modules say under `flake`.
    pub(super) fn flake_parts(&self, arguments: &[Thunk<'r>], at: Span) -> Value<'r> {
        let given = self.force(&arguments[0]);
        let inputs = self.select(&given, "inputs");
        let flake = match inputs {
            Some(Value::Inputs(flake)) => flake,
            // Inputs with something added, or by another name.
            _ => match self.repo.flake_of(&self.repo.file(at.file).path) {
                Some(flake) => flake.id,
                None => return Value::Unknown(Why::Loader(at, "mkFlake".into())),
            },
        };
        let mut special = match self.module_arguments(flake, None, at) {
            Value::Set(set) => Set {
                entries: set.entries.clone(),
                open: Vec::new(),
                rest: set.rest.clone(),
                at: None,
            },
            _ => Set::default(),
        };
        special.entries.remove("config");
        if let Some(Value::Set(more)) = self.select(&given, "specialArgs") {
            special.entries.extend(
                more.entries
                    .iter()
                    .map(|(name, it)| (name.clone(), it.clone())),
            );
        }
        let system = self.system(vec![arguments[1].clone()], &special, "imports", at);
        self.parts
            .borrow_mut()
            .extend(system.files.iter().map(|(file, when)| (*file, *when)));
        let config = &system.config;
        let mut flake_value = match self.select(config, "flake") {
            Some(value @ Value::Set(_)) => value,
            _ => Value::Set(Rc::default()),
        };
        let made = self.made_by_parts(flake, &system, at);
        if let Value::Set(_) = &made {
            flake_value = self.merge(made, flake_value);
        }
        // What modules for each system make is not followed.
        for name in [
            "packages",
            "checks",
            "apps",
            "devShells",
            "legacyPackages",
            "formatter",
        ] {
            let open = Value::Set(Rc::new(Set {
                open: vec![Why::Computed(at)],
                ..Set::default()
            }));
            flake_value = with_entry(flake_value, name, open);
        }
        match flake_value {
            Value::Set(set) => {
                let mut whole = Set {
                    entries: set.entries.clone(),
                    open: set.open.clone(),
                    rest: set.rest.clone(),
                    at: Some(at),
                };
                whole.open.extend(system.open);
                Value::Set(Rc::new(whole))
            }
            other => other,
        }
    }
}
