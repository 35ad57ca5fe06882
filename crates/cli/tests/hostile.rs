//! Repositories of ill will: no command crashes, hangs, obeys, runs, sends, or writes where it should not.
//!
//! `testdata/hostile/README.md` says which test answers which attack; a test here holds it to that.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "these tests make folders, start programs and say what they leave out"
)]
#![allow(
    clippy::disallowed_types,
    reason = "a socket stands where a file should"
)]

#[path = "hostile/place.rs"]
mod place;
#[path = "hostile/trace.rs"]
mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use place::{Done, Place, contains, contents, finish, harmless};
use proptest::prelude::*;
use serde_json::{Value, json};
use trace::Trace;

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

/// One run, every format: the reports by format.
fn reports(place: &Place, args: &[&str]) -> (Done, BTreeMap<&'static str, Vec<u8>>) {
    let mut all: Vec<String> = ["check", "-v"]
        .iter()
        .chain(args)
        .map(|it| (*it).to_owned())
        .collect();
    let out = place.out();
    for format in FORMATS {
        all.push("--output-file".to_owned());
        all.push(format!("{format}={}", out.join(format).display()));
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let done = place.run(&all);
    let read = |format| (format, fs::read(out.join(format)).unwrap_or_default());
    (done, FORMATS.into_iter().map(read).collect())
}

fn findings(report: &[u8]) -> Vec<(String, String)> {
    let report: Value = serde_json::from_slice(report).unwrap();
    let rows = report["findings"].as_array().unwrap().iter();
    let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows.map(|row| (word(row, "path"), word(row, "lint")))
        .collect()
}

#[test]
fn every_command_and_every_format() {
    let place = place::odd();
    let outside = contents(&place.top().join("outside"));
    let before = contents(&place.root());
    let (done, all) = reports(&place, &[]);
    assert_eq!(done.code, Some(1), "{}", String::from_utf8_lossy(&done.err));
    harmless(&done.out, "full", "stdout");
    harmless(&done.err, "full", "stderr");
    for (format, text) in &all {
        assert!(!text.is_empty(), "{format}");
        harmless(text, format, format);
    }
    // The findings of other files are complete, and nothing is passed over.
    let found = findings(&all["json"]);
    let has = |path: &str, lint: &str| found.iter().any(|it| it.0 == path && it.1 == lint);
    for (path, lint) in [
        ("good.nix", "unused-let"),
        ("x\n::error::boo.nix", "syntax-error"),
        ("::warning::first.nix", "syntax-error"),
        ("empty.nix", "syntax-error"),
        ("blank.nix", "syntax-error"),
        ("bom.nix", "syntax-error"),
        ("latin.nix", "syntax-error"),
        ("utf16.nix", "syntax-error"),
        ("nul.nix", "syntax-error"),
        ("elf.nix", "syntax-error"),
        ("no-end.nix", "syntax-error"),
        ("nbsp.nix", "syntax-error"),
    ] {
        assert!(has(path, lint), "{path} {lint}: {found:?}");
    }
    assert!(
        found.iter().any(|it| it.0.ends_with("/d/end.nix")),
        "{found:?}"
    );
    let report: Value = serde_json::from_slice(&all["json"]).unwrap();
    let skipped = report["skipped"].to_string();
    for special in ["fifo.nix", "socket.nix"] {
        assert!(skipped.contains(special), "{special}: {skipped}");
    }
    // Whatever stands outside is outside.
    assert!(!contains(&all["json"], b"http://outside"));

    for args in [
        &["check", "--statistics"][..],
        &["check", "--statistics", "--format", "json"],
        &["check", "--statistics", "--format", "markdown"],
        &["check", "--diff", "--unsafe-fixes"],
        &["check", "-q", "--color", "never", "--threads", "1"],
        &["graph"],
        &["graph", "--format", "dot"],
        &["graph", "--format", "json"],
        &["graph", "--format", "svg"],
        &["graph", "--unreached"],
        &["graph", "--why", "good.nix"],
        &["config", "--show"],
        &["config", "--why", "words.nix"],
        &["options", "status"],
        &["options", "show", "networking.\u{1b}[31m"],
        &["migrate"],
        &[
            "allow",
            "--diff",
            "--select",
            "unused-let,url-literal,syntax-error",
        ],
        &["lints", "--format", "json"],
        &["explain", "\u{1b}[31m"],
    ] {
        let done = place.run(args);
        let is_diff = args.contains(&"--diff");
        // A diff shows lines as they are, or it would not apply; it is no text for a terminal.
        if !is_diff {
            harmless(&done.out, "", &format!("{args:?}"));
        }
        harmless(&done.err, "", &format!("{args:?}"));
    }
    assert_eq!(before, contents(&place.root()), "something was written");

    // Named: what is no regular file is an error.
    for name in [
        "fifo.nix",
        "socket.nix",
        "folder.nix",
        "zero.nix",
        "loop.nix",
        "linked.nix",
        "linked/secret.nix",
        "/dev/zero",
        "missing.nix",
    ] {
        let done = place.run(&["check", "--", name]);
        assert_eq!(done.code, Some(2), "{name}: {done:?}");
        harmless(&done.err, "", name);
    }

    // Writers write what they are for, and nothing through a link.
    for args in [
        &["check", "--fix", "--unsafe-fixes"][..],
        &["check", "--fix-only", "--unsafe-fixes"],
        &[
            "allow",
            "--select",
            "dead,syntax",
            "--reason",
            "\u{1b}[31m so",
        ],
        &["baseline", "write"],
        &["baseline", "prune"],
        &["init"],
    ] {
        let done = place.run(args);
        harmless(&done.out, "", &format!("{args:?}"));
        harmless(&done.err, "", &format!("{args:?}"));
    }
    harmless(&place.read("nivis-baseline.toml"), "", "the baseline");
    assert_eq!(
        outside,
        contents(&place.top().join("outside")),
        "something outside was written"
    );
    assert_eq!(
        fs::read_link(place.root().join("linked.nix")).unwrap(),
        Path::new("../outside/secret.nix")
    );
}

#[test]
fn the_server_obeys_nobody_but_its_client() {
    let place = place::odd();
    let done = place.feed(&["server", "--stdio"], &session(&place));
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        contains(&done.out, b"unused-let"),
        "{}",
        String::from_utf8_lossy(&done.out)
    );
    harmless(&done.err, "", "stderr");
}

