//! A path of a flake that leaves the repository.

use lint_api::prelude::*;
use lint_api::repo::imports::Target;

/// The lint.
pub static LINT: Lint = Lint {
    name: "outside-flake",
    group: Group::Files,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a path of a flake that leaves the repository",
    page: include_str!("outside_flake.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    // Below the top of a work tree, Nix takes all of it.
    let top = repo.git.as_ref().is_none_or(|git| git.above == 0);
    if let Some((flake, facts)) = repo.main_flake().filter(|_| top).and_then(|it| Some((it, it.facts.flake.as_ref()?))) {
        for input in &facts.inputs {
            let reference = input.reference.as_ref().filter(|it| it.kind() == "path");
            let path = reference.and_then(|it| it.attributes.get("path")).unwrap_or_default();
            let (true, Some((_, at))) = (path.starts_with("../"), &input.url) else { continue };
            cx.report(
                Span { file: flake.id, range: *at },
                format!("`{path}` lies outside the repository, so the flake cannot take it as an input"),
            )
            .help("give it as `git+file:` with its whole path, or move it in");
        }
    }
    let reached = repo.reached_by_flakes();
    for file in &repo.files {
        if !file.facts.faults.is_empty() || !reached.contains(&file.id) || repo.flake_of(&file.path).is_none() {
            continue;
        }
        for edge in &file.facts.imports.edges {
            if edge.guard.is_some() {
                continue;
            }
            match &edge.target {
                Target::Outside(text) if repo.leaves_work_tree(file, text) => {}
                Target::Repo(path) => {
                    if let Some((link, to)) = repo.link_outside(path) {
                        cx.report(
                            Span { file: file.id, range: edge.at },
                            format!("`{link}` is a link to `{to}`, outside the repository: the flake has the link alone"),
                        )
                        .help("put the file in its place, or make it an input");
                    }
                    continue;
                }
                _ => continue,
            }
            let written = file.text.slice(edge.at);
            cx.report(
                Span { file: file.id, range: edge.at },
                format!("`{written}` lies outside the repository, so the flake does not contain it"),
            )
            .help("move it in, or make it an input");
        }
    }
}
