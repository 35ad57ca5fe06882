//! The graph as JSON: hosts with their files and imports, and the class of every Nix file.

use std::io::{self, Write};

use repo::eval::When;
use repo::graph::What;
use repo::hosts::{Child, Host, ModuleEdge};
use repo::{FileId, Kind, Repo, Span};
use serde::Serialize;
use serde_json::{Value, json};

use super::{View, class};
use crate::why::reason;

#[derive(Serialize)]
struct Document {
    version: &'static str,
    hosts: Vec<Value>,
    may_be_others: Vec<String>,
    files: Vec<Value>,
}

/// Prints the graph.
///
/// # Errors
/// When the output cannot be written.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let repo = view.repo;
    let mut shown: Vec<usize> = Vec::new();
    for host in &view.hosts {
        shown.push(*host);
        let rows = repo.tree(*host);
        shown.extend(rows.iter().filter_map(|row| match row.what {
            What::Host(home) => Some(home),
            _ => None,
        }));
    }
    let mut open: Vec<String> = repo
        .hosts
        .open
        .iter()
        .map(|why| reason(repo, why))
        .collect();
    open.sort_unstable();
    open.dedup();
    let hosts = shown
        .iter()
        .map(|index| host(repo, &repo.hosts.all[*index]));
    let nix = repo.files.iter().filter(|file| file.kind == Kind::Nix);
    let document = Document {
        version: crate::VERSION,
        hosts: hosts.collect(),
        may_be_others: open,
        files: nix.map(|it| file(repo, it.id)).collect(),
    };
    crate::json::write(&document, out)
}

fn place(repo: &Repo, at: Span) -> Value {
    let file = repo.file(at.file);
    json!({
        "path": file.path.text(),
        "line": file.text.line_of(at.range.start()) + 1,
    })
}

fn paths(repo: &Repo, files: &std::collections::BTreeSet<FileId>) -> Vec<String> {
    let path = |file: &FileId| repo.file(*file).path.text().into_owned();
    files.iter().map(path).collect()
}

fn imports(repo: &Repo, edges: &[ModuleEdge]) -> Vec<Value> {
    let one = |edge: &ModuleEdge| {
        json!({
            "from": place(repo, edge.at),
            "to": repo.file(edge.to).path.text(),
            "if": match edge.when {
                Some(When::If(at)) => place(repo, at),
                _ => Value::Null,
            },
            "found_by": match edge.when {
                Some(When::Scanned(at)) => place(repo, at),
                _ => Value::Null,
            },
        })
    };
    edges.iter().map(one).collect()
}

fn host(repo: &Repo, host: &Host) -> Value {
    let mut why: Vec<String> = host.why.iter().map(|why| reason(repo, why)).collect();
    why.sort_unstable();
    why.dedup();
    let children = host.children.iter().map(|it| child(repo, it));
    json!({
        "name": host.name.known(),
        "class": class(host.class),
        "at": place(repo, host.at),
        "system_host": host.system_host.and_then(|it| repo.hosts.all[it].name.known().cloned()),
        "system": host.system.known(),
        "complete": host.complete,
        "ephemeral": host.ephemeral,
        "surely": paths(repo, &host.surely),
        "perhaps": paths(repo, &host.perhaps),
        "imports": imports(repo, &host.edges),
        "inline": host.inline.iter().map(|(at, _)| place(repo, *at)).collect::<Vec<_>>(),
        "inputs": host.foreign.iter().map(|(name, at)| json!({ "name": name, "at": place(repo, *at) })).collect::<Vec<_>>(),
        "inside": children.collect::<Vec<_>>(),
        "not_known": why,
    })
}

fn child(repo: &Repo, child: &Child) -> Value {
    json!({
        "kind": child.kind.option(),
        "name": child.name,
        "at": place(repo, child.at),
        "surely": paths(repo, &child.surely),
        "perhaps": paths(repo, &child.perhaps),
        "imports": imports(repo, &child.edges),
    })
}

fn file(repo: &Repo, file: FileId) -> Value {
    let votes = repo.classes.of(file);
    let certain: Vec<&str> = votes.certain_all().map(class).collect();
    json!({
        "path": repo.file(file).path.text(),
        "class": certain,
        "likely": votes.likely().map(class),
    })
}
