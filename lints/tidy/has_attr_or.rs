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
    if branch(&found.default, node) {
        return;
    }
    let fix = fix(tree, &it, &found, select);
    let finding = cx.report(found.test.syntax().text_range(), message);
    match fix {
        Some(fix) => {
            finding.fix(fix);
            if !found.bare {
                finding.note("with `or` the default is also taken where what stands before the `?` is missing");
            }
        }
        None if comments::any_in(node, node.text_range()) => {
            finding.help("a comment stands in the way of rewriting it");
        }
        None => {}
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
    let parens = prec::needs_parens(&found.default, Slot::Argument);
    let (open, close) = if parens { ("(", ")") } else { ("", "") };
    let rest = TextRange::new(keyword.text_range().end(), default.start());
    let broken = TextRange::new(body.end(), default.start());
    let comment = comments::any_in(it.syntax(), rest);
    let lines = |range: TextRange| it.syntax().text().slice(range - whole.start()).contains_char('\n');
    if comment || !lines(broken) {
        fix = fix.replace(keyword.text_range(), "or");
        if parens {
            fix = fix.insert(default.start(), open).insert(default.end(), close);
        }
        return fix.joined(&tree.root);
    }
    // What has lines of its own would have to be indented anew.
    if lines(default) {
        return None;
    }
    let column = column(it.syntax())?;
    let width = [select, default].map(|it| usize::from(it.len())).iter().sum::<usize>() + 7;
    let gap = match column.1 + width > WIDTH {
        true => format!("{}  or {open}", column.0),
        false => format!(" or {open}"),
    };
    fix = fix.replace(broken, gap);
    if parens {
        fix = fix.insert(default.end(), close);
    }
    fix.joined(&tree.root)
}

/// The widest line that is written where it can be avoided.
const WIDTH: usize = 100;

/// The line end and indentation of the line that an expression begins on, and how many bytes stand before it there;
/// `None` far from any.
fn column(node: &SyntaxNode) -> Option<(String, usize)> {
    let mut before = 0;
    let mut token = node.first_token()?.prev_token();
    while let Some(it) = token {
        let text = it.text();
        if let Some(at) = text.rfind('\n').filter(|_| it.kind() == SyntaxKind::TOKEN_WHITESPACE) {
            let cr = usize::from(text[..at].ends_with('\r'));
            return Some((text[at - cr..].to_owned(), before + text.len() - at - 1));
        }
        before += text.len();
        token = it.prev_token().filter(|_| before < 100 * WIDTH);
    }
    (before < 100 * WIDTH).then(|| ("\n".to_owned(), before))
}

/// Whether the default is one more `if` that stays one: then this is a row of cases.
fn branch(default: &ast::Expr, node: &SyntaxNode) -> bool {
    match default {
        ast::Expr::IfElse(next) => {
            let one_line = !node.text().contains_char('\n');
            expr::guarded_select(next).is_none() && !one_line
        }
        _ => false,
    }
}
