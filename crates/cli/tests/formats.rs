//! Every format over one repository: what it says is what the JSON report says.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "these tests start the program, read what it wrote, and say what they leave out"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const FORMATS: [&str; 16] = [
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

fn homelab() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos/homelab")
}

/// All reports of one run.
fn reports() -> BTreeMap<&'static str, String> {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
    command.args(["check", "--vcs", "none", "--today", "2026-06-01", "-qq"]);
    command.arg("--root").arg(homelab());
    for format in FORMATS {
        let path = folder.path().join(format);
        command.arg(format!("--output-file={format}={}", path.display()));
    }
    let output = command.env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let read = |format| fs::read_to_string(folder.path().join(format)).unwrap();
    FORMATS.map(|format| (format, read(format))).into()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Path, line, column and lint of every finding.
type Place = (String, u64, u64, String);

fn sorted(mut places: Vec<Place>) -> Vec<Place> {
    places.sort();
    places
}

#[test]
fn all_formats_tell_the_same() {
    let reports = reports();
    let json = parsed(&reports["json"]);
    let schema = Command::new(env!("CARGO_BIN_EXE_nivis"))
        .args(["config", "--schema", "report"])
        .output()
        .unwrap();
    let schema = parsed(std::str::from_utf8(&schema.stdout).unwrap());
    assert_eq!(testkit::schema::check(&json, &schema), Ok(()));
    let rows = |value: &Value| value.as_array().unwrap().clone();
    let findings = rows(&json["findings"]);
    let active: Vec<&Value> = findings
        .iter()
        .filter(|finding| finding["state"] == "active")
        .collect();
    assert!(active.len() > 10);
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let number = |value: &Value| value.as_u64().unwrap();
    let place = |finding: &&Value| {
        let start = &finding["range"]["start"];
        (
            word(&finding["path"]),
            number(&start["line"]),
            number(&start["column"]),
            word(&finding["lint"]),
        )
    };
    let expected = sorted(active.iter().map(place).collect());

    // `path:line:col: level: message [lint]`
    let line = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let mut next = || parts.next().unwrap().to_owned();
        let (path, row, column, rest) = (next(), next(), next(), next());
        let lint = rest.rsplit_once(" [").unwrap().1.trim_end_matches(']');
        (
            path,
            row.parse().unwrap(),
            column.parse().unwrap(),
            lint.to_owned(),
        )
    };
    for format in ["concise", "gcc", "errorformat"] {
        let told = sorted(reports[format].lines().map(line).collect());
        assert_eq!(told, expected, "{format}");
    }

    let sarif = parsed(&reports["sarif"]);
    let results = rows(&sarif["runs"][0]["results"]);
    assert_eq!(results.len(), findings.len());
    let told = results.iter().filter(|it| it.get("suppressions").is_none());
    let told = told.map(|result| {
        let physical = &result["locations"][0]["physicalLocation"];
        (
            word(&physical["artifactLocation"]["uri"]),
            number(&physical["region"]["startLine"]),
            number(&physical["region"]["startColumn"]),
            word(&result["ruleId"]),
        )
    });
    assert_eq!(sorted(told.collect()), expected, "sarif");
    let own = |result: &Value| word(&result["partialFingerprints"]["nivis/v1"]);
    let fingerprints: Vec<String> = findings.iter().map(|it| word(&it["fingerprint"])).collect();
    assert_eq!(results.iter().map(own).collect::<Vec<_>>(), fingerprints);
    if let Some(schema) = std::env::var_os("NIVIS_SARIF_SCHEMA") {
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("nivis.sarif");
        fs::write(&log, &reports["sarif"]).unwrap();
        let mut checker = Command::new("check-jsonschema");
        let checked = checker.arg("--schemafile").arg(schema).arg(log).output();
        let checked = checked.expect("check-jsonschema can be started");
        assert!(checked.status.success(), "{checked:?}");
    } else {
        eprintln!("skipped: NIVIS_SARIF_SCHEMA names no schema to check SARIF with");
    }

    let gitlab = rows(&parsed(&reports["gitlab"]));
    let told = gitlab.iter().map(|row| {
        (
            word(&row["location"]["path"]),
            number(&row["location"]["lines"]["begin"]),
            0,
            word(&row["check_name"]),
        )
    });
    let lines = expected
        .iter()
        .cloned()
        .map(|(path, row, _, lint)| (path, row, 0, lint));
    assert_eq!(sorted(told.collect()), sorted(lines.collect()), "gitlab");

    let diagnostic = |row: &Value| {
        let start = &row["location"]["range"]["start"];
        (
            word(&row["location"]["path"]),
            number(&start["line"]),
            number(&start["column"]),
            word(&row["code"]["value"]),
        )
    };
    let rdjson = rows(&parsed(&reports["rdjson"])["diagnostics"]);
    assert_eq!(
        sorted(rdjson.iter().map(diagnostic).collect()),
        expected,
        "rdjson"
    );
    let lines = reports["rdjsonl"].lines().map(parsed);
    assert_eq!(
        sorted(lines.map(|row| diagnostic(&row)).collect()),
        expected,
        "rdjsonl"
    );

    let count = |format: &str, what: &str| reports[format].matches(what).count();
    assert_eq!(count("checkstyle", "<error "), expected.len());
    assert_eq!(count("junit", "<testcase "), expected.len());
    assert_eq!(count("azure", "##vso[task.logissue "), expected.len());
    assert_eq!(count("github", "title=nivis "), expected.len());
    assert_eq!(count("markdown", "\n| "), expected.len() + 1);
    assert!(count("full", "┌─ ") >= expected.len());
    for (path, row, column, lint) in &expected {
        let azure =
            format!("sourcepath={path};linenumber={row};columnnumber={column};code={lint};");
        assert!(reports["azure"].contains(&azure), "{azure}");
        let github = format!("title=nivis {lint},file={path},line={row},");
        assert!(reports["github"].contains(&github), "{github}");
        let junit = format!("<testcase name=\"{lint} {row}:{column}\" classname=\"{path}\">");
        assert!(reports["junit"].contains(&junit), "{junit}");
        let checkstyle = format!("line=\"{row}\" column=\"{column}\"");
        assert!(reports["checkstyle"].contains(&checkstyle), "{checkstyle}");
    }
}

