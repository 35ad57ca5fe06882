//! `mkIf` with an argument missing or swapped, `mkMerge { … }`.

use lint_api::prelude::*;
use lint_api::repo::outline::Node;
use lint_api::syntax::place;

/// The lint.
pub static LINT: Lint = Lint {
    name: "incomplete-mkif",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`config = mkIf cond;`, `mkMerge { … }`, swapped arguments",
    page: include_str!("incomplete_mkif.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let file = cx.file;
    for word in file.facts.outline.marked(file.text.contents()) {
        let is_asked = word.is(SyntaxKind::NODE_IDENT) && matches!(word.text(), "mkIf" | "mkMerge");
        if is_asked
            && !is_plain(word)
            && let Some(node) = place::named_at(&tree.root, word.range())
        {
            call(&node, cx);
        }
    }
}

/// Whether a call is seen at once to have what it takes: `mkIf c x`, `lib.mkMerge [ … ]`. Nearly all have.
fn is_plain(word: Node<'_>) -> bool {
    let select = word.parent().filter(|it| it.is(SyntaxKind::NODE_ATTRPATH)).and_then(Node::parent);
    let head = select.unwrap_or(word);
    let Some((call, first)) = call_of(head) else { return false };
    let first = first.bare();
    match (word.text(), call_of(call)) {
        ("mkIf", Some(_)) => match first.kind() {
            SyntaxKind::NODE_SELECT | SyntaxKind::NODE_BIN_OP | SyntaxKind::NODE_UNARY_OP | SyntaxKind::NODE_APPLY => true,
            SyntaxKind::NODE_IDENT => first.text() != "null",
            _ => false,
        },
        ("mkMerge", None) => first.is(SyntaxKind::NODE_LIST),
        _ => false,
    }
}

/// The application of a function, and its argument.
fn call_of(function: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let call = function.parent().filter(|it| it.is(SyntaxKind::NODE_APPLY) && it.child(0) == Some(function))?;
    Some((call, call.child(1)?))
}

/// A name or selection that ends in `mkIf` or `mkMerge`.
fn call(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let last = Green::new(node).last_name();
    let name = match last.as_deref() {
        Some("mkIf") => "mkIf",
        Some("mkMerge") => "mkMerge",
        _ => return,
    };
    let Some(tree) = cx.sound_tree() else { return };
    let Some(head) = ast::Expr::cast(node.clone()) else { return };
    // The keys of a selection and of a binding are identifiers too.
    let is_key = node.parent().is_some_and(|it| {
        matches!(it.kind(), SyntaxKind::NODE_ATTRPATH | SyntaxKind::NODE_INHERIT | SyntaxKind::NODE_PAT_ENTRY)
    });
    if is_key || !tree.scopes.resolves_to_lib(&head, name) {
        return;
    }
    let at = node.text_range();
    let mut arguments = Vec::new();
    let mut call = node.clone();
    loop {
        let Some(parent) = call.parent() else { return };
        let is_head = |apply: &ast::Apply| apply.lambda().is_some_and(|it| *it.syntax() == call);
        match ast::Apply::cast(parent.clone()).filter(is_head) {
            Some(apply) => arguments.extend(apply.argument()),
            None if parent.kind() == SyntaxKind::NODE_PAREN && parent.parent().is_some_and(|it| it.kind() == SyntaxKind::NODE_APPLY) && arguments.is_empty() => {}
            None => break,
        }
        call = parent;
    }
    let names = tree.names();
    match (name, arguments.as_slice()) {
        (_, []) => {
            let Some(list) = node.parent().and_then(ast::List::cast) else { return };
            let after = list.items().filter(|it| it.syntax().text_range().start() >= at.end()).count();
            let wanted = if name == "mkIf" { 2 } else { 1 };
            let defines = names.is_merged(list.syntax()) || names.is_setting(list.syntax());
            if after >= wanted && defines {
                let message = format!("`{name}` and its arguments are separate elements of this list");
                cx.report(at, message).help(format!("put the call in parentheses: `({name} …)`"));
            }
        }
        ("mkIf", [_]) if names.is_setting(&call) => {
            let finding = cx.report(at, "`mkIf` has no content");
            finding.note("Nix says: you're trying to define a value of type `lambda' rather than an attribute set");
            finding.help("write what is set behind the condition");
        }
        ("mkIf", [condition, content, ..]) => {
            let Some(what) = no_boolean(condition) else { return };
            let swapped = matches!(what, "a string" | "a list" | "a set") && looks_like_condition(content);
            let finding = if swapped {
                cx.report(at, "the arguments of `mkIf` are swapped")
            } else {
                let message = format!("the condition of `mkIf` must be a boolean, and this is {what}");
                cx.report(condition.syntax().text_range(), message)
            };
            finding.note("Nix says: ‘mkIf’ called with a non-Boolean condition");
            finding.help("the condition comes first, then what is set");
        }
        ("mkMerge", [_, _, ..]) => {
            let message = format!("`mkMerge` takes one list, and this has {} arguments", arguments.len());
            let finding = cx.report(at, message);
            finding.note("Nix says: attempt to call something which is not a function but a set");
            finding.help("put them in a list: `mkMerge [ … … ]`");
        }
        (_, [argument]) => {
            let what = match expr::strip_parens(argument.clone()) {
                ast::Expr::AttrSet(_) => "a set",
                ast::Expr::Lambda(_) => "a function",
                _ => return,
            };
            let message = format!("`mkMerge` takes a list, and this is {what}");
            let finding = cx.report(argument.syntax().text_range(), message);
            finding.note("Nix says: value is a set while a list was expected");
            finding.help("put it in a list: `mkMerge [ … ]`");
        }
        _ => {}
    }
}

/// What a literal is that can be no condition.
fn no_boolean(condition: &ast::Expr) -> Option<&'static str> {
    Some(match expr::strip_parens(condition.clone()) {
        ast::Expr::Str(_) => "a string",
        ast::Expr::List(_) => "a list",
        ast::Expr::AttrSet(_) => "a set",
        ast::Expr::Literal(_) => "a number",
        ast::Expr::PathRel(_) | ast::Expr::PathAbs(_) | ast::Expr::PathHome(_) => "a path",
        ast::Expr::Ident(ident) if attrpath::ident_text(ident.syntax()) == "null" => "null",
        _ => return None,
    })
}

/// A comparison, `true`, `cfg.enable`.
fn looks_like_condition(content: &ast::Expr) -> bool {
    use ast::BinOpKind as Op;
    match expr::strip_parens(content.clone()) {
        ast::Expr::BinOp(op) => matches!(
            op.operator(),
            Some(Op::Equal | Op::NotEqual | Op::And | Op::Or | Op::Less | Op::LessOrEq | Op::More | Op::MoreOrEq)
        ),
        ast::Expr::UnaryOp(_) | ast::Expr::HasAttr(_) => true,
        ast::Expr::Ident(ident) => matches!(attrpath::ident_text(ident.syntax()), "true" | "false"),
        ast::Expr::Select(select) => {
            let keys = select.attrpath().map(|path| attrpath::keys(&path)).unwrap_or_default();
            keys.last().is_some_and(|key| key.is("enable"))
        }
        _ => false,
    }
}
