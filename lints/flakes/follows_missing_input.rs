//! A `follows` that points at nothing, or that overrides nothing.

use lint_api::prelude::*;
use lint_api::repo::flake::{FlakeFacts, Override};
use lint_api::repo::lock::{Lock, Lost};

/// The lint.
pub static LINT: Lint = Lint {
    name: "follows-missing-input",
    group: Group::Flakes,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "a `follows` of an input that does not exist",
    page: include_str!("follows_missing_input.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (_, file, facts) in repo.flakes() {
        if !file.facts.faults.is_empty() {
            continue;
        }
        let lock = repo.sound_lock(file).map(|(_, lock)| lock);
        for input in &facts.inputs {
            if let Some((path, at)) = &input.follows {
                follows(cx, file, facts, lock, &input.name, path, *at);
            }
            for change in &input.overrides {
                let name = format!("{}/{}", input.name, change.path.join("/"));
                if let Some(path) = &change.follows
                    && follows(cx, file, facts, lock, &name, path, change.at)
                {
                    continue;
                }
                if input.flake != Some(false)
                    && let Some(lock) = lock
                {
                    overrides(cx, file, lock, &input.name, change);
                }
            }
        }
    }
}

/// Says when what is followed does not exist.
fn follows(
    cx: &mut RepoCx<'_>,
    file: &File,
    facts: &FlakeFacts,
    lock: Option<&Lock>,
    name: &str,
    path: &[Box<str>],
    at: TextRange,
) -> bool {
    let Some(first) = path.first() else { return false };
    let at = Span { file: file.id, range: at };
    let whole = path.join("/");
    if !facts.inputs.iter().any(|input| input.name == *first) {
        // A formal of `outputs` is an implicit input.
        let formal = facts.outputs.as_ref().is_some_and(|it| it.formals.iter().any(|(name, _)| name == first));
        if !facts.inputs_complete || formal {
            return false;
        }
        cx.report(at, format!("`{name}` follows `{whole}`, which is no input of this flake"))
            .note(format!("`input '{name}' follows a non-existent input '{whole}'`"));
        return true;
    }
    let Some(lock) = lock else { return false };
    let parts: Vec<&str> = path.iter().map(|it| &**it).collect();
    // An input that was just added is not in the lock yet.
    let known = lock.root_node().is_some_and(|root| root.inputs.contains_key(first));
    if let (true, Err(Lost::NoInput(node, input))) = (known && parts.len() > 1, lock.resolve(&parts)) {
        let plain = lock.node(&node).is_some_and(|node| !node.flake);
        let moved = moved(lock, facts, first);
        if plain || moved {
            return false;
        }
        let owner = parts[..parts.iter().position(|it| *it == input).unwrap_or(1)].join("/");
        cx.report(at, format!("`{name}` follows `{whole}`, but `{owner}` has no input `{input}`"));
        return true;
    }
    false
}

/// Whether the lock pins something else than what the flake asks for now.
fn moved(lock: &Lock, facts: &FlakeFacts, name: &str) -> bool {
    let Some(input) = facts.inputs.iter().find(|it| *it.name == *name) else { return true };
    let original = lock.resolve(&[name]).ok().and_then(|it| lock.node(it)).and_then(|it| it.original.as_ref());
    match (&input.reference, original) {
        (Some(reference), Some(original)) => ["owner", "repo", "url", "id"].iter().any(|key| {
            let (a, b) = (reference.attributes.get(key), original.get(key));
            matches!((a, b), (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b))
        }),
        _ => false,
    }
}

/// Says when an override changes an input that is not there.
fn overrides(cx: &mut RepoCx<'_>, file: &File, lock: &Lock, input: &str, change: &Override) {
    let facts = file.facts.flake.as_ref();
    if facts.is_none_or(|facts| moved(lock, facts, input)) {
        return;
    }
    let mut path: Vec<&str> = vec![input];
    for name in &change.path {
        let Ok(node) = lock.resolve(&path) else { return };
        let Some(node) = lock.node(node).filter(|node| node.flake) else { return };
        if !node.inputs.contains_key(name) {
            let owner = path.join("/");
            let finding = cx.report(
                Span { file: file.id, range: change.at },
                format!("`{owner}` has no input `{name}`, so this override does nothing"),
            );
            finding.soften(1);
            if let Some(range) = line_of(file, change.binding) {
                finding.fix(Fix::r#unsafe("delete the override").delete(range));
            }
            return;
        }
        path.push(name);
    }
}

/// The whole lines of a binding, when nothing else stands on them.
fn line_of(file: &File, binding: TextRange) -> Option<TextRange> {
    let text = file.text.contents();
    let (start, end) = (usize::from(binding.start()), usize::from(binding.end()));
    let before = text.get(..start)?;
    let line = before.rfind('\n')?;
    let after = text.get(end..)?;
    let rest = after.find('\n')?;
    let alone = before.get(line + 1..)?.trim().is_empty() && after.get(..rest)?.trim().is_empty();
    let size = |at: usize| u32::try_from(at).ok().map(TextSize::from);
    alone.then_some(TextRange::new(size(line)?, size(end + rest)?))
}
