//! `nivis options`, and where declared options come from.
//!
//! `NIVIS_REPOS=<folder>` names checkouts of real configurations, and `NIVIS_SOURCES=home=<folder>,darwin=<folder>` trees to hold
//! them against, or `NIVIS_CLONES=<clone>:<clone>` clones that have what they pin: then every option that they set is misspelt,
//! and most of that is to be noticed. `NIVIS_VERBOSE=1` lists what is not.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make folders and start the program"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use engine::{Flags, Input, Plan, Settings, pins};
use lint_api::repo::pinned::{self, Found, Schemas};
use lint_api::repo::schema::{Answer, Class, Step};
use lint_api::repo::{Repo, RepoPath, Text};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The exit code, stdout and stderr.
    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_nivis"))
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("NIVIS_CACHE_DIR", self.path().join(".cache"))
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }
}

/// A home whose flake pins nothing that is here.
const FLAKE: &str = r#"{
  inputs.home-manager.url = "github:nix-community/home-manager";
  outputs = { home-manager, ... }: {
    homeConfigurations.me = home-manager.lib.homeManagerConfiguration { modules = [ ./home.nix ]; };
  };
}
"#;

const LIST: &str = r#"{
  "programs.git.enable": { "loc": ["programs", "git", "enable"], "type": "boolean", "readOnly": false,
    "declarations": ["/nix/store/00000000000000000000000000000000-source/modules/programs/git.nix"] },
  "programs.git.signing": { "loc": ["programs", "git", "signing"], "type": "one of \"openpgp\", \"ssh\"" }
}
"#;

#[test]
fn a_list_of_options() {
    let it = Folder::new(&[
        ("flake.nix", FLAKE),
        (
            "home.nix",
            "{ programs.git = { enabel = true; enable = 1; signing = \"shh\"; hidden = 1; }; }\n",
        ),
        (
            "nivis.toml",
            "[options]\njson.home = \"docs/options.json\"\n",
        ),
        ("docs/options.json", LIST),
    ]);
    // Read, and read from the cache.
    for _ in 0..2 {
        let (code, out, err) = it.run(&["check", "--format", "concise", "--select", "options"]);
        assert_eq!(code, Some(1), "{out}{err}");
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 3, "{out}{err}");
        assert!(
            lines[0].contains("home.nix:1:20: warn") && lines[0].contains("unknown-option"),
            "{out}"
        );
        assert!(lines[1].contains("option-type-mismatch"), "{out}");
        assert!(lines[2].contains("unknown-enum-value"), "{out}");
    }
    let (code, out, err) = it.run(&["options", "status"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(
        out,
        "options.json of home-manager: 2 declarations, docs/options.json\n"
    );
    let (code, out, _) = it.run(&[
        "options",
        "show",
        "programs.git.enable",
        "programs.git.enabel",
    ]);
    assert_eq!(code, Some(0));
    assert_eq!(
        out,
        "programs.git.enable in options.json of home-manager\n  option, boolean\n  declared in modules/programs/git.nix\n\
         programs.git.enabel in options.json of home-manager\n  not listed: `enabel` is not known; did you mean `enable`?\n"
    );
    // `result/…` is a link.
    fs::rename(
        it.path().join("docs/options.json"),
        it.path().join("docs/real.json"),
    )
    .unwrap();
    std::os::unix::fs::symlink("real.json", it.path().join("docs/options.json")).unwrap();
    assert_eq!(it.run(&["options", "status"]).0, Some(0));
}

#[test]
fn a_list_that_is_none() {
    let it = Folder::new(&[
        ("home.nix", "{ }\n"),
        ("nivis.toml", "[options]\njson.home = \"options.json\"\n"),
    ]);
    for (text, words) in [
        (
            None,
            "options.json: `options.json`: this file does not exist",
        ),
        (
            Some("{\n  \"a\": {\n    \"loc\": \"hush\" }"),
            "options.json:3:1: `options.json`: no list of options as",
        ),
        (
            Some("{ \"a\": \n"),
            "options.json:2:1: `options.json`: no JSON",
        ),
    ] {
        if let Some(text) = text {
            it.write("options.json", text);
        }
        for args in [&["check"][..], &["options", "status"]] {
            let (code, _, err) = it.run(args);
            assert_eq!(code, Some(2), "{err}");
            assert!(err.contains(words) && !err.contains("hush"), "{err}");
        }
    }
    fs::remove_file(it.path().join("options.json")).unwrap();
    std::os::unix::fs::symlink("options.json", it.path().join("options.json")).unwrap();
    assert_eq!(it.run(&["check"]).0, Some(2));
}

/// A tree that looks like home-manager.
const TREE: Files<'static> = &[
    (
        "modules/modules.nix",
        "{ pkgs, lib, check ? true, ... }: [ ./programs/git.nix ]\n",
    ),
    (
        "modules/programs/git.nix",
        "{ lib, ... }: { options.programs.git.enable = lib.mkEnableOption \"git\"; }\n",
    ),
    ("modules/lib/default.nix", "{ lib }: { }\n"),
];

