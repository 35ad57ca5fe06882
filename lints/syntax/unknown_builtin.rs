//! `builtins.x` that no Nix has.

use lint_api::prelude::*;
use lint_api::syntax::{builtins, callee, nearest};

/// The lint.
pub static LINT: Lint = Lint {
    name: "unknown-builtin",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`builtins.x` that no implementation of Nix has",
    page: include_str!("unknown_builtin.md"),
    options: Options::of::<Settings>(),
    check: Check::File(check),
};

/// The settings of the lint.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Further names that a fork of Nix has.
    pub known: Vec<String>,
}

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let settings = cx.options::<Settings>();
    for it in tree.scopes.refs() {
        let To::Prelude(row) = it.to else { continue };
        if row.name() != "builtins" {
            continue;
        }
        let Some(base) = callee::expr_at(&tree.root, it.at) else {
            continue;
        };
        for attr in taken_from(base.syntax()) {
            let key = attrpath::key(&attr);
            let Some(name) = key.name() else { continue };
            if builtins::find(name).is_some()
                || settings.known.iter().any(|known| known == name)
                || is_guarded(attr.syntax(), name)
            {
                continue;
            }
            let finding = cx.report(
                attr.syntax().text_range(),
                format!("no Nix implementation has `builtins.{name}`"),
            );
            let public = builtins::TABLE.iter().filter(|builtin| !builtin.internal);
            if let Some(other) = nearest::nearest(name, public.map(|builtin| builtin.name)) {
                finding.help(format!("did you mean `builtins.{other}`?"));
            }
        }
    }
}

/// The names that are selected or inherited from `builtins`.
fn taken_from(base: &SyntaxNode) -> Vec<ast::Attr> {
    let Some(parent) = base.parent() else {
        return Vec::new();
    };
    match parent.kind() {
        SyntaxKind::NODE_SELECT if base.prev_sibling().is_none() => ast::Select::cast(parent)
            .filter(|select| select.or_token().is_none())
            .and_then(|select| select.attrpath()?.attrs().next())
            .into_iter()
            .collect(),
        SyntaxKind::NODE_INHERIT_FROM => parent
            .parent()
            .and_then(ast::Inherit::cast)
            .map(|inherit| inherit.attrs().collect())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Whether a condition around a place asks whether the builtin is there, or which Nix it is.
fn is_guarded(place: &SyntaxNode, name: &str) -> bool {
    place.ancestors().any(|node| {
        let parent = node.parent();
        let condition = match parent.as_ref().map(SyntaxNode::kind) {
            Some(SyntaxKind::NODE_IF_ELSE | SyntaxKind::NODE_BIN_OP | SyntaxKind::NODE_ASSERT) => {
                parent.and_then(|parent| parent.children().next())
            }
            // `lib.optionalAttrs (builtins ? x) { … }`
            Some(SyntaxKind::NODE_APPLY) => node.prev_sibling(),
            _ => None,
        };
        condition.is_some_and(|condition| asks_for(&condition, name))
    })
}

fn asks_for(condition: &SyntaxNode, name: &str) -> bool {
    condition.descendants().any(|node| match node.kind() {
        SyntaxKind::NODE_HAS_ATTR => ast::HasAttr::cast(node)
            .and_then(|it| it.attrpath()?.attrs().next())
            .is_some_and(|attr| attrpath::key(&attr).is(name)),
        SyntaxKind::NODE_STRING => ast::Str::cast(node)
            .and_then(|it| attrpath::static_string(&it))
            .is_some_and(|text| text == name),
        SyntaxKind::NODE_IDENT => {
            matches!(attrpath::ident_text(&node), "nixVersion" | "langVersion")
        }
        _ => false,
    })
}