/// An editor that opens a file, asks for everything and goes.
fn session(place: &Place) -> Vec<u8> {
    let uri = format!("file://{}", place.root().display());
    let file = format!("{uri}/words.nix");
    let text = String::from_utf8(place::words()).unwrap();
    let document = json!({ "uri": file, "languageId": "nix", "version": 1, "text": text });
    let all =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9999, "character": 0 } });
    let messages = [
        json!({ "id": 1, "method": "initialize", "params": { "rootUri": uri, "capabilities": {} } }),
        json!({ "method": "initialized", "params": {} }),
        json!({ "method": "textDocument/didOpen", "params": { "textDocument": document } }),
        json!({ "id": 2, "method": "textDocument/diagnostic", "params": { "textDocument": { "uri": file } } }),
        json!({ "id": 3, "method": "textDocument/codeAction", "params": { "textDocument": { "uri": file }, "range": all, "context": { "diagnostics": [] } } }),
        json!({ "id": 4, "method": "workspace/diagnostic", "params": { "previousResultIds": [] } }),
        json!({ "id": 5, "method": "textDocument/hover", "params": { "textDocument": { "uri": file }, "position": { "line": 0, "character": 18 } } }),
        json!({ "id": 6, "method": "shutdown" }),
        json!({ "method": "exit" }),
    ];
    let mut bytes = Vec::new();
    for mut message in messages {
        if message["method"] == "shutdown" {
            bytes.extend_from_slice(place::PAUSE);
        }
        message["jsonrpc"] = json!("2.0");
        let text = message.to_string();
        bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }
    bytes
}

