//! Functions of attribute sets.

use std::rc::Rc;

use crate::eval::Eval;
use crate::expr::Name;
use crate::value::{Attr, Attrs, List, Thunk, Value};

pub(super) fn map_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let set = eval.known_set(a[1]);
    let mut entries = Vec::with_capacity(set.entries.len());
    for (name, attr) in &set.entries {
        let text = eval.name_value(*name);
        let value = eval.later(function.clone(), &[text, attr.value]);
        entries.push((*name, Attr { value, ..*attr }));
    }
    eval.make_set(entries, set.open)
}

/// The set of `{ name; value; }` pairs.
fn pairs(eval: &mut Eval<'_>, pairs: impl IntoIterator<Item = (Value, bool)>, open: bool) -> Value {
    let (name_key, value_key) = (eval.known.name, eval.known.value);
    let mut entries: Vec<(Name, Attr)> = Vec::new();
    let mut open = open;
    for (pair, maybe) in pairs {
        let Value::Attrs(set) = &pair else {
            open |= !matches!(pair, Value::Never);
            continue;
        };
        let name = match set.get(name_key) {
            Some(attr) => eval.force(attr.value),
            None => {
                open = true;
                continue;
            }
        };
        let (value, pos) = match set.get(value_key) {
            Some(attr) => (attr.value, attr.pos),
            None => {
                let value = eval.unknown("a pair without a value");
                (eval.done(value), Default::default())
            }
        };
        let name = match name {
            Value::Str(text) => eval.name(&text),
            Value::Never => continue,
            _ => Name::ANY,
        };
        let attr = Attr {
            value,
            pos,
            maybe: maybe || name == Name::ANY,
        };
        eval.charge(entries.len());
        match entries.iter().position(|(other, _)| *other == name) {
            None => entries.push((name, attr)),
            Some(_) if name == Name::ANY => open = true,
            // The first wins; where that need not be there, either.
            Some(index) if entries[index].1.maybe => {
                let other = entries[index].1;
                entries[index].1 = Attr {
                    value: eval.either_later(&[other.value, value]),
                    pos: other.pos,
                    maybe,
                };
            }
            Some(_) => {}
        }
    }
    eval.make_set(entries, open)
}

pub(super) fn map_attrs_renamed(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let set = eval.known_set(a[1]);
    let mut all = Vec::new();
    for (name, attr) in eval.ordered(&set) {
        let text = eval.name_value(name);
        all.push((eval.call(&function, &[text, attr.value]), attr.maybe));
    }
    pairs(eval, all, set.open)
}

pub(super) fn map_attrs_to_list(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let set = eval.known_set(a[1]);
    let mut items = Vec::new();
    for (name, attr) in eval.ordered(&set) {
        let text = eval.name_value(name);
        items.push(eval.later(function.clone(), &[text, attr.value]));
    }
    list_of(&set, items)
}

fn list_of(set: &Attrs, items: Vec<Thunk>) -> Value {
    Value::List(Rc::new(List {
        items,
        open: set.open,
        loose: !set.exact(),
    }))
}

pub(super) fn attrs_to_list(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let set = eval.known_set(a[0]);
    let mut items = Vec::new();
    for (name, attr) in eval.ordered(&set) {
        let text = eval.name_value(name);
        let pair = name_value_pair(eval, &[text, attr.value]);
        items.push(eval.done(pair));
    }
    list_of(&set, items)
}

pub(super) fn concat_map_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let set = eval.known_set(a[1]);
    let mut all = Value::Attrs(Rc::new(Attrs::empty(set.open)));
    for (name, attr) in eval.ordered(&set) {
        let text = eval.name_value(name);
        let more = eval.call(&function, &[text, attr.value]);
        all = if attr.maybe {
            let both = eval.update(all.clone(), more);
            eval.join(vec![all, both])
        } else {
            eval.update(all, more)
        };
    }
    all
}

