//! Users' rules: those of the documentation hold, and a rule is a lint like any other, in every command.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make folders and start programs"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;

use engine::rules::{RuleText, Taken};
use engine::{Flags, Lints, Session};
use lint_api::Lint;
use serde_json::Value;
use tempfile::TempDir;

const RULE: &str = "\
[[rule]]
name = 'no-old'
pattern = 'old $x'
message = '`old` is called with $x'
help = 'call `new`'
fix = 'new $x'
page = 'Why: it is **old**.'
flagged = [{ nix = 'old 1', fixed = 'new 1' }]
clean = ['new 1']
";

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

    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
        let command = command.args(args).current_dir(self.0.path()).env_clear();
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code(), text(stdout), text(stderr))
    }

    /// `path lint state` of all findings, and the exit code.
    fn check(&self, args: &[&str]) -> (Option<i32>, Vec<String>) {
        let (code, out, err) = self.run(&[&["check", "--format", "json"], args].concat());
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|it| panic!("{it}: {err}"));
        let rows = report["findings"].as_array().unwrap().iter();
        let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        let line = |row| {
            let (path, lint, state) = (word(row, "path"), word(row, "lint"), word(row, "state"));
            format!("{path} {lint} {state}")
        };
        (code, rows.map(line).collect())
    }

    fn git(&self, args: &[&str]) -> bool {
        let done = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(args)
            .current_dir(self.0.path())
            .output();
        match done {
            Ok(done) => {
                assert!(done.status.success(), "{args:?}: {done:?}");
                true
            }
            Err(_) => {
                assert!(std::env::var_os("NIVIS_REQUIRE_TOOLS").is_none(), "no git");
                false
            }
        }
    }
}

/// A repository with one rule, in a file of its own, and one call of `old`.
fn one() -> Folder {
    Folder::new(&[
        ("nivis.toml", "rules = [\"lint-rules/*.toml\"]\n"),
        ("lint-rules/house.toml", RULE),
        ("a.nix", "{ old }: { a = old 1; }\n"),
    ])
}

/// The blocks of TOML with rules in the documentation.
fn blocks() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/own-rules.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```toml\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .filter(|block| block.contains("[[rule]]"))
        .collect()
}

#[test]
fn rules_of_the_documentation_hold() {
    let blocks = blocks();
    // The ten of the gallery, and three to explain.
    assert_eq!(blocks.len(), 13);
    for block in &blocks {
        let it = Folder::new(&[("r.toml", block)]);
        let (code, out, err) = it.run(&["rules", "test", "r.toml"]);
        assert_eq!(code, Some(0), "{block}\n{out}{err}");
        assert!(out.starts_with("1 rule, ") && err.is_empty(), "{out}{err}");
    }
    for block in &blocks[3..] {
        assert!(
            block.contains("flagged") && block.contains("clean"),
            "{block}"
        );
    }
    let it = Folder::new(&[("nivis.toml", &blocks.join("\n"))]);
    let (code, out, _) = it.run(&["rules", "test"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.starts_with("13 rules, "), "{out}");
    // What the page shows is what is printed.
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/own-rules.md"));
    let page = page.unwrap();
    let shown = page.split("```\nwarning[").nth(1).unwrap();
    let shown = format!("warning[{}", shown.split("```").next().unwrap());
    it.write("nivis.toml", &blocks[0]);
    it.write(
        "shell.nix",
        "{\n  src = fetchTarball \"https://elsewhere.example/a.tar.gz\";\n}\n",
    );
    let (_, out, _) = it.run(&["check", "--select", "rules"]);
    assert_eq!(out.trim(), shown.trim());
}

