//! The less common functions of nixpkgs' `lib`, flake-utils and the like, as far as the structure of repositories needs them.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{
    Entry, Eval, Function, HostCall, Item, List, Set, Thunk, Value, When, builder, foreign,
    formals, guard, list_of, open_of, same, update,
};
use crate::imports::Target;
use crate::known::Why;
use crate::table::Presence;
use crate::{RepoPath, Span};

/// How deeply sets of sets are followed by `mapAttrsRecursive` and `collect`.
const NESTED: u32 = 24;

impl<'r> Eval<'r> {
    /// The value of a call of one of the less common functions.
    pub(super) fn library(
        &self,
        function: Function,
        arguments: &[Thunk<'r>],
        at: Span,
    ) -> Value<'r> {
        use Function as F;
        let unknown = || Value::Unknown(Why::Computed(at));
        let call = |f: &Thunk<'r>, arguments: Vec<Thunk<'r>>| {
            Thunk::Call(Rc::new((self.force(f), arguments)))
        };
        let string = |text: &str| Thunk::Done(Value::Str(text.into()));
        let text = |nth: usize| self.text(&arguments[nth]);
        match function {
            F::EachSystem | F::EachDefaultSystem => {
                let systems = Thunk::Done(unknown());
                let of_one = self.force(&call(&arguments[arguments.len() - 1], vec![systems]));
                let Value::Set(of_one) = of_one else {
                    return Value::Set(Rc::new(Set {
                        open: vec![Why::Computed(at)],
                        ..Set::default()
                    }));
                };
                // `{ packages = …; }` becomes `{ packages.<system> = …; }`.
                let open = Value::Set(Rc::new(Set {
                    open: vec![Why::Computed(at)],
                    ..Set::default()
                }));
                let of_all = |entry: &Entry<'r>| Entry {
                    value: Thunk::Done(open.clone()),
                    ..entry.clone()
                };
                Value::Set(Rc::new(Set {
                    entries: of_one
                        .entries
                        .iter()
                        .map(|(name, entry)| (name.clone(), of_all(entry)))
                        .collect(),
                    open: open_of(&of_one, at),
                    ..Set::default()
                }))
            }
            F::EachPassThrough | F::EachOfPassThrough => {
                let systems = Thunk::Done(unknown());
                self.force(&call(&arguments[arguments.len() - 1], vec![systems]))
            }
            F::MakeExtensible => {
                let value = self.fixed(|own| self.force(&call(&arguments[0], vec![own])), at);
                let again =
                    Value::Function(F::ExtendFixed, Rc::new(vec![arguments[0].clone()]), at);
                with_entry(value, "extend", again)
            }
            F::ExtendFixed => self.fixed(
                |own| {
                    let before = self.force(&call(&arguments[0], vec![own.clone()]));
                    let more = vec![own, Thunk::Done(before.clone())];
                    update(before, self.force(&call(&arguments[1], more)), at)
                },
                at,
            ),
            F::ComposeMany => {
                let list = self.list(&arguments[0], at);
                let mut all = Value::Set(Rc::new(Set {
                    open: list.open.clone(),
                    ..Set::default()
                }));
                for item in &list.items {
                    let before = update(self.force(&arguments[2]), all.clone(), at);
                    let given = vec![arguments[1].clone(), Thunk::Done(before)];
                    all = update(all, self.force(&call(&item.value, given)), at);
                }
                all
            }
            F::ComposeExtensions => {
                let given = vec![arguments[2].clone(), arguments[3].clone()];
                let first = self.force(&call(&arguments[0], given));
                let before = update(self.force(&arguments[3]), first.clone(), at);
                let given = vec![arguments[2].clone(), Thunk::Done(before)];
                update(first, self.force(&call(&arguments[1], given)), at)
            }
            F::ToFunction => match self.force(&arguments[0]) {
                value @ (Value::Lambda(_) | Value::Function(..) | Value::Unknown(_)) => value,
                value => Value::Function(F::Const, Rc::new(vec![Thunk::Done(value)]), at),
            },
            F::TypeOf | F::IsFunction | F::IsAttrs | F::IsString | F::IsList | F::IsPath => {
                let kind = match self.force(&arguments[0]) {
                    Value::Null => "null",
                    Value::Bool(_) => "bool",
                    Value::Int(_) => "int",
                    Value::Str(_) => "string",
                    Value::List(_) => "list",
                    Value::Set(_) | Value::Inputs(_) | Value::Myself(_) | Value::Host(_) => "set",
                    Value::Lambda(_) | Value::Function(..) => "lambda",
                    // Whether text or path is not kept apart here.
                    Value::Path(_) if function == F::IsAttrs || function == F::IsList => "path",
                    _ => return unknown(),
                };
                match function {
                    F::TypeOf => Value::Str(kind.into()),
                    F::IsFunction => Value::Bool(kind == "lambda"),
                    F::IsAttrs => Value::Bool(kind == "set"),
                    F::IsString => Value::Bool(kind == "string"),
                    F::IsList => Value::Bool(kind == "list"),
                    _ => Value::Bool(kind == "path"),
                }
            }
            F::FunctionArgs => match self.force(&arguments[0]) {
                Value::Lambda(closure) => {
                    let mut set = Set::default();
                    for name in formals(&closure).map(|it| it.0).unwrap_or_default() {
                        set.entries.insert(name.into(), entry(unknown()));
                    }
                    Value::Set(Rc::new(set))
                }
                _ => unknown(),
            },
            F::IntersectAttrs => {
                let (left, right) = (self.attrs(&arguments[0], at), self.force(&arguments[1]));
                let mut set = Set {
                    open: open_of(&left, at),
                    ..Set::default()
                };
                for name in left.entries.keys() {
                    match (&right, self.select(&right, name)) {
                        (Value::Set(it), _) if it.entries.contains_key(name) => {
                            set.entries.insert(name.clone(), it.entries[name].clone());
                        }
                        (_, Some(value)) => {
                            set.entries.insert(name.clone(), entry(value));
                        }
                        _ => {}
                    }
                }
                Value::Set(Rc::new(set))
            }
            F::ZipAttrsWith | F::ZipAttrs => {
                let list = self.list(&arguments[arguments.len() - 1], at);
                let mut lists: std::collections::BTreeMap<Rc<str>, List<'r>> = Default::default();
                let mut set = Set {
                    open: list.open.clone(),
                    ..Set::default()
                };
                for item in &list.items {
                    let each = self.attrs(&item.value, at);
                    set.open.extend(open_of(&each, at));
                    for (name, it) in &each.entries {
                        lists.entry(name.clone()).or_default().items.push(Item {
                            value: it.value.clone(),
                            when: it.when.or(item.when),
                        });
                    }
                }
                for (name, list) in lists {
                    // The attribute is there as soon as one of the sets has it whatever holds.
                    let when = match list.items.iter().any(|item| item.when.is_none()) {
                        true => None,
                        false => list.items.first().and_then(|item| item.when),
                    };
                    let list = Thunk::Done(Value::List(Rc::new(list)));
                    let value = match function {
                        F::ZipAttrs => list,
                        _ => call(&arguments[0], vec![string(&name), list]),
                    };
                    let it = Entry {
                        value,
                        at: None,
                        when,
                    };
                    set.entries.insert(name, it);
                }
                Value::Set(Rc::new(set))
            }
            F::ConcatMapAttrs => {
                let set = self.attrs(&arguments[1], at);
                let start = Value::Set(Rc::new(Set {
                    open: open_of(&set, at),
                    ..Set::default()
                }));
                set.entries.iter().fold(start, |all, (name, it)| {
                    let one = call(&arguments[0], vec![string(name), it.value.clone()]);
                    let one = self.force(&one);
                    update(
                        all,
                        it.when.map_or(one.clone(), |when| guard(one, when)),
                        at,
                    )
                })
            }
            F::AttrsToList => {
                let set = self.attrs(&arguments[0], at);
                let items = set.entries.iter().map(|(name, it)| {
                    let mut pair = Set::default();
                    let named = Entry {
                        value: string(name),
                        at: it.at,
                        when: None,
                    };
                    pair.entries.insert("name".into(), named);
                    let value = Entry {
                        when: None,
                        ..it.clone()
                    };
                    pair.entries.insert("value".into(), value);
                    Item {
                        value: Thunk::Done(Value::Set(Rc::new(pair))),
                        when: it.when,
                    }
                });
                Value::List(Rc::new(List {
                    items: items.collect(),
                    open: open_of(&set, at),
                }))
            }
            F::CatAttrs => {
                let (Some(name), list) = (text(0), self.list(&arguments[1], at)) else {
                    return unknown();
                };
                let mut found = List {
                    items: Vec::new(),
                    open: list.open.clone(),
                };
                for item in &list.items {
                    let base = self.force(&item.value);
                    match self.select(&base, &name) {
                        Some(Value::Unknown(why)) => found.open.push(why),
                        Some(value) => found.items.push(Item {
                            value: Thunk::Done(value),
                            when: item.when,
                        }),
                        None => {}
                    }
                }
                Value::List(Rc::new(found))
            }
            F::SetAttrByPath => {
                let path = self.list(&arguments[0], at);
                let names: Option<Vec<_>> = path
                    .items
                    .iter()
                    .map(|item| self.text(&item.value))
                    .collect();
                let Some(names) = names.filter(|_| path.open.is_empty()) else {
                    return unknown();
                };
                let mut set = Set::default();
                super::put(&mut set, &names, arguments[1].clone(), at);
                Value::Set(Rc::new(set))
            }
            F::GetAttrFromPath => {
                let path = self.list(&arguments[0], at);
                let mut value = self.force(&arguments[1]);
                for item in &path.items {
                    let next = self.text(&item.value);
                    match next.and_then(|name| self.select(&value, &name)) {
                        Some(next) => value = next,
                        None => return unknown(),
                    }
                }
                value
            }
            F::MapAttrsRecursive => {
                let function = self.force(&arguments[0]);
                let value = self.force(&arguments[1]);
                self.map_recursive(&function, value, &mut Vec::new(), at)
            }
            F::Collect => {
                let mut list = List::default();
                let value = self.force(&arguments[1]);
                self.collect(&arguments[0], value, None, &mut list, at, 0);
                Value::List(Rc::new(list))
            }
            F::Unique | F::Sort => self.force(&arguments[arguments.len() - 1]),
            F::SubtractLists => {
                let (less, list) = (self.list(&arguments[0], at), self.list(&arguments[1], at));
                let gone: Option<BTreeSet<Rc<str>>> = less
                    .items
                    .iter()
                    .map(|item| self.text(&item.value))
                    .collect();
                let Some(gone) = gone.filter(|_| less.open.is_empty()) else {
                    return guard(Value::List(list), When::If(at));
                };
                let stays =
                    |item: &&Item<'r>| !self.text(&item.value).is_some_and(|it| gone.contains(&it));
                Value::List(Rc::new(List {
                    items: list.items.iter().filter(stays).cloned().collect(),
                    open: list.open.clone(),
                }))
            }
            F::Last | F::ElemAt => {
                let list = self.list(&arguments[0], at);
                let nth = match function {
                    F::Last => list.items.len().checked_sub(1),
                    _ => match self.force(&arguments[1]) {
                        Value::Int(n) => usize::try_from(n).ok(),
                        _ => None,
                    },
                };
                let sure = list.open.is_empty() && list.items.iter().all(|it| it.when.is_none());
                match nth.and_then(|nth| list.items.get(nth)).filter(|_| sure) {
                    Some(item) => self.force(&item.value),
                    None => unknown(),
                }
            }
            F::Tail => {
                let list = self.list(&arguments[0], at);
                Value::List(Rc::new(List {
                    items: list.items.iter().skip(1).cloned().collect(),
                    open: list.open.clone(),
                }))
            }
            F::Concat => super::concat(self.force(&arguments[0]), self.force(&arguments[1]), at),
            F::Any | F::All => {
                let list = self.list(&arguments[1], at);
                let wanted = function == F::Any;
                let mut sure = list.open.is_empty();
                for item in &list.items {
                    match self.force(&call(&arguments[0], vec![item.value.clone()])) {
                        Value::Bool(it) if it == wanted && item.when.is_none() => {
                            return Value::Bool(wanted);
                        }
                        Value::Bool(it) if it != wanted => {}
                        _ => sure = false,
                    }
                }
                if sure {
                    Value::Bool(!wanted)
                } else {
                    unknown()
                }
            }
            F::Partition => {
                let list = self.list(&arguments[1], at);
                let (mut right, mut wrong) = (List::default(), List::default());
                right.open = list.open.clone();
                wrong.open = list.open.clone();
                for item in &list.items {
                    match self.force(&call(&arguments[0], vec![item.value.clone()])) {
                        Value::Bool(true) => right.items.push(item.clone()),
                        Value::Bool(false) => wrong.items.push(item.clone()),
                        _ => {
                            let item = Item {
                                when: item.when.or(Some(When::If(at))),
                                ..item.clone()
                            };
                            right.items.push(item.clone());
                            wrong.items.push(item);
                        }
                    }
                }
                let mut set = Set::default();
                for (name, list) in [("right", right), ("wrong", wrong)] {
                    set.entries
                        .insert(name.into(), entry(Value::List(Rc::new(list))));
                }
                Value::Set(Rc::new(set))
            }
            F::Imap0 | F::Imap1 => {
                let list = self.list(&arguments[1], at);
                let function_ = self.force(&arguments[0]);
                let number = std::cell::Cell::new(i64::from(function == F::Imap1));
                list_of(&list, |item| {
                    let nth = number.get();
                    number.set(nth.saturating_add(1));
                    let given = vec![Thunk::Done(Value::Int(nth)), item.value.clone()];
                    Thunk::Call(Rc::new((function_.clone(), given)))
                })
            }
            F::SplitString => match (text(0), self.force(&arguments[1])) {
                (Some(by), Value::Str(whole)) if !by.is_empty() => {
                    let items = whole.split(&*by).map(|part| Item {
                        value: string(part),
                        when: None,
                    });
                    Value::List(Rc::new(List {
                        items: items.collect(),
                        open: Vec::new(),
                    }))
                }
                _ => unknown(),
            },
            F::ReplaceStrings => {
                let one = |nth: usize| match self.force(&arguments[nth]) {
                    Value::List(list) if list.items.len() == 1 => self.text(&list.items[0].value),
                    Value::Str(text) => Some(text),
                    _ => None,
                };
                match (one(0), one(1), text(2)) {
                    (Some(from), Some(to), Some(whole)) if !from.is_empty() => {
                        Value::Str(whole.replace(&*from, &to).into())
                    }
                    _ => unknown(),
                }
            }
            F::HasInfix => match (text(0), self.force(&arguments[1])) {
                (Some(part), Value::Str(whole)) => Value::Bool(whole.contains(&*part)),
                (Some(part), Value::Path(Target::Repo(path))) => {
                    Value::Bool(path.text().contains(&*part))
                }
                _ => unknown(),
            },
            F::ToLower => {
                text(0).map_or_else(unknown, |it| Value::Str(it.to_ascii_lowercase().into()))
            }
            F::ConcatMapStringsSep => {
                let list = self.list(&arguments[2], at);
                let parts: Option<Vec<_>> = list
                    .items
                    .iter()
                    .map(|item| self.text(&call(&arguments[1], vec![item.value.clone()])))
                    .collect();
                match (text(0), parts) {
                    (Some(by), Some(parts)) if list.open.is_empty() => {
                        Value::Str(parts.join(&*by).into())
                    }
                    _ => unknown(),
                }
            }
            F::StringLength => text(0).map_or_else(unknown, |it| {
                Value::Int(i64::try_from(it.len()).unwrap_or(i64::MAX))
            }),
            F::Substring => {
                let number = |nth: usize| match self.force(&arguments[nth]) {
                    Value::Int(n) => Some(n),
                    _ => None,
                };
                let (Some(start), Some(length), Some(whole)) = (number(0), number(1), text(2))
                else {
                    return unknown();
                };
                let start = usize::try_from(start)
                    .unwrap_or(usize::MAX)
                    .min(whole.len());
                // A negative length means: to the end.
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let end = start.saturating_add(length).min(whole.len());
                whole
                    .get(start..end)
                    .map_or_else(unknown, |it| Value::Str(it.into()))
            }
            F::PathIsDirectory | F::PathIsFile | F::ReadFileType => {
                let Some(Target::Repo(path)) = self.as_path(&self.force(&arguments[0])) else {
                    return unknown();
                };
                let folder = match self.repo.paths.presence(&path) {
                    Presence::Folder => true,
                    Presence::Entry => false,
                    Presence::Absent if function != F::ReadFileType => return Value::Bool(false),
                    _ => return unknown(),
                };
                match function {
                    F::PathIsDirectory => Value::Bool(folder),
                    F::PathIsFile => Value::Bool(!folder),
                    _ => Value::Str(if folder { "directory" } else { "regular" }.into()),
                }
            }
            F::FilesetToList => self.fileset(&arguments[0], at),
            F::FilesetUnions => {
                let list = self.list(&arguments[0], at);
                let mut all = List {
                    items: Vec::new(),
                    open: list.open.clone(),
                };
                for item in &list.items {
                    if let Value::List(part) = self.fileset(&item.value, at) {
                        all.items.extend(part.items.iter().cloned());
                        all.open.extend(part.open.iter().cloned());
                    }
                }
                Value::List(Rc::new(all))
            }
            F::FilesetUnion => super::concat(
                self.fileset(&arguments[0], at),
                self.fileset(&arguments[1], at),
                at,
            ),
            F::FilesetDifference => {
                let (all, less) = (
                    self.fileset(&arguments[0], at),
                    self.fileset(&arguments[1], at),
                );
                let (Value::List(all), Value::List(less)) = (all, less) else {
                    return unknown();
                };
                let path = |item: &Item<'r>| self.as_path(&self.force(&item.value));
                let gone: BTreeSet<_> = less.items.iter().filter_map(path).collect();
                let stays = |item: &&Item<'r>| !path(item).is_some_and(|it| gone.contains(&it));
                Value::List(Rc::new(List {
                    items: all.items.iter().filter(stays).cloned().collect(),
                    open: all.open.clone(),
                }))
            }
            F::FileFilter => {
                let Value::List(list) = self.fileset(&arguments[1], at) else {
                    return unknown();
                };
                let mut kept = List {
                    items: Vec::new(),
                    open: list.open.clone(),
                };
                for item in &list.items {
                    let Some(Target::Repo(path)) = self.as_path(&self.force(&item.value)) else {
                        continue;
                    };
                    let name = path.file_name();
                    let mut file = Set::default();
                    file.entries
                        .insert("name".into(), entry(Value::Str((&*name).into())));
                    file.entries
                        .insert("type".into(), entry(Value::Str("regular".into())));
                    let extension = name.rsplit_once('.').map_or("", |it| it.1);
                    file.entries.insert(
                        "hasExt".into(),
                        entry(Value::Function(
                            F::SameText,
                            Rc::new(vec![string(extension)]),
                            at,
                        )),
                    );
                    let given = vec![Thunk::Done(Value::Set(Rc::new(file)))];
                    match self.force(&call(&arguments[0], given)) {
                        Value::Bool(false) => {}
                        _ => kept.items.push(item.clone()),
                    }
                }
                Value::List(Rc::new(kept))
            }
            F::SameText => match (text(0), text(1)) {
                (Some(a), Some(b)) => Value::Bool(a == b),
                _ => unknown(),
            },
            F::CallPackageWith => {
                let function = match self.force(&arguments[1]) {
                    value @ Value::Lambda(_) => value,
                    value => self.import(&Thunk::Done(value), at),
                };
                let given = update(self.force(&arguments[0]), self.force(&arguments[2]), at);
                match function {
                    value @ Value::Lambda(_) => self.apply(value, Thunk::Done(given), at),
                    value => value,
                }
            }
            F::TryEval => {
                let mut set = Set::default();
                set.entries.insert("success".into(), entry(unknown()));
                let value = Entry {
                    value: arguments[0].clone(),
                    at: None,
                    when: None,
                };
                set.entries.insert("value".into(), value);
                Value::Set(Rc::new(set))
            }
            F::ReadFile | F::ImportJson | F::ImportToml => {
                let path = self.as_path(&self.force(&arguments[0]));
                let Some(Target::Repo(path)) = path else {
                    return unknown();
                };
                let Some(file) = self.repo.find(&path) else {
                    return unknown();
                };
                let text = file.text.contents();
                match function {
                    F::ImportJson => self.json(text, at),
                    F::ImportToml => self.toml(text, at),
                    _ => Value::Str(text.into()),
                }
            }
            F::FromJson => text(0).map_or_else(unknown, |it| self.json(&it, at)),
            F::FromToml => text(0).map_or_else(unknown, |it| self.toml(&it, at)),
            F::MkOption => match self.force(&arguments[0]) {
                Value::Set(set) => {
                    let mut option = Set {
                        entries: set.entries.clone(),
                        open: set.open.clone(),
                        rest: set.rest.clone(),
                        at: set.at,
                    };
                    option
                        .entries
                        .insert("_type".into(), entry(Value::Str("option".into())));
                    Value::Set(Rc::new(option))
                }
                _ => unknown(),
            },
            F::TypeSubmodule | F::TypeAttrs => {
                let mut set = Set::default();
                let name = if function == F::TypeAttrs {
                    "attrsOf"
                } else {
                    "submodule"
                };
                let of = Entry {
                    value: arguments[0].clone(),
                    at: None,
                    when: None,
                };
                set.entries.insert(name.into(), of);
                set.entries
                    .insert("_type".into(), entry(Value::Str("option-type".into())));
                Value::Set(Rc::new(set))
            }
            F::EvalModules => self.eval_modules(&arguments[0], at),
            F::PkgsNixos => {
                let mut set = Set::default();
                let modules = Entry {
                    value: arguments[0].clone(),
                    at: None,
                    when: None,
                };
                set.entries.insert("modules".into(), modules);
                Value::Host(Rc::new(HostCall {
                    builder: builder(F::Nixos).unwrap_or(super::Builder::Nixos),
                    input: Some("nixpkgs".into()),
                    arguments: Thunk::Done(Value::Set(Rc::new(set))),
                    at,
                }))
            }
            _ => self.framework(function, arguments, at),
        }
    }

    fn json(&self, text: &str, at: Span) -> Value<'r> {
        match serde_json::from_str(text) {
            Ok(value) => from_json(value, at),
            Err(_) => Value::Unknown(Why::Computed(at)),
        }
    }

    fn toml(&self, text: &str, at: Span) -> Value<'r> {
        match text.parse::<toml::Table>() {
            Ok(table) => from_toml(toml::Value::Table(table), at),
            Err(_) => Value::Unknown(Why::Computed(at)),
        }
    }

    /// A value made of itself: `fix f`.
    pub(super) fn fixed(&self, make: impl FnOnce(Thunk<'r>) -> Value<'r>, at: Span) -> Value<'r> {
        let hole = self.hole(at);
        let value = make(Thunk::Done(Value::Hole(hole.clone())));
        hole.fill(value.clone());
        value
    }

    /// The files of a file set: a list of paths as it is, or all files below one path.
    fn fileset(&self, of: &Thunk<'r>, at: Span) -> Value<'r> {
        let value = self.force(of);
        if let Value::List(_) = &value {
            return value;
        }
        let Some(Target::Repo(path)) = self.as_path(&value) else {
            return Value::Unknown(Why::Loader(at, "fileset.toList".into()));
        };
        self.loaders
            .borrow_mut()
            .push(Why::Loader(at, "fileset.toList".into()));
        let one = |path: &RepoPath| Item {
            value: Thunk::Done(Value::Path(Target::Repo(path.clone()))),
            when: Some(When::Scanned(at)),
        };
        let items = match self.repo.paths.presence(&path) {
            Presence::Entry => vec![one(&path)],
            _ => self.repo.files_below(&path).map(one).collect(),
        };
        Value::List(Rc::new(List {
            items,
            open: Vec::new(),
        }))
    }

    fn map_recursive(
        &self,
        function: &Value<'r>,
        value: Value<'r>,
        path: &mut Vec<Item<'r>>,
        at: Span,
    ) -> Value<'r> {
        let Value::Set(set) = &value else {
            let path = Value::List(Rc::new(List {
                items: path.clone(),
                open: Vec::new(),
            }));
            let call = (
                function.clone(),
                vec![Thunk::Done(path), Thunk::Done(value)],
            );
            return self.force(&Thunk::Call(Rc::new(call)));
        };
        if path.len() >= NESTED as usize || !self.step() {
            return Value::Unknown(Why::TooDeep);
        }
        let mut all = Set {
            open: open_of(set, at),
            ..Set::default()
        };
        for (name, it) in &set.entries {
            path.push(Item {
                value: Thunk::Done(Value::Str(name.clone())),
                when: None,
            });
            let inner = self.force(&it.value);
            let value = Thunk::Done(self.map_recursive(function, inner, path, at));
            path.pop();
            let it = Entry {
                value,
                ..it.clone()
            };
            all.entries.insert(name.clone(), it);
        }
        Value::Set(Rc::new(all))
    }

    fn collect(
        &self,
        wanted: &Thunk<'r>,
        value: Value<'r>,
        when: Option<When>,
        list: &mut List<'r>,
        at: Span,
        depth: u32,
    ) {
        let asked = (self.force(wanted), vec![Thunk::Done(value.clone())]);
        let answer = self.force(&Thunk::Call(Rc::new(asked)));
        let when = match (&answer, &value) {
            (Value::Bool(true), _) => when,
            (Value::Bool(false), Value::Set(set)) if depth < NESTED && self.step() => {
                list.open.extend(open_of(set, at));
                for it in set.entries.values() {
                    let inner = self.force(&it.value);
                    self.collect(wanted, inner, it.when.or(when), list, at, depth + 1);
                }
                return;
            }
            (Value::Bool(false), Value::Unknown(why)) => {
                list.open.push(why.clone());
                return;
            }
            (Value::Bool(false), _) => return,
            _ => when.or(Some(When::If(at))),
        };
        list.items.push(Item {
            value: Thunk::Done(value),
            when,
        });
    }

    /// Whether two values are surely the same plain thing.
    pub(super) fn equal(&self, left: &Value<'r>, right: &Value<'r>) -> bool {
        same(left, right) == Some(true)
    }
}

