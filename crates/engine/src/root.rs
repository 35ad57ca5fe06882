//! Which folder is the repository, and what the named paths are called inside it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use repo::RepoPath;

use crate::Error;
use crate::disk::Folder;

/// The root: `explicit`; else the nearest folder at or above the first path (or `cwd`) with a `nivis.toml` or `.git`; else
/// the nearest with a `flake.nix`; else `cwd`. `cwd` must be absolute. The answer has no links in it.
///
/// # Errors
/// When the folder cannot be opened, two paths have different roots, or a link in a repository leads out of it: whoever
/// put it there must not choose another repository for the user.
pub fn find_root(explicit: Option<&Path>, paths: &[PathBuf], cwd: &Path) -> Result<PathBuf, Error> {
    if let Some(root) = explicit {
        let root = cwd.join(root);
        Folder::open(&root).map_err(|failure| {
            Error::at(root.display().to_string(), format!("the root {failure}"))
        })?;
        return real(&root);
    }
    let mut found: Option<PathBuf> = None;
    for path in paths {
        let leads_to = place(path, cwd)?;
        if let Some(repository) = left(&cwd.join(path), &leads_to) {
            return Err(Error::at(
                path.display().to_string(),
                format!(
                    "this path leads out of the repository {}",
                    repository.display()
                ),
            ));
        }
        let root = root_of(&leads_to, cwd)?;
        match &found {
            Some(first) if *first != root => {
                return Err(Error::at(
                    path.display().to_string(),
                    format!(
                        "this path belongs to another repository ({}) than the first ({}); check them one at a time",
                        root.display(),
                        first.display()
                    ),
                ));
            }
            Some(_) => {}
            None => found = Some(root),
        }
    }
    match found {
        Some(root) => Ok(root),
        None => root_of(&real(cwd)?, cwd),
    }
}

/// Whether a folder holds a Nix file, not counting those below its own folders.
#[must_use]
pub fn holds_nix(folder: &Path) -> bool {
    let names = Folder::open(folder).and_then(|folder| folder.list());
    names.is_ok_and(|names| names.iter().any(|(name, _)| name.ends_with(b".nix")))
}

/// What a named path is called inside the root; links are followed to where they lead. The path need not exist.
///
/// # Errors
/// When it lies, or leads, outside.
pub fn name_path(root: &Path, path: &Path, cwd: &Path) -> Result<RepoPath, Error> {
    let place = place(path, cwd)?;
    match place.strip_prefix(root) {
        Ok(inside) => Ok(RepoPath::from_bytes(inside.as_os_str().as_bytes())),
        Err(_) => Err(Error::at(
            path.display().to_string(),
            format!("this path lies outside the repository {}", root.display()),
        )),
    }
}

/// Where a path leads, without links. Of a path that does not exist, what does exist is followed, and the rest is kept.
fn place(path: &Path, cwd: &Path) -> Result<PathBuf, Error> {
    let full = cwd.join(path);
    let mut rest: Vec<&OsStr> = Vec::new();
    let mut above = full.as_path();
    loop {
        if let Ok(place) = real(above) {
            return Ok(rest.iter().rev().fold(place, |at, name| at.join(name)));
        }
        match (above.parent(), above.components().next_back()) {
            (Some(parent), Some(Component::Normal(name))) => {
                rest.push(name);
                above = parent;
            }
            _ => {
                return Err(Error::at(
                    path.display().to_string(),
                    "this path does not exist",
                ));
            }
        }
    }
}

/// The repository that a path as it is written lies in, and that it leaves through a link.
fn left(written: &Path, leads_to: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in written.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    let is_root = |folder: &&Path| {
        Folder::open(folder).is_ok_and(|open| open.has(b"nivis.toml") || open.has(b".git"))
    };
    plain
        .ancestors()
        .skip(1)
        .filter(is_root)
        .filter_map(|folder| real(folder).ok())
        .find(|folder| !leads_to.starts_with(folder))
}

fn root_of(place: &Path, cwd: &Path) -> Result<PathBuf, Error> {
    let with = |names: &[&str]| {
        place.ancestors().find(|folder| {
            Folder::open(folder)
                .is_ok_and(|open| names.iter().any(|name| open.has(name.as_bytes())))
        })
    };
    match with(&["nivis.toml", ".git"]).or_else(|| with(&["flake.nix"])) {
        Some(root) => Ok(root.to_owned()),
        None => real(cwd),
    }
}

#[expect(clippy::disallowed_methods, reason = "`engine` reads the disk")]
fn real(path: &Path) -> Result<PathBuf, Error> {
    std::fs::canonicalize(path)
        .map_err(|_| Error::at(path.display().to_string(), "this path does not exist"))
}
