//! Git objects: loose, packed (plain and as deltas), and those of alternates.
//!
//! Whoever made the repository chose every byte. Lengths are checked before memory is taken, chains of deltas and the
//! work for one object and for a whole run are bounded, and nothing but regular files is opened.

use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use flate2::bufread::ZlibDecoder;

use super::{Id, parse_varint};
use crate::disk::{Failure, Folder};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A commit.
    Commit,
    /// A folder.
    Tree,
    /// The contents of a file.
    Blob,
    /// An annotated tag.
    Tag,
}

/// Why an object was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is not there: a shallow or partial clone, most often.
    Absent,
    /// It is bigger than the limit.
    TooBig,
    /// It, or its pack, is damaged.
    Damaged,
    /// The limit of the whole run is spent.
    Spent,
}

/// The longest chain of deltas that is followed.
const LONGEST_CHAIN: usize = 4096;
/// How many folders of alternates are followed.
const MOST_ALTERNATES: usize = 64;
/// How many packs one folder may have.
const MOST_PACKS: usize = 4096;
/// All bytes that one run unpacks.
const BUDGET: u64 = 2 << 30;

/// All objects of a repository.
#[derive(Debug)]
pub struct Objects {
    folders: Vec<Folder>,
    packs: OnceCell<Vec<Pack>>,
    spent: Cell<u64>,
}

#[derive(Debug)]
struct Pack {
    index: File,
    index_size: u64,
    version: u32,
    fan: Vec<u32>,
    data: File,
    data_size: u64,
}

impl Objects {
    /// The objects below a folder `objects` and its alternates.
    #[must_use]
    pub fn open(folder: &Path) -> Objects {
        let mut folders = Vec::new();
        let mut seen: Vec<PathBuf> = Vec::new();
        let mut wanted = vec![folder.to_owned()];
        while let Some(path) = wanted.pop() {
            if seen.contains(&path) || seen.len() >= MOST_ALTERNATES {
                continue;
            }
            seen.push(path.clone());
            let Ok(open) = Folder::open(&path) else {
                continue;
            };
            if let Ok((list, _)) = open.read(b"info/alternates", 1 << 16) {
                for line in list.split(|byte| *byte == b'\n') {
                    if !line.is_empty() && line[0] != b'#' {
                        wanted.push(path.join(super::os_path(line)));
                    }
                }
            }
            folders.push(open);
        }
        Objects {
            folders,
            packs: OnceCell::new(),
            spent: Cell::new(0),
        }
    }

    /// An object of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`Missing`].
    pub fn read(&self, id: &Id, limit: u64) -> Result<(ObjectKind, Vec<u8>), Missing> {
        for pack in self.packs() {
            if let Some(offset) = pack.find(id) {
                return self.unpack(pack, offset, limit);
            }
        }
        let hex = id.to_string();
        let path = format!("{}/{}", &hex[..2], &hex[2..]);
        for folder in &self.folders {
            match folder.file(path.as_bytes()) {
                Ok((file, _)) => return self.loose(&file, limit),
                Err(Failure::Missing) => {}
                Err(_) => return Err(Missing::Damaged),
            }
        }
        Err(Missing::Absent)
    }

    /// The ids that begin with these hex digits; more than one means that the beginning is ambiguous.
    #[must_use]
    pub fn with_prefix(&self, hex: &str) -> Vec<Id> {
        let mut found: Vec<Id> = Vec::new();
        let hex = hex.to_ascii_lowercase();
        if !hex.is_ascii() || hex.len() < 2 {
            return found;
        }
        for folder in &self.folders {
            let names = folder
                .folder(&hex.as_bytes()[..2])
                .and_then(|folder| folder.list());
            for (name, _) in names.unwrap_or_default() {
                let name = format!("{}{}", &hex[..2], String::from_utf8_lossy(&name));
                if name.starts_with(&hex) {
                    found.extend(Id::from_hex(name.as_bytes()));
                }
            }
        }
        for pack in self.packs() {
            found.extend(pack.with_prefix(&hex));
        }
        found.sort();
        found.dedup();
        found
    }

