//! A name that says it is unused, and is used.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "used-underscore",
    group: Group::Dead,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "a name that begins with `_` and is used",
    page: include_str!("used_underscore.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let scopes = &tree.scopes;
    let mut live = None;
    for (id, name) in scopes.names() {
        let text = scopes.text(name.symbol);
        if !text.starts_with('_')
            || text.starts_with("__")
            // The module system gives this one to every module.
            || text == "_class"
            || !(name.kind.is_let() || name.kind.is_param())
        {
            continue;
        }
        // Here the underscore is no excuse: what only unused code uses is not used.
        let live = live.get_or_insert_with(|| Live::of(scopes, |_| false));
        if let Some(it) = scopes.refs_of(id).find(|it| live.unit(it.unit)) {
            cx.report(
                name.at,
                format!("`{text}` is used although its name says it is not"),
            )
            .label(it.at, "used here");
        }
    }
}
