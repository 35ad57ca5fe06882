//! The pinned sources of options: where they lie, whether they are what the lock says, and what they declare.
//!
//! Goal: for nixpkgs, home-manager and nix-darwin of every lock of the repository, the schema of the very tree that is
//! pinned: a folder that the settings name, the store, a local input, a clone that the settings name. Whatever else this machine has
//! (channels, registries) is not the user's pin. Limits: nothing is fetched; a tree that is not here is *absent*, which is an
//! answer. Costs nothing when no lint asks or no tree is here.

pub mod cache;
mod clone;
mod listed;
pub mod nar;
pub mod store;
pub mod trees;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lint_api::Group;
use options::{Class, Schema};
use repo::flake::{FlakeRef, Project};
use repo::lock::{self, Attributes, Lock, LockState};
use repo::origins::chosen_pin;
use repo::pinned::{Absent, Foreign, Pinned, Schemas, project};
use repo::pins::SourcePin;
use repo::{File, FileId, Kind, RepoPath};
use serde::{Deserialize, Serialize};

use crate::disk::Folder;
use crate::{Error, Input, Plan, Settings, Source};
use cache::{Cache, Entry};
use store::Hash;
use trees::{Tree, Trees};

/// `[options]` of the settings, and where schemas are kept.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Trees that stand in for what a lock pins, by class; from the root of the repository.
    pub trees: Vec<(Class, PathBuf)>,
    /// Files that list the options of a class; from the root of the repository.
    pub json: Vec<(Class, PathBuf)>,
    /// Clones to look up pinned commits in; from the root of the repository.
    pub clones: Vec<PathBuf>,
    /// Where the store lies on this disk; `None`: where it always lies.
    pub store: Option<PathBuf>,
    /// The folder of schemas that were read before; `None`: there is none.
    pub cache: Option<PathBuf>,
}

impl Sources {
    /// Whether the settings say nothing of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let places = self.trees.is_empty() && self.json.is_empty() && self.clones.is_empty();
        places && self.store.is_none()
    }
}

/// How many inputs of one class are read.
const MOST_TREES: usize = 3;
/// How many inputs with modules of others are read.
const MOST_FOREIGN: usize = 64;

/// What came of looking for the pinned trees: entries for the cache that are worth writing.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Schemas that were read anew.
    pub fresh: Vec<Entry>,
    /// Entries that were used again.
    pub used: Vec<String>,
    /// What was looked up, for who wants to know whether it would come out the same again.
    pub lookups: Lookups,
}

/// What was looked up outside of the repository, and how it came out. What lies in the store under a name never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookups {
    /// A folder, a clone or a file was read that the user may change at any time.
    open: bool,
    /// Whether these folders were there.
    folders: BTreeMap<Vec<u8>, bool>,
    /// Whether these entries of the cache were there.
    schemas: BTreeMap<String, bool>,
}

impl Lookups {
    /// Whether something was read that may be another thing the next time.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether all comes out the same again.
    #[must_use]
    pub fn hold(&self, settings: &Settings) -> bool {
        let is_there = |path: &[u8]| Folder::open(Path::new(OsStr::from_bytes(path))).is_ok();
        let cache = Cache::new(settings.options.cache.as_deref());
        let mut folders = self.folders.iter();
        let mut schemas = self.schemas.iter();
        !self.open
            && folders.all(|(path, was)| is_there(path) == *was)
            && schemas.all(|(name, was)| cache.has(name) == *was)
    }

    /// The entries of the cache that were used.
    pub fn used(&self) -> impl Iterator<Item = &String> {
        let used = self.schemas.iter().filter(|(_, was)| **was);
        used.map(|(name, _)| name)
    }
}

impl Loaded {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.used.is_empty()
    }
}

/// Reads the schemas of the pinned trees into the input, if a lint of the plan asks for them.
///
/// # Errors
/// When a tree that the settings name is not there.
pub fn load(input: &mut Input, plan: &Plan, settings: &Settings) -> Result<Loaded, Error> {
    let asked = plan.repo.iter().any(|it| it.lint.group == Group::Options);
    if !asked {
        return Ok(Loaded::default());
    }
    read(input, settings)
}

