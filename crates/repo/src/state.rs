//! Definitions of `system.stateVersion` and `home.stateVersion`, and how a change moves them.
//!
//! Goal: every definition with the literal that it comes to, through wrappers, `let`, `inherit`, sets and defaults of
//! formals of its own file; and, over two revisions, the definitions that were raised. Limits: conditions, calls and
//! arithmetic are unknown, and unknown is silent. A name from another file (`specialArgs`) is followed only when exactly
//! one binding of the repository has that name.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use syntax::attrpath::{self, Key};
use syntax::merge::Form;
use syntax::scopes::{NameKind, To};
use syntax::{AstNode, HasEntry, Step, SyntaxKind, SyntaxNode, TextRange, Walk, ast, expr};

use crate::base::Base;
use crate::definitions::{self, Definitions, PathId, Segment, Sites};
use crate::file::{File, Tree};
use crate::topics::{Topic, Topics};
use crate::{Kind, Repo, RepoPath, Span, Text};

/// Which option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StateOption {
    /// `system.stateVersion`, of NixOS or nix-darwin.
    System,
    /// `home.stateVersion`, of home-manager.
    Home,
}

impl StateOption {
    /// As people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StateOption::System => "system.stateVersion",
            StateOption::Home => "home.stateVersion",
        }
    }
}

/// What a definition comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateValue {
    /// A release: `"24.05"` is (24, 5).
    Release(u32, u32),
    /// A number, as nix-darwin counts.
    Number(i64),
    /// Something that moves with every upgrade, as written: `lib.trivial.release`.
    Moving(Box<str>),
    /// A name that this file does not bind to a value: its last part.
    Elsewhere(Box<str>),
    /// Anything else.
    Unknown,
}

impl std::fmt::Display for StateValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StateValue::Release(year, month) => write!(f, "{year:02}.{month:02}"),
            StateValue::Number(number) => write!(f, "{number}"),
            StateValue::Moving(text) | StateValue::Elsewhere(text) => f.write_str(text),
            StateValue::Unknown => f.write_str("?"),
        }
    }
}

/// One definition of the option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDefinition {
    /// Which option.
    pub option: StateOption,
    /// The attribute path as it stands there.
    pub at: TextRange,
    /// What it comes to.
    pub value: StateValue,
    /// Where that stands: the literal, or the value as written.
    pub value_at: TextRange,
    /// The keys of all bindings around it, outermost first.
    pub place: Box<str>,
}

/// A binding with a name like `stateVersion` and a literal value, that other files may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateVariable {
    /// The last part of its key.
    pub name: Box<str>,
    /// Its value, a literal.
    pub value: StateValue,
    /// The literal.
    pub value_at: TextRange,
    /// The keys of all bindings around it, outermost first.
    pub place: Box<str>,
}

/// What one file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StateFacts {
    /// The definitions, in the order of the text.
    pub definitions: Vec<StateDefinition>,
    /// Bindings that are none, in the order of the text.
    pub variables: Vec<StateVariable>,
}

/// How far names are followed.
const DEPTH: u32 = 16;

