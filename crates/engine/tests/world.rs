//! The disk and git as they are: real folders, and repositories made by the real `git`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "these tests make folders and ask git to make repositories"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use engine::load::{Input, find_root, load, name_path};
use engine::settings::{DiskLimits, Vcs};
use engine::{Error, Settings};
use repo::{EntryKind, GitState, Presence, RepoPath};
use tempfile::TempDir;

/// A folder, and `git` in it.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Place {
        Place {
            dir: TempDir::new().unwrap(),
        }
    }

    /// A repository with git, or `None` (and a word) where there is no git.
    fn git() -> Option<Place> {
        if Command::new("git").arg("--version").output().is_err() {
            assert!(
                std::env::var_os("NIVIS_REQUIRE_TOOLS").is_none(),
                "git is missing"
            );
            println!("skipped: git is missing");
            return None;
        }
        let place = Place::new();
        place.run(&["init", "-q", "-b", "main"]);
        Some(place)
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Place {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn run(&self, arguments: &[&str]) -> String {
        run_git(self.path(), arguments)
    }

    fn commit(&self, message: &str) -> String {
        self.run(&["add", "-A"]);
        self.run(&["commit", "-q", "--allow-empty", "-m", message]);
        self.run(&["rev-parse", "HEAD"])
    }

    fn settings(&self) -> Settings {
        with(Settings::default(), |s| {
            s.root = fs::canonicalize(self.path()).unwrap();
        })
    }

    fn load(&self) -> Input {
        load(&self.settings()).unwrap()
    }

    fn load_against(&self, revision: &str) -> Result<Input, Error> {
        load(&with(self.settings(), |s| {
            s.diff_base = Some(revision.to_owned());
        }))
    }
}

fn with(mut settings: Settings, change: impl FnOnce(&mut Settings)) -> Settings {
    change(&mut settings);
    settings
}

fn run_git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn sources(input: &Input) -> Vec<String> {
    input
        .sources
        .iter()
        .map(|source| source.path.to_string())
        .collect()
}

fn old(input: &Input) -> Vec<(String, String)> {
    let base = input.base.as_ref().expect("a base");
    base.sources
        .iter()
        .map(|source| {
            (
                source.path.to_string(),
                source.text.contents().trim().to_owned(),
            )
        })
        .collect()
}

fn pair(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

fn state(input: &Input, path: &str) -> Option<GitState> {
    input.git.as_ref().unwrap().state(&path.into())
}

#[test]
fn states_of_files() {
    let Some(place) = Place::git() else { return };
    place
        .write("a.nix", "1")
        .write("sub/.gitignore", "*.nix\n!keep.nix\n")
        .write("sub/drop.nix", "1")
        .write("sub/keep.nix", "1")
        .write("build/out.nix", "1")
        .write("forced/x.nix", "1")
        .write(".gitignore", "/build/\nforced/\n")
        .write(".github/workflows/ci.yml", "on: push\n");
    place.commit("one");
    place.run(&["add", "-f", "forced/x.nix"]);
    place
        .write("new.nix", "1")
        .write("later.nix", "1")
        .write("forced/y.nix", "1")
        .write("private.nix", "1")
        .write(".git/info/exclude", "private.nix\n");
    place.run(&["add", "-N", "later.nix"]);
    place.run(&["rm", "-q", "--cached", "sub/keep.nix"]);

    let input = place.load();
    assert_eq!(
        sources(&input),
        [
            ".github/workflows/ci.yml",
            "a.nix",
            "forced/x.nix",
            "later.nix",
            "new.nix",
            "sub/keep.nix"
        ]
    );
    assert_eq!(state(&input, "a.nix"), Some(GitState::Tracked));
    assert_eq!(state(&input, "forced/x.nix"), Some(GitState::Tracked));
    assert_eq!(state(&input, "forced/y.nix"), Some(GitState::Ignored));
    assert_eq!(state(&input, "later.nix"), Some(GitState::IntentToAdd));
    assert_eq!(state(&input, "new.nix"), Some(GitState::Untracked));
    assert_eq!(state(&input, "private.nix"), Some(GitState::Ignored));
    assert_eq!(state(&input, "sub/drop.nix"), Some(GitState::Ignored));
    assert_eq!(state(&input, "sub/keep.nix"), Some(GitState::Untracked));
    assert_eq!(state(&input, "build"), Some(GitState::Ignored));
    assert_eq!(
        input.paths.presence(&"build/out.nix".into()),
        Presence::Unknown
    );
    assert!(input.troubles.is_empty(), "{:?}", input.troubles);

    // Without git nothing is ignored.
    let all = load(&with(place.settings(), |s| {
        s.vcs = Vcs::None;
    }))
    .unwrap();
    assert!(sources(&all).contains(&"build/out.nix".to_owned()));
    assert!(all.git.is_none() && all.base.is_none());

    // What is named is read, ignored or not.
    for (named, read) in [
        ("private.nix", "private.nix"),
        ("build", "build/out.nix"),
        ("build/out.nix", "build/out.nix"),
    ] {
        let input = load(&with(place.settings(), |s| {
            s.paths = vec![named.into()];
        }))
        .unwrap();
        assert!(sources(&input).contains(&read.to_owned()), "{named}");
        assert!(input.troubles.is_empty(), "{named}: {:?}", input.troubles);
    }
}

#[test]
fn the_index_in_every_form() {
    for setup in [
        &["update-index", "--index-version", "2"][..],
        &["update-index", "--index-version", "4"][..],
        &["update-index", "--split-index"][..],
        &["sparse-checkout", "set", "--cone", "--sparse-index", "a"][..],
        &["pack-refs", "--all"][..],
        &["gc", "-q", "--aggressive"][..],
    ] {
        let Some(place) = Place::git() else { return };
        for (path, text) in [("a/x.nix", "1"), ("a/y.nix", "2"), ("b/c/z.nix", "3")] {
            place.write(path, text);
        }
        place.commit("one");
        place.run(setup);
        place.write("a/x.nix", "9").write("a/new.nix", "5");
        place.run(&["add", "-N", "a/new.nix"]);
        place.run(&["add", "a/x.nix"]);
        let input = place.load();
        assert!(input.notes.is_empty(), "{setup:?}: {:?}", input.notes);
        assert_eq!(
            state(&input, "a/x.nix"),
            Some(GitState::Tracked),
            "{setup:?}"
        );
        assert_eq!(
            state(&input, "a/new.nix"),
            Some(GitState::IntentToAdd),
            "{setup:?}"
        );
        assert_ne!(
            input.paths.presence(&"b/c/z.nix".into()),
            Presence::Absent,
            "{setup:?}"
        );
        assert_eq!(old(&input), [pair("a/x.nix", "1")], "{setup:?}");
        let base = input.base.unwrap();
        assert_eq!(
            base.added,
            [RepoPath::from("a/new.nix")].into(),
            "{setup:?}"
        );
    }
}

#[test]
fn what_the_base_had() {
    let Some(place) = Place::git() else { return };
    place
        .write("same.nix", "0")
        .write("changed.nix", "1")
        .write("staged.nix", "2")
        .write("gone.nix", "3")
        .write("removed.nix", "4")
        .write("deep/er/x.nix", "5")
        .write("notes.txt", "6");
    let first = place.commit("one");
    place.run(&["tag", "-a", "-m", "t", "v1"]);
    place.write("changed.nix", "11").write("staged.nix", "22");
    place.write("notes.txt", "66");
    fs::remove_file(place.path().join("gone.nix")).unwrap();
    place.run(&["rm", "-q", "removed.nix"]);
    place.run(&["add", "staged.nix", "notes.txt"]);
    place.write("new.nix", "7");
    let all = [
        pair("changed.nix", "1"),
        pair("gone.nix", "3"),
        pair("removed.nix", "4"),
        pair("staged.nix", "2"),
    ];
    let input = place.load();
    assert_eq!(old(&input), all);
    let base = input.base.as_ref().unwrap();
    assert_eq!((&*base.name, &*base.rev), ("HEAD", &*first));
    assert_eq!(base.added, [RepoPath::from("new.nix")].into());
    assert!(base.changed.contains(&"notes.txt".into()));
    assert!(!base.changed.contains(&"same.nix".into()));

    // The same from a later commit, by every name of the first.
    place.commit("two");
    place.write("deep/er/x.nix", "55");
    let second = place.commit("three");
    assert_eq!(old(&place.load()), []);
    for name in [
        first.as_str(),
        &first[..7],
        "v1",
        "refs/tags/v1",
        "HEAD~2",
        "HEAD^^",
        "main~1^",
        "HEAD~2^0",
        "v1^{commit}",
        "v1...",
    ] {
        let input = place.load_against(name).unwrap();
        assert_eq!(old(&input).len(), 5, "{name}");
        let base = input.base.unwrap();
        assert_eq!((&*base.name, &*base.rev), (name, &*first));
        assert_eq!(base.messages, ["three\n", "two\n"], "{name}");
    }
    assert_eq!(old(&place.load_against(&second).unwrap()), []);
    for name in ["nowhere", "HEAD~9", "../x", "0000000", "HEAD^9", "config"] {
        assert!(place.load_against(name).is_err(), "{name}");
    }
    // Packed, the same.
    place.run(&["gc", "-q"]);
    place.run(&["pack-refs", "--all"]);
    assert_eq!(old(&place.load_against("v1").unwrap()).len(), 5);
    assert_eq!(old(&place.load_against(&first[..9]).unwrap()).len(), 5);
}

#[test]
fn a_root_below_the_top() {
    let Some(place) = Place::git() else { return };
    place
        .write(".gitignore", "drop.nix\n")
        .write("other.nix", "1")
        .write("sub/a.nix", "1")
        .write("sub/b/c.nix", "1");
    place.commit("one");
    place
        .write("sub/a.nix", "2")
        .write("sub/drop.nix", "1")
        .write("other.nix", "2");
    let input = load(&with(Settings::default(), |s| {
        s.root = fs::canonicalize(place.path().join("sub")).unwrap();
    }))
    .unwrap();
    assert_eq!(sources(&input), ["a.nix", "b/c.nix"]);
    assert_eq!(state(&input, "a.nix"), Some(GitState::Tracked));
    assert_eq!(state(&input, "drop.nix"), Some(GitState::Ignored));
    assert_eq!(input.git.as_ref().unwrap().above, 1);
    assert_eq!(old(&input), [pair("a.nix", "1")]);
}

#[test]
fn work_trees_submodules_and_clones() {
    let Some(place) = Place::git() else { return };
    place.write("a.nix", "1");
    let first = place.commit("one");
    place.write("a.nix", "2");
    place.commit("two");

    // A linked work tree, with its own HEAD, detached.
    let linked = Place::new();
    let to = linked.path().join("tree");
    place.run(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        to.to_str().unwrap(),
        &first,
    ]);
    fs::write(to.join("a.nix"), "3").unwrap();
    let input = load(&with(Settings::default(), |s| {
        s.root = fs::canonicalize(&to).unwrap();
    }))
    .unwrap();
    assert_eq!(input.git.as_ref().unwrap().head.as_ref(), Some(&first));
    assert_eq!(old(&input), [pair("a.nix", "1")]);
    let against = load(&with(Settings::default(), |s| {
        s.root = fs::canonicalize(&to).unwrap();
        s.diff_base = Some("main".to_owned());
    }));
    assert_eq!(old(&against.unwrap()), [pair("a.nix", "2")]);

    // A shallow clone.
    let url = format!("file://{}", place.path().display());
    let shallow = Place::new();
    shallow.run(&["clone", "-q", "--depth", "1", &url, "c"]);
    let root = fs::canonicalize(shallow.path().join("c")).unwrap();
    for name in ["HEAD~1", &*first, &first[..8]] {
        let error = load(&with(Settings::default(), |s| {
            s.root = root.clone();
            s.diff_base = Some(name.to_owned());
        }))
        .unwrap_err();
        assert!(error.message.contains("fetch-depth: 0"), "{name}: {error}");
    }

    // A clone that borrows its objects.
    let borrowed = Place::new();
    let from = place.path().to_str().unwrap();
    borrowed.run(&["clone", "-q", "--shared", from, "c"]);
    let root = fs::canonicalize(borrowed.path().join("c")).unwrap();
    fs::write(root.join("a.nix"), "4").unwrap();
    let input = load(&with(Settings::default(), |s| {
        s.root = root;
    }))
    .unwrap();
    assert_eq!(old(&input), [pair("a.nix", "2")]);

    // A submodule is one entry, and so is a repository that nobody tracks.
    let outer = Place::git().unwrap();
    outer.write("flake.nix", "{ }");
    outer.run(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        from,
        "lib",
    ]);
    outer.commit("one");
    outer.run(&["clone", "-q", from, "stray"]);
    let input = outer.load();
    assert_eq!(sources(&input), ["flake.nix"]);
    let git = input.git.as_ref().unwrap();
    assert_eq!(git.submodules, [RepoPath::from("lib")]);
    assert_eq!(
        input.paths.find(&"stray".into()).unwrap().kind,
        EntryKind::Closed
    );
}

