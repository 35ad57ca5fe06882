//! From keystroke to findings, on the repository that `testkit::fleet` makes. It is the same on every machine, the times are
//! not.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::fleet::{module, write};

use crate::client::{Client, at};

/// What was measured.
pub struct Latency {
    files: usize,
    /// From the start of the program to the first findings.
    start: Duration,
    /// From each change to the findings of that version, sorted.
    edits: Vec<Duration>,
    /// The most memory that the server had, in KiB, where the system tells.
    memory: Option<u64>,
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |hundredths: usize| self.edits[self.edits.len() * hundredths / 100];
        write!(
            f,
            "{} files: first findings after {:.0?}; {} edits, p50 {:.1?}, p95 {:.1?}, slowest {:.1?}",
            self.files,
            self.start,
            self.edits.len(),
            part(50),
            part(95),
            self.edits[self.edits.len() - 1],
        )?;
        match self.memory {
            Some(memory) => write!(f, "; {} MiB", memory / 1024),
            None => Ok(()),
        }
    }
}

/// Edits ten files in turn, of which every host imports one, in a new repository of `count` files in this folder.
pub fn measure(root: &Path, count: usize, edits: usize, capabilities: &Value) -> Latency {
    write(root, count);
    for arguments in [
        &["init", "-q"][..],
        &["add", "-A"],
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "-q",
            "-m",
            "begin",
        ],
    ] {
        // Without git there is nothing to compare with, and that is fine too.
        let _ = Command::new("git")
            .args(arguments)
            .current_dir(root)
            .output();
    }
    let begin = Instant::now();
    let mut client = Client::open(root, capabilities);
    let mut files: Vec<(PathBuf, String, i64)> = (0..9)
        .map(|number| {
            let path = at(root, &format!("modules/module{number}.nix"));
            (path, module(number), 1)
        })
        .collect();
    files.push((at(root, "modules/shared.nix"), module(1_000_000), 1));
    client.did_open(&files[0].0, &files[0].1);
    client.pushed(&files[0].0, Some(1));
    let start = begin.elapsed();
    for (path, text, _) in &files[1..] {
        client.did_open(path, text);
    }
    client.quiet();
    let mut times = Vec::new();
    for edit in 0..edits {
        let (path, text, version) = &mut files[edit % 10];
        *version += 1;
        let line = text.find("let\n").unwrap() + 4;
        text.insert_str(line, &format!("  made{edit} = 1;\n"));
        let before = Instant::now();
        client.did_change(path, *version, text);
        client.pushed(path, Some(*version));
        times.push(before.elapsed());
    }
    times.sort_unstable();
    let status = fs::read_to_string(format!("/proc/{}/status", client.process()));
    let memory = status.ok().and_then(|status| {
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))?
            .to_owned();
        line.split_whitespace().nth(1)?.parse().ok()
    });
    Latency {
        files: count,
        start,
        edits: times,
        memory,
    }
}
