//! `flake.nix` as data: its inputs in every spelling, what `outputs` takes, and which release it pins.
//!
//! Goal: `inputs = { a.url = …; }`, `inputs.a = { … }`, `inputs.a.inputs.b.follows = …` and mixes of them give one list.
//! Limits: only literals are read, as Nix does; whatever else stands there makes that part unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use syntax::TextRange;

use crate::date::Day;
use crate::lock::{Attributes, Lock, LockState};
use crate::outline::{Binding, Definition, Key, Node, Outline, Param, Shape};
use crate::{File, FileId, Repo};

/// What a `flake.nix` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlakeFacts {
    /// The inputs, in the order of their first mention.
    pub inputs: Vec<Input>,
    /// Whether every part of `inputs` was read.
    pub inputs_complete: bool,
    /// The attribute `inputs`, where it is mentioned first.
    pub inputs_at: Option<TextRange>,
    /// What `outputs` takes, when it is a function written in place.
    pub outputs: Option<Outputs>,
}

/// An input of a flake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: Box<str>,
    /// Its name in the text, where it is mentioned first.
    pub at: TextRange,
    /// The first whole binding of it: `a.url = …;`.
    pub binding: TextRange,
    /// `url = …`: the text, and the string.
    pub url: Option<(Box<str>, TextRange)>,
    /// What it refers to; `None` when nothing says it, or in a spelling that is not known.
    pub reference: Option<FlakeRef>,
    /// `flake = …`
    pub flake: Option<bool>,
    /// `follows = "a/b"`, in parts, and the string.
    pub follows: Option<(Vec<Box<str>>, TextRange)>,
    /// `inputs.b.follows`, `inputs.b.url`, by path of inputs below this one.
    pub overrides: Vec<Override>,
    /// Whether everything about it was read.
    pub complete: bool,
}

/// A change of an input's own inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The names of the inputs, outermost first.
    pub path: Vec<Box<str>>,
    /// What it follows instead, in parts; empty: nothing. `None`: it gets another reference.
    pub follows: Option<Vec<Box<str>>>,
    /// The value.
    pub at: TextRange,
    /// The whole binding.
    pub binding: TextRange,
}

/// What `outputs` takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outputs {
    /// The parameter.
    pub at: TextRange,
    /// The names of a pattern with their places.
    pub formals: Vec<(Box<str>, TextRange)>,
    /// Whether it takes others as well: `...`, or one plain name.
    pub open: bool,
    /// The plain name, or the one behind `@`.
    pub whole: Option<(Box<str>, TextRange)>,
    /// Attributes taken from that name: `inputs.x`, with their places, and whether `or` or `?` stands by.
    pub used: Vec<(Box<str>, TextRange, bool)>,
    /// Whether that name is handed on, indexed by a computed name or mapped over: nobody knows what is used.
    pub generic: bool,
}

/// A reference to a flake, as attributes: what `original` of a lock holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlakeRef {
    /// The attributes: `type`, `owner`, `repo`, `ref`, `rev`, `url`, `id`, `path`, `dir`, `host` …
    pub attributes: Attributes,
}

