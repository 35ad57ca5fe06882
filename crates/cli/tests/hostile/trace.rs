//! What a run asks of the system, as `strace` tells it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::place::{Done, Place, finish};

const CALLS: &str = "trace=execve,execveat,fork,vfork,clone,clone3,%network,open,openat,openat2,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,truncate,chmod,fchmodat,mknod,mknodat,stat,lstat,newfstatat,statx,access,faccessat,faccessat2,readlink,readlinkat";

/// A run that was watched.
#[derive(Debug)]
pub struct Trace {
    pub done: Done,
    calls: Vec<Call>,
}

#[derive(Debug)]
struct Call {
    name: String,
    arguments: String,
    /// The paths that it names, made absolute by the folder that they are looked up in.
    paths: Vec<PathBuf>,
}

/// Whether `strace` works here; says so when it does not, and fails when it must.
pub fn works() -> bool {
    let tried = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    if tried.is_ok_and(|it| it.status.success()) {
        return true;
    }
    assert!(
        std::env::var_os("NIVIS_REQUIRE_TOOLS").is_none_or(|it| it != "1"),
        "strace is missing or may not trace"
    );
    eprintln!("skipped: strace is missing or may not trace");
    false
}

impl Trace {
    pub fn of(place: &Place, args: &[&str], input: &[u8]) -> Trace {
        let log = place.top().join("trace");
        let mut command = Command::new("strace");
        command
            .args(["-f", "-qq", "-y", "-s", "4000", "-e", CALLS, "-o"])
            .arg(&log)
            .args(["env", "-i"])
            .arg(format!("HOME={}", place.top().join("home").display()))
            .arg(env!("CARGO_BIN_EXE_nivis"))
            .args(args)
            .current_dir(place.root());
        let done = finish(command, input, &format!("strace {args:?}"));
        let text = fs::read(&log).unwrap();
        let text = String::from_utf8_lossy(&text);
        let calls: Vec<Call> = text
            .lines()
            .filter_map(|line| call(line, &place.root()))
            .collect();
        // Before it there is `env`.
        let this = format!("{:?}", env!("CARGO_BIN_EXE_nivis"));
        let is_start = |it: &Call| it.name == "execve" && it.arguments.starts_with(&this);
        let start = calls.iter().position(is_start);
        let start = start.unwrap_or_else(|| panic!("nivis was not started: {text}"));
        Trace {
            done,
            calls: calls.into_iter().skip(start + 1).collect(),
        }
    }

    /// Calls that start a process or open a socket.
    pub fn starts(&self) -> Vec<String> {
        let threads =
            |it: &Call| it.name.starts_with("clone") && it.arguments.contains("CLONE_THREAD");
        let names = [
            "exec", "fork", "vfork", "clone", "socket", "connect", "bind", "listen", "accept",
            "send", "recv",
        ];
        let calls = self
            .calls
            .iter()
            .filter(|it| names.iter().any(|name| it.name.starts_with(name)) && !threads(it));
        calls
            .map(|it| format!("{}({})", it.name, it.arguments))
            .collect()
    }

    /// Paths that were written, made, moved or taken away.
    pub fn written(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for it in &self.calls {
            let writes = match it.name.as_str() {
                "open" | "openat" | "openat2" => {
                    ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"]
                        .iter()
                        .any(|flag| it.arguments.contains(flag))
                }
                "creat" | "truncate" | "mknod" | "mknodat" | "chmod" | "fchmodat" => true,
                name => ["rename", "link", "symlink", "unlink", "mkdir", "rmdir"]
                    .iter()
                    .any(|it| name.starts_with(it)),
            };
            if writes {
                all.extend(
                    it.paths
                        .iter()
                        .filter(|it| **it != Path::new("/dev/null"))
                        .cloned(),
                );
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// Every path that was opened or asked about.
    pub fn touched(&self) -> Vec<&Path> {
        self.calls
            .iter()
            .flat_map(|it| &it.paths)
            .map(PathBuf::as_path)
            .collect()
    }
}

/// One line of the log: `123 openat(5</tmp/a>, "b", O_RDONLY) = 6</tmp/a/b>`.
fn call(line: &str, working: &Path) -> Option<Call> {
    let (_, line) = line.trim_start().split_once(' ')?;
    let (name, rest) = line.trim_start().split_once('(')?;
    if !name
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || it == b'_')
    {
        return None;
    }
    // What comes back is no argument.
    let end = rest.rfind(") = ").unwrap_or(rest.len());
    let arguments = rest[..end].to_owned();
    let mut paths = Vec::new();
    let mut folder = working.to_owned();
    let mut left = arguments.as_str();
    while let Some(at) = left.find(['"', '<']) {
        let (open, rest) = left[at..].split_at(1);
        if open == "<" {
            let end = rest.find('>')?;
            folder = PathBuf::from(&rest[..end]);
            left = &rest[end..];
            continue;
        }
        let end = quote(rest)?;
        paths.push(folder.join(&rest[..end]));
        left = &rest[end + 1..];
        if matches!(
            name,
            "execve" | "execveat" | "symlink" | "symlinkat" | "readlink" | "readlinkat"
        ) {
            break;
        }
    }
    Some(Call {
        name: name.to_owned(),
        arguments,
        paths,
    })
}

/// Where a quoted text ends.
fn quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}
