//! The tree of a file as plain data: what is left of it when its task is over, for questions that reach across files.
//!
//! Goal: a tree that crosses threads and lies in the cache, cheap to make in the one walk (one small record per node,
//! no text: names, operators and strings are read from the file's text when somebody asks), with parents and with
//! lexical look-up. Limits: tokens are not kept, so `rec`, `...` and operators are read from between the children;
//! nothing is evaluated here (see [`crate::eval`]).

mod packed;

use std::borrow::Cow;
use std::cell::RefCell;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use syntax::{Green, Step, SyntaxKind, SyntaxNode, TextRange, TextSize, Walk};

use crate::words;

/// One node: 20 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    kind: u16,
    start: u32,
    end: u32,
    parent: u32,
    /// The index after the last node below this one: nodes stand in the order of their starts.
    after: u32,
}

/// The tree of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    records: Vec<Record>,
    /// The nodes that somebody looks for in every file, see [`Outline::marked`].
    marks: Vec<u32>,
}

/// Written down as bytes, about four for each node, and the marks.
impl Serialize for Outline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (Packed(packed::write(&self.records)), &self.marks).serialize(serializer)
    }
}

struct Packed(Vec<u8>);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Outline, D::Error> {
        let (packed, marks) = <(&[u8], Vec<u32>)>::deserialize(deserializer)?;
        let records = packed::read(packed).ok_or_else(|| D::Error::custom("no outline"))?;
        if marks.iter().any(|mark| *mark as usize >= records.len()) {
            return Err(D::Error::custom("no node is there"));
        }
        Ok(Outline { records, marks })
    }
}

/// How many outlines a thread makes at a time, about, and the most records that it keeps room for in each.
const ROOMS: usize = 16;
const MOST_ROOM: usize = 1 << 16;

thread_local! {
    /// Where outlines were made.
    static ROOM: RefCell<Vec<Vec<Record>>> = RefCell::default();
}

/// Makes an outline while a tree is walked.
#[derive(Debug, Default)]
pub struct Collect {
    outline: Outline,
    open: Vec<u32>,
}

impl Collect {
    /// For a text of this many bytes.
    #[must_use]
    pub fn for_bytes(len: usize) -> Collect {
        let mut collect = Collect::default();
        // In the files of people a node stands on nine bytes.
        collect.outline.records = ROOM.with_borrow_mut(Vec::pop).unwrap_or_default();
        collect.outline.records.reserve(len / 8);
        collect.open.reserve(64);
        collect
    }

    /// Before the children of a node.
    pub fn enter(&mut self, node: Green<'_>) {
        let range = node.range();
        let index = u32::try_from(self.outline.records.len()).unwrap_or(u32::MAX);
        self.outline.records.push(Record {
            kind: node.kind() as u16,
            start: range.start().into(),
            end: range.end().into(),
            parent: self.open.last().copied().unwrap_or(0),
            after: index,
        });
        self.open.push(index);
        if matches!(
            node.kind(),
            SyntaxKind::NODE_LAMBDA
                | SyntaxKind::NODE_PATH_REL
                | SyntaxKind::NODE_PATH_ABS
                | SyntaxKind::NODE_PATH_HOME
                | SyntaxKind::NODE_PATH_SEARCH
        ) {
            self.outline.marks.push(index);
        }
    }

    /// A node that has no child nodes.
    pub fn leaf(&mut self, node: Green<'_>) {
        let range = node.range();
        let index = u32::try_from(self.outline.records.len()).unwrap_or(u32::MAX);
        self.outline.records.push(Record {
            kind: node.kind() as u16,
            start: range.start().into(),
            end: range.end().into(),
            parent: self.open.last().copied().unwrap_or(0),
            after: index.saturating_add(1),
        });
        if node.kind() == SyntaxKind::NODE_IDENT && words::is_asked(node.ident()) {
            self.outline.marks.push(index);
        }
    }

    /// After the children of a node.
    pub fn leave(&mut self) {
        if let Some(index) = self.open.pop() {
            let after = u32::try_from(self.outline.records.len()).unwrap_or(u32::MAX);
            self.outline.records[index as usize].after = after;
        }
    }

    /// After the walk.
    #[must_use]
    pub fn finish(mut self) -> Outline {
        // What stays as long as the run takes no more room than it needs; the room it was made in is used again.
        let kept = self.outline.records.as_slice().to_vec();
        let mut room = std::mem::replace(&mut self.outline.records, kept);
        room.clear();
        if room.capacity() <= MOST_ROOM {
            ROOM.with_borrow_mut(|rooms| {
                if rooms.len() < ROOMS {
                    rooms.push(room);
                }
            });
        }
        self.outline.marks.shrink_to_fit();
        self.outline
    }
}

