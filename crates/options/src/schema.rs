//! The tree of declared options: plain data that crosses threads and can be written down.

use std::ops::Range;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::ty::Ty;

/// Which configurations a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Class {
    /// NixOS.
    Nixos,
    /// home-manager.
    Home,
    /// nix-darwin.
    Darwin,
}

/// How far a schema can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    /// Only what the table of renames knows.
    Table,
    /// From some tree that is not the user's pin: for hints.
    Near,
    /// From `options.json`.
    Json,
    /// From the pinned source itself.
    Exact,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub(crate) u32);
        impl $name {
            pub(crate) fn new(index: usize) -> $name {
                $name(u32::try_from(index).expect("fewer than 2^32"))
            }
            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A name, by its number in one schema.
    Sym
    /// A node of one schema.
    NodeId
    /// A declaration of one schema.
    OptId
    /// A type of one schema.
    TyId
    /// A file that one schema was read from.
    FileId
    /// Why a node of one schema is open.
    ReasonId
}

/// What the modules of one tree declare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// For which configurations; none for modules of one's own.
    pub class: Option<Class>,
    /// How far it can be trusted.
    pub tier: Tier,
    pub(crate) nodes: Vec<Node>,
    /// The declarations of all nodes, one node after the other.
    pub(crate) declared: Vec<OptId>,
    /// What is below all nodes by name, one node after the other; of one node sorted by name.
    pub(crate) kids: Vec<(Sym, NodeId)>,
    pub(crate) opts: Vec<Opt>,
    pub(crate) tys: Vec<Ty>,
    pub(crate) syms: Names,
    pub(crate) files: Vec<Box<str>>,
    pub(crate) reasons: Vec<Reason>,
}

/// Texts by number, in one piece.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Names {
    text: String,
    ends: Vec<u32>,
}

impl Names {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn push(&mut self, name: &str) {
        self.text.push_str(name);
        let end = u32::try_from(self.text.len()).expect("fewer than 2^32");
        self.ends.push(end);
    }

    /// Whether the names, one after the other, are the text.
    fn is_whole(&self) -> bool {
        let mut from = 0;
        self.ends.iter().all(|end| {
            let fits = from <= *end && self.text.is_char_boundary(*end as usize);
            from = *end;
            fits
        }) && from as usize == self.text.len()
    }

    fn get(&self, index: usize) -> &str {
        let before = index.checked_sub(1).and_then(|it| self.ends.get(it));
        let from = before.map_or(0, |it| *it as usize);
        let to = self.ends.get(index).map_or(from, |it| *it as usize);
        self.text.get(from..to).unwrap_or_default()
    }
}

/// A place in the tree: the root, a group, an option, what is inside a submodule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The declarations of exactly this path, as a range of all.
    pub(crate) opts: Range<u32>,
    /// What is below by name, as a range of all.
    pub(crate) kids: Range<u32>,
    /// What is below any one name: the declaration's own name is computed.
    pub(crate) wild: Option<NodeId>,
    /// Why there may be more below than is known. A node without a reason is *closed*: its sources declare nothing
    /// else there.
    pub(crate) open: Option<ReasonId>,
}

/// One declaration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opt {
    /// The type of its values.
    pub ty: TyId,
    /// An option, or what became of it.
    pub kind: Kind,
    /// Where the values of a renamed option go: the path of the new option.
    pub(crate) to: Option<Box<[Sym]>>,
    /// What the module says of the removal or change.
    pub message: Option<Box<str>>,
    /// From which release a rename warns: `2211` for 22.11.
    pub since: Option<u32>,
    pub(crate) file: FileId,
    /// The byte range of the declared name in [`Decl::file`](crate::Decl::file); empty when the name stands elsewhere:
    /// made by a function of another file.
    pub at: Range<u32>,
    /// `readOnly = true`
    pub read_only: bool,
    /// `internal = true`
    pub internal: bool,
    /// `visible`
    pub visible: Visible,
    /// It has a `default`.
    pub has_default: bool,
    /// It has an `apply`.
    pub has_apply: bool,
}

/// Whether the manual shows an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Visible {
    /// Yes, and what is below.
    Yes,
    /// Without what is below.
    Shallow,
    /// No.
    No,
}

/// What a declaration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// An option.
    Option,
    /// `mkRenamedOptionModule`: the value goes to the new path, with a warning.
    Renamed,
    /// `mkAliasOptionModule`: the value goes to the new path, silently.
    Alias,
    /// `mkRemovedOptionModule`: a definition fails with the message.
    Removed,
    /// `mkChangedOptionModule`: the value is converted, with a warning.
    Changed,
    /// `mkMergedOptionModule`: several values are converted to one, with a warning.
    Merged,
}

