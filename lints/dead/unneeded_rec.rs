//! A `rec` set that does not refer to itself.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::syntax::place::token_after;
use merge::SetKind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "unneeded-rec",
    group: Group::Dead,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "a `rec` set whose names nothing in it uses",
    page: include_str!("unneeded_rec.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let scopes = &tree.scopes;
    let merged_with_rec = merged_with_rec(tree);
    let mut live = None;
    for (id, scope) in scopes.all_scopes() {
        let Some(set) = scope.set else { continue };
        if scopes.merged().set(set).kind != SetKind::Rec {
            continue;
        }
        let needed = scopes.names_of(id).any(|(id, name)| {
            scopes.refs_of(id).len() > 0 || scopes.text(name.symbol) == "__overrides"
        });
        if needed || merged_with_rec.contains(&set) {
            continue;
        }
        let live = live.get_or_insert_with(|| Live::of(scopes, |name| name.starts_with('_')));
        if !live.unit(scope.unit) {
            continue;
        }
        let keyword = token_after(&tree.root, scope.at.start())
            .filter(|token| token.kind() == SyntaxKind::TOKEN_REC);
        let Some(keyword) = keyword else { continue };
        let fix = Fix::safe("remove `rec`")
            .delete(remove::word(&keyword))
            .joined(&tree.root);
        cx.report(
            keyword.text_range(),
            "nothing in this set refers to its own names",
        )
        .fix_if(fix);
    }
}

/// Sets with a second definition that says `rec` too: taking the first away would change the second.
fn merged_with_rec(tree: &Tree) -> BTreeSet<merge::SetId> {
    let joins = &tree.scopes.merged().joins;
    joins
        .iter()
        .filter(|join| join.rec)
        .map(|join| join.set)
        .collect()
}
