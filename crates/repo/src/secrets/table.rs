//! The options that take a secret, from `options.tsv`: one look at the last name of a path, a full match only on a hit.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::definitions::Segment;

/// What the value of an option is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A password, key, token or pin: any literal is a secret.
    Secret,
    /// A password hash.
    Hash,
    /// A freeform tree: the names of its leaves decide.
    Tree,
    /// An environment.
    Environment,
    /// A command line or a URL.
    CommandLine,
    /// Text that becomes a file.
    Text,
    /// A file with a secret in it.
    Path,
    /// An encrypted file.
    Encrypted,
    /// Public material.
    Safe,
}

/// The level of a row that is not the lint's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// Known to be temporary or public in practice.
    Warn,
    /// Worth a word.
    Info,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// What the value is.
    pub kind: Kind,
    /// What to use instead, as the end of a sentence.
    pub instead: Option<&'static str>,
    /// Whether the option is known for certain to take a secret.
    pub sure: bool,
    /// A lower level.
    pub gravity: Option<Gravity>,
    /// The alternatives of its pattern.
    patterns: Vec<Vec<Step>>,
}

/// A row by its place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RowId(u16);

impl RowId {
    /// The row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &TABLE.rows[usize::from(self.0)]
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Exactly this name.
    Name(String),
    /// A name with `*` in it.
    Glob(String),
    /// Exactly one name.
    One,
    /// One name or one element of a list.
    Any,
    /// One or more of either.
    Many,
}

struct Table {
    rows: Vec<Row>,
    /// (row, alternative) by the last name of the pattern.
    leaves: FxHashMap<String, Vec<(RowId, u16)>>,
    /// The same for patterns that end in anything, by the name before.
    parents: FxHashMap<String, Vec<(RowId, u16)>>,
    /// Patterns that end in `**`.
    trees: Vec<(RowId, u16)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("options.tsv")));

/// Whether a pattern may end at this name, or at the name after it: (leaf, parent).
#[must_use]
pub fn ends_at(name: &str) -> (bool, bool) {
    (
        TABLE.leaves.contains_key(name),
        TABLE.parents.contains_key(name),
    )
}

