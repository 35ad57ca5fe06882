//! Attributes of nixpkgs that are written under an old name.
//!
//! Goal: `B.old` where `B` is a set of nixpkgs for certain: a formal `pkgs`, a `let` of `import nixpkgs { … }` or of
//! `x.legacyPackages.y`, the arguments of an overlay; also `with B; old` and `inherit (B) old`. The release is that of the oldest
//! nixpkgs that the flake pins. Limits: what is asked for with `?` or `or`, and what an overlay of the same file defines, is
//! left alone.

use std::collections::BTreeSet;

use ::options::renames::{self, Row, Set};
use rustc_hash::FxHashMap;
use syntax::{SyntaxKind, TextRange, TextSize};

use crate::outline::{Definition, Key, Node, Param, Shape};
use crate::overlays::{self, Place};
use crate::pinned::{Window, window_of_nixpkgs};
use crate::{File, FileId, Kind, Repo};

/// An old name.
#[derive(Debug, Clone)]
pub struct OldPackage {
    /// The file.
    pub file: FileId,
    /// The name.
    pub at: TextRange,
    /// The name itself.
    pub old: String,
    /// What the table says.
    pub row: &'static Row,
    /// Whether the pinned release does not warn of it yet, and has the new name.
    pub early: bool,
    /// How it is written.
    pub written: Written,
}

/// How an old name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// `pkgs.old`
    Attribute,
    /// `with pkgs; old`
    Bare,
    /// `inherit (pkgs) old;`, with the end of `pkgs`.
    Inherited {
        /// The end of the expression in parentheses.
        from: TextSize,
    },
    /// The same with other names beside it, or a bare name whose new one is bound.
    InheritedBeside,
}

/// Rows whose new names every release has that is supported.
const PLATFORM: [&str; 4] = ["system", "hostPlatform", "buildPlatform", "targetPlatform"];

impl Repo {
    /// The old names of packages in the repository, in the order of files and text.
    #[must_use]
    pub fn old_packages(&self) -> Vec<OldPackage> {
        let mut by_name: FxHashMap<String, Vec<&'static Row>> = FxHashMap::default();
        for row in renames::rows().iter().filter(|row| row.set == Set::Nixpkgs) {
            by_name.entry(row.old()).or_default().push(row);
        }
        let mut found = Vec::new();
        let mut windows: FxHashMap<Option<FileId>, Option<Window>> = FxHashMap::default();
        for file in self.files.iter().filter(|it| it.kind == Kind::Nix) {
            if !file.facts.faults.is_empty() {
                continue;
            }
            let asked = file.facts.outline.marked(file.text.contents());
            let old =
                |it: &Node<'_>| it.is(SyntaxKind::NODE_IDENT) && by_name.contains_key(it.text());
            let mut old = asked.filter(old).peekable();
            if old.peek().is_none() {
                continue;
            }
            let flake = self.flake_of(&file.path);
            let window = *windows
                .entry(flake.map(|it| it.id))
                .or_insert_with(|| window_of_nixpkgs(self, flake));
            of_file(file, old, &by_name, window, &mut found);
        }
        found
    }
}

fn of_file<'a>(
    file: &'a File,
    names: impl Iterator<Item = Node<'a>>,
    by_name: &FxHashMap<String, Vec<&'static Row>>,
    window: Option<Window>,
    found: &mut Vec<OldPackage>,
) {
    let mut own: Option<BTreeSet<String>> = None;
    for node in names {
        let name = node.text();
        let Some(rows) = by_name.get(name) else {
            continue;
        };
        let holds = |row: &&&'static Row| window.is_some_and(|it| row.holds(it.low, it.high));
        let (row, early) = match rows.iter().find(holds) {
            Some(row) => (*row, false),
            None if PLATFORM.contains(&name) => (rows[0], true),
            None => continue,
        };
        let Some(written) = written(file, node, row) else {
            continue;
        };
        let own = own.get_or_insert_with(|| own_names(file));
        if own.contains(name) {
            continue;
        }
        found.push(OldPackage {
            file: file.id,
            at: node.range(),
            old: name.to_owned(),
            row,
            early,
            written,
        });
    }
}

