//! What frameworks make of the folders and settings of a repository: snowfall, blueprint, clan, easy-hosts, den, unify,
//! nixos-unified, flakelight, ez-configs, flake-utils-plus, haumea, import-tree.
//!
//! Goal: the hosts that they build, by name and class, with the modules that the repository gives them, as the outputs
//! that the framework would add. Limits: what a framework adds on its own is not known, so that a host behind one is
//! never complete; a host that is found by the name of a folder is there only *perhaps*.

use std::rc::Rc;

use super::library::{entry, with_entry};
use super::parts::System;
use super::{
    Builder, Entry, Eval, Function, HostCall, Item, List, Set, Thunk, Value, When, foreign, update,
};
use crate::imports::Target;
use crate::known::Why;
use crate::{FileId, RepoPath, Span};

/// The outputs of a flake under construction.
#[derive(Default)]
struct Outputs<'r> {
    set: Set<'r>,
}

/// A tree of files that is imported as a whole: `import-tree.filter f ./modules`.
#[derive(Debug)]
pub struct Tree<'r> {
    /// What a path must satisfy (`true`) or must not.
    filters: Vec<(bool, Thunk<'r>)>,
    /// Folders that were added.
    paths: Vec<Thunk<'r>>,
}

impl<'r> Outputs<'r> {
    fn put(&mut self, output: &str, name: &str, it: Entry<'r>) {
        let mut inner = match self.set.entries.remove(output) {
            Some(Entry {
                value: Thunk::Done(Value::Set(inner)),
                ..
            }) => inner,
            _ => Rc::default(),
        };
        if let Some(inner) = Rc::get_mut(&mut inner) {
            inner.entries.entry(name.into()).or_insert(it);
        }
        self.set
            .entries
            .insert(output.into(), entry(Value::Set(inner)));
    }

    fn value(mut self, why: Option<Why>) -> Value<'r> {
        self.set.open.extend(why);
        Value::Set(Rc::new(self.set))
    }
}

/// A host of easy-hosts: name, class, folder, its own settings, condition, place.
type EasyHost<'r> = (
    String,
    String,
    Option<RepoPath>,
    Value<'r>,
    Option<When>,
    Span,
);

/// Where the hosts of a builder stand in the outputs.
fn output_of(builder: Builder) -> &'static str {
    match builder {
        Builder::Nixos => "nixosConfigurations",
        Builder::Darwin => "darwinConfigurations",
        Builder::Home => "homeConfigurations",
        Builder::Droid => "nixOnDroidConfigurations",
    }
}

/// The name of a module or host, when a name in a folder is one: `a.nix`, or a folder `a`.
fn stem(name: &str, folder: bool) -> Option<&str> {
    if folder {
        Some(name)
    } else {
        name.strip_suffix(".nix").filter(|it| *it != "default")
    }
}

fn join(folder: &RepoPath, name: &str) -> RepoPath {
    folder.join(name).unwrap_or_else(|| folder.clone())
}

fn path_value<'r>(path: RepoPath) -> Value<'r> {
    Value::Path(Target::Repo(path))
}

fn sure<'r>(value: Value<'r>) -> Item<'r> {
    Item {
        value: Thunk::Done(value),
        when: None,
    }
}

fn list<'r>(items: Vec<Item<'r>>, open: Vec<Why>) -> Value<'r> {
    Value::List(Rc::new(List { items, open }))
}

fn set_of<'r, const N: usize>(entries: [(&str, Value<'r>); N]) -> Value<'r> {
    let mut set = Set::default();
    for (name, value) in entries {
        set.entries.insert(name.into(), entry(value));
    }
    Value::Set(Rc::new(set))
}

impl<'r> Eval<'r> {
    /// The value of a call of a framework.
    pub(super) fn framework(
        &self,
        function: Function,
        arguments: &[Thunk<'r>],
        at: Span,
    ) -> Value<'r> {
        use Function as F;
        match function {
            F::SubmoduleValue => self.submodule(arguments, at),
            F::WithInputs => match self.repo.flake_of(&self.repo.file(at.file).path) {
                Some(flake) => {
                    let outputs = self.force(&arguments[2]);
                    let inputs = Thunk::Done(Value::Inputs(flake.id));
                    self.apply(outputs, inputs, at)
                }
                None => Value::Unknown(Why::Foreign(at, "with-inputs".into())),
            },
            F::TreeFilter => self.tree_with(arguments),
            F::Haumea => self.haumea(&arguments[0], at),
            F::Blueprint => self.blueprint(&arguments[0], at),
            F::SnowfallLib => {
                let flake =
                    Value::Function(F::SnowfallLibFlake, Rc::new(vec![arguments[0].clone()]), at);
                let set = update(
                    foreign("nixpkgs", &["lib"]),
                    set_of([("mkFlake", flake)]),
                    at,
                );
                with_entry(set, "snowfall", Value::Unknown(Why::Computed(at)))
            }
            F::SnowfallFlake => self.snowfall(self.force(&arguments[0]), at),
            F::SnowfallLibFlake => {
                let both = update(self.force(&arguments[0]), self.force(&arguments[1]), at);
                self.snowfall(both, at)
            }
            F::Clan => {
                let argument = self.force(&arguments[0]);
                let flake = self.flake_here(at);
                let outputs = match flake {
                    Some(flake) => self.clan(&argument, flake, at),
                    None => return Value::Unknown(Why::Loader(at, "clan".into())),
                };
                let config = with_entry(
                    outputs.clone(),
                    "clanInternals",
                    Value::Unknown(Why::Loader(at, "clan".into())),
                );
                with_entry(outputs, "config", config)
            }
            F::NixosUnified => {
                let argument = self.force(&arguments[0]);
                let root = self
                    .select(&argument, "root")
                    .and_then(|it| self.as_path(&it));
                let (Some(Target::Repo(root)), Some(flake)) = (root, self.flake_here(at)) else {
                    return Value::Unknown(Why::Loader(at, "nixos-unified".into()));
                };
                self.unified(&root, flake, at)
            }
            F::Flakelight => self.flakelight(arguments, at),
            F::AdiosFlake => {
                let argument = self.force(&arguments[0]);
                self.select(&argument, "flake")
                    .unwrap_or(Value::Set(Rc::default()))
            }
            F::FlakeUtilsPlus => self.utils_plus(&arguments[0], at),
            F::Nilla => self.nilla(&arguments[0], at),
            _ => Value::Unknown(Why::Computed(at)),
        }
    }