/// A value of JSON. The parser bounds how deep it nests.
fn from_json<'r>(value: serde_json::Value, at: Span) -> Value<'r> {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::Null,
        Json::Bool(it) => Value::Bool(it),
        Json::Number(it) => it
            .as_i64()
            .map_or(Value::Unknown(Why::Computed(at)), Value::Int),
        Json::String(text) => Value::Str(text.into()),
        Json::Array(items) => data_list(items.into_iter().map(|it| from_json(it, at))),
        Json::Object(fields) => data_set(
            fields
                .into_iter()
                .map(|(name, it)| (name, from_json(it, at))),
            at,
        ),
    }
}

/// A value of TOML. The parser bounds how deep it nests.
fn from_toml<'r>(value: toml::Value, at: Span) -> Value<'r> {
    use toml::Value as Toml;
    match value {
        Toml::Boolean(it) => Value::Bool(it),
        Toml::Integer(it) => Value::Int(it),
        Toml::String(text) => Value::Str(text.into()),
        Toml::Float(_) | Toml::Datetime(_) => Value::Unknown(Why::Computed(at)),
        Toml::Array(items) => data_list(items.into_iter().map(|it| from_toml(it, at))),
        Toml::Table(fields) => data_set(
            fields
                .into_iter()
                .map(|(name, it)| (name, from_toml(it, at))),
            at,
        ),
    }
}

