//! `x: f x`, which is `f`.

use std::collections::BTreeSet;

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "eta-reduction",
    group: Group::Tidy,
    level: Level::Off,
    fix: FixKind::Unsafe,
    summary: "`x: f x`, which is `f`",
    page: include_str!("eta_reduction.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_LAMBDA], check),
};

/// Attributes whose values must be functions to the eye: others call them, or read their arguments.
const INTERFACES: &[&str] = &[
    "darwinModules",
    "flakeModules",
    "homeManagerModules",
    "homeModules",
    "nixosModules",
    "outputs",
    "overlay",
    "overlays",
];

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let (Some(param), Some(apply)) = (node.first_child(), node.last_child()) else {
        return;
    };
    if param.kind() != SyntaxKind::NODE_IDENT_PARAM || apply.kind() != SyntaxKind::NODE_APPLY {
        return;
    }
    let (Some(function), Some(argument)) = (apply.first_child(), apply.last_child()) else {
        return;
    };
    let ident = |it: &SyntaxNode| it.kind() == SyntaxKind::NODE_IDENT;
    if !ident(&function) || !ident(&argument) || cx.text_of(&argument) != cx.text_of(&param) {
        return;
    }
    let name = cx.text_of(&function);
    if name == cx.text_of(&argument) {
        return;
    }
    let Some(tree) = cx.sound_tree() else { return };
    if interface(node) || !known(tree, node, &function) {
        return;
    }
    let mut message = format!("`{}` is `{name}`", cx.brief(node).unwrap_or("this function"));
    if node.parent().is_some_and(|it| it.kind() == SyntaxKind::NODE_LAMBDA) {
        message.push_str(" (a function of one argument that returns a function)");
    }
    let (whole, part) = (node.text_range(), function.text_range());
    let comment = comments::any_in(node, whole);
    let finding = cx.report(whole, message);
    if comment {
        finding.help("a comment stands in the way of rewriting it");
        return;
    }
    let fix = Fix::r#unsafe(format!("write `{name}`")).keep(whole, part, "", "");
    finding.fix_if(fix.joined(&tree.root));
}

/// Whether it is a value of `outputs`, of `overlays.x` and the like.
fn interface(node: &SyntaxNode) -> bool {
    let mut at = node.parent();
    while let Some(it) = at {
        match it.kind() {
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let path = ast::AttrpathValue::cast(it.clone()).and_then(|it| it.attrpath());
                let keys = path.iter().flat_map(|path| path.attrs());
                if keys.map(|attr| attrpath::key(&attr)).any(|key| {
                    key.name().is_some_and(|name| INTERFACES.contains(&name))
                }) {
                    return true;
                }
            }
            SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_PAREN => {}
            _ => return false,
        }
        at = it.parent();
    }
    false
}

/// Whether the function is a builtin, one of `lib`, or a lambda of the file that does not come back here.
fn known(tree: &Tree, node: &SyntaxNode, function: &SyntaxNode) -> bool {
    let scopes = &tree.scopes;
    let Some(expr) = ast::Expr::cast(function.clone()) else {
        return false;
    };
    if scopes.builtin(&expr).is_some() || scopes.lib_function(&expr).is_some() {
        return true;
    }
    let Some(To::Name(id)) = scopes.resolve(function).map(|it| it.to) else {
        return false;
    };
    let lambda = scopes
        .value_node(&tree.root, id)
        .is_some_and(|it| matches!(expr::strip_parens(it), ast::Expr::Lambda(_)));
    lambda && !reaches(scopes, id, node.text_range())
}

/// Whether a name needs a value that holds `range`: replaced by the name, it would need itself.
fn reaches(scopes: &Scopes, id: NameId, range: TextRange) -> bool {
    let mut seen = BTreeSet::from([id]);
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        for part in scopes.parts(id) {
            if part.value.contains_range(range) {
                return true;
            }
            for it in scopes.refs_in(part.value) {
                if let To::Name(next) = it.to
                    && seen.insert(next)
                {
                    open.push(next);
                }
            }
        }
    }
    false
}
