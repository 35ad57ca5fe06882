//! Attribute definitions with their full path: `a = { b.c = mkIf x 1; }` defines `a.b.c` under the guard `x`.
//!
//! Goal: one list of all bindings of sets in a file, each with the names above it, as the module system would see
//! them. Looked through, adding nothing: parentheses, `let … in`, `with`, `assert`, both branches of `if`, `//`, `++`,
//! lambda bodies, `mkIf mkMerge mkDefault mkForce mkOverride mkBefore mkAfter mkOrder optional optionals
//! optionalAttrs`. List elements add [`Segment::Item`]; computed names, the lambdas of `genAttrs` and `mapAttrs`, and the
//! pairs of `listToAttrs (map …)` and `mapAttrs'` add [`Segment::Dynamic`]. Limits: functions are known by their last name only; names are not followed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Write as _;

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};
use syntax::attrpath::{self, Key};
use syntax::{AstNode, Green, NodeOrToken, SyntaxKind, SyntaxNode, TextRange, Walk, ast};

/// A path in [`Definitions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PathId(u32);

/// A guard in [`Definitions`]; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GuardId(u32);

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// The value of the file (behind its lambdas).
    File,
    /// An element of a list of modules: `imports`, `modules`, `sharedModules`, `extraModules`.
    Module,
    /// Anywhere else: a `let` binding, an argument of an unknown function.
    Detached,
}

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Step {
    Origin(Origin),
    Name(u32),
    Dynamic,
    Item,
}

/// One segment of a definition's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Segment<'a> {
    /// A name known from the text.
    Name(&'a str),
    /// A computed name, or the name that `genAttrs` gives.
    Dynamic,
    /// An element of a list.
    Item,
}

impl std::fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Segment::Name(name) if attrpath::is_identifier(name) => f.write_str(name),
            Segment::Name(name) => write!(f, "{name:?}"),
            Segment::Dynamic => f.write_str("<name>"),
            Segment::Item => f.write_str("*"),
        }
    }
}

/// What kind of condition guards a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GuardKind {
    /// `mkIf c …`
    MkIf,
    /// `optionalAttrs c …`, `optional c …`, `optionals c …`
    Optional,
    /// `if c then …`
    Then,
    /// `if c then … else …`, in the `else` part.
    Else,
}

/// One condition that a definition stands under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Its form.
    pub kind: GuardKind,
    /// The condition.
    pub at: TextRange,
    parent: GuardId,
}

/// The value of a definition, as far as its text tells. Wrappers and parentheses are taken off first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a point, as written.
    Float(Box<str>),
    /// `null`
    Null,
    /// A string without interpolation.
    Str(Box<str>),
    /// A string that holds a secret: its text is not kept.
    Masked,
    /// A string with interpolation.
    Interpolated,
    /// A path literal, as written.
    Path(Box<str>),
    /// A name or a selection without default: `cfg.port`, as written with dots.
    Name(Box<str>),
    /// A list literal with its number of elements.
    List(u32),
    /// A set literal; its bindings are definitions of their own.
    Set,
    /// A lambda.
    Lambda,
    /// A call, by the last name of its function.
    Call(Box<str>),
    /// Anything else.
    Other,
}

/// One binding of a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Its full path.
    pub path: PathId,
    /// The attribute path as it stands here: `b.c`; for an inherited name, the name.
    pub at: TextRange,
    /// The value, wrappers included.
    pub value_at: TextRange,
    /// What the value is, behind wrappers.
    pub value: Value,
    /// The innermost condition it stands under.
    pub guard: GuardId,
    /// The priority that a wrapper gives: `mkForce` 50, `mkDefault` 1000, `mkOverride n` n.
    pub priority: Option<i64>,
    /// Whether it comes from `inherit`.
    pub inherited: bool,
}

/// The names in the paths of a file, each once: one text, and where each ends in it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Names {
    text: String,
    ends: Vec<u32>,
}

impl Names {
    /// A name by its number.
    fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let from = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from as usize..self.ends[index] as usize]
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..).take(self.ends.len()).map(|index| self.get(index))
    }

    /// Adds a name and gives its number.
    fn push(&mut self, name: &str) -> u32 {
        let index = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.text.push_str(name);
        self.ends
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        index
    }
}

/// All definitions of one file. Paths and names are shared, so that a fact stays small.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Definitions {
    names: Names,
    steps: Vec<(PathId, Step)>,
    guards: Vec<Guard>,
    /// In the order of the text.
    pub entries: Vec<Definition>,
}

const FILE: PathId = PathId(0);
const MODULE: PathId = PathId(1);
const DETACHED: PathId = PathId(2);
const NO_GUARD: GuardId = GuardId(0);

impl Default for Definitions {
    fn default() -> Definitions {
        Definitions {
            names: Names::default(),
            steps: vec![
                (FILE, Step::Origin(Origin::File)),
                (MODULE, Step::Origin(Origin::Module)),
                (DETACHED, Step::Origin(Origin::Detached)),
            ],
            guards: Vec::new(),
            entries: Vec::new(),
        }
    }
}

