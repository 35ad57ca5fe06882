//! The answer of an earlier run is given only where nothing changed: whatever is done to a repository, its settings, its git or
//! the flags, a run with the cache says what one without says, byte for byte.
//!
//! Goal: every kind of input that a run reads is changed at random, over the small repositories of the corpus; a sequence
//! can be had again by its number. `NIVIS_STEPS` makes the sequences longer.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make repositories, change them and start programs"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Numbers that look like any others, and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % sides.max(1)
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }
}

/// What is said, with all that differs from run to run taken out.
#[derive(PartialEq, Eq)]
struct Said {
    code: Option<i32>,
    out: Vec<u8>,
    words: Vec<String>,
}

struct Place {
    folder: TempDir,
    has_git: bool,
}

impl Place {
    /// A copy of a repository, large enough to be remembered.
    fn of(repository: &Path) -> Place {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("a");
        for entry in walkdir::WalkDir::new(repository) {
            let entry = entry.unwrap();
            let to = root.join(entry.path().strip_prefix(repository).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir_all(to).unwrap();
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
        fs::write(root.join("filler.md"), "plain words\n".repeat(25_000)).unwrap();
        let mut it = Place {
            folder,
            has_git: true,
        };
        it.has_git = it.git(&["init", "-q", "-b", "main"]) && it.git(&["add", "-A"]) && it.commit();
        assert!(it.has_git || std::env::var_os("NIVIS_REQUIRE_TOOLS").is_none());
        it
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("a")
    }

    fn git(&self, args: &[&str]) -> bool {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.root());
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("GIT_AUTHOR_NAME", "A"),
            ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ("GIT_COMMITTER_NAME", "A"),
            ("GIT_COMMITTER_EMAIL", "a@example.org"),
        ] {
            command.env(name, value);
        }
        command.output().is_ok_and(|it| it.status.success())
    }

    fn commit(&self) -> bool {
        self.git(&["commit", "-q", "--allow-empty", "-m", "a change"])
    }

