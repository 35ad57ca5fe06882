//! Precedence, options by path, patterns, and the words of every error.

use std::path::Path;

use lint_api::{Check, FixKind, Group, Level, Lint, Options};
use repo::RepoPath;
use serde::{Deserialize, Serialize};

use super::*;

/// What the test lint `stale-lock` can be told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Days {
    days: u32,
    names: Vec<String>,
}

impl Default for Days {
    fn default() -> Days {
        Days {
            days: 30,
            names: Vec::new(),
        }
    }
}

const fn lint(name: &'static str, group: Group, level: Level, options: Options) -> Lint {
    Lint {
        name,
        group,
        level,
        fix: FixKind::Never,
        summary: "",
        page: "",
        options,
        check: Check::Engine,
    }
}

static UNUSED_LET: Lint = lint("unused-let", Group::Dead, Level::Warn, Options::NONE);
static UNUSED_FORMAL: Lint = lint("unused-formal", Group::Dead, Level::Info, Options::NONE);
static MANUAL_INHERIT: Lint = lint("manual-inherit", Group::Tidy, Level::Off, Options::NONE);
static STALE_LOCK: Lint = lint(
    "stale-lock",
    Group::Flakes,
    Level::Off,
    Options::of::<Days>(),
);
static LINTS: [&Lint; 4] = [&UNUSED_LET, &UNUSED_FORMAL, &MANUAL_INHERIT, &STALE_LOCK];

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn settings(text: &str, flags: &Flags) -> Result<Settings, String> {
    let file =
        ConfigText::new("nivis.toml", text.as_bytes().to_vec()).map_err(|e| e.to_string())?;
    Settings::discover(flags, Path::new(""), Some(&file), LINTS).map_err(|e| e.to_string())
}

fn broken(text: &str) -> String {
    settings(text, &Flags::default()).expect_err(text)
}

fn flags(select: &[&str], ignore: &[&str], level: &[&str]) -> Flags {
    Flags {
        select: words(select),
        ignore: words(ignore),
        level: words(level),
        ..Flags::default()
    }
}

/// The levels of `unused-let`, `unused-formal`, `manual-inherit`, `stale-lock` at a path, one letter each.
fn levels(text: &str, flags: &Flags, path: &str) -> String {
    let settings = settings(text, flags).unwrap();
    let letters = LINTS.map(|lint| match settings.level(lint, &RepoPath::from(path)) {
        Level::Off => '-',
        Level::Info => 'i',
        Level::Warn => 'w',
        Level::Error => 'E',
    });
    letters.iter().collect()
}

#[test]
fn later_wins() {
    let group = "[levels]\ndead = \"error\"\n";
    let lint_too = "[levels]\nunused-let = \"info\"\ndead = \"error\"\n";
    let overrides = "[levels]\ndead = \"info\"\n\
        [[overrides]]\npaths = [\"a/**\"]\nlevels = { unused-let = \"warn\", dead = \"off\", manual-inherit = \"info\" }\n\
        [[overrides]]\npaths = [\"a/b/\"]\nlevels = { dead = \"error\" }\n";
    let none: &[&str] = &[];
    for (text, select, ignore, level, path, expected) in [
        ("", none, none, none, "x.nix", "wi--"),
        (group, none, none, none, "x.nix", "EE--"),
        (lint_too, none, none, none, "x.nix", "iE--"),
        (overrides, none, none, none, "x.nix", "ii--"),
        (overrides, none, none, none, "a/x.nix", "w-i-"),
        (overrides, none, none, none, "a/b/x.nix", "EEi-"),
        // --select runs only these; at the catalogue's level, or at warn where that is off
        ("", &["tidy"], none, none, "x.nix", "--w-"),
        (group, &["unused-formal"], none, none, "x.nix", "-E--"),
        (
            "[levels]\ndead = \"off\"\n",
            &["dead"],
            none,
            none,
            "x.nix",
            "wi--",
        ),
        (
            "",
            &["unused-let,stale-lock", "tidy"],
            none,
            none,
            "x.nix",
            "w-ww",
        ),
        // what an override switches off stays off
        (overrides, &["dead,tidy"], none, none, "a/x.nix", "w-i-"),
        (overrides, &["dead,tidy"], none, none, "x.nix", "iiw-"),
        // --ignore after --select, --level after both
        (group, &["dead"], &["unused-let"], none, "x.nix", "-E--"),
        (
            overrides,
            &["dead"],
            &["unused-let"],
            &["dead=warn"],
            "a/x.nix",
            "ww--",
        ),
        (
            "",
            none,
            &["dead"],
            &["unused-let=info", "dead=error"],
            "x.nix",
            "EE--",
        ),
        (
            "",
            none,
            &["dead"],
            &["dead=error", "unused-let=info"],
            "x.nix",
            "iE--",
        ),
        ("", none, none, &["tidy = error"], "x.nix", "wiE-"),
        // names of other tools
        (
            "[levels]\nW03 = \"error\"\n",
            none,
            &["sema-unused-def-let"],
            none,
            "x.nix",
            "-iE-",
        ),
        ("", &["unused_binding"], none, none, "x.nix", "wi--"),
    ] {
        let flags = flags(select, ignore, level);
        assert_eq!(
            levels(text, &flags, path),
            expected,
            "{text}{flags:?} {path}"
        );
    }
}

