//! Which commands use the network: downloads, clones, installations from a registry.
//!
//! Limits: only what the words say for sure. An address that is not known, a loopback, `file:` and local paths are
//! silent, and so is every command with an option that keeps it offline.

use syntax::TextRange;

use super::options::{self, Table};
use super::{Command, Place, UNKNOWN};

/// A command that uses the network.
#[derive(Debug, PartialEq, Eq)]
pub struct Use<'a> {
    /// The tool with its sub-command: `git clone`.
    pub name: String,
    /// The same in the file.
    pub at: TextRange,
    /// What a build takes instead.
    pub instead: &'a str,
}

/// Options of these tools that take a value; all others are taken for flags.
const TOOLS: Table = Table {
    flags: &[],
    values: &[
        "-C",
        "-c",
        "--git-dir",
        "--work-tree",
        "--prefix",
        "--cwd",
        "--dir",
        "-o",
        "--output",
        "--namespace",
    ],
    pairs: &[],
};

const OFFLINE: [&str; 10] = [
    "--offline",
    "--frozen-offline",
    "--no-index",
    "--no-deps",
    "--no-build-isolation",
    "--frozen",
    "--local",
    "--path",
    "--help",
    "--version",
];

/// What a command uses the network for; `None` when it does not, or nobody can tell.
#[must_use]
pub fn network(command: &Command) -> Option<Use<'static>> {
    if command.place == Place::Guard || command.behind(&["ssh"]) {
        return None;
    }
    let sorted = options::sort(command, &TOOLS);
    let text = |at: usize| sorted.operands.get(at).map_or("", |word| &*word.text);
    let (first, second) = (text(0), text(1));
    if sorted.has(&OFFLINE) {
        return None;
    }
    let any = |test: fn(&str) -> bool| command.arguments.iter().any(|word| test(&word.text));
    let (verbs, instead) = match &*command.name {
        "curl" | "wget" if any(is_remote) => (0, "`fetchurl`"),
        "git" => match first {
            "clone" if is_remote(second) => (1, "`fetchgit`"),
            "fetch" | "pull" if second.is_empty() || is_remote(second) || second == "origin" => {
                (1, "`fetchgit`")
            }
            _ => return None,
        },
        "npm" | "pnpm" if matches!(first, "install" | "i" | "ci" | "add") && !is_local(second) => {
            (1, "`buildNpmPackage` or the hooks of `pnpm`")
        }
        "yarn" if matches!(first, "install" | "add") && !is_local(second) => {
            (1, "the offline cache of `fetchYarnDeps`")
        }
        "pip" | "pip3" if first == "install" && !is_local(second) => (1, "`buildPythonPackage`"),
        "cargo" if matches!(first, "install" | "fetch" | "update") => (1, "`buildRustPackage`"),
        "go" if first == "get" || first == "install" && second.contains('@') => {
            (1, "`buildGoModule`")
        }
        "gem" if first == "install" && !second.ends_with(".gem") && !is_local(second) => {
            (1, "`bundlerEnv`")
        }
        "skopeo" if first == "copy" && any(|it| it.starts_with("docker://")) => {
            (1, "`dockerTools.pullImage`")
        }
        "docker" | "podman" if first == "pull" => (1, "`dockerTools.pullImage`"),
        "crane" | "oras" if first == "pull" => (1, "`dockerTools.pullImage`"),
        "helm" => match (first, second) {
            ("repo", "add" | "update") => (2, "`fetchurl` for the chart"),
            ("dependency" | "dep", "update" | "up" | "build") => (2, "`fetchurl` for the chart"),
            ("pull", _) => (1, "`fetchurl` for the chart"),
            ("template", _) if sorted.has(&["--repo"]) || any(is_remote) => {
                (1, "`fetchurl` for the chart")
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(shown(command, &sorted.operands, verbs, instead))
}

/// As [`network`], with what installs for a machine and what Nix fetches by itself.
#[must_use]
pub fn downloads(command: &Command) -> Option<Use<'static>> {
    if let Some(found) = network(command) {
        return Some(found);
    }
    if command.place == Place::Guard || command.behind(&["ssh"]) {
        return None;
    }
    let sorted = options::sort(command, &TOOLS);
    let text = |at: usize| sorted.operands.get(at).map_or("", |word| &*word.text);
    let verbs = match &*command.name {
        "rustup" if matches!(text(0), "update" | "install" | "toolchain" | "default") => 1,
        "flatpak" if matches!(text(0), "install" | "update" | "remote-add") => 1,
        "brew" if matches!(text(0), "install" | "update" | "upgrade" | "tap" | "bundle") => 1,
        "nix-channel" if sorted.has(&["--update"]) => 0,
        "nix" if !sorted.has(&["--offline"]) => {
            let operands = options::sort(command, &options::NIX).operands;
            let text = |at: usize| operands.get(at).map_or("", |word| &*word.text);
            match (text(0), text(1)) {
                ("profile", "install" | "add") if is_registry(text(2)) => 2,
                ("run" | "build" | "shell", installable) if is_registry(installable) => 1,
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(shown(command, &sorted.operands, verbs, ""))
}

/// As [`network`], with the commands of Nix that build or fetch: inside a build they have no store to do it in.
#[must_use]
pub fn in_build(command: &Command) -> Option<Use<'static>> {
    if let Some(found) = network(command) {
        return Some(found);
    }
    if command.place == Place::Guard {
        return None;
    }
    let instead = "a derivation of its own";
    let sorted = options::sort(command, &options::NIX);
    if sorted.has(&["--offline", "--store", "--version", "--help"]) {
        return None;
    }
    let text = |at: usize| sorted.operands.get(at).map_or("", |word| &*word.text);
    let verbs = match &*command.name {
        "nix" => match (text(0), text(1)) {
            ("build" | "run" | "shell" | "develop", installable) if is_registry(installable) => 1,
            ("flake", "update" | "lock") => 2,
            ("profile", "install" | "add") => 2,
            _ => return None,
        },
        "nix-channel" if sorted.has(&["--update"]) => 0,
        "nix-prefetch-url" | "nix-prefetch-git" => 0,
        _ => return None,
    };
    Some(shown(command, &sorted.operands, verbs, instead))
}

fn shown(
    command: &Command,
    operands: &[&super::Word],
    verbs: usize,
    instead: &'static str,
) -> Use<'static> {
    let verbs = &operands[..verbs.min(operands.len())];
    let mut name = command.name.to_string();
    for verb in verbs {
        name.push(' ');
        name.push_str(&verb.text);
    }
    // The words of the sub-command, where nothing stands between them.
    let close = command
        .arguments
        .iter()
        .zip(verbs)
        .all(|(a, b)| a.at == b.at);
    let at = match verbs.last() {
        Some(last) if close => command.name_at.cover(last.at),
        _ => command.name_at,
    };
    Use { name, at, instead }
}

/// An address on another machine: `https://…`, `git@host:…`.
fn is_remote(word: &str) -> bool {
    if let Some((scheme, rest)) = word.split_once("://") {
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let loopback = ["localhost", "127.", "[::1]", "0.0.0.0"];
        return !scheme.ends_with("file")
            && !scheme.contains(UNKNOWN)
            && !host.is_empty()
            && !host.starts_with(UNKNOWN)
            && !loopback.iter().any(|it| host.starts_with(it));
    }
    word.split_once('@')
        .and_then(|(user, rest)| rest.split_once(':').map(|(host, _)| (user, host)))
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !user.contains('/'))
}

/// A path, or something unknown that may be one.
fn is_local(word: &str) -> bool {
    word.starts_with(['.', '/', '~', UNKNOWN])
}

/// An installable that is fetched: `nixpkgs#x`, `github:…`.
fn is_registry(word: &str) -> bool {
    let flake = word.split('#').next().unwrap_or_default();
    [
        "github:",
        "gitlab:",
        "sourcehut:",
        "git+https:",
        "git+ssh:",
        "https:",
    ]
    .iter()
    .any(|it| flake.starts_with(it))
        || word.contains('#')
            && !flake.is_empty()
            && flake
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for it in [
            "https://a.b/c",
            "git@github.com:a/b",
            "ssh://git@a/b",
            "docker://x",
        ] {
            assert!(is_remote(it), "{it}");
        }
        for it in [
            "file:///a",
            "http://localhost:80",
            "http://127.0.0.1",
            "https://\u{fffc}/x",
            "./a",
            "a:b",
            "http://user:x@localhost",
        ] {
            assert!(!is_remote(it), "{it}");
        }
        assert!(
            is_registry("nixpkgs#hello") && is_registry("github:a/b") && is_registry("nixpkgs/x#y")
        );
        assert!(!is_registry(".#a") && !is_registry("\u{fffc}#a") && !is_registry("a"));
    }
}