/// The first row that matches a path, outermost segment first; trees are not asked.
#[must_use]
pub fn find(path: &[Segment<'_>]) -> Option<RowId> {
    let leaf = match path.last() {
        Some(Segment::Name(name)) => TABLE.leaves.get(*name),
        _ => None,
    };
    let parent = match path {
        [.., Segment::Name(name), _] => TABLE.parents.get(*name),
        _ => None,
    };
    // A literal last name says more than a free one; a sure row more than a hint.
    let mut best: Option<RowId> = None;
    for (row, alternative) in leaf.into_iter().chain(parent).flatten() {
        if best.is_some_and(|best| best.row().sure || !row.row().sure) {
            continue;
        }
        if ends_with(path, &row.row().patterns[usize::from(*alternative)]) {
            best = Some(*row);
        }
    }
    best
}

/// The freeform tree that a path lies in.
#[must_use]
pub fn tree(path: &[Segment<'_>]) -> Option<RowId> {
    TABLE
        .trees
        .iter()
        .find(|(row, alternative)| ends_with(path, &row.row().patterns[usize::from(*alternative)]))
        .map(|(row, _)| *row)
}

/// The paths of a kind with a free last name (`environment.variables.<name>`): its row for a path.
#[must_use]
pub fn find_kind(path: &[Segment<'_>], kind: Kind) -> Option<RowId> {
    let row = find(path)?;
    (row.row().kind == kind).then_some(row)
}

/// Whether some suffix of the path that begins at a segment matches the pattern.
fn ends_with(path: &[Segment<'_>], pattern: &[Step]) -> bool {
    let Some((step, steps)) = pattern.split_last() else {
        return true;
    };
    let Some((segment, segments)) = path.split_last() else {
        return false;
    };
    match step {
        Step::Name(name) => *segment == Segment::Name(name) && ends_with(segments, steps),
        Step::Glob(glob) => {
            matches!(segment, Segment::Name(name) if matches_glob(name, glob))
                && ends_with(segments, steps)
        }
        Step::One => !matches!(segment, Segment::Item) && ends_with(segments, steps),
        Step::Any => ends_with(segments, steps),
        // Patterns are short and hold at most two of these, paths are bounded by the tree: no blow-up.
        Step::Many => (0..path.len())
            .rev()
            .take(64)
            .any(|end| ends_with(&path[..end], steps)),
    }
}

fn matches_glob(name: &str, glob: &str) -> bool {
    match glob.split_once('*') {
        None => name == glob,
        Some((start, rest)) => {
            let Some(name) = name.strip_prefix(start) else {
                return false;
            };
            (0..=name.len())
                .filter(|at| name.is_char_boundary(*at))
                .any(|at| matches_glob(&name[at..], rest))
        }
    }
}

impl Table {
    fn read(text: &'static str) -> Table {
        let mut table = Table {
            rows: Vec::new(),
            leaves: FxHashMap::default(),
            parents: FxHashMap::default(),
            trees: Vec::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&'static str> = line.split('\t').collect();
            let [pattern, kind, instead, sure, level] = columns.as_slice() else {
                continue;
            };
            let pattern = pattern
                .strip_prefix("home:")
                .or_else(|| pattern.strip_prefix("darwin:"))
                .unwrap_or(pattern);
            let id = RowId(u16::try_from(table.rows.len()).unwrap_or(u16::MAX));
            let row = Row {
                kind: match *kind {
                    "plaintext" | "psk" | "key" | "token" | "pin" => Kind::Secret,
                    "hash" => Kind::Hash,
                    "tree" => Kind::Tree,
                    "env" => Kind::Environment,
                    "cmdline" | "url" => Kind::CommandLine,
                    "text" => Kind::Text,
                    "path" => Kind::Path,
                    "file" => Kind::Encrypted,
                    _ => Kind::Safe,
                },
                instead: (*instead != "-").then_some(*instead),
                sure: *sure == "yes",
                gravity: match *level {
                    "warn" => Some(Gravity::Warn),
                    "info" => Some(Gravity::Info),
                    _ => None,
                },
                patterns: alternatives(pattern).iter().map(|one| steps(one)).collect(),
            };
            for (at, pattern) in row.patterns.iter().enumerate() {
                let entry = (id, u16::try_from(at).unwrap_or(u16::MAX));
                match pattern.as_slice() {
                    [.., Step::Many] => table.trees.push(entry),
                    [.., Step::Name(name)] => {
                        table.leaves.entry(name.clone()).or_default().push(entry)
                    }
                    [.., Step::Name(name), _] => {
                        table.parents.entry(name.clone()).or_default().push(entry);
                    }
                    _ => {}
                }
            }
            table.rows.push(row);
        }
        table
    }
}

/// `a.{b,c}.d` as `a.b.d` and `a.c.d`; braces do not nest.
fn alternatives(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let Some((inside, after)) = rest.split_once('}') else {
        return vec![pattern.to_owned()];
    };
    let tails = alternatives(after);
    inside
        .split(',')
        .flat_map(|one| tails.iter().map(move |tail| format!("{before}{one}{tail}")))
        .collect()
}

fn steps(pattern: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            steps.push(Step::Name(name.to_owned()));
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let (name, after) = rest.split_once('.').unwrap_or((rest, ""));
        steps.push(match name {
            "<name>" => Step::One,
            "*" => Step::Any,
            "**" => Step::Many,
            name if name.contains('*') => Step::Glob(name.to_owned()),
            name => Step::Name(name.to_owned()),
        });
        rest = after;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<Segment<'_>> {
        text.split('.')
            .map(|name| match name {
                "*" => Segment::Item,
                "<name>" => Segment::Dynamic,
                name => Segment::Name(name),
            })
            .collect()
    }

    #[test]
    fn every_row_is_read_and_reachable() {
        let lines = include_str!("options.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'));
        for line in lines.clone() {
            assert_eq!(line.split('\t').count(), 5, "{line}");
        }
        assert_eq!(TABLE.rows.len(), lines.count());
        let reachable: std::collections::BTreeSet<u16> = TABLE
            .leaves
            .values()
            .chain(TABLE.parents.values())
            .flatten()
            .chain(&TABLE.trees)
            .map(|(row, _)| row.0)
            .collect();
        assert_eq!(reachable.len(), TABLE.rows.len());
    }

    #[test]
    fn patterns_match_suffixes() {
        let kind = |text| find(&path(text)).map(|row| (row.row().kind, row.row().sure));
        assert_eq!(kind("users.users.ann.password"), Some((Kind::Secret, true)));
        assert_eq!(
            kind("x.y.users.users.<name>.password"),
            Some((Kind::Secret, true))
        );
        assert_eq!(kind("users.users.password"), None);
        assert_eq!(
            kind("services.nginx.virtualHosts.v.basicAuth.ann"),
            Some((Kind::Secret, true))
        );
        assert_eq!(
            kind("services.kanboard.nginx.basicAuth.ann"),
            Some((Kind::Secret, true))
        );
        assert_eq!(
            kind("services.hostapd.radios.w.networks.w.authentication.saePasswords.*.password"),
            Some((Kind::Secret, true))
        );
        assert_eq!(
            kind("services.gitlab.secrets.dbFile"),
            Some((Kind::Path, true))
        );
        assert_eq!(
            kind("services.influxdb2.provision.users.ann.passwordFile"),
            Some((Kind::Path, true))
        );
        assert_eq!(
            kind("services.aria2.rpcSecret"),
            Some((Kind::Secret, false))
        );
        assert_eq!(kind("systemd.network.netdevs.m.wireguard.Key"), None);
        assert_eq!(
            kind("systemd.network.netdevs.m.macsecX.Key"),
            Some((Kind::Secret, true))
        );
        assert!(tree(&path("services.nextcloud.settings.mail.password")).is_some());
        assert!(tree(&path("services.nextcloud.settings")).is_none());
    }
}
