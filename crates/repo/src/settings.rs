//! What the modules of the repository set, by full option path, and what that comes to on one host.
//!
//! Goal: every definition of a watched option behind the things that may stand before its name (`config.`,
//! `nixosModules.<n>.`, `flake.modules.<class>.<n>.`, `home-manager.users.<n>.` …), with priority and condition; and per
//! host *unset*, *is*, *conflict* or *unknown*. A module that stands inside a file, also one that `let` binds, counts for
//! the hosts that import it. Anchored: `my.services.openssh` is not `services.openssh`. Limits: only the option roots in
//! [`ROOTS`] are indexed; a value bound by `let` is not followed, and a set that is not written out makes everything
//! below it unknown.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use syntax::SyntaxKind;

use crate::class::Class;
use crate::definitions::{Definition, Definitions, Origin, Segment, Value};
use crate::hosts::Host;
use crate::outline::{Binding, Node, Shape};
use crate::{File, FileId, Kind, Repo, Span, TextRange};

/// The first names of the options that are indexed.
pub const ROOTS: [&str; 20] = [
    "boot",
    "determinateNix",
    "disko",
    "environment",
    "facter",
    "fileSystems",
    "home",
    "networking",
    "nix",
    "nixConfig",
    "nixpkgs",
    "programs",
    "security",
    "services",
    "swapDevices",
    "system",
    "targets",
    "users",
    "virtualisation",
    "wsl",
];

/// Whose option a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Within {
    /// The module's own system or home.
    Own,
    /// A module that the flake exports under a name of NixOS.
    Nixos,
    /// A home inside a system, or an exported module of home-manager.
    Home,
    /// An exported module of nix-darwin.
    Darwin,
    /// A specialisation: the same machine, booted on request.
    Specialisation,
    /// A container, or the variant for a virtual machine.
    Guest,
}

/// One definition of an option.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The file that sets it.
    pub file: &'a File,
    /// The definition.
    pub definition: &'a Definition,
    /// Whose option it is.
    pub within: Within,
    /// How many segments stand before the option's own name.
    skip: usize,
    /// Whether it stands in an element of a list of modules, or in a module that `let` binds.
    pub inline: bool,
    /// The module inside the file that it stands in, when a host imports that one.
    module: Option<TextRange>,
}

/// What an option comes to on a host.
#[derive(Debug, Clone, PartialEq)]
pub enum Effective<'a> {
    /// Nothing sets it, and nothing unread can.
    Unset,
    /// This literal wins.
    Is(&'a Value),
    /// Different literals of the same priority.
    Conflict,
    /// Nobody can tell.
    Unknown,
}

/// A definition of a watched option, or one that may set anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Its index in the definitions of the file.
    entry: u32,
    /// Which of [`ROOTS`] it sets; `None`: its own path is empty or computed from the start.
    root: Option<u8>,
    skip: u8,
    within: Within,
    inline: bool,
    module: Option<TextRange>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    file: FileId,
    it: Watched,
}

/// The index of all definitions of watched options.
#[derive(Debug, Default)]
pub struct Settings {
    /// For each of [`ROOTS`].
    rows: [Vec<Row>; ROOTS.len()],
    /// Definitions whose own path is empty or computed from the start: they may set anything.
    open: Vec<Row>,
}

impl Settings {
    /// Reads the definitions of all files once.
    #[must_use]
    pub fn of(repo: &Repo) -> Settings {
        let mut settings = Settings::default();
        let mut modules: BTreeMap<FileId, Vec<TextRange>> = BTreeMap::new();
        for (at, _) in repo.hosts.all.iter().flat_map(|host| &host.inline) {
            modules.entry(at.file).or_default().push(at.range);
        }
        for ranges in modules.values_mut() {
            // The innermost of those around a place comes first.
            ranges.sort_unstable_by_key(|at| (at.len(), at.start()));
            ranges.dedup();
        }
        for file in repo.files.iter().filter(|file| file.kind == Kind::Nix) {
            // What the file alone tells is known, where no host imports a module from the middle of it.
            let told;
            let all = match modules.get(&file.id) {
                None => &file.facts.watched,
                Some(inside) => {
                    told = watched_in(file, inside);
                    &told
                }
            };
            for it in all {
                let row = Row {
                    file: file.id,
                    it: *it,
                };
                match it.root {
                    Some(root) => settings.rows[usize::from(root)].push(row),
                    None => settings.open.push(row),
                }
            }
        }
        settings
    }

