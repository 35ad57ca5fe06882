//! What deletes old generations by itself: the arguments of the timers of `nix.gc` and `programs.nh.clean`.
//!
//! Goal: the plain words of the arguments with their places, as the shell would split them. Limits: words inside
//! quotes, `$(…)` and `${…}` are no words of their own; a value that is no string or list of strings is passed over.

use crate::definitions::Value;
use crate::outline::{Node, Shape};
use crate::settings::{self, Effective, Setting};
use crate::{Repo, Span, TextRange, TextSize};

/// Which timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `nix.gc`: `nix-collect-garbage`.
    Nix,
    /// `programs.nh.clean`: `nh clean`.
    Nh,
}

/// The arguments that a timer gives to its tool.
#[derive(Debug)]
pub struct Cleaning<'a> {
    /// Which.
    pub tool: Tool,
    /// The definition of the arguments.
    pub setting: Setting<'a>,
    words: Vec<(&'a str, TextRange)>,
}

impl Repo {
    /// Every definition of the arguments of a timer that is not switched off, on machines and in homes that stay.
    pub fn cleanings(&self) -> impl Iterator<Item = Cleaning<'_>> {
        const OPTIONS: [(Tool, [&str; 4], [&str; 4]); 2] = [
            (
                Tool::Nix,
                ["nix", "gc", "options", ""],
                ["nix", "gc", "automatic", ""],
            ),
            (
                Tool::Nh,
                ["programs", "nh", "clean", "extraArgs"],
                ["programs", "nh", "clean", "enable"],
            ),
        ];
        OPTIONS.iter().flat_map(move |(tool, option, switch)| {
            let (option, switch) = match tool {
                Tool::Nix => (&option[..3], &switch[..3]),
                Tool::Nh => (&option[..], &switch[..]),
            };
            self.settings()
                .matching(self, option)
                .filter(move |it| {
                    it.within != settings::Within::Guest
                        && !self.is_sandboxed(it.file.id)
                        && !self.is_switched_off(it, switch)
                        && !self.settings().is_overridden(self, it, option)
                })
                .map(|setting| Cleaning {
                    tool: *tool,
                    words: words_of(&setting),
                    setting,
                })
        })
    }

    /// Whether the file, or every host that has it, leaves the timer off.
    fn is_switched_off(&self, it: &Setting<'_>, switch: &[&str]) -> bool {
        let here = settings::in_file(it.file, switch);
        let is = |wanted: bool| {
            here.iter()
                .any(|it| it.definition.value == Value::Bool(wanted))
        };
        if is(true) || is(false) {
            return !is(true);
        }
        let mut hosts = self.hosts.perhaps_of(it.file.id).peekable();
        hosts.peek().is_some()
            && hosts.all(|(_, host)| {
                matches!(
                    self.settings().effective(self, host, switch),
                    Effective::Unset | Effective::Is(Value::Bool(false))
                )
            })
    }
}

impl<'a> Cleaning<'a> {
    /// Where one of these words stands.
    #[must_use]
    pub fn flag(&self, names: &[&str]) -> Option<Span> {
        let (_, at) = self.words.iter().find(|(word, _)| names.contains(word))?;
        Some(self.setting.span(*at))
    }

    /// What follows one of these words: `--keep 3`, `--keep=3`; with the place of both.
    #[must_use]
    pub fn argument(&self, names: &[&str]) -> Option<(&'a str, Span)> {
        self.words
            .iter()
            .enumerate()
            .find_map(|(index, (word, at))| {
                if names.contains(word) {
                    let (value, end) = self.words.get(index + 1)?;
                    let same = self.setting.definition.value_at.contains_range(*end);
                    return same.then(|| (*value, self.setting.span(at.cover(*end))));
                }
                let (name, value) = word.split_once('=')?;
                names
                    .contains(&name)
                    .then(|| (value, self.setting.span(*at)))
            })
    }
}

/// How long a time is, in minutes: `3d`, `12h`, `1w`, `2days`.
#[must_use]
pub fn minutes(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let of_one = match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => 1,
        "h" | "hr" | "hrs" | "hour" | "hours" => 60,
        "d" | "day" | "days" => 24 * 60,
        "w" | "week" | "weeks" => 7 * 24 * 60,
        "M" | "month" | "months" => 30 * 24 * 60,
        "y" | "year" | "years" => 365 * 24 * 60,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(of_one)
}

/// The words of a string, or of the strings of a list.
fn words_of<'a>(setting: &Setting<'a>) -> Vec<(&'a str, TextRange)> {
    let Some(node) = setting.value_node() else {
        return Vec::new();
    };
    let strings: Vec<Node<'a>> = match node.shape() {
        Shape::List => node.children().collect(),
        _ => vec![node],
    };
    let mut words = Vec::new();
    for string in strings.into_iter().map(Node::bare) {
        if string.is(syntax::SyntaxKind::NODE_STRING) {
            split(string.text(), string.range().start(), &mut words);
        }
    }
    words
}

/// Splits the text of a string literal, its quotes included, at blanks outside quotes and brackets. Ends where the
/// command ends.
fn split<'a>(text: &'a str, start: TextSize, words: &mut Vec<(&'a str, TextRange)>) {
    let quotes = if text.starts_with("''") { 2 } else { 1 };
    let end = text.len().saturating_sub(quotes).max(quotes);
    let (mut depth, mut quote, mut escaped) = (0_u32, None, false);
    let mut from = None;
    let mut push = |from: &mut Option<usize>, to: usize| {
        if let Some(from) = from.take() {
            let at = start + syntax::text::size(from);
            let range = TextRange::new(at, start + syntax::text::size(to));
            words.push((&text[from..to], range));
        }
    };
    for (at, c) in text.char_indices() {
        if at < quotes || at >= end {
            continue;
        }
        if escaped {
            escaped = false;
            continue;
        }
        match (c, quote) {
            // In `"…"` the `\"` is a quote of the shell.
            ('\\', _) if quotes == 2 => escaped = true,
            (_, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'' | '`', None) => quote = Some(c),
            ('(' | '{', None) => depth += 1,
            (')' | '}', None) => depth = depth.saturating_sub(1),
            (';' | '|' | '&', None) if depth == 0 => {
                push(&mut from, at);
                return;
            }
            _ if depth == 0 && c.is_whitespace() => {
                push(&mut from, at);
                continue;
            }
            _ => {}
        }
        from = from.or(Some(at));
    }
    push(&mut from, end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (text, expected) in [
            ("\"-d\"", "-d"),
            ("\"\"", ""),
            ("\"", ""),
            ("\"--delete-older-than  7d \"", "--delete-older-than 7d"),
            (
                "''--max-freed \"$(df -d)\" -x''",
                "--max-freed \"$(df·-d)\" -x",
            ),
            (
                "\"--max-freed $((1 - $(cut -d x)))\"",
                "--max-freed $((1·-·$(cut·-d·x)))",
            ),
            (
                "\"--max \\\"a -d\\\" -k ${x -d}\"",
                "--max \\\"a·-d\\\" -k ${x·-d}",
            ),
            ("\"--dry-run; rm -d\"", "--dry-run"),
        ] {
            let mut words = Vec::new();
            split(text, TextSize::from(0), &mut words);
            let words: Vec<String> = words.iter().map(|(it, _)| it.replace(' ', "·")).collect();
            assert_eq!(words.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn times() {
        for (text, expected) in [
            ("3d", Some(4320)),
            ("12h", Some(720)),
            ("1fortnight", None),
            ("1weeks", Some(10080)),
            ("d", None),
            ("", None),
            ("99999999999999999999d", None),
            ("18446744073709551615w", None),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }
}
