//! What declares an option, says what became of one, or wraps a definition.

use std::rc::Rc;

use crate::eval::Eval;
use crate::schema::Kind;
use crate::value::{Attr, Attrs, Marker, Thunk, Type, Value};

fn tagged(eval: &mut Eval<'_>, mut set: Attrs, tag: &str) -> Value {
    let tag = eval.done(Value::str(tag));
    let name = eval.known.typ;
    set.entries.push((name, Attr::new(tag)));
    let Attrs { entries, open } = set;
    eval.make_set(entries, open)
}

pub(super) fn mk_option(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        Value::Never => Value::Never,
        Value::Attrs(set) => tagged(eval, (*set).clone(), "option"),
        _ => tagged(eval, Attrs::empty(true), "option"),
    }
}

/// A declared option of a type.
pub(super) fn option(eval: &mut Eval<'_>, ty: Value, default: Option<Value>) -> Value {
    let mut entries = vec![("_type", Value::str("option")), ("type", ty)];
    entries.extend(default.map(|it| ("default", it)));
    eval.attrs(entries, false)
}

pub(super) fn mk_enable_option(eval: &mut Eval<'_>, _: &[Thunk]) -> Value {
    option(eval, Value::ty(Type::Bool), Some(Value::Bool(false)))
}

pub(crate) fn mk_package_option(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let package = Value::ty(Type::Package);
    let arguments = eval.known_set(a[2]);
    let name = eval.name("nullable");
    let nullable = match arguments.get(name) {
        Some(attr) => eval.known_bool(attr.value),
        None if !arguments.unsure() => Some(false),
        None => None,
    };
    let inner = eval.done(package.clone());
    let ty = match nullable {
        Some(false) => package,
        // Which of the two it is does not matter to anything but null.
        Some(true) | None => Value::ty(Type::Null(inner)),
    };
    let default = eval.unknown("a package");
    option(eval, ty, Some(default))
}

pub(super) fn mk_sink(eval: &mut Eval<'_>, _: &[Thunk]) -> Value {
    let ty = eval.unknown("takes what is declared nowhere");
    option(eval, ty, None)
}

/// `literalExpression` and the like: a set that is shown.
pub(super) fn text(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let text = eval.force(a[0]);
    eval.attrs(
        vec![("_type", Value::str("literalExpression")), ("text", text)],
        false,
    )
}

pub(super) fn is_option(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let tag = eval.done(Value::str("option"));
    super::control::is_type(eval, &[tag, a[0]])
}

fn marker(kind: Kind, from: Thunk, to: Option<Thunk>) -> Marker {
    Marker {
        kind,
        from,
        to,
        message: None,
        since: None,
    }
}

fn made(marker: Marker) -> Value {
    Value::Marker(Rc::new(marker))
}

pub(super) fn renamed(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    made(marker(Kind::Renamed, a[0], Some(a[1])))
}

pub(super) fn alias(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    made(marker(Kind::Alias, a[0], Some(a[1])))
}

pub(super) fn removed(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    made(Marker {
        message: Some(a[1]),
        ..marker(Kind::Removed, a[0], None)
    })
}

pub(super) fn changed(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    made(marker(Kind::Changed, a[0], Some(a[1])))
}

pub(super) fn merged(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let from = eval.list(a[0]);
    let items = from
        .items
        .iter()
        .map(|it| {
            let marker = made(marker(Kind::Merged, *it, Some(a[1])));
            eval.done(marker)
        })
        .collect();
    let imports = eval.make_list(items, &from);
    eval.attrs(vec![("imports", imports)], false)
}

/// A part of a set of arguments, for when it is needed.
fn part(eval: &mut Eval<'_>, set: Thunk, name: &str) -> Thunk {
    let name = eval.name(name);
    eval.attr_later(set, name)
}

pub(super) fn renamed_with(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let from = part(eval, a[0], "from");
    let to = part(eval, a[0], "to");
    let since = part(eval, a[0], "sinceRelease");
    made(Marker {
        since: Some(since),
        ..marker(Kind::Renamed, from, Some(to))
    })
}

pub(super) fn do_rename(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let from = part(eval, a[0], "from");
    let to = part(eval, a[0], "to");
    let warn = part(eval, a[0], "warn");
    let kind = match eval.known_bool(warn) {
        Some(false) => Kind::Alias,
        _ => Kind::Renamed,
    };
    made(marker(kind, from, Some(to)))
}

fn wrapped(eval: &mut Eval<'_>, tag: &str, content: &str, value: Thunk) -> Value {
    let name = eval.name(content);
    let set = Attrs {
        entries: vec![(name, Attr::new(value))],
        open: false,
    };
    tagged(eval, set, tag)
}

pub(super) fn mk_if(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    wrapped(eval, "if", "content", a[1])
}

pub(super) fn mk_merge(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    wrapped(eval, "merge", "contents", a[0])
}

pub(super) fn mk_content_1(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    wrapped(eval, "override", "content", a[0])
}

pub(super) fn mk_content_2(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    wrapped(eval, "override", "content", a[1])
}
