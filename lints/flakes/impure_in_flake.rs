//! What pure evaluation refuses, in a file that a flake evaluates.

use lint_api::prelude::*;
use lint_api::repo::hosts::is_template;
use lint_api::repo::impure::{Impure, Impurity};

/// The lint.
pub static LINT: Lint = Lint {
    name: "impure-in-flake",
    group: Group::Flakes,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`<nixpkgs>`, `currentSystem`, `getEnv`, absolute paths in files that a flake evaluates",
    page: include_str!("impure_in_flake.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let speaks = |file: &&File| !file.facts.imports.impure.is_empty() && file.facts.faults.is_empty();
    if !repo.files.iter().any(|file| speaks(&file)) {
        return;
    }
    let evaluated = repo.evaluated_by_flakes();
    if evaluated.is_empty() {
        return;
    }
    let impure = repo.files.iter().any(|file| builds_impurely(file.text.contents()));
    for file in repo.files.iter().filter(speaks) {
        let Some(sure) = evaluated.get(&file.id) else { continue };
        let inside = repo.flake_of(&file.path).is_some_and(|flake| !is_template(&flake.path));
        if !inside || is_fetcher(repo, file) {
            continue;
        }
        for it in &file.facts.imports.impure {
            let at = Span {
                file: file.id,
                range: it.at,
            };
            let (message, help) = words(it, file.text.slice(it.at));
            let softer = [!sure, it.caught, it.conditional, it.what == Impurity::Named, impure];
            let finding = cx.report(at, message);
            finding.help(help);
            if softer.contains(&true) {
                finding.soften(1);
            }
        }
    }
}

/// Whether a command builds a system with `--impure`, which gives an answer to all of these.
fn builds_impurely(text: &str) -> bool {
    const COMMANDS: [&str; 9] = [
        "--flake", "-rebuild", "nixos-install", "home-manager ", "nix build", "nix eval", "nix flake check", "nh os", "nh home",
    ];
    text.match_indices("--impure").any(|(at, _)| {
        let near = |from: usize, to: usize| (from..=to).find_map(|it| text.get(it..to)).unwrap_or_default();
        let start = at.saturating_sub(200);
        let end = (at..=text.len().min(at + 200)).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(at);
        let around = near(start, end);
        COMMANDS.iter().any(|it| around.contains(it))
    })
}

/// `npins/default.nix` and niv's `nix/sources.nix`, which their tools write and which know about flakes.
fn is_fetcher(repo: &Repo, file: &File) -> bool {
    let beside = file.path.parent().join("sources.json");
    matches!(&*file.path.file_name(), "default.nix" | "sources.nix")
        && beside.is_some_and(|it| repo.paths.find(&it).is_some())
}

fn words(it: &Impure, written: &str) -> (String, &'static str) {
    match it.what {
        Impurity::Search => {
            (format!("`{written}` cannot be looked up in a flake"), "take it from an input: `inputs.nixpkgs`, or the argument `pkgs`")
        }
        Impurity::Current => {
            let help = if written.ends_with("Time") {
                "take the date from `self.lastModified`"
            } else {
                "take the system as an argument, or `pkgs.stdenv.hostPlatform.system`"
            };
            (format!("`{written}` does not exist in a flake"), help)
        }
        Impurity::Env => {
            ("`getEnv` gives an empty string in a flake".to_owned(), "write the value down, or take it as an argument")
        }
        Impurity::StorePath => {
            ("`storePath` is refused in a flake".to_owned(), "take it as an input, or fetch it with its hash")
        }
        Impurity::NixPath => {
            ("`nixPath` is empty in a flake".to_owned(), "name the inputs themselves")
        }
        Impurity::Exists => {
            ("this is always false in a flake: it sees nothing outside its own tree".to_owned(), "decide by an option instead")
        }
        Impurity::Read | Impurity::Named => {
            (format!("`{written}` cannot be read in a flake"), "write it as a string if only its name is meant; else move the file in")
        }
    }
}
