//! From the disk to [`Input`]: the last contact with the world.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use lint_api::report::{Scope, Trouble};
use rayon::prelude::*;
use repo::{EntryKind, Git, GitState, Kind, PathEntry, PathTable, Presence, RepoPath, Text};

use crate::disk::{Failure, Folder, Stat};
use crate::git::base::{Compared, blob_at};
use crate::git::index::{Entry, Index};
use crate::git::objects::Missing;
use crate::git::refs::Lost;
use crate::git::{GitDir, Id};
use crate::settings::Vcs;
use crate::walk::{self, Walk, WalkGit};
use crate::{Error, Settings, patch, staged};

pub use crate::kind::kind_of;
pub use crate::root::{find_root, name_path};

/// Everything that was read: from here on a run is a pure function.
#[derive(Debug, Default, Clone)]
pub struct Input {
    /// The files, sorted by path.
    pub sources: Vec<Source>,
    /// What the file system said of each of them when it was read; `None` for a text that comes from elsewhere. May be
    /// empty.
    pub stats: Vec<Option<Stat>>,
    /// Every path of the repository by name.
    pub paths: PathTable,
    /// What git knows.
    pub git: Option<Arc<Git>>,
    /// The texts of the base revision that differ.
    pub base: Option<BaseInput>,
    /// What the pinned trees declare; see [`crate::pins`].
    pub options: Arc<repo::pinned::Schemas>,
    /// Files that were not read, and why.
    pub skipped: Vec<(RepoPath, String)>,
    /// Files that the settings leave out.
    pub excluded: usize,
    /// What could not be read.
    pub troubles: Vec<Trouble>,
    /// What the user may want to know and what is no trouble, a sentence each.
    pub notes: Vec<String>,
}

/// One file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path.
    pub path: RepoPath,
    /// Its language.
    pub kind: Kind,
    /// Its contents.
    pub text: Arc<Text>,
}

/// The base revision: only the files that differ from the present ones.
#[derive(Debug, Default, Clone)]
pub struct BaseInput {
    /// The name the user gave, or `HEAD`.
    pub name: String,
    /// The commit id in hex.
    pub rev: String,
    /// The files as they were, those that are gone included.
    pub sources: Vec<Source>,
    /// Files of the present that the base does not have.
    pub added: BTreeSet<RepoPath>,
    /// Every path that the base has differently or not at all, and every path that is gone; of files that are not read, as
    /// the git index has them.
    pub changed: BTreeSet<RepoPath>,
    /// Earlier texts of changed files that speak of `stateVersion`, newest first.
    pub past: Vec<Source>,
    /// What the commits after the base say, newest first.
    pub messages: Vec<String>,
    /// The texts of buffers that are as the base has them: they will not stay so.
    pub same: Vec<Source>,
    /// Paths of the base that are gone now, read or not.
    pub gone: BTreeSet<RepoPath>,
    /// Paths of the present that the base does not have and that are not read.
    pub new_others: BTreeSet<RepoPath>,
}

/// How many commits before the base are looked at for earlier texts, when `state-version-changed` does not say, and at most.
const HISTORY: usize = 20;
const MOST_HISTORY: usize = 1_000;
/// How many commits after the base are read for their messages.
const MESSAGES: usize = 500;
/// Data files (`*.yaml`, `*.json` …) above this size in bytes are known by name only.
const DATA_SIZE: u64 = 1 << 20;
/// How much of a file without suffix is read to see whether it is a script, in bytes.
const HEAD: u64 = 512;

/// Reads the repository.
///
/// # Errors
/// When the root cannot be opened, there are too many paths, or the base revision that was asked for is not there. What
/// cannot be read of the rest is in [`Input::troubles`].
pub fn load(settings: &Settings) -> Result<Input, Error> {
    load_with(settings, &BTreeMap::new())
}