impl Definitions {
    /// The segments of a path, outermost first.
    #[must_use]
    pub fn segments(&self, path: PathId) -> Vec<Segment<'_>> {
        let mut segments: Vec<_> = self.up(path).collect();
        segments.reverse();
        segments
    }

    /// The segments of a path, innermost first, without an allocation.
    pub fn up(&self, path: PathId) -> impl Iterator<Item = Segment<'_>> {
        self.up_with_ids(path).map(|(segment, _)| segment)
    }

    /// As [`Definitions::up`], each name with its number.
    pub(crate) fn up_with_ids(
        &self,
        path: PathId,
    ) -> impl Iterator<Item = (Segment<'_>, Option<u32>)> {
        self.steps_up(path).filter_map(|step| match step {
            Step::Origin(_) => None,
            Step::Name(name) => Some((Segment::Name(self.names.get(name)), Some(name))),
            Step::Dynamic => Some((Segment::Dynamic, None)),
            Step::Item => Some((Segment::Item, None)),
        })
    }

    /// The steps of a path, innermost first, without its origin.
    fn steps_up(&self, path: PathId) -> impl Iterator<Item = Step> {
        let mut at = path;
        std::iter::from_fn(move || {
            let (parent, step) = self.steps[at.0 as usize];
            at = parent;
            (!matches!(step, Step::Origin(_))).then_some(step)
        })
    }

    /// Whether a name that occurs in some path is such a one. Each is asked once: a file has few names.
    #[must_use]
    pub fn has_name(&self, is: impl Fn(&str) -> bool) -> bool {
        self.names.iter().any(is)
    }

    /// The definitions whose path has a name that `mark` marks and `fits` takes with the name before it, which is `None`
    /// where it is not a known one. By index; each name is marked once.
    pub(crate) fn having<M: Copy>(
        &self,
        mark: impl Fn(&str) -> Option<M>,
        fits: impl Fn(M, Option<&str>) -> bool,
    ) -> Vec<u32> {
        let marks: Vec<Option<M>> = self.names.iter().map(mark).collect();
        if marks.iter().all(Option::is_none) {
            return Vec::new();
        }
        // A path stands behind the one that it goes on from.
        let mut has = vec![false; self.steps.len()];
        let mut any = false;
        for (index, (parent, step)) in self.steps.iter().enumerate() {
            let parent = parent.0 as usize;
            let own = || match step {
                Step::Name(name) => marks[*name as usize].is_some_and(|mark| {
                    let before = match self.steps[parent].1 {
                        Step::Name(before) => Some(self.names.get(before)),
                        _ => None,
                    };
                    fits(mark, before)
                }),
                _ => false,
            };
            has[index] = has[parent] || own();
            any |= has[index];
        }
        if !any {
            return Vec::new();
        }
        let indices = (0u32..).zip(&self.entries);
        indices
            .filter(|(_, entry)| has[entry.path.0 as usize])
            .map(|(index, _)| index)
            .collect()
    }

    /// Which names are such ones, by their number in [`Definitions::up_ids`].
    pub(crate) fn marked(&self, is: impl Fn(&str) -> bool) -> Vec<bool> {
        self.names.iter().map(is).collect()
    }

    /// As [`Definitions::up`], by number; `None` for what is no known name.
    pub(crate) fn up_ids(&self, path: PathId) -> impl Iterator<Item = Option<u32>> {
        self.steps_up(path).map(|step| match step {
            Step::Name(name) => Some(name),
            Step::Dynamic | Step::Item | Step::Origin(_) => None,
        })
    }

    /// The first two names of every path that begins in the value of the file, without `config` before them, if the first is
    /// one that is wanted; the second is `None` where it is not known.
    pub(crate) fn tops(
        &self,
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&str, Option<&str>)> {
        let wanted = self.marked(wanted);
        let config = (0..)
            .zip(self.names.iter())
            .find_map(|(index, name)| (name == "config").then_some(Step::Name(index)));
        let is_top = move |id: PathId| {
            id == FILE || config.is_some_and(|it| self.steps[id.0 as usize] == (FILE, it))
        };
        self.steps.iter().filter_map(move |(parent, step)| {
            let Step::Name(last) = *step else { return None };
            if is_top(*parent) {
                return wanted[last as usize].then(|| (self.names.get(last), None));
            }
            let (above, Step::Name(first)) = self.steps[parent.0 as usize] else {
                return None;
            };
            let two = || (self.names.get(first), Some(self.names.get(last)));
            (wanted[first as usize] && is_top(above)).then(two)
        })
    }

    /// By path: whether it begins, outside of what is detached, with a name that is wanted, with `config` alone, or with
    /// something that is not known.
    pub(crate) fn beginning(&self, wanted: impl Fn(&str) -> bool) -> impl Fn(PathId) -> bool {
        #[derive(Clone, Copy, PartialEq)]
        enum Begins {
            Not,
            /// So far only with `config`.
            Top,
            Yes,
        }
        let marks: Vec<Begins> = self
            .names
            .iter()
            .map(|name| match name {
                "config" => Begins::Top,
                name if wanted(name) => Begins::Yes,
                _ => Begins::Not,
            })
            .collect();
        // A path stands behind the one that it goes on from.
        let mut all: Vec<Begins> = Vec::with_capacity(self.steps.len());
        for (parent, step) in &self.steps {
            let begins = match (step, all.get(parent.0 as usize)) {
                (Step::Origin(Origin::Detached), _) => Begins::Not,
                (Step::Origin(_), _) => Begins::Top,
                (Step::Name(name), Some(Begins::Top)) => marks[*name as usize],
                (_, Some(Begins::Top)) => Begins::Yes,
                (_, above) => above.copied().unwrap_or(Begins::Not),
            };
            all.push(begins);
        }
        move |path| all[path.0 as usize] != Begins::Not
    }

    /// How many names occur in paths.
    pub(crate) fn count_names(&self) -> usize {
        self.names.ends.len()
    }

    /// Whether a path is another one, or begins with it: not by its names, but as it stands in the text.
    #[must_use]
    pub fn is_below(&self, path: PathId, above: PathId) -> bool {
        let mut at = path;
        while at != above {
            match self.steps[at.0 as usize] {
                (_, Step::Origin(_)) => return false,
                (parent, _) => at = parent,
            }
        }
        true
    }

    /// Where a path begins.
    #[must_use]
    pub fn origin(&self, path: PathId) -> Origin {
        let mut at = path;
        loop {
            match self.steps[at.0 as usize] {
                (_, Step::Origin(origin)) => return origin,
                (parent, _) => at = parent,
            }
        }
    }

    /// The innermost segment.
    #[must_use]
    pub fn last(&self, path: PathId) -> Option<Segment<'_>> {
        self.up(path).next()
    }

    /// Whether the path is exactly these names, from its origin.
    #[must_use]
    pub fn is(&self, path: PathId, names: &[&str]) -> bool {
        let mut up = self.up(path);
        names
            .iter()
            .rev()
            .all(|name| up.next() == Some(Segment::Name(name)))
            && up.next().is_none()
    }

    /// Whether the path ends in these names.
    #[must_use]
    pub fn ends_with(&self, path: PathId, names: &[&str]) -> bool {
        let mut up = self.up(path);
        names
            .iter()
            .rev()
            .all(|name| up.next() == Some(Segment::Name(name)))
    }

    /// `a.b.<name>.*` as people write it.
    #[must_use]
    pub fn display(&self, path: PathId) -> String {
        self.segments(path)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(".")
    }

    /// The conditions that a definition stands under, innermost first.
    pub fn guards(&self, guard: GuardId) -> impl Iterator<Item = &Guard> {
        let mut at = guard;
        std::iter::from_fn(move || {
            let guard = self.guards.get((at.0 as usize).checked_sub(1)?)?;
            at = guard.parent;
            Some(guard)
        })
    }
}