impl Outline {
    /// The outline of a tree, in a walk of its own.
    #[must_use]
    pub fn of(root: &SyntaxNode) -> Outline {
        let mut collect = Collect::default();
        let mut walk = Walk::new(root);
        while let Some(step) = walk.step() {
            match step {
                Step::Enter => collect.enter(walk.green()),
                Step::Leaf => collect.leaf(walk.green()),
                Step::Leave => collect.leave(),
            }
        }
        collect.finish()
    }

    /// The expression that the file is. `text` is the text of the file that this outline was made of.
    #[must_use]
    pub fn root<'a>(&'a self, text: &'a str) -> Option<Node<'a>> {
        if self.records.is_empty() {
            return None;
        }
        Node {
            outline: self,
            text,
            index: 0,
        }
        .child(0)
    }

    /// Every node, in the order of the text.
    pub fn nodes<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Node<'a>> {
        (0..u32::try_from(self.records.len()).unwrap_or(u32::MAX)).map(move |index| Node {
            outline: self,
            text,
            index,
        })
    }

    /// The identifiers that are one of these words, keys included: where they stand.
    pub fn words<'a>(
        &'a self,
        text: &'a str,
        words: &'a [&str],
    ) -> impl Iterator<Item = TextRange> {
        debug_assert!(words.iter().all(|word| words::is_asked(word)));
        let fits = move |it: &Node<'a>| it.is(SyntaxKind::NODE_IDENT) && words.contains(&it.text());
        self.marked(text).filter(fits).map(Node::range)
    }

    /// The path literals, the lambdas and the identifiers that somebody asks for, in the order of the text.
    pub fn marked<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Node<'a>> {
        self.marks.iter().map(move |index| Node {
            outline: self,
            text,
            index: *index,
        })
    }

    /// The node of an index that [`Node::index`] gave.
    #[must_use]
    pub fn node<'a>(&'a self, text: &'a str, index: u32) -> Option<Node<'a>> {
        ((index as usize) < self.records.len()).then_some(Node {
            outline: self,
            text,
            index,
        })
    }

    /// The innermost node that covers a range.
    #[must_use]
    pub fn covering<'a>(&'a self, text: &'a str, range: TextRange) -> Option<Node<'a>> {
        let start = u32::from(range.start());
        // Nodes stand in the order of their starts, so the node or one above the last that begins in time it is.
        let after = self.records.partition_point(|it| it.start <= start);
        let last = self.node(text, u32::try_from(after.checked_sub(1)?).ok()?)?;
        std::iter::once(last)
            .chain(last.ancestors())
            .find(|node| node.range().contains_range(range))
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is no node at all: the file is not Nix, or was over the limits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// One node of an outline.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    outline: &'a Outline,
    text: &'a str,
    index: u32,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}@{:?}", self.kind(), self.range())
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.outline, other.outline) && self.index == other.index
    }
}

impl Eq for Node<'_> {}

/// The name of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key<'a> {
    /// Known from the text.
    Static(Cow<'a, str>),
    /// Computed by this expression.
    Dynamic(Node<'a>),
}

impl Key<'_> {
    /// The name, if the text tells it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Key::Static(name) => Some(name),
            Key::Dynamic(_) => None,
        }
    }
}

/// A part of a string or of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text, without its escapes.
    Text(Cow<'a, str>),
    /// `${…}`
    Expr(Node<'a>),
}

/// How a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// `./a`, `../a`, `a/b`
    Relative,
    /// `/a`
    Absolute,
    /// `~/a`
    Home,
    /// `<a>`
    Search,
}

