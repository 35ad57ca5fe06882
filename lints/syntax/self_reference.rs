//! A binding that must evaluate itself first.

use std::collections::{BTreeMap, BTreeSet};

use lint_api::prelude::*;
use merge::Form;
use scopes::Ref;

/// The lint.
pub static LINT: Lint = Lint {
    name: "self-reference",
    group: Group::Syntax,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a binding that can only recurse: `let x = x;`",
    page: include_str!("self_reference.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let scopes = &tree.scopes;
    let suspects = suspects(scopes);
    let mut live = None;
    let mut next: BTreeMap<NameId, Vec<&Ref>> = BTreeMap::new();
    for id in &suspects {
        let live = live.get_or_insert_with(|| Live::of(scopes, |name| name.starts_with('_')));
        let name = scopes.name(*id);
        if name.kind.is_let() && !live.name(*id) && name.unit != scopes::Unit::FILE {
            continue;
        }
        let value = scopes
            .value_node(&tree.root, *id)
            .or_else(|| scopes.source_node(&tree.root, *id));
        let heads = value.map(|value| heads(scopes, value)).unwrap_or_default();
        next.insert(*id, heads);
    }
    let mut told = BTreeSet::new();
    for id in next.keys() {
        if !told.contains(id)
            && let Some(cycle) = cycle(&next, *id)
        {
            told.extend(cycle.iter().map(|(name, _)| *name));
            report(cx, tree, &cycle);
        }
    }
    for (id, name) in scopes.names().filter(|(_, name)| name.kind == NameKind::Formal) {
        default(cx, tree, id, name);
    }
}

/// The names of `let` and `rec` whose values mention one another in a circle, lazily or not. There are few.
fn suspects(scopes: &Scopes) -> BTreeSet<NameId> {
    let mentions = |id: NameId| -> Vec<NameId> {
        let [part] = scopes.parts(id) else {
            return Vec::new();
        };
        if !matches!(part.form, Form::Whole | Form::InheritFrom) {
            return Vec::new();
        }
        scopes
            .refs_in(part.value)
            .iter()
            .filter_map(|it| match it.to {
                To::Name(to) if scopes.name(to).scope == scopes.name(id).scope => Some(to),
                _ => None,
            })
            .collect()
    };
    let mut mentioned_by: BTreeMap<NameId, Vec<NameId>> = BTreeMap::new();
    let mut open: BTreeMap<NameId, usize> = BTreeMap::new();
    for (id, name) in scopes.names() {
        if name.attr.is_none() {
            continue;
        }
        let mentions = mentions(id);
        open.insert(id, mentions.len());
        for to in mentions {
            mentioned_by.entry(to).or_default().push(id);
        }
    }
    // Who mentions nobody is in no circle, nor is who mentions only such.
    let mut done: Vec<NameId> = open
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(id, _)| *id)
        .collect();
    while let Some(id) = done.pop() {
        open.remove(&id);
        for by in mentioned_by.get(&id).into_iter().flatten() {
            if let Some(count) = open.get_mut(by) {
                *count -= 1;
                if *count == 0 {
                    done.push(*by);
                }
            }
        }
    }
    open.into_keys().collect()
}

/// The way from a name back to itself over what must be evaluated first: each name, and where it asks for the next.
fn cycle<'a>(
    next: &BTreeMap<NameId, Vec<&'a Ref>>,
    start: NameId,
) -> Option<Vec<(NameId, &'a Ref)>> {
    let mut seen = BTreeSet::new();
    let mut path: Vec<(NameId, usize)> = vec![(start, 0)];
    while let Some((id, at)) = path.last_mut() {
        let Some(it) = next.get(id).and_then(|heads| heads.get(*at)) else {
            path.pop();
            continue;
        };
        *at += 1;
        let To::Name(to) = it.to else { continue };
        if to == start {
            return Some(
                path.iter()
                    .map(|(id, at)| (*id, next[id][*at - 1]))
                    .collect(),
            );
        }
        if next.contains_key(&to) && seen.insert(to) {
            path.push((to, 0));
        }
    }
    None
}

