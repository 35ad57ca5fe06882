//! Which paths a repository has: what git does not ignore, or everything; links are never followed.
//!
//! With git: every file, each with its state. Ignored folders without a tracked file are one entry and are not entered.
//! Without git: every file below the root, and no ignore file is read, so that a copy in the store gives the same paths
//! as a fresh checkout.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use lint_api::report::Trouble;
use rayon::prelude::*;
use repo::{EntryKind, GitState, PathEntry, RepoPath};
use rustc_hash::FxHashSet;

use crate::Error;
use crate::disk::{Failure, Folder, What};
use crate::git::index::Index;

/// What the walk is to know.
#[derive(Debug)]
pub struct Walk<'a> {
    /// The root of the repository.
    pub root: &'a Folder,
    /// What git knows, when it is asked.
    pub git: Option<WalkGit<'a>>,
    /// Paths that the user named: they are entered although git ignores them.
    pub named: &'a [RepoPath],
    /// Enter what git ignores as well.
    pub enter_ignored: bool,
    /// The most paths that a repository may have.
    pub limit: usize,
}

/// What git knows.
#[derive(Debug)]
pub struct WalkGit<'a> {
    /// The index.
    pub index: &'a Index,
    /// The folder of the root, from the top of the work tree; empty or ending in `/`.
    pub prefix: &'a [u8],
    /// The top of the work tree.
    pub top: &'a Folder,
    /// The lines of `.git/info/exclude`.
    pub exclude: Vec<u8>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// First what was met on the disk, sorted by path, then what only the index has.
    pub entries: Vec<PathEntry>,
    /// How many of the entries were met.
    pub seen: usize,
    /// Files that git ignores, below an ignored folder that the user named.
    pub wanted: BTreeSet<RepoPath>,
    /// Folders that could not be read.
    pub troubles: Vec<Trouble>,
    /// Every `nivis.toml` below the root.
    pub settings_below: Vec<RepoPath>,
}

/// Bytes of an ignore file.
const IGNORE_FILE: u64 = 1 << 20;

/// The ignore files that hold for a folder, innermost first.
#[derive(Debug)]
struct Rules {
    file: Gitignore,
    /// Length of the folder of the file, from the top of the work tree, with the slash.
    base: usize,
    above: Option<Arc<Rules>>,
}

/// A folder still to be entered.
#[derive(Debug)]
struct Pending {
    /// From the root.
    path: Vec<u8>,
    name: Vec<u8>,
    above: Option<Arc<Folder>>,
    rules: Option<Arc<Rules>>,
    ignored: bool,
}

/// Walks a repository, every folder in a task of its own.
///
/// # Errors
/// When there are more paths than the limit allows.
pub fn walk(walk: &Walk<'_>) -> Result<Found, Error> {
    let met = Met::default();
    let rules = walk.git.as_ref().and_then(|git| outer_rules(git));
    let root = Pending {
        path: Vec::new(),
        name: Vec::new(),
        above: None,
        rules,
        ignored: false,
    };
    rayon::scope(|scope| visit(walk, root, &met, scope));
    let too_many = || {
        Error::new(format!(
            "more than {} paths; exclude some, or raise `limits.files`",
            walk.limit
        ))
    };
    if met.count.into_inner() > walk.limit {
        return Err(too_many());
    }
    let mut found = met
        .found
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    // The tasks are done in any order.
    found
        .entries
        .par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
    found.troubles.sort();
    found.settings_below.sort_unstable();
    found.seen = found.entries.len();
    if let Some(git) = &walk.git {
        add_gone(git, &mut found);
        if found.entries.len() > walk.limit {
            return Err(too_many());
        }
    }
    Ok(found)
}

/// What all tasks find.
#[derive(Debug, Default)]
struct Met {
    found: Mutex<Found>,
    /// Its entries.
    count: AtomicUsize,
}

/// Enters a folder, and then those in it. The last that was found is entered next, so that no more folders are open than
/// lie above each other.
fn visit<'scope>(
    walk: &'scope Walk<'_>,
    folder: Pending,
    met: &'scope Met,
    scope: &rayon::Scope<'scope>,
) {
    let mut below = Vec::new();
    let mut here = Found::default();
    enter(walk, folder, &mut below, &mut here);
    let before = met.count.fetch_add(here.entries.len(), Ordering::Relaxed);
    if before.saturating_add(here.entries.len()) > walk.limit {
        return;
    }
    {
        let mut found = met.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.entries.append(&mut here.entries);
        found.wanted.append(&mut here.wanted);
        found.troubles.append(&mut here.troubles);
        found.settings_below.append(&mut here.settings_below);
    }
    for folder in below {
        scope.spawn(move |scope| visit(walk, folder, met, scope));
    }
}