/// The nodes of one definition, looked up when they are asked for: few are.
#[derive(Debug, Clone, Copy)]
pub struct SiteNodes<'a> {
    root: &'a SyntaxNode,
    /// What was looked up last. Its neighbours are asked for next, and most of the way to them is the same.
    last: &'a RefCell<Option<SyntaxNode>>,
    definition: &'a Definition,
}

impl SiteNodes<'_> {
    /// The `NODE_ATTRPATH`, or the inherited name.
    #[must_use]
    pub fn key(&self) -> SyntaxNode {
        self.at(self.definition.at)
    }

    /// The value, wrappers included; for an inherited name, the name.
    #[must_use]
    pub fn value(&self) -> SyntaxNode {
        self.at(self.definition.value_at)
    }

    /// The outermost node of a range: keys and values stand in bindings that hold more than them.
    fn at(&self, range: TextRange) -> SyntaxNode {
        // Where an empty range stands is a matter of where one comes from.
        let last = self.last.take().filter(|_| !range.is_empty());
        let around = last.and_then(|last| {
            let mut up = last.ancestors();
            up.find(|node| node.text_range().contains_range(range))
        });
        let node = match around.as_ref().unwrap_or(self.root).covering_element(range) {
            NodeOrToken::Node(node) => Some(node),
            NodeOrToken::Token(token) => token.parent(),
        };
        let above = node.iter().flat_map(SyntaxNode::ancestors);
        let found = above
            .take_while(|node| node.text_range() == range)
            .last()
            .unwrap_or_else(|| self.root.clone());
        self.last.replace(Some(found.clone()));
        found
    }
}

/// The definitions of one file together with their nodes: what extractors of other facts read.
#[derive(Debug, Clone, Default)]
pub struct Sites {
    /// The facts.
    pub definitions: Definitions,
    /// The root of the tree; none before the walk is over.
    root: Option<SyntaxNode>,
    last: RefCell<Option<SyntaxNode>>,
}