/// The parameter of a lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param<'a> {
    /// `x: …`, with the identifier.
    Plain(Node<'a>),
    /// `{ a, b ? 1, ... }@x: …`
    Pattern(Node<'a>),
}

/// What an expression is. Parentheses are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape<'a> {
    /// A name.
    Ident(&'a str),
    /// An integer.
    Int(i64),
    /// A number with a point, or an integer too large.
    Number,
    /// A string; see [`Node::parts`].
    Str,
    /// `https://…` without quotes.
    Uri(&'a str),
    /// A path; see [`Node::parts`].
    Path(PathKind),
    /// `base.path or default`
    Select {
        /// What is selected from.
        base: Node<'a>,
        /// The attribute path; see [`Node::keys`].
        path: Node<'a>,
        /// Behind `or`.
        default: Option<Node<'a>>,
    },
    /// `base ? path`
    HasAttr {
        /// What is looked into.
        base: Node<'a>,
        /// The attribute path.
        path: Node<'a>,
    },
    /// `function argument`
    Apply {
        /// The function.
        function: Node<'a>,
        /// Its argument.
        argument: Node<'a>,
    },
    /// `param: body`
    Lambda {
        /// The parameter.
        param: Param<'a>,
        /// The body.
        body: Node<'a>,
    },
    /// `let … in body`; see [`Node::bindings`].
    Let {
        /// The body.
        body: Node<'a>,
    },
    /// `{ … }`, also `let { … }`; see [`Node::bindings`].
    Set {
        /// Whether the bindings see one another.
        rec: bool,
    },
    /// `[ … ]`; see [`Node::children`].
    List,
    /// `with set; body`
    With {
        /// The set.
        set: Node<'a>,
        /// The body.
        body: Node<'a>,
    },
    /// `assert condition; body`
    Assert {
        /// The condition.
        condition: Node<'a>,
        /// The body.
        body: Node<'a>,
    },
    /// `if condition then yes else no`
    If {
        /// The condition.
        condition: Node<'a>,
        /// Behind `then`.
        yes: Node<'a>,
        /// Behind `else`.
        no: Node<'a>,
    },
    /// `left op right`
    Binary {
        /// The operator.
        op: &'a str,
        /// Its left side.
        left: Node<'a>,
        /// Its right side.
        right: Node<'a>,
    },
    /// `-x`, `!x`
    Unary {
        /// The operator.
        op: &'a str,
        /// What it applies to.
        operand: Node<'a>,
    },
    /// Text that does not parse, `__curPos`, or a node that is no expression.
    Other,
}

/// One binding of a set or a `let`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding<'a> {
    /// `path = value;`
    Value {
        /// The attribute path; see [`Node::keys`].
        path: Node<'a>,
        /// The value.
        value: Node<'a>,
    },
    /// One name of `inherit a b;` or `inherit (from) a b;`
    Inherit {
        /// The expression in parentheses.
        from: Option<Node<'a>>,
        /// The name.
        name: Node<'a>,
    },
}

/// What a name refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition<'a> {
    /// `x: …`
    Param {
        /// The lambda.
        lambda: Node<'a>,
    },
    /// `{ x ? default }: …`
    Formal {
        /// The lambda.
        lambda: Node<'a>,
        /// The default.
        default: Option<Node<'a>>,
    },
    /// `{ … }@x: …`
    Whole {
        /// The lambda.
        lambda: Node<'a>,
    },
    /// `x = value;` in a `let` or a `rec` set.
    Value {
        /// The value.
        value: Node<'a>,
    },
    /// `x.y = …;` in a `let` or a `rec` set, perhaps several of them.
    Nested {
        /// The `let` or set.
        scope: Node<'a>,
    },
    /// `inherit x;` or `inherit (from) x;` in a `let` or a `rec` set.
    Inherit {
        /// The expression in parentheses.
        from: Option<Node<'a>>,
        /// The name.
        name: Node<'a>,
    },
    /// Bound by no scope: from one of these `with`s (the set expressions, innermost first), or global.
    Free {
        /// The sets of the `with`s around it.
        withs: Vec<Node<'a>>,
    },
}

const ATTR_SET: u16 = SyntaxKind::NODE_ATTR_SET as u16;
const LET_IN: u16 = SyntaxKind::NODE_LET_IN as u16;
const LEGACY_LET: u16 = SyntaxKind::NODE_LEGACY_LET as u16;
const LAMBDA: u16 = SyntaxKind::NODE_LAMBDA as u16;
const WITH: u16 = SyntaxKind::NODE_WITH as u16;
const INHERIT: u16 = SyntaxKind::NODE_INHERIT as u16;
const PAREN: u16 = SyntaxKind::NODE_PAREN as u16;

impl<'a> Node<'a> {
    fn record(self) -> Record {
        self.outline.records[self.index as usize]
    }