/// `[[[[`, `a + a + a`, and whatever else nests or runs on.
#[test]
fn towers_and_chains() {
    let size = 100_000;
    let towers = [
        ("list", "["),
        ("paren", "("),
        ("not", "!"),
        ("minus", "- "),
        ("attrs", "{a="),
        ("lambda", "x: "),
        ("interpolation", "\"${"),
        ("if", "if a then "),
        ("let", "let a=1;in "),
        ("with", "with a;"),
        ("assert", "assert a;"),
        ("set", "{a.b={"),
        ("call", "f ("),
        ("string", "''${"),
        ("else", "if a then b else "),
        ("or", "a.b or ("),
        ("pattern", "{a?"),
    ];
    let chains = [
        ("concat", "a ++ "),
        ("plus", "a + "),
        ("update", "a // "),
        ("and", "a && "),
        ("implies", "a -> "),
        ("apply", "a "),
        ("or", "a.b or "),
        ("pipe", "a |> "),
        ("select", "a."),
        ("number", "1.2"),
        ("angle", "<"),
        ("equal", "a == "),
        ("question", "a ? "),
        ("comment", "/**/"),
        ("inherit", "inherit a;"),
    ];
    let place = Place::new();
    for (name, unit) in towers {
        place.write(format!("tower-{name}.nix"), unit.repeat(size / unit.len()));
    }
    for (name, unit) in chains {
        place.write(
            format!("chain-{name}.nix"),
            format!("{}a", unit.repeat(size / unit.len())),
        );
    }
    // What is within the limits goes all the way through facts, lints and fixes.
    place.write(
        "within.nix",
        format!("{}1{}", "[ ".repeat(490), " ]".repeat(490)),
    );
    place.write("run.nix", format!("{}a", "a + ".repeat(3_990)));
    place.write(
        "sets.nix",
        format!(
            "{}1;{}",
            "{ a = ".repeat(240),
            " }".repeat(240)
                .replace(" }", "; }")
                .trim_start_matches("; ")
                .to_owned()
        ),
    );
    let done = place.run(&["check", "--format", "json"]);
    let found = findings(&done.out);
    for (name, _) in towers {
        let path = format!("tower-{name}.nix");
        assert!(
            found.contains(&(path.clone(), "syntax-error".to_owned())),
            "{path}"
        );
    }
    for name in ["concat", "plus", "update", "and", "apply", "select"] {
        let path = format!("chain-{name}.nix");
        assert!(
            found.contains(&(path.clone(), "syntax-error".to_owned())),
            "{path}"
        );
    }
    for path in ["within.nix", "run.nix"] {
        assert!(
            !found.contains(&(path.to_owned(), "syntax-error".to_owned())),
            "{path}"
        );
    }
    place.run(&["check", "--fix-only", "--unsafe-fixes"]);
    place.run(&["graph"]);
}

/// Much of the same, flat: within the limits it is looked at, in bounded memory.
#[test]
fn flat_giants() {
    let place = Place::new();
    let attributes: String = (0..10_000).map(|it| format!("a{it} = {it}; ")).collect();
    place
        .write("attributes.nix", format!("{{ {attributes}}}"))
        .write("same.nix", format!("{{ {}}}", "a = 1; ".repeat(10_000)))
        .write("items.nix", format!("[ {}]", "1 ".repeat(40_000)))
        .write("lets.nix", format!("let {attributes} in 1"))
        .write(
            "inherits.nix",
            format!("{{ inherit {}; }}", "a ".repeat(20_000)),
        )
        .write("name.nix", "a".repeat(1 << 20))
        .write(
            "text.nix",
            format!("{{ a = \"{}\"; }}", "x".repeat((1 << 20) - 64)),
        )
        .write("lines.nix", format!("''\n{}''", "  x\n".repeat(100_000)))
        .write(
            "open.nix",
            format!("{{ a = ''\n{}", "x".repeat((1 << 20) - 64)),
        )
        .write(
            "comment.nix",
            format!("/*{}*/ 1", "*".repeat((1 << 20) - 64)),
        )
        .write("many.nix", format!("{}1", "# c\n".repeat(50_000)))
        .write("big.nix", " ".repeat((1 << 20) + 1))
        .write("words.sh", format!("echo {}\n", "a ".repeat(50_000)))
        .write("quotes.sh", "'\"".repeat(20_000))
        .write("here.sh", "cat <<A\n".repeat(4_000))
        .write("nivis.toml", "[limits]\nfile-size = \"1 MiB\"\n");
    let begin = Instant::now();
    // Address space, so that it holds what is mapped and not used, too.
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -v 2500000; exec \"$@\"",
            "sh",
            env!("CARGO_BIN_EXE_nivis"),
        ])
        .args(["check", "--format", "json", "--threads", "2"])
        .current_dir(place.root())
        .env_clear();
    let done = finish(command, b"", "giants");
    eprintln!("giants: {:?}", begin.elapsed());
    assert_eq!(done.code, Some(2), "{}", String::from_utf8_lossy(&done.err));
    let report: Value = serde_json::from_slice(&done.out).unwrap();
    let skipped = report["skipped"].to_string();
    assert!(
        skipped.contains("big.nix") && !skipped.contains("text.nix"),
        "{skipped}"
    );
    let found = findings(&done.out);
    assert!(
        found.contains(&("big.nix".to_owned(), "file-skipped".to_owned())),
        "{found:?}"
    );
    let err = String::from_utf8_lossy(&done.err);
    assert!(err.contains("big.nix") || err.contains("skipped"), "{err}");
}