/// Reads the repository, with the text of an editor for each path that has one; those paths need not exist. What the
/// settings exclude, and what nivis does not read, is left alone.
///
/// # Errors
/// As [`load`].
pub fn load_with(settings: &Settings, buffers: &Buffers) -> Result<Input, Error> {
    let mut input = Input::default();
    let root_name = settings.root.display().to_string();
    let root = Folder::open(&settings.root)
        .map_err(|failure| Error::at(&*root_name, format!("the root {failure}")))?;
    let mut world = open_git(settings, &mut input.notes)?;
    if let (None, Some(base)) = (&world, &settings.diff_base) {
        return Err(Error::new(format!(
            "there is no git repository to look up `{base}` in"
        )));
    }
    if let (None, true) = (&world, settings.staged) {
        return Err(Error::new(
            "--staged: there is no git repository, and so nothing is staged",
        ));
    }
    if let (Some(world), true) = (&mut world, settings.staged) {
        staged::expand(&world.git, &mut world.index, settings.disk.files)?;
        return load_staged(settings, world, input);
    }
    let mut found = walk::walk(&Walk {
        root: &root,
        git: world.as_ref().map(|world| WalkGit {
            index: &world.index,
            prefix: &world.prefix,
            top: &world.top,
            exclude: world.git.exclude(),
        }),
        named: &settings.paths,
        enter_ignored: settings.no_respect_gitignore,
        limit: settings.disk.files,
    })?;
    input.troubles.append(&mut found.troubles);
    for path in &found.settings_below {
        input.notes.push(format!(
            "`{path}` is not read: settings are those of the root"
        ));
    }

    let (wanted, excluded) = choose(settings, &found);
    input.excluded = excluded;
    let mut present = read_all(settings, &root, world.as_ref(), &wanted, &mut input);
    for entry in &found.entries {
        if entry.kind == EntryKind::Special && kind_of(&entry.path).is_some() {
            let reason = "is not a regular file".to_owned();
            input.skipped.push((entry.path.clone(), reason));
        }
    }
    if let Some((path, bytes)) = &settings.stdin
        && (!settings.force_exclude || !settings.excluded(path))
    {
        overlay(
            path,
            bytes,
            &mut present,
            &mut found.entries,
            world.is_some(),
        );
    }
    for (path, text) in buffers {
        if settings.excluded(path) || kind_of_text(path, text).is_none() {
            continue;
        }
        let bytes = text.as_bytes();
        overlay(
            path,
            bytes,
            &mut present,
            &mut found.entries,
            world.is_some(),
        );
    }
    finish(
        settings,
        world.as_ref(),
        (present, buffers),
        found.entries,
        input,
    )
}

/// The repository as the git index has it.
fn load_staged(settings: &Settings, world: &World, mut input: Input) -> Result<Input, Error> {
    let (git, index) = (&world.git, &world.index);
    let staged = staged::paths(git, &index.entries, &world.prefix);
    let mut found = walk::Found {
        seen: staged.len(),
        ..walk::Found::default()
    };
    let mut ids = BTreeMap::new();
    for it in staged {
        ids.insert(it.entry.path.clone(), it.id);
        found.entries.push(it.entry);
    }
    let (wanted, excluded) = choose(settings, &found);
    input.excluded = excluded;
    let mut present = Vec::new();
    for entry in wanted {
        let (path, id) = (&entry.path, ids[&entry.path]);
        let known = kind_of(path);
        let limit = match known {
            Some(Kind::Other) => settings.disk.file_size.min(DATA_SIZE),
            _ => settings.disk.file_size,
        };
        match git.objects.read(&id, limit) {
            Ok((_, bytes)) => {
                let Some(kind) = known.or_else(|| crate::kind::kind_of_head(&bytes)) else {
                    continue;
                };
                let (path, text) = (path.clone(), Arc::new(Text::from_bytes(bytes)));
                present.push(Present {
                    source: Source { path, kind, text },
                    id: Some(id),
                    stat: None,
                });
            }
            Err(Missing::TooBig) if matches!(known, None | Some(Kind::Other)) => {}
            Err(Missing::TooBig) => too_big(settings, path.clone(), &mut input),
            Err(missing) => {
                let trouble = staged::trouble(path.bytes(), staged::words(&missing));
                input.troubles.push(trouble);
            }
        }
    }
    let none = Buffers::new();
    finish(
        settings,
        Some(world),
        (present, &none),
        found.entries,
        input,
    )
}

