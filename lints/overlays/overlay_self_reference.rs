//! `tool = final.tool.override { … }` in an overlay: a definition that needs itself.

use std::borrow::Cow;

use lint_api::prelude::*;
use lint_api::repo::outline::{Binding, Definition, Node, Param, Shape};
use lint_api::repo::overlays::{self, Defined, Overlay, Side, Source};

/// The lint.
pub static LINT: Lint = Lint {
    name: "overlay-self-reference",
    group: Group::Overlays,
    level: Level::Error,
    fix: FixKind::Unsafe,
    summary: "`tool = final.tool.override …` in an overlay: infinite recursion",
    page: include_str!("overlay_self_reference.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const NOTE: &str = "`infinite recursion encountered`, as soon as something uses it";

fn check(cx: &mut RepoCx<'_>) {
    for file in &cx.repo.files {
        if !file.facts.faults.is_empty() {
            continue;
        }
        for (overlay, _) in overlays::all(file) {
            check_overlay(cx, file, &overlay);
        }
    }
}

/// A place where a definition needs a path of the final set.
struct Need<'a> {
    /// What is defined.
    defined: Defined<'a>,
    /// Through what.
    source: Source<'a>,
    /// The place to point at.
    at: TextRange,
}

fn check_overlay(cx: &mut RepoCx<'_>, file: &File, overlay: &Overlay<'_>) {
    let needs = needs(overlay);
    let own = |need: &&Need<'_>| need.source.starts_with(&need.defined.path);
    if overlays::swapped_names(overlay) {
        swapped(cx, file, overlay, needs.iter().find(own));
        return;
    }
    let first = overlay.name(Side::First).unwrap_or("final");
    for need in needs.iter().filter(own) {
        let name = need.defined.path.join(".");
        let finding = cx.report(
            Span { file: file.id, range: need.at },
            format!("`{name}` is defined through `{first}.{name}`, which is this very definition"),
        );
        finding.note(NOTE);
        if let Some(second) = overlay.name(Side::Second).filter(|name| *name != "_") {
            finding.help(format!("`{second}.{name}` is the one before this overlay"));
            if let Some(fix) = use_previous(overlay, need, second) {
                finding.fix(fix);
            }
        }
    }
    pairs(cx, file, &needs, first);
    for defined in overlay.defined() {
        if defined.path.len() == 1 {
            call_package(cx, file, overlay, &defined, first);
        }
    }
}

/// Everything of the final set that a definition needs before it is anything.
fn needs<'a>(overlay: &Overlay<'a>) -> Vec<Need<'a>> {
    let mut needs = Vec::new();
    for defined in overlay.defined() {
        let sources = match defined.inherited {
            None => overlay.needs(defined.value),
            Some(None) => overlay.source(defined.value).into_iter().collect(),
            Some(Some(from)) => overlay.source(from).map(|mut source| {
                source.path.push(defined.path.last().cloned());
                source
            }).into_iter().collect(),
        };
        for source in sources.into_iter().filter(|source| source.side == Side::First) {
            let at = match defined.inherited {
                Some(_) => defined.key.range(),
                None => head_of(source.node, &source, defined.path.len()),
            };
            needs.push(Need { defined: defined.clone(), source, at });
        }
    }
    needs
}

/// `final.tool` of `final.tool.override`.
fn head_of(node: Node<'_>, source: &Source<'_>, names: usize) -> TextRange {
    let Shape::Select { base, path, .. } = node.shape() else { return node.range() };
    let above = source.path.len() - path.children().count().min(source.path.len());
    match names.checked_sub(above + 1).and_then(|nth| path.child(nth)) {
        Some(key) => TextRange::new(node.range().start(), key.range().end()),
        None => head_of(base.bare(), source, names),
    }
}

/// The fix: the previous set in place of the final one.
fn use_previous(overlay: &Overlay<'_>, need: &Need<'_>, second: &str) -> Option<Fix> {
    let fix = Fix::r#unsafe(format!("take it from `{second}`"));
    let mut place = need.source.node.bare();
    while let Shape::Select { base, .. } = place.shape() {
        place = base.bare();
    }
    // The name must mean the parameter there.
    if place.definition_of(second) != (Definition::Param { lambda: overlay.inner }) {
        return None;
    }
    match (need.source.root, place.shape()) {
        (Some(root), _) => Some(fix.replace(root.range(), second)),
        // `with final; { tool = tool.override { }; }`
        (None, Shape::Ident(name)) if need.defined.inherited.is_none() => {
            let free = matches!(place.definition(), Definition::Free { .. });
            free.then(|| fix.replace(place.range(), format!("{second}.{name}")))
        }
        _ => None,
    }
}

