//! A tool of the build among the libraries: `buildInputs = [ cmake ]`.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "build-tool-in-build-inputs",
    group: Group::Packaging,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "cmake, pkg-config and other tools of the build in `buildInputs`",
    page: include_str!("build_tool_in_build_inputs.md"),
    options: Options::of::<Names>(),
    check: Check::File(check),
};

/// Tools that are not libraries as well.
const TOOLS: &[&str] = &[
    "asciidoctor", "autoPatchelfHook", "autoconf", "automake", "autoreconfHook", "bison", "cmake", "copyDesktopItems",
    "desktop-file-utils", "gnum4", "gtk-doc", "help2man", "installShellFiles", "intltool", "makeBinaryWrapper",
    "makeWrapper", "meson", "ninja", "pkg-config", "pkgconf", "scons", "unzip", "wayland-scanner", "wrapGAppsHook",
    "wrapGAppsHook3", "wrapGAppsHook4", "wrapQtAppsHook",
];

/// The options of the lint.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Names {
    /// Further tools.
    pub tools: Vec<String>,
    /// Names that are no tools here.
    pub except: Vec<String>,
}

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let options = cx.options::<Names>();
    let is_tool = |name: &str| {
        (TOOLS.contains(&name) || options.tools.iter().any(|it| it == name))
            && !options.except.iter().any(|it| it == name)
    };
    for package in packages::of(cx.file, tree) {
        let Some(value) = package.value("buildInputs") else { continue };
        let tools: Vec<(ast::Expr, String)> = packages::items(value, tree)
            .into_iter()
            .filter_map(|item| {
                let name = expr::last_name(&item.expr)?.into_owned();
                (is_tool(&name) && !is_own(&item.expr, tree)).then_some((item.expr, name))
            })
            .collect();
        let mut fix = fix(&package, value, &tools, cx);
        for (item, name) in &tools {
            let message = format!("`{name}` runs on the building machine: it belongs in `nativeBuildInputs`");
            let finding = cx.report(item.syntax().text_range(), message);
            finding.note("in `buildInputs` it is one for the machine that the package is for: a cross build finds none that it can run");
            finding.help(format!("move `{name}` to `nativeBuildInputs`"));
            // All of them move at once.
            if let Some(fix) = fix.take() {
                finding.fix(fix);
            }
        }
    }
}

/// A name that this file gives to something.
fn is_own(item: &ast::Expr, tree: &Tree) -> bool {
    let ast::Expr::Ident(ident) = expr::strip_parens(item.clone()) else { return false };
    let Some(To::Name(id)) = tree.scopes.resolve(ident.syntax()).map(|it| &it.to) else { return false };
    matches!(tree.scopes.name(*id).kind, NameKind::Let | NameKind::Rec)
}

/// What stands before a list, `with pkgs; ` or nothing, and the list.
fn plain_list<'a>(value: &ast::Expr, cx: &FileCx<'a>) -> Option<(&'a str, ast::List)> {
    let list = match value {
        ast::Expr::List(list) => list.clone(),
        ast::Expr::With(with) => match with.body()? {
            ast::Expr::List(list) => list,
            _ => return None,
        },
        _ => return None,
    };
    let start = list.syntax().text_range().start();
    Some((cx.text(TextRange::new(value.syntax().text_range().start(), start)), list))
}

/// Moves the tools of a plain list into the other one, or makes that one.
fn fix(package: &packages::Attributes, value: &ast::Expr, tools: &[(ast::Expr, String)], cx: &FileCx<'_>) -> Option<Fix> {
    let (before, list) = plain_list(value, cx)?;
    let entry = package.entry("buildInputs")?;
    let whole = list.syntax().text_range();
    if tools.is_empty() || package.is_open() || comments::any_in(list.syntax(), whole) {
        return None;
    }
    let all = list.items().count() == tools.len();
    let words: Vec<&str> = tools.iter().map(|(item, _)| cx.text_of(item.syntax())).collect();
    let words = words.join(" ");
    let mut fix = Fix::r#unsafe("move it to `nativeBuildInputs`");
    if !package.has("nativeBuildInputs") {
        if all {
            return Some(fix.replace(entry.at, "nativeBuildInputs"));
        }
        let start = entry.statement.text_range().start();
        let line = cx.text(TextRange::new(TextSize::from(0), start));
        let indent = line.rsplit('\n').next().filter(|it| it.trim().is_empty());
        let gap = indent.map_or_else(|| " ".to_owned(), |indent| format!("\n{indent}"));
        fix = fix.insert(start, format!("nativeBuildInputs = {before}[ {words} ];{gap}"));
    } else {
        let (other, native) = plain_list(package.value("nativeBuildInputs")?, cx)?;
        if other != before {
            return None;
        }
        match native.items().last() {
            Some(last) => {
                let end = last.syntax().text_range().end();
                let line = cx.text(TextRange::new(native.syntax().text_range().start(), end));
                // One item on a line, or all on one.
                let gap = match line.rsplit_once('\n') {
                    Some((_, last)) => format!("\n{}", &last[..last.len() - last.trim_start().len()]),
                    None => " ".to_owned(),
                };
                let words: Vec<&str> = tools.iter().map(|(item, _)| cx.text_of(item.syntax())).collect();
                fix = fix.insert(end, words.iter().map(|it| format!("{gap}{it}")).collect::<String>());
            }
            None => fix = fix.insert(native.syntax().text_range().start() + TextSize::from(1), format!(" {words}")),
        }
        if all {
            let removal = lint_api::syntax::remove::Removal::of(&entry.statement)?;
            let plain = removal.comments == lint_api::syntax::remove::Comments::None;
            return plain.then(|| fix.delete(removal.range));
        }
    }
    for (item, _) in tools {
        let at = item.syntax().text_range();
        let head = cx.text(TextRange::new(whole.start(), at.start()));
        let space = head.len() - head.trim_end().len();
        fix = fix.delete(TextRange::new(at.start() - TextSize::try_from(space).ok()?, at.end()));
    }
    Some(fix)
}
