//! The graph as a picture that needs nothing else: no font, no script, no style sheet.
//!
//! `layout-rs` says where everything stands; the marks are written here. Colours are readable on white and on black.

use std::fmt::Write as _;
use std::io::{self, Write};

use layout::core::base::Orientation;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, ShapeKind};
use layout::topo::layout::VisualGraph;
use repo::graph::What;

use super::{Node, View, drawing, node_label};

/// Height of a letter in the picture, in its units.
const FONT: usize = 12;
/// How wide a box is, per letter, and besides.
const LETTER: f64 = 7.3;
const PADDING: f64 = 18.0;
const HEIGHT: f64 = 26.0;

/// More than these are drawn as folders: the layout takes time that grows faster than they do.
const NODES: usize = 800;
const LINES: usize = 1600;

/// Prints the picture.
///
/// # Errors
/// When the output cannot be written.
pub fn print(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (nodes, edges) = drawing(view, NODES, LINES);
    if nodes.len() > NODES || edges.len() > LINES {
        return Err(io::Error::other(
            "these are too many hosts for one picture; choose some with --host",
        ));
    }
    let mut graph = VisualGraph::new(Orientation::LeftToRight);
    let mut handles = Vec::with_capacity(nodes.len());
    let mut labels = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let label = node_label(view.repo, node);
        #[expect(clippy::cast_precision_loss, reason = "names are short")]
        let width = label.chars().count() as f64 * LETTER + PADDING;
        // The number leads back to the node when its box is drawn.
        let shape = ShapeKind::new_box(&index.to_string());
        let look = StyleAttr::simple();
        let size = Point::new(width, HEIGHT);
        handles.push(graph.add_node(Element::create(shape, look, Orientation::LeftToRight, size)));
        labels.push(label);
    }
    for (from, to, surely) in &edges {
        let mut arrow = Arrow::simple("");
        if !surely {
            arrow.line_style = LineStyleKind::Dashed;
        }
        graph.add_edge(arrow, handles[*from], handles[*to]);
    }
    let mut canvas = Canvas {
        nodes: &nodes,
        labels: &labels,
        boxes: String::new(),
        arrows: String::new(),
        size: Point::new(0.0, 0.0),
        last: None,
    };
    if !nodes.is_empty() {
        graph.do_it(false, false, false, &mut canvas);
    }
    canvas.finish(out)
}

/// Writes what the layout draws.
struct Canvas<'a> {
    nodes: &'a [Node],
    labels: &'a [String],
    boxes: String,
    arrows: String,
    size: Point,
    /// The box that was drawn last, whose text comes next.
    last: Option<(Point, Point)>,
}

impl Canvas<'_> {
    fn grow(&mut self, to: Point) {
        self.size.x = self.size.x.max(to.x);
        self.size.y = self.size.y.max(to.y);
    }

    fn finish(&self, out: &mut dyn Write) -> io::Result<()> {
        let (width, height) = (self.size.x.max(1.0) + 10.0, self.size.y.max(1.0) + 10.0);
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"monospace\" font-size=\"{FONT}\">"
        )?;
        writeln!(
            out,
            "<defs><marker id=\"end\" markerWidth=\"8\" markerHeight=\"6\" refX=\"8\" refY=\"3\" orient=\"auto\">\
             <path d=\"M0 0L8 3L0 6z\" fill=\"#666666\"/></marker></defs>"
        )?;
        writeln!(
            out,
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
        )?;
        out.write_all(self.arrows.as_bytes())?;
        out.write_all(self.boxes.as_bytes())?;
        writeln!(out, "</svg>")
    }
}

fn colours(node: &Node) -> (&'static str, &'static str) {
    match node {
        Node::One(What::Host(_)) => ("#cfe2f3", "#2b5d8a"),
        Node::One(What::Child(..)) => ("#e6f0f9", "#2b5d8a"),
        Node::One(What::File(_)) => ("#ffffff", "#555555"),
        Node::One(What::Inline(_)) => ("#f7f3e3", "#8a7a2b"),
        Node::One(What::Foreign(_)) => ("#eeeeee", "#999999"),
        Node::Folder(_) => ("#fff6e5", "#b07a1a"),
    }
}

impl RenderBackend for Canvas<'_> {
    fn draw_rect(
        &mut self,
        xy: Point,
        size: Point,
        _look: &StyleAttr,
        _properties: Option<String>,
        _clip: Option<ClipHandle>,
    ) {
        self.grow(Point::new(xy.x + size.x, xy.y + size.y));
        self.last = Some((xy, size));
    }

    fn draw_line(
        &mut self,
        _start: Point,
        _stop: Point,
        _look: &StyleAttr,
        _properties: Option<String>,
    ) {
    }

    fn draw_circle(
        &mut self,
        _xy: Point,
        _size: Point,
        _look: &StyleAttr,
        _properties: Option<String>,
    ) {
    }

    fn draw_text(&mut self, _xy: Point, text: &str, _look: &StyleAttr) {
        let (Some((xy, size)), Some(index)) = (self.last.take(), text.parse::<usize>().ok()) else {
            return;
        };
        let (Some(node), Some(label)) = (self.nodes.get(index), self.labels.get(index)) else {
            return;
        };
        let (fill, stroke) = colours(node);
        let (x, y) = (xy.x + size.x / 2.0, xy.y + size.y / 2.0);
        let _ = writeln!(
            self.boxes,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"4\" fill=\"{fill}\" stroke=\"{stroke}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            xy.x,
            xy.y,
            size.x,
            size.y,
            y + 4.0,
            escaped(label)
        );
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        dashed: bool,
        _head: (bool, bool),
        _look: &StyleAttr,
        _properties: Option<String>,
        _text: &str,
    ) {
        let [first, second, rest @ ..] = path else {
            return;
        };
        for (point, handle) in path {
            self.grow(*point);
            self.grow(*handle);
        }
        let mut way = format!(
            "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            first.0.x,
            first.0.y,
            first.1.x,
            first.1.y,
            second.0.x,
            second.0.y,
            second.1.x,
            second.1.y
        );
        for (handle, point) in rest {
            let _ = write!(
                way,
                "S{:.1} {:.1} {:.1} {:.1}",
                handle.x, handle.y, point.x, point.y
            );
        }
        let dash = if dashed {
            " stroke-dasharray=\"5 4\""
        } else {
            ""
        };
        let _ = writeln!(
            self.arrows,
            "<path d=\"{way}\" fill=\"none\" stroke=\"#666666\"{dash} marker-end=\"url(#end)\"/>"
        );
    }

    fn create_clip(&mut self, _xy: Point, _size: Point, _rounded: usize) -> ClipHandle {
        0
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Not allowed in XML, and not drawn.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