fn data_list<'r>(items: impl Iterator<Item = Value<'r>>) -> Value<'r> {
    let items = items.map(|value| Item {
        value: Thunk::Done(value),
        when: None,
    });
    Value::List(Rc::new(List {
        items: items.collect(),
        open: Vec::new(),
    }))
}

fn data_set<'r>(fields: impl Iterator<Item = (String, Value<'r>)>, at: Span) -> Value<'r> {
    let fields = fields.map(|(name, value)| {
        let it = Entry {
            at: Some(at),
            ..entry(value)
        };
        (Rc::from(name.as_str()), it)
    });
    Value::Set(Rc::new(Set {
        entries: fields.collect(),
        at: Some(at),
        ..Set::default()
    }))
}

/// An attribute that is there whatever holds.
pub(super) fn entry(value: Value<'_>) -> Entry<'_> {
    Entry {
        value: Thunk::Done(value),
        at: None,
        when: None,
    }
}

/// A set with one more attribute.
pub(super) fn with_entry<'r>(value: Value<'r>, name: &str, more: Value<'r>) -> Value<'r> {
    let Value::Set(set) = value else { return value };
    let mut entries = set.entries.clone();
    entries.entry(name.into()).or_insert_with(|| entry(more));
    Value::Set(Rc::new(Set {
        entries,
        open: set.open.clone(),
        rest: set.rest.clone(),
        at: set.at,
    }))
}

/// A value of `lib`.
pub(super) fn lib<'r>() -> Value<'r> {
    foreign("nixpkgs", &["lib"])
}
