//! A URL without quotes, and `x:y` that is one by accident.

use lint_api::prelude::*;
use lint_api::syntax::parse::Limits;

/// The lint.
pub static LINT: Lint = Lint {
    name: "url-literal",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "a URL without quotes, and `x:y` that is one by accident",
    page: include_str!("url_literal.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_LITERAL], may_be, check),
};

/// What stands before the `:` of a URL that is meant as one, even without `//`.
const SCHEMES: &[&str] = &[
    "channel",
    "file",
    "flake",
    "ftp",
    "git",
    "github",
    "gitlab",
    "hg",
    "http",
    "https",
    "mailto",
    "mirror",
    "path",
    "sourcehut",
    "ssh",
    "tarball",
];

fn may_be(literal: Green<'_>) -> bool {
    literal.has(SyntaxKind::TOKEN_URI)
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(token) = node
        .first_token()
        .filter(|token| token.kind() == SyntaxKind::TOKEN_URI)
    else {
        return;
    };
    let (at, text) = (token.text_range(), token.text());
    let root = node.tree_top();
    let Some((head, rest)) = text.split_once(':') else {
        return;
    };
    let lambda = head.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !rest.contains("//")
        && !SCHEMES.contains(&head.to_ascii_lowercase().as_str())
        // `lib:ib@token`: with a space it would be nothing at all.
        && lint_api::syntax::parse(&format!("{head}: {rest}"), Limits::default())
            .faults
            .is_empty();
    if lambda {
        // `map x:x [ ]`: what follows would become a part of the body.
        let stands_alone = node.parent().is_none_or(|it| {
            matches!(
                it.kind(),
                SyntaxKind::NODE_ROOT
                    | SyntaxKind::NODE_PAREN
                    | SyntaxKind::NODE_ATTRPATH_VALUE
                    | SyntaxKind::NODE_LAMBDA
                    | SyntaxKind::NODE_LET_IN
                    | SyntaxKind::NODE_WITH
            )
        });
        let function = if stands_alone {
            format!("{head}: {rest}")
        } else {
            format!("({head}: {rest})")
        };
        let fix = Fix::r#unsafe("write a space after the `:`").replace(at, function);
        cx.report(
            at,
            format!("`{text}` is a string, not a function: write `{head}: {rest}`"),
        )
        .note("without a space Nix reads a URL")
        .fix_if(fix.joined(&root));
        return;
    }
    let fix = Fix::safe("put it in quotes").replace(at, format!("\"{text}\""));
    cx.report(at, "quote this URL: unquoted ones are being removed from Nix")
        .fix_if(fix.joined(&root));
}
