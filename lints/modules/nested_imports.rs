//! `imports = [ [ … ] ]`, `optional c [ … ]` in imports.

use lint_api::prelude::*;
use lint_api::repo::modules::Evidence;
use lint_api::syntax::ast::BinOpKind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "nested-imports",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Safe,
    summary: "`imports = [ [ … ] ]`, `optional c [ … ]` in imports",
    page: include_str!("nested_imports.md"),
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
            let mut open = vec![imports];
            while let Some(value) = open.pop() {
                match expr::strip_prefixes(value) {
                    ast::Expr::BinOp(op) if op.operator() == Some(BinOpKind::Concat) => {
                        open.extend(op.rhs());
                        open.extend(op.lhs());
                    }
                    ast::Expr::List(list) => elements(&list, tree, cx),
                    value @ ast::Expr::Apply(_) => operand(&value, tree, cx),
                    _ => {}
                }
            }
        }
    }
}

/// A call whose result is an operand of `++`, or the whole of `imports`.
fn operand(call: &ast::Expr, tree: &Tree, cx: &mut FileCx<'_>) {
    let (head, arguments) = expr::call(call);
    let [_, content] = arguments.as_slice() else { return };
    let content = expr::strip_parens(content.clone());
    if tree.scopes.resolves_to_lib(&head, "optional") {
        if matches!(content, ast::Expr::List(_)) {
            let fix = optionals(&head, tree).map(|new| Fix::safe("use `optionals`").replace(head.syntax().text_range(), new));
            report(head.syntax().text_range(), "optional", cx, fix);
        }
    } else if tree.scopes.resolves_to_lib(&head, "optionals")
        && let ast::Expr::List(list) = content
    {
        elements(&list, tree, cx);
    }
}

/// The elements of a list that is a part of `imports`.
fn elements(list: &ast::List, tree: &Tree, cx: &mut FileCx<'_>) {
    for item in list.items() {
        match &item {
            ast::Expr::List(inner) => {
                let fix = splice(inner);
                let finding = cx.report(inner.syntax().text_range(), "`imports` must be a flat list");
                explain(finding);
                if let Some(fix) = fix {
                    finding.fix(fix);
                }
            }
            ast::Expr::Paren(_) => {
                let (head, arguments) = expr::call(&item);
                if arguments.len() != 2 {
                    continue;
                }
                // Both give a list, whatever `content` is.
                let name = tree.scopes.lib_function(&head);
                if let Some(name @ ("optional" | "optionals")) = name.as_deref() {
                    let fix = lift(list, &item, tree, cx);
                    report(head.syntax().text_range(), name, cx, fix);
                }
            }
            _ => {}
        }
    }
}

fn report(at: TextRange, name: &str, cx: &mut FileCx<'_>, fix: Option<Fix>) {
    let message = match name {
        "optional" => "`imports` must be a flat list, and `optional` puts a list into a list".to_owned(),
        _ => format!("`imports` must be a flat list, and `{name}` gives a list"),
    };
    let finding = cx.report(at, message);
    explain(finding);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn explain(finding: &mut lint_api::Finding) {
    finding.note("Nix says: Module imports can't be nested lists. Perhaps you meant to remove one level of lists?");
    finding.help("join the lists with `++`, and use `lib.optionals` for a list");
}

/// `[ ./a [ ./b ./c ] ]` → `[ ./a ./b ./c ]`
fn splice(inner: &ast::List) -> Option<Fix> {
    let at = inner.syntax().text_range();
    if comments::any_in(inner.syntax(), at) {
        return None;
    }
    let items: Vec<String> = inner.items().map(|it| it.syntax().text().to_string()).collect();
    Some(Fix::safe("remove one level of lists").replace(at, items.join(" ")))
}

/// `[ ./a (optional c [ ./b ]) ]` → `[ ./a ] ++ optionals c [ ./b ]`, for the last element.
fn lift(list: &ast::List, item: &ast::Expr, tree: &Tree, cx: &FileCx<'_>) -> Option<Fix> {
    let items: Vec<ast::Expr> = list.items().collect();
    let is_last = items.last().is_some_and(|last| last.syntax() == item.syntax());
    // Only where the list stands alone: as an operand, `++` may have to bind in another way.
    let alone = list.syntax().parent().is_some_and(|it| it.kind() == SyntaxKind::NODE_ATTRPATH_VALUE);
    if !is_last || items.len() < 2 || !alone || comments::any_in(list.syntax(), list.syntax().text_range()) {
        return None;
    }
    let (head, arguments) = expr::call(item);
    let [condition, content] = arguments.as_slice() else { return None };
    let content_is_list = matches!(expr::strip_parens(content.clone()), ast::Expr::List(_));
    let new_head = if tree.scopes.resolves_to_lib(&head, "optional") && content_is_list {
        optionals(&head, tree)?
    } else {
        cx.text_of(head.syntax()).to_owned()
    };
    let before = items[items.len() - 2].syntax().text_range();
    let kept = TextRange::new(list.syntax().text_range().start(), before.end());
    let new = format!(
        "{} ] ++ {new_head} {} {}",
        cx.text(kept),
        cx.text_of(condition.syntax()),
        cx.text_of(content.syntax())
    );
    Some(Fix::safe("join the lists").replace(list.syntax().text_range(), new))
}

/// `optionals` with the prefix of `optional`.
fn optionals(head: &ast::Expr, tree: &Tree) -> Option<String> {
    match expr::strip_parens(head.clone()) {
        ast::Expr::Select(_) => head.syntax().text().to_string().strip_suffix("optional").map(|prefix| format!("{prefix}optionals")),
        _ => tree.names().spelling("optionals", head.syntax(), head),
    }
}