/// What may not be read is an error, and costs no other finding.
#[test]
fn what_may_not_be_read() {
    let place = Place::new();
    place
        .write("good.nix", "let dead = 1; in 1\n")
        .write("closed.nix", "1")
        .write("shut/a.nix", "1");
    let closed = |path: &str, mode| {
        fs::set_permissions(place.root().join(path), PermissionsExt::from_mode(mode)).unwrap()
    };
    closed("closed.nix", 0o000);
    closed("shut", 0o000);
    let mut command = place.nivis(&["check", "--format", "json"]);
    if fs::read(place.root().join("closed.nix")).is_ok() {
        // The administrator may read everything: somebody else runs it.
        fs::set_permissions(place.top(), PermissionsExt::from_mode(0o755)).unwrap();
        let program = place.top().join("nivis");
        fs::copy(env!("CARGO_BIN_EXE_nivis"), &program).unwrap();
        command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&program)
            .args(["check", "--format", "json"])
            .current_dir(place.root());
        let tried = Command::new("setpriv")
            .args(["--reuid=65534", "--clear-groups", "true"])
            .output();
        if !tried.is_ok_and(|it| it.status.success()) {
            eprintln!("skipped: nobody else can run it");
            return;
        }
    }
    let done = finish(command, b"", "closed");
    closed("closed.nix", 0o644);
    closed("shut", 0o755);
    assert_eq!(done.code, Some(2), "{done:?}");
    let err = String::from_utf8_lossy(&done.err);
    assert!(err.contains("closed.nix") && err.contains("shut"), "{err}");
    assert!(findings(&done.out).contains(&("good.nix".to_owned(), "unused-let".to_owned())));
}