#[test]
fn a_rule_is_a_lint_like_any_other() {
    let it = one();
    let found = ["a.nix no-old active"];
    assert_eq!(it.check(&[]), (Some(1), found.map(str::to_owned).to_vec()));
    for args in [
        &["--select", "no-old"][..],
        &["--select", "rules"],
        &["--level", "no-old=error"],
        &["--config", "nivis.toml"],
        &["a.nix"],
    ] {
        assert_eq!(
            it.check(args),
            (Some(1), found.map(str::to_owned).to_vec()),
            "{args:?}"
        );
    }
    for args in [
        &["--ignore", "no-old"][..],
        &["--ignore", "rules"],
        &["--select", "tidy"],
        &["--config", "none"],
        &["--level", "no-old=off"],
    ] {
        assert_eq!(it.check(args), (Some(0), vec![]), "{args:?}");
    }

    // Levels, overrides.
    let rules = "rules = [\"lint-rules/*.toml\"]\n";
    it.write("nivis.toml", &format!("{rules}levels.no-old = \"info\"\n"));
    assert_eq!(it.check(&[]).0, Some(0));
    assert_eq!(it.check(&["--fail-on", "info"]).0, Some(1));
    it.write("nivis.toml", &format!("{rules}levels.rules = \"off\"\n"));
    assert_eq!(it.check(&[]), (Some(0), vec![]));
    let overrides = "[[overrides]]\npaths = [\"a.nix\"]\nlevels = { no-old = \"off\" }\n";
    it.write("nivis.toml", &format!("{rules}{overrides}"));
    it.write("b.nix", "{ old }: { a = old 1; }\n");
    assert_eq!(it.check(&[]).1, ["b.nix no-old active"]);
    it.write("nivis.toml", &format!("{rules}[lints.no-old]\nx = 1\n"));
    let (code, _, err) = it.run(&["check"]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("`x` is no option of `no-old`; it has none"),
        "{err}"
    );

    // Allow comments, used and unused.
    it.write("nivis.toml", rules);
    it.write(
        "b.nix",
        "{ old }: {\n  # nivis: allow(no-old) as long as it works\n  a = old 1;\n}\n",
    );
    it.write(
        "c.nix",
        "{ new }: {\n  # nivis: allow(no-old) it was called here\n  a = new 1;\n}\n",
    );
    let found = [
        "a.nix no-old active",
        "b.nix no-old allowed",
        "c.nix unused-allow active",
    ];
    assert_eq!(it.check(&[]).1, found);
    it.write("a.nix", "{ old }: {\n  a = old 1;\n}\n");
    let (code, _, err) = it.run(&["allow", "--select", "no-old", "--reason", "later on"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        it.read("a.nix")
            .contains("# nivis: allow(no-old) later on\n")
    );

    // The baseline.
    it.write("a.nix", "{ old }: { a = old 1; }\n");
    fs::remove_file(it.path("c.nix")).unwrap();
    assert_eq!(it.run(&["baseline", "write"]).0, Some(0));
    it.write(
        "nivis.toml",
        &format!("{rules}baseline = \"nivis-baseline.toml\"\n"),
    );
    let found = ["a.nix no-old baselined", "b.nix no-old allowed"];
    assert_eq!(it.check(&[]), (Some(0), found.map(str::to_owned).to_vec()));
    it.write("a.nix", "{ old }: { a = old 1; b = old 2; }\n");
    assert_eq!(it.check(&[]).0, Some(1));
}

#[test]
fn every_output_knows_it() {
    let it = one();
    for format in [
        "json",
        "sarif",
        "gitlab",
        "junit",
        "checkstyle",
        "github",
        "full",
        "concise",
    ] {
        let (code, out, _) = it.run(&["check", "--format", format]);
        assert_eq!(code, Some(1), "{format}");
        assert!(
            out.contains("no-old") && out.contains("`old` is called with 1"),
            "{format}: {out}"
        );
    }
    let (_, out, _) = it.run(&["check", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&out).unwrap();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "no-old").unwrap();
    assert_eq!(rule["name"], "NoOld");
    assert!(
        rule["help"]["markdown"]
            .as_str()
            .unwrap()
            .contains("it is **old**")
    );

    let (_, out, _) = it.run(&["check", "--format", "json"]);
    it.write("../r.json", &out);
    let (code, out, err) = it.run(&["merge", "../r.json", "--format", "concise"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(out.contains("[no-old]"), "{out}");
    fs::remove_file(it.path("../r.json")).unwrap();

    let (code, out, err) = it.run(&["explain", "no-old"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(
        out,
        "no-old (rules)\nlevel: warn, fix: unsafe\n\n`old` is called with $x.\n\nWhy: it is **old**.\n\n  flagged:\n\n    old 1\n\n  fixed:\n\n    new 1\n\n  not flagged:\n\n    new 1\n"
    );
    let (_, out, _) = it.run(&["explain", "rules"]);
    assert!(out.contains("no-old"), "{out}");
    let (code, _, err) = it.run(&["explain", "no-odl"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean `no-old`?"), "{err}");
    let (_, out, _) = it.run(&["lints"]);
    assert!(out.contains("\nno-old "), "{out}");
    let (_, out, _) = it.run(&["lints", "--format", "json"]);
    let rows: Value = serde_json::from_str(&out).unwrap();
    let row = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "no-old");
    assert_eq!(row.unwrap()["group"], "rules");
    let (_, out, _) = it.run(&["config", "--show"]);
    assert!(out.contains("rules = [\"lint-rules/*.toml\"]"), "{out}");
    assert!(out.contains("no-old = \"warn\""), "{out}");
    let (_, out, _) = it.run(&["config", "--schema"]);
    assert!(out.contains("\"no-old\""));
    let (code, out, _) = it.run(&["config", "--schema", "rules"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("\"not-text\""));
}

#[test]
fn fixes_of_rules_are_unsafe() {
    let it = one();
    assert_eq!(it.run(&["check", "--fix"]).0, Some(1));
    assert_eq!(it.read("a.nix"), "{ old }: { a = old 1; }\n");
    let (_, out, _) = it.run(&["check", "--diff", "--unsafe-fixes", "--select", "no-old"]);
    assert!(out.contains("+{ old }: { a = new 1; }"), "{out}");
    let args = ["check", "--fix", "--unsafe-fixes", "--select", "no-old"];
    assert_eq!(it.run(&args).0, Some(0));
    assert_eq!(it.read("a.nix"), "{ old }: { a = new 1; }\n");

    // A fix after which the rule finds the same again is none.
    it.write(
        "lint-rules/house.toml",
        &RULE.replace("new $x'", "old (f $x)'"),
    );
    it.write("a.nix", "{ old }: { a = old 1; }\n");
    let (code, _, err) = it.run(&args);
    assert_eq!(code, Some(1), "{err}");
    assert_eq!(it.read("a.nix"), "{ old }: { a = old 1; }\n");
}

#[test]
fn a_secret_is_not_said() {
    let it = Folder::new(&[
        (
            "nivis.toml",
            "[[rule]]\nname = 'tell-all'\npattern = ['users.users.$u.password = $x;']\nmessage = '$u: $x'\nhelp = '$x'\nnote = '$x'\nfix = 'f $x'\nwhere = { '$x' = { kind = 'string' } }\n",
        ),
        (
            "hosts/a/configuration.nix",
            "{ users.users.ada = { isNormalUser = true; password = \"correct-horse-battery\"; }; }\n",
        ),
    ]);
    for format in ["full", "json", "sarif", "concise", "markdown", "junit"] {
        let (code, out, err) = it.run(&["check", "--format", format]);
        assert_eq!(code, Some(1), "{format}: {err}");
        assert!(out.contains("tell-all"), "{format}: {out}");
        assert!(
            !out.contains("horse") && !err.contains("horse"),
            "{format}: {out}{err}"
        );
    }
    let (_, out, err) = it.run(&["check", "--diff", "--unsafe-fixes"]);
    assert!(
        !out.contains("horse") && !err.contains("horse"),
        "{out}{err}"
    );
}

#[test]
fn broken_rules_stop_everything() {
    for (rules, expected) in [
        (
            RULE.replace("pattern", "pattrn"),
            "lint-rules/house.toml:3:1: unknown key `pattrn`; did you mean `pattern`?",
        ),
        (
            RULE.replace("'old $x'", "'old ('"),
            "lint-rules/house.toml:3:16: the `(` is never closed",
        ),
        (
            RULE.replace("no-old", "unused-let"),
            "lint-rules/house.toml:2:8: `unused-let` is the name of a lint of nivis already",
        ),
        (
            RULE.replace("no-old", "tidy"),
            "lint-rules/house.toml:2:8: `tidy` is the name of a group of lints already",
        ),
        (
            RULE.replace("no-old", "deprecated-let"),
            "lint-rules/house.toml:2:8: `deprecated-let` is the name of a name of another tool already",
        ),
        (
            format!("{RULE}{RULE}"),
            "lint-rules/house.toml:11:8: `no-old` is the name of another rule already: lint-rules/house.toml:2",
        ),
        (
            "secret = 'hunter2-hunter2'".to_owned(),
            "lint-rules/house.toml:1:1: unknown key `secret`",
        ),
        ("hunter2 hunter2".to_owned(), "lint-rules/house.toml:1:"),
    ] {
        let it = one();
        it.write("lint-rules/house.toml", &rules);
        for args in [
            &["check"][..],
            &["lints"],
            &["explain", "no-old"],
            &["config", "--show"],
            &["baseline", "write"],
            &["graph"],
            &["rules", "test"],
            &["rules", "test", "lint-rules/house.toml"],
        ] {
            let (code, out, err) = it.run(args);
            assert_eq!(code, Some(2), "{args:?}: {out}{err}");
            assert!(
                err.starts_with(&format!("error: {expected}")),
                "{args:?}: {err}"
            );
            assert!(!err.contains("hunter2-"), "{err}");
        }
        // What nivis itself says of its lints does not depend on them.
        assert_eq!(it.run(&["explain", "unused-let"]).0, Some(0));
    }
}

#[test]
fn rules_stay_inside() {
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("r.toml"), RULE).unwrap();
    let it = one();
    std::os::unix::fs::symlink(outside.path().join("r.toml"), it.path("link.toml")).unwrap();
    std::os::unix::fs::symlink(outside.path(), it.path("folder")).unwrap();
    std::os::unix::fs::symlink(it.path("lint-rules"), it.path("inner")).unwrap();
    let full = outside.path().join("r.toml");
    for (rules, expected) in [
        (
            "../r.toml",
            "nivis.toml:1:10: `rules` must name files below the root",
        ),
        (
            full.to_str().unwrap(),
            "nivis.toml:1:10: `rules` must name files below the root",
        ),
        (
            "a/../../r.toml",
            "nivis.toml:1:10: `rules` must name files below the root",
        ),
        (
            "link.toml",
            "link.toml: the file of rules is not a regular file",
        ),
        (
            "*.toml",
            "nivis.toml:1:10: `link.toml` is not a regular file",
        ),
        (
            "folder/r.toml",
            "folder/r.toml: the file of rules cannot be read: a link is on the way to it",
        ),
        (
            "folder/*.toml",
            "nivis.toml:1:10: `folder` cannot be read: a link is on the way to it",
        ),
        (
            "inner/house.toml",
            "inner/house.toml: the file of rules cannot be read: a link is on the way to it",
        ),
        ("gone.toml", "gone.toml: the file of rules does not exist"),
        (
            "lint-rules",
            "lint-rules: the file of rules is not a regular file",
        ),
        ("a[", "nivis.toml:1:10: this is no pattern"),
    ] {
        it.write("nivis.toml", &format!("rules = [\"{rules}\"]\n"));
        let (code, _, err) = it.run(&["check"]);
        assert_eq!(code, Some(2), "{rules}: {err}");
        assert!(
            err.starts_with(&format!("error: {expected}")),
            "{rules}: {err}"
        );
    }
    // A folder that is a link is not walked into, and a pattern may match nothing.
    fs::remove_file(it.path("link.toml")).unwrap();
    for rules in ["**/r.toml", "nothing/**/*.toml", "nothing-*.toml"] {
        it.write("nivis.toml", &format!("rules = [\"{rules}\"]\n"));
        assert_eq!(it.check(&[]), (Some(0), vec![]), "{rules}");
    }
    for rules in [
        "**/house.toml",
        "./lint-rules/house.toml",
        "lint-{rules,x}/*.toml",
        "lint-rules/**",
    ] {
        it.write("nivis.toml", &format!("rules = [\"{rules}\"]\n"));
        assert_eq!(it.check(&[]).0, Some(1), "{rules}");
    }
    // Twice the same file is one file; other keys may stand beside rules in nivis.toml alone.
    it.write(
        "nivis.toml",
        "rules = [\"lint-rules/house.toml\", \"lint-rules/*\"]\n",
    );
    assert_eq!(it.check(&[]).0, Some(1));
    it.write("nivis.toml", &format!("levels.no-old = \"error\"\n{RULE}"));
    assert_eq!(it.check(&[]).1, ["a.nix no-old active"]);
}

#[test]
fn examples_are_tried() {
    let it = one();
    assert_eq!(
        it.run(&["rules", "test"]),
        (
            Some(0),
            "1 rule, 2 examples: all hold\n".to_owned(),
            String::new()
        )
    );
    it.write(
        "r.toml",
        "\
[[rule]]
name = 'wrong'
pattern = 'old $x'
message = '`old` is called'
fix = 'new $x'
flagged = [
  'new 1',
  { nix = 'old 1', fixed = 'newer 1' },
  'old (',
]
clean = [
  'old 1',
  'new 1',
]

[[rule]]
name = 'bare'
pattern = 'bare'
message = 'm'
",
    );
    let (code, out, err) = it.run(&["rules", "test", "r.toml"]);
    assert_eq!(code, Some(1));
    assert_eq!(err, "note: `bare` has no examples\n");
    assert_eq!(
        out,
        "\
r.toml:7: `wrong`, a flagged example: nothing is found in
    | new 1
r.toml:8: `wrong`, a flagged example: the fix makes
    | new 1
    and should make
    | newer 1
r.toml:9: `wrong`, a flagged example: it does not parse: 1:5: the `(` is never closed
r.toml:12: `wrong`, a clean example: something is found
    1:1: `old` is called
2 rules, 5 examples: 4 do not hold
"
    );
    let (code, _, err) = it.run(&["rules", "test", "gone.toml"]);
    assert_eq!(code, Some(2));
    assert!(err.starts_with("error: gone.toml: "), "{err}");
    let bare = Folder::new(&[("a.nix", "1\n")]);
    assert_eq!(
        bare.run(&["rules", "test"]).1,
        "0 rules, 0 examples: all hold\n"
    );
}

#[test]
fn rules_of_the_base() {
    let it = one();
    if !it.git(&["init", "-q", "-b", "main"]) {
        return;
    }
    it.git(&["add", "-A"]);
    it.git(&["commit", "-q", "-m", "first"]);
    // Whoever takes the rule away is still told.
    it.write("lint-rules/house.toml", "");
    assert_eq!(it.check(&[]), (Some(0), vec![]));
    let found = vec!["a.nix no-old active".to_owned()];
    assert_eq!(it.check(&["--config", "base"]), (Some(1), found.clone()));
    it.write("nivis.toml", "");
    assert_eq!(it.check(&["--config", "base"]), (Some(1), found));
    // A rule looks at a change as other lints do.
    let it = one();
    it.git(&["init", "-q", "-b", "main"]);
    it.git(&["add", "-A"]);
    it.git(&["commit", "-q", "-m", "first"]);
    it.write("b.nix", "{ old }: { b = old 2; }\n");
    it.git(&["add", "b.nix"]);
    let found = vec!["b.nix no-old active".to_owned()];
    assert_eq!(it.check(&["--staged"]).1, found);
    assert_eq!(it.check(&["--diff-base", "HEAD"]).1, found);
}

#[test]
fn classes_decide() {
    let rule =
        "[[rule]]\nname = 'at-home'\npattern = 'a = $_;'\nmessage = 'm'\nwhere.class = 'home'\n";
    let it = Folder::new(&[
        ("nivis.toml", rule),
        ("home.nix", "{ a = 1; home.stateVersion = \"25.11\"; }\n"),
        ("host.nix", "{ a = 1; }\n"),
        (
            "flake.nix",
            "{ outputs = { nixpkgs, home-manager, ... }: {\n  nixosConfigurations.h = nixpkgs.lib.nixosSystem { modules = [ ./host.nix { system.stateVersion = \"25.11\"; } ]; };\n  homeConfigurations.u = home-manager.lib.homeManagerConfiguration { pkgs = nixpkgs.legacyPackages.x86_64-linux; modules = [ ./home.nix ]; };\n}; }\n",
        ),
    ]);
    let rules = ["--select", "rules"];
    assert_eq!(it.check(&rules).1, ["home.nix at-home active"]);
    let class = "[repository]\nclass = { \"host.nix\" = \"home\", \"home.nix\" = \"nixos\" }\n";
    it.write("nivis.toml", &format!("{class}{rule}"));
    assert_eq!(it.check(&rules).1, ["host.nix at-home active"]);
}

/// As the program makes lints of rules.
fn of_rules(texts: &[RuleText], taken: &Taken<'_>) -> Result<Vec<&'static Lint>, engine::Error> {
    let sources: Vec<patterns::Source> = texts
        .iter()
        .map(|it| patterns::Source {
            path: it.file.path.clone(),
            text: it.file.text.clone(),
            mixed: it.settings,
        })
        .collect();
    patterns::load(&sources, taken)
        .map(|all| all.into_iter().map(|it| it.lint).collect())
        .map_err(|error| engine::Error::at(error.path, error.message))
}

#[test]
fn an_open_repository_takes_new_rules() {
    let it = one();
    let lints = Lints {
        all: lints::ALL.to_vec(),
        of_rules: Some(of_rules),
    };
    let mut session = Session::new(it.0.path().to_owned(), Flags::default(), lints).unwrap();
    let go = AtomicBool::new(false);
    let mut found = |changes: bool| {
        assert_eq!(session.configure(None).ok(), Some(changes));
        session.sync(&Default::default(), true, &go).unwrap();
        let report = session.report(&go).unwrap();
        let messages = report.active().map(|it| it.finding.message.clone());
        messages.collect::<Vec<_>>()
    };
    assert_eq!(found(true), ["`old` is called with 1"]);
    assert_eq!(found(false), ["`old` is called with 1"]);
    it.write(
        "lint-rules/house.toml",
        &RULE.replace("is called with", "takes"),
    );
    assert_eq!(found(true), ["`old` takes 1"]);
    it.write("lint-rules/more.toml", &RULE.replace("no-old", "no-more"));
    assert_eq!(found(true), ["`old` is called with 1", "`old` takes 1"]);
    it.write("lint-rules/more.toml", "");
    assert_eq!(found(true), ["`old` takes 1"]);
    it.write("lint-rules/house.toml", "x = 1");
    assert!(session.configure(None).is_err());
}
