//! The verdict on every option that the repository sets.
//!
//! Goal: one list that the lints of the group share: names that are gone, names that nobody declares, literals that the type
//! rejects. Said only where every class and every pinned tree of a definition agrees. Limits: see [`super`]; values are judged
//! where they are literals behind `mkIf` and the like.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use ::options::renames::{self, Fate};
use ::options::{
    Answer, Class, Decl, Kind, Literal, Schema, Step, Ty, TyId, TyRef, Under, Value, Verdict,
};
use syntax::TextRange;

use super::authority::{Authorities, Authority, set_of, words};
use super::declared::Declared;
use super::uses::{Use, display, old_uses, uses};
use super::{Pinned, Schemas};
use crate::definitions::Segment;
use crate::outline::{Node, Shape};
use crate::{Repo, Span};

/// Something that is wrong with a definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The smallest range that shows it.
    pub at: Span,
    /// What it is.
    pub found: Found,
    /// What decided, in words: `your pinned home-manager (2025-10-12)`, `home-manager 25.11`.
    pub by: String,
    /// Whether it is the pinned tree that decided, not the table or an `options.json`.
    pub exact: bool,
    /// Whether a condition decides if the definition holds.
    pub conditional: bool,
    /// Whether no host reaches the file.
    pub unreached: bool,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The option was renamed or removed.
    Gone(Gone),
    /// Nobody declares the name.
    Unknown {
        /// The path up to it.
        path: String,
        /// What declares the names beside it: a file of the tree.
        beside: Option<String>,
        /// The declared name that was meant, and whether it is the only one near.
        near: Option<(String, bool)>,
        /// An input with modules that is not at hand.
        unread: Option<String>,
    },
    /// The type rejects the literal.
    Mismatch {
        /// The option.
        path: String,
        /// What it takes.
        takes: String,
        /// What the value is, with an article.
        noun: &'static str,
        /// The file that declares the option.
        declared: String,
        /// Whether it is a name below a value that has none.
        below: bool,
    },
    /// The enum does not list the value.
    Unlisted {
        /// The option.
        path: String,
        /// The value as it stands in the text.
        value: String,
        /// The values that are listed, as Nix writes them.
        values: Vec<String>,
        /// The listed value that was meant, when there is one only.
        near: Option<String>,
        /// The file that declares the option.
        declared: String,
    },
}

/// A name that is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Gone {
    /// The old option.
    pub old: String,
    /// What became of it.
    pub fate: Fate,
    /// Its new name, at the end of all renames.
    pub new: Option<String>,
    /// What the module or the table says of it.
    pub message: Option<String>,
    /// The edit that renames it: a range and its new text.
    pub edit: Option<(TextRange, String)>,
    /// What the definition would define under the new name.
    target: Vec<String>,
}

struct Judge<'a> {
    repo: &'a Repo,
    schemas: &'a Schemas,
    authorities: Authorities<'a>,
    declared: OnceCell<Declared>,
    found: Vec<Finding>,
}

/// All findings, in the order of files and text.
pub(super) fn judge(repo: &Repo) -> Vec<Finding> {
    let mut judge = Judge {
        repo,
        schemas: &repo.options,
        authorities: Authorities::new(repo),
        declared: OnceCell::new(),
        found: Vec::new(),
    };
    // What a module replaces is not what the tree declares.
    let disabled = disabled(repo);
    // Without a tree only old names are judged: most files have none.
    if repo.options.pinned.is_empty() {
        old_uses(repo, |it| judge.look(it, &disabled));
    } else {
        uses(repo, |it| judge.look(it, &disabled));
    }
    let mut found = judge.found;
    one_rename_per_target(&mut found);
    found
}

/// Two old names that become one: neither is renamed by a fix.
fn one_rename_per_target(found: &mut [Finding]) {
    let mut targets: BTreeMap<(u32, Vec<String>), usize> = BTreeMap::new();
    for it in found.iter() {
        if let Found::Gone(gone) = &it.found {
            *targets
                .entry((it.at.file.0, gone.target.clone()))
                .or_default() += 1;
        }
    }
    for it in found {
        let file = it.at.file.0;
        if let Found::Gone(gone) = &mut it.found
            && targets
                .get(&(file, gone.target.clone()))
                .is_some_and(|count| *count > 1)
        {
            gone.edit = None;
        }
    }
}

