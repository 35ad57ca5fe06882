//! A partial evaluator for the structure of a repository: which hosts there are, which modules they are made of.
//!
//! Goal: `nixosConfigurations = mapAttrs (name: host: mkHost name host) (import ./hosts.nix)` is followed as Nix would
//! follow it — through functions, files, `inherit`, `//`, loops over literals and a table of library functions — and
//! everything that is not text of this repository stays a value of its own: an input's attribute, a computed thing,
//! with the reason. Values are lazy. Limits: a budget of steps and of depth (then: [`Why::TooDeep`]); folders are read
//! from the path table; nothing of an input is ever read; strings lose their context.

mod frameworks;
mod library;
mod parts;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use syntax::TextRange;

use crate::imports::Target;
use crate::known::Why;
use crate::outline::{Binding, Definition, Key, Node, Param, Part, PathKind, Shape};
use crate::table::Presence;
use crate::{File, FileId, Repo, RepoPath, Span};

/// The file of nixpkgs that builds a system.
const EVAL_CONFIG: &str = "nixos/lib/eval-config.nix";
/// How deeply evaluations nest before they stop.
const DEPTH: u32 = 200;
/// How many steps the evaluation of one host may take.
const FUEL: u32 = 400_000;
/// How many steps all evaluations of one [`Eval`] may take.
const TOTAL: u32 = 4_000_000;

/// A value, as far as it is known.
#[derive(Clone, Debug)]
pub enum Value<'r> {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A string.
    Str(Rc<str>),
    /// A path, or a string that is a path.
    Path(Target),
    /// A list.
    List(Rc<List<'r>>),
    /// A set.
    Set(Rc<Set<'r>>),
    /// A function of this repository.
    Lambda(Closure<'r>),
    /// A known function with the arguments it has so far.
    Function(Function, Rc<Vec<Thunk<'r>>>, Span),
    /// An attribute of an input: `inputs.x.a.b`.
    Foreign(Rc<Foreign>),
    /// All inputs of a flake.
    Inputs(FileId),
    /// A flake itself: its folder and its outputs.
    Myself(FileId),
    /// `import nixpkgs { … }`, with its argument.
    Packages(Rc<Thunk<'r>>),
    /// A host that is not built yet: a call of `nixosSystem` and the like.
    Host(Rc<HostCall<'r>>),
    /// One of these; nobody knows which.
    Choice(Rc<Vec<Value<'r>>>),
    /// `import-tree`, with filters.
    Tree(Rc<frameworks::Tree<'r>>),
    /// Something that is found out later.
    Hole(Hole<'r>),
    /// Not known.
    Unknown(Why),
}

/// An attribute of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The name of the input.
    pub input: Box<str>,
    /// The attributes.
    pub path: Vec<Box<str>>,
}

impl Foreign {
    /// The last name.
    #[must_use]
    pub fn last(&self) -> &str {
        self.path.last().map_or(&self.input, |name| name)
    }
}

/// A call that builds a host.
#[derive(Clone, Debug)]
pub struct HostCall<'r> {
    /// What builds it.
    pub builder: Builder,
    /// From which input, if the call tells.
    pub input: Option<Box<str>>,
    /// The argument of the call.
    pub arguments: Thunk<'r>,
    /// The call.
    pub at: Span,
}

/// What builds a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builder {
    /// `nixosSystem`, `eval-config.nix`
    Nixos,
    /// `darwinSystem`
    Darwin,
    /// `homeManagerConfiguration`
    Home,
    /// `nixOnDroidConfiguration`
    Droid,
}

/// A function of this repository with its surroundings.
#[derive(Clone, Debug)]
pub struct Closure<'r> {
    /// Where it stands.
    pub file: FileId,
    /// The lambda.
    pub node: Node<'r>,
    env: Env<'r>,
}

/// A list, as far as it is known.
#[derive(Debug, Default)]
pub struct List<'r> {
    /// The elements that are known.
    pub items: Vec<Item<'r>>,
    /// Why there may be more.
    pub open: Vec<Why>,
}

/// An element of a list.
#[derive(Clone, Debug)]
pub struct Item<'r> {
    /// Its value.
    pub value: Thunk<'r>,
    /// Under which condition it is there.
    pub when: Option<When>,
}

/// A set, as far as it is known.
#[derive(Debug, Default)]
pub struct Set<'r> {
    /// The attributes that are known.
    pub entries: BTreeMap<Rc<str>, Entry<'r>>,
    /// Why there may be others.
    pub open: Vec<Why>,
    /// What it was updated from: attributes that are not in `entries` may come from here.
    pub rest: Vec<Value<'r>>,
    /// The literal it was made from.
    pub at: Option<Span>,
}

/// An attribute of a set.
#[derive(Clone, Debug)]
pub struct Entry<'r> {
    /// Its value.
    pub value: Thunk<'r>,
    /// Its name, as it stands in the text.
    pub at: Option<Span>,
    /// Under which condition it is there.
    pub when: Option<When>,
}

/// Why something may not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A condition that is not known.
    If(Span),
    /// It was found by reading a folder.
    Scanned(Span),
}

impl When {
    /// The place.
    #[must_use]
    pub fn at(self) -> Span {
        match self {
            When::If(at) | When::Scanned(at) => at,
        }
    }
}

/// A value that is not needed yet.
#[derive(Clone, Debug)]
pub enum Thunk<'r> {
    /// An expression with its surroundings.
    Lazy(FileId, Node<'r>, Env<'r>),
    /// A value.
    Done(Value<'r>),
    /// A call.
    Call(Rc<(Value<'r>, Vec<Thunk<'r>>)>),
    /// An attribute.
    Select(Rc<(Thunk<'r>, Box<str>)>),
    /// Two sets, merged as deeply as both are sets.
    Merge(Rc<(Thunk<'r>, Thunk<'r>)>),
}

/// A place for a value that is found out later: `config` of a module system, the `self` of a fixed point.
#[derive(Clone, Debug)]
pub struct Hole<'r> {
    cell: Rc<RefCell<Option<Value<'r>>>>,
    at: Span,
}

impl<'r> Hole<'r> {
    fn new(at: Span) -> Hole<'r> {
        Hole {
            cell: Rc::default(),
            at,
        }
    }

    fn fill(&self, value: Value<'r>) {
        *self.cell.borrow_mut() = Some(value);
    }
}

/// The arguments of the lambdas around an expression, innermost first.
#[derive(Clone, Debug, Default)]
pub struct Env<'r>(Option<Rc<Frame<'r>>>);

#[derive(Debug)]
struct Frame<'r> {
    lambda: Node<'r>,
    argument: Thunk<'r>,
    up: Env<'r>,
}