/// Settings belong to the attacker too: they lead nowhere outside, pass no ceiling, and are never quoted.
#[test]
fn settings_of_ill_will() {
    let place = Place::new();
    let canary = "canary-of-another-file";
    place
        .write("a.nix", "1")
        .link("../outside", "away")
        .link("../outside/base.toml", "base.toml");
    fs::write(
        place.top().join("outside/base.toml"),
        format!("{canary} = ["),
    )
    .unwrap();
    fs::write(
        place.top().join("outside/rule.toml"),
        format!("{canary} = ["),
    )
    .unwrap();
    let outside = place.top().join("outside/base.toml");
    for text in [
        "baseline = \"../outside/base.toml\"".to_owned(),
        format!("baseline = {:?}", outside.display().to_string()),
        "baseline = \"away/base.toml\"".to_owned(),
        "baseline = \"base.toml\"".to_owned(),
        "exclude = [\"../**\"]".to_owned(),
        "exclude = [\"/etc/**\"]".to_owned(),
        "rules = [\"../outside/*.toml\"]".to_owned(),
        "rules = [\"/etc/*.toml\"]".to_owned(),
        "[repository]\nentries = [\"../x\"]".to_owned(),
        "[limits]\ndepth = 501".to_owned(),
        "[limits]\nrun = 10001".to_owned(),
        "[limits]\nfile-size = \"257 MiB\"".to_owned(),
        "[limits]\nfiles = 10000001".to_owned(),
        "[limits]\nfindings-per-lint = 1000001".to_owned(),
        "[levels]\n\"\\u001b[31m\" = \"off\"".to_owned(),
        "\"\u{202e}\" = 1".to_owned(),
        "[lints.stale-lock]\ndays = \"\\u001b[31m\"".to_owned(),
        "exclude = [".to_owned() + &"[".repeat(50_000),
        "a.".repeat(50_000) + "b = 1",
        "exclude = [\"".to_owned() + &"{a,".repeat(10_000) + "\"]",
        format!("\u{feff}\u{1b}[31m{canary}"),
        "\r::error::x\r = 1".to_owned(),
    ] {
        place.write("nivis.toml", &text);
        let short: String = text.chars().take(60).collect();
        for args in [
            &["check"][..],
            &["config", "--show"],
            &["graph"],
            &["baseline", "write"],
        ] {
            let done = place.run(args);
            assert_eq!(done.code, Some(2), "{short}: {args:?}: {done:?}");
            harmless(&done.err, "", &short);
            harmless(&done.out, "", &short);
            assert!(
                done.err.len() < 2_000,
                "{short}: {} bytes of words",
                done.err.len()
            );
            assert!(
                !contains(&done.err, canary.as_bytes()) && !contains(&done.out, canary.as_bytes()),
                "{short}: {done:?}"
            );
        }
    }
    fs::remove_file(place.root().join("nivis.toml")).unwrap();
    for args in [
        &["check", "--config", "../outside/base.toml"][..],
        &["config", "--show", "--config", "../outside/base.toml"],
        &[
            "check",
            "--diff-from",
            "../outside/base.toml",
            "--select",
            canary,
        ],
    ] {
        let done = place.run(args);
        assert_eq!(done.code, Some(2), "{args:?}: {done:?}");
        let quoted = contains(&done.err, format!("{canary} = [").as_bytes());
        assert!(
            !quoted && !contains(&done.out, b" = ["),
            "{args:?}: {done:?}"
        );
    }
}