#[test]
fn a_lint_that_is_off_everywhere_is_known() {
    let text = "[levels]\ndead = \"off\"\n[[overrides]]\npaths = [\"a/**\"]\nlevels = { unused-let = \"info\" }\n";
    let settings = settings(text, &Flags::default()).unwrap();
    let off: Vec<bool> = (0..4).map(|lint| settings.off_everywhere(lint)).collect();
    assert_eq!(off, [false, true, true, true]);
}

#[test]
fn options_follow_the_path() {
    let text = "[lints.stale-lock]\ndays = 90\n\
        [[overrides]]\npaths = [\"a/**\"]\nlints = { stale-lock = { names = [\"x\"] } }\n\
        [[overrides]]\npaths = [\"a/b/**\"]\nlints.stale-lock.days = 7\n";
    let settings = settings(text, &Flags::default()).unwrap();
    let at = |path: &str| {
        let here = settings.for_path(&RepoPath::from(path));
        let days = std::sync::Arc::clone(here.options(3))
            .downcast::<Days>()
            .unwrap();
        (days.days, days.names.len())
    };
    assert_eq!(at("x.nix"), (90, 0));
    assert_eq!(at("a/x.nix"), (90, 1));
    assert_eq!(at("a/b/x.nix"), (7, 1));
    assert_eq!(settings.greatest("stale-lock", "days"), Some(90));
    assert_eq!(settings.greatest("stale-lock", "weeks"), None);
    assert_eq!(settings.greatest("unused-let", "days"), None);
}

