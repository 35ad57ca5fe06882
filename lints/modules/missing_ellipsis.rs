//! A module function without `...`.

use lint_api::prelude::*;
use lint_api::repo::modules::{Evidence, ModuleFact, UseKind};

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-ellipsis",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Safe,
    summary: "a module function without `...`",
    page: include_str!("missing_ellipsis.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        for module in &file.facts.modules.modules {
            let Some(pattern) = module.closed else { continue };
            if !is_called(repo, file, module) || in_closed_file(file, module) {
                continue;
            }
            let at = Span { file: file.id, range: pattern };
            let finding = cx.report(at, "a module must take further arguments: `...` is missing");
            finding.note("it fails in any case: Nix says that the function was called with unexpected argument 'specialArgs', or another");
            finding.help("add `...` to the pattern");
            if let Some(fix) = fix(file.text.slice(pattern), pattern) {
                finding.fix(fix);
            }
        }
    }
}

/// Whether the file is a function without `...` itself: then it belongs to a module system that hands over only what is
/// asked for (nilla's), or its own pattern is the first to mend.
fn in_closed_file(file: &File, module: &ModuleFact) -> bool {
    let closed = |it: &ModuleFact| it.is_file && it.closed.is_some() && it.asks_config;
    !module.is_file && file.facts.modules.modules.iter().any(closed)
}

/// Whether it is certain that the module system calls it.
fn is_called(repo: &Repo, file: &File, module: &ModuleFact) -> bool {
    let uses = repo.links().uses(file.id);
    match module.evidence {
        Evidence::Certain => true,
        // An inline module in the `imports` of the file.
        Evidence::Shape if !module.is_file => repo.links().is_module(file.id, module.evidence),
        // A file: reached as a module; or it asks for `config` and has the shape of one, and nobody calls it.
        _ => {
            repo.links().is_module(file.id, Evidence::Path)
                || (module.asks_config && module.shaped && uses.iter().all(|it| it.kind == UseKind::Module))
        }
    }
}

/// Adds `...` in the pattern's own style.
fn fix(pattern: &str, at: TextRange) -> Option<Fix> {
    let close = pattern.rfind('}')?;
    let before = pattern[..close].trim_end();
    // A comment behind the last formal would swallow what is added.
    if before.lines().last().is_some_and(|line| line.contains('#')) || before.ends_with("*/") {
        return None;
    }
    let offset = |len: usize| at.start() + TextSize::of(&pattern[..len]);
    let gap = &pattern[before.len()..close];
    let range = TextRange::new(offset(before.len()), offset(close));
    let fix = Fix::safe("add `...`");
    Some(if before.ends_with('{') {
        fix.replace(range, " ... ")
    } else {
        let comma = if before.ends_with(',') { "" } else { "," };
        match gap.rfind('\n') {
            // On a line of its own, with the indentation of the last formal.
            Some(_) => {
                let last = before.lines().last().unwrap_or_default();
                let indent = &last[..last.len() - last.trim_start().len()];
                let leading = last.trim_start().starts_with(',');
                let new = if leading {
                    format!("\n{indent}, ...{gap}")
                } else {
                    format!("{comma}\n{indent}...{gap}")
                };
                fix.replace(range, new)
            }
            None => fix.replace(range, format!("{comma} ...{}", if gap.is_empty() { " " } else { gap })),
        }
    })
}
