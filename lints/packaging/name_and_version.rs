//! `name` and `version` without `pname`.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "name-and-version",
    group: Group::Packaging,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "`name` and `version` without `pname`",
    page: include_str!("name_and_version.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        if !package.maker.makes() || package.has("pname") || package.is_open() || !package.has("version") {
            continue;
        }
        let Some(entry) = package.entry("name") else { continue };
        let Some(value) = entry.value.clone().map(expr::strip_parens) else { continue };
        let Some(prefix) = prefix(&value, cx) else { continue };
        let fix = fix(&package, entry, &value, prefix, tree, cx);
        let finding = cx.report(entry.at, "`version` without `pname`: tools cannot find the package");
        finding.note("`name` is made of the two when it is not given; search, updates and reports of faults look for `pname`");
        finding.help("write `pname = \"…\"` instead of `name`");
        if let Some(fix) = fix {
            finding.fix(fix);
        }
    }
}

/// The literal beginning of a name: `foo-` of `"foo-${version}"` and of `"foo-" + version`.
fn prefix<'a>(value: &ast::Expr, cx: &FileCx<'a>) -> Option<&'a str> {
    let string = match value {
        ast::Expr::Str(string) => string.syntax().clone(),
        ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Add) => match op.lhs()? {
            ast::Expr::Str(string) => string.syntax().clone(),
            _ => return None,
        },
        _ => return None,
    };
    let text = cx.text(string.text_range()).strip_prefix('"')?;
    let end = text.find("${").unwrap_or(text.len() - 1);
    Some(&text[..end]).filter(|it| !it.is_empty())
}

fn fix(
    package: &packages::Attributes,
    entry: &packages::Entry,
    value: &ast::Expr,
    prefix: &str,
    tree: &Tree,
    cx: &FileCx<'_>,
) -> Option<Fix> {
    let name = prefix.strip_suffix('-')?;
    let rest = match value {
        ast::Expr::Str(string) => cx.text_of(string.syntax()).strip_prefix('"')?.strip_prefix(prefix)?.strip_suffix('"')?,
        ast::Expr::BinOp(op) => cx.text_of(op.rhs()?.syntax()),
        _ => return None,
    };
    let version = rest.strip_prefix("${").and_then(|it| it.strip_suffix('}')).unwrap_or(rest).trim();
    // `name` may be used elsewhere in the set.
    let used = tree.scopes.refs_in(package.set.syntax().text_range()).iter().any(|it| match it.to {
        To::Name(id) => tree.scopes.name(id).at == entry.at,
        _ => false,
    });
    let asked = cx.text_of(package.set.syntax()).contains(".name");
    if !(version == "version" || version.ends_with(".version")) || name.contains(['\\', '$']) || used || asked {
        return None;
    }
    Some(
        Fix::r#unsafe("give a `pname`")
            .replace(entry.at, "pname")
            .replace(value.syntax().text_range(), format!("\"{name}\"")),
    )
}
