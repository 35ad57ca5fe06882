//! A `let` that binds nothing.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "empty-let",
    group: Group::Tidy,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "a `let` that binds nothing",
    page: include_str!("empty_let.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_LET_IN], may_be, check),
};

fn may_be(it: Green<'_>) -> bool {
    !it.nodes().any(|it| matches!(it.kind(), SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT))
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some((tree, it)) = cx.tree().zip(ast::LetIn::cast(node.clone())) else {
        return;
    };
    let (Some(keyword), Some(end)) = (it.let_token(), it.in_token()) else {
        return;
    };
    if it.entries().next().is_some() || it.body().is_none() {
        return;
    }
    let head = TextRange::new(keyword.text_range().start(), end.text_range().end());
    let comment = comments::any_in(node, head);
    let finding = cx.report(keyword.text_range(), "this `let` binds nothing");
    if comment {
        finding.help("a comment stands in the way: move it and remove `let` and `in`");
        return;
    }
    let fix = Fix::safe("remove `let` and `in`");
    let head = TextRange::new(head.start(), remove::word_and_lines(&end).end());
    finding.fix_if(fix.delete(head).joined(&tree.root));
}
