//! The name of a whole argument set that nothing uses.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "unused-at-name",
    group: Group::Dead,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "an `@` name that nothing uses",
    page: include_str!("unused_at_name.md"),
    options: Options::of::<Settings>(),
    check: Check::File(check),
};

/// The settings of the lint.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Names that may be unused.
    pub ignore: NamePattern,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            ignore: NamePattern::new("^_"),
        }
    }
}

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let scopes = &tree.scopes;
    let settings = cx.options::<Settings>();
    let mut live = None;
    for (id, name) in scopes.names() {
        let text = scopes.text(name.symbol);
        if name.kind != NameKind::At
            || scopes.refs_of(id).len() > 0
            || settings.ignore.matches(text)
        {
            continue;
        }
        let live = live.get_or_insert_with(|| Live::of(scopes, |name| name.starts_with('_')));
        if !live.unit(scopes.scope(name.scope).unit) {
            continue;
        }
        let bind = tree
            .root
            .covering_element(name.at)
            .ancestors()
            .find_map(ast::PatBind::cast);
        let fix = bind.and_then(|bind| fix(tree, &bind));
        cx.report(name.at, format!("nothing uses `{text}`"))
            .fix_if(fix);
    }
}

/// Deletes the name and the `@`, and the white space between them and the pattern.
fn fix(tree: &Tree, bind: &ast::PatBind) -> Option<Fix> {
    let pattern = bind.syntax().parent()?;
    let (own, whole) = (bind.syntax().text_range(), pattern.text_range());
    let range = if own.start() == whole.start() {
        let open = pattern
            .children_with_tokens()
            .find(|it| it.kind() == SyntaxKind::TOKEN_L_BRACE)?;
        TextRange::new(own.start(), open.text_range().start())
    } else {
        let close = pattern
            .children_with_tokens()
            .filter(|it| it.kind() == SyntaxKind::TOKEN_R_BRACE)
            .last()?;
        TextRange::new(close.text_range().end(), own.end())
    };
    if comments::any_in(&pattern, range) {
        return None;
    }
    Fix::safe("remove the name")
        .delete(range)
        .joined(&tree.root)
}