#[test]
fn before_the_first_commit_and_during_a_merge() {
    let Some(place) = Place::git() else { return };
    place.write("a.nix", "1");
    let input = place.load();
    assert!(input.base.is_none() && input.git.is_some() && input.notes.is_empty());
    assert!(place.load_against("HEAD").is_err());

    place.write("b.nix", "1");
    place.commit("one");
    place.run(&["checkout", "-q", "-b", "side"]);
    place.write("a.nix", "2");
    place.commit("side");
    place.run(&["checkout", "-q", "main"]);
    place.write("b.nix", "3");
    place.commit("main");
    place.run(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    assert_eq!(old(&place.load()), [], "either side is nobody's change");
    place.write("a.nix", "9");
    assert_eq!(old(&place.load()), [pair("a.nix", "1")]);
}

#[test]
fn links_pipes_and_limits() {
    let place = Place::new();
    place.write("a.nix", "1").write("big.nix", [b' '; 2000]);
    fs::create_dir(place.path().join("folder.nix")).unwrap();
    symlink("/dev/zero", place.path().join("zero.nix")).unwrap();
    symlink("loop.nix", place.path().join("loop.nix")).unwrap();
    symlink("/", place.path().join("everything")).unwrap();
    symlink("/nix/store/x", place.path().join("result")).unwrap();
    let fifo = place.path().join("fifo.nix");
    let made = Command::new("mkfifo").arg(&fifo).status();
    let settings = with(place.settings(), |s| {
        s.disk = DiskLimits {
            file_size: 1000,
            ..DiskLimits::default()
        };
    });
    let input = load(&settings).unwrap();
    assert_eq!(sources(&input), ["a.nix"]);
    assert_eq!(input.troubles.len(), 1);
    assert_eq!(input.troubles[0].kind, "limit");
    if made.is_ok_and(|status| status.success()) {
        assert!(
            input
                .skipped
                .iter()
                .any(|(path, _)| *path == "fifo.nix".into())
        );
        let named = load(&with(place.settings(), |s| {
            s.paths = vec!["fifo.nix".into()];
        }));
        assert_eq!(named.unwrap().troubles[0].kind, "path");
    }
    let error = load(&with(place.settings(), |s| {
        s.disk = DiskLimits {
            files: 3,
            ..DiskLimits::default()
        };
    }));
    assert!(error.unwrap_err().message.contains("limits.files"));
}

#[test]
fn names_that_are_not_text_and_deep_folders() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9.nix");
    fs::write(place.path().join(odd), "1").unwrap();
    // Deeper than the longest path that the system takes.
    let mut folder = engine_deep(&place, 3000);
    folder.push_str("end.nix");
    let input = place.load();
    let paths: Vec<_> = input
        .sources
        .iter()
        .map(|s| s.path.bytes().to_vec())
        .collect();
    assert!(paths.contains(&b"caf\xe9.nix".to_vec()));
    assert!(paths.contains(&folder.into_bytes()));
    assert!(input.troubles.is_empty(), "{:?}", input.troubles);
}

