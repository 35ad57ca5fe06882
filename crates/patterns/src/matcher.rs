//! Compares a pattern with a tree.
//!
//! Goal: the work is bounded by the pattern times what it looks at: nothing is tried twice but the one name of a set that
//! may be any, and the ways in which a name can come from a set. Recursion goes over the pattern, never over the code.
//!
//! White space, comments, parentheses and the order of attributes do not matter. A selection is looked at one name at a
//! time, so that `a.b` is found in `a.b.c`.

use lint_api::syntax::scopes::{NameKind, To};
use lint_api::syntax::strings::StringValue;
use lint_api::syntax::{
    AstNode, HasEntry, Scopes, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, ast, attrpath,
};

use crate::pattern::{Formals, Key, Named, Pat, SetPat, Value, path_parts, texts};

/// An expression of the code: a node, or the first names of a selection.
#[derive(Debug, Clone)]
pub enum Code {
    /// All of a node, which is neither in parentheses nor a plain selection.
    Node(SyntaxNode),
    /// `a.b` in `a.b.c`: a selection without default, and how many of its names. At least one.
    Selected(SyntaxNode, usize),
}

impl Code {
    /// An expression, without the parentheses around it.
    #[must_use]
    pub fn of(node: SyntaxNode) -> Code {
        let mut node = node;
        while node.kind() == SyntaxKind::NODE_PAREN {
            match node.first_child() {
                Some(inner) => node = inner,
                None => break,
            }
        }
        match plain_names(&node) {
            Some(count) => Code::Selected(node, count),
            None => Code::Node(node),
        }
    }

    /// The node in which it stands.
    #[must_use]
    pub fn node(&self) -> &SyntaxNode {
        match self {
            Code::Node(node) | Code::Selected(node, _) => node,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn range(&self) -> TextRange {
        match self {
            Code::Node(node) => node.text_range(),
            Code::Selected(node, count) => {
                let start = node.text_range().start();
                let end = key_nodes(node)
                    .nth(count - 1)
                    .map(|it| it.text_range().end());
                TextRange::new(start, end.unwrap_or(start).max(start))
            }
        }
    }

    /// Whether it is all of its node.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match self {
            Code::Node(_) => true,
            Code::Selected(node, count) => plain_names(node) == Some(*count),
        }
    }

    /// The last name, and what it is selected from.
    fn pop(&self) -> Option<(Code, SyntaxNode)> {
        let Code::Selected(node, count) = self else {
            return None;
        };
        let key = key_nodes(node).nth(count - 1)?;
        let base = if *count > 1 {
            Code::Selected(node.clone(), count - 1)
        } else {
            Code::of(node.first_child()?)
        };
        Some((base, key))
    }
}

/// The names of a selection without default.
fn plain_names(node: &SyntaxNode) -> Option<usize> {
    let select = ast::Select::cast(node.clone())?;
    if select.or_token().is_some() {
        return None;
    }
    Some(key_nodes(node).count()).filter(|count| *count > 0)
}

fn key_nodes(select: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> + use<> {
    let path = select
        .children()
        .find(|it| it.kind() == SyntaxKind::NODE_ATTRPATH);
    path.into_iter().flat_map(|path| path.children())
}

/// What a hole stands for.
#[derive(Debug, Clone)]
pub enum Captured {
    /// An expression.
    Expr(Code),
    /// A name, as it is known, and where it is written.
    Name(String, Option<TextRange>),
    /// Further items: where each is written, and whether that is all of it.
    Rest(Vec<TextRange>, bool),
}

impl Captured {
    /// Where it is written.
    #[must_use]
    pub fn ranges(&self) -> Vec<TextRange> {
        match self {
            Captured::Expr(code) => vec![code.range()],
            Captured::Name(_, at) => at.iter().copied().collect(),
            Captured::Rest(at, _) => at.clone(),
        }
    }
}

/// A binding of the code, as far as a pattern has come into it.
#[derive(Debug, Clone)]
struct Binding {
    /// The statement.
    statement: SyntaxNode,
    /// The names that are left.
    keys: Vec<SyntaxNode>,
    value: Bound,
}

#[derive(Debug, Clone)]
enum Bound {
    Value(SyntaxNode),
    /// `inherit x;`, or `inherit (s) x;` with the source.
    Inherit(Option<SyntaxNode>),
}

/// Compares patterns with one tree.
pub struct Matcher<'a> {
    root: &'a SyntaxNode,
    scopes: &'a Scopes,
    /// By hole.
    pub captured: Vec<Option<Captured>>,
    /// Whether a part of the code is in no hole and not in the pattern either, so that a fix would lose it.
    pub lossy: bool,
}

