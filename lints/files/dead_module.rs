//! A module that nothing imports.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "dead-module",
    group: Group::Files,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "a module that nothing imports",
    page: include_str!("dead_module.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for it in repo.unreached() {
        let file = repo.file(it.file);
        let start = file.facts.outline.root(file.text.contents()).map_or(TextSize::from(0), |root| root.range().start());
        let at = Span {
            file: it.file,
            range: TextRange::at(start, TextSize::from(1)),
        };
        let path = &file.path;
        match it.commented {
            Some(comment) => {
                cx.report(at, format!("the only import of `{path}` is commented out")).label_at(comment, "here");
            }
            None => {
                cx.report(at, format!("nothing imports `{path}`"))
                    .help("import it or delete it; `repository.entries` in `nivis.toml` names files that something outside imports");
            }
        }
    }
}