/// Reads the schemas of the pinned trees into the input.
///
/// # Errors
/// When a tree that the settings name is not there.
pub fn read(input: &mut Input, settings: &Settings) -> Result<Loaded, Error> {
    let mut search = Search {
        settings,
        cache: Cache::new(settings.options.cache.as_deref()),
        schemas: Schemas {
            asked: true,
            ..Schemas::default()
        },
        jobs: Vec::new(),
        strangers: Vec::new(),
        loaded: Loaded::default(),
        lookups: RefCell::default(),
    };
    search.named()?;
    let mut locks: Vec<(RepoPath, Lock)> = Vec::new();
    for source in input.sources.iter().filter(|it| it.kind == Kind::Lock) {
        if source.path.file_name() == "flake.lock"
            && let LockState::Read(lock) = lock::read(source.text.contents())
        {
            locks.push((source.path.clone(), lock));
        }
    }
    for (path, lock) in &locks {
        search.of_lock(path, lock);
    }
    search.of_pins(input);
    search.listed()?;
    // Names of others only matter beside what a pinned tree declares.
    if !search.schemas.pinned.is_empty() {
        search.strangers();
    }
    let Search {
        mut schemas,
        jobs,
        mut loaded,
        lookups,
        ..
    } = search;
    loaded.lookups = lookups.into_inner();
    for (job, done) in jobs.iter().zip(run(&jobs)) {
        let schema = Arc::new(done);
        if let Some(key) = &job.key {
            loaded.fresh.push(Entry {
                name: key.clone(),
                schema: Arc::clone(&schema),
            });
        }
        schemas.pinned[job.slot].schema = schema;
    }
    input.options = Arc::new(schemas);
    Ok(loaded)
}

/// Whether a file may say what is pinned.
#[must_use]
pub fn is_list(path: &RepoPath, kind: Kind) -> bool {
    kind == Kind::Lock || kind == Kind::Other && path.file_name() == "sources.json"
}

/// What a checkout declares, and of which class it is.
///
/// # Errors
/// When it is no folder, or none of the trees.
pub fn read_folder(path: &Path) -> Result<(Class, Schema), Error> {
    let shown = path.display().to_string();
    let folder = Folder::open(path).map_err(|failure| Error::at(&*shown, failure.to_string()))?;
    let tree = Tree::Disk(folder);
    let class = [Class::Nixos, Class::Home, Class::Darwin]
        .into_iter()
        .find(|class| tree.has_file(entry(*class)))
        .ok_or_else(|| Error::at(&*shown, "this is no nixpkgs, home-manager or nix-darwin"))?;
    Ok((class, read_tree(class, tree)))
}

/// What a commit of one of the clones of the settings declares for a class.
///
/// # Errors
/// When none of them has it.
pub fn read_commit(class: Class, rev: &str, settings: &Settings) -> Result<Schema, Error> {
    for clone in &settings.options.clones {
        let tree = clone::read(&settings.root.join(clone), rev, None).map(Tree::Memory);
        if let Ok(tree) = tree
            && tree.has_file(entry(class))
        {
            return Ok(read_tree(class, tree));
        }
    }
    let project = project(class);
    Err(Error::new(format!(
        "no clone of `options.clones` has the commit `{rev}` of {project}; name all 40 digits of it"
    )))
}

fn read_tree(class: Class, tree: Tree) -> Schema {
    let root: Arc<str> = project(class).into();
    let mut trees = Trees::default();
    trees.add(Arc::clone(&root), tree);
    let job = Job {
        trees,
        tree: what(class, root, None),
        key: None,
        slot: 0,
    };
    run(std::slice::from_ref(&job))
        .pop()
        .unwrap_or_else(|| unread(Some(class)))
}

/// What is read of a tree.
fn what(class: Class, root: Arc<str>, nixpkgs: Option<Arc<str>>) -> options::Tree {
    match class {
        Class::Nixos => options::Tree::Nixos { root },
        Class::Home => options::Tree::HomeManager { root, nixpkgs },
        Class::Darwin => options::Tree::NixDarwin { root },
    }
}

/// A tree to be read.
struct Job {
    trees: Trees,
    tree: options::Tree,
    /// Its name in the cache.
    key: Option<String>,
    /// Its index in [`Schemas::pinned`].
    slot: usize,
}

