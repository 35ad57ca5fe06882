//! The graph of modules: as trees of text, DOT, JSON, or a picture. One file per form.
//!
//! All of them show names and places, never source text.

mod dot;
mod json;
mod svg;
mod text;

use std::io::{self, Write};

use repo::class::Class;
use repo::graph::{Line, What};
use repo::hosts::Host;
use repo::{FileId, Repo, RepoPath};

use crate::{sanitise, why};

pub use text::{unreached, why as why_reached};

/// A form of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A tree for each host.
    Text,
    /// For Graphviz.
    Dot,
    /// Everything, as one JSON document.
    Json,
    /// A picture.
    Svg,
}

/// What is shown, and how.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The hosts, by their index; homes of a system stand below it and are not listed.
    pub hosts: Vec<usize>,
    /// Trees of ASCII.
    pub ascii: bool,
}

/// More nodes or lines than these are drawn as folders.
const NODES: usize = 1500;
const LINES: usize = 6000;

/// Prints the graph.
///
/// # Errors
/// When the output cannot be written.
pub fn print(form: Form, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Text => text::print(view, out),
        Form::Dot => dot::print(view, out),
        Form::Json => json::print(view, out),
        Form::Svg => svg::print(view, out),
    }
}

/// The word for a class.
#[must_use]
pub fn class(class: Class) -> &'static str {
    class.as_str()
}

/// The name of a host, as it may be shown.
#[must_use]
pub fn name(host: &Host) -> String {
    match host.name.known() {
        Some(name) => sanitise::text(name),
        None => "(without a name)".to_owned(),
    }
}

/// The path of a file, as it may be shown.
fn path(repo: &Repo, file: FileId) -> String {
    sanitise::bytes(repo.file(file).path.bytes())
}

/// What a node is called.
fn label(repo: &Repo, what: &What) -> String {
    match what {
        What::Host(host) => {
            let host = &repo.hosts.all[*host];
            format!("{} {}", class(host.class), name(host))
        }
        What::Child(host, nth) => {
            let child = &repo.hosts.all[*host].children[*nth];
            let name = sanitise::text(&child.name);
            format!("{} {name}", child.kind.option())
                .trim_end()
                .to_owned()
        }
        What::File(file) => path(repo, *file),
        What::Inline(at) => format!("module in {}", why::place(repo, *at)),
        What::Foreign(name) => sanitise::text(name),
    }
}

/// A node of a drawing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// One thing.
    One(What),
    /// All files below a folder.
    Folder(RepoPath),
}

/// The nodes and lines of a drawing: files become folders where there are too many of either.
fn drawing(
    view: &View<'_>,
    most_nodes: usize,
    most_lines: usize,
) -> (Vec<Node>, Vec<(usize, usize, bool)>) {
    let lines = view.repo.lines(&view.hosts);
    let mut depth = usize::MAX;
    loop {
        let (nodes, edges) = folded(view, &lines, depth);
        if nodes.len() <= most_nodes && edges.len() <= most_lines || depth <= 1 {
            return (nodes, edges);
        }
        depth = if depth == usize::MAX { 6 } else { depth - 1 };
    }
}

/// The drawing with folders of at most so many components.
fn folded(view: &View<'_>, lines: &[Line], most: usize) -> (Vec<Node>, Vec<(usize, usize, bool)>) {
    let node = |what: &What| match what {
        What::File(file) if most != usize::MAX => {
            let mut folder = view.repo.file(*file).path.parent();
            while folder.components().count() > most {
                folder = folder.parent();
            }
            Node::Folder(folder)
        }
        What::Inline(at) if most != usize::MAX => {
            Node::Folder(view.repo.file(at.file).path.parent())
        }
        other => Node::One(other.clone()),
    };
    let mut index = std::collections::BTreeMap::new();
    for host in &view.hosts {
        index.insert(Node::One(What::Host(*host)), 0);
    }
    for line in lines {
        index.insert(node(&line.from), 0);
        index.insert(node(&line.to), 0);
    }
    for (number, slot) in index.values_mut().enumerate() {
        *slot = number;
    }
    let mut edges = std::collections::BTreeMap::new();
    for line in lines {
        let (from, to) = (index[&node(&line.from)], index[&node(&line.to)]);
        if from != to {
            *edges.entry((from, to)).or_insert(false) |= line.surely;
        }
    }
    let edges = edges
        .into_iter()
        .map(|((from, to), surely)| (from, to, surely));
    (index.into_keys().collect(), edges.collect())
}

fn node_label(repo: &Repo, node: &Node) -> String {
    match node {
        Node::One(what) => label(repo, what),
        Node::Folder(folder) if folder.bytes().is_empty() => "./*".to_owned(),
        Node::Folder(folder) => format!("{}/*", sanitise::bytes(folder.bytes())),
    }
}