    fn at(self, index: u32) -> Node<'a> {
        Node { index, ..self }
    }

    /// Its index in the outline, stable as long as the text is.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }

    /// Whether it is of this kind.
    #[must_use]
    pub fn is(self, kind: SyntaxKind) -> bool {
        self.record().kind == kind as u16
    }

    /// Its kind; every number in an outline was made from a kind.
    #[must_use]
    pub fn kind(self) -> SyntaxKind {
        KIND_OF
            .get(usize::from(self.record().kind))
            .copied()
            .unwrap_or(SyntaxKind::NODE_ERROR)
    }

    /// Its bytes in the text, 0-based.
    #[must_use]
    pub fn range(self) -> TextRange {
        let record = self.record();
        TextRange::new(
            TextSize::from(record.start),
            TextSize::from(record.end.max(record.start)),
        )
    }

    /// Its text.
    #[must_use]
    pub fn text(self) -> &'a str {
        let record = self.record();
        self.text
            .get(record.start as usize..record.end as usize)
            .unwrap_or_default()
    }

    /// The node around it.
    #[must_use]
    pub fn parent(self) -> Option<Node<'a>> {
        (self.index != 0).then(|| self.at(self.record().parent))
    }

    /// The nodes around it, innermost first.
    pub fn ancestors(self) -> impl Iterator<Item = Node<'a>> {
        std::iter::successors(self.parent(), |node| node.parent())
    }

    /// Whether `other` is this node or stands below it.
    #[must_use]
    pub fn contains(self, other: Node<'_>) -> bool {
        self.index <= other.index && other.index < self.record().after.max(self.index + 1)
    }

    /// Its children, in order.
    pub fn children(self) -> impl Iterator<Item = Node<'a>> {
        let after = self.record().after;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            (next < after).then(|| {
                let child = self.at(next);
                next = child.record().after.max(next + 1);
                child
            })
        })
    }

    /// A child by its number, 0-based.
    #[must_use]
    pub fn child(self, nth: usize) -> Option<Node<'a>> {
        self.children().nth(nth)
    }

    /// Its last child. It may have very many: it is found from the end.
    #[must_use]
    pub fn last_child(self) -> Option<Node<'a>> {
        let after = self.record().after;
        let mut child = (after > self.index + 1).then(|| self.at(after - 1))?;
        while child.record().parent > self.index {
            child = child.parent()?;
        }
        Some(child)
    }

    /// Itself and everything below it, in the order of the text.
    pub fn descendants(self) -> impl Iterator<Item = Node<'a>> {
        (self.index..self.record().after.max(self.index + 1)).map(move |index| self.at(index))
    }

    /// Itself, or the expression behind its parentheses.
    #[must_use]
    pub fn bare(self) -> Node<'a> {
        let mut node = self;
        while node.record().kind == PAREN {
            match node.child(0) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// The expression behind parentheses, `let … in`, `with …;` and `assert …;`.
    #[must_use]
    pub fn body(self) -> Node<'a> {
        let mut node = self.bare();
        while let Shape::Let { body } | Shape::With { body, .. } | Shape::Assert { body, .. } =
            node.shape()
        {
            node = body.bare();
        }
        node
    }

    /// The words between its children, without comments.
    fn words(self) -> impl Iterator<Item = &'a str> {
        let record = self.record();
        let text = self.text;
        let mut from = record.start;
        let children = self.children().map(|child| {
            let child = child.record();
            (child.start, child.end)
        });
        let gaps = children.chain([(record.end, record.end)]);
        gaps.flat_map(move |(start, end)| {
            let gap = text.get(from as usize..start as usize);
            from = end;
            Words {
                rest: gap.unwrap_or_default(),
            }
        })
    }

    /// What the expression is.
    #[must_use]
    pub fn shape(self) -> Shape<'a> {
        let node = self.bare();
        let (first, second) = {
            let mut children = node.children();
            (children.next(), children.next())
        };
        let shape = match node.kind() {
            SyntaxKind::NODE_IDENT => Some(Shape::Ident(node.text())),
            SyntaxKind::NODE_LITERAL => Some(match node.text() {
                text if text.contains(':') => Shape::Uri(text),
                text => text.parse().map_or(Shape::Number, Shape::Int),
            }),
            SyntaxKind::NODE_STRING => Some(Shape::Str),
            SyntaxKind::NODE_PATH_REL => Some(Shape::Path(PathKind::Relative)),
            SyntaxKind::NODE_PATH_ABS => Some(Shape::Path(PathKind::Absolute)),
            SyntaxKind::NODE_PATH_HOME => Some(Shape::Path(PathKind::Home)),
            SyntaxKind::NODE_PATH_SEARCH => Some(Shape::Path(PathKind::Search)),
            SyntaxKind::NODE_SELECT => first.zip(second).map(|(base, path)| Shape::Select {
                base,
                path,
                default: node.child(2),
            }),
            SyntaxKind::NODE_HAS_ATTR => first
                .zip(second)
                .map(|(base, path)| Shape::HasAttr { base, path }),
            SyntaxKind::NODE_APPLY => first
                .zip(second)
                .map(|(function, argument)| Shape::Apply { function, argument }),
            SyntaxKind::NODE_LAMBDA => first.zip(second).and_then(|(param, body)| {
                let param = match param.kind() {
                    SyntaxKind::NODE_IDENT_PARAM => Param::Plain(param.child(0)?),
                    SyntaxKind::NODE_PATTERN => Param::Pattern(param),
                    _ => return None,
                };
                Some(Shape::Lambda { param, body })
            }),
            SyntaxKind::NODE_LET_IN => node
                .last_child()
                .filter(|last| {
                    !matches!(
                        last.kind(),
                        SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT
                    )
                })
                .map(|body| Shape::Let { body }),
            SyntaxKind::NODE_LEGACY_LET => Some(Shape::Set { rec: true }),
            SyntaxKind::NODE_ATTR_SET => Some(Shape::Set {
                rec: node.words().next() == Some("rec"),
            }),
            SyntaxKind::NODE_LIST => Some(Shape::List),
            SyntaxKind::NODE_WITH => first
                .zip(second)
                .map(|(set, body)| Shape::With { set, body }),
            SyntaxKind::NODE_ASSERT => first
                .zip(second)
                .map(|(condition, body)| Shape::Assert { condition, body }),
            SyntaxKind::NODE_IF_ELSE => match (first, second, node.child(2)) {
                (Some(condition), Some(yes), Some(no)) => Some(Shape::If { condition, yes, no }),
                _ => None,
            },
            SyntaxKind::NODE_BIN_OP => first.zip(second).and_then(|(left, right)| {
                Some(Shape::Binary {
                    op: node.words().next()?,
                    left,
                    right,
                })
            }),
            SyntaxKind::NODE_UNARY_OP => first.and_then(|operand| {
                Some(Shape::Unary {
                    op: node.words().next()?,
                    operand,
                })
            }),
            _ => None,
        };
        shape.unwrap_or(Shape::Other)
    }

    /// The range of the operator of a binary operation.
    #[must_use]
    pub fn operator_range(self) -> Option<TextRange> {
        let node = self.bare();
        let Shape::Binary { op, .. } = node.shape() else {
            return None;
        };
        let start = u32::try_from(op.as_ptr() as usize - self.text.as_ptr() as usize).ok()?;
        Some(TextRange::at(start.into(), TextSize::of(op)))
    }

    /// A call with all its arguments: `f a b` gives `f` and `[a, b]`; anything else gives itself. Of more than 64
    /// arguments the first ones stay with the function.
    #[must_use]
    pub fn call(self) -> (Node<'a>, Vec<Node<'a>>) {
        let mut head = self.bare();
        let mut arguments = Vec::new();
        while let Shape::Apply { function, argument } = head.shape() {
            arguments.push(argument.bare());
            head = function.bare();
            // Nobody writes more; a hostile text must not cost the square of its length.
            if arguments.len() == 64 {
                break;
            }
        }
        arguments.reverse();
        (head, arguments)
    }

    /// The last name of a function: `f` for `f`, `lib.f` and `a.b.f`.
    #[must_use]
    pub fn last_name(self) -> Option<Cow<'a, str>> {
        match self.shape() {
            Shape::Ident(name) => Some(Cow::Borrowed(name)),
            Shape::Select {
                path,
                default: None,
                ..
            } => match path.keys().pop()? {
                Key::Static(name) => Some(name),
                Key::Dynamic(_) => None,
            },
            _ => None,
        }
    }

    /// The segments of an attribute path.
    #[must_use]
    pub fn keys(self) -> Vec<Key<'a>> {
        self.children().map(Node::key).collect()
    }

    /// One attribute name: an identifier, a string or `${…}`.
    #[must_use]
    pub fn key(self) -> Key<'a> {
        match self.kind() {
            SyntaxKind::NODE_IDENT => Key::Static(Cow::Borrowed(self.text())),
            SyntaxKind::NODE_STRING => self.literal().map_or(Key::Dynamic(self), Key::Static),
            SyntaxKind::NODE_DYNAMIC => match self.child(0) {
                Some(inner) if inner.is(SyntaxKind::NODE_STRING) => inner.key(),
                Some(inner) => Key::Dynamic(inner),
                None => Key::Dynamic(self),
            },
            _ => Key::Dynamic(self),
        }
    }

    /// The text of a string or path without interpolation.
    #[must_use]
    pub fn literal(self) -> Option<Cow<'a, str>> {
        if let Shape::Uri(uri) = self.shape() {
            return Some(Cow::Borrowed(uri));
        }
        let mut parts = self.parts()?;
        match (parts.pop(), parts.is_empty()) {
            (None, _) => Some(Cow::Borrowed("")),
            (Some(Part::Text(text)), true) => Some(text),
            _ => None,
        }
    }

    /// The parts of a string or path; `None` for other expressions.
    #[must_use]
    pub fn parts(self) -> Option<Vec<Part<'a>>> {
        let node = self.bare();
        let (open, close) = match node.kind() {
            SyntaxKind::NODE_STRING if node.text().starts_with("''") => ("''", "''"),
            SyntaxKind::NODE_STRING => ("\"", "\""),
            SyntaxKind::NODE_PATH_SEARCH => ("<", ">"),
            SyntaxKind::NODE_PATH_REL | SyntaxKind::NODE_PATH_ABS | SyntaxKind::NODE_PATH_HOME => {
                ("", "")
            }
            _ => return None,
        };
        let record = node.record();
        let open_len = u32::try_from(open.len()).unwrap_or(0);
        let mut parts = Vec::new();
        let mut from = record.start + open_len;
        let mut push = |start: u32, end: u32| {
            let raw = self
                .text
                .get(start as usize..end.max(start) as usize)
                .unwrap_or_default();
            if !raw.is_empty() {
                parts_push(&mut parts, raw, open);
            }
            parts.len()
        };
        let mut exprs = Vec::new();
        for child in node
            .children()
            .filter(|child| child.is(SyntaxKind::NODE_INTERPOL))
        {
            let count = push(from, child.record().start);
            exprs.push((count, child.child(0)));
            from = child.record().end;
        }
        let end = if node.text().len() >= open.len() + close.len() && node.text().ends_with(close) {
            record.end - u32::try_from(close.len()).unwrap_or(0)
        } else {
            record.end
        };
        push(from, end);
        let mut whole = Vec::with_capacity(parts.len() + exprs.len());
        let mut exprs = exprs.into_iter().peekable();
        for (at, part) in parts.into_iter().enumerate() {
            while let Some((_, expr)) = exprs.next_if(|(count, _)| *count <= at) {
                whole.push(Part::Expr(expr.unwrap_or(node)));
            }
            whole.push(Part::Text(part));
        }
        whole.extend(exprs.map(|(_, expr)| Part::Expr(expr.unwrap_or(node))));
        if open == "''" {
            unindent(&mut whole);
        }
        Some(whole)
    }

    /// The bindings of a set or a `let`, in order.
    pub fn bindings(self) -> impl Iterator<Item = Binding<'a>> {
        self.bare().children().flat_map(|child| {
            let mut found = Vec::new();
            match child.kind() {
                SyntaxKind::NODE_ATTRPATH_VALUE => {
                    let mut parts = child.children();
                    if let (Some(path), Some(value)) = (parts.next(), parts.next()) {
                        found.push(Binding::Value { path, value });
                    }
                }
                SyntaxKind::NODE_INHERIT => {
                    let mut from = None;
                    for part in child.children() {
                        if part.is(SyntaxKind::NODE_INHERIT_FROM) {
                            from = part.child(0);
                        } else {
                            found.push(Binding::Inherit { from, name: part });
                        }
                    }
                }
                _ => {}
            }
            found
        })
    }

    /// The value of a set's attribute that is bound by exactly this name: `a = …` or `inherit (x) a` gives the binding.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<Binding<'a>> {
        self.bindings().find(|binding| match binding {
            Binding::Value { path, .. } => {
                let mut keys = path.children();
                keys.next()
                    .is_some_and(|key| key.key().name() == Some(name))
                    && keys.next().is_none()
            }
            Binding::Inherit { name: it, .. } => it.key().name() == Some(name),
        })
    }

    /// The formals of a pattern: name and default.
    pub fn formals(self) -> impl Iterator<Item = (Node<'a>, Option<Node<'a>>)> {
        self.children()
            .filter(|child| child.is(SyntaxKind::NODE_PAT_ENTRY))
            .filter_map(|entry| Some((entry.child(0)?, entry.child(1))))
    }

    /// The `x` of `{ … }@x`.
    #[must_use]
    pub fn at_name(self) -> Option<Node<'a>> {
        self.children()
            .find(|child| child.is(SyntaxKind::NODE_PAT_BIND))?
            .child(0)
    }

    /// Whether a pattern has `...`.
    #[must_use]
    pub fn has_ellipsis(self) -> bool {
        self.words().any(|word| word == "...")
    }

    /// What the name refers to, where this node stands. `self` is an identifier or a name of an `inherit`.
    #[must_use]
    pub fn definition(self) -> Definition<'a> {
        match self.key() {
            Key::Static(name) => self.definition_of(&name),
            Key::Dynamic(_) => Definition::Free { withs: Vec::new() },
        }
    }

    /// What a name would refer to, written where this node stands.
    #[must_use]
    pub fn definition_of(self, name: &str) -> Definition<'a> {
        let mut withs = Vec::new();
        let mut below = self;
        // `inherit x;` takes `x` from around the set it stands in.
        let mut skip = None;
        for node in self.ancestors() {
            match node.record().kind {
                INHERIT if below == self && !self.is(SyntaxKind::NODE_INHERIT_FROM) => {
                    skip = node.parent();
                }
                LAMBDA => {
                    if let Some(found) = node.bound_by_lambda(name) {
                        return found;
                    }
                }
                LET_IN | LEGACY_LET | ATTR_SET if skip != Some(node) => {
                    let scope = node.record().kind != ATTR_SET
                        || matches!(node.shape(), Shape::Set { rec: true });
                    if scope && let Some(found) = node.bound_by_set(name) {
                        return found;
                    }
                }
                WITH => {
                    if let Shape::With { set, body } = node.shape()
                        && body.contains(below)
                    {
                        withs.push(set);
                    }
                }
                _ => {}
            }
            below = node;
        }
        Definition::Free { withs }
    }

    fn bound_by_lambda(self, name: &str) -> Option<Definition<'a>> {
        let Shape::Lambda { param, .. } = self.shape() else {
            return None;
        };
        match param {
            Param::Plain(ident) => {
                (ident.text() == name).then_some(Definition::Param { lambda: self })
            }
            Param::Pattern(pattern) => {
                if pattern.at_name().is_some_and(|ident| ident.text() == name) {
                    return Some(Definition::Whole { lambda: self });
                }
                pattern
                    .formals()
                    .find(|(ident, _)| ident.text() == name)
                    .map(|(_, default)| Definition::Formal {
                        lambda: self,
                        default,
                    })
            }
        }
    }

    fn bound_by_set(self, name: &str) -> Option<Definition<'a>> {
        self.bindings().find_map(|binding| match binding {
            Binding::Value { path, value } => {
                let mut keys = path.children();
                let first = keys.next()?;
                (first.key().name() == Some(name)).then(|| match keys.next() {
                    None => Definition::Value { value },
                    Some(_) => Definition::Nested { scope: self },
                })
            }
            Binding::Inherit { from, name: it } => {
                (it.key().name() == Some(name)).then_some(Definition::Inherit { from, name: it })
            }
        })
    }
}

