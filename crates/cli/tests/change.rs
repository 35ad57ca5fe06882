//! A change and what it brings about: the git index, a revision, a diff, lists of files. With real git.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make repositories and start programs"
)]

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Without findings.
const SOUND: &str = "{ a = 1; }\n";
/// With one: `unused-let`.
const FAULTY: &str = "let dead = 1; in { a = 1; }\n";

struct Repository(TempDir);

impl Repository {
    fn new(files: &[(&str, &str)]) -> Repository {
        let repository = Repository(TempDir::new().unwrap());
        repository.git(&["init", "-q", "-b", "main"]);
        for (path, text) in files {
            repository.write(path, text);
        }
        repository.commit("first");
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(args)
            .current_dir(self.0.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs([
                ("GIT_AUTHOR_NAME", "A"),
                ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ])
            .envs([
                ("GIT_COMMITTER_NAME", "A"),
                ("GIT_COMMITTER_EMAIL", "a@example.org"),
            ])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {output:?}");
        text
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    fn feed(&self, args: &[&str], stdin: &[u8]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nivis"))
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(stdin);
        child.wait_with_output().unwrap()
    }

    fn run(&self, args: &[&str]) -> Output {
        self.feed(args, b"")
    }

    /// Exit code, and `path lint change` of what is reported.
    fn check(&self, args: &[&str]) -> (Option<i32>, Vec<String>) {
        self.check_with(args, b"")
    }

    fn check_with(&self, args: &[&str], stdin: &[u8]) -> (Option<i32>, Vec<String>) {
        let output = self.feed(&[&["check", "--format", "json"], args].concat(), stdin);
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{args:?}: {error}: {output:?}"));
        let word = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
        let rows = report["findings"].as_array().unwrap().iter();
        let rows = rows.map(|row| {
            format!(
                "{} {} {}",
                word(row, "path"),
                word(row, "lint"),
                word(row, "change")
            )
        });
        (output.status.code(), rows.collect())
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const NONE: [String; 0] = [];

#[test]
fn the_index_and_not_the_work_tree() {
    let it = Repository::new(&[("a.nix", SOUND), ("b.nix", SOUND)]);
    // A fault that is staged and gone from the work tree is found.
    it.write("a.nix", FAULTY);
    it.git(&["add", "a.nix"]);
    it.write("a.nix", SOUND);
    assert_eq!(it.check(&[]), (Some(0), NONE.to_vec()));
    let staged = (Some(1), vec!["a.nix unused-let new".to_owned()]);
    assert_eq!(it.check(&["--staged"]), staged);
    // A fault that is not staged is not.
    it.git(&["add", "a.nix"]);
    it.write("b.nix", FAULTY);
    it.write("c.nix", FAULTY);
    assert_eq!(it.check(&["--staged"]), (Some(0), NONE.to_vec()));
    // Nothing is staged: nothing is done.
    let done = it.run(&["check", "--staged"]);
    assert_eq!(done.status.code(), Some(0));
    assert!(text(&done.stderr).starts_with("clean: 0 files"), "{done:?}");
    // A file that is staged in part.
    it.write("b.nix", "let dead = 1; in { a = 1; b = 2; }\n");
    it.git(&["add", "b.nix"]);
    it.write("b.nix", "let dead = 1; other = 2; in { a = 1; b = 2; }\n");
    let staged = (Some(1), vec!["b.nix unused-let new".to_owned()]);
    assert_eq!(it.check(&["--staged"]), staged);
}

#[test]
fn what_a_staged_deletion_breaks_elsewhere() {
    let it = Repository::new(&[
        ("default.nix", "{ imports = [ ./disk.nix ]; }\n"),
        ("disk.nix", SOUND),
    ]);
    it.git(&["rm", "-q", "--cached", "disk.nix"]);
    let (code, found) = it.check(&["--staged"]);
    assert_eq!(code, Some(1));
    assert_eq!(found, ["default.nix missing-import new"]);
    // By name only is not in the commit either.
    it.git(&["add", "--intent-to-add", "disk.nix"]);
    assert_eq!(it.check(&["--staged"]).1, found);
}

#[test]
fn before_the_first_commit_and_in_a_merge() {
    let it = Repository(TempDir::new().unwrap());
    it.git(&["init", "-q", "-b", "main"]);
    it.write("a.nix", FAULTY);
    it.git(&["add", "a.nix"]);
    it.write("a.nix", SOUND);
    assert_eq!(it.check(&["--staged"]).1, ["a.nix unused-let new"]);

    it.git(&["commit", "-q", "-m", "first"]);
    it.git(&["checkout", "-q", "-f", "-b", "other"]);
    it.write("a.nix", "{ b = 1; }\n");
    it.commit("theirs");
    it.git(&["checkout", "-q", "main"]);
    it.write("a.nix", "let dead = 1; in { c = 1; }\n");
    it.commit("ours");
    let merge = Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "merge",
            "-q",
            "other",
        ])
        .current_dir(it.0.path())
        .output()
        .unwrap();
    assert!(!merge.status.success(), "{merge:?}");
    // Of a conflict our side is looked at, and it is no change of ours.
    assert_eq!(
        it.check(&["--staged", "--diff-scope", "all"]).1,
        ["a.nix unused-let old"]
    );
}

#[test]
fn forms_of_the_index() {
    for form in [
        &["update-index", "--index-version", "2"][..],
        &["update-index", "--index-version", "3"],
        &["update-index", "--index-version", "4"],
        &["update-index", "--split-index"],
        &["sparse-checkout", "init", "--cone", "--sparse-index"],
    ] {
        let it = Repository::new(&[
            ("a.nix", SOUND),
            ("sub/b.nix", "{ x = import ../gone.nix; }\n"),
        ]);
        it.git(form);
        it.write("a.nix", FAULTY);
        it.git(&["add", "a.nix"]);
        it.write("a.nix", SOUND);
        assert_eq!(
            it.check(&["--staged"]).1,
            ["a.nix unused-let new"],
            "{form:?}"
        );
        // What a sparse index does not list is there all the same.
        let all = it.check(&["--staged", "--diff-scope", "all"]).1;
        assert!(
            all.contains(&"sub/b.nix missing-import old".to_owned()),
            "{form:?}: {all:?}"
        );
    }
}

#[test]
fn lines_files_and_all() {
    let two = "{\n  a = let dead = 1; in 2;\n\n\n\n  b = let gone = 1; in 2;\n}\n";
    let it = Repository::new(&[("two.nix", two), ("else.nix", FAULTY)]);
    it.write("two.nix", &two.replace("in 2;\n}", "in 3;\n}"));
    let scope = |scope: &str| it.check(&["--diff-base", "HEAD", "--diff-scope", scope]).1;
    assert_eq!(scope("lines"), ["two.nix unused-let touched"]);
    assert_eq!(
        scope("files"),
        ["two.nix unused-let old", "two.nix unused-let touched"]
    );
    assert_eq!(
        scope("all"),
        [
            "else.nix unused-let old",
            "two.nix unused-let old",
            "two.nix unused-let touched"
        ]
    );
    assert_eq!(it.check(&["--diff-base", "HEAD"]).1, scope("lines"));
    // A deletion touches its neighbours.
    it.write("two.nix", &two.replace("\n\n\n\n", "\n"));
    assert_eq!(scope("lines").len(), 2);
    // A new line of a kind that is there already.
    it.write(
        "two.nix",
        &two.replace("\n\n\n\n", "\n\n  a2 = let dead = 1; in 2;\n\n\n"),
    );
    assert_eq!(scope("lines"), ["two.nix unused-let new"]);
}

#[test]
fn a_change_that_breaks_another_file() {
    let it = Repository::new(&[
        ("default.nix", "{\n  imports = [ ./disk.nix ];\n}\n"),
        ("disk.nix", SOUND),
    ]);
    it.git(&["mv", "disk.nix", "disks.nix"]);
    it.commit("move");
    for args in [&["--diff-base", "HEAD~1"][..], &["--diff-base", "HEAD^..."]] {
        assert_eq!(it.check(args).1, ["default.nix missing-import new"]);
    }
    let diff = it.git(&["diff", "-U0", "HEAD~1"]);
    let from_diff = it.check_with(&["--diff-from", "-"], diff.as_bytes());
    assert_eq!(from_diff.1, ["default.nix missing-import new"]);
    assert_eq!(it.check_with(&["--diff", "-"], diff.as_bytes()), from_diff);
}

/// Edits by chance: a revision and the diff to it say the same.
#[test]
fn revisions_and_diffs_agree() {
    let line = |number: usize| format!("  a{number} = let dead{number} = 1; in 2;\n");
    let file = |numbers: &[usize]| {
        let lines: String = numbers.iter().map(|number| line(*number)).collect();
        format!("{{\n{lines}}}\n")
    };
    let numbers: Vec<usize> = (0..12).collect();
    let it = Repository::new(&[
        ("a.nix", &file(&numbers)),
        ("dir with space/ü.nix", &file(&[1])),
    ]);
    let mut seed = 11usize;
    let mut chance = |most: usize| {
        seed = (seed * 1_103 + 12_345) % 65_536;
        seed % most
    };
    for round in 0..10 {
        let mut numbers = numbers.clone();
        for _ in 0..=chance(4) {
            let at = chance(numbers.len());
            match chance(3) {
                0 => numbers[at] += 100,
                1 => numbers.insert(at, 200 + round),
                _ => drop(numbers.remove(at)),
            }
        }
        it.write("a.nix", &file(&numbers));
        it.write("dir with space/ü.nix", &file(&[chance(3)]));
        let by_revision = it.check(&["--diff-base", "HEAD"]);
        for context in ["-U0", "-U3"] {
            let diff = it.git(&["diff", context, "HEAD"]);
            let by_diff = it.check_with(&["--diff-from", "-"], diff.as_bytes());
            assert_eq!(by_diff, by_revision, "{diff}");
        }
    }
}

#[test]
fn fixes_stay_in_the_change() {
    let two = "{\n  a = let in 1;\n\n\n  b = 2;\n}\n";
    let it = Repository::new(&[("two.nix", two)]);
    it.write("two.nix", &two.replace("b = 2;", "b = let in 2;"));
    let done = it.run(&["check", "--fix", "--diff-base", "HEAD", "-q"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let now = fs::read_to_string(it.path("two.nix")).unwrap();
    assert_eq!(now, two);
}

#[test]
fn what_cannot_be_compared() {
    let it = Repository::new(&[("a.nix", SOUND)]);
    it.write("a.nix", FAULTY);
    for (args, stdin, words) in [
        (
            &["check", "--diff-base", "nowhere"][..],
            "",
            "git knows no revision",
        ),
        (
            &["check", "--diff-from", "-"],
            "--- a/a.nix\n+++ b/a.nix\n@@ -1 +1 @@\n-x\n+y\n",
            "does not fit",
        ),
        (
            &["check", "--diff-from", "-"],
            "--- a/a.nix\n+++ b/a.nix\n@@ -1 +1 @@\n-x\n",
            "cut off",
        ),
        (
            &["check", "--diff-from", "gone.diff"],
            "",
            "gone.diff cannot be read",
        ),
        (
            &["check", "--staged", "--vcs", "none"],
            "",
            "there is no git repository",
        ),
        (&["check", "--diff-scope", "lines"], "", "--diff-scope"),
        (&["check", "--staged", "--fix"], "", "--fix"),
        (
            &["check", "--staged", "--diff-base", "HEAD"],
            "",
            "--diff-base",
        ),
        (
            &["check", "--files0-from", "-", "a.nix"],
            "",
            "--files0-from",
        ),
    ] {
        let done = it.feed(args, stdin.as_bytes());
        assert_eq!(done.status.code(), Some(2), "{args:?}: {done:?}");
        assert!(text(&done.stderr).contains(words), "{args:?}: {done:?}");
    }

    let clone = TempDir::new().unwrap();
    it.commit("second");
    it.git(&[
        "clone",
        "-q",
        "--depth",
        "1",
        &format!("file://{}", it.0.path().display()),
        clone.path().to_str().unwrap(),
    ]);
    let done = Command::new(env!("CARGO_BIN_EXE_nivis"))
        .args(["check", "--diff-base", "HEAD~1"])
        .current_dir(clone.path())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("fetch-depth: 0"), "{done:?}");
}

#[test]
fn lists_of_files() {
    let it = Repository::new(&[("a.nix", FAULTY), ("b c.nix", FAULTY), ("d.nix", FAULTY)]);
    let (code, found) = it.check_with(&["--files0-from", "-"], b"a.nix\0b c.nix\0");
    assert_eq!(code, Some(1));
    assert_eq!(found, ["a.nix unused-let -", "b c.nix unused-let -"]);
    it.write("list", "d.nix");
    assert_eq!(
        it.check(&["--files0-from", "list"]).1,
        ["d.nix unused-let -"]
    );
    let done = it.run(&["check", "--files0-from", "-"]);
    assert_eq!(done.status.code(), Some(0));
    assert!(text(&done.stderr).starts_with("clean: 0 files"), "{done:?}");
    let done = it.feed(&["check", "--files0-from", "-"], b"gone.nix\0");
    assert_eq!(done.status.code(), Some(2), "{done:?}");
}

#[test]
fn settings_of_the_base() {
    let it = Repository::new(&[("a.nix", SOUND)]);
    it.write("a.nix", FAULTY);
    it.write("nivis.toml", "exclude = [\"a.nix\"]\n");
    assert_eq!(it.check(&["--diff-base", "HEAD"]).1, NONE);
    let with_base = ["--config", "base", "--diff-base", "HEAD"];
    assert_eq!(it.check(&with_base).1, ["a.nix unused-let new"]);
    it.write("nivis.toml", "exclude = [\"b.nix\"]\n");
    it.commit("settings");
    it.write("nivis.toml", "exclude = [\"a.nix\"]\n");
    it.write("b.nix", FAULTY);
    assert_eq!(it.check(&["--config", "base"]).1, ["a.nix unused-let -"]);
}
