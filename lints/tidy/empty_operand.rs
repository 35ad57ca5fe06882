//! An empty list or set that is added to something.

use ast::BinOpKind as Op;
use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "empty-operand",
    group: Group::Tidy,
    level: Level::Info,
    fix: FixKind::Safe,
    summary: "`[ ] ++ e` and `{ } // e`, which are `e`",
    page: include_str!("empty_operand.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_BIN_OP], may_be, check),
};

fn may_be(it: Green<'_>) -> bool {
    it.tokens().any(|it| matches!(it.kind(), SyntaxKind::TOKEN_CONCAT | SyntaxKind::TOKEN_UPDATE))
        && it.nodes().any(|it| {
            matches!(it.kind(), SyntaxKind::NODE_LIST | SyntaxKind::NODE_ATTR_SET) && it.nodes().next().is_none()
        })
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let (Some(left), Some(right)) = (node.first_child(), node.last_child()) else {
        return;
    };
    let empty = |it: &SyntaxNode| {
        matches!(it.kind(), SyntaxKind::NODE_LIST | SyntaxKind::NODE_ATTR_SET)
            && it.first_child().is_none()
            && !comments::any_in(it, it.text_range())
    };
    let (literal, other) = if empty(&left) {
        (left, right)
    } else if empty(&right) {
        (right, left)
    } else {
        return;
    };
    let Some((tree, op)) = cx.tree().zip(ast::BinOp::cast(node.clone())) else {
        return;
    };
    let (kind, what) = match op.operator() {
        Some(Op::Concat) => (SyntaxKind::NODE_LIST, "list"),
        Some(Op::Update) => (SyntaxKind::NODE_ATTR_SET, "set"),
        _ => return,
    };
    let Some(kept) = ast::Expr::cast(other).filter(|_| literal.kind() == kind) else {
        return;
    };
    let (whole, part) = (node.text_range(), kept.syntax().text_range());
    let first = literal.text_range().start() < part.start();
    let between = if first {
        TextRange::new(literal.text_range().end(), part.start())
    } else {
        TextRange::new(part.end(), literal.text_range().start())
    };
    // The seed of a chain that is written one operand a line.
    if first && cx.text(between).contains('\n') || property(tree, &kept) {
        return;
    }
    let safe = chain(&kept, op.operator())
        || expr::strip_parens(kept.clone()).syntax().kind() == kind
        || around(node).is_some_and(|it| it.operator() == op.operator());
    let comment = comments::any_in(node, between);
    let finding = cx.report(
        literal.text_range(),
        format!("adding an empty {what} changes nothing"),
    );
    if comment {
        finding.help("a comment stands in the way of removing it");
        return;
    }
    let title = format!("remove the empty {what}");
    let fix = if safe { Fix::safe(title) } else { Fix::r#unsafe(title) };
    finding.fix_if(fix.keep(whole, part, "", "").joined(&tree.root));
}

/// `mkIf c { … }` and its kin are no plain values: adding anything to them is another fault.
fn property(tree: &Tree, kept: &ast::Expr) -> bool {
    let (head, arguments) = expr::call(kept);
    !arguments.is_empty()
        && tree
            .scopes
            .lib_function(&head)
            .is_some_and(|name| name.starts_with("mk"))
}

fn chain(kept: &ast::Expr, operator: Option<Op>) -> bool {
    matches!(expr::strip_parens(kept.clone()), ast::Expr::BinOp(it) if it.operator() == operator)
}

/// The operator that an expression is an operand of, parentheses aside.
fn around(node: &SyntaxNode) -> Option<ast::BinOp> {
    let mut parent = node.parent()?;
    while parent.kind() == SyntaxKind::NODE_PAREN {
        parent = parent.parent()?;
    }
    ast::BinOp::cast(parent)
}
