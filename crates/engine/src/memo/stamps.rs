//! The hashes of texts by what the file system says of their files, so that what was not touched is not hashed again.
//!
//! Goal: a file of the same number on the same device, of the same size, last written and last changed at the same
//! nanosecond, has the text it had. The system sets the last of these at every change, and no program can set it to another
//! time. What changed shortly before a run began is not listed, as it may change again within one tick of the clock. Limits:
//! a checkout made just before the run, as in CI, is hashed; so is what holds a secret, of which there is no hash here.

use super::{Sum, check};
use crate::disk::Stat;

/// What every list begins with; it changes with the layout.
const MAGIC: &[u8; 8] = b"nivisst1";
/// Bytes of a list that is read or written.
pub(super) const LARGEST: u64 = 32 << 20;
/// The names of lists end in this.
pub const SUFFIX: &str = ".stamps";
/// Bytes of one file in a list: its key, then the sum of its text.
const ROW: usize = KEY + 16;
const KEY: usize = 48;
/// The magic and a check sum of the rest.
const HEAD: usize = 8 + 4;
/// What changed so many seconds before the run began may change again unseen: file systems that count in twos are known.
const FRESH: i64 = 3;

/// A list that was read: rows sorted by key.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    bytes: Vec<u8>,
}

fn key(stat: &Stat) -> [u8; KEY] {
    let mut key = [0; KEY];
    let words = [
        stat.inode.to_be_bytes(),
        stat.device.to_be_bytes(),
        stat.size.to_be_bytes(),
        stat.seconds.to_be_bytes(),
        stat.changed.0.to_be_bytes(),
    ];
    for (to, word) in key.chunks_exact_mut(8).zip(words) {
        to.copy_from_slice(&word);
    }
    key[40..44].copy_from_slice(&stat.nanoseconds.to_be_bytes());
    key[44..].copy_from_slice(&stat.changed.1.to_be_bytes());
    key
}

impl Stamps {
    /// A list that is whole.
    pub(super) fn of(bytes: Vec<u8>) -> Option<Stamps> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (sum, rows) = rest.split_at_checked(4)?;
        let whole = rows.len().is_multiple_of(ROW) && check(rows).to_le_bytes() == sum;
        whole.then_some(Stamps { bytes })
    }

    fn rows(&self) -> &[[u8; ROW]] {
        self.bytes.get(HEAD..).unwrap_or_default().as_chunks().0
    }

    /// How many files it has.
    pub(super) fn len(&self) -> usize {
        self.rows().len()
    }

    /// The sum of the text of a file.
    pub(super) fn find(&self, stat: &Stat) -> Option<Sum> {
        let key = key(stat);
        let rows = self.rows();
        let at = rows.binary_search_by(|row| row[..KEY].cmp(&key)).ok()?;
        rows[at][KEY..].try_into().ok()
    }
}

/// The files that may be listed by a run that began at this time, in seconds since 1970.
pub(super) fn lasting<'a>(
    files: impl Iterator<Item = (&'a Stat, Sum)>,
    began: i64,
) -> impl Iterator<Item = (&'a Stat, Sum)> {
    files.filter(move |(stat, _)| stat.changed.0.max(stat.seconds) < began - FRESH)
}

/// The bytes of a list.
pub(super) fn write(files: &[(&Stat, Sum)]) -> Vec<u8> {
    let rows = files.iter().map(|(stat, sum)| (key(stat), *sum));
    let mut rows: Vec<([u8; KEY], Sum)> = rows.collect();
    rows.sort_unstable();
    rows.dedup_by(|a, b| a.0 == b.0);
    let mut bytes = Vec::with_capacity(HEAD + rows.len() * ROW);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[0; 4]);
    for (key, sum) in &rows {
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(sum);
    }
    let sum = check(&bytes[HEAD..]);
    bytes[8..HEAD].copy_from_slice(&sum.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(inode: u64) -> Stat {
        Stat {
            size: 5,
            seconds: 1_000,
            nanoseconds: 7,
            inode,
            device: 2,
            changed: (1_000, 9),
        }
    }

    #[test]
    fn only_what_is_the_same_in_all_is_known() {
        let stats: Vec<Stat> = (0..100).map(|number| stat(number * 7 % 101)).collect();
        let sums = (0..100).map(|number| [number; 16]);
        let files = || stats.iter().zip(sums.clone());
        let written = |began| write(&lasting(files(), began).collect::<Vec<_>>());
        let bytes = written(1_004);
        let list = Stamps::of(bytes.clone()).unwrap();
        assert_eq!(list.len(), 100);
        for (stat, sum) in files() {
            assert_eq!(list.find(stat), Some(sum));
        }
        let changes: [fn(&mut Stat); 7] = [
            |it| it.size += 1,
            |it| it.seconds -= 1,
            |it| it.nanoseconds += 1,
            |it| it.inode = 200,
            |it| it.device += 1,
            |it| it.changed.0 += 1,
            |it| it.changed.1 += 1,
        ];
        for change in changes {
            let mut other = stats[3];
            change(&mut other);
            assert_eq!(list.find(&other), None);
        }
        // What is fresh is not listed.
        assert_eq!(Stamps::of(written(1_003)).unwrap().len(), 0);
        assert_eq!(Stamps::default().find(&stats[0]), None);
        for end in 0..bytes.len() {
            let cut = Stamps::of(bytes[..end].to_vec());
            assert!(cut.is_none_or(|it| it.len() == 0), "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(Stamps::of(damaged).is_none(), "damaged at {at}");
        }
    }
}
