//! `!(a == b)`, which has an operator of its own.

use ast::BinOpKind as Op;
use lint_api::prelude::*;
use lint_api::syntax::boolean;

/// The lint.
pub static LINT: Lint = Lint {
    name: "negated-comparison",
    group: Group::Tidy,
    level: Level::Info,
    fix: FixKind::Safe,
    summary: "`!(a == b)`, which is `a != b`",
    page: include_str!("negated_comparison.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_UNARY_OP], may_be, check),
};

/// A comparison and its opposite. `a >= b` is `!(a < b)` by definition, whatever is compared.
fn opposite(op: Op) -> Option<(&'static str, &'static str)> {
    Some(match op {
        Op::Equal => ("==", "!="),
        Op::NotEqual => ("!=", "=="),
        Op::Less => ("<", ">="),
        Op::LessOrEq => ("<=", ">"),
        Op::More => (">", "<="),
        Op::MoreOrEq => (">=", "<"),
        _ => return None,
    })
}

fn may_be(it: Green<'_>) -> bool {
    it.node(SyntaxKind::NODE_PAREN).is_some()
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(paren) = node
        .first_child()
        .filter(|it| it.kind() == SyntaxKind::NODE_PAREN)
    else {
        return;
    };
    let Some(bang) = node.first_token().filter(|it| it.text() == "!") else {
        return;
    };
    let Some(inner) = paren.first_child().and_then(ast::BinOp::cast) else {
        return;
    };
    let Some((old, new)) = inner.operator().and_then(opposite) else {
        return;
    };
    let Some(tree) = cx.tree() else { return };
    // `!(x == true)` is told by `bool-comparison`.
    if boolean::comparison(&tree.scopes, &tree.root, &inner).is_some() {
        return;
    }
    let fix = fix(tree, node, &paren, &inner, new);
    let finding = cx.report(bang.text_range(), format!("`!(… {old} …)` is `… {new} …`"));
    if fix.is_none() {
        finding.help("a comment stands in the way of rewriting it");
    }
    finding.fix_if(fix);
}

fn fix(
    tree: &Tree,
    node: &SyntaxNode,
    paren: &SyntaxNode,
    inner: &ast::BinOp,
    new: &str,
) -> Option<Fix> {
    let (whole, middle) = (node.text_range(), inner.syntax().text_range());
    if comments::any_in(node, TextRange::new(whole.start(), paren.text_range().start())) {
        return None;
    }
    let operator = inner
        .syntax()
        .children_with_tokens()
        .filter_map(|it| it.into_token())
        .find(|it| !it.kind().is_trivia())?;
    let edges = TextRange::new(paren.text_range().start(), middle.start());
    let tail = TextRange::new(middle.end(), whole.end());
    // Both operators of a pair bind alike.
    let needed = prec::needs_parens(&ast::Expr::BinOp(inner.clone()), Slot::of(node)?);
    let wide = paren.text().contains_char('\n');
    let part = if needed || wide || comments::any_in(node, edges) || comments::any_in(node, tail) {
        paren.text_range()
    } else {
        middle
    };
    Fix::safe(format!("write `{new}`"))
        .keep(whole, part, "", "")
        .replace(operator.text_range(), new)
        .joined(&tree.root)
}
