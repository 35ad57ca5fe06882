//! The documentation holds: links lead somewhere, commands are commands, the first page shows what nivis prints.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read files and run the built program"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page: README, `docs`, the pages of the lints.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages = vec![house().join("README.md")];
    for folder in ["docs", "lints", "crates/engine/src/own"] {
        let entries = walkdir::WalkDir::new(house().join(folder));
        let paths = entries
            .into_iter()
            .map(|entry| entry.expect("readable").into_path());
        pages.extend(paths.filter(|path| path.extension().is_some_and(|it| it == "md")));
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a page");
        (path, text)
    };
    pages.into_iter().map(read).collect()
}

/// The lines of a page outside of its code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// The anchors of the headings of a page, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    headings
        .map(|heading| {
            let kept = heading.to_lowercase();
            let kept = kept
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for (path, text) in pages() {
        for line in prose(&text) {
            for link in line.split("](").skip(1) {
                let Some((link, _)) = link.split_once(')') else {
                    continue;
                };
                if link.contains("://") || link.starts_with("mailto:") {
                    continue;
                }
                let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
                let target = match file {
                    "" => path.clone(),
                    file => path.parent().expect("a folder").join(file),
                };
                let alive = match fs::read_to_string(&target) {
                    Ok(text) => anchor.is_empty() || anchors(&text).contains(anchor),
                    Err(_) => target.is_dir() && anchor.is_empty(),
                };
                if !alive {
                    dead.push(format!("{}: {link}", path.display()));
                }
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// Every `$ nivis …` of a page is a command that nivis understands.
#[test]
fn commands_are_commands() {
    let mut run = 0;
    for (path, text) in pages() {
        let mut console = false;
        for line in text.lines() {
            if line.starts_with("```") {
                console = line.starts_with("```console");
            }
            let Some(command) = line.strip_prefix("$ nivis ").filter(|_| console) else {
                continue;
            };
            let words = command.split([' ', '|']).take_while(|word| *word != "#");
            let words = words.take_while(|word| *word != "<");
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            let scratch = tempfile::tempdir().expect("a folder");
            let output = Command::new(env!("CARGO_BIN_EXE_nivis"))
                .args(&words)
                .current_dir(&scratch)
                .stdin(Stdio::null())
                .output()
                .expect("the program starts");
            let said = String::from_utf8_lossy(&output.stderr);
            let refused = [
                "unexpected argument",
                "invalid value",
                "unrecognized",
                "Usage:",
            ];
            let page = path.display();
            assert!(
                !refused.iter().any(|words| said.contains(words)),
                "{page}: {command}: {said}"
            );
            run += 1;
        }
    }
    assert!(run > 5, "only {run} commands were found");
}

/// The first page shows commands with what they print.
#[test]
fn the_first_page_is_true() {
    let scratch = tempfile::tempdir().expect("a folder");
    let copy = |from: &str, to: &str| {
        fs::copy(house().join(from), scratch.path().join(to)).expect("a copy");
    };
    copy("docs/start.md", "start.md");
    fs::create_dir(scratch.path().join("start.in")).expect("a folder");
    for name in ["configuration.nix", "hardware-configuration.nix"] {
        copy(
            &format!("testdata/repos/first/{name}"),
            &format!("start.in/{name}"),
        );
    }
    trycmd::TestCases::new()
        .register_bin("nivis", trycmd::cargo::cargo_bin!("nivis"))
        .case(scratch.path().join("start.md"))
        .run();
}
