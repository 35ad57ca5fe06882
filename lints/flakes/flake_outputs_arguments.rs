//! The arguments of `outputs` do not fit the inputs.

use lint_api::prelude::*;
use lint_api::repo::flake::FlakeFacts;

/// The lint.
pub static LINT: Lint = Lint {
    name: "flake-outputs-arguments",
    group: Group::Flakes,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "arguments of `outputs` that are no inputs, or inputs it does not take",
    page: include_str!("flake_outputs_arguments.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        let Some(facts) = &file.facts.flake else { continue };
        let Some(outputs) = &facts.outputs else { continue };
        if !facts.inputs_complete || !file.facts.faults.is_empty() {
            continue;
        }
        let declared = |name: &str| name == "self" || facts.inputs.iter().any(|it| &*it.name == name);
        let locked = |name: &str| {
            let root = repo.sound_lock(file).and_then(|(_, lock)| lock.root_node());
            root.is_some_and(|root| root.inputs.contains_key(name))
        };
        let unknown = outputs.formals.iter().filter(|(name, _)| !declared(name)).map(|(name, at)| (name, at, true));
        let used = outputs.used.iter().filter(|(name, _, soft)| !soft && !declared(name));
        let used = used.filter(|(name, ..)| !outputs.formals.iter().any(|(it, _)| it == name));
        let used = used.map(|(name, at, _)| (name, at, false));
        for (name, at, formal) in unknown.chain(used) {
            let at = Span { file: file.id, range: *at };
            let near = near(facts, name);
            if formal && near.is_none() && (locked(name) || is_registered(name)) {
                cx.report(at, format!("`{name}` comes from the flake registry, not from `inputs`"))
                    .help(format!("declare it: `inputs.{name}.url = …`"))
                    .soften(1);
                continue;
            }
            let question = near.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
            cx.report(at, format!("`{name}` is not an input{question}"));
        }
        if outputs.open {
            continue;
        }
        let takes = |name: &str| outputs.formals.iter().any(|(it, _)| &**it == name);
        let at = Span { file: file.id, range: outputs.at };
        if !takes("self") {
            cx.report(at, "`outputs` does not take `self`, and has no `...`");
        }
        for input in facts.inputs.iter().filter(|it| &*it.name != "self" && !takes(&it.name)) {
            // A misspelt formal was told already.
            if outputs.formals.iter().any(|(name, _)| !declared(name) && close(name, &input.name)) {
                continue;
            }
            cx.report(at, format!("`outputs` does not take the input `{}`, and has no `...`", input.name))
                .note(format!("`'outputs' … called with unexpected argument '{}'`", input.name));
        }
    }
}

/// An input whose name differs by two letters at most.
fn near<'f>(facts: &'f FlakeFacts, name: &str) -> Option<&'f str> {
    facts.inputs.iter().map(|it| &*it.name).find(|it| close(it, name))
}

/// Names of the global registry.
fn is_registered(name: &str) -> bool {
    matches!(
        name,
        "nixpkgs" | "home-manager" | "flake-utils" | "nix" | "agenix" | "disko" | "emacs-overlay" | "fenix"
            | "flake-parts" | "nix-darwin" | "nixos-hardware" | "nixos-generators" | "nur" | "poetry2nix"
            | "sops-nix" | "systems" | "templates" | "devenv" | "cachix" | "nixvim" | "nixos-search" | "gomod2nix"
            | "patchelf" | "nickel" | "hydra" | "bundlers" | "blender-bin" | "dreampkgs" | "dwarffs" | "nimble" | "naersk"
    )
}

/// Whether two names differ by at most two letters.
fn close(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 || a.len() < 4 || a.len() > 100 || b.len() > 100 || a == b {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut above = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = above + usize::from(x != y);
            above = row[j + 1];
            row[j + 1] = change.min(above + 1).min(row[j] + 1);
        }
    }
    row[b.len()] <= 2
}
