//! What a flake cannot do: names and paths that pure evaluation refuses, or answers otherwise than expected.
//!
//! Goal: each place where such a value is taken, with what is done with it. Limits: a path is *forced* only where the
//! text shows it (`import`, `readFile`, inside a string); what a function or an option does with it is not followed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use syntax::{SyntaxKind, TextRange};

use crate::outline::{Definition, Key, Node, Shape};

/// What is asked of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Impurity {
    /// `<nixpkgs>`
    Search,
    /// `builtins.currentSystem`, `builtins.currentTime`: they are not there.
    Current,
    /// `getEnv`: an empty string.
    Env,
    /// `storePath`: refused.
    StorePath,
    /// `builtins.nixPath`: empty.
    NixPath,
    /// `pathExists /a`: false.
    Exists,
    /// `/a` or `~/a`, read or copied.
    Read,
    /// `/a` or `~/a` as a value, which is harmless as long as nothing reads it.
    Named,
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impure {
    /// Where it stands.
    pub at: TextRange,
    /// What it is.
    pub what: Impurity,
    /// Whether `tryEval` stands around it.
    pub caught: bool,
    /// Whether it stands in one of the branches of an `if`.
    pub conditional: bool,
}

/// How many nodes above a place are looked at.
const DEEPEST: usize = 200;

/// How many bytes of conditions around a place are looked at.
const MOST_ASKED: usize = 20_000;
/// A larger set is not searched for who else asks.
const LARGEST_SET: usize = 64 << 10;

/// The names.
pub(crate) const WORDS: &[&str] = &[
    "currentSystem",
    "currentTime",
    "getEnv",
    "storePath",
    "nixPath",
];

/// Whether an identifier may be one of the names.
#[must_use]
pub fn is_word(text: &str) -> bool {
    WORDS.contains(&text)
}

/// What a node asks of the world, if anything. `node` is a path, or an identifier that [`is_word`].
#[must_use]
pub fn of(node: Node<'_>) -> Option<Impure> {
    let (at, what) = match node.kind() {
        SyntaxKind::NODE_PATH_SEARCH => {
            // `<nix/fetchurl.nix>` is part of Nix.
            let known = node.text().starts_with("<nix/");
            (!known).then_some((node, Impurity::Search))?
        }
        SyntaxKind::NODE_PATH_ABS | SyntaxKind::NODE_PATH_HOME => path(node)?,
        SyntaxKind::NODE_IDENT => word(node)?,
        _ => return None,
    };
    let (mut caught, mut conditional) = (false, false);
    let mut below = at;
    let mut asked = 0;
    let mut asks = |condition: Node<'_>| {
        asked += condition.text().len();
        asked < MOST_ASKED && asks(condition)
    };
    // The call whose function `below` is: more arguments do not make it another one.
    let mut call: Option<(Option<Cow<'_, str>>, Option<Node<'_>>)> = None;
    for parent in at.ancestors().take(DEEPEST) {
        if !matches!(
            parent.kind(),
            SyntaxKind::NODE_APPLY | SyntaxKind::NODE_PAREN
        ) {
            call = None;
        }
        match parent.kind() {
            // `{ pkgs ? import <nixpkgs> { } }:`: a flake passes the argument.
            SyntaxKind::NODE_PAT_ENTRY => return None,
            SyntaxKind::NODE_IF_ELSE | SyntaxKind::NODE_ASSERT => {
                let condition = parent.child(0).filter(|it| *it != below);
                if condition.is_some_and(&mut asks) {
                    return None;
                }
                conditional |= condition.is_some() && parent.is(SyntaxKind::NODE_IF_ELSE);
            }
            SyntaxKind::NODE_BIN_OP
                if parent.child(0).is_some_and(|it| it != below && asks(it)) =>
            {
                return None;
            }
            SyntaxKind::NODE_APPLY => {
                if parent.child(0) != Some(below) {
                    call = None;
                }
                let (name, first) = call.get_or_insert_with(|| called(parent));
                match name.as_deref() {
                    Some("tryEval") => caught = true,
                    Some(
                        "optional" | "optionals" | "optionalAttrs" | "optionalString" | "mkIf",
                    ) if first.is_some_and(|it| it != below && asks(it)) => return None,
                    _ => {}
                }
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let keys = parent.child(0).map(Node::keys).unwrap_or_default();
                let last = keys.last().and_then(Key::name);
                if matches!(last, Some("example" | "defaultText" | "description")) {
                    return None;
                }
            }
            _ => {}
        }
        below = parent;
    }
    Some(Impure {
        at: at.range(),
        what,
        caught,
        conditional,
    })
}

