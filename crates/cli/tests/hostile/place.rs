//! Repositories of ill will, made at test time: git cannot hold most of their files.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long one run may take in a debug build on a busy machine: longer is a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// In an input: here whoever writes it waits for the answer to what stands before.
pub const PAUSE: &[u8] = b"\0pause\0";
/// The answer to the last question before it.
const ANSWERED: &[u8] = b"\"id\":4,";

/// A repository and, beside it, a folder for what nivis is told to write and one that is nobody's business.
pub struct Place {
    folder: TempDir,
}

/// What came of a run.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
}

impl Place {
    pub fn new() -> Place {
        let folder = TempDir::new().unwrap();
        for name in ["root", "out", "outside"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(
            folder.path().join("outside/secret.nix"),
            "{ a = http://outside; }\n",
        )
        .unwrap();
        Place { folder }
    }

    pub fn top(&self) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap()
    }

    pub fn root(&self) -> PathBuf {
        self.top().join("root")
    }

    pub fn out(&self) -> PathBuf {
        self.top().join("out")
    }

    /// Writes a file below the root; a name that the file system does not take is left out.
    pub fn write(&self, path: impl AsRef<OsStr>, text: impl AsRef<[u8]>) -> &Place {
        let path = self.root().join(path.as_ref());
        if let Some(parent) = path.parent() {
            let _ = fs::create_dir_all(parent);
        }
        let _ = fs::write(path, text);
        self
    }

    pub fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.root().join(path)).unwrap()
    }

    pub fn link(&self, target: &str, path: &str) -> &Place {
        let _ = symlink(target, self.root().join(path));
        self
    }

    pub fn git(&self, args: &[&str]) -> &Place {
        let done = Command::new("git")
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b.invalid",
                "-c",
                "core.fsmonitor=false",
                "-c",
                "core.hooksPath=/dev/null",
            ])
            .args(args)
            .current_dir(self.root())
            .output()
            .unwrap();
        assert!(done.status.success(), "git {args:?}: {done:?}");
        self
    }

    pub fn nivis(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
        command.args(args).current_dir(self.root()).env_clear();
        command
    }

    pub fn run(&self, args: &[&str]) -> Done {
        self.feed(args, b"")
    }

    pub fn feed(&self, args: &[&str], input: &[u8]) -> Done {
        finish(self.nivis(args), input, &format!("{args:?}"))
    }
}

