//! A pattern as plain data: what a snippet of Nix with holes asks of a tree.
//!
//! Trees do not cross threads and rules live as long as the program, so a snippet is translated once. What cannot be
//! matched without guessing or without trying many ways is refused here: computed names, and a second `$...xs` or a second
//! name of any kind in one pair of brackets.

use lint_api::syntax::ast::{BinOpKind, UnaryOpKind};
use lint_api::syntax::strings::StringValue;
use lint_api::syntax::{
    AstNode, Green, HasEntry, NodeOrToken, SyntaxKind, SyntaxNode, ast, attrpath,
};

use crate::snippet::{self, Hole, Snippet, Wrong};

/// A hole that is remembered, by its index in [`Holes`]; `None` is `$_`.
pub type Named = Option<usize>;

/// The names of the holes of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holes {
    names: Vec<(String, Role)>,
    /// Whether a hole must stand for an expression everywhere, or for a name everywhere, as in a fix.
    pub strict: bool,
}

/// What a hole stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An expression.
    Expr,
    /// A name of a path, or of an argument.
    Name,
    /// Further items of a list.
    Items,
    /// Further arguments of a call.
    Arguments,
    /// Further bindings of a set or `let`.
    Bindings,
    /// Further arguments of a function.
    Formals,
}

impl Role {
    /// Whether it is written `$...xs`.
    #[must_use]
    pub fn is_rest(self) -> bool {
        !matches!(self, Role::Expr | Role::Name)
    }
}

impl Holes {
    /// The index of a name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|(known, _)| known == name)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// What a hole stands for.
    #[must_use]
    pub fn role(&self, index: usize) -> Role {
        self.names[index].1
    }

    /// All, as they are written.
    pub fn written(&self) -> impl Iterator<Item = String> {
        self.names.iter().map(|(name, role)| {
            let dots = if role.is_rest() { "..." } else { "" };
            format!("${dots}{name}")
        })
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Pat {
    /// `$x`
    Any(Named),
    /// A name.
    Ident(Box<str>),
    /// A number or a URL, as it is written.
    Literal(Box<str>),
    /// A string: the texts between its interpolations, and these.
    Str(Vec<String>, Vec<Pat>),
    /// A path, likewise; the kind of its node.
    Path(SyntaxKind, Vec<String>, Vec<Pat>),
    /// `a.b`, one name at a time.
    Select(Box<Pat>, Key),
    /// `a.b.c or d`
    SelectOr(Box<Pat>, Vec<Key>, Box<Pat>),
    /// `f x`
    Apply(Box<Pat>, Box<Pat>),
    /// `f x $...xs`: the function with the arguments in front, their number, the hole.
    ApplyRest(Box<Pat>, usize, Named),
    /// `[ a $...xs b ]`
    List(Vec<Pat>, Option<Named>, Vec<Pat>),
    /// `{ … }`
    Set(SetPat),
    /// `x: body`
    Lambda(Key, Box<Pat>),
    /// `{ … }: body`
    Function(Formals, Box<Pat>),
    /// `let … in body`
    Let(SetPat, Box<Pat>),
    /// `with a; b`
    With(Box<Pat>, Box<Pat>),
    /// `assert a; b`
    Assert(Box<Pat>, Box<Pat>),
    /// `if a then b else c`
    If(Box<Pat>, Box<Pat>, Box<Pat>),
    /// `a + b`
    BinOp(BinOpKind, Box<Pat>, Box<Pat>),
    /// `!a`
    UnaryOp(UnaryOpKind, Box<Pat>),
    /// `a ? b.c`
    HasAttr(Box<Pat>, Vec<Key>),
    /// `__curPos`
    CurPos,
}

/// A name of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// This one.
    Name(Box<str>),
    /// Any.
    Any(Named),
}

/// The bindings of a set or of a `let`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetPat {
    /// `rec { … }`
    pub recursive: bool,
    /// `a.b = …;` beside which `a` may have other names, if the set around it may.
    pub dotted: bool,
    /// By their first names, each once; known names before the one that may be any.
    pub bindings: Vec<(Key, Value)>,
    /// `inherit x;`, and `inherit (s) x;`
    pub inherits: Vec<(Option<Pat>, Box<str>)>,
    /// `$...xs`
    pub rest: Option<Named>,
}

