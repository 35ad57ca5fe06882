//! Attribute sets as Nix merges them: which bindings make one attribute, which are in conflict.
//!
//! `{ a = rec { b = 1; }; a.c = b; }` holds one set `a` of two definitions. Merging is recursive, as in Nix 2.36; older
//! versions refuse some of what is merged here, and accept nothing more. Goal: one answer for names, duplicates and
//! facts. Limit: only literal sets merge (`a = f { }; a.b = 1;` is a conflict, as in Nix).

use rnix::{SyntaxKind, TextRange};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::borrow::Cow;

use crate::green::{Children, Green};
use crate::scopes::{NameId, Symbol};

/// A set in [`Merged`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SetId(pub(crate) u32);

/// An attribute in [`Merged`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttrId(pub(crate) u32);

/// How a set was begun; that decides whether its names are visible inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetKind {
    /// `{ }`, or a dotted path.
    Plain,
    /// `rec { }`
    Rec,
    /// The bindings of `let … in`.
    Let,
    /// `let { }`
    LegacyLet,
}

/// One set, after merging.
#[derive(Debug, Clone)]
pub struct MergedSet {
    /// How its first definition begins.
    pub kind: SetKind,
    /// Its first definition: the literal, the `let`, or the binding with the dotted path.
    pub at: TextRange,
    /// The attribute whose value it is; `None` for a set that stands anywhere else.
    pub owner: Option<AttrId>,
}

/// What an attribute is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttrValue {
    /// A literal set, or one made by a dotted path.
    Set(SetId),
    /// Any other expression.
    Expr,
    /// `inherit x;`
    Inherit,
    /// `inherit (e) x;`
    InheritFrom,
}

/// One attribute of a merged set.
#[derive(Debug, Clone)]
pub struct Attr {
    /// The set that holds it.
    pub set: SetId,
    /// Its name.
    pub symbol: Symbol,
    /// The key of its first definition.
    pub at: TextRange,
    /// What its first definition binds.
    pub value: AttrValue,
    /// The name that it is, if its set binds names.
    pub name: Option<NameId>,
    parts: (u32, u32),
}

/// How a binding contributes to an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `a = e;`: the attribute is `e`, or `e` is merged into it.
    Whole,
    /// `a.b = e;` for the attribute `a`.
    Dotted,
    /// `inherit a;`
    Inherit,
    /// `inherit (e) a;`
    InheritFrom,
}

/// One binding's contribution to an attribute.
#[derive(Debug, Clone)]
pub struct Part {
    /// The attribute.
    pub attr: AttrId,
    /// How it contributes.
    pub form: Form,
    /// The whole binding with its `;`, or the whole `inherit` statement.
    pub statement: TextRange,
    /// The segment of the path that names the attribute.
    pub key: TextRange,
    /// The value of the binding; the source of an `inherit (e)`; the key itself for a plain `inherit`.
    pub value: TextRange,
}

/// A binding that Nix refuses because the attribute is there already.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The attribute.
    pub attr: AttrId,
    /// The segment of the path that cannot be inserted.
    pub key: TextRange,
    /// How it would contribute.
    pub form: Form,
    /// The value that cannot be inserted, as [`Part::value`].
    pub value: TextRange,
}

/// A later definition of a set, where it or the set is `rec`.
#[derive(Debug, Clone)]
pub struct Join {
    /// The set that takes it.
    pub set: SetId,
    /// The literal set, or the binding with the dotted path.
    pub at: TextRange,
    /// Whether the later definition is a `rec` literal.
    pub rec: bool,
}

/// A computed key.
#[derive(Debug, Clone)]
pub struct Computed {
    /// The set that has it.
    pub set: SetId,
    /// The `${…}` or string.
    pub key: TextRange,
    /// The whole binding with its `;`.
    pub statement: TextRange,
}

