//! Functions that read files of the trees.

use std::rc::Rc;

use crate::eval::{Eval, LONGEST};
use crate::sources::{EntryKind, SrcPath};
use crate::value::{Attr, Thunk, Value};

fn path(eval: &mut Eval<'_>, thunk: Thunk) -> Option<Rc<SrcPath>> {
    let value = eval.force(thunk);
    eval.to_path(&value)
}

pub(super) fn import(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let value = eval.force(a[0]);
    if let Value::Join(values) = &value {
        let values = values
            .iter()
            .map(|it| {
                let it = eval.done(it.clone());
                import(eval, &[it])
            })
            .collect();
        return eval.join(values);
    }
    if matches!(value, Value::Never) {
        return Value::Never;
    }
    match eval.to_path(&value) {
        Some(path) => match eval.import(&path) {
            Some(value) => value,
            None => eval.unknown("a file that is missing or no Nix"),
        },
        None => eval.unknown("a file that is computed"),
    }
}

pub(super) fn scoped_import(eval: &mut Eval<'_>, _: &[Thunk]) -> Value {
    eval.unknown("made with `builtins.scopedImport`")
}

/// `importApply ./module.nix { … }`
pub(super) fn import_apply(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = import(eval, a);
    eval.apply(function, a[1])
}

pub(super) fn read_dir(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let entries = path(eval, a[0]).and_then(|path| eval.list_folder(&path));
    let Some(entries) = entries else {
        return super::sets::unknown_set(eval, a);
    };
    let mut all = Vec::with_capacity(entries.len());
    for (name, kind) in entries.into_iter().take(LONGEST) {
        let kind = match kind {
            EntryKind::File => "regular",
            EntryKind::Dir => "directory",
            EntryKind::Link => "symlink",
            EntryKind::Other => "unknown",
        };
        let name = eval.name(&name);
        all.push((name, Attr::new(eval.done(Value::str(kind)))));
    }
    eval.make_set(all, false)
}

pub(super) fn path_exists(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let is = path(eval, a[0]).map(|path| eval.entry_kind(&path).is_some());
    eval.bool_or_unknown(is)
}

pub(super) fn path_is_directory(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let is = path(eval, a[0]).map(|path| eval.entry_kind(&path) == Some(EntryKind::Dir));
    eval.bool_or_unknown(is)
}

/// `lib.path.append`
pub(super) fn append(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let path = path(eval, a[0]);
    let more = eval.known_str(a[1]);
    match path.zip(more).and_then(|(path, more)| path.join(&more)) {
        Some(path) => Value::Path(Rc::new(path)),
        None => eval.unknown("a path with something computed"),
    }
}

pub(super) fn read_file(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match path(eval, a[0]).and_then(|path| eval.read(&path)) {
        Some(text) => Value::str(&text),
        None => Value::StrAny,
    }
}

pub(super) fn import_json(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let text = read_file(eval, a);
    let text = eval.done(text);
    from_json(eval, &[text])
}

pub(super) fn from_json(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]).map(|text| serde_json::from_str(&text)) {
        Some(Ok(value)) => json(eval, &value),
        Some(Err(_)) => Value::Never,
        None => eval.unknown("JSON that is not known"),
    }
}

/// The depth of JSON is bounded by its parser.
fn json(eval: &mut Eval<'_>, value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::Null,
        Json::Bool(it) => Value::Bool(*it),
        Json::Number(it) => match (it.as_i64(), it.as_f64()) {
            (Some(it), _) => Value::Int(it),
            (None, Some(it)) => Value::Float(it),
            (None, None) => eval.unknown("a number that is not known"),
        },
        Json::String(it) => Value::str(it),
        Json::Array(items) => {
            let mut all = Vec::with_capacity(items.len());
            for it in items {
                let it = json(eval, it);
                all.push(eval.done(it));
            }
            Value::list(all)
        }
        Json::Object(entries) => {
            let mut all = Vec::with_capacity(entries.len());
            for (name, it) in entries {
                let name = eval.name(name);
                let it = json(eval, it);
                all.push((name, Attr::new(eval.done(it))));
            }
            eval.make_set(all, false)
        }
    }
}

/// `lib.filesystem.listFilesRecursive`
pub(super) fn list_files_recursive(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let Some(folder) = path(eval, a[0]) else {
        return Value::any_list();
    };
    let mut items = Vec::new();
    let mut todo = vec![(*folder).clone()];
    while let Some(folder) = todo.pop() {
        let Some(entries) = eval.list_folder(&folder) else {
            return Value::any_list();
        };
        for (name, kind) in entries {
            let Some(at) = folder.join(&name) else {
                continue;
            };
            match kind {
                EntryKind::Dir => todo.push(at),
                _ => items.push(eval.done(Value::Path(Rc::new(at)))),
            }
        }
        if items.len() + todo.len() > LONGEST {
            return Value::any_list();
        }
    }
    Value::list(items)
}
