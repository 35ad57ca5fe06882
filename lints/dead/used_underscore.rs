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

/// Names of the module system.
const MODULE: &[&str] = &["_class", "_file", "_module"];

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let scopes = &tree.scopes;
    let mut live = None;
    for (id, name) in scopes.names() {
        let text = scopes.text(name.symbol);
        if !text.starts_with('_')
            || text.starts_with("__")
            || MODULE.contains(&text)
            // `_1password`: no name begins with a digit.
            || text.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
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
