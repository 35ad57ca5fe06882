//! The fixes of modules, judged by a module system before and after: by a small one of our own, and by the real one of
//! nixpkgs where there is one. `testdata/fixes/README.md` says what is asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use engine::Wanted;
use testkit::page::{Case, DEFAULT_PATH, take_carets};
use testkit::{Page, fixed};

use crate::all;
use crate::judge::{Answer, judge};

/// A module with a fault: where it comes from, its text, and its text after the fix.
struct Module {
    name: String,
    before: String,
    after: String,
}

/// What a module system says of a module in one world.
struct Verdict {
    /// The module, the module system, and the answers to the two questions.
    name: String,
    before: Answer,
    after: Answer,
    meant: Answer,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/fixes")
}

/// The examples with a fix on the page of a lint, and the modules in its folder.
fn modules(lint: &str) -> Vec<Module> {
    let all = all();
    let page = all.iter().find(|it| it.name == lint).expect("a lint").page;
    let mut cases: Vec<(String, Case)> = Page::read(page)
        .cases
        .into_iter()
        .filter(|case| case.flagged && !case.fixed.is_empty())
        // An option of its own would have to be given a value; the small judge knows no submodules.
        .filter(|case| {
            !case
                .files
                .values()
                .any(|it| it.text.contains("types.submodule"))
        })
        .map(|case| (format!("{lint}.md:{}", case.line), case))
        .collect();
    for entry in fs::read_dir(folder().join(lint)).expect("a folder") {
        let path = entry.expect("an entry").path();
        let block = take_carets(&fs::read_to_string(&path).expect("a text"));
        let mut case = Case::default();
        case.files.insert(DEFAULT_PATH.to_owned(), block);
        let name = path.file_name().expect("a name").to_string_lossy();
        cases.push((format!("{lint}/{name}"), case));
    }
    cases.sort_by(|a, b| a.0.cmp(&b.0));

    let mut modules = Vec::new();
    for (name, case) in cases {
        assert_eq!(case.files.len(), 1, "{name}: one file is judged at a time");
        let texts: BTreeMap<String, String> = case
            .files
            .iter()
            .map(|(path, block)| (path.clone(), block.text.clone()))
            .collect();
        let wanted = Wanted {
            guesses: true,
            ..Wanted::default()
        };
        let (new, troubles) = fixed(&case, &texts, vec![lint.to_owned()], &all, wanted);
        assert!(troubles.is_empty(), "{name}: {troubles:?}");
        assert_ne!(new, texts, "{name}: there is a fix");
        let only = |texts: &BTreeMap<String, String>| texts.values().next().cloned().unwrap();
        modules.push(Module {
            name,
            before: only(&texts),
            after: only(&new),
        });
    }
    modules
}

/// The folder `lib` of nixpkgs, where this machine has one.
fn real() -> Option<String> {
    if let Some(path) = std::env::var_os("NIVIS_NIXPKGS_LIB") {
        let lib = Path::new(&path).join("lib");
        assert!(
            lib.join("modules.nix").exists(),
            "NIVIS_NIXPKGS_LIB: there is no {}",
            lib.display()
        );
        return Some(lib.to_string_lossy().into_owned());
    }
    let output = Command::new("nix-instantiate")
        .args(["--find-file", "nixpkgs"])
        .env("NIX_REMOTE", "dummy://")
        .output()
        .ok()?;
    let lib = Path::new(String::from_utf8_lossy(&output.stdout).trim()).join("lib");
    if output.status.success() && lib.join("modules.nix").exists() {
        return Some(lib.to_string_lossy().into_owned());
    }
    println!(
        "skipped: the real module system (NIVIS_NIXPKGS_LIB names no nixpkgs, and Nix knows none)"
    );
    None
}

