//! An `inherit` that names nothing.

use lint_api::prelude::*;
use remove::{Comments, Removal};

/// The lint.
pub static LINT: Lint = Lint {
    name: "empty-inherit",
    group: Group::Tidy,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "`inherit;` and `inherit (e);`, which take nothing",
    page: include_str!("empty_inherit.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_INHERIT], may_be, check),
};

fn may_be(it: Green<'_>) -> bool {
    it.nodes().all(|it| it.kind() == SyntaxKind::NODE_INHERIT_FROM)
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some((tree, it)) = cx.tree().zip(ast::Inherit::cast(node.clone())) else {
        return;
    };
    let Some(keyword) = it.inherit_token() else { return };
    if it.attrs().next().is_some() {
        return;
    }
    let message = match it.from().map(|from| from.expr()) {
        None => "this `inherit` names nothing".to_owned(),
        Some(from) => match from.and_then(|from| cx.brief(from.syntax())) {
            Some(source) => format!("this `inherit` takes nothing from `{source}`"),
            None => "this `inherit` takes nothing from its source".to_owned(),
        },
    };
    let finding = cx.report(keyword.text_range(), message);
    let Some(removal) = Removal::of(node) else { return };
    let fix = match removal.comments {
        Comments::None => Fix::safe("remove it").delete(removal.range),
        Comments::Attached => Fix::r#unsafe("remove it and its comment").delete(removal.wide),
        Comments::Inside => {
            finding.help("a comment stands in the way of removing it");
            return;
        }
    };
    finding.fix_if(fix.joined(&tree.root));
}