    /// Runs; also gives whether the answer was that of an earlier run.
    fn run(&self, cache: &str, flags: &[&str]) -> (Said, bool) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
        command
            .args(["check", "--today=2026-06-01", "-v"])
            .args(flags)
            .arg("--root")
            .arg(self.root())
            .arg(cache)
            .current_dir(self.folder.path())
            .env_clear();
        let done = command.output().unwrap();
        let words = String::from_utf8(done.stderr).unwrap();
        let answered = words.contains("\ncache: nothing changed");
        // The last line says how long it took.
        let summary = |line: &str| line.starts_with("clean: ") || line.contains(" · ");
        let lasting = |line: &&str| !line.starts_with("cache: ") && !summary(line);
        let said = Said {
            code: done.status.code(),
            out: done.stdout,
            words: words.lines().filter(lasting).map(str::to_owned).collect(),
        };
        (said, answered)
    }

    /// The files, sorted.
    fn files(&self) -> Vec<PathBuf> {
        let all = walkdir::WalkDir::new(self.root()).sort_by_file_name();
        let all = all.into_iter().filter_entry(|it| it.file_name() != ".git");
        let all = all
            .map(Result::unwrap)
            .filter(|it| it.file_type().is_file());
        let all = all.map(|it| it.path().to_owned());
        all.filter(|it| !it.ends_with("filler.md")).collect()
    }

    /// Does something to the repository, and says what.
    fn change(&self, dice: &mut Dice) -> String {
        let files = self.files();
        let file = dice.one_of(&files);
        let other = dice.one_of(&files);
        let root = self.root();
        let inside = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
        let (name, at) = (inside(file), dice.roll(1_000));
        let append = |path: &Path, text: &str| {
            let old = fs::read(path).unwrap_or_default();
            fs::write(path, [&old, text.as_bytes()].concat()).unwrap();
        };
        match dice.roll(20) {
            0 => {
                // The size stays, and so may the time.
                let mut bytes = fs::read(file).unwrap();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if *byte == b'a' { b'b' } else { b'a' };
                }
                fs::write(file, bytes).unwrap();
                format!("a letter of {name}")
            }
            1 | 2 => {
                let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
                let gone = dice.roll(text.lines().count());
                let lines = text.lines().enumerate().filter(|(line, _)| *line != gone);
                let lines: Vec<&str> = lines.map(|(_, line)| line).collect();
                fs::write(file, lines.join("\n") + "\n").unwrap();
                format!("line {gone} of {name} goes")
            }
            3 => {
                append(file, "\n# nivis-allow unused-let\n");
                format!("a comment in {name}")
            }
            4 if files.len() > 2 => {
                fs::remove_file(file).unwrap();
                format!("{name} goes")
            }
            5 => {
                fs::rename(file, root.join("renamed.nix")).unwrap();
                format!("{name} is called renamed.nix")
            }
            6 => {
                fs::copy(file, root.join("copied.nix")).unwrap();
                format!("{name} is also copied.nix")
            }
            7 => {
                fs::create_dir_all(root.join("new")).unwrap();
                let texts = [
                    "let dead = 1; in { }\n",
                    "{ a = ; }\n",
                    "{ imports = [ ./gone.nix ]; }\n",
                ];
                fs::write(root.join("new/default.nix"), dice.one_of(&texts)).unwrap();
                "new/default.nix".to_owned()
            }
            8 => {
                fs::write(root.join("deploy"), "#!/bin/sh\nnixos-rebuild switch\n").unwrap();
                "a script".to_owned()
            }
            9 => {
                append(
                    &root.join("README.md"),
                    "\n```sh\nnix-env -iA nixpkgs.hello\n```\n",
                );
                "a block of commands".to_owned()
            }
            10 => {
                let settings = [
                    "[levels]\ntidy = \"error\"\n",
                    "exclude = [\"hosts\"]\n",
                    "[levels]\ndead = \"off\"\n",
                    "",
                ];
                fs::write(root.join("nivis.toml"), dice.one_of(&settings)).unwrap();
                "nivis.toml".to_owned()
            }
            11 => {
                append(&root.join("flake.lock"), " ");
                "flake.lock".to_owned()
            }
            12 => {
                let _ = fs::remove_file(root.join("flake.lock"));
                "flake.lock goes".to_owned()
            }
            13 => {
                append(&root.join(".gitignore"), &format!("/{name}\nnew/\n"));
                format!(".gitignore has {name}")
            }
            14 => {
                append(&root.join(".sops.yaml"), "# another one\n");
                ".sops.yaml".to_owned()
            }
            15 => {
                let _ = fs::remove_file(root.join("link.nix"));
                std::os::unix::fs::symlink(other, root.join("link.nix")).unwrap();
                format!("a link to {}", inside(other))
            }
            16 => {
                self.git(&["rm", "-q", "--cached", &name]);
                format!("git does not know {name}")
            }
            17 => {
                self.git(&["add", "-A"]);
                "git knows all".to_owned()
            }
            18 => {
                self.git(&["add", "-A"]);
                self.commit();
                "a commit".to_owned()
            }
            _ => {
                fs::create_dir_all(root.join("secrets")).unwrap();
                let text = format!("{{ users.users.ada.password = \"zq{at}xvkw{at}\"; }}\n");
                fs::write(root.join("secrets/open.nix"), text).unwrap();
                "a secret".to_owned()
            }
        }
    }
}

/// What may be on the command line.
const FLAGS: [&[&str]; 9] = [
    &["--format=json"],
    &["--format=json", "--vcs=none"],
    &["--format=full", "--select=dead,tidy"],
    &["--format=sarif", "--level=tidy=error"],
    &["--format=json", "--include-tests"],
    &["--format=json", "--no-respect-gitignore"],
    &["--format=json", "--statistics"],
    &["--format=concise", "--threads=1"],
    &["--format=json", "--shard=1/2"],
];

