//! A path that names nothing.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::hosts::{ephemeral_path, is_template};
use lint_api::repo::imports::{Arrival, Edge, EdgeKind, Guard, Target};

/// The lint.
pub static LINT: Lint = Lint {
    name: "missing-import",
    group: Group::Files,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a path that does not exist",
    page: include_str!("missing_import.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// Of more missing paths than this it is not asked which others are like them.
const ADVISED: usize = 1_000;

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let reached: BTreeSet<FileId> = repo
        .hosts
        .all
        .iter()
        .flat_map(|host| host.surely.iter().chain(&host.perhaps).chain([&host.at.file]))
        .copied()
        .collect();
    let mut told = 0;
    for file in &repo.files {
        let edges = &file.facts.imports.edges;
        if edges.is_empty() || !file.facts.faults.is_empty() || is_template(&file.path) {
            continue;
        }
        let edges: Vec<(&Edge, Arrival)> = edges.iter().map(|edge| (edge, repo.arrival(edge))).collect();
        let gone = |it: &&(&Edge, Arrival)| matches!(it.1, Arrival::Missing | Arrival::NoDefault);
        // A flake all of whose files are missing is meant for another place.
        if file.path.file_name() == "flake.nix"
            && edges.iter().filter(|(_, arrival)| *arrival != Arrival::Unknown).all(|it| gone(&it))
        {
            continue;
        }
        let guarded = edges.iter().filter(|(it, _)| it.guard == Some(Guard::PathExists));
        let asked: BTreeSet<&Target> = guarded.map(|(it, _)| &it.target).collect();
        for (edge, arrival) in edges.iter().filter(gone) {
            if edge.guard.is_none() && !asked.contains(&edge.target) {
                told += 1;
                report(cx, file, edge, *arrival, reached.contains(&file.id), told <= ADVISED);
            }
        }
    }
}

fn report(
    cx: &mut RepoCx<'_>,
    file: &File,
    edge: &Edge,
    arrival: Arrival,
    reached: bool,
    advised: bool,
) {
    let Target::Repo(path) = &edge.target else { return };
    let written = file.text.slice(edge.at);
    let shown = if written.starts_with(['.', '/']) && !written.contains(char::is_whitespace) {
        written.to_owned()
    } else {
        path.to_string()
    };
    let other =
        if advised && arrival == Arrival::Missing { other_case(cx.repo, path) } else { None };
    let relative = |it: &RepoPath| {
        let folder = file.path.parent();
        let (whole, prefix) = (it.to_string(), format!("{folder}/"));
        match (folder.bytes().is_empty(), whole.strip_prefix(&prefix)) {
            (true, _) => format!("./{whole}"),
            (false, Some(rest)) => format!("./{rest}"),
            _ => whole.clone(),
        }
    };
    let message = match (arrival, &other) {
        (Arrival::NoDefault, _) => format!("`{shown}` has no `default.nix`"),
        (_, Some(other)) => format!(
            "`{shown}` does not exist, but `{}` does (Linux distinguishes case)",
            relative(other)
        ),
        _ => format!("`{shown}` does not exist"),
    };
    let near = if advised && other.is_none() { nearest(cx.repo, path) } else { None };
    let finding = cx.report(Span { file: file.id, range: edge.at }, message);
    if let Some(near) = near.filter(|_| arrival == Arrival::Missing) {
        finding.help(format!("did you mean `{}`?", relative(&near)));
    }
    let eager = matches!(edge.kind, EdgeKind::Module | EdgeKind::Import | EdgeKind::Call);
    if ephemeral_path(&file.path) || file.path.to_string().contains("disabled") {
        finding.soften(2);
    } else if !(eager && reached) {
        finding.soften(1);
    }
}

/// The only path that differs by case alone.
fn other_case(repo: &Repo, path: &RepoPath) -> Option<RepoPath> {
    let lower = path.to_string().to_lowercase();
    let mut same = repo
        .paths
        .entries()
        .iter()
        .filter(|entry| entry.on_disk && entry.path.bytes().len() == path.bytes().len())
        .filter(|entry| entry.path.to_string().to_lowercase() == lower);
    let found = same.next()?;
    same.next().is_none().then(|| found.path.clone())
}

/// A name in the same folder that differs by two letters at most.
fn nearest(repo: &Repo, path: &RepoPath) -> Option<RepoPath> {
    let (folder, name) = (path.parent(), path.file_name());
    let best = repo
        .names_in(&folder)
        .into_iter()
        .map(|(it, _)| (distance(&it, &name), it))
        .filter(|(distance, it)| *distance <= 2 && it.len() > 3)
        .min()?;
    folder.join(&best.1)
}

/// How many letters must be changed, added or removed; more than 3 is all the same.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 3 || a.len() > 200 || b.len() > 200 {
        return 4;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut above = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = above + usize::from(x != y);
            above = row[j + 1];
            row[j + 1] = change.min(above + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