/// What stands under a first name.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An expression.
    Expr(Pat),
    /// A set, written with dots or as a set.
    Set(SetPat),
}

/// The arguments of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Formals {
    /// Names and defaults.
    pub names: Vec<(Box<str>, Option<Pat>)>,
    /// `...`
    pub open: bool,
    /// `x @ { … }`
    pub whole: Option<Key>,
    /// `$...xs`
    pub rest: Option<Named>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// An expression.
    Expr(Pat),
    /// A definition.
    Definition(Vec<Key>, Pat),
}

impl Pattern {
    /// Translates a snippet. New holes are added to `holes`, in the order of the text.
    ///
    /// # Errors
    /// When it holds something that no pattern can, or a hole stands for two kinds of things.
    pub fn of(snippet: &Snippet, holes: &mut Holes) -> Result<Pattern, Wrong> {
        let mut reader = Reader { snippet, holes };
        if let Some(binding) = ast::AttrpathValue::cast(snippet.node.clone()) {
            let path = binding
                .attrpath()
                .ok_or_else(|| reader.odd(&snippet.node))?;
            let mut keys = reader.keys(&path)?;
            let value = binding.value().ok_or_else(|| reader.odd(&snippet.node))?;
            let mut value = reader.expr(&value)?;
            // `a = { b = 1; $..._ };` is `a.b = 1;`, which also finds `a.b = 1;` alone.
            while let Pat::Set(set) = &mut value
                && set.rest == Some(None)
                && !set.recursive
                && set.inherits.is_empty()
                && set.bindings.len() == 1
            {
                let (key, inner) = set.bindings.remove(0);
                keys.push(key);
                value = match inner {
                    Value::Expr(pat) => pat,
                    Value::Set(set) => Pat::Set(SetPat {
                        rest: set.rest.or(if set.dotted { Some(None) } else { None }),
                        dotted: false,
                        ..set
                    }),
                };
            }
            return Ok(Pattern::Definition(keys, value));
        }
        let expr =
            ast::Expr::cast(snippet.node.clone()).ok_or_else(|| reader.odd(&snippet.node))?;
        Ok(Pattern::Expr(reader.expr(&expr)?))
    }

    /// The kinds of nodes that it may begin with; empty when it is looked for among the references or definitions.
    #[must_use]
    pub fn kinds(&self) -> &'static [SyntaxKind] {
        use SyntaxKind::*;
        let Pattern::Expr(pat) = self else {
            return &[];
        };
        match pat {
            Pat::Any(_) | Pat::Ident(_) => &[],
            Pat::Literal(_) => &[NODE_LITERAL],
            Pat::Str(..) => &[NODE_STRING],
            Pat::Path(NODE_PATH_ABS, ..) => &[NODE_PATH_ABS],
            Pat::Path(NODE_PATH_HOME, ..) => &[NODE_PATH_HOME],
            Pat::Path(NODE_PATH_SEARCH, ..) => &[NODE_PATH_SEARCH],
            Pat::Path(..) => &[NODE_PATH_REL],
            Pat::Select(..) => &[NODE_SELECT, NODE_INHERIT],
            Pat::SelectOr(..) => &[NODE_SELECT],
            Pat::Apply(..) | Pat::ApplyRest(..) => &[NODE_APPLY],
            Pat::List(..) => &[NODE_LIST],
            Pat::Set(_) => &[NODE_ATTR_SET],
            Pat::Lambda(..) | Pat::Function(..) => &[NODE_LAMBDA],
            Pat::Let(..) => &[NODE_LET_IN],
            Pat::With(..) => &[NODE_WITH],
            Pat::Assert(..) => &[NODE_ASSERT],
            Pat::If(..) => &[NODE_IF_ELSE],
            Pat::BinOp(..) => &[NODE_BIN_OP],
            Pat::UnaryOp(..) => &[NODE_UNARY_OP],
            Pat::HasAttr(..) => &[NODE_HAS_ATTR],
            Pat::CurPos => &[NODE_CUR_POS],
        }
    }
}

/// Translates nodes.
struct Reader<'a> {
    snippet: &'a Snippet,
    holes: &'a mut Holes,
}

