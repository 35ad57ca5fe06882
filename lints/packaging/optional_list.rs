//! `lib.optional c [ … ]`: a list in a list.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "optional-list",
    group: Group::Packaging,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "`lib.optional c [ … ]`: a list in a list, where `optionals` is meant",
    page: include_str!("optional_list.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_APPLY], may_be, check),
};

/// The last argument is a list: few calls have that.
fn may_be(call: Green<'_>) -> bool {
    call.apply().is_some_and(|(_, argument)| argument.kind() == SyntaxKind::NODE_LIST)
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    if !cx.head_of(node).contains("optional") {
        return;
    }
    let Some(call) = ast::Expr::cast(node.clone()) else { return };
    let (head, arguments) = expr::call(&call);
    let ([_, ast::Expr::List(_)], Some("optional")) = (arguments.as_slice(), expr::last_name(&head).as_deref()) else {
        return;
    };
    let Some(tree) = cx.sound_tree() else { return };
    if !tree.scopes.resolves_to_lib(&head, "optional") || !is_joined(node, tree) {
        return;
    }
    let at = head.syntax().text_range();
    let fix = fix(&head, node, tree);
    let finding = cx.report(at, "`lib.optional c [ … ]` gives a list in a list: use `lib.optionals`");
    finding.note("the result is `[ [ … ] ]` or `[ ]`");
    finding.help("`lib.optionals c [ … ]` gives the items themselves");
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// Whether the list is joined to another one that has an item which is plainly no list; or is the value of an attribute of
/// which everybody knows that it holds no lists. A list of lists may be meant elsewhere.
fn is_joined(node: &SyntaxNode, tree: &Tree) -> bool {
    let mut top = node.clone();
    while let Some(parent) = top.parent() {
        let concat = ast::BinOp::cast(parent.clone()).is_some_and(|it| it.operator() == Some(ast::BinOpKind::Concat));
        if !concat && !matches!(parent.kind(), SyntaxKind::NODE_PAREN | SyntaxKind::NODE_WITH) {
            break;
        }
        top = parent;
    }
    let Some(binding) = top.parent() else { return false };
    if let Some(path) = ast::AttrpathValue::cast(binding).and_then(|it| it.attrpath())
        && let Some(last) = path.attrs().last()
    {
        let key = attrpath::key(&last);
        // Another lint speaks of these.
        if key.is("imports") {
            return false;
        }
        let name = key.name().unwrap_or_default();
        if name.ends_with("nputs") || name.ends_with("Packages") || name == "packages" || packages::FLAGS.contains(&name) {
            return true;
        }
    }
    let Some(whole) = ast::Expr::cast(top) else { return false };
    packages::items(&whole, tree).iter().any(|item| {
        matches!(
            expr::strip_parens(item.expr.clone()),
            ast::Expr::Str(_) | ast::Expr::PathRel(_) | ast::Expr::AttrSet(_) | ast::Expr::Literal(_) | ast::Expr::Select(_)
        )
    })
}

fn fix(head: &ast::Expr, near: &SyntaxNode, tree: &Tree) -> Option<Fix> {
    let last = head.syntax().last_token()?;
    if last.text() != "optional" {
        return None;
    }
    if matches!(head, ast::Expr::Ident(_)) {
        // A bare name: `optionals` has to be one here, too.
        tree.names().spelling("optionals", near, head).filter(|it| it == "optionals")?;
    }
    Some(Fix::r#unsafe("use `optionals`").replace(last.text_range(), "optionals"))
}
