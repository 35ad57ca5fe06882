//! Which expressions are booleans whatever is evaluated, and comparisons and branches that only repeat one.
//!
//! Goal: certainty from the text. An option, a formal or any `a.b` may be null or a string, so none of them counts.
//! Limit: a call counts only for functions of a fixed table, given all their arguments.

use rnix::SyntaxNode;
use rnix::ast::{self, BinOpKind, UnaryOpKind};
use rowan::ast::AstNode;

use crate::Scopes;
use crate::expr::{call, strip_parens};
use crate::prec::{Slot, needs_parens};
use crate::scopes::{NameKind, To};

/// Builtins that give a boolean, and how many arguments they take.
const BUILTINS: &[(&str, usize)] = &[
    ("all", 2),
    ("any", 2),
    ("elem", 2),
    ("hasAttr", 2),
    ("isAttrs", 1),
    ("isBool", 1),
    ("isFloat", 1),
    ("isFunction", 1),
    ("isInt", 1),
    ("isList", 1),
    ("isNull", 1),
    ("isPath", 1),
    ("isString", 1),
    ("lessThan", 2),
    ("pathExists", 1),
];

/// Functions of `lib` that give a boolean, and how many arguments they take.
const LIB: &[(&str, usize)] = &[
    ("all", 2),
    ("any", 2),
    ("elem", 2),
    ("hasInfix", 2),
    ("hasPrefix", 2),
    ("hasSuffix", 2),
    ("isFunction", 1),
    ("isType", 2),
    ("versionAtLeast", 2),
    ("versionOlder", 2),
];

/// How many expressions are looked at before the answer is "nobody knows".
const LIMIT: usize = 200;

/// `true` or `false`, if an expression is that very builtin, in any number of parentheses.
#[must_use]
pub fn literal(scopes: &Scopes, expr: &ast::Expr) -> Option<bool> {
    let ast::Expr::Ident(ident) = strip_parens(expr.clone()) else {
        return None;
    };
    let word = ident.ident_token()?;
    let value = match word.text() {
        "true" => true,
        "false" => false,
        _ => return None,
    };
    matches!(scopes.resolve(ident.syntax())?.to, To::Prelude(_)).then_some(value)
}

/// Whether an expression gives a boolean whenever it gives anything. `root` is the tree that `scopes` was made of.
#[must_use]
pub fn provable(scopes: &Scopes, root: &SyntaxNode, expr: &ast::Expr) -> bool {
    let mut open = vec![expr.clone()];
    let mut looked = 0;
    while let Some(expr) = open.pop() {
        looked += 1;
        if looked > LIMIT {
            return false;
        }
        let next = match &expr {
            ast::Expr::Paren(it) => it.expr(),
            ast::Expr::LetIn(it) => it.body(),
            ast::Expr::With(it) => it.body(),
            ast::Expr::Assert(it) => it.body(),
            ast::Expr::HasAttr(_) => continue,
            ast::Expr::UnaryOp(it) if it.operator() == Some(UnaryOpKind::Invert) => continue,
            ast::Expr::BinOp(it) => match it.operator() {
                Some(
                    BinOpKind::Equal
                    | BinOpKind::NotEqual
                    | BinOpKind::Less
                    | BinOpKind::LessOrEq
                    | BinOpKind::More
                    | BinOpKind::MoreOrEq
                    | BinOpKind::And
                    | BinOpKind::Or
                    | BinOpKind::Implication,
                ) => continue,
                _ => return false,
            },
            ast::Expr::IfElse(it) => {
                let (Some(body), Some(other)) = (it.body(), it.else_body()) else {
                    return false;
                };
                open.push(other);
                Some(body)
            }
            ast::Expr::Apply(_) => {
                if test(scopes, &expr) {
                    continue;
                }
                return false;
            }
            ast::Expr::Ident(it) => match scopes.resolve(it.syntax()).map(|it| it.to) {
                Some(To::Prelude(row)) if matches!(row.name(), "true" | "false") => continue,
                Some(To::Name(id)) if scopes.name(id).kind == NameKind::Let => {
                    scopes.value_node(root, id)
                }
                _ => None,
            },
            _ => None,
        };
        match next {
            Some(next) => open.push(next),
            None => return false,
        }
    }
    true
}

