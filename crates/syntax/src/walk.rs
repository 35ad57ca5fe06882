//! The one walk over the tree of a file.
//!
//! Goal: whoever is not concerned by a node pays for reading a slice, not for a [`SyntaxNode`]: that one is made when
//! somebody asks for it. Deep trees cost heap, not stack.

use rnix::{SyntaxKind, SyntaxNode, TextRange};
use rowan::NodeOrToken;

use crate::green::{Children, Green};

/// What [`Walk::step`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A node, before its children.
    Enter,
    /// A node, after its children.
    Leave,
    /// A node that never has child nodes, a name or a literal: half of all nodes.
    Leaf,
}

/// A walk in preorder over all nodes below a root, which stands at one node at a time.
#[derive(Debug)]
pub struct Walk<'g> {
    /// From the root to the node it stands at.
    open: Vec<Open<'g>>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Inside,
    /// The last open node was left.
    Left,
}

#[derive(Debug)]
struct Open<'g> {
    green: Green<'g>,
    rest: Children<'g>,
    node: Option<SyntaxNode>,
}

impl<'g> Walk<'g> {
    /// Stands before the root.
    #[must_use]
    pub fn new(root: &'g SyntaxNode) -> Walk<'g> {
        let green = Green::new(root);
        let mut open = Vec::with_capacity(64);
        open.push(Open {
            green,
            rest: green.children(),
            node: Some(root.clone()),
        });
        Walk {
            open,
            state: State::Before,
        }
    }

    /// Goes on to the next node; `None` when all were left.
    pub fn step(&mut self) -> Option<Step> {
        match self.state {
            State::Before => {
                self.state = State::Inside;
                return Some(Step::Enter);
            }
            State::Inside => {}
            State::Left => {
                self.open.pop();
                self.state = State::Inside;
            }
        }
        let last = self.open.last_mut()?;
        match last.rest.find_map(NodeOrToken::into_node) {
            Some(green) => {
                self.open.push(Open {
                    green,
                    rest: green.children(),
                    node: None,
                });
                if is_leaf(green.kind()) {
                    self.state = State::Left;
                    return Some(Step::Leaf);
                }
                Some(Step::Enter)
            }
            None => {
                self.state = State::Left;
                Some(Step::Leave)
            }
        }
    }

    /// The node it stands at.
    ///
    /// # Panics
    /// When the walk is over.
    #[must_use]
    pub fn green(&self) -> Green<'g> {
        self.open.last().expect("the walk is not over").green
    }

    /// Its kind.
    ///
    /// # Panics
    /// When the walk is over.
    #[must_use]
    pub fn kind(&self) -> SyntaxKind {
        self.green().kind()
    }

    /// The node around it.
    #[must_use]
    pub fn parent(&self) -> Option<Green<'g>> {
        let parent = self.open.len().checked_sub(2)?;
        Some(self.open[parent].green)
    }

    /// The node it stands at, made on the first call.
    ///
    /// # Panics
    /// When the walk is over.
    pub fn node(&mut self) -> &SyntaxNode {
        if self.open.last().is_some_and(|it| it.node.is_none()) {
            self.make();
        }
        let last = self.open.last().expect("the walk is not over");
        last.node.as_ref().expect("the root has a node")
    }

    fn make(&mut self) {
        let made = self.open.iter().rposition(|it| it.node.is_some());
        let mut node = made.and_then(|index| self.open[index].node.clone());
        for open in &mut self.open[made.map_or(0, |index| index + 1)..] {
            node = node.map(|parent| child(&parent, open.green));
            open.node.clone_from(&node);
        }
    }
}

/// Whether nodes of a kind hold tokens only.
fn is_leaf(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::NODE_IDENT | SyntaxKind::NODE_LITERAL)
}

/// The child of a node that is a green node below it.
fn child(parent: &SyntaxNode, green: Green<'_>) -> SyntaxNode {
    child_at(parent, green.kind(), green.range()).expect("a child of its parent")
}

/// The child node of a kind at a place, without a look at the other children.
#[must_use]
pub fn child_at(parent: &SyntaxNode, kind: SyntaxKind, at: TextRange) -> Option<SyntaxNode> {
    let is_it = |node: &SyntaxNode| node.kind() == kind && node.text_range() == at;
    parent
        .child_or_token_at_range(at)
        .and_then(NodeOrToken::into_node)
        .filter(is_it)
        // An empty node, where the text does not parse, has a neighbour at the same place.
        .or_else(|| parent.children().find(is_it))
}

#[cfg(test)]
mod tests {
    use rnix::WalkEvent;

    use super::*;
    use crate::parse::{Limits, parse};

    #[test]
    fn it_goes_as_rowan_goes() {
        for text in [
            "{ a, b ? 1, ... }@c: with a; let x.y = [ 1 ./a/${b} \"${c}\" ]; in rec { inherit (x) y; z = a.b or c; }",
            "",
            "{ a = ; b = (; inherit",
            "''${''",
        ] {
            let root = parse(text, Limits::default()).root().unwrap();
            for every in 1..4 {
                let mut walk = Walk::new(&root);
                for (index, event) in root.preorder().enumerate() {
                    let (step, node) = match event {
                        WalkEvent::Enter(node) if is_leaf(node.kind()) => {
                            assert_eq!(node.children().count(), 0);
                            (Step::Leaf, node)
                        }
                        WalkEvent::Leave(node) if is_leaf(node.kind()) => continue,
                        WalkEvent::Enter(node) => (Step::Enter, node),
                        WalkEvent::Leave(node) => (Step::Leave, node),
                    };
                    assert_eq!(walk.step(), Some(step));
                    assert_eq!(
                        (walk.kind(), walk.green().range()),
                        (node.kind(), node.text_range())
                    );
                    let parent = node.parent().map(|it| (it.kind(), it.text_range()));
                    assert_eq!(walk.parent().map(|it| (it.kind(), it.range())), parent);
                    if index % every == 0 {
                        let made = walk.node();
                        assert_eq!(
                            (made.kind(), made.text_range()),
                            (node.kind(), node.text_range())
                        );
                    }
                }
                assert_eq!(walk.step(), None);
            }
        }
    }
}
