//! A change of a file as a unified diff that `git apply` takes.
//!
//! Lines with a masked place are never shown: a hunk whose context would hold one has no context, and a hunk that
//! changes one is left out. Everything else is shown byte for byte, or the diff would not apply; for a terminal, control
//! characters are made visible.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;

use repo::{RepoPath, Text};
use similar::{Algorithm, DiffOp, DiffTag};
use syntax::{TextRange, TextSize};

use crate::sanitise;

/// Lines around a change.
const CONTEXT: usize = 3;

/// One of the two texts.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The text.
    pub text: &'a Text,
    /// What may not be shown of it.
    pub masks: &'a [TextRange],
}

/// What was printed of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Printed {
    /// Hunks.
    pub hunks: usize,
    /// Hunks without context lines, for which `git apply` wants `--unidiff-zero`.
    pub bare: usize,
    /// Hunks that were left out.
    pub left_out: usize,
}

/// Prints what changes in one file; nothing when nothing does.
///
/// # Errors
/// When the output cannot be written.
pub fn print(
    path: &RepoPath,
    before: Side<'_>,
    after: Side<'_>,
    terminal: bool,
    out: &mut dyn Write,
) -> io::Result<Printed> {
    let contents = [before, after].map(|side| marked(side.text));
    let [old, new] = [&contents[0], &contents[1]].map(|text| lines(text));
    let hidden = [masked_lines(before), masked_lines(after)];
    let is_hidden = |op: &DiffOp| {
        hidden[0].range(op.old_range()).next().is_some()
            || hidden[1].range(op.new_range()).next().is_some()
    };

    let mut hunks: Vec<Vec<DiffOp>> = Vec::new();
    let mut printed = Printed::default();
    let ops = similar::capture_diff_slices(Algorithm::Myers, &old, &new);
    for group in similar::group_diff_ops(ops, CONTEXT) {
        if !group.iter().any(is_hidden) {
            hunks.push(group);
            continue;
        }
        for op in group.into_iter().filter(|op| op.tag() != DiffTag::Equal) {
            if is_hidden(&op) {
                printed.left_out += 1;
            } else {
                printed.bare += 1;
                hunks.push(vec![op]);
            }
        }
    }
    if hunks.is_empty() {
        return Ok(printed);
    }
    printed.hunks = hunks.len();

    let names = ["a/", "b/"].map(|prefix| quoted(prefix, path));
    // Without quotes, a blank in a name would end it.
    let end = if path.bytes().contains(&b' ') && !names[0].starts_with(b"\"") {
        "\t"
    } else {
        ""
    };
    out.write_all(b"diff --git ")?;
    out.write_all(&names.join(&b' '))?;
    for (sign, name) in ["---", "+++"].into_iter().zip(&names) {
        write!(out, "\n{sign} ")?;
        out.write_all(name)?;
        out.write_all(end.as_bytes())?;
    }
    writeln!(out)?;

    // What the hunks above, as far as they are shown, added and took away.
    let (mut added, mut removed) = (0, 0);
    for hunk in &hunks {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            continue;
        };
        let was = first.old_range().start..last.old_range().end;
        let length = last.new_range().end - first.new_range().start;
        let start = was.start + added - removed;
        added += length;
        removed += was.len();
        writeln!(
            out,
            "@@ -{} +{} @@",
            place(&was),
            place(&(start..start + length))
        )?;
        for op in hunk {
            let (tag, was, is) = op.as_tag_tuple();
            if tag == DiffTag::Equal {
                show(b' ', &old[was], terminal, out)?;
            } else {
                show(b'-', &old[was], terminal, out)?;
                show(b'+', &new[is], terminal, out)?;
            }
        }
    }
    Ok(printed)
}

/// First line, 1-based, and number of lines; of no lines, the line before.
fn place(lines: &Range<usize>) -> String {
    let first = lines.start + usize::from(!lines.is_empty());
    format!("{first},{}", lines.len())
}

