//! What is changed at random: the cases of all pages, the test data of this repository, and what failed before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use testkit::{Case, Page};

use crate::mutate::TOKENS;
use crate::{Bundle, Part, Target};

/// A repository of the test data may have this many bytes as a bundle.
const LARGEST: usize = 96 << 10;

/// The root of this repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Everything that a target can begin with.
#[must_use]
pub fn of(target: Target) -> Vec<Vec<u8>> {
    let mut bundles: Vec<Bundle> = Vec::new();
    for lint in lints::ALL.iter().chain(engine::own::ALL) {
        bundles.extend(Page::read(lint.page).cases.iter().map(of_case));
    }
    let data = root().join("testdata");
    for folder in ["repos", "secrets", "semantics", "fixes"] {
        for entry in entries(&data.join(folder)) {
            let (whole, files) = of_path(&entry);
            if files.len() > 1 {
                bundles.extend(files);
            }
            bundles.push(whole);
        }
    }
    bundles.retain(|it| target.takes(it));
    let mut texts: Vec<Vec<u8>> = bundles.iter().map(Bundle::write).collect();
    texts.retain(|it| it.len() <= LARGEST);
    texts.extend(target.samples());
    texts.extend(kept(target).into_values());
    texts.sort();
    texts.dedup();
    texts
}

/// What failed before, by file name.
#[must_use]
pub fn kept(target: Target) -> BTreeMap<String, Vec<u8>> {
    let folder = root().join("testdata/fuzz").join(target.name());
    let named = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((name, tokens(&read(&path), true)))
    };
    entries(&folder).into_iter().filter_map(named).collect()
}

/// Puts names in the place of tokens, so that no push filter ever sees one in a file; or the other way round.
#[must_use]
pub fn tokens(text: &[u8], expand: bool) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(text) else {
        return text.to_vec();
    };
    let mut text = text.to_owned();
    for name in TOKENS {
        let (short, long) = (format!("@token({name})@"), testkit::token::token(name));
        let long = long.unwrap_or_default();
        text = if expand {
            text.replace(&short, &long)
        } else {
            text.replace(&long, &short)
        };
    }
    text.into_bytes()
}

fn of_case(case: &Case) -> Bundle {
    let now = case.files.iter().map(|(path, block)| Part {
        path: path.clone(),
        words: block
            .words
            .iter()
            .filter(|it| {
                ["untracked", "ignored", "intent-to-add", "git", "new"].contains(&it.as_str())
            })
            .cloned()
            .collect(),
        text: block.text.clone().into_bytes(),
    });
    let base = case.base.iter().map(|(path, text)| Part {
        path: path.clone(),
        words: vec!["base".to_owned()],
        text: text.clone().into_bytes(),
    });
    Bundle {
        parts: now.chain(base).collect(),
    }
}

/// A file or a folder as one bundle, and each of its files as one.
fn of_path(path: &Path) -> (Bundle, Vec<Bundle>) {
    let mut whole = Bundle::default();
    let mut todo = vec![path.to_owned()];
    while let Some(at) = todo.pop() {
        if at.is_symlink() {
            continue;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "a developer's tool reads this repository"
        )]
        if at.is_dir() {
            todo.extend(entries(&at));
            continue;
        }
        let name = at
            .strip_prefix(path)
            .ok()
            .filter(|it| !it.as_os_str().is_empty());
        let name = name.or(at.file_name().map(Path::new)).unwrap_or(&at);
        whole.parts.push(Part {
            path: name.to_string_lossy().into_owned(),
            words: Vec::new(),
            text: read(&at),
        });
    }
    let alone = |part: &Part| Bundle {
        parts: vec![part.clone()],
    };
    let files = whole.parts.iter().map(alone).collect();
    (whole, files)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool reads this repository"
)]
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    paths.sort();
    paths
}

#[expect(
    clippy::disallowed_methods,
    reason = "a developer's tool reads this repository"
)]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}