/// The name of the function that a call is of, and its first argument; nobody gives the functions of interest more than four.
fn called(apply: Node<'_>) -> (Option<Cow<'_, str>>, Option<Node<'_>>) {
    let (mut head, mut first) = (apply, None);
    for _ in 0..4 {
        let Shape::Apply { function, argument } = head.shape() else {
            break;
        };
        (head, first) = (function.bare(), Some(argument.bare()));
    }
    (head.last_name(), first)
}

/// Whether a condition asks how Nix evaluates.
fn asks(condition: Node<'_>) -> bool {
    let text = condition.text();
    text.len() < 2_000 && (text.contains("inPureEvalMode") || text.contains("builtins ?"))
}

/// `builtins.currentSystem`, `inherit (builtins) getEnv;`, and `getEnv` below `with builtins;`.
fn word(ident: Node<'_>) -> Option<(Node<'_>, Impurity)> {
    let what = match ident.text() {
        "currentSystem" | "currentTime" => Impurity::Current,
        "getEnv" => Impurity::Env,
        "storePath" => Impurity::StorePath,
        _ => Impurity::NixPath,
    };
    let parent = ident.parent()?;
    let is_builtins = |it: Node<'_>| {
        let it = it.bare();
        it.is(SyntaxKind::NODE_IDENT)
            && it.text() == "builtins"
            && matches!(it.definition(), Definition::Free { .. })
    };
    let place = match parent.kind() {
        SyntaxKind::NODE_ATTRPATH => {
            let select = parent.parent()?;
            match select.shape() {
                Shape::Select {
                    base,
                    default: None,
                    path,
                    ..
                } if is_builtins(base) && path.child(0) == Some(ident) => select,
                _ => return None,
            }
        }
        SyntaxKind::NODE_INHERIT => {
            let from = parent
                .children()
                .find(|it| it.is(SyntaxKind::NODE_INHERIT_FROM))?;
            is_builtins(from.child(0)?).then_some(ident)?
        }
        SyntaxKind::NODE_PAT_ENTRY | SyntaxKind::NODE_PAT_BIND | SyntaxKind::NODE_IDENT_PARAM => {
            return None;
        }
        _ => match ident.definition() {
            Definition::Free { withs } if withs.iter().any(|it| is_builtins(*it)) => ident,
            _ => return None,
        },
    };
    if what == Impurity::Env && knows_empty(place) {
        return None;
    }
    Some((place, what))
}

/// Whether the code around a call of `getEnv` asks if the answer is empty.
fn knows_empty(function: Node<'_>) -> bool {
    for parent in function.ancestors().take(DEEPEST) {
        match parent.kind() {
            SyntaxKind::NODE_APPLY | SyntaxKind::NODE_PAREN => {}
            SyntaxKind::NODE_BIN_OP => {
                return matches!(
                    parent.shape(),
                    Shape::Binary {
                        op: "==" | "!=",
                        ..
                    }
                );
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let keys = parent.child(0).map(Node::keys).unwrap_or_default();
                let [Key::Static(name)] = keys.as_slice() else {
                    return false;
                };
                let around = parent.parent().map_or("", Node::text);
                if around.len() > LARGEST_SET {
                    return false;
                }
                return ["==", "!="]
                    .iter()
                    .any(|op| around.contains(&format!("{name} {op} \"\"")));
            }
            _ => return false,
        }
    }
    false
}

