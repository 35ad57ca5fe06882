//! The program as its users meet it: a folder, a command line, what comes out and how it ends.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make folders and start the program"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A file with a syntax error, and one without.
const BROKEN: &str = "{ a = ; }\n";
const SOUND: &str = "{ a = 1; }\n";

/// A folder that is thrown away.
struct Folder(TempDir);

/// What the program did.
#[derive(Debug)]
struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Done {
        done(self.command(args))
    }

    /// With a text on stdin.
    fn feed(&self, args: &[&str], text: &str) -> Done {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses its arguments does not read.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        finished(child.wait_with_output().unwrap())
    }
}

fn done(mut command: Command) -> Done {
    finished(command.output().unwrap())
}

fn finished(output: std::process::Output) -> Done {
    Done {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        err: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

fn json(done: &Done) -> Value {
    serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

/// The paths that findings are in.
fn paths(done: &Done) -> Vec<String> {
    json(done)["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn help() {
    let folder = Folder::new(&[]);
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help-check", &["check", "--help"]),
        ("help-explain", &["explain", "--help"]),
        ("help-graph", &["graph", "--help"]),
        ("help-merge", &["merge", "--help"]),
        ("help-clean", &["clean", "--help"]),
        ("help-lints", &["lints", "--help"]),
        ("help-baseline-write", &["baseline", "write", "--help"]),
        ("help-baseline-prune", &["baseline", "prune", "--help"]),
        ("help-allow", &["allow", "--help"]),
        ("help-init", &["init", "--help"]),
        ("help-config", &["config", "--help"]),
        ("help-migrate", &["migrate", "--help"]),
        ("help-completions", &["completions", "--help"]),
        ("help-man", &["man", "--help"]),
        ("help-server", &["server", "--help"]),
        ("help-baseline", &["baseline", "--help"]),
        ("help-options", &["options", "--help"]),
    ] {
        let done = folder.run(args);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
        insta::assert_snapshot!(name, done.out);
    }
    let version = folder.run(&["--version"]);
    assert_eq!(
        version.out,
        format!("nivis {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn usage_errors_name_the_flag() {
    let folder = Folder::new(&[("a.nix", SOUND)]);
    for (args, named) in [
        (&["check", "--fromat", "json"][..], "--fromat"),
        (&["check", "--format", "xml"], "--format"),
        (&["check", "--fail-on", "sometimes"], "--fail-on"),
        (&["check", "--min-level", "never"], "--min-level"),
        (&["check", "--threads", "0"], "--threads"),
        (&["check", "--threads", "many"], "--threads"),
        (&["check", "--color", "blue"], "--color"),
        (&["check", "--vcs", "svn"], "--vcs"),
        (&["check", "--output-file", "json"], "--output-file"),
        (&["check", "--output-file", "xml=a"], "--output-file"),
        (
            &["check", "--statistics", "--format", "concise"],
            "--statistics",
        ),
        (&["check", "-q", "-v"], "-v"),
        (&["check", "-"], "--stdin-filename"),
        (
            &["check", "--stdin-filename", "a.nix", "b.nix"],
            "--stdin-filename",
        ),
        (&["check", "--select", "no-such-lint"], "--select"),
        (&["check", "--ignore", "no-such-lint"], "--ignore"),
        (&["check", "--level", "syntax-error"], "--level"),
        (&["check", "--level", "syntax-error=loud"], "--level"),
        (&["check", "--config", "missing.toml"], "missing.toml"),
        (&["check", "--diff-base", "HEAD"], "HEAD"),
        (&["check", "--root", "missing"], "missing"),
        (&["explain", "no-such-lint"], "no-such-lint"),
        (&["explain"], "NAME"),
        (&["frobnicate"], "frobnicate"),
        (&[], "Usage"),
    ] {
        let done = folder.run(args);
        assert_eq!(done.code, Some(2), "{args:?}: {done:?}");
        assert!(done.err.contains(named), "{args:?}: {done:?}");
        assert_eq!(done.out, "", "{args:?}");
    }
}

#[test]
fn arguments_cannot_write_to_the_terminal() {
    let folder = Folder::new(&[]);
    for argument in [
        "--\u{1b}[31m",
        "\u{1b}]0;x\u{7}.nix",
        "--x\n::error::boo",
        "x\n::error::boo",
    ] {
        let done = folder.run(&["check", argument]);
        assert_eq!(done.code, Some(2));
        assert!(
            !done
                .err
                .lines()
                .any(|line| line.trim_start().starts_with("::")),
            "{done:?}"
        );
        assert!(
            !done.err.contains('\u{1b}') && !done.err.contains('\u{7}'),
            "{done:?}"
        );
    }
}

#[test]
fn exit_codes() {
    let clean = Folder::new(&[("a.nix", SOUND)]);
    let faulty = Folder::new(&[("a.nix", SOUND), ("b.nix", BROKEN)]);
    for (folder, args, code) in [
        (&clean, &["check"][..], 0),
        (&clean, &["check", "--fail-on", "info"], 0),
        (&faulty, &["check"], 1),
        (&faulty, &["check", "--fail-on", "info"], 1),
        (&faulty, &["check", "--fail-on", "warn"], 1),
        (&faulty, &["check", "--fail-on", "error"], 1),
        (&faulty, &["check", "--fail-on", "never"], 0),
        (&faulty, &["check", "--exit-zero"], 0),
        (
            &faulty,
            &[
                "check",
                "--level",
                "syntax-error=warn",
                "--fail-on",
                "error",
            ],
            0,
        ),
        (&faulty, &["check", "--level", "syntax-error=warn"], 1),
        (&faulty, &["check", "--level", "syntax-error=info"], 0),
        (
            &faulty,
            &["check", "--level", "syntax-error=info", "--fail-on", "info"],
            1,
        ),
        (&faulty, &["check", "--ignore", "syntax-error"], 0),
        (&faulty, &["check", "--min-level", "error"], 1),
        (&faulty, &["check", "a.nix"], 0),
        (&faulty, &["check", "b.nix"], 1),
        (&faulty, &["check", "."], 1),
        (&faulty, &["check", "missing.nix"], 2),
        (&faulty, &["check", "a.nix", "missing.nix"], 2),
        (&faulty, &["check", "missing.nix", "--exit-zero"], 2),
        (&faulty, &["check", "missing.nix", "--fail-on", "never"], 2),
        (&faulty, &["check", "/"], 2),
    ] {
        for format in [
            "full", "concise", "grouped", "json", "jsonl", "github", "gcc", "markdown",
        ] {
            let mut all = args.to_vec();
            all.extend(["--format", format]);
            let done = folder.run(&all);
            assert_eq!(done.code, Some(code), "{all:?}: {done:?}");
        }
    }
    let empty = Folder::new(&[("README", "")]);
    assert_eq!(empty.run(&["check"]).code, Some(2));
}

#[test]
fn a_clean_run_says_nothing_on_stdout() {
    let folder = Folder::new(&[("a.nix", SOUND), ("b.nix", SOUND)]);
    for format in ["full", "concise", "grouped", "github", "gcc"] {
        let done = folder.run(&["check", "--format", format]);
        assert_eq!(done.out, "", "{format}");
        assert!(done.err.starts_with("clean: 2 files, "), "{done:?}");
    }
}

#[test]
fn a_file_that_does_not_parse_hides_no_other() {
    let folder = Folder::new(&[
        ("a.nix", "{ a = 1; a = 2; "),
        ("b.nix", BROKEN),
        ("c.nix", SOUND),
        ("d/e.nix", BROKEN),
    ]);
    let done = folder.run(&["check", "--format", "json", "--select", "syntax-error"]);
    assert_eq!(done.code, Some(1));
    let mut paths = paths(&done);
    paths.dedup();
    assert_eq!(paths, ["a.nix", "b.nix", "d/e.nix"]);
}

#[test]
fn named_paths_choose_what_is_reported() {
    let folder = Folder::new(&[("a.nix", BROKEN), ("d/e.nix", BROKEN), ("d/f.nix", SOUND)]);
    let named = |args: &[&str]| {
        let mut all = vec!["check", "--format", "json", "--select", "syntax-error"];
        all.extend(args);
        let done = folder.run(&all);
        let mut paths = paths(&done);
        paths.dedup();
        (done.code, paths)
    };
    assert_eq!(named(&["d"]), (Some(1), vec!["d/e.nix".to_owned()]));
    assert_eq!(
        named(&["./d/../a.nix"]),
        (Some(1), vec!["a.nix".to_owned()])
    );
    assert_eq!(named(&["d/f.nix"]), (Some(0), vec![]));
    let whole = json(&folder.run(&["check", "--format", "json"]));
    for path in ["a.nix", "d/e.nix"] {
        let alone = json(&folder.run(&["check", "--format", "json", path]));
        let of_path: Vec<&Value> = whole["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["path"] == path)
            .collect();
        assert_eq!(
            alone["findings"]
                .as_array()
                .unwrap()
                .iter()
                .collect::<Vec<_>>(),
            of_path
        );
    }
}

#[test]
fn a_text_from_stdin() {
    let folder = Folder::new(&[("a.nix", SOUND), ("b.nix", BROKEN)]);
    let base = ["check", "--format", "json", "--select", "syntax-error"];
    for flag in ["--stdin-filename", "--stdin-filepath", "--stdin-file-path"] {
        for dash in [&["-"][..], &[]] {
            let args = [&base[..], &[flag, "a.nix"], dash].concat();
            let done = folder.feed(&args, BROKEN);
            assert_eq!(done.code, Some(1), "{done:?}");
            assert!(paths(&done).iter().all(|path| path == "a.nix"), "{done:?}");
            assert_eq!(folder.feed(&args, SOUND).code, Some(0));
        }
    }
    // It need not exist, and what it says is what the file would say.
    let args = [&base[..], &["--stdin-filename", "new/c.nix"]].concat();
    let fed = folder.feed(&args, BROKEN);
    folder.write("new/c.nix", BROKEN);
    let read = folder.run(&[&base[..], &["new/c.nix"]].concat());
    assert_eq!(json(&fed)["findings"], json(&read)["findings"]);
    assert_eq!(folder.read("a.nix"), SOUND);
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let folder = Folder::new(&[]);
    for index in 0..40 {
        let text = if index % 3 == 0 { BROKEN } else { SOUND };
        folder.write(format!("d{}/f{index}.nix", index % 7), text);
    }
    for format in [
        "full", "concise", "grouped", "json", "jsonl", "github", "gcc", "markdown",
    ] {
        let one = folder.run(&["check", "--format", format, "--threads", "1"]);
        for threads in ["2", "16"] {
            let more = folder.run(&["check", "--format", format, "--threads", threads]);
            assert_eq!(one.out, more.out, "{format}");
        }
    }
    // Nor do the name of the root, the locale or the time zone matter.
    let other = Folder::new(&[]);
    for index in (0..40).rev() {
        let text = if index % 3 == 0 { BROKEN } else { SOUND };
        other.write(format!("d{}/f{index}.nix", index % 7), text);
    }
    let args = ["check", "--format", "json"];
    let mut there = other.command(&args);
    there.envs([
        ("LANG", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
        ("HOME", "/nowhere"),
    ]);
    assert_eq!(folder.run(&args).out, done(there).out);
}

#[test]
fn names_of_ill_will() {
    let folder = Folder::new(&[("a.nix", SOUND)]);
    let names: [&[u8]; 7] = [
        b"\x1b[31mred.nix",
        b"x\n::error::boo.nix",
        b"::warning::first.nix",
        b"##vso[task.setvariable].nix",
        b"a##[error]b.nix",
        "\u{202e}xin.\u{200b}.nix".as_bytes(),
        b"\xff\xfe.nix",
    ];
    let mut written = 0;
    for name in names {
        // Not every file system takes every name.
        written +=
            usize::from(fs::write(folder.path(std::ffi::OsStr::from_bytes(name)), BROKEN).is_ok());
    }
    assert!(written >= 5);
    for format in [
        "full", "concise", "grouped", "json", "jsonl", "github", "gcc", "markdown",
    ] {
        let done = folder.run(&["check", "-v", "--format", format]);
        assert_eq!(done.code, Some(1), "{done:?}");
        for line in done.out.split('\n').chain(done.err.split('\n')) {
            let ours = line.starts_with("::error title=nivis ") && format == "github";
            assert!(
                !line.trim_start().starts_with("::") || ours,
                "{format}: {line}"
            );
            assert!(
                !line.contains("##[") && !line.contains("##vso["),
                "{format}: {line}"
            );
            let hidden = line
                .chars()
                .any(|c| (c.is_control() && c != '\t') || matches!(c, '\u{200b}' | '\u{202e}'));
            assert!(!hidden, "{format}: {line:?}");
        }
    }
    // Nothing is lost for machines.
    let done = folder.run(&["check", "--format", "json", "--select", "syntax-error"]);
    assert!(paths(&done).contains(&"x\n::error::boo.nix".to_owned()));
    let raw = json(&done)["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["path_bytes"] == "//4ubml4")
        .count();
    assert!(written < 7 || raw > 0);
}

#[test]
fn reports_in_files() {
    let folder = Folder::new(&[("a.nix", BROKEN), ("old.out", "old"), ("target", "kept")]);
    fs::set_permissions(folder.path("old.out"), PermissionsExt::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("target", folder.path("link.out")).unwrap();
    let done = folder.run(&[
        "check",
        "--format",
        "concise",
        "--output-file",
        "json=old.out",
        "--output-file",
        "json=link.out",
        "--output-file",
        "gcc=new.out",
        "--output-file",
        "grouped=/dev/stderr",
    ]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.starts_with("a.nix:1:"));
    assert!(done.err.starts_with("a.nix\n"), "{done:?}");
    let same = folder.run(&["check", "--format", "json"]);
    assert_eq!(folder.read("old.out"), same.out);
    assert_eq!(folder.read("link.out"), same.out);
    assert_eq!(folder.read("target"), "kept");
    assert!(
        !fs::symlink_metadata(folder.path("link.out"))
            .unwrap()
            .is_symlink()
    );
    let mode = |path: &str| {
        fs::metadata(folder.path(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("old.out"), 0o640);
    assert_eq!(mode("new.out") & 0o600, 0o600);
    // Nothing else is left behind.
    let mut names: Vec<_> = fs::read_dir(folder.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["a.nix", "link.out", "new.out", "old.out", "target"]);

    for path in ["json=missing/x.json", "json=."] {
        let done = folder.run(&["check", "--format", "concise", "--output-file", path]);
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.out.starts_with("a.nix:1:"), "{done:?}");
        assert!(done.err.contains("cannot be written"), "{done:?}");
    }
}

#[test]
fn a_report_into_a_pipe() {
    let folder = Folder::new(&[("a.nix", BROKEN)]);
    let made = Command::new("mkfifo").arg(folder.path("pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        assert!(
            std::env::var_os("NIVIS_REQUIRE_TOOLS").is_none(),
            "there is no mkfifo"
        );
        println!("skipped: there is no mkfifo");
        return;
    }
    let pipe = folder.path("pipe");
    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    let done = folder.run(&["check", "-qq", "--output-file", "concise=pipe"]);
    assert_eq!((done.code, done.out.as_str()), (Some(1), ""), "{done:?}");
    assert!(reader.join().unwrap().starts_with("a.nix:1:"));
}

#[test]
fn a_reader_that_goes_away() {
    let folder = Folder::new(&[("a.nix", BROKEN)]);
    for (args, code) in [
        (&["check", "--format", "json"][..], 1),
        (&["check", "--exit-zero"], 0),
        (&["lints"], 0),
        (&["--help"], 0),
    ] {
        let mut child = folder
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let done = finished(child.wait_with_output().unwrap());
        assert_eq!(done.code, Some(code), "{args:?}: {done:?}");
        assert!(!done.err.contains("error: stdout"), "{done:?}");
    }
}

#[test]
fn a_full_disk() {
    let folder = Folder::new(&[("a.nix", BROKEN)]);
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: there is no /dev/full");
        return;
    };
    let mut command = folder.command(&["check"]);
    command.stdout(full);
    let done = done(command);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.err.contains("stdout: cannot be written"), "{done:?}");
}

#[test]
fn quiet_and_verbose() {
    let folder = Folder::new(&[("a.nix", BROKEN)]);
    let quiet = folder.run(&["check", "-q"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(1), ""));
    assert!(quiet.out.contains("a.nix:1:"));
    assert!(
        !quiet
            .out
            .lines()
            .any(|line| line.trim_start().starts_with("= "))
    );
    let silent = folder.run(&["check", "-qq"]);
    assert_eq!(
        (silent.code, silent.out.as_str(), silent.err.as_str()),
        (Some(1), "", "")
    );
    let trouble = folder.run(&["check", "-qq", "missing.nix"]);
    assert_eq!(trouble.code, Some(2));
    assert!(trouble.err.contains("missing.nix"));
    let verbose = folder.run(&["check", "-v"]);
    assert!(verbose.err.contains("root: "), "{verbose:?}");
    assert!(verbose.err.contains("settings: none"), "{verbose:?}");
    assert!(verbose.err.contains("git: none"), "{verbose:?}");
    assert_eq!(verbose.out, folder.run(&["check"]).out);
}

/// On a terminal there are colours, unless the environment or the flag says otherwise; a line that tells of progress is gone
/// when the run ends. `script` of util-linux is the terminal.
#[test]
fn on_a_terminal() {
    let folder = Folder::new(&[("a.nix", BROKEN)]);
    let show = |variables: &[(&str, &str)], flags: &str| -> Option<String> {
        let program = env!("CARGO_BIN_EXE_nivis");
        let output = Command::new("script")
            .args(["-qec", &format!("'{program}' check {flags}"), "/dev/null"])
            .current_dir(folder.path(""))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output();
        match output {
            Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
            Err(_) => {
                eprintln!("skipped: `script` is not here to be a terminal");
                None
            }
        }
    };
    let Some(coloured) = show(&[], "") else {
        return;
    };
    assert!(
        coloured.contains("\u{1b}[1m\u{1b}[31merror["),
        "{coloured:?}"
    );
    assert!(!coloured.contains("\u{1b}[K"), "{coloured:?}");
    for (variables, flags) in [
        (&[("NO_COLOR", "1")][..], ""),
        (&[("CLICOLOR", "0")], ""),
        (&[("TERM", "dumb")], ""),
        (&[("FORCE_COLOR", "1")], "--color never"),
    ] {
        let plain = show(variables, flags).unwrap();
        assert!(
            plain.contains("error[") && !plain.contains('\u{1b}'),
            "{variables:?}: {plain:?}"
        );
    }
    let forced = show(&[("NO_COLOR", "1")], "--color always").unwrap();
    assert!(forced.contains('\u{1b}'));
    // Frames in ASCII where the locale is not UTF-8.
    assert!(show(&[("LANG", "C")], "").unwrap().contains("-->"));
}

#[test]
fn colours() {
    let folder = Folder::new(&[("a.nix", BROKEN)]);
    let coloured = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = folder.command(&[&["check"], args].concat());
        command.envs(variables.iter().copied());
        done(command).out.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("FORCE_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("FORCE_COLOR", "1")]));
    for format in [
        "concise", "grouped", "json", "jsonl", "github", "gcc", "markdown",
    ] {
        assert!(
            !coloured(&["--color", "always", "--format", format], &[]),
            "{format}"
        );
    }
    let file = [
        "--color",
        "always",
        "-qq",
        "--output-file",
        "full=/dev/stdout",
    ];
    assert!(!coloured(&file, &[]));
}

#[test]
fn what_a_run_costs() {
    let folder = Folder::new(&[("a.nix", "let dead = 1; in 2\n"), ("b.nix", SOUND)]);
    let plain = folder.run(&["check"]);
    let timed = folder.run(&["check", "--timing"]);
    assert_eq!((plain.code, &plain.out), (timed.code, &timed.out));
    for words in [
        "reading ",
        "files ",
        "  parsing (all threads) ",
        "linking ",
        "repository lints ",
        "settling ",
        "printing ",
        "all, from the start of the program ",
        "all lints ",
    ] {
        let has = |done: &Done| done.err.lines().any(|line| line.starts_with(words));
        assert!(has(&timed) && !has(&plain), "{words}: {timed:?}");
    }
    let (_, lints) = timed.err.split_once("\nlint (all threads").unwrap();
    // The twenty dearest, the others, and all.
    assert_eq!(lints.lines().count(), 1 + 20 + 2, "{timed:?}");
    // It is no part of a report, and works with fixes.
    let fixed = folder.run(&["check", "--diff", "--timing", "-qq"]);
    assert_eq!(fixed.code, Some(1), "{fixed:?}");
    assert!(fixed.err.contains("linking "), "{fixed:?}");
}

/// A repository in which every flag has something to do; false where there is no git.
fn full_of_everything(folder: &Folder) -> bool {
    let flake = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-24.05\";\n  outputs = { nixpkgs, ... }: {\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ]; };\n  };\n}\n";
    let lock = "{ \"nodes\": { \"nixpkgs\": { \"locked\": { \"lastModified\": 1717200000, \"owner\": \"NixOS\", \"repo\": \"nixpkgs\", \"type\": \"github\" }, \"original\": { \"owner\": \"NixOS\", \"ref\": \"nixos-24.05\", \"repo\": \"nixpkgs\", \"type\": \"github\" } }, \"root\": { \"inputs\": { \"nixpkgs\": \"nixpkgs\" } } }, \"root\": \"root\", \"version\": 7 }";
    // Letters that no pattern of a scanner knows.
    let value = ["qzx", "wvk", "jhp", "tlm"].concat();
    let secret = format!("{{ users.users.root.password = \"{value}\"; }}\n");
    for (path, text) in [
        ("flake.nix", flake),
        ("flake.lock", lock),
        (
            "a.nix",
            "f: let dead = 1; in { imports = [ import ./x.nix ]; }\n",
        ),
        ("x.nix", "{ a = (1); }\n"),
        ("tests/vm.nix", &secret),
        ("gen/b.nix", BROKEN),
        ("nivis.toml", "exclude = [\"gen/\"]\n"),
        (".gitignore", "/ignored.nix\n"),
        ("ignored.nix", BROKEN),
        ("names", "x.nix\0"),
        ("sub/nivis.toml", ""),
        ("sub/c.nix", BROKEN),
        ("relaxed.toml", "[levels]\ndead = \"off\"\n"),
    ] {
        folder.write(path, text);
    }
    let git = |args: &[&str]| {
        Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(args)
            .current_dir(folder.0.path())
            .env("GIT_COMMITTER_DATE", "2024-07-01T12:00:00Z")
            .env("GIT_AUTHOR_DATE", "2024-07-01T12:00:00Z")
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !git(&["init", "-q"]) || !git(&["add", "-A"]) || !git(&["commit", "-q", "-m", "a"]) {
        return false;
    }
    // A change: one staged, one that is only in the work tree.
    folder.write("d.nix", "{\n  a = 1;\n  b = (2);\n}\n");
    let committed = git(&["add", "d.nix"]) && git(&["commit", "-q", "-m", "b"]);
    folder.write("d.nix", "{\n  a = let dead = 1; in 1;\n  b = (2);\n}\n");
    let diff = "--- a/d.nix\n+++ b/d.nix\n@@ -2 +2 @@\n-  a = 1;\n+  a = let dead = 1; in 1;\n";
    folder.write("change.diff", diff);
    committed
}

/// Each flag of `check`: what is asked without it, and with it, must have another outcome. Reports in files count.
#[test]
fn every_flag_of_check_does_something() {
    const CASES: &[(&str, &[&str], &[&str])] = &[
        (
            "root",
            &["--select", "syntax-error"],
            &["--select", "syntax-error", "--root", "sub"],
        ),
        (
            "vcs",
            &["--format", "json"],
            &["--format", "json", "--vcs", "none"],
        ),
        ("files0-from", &[], &["--files0-from", "names"]),
        (
            "today",
            &["--select", "end-of-life-release"],
            &["--select", "end-of-life-release", "--today", "2026-01-01"],
        ),
        ("stdin-filename", &["x.nix"], &["--stdin-filename", "x.nix"]),
        (
            "force-exclude",
            &["gen/b.nix"],
            &["gen/b.nix", "--force-exclude"],
        ),
        (
            "shard",
            &["--format", "json"],
            &["--format", "json", "--shard", "1/3"],
        ),
        ("no-respect-gitignore", &[], &["--no-respect-gitignore"]),
        ("staged", &["d.nix"], &["d.nix", "--staged"]),
        ("diff-base", &[], &["--diff-base", "HEAD"]),
        ("diff-from", &[], &["--diff-from", "change.diff"]),
        (
            "diff-scope",
            &["--diff-base", "HEAD"],
            &["--diff-base", "HEAD", "--diff-scope", "files"],
        ),
        ("select", &[], &["--select", "unused-let"]),
        ("ignore", &[], &["--ignore", "unused-let"]),
        ("level", &[], &["--level", "unused-let=error"]),
        (
            "include-tests",
            &["--select", "secrets"],
            &["--select", "secrets", "--include-tests"],
        ),
        ("config", &[], &["--config", "relaxed.toml"]),
        (
            "fail-on",
            &["--select", "unused-let"],
            &["--select", "unused-let", "--fail-on", "error"],
        ),
        ("exit-zero", &[], &["--exit-zero"]),
        ("fix", &[], &["--fix"]),
        ("fix-only", &["--fix"], &["--fix-only"]),
        ("diff", &[], &["--diff"]),
        ("unsafe-fixes", &["--diff"], &["--diff", "--unsafe-fixes"]),
        ("format", &[], &["--format", "concise"]),
        ("output-file", &[], &["--output-file", "json=report"]),
        (
            "project",
            &["--format", "json"],
            &["--format", "json", "--project", "web"],
        ),
        ("path-prefix", &[], &["--path-prefix", "web/"]),
        (
            "sarif-category",
            &["--format", "sarif"],
            &["--format", "sarif", "--sarif-category", "web"],
        ),
        (
            "min-level",
            &["--select", "unused-let"],
            &["--select", "unused-let", "--min-level", "error"],
        ),
        ("statistics", &[], &["--statistics"]),
        ("color", &[], &["--color", "always"]),
        ("q", &[], &["-q"]),
        ("timing", &["-q"], &["-q", "--timing"]),
        ("verbose", &[], &["--verbose"]),
    ];
    // These are to change no byte of any outcome: that they are heard is tested where they do something.
    const SILENT: [&str; 4] = ["no-cache", "cache-dir", "threads", "help"];

    let help = Folder::new(&[]).run(&["check", "--help"]).out;
    let mut flags: Vec<&str> = help
        .lines()
        .filter_map(|line| {
            let line = line
                .strip_prefix("  -")
                .or_else(|| line.strip_prefix("      -"))?;
            let long = line.split_once("--").map_or(line, |(_, long)| long);
            let long = long.trim_start_matches('-');
            long.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                .next()
        })
        .collect();
    flags.sort_unstable();
    let mut known: Vec<&str> = CASES.iter().map(|case| case.0).chain(SILENT).collect();
    known.sort_unstable();
    assert_eq!(flags, known);

    let outcome = |args: &[&str]| {
        let folder = Folder::new(&[]);
        if !full_of_everything(&folder) {
            return None;
        }
        let done = folder.feed(&[&["check"], args].concat(), "let dead = 1; in 2\n");
        assert!(done.code.is_some_and(|code| code < 2), "{args:?}: {done:?}");
        let texts = ["a.nix", "x.nix", "d.nix"].map(|path| folder.read(path));
        let report = fs::read_to_string(folder.path("report")).ok();
        // How long it took is another each time.
        let said: Vec<String> = done
            .err
            .lines()
            .filter(|line| !line.ends_with(" ms") || line.starts_with("stage"))
            .map(str::to_owned)
            .collect();
        Some((done.code, done.out, said, texts, report))
    };
    for (flag, without, with) in CASES {
        let (Some(before), Some(after)) = (outcome(without), outcome(with)) else {
            return;
        };
        assert_ne!(before, after, "--{flag}");
        assert_eq!(before, outcome(without).unwrap(), "{without:?}");
    }
}

#[test]
fn flags_that_do_not_go_together() {
    let folder = Folder::new(&[("a.nix", SOUND), ("list", "a.nix\0")]);
    for args in [
        &["--fix", "--fix-only"][..],
        &["--fix", "--diff"],
        &["--fix-only", "--diff"],
        &["--unsafe-fixes"],
        &["--staged", "--fix"],
        &["--staged", "--fix-only"],
        &["--staged", "--diff-base", "HEAD"],
        &["--staged", "--diff-from", "list"],
        &["--diff-base", "HEAD", "--diff-from", "list"],
        &["--staged", "--stdin-filename", "a.nix"],
        &["--diff-from", "list", "--stdin-filename", "a.nix"],
        &["--diff-scope", "files"],
        &["--files0-from", "list", "a.nix"],
        &["--files0-from", "list", "--stdin-filename", "a.nix"],
        &["--shard", "1/2", "--fix"],
        &["--shard", "3/2"],
        &["--diff", "--path-prefix", "x/"],
        &["--diff", "--statistics"],
        &["--fix-only", "--statistics"],
        &["--no-cache", "--cache-dir", "x"],
        &["-q", "-v"],
        &["--diff", "-", "--staged"],
    ] {
        let done = folder.run(&[&["check"], args].concat());
        assert_eq!(done.code, Some(2), "{args:?}: {done:?}");
        assert_eq!(done.out, "", "{args:?}");
        let flag = args.iter().find(|it| it.starts_with('-')).unwrap();
        assert!(
            done.err.contains("--") || done.err.contains(flag),
            "{done:?}"
        );
    }
}

#[test]
fn one_file_in_every_way() {
    let folder = Folder::new(&[
        (
            "flake.nix",
            "{ outputs = _: { x = import ./lib/a.nix; }; }\n",
        ),
        (
            "lib/a.nix",
            "let dead = 1; in { imports = [ ./gone.nix ./b.nix ]; }\n",
        ),
        ("lib/b.nix", "{ a = ; b = (1); }\n"),
    ]);
    let of = |args: &[&str], path: &str, stdin: Option<&str>| {
        let args = [&["check", "--format", "json"], args].concat();
        let done = match stdin {
            Some(text) => folder.feed(&args, text),
            None => folder.run(&args),
        };
        let report = json(&done);
        let findings = report["findings"].as_array().unwrap().iter();
        let of_path = findings.filter(|it| it["path"] == path);
        of_path.cloned().collect::<Vec<Value>>()
    };
    for path in ["flake.nix", "lib/a.nix", "lib/b.nix"] {
        let whole = of(&[], path, None);
        assert!(path == "flake.nix" || !whole.is_empty(), "{path}");
        assert_eq!(of(&[path], path, None), whole);
        assert_eq!(of(&["."], path, None), whole);
        let folder_of = Path::new(path).parent().unwrap().to_str().unwrap();
        if !folder_of.is_empty() {
            assert_eq!(of(&[folder_of], path, None), whole);
        }
        let list = format!("{path}\0");
        assert_eq!(of(&["--files0-from", "-"], path, Some(&list)), whole);
        let text = folder.read(path);
        assert_eq!(of(&["--stdin-filename", path], path, Some(&text)), whole);
    }
}

/// Killed at any moment, a run leaves reports that are whole: the old ones, or the new ones.
#[test]
fn reports_survive_a_kill() {
    let folder = Folder::new(&[]);
    for index in 0..60 {
        folder.write(format!("f{index}.nix"), "let dead = 1; in { a = (1); }\n");
    }
    // Outside: a report that lies in the repository is one of its files.
    let out = Folder::new(&[]);
    let report = |name: &str| out.path(name).display().to_string();
    let json = format!("json={}", report("report.json"));
    let sarif = format!("sarif={}", report("report.sarif"));
    let args = [
        "check",
        "-qq",
        "--output-file",
        &json,
        "--output-file",
        &sarif,
    ];
    let read = |path: &str| out.read(path);
    assert_eq!(folder.run(&args).code, Some(1));
    let whole = ["report.json", "report.sarif"].map(read);
    for round in 0..40 {
        let mut child = folder.command(&args).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(["report.json", "report.sarif"].map(read), whole);
    }
}

#[test]
fn levels_that_are_shown() {
    let folder = Folder::new(&[("a.nix", BROKEN)]);
    let args = [
        "check",
        "--level",
        "syntax-error=info",
        "--min-level",
        "warn",
    ];
    let people = folder.run(&args);
    assert_eq!(people.out, "");
    assert!(people.err.contains("below `warn`"), "{people:?}");
    let machines = folder.run(&[&args[..], &["--format", "json"]].concat());
    assert!(!paths(&machines).is_empty());
}

#[test]
fn statistics() {
    let folder = Folder::new(&[("a.nix", BROKEN), ("b.nix", BROKEN)]);
    let base = ["check", "--statistics", "--select", "syntax-error"];
    let text = folder.run(&base);
    assert_eq!(text.code, Some(1));
    assert!(text.out.contains("  error  syntax-error"), "{text:?}");
    let rows = json(&folder.run(&[&base[..], &["--format", "json"]].concat()));
    let whole = json(&folder.run(&["check", "--select", "syntax-error", "--format", "json"]));
    let count = whole["findings"].as_array().unwrap().len();
    assert_eq!(rows[0]["lint"], "syntax-error");
    assert_eq!(rows[0]["count"], count);
    let table = folder.run(&[&base[..], &["--format", "markdown"]].concat());
    assert!(
        table
            .out
            .contains(&format!("| `syntax-error` | error | {count} |")),
        "{table:?}"
    );
}

#[test]
fn settings_of_the_root() {
    let folder = Folder::new(&[
        ("a.nix", BROKEN),
        ("nivis.toml", "[levels]\nsyntax-error = \"info\"\n"),
        ("strict.toml", "[levels]\nsyntax-error = \"error\"\n"),
        ("broken.toml", "[levels]\nsyntax-eror = \"error\"\n"),
    ]);
    assert_eq!(folder.run(&["check"]).code, Some(0));
    assert_eq!(folder.run(&["check", "--config", "none"]).code, Some(1));
    assert_eq!(
        folder.run(&["check", "--config", "strict.toml"]).code,
        Some(1)
    );
    let broken = folder.run(&["check", "--config", "broken.toml"]);
    assert_eq!(broken.code, Some(2));
    assert!(
        broken.err.contains("error: broken.toml:2:1: ") && broken.err.contains("`syntax-error`"),
        "{broken:?}"
    );
    let digest = |args: &[&str]| {
        let done = folder.run(&[&["check", "--format", "json"], args].concat());
        json(&done)["settings_digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(digest(&[]), digest(&["--threads", "2"]));
    assert_ne!(digest(&[]), digest(&["--config", "none"]));
    assert_eq!(digest(&["--config", "none"]).len(), "b3:".len() + 64);
}

#[test]
fn pages_and_lists() {
    let folder = Folder::new(&[]);
    let page = folder.run(&["explain", "syntax-error"]);
    assert_eq!(page.code, Some(0));
    assert!(
        page.out
            .starts_with("syntax-error (syntax)\nlevel: error, ")
    );
    assert!(!page.out.contains("```"), "{}", page.out);
    let markdown = folder.run(&["explain", "syntax-error", "--format", "markdown"]);
    assert!(markdown.out.starts_with("# syntax-error\n"));
    let machines = json(&folder.run(&["explain", "syntax-error", "--format", "json"]));
    assert_eq!(machines[0]["page"], markdown.out.as_str());
    let group = folder.run(&["explain", "syntax"]);
    assert!(group.out.contains("\nsyntax-error "), "{group:?}");
    // A name of another tool says whose name it is.
    let alias = folder.run(&["explain", "E00"]);
    assert_eq!(alias.out, page.out);
    assert!(alias.err.contains("`syntax-error`"), "{alias:?}");
    let wrong = folder.run(&["explain", "syntax-eror"]);
    assert!(
        wrong.err.contains("; did you mean `syntax-error`"),
        "{wrong:?}"
    );

    let text = folder.run(&["lints"]);
    let rows = json(&folder.run(&["lints", "--format", "json"]));
    let rows = rows.as_array().unwrap();
    assert_eq!(text.out.lines().count(), rows.len());
    let row = rows
        .iter()
        .find(|row| row["name"] == "syntax-error")
        .unwrap();
    assert_eq!(row["group"], "syntax");
    assert_eq!(row["level"], "error");
    assert_eq!(row["options"]["type"], "object");
    assert!(row["aliases"].as_array().unwrap().contains(&"E00".into()));
    folder.write("nivis.toml", "[levels]\nsyntax = \"warn\"\n");
    let rows = json(&folder.run(&["lints", "--format", "json"]));
    let rows = rows.as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["name"] == "syntax-error")
        .unwrap();
    assert_eq!(
        (&row["level"], &row["effective_level"]),
        (&"error".into(), &"warn".into())
    );
    let table = folder.run(&["lints", "--format", "markdown"]);
    assert!(table.out.contains("| `syntax-error` | syntax | error |"));
}

#[test]
fn today_is_never_the_clock() {
    let flake = "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-24.05\";\n  outputs = { nixpkgs, ... }: {\n    nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ]; };\n  };\n}\n";
    let lock = |time: u32| {
        format!(
            "{{ \"nodes\": {{ \"nixpkgs\": {{ \"locked\": {{ \"lastModified\": {time}, \"owner\": \"NixOS\", \"repo\": \"nixpkgs\", \"type\": \"github\" }},
            \"original\": {{ \"owner\": \"NixOS\", \"ref\": \"nixos-24.05\", \"repo\": \"nixpkgs\", \"type\": \"github\" }} }},
            \"root\": {{ \"inputs\": {{ \"nixpkgs\": \"nixpkgs\" }} }} }}, \"root\": \"root\", \"version\": 7 }}"
        )
    };
    let folder = Folder::new(&[("flake.nix", flake), ("flake.lock", &lock(1_735_603_200))]);
    let run = |epoch: Option<&str>, args: &[&str]| {
        let mut command = folder.command(&["check", "--select", "end-of-life-release"]);
        command.args(args);
        if let Some(epoch) = epoch {
            command.env("SOURCE_DATE_EPOCH", epoch);
        }
        done(command)
    };
    // The lock is of 2024-12-31, the last day of support; the next day is over.
    assert_eq!(run(None, &[]).code, Some(0));
    folder.write("flake.lock", &lock(1_735_689_600));
    let told = run(None, &[]);
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("as of 2025-01-01"), "{}", told.out);
    // The variable beats the repository, the flag beats the variable.
    assert_eq!(run(Some("1735603200"), &[]).code, Some(0));
    assert_eq!(
        run(Some("1735603200"), &["--today", "2025-01-01"]).code,
        Some(1)
    );
    assert_eq!(
        run(Some("1767225600"), &["--today", "2024-12-31"]).code,
        Some(0)
    );
    for wrong in ["yesterday", "2025-02-30", "20250101", ""] {
        let done = run(None, &["--today", wrong]);
        assert_eq!(done.code, Some(2), "{wrong}");
        assert!(done.err.contains("--today"), "{}", done.err);
    }
    let done = run(Some("now"), &[]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("SOURCE_DATE_EPOCH"), "{}", done.err);
}
