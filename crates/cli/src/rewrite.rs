//! Rewrites a file of the repository: whole or not at all, through no link, and only when it is still what was read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use lint_api::repo::RepoPath;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// Opens a folder, and no link in its place.
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// Opens a file, and no link in its place; a pipe does not make it wait.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);
/// Makes a file that was not there.
const NEW: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Replaces the contents of the file at `path` below `root`. Its mode stays, and so does its owner, where the system lets
/// it. Answers whether the file had other names, which keep the old contents.
///
/// # Errors
/// When the file is no longer what was read (`old`), a link stands on the way, or the system refuses. The file is then as
/// it was.
pub fn rewrite(root: &Path, path: &RepoPath, old: &[u8], new: &[u8]) -> io::Result<bool> {
    // The root itself may be a link: the user named it.
    let mut folder = rustix::fs::openat(CWD, root, FOLDER - OFlags::NOFOLLOW, Mode::empty())?;
    let mut parts = path.bytes().split(|byte| *byte == b'/').peekable();
    loop {
        let part = parts.next().unwrap_or_default();
        if part.is_empty() || part == b"." || part == b".." {
            return Err(io::Error::other("is no path below the root"));
        }
        if parts.peek().is_none() {
            return replace(&folder, part, old, new);
        }
        folder = rustix::fs::openat(&folder, part, FOLDER, Mode::empty()).map_err(link)?;
    }
}

fn replace(folder: &OwnedFd, name: &[u8], old: &[u8], new: &[u8]) -> io::Result<bool> {
    let stat = unchanged(folder, name, old)?;
    let (temporary, mut file) = create(folder)?;
    let outcome = (|| {
        // An owner that cannot be kept is no reason to fail, a mode is; a change of owner may change the mode.
        let mine = rustix::fs::fstat(&file)?;
        if (mine.st_uid, mine.st_gid) != (stat.st_uid, stat.st_gid) {
            let (user, group) = (
                rustix::fs::Uid::from_raw(stat.st_uid),
                rustix::fs::Gid::from_raw(stat.st_gid),
            );
            let _ = rustix::fs::fchown(&file, Some(user), Some(group));
        }
        let mode = Mode::from_raw_mode(stat.st_mode) & (Mode::RWXU | Mode::RWXG | Mode::RWXO);
        rustix::fs::fchmod(&file, mode)?;
        file.write_all(new)?;
        file.sync_all()?;
        unchanged(folder, name, old)?;
        rustix::fs::renameat(folder, temporary.as_str(), folder, name)?;
        Ok(stat.st_nlink > 1)
    })();
    if outcome.is_err() {
        let _ = rustix::fs::unlinkat(folder, temporary.as_str(), AtFlags::empty());
    }
    outcome
}

/// What the system knows of a file that still holds `old`.
fn unchanged(folder: &OwnedFd, name: &[u8], old: &[u8]) -> io::Result<Stat> {
    let file = rustix::fs::openat(folder, name, FILE, Mode::empty()).map_err(link)?;
    let stat = rustix::fs::fstat(&file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::Error::other("is not a regular file"));
    }
    let mut now = Vec::with_capacity(old.len() + 1);
    let most = u64::try_from(old.len()).unwrap_or(u64::MAX);
    File::from(file)
        .take(most.saturating_add(1))
        .read_to_end(&mut now)?;
    if now != old {
        return Err(io::Error::other("it changed after it was read"));
    }
    Ok(stat)
}

/// A file beside, for the time being.
fn create(folder: impl AsFd) -> io::Result<(String, File)> {
    for number in 0..100 {
        let name = format!(".nivis-{}-{number}", std::process::id());
        match rustix::fs::openat(&folder, name.as_str(), NEW, Mode::RUSR | Mode::WUSR) {
            Ok(file) => return Ok((name, File::from(file))),
            // Left behind by one that was killed.
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Errno::EXIST.into())
}

/// Says what a link in the way means.
fn link(error: Errno) -> io::Error {
    match error {
        Errno::LOOP | Errno::NOTDIR | Errno::MLINK => io::Error::other("a link stands in its way"),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "these tests make folders")]

    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder with `a.nix` and `sub/b.nix`, and what came of rewriting a path of it.
    fn rewritten(path: &str, before: impl FnOnce(&Path)) -> (Option<String>, Vec<String>) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("sub")).unwrap();
        fs::write(root.path().join("a.nix"), "old").unwrap();
        fs::write(root.path().join("sub/b.nix"), "old").unwrap();
        before(root.path());
        let outcome = rewrite(root.path(), &RepoPath::from(path), b"old", b"new");
        let mut files = Vec::new();
        for folder in ["", "sub"] {
            for entry in fs::read_dir(root.path().join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    files.push(fs::read_to_string(path).unwrap());
                }
            }
        }
        files.sort();
        (outcome.err().map(|error| error.to_string()), files)
    }

    #[test]
    fn one_file_is_replaced() {
        assert_eq!(
            rewritten("sub/b.nix", |_| ()),
            (None, vec!["new".to_owned(), "old".to_owned()])
        );
    }

    #[test]
    fn what_changed_meanwhile_is_left_alone() {
        for text in ["other", "ol", "older", ""] {
            let (error, files) = rewritten("a.nix", |root| {
                fs::write(root.join("a.nix"), text).unwrap();
            });
            assert_eq!(error.as_deref(), Some("it changed after it was read"));
            assert!(files.contains(&text.to_owned()) && files.len() == 2);
        }
    }

    #[test]
    fn links_that_came_meanwhile_are_refused() {
        let link = Some("a link stands in its way".to_owned());
        let swap = |root: &Path| {
            fs::rename(root.join("a.nix"), root.join("sub/c.nix")).unwrap();
            symlink("sub/c.nix", root.join("a.nix")).unwrap();
        };
        assert_eq!(rewritten("a.nix", swap).0, link);
        let swap = |root: &Path| {
            fs::rename(root.join("sub"), root.join("else")).unwrap();
            symlink("else", root.join("sub")).unwrap();
        };
        let (error, files) = rewritten("sub/b.nix", swap);
        assert_eq!((error, files.contains(&"new".to_owned())), (link, false));
        for path in ["../a.nix", "sub/../a.nix", "", "/etc/passwd", "sub//b.nix"] {
            assert!(rewritten(path, |_| ()).0.is_some(), "{path}");
        }
    }
}
