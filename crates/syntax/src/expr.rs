//! Small questions about expressions that many lints ask: the head of a call, what stands behind parentheses.

use rnix::ast;
use rowan::ast::AstNode;

/// The expression behind any number of parentheses.
#[must_use]
pub fn strip_parens(expr: ast::Expr) -> ast::Expr {
    let mut expr = expr;
    while let ast::Expr::Paren(paren) = &expr {
        match paren.expr() {
            Some(inner) => expr = inner,
            None => break,
        }
    }
    expr
}

/// The expression behind parentheses, `let … in`, `with …;` and `assert …;`.
#[must_use]
pub fn strip_prefixes(expr: ast::Expr) -> ast::Expr {
    let mut expr = expr;
    loop {
        let inner = match &expr {
            ast::Expr::Paren(it) => it.expr(),
            ast::Expr::LetIn(it) => it.body(),
            ast::Expr::With(it) => it.body(),
            ast::Expr::Assert(it) => it.body(),
            _ => None,
        };
        match inner {
            Some(inner) => expr = inner,
            None => return expr,
        }
    }
}

/// A call with all its arguments: `f a b` gives `f` and `[a, b]`; any other expression gives itself and no argument.
#[must_use]
pub fn call(expr: &ast::Expr) -> (ast::Expr, Vec<ast::Expr>) {
    let mut head = strip_parens(expr.clone());
    let mut arguments = Vec::new();
    while let ast::Expr::Apply(apply) = &head {
        let (Some(function), Some(argument)) = (apply.lambda(), apply.argument()) else {
            break;
        };
        arguments.push(argument);
        head = strip_parens(function);
    }
    arguments.reverse();
    (head, arguments)
}

/// The last name of a function expression: `f` for `f`, `lib.f` and `a.b.f`.
#[must_use]
pub fn last_name(function: &ast::Expr) -> Option<String> {
    match strip_parens(function.clone()) {
        ast::Expr::Ident(ident) => Some(crate::attrpath::ident_text(ident.syntax())),
        ast::Expr::Select(select) if select.or_token().is_none() => {
            let last = select.attrpath()?.attrs().last()?;
            crate::attrpath::key(&last).name().map(str::to_owned)
        }
        _ => None,
    }
}