    fn packs(&self) -> &[Pack] {
        self.packs.get_or_init(|| {
            let mut packs = Vec::new();
            for folder in &self.folders {
                let Ok(folder) = folder.folder(b"pack") else {
                    continue;
                };
                let mut names: Vec<_> = folder
                    .list()
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(name, _)| name)
                    .filter(|name| name.ends_with(b".idx"))
                    .collect();
                names.sort();
                names.truncate(MOST_PACKS);
                packs.extend(names.iter().filter_map(|name| Pack::open(&folder, name)));
            }
            packs
        })
    }

    fn loose(&self, file: &File, limit: u64) -> Result<(ObjectKind, Vec<u8>), Missing> {
        let mut inflate = ZlibDecoder::new(std::io::BufReader::new(file));
        let mut head = Vec::with_capacity(32);
        let mut byte = [0];
        while head.len() < 32 {
            inflate
                .read_exact(&mut byte)
                .map_err(|_| Missing::Damaged)?;
            if byte[0] == 0 {
                break;
            }
            head.push(byte[0]);
        }
        let head = std::str::from_utf8(&head).map_err(|_| Missing::Damaged)?;
        let (kind, size) = head.split_once(' ').ok_or(Missing::Damaged)?;
        let kind = match kind {
            "commit" => ObjectKind::Commit,
            "tree" => ObjectKind::Tree,
            "blob" => ObjectKind::Blob,
            "tag" => ObjectKind::Tag,
            _ => return Err(Missing::Damaged),
        };
        let size = size.parse().map_err(|_| Missing::Damaged)?;
        Ok((kind, self.inflate(inflate, size, limit)?))
    }

    /// Exactly `size` bytes of a stream.
    fn inflate(&self, stream: impl Read, size: u64, limit: u64) -> Result<Vec<u8>, Missing> {
        if size > limit {
            return Err(Missing::TooBig);
        }
        let spent = self.spent.get().saturating_add(size).saturating_add(64);
        if spent > BUDGET {
            return Err(Missing::Spent);
        }
        self.spent.set(spent);
        let mut bytes = Vec::new();
        stream
            .take(size.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|_| Missing::Damaged)?;
        if bytes.len() as u64 == size {
            Ok(bytes)
        } else {
            Err(Missing::Damaged)
        }
    }

    fn unpack<'a>(
        &'a self,
        pack: &'a Pack,
        offset: u64,
        limit: u64,
    ) -> Result<(ObjectKind, Vec<u8>), Missing> {
        let mut deltas: Vec<Vec<u8>> = Vec::new();
        let (mut pack, mut offset) = (pack, offset);
        // One object may need a few times its size in deltas, not more.
        let mut allowance = limit.saturating_mul(4);
        let (kind, mut object) = loop {
            let mut head = [0; 32];
            let count = pack.read_at(&mut head, offset)?;
            let head = &head[..count];
            let first = *head.first().ok_or(Missing::Damaged)?;
            let mut size = u64::from(first & 15);
            let mut used = 1;
            let mut more = first & 0x80 != 0;
            while more {
                let byte = *head.get(used).ok_or(Missing::Damaged)?;
                let shift = 4 + 7 * (used - 1);
                if shift > 56 {
                    return Err(Missing::Damaged);
                }
                size |= u64::from(byte & 0x7f) << shift;
                more = byte & 0x80 != 0;
                used += 1;
            }
            let rest = &head[used..];
            let kind = match first >> 4 & 7 {
                1 => Some(ObjectKind::Commit),
                2 => Some(ObjectKind::Tree),
                3 => Some(ObjectKind::Blob),
                4 => Some(ObjectKind::Tag),
                6 | 7 => None,
                _ => return Err(Missing::Damaged),
            };
            if let Some(kind) = kind {
                let start = offset + used as u64;
                break (kind, self.inflate(pack.inflate_at(start), size, limit)?);
            }
            if deltas.len() >= LONGEST_CHAIN {
                return Err(Missing::Damaged);
            }
            allowance = allowance.checked_sub(size).ok_or(Missing::TooBig)?;
            if first >> 4 & 7 == 6 {
                let (back, length) = parse_varint(rest).ok_or(Missing::Damaged)?;
                let start = offset + (used + length) as u64;
                deltas.push(self.inflate(pack.inflate_at(start), size, limit)?);
                if back == 0 {
                    return Err(Missing::Damaged);
                }
                offset = offset.checked_sub(back).ok_or(Missing::Damaged)?;
            } else {
                let base = Id::from_bytes(rest.get(..20).ok_or(Missing::Damaged)?);
                let start = offset + used as u64 + 20;
                deltas.push(self.inflate(pack.inflate_at(start), size, limit)?);
                if let Some(at) = pack.find(&base) {
                    offset = at;
                } else {
                    // A thin pack: the base is elsewhere.
                    let found = self
                        .packs()
                        .iter()
                        .find_map(|other| other.find(&base).map(|at| (other, at)));
                    (pack, offset) = found.ok_or(Missing::Absent)?;
                }
            }
        };
        for delta in deltas.iter().rev() {
            let size = object.len() as u64;
            object = self.apply(&object, delta, limit)?;
            let spent = self.spent.get().saturating_add(size);
            self.spent.set(spent);
            if spent > BUDGET {
                return Err(Missing::Spent);
            }
        }
        Ok((kind, object))
    }

    fn apply(&self, base: &[u8], delta: &[u8], limit: u64) -> Result<Vec<u8>, Missing> {
        let damaged = || Missing::Damaged;
        let (from, rest) = length(delta).ok_or_else(damaged)?;
        let (to, mut rest) = length(rest).ok_or_else(damaged)?;
        if from != base.len() as u64 {
            return Err(Missing::Damaged);
        }
        if to > limit {
            return Err(Missing::TooBig);
        }
        let to = usize::try_from(to).map_err(|_| Missing::TooBig)?;
        let mut result: Vec<u8> = Vec::with_capacity(to.min(base.len() + delta.len()));
        while let Some((op, tail)) = rest.split_first() {
            rest = tail;
            if op & 0x80 != 0 {
                let mut number = |bits: std::ops::Range<u32>| {
                    let mut value = 0usize;
                    for (at, bit) in bits.enumerate() {
                        if op >> bit & 1 == 1 {
                            let (byte, tail) = rest.split_first()?;
                            rest = tail;
                            value |= usize::from(*byte) << (8 * at);
                        }
                    }
                    Some(value)
                };
                let start = number(0..4).ok_or_else(damaged)?;
                let count = match number(4..7).ok_or_else(damaged)? {
                    0 => 0x10000,
                    count => count,
                };
                let end = start.checked_add(count).ok_or_else(damaged)?;
                result.extend_from_slice(base.get(start..end).ok_or_else(damaged)?);
            } else {
                let (literal, tail) = rest
                    .split_at_checked(usize::from(*op))
                    .filter(|_| *op != 0)
                    .ok_or_else(damaged)?;
                rest = tail;
                result.extend_from_slice(literal);
            }
            if result.len() > to {
                return Err(Missing::Damaged);
            }
        }
        if result.len() == to {
            Ok(result)
        } else {
            Err(Missing::Damaged)
        }
    }
}