/// What is the same wherever the texts come from.
fn finish(
    settings: &Settings,
    world: Option<&World>,
    (mut present, buffers): (Vec<Present>, &Buffers),
    entries: Vec<PathEntry>,
    mut input: Input,
) -> Result<Input, Error> {
    present.sort_by(|a, b| a.source.path.cmp(&b.source.path));
    input.skipped.sort();

    input.paths = PathTable::new(entries);
    if let Some(world) = world {
        input.git = Some(Arc::new(facts(world, &input.paths)));
    }
    if let Some(diff) = &settings.diff_from {
        let prefix = world.map_or(&[][..], |world| &world.prefix);
        input.base = Some(taken_back(diff, prefix, &present)?);
    } else if let Some(world) = world {
        input.base = load_base(
            settings,
            world,
            (&present, buffers),
            &input.paths,
            &mut input.notes,
        )?;
    }
    let unchanged = input.base.as_ref().is_some_and(|it| it.changed.is_empty());
    if settings.staged && unchanged && settings.scope != Some(Scope::All) {
        // Nothing will be committed, so nothing is looked at.
        return Ok(Input {
            paths: PathTable::default(),
            ..input
        });
    }
    (input.sources, input.stats) = present.into_iter().map(|it| (it.source, it.stat)).unzip();
    check_named(settings, &mut input);
    Ok(input)
}

/// The contents of a file of the base revision (`None`: HEAD), by its path from the root; `None` when it is not there.
///
/// # Errors
/// When there is no git repository, no such revision, or the file cannot be read.
pub(crate) fn read_at_base(
    root: &Path,
    revision: Option<&str>,
    path: &[u8],
    limit: u64,
) -> Result<Option<Vec<u8>>, Error> {
    let git = GitDir::find(root)
        .map_err(Error::new)?
        .ok_or_else(|| Error::new("there is no git repository"))?;
    let name = revision.unwrap_or("HEAD");
    let id = git.resolve(name).map_err(|why| lost(name, &why))?;
    let unreadable = |missing: Missing| lost(name, &missing.into());
    let (_, commit) = git.commit(&id).map_err(unreadable)?;
    let folder = root.strip_prefix(&git.top).unwrap_or(Path::new(""));
    let full = folder.join(crate::git::os_path(path));
    let blob = blob_at(&git, &commit.tree, full.as_os_str().as_bytes()).map_err(unreadable)?;
    match blob {
        None => Ok(None),
        Some(id) => match git.objects.read(&id, limit) {
            Ok((_, bytes)) => Ok(Some(bytes)),
            Err(missing) => Err(unreadable(missing)),
        },
    }
}

/// The base that a diff leads back to.
fn taken_back(diff: &[u8], prefix: &[u8], present: &[Present]) -> Result<BaseInput, Error> {
    let wrong = |message: String| Error::new(format!("--diff-from: {message}"));
    let mut base = BaseInput {
        name: "the diff".to_owned(),
        ..BaseInput::default()
    };
    let inside = |path: &Option<Vec<u8>>| {
        let path = path.as_deref()?.strip_prefix(prefix)?;
        Some(RepoPath::from_bytes(path))
    };
    for patch in patch::parse(diff).map_err(wrong)? {
        let (old, new) = (inside(&patch.old), inside(&patch.new));
        base.changed.extend(old.iter().chain(&new).cloned());
        let now = new.as_ref().and_then(|new| {
            let found = present.binary_search_by(|it| it.source.path.cmp(new));
            Some(&present[found.ok()?].source)
        });
        if let Some(new) = new.as_ref().filter(|_| old != new) {
            match now {
                Some(_) => base.added.insert(new.clone()),
                None => base.new_others.insert(new.clone()),
            };
        }
        let does_not_fit =
            |path: &RepoPath| wrong(format!("the diff does not fit the text of `{path}`"));
        let Some(old) = old else {
            if let Some(now) = now
                && patch
                    .undo(&now.text.to_bytes())
                    .is_none_or(|it| !it.is_empty())
                && !patch.binary
            {
                return Err(does_not_fit(&now.path));
            }
            continue;
        };
        let is_there = |path| {
            present
                .binary_search_by(|it| it.source.path.cmp(path))
                .is_ok()
        };
        if new.is_none() && is_there(&old) {
            return Err(does_not_fit(&old));
        }
        if new.as_ref() != Some(&old) {
            base.gone.insert(old.clone());
        }
        let kind = now.map(|now| now.kind).or_else(|| kind_of(&old));
        let text = match (&new, now) {
            (Some(_), Some(now)) => now.text.to_bytes(),
            (None, _) => Vec::new(),
            // What is not read now was not read then.
            (Some(_), None) => continue,
        };
        if let Some(kind) = kind.filter(|_| !patch.binary) {
            let before = patch.undo(&text).ok_or_else(|| does_not_fit(&old))?;
            base.sources.push(Source {
                path: old,
                kind,
                text: Arc::new(Text::from_bytes(before)),
            });
        }
    }
    Ok(base)
}