/// Reads the trees, each on a thread with the stack that this takes.
fn run(jobs: &[Job]) -> Vec<Schema> {
    let extract = |job: &Job| {
        crate::panics::catch(|| options::extract(&job.trees, &job.tree).schema)
            .unwrap_or_else(|_| unread(None))
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = jobs
            .iter()
            .map(|job| {
                std::thread::Builder::new()
                    .name("options".to_owned())
                    .stack_size(options::STACK)
                    .spawn_scoped(scope, move || extract(job))
            })
            .collect();
        let threads = threads.into_iter();
        threads
            .map(|thread| {
                let thread = thread.ok();
                thread
                    .and_then(|thread| thread.join().ok())
                    .unwrap_or_else(|| unread(None))
            })
            .collect()
    })
}

/// The schema of a tree that was not read: it says nothing.
fn unread(class: Option<Class>) -> Schema {
    let mut builder = options::Builder::new(class, options::Tier::Exact);
    builder.open(Schema::ROOT, "the tree was not read", None);
    builder.finish()
}

struct Search<'a> {
    settings: &'a Settings,
    cache: Cache,
    schemas: Schemas,
    jobs: Vec<Job>,
    /// What the locks say of [`Schemas::foreign`], in the same order.
    strangers: Vec<Attributes>,
    loaded: Loaded,
    lookups: RefCell<Lookups>,
}

/// What a lock pins.
struct Pin {
    class: Class,
    node: Option<(RepoPath, Box<str>)>,
    day: Option<repo::date::Day>,
    /// Its name in the cache.
    key: Option<String>,
}

impl Pin {
    /// With what it declares.
    fn read(self, schema: Arc<Schema>, place: String) -> Pinned {
        Pinned {
            class: self.class,
            node: self.node,
            schema,
            place,
            day: self.day,
        }
    }
}

/// A tree that was found.
struct Located {
    tree: Tree,
    /// The folder inside the tree that the input names; empty, or with `/` at the end.
    below: String,
    /// Where it lies, in words.
    place: String,
    /// Whether it is, for certain, what the hash of the lock names; a folder that somebody may edit is not.
    verified: bool,
}

