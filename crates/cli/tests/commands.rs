//! The commands beside `check`: baseline, init, config, migrate, completions, man.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make folders, start programs and say what they leave out"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const FAULTY: &str = "let dead = 1; in { a = 1; }\n";

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn run(&self, args: &[&str]) -> Done {
        let output = Command::new(env!("CARGO_BIN_EXE_nivis"))
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .output()
            .unwrap();
        Done::of(&output)
    }

    /// The states of all findings, and the exit code.
    fn states(&self, args: &[&str]) -> (Option<i32>, Vec<String>) {
        let done = self.run(&[&["check", "--format", "json"], args].concat());
        let report: Value =
            serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
        let rows = report["findings"].as_array().unwrap().iter();
        let states = rows.map(|row| row["state"].as_str().unwrap().to_owned());
        (done.code, states.collect())
    }
}

#[derive(Debug)]
struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Done {
    fn of(output: &Output) -> Done {
        Done {
            code: output.status.code(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }
}

#[test]
fn a_baseline_from_the_cradle_to_the_grave() {
    let it = Folder::new(&[("a.nix", FAULTY), ("b.nix", FAULTY), ("nivis.toml", "")]);
    let done = it.run(&["baseline", "write"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        done.err.contains("2 findings") && done.err.contains("nivis.toml makes"),
        "{done:?}"
    );
    let text = it.read("nivis-baseline.toml");
    assert!(
        text.contains("[finding.\"a.nix\"]\nunused-let = { \"let dead\" = 1 }\n"),
        "{text}"
    );
    // It counts once the settings name it.
    assert_eq!(it.states(&[]).0, Some(1));
    it.write("nivis.toml", "baseline = \"nivis-baseline.toml\"\n");
    assert_eq!(it.states(&[]), (Some(0), vec!["baselined".to_owned(); 2]));
    assert!(
        it.run(&["check"]).err.starts_with("clean: ")
            || it.run(&["check"]).err.contains("2 in the baseline")
    );
    // It is no text of the repository, whatever names stand in it.
    assert_eq!(it.run(&["check", "nivis-baseline.toml"]).code, Some(2));
    // Lines move, text is formatted: the same findings.
    it.write(
        "a.nix",
        "# a comment\n\nlet\n  dead = 1;\nin\n{\n  a = 1;\n}\n",
    );
    assert_eq!(it.states(&[]).0, Some(0));
    // A second finding of the same key: both are shown.
    it.write(
        "a.nix",
        "[ (let dead = 1; in { }) (let dead = 1; in { }) ]\n",
    );
    let done = it.run(&["check"]);
    assert_eq!(done.code, Some(1));
    assert_eq!(
        done.out.matches("the baseline knows 1 of these 2").count(),
        2,
        "{done:?}"
    );
    // Nothing but `write` adds; a baseline that is there is not written over by chance.
    let done = it.run(&["baseline", "write"]);
    assert_eq!((done.code, done.err.contains("--replace")), (Some(2), true));
    assert_eq!(it.read("nivis-baseline.toml"), text);
    let done = it.run(&["baseline", "write", "--replace"]);
    assert!(done.err.contains("unused-let: +1 -0"), "{done:?}");
    assert_eq!(it.states(&[]).0, Some(0));
    // What is gone is told, and pruned.
    it.write("a.nix", "{ a = 1; }\n");
    let done = it.run(&["check"]);
    assert_eq!(done.code, Some(0));
    assert!(
        done.err.contains("1 baseline entry is no longer needed"),
        "{done:?}"
    );
    // What was not looked at is not gone.
    for args in [
        &["check", "b.nix"][..],
        &["check", "--ignore", "unused-let"],
        &["check", "-q"],
    ] {
        assert!(!it.run(args).err.contains("no longer needed"), "{args:?}");
    }
    assert_eq!(it.run(&["baseline", "prune", "--check"]).code, Some(1));
    assert_eq!(it.run(&["baseline", "prune"]).code, Some(0));
    assert!(!it.read("nivis-baseline.toml").contains("a.nix"));
    assert_eq!(it.run(&["baseline", "prune", "--check"]).code, Some(0));
    // A baseline that cannot be read is trouble.
    for broken in [
        "version = 1\n<<<<<<< ours\n",
        "version = 9\n",
        "version = 1\n[finding.\"a\"]\nno-such = { \"\" = 1 }\n",
    ] {
        it.write("nivis-baseline.toml", broken);
        assert_eq!(it.run(&["check"]).code, Some(2), "{broken}");
    }
    fs::remove_file(it.path("nivis-baseline.toml")).unwrap();
    assert_eq!(it.run(&["check"]).code, Some(2));
}

#[test]
fn a_baseline_of_some_lints_and_of_no_trouble() {
    let it = Folder::new(&[
        ("a.nix", "let dead = 1; in { a = (1); }\n"),
        ("b.nix", "{ a = ; }\n"),
    ]);
    it.write("nivis.toml", "baseline = \"lists/known.toml\"\n");
    fs::create_dir(it.path("lists")).unwrap();
    let done = it.run(&["baseline", "write", "--select", "unused-let"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let one = it.read("lists/known.toml");
    assert!(one.contains("unused-let") && !one.contains("redundant-parens"));
    let done = it.run(&[
        "baseline",
        "write",
        "--select",
        "redundant-parens,syntax-error",
        "--replace",
    ]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let both = it.read("lists/known.toml");
    assert!(
        both.contains("unused-let") && both.contains("redundant-parens"),
        "{both}"
    );
    assert!(!both.contains("syntax-error") && !both.contains("b.nix"));
    assert_eq!(it.run(&["check"]).code, Some(1));
    let done = it.run(&["check", "lists/known.toml"]);
    assert!(
        done.err.contains("nivis does not read files of this kind"),
        "{done:?}"
    );
}

#[test]
fn no_baseline_holds_a_secret() {
    // Letters that no pattern of a scanner knows.
    let value = ["qzx", "wvk", "jhp", "tlm"].concat();
    let text = format!(
        "{{ users.users.root.password = \"{value}\"; \"{value}\" = let dead = 1; in 2; }}\n"
    );
    let it = Folder::new(&[("configuration.nix", &text)]);
    assert_eq!(it.run(&["baseline", "write"]).code, Some(0));
    let baseline = it.read("nivis-baseline.toml");
    let tail = baseline.split("unused-let").next().unwrap();
    assert!(tail.contains("users.users.root.password"), "{baseline}");
    assert!(!tail.contains(&value), "{baseline}");
}

#[test]
fn comments_for_findings() {
    let two =
        "{\n  a = let dead = 1; in 2;\n  b = [\n    (let dead = 1; gone = 2; in { })\n  ];\n}\n";
    let it = Folder::new(&[
        ("a.nix", two),
        ("crlf.nix", "{\r\n  a = let dead = 1; in 2;\r\n}\r\n"),
        ("tests/c.nix", FAULTY),
    ]);
    let diff = it.run(&[
        "allow",
        "--select",
        "unused-let",
        "--reason",
        "kept for now",
        "--diff",
        "a.nix",
    ]);
    assert_eq!(diff.code, Some(0), "{diff:?}");
    assert!(
        diff.out
            .contains("+  # nivis: allow(unused-let) kept for now\n"),
        "{diff:?}"
    );
    assert_eq!(it.read("a.nix"), two);
    let done = it.run(&[
        "allow",
        "--select",
        "W01,unused-let",
        "--reason",
        "kept for now",
        "a.nix",
        "crlf.nix",
    ]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        done.err.contains("4 findings are allowed, in 2 files"),
        "{done:?}"
    );
    let text = it.read("a.nix");
    assert_eq!(
        text.matches("# nivis: allow(unused-let) kept for now")
            .count(),
        2,
        "{text}"
    );
    assert!(
        it.read("crlf.nix")
            .contains("  # nivis: allow(unused-let) kept for now\r\n  a =")
    );
    assert_eq!(
        it.states(&["a.nix", "crlf.nix"]),
        (Some(0), vec!["allowed".to_owned(); 4])
    );
    // Once more changes nothing; what was not named is untouched.
    assert_eq!(
        it.run(&["allow", "--select", "unused-let", "a.nix"]).code,
        Some(0)
    );
    assert_eq!(it.read("a.nix"), text);
    assert_eq!(it.read("tests/c.nix"), FAULTY);
    // Without lints nothing is allowed; a reason is one line.
    assert_eq!(it.run(&["allow", "a.nix"]).code, Some(2));
    assert_eq!(
        it.run(&["allow", "--select", "dead", "--reason", "a\nb", "a.nix"])
            .code,
        Some(2)
    );
    // A second lint of the same thing joins the comment that is there.
    it.write("d.nix", "{\n  a = let dead = 1; in (2);\n}\n");
    assert_eq!(
        it.run(&[
            "allow",
            "--select",
            "unused-let",
            "--reason",
            "one",
            "d.nix"
        ])
        .code,
        Some(0)
    );
    assert_eq!(
        it.run(&["allow", "--select", "redundant-parens", "d.nix"])
            .code,
        Some(0)
    );
    assert_eq!(
        it.read("d.nix"),
        "{\n  # nivis: allow(unused-let, redundant-parens) one\n  a = let dead = 1; in (2);\n}\n"
    );
}

#[test]
fn secrets_need_a_reason() {
    let value = ["qzx", "wvk", "jhp", "tlm"].concat();
    let text = format!("{{\n  users.users.root.password = \"{value}\";\n}}\n");
    let it = Folder::new(&[("configuration.nix", &text)]);
    let done = it.run(&["allow", "--select", "secrets"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.err.contains("only with a --reason"), "{done:?}");
    assert_eq!(it.read("configuration.nix"), text);
    for flag in ["--diff", "--vcs=auto"] {
        let done = it.run(&[
            "allow",
            "--select",
            "secrets",
            "--reason",
            "a throw-away machine",
            flag,
        ]);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(
            !done.out.contains(&value) && !done.err.contains(&value),
            "{done:?}"
        );
    }
    assert!(
        it.read("configuration.nix")
            .contains("a throw-away machine")
    );
}

#[test]
fn settings_to_begin_with() {
    let it = Folder::new(&[("a.nix", FAULTY)]);
    assert_eq!(it.run(&["init"]).code, Some(0));
    assert_eq!(it.run(&["check"]).code, Some(1));
    let done = it.run(&["init"]);
    assert_eq!(
        (done.code, done.err.contains("is there already")),
        (Some(2), true)
    );
}

#[test]
fn settings_in_force() {
    let it = Folder::new(&[
        ("a.nix", FAULTY),
        ("lib/b.nix", FAULTY),
        ("gen/c.nix", FAULTY),
        (
            "nivis.toml",
            "exclude = [\"gen/\"]\n[levels]\ndead = \"error\"\n[[overrides]]\npaths = [\"lib/\"]\nlevels = { W02 = \"off\", unused-let = \"info\" }\n",
        ),
    ]);
    let all = it.run(&["config", "--show"]).out;
    assert!(
        all.contains("exclude = [\"gen/\"]   # nivis.toml\n"),
        "{all}"
    );
    assert!(
        all.contains("unused-let = \"error\"   # nivis.toml:3\n"),
        "{all}"
    );
    assert!(
        all.contains("empty-let = \"warn\"   # built in\n")
            || all.contains("empty-let = \"info\"   # built in\n"),
        "{all}"
    );
    let lib = it.run(&["config", "--show", "lib/b.nix"]).out;
    assert!(
        lib.contains("unused-let = \"info\"   # nivis.toml:6\n"),
        "{lib}"
    );
    assert!(
        lib.contains("empty-let = \"off\"   # nivis.toml:6\n"),
        "{lib}"
    );
    // What is shown is settings again.
    it.write("shown.toml", &all);
    assert_eq!(it.run(&["check", "--config", "shown.toml"]).code, Some(1));

    for (path, words) in [
        ("a.nix", "a.nix: checked"),
        ("gen/c.nix", "not checked: `exclude` has `gen/`"),
        ("lib", "lib: a folder: 1 files"),
    ] {
        let done = it.run(&["config", "--why", path]);
        assert!(done.out.contains(words), "{done:?}");
    }
    assert_eq!(it.run(&["config", "--why", "none.nix"]).code, Some(2));
    assert_eq!(it.run(&["config"]).code, Some(2));
    let schema: Value = serde_json::from_str(&it.run(&["config", "--schema"]).out).unwrap();
    assert_eq!(schema["title"], "nivis.toml");
}

#[test]
fn from_other_linters() {
    let it = Folder::new(&[(
        "statix.toml",
        "disabled = [\"manual_inherit\"]\nignore = [\"gen/\"]\n",
    )]);
    let done = it.run(&["migrate"]);
    assert_eq!(
        done.out,
        "exclude = [\"**/gen/**\"]\n\n[levels]\nmanual-inherit = \"off\"   # manual_inherit\n"
    );
    assert_eq!(
        it.run(&["migrate", "--write", "--names", "sema-unused-def-let"])
            .code,
        Some(0)
    );
    assert!(it.read("nivis.toml").contains("unused-let = \"off\""));
    assert_eq!(it.run(&["migrate", "--write"]).code, Some(2));
    it.write("statix.toml", "disabled = [\n");
    assert_eq!(it.run(&["migrate"]).code, Some(2));
    assert_eq!(Folder::new(&[]).run(&["migrate"]).code, Some(2));
}

/// In the forms that deadnix has itself.
#[test]
fn comments_of_deadnix_become_ours() {
    let text = "let\n  # deadnix: skip -- kept for the docs\n  dead = 1;\n\n  # deadnix: skip\n  used = 3;\n  # deadnix: skip\n  inherit (used) one two; # beside\n  f = /* deadnix: skip */ unused: 1;\n  g =\n    {\n      # deadnix: skip\n      thing,\n      lib,\n      ...\n    }:\n    lib;\nin\n{ inherit used f g; }\n";
    let it = Folder::new(&[
        ("a.nix", text),
        (
            "crlf.nix",
            "let\r\n  # deadnix: skip\r\n  dead = 1;\r\nin\r\n2\r\n",
        ),
        ("other.nix", FAULTY),
        (
            "nivis.toml",
            "[levels]\nunused-formal = \"warn\"\nunused-argument = \"warn\"\n",
        ),
    ]);
    let before = it.states(&[]);
    let diff = it.run(&["migrate", "--pragmas"]);
    assert_eq!(diff.code, Some(0), "{diff:?}");
    assert!(
        diff.out.contains("-  # deadnix: skip -- kept for the docs\n+  # nivis: allow(unused-let) kept for the docs\n"),
        "{diff:?}"
    );
    assert_eq!(it.read("a.nix"), text);
    let done = it.run(&["migrate", "--pragmas", "--write"]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), ""), "{done:?}");
    let new = it.read("a.nix");
    // What silences nothing stays, and it is told.
    assert!(
        done.err
            .contains("a.nix:5: this `deadnix: skip` stays: it silences nothing"),
        "{done:?}"
    );
    assert_eq!(new.matches("deadnix: skip\n").count(), 1, "{new}");
    assert!(
        new.contains("      # nivis: allow(unused-formal) was `deadnix: skip`\n      thing,\n"),
        "{new}"
    );
    assert!(
        it.read("crlf.nix")
            .contains("  # nivis: allow(unused-let) was `deadnix: skip`\r\n  dead = 1;\r\n")
    );
    assert_eq!(it.read("other.nix"), FAULTY);
    // Nothing speaks that was silent, nothing is silent that spoke, and no token is another.
    assert_eq!(it.states(&[]), before);
    assert_eq!(tokens(&new), tokens(text));
    // Once more changes nothing.
    let again = it.run(&["migrate", "--pragmas"]);
    assert_eq!((again.code, again.out.as_str()), (Some(0), ""));
    assert_eq!(
        it.run(&["migrate", "--pragmas", "--names", "W03"]).code,
        Some(2)
    );
}

/// The words of a Nix text that are no comments.
fn tokens(text: &str) -> Vec<&str> {
    use rnix::SyntaxKind::{TOKEN_COMMENT, TOKEN_WHITESPACE};
    rnix::tokenize(text)
        .filter(|(kind, _)| ![TOKEN_COMMENT, TOKEN_WHITESPACE].contains(kind))
        .map(|(_, text)| text)
        .collect()
}

#[test]
fn shells_and_manuals() {
    let it = Folder::new(&[]);
    for shell in ["bash", "zsh", "fish", "nushell", "elvish", "powershell"] {
        let done = it.run(&["completions", shell]);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(
            done.out.contains("diff-base") && done.out.contains("baseline"),
            "{shell}"
        );
        it.write(shell, &done.out);
        let load: &[&str] = match shell {
            "bash" => &["bash", "--norc", "-c", ". ./bash && complete -p nivis"],
            "fish" => &[
                "fish",
                "--no-config",
                "-c",
                "source fish; complete -C 'nivis che' | grep -q check",
            ],
            _ => continue,
        };
        match Command::new(load[0])
            .args(&load[1..])
            .current_dir(it.0.path())
            .output()
        {
            Ok(output) => assert!(output.status.success(), "{output:?}"),
            Err(_) => eprintln!("skipped: {shell} is not here to load its completions"),
        }
    }
    assert!(it.run(&["man"]).out.starts_with(".ie"));
    fs::create_dir(it.path("man1")).unwrap();
    assert_eq!(it.run(&["man", "--dir", "man1"]).code, Some(0));
    for page in [
        "nivis",
        "nivis-check",
        "nivis-baseline-write",
        "nivis-graph",
    ] {
        let text = it.read(&format!("man1/{page}.1"));
        assert!(text.contains(".SH"), "{page}");
    }
    assert_eq!(it.run(&["man", "--dir", "gone"]).code, Some(2));
}
