//! Overlays: which lambdas are one, what they define, and what a definition needs before it is anything.
//!
//! Goal: `final: prev: { … }` is known by the place where it stands, not by the names of its parameters; names inside
//! it are followed to the fixpoint (`final`) or to the previous set (`prev`) through `let`, `inherit`, `with` and
//! selections. Limits: an argument of an unknown function is no overlay; values are looked at up to their outermost
//! structure only (weak head normal form), by a table of library functions.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use syntax::SyntaxKind;

use crate::file::File;
use crate::outline::{Binding, Definition, Key, Node, Outline, Param, Shape};

/// Where an overlay stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// An element of a list called `overlays`, or of the argument of `appendOverlays` or `composeManyExtensions`.
    List,
    /// `overlays.x = …`, `overlay = …`
    Output,
    /// An argument of `extend`, `composeExtensions`, `overrideScope`.
    Argument,
    /// `packageOverrides = …`, an element of `pythonPackagesExtensions`: an overlay of an inner package set.
    Inner,
    /// The value of a file below a folder `overlays`.
    File,
    /// Anywhere else, by its parameter names alone.
    Names,
}

/// One overlay, as an index into the outline of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The outer lambda.
    pub lambda: u32,
    /// Where it stands.
    pub place: Place,
}

/// What one file says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OverlayFacts {
    /// The overlays, in the order of the text.
    pub overlays: Vec<Found>,
}

/// The facts of one file.
#[must_use]
pub fn extract(file: &File, outline: &Outline) -> OverlayFacts {
    let text = file.text.contents();
    let in_overlays = file
        .path
        .components()
        .rev()
        .skip(1)
        .any(|it| it == "overlays");
    let overlays = outline
        .marked(text)
        .filter(|node| node.is(SyntaxKind::NODE_LAMBDA))
        .filter_map(|lambda| {
            let overlay = Overlay::of(lambda)?;
            let place = place(&overlay, in_overlays)?;
            Some(Found {
                lambda: lambda.index(),
                place,
            })
        })
        .collect();
    OverlayFacts { overlays }
}

/// The overlays of a file.
pub fn all(file: &File) -> impl Iterator<Item = (Overlay<'_>, Place)> {
    file.facts.overlays.overlays.iter().filter_map(|found| {
        let lambda = file
            .facts
            .outline
            .node(file.text.contents(), found.lambda)?;
        Some((Overlay::of(lambda)?, found.place))
    })
}

/// An overlay.
#[derive(Debug, Clone, Copy)]
pub struct Overlay<'a> {
    /// The outer lambda.
    pub lambda: Node<'a>,
    /// The inner lambda.
    pub inner: Node<'a>,
    /// The parameter that receives the fixpoint, whatever its name.
    pub first: Param<'a>,
    /// The parameter that receives the previous set.
    pub second: Param<'a>,
    /// What it returns.
    pub body: Node<'a>,
}

/// Which set a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The fixpoint: `final`.
    First,
    /// The previous set: `prev`.
    Second,
}

/// Where an expression comes from: `final.a.b` is the first side with the path `a`, `b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source<'a> {
    /// The set.
    pub side: Side,
    /// The attributes; a computed name ends it as `None`.
    pub path: Vec<Option<Cow<'a, str>>>,
    /// The identifier that names the parameter, when it stands in the expression itself (not behind an alias).
    pub root: Option<Node<'a>>,
    /// The whole expression.
    pub node: Node<'a>,
}

impl Source<'_> {
    /// Whether the path begins with these names.
    #[must_use]
    pub fn starts_with(&self, names: &[Cow<'_, str>]) -> bool {
        self.path.len() >= names.len()
            && names
                .iter()
                .zip(&self.path)
                .all(|(name, it)| it.as_deref() == Some(name))
    }
}

/// One thing that an overlay defines.
#[derive(Debug, Clone)]
pub struct Defined<'a> {
    /// The names, outermost first: `set.leaf` for `set = prev.set // { leaf = …; }`.
    pub path: Vec<Cow<'a, str>>,
    /// The name as it stands there.
    pub key: Node<'a>,
    /// The value, or the name of an `inherit`.
    pub value: Node<'a>,
    /// For an `inherit`: its expression in parentheses, if it has one.
    pub inherited: Option<Option<Node<'a>>>,
    /// Whether it stands under `optionalAttrs` or a branch of `if`.
    pub guarded: bool,
}