/// The facts of one file.
#[must_use]
pub fn extract(tree: &Tree, sites: &Sites, topics: Topics) -> StateFacts {
    let mut facts = StateFacts::default();
    // Most files never speak of it.
    if !topics.has(Topic::StateVersion) {
        return facts;
    }
    let mut defined = Vec::new();
    for (definition, nodes) in sites.iter() {
        let Some(option) = option_of(&sites.definitions, definition.path) else {
            if let Some((option, value, value_at)) =
                whole_set(tree, &sites.definitions, definition, || nodes.value())
            {
                facts.definitions.push(StateDefinition {
                    option,
                    at: definition.at,
                    value,
                    value_at,
                    place: place(&nodes.key()),
                });
            }
            continue;
        };
        // `mkIf config.uninstall { home.stateVersion = mkForce "25.11"; }` is a module's way out, no record.
        if definition.priority.is_some_and(|it| it < 100)
            && sites.definitions.guards(definition.guard).next().is_some()
        {
            continue;
        }
        let (value, value_at) = match (definition.inherited, ast::Expr::cast(nodes.value())) {
            (true, _) => inherited(tree, &nodes.value(), DEPTH),
            (false, Some(value)) => resolve(tree, value, DEPTH),
            (false, None) => (StateValue::Unknown, definition.value_at),
        };
        defined.push(definition.at);
        facts.definitions.push(StateDefinition {
            option,
            at: definition.at,
            value,
            value_at,
            place: place(&nodes.key()),
        });
    }
    let mut walk = Walk::new(&tree.root);
    while let Some(step) = walk.step() {
        if step != Step::Enter || walk.kind() != SyntaxKind::NODE_ATTRPATH_VALUE {
            continue;
        }
        let path = walk.green().node(SyntaxKind::NODE_ATTRPATH);
        let last = path.and_then(|path| path.nodes().last()?.key());
        if !last.is_some_and(|name| name.to_ascii_lowercase().contains("stateversion")) {
            continue;
        }
        let Some(binding) = ast::AttrpathValue::cast(walk.node().clone()) else {
            continue;
        };
        let (Some(path), Some(value)) = (binding.attrpath(), binding.value()) else {
            continue;
        };
        let Some(Key::Static(name)) = path.attrs().last().map(|attr| attrpath::key(&attr)) else {
            continue;
        };
        if defined.contains(&path.syntax().text_range()) {
            continue;
        }
        let value = definitions::unwrap(value);
        if let Some(literal) = literal(&value) {
            facts.variables.push(StateVariable {
                name,
                value: literal,
                value_at: value.syntax().text_range(),
                place: place(path.syntax()),
            });
        }
    }
    facts
}

/// `home = base;` and `inherit home;` where this file binds the set.
fn whole_set(
    tree: &Tree,
    definitions: &Definitions,
    definition: &definitions::Definition,
    value: impl Fn() -> SyntaxNode,
) -> Option<(StateOption, StateValue, TextRange)> {
    let option = match definitions.last(definition.path)? {
        Segment::Name("home") => StateOption::Home,
        Segment::Name("system") => StateOption::System,
        _ => return None,
    };
    if !matches!(definition.value, definitions::Value::Name(_)) {
        return None;
    }
    let segments = definitions.segments(definition.path);
    if definitions.origin(definition.path) == definitions::Origin::Detached
        || !is_before_option(&segments[..segments.len() - 1])
    {
        return None;
    }
    let name = if definition.inherited {
        // `inherit (x) home;` is somebody else's.
        let inherit = value().ancestors().find_map(ast::Inherit::cast)?;
        if inherit.from().is_some() {
            return None;
        }
        value()
    } else {
        let value = definitions::unwrap(ast::Expr::cast(value())?);
        value.syntax().clone()
    };
    let To::Name(id) = tree.scopes.resolve(&name)?.to else {
        return None;
    };
    let [part] = tree.scopes.parts(id) else {
        return None;
    };
    if part.form != Form::Whole {
        return None;
    }
    let set = set_behind(tree, &expr_at(tree, part.value)?, DEPTH)?;
    let (value, at) = resolve(tree, entry(&set, "stateVersion")?, DEPTH);
    Some((option, value, at))
}

/// Whether a path is one of the options, behind what may stand before an option's name.
fn option_of(definitions: &Definitions, path: PathId) -> Option<StateOption> {
    let option = if definitions.ends_with(path, &["system", "stateVersion"]) {
        StateOption::System
    } else if definitions.ends_with(path, &["home", "stateVersion"]) {
        StateOption::Home
    } else {
        return None;
    };
    let segments = definitions.segments(path);
    is_before_option(&segments[..segments.len() - 2]).then_some(option)
}

