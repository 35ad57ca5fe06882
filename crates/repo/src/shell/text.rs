//! A piece of shell text with a map back to the file it comes from.

use std::ops::Range;

use syntax::strings::{HOLE_END, HOLE_START, StringValue};
use syntax::{TextRange, TextSize, text::size};

use super::{Lang, Role, Run};

/// Text with a map to its source.
#[derive(Debug, Clone, Default)]
pub struct Mapped {
    /// The text. What is only known at run time is a hole: U+E000, a number, U+E001.
    pub value: String,
    runs: Vec<Stretch>,
    /// What the holes stand for, if the text tells: the name of a program.
    pub hints: Vec<Option<Box<str>>>,
}

#[derive(Debug, Clone)]
struct Stretch {
    value: usize,
    len: usize,
    source: TextRange,
    /// Whether the text is spelled in the source as it is here.
    same: bool,
}

/// One piece of shell text, ready to be parsed.
#[derive(Debug, Clone)]
pub struct Source {
    /// How it becomes words.
    pub lang: Lang,
    /// What runs it.
    pub role: Role,
    /// Where it stands.
    pub at: TextRange,
    /// The alias it is the value of.
    pub alias: Option<Box<str>>,
    /// How it is run.
    pub run: Run,
    /// How many bytes at the head of the text are no shell: the times of a line of cron.
    pub skip: usize,
    /// The text.
    pub text: Mapped,
}

impl Mapped {
    /// Adds text that stands in the source as it is.
    pub fn verbatim(&mut self, text: &str, source: usize) {
        self.run(
            text,
            TextRange::new(size(source), size(source + text.len())),
            true,
        );
    }

    /// Adds text that is spelled otherwise in the source.
    pub fn other(&mut self, text: &str, source: TextRange) {
        self.run(text, source, false);
    }

    /// Adds a hole.
    pub fn hole(&mut self, source: TextRange, hint: Option<Box<str>>) {
        let text = format!("{HOLE_START}{}{HOLE_END}", self.hints.len());
        self.hints.push(hint);
        self.run(&text, source, false);
    }

    /// Adds the value of a Nix string; `hint` says what an interpolation stands for.
    pub fn string(
        &mut self,
        string: &StringValue,
        mut hint: impl FnMut(&syntax::strings::Hole) -> Option<Box<str>>,
    ) {
        let mut done = 0;
        for hole in &string.holes {
            self.pieces(string, done..hole.value.start);
            self.hole(string.source_range(hole.value.clone()), hint(hole));
            done = hole.value.end;
        }
        self.pieces(string, done..string.text.len());
    }

    /// Adds a range of a string's value, line by line, so that removed indentation does not blur the map.
    fn pieces(&mut self, string: &StringValue, range: Range<usize>) {
        let mut at = range.start;
        for line in string.text[range].split_inclusive('\n') {
            let here = at..at + line.len();
            at = here.end;
            if string.is_verbatim(here.clone()) {
                self.verbatim(line, usize::from(string.source(here.start)));
                continue;
            }
            // Escapes: character by character.
            for (offset, character) in line.char_indices() {
                let one = here.start + offset..here.start + offset + character.len_utf8();
                let text = &string.text[one.clone()];
                let source = string.source_range(one.clone());
                self.run(text, source, string.is_verbatim(one));
            }
        }
    }

    fn run(&mut self, text: &str, source: TextRange, same: bool) {
        if text.is_empty() {
            return;
        }
        let value = self.value.len();
        self.value.push_str(text);
        if let Some(last) = self.runs.last_mut()
            && same
            && last.same
            && last.source.end() == source.start()
        {
            last.len += text.len();
            last.source = last.source.cover(source);
            return;
        }
        self.runs.push(Stretch {
            value,
            len: text.len(),
            source,
            same,
        });
    }

    /// The place of a range of the text in the file: from the source of its first byte to that of its last one.
    #[must_use]
    pub fn source(&self, range: Range<usize>) -> TextRange {
        let start = self.place(range.start).start();
        let end = if range.end > range.start {
            self.place(range.end - 1).end()
        } else {
            start
        };
        TextRange::new(start, end.max(start))
    }

