//! An enable option that nothing reads, in a module that sets other options all the same.

use lint_api::prelude::*;
use lint_api::repo::modules::{Unguarded, UseKind};

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-mkif",
    group: Group::Modules,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "a module that declares an enable option and sets configuration that nothing guards with it",
    page: include_str!("missing_mkif.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        let Some(it) = &file.facts.modules.unguarded else { continue };
        let Some(module) = file.facts.modules.modules.get(it.module as usize) else { continue };
        if repo.links().is_module(file.id, module.evidence)
            && is_plainly_imported(repo, file)
            && !repo.may_read_elsewhere(&it.option, file.id)
        {
            report(file, it, cx);
        }
    }
}

/// A function that is handed the file may add the guard.
fn is_plainly_imported(repo: &Repo, file: &File) -> bool {
    repo.links()
        .uses(file.id)
        .iter()
        .all(|it| matches!(it.kind, UseKind::Module | UseKind::Listed))
}

fn report(file: &File, it: &Unguarded, cx: &mut RepoCx<'_>) {
    let option = &it.option;
    let at = Span { file: file.id, range: it.at };
    let message = format!("nothing reads `{option}`, so this module is always on");
    let finding = cx.report(at, message);
    finding.label(it.settings, format!("these settings apply even with `{option} = false`"));
    match &it.guard {
        Some((guard, parentheses)) => {
            let (open, close) = if *parentheses { (" (", ")") } else { (" ", "") };
            finding.help(format!("write `config = {guard} …`"));
            let mut fix = Fix::r#unsafe(format!("guard the settings with `{guard}`"))
                .insert(it.settings.start(), format!("{guard}{open}"));
            if *parentheses {
                fix = fix.insert(it.settings.end(), close);
            }
            finding.fix(fix);
        }
        None => {
            finding.help(format!("write `config = lib.mkIf config.{option} {{ … }}`"));
        }
    }
}