/// Makes a folder at a depth of `depth` with a file `end.nix` in it, and gives its path.
fn engine_deep(place: &Place, depth: usize) -> String {
    let script = "import os, sys\nos.chdir(sys.argv[1])\nfor _ in range(int(sys.argv[2])):\n  os.mkdir('dd'); os.chdir('dd')\nopen('end.nix', 'w').write('1')\n";
    let made = Command::new("python3")
        .args([
            "-c",
            script,
            place.path().to_str().unwrap(),
            &depth.to_string(),
        ])
        .status();
    if made.is_ok_and(|status| status.success()) {
        "dd/".repeat(depth)
    } else {
        println!("skipped: python3 is missing");
        place.write("end.nix", "1");
        String::new()
    }
}

#[test]
fn named_paths() {
    let place = Place::new();
    place
        .write("a.nix", "1")
        .write("a.txt", "1")
        .write("empty/a.txt", "1")
        .write("bin/run", "#!/usr/bin/env bash\n")
        .write("bin/tool", "#!/usr/bin/env python3\n");
    for (path, good) in [
        ("a.nix", true),
        ("", true),
        ("bin", true),
        ("bin/run", true),
        ("bin/tool", false),
        ("a.txt", false),
        ("empty", false),
        ("missing.nix", false),
        ("missing", false),
        ("a.nix/x", false),
    ] {
        let input = load(&with(place.settings(), |s| {
            s.paths = vec![path.into()];
        }))
        .unwrap();
        assert_eq!(
            input.troubles.is_empty(),
            good,
            "{path}: {:?}",
            input.troubles
        );
    }
    // A text from elsewhere stands in for a file, also for one that is not there.
    for path in ["a.nix", "new/b.nix"] {
        let input = load(&with(place.settings(), |s| {
            s.stdin = Some((path.into(), b"42".to_vec()));
        }))
        .unwrap();
        assert!(input.troubles.is_empty(), "{:?}", input.troubles);
        let source = input.sources.iter().find(|s| s.path == path.into());
        assert_eq!(source.unwrap().text.contents(), "42");
    }
    let nothing = Place::new();
    assert_eq!(nothing.load().troubles.len(), 1);
}

