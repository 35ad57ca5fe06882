//! Functions of strings and versions.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::eval::Eval;
use crate::value::{Thunk, Value};

pub(super) fn any_text(_: &mut Eval<'_>, _: &[Thunk]) -> Value {
    Value::StrAny
}

pub(super) fn unknown(eval: &mut Eval<'_>, _: &[Thunk]) -> Value {
    eval.unknown("what a pattern matches")
}

/// The texts of a list of strings, if it is known.
fn texts(eval: &mut Eval<'_>, thunk: Thunk) -> Option<Vec<Rc<str>>> {
    let list = eval.list(thunk);
    if !list.exact() {
        return None;
    }
    let mut all = Vec::with_capacity(list.items.len());
    for it in &list.items {
        let value = eval.force(*it);
        all.push(eval.to_text(&value)?);
    }
    Some(all)
}

fn joined(texts: Option<Vec<Rc<str>>>, between: &str) -> Value {
    match texts {
        Some(texts) => Value::Str(texts.join(between).into()),
        None => Value::StrAny,
    }
}

pub(super) fn concat_strings(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let texts = texts(eval, a[0]);
    joined(texts, "")
}

pub(super) fn concat_strings_sep(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]) {
        Some(between) => {
            let texts = texts(eval, a[1]);
            joined(texts, &between)
        }
        None => Value::StrAny,
    }
}

pub(super) fn concat_map_strings(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = super::lists::map(eval, a);
    let list = eval.done(list);
    concat_strings(eval, &[list])
}

pub(super) fn concat_map_strings_sep(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let list = super::lists::map(eval, &a[1..]);
    let list = eval.done(list);
    concat_strings_sep(eval, &[a[0], list])
}

pub(super) fn show_option(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let texts = texts(eval, a[0]);
    joined(texts, ".")
}

fn list(eval: &mut Eval<'_>, texts: impl IntoIterator<Item = String>) -> Value {
    let items = texts
        .into_iter()
        .map(|it| eval.done(Value::str(&it)))
        .collect();
    Value::list(items)
}

pub(super) fn split_string(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match (eval.known_str(a[0]), eval.known_str(a[1])) {
        (Some(between), Some(text)) if !between.is_empty() => {
            list(eval, text.split(&*between).map(str::to_owned))
        }
        _ => Value::any_list(),
    }
}

pub(super) fn characters(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]) {
        Some(text) if text.is_ascii() => list(eval, text.chars().map(String::from)),
        _ => Value::any_list(),
    }
}

/// Of patterns only a class of letters: `split "([A-Z])" s`.
pub(super) fn split(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (Some(pattern), Some(text)) = (eval.known_str(a[0]), eval.known_str(a[1])) else {
        return Value::any_list();
    };
    let range = pattern
        .strip_prefix("([")
        .and_then(|it| it.strip_suffix("])"))
        .map(str::as_bytes);
    let Some(&[from, b'-', to]) = range else {
        return Value::any_list();
    };
    let mut items = Vec::new();
    let mut piece = String::new();
    for c in text.chars() {
        if u8::try_from(c).is_ok_and(|c| (from..=to).contains(&c)) {
            items.push(eval.done(Value::str(&piece)));
            piece.clear();
            let group = list(eval, [c.to_string()]);
            items.push(eval.done(group));
        } else {
            piece.push(c);
        }
    }
    items.push(eval.done(Value::str(&piece)));
    Value::list(items)
}

pub(super) fn substring(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (Some(start), Some(count), Some(text)) = (
        eval.known_int(a[0]),
        eval.known_int(a[1]),
        eval.known_str(a[2]),
    ) else {
        return Value::StrAny;
    };
    let Ok(start) = usize::try_from(start) else {
        return Value::StrAny;
    };
    let start = start.min(text.len());
    let end = match usize::try_from(count) {
        Ok(count) => start.saturating_add(count).min(text.len()),
        Err(_) => text.len(),
    };
    match text.get(start..end) {
        Some(part) => Value::str(part),
        None => Value::StrAny,
    }
}

