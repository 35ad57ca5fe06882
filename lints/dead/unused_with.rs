//! A `with` that brings nothing.

use lint_api::prelude::*;
use lint_api::syntax::callee::expr_at;

/// The lint.
pub static LINT: Lint = Lint {
    name: "unused-with",
    group: Group::Dead,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "a `with` through which no name comes",
    page: include_str!("unused_with.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    let scopes = &tree.scopes;
    let mut live = None;
    for (id, with) in scopes.all_withs() {
        if with.used
            || !live
                .get_or_insert_with(|| Live::of(scopes, |name| name.starts_with('_')))
                .unit(with.unit)
        {
            continue;
        }
        let Some(ast::Expr::With(node)) = expr_at(&tree.root, with.at) else {
            continue;
        };
        let (Some(keyword), Some(source), Some(body)) =
            (node.with_token(), node.namespace(), node.body())
        else {
            continue;
        };
        let empty =
            matches!(&body, ast::Expr::List(list) if list.items().next().is_none());
        // `with pkgs; [ # none yet ]` waits for its first item.
        if empty && comments::any_in(body.syntax(), body.syntax().text_range()) {
            continue;
        }
        let source = cx.text_of(source.syntax());
        let short = source.len() <= 40 && !source.contains('\n');
        let message = if short {
            format!("no name below comes from this `with {source}`")
        } else {
            "no name below comes from this `with`".to_owned()
        };
        let body_range = body.syntax().text_range();
        // A name that looks as if it came from there.
        let bound = scopes.refs_in(body_range).iter().find_map(|it| match it.to {
            To::Name(name) if it.with == Some(id) && !it.desugared => {
                let name = scopes.name(name);
                let kind = if name.kind.is_param() { "the argument" } else { "bound above, as" };
                (!body_range.contains_range(name.at))
                    .then(|| (name.at, kind, scopes.text(it.symbol)))
            }
            _ => None,
        });
        // Somebody may mean to fill the list.
        let fix = fix(tree, &node, if empty { Safety::Unsafe } else { Safety::Safe });
        let finding = cx.report(TextRange::new(keyword.text_range().start(), with.source.end()), message);
        if let Some((at, kind, name)) = bound {
            finding.label(at, format!("`{name}` is this one"));
            finding.help(format!("`{name}` here is {kind} `{name}`: names that are bound win over `with`"));
        }
        if empty {
            finding.soften(1).note("the list is empty");
        }
        finding.fix_if(fix);
    }
}

fn fix(tree: &Tree, with: &ast::With, safety: Safety) -> Option<Fix> {
    let start = with.syntax().text_range().start();
    let semicolon = with.semicolon_token()?;
    if comments::any_in(
        with.syntax(),
        TextRange::new(start, semicolon.text_range().end()),
    ) {
        return None;
    }
    let end = remove::word_and_lines(&semicolon).end();
    let title = "remove the `with`";
    let fix = match safety {
        Safety::Safe => Fix::safe(title),
        Safety::Unsafe => Fix::r#unsafe(title),
    };
    fix.delete(TextRange::new(start, end))
        .joined(&tree.root)
}