impl Sites {
    /// Each definition with its nodes.
    pub fn iter(&self) -> impl Iterator<Item = (&Definition, SiteNodes<'_>)> {
        self.definitions.entries.iter().filter_map(|definition| {
            let root = self.root.as_ref()?;
            let nodes = SiteNodes {
                root,
                last: &self.last,
                definition,
            };
            Some((definition, nodes))
        })
    }
}

/// What a call does to the path of one of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Nothing.
    Same,
    /// A list argument whose elements stand where the call stands: `mkMerge`.
    Elements,
    /// A lambda that is called for each name: `genAttrs`, `mapAttrs`.
    Names,
    /// Something that gives `{ name; value; }`: `listToAttrs`, `mapAttrs'`.
    Pairs,
}

#[derive(Debug, Clone, Copy)]
struct Context {
    path: PathId,
    guard: GuardId,
    kind: SyntaxKind,
    /// How many child nodes of this node were entered.
    entered: u8,
    /// In a list: do its elements stand where the list stands?
    elements: bool,
    /// In an application: the number of arguments up to here, the argument that is looked through, and how.
    arguments: u8,
    through: Option<(u8, Pass)>,
    /// In a binary operation: whether it joins sets or lists.
    joins: bool,
    /// In a list of modules.
    modules: bool,
    /// Where a set is a pair: its `value` stands under a computed name.
    pairs: bool,
}

impl Context {
    fn start(kind: SyntaxKind) -> Context {
        Context {
            path: FILE,
            guard: NO_GUARD,
            kind,
            entered: 0,
            elements: false,
            arguments: 0,
            through: None,
            joins: false,
            modules: false,
            pairs: false,
        }
    }
}

/// Collects the definitions of one file while its tree is walked.
#[derive(Debug, Default)]
pub struct Collect<'g> {
    sites: Sites,
    intern: FxHashMap<Cow<'g, str>, u32>,
    stack: Vec<Context>,
}