/// What `disabledModules` names: the ends of paths of files; `None` when that is not known.
fn disabled(repo: &Repo) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for file in &repo.files {
        let definitions = &file.facts.definitions;
        if !definitions.has_name(|name| name == "disabledModules") {
            continue;
        }
        for entry in &definitions.entries {
            if definitions.last(entry.path) != Some(Segment::Name("disabledModules")) {
                continue;
            }
            let text = file.text.contents();
            let list = file.facts.outline.covering(text, entry.value_at)?;
            let Shape::List = list.body().shape() else {
                return None;
            };
            for item in list.body().children() {
                match item.literal() {
                    Some(name) => names.push(name.trim_start_matches("./").to_owned()),
                    // `"${inputs.x}/nixos/modules/y.nix"`
                    None => names.push(
                        item.text()
                            .rsplit(['/', '"'])
                            .find(|it| it.ends_with(".nix"))?
                            .to_owned(),
                    ),
                }
            }
        }
    }
    Some(names)
}

impl<'a> Judge<'a> {
    /// Whether the repository declares something at, above or below the beginning of a path.
    fn declares(&self, beginning: &[Step<'_>]) -> bool {
        let declared = self.declared.get_or_init(|| Declared::of(self.repo));
        declared.touches(beginning)
    }

    fn look(&mut self, it: &Use<'a>, disabled: &Option<Vec<String>>) {
        let Some(disabled) = disabled else { return };
        if is_unchecked(it) {
            return;
        }
        let mut verdicts: Vec<Finding> = Vec::new();
        let mut first = true;
        for class in &it.classes {
            let authority = self.authorities.of(*class, it.file);
            if authority.trees.is_empty() {
                let Some(verdict) = self.by_table(it, *class, &authority) else {
                    return;
                };
                verdicts.push(verdict);
                first = false;
                continue;
            }
            for tree in &authority.trees {
                let tree = &self.schemas.pinned[*tree];
                let all = if tree.is_list() {
                    self.by_list(it, tree, &authority, disabled)
                } else {
                    self.by_tree(it, tree, &authority.beside, disabled)
                };
                if all.is_empty() {
                    return;
                }
                if first {
                    verdicts = all;
                    first = false;
                } else {
                    // What one of them does not say is not said.
                    verdicts.retain(|it| all.iter().any(|other| agree(it, other)));
                    if verdicts.is_empty() {
                        return;
                    }
                }
            }
        }
        let Some(shown) = verdicts.first() else {
            return;
        };
        if !verdicts.iter().all(|it| agree(it, shown)) && it.classes.len() > 1 {
            return;
        }
        let unreached = self.repo.hosts.perhaps_of(it.file.id).next().is_none()
            && !self
                .repo
                .hosts
                .modules
                .iter()
                .any(|(file, _)| *file == it.file.id)
            && self.repo.hosts.children_of(it.file.id).next().is_none()
            && !self.repo.given.classes.contains_key(&it.file.id)
            && it.file.path.file_name() != "flake.nix";
        if it.classes.len() > 1 {
            verdicts.truncate(1);
        }
        for mut verdict in verdicts {
            verdict.unreached = unreached;
            self.found.push(verdict);
        }
    }

    fn finding(
        &self,
        it: &Use<'a>,
        at: TextRange,
        found: Found,
        by: String,
        exact: bool,
    ) -> Finding {
        let definitions = &it.file.facts.definitions;
        Finding {
            at: Span {
                file: it.file.id,
                range: at,
            },
            found,
            by,
            exact,
            conditional: definitions.guards(it.definition.guard).next().is_some(),
            unreached: false,
        }
    }

    /// What the table of renames says.
    fn by_table(&self, it: &Use<'a>, class: Class, authority: &Authority) -> Option<Finding> {
        let window = authority.window?;
        let row = renames::find(set_of(class), &it.path, window.low, window.high)?;
        let len = row.len();
        if row.fate == Fate::Alias || self.declares(&it.path[..len]) {
            return None;
        }
        let at = key_range(it, len - 1)?;
        // A third party whose source is not read may declare what was removed.
        if row.fate == Fate::Removed && self.foreign_names(it).any(|names| names) {
            return None;
        }
        let gone = Gone {
            old: display(&it.path[..len]),
            fate: row.fate,
            new: (!row.new.is_empty()).then(|| row.new.to_owned()),
            message: (!row.summary.is_empty()).then(|| row.summary.to_owned()),
            edit: None,
            target: Vec::new(),
        };
        let low = format!("{:02}.{:02}", row.since / 100, row.since % 100);
        let by = match class {
            Class::Nixos => format!("NixOS {low}"),
            _ => format!("{} {low}", super::project(class)),
        };
        Some(self.finding(it, at, Found::Gone(gone), by, false))
    }

    /// Whether inputs of others that are at hand have every name of the path.
    fn foreign_names<'s>(&'s self, it: &'s Use<'a>) -> impl Iterator<Item = bool> + 's {
        self.schemas
            .foreign
            .iter()
            .filter(|foreign| foreign.located)
            .map(|foreign| {
                it.path.iter().all(|step| match step {
                    Step::Name(name) => foreign.names.contains(*name),
                    _ => true,
                })
            })
    }

    /// What an `options.json` says. A name that it does not list may be an old one.
    fn by_list(
        &self,
        it: &Use<'a>,
        list: &Pinned,
        authority: &Authority,
        disabled: &[String],
    ) -> Vec<Finding> {
        if !list.schema.find(&it.path).is_known() {
            let set = set_of(list.class);
            if let Some(finding) = self.by_table(it, list.class, authority) {
                return vec![finding];
            }
            if renames::is_old(set, &it.path) {
                return Vec::new();
            }
        }
        self.by_tree(it, list, &[], disabled)
    }

    /// What a pinned tree says, with what the lists beside it add.
    fn by_tree(
        &self,
        it: &Use<'a>,
        tree: &Pinned,
        beside: &[usize],
        disabled: &[String],
    ) -> Vec<Finding> {
        let lists = beside.iter().map(|at| &*self.schemas.pinned[*at].schema);
        let answer = lists.fold(tree.schema.find(&it.path), |known, list| {
            known.or(list.find(&it.path))
        });
        match answer {
            Answer::Marker { decl, len } => self.gone(it, tree, decl, len).into_iter().collect(),
            Answer::Unknown {
                at,
                under: Under::Leaf,
            } => self.below_a_value(it, tree, at).into_iter().collect(),
            Answer::Unknown { at, .. } => {
                self.unknown(it, tree, at, disabled).into_iter().collect()
            }
            Answer::Option(decls) => {
                if decls
                    .iter()
                    .any(|decl| decl.opt.read_only || is_disabled(decl.file(), disabled))
                {
                    return Vec::new();
                }
                let types: Vec<TyRef<'_>> = decls.iter().map(|decl| decl.ty()).collect();
                let declared = decls.first().map_or("", |decl| decl.file()).to_owned();
                self.value(it, tree, &types, &declared)
            }
            Answer::Element(types) => {
                let declared = declaring(&tree.schema, &it.path, disabled);
                declared.map_or_else(Vec::new, |declared| self.value(it, tree, &types, &declared))
            }
            Answer::Group | Answer::Open { .. } => Vec::new(),
        }
    }

    fn gone(&self, it: &Use<'a>, tree: &Pinned, decl: Decl<'_>, len: usize) -> Option<Finding> {
        if self.declares(&it.path[..len]) {
            return None;
        }
        let fate = match decl.opt.kind {
            Kind::Renamed => Fate::Renamed,
            Kind::Changed => Fate::Changed,
            Kind::Merged => Fate::Merged,
            Kind::Removed => Fate::Removed,
            Kind::Alias | Kind::Option => return None,
        };
        let at = key_range(it, len.checked_sub(1)?)?;
        let mut target: Vec<String> = decl
            .to()
            .map(|it| it.into_iter().map(str::to_owned).collect())
            .unwrap_or_default();
        // To the last living name.
        let mut plain = fate == Fate::Renamed;
        let mut seen = vec![old_names(&it.path[..len]), target.clone()];
        for _ in 0..5 {
            let names: Vec<&str> = target.iter().map(String::as_str).collect();
            let Answer::Marker { decl, len } = tree.schema.find_names(&names) else {
                break;
            };
            let Some(next) = decl.to() else {
                plain = false;
                break;
            };
            plain &= decl.opt.kind == Kind::Renamed;
            let mut further: Vec<String> = next.into_iter().map(str::to_owned).collect();
            further.extend(target[len..].iter().cloned());
            if seen.contains(&further) {
                plain = false;
                break;
            }
            target = further;
            seen.push(target.clone());
        }
        let row = renames::find(set_of(tree.class), &it.path[..len], u32::MAX, 0);
        let message = decl.opt.message.as_deref().map(str::to_owned);
        let message = message.or_else(|| Some(row?.summary.to_owned()).filter(|it| !it.is_empty()));
        let edit = if plain {
            self.rename(it, tree, &target, len)
        } else {
            None
        };
        let steps: Vec<Step<'_>> = target.iter().map(|name| Step::Name(name)).collect();
        let mut full = target.clone();
        full.extend(it.path[len..].iter().map(|step| display(&[*step])));
        let gone = Gone {
            old: display(&it.path[..len]),
            fate,
            new: (!target.is_empty()).then(|| display(&steps)),
            message: message.filter(|it| !it.trim().is_empty()),
            edit,
            target: full,
        };
        Some(self.finding(it, at, Found::Gone(gone), words(tree), true))
    }

    /// The edit that writes the new name in place of the old one: where both begin with what stands outside of the binding.
    fn rename(
        &self,
        it: &Use<'a>,
        tree: &Pinned,
        target: &[String],
        len: usize,
    ) -> Option<(TextRange, String)> {
        if it.definition.inherited {
            return None;
        }
        let outside = it.path.len().checked_sub(it.written())?;
        let names: Vec<Step<'_>> = target.iter().map(|name| Step::Name(name)).collect();
        if outside >= len || target.len() <= outside || names[..outside] != it.path[..outside] {
            return None;
        }
        let mut full = names.clone();
        full.extend_from_slice(&it.path[len..]);
        if matches!(
            tree.schema.find(&full),
            Answer::Unknown { .. } | Answer::Marker { .. }
        ) {
            return None;
        }
        // What else the file says of the new name stands.
        let definitions = &it.file.facts.definitions;
        let origin = definitions.origin(it.definition.path);
        let skipped = definitions.segments(it.definition.path).len() - it.path.len();
        for (index, other) in definitions.entries.iter().enumerate() {
            if index == it.index || definitions.origin(other.path) != origin {
                continue;
            }
            let segments = definitions.segments(other.path);
            let tails = [segments.get(skipped..).unwrap_or_default(), &segments[..]];
            for other_path in tails {
                let same = other_path.iter().zip(&full).all(|pair| match pair {
                    (Segment::Name(a), Step::Name(b)) => a == b,
                    (Segment::Name(_), _) => false,
                    _ => true,
                });
                if !same || other_path.len() <= outside.max(1) {
                    continue;
                }
                if other_path.len() >= full.len() || other.value != crate::definitions::Value::Set {
                    return None;
                }
            }
        }
        let keys = keys(it)?;
        let from = keys.first()?.start();
        let to = keys.get(len - outside - 1)?.end();
        let written: Vec<String> = target[outside..]
            .iter()
            .map(|name| {
                if syntax::attrpath::is_identifier(name) {
                    name.clone()
                } else {
                    format!("{name:?}")
                }
            })
            .collect();
        Some((TextRange::new(from, to), written.join(".")))
    }

    /// A name that the tree does not declare.
    fn unknown(
        &self,
        it: &Use<'a>,
        tree: &Pinned,
        at: usize,
        disabled: &[String],
    ) -> Option<Finding> {
        if at < 2 || !matches!(it.path.get(at), Some(Step::Name(_))) {
            return None;
        }
        let range = key_range(it, at)?;
        let Some(Step::Name(name)) = it.path.get(at) else {
            return None;
        };
        if self.declares(&it.path[..=at]) {
            return None;
        }
        // A module that stands in for one of the tree may declare more.
        if !disabled.is_empty()
            && !beside(&tree.schema, &it.path[..at])
                .iter()
                .all(|file| !is_disabled(file, disabled))
        {
            return None;
        }
        // Where the class is not beyond doubt, no other tree may know the path.
        if !it.sure {
            let mut others = self
                .schemas
                .pinned
                .iter()
                .filter(|other| other.class != tree.class);
            if others.any(|other| !matches!(other.schema.find(&it.path), Answer::Unknown { at, .. } if at < 2)) {
                return None;
            }
        }
        // `programs.nix-index.…` and the input `nix-index-database`; `….catppuccin` and `catppuccin`.
        let akin = |input: &str| {
            it.path[..=at].iter().any(|step| match step {
                Step::Name(name) => {
                    name.len() >= 4 && (input.contains(name) || name.contains(input))
                }
                _ => false,
            })
        };
        // What is called so brings packages, no modules.
        let brings_modules = |input: &str| {
            !["overlay", "addons", "extensions", "plugins"]
                .iter()
                .any(|word| input.contains(word))
        };
        let mut others = self.schemas.foreign.iter().filter(|it| !it.located);
        if others.any(|foreign| brings_modules(&foreign.input) && akin(&foreign.input)) {
            return None;
        }
        let mut unread = None;
        for foreign in self
            .schemas
            .foreign
            .iter()
            .filter(|it| it.lock.file_name() == "sources.json" || self.is_used(&it.input))
        {
            if foreign.located {
                if foreign.names.contains(*name) {
                    return None;
                }
            } else {
                unread = Some(foreign.input.to_string());
            }
        }
        let beside_path = &it.path[..at];
        let names = tree.schema.names_below(beside_path);
        let near = syntax::nearest::nearest(name, names.iter().copied()).map(|near| {
            let others = names.iter().copied().filter(|it| *it != near);
            let only = syntax::nearest::nearest(name, others).is_none();
            (near.to_owned(), only)
        });
        // What is not listed may be hidden, unless it is a slip of the pen.
        if tree.is_list() && near.is_none() {
            return None;
        }
        let found = Found::Unknown {
            path: display(&it.path[..=at]),
            beside: beside(&tree.schema, beside_path)
                .first()
                .map(|it| (*it).to_owned()),
            near,
            unread,
        };
        Some(self.finding(it, range, found, words(tree), !tree.is_list()))
    }

    /// Whether modules of an input may be among those of some host.
    fn is_used(&self, input: &str) -> bool {
        let hosts = &self.repo.hosts;
        let speaks = |host: &crate::hosts::Host| {
            host.foreign
                .iter()
                .any(|(it, _)| it.split('.').next() == Some(input))
        };
        hosts.all.is_empty() || hosts.all.iter().any(|host| speaks(host) || !host.complete)
    }

    /// A name below a value that has none: `programs.x.enable.foo`.
    fn below_a_value(&self, it: &Use<'a>, tree: &Pinned, at: usize) -> Option<Finding> {
        let outside = it.path.len().checked_sub(it.written())?;
        // Where the set is a value of its own, that is the finding.
        if at < 2 || at <= outside {
            return None;
        }
        if self.declares(&it.path[..=at.min(it.path.len() - 1)]) {
            return None;
        }
        let Answer::Option(decls) = tree.schema.find(&it.path[..at]) else {
            return None;
        };
        let set = Literal::Set { plain: true };
        let decl = decls.first()?;
        if decls
            .iter()
            .any(|decl| decl.opt.read_only || !decl.ty().judge(&set).rejects())
        {
            return None;
        }
        let found = Found::Mismatch {
            path: display(&it.path[..at]),
            takes: decl.ty().describe(),
            noun: "an attribute set",
            declared: decl.file().to_owned(),
            below: true,
        };
        Some(self.finding(it, key_range(it, at)?, found, words(tree), true))
    }

    /// What the types say of the value.
    fn value(
        &self,
        it: &Use<'a>,
        tree: &Pinned,
        types: &[TyRef<'_>],
        declared: &str,
    ) -> Vec<Finding> {
        let [ty, ..] = types else { return Vec::new() };
        if it.definition.inherited || self.declares(&it.path) || never_holds(it) {
            return Vec::new();
        }
        let text = it.file.text.contents();
        let Some(node) = it.file.facts.outline.covering(text, it.definition.value_at) else {
            return Vec::new();
        };
        let masks = &it.file.facts.secrets.masks;
        let mut found = Vec::new();
        for value in values(node) {
            let literal = literal_of(value, 0);
            let mut verdicts = types.iter().map(|ty| ty.judge(&literal));
            let Some(Verdict::Reject { at, by }) = verdicts.next() else {
                continue;
            };
            if !verdicts.all(|it| it.rejects()) {
                continue;
            }
            let Some((place, inner)) = item_at(value, &literal, &at) else {
                continue;
            };
            if may_be_replaced(node) {
                return Vec::new();
            }
            let range = place.range();
            let path = it.display();
            let unlisted = match types {
                [_] => unlisted(ty.schema, by, inner, ty.id, &at),
                _ => None,
            };
            match unlisted {
                Some(values) => {
                    if masks
                        .iter()
                        .any(|mask| mask.intersect(range).is_some_and(|it| !it.is_empty()))
                    {
                        continue;
                    }
                    let near = near_value(inner, &values);
                    found.push(self.finding(
                        it,
                        range,
                        Found::Unlisted {
                            path,
                            value: place.text().to_owned(),
                            values: values.iter().map(ToString::to_string).collect(),
                            near,
                            declared: declared.to_owned(),
                        },
                        words(tree),
                        !tree.is_list(),
                    ));
                }
                None => {
                    let takes = if at.is_empty() { ty.id } else { by };
                    found.push(self.finding(
                        it,
                        range,
                        Found::Mismatch {
                            path,
                            takes: ty.schema.describe(takes),
                            noun: inner.noun(),
                            declared: declared.to_owned(),
                            below: false,
                        },
                        words(tree),
                        !tree.is_list(),
                    ));
                }
            }
        }
        found
    }
}

