//! A plain lambda argument that nothing uses.

use lint_api::prelude::*;
use lint_api::syntax::callee::expr_at;

/// The lint.
pub static LINT: Lint = Lint {
    name: "unused-argument",
    group: Group::Dead,
    level: Level::Off,
    fix: FixKind::Unsafe,
    summary: "a plain lambda argument that nothing uses",
    page: include_str!("unused_argument.md"),
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
    let overlays: Vec<TextRange> = {
        let facts = &cx.file.facts;
        let text = cx.file.text.contents();
        facts
            .overlays
            .overlays
            .iter()
            .filter_map(|found| facts.outline.node(text, found.lambda))
            .map(|node| node.range())
            .collect()
    };
    let mut live = None;
    let mut fixes = 0;
    for (id, name) in scopes.names() {
        let text = scopes.text(name.symbol);
        if name.kind != NameKind::Argument
            || scopes.refs_of(id).len() > 0
            || settings.ignore.matches(text)
            || matches!(text, "finalAttrs" | "prevAttrs" | "previousAttrs")
        {
            continue;
        }
        let lambda = scopes.scope(name.scope).at;
        let around = scopes
            .scope(name.scope)
            .parent
            .map(|scope| scopes.scope(scope).at);
        // `final: prev: { }`: both arguments are the form of an overlay.
        if overlays
            .iter()
            .any(|overlay| *overlay == lambda || Some(*overlay) == around)
        {
            continue;
        }
        if form(tree, text, lambda) {
            continue;
        }
        let live = live.get_or_insert_with(|| Live::of(scopes, |name| name.starts_with('_')));
        if !live.unit(scopes.scope(name.scope).unit) {
            continue;
        }
        // The next run has fixes for the rest.
        fixes += 1;
        let fix = (fixes <= 500)
            .then(|| fix(tree, name.at, text, lambda))
            .flatten();
        cx.report(name.at, format!("nothing uses the argument `{text}`"))
            .fix_if(fix);
    }
}

/// Whether a name belongs to a form that everybody writes whole: `final: prev:`, and `mkDerivation (final: { … })`.
fn form(tree: &Tree, name: &str, lambda: TextRange) -> bool {
    let (first, second) = (["final", "self"].contains(&name), ["prev", "super"].contains(&name));
    if !first && !second {
        return false;
    }
    let Some(ast::Expr::Lambda(lambda)) = expr_at(&tree.root, lambda) else {
        return false;
    };
    let is = |lambda: Option<ast::Lambda>, names: [&str; 2]| {
        let Some(ast::Param::IdentParam(param)) = lambda.and_then(|it| it.param()) else {
            return false;
        };
        param.ident().is_some_and(|it| names.contains(&attrpath::ident_text(it.syntax())))
    };
    let node = lambda.syntax();
    if second {
        return is(node.parent().and_then(ast::Lambda::cast), ["final", "self"]);
    }
    let inner = lambda.body().and_then(|body| ast::Lambda::cast(body.syntax().clone()));
    let makes = node
        .ancestors()
        .skip(1)
        .find(|it| it.kind() != SyntaxKind::NODE_PAREN)
        .and_then(ast::Apply::cast)
        .and_then(|call| Some(expr::last_name(&call.lambda()?)?.into_owned()));
    is(inner, ["prev", "super"])
        || makes.is_some_and(|it| it.starts_with("mkDerivation") || it.starts_with("build"))
}

/// Says with an underscore that it is meant so; unless that name is somebody else's already.
fn fix(tree: &Tree, at: TextRange, text: &str, lambda: TextRange) -> Option<Fix> {
    let scopes = &tree.scopes;
    let renamed = format!("_{text}");
    let taken = scopes
        .refs_in(lambda)
        .iter()
        .any(|it| scopes.text(it.symbol) == renamed)
        || scopes
            .names()
            .any(|(_, name)| lambda.contains_range(name.at) && scopes.text(name.symbol) == renamed);
    if taken || expr_at(&tree.root, lambda).is_none() {
        return None;
    }
    Fix::r#unsafe(format!("rename it to `{renamed}`"))
        .replace(at, renamed)
        .joined(&tree.root)
}