/// Takes the common indentation off an indented string; the first line break of it goes as well.
fn unindent(parts: &mut [Part<'_>]) {
    let mut least = usize::MAX;
    let mut at_line_start = true;
    for part in parts.iter() {
        match part {
            Part::Text(text) => {
                for (nth, line) in text.split('\n').enumerate() {
                    if nth > 0 {
                        at_line_start = true;
                    }
                    let indent = line.len() - line.trim_start_matches(' ').len();
                    if at_line_start && indent < line.len() {
                        least = least.min(indent);
                        at_line_start = false;
                    } else if at_line_start {
                        // Only spaces so far: an interpolation may follow.
                        continue;
                    }
                }
            }
            Part::Expr(_) => at_line_start = false,
        }
    }
    let least = if least == usize::MAX { 0 } else { least };
    let mut first = true;
    for part in parts.iter_mut() {
        if let Part::Text(text) = part {
            let mut fresh = String::with_capacity(text.len());
            for (nth, line) in text.split('\n').enumerate() {
                if nth > 0 {
                    fresh.push('\n');
                }
                let starts = nth > 0 || first;
                let indent = line.len() - line.trim_start_matches(' ').len();
                fresh.push_str(&line[if starts { indent.min(least) } else { 0 }..]);
            }
            if first && let Some(rest) = fresh.strip_prefix('\n') {
                fresh = rest.to_owned();
            }
            *text = Cow::Owned(fresh);
        }
        first = false;
    }
}

fn parts_push<'a>(parts: &mut Vec<Cow<'a, str>>, raw: &'a str, open: &str) {
    if open == "\"" && raw.contains(['\\', '$']) {
        let mut value = String::with_capacity(raw.len());
        let mut chars = raw.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n') => value.push('\n'),
                    Some('r') => value.push('\r'),
                    Some('t') => value.push('\t'),
                    Some(c) => value.push(c),
                    None => {}
                },
                c => value.push(c),
            }
        }
        parts.push(Cow::Owned(value));
    } else if open == "''" && (raw.contains("''") || raw.contains("$$")) {
        // `'''` is two quotes, `''$` a dollar, `''\n` a line break.
        parts.push(Cow::Owned(
            raw.replace("'''", "\u{0}")
                .replace("''$", "$")
                .replace("''\\n", "\n")
                .replace('\u{0}', "''"),
        ));
    } else {
        parts.push(Cow::Borrowed(raw));
    }
}

