//! An entry of an argument pattern that nothing uses.

use std::collections::{BTreeMap, BTreeSet};

use lint_api::prelude::*;
use lint_api::syntax::place::{expr_at, token_after, token_before};

/// The lint.
pub static LINT: Lint = Lint {
    name: "unused-formal",
    group: Group::Dead,
    level: Level::Info,
    fix: FixKind::Safe,
    summary: "an entry of an argument pattern that nothing uses",
    page: include_str!("unused_formal.md"),
    options: Options::of::<Settings>(),
    check: Check::File(check),
};

/// The settings of the lint.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Names that may be unused.
    pub ignore: NamePattern,
    /// Names that may be unused in the heads of modules.
    pub keep: Vec<String>,
    /// Whether to report entries of a pattern whose `@` name is used.
    pub with_at_name: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        let keep = [
            "config",
            "lib",
            "options",
            "pkgs",
            "modulesPath",
            "inputs",
            "self",
        ];
        Settings {
            ignore: NamePattern::new("^_"),
            keep: keep.map(str::to_owned).to_vec(),
            with_at_name: false,
        }
    }
}

/// Who calls a function, as far as that decides which arguments may go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The head of a file, or of a module inside one; it takes more than it names.
    Module,
    /// Any other function that takes more than it names.
    Open,
    /// The one function of a file that makes a package: `callPackage` passes what it names.
    Package,
    /// `outputs` of a flake.
    Outputs { open: bool },
}

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let scopes = &tree.scopes;
    let settings = cx.options::<Settings>();
    let mut live = None;
    for (id, scope) in scopes.all_scopes() {
        if scope.set.is_some() {
            continue;
        }
        let unused: Vec<NameId> = scopes
            .names_of(id)
            .filter(|(id, name)| {
                name.kind == NameKind::Formal
                    && scopes.refs_of(*id).len() == 0
                    && !settings.ignore.matches(scopes.text(name.symbol))
            })
            .map(|(id, _)| id)
            .collect();
        let at_used = scopes
            .names_of(id)
            .any(|(id, name)| name.kind == NameKind::At && scopes.refs_of(id).len() > 0);
        if unused.is_empty() || (at_used && !settings.with_at_name) {
            continue;
        }
        let live = live.get_or_insert_with(|| Live::of(scopes, |name| name.starts_with('_')));
        if !live.unit(scope.unit) {
            continue;
        }
        let Some(ast::Expr::Lambda(lambda)) = expr_at(&tree.root, scope.at) else {
            continue;
        };
        let Some(ast::Param::Pattern(pattern)) = lambda.param() else {
            continue;
        };
        let Some(kind) = kind(cx, tree, &lambda, &pattern) else {
            continue;
        };
        let reported = |name: &str| match kind {
            Kind::Module => !settings.keep.iter().any(|keep| keep == name),
            Kind::Outputs { open: false } => name != "self",
            Kind::Open | Kind::Package | Kind::Outputs { open: true } => true,
        };
        let unused: Vec<NameId> = unused
            .into_iter()
            .filter(|id| reported(scopes.name_text(*id)))
            .collect();
        let fixes = match safety(kind).filter(|_| !at_used) {
            Some(safety) => fixes(tree, &pattern, &unused, safety),
            None => BTreeMap::new(),
        };
        for id in &unused {
            let at = scopes.name(*id).at;
            let text = scopes.name_text(*id);
            cx.report(at, format!("nothing uses the argument `{text}`"))
                .fix_if(fixes.get(&at.start()).cloned());
        }
    }
}

/// `None` where callers pass exactly what the pattern names.
fn kind(
    cx: &FileCx<'_>,
    tree: &Tree,
    lambda: &ast::Lambda,
    pattern: &ast::Pattern,
) -> Option<Kind> {
    let open = pattern.ellipsis_token().is_some();
    if is_outputs(cx, tree, lambda) {
        return Some(Kind::Outputs { open });
    }
    let root = tree.expr().map(expr::strip_prefixes);
    let is_root = root.is_some_and(|root| root.syntax() == lambda.syntax());
    if open {
        let module = pattern.pat_entries().any(|entry| {
            entry.ident().is_some_and(|ident| {
                matches!(
                    attrpath::ident_text(ident.syntax()),
                    "config" | "lib" | "options" | "pkgs"
                )
            })
        });
        return Some(if is_root || module {
            Kind::Module
        } else {
            Kind::Open
        });
    }
    let makes_package = || {
        let (head, arguments) = expr::call(&expr::strip_prefixes(lambda.body()?));
        let name = expr::last_name(&head)?;
        let known = ["build", "mkDerivation", "runCommand", "writeShell", "symlinkJoin"];
        (!arguments.is_empty() && known.iter().any(|known| name.starts_with(known))).then_some(())
    };
    (is_root && pattern.pat_bind().is_none() && makes_package().is_some()).then_some(Kind::Package)
}