/// Runs a command to its end, which must come.
pub fn finish(mut command: Command, input: &[u8], what: &str) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    let said: Arc<Mutex<Vec<u8>>> = Arc::default();
    let mut stdout = child.stdout.take().unwrap();
    let keep = Arc::clone(&said);
    let reads = std::thread::spawn(move || {
        let mut part = [0; 1 << 14];
        while let Ok(len @ 1..) = stdout.read(&mut part) {
            keep.lock().unwrap().extend_from_slice(&part[..len]);
        }
    });
    let heard = Arc::clone(&said);
    std::thread::spawn(move || {
        let mut rest = &input[..];
        while let Some(at) = rest.windows(PAUSE.len()).position(|it| it == PAUSE) {
            let _ = stdin.write_all(&rest[..at]).and_then(|()| stdin.flush());
            let begin = Instant::now();
            while !contains(&heard.lock().unwrap(), ANSWERED) && begin.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(50));
            }
            rest = &rest[at + PAUSE.len()..];
        }
        let _ = stdin.write_all(rest);
    });
    let id = child.id();
    let waits = std::thread::spawn(move || child.wait_with_output());
    let begin = Instant::now();
    while !waits.is_finished() {
        if begin.elapsed() > PATIENCE {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
            panic!("{what} does not end");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let Output { status, stderr, .. } = waits.join().unwrap().unwrap();
    reads.join().unwrap();
    let done = Done {
        code: status.code(),
        out: std::mem::take(&mut said.lock().unwrap()),
        err: stderr,
    };
    assert!(
        matches!(done.code, Some(0..=2)),
        "{what}: {status}: {}",
        String::from_utf8_lossy(&done.err)
    );
    let words = [&done.out[..], &done.err].concat();
    assert!(
        !contains(&words, b"please report this") && !contains(&words, b"panicked"),
        "{what}: {}",
        String::from_utf8_lossy(&words)
    );
    done
}

pub fn contains(text: &[u8], piece: &[u8]) -> bool {
    text.windows(piece.len()).any(|it| it == piece)
}

/// Names of files that want to be obeyed.
pub const NAMES: &[&[u8]] = &[
    b"\x1b[31mred.nix",
    b"\x1b]8;;http://evil.invalid\x07x.nix",
    b"x\n::error::boo.nix",
    b"a\r::error::cr.nix",
    b"::warning::first.nix",
    b"##vso[task.setvariable].nix",
    b"a##[error]b.nix",
    "\u{202e}xin.\u{200b}.nix".as_bytes(),
    "\u{85}\u{2028}line.nix".as_bytes(),
    b"\xff\xfe.nix",
    b"\xc2\x9b31mc1.nix",
    b"$(touch x)`touch y`.nix",
    b"' \" & | ; %0A %s {} <b> @me #1.nix",
    b"-rf.nix",
    b"\x7f\x08\x08.nix",
];

/// A text whose every part wants to be obeyed, and has findings on it.
pub fn words() -> Vec<u8> {
    let evil = "\u{1b}[2J\u{9b}31m\u{202e}\u{7}::error::x ##vso[a] ##[b]\u{2028}\u{85}";
    let mut text = format!(
        "# nivis: allow(no-such-{evil})\n# nivis: allow(unused-let) {evil}\nlet \"{evil}\" = 1; dead = 1;\n# {evil}\nin {{ imports = [ ./missing-{evil}.nix \"{evil}\" ]; \"{evil}\" = nope; networking.firewall.enable = false; users.users.\"{evil}\".hashedPassword = \"\"; a = http://x.invalid/{evil}; }}\n"
    )
    .into_bytes();
    // Lone carriage returns make lines of their own on a terminal.
    text.extend_from_slice(b"# a\r::error::b\r##vso[task.x]\r\n");
    text
}

/// Files of every odd kind, all small.
pub fn odd() -> Place {
    let place = Place::new();
    for name in NAMES {
        place.write(OsStr::from_bytes(name), "{ a = http://x; } }");
    }
    place
        .write("words.nix", words())
        .write("words.sh", [&b"#!/bin/sh\nsudo nixos-rebuild switch \x1b[31m\n"[..], &words()].concat())
        .write("flake.nix", "{ inputs.a.url = \"github:a/b\"; inputs.\"\u{1b}[31m\".url = \"path:../outside\"; outputs = { self, ... }: { nixosConfigurations.\"\u{1b}[31m\n::error::h\" = self.lib.nixosSystem { modules = [ ./words.nix ./host.nix ]; }; nixosConfigurations.b = self.inputs.nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; }; }; }\n")
        .write("host.nix", "{ imports = [ ../outside/secret.nix /etc/passwd ~/.ssh/id_rsa ./good.nix ]; sops.defaultSopsFile = ../outside/secret.yaml; x = builtins.readFile /etc/shadow; y = builtins.readFile ../../../../etc/passwd; z = import ../outside/secret.nix; age.secrets.a.file = ../outside/a.age; }\n")
        .write("good.nix", "let dead = 1; in { a = http://x; }\n")
        .write("flake.lock", lock())
        .write(".sops.yaml", bomb())
        .write("secrets/a.yaml", bomb())
        .write("secrets/b.json", format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)))
        .write("npins/sources.json", format!("{{\"pins\": {}", "{\"a\": ".repeat(3_000)))
        .write("empty.nix", "")
        .write("blank.nix", "\n \n")
        .write("bom.nix", "\u{feff}{ }\n")
        .write("crlf.nix", "{\r\n a = 1;\r\n}\r\n")
        .write("cr.nix", "{ a = 1; # x\r b = 2; }\r")
        .write("latin.nix", b"{ a = \"\xe9\"; }\n")
        .write("utf16.nix", b"\xff\xfe{\0 \0}\0")
        .write("nul.nix", b"{ a = 1;\0 }\n")
        .write("elf.nix", b"\x7fELF\x02\x01\x01\0\0\0\xff\xfe")
        .write("no-end.nix", "{ a = \"")
        .write("nbsp.nix", "{\u{a0}a = 1; }\n")
        .write("Case.nix", "1")
        .write("case.nix", "2")
        .write(format!("{}.nix", "n".repeat(251)), "let in 1")
        .write("statix.toml", "disabled = [\"\\u001b[31m\"]\nignore = [\"\\u001b]\"]\n")
        .link("/dev/zero", "zero.nix")
        .link("loop.nix", "loop.nix")
        .link("../outside/secret.nix", "linked.nix")
        .link("../outside", "linked");
    fs::create_dir(place.root().join("folder.nix")).unwrap();
    let mut deep = place.root();
    for _ in 0..200 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("end.nix"), "let in 1").unwrap();
    let _ = Command::new("mkfifo")
        .arg(place.root().join("fifo.nix"))
        .status();
    let _ = std::os::unix::net::UnixListener::bind(place.root().join("socket.nix"));
    place
}

