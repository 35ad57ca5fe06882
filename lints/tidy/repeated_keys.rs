//! Several bindings in a row that begin with the same key.

use lint_api::prelude::*;
use serde::{Deserialize, Serialize};

/// The lint.
pub static LINT: Lint = Lint {
    name: "repeated-keys",
    group: Group::Tidy,
    level: Level::Off,
    fix: FixKind::Unsafe,
    summary: "three and more bindings with the same first key in a block",
    page: include_str!("repeated_keys.md"),
    options: Options::of::<Settings>(),
    check: Check::Node(&[SyntaxKind::NODE_ATTR_SET], check),
};

/// What the user may set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// How many bindings are too many.
    min: usize,
    /// First keys that may be repeated.
    except: Vec<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        const IDIOM: &[&str] = &[
            "services",
            "programs",
            "boot",
            "hardware",
            "networking",
            "home",
            "xdg",
            "nix",
            "security",
            "users",
            "environment",
            "systemd",
        ];
        Settings {
            min: 3,
            except: IDIOM.iter().map(|it| (*it).to_owned()).collect(),
        }
    }
}

/// One binding: its statement, the ranges of its keys, and its first key.
struct Binding {
    node: SyntaxNode,
    path: ast::Attrpath,
    first: String,
    /// Its place among the statements of the set.
    index: usize,
    /// Which block of lines it stands in.
    block: usize,
}

fn check(node: &SyntaxNode, cx: &mut FileCx<'_>) {
    let Some(set) = ast::AttrSet::cast(node.clone()) else {
        return;
    };
    let settings = cx.options::<Settings>();
    let least = settings.min.max(2);
    if set.rec_token().is_some() || set.attrpath_values().nth(least - 1).is_none() {
        return;
    }
    // One line for each thing that is said of an input is the idiom of flakes.
    let flake = cx.file.path.file_name() == "flake.nix";
    if flake && inputs(node) {
        return;
    }
    let bindings = bindings(node);
    let mut told: Vec<(usize, &str)> = Vec::new();
    for (at, it) in bindings.iter().enumerate() {
        let group = (it.block, it.first.as_str());
        if told.contains(&group) || settings.except.contains(&it.first) || flake && it.first == "inputs" {
            continue;
        }
        told.push(group);
        let alike: Vec<&Binding> = bindings[at..]
            .iter()
            .filter(|other| (other.block, other.first.as_str()) == group)
            .collect();
        if alike.len() < least || it.path.attrs().nth(1).is_none() {
            continue;
        }
        let alone = bindings.iter().filter(|other| other.first == it.first).count() == alike.len();
        let shared = shared(&alike);
        let fix = cx.tree().filter(|_| alone).and_then(|tree| fix(tree, &alike, shared.len()));
        let first = |it: &Binding| it.path.attrs().next().map(|it| it.syntax().text_range());
        let Some(place) = first(it) else { continue };
        let keys: Vec<String> = shared.iter().map(ToString::to_string).collect();
        let key = keys.join(".");
        let message = format!(
            "`{key}` begins {} bindings here: write `{key} = {{ … }}` once",
            alike.len()
        );
        let finding = cx.report(place, message);
        for other in alike[1..].iter().filter_map(|it| first(it)) {
            finding.label(other, "again");
        }
        finding.fix_if(fix);
    }
}

/// The keys that all paths begin with; each path has one more at least.
fn shared(alike: &[&Binding]) -> Vec<attrpath::Key> {
    let mut paths = alike.iter().map(|it| attrpath::keys(&it.path));
    let mut shared = paths.next().unwrap_or_default();
    shared.pop();
    for path in paths {
        let same = shared
            .iter()
            .zip(&path)
            .take_while(|(a, b)| a == b && a.name().is_some())
            .count();
        shared.truncate(same.min(path.len().saturating_sub(1)).max(1));
    }
    shared
}