fn report(cx: &mut FileCx<'_>, tree: &Tree, cycle: &[(NameId, &Ref)]) {
    let scopes = &tree.scopes;
    let (id, it) = cycle[0];
    let name = scopes.name_text(id);
    if let [_] = cycle {
        let outer = scopes.scope(scopes.name(id).scope).parent;
        let reachable = scopes.lookup(name, outer).is_some()
            || lint_api::syntax::builtins::find_bare(name).is_some()
            || it.with.is_some();
        let whole = scopes.parts(id).iter().any(|part| part.value == it.at);
        let finding = cx.report(
            it.at,
            format!("`{name}` on the right is this very binding, not an outer `{name}`"),
        );
        finding.label(scopes.name(id).at, "bound here");
        finding.note("Nix says `infinite recursion encountered`");
        if reachable && whole {
            finding.help(format!("`inherit {name};` takes the outer one"));
        } else if reachable {
            finding.help("rename this binding to reach the outer one");
        }
        return;
    }
    let mut others: Vec<String> = cycle[1..]
        .iter()
        .take(4)
        .map(|(id, _)| format!("`{}`", scopes.name_text(*id)))
        .collect();
    if others.len() < cycle.len() - 1 {
        others.push("…".to_owned());
    }
    let finding = cx.report(
        it.at,
        format!("`{name}` needs {} to be evaluated first, and that needs `{name}`", others.join(", ")),
    );
    for (_, it) in cycle[1..].iter().take(4) {
        finding.label(it.at, format!("which needs `{}`", scopes.text(it.symbol)));
    }
    finding.note("Nix says `infinite recursion encountered`");
}

/// `{ lib ? lib }: lib`
fn default(cx: &mut FileCx<'_>, tree: &Tree, id: NameId, name: &scopes::Name) {
    let scopes = &tree.scopes;
    let behind = TextRange::new(name.at.end(), tree.root.text_range().end());
    if !cx.text(behind).trim_start().starts_with('?') {
        return;
    }
    let Some(first) = scopes.refs_of(id).next() else {
        return;
    };
    let Some(entry) = tree
        .root
        .covering_element(name.at)
        .ancestors()
        .find_map(ast::PatEntry::cast)
    else {
        return;
    };
    if !entry.syntax().text_range().contains_range(first.at) {
        return;
    }
    let Some(value) = entry.default() else { return };
    for it in heads(scopes, value) {
        if it.to == To::Name(id) {
            let text = scopes.name_text(id);
            cx.report(
                it.at,
                format!("when the caller passes no `{text}`, this default asks for itself"),
            )
            .note("a default sees the arguments of its own function first");
            return;
        }
    }
}

/// The references that are evaluated first when an expression is.
fn heads(scopes: &Scopes, expr: ast::Expr) -> Vec<&Ref> {
    let mut found = Vec::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match expr {
            ast::Expr::Ident(it) => found.extend(scopes.resolve(it.syntax())),
            ast::Expr::Paren(it) => open.extend(it.expr()),
            ast::Expr::Select(it) => open.extend(it.expr()),
            ast::Expr::Apply(it) => open.extend(it.lambda()),
            ast::Expr::HasAttr(it) => open.extend(it.expr()),
            ast::Expr::UnaryOp(it) => open.extend(it.expr()),
            ast::Expr::BinOp(it) => {
                use ast::BinOpKind as Op;
                let lazy = matches!(it.operator(), Some(Op::And | Op::Or | Op::Implication));
                match it.operator() {
                    Some(Op::PipeRight) => open.extend(it.rhs()),
                    Some(Op::PipeLeft) => open.extend(it.lhs()),
                    _ => {
                        open.extend(it.lhs());
                        open.extend(it.rhs().filter(|_| !lazy));
                    }
                }
            }
            ast::Expr::IfElse(it) => open.extend(it.condition()),
            ast::Expr::Assert(it) => open.extend(it.condition()),
            ast::Expr::With(it) => open.extend(it.body()),
            ast::Expr::LetIn(it) => open.extend(it.body()),
            ast::Expr::Str(_)
            | ast::Expr::PathAbs(_)
            | ast::Expr::PathRel(_)
            | ast::Expr::PathHome(_) => open.extend(
                expr.syntax()
                    .children()
                    .filter_map(ast::Interpol::cast)
                    .filter_map(|it| it.expr()),
            ),
            _ => {}
        }
    }
    found.sort_by_key(|it| it.at.start());
    found
}
