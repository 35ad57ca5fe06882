//! The machines and homes that a repository builds, and which files reach them.
//!
//! Goal: hosts are found where Nix finds them — in the outputs of the flake, however they are written down — by the
//! evaluator in [`crate::eval`]; their modules are followed with the special arguments of that very host. Every file
//! is there *surely* or *perhaps*, and a host says whether its list is complete. Limits: what a framework or a scanned
//! folder adds makes a host incomplete; a folder name alone never makes a host.

use std::collections::{BTreeMap, BTreeSet};

use crate::class::Class;
use crate::definitions::{Origin, Segment};
use crate::eval::{Builder, Eval, HostCall, Set, Thunk, Value, When};
use crate::imports::Target;
use crate::known::{Known, Why};
use crate::outline::{Node, Shape};
use crate::{File, FileId, Kind, Repo, RepoPath, Span};

/// A machine or home.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its name: the attribute under `nixosConfigurations`, or the user for a home inside a system.
    pub name: Known<String>,
    /// `Nixos`, `Darwin` or `Home`.
    pub class: Class,
    /// The attribute that defines it.
    pub at: Span,
    /// The call that builds it.
    pub call: Option<Call>,
    /// For a home inside a system: the index of the system in [`Hosts::all`].
    pub system_host: Option<usize>,
    /// Every import of a module that was followed.
    pub edges: Vec<ModuleEdge>,
    /// `x86_64-linux` and the like.
    pub system: Known<String>,
    /// The names of its special arguments.
    pub special_args: Known<Vec<String>>,
    /// Whether it is an image, an installer, a test, a container: nothing that stays.
    pub ephemeral: bool,
    /// The files that are its modules whatever holds.
    pub surely: BTreeSet<FileId>,
    /// The files that are its modules under a condition, or because a folder is scanned. Disjoint from `surely`.
    pub perhaps: BTreeSet<FileId>,
    /// The systems inside it.
    pub children: Vec<Child>,
    /// Whether no other file of the repository can be a module of it.
    pub complete: bool,
    /// Why not.
    pub why: Vec<Why>,
    /// Modules that stand inside a file, by their set or lambda, and whether they are there whatever holds.
    pub inline: Vec<(Span, bool)>,
    /// Modules that come from inputs: `inputs.x.nixosModules.y` as `x.nixosModules.y`.
    pub foreign: Vec<(String, Span)>,
    /// What its modules say about nixpkgs, in the order met.
    pub nixpkgs: Vec<NixpkgsSetting>,
    /// `home-manager.useGlobalPkgs` in its modules; the value when it is a literal.
    pub global_pkgs: Vec<(Option<bool>, Span, Option<When>)>,
    /// Whether the list of its homes is complete.
    pub homes_complete: bool,
}

/// A system inside a host: its own modules, of the class of the host, which are no modules of the host.
#[derive(Debug, Clone)]
pub struct Child {
    /// What it is.
    pub kind: ChildKind,
    /// Its name: the attribute under `specialisation`, `containers` …; empty for the variant as a virtual machine.
    pub name: String,
    /// The attribute that defines it.
    pub at: Span,
    /// Every import of a module that was followed.
    pub edges: Vec<ModuleEdge>,
    /// The files that are its modules whatever holds.
    pub surely: BTreeSet<FileId>,
    /// The files that are its modules under a condition, or because a folder is scanned. Disjoint from `surely`.
    pub perhaps: BTreeSet<FileId>,
    /// Why other files may be modules of it, too.
    pub why: Vec<Why>,
}

/// What a system inside a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChildKind {
    /// `specialisation.x.configuration`: the host with more modules.
    Specialisation,
    /// `containers.x.config`
    Container,
    /// `microvm.vms.x.config`
    MicroVm,
    /// `virtualisation.vmVariant`: the host as a virtual machine, for trying.
    VmVariant,
}

impl ChildKind {
    /// The option that holds it.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            ChildKind::Specialisation => "specialisation",
            ChildKind::Container => "containers",
            ChildKind::MicroVm => "microvm.vms",
            ChildKind::VmVariant => "virtualisation.vmVariant",
        }
    }

    /// Whether it does not stay, or another system guards it.
    #[must_use]
    pub fn is_ephemeral(self) -> bool {
        self != ChildKind::Specialisation
    }
}

/// The call that builds a host.
#[derive(Debug, Clone)]
pub struct Call {
    /// The call.
    pub at: Span,
    /// The input whose function it is, when the text tells.
    pub input: Option<String>,
    /// Whether all argument names are known.
    pub known: bool,
    /// `pkgs = …` in its argument, unless it is `null`.
    pub pkgs: Option<Span>,
    /// For `pkgs = import nixpkgs { config = { … }; }`: the names in that `config`, when all are known.
    pub pkgs_config: Option<Vec<String>>,
    /// `specialArgs.pkgs`, `extraSpecialArgs.pkgs`.
    pub special_pkgs: Option<Span>,
}

/// An import of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleEdge {
    /// Where it stands.
    pub at: Span,
    /// The module file.
    pub to: FileId,
    /// Under which condition.
    pub when: Option<When>,
}

/// A definition of `nixpkgs.*` or of `_module.args.pkgs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NixpkgsSetting {
    /// `overlays`, `config`, `pkgs`, `hostPlatform` …; `_module.args.pkgs` for the argument.
    pub option: String,
    /// Its attribute.
    pub at: Span,
    /// Under which condition the definition holds.
    pub when: Option<When>,
    /// What the value is.
    pub value: SettingValue,
    /// For `config`: the names of its attributes, when all are known.
    pub keys: Option<Vec<String>>,
    /// The wrapper around the value: `mkForce`, `mkDefault`, `mkIf` …
    pub wrapper: Option<String>,
}

/// What the value of a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingValue {
    /// `null`
    Null,
    /// `[ ]` or `{ }`
    Empty,
    /// A list or set with something in it.
    Filled,
    /// Not known.
    Unknown,
}

/// All hosts of the repository.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    /// The hosts; a system stands before its homes.
    pub all: Vec<Host>,
    /// Why there may be hosts that are not listed.
    pub open: Vec<Why>,
    /// Files that are modules because the flake exports them or flake-parts takes them.
    pub modules: Vec<(FileId, Class)>,
}

/// The outputs that hold hosts.
const OUTPUTS: [(&str, Class); 4] = [
    ("nixosConfigurations", Class::Nixos),
    ("darwinConfigurations", Class::Darwin),
    ("homeConfigurations", Class::Home),
    ("nixOnDroidConfigurations", Class::Nixos),
];

/// The outputs that hold modules.
const MODULES: [(&str, Class); 8] = [
    ("nixosModules", Class::Nixos),
    ("nixosModule", Class::Nixos),
    ("darwinModules", Class::Darwin),
    ("homeModules", Class::Home),
    ("homeManagerModules", Class::Home),
    ("hmModules", Class::Home),
    ("flakeModules", Class::FlakeParts),
    ("flakeModule", Class::FlakeParts),
];

