//! `a // mkIf c b`: `//` does not merge what the module system would.

use lint_api::prelude::*;
use lint_api::repo::modules;
use lint_api::syntax::ast::BinOpKind;
use lint_api::syntax::prec::{self, Slot};

/// The lint.
pub static LINT: Lint = Lint {
    name: "lost-by-update",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "`a // mkIf c b`, `mkMerge … // b`, `recursiveUpdate a (mkIf …)`: one side silently vanishes",
    page: include_str!("lost_by_update.md"),
    options: Options::NONE,
    check: Check::NodeIf(&[SyntaxKind::NODE_BIN_OP, SyntaxKind::NODE_APPLY], may_be, check),
};

fn may_be(node: Green<'_>) -> bool {
    if node.kind() == SyntaxKind::NODE_BIN_OP {
        return node.has(SyntaxKind::TOKEN_UPDATE);
    }
    let name = node.callee_of(2).map_or("", Green::last_token);
    name == "\"" || name.len() >= 10 && (name.contains("recursiveUpdate") || name.contains("mergeAttrs"))
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    if let Some(op) = ast::BinOp::cast(node.clone()) {
        update(&op, tree, cx);
    } else if let Some(apply) = ast::Apply::cast(node.clone()) {
        call(&apply, tree, cx);
    }
}

/// One chain `o₁ // o₂ // …`, reported once.
fn update(op: &ast::BinOp, tree: &Tree, cx: &mut FileCx<'_>) {
    if op.operator() != Some(BinOpKind::Update) || in_update(op.syntax()) {
        return;
    }
    let mut operands = Vec::new();
    let mut open = vec![ast::Expr::BinOp(op.clone())];
    while let Some(it) = open.pop() {
        match expr::strip_parens(it.clone()) {
            ast::Expr::BinOp(inner) if inner.operator() == Some(BinOpKind::Update) => {
                open.extend(inner.rhs());
                open.extend(inner.lhs());
            }
            _ => operands.push(it),
        }
    }
    let wrappers: Vec<Option<&str>> = operands.iter().map(|it| wrapper(it, tree)).collect();
    let (Some(first), Some(kept)) = (
        wrappers.iter().position(Option::is_some),
        wrappers.iter().rposition(Option::is_some),
    ) else {
        return;
    };
    let Some(name) = wrappers[first] else { return };

    let lost: Vec<&ast::Expr> = operands
        .iter()
        .enumerate()
        .filter(|(index, it)| *index != kept && !is_empty(it))
        .map(|(_, it)| it)
        .collect();
    if lost.is_empty() {
        harmless(&operands, kept, cx);
        return;
    }
    // The operator beside the first wrapper: before it, or after it if it comes first.
    let (left, right) = match first {
        0 => (&operands[0], &operands[1]),
        _ => (&operands[first - 1], &operands[first]),
    };
    let Some(operator) = operator_between(left, right) else { return };
    let kept_start = operands[kept].syntax().text_range().start();
    let before = lost.iter().any(|it| it.syntax().text_range().start() < kept_start);
    let after = lost.iter().any(|it| it.syntax().text_range().start() > kept_start);
    let message = match (before, after) {
        (true, true) => format!("only one operand of `//` survives: `{name}` does not merge with `//`"),
        (true, false) => format!("the left side of `//` is lost: `{name}` does not merge with `//`"),
        _ => format!("the right side of `//` is lost: `{name}` does not merge with `//`"),
    };
    let note = note(&lost, &operands[kept], wrappers[kept].unwrap_or(name));
    let fix = fix(op, &operands, &wrappers, tree, cx);
    let finding = cx.report(operator, message);
    for it in lost {
        finding.label(it.syntax().text_range(), "lost");
    }
    finding.note(note);
    if is_explicit_body(op, &operands) {
        finding.note("as the body of a module this is not silent: Nix says that the module has an unsupported attribute `_type'");
    }
    finding.help("merge with `mkMerge [ … (mkIf …) ]`");
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// `recursiveUpdate a (mkIf c b)`, `mergeAttrs a (mkIf c b)`.
fn call(apply: &ast::Apply, tree: &Tree, cx: &mut FileCx<'_>) {
    // Exactly two arguments, and a head of the right name: nearly all calls end here.
    let Some(ast::Expr::Apply(inner)) = apply.lambda().map(expr::strip_parens) else { return };
    let Some(head) = inner.lambda() else { return };
    let Some(name @ ("recursiveUpdate" | "mergeAttrs")) = expr::last_name(&head).as_deref().map(known) else {
        return;
    };
    if !tree.scopes.resolves_to_lib(&head, name) {
        return;
    }
    let arguments = [inner.argument(), apply.argument()];
    let wrappers = arguments.clone().map(|it| it.and_then(|it| wrapper(&it, tree)));
    let Some(kept) = wrappers.iter().rposition(Option::is_some) else { return };
    let Some(lost) = arguments[1 - kept].as_ref().filter(|it| !is_empty(it)) else { return };
    let wrapper = wrappers[kept].unwrap_or_default();
    let message = format!("one argument of `{name}` is lost: `{wrapper}` does not merge with other sets");
    let finding = cx.report(head.syntax().text_range(), message);
    finding.label(lost.syntax().text_range(), "lost");
    finding.help(format!("put `{wrapper}` around the whole call, or merge with `mkMerge`"));
}

fn known(name: &str) -> &'static str {
    match name {
        "recursiveUpdate" => "recursiveUpdate",
        "mergeAttrs" => "mergeAttrs",
        _ => "",
    }
}

