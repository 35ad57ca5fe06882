//! An enable option that nothing reads.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "option-never-read",
    group: Group::Modules,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "a declared enable option that nothing reads",
    page: include_str!("option_never_read.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    if offers_modules(repo) {
        return;
    }
    for file in &repo.files {
        let modules = &file.facts.modules;
        for option in modules.options.iter().filter(|it| it.enable) {
            let of_other = modules.unguarded.as_ref().is_some_and(|it| it.option == option.path);
            let Some(module) = modules.modules.get(option.module as usize) else { continue };
            if of_other || !repo.links().is_module(file.id, module.evidence) || repo.may_read(&option.path, file.id) {
                continue;
            }
            let at = Span { file: file.id, range: option.at };
            let finding = cx.report(at, format!("nothing reads `{}`", option.path));
            finding.note("setting it changes nothing");
            finding.help("use it as a condition, or delete it");
        }
    }
}

/// Whether the flake hands modules to others, who may read their options.
fn offers_modules(repo: &Repo) -> bool {
    repo.files
        .iter()
        .filter(|file| file.kind == Kind::Nix)
        .any(|file| {
            let text = file.text.contents();
            ["nixosModules", "homeModules", "homeManagerModules", "darwinModules", "flakeModules"].iter().any(|name| {
                text.match_indices(name).any(|(at, _)| {
                    // `inputs.x.nixosModules.y` is somebody else's.
                    !text[..at].ends_with('.')
                })
            })
        })
}
