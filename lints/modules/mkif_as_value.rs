//! `[ … ] ++ mkIf c [ … ]`: a mark for the module system where a plain value is needed.

use lint_api::prelude::*;
use lint_api::repo::modules::WRAPPERS;
use lint_api::syntax::ast::BinOpKind;

/// The lint.
pub static LINT: Lint = Lint {
    name: "mkif-as-value",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`[…] ++ mkIf …`, `\"${mkIf …}\"`, `if mkIf …`: a mark of the module system where a plain value is needed",
    page: include_str!("mkif_as_value.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_APPLY], may_be, check),
};

/// Nearly every call ends here: the last name of its head is no wrapper's.
fn may_be(call: Green<'_>) -> bool {
    let name = call.callee_of(2).map_or("", Green::last_token);
    name.starts_with("mk") && WRAPPERS.contains(&name) || name == "\""
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let name = Green::new(node).callee_of(2).and_then(Green::last_name);
    let Some(name) = name.and_then(|name| WRAPPERS.iter().copied().find(|it| *it == name)) else { return };
    // Nearly all stand where they mean something: that is seen before they are looked at.
    let misuse = misuse(node, name, tree);
    if misuse.is_none() && name != "mkMerge" {
        return;
    }
    let Some(call) = ast::Expr::cast(node.clone()) else { return };
    let Some((_, arguments)) = tree.names().wrapper(&call) else { return };
    if name == "mkMerge" {
        bare_elements(&arguments[0], tree, cx);
    }
    let Some((message, help)) = misuse else { return };
    let at = expr::call(&call).0.syntax().text_range();
    cx.report(at, message).help(help);
}

/// What is wrong with a complete call in its place.
fn misuse(call: &SyntaxNode, name: &str, tree: &Tree) -> Option<(String, &'static str)> {
    let (place, inner) = outside_parens(call)?;
    let list = "use `++ lib.optionals c [ … ]`, or `lib.mkMerge [ [ … ] (lib.mkIf c [ … ]) ]` for the whole list";
    let string = "use `lib.optionalString c \"…\"`";
    let plain = "use `if` or `lib.optionalAttrs`, and set the priority on the option itself";
    Some(match place.kind() {
        SyntaxKind::NODE_BIN_OP => match ast::BinOp::cast(place)?.operator()? {
            BinOpKind::Concat if !in_imports(call) => {
                (format!("`{name}` gives no list, so `++` fails"), list)
            }
            BinOpKind::Add => (format!("`{name}` gives no string"), string),
            BinOpKind::And | BinOpKind::Or | BinOpKind::Implication => {
                (format!("`{name}` gives no condition"), plain)
            }
            _ => return None,
        },
        SyntaxKind::NODE_INTERPOL => (format!("`{name}` gives no string"), string),
        SyntaxKind::NODE_UNARY_OP => (format!("`{name}` gives no condition"), plain),
        SyntaxKind::NODE_IF_ELSE if ast::IfElse::cast(place.clone())?.condition()?.syntax() == &inner => {
            (format!("`{name}` gives no condition"), plain)
        }
        SyntaxKind::NODE_ASSERT if ast::Assert::cast(place.clone())?.condition()?.syntax() == &inner => {
            (format!("`{name}` gives no condition"), plain)
        }
        SyntaxKind::NODE_APPLY => {
            let function = tree.names().function(&ast::Apply::cast(place)?.lambda()?)?;
            match function.as_str() {
                "toJSON" | "toXML" => (format!("`{name}` ends up in the output as a set with `_type`"), plain),
                "toString" => (format!("`{name}` gives no string"), string),
                _ => return None,
            }
        }
        SyntaxKind::NODE_LIST => {
            let (outer, list_node) = outside_parens(&place)?;
            let apply = ast::Apply::cast(outer)?;
            if apply.argument()?.syntax() != &list_node {
                return None;
            }
            // `concatStringsSep sep [ … ]` has one argument before the list.
            let (head, _) = expr::call(&ast::Expr::Apply(apply));
            let function = tree.names().function(&head)?;
            match function.as_str() {
                "concatLists" => (format!("`{name}` gives no list, so `{function}` fails"), list),
                "concatStringsSep" | "concatStrings" | "concatLines" => (format!("`{name}` gives no string"), string),
                _ => return None,
            }
        }
        SyntaxKind::NODE_ATTRPATH_VALUE => match consumer(&place, tree)? {
            Consumer::Text => (format!("`{name}` ends up in the output as a set with `_type`"), plain),
            Consumer::Derivation => (format!("`{name}` means nothing to a derivation"), plain),
        },
        _ => return None,
    })
}

enum Consumer {
    /// `toJSON`, the functions of `lib.generators`
    Text,
    Derivation,
}

/// The function that the literal set around a binding is handed to, at any depth of literals.
fn consumer(binding: &SyntaxNode, tree: &Tree) -> Option<Consumer> {
    let mut node = binding.clone();
    let mut depth = 0;
    loop {
        let parent = node.parent()?;
        match parent.kind() {
            SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_PAREN | SyntaxKind::NODE_LIST => {
                depth += usize::from(parent.kind() == SyntaxKind::NODE_ATTR_SET);
            }
            SyntaxKind::NODE_BIN_OP => {
                if ast::BinOp::cast(parent.clone())?.operator() != Some(BinOpKind::Update) {
                    return None;
                }
            }
            SyntaxKind::NODE_APPLY => {
                let apply = ast::Apply::cast(parent)?;
                if apply.argument()?.syntax() != &node {
                    return None;
                }
                let (head, _) = expr::call(&ast::Expr::Apply(apply));
                let function = tree.names().function(&head);
                return match (function.as_deref(), expr::last_name(&head).as_deref()) {
                    (Some("toJSON" | "toXML" | "toINI" | "toYAML" | "toKeyValue" | "toGitINI" | "toLua"), _) => Some(Consumer::Text),
                    // The attributes of the derivation itself, not `passthru.x.y`.
                    (_, Some("derivation" | "mkDerivation" | "runCommand" | "runCommandLocal" | "writeShellApplication"))
                        if depth == 1 =>
                    {
                        Some(Consumer::Derivation)
                    }
                    _ => None,
                };
            }
            _ => return None,
        }
        node = parent;
    }
}

/// The parent behind parentheses, and the child of it that holds the node.
fn outside_parens(node: &SyntaxNode) -> Option<(SyntaxNode, SyntaxNode)> {
    let mut inner = node.clone();
    loop {
        let parent = inner.parent()?;
        if parent.kind() != SyntaxKind::NODE_PAREN {
            return Some((parent, inner));
        }
        inner = parent;
    }
}

/// Whether a call is a part of `imports = …`, of which `mkif-on-path` speaks.
fn in_imports(call: &SyntaxNode) -> bool {
    call.ancestors()
        .find_map(ast::AttrpathValue::cast)
        .and_then(|it| it.attrpath())
        .is_some_and(|path| matches!(attrpath::keys(&path).as_slice(), [.., key] if key.is("imports")))
}

/// `mkMerge ([ (mkIf c [ x ]) ] ++ [ "y" ])`: each element is a definition of a list.
fn bare_elements(argument: &ast::Expr, tree: &Tree, cx: &mut FileCx<'_>) {
    let mut elements = Vec::new();
    let mut open = vec![argument.clone()];
    while let Some(it) = open.pop() {
        match expr::strip_parens(it) {
            ast::Expr::List(list) => elements.extend(list.items()),
            ast::Expr::BinOp(op) if op.operator() == Some(BinOpKind::Concat) => {
                open.extend(op.rhs());
                open.extend(op.lhs());
            }
            _ => {}
        }
    }
    let merges_lists = elements.iter().any(|it| {
        tree.names()
            .wrapper(it)
            .and_then(|(_, mut arguments)| arguments.pop())
            .is_some_and(|content| matches!(expr::strip_parens(content), ast::Expr::List(_)))
    });
    if !merges_lists {
        return;
    }
    for it in &elements {
        if matches!(it, ast::Expr::Str(_) | ast::Expr::Literal(_) | ast::Expr::PathRel(_) | ast::Expr::PathAbs(_)) {
            let finding = cx.report(it.syntax().text_range(), "`mkMerge` joins lists, and this is none");
            finding.help("put it in a list of its own");
        }
    }
}
