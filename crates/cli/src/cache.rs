//! What later runs use again, in a folder of the user's cache: schemas of pinned trees, and what is known of the files of
//! repositories. Nothing here ever fails a run.
//!
//! A file is whole or not there: it is written beside its place and renamed. Folders are the user's alone (0700), and one
//! that belongs to somebody else, or lies in the repository, is not used.

use std::borrow::Cow;
use std::ffi::CString;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use engine::memo::{self, Memo};
use engine::pins::Loaded;
use engine::{Error, Settings};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Timespec, Timestamps};
use rustix::time::{ClockId, clock_gettime};

use crate::args::CleanArgs;

/// The folder of schemas.
const OPTIONS: &str = "options";
/// The folder of packs.
const FILES: &str = "files";
/// Bytes of all schemas together; beyond, those go that were not used for longest.
const MOST_OPTIONS: u64 = 50 << 20;
/// Bytes of all packs together.
const MOST_FILES: u64 = 206 << 20;

/// So many bytes are handed to the system at once.
const PIECE: usize = 128 << 10;

/// The folder of the cache: the named one, else where the environment says; `None` with `none`, without a home, and for one
/// that belongs to somebody else.
#[must_use]
pub fn top(named: Option<&Path>, none: bool) -> Option<PathBuf> {
    if none {
        return None;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "where the cache lies is asked here, and changes no finding"
    )]
    let variable = |name: &str| {
        let value = std::env::var_os(name).map(PathBuf::from);
        value.filter(|it| it.is_absolute())
    };
    let top = named
        .map(Path::to_owned)
        .or_else(|| variable("NIVIS_CACHE_DIR"))
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("nivis")))
        .or_else(|| Some(variable("HOME")?.join(".cache/nivis")))?;
    is_own(&top).then_some(top)
}

/// The folder of schemas.
#[must_use]
pub fn folder(named: Option<&Path>, none: bool) -> Option<PathBuf> {
    let folder = top(named, none)?.join(OPTIONS);
    is_own(&folder).then_some(folder)
}

/// Where packs lie; `None` also where that is in the repository.
#[must_use]
pub fn place(named: Option<&Path>, none: bool, root: &Path) -> Option<memo::Place> {
    let folder = std::path::absolute(top(named, none)?.join(FILES)).ok()?;
    #[expect(
        clippy::disallowed_methods,
        reason = "a link may lead into the repository"
    )]
    let real = folder
        .ancestors()
        .find_map(|it| std::fs::canonicalize(it).ok())?;
    if !is_own(&folder) || real.starts_with(root) || folder.starts_with(root) {
        return None;
    }
    Some(memo::Place {
        folder,
        build: build()?,
        began: clock_gettime(ClockId::Realtime).tv_sec,
    })
}

/// What tells this program from others of its version: where it lies, how big it is, when it was made.
fn build() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let stat = rustix::fs::stat(&program).ok()?;
    Some(format!(
        "{} {} {} {}",
        program.display(),
        stat.st_size,
        stat.st_mtime,
        stat.st_mtime_nsec
    ))
}

/// Whether a folder belongs to the user, or is not there.
fn is_own(folder: &Path) -> bool {
    match rustix::fs::stat(folder) {
        Ok(stat) => stat.st_uid == rustix::process::geteuid().as_raw(),
        Err(_) => true,
    }
}

/// Writes the schemas that were read anew, marks those that were used again, and lets the oldest go.
pub fn keep(settings: &Settings, loaded: &Loaded) {
    let Some(path) = &settings.options.cache else {
        return;
    };
    if loaded.fresh.is_empty() && loaded.used.is_empty() {
        return;
    }
    let Some(folder) = open(path, true) else {
        return;
    };
    for name in &loaded.used {
        touch(&folder, name);
    }
    for entry in &loaded.fresh {
        if let Some(bytes) = entry.bytes() {
            write(&folder, &entry.name, &[Cow::Borrowed(&bytes)]);
        }
    }
    if !loaded.fresh.is_empty() {
        let_go(&folder, MOST_OPTIONS);
    }
}