impl Hosts {
    /// Finds the hosts.
    #[must_use]
    pub fn link(repo: &Repo) -> Hosts {
        let mut hosts = Hosts::default();
        let eval = Eval::new(repo);
        for flake in repo.files.iter().filter(|file| file.kind == Kind::Nix) {
            match &*flake.path.file_name() {
                "flake.nix" if !is_template(&flake.path) && repo.is_flake(flake) => {
                    hosts.of_flake(&eval, flake);
                }
                "configuration.nix" => hosts.of_configuration(&eval, flake),
                "default.nix" => hosts.of_built(&eval, flake),
                "hive.nix" if flake.path.parent().bytes().is_empty() => hosts.of_hive(&eval, flake),
                _ => {}
            }
        }
        hosts.open.extend(eval.loaders());
        hosts.modules.sort_unstable();
        hosts.modules.dedup();
        hosts
    }

    /// The hosts whose modules hold a file surely.
    pub fn surely_of(&self, file: FileId) -> impl Iterator<Item = (usize, &Host)> {
        self.all
            .iter()
            .enumerate()
            .filter(move |(_, host)| host.surely.contains(&file))
    }

    /// The hosts whose modules may hold a file.
    pub fn perhaps_of(&self, file: FileId) -> impl Iterator<Item = (usize, &Host)> {
        self.all
            .iter()
            .enumerate()
            .filter(move |(_, host)| host.surely.contains(&file) || host.perhaps.contains(&file))
    }

    /// The systems inside hosts whose modules may hold a file.
    pub fn children_of(&self, file: FileId) -> impl Iterator<Item = &Child> {
        self.all
            .iter()
            .flat_map(|host| &host.children)
            .filter(move |child| child.surely.contains(&file) || child.perhaps.contains(&file))
    }

    /// The homes inside a system.
    pub fn homes_of(&self, system: usize) -> impl Iterator<Item = &Host> {
        self.all
            .iter()
            .filter(move |host| host.system_host == Some(system))
    }

    fn of_flake(&mut self, eval: &Eval<'_>, flake: &File) {
        let flake = eval.repo().file(flake.id);
        eval.refuel();
        let outputs = eval.outputs(flake);
        if let Value::Unknown(why) = &outputs {
            self.open.push(why.clone());
        }
        for (output, class) in OUTPUTS {
            match eval.select(&outputs, output) {
                Some(Value::Set(set)) => {
                    self.open.extend(set.open.iter().cloned());
                    for (name, entry) in &set.entries {
                        let at = entry.at.or(set.at).unwrap_or(head(flake));
                        eval.refuel();
                        self.of_value(eval, flake, class, name, &entry.value, entry.when, at);
                    }
                }
                Some(Value::Unknown(why)) => self.open.push(why),
                _ => {}
            }
        }
        if let Some(Value::Set(hive)) = eval.select(&outputs, "colmena") {
            self.of_nodes(eval, flake, &hive);
        }
        for (output, class) in MODULES {
            let mut queue = Vec::new();
            match eval.select(&outputs, output) {
                Some(Value::Set(set)) if output.ends_with('s') => {
                    queue.extend(
                        set.entries
                            .values()
                            .map(|entry| (entry.value.clone(), entry.when)),
                    );
                }
                Some(value @ (Value::Path(_) | Value::Lambda(_) | Value::Set(_))) => {
                    queue.push((Thunk::Done(value), None));
                }
                _ => {}
            }
            for (module, when) in queue {
                eval.refuel();
                let mut walk = Walk::new(eval, flake, class, None, head(flake));
                walk.module(&module, when, head(flake), 0);
                let files = walk.surely.iter().chain(&walk.perhaps);
                self.modules.extend(files.map(|file| (*file, class)));
            }
        }
        for file in eval.flake_parts_files().keys() {
            self.modules.push((*file, Class::FlakeParts));
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn of_value<'r>(
        &mut self,
        eval: &Eval<'r>,
        flake: &'r File,
        class: Class,
        name: &str,
        value: &Thunk<'r>,
        when: Option<When>,
        at: Span,
    ) {
        let mut why = Vec::new();
        if let Some(When::Scanned(at)) = when {
            why.push(Why::Loader(at, "readDir".into()));
        }
        let calls: Vec<_> = match eval.force(value) {
            Value::Host(call) => vec![call],
            Value::Choice(values) => values
                .iter()
                .filter_map(|value| match value {
                    Value::Host(call) => Some(call.clone()),
                    _ => None,
                })
                .collect(),
            Value::Unknown(reason) => {
                why.push(reason);
                Vec::new()
            }
            _ => {
                why.push(Why::Computed(at));
                Vec::new()
            }
        };
        if calls.len() != 1 {
            if why.is_empty() {
                why.push(Why::Computed(at));
            }
            let mut walk = Walk::new(eval, flake, class, None, at);
            walk.why = why;
            walk.finish(self, name, at, None, None);
            return;
        }
        for call in calls {
            self.of_call(eval, flake, class, name, &call, at, &why);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn of_call<'r>(
        &mut self,
        eval: &Eval<'r>,
        flake: &'r File,
        class: Class,
        name: &str,
        call: &HostCall<'r>,
        at: Span,
        why: &[Why],
    ) {
        let arguments = match eval.force(&call.arguments) {
            Value::Set(set) => set,
            Value::Unknown(why) => Set {
                open: vec![why],
                ..Set::default()
            }
            .into(),
            _ => Set {
                open: vec![Why::Computed(call.at)],
                ..Set::default()
            }
            .into(),
        };
        let class = match call.builder {
            Builder::Home => Class::Home,
            Builder::Darwin => Class::Darwin,
            Builder::Nixos | Builder::Droid => class,
        };
        let special_name = if class == Class::Home {
            "extraSpecialArgs"
        } else {
            "specialArgs"
        };
        let special = arguments
            .entries
            .get(special_name)
            .map(|entry| eval.force(&entry.value));
        let mut walk = Walk::new(eval, flake, class, special.as_ref(), call.at);
        walk.why.extend(why.iter().cloned());
        walk.why.extend(arguments.open.iter().cloned());
        if !arguments.rest.is_empty() {
            walk.why.push(Why::Computed(call.at));
        }
        for key in ["modules", "extraModules", "configuration"] {
            if let Some(entry) = arguments.entries.get(key) {
                walk.module(&entry.value, entry.when, call.at, 0);
            }
        }
        if let Some(Value::Str(system)) = arguments
            .entries
            .get("system")
            .map(|it| eval.force(&it.value))
        {
            walk.system = Known::Is(system.to_string());
        } else if let Some(entry) = arguments.entries.get("pkgs")
            && let Some(system) = system_of(eval, &eval.force(&entry.value))
        {
            walk.system = Known::Is(system);
        }
        walk.special_args = match &special {
            None if arguments.open.is_empty() => Known::Is(Vec::new()),
            Some(Value::Set(set)) if set.open.is_empty() && set.rest.is_empty() => {
                Known::Is(set.entries.keys().map(ToString::to_string).collect())
            }
            _ => Known::unknown(Why::Computed(call.at)),
        };
        let key = |set: &Set<'r>, name: &str| {
            let entry = set.entries.get(name)?;
            match eval.force(&entry.value) {
                Value::Null => None,
                _ => entry.at.or(Some(call.at)),
            }
        };
        let record = Call {
            at: call.at,
            input: call.input.as_ref().map(ToString::to_string),
            known: arguments.open.is_empty() && arguments.rest.is_empty(),
            pkgs: key(&arguments, "pkgs"),
            pkgs_config: arguments.entries.get("pkgs").and_then(|entry| {
                let Value::Packages(of) = eval.force(&entry.value) else {
                    return None;
                };
                match eval.select(&eval.force(&of), "config")? {
                    Value::Set(set) if set.open.is_empty() && set.rest.is_empty() => {
                        Some(set.entries.keys().map(ToString::to_string).collect())
                    }
                    _ => None,
                }
            }),
            special_pkgs: match &special {
                Some(Value::Set(set)) => key(set, "pkgs"),
                _ => None,
            },
        };
        walk.finish(self, name, at, Some(record), None);
    }

    /// `configuration.nix` beside `hardware-configuration.nix`, or alone at the root, where no flake is above.
    fn of_configuration(&mut self, eval: &Eval<'_>, file: &File) {
        let repo = eval.repo();
        let file = repo.file(file.id);
        let folder = file.path.parent();
        let beside = folder
            .join("hardware-configuration.nix")
            .is_some_and(|it| repo.find(&it).is_some());
        let flake = repo.flake_of(&file.path).is_some();
        if flake || !(beside || folder.bytes().is_empty()) || is_template(&file.path) {
            return;
        }
        eval.refuel();
        let at = head(file);
        let mut walk = Walk::new(
            eval,
            file,
            Class::Nixos,
            Some(&Value::Set(Set::default().into())),
            at,
        );
        walk.module(
            &Thunk::Done(Value::Path(Target::Repo(file.path.clone()))),
            None,
            at,
            0,
        );
        let name = walk.host_name.clone().unwrap_or_default();
        walk.finish(self, &name, at, None, None);
    }

    /// `default.nix` beside `configuration.nix`, where no flake is above, when it builds a system.
    fn of_built(&mut self, eval: &Eval<'_>, file: &File) {
        let repo = eval.repo();
        let file = repo.file(file.id);
        let folder = file.path.parent();
        let beside = folder
            .join("configuration.nix")
            .is_some_and(|it| repo.find(&it).is_some());
        if !beside || repo.flake_of(&file.path).is_some() || is_template(&file.path) {
            return;
        }
        eval.refuel();
        if let Value::Host(call) = eval.file(file) {
            let name = folder.file_name();
            self.of_call(eval, file, Class::Nixos, &name, &call, head(file), &[]);
        }
    }

    fn of_hive(&mut self, eval: &Eval<'_>, file: &File) {
        let file = eval.repo().file(file.id);
        eval.refuel();
        if let Value::Set(hive) = eval.file(file) {
            self.of_nodes(eval, file, &hive);
        }
    }

    /// colmena: every attribute is a host, `defaults` belongs to all of them.
    fn of_nodes<'r>(&mut self, eval: &Eval<'r>, flake: &'r File, hive: &Set<'r>) {
        let special = hive
            .entries
            .get("meta")
            .and_then(|meta| eval.select(&eval.force(&meta.value), "specialArgs"));
        self.open.extend(hive.open.iter().cloned());
        for (name, entry) in &hive.entries {
            // A hive that is made of `nixosConfigurations` names no other machines.
            let known = |host: &Host| host.class == Class::Nixos && host.name.is(&name.to_string());
            if matches!(&**name, "meta" | "defaults" | "network") || self.all.iter().any(known) {
                continue;
            }
            let at = entry.at.unwrap_or(head(flake));
            eval.refuel();
            let mut walk = Walk::new(eval, flake, Class::Nixos, special.as_ref(), at);
            walk.module(&entry.value, entry.when, at, 0);
            if let Some(defaults) = hive.entries.get("defaults") {
                walk.module(&defaults.value, None, at, 0);
            }
            walk.finish(self, name, at, None, None);
        }
    }
}

