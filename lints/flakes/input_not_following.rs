//! An input that brings a nixpkgs of its own.

use lint_api::prelude::*;
use lint_api::repo::flake::{FlakeFacts, FlakeRef, Input};
use lint_api::repo::lock::Link;

/// The lint.
pub static LINT: Lint = Lint {
    name: "input-not-following",
    group: Group::Flakes,
    level: Level::Info,
    fix: FixKind::Unsafe,
    summary: "an input with a nixpkgs of its own",
    page: include_str!("input_not_following.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// Repositories that are built with the user's packages.
const KNOWN: [&str; 14] = [
    "home-manager", "nix-darwin", "disko", "sops-nix", "agenix", "ragenix", "impermanence", "nixos-generators",
    "stylix", "nixvim", "treefmt-nix", "git-hooks.nix", "nix-index-database", "plasma-manager",
];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (_, file, facts) in repo.flakes() {
        let Some((_, lock)) = repo.sound_lock(file) else { continue };
        let Some(own) = own_nixpkgs(facts) else { continue };
        let Ok(mine) = lock.resolve(&[own]) else { continue };
        for input in &facts.inputs {
            let repository = input.reference.as_ref().and_then(|it| it.attributes.get("repo")).unwrap_or_default();
            let known = KNOWN.contains(&repository) || repository == "git-hooks";
            if !known || input.follows.is_some() || input.overrides.iter().any(|it| &*it.path[0] == "nixpkgs") {
                continue;
            }
            let Some(node) = lock.resolve(&[&input.name]).ok().and_then(|it| lock.node(it)) else { continue };
            let Some((Link::Node(theirs), _)) = node.inputs.get("nixpkgs") else { continue };
            let nixpkgs = lock.node(theirs).and_then(|it| it.original.clone());
            if &**theirs == mine || !nixpkgs.is_some_and(|attributes| FlakeRef { attributes }.is_nixpkgs()) {
                continue;
            }
            // Modules and packages of two releases on one host.
            let skew = matches!(repository, "home-manager" | "nix-darwin") && !repo.hosts.all.is_empty();
            let finding = cx.report(
                Span { file: file.id, range: input.at },
                format!("`{}` brings its own nixpkgs", input.name),
            );
            finding.help(format!("inputs.{}.inputs.nixpkgs.follows = \"{own}\";", input.name));
            if skew {
                finding.raise(1);
                finding.note("its modules and your packages come from different revisions");
            }
            if let Some((at, text)) = insertion(file, input, own) {
                finding.fix(Fix::r#unsafe(format!("let it follow `{own}`")).insert(at, text));
            }
        }
    }
}

/// The root's own nixpkgs, by its name.
fn own_nixpkgs(facts: &FlakeFacts) -> Option<&str> {
    facts.inputs.iter().map(|it| &*it.name).find(|it| *it == "nixpkgs")
}

/// A new line behind the input's binding, in the same words up to its name.
fn insertion(file: &File, input: &Input, own: &str) -> Option<(TextSize, String)> {
    let text = file.text.contents();
    let (start, end) = (usize::from(input.binding.start()), usize::from(input.binding.end()));
    let line = text.get(..start)?.rfind('\n')? + 1;
    let indent = text.get(line..start)?;
    let ends = text.get(end..)?.split('\n').next()?.trim().is_empty();
    if !indent.trim().is_empty() || !ends || usize::from(input.at.end()) < start {
        return None;
    }
    let path = text.get(start..usize::from(input.at.end()))?;
    Some((input.binding.end(), format!("\n{indent}{path}.inputs.nixpkgs.follows = \"{own}\";")))
}
