//! The options that the repository's own files declare, wherever that stands: what is declared here is never called unknown,
//! renamed or removed. The old name that a module of the repository itself renames is declared too.

use ::options::Step;
use syntax::{SyntaxKind, TextRange, TextSize};

use crate::definitions::{Segment, Value};
use crate::outline::{Binding, Node, Shape};
use crate::{File, Kind, Repo};

/// The declarations of the repository.
#[derive(Debug, Default)]
pub(super) struct Declared {
    paths: Vec<Own>,
}

#[derive(Debug)]
struct Own {
    /// `None`: any one name.
    path: Vec<Option<Box<str>>>,
    /// Whether more may be declared below than stands in the text.
    leaf: bool,
}

impl Declared {
    pub(super) fn of(repo: &Repo) -> Declared {
        let mut declared = Declared::default();
        let mut old = Vec::new();
        for file in repo.files.iter().filter(|it| it.kind == Kind::Nix) {
            old_names(file, &mut old);
            let definitions = &file.facts.definitions;
            if !definitions.has_name(|name| name == "options") {
                continue;
            }
            for entry in &definitions.entries {
                let segments = definitions.segments(entry.path);
                let options = |it: &Segment<'_>| *it == Segment::Name("options");
                let Some(at) = segments.iter().position(options) else {
                    continue;
                };
                let path = segments[at + 1..].iter().map(|it| match it {
                    Segment::Name(name) => Some(Box::from(*name)),
                    _ => None,
                });
                let leaf = entry.value != Value::Set;
                declared.paths.push(Own {
                    path: path.collect(),
                    leaf,
                });
            }
        }
        declared
            .paths
            .retain(|it| it.leaf && it.path.iter().any(Option::is_some));
        declared.paths.extend(old);
        declared
    }

    /// Whether a declaration lies at, above or below the beginning of a path.
    pub(super) fn touches(&self, beginning: &[Step<'_>]) -> bool {
        self.paths.iter().any(|own| {
            own.path.iter().zip(beginning).all(|pair| match pair {
                (None, _) | (_, Step::Dynamic) => true,
                (Some(own), Step::Name(name)) => **own == **name,
                (Some(_), _) => false,
            })
        })
    }
}

/// The paths that calls of `mkAliasOptionModule`, `mkRenamedOptionModule` and so on make an option of.
fn old_names(file: &File, found: &mut Vec<Own>) {
    let text = file.text.contents();
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '\'' | '-');
    for word in ["OptionModule", "doRename"] {
        for (at, _) in text.match_indices(word) {
            let begin = text[..at].trim_end_matches(letter).len();
            let rest = &text[at..];
            let end = at + rest.find(|c| !letter(c)).unwrap_or(rest.len());
            let (Ok(begin), Ok(end)) = (TextSize::try_from(begin), TextSize::try_from(end)) else {
                return;
            };
            let range = TextRange::new(begin, end);
            let node = file.facts.outline.covering(text, range);
            // In a comment or a string stands no name.
            let Some(node) = node.filter(|it| it.is(SyntaxKind::NODE_IDENT) && it.range() == range)
            else {
                continue;
            };
            let mut call = node;
            for above in node.ancestors() {
                let inside = match above.kind() {
                    SyntaxKind::NODE_ATTRPATH | SyntaxKind::NODE_SELECT => true,
                    SyntaxKind::NODE_APPLY => {
                        above.call().0.range().contains_range(call.range())
                            || above
                                .child(0)
                                .is_some_and(|function| function.range() == call.range())
                    }
                    _ => false,
                };
                if !inside {
                    break;
                }
                call = above;
            }
            // `inherit (lib) mkAliasOptionModule;`, or a function of this name that is made here.
            if !matches!(
                call.kind(),
                SyntaxKind::NODE_APPLY | SyntaxKind::NODE_IDENT | SyntaxKind::NODE_SELECT
            ) || call.parent().is_some_and(|it| {
                matches!(
                    it.kind(),
                    SyntaxKind::NODE_INHERIT | SyntaxKind::NODE_ATTRPATH_VALUE
                )
            }) && call.is(SyntaxKind::NODE_IDENT)
            {
                continue;
            }
            let (head, arguments) = call.call();
            let name = head.last_name().unwrap_or_default();
            let from = arguments.first().copied();
            let from = from.and_then(|it| match it.shape() {
                Shape::Set { .. } => match it.attribute("from")? {
                    Binding::Value { value, .. } => Some(value.bare()),
                    Binding::Inherit { .. } => None,
                },
                _ => Some(it),
            });
            let lists = match from {
                Some(list)
                    if name.starts_with("mkMerged") && matches!(list.shape(), Shape::List) =>
                {
                    list.children().map(|it| path_of(it.bare())).collect()
                }
                Some(list) => vec![path_of(list)],
                None => vec![Vec::new()],
            };
            found.extend(lists.into_iter().map(|path| Own { path, leaf: true }));
        }
    }
}