impl FlakeRef {
    /// `github`, `gitlab`, `sourcehut`, `git`, `hg`, `tarball`, `file`, `path`, `indirect`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.attributes.get("type").unwrap_or_default()
    }

    /// Sets an attribute.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.attributes.fields.insert(name.into(), value.into());
    }

    pub(crate) fn of(kind: &str, fields: &[(&str, &str)]) -> FlakeRef {
        let mut attributes = Attributes::default();
        attributes.fields.insert("type".into(), kind.into());
        for (name, value) in fields {
            attributes.fields.insert((*name).into(), (*value).into());
        }
        FlakeRef { attributes }
    }

    /// Reads the URL form; `None` for spellings that are not known.
    #[must_use]
    pub fn parse(text: &str) -> Option<FlakeRef> {
        let text = text.split('#').next().unwrap_or_default();
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let mut reference = FlakeRef::base(base)?;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let value = decode(value);
            // Parameters that git does not know belong to the URL of a tarball.
            let known = matches!(
                name,
                "ref"
                    | "rev"
                    | "dir"
                    | "host"
                    | "narHash"
                    | "submodules"
                    | "shallow"
                    | "lfs"
                    | "lastModified"
                    | "revCount"
                    | "allRefs"
            );
            if !known && matches!(reference.kind(), "tarball" | "file") {
                let url = reference.attributes.get("url").unwrap_or_default();
                let glue = if url.contains('?') { '&' } else { '?' };
                let url = format!("{url}{glue}{pair}");
                reference.attributes.fields.insert("url".into(), url.into());
                continue;
            }
            reference
                .attributes
                .fields
                .insert(name.into(), value.into());
        }
        Some(reference)
    }

    fn base(text: &str) -> Option<FlakeRef> {
        if let Some((scheme, rest)) = text.split_once(':') {
            return match scheme {
                "github" | "gitlab" | "sourcehut" => {
                    let mut parts = rest.splitn(3, '/');
                    let (owner, repo) = (decode(parts.next()?), decode(parts.next()?));
                    if owner.is_empty() || repo.is_empty() {
                        return None;
                    }
                    let mut reference = FlakeRef::of(scheme, &[("owner", &owner), ("repo", &repo)]);
                    if let Some(third) = parts.next().map(decode).filter(|it| !it.is_empty()) {
                        let name = if is_rev(&third) { "rev" } else { "ref" };
                        reference
                            .attributes
                            .fields
                            .insert(name.into(), third.into());
                    }
                    Some(reference)
                }
                "path" => Some(FlakeRef::of("path", &[("path", &decode(rest))])),
                "flake" => FlakeRef::id(rest),
                "git" | "git+https" | "git+ssh" | "git+http" | "git+file" | "git+git" => {
                    let url = format!("{}:{rest}", scheme.strip_prefix("git+").unwrap_or(scheme));
                    Some(FlakeRef::of("git", &[("url", &url)]))
                }
                "hg+https" | "hg+http" | "hg+ssh" | "hg+file" => {
                    let url = format!("{}:{rest}", &scheme[3..]);
                    Some(FlakeRef::of("hg", &[("url", &url)]))
                }
                "tarball+https" | "tarball+http" | "tarball+file" => {
                    let url = format!("{}:{rest}", &scheme[8..]);
                    Some(FlakeRef::of("tarball", &[("url", &url)]))
                }
                "file+https" | "file+http" | "file+file" => {
                    let url = format!("{}:{rest}", &scheme[5..]);
                    Some(FlakeRef::of("file", &[("url", &url)]))
                }
                "https" | "http" | "file" => {
                    let tarball = [
                        ".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
                    ]
                    .iter()
                    .any(|end| text.ends_with(end));
                    let kind = if tarball || is_flakehub(text) {
                        "tarball"
                    } else {
                        "file"
                    };
                    Some(FlakeRef::of(kind, &[("url", text)]))
                }
                _ => None,
            };
        }
        if text.starts_with("./") || text.starts_with("../") || text.starts_with('/') || text == "."
        {
            return Some(FlakeRef::of("path", &[("path", text)]));
        }
        FlakeRef::id(text)
    }

    fn id(text: &str) -> Option<FlakeRef> {
        let mut parts = text.split('/');
        let id = parts.next().filter(|id| {
            !id.is_empty()
                && id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })?;
        let mut reference = FlakeRef::of("indirect", &[("id", id)]);
        for part in parts {
            let name = if is_rev(part) { "rev" } else { "ref" };
            reference.attributes.fields.insert(name.into(), part.into());
        }
        Some(reference)
    }

    /// The branch or tag that a tarball of a known service names: `/archive/<ref>.tar.gz`, `channels.nixos.org/<ref>/…`.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        if let Some(branch) = self.attributes.get("ref") {
            return Some(branch.to_owned());
        }
        let url = self.attributes.get("url")?;
        let after = |mark: &str| url.split_once(mark).map(|(_, rest)| rest);
        if let Some(rest) = after("/archive/") {
            let rest = rest
                .strip_prefix("refs/heads/")
                .or(rest.strip_prefix("refs/tags/"))
                .unwrap_or(rest);
            let name = [".tar.gz", ".zip", ".tar.xz"]
                .iter()
                .find_map(|end| rest.strip_suffix(end))?;
            return Some(name.to_owned());
        }
        let channel = after("channels.nixos.org/").or_else(|| after("nixos.org/channels/"))?;
        channel.split('/').next().map(str::to_owned)
    }

    /// Whether it is nixpkgs of NixOS: the repository, or one of its channels.
    #[must_use]
    pub fn is_nixpkgs(&self) -> bool {
        let is = |name: &str, value: &str| {
            self.attributes
                .get(name)
                .is_some_and(|it| it.eq_ignore_ascii_case(value))
        };
        if is("repo", "nixpkgs") || is("repo", "nixpkgs-channels") {
            return true;
        }
        self.attributes.get("url").is_some_and(|url| {
            let url = url.trim_end_matches(".git");
            [
                "github.com/nixos/nixpkgs",
                "channels.nixos.org/",
                "nixos.org/channels/",
                "flakehub.com/f/NixOS/nixpkgs",
            ]
            .iter()
            .any(|it| url.to_ascii_lowercase().contains(&it.to_ascii_lowercase()))
        })
    }
}

