//! A fleet with planted secrets through the built program: each one is found, nothing else is, and none is ever repeated.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "these tests make folders, start programs and say what they leave out"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// What is found in files that hold no comment: path, line, lint.
const ELSEWHERE: [(&str, u64, &str); 6] = [
    ("keys/keys.txt", 1, "secret-file-tracked"),
    ("keys/host_key", 1, "secret-file-tracked"),
    ("scripts/release.sh", 1, "secret-file-tracked"),
    ("secrets/agenix/bare.age", 1, "secret-file-tracked"),
    ("secrets/plain.yaml", 1, "secret-file-tracked"),
    ("secrets/wifi.env", 1, "secret-file-tracked"),
];

type Place = (String, u64, String);

/// The fleet in a folder of its own, with the values filled in.
struct Fleet {
    folder: TempDir,
    /// Where something must be found.
    wanted: BTreeSet<Place>,
    /// The same, at the level `info`.
    mild: BTreeSet<Place>,
    /// How many places look like secrets and are none.
    clean: usize,
    /// The made-up values by name.
    values: BTreeMap<String, String>,
    /// Whether git knows the files.
    git: bool,
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/secrets")
}

/// A value of 16 letters and digits that nobody uses: always the same for a name.
fn value(name: &str) -> String {
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let letters = b"bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ";
    (0..16)
        .map(|at| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let pick = usize::try_from(state >> 33).expect("31 bits");
            if at % 4 == 2 {
                char::from(b'2' + u8::try_from(pick % 8).expect("a digit"))
            } else {
                char::from(letters[pick % letters.len()])
            }
        })
        .collect()
}

impl Fleet {
    fn new() -> Fleet {
        let mut fleet = Fleet {
            folder: TempDir::new().expect("a folder"),
            wanted: BTreeSet::new(),
            mild: BTreeSet::new(),
            clean: 0,
            values: BTreeMap::new(),
            git: false,
        };
        for entry in walkdir::WalkDir::new(source()) {
            let entry = entry.expect("readable");
            if !entry.file_type().is_file() {
                continue;
            }
            let path = entry.path().strip_prefix(source()).expect("below");
            let text = fs::read_to_string(entry.path()).expect("text");
            let name = path.to_str().expect("a plain name");
            if name == "README.md" {
                continue;
            }
            let text = fleet.fill(&text);
            fleet.marks(name, &text);
            let to = fleet.folder.path().join(path);
            fs::create_dir_all(to.parent().expect("a folder")).expect("made");
            fs::write(to, text).expect("written");
        }
        let git = |args: &[&str]| {
            let status = Command::new("git")
                .args(args)
                .current_dir(fleet.folder.path())
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .output();
            status.is_ok_and(|it| it.status.success())
        };
        fleet.git = git(&["init", "--quiet"]) && git(&["add", "--all"]);
        if fleet.git {
            let places =
                ELSEWHERE.map(|(path, line, lint)| (path.to_owned(), line, lint.to_owned()));
            fleet.wanted.extend(places);
        } else {
            assert!(
                std::env::var_os("NIVIS_REQUIRE_TOOLS").is_none(),
                "git is not installed"
            );
            eprintln!("git is not installed: what is tracked is not looked at");
        }
        fleet
    }

    fn fill(&mut self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("@secret(") {
            let (name, after) = after.split_once(")@").expect("a closed mark");
            filled.push_str(before);
            let made = value(name);
            filled.push_str(&made);
            self.values.insert(name.to_owned(), made);
            rest = after;
        }
        filled.push_str(rest);
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("@token(") {
            let (name, after) = after.split_once(")@").expect("a closed mark");
            let token = testkit::token::token(name).expect("a known token");
            if name != "nix-public" {
                self.values.insert(format!("token {name}"), token);
            }
            rest = after;
        }
        testkit::token::expand(&filled).replace("@git-crypt@", "\0GITCRYPT\0")
    }