/// All sets of a file, merged.
#[derive(Debug, Clone, Default)]
pub struct Merged {
    pub(crate) sets: Vec<MergedSet>,
    pub(crate) attrs: Vec<Attr>,
    parts: Vec<Part>,
    /// What Nix refuses, in the order of places.
    pub conflicts: Vec<Conflict>,
    /// Where `rec` meets another definition of the same set, in the order of places.
    pub joins: Vec<Join>,
    /// All computed keys, in the order of places.
    pub computed: Vec<Computed>,
}

impl Merged {
    /// One set.
    #[must_use]
    pub fn set(&self, id: SetId) -> &MergedSet {
        &self.sets[id.0 as usize]
    }

    /// One attribute.
    #[must_use]
    pub fn attr(&self, id: AttrId) -> &Attr {
        &self.attrs[id.0 as usize]
    }

    /// All sets, in the order of their first definition.
    pub fn sets(&self) -> impl Iterator<Item = (SetId, &MergedSet)> {
        (0..).map(SetId).zip(&self.sets)
    }

    /// All attributes of all sets.
    pub fn attrs(&self) -> impl Iterator<Item = (AttrId, &Attr)> {
        (0..).map(AttrId).zip(&self.attrs)
    }

    /// The bindings that make an attribute, in the order of places; those in conflict too.
    #[must_use]
    pub fn parts(&self, id: AttrId) -> &[Part] {
        let (start, end) = self.attr(id).parts;
        &self.parts[start as usize..end as usize]
    }

    /// The attributes from the outermost merged set down to `id`.
    #[must_use]
    pub fn path(&self, id: AttrId) -> Vec<AttrId> {
        let mut path = vec![id];
        let mut attr = self.attr(id);
        while let Some(owner) = self.set(attr.set).owner {
            path.push(owner);
            attr = self.attr(owner);
        }
        path.reverse();
        path
    }

    /// The attributes from the outermost merged set down to `id`, as people write them: `services.nginx."a b"`.
    #[must_use]
    pub fn path_text(&self, scopes: &crate::Scopes, id: AttrId) -> String {
        let keys: Vec<String> = self
            .path(id)
            .into_iter()
            .map(|attr| {
                let text = scopes.text(self.attr(attr).symbol);
                crate::attrpath::Key::Static(text.into()).to_string()
            })
            .collect();
        keys.join(".")
    }

    /// Groups the parts by attribute.
    fn finish(&mut self) {
        self.parts.sort_by_key(|part| part.attr);
        for (index, part) in (0u32..).zip(&self.parts) {
            let slot = &mut self.attrs[part.attr.0 as usize].parts;
            if slot.1 == 0 {
                slot.0 = index;
            }
            slot.1 = index + 1;
        }
    }
}

