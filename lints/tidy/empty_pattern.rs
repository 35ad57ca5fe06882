//! A callback that takes any set and looks at nothing in it: `{ ... }: e`.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "empty-pattern",
    group: Group::Tidy,
    level: Level::Off,
    fix: FixKind::Unsafe,
    summary: "`{ ... }:` in a local callback",
    page: include_str!("empty_pattern.md"),
    options: Options::NONE,
    check: Check::Node(&[SyntaxKind::NODE_PATTERN], check),
};

/// Keys that make a module of a set.
const MODULE: &[&str] = &[
    "_class",
    "_module",
    "boot",
    "config",
    "disabledModules",
    "environment",
    "fileSystems",
    "flake",
    "hardware",
    "home",
    "homebrew",
    "imports",
    "networking",
    "nix",
    "nixpkgs",
    "options",
    "perSystem",
    "programs",
    "security",
    "services",
    "system",
    "systemd",
    "time",
    "users",
    "virtualisation",
    "wayland",
    "xdg",
];

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(pattern) = ast::Pattern::cast(node.clone()) else {
        return;
    };
    if node.first_child().is_some() || pattern.ellipsis_token().is_none() {
        return;
    }
    let Some(lambda) = node.parent().and_then(ast::Lambda::cast) else {
        return;
    };
    let (Some(tree), Some(body)) = (cx.sound_tree(), lambda.body()) else {
        return;
    };
    if !callback(lambda.syntax()) || module(body.clone()) {
        return;
    }
    // `_` may be somebody's name.
    let taken = tree
        .scopes
        .refs_in(body.syntax().text_range())
        .iter()
        .any(|it| tree.scopes.text(it.symbol) == "_");
    let comment = comments::any_in(node, node.text_range());
    let finding = cx.report(
        node.text_range(),
        "this callback ignores its argument: `_:` says so",
    );
    if taken || comment {
        finding.help(if comment {
            "a comment stands in the way of rewriting it"
        } else {
            "`_` is used below: take another name that begins with `_`"
        });
        return;
    }
    // `_:x` would be two names glued by a colon: a URL.
    let glued = lambda
        .syntax()
        .children_with_tokens()
        .filter_map(|it| it.into_token())
        .find(|it| it.kind() == SyntaxKind::TOKEN_COLON)
        .and_then(|it| it.next_token())
        .filter(|it| it.kind() != SyntaxKind::TOKEN_WHITESPACE);
    let mut fix = Fix::r#unsafe("write `_`").replace(node.text_range(), "_");
    if let Some(next) = glued {
        fix = fix.insert(next.text_range().start(), " ");
    }
    finding.fix_if(fix.joined(&tree.root));
}

/// Whether a lambda is an argument, or the value of a `let` name.
fn callback(lambda: &SyntaxNode) -> bool {
    let mut at = lambda.clone();
    while let Some(parent) = at.parent() {
        match parent.kind() {
            SyntaxKind::NODE_PAREN => at = parent,
            SyntaxKind::NODE_APPLY => return parent.first_child().as_ref() != Some(&at),
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                return parent
                    .parent()
                    .is_some_and(|it| it.kind() == SyntaxKind::NODE_LET_IN);
            }
            _ => return false,
        }
    }
    false
}

fn module(body: ast::Expr) -> bool {
    let ast::Expr::AttrSet(set) = expr::strip_prefixes(body) else {
        return false;
    };
    set.attrpath_values()
        .filter_map(|it| it.attrpath()?.attrs().next())
        .any(|attr| attrpath::key(&attr).name().is_some_and(|name| MODULE.contains(&name)))
}
