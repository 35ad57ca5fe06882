//! Files that import each other with `import`, before either has a value.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::imports::{Edge, Target};

/// The lint.
pub static LINT: Lint = Lint {
    name: "import-cycle",
    group: Group::Files,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "files that import each other with `import`",
    page: include_str!("import_cycle.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// How many files a cycle may have to be found.
const LONGEST: usize = 16;

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut told: BTreeSet<FileId> = BTreeSet::new();
    for file in &repo.files {
        if told.contains(&file.id) {
            continue;
        }
        let mut path: Vec<(FileId, &Edge)> = Vec::new();
        let mut at = file.id;
        // A file's value is at most one import: the chain has no branches worth following but the first that closes.
        while path.len() < LONGEST {
            let Some((edge, target)) = head(repo, at) else { break };
            path.push((at, edge));
            at = target;
            if at == file.id {
                cycle(cx, &path, &mut told);
                break;
            }
            if path.iter().any(|(id, _)| *id == at) {
                break;
            }
        }
    }
}

/// The import that a file's value needs at once.
fn head(repo: &Repo, file: FileId) -> Option<(&Edge, FileId)> {
    let facts = &repo.file(file).facts;
    if !facts.faults.is_empty() {
        return None;
    }
    facts.imports.edges.iter().filter(|edge| edge.strict && edge.guard.is_none()).find_map(|edge| {
        let Target::Repo(path) = &edge.target else { return None };
        Some((edge, repo.file_at(path)?.id))
    })
}

fn cycle(cx: &mut RepoCx<'_>, path: &[(FileId, &Edge)], told: &mut BTreeSet<FileId>) {
    // Behind a lambda the import waits for an argument: the edge that comes in must give it.
    let waits = path.iter().enumerate().any(|(nth, (_, edge))| {
        let into = path[(nth + path.len() - 1) % path.len()].1;
        edge.lambdas > u8::from(into.applied)
    });
    if waits {
        return;
    }
    let repo = cx.repo;
    let name = |id: FileId| format!("`{}`", repo.file(id).path);
    let (first, edge) = path[0];
    let message = match path {
        [_] => format!("{} imports itself", name(first)),
        [_, (second, _)] => format!("{} and {} import each other", name(first), name(*second)),
        _ => {
            let names: Vec<String> = path.iter().map(|(id, _)| name(*id)).collect();
            format!("{} import each other in a circle", names.join(", "))
        }
    };
    let finding = cx.report(Span { file: first, range: edge.at }, message);
    for (nth, (id, edge)) in path.iter().enumerate().skip(1) {
        let next = path.get(nth + 1).map_or(first, |it| it.0);
        finding.label_at(
            Span { file: *id, range: edge.at },
            format!("{} imports {} here", name(*id), name(next)),
        );
    }
    finding.note("`infinite recursion encountered`");
    told.extend(path.iter().map(|(id, _)| *id));
}
