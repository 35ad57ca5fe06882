//! Allow comments: `# nivis: allow(firewall-disabled) the router filters`. Structure, not lines, decides what they cover.
//!
//! Goal: whoever writes a comment above or beside a thing means that thing. In Nix the tree tells which one that is; in
//! shell text (also inside Nix strings), YAML, justfiles and makefiles it is the next command or entry, by lines and
//! indentation. Limits: in text that is not Nix, a `#` after white space begins a comment, also inside quotes.
//!
//! Files that hold none of the words of such a comment cost one search.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};
use syntax::text::size;
use syntax::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

use crate::file::{File, Kind, Tree};

/// A comment that silences findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allow {
    /// The whole comment.
    pub at: TextRange,
    /// The names as written, each with its place.
    pub names: Vec<(Box<str>, TextRange)>,
    /// Why, if the author says so.
    pub reason: Option<Box<str>>,
    /// What it covers; empty when it stands where it can cover nothing.
    pub covers: TextRange,
    /// The tool whose comment it is; `None` for our own form.
    pub pragma: Option<Pragma>,
    /// Whether it stands in the text of a Nix string: to take it out changes a value.
    pub in_string: bool,
}

/// A comment of another tool that acts as an allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pragma {
    /// `# deadnix: skip`
    Deadnix,
    /// `gitleaks:allow`
    Gitleaks,
}

impl Pragma {
    /// The lints that it silences.
    #[must_use]
    pub fn lints(self) -> &'static [&'static str] {
        match self {
            Pragma::Deadnix => &[
                "unused-let",
                "unused-formal",
                "unused-at-name",
                "unused-argument",
                "used-underscore",
            ],
            Pragma::Gitleaks => &["secret-token", "suspicious-literal"],
        }
    }
}

/// A comment that begins with `nivis:` and does not parse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadAllow {
    /// The whole comment.
    pub at: TextRange,
    /// What is wrong with it.
    pub message: Box<str>,
}

/// What begins our own comments.
const OURS: &str = "nivis:";
const DEADNIX: &str = "deadnix:";
const GITLEAKS: &str = "gitleaks:allow";

/// The allow comments of a Nix file, in the order of the text.
#[must_use]
pub fn extract(file: &File, tree: &Tree) -> (Vec<Allow>, Vec<BadAllow>) {
    let text = file.text.contents();
    let mut found = Found::default();
    let places = places(text, &[OURS, DEADNIX, GITLEAKS]);
    if places.is_empty() {
        return (found.allows, found.bad);
    }
    let mut nix = Nix {
        file,
        gap: None,
        line_end: None,
    };
    let mut seen: Option<SyntaxToken> = None;
    // Tokens in their order beside places in theirs: to look each up from the root would be quadratic.
    let mut tokens = tree
        .root
        .descendants_with_tokens()
        .filter_map(NodeOrToken::into_token)
        .peekable();
    for (offset, word) in places {
        while tokens
            .next_if(|token| usize::from(token.text_range().end()) <= offset)
            .is_some()
        {}
        let Some(token) = tokens.peek().cloned() else {
            break;
        };
        match token.kind() {
            SyntaxKind::TOKEN_COMMENT if word == GITLEAKS => {
                let line = file.text.line_range(file.text.line_of(size(offset)));
                found.pragma(Pragma::Gitleaks, word, comment_range(&token), line, false);
            }
            SyntaxKind::TOKEN_COMMENT => {
                if seen.as_ref() == Some(&token) {
                    continue;
                }
                let Some(body) = body(&token) else { continue };
                let start = usize::from(token.text_range().start());
                let (body, at) = (body.0, start + body.1);
                if word == OURS && body.starts_with(OURS) {
                    let covers = nix.covers(&token);
                    found.comment(body, at, comment_range(&token), covers, false);
                } else if word == DEADNIX && is_skip(body) {
                    let covers = nix.next_line(&token);
                    found.pragma(Pragma::Deadnix, body, comment_range(&token), covers, false);
                } else {
                    continue;
                }
                seen = Some(token);
            }
            SyntaxKind::TOKEN_STRING_CONTENT if word != DEADNIX => {
                let Some(inside) = token.parent().and_then(|string| string_text(&string)) else {
                    continue;
                };
                let lines = Lines {
                    text,
                    range: inside,
                    blocks: false,
                };
                found.line(&lines, offset, word, true);
            }
            _ => {}
        }
    }
    (found.allows, found.bad)
}

