//! What a file reads from `config`: every selection from it, through any alias.
//!
//! Goal: no read is missed that stands in this file under a name that leads to `config`. A prefix that is handed on
//! (`f cfg`, `inherit cfg;`, `config.my.${n}`) is a read of that prefix. Limits: what a function does with its
//! parameters is not followed; `config` itself, handed on by `inherit config;`, is no read.

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::attrpath::Key;
use syntax::scopes::{NameId, To};
use syntax::{Scopes, SyntaxKind, TextRange, TextSize};

use super::Analysis;
use crate::outline::{Node, Outline};

/// The arguments that hold the options of some evaluation.
const CONFIGS: &[&str] = &[
    "config",
    "osConfig",
    "nixosConfig",
    "darwinConfig",
    "systemConfig",
    "homeConfig",
    "hmConfig",
    "customConfig",
];

/// One selection from `config`.
#[derive(Debug, Clone)]
pub struct Read {
    /// What is selected; a computed key ends it.
    pub path: Vec<Key>,
    /// The evaluation whose `config` it is, if it is a module's own.
    pub evaluation: Option<u32>,
    /// The name or selection.
    pub at: TextRange,
}

struct Lead {
    name: NameId,
    path: Vec<Key>,
    evaluation: Option<u32>,
    /// For `args@{ … }` and `args:`, where the path must begin with `config`.
    whole: bool,
    depth: u8,
}

/// All reads of one file, in no promised order.
#[must_use]
pub fn reads(scopes: &Scopes, outline: &Outline, text: &str, analysis: &Analysis) -> Vec<Read> {
    let mut leads = Vec::new();
    for (id, name) in scopes.names() {
        if !name.kind.is_param() {
            continue;
        }
        let evaluation = analysis.evaluation_of(scopes.scope(name.scope).at);
        if CONFIGS.contains(&scopes.text(name.symbol)) {
            let own = scopes.text(name.symbol) == "config";
            leads.push(Lead {
                name: id,
                path: Vec::new(),
                evaluation: evaluation.filter(|_| own),
                whole: false,
                depth: super::names::DEPTH,
            });
        } else if name.kind != syntax::scopes::NameKind::Formal && evaluation.is_some() {
            leads.push(Lead {
                name: id,
                path: Vec::new(),
                evaluation,
                whole: true,
                depth: super::names::DEPTH,
            });
        }
    }
    if leads.is_empty() {
        return Vec::new();
    }
    let mut collect = Collect {
        scopes,
        outline,
        text,
        bindings: scopes
            .names()
            .filter(|(_, name)| name.attr.is_some())
            .map(|(id, name)| (name.at.start(), id))
            .collect(),
        leads,
        seen: FxHashSet::default(),
        reads: Vec::new(),
    };
    while let Some(lead) = collect.leads.pop() {
        if !collect.seen.insert(lead.name) {
            continue;
        }
        for it in scopes.refs_of(lead.name) {
            collect.follow(it.at, &lead);
        }
    }
    collect.reads
}

struct Collect<'a> {
    scopes: &'a Scopes,
    outline: &'a Outline,
    text: &'a str,
    /// Names of `let` and `rec`, by where their key begins.
    bindings: FxHashMap<TextSize, NameId>,
    leads: Vec<Lead>,
    seen: FxHashSet<NameId>,
    reads: Vec<Read>,
}

impl<'a> Collect<'a> {
    fn follow(&mut self, at: TextRange, lead: &Lead) {
        if let Some(node) = self.outline.covering(self.text, at) {
            self.climb(node, lead.path.clone(), lead);
        }
    }

    fn read(&mut self, path: Vec<Key>, lead: &Lead, at: TextRange) {
        let mut path = path;
        if lead.whole {
            if !path.first().is_some_and(|key| key.is("config")) {
                return;
            }
            path.remove(0);
        }
        if let Some(end) = path.iter().position(|key| *key == Key::Dynamic) {
            path.truncate(end);
        }
        self.reads.push(Read {
            path,
            evaluation: lead.evaluation,
            at,
        });
    }