impl Repo {
    /// The `flake.nix` that a path belongs to: the nearest at or above its folder.
    #[must_use]
    pub fn flake_of(&self, path: &RepoPath) -> Option<&File> {
        let flakes = self.flakes.get_or_init(|| {
            let flakes = self
                .files
                .iter()
                .filter(|it| it.path.file_name() == "flake.nix" && self.is_flake(it));
            flakes.map(|it| it.id).collect()
        });
        // Its path without its name begins the path.
        let folder = |flake: &File| flake.path.bytes().len() - "flake.nix".len();
        flakes
            .iter()
            .map(|id| self.file(*id))
            .filter(|it| path.bytes().starts_with(&it.path.bytes()[..folder(it)]))
            .max_by_key(|it| folder(it))
    }

    /// Whether a file describes something that does not stay: by its own path and settings, or because all hosts that
    /// may hold it are such.
    #[must_use]
    pub fn is_ephemeral(&self, file: FileId) -> bool {
        let it = self.file(file);
        if ephemeral_path(&it.path) || ephemeral_settings(it) {
            return true;
        }
        // Where hosts are missing from the list, those that are known say nothing of the others.
        let mut hosts = self.hosts.perhaps_of(file).peekable();
        let mut children = self.hosts.children_of(file).peekable();
        self.hosts.open.is_empty()
            && (hosts.peek().is_some() || children.peek().is_some())
            && hosts.all(|(_, host)| host.ephemeral)
            && children.all(|child| child.kind.is_ephemeral())
    }
}

