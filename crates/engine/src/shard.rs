//! `--shard I/N`: which files of a repository one of several runs speaks of.
//!
//! Every run reads and judges the whole repository, so that the reports of all shards together are that of one run. A path
//! alone decides, the same on every machine.

use std::collections::BTreeMap;
use std::fmt;

use lint_api::Report;
use lint_api::report::Shards;
use repo::{Repo, RepoPath};

/// One of the parts of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// The most parts.
const MOST: u32 = 10_000;

impl Shard {
    /// Reads `I/N`, 1-based.
    ///
    /// # Errors
    /// When it is something else, in words.
    pub fn parse(text: &str) -> Result<Shard, String> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse::<u32>().ok().filter(|_| digits);
            number.filter(|it| (1..=MOST).contains(it))
        };
        let (index, count) = text.split_once('/').unwrap_or_default();
        match (number(index), number(count)) {
            (Some(index), Some(count)) if index <= count => Ok(Shard { index, count }),
            _ => Err(format!(
                "expected I/N, such as 1/4: the part from 1 to N, and at most {MOST} parts"
            )),
        }
    }

    /// Whether a path is in it.
    #[must_use]
    pub fn owns(self, path: &RepoPath) -> bool {
        let hash = blake3::hash(path.bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(first) % u64::from(self.count) == u64::from(self.index) - 1
    }

    /// Leaves in the report of a whole repository what is its own.
    pub(crate) fn keep(self, report: &mut Report, repo: &Repo) {
        let findings = &mut report.findings;
        findings.retain(|settled| self.owns(&repo.file(settled.finding.at.file).path));
        let files = report.inputs.iter();
        report.files = files.filter(|(path, _)| self.owns(path)).count();
        report.shard = Some(Shards {
            count: self.count,
            files: BTreeMap::from([(self.index, report.files)]),
        });
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_in_one() {
        for count in 1..=7 {
            for path in ["", "a.nix", "hosts/atlas/default.nix", "\u{1b}"] {
                let path = RepoPath::from(path);
                let owners = (1..=count).filter(|index| {
                    Shard {
                        index: *index,
                        count,
                    }
                    .owns(&path)
                });
                assert_eq!(owners.count(), 1);
            }
        }
        // The first eight bytes of the hash of nothing are af 13 49 b9 f5 f9 a1 a6.
        let whole = 0xa6a1_f9f5_b949_13af_u64;
        let index = u32::try_from(whole % 4).unwrap() + 1;
        assert!(Shard { index, count: 4 }.owns(&RepoPath::from("")));
    }

    #[test]
    fn what_is_one() {
        assert_eq!(Shard::parse("2/4").unwrap().to_string(), "2/4");
        for wrong in [
            "", "1", "0/4", "5/4", "1/0", "+1/4", "1/4/4", "-1/4", "1/10001", "a/b",
        ] {
            assert!(Shard::parse(wrong).is_err(), "{wrong}");
        }
    }
}
