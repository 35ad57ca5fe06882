//! Which files another revision has differently from the index, without reading what is equal.
//!
//! Trees that git knows to equal parts of the index are not opened; blobs are not read here at all.

use std::collections::BTreeMap;

use super::index::{CacheTree, Index};
use super::{GitDir, Id, objects::Missing};

/// The files of a revision, seen from the index. Paths are from the top of the work tree.
#[derive(Debug, Default)]
pub struct Compared {
    /// Files of the revision that the index lacks or has with another blob: mode and blob.
    differs: BTreeMap<Box<[u8]>, (u32, Id)>,
    /// For each entry of the index whether the revision has the same.
    same: Vec<bool>,
}

/// The longest path that is believed, in bytes.
const LONGEST: usize = 65_536;

impl Compared {
    /// Compares the tree of a revision with the index, below the folder `prefix`; looks at no more than `limit` entries.
    ///
    /// # Errors
    /// When a tree is missing or damaged, or there are too many.
    pub fn new(
        git: &GitDir,
        index: &Index,
        tree: Id,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Compared, Missing> {
        let mut compared = Compared {
            differs: BTreeMap::new(),
            same: vec![false; index.entries.len()],
        };
        let mut start = tree;
        let mut cache = index.tree.as_ref();
        for name in prefix.split(|byte| *byte == b'/').filter(|n| !n.is_empty()) {
            let entries = git.tree(&start)?;
            let Some(entry) = entries
                .iter()
                .find(|entry| &*entry.name == name && entry.is_tree())
            else {
                return Ok(compared);
            };
            start = entry.id;
            cache = cache.and_then(|cache| cache.children.get(name));
        }
        let mut looked = 0;
        let mut stack: Vec<(Id, Vec<u8>, Option<&CacheTree>)> =
            vec![(start, prefix.to_vec(), cache)];
        while let Some((tree, folder, cache)) = stack.pop() {
            if cache.is_some_and(|cache| cache.id == Some(tree)) {
                compared.same[index.below(&folder)].fill(true);
                continue;
            }
            for entry in git.tree(&tree)? {
                looked += 1;
                let mut path = folder.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&entry.name);
                if looked > limit || path.len() > LONGEST {
                    return Err(Missing::Spent);
                }
                if entry.is_tree() {
                    let cache = cache.and_then(|cache| cache.children.get(&entry.name));
                    stack.push((entry.id, path, cache));
                    continue;
                }
                let at = index.entries.partition_point(|it| *it.path < *path);
                match index.entries.get(at) {
                    Some(it)
                        if *it.path == *path
                            && it.stage == 0
                            && !it.intent_to_add
                            && it.id == entry.id =>
                    {
                        compared.same[at] = true;
                    }
                    _ => {
                        compared
                            .differs
                            .insert(path.into_boxed_slice(), (entry.mode, entry.id));
                    }
                }
            }
        }
        Ok(compared)
    }

    /// The blob that the revision has at a path.
    #[must_use]
    pub fn blob(&self, index: &Index, path: &[u8]) -> Option<Id> {
        if let Some((mode, id)) = self.differs.get(path) {
            return (mode & 0o170_000 == 0o100_000).then_some(*id);
        }
        let at = index.entries.partition_point(|entry| &*entry.path < path);
        let entry = index.entries.get(at).filter(|entry| &*entry.path == path)?;
        self.same.get(at).filter(|same| **same)?;
        (entry.mode & 0o170_000 == 0o100_000).then_some(entry.id)
    }

    /// The files that the index lacks or has differently.
    pub fn differing(&self) -> impl Iterator<Item = &[u8]> {
        self.differs
            .iter()
            .filter(|(_, (mode, _))| mode & 0o170_000 == 0o100_000)
            .map(|(path, _)| &**path)
    }

    /// The files that the revision has not and the index has.
    pub fn added<'a>(&'a self, index: &'a Index) -> impl Iterator<Item = &'a [u8]> {
        let entries = index.entries.iter().zip(&self.same);
        entries
            .filter(|(entry, same)| {
                !**same
                    && entry.mode & 0o170_000 == 0o100_000
                    && !self.differs.contains_key(&entry.path)
            })
            .map(|(entry, _)| &*entry.path)
    }
}

/// The blob at a path of a tree, read from the top.
///
/// # Errors
/// When a tree on the way is missing or damaged.
pub fn blob_at(git: &GitDir, tree: &Id, path: &[u8]) -> Result<Option<Id>, Missing> {
    let mut id = *tree;
    let mut names = path.split(|byte| *byte == b'/').peekable();
    while let Some(name) = names.next() {
        let Some(entry) = git.tree(&id)?.into_iter().find(|it| &*it.name == name) else {
            return Ok(None);
        };
        match (names.peek(), entry.is_tree()) {
            (Some(_), true) => id = entry.id,
            (None, false) if entry.is_file() => return Ok(Some(entry.id)),
            _ => return Ok(None),
        }
    }
    Ok(None)
}