pub(super) fn filter_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let predicate = eval.force(a[0]);
    let set = eval.known_set(a[1]);
    let mut entries = Vec::new();
    for (name, attr) in &set.entries {
        let text = eval.name_value(*name);
        match eval.holds(&predicate, &[text, attr.value]) {
            Some(true) => entries.push((*name, *attr)),
            Some(false) => {}
            None => entries.push((
                *name,
                Attr {
                    maybe: true,
                    ..*attr
                },
            )),
        }
    }
    eval.make_set(entries, set.open)
}

pub(super) fn gen_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let names = eval.list(a[0]);
    let function = eval.force(a[1]);
    let mut all = Vec::new();
    for name in &names.items {
        let value = eval.later(function.clone(), &[*name]);
        all.push((name_value_pair(eval, &[*name, value]), names.loose));
    }
    pairs(eval, all, names.open)
}

pub(super) fn gen_attrs_renamed(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let names = eval.list(a[0]);
    let function = eval.force(a[1]);
    let all: Vec<(Value, bool)> = names
        .items
        .iter()
        .map(|it| (eval.apply(function.clone(), *it), names.loose))
        .collect();
    pairs(eval, all, names.open)
}

pub(super) fn list_to_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    let all: Vec<(Value, bool)> = list
        .items
        .iter()
        .map(|it| (eval.force(*it), list.loose))
        .collect();
    pairs(eval, all, list.open)
}

pub(super) fn name_value_pair(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let entries = vec![
        (eval.known.name, Attr::new(a[0])),
        (eval.known.value, Attr::new(a[1])),
    ];
    eval.make_set(entries, false)
}

pub(super) fn attr_names(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let set = eval.known_set(a[0]);
    let items = eval
        .ordered(&set)
        .into_iter()
        .map(|(name, _)| eval.name_value(name))
        .collect();
    list_of(&set, items)
}

pub(super) fn attr_values(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let set = eval.known_set(a[0]);
    let items = eval
        .ordered(&set)
        .into_iter()
        .map(|(_, it)| it.value)
        .collect();
    list_of(&set, items)
}

pub(super) fn attr_vals(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let names = eval.list(a[0]);
    let mut items = Vec::new();
    for name in &names.items {
        items.push(match eval.known_str(*name) {
            Some(text) => {
                let name = eval.name(&text);
                eval.attr_later(a[1], name)
            }
            None => {
                let value = eval.unknown("a computed name");
                eval.done(value)
            }
        });
    }
    eval.make_list(items, &names)
}

pub(super) fn get_attr(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]) {
        Some(text) => {
            let name = eval.name(&text);
            let set = eval.force(a[1]);
            eval.attr(&set, name)
        }
        None => eval.unknown("a computed name"),
    }
}

pub(super) fn has_attr(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let Some(text) = eval.known_str(a[0]) else {
        return eval.unknown("a computed name");
    };
    let name = eval.name(&text);
    let set = eval.force(a[1]);
    let selected = eval.get(&set, name);
    let has = match selected.value {
        None => Some(false),
        Some(_) if !selected.missing => Some(true),
        Some(_) => None,
    };
    eval.bool_or_unknown(has)
}

/// The names of a list, and whether these are all.
fn names(eval: &mut Eval<'_>, thunk: Thunk) -> (Vec<Name>, bool) {
    let list = eval.list(thunk);
    let mut all = list.exact();
    let mut names = Vec::new();
    for it in &list.items {
        match eval.known_str(*it) {
            Some(text) => names.push(eval.name(&text)),
            None => all = false,
        }
    }
    (names, all)
}

pub(super) fn get_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (names, all) = names(eval, a[0]);
    if !all {
        return unknown_set(eval, a);
    }
    let entries = names
        .into_iter()
        .map(|name| (name, Attr::new(eval.attr_later(a[1], name))))
        .collect();
    eval.make_set(entries, false)
}

