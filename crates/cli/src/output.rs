//! Where reports go: stdout, and files that are whole or not there.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Calls `print` with stdout. A reader that has gone away is no error: it has read what it wanted.
///
/// # Errors
/// When stdout cannot be written for another reason.
pub fn to_stdout(print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let outcome = print(&mut out).and_then(|()| out.flush());
    // What is still buffered is not to be tried again when the buffer is dropped.
    let _ = out.into_parts();
    match outcome {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// Calls `print` with a file. A regular or new file is replaced at the end, in one step; a link is replaced itself, never
/// its target; pipes and devices are written directly.
///
/// # Errors
/// When the file cannot be written, in the words of the system.
pub fn to_file(
    path: &Path,
    print: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if path == Path::new("/dev/stdout") {
        return to_stdout(print);
    }
    if path == Path::new("/dev/stderr") {
        return print(&mut io::stderr().lock());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "reports are written by the program; what stands there decides how"
    )]
    let (link, target) = (fs::symlink_metadata(path), fs::metadata(path));
    let written_to = |kind: fs::FileType| kind.is_fifo() || kind.is_char_device();
    if target.is_ok_and(|it| written_to(it.file_type())) {
        #[expect(
            clippy::disallowed_methods,
            reason = "a report is written by the program"
        )]
        let pipe = OpenOptions::new().append(true).open(path)?;
        let mut out = BufWriter::new(pipe);
        return match print(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            outcome => outcome,
        };
    }
    let mode = match link {
        Ok(there) if there.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Ok(there) if there.is_file() => Permissions::from_mode(there.permissions().mode() & 0o777),
        Ok(there) if there.is_symlink() => Permissions::from_mode(0o666),
        Ok(_) => return Err(io::Error::other("is not a regular file")),
        Err(_) => Permissions::from_mode(0o666),
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".nivis-")
        .permissions(mode)
        .tempfile_in(folder)
        .map_err(without_path)?;
    let mut out = BufWriter::with_capacity(1 << 16, file.as_file_mut());
    print(&mut out)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The error without the name of the temporary file, which is another one each time.
fn without_path(error: io::Error) -> io::Error {
    error.kind().into()
}