impl<'g> Collect<'g> {
    /// For a text of so many bytes: real ones have a definition in about a hundred.
    #[must_use]
    pub fn for_bytes(len: usize) -> Collect<'g> {
        let mut collect = Collect {
            intern: FxHashMap::with_capacity_and_hasher(len / 100, FxBuildHasher),
            stack: Vec::with_capacity(64),
            ..Collect::default()
        };
        let all = &mut collect.sites.definitions;
        all.entries.reserve(len / 100);
        all.steps.reserve(len / 90);
        all.names.text.reserve(len / 16);
        all.names.ends.reserve(len / 100);
        collect
    }

    /// Before the children of a node.
    pub fn enter(&mut self, walk: &mut Walk<'g>) {
        let kind = walk.kind();
        let context = match kind {
            // Nothing stands below these that has a path.
            SyntaxKind::NODE_ATTRPATH | SyntaxKind::NODE_STRING | SyntaxKind::NODE_SELECT => {
                self.leaf();
                Context {
                    path: DETACHED,
                    ..Context::start(kind)
                }
            }
            _ => self.context(walk, kind),
        };
        self.stack.push(context);
    }

    /// A node that has no child nodes.
    pub fn leaf(&mut self) {
        if let Some(parent) = self.stack.last_mut() {
            parent.entered = parent.entered.saturating_add(1);
        }
    }

    /// After the children of a node.
    pub fn leave(&mut self) {
        self.stack.pop();
    }

    /// After the walk.
    #[must_use]
    pub fn finish(self, root: &SyntaxNode) -> Sites {
        let mut sites = self.sites;
        sites.root = Some(root.clone());
        // They stay as long as the run; what grew too far is of use to the next file.
        sites.definitions.names.text.shrink_to_fit();
        sites.definitions.names.ends.shrink_to_fit();
        sites.definitions.steps.shrink_to_fit();
        sites.definitions.guards.shrink_to_fit();
        sites.definitions.entries.shrink_to_fit();
        sites
    }

    fn context(&mut self, walk: &mut Walk<'g>, kind: SyntaxKind) -> Context {
        let start = Context::start(kind);
        let Some(parent) = self.stack.last_mut() else {
            return start;
        };
        let nth = parent.entered;
        parent.entered = parent.entered.saturating_add(1);
        let parent = *parent;
        let same = Context {
            path: parent.path,
            guard: parent.guard,
            elements: parent.elements,
            modules: parent.modules,
            pairs: parent.pairs,
            ..start
        };
        let detached = Context {
            path: DETACHED,
            ..start
        };

        let mut context = match parent.kind {
            SyntaxKind::NODE_ROOT | SyntaxKind::NODE_PAREN => same,
            SyntaxKind::NODE_ATTR_SET => Context {
                elements: false,
                modules: false,
                ..same
            },
            // The value; the first child is the attribute path.
            SyntaxKind::NODE_ATTRPATH_VALUE => same,
            SyntaxKind::NODE_LAMBDA => match kind {
                SyntaxKind::NODE_PATTERN | SyntaxKind::NODE_IDENT_PARAM => detached,
                _ => same,
            },
            SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LEGACY_LET => match kind {
                SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT => detached,
                _ => same,
            },
            SyntaxKind::NODE_WITH | SyntaxKind::NODE_ASSERT if nth == 1 => same,
            SyntaxKind::NODE_IF_ELSE if nth > 0 => {
                let guard_kind = if nth == 1 {
                    GuardKind::Then
                } else {
                    GuardKind::Else
                };
                let condition = walk.parent().and_then(|whole| whole.nodes().next());
                Context {
                    guard: self.guard(guard_kind, condition.map(Green::range), parent.guard),
                    ..same
                }
            }
            SyntaxKind::NODE_BIN_OP if parent.joins => same,
            SyntaxKind::NODE_LIST if parent.modules => Context {
                path: MODULE,
                guard: NO_GUARD,
                modules: false,
                elements: false,
                ..same
            },
            SyntaxKind::NODE_LIST if parent.elements || parent.pairs => Context {
                elements: false,
                ..same
            },
            SyntaxKind::NODE_LIST => Context {
                path: self.step(parent.path, Step::Item),
                ..same
            },
            SyntaxKind::NODE_APPLY if nth == 0 && kind == SyntaxKind::NODE_APPLY => {
                // The function part of a call with several arguments: `(f a) b`.
                return Context {
                    arguments: parent.arguments.saturating_sub(1),
                    through: parent.through,
                    ..same
                };
            }
            SyntaxKind::NODE_APPLY if nth == 1 => match parent.through {
                Some((index, pass)) if index + 1 == parent.arguments => {
                    let path = if pass == Pass::Names {
                        self.step(parent.path, Step::Dynamic)
                    } else {
                        parent.path
                    };
                    let mut guard = parent.guard;
                    if let Some((guard_kind, condition)) = walk.parent().and_then(condition_of) {
                        guard = self.guard(guard_kind, Some(condition), guard);
                    }
                    Context {
                        path,
                        guard,
                        elements: pass == Pass::Elements || parent.elements,
                        pairs: pass == Pass::Pairs || (parent.pairs && pass != Pass::Names),
                        ..same
                    }
                }
                _ => detached,
            },
            _ => detached,
        };

        match kind {
            SyntaxKind::NODE_ATTRPATH_VALUE if parent.kind == SyntaxKind::NODE_ATTR_SET => {
                self.bind(walk, &mut context);
            }
            SyntaxKind::NODE_INHERIT if parent.kind == SyntaxKind::NODE_ATTR_SET => {
                if let Some(inherit) = ast::Inherit::cast(walk.node().clone()) {
                    self.inherit(&inherit, context);
                }
            }
            SyntaxKind::NODE_APPLY => {
                let (head, arguments) = walk.green().callee();
                context.arguments = u8::try_from(arguments).unwrap_or(u8::MAX);
                context.through = head
                    .last_name()
                    .and_then(|name| through(&name, context.pairs));
            }
            SyntaxKind::NODE_BIN_OP => {
                context.joins = walk.green().tokens().any(|token| {
                    matches!(
                        token.kind(),
                        SyntaxKind::TOKEN_UPDATE | SyntaxKind::TOKEN_CONCAT
                    )
                });
            }
            _ => {}
        }
        context
    }

    fn bind(&mut self, walk: &mut Walk<'g>, context: &mut Context) {
        let Some((attrpath, value)) = binding_parts(walk.green()) else {
            return;
        };
        context.modules = false;
        for attr in attrpath.nodes() {
            let name = attr.key();
            context.modules = matches!(
                name.as_deref(),
                Some("imports" | "modules" | "sharedModules" | "extraModules")
            );
            let step = match name {
                Some(name) => self.key(name, context),
                None => Step::Dynamic,
            };
            context.modules &= step != Step::Dynamic;
            context.pairs = false;
            context.path = self.step(context.path, step);
        }
        let unwrapped = Layers::of(value);
        let mut guard = context.guard;
        for condition in unwrapped.conditions {
            guard = self.guard(GuardKind::MkIf, Some(condition), guard);
        }
        self.sites.definitions.entries.push(Definition {
            path: context.path,
            at: attrpath.range(),
            value_at: value.range(),
            value: shape_of(unwrapped.value),
            guard,
            priority: unwrapped.priority,
            inherited: false,
        });
    }

    /// The step of one known name.
    fn key(&mut self, name: Cow<'g, str>, context: &mut Context) -> Step {
        if context.pairs {
            if name == "value" {
                return Step::Dynamic;
            }
            context.path = DETACHED;
        }
        Step::Name(self.name(name))
    }

    fn inherit(&mut self, inherit: &ast::Inherit, context: Context) {
        // Once, for there may be very many names behind it.
        let source = inherit
            .from()
            .and_then(|from| from.expr())
            .map(|source| shape(&source));
        for attr in inherit.attrs() {
            let Key::Static(name) = attrpath::key(&attr) else {
                continue;
            };
            let step = Step::Name(self.name(Cow::Owned(name.to_string())));
            let path = self.step(context.path, step);
            let value = match &source {
                None => Value::Name(name.clone()),
                Some(Value::Name(source)) => Value::Name(format!("{source}.{name}").into()),
                Some(_) => Value::Other,
            };
            self.sites.definitions.entries.push(Definition {
                path,
                at: attr.syntax().text_range(),
                value_at: attr.syntax().text_range(),
                value,
                guard: context.guard,
                priority: None,
                inherited: true,
            });
        }
    }

    fn name(&mut self, name: Cow<'g, str>) -> u32 {
        if let Some(id) = self.intern.get(&*name) {
            return *id;
        }
        let id = self.sites.definitions.names.push(&name);
        self.intern.insert(name, id);
        id
    }

    fn step(&mut self, parent: PathId, step: Step) -> PathId {
        let id = PathId(u32::try_from(self.sites.definitions.steps.len()).unwrap_or(u32::MAX));
        self.sites.definitions.steps.push((parent, step));
        id
    }

    fn guard(&mut self, kind: GuardKind, condition: Option<TextRange>, parent: GuardId) -> GuardId {
        let Some(at) = condition else {
            return parent;
        };
        self.sites
            .definitions
            .guards
            .push(Guard { kind, at, parent });
        GuardId(u32::try_from(self.sites.definitions.guards.len()).unwrap_or(u32::MAX))
    }
}

