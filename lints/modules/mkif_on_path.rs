//! `imports = [ (mkIf c ./x.nix) ]`: imports cannot be conditional.

use lint_api::prelude::*;
use lint_api::repo::modules::Evidence;
use lint_api::syntax::ast::BinOpKind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "mkif-on-path",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`imports = mkIf …`, `imports = [ (mkIf c ./x.nix) ]`",
    page: include_str!("mkif_on_path.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for module in &tree.modules().modules {
        if module.evidence == Evidence::Path {
            continue;
        }
        for imports in module.values("imports") {
            list(imports, tree, cx);
        }
    }
}

/// The value of `imports`, or an operand of `++` in it.
fn list(imports: ast::Expr, tree: &Tree, cx: &mut FileCx<'_>) {
    let mut open = vec![imports];
    while let Some(value) = open.pop() {
        let value = expr::strip_prefixes(value);
        match &value {
            ast::Expr::List(it) => {
                for item in it.items() {
                    element(&item, tree, cx);
                }
            }
            ast::Expr::BinOp(op) if op.operator() == Some(BinOpKind::Concat) => {
                open.extend(op.rhs());
                open.extend(op.lhs());
            }
            ast::Expr::Apply(_) => {
                if let Some((name, _)) = tree.names().wrapper(&value) {
                    let message = format!("`imports` cannot be conditional: `{name}` gives no list");
                    let finding = cx.report(head_of(&value), message);
                    finding.note("Nix says: value is a set while a list was expected");
                    finding.help("import always, and use `lib.mkIf` in the module; or `lib.optionals` if the condition does not need `config`");
                }
            }
            _ => {}
        }
    }
}

fn element(item: &ast::Expr, tree: &Tree, cx: &mut FileCx<'_>) {
    let Some((name, arguments)) = tree.names().wrapper(item) else { return };
    if name == "mkMerge" {
        let finding = cx.report(head_of(item), "a module in `imports` cannot be `mkMerge`");
        finding.note("Nix says: Expected a module, but found a value of type \"merge\"");
        finding.help("list the parts, or make it a function: `({ ... }: lib.mkMerge [ … ])`");
        return;
    }
    let Some(content) = arguments.last() else { return };
    let what = match expr::strip_parens(content.clone()) {
        ast::Expr::PathRel(_) | ast::Expr::PathAbs(_) | ast::Expr::PathHome(_) | ast::Expr::Str(_) => "file",
        ast::Expr::List(_) => "list",
        ast::Expr::Lambda(_) => "function",
        ast::Expr::Select(select) if is_module_output(&select) => "file",
        _ => return,
    };
    let message = format!("a {what} cannot be imported through `{name}`");
    let finding = cx.report(head_of(item), message);
    finding.note("it fails whether the condition holds or not: the module system takes the content as settings");
    finding.help("import always, and use `lib.mkIf` in the module; or `lib.optional` if the condition does not need `config`");
}

/// `inputs.x.nixosModules.y`, `self.homeModules.z`
fn is_module_output(select: &ast::Select) -> bool {
    select.or_token().is_none()
        && select.attrpath().is_some_and(|path| {
            attrpath::keys(&path).iter().any(|key| key.name().is_some_and(|name| name.ends_with("Modules")))
        })
}

fn head_of(call: &ast::Expr) -> TextRange {
    expr::call(call).0.syntax().text_range()
}
