//! What a name in settings, flags and comments stands for: a lint, a group, or a name of another tool.

use lint_api::{Group, Lint};
use rustc_hash::FxHashMap;

use crate::aliases;

/// All lints of a run, by name.
#[derive(Debug, Clone, Default)]
pub struct Names {
    lints: Vec<&'static Lint>,
    index: FxHashMap<&'static str, usize>,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A lint, by its index.
    Lint(usize),
    /// Every lint of a group.
    Group(Group),
    /// A name of another tool: the lints that do its work.
    Alias(Vec<usize>),
    /// A name of another tool that no lint answers to, and why.
    NotTaken(&'static str),
}

impl Names {
    /// Takes the lints; their order gives the indices.
    #[must_use]
    pub fn new(lints: impl IntoIterator<Item = &'static Lint>) -> Names {
        let lints: Vec<&'static Lint> = lints.into_iter().collect();
        let index = lints
            .iter()
            .enumerate()
            .map(|(index, lint)| (lint.name, index))
            .collect();
        Names { lints, index }
    }

    /// All lints, by index.
    #[must_use]
    pub fn lints(&self) -> &[&'static Lint] {
        &self.lints
    }

    /// The index of a lint.
    #[must_use]
    pub fn index(&self, lint: &str) -> Option<usize> {
        self.index.get(lint).copied()
    }

    /// What a name stands for; `None` when it is unknown.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<Named> {
        if let Some(index) = self.index(name) {
            return Some(Named::Lint(index));
        }
        if let Some(group) = Group::parse(name) {
            return Some(Named::Group(group));
        }
        if let Ok(at) = aliases::TAKEN.binary_search_by_key(&name, |(alias, _)| alias) {
            let lints: Vec<usize> = aliases::TAKEN[at]
                .1
                .iter()
                .filter_map(|lint| self.index(lint))
                .collect();
            return Some(match lints.as_slice() {
                [] => Named::NotTaken("nivis does not have that lint yet"),
                _ => Named::Alias(lints),
            });
        }
        let at = aliases::NOT_TAKEN
            .binary_search_by_key(&name, |(alias, _)| alias)
            .ok()?;
        Some(Named::NotTaken(aliases::NOT_TAKEN[at].1))
    }

    /// The lints that a known name covers.
    #[must_use]
    pub fn covered(&self, named: &Named) -> Vec<usize> {
        match named {
            Named::Lint(index) => vec![*index],
            Named::Group(group) => (0..self.lints.len())
                .filter(|index| self.lints[*index].group == *group)
                .collect(),
            Named::Alias(lints) => lints.clone(),
            Named::NotTaken(_) => Vec::new(),
        }
    }

    /// The own names behind an alias, for a note: "`W03` is `manual-inherit`".
    #[must_use]
    pub fn explain(&self, name: &str, named: &Named) -> Option<String> {
        match named {
            Named::Alias(lints) => {
                let own: Vec<String> = lints
                    .iter()
                    .map(|index| format!("`{}`", self.lints[*index].name))
                    .collect();
                Some(format!("`{name}` is {} here", own.join(", ")))
            }
            Named::NotTaken(why) => Some(format!("`{name}` does nothing here: {why}")),
            Named::Lint(_) | Named::Group(_) => None,
        }
    }

    /// Known names that look like an unknown one: "; did you mean `unused-let`?", or nothing.
    /// With `groups`, also names of groups.
    #[must_use]
    pub fn did_you_mean(&self, name: &str, groups: bool) -> String {
        let lints = self.lints.iter().map(|lint| lint.name);
        let groups = Group::ALL
            .iter()
            .map(|group| group.as_str())
            .filter(|_| groups);
        let own = near(name, lints.chain(groups));
        // `syntax_error` is no news beside `syntax-error`.
        let aliases = aliases::TAKEN
            .iter()
            .filter(|(_, lints)| lints.iter().any(|lint| self.index.contains_key(lint)))
            .filter(|(_, lints)| !lints.iter().any(|lint| own.contains(lint)))
            .map(|(alias, _)| *alias);
        did_you_mean(name, own.iter().copied().chain(aliases))
    }
}

/// Words that look like another, at most three, sorted: "; did you mean `a` or `b`?", or nothing.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = near(word, known);
    match near.as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean `{one}`?"),
        [first, second] => format!("; did you mean `{first}` or `{second}`?"),
        more => {
            let (last, before) = more.split_last().expect("three words");
            let before: Vec<String> = before.iter().map(|word| format!("`{word}`")).collect();
            format!("; did you mean {} or `{last}`?", before.join(", "))
        }
    }
}

/// The words at the least distance from `word`, at most three, sorted. Farther than max(2, length / 3), none is.
#[must_use]
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    // A name that long is no slip of the finger, and the distance is quadratic.
    const LONGEST: usize = 100;
    let length = word.chars().count();
    if length > LONGEST {
        return Vec::new();
    }
    let bound = (length / 3).max(2);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|other| other.len().abs_diff(word.len()) <= bound * 4)
        .map(|other| (distance(word, other), other))
        // `a` is not meant by `x`: at least one character must stay.
        .filter(|(distance, other)| *distance <= bound && *distance < other.chars().count())
        .collect();
    found.sort_unstable();
    found.dedup();
    let mut words: Vec<&str> = found.into_iter().take(3).map(|(_, word)| word).collect();
    words.sort_unstable();
    words
}

/// Edits that make one word the other: insert, delete, replace, swap two neighbours (Damerau and Levenshtein).
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "abc", 3),
            ("unused-let", "unused-let", 0),
            ("unsued-let", "unused-let", 1),
            ("kitten", "sitting", 3),
            ("ca", "ac", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn proposals() {
        let known = ["unused-let", "unused-with", "unused-formal", "empty-let"];
        assert_eq!(near("unsued-let", known), ["unused-let"]);
        assert_eq!(near("nothing-at-all-alike", known), Vec::<&str>::new());
        assert_eq!(did_you_mean("x", known), "");
        assert_eq!(
            did_you_mean("exlude", ["exclude", "rules"]),
            "; did you mean `exclude`?"
        );
        assert_eq!(near(&"x".repeat(1_000_000), known), Vec::<&str>::new());
    }
}