/// A limit that is hit is said, and named.
#[test]
fn limits_are_never_silent() {
    let place = Place::new();
    for index in 0..400 {
        place.write(format!("{}/{index}.nix", index % 20), "let in 1");
    }
    let (done, all) = reports(&place, &[]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert_eq!(findings(&all["json"]).len(), 400);
    for (format, most) in [("github", 52), ("markdown", 230)] {
        let lines = String::from_utf8_lossy(&all[format]).lines().count();
        assert!(lines <= most, "{format}: {lines}");
        assert!(
            contains(&all[format], b"350") || contains(&all[format], b"200"),
            "{format} does not say what it left out"
        );
    }
    place.write("nivis.toml", "[limits]\nfiles = 100\n");
    let done = place.run(&["check"]);
    assert_eq!(done.code, Some(2));
    assert!(contains(&done.err, b"limits.files"), "{done:?}");
    place.write("nivis.toml", "[limits]\nfindings-per-lint = 100\n");
    let done = place.run(&["check", "--format", "json"]);
    assert!(
        findings(&done.out).len() <= 110,
        "{}",
        findings(&done.out).len()
    );
    assert!(
        done.code == Some(2) || contains(&done.out, b"100"),
        "{done:?}"
    );
    let words = [&done.out[..], &done.err].concat();
    assert!(
        contains(&words, b"findings-per-lint"),
        "nothing says what was left out"
    );
    place.write("nivis.toml", "[limits]\nfile-size = \"4 B\"\n");
    let done = place.run(&["check"]);
    assert_eq!(done.code, Some(2), "{done:?}");
}

/// A git directory that wants to run things, with every change that it can be asked about.
fn armed() -> Place {
    let place = Place::new();
    place
        .write("a.nix", "let dead = 1; in { a = http://x; }\n")
        .write("flake.nix", "{ outputs = { self }: { nixosConfigurations.h = self.lib.nixosSystem { modules = [ ./host.nix ]; }; }; }\n")
        .write("host.nix", "{ imports = [ ../outside/secret.nix /etc/passwd ~/.ssh/id_rsa ./a.nix ]; x = builtins.readFile /etc/shadow; sops.defaultSopsFile = ../outside/secret.yaml; }\n")
        .write(".gitattributes", "*.nix filter=evil diff=evil merge=evil\n")
        .link("../outside/secret.nix", "linked.nix")
        .git(&["init", "-q", "-b", "main"])
        .git(&["add", "-A"])
        .git(&["commit", "-q", "-m", "one"])
        .write("a.nix", "let dead = 1; gone = 2; in { a = http://x; b = http://y; }\n")
        .write("b.nix", "let in 1\n")
        .git(&["add", "a.nix"]);
    let mark = place.top().join("mark");
    let run = format!("touch '{}'", mark.display());
    place.write(
        ".git/config",
        format!("[core]\n\trepositoryformatversion = 0\n\tfsmonitor = \"{run}\"\n\thooksPath = .git/hooks\n\tpager = \"{run}\"\n\teditor = \"{run}\"\n\tsshCommand = \"{run}\"\n\tgitProxy = \"{run}\"\n\tattributesFile = /etc/passwd\n\texcludesFile = /etc/shadow\n[include]\n\tpath = /etc/shadow\n[filter \"evil\"]\n\tclean = \"{run}\"\n\tsmudge = \"{run}\"\n\tprocess = \"{run}\"\n\trequired = true\n[diff]\n\texternal = \"{run}\"\n[diff \"evil\"]\n\tcommand = \"{run}\"\n\ttextconv = \"{run}\"\n[alias]\n\tcheck = \"!{run}\"\n[remote \"origin\"]\n\turl = \"ext::{run}\"\n\tpromisor = true\n[credential]\n\thelper = \"!{run}\"\n"),
    );
    for hook in [
        "pre-commit",
        "post-checkout",
        "fsmonitor-watchman",
        "post-index-change",
        "reference-transaction",
    ] {
        place.write(format!(".git/hooks/{hook}"), format!("#!/bin/sh\n{run}\n"));
        fs::set_permissions(
            place.root().join(format!(".git/hooks/{hook}")),
            PermissionsExt::from_mode(0o755),
        )
        .unwrap();
    }
    fs::write(place.top().join("out/list"), "a.nix\0host.nix\0").unwrap();
    fs::write(place.top().join("out/change.diff"), "").unwrap();
    place
}

/// For every command: one process, no socket, nothing written but what it is for, nothing outside looked at.
#[test]
fn nothing_is_run_sent_or_written_elsewhere() {
    if !trace::works() {
        return;
    }
    let whole = armed();
    let out = whole.out();
    let list = out.join("list").display().to_string();
    let diff = out.join("change.diff").display().to_string();
    let json = format!("json={}", out.join("report.json").display());
    let sarif = format!("sarif={}", out.join("report.sarif").display());
    let cache = out.join("cache").display().to_string();
    let man = out.join("man").display().to_string();
    fs::create_dir(&man).unwrap();
    let session = session(&whole);
    // Arguments, and what may be written: paths below the root or `out`; a name that ends in `/` is a folder.
    let cases: Vec<(Vec<&str>, Vec<&str>)> = vec![
        (vec!["check", "-v"], vec!["home/.cache/nivis/"]),
        (vec!["check", "--no-cache", "--staged"], vec![]),
        (
            vec![
                "check",
                "--no-cache",
                "--diff-base",
                "HEAD",
                "--diff-scope",
                "all",
            ],
            vec![],
        ),
        (vec!["check", "--no-cache", "--diff-from", &diff], vec![]),
        (
            vec![
                "check",
                "--no-cache",
                "--files0-from",
                &list,
                "--statistics",
            ],
            vec![],
        ),
        (
            vec!["check", "--no-cache", "--stdin-filename", "a.nix", "--fix"],
            vec![],
        ),
        (
            vec!["check", "--no-cache", "--diff", "--unsafe-fixes"],
            vec![],
        ),
        (
            vec![
                "check",
                "--no-cache",
                "--config",
                "base",
                "--force-exclude",
                "--include-tests",
            ],
            vec![],
        ),
        (
            vec![
                "check",
                "--no-cache",
                "--vcs",
                "none",
                "--no-respect-gitignore",
                "a.nix",
            ],
            vec![],
        ),
        (
            vec![
                "check",
                "--no-cache",
                "--output-file",
                &json,
                "--output-file",
                &sarif,
            ],
            vec!["out/report.json", "out/report.sarif"],
        ),
        (vec!["check", "--cache-dir", &cache], vec!["out/cache/"]),
        (vec!["graph"], vec!["home/.cache/nivis/"]),
        (vec!["graph", "--format", "svg"], vec!["home/.cache/nivis/"]),
        (vec!["graph", "--why", "a.nix"], vec!["home/.cache/nivis/"]),
        (vec!["graph", "--unreached"], vec!["home/.cache/nivis/"]),
        (vec!["options", "status"], vec!["home/.cache/nivis/"]),
        (vec!["config", "--show"], vec![]),
        (vec!["config", "--why", "a.nix"], vec![]),
        (vec!["config", "--schema"], vec![]),
        (vec!["lints"], vec![]),
        (vec!["explain", "unused-let"], vec![]),
        (vec!["completions", "bash"], vec![]),
        (vec!["man", "--dir", &man], vec!["out/man/"]),
        (vec!["server"], vec!["home/.cache/nivis/"]),
        (vec!["allow", "--select", "unused-let", "--diff"], vec![]),
        (vec!["baseline", "write"], vec!["root/nivis-baseline.toml"]),
        (vec!["baseline", "prune"], vec!["root/nivis-baseline.toml"]),
        (vec!["init"], vec!["root/nivis.toml"]),
        (
            vec!["allow", "--select", "unused-let", "--reason", "kept"],
            vec!["root/a.nix", "root/b.nix"],
        ),
        (
            vec!["check", "--no-cache", "--fix", "--unsafe-fixes"],
            vec!["root/a.nix", "root/b.nix"],
        ),
        (
            vec!["check", "--no-cache", "--fix-only"],
            vec!["root/a.nix", "root/b.nix"],
        ),
    ];
    for (args, may) in cases {
        let input: &[u8] = match args[0] {
            "server" => &session,
            _ => b"{ a = http://x; }",
        };
        let traced = Trace::of(&whole, &args, input);
        assert!(
            traced.starts().is_empty(),
            "{args:?} starts something: {:?}",
            traced.starts()
        );
        for path in traced.written() {
            let named = path
                .strip_prefix(whole.top())
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            let is_temporary = |name: &str, it: &str| {
                let folder = it.rsplit_once('/').map_or("", |it| it.0);
                name.strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with("/.nivis-"))
            };
            let fits = may.iter().any(|it| match it.strip_suffix('/') {
                Some(folder) => {
                    named.starts_with(*it)
                        || named == folder
                        || folder.starts_with(&format!("{named}/"))
                }
                None => named == *it || is_temporary(&named, it),
            });
            assert!(fits, "{args:?} writes {named}");
        }
        for path in traced.touched() {
            let text = path.to_string_lossy();
            for never in [
                "/etc/passwd",
                "/etc/shadow",
                ".ssh",
                "/outside",
                ".git/config",
                ".git/hooks",
            ] {
                assert!(!text.contains(never), "{args:?} looks at {text}");
            }
        }
        if args[0] == "check" {
            assert!(
                matches!(traced.done.code, Some(0 | 1)),
                "{args:?}: {}",
                String::from_utf8_lossy(&traced.done.err)
            );
        }
    }
    assert!(
        !whole.top().join("mark").exists(),
        "something of the repository ran"
    );
}

