//! Small questions about expressions that many lints ask: the head of a call, what stands behind parentheses.

use std::borrow::Cow;

use rnix::ast;
use rnix::{NodeOrToken, SyntaxKind, SyntaxNode};
use rowan::ast::AstNode;

use crate::green::Green;

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
        let Some((function, argument)) = apply_parts(apply) else {
            break;
        };
        arguments.push(argument);
        head = strip_parens(function);
    }
    arguments.reverse();
    (head, arguments)
}

/// The function and the argument of one application, in one pass over its children.
#[must_use]
pub fn apply_parts(apply: &ast::Apply) -> Option<(ast::Expr, ast::Expr)> {
    let function = apply.syntax().first_child()?;
    let argument = function.next_sibling()?;
    Some((ast::Expr::cast(function)?, ast::Expr::cast(argument)?))
}

/// A name with the path selected from it: `a`, `[b, c]` for `a.b.c` and `(a.b).c`. `None` for anything else, also
/// where a default is given.
#[must_use]
pub fn select_path(expr: &ast::Expr) -> Option<(ast::Ident, Vec<ast::Attr>)> {
    let mut expr = strip_parens(expr.clone());
    let mut parts = Vec::new();
    while let ast::Expr::Select(select) = &expr {
        if select.or_token().is_some() {
            return None;
        }
        parts.push(select.attrpath()?);
        expr = strip_parens(select.expr()?);
    }
    let ast::Expr::Ident(name) = expr else {
        return None;
    };
    let attrs = parts.iter().rev().flat_map(ast::Attrpath::attrs).collect();
    Some((name, attrs))
}

/// `if s ? p then s.p else d`, where `s` is a name or a path selected from one.
#[derive(Debug, Clone)]
pub struct Guarded {
    /// The `s ? p`.
    pub test: ast::HasAttr,
    /// The `s.p`.
    pub select: ast::Select,
    /// The `d`.
    pub default: ast::Expr,
    /// Whether `s` is a name, so that nothing else can be missing.
    pub bare: bool,
}

/// An `if` that only asks whether what it selects is there.
#[must_use]
pub fn guarded_select(it: &ast::IfElse) -> Option<Guarded> {
    let ast::Expr::HasAttr(test) = strip_parens(it.condition()?) else {
        return None;
    };
    let ast::Expr::Select(select) = strip_parens(it.body()?) else {
        return None;
    };
    let (base, mut asked) = select_path(&test.expr()?)?;
    let bare = asked.is_empty();
    asked.extend(test.attrpath()?.attrs());
    let (name, taken) = select_path(&ast::Expr::Select(select.clone()))?;
    let same = same_tokens(base.syntax(), name.syntax())
        && asked.len() == taken.len()
        && asked.iter().zip(&taken).all(|(a, b)| {
            let (one, other) = (crate::attrpath::key(a), crate::attrpath::key(b));
            one == other && (one.name().is_some() || same_tokens(a.syntax(), b.syntax()))
        });
    let default = it.else_body()?;
    same.then_some(Guarded {
        test,
        select,
        default,
        bare,
    })
}

/// Whether two nodes are the same text, white space and comments aside.
#[must_use]
pub fn same_tokens(a: &SyntaxNode, b: &SyntaxNode) -> bool {
    let tokens = |node: &SyntaxNode| {
        node.descendants_with_tokens()
            .filter_map(NodeOrToken::into_token)
            .filter(|it| {
                !matches!(
                    it.kind(),
                    SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMENT
                )
            })
    };
    tokens(a)
        .map(|it| it.text().to_owned())
        .eq(tokens(b).map(|it| it.text().to_owned()))
}

/// The last name of a function expression: `f` for `f`, `lib.f` and `a.b.f`.
#[must_use]
pub fn last_name(function: &ast::Expr) -> Option<Cow<'_, str>> {
    Green::new(function.syntax()).last_name()
}
