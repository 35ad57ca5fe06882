//! `options.json`, as `nixosOptionsDoc` writes it for NixOS, home-manager and nix-darwin: a schema without the tree.
//!
//! Goal: types and names of the options that it lists, *not declared* only below what it lists whole. Limits: it leaves out
//! internal and hidden options, among them all renamed ones, so that "not declared" means "not listed" and is for the caller to
//! weigh; it does not look into `either`, `coercedTo` and what is shown shallow, which stay open; a type that its English does
//! not tell for certain is [`Ty::Unknown`].

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::schema::{Builder, Class, NodeId, Schema, Tier, TyId};
use crate::ty::{StrKind, Ty, Value};

/// Options of one file; more is an error.
const MOST: usize = 200_000;
/// Segments of a path; what is below is not known.
const DEEP: usize = 64;
/// How deeply types nest before they are not known.
const NESTED: u32 = 24;
/// Members of a union before it is not known.
const MEMBERS: usize = 24;

/// Why a text is no `options.json`. It never holds a part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonFault {
    /// The line, 1-based.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads an `options.json`.
///
/// # Errors
/// When it is no JSON, or not of this form.
pub fn read(text: &[u8], class: Class) -> Result<Schema, JsonFault> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let entries = Entries::deserialize(&mut reader).and_then(|it| reader.end().map(|()| it));
    let entries = entries.map_err(|error| JsonFault {
        line: error.line().max(1),
        message: words(&error),
    })?;
    Ok(schema(entries.0, class))
}

/// What serde says, without what it quotes.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        serde_json::error::Category::Data
            if text.starts_with("missing field") || text == TOO_MANY =>
        {
            format!("no list of options: {text}")
        }
        serde_json::error::Category::Data => {
            "no list of options as `nixosOptionsDoc` writes it".to_owned()
        }
        _ => "no JSON, or nested too deeply".to_owned(),
    }
}

const TOO_MANY: &str = "more options than any tree has";

/// What the file says of one option.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    loc: Vec<String>,
    #[serde(rename = "type", default)]
    ty: Option<String>,
    #[serde(default)]
    declarations: Vec<Declaration>,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    default: Option<IgnoredAny>,
}

/// A file: its path, or `{ name, url }`.
#[derive(Debug)]
struct Declaration(Option<String>);