/// The git side of the world.
struct World {
    git: GitDir,
    index: Index,
    /// When the index was written, in seconds.
    index_time: i64,
    /// The root from the top of the work tree; empty or ending in `/`.
    prefix: Vec<u8>,
    top: Folder,
}

fn open_git(settings: &Settings, notes: &mut Vec<String>) -> Result<Option<World>, Error> {
    if settings.vcs == Vcs::None {
        return Ok(None);
    }
    let root = find_root(Some(&settings.root), &[], Path::new(""))?;
    let opened = GitDir::find(&root).and_then(|git| {
        let Some(git) = git else { return Ok(None) };
        let (index, index_time) = git.index(settings.disk.files)?;
        let mut prefix = root
            .strip_prefix(&git.top)
            .map(|path| path.as_os_str().as_bytes().to_vec())
            .unwrap_or_default();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        let top = Folder::open(&git.top).map_err(|failure| format!("its work tree {failure}"))?;
        if index.refused > 0 {
            notes.push(format!(
                "{} paths of the git index leave the work tree and are not believed",
                index.refused
            ));
        }
        Ok(Some(World {
            git,
            index,
            index_time,
            prefix,
            top,
        }))
    });
    match opened {
        Ok(world) => Ok(world),
        Err(reason) => {
            notes.push(format!("git is not asked: {reason}"));
            Ok(None)
        }
    }
}

impl World {
    fn full(&self, path: &RepoPath) -> Vec<u8> {
        let mut full = self.prefix.clone();
        full.extend_from_slice(path.bytes());
        full
    }
}

/// The entries whose contents are wanted, and how many were left out by the settings.
fn choose<'a>(settings: &Settings, found: &'a walk::Found) -> (Vec<&'a PathEntry>, usize) {
    enum Choice {
        Wanted,
        Excluded,
        No,
    }
    let choice = |entry: &PathEntry| {
        let path = &entry.path;
        if entry.kind != EntryKind::File {
            return Choice::No;
        }
        let own = settings.baseline_path.as_deref() == Some(&*path.text());
        let readable = !own && (kind_of(path).is_some() || crate::kind::first_line_decides(path));
        if !readable {
            return Choice::No;
        }
        let named = settings.paths.contains(path);
        if entry.git == Some(GitState::Ignored)
            && !named
            && !settings.no_respect_gitignore
            && !found.wanted.contains(path)
        {
            return Choice::No;
        }
        if settings.excluded(path) && (!named || settings.force_exclude) {
            return Choice::Excluded;
        }
        Choice::Wanted
    };
    let met = &found.entries[..found.seen];
    let choices: Vec<Choice> = met.par_iter().with_min_len(64).map(choice).collect();
    let mut excluded = 0;
    let mut wanted = Vec::new();
    for (entry, choice) in met.iter().zip(choices) {
        match choice {
            Choice::Wanted => wanted.push(entry),
            Choice::Excluded => excluded += 1,
            Choice::No => {}
        }
    }
    (wanted, excluded)
}

/// A file that was read.
struct Present {
    source: Source,
    /// Its name as a blob, when git is asked.
    id: Option<Id>,
    /// Of the file that it was read from.
    stat: Option<Stat>,
}

enum Outcome {
    Read(Present),
    /// No file that nivis reads.
    Foreign,
    Failed(RepoPath, Failure),
}