/// Splits the text between nodes into words and operators, without comments.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        const LONG: [&str; 11] = [
            "...", "//", "++", "==", "!=", "<=", ">=", "&&", "||", "->", "|>",
        ];
        loop {
            self.rest = self.rest.trim_start();
            let first = self.rest.chars().next()?;
            if first == '#' {
                self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
            } else {
                let len = LONG
                    .iter()
                    .find(|word| self.rest.starts_with(**word))
                    .map_or_else(
                        || {
                            let word = self.rest.find(|c: char| !c.is_ascii_alphanumeric());
                            word.unwrap_or(self.rest.len()).max(first.len_utf8())
                        },
                        |word| word.len(),
                    );
                let (word, rest) = self.rest.split_at(len);
                self.rest = rest;
                return Some(word);
            }
        }
    }
}

const KINDS: &[SyntaxKind] = &[
    SyntaxKind::NODE_IDENT,
    SyntaxKind::NODE_ATTRPATH,
    SyntaxKind::NODE_ATTRPATH_VALUE,
    SyntaxKind::NODE_STRING,
    SyntaxKind::NODE_ATTR_SET,
    SyntaxKind::NODE_SELECT,
    SyntaxKind::NODE_APPLY,
    SyntaxKind::NODE_LITERAL,
    SyntaxKind::NODE_LIST,
    SyntaxKind::NODE_INTERPOL,
    SyntaxKind::NODE_PAREN,
    SyntaxKind::NODE_LAMBDA,
    SyntaxKind::NODE_IDENT_PARAM,
    SyntaxKind::NODE_PATTERN,
    SyntaxKind::NODE_PAT_ENTRY,
    SyntaxKind::NODE_PAT_BIND,
    SyntaxKind::NODE_PATH_REL,
    SyntaxKind::NODE_PATH_ABS,
    SyntaxKind::NODE_PATH_HOME,
    SyntaxKind::NODE_PATH_SEARCH,
    SyntaxKind::NODE_BIN_OP,
    SyntaxKind::NODE_UNARY_OP,
    SyntaxKind::NODE_INHERIT,
    SyntaxKind::NODE_INHERIT_FROM,
    SyntaxKind::NODE_LET_IN,
    SyntaxKind::NODE_WITH,
    SyntaxKind::NODE_ASSERT,
    SyntaxKind::NODE_IF_ELSE,
    SyntaxKind::NODE_HAS_ATTR,
    SyntaxKind::NODE_DYNAMIC,
    SyntaxKind::NODE_LEGACY_LET,
    SyntaxKind::NODE_CUR_POS,
    SyntaxKind::NODE_ROOT,
    SyntaxKind::NODE_ERROR,
];

