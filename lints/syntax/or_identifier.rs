//! The keyword `or` in the place of a variable.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "or-identifier",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "the keyword `or` in the place of a variable",
    page: include_str!("or_identifier.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_APPLY], may_be, check),
};

fn may_be(call: Green<'_>) -> bool {
    call.apply().is_some_and(|(_, argument)| argument.kind() == SyntaxKind::NODE_IDENT && argument.ident() == "or")
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some((tree, apply)) = cx.tree().zip(ast::Apply::cast(node.clone())) else {
        return;
    };
    let Some(ast::Expr::Ident(argument)) = apply.argument() else {
        return;
    };
    let Some(word) = argument
        .syntax()
        .first_token()
        .filter(|token| token.text() == "or")
    else {
        return;
    };
    let Some(it) = tree.scopes.resolve(argument.syntax()) else {
        return;
    };
    // Bound nowhere, it is an undefined name first of all.
    if it.to == To::Unbound {
        return;
    }
    let Some(function) = apply.lambda() else {
        return;
    };
    let function = cx.text_of(function.syntax());
    let finding = cx.report(
        word.text_range(),
        "`or` is a keyword and takes part in the call oddly",
    );
    if let To::Name(id) = it.to {
        finding.label(tree.scopes.name(id).at, "bound here");
    }
    finding.note("Nix takes `or` into the call before every other argument, and says it will not always do so");
    if function.len() < 40 && !function.contains('\n') {
        finding.help(format!("write `({function} or)`, or rename it"));
    }
}
