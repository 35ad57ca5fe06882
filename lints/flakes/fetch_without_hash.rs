//! Downloads without a hash.

use lint_api::prelude::*;
use lint_api::repo::hosts::ephemeral_path;
use lint_api::repo::outline::{Binding, Definition, Key, Node, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "fetch-without-hash",
    group: Group::Flakes,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a download without a hash",
    page: include_str!("fetch_without_hash.md"),
    options: Options::NONE,
    check: Check::File(check),
};

/// The attributes of which one pins a download.
const HASHES: [&str; 8] =
    ["hash", "sha256", "sha512", "sha1", "narHash", "outputHash", "cargoHash", "md5"];

/// The names of all functions that are looked at, of Nix or of nixpkgs.
const FETCHERS: [&str; 8] = [
    "fetchTarball",
    "fetchurl",
    "fetchGit",
    "fetchTree",
    "fetchzip",
    "fetchFromGitHub",
    "fetchFromGitLab",
    "fetchgit",
];

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    if !file.facts.faults.is_empty() || !file.speaks_of(Topic::Fetch) {
        return;
    }
    for node in file.facts.outline.nodes(file.text.contents()) {
        if !node.is(SyntaxKind::NODE_APPLY) {
            continue;
        }
        let Shape::Apply { function, argument } = node.shape() else { continue };
        let function = function.bare();
        let Some(name) = function.last_name() else { continue };
        if !FETCHERS.contains(&name.as_ref()) {
            continue;
        }
        let builtin = match function.shape() {
            Shape::Ident(_) => match function.definition() {
                // A bare name is the builtin, or comes from a `with`.
                Definition::Free { withs } if withs.is_empty() => true,
                Definition::Formal { .. } => false,
                Definition::Free { .. } => false,
                _ => continue,
            },
            Shape::Select { base, .. } => match base.shape() {
                Shape::Ident("builtins") => true,
                Shape::Ident("pkgs" | "final" | "prev" | "self" | "super") => false,
                _ => continue,
            },
            _ => continue,
        };
        let pins: &[&str] = match (name.as_ref(), builtin) {
            ("fetchTarball" | "fetchurl", true) => &HASHES,
            ("fetchGit", true) => &["rev", "narHash"],
            ("fetchTree", true) => &["rev", "narHash"],
            ("fetchurl" | "fetchzip" | "fetchFromGitHub" | "fetchFromGitLab" | "fetchgit", false) => &HASHES,
            _ => continue,
        };
        let git = pins.len() == 2;
        match argument.shape() {
            Shape::Str | Shape::Uri(_) if builtin && !is_local(argument) => {}
            Shape::Set { rec: false } => match pinned(argument, pins) {
                Pinned::No if !is_local_set(argument) => {}
                Pinned::Placeholder => {
                    cx.report(function.range(), format!("`{name}` has a placeholder for its hash")).soften(1);
                    continue;
                }
                _ => continue,
            },
            _ => continue,
        }
        let what = if git { "a `rev`" } else { "a hash" };
        cx.report(function.range(), format!("`{name}` without {what} downloads whatever is there today"))
            .note("in a flake this does not evaluate: pure evaluation asks for a hash")
            .soften(i8::from(ephemeral_path(&file.path)));
    }
}

enum Pinned {
    Yes,
    No,
    Placeholder,
    Unknown,
}

fn pinned(set: Node<'_>, pins: &[&str]) -> Pinned {
    let mut found = Pinned::No;
    for binding in set.bindings() {
        match binding {
            Binding::Value { path, value } => match path.keys().first() {
                Some(Key::Static(name)) if pins.contains(&name.as_ref()) => {
                    let fake = value.literal().is_some_and(|it| it.is_empty())
                        || value.last_name().is_some_and(|it| it.starts_with("fake"));
                    found = if fake { Pinned::Placeholder } else { Pinned::Yes };
                    if !fake {
                        return found;
                    }
                }
                Some(Key::Static(_)) => {}
                _ => return Pinned::Unknown,
            },
            Binding::Inherit { name, .. } => {
                if pins.contains(&name.text()) {
                    return Pinned::Yes;
                }
            }
        }
    }
    found
}

/// `fetchGit { url = ./.; }` reads the disk.
fn is_local_set(set: Node<'_>) -> bool {
    matches!(set.attribute("url"), Some(Binding::Value { value, .. }) if is_local(value))
}

fn is_local(url: Node<'_>) -> bool {
    match url.shape() {
        Shape::Path(_) => true,
        Shape::Str => url.literal().is_some_and(|it| it.starts_with('/') || it.starts_with("file:") || it.starts_with('.')),
        _ => false,
    }
}
