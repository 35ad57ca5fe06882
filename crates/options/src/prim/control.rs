//! Functions about functions, tests of kinds, what stops an evaluation.

use crate::eval::Eval;
use crate::value::{Space, Thunk, Value};

pub(super) fn id(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    eval.force(a[0])
}

pub(super) fn first(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    eval.force(a[0])
}

pub(super) fn second(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    eval.force(a[1])
}

pub(super) fn third(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    eval.force(a[2])
}

pub(super) fn never(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    Value::Never
}

pub(super) fn flip(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    eval.call(&function, &[a[2], a[1]])
}

pub(super) fn pipe(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let functions = eval.list(a[1]);
    if !functions.exact() {
        return eval.unknown("a pipe of functions that are not known");
    }
    let mut at = a[0];
    for function in &functions.items {
        let function = eval.force(*function);
        at = eval.later(function, &[at]);
    }
    eval.force(at)
}

pub(super) fn fix(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let point = eval.fix_point(function);
    eval.force(point)
}

/// `lib.extend (self: super: { … })`: the library and more.
pub(super) fn extend(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let base = eval.done(Value::Lib(Space::Lib));
    let itself = eval.reserve();
    let function = eval.force(a[0]);
    let more = eval.later(function, &[itself, base]);
    let update = eval.prim("mergeAttrs");
    eval.fill(itself, update, &[base, more]);
    eval.force(itself)
}

pub(super) fn map_nullable(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[1]) {
        Value::Null => Value::Null,
        Value::Unknown(_) | Value::Join(_) => eval.unknown("may be null"),
        _ => {
            let function = eval.force(a[0]);
            eval.apply(function, a[1])
        }
    }
}

pub(super) fn default_to(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[1]) {
        Value::Null => eval.force(a[0]),
        Value::Unknown(_) | Value::Join(_) => eval.unknown("may be null"),
        value => value,
    }
}

pub(super) fn to_function(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        value @ (Value::Lambda(..) | Value::Prim(..)) => value,
        _ => eval.unknown("made a function"),
    }
}

pub(super) fn type_of(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::str(match eval.force(a[0]) {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Str(_) | Value::StrAny => "string",
        Value::Path(_) => "path",
        Value::List(_) => "list",
        Value::Attrs(_) | Value::Type(_) | Value::Lib(_) => "set",
        Value::Lambda(..) | Value::Prim(..) => "lambda",
        Value::Never => return Value::Never,
        _ => return Value::StrAny,
    })
}

/// Says of a value whether it is of a kind, where its own kind is known.
fn test(eval: &mut Eval<'_>, a: &[Thunk], is: fn(&Value) -> bool) -> Value {
    let value = eval.force(a[0]);
    let all = match &value {
        Value::Unknown(_) | Value::Never | Value::Pkgs | Value::Type(_) | Value::Marker(_) => None,
        Value::Lib(_) => None,
        Value::Join(values) => {
            let first = is(&values[0]);
            values
                .iter()
                .all(|it| {
                    is(it) == first
                        && !matches!(
                            it,
                            Value::Pkgs | Value::Type(_) | Value::Marker(_) | Value::Lib(_)
                        )
                })
                .then_some(first)
        }
        value => Some(is(value)),
    };
    eval.bool_or_unknown(all)
}

pub(super) fn is_string(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    test(eval, a, |it| matches!(it, Value::Str(_) | Value::StrAny))
}

pub(super) fn is_list(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    test(eval, a, |it| matches!(it, Value::List(_)))
}

pub(super) fn is_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        Value::Type(_) | Value::Lib(_) | Value::Pkgs => Value::Bool(true),
        _ => test(eval, a, |it| matches!(it, Value::Attrs(_))),
    }
}

pub(super) fn is_function(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    if let Value::Attrs(set) = eval.force(a[0])
        && set.get(eval.known.functor).is_some()
    {
        return Value::Bool(true);
    }
    test(eval, a, |it| {
        matches!(it, Value::Lambda(..) | Value::Prim(..))
    })
}

pub(super) fn is_null(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let value = eval.force(a[0]);
    let is = eval.equal(&value, &Value::Null, 0);
    eval.bool_or_unknown(is)
}

pub(super) fn is_path(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    test(eval, a, |it| matches!(it, Value::Path(_)))
}

pub(super) fn is_int(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    test(eval, a, |it| matches!(it, Value::Int(_)))
}

pub(super) fn is_bool(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    test(eval, a, |it| matches!(it, Value::Bool(_)))
}

pub(super) fn is_float(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    test(eval, a, |it| matches!(it, Value::Float(_)))
}

/// `isType "option" x`
pub(super) fn is_type(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let wanted = eval.known_str(a[0]);
    let name = eval.known.typ;
    let is = match eval.force(a[1]) {
        Value::Attrs(set) => match set.get(name) {
            Some(attr) if !attr.maybe => match (eval.force(attr.value), wanted) {
                (Value::Str(is), Some(wanted)) => Some(is == wanted),
                _ => None,
            },
            None if !set.unsure() => Some(false),
            _ => None,
        },
        Value::Type(_) => wanted.map(|it| &*it == "option-type"),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Str(_)
        | Value::StrAny
        | Value::List(_) => Some(false),
        _ => None,
    };
    eval.bool_or_unknown(is)
}

pub(super) fn try_eval(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let value = eval.force(a[0]);
    let success = eval.unknown("whether it fails");
    eval.attrs(vec![("success", success), ("value", value)], false)
}
