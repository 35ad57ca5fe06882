//! Expressions, made from the tree of a file one level at a time: what is never asked for is never looked at.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use syntax::ast::{self, BinOpKind, LiteralKind, UnaryOpKind};
use syntax::strings::StringValue;
use syntax::{AstNode, HasEntry, NodeOrToken, SyntaxKind, SyntaxNode};

use crate::sources::SrcPath;

/// A name, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name(u32);

impl Name {
    /// Stands in a set for a name that is computed: it may be any.
    pub const ANY: Name = Name(0);
}

/// The texts of names.
pub(crate) struct Names {
    texts: Vec<Rc<str>>,
    numbers: FxHashMap<Rc<str>, Name>,
}

impl Default for Names {
    fn default() -> Names {
        Names {
            texts: vec!["${…}".into()],
            numbers: FxHashMap::default(),
        }
    }
}

impl Names {
    pub fn of(&mut self, text: &str) -> Name {
        if let Some(name) = self.numbers.get(text) {
            return *name;
        }
        let text: Rc<str> = text.into();
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.clone());
        self.numbers.insert(text, name);
        name
    }

    pub fn text(&self, name: Name) -> &Rc<str> {
        &self.texts[name.0 as usize]
    }
}

/// An expression, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ExprId(u32);

/// Where a name stands: file, start, end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pos {
    pub file: u32,
    pub start: u32,
    pub end: u32,
}

/// One level of an expression.
#[derive(Clone)]
pub(crate) enum Expr {
    /// Not looked at yet.
    Raw(SyntaxNode, u32),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    /// A string with holes.
    Text(Rc<[Piece]>),
    Path(Rc<SrcPath>),
    /// A path with holes: the folder it begins in.
    PathText(Rc<SrcPath>, Rc<[Piece]>),
    Var(Name),
    Select(ExprId, Rc<[Key]>, Option<ExprId>),
    Has(ExprId, Rc<[Key]>),
    Apply(ExprId, ExprId),
    Lambda(Rc<Lambda>),
    Let(Rc<Bindings>, ExprId),
    Set(Rc<Bindings>),
    List(Rc<[ExprId]>),
    With(ExprId, ExprId),
    If(ExprId, ExprId, ExprId),
    Not(ExprId),
    Neg(ExprId),
    Bin(BinOpKind, ExprId, ExprId),
    /// Nothing that can be known.
    Opaque,
}

#[derive(Clone)]
pub(crate) enum Piece {
    Text(Rc<str>),
    Hole(ExprId),
}

#[derive(Clone, Copy)]
pub(crate) enum Key {
    Static(Name),
    Dynamic(ExprId),
}

pub(crate) struct Lambda {
    pub param: Param,
    pub body: ExprId,
}

pub(crate) enum Param {
    Name(Name),
    Pattern {
        formals: Vec<(Name, Option<ExprId>)>,
        whole: Option<Name>,
    },
}

/// The bindings of a set or a `let`.
pub(crate) struct Bindings {
    /// The names are visible to each other.
    pub rec: bool,
    /// Sorted by name.
    pub names: Vec<(Name, Bind, Pos)>,
    /// What `inherit (…)` inherits from.
    pub froms: Vec<ExprId>,
    pub dynamic: Vec<(ExprId, ExprId, Pos)>,
}

#[derive(Clone, Copy)]
pub(crate) enum Bind {
    Expr(ExprId),
    /// `inherit x`: from the scope around.
    Outer(Name),
    /// `inherit (…) x`
    From(usize),
}

/// Bindings while they are merged: `a.b = 1; a = { c = 2; };`.
#[derive(Default)]
struct Draft {
    rec: bool,
    names: Vec<(Name, Slot, Pos)>,
    froms: Vec<ExprId>,
    dynamic: Vec<(ExprId, Slot, Pos)>,
}

enum Slot {
    Bind(Bind),
    Raw(SyntaxNode),
    Set(Draft),
}

/// All expressions of all files.
#[derive(Default)]
pub(crate) struct Code {
    exprs: Vec<Expr>,
    pub files: Vec<SrcPath>,
    pub names: Names,
}

impl Code {
    pub fn push(&mut self, expr: Expr) -> ExprId {
        let id = ExprId(u32::try_from(self.exprs.len()).unwrap_or(u32::MAX));
        self.exprs.push(expr);
        id
    }