/// The allow comments of a script, a workflow, a justfile, a makefile.
#[must_use]
pub fn extract_text(file: &File) -> (Vec<Allow>, Vec<BadAllow>) {
    let text = file.text.contents();
    let mut found = Found::default();
    // A lock has no comments; a document only shows them, when it tells how they are written.
    if matches!(file.kind, Kind::Lock | Kind::Markdown) {
        return (found.allows, found.bad);
    }
    let places = places(text, &[OURS, GITLEAKS]);
    if places.is_empty() {
        return (found.allows, found.bad);
    }
    let lines = Lines {
        text,
        range: 0..text.len(),
        blocks: file.kind != Kind::Shell,
    };
    let head = lines.head();
    for (offset, word) in places {
        let before = found.allows.len();
        found.line(&lines, offset, word, false);
        if offset < head && word == OURS {
            for allow in &mut found.allows[before..] {
                allow.covers = TextRange::up_to(size(text.len()));
            }
        }
    }
    (found.allows, found.bad)
}

/// Where the words stand, in the order of the text.
fn places(text: &str, words: &[&'static str]) -> Vec<(usize, &'static str)> {
    // A finder costs more to make than to use on most files.
    static FINDERS: LazyLock<[(&str, Finder<'static>); 3]> =
        LazyLock::new(|| [OURS, DEADNIX, GITLEAKS].map(|word| (word, Finder::new(word))));
    let mut places = Vec::new();
    for (word, finder) in FINDERS.iter().filter(|(word, _)| words.contains(word)) {
        let found = finder.find_iter(text.as_bytes());
        places.extend(found.map(|at| (at, *word)));
    }
    places.sort_unstable();
    places
}

/// What was found in one file.
#[derive(Default)]
struct Found {
    allows: Vec<Allow>,
    bad: Vec<BadAllow>,
    /// In text that is read by lines: up to where it was read.
    read: usize,
    /// The last entry below a comment, with the end of that comment.
    entry: Option<(usize, TextRange)>,
}

impl Found {
    /// A comment whose body begins with `nivis:` at byte `start`.
    fn comment(
        &mut self,
        body: &str,
        start: usize,
        at: TextRange,
        covers: TextRange,
        in_string: bool,
    ) {
        match parse(body, start) {
            Ok((names, reason)) => self.allows.push(Allow {
                at,
                names,
                reason,
                covers,
                pragma: None,
                in_string,
            }),
            Err(message) => self.bad.push(BadAllow {
                at,
                message: message.into(),
            }),
        }
    }

    fn pragma(
        &mut self,
        pragma: Pragma,
        reason: &str,
        at: TextRange,
        covers: TextRange,
        in_string: bool,
    ) {
        self.allows.push(Allow {
            at,
            names: pragma
                .lints()
                .iter()
                .map(|name| ((*name).into(), at))
                .collect(),
            reason: Some(reason.into()),
            covers,
            pragma: Some(pragma),
            in_string,
        });
    }

    /// A word in text that is read by lines.
    fn line(&mut self, lines: &Lines<'_>, offset: usize, word: &'static str, in_string: bool) {
        // The first comment of a line is its last.
        let ours = word == OURS;
        if offset < self.read || (ours && !lines.text[..offset].trim_end().ends_with('#')) {
            return;
        }
        let line = lines.line(offset);
        self.read = line.end;
        let Some(comment) = lines.comment(&line, offset, !ours) else {
            return;
        };
        let at = TextRange::new(size(comment.start), size(comment.end));
        let line = TextRange::new(size(line.start), size(line.end));
        if !ours {
            self.pragma(Pragma::Gitleaks, word, at, line, in_string);
            return;
        }
        let covers = match self.entry {
            _ if !comment.alone => line,
            // A run of comments stands above one entry.
            Some((above, entry)) if above <= comment.end && at.end() <= entry.start() => entry,
            _ => {
                let entry = lines.next_entry(comment.end);
                self.entry = Some((comment.end, entry));
                entry
            }
        };
        let body = lines.text[offset..comment.end].trim_end();
        self.comment(body, offset, at, covers, in_string);
    }
}

/// The names with their places, and the reason.
type Parsed = (Vec<(Box<str>, TextRange)>, Option<Box<str>>);

/// Reads `nivis: allow(a, b) reason`, which begins at byte `start` of the file.
fn parse(body: &str, start: usize) -> Result<Parsed, &'static str> {
    let skip =
        |text: &str, from: usize| from + text[from..].len() - text[from..].trim_start().len();
    let mut at = skip(body, OURS.len());
    if !body[at..].starts_with("allow") {
        return Err("after `nivis:` comes `allow(…)`");
    }
    at = skip(body, at + "allow".len());
    if !body[at..].starts_with('(') {
        return Err("after `allow` come the lints in parentheses");
    }
    at += 1;
    let Some(length) = body[at..].find(')') else {
        return Err("the parenthesis after `allow` never closes");
    };
    let list = &body[at..at + length];
    let mut names = Vec::new();
    let mut from = at;
    let mut parts = list.split(',').peekable();
    while let Some(part) = parts.next() {
        let name = part.trim();
        if name.is_empty() {
            // `allow(a, )` is fine, `allow()` and `allow(, a)` are not.
            if parts.peek().is_some() || names.is_empty() {
                return Err("a lint is missing in the parentheses");
            }
        } else {
            let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if !name.chars().all(named) {
                return Err(
                    "lints are named by small letters, digits and `-`, with `,` between them",
                );
            }
            let begin = start + from + part.len() - part.trim_start().len();
            let range = TextRange::at(size(begin), size(name.len()));
            names.push((name.into(), range));
        }
        from += part.len() + 1;
    }
    let mut reason = body[at + length + 1..].trim();
    for separator in ["--", ":", "—"] {
        if let Some(rest) = reason.strip_prefix(separator) {
            reason = rest.trim_start();
            break;
        }
    }
    let visible = reason.chars().filter(|c| !c.is_whitespace()).count();
    Ok((names, (visible >= 3).then(|| reason.into())))
}

/// What a Nix comment says, and how many bytes after its start; `None` for a doc comment.
fn body(token: &SyntaxToken) -> Option<(&str, usize)> {
    let text = token.text();
    let inner = if let Some(line) = text.strip_prefix('#') {
        line
    } else {
        if text.starts_with("/**") {
            return None;
        }
        let block = text.strip_prefix("/*")?;
        block.strip_suffix("*/").unwrap_or(block)
    };
    let skipped = inner.len() - inner.trim_start().len();
    let marker = if text.starts_with('#') { 1 } else { 2 };
    Some((inner.trim(), marker + skipped))
}

/// A comment without the carriage return of its line end.
fn comment_range(token: &SyntaxToken) -> TextRange {
    let range = token.text_range();
    let extra = token.text().len() - token.text().trim_end().len();
    TextRange::new(range.start(), range.end() - size(extra))
}

/// `deadnix: skip`, whatever follows.
fn is_skip(body: &str) -> bool {
    let rest = body.strip_prefix(DEADNIX).map(str::trim_start);
    let rest = rest.and_then(|rest| rest.strip_prefix("skip"));
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
}

/// The bytes between the quotes of a string.
fn string_text(string: &SyntaxNode) -> Option<std::ops::Range<usize>> {
    if string.kind() != SyntaxKind::NODE_STRING {
        return None;
    }
    let range = string.text_range();
    let open = string.first_token()?;
    let close = string.last_token()?;
    let mut end = usize::from(range.end());
    if close.kind() == SyntaxKind::TOKEN_STRING_END {
        end -= close.text().len();
    }
    Some(usize::from(range.start()) + open.text().len()..end)
}

/// The scopes of comments in the tree of one file.
struct Nix<'a> {
    file: &'a File,
    /// The code around the last comment that was asked for: many comments may stand in one place.
    gap: Option<Gap>,
    /// The last line that was asked for and what its end covers.
    line_end: Option<(u32, Option<TextRange>)>,
}

/// What stands before and after a run of comments and white space.
#[derive(Clone)]
struct Gap {
    range: TextRange,
    before: Option<SyntaxToken>,
    after: Option<SyntaxToken>,
}

impl Nix<'_> {
    /// What a comment covers; empty when it covers nothing.
    fn covers(&mut self, comment: &SyntaxToken) -> TextRange {
        let at = comment_range(comment);
        let nothing = TextRange::empty(at.end());
        let gap = self.gap(comment);
        let Some(after) = &gap.after else {
            // After everything; a file of comments only has nothing to cover either.
            return nothing;
        };
        let Some(before) = &gap.before else {
            return TextRange::up_to(size(self.file.text.contents().len()));
        };
        let line = |offset| self.file.text.line_of(offset);
        let begins = line(at.start()) > line(before.text_range().end());
        let ends = line(at.end()) < line(after.text_range().start());
        if !begins && ends {
            return self.end_of_line(comment).unwrap_or(nothing);
        }
        following(after).unwrap_or(nothing)
    }

    /// The line of code that follows a comment.
    fn next_line(&mut self, comment: &SyntaxToken) -> TextRange {
        let gap = self.gap(comment);
        gap.after.map_or_else(
            || TextRange::empty(comment.text_range().end()),
            |token| {
                let line = self.file.text.line_of(token.text_range().start());
                self.file.text.line_range(line)
            },
        )
    }

    fn gap(&mut self, comment: &SyntaxToken) -> Gap {
        let at = comment.text_range();
        if let Some(gap) = &self.gap
            && gap.range.contains_range(at)
        {
            return gap.clone();
        }
        let before =
            std::iter::successors(comment.prev_token(), SyntaxToken::prev_token).find(is_code);
        let after =
            std::iter::successors(comment.next_token(), SyntaxToken::next_token).find(is_code);
        let start = before.as_ref().map_or(size(0), |it| it.text_range().end());
        let end = after.as_ref().map_or_else(
            || size(self.file.text.contents().len()),
            |it| it.text_range().start(),
        );
        let gap = Gap {
            range: TextRange::new(start, end),
            before,
            after,
        };
        self.gap = Some(gap.clone());
        gap
    }

    /// The last item that ends on the line of a comment, else the one that starts there and stays open.
    fn end_of_line(&mut self, comment: &SyntaxToken) -> Option<TextRange> {
        let text = &self.file.text;
        let line = text.line_of(comment.text_range().start());
        if let Some((known, covers)) = self.line_end
            && known == line
        {
            return covers;
        }
        let start = text.line_range(line).start();
        let tokens = || {
            std::iter::successors(comment.prev_token(), SyntaxToken::prev_token)
                .take_while(|token| token.text_range().end() > start)
                .filter(is_code)
        };
        let ended = tokens().find_map(|token| {
            let end = token.text_range().end();
            token
                .parent_ancestors()
                .take_while(|node| node.text_range().end() == end)
                .filter(is_item)
                .last()
        });
        let found = ended.or_else(|| {
            tokens()
                .filter(|token| token.text_range().start() >= start)
                .find_map(|token| {
                    let start = token.text_range().start();
                    token
                        .parent_ancestors()
                        .take_while(|node| node.text_range().start() == start)
                        .filter(is_item)
                        .last()
                })
        });
        let covers = found.map(|item| item.text_range());
        self.line_end = Some((line, covers));
        covers
    }
}

