//! `nivis options`, and where declared options come from.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests make folders and start the program"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

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
const TREE: &[(&str, &str)] = &[
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
    for (lock, found) in [(&here, true), (&commit, false)] {
        let it = with_store(&[("flake.lock", lock)], "", "source");
        it.write("flake.nix", FLAKE);
        let (_, out, err) = it.run(&["options", "status"]);
        assert_eq!(out.contains("1 declaration,"), found, "{out}{err}");
        let (_, out, _) = it.run(&["check", "--format", "concise", "--select", "unknown-option"]);
        assert_eq!(out.contains("enabel"), found, "{out}");
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
