//! Options and package attributes that releases renamed or removed: a table, for where no pinned tree is at hand.
//!
//! Goal: what a release says of an old name, when that release is known. A row holds from `since` on (`<=R`: in R already) and
//! ends before `until`. Late is safe: a row that begins too late loses a finding, one that begins too early is a lie.
//! Limits: home-manager and nix-darwin are complete for 21.05 to 26.11; NixOS and nixpkgs are a selection.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lookup::Step;

/// Whose names a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Set {
    /// Options of NixOS.
    Nixos,
    /// Options of home-manager.
    Home,
    /// Options of nix-darwin.
    Darwin,
    /// Attributes of nixpkgs.
    Nixpkgs,
}

/// What became of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// The same value under another name.
    Renamed,
    /// The value is converted.
    Changed,
    /// Several values are converted to one.
    Merged,
    /// Gone.
    Removed,
    /// Accepted without a word.
    Alias,
    /// Still declared, with a warning.
    Deprecated,
}

/// A release: year of the century times 100, and month.
pub type Release = u32;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whose name.
    pub set: Set,
    old: Vec<Segment>,
    /// The new name, as an attribute path; empty when there is none.
    pub new: &'static str,
    /// What became of it.
    pub fate: Fate,
    /// The first release of which it is known.
    pub since: Release,
    /// The first release of which it is no longer so.
    pub until: Option<Release>,
    /// What to know of it; may be empty.
    pub summary: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Name(Box<str>),
    Any,
    Item,
}

impl Row {
    /// How many segments its old name has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.old.len()
    }

    /// Whether its old name is empty, which no row's is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.old.is_empty()
    }

    /// Whether it holds for every release from `low` to `high`.
    #[must_use]
    pub fn holds(&self, low: Release, high: Release) -> bool {
        self.since <= low && self.until.is_none_or(|until| high < until)
    }

    /// Its old name, as an attribute path.
    #[must_use]
    pub fn old(&self) -> String {
        let segments = self.old.iter().map(|segment| match segment {
            Segment::Name(name) if syntax::attrpath::is_identifier(name) => name.to_string(),
            Segment::Name(name) => format!("{name:?}"),
            Segment::Any => "<name>".to_owned(),
            Segment::Item => "[]".to_owned(),
        });
        segments.collect::<Vec<_>>().join(".")
    }

    /// The segments of its new name; `None` for one that is not in a single place: it has `<name>` in it, or there is none.
    #[must_use]
    pub fn target(&self) -> Option<Vec<Box<str>>> {
        let segments = parse(self.new)?;
        segments
            .into_iter()
            .map(|segment| match segment {
                Segment::Name(name) => Some(name),
                _ => None,
            })
            .collect()
    }

    /// Whether the old name begins a path.
    fn begins(&self, path: &[Step<'_>]) -> bool {
        self.old.len() <= path.len()
            && self.old.iter().zip(path).all(|pair| match pair {
                (Segment::Name(name), Step::Name(it)) => **name == **it,
                (Segment::Any, Step::Name(_) | Step::Dynamic) => true,
                (Segment::Item, Step::Item) => true,
                _ => false,
            })
    }
}

struct Table {
    rows: Vec<Row>,
    by_first: FxHashMap<(Set, Box<str>), Vec<usize>>,
    /// The last names of old paths of options.
    last: FxHashMap<Box<str>, OldEnd>,
}

/// All rows, in the order of the table.
#[must_use]
pub fn rows() -> &'static [Row] {
    &table().rows
}

/// The row whose old name is the longest that begins a path, of those that hold from `low` to `high`.
#[must_use]
pub fn find(set: Set, path: &[Step<'_>], low: Release, high: Release) -> Option<&'static Row> {
    let Some(Step::Name(first)) = path.first() else {
        return None;
    };
    let table = table();
    let rows = table.by_first.get(&(set, Box::from(*first)))?;
    rows.iter()
        .map(|index| &table.rows[*index])
        .filter(|row| row.begins(path) && row.holds(low, high))
        .max_by_key(|row| row.old.len())
}

/// What stands before a last name of old paths.
#[derive(Debug, Default)]
pub struct OldEnd {
    names: FxHashSet<Box<str>>,
    /// Nothing, or whatever name or element there is.
    any: bool,
}

impl OldEnd {
    /// Whether the last name can stand behind a name; `None`: behind an unknown one, or behind none.
    #[must_use]
    pub fn follows(&self, before: Option<&str>) -> bool {
        self.any || before.is_some_and(|name| self.names.contains(name))
    }
}

/// The old paths of options that have this as their last name. A path is no old one, nor below one, when none of its
/// names is such a last name behind the right name.
#[must_use]
pub fn old_end(name: &str) -> Option<&'static OldEnd> {
    table().last.get(name)
}

/// Whether a path is, or begins with, the old name of some row, of whatever release.
#[must_use]
pub fn is_old(set: Set, path: &[Step<'_>]) -> bool {
    let Some(Step::Name(first)) = path.first() else {
        return false;
    };
    let rows = table().by_first.get(&(set, Box::from(*first)));
    let mut rows = rows.into_iter().flatten();
    rows.any(|index| table().rows[*index].begins(path))
}

/// Whether some row is about a name that begins so.
#[must_use]
pub fn speaks_of(set: Set, first: &str) -> bool {
    table().by_first.contains_key(&(set, Box::from(first)))
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows: Vec<Row> = include_str!("renames.tsv")
            .lines()
            .skip(1)
            .filter_map(row)
            .collect();
        let mut by_first: FxHashMap<(Set, Box<str>), Vec<usize>> = FxHashMap::default();
        let mut last: FxHashMap<Box<str>, OldEnd> = FxHashMap::default();
        for (index, row) in rows.iter().enumerate() {
            let mut up = row.old.iter().rev();
            let name = up.find_map(|it| match it {
                Segment::Name(name) => Some(name),
                _ => None,
            });
            if let Some(name) = name.filter(|_| row.set != Set::Nixpkgs) {
                let end = last.entry(name.clone()).or_default();
                match up.next() {
                    Some(Segment::Name(before)) => {
                        end.names.insert(before.clone());
                    }
                    _ => end.any = true,
                }
            }
            if let Some(Segment::Name(first)) = row.old.first() {
                by_first
                    .entry((row.set, first.clone()))
                    .or_default()
                    .push(index);
            }
        }
        Table {
            rows,
            by_first,
            last,
        }
    })
}

fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next();
    let set = match cell()? {
        "nixos" => Set::Nixos,
        "home" => Set::Home,
        "darwin" => Set::Darwin,
        "nixpkgs" => Set::Nixpkgs,
        _ => return None,
    };
    let old = parse(cell()?)?;
    let new = cell()?;
    let fate = match cell()? {
        "renamed" => Fate::Renamed,
        "changed" => Fate::Changed,
        "merged" => Fate::Merged,
        "removed" => Fate::Removed,
        "alias" => Fate::Alias,
        "deprecated" => Fate::Deprecated,
        _ => return None,
    };
    let since = cell()?;
    let since = release(since.strip_prefix("<=").unwrap_or(since))?;
    let until = match cell()? {
        "" => None,
        until => Some(release(until)?),
    };
    Some(Row {
        set,
        old,
        new,
        fate,
        since,
        until,
        summary: cell()?,
    })
}

fn release(text: &str) -> Option<Release> {
    let (year, month) = text.split_once('.')?;
    Some(year.parse::<u32>().ok()?.checked_mul(100)? + month.parse::<u32>().ok()?)
}

/// The segments of a path of the table; `None` for the empty one and for one that is malformed.
fn parse(path: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        let (segment, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted.split_once('"')?;
            (Segment::Name(name.into()), after)
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let segment = match &rest[..end] {
                "" => return None,
                "<name>" => Segment::Any,
                "[]" => Segment::Item,
                name => Segment::Name(name.into()),
            };
            (segment, &rest[end..])
        };
        segments.push(segment);
        match after.strip_prefix('.') {
            Some(further) => rest = further,
            None if after.is_empty() => return Some(segments),
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps<'a>(path: &'a [&'a str]) -> Vec<Step<'a>> {
        let step = |it: &&'a str| match *it {
            "${}" => Step::Dynamic,
            "[]" => Step::Item,
            name => Step::Name(name),
        };
        path.iter().map(step).collect()
    }

    #[test]
    fn the_table_is_well_formed() {
        let lines = include_str!("renames.tsv").lines().skip(1);
        let mut seen: Vec<(Set, String, Release, Release)> = Vec::new();
        for line in lines {
            assert_eq!(line.split('\t').count(), 7, "{line}");
            let row = row(line).unwrap_or_else(|| panic!("{line}"));
            assert!(matches!(row.old.first(), Some(Segment::Name(_))), "{line}");
            let gone = row.fate == Fate::Removed;
            assert_eq!(gone, row.new.is_empty(), "{line}");
            assert!(gone || parse(row.new).is_some(), "{line}");
            let until = row.until.unwrap_or(9999);
            assert!(row.since < until, "{line}");
            for (set, old, from, to) in &seen {
                let overlap =
                    *set == row.set && *old == row.old() && row.since < *to && *from < until;
                assert!(!overlap, "{line}");
            }
            seen.push((row.set, row.old(), row.since, until));
        }
        assert_eq!(rows().len(), seen.len());
    }

    #[test]
    fn the_longest_row_that_holds() {
        let find = |set, path: &[&str], low, high| find(set, &steps(path), low, high).map(Row::old);
        let opengl = ["hardware", "opengl", "enable"];
        assert_eq!(
            find(Set::Nixos, &opengl, 2411, 2411).as_deref(),
            Some("hardware.opengl.enable")
        );
        assert_eq!(find(Set::Nixos, &opengl, 2405, 2411), None);
        assert_eq!(find(Set::Home, &opengl, 2411, 2411), None);
        let below = ["hardware", "pulseaudio", "extraConfig", "x"];
        assert_eq!(
            find(Set::Nixos, &below, 2505, 2511).as_deref(),
            Some("hardware.pulseaudio")
        );
        let any = ["accounts", "email", "accounts", "me", "lieer", "timeout"];
        let row = "accounts.email.accounts.<name>.lieer.timeout";
        assert_eq!(find(Set::Home, &any, 2111, 2111).as_deref(), Some(row));
        let computed = ["accounts", "email", "accounts", "${}", "lieer", "timeout"];
        assert_eq!(find(Set::Home, &computed, 2111, 2111).as_deref(), Some(row));
        assert_eq!(
            find(Set::Nixos, &["my", "hardware", "opengl"], 2511, 2511),
            None
        );
        assert!(speaks_of(Set::Darwin, "homebrew") || speaks_of(Set::Darwin, "system"));
    }

    #[test]
    fn new_names() {
        let of = |old: &str| {
            rows()
                .iter()
                .find(|it| it.old() == old)
                .and_then(Row::target)
        };
        let star = of("programs.ssh.compression").unwrap();
        assert_eq!(&*star[3], "*");
        assert_eq!(of("programs.firefox.extensions"), None);
    }
}