/// `https://flakehub.com/f/owner/flake/version`
fn is_flakehub(url: &str) -> bool {
    url.contains("://flakehub.com/f/")
        || url.contains("://api.flakehub.com/f/")
        || url.contains("/archive/")
}

fn is_rev(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A part of a URL with its `%XX` replaced by what they stand for.
#[must_use]
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|it| std::str::from_utf8(it).ok())
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the value of a `flake.nix` is a function that gives no flake: a module of this name.
fn is_other(root: Node<'_>) -> bool {
    let body = root.body();
    if !matches!(body.shape(), Shape::Lambda { .. }) {
        return false;
    }
    let mut value = body;
    while let Shape::Lambda { body, .. } = value.shape() {
        value = body.body();
    }
    value.bindings().all(|it| match it {
        Binding::Value { path, .. } => {
            let keys = path.keys();
            let first = keys.first().and_then(Key::name);
            !matches!(first, Some("outputs" | "inputs" | "description"))
        }
        Binding::Inherit { .. } => true,
    })
}

/// The facts of a `flake.nix`; `None` for other files, and for modules of this name.
#[must_use]
pub fn extract(file: &File, outline: &Outline) -> Option<FlakeFacts> {
    if file.path.file_name() != "flake.nix" {
        return None;
    }
    let root = outline.root(file.text.contents())?.bare();
    if !file.path.parent().bytes().is_empty() && is_other(root) {
        return None;
    }
    let mut facts = FlakeFacts {
        inputs_complete: true,
        ..FlakeFacts::default()
    };
    if !matches!(root.shape(), Shape::Set { .. }) {
        facts.inputs_complete = false;
        return Some(facts);
    }
    let mut reader = Inputs { facts: &mut facts };
    for binding in root.bindings() {
        match binding {
            Binding::Value { path, value } => {
                let keys = path.keys();
                let whole = path.parent().map_or(path.range(), Node::range);
                match keys.first().and_then(Key::name) {
                    Some("inputs") => {
                        let at = path.child(0).map_or(path.range(), Node::range);
                        reader.facts.inputs_at = reader.facts.inputs_at.or(Some(at));
                        let places: Vec<Node<'_>> = path.children().skip(1).collect();
                        reader.add(&places, value, whole);
                    }
                    Some("outputs") if keys.len() == 1 => reader.facts.outputs = outputs(value),
                    _ => {}
                }
            }
            Binding::Inherit { name, .. } => {
                if name.key().name() == Some("inputs") {
                    reader.facts.inputs_complete = false;
                }
            }
        }
    }
    Some(facts)
}

struct Inputs<'f> {
    facts: &'f mut FlakeFacts,
}