/// A lock whose inputs go in circles and whose names want to be obeyed.
fn lock() -> String {
    let evil = "\\u001b[31m\\n::error::";
    let mut nodes = format!(
        "\"root\": {{\"inputs\": {{\"a\": \"a\", \"{evil}\": [\"a\", \"b\"], \"c\": [\"c\"], \"d\": \"nowhere\"}}}}, \"a\": {{\"inputs\": {{\"b\": [\"c\"], \"a\": \"a\", \"\u{202e}\": \"a\"}}, \"locked\": {{\"type\": \"github\", \"owner\": \"{evil}\", \"repo\": \"b\", \"rev\": \"x\", \"lastModified\": 99999999999999999999}}}}"
    );
    for index in 0..2_000 {
        nodes.push_str(&format!(
            ", \"n{index}\": {{\"inputs\": {{\"next\": \"n{}\"}}}}",
            (index + 1) % 2_000
        ));
    }
    format!("{{\"version\": 7, \"root\": \"root\", \"nodes\": {{{nodes}}}}}\n")
}

/// A YAML file that would be some gigabytes if its aliases were expanded.
fn bomb() -> String {
    let mut text = "a0: &a0 [\"\\e[31m\", \u{202e}x]\n".to_owned();
    for index in 1..30 {
        let all = vec![format!("*a{}", index - 1); 10].join(", ");
        text.push_str(&format!("a{index}: &a{index} [{all}]\n"));
    }
    text.push_str("creation_rules:\n  - path_regex: '((((a*)*)*)*)*$'\n    key_groups: *a29\n  - path_regex: '\\e[31m('\n");
    text.push_str(&format!("deep: {}\n", "[".repeat(2_000)));
    text
}

/// Looks for what a terminal or a runner of CI obeys; `format` names the one that has commands of its own.
pub fn harmless(text: &[u8], format: &str, what: &str) {
    let text = std::str::from_utf8(text).unwrap_or_else(|error| panic!("{what}: {error}"));
    for line in text.split('\n') {
        let hidden = line.chars().find(|c| {
            (c.is_control() && *c != '\t')
                || matches!(*c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        });
        assert!(hidden.is_none(), "{what}: {hidden:?} in {line:?}");
        let ours = ["error", "warning", "notice"]
            .iter()
            .any(|it| line.starts_with(&format!("::{it} title=nivis")));
        assert!(
            !line.trim_start().starts_with("::") || (ours && format == "github"),
            "{what}: {line}"
        );
        let rest = match line.strip_prefix("##vso[task.logissue type=") {
            Some(rest) if format == "azure" => rest,
            _ => line,
        };
        assert!(
            !rest.contains("##[") && !rest.to_ascii_lowercase().contains("##vso["),
            "{what}: {line}"
        );
    }
}

/// Everything below a folder: path, and what stands there.
pub fn contents(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        let kind = entry.file_type();
        let what = if kind.is_file() {
            let text = fs::read(entry.path()).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        } else if kind.is_symlink() {
            format!("-> {}", fs::read_link(entry.path()).unwrap().display())
        } else {
            "no file".to_owned()
        };
        all.push((entry.into_path(), what));
    }
    all
}
