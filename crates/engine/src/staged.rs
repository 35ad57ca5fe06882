//! The repository as the git index has it: what the next commit will hold. No file of the work tree is opened.

use std::collections::BTreeMap;

use lint_api::report::Trouble;
use repo::{EntryKind, GitState, PathEntry, RepoPath};

use crate::Error;
use crate::git::index::{Entry, Index};
use crate::git::objects::Missing;
use crate::git::{GitDir, Id};

/// One path of the index.
#[derive(Debug)]
pub(crate) struct Staged {
    /// As the path table has it.
    pub entry: PathEntry,
    /// Its object.
    pub id: Id,
}

/// Lists the files of the folders that a sparse index holds as one entry each.
///
/// # Errors
/// When a folder is missing or damaged, or there are more than `limit` entries.
pub(crate) fn expand(git: &GitDir, index: &mut Index, limit: usize) -> Result<(), Error> {
    if !index.entries.iter().any(Entry::is_folder) {
        return Ok(());
    }
    let entries = std::mem::take(&mut index.entries);
    let (mut folders, mut files): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(Entry::is_folder);
    while let Some(folder) = folders.pop() {
        let mut path = folder.path.to_vec();
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        let tree = git.tree(&folder.id).map_err(|_| {
            let path = String::from_utf8_lossy(&path).into_owned();
            Error::at(path, "this folder of the git index is missing or damaged")
        })?;
        for it in tree {
            let entry = Entry {
                path: [path.as_slice(), &it.name].concat().into_boxed_slice(),
                id: it.id,
                mode: it.mode,
                ..folder.clone()
            };
            if it.is_tree() {
                folders.push(entry);
            } else {
                files.push(entry);
            }
        }
        if files.len() + folders.len() > limit {
            return Err(Error::new(format!(
                "more than {limit} paths; exclude some, or raise `limits.files`"
            )));
        }
    }
    files.sort_by(|a, b| (&a.path, a.stage).cmp(&(&b.path, b.stage)));
    index.entries = files;
    Ok(())
}

/// Every path of an expanded index below a folder, sorted. `prefix` is empty or ends in `/`. What is in the index by name
/// only would not be committed and is left out; of a conflict our side is taken.
pub(crate) fn paths(git: &GitDir, entries: &[Entry], prefix: &[u8]) -> Vec<Staged> {
    let mut found: BTreeMap<RepoPath, Staged> = BTreeMap::new();
    let mut stage: BTreeMap<RepoPath, u8> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.intent_to_add) {
        let Some(path) = entry.path.strip_prefix(prefix) else {
            continue;
        };
        let path = RepoPath::from_bytes(path);
        // Ours before theirs before the common one.
        let rank = [0, 3, 1, 2][usize::from(entry.stage.min(3))];
        if stage.get(&path).is_some_and(|other| *other <= rank) {
            continue;
        }
        stage.insert(path.clone(), rank);
        found.insert(path.clone(), staged(git, path, entry.mode, entry.id));
    }
    found.into_values().collect()
}

fn staged(git: &GitDir, path: RepoPath, mode: u32, id: Id) -> Staged {
    let kind = match mode & 0o170_000 {
        0o160_000 => EntryKind::Submodule,
        0o120_000 => {
            let target = git.objects.read(&id, 1 << 16).map(|(_, bytes)| bytes);
            EntryKind::Link(target.unwrap_or_default().into_boxed_slice())
        }
        _ => EntryKind::File,
    };
    Staged {
        entry: PathEntry {
            path,
            kind,
            on_disk: true,
            git: Some(GitState::Tracked),
        },
        id,
    }
}

/// What to say of a text that cannot be had.
pub(crate) fn trouble(path: &[u8], message: &str) -> Trouble {
    Trouble {
        kind: "git",
        path: Some(String::from_utf8_lossy(path).into_owned()),
        line: None,
        message: message.to_owned(),
    }
}

/// Why a staged text cannot be had.
pub(crate) fn words(missing: &Missing) -> &'static str {
    match missing {
        Missing::Absent => "its staged text is not in this clone",
        Missing::Damaged => "its staged text is damaged",
        Missing::TooBig | Missing::Spent => "its staged text is too large",
    }
}
