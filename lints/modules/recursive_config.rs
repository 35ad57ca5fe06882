//! `config = if config.x then …`: the names of a module's settings need the value of an option.

use lint_api::prelude::*;
use lint_api::repo::modules::{Asks, Fault, Recursion, Special};

/// The lint.
pub static LINT: Lint = Lint {
    name: "recursive-config",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "`config = if config.… then`, `optionalAttrs config.…` where the module system needs names: use `mkIf`",
    page: include_str!("recursive_config.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        for it in &file.facts.modules.recursions {
            if !matches!(it.fault, Fault::Imports(_)) && is_one(repo, file, it) {
                report(file, it, cx);
            }
        }
    }
}

/// Whether the repository shows that this is a module, and that `pkgs` is computed.
fn is_one(repo: &Repo, file: &File, it: &Recursion) -> bool {
    let Some(module) = file.facts.modules.modules.get(it.module as usize) else { return false };
    repo.links().is_module(file.id, module.evidence)
        && (&*it.root != "pkgs" || repo.links().pkgs == Special::No)
}

fn report(file: &File, it: &Recursion, cx: &mut RepoCx<'_>) {
    let needs = &it.needs;
    let at = Span { file: file.id, range: it.at };
    let message = match &it.fault {
        Fault::SelfValue(path) => {
            format!("`{path}` is defined through `{needs}`, which is this very option")
        }
        Fault::SelfGuard(path, _) => format!("`{path}` is set only when it is already set"),
        Fault::Prefix(path) => {
            format!("the names below `{path}` depend on `{needs}`, which is one of them")
        }
        Fault::Names | Fault::Imports(_) => match &it.asks {
            Asks::If => format!("this `if` needs `{needs}` to know which options the module sets"),
            Asks::Assert => format!("this `assert` needs `{needs}` to know which options the module sets"),
            Asks::Call(name) => format!("this `{name}` needs `{needs}` to know which options the module sets"),
            Asks::Key => format!("this key needs `{needs}` to know which options the module sets"),
            Asks::Plain => format!("`{needs}` is needed to know which options the module sets"),
        },
    };
    let finding = cx.report(at, message);
    finding.note("Nix stops with `infinite recursion encountered` and points into lib/modules.nix, not here");
    if let Fault::SelfGuard(_, defined) = it.fault {
        finding.label(defined, "set here");
    }
    finding.help(match (&it.fault, &*it.root, &it.asks) {
        (Fault::SelfValue(_) | Fault::SelfGuard(..), _, _) => {
            "set it in another module, or read another option".to_owned()
        }
        (Fault::Prefix(_), _, _) => "use `lib.mkIf`, which does not decide about names".to_owned(),
        (_, "pkgs", _) => {
            "`pkgs` is computed from `config`: use `lib.mkIf`, with `lib` from the arguments".to_owned()
        }
        (_, "options", _) => "move the settings below `config`, where this question is allowed".to_owned(),
        (_, _, Asks::If | Asks::Call(_)) => "use `lib.mkIf`".to_owned(),
        (_, _, Asks::Assert) => "use the option `assertions`".to_owned(),
        _ => "write the names out, and use `lib.mkIf` for what depends on options".to_owned(),
    });
    if !it.edits.is_empty() {
        let mut fix = Fix::r#unsafe("use `mkIf`");
        for (range, text) in &it.edits {
            fix = fix.replace(*range, &**text);
        }
        finding.fix(fix);
    }
}