fn read_all(
    settings: &Settings,
    root: &Folder,
    world: Option<&World>,
    wanted: &[&PathEntry],
    input: &mut Input,
) -> Vec<Present> {
    // Only what is plain data crosses the threads.
    let index = world.map(|world| (&world.index, world.prefix.as_slice()));
    let index_time = world.map(|world| world.index_time);
    let outcomes: Vec<Outcome> = wanted
        .par_iter()
        .map(|entry| {
            let path = &entry.path;
            let known =
                index.and_then(|(index, prefix)| index.find(&[prefix, path.bytes()].concat()));
            read_one(settings, root, path, known, index_time)
        })
        .collect();

    let mut present = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        match outcome {
            Outcome::Read(it) => present.push(it),
            Outcome::Foreign => {}
            // It went away while we looked.
            Outcome::Failed(_, Failure::Missing) => {}
            Outcome::Failed(path, Failure::NotAFile) => {
                input.skipped.push((path, Failure::NotAFile.to_string()));
            }
            Outcome::Failed(path, Failure::TooBig(_)) => {
                too_big(settings, path, input);
            }
            Outcome::Failed(path, failure) => input.troubles.push(Trouble {
                kind: "io",
                path: Some(path.to_string()),
                line: None,
                message: format!("this file {failure}"),
            }),
        }
    }
    present
}

/// Leaves a file out that is over the limit, visibly.
fn too_big(settings: &Settings, path: RepoPath, input: &mut Input) {
    let reason = format!("larger than {}", size_words(settings.disk.file_size));
    input.troubles.push(Trouble {
        kind: "limit",
        path: Some(path.to_string()),
        line: None,
        message: format!("this file is {reason}: exclude it, or raise `limits.file-size`"),
    });
    input.skipped.push((path, reason));
}

/// `16 MiB`, `1000 bytes`.
fn size_words(size: u64) -> String {
    if size > 0 && size.is_multiple_of(1 << 20) {
        format!("{} MiB", size >> 20)
    } else if size > 0 && size.is_multiple_of(1 << 10) {
        format!("{} KiB", size >> 10)
    } else {
        format!("{size} bytes")
    }
}

fn read_one(
    settings: &Settings,
    root: &Folder,
    path: &RepoPath,
    known: Option<&Entry>,
    index_time: Option<i64>,
) -> Outcome {
    let failed = |failure| Outcome::Failed(path.clone(), failure);
    let mut limit = settings.disk.file_size;
    let kind = match kind_of(path) {
        Some(Kind::Other) => {
            limit = limit.min(DATA_SIZE);
            Kind::Other
        }
        Some(kind) => kind,
        None => match root.head(path.bytes(), HEAD) {
            Ok(head) => match crate::kind::kind_of_head(&head) {
                Some(kind) => kind,
                None => return Outcome::Foreign,
            },
            Err(failure) => return failed(failure),
        },
    };
    match root.read(path.bytes(), limit) {
        Ok((bytes, stat)) => {
            let id = index_time.map(|time| match known {
                Some(entry) if is_unchanged(entry, &stat, time) => entry.id,
                _ => Id::of_blob(&bytes),
            });
            Outcome::Read(Present {
                source: Source {
                    path: path.clone(),
                    kind,
                    text: Arc::new(Text::from_bytes(bytes)),
                },
                id,
                stat: Some(stat),
            })
        }
        Err(Failure::TooBig(_)) if kind == Kind::Other => Outcome::Foreign,
        Err(failure) => failed(failure),
    }
}

/// Whether git would take the file for what the index has, without reading it.
fn is_unchanged(entry: &Entry, stat: &Stat, index_time: i64) -> bool {
    let cut = |number: u64| u32::try_from(number & 0xffff_ffff).unwrap_or(0);
    entry.stage == 0
        && !entry.intent_to_add
        && entry.mode & 0o170_000 == 0o100_000
        && entry.size == cut(stat.size)
        && i64::from(entry.seconds) == stat.seconds
        && (entry.nanoseconds == 0 || entry.nanoseconds == stat.nanoseconds)
        && (entry.inode == 0 || entry.inode == cut(stat.inode))
        // What was written in the second of the index may have been written after it.
        && stat.seconds < index_time
}