/// Whether nothing stands before an option's name but what may.
fn is_before_option(segments: &[Segment<'_>]) -> bool {
    let mut rest = segments;
    // One layer at a time: `home-manager.users.<n>.config.home.stateVersion`.
    loop {
        use Segment::{Item, Name};
        rest = match rest {
            [] => return true,
            [Name("config"), rest @ ..]
            | [Name("home-manager"), Name("users"), _, rest @ ..]
            | [Name("home-manager"), Name("sharedModules"), Item, rest @ ..]
            | [Name("flake"), Name("modules"), _, _, rest @ ..]
            | [
                Name(
                    "nixosModules" | "darwinModules" | "homeModules" | "homeManagerModules"
                    | "modules",
                ),
                _,
                rest @ ..,
            ]
            | [Name("flake"), rest @ ..]
            | [Name("virtualisation"), Name("vmVariant"), rest @ ..]
            | [Name("specialisation"), _, Name("configuration"), rest @ ..]
            | [Name("containers"), _, Name("config"), rest @ ..] => rest,
            _ => return false,
        };
    }
}

/// The keys of the bindings around a key, and itself, outermost first.
fn place(key: &SyntaxNode) -> Box<str> {
    let mut keys: Vec<String> = key
        .ancestors()
        .filter_map(ast::AttrpathValue::cast)
        .filter_map(|binding| binding.attrpath())
        .map(|path| attrpath::display(&attrpath::keys(&path)))
        .collect();
    keys.reverse();
    keys.join(" ").into()
}

/// `"24.05"`, `24.05`, `5`, `"5"`.
fn literal(value: &ast::Expr) -> Option<StateValue> {
    match definitions::shape(value) {
        definitions::Value::Str(text) | definitions::Value::Float(text) => parse(&text),
        definitions::Value::Int(number) => Some(StateValue::Number(number)),
        _ => None,
    }
}

fn parse(text: &str) -> Option<StateValue> {
    let text = text.trim();
    match text.split_once('.') {
        Some((year, month)) if year.len() == 2 && month.len() == 2 => {
            Some(StateValue::Release(year.parse().ok()?, month.parse().ok()?))
        }
        Some(_) => None,
        None => text.parse().ok().map(StateValue::Number),
    }
}

/// What an expression comes to, and where that stands.
fn resolve(tree: &Tree, value: ast::Expr, depth: u32) -> (StateValue, TextRange) {
    let value = definitions::unwrap(value);
    let at = value.syntax().text_range();
    if let Some(literal) = literal(&value) {
        return (literal, at);
    }
    if depth == 0 {
        return (StateValue::Unknown, at);
    }
    match &value {
        ast::Expr::Ident(ident) => {
            if let Some(found) = follow(tree, ident.syntax(), depth) {
                return found;
            }
        }
        ast::Expr::Select(select) if select.or_token().is_none() => {
            if let Some(inner) = select_from_set(tree, select, depth) {
                return resolve(tree, inner, depth - 1);
            }
        }
        _ => {}
    }
    if is_moving(tree, &value, depth) {
        return (
            StateValue::Moving(value.syntax().text().to_string().into()),
            at,
        );
    }
    let elsewhere = match &value {
        ast::Expr::Ident(ident) => Some(attrpath::ident_text(ident.syntax()).to_owned()),
        // `vars.stateVersion`; what `config` and `osConfig` have is the module system's to say.
        ast::Expr::Select(select) => select.attrpath().and_then(|path| {
            let first = path_of(tree, &value, depth)?.into_iter().next()?;
            let last = path.attrs().last()?;
            let own = matches!(first.as_str(), "config" | "osConfig" | "options");
            (!own).then(|| attrpath::key(&last).name().map(str::to_owned))?
        }),
        _ => None,
    };
    match elsewhere {
        Some(name) => (StateValue::Elsewhere(name.into()), at),
        None => (StateValue::Unknown, at),
    }
}

/// What `inherit x` and `inherit (e) x` come to.
fn inherited(tree: &Tree, name: &SyntaxNode, depth: u32) -> (StateValue, TextRange) {
    let at = name.text_range();
    let text = attrpath::ident_text(name);
    let source = name
        .ancestors()
        .find_map(ast::Inherit::cast)
        .and_then(|inherit| inherit.from())
        .and_then(|from| from.expr());
    let Some(source) = source else {
        return follow(tree, name, depth).unwrap_or((StateValue::Elsewhere(text.into()), at));
    };
    if let Some(set) = set_behind(tree, &source, depth)
        && let Some(inner) = entry(&set, text)
    {
        return resolve(tree, inner, depth.saturating_sub(1));
    }
    match path_of(tree, &source, depth) {
        Some(mut path) => {
            let own = matches!(path[0].as_str(), "config" | "osConfig" | "options");
            path.push(text.to_owned());
            if moves(&path) {
                (StateValue::Moving(path.join(".").into()), at)
            } else if own {
                (StateValue::Unknown, at)
            } else {
                (StateValue::Elsewhere(text.into()), at)
            }
        }
        None => (StateValue::Unknown, at),
    }
}

/// What a name of this file is bound to; `None` when the file does not say.
fn follow(tree: &Tree, name: &SyntaxNode, depth: u32) -> Option<(StateValue, TextRange)> {
    let depth = depth.checked_sub(1)?;
    let scopes = &tree.scopes;
    let To::Name(id) = scopes.resolve(name)?.to else {
        return None;
    };
    if scopes.name(id).kind == NameKind::Formal {
        return resolve_default(tree, scopes.name(id).at, depth);
    }
    let [part] = scopes.parts(id) else {
        return None;
    };
    match part.form {
        Form::Whole => Some(resolve(tree, expr_at(tree, part.value)?, depth)),
        Form::Inherit | Form::InheritFrom => {
            let key = node_at(tree, part.key)?;
            // `inherit x` in a `let` names the `x` outside; what it inherits is not the name itself.
            Some(inherited(tree, &key, depth))
        }
        Form::Dotted => None,
    }
}

/// The default of a formal: `{ stateVersion ? "24.05" }:`.
fn resolve_default(tree: &Tree, formal: TextRange, depth: u32) -> Option<(StateValue, TextRange)> {
    let entry = node_at(tree, formal)?
        .ancestors()
        .find_map(ast::PatEntry::cast)?;
    Some(resolve(tree, entry.default()?, depth))
}

fn node_at(tree: &Tree, range: TextRange) -> Option<SyntaxNode> {
    let element = tree.root.covering_element(range);
    match element {
        syntax::NodeOrToken::Node(node) => Some(node),
        syntax::NodeOrToken::Token(token) => token.parent(),
    }
}

fn expr_at(tree: &Tree, range: TextRange) -> Option<ast::Expr> {
    node_at(tree, range)?
        .ancestors()
        .take_while(|node| node.text_range() == range)
        .find_map(ast::Expr::cast)
}

/// The binding that `set.name` selects, when the set is a literal of this file.
fn select_from_set(tree: &Tree, select: &ast::Select, depth: u32) -> Option<ast::Expr> {
    let path = attrpath::keys(&select.attrpath()?);
    let [Key::Static(name)] = path.as_slice() else {
        return None;
    };
    entry(&set_behind(tree, &select.expr()?, depth)?, name)
}

/// The set literal that an expression is, through names.
fn set_behind(tree: &Tree, value: &ast::Expr, depth: u32) -> Option<ast::AttrSet> {
    let mut value = expr::strip_parens(value.clone());
    for _ in 0..depth {
        match value {
            ast::Expr::AttrSet(set) => return Some(set),
            ast::Expr::Ident(ident) => {
                let To::Name(id) = tree.scopes.resolve(ident.syntax())?.to else {
                    return None;
                };
                let [part] = tree.scopes.parts(id) else {
                    return None;
                };
                if part.form != Form::Whole {
                    return None;
                }
                value = expr::strip_parens(expr_at(tree, part.value)?);
            }
            _ => return None,
        }
    }
    None
}

fn entry(set: &ast::AttrSet, name: &str) -> Option<ast::Expr> {
    set.attrpath_values().find_map(|binding| {
        let path = attrpath::keys(&binding.attrpath()?);
        (path.len() == 1 && path[0].is(name)).then(|| binding.value())?
    })
}

/// The names of a chain of selections, with the names of this file replaced by what they are bound to.
fn path_of(tree: &Tree, value: &ast::Expr, depth: u32) -> Option<Vec<String>> {
    let depth = depth.checked_sub(1)?;
    match expr::strip_parens(value.clone()) {
        ast::Expr::Ident(ident) => {
            let text = attrpath::ident_text(ident.syntax()).to_owned();
            let Some(To::Name(id)) = tree.scopes.resolve(ident.syntax()).map(|it| it.to) else {
                return Some(vec![text]);
            };
            let [part] = tree.scopes.parts(id) else {
                return Some(vec![text]);
            };
            match part.form {
                Form::Whole => path_of(tree, &expr_at(tree, part.value)?, depth),
                Form::InheritFrom => {
                    let mut path = path_of(tree, &expr_at(tree, part.value)?, depth)?;
                    path.push(text);
                    Some(path)
                }
                Form::Inherit | Form::Dotted => Some(vec![text]),
            }
        }
        ast::Expr::Select(select) => {
            let mut path = path_of(tree, &select.expr()?, depth)?;
            for key in attrpath::keys(&select.attrpath()?) {
                path.push(key.name()?.to_owned());
            }
            Some(path)
        }
        _ => None,
    }
}

/// Whether a path names what changes with the release that runs.
fn moves(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path.as_slice(),
        [.., "trivial", "release" | "version"]
            | [.., "lib", "version"]
            | ["config", "system", "nixos", "release" | "version"]
            | ["config", "system", "maxStateVersion"]
    )
}