    /// Every definition of an option in the repository, in the order of paths and text; `*` stands for any one segment.
    pub fn matching<'a>(
        &'a self,
        repo: &'a Repo,
        path: &'a [&'a str],
    ) -> impl Iterator<Item = Setting<'a>> {
        let rows = self.rows_of(path).iter();
        rows.map(|row| setting(repo.file(row.file), row.it))
            .filter(move |it| it.is(path))
    }

    /// As [`Settings::matching`], also everything below the path.
    pub fn below<'a>(
        &'a self,
        repo: &'a Repo,
        path: &'a [&'a str],
    ) -> impl Iterator<Item = Setting<'a>> {
        let rows = self.rows_of(path).iter();
        rows.map(|row| setting(repo.file(row.file), row.it))
            .filter(move |it| {
                let own = it.path();
                own.len() >= path.len() && fits(&own, path)
            })
    }

    /// What is indexed under the first name of a path.
    fn rows_of(&self, path: &[&str]) -> &[Row] {
        let root = path.first().copied().unwrap_or_default();
        let index = ROOTS.iter().position(|it| *it == root);
        debug_assert!(index.is_some(), "{root} is not indexed");
        index.map_or(&[], |index| &self.rows[index])
    }

    /// What an option comes to on a host. `path` holds names only.
    #[must_use]
    pub fn effective<'a>(&self, repo: &'a Repo, host: &Host, path: &[&str]) -> Effective<'a> {
        let rows = self.rows_of(path);
        let mut contenders: Vec<(i64, Option<&'a Value>)> = Vec::new();
        for row in rows.iter().chain(&self.open) {
            let it = setting(repo.file(row.file), row.it);
            let Some(sure) = it.on(host) else { continue };
            let own = it.path();
            if own.len() > path.len() || !fits(&own, path) {
                continue;
            }
            let computed = own.contains(&Segment::Dynamic);
            if own.len() < path.len() {
                if computed && it.definition.value != Value::Set || !it.is_open_set() {
                    return Effective::Unknown;
                }
                continue;
            }
            let literal = matches!(
                it.definition.value,
                Value::Bool(_) | Value::Int(_) | Value::Null | Value::Str(_)
            );
            let value = (sure && literal && !computed).then_some(&it.definition.value);
            contenders.push((it.priority(), value));
        }
        let Some(least) = contenders.iter().map(|(priority, _)| *priority).min() else {
            return if host.complete && !host.foreign.iter().any(|(it, _)| could_set(it, path)) {
                Effective::Unset
            } else {
                Effective::Unknown
            };
        };
        let mut best: Option<&'a Value> = None;
        for (_, value) in contenders.iter().filter(|(priority, _)| *priority == least) {
            match (value, best) {
                (None, _) => return Effective::Unknown,
                (Some(value), None) => best = Some(value),
                (Some(value), Some(before)) if *value == before => {}
                _ => return Effective::Conflict,
            }
        }
        best.map_or(Effective::Unknown, Effective::Is)
    }

    /// The definitions of an option that hold on a host whatever is true; `*` stands for any one segment.
    pub fn surely_on<'a>(
        &'a self,
        repo: &'a Repo,
        host: &'a Host,
        path: &'a [&'a str],
    ) -> impl Iterator<Item = Setting<'a>> {
        self.matching(repo, path)
            .filter(|it| it.on(host) == Some(true))
    }

    /// Whether a system option is set to something that another definition overrides on every host that has the file.
    #[must_use]
    pub fn is_overridden(&self, repo: &Repo, it: &Setting<'_>, path: &[&str]) -> bool {
        let mut hosts = repo.hosts.perhaps_of(it.file.id).peekable();
        hosts.peek().is_some()
            && hosts.all(|(_, host)| match self.effective(repo, host, path) {
                Effective::Is(value) => *value != it.definition.value,
                _ => false,
            })
    }
}