/// The language of a text at a path; `None` for one that nivis does not read.
pub(crate) fn kind_of_text(path: &RepoPath, text: &str) -> Option<Kind> {
    match kind_of(path) {
        None if crate::kind::first_line_decides(path) => crate::kind::kind_of_head(text.as_bytes()),
        kind => kind,
    }
}

/// The texts of an editor.
pub type Buffers = BTreeMap<RepoPath, Arc<str>>;

/// Lays a text over what the disk has.
fn overlay(
    path: &RepoPath,
    bytes: &[u8],
    present: &mut Vec<Present>,
    entries: &mut Vec<PathEntry>,
    git: bool,
) {
    let kind = kind_of(path)
        .or_else(|| crate::kind::kind_of_head(bytes))
        .unwrap_or(Kind::Other);
    let laid = Present {
        source: Source {
            path: path.clone(),
            kind,
            text: Arc::new(Text::from_bytes(bytes.to_vec())),
        },
        id: Some(Id::of_blob(bytes)),
        stat: None,
    };
    match present.iter_mut().find(|it| it.source.path == *path) {
        Some(it) => *it = laid,
        None => present.push(laid),
    }
    match entries.iter_mut().find(|entry| entry.path == *path) {
        Some(entry) => entry.on_disk = true,
        None => entries.push(PathEntry {
            path: path.clone(),
            kind: EntryKind::File,
            on_disk: true,
            git: git.then_some(GitState::Untracked),
        }),
    }
}

/// What git knows, as facts.
fn facts(world: &World, paths: &PathTable) -> Git {
    let mut git = Git {
        head: world.git.head().map(|id| id.to_string()),
        above: world.prefix.iter().filter(|byte| **byte == b'/').count(),
        ..Git::default()
    };
    if let Some(head) = world.git.head()
        && let Ok((_, commit)) = world.git.commit(&head)
    {
        git.head_time = Some(commit.seconds);
    }
    for entry in paths.entries() {
        if entry.kind == EntryKind::Submodule {
            git.submodules.push(entry.path.clone());
        }
    }
    // From a sorted list: built in one go.
    git.states = paths
        .entries()
        .iter()
        .filter_map(|entry| Some((entry.path.clone(), entry.git?)))
        .collect();
    git
}

/// Says what is wrong with the paths that the user named.
fn check_named(settings: &Settings, input: &mut Input) {
    let mut wrong = Vec::new();
    let mut say = |path: &RepoPath, message: String| {
        let name = if path.bytes().is_empty() {
            ".".to_owned()
        } else {
            path.to_string()
        };
        wrong.push(Trouble {
            kind: "path",
            path: Some(name),
            line: None,
            message,
        });
    };
    let root = [RepoPath::from("")];
    let named = if settings.paths.is_empty() && settings.stdin.is_none() {
        &root[..]
    } else {
        &settings.paths[..]
    };
    for path in named {
        let read = |path: &RepoPath| {
            input
                .sources
                .binary_search_by(|source| source.path.cmp(path))
                .is_ok()
        };
        let told = input
            .troubles
            .iter()
            .any(|trouble| trouble.path.as_deref() == Some(&*path.to_string()));
        if read(path) || told {
            continue;
        }
        let left_out = settings.force_exclude && settings.excluded(path);
        match (
            input.paths.find(path).map(|entry| &entry.kind),
            input.paths.presence(path),
        ) {
            (Some(EntryKind::File), Presence::Entry) if left_out => {}
            (Some(EntryKind::File), Presence::Entry) => {
                say(path, "nivis does not read files of this kind".to_owned());
            }
            (Some(EntryKind::Special), _) => say(path, "this is not a regular file".to_owned()),
            (Some(EntryKind::Link(_)), _) => {
                say(
                    path,
                    "this is a link; name the file that it leads to".to_owned(),
                );
            }
            (Some(EntryKind::Submodule), _) => say(
                path,
                "this is a submodule, a repository of its own; check it with `--root`".to_owned(),
            ),
            (Some(EntryKind::Closed), Presence::Folder) => {
                say(path, "nivis does not look into this folder".to_owned());
            }
            (_, Presence::Folder) => {
                let any = input.sources.iter().any(|source| source.path.lies_in(path));
                let troubled = input.troubles.iter().any(|trouble| {
                    trouble
                        .path
                        .as_deref()
                        .is_some_and(|it| RepoPath::from(it).lies_in(path))
                });
                if !any && !troubled && input.excluded == 0 {
                    say(path, "there is no file here that nivis reads".to_owned());
                }
            }
            (_, Presence::Unknown) => {
                say(path, "nivis does not look into this folder".to_owned());
            }
            _ if path.bytes().is_empty() => {
                say(path, "there is no file here that nivis reads".to_owned());
            }
            _ => say(path, "this path does not exist".to_owned()),
        }
    }
    input.troubles.extend(wrong);
}

