//! Opening what lies below one folder: without following links, without waiting for pipes, and not more than is asked for.
//!
//! Every path is taken from an open folder, so that what lies deeper than the longest path the system takes is still
//! reached. Only regular files are ever read.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

/// The longest path that is handed to the system in one piece, in bytes. The system takes 4096 at most (macOS: 1024).
const PIECE: usize = 1000;
/// How much of a folder the system tells at once, in bytes.
#[cfg(target_os = "linux")]
const LISTED: usize = 16 << 10;

/// What the file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Bytes.
    pub size: u64,
    /// Last change of the contents: seconds.
    pub seconds: i64,
    /// Last change of the contents: nanoseconds of the second.
    pub nanoseconds: u32,
    /// The file's number.
    pub inode: u64,
    /// The number of the device that it lies on.
    pub device: u64,
    /// Last change of anything: seconds, and nanoseconds of the second.
    pub changed: (i64, u32),
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A pipe, socket, device, folder or link.
    NotAFile,
    /// Bigger than the limit; its size in bytes.
    TooBig(u64),
    /// The system refused; its words.
    Refused(String),
    /// Nothing stands there.
    Missing,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::NotAFile => f.write_str("is not a regular file"),
            Failure::TooBig(size) => write!(f, "is too big ({size} bytes)"),
            Failure::Refused(words) => write!(f, "cannot be read: {words}"),
            Failure::Missing => f.write_str("does not exist"),
        }
    }
}

impl From<Errno> for Failure {
    fn from(error: Errno) -> Failure {
        match error {
            Errno::NOENT | Errno::NOTDIR => Failure::Missing,
            // A link at the end of the path; a socket.
            Errno::LOOP | Errno::NXIO | Errno::MLINK => Failure::NotAFile,
            error => Failure::Refused(words(&error.into())),
        }
    }
}

/// What the system says, without the number that differs from one system to the next.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_lowercase(),
        None => text.to_lowercase(),
    }
}

/// What stands in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Anything else.
    Special,
}

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
}

