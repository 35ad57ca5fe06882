//! An argument that a function lists twice.

use std::collections::BTreeMap;

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "duplicate-formal",
    group: Group::Syntax,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "an argument that a function lists twice, or that is also its `@` name",
    page: include_str!("duplicate_formal.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for (id, scope) in tree.scopes.all_scopes() {
        if scope.set.is_some() {
            continue;
        }
        let mut names: Vec<_> = tree.scopes.names_of(id).map(|(_, name)| name).collect();
        // The `@` name may stand on either side.
        names.sort_by_key(|name| name.kind == NameKind::At);
        let mut seen = BTreeMap::new();
        for name in names {
            let first = *seen.entry(name.symbol).or_insert(name.at);
            if first == name.at {
                continue;
            }
            let text = tree.scopes.text(name.symbol);
            let message = if name.kind == NameKind::At {
                format!("the argument `{text}` is also the name of the whole argument set")
            } else {
                format!("the argument `{text}` is listed twice")
            };
            cx.report(name.at, message).label(first, "first here");
        }
    }
}
