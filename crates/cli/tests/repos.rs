//! Whole configurations through the built program: `homelab` has one planted hazard for each lint, `clean` has none; the
//! others are small, and each is about one situation.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repo(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/repos")
        .join(name)
}

/// Without git: the findings must not depend on the state of this checkout.
fn check(name: &str, arguments: &[&str]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "a test runs the built program")]
    Command::new(env!("CARGO_BIN_EXE_nivis"))
        .args(["check", "--vcs", "none", "--color", "never"])
        .args(arguments)
        .arg(".")
        .current_dir(repo(name))
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn homelab_has_what_was_planted() {
    let output = check("homelab", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(repo("homelab"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("expected", text(&output.stdout)));
}

#[test]
fn every_lint_has_its_hazard_in_homelab() {
    let report: serde_json::Value =
        serde_json::from_slice(&check("homelab", &["--format", "json"]).stdout).expect("JSON");
    let found: Vec<&str> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|finding| finding["lint"].as_str())
        .collect();
    for lint in [
        "lost-by-update",
        "missing-mkif",
        "nix-env-install",
        "overlay-placement",
        "overlay-self-reference",
        "password-hash",
        "plaintext-secret",
        "recursive-config",
        "secret-token",
        "state-version-computed",
        "syntax-error",
    ] {
        assert!(found.contains(&lint), "{lint} finds nothing in homelab");
    }
}

#[test]
fn clean_is_clean() {
    let output = check("clean", &[]);
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(0), String::new()),
        "{}",
        text(&output.stderr)
    );
}

/// The lints of machines and what they keep; those of inputs and locks have nothing to read here.
const OF_MACHINES: [&str; 2] = ["--select", "state,hosts,home,secrets,modules,files,syntax"];

fn check_alone(name: &str) -> String {
    let output = check(name, &[&["--root", "."][..], &OF_MACHINES[..]].concat());
    assert!(output.status.code() < Some(2), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn situations_that_go_wrong() {
    for name in [
        "zfs-latest",
        "disko-doubled",
        "tmpfs-root",
        "mac-determinate",
        "lockout",
    ] {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(repo(name));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("expected", check_alone(name)));
    }
}

#[test]
fn situations_that_only_look_wrong() {
    for name in ["installer", "router", "vm-test"] {
        assert_eq!(check_alone(name), "", "{name}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for format in ["full", "concise", "json"] {
        let one = check("homelab", &["--format", format, "--threads", "1"]);
        for threads in ["2", "7"] {
            assert_eq!(
                text(&one.stdout),
                text(&check("homelab", &["--format", format, "--threads", threads]).stdout),
                "{format}"
            );
        }
    }
}