impl Search<'_> {
    /// The trees that the settings name.
    fn named(&mut self) -> Result<(), Error> {
        for (class, path) in &self.settings.options.trees {
            self.lookups.get_mut().open = true;
            let full = self.settings.root.join(path);
            let shown = path.display().to_string();
            let folder = Folder::open(&full).map_err(|failure| {
                Error::at(&*shown, format!("`options.sources`: this folder {failure}"))
            })?;
            let tree = Tree::Disk(folder);
            if !tree.has_file(entry(*class)) {
                let (project, entry) = (project(*class), entry(*class));
                return Err(Error::at(
                    shown,
                    format!("`options.sources`: this is no {project}: it has no `{entry}`"),
                ));
            }
            let located = Located {
                tree,
                below: String::new(),
                place: shown,
                verified: false,
            };
            // What the user may edit is read anew every time.
            let pin = Pin {
                class: *class,
                node: None,
                day: None,
                key: None,
            };
            self.add(pin, located, None);
        }
        Ok(())
    }

    /// The lists of options that the settings name. They come last: a tree knows more.
    fn listed(&mut self) -> Result<(), Error> {
        for (class, path) in &self.settings.options.json {
            self.lookups.get_mut().open = true;
            let shown = path.display().to_string();
            let text = listed::read(&self.settings.root.join(path)).map_err(|failure| {
                Error::at(&*shown, format!("`options.json`: this file {failure}"))
            })?;
            let sum = blake3::hash(&text).to_hex();
            let word = format!("json {}", class_word(*class));
            let key = cache::key(&word, &sum, "", None);
            let schema = match self.cache.read(&key) {
                Some(schema) => {
                    self.loaded.used.push(key);
                    Arc::new(schema)
                }
                None => {
                    let read = options::json::read(&text, *class);
                    let schema = Arc::new(read.map_err(|fault| Error {
                        line: Some((u32::try_from(fault.line).unwrap_or(u32::MAX), 1)),
                        ..Error::at(&*shown, format!("`options.json`: {}", fault.message))
                    })?);
                    let entry = Entry {
                        name: key,
                        schema: Arc::clone(&schema),
                    };
                    self.loaded.fresh.push(entry);
                    schema
                }
            };
            let pin = Pin {
                class: *class,
                node: None,
                day: None,
                key: None,
            };
            self.schemas.pinned.push(pin.read(schema, shown));
        }
        Ok(())
    }

    fn of_lock(&mut self, path: &RepoPath, lock: &Lock) {
        let Some(root) = lock.root_node() else {
            return;
        };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut inputs: Vec<(&str, &str)> = Vec::new();
        for name in root.inputs.keys() {
            if let Ok(node) = lock.resolve(&[name])
                && seen.insert(node)
            {
                inputs.push((name, node));
            }
        }
        // The one that is called as it is most often comes first.
        inputs.sort_by_key(|(name, _)| (!is_usual(name), *name));
        for (name, node) in inputs {
            let Some(found) = lock.node(node) else {
                continue;
            };
            let Some(locked) = &found.locked else {
                continue;
            };
            let class = class_of(name, found.original.as_ref(), locked);
            let Some(class) = class else {
                if found.flake && self.schemas.foreign.len() < MOST_FOREIGN {
                    self.foreign(path, name, locked);
                }
                continue;
            };
            let of_class = |it: &&Pinned| {
                it.class == class && it.node.as_ref().is_some_and(|(lock, _)| lock == path)
            };
            if self.schemas.pinned.iter().filter(of_class).count() >= MOST_TREES {
                continue;
            }
            // Two files of home-manager's list are in nixpkgs.
            let beside = (class == Class::Home)
                .then(|| lock.input(node, "nixpkgs").ok()?.locked.as_ref())
                .flatten()
                .and_then(|it| {
                    Some((
                        self.in_store(it, |_, _| true).ok()?.tree,
                        it.get("narHash")?,
                    ))
                });
            let pin = Pin {
                class,
                node: Some((path.clone(), Box::from(node))),
                day: locked.last_modified().map(repo::date::Day::of_seconds),
                key: locked.get("narHash").map(|hash| {
                    let beside = beside.as_ref().map(|(_, hash)| *hash);
                    cache::key(class_word(class), hash, &below(locked), beside)
                }),
            };
            self.take(pin, |search| {
                let entry = entry(class);
                let fits = |tree: &Tree, below: &str| tree.has_file(&format!("{below}{entry}"));
                let located = search.locate(path, locked, fits)?;
                Ok((located, beside.map(|(tree, _)| tree)))
            });
        }
    }

    /// What npins and niv pin, of what no lock does.
    fn of_pins(&mut self, input: &Input) {
        let pins = |it: &&Source| it.kind != Kind::Lock && is_list(&it.path, it.kind);
        let lists = input.sources.iter().filter(pins);
        let lists: Vec<(RepoPath, Vec<SourcePin>)> = lists
            .map(|it| {
                let text = Arc::clone(&it.text);
                let limits = self.settings.limits;
                let (file, _) = File::new(FileId(0), it.path.clone(), it.kind, text, limits);
                (it.path.clone(), repo::pins::extract(&file))
            })
            .collect();
        let all = || {
            let pins = |(path, pins)| std::iter::zip(std::iter::repeat(path), pins);
            lists.iter().map(|(path, list)| (path, list)).flat_map(pins)
        };
        for (project, class) in PROJECTS {
            let known = |it: &Option<(RepoPath, Box<str>)>| it.is_some();
            let locked = self
                .schemas
                .pinned
                .iter()
                .any(|it| it.class == class && known(&it.node))
                || self.schemas.absent.iter().any(|it| it.class == class);
            let chosen = chosen_pin(project, all().map(|(path, pin)| (path, pin, ())));
            let Some((path, pin, ())) = chosen.filter(|_| !locked) else {
                continue;
            };
            let beside = (class == Class::Home)
                .then(|| chosen_pin(Project::Nixpkgs, all().map(|(path, pin)| (path, pin, ()))))
                .flatten()
                .and_then(|(_, pin, ())| {
                    let tree = locked_of(pin)?;
                    let hash = tree.get("narHash")?.to_owned();
                    Some((self.in_store(&tree, |_, _| true).ok()?.tree, hash))
                });
            let node = Some((path.clone(), pin.name.clone()));
            let locked = locked_of(pin);
            let hash = locked.as_ref().and_then(|it| it.get("narHash"));
            let key = hash.map(|hash| {
                let beside = beside.as_ref().map(|(_, hash)| hash.as_str());
                cache::key(class_word(class), hash, "", beside)
            });
            let pin = Pin {
                class,
                node,
                day: None,
                key,
            };
            self.take(pin, |search| {
                let locked = locked.as_ref().ok_or("its pin has no hash of a tarball")?;
                let entry = entry(class);
                let located = search.locate(path, locked, |tree, _| tree.has_file(entry))?;
                Ok((located, beside.map(|(tree, _)| tree)))
            });
        }
        // What else is pinned may bring modules.
        for (path, pin) in all() {
            let is_tree = PROJECTS
                .iter()
                .any(|(project, _)| project.is(&pin.reference));
            if !is_tree && self.schemas.foreign.len() < MOST_FOREIGN {
                self.foreign(path, &pin.name, &locked_of(pin).unwrap_or_default());
            }
        }
    }

    /// A pinned tree as it is in the cache, else as it is found, with the nixpkgs beside it, else absent.
    fn take(
        &mut self,
        pin: Pin,
        find: impl FnOnce(&Self) -> Result<(Located, Option<Tree>), String>,
    ) {
        let cached = pin.key.as_ref().and_then(|key| self.cache.read(key));
        if let Some(schema) = cached {
            let key = pin.key.iter().cloned();
            self.lookups
                .get_mut()
                .schemas
                .extend(key.map(|key| (key, true)));
            self.loaded.used.extend(pin.key.clone());
            let place = "read before, in the cache".to_owned();
            self.schemas.pinned.push(pin.read(Arc::new(schema), place));
            return;
        }
        match (find(self), pin.node.clone()) {
            (Ok((located, nixpkgs)), _) => self.add(pin, located, nixpkgs),
            (Err(why), node) => {
                // An entry that another repository brings would say it.
                let key = pin.key.into_iter();
                self.lookups
                    .get_mut()
                    .schemas
                    .extend(key.map(|key| (key, false)));
                if let Some((lock, node)) = node {
                    self.schemas.absent.push(Absent {
                        class: pin.class,
                        lock,
                        node,
                        why,
                    });
                }
            }
        }
    }

    /// Takes a tree that was found, to be read.
    fn add(&mut self, pin: Pin, located: Located, nixpkgs: Option<Tree>) {
        let (mut tree, mut place) = (located.tree, located.place);
        if !located.below.is_empty() {
            let Tree::Disk(folder) = &tree else { return };
            let below = located.below.trim_end_matches('/');
            let Ok(folder) = folder.folder(below.as_bytes()) else {
                return;
            };
            place = format!("{place}/{below}");
            tree = Tree::Disk(folder);
        }
        let mut trees = Trees::default();
        let root: Arc<str> = project(pin.class).into();
        trees.add(Arc::clone(&root), tree);
        let beside = nixpkgs.map(|tree| {
            let name: Arc<str> = "nixpkgs".into();
            trees.add(Arc::clone(&name), tree);
            name
        });
        let tree = what(pin.class, root, beside);
        self.jobs.push(Job {
            trees,
            tree,
            // Under the hash is kept only what has it.
            key: pin.key.clone().filter(|_| located.verified),
            slot: self.schemas.pinned.len(),
        });
        let schema = Arc::new(unread(Some(pin.class)));
        self.schemas.pinned.push(pin.read(schema, place));
    }

    /// An input of somebody else: its modules may declare more below what the pinned trees declare.
    fn foreign(&mut self, path: &RepoPath, name: &str, locked: &Attributes) {
        self.schemas.foreign.push(Foreign {
            lock: path.clone(),
            input: name.into(),
            located: false,
            names: BTreeSet::new(),
        });
        self.strangers.push(locked.clone());
    }

    /// Reads the names that the inputs of others use, of those that are here.
    fn strangers(&mut self) {
        for (index, locked) in std::mem::take(&mut self.strangers).into_iter().enumerate() {
            let lock = self.schemas.foreign[index].lock.clone();
            if is_own(&lock, &locked) {
                // Its files are read as those of the repository that they are.
                self.schemas.foreign[index].located = true;
            } else if let Ok(found) = self.locate(&lock, &locked, |_, _| true)
                && let Some(names) = names_of(&found.tree)
            {
                let foreign = &mut self.schemas.foreign[index];
                (foreign.located, foreign.names) = (true, names);
            }
        }
    }

    /// Where the tree of a lock lies. `fits` is asked with the tree and the folder in it that is meant.
    fn locate(
        &self,
        lock: &RepoPath,
        locked: &Attributes,
        fits: impl Fn(&Tree, &str) -> bool,
    ) -> Result<Located, String> {
        let mut why = match self.in_store(locked, &fits) {
            Ok(found) => return Ok(found),
            Err(why) => why,
        };
        if let Some(found) = self.local(lock, locked, &fits) {
            return Ok(found);
        }
        if let Some(rev) = locked.get("rev") {
            for clone in &self.settings.options.clones {
                match self.in_clone(clone, rev, locked, &fits) {
                    Ok(Some(found)) => return Ok(found),
                    Ok(None) => {}
                    // Clones of other projects do not have it, as a rule.
                    Err(words) if words.contains("hash") => {
                        why = format!("`{}`: {words}", clone.display())
                    }
                    Err(_) => {}
                }
            }
        }
        Err(why)
    }

    /// A commit of a clone, if its tree has the hash of the lock.
    fn in_clone(
        &self,
        clone: &Path,
        rev: &str,
        locked: &Attributes,
        fits: impl Fn(&Tree, &str) -> bool,
    ) -> Result<Option<Located>, String> {
        let Some(hash) = locked.get("narHash").and_then(Hash::parse) else {
            return Ok(None);
        };
        self.lookups.borrow_mut().open = true;
        let memory = clone::read(&self.settings.root.join(clone), rev, Some(&hash))?;
        let tree = Tree::Memory(memory);
        let place = format!("{} at {}", clone.display(), rev.get(..12).unwrap_or(rev));
        Ok(fits(&tree, "").then_some(Located {
            tree,
            below: String::new(),
            place,
            verified: true,
        }))
    }

    /// Remembers whether a folder was there.
    fn look(&self, place: &Path, was: bool) {
        let place = place.as_os_str().as_bytes().to_vec();
        self.lookups.borrow_mut().folders.insert(place, was);
    }

    /// In the store, under the name that the hash of the lock gives.
    fn in_store(
        &self,
        locked: &Attributes,
        fits: impl Fn(&Tree, &str) -> bool,
    ) -> Result<Located, String> {
        let sri = locked.get("narHash").ok_or("the lock has no hash of it")?;
        let hash = Hash::parse(sri).ok_or("the hash of the lock is none that nivis knows")?;
        let name = locked.get("name").unwrap_or(store::NAME);
        let name = store::store_name(&hash, name).ok_or("its name is none of the store")?;
        let store = self
            .settings
            .options
            .store
            .as_deref()
            .unwrap_or(Path::new(store::STORE));
        let place = store.join(name);
        let folder = Folder::open(&place);
        self.look(&place, folder.is_ok());
        let folder = folder.map_err(|_| "its pinned source is not on this machine".to_owned())?;
        let below = below(locked);
        let tree = Tree::Disk(folder);
        if !fits(&tree, &below) {
            return Err("its pinned source does not look like it".to_owned());
        }
        Ok(Located {
            tree,
            below,
            place: place.display().to_string(),
            verified: true,
        })
    }

    /// A folder of the disk that is itself the input. A relative path begins at its lock, and does not lead out of the
    /// repository.
    fn local(
        &self,
        lock: &RepoPath,
        locked: &Attributes,
        fits: impl Fn(&Tree, &str) -> bool,
    ) -> Option<Located> {
        let path = match locked.get("type")? {
            "path" => locked.get("path")?,
            // A commit is looked up, and held against the hash; a folder without one is taken as it is.
            "git" => {
                let path = locked.get("url")?.strip_prefix("file://")?;
                if let Some(rev) = locked.get("rev") {
                    return self.in_clone(Path::new(path), rev, locked, &fits).ok()?;
                }
                path
            }
            _ => return None,
        };
        let full = if path.starts_with('/') {
            PathBuf::from(path)
        } else {
            let below = lock.parent().join(path)?;
            self.settings.root.join(OsStr::from_bytes(below.bytes()))
        };
        let folder = Folder::open(&full);
        self.look(&full, folder.is_ok());
        let tree = Tree::Disk(folder.ok()?);
        self.lookups.borrow_mut().open = true;
        let below = below(locked);
        fits(&tree, &below).then(|| Located {
            tree,
            below,
            place: full.display().to_string(),
            verified: false,
        })
    }
}

