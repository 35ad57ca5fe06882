//! Fixing as its users meet it: what is written, what is left alone, what is shown.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make folders and start programs"
)]

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

const URL: &str = "{ a = http://example.org/x; }\n";
const QUOTED: &str = "{ a = \"http://example.org/x\"; }\n";
const SOUND: &str = "{ a = 1; }\n";

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        // A root of its own, wherever temporary files are.
        folder.write("nivis.toml", "");
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.0.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .stdin(Stdio::null());
        command
    }

    /// `nivis check`, with a text on stdin.
    fn feed(&self, args: &[&str], text: &[u8]) -> Done {
        let mut child = self
            .command(env!("CARGO_BIN_EXE_nivis"), args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses its arguments does not read.
        let _ = child.stdin.take().unwrap().write_all(text);
        Done::of(child.wait_with_output().unwrap())
    }

    /// `nivis check`
    fn check(&self, args: &[&str]) -> Done {
        let args = [&["check"], args].concat();
        self.feed(&args, b"")
    }

    fn git(&self, args: &[&str], input: &str) -> Done {
        let mut child = self
            .command("git", args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Done::of(child.wait_with_output().unwrap())
    }
}

#[derive(Debug)]
struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Done {
    fn of(output: Output) -> Done {
        Done {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn ends(&self, code: i32) -> &Done {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

#[test]
fn files_are_rewritten_once() {
    let folder = Folder::new(&[
        ("a.nix", URL),
        ("sub/b.nix", "{ a = http://example.org/x; b = nope; }"),
        ("c.nix", SOUND),
    ]);
    let done = folder.check(&["--fix", "-v"]);
    done.ends(1);
    assert!(done.out.contains("nothing here is called `nope`"));
    assert!(!done.out.contains("url-literal"));
    assert!(done.err.contains("fixed: url-literal: 2\n"));
    assert!(
        done.err.contains("1 error in 1 of 3 files · 2 fixed · "),
        "{done:?}"
    );
    assert_eq!(folder.read("a.nix"), QUOTED);
    assert_eq!(
        folder.read("sub/b.nix"),
        "{ a = \"http://example.org/x\"; b = nope; }"
    );
    assert_eq!(folder.names(), ["a.nix", "c.nix", "nivis.toml", "sub"]);
    let again = folder.check(&["--fix"]);
    assert!(!again.ends(1).err.contains("fixed"));
}

#[test]
fn what_does_not_change_is_not_touched() {
    let folder = Folder::new(&[("a.nix", SOUND), ("b.nix", URL), ("c.nix", "{ a = ; }")]);
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for name in folder.names() {
        let file = fs::File::options().write(true).open(folder.path(name));
        file.unwrap().set_modified(then).unwrap();
    }
    let untouched = |name: &str| fs::metadata(folder.path(name)).unwrap().mtime() == 1_000_000;
    folder.check(&["--diff"]).ends(1);
    assert!(untouched("b.nix"));
    // Exactly the files that are named.
    folder.check(&["--fix-only", "a.nix"]).ends(0);
    assert!(untouched("b.nix"));
    folder.check(&["--fix-only", "."]).ends(0);
    assert!(untouched("a.nix") && !untouched("b.nix") && untouched("c.nix"));
    assert_eq!(folder.read("b.nix"), QUOTED);
    let before = fs::metadata(folder.path("b.nix")).unwrap();
    folder.check(&["--fix-only"]).ends(0);
    let after = fs::metadata(folder.path("b.nix")).unwrap();
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
}

#[test]
fn mode_line_ends_and_names_stay() {
    let folder = Folder::new(&[("a.nix", "{\r\n  a = http://example.org/x;\r\n}")]);
    for mode in [0o640, 0o755, 0o444] {
        folder.write("m.nix", URL);
        fs::set_permissions(folder.path("m.nix"), Permissions::from_mode(mode)).unwrap();
        folder.check(&["--fix-only"]).ends(0);
        let stat = fs::metadata(folder.path("m.nix")).unwrap();
        assert_eq!(
            (stat.mode() & 0o7777, folder.read("m.nix").as_str()),
            (mode, QUOTED)
        );
        fs::remove_file(folder.path("m.nix")).unwrap();
    }
    assert_eq!(
        folder.read("a.nix"),
        "{\r\n  a = \"http://example.org/x\";\r\n}"
    );
    folder.write("b.nix", URL);
    fs::hard_link(folder.path("b.nix"), folder.path("b.txt")).unwrap();
    let done = folder.check(&["--fix-only"]);
    assert!(
        done.ends(0)
            .err
            .contains("`b.nix` had other names (hard links)")
    );
    assert_eq!(
        (folder.read("b.nix"), folder.read("b.txt")),
        (QUOTED.into(), URL.into())
    );
}

#[test]
fn exit_codes_of_fix_only() {
    let folder = Folder::new(&[("a.nix", URL), ("b.nix", "{ a = nope; }\n")]);
    let done = folder.check(&["--fix-only"]);
    assert_eq!((done.ends(0).out.as_str(), done.err.as_str()), ("", ""));
    assert_eq!(folder.read("a.nix"), QUOTED);
    folder.check(&["--fix-only", "missing.nix"]).ends(2);
    folder.check(&["--fix"]).ends(1);
    folder.check(&["--fix", "--exit-zero"]).ends(0);
}

#[test]
fn usage_errors() {
    let folder = Folder::new(&[("a.nix", URL)]);
    for (args, named) in [
        (&["--unsafe-fixes"][..], "--fix"),
        (&["--fix", "--diff"], "--diff"),
        (&["--fix-only", "--diff"], "--diff"),
        (&["--fix", "--fix-only"], "--fix-only"),
        (&["--statistics", "--diff"], "--statistics"),
    ] {
        let done = folder.check(args);
        assert!(done.ends(2).err.contains(named), "{done:?}");
    }
    assert_eq!(folder.read("a.nix"), URL);
}

#[test]
fn unsafe_fixes_on_request() {
    let text = "f: { imports = [ import ./x.nix ]; }\n";
    let folder = Folder::new(&[("a.nix", text)]);
    folder.check(&["--fix"]);
    assert_eq!(folder.read("a.nix"), text);
    let done = folder.check(&["--diff", "--unsafe-fixes"]);
    assert!(
        done.ends(1)
            .out
            .contains("+f: { imports = [ (import ./x.nix) ]; }\n")
    );
    folder.check(&["--fix-only", "--unsafe-fixes"]).ends(0);
    assert_eq!(
        folder.read("a.nix"),
        "f: { imports = [ (import ./x.nix) ]; }\n"
    );
}

#[test]
fn stdin_to_stdout() {
    let folder = Folder::new(&[("a.nix", SOUND), ("nivis.toml", "exclude = [\"x/\"]")]);
    let feed = |args: &[&str], text: &[u8]| {
        folder.feed(&[&["check", "--stdin-filename"], args].concat(), text)
    };
    let done = feed(&["a.nix", "--fix-only"], URL.as_bytes());
    assert_eq!((done.ends(0).out.as_str(), done.err.as_str()), (QUOTED, ""));
    assert_eq!(folder.read("a.nix"), SOUND);
    let done = feed(&["new.nix", "--fix", "-"], b"{ a = nope; b = http://x; }");
    assert_eq!(done.ends(1).out, "{ a = nope; b = \"http://x\"; }");
    assert!(
        done.err.contains("nothing here is called `nope`"),
        "{done:?}"
    );
    // Byte for byte when there is nothing to fix, whatever it is.
    for text in [
        "",
        "{ a = ; }",
        "\u{feff}{ a = http://x; }\r\n",
        "\r\n\0",
        SOUND,
    ] {
        let done = feed(&["a.nix", "--fix-only"], text.as_bytes());
        assert_eq!(done.ends(0).out, text);
    }
    // A byte order mark stays beside a fix.
    let script = "\u{feff}# nivis: allow(nix-env-install) for nothing\r\necho\r\n";
    let done = feed(&["a.sh", "--fix-only"], script.as_bytes());
    assert_eq!(done.ends(0).out, "\u{feff}echo\r\n");
    let done = feed(&["x/a.nix", "--fix", "--force-exclude"], URL.as_bytes());
    assert_eq!(done.ends(0).out, URL);
    let done = feed(&["a.nix", "--diff"], URL.as_bytes());
    assert!(done.ends(1).out.ends_with(
        "@@ -1,1 +1,1 @@\n-{ a = http://example.org/x; }\n+{ a = \"http://example.org/x\"; }\n"
    ));
}

#[test]
fn a_diff_is_what_git_applies() {
    let long: String = (0..40).map(|n| format!("  a{n} = {n};\n")).collect();
    let files = [
        ("a.nix", URL.to_owned()),
        ("b c.nix", "{ a = http://example.org/x; }".to_owned()),
        (
            "é\".nix",
            "{\r\n  a = http://example.org/x;\r\n}\r\n".to_owned(),
        ),
        (
            "sub/d.nix",
            format!("{{\n  a = http://x;\n{long}  b = http://x;\n}}\n"),
        ),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
    let (one, other) = (Folder::new(&files), Folder::new(&files));
    let diff = one.check(&["--diff"]);
    diff.ends(1);
    one.git(&["apply", "-"], &diff.out).ends(0);
    other.check(&["--fix-only"]).ends(0);
    for (path, text) in &files {
        assert_eq!(one.read(path), other.read(path));
        assert_ne!(one.read(path), *text, "{path}");
    }
    let done = one.check(&["--diff"]);
    assert_eq!(done.ends(0).out, "");
}

#[test]
fn a_diff_shows_no_secret() {
    let secret = "hunter2-hunter2";
    let text = format!(
        "{{\n  a = http://x;\n  users.users.ann.password = \"{secret}\";\n  b = http://x;\n  c = [ http://x \"{secret}\" ];\n}}\n"
    );
    let beside = format!("{{ a = http://x; users.users.ann.password = \"{secret}\"; }}\n");
    let folder = Folder::new(&[("a.nix", &text), ("b.nix", &beside)]);
    let done = folder.check(&["--diff"]);
    done.ends(1);
    assert!(
        !(done.out.clone() + &done.err).contains("hunter2"),
        "{done:?}"
    );
    assert!(
        done.out
            .contains("-  a = http://x;\n+  a = \"http://x\";\n@@"),
        "{done:?}"
    );
    assert!(
        done.err
            .contains("`b.nix`: a fix that changes or repeats a line")
    );
    folder
        .git(&["apply", "--unidiff-zero", "-"], &done.out)
        .ends(0);
    assert!(folder.read("a.nix").contains("  b = \"http://x\";\n"));
    folder.check(&["--fix-only"]).ends(0);
    assert_eq!(
        folder.read("b.nix"),
        beside.replace("http://x", "\"http://x\"")
    );
}

#[test]
fn nothing_is_written_through_a_link() {
    let outside = Folder::new(&[("a.nix", URL)]);
    let folder = Folder::new(&[("b.nix", URL)]);
    symlink(outside.path("a.nix"), folder.path("a.nix")).unwrap();
    symlink(outside.path(""), folder.path("sub")).unwrap();
    folder.check(&["--fix-only"]).ends(0);
    folder.check(&["--fix-only", "a.nix"]).ends(2);
    folder.check(&["--fix-only", "sub/a.nix"]).ends(2);
    assert_eq!(outside.read("a.nix"), URL);
    assert_eq!(folder.read("b.nix"), QUOTED);
}

#[test]
fn a_folder_that_refuses() {
    let folder = Folder::new(&[("sub/a.nix", URL), ("b.nix", URL)]);
    let refuse = |mode| {
        fs::set_permissions(folder.path("sub"), Permissions::from_mode(mode)).unwrap();
    };
    refuse(0o555);
    let is_root = fs::write(folder.path("sub/probe"), "").is_ok();
    let done = folder.check(&["--fix"]);
    refuse(0o755);
    if is_root {
        println!("skipped: nothing is refused to root");
        return;
    }
    assert!(
        done.ends(2).err.contains("sub/a.nix: cannot be written"),
        "{done:?}"
    );
    assert_eq!(
        (folder.read("sub/a.nix"), folder.read("b.nix")),
        (URL.into(), QUOTED.into())
    );
}
