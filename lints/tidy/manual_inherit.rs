//! `x = x;`, which is `inherit x;`.

use lint_api::prelude::*;
use lint_api::syntax::repeated::{self, Repeated};

/// The lint.
pub static LINT: Lint = Lint {
    name: "manual-inherit",
    group: Group::Tidy,
    level: Level::Off,
    fix: FixKind::Safe,
    summary: "`x = x;`, which is `inherit x;`",
    page: include_str!("manual_inherit.md"),
    options: Options::of::<MergeInherits>(),
    check: Check::Node(&[SyntaxKind::NODE_ATTRPATH_VALUE], check),
};

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let Some(found) = repeated::name(&tree.scopes, node) else {
        return;
    };
    let comment = comments::any_in(node, node.text_range());
    let fix = fix(tree, node, &found, cx.options::<MergeInherits>().merge);
    let finding = cx.report(found.key, format!("`inherit {};` says the same", found.name));
    if comment {
        finding.help("a comment stands in the way of rewriting it");
    } else {
        finding.fix_if(fix);
    }
}

fn fix(tree: &Tree, node: &SyntaxNode, found: &Repeated, merge: bool) -> Option<Fix> {
    let fix = Fix::safe("write `inherit`");
    if merge {
        let block = repeated::block(node, |it| repeated::name(&tree.scopes, it));
        if let [(first, _), .., (last, _)] = block.as_slice() {
            let names = block.iter().map(|(_, it)| it.name.as_str());
            let range = first.text_range().cover(last.text_range());
            return fix
                .replace(range, repeated::one("inherit", names, first))
                .joined(&tree.root);
        }
    }
    fix.replace(found.key.cover(found.value), format!("inherit {}", found.name))
        .joined(&tree.root)
}