impl<'a> Matcher<'a> {
    /// For the tree that `scopes` was made of.
    #[must_use]
    pub fn new(root: &'a SyntaxNode, scopes: &'a Scopes, holes: usize) -> Matcher<'a> {
        Matcher {
            root,
            scopes,
            captured: vec![None; holes],
            lossy: false,
        }
    }

    /// Forgets what holes stand for.
    pub fn clear(&mut self) {
        self.captured.fill(None);
        self.lossy = false;
    }

    /// Whether an expression matches.
    pub fn expr(&mut self, pat: &Pat, code: &Code) -> bool {
        match pat {
            Pat::Any(hole) => self.bind(*hole, Captured::Expr(code.clone())),
            Pat::Select(base, key) => match code.pop() {
                // `pkgs.lib.mkIf` is `lib.mkIf` as well. Nothing is captured by that.
                Some((from, name)) => {
                    (self.key(key, &name) && self.expr(base, &from)) || self.known(base, key, code)
                }
                None => self.through_set(base, key, code.node()),
            },
            _ => match code {
                Code::Node(node) => self.node(pat, node),
                Code::Selected(..) => false,
            },
        }
    }

    fn child(&mut self, pat: &Pat, node: Option<SyntaxNode>) -> bool {
        node.is_some_and(|node| self.expr(pat, &Code::of(node)))
    }

    fn children<const N: usize>(&mut self, pats: [&Pat; N], node: &SyntaxNode) -> bool {
        let mut children = node.children();
        pats.into_iter().all(|pat| self.child(pat, children.next()))
    }

    /// Whether a node matches that is no selection.
    fn node(&mut self, pat: &Pat, node: &SyntaxNode) -> bool {
        let kind = node.kind();
        match pat {
            Pat::Any(_) | Pat::Select(..) => false,
            Pat::Ident(name) => {
                kind == SyntaxKind::NODE_IDENT && attrpath::ident_text(node) == &**name
            }
            Pat::Literal(text) => kind == SyntaxKind::NODE_LITERAL && node.text() == **text,
            Pat::CurPos => kind == SyntaxKind::NODE_CUR_POS,
            Pat::Str(pieces, pats) => {
                kind == SyntaxKind::NODE_STRING && {
                    let value = StringValue::of_node(node);
                    value.holes.len() == pats.len()
                        && texts(&value) == *pieces
                        && pats
                            .iter()
                            .zip(&value.holes)
                            .all(|(pat, hole)| self.child(pat, Some(hole.node.clone())))
                }
            }
            Pat::Path(path, pieces, pats) => {
                kind == *path && {
                    let (texts, inner) = path_parts(node);
                    texts == *pieces
                        && inner.len() == pats.len()
                        && pats
                            .iter()
                            .zip(inner)
                            .all(|(pat, inner)| self.child(pat, inner.first_child()))
                }
            }
            Pat::SelectOr(base, keys, default) => {
                let Some(select) = ast::Select::cast(node.clone()) else {
                    return false;
                };
                select.or_token().is_some()
                    && self.keys(keys, node)
                    && self.child(base, select.expr().map(syntax))
                    && self.child(default, select.default_expr().map(syntax))
            }
            Pat::Apply(function, argument) => {
                kind == SyntaxKind::NODE_APPLY && self.children([function, argument], node)
            }
            Pat::ApplyRest(function, given, hole) => {
                kind == SyntaxKind::NODE_APPLY && self.call(function, *given, *hole, node)
            }
            Pat::List(before, rest, after) => {
                kind == SyntaxKind::NODE_LIST && self.list(before, *rest, after, node)
            }
            Pat::Set(set) => {
                let Some(it) = ast::AttrSet::cast(node.clone()) else {
                    return false;
                };
                it.rec_token().is_some() == set.recursive && self.set(set, bindings(&it), false)
            }
            Pat::Let(set, body) => {
                let Some(it) = ast::LetIn::cast(node.clone()) else {
                    return false;
                };
                self.set(set, bindings(&it), false) && self.child(body, it.body().map(syntax))
            }
            Pat::Lambda(key, body) => {
                let Some(it) = ast::Lambda::cast(node.clone()) else {
                    return false;
                };
                let Some(ast::Param::IdentParam(name)) = it.param() else {
                    return false;
                };
                let name = name.ident().map(|it| it.syntax().clone());
                name.is_some_and(|name| self.key(key, &name))
                    && self.child(body, it.body().map(syntax))
            }
            Pat::Function(formals, body) => {
                let Some(it) = ast::Lambda::cast(node.clone()) else {
                    return false;
                };
                let Some(ast::Param::Pattern(pattern)) = it.param() else {
                    return false;
                };
                self.formals(formals, &pattern) && self.child(body, it.body().map(syntax))
            }
            Pat::With(a, b) => kind == SyntaxKind::NODE_WITH && self.children([a, b], node),
            Pat::Assert(a, b) => kind == SyntaxKind::NODE_ASSERT && self.children([a, b], node),
            Pat::If(a, b, c) => kind == SyntaxKind::NODE_IF_ELSE && self.children([a, b, c], node),
            Pat::BinOp(op, a, b) => {
                let it = ast::BinOp::cast(node.clone());
                it.is_some_and(|it| it.operator() == Some(*op)) && self.children([a, b], node)
            }
            Pat::UnaryOp(op, a) => {
                let it = ast::UnaryOp::cast(node.clone());
                it.is_some_and(|it| it.operator() == Some(*op)) && self.children([a], node)
            }
            Pat::HasAttr(base, keys) => {
                kind == SyntaxKind::NODE_HAS_ATTR
                    && self.keys(keys, node)
                    && self.children([base], node)
            }
        }
    }

    /// Lets a hole stand for something: the second time, for the same.
    pub fn bind(&mut self, hole: Named, it: Captured) -> bool {
        let Some(hole) = hole else {
            return true;
        };
        match &self.captured[hole] {
            Some(known) => self.same(known, &it),
            None => {
                self.captured[hole] = Some(it);
                true
            }
        }
    }

    /// Whether a name matches.
    pub fn key(&mut self, key: &Key, node: &SyntaxNode) -> bool {
        match key {
            Key::Name(name) => is_name(node, name),
            Key::Any(hole) => self.bind_name(*hole, node),
        }
    }

    /// Lets a hole stand for a name; a computed one is known by its text.
    fn bind_name(&mut self, hole: Named, node: &SyntaxNode) -> bool {
        if hole.is_none() {
            return true;
        }
        let name = key_name(node).unwrap_or_else(|| node.text().to_string());
        self.bind(hole, Captured::Name(name, Some(node.text_range())))
    }

    /// Whether the whole path of a node matches.
    fn keys(&mut self, keys: &[Key], node: &SyntaxNode) -> bool {
        let nodes: Vec<SyntaxNode> = key_nodes(node).collect();
        nodes.len() == keys.len()
            && keys
                .iter()
                .zip(&nodes)
                .all(|(key, node)| self.key(key, node))
    }

    fn call(&mut self, function: &Pat, given: usize, hole: Named, node: &SyntaxNode) -> bool {
        let mut arguments = Vec::new();
        let mut heads = vec![node.clone()];
        let mut at = node.clone();
        while at.kind() == SyntaxKind::NODE_APPLY {
            let mut children = at.children();
            let (Some(head), Some(argument)) = (children.next(), children.next()) else {
                return false;
            };
            arguments.push(argument.text_range());
            let Code::Node(head) = Code::of(head.clone()) else {
                heads.push(head);
                break;
            };
            heads.push(head.clone());
            at = head;
        }
        // `heads[n]` is the call without its last n arguments.
        let Some(rest) = arguments.len().checked_sub(given) else {
            return false;
        };
        arguments.truncate(rest);
        arguments.reverse();
        self.child(function, heads.get(rest).cloned())
            && self.bind(hole, Captured::Rest(arguments, true))
    }

    fn list(
        &mut self,
        before: &[Pat],
        rest: Option<Named>,
        after: &[Pat],
        node: &SyntaxNode,
    ) -> bool {
        let items: Vec<SyntaxNode> = node.children().collect();
        let Some(more) = items.len().checked_sub(before.len() + after.len()) else {
            return false;
        };
        if rest.is_none() && more > 0 {
            return false;
        }
        let (first, others) = items.split_at(before.len());
        let (middle, last) = others.split_at(more);
        let all = |it: &mut Self, pats: &[Pat], items: &[SyntaxNode]| {
            let mut pairs = pats.iter().zip(items);
            pairs.all(|(pat, item)| it.child(pat, Some(item.clone())))
        };
        all(self, before, first)
            && all(self, after, last)
            && rest.is_none_or(|hole| {
                let at = middle.iter().map(SyntaxNode::text_range).collect();
                self.bind(hole, Captured::Rest(at, true))
            })
    }

    /// Whether bindings match; `around` says whether the set around this one may have others.
    fn set(&mut self, set: &SetPat, bindings: Vec<Binding>, around: bool) -> bool {
        let open = set.rest.is_some() || set.dotted && around;
        let mut used = vec![false; bindings.len()];
        for (source, name) in &set.inherits {
            let at = bindings.iter().position(|it| {
                let Bound::Inherit(from) = &it.value else {
                    return false;
                };
                matches!(it.keys.as_slice(), [key] if is_name(key, name))
                    && from.is_some() == source.is_some()
            });
            let Some(at) = at else { return false };
            if let (Some(pat), Bound::Inherit(Some(from))) = (source, &bindings[at].value)
                && !self.child(pat, Some(from.clone()))
            {
                return false;
            }
            used[at] = true;
        }
        for (key, value) in &set.bindings {
            let taken = match key {
                Key::Name(name) => self.group(value, &bindings, &used, name, open),
                Key::Any(hole) => self.any_group(*hole, value, &bindings, &used, open),
            };
            let Some(taken) = taken else { return false };
            for at in taken {
                used[at] = true;
            }
        }
        let left: Vec<usize> = (0..used.len()).filter(|at| !used[*at]).collect();
        if left.is_empty() {
            return set
                .rest
                .flatten()
                .is_none_or(|hole| self.bind(Some(hole), Captured::Rest(Vec::new(), true)));
        }
        if !open {
            return false;
        }
        let Some(hole) = set.rest else {
            self.lossy = true;
            return true;
        };
        if hole.is_none() {
            return true;
        }
        let mut at: Vec<TextRange> = Vec::new();
        let mut whole = true;
        for index in left {
            let range = bindings[index].statement.text_range();
            // Of `inherit a b;`, a part may be in the pattern.
            let taken = |other: Option<usize>| {
                other.is_some_and(|it| {
                    used.get(it) == Some(&true) && bindings[it].statement.text_range() == range
                })
            };
            whole &= !taken(index.checked_sub(1)) && !taken(Some(index + 1));
            if at.last() != Some(&range) {
                at.push(range);
            }
        }
        self.bind(hole, Captured::Rest(at, whole))
    }

    /// The bindings that make the attribute of a known name, if it matches.
    fn group(
        &mut self,
        value: &Value,
        bindings: &[Binding],
        used: &[bool],
        name: &str,
        open: bool,
    ) -> Option<Vec<usize>> {
        let is = |key: &SyntaxNode| is_name(key, name);
        let group: Vec<usize> = (0..bindings.len())
            .filter(|at| !used[*at] && bindings[*at].keys.first().is_some_and(is))
            .collect();
        self.value(value, bindings, &group, open).then_some(group)
    }

    /// Likewise for any name: the first that matches.
    fn any_group(
        &mut self,
        hole: Named,
        value: &Value,
        bindings: &[Binding],
        used: &[bool],
        open: bool,
    ) -> Option<Vec<usize>> {
        let mut tried: Vec<String> = Vec::new();
        for at in 0..bindings.len() {
            if used[at] {
                continue;
            }
            let key = bindings[at].keys.first()?;
            let name = key_name(key);
            // Looking at every name of a large set once more for each of them would be too much.
            if tried.len() > 64 || name.as_ref().is_some_and(|it| tried.contains(it)) {
                continue;
            }
            let kept = (self.captured.clone(), self.lossy);
            let group = match &name {
                Some(name) => {
                    tried.push(name.clone());
                    if self.bind_name(hole, key) {
                        self.group(value, bindings, used, name, open)
                    } else {
                        None
                    }
                }
                None => (self.bind_name(hole, key) && self.value(value, bindings, &[at], open))
                    .then(|| vec![at]),
            };
            if group.is_some() {
                return group;
            }
            (self.captured, self.lossy) = kept;
        }
        None
    }

    /// Whether the bindings of one attribute make a value.
    fn value(&mut self, value: &Value, bindings: &[Binding], group: &[usize], open: bool) -> bool {
        match value {
            Value::Expr(pat) => {
                let [at] = group else { return false };
                let binding = &bindings[*at];
                let [key] = binding.keys.as_slice() else {
                    return false;
                };
                match (&binding.value, pat) {
                    (Bound::Value(node), pat) => self.expr(pat, &Code::of(node.clone())),
                    (Bound::Inherit(_), Pat::Any(hole)) => self.bind_name(*hole, key),
                    (Bound::Inherit(_), _) => false,
                }
            }
            Value::Set(set) => {
                let mut inner = Vec::new();
                for at in group {
                    let binding = &bindings[*at];
                    let Bound::Value(node) = &binding.value else {
                        return false;
                    };
                    if binding.keys.len() > 1 {
                        inner.push(Binding {
                            keys: binding.keys[1..].to_vec(),
                            ..binding.clone()
                        });
                        continue;
                    }
                    let Code::Node(node) = Code::of(node.clone()) else {
                        return false;
                    };
                    match ast::AttrSet::cast(node) {
                        Some(it) if it.rec_token().is_none() => inner.extend(self::bindings(&it)),
                        _ => return false,
                    }
                }
                !group.is_empty() && self.set(set, inner, open)
            }
        }
    }

    fn formals(&mut self, formals: &Formals, pattern: &ast::Pattern) -> bool {
        let free = formals.rest.is_some();
        if !free && formals.open != pattern.ellipsis_token().is_some() {
            return false;
        }
        let whole = pattern.pat_bind().and_then(|it| it.ident());
        match (&formals.whole, whole) {
            (Some(key), Some(name)) if !self.key(key, name.syntax()) => return false,
            (Some(_), None) => return false,
            (None, Some(_)) if !free => return false,
            (None, Some(_)) => self.lossy = true,
            _ => {}
        }
        let mut others: Vec<ast::PatEntry> = pattern.pat_entries().collect();
        for (name, default) in &formals.names {
            let at = others.iter().position(|it| {
                it.ident()
                    .is_some_and(|it| attrpath::ident_text(it.syntax()) == &**name)
            });
            let Some(at) = at else { return false };
            let entry = others.remove(at);
            let fits = match (default, entry.default()) {
                (None, None) => true,
                (Some(pat), Some(given)) => self.child(pat, Some(given.syntax().clone())),
                _ => false,
            };
            if !fits {
                return false;
            }
        }
        match formals.rest {
            None => others.is_empty(),
            Some(hole) => {
                let at = others.iter().map(|it| it.syntax().text_range()).collect();
                self.bind(hole, Captured::Rest(at, pattern.ellipsis_token().is_none()))
            }
        }
    }

    /// Whether a name is `base.key` because `with base;` or `inherit (base) key;` brings it.
    fn through_set(&mut self, base: &Pat, key: &Key, node: &SyntaxNode) -> bool {
        if node.kind() != SyntaxKind::NODE_IDENT {
            return false;
        }
        if self.known(base, key, &Code::Node(node.clone())) {
            return true;
        }
        let name = attrpath::ident_text(node);
        if matches!(key, Key::Name(key) if **key != *name) {
            return false;
        }
        let Some(reference) = self.scopes.resolve(node) else {
            return false;
        };
        let sources: Vec<SyntaxNode> = match reference.to {
            To::With(_) => {
                let sources = self.scopes.with_sources(self.root, reference);
                sources.map(|it| it.syntax().clone()).take(4).collect()
            }
            To::Name(id) => match self.scopes.name(id).kind {
                NameKind::LetInheritFrom | NameKind::RecInheritFrom => self
                    .scopes
                    .source_node(self.root, id)
                    .map(|it| it.syntax().clone())
                    .into_iter()
                    .collect(),
                _ => return false,
            },
            To::Prelude(_) | To::Unbound => return false,
        };
        // Which of several sets has it, nobody knows: for one name that is worth a finding, for any name it is not.
        if sources.len() > 1 && matches!(key, Key::Any(_)) {
            return false;
        }
        sources.into_iter().any(|source| {
            let kept = (self.captured.clone(), self.lossy);
            let found = self.key(key, node) && self.child(base, Some(source));
            if !found {
                (self.captured, self.lossy) = kept;
            }
            found
        })
    }

    /// Whether an expression is the function of `lib` or the builtin that a pattern names, however it is written.
    fn known(&self, base: &Pat, key: &Key, code: &Code) -> bool {
        let (Pat::Ident(set), Key::Name(name)) = (base, key) else {
            return false;
        };
        if !matches!(&**set, "lib" | "builtins") || !code.is_whole() {
            return false;
        }
        let Some(expr) = ast::Expr::cast(code.node().clone()) else {
            return false;
        };
        match &**set {
            "lib" => self.scopes.resolves_to_lib(&expr, name),
            _ => self.scopes.resolves_to_builtin(&expr, name),
        }
    }

    /// Whether two holes stand for the same code.
    fn same(&self, one: &Captured, other: &Captured) -> bool {
        match (one, other) {
            (Captured::Name(one, _), Captured::Name(other, _)) => one == other,
            (Captured::Expr(one), Captured::Expr(other)) => {
                self.same_tokens(&[one.range()], &[other.range()])
            }
            (Captured::Name(name, _), Captured::Expr(code))
            | (Captured::Expr(code), Captured::Name(name, _)) => {
                code.node().kind() == SyntaxKind::NODE_IDENT
                    && attrpath::ident_text(code.node()) == name
            }
            (Captured::Rest(one, _), Captured::Rest(other, _)) => self.same_tokens(one, other),
            _ => false,
        }
    }

    fn same_tokens(&self, one: &[TextRange], other: &[TextRange]) -> bool {
        let mut one = one.iter().flat_map(|at| tokens(self.root, *at));
        let mut other = other.iter().flat_map(|at| tokens(self.root, *at));
        loop {
            match (one.next(), other.next()) {
                (None, None) => return true,
                (Some(one), Some(other)) if one.text() == other.text() => {}
                _ => return false,
            }
        }
    }
}