    /// A file; its expression, if the text is Nix.
    pub fn file(&mut self, at: &SrcPath, text: &str) -> Option<ExprId> {
        let parsed = syntax::parse(text, syntax::parse::Limits::default());
        if !parsed.faults.is_empty() {
            return None;
        }
        let root = parsed.root()?;
        let file = u32::try_from(self.files.len()).ok()?;
        self.files.push(at.clone());
        Some(self.push(Expr::Raw(root, file)))
    }

    /// One level of an expression.
    pub fn get(&mut self, id: ExprId) -> Expr {
        match &self.exprs[id.0 as usize] {
            Expr::Raw(node, file) => {
                let (node, file) = (node.clone(), *file);
                let expr = self.lower(node, file);
                self.exprs[id.0 as usize] = expr.clone();
                expr
            }
            expr => expr.clone(),
        }
    }

    fn raw(&mut self, expr: Option<ast::Expr>, file: u32) -> ExprId {
        let expr = match expr {
            Some(expr) => Expr::Raw(expr.syntax().clone(), file),
            None => Expr::Opaque,
        };
        self.push(expr)
    }

    fn lower(&mut self, node: SyntaxNode, file: u32) -> Expr {
        let mut node = node;
        // Behind parentheses and `assert`: an assertion that fails ends Nix.
        let expr = loop {
            let Some(expr) = ast::Expr::cast(node) else {
                return Expr::Opaque;
            };
            let inner = match &expr {
                ast::Expr::Root(it) => it.expr(),
                ast::Expr::Paren(it) => it.expr(),
                ast::Expr::Assert(it) => it.body(),
                _ => break expr,
            };
            match inner {
                Some(inner) => node = inner.syntax().clone(),
                None => return Expr::Opaque,
            }
        };
        match expr {
            ast::Expr::Literal(it) => match it.kind() {
                LiteralKind::Integer(it) => it.value().map_or(Expr::Opaque, Expr::Int),
                LiteralKind::Float(it) => it.value().map_or(Expr::Opaque, Expr::Float),
                LiteralKind::Uri(it) => Expr::Str(it.to_string().into()),
            },
            ast::Expr::Str(it) => match syntax::attrpath::static_string(&it) {
                Some(text) => Expr::Str(text.into()),
                None => {
                    let value = StringValue::of(&it);
                    let mut pieces = Vec::new();
                    let mut from = 0;
                    for hole in &value.holes {
                        self.piece(&mut pieces, &value.text[from..hole.value.start]);
                        from = hole.value.end;
                        let hole = self.push(Expr::Raw(hole.node.clone(), file));
                        pieces.push(Piece::Hole(hole));
                    }
                    self.piece(&mut pieces, &value.text[from..]);
                    Expr::Text(pieces.into())
                }
            },
            ast::Expr::PathRel(it) => {
                let folder = self.files[file as usize].parent();
                self.path(it.syntax(), folder, file)
            }
            ast::Expr::Ident(it) => {
                Expr::Var(self.names.of(syntax::attrpath::ident_text(it.syntax())))
            }
            ast::Expr::Select(it) => {
                let from = self.raw(it.expr(), file);
                let keys = self.keys(it.attrpath(), file);
                let default = it.default_expr().map(|it| self.raw(Some(it), file));
                Expr::Select(from, keys, default)
            }
            ast::Expr::HasAttr(it) => {
                let from = self.raw(it.expr(), file);
                Expr::Has(from, self.keys(it.attrpath(), file))
            }
            ast::Expr::Apply(it) => {
                let function = self.raw(it.lambda(), file);
                Expr::Apply(function, self.raw(it.argument(), file))
            }
            ast::Expr::Lambda(it) => {
                let param = match it.param() {
                    Some(ast::Param::IdentParam(it)) => Param::Name(self.ident(it.ident())),
                    Some(ast::Param::Pattern(it)) => Param::Pattern {
                        formals: it
                            .pat_entries()
                            .map(|entry| {
                                let name = self.ident(entry.ident());
                                (name, entry.default().map(|it| self.raw(Some(it), file)))
                            })
                            .collect(),
                        whole: it.pat_bind().map(|it| self.ident(it.ident())),
                    },
                    None => return Expr::Opaque,
                };
                let body = self.raw(it.body(), file);
                Expr::Lambda(Rc::new(Lambda { param, body }))
            }
            ast::Expr::LetIn(it) => {
                let mut draft = self.draft(&it, file);
                draft.rec = true;
                let bindings = self.bindings(draft, file);
                Expr::Let(Rc::new(bindings), self.raw(it.body(), file))
            }
            ast::Expr::LegacyLet(it) => {
                let mut draft = self.draft(&it, file);
                draft.rec = true;
                let bindings = self.bindings(draft, file);
                let set = self.push(Expr::Set(Rc::new(bindings)));
                let body = Key::Static(self.names.of("body"));
                Expr::Select(set, [body].into(), None)
            }
            ast::Expr::AttrSet(it) => {
                let mut draft = self.draft(&it, file);
                draft.rec = it.rec_token().is_some();
                Expr::Set(Rc::new(self.bindings(draft, file)))
            }
            ast::Expr::List(it) => {
                Expr::List(it.items().map(|item| self.raw(Some(item), file)).collect())
            }
            ast::Expr::With(it) => {
                let namespace = self.raw(it.namespace(), file);
                Expr::With(namespace, self.raw(it.body(), file))
            }
            ast::Expr::IfElse(it) => {
                let condition = self.raw(it.condition(), file);
                let then = self.raw(it.body(), file);
                Expr::If(condition, then, self.raw(it.else_body(), file))
            }
            ast::Expr::UnaryOp(it) => {
                let inner = self.raw(it.expr(), file);
                match it.operator() {
                    Some(UnaryOpKind::Invert) => Expr::Not(inner),
                    Some(UnaryOpKind::Negate) => Expr::Neg(inner),
                    None => Expr::Opaque,
                }
            }
            ast::Expr::BinOp(it) => {
                let Some(operator) = it.operator() else {
                    return Expr::Opaque;
                };
                let lhs = self.raw(it.lhs(), file);
                Expr::Bin(operator, lhs, self.raw(it.rhs(), file))
            }
            // `<nixpkgs>`, `~/x`, `/x` and `__curPos` are of a machine.
            _ => Expr::Opaque,
        }
    }