impl Kind {
    /// Whether it stands for an option that was, in place of one that is.
    #[must_use]
    pub fn is_marker(self) -> bool {
        self != Kind::Option
    }
}

/// Why a node may have more below than is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reason {
    pub(crate) file: Option<FileId>,
    /// In a few words: `imports something computed`.
    pub why: Box<str>,
}

/// A segment of the path of a declaration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part<'s> {
    /// A name.
    Name(&'s str),
    /// Any name: `attrsOf`, or a declaration whose name is computed. Shown as `<name>`.
    Any,
    /// An element of a list. Shown as `*`.
    Item,
    /// What a function gives. Shown as `<function body>`.
    Body,
}

impl std::fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Part::Name(name) if syntax::attrpath::is_identifier(name) => f.write_str(name),
            Part::Name(name) => write!(f, "{name:?}"),
            Part::Any => f.write_str("<name>"),
            Part::Item => f.write_str("*"),
            Part::Body => f.write_str("<function body>"),
        }
    }
}

impl Schema {
    /// As bytes, to be kept by this version; `None` when it is too big for that.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        postcard::to_allocvec(self).ok()
    }

    /// What [`Schema::encode`] wrote; `None` for other bytes. Whatever the bytes are: what is given can be asked, and
    /// every question has an end.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Schema> {
        let schema: Schema = postcard::from_bytes(bytes).ok()?;
        schema.is_whole().then_some(schema)
    }

    /// Whether every number is one of something that is there, and no type is part of itself but through a submodule.
    fn is_whole(&self) -> bool {
        let count = |count: usize| move |index: usize| index < count;
        let [node, ty, name, opt, reason] = [
            self.nodes.len(),
            self.tys.len(),
            self.syms.len(),
            self.opts.len(),
            self.reasons.len(),
        ]
        .map(count);
        let file = count(self.files.len());
        let range = |it: &Range<u32>, count: usize| it.start <= it.end && it.end as usize <= count;
        let nodes = self.nodes.iter().all(|it| {
            range(&it.opts, self.declared.len())
                && range(&it.kids, self.kids.len())
                && it.wild.is_none_or(|it| node(it.index()))
                && it.open.is_none_or(|it| reason(it.index()))
        });
        let opts = self.opts.iter().all(|it| {
            let to = it.to.as_deref().unwrap_or_default();
            ty(it.ty.index())
                && file(it.file.index())
                && it.at.start <= it.at.end
                && to.iter().all(|it| name(it.index()))
        });
        // Parts are made before what they are parts of.
        let tys = self.tys.iter().enumerate().all(|(index, ty)| match ty {
            Ty::List(a, _) | Ty::Attrs(a) | Ty::Null(a) | Ty::Fun(a) | Ty::Checked(a) => {
                a.index() < index
            }
            Ty::Either(a, b) | Ty::Coerced(a, b) => a.index().max(b.index()) < index,
            Ty::Sub(it) | Ty::Tag(it) => node(it.index()),
            _ => true,
        });
        let kid = |(sym, id): &(Sym, NodeId)| name(sym.index()) && node(id.index());
        !self.nodes.is_empty()
            && self.syms.is_whole()
            && nodes
            && opts
            && tys
            && self.kids.iter().all(kid)
            && self.declared.iter().all(|it| opt(it.index()))
            && self
                .reasons
                .iter()
                .all(|it| it.file.is_none_or(|it| file(it.index())))
    }

    /// The root node.
    pub const ROOT: NodeId = NodeId(0);

    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub(crate) fn opts_of(&self, node: &Node) -> &[OptId] {
        let Range { start, end } = node.opts;
        self.declared
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    pub(crate) fn kids_of(&self, node: &Node) -> &[(Sym, NodeId)] {
        let Range { start, end } = node.kids;
        self.kids
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// A declaration.
    #[must_use]
    pub fn opt(&self, id: OptId) -> &Opt {
        &self.opts[id.index()]
    }

    /// A type.
    #[must_use]
    pub fn ty(&self, id: TyId) -> &Ty {
        &self.tys[id.index()]
    }

    /// The text of a name.
    #[must_use]
    pub fn name(&self, sym: Sym) -> &str {
        self.syms.get(sym.index())
    }

    /// A file, as the [`Sources`](crate::Sources) know it: `<home-manager>/modules/programs/git.nix`.
    #[must_use]
    pub fn file(&self, id: FileId) -> &str {
        &self.files[id.index()]
    }

    /// A reason with the file that it is about.
    #[must_use]
    pub fn reason(&self, id: ReasonId) -> (&str, Option<&str>) {
        let reason = &self.reasons[id.index()];
        (&reason.why, reason.file.map(|file| self.file(file)))
    }

    /// How many declarations there are, markers and those inside of submodules included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.opts.len()
    }

    /// Whether nothing is declared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.opts.is_empty()
    }

    /// Why the whole tree may have more than is known, if so: then no name is ever called unknown.
    #[must_use]
    pub fn root_open(&self) -> Option<(&str, Option<&str>)> {
        self.node(Schema::ROOT).open.map(|id| self.reason(id))
    }

    /// All declarations with their paths, in order of names, those inside of submodules after their option. A
    /// submodule that holds itself is not entered a second time.
    pub fn for_each<'s>(&'s self, mut see: impl FnMut(&[Part<'s>], &'s Opt)) {
        self.for_each_node(|path, node| {
            for opt in self.opts_of(node) {
                see(path, self.opt(*opt));
            }
        });
    }

    /// All places that may have more than is known, with the reasons, in the order of [`Schema::for_each`].
    pub fn for_each_open<'s>(&'s self, mut see: impl FnMut(&[Part<'s>], ReasonId)) {
        self.for_each_node(|path, node| {
            if let Some(reason) = node.open {
                see(path, reason);
            }
        });
    }

    fn for_each_node<'s>(&'s self, mut see: impl FnMut(&[Part<'s>], &'s Node)) {
        enum Task<'s> {
            Node(NodeId, Option<Part<'s>>),
            Ty(TyId, Option<Part<'s>>),
            Back(bool, Option<NodeId>),
        }
        let mut path: Vec<Part<'s>> = Vec::new();
        let mut inside: Vec<NodeId> = Vec::new();
        let mut tasks = vec![Task::Node(Schema::ROOT, None)];
        let mut steps = 0;
        while let Some(task) = tasks.pop() {
            // Submodules that hold each other twice make as many paths as one likes.
            steps += 1;
            if steps > STEPS {
                return;
            }
            let (ty, part) = match task {
                Task::Back(part, node) => {
                    if part {
                        path.pop();
                    }
                    if node.is_some() {
                        inside.pop();
                    }
                    continue;
                }
                Task::Node(id, part) => {
                    if inside.contains(&id) || inside.len() > 200 || path.len() > 60 {
                        continue;
                    }
                    inside.push(id);
                    tasks.push(Task::Back(part.is_some(), Some(id)));
                    path.extend(part);
                    let node = self.node(id);
                    see(&path, node);
                    tasks.extend(node.wild.map(|id| Task::Node(id, Some(Part::Any))));
                    for (sym, kid) in self.kids_of(node).iter().rev() {
                        tasks.push(Task::Node(*kid, Some(Part::Name(self.name(*sym)))));
                    }
                    for opt in self.opts_of(node).iter().rev() {
                        tasks.push(Task::Ty(self.opt(*opt).ty, None));
                    }
                    continue;
                }
                Task::Ty(ty, part) => (ty, part),
            };
            if path.len() > 60 {
                continue;
            }
            tasks.push(Task::Back(part.is_some(), None));
            path.extend(part);
            match self.ty(ty) {
                Ty::Sub(node) | Ty::Tag(node) => tasks.push(Task::Node(*node, None)),
                Ty::List(item, _) => tasks.push(Task::Ty(*item, Some(Part::Item))),
                Ty::Attrs(item) => tasks.push(Task::Ty(*item, Some(Part::Any))),
                Ty::Fun(to) => tasks.push(Task::Ty(*to, Some(Part::Body))),
                Ty::Null(inner) | Ty::Checked(inner) => tasks.push(Task::Ty(*inner, None)),
                Ty::Either(a, b) => tasks.extend([Task::Ty(*b, None), Task::Ty(*a, None)]),
                Ty::Coerced(_, to) => tasks.push(Task::Ty(*to, None)),
                _ => {}
            }
        }
    }
}

/// How many places [`Schema::for_each`] goes to.
const STEPS: u32 = 2_000_000;

/// Makes a [`Schema`], declaration by declaration.
#[derive(Debug)]
pub struct Builder {
    schema: Schema,
    syms: FxHashMap<Box<str>, Sym>,
    files: FxHashMap<Box<str>, FileId>,
    tys: FxHashMap<Ty, TyId>,
    reasons: FxHashMap<Reason, ReasonId>,
    /// The kids of every node while it grows.
    kids: Vec<FxHashMap<Sym, NodeId>>,
    /// The declarations of every node.
    opts: Vec<Vec<OptId>>,
}

impl Builder {
    /// A schema of a root without anything.
    #[must_use]
    pub fn new(class: Option<Class>, tier: Tier) -> Builder {
        let mut builder = Builder {
            schema: Schema {
                class,
                tier,
                nodes: Vec::new(),
                declared: Vec::new(),
                kids: Vec::new(),
                opts: Vec::new(),
                tys: Vec::new(),
                syms: Names::default(),
                files: Vec::new(),
                reasons: Vec::new(),
            },
            syms: FxHashMap::default(),
            files: FxHashMap::default(),
            tys: FxHashMap::default(),
            reasons: FxHashMap::default(),
            kids: Vec::new(),
            opts: Vec::new(),
        };
        builder.node();
        builder
    }

    /// A new node, of a submodule for example.
    pub fn node(&mut self) -> NodeId {
        self.schema.nodes.push(Node::default());
        self.kids.push(FxHashMap::default());
        self.opts.push(Vec::new());
        NodeId::new(self.schema.nodes.len() - 1)
    }

    /// The number of a name.
    pub fn sym(&mut self, name: &str) -> Sym {
        if let Some(sym) = self.syms.get(name) {
            return *sym;
        }
        let sym = Sym::new(self.schema.syms.len());
        self.schema.syms.push(name);
        self.syms.insert(name.into(), sym);
        sym
    }

    /// The number of a file.
    pub fn file(&mut self, name: &str) -> FileId {
        if let Some(file) = self.files.get(name) {
            return *file;
        }
        let file = FileId::new(self.schema.files.len());
        self.schema.files.push(name.into());
        self.files.insert(name.into(), file);
        file
    }

    /// The number of a type: equal types have one.
    pub fn ty(&mut self, ty: Ty) -> TyId {
        if let Some(id) = self.tys.get(&ty) {
            return *id;
        }
        let id = TyId::new(self.schema.tys.len());
        self.schema.tys.push(ty.clone());
        self.tys.insert(ty, id);
        id
    }

    /// The type of a number.
    #[must_use]
    pub fn type_at(&self, id: TyId) -> Ty {
        self.schema.tys[id.index()].clone()
    }

    /// What stands below `node` by a name.
    pub fn kid(&mut self, node: NodeId, name: &str) -> NodeId {
        let sym = self.sym(name);
        if let Some(kid) = self.kids[node.index()].get(&sym) {
            return *kid;
        }
        let kid = self.node();
        self.kids[node.index()].insert(sym, kid);
        kid
    }

    /// What stands below `node` by any name.
    pub fn wild(&mut self, node: NodeId) -> NodeId {
        if let Some(kid) = self.schema.nodes[node.index()].wild {
            return kid;
        }
        let kid = self.node();
        self.schema.nodes[node.index()].wild = Some(kid);
        kid
    }

    /// Says that there may be more below `node`. The first reason stays.
    pub fn open(&mut self, node: NodeId, why: &str, file: Option<FileId>) {
        if self.schema.nodes[node.index()].open.is_some() {
            return;
        }
        let reason = Reason {
            file,
            why: why.into(),
        };
        let next = ReasonId::new(self.schema.reasons.len());
        let id = *self.reasons.entry(reason.clone()).or_insert(next);
        if id == next {
            self.schema.reasons.push(reason);
        }
        self.schema.nodes[node.index()].open = Some(id);
    }

    /// An option of a type, with nothing else said.
    #[must_use]
    pub fn option(&self, ty: TyId, file: FileId) -> Opt {
        Opt {
            ty,
            kind: Kind::Option,
            to: None,
            message: None,
            since: None,
            file,
            at: 0..0,
            read_only: false,
            internal: false,
            visible: Visible::Yes,
            has_default: false,
            has_apply: false,
        }
    }

    /// Says where the values of a renamed option go.
    pub fn to<'a>(&mut self, opt: &mut Opt, path: impl IntoIterator<Item = &'a str>) {
        opt.to = Some(path.into_iter().map(|name| self.sym(name)).collect());
    }

    /// Adds a declaration of exactly the path of `node`.
    pub fn declare(&mut self, node: NodeId, opt: Opt) {
        let id = OptId::new(self.schema.opts.len());
        self.schema.opts.push(opt);
        self.opts[node.index()].push(id);
    }

    /// The schema.
    #[must_use]
    pub fn finish(self) -> Schema {
        let Builder {
            mut schema,
            kids,
            opts,
            ..
        } = self;
        let number = |length: usize| u32::try_from(length).expect("fewer than 2^32");
        for (node, (kids, mut opts)) in kids.into_iter().zip(opts).enumerate() {
            let mut kids: Vec<(Sym, NodeId)> = kids.into_iter().collect();
            kids.sort_unstable_by(|a, b| schema.name(a.0).cmp(schema.name(b.0)));
            // An option that is declared as well as renamed is an option.
            let is_marker = |id: &OptId| schema.opts[id.index()].kind.is_marker();
            if !opts.iter().all(is_marker) {
                opts.retain(|id| !is_marker(id));
            }
            let before = (number(schema.kids.len()), number(schema.declared.len()));
            schema.kids.extend(kids);
            schema.declared.extend(opts);
            let node = &mut schema.nodes[node];
            node.kids = before.0..number(schema.kids.len());
            node.opts = before.1..number(schema.declared.len());
        }
        schema
    }
}
