//! `let { … }`, a form of `let` that nobody knows any more.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "legacy-let",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "`let { … }` with a `body`, an old form of `let`",
    page: include_str!("legacy_let.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_LEGACY_LET], check),
};

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some((tree, legacy)) = cx.tree().zip(ast::LegacyLet::cast(node.clone())) else {
        return;
    };
    let Some(keyword) = legacy.let_token() else {
        return;
    };
    cx.report(
        keyword.text_range(),
        "`let { … }` with `body` is an old form: write `let … in …`",
    )
    .fix_if(fix(tree, &legacy));
}

/// Only where `body = e;` stands last and nothing else asks for `body`.
fn fix(tree: &Tree, legacy: &ast::LegacyLet) -> Option<Fix> {
    let node = legacy.syntax();
    let (open, close) = (legacy.curly_open_token()?, legacy.curly_close_token()?);
    let ast::Entry::AttrpathValue(last) = legacy.entries().last()? else {
        return None;
    };
    let (key, value) = (last.attrpath()?, last.value()?);
    let keys = attrpath::keys(&key);
    if !matches!(keys.as_slice(), [only] if only.is("body")) {
        return None;
    }
    let computed = |entry: ast::Entry| match entry {
        ast::Entry::AttrpathValue(it) => it
            .attrpath()
            .is_none_or(|path| attrpath::keys(&path).contains(&attrpath::Key::Dynamic)),
        ast::Entry::Inherit(it) => it
            .attrs()
            .any(|attr| attrpath::key(&attr) == attrpath::Key::Dynamic),
    };
    if legacy.entries().any(computed) {
        return None;
    }
    let at = key.syntax().text_range();
    let (id, _) = tree.scopes.names().find(|(_, name)| name.at == at)?;
    if tree.scopes.refs_of(id).len() > 0 || tree.scopes.parts(id).len() != 1 {
        return None;
    }
    let inner = value.syntax().text_range();
    let head = TextRange::new(at.start(), last.assign_token()?.text_range().end());
    let tail = TextRange::new(inner.end(), close.text_range().end());
    let between = TextRange::new(head.end(), inner.start());
    if [head, between, tail]
        .iter()
        .any(|range| comments::any_in(node, *range))
    {
        return None;
    }
    // It stands only where a `let … in` may: no parentheses are needed.
    Fix::safe("write `let … in …`")
        .delete(remove::word(&open))
        .replace(head, "in")
        .delete(tail)
        .joined(&tree.root)
}
