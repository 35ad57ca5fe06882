//! A `rec` set that is one of several definitions of the same set.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use merge::{Join, SetKind};

/// The lint.
pub static LINT: Lint = Lint {
    name: "merged-rec-set",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a `rec` set merged with another definition: its `rec` is lost, or the other falls into it",
    page: include_str!("merged_rec_set.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for join in &tree.scopes.merged().joins {
        if tree.scopes.merged().set(join.set).kind == SetKind::Rec {
            captured(cx, tree, join);
        } else {
            ignored(cx, tree, join);
        }
    }
}

/// `{ a.c = 1; a = rec { b = 2; d = b; }; }`
fn ignored(cx: &mut FileCx<'_>, tree: &Tree, join: &Join) {
    let merged = tree.scopes.merged();
    let Some(owner) = merged.set(join.set).owner else {
        return;
    };
    let keys: BTreeSet<_> = merged
        .attrs()
        .filter(|(_, attr)| attr.set == join.set)
        .map(|(_, attr)| attr.symbol)
        .collect();
    let lost: BTreeSet<&str> = tree
        .scopes
        .refs_in(join.at)
        .iter()
        .filter(|it| !matches!(it.to, To::Name(_)) && keys.contains(&it.symbol))
        .map(|it| tree.scopes.text(it.symbol))
        .collect();
    let path = merged.path_text(&tree.scopes, owner);
    let keyword = TextRange::at(join.at.start(), TextSize::of("rec"));
    let first = merged.attr(owner).at;
    let finding = cx.report(
        keyword,
        format!("this `rec` is ignored, because `{path}` was begun without it"),
    );
    finding.label(first, "begun here");
    for name in lost {
        finding.note(format!("`{name}` does not mean `{path}.{name}` inside"));
    }
}

/// `{ a = rec { b = 1; }; a.c = b; }`
fn captured(cx: &mut FileCx<'_>, tree: &Tree, join: &Join) {
    let scopes = &tree.scopes;
    let merged = scopes.merged();
    let Some(owner) = merged.set(join.set).owner else {
        return;
    };
    let into = |id: NameId| {
        scopes.scope(scopes.name(id).scope).set == Some(join.set)
            // What a second `rec` binds itself is what its author expects.
            && !(join.rec && scopes.parts(id).iter().any(|part| join.at.contains_range(part.key)))
    };
    let found = scopes
        .refs_in(join.at)
        .iter()
        .find(|it| matches!(it.to, To::Name(id) if into(id)));
    let Some(it) = found else { return };
    let path = merged.path_text(scopes, owner);
    let name = scopes.text(it.symbol);
    cx.report(
        it.at,
        format!("`{name}` here is `{path}.{name}`, because `{path}` was begun as `rec`"),
    )
    .label(
        TextRange::at(merged.set(join.set).at.start(), TextSize::of("rec")),
        "this `rec`",
    );
}