impl Reader<'_> {
    fn odd(&self, node: &SyntaxNode) -> Wrong {
        self.snippet.wrong(node, "a pattern cannot hold this")
    }

    /// The hole that an identifier is, if it is one.
    fn hole(&mut self, node: &SyntaxNode, role: Role) -> Result<Option<Named>, Wrong> {
        let text = node.text().to_string();
        let (name, rest) = match snippet::hole(&text) {
            None => return Ok(None),
            Some(Hole::One(name)) => (name, false),
            Some(Hole::Rest(name)) => (name, true),
        };
        if rest != role.is_rest() {
            let dots = if rest { "..." } else { "" };
            return Err(self.snippet.wrong(
                node,
                format!("`${dots}{name}` cannot stand here: `$...` stands for the rest of what is in brackets"),
            ));
        }
        if name == "_" {
            return Ok(Some(None));
        }
        if let Some(index) = self.holes.index(name) {
            let known = self.holes.role(index);
            let mixed = !self.holes.strict && !known.is_rest() && !role.is_rest();
            if known != role && !mixed {
                let words = format!("the hole `{name}` stands for something else in another place");
                return Err(self.snippet.wrong(node, words));
            }
            return Ok(Some(Some(index)));
        }
        self.holes.names.push((name.to_owned(), role));
        Ok(Some(Some(self.holes.len() - 1)))
    }

    /// `$...xs` among others, if an identifier is one; two are refused.
    fn rest(
        &mut self,
        node: &SyntaxNode,
        role: Role,
        known: &mut Option<Named>,
    ) -> Result<bool, Wrong> {
        let text = node.text().to_string();
        if !matches!(snippet::hole(&text), Some(Hole::Rest(_))) {
            return Ok(false);
        }
        let hole = self.hole(node, role)?;
        if known.is_some() {
            let words = "only one `$...` can stand in one pair of brackets";
            return Err(self.snippet.wrong(node, words));
        }
        *known = hole;
        Ok(true)
    }

    fn inner(&mut self, node: &SyntaxNode, expr: Option<ast::Expr>) -> Result<Box<Pat>, Wrong> {
        let expr = expr.ok_or_else(|| self.odd(node))?;
        Ok(Box::new(self.expr(&expr)?))
    }

    fn expr(&mut self, expr: &ast::Expr) -> Result<Pat, Wrong> {
        let node = expr.syntax();
        Ok(match expr {
            ast::Expr::Paren(it) => *self.inner(node, it.expr())?,
            ast::Expr::Ident(_) => match self.hole(node, Role::Expr)? {
                Some(hole) => Pat::Any(hole),
                None => Pat::Ident(attrpath::ident_text(node).into()),
            },
            ast::Expr::Literal(_) => Pat::Literal(node.text().to_string().into()),
            ast::Expr::CurPos(_) => Pat::CurPos,
            ast::Expr::Str(it) => {
                let value = StringValue::of(it);
                let mut pats = Vec::new();
                for hole in &value.holes {
                    let inner = ast::Expr::cast(hole.node.clone());
                    pats.push(*self.inner(&hole.node, inner)?);
                }
                Pat::Str(texts(&value), pats)
            }
            ast::Expr::PathAbs(_)
            | ast::Expr::PathRel(_)
            | ast::Expr::PathHome(_)
            | ast::Expr::PathSearch(_) => {
                let (texts, inner) = path_parts(node);
                let mut pats = Vec::new();
                for interpolation in inner {
                    let expr = interpolation.first_child().and_then(ast::Expr::cast);
                    pats.push(*self.inner(&interpolation, expr)?);
                }
                Pat::Path(node.kind(), texts, pats)
            }
            ast::Expr::Select(it) => {
                let base = self.inner(node, it.expr())?;
                let path = it.attrpath().ok_or_else(|| self.odd(node))?;
                let keys = self.keys(&path)?;
                if it.or_token().is_some() {
                    let default = self.inner(node, it.default_expr())?;
                    return Ok(Pat::SelectOr(base, keys, default));
                }
                let select = |base, key| Pat::Select(Box::new(base), key);
                keys.into_iter().fold(*base, select)
            }
            ast::Expr::Apply(it) => {
                let function = self.inner(node, it.lambda())?;
                if matches!(*function, Pat::ApplyRest(..)) {
                    let words = "in a call, `$...` can only be the last argument";
                    return Err(self.snippet.wrong(node, words));
                }
                let argument = it.argument().ok_or_else(|| self.odd(node))?;
                let mut rest = None;
                if self.rest(argument.syntax(), Role::Arguments, &mut rest)? {
                    let given = arity(&function);
                    return Ok(Pat::ApplyRest(function, given, rest.flatten()));
                }
                Pat::Apply(function, Box::new(self.expr(&argument)?))
            }
            ast::Expr::List(it) => {
                let (mut before, mut after, mut rest) = (Vec::new(), Vec::new(), None);
                for item in it.items() {
                    if self.rest(item.syntax(), Role::Items, &mut rest)? {
                        continue;
                    }
                    let pat = self.expr(&item)?;
                    if rest.is_some() {
                        after.push(pat);
                    } else {
                        before.push(pat);
                    }
                }
                Pat::List(before, rest, after)
            }
            ast::Expr::AttrSet(it) => {
                let mut set = self.set(it)?;
                set.recursive = it.rec_token().is_some();
                Pat::Set(set)
            }
            ast::Expr::LetIn(it) => {
                let set = self.set(it)?;
                Pat::Let(set, self.inner(node, it.body())?)
            }
            ast::Expr::Lambda(it) => {
                let param = it.param().ok_or_else(|| self.odd(node))?;
                match param {
                    ast::Param::IdentParam(name) => {
                        let name = name.ident().ok_or_else(|| self.odd(node))?;
                        let key = self.argument(name.syntax())?;
                        Pat::Lambda(key, self.inner(node, it.body())?)
                    }
                    ast::Param::Pattern(pattern) => {
                        let formals = self.formals(&pattern)?;
                        Pat::Function(formals, self.inner(node, it.body())?)
                    }
                }
            }
            ast::Expr::With(it) => {
                let namespace = self.inner(node, it.namespace())?;
                Pat::With(namespace, self.inner(node, it.body())?)
            }
            ast::Expr::Assert(it) => {
                let condition = self.inner(node, it.condition())?;
                Pat::Assert(condition, self.inner(node, it.body())?)
            }
            ast::Expr::IfElse(it) => {
                let condition = self.inner(node, it.condition())?;
                let body = self.inner(node, it.body())?;
                Pat::If(condition, body, self.inner(node, it.else_body())?)
            }
            ast::Expr::BinOp(it) => {
                let op = it.operator().ok_or_else(|| self.odd(node))?;
                let left = self.inner(node, it.lhs())?;
                Pat::BinOp(op, left, self.inner(node, it.rhs())?)
            }
            ast::Expr::UnaryOp(it) => {
                let op = it.operator().ok_or_else(|| self.odd(node))?;
                Pat::UnaryOp(op, self.inner(node, it.expr())?)
            }
            ast::Expr::HasAttr(it) => {
                let base = self.inner(node, it.expr())?;
                let path = it.attrpath().ok_or_else(|| self.odd(node))?;
                Pat::HasAttr(base, self.keys(&path)?)
            }
            ast::Expr::LegacyLet(_) | ast::Expr::Error(_) | ast::Expr::Root(_) => {
                return Err(self.odd(node));
            }
        })
    }

    fn argument(&mut self, ident: &SyntaxNode) -> Result<Key, Wrong> {
        Ok(match self.hole(ident, Role::Name)? {
            Some(hole) => Key::Any(hole),
            None => Key::Name(attrpath::ident_text(ident).into()),
        })
    }

    fn keys(&mut self, path: &ast::Attrpath) -> Result<Vec<Key>, Wrong> {
        path.attrs()
            .map(|attr| {
                let node = attr.syntax();
                if let ast::Attr::Ident(_) = attr
                    && let Some(hole) = self.hole(node, Role::Name)?
                {
                    return Ok(Key::Any(hole));
                }
                match attrpath::key(&attr).name() {
                    Some(name) => Ok(Key::Name(name.into())),
                    None => {
                        let words = "a pattern cannot compute a name: `$name` stands for any";
                        Err(self.snippet.wrong(node, words))
                    }
                }
            })
            .collect()
    }

    fn set(&mut self, set: &impl HasEntry) -> Result<SetPat, Wrong> {
        let mut pat = SetPat::default();
        for entry in set.entries() {
            match entry {
                ast::Entry::Inherit(it) => {
                    let source = match it.from() {
                        Some(from) => Some(*self.inner(from.syntax(), from.expr())?),
                        None => None,
                    };
                    for attr in it.attrs() {
                        let node = attr.syntax();
                        if source.is_none() && self.rest(node, Role::Bindings, &mut pat.rest)? {
                            continue;
                        }
                        let key = attrpath::key(&attr);
                        let name = key.name().filter(|name| snippet::hole(name).is_none());
                        let Some(name) = name else {
                            let words = "a pattern can only inherit known names";
                            return Err(self.snippet.wrong(node, words));
                        };
                        pat.inherits.push((source.clone(), name.into()));
                    }
                }
                ast::Entry::AttrpathValue(it) => {
                    let node = it.syntax();
                    let path = it.attrpath().ok_or_else(|| self.odd(node))?;
                    let keys = self.keys(&path)?;
                    let value = it.value().ok_or_else(|| self.odd(node))?;
                    let value = match self.expr(&value)? {
                        Pat::Set(set) if !set.recursive => Value::Set(set),
                        pat => Value::Expr(pat),
                    };
                    if !insert(&mut pat, &keys, value) {
                        let words = "this is given twice";
                        return Err(self.snippet.wrong(path.syntax(), words));
                    }
                }
            }
        }
        if !settle(&mut pat) {
            let words = "only one name of a set can be any: `$name`";
            return Err(self.snippet.wrong(set.syntax(), words));
        }
        Ok(pat)
    }

    fn formals(&mut self, pattern: &ast::Pattern) -> Result<Formals, Wrong> {
        let mut formals = Formals {
            names: Vec::new(),
            open: pattern.ellipsis_token().is_some(),
            whole: None,
            rest: None,
        };
        for entry in pattern.pat_entries() {
            let node = entry.syntax();
            let name = entry.ident().ok_or_else(|| self.odd(node))?;
            if self.rest(name.syntax(), Role::Formals, &mut formals.rest)? {
                continue;
            }
            let name = attrpath::ident_text(name.syntax());
            if snippet::hole(name).is_some() {
                let words =
                    "the names of `{ … }:` must be known; `$...others` stands for the others";
                return Err(self.snippet.wrong(node, words));
            }
            let default = match entry.default() {
                Some(default) => Some(self.expr(&default)?),
                None => None,
            };
            formals.names.push((name.into(), default));
        }
        if let Some(name) = pattern.pat_bind().and_then(|bind| bind.ident()) {
            formals.whole = Some(self.argument(name.syntax())?);
        }
        Ok(formals)
    }
}