/// What to say of a revision that leads nowhere.
pub(crate) fn lost(name: &str, lost: &Lost) -> Error {
    Error::new(match lost {
        Lost::Unknown => format!("git knows no revision `{name}`"),
        Lost::Ambiguous => format!("several objects begin with `{name}`"),
        Lost::Malformed => format!("`{name}` is no revision that nivis understands"),
        Lost::Absent => format!(
            "the commit `{name}` is not in this clone: fetch more history (`fetch-depth: 0`) or drop --diff-base"
        ),
        Lost::Damaged => format!("the history that leads to `{name}` is damaged or too large"),
        Lost::Unborn => "there is no commit yet".to_owned(),
        Lost::Unrelated => format!("`{name}` and HEAD have no common ancestor"),
    })
}

fn load_base(
    settings: &Settings,
    world: &World,
    present: (&[Present], &Buffers),
    paths: &PathTable,
    notes: &mut Vec<String>,
) -> Result<Option<BaseInput>, Error> {
    let git = &world.git;
    let asked = settings.diff_base.as_deref();
    let id = match asked {
        Some(name) => git.resolve(name).map_err(|why| lost(name, &why))?,
        None => match git.head() {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    let name = asked.unwrap_or("HEAD").to_owned();
    match read_base(settings, world, id, present, paths, notes) {
        Ok(mut base) => {
            base.name = name;
            Ok(Some(base))
        }
        Err(missing) if asked.is_some() => Err(lost(&name, &missing.into())),
        Err(missing) => {
            let why = match missing {
                Missing::Absent => "an object is not in this clone",
                Missing::TooBig | Missing::Spent => "it is too large",
                Missing::Damaged => "an object is damaged",
            };
            notes.push(format!("nothing is compared with HEAD: {why}"));
            Ok(None)
        }
    }
}

fn read_base(
    settings: &Settings,
    world: &World,
    id: Id,
    (present, buffers): (&[Present], &Buffers),
    paths: &PathTable,
    notes: &mut Vec<String>,
) -> Result<BaseInput, Missing> {
    let (git, index, prefix) = (&world.git, &world.index, &world.prefix);
    let (id, commit) = git.commit(&id)?;
    let folder = prefix.strip_suffix(b"/").unwrap_or(prefix);
    let compare = |tree| Compared::new(git, index, tree, folder, settings.disk.files);
    let compared = compare(commit.tree)?;
    let mut base = BaseInput {
        rev: id.to_string(),
        ..BaseInput::default()
    };

    // In a merge, what equals either side is nobody's change.
    let mut merged = Vec::new();
    if settings.diff_base.is_none() {
        for side in git.merge_heads() {
            merged.push(compare(git.commit(&side)?.1.tree)?);
        }
    }
    let in_merge =
        |full: &[u8], id: Option<Id>| merged.iter().any(|side| side.blob(index, full) == id);

    let mut wanted: BTreeMap<RepoPath, (Kind, Id)> = BTreeMap::new();
    for it in present {
        let path = &it.source.path;
        let full = world.full(path);
        if in_merge(&full, it.id) {
            continue;
        }
        match compared.blob(index, &full) {
            None => {
                base.added.insert(path.clone());
                base.changed.insert(path.clone());
            }
            old if old == it.id => {
                if buffers.contains_key(path) {
                    base.same.push(it.source.clone());
                }
            }
            Some(old) => {
                base.changed.insert(path.clone());
                wanted.insert(path.clone(), (it.source.kind, old));
            }
        }
    }
    // What the revision has and the disk has not; and what is not read but changed in the index.
    let mut others: BTreeSet<RepoPath> = compared
        .differing()
        .filter_map(|full| full.strip_prefix(prefix.as_slice()))
        .map(RepoPath::from_bytes)
        .collect();
    let gone = |entry: &&PathEntry| !entry.on_disk && entry.kind == EntryKind::File;
    others.extend(
        paths
            .entries()
            .iter()
            .filter(gone)
            .map(|it| it.path.clone()),
    );
    for path in others {
        let read = present
            .binary_search_by(|it| it.source.path.cmp(&path))
            .is_ok();
        let here = paths.find(&path).is_some_and(|entry| entry.on_disk)
            || paths.presence(&path) == Presence::Unknown;
        let full = world.full(&path);
        if read || settings.excluded(&path) || (!here && in_merge(&full, None)) {
            continue;
        }
        let Some(old) = compared.blob(index, &full) else {
            continue;
        };
        if let (false, Some(kind)) = (here, kind_of(&path)) {
            wanted.insert(path.clone(), (kind, old));
        }
        if !here {
            base.gone.insert(path.clone());
        }
        base.changed.insert(path);
    }
    // Files that are not read and new in the index.
    for full in compared.added(index) {
        if let Some(path) = full.strip_prefix(prefix.as_slice()) {
            let path = RepoPath::from_bytes(path);
            if !base.added.contains(&path) && paths.find(&path).is_some_and(|it| it.on_disk) {
                base.new_others.insert(path.clone());
            }
            base.changed.insert(path);
        }
    }

    for (path, (kind, id)) in wanted {
        match git.objects.read(&id, settings.disk.file_size) {
            Ok((_, bytes)) => base.sources.push(Source {
                path,
                kind,
                text: Arc::new(Text::from_bytes(bytes)),
            }),
            Err(Missing::TooBig) => notes.push(format!(
                "`{path}` is not compared: it was larger than {}",
                size_words(settings.disk.file_size)
            )),
            Err(missing) => return Err(missing),
        }
    }
    let earlier = base.sources.iter().chain(&base.same);
    base.past = past(settings, world, &commit.parents, earlier);
    if settings.diff_base.is_some() {
        base.messages = messages(git, id, commit.seconds);
    }
    Ok(base)
}

/// Earlier texts of the changed files that speak of `stateVersion`, as far as they are at hand.
fn past<'a>(
    settings: &Settings,
    world: &World,
    parents: &[Id],
    changed: impl Iterator<Item = &'a Source>,
) -> Vec<Source> {
    let files: Vec<&Source> = changed
        .filter(|source| {
            source.kind == Kind::Nix && source.text.contents().contains("stateVersion")
        })
        .take(100)
        .collect();
    let mut past = Vec::new();
    if files.is_empty() {
        return past;
    }
    let mut seen: BTreeSet<Id> = BTreeSet::new();
    let mut next = parents.first().copied();
    let asked = settings.greatest("state-version-changed", "history");
    let commits = asked.map_or(HISTORY, |it| {
        usize::try_from(it).map_or(MOST_HISTORY, |it| it.min(MOST_HISTORY))
    });
    for _ in 0..commits {
        let Some(id) = next else { break };
        let Ok((_, commit)) = world.git.commit(&id) else {
            break;
        };
        for file in &files {
            let Ok(Some(blob)) = blob_at(&world.git, &commit.tree, &world.full(&file.path)) else {
                continue;
            };
            if !seen.insert(blob) {
                continue;
            }
            if let Ok((_, bytes)) = world.git.objects.read(&blob, settings.disk.file_size) {
                past.push(Source {
                    text: Arc::new(Text::from_bytes(bytes)),
                    ..(*file).clone()
                });
            }
        }
        next = commit.parents.first().copied();
    }
    past
}

/// The messages of the commits from HEAD back to the base, by the first parents.
fn messages(git: &GitDir, base: Id, base_seconds: i64) -> Vec<String> {
    let mut messages = Vec::new();
    let mut next = git.head();
    while let Some(id) = next
        && id != base
        && messages.len() < MESSAGES
    {
        let Ok((_, commit)) = git.commit(&id) else {
            break;
        };
        if commit.seconds < base_seconds {
            break;
        }
        messages.push(commit.message);
        next = commit.parents.first().copied();
    }
    messages
}