fn safety(kind: Kind) -> Option<Safety> {
    match kind {
        Kind::Module | Kind::Open | Kind::Outputs { open: true } => Some(Safety::Safe),
        Kind::Package => Some(Safety::Unsafe),
        // The input would have to go as well.
        Kind::Outputs { open: false } => None,
    }
}

/// `{ outputs = { … }: …; }` of a `flake.nix`.
fn is_outputs(cx: &FileCx<'_>, tree: &Tree, lambda: &ast::Lambda) -> bool {
    let binding = lambda.syntax().parent().and_then(ast::AttrpathValue::cast);
    cx.file.path.file_name() == "flake.nix"
        && binding.is_some_and(|binding| {
            binding.attrpath().is_some_and(
                |path| matches!(attrpath::keys(&path).as_slice(), [only] if only.is("outputs")),
            ) && binding.syntax().parent()
                == tree
                    .expr()
                    .map(expr::strip_prefixes)
                    .map(|root| root.syntax().clone())
        })
}

/// Deletes unused entries and as many commas, by the start of each entry. Entries that stand side by side go together.
fn fixes(
    tree: &Tree,
    pattern: &ast::Pattern,
    unused: &[NameId],
    safety: Safety,
) -> BTreeMap<TextSize, Fix> {
    let unused: BTreeSet<TextSize> = unused
        .iter()
        .map(|id| tree.scopes.name(*id).at.start())
        .collect();
    // What a comma stands between: entries, and `...`.
    let items: Vec<TextRange> = pattern
        .syntax()
        .children_with_tokens()
        .filter(|it| {
            matches!(
                it.kind(),
                SyntaxKind::NODE_PAT_ENTRY | SyntaxKind::TOKEN_ELLIPSIS
            )
        })
        .map(|it| it.text_range())
        .collect();
    let mut found = BTreeMap::new();
    let mut first = 0;
    while first < items.len() {
        let count = items[first..]
            .iter()
            .take_while(|item| unused.contains(&item.start()))
            .count();
        if let Some(last) = (first + count).checked_sub(1).filter(|_| count > 0)
            && let Some(fix) = fix(tree, pattern, &items, (first, last), safety)
        {
            found.extend(
                items[first..=last]
                    .iter()
                    .map(|item| (item.start(), fix.clone())),
            );
        }
        first += count.max(1);
    }
    found
}

fn fix(
    tree: &Tree,
    pattern: &ast::Pattern,
    items: &[TextRange],
    (first, last): (usize, usize),
    safety: Safety,
) -> Option<Fix> {
    let before = first.checked_sub(1).map(|at| items[at].end());
    let after = items.get(last + 1).map(|item| item.start());
    let range = match (before, after) {
        // `\n, pkgs`: the entry's own comma stands before it.
        (Some(before), Some(_)) if leads(tree, before) => TextRange::new(before, items[last].end()),
        (_, Some(after)) => TextRange::new(items[first].start(), after),
        (Some(before), None) => TextRange::new(before, items[last].end()),
        (None, None) => {
            let comma = pattern
                .syntax()
                .children_with_tokens()
                .filter(|it| it.kind() == SyntaxKind::TOKEN_COMMA)
                .last()
                .map(|comma| comma.text_range().end());
            let end = items[last].end();
            TextRange::new(items[first].start(), comma.map_or(end, |comma| comma.max(end)))
        }
    };
    if comments::any_in(pattern.syntax(), range) || beside_comment(tree, range) {
        return None;
    }
    let count = last - first + 1;
    let title = if count == 1 {
        "remove the argument".to_owned()
    } else {
        format!("remove the {count} arguments")
    };
    let fix = match safety {
        Safety::Safe => Fix::safe(title),
        Safety::Unsafe => Fix::r#unsafe(title),
    };
    fix.delete(range).joined(&tree.root)
}

/// Whether a line break and then a comma follow.
fn leads(tree: &Tree, end: TextSize) -> bool {
    token_after(&tree.root, end)
        .is_some_and(|token| {
            token.kind() == SyntaxKind::TOKEN_WHITESPACE && token.text().contains('\n')
        })
}

/// Whether a comment speaks of what is deleted: it stands on the line above, or behind.
fn beside_comment(tree: &Tree, range: TextRange) -> bool {
    let comment = |token: Option<SyntaxToken>, back: bool| {
        let mut token = token;
        while let Some(it) = token {
            match it.kind() {
                SyntaxKind::TOKEN_WHITESPACE if it.text().matches('\n').count() > 1 => return false,
                SyntaxKind::TOKEN_WHITESPACE if !back && it.text().contains('\n') => return false,
                SyntaxKind::TOKEN_WHITESPACE | SyntaxKind::TOKEN_COMMA => {}
                SyntaxKind::TOKEN_COMMENT => return true,
                _ => return false,
            }
            token = if back { it.prev_token() } else { it.next_token() };
        }
        false
    };
    comment(token_before(&tree.root, range.start()), true)
        || comment(token_after(&tree.root, range.end()), false)
}
