//! A boolean compared with `true` or `false`.

use lint_api::prelude::*;
use lint_api::syntax::boolean;

/// The lint.
pub static LINT: Lint = Lint {
    name: "bool-comparison",
    group: Group::Tidy,
    level: Level::Info,
    fix: FixKind::Safe,
    summary: "`x == true` where x is a boolean whatever happens",
    page: include_str!("bool_comparison.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_BIN_OP], may_be, check),
};

/// Most operators have no plain name beside them.
fn may_be(it: Green<'_>) -> bool {
    it.tokens().any(|it| matches!(it.kind(), SyntaxKind::TOKEN_EQUAL | SyntaxKind::TOKEN_NOT_EQUAL))
        && it.nodes().any(|it| matches!(it.kind(), SyntaxKind::NODE_IDENT | SyntaxKind::NODE_PAREN))
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some((tree, op)) = cx.sound_tree().zip(ast::BinOp::cast(node.clone())) else {
        return;
    };
    let Some(found) = boolean::comparison(&tree.scopes, &tree.root, &op) else {
        return;
    };
    let (whole, kept) = (node.text_range(), found.kept.syntax().text_range());
    let what = match cx.brief(found.kept.syntax()) {
        Some(text) => format!("`{text}`"),
        None => "a boolean".to_owned(),
    };
    let verb = if found.negated { "only negates it" } else { "changes nothing" };
    let (head, tail) = (
        TextRange::new(whole.start(), kept.start()),
        TextRange::new(kept.end(), whole.end()),
    );
    let comment = comments::any_in(node, head) || comments::any_in(node, tail);
    let at = op
        .syntax()
        .children_with_tokens()
        .filter_map(|it| it.into_token())
        .find(|it| !it.kind().is_trivia())
        .map_or(whole, |it| it.text_range());
    let finding = cx.report(at, format!("comparing {what} with `{}` {verb}", found.literal));
    if comment {
        finding.help("a comment stands in the way of rewriting it");
        return;
    }
    let title = "leave out the comparison";
    // What is left binds at least as tightly as `==` did: it needs no parentheses here.
    let fix = match (boolean::literal(&tree.scopes, &found.kept), found.negated) {
        (Some(value), negated) => {
            Fix::safe(title).replace(whole, (value != negated).to_string())
        }
        (None, false) => Fix::safe(title).keep(whole, kept, "", ""),
        (None, true) if boolean::needs_parens_negated(&found.kept) => {
            Fix::safe(title).keep(whole, kept, "!(", ")")
        }
        (None, true) => Fix::safe(title).keep(whole, kept, "!", ""),
    };
    finding.fix_if(fix.joined(&tree.root));
}