impl Repo {
    /// What the modules of the repository set. Made when it is first asked for.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.settings.get_or_init(|| Settings::of(self))
    }

    /// The definitions of an option of NixOS that are worth judging: not in files of another class, not of a guest or a
    /// home, not in images, installers, tests and containers. `*` stands for any one segment.
    pub fn system_settings<'a>(&'a self, path: &'a [&'a str]) -> impl Iterator<Item = Setting<'a>> {
        self.settings().matching(self, path).filter(|it| {
            self.is_of_system(it)
                && !self.is_sandboxed(it.file.id)
                && !self.is_of_sandboxes(it.file.id, it.definition.at)
        })
    }

    /// Whether a place stands in a module inside a file, and only machines that do not stay import that one.
    #[must_use]
    pub fn is_of_sandboxes(&self, file: FileId, at: TextRange) -> bool {
        let holds = |host: &&Host| {
            let mut inline = host.inline.iter();
            inline.any(|(module, _)| module.file == file && module.range.contains_range(at))
        };
        let mut hosts = self.hosts.all.iter().filter(holds).peekable();
        hosts.peek().is_some() && hosts.all(|host| self.is_sandboxed_host(host))
    }

    /// Whether a definition can be one of a NixOS system.
    #[must_use]
    pub fn is_of_system(&self, it: &Setting<'_>) -> bool {
        match it.within {
            Within::Nixos | Within::Specialisation => return true,
            Within::Own => {}
            Within::Home | Within::Darwin | Within::Guest => return false,
        }
        let votes = self.classes.of(it.file.id);
        // An inline module of a flake, or of a file of any other kind.
        if it.inline || it.file.path.file_name() == "flake.nix" {
            return true;
        }
        // That a file is also called with arguments says nothing.
        let mut certain = votes
            .certain_all()
            .filter(|class| class.is_module() || matches!(class, Class::Package | Class::Overlay))
            .peekable();
        if certain.peek().is_some() {
            return certain.any(|class| class == Class::Nixos);
        }
        !matches!(
            votes.likely(),
            Some(Class::Home | Class::Darwin | Class::Package | Class::Overlay)
        )
    }

    /// Whether a file describes only machines that do not stay or that another system guards: images, tests, containers,
    /// WSL.
    #[must_use]
    pub fn is_sandboxed(&self, file: FileId) -> bool {
        if self.is_ephemeral(file) {
            return true;
        }
        let wsl = |it: &Setting<'_>| it.definition.value == Value::Bool(true);
        if in_file(self.file(file), &["wsl", "enable"]).iter().any(wsl) {
            return true;
        }
        let mut hosts = self
            .hosts
            .perhaps_of(file)
            .filter(|(_, host)| host.class != Class::Home)
            .peekable();
        self.hosts.open.is_empty()
            && hosts.peek().is_some()
            && hosts.all(|(_, host)| self.is_sandboxed_host(host))
    }

    /// As [`Repo::is_sandboxed`], for a host.
    #[must_use]
    pub fn is_sandboxed_host(&self, host: &Host) -> bool {
        host.ephemeral
            || host.foreign.iter().any(|(it, _)| {
                let it = it.to_ascii_lowercase();
                it.contains("wsl")
                    || it.contains("virtualisation/")
                        && ["-image", "-config", "lxc", "docker", "container"]
                            .iter()
                            .any(|word| it.contains(word))
            })
            || self
                .settings()
                .surely_on(self, host, &["wsl", "enable"])
                .any(|it| it.definition.value == Value::Bool(true))
    }

    /// Whether a file of the host (or one that such a file names, or the one that builds it) has a binding of this last
    /// name, wherever it stands.
    #[must_use]
    pub fn host_mentions(&self, host: &Host, name: &str) -> bool {
        self.files_of(host).iter().any(|file| {
            let definitions = &self.file(*file).facts.definitions;
            definitions.has_name(|it| it == name)
        })
    }

    /// The files of a host, those that such a file names, those that hold a module of it, and the one that builds it.
    #[must_use]
    pub fn files_of(&self, host: &Host) -> BTreeSet<FileId> {
        let own = host.surely.iter().chain(&host.perhaps).copied();
        let mut files = self.imports.reachable(own);
        files.insert(host.at.file);
        files.extend(host.call.iter().map(|call| call.at.file));
        files.extend(host.inline.iter().map(|(at, _)| at.file));
        files
    }
}

/// The definitions of an option in one file; `*` stands for any one segment.
#[must_use]
pub fn in_file<'a>(file: &'a File, path: &[&str]) -> Vec<Setting<'a>> {
    let all = file.facts.watched.iter();
    all.filter(|it| {
        let root = it.root.map(|root| ROOTS[usize::from(root)]);
        root.is_some() && path.first().copied() == root
    })
    .map(|it| setting(file, *it))
    .filter(|it| it.is(path))
    .collect()
}

fn setting(file: &File, row: Watched) -> Setting<'_> {
    Setting {
        file,
        definition: &file.facts.definitions.entries[row.entry as usize],
        within: row.within,
        skip: usize::from(row.skip),
        inline: row.inline,
        module: row.module,
    }
}

/// What a file alone tells of the options that it sets.
#[must_use]
pub(crate) fn watched(definitions: &Definitions) -> Vec<Watched> {
    let mut all = Vec::new();
    let begins = definitions.beginning(|name| leads_on(name) || ROOTS.contains(&name));
    let entries = definitions.entries.iter().enumerate();
    let entries = entries.filter(|(_, entry)| begins(entry.path));
    each(definitions, entries, |_| None, |it| all.push(it));
    all
}

/// As [`watched`], when hosts import modules inside the file, the shortest first.
fn watched_in(file: &File, modules: &[TextRange]) -> Vec<Watched> {
    let mut all = Vec::new();
    let around = |entry: &Definition| module_around(file, modules, entry);
    let definitions = &file.facts.definitions;
    let entries = definitions.entries.iter().enumerate();
    each(definitions, entries, around, |it| all.push(it));
    all
}