/// Whether a value changes with the release that runs: such a path, or a piece of one.
fn is_moving(tree: &Tree, value: &ast::Expr, depth: u32) -> bool {
    if let Some(path) = path_of(tree, value, depth) {
        return moves(&path);
    }
    let (head, arguments) = expr::call(value);
    let cuts = expr::last_name(&head).is_some_and(|name| {
        matches!(
            &*name,
            "substring" | "majorMinor" | "removeSuffix" | "toString" | "concatStringsSep" | "take"
        )
    });
    cuts && arguments
        .last()
        .is_some_and(|argument| path_of(tree, argument, depth).is_some_and(|path| moves(&path)))
}

/// How sure a raise is to be a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuse {
    /// Nothing speaks for it.
    None,
    /// The value stood here before: a restore, or a bump tried again.
    HeldBefore,
    /// The disk or the folder of the machine changes with it.
    Reinstalled,
    /// A comment or a commit message says so.
    Told,
}

/// A definition whose value goes up.
#[derive(Debug, Clone)]
pub struct Raise {
    /// Which option.
    pub option: StateOption,
    /// Before.
    pub old: StateValue,
    /// Now.
    pub new: StateValue,
    /// The literal.
    pub at: Span,
    /// The definitions that come to this literal, when it does not stand in one.
    pub readers: Vec<Span>,
    /// What speaks for it.
    pub excuse: Excuse,
}