/// A length at the head of a delta: seven bits a byte, lowest first.
fn length(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

/// Reads a file from an offset on.
struct Tail<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Tail<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Pack {
    fn open(folder: &Folder, name: &[u8]) -> Option<Pack> {
        let (index, stat) = folder.file(name).ok()?;
        let mut data_name = name.strip_suffix(b"idx")?.to_vec();
        data_name.extend(b"pack");
        let (data, data_stat) = folder.file(&data_name).ok()?;
        let mut head = [0; 8];
        index.read_exact_at(&mut head, 0).ok()?;
        let version = if &head[..4] == b"\xfftOc" {
            u32::from_be_bytes([head[4], head[5], head[6], head[7]])
        } else {
            1
        };
        let start = match version {
            1 => 0,
            2 => 8,
            _ => return None,
        };
        let mut table = vec![0; 1024];
        index.read_exact_at(&mut table, start).ok()?;
        let fan: Vec<u32> = table
            .chunks_exact(4)
            .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        let count = u64::from(*fan.last()?);
        let entry = if version == 1 { 24 } else { 28 };
        if !fan.is_sorted() || stat.size < start + 1024 + count * entry {
            return None;
        }
        Some(Pack {
            index,
            index_size: stat.size,
            version,
            fan,
            data,
            data_size: data_stat.size,
        })
    }

    fn id(&self, at: u32) -> Option<Id> {
        let place = match self.version {
            1 => 1024 + 24 * u64::from(at) + 4,
            _ => 1032 + 20 * u64::from(at),
        };
        let mut bytes = [0; 20];
        self.index.read_exact_at(&mut bytes, place).ok()?;
        Some(Id::from_bytes(&bytes))
    }

    fn bucket(&self, first: u8) -> (u32, u32) {
        let first = usize::from(first);
        let low = if first == 0 { 0 } else { self.fan[first - 1] };
        (low, self.fan[first])
    }

    /// Where the data of an object begin.
    fn find(&self, id: &Id) -> Option<u64> {
        let (mut low, mut high) = self.bucket(id.bytes()[0]);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.id(middle)?.cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.offset(middle),
            }
        }
        None
    }

    fn offset(&self, at: u32) -> Option<u64> {
        let count = u64::from(*self.fan.last()?);
        let at = u64::from(at);
        let mut four = [0; 4];
        if self.version == 1 {
            self.index.read_exact_at(&mut four, 1024 + 24 * at).ok()?;
            return Some(u64::from(u32::from_be_bytes(four)));
        }
        let offsets = 1032 + 24 * count;
        self.index.read_exact_at(&mut four, offsets + 4 * at).ok()?;
        let short = u32::from_be_bytes(four);
        if short & 0x8000_0000 == 0 {
            return Some(u64::from(short));
        }
        let place = offsets + 4 * count + 8 * u64::from(short & 0x7fff_ffff);
        if place + 8 > self.index_size {
            return None;
        }
        let mut eight = [0; 8];
        self.index.read_exact_at(&mut eight, place).ok()?;
        Some(u64::from_be_bytes(eight))
    }

    fn with_prefix(&self, hex: &str) -> Vec<Id> {
        let mut found = Vec::new();
        let Ok(first) = u8::from_str_radix(&hex[..2], 16) else {
            return found;
        };
        let (mut low, high) = self.bucket(first);
        let mut end = high;
        // The first id that is not below the prefix.
        while low < end {
            let middle = low + (end - low) / 2;
            match self.id(middle) {
                Some(id) if id.to_string().as_str() < hex => low = middle + 1,
                Some(_) => end = middle,
                None => return found,
            }
        }
        while low < high && found.len() < 2 {
            match self.id(low) {
                Some(id) if id.to_string().starts_with(hex) => found.push(id),
                _ => break,
            }
            low += 1;
        }
        found
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, Missing> {
        if offset >= self.data_size {
            return Err(Missing::Damaged);
        }
        self.data
            .read_at(buffer, offset)
            .map_err(|_| Missing::Damaged)
    }

    fn inflate_at(&self, offset: u64) -> ZlibDecoder<std::io::BufReader<Tail<'_>>> {
        let tail = Tail {
            file: &self.data,
            at: offset,
        };
        ZlibDecoder::new(std::io::BufReader::with_capacity(4096, tail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_are_bounded() {
        let objects = Objects::open(Path::new("/nonexistent"));
        // Copy 3 bytes from 1, insert "xy".
        let delta = [5, 5, 0x91, 1, 3, 2, b'x', b'y'];
        assert_eq!(objects.apply(b"abcde", &delta, 100).unwrap(), b"bcdxy");
        assert_eq!(
            objects.apply(b"abcd", &delta, 100),
            Err(Missing::Damaged),
            "another base"
        );
        let far = [5, 5, 0x91, 4, 3];
        assert_eq!(objects.apply(b"abcde", &far, 100), Err(Missing::Damaged));
        let huge = [5, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(objects.apply(b"abcde", &huge, 100), Err(Missing::TooBig));
        for cut in 0..delta.len() {
            assert!(objects.apply(b"abcde", &delta[..cut], 100).is_err());
        }
    }
}
