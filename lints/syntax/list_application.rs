//! A call in a list without its parentheses.

use lint_api::prelude::*;
use lint_api::syntax::Scopes;

/// The lint.
pub static LINT: Lint = Lint {
    name: "list-application",
    group: Group::Syntax,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "a list item that looks like a forgotten call: `[ import ./x ]`",
    page: include_str!("list_application.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_LIST], may_be, check),
};

/// Builtins that are hardly ever list items themselves, with their number of arguments.
const BUILTINS: &[(&str, usize)] = &[
    ("fetchGit", 1),
    ("fetchTarball", 1),
    ("fetchurl", 1),
    ("filterSource", 2),
    ("fromJSON", 1),
    ("fromTOML", 1),
    ("getEnv", 1),
    ("getFlake", 1),
    ("import", 1),
    ("path", 1),
    ("pathExists", 1),
    ("readDir", 1),
    ("readFile", 1),
    ("toFile", 2),
    ("toJSON", 1),
    ("toString", 1),
];

/// Functions of `lib` that are hardly ever list items themselves, with their number of arguments.
const LIB: &[(&str, usize)] = &[
    ("concatStringsSep", 2),
    ("importJSON", 1),
    ("importTOML", 1),
    ("mkAfter", 1),
    ("mkBefore", 1),
    ("mkDefault", 1),
    ("mkForce", 1),
    ("mkIf", 2),
    ("mkMerge", 1),
    ("mkOption", 1),
    ("mkOrder", 2),
    ("mkOverride", 2),
    ("optional", 2),
    ("optionalAttrs", 2),
    ("optionalString", 2),
    ("optionals", 2),
];

fn may_be(list: Green<'_>) -> bool {
    list.nodes().nth(1).is_some()
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some((tree, list)) = cx.tree().zip(ast::List::cast(node.clone())) else {
        return;
    };
    let items: Vec<ast::Expr> = list.items().collect();
    if items.len() < 2 || is_of_functions(node) {
        return;
    }
    let bound_to = bound_to(node);
    let mut at = 0;
    while at < items.len() {
        let call = known_call(&tree.scopes, &items, at).or_else(|| match bound_to.as_deref() {
            Some("imports") => module_call(&items, at).or_else(|| local_call(tree, &items, at)),
            Some("modules") => module_call(&items, at),
            _ => None,
        });
        at += 1;
        if let Some(arguments) = call {
            // A list of functions is what it looks like.
            let last = at + arguments;
            report(cx, tree, &items[at - 1], &items[at..last]);
            at = last;
        }
    }
}

/// `lib.pipe x [ readDir (filterAttrs f) ]`: a list that is handed to something that calls its items.
fn is_of_functions(list: &SyntaxNode) -> bool {
    let calls = |name: &str| name == "pipe" || name == "flow" || name.starts_with("compose");
    list.ancestors()
        .skip(1)
        .take_while(|node| {
            matches!(
                node.kind(),
                SyntaxKind::NODE_PAREN | SyntaxKind::NODE_BIN_OP | SyntaxKind::NODE_APPLY
            )
        })
        .filter_map(ast::Apply::cast)
        .any(|apply| {
            let (head, _) = expr::call(&ast::Expr::Apply(apply));
            expr::last_name(&head).is_some_and(|name| calls(&name))
        })
}

/// The attribute that a list is the value of, as a whole or as an operand of `++`.
fn bound_to(list: &SyntaxNode) -> Option<String> {
    let binding = list.ancestors().skip(1).find(|node| {
        !matches!(
            node.kind(),
            SyntaxKind::NODE_PAREN | SyntaxKind::NODE_BIN_OP | SyntaxKind::NODE_WITH
        )
    })?;
    let path = ast::AttrpathValue::cast(binding)?.attrpath()?;
    let last = path.attrs().last()?;
    attrpath::key(&last).name().map(str::to_owned)
}

/// A function that everybody knows, followed by what it takes.
fn known_call(scopes: &Scopes, items: &[ast::Expr], at: usize) -> Option<usize> {
    let name = expr::last_name(&items[at])?;
    let find = |table: &[(&str, usize)]| {
        table
            .iter()
            .find(|(function, _)| *function == name)
            .map(|(_, count)| *count)
    };
    let count = find(BUILTINS)
        .filter(|_| scopes.resolves_to_builtin(&items[at], &name))
        .or_else(|| find(LIB).filter(|_| scopes.resolves_to_lib(&items[at], &name)))?;
    let arguments = items.get(at + 1..at + 1 + count)?;
    // `[ toString import ]`, `[ mkIf mkMerge ]`: functions that are handed on.
    let functions = arguments.iter().any(|argument| {
        matches!(argument, ast::Expr::Lambda(_))
            || scopes.builtin(argument).is_some_and(|builtin| {
                !matches!(builtin.name, "true" | "false" | "null" | "currentSystem" | "nixPath")
            })
            || scopes.lib_function(argument).is_some()
    });
    // `[ toString (removePrefix "x") ]`: what is in parentheses may be a function as well.
    let doubtful = name != "import" && arguments.iter().any(|argument| matches!(argument, ast::Expr::Paren(_)))
        && find(LIB).is_none();
    (!functions && !doubtful).then_some(count)
}

/// `[ ./a.nix { inherit x; } ]`: a set of nothing but inherited names is no module.
fn module_call(items: &[ast::Expr], at: usize) -> Option<usize> {
    let path = matches!(
        items[at],
        ast::Expr::PathRel(_) | ast::Expr::PathAbs(_) | ast::Expr::PathHome(_)
    );
    let Some(ast::Expr::AttrSet(set)) = items.get(at + 1) else {
        return None;
    };
    let mut entries = set.entries().peekable();
    entries.peek()?;
    (path
        && set.rec_token().is_none()
        && entries.all(|entry| matches!(entry, ast::Entry::Inherit(it) if it.attrs().next().is_some())))
    .then_some(1)
}

/// `[ f x ]` in `imports`, where `f` is a lambda of this file that returns what its argument makes of it.
fn local_call(tree: &Tree, items: &[ast::Expr], at: usize) -> Option<usize> {
    let ast::Expr::Ident(ident) = &items[at] else {
        return None;
    };
    let To::Name(id) = tree.scopes.resolve(ident.syntax())?.to else {
        return None;
    };
    let Some(ast::Expr::Lambda(lambda)) = tree.scopes.value_node(&tree.root, id) else {
        return None;
    };
    let next = items.get(at + 1)?;
    // `args: { }` and a pattern with `...` may be modules themselves; then only what is none tells.
    let call = match lambda.param()? {
        ast::Param::IdentParam(_) => matches!(
            next,
            ast::Expr::Str(_) | ast::Expr::Literal(_) | ast::Expr::List(_)
        ),
        ast::Param::Pattern(pattern) => {
            pattern.ellipsis_token().is_none() && matches!(next, ast::Expr::AttrSet(_))
        }
    };
    call.then_some(1)
}

fn report(cx: &mut FileCx<'_>, tree: &Tree, function: &ast::Expr, arguments: &[ast::Expr]) {
    let Some(last) = arguments.last() else { return };
    let short = |expr: &ast::Expr| {
        let text = expr.syntax().text().to_string();
        if text.len() > 30 || text.contains('\n') {
            match expr {
                ast::Expr::AttrSet(_) => "{ … }".to_owned(),
                ast::Expr::List(_) => "[ … ]".to_owned(),
                ast::Expr::Paren(_) => "( … )".to_owned(),
                _ => "…".to_owned(),
            }
        } else {
            text
        }
    };
    let names: Vec<String> = std::iter::once(function)
        .chain(arguments)
        .map(|item| format!("`{}`", short(item)))
        .collect();
    let (end, begin) = names.split_last().unwrap_or((&names[0], &[]));
    let count = match names.len() {
        2 => "two",
        3 => "three",
        _ => "several",
    };
    let (from, to) = (
        function.syntax().text_range().start(),
        last.syntax().text_range().end(),
    );
    let fix = Fix::r#unsafe("put the call in parentheses")
        .insert(from, "(")
        .insert(to, ")");
    cx.report(
        TextRange::new(from, to),
        format!(
            "{} and {end} are {count} items of this list: put the call in parentheses",
            begin.join(", ")
        ),
    )
    .fix_if(fix.joined(&tree.root));
}