/// The definitions that this change raises.
#[must_use]
pub fn raises(repo: &Repo, base: &Base) -> Vec<Raise> {
    let pairs = Pairs::new(repo, base);
    // By the literal: one shared literal is one finding.
    let mut raises: BTreeMap<(crate::FileId, u32), Raise> = BTreeMap::new();
    for file in &repo.files {
        let Some(old_path) = pairs.old_path(base, file) else {
            continue;
        };
        let was = &base.files[&old_path];
        let (old, new) = (&was.facts.state, &file.facts.state);
        for (index, definition) in new.definitions.iter().enumerate() {
            let partner = partner(&old.definitions, &new.definitions, index, |it| {
                (it.option, &*it.place)
            });
            let Some(partner) = partner else { continue };
            if !is_raise(&partner.value, &definition.value) || repo.is_ephemeral(file.id) {
                continue;
            }
            let span = |range| Span {
                file: file.id,
                range,
            };
            let key = (file.id, u32::from(definition.value_at.start()));
            let raise = raises.entry(key).or_insert_with(|| Raise {
                option: definition.option,
                old: partner.value.clone(),
                new: definition.value.clone(),
                at: span(definition.value_at),
                readers: Vec::new(),
                excuse: pairs.excuse(repo, base, file, &old_path, definition.value_at, |past| {
                    past.definitions
                        .iter()
                        .any(|it| it.option == definition.option && it.value == definition.value)
                }),
            });
            if !definition_holds(file, definition) {
                raise.readers.push(span(definition.at));
            }
        }
        for (index, variable) in new.variables.iter().enumerate() {
            let partner = partner(&old.variables, &new.variables, index, |it| {
                (&*it.name, &*it.place)
            });
            let Some(partner) = partner else { continue };
            let key = (file.id, u32::from(variable.value_at.start()));
            if !is_raise(&partner.value, &variable.value) || raises.contains_key(&key) {
                continue;
            }
            // The only one of its name, or nobody can tell which one is read.
            let same = repo
                .files
                .iter()
                .flat_map(|file| &file.facts.state.variables)
                .filter(|it| it.name == variable.name);
            if same.count() != 1 {
                continue;
            }
            let readers: Vec<(StateOption, Span)> = repo
                .files
                .iter()
                .filter(|reader| !repo.is_ephemeral(reader.id))
                .flat_map(|reader| {
                    let of = reader.facts.state.definitions.iter();
                    of.map(move |it| (reader.id, it))
                })
                .filter(|(_, it)| it.value == StateValue::Elsewhere(variable.name.clone()))
                .map(|(file, it)| (it.option, Span { file, range: it.at }))
                .collect();
            let Some((option, _)) = readers.first() else {
                continue;
            };
            let raise = Raise {
                option: *option,
                old: partner.value.clone(),
                new: variable.value.clone(),
                at: Span {
                    file: file.id,
                    range: variable.value_at,
                },
                readers: readers.iter().map(|(_, span)| *span).collect(),
                excuse: pairs.excuse(repo, base, file, &old_path, variable.value_at, |past| {
                    past.variables
                        .iter()
                        .any(|it| it.name == variable.name && it.value == variable.value)
                }),
            };
            raises.insert(key, raise);
        }
    }
    raises.into_values().collect()
}

