//! Modules whose switch may be forgotten: one enable option, settings that nothing guards with it.
//!
//! Goal: what one file can say of it. Whether another file reads the switch, or adds the guard, only the repository
//! knows.

use serde::{Deserialize, Serialize};
use syntax::attrpath::{self, Key};
use syntax::{AstNode, Green, HasEntry, SyntaxKind, SyntaxNode, TextRange, ast, expr};

use super::names::{Bound, Names};
use super::origin::Root;
use super::reads::Read;
use super::{Analysis, Module};
use crate::definitions::{Segment, Sites, Value};

/// One option declared at a literal path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionDeclaration {
    /// The module that declares it, an index into [`super::ModuleFacts::modules`].
    pub module: u32,
    /// Its path, segments joined with dots.
    pub path: Box<str>,
    /// The key as it stands there, without `options`.
    pub at: TextRange,
    /// Whether it is a switch: `mkEnableOption`, or a boolean option called `enable`.
    pub enable: bool,
    /// Whether it is declared without a type, for certain and against custom.
    pub untyped: bool,
}

/// A module that sets options whatever its switch says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unguarded {
    /// The module, an index into [`super::ModuleFacts::modules`].
    pub module: u32,
    /// The switch, segments joined with dots.
    pub option: Box<str>,
    /// Its declaration.
    pub at: TextRange,
    /// The settings: the value of `config`, or the first of its dotted keys.
    pub settings: TextRange,
    /// The condition and how to insert it, if it can be written: `lib.mkIf cfg.enable`, and whether the settings need
    /// parentheses.
    pub guard: Option<(Box<str>, bool)>,
}

/// The options that one file declares at literal paths, outside submodules.
pub(super) fn declarations(names: Names<'_>, analysis: &Analysis) -> Vec<OptionDeclaration> {
    let mut found = Vec::new();
    for (index, module) in analysis.modules.iter().enumerate() {
        if module.class == super::ClassHint::Submodule {
            continue;
        }
        let mut open = Vec::new();
        for entry in module.root("options") {
            if let (Some(path), Some(value)) = (entry.attrpath(), entry.value()) {
                open.push((Vec::new(), path.attrs().skip(1).collect::<Vec<_>>(), value));
            }
        }
        open.reverse();
        while let Some((above, attrs, value)) = open.pop() {
            let mut path: Vec<Key> = above;
            path.extend(attrs.iter().map(attrpath::key));
            if path.contains(&Key::Dynamic) {
                continue;
            }
            let mut value = expr::strip_prefixes(value);
            while let ast::Expr::BinOp(op) = &value
                && op.operator() == Some(ast::BinOpKind::Update)
                && let Some(left) = op.lhs()
            {
                value = expr::strip_prefixes(left);
            }
            match &value {
                ast::Expr::AttrSet(set) => {
                    let first = open.len();
                    for binding in set.attrpath_values() {
                        if let (Some(attrpath), Some(value)) = (binding.attrpath(), binding.value())
                        {
                            open.push((path.clone(), attrpath.attrs().collect(), value));
                        }
                    }
                    open[first..].reverse();
                }
                ast::Expr::Apply(_) => {
                    let (head, arguments) = expr::call(&value);
                    let Some(function) = names.scopes().lib_function(&head) else {
                        continue;
                    };
                    let last = path.last().is_some_and(|key| key.is("enable"));
                    let enable = match function.as_str() {
                        "mkEnableOption" => true,
                        "mkOption" => last && arguments.first().is_some_and(is_bool),
                        "mkPackageOption" => false,
                        _ => continue,
                    };
                    let (Some(first), Some(end)) = (attrs.first(), attrs.last()) else {
                        continue;
                    };
                    found.push(OptionDeclaration {
                        module: u32::try_from(index).unwrap_or(u32::MAX),
                        path: attrpath::display(&path).into(),
                        at: first.syntax().text_range().cover(end.syntax().text_range()),
                        enable,
                        untyped: function == "mkOption"
                            && arguments.first().is_some_and(is_untyped),
                    });
                }
                _ => {}
            }
        }
    }
    found
}

/// Whether the argument of `mkOption` says `type = types.bool;`.
fn is_bool(argument: &ast::Expr) -> bool {
    let ast::Expr::AttrSet(set) = expr::strip_parens(argument.clone()) else {
        return false;
    };
    set.attrpath_values().any(|binding| {
        let is_type = binding.attrpath().is_some_and(
            |path| matches!(attrpath::keys(&path).as_slice(), [key] if key.is("type")),
        );
        is_type
            && binding
                .value()
                .is_some_and(|value| expr::last_name(&value).as_deref() == Some("bool"))
    })
}

