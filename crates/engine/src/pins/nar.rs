//! The NAR hash of a tree, as Nix computes it: names in order, contents, who may be executed, where links lead. Pure.
//!
//! The tree is handed over piece by piece, so that only one file at a time is held.

use sha2::{Digest, Sha256};

use super::store::Hash;

/// Hashes one tree. Entries of a folder must come in the order of the bytes of their names.
#[derive(Debug)]
pub struct Nar {
    hash: Sha256,
}

impl Default for Nar {
    fn default() -> Nar {
        let mut nar = Nar {
            hash: Sha256::new(),
        };
        nar.word(b"nix-archive-1");
        nar
    }
}

impl Nar {
    /// A regular file.
    pub fn file(&mut self, contents: &[u8], executable: bool) {
        self.words(&[b"(", b"type", b"regular"]);
        if executable {
            self.words(&[b"executable", b""]);
        }
        self.word(b"contents");
        self.word(contents);
        self.word(b")");
    }

    /// A symbolic link.
    pub fn link(&mut self, target: &[u8]) {
        self.words(&[b"(", b"type", b"symlink", b"target", target, b")"]);
    }

    /// The beginning of a folder.
    pub fn open(&mut self) {
        self.words(&[b"(", b"type", b"directory"]);
    }

    /// The beginning of an entry of a folder; its file, link or folder comes next.
    pub fn entry(&mut self, name: &[u8]) {
        self.words(&[b"entry", b"(", b"name", name, b"node"]);
    }

    /// The end of an entry.
    pub fn entered(&mut self) {
        self.word(b")");
    }

    /// The end of a folder.
    pub fn close(&mut self) {
        self.word(b")");
    }

    /// The hash of the tree.
    #[must_use]
    pub fn finish(self) -> Hash {
        Hash(self.hash.finalize().into())
    }

    fn words(&mut self, words: &[&[u8]]) {
        for word in words {
            self.word(word);
        }
    }

    /// Its length, its bytes, and zeros up to a multiple of eight.
    fn word(&mut self, word: &[u8]) {
        self.hash.update((word.len() as u64).to_le_bytes());
        self.hash.update(word);
        self.hash.update(&[0; 8][..(8 - word.len() % 8) % 8]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder() {
        // nix-hash --type sha256 --sri of a folder with `a` (the text "x"), an executable `b` (empty), a link `c` to `a`,
        // and an empty folder `d`.
        let mut nar = Nar::default();
        nar.open();
        nar.entry(b"a");
        nar.file(b"x", false);
        nar.entered();
        nar.entry(b"b");
        nar.file(b"", true);
        nar.entered();
        nar.entry(b"c");
        nar.link(b"a");
        nar.entered();
        nar.entry(b"d");
        nar.open();
        nar.close();
        nar.entered();
        nar.close();
        assert_eq!(
            nar.finish().sri(),
            "sha256-cdPmpNWg7+ZAbPrGjM/mMteXIDbAuk/DZbcgElklOMY="
        );
    }
}
