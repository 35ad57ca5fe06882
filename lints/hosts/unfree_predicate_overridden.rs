//! A predicate for unfree packages that is never asked.

use lint_api::prelude::*;
use lint_api::repo::definitions::{Segment, Value};
use lint_api::repo::outline::Shape;

/// The lint.
pub static LINT: Lint = Lint {
    name: "unfree-predicate-overridden",
    group: Group::Hosts,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "allowUnfree and allowUnfreePredicate fighting",
    page: include_str!("unfree_predicate_overridden.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const PREDICATE: [&str; 3] = ["nixpkgs", "config", "allowUnfreePredicate"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in repo.files.iter().filter(|file| file.speaks_of(Topic::Unfree)) {
        let definitions = &file.facts.definitions;
        let named = |wanted: &'static str| {
            let is = move |path| definitions.last(path) == Some(Segment::Name(wanted));
            definitions.entries.iter().filter(move |entry| is(entry.path))
        };
        for predicate in named("allowUnfreePredicate") {
            if predicate.priority.is_some() || is_constant(file, predicate.value_at) {
                continue;
            }
            let own = definitions.segments(predicate.path);
            let in_config = own.len() > 1 && own[own.len() - 2] == Segment::Name("config");
            let switch = named("allowUnfree").find(|it| {
                it.value == Value::Bool(true)
                    && it.guard == predicate.guard
                    && siblings(file, it.at, predicate.at)
                    && definitions.segments(it.path)[..own.len() - 1] == own[..own.len() - 1]
            });
            if let Some(switch) = switch.filter(|_| in_config) {
                let at = Span {
                    file: file.id,
                    range: predicate.at,
                };
                cx.report(at, "`allowUnfree = true` makes `allowUnfreePredicate` useless")
                    .label(switch.value_at, "allows all unfree packages")
                    .help("remove one of the two");
            }
        }
    }
    let mut said: Vec<Span> = Vec::new();
    for host in &repo.hosts.all {
        let found: Vec<_> = repo
            .settings()
            .surely_on(repo, host, &PREDICATE)
            .filter(|it| it.definition.value == Value::Lambda && it.definition.priority.is_none())
            .collect();
        let [first, second, ..] = found.as_slice() else {
            continue;
        };
        if first.file.id == second.file.id || said.contains(&second.value_at()) {
            continue;
        }
        said.push(second.value_at());
        cx.report(second.span(second.definition.at), "two modules of one host define `allowUnfreePredicate`, and one of them is lost")
            .raise(1)
            .label_at(first.span(first.definition.at), "the other")
            .note("functions in `nixpkgs.config` are not merged")
            .help("keep one predicate that asks for all names");
    }
}

/// `_: true`
fn is_constant(file: &File, at: TextRange) -> bool {
    let node = file.facts.outline.covering(file.text.contents(), at);
    node.is_none_or(|node| match node.body().shape() {
        Shape::Lambda { body, .. } => matches!(body.body().shape(), Shape::Ident("true" | "false")),
        _ => false,
    })
}

/// Whether two keys stand in one set, each as a binding of its own or with the same names before.
fn siblings(file: &File, a: TextRange, b: TextRange) -> bool {
    let set = |at| {
        let node = file.facts.outline.covering(file.text.contents(), at)?;
        node.ancestors().find(|it| it.is(SyntaxKind::NODE_ATTR_SET)).map(|it| it.range())
    };
    set(a).is_some() && set(a) == set(b)
}