pub(super) fn remove_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let set = eval.force(a[0]);
    let Value::Attrs(set) = set else {
        return match set {
            value @ (Value::Never | Value::Pkgs | Value::Lib(_)) => value,
            _ => unknown_set(eval, a),
        };
    };
    let (names, all) = names(eval, a[1]);
    let entries = set
        .entries
        .iter()
        .filter(|(name, _)| !names.contains(name))
        .map(|(name, attr)| {
            let maybe = attr.maybe || !all;
            (*name, Attr { maybe, ..*attr })
        })
        .collect();
    eval.make_set(entries, set.open)
}

pub(super) fn intersect_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let of = eval.known_set(a[0]);
    let set = eval.known_set(a[1]);
    let mut entries = Vec::new();
    for (name, attr) in &set.entries {
        match of.get(*name) {
            Some(other) => entries.push((
                *name,
                Attr {
                    maybe: attr.maybe || other.maybe,
                    ..*attr
                },
            )),
            None if of.unsure() => entries.push((
                *name,
                Attr {
                    maybe: true,
                    ..*attr
                },
            )),
            None => {}
        }
    }
    // A name that only one of them is known to have may be in the other.
    eval.make_set(entries, set.unsure())
}

pub(super) fn recursive_update(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (x, y) = (eval.force(a[0]), eval.force(a[1]));
    let (Value::Attrs(x), Value::Attrs(y)) = (&x, &y) else {
        return match (&x, &y) {
            // Nested sets merge, anything else is replaced.
            (_, Value::Unknown(_) | Value::Join(_)) | (Value::Join(_), _) => eval.update(x, y),
            (Value::Unknown(_), Value::Attrs(_)) => eval.update(x, y),
            _ => y,
        };
    };
    let function = eval.prim("recursiveUpdate");
    let mut entries = y.entries.clone();
    for (name, attr) in &x.entries {
        eval.charge(entries.len());
        match entries.iter().position(|(other, _)| other == name) {
            Some(index) => {
                let other = entries[index].1;
                let both = eval.later(function.clone(), &[attr.value, other.value]);
                let value = if other.maybe {
                    eval.either_later(&[attr.value, both])
                } else {
                    both
                };
                let maybe = attr.maybe && other.maybe;
                entries[index].1 = Attr {
                    value,
                    pos: other.pos,
                    maybe,
                };
            }
            None => entries.push((*name, *attr)),
        }
    }
    eval.make_set(entries, x.open || y.open)
}

/// The names of the first, with the values of the second where it has them.
pub(super) fn override_existing(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let more = intersect_attrs(eval, a);
    let old = eval.force(a[0]);
    eval.update(old, more)
}

pub(super) fn zip_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let second = eval.prim("flip");
    let constant = eval.prim("const");
    let constant = eval.done(constant);
    // _name: values: values
    let values = eval.apply(second, constant);
    let values = eval.done(values);
    zip_attrs_with(eval, &[values, a[0]])
}

pub(super) fn merge_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (x, y) = (eval.force(a[0]), eval.force(a[1]));
    eval.update(x, y)
}

pub(super) fn merge_attrs_list(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    let mut all = Value::Attrs(Rc::new(Attrs::empty(list.open)));
    for it in &list.items {
        let it = eval.force(*it);
        let both = eval.update(all.clone(), it);
        all = if list.loose {
            eval.join(vec![all, both])
        } else {
            both
        };
    }
    all
}

pub(super) fn foldl_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let set = eval.known_set(a[2]);
    if !set.exact() {
        return eval.unknown("made of a set that is not known");
    }
    let function = eval.force(a[0]);
    let mut at = a[1];
    for (name, attr) in eval.ordered(&set) {
        let name = eval.name_value(name);
        let value = eval.call(&function, &[at, name, attr.value]);
        at = eval.done(value);
    }
    eval.force(at)
}

pub(super) fn unknown_set(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    Value::Attrs(Rc::new(Attrs::empty(true)))
}

