//! `NIX_CFLAGS_COMPILE` beside the attributes of a package instead of in `env`.

use lint_api::prelude::*;
use lint_api::repo::packages;

/// The lint.
pub static LINT: Lint = Lint {
    name: "variable-outside-env",
    group: Group::Packaging,
    level: Level::Off,
    fix: FixKind::Unsafe,
    summary: "NIX_CFLAGS_COMPILE, NIX_LDFLAGS, PKG_CONFIG_… as attributes, not in `env`",
    page: include_str!("variable_outside_env.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        for entry in &package.entries {
            let Some(name) = entry.name() else { continue };
            if !matches!(name, "NIX_CFLAGS_COMPILE" | "NIX_LDFLAGS" | "NIX_CFLAGS_LINK") && !name.starts_with("PKG_CONFIG_") {
                continue;
            }
            let fix = is_text(entry.value.as_ref(), tree)
                && !package.maker.overrides()
                && package.set.rec_token().is_none()
                && !package.entries.iter().any(|it| it.name() == Some("env"));
            let at = entry.at;
            let name = name.to_owned();
            let finding = cx.report(at, format!("`{name}` is a variable of the environment: it belongs in `env`"));
            finding.note("an attribute is passed on as a variable only as long as `__structuredAttrs` is off");
            finding.help(format!("`env.{name} = …;`"));
            if fix {
                finding.fix(Fix::r#unsafe("move it into `env`").insert(at.start(), "env."));
            }
        }
    }
}

/// Whether a value is plainly a string: `env` takes nothing else, not even a list.
fn is_text(value: Option<&ast::Expr>, tree: &Tree) -> bool {
    let Some(value) = value else { return false };
    match expr::strip_parens(value.clone()) {
        ast::Expr::Str(_) => true,
        it @ ast::Expr::Apply(_) => {
            let (head, _) = expr::call(&it);
            tree.scopes.resolves_to_builtin(&head, "toString")
                || ["optionalString", "concatStringsSep", "concatStrings"].iter().any(|name| tree.scopes.resolves_to_lib(&head, name))
        }
        _ => false,
    }
}