/// `a = final.b …; b = final.a …;`
fn pairs(cx: &mut RepoCx<'_>, file: &File, needs: &[Need<'_>], first: &str) {
    for (nth, one) in needs.iter().enumerate() {
        for other in &needs[nth + 1..] {
            let (a, b) = (&one.defined.path, &other.defined.path);
            if a != b && one.source.starts_with(b) && other.source.starts_with(a) {
                let (a, b) = (a.join("."), b.join("."));
                let finding = cx.report(
                    Span { file: file.id, range: one.at },
                    format!("`{a}` is defined through `{first}.{b}`, which is defined through `{first}.{a}`"),
                );
                finding.label(other.at, format!("`{first}.{b}` needs `{first}.{a}` here"));
                finding.note(NOTE);
            }
        }
    }
}

/// `tool = final.callPackage ({ tool }: …) { };`
fn call_package(cx: &mut RepoCx<'_>, file: &File, overlay: &Overlay<'_>, defined: &Defined<'_>, first: &str) {
    let name = defined.path[0].as_ref();
    let (head, arguments) = defined.value.call();
    let [package, passed] = arguments.as_slice() else { return };
    // Only the scope of the whole package set finds `final.tool`.
    let scope = overlay.source(head).is_some_and(|source| {
        source.path.len() == 1 && source.path[0].as_deref() == Some("callPackage")
    });
    let literal = matches!(passed.shape(), Shape::Set { rec: false });
    if !scope || !literal || passes(*passed, name) {
        return;
    }
    let needs = |node: Node<'_>| {
        let Shape::Lambda { param: Param::Pattern(pattern), .. } = node.body().shape() else { return None };
        let found = pattern.formals().find(|(formal, default)| formal.text() == name && default.is_none());
        found.map(|(formal, _)| formal.range())
    };
    let fix = overlay.name(Side::Second).filter(|second| {
        *second != "_" && passed.definition_of(second) == (Definition::Param { lambda: overlay.inner })
    }).filter(|_| passed.bindings().next().is_none() && passed.text() == "{ }")
    .map(|second| {
        Fix::r#unsafe(format!("pass the `{name}` of `{second}`"))
            .replace(passed.range(), format!("{{ inherit ({second}) {name}; }}"))
    });
    let finding = if let Some(at) = needs(*package) {
        cx.report(
            Span { file: file.id, range: at },
            format!("`callPackage` passes `{first}.{name}` here, which is this very definition"),
        )
    } else {
        let Some(target) = package.literal().and_then(|path| file.path.parent().join(&path)) else { return };
        let repo = cx.repo;
        let Some(target) = repo.find(&target) else { return };
        let root = target.facts.outline.root(target.text.contents());
        let Some(at) = root.and_then(needs) else { return };
        let message = format!("`callPackage` passes `{first}.{name}` to `{}`, which is this very definition", target.path);
        let at = Span { file: target.id, range: at };
        cx.report(Span { file: file.id, range: package.range() }, message).label_at(at, "it takes it here")
    };
    finding.note(NOTE);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// Whether a set has this attribute.
fn passes(set: Node<'_>, name: &str) -> bool {
    set.bindings().any(|binding| match binding {
        Binding::Value { path, .. } => path.keys().first().is_none_or(|key| key.name().is_none_or(|it| it == name)),
        Binding::Inherit { name: it, .. } => it.key().name() == Some(name),
    })
}

/// `prev: final: { … }`
fn swapped(cx: &mut RepoCx<'_>, file: &File, overlay: &Overlay<'_>, need: Option<&Need<'_>>) {
    let (Param::Plain(first), Param::Plain(second)) = (overlay.first, overlay.second) else { return };
    let at = TextRange::new(first.range().start(), second.range().end());
    let finding = cx.report(
        Span { file: file.id, range: at },
        format!("the first parameter of an overlay is the final set, but it is called `{}`", first.text()),
    );
    match need {
        Some(need) => {
            finding.label(need.at, "this is the definition itself").note(NOTE);
            let uses = |lambda: Node<'_>| {
                overlay.body.descendants().any(|node| {
                    node.is(SyntaxKind::NODE_IDENT) && node.definition() == (Definition::Param { lambda })
                })
            };
            if uses(overlay.lambda) && uses(overlay.inner) {
                let title = "swap the names of the parameters";
                let fix = Fix::r#unsafe(title).replace(first.range(), second.text());
                finding.fix(fix.replace(second.range(), first.text()));
            }
        }
        None => {
            finding.soften(1);
        }
    }
    let names: Cow<'_, str> = format!("{}: {}:", second.text(), first.text()).into();
    finding.help(format!("write `{names}`"));
}