/// What a class of hosts takes as modules, followed from one of them.
struct Walk<'e, 'r> {
    eval: &'e Eval<'r>,
    flake: &'r File,
    class: Class,
    arguments: Value<'r>,
    seen: BTreeMap<(FileId, u32), bool>,
    surely: BTreeSet<FileId>,
    perhaps: BTreeSet<FileId>,
    edges: Vec<ModuleEdge>,
    why: Vec<Why>,
    inline: Vec<(Span, bool)>,
    foreign: Vec<(String, Span)>,
    nixpkgs: Vec<NixpkgsSetting>,
    global_pkgs: Vec<(Option<bool>, Span, Option<When>)>,
    users: Vec<(String, Thunk<'r>, Option<When>, Span)>,
    shared: Vec<Found<'r>>,
    children: Vec<(ChildKind, String, Thunk<'r>, Option<When>, Span)>,
    home_special: Vec<Value<'r>>,
    homes_why: Vec<Why>,
    system: Known<String>,
    special_args: Known<Vec<String>>,
    host_name: Option<String>,
    steps: u32,
}

/// A value that stands where a module is wanted, under which condition, and where.
type Found<'r> = (Thunk<'r>, Option<When>, Span);

/// How many modules one host may have, and how deeply their imports nest.
const MODULES_LIMIT: u32 = 20_000;
const MODULES_DEPTH: u32 = 80;
/// How many reasons for being incomplete are kept.
const WHYS: usize = 200;

impl<'e, 'r> Walk<'e, 'r> {
    fn new(
        eval: &'e Eval<'r>,
        flake: &'r File,
        class: Class,
        special: Option<&Value<'r>>,
        at: Span,
    ) -> Walk<'e, 'r> {
        let none = Value::Set(Set::default().into());
        let special = match class {
            Class::FlakeParts => special,
            _ => special.or(Some(&none)),
        };
        Walk {
            eval,
            flake,
            class,
            arguments: eval.module_arguments(flake.id, special, at),
            seen: BTreeMap::new(),
            surely: BTreeSet::new(),
            perhaps: BTreeSet::new(),
            edges: Vec::new(),
            why: Vec::new(),
            inline: Vec::new(),
            foreign: Vec::new(),
            nixpkgs: Vec::new(),
            global_pkgs: Vec::new(),
            users: Vec::new(),
            shared: Vec::new(),
            children: Vec::new(),
            home_special: Vec::new(),
            homes_why: Vec::new(),
            system: Known::unknown(Why::Unsaid),
            special_args: Known::unknown(Why::Unsaid),
            host_name: None,
            steps: 0,
        }
    }

    /// Takes a value that stands where a module (or a list of modules) is wanted.
    fn module(&mut self, thunk: &Thunk<'r>, when: Option<When>, from: Span, depth: u32) {
        self.steps += 1;
        if depth > MODULES_DEPTH || self.steps > MODULES_LIMIT {
            self.why.push(Why::TooDeep);
            return;
        }
        let at = self.eval.at(thunk).unwrap_or(from);
        match self.eval.force(thunk) {
            Value::Null => {}
            Value::Path(Target::Repo(path)) => match self.eval.repo().file_at(&path) {
                Some(file) => self.file(file, when, at, depth),
                None => self.why.push(Why::Missing(at)),
            },
            Value::Path(Target::Outside(_)) => self.why.push(Why::OutsideRoot),
            Value::Path(target) => self.foreign.push((show(&target), at)),
            Value::Str(text) => self.foreign.push((text.to_string(), at)),
            Value::Foreign(it) => {
                let mut name = it.input.to_string();
                for part in &it.path {
                    name.push('.');
                    name.push_str(part);
                }
                self.foreign.push((name, at));
            }
            Value::List(list) => {
                for why in &list.open {
                    self.unknown(why.clone());
                }
                for item in &list.items {
                    self.module(&item.value, item.when.or(when), at, depth + 1);
                }
            }
            Value::Choice(values) => {
                for value in values.iter() {
                    let when = when.or(Some(When::If(at)));
                    self.module(&Thunk::Done(value.clone()), when, at, depth + 1);
                }
            }
            value @ (Value::Lambda(_) | Value::Set(_)) => self.inline(value, when, at, depth),
            Value::Unknown(why) => self.unknown(why),
            _ => self.why.push(Why::Computed(at)),
        }
        if let Some(When::Scanned(at)) = when {
            let why = Why::Loader(at, "readDir".into());
            if !self.why.contains(&why) {
                self.why.push(why);
            }
        }
    }

    fn unknown(&mut self, why: Why) {
        // A call of an input's function gives modules of the input.
        if let Why::Foreign(at, text) = &why {
            self.foreign.push((text.to_string(), *at));
        }
        self.why.push(why);
    }

    /// Whether a module must be looked at, now that it is known to be there under this condition.
    fn fresh(&mut self, file: FileId, start: u32, when: Option<When>) -> bool {
        match self.seen.get(&(file, start)) {
            Some(true) => false,
            Some(false) if when.is_some() => false,
            _ => {
                self.seen.insert((file, start), when.is_none());
                true
            }
        }
    }

    fn holds(&mut self, file: FileId, when: Option<When>) {
        if when.is_none() {
            self.perhaps.remove(&file);
            self.surely.insert(file);
        } else if !self.surely.contains(&file) {
            self.perhaps.insert(file);
        }
    }

    fn file(&mut self, file: &'r File, when: Option<When>, at: Span, depth: u32) {
        let edge = ModuleEdge {
            at,
            to: file.id,
            when,
        };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
        if !self.fresh(file.id, u32::MAX, when) {
            return;
        }
        self.holds(file.id, when);
        let value = self.eval.file(file);
        self.body(value, when, at, depth);
    }

    fn inline(&mut self, value: Value<'r>, when: Option<When>, at: Span, depth: u32) {
        let stands = match &value {
            Value::Lambda(closure) => Some(Span {
                file: closure.file,
                range: closure.node.range(),
            }),
            Value::Set(set) => set.at,
            _ => None,
        };
        match &value {
            // Several sets in one, by `//` or as definitions of one option.
            Value::Set(set) if set.at.is_none() && !set.entries.is_empty() => {
                self.why.push(Why::Computed(at));
            }
            _ => {}
        }
        if let Some(stands) = stands {
            if !self.fresh(stands.file, stands.range.start().into(), when) {
                return;
            }
            // `import ./module.nix arguments` as a module: the file is one.
            if is_whole(self.eval.repo().file(stands.file), stands) {
                let edge = ModuleEdge {
                    at,
                    to: stands.file,
                    when,
                };
                if !self.edges.contains(&edge) {
                    self.edges.push(edge);
                }
                self.holds(stands.file, when);
            } else {
                self.inline.push((stands, when.is_none()));
            }
        }
        self.body(value, when, at, depth);
    }

    fn body(&mut self, value: Value<'r>, when: Option<When>, at: Span, depth: u32) {
        let value = match value {
            Value::Lambda(_) => self
                .eval
                .apply(value, Thunk::Done(self.arguments.clone()), at),
            value => value,
        };
        match value {
            Value::Set(set) => {
                self.why.extend(set.open.iter().cloned());
                if let Some(imports) = set.entries.get("imports") {
                    self.module(
                        &imports.value,
                        imports.when.or(when),
                        imports.at.unwrap_or(at),
                        depth + 1,
                    );
                }
                if let Some(disabled) = set.entries.get("disabledModules") {
                    match self.eval.force(&disabled.value) {
                        Value::List(list) if list.open.is_empty() => {}
                        _ => self.why.push(Why::Computed(disabled.at.unwrap_or(at))),
                    }
                }
                let explicit =
                    set.entries.contains_key("config") || set.entries.contains_key("options");
                if explicit {
                    if let Some(config) = set.entries.get("config") {
                        let value = self.eval.force(&config.value);
                        if let Value::Set(config_set) = value {
                            self.settings(&config_set, config.when.or(when), at);
                        }
                    }
                } else {
                    self.settings(&set, when, at);
                }
            }
            Value::Unknown(why) => self.unknown(why),
            _ => self.why.push(Why::Computed(at)),
        }
    }

