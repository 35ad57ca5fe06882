//! Real Nix judges the lints of flakes: what they call an error it refuses, and what it refuses they call one.
//!
//! Needs `nix` and `git`. Where one is missing the test says so and passes, unless `NIVIS_REQUIRE_TOOLS=1`. Nothing is
//! fetched: all inputs are folders of the test.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the judge is an outside tool, and we say when it is not there"
)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use engine::{Flags, Plan, Settings};
use lint_api::{Level, Lint};
use tempfile::TempDir;

/// What Nix is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Whether it can read `flake.nix`.
    Reads,
    /// Whether it can evaluate the output `x`.
    Evaluates,
    /// Whether the lock fits as it is.
    Locked,
}

/// A folder with repositories in it.
struct Place(TempDir);

impl Place {
    /// `None` (and a word) where a tool is missing.
    fn new() -> Option<Place> {
        for tool in ["nix", "git"] {
            if let Err(error) = Command::new(tool).arg("--version").output() {
                let required = std::env::var_os("NIVIS_REQUIRE_TOOLS").is_some();
                assert!(!required, "{tool}: {error}");
                println!("skipped: {tool} is missing");
                return None;
            }
        }
        let place = Place(TempDir::new().unwrap());
        fs::create_dir(place.path("home")).unwrap();
        fs::write(place.path("registry.json"), "{\"flakes\":[],\"version\":2}").unwrap();
        place.repository(
            "sub",
            &[("flake.nix", "{ outputs = { self }: { x = 42; }; }")],
        );
        let with = |input: &str| {
            format!(
                "{{ inputs.b.url = \"{}\"; outputs = {{ self, b }}: {{ x = b.x; }}; }}",
                place.url(input)
            )
        };
        place.repository(
            "other",
            &[("flake.nix", "{ outputs = { self }: { x = 43; }; }")],
        );
        place.repository("suby", &[("flake.nix", &with("sub"))]);
        for name in ["sub", "other", "suby"] {
            place.git(name, &["commit", "-qm", "one"]);
        }
        Some(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn url(&self, name: &str) -> String {
        format!("git+file://{}", self.path(name).display())
    }

    fn write(&self, name: &str, path: &str, text: &str) {
        let path = self.path(name).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A repository with all of these files staged.
    fn repository(&self, name: &str, files: &[(&str, &str)]) {
        fs::create_dir(self.path(name)).unwrap();
        self.git(name, &["init", "-q", "-b", "main"]);
        for (path, text) in files {
            self.write(name, path, text);
        }
        self.git(name, &["add", "."]);
    }

    fn git(&self, name: &str, arguments: &[&str]) {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=n",
                "-c",
                "user.email=a@b",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(arguments)
            .current_dir(self.path(name))
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn nix(&self, arguments: &[&str]) -> Result<String, String> {
        let registry = self.path("registry.json");
        let output = Command::new("nix")
            .args([
                "--extra-experimental-features",
                "nix-command flakes",
                "--offline",
                "--option",
                "flake-registry",
            ])
            .arg(&registry)
            .args(arguments)
            .env("HOME", self.path("home"))
            .env("XDG_CACHE_HOME", self.path("home").join("cache"))
            // A store of its own: what is fetched is copied there, and nobody may be able to write to the system's.
            .env("NIX_REMOTE", "local")
            .env("NIX_STORE_DIR", self.path("home").join("store"))
            .env("NIX_STATE_DIR", self.path("home").join("state"))
            .env("NIX_LOG_DIR", self.path("home").join("log"))
            .output()
            .unwrap();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn ask(&self, name: &str, question: Question) -> Result<String, String> {
        let flake = self.path(name).display().to_string();
        match question {
            Question::Reads => self.nix(&["flake", "metadata", &flake]),
            Question::Evaluates => self.nix(&["eval", &format!("{flake}#x")]),
            Question::Locked => self.nix(&["flake", "metadata", "--no-update-lock-file", &flake]),
        }
    }

    /// What the lints say of a repository, from a level up.
    fn findings(&self, name: &str, from: Level) -> Vec<(&'static str, String)> {
        let all: Vec<&'static Lint> = lints::ALL.iter().chain(engine::own::ALL).copied().collect();
        let flags = Flags {
            select: vec!["flakes,files,nivis".to_owned()],
            ..Flags::default()
        };
        let root = fs::canonicalize(self.path(name)).unwrap();
        let settings = Settings::discover(&flags, &root, None, all).unwrap();
        let input = engine::load(&settings).unwrap();
        let checked = engine::check(input, &Plan::new(&settings), &settings);
        let report = engine::settle(checked, &settings);
        assert!(report.troubles.is_empty(), "{:?}", report.troubles);
        report
            .active()
            .filter(|it| it.level >= from)
            .map(|it| (it.finding.lint.name, it.finding.message.clone()))
            .collect()
    }

    /// Compares the verdict of a lint with the one of Nix; the words when they differ.
    fn compare(
        &self,
        name: &str,
        question: Question,
        from: Level,
        wanted: Option<&str>,
    ) -> Option<String> {
        let said = self.findings(name, from);
        let nix = self.ask(name, question);
        let lints: Vec<&str> = said.iter().map(|(lint, _)| *lint).collect();
        let right = match wanted {
            Some(lint) => lints.contains(&lint) && nix.is_err(),
            None => lints.is_empty() && nix.is_ok(),
        };
        (!right)
            .then(|| format!("{name}: wanted {wanted:?}, nivis says {said:?}, Nix says {nix:?}\n"))
    }
}

const NOT_LITERAL: Option<&str> = Some("flake-not-literal");
const ATTRIBUTE: Option<&str> = Some("flake-attribute");
const ARGUMENTS: Option<&str> = Some("flake-outputs-arguments");
const FOLLOWS: Option<&str> = Some("follows-missing-input");
const IMPURE: Option<&str> = Some("impure-in-flake");

/// `@sub@`, `@other@` and `@suby@` stand for addresses of flakes; the last has an input `b`.
const FLAKES: &[(&str, Question, Option<&str>)] = &[
    // What must be literal.
    (
        "let a = 1; in { outputs = { self }: { x = a; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "with { a = 1; }; { outputs = { self }: { x = 1; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ outputs = { self }: { x = 1; }; } // { }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ }: { outputs = { self }: { x = 1; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ description = \"a\" + \"b\"; outputs = { self }: { x = 1; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ inputs = let u = 1; in { }; outputs = { self }: { x = 1; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ inputs.a.url = \"@sub@\" + \"\"; outputs = { self, a }: { x = 1; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ inputs.c.url = \"@sub@\"; inputs.a.follows = \"c\" + \"\"; outputs = { self, a, c }: { x = 1; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ outputs = let a = 1; in { self }: { x = a; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ outputs = import ./o.nix; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ outputs = (x: { self }: { x = 1; }) 1; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "{ inputs = { inherit ({ s = { url = \"@sub@\"; }; }) s; }; outputs = { self, s }: { x = 1; }; }",
        Question::Reads,
        NOT_LITERAL,
    ),
    (
        "rec { description = \"d\"; outputs = { self }: { x = description; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "({ description = (\"d\"); outputs = ({ self }: { x = 1; }); })",
        Question::Evaluates,
        None,
    ),
    (
        "{ description = ''\n  d\n''; outputs = { self, }: { x = 1; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ inputs = rec { s.url = ''@sub@''; }; outputs = { self, s }: { x = s.x; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ inputs.${\"s\"}.url = \"@sub@\"; outputs = { self, s }: { x = s.x; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ inputs.s.url = \"@sub@\"; inputs = { t.url = \"@other@\"; }; outputs = { self, s, t }: { x = s.x + t.x; }; }",
        Question::Evaluates,
        None,
    ),
    // Attributes and types.
    (
        "{ foo = 1; outputs = { self }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ edition = 201909; outputs = { self }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    ("{ outputs = { x = 1; }; }", Question::Reads, ATTRIBUTE),
    ("{ description = \"d\"; }", Question::Reads, ATTRIBUTE),
    (
        "{ description = 1; outputs = { self }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs.s = { url = \"@sub@\"; foo = 1; }; outputs = { self, s }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs.s = \"@sub@\"; outputs = { self, s }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs = [ ]; outputs = { self }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs.s.url = 1; outputs = { self, s }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs.s = { url = \"@sub@\"; flake = \"false\"; }; outputs = { self, s }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs.s.follows = null; outputs = { self, s }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs.a.url = \"@suby@\"; inputs.a.b.follows = \"\"; outputs = { self, a }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs.a.url = \"@suby@\"; inputs.c.follows = \"a.b\"; outputs = { self, a, c }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ nixConfig = { a.b = \"c\"; }; outputs = { self }: { x = 1; }; }",
        Question::Reads,
        ATTRIBUTE,
    ),
    (
        "{ inputs.s = { url = \"@sub@\"; flake = false; }; outputs = { self, s }: { x = builtins.pathExists (s + \"/flake.nix\"); }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ nixConfig = { extra-substituters = [ \"https://x\" ]; }; outputs = { self }: { x = 1; }; }",
        Question::Evaluates,
        None,
    ),
    // What `outputs` takes.
    (
        "{ inputs.a.url = \"@sub@\"; outputs = { self }: { x = 1; }; }",
        Question::Evaluates,
        ARGUMENTS,
    ),
    (
        "{ outputs = { }: { x = 1; }; }",
        Question::Evaluates,
        ARGUMENTS,
    ),
    (
        "{ outputs = { self, nosuch }: { x = 1; }; }",
        Question::Evaluates,
        ARGUMENTS,
    ),
    (
        "{ outputs = { self, nosuch ? null }: { x = 1; }; }",
        Question::Evaluates,
        ARGUMENTS,
    ),
    (
        "{ inputs.home-manager.url = \"@sub@\"; outputs = { self, homemanager }: { x = 1; }; }",
        Question::Evaluates,
        ARGUMENTS,
    ),
    (
        "{ outputs = { self, ... }@inputs: { x = inputs.nope.x; }; }",
        Question::Evaluates,
        ARGUMENTS,
    ),
    (
        "{ inputs.a.url = \"@sub@\"; outputs = { self, ... }: { x = 1; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ inputs.s.url = \"@sub@\"; outputs = { self, ... }@inputs: { x = inputs.s.x; y = inputs.nope or 1; z = inputs ? nope; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ inputs.s.url = \"@sub@\"; outputs = inputs: (f: f inputs) (i: { x = i.s.x; }); }",
        Question::Evaluates,
        None,
    ),
    // Who follows whom.
    (
        "{ inputs.a.url = \"@suby@\"; inputs.a.inputs.b.follows = \"nope\"; outputs = { self, a }: { x = a.x; }; }",
        Question::Reads,
        FOLLOWS,
    ),
    (
        "{ inputs.a.follows = \"nope\"; outputs = { self, a }: { x = 1; }; }",
        Question::Reads,
        FOLLOWS,
    ),
    (
        "{ inputs.a.url = \"@suby@\"; inputs.a.inputs.b.follows = \"\"; outputs = { self, a }: { x = 1; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ inputs.c.url = \"@sub@\"; inputs.a.url = \"@suby@\"; inputs.a.inputs.b.follows = \"c\"; outputs = { self, a, c }: { x = a.x; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ inputs.a.url = \"@suby@\"; inputs.c.follows = \"a/b\"; outputs = { self, a, c }: { x = c.x; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ inputs.a = { url = \"@suby@\"; inputs.b.url = \"@other@\"; }; outputs = { self, a }: { x = a.x; }; }",
        Question::Evaluates,
        None,
    ),
    // What pure evaluation refuses.
    (
        "{ outputs = { self }: { x = <nixpkgs>; }; }",
        Question::Evaluates,
        IMPURE,
    ),
    (
        "{ outputs = { self }: { x = builtins.currentSystem; }; }",
        Question::Evaluates,
        IMPURE,
    ),
    (
        "{ outputs = { self }: { x = builtins.currentTime; }; }",
        Question::Evaluates,
        IMPURE,
    ),
    (
        "{ outputs = { self }: { x = builtins.readFile /etc/passwd; }; }",
        Question::Evaluates,
        IMPURE,
    ),
    (
        "{ outputs = { self }: { x = import ~/x.nix; }; }",
        Question::Evaluates,
        IMPURE,
    ),
    (
        "{ outputs = { self }: { x = \"${/etc/passwd}\"; }; }",
        Question::Evaluates,
        IMPURE,
    ),
    (
        "{ outputs = { self }: { x = builtins.storePath \"/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-x\"; }; }",
        Question::Evaluates,
        IMPURE,
    ),
    (
        "{ outputs = { self }: { x = builtins.currentSystem or \"none\"; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ outputs = { self }: { x = if builtins ? currentSystem then builtins.currentSystem else 1; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ outputs = { self }: { x = toString /etc/passwd + baseNameOf ~/a; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ outputs = { self }: { x = ({ system ? builtins.currentSystem }: system) { system = 1; }; }; }",
        Question::Evaluates,
        None,
    ),
    (
        "{ outputs = { self }: { x = { path = /etc/passwd; }.path == 1; }; }",
        Question::Evaluates,
        None,
    ),
];

#[test]
fn what_nix_refuses() {
    let Some(place) = Place::new() else { return };
    let mut wrong = String::new();
    for (number, (text, question, lint)) in FLAKES.iter().enumerate() {
        let name = format!("case{number}");
        let mut text = (*text).to_owned();
        for input in ["sub", "other", "suby"] {
            text = text.replace(&format!("@{input}@"), &place.url(input));
        }
        place.repository(
            &name,
            &[("flake.nix", &text), ("o.nix", "{ self }: { x = 1; }")],
        );
        let from = if *lint == IMPURE {
            Level::Warn
        } else {
            Level::Error
        };
        if let Some(words) = place.compare(&name, *question, from, *lint) {
            wrong.push_str(&text);
            wrong.push('\n');
            wrong.push_str(&words);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What pure evaluation does not refuse, but answers otherwise.
#[test]
fn what_nix_answers_otherwise() {
    let Some(place) = Place::new() else { return };
    for (name, text, answer) in [
        ("env", "builtins.getEnv \"HOME\"", "\"\""),
        ("exists", "builtins.pathExists /etc/passwd", "false"),
        ("path", "builtins.nixPath", "[ ]"),
    ] {
        let text = format!("{{ outputs = {{ self }}: {{ x = {text}; }}; }}");
        place.repository(name, &[("flake.nix", &text)]);
        assert_eq!(
            place.ask(name, Question::Evaluates).as_deref(),
            Ok(answer),
            "{name}"
        );
        let said = place.findings(name, Level::Warn);
        assert!(
            said.iter().any(|(lint, _)| *lint == "impure-in-flake"),
            "{name}: {said:?}"
        );
    }
}

/// A lock that Nix made fits; after an edit of `flake.nix` it does not, and Nix says so too.
#[test]
fn locks_that_do_not_fit() {
    let Some(place) = Place::new() else { return };
    let flake = |inputs: &str| {
        let inputs = ["sub", "other", "suby"]
            .iter()
            .fold(inputs.to_owned(), |text, input| {
                text.replace(&format!("@{input}@"), &place.url(input))
            });
        format!("{{ inputs = {{ {inputs} }}; outputs = inputs: {{ x = 1; }}; }}")
    };
    let first = "a.url = \"@sub@\"; y = { url = \"@suby@\"; inputs.b.follows = \"a\"; };";
    let speaks = Some("lock-out-of-sync");
    let mut wrong = String::new();
    for (number, (inputs, wanted)) in [
        (first, None),
        // The same in other words.
        ("y.inputs.b.follows = \"a\"; y.url = \"@suby@\"; a = { url = \"@sub@\"; flake = true; };", None),
        ("a.url = \"@sub@\"; y.url = \"@suby@\"; y.inputs = { b = { follows = \"a\"; }; };", None),
        // Another address, branch, flag; more and fewer inputs.
        ("a.url = \"@other@\"; y = { url = \"@suby@\"; inputs.b.follows = \"a\"; };", speaks),
        ("a.url = \"@sub@?ref=main\"; y = { url = \"@suby@\"; inputs.b.follows = \"a\"; };", speaks),
        ("a.url = \"@sub@\"; y = { url = \"@suby@\"; inputs.b.follows = \"a\"; }; z.url = \"@other@\";", speaks),
        ("y.url = \"@suby@\";", speaks),
        ("a.follows = \"y/b\"; y.url = \"@suby@\";", speaks),
        ("a.url = \"@sub@\"; y = { url = \"@suby@\"; inputs.b.follows = \"a\"; }; z.follows = \"a\";", speaks),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("lock{number}");
        place.repository(&name, &[("flake.nix", &flake(first))]);
        place.nix(&["flake", "lock", &place.path(&name).display().to_string()]).unwrap();
        place.write(&name, "flake.nix", &flake(inputs));
        place.git(&name, &["add", "."]);
        wrong.extend(place.compare(&name, Question::Locked, Level::Error, wanted));
    }
    // Whether an input is a flake Nix takes from the lock, whatever `flake.nix` says meanwhile.
    let plain = first.replace(
        "a.url = \"@sub@\"",
        "a = { url = \"@sub@\"; flake = false; }",
    );
    place.repository("flag", &[("flake.nix", &flake(first))]);
    let lock = ["flake", "lock", &place.path("flag").display().to_string()];
    place.nix(&lock).unwrap();
    let before = fs::read_to_string(place.path("flag").join("flake.lock")).unwrap();
    place.write("flag", "flake.nix", &flake(&plain));
    place.git("flag", &["add", "."]);
    place.nix(&lock).unwrap();
    let after = fs::read_to_string(place.path("flag").join("flake.lock")).unwrap();
    assert_eq!(before, after);
    let said = place.findings("flag", Level::Error);
    assert!(
        said.iter().any(|(lint, _)| *lint == "lock-out-of-sync"),
        "{said:?}"
    );
    // Damage.
    for (name, from, to) in [
        ("conflict", "{\n", "{\n<<<<<<< HEAD\n"),
        ("json", "\"version\": 7", "\"version\": "),
        ("dangling", "\"a\": \"a\"", "\"a\": \"gone\""),
    ] {
        place.repository(name, &[("flake.nix", &flake(first))]);
        place
            .nix(&["flake", "lock", &place.path(name).display().to_string()])
            .unwrap();
        let lock = fs::read_to_string(place.path(name).join("flake.lock")).unwrap();
        assert!(lock.contains(from), "{lock}");
        place.write(name, "flake.lock", &lock.replacen(from, to, 1));
        place.git(name, &["add", "."]);
        wrong.extend(place.compare(name, Question::Locked, Level::Error, speaks));
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What git does not know the flake does not contain.
#[test]
fn what_git_leaves_out() {
    let Some(place) = Place::new() else { return };
    const IMPORTS: &str = "{ outputs = { self }: { x = import ./new.nix; }; }";
    const FOLDER: &str = "{ outputs = { self }: { x = import ./more; }; }";
    let untracked = Some("untracked-import");
    let ask = |name: &str, wanted| place.compare(name, Question::Evaluates, Level::Error, wanted);
    let mut wrong = Vec::new();

    place.repository("fresh", &[("flake.nix", IMPORTS)]);
    place.write("fresh", "new.nix", "1");
    wrong.extend(ask("fresh", untracked));
    // The name alone is enough, and so is the file.
    place.git("fresh", &["add", "-N", "new.nix"]);
    wrong.extend(ask("fresh", None));
    place.git("fresh", &["add", "new.nix"]);
    wrong.extend(ask("fresh", None));

    place.repository(
        "ignored",
        &[("flake.nix", IMPORTS), (".gitignore", "new.nix\n")],
    );
    place.write("ignored", "new.nix", "1");
    wrong.extend(ask("ignored", untracked));
    place.git("ignored", &["add", "-f", "-N", "new.nix"]);
    wrong.extend(ask("ignored", None));

    place.repository("folder", &[("flake.nix", FOLDER), ("more/README", "")]);
    place.write("folder", "more/default.nix", "1");
    wrong.extend(ask("folder", untracked));
    place.git("folder", &["add", "."]);
    wrong.extend(ask("folder", None));

    let text = "{ outputs = { self }: { x = import ./new.nix + import ./old.nix; }; }";
    place.repository(
        "gone",
        &[("flake.nix", text), ("new.nix", "1"), ("old.nix", "1")],
    );
    fs::remove_file(place.path("gone").join("new.nix")).unwrap();
    wrong.extend(place.compare(
        "gone",
        Question::Evaluates,
        Level::Warn,
        Some("missing-import"),
    ));

    place.repository("itself", &[("a", "")]);
    place.write("itself", "flake.nix", IMPORTS);
    place.write("itself", "new.nix", "1");
    wrong.extend(ask("itself", untracked));

    place.repository(
        "outside",
        &[(
            "flake.nix",
            "{ outputs = { self }: { x = import ../sub/flake.nix; }; }",
        )],
    );
    wrong.extend(ask("outside", Some("outside-flake")));

    place.repository(
        "link",
        &[(
            "flake.nix",
            "{ outputs = { self }: { x = import ./l.nix; }; }",
        )],
    );
    std::os::unix::fs::symlink("../sub/flake.nix", place.path("link").join("l.nix")).unwrap();
    place.git("link", &["add", "."]);
    wrong.extend(ask("link", Some("outside-flake")));

    // A linked work tree has an index of its own.
    place.repository("tree", &[("flake.nix", IMPORTS), ("new.nix", "1")]);
    place.git("tree", &["commit", "-qm", "one"]);
    place.git("tree", &["worktree", "add", "-q", "--detach", "../linked"]);
    wrong.extend(ask("linked", None));
    place.git("linked", &["rm", "-q", "--cached", "new.nix"]);
    wrong.extend(ask("linked", untracked));
    wrong.extend(ask("tree", None));

    // Below the top of the repository, Nix takes all of the work tree.
    place.repository(
        "deep",
        &[
            (
                "sub/flake.nix",
                "{ outputs = { self }: { x = import ../new.nix; }; }",
            ),
            ("new.nix", "1"),
        ],
    );
    assert_eq!(
        place
            .nix(&["eval", &format!("{}?dir=sub#x", place.url("deep"))])
            .as_deref(),
        Ok("1")
    );
    let said = place.findings("deep/sub", Level::Warn);
    assert_eq!(said, []);

    // Without git the folder is copied as it is.
    fs::create_dir(place.path("plain")).unwrap();
    place.write("plain", "flake.nix", IMPORTS);
    place.write("plain", "new.nix", "1");
    assert_eq!(
        place
            .nix(&["eval", &format!("path:{}#x", place.path("plain").display())])
            .as_deref(),
        Ok("1")
    );
    assert_eq!(place.findings("plain", Level::Info), []);

    // Submodules are left out unless they are asked for.
    place.repository(
        "module",
        &[(
            "flake.nix",
            "{ outputs = { self }: { x = import ./lib/flake.nix; }; }",
        )],
    );
    let url = place.path("sub").display().to_string();
    place.git("module", &["submodule", "add", "-q", &url, "lib"]);
    place.git("module", &["commit", "-qm", "one"]);
    assert!(place.ask("module", Question::Evaluates).is_err());
    let said = place.findings("module", Level::Info);
    assert!(
        said.iter()
            .any(|(lint, message)| *lint == "untracked-import" && message.contains("submodule")),
        "{said:?}"
    );
    assert!(place.findings("module", Level::Warn).is_empty());

    // A question for a file that git ignores is always answered with no.
    let text = "{ outputs = { self }: { x = if builtins.pathExists ./new.nix then import ./new.nix else 2; }; }";
    place.repository("asked", &[("flake.nix", text), (".gitignore", "new.nix\n")]);
    place.write("asked", "new.nix", "1");
    assert_eq!(place.ask("asked", Question::Evaluates).as_deref(), Ok("2"));
    let said = place.findings("asked", Level::Info);
    assert!(
        said.iter().any(|(lint, _)| *lint == "untracked-import"),
        "{said:?}"
    );
    assert!(place.findings("asked", Level::Warn).is_empty(), "{said:?}");

    assert!(wrong.is_empty(), "{}", wrong.concat());
}
