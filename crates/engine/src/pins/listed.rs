//! The file of an `options.json` that the settings name. Links to it are followed: it mostly lies behind `result`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::disk::{Failure, Folder};

/// Bytes of a file that is read. That of NixOS has about 20 million.
const LARGEST: u64 = 128 << 20;
/// Links in a row.
const LINKS: usize = 16;

/// The bytes of a file.
///
/// # Errors
/// When it is missing, no file, too big, or may not be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut path: PathBuf = path.to_owned();
    for _ in 0..LINKS {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Failure::NotAFile);
        };
        let above = match above.as_os_str().is_empty() {
            true => Path::new("."),
            false => above,
        };
        let folder = Folder::open(above)?;
        match folder.read(name.as_bytes(), LARGEST) {
            Ok((bytes, _)) => return Ok(bytes),
            Err(Failure::NotAFile) => {
                let target = folder
                    .link(name.as_bytes())
                    .map_err(|_| Failure::NotAFile)?;
                path = above.join(OsStr::from_bytes(&target));
            }
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::NotAFile)
}