    fn settings(&mut self, set: &Set<'r>, when: Option<When>, at: Span) {
        let inner = |set: &Set<'r>, name: &str| {
            let entry = set.entries.get(name)?;
            match self.eval.force(&entry.value) {
                Value::Set(inner) => Some((inner, entry.when)),
                _ => None,
            }
        };
        let nixpkgs = inner(set, "nixpkgs");
        let module = inner(set, "_module").and_then(|(it, when)| {
            let (arguments, inner_when) = inner(&it, "args")?;
            Some((arguments, inner_when.or(when)))
        });
        let home = inner(set, "home-manager");
        if self.host_name.is_none()
            && let Some((networking, _)) = inner(set, "networking")
            && let Some(Value::Str(name)) = self.eval.select(&Value::Set(networking), "hostName")
        {
            if when.is_none() {
                self.eval.set_host_name(&self.arguments, &name);
            }
            self.host_name = Some(name.to_string());
        }

        if let Some((nixpkgs, under)) = nixpkgs {
            for (name, entry) in &nixpkgs.entries {
                self.setting(name, entry, under.or(when), at);
            }
        }
        if let Some((arguments, under)) = module
            && let Some(entry) = arguments.entries.get("pkgs")
        {
            self.setting("_module.args.pkgs", entry, under.or(when), at);
        }
        if self.class != Class::Home {
            self.inside(set, when, at);
        }
        if let Some((home, under)) = home
            && self.class != Class::Home
        {
            self.home(&home, under.or(when), at);
        }
    }

    /// Systems inside this one.
    fn inside(&mut self, set: &Set<'r>, when: Option<When>, at: Span) {
        for (path, kind, key) in [
            (
                &["specialisation"][..],
                ChildKind::Specialisation,
                "configuration",
            ),
            (&["containers"][..], ChildKind::Container, "config"),
            (&["microvm", "vms"][..], ChildKind::MicroVm, "config"),
        ] {
            let mut under = when;
            let mut here: Option<std::rc::Rc<Set<'r>>> = None;
            for name in path {
                let Some(entry) = here.as_deref().unwrap_or(set).entries.get(*name) else {
                    here = None;
                    break;
                };
                under = entry.when.or(under);
                match self.eval.force(&entry.value) {
                    Value::Set(inner) => here = Some(inner),
                    _ => {
                        here = None;
                        break;
                    }
                }
            }
            for (name, entry) in here.iter().flat_map(|it| &it.entries) {
                let Value::Set(own) = self.eval.force(&entry.value) else {
                    continue;
                };
                let Some(module) = own.entries.get(key) else {
                    continue;
                };
                let under = entry.when.or(under);
                let at = entry.at.unwrap_or(at);
                self.children
                    .push((kind, name.to_string(), module.value.clone(), under, at));
            }
        }
        let Some(virtualisation) = set.entries.get("virtualisation") else {
            return;
        };
        let Value::Set(inner) = self.eval.force(&virtualisation.value) else {
            return;
        };
        for name in ["vmVariant", "vmVariantWithBootLoader"] {
            if let Some(entry) = inner.entries.get(name) {
                let under = entry.when.or(virtualisation.when).or(when);
                let kind = ChildKind::VmVariant;
                let at = entry.at.unwrap_or(at);
                self.children
                    .push((kind, String::new(), entry.value.clone(), under, at));
            }
        }
    }

    fn setting(
        &mut self,
        option: &str,
        entry: &crate::eval::Entry<'r>,
        when: Option<When>,
        at: Span,
    ) {
        let value = self.eval.force(&entry.value);
        let kind = match &value {
            Value::Null => SettingValue::Null,
            Value::List(list) if list.items.is_empty() && list.open.is_empty() => {
                SettingValue::Empty
            }
            Value::Set(set)
                if set.entries.is_empty() && set.open.is_empty() && set.rest.is_empty() =>
            {
                SettingValue::Empty
            }
            Value::List(_) | Value::Set(_) | Value::Lambda(_) => SettingValue::Filled,
            _ => SettingValue::Unknown,
        };
        let keys = match &value {
            Value::Set(set) if set.open.is_empty() && set.rest.is_empty() => {
                Some(set.entries.keys().map(ToString::to_string).collect())
            }
            _ => None,
        };
        let guarded = matches!(&value, Value::List(list) if list.items.iter().any(|item| item.when.is_some()));
        let wrapper = match &entry.value {
            Thunk::Lazy(_, node, _) => wrapper(*node),
            _ => None,
        };
        let guarded = guarded || wrapper.as_deref() == Some("mkIf");
        let at = entry.at.unwrap_or(at);
        let setting = NixpkgsSetting {
            option: option.to_owned(),
            at,
            when: entry.when.or(when).or(guarded.then_some(When::If(at))),
            value: kind,
            keys,
            wrapper,
        };
        if !self.nixpkgs.contains(&setting) {
            self.nixpkgs.push(setting);
        }
    }

    fn home(&mut self, home: &Set<'r>, when: Option<When>, at: Span) {
        if let Some(entry) = home.entries.get("useGlobalPkgs") {
            let literal = match self.eval.force(&entry.value) {
                Value::Bool(it) => Some(it),
                _ => None,
            };
            let plain = match &entry.value {
                Thunk::Lazy(_, node, _) => wrapper(*node).is_none(),
                _ => true,
            };
            let literal = literal.filter(|_| plain);
            self.global_pkgs
                .push((literal, entry.at.unwrap_or(at), entry.when.or(when)));
        }
        if let Some(entry) = home.entries.get("users") {
            match self.eval.force(&entry.value) {
                Value::Set(users) => {
                    self.homes_why.extend(users.open.iter().cloned());
                    for (name, user) in &users.entries {
                        let when = user.when.or(entry.when).or(when);
                        self.users.push((
                            name.to_string(),
                            user.value.clone(),
                            when,
                            user.at.unwrap_or(at),
                        ));
                    }
                }
                Value::Unknown(why) => self.homes_why.push(why),
                _ => self.homes_why.push(Why::Computed(at)),
            }
        }
        if let Some(entry) = home.entries.get("sharedModules") {
            let when = entry.when.or(when);
            self.shared
                .push((entry.value.clone(), when, entry.at.unwrap_or(at)));
        }
        if let Some(entry) = home.entries.get("extraSpecialArgs") {
            self.home_special.push(self.eval.force(&entry.value));
        }
        self.homes_why.extend(home.open.iter().cloned());
    }

    /// Follows the modules of the systems inside this one.
    fn systems_inside(&mut self) -> Vec<Child> {
        // The same container may be defined in several modules.
        let mut all: BTreeMap<(ChildKind, String), Vec<Found<'r>>> = BTreeMap::new();
        for (kind, name, module, when, at) in std::mem::take(&mut self.children) {
            all.entry((kind, name))
                .or_default()
                .push((module, when, at));
        }
        let mut children = Vec::new();
        for ((kind, name), modules) in all {
            self.eval.refuel();
            let at = modules[0].2;
            let mut walk = Walk::new(self.eval, self.flake, self.class, None, at);
            walk.arguments = self.arguments.clone();
            for (module, when, at) in &modules {
                walk.module(module, *when, *at, 0);
            }
            children.push(Child {
                kind,
                name,
                at,
                edges: walk.edges,
                surely: walk.surely,
                perhaps: walk.perhaps,
                why: walk.why,
            });
        }
        children
    }