#[test]
fn include_tests_is_an_option_of_those_that_have_it() {
    let text = "[[overrides]]\npaths = [\"a/**\"]\nlints.plain.tests = false\n";
    let file = ConfigText::new("nivis.toml", text.as_bytes().to_vec()).unwrap();
    static PLAIN: Lint = lint(
        "plain",
        Group::Secrets,
        Level::Warn,
        Options::of::<lint_api::JudgeTests>(),
    );
    for include_tests in [false, true] {
        let flags = Flags {
            include_tests,
            ..Flags::default()
        };
        let lints: [&'static Lint; 2] = [&STALE_LOCK, &PLAIN];
        let settings = Settings::discover(&flags, Path::new(""), Some(&file), lints).unwrap();
        for path in ["x.nix", "a/x.nix"] {
            let here = settings.for_path(&RepoPath::from(path));
            let options = std::sync::Arc::clone(here.options(1))
                .downcast::<lint_api::JudgeTests>()
                .unwrap();
            assert_eq!(options.tests, include_tests, "{path}");
        }
    }
}

#[test]
fn patterns_count_from_the_root() {
    let matches = |pattern: &str, path: &str| {
        settings(&format!("exclude = [{pattern:?}]"), &Flags::default())
            .unwrap()
            .exclude
            .matches(&RepoPath::from(path))
    };
    for (pattern, path, expected) in [
        ("generated/**", "generated/a/b.nix", true),
        ("generated/", "generated/a/b.nix", true),
        ("generated/", "x/generated/a.nix", false),
        ("generated", "generated/a.nix", false),
        ("*.nix", "a.nix", true),
        ("*.nix", "a/b.nix", false),
        ("**/*.nix", "a/b.nix", true),
        ("./a/*", "a/b.nix", true),
        ("templates/*/flake.nix", "templates/a/flake.nix", true),
        ("templates/*/flake.nix", "templates/a/b/flake.nix", false),
        ("hosts/{a,b}.nix", "hosts/b.nix", true),
    ] {
        assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
    }
}

#[test]
fn everything_else_is_taken() {
    let text = r#"
foreign-pragmas = ["gitleaks"]
[repository]
release = "25.11"
entries = ["machines/*.nix"]
class = { "home/**" = "home", "home/os.nix" = "nixos" }
loaders = ["lib/auto.nix"]
[limits]
file-size = "1 MiB"
depth = 400
run = 9000
files = 10
findings-per-lint = 3
"#;
    let settings = settings(text, &Flags::default()).unwrap();
    assert_eq!(
        settings.foreign,
        Foreign {
            deadnix: false,
            gitleaks: true
        }
    );
    assert_eq!(settings.repository.release.as_deref(), Some("25.11"));
    let class = |path: &str| {
        settings
            .repository
            .class(&RepoPath::from(path))
            .map(str::to_owned)
    };
    assert_eq!(class("home/a.nix").as_deref(), Some("home"));
    assert_eq!(class("home/os.nix").as_deref(), Some("nixos"));
    assert_eq!(class("a.nix"), None);
    assert_eq!((settings.limits.depth, settings.limits.run), (400, 9000));
    let disk = DiskLimits {
        file_size: 1 << 20,
        files: 10,
    };
    assert_eq!(settings.disk, disk);
    assert_eq!(settings.bounds.findings_per_lint, 3);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, expected) in [
        (
            "exlude = []",
            "1:1: unknown key `exlude`; did you mean `exclude`?",
        ),
        (
            "[levels]\nunused-let = \"warning\"",
            "2:14: `warning` is no level, these are `off`, `info`, `warn`, `error`",
        ),
        (
            "[levels]\n  unsued-let = \"warn\"",
            "2:3: no lint or group is called `unsued-let`; did you mean `unused-let`?",
        ),
        (
            "[levels]\nqwertyuiop = \"warn\"",
            "2:1: no lint or group is called `qwertyuiop`",
        ),
        (
            "[levels]\ndaed = \"warn\"",
            "2:1: no lint or group is called `daed`; did you mean `dead`?",
        ),
        (
            "[levels]\nunused-let = true",
            "2:14: `unused-let` must be a string",
        ),
        (
            "[levels]\nunused-let = \"warn\"\nsema-unused-def-let = \"info\"",
            "3:1: `unused-let` is set twice: also on line 2",
        ),
        (
            "[levels]\nunused-let = \"warn\"\nunused-let = \"info\"",
            "3:1: this key is set twice",
        ),
        (
            "[lints.dead]\nx = 1",
            "1:8: `dead` is a group; only a lint has options",
        ),
        (
            "[lints.stale-lock]\ndasy = 1",
            "2:1: `dasy` is no option of `stale-lock`; did you mean `days`?",
        ),
        (
            "[lints.stale-lock]\nnames = []\ndays = \"hunter2\"",
            "3:8: `days` must be a whole number, not negative",
        ),
        (
            "[lints.unused-let]\ndays = 1",
            "2:1: `days` is no option of `unused-let`; it has none",
        ),
        (
            "[lints]\nunused_binding = {}",
            "2:1: `unused_binding` stands for several lints, name one of `unused-let`, `unused-formal`",
        ),
        ("[[overrides]]\nlevels = {}", "1:1: `paths` is missing"),
        ("[[overrides]]\npaths = []", "2:9: `paths` is empty"),
        (
            "[[overrides]]\npaths = [\"a\"]\nlevel = {}",
            "3:1: unknown key `level`; did you mean `levels`?",
        ),
        (
            "[[overrides]]\npaths = [\"a\"]\nlints = { stale-lock = { days = -1 } }",
            "3:33: `days` must be a whole number, not negative",
        ),
        (
            "exclude = [\"a\", \"../b\"]",
            "1:17: a pattern cannot leave the repository: it holds `..`",
        ),
        (
            "exclude = [\"/etc\"]",
            "1:12: a pattern begins at the root of the repository, without `/`",
        ),
        (
            "exclude = [\"a[\"]",
            "1:12: this is no pattern: unclosed character class; missing ']'",
        ),
        ("exclude = \"hunter2\"", "1:11: `exclude` must be a list"),
        (
            "foreign-pragmas = [\"deadnx\"]",
            "1:20: `deadnx` is no tool whose comments are known, these are `deadnix`, `gitleaks`; did you mean `deadnix`?",
        ),
        (
            "rules = [\"../x.toml\"]",
            "1:10: `rules` must name files below the root",
        ),
        (
            "rules = [\"a[.toml\"]",
            "1:10: this is no pattern: unclosed character class; missing ']'",
        ),
        (
            "baseline = \"../x.toml\"",
            "1:12: `baseline` must be a path below the root",
        ),
        (
            "[repository]\nclass = { \"a\" = \"nixso\" }",
            "2:17: `nixso` is no module class, these are `nixos`, `home`, `darwin`, `flake-parts`, `package`, `overlay`, `flake`, `library`, `unknown`; did you mean `nixos`?",
        ),
        (
            "[repository]\nrelease = \"25\"",
            "2:11: `release` must be a release of nixpkgs, such as `25.11`",
        ),
        ("[limits]\ndepth = 501", "2:9: `depth` cannot be above 500"),
        ("[limits]\nrun = 0", "2:7: `run` must be at least 1"),
        (
            "[limits]\nfile-size = \"1 TB\"",
            "2:13: `file-size` must be a number with `B`, `KiB`, `MiB` or `GiB`, such as `16 MiB`",
        ),
        (
            "[limits]\nfile-size = \"257 MiB\"",
            "2:13: `file-size` cannot be above `256 MiB`",
        ),
        (
            "[limits]\nfiles = 99999999999",
            "2:9: `files` cannot be above 10000000",
        ),
        (
            "root:hunter2:19000:0:99999",
            "1:27: key with no value, expected `=`",
        ),
        (
            "a = hunter2",
            "1:5: string values must be quoted, expected literal string",
        ),
        ("a = \"hunter2", "1:13: invalid basic string, expected `\"`"),
    ] {
        assert_eq!(broken(text), format!("nivis.toml:{expected}"), "{text}");
    }
}
