//! A `let` directly in a `let`, that can be one.

use std::collections::BTreeSet;

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "collapsible-let",
    group: Group::Tidy,
    level: Level::Info,
    fix: FixKind::Safe,
    summary: "`let … in let … in` that can be one `let`",
    page: include_str!("collapsible_let.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_LET_IN], may_be, check),
};

fn may_be(it: Green<'_>) -> bool {
    it.node(SyntaxKind::NODE_LET_IN).is_some()
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    // The outermost of a chain speaks for all.
    let inside = node
        .parent()
        .is_some_and(|it| it.kind() == SyntaxKind::NODE_LET_IN);
    let Some(first) = ast::LetIn::cast(node.clone()) else {
        return;
    };
    if inside || !matches!(first.body(), Some(ast::Expr::LetIn(_))) {
        return;
    }
    let Some(tree) = cx.sound_tree() else { return };
    // All `let` that become one, with the names that they bind.
    let (mut start, mut bound) = (first.clone(), keys(&first));
    let mut outer = first;
    while let Some(ast::Expr::LetIn(inner)) = outer.body() {
        let names = keys(&inner);
        match (&mut bound, names) {
            (Some(bound), Some(names)) if fits(tree, &start, &outer, &inner, bound, &names) => {
                report(cx, tree, &outer, &inner);
                bound.extend(names);
            }
            (_, names) => (start, bound) = (inner.clone(), names),
        }
        outer = inner;
    }
}

/// The names that a `let` binds. `None` if a key is computed, or there is none: `empty-let` tells that.
fn keys(it: &ast::LetIn) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in it.entries() {
        match entry {
            ast::Entry::Inherit(it) => {
                for attr in it.attrs() {
                    names.insert(attrpath::key(&attr).name()?.to_owned());
                }
            }
            ast::Entry::AttrpathValue(it) => {
                let keys = attrpath::keys(&it.attrpath()?);
                if keys.iter().any(|key| key.name().is_none()) {
                    return None;
                }
                names.insert(keys.first()?.name()?.to_owned());
            }
        }
    }
    (!names.is_empty()).then_some(names)
}

fn fits(
    tree: &Tree,
    start: &ast::LetIn,
    outer: &ast::LetIn,
    inner: &ast::LetIn,
    bound: &BTreeSet<String>,
    names: &BTreeSet<String>,
) -> bool {
    let Some(end) = outer.in_token() else {
        return false;
    };
    // Operators look for `__sub` and its kin.
    if names.iter().any(|name| bound.contains(name) || name.starts_with("__")) {
        return false;
    }
    // What the inner `let` takes from outside must still be outside.
    let takes = inner.inherits().filter(|it| it.from().is_none()).any(|it| {
        it.attrs()
            .any(|attr| attrpath::key(&attr).name().is_none_or(|name| bound.contains(name)))
    });
    // What the outer one has from further outside, or through `with`, must not become an inner name.
    let head = TextRange::new(start.syntax().text_range().start(), end.text_range().start());
    let scopes = &tree.scopes;
    !takes
        && !scopes.refs_in(head).iter().any(|it| {
            names.contains(scopes.text(it.symbol))
                && match it.to {
                    To::Name(id) => !head.contains_range(scopes.name(id).at),
                    _ => true,
                }
        })
}

fn report(cx: &mut FileCx<'_>, tree: &Tree, outer: &ast::LetIn, inner: &ast::LetIn) {
    let (Some(end), Some(again), Some(begin)) =
        (outer.in_token(), inner.let_token(), outer.let_token())
    else {
        return;
    };
    let mut range = TextRange::new(end.text_range().start(), again.text_range().end());
    let comment = comments::any_in(outer.syntax(), range);
    let after = remove::word(&again);
    let line_ends = cx.text(TextRange::new(after.end(), tree.root.text_range().end()));
    range = if line_ends.starts_with(['\n', '\r']) {
        // The line end behind the inner `let` is enough.
        let space = end
            .prev_token()
            .filter(|it| it.kind() == SyntaxKind::TOKEN_WHITESPACE);
        TextRange::new(space.map_or(range.start(), |it| it.text_range().start()), after.end())
    } else {
        TextRange::new(range.start(), after.end())
    };
    let finding = cx.report(again.text_range(), "these two `let` can be one");
    finding.label(begin.text_range(), "the outer one");
    if comment {
        finding.help("a comment stands in the way of joining them");
        return;
    }
    finding.fix_if(Fix::safe("make them one").delete(range).joined(&tree.root));
}
