//! `nivis graph` through the built program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn homelab() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos/homelab")
}

fn graph(folder: &Path, arguments: &[&str]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "a test runs the built program")]
    Command::new(env!("CARGO_BIN_EXE_nivis"))
        .args(["graph", "--vcs", "none"])
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the program starts")
}

fn stdout(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    text
}

/// A folder with these files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        #[expect(clippy::disallowed_methods, reason = "a test makes a repository")]
        {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
    }
    folder
}

#[test]
fn homelab_as_text_dot_and_json() {
    for form in ["text", "dot", "json"] {
        let output = graph(&homelab(), &["--format", form]);
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let text = stdout(&output).replace(&version, "\"version\": \"…\"");
        insta::assert_snapshot!(format!("homelab_{form}"), text);
    }
}

#[test]
fn one_host_and_one_file() {
    let host = stdout(&graph(&homelab(), &["--host", "ember"]));
    assert!(host.starts_with("darwin ember "), "{host}");
    assert!(!host.contains("atlas"), "{host}");
    let home = stdout(&graph(&homelab(), &["--host", "ines@atlas"]));
    assert!(home.starts_with("home ines "), "{home}");
    let why = graph(&homelab(), &["--why", "modules/nix.nix"]);
    insta::assert_snapshot!("homelab_why", stdout(&why));
    let why = stdout(&graph(
        &homelab(),
        &["--host", "ember", "--why", "modules/nixos/web.nix"],
    ));
    assert!(
        why.contains("it is a module of no host that nivis knows"),
        "{why}"
    );
}

#[test]
fn what_nothing_reaches() {
    let folder = repository(&[
        (
            "flake.nix",
            "{ outputs = { nixpkgs, ... }: { nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ ./box.nix ]; }; }; }",
        ),
        ("box.nix", "{ }"),
        ("lonely.nix", "{ imports = [ ./more.nix ]; }"),
        ("more.nix", "{ }"),
    ]);
    let list = stdout(&graph(folder.path(), &["--unreached"]));
    assert_eq!(list, "lonely.nix\nmore.nix\n");
    let why = stdout(&graph(folder.path(), &["--why", "more.nix"]));
    assert_eq!(
        why,
        "more.nix: class unknown\n  lonely.nix:1 imports it as a module\n  it is a module of no host that nivis knows\n"
    );
}

#[test]
fn wrong_names() {
    for (arguments, words) in [
        (
            &["--host", "nobody"][..],
            "error: --host: no host is called `nobody`; these are: atlas, borealis, ember\n",
        ),
        (&["no/such/folder"], "error: "),
        (&["--why", "no/such.nix"], "error: --why: "),
        (&["--format", "png"], "error: "),
    ] {
        let output = graph(&homelab(), arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.starts_with(words), "{errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn names_of_others_move_no_cursor() {
    let folder = repository(&[
        (
            "flake.nix",
            "{ outputs = { nixpkgs, ... }: { nixosConfigurations.\"b\u{1b}[31m\\n<o>&\\\"x\" =
               nixpkgs.lib.nixosSystem { modules = [ (./. + \"/a\u{1b}]0;x\u{7}<b>&\\\\.nix\") ]; }; }; }",
        ),
        ("a\u{1b}]0;x\u{7}<b>&\\.nix", "{ imports = [ ./gone.nix ]; }"),
    ]);
    for form in ["text", "dot", "json", "svg"] {
        let output = graph(folder.path(), &["--format", form]);
        let text = stdout(&output);
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{form}: {text:?}"
        );
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.chars().all(|c| c == '\n' || !c.is_control()));
        match form {
            "json" => {
                let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                assert_eq!(value["hosts"][0]["name"], "b\u{1b}[31m\n<o>&\"x");
            }
            "svg" => well_formed(&text),
            "dot" => readable(&text),
            _ => {}
        }
    }
}

#[test]
fn pictures_are_whole_and_always_the_same() {
    let first = graph(&homelab(), &["--format", "svg"]);
    let text = stdout(&first);
    well_formed(&text);
    for label in ["nixos atlas", "hosts/atlas/default.nix", "modules/nix.nix"] {
        assert!(text.contains(&format!(">{label}</text>")), "{label}");
    }
    for outside in ["href", "url(http", "<script", "<style", "@import"] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert_eq!(text, stdout(&graph(&homelab(), &["--format", "svg"])));
    readable(&stdout(&graph(&homelab(), &["--format", "dot"])));
}

#[test]
fn too_many_files_become_folders() {
    let mut files: Vec<(String, String)> = (0..1000)
        .map(|n| (format!("modules/{}/m{n}.nix", n % 7), "{ }".to_owned()))
        .collect();
    let all: Vec<String> = files.iter().map(|(path, _)| format!("./{path}")).collect();
    files.push((
        "flake.nix".to_owned(),
        format!(
            "{{ outputs = {{ nixpkgs, ... }}: {{ nixosConfigurations.box = nixpkgs.lib.nixosSystem {{ modules = [ {} ]; }}; }}; }}",
            all.join(" ")
        ),
    ));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let folder = repository(&files);
    let text = stdout(&graph(folder.path(), &["--format", "svg"]));
    well_formed(&text);
    assert!(text.contains(">modules/3/*</text>"), "{text}");
    assert!(!text.contains("m3.nix"));
}

#[test]
fn verbose_names_each_cause_once() {
    let folder = repository(&[
        (
            "flake.nix",
            "{ outputs = { nixpkgs, other, ... }: { nixosConfigurations = nixpkgs.lib.genAttrs [ \"a\" \"b\" ] (name:
               nixpkgs.lib.nixosSystem { modules = [ ./x.nix ./gone.nix ]; }); }; }",
        ),
        ("x.nix", "{ config, ... }: {\n  imports = [ config.more ];\n}"),
        ("broken.sh", "#!/bin/sh\ngit 'unclosed\n"),
    ]);
    #[expect(clippy::disallowed_methods, reason = "a test runs the built program")]
    let output = Command::new(env!("CARGO_BIN_EXE_nivis"))
        .args(["check", "--vcs", "none", "--verbose", "."])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    let lines: Vec<&str> = errors
        .lines()
        .filter(|line| line.starts_with("not resolved"))
        .collect();
    assert_eq!(
        lines,
        [
            "not resolved: broken.sh:1: this shell text does not parse, and no command in it is looked at",
            "not resolved: flake.nix:2: the file is not there (2 hosts)",
            "not resolved: x.nix:2: this is computed, and nivis cannot tell what it comes to (2 hosts)",
        ]
    );
}

/// Every tag is closed, and no sign stands where it must be escaped.
fn well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let between = &rest[..start];
        assert!(!between.contains('>'), "{between:?}");
        for (at, _) in between.match_indices('&') {
            let entity = ["&amp;", "&lt;", "&gt;", "&quot;"]
                .iter()
                .any(|it| between[at..].starts_with(it));
            assert!(entity, "{between:?}");
        }
        let end = rest[start..].find('>').expect("a closed tag") + start;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            open.push(tag.split_whitespace().next().expect("a name"));
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?}");
}

/// Another program reads it.
fn readable(text: &str) {
    let mut parser = layout::gv::DotParser::new(text);
    if let Err(error) = parser.process() {
        panic!("{error}: {text}");
    }
}