/// Whether the argument of `mkOption` is literal and has no `type`. Options that nobody but the module itself can fill,
/// and internal ones that convert their value, are left alone.
fn is_untyped(argument: &ast::Expr) -> bool {
    let mut sets = Vec::new();
    let mut open = vec![argument.clone()];
    while let Some(it) = open.pop() {
        match expr::strip_parens(it) {
            ast::Expr::AttrSet(set) => sets.push(set),
            ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Update) => {
                open.extend(op.lhs());
                open.extend(op.rhs());
            }
            _ => return false,
        }
    }
    // What is in the sets, by its first name.
    let (mut typed, mut computed, mut read_only, mut default) = (false, false, false, false);
    let mut converts = [false; 3];
    for entry in sets.iter().flat_map(|set| Green::new(set.syntax()).nodes()) {
        if entry.kind() == SyntaxKind::NODE_INHERIT {
            typed |= entry
                .nodes()
                .any(|attr| attr.key().as_deref() == Some("type"));
        }
        let Some(path) = entry.node(SyntaxKind::NODE_ATTRPATH) else {
            continue;
        };
        let Some(first) = path.nodes().next() else {
            continue;
        };
        match first.key().as_deref() {
            None => computed = true,
            Some("type") => typed = true,
            Some("apply") => converts[0] = true,
            Some("internal") => converts[1] = true,
            Some("visible") => converts[2] = true,
            Some("readOnly") => read_only = true,
            Some("default") => default = true,
            Some(_) => {}
        }
    }
    !(typed || computed || converts == [true; 3] || (read_only && default))
}

/// How many switches a file declares anywhere, submodules and functions included.
fn switches(sites: &Sites) -> usize {
    sites
        .iter()
        .filter(|(definition, nodes)| {
            // Behind `//`, `with` and the like it is something else.
            match &definition.value {
                Value::Call(name) if matches!(&**name, "mkEnableOption" | "mkOption") => {}
                Value::Other => {}
                _ => return false,
            }
            let Some(mut value) = ast::Expr::cast(nodes.value()) else {
                return false;
            };
            value = expr::strip_prefixes(value);
            while let ast::Expr::BinOp(op) = &value
                && let Some(left) = op.lhs()
            {
                value = expr::strip_prefixes(left);
            }
            let (head, arguments) = expr::call(&value);
            if arguments.is_empty() {
                return false;
            }
            match expr::last_name(&head).as_deref() {
                Some("mkEnableOption") => true,
                Some("mkOption") => {
                    sites.definitions.last(definition.path) == Some(Segment::Name("enable"))
                }
                _ => false,
            }
        })
        .count()
}