/// Adds a binding; `false` when something stands there already.
fn insert(set: &mut SetPat, keys: &[Key], value: Value) -> bool {
    let [first, more @ ..] = keys else {
        return false;
    };
    let known = set.bindings.iter_mut().find(|(key, _)| key == first);
    match (known, more) {
        (None, []) => set.bindings.push((first.clone(), value)),
        (None, more) => {
            let mut inner = SetPat {
                dotted: true,
                ..SetPat::default()
            };
            insert(&mut inner, more, value);
            set.bindings.push((first.clone(), Value::Set(inner)));
        }
        (Some((_, Value::Set(inner))), [_, ..]) => return insert(inner, more, value),
        (Some((_, Value::Set(inner))), []) => {
            let Value::Set(value) = value else {
                return false;
            };
            inner.rest = inner.rest.or(value.rest);
            for (key, value) in value.bindings {
                if !insert(inner, &[key], value) {
                    return false;
                }
            }
            inner.inherits.extend(value.inherits);
        }
        (Some((_, Value::Expr(_))), _) => return false,
    }
    true
}

/// Puts the name that may be any last, in every set; `false` when there are two.
fn settle(set: &mut SetPat) -> bool {
    set.bindings
        .sort_by_key(|(key, _)| matches!(key, Key::Any(_)));
    let any = |(key, _): &&(Key, Value)| matches!(key, Key::Any(_));
    set.bindings.iter().filter(any).count() < 2
        && set.bindings.iter_mut().all(|(_, value)| match value {
            Value::Set(set) => settle(set),
            Value::Expr(_) => true,
        })
}

