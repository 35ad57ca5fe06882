//! What a file reads from `config`: every selection from it, through any alias.
//!
//! Goal: no read is missed that stands in this file under a name that leads to `config`. A prefix that is handed on
//! (`f cfg`, `inherit cfg;`, `config.my.${n}`) is a read of that prefix. Limits: what a function does with its
//! parameters is not followed; `config` itself, handed on by `inherit config;`, is no read.

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::attrpath::{self, Key};
use syntax::scopes::{NameId, To};
use syntax::{AstNode, SyntaxKind, SyntaxNode, TextRange, TextSize, ast};

use super::Analysis;
use super::names::Names;

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
pub fn reads(names: Names<'_>, root: &SyntaxNode, analysis: &Analysis) -> Vec<Read> {
    let scopes = names.scopes();
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
        names,
        root,
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
    names: Names<'a>,
    root: &'a SyntaxNode,
    /// Names of `let` and `rec`, by where their key begins.
    bindings: FxHashMap<TextSize, NameId>,
    leads: Vec<Lead>,
    seen: FxHashSet<NameId>,
    reads: Vec<Read>,
}

impl Collect<'_> {
    fn follow(&mut self, at: TextRange, lead: &Lead) {
        let element = self.root.covering_element(at);
        let node = match element {
            syntax::NodeOrToken::Node(node) => Some(node),
            syntax::NodeOrToken::Token(token) => token.parent(),
        };
        if let Some(node) = node {
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
    fn climb(&mut self, node: SyntaxNode, path: Vec<Key>, lead: &Lead) {
        let mut node = node;
        let mut path = path;
        loop {
            let Some(parent) = node.parent() else {
                return self.read(path, lead, node.text_range());
            };
            match parent.kind() {
                SyntaxKind::NODE_PAREN => {}
                SyntaxKind::NODE_SELECT => {
                    let Some(select) = ast::Select::cast(parent.clone()) else {
                        return;
                    };
                    let is_base = select.expr().is_some_and(|base| *base.syntax() == node);
                    if !is_base {
                        return self.read(path, lead, node.text_range());
                    }
                    if let Some(keys) = select.attrpath() {
                        path.extend(attrpath::keys(&keys));
                    }
                    if path.contains(&Key::Dynamic) {
                        return self.read(path, lead, parent.text_range());
                    }
                }
                SyntaxKind::NODE_HAS_ATTR => {
                    let keys = ast::HasAttr::cast(parent.clone()).and_then(|it| it.attrpath());
                    if let Some(keys) = keys {
                        path.extend(attrpath::keys(&keys));
                    }
                    return self.read(path, lead, parent.text_range());
                }
                SyntaxKind::NODE_ATTRPATH_VALUE => {
                    // `cfg = config.my.web;`: what reads `cfg`?
                    let key = ast::AttrpathValue::cast(parent)
                        .and_then(|it| it.attrpath())
                        .filter(|it| it.attrs().count() == 1)
                        .map(|it| it.syntax().text_range());
                    if !key.is_some_and(|key| self.lead(key, &path, lead)) {
                        self.read(path, lead, node.text_range());
                    }
                    return;
                }
                SyntaxKind::NODE_INHERIT => {
                    // `inherit cfg;`
                    let key = node.text_range();
                    if !self.lead(key, &path, lead) && !path.is_empty() {
                        self.read(path, lead, key);
                    }
                    return;
                }
                SyntaxKind::NODE_INHERIT_FROM => {
                    let inherit = parent.parent().and_then(ast::Inherit::cast);
                    for attr in inherit.iter().flat_map(ast::Inherit::attrs) {
                        let at = attr.syntax().text_range();
                        let mut path = path.clone();
                        path.push(attrpath::key(&attr));
                        if !self.lead(at, &path, lead) {
                            self.read(path, lead, at);
                        }
                    }
                    return;
                }
                SyntaxKind::NODE_WITH => {
                    let Some(with) = ast::With::cast(parent.clone()) else {
                        return;
                    };
                    let is_source = with.namespace().is_some_and(|it| *it.syntax() == node);
                    if is_source {
                        return self.with(&with, &path, lead);
                    }
                    // The body: its value is the value of the whole.
                }
                SyntaxKind::NODE_LET_IN => {}
                _ => return self.read(path, lead, node.text_range()),
            }
            node = parent;
        }
    }

    /// `with config.my; …`: the names below that come through it.
    fn with(&mut self, with: &ast::With, path: &[Key], lead: &Lead) {
        let Some(body) = with.body() else { return };
        let scopes = self.names.scopes();
        let at = with.syntax().text_range();
        let refs = scopes.refs_in(body.syntax().text_range());
        let through: Vec<(TextRange, Box<str>)> = refs
            .iter()
            .filter(|it| match it.to {
                To::With(id) => scopes.withs(id).any(|with| with.at == at),
                _ => false,
            })
            .map(|it| (it.at, scopes.text(it.symbol).into()))
            .collect();
        for (at, name) in through {
            let mut path = path.to_vec();
            path.push(Key::Static(name));
            let node = match self.root.covering_element(at) {
                syntax::NodeOrToken::Node(node) => Some(node),
                syntax::NodeOrToken::Token(token) => token.parent(),
            };
            if let Some(node) = node {
                self.climb(node, path, lead);
            }
        }
    }
}
