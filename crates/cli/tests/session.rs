//! A repository that stays open says after every edit what a fresh run says of the same texts.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "these tests make folders and ask git to make repositories"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use engine::load::Buffers;
use engine::session::Synced;
use engine::{Flags, Plan, Session, Settings};
use lint_api::repo::RepoPath;
use lint_api::{Lint, Report};
use report::{Format, Style};
use tempfile::TempDir;

static GO: AtomicBool = AtomicBool::new(false);

fn all() -> Vec<&'static Lint> {
    lints::ALL.iter().chain(engine::own::ALL).copied().collect()
}

fn session(root: &Path) -> Session {
    let mut session = Session::new(root.to_owned(), Flags::default(), all()).unwrap();
    session.configure(None).unwrap();
    session
}

fn json(report: &Report) -> String {
    let mut out = Vec::new();
    report::print(Format::Json, report, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What `nivis check` says of what is on the disk.
fn fresh(root: &Path) -> String {
    let flags = Flags::default();
    let text = engine::config::find(&flags, root).unwrap();
    let settings = Settings::discover(&flags, root, text.as_ref(), all()).unwrap();
    let mut input = engine::load(&settings).unwrap();
    let plan = Plan::new(&settings);
    engine::pins::load(&mut input, &plan, &settings).unwrap();
    json(&engine::settle(
        engine::check(input, &plan, &settings),
        &settings,
    ))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// `git` in a folder; false where there is none.
fn git(folder: &Path, arguments: &[&str]) -> bool {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .output();
    match done {
        Ok(done) => {
            assert!(done.status.success(), "{arguments:?}");
            true
        }
        Err(_) => {
            let required = std::env::var_os("NIVIS_REQUIRE_TOOLS").is_some();
            assert!(!required, "git is missing");
            println!("skipped: git is missing");
            false
        }
    }
}

/// A copy of a repository of the test data, committed.
fn repository(name: &str) -> Option<TempDir> {
    let place = TempDir::new().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos");
    copy(&data.join(name), place.path());
    let made = git(place.path(), &["init", "-q"])
        && git(place.path(), &["add", "-A"])
        && git(place.path(), &["commit", "-q", "-m", "begin"]);
    made.then_some(place)
}

/// A small generator: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    fn boundary(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// What a hand at a keyboard might do.
    fn edit(&mut self, text: &str) -> String {
        const PIECES: [&str; 9] = [
            "{",
            "}",
            ";",
            "\n",
            "with lib; ",
            "let x = 1; in ",
            "[ ./nowhere.nix ]",
            "# nivis: allow(unused-let) because\n",
            "services.openssh.enable = true;\n",
        ];
        let mut new = text.to_owned();
        let (a, b) = (self.boundary(text), self.boundary(text));
        match self.below(4) {
            0 => new.insert_str(a, PIECES[self.below(PIECES.len())]),
            1 => {
                let end = text[a..].char_indices().nth(1 + self.below(6));
                new.replace_range(a..end.map_or(text.len(), |(at, _)| a + at), "");
            }
            2 => {
                let line = text[a..].lines().next().unwrap_or_default().to_owned();
                new.insert_str(b, &line);
            }
            _ => new.insert(a, ' '),
        }
        new
    }
}

#[test]
fn every_edit_gives_what_a_fresh_run_gives() {
    let Some(place) = repository("homelab") else {
        return;
    };
    let root = fs::canonicalize(place.path()).unwrap();
    let mut dice = Dice(7);
    let mut open = session(&root);
    let mut buffers = Buffers::new();
    assert_eq!(open.sync(&buffers, false, &GO).unwrap(), Synced::Changed);
    let report = open.report(&GO).unwrap();
    assert_eq!(json(&report), fresh(&root));
    let paths: Vec<RepoPath> = report.inputs.iter().map(|(path, _)| path.clone()).collect();
    let read = |path: &RepoPath| fs::read_to_string(root.join(&*path.text())).unwrap();

    for round in 0..80 {
        let path = paths[dice.below(paths.len())].clone();
        let text = match buffers.get(&path) {
            // Now and then a change is taken back, a file is closed, or saved.
            Some(_) if dice.below(8) == 0 => Some(read(&path)),
            Some(_) if dice.below(12) == 0 => None,
            Some(text) => Some(dice.edit(text)),
            None => Some(dice.edit(&read(&path))),
        };
        match text {
            Some(text) => buffers.insert(path.clone(), text.into()),
            None => buffers.remove(&path),
        };
        let saved = dice.below(20) == 0;
        if saved && let Some(text) = buffers.get(&path) {
            fs::write(root.join(&*path.text()), &**text).unwrap();
        }
        if dice.below(15) == 0 {
            let new = RepoPath::from(format!("a{round}.nix").as_str());
            buffers.insert(new, Arc::from("{ imports = [ ./flake.nix ]; }\n"));
        }
        open.sync(&buffers, saved, &GO).unwrap();
        let mut other = session(&root);
        other.sync(&buffers, false, &GO).unwrap();
        let said = open.report(&GO).unwrap();
        let expected = other.report(&GO).unwrap();
        assert!(json(&said) == json(&expected), "round {round}: {path}");
        assert_eq!(open.sync(&buffers, false, &GO).unwrap(), Synced::Same);
    }
    // With everything saved, the editor and the command line agree.
    for (path, text) in &buffers {
        fs::write(root.join(&*path.text()), &**text).unwrap();
    }
    open.sync(&buffers, false, &GO).unwrap();
    assert_eq!(json(&open.report(&GO).unwrap()), fresh(&root));
}

/// How often somebody types: `NIVIS_EDITS`, else a number that a debug build bears.
fn edits() -> usize {
    let asked = std::env::var("NIVIS_EDITS").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(1_000)
}

#[test]
fn after_many_edits_there_is_nothing_left_of_them() {
    let Some(place) = repository("homelab") else {
        return;
    };
    let root = fs::canonicalize(place.path()).unwrap();
    let mut dice = Dice(11);
    let mut open = session(&root);
    let mut buffers = Buffers::new();
    open.sync(&buffers, false, &GO).unwrap();
    let report = open.report(&GO).unwrap();
    let paths: Vec<RepoPath> = report.inputs.iter().map(|(path, _)| path.clone()).collect();
    let read = |path: &RepoPath| fs::read_to_string(root.join(&*path.text())).unwrap();
    for edit in 0..edits() {
        let path = &paths[dice.below(paths.len())];
        let text = buffers
            .get(path)
            .map_or_else(|| read(path), ToString::to_string);
        // Where nothing is taken back, texts grow without end.
        let new = if dice.below(40) == 0 {
            read(path)
        } else {
            dice.edit(&text)
        };
        buffers.insert(path.clone(), new.into());
        open.sync(&buffers, false, &GO).unwrap();
        if edit % 97 == 0 {
            open.report(&GO).unwrap();
        }
    }
    let said = json(&open.report(&GO).unwrap());
    for (path, text) in &buffers {
        fs::write(root.join(&*path.text()), &**text).unwrap();
    }
    assert!(said == fresh(&root));
}

#[test]
fn what_was_stopped_is_done_the_next_time() {
    let Some(place) = repository("homelab") else {
        return;
    };
    let root = fs::canonicalize(place.path()).unwrap();
    let mut open = session(&root);
    let stop = AtomicBool::new(true);
    let none = Buffers::new();
    assert_eq!(open.sync(&none, false, &stop).unwrap(), Synced::Stopped);
    assert_eq!(open.sync(&none, false, &GO).unwrap(), Synced::Changed);
    assert!(open.report(&stop).is_none());
    assert_eq!(json(&open.report(&GO).unwrap()), fresh(&root));
}

#[test]
fn settings_the_index_and_head_are_watched() {
    let Some(place) = repository("homelab") else {
        return;
    };
    let root = fs::canonicalize(place.path()).unwrap();
    let mut open = session(&root);
    let none = Buffers::new();
    open.sync(&none, false, &GO).unwrap();
    assert!(!open.is_stale());
    let mut reload = |what: &str| {
        assert!(open.is_stale(), "{what}");
        open.configure(None).unwrap();
        open.sync(&none, true, &GO).unwrap();
        assert!(!open.is_stale(), "{what}");
        let said = json(&open.report(&GO).unwrap());
        assert_eq!(said, fresh(&root), "{what}");
        said
    };
    fs::write(
        root.join("nivis.toml"),
        "[levels]\ntidy = \"off\"\ndead = \"off\"\n",
    )
    .unwrap();
    reload("nivis.toml");
    fs::write(root.join("new.nix"), "{ }\n").unwrap();
    git(&root, &["add", "new.nix"]);
    reload("the index");
    git(&root, &["commit", "-q", "-m", "more"]);
    reload("HEAD");
    let baseline = "version = 1\n";
    fs::write(root.join("nivis-baseline.toml"), baseline).unwrap();
    let settings = "baseline = \"nivis-baseline.toml\"\n[levels]\ntidy = \"off\"\n";
    fs::write(root.join("nivis.toml"), settings).unwrap();
    reload("a baseline");
    let known = "[finding.\"flake.nix\"]\nunused-let = { \"\" = 1 }\n";
    fs::write(
        root.join("nivis-baseline.toml"),
        format!("{baseline}{known}"),
    )
    .unwrap();
    reload("the baseline");
    fs::write(root.join("nivis.toml"), "[levels]\ntidy = \n").unwrap();
    let error = open.configure(None).unwrap_err();
    assert_eq!(error.path.as_deref(), Some("nivis.toml"));
    assert_eq!(error.line.map(|(line, _)| line), Some(2));
    // A buffer stands for the file.
    assert_eq!(
        open.configure(Some("[levels]\ntidy = \"warn\"\n")),
        Ok(true)
    );
}
