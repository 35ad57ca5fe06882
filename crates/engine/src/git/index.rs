//! The git index, versions 2 to 4, plain, split or sparse.
//!
//! The bytes come from whoever made the repository: every length is checked, and paths that leave the work tree or reach
//! into `.git` are refused.

use std::collections::BTreeMap;

use super::{Id, parse_varint};

/// One entry of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From the top of the work tree.
    pub path: Box<[u8]>,
    /// The blob, or the commit of a submodule.
    pub id: Id,
    /// File mode: `0o100644`, `0o120000` (link), `0o160000` (submodule), `0o040000` (a folder of a sparse index).
    pub mode: u32,
    /// Last change of the contents when git last looked: seconds, cut to 32 bits.
    pub seconds: u32,
    /// And nanoseconds.
    pub nanoseconds: u32,
    /// The file's number, cut to 32 bits.
    pub inode: u32,
    /// Bytes, cut to 32 bits.
    pub size: u32,
    /// 0, or 1 to 3 in a conflict.
    pub stage: u8,
    /// Added by name only: `git add -N`.
    pub intent_to_add: bool,
    /// Deliberately not on the disk.
    pub skip_worktree: bool,
}

/// The trees that git knows to equal parts of the index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CacheTree {
    /// The tree; `None` when something below it was changed since.
    pub id: Option<Id>,
    /// By name.
    pub children: BTreeMap<Box<[u8]>, CacheTree>,
}

/// The index.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// Sorted by path and stage.
    pub entries: Vec<Entry>,
    /// What is known of its trees.
    pub tree: Option<CacheTree>,
    /// How many entries were refused for their paths.
    pub refused: usize,
}

/// The bits that make an index split: the shared index, and what of it is deleted and replaced.
struct Split {
    shared: Id,
    deleted: Vec<u64>,
    replaced: Vec<u64>,
}

/// Why an index was not understood, in a few words.
pub type Fault = &'static str;

const SUBMODULE: u32 = 0o160_000;

/// The longest path that is believed, in bytes.
const LONGEST: usize = 65_536;

/// The deepest tree that is believed.
const DEEPEST: usize = 4096;

impl Index {
    /// Reads an index. `shared` gives the bytes of `sharedindex.<id>` for a split one.
    ///
    /// # Errors
    /// When it is damaged, of an unknown version, or has more than `limit` entries.
    pub fn parse(
        bytes: &[u8],
        limit: usize,
        shared: impl FnOnce(&Id) -> Option<Vec<u8>>,
    ) -> Result<Index, Fault> {
        let (mut index, split) = parse_one(bytes, limit)?;
        if let Some(split) = split {
            let bytes = shared(&split.shared).ok_or("the shared index is missing")?;
            let (base, nested) = parse_one(&bytes, limit)?;
            if nested.is_some() {
                return Err("the shared index is itself split");
            }
            index = join(base, index, &split);
        }
        let before = index.entries.len();
        index
            .entries
            .retain(|entry| is_safe(&entry.path, entry.mode));
        index.refused = before - index.entries.len();
        if index.refused > 0 {
            index.tree = None;
        }
        index
            .entries
            .sort_by(|a, b| (&a.path, a.stage).cmp(&(&b.path, b.stage)));
        Ok(index)
    }

    /// The entry at a path, by preference the one of stage 0.
    #[must_use]
    pub fn find(&self, path: &[u8]) -> Option<&Entry> {
        let at = self.entries.partition_point(|entry| &*entry.path < path);
        self.entries.get(at).filter(|entry| &*entry.path == path)
    }

    /// The positions of the entries below a folder; the empty path is the top.
    #[must_use]
    pub fn below(&self, folder: &[u8]) -> std::ops::Range<usize> {
        if folder.is_empty() {
            return 0..self.entries.len();
        }
        let mut prefix = folder.to_vec();
        prefix.push(b'/');
        let start = self
            .entries
            .partition_point(|entry| *entry.path < *prefix.as_slice());
        prefix.pop();
        prefix.push(b'/' + 1);
        let end = self
            .entries
            .partition_point(|entry| *entry.path < *prefix.as_slice());
        start..end.max(start)
    }
}

