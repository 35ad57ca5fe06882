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
    let space = |token: &SyntaxToken| {
        token.prev_token().filter(|it| it.kind() == SyntaxKind::TOKEN_WHITESPACE)
    };
    let broken = |it: &SyntaxToken| it.text().contains('\n');
    let mut brace = remove::word(&open);
    // Nothing is left on the line of `let` but the `let`.
    if open.next_token().as_ref().is_some_and(broken) {
        brace = space(&open).map_or(brace, |it| brace.cover(it.text_range()));
    }
    // `in` stands where the `}` stood, unless lines of the value follow it.
    let line = key.syntax().first_token().and_then(|it| space(&it)).filter(broken);
    let one_line = !value.syntax().text().contains_char('\n');
    let end = space(&close).filter(|it| one_line && broken(it));
    let (head, word) = match line.zip(end) {
        Some((line, end)) => (head.cover(line.text_range()), format!("{}in", end.text())),
        None => (head, "in".to_owned()),
    };
    let fix = Fix::safe("write `let … in …`").delete(brace).replace(head, word);
    // `f let { … }` has an argument, `f let … in …` is a syntax error.
    let fix = match Slot::of(node)?.least() > -1 {
        true => fix.insert(node.text_range().start(), "(").replace(tail, ")"),
        false => fix.delete(tail),
    };
    fix.joined(&tree.root)
}