/// Writes what was learnt of files; gives what to tell who wants to know.
#[must_use]
pub fn keep_files(settings: &Settings, memo: &Memo) -> Option<String> {
    let place = settings.memo.as_ref().filter(|_| memo.is_on())?;
    let (hits, asked) = memo.hits();
    let mut words = if memo.is_answered() {
        format!(
            "cache: nothing changed since an earlier run of {asked} files, and this is its report"
        )
    } else {
        format!("cache: {hits} of {asked} files are known from earlier runs")
    };
    let written: Vec<memo::Written<'_>> = memo.written().collect();
    if hits == 0 && written.is_empty() {
        return Some(words);
    }
    let Some(folder) = open(&place.folder, true) else {
        words.push_str("; the folder cannot be written");
        return Some(words);
    };
    for name in memo.names() {
        touch(&folder, &name);
    }
    for new in &written {
        // First the old new part, which belongs to nothing without its old part, then what takes the place of both.
        if let Some(gone) = &new.instead_of {
            let _ = rustix::fs::unlinkat(&folder, gone.as_str(), AtFlags::empty());
        }
        if !write(&folder, &new.name, &new.pieces) {
            words.push_str("; what is new could not be written");
            break;
        }
    }
    if !written.is_empty() {
        let_go(&folder, MOST_FILES);
    }
    Some(words)
}

/// Opens a folder of the cache, made before if need be.
fn open(path: &Path, make: bool) -> Option<OwnedFd> {
    if make && let Some(above) = path.parent() {
        for ancestor in [above.parent(), Some(above), Some(path)]
            .into_iter()
            .flatten()
        {
            let _ = rustix::fs::mkdir(ancestor, Mode::RWXU);
        }
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let folder = rustix::fs::openat(CWD, path, flags, Mode::empty()).ok()?;
    let stat = rustix::fs::fstat(&folder).ok()?;
    (stat.st_uid == rustix::process::geteuid().as_raw()).then_some(folder)
}

/// Says that a file was used.
fn touch(folder: &OwnedFd, name: &str) {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: rustix::fs::UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    let _ = rustix::fs::utimensat(folder, name, &times, AtFlags::SYMLINK_NOFOLLOW);
}

/// Puts a file in its place; gives whether that went well.
fn write(folder: &OwnedFd, name: &str, pieces: &[Cow<'_, [u8]>]) -> bool {
    let temporary = format!(".{}-{name}", std::process::id());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    let Ok(file) = rustix::fs::openat(folder, temporary.as_str(), flags, mode) else {
        return false;
    };
    let mut file = BufWriter::with_capacity(PIECE, File::from(file));
    let mut pieces = pieces.iter();
    let written = pieces.all(|piece| file.write_all(piece).is_ok())
        && file.flush().is_ok()
        && rustix::fs::renameat(folder, temporary.as_str(), folder, name).is_ok();
    if !written {
        let _ = rustix::fs::unlinkat(folder, temporary.as_str(), AtFlags::empty());
    }
    written
}

/// The regular files of a folder: name, bytes, time of last use.
fn listed(folder: &OwnedFd) -> Vec<(CString, u64, i64)> {
    let Ok(entries) = Dir::read_from(folder) else {
        return Vec::new();
    };
    let mut known = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_owned();
        if let Ok(stat) = rustix::fs::statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW)
            && FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
        {
            let size = u64::try_from(stat.st_size).unwrap_or(0);
            #[allow(clippy::unnecessary_cast, reason = "the types differ between systems")]
            known.push((name, size, stat.st_mtime as i64));
        }
    }
    known
}

/// Deletes what was not used for longest, until the rest is small enough.
fn let_go(folder: &OwnedFd, most: u64) {
    let mut known = listed(folder);
    known.sort_by(|a, b| (a.2, &a.0).cmp(&(b.2, &b.0)));
    let mut all: u64 = known.iter().map(|(_, size, _)| size).sum();
    for (name, size, _) in known {
        if all <= most {
            break;
        }
        let _ = rustix::fs::unlinkat(folder, &name, AtFlags::empty());
        all = all.saturating_sub(size);
    }
}