/// What the values of a set are, for whoever resolves names in them.
#[derive(Clone, Copy)]
pub(crate) enum Item<'g> {
    /// The value of an attribute.
    Value(AttrId, Green<'g>),
    /// The value of an attribute is a merged set.
    Set(AttrId, SetId),
    /// `inherit x;`: a reference outside of the set.
    Inherit(AttrId, TextRange),
    /// The source of `inherit (e) …;`, with a range of [`Builder::inherited`].
    Source(Green<'g>, (u32, u32)),
    /// Computed keys and their values, bodies, values in conflict.
    Loose(Green<'g>),
}

/// Builds [`Merged`] set by set.
pub(crate) struct Builder<'g> {
    pub(crate) merged: Merged,
    pub(crate) names: Interner<'g>,
    index: FxHashMap<(SetId, Symbol), AttrId>,
    items: Vec<(Item<'g>, u32)>,
    /// First and last item of every set.
    ends: Vec<(u32, u32)>,
    /// The attributes that each `inherit (e)` gives, one statement after the other.
    pub(crate) inherited: Vec<AttrId>,
    frames: Vec<(Children<'g>, SetId)>,
    path: Vec<Green<'g>>,
}

const NONE: u32 = u32::MAX;

impl<'g> Builder<'g> {
    /// For a text of `len` bytes: real ones have a binding in about seventy, and growing tables is half of the work.
    pub(crate) fn new(len: usize) -> Builder<'g> {
        let bindings = len / 64;
        Builder {
            merged: Merged {
                attrs: Vec::with_capacity(bindings),
                parts: Vec::with_capacity(bindings),
                ..Merged::default()
            },
            names: Interner::new(bindings),
            index: FxHashMap::with_capacity_and_hasher(bindings, FxBuildHasher),
            items: Vec::with_capacity(bindings),
            ends: Vec::new(),
            inherited: Vec::new(),
            frames: Vec::new(),
            path: Vec::new(),
        }
    }

    pub(crate) fn finish(mut self) -> (Merged, Interner<'g>) {
        self.merged.finish();
        (self.merged, self.names)
    }

    /// The first item of a set, for [`Builder::item`].
    pub(crate) fn first(&self, set: SetId) -> u32 {
        self.ends[set.0 as usize].0
    }

    /// An item, and where the next one of its set is.
    pub(crate) fn item(&self, at: u32) -> Option<(Item<'g>, u32)> {
        self.items.get(at as usize).copied()
    }

    /// Merges a set, a `let` or a legacy `let` with all literal sets that are values in it.
    pub(crate) fn build(&mut self, node: Green<'g>) -> SetId {
        let kind = match node.kind() {
            SyntaxKind::NODE_LET_IN => SetKind::Let,
            SyntaxKind::NODE_LEGACY_LET => SetKind::LegacyLet,
            _ => literal_kind(node),
        };
        let root = self.new_set(kind, node.range(), None);
        self.frames.push((node.children(), root));
        while let Some((children, set)) = self.frames.last_mut() {
            let set = *set;
            let Some(child) = children.next() else {
                self.frames.pop();
                continue;
            };
            let Some(child) = child.into_node() else {
                continue;
            };
            match child.kind() {
                SyntaxKind::NODE_ATTRPATH_VALUE => self.binding(set, child),
                SyntaxKind::NODE_INHERIT => self.inherit(set, child),
                _ => self.push(set, Item::Loose(child)),
            }
        }
        root
    }

    fn new_set(&mut self, kind: SetKind, at: TextRange, owner: Option<AttrId>) -> SetId {
        let id = SetId(index(self.merged.sets.len()));
        self.merged.sets.push(MergedSet { kind, at, owner });
        self.ends.push((NONE, NONE));
        id
    }

    fn new_attr(&mut self, set: SetId, symbol: Symbol, at: TextRange, value: AttrValue) -> AttrId {
        let id = AttrId(index(self.merged.attrs.len()));
        self.merged.attrs.push(Attr {
            set,
            symbol,
            at,
            value,
            name: None,
            parts: (0, 0),
        });
        self.index.insert((set, symbol), id);
        id
    }

    fn push(&mut self, set: SetId, item: Item<'g>) {
        let at = index(self.items.len());
        self.items.push((item, NONE));
        let ends = &mut self.ends[set.0 as usize];
        if ends.0 == NONE {
            ends.0 = at;
        } else {
            self.items[ends.1 as usize].1 = at;
        }
        ends.1 = at;
    }

    fn binding(&mut self, target: SetId, node: Green<'g>) {
        let mut path = std::mem::take(&mut self.path);
        path.clear();
        let mut value = None;
        for child in node.nodes() {
            match child.kind() {
                SyntaxKind::NODE_ATTRPATH if path.is_empty() => path.extend(child.nodes()),
                _ if value.is_none() => value = Some(child),
                _ => self.push(target, Item::Loose(child)),
            }
        }
        self.insert(target, node, &path, value);
        self.path = path;
    }

    fn insert(
        &mut self,
        target: SetId,
        node: Green<'g>,
        path: &[Green<'g>],
        value: Option<Green<'g>>,
    ) {
        let mut set = target;
        let statement = node.range();
        let range = value.map_or(statement, Green::range);
        for (at, key) in path.iter().enumerate() {
            let last = at + 1 == path.len();
            let Some(symbol) = self.names.key(*key) else {
                self.merged.computed.push(Computed {
                    set,
                    key: key.range(),
                    statement,
                });
                return self.loose(set, &path[at..], value);
            };
            let literal = value.filter(|_| last).and_then(literal);
            let form = if last { Form::Whole } else { Form::Dotted };
            let part = |attr| Part {
                attr,
                form,
                statement,
                key: key.range(),
                value: range,
            };
            let Some(&attr) = self.index.get(&(set, symbol)) else {
                let attr = self.new_attr(set, symbol, key.range(), AttrValue::Expr);
                self.merged.parts.push(part(attr));
                let inner = match (last, literal, value) {
                    (true, Some(literal), _) => {
                        let inner =
                            self.new_set(literal_kind(literal), literal.range(), Some(attr));
                        self.frames.push((literal.children(), inner));
                        inner
                    }
                    (true, None, Some(value)) => {
                        self.push(set, Item::Value(attr, value));
                        return;
                    }
                    (true, None, None) => return,
                    (false, ..) => self.new_set(SetKind::Plain, statement, Some(attr)),
                };
                self.merged.attrs[attr.0 as usize].value = AttrValue::Set(inner);
                self.push(set, Item::Set(attr, inner));
                set = inner;
                continue;
            };
            self.merged.parts.push(part(attr));
            let AttrValue::Set(inner) = self.merged.attr(attr).value else {
                return self.conflict(attr, form, key.range(), set, &path[at + 1..], value);
            };
            let rec = literal.is_some_and(|it| literal_kind(it) == SetKind::Rec);
            if last && literal.is_none() {
                return self.conflict(attr, form, key.range(), set, &[], value);
            }
            if rec || self.merged.set(inner).kind == SetKind::Rec {
                self.merged.joins.push(Join {
                    set: inner,
                    at: literal.map_or(statement, Green::range),
                    rec,
                });
            }
            if let Some(literal) = literal {
                self.frames.push((literal.children(), inner));
            }
            set = inner;
        }
        if path.is_empty() {
            self.loose(set, &[], value);
        }
    }

    fn conflict(
        &mut self,
        attr: AttrId,
        form: Form,
        key: TextRange,
        set: SetId,
        rest: &[Green<'g>],
        value: Option<Green<'g>>,
    ) {
        self.merged.conflicts.push(Conflict {
            attr,
            key,
            form,
            value: value.map_or(key, Green::range),
        });
        self.loose(set, rest, value);
    }

    /// What is only looked into: computed keys and the value under them.
    fn loose(&mut self, set: SetId, path: &[Green<'g>], value: Option<Green<'g>>) {
        for key in path {
            if key.kind() != SyntaxKind::NODE_IDENT {
                self.push(set, Item::Loose(*key));
            }
        }
        if let Some(value) = value {
            self.push(set, Item::Loose(value));
        }
    }

    fn inherit(&mut self, set: SetId, node: Green<'g>) {
        let statement = node.range();
        let mut source = None;
        let start = index(self.inherited.len());
        for child in node.nodes() {
            if child.kind() == SyntaxKind::NODE_INHERIT_FROM {
                source = child.nodes().next();
                continue;
            }
            let key = child.range();
            let Some(symbol) = self.names.key(child) else {
                self.push(set, Item::Loose(child));
                continue;
            };
            let (value, form) = match source {
                Some(_) => (AttrValue::InheritFrom, Form::InheritFrom),
                None => (AttrValue::Inherit, Form::Inherit),
            };
            let range = source.map_or(key, Green::range);
            let attr = match self.index.get(&(set, symbol)) {
                Some(&attr) => {
                    self.merged.conflicts.push(Conflict {
                        attr,
                        key,
                        form,
                        value: range,
                    });
                    attr
                }
                None => self.new_attr(set, symbol, key, value),
            };
            self.merged.parts.push(Part {
                attr,
                form,
                statement,
                key,
                value: range,
            });
            if source.is_some() {
                self.inherited.push(attr);
            } else {
                self.push(set, Item::Inherit(attr, key));
            }
        }
        if let Some(source) = source {
            let end = index(self.inherited.len());
            self.push(set, Item::Source(source, (start, end)));
        }
    }
}

/// An arena index; texts are below 4 GiB, so nothing in them can be counted past a `u32`.
pub(crate) fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(NONE)
}

/// The set behind any number of parentheses, if it is a literal.
fn literal(value: Green<'_>) -> Option<Green<'_>> {
    let mut value = value;
    loop {
        match value.kind() {
            SyntaxKind::NODE_ATTR_SET => return Some(value),
            SyntaxKind::NODE_PAREN => value = value.nodes().next()?,
            _ => return None,
        }
    }
}

fn literal_kind(set: Green<'_>) -> SetKind {
    if set.is_rec() {
        SetKind::Rec
    } else {
        SetKind::Plain
    }
}

/// Names as small numbers.
pub(crate) struct Interner<'g> {
    known: FxHashMap<Cow<'g, str>, Symbol>,
    pub(crate) texts: Vec<Cow<'g, str>>,
}

impl<'g> Interner<'g> {
    fn new(names: usize) -> Interner<'g> {
        Interner {
            known: FxHashMap::with_capacity_and_hasher(names, FxBuildHasher),
            texts: Vec::with_capacity(names),
        }
    }

    pub(crate) fn intern(&mut self, text: &'g str) -> Symbol {
        match self.known.get(text) {
            Some(symbol) => *symbol,
            None => self.insert(Cow::Borrowed(text)),
        }
    }

    fn insert(&mut self, text: Cow<'g, str>) -> Symbol {
        let symbol = Symbol(index(self.texts.len()));
        self.texts.push(text.clone());
        self.known.insert(text, symbol);
        symbol
    }

    pub(crate) fn known(&self, text: &str) -> Option<Symbol> {
        self.known.get(text).copied()
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }

    /// The name that a segment of a path is, if the text tells it: `a`, `"a"`, `${"a"}`.
    pub(crate) fn key(&mut self, key: Green<'g>) -> Option<Symbol> {
        match key.kind() {
            SyntaxKind::NODE_IDENT => Some(self.intern(key.ident())),
            SyntaxKind::NODE_STRING => self.string(key),
            SyntaxKind::NODE_DYNAMIC => {
                let inner = key.nodes().next()?;
                (inner.kind() == SyntaxKind::NODE_STRING)
                    .then(|| self.string(inner))
                    .flatten()
            }
            _ => None,
        }
    }

    fn string(&mut self, string: Green<'g>) -> Option<Symbol> {
        let mut content = "";
        let mut indented = false;
        for child in string.children() {
            let token = child.into_token()?;
            match token.kind() {
                SyntaxKind::TOKEN_STRING_START => indented = token.text() != "\"",
                SyntaxKind::TOKEN_STRING_CONTENT => content = token.text(),
                _ => {}
            }
        }
        if indented {
            // Only `${''a''}` is a key. One line without escapes is enough; anything else counts as computed.
            let plain = !content.contains('\n') && !content.contains("''");
            return plain.then(|| self.intern(content.trim_start_matches(' ')));
        }
        if !content.contains(['\\', '\r']) {
            return Some(self.intern(content));
        }
        let value = crate::attrpath::unescape(content);
        Some(match self.known(&value) {
            Some(symbol) => symbol,
            None => self.insert(Cow::Owned(value)),
        })
    }
}