/// How many arguments a function pattern is given already.
pub fn arity(function: &Pat) -> usize {
    let (mut at, mut count) = (function, 0);
    while let Pat::Apply(function, _) = at {
        at = function;
        count += 1;
    }
    count
}

/// The texts between the interpolations of a string: one more than there are interpolations.
#[must_use]
pub fn texts(value: &StringValue) -> Vec<String> {
    let mut texts = Vec::with_capacity(value.holes.len() + 1);
    let mut from = 0;
    for hole in &value.holes {
        texts.push(value.text[from..hole.value.start].to_owned());
        from = hole.value.end;
    }
    texts.push(value.text[from..].to_owned());
    texts
}

/// The texts between the interpolations of a path, and these.
#[must_use]
pub fn path_parts(node: &SyntaxNode) -> (Vec<String>, Vec<SyntaxNode>) {
    let (mut texts, mut inner) = (vec![String::new()], Vec::new());
    for child in node.children_with_tokens() {
        match child {
            NodeOrToken::Token(token) => {
                if let Some(last) = texts.last_mut() {
                    last.push_str(token.text());
                }
            }
            NodeOrToken::Node(node) => {
                inner.push(node);
                texts.push(String::new());
            }
        }
    }
    (texts, inner)
}

/// A name that a node must have, so that most are let go at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// None is known.
    None,
    /// The function, this many arguments to the left.
    Function(usize, Box<str>),
    /// A name of the path that is selected, or of what is inherited.
    Selected(Box<str>),
    /// The first name of a binding.
    Bound(Box<str>),
}

