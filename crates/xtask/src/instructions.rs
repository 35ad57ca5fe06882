//! `cargo xtask instructions`: how many instructions nivis takes for each of the floor's, as valgrind counts them, against
//! the ratio that is kept in this repository.
//!
//! Goal: a slow-down is seen where clocks are not to be trusted. One thread, no cache, a tree of copies of
//! `testdata/repos/clean`. The counts depend on compiler and processor; their ratio hardly does, and hash seeds move it by
//! less than a thousandth. Limits: what waits for memory is not seen.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::bench::{Programs, Temporary, build, copies};

/// Where the ratio is kept.
const KEPT: &str = "testdata/instructions.toml";
/// The copies make some 200 Nix files.
const COPIES: usize = 11;
/// So much more fails, so much less is to be kept.
const NOISE: f64 = 0.05;

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Counts {
    nivis: u64,
    floor: u64,
}

impl Counts {
    fn ratio(&self) -> f64 {
        self.nivis as f64 / self.floor.max(1) as f64
    }
}

/// Counts and compares; with `--write`, keeps the counts.
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool reads and writes what is kept"
)]
pub fn run(root: &Path, words: &[&str]) -> Result<String, String> {
    let writes = match words {
        [] => false,
        ["--write"] => true,
        _ => return Err("instructions [--write]".to_owned()),
    };
    let now = counted(root)?;
    let said = format!(
        "{} instructions, {:.4} × the floor's {}",
        now.nivis,
        now.ratio(),
        now.floor
    );
    let path = root.join(KEPT);
    let wrong = |it: &dyn std::fmt::Display| format!("{KEPT}: {it}");
    if writes {
        let text = toml::to_string(&now).map_err(|it| wrong(&it))?;
        let head = "# Written by `cargo xtask instructions --write`: one check of a tree, and the floor (docs/performance.md).\n";
        fs::write(&path, format!("{head}{text}")).map_err(|it| wrong(&it))?;
        return Ok(said);
    }
    let text = fs::read_to_string(&path).map_err(|it| wrong(&it))?;
    let kept: Counts = toml::from_str(&text).map_err(|it| wrong(&it))?;
    let more = now.ratio() / kept.ratio() - 1.0;
    let said = format!(
        "{said}: {:+.2} % against {:.4}, which is kept",
        more * 100.0,
        kept.ratio()
    );
    let keep = "`cargo xtask instructions --write` keeps the new ratio";
    if more > NOISE {
        Err(format!(
            "{said}\nslower by more than {:.0} %. If it is worth that: {keep}",
            NOISE * 100.0
        ))
    } else if more < -NOISE {
        Ok(format!("{said}\nfaster: {keep}"))
    } else {
        Ok(said)
    }
}

fn counted(root: &Path) -> Result<Counts, String> {
    let Programs { nivis, floor } = build(root, "release")?;
    let temporary = Temporary::new()?;
    let tree = temporary.folder("tree")?;
    copies(&root.join("testdata/repos/clean"), &tree, COPIES)?;
    let check = [
        "check",
        "--vcs",
        "none",
        "--no-cache",
        "--threads",
        "1",
        "-qq",
    ];
    Ok(Counts {
        nivis: count(&nivis, &check, &tree)?,
        floor: count(&floor, &[], &tree)?,
    })
}

/// The instructions that a program takes for a tree.
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool runs a program under valgrind"
)]
fn count(program: &Path, words: &[&str], tree: &Path) -> Result<u64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no"])
        .arg("--cachegrind-out-file=/dev/null")
        .arg(program)
        .args(words)
        .arg(tree)
        // Where a run begins decides which repository it is of.
        .current_dir(tree)
        .env_clear()
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .map_err(|it| format!("valgrind: {it}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let refs = said
        .lines()
        .find_map(|it| it.split_once("I refs:").or(it.split_once("I   refs:")));
    let number = refs.and_then(|it| it.1.trim().replace(',', "").parse().ok());
    number
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("valgrind {}: {said}", program.display()))
}