const HOME: &str = "{ programs.git.enabel = true; }\n";

/// A repository with a home whose sources are `lists`, and home-manager in a store below it.
fn with_store(lists: &[(&str, &str)], settings: &str, name: &str) -> Folder {
    let hash = engine::pins::store::Hash::of(b"some tree");
    let stored = engine::pins::store::store_name(&hash, name).unwrap();
    let settings = format!("[options]\nstore = \"store\"\n{settings}");
    let it = Folder::new(&[("home.nix", HOME), ("nivis.toml", &settings)]);
    for (path, text) in TREE {
        it.write(&format!("store/{stored}/{path}"), text);
    }
    for (path, text) in lists {
        let text = text.replace("@SRI@", &hash.sri());
        let text = text.replace("@BASE32@", &engine::pins::store::base32(&hash.0));
        let here = it.path().canonicalize().unwrap();
        let text = text.replace("@HERE@", here.to_str().unwrap());
        it.write(path, &text.replace("@STORE@", &stored));
    }
    it.write(".gitignore", "store\n");
    it
}

const CLASS: &str = "[repository]\nclass = { \"home.nix\" = \"home\" }\n";

#[test]
fn lists_of_pins() {
    let npins = r#"{ "pins": { "home-manager": { "type": "Git", "submodules": false, "branch": "master",
        "repository": { "type": "GitHub", "owner": "nix-community", "repo": "home-manager" },
        "revision": "0000000000000000000000000000000000000000", "url": "https://h/x.tar.gz", "hash": "@SRI@" } }, "version": 7 }"#;
    let niv = r#"{ "home-manager": { "type": "tarball", "owner": "nix-community", "repo": "home-manager", "branch": "master",
        "url": "https://h/x.tar.gz", "sha256": "@BASE32@" } }"#;
    for (path, text, name) in [
        ("npins/sources.json", npins, "source"),
        ("nix/sources.json", niv, "home-manager-src"),
    ] {
        let it = with_store(&[(path, text)], CLASS, name);
        let (code, out, err) = it.run(&["options", "status"]);
        assert_eq!(code, Some(0), "{err}");
        let begins = format!("home-manager, `home-manager` of {path}: 1 declaration, ");
        assert!(out.starts_with(&begins), "{out}");
        for _ in 0..2 {
            let (code, out, err) =
                it.run(&["check", "--format", "concise", "--select", "unknown-option"]);
            assert_eq!(code, Some(1), "{out}{err}");
            assert!(out.contains("home.nix:1:16: error"), "{out}{err}");
        }
        let (_, out, _) = it.run(&["options", "status"]);
        assert!(out.contains("read before, in the cache"), "{out}");
        // A flake with a lock of its own decides itself.
        it.write("flake.nix", FLAKE);
        it.write(
            "flake.lock",
            r#"{ "version": 7, "root": "root", "nodes": { "root": { } } }"#,
        );
        let (_, out, _) = it.run(&["check", "--format", "concise", "--select", "unknown-option"]);
        assert_eq!(out, "");
    }
}