impl Inputs<'_> {
    /// `inputs.<places> = value;`
    fn add(&mut self, places: &[Node<'_>], value: Node<'_>, binding: TextRange) {
        let Some((first, rest)) = places.split_first() else {
            if !matches!(value.shape(), Shape::Set { .. }) {
                self.facts.inputs_complete = false;
                return;
            }
            for inner in value.bindings() {
                match inner {
                    Binding::Value { path, value } => {
                        let places: Vec<Node<'_>> = path.children().collect();
                        let whole = path.parent().map_or(path.range(), Node::range);
                        self.add(&places, value, whole);
                    }
                    Binding::Inherit { .. } => self.facts.inputs_complete = false,
                }
            }
            return;
        };
        let Some(name) = first.key().name().map(str::to_owned) else {
            self.facts.inputs_complete = false;
            return;
        };
        let index = match self.facts.inputs.iter().position(|it| *it.name == *name) {
            Some(index) => index,
            None => {
                self.facts.inputs.push(Input {
                    name: name.into(),
                    at: first.range(),
                    binding,
                    url: None,
                    reference: None,
                    flake: None,
                    follows: None,
                    overrides: Vec::new(),
                    complete: true,
                });
                self.facts.inputs.len() - 1
            }
        };
        let input = &mut self.facts.inputs[index];
        let mut attributes = Attributes::default();
        field(
            input,
            rest,
            value,
            binding,
            &mut Vec::new(),
            &mut attributes,
            16,
        );
        if let Some((url, _)) = &input.url {
            let mut reference = FlakeRef::parse(url);
            if let Some(reference) = &mut reference {
                reference.attributes.fields.extend(attributes.fields);
            }
            input.reference = reference;
        } else if attributes.get("type").is_some() {
            input.reference = Some(FlakeRef { attributes });
        }
    }
}