    /// Ends the walk: the host, and the homes that its modules define.
    fn finish(
        mut self,
        hosts: &mut Hosts,
        name: &str,
        at: Span,
        call: Option<Call>,
        system_host: Option<usize>,
    ) {
        let repo = self.eval.repo();
        for file in self.surely.iter().chain(&self.perhaps) {
            let file = repo.file(*file);
            if !file.facts.faults.is_empty() {
                self.why.push(Why::Broken(file.id));
            }
            for (word, range) in &file.facts.imports.loaders {
                // `mkFlake` and folders read for other things than imports do not stand in a module's own list.
                if matches!(&**word, "readDir" | "mkFlake" | "clan") {
                    continue;
                }
                self.why.push(Why::Loader(
                    Span {
                        file: file.id,
                        range: *range,
                    },
                    word.clone(),
                ));
            }
        }
        let ephemeral = ephemeral_name(name)
            || self.foreign.iter().any(|(text, _)| ephemeral_module(text))
            || ephemeral_path(&repo.file(at.file).path)
            || self
                .surely
                .iter()
                .any(|file| ephemeral_settings(repo.file(*file)))
            || self.edges.iter().any(|edge| {
                edge.when.is_none()
                    && self.surely.contains(&edge.to)
                    && edge.at.file == self.flake.id
                    // A machine's own `configuration.nix` may share a module with its guests: `./vms/modules/zfs.nix`.
                    && self.flake.path.file_name() != "configuration.nix"
                    && ephemeral_path(&repo.file(edge.to).path)
            })
            || system_host.is_some_and(|index| hosts.all[index].ephemeral);
        for (place, _) in &self.inline {
            if !is_module_text(repo.file(place.file), *place) {
                self.why.push(Why::Inline(*place));
            }
        }
        let children = self.systems_inside();
        let index = hosts.all.len();
        hosts.all.push(Host {
            children,
            name: if name.is_empty() {
                Known::unknown(Why::Unsaid)
            } else {
                Known::Is(name.to_owned())
            },
            class: self.class,
            at,
            call,
            system_host,
            edges: std::mem::take(&mut self.edges),
            system: self.system.clone(),
            special_args: self.special_args.clone(),
            ephemeral,
            surely: std::mem::take(&mut self.surely),
            perhaps: std::mem::take(&mut self.perhaps),
            complete: self.why.is_empty(),
            why: {
                let mut why: Vec<Why> = Vec::new();
                for it in std::mem::take(&mut self.why) {
                    if why.len() < WHYS && !why.contains(&it) {
                        why.push(it);
                    }
                }
                why
            },
            inline: std::mem::take(&mut self.inline),
            foreign: std::mem::take(&mut self.foreign),
            nixpkgs: std::mem::take(&mut self.nixpkgs),
            global_pkgs: std::mem::take(&mut self.global_pkgs),
            homes_complete: self.homes_why.is_empty(),
        });
        // The same user may be defined in several modules: one home.
        let mut users: BTreeMap<String, Vec<Found<'r>>> = BTreeMap::new();
        for (name, module, when, at) in std::mem::take(&mut self.users) {
            users.entry(name).or_default().push((module, when, at));
        }
        let special = self.home_special.drain(..).reduce(|a, b| match (a, b) {
            (Value::Set(a), Value::Set(b)) => {
                let mut entries = a.entries.clone();
                entries.extend(
                    b.entries
                        .iter()
                        .map(|(name, entry)| (name.clone(), entry.clone())),
                );
                let open = [a.open.as_slice(), b.open.as_slice()].concat();
                let rest = a.rest.iter().chain(&b.rest).cloned().collect();
                Value::Set(
                    Set {
                        entries,
                        open,
                        rest,
                        at: a.at,
                    }
                    .into(),
                )
            }
            (a, _) => a,
        });
        for (name, modules) in users {
            self.eval.refuel();
            let at = modules[0].2;
            let mut walk = Walk::new(self.eval, self.flake, Class::Home, special.as_ref(), at);
            for (module, when, at) in &modules {
                walk.module(module, *when, *at, 0);
            }
            for (module, when, at) in &self.shared {
                walk.module(module, *when, *at, 0);
            }
            walk.finish(hosts, &name, at, None, Some(index));
        }
    }
}

/// The system of a package set: `legacyPackages.x86_64-linux`, `import nixpkgs { system = "x86_64-linux"; }`.
fn system_of<'r>(eval: &Eval<'r>, packages: &Value<'r>) -> Option<String> {
    match packages {
        Value::Foreign(it) => match it.path.as_slice() {
            [.., set, system] if **set == *"legacyPackages" => Some(system.to_string()),
            _ => None,
        },
        Value::Packages(arguments) => {
            let arguments = eval.force(arguments);
            ["system", "localSystem"].iter().find_map(|name| {
                match eval.select(&arguments, name)? {
                    Value::Str(system) => Some(system.to_string()),
                    _ => None,
                }
            })
        }
        _ => None,
    }
}

/// The function around a value that gives it a priority or a condition.
fn wrapper(node: Node<'_>) -> Option<String> {
    let (head, arguments) = node.call();
    let name = head.last_name()?;
    (!arguments.is_empty() && name.starts_with("mk")).then(|| name.into_owned())
}

fn head(file: &File) -> Span {
    Span {
        file: file.id,
        range: crate::TextRange::default(),
    }
}

/// Whether a place is the value of its file, behind `let`, `with` and lambdas.
fn is_whole(file: &File, place: Span) -> bool {
    let Some(root) = file.facts.outline.root(file.text.contents()) else {
        return false;
    };
    let mut node = root.body();
    loop {
        if node.range() == place.range {
            return true;
        }
        match node.shape() {
            Shape::Lambda { body, .. } => node = body.body(),
            _ => return false,
        }
    }
}

/// Whether a place is a set or a lambda as it stands in the text; not so `a.b = 1`, which makes a set as well.
fn is_module_text(file: &File, place: Span) -> bool {
    use syntax::SyntaxKind::{NODE_ATTR_SET, NODE_LAMBDA};
    let outline = &file.facts.outline;
    let node = outline.covering(file.text.contents(), place.range);
    node.is_some_and(|node| {
        let node = node.bare();
        node.range() == place.range && (node.is(NODE_ATTR_SET) || node.is(NODE_LAMBDA))
    })
}

