//! GitHub's name for a line: a rolling hash over the line and what follows it, as its uploader of SARIF computes it.
//!
//! Goal: the same value, so that an alert keeps its identity whether GitHub or nivis names the line. A unit is a UTF-16
//! code unit; blanks and tabs are skipped; CR and CRLF count as LF; the hash covers 100 units from the beginning of the
//! line. It is taken of the text **with its secrets masked**: of the plain text it would be a hash of the secret.

use std::collections::BTreeMap;

use repo::{FileId, Span};
use syntax::Text;

use crate::Shown;
use crate::masks::{MASK, Masks};

const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// Stands behind the last unit of a file.
const END: u16 = 65_535;

/// The names of the lines of many files, those of each made when they are first asked for.
#[derive(Debug, Default)]
pub(crate) struct LineNames(BTreeMap<FileId, Vec<String>>);

impl LineNames {
    /// The name of the line on which something begins; empty when it has none.
    pub(crate) fn of(&mut self, file: &Shown<'_>, at: Span) -> String {
        let line = file.places.position(at.range.start()).line;
        if let Some(recalled) = &file.source.recalled {
            return recalled.lines.get(&line).cloned().unwrap_or_default();
        }
        let lines = self
            .0
            .entry(at.file)
            .or_insert_with(|| of_file(&file.source.text, &file.masks));
        let line = (line as usize).checked_sub(1).and_then(|it| lines.get(it));
        line.cloned().unwrap_or_default()
    }
}

/// The names of the lines of a file; the first line stands first.
#[must_use]
pub fn of_file(text: &Text, masks: &Masks) -> Vec<String> {
    let mut shown = String::new();
    if text.has_bom() {
        shown.push('\u{feff}');
    }
    masks.write_masked(text.contents(), MASK, &mut shown);
    of_lines(&shown)
}

/// The names of the lines of a text.
fn of_lines(text: &str) -> Vec<String> {
    // Units, and for each line the index of its first unit.
    let mut units: Vec<u16> = Vec::with_capacity(text.len() + 1);
    let mut starts: Vec<usize> = Vec::new();
    let (mut at_start, mut after_cr) = (true, false);
    for unit in text.encode_utf16().chain([END]) {
        let skipped = unit == u16::from(b' ')
            || unit == u16::from(b'\t')
            || (after_cr && unit == u16::from(b'\n'));
        after_cr = unit == u16::from(b'\r');
        if skipped {
            continue;
        }
        let unit = if after_cr { u16::from(b'\n') } else { unit };
        if std::mem::take(&mut at_start) {
            starts.push(units.len());
        }
        at_start = unit == u16::from(b'\n');
        units.push(unit);
    }
    let first_factor = (0..WINDOW).fold(1u64, |product, _| product.wrapping_mul(FACTOR));
    let unit = |at: usize| u64::from(units.get(at).copied().unwrap_or(0));
    let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
    let mut names = Vec::with_capacity(starts.len());
    let mut hash = 0u64;
    let mut end = 0;
    for start in starts {
        // The window ends a hundred units behind the beginning of the line.
        while end < start + WINDOW {
            let left = end.checked_sub(WINDOW).map_or(0, unit);
            hash = hash
                .wrapping_mul(FACTOR)
                .wrapping_add(unit(end))
                .wrapping_sub(first_factor.wrapping_mul(left));
            end += 1;
        }
        let count = counts.entry(hash).or_default();
        *count += 1;
        names.push(format!("{hash:x}:{count}"));
    }
    names
}

#[cfg(test)]
mod tests {
    use syntax::TextRange;

    use super::*;

    /// Taken from the uploader itself.
    #[test]
    fn vectors() {
        for (text, names) in VECTORS {
            assert_eq!(of_lines(text), *names, "{text:?}");
        }
    }

    const VECTORS: &[(&str, &[&str])] = &[
        ("", &["c129715d7a2bc9a3:1"]),
        ("\n", &["3c5bef55b72b93c9:1", "c129715d7a2bc9a3:1"]),
        (
            "a\nb\n",
            &[
                "81b8d8db678b2bbe:1",
                "ade70578248be16f:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
        ("a\r\nb", &["c74339777b6a2c60:1", "8ee5a81e681643c1:1"]),
        (
            " a\tb\n\n a b\n",
            &[
                "2d96ac425dd3440b:1",
                "d9f43685490038e2:1",
                "882bbb3d8de7a640:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
        ("\u{feff}a\n", &["25afd31b599dedcd:1", "c129715d7a2bc9a3:1"]),
        (
            "é𐐀\né𐐀\né𐐀\n",
            &[
                "62e6782538ed754b:1",
                "d07a48009683d093:1",
                "78097186f3227f5b:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
    ];

    /// A thousand texts by chance; their names by the uploader have this hash.
    #[test]
    fn a_thousand_texts() {
        const PIECES: [&str; 14] = [
            "a",
            "b",
            " ",
            "\t",
            "\n",
            "\r\n",
            "\r",
            "é",
            "𐐀",
            "let x = 1;",
            "{",
            "}",
            "=",
            "\n\n",
        ];
        let mut seed = 7u64;
        let mut chance = |most: u64| {
            seed = (seed * 69_069 + 1) % (1 << 32);
            usize::try_from((seed / 65_536) % most).unwrap()
        };
        let wide = "x".repeat(150);
        let wide = format!("{wide}\n{wide}");
        let mut texts: Vec<String> = VECTORS.iter().map(|(text, _)| (*text).to_owned()).collect();
        texts.insert(6, wide);
        while texts.len() < 1000 {
            let pieces = chance(120);
            texts.push((0..pieces).map(|_| PIECES[chance(14)]).collect());
        }
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for name in texts.iter().flat_map(|text| of_lines(text)) {
            for byte in name.bytes().chain([b'\n']) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        assert_eq!(format!("{hash:x}"), "9600d018309b1a7f");
    }

    #[test]
    fn secrets_do_not_count() {
        let mask = TextRange::new(5.into(), 13.into());
        let masks = Masks::new(&[mask]);
        let one = of_file(&Text::new("a = \"hunter22\";\nb\n"), &masks);
        let two = of_file(&Text::new("a = \"Tr0ub4dr\";\nb\n"), &masks);
        assert_eq!(one, two);
        assert_eq!(one.len(), 3);
    }
}
