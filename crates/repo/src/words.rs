//! Identifiers that somebody asks for by their spelling, told apart from all others while the tree is walked.
//!
//! Goal: who looks for a handful of names in a file reads a short list, not the whole outline: nearly every identifier is
//! dismissed by its first byte and its length. Limit: a name that is to be found so must stand in [`all`].

use std::sync::LazyLock;

use options::renames::{self, Set};
use rustc_hash::FxHashSet;

use crate::{eval, impure};

/// All of them.
fn all() -> impl Iterator<Item = String> {
    let lists = [
        impure::WORDS,
        eval::LOADERS,
        syntax::builtins::DEPRECATED,
        &["self", "outPath", "mkIf", "mkMerge"],
    ];
    let packages = renames::rows().iter().filter(|row| row.set == Set::Nixpkgs);
    let known = lists.into_iter().flatten().map(|word| (*word).to_owned());
    known.chain(packages.map(renames::Row::old))
}

struct Words {
    /// By first byte: the lengths, bit 63 for all from there on.
    lengths: [u64; 256],
    all: FxHashSet<Box<str>>,
}

/// Whether somebody asks for an identifier.
#[must_use]
pub(crate) fn is_asked(word: &str) -> bool {
    static WORDS: LazyLock<Words> = LazyLock::new(|| {
        let mut words = Words {
            lengths: [0; 256],
            all: FxHashSet::default(),
        };
        for word in all() {
            if let Some(first) = word.as_bytes().first() {
                words.lengths[usize::from(*first)] |= 1 << word.len().min(63);
            }
            words.all.insert(word.into());
        }
        words
    });
    let words = &*WORDS;
    let Some(first) = word.as_bytes().first() else {
        return false;
    };
    words.lengths[usize::from(*first)] >> word.len().min(63) & 1 == 1 && words.all.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for() {
        for word in [
            "mkIf",
            "self",
            "readDir",
            "system",
            "toPath",
            "currentSystem",
        ] {
            assert!(is_asked(word), "{word}");
        }
        for word in ["", "s", "selv", "enable", "mkI", "ö"] {
            assert!(!is_asked(word), "{word}");
        }
    }
}
