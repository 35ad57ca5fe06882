//! A hash for an address whose contents move.

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Key, Node, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "hash-on-mutable-url",
    group: Group::Flakes,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a hash for an address whose contents move",
    page: include_str!("hash_on_mutable_url.md"),
    options: Options::NONE,
    check: Check::File(check),
};

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
        let fetcher = function.last_name().is_some_and(|name| {
            name.starts_with("fetch") && !name.contains("Cargo") && !name.contains("Npm") && !name.contains("Yarn")
        });
        if !fetcher || !matches!(argument.shape(), Shape::Set { .. }) {
            continue;
        }
        let text = |name: &str| match argument.attribute(name) {
            Some(Binding::Value { value, .. }) => value.literal().map(|it| (it.into_owned(), value)),
            _ => None,
        };
        let hashed = argument.bindings().any(|binding| {
            let name = match &binding {
                Binding::Value { path, .. } => path.keys().first().and_then(Key::name).map(str::to_owned),
                Binding::Inherit { name, .. } => Some(name.text().to_owned()),
            };
            matches!(name.as_deref(), Some("hash" | "sha256" | "sha512" | "narHash"))
        });
        if !hashed {
            continue;
        }
        if let Some((url, value)) = text("url")
            && let Some(what) = moves(&url)
        {
            report(cx, value, &what);
        }
        for name in ["rev", "ref", "tag"] {
            if let Some((rev, value)) = text(name).filter(|(rev, _)| name != "tag" && is_branch(rev)) {
                // `ref` beside a `rev` only says where to look.
                if name == "rev" || text("rev").is_none() {
                    report(cx, value, &format!("commit to `{rev}`"));
                }
            }
        }
    }
}

fn report(cx: &mut FileCx<'_>, at: Node<'_>, what: &str) {
    cx.report(at.range(), format!("this hash breaks with the next {what}")).help("name a commit or a tag");
}

fn is_branch(name: &str) -> bool {
    matches!(name, "main" | "master" | "HEAD" | "develop" | "nixos-unstable" | "nixpkgs-unstable")
}

/// What changes the contents of an address.
fn moves(url: &str) -> Option<String> {
    if url.contains("/releases/latest/") {
        return Some("release".to_owned());
    }
    let commit = |branch: &str| format!("commit to `{branch}`");
    if let Some((_, rest)) = url.split_once("/archive/refs/heads/") {
        let branch = [".tar.gz", ".zip"].iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
        return Some(commit(branch));
    }
    if let Some((_, rest)) = url.split_once("/archive/") {
        let branch = [".tar.gz", ".zip"].iter().find_map(|end| rest.strip_suffix(end))?;
        return is_branch(branch).then(|| commit(branch));
    }
    let raw = url.split_once("raw.githubusercontent.com/").map(|(_, rest)| rest.split('/').nth(2));
    let raw = raw.or_else(|| url.split_once("/-/raw/").map(|(_, rest)| rest.split('/').next()))??;
    matches!(raw, "main" | "master" | "HEAD").then(|| commit(raw))
}
