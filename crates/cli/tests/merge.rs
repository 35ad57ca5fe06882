//! `--shard` and `nivis merge`: the reports of all shards are the report of the whole, in every format.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests start the program and read what it wrote"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// All formats but `full`, which has source text in it.
const FORMATS: [&str; 15] = [
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

fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(name)
}

fn nivis(folder: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
    let command = command.args(args).current_dir(folder.path()).env_clear();
    command.output().unwrap()
}

/// Checks a repository; gives the exit code.
fn check(folder: &TempDir, root: &Path, more: &[&str]) -> i32 {
    let root = format!("--root={}", root.display());
    let fixed = ["check", "--vcs=none", "--today=2026-06-01", "-qq", &root];
    let output = nivis(folder, &[&fixed[..], more].concat());
    assert!(output.stdout.is_empty(), "{output:?}");
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Shards of a repository in files of their own; gives the names.
fn shards(folder: &TempDir, root: &Path, count: usize) -> Vec<String> {
    let one = |index: usize| {
        let name = format!("{index}.json");
        let output = format!("--output-file=json={name}");
        let shard = format!("--shard={index}/{count}");
        assert!(check(folder, root, &[&shard, &output]) <= 1);
        name
    };
    (1..=count).map(one).collect()
}

fn merge(folder: &TempDir, files: &[String], more: &[&str]) -> Output {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    nivis(folder, &[&["merge", "-q"], &files[..], more].concat())
}

#[test]
fn all_shards_are_the_whole_in_every_format() {
    for repository in ["repos/homelab", "secrets"].map(repository) {
        let folder = TempDir::new().unwrap();
        let outputs = FORMATS.map(|format| format!("--output-file={format}=whole.{format}"));
        let outputs = outputs.each_ref().map(String::as_str);
        let code = check(&folder, &repository, &outputs);
        for count in [1, 3, 8] {
            let mut files = shards(&folder, &repository, count);
            files.rotate_left(count / 2);
            let outputs = FORMATS.map(|format| format!("--output-file={format}=merged.{format}"));
            let outputs = outputs.each_ref().map(String::as_str);
            let done = merge(&folder, &files, &[&["-q"], &outputs[..]].concat());
            assert_eq!(done.status.code(), Some(code), "{done:?}");
            assert!(done.stdout.is_empty() && done.stderr.is_empty(), "{done:?}");
            for format in FORMATS {
                let read = |name: &str| {
                    fs::read_to_string(folder.path().join(format!("{name}.{format}"))).unwrap()
                };
                let (whole, merged) = (read("whole"), read("merged"));
                let differing = whole.lines().zip(merged.lines()).find(|(a, b)| a != b);
                assert!(whole == merged, "{count} {format}: {differing:?}");
            }
            // What is printed can be read again.
            let again = merge(&folder, &["merged.json".to_owned()], &["--format=json"]);
            let whole = fs::read(folder.path().join("whole.json")).unwrap();
            assert!(again.stdout == whole);
        }
    }
}

#[test]
fn what_is_missing_or_there_twice_is_named() {
    let folder = TempDir::new().unwrap();
    let mut files = shards(&folder, &repository("repos/homelab"), 3);
    let three = files.pop().unwrap();
    let done = merge(&folder, &files, &[]);
    assert_eq!(done.status.code(), Some(2));
    assert_eq!(text(&done.stderr), "error: shard 3/3 is missing\n");
    assert!(done.stdout.is_empty());

    let done = merge(&folder, &files, &["--allow-missing", "--format=json"]);
    assert_eq!(done.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["errors"][0]["message"], "shard 3/3 is missing");
    assert_eq!(report["errors"][0]["kind"], "shard");
    assert_eq!(report["shard"]["count"], 3);
    assert_eq!(report["verdict"], "trouble");

    // The late one makes it whole.
    fs::write(folder.path().join("two.json"), &done.stdout).unwrap();
    let late = ["two.json".to_owned(), three.clone()];
    let done = merge(&folder, &late, &["--format=json", "--exit-zero"]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&report["shard"], &report["errors"]),
        (&Value::Null, &Value::Array(Vec::new()))
    );

    let twice = [&files[..], &[three.clone(), three]].concat();
    let done = merge(&folder, &twice, &[]);
    assert_eq!(done.status.code(), Some(2));
    let words = text(&done.stderr);
    assert_eq!(
        words,
        "error: shard 3/3 is there twice: in 3.json and in 3.json\n"
    );
}