/// Whether a path stays in the work tree and out of `.git`.
fn is_safe(path: &[u8], mode: u32) -> bool {
    let path = match mode {
        // The folders of a sparse index end in a slash.
        0o040_000 => path.strip_suffix(b"/").unwrap_or(path),
        _ => path,
    };
    !path.is_empty()
        && path.len() <= LONGEST
        && path.split(|byte| *byte == b'/').all(|part| {
            !part.is_empty() && part != b"." && part != b".." && !part.eq_ignore_ascii_case(b".git")
        })
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or("it is cut short")?;
        self.rest = rest;
        Ok(head)
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        Ok((u64::from(self.u32()?) << 32) | u64::from(self.u32()?))
    }

    fn id(&mut self) -> Result<Id, Fault> {
        Ok(Id::from_bytes(self.take(20)?))
    }

    /// Up to the next byte `end`, which is taken as well.
    fn until(&mut self, end: u8) -> Result<&'a [u8], Fault> {
        let at = self
            .rest
            .iter()
            .position(|byte| *byte == end)
            .ok_or("it is cut short")?;
        let head = &self.rest[..at];
        self.rest = &self.rest[at + 1..];
        Ok(head)
    }
}

fn parse_one(bytes: &[u8], limit: usize) -> Result<(Index, Option<Split>), Fault> {
    let body = bytes.len().checked_sub(20).ok_or("it is cut short")?;
    let (body, checksum) = bytes.split_at(body);
    // `index.skipHash` leaves the checksum empty.
    if checksum.iter().any(|byte| *byte != 0) && super::sha1(&[body]) != Id::from_bytes(checksum) {
        return Err("its checksum is wrong");
    }
    let mut reader = Reader { rest: body };
    if reader.take(4)? != b"DIRC" {
        return Err("it is no index");
    }
    let version = reader.u32()?;
    if !(2..=4).contains(&version) {
        return Err("its version is unknown");
    }
    let count = reader.u32()? as usize;
    if count > limit {
        return Err("it has too many entries");
    }
    let mut index = Index::default();
    let mut path: Vec<u8> = Vec::new();
    for _ in 0..count {
        let before = reader.rest.len();
        reader.take(8)?;
        let seconds = reader.u32()?;
        let nanoseconds = reader.u32()?;
        reader.take(4)?;
        let inode = reader.u32()?;
        let mode = reader.u32()?;
        reader.take(8)?;
        let size = reader.u32()?;
        let id = reader.id()?;
        let flags = reader.u16()?;
        let more = if version >= 3 && flags & 0x4000 != 0 {
            reader.u16()?
        } else {
            0
        };
        if version == 4 {
            let (strip, used) = parse_varint(reader.rest).ok_or("it is cut short")?;
            reader.take(used)?;
            let keep = usize::try_from(strip)
                .ok()
                .and_then(|strip| path.len().checked_sub(strip))
                .ok_or("a path is cut too far")?;
            path.truncate(keep);
            path.extend_from_slice(reader.until(0)?);
        } else {
            path.clear();
            path.extend_from_slice(reader.until(0)?);
            // Entries are padded to a multiple of eight bytes.
            let used = before - reader.rest.len();
            reader.take(used.next_multiple_of(8) - used)?;
        }
        if path.len() > LONGEST {
            return Err("a path is too long");
        }
        index.entries.push(Entry {
            path: path.as_slice().into(),
            id,
            mode,
            seconds,
            nanoseconds,
            inode,
            size,
            stage: u8::try_from((flags >> 12) & 3).unwrap_or(0),
            intent_to_add: more & 0x2000 != 0,
            skip_worktree: more & 0x4000 != 0,
        });
    }
    let mut split = None;
    while !reader.rest.is_empty() {
        let name = reader.take(4)?;
        let size = reader.u32()? as usize;
        let mut body = Reader {
            rest: reader.take(size)?,
        };
        match name {
            b"TREE" => index.tree = parse_tree(&mut body),
            b"link" => {
                split = Some(Split {
                    shared: body.id()?,
                    deleted: parse_bits(&mut body, limit)?,
                    replaced: parse_bits(&mut body, limit)?,
                });
            }
            b"sdir" => {}
            // A capital letter means: may be skipped.
            [first, ..] if first.is_ascii_uppercase() => {}
            _ => return Err("it has an unknown extension"),
        }
    }
    Ok((index, split))
}

/// The extension `TREE`; damage makes it unknown, never wrong.
fn parse_tree(reader: &mut Reader<'_>) -> Option<CacheTree> {
    // Written depth first; a stack of (node, name, children still to come).
    let mut stack: Vec<(CacheTree, Box<[u8]>, u64)> = Vec::new();
    loop {
        let name: Box<[u8]> = reader.until(0).ok()?.into();
        let entries: i64 = std::str::from_utf8(reader.until(b' ').ok()?)
            .ok()?
            .parse()
            .ok()?;
        let children: u64 = std::str::from_utf8(reader.until(b'\n').ok()?)
            .ok()?
            .parse()
            .ok()?;
        let id = if entries >= 0 {
            Some(reader.id().ok()?)
        } else {
            None
        };
        if stack.len() > DEEPEST {
            return None;
        }
        let node = CacheTree {
            id,
            children: BTreeMap::new(),
        };
        stack.push((node, name, children));
        // Close every node that has all its children.
        while stack.last().is_some_and(|(_, _, left)| *left == 0) {
            let (node, name, _) = stack.pop()?;
            match stack.last_mut() {
                Some((parent, _, left)) => {
                    *left -= 1;
                    parent.children.insert(name, node);
                }
                None => return Some(node),
            }
        }
    }
}