fn show(target: &Target) -> String {
    match target {
        Target::Repo(path) => path.to_string(),
        Target::Outside(text) | Target::Absolute(text) | Target::Home(text) => text.clone(),
        Target::Nixpkgs(text) => format!("nixpkgs/{text}"),
        Target::Search(text) => format!("<{text}>"),
        Target::Input { name, rest } => format!("{name}/{}", rest.join("/")),
    }
}

/// Whether a folder holds patterns to copy, not something of this repository.
#[must_use]
pub fn is_template(path: &RepoPath) -> bool {
    path.in_folder(|name| {
        matches!(
            name,
            b"template" | b"templates" | b"example" | b"examples" | b"testdata"
        )
    })
}

/// Whether a component of a path names something that does not stay.
#[must_use]
pub fn ephemeral_path(path: &RepoPath) -> bool {
    // `release.nix` lists what a build farm builds: tests and manuals, no machine.
    if path.bytes() == b"release.nix" {
        return true;
    }
    path.components().any(|it| {
        let stem = it.strip_suffix(".nix").unwrap_or(&it);
        matches!(
            stem,
            "iso"
                | "installer"
                | "vm"
                | "vms"
                | "vmtest"
                | "test"
                | "tests"
                | "template"
                | "templates"
                | "example"
                | "examples"
                | "ci"
                | "demo"
                | "bootstrap"
                | "rescue"
        ) || stem.ends_with("-installer")
            || stem == "images"
            || stem.ends_with("vm-image")
    })
}

/// Whether the name of a host says that it does not stay.
#[must_use]
pub fn ephemeral_name(name: &str) -> bool {
    name.split(['-', '_', '@', '.']).any(|word| {
        matches!(
            word,
            "iso"
                | "installer"
                | "vm"
                | "template"
                | "test"
                | "bootstrap"
                | "minimal-iso"
                | "example"
                | "dummy"
        )
    })
}

/// Whether a module of nixpkgs makes an image, a test or a container.
fn ephemeral_module(text: &str) -> bool {
    // `installer/scan/not-detected.nix` stands in the hardware file of most machines.
    text.starts_with("nixpkgs/")
        && !text.contains("installer/scan/")
        && [
            "installer/",
            "cd-dvd/",
            "iso-image",
            "sd-card",
            "sd-image",
            "netboot",
            "qemu-vm",
            "proxmox-lxc",
            "lxc-",
            "test-instrumentation",
        ]
        .iter()
        .any(|part| text.contains(part))
}

