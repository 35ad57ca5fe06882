//! `file:` addresses and paths. Paths are bytes; addresses spell what is not plain with `%`.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The path of an address; `None` for anything but an absolute local file.
#[must_use]
pub fn to_path(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    let rest = rest.split(['?', '#']).next()?;
    if !rest.starts_with('/') {
        return None;
    }
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.as_bytes();
    while let Some((first, rest)) = left.split_first() {
        left = rest;
        if *first == b'%' {
            let byte = digit(rest.first())? * 16 + digit(rest.get(1))?;
            bytes.push(u8::try_from(byte).ok().filter(|byte| *byte != 0)?);
            left = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    Some(PathBuf::from(OsStr::from_bytes(&bytes)))
}

/// The address of an absolute path.
#[must_use]
pub fn of_path(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive() {
        for bytes in [
            &b"/a/b.nix"[..],
            b"/with space/%41#?.nix",
            "/é/𐐀.nix".as_bytes(),
            b"/not/utf8/\xff",
        ] {
            let path = Path::new(OsStr::from_bytes(bytes));
            assert_eq!(to_path(&of_path(path)).as_deref(), Some(path));
        }
        assert_eq!(of_path(Path::new("/a b")), "file:///a%20b");
    }

    #[test]
    fn what_is_no_local_file() {
        for uri in [
            "untitled:Untitled-1",
            "file://server/share",
            "file://",
            "file:///a%",
            "file:///a%0",
            "file:///a%00b",
            "file:///a%zz",
            "http://a/b",
            "",
            "file",
        ] {
            assert_eq!(to_path(uri), None, "{uri}");
        }
        let same = Some(PathBuf::from("/a+b@c"));
        assert_eq!(to_path("file:///a+b@c"), same);
        assert_eq!(to_path("file://localhost/a%2Bb%40c"), same);
        assert_eq!(to_path("FILE:/a+b@c#L3"), same);
    }
}