    fn marks(&mut self, path: &str, text: &str) {
        for (line, content) in (1..).zip(text.lines()) {
            self.clean += usize::from(content.ends_with("# clean"));
            for (mark, places) in [("# want", &mut self.wanted), ("# info", &mut self.mild)] {
                let Some((_, rest)) = content.split_once(mark) else {
                    continue;
                };
                let (after, lint) = rest.split_once(": ").expect("a lint");
                let after: u64 = after.trim().trim_start_matches('+').parse().unwrap_or(0);
                places.insert((path.to_owned(), line + after, lint.trim().to_owned()));
            }
        }
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_nivis"))
            .args(["check", "--color", "never"])
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .output()
            .expect("the program starts")
    }

    /// The findings of the group, by level.
    fn found(&self, args: &[&str]) -> Vec<(Place, String)> {
        let output = self.run(&[&["--select", "secrets", "--format", "json"], args].concat());
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let findings = report["findings"].as_array().expect("a list");
        findings
            .iter()
            .map(|it| {
                let text = |key: &str| it[key].as_str().expect("a word").to_owned();
                let line = it["range"]["start"]["line"].as_u64().unwrap_or(1);
                ((text("path"), line, text("lint")), text("level"))
            })
            .collect()
    }

    /// What of a planted value stands in an output: its name, never itself.
    fn leak(&self, output: &str) -> Option<&str> {
        self.values.iter().find_map(|(name, value)| {
            let secret = match name.strip_prefix("token ") {
                // What a service's token begins with is public; a private key has lines.
                Some(_) if value.starts_with("-----") => {
                    let lines = value.split("\\n").flat_map(str::lines);
                    return lines
                        .filter(|line| line.len() >= 16 && !line.starts_with("-----"))
                        .any(|line| output.contains(line))
                        .then_some(name.as_str());
                }
                Some(_) => &value[value.len() / 2..],
                None => value.as_str(),
            };
            // Half of it is as bad as the whole.
            let half = secret.len() / 2;
            let parts = [&secret[..half], &secret[half..]];
            parts
                .iter()
                .any(|part| part.len() >= 6 && output.contains(part))
                .then_some(name.as_str())
        })
    }
}

#[test]
fn every_planted_secret_is_found_and_nothing_else() {
    let fleet = Fleet::new();
    let planted = fleet.wanted.len() + fleet.mild.len();
    assert!(planted >= 60, "{planted} planted");
    assert!(fleet.clean >= 60, "{} that are none", fleet.clean);
    let found = fleet.found(&[]);
    let (mild, grave): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, level)| level == "info");
    let grave: BTreeSet<Place> = grave.into_iter().map(|(place, _)| place).collect();
    let mild: BTreeSet<Place> = mild.into_iter().map(|(place, _)| place).collect();
    let missed: Vec<_> = fleet.wanted.difference(&grave).collect();
    let wrong: Vec<_> = grave.difference(&fleet.wanted).collect();
    assert!(
        missed.is_empty() && wrong.is_empty(),
        "missed: {missed:#?}\nwrong: {wrong:#?}"
    );
    assert_eq!(mild, fleet.mild);
}

#[test]
fn tests_count_when_asked_for() {
    let fleet = Fleet::new();
    let found = fleet.found(&["--include-tests"]);
    let in_folder = |folder: &str| {
        found
            .iter()
            .filter(|((path, ..), _)| path.starts_with(folder))
            .count()
    };
    assert!(in_folder("tests/") >= 3, "{found:#?}");
    assert!(in_folder("examples/") >= 2, "{found:#?}");
    let lab: Vec<_> = found
        .iter()
        .filter(|((path, ..), _)| path.starts_with("hosts/vm-lab"))
        .collect();
    assert!(
        lab.len() == 2 && lab.iter().all(|(_, level)| level == "error"),
        "{lab:#?}"
    );
}