/// A bitmap in the compressed form EWAH: runs of equal words, then words as they are.
fn parse_bits(reader: &mut Reader<'_>, limit: usize) -> Result<Vec<u64>, Fault> {
    let bits = reader.u32()? as usize;
    if bits > limit {
        return Err("it has too many entries");
    }
    let length = bits.div_ceil(64);
    let words = reader.u32()? as usize;
    let mut result: Vec<u64> = Vec::new();
    let mut left = words;
    while left > 0 {
        let marker = reader.u64()?;
        left -= 1;
        let fill = if marker & 1 == 1 { u64::MAX } else { 0 };
        let run = usize::try_from((marker >> 1) & 0xffff_ffff).unwrap_or(usize::MAX);
        let literal = usize::try_from(marker >> 33).unwrap_or(usize::MAX);
        if run > length.saturating_sub(result.len()) || literal > left {
            return Err("a bitmap is damaged");
        }
        result.resize(result.len() + run, fill);
        for _ in 0..literal {
            result.push(reader.u64()?);
        }
        left -= literal;
    }
    reader.u32()?;
    Ok(result)
}

fn bit(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64)
        .is_some_and(|word| word >> (at % 64) & 1 == 1)
}

/// Lays the entries of a split index over the shared ones. Replacements come first, in the order of what they replace,
/// and have empty paths.
fn join(shared: Index, own: Index, split: &Split) -> Index {
    let mut replacements = own.entries.into_iter();
    let mut entries = Vec::new();
    for (at, old) in shared.entries.into_iter().enumerate() {
        if bit(&split.replaced, at) {
            if let Some(new) = replacements.next()
                && !bit(&split.deleted, at)
            {
                entries.push(Entry {
                    path: old.path,
                    ..new
                });
            }
        } else if !bit(&split.deleted, at) {
            entries.push(old);
        }
    }
    entries.extend(replacements);
    Index {
        entries,
        tree: own.tree,
        refused: 0,
    }
}

impl Entry {
    /// Whether it is a submodule.
    #[must_use]
    pub fn is_submodule(&self) -> bool {
        self.mode & 0o170_000 == SUBMODULE
    }

    /// Whether it stands for a whole folder that a sparse index does not list.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Whether it is a symbolic link.
    #[must_use]
    pub fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 24];
        bytes.extend(0o100_644u32.to_be_bytes());
        bytes.extend([0; 12]);
        bytes.extend([7; 20]);
        bytes.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
        bytes.extend(path);
        bytes.push(0);
        while !bytes.len().is_multiple_of(8) {
            bytes.push(0);
        }
        bytes
    }

    fn index(paths: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(paths.len()).unwrap().to_be_bytes());
        for path in paths {
            bytes.extend(entry(path));
        }
        bytes.extend([0; 20]);
        bytes
    }

    #[test]
    fn paths_that_leave_are_refused() {
        let bytes = index(&[
            b"../x.nix",
            b"/etc/x.nix",
            b".git/hooks/x",
            b"a/.GIT/x",
            b"a//b",
            b"ok.nix",
        ]);
        let index = Index::parse(&bytes, 100, |_| None).unwrap();
        assert_eq!(index.refused, 5);
        assert_eq!(index.entries.len(), 1);
        assert!(index.find(b"ok.nix").is_some());
    }

    #[test]
    fn damage_is_said_not_believed() {
        let good = index(&[b"a.nix", b"b/c.nix"]);
        for cut in 0..good.len() {
            let _ = Index::parse(&good[..cut], 100, |_| None);
        }
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            let _ = Index::parse(&bad, 100, |_| None);
        }
        let mut checked = good.clone();
        let end = checked.len();
        checked[end - 1] = 1;
        assert_eq!(
            Index::parse(&checked, 100, |_| None).unwrap_err(),
            "its checksum is wrong"
        );
        assert!(Index::parse(&good, 1, |_| None).is_err());
    }

    #[test]
    fn folders_are_ranges() {
        let bytes = index(&[b"a-b.nix", b"a.nix", b"a/b.nix", b"a/c/d.nix", b"a0.nix"]);
        let index = Index::parse(&bytes, 100, |_| None).unwrap();
        assert_eq!(index.below(b"a"), 2..4);
        assert_eq!(index.below(b""), 0..5);
        assert_eq!(index.below(b"zz"), 5..5);
    }
}
