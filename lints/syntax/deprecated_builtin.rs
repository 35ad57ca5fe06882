//! A builtin that Nix itself calls deprecated.

use lint_api::prelude::*;
use lint_api::syntax::builtins::DEPRECATED;

/// The lint.
pub static LINT: Lint = Lint {
    name: "deprecated-builtin",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a builtin that Nix itself calls deprecated",
    page: include_str!("deprecated_builtin.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_SELECT, SyntaxKind::NODE_IDENT], check),
};

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    // Nearly every name ends here. Not the last token of the node: `a.b or a.b or …` nests to the right.
    let length = usize::from(node.text_range().len());
    let fits = |name: &&str| length == name.len() || length == name.len() + "__".len();
    if node.kind() == SyntaxKind::NODE_IDENT && !DEPRECATED.iter().any(fits) {
        return;
    }
    let it = Green::new(node);
    let named = match it.kind() {
        SyntaxKind::NODE_SELECT => it.node(SyntaxKind::NODE_ATTRPATH).and_then(|path| path.nodes().last()),
        _ => Some(it),
    };
    let Some(last) = named.and_then(|it| it.tokens().last()) else { return };
    let text = last.text();
    if !DEPRECATED.contains(&text.strip_prefix("__").unwrap_or(text)) {
        return;
    }
    let Some(tree) = cx.tree() else { return };
    let Some(builtin) = ast::Expr::cast(node.clone()).and_then(|expr| tree.scopes.builtin(&expr))
    else {
        return;
    };
    if let Some(instead) = builtin.deprecated {
        let message = format!("`builtins.{}` is deprecated", builtin.name);
        cx.report(last.range(), message)
            .help(format!("write {instead}"));
    }
}
