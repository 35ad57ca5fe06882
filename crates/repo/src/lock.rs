//! `flake.lock`: what is pinned, read without ever failing; every node and input keeps its place in the text.
//!
//! Goal: versions 4 to 7 (above: read as 7) of the lock, whatever state it is in. A cycle, a name of no node, conflict
//! markers are facts. Limits: JSON deeper than 64 levels is broken; unknown fields are passed over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use syntax::TextRange;

use crate::json::{self, Json, JsonValue, range};

/// The state of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockState {
    /// It holds conflict markers of git, the first here.
    Conflict(TextRange),
    /// It is no JSON, or not the JSON of a lock: where, and why.
    Broken(TextRange, Box<str>),
    /// It was read.
    Read(Lock),
}

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The version of its format.
    pub version: u32,
    /// The name of the root node.
    pub root: Box<str>,
    /// The nodes by name.
    pub nodes: BTreeMap<Box<str>, Node>,
}

/// A node of a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its key.
    pub at: TextRange,
    /// Its inputs: what they are, and their key.
    pub inputs: BTreeMap<Box<str>, (Link, TextRange)>,
    /// Whether it is a flake; true unless the lock says no.
    pub flake: bool,
    /// What it is pinned to.
    pub locked: Option<Attributes>,
    /// What was asked for.
    pub original: Option<Attributes>,
}

/// What an input of a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// Another node.
    Node(Box<str>),
    /// A path of inputs from the root; empty: no input at all.
    Follows(Vec<Box<str>>),
}

/// A reference as a lock spells it: its plain fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Strings, numbers and booleans, as text.
    pub fields: BTreeMap<Box<str>, Box<str>>,
}

impl Attributes {
    /// A field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|it| &**it)
    }

    /// Seconds since 1970 of the last change.
    #[must_use]
    pub fn last_modified(&self) -> Option<i64> {
        self.get("lastModified")?.parse().ok()
    }
}

/// Why a path of inputs leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The node has no such input: node, input.
    NoInput(String, String),
    /// The lock has no node of this name.
    NoNode(String),
    /// The path follows itself.
    Cycle,
    /// It follows nothing, on purpose.
    Dropped,
}

impl Lock {
    /// The node at the end of a path of inputs from the root.
    ///
    /// # Errors
    /// When the path leads nowhere.
    pub fn resolve(&self, path: &[&str]) -> Result<&str, Lost> {
        self.resolve_at(path, 64)
    }

    fn resolve_at(&self, path: &[&str], depth: u32) -> Result<&str, Lost> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Lost::Cycle);
        };
        let mut at: &str = &self.root;
        for name in path {
            at = self.follow(at, name, depth)?;
        }
        if self.nodes.contains_key(at) {
            Ok(at)
        } else {
            Err(Lost::NoNode(at.to_owned()))
        }
    }

    fn follow(&self, node: &str, input: &str, depth: u32) -> Result<&str, Lost> {
        let found = self
            .nodes
            .get(node)
            .ok_or_else(|| Lost::NoNode(node.to_owned()))?;
        match found.inputs.get(input) {
            None => Err(Lost::NoInput(node.to_owned(), input.to_owned())),
            Some((Link::Node(name), _)) => Ok(name),
            Some((Link::Follows(path), _)) if path.is_empty() => Err(Lost::Dropped),
            Some((Link::Follows(path), _)) => {
                let path: Vec<&str> = path.iter().map(|it| &**it).collect();
                self.resolve_at(&path, depth)
            }
        }
    }

    /// The node of an input of a node.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub fn input(&self, node: &str, input: &str) -> Result<&Node, Lost> {
        let name = self.follow(node, input, 64)?;
        self.nodes
            .get(name)
            .ok_or_else(|| Lost::NoNode(name.to_owned()))
    }

    /// A node by name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.get(name)
    }

    /// The root node.
    #[must_use]
    pub fn root_node(&self) -> Option<&Node> {
        self.nodes.get(&self.root)
    }
}

/// Reads a lock.
#[must_use]
pub fn read(text: &str) -> LockState {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        if content.starts_with("<<<<<<< ")
            || content == "======="
            || content.starts_with(">>>>>>> ")
        {
            return LockState::Conflict(range(start, start + content.len()));
        }
        start += line.len();
    }
    match json::read(text) {
        Ok(json) => lock(&json),
        Err((at, why)) => LockState::Broken(at, why.into()),
    }
}

