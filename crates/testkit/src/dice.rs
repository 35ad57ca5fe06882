//! A small random source: the same cases from the same seed.

/// A random source (xorshift).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A source of its own for each seed.
    #[must_use]
    pub fn new(seed: u64) -> Dice {
        // Neighbouring seeds must not give similar sequences (splitmix).
        let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Dice((x ^ (x >> 31)) | 1)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from((self.number() >> 16) % end).unwrap_or(0)
    }

    /// Whether one of `in_so_many` times has come.
    pub fn one_in(&mut self, in_so_many: usize) -> bool {
        self.below(in_so_many) == 0
    }

    /// One of the list.
    ///
    /// # Panics
    /// When the list is empty.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A range of bytes, at most `most` long, of a text that is `len` long.
    pub fn range(&mut self, len: usize, most: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        let most = most.min(len - start);
        // Short ranges are the more useful ones.
        let cap = self.below(most + 1);
        start..start + self.below(cap + 1)
    }
}