#[test]
fn inputs_of_the_disk() {
    let lock = |locked: &str| {
        format!(
            r#"{{ "version": 7, "root": "root", "nodes": {{ "root": {{ "inputs": {{ "home-manager": "hm" }} }},
               "hm": {{ "locked": {{ {locked} }}, "original": {{ "type": "git", "url": "https://h/home-manager" }} }} }} }}"#
        )
    };
    let here = lock(r#""type": "git", "url": "file://@HERE@/store/@STORE@""#);
    // A commit that cannot be looked up is not the folder as it is now.
    let commit = lock(
        r#""type": "git", "url": "file://@HERE@/store/@STORE@", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
           "rev": "0000000000000000000000000000000000000000""#,
    );
    // A folder may be another one by now than it was when it was locked: it is read, and not kept under the hash of then.
    let edited = lock(
        r#""type": "path", "path": "@HERE@/store/@STORE@",
           "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=""#,
    );
    for (lock, found) in [(&here, true), (&commit, false), (&edited, true)] {
        let it = with_store(&[("flake.lock", lock)], "", "source");
        it.write("flake.nix", FLAKE);
        let (_, out, err) = it.run(&["options", "status"]);
        assert_eq!(out.contains("1 declaration,"), found, "{out}{err}");
        let (_, out, _) = it.run(&["check", "--format", "concise", "--select", "unknown-option"]);
        assert_eq!(out.contains("enabel"), found, "{out}");
        assert!(!it.path().join(".cache/options").exists());
    }
}

#[test]
fn a_pin_that_is_absent() {
    let lock = r#"{ "version": 7, "root": "root", "nodes": { "root": { "inputs": { "home-manager": "hm" } },
        "hm": { "locked": { "type": "github", "owner": "nix-community", "repo": "home-manager",
          "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "rev": "0000000000000000000000000000000000000000" },
          "original": { "type": "github", "owner": "nix-community", "repo": "home-manager" } } } }"#;
    let it = Folder::new(&[
        ("flake.nix", FLAKE),
        ("home.nix", HOME),
        ("flake.lock", lock),
    ]);
    let words = "note: options of home-manager were not checked: its pinned source is not on this machine (";
    // Who did not ask is not told.
    for (args, told, inactive) in [
        (&["check"][..], 0, false),
        (&["check", "-v"], 0, true),
        (&["check", "--select", "options"], 1, false),
        (&["check", "--level", "unknown-option=warn"], 1, false),
        (&["check", "--select", "options", "-q"], 0, false),
    ] {
        let (_, out, err) = it.run(args);
        let lines = err.lines().filter(|line| line.starts_with(words));
        assert_eq!(lines.count(), told, "{args:?}: {out}{err}");
        let says = err.contains("inactive: unknown-option: home-manager: its pinned source");
        assert_eq!(says, inactive, "{args:?}: {err}");
    }
    it.write("nivis.toml", "[levels]\noptions = \"warn\"\n");
    assert!(it.run(&["check"]).2.contains(words));
    it.write("nivis.toml", "[levels]\ntidy = \"warn\"\n");
    assert!(!it.run(&["check"]).2.contains(words));
}

#[test]
fn every_command_that_checks_keeps_what_it_read() {
    let npins = r#"{ "pins": { "home-manager": { "type": "Git", "url": "u", "hash": "@SRI@",
        "repository": { "type": "GitHub", "owner": "nix-community", "repo": "home-manager" } } } }"#;
    let kept =
        |it: &Folder| fs::read_dir(it.path().join(".cache/options")).map_or(0, Iterator::count);
    for (args, code) in [
        (&["baseline", "write"][..], 0),
        (&["allow", "--select", "unknown-option", "--diff"], 0),
        (&["migrate", "--pragmas"], 0),
        (&["options", "status"], 0),
    ] {
        let it = with_store(&[("npins/sources.json", npins)], CLASS, "source");
        let (is, out, err) = it.run(args);
        assert_eq!(is, Some(code), "{args:?}: {out}{err}");
        assert_eq!(kept(&it), 1, "{args:?}");
        if args[0] == "baseline" {
            let baseline = fs::read_to_string(it.path().join("nivis-baseline.toml")).unwrap();
            assert!(baseline.contains("unknown-option"), "{baseline}");
        }
        // What is damaged is made anew.
        let entry = fs::read_dir(it.path().join(".cache/options")).unwrap();
        let entry = entry.map(|it| it.unwrap().path()).next().unwrap();
        let whole = fs::read(&entry).unwrap();
        fs::write(&entry, &whole[..whole.len() / 2]).unwrap();
        let (_, out, err) = it.run(&["options", "show", "programs.git.enable"]);
        assert!(out.contains("option, boolean"), "{out}{err}");
        assert_eq!(fs::read(&entry).unwrap(), whole);
    }
}

