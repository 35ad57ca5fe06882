//! Functions of lists.

use std::rc::Rc;

use crate::eval::{Eval, LONGEST};
use crate::value::{Attr, List, Thunk, Value};

pub(super) fn map(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let list = eval.list(a[1]);
    let items = list
        .items
        .iter()
        .map(|it| eval.later(function.clone(), &[*it]))
        .collect();
    eval.make_list(items, &list)
}

pub(super) fn for_each(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    map(eval, &[a[1], a[0]])
}

fn imap(eval: &mut Eval<'_>, a: &[Thunk], from: i64) -> Value {
    let function = eval.force(a[0]);
    let list = eval.list(a[1]);
    let mut items = Vec::with_capacity(list.items.len());
    for (index, it) in list.items.iter().enumerate() {
        let index = if list.exact() {
            Value::Int(from + i64::try_from(index).unwrap_or(0))
        } else {
            eval.unknown("the place in a list")
        };
        let index = eval.done(index);
        items.push(eval.later(function.clone(), &[index, *it]));
    }
    eval.make_list(items, &list)
}

pub(super) fn imap0(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    imap(eval, a, 0)
}

pub(super) fn imap1(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    imap(eval, a, 1)
}

/// Keeps the items of which it is not known that they go.
fn keep(
    eval: &mut Eval<'_>,
    list: &List,
    mut stays: impl FnMut(&mut Eval<'_>, Thunk) -> Option<bool>,
) -> Value {
    let mut items = Vec::new();
    let mut loose = list.loose;
    for it in &list.items {
        match stays(eval, *it) {
            Some(true) => items.push(*it),
            Some(false) => {}
            None => {
                items.push(*it);
                loose = true;
            }
        }
    }
    Value::List(Rc::new(List {
        items,
        open: list.open,
        loose,
    }))
}

pub(super) fn filter(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let predicate = eval.force(a[0]);
    let list = eval.list(a[1]);
    keep(eval, &list, |eval, it| eval.holds(&predicate, &[it]))
}

pub(super) fn remove(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let value = eval.force(a[0]);
    let list = eval.list(a[1]);
    keep(eval, &list, |eval, it| {
        let it = eval.force(it);
        eval.equal(&it, &value, 0).map(|it| !it)
    })
}

/// Whether a list has a value.
fn contains(eval: &mut Eval<'_>, list: &List, value: &Value) -> Option<bool> {
    let mut found = if list.open { None } else { Some(false) };
    for it in &list.items {
        let it = eval.force(*it);
        match eval.equal(&it, value, 0) {
            Some(true) if !list.loose => return Some(true),
            Some(false) => {}
            _ => found = None,
        }
    }
    found
}

pub(super) fn subtract(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let gone = eval.list(a[0]);
    let list = eval.list(a[1]);
    keep(eval, &list, |eval, it| {
        let it = eval.force(it);
        contains(eval, &gone, &it).map(|it| !it)
    })
}

pub(super) fn intersect(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let of = eval.list(a[0]);
    let list = eval.list(a[1]);
    keep(eval, &list, |eval, it| {
        let it = eval.force(it);
        contains(eval, &of, &it)
    })
}

pub(super) fn elem(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let value = eval.force(a[0]);
    let list = eval.list(a[1]);
    let has = contains(eval, &list, &value);
    eval.bool_or_unknown(has)
}

pub(super) fn concat_map(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let list = eval.list(a[1]);
    let mut lists = vec![Rc::new(List {
        items: Vec::new(),
        ..*list
    })];
    for it in &list.items {
        let value = eval.apply(function.clone(), *it);
        lists.push(eval.as_list(&value));
    }
    eval.concat(lists)
}

pub(super) fn concat_lists(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    let mut lists = vec![Rc::new(List {
        items: Vec::new(),
        ..*list
    })];
    for it in &list.items {
        lists.push(eval.list(*it));
    }
    eval.concat(lists)
}

pub(super) fn concat(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let lists = [eval.list(a[0]), eval.list(a[1])];
    eval.concat(lists)
}

pub(super) fn flatten(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let value = eval.force(a[0]);
    if !matches!(value, Value::List(_) | Value::Join(_) | Value::Unknown(_)) {
        return Value::list(vec![a[0]]);
    }
    let mut all = List::default();
    let mut todo = vec![a[0]];
    let mut steps = 0;
    while let Some(thunk) = todo.pop() {
        steps += 1;
        if steps > LONGEST {
            all.open = true;
            break;
        }
        match eval.force(thunk) {
            value @ (Value::List(_) | Value::Join(_)) => {
                let list = eval.as_list(&value);
                all.open |= list.open;
                all.loose |= list.loose;
                todo.extend(list.items.iter().rev());
            }
            // It may be a list of whatever.
            Value::Unknown(_) => all.open = true,
            _ => all.items.push(thunk),
        }
    }
    Value::List(Rc::new(all))
}

pub(super) fn unique(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    let mut items: Vec<Thunk> = Vec::new();
    let mut loose = list.loose;
    for it in &list.items {
        let value = eval.force(*it);
        let mut known = Some(false);
        for other in &items {
            let other = eval.force(*other);
            match eval.equal(&other, &value, 0) {
                Some(true) => {
                    known = Some(true);
                    break;
                }
                Some(false) => {}
                None => known = None,
            }
        }
        if known != Some(true) {
            loose |= known.is_none();
            items.push(*it);
        }
    }
    Value::List(Rc::new(List {
        items,
        open: list.open,
        loose,
    }))
}

/// The same items in another order. Strings are sorted.
pub(super) fn shuffled(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    Value::List(Rc::new(List {
        loose: list.items.len() > 1 || list.loose,
        ..(*list).clone()
    }))
}

pub(super) fn shuffled_second(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    shuffled(eval, &a[1..])
}

pub(super) fn reverse(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    let items = list.items.iter().rev().copied().collect();
    eval.make_list(items, &list)
}

pub(super) fn to_list(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        value @ (Value::List(_) | Value::Never) => value,
        Value::Unknown(_) => Value::any_list(),
        value @ Value::Join(_) => {
            let list = eval.as_list(&value);
            Value::List(list)
        }
        _ => Value::list(vec![a[0]]),
    }
}