/// Colours and links of ours, taken away.
fn without_drawing(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("\u{1b}]8;;") {
            let Some(end) = after.find("\u{1b}\\") else {
                break;
            };
            assert!(
                after[..end].is_empty() || after[..end].starts_with("https://"),
                "{rest:?}"
            );
            rest = &after[end + 2..];
        } else if let Some(end) = rest.strip_prefix("\u{1b}[").and_then(|it| it.find('m')) {
            assert!(
                rest[2..2 + end]
                    .bytes()
                    .all(|it| it.is_ascii_digit() || it == b';'),
                "{rest:?}"
            );
            rest = &rest[end + 3..];
        } else {
            break;
        }
    }
    plain.push_str(rest);
    plain
}

/// Characters of ill will, in any order.
fn evil() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        (0u32..0xa0).prop_map(|it| char::from_u32(it).unwrap_or(' ').to_string()),
        proptest::sample::select(vec![
            "\u{1b}[31m",
            "\u{1b}]0;x\u{7}",
            "\u{9b}2J",
            "::error::x",
            "##vso[x]",
            "##[x]",
            "\u{202e}",
            "\u{2028}",
            "\r",
            "\n",
            "\t",
            "a",
            "b-",
            ".",
            "\"",
            "`",
            "${",
            "''",
            "\\",
            "|",
            "<b>",
            "@x",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 1..12).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// No control character of a name, a text, a comment or a setting reaches a terminal, a log or a runner.
    #[test]
    fn no_control_character_reaches_a_terminal(words in proptest::collection::vec(evil(), 8)) {
        let place = Place::new();
        let name = |it: &str| {
            let name: String = it.chars().filter(|c| !matches!(c, '/' | '\0')).take(40).collect();
            format!("n{name}.nix")
        };
        let [a, b, c, d, e, f, g, h] = <[String; 8]>::try_from(words).unwrap();
        place.write(name(&a), format!("# {b}\nlet x{c} = 1; dead = \"{d}\"; in {{ \"{e}\" = nope; b = http://x; imports = [ ./{f} ]; }} # nivis: allow({g})\n"));
        place.write(format!("{}/default.nix", name(&b)), "let dead = 1; in { a = 1; }");
        place.write("host.nix", format!("{{ imports = [ (./. + \"/{}\") ]; networking.firewall.enable = false; \"{h}\" = {{ a = let in 1; }}; }}", name(&a)));
        place.write("flake.nix", format!("{{ inputs.\"{a}\".url = \"{b}\"; outputs = {{ self, nixpkgs }}: {{ nixosConfigurations.\"{c}\" = nixpkgs.lib.nixosSystem {{ modules = [ ./host.nix ]; }}; }}; }}"));
        place.write("flake.lock", serde_json::json!({ "version": 7, "root": d, "nodes": { d.clone(): { "inputs": { e.clone(): f.clone() } } } }).to_string());
        place.write("deploy.sh", format!("#!/bin/sh\nsudo nixos-rebuild switch {g}\nnix-env -i {h}\n"));
        place.write(".sops.yaml", format!("creation_rules:\n  - path_regex: {h:?}\n    age: {a:?}\n"));
        let mut command = place.nivis(&["check", "-v", "--color", "always"]);
        command.env("FORCE_HYPERLINK", "1");
        let done = finish(command, b"", "coloured");
        for text in [&done.out, &done.err] {
            let text = String::from_utf8(text.clone()).unwrap();
            harmless(without_drawing(&text).as_bytes(), "full", "coloured");
        }
        let (_, all) = reports(&place, &["--color", "always"]);
        for (format, text) in &all {
            harmless(text, format, format);
        }
        for args in [&["graph"][..], &["graph", "--format", "svg"], &["graph", "--format", "dot"], &["check", "--fix-only", "--unsafe-fixes"]] {
            let done = place.run(args);
            harmless(&done.out, "", &format!("{args:?}"));
            harmless(&done.err, "", &format!("{args:?}"));
        }
        // Settings and arguments are words of others as well.
        place.write("nivis.toml", format!("{:?} = {:?}\n", a, b).as_bytes());
        let done = place.run(&["check", "--select", &c.replace('\0', ""), "--", &d.replace('\0', "")]);
        prop_assert_eq!(done.code, Some(2));
        harmless(&done.err, "", "arguments");
    }
}

/// Every row of the table names tests, and every test that it names exists.
#[test]
fn every_attack_has_its_test() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(house.join("testdata/hostile/README.md")).unwrap();
    let mut rows = 0;
    for line in table
        .lines()
        .filter(|it| it.starts_with("| ") && !it.starts_with("| #") && !it.starts_with("| -"))
    {
        rows += 1;
        let tests: Vec<&str> = line
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|it| it.contains("::"))
            .collect();
        assert!(!tests.is_empty(), "no test: {line}");
        for test in tests {
            let (file, name) = test.split_once("::").unwrap();
            let text = fs::read_to_string(house.join(file))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("fn {name}(")), "{test} is not there");
        }
    }
    assert_eq!(rows, 21);
}