#[test]
fn a_fleet_is_one_report() {
    let folder = TempDir::new().unwrap();
    for name in ["homelab", "lockout"] {
        let project = format!("--project={name}");
        let prefix = format!("--path-prefix={name}/");
        let output = format!("--output-file=json={name}.json");
        let root = repository(&format!("repos/{name}"));
        assert_eq!(
            check(&folder, &root, &[&project, &prefix, &output]),
            1,
            "{name}"
        );
    }
    let files = ["homelab.json".to_owned(), "lockout.json".to_owned()];
    let turned = [files[1].clone(), files[0].clone()];
    let done = merge(&folder, &files, &["--format=json"]);
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert!(merge(&folder, &turned, &["--format=json"]).stdout == done.stdout);
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["project"], Value::Null);
    assert_eq!(report["parts"][1]["project"], "lockout");
    let projects: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["project"].as_str().unwrap())
        .collect();
    assert!(projects.is_sorted() && projects.contains(&"homelab") && projects.contains(&"lockout"));
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap()
    };
    let parts = [read("homelab.json"), read("lockout.json")];
    let sum: u64 = parts
        .iter()
        .map(|it| it["summary"]["files"].as_u64().unwrap())
        .sum();
    assert_eq!(report["summary"]["files"], sum);

    let schema = nivis(&folder, &["config", "--schema", "report"]);
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    for it in parts.iter().chain([&report]) {
        testkit::schema::check(it, &schema).unwrap();
    }
    let sarif = merge(&folder, &files, &["--format=sarif"]);
    let sarif: Value = serde_json::from_slice(&sarif.stdout).unwrap();
    assert_eq!(sarif["runs"].as_array().unwrap().len(), 1);

    // Errors alone fail here.
    let done = merge(&folder, &files, &["-q", "--fail-on=never"]);
    assert_eq!((done.status.code(), text(&done.stdout)), (Some(0), ""));
}

#[test]
fn what_does_not_go_together() {
    let folder = TempDir::new().unwrap();
    let root = repository("repos/homelab");
    check(
        &folder,
        &root,
        &["--shard=1/2", "--output-file=json=a.json"],
    );
    check(
        &folder,
        &root,
        &["--shard=2/2", "--output-file=json=b.json", "--ignore=dead"],
    );
    fs::write(folder.path().join("c.json"), "{}").unwrap();
    let merged = |files: [&str; 2]| {
        let done = merge(&folder, &files.map(str::to_owned), &[]);
        assert_eq!(done.status.code(), Some(2));
        text(&done.stderr).to_owned()
    };
    let settings = merged(["a.json", "b.json"]);
    assert_eq!(
        settings,
        "error: b.json: the settings of this report are not those of the others\n"
    );
    let none = merged(["a.json", "c.json"]);
    assert!(none.starts_with("error: c.json: line 1, column 2: this is no JSON report of nivis"));
    assert!(merged(["a.json", "d.json"]).contains("d.json cannot be read"));
}

#[test]
fn a_shard_that_owns_nothing_is_clean() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("r")).unwrap();
    fs::write(
        folder.path().join("r/a.nix"),
        "let dead = 1; in { a = 1; }\n",
    )
    .unwrap();
    let mut codes = Vec::new();
    for index in 1..=3 {
        let shard = format!("--shard={index}/3");
        let done = nivis(&folder, &["check", "--root=r", "--vcs=none", &shard]);
        codes.push(done.status.code().unwrap());
        let words = text(&done.stderr);
        let files = if done.status.success() {
            "0 files"
        } else {
            "1 file"
        };
        assert!(words.contains(files), "{words}");
    }
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 1]);
    for wrong in ["0/3", "4/3", "x", "1/3/3"] {
        let done = nivis(&folder, &["check", "--root=r", "--shard", wrong]);
        assert_eq!(done.status.code(), Some(2));
        assert!(text(&done.stderr).contains("--shard"), "{done:?}");
    }
}