/// The argument of a known function that stands where the call stands.
fn through(name: &str, pairs: bool) -> Option<(u8, Pass)> {
    Some(match name {
        "map" | "imap0" | "imap1" | "concatMap" | "mapAttrsToList" if pairs => (0, Pass::Pairs),
        "nameValuePair" if pairs => (1, Pass::Names),
        "listToAttrs" | "mapAttrs'" => (0, Pass::Pairs),
        "mkDefault"
        | "mkForce"
        | "mkBefore"
        | "mkAfter"
        | "mkOptionDefault"
        | "mkVMOverride"
        | "mkImageMediaOverride" => (0, Pass::Same),
        "mkIf" | "mkOverride" | "mkOrder" | "optionalAttrs" | "optional" | "optionals" => {
            (1, Pass::Same)
        }
        "mkMerge" => (0, Pass::Elements),
        "genAttrs" => (1, Pass::Names),
        "mapAttrs" => (0, Pass::Names),
        _ => return None,
    })
}

/// The path and the value of a binding, in one pass over its children.
fn binding_parts(binding: Green<'_>) -> Option<(Green<'_>, Green<'_>)> {
    let (mut path, mut value) = (None, None);
    for child in binding.nodes() {
        if child.kind() == SyntaxKind::NODE_ATTRPATH {
            path = path.or(Some(child));
        } else {
            value = value.or(Some(child));
        }
    }
    path.zip(value)
}

/// The condition that a call puts on its last argument.
fn condition_of(call: Green<'_>) -> Option<(GuardKind, TextRange)> {
    let (head, arguments) = call.call();
    let kind = match &*head.last_name()? {
        "mkIf" => GuardKind::MkIf,
        "optionalAttrs" | "optional" | "optionals" => GuardKind::Optional,
        _ => return None,
    };
    match arguments.as_slice() {
        [condition, _] => Some((kind, condition.range())),
        _ => None,
    }
}

/// A value with its wrappers taken off: parentheses, `mkIf c`, `mkDefault`, `mkForce`, `mkOverride n`, `mkBefore`,
/// `mkAfter`, `mkOrder n`.
struct Layers<'g> {
    /// What is inside.
    value: Green<'g>,
    /// The priority given by the outermost wrapper that gives one.
    priority: Option<i64>,
    /// The conditions of `mkIf`, outermost first.
    conditions: Vec<TextRange>,
}

/// The value behind the outermost wrapper of a value; `None` when there is none. Parentheses are no wrapper.
#[must_use]
pub fn unwrap_once(value: &SyntaxNode) -> Option<SyntaxNode> {
    let (head, arguments) = Green::new(value).strip_parens().callee();
    let name = head.last_name()?;
    let wanted = match &*name {
        "mkForce"
        | "mkVMOverride"
        | "mkImageMediaOverride"
        | "mkDefault"
        | "mkOptionDefault"
        | "mkBefore"
        | "mkAfter" => 1,
        "mkOrder" | "mkOverride" | "mkIf" => 2,
        _ => return None,
    };
    if arguments != wanted {
        return None;
    }
    let mut call = value.clone();
    while call.kind() == SyntaxKind::NODE_PAREN {
        call = call.first_child()?;
    }
    call.last_child()
}