/// The tokens of a range, without white space and comments.
fn tokens(root: &SyntaxNode, at: TextRange) -> impl Iterator<Item = SyntaxToken> + use<> {
    let first = lint_api::syntax::place::token_after(root, at.start());
    std::iter::successors(first, SyntaxToken::next_token)
        .take_while(move |token| token.text_range().end() <= at.end())
        .filter(|token| {
            !matches!(
                token.kind(),
                SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMENT
            )
        })
}

fn syntax(expr: ast::Expr) -> SyntaxNode {
    expr.syntax().clone()
}

/// The name that a segment of a path, or an argument, is.
fn key_name(node: &SyntaxNode) -> Option<String> {
    let green = lint_api::syntax::Green::new(node);
    green.key().map(std::borrow::Cow::into_owned)
}

fn is_name(node: &SyntaxNode, name: &str) -> bool {
    let green = lint_api::syntax::Green::new(node);
    green.key().is_some_and(|key| *key == *name)
}

/// The bindings of a set, each inherited name on its own.
fn bindings(set: &impl HasEntry) -> Vec<Binding> {
    let mut bindings = Vec::new();
    for entry in set.entries() {
        match entry {
            ast::Entry::AttrpathValue(it) => {
                let (Some(path), Some(value)) = (it.attrpath(), it.value()) else {
                    continue;
                };
                bindings.push(Binding {
                    statement: it.syntax().clone(),
                    keys: path.attrs().map(|attr| attr.syntax().clone()).collect(),
                    value: Bound::Value(value.syntax().clone()),
                });
            }
            ast::Entry::Inherit(it) => {
                let source = it.from().and_then(|from| from.expr()).map(syntax);
                for attr in it.attrs() {
                    bindings.push(Binding {
                        statement: it.syntax().clone(),
                        keys: vec![attr.syntax().clone()],
                        value: Bound::Inherit(source.clone()),
                    });
                }
            }
        }
    }
    bindings
}