pub(super) fn length(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]) {
        Some(text) => Value::Int(i64::try_from(text.len()).unwrap_or(i64::MAX)),
        None => eval.unknown("the length of a string that is not known"),
    }
}

fn map(eval: &mut Eval<'_>, thunk: Thunk, to: impl FnOnce(&str) -> String) -> Value {
    match eval.known_str(thunk) {
        Some(text) => Value::Str(to(&text).into()),
        None => Value::StrAny,
    }
}

pub(super) fn to_lower(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    map(eval, a[0], str::to_ascii_lowercase)
}

pub(super) fn to_upper(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    map(eval, a[0], str::to_ascii_uppercase)
}

pub(super) fn trim(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    map(eval, a[0], |it| {
        it.trim_matches([' ', '\t', '\r', '\n']).to_owned()
    })
}

pub(super) fn to_sentence_case(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    map(eval, a[0], |it| {
        let mut chars = it.chars();
        chars
            .next()
            .map(|first| first.to_ascii_uppercase())
            .into_iter()
            .chain(chars.map(|c| c.to_ascii_lowercase()))
            .collect()
    })
}

fn says(eval: &mut Eval<'_>, a: &[Thunk], is: fn(&str, &str) -> bool) -> Value {
    let text = eval.force(a[1]);
    let says = match (eval.known_str(a[0]), eval.to_text(&text)) {
        (Some(what), Some(text)) => Some(is(&text, &what)),
        _ => None,
    };
    eval.bool_or_unknown(says)
}

pub(super) fn has_prefix(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    says(eval, a, |text, what| text.starts_with(what))
}

pub(super) fn has_suffix(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    says(eval, a, |text, what| text.ends_with(what))
}

pub(super) fn has_infix(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    says(eval, a, |text, what| text.contains(what))
}

pub(super) fn remove_prefix(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]) {
        Some(what) => map(eval, a[1], |it| {
            it.strip_prefix(&*what).unwrap_or(it).to_owned()
        }),
        None => Value::StrAny,
    }
}

pub(super) fn remove_suffix(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]) {
        Some(what) => map(eval, a[1], |it| {
            it.strip_suffix(&*what).unwrap_or(it).to_owned()
        }),
        None => Value::StrAny,
    }
}

