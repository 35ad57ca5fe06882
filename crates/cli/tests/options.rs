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