#[test]
fn no_output_repeats_a_planted_value() {
    let fleet = Fleet::new();
    let formats = [
        "full",
        "concise",
        "grouped",
        "json",
        "jsonl",
        "sarif",
        "github",
        "gitlab",
        "junit",
        "checkstyle",
        "rdjson",
        "rdjsonl",
        "azure",
        "gcc",
        "errorformat",
        "markdown",
    ];
    let mut runs: Vec<Vec<&str>> = formats
        .iter()
        .map(|format| vec!["--format", format])
        .collect();
    runs.extend([
        vec!["-v"],
        vec!["-v", "--include-tests", "--select", "secrets"],
        vec!["--statistics"],
        vec!["--diff"],
        vec!["--diff", "--unsafe-fixes"],
        vec!["--diff", "--unsafe-fixes", "--include-tests"],
        vec!["--stdin-filename", "hosts/web/default.nix"],
    ]);
    for args in runs {
        let output = fleet.run(&args);
        for bytes in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(fleet.leak(&text), None, "{args:?}");
            assert!(!text.contains("internal-error"), "{args:?}: {text}");
        }
    }
    // The baseline is committed.
    let output = Command::new(env!("CARGO_BIN_EXE_nivis"))
        .args(["baseline", "write"])
        .current_dir(fleet.folder.path())
        .output()
        .expect("the program starts");
    let path = fleet.folder.path().join("nivis-baseline.toml");
    let baseline = fs::read_to_string(&path).expect("a baseline");
    assert!(baseline.contains("plaintext-secret"), "{output:?}");
    assert_eq!(fleet.leak(&baseline), None);
    fs::remove_file(&path).expect("removed");
    // Broken text: the errors of the parser quote nothing.
    for file in [
        "hosts/web/default.nix",
        "hosts/web/units.nix",
        "home/ann.nix",
    ] {
        let path = fleet.folder.path().join(file);
        let text = fs::read_to_string(&path).expect("text");
        for cut in [text.len() / 3, text.len() / 2, text.len() - 3] {
            let cut = (cut..)
                .find(|at| text.is_char_boundary(*at))
                .expect("an end");
            fs::write(&path, &text[..cut]).expect("written");
            for format in ["full", "json"] {
                let output = fleet.run(&["-v", "--format", format]);
                for bytes in [&output.stdout, &output.stderr] {
                    let shown = String::from_utf8_lossy(bytes);
                    assert_eq!(fleet.leak(&shown), None, "{file} cut at {cut}");
                }
            }
        }
        fs::write(&path, &text).expect("written");
    }
}

/// What the cache keeps holds no piece of six bytes of any planted value.
#[test]
fn no_cache_keeps_a_planted_value() {
    let fleet = Fleet::new();
    let mut pieces: BTreeSet<&[u8]> = BTreeSet::new();
    for (name, value) in &fleet.values {
        let secret: Vec<&str> = match name.strip_prefix("token ") {
            Some(_) if value.starts_with("-----") => value
                .split("\\n")
                .flat_map(str::lines)
                .filter(|line| line.len() >= 16 && !line.starts_with("-----"))
                .collect(),
            Some(_) => vec![&value[value.len() / 2..]],
            None => vec![value],
        };
        pieces.extend(secret.iter().flat_map(|it| it.as_bytes().windows(6)));
    }
    // A repository that is worth it.
    let filler = format!("{}[ 1 ]\n", "# plain words\n".repeat(20_000));
    fs::write(fleet.folder.path().join("filler.nix"), filler).expect("written");
    let cache = TempDir::new().expect("a folder");
    let flag = format!("--cache-dir={}", cache.path().display());
    let plain = fleet.run(&["--format=json", "--no-cache"]);
    for args in [&[][..], &["--include-tests"], &["--select=secrets"]] {
        for _ in 0..2 {
            let output = fleet.run(&[args, &[&flag, "--format=json"]].concat());
            assert!(!args.is_empty() || output.stdout == plain.stdout);
        }
    }
    let files = walkdir::WalkDir::new(cache.path()).into_iter();
    let files = files
        .map(|it| it.expect("readable"))
        .filter(|it| it.file_type().is_file());
    let mut packs = 0;
    for file in files {
        let bytes = fs::read(file.path()).expect("readable");
        let leak = bytes.windows(6).find(|it| pieces.contains(it));
        assert_eq!(leak.map(String::from_utf8_lossy), None);
        // What is kept of files has their names, as they are; answers and stamps have none.
        if file.path().extension().is_some_and(|it| it == "pack") {
            packs += 1;
            assert!(bytes.windows(8).any(|it| it == b"flake.ni"));
        }
    }
    assert_eq!(packs, 3);
}