/// Whether the literal stands in the definition itself.
fn definition_holds(file: &File, definition: &StateDefinition) -> bool {
    let between = TextRange::new(
        definition.at.end().min(definition.value_at.start()),
        definition.value_at.start().max(definition.at.end()),
    );
    definition.at.end() <= definition.value_at.start()
        && !file.text.slice(between).contains([';', '{', '}', ':'])
}

fn is_raise(old: &StateValue, new: &StateValue) -> bool {
    match (old, new) {
        (StateValue::Release(y, m), StateValue::Release(year, month)) => (year, month) > (y, m),
        (StateValue::Number(old), StateValue::Number(new)) => new > old,
        // `"24.05"` to 5 or back corrects a type; anything unknown is silent.
        _ => false,
    }
}

/// The old side of one of the new items: by its key when both sides have it once, or as the only one of each side.
fn partner<'a, T, K: PartialEq>(
    old: &'a [T],
    new: &'a [T],
    index: usize,
    key: impl Fn(&'a T) -> (K, &'a str),
) -> Option<&'a T> {
    let wanted = key(&new[index]);
    let same = |items: &'a [T]| -> Vec<usize> {
        (0..items.len())
            .filter(|at| key(&items[*at]) == wanted)
            .collect()
    };
    let (olds, news) = (same(old), same(new));
    if !olds.is_empty() {
        // Several in one place, as in a list of modules: by their order, when their number is the same.
        let nth = news.iter().position(|at| *at == index)?;
        return (olds.len() == news.len()).then(|| &old[olds[nth]]);
    }
    let alike = |items: &'a [T]| -> Vec<usize> {
        (0..items.len())
            .filter(|at| key(&items[*at]).0 == wanted.0)
            .collect()
    };
    match (alike(old).as_slice(), alike(new).as_slice()) {
        ([only], [_]) => Some(&old[*only]),
        _ => None,
    }
}

/// Which file of the base is which file of the present.
struct Pairs {
    renamed: BTreeMap<RepoPath, RepoPath>,
}

/// How many new files are compared with how many that are gone, to find renames.
const MOST_RENAMES: usize = 200;

impl Pairs {
    fn new(repo: &Repo, base: &Base) -> Pairs {
        let speaks =
            |state: &StateFacts| !state.definitions.is_empty() || !state.variables.is_empty();
        let gone: Vec<_> = base
            .files
            .iter()
            .filter(|(path, was)| repo.find(path).is_none() && speaks(&was.facts.state))
            .take(MOST_RENAMES)
            .collect();
        let mut renamed = BTreeMap::new();
        if gone.is_empty() {
            return Pairs { renamed };
        }
        let mut taken = BTreeSet::new();
        let new = repo
            .files
            .iter()
            .filter(|file| base.added.contains(&file.path) && speaks(&file.facts.state));
        for file in new.take(MOST_RENAMES) {
            let best = gone
                .iter()
                .filter(|(path, _)| !taken.contains(*path))
                .map(|(path, was)| (alike(&was.text, &file.text), *path))
                .max();
            if let Some((percent, path)) = best
                && percent >= 60
            {
                taken.insert(path.clone());
                renamed.insert(file.path.clone(), path.clone());
            }
        }
        Pairs { renamed }
    }

    /// What a changed file was called; `None` when it is new or as it was.
    fn old_path(&self, base: &Base, file: &File) -> Option<RepoPath> {
        let old = self.renamed.get(&file.path).unwrap_or(&file.path);
        (file.kind == Kind::Nix && base.files.contains_key(old)).then(|| old.clone())
    }