pub(super) fn singleton(_: &mut Eval<'_>, a: &[Thunk]) -> Value {
    Value::list(vec![a[0]])
}

/// One of the items of a list that is not exact.
fn some_item(eval: &mut Eval<'_>, list: &List) -> Value {
    if list.open {
        return eval.unknown("an item of a list that is not known");
    }
    let values = list.items.iter().map(|it| eval.force(*it)).collect();
    eval.join(values)
}

fn item(eval: &mut Eval<'_>, list: &List, index: Option<usize>) -> Value {
    if !list.exact() {
        return some_item(eval, list);
    }
    match index.and_then(|index| list.items.get(index)) {
        Some(it) => eval.force(*it),
        None => eval.unknown("an item that is not there"),
    }
}

pub(super) fn head(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    item(eval, &list, Some(0))
}

pub(super) fn last(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    item(eval, &list, list.items.len().checked_sub(1))
}

pub(super) fn elem_at(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    match eval.known_int(a[1]) {
        Some(index) => item(eval, &list, usize::try_from(index).ok()),
        None => some_item(eval, &list),
    }
}

/// A part of a list; the whole, loosely, where the part is not known.
fn part(eval: &mut Eval<'_>, list: &List, from: Option<usize>, to: Option<usize>) -> Value {
    match (from, to) {
        (Some(from), Some(to)) if list.exact() => {
            let to = to.min(list.items.len());
            let items = list.items[from.min(to)..to].to_vec();
            Value::list(items)
        }
        _ => {
            let items = list.items.clone();
            eval.make_list(
                items,
                &List {
                    items: Vec::new(),
                    open: list.open,
                    loose: true,
                },
            )
        }
    }
}

pub(super) fn tail(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    part(eval, &list, Some(1), Some(usize::MAX))
}

pub(super) fn init(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    part(
        eval,
        &list,
        Some(0),
        Some(list.items.len().saturating_sub(1)),
    )
}

fn index(eval: &mut Eval<'_>, thunk: Thunk) -> Option<usize> {
    eval.known_int(thunk)
        .map(|it| usize::try_from(it).unwrap_or(0))
}

pub(super) fn take(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let to = index(eval, a[0]);
    let list = eval.list(a[1]);
    part(eval, &list, Some(0), to)
}

pub(super) fn drop(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let from = index(eval, a[0]);
    let list = eval.list(a[1]);
    part(eval, &list, from, Some(usize::MAX))
}

pub(super) fn sublist(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let from = index(eval, a[0]);
    let count = index(eval, a[1]);
    let list = eval.list(a[2]);
    let to = from
        .zip(count)
        .map(|(from, count)| from.saturating_add(count));
    part(eval, &list, from, to)
}

pub(super) fn length(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[0]);
    if list.exact() {
        Value::Int(i64::try_from(list.items.len()).unwrap_or(i64::MAX))
    } else {
        eval.unknown("the length of a list that is not known")
    }
}

/// Whether a predicate says `wanted` of one item.
fn one(eval: &mut Eval<'_>, a: &[Thunk], wanted: bool) -> Option<bool> {
    let predicate = eval.force(a[0]);
    let list = eval.list(a[1]);
    let mut found = if list.open { None } else { Some(false) };
    for it in &list.items {
        match eval.holds(&predicate, &[*it]) {
            Some(holds) if holds == wanted && !list.loose => return Some(true),
            Some(holds) if holds != wanted => {}
            _ => found = None,
        }
    }
    found
}

pub(super) fn any(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let any = one(eval, a, true);
    eval.bool_or_unknown(any)
}

pub(super) fn all(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let all = one(eval, a, false).map(|it| !it);
    eval.bool_or_unknown(all)
}

