//! `mkOverride 2000 x`: weaker than the option's own default.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "dead-override",
    group: Group::Modules,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "`mkOverride` with a priority at which it has no effect, or conflicts with the option's default",
    page: include_str!("dead_override.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_APPLY], may_be, check),
};

/// `mkOverride n`: the inner one of two applications, with a number.
fn may_be(call: Green<'_>) -> bool {
    call.apply().is_some_and(|(_, argument)| argument.kind() == SyntaxKind::NODE_LITERAL)
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(apply) = ast::Apply::cast(node.clone()) else { return };
    let Some(ast::Expr::Literal(literal)) = apply.argument() else { return };
    let ast::LiteralKind::Integer(number) = literal.kind() else { return };
    let (Ok(priority), Some(head), Some(tree)) = (number.value(), apply.lambda(), cx.sound_tree()) else { return };
    if !tree.scopes.resolves_to_lib(&head, "mkOverride") {
        return;
    }
    let at = literal.syntax().text_range();
    if priority > 1500 {
        let message = format!("priority {priority} is weaker than the default of an option, which is 1500");
        cx.report(at, message).help("use `mkDefault`, or delete the definition");
    } else if priority == 1500 {
        let message = "priority 1500 is that of the option's own default, and conflicts with it";
        cx.report(at, message).help("use `mkDefault`, or a number below 1500");
    } else if priority == 100 {
        let message = "priority 100 is the usual one: `mkOverride` does nothing here";
        cx.report(at, message).help("write the value alone, or `mkForce` to win");
    }
}