/// `info/exclude`, and the ignore files above the root.
fn outer_rules(git: &WalkGit<'_>) -> Option<Arc<Rules>> {
    let mut rules = parse_rules(&git.exclude, 0, None);
    let mut base = 0;
    for part in git.prefix.split_inclusive(|byte| *byte == b'/') {
        let mut path = git.prefix[..base].to_vec();
        path.extend(b".gitignore");
        if let Ok((bytes, _)) = git.top.read(&path, IGNORE_FILE) {
            rules = parse_rules(&bytes, base, rules);
        }
        base += part.len();
    }
    rules
}

/// The rules of one file on top of others; the others alone when it has none.
fn parse_rules(bytes: &[u8], base: usize, above: Option<Arc<Rules>>) -> Option<Arc<Rules>> {
    let mut builder = GitignoreBuilder::new(".");
    for line in String::from_utf8_lossy(bytes).lines() {
        // A line that is no pattern is no pattern to git either.
        let _ = builder.add_line(None, line);
    }
    match builder.build() {
        Ok(file) if !file.is_empty() => Some(Arc::new(Rules { file, base, above })),
        _ => above,
    }
}

/// Whether a path, from the top of the work tree, is ignored. The innermost file that speaks of it decides.
fn is_ignored(rules: Option<&Arc<Rules>>, path: &[u8], folder: bool) -> bool {
    let mut next = rules;
    while let Some(rules) = next {
        if let Some(relative) = path.get(rules.base..) {
            let relative = std::path::Path::new(std::ffi::OsStr::from_bytes(relative));
            match rules.file.matched(relative, folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        next = rules.above.as_ref();
    }
    false
}

/// Folders that are never entered, whoever asks.
fn is_closed(name: &[u8]) -> bool {
    matches!(name, b".jj" | b".hg" | b".direnv" | b"result") || name.starts_with(b"result-")
}

fn enter(walk: &Walk<'_>, pending: Pending, stack: &mut Vec<Pending>, found: &mut Found) {
    let above = pending.above.as_deref().unwrap_or(walk.root);
    let folder = above
        .folder(&pending.name)
        .and_then(|folder| Ok((folder.list()?, folder)));
    let (names, folder) = match folder {
        Ok((names, folder)) => (names, Arc::new(folder)),
        // A link was put in its place, or it went away.
        Err(Failure::Missing | Failure::NotAFile) => return,
        Err(failure) => {
            let path = RepoPath::from_bytes(&pending.path);
            found.entries.push(PathEntry {
                path: path.clone(),
                kind: EntryKind::Closed,
                on_disk: true,
                git: None,
            });
            found.troubles.push(Trouble {
                kind: "io",
                path: Some(path.to_string()),
                line: None,
                message: format!("this folder {failure}"),
            });
            return;
        }
    };
    let has = |wanted: &[u8]| names.iter().any(|(name, _)| name == wanted);
    let is_root = pending.path.is_empty();
    let full = |path: &[u8]| {
        let mut full = walk
            .git
            .as_ref()
            .map_or(Vec::new(), |git| git.prefix.to_vec());
        full.extend_from_slice(path);
        full
    };
    // Another repository inside this one: git does not look into it either.
    if let Some(git) = &walk.git
        && !is_root
        && has(b".git")
        && git.index.below(&full(&pending.path)).is_empty()
    {
        let state = if pending.ignored {
            GitState::Ignored
        } else {
            GitState::Untracked
        };
        found.entries.push(PathEntry {
            path: RepoPath::from_bytes(&pending.path),
            kind: EntryKind::Closed,
            on_disk: true,
            git: Some(state),
        });
        return;
    }
    let mut rules = pending.rules.clone();
    if let Some(git) = &walk.git
        && has(b".gitignore")
        && let Ok((bytes, _)) = folder.read(b".gitignore", IGNORE_FILE)
    {
        let base = git.prefix.len() + pending.path.len() + usize::from(!is_root);
        rules = parse_rules(&bytes, base, rules);
    }

    for (name, what) in names {
        if name == b".git" {
            continue;
        }
        let mut path = pending.path.clone();
        if !is_root {
            path.push(b'/');
        }
        path.extend_from_slice(&name);
        if name == b"nivis.toml" && !is_root {
            found.settings_below.push(RepoPath::from_bytes(&path));
        }
        let mut state = None;
        let mut below = false;
        if let Some(git) = &walk.git {
            let full = full(&path);
            let ignored =
                || pending.ignored || is_ignored(rules.as_ref(), &full, what == What::Folder);
            state = Some(match git.index.find(&full) {
                Some(entry) if entry.is_submodule() && what == What::Folder => {
                    found.entries.push(PathEntry {
                        path: RepoPath::from_bytes(&path),
                        kind: EntryKind::Submodule,
                        on_disk: true,
                        git: Some(GitState::Tracked),
                    });
                    continue;
                }
                Some(entry) if entry.intent_to_add => GitState::IntentToAdd,
                Some(_) if what != What::Folder => GitState::Tracked,
                _ if ignored() => {
                    below = what == What::Folder && !git.index.below(&full).is_empty();
                    GitState::Ignored
                }
                _ => GitState::Untracked,
            });
        }
        let mut add = |kind: EntryKind| {
            found.entries.push(PathEntry {
                path: RepoPath::from_bytes(&path),
                kind,
                on_disk: true,
                git: state,
            });
        };
        match what {
            What::File => {
                add(EntryKind::File);
                if pending.ignored
                    && state == Some(GitState::Ignored)
                    && is_below(walk.named, &path)
                {
                    found.wanted.insert(RepoPath::from_bytes(&path));
                }
            }
            What::Special => add(EntryKind::Special),
            What::Link => {
                let target = folder.link(&name).unwrap_or_default();
                add(EntryKind::Link(target.into()));
            }
            What::Folder if is_closed(&name) => add(EntryKind::Closed),
            What::Folder => {
                let ignored = state == Some(GitState::Ignored);
                if ignored && !below && !walk.enter_ignored && !is_named(walk.named, &path) {
                    add(EntryKind::Closed);
                    continue;
                }
                stack.push(Pending {
                    path,
                    name,
                    above: Some(Arc::clone(&folder)),
                    rules: rules.clone(),
                    ignored,
                });
            }
        }
    }
}

/// Whether a path lies below a named one, the root aside.
fn is_below(named: &[RepoPath], path: &[u8]) -> bool {
    named.iter().any(|name| {
        !name.bytes().is_empty()
            && path
                .strip_prefix(name.bytes())
                .is_some_and(|rest| rest.starts_with(b"/"))
    })
}

/// Whether a folder is named, lies below a named one, or leads to one.
fn is_named(named: &[RepoPath], path: &[u8]) -> bool {
    named.iter().any(|name| {
        let name = name.bytes();
        let (short, long) = if name.len() < path.len() {
            (name, path)
        } else {
            (path, name)
        };
        // The root names everything and nothing in particular.
        !name.is_empty()
            && long.starts_with(short)
            && (long.len() == short.len() || long[short.len()] == b'/')
    })
}

/// Adds what the index has and the walk did not meet.
fn add_gone(git: &WalkGit<'_>, found: &mut Found) {
    let met: FxHashSet<&[u8]> = found
        .entries
        .iter()
        .map(|entry| entry.path.bytes())
        .collect();
    let closed: Vec<RepoPath> = found
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Closed)
        .map(|entry| entry.path.clone())
        .collect();
    let mut gone = Vec::new();
    for entry in &git.index.entries {
        let Some(path) = entry.path.strip_prefix(git.prefix) else {
            continue;
        };
        let path = path.strip_suffix(b"/").unwrap_or(path);
        if met.contains(path) {
            continue;
        }
        let kind = if entry.is_submodule() {
            EntryKind::Submodule
        } else if entry.is_folder() {
            EntryKind::Closed
        } else {
            EntryKind::File
        };
        // What was not looked into may well be there.
        let unseen = entry.skip_worktree
            || closed.iter().any(|folder| {
                path.strip_prefix(folder.bytes())
                    .is_some_and(|rest| rest.starts_with(b"/"))
            });
        gone.push(PathEntry {
            path: RepoPath::from_bytes(path),
            kind,
            on_disk: unseen,
            git: Some(if entry.intent_to_add {
                GitState::IntentToAdd
            } else {
                GitState::Tracked
            }),
        });
    }
    found.entries.extend(gone);
}
