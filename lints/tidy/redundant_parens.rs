//! Parentheses that change nothing.

use lint_api::prelude::*;
use lint_api::syntax::boolean;
use serde::{Deserialize, Serialize};

/// The lint.
pub static LINT: Lint = Lint {
    name: "redundant-parens",
    group: Group::Tidy,
    level: Level::Info,
    fix: FixKind::Safe,
    summary: "parentheses that change nothing",
    page: include_str!("redundant_parens.md"),
    options: Options::of::<Settings>(),
    check: Check::Node(&[SyntaxKind::NODE_PAREN], check),
};

/// What the user may set.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Also flag parentheses around several lines.
    multi_line: bool,
    /// Also flag operands that bind tighter than their operator.
    operands: bool,
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let (Some(parent), Some(inner)) = (node.parent(), node.first_child()) else {
        return;
    };
    // Of several pairs the outermost speaks for all, unless it has lines of its own.
    if parent.kind() == SyntaxKind::NODE_PAREN && hugs(&parent, cx) {
        return;
    }
    let (Some(slot), Some(expr)) = (Slot::of(node), ast::Expr::cast(inner)) else {
        return;
    };
    // `let { … }` needs them as soon as `legacy-let` has rewritten it.
    if matches!(expr, ast::Expr::LegacyLet(_)) {
        return;
    }
    if prec::needs_parens(&expr, slot) || !listed(node, &parent, &expr, slot, cx) {
        return;
    }
    let Some(tree) = cx.tree() else { return };
    if before_or(node) || rewritten(tree, &parent) {
        return;
    }
    let mut kept = expr.syntax().clone();
    while let Some(next) = kept
        .first_child()
        .filter(|it| it.kind() == SyntaxKind::NODE_PAREN && kept.kind() == it.kind())
    {
        kept = next;
    }
    // `1 + (let { body = 2; })`: `legacy-let` goes first, and what it writes needs them.
    if kept.kind() == SyntaxKind::NODE_LEGACY_LET {
        return;
    }
    // `map (x:x) [ ]`: what `url-literal` makes of it needs them.
    let is_url = |it: SyntaxToken| it.kind() == SyntaxKind::TOKEN_URI;
    if kept.kind() == SyntaxKind::NODE_LITERAL && kept.first_token().is_some_and(is_url) {
        return;
    }
    let (whole, part) = (node.text_range(), kept.text_range());
    let open = TextRange::at(whole.start(), 1.into());
    let finding = cx.report(open, "these parentheses change nothing");
    let comment = [(whole.start(), part.start()), (part.end(), whole.end())]
        .into_iter()
        .any(|(start, end)| comments::any_in(node, TextRange::new(start, end)));
    if comment {
        finding.help("a comment stands in the way of removing them");
        return;
    }
    let fix = Fix::safe("remove the parentheses").keep(whole, part, "", "");
    finding.fix_if(fix.joined(&tree.root));
}

/// Whether parentheses that the grammar does not need are also of no use to a reader.
fn listed(
    node: &SyntaxNode,
    parent: &SyntaxNode,
    expr: &ast::Expr,
    slot: Slot,
    cx: &FileCx<'_>,
) -> bool {
    let options = cx.options::<Settings>();
    let short = || options.multi_line || !cx.text_of(node).contains('\n');
    if !hugs(node, cx) {
        return false;
    }
    let atom = prec::level(expr) == 15;
    let select = matches!(expr, ast::Expr::Select(it) if it.or_token().is_none());
    match slot {
        // Numbers and paths swallow the dot.
        Slot::Base => {
            atom && !matches!(
                expr,
                ast::Expr::Literal(_)
                    | ast::Expr::PathAbs(_)
                    | ast::Expr::PathRel(_)
                    | ast::Expr::PathHome(_)
            )
        }
        Slot::Function | Slot::Not | Slot::Negate | Slot::HasAttr => atom || select,
        Slot::Argument => atom || select && parent.kind() != SyntaxKind::NODE_SELECT,
        Slot::Left(op) | Slot::Right(op) => {
            let tighter = match expr {
                ast::Expr::Apply(_) | ast::Expr::HasAttr(_) => true,
                // `a || (b && c)`: few know the order of these by heart.
                ast::Expr::BinOp(inner) => {
                    prec::tighter(inner, op) && !(logic(op) && inner.operator().is_none_or(logic))
                }
                _ => false,
            };
            atom || select || options.operands && tighter && short()
        }
        Slot::Any => match parent.kind() {
            SyntaxKind::NODE_INTERPOL
            | SyntaxKind::NODE_DYNAMIC
            | SyntaxKind::NODE_INHERIT_FROM
            | SyntaxKind::NODE_PAREN => true,
            SyntaxKind::NODE_ROOT | SyntaxKind::NODE_PAT_ENTRY => atom,
            // `if a then (if b then c else d) else e`: nobody reads that without them.
            SyntaxKind::NODE_IF_ELSE if !in_else(node, parent) => {
                prec::level(expr) >= 0 && (atom || short())
            }
            _ => atom || short(),
        },
    }
}

/// Whether the parentheses share their lines with what they hold; others are somebody's layout.
fn hugs(node: &SyntaxNode, cx: &FileCx<'_>) -> bool {
    let broken = |token: Option<SyntaxToken>| {
        token.is_some_and(|it| {
            it.kind() == SyntaxKind::TOKEN_WHITESPACE && it.text().contains('\n')
        })
    };
    cx.options::<Settings>().multi_line
        || !broken(node.first_token().and_then(|it| it.next_token()))
            && !broken(node.last_token().and_then(|it| it.prev_token()))
}

fn in_else(node: &SyntaxNode, parent: &SyntaxNode) -> bool {
    parent.last_child().as_ref() == Some(node)
}

fn logic(op: ast::BinOpKind) -> bool {
    use ast::BinOpKind as Op;
    matches!(op, Op::And | Op::Or | Op::Implication)
}

/// `[ (a.b) or ]` is a list of two names, `[ a.b or ]` a syntax error.
fn before_or(node: &SyntaxNode) -> bool {
    let mut token = node.last_token().and_then(|it| it.next_token());
    while let Some(it) = token {
        if !it.kind().is_trivia() {
            return it.text() == "or";
        }
        token = it.next_token();
    }
    false
}

/// Whether `bool-branches`, `has-attr-or` or `bool-comparison` speaks of the expression around: then they go first.
fn rewritten(tree: &Tree, parent: &SyntaxNode) -> bool {
    if let Some(it) = ast::IfElse::cast(parent.clone()) {
        return boolean::branches(&tree.scopes, &tree.root, &it).is_some()
            || expr::guarded_select(&it).is_some();
    }
    ast::BinOp::cast(parent.clone())
        .is_some_and(|it| boolean::comparison(&tree.scopes, &tree.root, &it).is_some())
}