impl<'de> Deserialize<'de> for Declaration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Declaration, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = Declaration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, or a name with an address")
            }

            fn visit_str<E>(self, text: &str) -> Result<Declaration, E> {
                Ok(Declaration(Some(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Declaration, E> {
                Ok(Declaration(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Declaration, A::Error> {
                let mut name = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key == "name" {
                        name = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Declaration(name))
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

struct Entries(Vec<Entry>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entries, D::Error> {
        struct Seen;
        impl<'de> Visitor<'de> for Seen {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of options")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while map.next_key::<IgnoredAny>()?.is_some() {
                    entries.push(map.next_value()?);
                    if entries.len() > MOST {
                        return Err(A::Error::custom(TOO_MANY));
                    }
                }
                Ok(Entries(entries))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Entries, A::Error> {
                Err(A::Error::custom("a list"))
            }
        }
        deserializer.deserialize_map(Seen)
    }
}

/// A segment of `loc`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Name(Box<str>),
    Any,
    Item,
    Body,
}

impl Segment {
    fn of(text: &str) -> Segment {
        match text {
            "*" => Segment::Item,
            "<function body>" => Segment::Body,
            // `<name>`, or what `attrsWith` calls it.
            _ if text.starts_with('<') && text.ends_with('>') => Segment::Any,
            name => Segment::Name(name.into()),
        }
    }
}

/// A place with what is listed there and below.
#[derive(Debug, Default)]
struct Place {
    entry: Option<Entry>,
    kids: BTreeMap<Segment, usize>,
    /// More is below than is kept.
    cut: bool,
}

fn schema(entries: Vec<Entry>, class: Class) -> Schema {
    let mut places = vec![Place::default()];
    for entry in entries {
        let mut at = 0;
        for name in entry.loc.iter().take(DEEP) {
            let segment = Segment::of(name);
            let next = places.len();
            let kid = *places[at].kids.entry(segment).or_insert(next);
            if kid == next {
                places.push(Place::default());
            }
            at = kid;
        }
        if entry.loc.len() > DEEP {
            places[at].cut = true;
        } else if at != 0 {
            places[at].entry = Some(entry);
        }
    }
    let mut reading = Reading {
        places: &places,
        builder: Builder::new(Some(class), Tier::Json),
    };
    // What is always there, and where much is internal.
    let open = [
        "_module",
        "assertions",
        "lib",
        "meta",
        "nixpkgs",
        "system",
        "warnings",
    ];
    for name in open {
        let node = reading.builder.kid(Schema::ROOT, name);
        reading.builder.open(node, HIDDEN, None);
    }
    reading.below(0, Schema::ROOT);
    reading.builder.finish()
}

const HIDDEN: &str = "options.json does not list what is hidden";
const UNSEEN: &str = "options.json does not look inside";

struct Reading<'a> {
    places: &'a [Place],
    builder: Builder,
}

impl Reading<'_> {
    /// Declares what is listed below a place.
    fn below(&mut self, at: usize, node: NodeId) {
        let places = self.places;
        if places[at].cut {
            self.builder.open(node, HIDDEN, None);
        }
        for (segment, kid) in &places[at].kids {
            let below = match segment {
                Segment::Name(name) => self.builder.kid(node, name),
                Segment::Any => self.builder.wild(node),
                // An option that takes a list, or a function, is not listed: neither is what else is there.
                Segment::Item | Segment::Body => {
                    self.builder.open(node, UNSEEN, None);
                    continue;
                }
            };
            self.place(*kid, below);
        }
    }

    /// Declares what stands at a place, and below.
    fn place(&mut self, at: usize, node: NodeId) {
        let places = self.places;
        let Some(entry) = &places[at].entry else {
            self.below(at, node);
            return;
        };
        let shape = entry.ty.as_deref().map_or(Shape::Unknown, shape);
        let file = entry.declarations.iter().find_map(|it| it.0.as_deref());
        let file = self.builder.file(file.map_or("", path));
        let whole = shape.covers(places, at);
        let ty = self.ty(&shape, Some(at));
        let mut option = self.builder.option(ty, file);
        option.read_only = entry.read_only;
        option.has_default = entry.default.is_some();
        self.builder.declare(node, option);
        if !whole || places[at].cut {
            // What the type does not account for is known nevertheless.
            self.below(at, node);
            self.builder.open(node, UNSEEN, None);
        }
    }

    /// A type, with what is listed below a place as its parts.
    fn ty(&mut self, shape: &Shape, at: Option<usize>) -> TyId {
        let places = self.places;
        let kid = |segment: &Segment| at.and_then(|at| places[at].kids.get(segment).copied());
        let ty = match shape {
            Shape::Unknown => Ty::Unknown,
            Shape::Plain(ty) => ty.clone(),
            Shape::Attrs(inner) => Ty::Attrs(self.ty(inner, kid(&Segment::Any))),
            Shape::List(inner, non_empty) => {
                Ty::List(self.ty(inner, kid(&Segment::Item)), *non_empty)
            }
            Shape::Fun(inner) => Ty::Fun(self.ty(inner, kid(&Segment::Body))),
            Shape::Null(inner) => Ty::Null(self.ty(inner, at)),
            Shape::Checked(inner) => Ty::Checked(self.ty(inner, None)),
            Shape::Union(members) => {
                let members: Vec<TyId> = members.iter().map(|it| self.ty(it, None)).collect();
                let mut members = members.into_iter().rev();
                let last = members.next();
                let last = last.unwrap_or_else(|| self.builder.ty(Ty::Unknown));
                return members.fold(last, |right, left| self.builder.ty(Ty::Either(left, right)));
            }
            Shape::Sub => {
                let node = self.builder.node();
                match at.filter(|at| !places[*at].kids.is_empty()) {
                    Some(at) => self.below(at, node),
                    None => self.builder.open(node, UNSEEN, None),
                }
                Ty::Sub(node)
            }
        };
        self.builder.ty(ty)
    }
}

/// The path of a file without the store before it: `nixos/modules/services/networking/ssh/sshd.nix`.
fn path(declaration: &str) -> &str {
    let rest = declaration.strip_prefix("/nix/store/");
    let rest = rest.and_then(|it| Some(it.split_once('/')?.1));
    rest.unwrap_or(declaration)
}

/// A type as its English tells it.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Unknown,
    Plain(Ty),
    Attrs(Box<Shape>),
    List(Box<Shape>, bool),
    Fun(Box<Shape>),
    Null(Box<Shape>),
    Checked(Box<Shape>),
    Union(Vec<Shape>),
    Sub,
}

impl Shape {
    /// Whether everything that is listed below a place is a part of the type.
    fn covers(&self, places: &[Place], at: usize) -> bool {
        let kids = &places[at].kids;
        let only = |segment: Segment| kids.keys().all(|it| *it == segment);
        match self {
            Shape::Null(inner) => inner.covers(places, at),
            Shape::Sub => true,
            Shape::Attrs(_) => only(Segment::Any),
            Shape::List(..) => only(Segment::Item),
            Shape::Fun(_) => only(Segment::Body),
            _ => kids.is_empty(),
        }
    }
}

/// Reads the English of a type.
fn shape(text: &str) -> Shape {
    let mut reader = English {
        rest: text.trim(),
        depth: 0,
    };
    match reader.phrase() {
        Some(shape) if reader.rest.is_empty() => shape,
        _ => Shape::Unknown,
    }
}

struct English<'a> {
    rest: &'a str,
    depth: u32,
}

impl English<'_> {
    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `null or X`, `X or Y`, `X or Y convertible to it`
    fn phrase(&mut self) -> Option<Shape> {
        let null = self.eat("null or ");
        let mut members = vec![self.term()?];
        while self.eat(" or ") || self.eat(", or ") {
            members.push(self.term()?);
            if members.len() > MEMBERS {
                return None;
            }
        }
        self.eat(" convertible to it");
        let shape = match members.len() {
            1 => members.pop()?,
            _ => Shape::Union(members),
        };
        Some(if null {
            Shape::Null(Box::new(shape))
        } else {
            shape
        })
    }

    /// What stands between `or`s.
    fn term(&mut self) -> Option<Shape> {
        self.depth += 1;
        if self.depth > NESTED {
            return None;
        }
        let term = self.bare_term();
        self.depth -= 1;
        term
    }

    fn bare_term(&mut self) -> Option<Shape> {
        let element = |it: &mut Self| it.element().map(Box::new);
        if self.eat("attribute set of ") || self.eat("lazy attribute set of ") {
            return element(self).map(Shape::Attrs);
        }
        if self.eat("list of ") {
            return Some(Shape::List(element(self)?, false));
        }
        if self.eat("non-empty (list of ") {
            let shape = Shape::List(element(self)?, true);
            return self.eat(")").then_some(shape);
        }
        if self.eat("non-empty list of ") {
            return Some(Shape::List(element(self)?, true));
        }
        if self.eat("function that evaluates to a(n) ") {
            return element(self).map(Shape::Fun);
        }
        if self.eat("open submodule of ") {
            self.element()?;
            return Some(Shape::Plain(Ty::Free("open submodule".into())));
        }
        if self.eat("one of ") {
            return self.values();
        }
        if self.eat("value ") {
            let value = self.value()?;
            let complete = value.is_some();
            let values = value.into_iter().collect();
            return self
                .eat(" (singular enum)")
                .then_some(Shape::Plain(Ty::Enum(values, complete)));
        }
        let noun = self.noun();
        if noun.is_some() {
            return noun;
        }
        if self.eat("(") {
            let shape = self.phrase()?;
            return self.eat(")").then_some(shape);
        }
        None
    }

    /// What a list, a set or a function holds: in brackets unless it is one noun; before 22.11 without, but in the plural.
    fn element(&mut self) -> Option<Shape> {
        if self.rest.starts_with("null or ") {
            return None;
        }
        let alternatives = self.rest.starts_with("one of ");
        let shape = self.term()?;
        let plural = self.eat("s");
        (plural || !alternatives).then_some(shape)
    }

    /// `"a", "b", 3`
    fn values(&mut self) -> Option<Shape> {
        let mut values: Vec<Value> = Vec::new();
        let mut complete = true;
        loop {
            match self.value()? {
                Some(value) => values.push(value),
                None => complete = false,
            }
            // `, or …` goes on with another type.
            if self.rest.starts_with(", or ") || !self.eat(", ") {
                return Some(Shape::Plain(Ty::Enum(values.into(), complete)));
            }
        }
    }

    /// A value of an `enum`; some are only known by their type: `<set>`.
    fn value(&mut self) -> Option<Option<Value>> {
        if let Some(rest) = self.rest.strip_prefix('"') {
            // Nothing is escaped: the quote that something follows which can follow is the last.
            let ends = |at: &usize| {
                let after = &rest[at + 1..];
                after.is_empty()
                    || [", ", " or ", ")", "s", " convertible", " (singular"]
                        .iter()
                        .any(|it| after.starts_with(it))
            };
            let mut quotes = rest.match_indices('"').map(|(at, _)| at);
            let end = quotes.find(ends)?;
            let text = &rest[..end];
            self.rest = &rest[end + 1..];
            return Some(Some(Value::Str(text.into())));
        }
        if let Some(rest) = self.rest.strip_prefix('<') {
            let (kind, rest) = rest.split_once('>')?;
            self.rest = rest;
            return Some((kind == "null").then_some(Value::Null));
        }
        for (word, value) in [("true", true), ("false", false)] {
            if self.eat(word) {
                return Some(Some(Value::Bool(value)));
            }
        }
        Some(Some(Value::Int(self.number()?)))
    }

    fn number(&mut self) -> Option<i64> {
        let digit = |c: char| c.is_ascii_digit();
        let begin = usize::from(self.rest.starts_with('-'));
        let end = self.rest[begin..].find(|c| !digit(c));
        let end = end.map_or(self.rest.len(), |it| begin + it);
        let number = self.rest[..end].parse().ok()?;
        self.rest = &self.rest[end..];
        Some(number)
    }

    /// A type that is told in one go.
    fn noun(&mut self) -> Option<Shape> {
        let free = |name: &str| Some(Shape::Plain(Ty::Free(name.into())));
        let plain = |ty: Ty| Some(Shape::Plain(ty));
        if self.eat("string matching the pattern ") {
            // The pattern may hold anything; what follows it cannot be told.
            let fine = self.depth == 1 && !self.rest.contains(" or ");
            self.rest = "";
            return fine.then_some(Shape::Plain(Ty::Match(None)));
        }
        if self.eat("strings concatenated with ") {
            let rest = self.rest.strip_prefix('"')?;
            let mut escaped = false;
            let end = rest.bytes().position(|byte| {
                let end = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                end
            });
            self.rest = &rest[end? + 1..];
            return plain(Ty::Str(StrKind::Separated));
        }
        if self.eat("integer between ") {
            return self.range();
        }
        for bits in ["8", "16", "32"] {
            for sign in [
                " bit unsigned integer; between ",
                " bit signed integer; between ",
            ] {
                if let Some(rest) = self.rest.strip_prefix(bits)
                    && let Some(rest) = rest.strip_prefix(sign)
                {
                    self.rest = rest;
                    return self.range();
                }
            }
        }
        let (name, ty) = NOUNS.iter().find(|(name, _)| {
            self.rest.strip_prefix(name).is_some_and(|rest| {
                // The longest come first, but `string` is no `strings concatenated …`.
                rest.is_empty()
                    || [" or ", ",", ")", "s", " conv"]
                        .iter()
                        .any(|it| rest.starts_with(it))
            })
        })?;
        self.eat(name);
        let shape = match ty {
            Noun::Bool => plain(Ty::Bool),
            Noun::Int(from) => plain(Ty::Int(*from, None)),
            Noun::Float => plain(Ty::Float),
            Noun::Number => plain(Ty::Number),
            Noun::Str(kind) => plain(Ty::Str(*kind)),
            Noun::Path => plain(Ty::Path),
            Noun::Package => plain(Ty::Package),
            Noun::Free => free(name),
            Noun::Sub => Some(Shape::Sub),
        };
        if self.eat(", not containing newlines or colons") {
            return shape.map(|it| Shape::Checked(Box::new(it)));
        }
        shape
    }

    /// `0 and 65535 (both inclusive)`
    fn range(&mut self) -> Option<Shape> {
        let from = self.number()?;
        let fine = self.eat(" and ");
        let to = self.number()?;
        let fine = fine && self.eat(" (both inclusive)");
        fine.then_some(Shape::Plain(Ty::Int(Some(from), Some(to))))
    }
}

enum Noun {
    Bool,
    Int(Option<i64>),
    Float,
    Number,
    Str(StrKind),
    Path,
    Package,
    Free,
    Sub,
}

/// Types that are told by a fixed text; what begins with another comes before it.
const NOUNS: &[(&str, Noun)] = &[
    ("boolean (merged using or)", Noun::Bool),
    ("boolean", Noun::Bool),
    ("unsigned integer, meaning >=0", Noun::Int(Some(0))),
    ("positive integer, meaning >0", Noun::Int(Some(1))),
    ("signed integer", Noun::Int(None)),
    (
        "nonnegative integer or floating point number, meaning >=0",
        Noun::Number,
    ),
    (
        "positive integer or floating point number, meaning >0",
        Noun::Number,
    ),
    ("floating point number", Noun::Float),
    (
        "(optionally newline-terminated) single-line string",
        Noun::Str(StrKind::SingleLine),
    ),
    ("non-empty string", Noun::Str(StrKind::NonEmpty)),
    ("Concatenated string", Noun::Str(StrKind::Separated)),
    ("string", Noun::Str(StrKind::Any)),
    ("absolute path not in the Nix store", Noun::Path),
    ("absolute path in the Nix store", Noun::Path),
    ("absolute path", Noun::Path),
    ("path in the Nix store", Noun::Path),
    ("shell package", Noun::Package),
    ("package", Noun::Package),
    ("attribute set", Noun::Free),
    ("unspecified value", Noun::Free),
    ("unspecified", Noun::Free),
    ("raw value", Noun::Free),
    ("anything", Noun::Free),
    ("JSON value", Noun::Free),
    ("YAML value", Noun::Free),
    ("TOML value", Noun::Free),
    ("XML value", Noun::Free),
    ("submodule", Noun::Sub),
    ("module", Noun::Free),
    ("option declaration", Noun::Free),
    ("optionType", Noun::Free),
    ("Nixpkgs package set", Noun::Free),
    ("inline lua", Noun::Free),
];

#[cfg(test)]
#[path = "json_test.rs"]
mod tests;