/// Calls `found` with every definition of a watched option among some, and with those that may set anything. `around`
/// gives the module around a definition, see [`module_around`].
fn each<'a>(
    definitions: &Definitions,
    entries: impl Iterator<Item = (usize, &'a Definition)>,
    around: impl Fn(&Definition) -> Option<(TextRange, usize)>,
    mut found: impl FnMut(Watched),
) {
    let mut segments: Vec<Segment<'_>> = Vec::new();
    for (index, entry) in entries {
        let origin = definitions.origin(entry.path);
        let around = around(entry);
        if origin == Origin::Detached && around.is_none() {
            continue;
        }
        segments.clear();
        segments.extend(definitions.up(entry.path));
        segments.reverse();
        // What stands before the module: `let modules.base = { … };`
        let before = around.map_or(0, |(_, before)| before.min(segments.len()));
        let root_of = |skip: usize| match segments.get(skip) {
            Some(Segment::Name(name)) => ROOTS.iter().position(|root| root == name),
            _ => None,
        };
        let mut outside = if origin == Origin::Detached {
            before
        } else {
            0
        };
        let (mut within, mut skip) = strip(&segments[outside..]);
        // `{ imports = [ … ]; hardware = { pkgs, ... }: { … }; }`: a framework takes modules out of sets of its own.
        if origin == Origin::File && before > 0 && root_of(skip).is_none() {
            outside = before;
            (within, skip) = strip(&segments[outside..]);
        }
        let skip = skip + outside;
        let root = root_of(skip).and_then(|root| u8::try_from(root).ok());
        let open = match segments.get(skip) {
            // `config = x;`, `${name}.enable = true;`
            None => skip > outside,
            Some(Segment::Dynamic) => true,
            Some(_) => false,
        };
        if root.is_some() || open {
            found(Watched {
                entry: u32::try_from(index).unwrap_or(u32::MAX),
                root,
                skip: u8::try_from(skip).unwrap_or(u8::MAX),
                within,
                inline: origin != Origin::File || outside > 0,
                module: around.map(|(module, _)| module),
            });
        }
    }
}

/// The innermost of the modules that a definition stands in, with the number of segments before it. Not one that it only
/// stands inside of: in a `let`, in an argument, in a list of further modules.
pub(crate) fn module_around(
    file: &File,
    modules: &[TextRange],
    entry: &Definition,
) -> Option<(TextRange, usize)> {
    let module = *modules
        .iter()
        .find(|module| module.contains_range(entry.at))?;
    let outline = &file.facts.outline;
    let own = outline.covering(file.text.contents(), entry.at)?;
    let is_binding = |node: &Node<'_>| {
        node.is(SyntaxKind::NODE_ATTRPATH_VALUE) || node.is(SyntaxKind::NODE_INHERIT)
    };
    let mut child = own;
    let mut outermost = None;
    for node in own.ancestors() {
        if !module.contains_range(node.range()) {
            break;
        }
        match node.kind() {
            SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LEGACY_LET if is_binding(&child) => {
                return None;
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let last = node.child(0).and_then(|path| path.keys().pop());
                let modules = ["imports", "modules", "sharedModules", "extraModules"];
                if last.is_some_and(|it| it.name().is_some_and(|it| modules.contains(&it))) {
                    return None;
                }
                outermost = Some(node);
            }
            SyntaxKind::NODE_INHERIT => outermost = Some(node),
            SyntaxKind::NODE_PATTERN => return None,
            _ => {}
        }
        child = node;
    }
    let outermost = outermost?;
    let definitions = &file.facts.definitions;
    let (key, keys) = if outermost.is(SyntaxKind::NODE_INHERIT) {
        (entry.at, 1)
    } else {
        let path = outermost.child(0)?;
        (path.range(), path.children().count())
    };
    let nth = definitions
        .entries
        .partition_point(|it| it.at.start() < key.start());
    let first = definitions.entries.get(nth).filter(|it| it.at == key)?;
    if !definitions.is_below(entry.path, first.path) {
        return None;
    }
    let before = definitions.up(first.path).count().checked_sub(keys)?;
    Some((module, before))
}

/// Whether a name may stand before that of an option, see [`strip`].
fn leads_on(name: &str) -> bool {
    matches!(
        name,
        "config"
            | "home-manager"
            | "homeModules"
            | "homeManagerModules"
            | "hmModules"
            | "flake"
            | "nixosModules"
            | "darwinModules"
            | "specialisation"
            | "virtualisation"
            | "containers"
            | "microvm"
            | "nodes"
    )
}