/// One attribute of an input: `<rest> = value`, below the inputs in `path`.
fn field(
    input: &mut Input,
    rest: &[Node<'_>],
    value: Node<'_>,
    binding: TextRange,
    path: &mut Vec<Box<str>>,
    attributes: &mut Attributes,
    depth: u32,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let Some((first, rest)) = rest.split_first() else {
        if !matches!(value.shape(), Shape::Set { .. }) {
            input.complete = false;
            return;
        }
        for inner in value.bindings() {
            match inner {
                Binding::Value { path: keys, value } => {
                    let places: Vec<Node<'_>> = keys.children().collect();
                    let whole = keys.parent().map_or(keys.range(), Node::range);
                    field(input, &places, value, whole, path, attributes, depth);
                }
                Binding::Inherit { .. } => input.complete = false,
            }
        }
        return;
    };
    let Some(name) = first.key().name().map(str::to_owned) else {
        input.complete = false;
        return;
    };
    if name == "inputs" {
        let Some((inner, rest)) = rest.split_first() else {
            if !matches!(value.shape(), Shape::Set { .. }) {
                input.complete = false;
                return;
            }
            for it in value.bindings() {
                let Binding::Value { path: keys, value } = it else {
                    input.complete = false;
                    continue;
                };
                let places: Vec<Node<'_>> = keys.children().collect();
                let whole = keys.parent().map_or(keys.range(), Node::range);
                let Some((inner, rest)) = places.split_first() else {
                    continue;
                };
                let Some(name) = inner.key().name().map(str::to_owned) else {
                    input.complete = false;
                    continue;
                };
                path.push(name.into());
                field(input, rest, value, whole, path, attributes, depth);
                path.pop();
            }
            return;
        };
        let Some(name) = inner.key().name().map(str::to_owned) else {
            input.complete = false;
            return;
        };
        path.push(name.into());
        field(input, rest, value, binding, path, attributes, depth);
        path.pop();
        return;
    }
    if !rest.is_empty() {
        input.complete = false;
        return;
    }
    let text = value.literal();
    match (name.as_str(), text) {
        ("follows", Some(text)) => {
            let parts: Vec<Box<str>> = text
                .split('/')
                .filter(|it| !it.is_empty())
                .map(Into::into)
                .collect();
            if path.is_empty() {
                input.follows = Some((parts, value.range()));
            } else {
                input.overrides.push(Override {
                    path: path.clone(),
                    follows: Some(parts),
                    at: value.range(),
                    binding,
                });
            }
        }
        ("url", Some(text)) if path.is_empty() => {
            input.url = Some((text.as_ref().into(), value.range()));
        }
        ("url", Some(_)) => input.overrides.push(Override {
            path: path.clone(),
            follows: None,
            at: value.range(),
            binding,
        }),
        ("flake", _) if path.is_empty() => match value.shape() {
            Shape::Ident("true") => input.flake = Some(true),
            Shape::Ident("false") => input.flake = Some(false),
            _ => input.complete = false,
        },
        (name, Some(text)) if path.is_empty() => {
            attributes.fields.insert(name.into(), text.as_ref().into());
        }
        (name, None)
            if path.is_empty()
                && matches!(
                    value.shape(),
                    Shape::Int(_) | Shape::Ident("true" | "false")
                ) =>
        {
            attributes
                .fields
                .insert(name.into(), value.bare().text().into());
        }
        (_, Some(_)) | (_, None) if !path.is_empty() => {}
        _ => input.complete = false,
    }
}

fn outputs(value: Node<'_>) -> Option<Outputs> {
    let lambda = value.bare();
    let Shape::Lambda { param, body } = lambda.shape() else {
        return None;
    };
    let mut outputs = Outputs::default();
    let whole = match param {
        Param::Plain(ident) => {
            outputs.open = true;
            outputs.at = ident.range();
            Some(ident)
        }
        Param::Pattern(pattern) => {
            outputs.open = pattern.has_ellipsis();
            outputs.at = pattern.range();
            outputs.formals = pattern
                .formals()
                .map(|(name, _)| (name.text().into(), name.range()))
                .collect();
            pattern.at_name()
        }
    };
    let Some(whole) = whole else {
        return Some(outputs);
    };
    outputs.whole = Some((whole.text().into(), whole.range()));
    for node in body.descendants() {
        if !node.is(syntax::SyntaxKind::NODE_IDENT) || node.text() != whole.text() {
            continue;
        }
        let parent = node.parent();
        let key = parent.is_some_and(|it| {
            matches!(
                it.kind(),
                syntax::SyntaxKind::NODE_ATTRPATH | syntax::SyntaxKind::NODE_PAT_ENTRY
            )
        });
        if key
            || !matches!(node.definition(), Definition::Whole { lambda: it } | Definition::Param { lambda: it } if it == lambda)
        {
            continue;
        }
        let parent = parent.map_or(node, |it| it);
        match (parent.kind(), parent.shape()) {
            (syntax::SyntaxKind::NODE_SELECT, Shape::Select { path, default, .. }) => {
                match path.child(0).map(|it| (it.key(), it.range())) {
                    Some((Key::Static(name), at)) => {
                        outputs.used.push((name.into(), at, default.is_some()));
                    }
                    _ => outputs.generic = true,
                }
            }
            (syntax::SyntaxKind::NODE_HAS_ATTR, Shape::HasAttr { path, .. }) => {
                if let Some((Key::Static(name), at)) =
                    path.child(0).map(|it| (it.key(), it.range()))
                {
                    outputs.used.push((name.into(), at, true));
                }
            }
            (syntax::SyntaxKind::NODE_INHERIT_FROM, _) => {
                for name in parent.parent().into_iter().flat_map(Node::children).skip(1) {
                    if let Key::Static(text) = name.key() {
                        outputs.used.push((text.into(), name.range(), false));
                    }
                }
            }
            // `{ inherit inputs; }`, `inputs = inputs;`: handed on under a name, looked for elsewhere.
            (syntax::SyntaxKind::NODE_INHERIT, _) => {}
            (syntax::SyntaxKind::NODE_ATTRPATH_VALUE, _)
                if parent.child(0).is_some_and(|path| {
                    path.keys()
                        .last()
                        .is_some_and(|key| key.name() == Some("inputs"))
                }) => {}
            _ => outputs.generic = true,
        }
    }
    Some(outputs)
}

/// A release of nixpkgs, home-manager or nix-darwin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// Of the year 2000.
    pub year: u8,
    /// 5 or 11.
    pub month: u8,
}

