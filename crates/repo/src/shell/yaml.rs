//! Shell text in the workflows of CI services: `run:` of GitHub and Forgejo, `script:` of GitLab, `commands:` of Woodpecker.
//!
//! A YAML parser with marks tells where a scalar stands; its text is then taken from the file itself, line by line, so that
//! places are exact. Aliases are not followed; documents nested deeper than 128 are left out.

use saphyr_parser::{Event, Parser, ScalarStyle};
use syntax::TextRange;
use syntax::text::size;

use super::files::templated;
use super::text::{Mapped, Source};
use super::{Lang, Role};
use crate::RepoPath;

const DEPTH: usize = 128;

enum Frame {
    /// A mapping: the key whose value comes next, whether a shell runs its text, how many sources stood before it.
    Mapping {
        key: Option<String>,
        shell: bool,
        before: usize,
    },
    /// A sequence.
    Sequence,
}

/// The shell text of a workflow.
pub(super) fn workflow(text: &str, path: &RepoPath) -> Vec<Source> {
    let gitlab = path.file_name().contains("gitlab");
    let mut sources = Vec::new();
    let mut stack: Vec<Frame> = Vec::new();
    let offsets = Offsets::new(text);
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else {
            return sources;
        };
        match event {
            Event::MappingStart(..) => stack.push(Frame::Mapping {
                key: None,
                shell: true,
                before: sources.len(),
            }),
            Event::SequenceStart(..) => stack.push(Frame::Sequence),
            Event::MappingEnd | Event::SequenceEnd => {
                stack.pop();
                value_done(&mut stack);
            }
            Event::Alias(_) => value_done(&mut stack),
            Event::Scalar(value, style, ..) => {
                if let Some(Frame::Mapping {
                    key: key @ None, ..
                }) = stack.last_mut()
                {
                    *key = Some(value.into_owned());
                    continue;
                }
                let key = stack.iter().rev().find_map(|frame| match frame {
                    Frame::Mapping { key, .. } => key.clone(),
                    Frame::Sequence => None,
                });
                let key = key.as_deref();
                if key == Some("shell")
                    && !matches!(&*value, "bash" | "sh")
                    && !value.starts_with("bash ")
                {
                    // A step that another interpreter runs; it may name it before or behind `run`.
                    if let Some(Frame::Mapping { shell, before, .. }) = stack.last_mut() {
                        *shell = false;
                        sources.truncate(*before);
                    }
                }
                let allowed = !matches!(stack.last(), Some(Frame::Mapping { shell: false, .. }));
                let wanted = match key {
                    Some("run") => !gitlab,
                    Some("script" | "before_script" | "after_script") => gitlab,
                    Some("commands" | "command") => true,
                    _ => false,
                };
                if wanted && allowed {
                    let (start, end) = (
                        offsets.byte(span.start.index()),
                        offsets.byte(span.end.index()),
                    );
                    let mapped = scalar(text, start, end.max(start), style);
                    let at = TextRange::new(size(start), size(end.max(start)));
                    sources.push(Source {
                        lang: Lang::Bash,
                        role: Role::Ci,
                        at,
                        alias: None,
                        text: mapped,
                    });
                }
                value_done(&mut stack);
            }
            _ => {}
        }
        if stack.len() > DEPTH {
            return Vec::new();
        }
    }
    sources
}

fn value_done(stack: &mut [Frame]) {
    if let Some(Frame::Mapping { key, .. }) = stack.last_mut() {
        *key = None;
    }
}

/// The text of a scalar, mapped to the file.
fn scalar(text: &str, start: usize, end: usize, style: ScalarStyle) -> Mapped {
    let mut mapped = Mapped::default();
    match style {
        ScalarStyle::Literal | ScalarStyle::Folded => {
            block(text, start, style == ScalarStyle::Folded, &mut mapped)
        }
        ScalarStyle::Plain => lines(&text[start..end], start, &mut mapped),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            let inside = text[start..end]
                .get(1..(end - start).saturating_sub(1))
                .unwrap_or_default();
            if inside.contains(['\\', '\n'])
                || style == ScalarStyle::SingleQuoted && inside.contains("''")
            {
                mapped.hole(TextRange::new(size(start), size(end)), None);
            } else {
                templated(inside, start + 1, "${{", "}}", &mut mapped);
            }
        }
    }
    mapped
}