/// Paths and texts.
type Files<'a> = &'a [(&'a str, &'a str)];

/// Inputs of a lock: name, the words that its tree is found by, and whether it is in the store below the repository.
fn with_inputs(flake: &str, inputs: &[(&str, &str, Files<'_>)]) -> Folder {
    let it = Folder::new(&[
        ("flake.nix", flake),
        ("home.nix", HOME),
        ("nivis.toml", "[options]\nstore = \"store\"\n"),
        (".gitignore", "store\n"),
    ]);
    let (mut roots, mut nodes) = (Vec::new(), Vec::new());
    for (name, url, files) in inputs {
        let hash = engine::pins::store::Hash::of(name.as_bytes());
        let stored = engine::pins::store::store_name(&hash, "source").unwrap();
        let (owner, repo) = url.split_once('/').unwrap();
        let origin = format!(r#""type": "github", "owner": "{owner}", "repo": "{repo}""#);
        roots.push(format!(r#""{name}": "{name}""#));
        nodes.push(format!(
            r#""{name}": {{ "locked": {{ {origin}, "narHash": "{}", "rev": "{}" }}, "original": {{ {origin} }} }}"#,
            hash.sri(),
            "0".repeat(40),
        ));
        for (path, text) in *files {
            it.write(&format!("store/{stored}/{path}"), text);
        }
    }
    nodes.push(format!(
        r#""root": {{ "inputs": {{ {} }} }}"#,
        roots.join(", ")
    ));
    let nodes = nodes.join(", ");
    it.write(
        "flake.lock",
        &format!(r#"{{ "version": 7, "root": "root", "nodes": {{ {nodes} }} }}"#),
    );
    it
}

#[test]
fn modules_of_others_may_declare_more() {
    let flake = r#"{
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.extra.url = "github:somebody/extra";
  outputs = { home-manager, extra, ... }: {
    homeConfigurations.me = home-manager.lib.homeManagerConfiguration {
      modules = [ ./home.nix extra.homeModules.default ];
    };
  };
}
"#;
    let home = ("home-manager", "nix-community/home-manager", TREE);
    let knows: Files<'_> = &[("m.nix", "{ options.programs.git.enabel = 1; }\n")];
    let other: Files<'_> = &[("m.nix", "{ options.programs.git.speed = 1; }\n")];
    for (extra, level) in [(knows, None), (other, Some("error")), (&[], Some("note"))] {
        let it = with_inputs(flake, &[home, ("extra", "somebody/extra", extra)]);
        let (_, out, err) = it.run(&["check", "--format", "concise", "--select", "unknown-option"]);
        match level {
            Some(level) => assert!(
                out.contains(&format!("home.nix:1:16: {level}")),
                "{out}{err}"
            ),
            None => assert_eq!(out, "", "{err}"),
        }
        let (_, out, _) = it.run(&["check", "--select", "unknown-option"]);
        let told = out.contains("modules of `extra` might declare it");
        assert_eq!(told, level == Some("note"), "{out}");
    }
}

#[test]
fn two_pins_of_one_tree_must_agree() {
    let flake = r#"{
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.home-old.url = "github:nix-community/home-manager";
  outputs = { home-manager, home-old, ... }: {
    homeConfigurations.me = home-manager.lib.homeManagerConfiguration { modules = [ ./home.nix ]; };
    homeConfigurations.you = home-old.lib.homeManagerConfiguration { modules = [ ./home.nix ]; };
  };
}
"#;
    let new = ("home-manager", "nix-community/home-manager", TREE);
    let older: Files<'_> = &[
        TREE[0],
        (
            "modules/programs/git.nix",
            "{ lib, ... }: { options.programs.git.enabel = lib.mkEnableOption \"git\"; }\n",
        ),
        TREE[2],
    ];
    for (old, found) in [(TREE, true), (older, false), (&[], false)] {
        let it = with_inputs(
            flake,
            &[new, ("home-old", "nix-community/home-manager", old)],
        );
        let (_, out, err) = it.run(&["check", "--format", "concise", "--select", "unknown-option"]);
        assert_eq!(out.contains("home.nix:1:16: error"), found, "{out}{err}");
    }
}

/// What came of the options that are misspelt.
#[derive(Debug, Default, Clone, Copy)]
struct Misspelt {
    uses: usize,
    caught: usize,
    /// The wrong segment is one of the first two.
    shallow: usize,
    /// More may be declared beside it than is known.
    open: usize,
    other: usize,
}

/// A repository that is read, with what it pins or is told to.
struct Real {
    settings: Settings,
    schemas: Arc<Schemas>,
}

impl Real {
    fn open(root: &Path) -> Real {
        let flags = Flags::default();
        let text = engine::config::find(&flags, root).unwrap();
        let lints = lints::ALL.iter().copied();
        let mut settings = Settings::discover(&flags, root, text.as_ref(), lints).unwrap();
        let list = |name: &str| std::env::var(name).unwrap_or_default();
        for pair in list("NIVIS_SOURCES").split(',').filter(|it| !it.is_empty()) {
            let (class, path) = pair.split_once('=').expect("class=path");
            let class = [Class::Nixos, Class::Home, Class::Darwin]
                .into_iter()
                .find(|it| pins::class_word(*it) == class)
                .expect("a class");
            settings.options.trees.push((class, PathBuf::from(path)));
        }
        let clones = list("NIVIS_CLONES");
        let clones = clones.split(':').filter(|it| !it.is_empty());
        settings.options.clones.extend(clones.map(PathBuf::from));
        let mut input = engine::load(&settings).unwrap();
        pins::read(&mut input, &settings).unwrap();
        Real {
            settings,
            schemas: input.options,
        }
    }

    /// The repository, with other texts for some of its files.
    fn read(&self, texts: &BTreeMap<RepoPath, String>) -> Repo {
        let mut input: Input = engine::load(&self.settings).unwrap();
        input.options = Arc::clone(&self.schemas);
        for source in &mut input.sources {
            if let Some(text) = texts.get(&source.path) {
                source.text = Arc::new(Text::new(text.as_str()));
            }
        }
        engine::check(input, &Plan::none(), &self.settings).repo
    }
}

/// One key of the text that ends the path of an option.
struct Key {
    file: RepoPath,
    /// From the key to the end of its value.
    range: std::ops::Range<usize>,
    /// Where a letter more goes.
    end: usize,
    path: String,
    class: Class,
    len: usize,
    open: bool,
}

/// The options that a repository sets directly, where a tree declares them.
fn keys(repo: &Repo) -> Vec<Key> {
    let mut keys = Vec::new();
    pinned::uses(repo, |it| {
        let [class] = it.classes[..] else { return };
        let trees = repo
            .options
            .pinned
            .iter()
            .filter(|tree| tree.class == class);
        let trees: Vec<_> = trees.map(|tree| &tree.schema).collect();
        let is_option = |path: &[Step<'_>]| {
            trees
                .iter()
                .all(|it| matches!(it.find(path), Answer::Option(_)))
        };
        if trees.is_empty() || it.definition.inherited || !is_option(&it.path) {
            return;
        }
        let at = it.definition.at;
        let text = it.file.text.slice(at);
        let Some(Step::Name(last)) = it.path.last() else {
            return;
        };
        let quoted = text.ends_with('"');
        if !quoted && !text.ends_with(last) {
            return;
        }
        let mut path = it.path.clone();
        let misspelt = format!("{last}x");
        path.pop();
        path.push(Step::Name(&misspelt));
        let open = trees
            .iter()
            .any(|it| !matches!(it.find(&path), Answer::Unknown { .. }));
        keys.push(Key {
            file: it.file.path.clone(),
            range: at.start().into()..it.definition.value_at.end().into(),
            end: usize::from(at.end()) - usize::from(quoted),
            path: it.display(),
            class,
            len: it.path.len(),
            open,
        });
    });
    keys
}

#[test]
fn misspelt_options_of_real_configurations() {
    let Ok(folder) = std::env::var("NIVIS_REPOS") else {
        println!("skipped: NIVIS_REPOS names no folder of checkouts");
        return;
    };
    let verbose = std::env::var("NIVIS_VERBOSE").is_ok();
    let mut roots: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    roots.sort();
    let mut all: BTreeMap<Class, Misspelt> = BTreeMap::new();
    for root in roots {
        let name = root.file_name().unwrap().to_string_lossy().into_owned();
        let real = Real::open(&root);
        let repo = real.read(&BTreeMap::new());
        for it in repo.option_findings() {
            let file = repo.file(it.at.file);
            let line = file.text.position(it.at.range.start()).line;
            let words = match &it.found {
                Found::Unknown { path, .. } => format!("unknown {path}"),
                Found::Gone(gone) => format!("gone {} -> {:?}", gone.old, gone.new),
                Found::Mismatch { path, takes, .. } => format!("mismatch {path}: {takes}"),
                Found::Unlisted { path, .. } => format!("unlisted {path}"),
            };
            println!("{name}/{}:{line}: {words} ({})", file.path, it.by);
        }
        let mut left = keys(&repo);
        let mut seen: BTreeMap<Class, Misspelt> = BTreeMap::new();
        while !left.is_empty() {
            // Where both an option and what is in its value are misspelt, the first hides the other: one after the other.
            let (mut now, mut later): (Vec<Key>, Vec<Key>) = (Vec::new(), Vec::new());
            for key in left {
                match now.last() {
                    Some(last) if last.file == key.file && key.range.start < last.range.end => {
                        later.push(key);
                    }
                    _ => now.push(key),
                }
            }
            left = later;
            let mut texts: BTreeMap<RepoPath, String> = BTreeMap::new();
            for key in now.iter().rev() {
                let text = texts.entry(key.file.clone()).or_insert_with(|| {
                    let file = repo.files.iter().find(|it| it.path == key.file);
                    file.unwrap().text.contents().to_owned()
                });
                text.insert(key.end, 'x');
            }
            let misspelt = real.read(&texts);
            let mut found: BTreeMap<(&RepoPath, usize), ()> = BTreeMap::new();
            for it in misspelt.option_findings() {
                let range = it.at.range;
                if matches!(it.found, Found::Unknown { .. }) {
                    for at in usize::from(range.start())..usize::from(range.end()) {
                        found.insert((&misspelt.file(it.at.file).path, at), ());
                    }
                }
            }
            let mut before: BTreeMap<&RepoPath, usize> = BTreeMap::new();
            for key in &now {
                let shift = before.entry(&key.file).or_default();
                let caught = found.contains_key(&(&key.file, key.end + *shift));
                *shift += 1;
                let counts = seen.entry(key.class).or_default();
                counts.uses += 1;
                match (caught, key.len <= 2, key.open) {
                    (true, ..) => counts.caught += 1,
                    (_, true, _) => counts.shallow += 1,
                    (_, _, true) => counts.open += 1,
                    _ => {
                        counts.other += 1;
                        if verbose {
                            println!("{name}/{}: not caught: {}", key.file, key.path);
                        }
                    }
                }
            }
        }
        for (class, counts) in seen {
            println!("| {name} | {class:?} | {counts:?} |");
            let sum = all.entry(class).or_default();
            sum.uses += counts.uses;
            sum.caught += counts.caught;
            sum.shallow += counts.shallow;
            sum.open += counts.open;
            sum.other += counts.other;
        }
    }
    for (class, counts) in &all {
        println!("| all | {class:?} | {counts:?} |");
    }
    let uses: usize = all.values().map(|it| it.uses).sum();
    let caught: usize = all.values().map(|it| it.caught).sum();
    println!("{caught} of {uses} misspelt options are caught");
    assert!(caught * 10 >= uses * 6, "{caught} of {uses}");
}