/// Whether a file sets what only images, guests and tests set.
fn ephemeral_settings(file: &File) -> bool {
    let definitions = &file.facts.definitions;
    let telling = |name: &str| {
        matches!(
            name,
            "isoImage" | "sdImage" | "netboot" | "fileName" | "isContainer" | "microvm"
        )
    };
    if !definitions.has_name(telling) {
        return false;
    }
    definitions.entries.iter().any(|entry| {
        if definitions.origin(entry.path) != Origin::File {
            return false;
        }
        let segments = definitions.segments(entry.path);
        let mut names = segments.iter().filter_map(|segment| match segment {
            Segment::Name(name) => Some(*name),
            _ => None,
        });
        let mut first = names.next();
        if first == Some("config") {
            first = names.next();
        }
        match first {
            Some("isoImage" | "sdImage" | "netboot") => true,
            Some("image") => names.next() == Some("fileName"),
            Some("boot") => names.next() == Some("isContainer"),
            Some("microvm") => !matches!(names.next(), Some("vms" | "host" | "autostart") | None),
            _ => false,
        }
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::facts::Extract;
    use crate::{EntryKind, PathEntry, PathTable, Text};

    /// A repository of these files, linked.
    pub(crate) fn repo(files: &[(&str, &str)]) -> Repo {
        let mut files = files.to_vec();
        files.sort_unstable();
        let entries = files.iter().map(|(path, _)| PathEntry {
            path: (*path).into(),
            kind: EntryKind::File,
            on_disk: true,
            git: None,
        });
        let table = PathTable::new(entries.collect());
        let files = files
            .iter()
            .enumerate()
            .map(|(id, (path, text))| {
                let id = FileId(u32::try_from(id).unwrap());
                let text = Arc::new(Text::new(*text));
                let limits = syntax::parse::Limits::default();
                let kind = if path.ends_with(".nix") {
                    Kind::Nix
                } else {
                    Kind::Other
                };
                let (mut file, tree) = File::new(id, (*path).into(), kind, text, limits);
                let Some(tree) = tree else {
                    file.facts = crate::facts::without_tree(&file);
                    return file;
                };
                file.facts = Extract::all(&file, &tree);
                file
            })
            .collect();
        Repo::link(files, table, None, None)
    }

    /// Every host in one line: name, class, files (`?` for those that are only perhaps, `!` for those that hold a module
    /// and are none, but for the file of the host itself), `…` when incomplete.
    pub(crate) fn check(files: &[(&str, &str)]) -> Vec<String> {
        let repo = repo(files);
        repo.hosts
            .all
            .iter()
            .map(|host| {
                let name = |file: &FileId| repo.file(*file).path.to_string();
                let mut words: Vec<String> = host.surely.iter().map(name).collect();
                words.extend(host.perhaps.iter().map(|file| format!("{}?", name(file))));
                let inline: BTreeSet<_> = host
                    .inline
                    .iter()
                    .map(|(at, _)| at.file)
                    .filter(|file| !host.surely.contains(file) && *file != host.at.file)
                    .collect();
                words.extend(inline.iter().map(|file| format!("{}!", name(file))));
                words.extend(host.children.iter().map(|child| {
                    let files: Vec<_> = child
                        .surely
                        .iter()
                        .chain(&child.perhaps)
                        .map(name)
                        .collect();
                    format!(
                        "{}.{}({})",
                        child.kind.option(),
                        child.name,
                        files.join(" ")
                    )
                }));
                let parent = host.system_host.map_or(String::new(), |index| {
                    format!(" in {}", repo.hosts.all[index].name.known().unwrap())
                });
                let more = if host.complete { "" } else { " …" };
                let name = host.name.known().map_or("-", String::as_str);
                format!("{name}{parent} {:?}: {}{more}", host.class, words.join(" "))
            })
            .collect()
    }

    #[test]
    fn direct_calls() {
        assert_eq!(
            check(&[
                (
                    "flake.nix",
                    "{ outputs = { self, nixpkgs, ... }@inputs: let common = [ ./common.nix ]; in {
                      nixosConfigurations.a = nixpkgs.lib.nixosSystem {
                        specialArgs = { inherit inputs; }; modules = common ++ [ ./a.nix inputs.disko.nixosModules.disko ];
                      };
                      darwinConfigurations = { m = inputs.darwin.lib.darwinSystem { modules = [ { imports = [ ./m ]; } ]; }; };
                      homeConfigurations.\"u@a\" = inputs.home-manager.lib.homeManagerConfiguration { pkgs = null; modules = [ ./home.nix ]; };
                    }; }"
                ),
                ("common.nix", "{ lib, config, ... }: { imports = lib.optional config.x.y ./maybe.nix ++ [ ./sub ]; }"),
                ("maybe.nix", "{ }"),
                ("sub/default.nix", "{ inputs, ... }: { imports = [ \"${inputs.self}/deep.nix\" ]; }"),
                ("deep.nix", "{ }"),
                ("a.nix", "{ modulesPath, ... }: { imports = [ (modulesPath + \"/x.nix\") ./gone.nix ]; }"),
                ("m/default.nix", "{ }"),
                ("home.nix", "{ }"),
            ]),
            [
                "a Nixos: a.nix common.nix deep.nix sub/default.nix maybe.nix? …",
                "m Darwin: m/default.nix",
                "u@a Home: home.nix",
            ]
        );
    }

    #[test]
    fn helpers_and_loops() {
        let host = |name: &str| format!("{name} Nixos: base.nix hosts/{name}.nix");
        assert_eq!(
            check(&[
                (
                    "flake.nix",
                    "{ outputs = inputs: let mk = import ./lib/mk.nix { inherit inputs; }; in {
                      nixosConfigurations = { a = mk \"a\" { }; }
                        // inputs.nixpkgs.lib.genAttrs [ \"b\" ] (n: mk n { })
                        // builtins.mapAttrs mk { c = { }; }
                        // builtins.listToAttrs (map (n: { name = n; value = mk n { }; }) [ \"d\" ]);
                    }; }"
                ),
                (
                    "lib/mk.nix",
                    "{ inputs }: name: { extra ? [ ] }: with inputs.nixpkgs.lib; nixosSystem {
                      specialArgs = { inherit name; }; modules = [ ../base.nix ] ++ extra; }"
                ),
                ("base.nix", "{ name, ... }: { imports = [ (./hosts + \"/${name}.nix\") ]; }"),
                ("hosts/a.nix", "{ }"),
                ("hosts/b.nix", "{ }"),
                ("hosts/c.nix", "{ }"),
                ("hosts/d.nix", "{ }"),
            ]),
            [host("a"), host("b"), host("c"), host("d")]
        );
    }

    #[test]
    fn folders_are_read_from_the_table() {
        assert_eq!(
            check(&[
                (
                    "flake.nix",
                    "{ outputs = { nixpkgs, ... }: { nixosConfigurations = builtins.mapAttrs (n: _: nixpkgs.lib.nixosSystem {
                      modules = [ ./hosts/${n} ]; }) (builtins.readDir ./hosts); }; }"
                ),
                ("hosts/x/default.nix", "{ }"),
            ]),
            ["x Nixos: hosts/x/default.nix …"]
        );
    }

    #[test]
    fn flake_parts_and_homes() {
        assert_eq!(
            check(&[
                (
                    "flake.nix",
                    "{ outputs = inputs@{ flake-parts, ... }: flake-parts.lib.mkFlake { inherit inputs; } {
                      imports = [ ./parts.nix ]; }; }"
                ),
                (
                    "parts.nix",
                    "{ inputs, self, ... }: { flake.nixosConfigurations.box = inputs.nixpkgs.lib.nixosSystem {
                      modules = [ ./box.nix self.nixosModules.extra ]; };
                      flake.nixosModules.extra = ./extra.nix; }"
                ),
                ("extra.nix", "{ }"),
                (
                    "box.nix",
                    "{ config, ... }: { networking.hostName = \"box\";
                       home-manager = { useGlobalPkgs = true; sharedModules = [ ./shared.nix ];
                         users.u = { imports = [ ./u.nix ./per/${config.networking.hostName}.nix ]; }; }; }"
                ),
                ("shared.nix", "{ }"),
                ("u.nix", "{ }"),
                ("per/box.nix", "{ }"),
            ]),
            ["box Nixos: box.nix extra.nix", "u in box Home: per/box.nix shared.nix u.nix"]
        );
    }

    #[test]
    fn what_cannot_be_followed_is_incomplete() {
        assert_eq!(
            check(&[(
                "flake.nix",
                "{ outputs = { nixpkgs, other, ... }: { nixosConfigurations = {
                  a = other.lib.make { };
                  b = nixpkgs.lib.nixosSystem { modules = other.lib.list; };
                }; }; }"
            )]),
            ["a Nixos:  …", "b Nixos: "]
        );
        assert_eq!(
            check(&[
                ("hosts/a/default.nix", "{ }"),
                ("flake.nix", "{ outputs = x: x.y; }")
            ]),
            [""; 0]
        );
        assert_eq!(
            check(&[
                (
                    "configuration.nix",
                    "{ networking.hostName = \"pc\"; imports = [ ./hardware-configuration.nix ]; }"
                ),
                ("hardware-configuration.nix", "{ }")
            ]),
            ["pc Nixos: configuration.nix hardware-configuration.nix"]
        );
    }

    #[test]
    fn nothing_runs_for_ever() {
        // A function that calls itself, a flake that asks itself, modules that import each other.
        assert_eq!(
            check(&[
                (
                    "flake.nix",
                    "{ outputs = { self, nixpkgs }: let f = x: f (x + \"a\"); in {
                      nixosConfigurations = { a = f \"\"; b = self.nixosConfigurations.b;
                      c = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; }; }; }; }"
                ),
                ("a.nix", "{ imports = [ ./b.nix ]; }"),
                ("b.nix", "{ imports = [ ./a.nix ]; }"),
            ]),
            ["a Nixos:  …", "b Nixos:  …", "c Nixos: a.nix b.nix"]
        );
    }

    #[test]
    fn hostile_texts_end() {
        let many = |part: &str| part.repeat(3000);
        let flake = format!(
            "{{ outputs = {{ nixpkgs, ... }}: {{ nixosConfigurations = {{ a = nixpkgs.lib.nixosSystem {{ modules = [ ./a.nix ]; }}; }} {}; }}; }}",
            many("// { }")
        );
        let list = format!("{{ imports = [ ] {}; }}", many("++ [ ./b.nix ]"));
        let call = format!("{{ x = f {}; imports = [ ./b.nix ]; }}", many("./b.nix "));
        let keys: String = (0..3000)
            .map(|n| format!("a.b{n}.c = 1; a = {{ }}; "))
            .collect();
        let keys = format!("{{ {keys} }}");
        let chain: String = (0..2000).map(|n| format!("v{} = v{n}; ", n + 1)).collect();
        let chain = format!("let v0 = v0; {chain} in {{ imports = [ v2000 ]; }}");
        for module in [list, call, keys, chain] {
            let hosts = check(&[
                ("flake.nix", flake.as_str()),
                ("a.nix", module.as_str()),
                ("b.nix", "{ }"),
            ]);
            assert!(hosts.len() <= 1);
        }
        let plain = "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; }; }; }";
        let lists = format!("{{ imports = [ ] {}; }}", "++ [ ./b.nix ]".repeat(60));
        assert_eq!(
            check(&[
                ("flake.nix", plain),
                ("a.nix", lists.as_str()),
                ("b.nix", "{ }")
            ]),
            ["a Nixos: a.nix b.nix"]
        );
    }
}
