//! A name that nothing binds.

use lint_api::prelude::*;
use lint_api::repo::names::{Meant, Unbound};

/// The lint.
pub static LINT: Lint = Lint {
    name: "undefined-name",
    group: Group::Syntax,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "a name that nothing binds",
    page: include_str!("undefined_name.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    // What `scopedImport` reads has names that nobody can know.
    let scoped: Vec<&RepoPath> = repo
        .files
        .iter()
        .flat_map(|file| &file.facts.names.scoped_imports)
        .collect();
    for file in &repo.files {
        if file.facts.names.unbound.is_empty() || is_scoped(&file.path, &scoped) {
            continue;
        }
        for unbound in &file.facts.names.unbound {
            report(cx, file, unbound);
        }
    }
}

fn is_scoped(path: &RepoPath, scoped: &[&RepoPath]) -> bool {
    scoped
        .iter()
        .any(|it| *it == path || it.join("default.nix").as_ref() == Some(path))
}

fn report(cx: &mut RepoCx<'_>, file: &File, unbound: &Unbound) {
    let name = &unbound.name;
    let Some((first, others)) = unbound.places.split_first() else {
        return;
    };
    let at = Span {
        file: file.id,
        range: *first,
    };
    let message = match unbound.meant {
        Meant::Builtin(_) => format!("`{name}` must be written `builtins.{name}`"),
        _ => format!("nothing here is called `{name}`"),
    };
    let finding = cx.report(at, message);
    for other in others {
        finding.label(*other, "also here");
    }
    finding.note("Nix refuses the whole file, also where the name is never needed");
    match &unbound.meant {
        Meant::Builtin(true) => {
            let fix = Fix::r#unsafe("write `builtins.` before it");
            let fix = unbound
                .places
                .iter()
                .fold(fix, |fix, at| fix.insert(at.start(), "builtins."));
            finding.fix(fix);
        }
        Meant::Shell => {
            finding.help(format!(
                "to leave it to the shell write `${name}`, or `''${{{name}}}` in a `''` string and `\\${{{name}}}` in a `\"` string"
            ));
        }
        Meant::Argument => {
            finding.help(format!("add `{name}` to the arguments of this file"));
        }
        Meant::Other(other) => {
            finding.help(format!("`{other}` is bound here"));
        }
        Meant::Builtin(false) | Meant::Unknown => {}
    }
}