impl Anchor {
    /// The one of a pattern.
    #[must_use]
    pub fn of(pattern: &Pattern) -> Anchor {
        let Pattern::Expr(pat) = pattern else {
            return Anchor::None;
        };
        match pat {
            Pat::Apply(..) => {
                let (mut at, mut count) = (pat, 0);
                while let Pat::Apply(function, _) = at {
                    at = function;
                    count += 1;
                }
                match at {
                    Pat::Ident(name) | Pat::Select(_, Key::Name(name)) => {
                        Anchor::Function(count, name.clone())
                    }
                    _ => Anchor::None,
                }
            }
            Pat::Select(_, Key::Name(name)) => Anchor::Selected(name.clone()),
            Pat::Set(set) => match set.bindings.first() {
                Some((Key::Name(name), _)) => Anchor::Bound(name.clone()),
                _ => Anchor::None,
            },
            _ => Anchor::None,
        }
    }

    /// Whether a node may match.
    #[must_use]
    pub fn holds(&self, node: &SyntaxNode) -> bool {
        let green = Green::new(node);
        match self {
            Anchor::None => true,
            Anchor::Function(arguments, name) => {
                let mut at = green;
                for _ in 0..*arguments {
                    match at.strip_parens().apply() {
                        Some((function, _)) => at = function,
                        None => return false,
                    }
                }
                let last = at.last_name();
                // `__fetchTarball` is `builtins.fetchTarball`.
                last.is_some_and(|it| {
                    it.strip_prefix("__").unwrap_or(&it) == &**name || *it == **name
                })
            }
            Anchor::Selected(name) if green.kind() == SyntaxKind::NODE_INHERIT => green
                .nodes()
                .any(|it| it.key().is_some_and(|it| *it == **name)),
            Anchor::Selected(name) => green.node(SyntaxKind::NODE_ATTRPATH).is_some_and(|path| {
                path.nodes()
                    .any(|it| it.key().is_some_and(|it| *it == **name))
            }),
            Anchor::Bound(name) => green.nodes().any(|entry| match entry.kind() {
                SyntaxKind::NODE_ATTRPATH_VALUE => entry
                    .node(SyntaxKind::NODE_ATTRPATH)
                    .and_then(|path| path.nodes().next()?.key())
                    .is_some_and(|it| *it == **name),
                SyntaxKind::NODE_INHERIT => entry
                    .nodes()
                    .any(|it| it.key().is_some_and(|it| *it == **name)),
                _ => false,
            }),
        }
    }
}