impl<'g> Layers<'g> {
    fn of(value: Green<'g>) -> Layers<'g> {
        let mut layers = Layers {
            value: value.strip_parens(),
            priority: None,
            conditions: Vec::new(),
        };
        while layers.value.kind() == SyntaxKind::NODE_APPLY {
            let (head, arguments) = layers.value.call();
            let Some(name) = head.last_name() else {
                break;
            };
            let priority = match (&*name, arguments.as_slice()) {
                ("mkForce", [_]) => Some(50),
                ("mkVMOverride", [_]) => Some(10),
                ("mkImageMediaOverride", [_]) => Some(60),
                ("mkDefault", [_]) => Some(1000),
                ("mkOptionDefault", [_]) => Some(1500),
                ("mkBefore" | "mkAfter", [_]) | ("mkOrder", [_, _]) => None,
                ("mkOverride", [n, _]) => match shape_of(*n) {
                    Value::Int(n) => Some(n),
                    _ => None,
                },
                ("mkIf", [condition, _]) => {
                    layers.conditions.push(condition.range());
                    None
                }
                _ => break,
            };
            layers.priority = layers.priority.or(priority);
            let Some(inner) = arguments.last() else {
                break;
            };
            layers.value = inner.strip_parens();
        }
        layers
    }
}

/// The value inside of all wrappers: parentheses, `mkIf c`, `mkDefault`, `mkForce`, `mkOverride n`, `mkBefore`,
/// `mkAfter`, `mkOrder n`.
#[must_use]
pub fn unwrap(value: ast::Expr) -> ast::Expr {
    let inside = Layers::of(Green::new(value.syntax())).value.range();
    syntax::callee::expr_at(value.syntax(), inside).unwrap_or(value)
}

/// Writes a name or a selection without default: `cfg.port`; `None` for anything else.
fn push_select(value: Green<'_>, text: &mut String) -> Option<()> {
    let it = value.strip_parens();
    match it.kind() {
        SyntaxKind::NODE_IDENT if !matches!(it.ident(), "true" | "false" | "null") => {
            text.push_str(it.ident());
        }
        SyntaxKind::NODE_SELECT if !it.has(SyntaxKind::TOKEN_OR) => {
            let mut nodes = it.nodes();
            let (base, path) = (nodes.next()?, nodes.next()?);
            push_select(base, text)?;
            for key in path.nodes() {
                text.push('.');
                match key.kind() {
                    SyntaxKind::NODE_IDENT if attrpath::is_identifier(key.ident()) => {
                        text.push_str(key.ident());
                    }
                    // Writing to a string does not fail.
                    _ => drop(write!(text, "{}", attrpath::key_of(key))),
                }
            }
        }
        _ => return None,
    }
    Some(())
}

/// What an expression is, as far as its text tells. The names `true`, `false`, `null` are believed.
#[must_use]
pub fn shape(value: &ast::Expr) -> Value {
    shape_of(Green::new(value.syntax()))
}

fn shape_of(value: Green<'_>) -> Value {
    let it = value.strip_parens();
    match it.kind() {
        SyntaxKind::NODE_IDENT => match it.ident() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            name => Value::Name(name.into()),
        },
        SyntaxKind::NODE_LITERAL => match it.tokens().next() {
            Some(token) => match token.kind() {
                SyntaxKind::TOKEN_INTEGER => token.text().parse().map_or(Value::Other, Value::Int),
                SyntaxKind::TOKEN_FLOAT => Value::Float(token.text().into()),
                SyntaxKind::TOKEN_URI => Value::Str(token.text().into()),
                _ => Value::Other,
            },
            None => Value::Other,
        },
        SyntaxKind::NODE_STRING => it
            .plain()
            .map_or(Value::Interpolated, |text| Value::Str(text.into())),
        SyntaxKind::NODE_PATH_REL
        | SyntaxKind::NODE_PATH_ABS
        | SyntaxKind::NODE_PATH_HOME
        | SyntaxKind::NODE_PATH_SEARCH => Value::Path(it.text().into()),
        SyntaxKind::NODE_SELECT if !it.has(SyntaxKind::TOKEN_OR) => {
            let mut text = String::with_capacity(it.range().len().into());
            let is_name = push_select(it, &mut text);
            is_name.map_or(Value::Other, |()| Value::Name(text.into()))
        }
        SyntaxKind::NODE_LIST => Value::List(u32::try_from(it.nodes().count()).unwrap_or(u32::MAX)),
        SyntaxKind::NODE_ATTR_SET => Value::Set,
        SyntaxKind::NODE_LAMBDA => Value::Lambda,
        SyntaxKind::NODE_APPLY => it
            .callee()
            .0
            .last_name()
            .map_or(Value::Other, |name| Value::Call(name.into())),
        _ => Value::Other,
    }
}