    /// What speaks for a raise in a file.
    fn excuse(
        &self,
        repo: &Repo,
        base: &Base,
        file: &File,
        old_path: &RepoPath,
        at: TextRange,
        held: impl Fn(&StateFacts) -> bool,
    ) -> Excuse {
        if base
            .past
            .get(old_path)
            .is_some_and(|past| past.iter().any(held))
        {
            return Excuse::HeldBefore;
        }
        if file.path.parent() != old_path.parent() || new_disk(repo, base, file) {
            return Excuse::Reinstalled;
        }
        let line = file.text.line_of(at.start());
        let lines = [line.checked_sub(1), Some(line)].into_iter().flatten();
        let comment = lines
            .map(|line| file.text.line(line))
            .filter_map(|line| line.split_once('#'))
            .any(|(_, comment)| {
                tells_reinstall(comment) || comment.to_ascii_lowercase().contains("migrat")
            });
        if comment || base.messages.iter().any(|message| tells_reinstall(message)) {
            return Excuse::Told;
        }
        Excuse::None
    }
}

/// How many of a hundred lines two texts share.
fn alike(a: &Text, b: &Text) -> usize {
    let lines = |text: &Text| -> BTreeMap<String, usize> {
        let mut lines = BTreeMap::new();
        for line in text.contents().lines().map(str::trim) {
            if !line.is_empty() {
                *lines.entry(line.to_owned()).or_default() += 1;
            }
        }
        lines
    };
    let (a, b) = (lines(a), lines(b));
    let shared: usize = a
        .iter()
        .map(|(line, count)| *count.min(b.get(line).unwrap_or(&0)))
        .sum();
    let most = a.values().sum::<usize>().max(b.values().sum());
    (shared * 100).checked_div(most).unwrap_or(0)
}

/// Whether the words speak of a machine that was set up anew.
fn tells_reinstall(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    [
        "reinstall",
        "re-install",
        "fresh install",
        "clean install",
        "new machine",
        "new disk",
        "new hardware",
        "new laptop",
        "new ssd",
        "re-init",
        "reinit",
        "reformat",
        "wipe",
        "nixos-anywhere",
    ]
    .iter()
    .any(|word| words.contains(word))
}

/// Whether the disk or the identity of the machine changes beside a file.
fn new_disk(repo: &Repo, base: &Base, file: &File) -> bool {
    let folder = file.path.parent();
    base.changed.iter().any(|path| {
        let near = if folder.bytes().is_empty() {
            path.parent() == folder
        } else {
            path.lies_in(&folder)
        };
        if !near {
            return false;
        }
        let name = path.file_name().to_ascii_lowercase();
        if name == "facter.json"
            || name.starts_with("ssh_host_")
            || name == "machine-id"
            || name.ends_with(".pub")
        {
            return true;
        }
        let now = repo.find(path);
        let was = base.files.get(path);
        let hardware = name == "hardware-configuration.nix"
            || name.contains("disk")
            || name.contains("hardware")
            || *path == file.path;
        match (was, now) {
            (Some(was), Some(now)) => hardware && devices(&was.text) != devices(&now.text),
            // A description of the disk that is new or gone.
            (_, Some(now)) => {
                base.added.contains(path) && hardware && !devices(&now.text).is_empty()
            }
            (Some(was), None) => hardware && !devices(&was.text).is_empty(),
            (None, None) => false,
        }
    })
}

/// The lines of a text that name a disk.
fn devices(text: &Text) -> BTreeSet<&str> {
    text.contents()
        .lines()
        .map(str::trim)
        .filter(|line| {
            !line.starts_with('#')
                && (line.contains("/dev/disk/")
                    || line.contains("by-uuid")
                    || line.contains("by-id")
                    || line.contains("device = \"/dev/"))
        })
        .collect()
}

