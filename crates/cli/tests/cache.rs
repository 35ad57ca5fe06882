//! The cache through the program: the same bytes whatever is in it, and nothing written where it must not be.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make folders, start the program and damage what it wrote"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A repository that is large enough, and a place for a cache.
struct Place {
    folder: TempDir,
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else if entry.file_type().is_file() {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

impl Place {
    fn new() -> Place {
        let it = Place {
            folder: TempDir::new().unwrap(),
        };
        let homelab = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos/homelab");
        copy(&homelab, &it.path("a"));
        let filler = format!("{}[ 1 ]\n", "# plain words\n".repeat(20_000));
        fs::write(it.path("a/filler.nix"), filler).unwrap();
        it
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn command(&self, root: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
        command
            .args(["check", "--vcs=none", "--today=2026-06-01", "--format=json"])
            .arg("--root")
            .arg(self.path(root))
            .args(args)
            .current_dir(self.folder.path())
            .env_clear();
        command
    }

    fn run(&self, root: &str, args: &[&str]) -> Output {
        self.command(root, args).output().unwrap()
    }

    /// With the cache; gives the report and what is said of the cache.
    fn cached(&self, root: &str) -> (Vec<u8>, String) {
        let done = self.run(root, &["-v", "--cache-dir=cache"]);
        let words = String::from_utf8(done.stderr).unwrap();
        let line = words.lines().find(|line| line.starts_with("cache: "));
        (done.stdout, line.unwrap_or_default().to_owned())
    }

    fn packs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("cache/files")) else {
            return Vec::new();
        };
        let all = entries.map(|it| it.unwrap().path());
        let is_pack = |it: &PathBuf| {
            it.extension()
                .is_some_and(|it| it == "pack" || it == "more")
        };
        let mut packs: Vec<PathBuf> = all.filter(is_pack).collect();
        packs.sort();
        packs
    }

    /// As a run does that is asked for the first time.
    fn forget_answers(&self) {
        for entry in fs::read_dir(self.path("cache/files")).unwrap() {
            let path = entry.unwrap().path();
            if is_answer(&path) {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

fn is_answer(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "answer")
}

/// What is said where nothing changed.
const SAME: &str = "cache: nothing changed since an earlier run";

/// How many files were known, of how many.
fn hits(line: &str) -> (usize, usize) {
    let numbers: Vec<usize> = line.split(' ').filter_map(|it| it.parse().ok()).collect();
    (numbers[0], numbers[1])
}

#[test]
fn the_same_bytes_whatever_is_in_the_cache() {
    let it = Place::new();
    let off = it.run("a", &["--no-cache"]).stdout;
    assert!(it.packs().is_empty());
    let (cold, words) = it.cached("a");
    assert!(cold == off);
    let (none, all) = hits(&words);
    assert_eq!(none, 0);
    let (warm, words) = it.cached("a");
    assert!(warm == off && words.starts_with(SAME), "{words}");
    it.forget_answers();
    let (warm, words) = it.cached("a");
    assert!(warm == off);
    // What holds a secret or does not parse is never known.
    let (known, _) = hits(&words);
    assert!(known < all && known * 2 > all, "{words}");
    for threads in ["1", "2", "16"] {
        for cache in ["--no-cache", "--cache-dir=cache"] {
            assert!(it.run("a", &["--threads", threads, cache]).stdout == off);
        }
    }

    // One file changes, another one comes, one goes.
    let filler = it.path("a/filler.nix");
    let text = fs::read_to_string(&filler).unwrap();
    fs::write(&filler, text.replace("[", "let dead = 1; in [")).unwrap();
    let off = it.run("a", &["--no-cache"]).stdout;
    let (changed, words) = it.cached("a");
    assert!(changed == off);
    assert_eq!(hits(&words), (known - 1, all));
    let (again, words) = it.cached("a");
    assert!(again == off && words.starts_with(SAME), "{words}");
    it.forget_answers();
    let (again, words) = it.cached("a");
    assert!(again == off);
    assert_eq!(hits(&words), (known, all));
    fs::rename(&filler, it.path("a/other.nix")).unwrap();
    let (moved, words) = it.cached("a");
    assert!(moved == it.run("a", &["--no-cache"]).stdout);
    assert_eq!(hits(&words), (known - 1, all));
}

#[test]
fn damage_is_as_if_there_were_nothing() {
    let it = Place::new();
    let (off, _) = it.cached("a");
    let pack = it.packs().pop().unwrap();
    let whole = fs::read(&pack).unwrap();
    let mut damaged = vec![
        Vec::new(),
        b"nivisme1".to_vec(),
        whole[..whole.len() / 2].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        [b"nivisme9", &whole[8..]].concat(),
        vec![0xff; whole.len()],
    ];
    for at in (0..whole.len()).step_by(whole.len() / 8) {
        let mut one = whole.clone();
        one[at] ^= 0x20;
        damaged.push(one);
    }
    for bytes in damaged {
        fs::write(&pack, bytes).unwrap();
        it.forget_answers();
        let (again, words) = it.cached("a");
        assert!(again == off, "{words}");
    }
    // And it was put right.
    it.forget_answers();
    let (_, words) = it.cached("a");
    assert!(hits(&words).0 > 0, "{words}");
}

#[test]
fn roots_and_surroundings_change_nothing() {
    let it = Place::new();
    copy(&it.path("a"), &it.path("another name"));
    let off = it.run("a", &["--no-cache"]).stdout;
    assert!(it.cached("a").0 == off && it.cached("another name").0 == off);
    assert_eq!(it.packs().len(), 2);
    fs::create_dir(it.path("home")).unwrap();
    let mut command = it.command("a", &[]);
    command.env("TZ", "Asia/Tokyo").env("LANG", "tr_TR.UTF-8");
    command
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("HOME", it.path("home"));
    assert!(command.output().unwrap().stdout == off);
    assert!(it.path("home/.cache/nivis/files").is_dir());
    // A checkout without its git.
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        let command = command.args(args).current_dir(it.path("a"));
        let status = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output();
        status.is_ok_and(|it| it.status.success())
    };
    if git(&["init", "-q"]) && git(&["add", "-A"]) {
        assert!(it.cached("a").0 == off);
    } else {
        assert!(std::env::var_os("NIVIS_REQUIRE_TOOLS").is_none());
    }
}

#[test]
fn settings_are_told_apart() {
    let it = Place::new();
    it.cached("a");
    for args in [
        &["--select=dead"][..],
        &["--level=tidy=error"],
        &["--include-tests"],
    ] {
        let off = it.run("a", &[args, &["--no-cache"]].concat()).stdout;
        for _ in 0..2 {
            assert!(it.run("a", &[args, &["--cache-dir=cache"]].concat()).stdout == off);
        }
    }
    assert_eq!(it.packs().len(), 4);
}

#[test]
fn what_is_written_and_where() {
    let it = Place::new();
    // Never in the repository, nor through a link.
    for inside in ["a/cache", "a", "link"] {
        let _ = std::os::unix::fs::symlink(it.path("a/hosts"), it.path("link"));
        let flag = format!("--cache-dir={}", it.path(inside).display());
        assert_eq!(it.run("a", &[&flag]).status.code(), Some(1));
        assert!(!it.path(inside).join("files").exists());
    }
    // The user's alone.
    it.cached("a");
    for folder in ["cache", "cache/files"] {
        let mode = fs::metadata(it.path(folder)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
    assert_eq!(fs::metadata(&it.packs()[0]).unwrap().mode() & 0o777, 0o600);
    // A folder that cannot be made or written is no trouble.
    fs::write(it.path("file"), "").unwrap();
    let done = it.run("a", &["-v", "--cache-dir=file/below"]);
    assert_eq!(done.status.code(), Some(1));
    let words = String::from_utf8(done.stderr).unwrap();
    assert!(words.contains("the folder cannot be written"), "{words}");
    let done = it.run("a", &["-v", "--cache-dir=/proc/nivis"]);
    assert_eq!(done.status.code(), Some(1));
    // A few files are looked at as quickly.
    fs::remove_file(it.path("a/filler.nix")).unwrap();
    assert_eq!(it.cached("a").1, "");
}

#[test]
fn clean() {
    let it = Place::new();
    let clean = |folder: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
        let command = command.args(["clean", "--cache-dir", folder]);
        let done = command
            .current_dir(it.folder.path())
            .env_clear()
            .output()
            .unwrap();
        let words = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8(words).unwrap())
    };
    assert_eq!(
        clean("cache"),
        (Some(0), "deleted 0 files (0 bytes) in cache\n".to_owned())
    );
    it.cached("a");
    let (code, words) = clean("cache");
    assert!(
        code == Some(0) && words.starts_with("deleted 2 files ("),
        "{words}"
    );
    assert!(!it.path("cache").exists());
    // What somebody else put there stays.
    it.cached("a");
    fs::write(it.path("cache/files/notes.pack"), "mine").unwrap();
    fs::write(it.path("cache/notes"), "mine").unwrap();
    let (_, words) = clean("cache");
    assert!(words.contains("; 2 files of others are left"), "{words}");
    assert!(it.path("cache/files/notes.pack").exists() && it.path("cache/notes").exists());
    assert_eq!(it.packs().len(), 1);
    // A folder that is no cache.
    let (code, words) = clean("a");
    assert_eq!(code, Some(2));
    assert_eq!(
        words,
        "error: a: this is no cache of nivis, and nothing is deleted\n"
    );
    std::os::unix::fs::symlink(it.path("cache"), it.path("link")).unwrap();
    assert_eq!(clean("link").0, Some(2));
    let (code, _) = clean("a/flake.nix");
    assert_eq!(code, Some(2));
    let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
    assert_eq!(
        command
            .arg("clean")
            .env_clear()
            .output()
            .unwrap()
            .status
            .code(),
        Some(2)
    );
    let mut all = fs::metadata(it.path("a")).unwrap().permissions();
    all.set_mode(0o755);
    fs::set_permissions(it.path("a"), all).unwrap();
}