/// The names of a path.
fn old_names(path: &[Step<'_>]) -> Vec<String> {
    let name = |step: &Step<'_>| match step {
        Step::Name(name) => (*name).to_owned(),
        step => display(&[*step]),
    };
    path.iter().map(name).collect()
}

/// Whether two trees say the same.
fn agree(a: &Finding, b: &Finding) -> bool {
    match (&a.found, &b.found) {
        (Found::Gone(a), Found::Gone(b)) => {
            a.fate == b.fate && a.new == b.new && a.old == b.old
                || matches!(
                    a.fate,
                    Fate::Renamed | Fate::Changed | Fate::Merged | Fate::Deprecated
                ) && matches!(
                    b.fate,
                    Fate::Renamed | Fate::Changed | Fate::Merged | Fate::Deprecated
                ) && a.new == b.new
        }
        (Found::Unknown { path: a, .. }, Found::Unknown { path: b, .. }) => a == b,
        (Found::Mismatch { below: x, .. }, Found::Mismatch { below: y, .. }) => {
            a.at == b.at && x == y
        }
        (Found::Unlisted { .. }, Found::Unlisted { .. }) => a.at == b.at,
        _ => false,
    }
}

/// Whether the definition stands where versions or declared options are asked for.
fn is_unchecked(it: &Use<'_>) -> bool {
    let definitions = &it.file.facts.definitions;
    definitions.guards(it.definition.guard).any(|guard| {
        let text = it.file.text.slice(guard.at);
        let asks_for_names =
            text.contains('?') && (text.contains("options") || text.contains("config"));
        asks_for_names
            || [
                "hasAttrByPath",
                "hasAttr",
                "versionAtLeast",
                "versionOlder",
                "lib.version",
                "trivial.release",
                "trivial.version",
                "pathExists",
            ]
            .iter()
            .any(|word| text.contains(word))
    })
}

