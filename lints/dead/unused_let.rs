//! A `let` binding that nothing needs.

use std::collections::{BTreeMap, BTreeSet};

use lint_api::prelude::*;
use lint_api::syntax::callee::{expr_at, statement_at};
use merge::Form;
use remove::{Comments, Removal};

/// The lint.
pub static LINT: Lint = Lint {
    name: "unused-let",
    group: Group::Dead,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "a `let` binding that nothing needs, circles included",
    page: include_str!("unused_let.md"),
    options: Options::of::<Settings>(),
    check: Check::File(check),
};

/// The settings of the lint.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Names that may be unused.
    pub ignore: NamePattern,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            ignore: NamePattern::new("^_"),
        }
    }
}

/// How many names one fix deletes.
const MANY: usize = 100;

/// How many findings of a file get a fix: the next run has some for the rest.
const FIXES: usize = 500;

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    if tree.scopes.units() == 1 {
        return;
    }
    let settings = cx.options::<Settings>();
    let live = Live::of(&tree.scopes, |name| settings.ignore.matches(name));
    for (index, id) in live.dead(&tree.scopes).enumerate() {
        let gone = (index < FIXES).then(|| Gone::of(&live, tree, id)).flatten();
        let fix = gone.as_ref().and_then(|gone| fix(tree, gone));
        let finding = cx.report(
            tree.scopes.name(id).at,
            message(&live, tree, id, gone.as_ref()),
        );
        for part in tree.scopes.parts(id).iter().skip(1) {
            finding.label(part.key, "also here");
        }
        match fix {
            Some(fix) => {
                if fix.safety == Safety::Unsafe {
                    finding.help("a comment speaks of it: the fix takes the comment too");
                }
                finding.fix(fix);
            }
            None if gone.is_some() => {
                finding.help("a comment stands in the way of a fix");
            }
            None => {}
        }
    }
}

/// A dead name with all dead names that mention it, directly or through others: they can only go together.
type Names = BTreeSet<NameId>;

struct Gone {
    names: Names,
    /// Those that the name itself needs as well: they use each other in a circle.
    circle: Names,
}

impl Gone {
    fn of(live: &Live, tree: &Tree, id: NameId) -> Option<Gone> {
        let names = users_of(live, tree, id)?;
        let mut circle = Names::new();
        for other in &names {
            if *other != id && users_of(live, tree, *other)?.contains(&id) {
                circle.insert(*other);
            }
        }
        Some(Gone { names, circle })
    }
}

/// A name and everything that uses it; `None` if that is too much.
fn users_of(live: &Live, tree: &Tree, id: NameId) -> Option<Names> {
    let mut found = Names::from([id]);
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        for user in live.users(&tree.scopes, id) {
            if found.insert(user) {
                open.push(user);
            }
        }
        if found.len() > MANY {
            return None;
        }
    }
    Some(found)
}

fn message(live: &Live, tree: &Tree, id: NameId, gone: Option<&Gone>) -> String {
    let tick = |id: &NameId| format!("`{}`", tree.scopes.name_text(*id));
    let name = tick(&id);
    let users = live.users(&tree.scopes, id);
    let circle = gone.map(|gone| &gone.circle);
    match users.as_slice() {
        [] => format!("nothing uses {name}"),
        _ if circle.is_some_and(|circle| users.iter().all(|user| circle.contains(user))) => {
            let mut all: Vec<NameId> = circle.into_iter().flatten().copied().chain([id]).collect();
            all.sort_by_key(|id| tree.scopes.name(*id).at.start());
            let all: Vec<String> = all.iter().map(tick).collect();
            format!("{} use only each other", join(&all))
        }
        [user] => format!("only {0} uses {name}, and nothing uses {0}", tick(user)),
        users => {
            let all: Vec<String> = users.iter().take(5).map(tick).collect();
            format!("only {} use {name}, and nothing uses them", join(&all))
        }
    }
}

fn join(names: &[String]) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Deletes names with all their parts; an `inherit` or a `let` that is left without any goes too.
fn fix(tree: &Tree, gone: &Gone) -> Option<Fix> {
    let scopes = &tree.scopes;
    // By statement: the names that go from it.
    let mut statements: BTreeMap<(TextSize, TextSize), Vec<&merge::Part>> = BTreeMap::new();
    let mut lets: BTreeMap<TextSize, TextRange> = BTreeMap::new();
    for id in &gone.names {
        let at = scopes.scope(scopes.name(*id).scope).at;
        lets.insert(at.start(), at);
        for part in scopes.parts(*id) {
            let at = part.statement;
            statements.entry((at.start(), at.end())).or_default().push(part);
        }
    }
    let mut deleted: Vec<TextRange> = Vec::new();
    let mut whole: BTreeSet<TextSize> = BTreeSet::new();
    let mut safe = true;
    for ((start, end), parts) in statements {
        let node = statement_at(&tree.root, TextRange::new(start, end))?;
        let names = ast::Inherit::cast(node.clone()).map_or(1, |it| it.attrs().count());
        let inherits = matches!(parts[0].form, Form::Inherit | Form::InheritFrom);
        if inherits && parts.len() < names {
            for part in parts {
                let attr = node.children().find(|it| it.text_range() == part.key)?;
                deleted.push(remove::inherited(&attr)?);
            }
            continue;
        }
        let removal = Removal::of(&node)?;
        whole.insert(start);
        match removal.comments {
            Comments::None => deleted.push(removal.range),
            Comments::Attached => {
                safe = false;
                deleted.push(removal.wide);
            }
            Comments::Inside => return None,
        }
    }
    for at in lets.into_values() {
        let Some(ast::Expr::LetIn(let_in)) = expr_at(&tree.root, at) else {
            continue;
        };
        if let_in
            .entries()
            .all(|entry| whole.contains(&entry.syntax().text_range().start()))
        {
            let head = head(&let_in)?;
            let lost = comments::any_in(let_in.syntax(), head)
                && !comments_in(let_in.syntax(), head)
                    .all(|comment| deleted.iter().any(|range| range.contains_range(comment)));
            if lost {
                return None;
            }
            deleted.push(head);
        }
    }
    let title = match gone.names.len() {
        1 => "remove the binding".to_owned(),
        count => format!("remove the {count} bindings"),
    };
    let fix = if safe {
        Fix::safe(title)
    } else {
        Fix::r#unsafe(title)
    };
    joined_up(deleted)
        .into_iter()
        .fold(fix, Fix::delete)
        .joined(&tree.root)
}

/// From `let` to the body, or to the comment before it.
fn head(let_in: &ast::LetIn) -> Option<TextRange> {
    let end = remove::word_and_lines(&let_in.in_token()?).end();
    Some(TextRange::new(let_in.syntax().text_range().start(), end))
}

fn comments_in(node: &SyntaxNode, range: TextRange) -> impl Iterator<Item = TextRange> {
    node.descendants_with_tokens()
        .filter(|it| it.kind() == SyntaxKind::TOKEN_COMMENT)
        .map(|it| it.text_range())
        .filter(move |at| range.contains_range(*at))
}

/// Ranges that overlap or touch, as one.
fn joined_up(mut ranges: Vec<TextRange>) -> Vec<TextRange> {
    ranges.sort_by_key(|range| (range.start(), range.end()));
    let mut result: Vec<TextRange> = Vec::new();
    for range in ranges {
        match result.last_mut() {
            Some(last) if range.start() <= last.end() => *last = last.cover(range),
            _ => result.push(range),
        }
    }
    result
}