/// What the module systems say of the modules of a lint; `None` without Nix.
fn verdicts(lint: &str) -> Option<Vec<Verdict>> {
    let modules = modules(lint);
    assert!(modules.len() > 5, "{lint}: only {}", modules.len());
    let judges = folder();
    let own = judges.join("modules.nix").to_string_lossy().into_owned();
    let place = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    let mut questions = Vec::new();
    let systems = [("own", Some(own)), ("real", real())];
    for (index, module) in modules.iter().enumerate() {
        let path = |side: &str| place.path().join(format!("{index}-{side}.nix"));
        fs::write(path("before"), &module.before).unwrap();
        fs::write(path("after"), &module.after).unwrap();
        let [before, after] =
            ["before", "after"].map(|it| format!("(import \"{}\")", path(it).display()));
        for (system, lib) in &systems {
            let Some(lib) = lib else { continue };
            for world in 0..4 {
                let (first, second) = (world & 1 == 0, world & 2 == 0);
                let judge = format!(
                    "(import \"{}/judge.nix\" {{ lib = import \"{lib}\"; lint = \"{lint}\"; first = {first}; second = {second}; }})",
                    judges.display(),
                );
                names.push(format!("{} ({system}, {first}, {second})", module.name));
                for question in [
                    format!("{judge}.value {before}"),
                    format!("{judge}.value {after}"),
                    format!("{judge}.meant {before} {after}"),
                ] {
                    let at = place
                        .path()
                        .join(format!("question-{}.nix", questions.len()));
                    fs::write(&at, question).unwrap();
                    questions.push(at);
                }
            }
        }
    }
    let answers = judge(&["--eval", "--strict"], &questions)?;
    let mut answers = answers.into_iter();
    let verdicts = names.into_iter().map(|name| Verdict {
        name,
        before: answers.next().unwrap(),
        after: answers.next().unwrap(),
        meant: answers.next().unwrap(),
    });
    Some(verdicts.collect())
}

/// The verdicts that `right` does not hold of are shown, and fail the test.
fn hold(lint: &str, right: impl Fn(&Verdict) -> bool) -> Vec<Verdict> {
    let Some(verdicts) = verdicts(lint) else {
        return Vec::new();
    };
    let show = |it: &Answer| match it {
        Ok(text) => text.clone(),
        Err(text) => text.lines().next().unwrap_or_default().to_owned(),
    };
    let wrong: Vec<String> = verdicts
        .iter()
        .filter(|it| !right(it))
        .map(|it| {
            let [before, after, meant] = [&it.before, &it.after, &it.meant].map(show);
            format!(
                "{}\n  before {before}\n  after  {after}\n  meant  {meant}",
                it.name
            )
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        verdicts.len(),
        wrong.join("\n")
    );
    verdicts
}

fn says(answer: &Answer, words: &str) -> bool {
    answer.as_ref().is_err_and(|error| error.contains(words))
}

/// Afterwards the module says what was meant.
fn as_meant(it: &Verdict) -> bool {
    it.after.is_ok() && it.after == it.meant
}

#[test]
fn the_lost_side_is_back() {
    let verdicts = hold("lost-by-update", |it| {
        // Where `//` would have replaced a value there are two now, as the page says.
        let conflict = says(
            &it.after,
            "settings.volume' has conflicting definition values",
        );
        it.before.is_ok() && (as_meant(it) || conflict)
    });
    // In one world or another every fix gives something back.
    let mut silent: BTreeMap<&str, bool> = BTreeMap::new();
    for it in &verdicts {
        let module = it.name.split(' ').next().unwrap();
        *silent.entry(module).or_insert(true) &= it.before == it.after;
    }
    // The page has a set that is empty, of which nothing can be lost.
    let silent: Vec<&str> = silent
        .into_iter()
        .filter(|it| it.1)
        .map(|it| it.0)
        .collect();
    assert!(silent.len() <= 1, "{silent:?}");
}

#[test]
fn the_recursion_is_gone() {
    hold("recursive-config", |it| {
        says(&it.before, "infinite recursion encountered") && as_meant(it)
    });
}

#[test]
fn the_marks_are_in_order() {
    hold("priority-over-condition", |it| {
        says(&it.before, "is not of type") && as_meant(it)
    });
}