    fn flake_here(&self, at: Span) -> Option<FileId> {
        let flake = self.repo.flake_of(&self.repo.file(at.file).path)?;
        Some(flake.id)
    }

    /// Notes that a framework decides, and gives the reason.
    fn loaded(&self, at: Span, word: &str) -> Why {
        let why = Why::Loader(at, word.into());
        let mut loaders = self.loaders.borrow_mut();
        if !loaders.contains(&why) {
            loaders.push(why.clone());
        }
        why
    }

    /// A host as a framework builds it.
    fn made_host(
        &self,
        builder: Builder,
        modules: Value<'r>,
        special: Value<'r>,
        system: Option<&str>,
        at: Span,
        when: Option<When>,
    ) -> Entry<'r> {
        let special_name = match builder {
            Builder::Home => "extraSpecialArgs",
            _ => "specialArgs",
        };
        let mut arguments = set_of([("modules", modules), (special_name, special)]);
        if let Some(system) = system {
            arguments = with_entry(arguments, "system", Value::Str(system.into()));
        }
        let call = HostCall {
            builder,
            input: None,
            arguments: Thunk::Done(arguments),
            at,
        };
        Entry {
            value: Thunk::Done(Value::Host(Rc::new(call))),
            at: Some(at),
            when,
        }
    }

    /// The usual special arguments of a framework: `inputs`, `self`, `flake`, and the name of the host.
    fn usual(&self, flake: FileId, name: &str, at: Span) -> Value<'r> {
        let all = set_of([
            ("inputs", Value::Inputs(flake)),
            ("self", Value::Myself(flake)),
            ("flake", Value::Myself(flake)),
            ("hostName", Value::Str(name.into())),
        ]);
        let Value::Set(set) = all else { return all };
        Value::Set(Rc::new(Set {
            entries: set.entries.clone(),
            open: vec![Why::Computed(at)],
            ..Set::default()
        }))
    }

    /// The names in a folder of the repository.
    fn names(&self, folder: &RepoPath) -> Vec<(String, bool)> {
        self.repo.names_in(folder)
    }

    fn is_file(&self, path: &RepoPath) -> bool {
        self.repo.find(path).is_some()
    }

    /// The folders below one that have a `default.nix`.
    fn default_folders(&self, folder: &RepoPath) -> Vec<RepoPath> {
        self.repo
            .files_below(folder)
            .filter(|path| path.file_name() == "default.nix")
            .map(RepoPath::parent)
            .collect()
    }

    /// The entries of a set, if the value is one.
    fn entries(&self, value: Option<Value<'r>>) -> Vec<(String, Entry<'r>)> {
        match value {
            Some(Value::Set(set)) => set
                .entries
                .iter()
                .map(|(name, it)| (name.to_string(), it.clone()))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn get(&self, value: &Value<'r>, path: &[&str]) -> Option<Value<'r>> {
        let mut value = value.clone();
        for name in path {
            value = self.select(&value, name)?;
        }
        match value {
            Value::Unknown(_) => None,
            value => Some(value),
        }
    }

    fn path_of(&self, value: &Value<'r>, path: &[&str]) -> Option<RepoPath> {
        match self.as_path(&self.get(value, path)?)? {
            Target::Repo(path) => Some(path),
            _ => None,
        }
    }

    /// snowfall: `systems/<system>/<host>`, `homes/<system>/<user@host>`, `modules/{nixos,darwin,home}/**`.
    fn snowfall(&self, argument: Value<'r>, at: Span) -> Value<'r> {
        let why = self.loaded(at, "snowfall");
        let root = self
            .path_of(&argument, &["snowfall", "root"])
            .or_else(|| self.path_of(&argument, &["src"]));
        let (Some(root), Some(flake)) = (root, self.flake_here(at)) else {
            return Value::Unknown(why);
        };
        let when = Some(When::Scanned(at));
        let mut outputs = Outputs::default();
        let scanned = |path: RepoPath| Item {
            value: Thunk::Done(path_value(path)),
            when: None,
        };
        let modules_of = |kind: &str| -> Vec<Item<'r>> {
            let folder = join(&join(&root, "modules"), kind);
            let folders = self.default_folders(&folder);
            folders.into_iter().map(scanned).collect()
        };
        let homes_root = join(&root, "homes");
        let mut homes: Vec<(String, Option<String>, RepoPath)> = Vec::new();
        for (target, folder) in self.names(&homes_root) {
            let target_folder = join(&homes_root, &target);
            for (name, is_folder) in self.names(&target_folder) {
                let path = join(&target_folder, &name);
                if !folder || !is_folder || !self.is_file(&join(&path, "default.nix")) {
                    continue;
                }
                let mut items = vec![sure(path_value(path.clone()))];
                items.extend(modules_of("home"));
                items.extend(self.get(&argument, &["homes", "modules"]).map(sure));
                let own = ["homes", "users", &name, "modules"];
                items.extend(self.get(&argument, &own).map(sure));
                let special = self.usual(flake, &name, at);
                let modules = list(items, vec![why.clone()]);
                let host = self.made_host(Builder::Home, modules, special, None, at, when);
                outputs.put("homeConfigurations", &name, host);
                let (user, on) = match name.split_once('@') {
                    Some((user, on)) => (user.to_owned(), Some(on.to_owned())),
                    None => (name.clone(), None),
                };
                homes.push((user, on, path));
            }
        }
        let systems = join(&root, "systems");
        for (target, folder) in self.names(&systems) {
            let builder = if target.ends_with("darwin") {
                Builder::Darwin
            } else {
                Builder::Nixos
            };
            let kind = if builder == Builder::Darwin {
                "darwin"
            } else {
                "nixos"
            };
            let target_folder = join(&systems, &target);
            for (name, is_folder) in self.names(&target_folder) {
                let path = join(&target_folder, &name);
                if !folder || !is_folder || !self.is_file(&join(&path, "default.nix")) {
                    continue;
                }
                let mut items = vec![sure(path_value(path))];
                items.extend(modules_of(kind));
                items.extend(self.get(&argument, &["systems", "modules", kind]).map(sure));
                let own = ["systems", "hosts", &name, "modules"];
                items.extend(self.get(&argument, &own).map(sure));
                for (user, on, home) in &homes {
                    if on.as_ref().is_some_and(|on| *on != name) {
                        continue;
                    }
                    let mut of_user = vec![sure(path_value(home.clone()))];
                    of_user.extend(modules_of("home"));
                    let user = set_of([(user.as_str(), list(of_user, vec![why.clone()]))]);
                    let module = set_of([("home-manager", set_of([("users", user)]))]);
                    items.push(sure(module));
                }
                let mut special = self.usual(flake, &name, at);
                let own = ["systems", "hosts", &name, "specialArgs"];
                if let Some(more) = self.get(&argument, &own) {
                    special = update(special, more, at);
                }
                let system = target
                    .ends_with("linux")
                    .then_some(&*target)
                    .or(target.ends_with("darwin").then_some(&*target));
                let modules = list(items, vec![why.clone()]);
                let host = self.made_host(builder, modules, special, system, at, when);
                outputs.put(output_of(builder), &name, host);
            }
        }
        for (kind, output) in [
            ("nixos", "nixosModules"),
            ("darwin", "darwinModules"),
            ("home", "homeModules"),
        ] {
            let folder = join(&join(&root, "modules"), kind);
            for path in self.default_folders(&folder) {
                let depth = folder.components().count();
                let name = path.components().skip(depth).collect::<Vec<_>>().join("/");
                outputs.put(output, &name, entry(path_value(path)));
            }
        }
        outputs.value(Some(why))
    }

    /// blueprint: `hosts/<h>/{configuration,darwin-configuration}.nix`, `hosts/<h>/users/*`, `modules/**`.
    fn blueprint(&self, argument: &Thunk<'r>, at: Span) -> Value<'r> {
        let why = self.loaded(at, "blueprint");
        let argument = self.force(argument);
        let Some(flake) = self.flake_here(at) else {
            return Value::Unknown(why);
        };
        let top = self.repo.file(flake).path.parent();
        let root = match self.get(&argument, &["prefix"]) {
            Some(Value::Str(prefix)) => top.join(&prefix).unwrap_or(top),
            Some(other) => match self.as_path(&other) {
                Some(Target::Repo(path)) => path,
                _ => return Value::Unknown(why),
            },
            None => top,
        };
        let when = Some(When::Scanned(at));
        let mut outputs = Outputs::default();
        let hosts = join(&root, "hosts");
        for (name, folder) in self.names(&hosts) {
            if !folder {
                continue;
            }
            let own = join(&hosts, &name);
            let special = self.usual(flake, &name, at);
            let mut found = Vec::new();
            for (file, builder) in [
                ("configuration.nix", Builder::Nixos),
                ("darwin-configuration.nix", Builder::Darwin),
            ] {
                let path = join(&own, file);
                if self.is_file(&path) {
                    found.push((builder, path_value(path)));
                }
            }
            let escape = join(&own, "default.nix");
            if found.is_empty()
                && let Some(file) = self.repo.find(&escape)
            {
                // The way around: `{ flake, inputs, ... }: { class = "nixos"; value = nixosSystem { … }; }`.
                let made = self.file(file);
                let made = match made {
                    Value::Lambda(_) => self.apply(made, Thunk::Done(special.clone()), at),
                    other => other,
                };
                let builder = match self.get(&made, &["class"]) {
                    Some(Value::Str(class)) if class.contains("darwin") => Builder::Darwin,
                    _ => Builder::Nixos,
                };
                if let Some(value) = self.get(&made, &["value"]) {
                    let it = Entry {
                        value: Thunk::Done(value),
                        at: Some(at),
                        when,
                    };
                    outputs.put(output_of(builder), &name, it);
                }
            }
            let users = join(&own, "users");
            let mut homes = Vec::new();
            for (user, is_folder) in self.names(&users) {
                let Some(user_name) = stem(&user, is_folder) else {
                    continue;
                };
                let mut path = join(&users, &user);
                if is_folder {
                    path = join(&path, "home-configuration.nix");
                }
                if !self.is_file(&path) {
                    continue;
                }
                let module = path_value(path);
                let modules = list(vec![sure(module.clone())], vec![why.clone()]);
                let host = self.made_host(Builder::Home, modules, special.clone(), None, at, when);
                outputs.put("homeConfigurations", &format!("{user_name}@{name}"), host);
                let users = set_of([(user_name, module)]);
                homes.push(sure(set_of([("home-manager", set_of([("users", users)]))])));
            }
            for (builder, module) in found {
                let mut items = vec![sure(module)];
                items.extend(homes.iter().cloned());
                let modules = list(items, vec![why.clone()]);
                let host = self.made_host(builder, modules, special.clone(), None, at, when);
                outputs.put(output_of(builder), &name, host);
            }
        }
        self.modules_by_folder(
            &mut outputs,
            &join(&root, "modules"),
            &[
                ("nixos", "nixosModules"),
                ("darwin", "darwinModules"),
                ("home", "homeModules"),
            ],
        );
        outputs.value(Some(why))
    }

    /// `modules/nixos/a.nix` as `nixosModules.a`.
    fn modules_by_folder(
        &self,
        outputs: &mut Outputs<'r>,
        root: &RepoPath,
        kinds: &[(&str, &str)],
    ) {
        for (kind, output) in kinds {
            let folder = join(root, kind);
            for (name, is_folder) in self.names(&folder) {
                let path = join(&folder, &name);
                let there = !is_folder || self.is_file(&join(&path, "default.nix"));
                let name = match name.as_str() {
                    "default.nix" => Some("default"),
                    other => stem(other, is_folder),
                };
                if let (Some(name), true) = (name, there) {
                    outputs.put(output, name, entry(path_value(path)));
                }
            }
        }
    }

    /// clan: `machines/<h>/configuration.nix`, `machines.h`, `inventory.machines.h`.
    fn clan(&self, argument: &Value<'r>, flake: FileId, at: Span) -> Value<'r> {
        let why = self.loaded(at, "clan");
        let given = match self.usual(flake, "", at) {
            Value::Set(set) => set,
            _ => Rc::default(),
        };
        let roots = vec![Thunk::Done(argument.clone())];
        let system = self.system(roots, &given, "imports", at);
        let config = &system.config;
        let root = self
            .path_of(config, &["directory"])
            .or_else(|| self.path_of(config, &["self"]))
            .unwrap_or_else(|| self.repo.file(flake).path.parent());
        let folder = join(&root, "machines");
        let mut machines: std::collections::BTreeMap<String, (Option<When>, Span)> =
            std::collections::BTreeMap::new();
        for (name, is_folder) in self.names(&folder) {
            if is_folder {
                machines.insert(name, (Some(When::Scanned(at)), at));
            }
        }
        let own = self.entries(self.get(config, &["machines"]));
        let listed = self.entries(self.get(config, &["inventory", "machines"]));
        for (name, it) in own.iter().chain(&listed) {
            machines.insert(name.clone(), (it.when, it.at.unwrap_or(at)));
        }
        let special = update(
            Value::Set(given.clone()),
            self.get(config, &["specialArgs"])
                .unwrap_or(Value::Set(Rc::default())),
            at,
        );
        let mut outputs = Outputs::default();
        for (name, (when, place)) in machines {
            let kind = self.get(config, &["inventory", "machines", &name, "machineClass"]);
            let builder = match kind {
                Some(Value::Str(kind)) if &*kind == "darwin" => Builder::Darwin,
                _ => Builder::Nixos,
            };
            let mut items = Vec::new();
            for file in [
                "configuration.nix",
                "hardware-configuration.nix",
                "disko.nix",
                "default.nix",
            ] {
                let path = join(&join(&folder, &name), file);
                // `default.nix` is not taken by clan itself, but by machines that list the folder.
                if file != "default.nix" && self.is_file(&path) {
                    items.push(sure(path_value(path)));
                }
            }
            if let Some((_, it)) = own.iter().find(|it| it.0 == name) {
                items.push(Item {
                    value: it.value.clone(),
                    when: None,
                });
            }
            let modules = list(items, vec![why.clone()]);
            let mut host = self.made_host(builder, modules, special.clone(), None, place, when);
            host.at = Some(place);
            outputs.put(output_of(builder), &name, host);
        }
        let mut open = system.open;
        open.push(why);
        for why in open {
            outputs.set.open.push(why);
        }
        outputs.value(None)
    }

    /// nixos-unified: `configurations/{nixos,darwin,home}/*`, `modules/{nixos,darwin,home}/*`.
    fn unified(&self, root: &RepoPath, flake: FileId, at: Span) -> Value<'r> {
        let why = self.loaded(at, "nixos-unified");
        let when = Some(When::Scanned(at));
        let mut outputs = Outputs::default();
        let special = set_of([(
            "flake",
            Value::Set(Rc::new(Set {
                entries: [
                    ("inputs".into(), entry(Value::Inputs(flake))),
                    ("self".into(), entry(Value::Myself(flake))),
                ]
                .into(),
                open: vec![Why::Computed(at)],
                ..Set::default()
            })),
        )]);
        let configurations = join(root, "configurations");
        for (kind, builder) in [
            ("nixos", Builder::Nixos),
            ("darwin", Builder::Darwin),
            ("home", Builder::Home),
        ] {
            self.folder_of_hosts(
                &mut outputs,
                &join(&configurations, kind),
                builder,
                &special,
                when,
                &why,
                at,
            );
        }
        let modules = join(root, "modules");
        self.modules_by_folder(
            &mut outputs,
            &modules,
            &[
                ("nixos", "nixosModules"),
                ("darwin", "darwinModules"),
                ("home", "homeModules"),
                ("flake", "flakeModules"),
                ("flake-parts", "flakeModules"),
            ],
        );
        outputs.value(Some(why))
    }

    /// Every file and folder of a folder as a host of its own.
    #[allow(clippy::too_many_arguments)]
    fn folder_of_hosts(
        &self,
        outputs: &mut Outputs<'r>,
        folder: &RepoPath,
        builder: Builder,
        special: &Value<'r>,
        when: Option<When>,
        why: &Why,
        at: Span,
    ) {
        for (name, is_folder) in self.names(folder) {
            let path = join(folder, &name);
            let there = if is_folder {
                self.is_file(&join(&path, "default.nix"))
            } else {
                self.is_file(&path)
            };
            let Some(name) = stem(&name, is_folder).filter(|_| there) else {
                continue;
            };
            let modules = list(vec![sure(path_value(path))], vec![why.clone()]);
            let host = self.made_host(builder, modules, special.clone(), None, at, when);
            outputs.put(output_of(builder), name, host);
        }
    }

    /// flakelight: `nixosConfigurations.h = { system; modules; }`, and the folders below `nixDir`.
    fn flakelight(&self, arguments: &[Thunk<'r>], at: Span) -> Value<'r> {
        let why = self.loaded(at, "flakelight");
        let root = self.as_path(&self.force(&arguments[0]));
        let (Some(Target::Repo(root)), Some(flake)) = (root, self.flake_here(at)) else {
            return Value::Unknown(why);
        };
        let given = match self.usual(flake, "", at) {
            Value::Set(set) => set,
            _ => Rc::default(),
        };
        let system = self.system(vec![arguments[1].clone()], &given, "imports", at);
        let config = &system.config;
        let mut outputs = Outputs::default();
        let kinds = [
            (Builder::Nixos, ["nixosConfigurations", "nixos"]),
            (Builder::Darwin, ["darwinConfigurations", "darwin"]),
            (Builder::Home, ["homeConfigurations", "home"]),
        ];
        let mut as_host = |name: &str, it: Entry<'r>, builder: Builder| {
            let value = match self.force(&it.value) {
                Value::Set(set) => Value::Host(Rc::new(HostCall {
                    builder,
                    input: None,
                    arguments: Thunk::Done(Value::Set(set)),
                    at: it.at.unwrap_or(at),
                })),
                other => other,
            };
            let it = Entry {
                value: Thunk::Done(value),
                ..it
            };
            outputs.put(output_of(builder), name, it);
        };
        let folder = self
            .path_of(config, &["nixDir"])
            .unwrap_or_else(|| join(&root, "nix"));
        for (builder, names) in kinds {
            for (name, it) in self.entries(self.get(config, &[names[0]])) {
                as_host(&name, it, builder);
            }
            for sub in names {
                let sub = join(&folder, sub);
                for (name, is_folder) in self.names(&sub) {
                    let Some(host) = stem(&name, is_folder) else {
                        continue;
                    };
                    let Some(file) = self.repo.file_at(&join(&sub, &name)) else {
                        continue;
                    };
                    let mut value = self.file(file);
                    if let Value::Lambda(_) = value {
                        let given = Thunk::Done(Value::Set(given.clone()));
                        value = self.apply(value, given, at);
                    }
                    let it = Entry {
                        value: Thunk::Done(value),
                        at: Some(at),
                        when: Some(When::Scanned(at)),
                    };
                    as_host(host, it, builder);
                }
            }
        }
        if let Some(more) = self.get(config, &["outputs"]) {
            return update(outputs.value(Some(why)), more, at);
        }
        outputs.value(Some(why))
    }

    /// flake-utils-plus: `hosts.h.modules`, `hostDefaults.modules`.
    fn utils_plus(&self, argument: &Thunk<'r>, at: Span) -> Value<'r> {
        let why = self.loaded(at, "flake-utils-plus");
        let argument = self.force(argument);
        let common = self.get(&argument, &["hostDefaults", "modules"]);
        let mut outputs = Outputs::default();
        for (name, it) in self.entries(self.get(&argument, &["hosts"])) {
            let own = self.force(&it.value);
            let builder = match self.get(&own, &["output"]) {
                Some(Value::Str(output)) if output.starts_with("darwin") => Builder::Darwin,
                Some(Value::Str(output)) if output.starts_with("home") => Builder::Home,
                _ => Builder::Nixos,
            };
            let mut items: Vec<_> = common.clone().map(sure).into_iter().collect();
            items.extend(self.get(&own, &["modules"]).map(sure));
            let special = update(
                self.get(&argument, &["hostDefaults", "specialArgs"])
                    .unwrap_or(Value::Set(Rc::default())),
                self.get(&own, &["specialArgs"])
                    .unwrap_or(Value::Set(Rc::default())),
                at,
            );
            let modules = list(items, vec![why.clone()]);
            let mut host = self.made_host(builder, modules, special, None, at, it.when);
            host.at = it.at;
            outputs.put(output_of(builder), &name, host);
        }
        update(argument, outputs.value(Some(why)), at)
    }

    /// What frameworks that are modules of flake-parts make of the settings of all modules.
    pub(super) fn made_by_parts(&self, flake: FileId, system: &System<'r>, at: Span) -> Value<'r> {
        let config = &system.config;
        let mut made = Value::Null;
        let add = |made: &mut Value<'r>, more: Value<'r>| {
            *made = match std::mem::replace(made, Value::Null) {
                Value::Null => more,
                before => self.merge(before, more),
            };
        };
        if let Some(it) = self.get(config, &["easy-hosts"]) {
            add(&mut made, self.easy_hosts(&it, flake, at));
        }
        if let Some(it) = self.get(config, &["clan"]) {
            add(&mut made, self.clan(&it, flake, at));
        }
        if let Some(it) = self.get(config, &["den"]) {
            add(&mut made, self.den(&it, flake, at));
        }
        if let Some(it) = self.get(config, &["unify"]) {
            add(&mut made, self.unify(&it, flake, at));
        }
        if let Some(it) = self.get(config, &["lite-config"]) {
            add(&mut made, self.lite_config(it, flake, at));
        }
        if let Some(it) = self.get(config, &["ezConfigs"]) {
            add(&mut made, self.ez_configs(&it, flake, at));
        }
        let autowired = system.foreign.iter().any(|(name, _)| {
            let name = name.to_ascii_lowercase();
            name.contains("autowire")
                && (name.starts_with("nixos-unified") || name.starts_with("nixos-flake"))
        });
        if autowired {
            let root = self.repo.file(flake).path.parent();
            add(&mut made, self.unified(&root, flake, at));
        }
        made
    }

    /// easy-hosts: `hosts.h = { class; path; modules; }`, or the folders of `path`.
    fn easy_hosts(&self, config: &Value<'r>, flake: FileId, at: Span) -> Value<'r> {
        let why = self.loaded(at, "easy-hosts");
        let root = self.path_of(config, &["path"]);
        let mut outputs = Outputs::default();
        let mut hosts: Vec<EasyHost<'r>> = Vec::new();
        for (name, it) in self.entries(self.get(config, &["hosts"])) {
            let own = self.force(&it.value);
            let class = match self.get(&own, &["class"]) {
                Some(Value::Str(class)) => class.to_string(),
                _ => "nixos".to_owned(),
            };
            let path = self
                .path_of(&own, &["path"])
                .or_else(|| root.as_ref().map(|root| join(root, &name)));
            hosts.push((name, class, path, own, it.when, it.at.unwrap_or(at)));
        }
        if let (Some(Value::Bool(true)), Some(root)) = (self.get(config, &["autoConstruct"]), &root)
        {
            for (target, folder) in self.names(root) {
                let Some((_, class)) = target.rsplit_once('-').filter(|_| folder) else {
                    continue;
                };
                let own = join(root, &target);
                for (name, is_folder) in self.names(&own) {
                    let known = hosts.iter_mut().find(|it| it.0 == name);
                    match (known, is_folder) {
                        (Some(known), true) => {
                            known.1 = class.to_owned();
                            known.2 = Some(join(&own, &name));
                        }
                        (None, true) => hosts.push((
                            name.clone(),
                            class.to_owned(),
                            Some(join(&own, &name)),
                            Value::Set(Rc::default()),
                            Some(When::Scanned(at)),
                            at,
                        )),
                        _ => {}
                    }
                }
            }
        }
        for (name, class, path, own, when, place) in hosts {
            let builder = if class == "darwin" {
                Builder::Darwin
            } else {
                Builder::Nixos
            };
            let mut items = Vec::new();
            if let Some(path) = path
                && self.repo.file_at(&path).is_some()
            {
                items.push(sure(path_value(path)));
            }
            items.extend(self.get(&own, &["modules"]).map(sure));
            items.extend(self.get(config, &["shared", "modules"]).map(sure));
            if let Some(per) = self.get(config, &["perClass"]) {
                let class = Thunk::Done(Value::Str(class.as_str().into()));
                let made = self.apply(per, class, at);
                items.extend(self.get(&made, &["modules"]).map(sure));
            }
            if let (Some(per), Some(Value::List(tags))) =
                (self.get(config, &["perTag"]), self.get(&own, &["tags"]))
            {
                for tag in &tags.items {
                    let made = self.apply(per.clone(), tag.value.clone(), at);
                    items.extend(self.get(&made, &["modules"]).map(sure));
                }
            }
            let special = [
                self.get(config, &["shared", "specialArgs"]),
                self.get(&own, &["specialArgs"]),
            ];
            let special = special
                .into_iter()
                .flatten()
                .fold(self.usual(flake, &name, at), |all, more| {
                    update(all, more, at)
                });
            let modules = list(items, vec![why.clone()]);
            let mut host = self.made_host(builder, modules, special, None, place, when);
            host.at = Some(place);
            outputs.put(output_of(builder), &name, host);
        }
        outputs.value(Some(why))
    }

    /// den: `hosts.<system>.<h>`, `homes.<system>.<u>`, with the aspects of the same name.
    fn den(&self, config: &Value<'r>, flake: FileId, at: Span) -> Value<'r> {
        let why = self.loaded(at, "den");
        let mut outputs = Outputs::default();
        let aspects = self.get(config, &["aspects"]);
        let of = |name: &str, class: &str| -> Vec<Item<'r>> {
            let mut items = Vec::new();
            if let Some(aspect) = aspects.as_ref().and_then(|it| self.get(it, &[name])) {
                self.aspect(&aspect, class, &mut items, 0);
            }
            items
        };
        for (system, of_system) in self.entries(self.get(config, &["hosts"])) {
            let (builder, class) = if system.ends_with("darwin") {
                (Builder::Darwin, "darwin")
            } else {
                (Builder::Nixos, "nixos")
            };
            let of_system = self.force(&of_system.value);
            for (name, it) in self.entries(Some(of_system)) {
                let own = self.force(&it.value);
                let mut items = of("default", class);
                items.extend(of(&name, class));
                for (user, _) in self.entries(self.get(&own, &["users"])) {
                    let mut of_user = of(&user, "homeManager");
                    of_user.extend(of(&name, "homeManager"));
                    items.extend(of(&user, class));
                    let users = set_of([(user.as_str(), list(of_user, vec![why.clone()]))]);
                    items.push(sure(set_of([("home-manager", set_of([("users", users)]))])));
                }
                let modules = list(items, vec![why.clone()]);
                let special = self.usual(flake, &name, at);
                let place = it.at.unwrap_or(at);
                let mut host =
                    self.made_host(builder, modules, special, Some(&system), place, it.when);
                host.at = Some(place);
                outputs.put(output_of(builder), &name, host);
            }
        }
        for (_, of_system) in self.entries(self.get(config, &["homes"])) {
            let of_system = self.force(&of_system.value);
            for (name, it) in self.entries(Some(of_system)) {
                let user = name.split('@').next().unwrap_or_default();
                let modules = list(of(user, "homeManager"), vec![why.clone()]);
                let special = self.usual(flake, &name, at);
                let place = it.at.unwrap_or(at);
                let mut host =
                    self.made_host(Builder::Home, modules, special, None, place, it.when);
                host.at = Some(place);
                outputs.put("homeConfigurations", &name, host);
            }
        }
        outputs.value(Some(why))
    }

    /// The modules of a class of an aspect and of those that it includes.
    fn aspect(&self, aspect: &Value<'r>, class: &str, items: &mut Vec<Item<'r>>, depth: u32) {
        if depth > 16 || items.len() > 2000 {
            return;
        }
        match aspect {
            Value::Set(set) => {
                if let Some(it) = set.entries.get(class) {
                    items.push(Item {
                        value: it.value.clone(),
                        when: it.when,
                    });
                }
                if let Some(Value::List(list)) = self.get(aspect, &["includes"]) {
                    for item in &list.items {
                        let inner = self.force(&item.value);
                        self.aspect(&inner, class, items, depth + 1);
                    }
                }
            }
            Value::List(list) => {
                for item in &list.items {
                    let inner = self.force(&item.value);
                    self.aspect(&inner, class, items, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// unify: `hosts.nixos.<h>` with its own modules.
    fn unify(&self, config: &Value<'r>, flake: FileId, at: Span) -> Value<'r> {
        let why = self.loaded(at, "unify");
        let mut outputs = Outputs::default();
        for (kind, builder) in [("nixos", Builder::Nixos), ("darwin", Builder::Darwin)] {
            for (name, it) in self.entries(self.get(config, &["hosts", kind])) {
                let own = self.force(&it.value);
                let mut items: Vec<_> = self.get(config, &[kind]).map(sure).into_iter().collect();
                items.extend(self.get(&own, &[kind]).map(sure));
                if let Some(Value::List(listed)) = self.get(&own, &["modules"]) {
                    for item in &listed.items {
                        let module = self.force(&item.value);
                        items.extend(self.get(&module, &[kind]).map(sure));
                    }
                }
                let place = it.at.unwrap_or(at);
                let modules = list(items, vec![why.clone()]);
                let special = self.usual(flake, &name, at);
                let mut host = self.made_host(builder, modules, special, None, place, it.when);
                host.at = Some(place);
                outputs.put(output_of(builder), &name, host);
            }
        }
        outputs.value(Some(why))
    }

    /// lite-config: `hosts.h.system`, with `hostModuleDir/h`.
    fn lite_config(&self, config: Value<'r>, flake: FileId, at: Span) -> Value<'r> {
        let why = self.loaded(at, "lite-config");
        let given = Set::default();
        let system = self.system(vec![Thunk::Done(config)], &given, "imports", at);
        let config = &system.config;
        let folder = self.path_of(config, &["hostModuleDir"]);
        let mut outputs = Outputs::default();
        for (name, it) in self.entries(self.get(config, &["hosts"])) {
            let own = self.force(&it.value);
            let system = match self.get(&own, &["system"]) {
                Some(Value::Str(system)) => Some(system.to_string()),
                _ => None,
            };
            let builder = match &system {
                Some(system) if system.ends_with("darwin") => Builder::Darwin,
                _ => Builder::Nixos,
            };
            let path = match self.path_of(&own, &["hostModule"]) {
                Some(path) => Some(path),
                None => folder.as_ref().map(|folder| join(folder, &name)),
            };
            let mut items: Vec<_> = path.map(path_value).map(sure).into_iter().collect();
            items.extend(self.get(config, &["systemModules"]).map(sure));
            // `{ hostPlatform, ... }: { imports = lib.optionals hostPlatform.isDarwin …; }`
            let darwin = builder == Builder::Darwin;
            let platform = set_of([
                ("isDarwin", Value::Bool(darwin)),
                ("isLinux", Value::Bool(!darwin)),
            ]);
            let special = with_entry(self.usual(flake, &name, at), "hostPlatform", platform);
            let place = it.at.unwrap_or(at);
            let modules = list(items, vec![why.clone()]);
            let host = self.made_host(builder, modules, special, system.as_deref(), place, it.when);
            outputs.put(output_of(builder), &name, host);
        }
        outputs.value(Some(why))
    }

    /// nilla: `systems.nixos.h.modules`, `systems.macos.h.modules`.
    fn nilla(&self, argument: &Thunk<'r>, at: Span) -> Value<'r> {
        let why = self.loaded(at, "nilla");
        let system = self.system(vec![argument.clone()], &Set::default(), "includes", at);
        let config = system.config;
        let mut systems = Outputs::default();
        for (kind, builder) in [
            ("nixos", Builder::Nixos),
            ("macos", Builder::Darwin),
            ("home", Builder::Home),
        ] {
            for (name, it) in self.entries(self.get(&config, &["systems", kind])) {
                let own = self.force(&it.value);
                let special = self
                    .get(&own, &["args"])
                    .unwrap_or(Value::Set(Rc::default()));
                let mut items = Vec::new();
                items.extend(self.get(&own, &["modules"]).map(sure));
                let modules = list(items, vec![why.clone()]);
                let place = it.at.unwrap_or(at);
                let host = self.made_host(builder, modules, special, None, place, it.when);
                let whole = update(own, set_of([("result", self.force(&host.value))]), at);
                let host = Entry {
                    value: Thunk::Done(whole),
                    at: Some(place),
                    when: it.when,
                };
                systems.put(kind, &name, host);
            }
        }
        update(config, set_of([("systems", systems.value(Some(why)))]), at)
    }

    /// ez-configs: `nixos-configurations/*`, `darwin-configurations/*`, `home-configurations/*` below `root`.
    fn ez_configs(&self, config: &Value<'r>, flake: FileId, at: Span) -> Value<'r> {
        let why = self.loaded(at, "ez-configs");
        let root = self
            .path_of(config, &["root"])
            .unwrap_or_else(|| self.repo.file(flake).path.parent());
        let mut special = self.usual(flake, "", at);
        if let Some(more) = self.get(config, &["globalArgs"]) {
            special = update(special, more, at);
        }
        let mut outputs = Outputs::default();
        for (kind, builder) in [
            ("nixos", Builder::Nixos),
            ("darwin", Builder::Darwin),
            ("home", Builder::Home),
        ] {
            let folder = self
                .path_of(config, &[kind, "configurationsDirectory"])
                .unwrap_or_else(|| join(&root, &format!("{kind}-configurations")));
            let when = Some(When::Scanned(at));
            self.folder_of_hosts(&mut outputs, &folder, builder, &special, when, &why, at);
        }
        for (kind, output) in [
            ("nixos", "nixosModules"),
            ("darwin", "darwinModules"),
            ("home", "homeModules"),
        ] {
            let folder = format!("{kind}-modules");
            self.modules_by_folder(&mut outputs, &root, &[(folder.as_str(), output)]);
        }
        outputs.value(Some(why))
    }

    /// `haumea.lib.load { src; inputs; }`: a set of the files of a folder, each called with the inputs that it asks for.
    fn haumea(&self, argument: &Thunk<'r>, at: Span) -> Value<'r> {
        let why = self.loaded(at, "haumea");
        let argument = self.force(argument);
        let Some(src) = self.path_of(&argument, &["src"]) else {
            return Value::Unknown(why);
        };
        let inputs = self
            .get(&argument, &["inputs"])
            .unwrap_or(Value::Set(Rc::default()));
        let last = |name: &str| match self.select(&argument, name) {
            Some(Value::Foreign(it)) => Some(it.last().to_owned()),
            Some(_) => Some("?".to_owned()),
            None => None,
        };
        let loader = last("loader").unwrap_or_else(|| "default".to_owned());
        let lift = matches!(last("transformer").as_deref(), Some("liftDefault"));
        self.haumea_folder(&src, &inputs, &loader, lift, at, 0)
    }

    fn haumea_folder(
        &self,
        folder: &RepoPath,
        inputs: &Value<'r>,
        loader: &str,
        lift: bool,
        at: Span,
        depth: u32,
    ) -> Value<'r> {
        let mut set = Set::default();
        if depth > 16 {
            return Value::Unknown(Why::TooDeep);
        }
        for (name, is_folder) in self.names(folder) {
            let path = join(folder, &name);
            let key = match is_folder {
                true => name.as_str(),
                false => match name.strip_suffix(".nix") {
                    Some(stem) => stem,
                    None => continue,
                },
            };
            let key = key.trim_matches('_');
            let value = if is_folder {
                self.haumea_folder(&path, inputs, loader, lift, at, depth + 1)
            } else {
                let Some(file) = self.repo.find(&path) else {
                    continue;
                };
                let value = match loader {
                    "path" => path_value(path),
                    _ => self.file(file),
                };
                match (loader, value) {
                    ("default" | "scoped" | "callPackage", value @ Value::Lambda(_)) => {
                        let around = Set {
                            entries: ["self", "super", "root"]
                                .map(|name| (name.into(), entry(Value::Unknown(Why::Computed(at)))))
                                .into(),
                            ..Set::default()
                        };
                        let given = update(inputs.clone(), Value::Set(Rc::new(around)), at);
                        self.apply(value, Thunk::Done(given), at)
                    }
                    ("default" | "verbatim" | "path", value) => value,
                    _ => Value::Unknown(Why::Loader(at, "haumea".into())),
                }
            };
            if lift
                && key == "default"
                && let Value::Set(it) = &value
            {
                for (name, it) in &it.entries {
                    set.entries.entry(name.clone()).or_insert(it.clone());
                }
                continue;
            }
            let it = Entry {
                value: Thunk::Done(value),
                at: Some(at),
                when: Some(When::Scanned(at)),
            };
            set.entries.insert(key.into(), it);
        }
        Value::Set(Rc::new(set))
    }

    /// An attribute of import-tree: a function that gives another tree, or the files themselves.
    pub(super) fn of_tree(&self, tree: &Rc<Tree<'r>>, name: &str, at: Span) -> Value<'r> {
        match name {
            "new" | "clear" => Value::Tree(Rc::new(Tree {
                filters: Vec::new(),
                paths: Vec::new(),
            })),
            "result" | "files" | "leafs" if !tree.paths.is_empty() => {
                let all = Thunk::Done(list(
                    tree.paths
                        .iter()
                        .map(|path| Item {
                            value: path.clone(),
                            when: None,
                        })
                        .collect(),
                    Vec::new(),
                ));
                let files = self.tree_files(tree, &all, at);
                if name == "result" {
                    set_of([("imports", files)])
                } else {
                    files
                }
            }
            _ => {
                let given = vec![
                    Thunk::Done(Value::Tree(tree.clone())),
                    Thunk::Done(Value::Str(name.into())),
                ];
                Value::Function(Function::TreeFilter, Rc::new(given), at)
            }
        }
    }

    fn tree_with(&self, arguments: &[Thunk<'r>]) -> Value<'r> {
        let (Value::Tree(tree), Some(name)) = (self.force(&arguments[0]), self.text(&arguments[1]))
        else {
            return Value::Unknown(Why::Unsaid);
        };
        let mut filters = tree.filters.clone();
        let mut paths = tree.paths.clone();
        match &*name {
            "filter" => filters.push((true, arguments[2].clone())),
            "filterNot" => filters.push((false, arguments[2].clone())),
            "addPath" => paths.push(arguments[2].clone()),
            "leafs" | "files" => {
                let at = self.at(&arguments[2]).unwrap_or(self.somewhere());
                return self.tree_files(&tree, &arguments[2], at);
            }
            // What `match`, `map` and the like leave out is not known: the files are there only perhaps anyway.
            _ => {}
        }
        Value::Tree(Rc::new(Tree { filters, paths }))
    }

    /// import-tree on a path or a list: a module that imports the files.
    pub(super) fn tree_module(&self, tree: &Tree<'r>, path: &Thunk<'r>, at: Span) -> Value<'r> {
        let files = self.tree_files(tree, path, at);
        let mut module = Set {
            at: Some(at),
            ..Set::default()
        };
        module.entries.insert("imports".into(), entry(files));
        Value::Set(Rc::new(module))
    }

    fn tree_files(&self, tree: &Tree<'r>, path: &Thunk<'r>, at: Span) -> Value<'r> {
        self.loaded(at, "import-tree");
        let mut found = List::default();
        let mut queue: Vec<Thunk<'r>> = tree.paths.iter().rev().cloned().collect();
        queue.push(path.clone());
        let mut steps = 0;
        while let Some(next) = queue.pop() {
            steps += 1;
            if steps > 1000 {
                found.open.push(Why::TooDeep);
                break;
            }
            let value = self.force(&next);
            if let Value::List(inner) = &value {
                queue.extend(inner.items.iter().rev().map(|item| item.value.clone()));
                found.open.extend(inner.open.iter().cloned());
                continue;
            }
            // A module among the paths is kept as it is.
            let Some(Target::Repo(folder)) = self.as_path(&value) else {
                match value {
                    Value::Unknown(why) => found.open.push(why),
                    value => found.items.push(sure(value)),
                }
                continue;
            };
            if self.is_file(&folder) {
                found.items.push(sure(path_value(folder)));
                continue;
            }
            let depth = folder.components().count();
            for file in self.repo.files_below(&folder) {
                let below: Vec<_> = file.components().skip(depth).collect();
                let hidden = below.iter().any(|it| it.starts_with('_'));
                if hidden || !file.bytes().ends_with(b".nix") {
                    continue;
                }
                let relative = format!("/{}", below.join("/"));
                let unwanted = tree.filters.iter().any(|(wanted, filter)| {
                    let text = Thunk::Done(Value::Str(relative.as_str().into()));
                    let call = Rc::new((self.force(filter), vec![text]));
                    matches!(self.force(&Thunk::Call(call)), Value::Bool(it) if it != *wanted)
                });
                if !unwanted {
                    found.items.push(Item {
                        value: Thunk::Done(path_value(file.clone())),
                        when: Some(When::Scanned(at)),
                    });
                }
            }
        }
        Value::List(Rc::new(found))
    }

    /// The tree that a value is, if it is `import-tree` itself or one made of it.
    pub(super) fn as_tree(&self, value: &Value<'r>) -> Option<Rc<Tree<'r>>> {
        match value {
            Value::Tree(tree) => Some(tree.clone()),
            Value::Foreign(it)
                if &*it.input == "import-tree"
                    && (it.path.is_empty()
                        || it.path.len() == 1 && &*it.path[0] == "default.nix") =>
            {
                Some(Rc::new(Tree {
                    filters: Vec::new(),
                    paths: Vec::new(),
                }))
            }
            _ => None,
        }
    }

    /// The names of the inputs of a flake, as a set of them.
    pub(super) fn inputs_as_set(&self, flake: FileId, at: Span) -> Rc<Set<'r>> {
        let mut set = Set::default();
        let mut known = false;
        if let Value::Set(whole) = self.file(self.repo.file(flake))
            && let Some(inputs) = whole.entries.get("inputs")
            && let Value::Set(inputs) = self.force(&inputs.value)
        {
            known = inputs.open.is_empty() && inputs.rest.is_empty();
            for name in inputs.entries.keys() {
                set.entries.insert(name.clone(), entry(foreign(name, &[])));
            }
        }
        set.entries
            .insert("self".into(), entry(Value::Myself(flake)));
        if !known {
            set.open.push(Why::Computed(at));
        }
        Rc::new(set)
    }
}