/// How far names are followed through bindings.
const DEPTH: u32 = 8;
/// How deeply values are looked into.
const NEST: u32 = 40;

impl<'a> Overlay<'a> {
    /// Reads a lambda of exactly two parameters.
    #[must_use]
    pub fn of(lambda: Node<'a>) -> Option<Overlay<'a>> {
        let Shape::Lambda { param: first, body } = lambda.shape() else {
            return None;
        };
        let inner = body.body();
        let Shape::Lambda {
            param: second,
            body,
        } = inner.shape()
        else {
            return None;
        };
        let three = matches!(body.body().shape(), Shape::Lambda { .. });
        (!three).then_some(Overlay {
            lambda,
            inner,
            first,
            second,
            body,
        })
    }

    /// The name of a plain parameter.
    #[must_use]
    pub fn name(&self, side: Side) -> Option<&'a str> {
        match if side == Side::First {
            self.first
        } else {
            self.second
        } {
            Param::Plain(ident) => Some(ident.text()),
            Param::Pattern(_) => None,
        }
    }

    /// Where an expression comes from, if it is one of the two sets or something selected from them.
    #[must_use]
    pub fn source(&self, node: Node<'a>) -> Option<Source<'a>> {
        self.source_at(node, DEPTH)
    }

    fn source_at(&self, node: Node<'a>, depth: u32) -> Option<Source<'a>> {
        let node = node.bare();
        let depth = depth.checked_sub(1)?;
        match node.shape() {
            Shape::Ident(_) => self.source_of_name(node, depth),
            Shape::Select { base, path, .. } => {
                let mut source = self.source_at(base, depth)?;
                for key in path.keys() {
                    source.path.push(match key {
                        Key::Static(name) => Some(name),
                        Key::Dynamic(_) => None,
                    });
                }
                source.node = node;
                Some(source)
            }
            Shape::Let { body } | Shape::With { body, .. } | Shape::Assert { body, .. } => {
                self.source_at(body, depth)
            }
            _ => None,
        }
    }

    /// Where a name comes from: an identifier, or a name of an `inherit`.
    fn source_of_name(&self, node: Node<'a>, depth: u32) -> Option<Source<'a>> {
        let depth = depth.checked_sub(1)?;
        let Key::Static(name) = node.key() else {
            return None;
        };
        let from = |side| Source {
            side,
            path: Vec::new(),
            root: Some(node),
            node,
        };
        let alias = |source: Source<'a>| Source {
            root: None,
            node,
            ..source
        };
        match node.definition() {
            Definition::Param { lambda } | Definition::Whole { lambda } => {
                if lambda == self.lambda {
                    Some(from(Side::First))
                } else if lambda == self.inner {
                    Some(from(Side::Second))
                } else {
                    None
                }
            }
            Definition::Formal { lambda, .. } => {
                let side = if lambda == self.lambda {
                    Side::First
                } else if lambda == self.inner {
                    Side::Second
                } else {
                    return None;
                };
                Some(Source {
                    path: vec![Some(name)],
                    root: None,
                    ..from(side)
                })
            }
            Definition::Value { value } => self.source_at(value, depth).map(alias),
            Definition::Inherit {
                from: Some(set),
                name: it,
            } => {
                let mut source = self.source_at(set, depth)?;
                source.path.push(Some(it.key().name()?.to_owned().into()));
                Some(alias(source))
            }
            Definition::Inherit { from: None, name } if name != node => {
                self.source_of_name(name, depth).map(alias)
            }
            Definition::Free { withs } => {
                if is_global(&name) {
                    return None;
                }
                let mut source = self.source_at(*withs.first()?, depth)?;
                source.path.push(Some(name));
                Some(alias(source))
            }
            _ => None,
        }
    }

    /// What the overlay defines, with the leaves of nested literal sets.
    #[must_use]
    pub fn defined(&self) -> Vec<Defined<'a>> {
        let mut found = Vec::new();
        collect(self.body, &[], false, NEST, &mut found);
        found
    }

    /// Everything from one of the two sets that must be evaluated before `node` is a set, a list, a function or a
    /// plain value.
    #[must_use]
    pub fn needs(&self, node: Node<'a>) -> Vec<Source<'a>> {
        let mut found = Vec::new();
        self.whnf(node, NEST, &mut found);
        found
    }

    fn whnf(&self, node: Node<'a>, depth: u32, found: &mut Vec<Source<'a>>) {
        let node = node.bare();
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match node.shape() {
            Shape::Ident(_) => {
                if let Some(source) = self.source(node) {
                    found.push(source);
                } else if let Definition::Value { value } = node.definition() {
                    // Only what stands inside the overlay can name its sets.
                    if self.lambda.contains(value) {
                        self.whnf(value, depth, found);
                    }
                }
            }
            Shape::Select { base, .. } => match self.source(node) {
                Some(source) => found.push(source),
                None => self.whnf(base, depth, found),
            },
            Shape::If { condition, yes, no } => {
                self.whnf(condition, depth, found);
                self.whnf(yes, depth, found);
                self.whnf(no, depth, found);
            }
            Shape::Assert { condition, body } => {
                self.whnf(condition, depth, found);
                self.whnf(body, depth, found);
            }
            Shape::Let { body } | Shape::With { body, .. } => self.whnf(body, depth, found),
            // The right side may never be looked at.
            Shape::Binary {
                op: "&&" | "||" | "->",
                left,
                ..
            } => self.whnf(left, depth, found),
            Shape::Binary { left, right, .. } => {
                self.whnf(left, depth, found);
                self.whnf(right, depth, found);
            }
            Shape::Unary { operand, .. } => self.whnf(operand, depth, found),
            Shape::HasAttr { base, .. } => self.whnf(base, depth, found),
            Shape::Str | Shape::Path(_) => {
                for part in node.parts().unwrap_or_default() {
                    if let crate::outline::Part::Expr(expr) = part {
                        self.whnf(expr, depth, found);
                    }
                }
            }
            Shape::Set { .. } => {
                for binding in node.bindings() {
                    if let Binding::Value { path, .. } = binding
                        && let Some(Key::Dynamic(expr)) = path.keys().into_iter().next()
                    {
                        self.whnf(expr, depth, found);
                    }
                }
            }
            Shape::Apply { .. } => {
                let (head, arguments) = node.call();
                self.whnf(head, depth, found);
                let name = head.last_name().unwrap_or_default();
                for (nth, argument) in arguments.iter().enumerate() {
                    if is_strict(&name, nth, arguments.len()) {
                        self.whnf(*argument, depth, found);
                    }
                    if name == "symlinkJoin"
                        && let Some(Binding::Value { value, .. }) = argument.attribute("paths")
                        && value.shape() == Shape::List
                    {
                        let paths = value.bare().children().filter_map(|path| self.source(path));
                        found.extend(paths);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a call of this function with `count` arguments evaluates its argument `nth` before it returns.
fn is_strict(name: &str, nth: usize, count: usize) -> bool {
    match name {
        "optional" | "optionals" | "optionalString" | "optionalAttrs" | "throwIf"
        | "throwIfNot" | "warnIf" | "assertMsg" | "genAttrs" | "attrNames" | "attrValues"
        | "listToAttrs" | "concatLists" | "flatten" | "import" | "toString" | "head" | "tail"
        | "lowPrio" | "hiPrio" | "dontDistribute" | "overrideDerivation" => nth == 0,
        "map"
        | "filter"
        | "concatMap"
        | "elem"
        | "any"
        | "all"
        | "mapAttrs"
        | "mapAttrs'"
        | "mapAttrsToList"
        | "filterAttrs"
        | "getAttr"
        | "hasAttr"
        | "concatStringsSep"
        | "concatMapStrings"
        | "concatMapStringsSep"
        | "addMetaAttrs"
        | "appendToName"
        | "setName"
        | "setPrio" => nth > 0 && nth + 1 == count,
        "recursiveUpdate" | "mergeAttrs" | "seq" | "deepSeq" | "foldl'" | "elemAt" => true,
        // Shows its first argument, returns its second.
        "trace" | "traceVal" | "warn" => nth + 1 == count,
        _ => false,
    }
}

/// Names that are bound everywhere: no `with` can hide them.
fn is_global(name: &str) -> bool {
    matches!(
        name,
        "true"
            | "false"
            | "null"
            | "builtins"
            | "map"
            | "import"
            | "toString"
            | "throw"
            | "abort"
            | "removeAttrs"
            | "baseNameOf"
            | "dirOf"
            | "derivation"
            | "fetchTarball"
            | "isNull"
            | "fetchGit"
            | "fetchTree"
            | "fetchMercurial"
            | "fromTOML"
            | "placeholder"
            | "scopedImport"
            | "derivationStrict"
    )
}

fn collect<'a>(
    body: Node<'a>,
    above: &[Cow<'a, str>],
    guarded: bool,
    depth: u32,
    found: &mut Vec<Defined<'a>>,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let body = body.body();
    match body.shape() {
        Shape::Set { .. } => {
            for binding in body.bindings() {
                match binding {
                    Binding::Value { path, value } => {
                        let mut names = above.to_vec();
                        let mut known = true;
                        for key in path.keys() {
                            match key {
                                Key::Static(name) => names.push(name),
                                Key::Dynamic(_) => known = false,
                            }
                        }
                        if !known {
                            continue;
                        }
                        found.push(Defined {
                            path: names.clone(),
                            key: path,
                            value,
                            inherited: None,
                            guarded,
                        });
                        leaves(value, &names, guarded, depth, found);
                    }
                    Binding::Inherit { from, name } => {
                        let Key::Static(text) = name.key() else {
                            continue;
                        };
                        let mut names = above.to_vec();
                        names.push(text);
                        found.push(Defined {
                            path: names,
                            key: name,
                            value: name,
                            inherited: Some(from),
                            guarded,
                        });
                    }
                }
            }
        }
        Shape::Binary {
            op: "//",
            left,
            right,
        } => {
            collect(left, above, guarded, depth, found);
            collect(right, above, guarded, depth, found);
        }
        Shape::If { yes, no, .. } => {
            collect(yes, above, true, depth, found);
            collect(no, above, true, depth, found);
        }
        Shape::Apply { .. } => {
            let (head, arguments) = body.call();
            if let ([_, set], Some("optionalAttrs")) =
                (arguments.as_slice(), head.last_name().as_deref())
            {
                collect(*set, above, true, depth, found);
            }
        }
        _ => {}
    }
}

/// The attributes of a literal set, or of the literal operands of `prev.set // { … }`, that is a value.
fn leaves<'a>(
    value: Node<'a>,
    path: &[Cow<'a, str>],
    guarded: bool,
    depth: u32,
    found: &mut Vec<Defined<'a>>,
) {
    let value = value.body();
    match value.shape() {
        Shape::Set { .. } => collect(value, path, guarded, depth, found),
        Shape::Binary {
            op: "//",
            left,
            right,
        } => {
            let Some(depth) = depth.checked_sub(1) else {
                return;
            };
            leaves(left, path, guarded, depth, found);
            leaves(right, path, guarded, depth, found);
        }
        _ => {}
    }
}

/// Whether the names of two parameters are those that people give to overlays.
fn usual_names(overlay: &Overlay<'_>) -> bool {
    matches!(
        (overlay.name(Side::First), overlay.name(Side::Second)),
        (
            Some("final" | "self"),
            Some("prev" | "super" | "old" | "previous")
        ) | (
            Some("final" | "_final" | "self" | "_self"),
            Some("_prev" | "_super" | "prev" | "super")
        ) | (Some("_"), Some("prev" | "super"))
            | (Some("final"), Some("_"))
    )
}

/// Whether the first parameter has the name that people give to the second, and the other way round.
#[must_use]
pub fn swapped_names(overlay: &Overlay<'_>) -> bool {
    matches!(
        (overlay.name(Side::First), overlay.name(Side::Second)),
        (Some("prev" | "super"), Some("final" | "self"))
    )
}

/// Where an overlay stands; `None` when nothing says that it is one.
fn place(overlay: &Overlay<'_>, in_overlays: bool) -> Option<Place> {
    let mut below = overlay.lambda;
    let mut in_list = false;
    for node in overlay.lambda.ancestors() {
        match node.kind() {
            SyntaxKind::NODE_PAREN | SyntaxKind::NODE_WITH | SyntaxKind::NODE_ASSERT => {}
            SyntaxKind::NODE_LET_IN => {
                if !matches!(node.shape(), Shape::Let { body } if body.contains(below)) {
                    return None;
                }
            }
            SyntaxKind::NODE_IF_ELSE if !in_list => {}
            SyntaxKind::NODE_LIST if !in_list => in_list = true,
            SyntaxKind::NODE_BIN_OP => match node.shape() {
                Shape::Binary { op: "++", .. } if in_list => {}
                _ => return None,
            },
            SyntaxKind::NODE_APPLY => {
                // The function part of a longer call: go on to the whole call.
                let (head, arguments) = node.call();
                if node.child(0) == Some(below) {
                    if below.is(SyntaxKind::NODE_APPLY) {
                        below = node;
                        continue;
                    }
                    return None;
                }
                let name = head.last_name()?;
                match (name.as_ref(), in_list, arguments.len()) {
                    (
                        "composeManyExtensions" | "appendOverlays" | "composeManyOverlays",
                        true,
                        _,
                    ) => {
                        return Some(Place::List);
                    }
                    ("extend" | "composeExtensions", false, _) => return Some(Place::Argument),
                    ("overrideScope" | "overrideScope'", false, _) => return Some(Place::Inner),
                    ("optional", false, 2) => in_list = true,
                    (
                        "mkForce" | "mkBefore" | "mkAfter" | "mkDefault" | "mkIf" | "optionals"
                        | "mkOrder" | "mkOverride",
                        true,
                        _,
                    ) => {}
                    _ => return None,
                }
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let keys = node.child(0)?.keys();
                let name = |from_end: usize| {
                    keys.len()
                        .checked_sub(from_end + 1)
                        .and_then(|at| keys[at].name())
                };
                return match (name(0), name(1), in_list) {
                    (Some("overlays"), _, true) => Some(Place::List),
                    (Some("pythonPackagesExtensions"), _, true) => Some(Place::Inner),
                    (Some("packageOverrides"), _, false) => Some(Place::Inner),
                    (Some("overrides"), _, false) if usual_names(overlay) => Some(Place::Inner),
                    (Some("overlay"), _, false) if usual_names(overlay) || !in_let(node) => {
                        Some(Place::Output)
                    }
                    (_, Some("overlays"), false) => Some(Place::Output),
                    (_, _, false) => {
                        let set = node.parent()?;
                        let around = set.ancestors().find(|it| {
                            !matches!(it.kind(), SyntaxKind::NODE_PAREN | SyntaxKind::NODE_BIN_OP)
                        });
                        let named = around
                            .filter(|it| it.is(SyntaxKind::NODE_ATTRPATH_VALUE))
                            .is_some_and(|it| {
                                it.child(0).is_some_and(|path| {
                                    path.keys()
                                        .last()
                                        .is_some_and(|key| key.name() == Some("overlays"))
                                })
                            });
                        if named && keys.len() == 1 && set.is(SyntaxKind::NODE_ATTR_SET) {
                            Some(Place::Output)
                        } else {
                            usual_names(overlay).then_some(Place::Names)
                        }
                    }
                    (_, _, true) => usual_names(overlay).then_some(Place::Names),
                };
            }
            SyntaxKind::NODE_LAMBDA if !in_list => {
                // `inputs: final: prev: { … }`
                if !matches!(node.shape(), Shape::Lambda { body, .. } if body.contains(below)) {
                    return None;
                }
            }
            SyntaxKind::NODE_ROOT => {
                let place = if in_overlays && !in_list {
                    Place::File
                } else {
                    Place::Names
                };
                let swapped = in_overlays && swapped_names(overlay);
                return (swapped || usual_names(overlay)).then_some(place);
            }
            _ => return None,
        }
        below = node;
    }
    None
}

fn in_let(binding: Node<'_>) -> bool {
    binding
        .parent()
        .is_some_and(|it| it.is(SyntaxKind::NODE_LET_IN))
}
