//! The programs that are measured: built here, or found on PATH.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::measure::Job;

/// What is built for a benchmark.
pub struct Programs {
    pub nivis: PathBuf,
    pub floor: PathBuf,
}

/// Builds nivis and the floor with the same profile.
#[expect(clippy::disallowed_methods, reason = "a developer's tool calls cargo")]
pub fn build(root: &Path, profile: &str) -> Result<Programs, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--profile", profile, "--bins"])
        .args(["--package", "nivis", "--package", "nivis-floor"])
        .args(["--message-format", "json"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|it| format!("cargo: {it}"))?;
    if !output.status.success() {
        return Err("cargo build failed".to_owned());
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let made: Vec<serde_json::Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let program = |name: &str| {
        let made = made
            .iter()
            .find(|it| it["target"]["name"] == name && it["executable"].is_string());
        let path = made
            .and_then(|it| it["executable"].as_str())
            .map(PathBuf::from);
        path.ok_or_else(|| format!("cargo did not make {name}"))
    };
    Ok(Programs {
        nivis: program("nivis")?,
        floor: program("nivis-floor")?,
    })
}

/// Other linters that are on PATH.
pub fn peers(tree: &Path, rounds: usize) -> Vec<(&'static str, Job)> {
    // The last three take files: as a shell would do it.
    let each = |batch: &str, command: &str| {
        format!("find \"$0\" -name '*.nix' -type f -print0 | xargs -0 {batch} {command} || true")
    };
    let peers: [(&'static str, &str, Vec<String>); 5] = [
        ("statix", "statix", vec!["check".to_owned()]),
        ("deadnix", "deadnix", vec!["--quiet".to_owned()]),
        (
            "nil diagnostics",
            "nil",
            shell(each("-n1", "nil diagnostics")),
        ),
        (
            "nixf-tidy",
            "nixf-tidy",
            shell(each("-n1", "sh -c 'nixf-tidy <\"$0\"'")),
        ),
        (
            "nix-instantiate --parse",
            "nix-instantiate",
            shell(each("-n400", "nix-instantiate --parse")),
        ),
    ];
    let mut jobs = Vec::new();
    for (name, program, words) in peers {
        let Some(path) = on_path(program) else {
            continue;
        };
        let runs = if words[0] == "-c" {
            Path::new("/bin/sh")
        } else {
            &path
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        jobs.push((name, Job::new(runs, &words).path(tree).rounds(rounds)));
    }
    jobs
}

fn shell(script: String) -> Vec<String> {
    vec!["-c".to_owned(), script]
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark looks for other programs"
)]
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|it| it.join(name))
        .find(|it| it.is_file())
}