impl Repo {
    /// Every definition of the option whose value moves with each upgrade, with that value; but for what does not stay.
    pub fn moving_state_versions(&self) -> impl Iterator<Item = (&File, &StateDefinition, &str)> {
        // Whether a file stays is a dear question: few files have such a definition.
        let moving = |file: &&File| {
            let mut definitions = file.facts.state.definitions.iter();
            definitions.any(|it| matches!(it.value, StateValue::Moving(_)))
        };
        let speaking = self.files.iter().filter(moving);
        speaking
            .filter(|file| !self.is_ephemeral(file.id))
            .flat_map(move |file| {
                let definitions = file.facts.state.definitions.iter();
                definitions.filter_map(move |it| match &it.value {
                    StateValue::Moving(_) if self.is_of_sandboxes(file.id, it.at) => None,
                    StateValue::Moving(text) => Some((file, it, &**text)),
                    _ => None,
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::FileId;
    use crate::facts::Extract;

    fn facts(text: &str) -> StateFacts {
        let text = Arc::new(Text::new(text));
        let limits = syntax::parse::Limits::default();
        let (file, tree) = File::new(FileId(0), "a.nix".into(), Kind::Nix, text, limits);
        let tree = tree.unwrap();
        Extract::all(&file, &tree).state
    }

    fn values(text: &str) -> Vec<String> {
        facts(text)
            .definitions
            .iter()
            .map(|it| match &it.value {
                StateValue::Moving(text) => format!("{} moves {text}", it.option.name()),
                StateValue::Elsewhere(text) => format!("{} from {text}", it.option.name()),
                value => format!("{} {value}", it.option.name()),
            })
            .collect()
    }

    #[test]
    fn values_are_followed_within_the_file() {
        for (text, want) in [
            (
                "{ system.stateVersion = \"24.05\"; }",
                "system.stateVersion 24.05",
            ),
            (
                "{ system = { stateVersion = 5; }; }",
                "system.stateVersion 5",
            ),
            (
                "{ lib, ... }: { home.stateVersion = lib.mkDefault \"23.11\"; }",
                "home.stateVersion 23.11",
            ),
            (
                "let v = \"23.11\"; in { home.stateVersion = v; }",
                "home.stateVersion 23.11",
            ),
            (
                "let stateVersion = \"23.11\"; in { home = { inherit stateVersion; }; }",
                "home.stateVersion 23.11",
            ),
            (
                "let v.stateVersion = \"23.11\"; in { home.stateVersion = v.stateVersion; }",
                "home.stateVersion from stateVersion",
            ),
            (
                "let v = { stateVersion = \"23.11\"; }; in { home = { inherit (v) stateVersion; }; }",
                "home.stateVersion 23.11",
            ),
            (
                "let home = { stateVersion = \"23.11\"; }; in { home = home; }",
                "home.stateVersion 23.11",
            ),
            (
                "let home = { stateVersion = \"23.11\"; }; in { home-manager.users.u = { inherit home; }; }",
                "home.stateVersion 23.11",
            ),
            (
                "{ v ? \"23.11\", ... }: { home.stateVersion = v; }",
                "home.stateVersion 23.11",
            ),
            (
                "{ stateVersion, ... }: { home.stateVersion = stateVersion; }",
                "home.stateVersion from stateVersion",
            ),
            (
                "{ vars, ... }: { home.stateVersion = vars.stateVersion; }",
                "home.stateVersion from stateVersion",
            ),
            (
                "{ osConfig, ... }: { home.stateVersion = osConfig.system.stateVersion; }",
                "home.stateVersion ?",
            ),
            (
                "{ config, ... }: { home = { inherit (config.system) stateVersion; }; }",
                "home.stateVersion ?",
            ),
            (
                "{ lib, ... }: { system.stateVersion = lib.trivial.release; }",
                "system.stateVersion moves lib.trivial.release",
            ),
            (
                "{ lib, ... }: let inherit (lib.trivial) release; in { system.stateVersion = release; }",
                "system.stateVersion moves lib.trivial.release",
            ),
            (
                "{ lib, ... }: { system.stateVersion = builtins.substring 0 5 lib.version; }",
                "system.stateVersion moves builtins.substring 0 5 lib.version",
            ),
            (
                "{ x, ... }: { system.stateVersion = if x then \"1\" else \"2\"; }",
                "system.stateVersion ?",
            ),
            (
                "{ home-manager.users.a = { pkgs, ... }: { home.stateVersion = \"22.05\"; }; }",
                "home.stateVersion 22.05",
            ),
            (
                "{ imports = [ { system.stateVersion = \"22.05\"; } ]; }",
                "system.stateVersion 22.05",
            ),
        ] {
            assert_eq!(values(text), [want], "{text}");
        }
        for text in [
            "{ mailserver.stateVersion = 3; }",
            "{ my.system.stateVersion = \"24.05\"; }",
            "{ options.system.stateVersion = mkOption { }; }",
            "let let in",
            "let x = x; in { system = { inherit y; }; }",
            "{ home, x, ... }: { inherit home; system = x; }",
            "let home = { stateVersion = \"23.11\"; }; in { my.home = home; inherit (x) home; }",
        ] {
            assert!(values(text).is_empty(), "{text}");
        }
        // Names that lead in a circle end.
        assert_eq!(
            values("let a = b; b = a; in { home.stateVersion = a; }").len(),
            1
        );
    }
}