/// Whether the value stands on the left of `//`: what is on the right may have another one of its name.
fn may_be_replaced(node: Node<'_>) -> bool {
    node.ancestors().any(|above| match above.shape() {
        Shape::Binary { op: "//", left, .. } => left.contains(node),
        _ => false,
    })
}

/// Whether the definition stands in `mkIf false`. Nix looks at its name, and not at its value.
fn never_holds(it: &Use<'_>) -> bool {
    let mut guards = it.file.facts.definitions.guards(it.definition.guard);
    guards.any(|guard| it.file.text.slice(guard.at).trim() == "false")
}

fn is_disabled(file: &str, disabled: &[String]) -> bool {
    disabled.iter().any(|name| {
        let name = name.trim_end_matches("/default.nix");
        file.strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('/'))
            || file
                .strip_suffix("/default.nix")
                .is_some_and(|it| it.ends_with(name))
    })
}

/// The files that declare what is directly below a path.
fn beside<'s>(schema: &'s Schema, path: &[Step<'_>]) -> Vec<&'s str> {
    let mut files = Vec::new();
    let mut below = path.to_vec();
    for name in schema.names_below(path).into_iter().take(50) {
        below.push(Step::Name(name));
        if let Answer::Option(decls) = schema.find(&below) {
            files.extend(decls.iter().map(|decl| decl.file()));
        }
        below.pop();
    }
    files
}

/// The file that declares the option around an element; `None` when a module of that file is disabled.
fn declaring(schema: &Schema, path: &[Step<'_>], disabled: &[String]) -> Option<String> {
    for len in (1..path.len()).rev() {
        if let Answer::Option(decls) = schema.find(&path[..len]) {
            let file = decls.first()?.file();
            return (!is_disabled(file, disabled)).then(|| file.to_owned());
        }
    }
    Some(String::new())
}

/// The ranges of the segments of the path that a definition writes.
fn keys(it: &Use<'_>) -> Option<Vec<TextRange>> {
    if it.definition.inherited {
        return Some(vec![it.definition.at]);
    }
    let text = it.file.text.contents();
    let node = it.file.facts.outline.covering(text, it.definition.at)?;
    if node.is(syntax::SyntaxKind::NODE_ATTRPATH) {
        let keys: Vec<TextRange> = node.children().map(Node::range).collect();
        let before = keys.len().checked_sub(it.written())?;
        return Some(keys[before..].to_vec());
    }
    Some(vec![it.definition.at])
}

/// The range of a segment of the path, when the definition itself writes it.
fn key_range(it: &Use<'_>, index: usize) -> Option<TextRange> {
    let outside = it.path.len().checked_sub(it.written())?;
    keys(it)?.get(index.checked_sub(outside)?).copied()
}

/// The values that a definition may come to: behind parentheses, `mkIf`, `mkForce` and the like, each part of `mkMerge`.
fn values(node: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut queue = vec![node];
    let mut steps = 0;
    while let Some(node) = queue.pop() {
        steps += 1;
        if steps > 1_000 {
            break;
        }
        let node = node.bare();
        let Shape::Apply { .. } = node.shape() else {
            found.push(node);
            continue;
        };
        let (head, arguments) = node.call();
        match (head.last_name().as_deref(), arguments.as_slice()) {
            (
                Some(
                    "mkForce" | "mkDefault" | "mkOptionDefault" | "mkVMOverride" | "mkBefore"
                    | "mkAfter",
                ),
                [inner],
            ) => queue.push(*inner),
            // Nix does not look at a value that never holds.
            (Some("mkIf"), [condition, _]) if condition.text() == "false" => {}
            (Some("mkIf" | "mkOverride" | "mkOrder"), [_, inner]) => queue.push(*inner),
            (Some("mkMerge"), [list]) if matches!(list.shape(), Shape::List) => {
                queue.extend(list.children());
            }
            _ => found.push(node),
        }
    }
    found
}

/// A value as its text tells it.
fn literal_of(node: Node<'_>, depth: u32) -> Literal {
    let node = node.bare();
    if depth > 20 {
        return Literal::Other;
    }
    match node.shape() {
        Shape::Ident("true") => named(node, Literal::Bool(true)),
        Shape::Ident("false") => named(node, Literal::Bool(false)),
        Shape::Ident("null") => named(node, Literal::Null),
        Shape::Int(number) => Literal::Int(number),
        Shape::Number => Literal::Float,
        Shape::Unary { op: "-", operand } => match operand.shape() {
            Shape::Int(number) => number.checked_neg().map_or(Literal::Other, Literal::Int),
            Shape::Number => Literal::Float,
            _ => Literal::Other,
        },
        Shape::Str | Shape::Uri(_) => match node.literal() {
            Some(text) => Literal::Str(text.as_ref().into()),
            None => {
                let first = node.parts().and_then(|parts| parts.into_iter().next());
                Literal::Interpolated(match first {
                    Some(crate::outline::Part::Text(text)) => text.as_ref().into(),
                    _ => "".into(),
                })
            }
        },
        Shape::Path(crate::outline::PathKind::Search) => Literal::Other,
        Shape::Path(_) => Literal::Path,
        Shape::List => Literal::List(
            node.children()
                .map(|it| literal_of(it, depth + 1))
                .collect(),
        ),
        Shape::Set { .. } => {
            let plain = node.bindings().all(|binding| {
                let name = match &binding {
                    crate::outline::Binding::Value { path, .. } => path.child(0).map(Node::key),
                    crate::outline::Binding::Inherit { name, .. } => Some(name.key()),
                };
                name.is_some_and(|key| {
                    key.name().is_some_and(|name| {
                        !matches!(
                            name,
                            "type" | "outPath" | "_type" | "__functor" | "__toString" | "drvPath"
                        )
                    })
                })
            });
            Literal::Set { plain }
        }
        Shape::Lambda { .. } => Literal::Lambda,
        _ => Literal::Other,
    }
}

/// `true` and `null` are what they are called, unless somebody binds the name.
fn named(node: Node<'_>, literal: Literal) -> Literal {
    match node.definition() {
        crate::outline::Definition::Free { .. } => literal,
        _ => Literal::Other,
    }
}

/// The place of an element of nested lists.
fn item_at<'n, 'l>(
    node: Node<'n>,
    literal: &'l Literal,
    at: &[usize],
) -> Option<(Node<'n>, &'l Literal)> {
    let (mut node, mut literal) = (node.bare(), literal);
    for index in at {
        let Literal::List(items) = literal else {
            return None;
        };
        literal = items.get(*index)?;
        node = node.child(*index)?.bare();
    }
    Some((node, literal))
}

/// The values of the enum that decides, when the literal is of a kind that it has: all its values are listed, and nothing
/// else of the type takes such a literal.
fn unlisted(
    schema: &Schema,
    by: TyId,
    literal: &Literal,
    ty: TyId,
    at: &[usize],
) -> Option<Vec<Value>> {
    let start = if at.is_empty() { ty } else { by };
    let mut values = Vec::new();
    let mut queue = vec![start];
    let mut steps = 0;
    while let Some(id) = queue.pop() {
        steps += 1;
        if steps > 100 {
            return None;
        }
        match schema.ty(id) {
            Ty::Enum(listed, true) => values.extend(listed.iter().cloned()),
            Ty::Null(inner) | Ty::Checked(inner) => queue.push(*inner),
            Ty::Either(a, b) | Ty::Coerced(a, b) => queue.extend([*a, *b]),
            _ => {}
        }
    }
    let same_kind = values.iter().any(|value| {
        matches!(
            (value, literal),
            (Value::Str(_), Literal::Str(_))
                | (Value::Int(_), Literal::Int(_))
                | (Value::Bool(_), Literal::Bool(_))
        )
    });
    values.dedup();
    same_kind.then_some(values)
}

/// The listed value that was meant: at most two letters away, or the same but for case, `-` and `_`; `None` when several are.
fn near_value(literal: &Literal, values: &[Value]) -> Option<String> {
    let Literal::Str(text) = literal else {
        return None;
    };
    let strings: Vec<&str> = values
        .iter()
        .filter_map(|value| match value {
            Value::Str(it) => Some(&**it),
            _ => None,
        })
        .collect();
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let mut alike = strings.iter().filter(|it| plain(it) == plain(text));
    if let Some(it) = alike.next() {
        return alike.next().is_none().then(|| (*it).to_owned());
    }
    let near = syntax::nearest::nearest(text, strings.iter().copied())?;
    let others = strings.iter().copied().filter(|it| *it != near);
    syntax::nearest::nearest(text, others)
        .is_none()
        .then(|| near.to_owned())
}
