//! `mkForce (mkIf c x)`: marks in an order that the module system does not undo.

use lint_api::prelude::*;
use lint_api::syntax::prec::{self, Slot};

/// The lint.
pub static LINT: Lint = Lint {
    name: "priority-over-condition",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "`mkForce (mkIf …)`, `mkDefault (mkMerge …)`",
    page: include_str!("priority_over_condition.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_APPLY], may_be, check),
};

/// Whether this one is undone before conditions are looked at. `mkIf` and `mkMerge` may hold anything.
fn is_priority(name: &str) -> bool {
    !matches!(name, "mkIf" | "mkMerge")
}

fn is_order(name: &str) -> bool {
    matches!(name, "mkBefore" | "mkAfter" | "mkOrder")
}

/// The last argument is a call in parentheses: few calls have that.
fn may_be(call: Green<'_>) -> bool {
    call.apply().is_some_and(|(_, argument)| {
        argument.kind() == SyntaxKind::NODE_PAREN && argument.strip_parens().kind() == SyntaxKind::NODE_APPLY
    })
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    if !cx.head_of(node).contains("mk") {
        return;
    }
    let Some(ast::Expr::Paren(paren)) = ast::Apply::cast(node.clone()).and_then(|it| it.argument()) else { return };
    let Some(inner @ ast::Expr::Apply(_)) = paren.expr().map(expr::strip_parens) else { return };
    let Some(tree) = cx.sound_tree() else { return };
    let Some(call) = ast::Expr::cast(node.clone()) else { return };
    let names = tree.names();
    let Some((outer_name, outer)) = names.wrapper(&call) else { return };
    if !is_priority(outer_name) {
        return;
    }
    let Some((inner_name, arguments)) = names.wrapper(&inner) else { return };
    // The order stands inside the priority.
    if is_order(inner_name) && !is_order(outer_name) {
        return;
    }
    let Some(content) = arguments.last() else { return };
    let elements = merged(content);
    let certain = match inner_name {
        "mkMerge" => !elements.is_empty() && elements.iter().all(is_plain),
        _ => is_plain(content),
    };
    if !certain {
        return;
    }

    let text = |it: &ast::Expr| cx.text_of(it.syntax());
    let argument = |it: &ast::Expr| match prec::needs_parens(it, Slot::Argument) {
        true => format!("({})", text(it)),
        false => text(it).to_owned(),
    };
    // `mkForce`, `mkOverride 50`
    let (outer_head, _) = expr::call(&call);
    let (inner_head, _) = expr::call(&inner);
    let mut outside = text(&outer_head).to_owned();
    let mut inside = text(&inner_head).to_owned();
    for it in &outer[..outer.len() - 1] {
        outside = format!("{outside} {}", argument(it));
    }
    for it in &arguments[..arguments.len() - 1] {
        inside = format!("{inside} {}", argument(it));
    }
    let content_text = argument(content);
    let new = match inner_name {
        "mkMerge" => {
            let parts: Vec<String> = elements.iter().map(|it| format!("({outside} {})", argument(it))).collect();
            format!("{inside} [ {} ]", parts.join(" "))
        }
        // Two priorities: the outer one was meant. An order goes inside.
        _ if inner_name != "mkIf" && is_order(outer_name) == is_order(inner_name) => format!("{outside} {content_text}"),
        _ => format!("{inside} ({outside} {content_text})"),
    };
    let at = outer_head.syntax().text_range();
    let computed = outer_name == "mkOverride" && !matches!(outer[0], ast::Expr::Literal(_));
    let comment = comments::any_in(node, node.text_range());
    let message = format!("`{outer_name}` around `{inner_name}` is not undone by the module system");
    let finding = cx.report(at, message);
    finding.note("the mark reaches the type of the option as it is, also when the condition holds: Nix says that the definition is not of its type");
    finding.help("turn them around");
    if !comment && !computed {
        finding.fix(Fix::r#unsafe("turn them around").replace(node.text_range(), new));
    }
}

/// The elements of a list literal.
fn merged(list: &ast::Expr) -> Vec<ast::Expr> {
    match expr::strip_parens(list.clone()) {
        ast::Expr::List(list) => list.items().collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is plainly no set.
fn is_plain(value: &ast::Expr) -> bool {
    match expr::strip_parens(value.clone()) {
        ast::Expr::List(_)
        | ast::Expr::Str(_)
        | ast::Expr::Literal(_)
        | ast::Expr::PathRel(_)
        | ast::Expr::PathAbs(_)
        | ast::Expr::PathHome(_)
        | ast::Expr::UnaryOp(_)
        | ast::Expr::HasAttr(_) => true,
        ast::Expr::Ident(ident) => {
            let text = attrpath::ident_text(ident.syntax());
            matches!(text, "true" | "false" | "null")
        }
        // `++`, `+`, comparisons; not `//`
        ast::Expr::BinOp(op) => op.operator() != Some(ast::BinOpKind::Update),
        _ => false,
    }
}