    /// Whether a range of the text is spelled in the file as it is here, in one piece.
    #[must_use]
    pub fn is_exact(&self, range: Range<usize>) -> bool {
        let index = self
            .runs
            .partition_point(|run| run.value + run.len <= range.start);
        self.runs
            .get(index)
            .is_some_and(|run| run.same && range.end <= run.value + run.len)
    }

    /// The source of one byte.
    fn place(&self, at: usize) -> TextRange {
        let index = self.runs.partition_point(|run| run.value + run.len <= at);
        match self.runs.get(index) {
            Some(run) if run.same => {
                let start = run.source.start() + size(at - run.value);
                TextRange::at(start, TextSize::from(1))
            }
            Some(run) => run.source,
            None => self.runs.last().map_or(TextRange::default(), |run| {
                TextRange::empty(run.source.end())
            }),
        }
    }
}

/// Words that some lint of the group `commands` wants to see. The second says whether the word may go on: `nixos-rebuild`,
/// but not `pipewire`, `github`.
const TRIGGERS: [(&str, bool); 30] = [
    ("nix-", true),
    ("nix ", true),
    ("nixos-", true),
    ("home-manager", true),
    ("darwin-", true),
    ("nh ", true),
    ("nom ", true),
    ("curl", false),
    ("wget", false),
    ("git", false),
    ("npm", false),
    ("pnpm", false),
    ("yarn", false),
    ("oras", false),
    ("crane", false),
    ("rustup", false),
    ("pip", false),
    ("pip3", false),
    ("cargo", false),
    ("go ", true),
    ("gem", false),
    ("docker", false),
    ("podman", false),
    ("flatpak", false),
    ("brew", false),
    ("skopeo", false),
    ("helm", false),
    ("GIT_SSH_COMMAND", false),
    ("systemctl", false),
    ("launchctl", false),
];

/// By byte: the words of [`TRIGGERS`] that have it in the first place, and from bit 32 on in the second, a bit each.
const BEGINS: [u64; 256] = {
    let mut begins = [0; 256];
    let mut at = 0;
    while at < TRIGGERS.len() {
        let word = TRIGGERS[at].0.as_bytes();
        begins[word[0] as usize] |= 1 << at;
        begins[word[1] as usize] |= 1 << (32 + at);
        at += 1;
    }
    begins
};

/// Whether the text holds a word that some lint of the group `commands` wants to see. Most texts are short and hold none,
/// so this reads bytes and sets nothing up.
#[must_use]
pub fn has_trigger(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut before = 0;
    for (index, eight) in bytes.chunks(8).enumerate() {
        let (first, mut any) = (before, 0);
        for byte in eight {
            let here = BEGINS[usize::from(*byte)];
            any |= before & (here >> 32);
            before = here;
        }
        // Nearly never two bytes that a word begins with.
        if any != 0 && begins_in(bytes, 8 * index, eight, first) {
            return true;
        }
    }
    false
}

/// Whether a word stands in eight bytes, or begins with the one before them.
#[inline(never)]
fn begins_in(bytes: &[u8], start: usize, eight: &[u8], first: u64) -> bool {
    let mut before = first;
    for (second, byte) in (start..).zip(eight) {
        let here = BEGINS[usize::from(*byte)];
        let words = before & (here >> 32);
        before = here;
        if words != 0 && begins_at(bytes, second - 1, words) {
            return true;
        }
    }
    false
}

/// Whether one of these words, a bit each, stands at a place and is no part of a longer one.
fn begins_at(bytes: &[u8], at: usize, mut words: u64) -> bool {
    let (before, rest) = bytes.split_at(at);
    if before.last().is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    while words != 0 {
        let (word, open) = TRIGGERS[words.trailing_zeros() as usize];
        if rest.starts_with(word.as_bytes())
            && (open || !rest.get(word.len()).is_some_and(u8::is_ascii_alphanumeric))
        {
            return true;
        }
        words &= words - 1;
    }
    false
}
