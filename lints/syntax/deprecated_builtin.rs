//! A builtin that Nix itself calls deprecated.

use lint_api::prelude::*;
use lint_api::syntax::builtins::DEPRECATED;
use lint_api::syntax::place;

/// The lint.
pub static LINT: Lint = Lint {
    name: "deprecated-builtin",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a builtin that Nix itself calls deprecated",
    page: include_str!("deprecated_builtin.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let file = cx.file;
    for at in file.facts.outline.words(file.text.contents(), DEPRECATED) {
        let named = place::named_at(&tree.root, at).and_then(ast::Expr::cast);
        let Some(builtin) = named.and_then(|expr| tree.scopes.builtin(&expr)) else { continue };
        if let Some(instead) = builtin.deprecated {
            let message = format!("`builtins.{}` is deprecated", builtin.name);
            cx.report(at, message).help(format!("write {instead}"));
        }
    }
}