/// The kind of every number.
const KIND_OF: [SyntaxKind; 256] = {
    let mut kinds = [SyntaxKind::NODE_ERROR; 256];
    let mut at = 0;
    while at < KINDS.len() {
        kinds[KINDS[at] as usize] = KINDS[at];
        at += 1;
    }
    kinds
};

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Outline {
        let parsed = syntax::parse(text, syntax::parse::Limits::default());
        Outline::of(&parsed.root().unwrap())
    }

    /// The nodes of all identifiers of this name.
    fn idents<'a>(outline: &'a Outline, text: &'a str, name: &str) -> Vec<Node<'a>> {
        outline
            .nodes(text)
            .filter(|node| node.is(SyntaxKind::NODE_IDENT) && node.text() == name)
            .collect()
    }

    #[test]
    fn shapes_read_what_no_node_holds() {
        let text =
            "{ a, /* ... */ b ? 1, ... }@args: rec { x = (a.b or 2) // # no ++\n c; y = !d; }";
        let outline = outline(text);
        let Some(Shape::Lambda {
            param: Param::Pattern(pattern),
            body,
        }) = outline.root(text).map(Node::shape)
        else {
            panic!("a lambda");
        };
        assert!(pattern.has_ellipsis());
        assert_eq!(pattern.at_name().map(Node::text), Some("args"));
        assert_eq!(
            pattern
                .formals()
                .map(|(n, d)| (n.text(), d.map(Node::text)))
                .collect::<Vec<_>>(),
            [("a", None), ("b", Some("1"))]
        );
        assert_eq!(body.shape(), Shape::Set { rec: true });
        let Some(Binding::Value { value, .. }) = body.attribute("x") else {
            panic!("x")
        };
        let Shape::Binary { op, left, right } = value.shape() else {
            panic!("//")
        };
        assert_eq!((op, right.text()), ("//", "c"));
        assert!(matches!(
            left.shape(),
            Shape::Select {
                default: Some(_),
                ..
            }
        ));
        assert_eq!(value.operator_range().map(|at| &text[at]), Some("//"));
        let Some(Binding::Value { value, .. }) = body.attribute("y") else {
            panic!("y")
        };
        assert!(matches!(value.shape(), Shape::Unary { op: "!", .. }));
        assert!(
            !self::outline("{ a /* ... */ }: 1")
                .root("{ a /* ... */ }: 1")
                .unwrap()
                .child(0)
                .unwrap()
                .has_ellipsis()
        );
    }

    #[test]
    fn strings_and_paths_in_parts() {
        let text = r#"[ "a\n${b}c" ./x/${y}.nix ''${z} one'' <nixpkgs/lib> ''
          two
            three
        '' ]"#;
        let outline = outline(text);
        let list = outline.root(text).unwrap();
        let show = |node: Node<'_>| {
            node.parts()
                .unwrap()
                .iter()
                .map(|part| match part {
                    Part::Text(text) => text.to_string(),
                    Part::Expr(node) => format!("<{}>", node.text()),
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            list.children().map(show).collect::<Vec<_>>(),
            [
                vec!["a\n".to_owned(), "<b>".to_owned(), "c".to_owned()],
                vec!["./x/".to_owned(), "<y>".to_owned(), ".nix".to_owned()],
                vec!["<z>".to_owned(), " one".to_owned()],
                vec!["nixpkgs/lib".to_owned()],
                vec![
                    "  two\n    three\n"
                        .to_owned()
                        .replace("  two\n    ", "two\n  ")
                ],
            ]
        );
    }

    #[test]
    fn names_find_their_scope() {
        let text = "x: let y = x; inherit x; z.a = 1; in with p; rec { inherit y; q = y z w; }";
        let outline = outline(text);
        let of = |name: &str, nth: usize| idents(&outline, text, name)[nth].definition();
        // `y = x` sees the inherited name; the name in `inherit x` sees the parameter.
        assert!(matches!(of("x", 1), Definition::Inherit { from: None, .. }));
        assert!(matches!(of("x", 2), Definition::Param { .. }));
        assert!(matches!(of("y", 1), Definition::Value { .. }));
        assert!(matches!(of("y", 2), Definition::Inherit { .. }));
        assert!(matches!(of("z", 1), Definition::Nested { .. }));
        let Definition::Free { withs } = of("w", 0) else {
            panic!("free")
        };
        assert_eq!(
            withs.iter().map(|node| node.text()).collect::<Vec<_>>(),
            ["p"]
        );
    }
}
