//! Reads a unified diff, as `git diff` writes it, and takes it back: from the texts after a change to those before it.
//!
//! Goal: with or without context lines, with quoted names, new, deleted and renamed files, missing line ends. Limits: a
//! binary change has no text, so the old one is unknown. Whatever does not fit the texts is an error; its text is never
//! quoted.

use std::collections::BTreeMap;

/// What a diff does to one file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct FilePatch {
    /// Its path before; `None` when it is new.
    pub old: Option<Vec<u8>>,
    /// Its path after; `None` when it is deleted.
    pub new: Option<Vec<u8>>,
    /// Whether git gives no text of it.
    pub binary: bool,
    hunks: Vec<Hunk>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Hunk {
    /// 0-based first line in the new text.
    at: usize,
    old: Vec<Vec<u8>>,
    new: Vec<Vec<u8>>,
}

/// Reads a diff.
///
/// # Errors
/// When it is not one; the words name the line of the diff.
pub fn parse(diff: &[u8]) -> Result<Vec<FilePatch>, String> {
    let lines: Vec<&[u8]> = diff.split_inclusive(|byte| *byte == b'\n').collect();
    let mut files: Vec<FilePatch> = Vec::new();
    let mut at = 0;
    // Whether the names of the file at hand were given by `---` and `+++`.
    let mut named = false;
    while at < lines.len() {
        let line = trim(lines[at]);
        if let Some(names) = line.strip_prefix(b"diff --git ") {
            let (old, new) = both_names(names).unwrap_or_default();
            files.push(FilePatch {
                old: Some(old),
                new: Some(new),
                ..FilePatch::default()
            });
            named = false;
        } else if line.starts_with(b"--- ")
            && lines.get(at + 1).is_some_and(|it| it.starts_with(b"+++ "))
        {
            let (old, new) = (
                name(&line[4..], b"a/"),
                name(&trim(lines[at + 1])[4..], b"b/"),
            );
            match files
                .last_mut()
                .filter(|file| !named && file.hunks.is_empty())
            {
                Some(file) => (file.old, file.new) = (old, new),
                None => files.push(FilePatch {
                    old,
                    new,
                    ..FilePatch::default()
                }),
            }
            named = true;
            at += 1;
        } else if line.starts_with(b"@@ ") {
            let file = files
                .last_mut()
                .ok_or_else(|| wrong(at, "a hunk before any file"))?;
            let (old, start, new) = header(line).ok_or_else(|| wrong(at, "no hunk"))?;
            let mut hunk = Hunk {
                // A hunk without new lines stands behind the line that it names.
                at: if new == 0 {
                    start
                } else {
                    start.saturating_sub(1)
                },
                ..Hunk::default()
            };
            let mut last = b' ';
            while hunk.old.len() < old || hunk.new.len() < new {
                at += 1;
                let line = *lines
                    .get(at)
                    .ok_or_else(|| wrong(at, "the hunk is cut off"))?;
                let text = line.get(1..).unwrap_or_default().to_vec();
                last = line.first().copied().unwrap_or(b'\n');
                match last {
                    b' ' => {
                        hunk.old.push(text.clone());
                        hunk.new.push(text);
                    }
                    // An empty line that lost its blank on the way.
                    b'\n' => {
                        hunk.old.push(b"\n".to_vec());
                        hunk.new.push(b"\n".to_vec());
                        last = b' ';
                    }
                    b'-' => hunk.old.push(text),
                    b'+' => hunk.new.push(text),
                    b'\\' => without_end(&mut hunk, previous(&lines, at)),
                    _ => return Err(wrong(at, "no line of a hunk")),
                }
            }
            if hunk.old.len() > old || hunk.new.len() > new {
                return Err(wrong(at, "more lines than announced"));
            }
            if lines
                .get(at + 1)
                .is_some_and(|line| line.starts_with(b"\\"))
            {
                at += 1;
                without_end(&mut hunk, last);
            }
            file.hunks.push(hunk);
        } else if let Some(file) = files.last_mut().filter(|_| !named) {
            if let Some(rest) = line.strip_prefix(b"rename from ") {
                file.old = Some(unquoted(rest));
            } else if let Some(rest) = line.strip_prefix(b"rename to ") {
                file.new = Some(unquoted(rest));
            } else if let Some(rest) = line.strip_prefix(b"copy to ") {
                file.new = Some(unquoted(rest));
                file.old = None;
            } else if line.starts_with(b"new file mode ") {
                file.old = None;
            } else if line.starts_with(b"deleted file mode ") {
                file.new = None;
            } else if line.starts_with(b"Binary files ") || line == b"GIT binary patch" {
                file.binary = true;
            }
        }
        at += 1;
    }
    Ok(files)
}