/// The segments of a list of names. Nothing is above a path that is computed: it may be any.
fn path_of(list: Node<'_>) -> Vec<Option<Box<str>>> {
    match list.shape() {
        Shape::List => list
            .children()
            .map(|it| it.bare().literal().map(|name| name.as_ref().into()))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::repo;

    fn touched(module: &str, path: &str) -> bool {
        let repo = repo(&[("a.nix", module)]);
        let path: Vec<Step<'_>> = path.split('.').map(Step::Name).collect();
        Declared::of(&repo).touches(&path)
    }

    #[test]
    fn old_names_of_ones_own() {
        for (module, path, is) in [
            (
                "{ lib, ... }: { imports = [ (lib.mkAliasOptionModule [ \"a\" \"b\" ] [ \"c\" ]) ]; }",
                "a.b",
                true,
            ),
            (
                "{ lib, ... }: { imports = [ (lib.mkAliasOptionModule [ \"a\" \"b\" ] [ \"c\" ]) ]; }",
                "a.b.x",
                true,
            ),
            (
                "{ lib, ... }: { imports = [ (lib.mkAliasOptionModule [ \"a\" \"b\" ] [ \"c\" ]) ]; }",
                "a.x",
                false,
            ),
            (
                "{ lib, ... }: with lib; { imports = [ (mkRemovedOptionModule [ \"a\" ] \"x\") ]; }",
                "a.b",
                true,
            ),
            (
                "{ imports = map (n: lib.mkRenamedOptionModule [ \"a\" n ] [ \"b\" n ]) [ \"x\" ]; }",
                "a.q",
                true,
            ),
            (
                "{ imports = map (n: lib.mkRenamedOptionModule [ \"a\" n ] [ \"b\" n ]) [ \"x\" ]; }",
                "b.q",
                false,
            ),
            (
                "{ imports = [ (lib.mkMergedOptionModule [ [ \"a\" ] [ \"b\" ] ] [ \"c\" ] (x: x)) ]; }",
                "b.x",
                true,
            ),
            (
                "{ imports = [ (lib.mkRenamedOptionModuleWith { sinceRelease = 2311; from = [ \"a\" ]; to = [ \"b\" ]; }) ]; }",
                "a.x",
                true,
            ),
            (
                "{ imports = [ (lib.mkRenamedOptionModuleWith { sinceRelease = 2311; from = [ \"a\" ]; to = [ \"b\" ]; }) ]; }",
                "b.x",
                false,
            ),
            // Nobody knows of which.
            (
                "{ imports = lib.zipListsWith lib.mkAliasOptionModule froms tos; }",
                "a.b",
                true,
            ),
            (
                "let inherit (lib) mkAliasOptionModule; in { }",
                "a.b",
                false,
            ),
            (
                "{ mkAliasOptionModule = 1; } # mkAliasOptionModule",
                "a.b",
                false,
            ),
        ] {
            assert_eq!(touched(module, path), is, "{module}: {path}");
        }
    }
}
