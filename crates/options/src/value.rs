//! Values, as far as they are known, and what two of them have in common.

use std::rc::Rc;

use crate::expr::{Lambda, Name, Pos};
use crate::schema::Kind;
use crate::sources::SrcPath;
use crate::ty::StrKind;

/// A value that is not needed yet, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Thunk(pub u32);

/// A scope, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Env(pub u32);

/// What is known of a value. Less known is more: [`Value::Unknown`] covers everything.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    /// A string, of which nothing more is known.
    StrAny,
    Path(Rc<SrcPath>),
    List(Rc<List>),
    Attrs(Rc<Attrs>),
    Lambda(Rc<Lambda>, Env),
    /// A modelled function with the arguments it has so far.
    Prim(u16, Rc<[Thunk]>),
    Type(Rc<Type>),
    /// A place in the library: `lib`, `lib.types`, `builtins`.
    Lib(Space),
    /// nixpkgs, or anything below it.
    Pkgs,
    Marker(Rc<Marker>),
    /// The result of `throw`.
    Never,
    /// One of these.
    Join(Rc<[Value]>),
    /// Anything, and why that is all that is known.
    Unknown(Name),
}

/// A part of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Lib,
    Types,
    Builtins,
    Formats,
    Generators,
    /// `lib.maintainers`, `lib.licenses`, `lib.platforms`, `lib.systems`: anything.
    Other,
}

#[derive(Clone, Default)]
pub(crate) struct List {
    pub items: Vec<Thunk>,
    /// There may be further items.
    pub open: bool,
    /// Not each item need be there, nor in this order.
    pub loose: bool,
}

impl List {
    /// Whether these are exactly the items.
    pub fn exact(&self) -> bool {
        !self.open && !self.loose
    }
}

#[derive(Clone, Default)]
pub(crate) struct Attrs {
    /// Sorted by name.
    pub entries: Vec<(Name, Attr)>,
    /// There may be further names.
    pub open: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct Attr {
    pub value: Thunk,
    pub pos: Pos,
    /// It need not be there.
    pub maybe: bool,
}

impl Attr {
    /// One that is written at a place.
    pub fn at(value: Thunk, pos: Pos) -> Attr {
        Attr {
            value,
            pos,
            maybe: false,
        }
    }

    /// One whose name stands in no text.
    pub fn new(value: Thunk) -> Attr {
        Attr::at(value, Pos::default())
    }
}

impl Attrs {
    /// A set without a name that is known.
    pub fn empty(open: bool) -> Attrs {
        Attrs {
            entries: Vec::new(),
            open,
        }
    }

    pub fn get(&self, name: Name) -> Option<&Attr> {
        let index = self
            .entries
            .binary_search_by_key(&name, |(name, _)| *name)
            .ok()?;
        Some(&self.entries[index].1)
    }

    /// Makes a set of attributes in any order; of equal names the last wins.
    pub fn of(mut entries: Vec<(Name, Attr)>, open: bool) -> Attrs {
        entries.reverse();
        entries.sort_by_key(|(name, _)| *name);
        let computed = entries
            .iter()
            .filter(|(name, _)| *name == Name::ANY)
            .count();
        entries.dedup_by_key(|(name, _)| *name);
        Attrs {
            entries,
            // Of several computed names one is kept.
            open: open || computed > 1,
        }
    }

    /// Whether a name that is not there may be.
    pub fn unsure(&self) -> bool {
        self.open
            || self
                .entries
                .first()
                .is_some_and(|(name, _)| *name == Name::ANY)
    }

    /// Whether these are exactly the names.
    pub fn exact(&self) -> bool {
        !self.open && self.entries.iter().all(|(_, attr)| !attr.maybe)
    }
}

/// An option type, with parts that are not needed yet.
pub(crate) enum Type {
    Bool,
    Int(Option<i64>, Option<i64>),
    Float,
    Number,
    Str(StrKind),
    Match(Thunk),
    Path,
    Package,
    Enum(Thunk),
    List(Thunk, bool),
    Attrs(Thunk),
    Null(Thunk),
    Either(Thunk, Thunk),
    OneOf(Thunk),
    Coerced(Thunk, Thunk),
    /// The modules: one, or a list of them.
    Sub(Thunk),
    Tag(Thunk),
    Fun(Thunk),
    Checked(Thunk),
    /// With another check or merge function: it may take what the type does not.
    Changed(Thunk),
    Format(Rc<str>),
    Free(&'static str),
    Opaque(Thunk),
    /// Old nixpkgs: a submodule of the `options` beside the type.
    OptionSet,
}

/// What `mkRenamedOptionModule` and its relatives make.
pub(crate) struct Marker {
    pub kind: Kind,
    pub from: Thunk,
    pub to: Option<Thunk>,
    pub message: Option<Thunk>,
    pub since: Option<Thunk>,
}

/// How many values one join holds.
const JOINED: usize = 12;

impl Value {
    pub fn list(items: Vec<Thunk>) -> Value {
        Value::List(Rc::new(List {
            items,
            open: false,
            loose: false,
        }))
    }

    /// A list of unknown items.
    pub fn any_list() -> Value {
        Value::List(Rc::new(List {
            items: Vec::new(),
            open: true,
            loose: true,
        }))
    }

    pub fn ty(ty: Type) -> Value {
        Value::Type(Rc::new(ty))
    }

    pub fn str(text: &str) -> Value {
        Value::Str(text.into())
    }

    /// One of several values, which are neither lists nor sets that can be united.
    pub fn one_of(values: impl IntoIterator<Item = Value>, too_many: Name) -> Value {
        let mut all: Vec<Value> = Vec::new();
        for value in values {
            match value {
                Value::Never => {}
                Value::Unknown(why) => return Value::Unknown(why),
                Value::Join(more) => {
                    for value in more.iter() {
                        push(&mut all, value.clone());
                    }
                }
                value => push(&mut all, value),
            }
        }
        match all.len() {
            0 => Value::Never,
            1 => all.remove(0),
            n if n > JOINED => Value::Unknown(too_many),
            _ => Value::Join(all.into()),
        }
    }
}

fn push(all: &mut Vec<Value>, value: Value) {
    let known = all.iter().any(|other| match (other, &value) {
        (Value::Null, Value::Null) | (Value::StrAny, Value::StrAny | Value::Str(_)) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Path(a), Value::Path(b)) => a == b,
        (Value::Pkgs, Value::Pkgs) => true,
        (Value::Type(a), Value::Type(b)) => Rc::ptr_eq(a, b),
        _ => false,
    });
    if !known {
        all.push(value);
    }
}