pub(super) fn unknown_list(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    Value::any_list()
}

pub(super) fn zip_attrs_with(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let list = eval.list(a[1]);
    let mut all: Vec<(Name, Vec<Attr>)> = Vec::new();
    let mut open = list.open;
    for it in &list.items {
        let set = eval.known_set(*it);
        open |= set.unsure();
        for (name, attr) in &set.entries {
            eval.charge(all.len());
            match all.iter_mut().find(|(other, _)| other == name) {
                Some((_, attrs)) => attrs.push(*attr),
                None => all.push((*name, vec![*attr])),
            }
        }
    }
    let mut entries = Vec::new();
    for (name, attrs) in all {
        let values = Value::List(Rc::new(List {
            items: attrs.iter().map(|it| it.value).collect(),
            open,
            loose: open || list.loose || attrs.iter().any(|it| it.maybe),
        }));
        let text = eval.name_value(name);
        let values = eval.done(values);
        let value = eval.later(function.clone(), &[text, values]);
        let maybe = list.loose || attrs.iter().all(|it| it.maybe);
        entries.push((
            name,
            Attr {
                value,
                pos: attrs[0].pos,
                maybe,
            },
        ));
    }
    eval.make_set(entries, open)
}

/// The segments of a path that is a list of strings.
pub(crate) fn segments(eval: &mut Eval<'_>, thunk: Thunk) -> Option<Vec<Option<Rc<str>>>> {
    let list = eval.list(thunk);
    if !list.exact() {
        return None;
    }
    Some(list.items.iter().map(|it| eval.known_str(*it)).collect())
}

pub(super) fn set_attr_by_path(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let Some(path) = segments(eval, a[0]) else {
        return unknown_set(eval, a);
    };
    let mut at = a[1];
    for segment in path.into_iter().rev() {
        let (name, maybe) = match segment {
            Some(text) => (eval.name(&text), false),
            None => (Name::ANY, true),
        };
        let entry = Attr {
            maybe,
            ..Attr::new(at)
        };
        let set = eval.make_set(vec![(name, entry)], false);
        at = eval.done(set);
    }
    eval.force(at)
}

/// Follows a path; the value and whether something on the way may be missing.
fn follow(eval: &mut Eval<'_>, path: Thunk, set: Thunk) -> (Option<Value>, bool) {
    let mut value = eval.force(set);
    let mut missing = false;
    let Some(path) = segments(eval, path) else {
        return (Some(eval.unknown("a computed name")), true);
    };
    for segment in path {
        let Some(text) = segment else {
            return (Some(eval.unknown("a computed name")), true);
        };
        let name = eval.name(&text);
        let selected = eval.get(&value, name);
        missing |= selected.missing;
        match selected.value {
            Some(inner) => value = inner,
            None => return (None, true),
        }
    }
    (Some(value), missing)
}

pub(super) fn get_attr_from_path(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match follow(eval, a[0], a[1]) {
        (Some(value), _) => value,
        (None, _) => eval.unknown("there is no such attribute"),
    }
}

pub(super) fn attr_by_path(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match follow(eval, a[0], a[2]) {
        (Some(value), false) => value,
        (Some(value), true) => {
            let default = eval.force(a[1]);
            eval.join(vec![value, default])
        }
        (None, _) => eval.force(a[1]),
    }
}

pub(super) fn has_attr_by_path(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let has = match follow(eval, a[0], a[1]) {
        (Some(_), false) => Some(true),
        (Some(_), true) => None,
        (None, _) => Some(false),
    };
    eval.bool_or_unknown(has)
}

pub(super) fn optional_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        Value::Bool(true) => eval.force(a[1]),
        Value::Bool(false) => Value::Attrs(Rc::default()),
        Value::Never => Value::Never,
        _ => {
            let set = eval.force(a[1]);
            eval.join(vec![Value::Attrs(Rc::default()), set])
        }
    }
}
