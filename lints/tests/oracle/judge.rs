//! The judge: `nix-instantiate`, asked about many files at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What Nix says of a file: its output, or why it refuses.
pub type Answer = Result<String, String>;

/// What Nix says of each file; `None` without the tool. One process does as many files as go well.
pub fn judge(arguments: &[&str], files: &[PathBuf]) -> Option<Vec<Answer>> {
    let mut answers: Vec<Answer> = Vec::with_capacity(files.len());
    while answers.len() < files.len() {
        let rest = &files[answers.len()..];
        let output = Command::new("nix-instantiate")
            .env("NIX_REMOTE", "dummy://")
            .env("NIX_PATH", "")
            .args(arguments)
            .args(&rest[..rest.len().min(MOST)])
            .output();
        let output = match output {
            Ok(output) => output,
            Err(error) => {
                let required = std::env::var_os("NIVIS_REQUIRE_TOOLS").is_some();
                assert!(!required, "nix-instantiate: {error}");
                println!("skipped: nix-instantiate is missing");
                return None;
            }
        };
        // One line for each file, up to the first that fails.
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = answers.len();
        answers.extend(
            text.lines()
                .take(rest.len())
                .map(|line| Ok(line.to_owned())),
        );
        if !output.status.success() && answers.len() < files.len() {
            answers.push(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        assert!(answers.len() > told, "nix-instantiate says nothing");
    }
    Some(answers)
}

/// How many files one process is asked about.
const MOST: usize = 512;

/// Writes the files of a case and gives those that are Nix.
pub fn write(folder: &Path, texts: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (path, text) in texts {
        let at = folder.join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, text).unwrap();
        if path.ends_with(".nix") {
            files.push(at);
        }
    }
    files
}
