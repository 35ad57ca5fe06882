//! `if c then true else false`, which is `c`.

use lint_api::prelude::*;
use lint_api::syntax::boolean;

/// The lint.
pub static LINT: Lint = Lint {
    name: "bool-branches",
    group: Group::Tidy,
    level: Level::Info,
    fix: FixKind::Safe,
    summary: "`if c then true else false`, which is `c`",
    page: include_str!("bool_branches.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_IF_ELSE], check),
};

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some((tree, it)) = cx.sound_tree().zip(ast::IfElse::cast(node.clone())) else {
        return;
    };
    let Some((condition, negated)) = boolean::branches(&tree.scopes, &tree.root, &it) else {
        return;
    };
    let Some(keyword) = it.if_token() else { return };
    let (whole, part) = (node.text_range(), condition.syntax().text_range());
    let (head, tail) = (
        TextRange::new(whole.start(), part.start()),
        TextRange::new(part.end(), whole.end()),
    );
    let verb = if negated { "negates" } else { "repeats" };
    let comment = comments::any_in(node, head) || comments::any_in(node, tail);
    let finding = cx.report(keyword.text_range(), format!("this `if` only {verb} its condition"));
    if comment {
        finding.help("a comment stands in the way of rewriting it");
        return;
    }
    // An `if` stands only where anything may: the condition needs no parentheses there.
    let fix = Fix::safe("write the condition itself");
    let fix = match (negated, boolean::needs_parens_negated(&condition)) {
        (false, _) => fix.keep(whole, part, "", ""),
        (true, false) => fix.keep(whole, part, "!", ""),
        (true, true) => fix.keep(whole, part, "!(", ")"),
    };
    finding.fix_if(fix.joined(&tree.root));
}