#[test]
fn roots() {
    let place = Place::new();
    place
        .write("one/.git/HEAD", "ref: refs/heads/main\n")
        .write("one/host/nivis.toml", "")
        .write("one/host/x/a.nix", "1")
        .write("one/lib/b.nix", "1")
        .write("two/flake.nix", "{ }")
        .write("two/c/d.nix", "1");
    symlink("../one/lib/b.nix", place.path().join("two/b.nix")).unwrap();
    let top = fs::canonicalize(place.path()).unwrap();
    let root = |paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(Into::into).collect();
        find_root(None, &paths, &top)
    };
    assert_eq!(root(&["one/host/x/a.nix"]).unwrap(), top.join("one/host"));
    assert_eq!(root(&["one/lib"]).unwrap(), top.join("one"));
    assert_eq!(root(&["two/c/d.nix"]).unwrap(), top.join("two"));
    assert_eq!(root(&["two/c/missing.nix"]).unwrap(), top.join("two"));
    assert!(root(&["one/lib/b.nix", "two/c/d.nix"]).is_err());
    let name = |path: &str| name_path(&top.join("one"), path.as_ref(), &top);
    assert_eq!(name("one/lib/../lib/b.nix").unwrap(), "lib/b.nix".into());
    assert_eq!(
        name("two/b.nix").unwrap(),
        "lib/b.nix".into(),
        "where the link leads"
    );
    assert!(name("two/c/d.nix").is_err());
    assert!(name("../../etc/passwd").is_err());
}

