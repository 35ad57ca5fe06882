//! What encloses a range, as written: `services.nginx let port`. It stays the same when lines move or are formatted.

use syntax::{SyntaxKind, TextRange};

use crate::file::File;
use crate::outline::Node;

/// The longest place, in characters.
const LONGEST: usize = 200;

/// The bindings around a range, outermost first: attribute names joined with dots, `let name` for those of a `let`,
/// `${…}` for computed names, `…` for a name that overlaps a secret. Empty in files that are not Nix.
#[must_use]
pub fn of(file: &File, at: TextRange) -> String {
    let text = file.text.contents();
    let Some(inner) = file.facts.outline.covering(text, at) else {
        return String::new();
    };
    let mut steps: Vec<(bool, String)> = Vec::new();
    for node in std::iter::once(inner).chain(inner.ancestors()) {
        let Some(parent) = node.parent() else { break };
        let of_let = matches!(
            parent.kind(),
            SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LEGACY_LET
        );
        if node.is(SyntaxKind::NODE_ATTRPATH_VALUE) {
            let path = node
                .children()
                .find(|child| child.is(SyntaxKind::NODE_ATTRPATH));
            let names: Vec<String> = path
                .into_iter()
                .flat_map(Node::children)
                .map(|attr| name(file, attr))
                .collect();
            steps.push((of_let, names.join(".")));
        } else if parent.is(SyntaxKind::NODE_INHERIT) && !node.is(SyntaxKind::NODE_INHERIT_FROM) {
            let of_let = parent.parent().is_some_and(|it| {
                matches!(
                    it.kind(),
                    SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LEGACY_LET
                )
            });
            steps.push((of_let, name(file, node)));
        }
    }
    let mut place = String::new();
    for (of_let, names) in steps.into_iter().rev() {
        if !place.is_empty() {
            place.push(if of_let { ' ' } else { '.' });
        }
        if of_let {
            place.push_str("let ");
        }
        place.push_str(&names);
        // The rest would be cut off; a file may nest far.
        if place.len() > 4 * LONGEST {
            break;
        }
    }
    if let Some((cut, _)) = place.char_indices().nth(LONGEST) {
        place.truncate(cut);
    }
    place
}

/// One name as written, without what it computes and without control characters.
fn name(file: &File, attr: Node<'_>) -> String {
    let range = attr.range();
    let masks = &file.facts.secrets.masks;
    if masks.iter().any(|mask| mask.intersect(range).is_some()) {
        return "…".to_owned();
    }
    let mut written = String::new();
    if attr.is(SyntaxKind::NODE_DYNAMIC) {
        written.push_str("${…}");
    } else {
        let mut from = range.start();
        for part in attr.children() {
            if part.is(SyntaxKind::NODE_INTERPOL) {
                let before = TextRange::new(from, part.range().start());
                written.push_str(file.text.slice(before));
                written.push_str("${…}");
                from = part.range().end();
            }
        }
        written.push_str(file.text.slice(TextRange::new(from, range.end())));
    }
    written.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use syntax::Text;
    use syntax::parse::Limits;
    use syntax::text::size;

    use super::*;
    use crate::facts::Extract;
    use crate::{FileId, Kind, RepoPath};

    #[test]
    fn places() {
        for (text, expected) in [
            (
                "{ services.nginx = let port = @1; in { }; }",
                "services.nginx let port",
            ),
            ("let unstable = @1; in 2", "let unstable"),
            (
                "{ a.\"b c\".${x} = [ { d = y: @1; } ]; }",
                "a.\"b c\".${…}.d",
            ),
            ("{ \"a-${x}-b\" = @1; }", "\"a-${…}-b\""),
            ("{ a = { inherit (x) @b c; }; }", "a.b"),
            ("{ @a = 1; }", "a"),
            ("@{ }", ""),
            ("{ a = 1; @}", ""),
        ] {
            let at = text.find('@').unwrap();
            let text = Arc::new(Text::new(text.replace('@', "")));
            let path = RepoPath::from("x.nix");
            let (mut file, tree) = File::new(FileId(0), path, Kind::Nix, text, Limits::default());
            let tree = tree.unwrap();
            file.facts = Extract::all(&file, &tree);
            let range = TextRange::at(size(at), size(1));
            assert_eq!(of(&file, range), expected, "{}", file.text.contents());
        }
    }
}
