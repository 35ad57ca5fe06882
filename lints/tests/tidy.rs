//! The house keeps its order: lints and pages agree with the list, crates with the picture, files with their heads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lint_api::Group;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[expect(clippy::disallowed_methods, reason = "a test reads this repository")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder, sorted; `target` is left out.
#[expect(clippy::disallowed_methods, reason = "a test reads this repository")]
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                found.extend(files(&path));
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn lints_pages_and_the_list_agree() {
    let mut on_disk = BTreeSet::new();
    for path in files(&root().join("lints")) {
        let folder = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        if Group::parse(&folder).is_some() {
            on_disk.insert(format!(
                "{folder}/{}",
                path.file_name().unwrap().to_string_lossy()
            ));
        }
    }
    let mut listed = BTreeSet::new();
    let mut names = BTreeSet::new();
    for lint in lints::ALL {
        assert!(
            names.insert(lint.name),
            "two lints are called {}",
            lint.name
        );
        assert!(
            !lint.summary.ends_with('.'),
            "{}: the summary ends in a full stop",
            lint.name
        );
        assert!(
            lint.page.starts_with(&format!("# {}\n", lint.name)),
            "{}: the page begins with `# {}`",
            lint.name,
            lint.name
        );
        for suffix in ["md", "rs"] {
            listed.insert(format!(
                "{}/{}.{suffix}",
                lint.group,
                lint.name.replace('-', "_")
            ));
        }
    }
    assert_eq!(
        on_disk, listed,
        "left: files below lints/, right: lints! {{ … }} in lints/lib.rs"
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    for folder in ["crates", "lints"] {
        for path in files(&root().join(folder)) {
            if path.extension().is_some_and(|suffix| suffix == "rs") {
                assert!(
                    read(&path).starts_with("//! "),
                    "{} does not begin with `//! `",
                    path.display()
                );
            }
        }
    }
}

/// The table of docs/architecture.md: crate, and the own crates it names.
fn picture() -> BTreeMap<String, BTreeSet<String>> {
    let page = read(&root().join("docs/architecture.md"));
    let ticked = |cell: &str| {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    page.lines()
        .skip_while(|line| !line.starts_with("| crate |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            (
                ticked(cells[1]).into_iter().next().expect("a crate"),
                ticked(cells[2]),
            )
        })
        .collect()
}

#[test]
fn the_crates_depend_on_each_other_as_the_picture_says() {
    let folders = [
        "syntax", "options", "repo", "lint-api", "patterns", "engine", "floor", "fuzz", "lsp",
        "report", "testkit", "xtask",
    ];
    let mut manifests: BTreeMap<String, PathBuf> = folders
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                root().join("crates").join(name).join("Cargo.toml"),
            )
        })
        .collect();
    manifests.insert("lints".to_owned(), root().join("lints/Cargo.toml"));
    manifests.insert("cli".to_owned(), root().join("Cargo.toml"));

    let own: BTreeSet<String> = manifests.keys().cloned().collect();
    let mut actual = BTreeMap::new();
    for (name, path) in &manifests {
        let manifest: toml::Table = read(path).parse().unwrap();
        let named = manifest["dependencies"]
            .as_table()
            .unwrap()
            .keys()
            .map(|key| key.replace('_', "-"));
        actual.insert(
            name.clone(),
            named
                .filter(|key| own.contains(key))
                .collect::<BTreeSet<_>>(),
        );
        assert!(
            !manifest.contains_key("build-dependencies"),
            "{name} has a build script"
        );
    }
    assert_eq!(
        actual,
        picture(),
        "left: Cargo.toml files, right: docs/architecture.md"
    );
}

#[test]
fn no_file_names_this_machine() {
    // A path of a home or of a temporary folder in tracked text is a slip.
    for folder in ["crates", "lints", "docs", "testdata"] {
        for path in files(&root().join(folder)) {
            #[expect(clippy::disallowed_methods, reason = "a test reads this repository")]
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            let machine = root().canonicalize().unwrap();
            assert!(
                !text.contains(&*machine.to_string_lossy()),
                "{} names {}",
                path.display(),
                machine.display()
            );
        }
    }
}