impl Folder {
    /// Opens a folder by a path of the system; links on the way are followed.
    ///
    /// # Errors
    /// When it is missing, no folder, or may not be read.
    pub fn open(path: &Path) -> Result<Folder, Failure> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Folder {
            fd: rustix::fs::openat(CWD, path, flags, Mode::empty())?,
        })
    }

    /// Opens a folder below this one; a link at the end of the path is refused.
    ///
    /// # Errors
    /// When it is missing, no folder, or may not be read.
    pub fn folder(&self, path: &[u8]) -> Result<Folder, Failure> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = self.at(path, |folder, name| {
            rustix::fs::openat(folder, name, flags, Mode::empty())
        })?;
        Ok(Folder { fd })
    }

    /// The names in this folder and what stands there, in the order of the system.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn list(&self) -> Result<Vec<(Vec<u8>, What)>, Failure> {
        let mut names = Vec::new();
        // Two such lists at the same time would share one place in the folder, so each begins again.
        #[cfg(target_os = "linux")]
        {
            rustix::fs::seek(&self.fd, rustix::fs::SeekFrom::Start(0))?;
            let mut buffer = [std::mem::MaybeUninit::uninit(); LISTED];
            let mut entries = rustix::fs::RawDir::new(&self.fd, &mut buffer);
            while let Some(entry) = entries.next() {
                let entry = entry?;
                self.listed(entry.file_name(), entry.file_type(), &mut names)?;
            }
        }
        #[cfg(not(target_os = "linux"))]
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            self.listed(entry.file_name(), entry.file_type(), &mut names)?;
        }
        Ok(names)
    }

    /// Adds one entry of this folder.
    fn listed(
        &self,
        name: &CStr,
        kind: FileType,
        names: &mut Vec<(Vec<u8>, What)>,
    ) -> Result<(), Failure> {
        let name = name.to_bytes();
        if matches!(name, b"." | b"..") {
            return Ok(());
        }
        let kind = match kind {
            FileType::Unknown => {
                let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
                FileType::from_raw_mode(stat.st_mode)
            }
            kind => kind,
        };
        let what = match kind {
            FileType::RegularFile => What::File,
            FileType::Directory => What::Folder,
            FileType::Symlink => What::Link,
            _ => What::Special,
        };
        names.push((name.to_vec(), what));
        Ok(())
    }

    /// Where a link leads, as it says.
    ///
    /// # Errors
    /// When it is no link, or may not be read.
    pub fn link(&self, name: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(rustix::fs::readlinkat(&self.fd, name, Vec::new())?.into_bytes())
    }

    /// Whether anything but a folder stands at a path.
    #[must_use]
    pub fn has(&self, path: &[u8]) -> bool {
        self.at(path, |folder, name| {
            rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
        })
        .is_ok()
    }

    /// What stands at a path; a link is a link.
    #[must_use]
    pub fn what(&self, path: &[u8]) -> Option<What> {
        let stat = self
            .at(path, |folder, name| {
                rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
            })
            .ok()?;
        Some(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => What::File,
            FileType::Directory => What::Folder,
            FileType::Symlink => What::Link,
            _ => What::Special,
        })
    }

    /// Opens a regular file below this folder for reading and says what the system knows of it.
    ///
    /// # Errors
    /// See [`Failure`]; [`Failure::TooBig`] is not one of them.
    pub fn file(&self, path: &[u8]) -> Result<(File, Stat), Failure> {
        let flags =
            OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = self.at(path, |folder, name| {
            rustix::fs::openat(folder, name, flags, Mode::empty())
        })?;
        let stat = rustix::fs::fstat(&fd)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Failure::NotAFile);
        }
        #[allow(
            clippy::unnecessary_cast,
            clippy::cast_lossless,
            reason = "the types differ between systems"
        )]
        let stat = Stat {
            size: u64::try_from(stat.st_size).unwrap_or(u64::MAX),
            seconds: stat.st_mtime as i64,
            nanoseconds: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
            inode: stat.st_ino as u64,
            device: stat.st_dev as u64,
            changed: (
                stat.st_ctime as i64,
                u32::try_from(stat.st_ctime_nsec).unwrap_or(0),
            ),
        };
        Ok((File::from(fd), stat))
    }

    /// The contents of a regular file of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn read(&self, path: &[u8], limit: u64) -> Result<(Vec<u8>, Stat), Failure> {
        let (file, stat) = self.file(path)?;
        if stat.size > limit {
            return Err(Failure::TooBig(stat.size));
        }
        let size = usize::try_from(stat.size).unwrap_or(usize::MAX);
        let mut bytes = Vec::with_capacity(size.saturating_add(1));
        // All of it at once, nearly always: where there was room for more, there was no more.
        let once = loop {
            match rustix::io::read(&file, spare_capacity(&mut bytes)) {
                Err(Errno::INTR) => {}
                read => break read,
            }
        };
        let refused = |error: io::Error| Failure::Refused(words(&error));
        if once.map_err(|error| refused(error.into()))? != size || size == 0 {
            // It is another size by now, or the system does not know the size.
            let limit = limit.saturating_add(1);
            let rest = limit.saturating_sub(bytes.len() as u64);
            file.take(rest).read_to_end(&mut bytes).map_err(refused)?;
        }
        if bytes.len() as u64 > limit {
            return Err(Failure::TooBig(bytes.len() as u64));
        }
        Ok((bytes, stat))
    }

    /// The first bytes of a regular file, at most `count`.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn head(&self, path: &[u8], count: u64) -> Result<Vec<u8>, Failure> {
        let (file, _) = self.file(path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        loop {
            match rustix::io::read(&file, spare_capacity(&mut bytes)) {
                // A regular file gives what was asked for, if it has it.
                Ok(_) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(Failure::Refused(words(&error.into()))),
            }
        }
        bytes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    /// Calls `open` with a folder and the rest of the path that leads from it, no longer than the system takes.
    fn at<T>(
        &self,
        path: &[u8],
        open: impl FnOnce(&OwnedFd, &[u8]) -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut rest = path;
        let mut held: Option<OwnedFd> = None;
        while rest.len() > PIECE {
            let Some(cut) = rest[..PIECE].iter().rposition(|byte| *byte == b'/') else {
                return Err(Errno::NAMETOOLONG);
            };
            let from = held.as_ref().unwrap_or(&self.fd);
            held = Some(rustix::fs::openat(
                from,
                &rest[..cut],
                flags,
                Mode::empty(),
            )?);
            rest = &rest[cut + 1..];
        }
        let name: &[u8] = if rest.is_empty() { b"." } else { rest };
        open(held.as_ref().unwrap_or(&self.fd), name)
    }
}
