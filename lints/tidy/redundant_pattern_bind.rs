//! `{ ... } @ n: e`, which is `n: e` but for an assertion.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "redundant-pattern-bind",
    group: Group::Tidy,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "`{ ... } @ n:`, a pattern that only asserts a set",
    page: include_str!("redundant_pattern_bind.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_PATTERN], check),
};

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(pattern) = ast::Pattern::cast(node.clone()) else {
        return;
    };
    if pattern.pat_entries().next().is_some() || pattern.ellipsis_token().is_none() {
        return;
    }
    let Some(name) = pattern.pat_bind().and_then(|it| it.ident()) else {
        return;
    };
    let text = cx.text_of(name.syntax());
    cx.report(
        node.text_range(),
        format!("the pattern only asserts that `{text}` is a set"),
    )
    .help(format!("`{text}:` takes anything"));
}