/// Reports of several repositories stay apart.
#[test]
fn names_for_fleets() {
    let output = Command::new(env!("CARGO_BIN_EXE_nivis"))
        .args([
            "check",
            "--vcs",
            "none",
            "--project",
            "web",
            "--path-prefix",
            "repos/web/",
        ])
        .args(["--sarif-category", "web", "--format", "json", "-q"])
        .arg("--output-file=sarif=/dev/stderr")
        .arg("--root")
        .arg(homelab())
        .env_clear()
        .output()
        .unwrap();
    let json = parsed(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(json["project"], "web");
    for finding in json["findings"].as_array().unwrap() {
        assert!(finding["path"].as_str().unwrap().starts_with("repos/web/"));
    }
    let hosts = json["findings"].as_array().unwrap().iter();
    assert!(
        hosts
            .clone()
            .any(|it| it["hosts"].as_array().unwrap().contains(&"atlas".into()))
    );
    let sarif = parsed(std::str::from_utf8(&output.stderr).unwrap());
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "web/");
}

/// A report in a file, for a program that judges it; `None` where the program is not here.
fn judged(tool: &str, args: &[&str], format: &str, text: &str) -> Option<std::process::Output> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(format!("report.{format}"));
    fs::write(&file, text).unwrap();
    let mut command = Command::new(tool);
    command
        .args(args)
        .arg(&file)
        .current_dir(folder.path())
        // The validator of SARIF is a .NET program, which wants languages that are not there otherwise.
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    match command.output() {
        Ok(output) => Some(output),
        Err(_) => {
            eprintln!("skipped: {tool} is not here");
            None
        }
    }
}

#[test]
fn validators_of_others_are_content() {
    let reports = reports();
    let fine = |tool: &str, args: &[&str], format: &str| {
        if let Some(done) = judged(tool, args, format, &reports[format]) {
            assert!(done.status.success(), "{tool}: {done:?}");
        }
    };
    fine("rdformat-validator", &["--silent"], "rdjson");
    fine("xmllint", &["--noout"], "junit");
    fine("xmllint", &["--noout"], "checkstyle");
    if let Some(done) = judged("sarif-multitool", &["validate"], "sarif", &reports["sarif"]) {
        let told = String::from_utf8_lossy(&done.stdout);
        assert!(
            done.status.success() && !told.contains(": error "),
            "{told}"
        );
    }
}

/// The format of compilers, read by Vim with the pattern of the documentation.
#[test]
fn vim_reads_the_format_of_compilers() {
    let reports = reports();
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/integrations.md"));
    let page = page.unwrap();
    let (_, pattern) = page.split_once("`%f:").unwrap();
    let pattern = format!("%f:{}", pattern.split_once('`').unwrap().0);
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("report"), &reports["gcc"]).unwrap();
    let set = format!("let &errorformat = '{pattern}'");
    let write = "call writefile([json_encode(map(getqflist(), {_, it -> [bufname(it.bufnr), it.lnum, it.col, it.type, it.text, it.valid]}))], 'read.json')";
    let done = Command::new("vim")
        .args([
            "-u",
            "NONE",
            "-N",
            "-es",
            "-c",
            &set,
            "-c",
            "cgetfile report",
            "-c",
            write,
            "-c",
            "qa!",
        ])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::null())
        .output();
    if done.is_err() {
        eprintln!("skipped: vim is not here");
        return;
    }
    let read = parsed(&fs::read_to_string(folder.path().join("read.json")).unwrap());
    let report = parsed(&reports["json"]);
    let findings = report["findings"].as_array().unwrap().iter();
    let expected: Vec<(Value, Value, Value)> = findings
        .filter(|it| it["state"] == "active")
        .map(|it| {
            let start = &it["range"]["start"];
            (
                it["path"].clone(),
                start["line"].clone(),
                start["utf8"].clone(),
            )
        })
        .collect();
    let rows: Vec<(Value, Value, Value)> = read
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
        .collect();
    assert_eq!(rows, expected);
    for row in read.as_array().unwrap() {
        assert_eq!(row[5], 1, "{row}");
        assert!(["e", "w", "n"].contains(&row[3].as_str().unwrap()), "{row}");
    }
}