/// Whether a call gives all its arguments to a function of the tables.
fn test(scopes: &Scopes, expr: &ast::Expr) -> bool {
    let (head, arguments) = call(expr);
    let takes = |table: &[(&str, usize)], name: &str| table.contains(&(name, arguments.len()));
    scopes
        .builtin(&head)
        .is_some_and(|builtin| takes(BUILTINS, builtin.name))
        || scopes
            .lib_function(&head)
            .is_some_and(|name| takes(LIB, &name))
}

/// What is left of a comparison with `true` or `false`.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The side that is a boolean anyway.
    pub kept: ast::Expr,
    /// The side that is `true` or `false`.
    pub literal: bool,
    /// Whether the comparison says the opposite of `kept`.
    pub negated: bool,
}

/// A comparison by `==` or `!=` of a provable boolean with `true` or `false`.
#[must_use]
pub fn comparison(scopes: &Scopes, root: &SyntaxNode, op: &ast::BinOp) -> Option<Comparison> {
    let equal = match op.operator()? {
        BinOpKind::Equal => true,
        BinOpKind::NotEqual => false,
        _ => return None,
    };
    let (left, right) = (op.lhs()?, op.rhs()?);
    let (kept, literal) = match (literal(scopes, &left), literal(scopes, &right)) {
        (_, Some(literal)) => (left, literal),
        (Some(literal), None) => (right, literal),
        (None, None) => return None,
    };
    provable(scopes, root, &kept).then_some(Comparison {
        kept,
        literal,
        negated: equal != literal,
    })
}

/// Whether an expression is put in parentheses behind `!`: also `!(a ? b)`, of which few know how it binds.
#[must_use]
pub fn needs_parens_negated(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::HasAttr(_)) || needs_parens(expr, Slot::Not)
}

/// The condition of `if c then true else false`, and whether the branches stand the other way round. `c` is a provable
/// boolean.
#[must_use]
pub fn branches(scopes: &Scopes, root: &SyntaxNode, it: &ast::IfElse) -> Option<(ast::Expr, bool)> {
    let then = literal(scopes, &it.body()?)?;
    let other = literal(scopes, &it.else_body()?)?;
    let condition = it.condition()?;
    (then != other && provable(scopes, root, &condition)).then_some((condition, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the value of the first `x = …;` is provably a boolean.
    fn ask(text: &str) -> bool {
        let root = crate::parse(text, crate::parse::Limits::default())
            .root()
            .unwrap();
        let scopes = Scopes::of(&root);
        let value = root
            .descendants()
            .filter_map(ast::AttrpathValue::cast)
            .find(|it| {
                it.attrpath()
                    .is_some_and(|path| path.syntax().text() == "x")
            })
            .and_then(|it| it.value())
            .unwrap();
        provable(&scopes, &root, &value)
    }

    #[test]
    fn what_is_a_boolean() {
        for yes in [
            "true",
            "a == b",
            "a < b || c",
            "!a",
            "a ? b",
            "(a -> b)",
            "if a then true else b ? c",
            "let y = 1; in y == 2",
            "with a; b != c",
            "assert a; false",
            "let on = a ? b; in on",
            "builtins.isString a",
            "builtins.elem a b",
            "__isList a",
            "isNull a",
            "lib.hasPrefix \"a\" b",
            "lib.strings.hasSuffix a b",
            "with lib; hasInfix a b",
            "let inherit (lib) any; in any a b",
        ] {
            assert!(
                ask(&format!("a: b: c: {{ lib }}: {{ x = {yes}; }}")),
                "{yes}"
            );
        }
        for no in [
            "a",
            "a.b",
            "a.b or false",
            "null",
            "a + b",
            "-a",
            "f a",
            "builtins.elem a",
            "lib.hasPrefix a",
            "lib.optional a b",
            "if a then true else b",
            "if a then true else null",
            "let true = 1; in true",
            "with c; true'",
            "let on = a.b; in on",
            "let y = y; in y",
            "elem a b",
        ] {
            assert!(
                !ask(&format!("a: b: c: f: {{ lib }}: {{ x = {no}; }}")),
                "{no}"
            );
        }
    }
}
