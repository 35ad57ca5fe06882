//! The graph for Graphviz.

use std::io::{self, Write};

use repo::graph::What;

use super::{LINES, NODES, Node, View, drawing, node_label};

/// Prints the graph.
///
/// # Errors
/// When the output cannot be written.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (nodes, edges) = drawing(view, NODES, LINES);
    writeln!(out, "digraph nivis {{")?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  node [shape=box, fontname=\"sans-serif\"];")?;
    for (index, node) in nodes.iter().enumerate() {
        let label = quoted(&node_label(view.repo, node));
        let look = match node {
            Node::One(What::Host(_)) => ", style=filled, fillcolor=\"#d6e6f5\"",
            Node::One(What::Child(..)) => ", style=filled, fillcolor=\"#eaf2fa\"",
            Node::One(What::Inline(_)) => ", style=rounded",
            Node::One(What::Foreign(_)) => ", style=filled, fillcolor=\"#eeeeee\"",
            Node::Folder(_) => ", shape=folder",
            Node::One(What::File(_)) => "",
        };
        writeln!(out, "  n{index} [label={label}{look}];")?;
    }
    for (from, to, surely) in edges {
        let look = if surely { "" } else { " [style=dashed]" };
        writeln!(out, "  n{from} -> n{to}{look};")?;
    }
    writeln!(out, "}}")
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}