/// How an identifier takes an attribute of nixpkgs; `None` when it does not.
fn written(file: &File, node: Node<'_>, row: &Row) -> Option<Written> {
    let parent = node.parent()?;
    match parent.kind() {
        SyntaxKind::NODE_ATTRPATH => {
            let select = parent.parent()?;
            let Shape::Select {
                base,
                default: None,
                ..
            } = select.shape()
            else {
                return None;
            };
            let first = parent.child(0)? == node;
            (select.is(SyntaxKind::NODE_SELECT) && first && is_nixpkgs(file, base))
                .then_some(Written::Attribute)
        }
        SyntaxKind::NODE_INHERIT => {
            let mut names = 0;
            let mut from = None;
            for child in parent.children() {
                if child.is(SyntaxKind::NODE_INHERIT_FROM) {
                    from = child.child(0);
                } else {
                    names += 1;
                }
            }
            let from = from?;
            if !is_nixpkgs(file, from) {
                return None;
            }
            Some(if names == 1 {
                Written::Inherited {
                    from: from.range().end(),
                }
            } else {
                Written::InheritedBeside
            })
        }
        SyntaxKind::NODE_PATTERN
        | SyntaxKind::NODE_PAT_ENTRY
        | SyntaxKind::NODE_PAT_BIND
        | SyntaxKind::NODE_IDENT_PARAM => None,
        _ => {
            let Definition::Free { withs } = node.definition() else {
                return None;
            };
            let [set] = withs.as_slice() else { return None };
            if !is_nixpkgs(file, *set) {
                return None;
            }
            let first = row.new.split('.').next().unwrap_or(row.new);
            let free = matches!(node.definition_of(first), Definition::Free { .. });
            Some(if free {
                Written::Bare
            } else {
                Written::InheritedBeside
            })
        }
    }
}

/// Whether an expression is nixpkgs for certain.
fn is_nixpkgs(file: &File, node: Node<'_>) -> bool {
    let node = node.bare();
    match node.shape() {
        Shape::Ident(name) => match node.definition() {
            Definition::Formal {
                default: None,
                lambda,
            } => name == "pkgs" || is_overlay_parameter(file, lambda, name),
            Definition::Param { lambda } => is_overlay_parameter(file, lambda, name),
            Definition::Value { value } => is_instance(value),
            _ => false,
        },
        _ => is_instance(node),
    }
}

/// `import nixpkgs { … }`, `nixpkgs.legacyPackages.${system}`
fn is_instance(node: Node<'_>) -> bool {
    let node = node.bare();
    match node.shape() {
        Shape::Select {
            path,
            default: None,
            ..
        } => {
            let keys = path.keys();
            matches!(keys.as_slice(), [.., Key::Static(it), _] if it == "legacyPackages")
                && node.text().contains("nixpkgs")
        }
        Shape::Apply { .. } => {
            let (head, arguments) = node.call();
            let is_import = head.last_name().as_deref() == Some("import");
            let [source, arguments] = arguments.as_slice() else {
                return false;
            };
            is_import && matches!(arguments.shape(), Shape::Set { .. }) && is_named_nixpkgs(*source)
        }
        _ => false,
    }
}

/// `nixpkgs`, `inputs.nixpkgs`, `<nixpkgs>`, `inputs.nixpkgs-unstable`
fn is_named_nixpkgs(node: Node<'_>) -> bool {
    let text = node.text();
    if let Shape::Path(crate::outline::PathKind::Search) = node.shape() {
        return text == "<nixpkgs>";
    }
    node.last_name()
        .is_some_and(|name| name == "nixpkgs" || name.starts_with("nixpkgs-"))
}

/// Whether a name is one of the two parameters of an overlay of nixpkgs.
fn is_overlay_parameter(file: &File, lambda: Node<'_>, name: &str) -> bool {
    overlays::all(file).any(|(overlay, place)| {
        if matches!(place, Place::Inner | Place::Names | Place::Argument) {
            return false;
        }
        let is = |of: Node<'_>, param: Param<'_>| {
            of == lambda && matches!(param, Param::Plain(ident) if ident.text() == name)
        };
        is(overlay.lambda, overlay.first) || is(overlay.inner, overlay.second)
    })
}

/// The names that overlays of the file define.
fn own_names(file: &File) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (overlay, _) in overlays::all(file) {
        for binding in overlay.body.body().bindings() {
            match binding {
                crate::outline::Binding::Value { path, .. } => {
                    let first = path.child(0).map(Node::key);
                    names.extend(first.as_ref().and_then(Key::name).map(str::to_owned));
                }
                crate::outline::Binding::Inherit { name, .. } => {
                    names.insert(name.text().to_owned());
                }
            }
        }
    }
    names
}