/// Whose option a path is, and how many segments stand before it.
fn strip(segments: &[Segment<'_>]) -> (Within, usize) {
    use Segment::{Item, Name};
    let mut within = Within::Own;
    let mut rest = segments;
    loop {
        rest = match rest {
            [Name("config"), rest @ ..] => rest,
            [Name("home-manager"), Name("users"), _, rest @ ..]
            | [Name("home-manager"), Name("sharedModules"), Item, rest @ ..]
            | [
                Name("homeModules" | "homeManagerModules" | "hmModules"),
                _,
                rest @ ..,
            ] => {
                within = Within::Home;
                rest
            }
            [Name("flake"), Name("modules"), Name(class), _, rest @ ..] => {
                within = match *class {
                    "nixos" => Within::Nixos,
                    "darwin" => Within::Darwin,
                    _ => Within::Home,
                };
                rest
            }
            [Name("flake"), rest @ ..] => rest,
            [Name("nixosModules"), _, rest @ ..] => {
                within = Within::Nixos;
                rest
            }
            [Name("darwinModules"), _, rest @ ..] => {
                within = Within::Darwin;
                rest
            }
            [Name("specialisation"), _, Name("configuration"), rest @ ..] => {
                within = Within::Specialisation;
                rest
            }
            [
                Name("virtualisation"),
                Name("vmVariant" | "vmVariantWithBootLoader" | "vmVariantWithDisko"),
                rest @ ..,
            ]
            | [Name("containers"), _, Name("config"), rest @ ..]
            | [Name("microvm"), Name("vms"), _, Name("config"), rest @ ..]
            | [Name("nodes"), _, rest @ ..] => {
                within = Within::Guest;
                rest
            }
            _ => return (within, segments.len() - rest.len()),
        };
    }
}

impl<'a> Setting<'a> {
    /// The option's own path.
    #[must_use]
    pub fn path(&self) -> Vec<Segment<'a>> {
        let mut segments = self.file.facts.definitions.segments(self.definition.path);
        segments.drain(..self.skip.min(segments.len()));
        segments
    }

    /// One segment of the path, when it is a name.
    #[must_use]
    pub fn name(&self, nth: usize) -> Option<&'a str> {
        match self.path().get(nth) {
            Some(Segment::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether it is this option; `*` stands for any one segment.
    #[must_use]
    pub fn is(&self, path: &[&str]) -> bool {
        let definitions = &self.file.facts.definitions;
        let mut up = definitions.up(self.definition.path);
        let same = path.iter().rev().all(|name| match up.next() {
            Some(Segment::Name(it)) => *name == "*" || it == *name,
            Some(_) => *name == "*",
            None => false,
        });
        same && up.count() == self.skip
    }

    /// Where the value stands, wrappers included.
    #[must_use]
    pub fn value_at(&self) -> Span {
        Span {
            file: self.file.id,
            range: self.definition.value_at,
        }
    }

    /// A range of its file.
    #[must_use]
    pub fn span(&self, range: TextRange) -> Span {
        Span {
            file: self.file.id,
            range,
        }
    }

    /// Its priority; the lowest number wins.
    #[must_use]
    pub fn priority(&self) -> i64 {
        self.definition.priority.unwrap_or(100)
    }

    /// Whether a condition of its own file decides about it.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        let definitions = &self.file.facts.definitions;
        self.within == Within::Specialisation
            || definitions.guards(self.definition.guard).next().is_some()
    }

    /// Whether it holds on a host: surely, perhaps, or (`None`) not at all.
    #[must_use]
    pub fn on(&self, host: &Host) -> Option<bool> {
        match (self.within, host.class) {
            (Within::Guest, _) => return None,
            (Within::Home, Class::Home) | (Within::Own, _) => {}
            (Within::Nixos | Within::Specialisation, Class::Nixos)
            | (Within::Darwin, Class::Darwin) => {}
            _ => return None,
        }
        let file = self.file.id;
        if let Some(range) = self.module {
            let here = |it: &&(Span, bool)| it.0 == Span { file, range };
            let mut places = host.inline.iter().filter(here).peekable();
            if places.peek().is_some() {
                return Some(places.any(|(_, sure)| *sure) && !self.is_conditional());
            }
            if host.complete && self.inline {
                return None;
            }
        }
        if self.inline {
            let near = host.surely.contains(&file)
                || host.perhaps.contains(&file)
                || host.at.file == file
                || host.call.as_ref().is_some_and(|call| call.at.file == file);
            return near.then_some(false);
        }
        if self.within == Within::Nixos {
            return Some(false);
        }
        if host.surely.contains(&file) {
            return Some(!self.is_conditional());
        }
        host.perhaps.contains(&file).then_some(false)
    }

    /// The value without wrappers.
    #[must_use]
    pub fn value_node(&self) -> Option<Node<'a>> {
        let text = self.file.text.contents();
        let node = self
            .file
            .facts
            .outline
            .covering(text, self.definition.value_at)?;
        Some(unwrap(node))
    }

    /// The literal strings of a list (or the one string), and whether anything else may be in it.
    #[must_use]
    pub fn strings(&self) -> (Vec<(String, TextRange)>, bool) {
        self.entries(&[])
    }

    /// As [`Setting::strings`]; an element that is a set gives its attribute of one of these names.
    #[must_use]
    pub fn entries(&self, names: &[&str]) -> (Vec<(String, TextRange)>, bool) {
        let mut found = Vec::new();
        let mut open = self.definition.inherited;
        let mut queue: Vec<Node<'a>> = self.value_node().into_iter().collect();
        let mut steps = 0;
        while let Some(node) = queue.pop() {
            steps += 1;
            if steps > 10_000 {
                return (found, true);
            }
            let node = unwrap(node);
            match node.shape() {
                Shape::List => queue.extend(node.children()),
                Shape::Binary {
                    op: "++",
                    left,
                    right,
                } => queue.extend([left, right]),
                Shape::Set { .. } => match names.iter().find_map(|name| node.attribute(name)) {
                    Some(Binding::Value { value, .. }) => queue.push(value),
                    _ => open = true,
                },
                _ => match node.literal() {
                    Some(text) => found.push((text.into_owned(), node.range())),
                    None => open = true,
                },
            }
        }
        found.sort_by_key(|(_, at)| at.start());
        (found, open)
    }

    /// What stands before the option's own path.
    #[must_use]
    pub fn prefix(&self) -> Vec<Segment<'a>> {
        let mut segments = self.file.facts.definitions.segments(self.definition.path);
        segments.truncate(self.skip);
        segments
    }

    /// Whether the value is a set whose attributes are all definitions of their own.
    fn is_open_set(&self) -> bool {
        !self.definition.inherited
            && self
                .value_node()
                .is_some_and(|node| is_written_out(node, 8))
    }

    /// The `key value` or `key = value` lines of a text: each value with its place. Comments and the blocks behind
    /// `Match` are left out.
    #[must_use]
    pub fn lines_of(&self, key: &str) -> Vec<(&'a str, TextRange)> {
        let at = self.definition.value_at;
        let mut offset = at.start();
        let mut found = Vec::new();
        for line in self.file.text.slice(at).split_inclusive('\n') {
            let start = offset;
            offset += syntax::TextSize::of(line);
            let skipped = line.len()
                - line
                    .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'))
                    .len();
            let words = line[skipped..]
                .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ';'));
            if words.starts_with("Match ") {
                break;
            }
            let Some(rest) = words.strip_prefix(key) else {
                continue;
            };
            let value = rest.trim_start_matches([' ', '\t', '=']);
            if value.len() == rest.len() || value.is_empty() {
                continue;
            }
            let range = TextRange::at(
                start + syntax::TextSize::of(&line[..skipped]),
                syntax::TextSize::of(words),
            );
            found.push((value, range));
        }
        found
    }

    /// Whether a comment gives a reason for it.
    #[must_use]
    pub fn has_reason(&self) -> bool {
        has_reason(self.file, self.definition.at)
    }
}

