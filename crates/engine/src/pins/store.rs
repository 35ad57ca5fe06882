//! From the hash that a lock names to the path in the store of Nix. Pure.
//!
//! Goal: the very path that Nix gives to a fetched source: a fixed output, hashed as a whole tree with SHA-256. Limits: no
//! other algorithm, no references.

use sha2::{Digest, Sha256};

/// Where the store lies for whoever computes names in it. A store that lies elsewhere on the disk has the same names.
pub const STORE: &str = "/nix/store";

/// The name of a fetched source, unless its lock says another.
pub const NAME: &str = "source";

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(Sha256::digest(bytes).into())
    }

    /// Reads `sha256-…` of a lock. `None` for other algorithms and for what is no hash.
    #[must_use]
    pub fn parse(sri: &str) -> Option<Hash> {
        let bytes = from_base64(sri.strip_prefix("sha256-")?)?;
        bytes.try_into().ok().map(Hash)
    }

    /// Reads a hash as lists of pins write it: `sha256-…`, `sha256:` and digits, or digits alone: 52 of Nix's base 32, 64 of
    /// base 16.
    #[must_use]
    pub fn parse_any(text: &str) -> Option<Hash> {
        if text.starts_with("sha256-") {
            return Hash::parse(text);
        }
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let bytes = match digits.len() {
            52 => from_base32(digits)?,
            64 => from_hex(digits)?,
            _ => return None,
        };
        bytes.try_into().ok().map(Hash)
    }

    /// As a lock writes it.
    #[must_use]
    pub fn sri(&self) -> String {
        format!("sha256-{}", to_base64(&self.0))
    }

    /// In lower hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sri())
    }
}

/// The path of a tree with this NAR hash, below [`STORE`]: `<32 characters>-<name>`. `None` for a name that no store takes.
#[must_use]
pub fn store_name(nar: &Hash, name: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
    if name.is_empty() || name.starts_with('.') || name.len() > 211 || !name.chars().all(fits) {
        return None;
    }
    let text = format!("source:sha256:{}:{STORE}:{name}", nar.hex());
    let mut folded = [0u8; 20];
    for (index, byte) in Hash::of(text.as_bytes()).0.iter().enumerate() {
        folded[index % 20] ^= byte;
    }
    Some(format!("{}-{name}", base32(&folded)))
}

/// The digits of Nix's base 32.
const DIGITS: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";

/// Reads Nix's base 32; `None` where bits are left over that are not zero.
fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0u8; text.len() * 5 / 8];
    for (nth, digit) in text.bytes().rev().enumerate() {
        let value = DIGITS.iter().position(|it| *it == digit)?;
        let bit = nth * 5;
        let wide = u16::try_from(value).ok()? << (bit % 8);
        let [low, high] = wide.to_le_bytes();
        for (at, part) in [(bit / 8, low), (bit / 8 + 1, high)] {
            match bytes.get_mut(at) {
                Some(byte) => *byte |= part,
                None if part == 0 => {}
                None => return None,
            }
        }
    }
    Some(bytes)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok())
        .collect()
}

/// Nix's own base 32: its own alphabet, the last digit first.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    let count = (bytes.len() * 8).div_ceil(5);
    let digit = |nth: usize| {
        let bit = nth * 5;
        let (at, shift) = (bit / 8, bit % 8);
        let low = u16::from(bytes[at]);
        let high = bytes.get(at + 1).map_or(0, |byte| u16::from(*byte));
        let value = ((high << 8 | low) >> shift) & 31;
        char::from(DIGITS[usize::from(value)])
    };
    (0..count).rev().map(digit).collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads padded base 64.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut held, mut bits) = (0u32, 0u32);
    for digit in digits.bytes() {
        let value = BASE64.iter().position(|it| *it == digit)?;
        held = held << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| chunk.get(at).map_or(0, |it| u32::from(*it));
        let held = byte(0) << 16 | byte(1) << 8 | byte(2);
        for nth in 0..4 {
            if nth > chunk.len() {
                text.push('=');
            } else {
                let value = usize::try_from(held >> (18 - 6 * nth) & 63).unwrap_or(0);
                text.push(char::from(BASE64[value]));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_nix() {
        // nix-hash --type sha256 --to-base32 e3b0c442…: the hash of no bytes.
        assert_eq!(
            base32(&Hash::of(b"").0),
            "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
        );
        assert_eq!(
            Hash::of(b"").sri(),
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    /// What `builtins.path` of Nix 2.8 gives for the folder of the test in `nar.rs`.
    #[test]
    fn paths_are_those_of_nix() {
        let hash = Hash::parse("sha256-cdPmpNWg7+ZAbPrGjM/mMteXIDbAuk/DZbcgElklOMY=").unwrap();
        assert_eq!(
            store_name(&hash, NAME).as_deref(),
            Some("ra82a5z9zcdapaibc8aq0kcyjq2cm1vy-source")
        );
    }

    /// As npins and niv write them, with what `builtins.path` of Nix 2.8 gives for the same folder under a name of niv.
    #[test]
    fn hashes_of_lists_of_pins() {
        let forms = [
            "00a3r8cv7xaw55wjf3lb0gzmfpgsj083h29s5mslnml9k8c0w0zc",
            "sha256:00a3r8cv7xaw55wjf3lb0gzmfpgsj083h29s5mslnml9k8c0w0zc",
            "ec030e189a89564b752d3a09381090fa5d57ff038b0e2779295cf5b319ca4301",
            "sha256-7AMOGJqJVkt1LToJOBCQ+l1X/wOLDid5KVz1sxnKQwE=",
        ];
        for form in forms {
            let path = Hash::parse_any(form).and_then(|it| store_name(&it, "nixpkgs-unstable-src"));
            let expected = "x845iszkp20mnzhkh5ixxp8bnsq2544j-nixpkgs-unstable-src";
            assert_eq!(path.as_deref(), Some(expected), "{form}");
        }
        for bytes in [[0u8; 32], [255; 32], [7; 32]] {
            assert_eq!(Hash::parse_any(&base32(&bytes)), Some(Hash(bytes)));
        }
        for wrong in [
            "",
            "ec03",
            &"z".repeat(52),
            &"e".repeat(52),
            &"g".repeat(64),
            "md5-x",
        ] {
            assert_eq!(Hash::parse_any(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hashes_are_read() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", b"abcd"] {
            assert_eq!(from_base64(&to_base64(bytes)).as_deref(), Some(bytes));
        }
        let hash = Hash::of(b"x");
        assert_eq!(Hash::parse(&hash.sri()), Some(hash));
        for wrong in [
            "",
            "sha256-",
            "sha256-abc",
            "sha256-====",
            "sha512-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF",
            "sha256-47DEQpj8HBSa*/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=AAAA",
        ] {
            assert_eq!(Hash::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_that_no_store_takes() {
        let hash = Hash::of(b"x");
        for wrong in ["", ".x", "a/b", "a b", &"x".repeat(212)] {
            assert_eq!(store_name(&hash, wrong), None, "{wrong}");
        }
        assert!(store_name(&hash, NAME).is_some_and(|it| it.len() == 32 + 7));
    }
}