fn is_code(token: &SyntaxToken) -> bool {
    !matches!(
        token.kind(),
        SyntaxKind::TOKEN_COMMENT | SyntaxKind::TOKEN_WHITESPACE
    )
}

/// A binding, an `inherit`, an element of a list, a formal.
pub(crate) fn is_item(node: &SyntaxNode) -> bool {
    match node.kind() {
        SyntaxKind::NODE_ATTRPATH_VALUE | SyntaxKind::NODE_INHERIT | SyntaxKind::NODE_PAT_ENTRY => {
            true
        }
        _ => node
            .parent()
            .is_some_and(|parent| parent.kind() == SyntaxKind::NODE_LIST),
    }
}

/// What begins with a token: an item, or an expression. `None` before what closes something.
fn following(token: &SyntaxToken) -> Option<TextRange> {
    let mut first = token.clone();
    // `, b` of a list of formals with leading commas; `else c`, `// d`: the thing behind it is meant.
    while matches!(
        first.kind(),
        SyntaxKind::TOKEN_COMMA
            | SyntaxKind::TOKEN_THEN
            | SyntaxKind::TOKEN_ELSE
            | SyntaxKind::TOKEN_ASSIGN
            | SyntaxKind::TOKEN_COLON
            | SyntaxKind::TOKEN_QUESTION
    ) || is_operator(&first)
    {
        first = std::iter::successors(first.next_token(), SyntaxToken::next_token).find(is_code)?;
    }
    if matches!(
        first.kind(),
        SyntaxKind::TOKEN_R_BRACE
            | SyntaxKind::TOKEN_R_BRACK
            | SyntaxKind::TOKEN_R_PAREN
            | SyntaxKind::TOKEN_IN
            | SyntaxKind::TOKEN_SEMICOLON
            | SyntaxKind::TOKEN_ELLIPSIS
    ) {
        return None;
    }
    let start = first.text_range().start();
    let outermost = first
        .parent_ancestors()
        .take_while(|node| node.text_range().start() == start)
        .last();
    let end = outermost.map_or(first.text_range().end(), |node| node.text_range().end());
    Some(TextRange::new(token.text_range().start(), end))
}