fn lock(json: &Json) -> LockState {
    let whole = json.at;
    let broken = |at, why: &str| LockState::Broken(at, why.into());
    let Some(top) = json.object() else {
        return broken(whole, "a lock is an object");
    };
    let number = |name: &str| match top.get(name).map(|(_, it)| &it.value) {
        Some(JsonValue::Plain(text)) => text.parse().ok(),
        _ => None,
    };
    let Some(version) = number("version") else {
        return broken(whole, "there is no `version`");
    };
    let root = match top.get("root").map(|(_, it)| &it.value) {
        Some(JsonValue::Text(name)) => name.as_str().into(),
        _ => return broken(whole, "there is no `root`"),
    };
    let Some((_, nodes)) = top.get("nodes") else {
        return broken(whole, "there are no `nodes`");
    };
    let Some(nodes) = nodes.object() else {
        return broken(nodes.at, "`nodes` is no object");
    };
    let mut lock = Lock {
        version,
        root,
        nodes: BTreeMap::new(),
    };
    for (name, (at, json)) in nodes {
        let Some(fields) = json.object() else {
            return broken(json.at, "a node is an object");
        };
        let attributes = |key: &str| {
            let object = fields.get(key)?.1.object()?;
            let plain = object.iter().filter_map(|(name, (_, it))| match &it.value {
                JsonValue::Plain(text) | JsonValue::Text(text) => {
                    Some((name.as_str().into(), text.as_str().into()))
                }
                _ => None,
            });
            Some(Attributes {
                fields: plain.collect(),
            })
        };
        let mut node = Node {
            at: *at,
            flake: !matches!(fields.get("flake"), Some((_, Json { value: JsonValue::Plain(it), .. })) if it == "false"),
            locked: attributes("locked"),
            original: attributes("original"),
            inputs: BTreeMap::new(),
        };
        if let Some(inputs) = fields.get("inputs").and_then(|(_, it)| it.object()) {
            for (input, (at, json)) in inputs {
                let link = match &json.value {
                    JsonValue::Text(name) => Link::Node(name.as_str().into()),
                    JsonValue::List(items) => Link::Follows(
                        items
                            .iter()
                            .filter_map(|it| match &it.value {
                                JsonValue::Text(text) => Some(text.as_str().into()),
                                _ => None,
                            })
                            .collect(),
                    ),
                    _ => return broken(json.at, "an input is a name or a list of names"),
                };
                node.inputs.insert(input.as_str().into(), (link, *at));
            }
        }
        lock.nodes.insert(name.as_str().into(), node);
    }
    LockState::Read(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"{ "nodes": {
        "a": { "flake": false, "locked": { "lastModified": 5, "rev": "x" }, "original": { "type": "github" } },
        "b": { "inputs": { "p": [ "a" ], "q": [ "b", "q" ], "r": [], "s": "gone" } },
        "root": { "inputs": { "a": "a", "b": "b" } } }, "root": "root", "version": 7 }"#;

    #[test]
    fn paths_are_followed() {
        let LockState::Read(lock) = read(LOCK) else {
            panic!("a lock")
        };
        assert_eq!(lock.resolve(&["a"]), Ok("a"));
        assert_eq!(lock.resolve(&["b", "p"]), Ok("a"));
        assert_eq!(lock.resolve(&["b", "q"]), Err(Lost::Cycle));
        assert_eq!(lock.resolve(&["b", "r"]), Err(Lost::Dropped));
        assert_eq!(
            lock.resolve(&["b", "s"]),
            Err(Lost::NoNode("gone".to_owned()))
        );
        assert_eq!(
            lock.resolve(&["b", "t"]),
            Err(Lost::NoInput("b".to_owned(), "t".to_owned()))
        );
        let a = lock.node("a").unwrap();
        assert!(!a.flake);
        assert_eq!(
            a.locked.as_ref().and_then(Attributes::last_modified),
            Some(5)
        );
        assert_eq!(&LOCK[a.at], "\"a\"");
    }

    #[test]
    fn broken_locks_are_facts() {
        assert!(matches!(read("{\n<<<<<<< HEAD\n"), LockState::Conflict(_)));
        for text in [
            "",
            "[",
            "{ \"version\": 7",
            "\"\\u00",
            "{\"a\":}",
            "nul",
            &"[".repeat(9000),
        ] {
            assert!(matches!(read(text), LockState::Broken(..)), "{text}");
        }
        for end in 0..LOCK.len() {
            let _ = read(&LOCK[..end]);
        }
    }
}
