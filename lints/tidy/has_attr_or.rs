//! `if s ? p then s.p else d`, which is `s.p or d`.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "has-attr-or",
    group: Group::Tidy,
    level: Level::Info,
    fix: FixKind::Safe,
    summary: "`if s ? p then s.p else d`, which is `s.p or d`",
    page: include_str!("has_attr_or.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_IF_ELSE], check),
};

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some((tree, it)) = cx.tree().zip(ast::IfElse::cast(node.clone())) else {
        return;
    };
    let Some(found) = expr::guarded_select(&it) else {
        return;
    };
    let select = found.select.syntax().text_range();
    let message = match cx.brief(found.select.syntax()) {
        Some(text) => format!("`{text} or …` says the same"),
        None => "a select with `or` says the same".to_owned(),
    };
    let fix = fix(tree, &it, &found, select);
    let finding = cx.report(found.test.syntax().text_range(), message);
    match fix {
        Some(fix) => {
            finding.fix(fix);
            if !found.bare {
                finding.note("with `or` the default is also taken where what stands before the `?` is missing");
            }
        }
        None => {
            finding.help("a comment stands in the way of rewriting it");
        }
    }
}

fn fix(
    tree: &Tree,
    it: &ast::IfElse,
    found: &expr::Guarded,
    select: TextRange,
) -> Option<Fix> {
    let whole = it.syntax().text_range();
    let default = found.default.syntax().text_range();
    let keyword = it.else_token()?;
    if comments::any_in(it.syntax(), TextRange::new(whole.start(), keyword.text_range().end())) {
        return None;
    }
    let title = "write `or`";
    let fix = if found.bare { Fix::safe(title) } else { Fix::r#unsafe(title) };
    let mut fix = fix.delete(TextRange::new(whole.start(), select.start()));
    // The parentheses in `then (s.p) else`.
    let body = it.body()?.syntax().text_range();
    if body.end() > select.end() {
        fix = fix.delete(TextRange::new(select.end(), body.end()));
    }
    fix = fix.replace(keyword.text_range(), "or");
    if prec::needs_parens(&found.default, Slot::Argument) {
        fix = fix.insert(default.start(), "(").insert(default.end(), ")");
    }
    fix.joined(&tree.root)
}