/// Takes `let`, `with`, parentheses and the wrappers of priorities, orders and conditions off.
fn unwrap(node: Node<'_>) -> Node<'_> {
    let mut node = node.body();
    for _ in 0..16 {
        let (head, arguments) = node.call();
        let inner = match (head.last_name().as_deref(), arguments.as_slice()) {
            (
                Some(
                    "mkForce"
                    | "mkDefault"
                    | "mkOptionDefault"
                    | "mkVMOverride"
                    | "mkImageMediaOverride"
                    | "mkBefore"
                    | "mkAfter",
                ),
                [inner],
            ) => *inner,
            (Some("mkIf" | "mkOverride" | "mkOrder"), [_, inner]) => *inner,
            _ => break,
        };
        node = inner.body();
    }
    node
}

/// Whether all attributes of a set stand in the text.
fn is_written_out(node: Node<'_>, depth: u32) -> bool {
    let node = unwrap(node);
    if depth == 0 {
        return false;
    }
    match node.shape() {
        Shape::Set { .. } => true,
        Shape::List => node.children().all(|it| is_written_out(it, depth - 1)),
        Shape::Binary {
            op: "//" | "++",
            left,
            right,
        } => is_written_out(left, depth - 1) && is_written_out(right, depth - 1),
        Shape::If { yes, no, .. } => {
            is_written_out(yes, depth - 1) && is_written_out(no, depth - 1)
        }
        Shape::Apply { .. } => {
            let (head, arguments) = node.call();
            match (head.last_name().as_deref(), arguments.as_slice()) {
                (Some("mkMerge"), [it]) | (Some("optionalAttrs" | "optional"), [_, it]) => {
                    is_written_out(*it, depth - 1)
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether the common part of two paths may be the same; computed names may be any.
fn fits(own: &[Segment<'_>], path: &[&str]) -> bool {
    own.iter().zip(path).all(|(own, name)| match own {
        Segment::Name(own) => *name == "*" || own == name,
        Segment::Dynamic | Segment::Item => true,
    })
}

/// Whether a comment on the same line, or on the lines right above, says something in words.
#[must_use]
pub fn has_reason(file: &File, at: TextRange) -> bool {
    let own = file.text.line_of(at.start());
    if comment_of(file, own).is_some_and(is_prose) {
        return true;
    }
    let mut line = own;
    while let Some(above) = line.checked_sub(1) {
        let text = file.text.line(above).trim_start();
        if !text.starts_with('#') {
            return false;
        }
        if is_prose(text) {
            return true;
        }
        line = above;
    }
    false
}

/// The comment at the end of a line, 0-based.
fn comment_of(file: &File, line: u32) -> Option<&str> {
    let text = file.text.line(line);
    let start = file.text.line_range(line).start();
    text.match_indices(" #").find_map(|(at, _)| {
        let place = TextRange::at(start + syntax::text::size(at + 1), syntax::text::size(1));
        let node = file.facts.outline.covering(file.text.contents(), place)?;
        (!node.is(syntax::SyntaxKind::NODE_STRING)).then(|| &text[at + 1..])
    })
}

/// Two words that are no code, and no allow comment.
fn is_prose(comment: &str) -> bool {
    let words = comment.trim_start_matches(['#', ' ']);
    if words.starts_with("nivis:") || words.contains(['=', ';', '{', '}']) {
        return false;
    }
    let is_word = |word: &&str| {
        word.len() > 1
            && word
                .trim_matches(|c: char| c.is_ascii_punctuation())
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '\'' | '-' | '/'))
    };
    words.split_whitespace().filter(is_word).count() >= 2
}

/// Whether a module of an input may set an option. Inputs that are not in the table may set everything.
#[must_use]
pub fn could_set(module: &str, path: &[&str]) -> bool {
    let input = module
        .trim_start_matches("inputs.")
        .split(['.', '/'])
        .next()
        .unwrap_or_default();
    let starts = |prefix: &[&str]| path.iter().zip(prefix).all(|(own, name)| own == name);
    let any = |prefixes: &[&[&str]]| prefixes.iter().any(|prefix| starts(prefix));
    match input {
        "home-manager"
        | "home-manager-unstable"
        | "sops-nix"
        | "agenix"
        | "agenix-rekey"
        | "ragenix"
        | "stylix"
        | "nixvim"
        | "catppuccin"
        | "lanzaboote"
        | "determinate"
        | "nix-index-database"
        | "vscode-server"
        | "nur"
        | "chaotic" => {
            // lanzaboote sets the boot loader, stylix the look, determinate the daemon.
            any(&[&["boot", "loader"], &["programs"], &["nix"], &["nixpkgs"]])
        }
        "disko" => any(&[
            &["fileSystems"],
            &["swapDevices"],
            &["disko"],
            &["boot", "initrd", "luks"],
        ]),
        "impermanence" | "preservation" => any(&[&["fileSystems"], &["environment"]]),
        "nixos-hardware" | "hardware" => any(&[&["boot"], &["services"], &["networking"]]),
        // A module of nixpkgs itself: what profiles set.
        "nixpkgs" if module.contains("installer/scan/") => any(&[&["boot"]]),
        "nixpkgs" if module.contains("profiles/qemu-guest") => any(&[&["boot"]]),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use syntax::parse::Limits;

    use super::*;
    use crate::facts::Extract;
    use crate::{PathTable, RepoPath, Text};

    fn repo(files: &[(&str, &str)]) -> Repo {
        let mut list = Vec::new();
        for (index, (path, text)) in files.iter().enumerate() {
            let id = FileId(u32::try_from(index).unwrap());
            let text = Arc::new(Text::new((*text).to_owned()));
            let (mut file, tree) = File::new(
                id,
                RepoPath::from(*path),
                Kind::Nix,
                text,
                Limits::default(),
            );
            let tree = tree.unwrap();
            file.facts = Extract::all(&file, &tree);
            list.push(file);
        }
        Repo::link(list, PathTable::default(), None, None)
    }

    /// `leads_on` passes over paths that `strip` would not get through: both must know the same names.
    #[test]
    fn nothing_is_passed_over_that_sets_an_option() {
        for before in [
            "",
            "config.",
            "home-manager.users.u.",
            "homeModules.m.",
            "homeManagerModules.m.",
            "hmModules.m.",
            "flake.nixosModules.m.",
            "flake.modules.nixos.m.",
            "nixosModules.m.config.",
            "darwinModules.m.",
            "specialisation.s.configuration.",
            "virtualisation.vmVariant.",
            "containers.c.config.",
            "microvm.vms.v.config.",
            "nodes.n.",
            "${x}.",
        ] {
            let text = format!("{{ {before}services.a.b = 1; my.services = 2; }}");
            let repo = repo(&[("a.nix", &text)]);
            let facts = &repo.files[0].facts;
            let mut all = Vec::new();
            let entries = facts.definitions.entries.iter().enumerate();
            each(&facts.definitions, entries, |_| None, |it| all.push(it));
            assert_eq!(all.len(), 1, "{text}");
            assert_eq!(facts.watched, all, "{text}");
        }
    }

    const FLAKE: &str = "{ outputs = { nixpkgs, ... }: { nixosConfigurations.atlas = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; }; }; }";

    fn effective(host: &str) -> String {
        let repo = repo(&[("flake.nix", FLAKE), ("host.nix", host)]);
        let [host] = repo.hosts.all.as_slice() else {
            panic!("one host");
        };
        let path = ["networking", "firewall", "enable"];
        match repo.settings().effective(&repo, host, &path) {
            Effective::Is(value) => format!("{value:?}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_wins() {
        for (text, expected) in [
            ("{ }", "Unset"),
            ("{ networking.firewall.enable = false; }", "Bool(false)"),
            (
                "{ config.networking.firewall = { enable = false; }; }",
                "Bool(false)",
            ),
            (
                "{ imports = [ ]; networking = { firewall.enable = true; }; }",
                "Bool(true)",
            ),
            (
                "{ lib, ... }: { networking.firewall.enable = lib.mkForce true; config = { }; }",
                "Bool(true)",
            ),
            (
                "{ lib, ... }: lib.mkMerge [ { networking.firewall.enable = true; } { networking.firewall.enable = lib.mkForce false; } ]",
                "Bool(false)",
            ),
            (
                "{ lib, ... }: { networking.firewall = lib.mkMerge [ { enable = true; } { enable = false; } ]; }",
                "Conflict",
            ),
            (
                "{ lib, x, ... }: { networking.firewall.enable = lib.mkIf x true; }",
                "Unknown",
            ),
            ("{ x, ... }: { networking.firewall.enable = x; }", "Unknown"),
            ("{ x, ... }: { networking.firewall = x; }", "Unknown"),
            ("{ x, ... }: { networking.${x}.enable = true; }", "Unknown"),
            ("{ x, ... }: { config = x; }", "Unknown"),
            ("{ my.networking.firewall.enable = false; }", "Unset"),
            (
                "{ containers.c.config.networking.firewall.enable = false; }",
                "Unset",
            ),
        ] {
            assert_eq!(effective(text), expected, "{text}");
        }
    }

    #[test]
    fn modules_inside_a_file() {
        let effective = |flake: &str| {
            let repo = repo(&[("flake.nix", flake)]);
            let path = ["networking", "firewall", "enable"];
            let effective = |host| match repo.settings().effective(&repo, host, &path) {
                Effective::Is(value) => format!("{value:?}"),
                other => format!("{other:?}"),
            };
            repo.hosts.all.iter().map(effective).collect::<Vec<_>>()
        };
        let host = |names: &str, modules: &str| {
            format!(
                "{{ outputs = {{ nixpkgs, x, ... }}: let {names} in {{ nixosConfigurations.a = nixpkgs.lib.nixosSystem {{ modules = {modules}; }}; }}; }}"
            )
        };
        for (names, modules, expected) in [
            (
                "",
                "[ { networking.firewall.enable = false; } ]",
                "Bool(false)",
            ),
            (
                "base = { networking.firewall.enable = false; };",
                "[ base ]",
                "Bool(false)",
            ),
            (
                "base = { config, ... }: { config.networking = { firewall.enable = false; }; };",
                "[ base ]",
                "Bool(false)",
            ),
            (
                "own.modules.base = { networking.firewall.enable = false; };",
                "[ own.modules.base ]",
                "Bool(false)",
            ),
            (
                "lists.all = [ { networking.firewall.enable = false; } ];",
                "lists.all ++ [ ]",
                "Bool(false)",
            ),
            (
                "base = { networking.firewall.enable = false; };",
                "[ { imports = [ base ]; } ]",
                "Bool(false)",
            ),
            // Under a condition, in something else, and not imported.
            (
                "base = { lib, ... }: { networking.firewall = lib.mkIf x { enable = false; }; };",
                "[ base ]",
                "Unknown",
            ),
            (
                "base = { a = let b = { networking.firewall.enable = false; }; in 1; };",
                "[ base ]",
                "Unset",
            ),
            (
                "base = { a = x { networking.firewall.enable = false; }; };",
                "[ base ]",
                "Unset",
            ),
            (
                "base = { networking.firewall.enable = false; };",
                "[ ]",
                "Unset",
            ),
        ] {
            let text = host(names, modules);
            assert_eq!(effective(&text), [expected], "{text}");
        }
        // Each host has its own.
        assert_eq!(
            effective(
                "{ outputs = { nixpkgs, ... }: { nixosConfigurations = {
                   a = nixpkgs.lib.nixosSystem { modules = [ { networking.firewall.enable = false; } ]; };
                   b = nixpkgs.lib.nixosSystem { modules = [ { networking.firewall.enable = true; } ]; };
                 }; }; }"
            ),
            ["Bool(false)", "Bool(true)"]
        );
    }

    #[test]
    fn reasons_are_words() {
        for (text, expected) in [
            ("{ a = 1; # behind the router's own firewall\n}", true),
            ("{\n  # needed for the printer\n  a = 1;\n}", true),
            ("{\n  # b = 2;\n  a = 1;\n}", false),
            ("{ a = \" # no reason here\"; }", false),
            ("{ a = 1; }", false),
            ("{ a = 1; # nivis: allow(x) for the test\n}", false),
        ] {
            let repo = repo(&[("a.nix", text)]);
            let file = &repo.files[0];
            let entry = &file.facts.definitions.entries[0];
            assert_eq!(has_reason(file, entry.at), expected, "{text}");
        }
    }
}