#[test]
fn what_changed_is_seen() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos");
    let mut repositories: Vec<PathBuf> = fs::read_dir(corpus)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.is_dir())
        .collect();
    repositories.sort();
    let steps = std::env::var("NIVIS_STEPS")
        .ok()
        .and_then(|it| it.parse().ok());
    let (mut answered, mut asked) = (0, 0);
    for (number, repository) in repositories.iter().enumerate() {
        let place = Place::of(repository);
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (number as u64) << 32);
        let mut flags = FLAGS[0];
        let mut done = vec![repository.display().to_string()];
        for step in 0..steps.unwrap_or(6) {
            match dice.roll(8) {
                // The same once more.
                0 | 1 if step > 0 => done.push("nothing".to_owned()),
                2 => {
                    flags = *dice.one_of(&FLAGS);
                    done.push(format!("flags {flags:?}"));
                }
                _ => done.push(place.change(&mut dice)),
            }
            let (without, _) = place.run("--no-cache", flags);
            let (with, old) = place.run("--cache-dir=cache", flags);
            let (code, words) = (without.code, &without.words);
            assert!(code == with.code, "{done:?}: {code:?} {:?}", with.code);
            assert!(words == &with.words, "{done:?}: {words:?} {:?}", with.words);
            assert!(without.out == with.out, "{done:?}");
            answered += usize::from(old);
            asked += 1;
        }
        // And nothing of the secrets is in it.
        for entry in walkdir::WalkDir::new(place.folder.path().join("cache")) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let bytes = fs::read(entry.path()).unwrap();
                assert!(!bytes.windows(4).any(|it| it == b"xvkw"), "{done:?}");
            }
        }
    }
    assert!(answered * 10 > asked, "{answered} of {asked}");
}

/// What is not touched is not hashed; but a text that changed is seen also where size and time of writing are the same.
#[test]
fn a_text_cannot_change_unseen() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos");
    let place = Place::of(&corpus.join("homelab"));
    let file = place.root().join("a.nix");
    fs::write(&file, "let dead = 1; in { }\n").unwrap();
    // What changed just now is not trusted.
    std::thread::sleep(std::time::Duration::from_millis(4_100));
    let flags = FLAGS[0];
    place.run("--cache-dir=cache", flags);
    let is_list = |it: &Path| it.extension().is_some_and(|it| it == "stamps");
    let cache = walkdir::WalkDir::new(place.folder.path().join("cache")).into_iter();
    assert!(cache.map(Result::unwrap).any(|it| is_list(it.path())));
    assert!(place.run("--cache-dir=cache", flags).1);
    let was = fs::metadata(&file).unwrap().modified().unwrap();
    let changed = fs::File::options().write(true).open(&file).unwrap();
    std::io::Write::write_all(&mut &changed, b"let live = 1; in live").unwrap();
    changed.set_modified(was).unwrap();
    drop(changed);
    let (with, answered) = place.run("--cache-dir=cache", flags);
    assert!(!answered && with == place.run("--no-cache", flags).0);
}

#[test]
fn a_damaged_answer_is_none() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos");
    let place = Place::of(&corpus.join("homelab"));
    let flags = FLAGS[0];
    let (right, _) = place.run("--no-cache", flags);
    assert!(place.run("--cache-dir=cache", flags).0 == right);
    let (same, answered) = place.run("--cache-dir=cache", flags);
    assert!(same == right && answered);
    let path = walkdir::WalkDir::new(place.folder.path().join("cache"))
        .into_iter()
        .map(|it| it.unwrap().path().to_owned())
        .find(|it| it.extension().is_some_and(|it| it == "answer"))
        .unwrap();
    let whole = fs::read(&path).unwrap();
    let mut damaged = vec![
        Vec::new(),
        whole[..60].to_vec(),
        whole[..whole.len() - 1].to_vec(),
    ];
    for at in [0, 10, 30, 60, whole.len() - 1] {
        let mut one = whole.clone();
        one[at] ^= 4;
        damaged.push(one);
    }
    for bytes in damaged {
        fs::write(&path, bytes).unwrap();
        let (again, answered) = place.run("--cache-dir=cache", flags);
        assert!(again == right && !answered);
    }
    // It was put right each time.
    assert!(place.run("--cache-dir=cache", flags).1);
    // A path is asked on its own, and without an answer.
    let path = place.root().join("hosts").display().to_string();
    let (part, answered) = place.run("--cache-dir=cache", &["--format=json", &path]);
    assert!(!answered && part == place.run("--no-cache", &["--format=json", &path]).0);
}