/// Finds a module of this file that sets options whatever its switch says.
pub(super) fn unguarded(
    names: Names<'_>,
    analysis: &Analysis,
    sites: &Sites,
    declarations: &[OptionDeclaration],
    reads: &[Read],
) -> Option<Unguarded> {
    let mut enables = declarations.iter().filter(|it| it.enable);
    let (Some(switch), None) = (enables.next(), enables.next()) else {
        return None;
    };
    let module = analysis.modules.get(switch.module as usize)?;
    if !module.is_file || !module.explicit || !module.whole {
        return None;
    }
    let path = keys_of(&switch.path);
    let (last, prefix) = path.split_last()?;
    if !last.is("enable") || prefix.is_empty() {
        return None;
    }
    // Read here, in any form, or handed on with all that is beside it.
    if reads
        .iter()
        .any(|read| read.path.starts_with(&path) || path.starts_with(&read.path))
    {
        return None;
    }
    if switches(sites) != 1 {
        return None;
    }

    let entries: Vec<_> = module.root("config").collect();
    let first = entries.first()?;
    let mut sets = Vec::new();
    let mut merged = false;
    if let [entry] = entries.as_slice()
        && entry.keys.len() == 1
    {
        match expr::strip_parens(entry.value()?) {
            ast::Expr::AttrSet(set) => sets.push(set),
            ast::Expr::Apply(apply) => {
                let (head, arguments) = expr::call(&ast::Expr::Apply(apply));
                if !names.scopes().resolves_to_lib(&head, "mkMerge") {
                    return None;
                }
                let [ast::Expr::List(list)] = arguments.as_slice() else {
                    return None;
                };
                merged = true;
                for item in list.items() {
                    match expr::strip_parens(item) {
                        ast::Expr::AttrSet(set) => sets.push(set),
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
    }
    let mut definitions: Vec<(Vec<Key>, ast::Expr)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.keys.len() > 1) {
        definitions.push((entry.keys[1..].to_vec(), entry.value()?));
    }
    // `config = { … }; config.x = …;` is one set to Nix.
    if sets.is_empty() && definitions.len() != entries.len() {
        return None;
    }
    for set in &sets {
        if set.inherits().next().is_some() {
            return None;
        }
        for binding in set.attrpath_values() {
            definitions.push((attrpath::keys(&binding.attrpath()?), binding.value()?));
        }
    }
    let nodes: Vec<SyntaxNode> = entries
        .iter()
        .filter_map(|entry| Some(entry.value()?.syntax().clone()))
        .collect();
    if nodes.iter().any(|node| asks_config(node, reads)) {
        return None;
    }

    let mut foreign = false;
    let mut sets_itself = false;
    let mut open = definitions;
    while let Some((at, value)) = open.pop() {
        sets_itself |= at == path || path.starts_with(&at);
        if at.contains(&Key::Dynamic) {
            return None;
        }
        let inner = expr::strip_parens(value);
        if prefix.starts_with(&at) || path.starts_with(&at) {
            if let ast::Expr::AttrSet(set) = &inner {
                for binding in set.attrpath_values() {
                    let mut below = at.clone();
                    below.extend(attrpath::keys(&binding.attrpath()?));
                    open.push((below, binding.value()?));
                }
                continue;
            }
            // Something of its own, in a form that hides its names.
            return None;
        }
        let aside = at.starts_with(prefix)
            || matches!(
                at[0].name(),
                Some("assertions" | "warnings" | "meta" | "_module" | "lib")
            )
            || (at[0].is("nixpkgs") && at.get(1).is_some_and(|key| key.is("overlays")));
        foreign |= !aside;
    }
    if !foreign {
        return None;
    }

    let one = (entries.len() == 1 && first.keys.len() == 1)
        .then(|| first.value())
        .flatten();
    let settings = match &one {
        Some(value) => value.syntax().text_range(),
        None => first.attrpath()?.syntax().text_range(),
    };
    let guard = one
        .filter(|_| !sets_itself)
        .and_then(|value| guard(names, analysis, module, value.syntax(), prefix, merged));
    Some(Unguarded {
        module: switch.module,
        option: switch.path.clone(),
        at: switch.at,
        settings,
        guard,
    })
}

/// Whether a condition below a node reads `config`.
fn asks_config(node: &SyntaxNode, reads: &[Read]) -> bool {
    let in_range = |range: TextRange| reads.iter().any(|read| range.contains_range(read.at));
    node.descendants()
        .filter_map(ast::Expr::cast)
        .any(|it| match it {
            ast::Expr::IfElse(it) => it
                .condition()
                .is_some_and(|it| in_range(it.syntax().text_range())),
            ast::Expr::Assert(it) => it
                .condition()
                .is_some_and(|it| in_range(it.syntax().text_range())),
            ast::Expr::Apply(apply) => {
                let (head, arguments) = expr::call(&ast::Expr::Apply(apply));
                expr::last_name(&head).is_some_and(|name| {
                    matches!(
                        &*name,
                        "mkIf" | "optionalAttrs" | "optional" | "optionals" | "optionalString"
                    )
                }) && arguments
                    .first()
                    .is_some_and(|it| in_range(it.syntax().text_range()))
            }
            _ => false,
        })
}

/// `lib.mkIf cfg.enable`, as it can be written at a node.
fn guard(
    names: Names<'_>,
    analysis: &Analysis,
    module: &Module,
    at: &SyntaxNode,
    prefix: &[Key],
    merged: bool,
) -> Option<(Box<str>, bool)> {
    let value = ast::Expr::cast(at.clone())?;
    let mk_if = names.spelling("mkIf", at, &value)?;
    let scopes = names.scopes();
    let lambda = module.lambda.as_ref()?.syntax().text_range();
    let scope = names.scope_of(at);
    let config = scopes.lookup("config", scope)?;
    if !matches!(names.binding(config), Bound::Formal(it) if it == lambda) {
        return None;
    }
    // An alias of the set that holds the switch.
    let alias = scopes
        .names()
        .filter(|(_, name)| name.kind.is_let())
        .find(|(id, name)| {
            let text = scopes.text(name.symbol);
            scopes.lookup(text, scope) == Some(*id)
                && match names.binding(*id) {
                    Bound::Value(value) => analysis.origin(names, &value).is_some_and(|origin| {
                        origin.root == Root::Config
                            && origin.path == prefix
                            && origin.evaluation == module.evaluation
                    }),
                    _ => false,
                }
        })
        .map(|(_, name)| scopes.text(name.symbol).to_owned());
    let condition = match alias {
        Some(alias) => format!("{alias}.enable"),
        None => format!("config.{}.enable", attrpath::display(prefix)),
    };
    Some((format!("{mk_if} {condition}").into(), merged))
}

/// The segments of a path that was joined with dots.
#[must_use]
pub fn keys_of(path: &str) -> Vec<Key> {
    // Quoted segments may hold dots; they are rare, and such a path is left alone by whoever compares.
    if path.contains('"') {
        return vec![Key::Dynamic];
    }
    path.split('.').map(|it| Key::Static(it.into())).collect()
}
