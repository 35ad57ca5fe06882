//! `imports = lib.optional config.x ./y.nix`: imports are resolved before `config` exists.

use lint_api::prelude::*;
use lint_api::repo::modules::{Fault, Recursion, Special};

/// The lint.
pub static LINT: Lint = Lint {
    name: "recursive-imports",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`imports`, `disabledModules` or option names that depend on `config`, `options` or `pkgs`",
    page: include_str!("recursive_imports.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        for it in &file.facts.modules.recursions {
            let Fault::Imports(place) = &it.fault else { continue };
            let Some(module) = file.facts.modules.modules.get(it.module as usize) else { continue };
            if repo.links().is_module(file.id, module.evidence)
                && (&*it.root != "pkgs" || repo.links().pkgs == Special::No)
            {
                report(file, it, place, cx);
            }
        }
    }
}

fn report(file: &File, it: &Recursion, place: &str, cx: &mut RepoCx<'_>) {
    let needs = &it.needs;
    let what = match place {
        "options" => "the names of `options`".to_owned(),
        _ => format!("`{place}`"),
    };
    let at = Span { file: file.id, range: it.at };
    let finding = cx.report(at, format!("{what} cannot depend on `{needs}`"));
    finding.note("they are resolved before any option has a value: Nix stops with `infinite recursion encountered`");
    if &*it.root == "pkgs" {
        finding.note("`pkgs` is computed from the `nixpkgs.*` options");
        finding.help("hand the platform to the modules in `specialArgs`, or import the file always and use `lib.mkIf` inside");
    } else {
        finding.help(format!("import always, and guard what is set with `lib.mkIf {needs}`"));
    }
}