impl<'r> Env<'r> {
    /// Without the frames of lambdas that are not around `node`.
    fn around(&self, node: Node<'r>) -> Env<'r> {
        let mut env = self.clone();
        while let Some(frame) = &env.0 {
            if frame.lambda.contains(node) {
                break;
            }
            env = frame.up.clone();
        }
        env
    }

    fn argument(&self, lambda: Node<'r>) -> Option<Thunk<'r>> {
        let mut env = self;
        while let Some(frame) = &env.0 {
            if frame.lambda == lambda {
                return Some(frame.argument.clone());
            }
            env = &frame.up;
        }
        None
    }

    fn id(&self) -> usize {
        self.0
            .as_ref()
            .map_or(0, |frame| Rc::as_ptr(frame) as usize)
    }
}

macro_rules! functions {
    ($($variant:ident $arity:literal $($name:literal)|+,)*) => {
        /// A function that is known by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Function {
            $(#[doc = concat!("`", $($name, " ",)+ "`")] $variant,)*
        }

        impl Function {
            fn named(name: &str) -> Option<Function> {
                match name {
                    $($($name)|+ => Some(Function::$variant),)*
                    _ => None,
                }
            }

            fn arity(self) -> usize {
                match self { $(Function::$variant => $arity,)* }
            }
        }
    };
}

functions! {
    Map 2 "map",
    ForEach 2 "forEach",
    MapAttrs 2 "mapAttrs",
    MapAttrsPairs 2 "mapAttrs'",
    MapAttrsToList 2 "mapAttrsToList",
    GenAttrs 2 "genAttrs",
    ListToAttrs 1 "listToAttrs",
    NameValuePair 2 "nameValuePair",
    Filter 2 "filter",
    FilterAttrs 2 "filterAttrs",
    AttrNames 1 "attrNames",
    AttrValues 1 "attrValues",
    ConcatLists 1 "concatLists",
    ConcatMap 2 "concatMap",
    Flatten 1 "flatten",
    Fold 3 "foldl'" | "foldl",
    FoldRight 3 "foldr",
    RecursiveUpdate 2 "recursiveUpdate",
    MergeAttrs 2 "mergeAttrs",
    MergeAttrsList 1 "mergeAttrsList",
    Optional 2 "optional",
    Optionals 2 "optionals" | "optionalAttrs" | "mkIf",
    OptionalString 2 "optionalString",
    Merge 1 "mkMerge",
    Same 1 "mkForce" | "mkDefault" | "mkBefore" | "mkAfter" | "mkVMOverride" | "mkOptionDefault" | "mkImageMediaOverride" | "id" | "cleanSource" | "traceVal",
    Second 2 "mkOverride" | "mkOrder" | "trace" | "seq" | "deepSeq" | "warn" | "warnIf" | "throwIf" | "throwIfNot" | "setDefaultModuleLocation" | "addErrorContext",
    Const 2 "const",
    Flip 3 "flip",
    Pipe 2 "pipe",
    Singleton 1 "singleton",
    ToList 1 "toList",
    Import 1 "import",
    ImportApply 2 "importApply",
    ReadDir 1 "readDir",
    PathExists 1 "pathExists",
    ListFiles 1 "listFilesRecursive",
    ImportTree 1 "import-tree",
    ToString 1 "toString" | "unsafeDiscardStringContext",
    BaseNameOf 1 "baseNameOf",
    DirOf 1 "dirOf",
    RemoveSuffix 2 "removeSuffix",
    RemovePrefix 2 "removePrefix",
    HasSuffix 2 "hasSuffix",
    HasPrefix 2 "hasPrefix",
    ConcatStringsSep 2 "concatStringsSep",
    ConcatStrings 1 "concatStrings",
    PathAppend 2 "append",
    Head 1 "head",
    Length 1 "length",
    Elem 2 "elem",
    HasAttr 2 "hasAttr",
    GetAttr 2 "getAttr",
    AttrByPath 3 "attrByPath",
    RemoveAttrs 2 "removeAttrs",
    Nixos 1 "nixosSystem",
    Darwin 1 "darwinSystem",
    Home 1 "homeManagerConfiguration",
    Droid 1 "nixOnDroidConfiguration",
    EvalConfig 1 "eval-config",
    FlakeParts 2 "mkFlake",
    Packages 1 "import nixpkgs",
    EachSystem 2 "eachSystem",
    EachDefaultSystem 1 "eachDefaultSystem",
    WithSystem 2 "withSystem",
    Extend 1 "extend",
    MakeExtensible 1 "makeExtensible" | "fix",
    ExtendFixed 2 "extend a fixed point",
    ComposeMany 3 "composeManyExtensions",
    ComposeExtensions 4 "composeExtensions",
    ToFunction 1 "toFunction",
    TypeOf 1 "typeOf",
    IsFunction 1 "isFunction",
    IsAttrs 1 "isAttrs",
    IsString 1 "isString",
    IsList 1 "isList",
    IsPath 1 "isPath",
    FunctionArgs 1 "functionArgs",
    IntersectAttrs 2 "intersectAttrs",
    ZipAttrsWith 2 "zipAttrsWith",
    ZipAttrs 1 "zipAttrs",
    ConcatMapAttrs 2 "concatMapAttrs",
    AttrsToList 1 "attrsToList",
    CatAttrs 2 "catAttrs",
    SetAttrByPath 2 "setAttrByPath",
    GetAttrFromPath 2 "getAttrFromPath",
    MapAttrsRecursive 2 "mapAttrsRecursive",
    Collect 2 "collect",
    Unique 1 "unique" | "naturalSort" | "reverseList",
    SubtractLists 2 "subtractLists",
    Last 1 "last",
    Tail 1 "tail",
    ElemAt 2 "elemAt",
    Sort 2 "sort" | "sortOn",
    Concat 2 "concat",
    Any 2 "any",
    All 2 "all",
    Partition 2 "partition",
    Imap0 2 "imap0",
    Imap1 2 "imap1",
    SplitString 2 "splitString",
    ReplaceStrings 3 "replaceStrings" | "replaceString",
    HasInfix 2 "hasInfix",
    ToLower 1 "toLower",
    ConcatMapStringsSep 3 "concatMapStringsSep",
    StringLength 1 "stringLength",
    Substring 3 "substring",
    PathIsDirectory 1 "pathIsDirectory",
    PathIsFile 1 "pathIsRegularFile",
    ReadFileType 1 "readFileType" | "pathType",
    FilesetToList 1 "fileset.toList",
    FileFilter 2 "fileFilter",
    FilesetUnions 1 "unions",
    FilesetUnion 2 "union",
    FilesetDifference 2 "difference",
    CallPackageWith 3 "callPackageWith" | "callPackagesWith",
    TryEval 1 "tryEval",
    ReadFile 1 "readFile",
    FromJson 1 "fromJSON",
    FromToml 1 "fromTOML",
    ImportJson 1 "importJSON",
    ImportToml 1 "importTOML",
    EvalModules 1 "evalModules",
    MkOption 1 "mkOption",
    TypeSubmodule 1 "submodule" | "submoduleWith",
    TypeAttrs 1 "attrsOf" | "lazyAttrsOf",
    EachPassThrough 1 "eachDefaultSystemPassThrough",
    EachOfPassThrough 2 "eachSystemPassThrough",
    PkgsNixos 1 "pkgs.nixos",
    WithInputs 3 "with-inputs",
    TreeFilter 3 "import-tree.filter",
    SameText 2 "hasExt",
    SubmoduleValue 3 "a submodule",
    SnowfallLibFlake 2 "mkLib.mkFlake",
    Haumea 1 "haumea.load",
    Blueprint 1 "blueprint",
    SnowfallLib 1 "snowfall-lib.mkLib",
    SnowfallFlake 1 "snowfall-lib.mkFlake",
    Clan 1 "clan-core.lib.clan",
    NixosUnified 1 "nixos-unified.lib.mkFlake",
    Flakelight 2 "flakelight.lib.mkFlake",
    AdiosFlake 1 "adios-flake.lib.mkFlake",
    FlakeUtilsPlus 1 "flake-utils-plus.lib.mkFlake",
    Nilla 1 "nilla.create",
}

/// Evaluates expressions of one repository.
#[derive(Debug)]
pub struct Eval<'r> {
    repo: &'r Repo,
    fuel: Cell<u32>,
    total: Cell<u32>,
    depth: Cell<u32>,
    /// How often an empty hole was looked into.
    unfilled: Cell<u32>,
    memo: RefCell<FxHashMap<(FileId, u32, usize), Value<'r>>>,
    /// Keeps every environment that is a key of `memo` alive, so that no address is used twice.
    kept: RefCell<Vec<Env<'r>>>,
    outputs: RefCell<BTreeMap<FileId, Option<Value<'r>>>>,
    /// Files that a flake-parts module system took as modules.
    parts: RefCell<BTreeMap<FileId, Option<When>>>,
    loaders: RefCell<Vec<Why>>,
    /// Every hole, to be emptied at the end: what is in them may hold themselves.
    holes: RefCell<Vec<Hole<'r>>>,
    /// What the overlays of a package set define, by the address of its argument, which is kept.
    overlays: RefCell<FxHashMap<usize, Overlaid<'r>>>,
}

/// The argument of a package set, and what its overlays define.
type Overlaid<'r> = (Rc<Thunk<'r>>, Rc<Vec<Value<'r>>>);

impl Drop for Eval<'_> {
    fn drop(&mut self) {
        for hole in self.holes.borrow().iter() {
            hole.cell.borrow_mut().take();
        }
    }
}

impl<'r> Eval<'r> {
    /// Starts with a full budget.
    #[must_use]
    pub fn new(repo: &'r Repo) -> Eval<'r> {
        Eval {
            repo,
            fuel: Cell::new(FUEL),
            total: Cell::new(TOTAL),
            depth: Cell::new(0),
            unfilled: Cell::new(0),
            memo: RefCell::default(),
            kept: RefCell::default(),
            outputs: RefCell::default(),
            parts: RefCell::default(),
            loaders: RefCell::default(),
            holes: RefCell::default(),
            overlays: RefCell::default(),
        }
    }

    /// Gives a full budget again, for the next question.
    pub fn refuel(&self) {
        self.fuel.set(FUEL.min(self.total.get()));
    }

    /// The repository.
    #[must_use]
    pub fn repo(&self) -> &'r Repo {
        self.repo
    }

    /// The files that are flake-parts modules of a flake whose outputs were asked for.
    #[must_use]
    pub fn flake_parts_files(&self) -> BTreeMap<FileId, Option<When>> {
        self.parts.borrow().clone()
    }

    /// Frameworks and scanners of folders that were met.
    #[must_use]
    pub fn loaders(&self) -> Vec<Why> {
        self.loaders.borrow().clone()
    }