/// The name of the wrapper that an operand calls with all its arguments.
fn wrapper(operand: &ast::Expr, tree: &Tree) -> Option<&'static str> {
    tree.names().wrapper(operand).map(|(name, _)| name)
}

fn in_update(node: &SyntaxNode) -> bool {
    let parent = node
        .ancestors()
        .skip(1)
        .find(|it| it.kind() != SyntaxKind::NODE_PAREN);
    parent
        .and_then(ast::BinOp::cast)
        .is_some_and(|it| it.operator() == Some(BinOpKind::Update))
}

fn is_empty(operand: &ast::Expr) -> bool {
    matches!(expr::strip_parens(operand.clone()), ast::Expr::AttrSet(set) if set.entries().next().is_none())
}

/// The `//` between two operands that follow each other.
fn operator_between(left: &ast::Expr, right: &ast::Expr) -> Option<TextRange> {
    let mut token = left.syntax().last_token()?.next_token();
    while let Some(it) = token {
        if it.text_range().start() >= right.syntax().text_range().start() {
            return None;
        }
        if it.kind() == SyntaxKind::TOKEN_UPDATE {
            return Some(it.text_range());
        }
        token = it.next_token();
    }
    None
}

/// `{ } // mkIf c b`: nothing is lost yet.
fn harmless(operands: &[ast::Expr], kept: usize, cx: &mut FileCx<'_>) {
    let at = operands[kept].syntax().text_range();
    let (Some(first), Some(last)) = (operands.first(), operands.last()) else { return };
    let (start, end) = (first.syntax().text_range().start(), last.syntax().text_range().end());
    let gap = if kept > 0 {
        TextRange::new(start, at.start())
    } else {
        TextRange::new(at.end(), end)
    };
    let text = cx.text(gap);
    // Parentheses around a part of the chain, or a comment: only point.
    let plain = kept == 0 || kept + 1 == operands.len();
    let clean = plain && !text.contains(['(', ')', '#', '*']);
    let trimmed = TextRange::at(
        gap.start() + TextSize::of(&text[..text.len() - text.trim_start().len()]),
        TextSize::of(text.trim()),
    );
    let words = cx.text(trimmed);
    let message = format!("this `{words}` does nothing, and whatever is added to the set is lost");
    let finding = cx.report(trimmed, message);
    finding.soften(2);
    if clean {
        finding.fix(Fix::r#unsafe("remove the empty set").delete(gap));
    }
}

/// Which names vanish.
fn note(lost: &[&ast::Expr], kept: &ast::Expr, wrapper: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    for it in lost {
        let (_, arguments) = expr::call(it);
        let set = arguments.last().cloned().unwrap_or_else(|| (*it).clone());
        if let ast::Expr::AttrSet(set) = expr::strip_parens(set) {
            let keys = set.attrpath_values().filter_map(|it| it.attrpath());
            names.extend(keys.map(|path| format!("`{}`", attrpath::display(&attrpath::keys(&path)))));
        }
    }
    let survives = match wrapper {
        "mkIf" => "only the content of the last `mkIf` survives, and nothing if its condition is false",
        _ => "only the last of these marked sets survives",
    };
    let _ = kept;
    if names.is_empty() {
        survives.to_owned()
    } else {
        names.truncate(6);
        format!("{survives}; lost: {}", names.join(", "))
    }
}

fn is_explicit_body(op: &ast::BinOp, operands: &[ast::Expr]) -> bool {
    op.syntax()
        .parent()
        .is_some_and(|it| it.kind() == SyntaxKind::NODE_LAMBDA)
        && operands.iter().any(|it| has_key(it, &["options", "config"]))
}

fn has_key(operand: &ast::Expr, names: &[&str]) -> bool {
    let ast::Expr::AttrSet(set) = expr::strip_parens(operand.clone()) else { return false };
    set.attrpath_values()
        .filter_map(|it| attrpath::keys(&it.attrpath()?).into_iter().next())
        .any(|key| names.iter().any(|name| key.is(name)))
}

fn fix(
    op: &ast::BinOp,
    operands: &[ast::Expr],
    wrappers: &[Option<&str>],
    tree: &Tree,
    cx: &FileCx<'_>,
) -> Option<Fix> {
    if operands.iter().any(|it| has_key(it, modules::META_KEYS)) || !tree.names().is_setting(op.syntax()) {
        return None;
    }
    // The weaker one of two definitions of an option is dropped whole.
    let strength = priority(&operands[0], tree, cx)?;
    if operands.iter().any(|it| priority(it, tree, cx) != Some(strength)) {
        return None;
    }
    let first = wrappers.iter().position(Option::is_some)?;
    let (head, _) = expr::call(&operands[first]);
    let merge = tree.names().spelling("mkMerge", op.syntax(), &head)?;
    let range = op.syntax().text_range();
    let mut fix = Fix::r#unsafe(format!("merge with `{merge}`"));
    fix = fix.insert(range.start(), format!("{merge} [ "));
    for (index, operand) in operands.iter().enumerate() {
        let at = operand.syntax().text_range();
        if let Some(next) = operands.get(index + 1) {
            let gap = TextRange::new(at.end(), next.syntax().text_range().start());
            let (before, after) = cx.text(gap).split_once("//")?;
            // A parenthesis around a part of the chain, or a comment.
            if !before.trim().is_empty() || !after.trim().is_empty() {
                return None;
            }
            let space = [before, after].into_iter().find(|it| it.contains('\n')).unwrap_or(" ");
            fix = fix.replace(gap, space);
        }
        if prec::needs_parens(operand, Slot::Argument) {
            fix = fix.insert(at.start(), "(").insert(at.end(), ")");
        }
    }
    let last = operands.last()?.syntax().text_range();
    if last.end() != range.end() || operands[0].syntax().text_range().start() != range.start() {
        return None;
    }
    Some(fix.insert(range.end(), " ]"))
}

/// How strong the definition is that an operand makes, in words: `mkDefault`, `mkOverride 70`; empty without a mark, none when
/// it is several definitions of which one has a mark.
fn priority<'a>(operand: &ast::Expr, tree: &Tree, cx: &FileCx<'a>) -> Option<&'a str> {
    let mut operand = operand.clone();
    while let Some((name, arguments)) = tree.names().wrapper(&operand) {
        let Some(content) = arguments.last() else { break };
        match name {
            "mkIf" | "mkBefore" | "mkAfter" | "mkOrder" => operand = content.clone(),
            "mkMerge" => {
                let ast::Expr::List(list) = expr::strip_parens(content.clone()) else { break };
                let marked = |it| tree.names().wrapper(&it).is_some_and(|(name, _)| name != "mkIf");
                return (!list.items().any(marked)).then_some("");
            }
            _ => {
                let start = expr::call(&operand).0.syntax().text_range().start();
                let head = TextRange::new(start, content.syntax().text_range().start());
                return Some(cx.text(head).trim_end_matches(['(', ' ']));
            }
        }
    }
    Some("")
}