/// `/a` and `~/a`: what is done with the path.
fn path(node: Node<'_>) -> Option<(Node<'_>, Impurity)> {
    let text = node.text();
    if text.starts_with("/nix/store/") || text == "/." {
        return None;
    }
    let mut below = node;
    for parent in node.ancestors().take(DEEPEST) {
        match parent.kind() {
            SyntaxKind::NODE_PAREN => {}
            SyntaxKind::NODE_BIN_OP => {
                // `/a + "/b"` is a path as well.
                let sum =
                    matches!(parent.shape(), Shape::Binary { op: "+", left, .. } if left == below);
                if !sum {
                    let list = matches!(parent.shape(), Shape::Binary { op: "++", .. });
                    return list.then_some((node, Impurity::Named));
                }
            }
            SyntaxKind::NODE_INTERPOL => {
                let string = parent.parent()?;
                let whole = string.is(SyntaxKind::NODE_STRING)
                    && parent.child(0).is_some_and(|it| it.contains(node));
                return whole.then_some((node, Impurity::Read));
            }
            SyntaxKind::NODE_APPLY => {
                let (head, arguments) = parent.call();
                if !arguments.iter().any(|it| below.contains(*it)) {
                    return None;
                }
                return match head.last_name().as_deref()? {
                    "pathExists" => Some((parent, Impurity::Exists)),
                    "import" | "scopedImport" | "readFile" | "readDir" | "readFileType"
                    | "hashFile" | "filterSource" | "callPackage" | "fileContents"
                    | "importJSON" | "importTOML" | "listFilesRecursive" => {
                        Some((node, Impurity::Read))
                    }
                    _ => None,
                };
            }
            SyntaxKind::NODE_LIST => {
                let binding = parent.parent()?;
                // Only of a path: a list may have very many elements.
                let path = binding.child(0);
                let path = path.filter(|_| binding.is(SyntaxKind::NODE_ATTRPATH_VALUE));
                let keys = path.map(Node::keys).unwrap_or_default();
                let last = keys.last().and_then(Key::name);
                let module = matches!(last, Some("imports" | "modules"));
                let what = if module {
                    Impurity::Read
                } else {
                    Impurity::Named
                };
                return Some((node, what));
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let set = parent.parent()?.is(SyntaxKind::NODE_ATTR_SET);
                return set.then_some((node, Impurity::Named));
            }
            _ => return None,
        }
        below = parent;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use syntax::{Text, parse::Limits};

    use crate::outline::Outline;
    use crate::{File, FileId, Kind};

    fn found(text: &str) -> Vec<String> {
        let parsed = syntax::parse(text, Limits::default());
        let outline = Outline::of(&parsed.root().unwrap());
        let text = Arc::new(Text::new(text));
        let (file, _) = File::new(
            FileId(0),
            "a.nix".into(),
            Kind::Nix,
            text,
            Limits::default(),
        );
        let facts = crate::imports::extract(&file, &outline);
        let shown = facts.impure.iter().map(|it| {
            let caught = if it.caught { " caught" } else { "" };
            format!("{:?} {}{caught}", it.what, file.text.slice(it.at))
        });
        shown.collect()
    }

    #[test]
    fn what_a_flake_cannot_do() {
        assert_eq!(
            found(
                "{ a = import <nixpkgs> { }; b = builtins.currentSystem; c = with builtins; getEnv \"X\"; d = { inherit (builtins) storePath; };
                   e = import /etc/nixos/x.nix; f = \"${/etc/a}/b\"; g = builtins.pathExists /etc/b; h = ~/c; i = builtins.readFile (~/d + \"/e\");
                   imports = [ /etc/nixos/y.nix ]; j = [ /etc/k ] ++ k; l = builtins.tryEval builtins.nixPath; m = builtins.storePath \"x\"; }"
            ),
            [
                "Search <nixpkgs>",
                "Current builtins.currentSystem",
                "Env getEnv",
                "StorePath storePath",
                "Read /etc/nixos/x.nix",
                "Read /etc/a",
                "Exists builtins.pathExists /etc/b",
                "Named ~/c",
                "Read ~/d",
                "Read /etc/nixos/y.nix",
                "Named /etc/k",
                "NixPath builtins.nixPath caught",
                "StorePath builtins.storePath",
            ]
        );
    }

    #[test]
    fn what_it_can() {
        for text in [
            "{ pkgs ? import <nixpkgs> { }, system ? builtins.currentSystem }: pkgs",
            "builtins.currentSystem or \"x86_64-linux\"",
            "<nix/fetchurl.nix>",
            "toString /etc/a",
            "baseNameOf ~/a",
            "let a = /etc/a; in a",
            "x.currentSystem",
            "let builtins = { currentSystem = 1; }; in builtins.currentSystem",
            "let getEnv = x: x; in getEnv \"A\"",
            "builtins ? currentSystem",
            "if builtins ? currentSystem then builtins.currentSystem else \"x\"",
            "if lib.inPureEvalMode then null else <nixpkgs>",
            "lib.optional (!lib.inPureEvalMode) <nixpkgs>",
            "if builtins.getEnv \"X\" != \"\" then 1 else 2",
            "let x = builtins.getEnv \"X\"; in if x == \"\" then 1 else x",
            "{ example = <nixpkgs>; }",
            "/nix/store/abc",
            "{ currentSystem = 1; getEnv = 2; }",
            "{ currentSystem, getEnv }: 1",
            "\"<nixpkgs>\"",
            "mkOutOfStoreSymlink /home/a",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