impl FilePatch {
    /// The text before, from the text after; `None` when they do not fit.
    #[must_use]
    pub fn undo(&self, after: &[u8]) -> Option<Vec<u8>> {
        let lines: Vec<&[u8]> = after.split_inclusive(|byte| *byte == b'\n').collect();
        let mut before = Vec::with_capacity(after.len());
        let mut at = 0;
        for hunk in &self.hunks {
            if hunk.at < at {
                return None;
            }
            let end = hunk.at.checked_add(hunk.new.len())?;
            before.extend(lines.get(at..hunk.at)?.concat());
            if lines.get(hunk.at..end)? != hunk.new.iter().map(Vec::as_slice).collect::<Vec<_>>() {
                return None;
            }
            before.extend(hunk.old.concat());
            at = end;
        }
        before.extend(lines.get(at..)?.concat());
        Some(before)
    }
}

fn wrong(at: usize, what: &str) -> String {
    format!("line {} of the diff: {what}", at + 1)
}

/// Which side the line before one belongs to.
fn previous(lines: &[&[u8]], at: usize) -> u8 {
    at.checked_sub(1)
        .and_then(|at| lines[at].first().copied())
        .unwrap_or(b' ')
}

/// Takes the line end off the last line of a side: `\ No newline at end of file`.
fn without_end(hunk: &mut Hunk, side: u8) {
    let chop = |lines: &mut Vec<Vec<u8>>| {
        if let Some(line) = lines.last_mut()
            && line.last() == Some(&b'\n')
        {
            line.pop();
        }
    };
    if side != b'+' {
        chop(&mut hunk.old);
    }
    if side != b'-' {
        chop(&mut hunk.new);
    }
}