fn show(sign: u8, lines: &[&str], terminal: bool, out: &mut dyn Write) -> io::Result<()> {
    for line in lines {
        let (line, ends) = match line.strip_suffix('\n') {
            Some(line) => (line, true),
            None => (*line, false),
        };
        out.write_all(&[sign])?;
        if terminal {
            out.write_all(sanitise::text(line).as_bytes())?;
        } else {
            out.write_all(line.as_bytes())?;
        }
        out.write_all(b"\n")?;
        if !ends {
            out.write_all(b"\\ No newline at end of file\n")?;
        }
    }
    Ok(())
}

/// The contents as the file has them, with the byte order mark.
fn marked(text: &Text) -> String {
    let mark = if text.has_bom() { "\u{feff}" } else { "" };
    [mark, text.contents()].concat()
}

/// Lines with their ends. Only LF ends a line, as for git.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// 0-based lines with a masked place.
fn masked_lines(side: Side<'_>) -> BTreeSet<usize> {
    let masks = side.masks.iter().filter(|mask| !mask.is_empty());
    masks
        .flat_map(|mask| {
            let last = mask.end() - TextSize::from(1);
            side.text.line_of(mask.start())..=side.text.line_of(last)
        })
        .map(|line| line as usize)
        .collect()
}

/// A name as git writes it: in quotes when a character of it would be taken for something else.
fn quoted(prefix: &str, path: &RepoPath) -> Vec<u8> {
    let plain = |byte: &u8| (0x20..0x7f).contains(byte) && !matches!(byte, b'"' | b'\\');
    let mut name = prefix.as_bytes().to_vec();
    if path.bytes().iter().all(plain) {
        name.extend_from_slice(path.bytes());
        return name;
    }
    name.insert(0, b'"');
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => name.extend([b'\\', *byte]),
            byte if plain(byte) => name.push(*byte),
            byte => name.extend(format!("\\{byte:03o}").into_bytes()),
        }
    }
    name.push(b'"');
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(before: &str, after: &str, secret: &str) -> (String, Printed) {
        let texts = [Text::new(before), Text::new(after)];
        let masks = [&texts[0], &texts[1]].map(|text| {
            let at = (!secret.is_empty())
                .then(|| text.contents().find(secret))
                .flatten();
            at.map(|at| TextRange::at(syntax::text::size(at), syntax::text::size(secret.len())))
                .into_iter()
                .collect::<Vec<_>>()
        });
        let side = |index: usize| Side {
            text: &texts[index],
            masks: &masks[index],
        };
        let mut out = Vec::new();
        let path = RepoPath::from("a b.nix");
        let printed = print(&path, side(0), side(1), false, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), printed)
    }

    #[test]
    fn hunks_with_context() {
        let (text, printed) = diff(
            "1\n2\n3\n4\n5\n6\n7\n8\n9",
            "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
            "",
        );
        assert_eq!(
            text,
            "diff --git a/a b.nix b/a b.nix\n--- a/a b.nix\t\n+++ b/a b.nix\t\n@@ -2,8 +2,8 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n-9\n\\ No newline at end of file\n+9\n"
        );
        assert_eq!((printed.hunks, printed.bare, printed.left_out), (1, 0, 0));
        assert_eq!(diff("1\n", "1\n", "").0, "");
    }

    #[test]
    fn no_line_with_a_secret() {
        let before = "a\npw = hunter22;\nb\n";
        let (text, printed) = diff(before, "pw = hunter22;\nc\n", "hunter22");
        assert!(
            text.ends_with("@@ -1,1 +0,0 @@\n-a\n@@ -3,1 +2,1 @@\n-b\n+c\n"),
            "{text}"
        );
        assert_eq!((printed.hunks, printed.bare, printed.left_out), (2, 2, 0));
        let (text, printed) = diff(before, "c\nb\n", "hunter22");
        assert_eq!((text.as_str(), printed.left_out), ("", 1));
    }

    #[test]
    fn names_in_quotes() {
        let name = |path: &[u8]| quoted("a/", &RepoPath::from_bytes(path));
        assert_eq!(name(b"x y.nix"), b"a/x y.nix");
        assert_eq!(name(b"x\n\"\xe9.nix"), b"\"a/x\\012\\\"\\351.nix\"");
    }
}