/// Whether an input is the repository, or the folder of it that holds the lock: all of that is read anyway. Another folder
/// may be ignored, or a submodule.
fn is_own(lock: &RepoPath, locked: &Attributes) -> bool {
    let path = locked
        .get("path")
        .filter(|_| locked.get("type") == Some("path"));
    let folder = path.and_then(|path| lock.parent().join(path));
    folder.is_some_and(|folder| {
        let below = lock.bytes().strip_prefix(folder.bytes());
        folder.bytes().is_empty() || below.is_some_and(|rest| rest.starts_with(b"/"))
    })
}

/// What a lock would say of a pin of npins or niv; `None` when it has no hash that is known.
fn locked_of(pin: &SourcePin) -> Option<Attributes> {
    let (hash, name) = pin.tree.as_ref()?;
    let hash = Hash::parse_any(hash)?;
    let mut locked = Attributes::default();
    let mut set = |field: &str, value: &str| locked.fields.insert(field.into(), value.into());
    set("type", "tarball");
    set("narHash", &hash.sri());
    set("name", name);
    if let Some(rev) = &pin.rev {
        set("rev", rev);
    }
    Some(locked)
}

/// The folder of a tree that is the flake, with `/` at the end unless it is the top.
fn below(locked: &Attributes) -> String {
    match locked.get("dir") {
        None | Some("") => String::new(),
        Some(dir) => format!("{}/", dir.trim_matches('/')),
    }
}