#[test]
fn hostile_git_directories() {
    let Some(good) = Place::git() else { return };
    good.write("a.nix", "1").write("b/c.nix", "2");
    good.commit("one");
    good.write("a.nix", "3");
    // Every file of the git directory, cut and spoiled: an error or a note, never a panic.
    let mut files = Vec::new();
    let mut folders = vec![good.path().join(".git")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_string_lossy().contains("hooks") {
                files.push(path);
            }
        }
    }
    for path in files {
        let Ok(text) = fs::read(&path) else { continue };
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test")]
        permissions.set_readonly(false);
        fs::set_permissions(&path, permissions).unwrap();
        for spoiled in [
            &b""[..],
            &text[..text.len() / 2],
            &[b'\xff'; 64],
            b"ref: refs/../../../../etc/passwd\n",
            b"gitdir: /dev/zero\n",
        ] {
            fs::write(&path, spoiled).unwrap();
            let _ = load(&good.settings());
            let _ = good.load_against("HEAD~1");
        }
        let mut flipped = text.clone();
        for byte in flipped.iter_mut().step_by(7) {
            *byte ^= 0x10;
        }
        fs::write(&path, flipped).unwrap();
        let _ = load(&good.settings());
        fs::write(&path, text).unwrap();
    }
    assert_eq!(old(&good.load()), [pair("a.nix", "1")]);
    // Alternates that lead in a circle and to devices.
    good.write(
        ".git/objects/info/alternates",
        "../objects\n/dev\n/dev/zero\n.\n\n",
    );
    assert_eq!(old(&good.load()), [pair("a.nix", "1")]);
    // A HEAD that points at the configuration does not open it.
    good.write(".git/HEAD", "ref: config\n");
    let input = good.load();
    assert!(input.git.unwrap().head.is_none());
}