    fn lead(&mut self, key: TextRange, path: &[Key], lead: &Lead) -> bool {
        let Some(name) = self.bindings.get(&key.start()).copied() else {
            return false;
        };
        let Some(depth) = lead.depth.checked_sub(1) else {
            return false;
        };
        self.leads.push(Lead {
            name,
            path: path.to_vec(),
            evaluation: lead.evaluation,
            whole: lead.whole,
            depth,
        });
        true
    }

    /// `node` has the value at `path`: what is done with it?
    fn climb(&mut self, node: Node<'a>, path: Vec<Key>, lead: &Lead) {
        let mut node = node;
        let mut path = path;
        loop {
            let Some(parent) = node.parent() else {
                return self.read(path, lead, node.range());
            };
            match parent.kind() {
                SyntaxKind::NODE_PAREN => {}
                SyntaxKind::NODE_SELECT => {
                    if parent.child(0) != Some(node) {
                        return self.read(path, lead, node.range());
                    }
                    path.extend(selected(parent));
                    if path.contains(&Key::Dynamic) {
                        return self.read(path, lead, parent.range());
                    }
                }
                SyntaxKind::NODE_HAS_ATTR => {
                    path.extend(selected(parent));
                    return self.read(path, lead, parent.range());
                }
                SyntaxKind::NODE_ATTRPATH_VALUE => {
                    // `cfg = config.my.web;`: what reads `cfg`?
                    let key = parent
                        .child(0)
                        .filter(|it| it.is(SyntaxKind::NODE_ATTRPATH))
                        .filter(|it| it.children().count() == 1)
                        .map(Node::range);
                    if !key.is_some_and(|key| self.lead(key, &path, lead)) {
                        self.read(path, lead, node.range());
                    }
                    return;
                }
                SyntaxKind::NODE_INHERIT => {
                    // `inherit cfg;`
                    let key = node.range();
                    if !self.lead(key, &path, lead) && !path.is_empty() {
                        self.read(path, lead, key);
                    }
                    return;
                }
                SyntaxKind::NODE_INHERIT_FROM => {
                    let attrs = parent.parent().into_iter().flat_map(Node::children);
                    for attr in attrs.filter(|it| !it.is(SyntaxKind::NODE_INHERIT_FROM)) {
                        let mut path = path.clone();
                        path.push(key(attr));
                        if !self.lead(attr.range(), &path, lead) {
                            self.read(path, lead, attr.range());
                        }
                    }
                    return;
                }
                SyntaxKind::NODE_WITH => {
                    if parent.child(0) == Some(node) {
                        return self.with(parent, &path, lead);
                    }
                    // The body: its value is the value of the whole.
                }
                SyntaxKind::NODE_LET_IN => {}
                _ => return self.read(path, lead, node.range()),
            }
            node = parent;
        }
    }

    /// `with config.my; …`: the names below that come through it.
    fn with(&mut self, with: Node<'a>, path: &[Key], lead: &Lead) {
        let Some(body) = with.child(1) else { return };
        let scopes = self.scopes;
        for it in scopes.refs_in(body.range()) {
            let through = match it.to {
                To::With(id) => scopes.withs(id).any(|it| it.at == with.range()),
                _ => false,
            };
            if !through {
                continue;
            }
            let mut path = path.to_vec();
            path.push(Key::Static(scopes.text(it.symbol).into()));
            if let Some(node) = self.outline.covering(self.text, it.at) {
                self.climb(node, path, lead);
            }
        }
    }
}

/// The names that a selection or a `?` asks for.
fn selected(node: Node<'_>) -> impl Iterator<Item = Key> {
    node.child(1)
        .filter(|it| it.is(SyntaxKind::NODE_ATTRPATH))
        .into_iter()
        .flat_map(Node::children)
        .map(key)
}

fn key(attr: Node<'_>) -> Key {
    match attr.key().name() {
        Some(name) => Key::Static(name.into()),
        None => Key::Dynamic,
    }
}
