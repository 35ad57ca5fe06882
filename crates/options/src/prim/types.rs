//! `lib.types` and `pkgs.formats`.

use crate::eval::Eval;
use crate::ty::StrKind;
use crate::value::{Thunk, Type, Value};

/// The names of `types.ints` and `types.numbers`.
pub(crate) const NUMBERS: [&str; 11] = [
    "between",
    "unsigned",
    "positive",
    "nonnegative",
    "u8",
    "u16",
    "u32",
    "s8",
    "s16",
    "s32",
    "u64",
];

/// A type without arguments.
pub(crate) fn type_constant(name: &str) -> Option<Value> {
    Some(Value::ty(match name {
        "bool" | "boolByOr" => Type::Bool,
        "int" => Type::Int(None, None),
        "port" | "ints.u16" => Type::Int(Some(0), Some(65_535)),
        "ints.unsigned" => Type::Int(Some(0), None),
        "ints.positive" => Type::Int(Some(1), None),
        "ints.u8" => Type::Int(Some(0), Some(255)),
        "ints.u32" => Type::Int(Some(0), Some(4_294_967_295)),
        "ints.s8" => Type::Int(Some(-128), Some(127)),
        "ints.s16" => Type::Int(Some(-32_768), Some(32_767)),
        "ints.s32" => Type::Int(Some(-2_147_483_648), Some(2_147_483_647)),
        "float" => Type::Float,
        "number" | "numbers.nonnegative" | "numbers.positive" => Type::Number,
        "str" | "string" => Type::Str(StrKind::Any),
        "nonEmptyStr" => Type::Str(StrKind::NonEmpty),
        "singleLineStr" => Type::Str(StrKind::SingleLine),
        "lines" | "commas" | "envVar" => Type::Str(StrKind::Separated),
        "path" | "externalPath" | "pathInStore" => Type::Path,
        "package" | "shellPackage" => Type::Package,
        "attrs" => Type::Free("attribute set"),
        "anything" => Type::Free("anything"),
        "unspecified" => Type::Free("unspecified value"),
        "raw" => Type::Free("raw value"),
        "optionType" => Type::Free("option type"),
        "deferredModule" => Type::Free("module"),
        "pkgs" => Type::Free("nixpkgs set"),
        "luaInline" => Type::Free("inline Lua"),
        "fileset" => Type::Free("file set"),
        "json" => Type::Format("JSON".into()),
        "toml" => Type::Format("TOML".into()),
        "optionSet" => Type::OptionSet,
        _ => return None,
    }))
}

pub(super) fn str_matching(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Match(a[0]))
}

pub(super) fn separated(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    Value::ty(Type::Str(StrKind::Separated))
}

pub(super) fn path_with(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    // It may take relative paths.
    Value::ty(Type::Free("path"))
}

pub(super) fn enumeration(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Enum(a[0]))
}

pub(super) fn null_or(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Null(a[0]))
}

pub(super) fn either(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Either(a[0], a[1]))
}

pub(super) fn one_of(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::OneOf(a[0]))
}

pub(super) fn coerced_to(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Coerced(a[0], a[2]))
}

pub(super) fn list_of(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::List(a[0], false))
}

pub(super) fn non_empty_list_of(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::List(a[0], true))
}

pub(super) fn attrs_of(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Attrs(a[0]))
}

/// A part of a set of arguments, for when it is needed.
fn part(eval: &mut Eval<'_>, set: Thunk, name: &str) -> Thunk {
    let name = eval.name(name);
    eval.attr_later(set, name)
}

pub(super) fn attrs_with(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let item = part(eval, a[0], "elemType");
    Value::ty(Type::Attrs(item))
}

pub(super) fn loa_of(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.done(Value::ty(Type::List(a[0], false)));
    let attrs = eval.done(Value::ty(Type::Attrs(a[0])));
    Value::ty(Type::Either(list, attrs))
}

/// A list of sets, or one set, in the order of the definitions.
pub(super) fn attr_list_of(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let attrs = eval.done(Value::ty(Type::Attrs(a[0])));
    let list = eval.done(Value::ty(Type::List(attrs, false)));
    Value::ty(Type::Either(list, attrs))
}

pub(super) fn attr_tag(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Tag(a[0]))
}

pub(super) fn function_to(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Fun(a[0]))
}

pub(super) fn add_check(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Checked(a[0]))
}

pub(super) fn submodule(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Sub(a[0]))
}

pub(super) fn submodule_with(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let modules = part(eval, a[0], "modules");
    Value::ty(Type::Sub(modules))
}

pub(super) fn deferred_module(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    Value::ty(Type::Free("module"))
}

pub(super) fn serializable(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let name = part(eval, a[0], "typeName");
    let name = eval.known_str(name).unwrap_or_else(|| "structured".into());
    Value::ty(Type::Format(name))
}

pub(super) fn option_type(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::ty(Type::Opaque(a[0]))
}

pub(super) fn between(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match (eval.known_int(a[0]), eval.known_int(a[1])) {
        (Some(from), Some(to)) => Value::ty(Type::Int(Some(from), Some(to))),
        _ => {
            let int = eval.done(Value::ty(Type::Int(None, None)));
            Value::ty(Type::Checked(int))
        }
    }
}

pub(super) fn number_between(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    Value::ty(Type::Number)
}

/// `pkgs.formats.json { }`: the name of the format, its settings.
pub(super) fn formats(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let name = eval.known_str(a[0]).unwrap_or_else(|| "structured".into());
    let ty = Value::ty(Type::Format(name.clone()));
    let generate = eval.unknown("a function of pkgs.formats");
    let types = match &*name {
        "ini" | "iniWithGlobalSection" | "gitIni" | "keyValue" | "systemd" => {
            // A value of such a file.
            let scalars = [
                Type::Bool,
                Type::Int(None, None),
                Type::Float,
                Type::Str(StrKind::Any),
            ]
            .map(|it| eval.done(Value::ty(it)));
            let any = eval.done(Value::list(scalars.to_vec()));
            let one = eval.done(Value::ty(Type::OneOf(any)));
            let atom = Value::ty(Type::Null(one));
            eval.attrs(vec![("atom", atom)], true)
        }
        _ => eval.unknown("types of a format"),
    };
    let lib = eval.attrs(vec![("types", types)], true);
    eval.attrs(
        vec![("type", ty), ("generate", generate), ("lib", lib)],
        true,
    )
}

/// `types.json { … }` of a later library; the argument does not change what it is.
pub(super) fn formats_value(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    Value::ty(Type::Format("JSON".into()))
}

/// `type.getSubOptions prefix`: kept as it is, for a type that passes it on.
pub(super) fn sub_options(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (of, prefix) = (eval.force(a[0]), eval.force(a[1]));
    eval.attrs(
        vec![
            ("_type", Value::str("sub options")),
            ("of", of),
            ("prefix", prefix),
        ],
        false,
    )
}
