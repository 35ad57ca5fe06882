//! `config = { imports = [ … ]; }`: below `config` every key is an option.

use lint_api::prelude::*;
use lint_api::repo::modules::{Evidence, Module};
use lint_api::syntax::ast::BinOpKind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "misplaced-imports",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`imports` under `config`, in `mkIf`, in a `mkMerge` element",
    page: include_str!("misplaced_imports.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for module in &tree.modules().modules {
        if module.evidence == Evidence::Path {
            continue;
        }
        for value in module.values("config") {
            settings(value, "it belongs beside `config`, not into it", tree, cx);
        }
        body(module, tree, cx);
        // `imports = [ (mkIf c { imports = …; }) ]`
        for imports in module.values("imports") {
            let ast::Expr::List(list) = expr::strip_parens(imports) else { continue };
            for item in list.items() {
                if tree.names().wrapper(&item).is_some() {
                    settings(item, "it belongs at the root of the module", tree, cx);
                }
            }
        }
    }
}

/// A body `mkIf c { … }` or `mkMerge [ … ]`.
fn body(module: &Module, tree: &Tree, cx: &mut FileCx<'_>) {
    if tree.names().wrapper(&module.body).is_some() {
        settings(module.body.clone(), "it belongs at the root of the module", tree, cx);
    }
}

/// The first keys of settings.
fn settings(value: ast::Expr, place: &str, tree: &Tree, cx: &mut FileCx<'_>) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match expr::strip_prefixes(value) {
            ast::Expr::AttrSet(set) => {
                for binding in Green::new(set.syntax()).nodes() {
                    let path = binding.node(SyntaxKind::NODE_ATTRPATH);
                    let Some(first) = path.and_then(|path| path.nodes().next()) else { continue };
                    if let Some(name @ ("imports" | "options" | "config")) = first.key().as_deref() {
                        let message = format!("`{name}` is no option: {place}");
                        let finding = cx.report(first.range(), message);
                        finding.note(format!("Nix says: The option `{name}' does not exist."));
                        if name == "imports" {
                            finding.help("import always, and guard what the imported module sets with `lib.mkIf`");
                        }
                    }
                }
            }
            ast::Expr::BinOp(op) if op.operator() == Some(BinOpKind::Update) => {
                open.extend(op.rhs());
                open.extend(op.lhs());
            }
            value @ ast::Expr::Apply(_) => {
                let Some((name, mut arguments)) = tree.names().wrapper(&value) else { continue };
                match (name, arguments.pop()) {
                    ("mkMerge", Some(list)) => {
                        if let ast::Expr::List(list) = expr::strip_parens(list) {
                            let first = open.len();
                            open.extend(list.items());
                            open[first..].reverse();
                        }
                    }
                    (_, content) => open.extend(content),
                }
            }
            _ => {}
        }
    }
}