    /// The value of a file's expression.
    #[must_use]
    pub fn file(&self, file: &'r File) -> Value<'r> {
        if !file.facts.faults.is_empty() {
            return Value::Unknown(Why::Broken(file.id));
        }
        match file.facts.outline.root(file.text.contents()) {
            Some(root) => self.node(file.id, root, &Env::default()),
            None => Value::Unknown(Why::Broken(file.id)),
        }
    }

    /// The outputs of a flake, as a set.
    #[must_use]
    pub fn outputs(&self, flake: &'r File) -> Value<'r> {
        if let Some(value) = self.outputs.borrow().get(&flake.id) {
            return value.clone().unwrap_or(Value::Unknown(Why::TooDeep));
        }
        self.outputs.borrow_mut().insert(flake.id, None);
        let value = match self.file(flake) {
            Value::Set(set) => match set.entries.get("outputs") {
                Some(entry) => {
                    let outputs = self.force(&entry.value);
                    self.apply(
                        outputs,
                        Thunk::Done(Value::Inputs(flake.id)),
                        entry.at.unwrap_or(whole(flake)),
                    )
                }
                None => Value::Unknown(Why::Unsaid),
            },
            other => other,
        };
        self.outputs
            .borrow_mut()
            .insert(flake.id, Some(value.clone()));
        value
    }

    /// The value behind a thunk.
    #[must_use]
    pub fn force(&self, thunk: &Thunk<'r>) -> Value<'r> {
        match thunk {
            Thunk::Done(Value::Hole(hole)) => return self.filled(hole),
            Thunk::Done(value) => return value.clone(),
            _ => {}
        }
        if self.depth.get() >= DEPTH {
            return Value::Unknown(Why::TooDeep);
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.forced(thunk);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn forced(&self, thunk: &Thunk<'r>) -> Value<'r> {
        match thunk {
            Thunk::Lazy(file, node, env) => self.node(*file, *node, env),
            Thunk::Done(value) => value.clone(),
            Thunk::Call(call) => {
                let at = self.place(&call.1).unwrap_or(self.somewhere());
                call.1.iter().fold(call.0.clone(), |f, argument| {
                    self.apply(f, argument.clone(), at)
                })
            }
            Thunk::Select(it) => {
                let base = self.force(&it.0);
                self.select(&base, &it.1)
                    .unwrap_or(Value::Unknown(Why::Unsaid))
            }
            Thunk::Merge(it) => {
                let (left, right) = (self.force(&it.0), self.force(&it.1));
                self.merge(left, right)
            }
        }
    }

    /// What is in a hole by now.
    fn filled(&self, hole: &Hole<'r>) -> Value<'r> {
        match &*hole.cell.borrow() {
            Some(value) => value.clone(),
            None => {
                self.unfilled.set(self.unfilled.get() + 1);
                Value::Unknown(Why::Computed(hole.at))
            }
        }
    }

    fn place(&self, thunks: &[Thunk<'r>]) -> Option<Span> {
        thunks.iter().find_map(|thunk| self.at(thunk))
    }

    /// Where a thunk stands in the text.
    #[must_use]
    pub fn at(&self, thunk: &Thunk<'r>) -> Option<Span> {
        match thunk {
            Thunk::Lazy(file, node, _) => Some(Span {
                file: *file,
                range: node.range(),
            }),
            Thunk::Done(Value::Set(set)) => set.at,
            Thunk::Done(Value::Lambda(closure)) => Some(Span {
                file: closure.file,
                range: closure.node.range(),
            }),
            Thunk::Select(it) => self.at(&it.0),
            Thunk::Merge(it) => self.at(&it.0),
            Thunk::Call(it) => self.place(&it.1),
            Thunk::Done(_) => None,
        }
    }

    fn somewhere(&self) -> Span {
        Span {
            file: FileId(0),
            range: TextRange::default(),
        }
    }

    /// Takes one step; false when the budget is spent.
    fn step(&self) -> bool {
        let fuel = self.fuel.get();
        self.fuel.set(fuel.saturating_sub(1));
        self.total.set(self.total.get().saturating_sub(1));
        fuel > 0
    }

    /// The value of an expression.
    #[must_use]
    pub fn node(&self, file: FileId, node: Node<'r>, env: &Env<'r>) -> Value<'r> {
        if self.depth.get() >= DEPTH || !self.step() {
            return Value::Unknown(Why::TooDeep);
        }
        let node = node.bare();
        let shape = node.shape();
        let keep = matches!(
            shape,
            Shape::Apply { .. }
                | Shape::Select { .. }
                | Shape::Ident(_)
                | Shape::Set { .. }
                | Shape::Binary { .. }
        );
        let key = (file, node.index(), env.id());
        if keep && let Some(value) = self.memo.borrow().get(&key) {
            return value.clone();
        }
        self.depth.set(self.depth.get() + 1);
        let unfilled = self.unfilled.get();
        let value = self.shape(file, node, shape, env);
        self.depth.set(self.depth.get() - 1);
        // A value that was cut off by the depth, or by a hole, may be known when it is asked for again.
        if keep && unfilled == self.unfilled.get() && !matches!(value, Value::Unknown(Why::TooDeep))
        {
            self.kept.borrow_mut().push(env.clone());
            self.memo.borrow_mut().insert(key, value.clone());
        }
        value
    }

    fn shape(&self, file: FileId, node: Node<'r>, shape: Shape<'r>, env: &Env<'r>) -> Value<'r> {
        let at = Span {
            file,
            range: node.range(),
        };
        let lazy = |node| Thunk::Lazy(file, node, env.clone());
        match shape {
            Shape::Ident(name) => self.name(file, node, name, env),
            Shape::Int(n) => Value::Int(n),
            Shape::Number | Shape::Other => Value::Unknown(Why::Computed(at)),
            Shape::Uri(uri) => Value::Str(uri.into()),
            Shape::Str => self.string(file, node, env),
            Shape::Path(kind) => self.path(file, node, kind, env),
            Shape::Select {
                base,
                path,
                default,
            } => {
                let mut value = self.node(file, base, env);
                for key in path.keys() {
                    let name = match key {
                        Key::Static(name) => name.into_owned(),
                        Key::Dynamic(expr) => match self.node(file, expr, env) {
                            Value::Str(name) => name.to_string(),
                            Value::Unknown(why) => return Value::Unknown(why),
                            _ => return Value::Unknown(Why::Computed(at)),
                        },
                    };
                    match (self.select(&value, &name), default) {
                        // Not told anywhere: what is not known stands here.
                        (Some(Value::Unknown(Why::Unsaid)), _) => {
                            return Value::Unknown(Why::Computed(at));
                        }
                        (Some(next), _) => value = next,
                        (None, Some(default)) => return self.node(file, default, env),
                        (None, None) => return Value::Unknown(Why::Computed(at)),
                    }
                }
                value
            }
            Shape::HasAttr { base, path } => {
                let mut value = self.node(file, base, env);
                for key in path.keys() {
                    let name = match key {
                        Key::Static(name) => name.into_owned(),
                        Key::Dynamic(expr) => match self.node(file, expr, env) {
                            Value::Str(name) => name.to_string(),
                            _ => return Value::Unknown(Why::Computed(at)),
                        },
                    };
                    match self.select(&value, &name) {
                        Some(Value::Unknown(why)) => return Value::Unknown(why),
                        Some(Value::Foreign(_)) => return Value::Unknown(Why::Computed(at)),
                        Some(next) => value = next,
                        None => return Value::Bool(false),
                    }
                }
                Value::Bool(true)
            }
            Shape::Apply { function, argument } => {
                let function = self.node(file, function, env);
                self.apply(function, lazy(argument), at)
            }
            Shape::Lambda { .. } => Value::Lambda(Closure {
                file,
                node,
                env: env.around(node),
            }),
            Shape::Let { body } | Shape::With { body, .. } | Shape::Assert { body, .. } => {
                self.node(file, body, env)
            }
            Shape::Set { .. } => Value::Set(Rc::new(self.set(file, node, env))),
            Shape::List => Value::List(Rc::new(List {
                items: node
                    .children()
                    .map(|child| Item {
                        value: lazy(child),
                        when: None,
                    })
                    .collect(),
                open: Vec::new(),
            })),
            Shape::If { condition, yes, no } => match self.node(file, condition, env) {
                Value::Bool(true) => self.node(file, yes, env),
                Value::Bool(false) => self.node(file, no, env),
                _ => {
                    let when = When::If(Span {
                        file,
                        range: condition.range(),
                    });
                    let (yes, no) = (self.node(file, yes, env), self.node(file, no, env));
                    either(yes, no, when)
                }
            },
            Shape::Binary { op, left, right } => {
                let left = self.node(file, left, env);
                match (op, &left) {
                    ("&&", Value::Bool(false)) => return Value::Bool(false),
                    ("||", Value::Bool(true)) | ("->", Value::Bool(false)) => {
                        return Value::Bool(true);
                    }
                    _ => {}
                }
                let right = self.node(file, right, env);
                if let ("+", Value::Str(text)) = (op, &right)
                    && text.ends_with(EVAL_CONFIG)
                {
                    // Whatever nixpkgs it is.
                    return Value::Path(Target::Nixpkgs(EVAL_CONFIG.to_owned()));
                }
                self.binary(op, left, right, at)
            }
            Shape::Unary { op, operand } => match (op, self.node(file, operand, env)) {
                ("!", Value::Bool(it)) => Value::Bool(!it),
                ("-", Value::Int(it)) => Value::Int(it.saturating_neg()),
                (_, Value::Unknown(why)) => Value::Unknown(why),
                _ => Value::Unknown(Why::Computed(at)),
            },
        }
    }

    fn name(&self, file: FileId, node: Node<'r>, name: &str, env: &Env<'r>) -> Value<'r> {
        let at = Span {
            file,
            range: node.range(),
        };
        let computed = || Value::Unknown(Why::Computed(at));
        match node.definition() {
            Definition::Param { lambda } | Definition::Whole { lambda } => env
                .argument(lambda)
                .map_or_else(computed, |it| self.force(&it)),
            Definition::Formal { lambda, default } => {
                let Some(argument) = env.argument(lambda) else {
                    return computed();
                };
                let argument = self.force(&argument);
                match (self.select(&argument, name), default) {
                    (Some(Value::Unknown(Why::Unsaid)), _) => computed(),
                    (Some(value), _) => value,
                    (None, Some(default)) => self.node(file, default, &env.around(default)),
                    (None, None) => computed(),
                }
            }
            Definition::Value { value } => self.node(file, value, &env.around(value)),
            Definition::Nested { scope } => {
                let set = self.set(file, scope, &env.around(scope));
                set.entries
                    .get(name)
                    .map_or_else(computed, |entry| self.force(&entry.value))
            }
            Definition::Inherit {
                from: Some(from),
                name: it,
            } => {
                let base = self.node(file, from, &env.around(from));
                it.key()
                    .name()
                    .and_then(|name| self.select(&base, name))
                    .unwrap_or_else(computed)
            }
            Definition::Inherit {
                from: None,
                name: it,
            } if it != node => self.node(file, it, &env.around(it)),
            Definition::Inherit { .. } => computed(),
            Definition::Free { withs } => match name {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                "builtins" => foreign("nixpkgs", &["lib"]),
                _ => {
                    if let Some(function) = Function::named(name)
                        && matches!(
                            name,
                            "map" | "import" | "toString" | "removeAttrs" | "baseNameOf" | "dirOf"
                        )
                    {
                        return Value::Function(function, Rc::default(), at);
                    }
                    for set in withs {
                        let value = self.node(file, set, &env.around(set));
                        match &value {
                            // Everything that has a name here is believed to be in `lib`.
                            Value::Foreign(it)
                                if it.path.iter().any(|it| &**it == "lib")
                                    && Function::named(name).is_some() =>
                            {
                                return self.select(&value, name).unwrap_or_else(computed);
                            }
                            Value::Set(_) => {
                                if let Some(value) = self.select(&value, name)
                                    && !matches!(value, Value::Unknown(_))
                                {
                                    return value;
                                }
                            }
                            Value::Inputs(_) => {
                                return self.select(&value, name).unwrap_or_else(computed);
                            }
                            _ => {}
                        }
                    }
                    computed()
                }
            },
        }
    }

    /// An attribute of a value; `None` when it is surely not there.
    #[must_use]
    pub fn select(&self, value: &Value<'r>, name: &str) -> Option<Value<'r>> {
        match value {
            Value::Set(set) => {
                if let Some(entry) = set.entries.get(name) {
                    return Some(self.force(&entry.value));
                }
                for rest in &set.rest {
                    if let Some(value) = self.select(rest, name) {
                        return Some(value);
                    }
                }
                set.open.first().map(|why| Value::Unknown(why.clone()))
            }
            Value::Tree(tree) => Some(self.of_tree(tree, name, self.somewhere())),
            Value::Foreign(it) if &*it.input == "import-tree" => {
                let tree = self.as_tree(value)?;
                Some(self.of_tree(&tree, name, self.somewhere()))
            }
            Value::Foreign(it) => {
                let mut path = it.path.clone();
                path.push(name.into());
                let whole = Foreign {
                    input: it.input.clone(),
                    path,
                };
                Some(Value::Foreign(Rc::new(whole)))
            }
            Value::Inputs(flake) if name == "self" => Some(Value::Myself(*flake)),
            Value::Inputs(_) => Some(foreign(name, &[])),
            Value::Myself(flake) => match name {
                "inputs" => Some(Value::Inputs(*flake)),
                "outPath" => Some(Value::Myself(*flake)),
                "outputs" => Some(self.outputs(self.repo.file(*flake))),
                _ => {
                    let outputs = self.outputs(self.repo.file(*flake));
                    match self.select(&outputs, name) {
                        Some(value) => Some(value),
                        None => Some(Value::Unknown(Why::Unsaid)),
                    }
                }
            },
            Value::Choice(values) => {
                let mut found: Vec<Value<'r>> = Vec::new();
                for value in values.iter().filter_map(|it| self.select(it, name)) {
                    if !found.iter().any(|it| same_place(it, &value)) {
                        found.push(value);
                    }
                }
                match found.len() {
                    0 => None,
                    1 => found.pop(),
                    _ => Some(Value::Choice(Rc::new(found))),
                }
            }
            Value::Packages(of) => Some(
                self.overlaid(of, name)
                    .unwrap_or_else(|| foreign("nixpkgs", &["legacyPackages", name])),
            ),
            Value::Unknown(why) => Some(Value::Unknown(why.clone())),
            Value::Hole(hole) => {
                let value = self.filled(hole);
                self.select(&value, name)
            }
            // `host._module.args.modules`: what it was built from.
            Value::Host(host) if name == "_module" => {
                let arguments = self.force(&host.arguments);
                let modules = self.select(&arguments, "modules")?;
                let set = |name: &str, value| {
                    let mut set = Set {
                        open: vec![Why::Computed(host.at)],
                        ..Set::default()
                    };
                    set.entries.insert(name.into(), library::entry(value));
                    Value::Set(Rc::new(set))
                };
                Some(set("args", set("modules", modules)))
            }
            Value::Host(host) => Some(Value::Unknown(Why::Computed(host.at))),
            _ => None,
        }
    }

    /// A package that an overlay of this repository defines: `(import nixpkgs { overlays = [ … ]; }).mine`.
    fn overlaid(&self, of: &Rc<Thunk<'r>>, name: &str) -> Option<Value<'r>> {
        let key = Rc::as_ptr(of) as usize;
        let known = self.overlays.borrow().get(&key).map(|it| it.1.clone());
        let made = match known {
            Some(made) => made,
            None => {
                // While they are made, there are none.
                let kept = (of.clone(), Rc::default());
                self.overlays.borrow_mut().insert(key, kept);
                let given = self.force(of);
                let mut made = Vec::new();
                if let Some(Value::List(list)) = self.select(&given, "overlays") {
                    let last = Thunk::Done(Value::Packages(of.clone()));
                    let before = Thunk::Done(foreign("nixpkgs", &["legacyPackages"]));
                    for item in &list.items {
                        let overlay = self.force(&item.value);
                        if let Value::Lambda(_) = overlay {
                            let at = self.somewhere();
                            let half = self.apply(overlay, last.clone(), at);
                            made.push(self.apply(half, before.clone(), at));
                        }
                    }
                }
                let made = Rc::new(made);
                let kept = (of.clone(), made.clone());
                self.overlays.borrow_mut().insert(key, kept);
                made
            }
        };
        made.iter().rev().find_map(|it| match it {
            Value::Set(set) => Some(self.force(&set.entries.get(name)?.value)),
            _ => None,
        })
    }

    fn string(&self, file: FileId, node: Node<'r>, env: &Env<'r>) -> Value<'r> {
        let mut text = String::new();
        let mut path: Option<Target> = None;
        let mut first = true;
        let parts = node.parts().unwrap_or_default();
        if let [Part::Expr(_), Part::Text(rest)] = parts.as_slice()
            && rest.ends_with(EVAL_CONFIG)
        {
            return Value::Path(Target::Nixpkgs(EVAL_CONFIG.to_owned()));
        }
        for part in parts {
            match part {
                Part::Text(it) => text.push_str(&it),
                Part::Expr(expr) => match self.node(file, expr, env) {
                    Value::Str(it) => text.push_str(&it),
                    Value::Int(it) => text.push_str(&it.to_string()),
                    Value::Unknown(why) => return Value::Unknown(why),
                    other => match self.as_path(&other) {
                        Some(it) if first => path = Some(it),
                        _ => {
                            return Value::Unknown(Why::Computed(Span {
                                file,
                                range: node.range(),
                            }));
                        }
                    },
                },
            }
            first = false;
        }
        match path {
            Some(path) => Value::Path(path.append(&text)),
            None => Value::Str(text.into()),
        }
    }

    /// A value that names a place on the disk.
    fn as_path(&self, value: &Value<'r>) -> Option<Target> {
        match value {
            Value::Path(target) => Some(target.clone()),
            Value::Myself(flake) => Some(Target::Repo(self.repo.file(*flake).path.parent())),
            Value::Foreign(it)
                if it.path.is_empty() || &*it.path[it.path.len() - 1] == "outPath" =>
            {
                Some(Target::Input {
                    name: it.input.clone(),
                    rest: Vec::new(),
                })
            }
            // `pkgs.path`, `nixpkgs.outPath`
            Value::Foreign(it) if it.last() == "path" => Some(Target::Nixpkgs(String::new())),
            Value::Str(text) if text.starts_with('/') => Some(Target::Absolute(text.to_string())),
            // `self // { … }`, an input with more in it.
            Value::Set(set) if !set.rest.is_empty() => match set.entries.get("outPath") {
                Some(it) => self.as_path(&self.force(&it.value)),
                None => set.rest.iter().find_map(|it| match it {
                    Value::Foreign(_) | Value::Myself(_) | Value::Choice(_) => self.as_path(it),
                    _ => None,
                }),
            },
            Value::Choice(values) => {
                let mut places = values.iter().map(|it| self.as_path(it));
                let first = places.next()??;
                places
                    .all(|it| it.as_ref() == Some(&first))
                    .then_some(first)
            }
            _ => None,
        }
    }

    fn path(&self, file: FileId, node: Node<'r>, kind: PathKind, env: &Env<'r>) -> Value<'r> {
        let mut text = String::new();
        for part in node.parts().unwrap_or_default() {
            match part {
                Part::Text(it) => text.push_str(&it),
                Part::Expr(expr) => match self.node(file, expr, env) {
                    Value::Str(it) => text.push_str(&it),
                    Value::Int(it) => text.push_str(&it.to_string()),
                    _ => {
                        return Value::Unknown(Why::Computed(Span {
                            file,
                            range: node.range(),
                        }));
                    }
                },
            }
        }
        Value::Path(match kind {
            PathKind::Relative => Target::relative(&self.repo.file(file).path.parent(), &text),
            PathKind::Absolute => Target::Absolute(text),
            PathKind::Home => Target::Home(text),
            PathKind::Search => Target::Search(text),
        })
    }

    fn set(&self, file: FileId, node: Node<'r>, env: &Env<'r>) -> Set<'r> {
        let mut set = Set {
            at: Some(Span {
                file,
                range: node.bare().range(),
            }),
            ..Set::default()
        };
        for binding in node.bindings() {
            match binding {
                Binding::Value { path, value } => {
                    let mut names = Vec::new();
                    let mut computed = None;
                    for key in path.keys() {
                        match key {
                            Key::Static(name) => names.push(Rc::from(name.as_ref())),
                            Key::Dynamic(expr) => match self.node(file, expr, env) {
                                Value::Str(name) => names.push(name),
                                // `${null}` binds nothing.
                                Value::Null => computed = Some(None),
                                _ => {
                                    computed = Some(Some(Why::Computed(Span {
                                        file,
                                        range: expr.range(),
                                    })))
                                }
                            },
                        }
                        if computed.is_some() {
                            break;
                        }
                    }
                    let at = Span {
                        file,
                        range: path.range(),
                    };
                    match computed {
                        Some(Some(why)) if names.is_empty() => set.open.push(why),
                        Some(Some(why)) => {
                            let unknown = Set {
                                open: vec![why],
                                ..Set::default()
                            };
                            put(
                                &mut set,
                                &names,
                                Thunk::Done(Value::Set(Rc::new(unknown))),
                                at,
                            );
                        }
                        Some(None) => {}
                        None => put(&mut set, &names, Thunk::Lazy(file, value, env.clone()), at),
                    }
                }
                Binding::Inherit { from, name } => {
                    let Some(text) = name.key().name().map(str::to_owned) else {
                        continue;
                    };
                    let value = match from {
                        Some(from) => Thunk::Select(Rc::new((
                            Thunk::Lazy(file, from, env.clone()),
                            text.as_str().into(),
                        ))),
                        None => Thunk::Lazy(file, name, env.clone()),
                    };
                    let at = Span {
                        file,
                        range: name.range(),
                    };
                    put(&mut set, &[text.as_str().into()], value, at);
                }
            }
        }
        set
    }

    fn binary(&self, op: &str, left: Value<'r>, right: Value<'r>, at: Span) -> Value<'r> {
        match op {
            "//" => update(left, right, at),
            "++" => concat(left, right, at),
            "+" => {
                if let Some(path) = self.as_path(&left) {
                    return match right {
                        Value::Str(text) => Value::Path(path.append(&text)),
                        Value::Unknown(why) => Value::Unknown(why),
                        Value::Path(Target::Absolute(text)) => Value::Path(path.append(&text)),
                        _ => Value::Unknown(Why::Computed(at)),
                    };
                }
                match (left, right) {
                    (Value::Str(a), Value::Str(b)) => Value::Str(format!("{a}{b}").into()),
                    (Value::Int(a), Value::Int(b)) => Value::Int(a.saturating_add(b)),
                    (Value::Unknown(why), _) | (_, Value::Unknown(why)) => Value::Unknown(why),
                    _ => Value::Unknown(Why::Computed(at)),
                }
            }
            "==" | "!=" => match same(&left, &right) {
                Some(it) => Value::Bool(it == (op == "==")),
                None => Value::Unknown(Why::Computed(at)),
            },
            "&&" | "||" => match (left, right) {
                (Value::Bool(_), Value::Bool(it)) => Value::Bool(it),
                (_, Value::Bool(false)) if op == "&&" => Value::Bool(false),
                (_, Value::Bool(true)) if op == "||" => Value::Bool(true),
                _ => Value::Unknown(Why::Computed(at)),
            },
            "|>" => self.apply(right, Thunk::Done(left), at),
            "<|" => self.apply(left, Thunk::Done(right), at),
            "->" => match right {
                Value::Bool(it) => Value::Bool(it),
                _ => Value::Unknown(Why::Computed(at)),
            },
            _ => Value::Unknown(Why::Computed(at)),
        }
    }

    /// The value of a call.
    #[must_use]
    pub fn apply(&self, function: Value<'r>, argument: Thunk<'r>, at: Span) -> Value<'r> {
        if self.depth.get() >= DEPTH || !self.step() {
            return Value::Unknown(Why::TooDeep);
        }
        match function {
            Value::Lambda(closure) => {
                let Shape::Lambda { body, .. } = closure.node.shape() else {
                    return Value::Unknown(Why::Computed(at));
                };
                let frame = Frame {
                    lambda: closure.node.bare(),
                    argument,
                    up: closure.env,
                };
                self.depth.set(self.depth.get() + 1);
                let value = self.node(closure.file, body, &Env(Some(Rc::new(frame))));
                self.depth.set(self.depth.get() - 1);
                value
            }
            Value::Function(function, so_far, at) => {
                let mut arguments = so_far.as_ref().clone();
                arguments.push(argument);
                if arguments.len() < function.arity() {
                    return Value::Function(function, Rc::new(arguments), at);
                }
                self.depth.set(self.depth.get() + 1);
                let value = self.call(function, &arguments, at);
                self.depth.set(self.depth.get() - 1);
                value
            }
            Value::Tree(tree) => self.tree_module(&tree, &argument, at),
            Value::Foreign(ref it) if &*it.input == "import-tree" => {
                match self.as_tree(&function) {
                    Some(tree) => self.tree_module(&tree, &argument, at),
                    None => Value::Unknown(Why::Loader(at, "import-tree".into())),
                }
            }
            Value::Foreign(it) => match self.foreign_function(&it) {
                Some(function) => {
                    if let Some(builder) = builder(function) {
                        return Value::Host(Rc::new(HostCall {
                            builder,
                            input: Some(it.input.clone()),
                            arguments: argument,
                            at,
                        }));
                    }
                    self.apply(Value::Function(function, Rc::default(), at), argument, at)
                }
                None => {
                    let text = std::iter::once(&it.input)
                        .chain(&it.path)
                        .map(|it| &**it)
                        .collect::<Vec<_>>()
                        .join(".");
                    if is_loader(it.last()) || is_loader(&it.input) {
                        self.loaders
                            .borrow_mut()
                            .push(Why::Loader(at, text.as_str().into()));
                    }
                    Value::Unknown(Why::Foreign(at, text.into()))
                }
            },
            Value::Choice(values) => {
                let values = values
                    .iter()
                    .map(|it| self.apply(it.clone(), argument.clone(), at))
                    .collect();
                Value::Choice(Rc::new(values))
            }
            Value::Set(set) if set.entries.contains_key("__functor") => {
                let functor = self.force(&set.entries["__functor"].value);
                let function = self.apply(functor, Thunk::Done(Value::Set(set)), at);
                self.apply(function, argument, at)
            }
            Value::Unknown(why) => Value::Unknown(why),
            _ => Value::Unknown(Why::Computed(at)),
        }
    }

    /// Which known function an attribute of an input is.
    fn foreign_function(&self, it: &Foreign) -> Option<Function> {
        use Function as F;
        let (input, last) = (&*it.input, it.last());
        let framework = match (input, last) {
            (_, _) if it.path.is_empty() => match input {
                "blueprint" => F::Blueprint,
                "flakelight" => F::Flakelight,
                _ => return None,
            },
            (_, "default.nix") if input == "with-inputs" => F::WithInputs,
            (_, "mkFlake") if input.contains("parts") => F::FlakeParts,
            (_, "mkFlake") if input.contains("snowfall") => F::SnowfallFlake,
            (_, "mkLib") if input.contains("snowfall") => F::SnowfallLib,
            (_, "mkFlake") if matches!(input, "nixos-unified" | "nixos-flake") => F::NixosUnified,
            (_, "mkFlake") if input == "flakelight" => F::Flakelight,
            (_, "mkFlake") if input == "adios-flake" => F::AdiosFlake,
            (_, "mkFlake") if matches!(input, "flake-utils-plus" | "utils" | "fup") => {
                F::FlakeUtilsPlus
            }
            (_, "mkFlake") => return None,
            (_, "clan" | "buildClan") if input.contains("clan") => F::Clan,
            ("haumea", "load") => F::Haumea,
            ("nilla", "create") => F::Nilla,
            (_, "nixos") if it.path.iter().any(|it| &**it == "legacyPackages") => F::PkgsNixos,
            (_, "toList") if it.path.iter().any(|it| &**it == "fileset") => F::FilesetToList,
            // `lib.lists.unions` is no function of file sets, nor is `lib.lists.union`.
            (_, "union" | "unions" | "difference" | "fileFilter")
                if !it.path.iter().any(|it| &**it == "fileset") =>
            {
                return None;
            }
            // `pkgs.lib.x`, `inputs.nixpkgs.lib.x`, `lib.attrsets.x`; builders also stand at the top of an input.
            _ => {
                let in_lib = it.path.iter().any(|it| &**it == "lib") || input == "lib";
                let function = Function::named(last)?;
                return (in_lib || builder(function).is_some()).then_some(function);
            }
        };
        Some(framework)
    }

    fn list(&self, thunk: &Thunk<'r>, at: Span) -> Rc<List<'r>> {
        match self.force(thunk) {
            Value::List(list) => list,
            Value::Unknown(why) => Rc::new(List {
                items: Vec::new(),
                open: vec![why],
            }),
            _ => Rc::new(List {
                items: Vec::new(),
                open: vec![Why::Computed(at)],
            }),
        }
    }

    fn attrs(&self, thunk: &Thunk<'r>, at: Span) -> Rc<Set<'r>> {
        match self.force(thunk) {
            Value::Set(set) => set,
            Value::Inputs(flake) => self.inputs_as_set(flake, at),
            Value::Myself(flake) => {
                let outputs = self.outputs(self.repo.file(flake));
                self.attrs(&Thunk::Done(outputs), at)
            }
            Value::Unknown(why) => Rc::new(Set {
                open: vec![why],
                ..Set::default()
            }),
            _ => Rc::new(Set {
                open: vec![Why::Computed(at)],
                ..Set::default()
            }),
        }
    }

    fn text(&self, thunk: &Thunk<'r>) -> Option<Rc<str>> {
        match self.force(thunk) {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    fn call(&self, function: Function, arguments: &[Thunk<'r>], at: Span) -> Value<'r> {
        use Function as F;
        let unknown = || Value::Unknown(Why::Computed(at));
        let call = |f: &Thunk<'r>, arguments: Vec<Thunk<'r>>| {
            Thunk::Call(Rc::new((self.force(f), arguments)))
        };
        let string = |text: &Rc<str>| Thunk::Done(Value::Str(text.clone()));
        match function {
            F::Map | F::ForEach => {
                let (f, list) = if function == F::Map { (0, 1) } else { (1, 0) };
                let list = self.list(&arguments[list], at);
                let f = self.force(&arguments[f]);
                list_of(&list, |item| {
                    Thunk::Call(Rc::new((f.clone(), vec![item.value.clone()])))
                })
            }
            F::MapAttrs => {
                let set = self.attrs(&arguments[1], at);
                let f = self.force(&arguments[0]);
                Value::Set(Rc::new(Set {
                    entries: set
                        .entries
                        .iter()
                        .map(|(name, entry)| {
                            let call = (f.clone(), vec![string(name), entry.value.clone()]);
                            (
                                name.clone(),
                                Entry {
                                    value: Thunk::Call(Rc::new(call)),
                                    ..entry.clone()
                                },
                            )
                        })
                        .collect(),
                    open: open_of(&set, at),
                    ..Set::default()
                }))
            }
            F::MapAttrsPairs | F::MapAttrsToList => {
                let set = self.attrs(&arguments[1], at);
                let f = self.force(&arguments[0]);
                let items = set
                    .entries
                    .iter()
                    .map(|(name, entry)| Item {
                        value: Thunk::Call(Rc::new((
                            f.clone(),
                            vec![string(name), entry.value.clone()],
                        ))),
                        when: entry.when,
                    })
                    .collect();
                let list = List {
                    items,
                    open: open_of(&set, at),
                };
                if function == F::MapAttrsToList {
                    Value::List(Rc::new(list))
                } else {
                    self.pairs(&list)
                }
            }
            F::GenAttrs => {
                let list = self.list(&arguments[0], at);
                let f = self.force(&arguments[1]);
                let mut set = Set {
                    open: list.open.clone(),
                    ..Set::default()
                };
                for item in &list.items {
                    match self.text(&item.value) {
                        Some(name) => {
                            let value = Thunk::Call(Rc::new((f.clone(), vec![string(&name)])));
                            let entry = Entry {
                                value,
                                at: self.at(&item.value),
                                when: item.when,
                            };
                            set.entries.insert(name, entry);
                        }
                        None => set.open.push(Why::Computed(at)),
                    }
                }
                Value::Set(Rc::new(set))
            }
            F::ListToAttrs => self.pairs(&self.list(&arguments[0], at)),
            F::NameValuePair => {
                let mut set = Set::default();
                for (name, value) in [("name", &arguments[0]), ("value", &arguments[1])] {
                    let entry = Entry {
                        value: value.clone(),
                        at: self.at(&arguments[0]),
                        when: None,
                    };
                    set.entries.insert(name.into(), entry);
                }
                Value::Set(Rc::new(set))
            }
            F::Filter => {
                let list = self.list(&arguments[1], at);
                let mut kept = List {
                    items: Vec::new(),
                    open: list.open.clone(),
                };
                for item in &list.items {
                    match self.force(&call(&arguments[0], vec![item.value.clone()])) {
                        Value::Bool(false) => {}
                        Value::Bool(true) => kept.items.push(item.clone()),
                        _ => kept.items.push(Item {
                            when: item.when.or(Some(When::If(at))),
                            ..item.clone()
                        }),
                    }
                }
                Value::List(Rc::new(kept))
            }
            F::FilterAttrs => {
                let set = self.attrs(&arguments[1], at);
                let mut kept = Set {
                    open: open_of(&set, at),
                    ..Set::default()
                };
                for (name, entry) in &set.entries {
                    let when = match self.force(&call(
                        &arguments[0],
                        vec![string(name), entry.value.clone()],
                    )) {
                        Value::Bool(false) => continue,
                        Value::Bool(true) => entry.when,
                        _ => entry.when.or(Some(When::If(at))),
                    };
                    kept.entries.insert(
                        name.clone(),
                        Entry {
                            when,
                            ..entry.clone()
                        },
                    );
                }
                Value::Set(Rc::new(kept))
            }
            F::AttrNames | F::AttrValues => {
                let set = self.attrs(&arguments[0], at);
                let items = set.entries.iter().map(|(name, entry)| Item {
                    value: if function == F::AttrNames {
                        string(name)
                    } else {
                        entry.value.clone()
                    },
                    when: entry.when,
                });
                Value::List(Rc::new(List {
                    items: items.collect(),
                    open: open_of(&set, at),
                }))
            }
            F::ConcatLists | F::Flatten | F::ConcatMap => {
                let list = self.list(&arguments[arguments.len() - 1], at);
                let mut all = List {
                    items: Vec::new(),
                    open: list.open.clone(),
                };
                for item in &list.items {
                    let value = if function == F::ConcatMap {
                        call(&arguments[0], vec![item.value.clone()])
                    } else {
                        item.value.clone()
                    };
                    match self.force(&value) {
                        Value::List(inner) => {
                            let within = inner.items.iter().map(|it| Item {
                                when: it.when.or(item.when),
                                ..it.clone()
                            });
                            all.items.extend(within);
                            all.open.extend(inner.open.iter().cloned());
                        }
                        Value::Unknown(why) if function != F::Flatten => all.open.push(why),
                        _ => all.items.push(Item {
                            value,
                            when: item.when,
                        }),
                    }
                }
                Value::List(Rc::new(all))
            }
            F::Fold | F::FoldRight => {
                let list = self.list(&arguments[2], at);
                let mut value = arguments[1].clone();
                let step = |value: Thunk<'r>, item: &Item<'r>| {
                    let arguments_ = if function == F::Fold {
                        vec![value, item.value.clone()]
                    } else {
                        vec![item.value.clone(), value]
                    };
                    Thunk::Done(self.force(&call(&arguments[0], arguments_)))
                };
                if function == F::Fold {
                    for item in &list.items {
                        value = step(value, item);
                    }
                } else {
                    for item in list.items.iter().rev() {
                        value = step(value, item);
                    }
                }
                let value = self.force(&value);
                match (value, list.open.first()) {
                    (Value::Set(set), Some(why)) => {
                        let mut open = set.open.clone();
                        open.push(why.clone());
                        Value::Set(Rc::new(Set {
                            entries: set.entries.clone(),
                            open,
                            rest: set.rest.clone(),
                            at: set.at,
                        }))
                    }
                    (value, _) => value,
                }
            }
            F::RecursiveUpdate => {
                let (left, right) = (self.force(&arguments[0]), self.force(&arguments[1]));
                self.merge(left, right)
            }
            F::MergeAttrs => update(self.force(&arguments[0]), self.force(&arguments[1]), at),
            F::MergeAttrsList => {
                let list = self.list(&arguments[0], at);
                let start = Value::Set(Rc::new(Set {
                    open: list.open.clone(),
                    ..Set::default()
                }));
                list.items.iter().fold(start, |all, item| {
                    let value = self.force(&item.value);
                    update(
                        all,
                        item.when.map_or(value.clone(), |when| guard(value, when)),
                        at,
                    )
                })
            }
            F::Merge => {
                let list = self.list(&arguments[0], at);
                let start = Value::Set(Rc::new(Set {
                    open: list.open.clone(),
                    ..Set::default()
                }));
                let mut all = start;
                for (nth, item) in list.items.iter().enumerate() {
                    let value = self.force(&item.value);
                    let value = item.when.map_or(value.clone(), |when| guard(value, when));
                    all = match (nth, value) {
                        (0, value @ Value::List(_)) => value,
                        (_, value @ Value::List(_)) => concat(all, value, at),
                        (_, value) => self.merge(all, value),
                    };
                }
                all
            }
            F::Optional => {
                let (value, when) = (arguments[1].clone(), self.force(&arguments[0]));
                let when = match when {
                    Value::Bool(false) => return Value::List(Rc::default()),
                    Value::Bool(true) => None,
                    _ => Some(When::If(self.at(&arguments[0]).unwrap_or(at))),
                };
                Value::List(Rc::new(List {
                    items: vec![Item { value, when }],
                    open: Vec::new(),
                }))
            }
            F::Optionals => {
                let condition = self.force(&arguments[0]);
                match condition {
                    Value::Bool(true) => self.force(&arguments[1]),
                    Value::Bool(false) => match self.force(&arguments[1]) {
                        Value::List(_) => Value::List(Rc::default()),
                        _ => Value::Set(Rc::default()),
                    },
                    _ => guard(
                        self.force(&arguments[1]),
                        When::If(self.at(&arguments[0]).unwrap_or(at)),
                    ),
                }
            }
            F::OptionalString => match self.force(&arguments[0]) {
                Value::Bool(true) => self.force(&arguments[1]),
                Value::Bool(false) => Value::Str("".into()),
                _ => unknown(),
            },
            F::Same => self.force(&arguments[0]),
            F::Second => self.force(&arguments[1]),
            F::Const => self.force(&arguments[0]),
            F::Flip => self.force(&call(
                &arguments[0],
                vec![arguments[2].clone(), arguments[1].clone()],
            )),
            F::Pipe => {
                let list = self.list(&arguments[1], at);
                if let Some(why) = list.open.first() {
                    return Value::Unknown(why.clone());
                }
                let mut value = arguments[0].clone();
                for item in &list.items {
                    value = Thunk::Done(self.force(&call(&item.value, vec![value])));
                }
                self.force(&value)
            }
            F::Singleton => Value::List(Rc::new(List {
                items: vec![Item {
                    value: arguments[0].clone(),
                    when: None,
                }],
                open: Vec::new(),
            })),
            F::ToList => match self.force(&arguments[0]) {
                list @ Value::List(_) => list,
                value => Value::List(Rc::new(List {
                    items: vec![Item {
                        value: Thunk::Done(value),
                        when: None,
                    }],
                    open: Vec::new(),
                })),
            },
            F::Import => self.import(&arguments[0], at),
            F::ImportApply => {
                let function = self.import(&arguments[0], at);
                self.apply(function, arguments[1].clone(), at)
            }
            F::ReadDir => self.read_dir(&arguments[0], at),
            F::ListFiles | F::ImportTree => self.list_files(function, &arguments[0], at),
            F::PathExists => match self.as_path(&self.force(&arguments[0])) {
                Some(Target::Repo(path)) => match self.repo.paths.presence(&path) {
                    Presence::Unknown => unknown(),
                    Presence::Absent => Value::Bool(self.repo.find(&path).is_some()),
                    // What is not tracked is not there for a flake.
                    Presence::Entry | Presence::Folder => {
                        let tracked = self.repo.paths.find(&path).is_none_or(|entry| {
                            !matches!(
                                entry.git,
                                Some(crate::GitState::Untracked | crate::GitState::Ignored)
                            )
                        });
                        if tracked {
                            Value::Bool(true)
                        } else {
                            unknown()
                        }
                    }
                },
                _ => unknown(),
            },
            F::ToString => match self.force(&arguments[0]) {
                value @ (Value::Str(_) | Value::Path(_) | Value::Myself(_)) => value,
                Value::Int(n) => Value::Str(n.to_string().into()),
                Value::Bool(it) => Value::Str(if it { "1" } else { "" }.into()),
                _ => unknown(),
            },
            F::BaseNameOf => match self.force(&arguments[0]) {
                Value::Str(text) => Value::Str(text.rsplit('/').next().unwrap_or_default().into()),
                Value::Path(Target::Repo(path)) => Value::Str(path.file_name().into()),
                _ => unknown(),
            },
            F::DirOf => match self.force(&arguments[0]) {
                Value::Path(Target::Repo(path)) => Value::Path(Target::Repo(path.parent())),
                _ => unknown(),
            },
            F::RemoveSuffix | F::RemovePrefix | F::HasSuffix | F::HasPrefix => {
                let whole = match self.force(&arguments[1]) {
                    Value::Str(text) => text,
                    Value::Path(Target::Repo(path)) => path.text().into(),
                    _ => return unknown(),
                };
                let Some(part) = self.text(&arguments[0]) else {
                    return unknown();
                };
                match function {
                    F::RemoveSuffix => {
                        Value::Str(whole.strip_suffix(&*part).unwrap_or(&whole).into())
                    }
                    F::RemovePrefix => {
                        Value::Str(whole.strip_prefix(&*part).unwrap_or(&whole).into())
                    }
                    F::HasSuffix => Value::Bool(whole.ends_with(&*part)),
                    _ => Value::Bool(whole.starts_with(&*part)),
                }
            }
            F::ConcatStringsSep | F::ConcatStrings => {
                let list = self.list(&arguments[arguments.len() - 1], at);
                let separator = if function == F::ConcatStrings {
                    Some(Rc::from(""))
                } else {
                    self.text(&arguments[0])
                };
                let parts: Option<Vec<_>> = list
                    .items
                    .iter()
                    .map(|item| self.text(&item.value))
                    .collect();
                match (separator, parts, list.open.is_empty()) {
                    (Some(separator), Some(parts), true) => {
                        Value::Str(parts.join(&*separator).into())
                    }
                    _ => unknown(),
                }
            }
            F::PathAppend => match (
                self.as_path(&self.force(&arguments[0])),
                self.text(&arguments[1]),
            ) {
                (Some(path), Some(text)) => Value::Path(path.append(&format!("/{text}"))),
                _ => unknown(),
            },
            F::Head => match self.list(&arguments[0], at).items.first() {
                Some(item) if item.when.is_none() => self.force(&item.value),
                _ => unknown(),
            },
            F::Length => {
                let list = self.list(&arguments[0], at);
                if list.open.is_empty() && list.items.iter().all(|item| item.when.is_none()) {
                    Value::Int(i64::try_from(list.items.len()).unwrap_or(i64::MAX))
                } else {
                    unknown()
                }
            }
            F::Elem => {
                let list = self.list(&arguments[1], at);
                let value = self.force(&arguments[0]);
                let mut sure = list.open.is_empty();
                for item in &list.items {
                    match same(&value, &self.force(&item.value)) {
                        Some(true) if item.when.is_none() => return Value::Bool(true),
                        Some(false) => {}
                        _ => sure = false,
                    }
                }
                if sure { Value::Bool(false) } else { unknown() }
            }
            F::HasAttr | F::GetAttr => {
                let Some(name) = self.text(&arguments[0]) else {
                    return unknown();
                };
                let base = self.force(&arguments[1]);
                match (self.select(&base, &name), function) {
                    (None, F::HasAttr) => Value::Bool(false),
                    (Some(Value::Unknown(why)), _) => Value::Unknown(why),
                    (Some(Value::Foreign(_)), F::HasAttr) | (None, _) => unknown(),
                    (Some(_), F::HasAttr) => Value::Bool(true),
                    (Some(value), _) => value,
                }
            }
            F::AttrByPath => {
                let path = self.list(&arguments[0], at);
                let mut value = self.force(&arguments[2]);
                for item in &path.items {
                    let Some(name) = self.text(&item.value) else {
                        return unknown();
                    };
                    match self.select(&value, &name) {
                        Some(next) => value = next,
                        None => return self.force(&arguments[1]),
                    }
                }
                value
            }
            F::RemoveAttrs => {
                let set = self.attrs(&arguments[0], at);
                let list = self.list(&arguments[1], at);
                let mut entries = set.entries.clone();
                let mut open = open_of(&set, at);
                open.extend(list.open.iter().cloned());
                for item in &list.items {
                    match self.text(&item.value) {
                        Some(name) => drop(entries.remove(&name)),
                        None => open.push(Why::Computed(at)),
                    }
                }
                Value::Set(Rc::new(Set {
                    entries,
                    open,
                    ..Set::default()
                }))
            }
            F::Nixos | F::Darwin | F::Home | F::Droid | F::EvalConfig => {
                Value::Host(Rc::new(HostCall {
                    builder: builder(function).unwrap_or(Builder::Nixos),
                    input: None,
                    arguments: arguments[0].clone(),
                    at,
                }))
            }
            F::Packages => Value::Packages(Rc::new(arguments[0].clone())),
            F::FlakeParts => self.flake_parts(arguments, at),
            F::WithSystem => {
                let all = Set {
                    open: vec![Why::Computed(at)],
                    ..Set::default()
                };
                let function = self.force(&arguments[1]);
                self.apply(function, Thunk::Done(Value::Set(Rc::new(all))), at)
            }
            // `lib.extend (final: prev: { mine = …; })`
            F::Extend => {
                let lib = foreign("nixpkgs", &["lib"]);
                let function = self.force(&arguments[0]);
                let rest = lib.clone();
                let with = self.apply(function, Thunk::Done(lib.clone()), at);
                let with = self.apply(with, Thunk::Done(lib), at);
                update(rest, with, at)
            }
            _ => self.library(function, arguments, at),
        }
    }

    /// `[ { name = …; value = …; } ]` as a set.
    fn pairs(&self, list: &List<'r>) -> Value<'r> {
        let mut set = Set {
            open: list.open.clone(),
            ..Set::default()
        };
        for item in &list.items {
            let pair = self.force(&item.value);
            match (&pair, self.select(&pair, "name")) {
                (Value::Set(it), Some(Value::Str(name))) => {
                    let Some(value) = it.entries.get("value") else {
                        continue;
                    };
                    let at = it
                        .entries
                        .get("name")
                        .and_then(|name| self.at(&name.value))
                        .or(it.at);
                    set.entries.insert(
                        name,
                        Entry {
                            value: value.value.clone(),
                            at,
                            when: item.when,
                        },
                    );
                }
                (_, Some(Value::Unknown(why))) => set.open.push(why),
                _ => set.open.push(Why::Unsaid),
            }
        }
        Value::Set(Rc::new(set))
    }

    fn import(&self, path: &Thunk<'r>, at: Span) -> Value<'r> {
        let value = self.force(path);
        match self.as_path(&value) {
            Some(Target::Repo(path)) => match self.repo.file_at(&path) {
                // npins, niv: a set of inputs.
                Some(file) if is_pins(&file.path) => Value::Inputs(file.id),
                Some(file) => self.file(file),
                None => Value::Unknown(Why::Missing(at)),
            },
            Some(Target::Outside(_)) => Value::Unknown(Why::OutsideRoot),
            Some(target) => {
                let text = match &target {
                    Target::Input { rest, .. } => rest.join("/"),
                    Target::Nixpkgs(text) | Target::Search(text) => text.clone(),
                    _ => String::new(),
                };
                if text.ends_with(EVAL_CONFIG) || text == "nixpkgs/nixos" {
                    Value::Function(Function::EvalConfig, Rc::default(), at)
                } else if let Target::Input { name, rest } = &target
                    && rest.is_empty()
                    && !name.contains("pkgs")
                    && !matches!(&**name, "unstable" | "stable" | "nixos" | "master")
                {
                    // `import inputs.import-tree`: an input that is no flake.
                    foreign(name, &["default.nix"])
                } else if text.is_empty() || text == "nixpkgs" {
                    // `import nixpkgs { … }`: a package set.
                    Value::Function(Function::Packages, Rc::default(), at)
                } else {
                    Value::Unknown(Why::Foreign(at, text.into()))
                }
            }
            None => match value {
                Value::Unknown(why) => Value::Unknown(why),
                _ => Value::Unknown(Why::Computed(at)),
            },
        }
    }

    fn read_dir(&self, folder: &Thunk<'r>, at: Span) -> Value<'r> {
        let Some(Target::Repo(folder)) = self.as_path(&self.force(folder)) else {
            return Value::Unknown(Why::Loader(at, "readDir".into()));
        };
        self.loaders
            .borrow_mut()
            .push(Why::Loader(at, "readDir".into()));
        let mut set = Set::default();
        for (name, folder) in self.repo.names_in(&folder) {
            let kind = if folder { "directory" } else { "regular" };
            let entry = Entry {
                value: Thunk::Done(Value::Str(kind.into())),
                at: Some(at),
                when: Some(When::Scanned(at)),
            };
            set.entries.insert(name.into(), entry);
        }
        Value::Set(Rc::new(set))
    }

    fn list_files(&self, function: Function, folder: &Thunk<'r>, at: Span) -> Value<'r> {
        let word = if function == Function::ImportTree {
            "import-tree"
        } else {
            "listFilesRecursive"
        };
        self.loaders.borrow_mut().push(Why::Loader(at, word.into()));
        let Some(Target::Repo(folder)) = self.as_path(&self.force(folder)) else {
            return Value::Unknown(Why::Loader(at, word.into()));
        };
        let skip = |path: &RepoPath| {
            function == Function::ImportTree
                && (!path.bytes().ends_with(b".nix")
                    || path
                        .components()
                        .skip(folder.components().count())
                        .any(|it| it.starts_with('_')))
        };
        let items = self
            .repo
            .files_below(&folder)
            .filter(|path| !skip(path))
            .map(|path| Item {
                value: Thunk::Done(Value::Path(Target::Repo(path.clone()))),
                when: Some(When::Scanned(at)),
            })
            .collect();
        let list = Value::List(Rc::new(List {
            items,
            open: Vec::new(),
        }));
        if function == Function::ListFiles {
            return list;
        }
        // import-tree gives a module that imports them.
        let mut module = Set {
            at: Some(at),
            ..Set::default()
        };
        let entry = Entry {
            value: Thunk::Done(list),
            at: Some(at),
            when: None,
        };
        module.entries.insert("imports".into(), entry);
        Value::Set(Rc::new(module))
    }

    /// What the module system passes to a module: `lib`, `pkgs`, the special arguments, and things that nobody knows.
    #[must_use]
    pub fn module_arguments(
        &self,
        flake: FileId,
        special: Option<&Value<'r>>,
        at: Span,
    ) -> Value<'r> {
        let mut set = Set {
            open: vec![Why::Unsaid],
            ..Set::default()
        };
        let mut put = |name: &str, value: Value<'r>| {
            set.entries.insert(
                name.into(),
                Entry {
                    value: Thunk::Done(value),
                    at: None,
                    when: None,
                },
            );
        };
        put("lib", foreign("nixpkgs", &["lib"]));
        // Of `config`, one thing is found out: the host's own name.
        let mut networking = Set {
            open: vec![Why::Unsaid],
            ..Set::default()
        };
        let name = Thunk::Done(Value::Hole(self.hole(at)));
        networking.entries.insert(
            "hostName".into(),
            Entry {
                value: name,
                at: None,
                when: None,
            },
        );
        let mut config = Set {
            open: vec![Why::Unsaid],
            ..Set::default()
        };
        let networking = Thunk::Done(Value::Set(Rc::new(networking)));
        config.entries.insert(
            "networking".into(),
            Entry {
                value: networking,
                at: None,
                when: None,
            },
        );
        put("config", Value::Set(Rc::new(config)));
        put("options", Value::Unknown(Why::Unsaid));
        put("pkgs", foreign("nixpkgs", &["legacyPackages"]));
        put(
            "modulesPath",
            Value::Path(Target::Nixpkgs("nixos/modules".to_owned())),
        );
        match special {
            Some(Value::Set(special)) => {
                for (name, entry) in &special.entries {
                    set.entries.insert(name.clone(), entry.clone());
                }
                set.rest.extend(special.rest.iter().cloned());
                set.open.extend(special.open.iter().cloned());
            }
            Some(Value::Inputs(flake)) => set.rest.push(Value::Inputs(*flake)),
            Some(_) => {}
            None => {
                put("inputs", Value::Inputs(flake));
                put("self", Value::Myself(flake));
                put(
                    "withSystem",
                    Value::Function(Function::WithSystem, Rc::default(), at),
                );
                put("flake-parts-lib", foreign("flake-parts", &["lib"]));
            }
        }
        Value::Set(Rc::new(set))
    }

    /// Says what `config.networking.hostName` is, for the modules that got these arguments.
    pub fn set_host_name(&self, arguments: &Value<'r>, name: &str) {
        let Value::Set(arguments) = arguments else {
            return;
        };
        let Some(Value::Set(config)) = arguments
            .entries
            .get("config")
            .map(|it| self.force(&it.value))
        else {
            return;
        };
        let Some(networking) = config.entries.get("networking") else {
            return;
        };
        let Value::Set(networking) = self.force(&networking.value) else {
            return;
        };
        if let Some(Entry {
            value: Thunk::Done(Value::Hole(hole)),
            ..
        }) = networking.entries.get("hostName")
        {
            hole.fill(Value::Str(name.into()));
        }
    }

    /// Two sets as the module system or `recursiveUpdate` joins them.
    fn merge(&self, left: Value<'r>, right: Value<'r>) -> Value<'r> {
        match (left, right) {
            (Value::Set(left), Value::Set(right)) => {
                let mut entries = left.entries.clone();
                for (name, entry) in &right.entries {
                    match entries.get_mut(name) {
                        Some(old) => {
                            let value =
                                Thunk::Merge(Rc::new((old.value.clone(), entry.value.clone())));
                            let when = if old.when.is_none() { None } else { entry.when };
                            *old = Entry {
                                value,
                                at: entry.at.or(old.at),
                                when,
                            };
                        }
                        None => {
                            entries.insert(name.clone(), entry.clone());
                        }
                    }
                }
                Value::Set(Rc::new(Set {
                    entries,
                    open: [left.open.as_slice(), right.open.as_slice()].concat(),
                    rest: right.rest.iter().chain(&left.rest).cloned().collect(),
                    at: one_place(&left, &right),
                }))
            }
            (Value::Set(set), Value::Unknown(why)) | (Value::Unknown(why), Value::Set(set)) => {
                let mut open = set.open.clone();
                open.push(why);
                Value::Set(Rc::new(Set {
                    entries: set.entries.clone(),
                    open,
                    rest: set.rest.clone(),
                    at: set.at,
                }))
            }
            (left @ Value::List(_), right @ Value::List(_)) => {
                concat(left, right, self.somewhere())
            }
            // Modules that are defined in several places are all of them.
            (left, right)
                if is_module(&left)
                    && is_module(&right)
                    && [&left, &right].iter().any(|it| {
                        matches!(it, Value::Lambda(_) | Value::Set(_) | Value::List(_))
                    }) =>
            {
                let as_list = |value: Value<'r>| match value {
                    Value::List(_) => value,
                    value => Value::List(Rc::new(List {
                        items: vec![Item {
                            value: Thunk::Done(value),
                            when: None,
                        }],
                        open: Vec::new(),
                    })),
                };
                concat(as_list(left), as_list(right), self.somewhere())
            }
            (_, right) => right,
        }
    }
}

/// Whether a value can be a module, or several.
fn is_module(value: &Value<'_>) -> bool {
    matches!(
        value,
        Value::Lambda(_) | Value::Set(_) | Value::Path(_) | Value::List(_) | Value::Foreign(_)
    )
}

/// Places an attribute, into an inner set when the path is longer.
fn put<'r>(set: &mut Set<'r>, names: &[Rc<str>], value: Thunk<'r>, at: Span) {
    let Some((first, rest)) = names.split_first() else {
        return;
    };
    // `a.b = …; a.c = …;`: the same inner set, made in place.
    if !rest.is_empty()
        && let Some(Entry {
            value: Thunk::Done(Value::Set(inner)),
            ..
        }) = set.entries.get_mut(first)
        && let Some(inner) = Rc::get_mut(inner)
    {
        put(inner, rest, value, at);
        return;
    }
    let value = if rest.is_empty() {
        value
    } else {
        let mut inner = Set {
            at: Some(at),
            ..Set::default()
        };
        put(&mut inner, rest, value, at);
        Thunk::Done(Value::Set(Rc::new(inner)))
    };
    let value = match set.entries.get(first) {
        Some(old) => Thunk::Merge(Rc::new((old.value.clone(), value))),
        None => value,
    };
    set.entries.insert(
        first.clone(),
        Entry {
            value,
            at: Some(at),
            when: None,
        },
    );
}

fn foreign<'r>(input: &str, path: &[&str]) -> Value<'r> {
    Value::Foreign(Rc::new(Foreign {
        input: input.into(),
        path: path.iter().map(|it| (*it).into()).collect(),
    }))
}

/// Whether a file is what npins or niv wrote.
fn is_pins(path: &RepoPath) -> bool {
    let parts: Vec<_> = path.components().collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    parts.ends_with(&["npins", "default.nix"]) || parts.ends_with(&["nix", "sources.nix"])
}

fn builder(function: Function) -> Option<Builder> {
    match function {
        Function::Nixos | Function::EvalConfig => Some(Builder::Nixos),
        Function::Darwin => Some(Builder::Darwin),
        Function::Home => Some(Builder::Home),
        Function::Droid => Some(Builder::Droid),
        _ => None,
    }
}

/// Names of functions and inputs that find files by scanning folders.
pub(crate) const LOADERS: &[&str] = &[
    "readDir",
    "listFilesRecursive",
    "import-tree",
    "importTree",
    "haumea",
    "umport",
    "scanPaths",
    "mapModules",
    "autowire",
    "nixos-unified",
    "blueprint",
    "snowfall",
    "snowfall-lib",
    "flakelight",
    "easy-hosts",
    "clan",
    "clan-core",
    "collectModules",
    "mkFlake",
];

/// Whether a name is that of a function or an input that finds files by scanning folders.
#[must_use]
pub fn is_loader(word: &str) -> bool {
    LOADERS.contains(&word)
}

fn whole(file: &File) -> Span {
    Span {
        file: file.id,
        range: TextRange::default(),
    }
}

fn list_of<'r>(list: &List<'r>, f: impl Fn(&Item<'r>) -> Thunk<'r>) -> Value<'r> {
    let items = list
        .items
        .iter()
        .map(|item| Item {
            value: f(item),
            when: item.when,
        })
        .collect();
    Value::List(Rc::new(List {
        items,
        open: list.open.clone(),
    }))
}

/// Why a set may have other attributes than those known.
fn open_of(set: &Set<'_>, at: Span) -> Vec<Why> {
    let mut open = set.open.clone();
    if !set.rest.is_empty() {
        open.push(Why::Computed(at));
    }
    open
}

/// A value that is there only under a condition.
fn guard(value: Value<'_>, when: When) -> Value<'_> {
    match value {
        Value::Set(set) => Value::Set(Rc::new(Set {
            entries: set
                .entries
                .iter()
                .map(|(name, entry)| {
                    (
                        name.clone(),
                        Entry {
                            when: entry.when.or(Some(when)),
                            ..entry.clone()
                        },
                    )
                })
                .collect(),
            open: set.open.clone(),
            rest: set.rest.clone(),
            at: set.at,
        })),
        Value::List(list) => Value::List(Rc::new(List {
            items: list
                .items
                .iter()
                .map(|item| Item {
                    when: item.when.or(Some(when)),
                    ..item.clone()
                })
                .collect(),
            open: list.open.clone(),
        })),
        value @ Value::Choice(_) => value,
        value @ Value::Unknown(_) => value,
        value => Value::Choice(Rc::new(vec![value])),
    }
}

/// One value or the other.
fn either<'r>(yes: Value<'r>, no: Value<'r>, when: When) -> Value<'r> {
    match (guard(yes, when), guard(no, when)) {
        (Value::List(yes), Value::List(no)) => Value::List(Rc::new(List {
            items: yes.items.iter().chain(&no.items).cloned().collect(),
            open: [yes.open.as_slice(), no.open.as_slice()].concat(),
        })),
        (Value::Set(yes), Value::Set(no)) => {
            let mut entries = yes.entries.clone();
            for (name, entry) in &no.entries {
                match entries.get_mut(name) {
                    Some(old) => {
                        old.value = Thunk::Merge(Rc::new((old.value.clone(), entry.value.clone())));
                    }
                    None => {
                        entries.insert(name.clone(), entry.clone());
                    }
                }
            }
            Value::Set(Rc::new(Set {
                entries,
                open: [yes.open.as_slice(), no.open.as_slice()].concat(),
                rest: yes.rest.iter().chain(&no.rest).cloned().collect(),
                at: yes.at,
            }))
        }
        (yes, no) => {
            let mut all = Vec::new();
            for value in [yes, no] {
                match value {
                    Value::Choice(values) => all.extend(values.iter().cloned()),
                    value => all.push(value),
                }
            }
            Value::Choice(Rc::new(all))
        }
    }
}

/// `left // right`
fn update<'r>(left: Value<'r>, right: Value<'r>, at: Span) -> Value<'r> {
    // `nixosSystem { … } // { deploy = …; }`: still that host.
    if let (Value::Host(_), Value::Set(_)) = (&left, &right) {
        return left;
    }
    let part = |value: Value<'r>| match value {
        Value::Set(set) => set,
        Value::Unknown(why) => Rc::new(Set {
            open: vec![why],
            ..Set::default()
        }),
        value @ (Value::Foreign(_)
        | Value::Inputs(_)
        | Value::Myself(_)
        | Value::Packages(_)
        | Value::Choice(_)) => Rc::new(Set {
            rest: vec![value],
            ..Set::default()
        }),
        _ => Rc::new(Set {
            open: vec![Why::Computed(at)],
            ..Set::default()
        }),
    };
    let (left, right) = (part(left), part(right));
    let mut entries = left.entries.clone();
    for (name, entry) in &right.entries {
        // What may not be there does not hide what was.
        match entries.get_mut(name) {
            Some(old) if entry.when.is_some() => {
                old.value = Thunk::Merge(Rc::new((old.value.clone(), entry.value.clone())));
            }
            _ => {
                entries.insert(name.clone(), entry.clone());
            }
        }
    }
    Value::Set(Rc::new(Set {
        entries,
        open: [left.open.as_slice(), right.open.as_slice()].concat(),
        rest: right.rest.iter().chain(&left.rest).cloned().collect(),
        at: one_place(&left, &right),
    }))
}

/// Where two sets in one stand, if it is one place.
fn one_place(left: &Set<'_>, right: &Set<'_>) -> Option<Span> {
    match (left.entries.is_empty(), right.entries.is_empty()) {
        (true, _) => right.at,
        (_, true) => left.at,
        _ => None,
    }
}

/// `left ++ right`
fn concat<'r>(left: Value<'r>, right: Value<'r>, at: Span) -> Value<'r> {
    let part = |value: Value<'r>| match value {
        Value::List(list) => list,
        Value::Unknown(why) => Rc::new(List {
            items: Vec::new(),
            open: vec![why],
        }),
        _ => Rc::new(List {
            items: Vec::new(),
            open: vec![Why::Computed(at)],
        }),
    };
    let (left, right) = (part(left), part(right));
    Value::List(Rc::new(List {
        items: left.items.iter().chain(&right.items).cloned().collect(),
        open: [left.open.as_slice(), right.open.as_slice()].concat(),
    }))
}

/// Whether two values are equal, where both are plain.
fn same(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(true),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::Str(a), Value::Str(b)) => Some(a == b),
        (Value::List(a), Value::List(b)) => {
            let plain = |list: &List<'_>| {
                list.open.is_empty() && list.items.iter().all(|item| item.when.is_none())
            };
            match (a.items.len(), b.items.len()) {
                _ if !plain(a) || !plain(b) => None,
                (0, 0) => Some(true),
                (a, b) if a != b => Some(false),
                _ => None,
            }
        }
        (Value::Unknown(_) | Value::Choice(_) | Value::Foreign(_), _)
        | (_, Value::Unknown(_) | Value::Choice(_) | Value::Foreign(_)) => None,
        (Value::Null, _) | (_, Value::Null) => Some(false),
        _ => None,
    }
}

/// Whether two values are the same thing for everybody who follows them.
fn same_place(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Foreign(a), Value::Foreign(b)) => a == b,
        (Value::Path(a), Value::Path(b)) => a == b,
        (Value::Unknown(_), Value::Unknown(_)) => true,
        _ => same(left, right) == Some(true),
    }
}

/// The names of the formals of a lambda, and whether it has `...`; `None` for a plain parameter.
#[must_use]
pub fn formals<'r>(closure: &Closure<'r>) -> Option<(Vec<&'r str>, bool)> {
    let Shape::Lambda {
        param: Param::Pattern(pattern),
        ..
    } = closure.node.shape()
    else {
        return None;
    };
    Some((
        pattern.formals().map(|(name, _)| name.text()).collect(),
        pattern.has_ellipsis(),
    ))
}