/// `nivis clean`: deletes what nivis wrote and nothing else, and gives the exit code.
///
/// # Errors
/// When there is no cache, or what stands in its place is none.
pub fn clean(args: &CleanArgs) -> Result<u8, Error> {
    let named = args.cache_dir.as_deref();
    let path = top(named, false).ok_or_else(|| {
        Error::new(match named {
            Some(path) => format!("{}: this folder belongs to somebody else", path.display()),
            None => "there is no place for a cache: name one with --cache-dir".to_owned(),
        })
    })?;
    let at = |message: &str| Error::at(path.display().to_string(), message);
    let (mut gone, mut bytes, mut left) = (0usize, 0u64, 0usize);
    if rustix::fs::lstat(&path).is_ok() {
        let folder = open(&path, false)
            .ok_or_else(|| at("this is no folder of yours, and nothing is deleted"))?;
        let names = names(&folder);
        let ours = |name: &&CString| {
            [OPTIONS, FILES]
                .map(str::as_bytes)
                .contains(&name.to_bytes())
        };
        let strange = names.iter().filter(|name| !ours(name)).count();
        if strange > 0 && !names.iter().any(|name| ours(&name)) {
            return Err(at("this is no cache of nivis, and nothing is deleted"));
        }
        left += strange;
        for below in [OPTIONS, FILES] {
            let Some(inner) = open(&path.join(below), false) else {
                continue;
            };
            let known = listed(&inner);
            let mut there = names_count(&inner);
            for (name, size, _) in known {
                let own = is_entry(below, name.to_bytes());
                if own && rustix::fs::unlinkat(&inner, &name, AtFlags::empty()).is_ok() {
                    gone += 1;
                    bytes += size;
                    there = there.saturating_sub(1);
                }
            }
            left += there;
            let _ = rustix::fs::unlinkat(&folder, below, AtFlags::REMOVEDIR);
        }
        let _ = rustix::fs::rmdir(&path);
    }
    let place = report::sanitise::bytes(path.as_os_str().as_encoded_bytes());
    let files = |count: usize| match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let mut line = format!("deleted {} ({}) in {place}", files(gone), size(bytes));
    if left > 0 {
        line.push_str(&format!("; {} of others are left", files(left)));
    }
    crate::output::to_stdout(|out| writeln!(out, "{line}"))
        .map_err(|error| Error::new(format!("stdout cannot be written: {error}")))?;
    Ok(0)
}

/// `120 kB`, `8.1 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// The names in a folder.
fn names(folder: &OwnedFd) -> Vec<CString> {
    let entries = Dir::read_from(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_owned())
        .filter(|name| !matches!(name.to_bytes(), b"." | b".."))
        .collect()
}

fn names_count(folder: &OwnedFd) -> usize {
    names(folder).len()
}

/// Whether nivis gives files in this folder such a name, also while they are written.
fn is_entry(below: &str, name: &[u8]) -> bool {
    let Ok(mut name) = std::str::from_utf8(name) else {
        return false;
    };
    if let Some((number, rest)) = name.strip_prefix('.').and_then(|it| it.split_once('-')) {
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        name = rest;
    }
    let suffixes: &[&str] = match below {
        OPTIONS => &[".schema"],
        _ => &[
            memo::SUFFIXES[0],
            memo::SUFFIXES[1],
            memo::answer::SUFFIX,
            memo::stamps::SUFFIX,
        ],
    };
    let stem = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
    stem.is_some_and(|it| it.len() == 40 && it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        for (below, name, own) in [
            (OPTIONS, format!("{hex}.schema"), true),
            (OPTIONS, format!(".12-{hex}.schema"), true),
            (OPTIONS, format!("{hex}.pack"), false),
            (FILES, format!("{hex}.pack"), true),
            (FILES, format!(".7-{hex}.more"), true),
            (FILES, format!("{hex}.answer"), true),
            (FILES, format!("{hex}.stamps"), true),
            (FILES, format!(".-{hex}.more"), false),
            (FILES, format!("x{hex}.pack"), false),
            (FILES, "notes.txt".to_owned(), false),
        ] {
            assert_eq!(is_entry(below, name.as_bytes()), own, "{below} {name}");
        }
    }

    #[test]
    fn nothing_without_a_place() {
        assert_eq!(folder(None, true), None);
        assert_eq!(folder(Some(Path::new("/x")), true), None);
        let named = folder(Some(Path::new("/nowhere/x")), false);
        assert_eq!(named, Some(PathBuf::from("/nowhere/x/options")));
        // A place that cannot be made is no reason to fail.
        let mut settings = Settings::default();
        settings.options.cache = Some(PathBuf::from("/proc/nowhere/options"));
        let loaded = Loaded {
            used: vec!["a".to_owned()],
            ..Loaded::default()
        };
        keep(&settings, &loaded);
    }
}