/// The facts of a file: the definitions, without the text of anything that is masked. `masks` are sorted.
#[must_use]
pub fn facts(sites: Sites, masks: &[TextRange]) -> Definitions {
    let Sites {
        mut definitions,
        root: Some(root),
        last,
    } = sites
    else {
        return sites.definitions;
    };
    if masks.is_empty() {
        return definitions;
    }
    let mut secret_names: Vec<Box<str>> = Vec::new();
    for definition in &mut definitions.entries {
        let nodes = |definition| SiteNodes {
            root: &root,
            last: &last,
            definition,
        };
        // A token may stand in a name: `url."https://x:…@host".insteadOf`.
        if crate::secrets::overlaps(masks, definition.at) {
            let path = ast::Attrpath::cast(nodes(definition).key());
            for (key, at) in path.iter().flat_map(attrpath::keys_at) {
                if let Key::Static(name) = key
                    && crate::secrets::overlaps(masks, at)
                {
                    secret_names.push(name);
                }
            }
        }
        if crate::secrets::overlaps(masks, definition.value_at) {
            let value = nodes(definition).value();
            definition.value = match std::mem::replace(&mut definition.value, Value::Other) {
                Value::Str(_) => Value::Masked,
                Value::Name(_) | Value::Path(_) => Value::Other,
                Value::Call(_) if overlaps_head(masks, &value) => Value::Other,
                other => other,
            };
        }
    }
    if !secret_names.is_empty() {
        let mut names = Names::default();
        for name in definitions.names.iter() {
            let secret = secret_names.iter().any(|secret| **secret == *name);
            names.push(if secret { "…" } else { name });
        }
        definitions.names = names;
    }
    definitions
}

/// Whether a mask covers a part of the function that a value calls: `x."…" y`.
fn overlaps_head(masks: &[TextRange], value: &SyntaxNode) -> bool {
    let (head, _) = Layers::of(Green::new(value)).value.callee();
    crate::secrets::overlaps(masks, head.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        let root = syntax::parse(text, syntax::parse::Limits::default())
            .root()
            .unwrap();
        let mut collect = Collect::default();
        let mut walk = Walk::new(&root);
        while let Some(step) = walk.step() {
            match step {
                syntax::Step::Enter => collect.enter(&mut walk),
                syntax::Step::Leaf => collect.leaf(),
                syntax::Step::Leave => collect.leave(),
            }
        }
        let sites = collect.finish(&root);
        let d = &sites.definitions;
        d.entries
            .iter()
            .map(|e| {
                format!(
                    "{:?} {} = {:?} guards {} priority {:?}",
                    d.origin(e.path),
                    d.display(e.path),
                    e.value,
                    d.guards(e.guard).count(),
                    e.priority
                )
            })
            .collect()
    }

    #[test]
    fn paths_go_through_wrappers() {
        assert_eq!(
            list(
                "{ lib, ... }: { a.b = lib.mkIf x (lib.mkMerge [ { c = lib.mkForce 1; } { d.\"e f\" = \"s\"; } ]); }"
            ),
            [
                "File a.b = Call(\"mkMerge\") guards 1 priority None",
                "File a.b.c = Int(1) guards 1 priority Some(50)",
                "File a.b.d.\"e f\" = Str(\"s\") guards 1 priority None",
            ]
        );
    }

    #[test]
    fn lists_names_and_modules() {
        assert_eq!(
            list(
                "{ x = [ { y = 1; } ]; imports = [ { z = 2; } ]; u = genAttrs l (n: { v = n; }); w = f { q = null; }; inherit (c.d) k; }"
            ),
            [
                "File x = List(1) guards 0 priority None",
                "File x.*.y = Int(1) guards 0 priority None",
                "File imports = List(1) guards 0 priority None",
                "Module z = Int(2) guards 0 priority None",
                "File u = Call(\"genAttrs\") guards 0 priority None",
                "File u.<name>.v = Name(\"n\") guards 0 priority None",
                "File w = Call(\"f\") guards 0 priority None",
                "Detached q = Null guards 0 priority None",
                "File k = Name(\"c.d.k\") guards 0 priority None",
            ]
        );
    }

    #[test]
    fn pairs_are_attributes() {
        assert_eq!(
            list(
                "{ a = listToAttrs (map (n: { name = n; value = { b = 1; }; }) l); c = lib.mapAttrs' (n: v: lib.nameValuePair n { d = 2; }) s; e = listToAttrs [ { name = \"f\"; value.g = 3; } ]; h = map (n: { value = 4; }) l; }"
            ),
            [
                "File a = Call(\"listToAttrs\") guards 0 priority None",
                "Detached name = Name(\"n\") guards 0 priority None",
                "File a.<name> = Set guards 0 priority None",
                "File a.<name>.b = Int(1) guards 0 priority None",
                "File c = Call(\"mapAttrs'\") guards 0 priority None",
                "File c.<name>.d = Int(2) guards 0 priority None",
                "File e = Call(\"listToAttrs\") guards 0 priority None",
                "Detached name = Str(\"f\") guards 0 priority None",
                "File e.<name>.g = Int(3) guards 0 priority None",
                "File h = Call(\"map\") guards 0 priority None",
                "Detached value = Int(4) guards 0 priority None",
            ]
        );
    }
}
