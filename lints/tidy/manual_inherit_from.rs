//! `x = a.x;`, which is `inherit (a) x;`.

use lint_api::prelude::*;
use lint_api::syntax::repeated::{self, Repeated};

/// The lint.
pub static LINT: Lint = Lint {
    name: "manual-inherit-from",
    group: Group::Tidy,
    level: Level::Off,
    fix: FixKind::Safe,
    summary: "`x = a.x;`, which is `inherit (a) x;`",
    page: include_str!("manual_inherit_from.md"),
    options: Options::of::<MergeInherits>(),
    check: Check::Node(&[SyntaxKind::NODE_ATTRPATH_VALUE], check),
};

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    // Cheap, and says no to most bindings.
    if node.last_child().is_none_or(|it| it.kind() != SyntaxKind::NODE_SELECT) {
        return;
    }
    let Some(tree) = cx.sound_tree() else { return };
    let Some(found) = repeated::from(&tree.scopes, node) else {
        return;
    };
    let text = cx.file.text.contents();
    let source = found.source_text(text).unwrap_or_default();
    let comment = comments::any_in(node, node.text_range());
    let fix = fix(tree, node, &found, text, cx.options::<MergeInherits>().merge);
    let message = format!("`inherit ({source}) {};` says the same", found.name);
    let finding = cx.report(found.key, message);
    if comment {
        finding.help("a comment stands in the way of rewriting it");
    } else {
        finding.fix_if(fix);
    }
}

fn fix(
    tree: &Tree,
    node: &SyntaxNode,
    found: &Repeated,
    text: &str,
    merge: bool,
) -> Option<Fix> {
    let fix = Fix::safe("write `inherit`");
    let source = found.source_text(text)?;
    if merge {
        let block = repeated::block(node, |it| {
            repeated::from(&tree.scopes, it).filter(|it| it.source_text(text) == Some(source))
        });
        if let [(first, _), .., (last, _)] = block.as_slice() {
            let names = block.iter().map(|(_, it)| it.name.as_str());
            let range = first.text_range().cover(last.text_range());
            return fix
                .replace(range, repeated::one(&format!("inherit ({source})"), names, first))
                .joined(&tree.root);
        }
    }
    fix.replace(
        found.key.cover(found.value),
        format!("inherit ({source}) {}", found.name),
    )
    .joined(&tree.root)
}
