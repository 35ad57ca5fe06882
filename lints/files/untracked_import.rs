//! A path inside a flake that git does not track.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::GitState;
use lint_api::repo::eval::When;
use lint_api::repo::hosts::Host;
use lint_api::repo::imports::{Edge, EdgeKind, Guard, Target};

/// The lint.
pub static LINT: Lint = Lint {
    name: "untracked-import",
    group: Group::Files,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a path of a flake that git does not track",
    page: include_str!("untracked_import.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let Some(git) = &repo.git else { return };
    // Scripts that build only `path:.` copy the folder as it is.
    let by_path = repo.files.iter().any(|file| {
        file.kind != Kind::Nix && file.text.contents().contains("--flake path:")
    });
    let lower = i8::from(by_path) * 2;
    let flakes: Vec<FileId> = repo.flakes().map(|(id, ..)| id).collect();
    for id in &flakes {
        let flake = repo.file(*id);
        if git.state(&flake.path) == Some(GitState::Untracked) {
            let start = first_token(flake);
            let first = flake.text.contents()[usize::from(start)..].chars().next();
            let range = TextRange::at(start, first.map_or(TextSize::from(0), TextSize::of));
            cx.report(
                Span { file: *id, range },
                format!("`{}` is not tracked by git, so there is no flake here", flake.path),
            )
            .help(format!("git add -N {}", flake.path))
            .soften(lower);
        }
    }
    let reached = repo.reached_by_flakes();
    for file in &repo.files {
        if !file.facts.faults.is_empty() || !reached.contains(&file.id) {
            continue;
        }
        // Where the flake itself is not tracked, that is said, and nothing more.
        let flake = repo.flake_of(&file.path);
        if flake.is_none_or(|it| git.state(&it.path) == Some(GitState::Untracked)) {
            continue;
        }
        for edge in &file.facts.imports.edges {
            if let Some((path, state)) = state(repo, edge) {
                report(cx, file, edge, &path, state, lower);
            }
            let Target::Repo(path) = &edge.target else { continue };
            let module = git.submodules.iter().find(|it| path.lies_in(it));
            if let Some(module) = module.filter(|_| edge.guard.is_none() && !takes_submodules(repo)) {
                let message = format!(
                    "`{path}` lies in the submodule `{module}/`, which Nix leaves out unless `inputs.self.submodules = true`"
                );
                cx.report(Span { file: file.id, range: edge.at }, message).soften(2);
            }
        }
    }
    let mut told = BTreeSet::new();
    let untracked_flake = |host: &Host| {
        let flake = repo.flake_of(&repo.file(host.at.file).path);
        flake.is_none_or(|it| git.state(&it.path) == Some(GitState::Untracked))
    };
    for host in repo.hosts.all.iter().filter(|host| !untracked_flake(host)) {
        for edge in &host.edges {
            let Some(When::Scanned(at)) = edge.when else { continue };
            let path = &repo.file(edge.to).path;
            if git.state(path) == Some(GitState::Untracked) && told.insert(edge.to) {
                cx.report(at, format!("`{path}` is not tracked by git: inside a flake this does not find it"))
                    .help(format!("git add -N {path}"))
                    .soften(2);
            }
        }
    }
}

/// Whether the flake asks for its submodules, or a command does: `.?submodules=1`.
fn takes_submodules(repo: &Repo) -> bool {
    repo.files.iter().any(|file| {
        let text = file.text.contents();
        text.contains("submodules=1") || file.facts.flake.is_some() && text.contains("submodules = true")
    })
}

fn first_token(file: &File) -> TextSize {
    file.facts.outline.root(file.text.contents()).map_or(TextSize::from(0), |root| root.range().start())
}

/// The path that an edge needs and that the flake does not contain, and why not.
fn state(repo: &Repo, edge: &Edge) -> Option<(RepoPath, GitState)> {
    let Target::Repo(path) = &edge.target else { return None };
    let left_out = |path: &RepoPath| {
        let entry = repo.paths.find(path).filter(|it| it.on_disk)?;
        matches!(entry.git?, GitState::Untracked | GitState::Ignored).then_some(entry.git?)
    };
    if let Some(state) = left_out(path) {
        return Some((path.clone(), state));
    }
    if !repo.paths.is_folder(path) || path.bytes().is_empty() {
        return None;
    }
    if edge.kind == EdgeKind::Data {
        // A folder of which nothing is tracked.
        let mut states = repo.paths.below(path).filter(|it| it.on_disk).map(|it| it.git);
        let first = states.next()??;
        let all = matches!(first, GitState::Untracked | GitState::Ignored) && states.all(|it| it == Some(first));
        return all.then(|| (path.clone(), first));
    }
    let default = path.join("default.nix")?;
    left_out(&default).map(|state| (default, state))
}

fn report(cx: &mut RepoCx<'_>, file: &File, edge: &Edge, path: &RepoPath, state: GitState, lower: i8) {
    if matches!(edge.guard, Some(Guard::Example | Guard::Name)) {
        return;
    }
    let written = file.text.slice(edge.at);
    let itself = matches!(&edge.target, Target::Repo(it) if it == path);
    let shown = if itself && written.starts_with('.') && !written.contains(char::is_whitespace) {
        written.to_owned()
    } else {
        path.to_string()
    };
    let at = Span { file: file.id, range: edge.at };
    if edge.guard == Some(Guard::PathExists) {
        // The question itself is one edge, the import another: one finding.
        if edge.kind == EdgeKind::Data && edge.condition.is_none() {
            return;
        }
        if state == GitState::Ignored {
            cx.report(at, format!("`{shown}` is ignored by git: inside a flake it never exists")).soften(2);
        }
        return;
    }
    let why = if state == GitState::Ignored { "ignored by git" } else { "not tracked by git" };
    let finding = cx.report(at, format!("`{shown}` is {why}, so the flake does not contain it"));
    finding.help(if state == GitState::Ignored {
        format!("git add -f -N {path}")
    } else {
        format!("git add -N {path}")
    });
    finding.soften(lower);
}