pub(super) fn count(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let kept = filter(eval, a);
    let kept = eval.done(kept);
    length(eval, &[kept])
}

pub(super) fn find_first(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let predicate = eval.force(a[0]);
    let list = eval.list(a[2]);
    if list.open {
        return eval.unknown("an item of a list that is not known");
    }
    let mut values = Vec::new();
    for it in &list.items {
        match eval.holds(&predicate, &[*it]) {
            Some(true) => {
                values.push(eval.force(*it));
                if !list.loose {
                    return eval.join(values);
                }
            }
            Some(false) => {}
            None => values.push(eval.force(*it)),
        }
    }
    values.push(eval.force(a[1]));
    eval.join(values)
}

fn numbers(eval: &mut Eval<'_>, from: i64, to: i64, function: Option<Value>) -> Value {
    let count = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
    if count > LONGEST {
        return Value::any_list();
    }
    let mut items = Vec::with_capacity(count);
    for number in from..to {
        let number = eval.done(Value::Int(number));
        items.push(match &function {
            Some(function) => eval.later(function.clone(), &[number]),
            None => number,
        });
    }
    Value::list(items)
}

pub(super) fn range(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match (eval.known_int(a[0]), eval.known_int(a[1])) {
        (Some(from), Some(to)) => numbers(eval, from, to.saturating_add(1), None),
        _ => Value::any_list(),
    }
}

pub(super) fn gen_list(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    match eval.known_int(a[1]) {
        Some(count) => numbers(eval, 0, count, Some(function)),
        None => Value::any_list(),
    }
}

pub(super) fn replicate(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match index(eval, a[0]) {
        Some(count) if count <= LONGEST => Value::list(vec![a[1]; count]),
        _ => Value::any_list(),
    }
}

pub(super) fn partition(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let predicate = eval.force(a[0]);
    let list = eval.list(a[1]);
    let right = keep(eval, &list, |eval, it| eval.holds(&predicate, &[it]));
    let wrong = keep(eval, &list, |eval, it| {
        eval.holds(&predicate, &[it]).map(|it| !it)
    });
    eval.attrs(vec![("right", right), ("wrong", wrong)], false)
}

pub(super) fn cat_attrs(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let Some(name) = eval.known_str(a[0]) else {
        return Value::any_list();
    };
    let name = eval.name(&name);
    let list = eval.list(a[1]);
    let mut all = List {
        items: Vec::new(),
        ..*list
    };
    for it in &list.items {
        let it = eval.force(*it);
        let selected = eval.get(&it, name);
        if let Some(value) = selected.value {
            all.loose |= selected.missing;
            all.items.push(eval.done(value));
        }
    }
    Value::List(Rc::new(all))
}

pub(super) fn zip_lists_with(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let function = eval.force(a[0]);
    let (x, y) = (eval.list(a[1]), eval.list(a[2]));
    if !x.exact() || !y.exact() {
        return Value::any_list();
    }
    let items = x
        .items
        .iter()
        .zip(&y.items)
        .map(|(x, y)| eval.later(function.clone(), &[*x, *y]))
        .collect();
    Value::list(items)
}

pub(super) fn zip_lists(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (x, y) = (eval.list(a[0]), eval.list(a[1]));
    if !x.exact() || !y.exact() {
        return Value::any_list();
    }
    let names = [eval.name("fst"), eval.name("snd")];
    let mut items = Vec::new();
    for (x, y) in x.items.iter().zip(&y.items) {
        let entries = names.iter().copied().zip([Attr::new(*x), Attr::new(*y)]);
        let pair = eval.make_set(entries.collect(), false);
        items.push(eval.done(pair));
    }
    Value::list(items)
}

pub(super) fn foldl(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[2]);
    if !list.exact() {
        return eval.unknown("made of a list that is not known");
    }
    let function = eval.force(a[0]);
    let mut at = a[1];
    for it in &list.items {
        let value = eval.call(&function, &[at, *it]);
        at = eval.done(value);
    }
    eval.force(at)
}

pub(super) fn foldr(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = eval.list(a[2]);
    if !list.exact() {
        return eval.unknown("made of a list that is not known");
    }
    let function = eval.force(a[0]);
    let mut at = a[1];
    for it in list.items.iter().rev() {
        at = eval.later(function.clone(), &[*it, at]);
    }
    eval.force(at)
}

pub(super) fn optional(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        Value::Bool(true) => Value::list(vec![a[1]]),
        Value::Bool(false) => Value::list(Vec::new()),
        Value::Never => Value::Never,
        _ => Value::List(Rc::new(List {
            items: vec![a[1]],
            open: false,
            loose: true,
        })),
    }
}

pub(super) fn optionals(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        Value::Bool(true) => Value::List(eval.list(a[1])),
        Value::Bool(false) => Value::list(Vec::new()),
        Value::Never => Value::Never,
        _ => {
            let list = eval.list(a[1]);
            Value::List(Rc::new(List {
                loose: true,
                ..(*list).clone()
            }))
        }
    }
}
