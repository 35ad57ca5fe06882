//! A `with` around a whole module or package file.

use lint_api::prelude::*;
use lint_api::repo::class::Class;

/// The lint.
pub static LINT: Lint = Lint {
    name: "file-wide-with",
    group: Group::Tidy,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "a `with` around a whole module or package file",
    page: include_str!("file_wide_with.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// How many names the help spells out.
const MOST: usize = 10;

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        let Some(wide) = &file.facts.names.wide_with else {
            continue;
        };
        let class = repo.classes.of(file.id).likely();
        if !class.is_some_and(|it| it.is_module() || matches!(it, Class::Package | Class::Library)) {
            continue;
        }
        let source = file.text.slice(wide.source);
        let at = Span {
            file: file.id,
            range: wide.at,
        };
        let finding = if source.len() <= 40 && !source.contains(['\n', '`']) {
            cx.report(at, format!("every name of this file may come from `{source}`"))
        } else {
            cx.report(at, "every name of this file may come from this `with`")
        };
        finding.note("a name that is bound nowhere is looked up there, and a new one there can change its meaning");
        if wide.only && !wide.names.is_empty() && wide.names.len() <= MOST {
            finding.help(format!("`inherit ({source}) {};`", wide.names.join(" ")));
        }
    }
}
