//! `flake.lock` does not fit `flake.nix`, or is damaged.

use lint_api::prelude::*;
use lint_api::repo::flake::{FlakeFacts, Input};
use lint_api::repo::lock::{Attributes, Link, Lock, LockState, Lost, Node};

/// The lint.
pub static LINT: Lint = Lint {
    name: "lock-out-of-sync",
    group: Group::Flakes,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`flake.lock` does not fit `flake.nix`, or is damaged",
    page: include_str!("lock_out_of_sync.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const HELP: &str = "nix flake lock";

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (_, file, facts) in repo.flakes() {
        let Some((lock_file, state)) = repo.lock_of(file) else { continue };
        match state {
            LockState::Conflict(at) => {
                cx.report(Span { file: lock_file.id, range: *at }, "`flake.lock` holds conflict markers")
                    .help(HELP);
            }
            LockState::Broken(at, why) => {
                cx.report(Span { file: lock_file.id, range: *at }, format!("`flake.lock` is damaged: {why}"));
            }
            LockState::Read(lock) => {
                damage(cx, lock_file, lock);
                if file.facts.faults.is_empty() {
                    compare(cx, file, facts, lock_file, lock);
                }
            }
        }
    }
}

/// Names of no node, circles, nodes that pin nothing.
fn damage(cx: &mut RepoCx<'_>, file: &File, lock: &Lock) {
    if lock.root_node().is_none() {
        let whole = TextRange::at(0.into(), 1.into());
        cx.report(Span { file: file.id, range: whole }, "this lock is damaged: it has no root node");
        return;
    }
    for (name, node) in &lock.nodes {
        for (input, (link, at)) in &node.inputs {
            let at = Span { file: file.id, range: *at };
            match (link, lock.input(name, input)) {
                (Link::Node(target), Err(_)) if lock.node(target).is_none() => {
                    cx.report(at, format!("this lock is damaged: there is no node `{target}`")).help(HELP);
                }
                (Link::Follows(_), Err(Lost::Cycle)) => {
                    cx.report(at, format!("this lock is damaged: `{input}` follows itself")).help(HELP);
                }
                _ => {}
            }
        }
        if *name != lock.root && node.locked.is_none() {
            let at = Span { file: file.id, range: node.at };
            cx.report(at, format!("this lock is damaged: `{name}` is not pinned")).help(HELP);
        }
    }
}

fn compare(cx: &mut RepoCx<'_>, file: &File, facts: &FlakeFacts, lock_file: &File, lock: &Lock) {
    let Some(root) = lock.root_node() else { return };
    for input in facts.inputs.iter().filter(|it| &*it.name != "self") {
        let at = |range| Span { file: file.id, range };
        let Some((link, _)) = root.inputs.get(&input.name) else {
            cx.report(at(input.at), format!("`{}` is not in `flake.lock`", input.name)).help(HELP);
            continue;
        };
        if let Some((path, range)) = &input.follows {
            let same = match link {
                Link::Follows(locked) => locked == path,
                Link::Node(_) => false,
            };
            if !same && input.url.is_none() {
                let message = format!("`flake.lock` has another `{0}` than `flake.nix` asks for", input.name);
                cx.report(at(*range), message).help(HELP);
            }
            continue;
        }
        let Link::Node(name) = link else { continue };
        let Some(node) = lock.node(name) else { continue };
        if let Some((message, range)) = differs(input, node) {
            cx.report(at(range), message).help(format!("nix flake update {}", input.name));
        } else if input.complete && input.flake.unwrap_or(true) != node.flake {
            let (lock_says, flake_says) = if node.flake { ("as a flake", "does not") } else { ("as plain files", "as a flake") };
            cx.report(at(input.at), format!("`flake.lock` takes `{}` {lock_says}, `flake.nix` {flake_says}", input.name))
                .note("Nix goes by the lock until the input is updated")
                .help(format!("nix flake update {}", input.name));
        }
    }
    if !facts.inputs_complete {
        return;
    }
    for (name, (_, range)) in &root.inputs {
        let declared = facts.inputs.iter().any(|it| it.name == *name);
        // A formal of `outputs` that is declared nowhere comes from the registry and is locked as well.
        let formal = facts.outputs.as_ref().is_none_or(|it| it.formals.iter().any(|(it, _)| it == name));
        if !declared && !formal {
            cx.report(
                Span { file: lock_file.id, range: *range },
                format!("`{name}` is no input of `flake.nix` any more"),
            )
            .help(HELP);
        }
    }
}

/// How the reference of an input differs from what the lock was made for.
fn differs(input: &Input, node: &Node) -> Option<(String, TextRange)> {
    let (reference, original) = (input.reference.as_ref()?, node.original.as_ref()?);
    if !input.complete || matches!(reference.kind(), "path" | "file" | "") {
        return None;
    }
    let range = input.url.as_ref().map_or(input.at, |(_, at)| *at);
    let name = &input.name;
    let (old, new) = (normal(original), normal(&reference.attributes));
    if old == new {
        return None;
    }
    let key = |it: &[(String, String)], key: &str| {
        it.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    };
    let source = |of: &Attributes| match (of.get("owner"), of.get("repo")) {
        (Some(owner), Some(repo)) => format!("{owner}/{repo}"),
        _ => of.get("url").or(of.get("id")).or(of.get("path")).unwrap_or("elsewhere").to_owned(),
    };
    let changed = |names: &[&str]| names.iter().any(|it| key(&old, it) != key(&new, it));
    let message = if changed(&["type", "owner", "repo", "url", "id", "host", "path"]) {
        format!(
            "`flake.lock` pins `{name}` from `{}`, `flake.nix` asks for `{}`",
            source(original),
            source(&reference.attributes)
        )
    } else {
        let show = |of: &Attributes| {
            let it = of.get("rev").or(of.get("ref")).or(of.get("dir"));
            it.map_or("its default branch".to_owned(), |it| format!("`{it}`"))
        };
        format!(
            "`flake.lock` pins `{name}` at {}, `flake.nix` asks for {}",
            show(original),
            show(&reference.attributes)
        )
    };
    Some((message, range))
}

/// The fields that tell two references apart, in one spelling.
fn normal(of: &Attributes) -> Vec<(String, String)> {
    let github = of.get("type") == Some("github");
    ["type", "owner", "repo", "ref", "rev", "url", "dir", "host", "id", "path"]
        .iter()
        .filter_map(|name| {
            let value = of.get(name)?;
            let value = if github && matches!(*name, "owner" | "repo") {
                value.to_ascii_lowercase()
            } else {
                // A lock writes `%2A` for `*`.
                lint_api::repo::flake::decode(value.trim_end_matches('/'))
            };
            Some(((*name).to_owned(), value))
        })
        .collect()
}