/// The counts of `@@ -1,2 +3,4 @@`: old lines, new start, new lines.
fn header(line: &[u8]) -> Option<(usize, usize, usize)> {
    let text = std::str::from_utf8(line.get(3..)?.split(|byte| *byte == b'@').next()?).ok()?;
    let (old, new) = text.trim().split_once(' ')?;
    let part = |text: &str| -> Option<(usize, usize)> {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let (_, old) = part(old.strip_prefix('-')?)?;
    let (start, new) = part(new.strip_prefix('+')?)?;
    Some((old, start, new))
}

fn trim(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A name behind `---` or `+++`; `None` for `/dev/null`.
fn name(text: &[u8], side: &[u8]) -> Option<Vec<u8>> {
    // A name with blanks ends with a tab.
    let text = text.split(|byte| *byte == b'\t').next().unwrap_or(text);
    let path = unquoted(text);
    if path == b"/dev/null" {
        return None;
    }
    Some(path.strip_prefix(side).map(<[u8]>::to_vec).unwrap_or(path))
}

/// The names of `diff --git a/x b/x`. Both are the same there, or `---`, `rename` and the like follow.
fn both_names(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (old, new) = if text.first() == Some(&b'"') {
        let end = text.windows(2).position(|pair| pair == b"\" ")? + 1;
        (&text[..end], &text[end + 1..])
    } else {
        let half = text.len().checked_sub(1)? / 2;
        (text.get(..half)?, text.get(half + 1..)?)
    };
    Some((name(old, b"a/")?, name(new, b"b/")?))
}

/// A name that git may have put in quotes, with `\"`, `\\`, `\t` and octal bytes.
fn unquoted(text: &[u8]) -> Vec<u8> {
    let Some(inner) = text
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
    else {
        return text.to_vec();
    };
    let escapes = BTreeMap::from([
        (b'a', 7),
        (b'b', 8),
        (b't', b'\t'),
        (b'n', b'\n'),
        (b'v', 11),
        (b'f', 12),
        (b'r', b'\r'),
    ]);
    let mut path = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            path.push(byte);
            continue;
        }
        match bytes.next() {
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    if let Some(digit) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) {
                        value = value * 8 + u32::from(digit - b'0');
                    }
                }
                path.push(u8::try_from(value & 0xff).unwrap_or(b'?'));
            }
            Some(other) => path.push(escapes.get(&other).copied().unwrap_or(other)),
            None => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(diff: &str) -> FilePatch {
        let mut files = parse(diff.as_bytes()).unwrap();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    #[test]
    fn back_to_the_old_text() {
        let diff = "diff --git a/x.nix b/x.nix\nindex 1..2 100644\n--- a/x.nix\n+++ b/x.nix\n@@ -2 +2 @@ head\n-two\n+zwei\n@@ -4,0 +5,2 @@\n+five\n+six\n@@ -6 +7,0 @@\n-gone\n";
        let patch = one(diff);
        assert_eq!(patch.old.as_deref(), Some(&b"x.nix"[..]));
        let after = "one\nzwei\n3\n4\nfive\nsix\n5\n7\n";
        let before = patch.undo(after.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(before).unwrap(),
            "one\ntwo\n3\n4\n5\ngone\n7\n"
        );
        assert_eq!(patch.undo(b"one\nother\n"), None);
    }

    #[test]
    fn missing_line_ends() {
        let patch = one("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n");
        assert_eq!(patch.undo(b"b\n").unwrap(), b"a");
        assert_eq!(patch.undo(b"b"), None);
        let patch =
            one("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n c\n\\ No newline at end of file\n");
        assert_eq!(patch.undo(b"b\nc").unwrap(), b"a\nc");
    }

    #[test]
    fn new_deleted_renamed_quoted() {
        let new = one(
            "diff --git a/n.nix b/n.nix\nnew file mode 100644\n--- /dev/null\n+++ b/n.nix\n@@ -0,0 +1 @@\n+x\n",
        );
        assert_eq!(
            (new.old.clone(), new.undo(b"x\n")),
            (None, Some(Vec::new()))
        );
        let empty = one("diff --git a/n.nix b/n.nix\nnew file mode 100644\nindex 0..0\n");
        assert_eq!((empty.old, empty.new), (None, Some(b"n.nix".to_vec())));
        let gone = one(
            "diff --git a/n.nix b/n.nix\ndeleted file mode 100644\n--- a/n.nix\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
        );
        assert_eq!(
            (gone.new.clone(), gone.undo(b"")),
            (None, Some(b"x\n".to_vec()))
        );
        let moved = one(
            "diff --git a/a.nix b/b.nix\nsimilarity index 100%\nrename from a.nix\nrename to b.nix\n",
        );
        assert_eq!(
            (moved.old, moved.new),
            (Some(b"a.nix".to_vec()), Some(b"b.nix".to_vec()))
        );
        let odd = one(
            "--- \"a/\\303\\274 \\\"x\\\".nix\"\n+++ \"b/\\303\\274 \\\"x\\\".nix\"\n@@ -1 +1 @@\n-a\n+b\n",
        );
        assert_eq!(odd.new.as_deref(), Some("ü \"x\".nix".as_bytes()));
        let binary = one(
            "diff --git a/a.png b/a.png\nindex 1..2\nBinary files a/a.png and b/a.png differ\n",
        );
        assert!(binary.binary && binary.old.as_deref() == Some(b"a.png"));
    }

    #[test]
    fn what_is_no_diff() {
        for wrong in [
            "@@ -1 +1 @@\n-a\n+b\n",
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n",
            "--- a/x\n+++ b/x\n@@ x @@\n",
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n?\n",
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert_eq!(parse(b"words of a mail\n").unwrap(), []);
    }
}
