//! An input that nothing uses.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Key, Node, Shape};

/// The lint.
pub static LINT: Lint = Lint {
    name: "unused-input",
    group: Group::Flakes,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "an input that nothing uses",
    page: include_str!("unused_input.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    // Several flakes share files: then nobody can tell whose input a name is.
    let Some(flake) = repo.main_flake() else { return };
    let Some(facts) = &flake.facts.flake else { return };
    let Some(outputs) = facts.outputs.as_ref() else { return };
    let sound = flake.facts.faults.is_empty() && facts.inputs_complete;
    if outputs.generic || !sound || facts.inputs.iter().any(|it| is_framework(&it.name)) {
        return;
    }
    let common = |name: &str| matches!(name, "nixpkgs" | "systems" | "self");
    if facts.inputs.iter().all(|it| common(&it.name)) {
        return;
    }
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for input in &facts.inputs {
        let followed = input.follows.iter().map(|(path, _)| path);
        let overridden = input.overrides.iter().filter_map(|it| it.follows.as_ref());
        used.extend(followed.chain(overridden).filter_map(|path| path.first()).map(|it| &**it));
    }
    let names: BTreeSet<&str> = facts.inputs.iter().map(|it| &*it.name).collect();
    // Most identifiers have not even the length of an input's name.
    let lengths = names.iter().fold(0u128, |set, name| set | 1u128.checked_shl(as_bit(name.len())).unwrap_or(0));
    let fits = |length: usize| lengths & 1u128.checked_shl(as_bit(length)).unwrap_or(0) != 0;
    let declarations = declarations(flake);
    let mut literals: BTreeSet<String> = BTreeSet::new();
    for file in &repo.files {
        let text = file.text.contents();
        for node in file.facts.outline.nodes(text) {
            if file.id == flake.id && declarations.iter().any(|it| it.contains_range(node.range())) {
                continue;
            }
            if node.is(SyntaxKind::NODE_IDENT) {
                let name = node.text();
                if name == "inputs" && is_generic(node) {
                    return;
                }
                if fits(name.len()) && names.contains(name) {
                    used.insert(name);
                }
            } else if node.is(SyntaxKind::NODE_STRING)
                && may_name(node, &fits)
                && let Some(literal) = node.literal()
                && names.contains(&*literal)
            {
                literals.insert(literal.into_owned());
            }
        }
    }
    for input in &facts.inputs {
        let name = &*input.name;
        if common(name) || used.contains(name) || literals.contains(name) || has_reason(flake, input.binding) {
            continue;
        }
        if in_commands(repo, name) {
            continue;
        }
        cx.report(Span { file: flake.id, range: input.at }, format!("nothing uses the input `{name}`"))
            .help("delete it, here and among the arguments of `outputs`");
    }
}

/// Whether a string literal has the length of a name between its quotes.
fn may_name(string: Node<'_>, fits: &impl Fn(usize) -> bool) -> bool {
    let length = usize::from(string.range().len());
    fits(length.saturating_sub(2)) || fits(length.saturating_sub(4))
}

fn as_bit(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Whether a script, a workflow or a string names it: `nix run --inputs-from . name#name`.
fn in_commands(repo: &Repo, name: &str) -> bool {
    let command = format!("{name}#");
    repo.files.iter().any(|file| match file.kind {
        Kind::Lock => false,
        Kind::Nix => file.text.contents().contains(&command),
        _ => file.text.contents().contains(name),
    })
}

/// Where the inputs are declared, and what `outputs` takes.
fn declarations(flake: &File) -> Vec<TextRange> {
    let mut found = Vec::new();
    let Some(root) = flake.facts.outline.root(flake.text.contents()) else { return found };
    for binding in root.bindings() {
        let Binding::Value { path, value } = binding else { continue };
        match path.keys().first().and_then(Key::name) {
            Some("inputs") => found.extend(path.parent().map(Node::range)),
            Some("outputs") => {
                if let Shape::Lambda { .. } = value.shape() {
                    found.extend(value.bare().child(0).map(Node::range));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether this `inputs` is handed on or asked in a way that hides which input is meant.
fn is_generic(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        SyntaxKind::NODE_SELECT => match parent.shape() {
            // `inputs.${name}`
            Shape::Select { base, path, .. } if base.contains(node) => {
                matches!(path.keys().first(), Some(Key::Dynamic(_)))
            }
            _ => false,
        },
        // `x.inputs`, `inherit inputs;`, formals, `inputs = …`
        SyntaxKind::NODE_ATTRPATH => {
            let select = parent.parent().filter(|it| it.is(SyntaxKind::NODE_SELECT));
            // `self.inputs.${name}`
            select.is_some_and(|it| match it.shape() {
                Shape::Select { path, .. } => {
                    let keys = path.keys();
                    let at = keys.iter().position(|key| key.name() == Some("inputs"));
                    match at.and_then(|at| keys.get(at + 1)) {
                        Some(Key::Dynamic(_)) => true,
                        Some(Key::Static(_)) => false,
                        None => it.parent().is_some_and(|around| around.is(SyntaxKind::NODE_APPLY)),
                    }
                }
                _ => false,
            })
        }
        SyntaxKind::NODE_INHERIT | SyntaxKind::NODE_PAT_ENTRY | SyntaxKind::NODE_PAT_BIND
        | SyntaxKind::NODE_IDENT_PARAM | SyntaxKind::NODE_HAS_ATTR | SyntaxKind::NODE_INHERIT_FROM => false,
        SyntaxKind::NODE_ATTRPATH_VALUE => {
            // `inputs = inputs;` is a name; `specialArgs = inputs;` hands all of them on.
            parent.child(0).is_none_or(|path| path.keys().last().and_then(Key::name) != Some("inputs"))
        }
        // `import ./x.nix inputs`: the file takes them by name; `f inputs` may do anything.
        SyntaxKind::NODE_APPLY => {
            let (head, _) = parent.call();
            head.last_name().as_deref() != Some("import")
        }
        _ => true,
    }
}

/// Frameworks that look for inputs by their names.
fn is_framework(name: &str) -> bool {
    matches!(
        name,
        "blueprint" | "snowfall-lib" | "snowfall" | "std" | "flakelight" | "adios-flake" | "digga" | "hive"
            | "paisano" | "flake-file" | "nixos-unified" | "nixos-flake"
    )
}

/// Whether a comment stands on the line above the binding, or on its own line.
fn has_reason(file: &File, binding: TextRange) -> bool {
    let line = file.text.line_of(binding.start());
    let words = |text: &str| {
        text.split_once('#').is_some_and(|(before, comment)| {
            before.matches('"').count() % 2 == 0 && comment.split_whitespace().count() >= 2
        })
    };
    let above = line.checked_sub(1).map(|it| file.text.line(it).trim_start());
    words(file.text.line(line)) || above.is_some_and(|it| it.starts_with('#') && words(it))
}