/// An operator between two operands.
fn is_operator(token: &SyntaxToken) -> bool {
    token
        .parent()
        .is_some_and(|parent| parent.kind() == SyntaxKind::NODE_BIN_OP)
}

/// The lines that a comment can cover at most, in text that is read by lines: entries nest.
const LONGEST_ENTRY: usize = 10_000;

/// Text that is read by lines: a file, or the inside of a string.
struct Lines<'a> {
    text: &'a str,
    range: std::ops::Range<usize>,
    /// Whether what is indented deeper belongs to the line above: YAML, justfiles, makefiles.
    blocks: bool,
}

/// A `#` comment in such text.
struct LineComment {
    start: usize,
    end: usize,
    /// Whether nothing stands before it on its line.
    alone: bool,
}

impl Lines<'_> {
    /// The line that holds an offset, without its line end.
    fn line(&self, offset: usize) -> std::ops::Range<usize> {
        let start = self.text[self.range.start..offset]
            .rfind('\n')
            .map_or(self.range.start, |at| self.range.start + at + 1);
        let end = self.text[offset..self.range.end]
            .find('\n')
            .map_or(self.range.end, |at| offset + at);
        let line = &self.text[start..end];
        start..start + line.trim_end_matches('\r').len()
    }

    /// The comment around a word. Unless `anywhere`, the word is the first of it.
    fn comment(
        &self,
        line: &std::ops::Range<usize>,
        offset: usize,
        anywhere: bool,
    ) -> Option<LineComment> {
        let before = &self.text[line.start..offset];
        let hash = if anywhere {
            before.match_indices('#').map(|(at, _)| at).find(|at| {
                before[..*at]
                    .chars()
                    .next_back()
                    .is_none_or(char::is_whitespace)
            })?
        } else {
            let hash = before.trim_end().strip_suffix('#')?;
            if hash.chars().next_back().is_some_and(|c| !c.is_whitespace()) {
                return None;
            }
            hash.len()
        };
        Some(LineComment {
            start: line.start + hash,
            end: line.start + self.text[line.clone()].trim_end().len(),
            alone: before[..hash].trim().is_empty(),
        })
    }

    /// The end of the block of comments at the start.
    fn head(&self) -> usize {
        let mut at = self.range.start;
        for line in self.text[self.range.clone()].split_inclusive('\n') {
            let words = line.trim();
            if !words.is_empty() && !words.starts_with('#') {
                break;
            }
            at += line.len();
        }
        at
    }

    /// The command or entry after an offset in a comment's line: its lines up to the last that belongs to it.
    fn next_entry(&self, from: usize) -> TextRange {
        let mut at = from;
        let rest = &self.text[from..self.range.end];
        let mut lines = rest.split_inclusive('\n');
        // What is left of the comment's own line.
        at += lines.next().map_or(0, str::len);
        let mut entry: Option<(usize, usize, usize, bool)> = None;
        let mut continued = false;
        let mut count = 0;
        for line in lines {
            let words = line.trim();
            let end = at + line.trim_end().len();
            let indent = line.len() - line.trim_start().len();
            match entry {
                None if words.is_empty() || words.starts_with('#') => {}
                None => {
                    entry = Some((at, end, indent, words.ends_with(':')));
                    continued = words.ends_with('\\');
                    if !continued && !self.blocks {
                        break;
                    }
                }
                Some((start, _, least, opens)) => {
                    // `key:` may hold a list that is not indented.
                    let inside = self.blocks
                        && (indent > least
                            || (opens && indent == least && words.starts_with("- ")));
                    count += 1;
                    if count > LONGEST_ENTRY || (!words.is_empty() && !continued && !inside) {
                        break;
                    }
                    if !words.is_empty() {
                        entry = Some((start, end, least, opens));
                    }
                    continued = words.ends_with('\\');
                    if !continued && !self.blocks {
                        break;
                    }
                }
            }
            at += line.len();
        }
        entry.map_or(
            TextRange::empty(size(self.range.end)),
            |(start, end, ..)| TextRange::new(size(start), size(end)),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use syntax::Text;
    use syntax::parse::Limits;

    use super::*;
    use crate::{FileId, RepoPath};

    fn allows(kind: Kind, text: &str) -> (Vec<Allow>, Vec<BadAllow>) {
        let text = Arc::new(Text::new(text));
        let path = RepoPath::from("x");
        let (file, tree) = File::new(FileId(0), path, kind, text, Limits::default());
        match &tree {
            Some(tree) => extract(&file, tree),
            None => extract_text(&file),
        }
    }

    /// Writes `@` for an allow comment of our own and gives what each of them covers.
    fn covered(kind: Kind, text: &str) -> Vec<String> {
        let text = text
            .replace("/*@*/", "/* nivis: allow(a) why not */")
            .replace('@', "# nivis: allow(a) why not");
        let (allows, bad) = allows(kind, &text);
        assert_eq!(bad, []);
        let slice = |allow: &Allow| text[allow.covers].to_owned();
        allows.iter().map(slice).collect()
    }

    #[test]
    fn a_comment_covers_what_its_author_means() {
        for (text, expected) in [
            // before the first token: the file
            ("@\n{ a = 1; }\n", "FILE"),
            ("# x\n\n@\n# y\n{ a = 1; }\n", "FILE"),
            ("/*@*/ { a = 1; }\n", "FILE"),
            // alone on its line: the next sibling
            ("{\n  @\n  a = 1;\n  b = 2;\n}\n", "a = 1;"),
            (
                "{\n  @\n\n  # x\n  a.b = {\n    c = 1;\n  };\n  d = 2;\n}\n",
                "a.b = {\n    c = 1;\n  };",
            ),
            ("{\n  @\n  inherit (x) a b;\n}\n", "inherit (x) a b;"),
            ("{\n  inherit (x)\n    @\n    a\n    b;\n}\n", "a"),
            ("let\n  @\n  a = 1;\nin\na\n", "a = 1;"),
            ("[\n  @\n  (f x)\n  y\n]\n", "(f x)"),
            ("[\n  @\n  g.h\n]\n", "g.h"),
            ("{\n  @\n  a,\n  b ? 1,\n}:\na\n", "a"),
            ("{\n  a,\n  @\n  b ? 1,\n}:\na\n", "b ? 1"),
            ("{ a\n  @\n, b ? 1\n}:\na\n", ", b ? 1"),
            ("{\n  /*@*/ a = 1;\n}\n", "a = 1;"),
            ("{\n  /* x\n     y */ /*@*/\n  a = 1;\n}\n", "a = 1;"),
            // before an expression: that expression
            ("{ a = /*@*/ b c; d = 1; }\n", "b c"),
            ("{ a }:\n@\n{ b = 1; }\n", "{ b = 1; }"),
            ("x:\n\n@\nx + 1\n", "x + 1"),
            ("let a = 1; in\n@\na\n", "a"),
            ("f\n  @\n  { a = 1; }\n  y\n", "{ a = 1; }"),
            ("if a then b\n@\nelse c d\n", "else c d"),
            ("a\n@\n// b c\n", "// b c"),
            ("{ a = \"${\n  @\n  b c}\"; }\n", "b c"),
            // at the end of a line: the last that ends there
            ("{\n  a = 1; @\n  b = 2;\n}\n", "a = 1;"),
            ("{\n  a = 1; b = 2; @\n}\n", "b = 2;"),
            (
                "{\n  a = {\n    b = 1;\n  }; @\n}\n",
                "a = {\n    b = 1;\n  };",
            ),
            ("{\n  a = [\n    x @\n    y\n  ];\n}\n", "x"),
            ("{ a, @\n  b\n}:\na\n", "a"),
            ("{\n  inherit a; /*@*/\n}\n", "inherit a;"),
            // else the one that starts there
            (
                "{\n  a = { @\n    b = 1;\n  };\n}\n",
                "a = { @\n    b = 1;\n  };",
            ),
            ("{\n  a =\n    { @\n    };\n}\n", ""),
            ("{\n  a.b = [ @\n    1\n  ];\n}\n", "a.b = [ @\n    1\n  ];"),
            // before a closing bracket, after everything: nothing
            ("{\n  a = 1;\n  @\n}\n", ""),
            ("[\n  a\n  @\n]\n", ""),
            ("let\n  a = 1;\n  @\nin\na\n", ""),
            ("{\n  a,\n  @\n  ...\n}:\na\n", ""),
            ("{ a = 1; }\n@\n", ""),
            ("@\n", ""),
            // in the text of a string: the next command, or the line
            (
                "{\n  a = \'\'\n    @\n    b c \\\n      d\n    e\n  \'\';\n}\n",
                "    b c \\\n      d",
            ),
            (
                "{\n  a = \'\'\n    b\n    c d @\n    e\n  \'\';\n}\n",
                "    c d @",
            ),
            ("{\n  a = \'\'\n    b\n    @\n  \'\';\n}\n", ""),
        ] {
            let full = text
                .replace("/*@*/", "/* nivis: allow(a) why not */")
                .replace('@', "# nivis: allow(a) why not");
            let expected = match expected {
                "FILE" => full,
                other => other.replace('@', "# nivis: allow(a) why not"),
            };
            assert_eq!(covered(Kind::Nix, text), [expected], "{text}");
        }
    }

    #[test]
    fn text_is_read_by_lines() {
        for (kind, text, expected) in [
            (Kind::Shell, "#!/bin/sh\n@\n\na\nb\n", "FILE"),
            (Kind::Shell, "a\n@\n\n# x\nb \\\n  c\nd\n", "b \\\n  c"),
            (Kind::Shell, "a\nb @\nc\n", "b @"),
            (Kind::Shell, "a\n@\n", ""),
            (
                Kind::Ci,
                "on: push\n@\njobs:\n  a:\n\n    b: c\nd: e\n",
                "jobs:\n  a:\n\n    b: c",
            ),
            (
                Kind::Ci,
                "x: 1\n  @\n  - name: a\n    run: b\n  - name: c\n",
                "  - name: a\n    run: b",
            ),
            (
                Kind::Ci,
                "x: 1\n@\nsteps:\n- a\n- b\nc: d\n",
                "steps:\n- a\n- b",
            ),
            (Kind::Ci, "x: 1\ny: 2 @\n", "y: 2 @"),
            (
                Kind::Just,
                "x := \"1\"\n\n@\nclean:\n    a\n    b\n\ntest:\n    c\n",
                "clean:\n    a\n    b",
            ),
            (
                Kind::Make,
                "x = 1\n\n@\nclean:\n\ta\n\tb\n",
                "clean:\n\ta\n\tb",
            ),
        ] {
            let full = text.replace('@', "# nivis: allow(a) why not");
            let expected = match expected {
                "FILE" => full,
                other => other.replace('@', "# nivis: allow(a) why not"),
            };
            assert_eq!(covered(kind, text), [expected], "{text}");
        }
    }

    #[test]
    fn the_grammar() {
        let read = |comment: &str| {
            let text = format!("{{\n  {comment}\n  a = 1;\n}}\n");
            let (allows, bad) = allows(Kind::Nix, &text);
            match (allows.as_slice(), bad.as_slice()) {
                ([], []) => "nothing".to_owned(),
                ([allow], []) => {
                    for (name, at) in &allow.names {
                        let pragma = allow.pragma.is_some();
                        assert!(pragma || &text[*at] == name.as_ref(), "{name}");
                    }
                    let names: Vec<&str> =
                        allow.names.iter().map(|(name, _)| name.as_ref()).collect();
                    format!(
                        "{} | {}",
                        names.join(" "),
                        allow.reason.as_deref().unwrap_or("-")
                    )
                }
                ([], [bad]) => bad.message.to_string(),
                other => panic!("{other:?}"),
            }
        };
        for (comment, expected) in [
            (
                "# nivis: allow(a-b) the router filters",
                "a-b | the router filters",
            ),
            ("#nivis:allow(a)", "a | -"),
            (
                "#   nivis:  allow ( a , W03, )  -- why not",
                "a W03 | why not",
            ),
            ("# nivis: allow(a): why not", "a | why not"),
            ("# nivis: allow(a) — why not", "a | why not"),
            ("# nivis: allow(a) ok", "a | -"),
            ("# nivis: allow(a) \r", "a | -"),
            ("/* nivis: allow(a) why\n     not */", "a | why\n     not"),
            ("/** nivis: allow(a) why not */", "nothing"),
            ("## nivis: allow(a) why not", "nothing"),
            ("# see nivis: allow(a)", "nothing"),
            ("# Nivis: allow(a)", "nothing"),
            ("# nivis: ignore(a)", "after `nivis:` comes `allow(…)`"),
            ("# nivis:", "after `nivis:` comes `allow(…)`"),
            (
                "# nivis: allow a",
                "after `allow` come the lints in parentheses",
            ),
            (
                "# nivis: allow(a",
                "the parenthesis after `allow` never closes",
            ),
            ("# nivis: allow()", "a lint is missing in the parentheses"),
            ("# nivis: allow(,a)", "a lint is missing in the parentheses"),
            (
                "# nivis: allow(a b)",
                "lints are named by small letters, digits and `-`, with `,` between them",
            ),
            (
                "# nivis: allow(*)",
                "lints are named by small letters, digits and `-`, with `,` between them",
            ),
            (
                "# deadnix: skip",
                "unused-let unused-formal unused-at-name unused-argument used-underscore | deadnix: skip",
            ),
            ("# deadnix: skipped", "nothing"),
            (
                "# gitleaks:allow",
                "secret-token suspicious-literal | gitleaks:allow",
            ),
        ] {
            assert_eq!(read(comment), expected, "{comment}");
        }
    }

    #[test]
    fn pragmas_cover_lines() {
        let text = "{\n  # deadnix: skip\n\n  a = {\n    b = 1;\n  };\n  c = \"x\"; # gitleaks:allow\n  d = \'\'\n    e # gitleaks:allow\n    gitleaks:allow\n  \'\';\n}\n";
        let (allows, _) = allows(Kind::Nix, text);
        let covered: Vec<&str> = allows.iter().map(|allow| &text[allow.covers]).collect();
        assert_eq!(
            covered,
            [
                "  a = {",
                "  c = \"x\"; # gitleaks:allow",
                "    e # gitleaks:allow"
            ]
        );
    }

    #[test]
    fn many_comments_take_linear_time() {
        for (kind, line) in [
            (Kind::Nix, "# nivis: allow(a) why\n"),
            (Kind::Nix, "/* nivis: allow(a) why */ "),
            (Kind::Ci, "# nivis: allow(a) why\n"),
            (Kind::Ci, " nivis: gitleaks:allow # nivis: "),
        ] {
            let text = format!("{{ a = \'\'\n{}\'\'; }}\n1\n", line.repeat(20_000));
            let begin = std::time::Instant::now();
            let _ = allows(kind, &text);
            let _ = allows(kind, &format!("1\n{}1\n", line.repeat(20_000)));
            assert!(begin.elapsed().as_secs() < 20, "{line}");
        }
    }
}