    fn piece(&mut self, pieces: &mut Vec<Piece>, text: &str) {
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
    }

    fn path(&mut self, node: &SyntaxNode, folder: SrcPath, file: u32) -> Expr {
        let mut pieces = Vec::new();
        for child in node.children_with_tokens() {
            match child {
                NodeOrToken::Token(token) => self.piece(&mut pieces, token.text()),
                NodeOrToken::Node(node) if node.kind() == SyntaxKind::NODE_INTERPOL => {
                    let hole = self.raw(node.children().find_map(ast::Expr::cast), file);
                    pieces.push(Piece::Hole(hole));
                }
                NodeOrToken::Node(_) => {}
            }
        }
        match &*pieces {
            [Piece::Text(text)] => match folder.join(text) {
                Some(path) => Expr::Path(Rc::new(path)),
                None => Expr::Opaque,
            },
            _ => Expr::PathText(Rc::new(folder), pieces.into()),
        }
    }

    fn ident(&mut self, ident: Option<ast::Ident>) -> Name {
        match ident {
            Some(ident) => self.names.of(syntax::attrpath::ident_text(ident.syntax())),
            None => self.names.of(""),
        }
    }

    fn keys(&mut self, path: Option<ast::Attrpath>, file: u32) -> Rc<[Key]> {
        path.into_iter()
            .flat_map(|path| path.attrs())
            .map(|attr| self.key(&attr, file))
            .collect()
    }

    fn key(&mut self, attr: &ast::Attr, file: u32) -> Key {
        if let Some(name) = syntax::attrpath::key(attr).name() {
            return Key::Static(self.names.of(name));
        }
        let node = match attr {
            ast::Attr::Dynamic(it) => it.expr().map(|it| it.syntax().clone()),
            other => Some(other.syntax().clone()),
        };
        Key::Dynamic(match node {
            Some(node) => self.push(Expr::Raw(node, file)),
            None => self.push(Expr::Opaque),
        })
    }

    fn draft(&mut self, set: &impl HasEntry, file: u32) -> Draft {
        let mut draft = Draft::default();
        self.entries(&mut draft, set, file);
        draft
    }

