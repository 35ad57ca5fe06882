//! Modules of which real Nix has said what they are: nothing may be said of the sound ones, and faults must be found.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::load::{Input, Source};

use engine::{Flags, Plan, Settings};
use lint_api::repo::{RepoPath, Text};
use lint_api::{Group, Level, Lint};

fn all() -> Vec<&'static Lint> {
    lints::ALL.iter().chain(engine::own::ALL).copied().collect()
}

/// The names of the lints of the groups `modules` and `overlays` that speak, by path, without hints.
fn findings(files: Vec<(String, String)>) -> Vec<(String, &'static str)> {
    let mut sources: Vec<Source> = files
        .into_iter()
        .filter_map(|(path, text)| {
            let path = RepoPath::from(path.as_str());
            let kind = engine::load::kind_of(&path)?;
            Some(Source {
                path,
                kind,
                text: Arc::new(Text::new(text)),
            })
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let settings = Settings::discover(&Flags::default(), Path::new(""), None, all())
        .expect("the defaults hold");
    let plan = Plan::new(&settings);
    let input = Input {
        sources,
        ..Input::default()
    };
    let checked = engine::check(input, &plan, &settings);
    let report = engine::settle(checked, &settings);
    assert!(report.troubles.is_empty(), "{:?}", report.troubles);
    report
        .active()
        .filter(|it| match it.finding.lint.group {
            Group::Modules => it.level >= Level::Warn,
            // The folder is one repository: its overlays collide with one another, which is no error.
            Group::Overlays => it.level >= Level::Error,
            _ => false,
        })
        .map(|it| {
            (
                report.sources[&it.finding.at.file].path.text().into_owned(),
                it.finding.lint.name,
            )
        })
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its own data")]
fn nix_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "nix") {
                let text = std::fs::read_to_string(&path).expect("a text");
                files.push((path, text));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn modules_are_what_nix_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/semantics");
    let files = nix_files(&folder);
    assert!(files.len() > 50);
    let mut wrong = Vec::new();
    for (path, text) in files {
        let expected = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# expect: "))
            .unwrap_or_else(|| panic!("{}: the first line says what to expect", path.display()))
            .to_owned();
        let mut found: Vec<&str> = findings(vec![("module.nix".to_owned(), text)])
            .into_iter()
            .map(|it| it.1)
            .collect();
        found.dedup();
        let right = match expected.as_str() {
            "nothing" => found.is_empty(),
            lint => found == [lint],
        };
        if !right {
            wrong.push(format!(
                "{}: expected {expected}, found {found:?}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `NIVIS_SEMANTICS` names a folder with modules and `labels.tsv`: path, `clean` or what is wrong, what Nix says.
#[test]
fn agreement_with_labelled_modules() {
    #[expect(clippy::disallowed_methods, reason = "a developer names a folder")]
    let Some(folder) = std::env::var_os("NIVIS_SEMANTICS").map(PathBuf::from) else {
        eprintln!("skipped: NIVIS_SEMANTICS is not set");
        return;
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "a test reads the labels it was given"
    )]
    let labels = std::fs::read_to_string(folder.join("labels.tsv")).expect("labels.tsv");
    let files = nix_files(&folder)
        .into_iter()
        .map(|(path, text)| {
            let path = path
                .strip_prefix(&folder)
                .expect("below the folder")
                .to_string_lossy()
                .into_owned();
            (path, text)
        })
        .collect();
    let found = findings(files);
    let (mut clean, mut faults, mut hits, mut wrong) = (0, 0, 0, Vec::new());
    let mut missed = Vec::new();
    for line in labels.lines().skip(1) {
        let mut fields = line.split('\t');
        let (Some(path), Some(label)) = (fields.next(), fields.next()) else {
            continue;
        };
        let said: Vec<&str> = found
            .iter()
            .filter(|it| it.0 == path)
            .map(|it| it.1)
            .collect();
        match (label, said.is_empty()) {
            ("clean", true) => clean += 1,
            ("clean", false) => wrong.push(format!("{path}: {said:?}")),
            (_, false) => {
                faults += 1;
                hits += 1;
            }
            (_, true) => {
                faults += 1;
                missed.push(format!("{path}\t{}", fields.next().unwrap_or_default()));
            }
        }
    }
    eprintln!(
        "clean and silent: {clean}; faults found: {hits} of {faults}; false findings: {}",
        wrong.len()
    );
    eprintln!("not found:\n{}", missed.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
