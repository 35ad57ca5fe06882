//! Two overlays of one host that define the same package, where one discards the other.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::outline::{Node, Shape};
use lint_api::repo::overlays::{Defined, Overlay, Side};

/// The lint.
pub static LINT: Lint = Lint {
    name: "overlay-collision",
    group: Group::Overlays,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "two overlays of one host define the same package, and one discards the other",
    page: include_str!("overlay_collision.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// An overlay with the file that holds it.
#[derive(Clone)]
struct Known<'a> {
    file: &'a File,
    overlay: Overlay<'a>,
}

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut told: BTreeSet<(FileId, u32)> = BTreeSet::new();
    let speaks = |file: &&File| file.facts.faults.is_empty() && file.speaks_of(Topic::Overlays);
    for file in repo.files.iter().filter(speaks) {
        for node in file.facts.outline.nodes(file.text.contents()) {
            if !node.is(SyntaxKind::NODE_ATTRPATH_VALUE) {
                continue;
            }
            let (Some(path), Some(value)) = (node.child(0), node.child(1)) else { continue };
            if path.keys().last().and_then(|key| key.name()) == Some("overlays") {
                let list = elements(repo, file, value);
                for (nth, later) in list.iter().enumerate() {
                    for earlier in &list[..nth] {
                        in_one_list(cx, earlier, later, &mut told);
                    }
                }
            }
        }
    }
    for host in &repo.hosts.all {
        if !host.complete {
            continue;
        }
        let mut lists: Vec<(Span, Vec<Known<'_>>)> = Vec::new();
        for setting in &host.nixpkgs {
            if setting.option != "overlays" || setting.when.is_some() {
                continue;
            }
            let file = repo.file(setting.at.file);
            let binding = file.facts.outline.nodes(file.text.contents()).find(|node| {
                node.is(SyntaxKind::NODE_ATTRPATH) && node.range() == setting.at.range
            });
            let value = binding.and_then(Node::parent).and_then(|it| it.child(1));
            if let Some(value) = value {
                lists.push((setting.at, elements(repo, file, value)));
            }
        }
        for (nth, (_, later)) in lists.iter().enumerate() {
            for (_, earlier) in &lists[..nth] {
                for (a, b) in earlier.iter().flat_map(|a| later.iter().map(move |b| (a, b))) {
                    between_modules(cx, a, b, &mut told);
                }
            }
        }
    }
}

/// The overlays of a list whose text is known, in order.
fn elements<'a>(repo: &'a Repo, file: &'a File, value: Node<'a>) -> Vec<Known<'a>> {
    let mut found = Vec::new();
    let mut queue = vec![value];
    while let Some(node) = queue.pop() {
        let node = node.body();
        match node.shape() {
            Shape::List => {
                for element in node.children() {
                    let element = element.bare();
                    let (head, arguments) = element.call();
                    if let (Some("import"), [path]) = (head.last_name().as_deref(), arguments.as_slice()) {
                        let target = path.literal().and_then(|it| file.path.parent().join(&it));
                        let target = target.and_then(|it| repo.file_at(&it));
                        let root = target.and_then(|it| it.facts.outline.root(it.text.contents()));
                        if let (Some(file), Some(overlay)) = (target, root.map(Node::body).and_then(Overlay::of)) {
                            found.push(Known { file, overlay });
                        }
                    } else if let Some(overlay) = Overlay::of(element) {
                        found.push(Known { file, overlay });
                    }
                }
            }
            Shape::Binary { op: "++", left, right } => queue.extend([right, left]),
            _ => {}
        }
    }
    found
}

fn keys<'a>(overlay: &Overlay<'a>) -> Vec<Defined<'a>> {
    let mut keys = overlay.defined();
    keys.retain(|it| it.path.len() == 1 && !it.guarded);
    keys
}

/// Whether a definition builds on what was there before, as far as anybody can tell.
fn builds_on(overlay: &Overlay<'_>, defined: &Defined<'_>) -> bool {
    if defined.inherited.is_some() {
        return true;
    }
    defined.value.descendants().any(|node| {
        node.is(SyntaxKind::NODE_IDENT)
            && overlay.source(node).is_some_and(|source| {
                let select = node.parent().filter(|it| it.is(SyntaxKind::NODE_SELECT));
                let whole = select.and_then(|it| overlay.source(it)).unwrap_or(source);
                // The previous set itself, handed on: it may be asked for the package.
                whole.side == Side::Second && (whole.path.is_empty() || whole.starts_with(&defined.path))
            })
    })
}

fn same(a: &Defined<'_>, b: &Defined<'_>) -> bool {
    a.value.text() == b.value.text()
}

fn in_one_list(cx: &mut RepoCx<'_>, earlier: &Known<'_>, later: &Known<'_>, told: &mut BTreeSet<(FileId, u32)>) {
    for new in keys(&later.overlay) {
        let Some(old) = keys(&earlier.overlay).into_iter().find(|old| old.path == new.path) else { continue };
        let at = Span { file: later.file.id, range: new.key.range() };
        if same(&old, &new) || builds_on(&later.overlay, &new) || !told.insert((at.file, at.range.start().into())) {
            continue;
        }
        let name = &new.path[0];
        let place = if earlier.file.id == later.file.id {
            "before it".to_owned()
        } else {
            format!("from `{}`", earlier.file.path)
        };
        cx.report(at, format!("this overlay's `{name}` discards the one {place}"))
            .label_at(Span { file: earlier.file.id, range: old.key.range() }, "this one is discarded")
            .help(format!("build on `prev.{name}`, or delete one"));
    }
}

fn between_modules(cx: &mut RepoCx<'_>, a: &Known<'_>, b: &Known<'_>, told: &mut BTreeSet<(FileId, u32)>) {
    if a.overlay.lambda == b.overlay.lambda {
        return;
    }
    for new in keys(&b.overlay) {
        let Some(old) = keys(&a.overlay).into_iter().find(|old| old.path == new.path) else { continue };
        let at = Span { file: b.file.id, range: new.key.range() };
        let either = builds_on(&a.overlay, &old) || builds_on(&b.overlay, &new);
        if either || same(&old, &new) || !told.insert((at.file, at.range.start().into())) {
            continue;
        }
        let name = &new.path[0];
        cx.report(
            at,
            format!("`{name}` is also defined by an overlay in `{}`, and neither builds on the other", a.file.path),
        )
        .label_at(
            Span { file: a.file.id, range: old.key.range() },
            "this one is discarded, or discards the other",
        )
        .help("delete one: which of them wins depends on the order of imports");
    }
}
