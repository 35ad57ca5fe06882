//! A patch of which nobody says why.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-patch-comment",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "a patch without a comment that says why",
    page: include_str!("missing_patch_comment.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        let Some(entry) = package.entry("patches") else { continue };
        let Some(value) = &entry.value else { continue };
        if is_commented(&entry.statement, cx, false) {
            continue;
        }
        for item in packages::items(value, tree) {
            if !is_commented(item.expr.syntax(), cx, true) {
                let finding = cx.report(item.expr.syntax().text_range(), "nothing says why this patch is here");
                finding.note("whoever updates the package cannot tell whether it is still needed");
                finding.help("say above it what it mends, and where it was sent");
            }
        }
    }
}

/// Whether a comment stands above a node; for an item also inside of it, or behind it on its line.
fn is_commented(node: &SyntaxNode, cx: &FileCx<'_>, item: bool) -> bool {
    let blank = |token: &SyntaxToken| token.kind() == SyntaxKind::TOKEN_WHITESPACE;
    let mut above = node.first_token().and_then(|it| it.prev_token());
    while above.as_ref().is_some_and(blank) {
        above = above.and_then(|it| it.prev_token());
    }
    // A comment behind the item before, on its line, speaks of that one.
    if let Some(comment) = above.filter(|it| it.kind() == SyntaxKind::TOKEN_COMMENT) {
        let line = cx.text(TextRange::new(TextSize::from(0), comment.text_range().start()));
        if line.rsplit('\n').next().is_some_and(|it| it.trim().is_empty()) || !line.contains('\n') {
            return true;
        }
        let before = line.rsplit('\n').next().unwrap_or_default().trim_end();
        if before.ends_with(['[', '=']) {
            return true;
        }
    }
    if !item {
        return false;
    }
    if comments::any_in(node, node.text_range()) {
        return true;
    }
    let mut behind = node.last_token().and_then(|it| it.next_token());
    while behind.as_ref().is_some_and(|it| blank(it) && !it.text().contains('\n')) {
        behind = behind.and_then(|it| it.next_token());
    }
    behind.is_some_and(|it| it.kind() == SyntaxKind::TOKEN_COMMENT)
}