/// Every name in the Nix files of a tree; `None` when there are too many files.
fn names_of(tree: &Tree) -> Option<BTreeSet<Box<str>>> {
    let mut names: BTreeSet<Box<str>> = BTreeSet::new();
    let mut folders = vec![String::new()];
    let mut files = 0usize;
    while let Some(folder) = folders.pop() {
        for (name, kind) in tree.list(&folder).unwrap_or_default() {
            let path = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            match kind {
                options::EntryKind::Dir => folders.push(path),
                options::EntryKind::File if path.ends_with(".nix") => {
                    files += 1;
                    if files > 5_000 || folders.len() > 10_000 {
                        return None;
                    }
                    let text = tree.text(&path)?;
                    let words = text.split(|c: char| !c.is_alphanumeric() && !"_-'".contains(c));
                    for word in words.filter(|word| !word.is_empty() && word.len() <= 80) {
                        if !names.contains(word) {
                            names.insert(word.into());
                        }
                    }
                }
                _ => {}
            }
        }
    }
    Some(names)
}

/// Whether an input is called as such inputs are.
fn is_usual(name: &str) -> bool {
    matches!(name, "nixpkgs" | "home-manager" | "darwin" | "nix-darwin")
}

/// Which class the tree of an input declares options of, by what it refers to.
fn class_of(name: &str, original: Option<&Attributes>, locked: &Attributes) -> Option<Class> {
    let references = [original, Some(locked)].into_iter().flatten();
    for attributes in references {
        let reference = FlakeRef {
            attributes: attributes.clone(),
        };
        for (project, class) in PROJECTS {
            if project.is(&reference) {
                return Some(class);
            }
        }
    }
    match name {
        "nixpkgs" => Some(Class::Nixos),
        "home-manager" => Some(Class::Home),
        "nix-darwin" | "darwin" => Some(Class::Darwin),
        _ => None,
    }
}