impl Release {
    /// The last day on which the release gets fixes: the end of December for those of May, of June for those of November.
    #[must_use]
    pub fn end(self) -> Option<Day> {
        let year = 2000 + i64::from(self.year);
        match self.month {
            3 => Day::of(year, 10, 31),
            5 => Day::of(year, 12, 31),
            9 => Day::of(year + 1, 4, 30),
            11 => Day::of(year + 1, 6, 30),
            _ => None,
        }
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}.{:02}", self.year, self.month)
    }
}

/// What an input is pinned to, as far as releases go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The release branch; `None` for the unstable branch.
    pub release: Option<Release>,
    /// Seconds since 1970 of the pinned commit, if a lock says.
    pub date: Option<i64>,
    /// The branch, as text.
    pub branch: Option<String>,
}

impl Pin {
    /// What a reference is pinned to, with the time of its lock; `None` when that is neither a release nor the unstable
    /// branch.
    #[must_use]
    pub fn of(reference: &FlakeRef, date: Option<i64>) -> Option<Pin> {
        let branch = reference.branch();
        let release = branch.as_deref().and_then(release_of);
        let moving =
            branch.as_deref().is_none_or(is_unstable) && reference.attributes.get("rev").is_none();
        let by_url = reference.attributes.get("url").is_some() && branch.is_none();
        if release.is_none() && (!moving || by_url) {
            return None;
        }
        Some(Pin {
            release,
            date,
            branch,
        })
    }
}

/// Which project a pin is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Project {
    /// nixpkgs
    Nixpkgs,
    /// home-manager
    HomeManager,
    /// nix-darwin
    NixDarwin,
}

impl Project {
    /// Whether a reference is to this project, or to a fork of the same name.
    #[must_use]
    pub fn is(self, reference: &FlakeRef) -> bool {
        let repo = |name: &str| {
            reference
                .attributes
                .get("repo")
                .is_some_and(|it| it.eq_ignore_ascii_case(name))
                || reference.attributes.get("url").is_some_and(|url| {
                    let url = url.to_ascii_lowercase();
                    url.contains(&format!("/{name}/"))
                        || url.trim_end_matches(".git").ends_with(&format!("/{name}"))
                })
        };
        match self {
            Project::Nixpkgs => reference.is_nixpkgs(),
            Project::HomeManager => repo("home-manager"),
            Project::NixDarwin => repo("nix-darwin"),
        }
    }

    pub(crate) fn default_name(self) -> &'static [&'static str] {
        match self {
            Project::Nixpkgs => &["nixpkgs"],
            Project::HomeManager => &["home-manager"],
            Project::NixDarwin => &["nix-darwin", "darwin"],
        }
    }
}

/// The release that the name of a branch says: `nixos-25.05`, `nixpkgs-25.05-darwin`, `release-25.05`.
#[must_use]
pub fn release_of(branch: &str) -> Option<Release> {
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    let rest = ["nixos-", "nixpkgs-", "release-", "nix-darwin-"]
        .iter()
        .find_map(|prefix| branch.strip_prefix(prefix))?;
    let version = rest.split('-').next()?;
    let (year, month) = version.split_once('.')?;
    let release = Release {
        year: year.parse().ok()?,
        month: month.parse().ok()?,
    };
    (year.len() == 2 && matches!(month, "03" | "05" | "09" | "11")).then_some(release)
}

/// Whether the name of a branch is one that moves with development.
#[must_use]
pub fn is_unstable(branch: &str) -> bool {
    matches!(
        branch.strip_prefix("refs/heads/").unwrap_or(branch),
        "nixos-unstable" | "nixpkgs-unstable" | "nixos-unstable-small" | "master" | "main"
    )
}

impl Repo {
    /// The lock beside a `flake.nix`, if it was read.
    #[must_use]
    pub fn lock_of(&self, flake: &File) -> Option<(&File, &LockState)> {
        let file = self.find(&flake.path.parent().join("flake.lock")?)?;
        Some((file, file.facts.lock.as_ref()?))
    }

    /// The lock beside a `flake.nix`, if it is sound.
    #[must_use]
    pub fn sound_lock(&self, flake: &File) -> Option<(&File, &Lock)> {
        match self.lock_of(flake)? {
            (file, LockState::Read(lock)) => Some((file, lock)),
            _ => None,
        }
    }

