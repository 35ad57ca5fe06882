//! Bindings that only repeat a name: `x = x;` and `x = a.x;`, which `inherit` says shorter.
//!
//! Goal: those where the rewritten text means the same. Limit: one binding at a time, and the block of such bindings
//! around it; what stands elsewhere in the set is not looked at.

use rnix::ast;
use rnix::{NodeOrToken, SyntaxKind, SyntaxNode, TextRange};
use rowan::ast::AstNode;

use crate::Scopes;
use crate::attrpath::{is_identifier, key};
use crate::comments;
use crate::scopes::To;

/// A binding that `inherit` says shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// The name.
    pub name: String,
    /// The key.
    pub key: TextRange,
    /// What it is taken from: `a.b` in `x = a.b.x;`.
    pub source: Option<TextRange>,
    /// The value.
    pub value: TextRange,
}

impl Repeated {
    /// The text of what it is taken from.
    #[must_use]
    pub fn source_text<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.source
            .map(|range| &text[std::ops::Range::<usize>::from(range)])
    }
}

/// `x = x;` in a plain set.
#[must_use]
pub fn name(scopes: &Scopes, binding: &SyntaxNode) -> Option<Repeated> {
    let (path, value) = parts(binding, SyntaxKind::NODE_IDENT)?;
    let name = value.first_token()?;
    let key = only_key(&path, name.text())?;
    let set = binding.parent()?;
    let plain = set.kind() == SyntaxKind::NODE_ATTR_SET
        && set
            .first_token()
            .is_some_and(|it| it.kind() != SyntaxKind::TOKEN_REC);
    if !plain {
        return None;
    }
    // A later part of a recursive set sees its names; `__curPos` is no name at all.
    if let To::Name(id) = scopes.resolve(&value)?.to
        && scopes.name(id).at == key
    {
        return None;
    }
    Some(Repeated {
        name: name.text().to_owned(),
        key,
        source: None,
        value: value.text_range(),
    })
}

/// `x = a.b.x;` with a name `a` and a path without computed keys and without `or`.
#[must_use]
pub fn from(scopes: &Scopes, binding: &SyntaxNode) -> Option<Repeated> {
    let (path, value) = parts(binding, SyntaxKind::NODE_SELECT)?;
    let select = ast::Select::cast(value.clone())?;
    let taken = select.attrpath()?;
    let last = taken.attrs().last()?;
    let name = key(&last).name()?.to_owned();
    let at = only_key(&path, &name)?;
    let ast::Expr::Ident(base) = select.expr()? else {
        return None;
    };
    if select.or_token().is_some() || taken.attrs().any(|it| key(&it).name().is_none()) {
        return None;
    }
    // `rec { k = k.k; }`
    if let To::Name(id) = scopes.resolve(base.syntax())?.to
        && scopes.name(id).at == at
    {
        return None;
    }
    let attrs: Vec<ast::Attr> = taken.attrs().collect();
    let end = match attrs.as_slice() {
        [.., before, _] => before.syntax().text_range().end(),
        _ => base.syntax().text_range().end(),
    };
    Some(Repeated {
        name,
        key: at,
        source: Some(TextRange::new(value.text_range().start(), end)),
        value: value.text_range(),
    })
}

/// Key path and value of a binding, if the value is of one kind. Nothing is allocated for most bindings.
fn parts(binding: &SyntaxNode, kind: SyntaxKind) -> Option<(SyntaxNode, SyntaxNode)> {
    let value = binding.last_child().filter(|it| it.kind() == kind)?;
    let path = binding
        .first_child()
        .filter(|it| it.kind() == SyntaxKind::NODE_ATTRPATH)?;
    Some((path, value))
}

/// The key of a path that is one word, quoted or not, which can stand in an `inherit`.
fn only_key(path: &SyntaxNode, name: &str) -> Option<TextRange> {
    let first = path
        .first_child()
        .filter(|it| it.next_sibling().is_none())?;
    let known = match first.kind() {
        SyntaxKind::NODE_IDENT => first.first_token()?.text() == name,
        // Beside another quoted key it is data: `{ "Name" = x; "x" = x; }`.
        SyntaxKind::NODE_STRING => {
            let binding = path.parent()?;
            !quoted(binding.prev_sibling())
                && !quoted(binding.next_sibling())
                && key(&ast::Attr::cast(first.clone())?).is(name)
        }
        _ => false,
    };
    (known && is_identifier(name)).then(|| first.text_range())
}

/// Whether a binding begins with a quoted key.
fn quoted(binding: Option<SyntaxNode>) -> bool {
    binding
        .and_then(ast::AttrpathValue::cast)
        .and_then(|it| it.attrpath()?.attrs().next())
        .is_some_and(|it| matches!(it, ast::Attr::Str(_)))
}

/// The widest line that is written where it can be avoided.
const WIDTH: usize = 100;

/// One `inherit` for a block of bindings: `head` is `inherit` or `inherit (a)`. On one line, unless that is long.
#[must_use]
pub fn one<'a>(
    head: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    first: &SyntaxNode,
) -> String {
    let mut text = head.to_owned();
    let width = head.len() + names.clone().map(|it| it.len() + 1).sum::<usize>() + 1;
    // The line end and the indentation of the first.
    let space = first
        .prev_sibling_or_token()
        .and_then(NodeOrToken::into_token)
        .filter(|it| it.kind() == SyntaxKind::TOKEN_WHITESPACE);
    let line = space
        .as_ref()
        .and_then(|it| it.text().rfind('\n').map(|at| &it.text()[at..]));
    match line {
        Some(line) if line.len() - 1 + width > WIDTH => {
            let end = if space.as_ref().is_some_and(|it| it.text().contains('\r')) {
                "\r"
            } else {
                ""
            };
            let step = if line.contains('\t') { "\t" } else { "  " };
            for name in names {
                text += &[end, line, step, name].concat();
            }
            text += &[end, line, step, ";"].concat();
        }
        _ => {
            for name in names {
                text += " ";
                text += name;
            }
            text += ";";
        }
    }
    text
}

/// How many bindings of a block are looked at on each side.
const BLOCK: usize = 200;

/// The bindings around one for which `alike` says yes, with nothing but one line end between them, in order.
#[must_use]
pub fn block<T>(
    binding: &SyntaxNode,
    alike: impl Fn(&SyntaxNode) -> Option<T>,
) -> Vec<(SyntaxNode, T)> {
    let next_to = |a: &SyntaxNode, b: &SyntaxNode| {
        let gap = a
            .last_token()
            .and_then(|it| it.next_token())
            .filter(|it| it.kind() == SyntaxKind::TOKEN_WHITESPACE);
        gap.is_some_and(|gap| {
            gap.text().matches('\n').count() == 1 && gap.next_token() == b.first_token()
        })
    };
    let fits = |it: &SyntaxNode| alike(it).filter(|_| !comments::any_in(it, it.text_range()));
    let mut found = Vec::new();
    let mut at = binding.clone();
    while found.len() < BLOCK
        && let Some(before) = at.prev_sibling().filter(|it| next_to(it, &at))
        && let Some(what) = fits(&before)
    {
        found.push((before.clone(), what));
        at = before;
    }
    found.reverse();
    found.extend(fits(binding).map(|what| (binding.clone(), what)));
    let mut at = binding.clone();
    while found.len() < 2 * BLOCK
        && let Some(after) = at.next_sibling().filter(|it| next_to(&at, it))
        && let Some(what) = fits(&after)
    {
        found.push((after.clone(), what));
        at = after;
    }
    found
}
