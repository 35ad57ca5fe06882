//! `{ lib, x ? 1, ... }:` in a module: the default is never used.

use lint_api::prelude::*;
use lint_api::repo::modules::{Evidence, ModuleFact, UseKind};

/// The lint.
pub static LINT: Lint = Lint {
    name: "ignored-default",
    group: Group::Modules,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`{ x ? 1, ... }:` in a module: the default is never used",
    page: include_str!("ignored_default.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        for module in &file.facts.modules.modules {
            for (name, at) in &module.defaults {
                if matches!(&**name, "lib" | "config" | "options" | "pkgs") || !is_called(repo, file, module) {
                    continue;
                }
                let at = Span { file: file.id, range: *at };
                let supplied = repo.links().supplies(name);
                let finding = cx.report(at, format!("the default of `{name}` is never used"));
                finding.note("the module system takes arguments from `specialArgs` and `_module.args` only");
                finding.help(format!("hand it over, or take `args@{{ ... }}` and write `args.{name} or …`"));
                if supplied {
                    finding.soften(1);
                }
            }
        }
    }
}

/// Whether it is certain that only the module system calls it.
fn is_called(repo: &Repo, file: &File, module: &ModuleFact) -> bool {
    let uses = repo.links().uses(file.id);
    let by_path = uses.iter().all(|it| it.kind == UseKind::Module);
    match module.evidence {
        Evidence::Certain => true,
        _ if !module.is_file => false,
        Evidence::Shape | Evidence::Path => {
            by_path && (!uses.is_empty() || (module.asks_config && module.explicit))
        }
    }
}