pub(super) fn replace(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (Some(from), Some(to), Some(text)) =
        (texts(eval, a[0]), texts(eval, a[1]), eval.known_str(a[2]))
    else {
        return Value::StrAny;
    };
    if from.len() != to.len() || from.iter().any(|it| it.is_empty()) {
        return Value::StrAny;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(c) = rest.chars().next() {
        match from.iter().position(|it| rest.starts_with(&**it)) {
            Some(index) => {
                out.push_str(&to[index]);
                rest = &rest[from[index].len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        if out.len() > 1 << 20 {
            return Value::StrAny;
        }
    }
    Value::Str(out.into())
}

pub(super) fn optional_string(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        Value::Bool(true) => eval.force(a[1]),
        Value::Bool(false) => Value::str(""),
        _ => Value::StrAny,
    }
}

pub(super) fn to_string(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.force(a[0]) {
        Value::Bool(true) => Value::str("1"),
        Value::Bool(false) | Value::Null => Value::str(""),
        value => match eval.to_text(&value) {
            Some(text) => Value::Str(text),
            None => Value::StrAny,
        },
    }
}

pub(super) fn base_name(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let value = eval.force(a[0]);
    if let Some(path) = eval.to_path(&value) {
        return match path.name() {
            // The name of the folder a tree lies in.
            "" => Value::StrAny,
            name => Value::str(name),
        };
    }
    match value {
        Value::Str(text) => {
            let text = text.trim_end_matches('/');
            Value::str(text.rsplit_once('/').map_or(text, |(_, name)| name))
        }
        _ => Value::StrAny,
    }
}

pub(super) fn dir_of(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let value = eval.force(a[0]);
    match (&value, eval.to_path(&value)) {
        (_, Some(path)) if path.path.is_empty() => eval.unknown("the folder a tree lies in"),
        (Value::Path(_), Some(path)) => Value::Path(Rc::new(path.parent())),
        (_, Some(path)) => {
            let parent = Value::Path(Rc::new(path.parent()));
            eval.to_text(&parent).map_or(Value::StrAny, Value::Str)
        }
        _ => Value::StrAny,
    }
}

/// As Nix compares versions: by numbers and words between dots and dashes; `pre` comes first.
fn compare(a: &str, b: &str) -> Ordering {
    fn next(text: &mut &str) -> String {
        *text = text.trim_start_matches(['.', '-']);
        let digits = text.starts_with(|c: char| c.is_ascii_digit());
        let end = text
            .find(|c: char| c.is_ascii_digit() != digits || c == '.' || c == '-')
            .unwrap_or(text.len());
        let (part, rest) = text.split_at(end);
        *text = rest;
        part.to_owned()
    }
    fn less(a: &str, b: &str) -> bool {
        match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a < b,
            (_, Ok(_)) if a.is_empty() => true,
            _ if a == "pre" && b != "pre" => true,
            _ if b == "pre" => false,
            (Err(_), Ok(_)) => true,
            (Ok(_), Err(_)) => false,
            (Err(_), Err(_)) => a < b,
        }
    }
    let (mut a, mut b) = (a, b);
    while !a.is_empty() || !b.is_empty() {
        let (x, y) = (next(&mut a), next(&mut b));
        if less(&x, &y) {
            return Ordering::Less;
        }
        if less(&y, &x) {
            return Ordering::Greater;
        }
    }
    Ordering::Equal
}

fn versions(eval: &mut Eval<'_>, a: &[Thunk]) -> Option<Ordering> {
    let (x, y) = (eval.known_str(a[0])?, eval.known_str(a[1])?);
    Some(compare(&x, &y))
}

pub(super) fn version_at_least(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let is = versions(eval, a).map(Ordering::is_ge);
    eval.bool_or_unknown(is)
}

pub(super) fn version_older(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let is = versions(eval, a).map(Ordering::is_lt);
    eval.bool_or_unknown(is)
}

pub(super) fn compare_versions(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match versions(eval, a) {
        Some(order) => Value::Int(order as i64),
        None => eval.unknown("a number that is not known"),
    }
}

pub(super) fn split_version(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]) {
        // Digits and letters are parts of their own; where only digits stand between dots, that is what dots cut.
        Some(text) if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
            let parts = text.split('.').filter(|it| !it.is_empty());
            list(eval, parts.map(str::to_owned))
        }
        _ => Value::any_list(),
    }
}

pub(super) fn concat_lines(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match texts(eval, a[0]) {
        Some(texts) => Value::Str(
            texts
                .iter()
                .map(|it| format!("{it}\n"))
                .collect::<String>()
                .into(),
        ),
        None => Value::StrAny,
    }
}

pub(super) fn to_int(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    match eval.known_str(a[0]).map(|it| it.trim().parse()) {
        Some(Ok(it)) => Value::Int(it),
        Some(Err(_)) => Value::Never,
        None => eval.unknown("a number that is not known"),
    }
}

pub(super) fn add(eval: &mut Eval<'_>, a: &[Thunk]) -> Value {
    let (x, y) = (eval.force(a[0]), eval.force(a[1]));
    eval.add(x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_nix_does() {
        for (a, b, expected) in [
            ("1.0", "2.3", Ordering::Less),
            ("2.3.1", "2.3", Ordering::Greater),
            ("2.3", "2.3", Ordering::Equal),
            ("2.3pre1", "2.3", Ordering::Less),
            ("2.3a", "2.3c", Ordering::Less),
            ("24.11", "24.5", Ordering::Greater),
        ] {
            assert_eq!(compare(a, b), expected, "{a} {b}");
        }
    }
}