    fn entries(&mut self, draft: &mut Draft, set: &impl HasEntry, file: u32) {
        let pos = |node: &SyntaxNode| Pos {
            file,
            start: node.text_range().start().into(),
            end: node.text_range().end().into(),
        };
        for entry in set.entries() {
            match entry {
                ast::Entry::Inherit(it) => {
                    let from = it.from().map(|from| {
                        let from = self.raw(from.expr(), file);
                        draft.froms.push(from);
                        draft.froms.len() - 1
                    });
                    for attr in it.attrs() {
                        let Key::Static(name) = self.key(&attr, file) else {
                            continue;
                        };
                        let bind = from.map_or(Bind::Outer(name), Bind::From);
                        draft
                            .names
                            .push((name, Slot::Bind(bind), pos(attr.syntax())));
                    }
                }
                ast::Entry::AttrpathValue(it) => {
                    let (Some(path), Some(value)) = (it.attrpath(), it.value()) else {
                        continue;
                    };
                    let at = pos(path.syntax());
                    let keys: Vec<Key> = path.attrs().map(|attr| self.key(&attr, file)).collect();
                    let value = syntax::expr::strip_parens(value);
                    self.insert(draft, &keys, value.syntax(), at, file);
                }
            }
        }
    }

    fn insert(&mut self, draft: &mut Draft, keys: &[Key], value: &SyntaxNode, at: Pos, file: u32) {
        let Some((first, rest)) = keys.split_first() else {
            return;
        };
        let name = match first {
            Key::Static(name) => *name,
            Key::Dynamic(key) => {
                let slot = if rest.is_empty() {
                    Slot::Raw(value.clone())
                } else {
                    let mut inner = Draft::default();
                    self.insert(&mut inner, rest, value, at, file);
                    Slot::Set(inner)
                };
                draft.dynamic.push((*key, slot, at));
                return;
            }
        };
        let known = draft.names.iter().position(|(other, ..)| *other == name);
        let Some(index) = known else {
            let slot = if rest.is_empty() {
                Slot::Raw(value.clone())
            } else {
                let mut inner = Draft::default();
                self.insert(&mut inner, rest, value, at, file);
                Slot::Set(inner)
            };
            draft.names.push((name, slot, at));
            return;
        };
        // A second binding of one name: both are sets, or it is a fault.
        let slot = std::mem::replace(&mut draft.names[index].1, Slot::Bind(Bind::Outer(name)));
        let mut inner = match slot {
            Slot::Set(inner) => inner,
            Slot::Raw(node) => match ast::AttrSet::cast(node.clone()) {
                Some(set) => {
                    let mut inner = self.draft(&set, file);
                    inner.rec = set.rec_token().is_some();
                    inner
                }
                None => {
                    draft.names[index].1 = Slot::Raw(node);
                    return;
                }
            },
            Slot::Bind(bind) => {
                draft.names[index].1 = Slot::Bind(bind);
                return;
            }
        };
        if rest.is_empty() {
            if let Some(set) = ast::AttrSet::cast(value.clone()) {
                self.entries(&mut inner, &set, file);
            }
        } else {
            self.insert(&mut inner, rest, value, at, file);
        }
        draft.names[index].1 = Slot::Set(inner);
    }

    fn bindings(&mut self, draft: Draft, file: u32) -> Bindings {
        let mut names: Vec<(Name, Bind, Pos)> = Vec::with_capacity(draft.names.len());
        for (name, slot, at) in draft.names {
            let bind = match slot {
                Slot::Bind(bind) => bind,
                slot => Bind::Expr(self.slot(slot, file)),
            };
            names.push((name, bind, at));
        }
        names.sort_by_key(|(name, ..)| *name);
        names.dedup_by_key(|(name, ..)| *name);
        let mut dynamic = Vec::with_capacity(draft.dynamic.len());
        for (key, slot, at) in draft.dynamic {
            dynamic.push((key, self.slot(slot, file), at));
        }
        Bindings {
            rec: draft.rec,
            names,
            froms: draft.froms,
            dynamic,
        }
    }

    fn slot(&mut self, slot: Slot, file: u32) -> ExprId {
        let expr = match slot {
            Slot::Bind(Bind::Expr(id)) => return id,
            Slot::Bind(_) => Expr::Opaque,
            Slot::Raw(node) => Expr::Raw(node, file),
            Slot::Set(draft) => Expr::Set(Rc::new(self.bindings(draft, file))),
        };
        self.push(expr)
    }
}