    /// Whether a file is a `flake.nix`, and not a module of that name. One that does not parse is taken for one.
    #[must_use]
    pub fn is_flake(&self, file: &File) -> bool {
        file.facts.flake.is_some()
            || file.path.file_name() == "flake.nix" && !file.facts.faults.is_empty()
    }

    /// The `flake.nix` at the root.
    #[must_use]
    pub fn main_flake(&self) -> Option<&File> {
        self.find(&"flake.nix".into())
    }

    /// The name of the root input that is nixpkgs for the hosts of a flake: the one whose functions build them, else
    /// what the input `home-manager` follows, else `nixpkgs`.
    #[must_use]
    pub fn nixpkgs_input<'f>(&self, flake: &'f File) -> Option<&'f str> {
        let facts = flake.facts.flake.as_ref()?;
        let named = |name: &str| facts.inputs.iter().find(|input| *input.name == *name);
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for host in &self.hosts.all {
            if host.class == crate::class::Class::Nixos
                && let Some(input) = host.call.as_ref().and_then(|call| call.input.as_deref())
                && let Some(input) = named(input)
            {
                *votes.entry(&input.name).or_default() += 1;
            }
        }
        if let Some((name, _)) = votes
            .into_iter()
            .max_by_key(|(name, count)| (*count, *name == "nixpkgs"))
        {
            return Some(name);
        }
        let followed = named("home-manager").and_then(|home| {
            let it = home
                .overrides
                .iter()
                .find(|it| it.path.len() == 1 && &*it.path[0] == "nixpkgs")?;
            named(it.follows.as_ref()?.first()?)
        });
        followed
            .or_else(|| named("nixpkgs"))
            .map(|input| &*input.name)
    }

    /// What a project is pinned to by the flake at the root, else by npins or niv; `None` when the text does not tell.
    #[must_use]
    pub fn pin(&self, project: Project) -> Option<Pin> {
        let Some(flake) = self.main_flake() else {
            return self.pinned_origin(project)?.pin;
        };
        let facts = flake.facts.flake.as_ref()?;
        let name = match project {
            Project::Nixpkgs => self.nixpkgs_input(flake)?.to_owned(),
            _ => facts
                .inputs
                .iter()
                .find(|input| project.default_name().contains(&&*input.name))
                .or_else(|| {
                    let mut it = facts.inputs.iter().filter(|input| {
                        input
                            .reference
                            .as_ref()
                            .is_some_and(|reference| project.is(reference))
                    });
                    it.next().filter(|_| it.next().is_none())
                })?
                .name
                .to_string(),
        };
        self.pin_of(flake, &name, project)
    }

    /// What a root input of a flake is pinned to, when it is this project.
    #[must_use]
    pub fn pin_of(&self, flake: &File, input: &str, project: Project) -> Option<Pin> {
        let facts = flake.facts.flake.as_ref()?;
        let declared = facts.inputs.iter().find(|it| *it.name == *input);
        let locked = self.sound_lock(flake).and_then(|(_, lock)| {
            let node = lock.resolve(&[input]).ok()?;
            lock.node(node)
        });
        let reference = match locked.and_then(|node| node.original.clone()) {
            Some(attributes) => FlakeRef { attributes },
            None => declared?.reference.clone()?,
        };
        let of_project = project.is(&reference)
            || (reference.kind() == "indirect" && project.default_name().contains(&input));
        if !of_project {
            return None;
        }
        let date = locked
            .and_then(|node| node.locked.as_ref())
            .and_then(Attributes::last_modified);
        Pin::of(&reference, date)
    }

    /// Every `flake.nix` that is not a template, with its facts.
    pub fn flakes(&self) -> impl Iterator<Item = (FileId, &File, &FlakeFacts)> {
        self.files
            .iter()
            .filter_map(|file| Some((file.id, file, file.facts.flake.as_ref()?)))
            .filter(|(_, file, _)| !crate::hosts::is_template(&file.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        let show = |text: &str| {
            FlakeRef::parse(text).map(|it| {
                let fields = it
                    .attributes
                    .fields
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"));
                fields.collect::<Vec<_>>().join(" ")
            })
        };
        let rev = "0123456789012345678901234567890123456789";
        assert_eq!(
            show("github:NixOS/nixpkgs/nixos-25.05?dir=x").unwrap(),
            "dir=x owner=NixOS ref=nixos-25.05 repo=nixpkgs type=github"
        );
        assert_eq!(
            show(&format!("github:a/b/{rev}")).unwrap(),
            format!("owner=a repo=b rev={rev} type=github")
        );
        assert_eq!(
            show("nixpkgs/nixos-unstable").unwrap(),
            "id=nixpkgs ref=nixos-unstable type=indirect"
        );
        assert_eq!(
            show("flake:home-manager").unwrap(),
            "id=home-manager type=indirect"
        );
        assert_eq!(
            show("git+ssh://git@h/x?ref=main").unwrap(),
            "ref=main type=git url=ssh://git@h/x"
        );
        assert_eq!(
            show("https://h/a.tar.gz").unwrap(),
            "type=tarball url=https://h/a.tar.gz"
        );
        assert_eq!(show("./sub").unwrap(), "path=./sub type=path");
        assert_eq!(
            show("sourcehut:~a/b").unwrap(),
            "owner=~a repo=b type=sourcehut"
        );
        assert_eq!(show("weird:x"), None);
        let channel =
            FlakeRef::parse("https://channels.nixos.org/nixos-25.11/nixexprs.tar.xz").unwrap();
        assert_eq!(
            channel.branch().as_deref().and_then(release_of),
            Some(Release {
                year: 25,
                month: 11
            })
        );
        assert!(channel.is_nixpkgs());
    }

    #[test]
    fn releases() {
        let show = |branch: &str| release_of(branch).map(|it| it.to_string());
        assert_eq!(show("nixpkgs-24.11-darwin").as_deref(), Some("24.11"));
        assert_eq!(show("release-25.05").as_deref(), Some("25.05"));
        assert_eq!(show("nixos-unstable"), None);
        assert_eq!(show("v25.05"), None);
    }

    #[test]
    fn inputs_in_every_spelling() {
        let text = "{ inputs = { a.url = \"github:o/a\"; b = { url = \"b\"; flake = false; }; c = { }; };
            inputs.d = { type = \"github\"; owner = \"o\"; repo = \"d\"; inputs.a.follows = \"a\"; inputs = { x.follows = \"\"; }; };
            inputs.e.follows = \"d/x\"; outputs = { self, a, ... }@inputs: inputs.d.x + f inputs; }";
        let parsed = syntax::parse(text, syntax::parse::Limits::default());
        let outline = Outline::of(&parsed.root().unwrap());
        let (file, _) = File::new(
            FileId(0),
            "flake.nix".into(),
            crate::Kind::Nix,
            std::sync::Arc::new(syntax::Text::new(text)),
            syntax::parse::Limits::default(),
        );
        let facts = extract(&file, &outline).unwrap();
        let shown: Vec<String> = facts
            .inputs
            .iter()
            .map(|it| {
                let kind = it.reference.as_ref().map_or("-", FlakeRef::kind);
                let follows = it.follows.as_ref().map(|(path, _)| path.join("/"));
                let overrides: Vec<String> = it
                    .overrides
                    .iter()
                    .map(|it| {
                        format!(
                            "{}:{:?}",
                            it.path.join("/"),
                            it.follows.as_ref().map(|it| it.join("/"))
                        )
                    })
                    .collect();
                format!(
                    "{} {kind} {:?} {follows:?} {overrides:?} {}",
                    it.name, it.flake, it.complete
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "a github None None [] true",
                "b indirect Some(false) None [] true",
                "c - None None [] true",
                "d github None None [\"a:Some(\\\"a\\\")\", \"x:Some(\\\"\\\")\"] true",
                "e - None Some(\"d/x\") [] true",
            ]
        );
        let outputs = facts.outputs.unwrap();
        assert!(outputs.open && outputs.generic && facts.inputs_complete);
        assert_eq!(
            outputs.used.iter().map(|it| &*it.0).collect::<Vec<_>>(),
            ["d"]
        );
    }
}