/// A plain scalar over several lines: they are joined with a space.
fn lines(text: &str, offset: usize, mapped: &mut Mapped) {
    let mut at = offset;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let body = line.trim();
        if number > 0 && !body.is_empty() {
            mapped.other(" ", TextRange::empty(size(at)));
        }
        templated(
            body,
            at + (line.len() - line.trim_start().len()),
            "${{",
            "}}",
            mapped,
        );
        at += line.len();
    }
}

/// A block scalar: the lines below its header that are indented deeper than the line of the header.
fn block(text: &str, start: usize, folded: bool, mapped: &mut Mapped) {
    // The mark stands at the `|` or at the first line, as the parser likes; begin behind the line of the header.
    let line_start = text[..start].rfind('\n').map_or(0, |it| it + 1);
    let header = text[line_start..].split('\n').next().unwrap_or_default();
    let is_header =
        header.trim_end().ends_with(['|', '>', '-', '+']) && header.contains(['|', '>']);
    let mut at = if is_header {
        line_start + header.len() + 1
    } else {
        line_start
    };
    let mut indent = None;
    let parent = if is_header {
        header.len() - header.trim_start_matches(' ').len()
    } else {
        0
    };
    for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let own = body.len() - body.trim_start_matches(' ').len();
        if !body.trim().is_empty() {
            let indent = *indent.get_or_insert(own);
            if own < indent || (is_header && own <= parent) {
                break;
            }
            templated(&body[indent..], at + indent, "${{", "}}", mapped);
        }
        mapped.other(
            if folded { " " } else { "\n" },
            TextRange::empty(size(at + body.len())),
        );
        at += line.len();
    }
}

/// Byte offsets of characters: the parser counts characters.
struct Offsets<'a> {
    text: &'a str,
    ascii: bool,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str) -> Offsets<'a> {
        Offsets {
            text,
            ascii: text.is_ascii(),
        }
    }

    fn byte(&self, character: usize) -> usize {
        if self.ascii {
            return character.min(self.text.len());
        }
        self.text
            .char_indices()
            .nth(character)
            .map_or(self.text.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, path: &str) -> Vec<String> {
        workflow(text, &RepoPath::from(path))
            .iter()
            .map(|it| {
                // Every verbatim byte maps to itself.
                for (at, byte) in it.text.value.bytes().enumerate() {
                    let source = it.text.source(at..at + 1);
                    let there = &text[source];
                    assert!(
                        !byte.is_ascii_alphanumeric()
                            || it.text.value[..at].contains('\u{e000}')
                            || there.as_bytes() == [byte],
                        "{there:?} {byte}"
                    );
                }
                it.text.value.replace(['\u{e000}', '\u{e001}'], "‹")
            })
            .collect()
    }

    #[test]
    fn steps_of_github() {
        let text = "on: push\njobs:\n  a:\n    steps:\n      - run: nix-env -i x\n      - name: é\n        run: |\n          set -e\n          nix-env -iA ${{ matrix.p }}\n\n            deeper\n      - shell: python\n        run: import nix-env\n      - run: |\n          import x\n        shell: pwsh\n      - run: >-\n          nix build\n          .#a\n";
        assert_eq!(
            texts(text, ".github/workflows/ci.yml"),
            [
                "nix-env -i x",
                "set -e\nnix-env -iA ‹0‹\n\n  deeper\n",
                "nix build .#a "
            ]
        );
    }

    #[test]
    fn scripts_of_gitlab() {
        let text = "a:\n  script:\n    - nix-env -i x\n    - \"nix build\"\n  before_script: echo\n  run: no\n";
        assert_eq!(
            texts(text, ".gitlab-ci.yml"),
            ["nix-env -i x", "nix build", "echo"]
        );
    }
}
