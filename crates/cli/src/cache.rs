//! What later runs use again: schemas of pinned trees, in a folder of the user's cache. Nothing here ever fails a run.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use engine::Settings;
use engine::pins::Loaded;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, Timespec, Timestamps};

/// Bytes of all entries together; beyond, those go that were not used for longest.
const MOST: u64 = 50 << 20;

/// The folder of schemas: below `named`, else where the environment says; `None` with `--no-cache`, without a home, and for a
/// folder that belongs to somebody else.
#[must_use]
pub fn folder(named: Option<&Path>, none: bool) -> Option<PathBuf> {
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
    let folder = top.join("options");
    match rustix::fs::stat(&folder) {
        Ok(stat) if stat.st_uid != rustix::process::geteuid().as_raw() => None,
        _ => Some(folder),
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
    if let Some(above) = path.parent() {
        for ancestor in [above.parent(), Some(above), Some(path.as_path())]
            .into_iter()
            .flatten()
        {
            let _ = rustix::fs::mkdir(ancestor, Mode::RWXU);
        }
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let Ok(folder) = rustix::fs::openat(CWD, path, flags, Mode::empty()) else {
        return;
    };
    let own =
        rustix::fs::fstat(&folder).is_ok_and(|it| it.st_uid == rustix::process::geteuid().as_raw());
    if !own {
        return;
    }
    for name in &loaded.used {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: rustix::fs::UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        let _ = rustix::fs::utimensat(&folder, name.as_str(), &times, AtFlags::SYMLINK_NOFOLLOW);
    }
    for entry in &loaded.fresh {
        let Some(bytes) = entry.bytes() else { continue };
        let temporary = format!(".{}-{}", std::process::id(), entry.name);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let Ok(file) = rustix::fs::openat(&folder, temporary.as_str(), flags, mode) else {
            continue;
        };
        let written = File::from(file).write_all(&bytes).is_ok()
            && rustix::fs::renameat(&folder, temporary.as_str(), &folder, entry.name.as_str())
                .is_ok();
        if !written {
            let _ = rustix::fs::unlinkat(&folder, temporary.as_str(), AtFlags::empty());
        }
    }
    if !loaded.fresh.is_empty() {
        let_go(&folder);
    }
}

/// Deletes what was not used for longest, until the rest is small enough.
fn let_go(folder: &rustix::fd::OwnedFd) {
    let Ok(entries) = Dir::read_from(folder) else {
        return;
    };
    let mut known = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_owned();
        if let Ok(stat) = rustix::fs::statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW)
            && rustix::fs::FileType::from_raw_mode(stat.st_mode)
                == rustix::fs::FileType::RegularFile
        {
            let size = u64::try_from(stat.st_size).unwrap_or(0);
            known.push((stat.st_mtime, name, size));
        }
    }
    known.sort();
    let mut all: u64 = known.iter().map(|(_, _, size)| size).sum();
    for (_, name, size) in known {
        if all <= MOST {
            break;
        }
        let _ = rustix::fs::unlinkat(folder, &name, AtFlags::empty());
        all = all.saturating_sub(size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