/// Whether a set is the value of `inputs`.
fn inputs(set: &SyntaxNode) -> bool {
    set.parent()
        .and_then(ast::AttrpathValue::cast)
        .and_then(|it| it.attrpath()?.attrs().next())
        .is_some_and(|attr| attrpath::key(&attr).is("inputs"))
}

/// The bindings of a set whose first key is known. A blank line or a comment begins a new block.
fn bindings(set: &SyntaxNode) -> Vec<Binding> {
    let (mut block, mut index) = (0, 0);
    let mut found = Vec::new();
    for child in set.children_with_tokens() {
        if let Some(token) = child.as_token() {
            let blank = token.kind() == SyntaxKind::TOKEN_WHITESPACE
                && token.text().matches('\n').nth(1).is_some();
            if blank || token.kind() == SyntaxKind::TOKEN_COMMENT {
                block += 1;
            }
            continue;
        }
        index += 1;
        let Some(it) = child.into_node().and_then(ast::AttrpathValue::cast) else {
            continue;
        };
        let Some(path) = it.attrpath() else { continue };
        let first = path.attrs().next().map(|attr| attrpath::key(&attr));
        if let Some(attrpath::Key::Static(first)) = first {
            let node = it.syntax().clone();
            found.push(Binding { node, path, first: first.into(), index, block });
        }
    }
    found
}

/// `s.a = 1; s.b = 2;  =>  s = { a = 1; b = 2; };`, for dotted bindings that stand side by side: on one line, or each
/// on its own. `shared` is how many keys they have in common, at least one.
fn fix(tree: &Tree, alike: &[&Binding], shared: usize) -> Option<Fix> {
    let lines: Vec<Option<SyntaxToken>> = alike.iter().map(|it| line(&it.node)).collect();
    let own = match lines.iter().flatten().count() {
        0 => None,
        count if count == lines.len() => lines[0].as_ref().map(|it| it.text().to_owned()),
        _ => return None,
    };
    // The line end and the indentation, and what goes further in.
    let own = own.map(|space| {
        let at = space.rfind('\n').unwrap_or(0);
        let at = at - usize::from(space[..at].ends_with('\r'));
        (space[at..].to_owned(), if space.contains('\t') { "\t" } else { "  " })
    });
    let mut fix = Fix::r#unsafe("write one set");
    for (at, it) in alike.iter().enumerate() {
        let attrs: Vec<TextRange> =
            it.path.attrs().map(|attr| attr.syntax().text_range()).collect();
        let (last, inner) = (attrs.get(shared.checked_sub(1)?)?, attrs.get(shared)?);
        let head = TextRange::new(attrs[0].start(), inner.start());
        let dot = TextRange::new(last.end(), inner.start());
        let beside = at == 0 || alike[at - 1].index + 1 == it.index;
        if !beside || comments::any_in(&it.node, it.node.text_range()) {
            return None;
        }
        let step = own.as_ref().map_or("", |(_, step)| step);
        fix = match (&own, at) {
            (Some((line, step)), 0) => {
                let open = format!(" = {{{line}{step}");
                fix.replace(dot, open)
            }
            (None, 0) => fix.replace(dot, " = { "),
            _ => fix.replace(head, step),
        };
        // Further lines of a value move along; those of a string would have to be asked what they mean.
        for token in it.node.descendants_with_tokens().filter_map(|it| it.into_token()) {
            if !token.text().contains('\n') {
                continue;
            }
            if token.kind() != SyntaxKind::TOKEN_WHITESPACE {
                return None;
            }
            fix = fix.insert(token.text_range().end(), step);
        }
    }
    let end = alike.last()?.node.text_range().end();
    let close = own.map_or(" };".to_owned(), |(line, _)| format!("{line}}};"));
    fix.insert(end, close).joined(&tree.root)
}

/// The white space before a statement that begins its line.
fn line(node: &SyntaxNode) -> Option<SyntaxToken> {
    node.first_token()?
        .prev_token()
        .filter(|it| it.kind() == SyntaxKind::TOKEN_WHITESPACE && it.text().contains('\n'))
}
