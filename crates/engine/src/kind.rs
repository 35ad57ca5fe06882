//! Which files are read, and in what language they are written.

use repo::{Kind, RepoPath};

/// The language of a path, by its name alone; `None` for a file that nivis does not read, or whose first line decides.
#[must_use]
pub fn kind_of(path: &RepoPath) -> Option<Kind> {
    let name = path.file_name();
    let lower = name.to_ascii_lowercase();
    if name.ends_with(".nix") {
        return Some(Kind::Nix);
    }
    match &*name {
        "flake.lock" => return Some(Kind::Lock),
        ".envrc" => return Some(Kind::Shell),
        // Our own settings are no text of the repository; a baseline names every file and many options.
        "nivis.toml" | crate::baseline::FILE_NAME => return None,
        ".sops.yaml" | ".sops.yml" | "facter.json" | ".gitattributes" => return Some(Kind::Other),
        ".gitlab-ci.yml" | ".gitlab-ci.yaml" | ".build.yml" | ".woodpecker.yml"
        | ".woodpecker.yaml" | "action.yml" | "action.yaml" | "Taskfile.yml" | "Taskfile.yaml" => {
            return Some(Kind::Ci);
        }
        "sources.json" if matches!(&*path.parent().file_name(), "npins" | "nix") => {
            return Some(Kind::Other);
        }
        _ => {}
    }
    // Keys are known by their names.
    if matches!(
        lower.as_str(),
        "netrc" | ".netrc" | "htpasswd" | ".htpasswd" | "keys.txt" | ".env"
    ) || lower.starts_with("id_rsa")
        || lower.starts_with("id_ed25519")
        || lower.starts_with("id_ecdsa")
        || lower.ends_with("_key")
        || lower.ends_with("_key.pub")
    {
        return Some(Kind::Other);
    }
    match lower.as_str() {
        "justfile" | ".justfile" => return Some(Kind::Just),
        "makefile" | "gnumakefile" => return Some(Kind::Make),
        _ => {}
    }
    let (_, suffix) = lower.rsplit_once('.')?;
    match suffix {
        "sh" | "bash" | "zsh" | "envrc" => Some(Kind::Shell),
        "just" => Some(Kind::Just),
        "mk" => Some(Kind::Make),
        "md" | "markdown" | "org" | "adoc" => Some(Kind::Markdown),
        "yml" | "yaml" if is_workflow(&path.parent(), &lower) => Some(Kind::Ci),
        "yml" | "yaml" | "json" | "env" | "ini" | "age" | "key" | "pem" | "gpg" | "pgp" | "asc"
        | "enc" | "secret" | "conf" | "toml" => Some(Kind::Other),
        _ => None,
    }
}

/// `.github/workflows`, and what other services call theirs.
fn is_workflow(folder: &RepoPath, name: &str) -> bool {
    let parts: Vec<_> = folder.components().collect();
    match parts.iter().map(AsRef::as_ref).collect::<Vec<&str>>()[..] {
        [.., ".github" | ".forgejo" | ".gitea", "workflows"] => true,
        [.., ".woodpecker" | ".builds" | ".buildkite"] => true,
        [".gitlab", ..] => true,
        _ => name.ends_with(".gitlab-ci.yml") || name.starts_with(".woodpecker"),
    }
}

/// Whether the first line of a file may tell its language: a name without suffix.
#[must_use]
pub fn first_line_decides(path: &RepoPath) -> bool {
    let name = path.file_name();
    !name.trim_start_matches('.').contains('.') && kind_of(path).is_none()
}

/// The language of a file by its first lines: a script for `sh`, `bash`, `dash` or `zsh`, also through `env` and
/// `nix-shell -i`.
#[must_use]
pub fn kind_of_head(head: &[u8]) -> Option<Kind> {
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| String::from_utf8_lossy(line).into_owned());
    let first = lines.next()?;
    let mut words = first.strip_prefix("#!")?.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words
            .find(|word| !word.starts_with('-') && !word.contains('='))?
            .rsplit('/')
            .next()?;
    }
    let is_shell = |name: &str| matches!(name, "sh" | "bash" | "dash" | "zsh" | "ksh");
    let shell = if matches!(program, "nix-shell" | "nix") {
        // `#! nix-shell -i bash -p jq`, on any of the lines that follow.
        lines.take_while(|line| line.starts_with("#!")).any(|line| {
            let mut words = line
                .split_whitespace()
                .skip_while(|word| !matches!(*word, "-i" | "--interpreter" | "-c" | "--command"));
            words.next();
            words.next().is_some_and(is_shell)
        })
    } else {
        is_shell(program)
    };
    shell.then_some(Kind::Shell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_name() {
        for (path, kind) in [
            ("a/b.nix", Some(Kind::Nix)),
            ("flake.lock", Some(Kind::Lock)),
            ("sub/.envrc", Some(Kind::Shell)),
            ("x.bash", Some(Kind::Shell)),
            ("Justfile", Some(Kind::Just)),
            ("a/rules.mk", Some(Kind::Make)),
            (".github/workflows/ci.yaml", Some(Kind::Ci)),
            ("README.md", Some(Kind::Markdown)),
            (".sops.yaml", Some(Kind::Other)),
            ("npins/sources.json", Some(Kind::Other)),
            ("a.txt", None),
            ("LICENSE", None),
        ] {
            assert_eq!(kind_of(&path.into()), kind, "{path}");
        }
        assert!(first_line_decides(&"bin/deploy".into()));
        assert!(!first_line_decides(&"Makefile".into()));
        assert!(!first_line_decides(&"a.py".into()));
    }

    #[test]
    fn scripts_by_first_line() {
        for (head, shell) in [
            ("#!/bin/sh\n", true),
            ("#!/usr/bin/env bash", true),
            ("#!/usr/bin/env -S LC_ALL=C bash -eu\n", true),
            (
                "#! /usr/bin/env nix-shell\n#! nix-shell -i bash -p jq\n",
                true,
            ),
            ("#!/usr/bin/env nix-shell\n#!nix-shell -i python3\n", false),
            ("#!/usr/bin/env python3\n", false),
            ("#!\n", false),
            ("", false),
            ("\u{7f}ELF", false),
        ] {
            assert_eq!(kind_of_head(head.as_bytes()).is_some(), shell, "{head}");
        }
    }
}