const PROJECTS: [(Project, Class); 3] = [
    (Project::HomeManager, Class::Home),
    (Project::NixDarwin, Class::Darwin),
    (Project::Nixpkgs, Class::Nixos),
];

/// The word of a class in settings.
#[must_use]
pub fn class_word(class: Class) -> &'static str {
    match class {
        Class::Nixos => "nixos",
        Class::Home => "home",
        Class::Darwin => "darwin",
    }
}

/// The file that every tree with modules of a class has.
fn entry(class: Class) -> &'static str {
    match class {
        Class::Nixos => "nixos/modules/module-list.nix",
        Class::Home => "modules/modules.nix",
        Class::Darwin => "modules/module-list.nix",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_input_begins_at_its_lock_and_stays_inside() {
        let own = |lock: &str, path: &str| {
            let text = format!(
                r#"{{ "version": 7, "root": "r", "nodes": {{ "r": {{ "inputs": {{ "x": "x" }} }}, "x": {{
                    "locked": {{ "type": "path", "path": "{path}" }},
                    "original": {{ "type": "path", "path": "{path}" }} }} }} }}"#
            );
            let LockState::Read(read) = lock::read(&text) else {
                panic!("a lock")
            };
            let node = read.node("x").expect("a node");
            is_own(&lock.into(), node.locked.as_ref().expect("locked"))
        };
        assert!(own("flake/dev/flake.lock", "../.."));
        assert!(own("flake/dev/flake.lock", ".."));
        assert!(!own("flake.lock", "./modules"));
        assert!(!own("flake.lock", ".."));
        assert!(!own("flake/flake.lock", "../../other"));
        assert!(!own("flake.lock", "/srv/modules"));
    }
}
