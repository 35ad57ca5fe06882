//! Builds the green tree. What is small and frequent (punctuation, white space, names) is shared through a table of
//! fixed size; equal subtrees are not looked for, for that costs more than it saves (and, in a growing table of deep
//! trees, time without bound).

use std::cell::RefCell;
use std::hash::Hasher;

use rnix::{NixLanguage, SyntaxKind};
use rowan::{GreenNode, GreenToken, Language, NodeOrToken};
use rustc_hash::FxHasher;

type Element = NodeOrToken<GreenNode, GreenToken>;

/// A place among the children of the open node, where a node may be begun later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checkpoint(usize);

#[derive(Default)]
pub(crate) struct Builder {
    children: Vec<Element>,
    parents: Vec<(SyntaxKind, usize)>,
    shared: Shared,
    /// The slot in `shared.names` of the name that was built last.
    last_name: usize,
}

/// White space up to this length is shared.
const SHARED_LEN: usize = 48;
/// How many names are kept; a power of two.
const NAMES: usize = 512;
/// How many children and open nodes a thread keeps room for.
const ROOM: usize = 1024;
/// A longer name is not shared, so that what a thread keeps is bounded.
const NAME_LEN: usize = 64;

/// What trees have in common. A thread keeps it from file to file: the names of one are those of the next.
#[derive(Default)]
struct Shared {
    /// Room for the children of open nodes; empty between two trees.
    children: Vec<Element>,
    /// Room for open nodes; empty between two trees.
    parents: Vec<(SyntaxKind, usize)>,
    /// The last token of each kind; of white space, of each length. So every `;` and every way to indent is one
    /// allocation, nearly.
    tokens: Vec<Option<GreenToken>>,
    /// By the hash of its text: the last name that was met.
    names: Vec<Option<Name>>,
}

struct Name {
    /// Its text, which the token holds too, but three steps away.
    text: Box<str>,
    /// `NODE_IDENT` with its one token.
    ident: GreenNode,
    /// `NODE_ATTRPATH` with this name alone, once it was met.
    path: Option<GreenNode>,
}

thread_local! {
    static SHARED: RefCell<Shared> = RefCell::default();
}

impl Builder {
    pub fn new() -> Builder {
        let mut shared = SHARED.take();
        Builder {
            children: std::mem::take(&mut shared.children),
            parents: std::mem::take(&mut shared.parents),
            shared,
            last_name: 0,
        }
    }

    pub fn token(&mut self, kind: SyntaxKind, text: &str) {
        let new = || GreenToken::new(NixLanguage::kind_to_raw(kind), text);
        let token = match kind {
            SyntaxKind::TOKEN_IDENT
            | SyntaxKind::TOKEN_STRING_CONTENT
            | SyntaxKind::TOKEN_COMMENT
            | SyntaxKind::TOKEN_ERROR => new(),
            _ if text.len() > SHARED_LEN => new(),
            _ => {
                let slot = match kind {
                    SyntaxKind::TOKEN_WHITESPACE => text.len(),
                    _ => SHARED_LEN + 1 + kind as usize,
                };
                let tokens = &mut self.shared.tokens;
                if tokens.len() <= slot {
                    tokens.resize(slot + 1, None);
                }
                match &tokens[slot] {
                    Some(last) if last.text() == text => last.clone(),
                    _ => tokens[slot].insert(new()).clone(),
                }
            }
        };
        self.children.push(token.into());
    }

    /// A whole node: a name.
    pub fn ident(&mut self, text: &str) {
        let mut hasher = FxHasher::default();
        hasher.write(text.as_bytes());
        // The upper bits are the good ones.
        let slot = (hasher.finish() >> 32) as usize % NAMES;
        if self.shared.names.is_empty() {
            self.shared.names.resize_with(NAMES, || None);
        }
        self.last_name = slot;
        let known = &mut self.shared.names[slot];
        let ident = match known {
            Some(name) if *name.text == *text => name.ident.clone(),
            _ => {
                let token =
                    GreenToken::new(NixLanguage::kind_to_raw(SyntaxKind::TOKEN_IDENT), text);
                let kind = NixLanguage::kind_to_raw(SyntaxKind::NODE_IDENT);
                let ident = GreenNode::new(kind, [Element::Token(token)]);
                *known = (text.len() <= NAME_LEN).then(|| Name {
                    text: text.into(),
                    ident: ident.clone(),
                    path: None,
                });
                ident
            }
        };
        self.children.push(ident.into());
    }

    pub fn start(&mut self, kind: SyntaxKind) {
        self.parents.push((kind, self.children.len()));
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.children.len())
    }

    /// Makes everything since the checkpoint one node.
    pub fn wrap(&mut self, from: Checkpoint, kind: SyntaxKind) {
        let first = from.0.min(self.children.len());
        let node = GreenNode::new(NixLanguage::kind_to_raw(kind), self.children.drain(first..));
        self.children.push(node.into());
    }

    /// Ends an attribute path.
    pub fn finish_path(&mut self) {
        // `a`, not `a.b`, and not so long that it is not kept.
        if let Some((_, first)) = self.parents.last()
            && self.children.len() == first + 1
            && let Some(Element::Node(only)) = self.children.last_mut()
            && let Some(Some(name)) = self.shared.names.get_mut(self.last_name)
            && std::ptr::eq::<rowan::GreenNodeData>(&**only, &*name.ident)
        {
            let path = name.path.get_or_insert_with(|| {
                let kind = NixLanguage::kind_to_raw(SyntaxKind::NODE_ATTRPATH);
                GreenNode::new(kind, [Element::Node(only.clone())])
            });
            *only = path.clone();
            self.parents.pop();
        } else {
            self.finish();
        }
    }

    pub fn finish(&mut self) {
        if let Some((kind, first)) = self.parents.pop() {
            self.wrap(Checkpoint(first), kind);
        }
    }

    /// The one tree that was built.
    pub fn tree(mut self) -> Option<GreenNode> {
        let tree = self.children.pop();
        let mut shared = std::mem::take(&mut self.shared);
        shared.children = self.children;
        shared.children.clear();
        shared.parents = self.parents;
        shared.parents.clear();
        // A thread does not keep the room that one huge file took.
        shared.children.shrink_to(ROOM);
        shared.parents.shrink_to(ROOM);
        SHARED.replace(shared);
        tree?.into_node()
    }
}
