//! Shell text in the workflows of CI services: `run:` of GitHub and Forgejo, `script:` of GitLab, `commands:` of
//! Woodpecker and Buildkite, the tasks of SourceHut; and the recipes of a Taskfile.
//!
//! A YAML parser with marks tells where a scalar stands; its text is then taken from the file itself, line by line, so that
//! places are exact. Aliases are not followed; documents nested deeper than 128 are left out.

use saphyr_parser::{Event, Parser, ScalarStyle};
use syntax::text::size;
use syntax::{TextRange, TextSize};

use super::files::templated;
use super::text::{Mapped, Source};
use super::{Job, Lang, Role, Run};
use crate::RepoPath;

const DEPTH: usize = 128;

/// What a workflow holds.
#[derive(Debug, Default)]
pub(super) struct Workflow {
    /// Its shell text.
    pub(super) sources: Vec<Source>,
    /// Its jobs.
    pub(super) jobs: Vec<Job>,
    /// Variables set to nothing.
    pub(super) emptied: Vec<(Box<str>, TextRange)>,
}

/// Whose workflow it is.
#[derive(Clone, Copy, PartialEq)]
enum Service {
    /// GitHub, Forgejo, Gitea; also Woodpecker and Buildkite, whose keys are others.
    Steps,
    GitLab,
    SourceHut,
    /// No service: the recipes of a project.
    Taskfile,
}

enum Frame {
    /// A mapping: the key whose value comes next with its place, whether a shell of the Bourne family runs its text, how
    /// many sources stood before it.
    Mapping {
        key: Option<(String, TextRange)>,
        shell: bool,
        before: usize,
    },
    /// A sequence.
    Sequence,
}

/// The shell text of a workflow.
pub(super) fn workflow(text: &str, path: &RepoPath) -> Workflow {
    let name = path.file_name();
    let parent = path.parent();
    let folders: Vec<_> = parent.components().collect();
    let service = if name.contains("gitlab") || folders.iter().any(|it| it == ".gitlab") {
        Service::GitLab
    } else if name == ".build.yml" || folders.iter().any(|it| it == ".builds") {
        Service::SourceHut
    } else if name.to_ascii_lowercase().starts_with("taskfile") {
        Service::Taskfile
    } else {
        Service::Steps
    };
    let mut found = Workflow::default();
    let mut stack: Vec<Frame> = Vec::new();
    let offsets = Offsets::new(text);
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else {
            return found;
        };
        let range = || {
            let (start, end) = (
                offsets.byte(span.start.index()),
                offsets.byte(span.end.index()),
            );
            (start, end.max(start))
        };
        match event {
            Event::MappingStart(..) => stack.push(Frame::Mapping {
                key: None,
                shell: true,
                before: found.sources.len(),
            }),
            Event::SequenceStart(..) => stack.push(Frame::Sequence),
            Event::MappingEnd | Event::SequenceEnd => {
                stack.pop();
                value_done(&mut stack);
            }
            Event::Alias(_) => value_done(&mut stack),
            Event::Scalar(value, style, ..) => {
                let (start, end) = range();
                let at = TextRange::new(size(start), size(end));
                if let Some(Frame::Mapping {
                    key: key @ None, ..
                }) = stack.last_mut()
                {
                    *key = Some((value.into_owned(), at));
                    found.key(&stack, service, size(text.len()));
                    continue;
                }
                let keys: Vec<&str> = stack.iter().rev().filter_map(key_of).collect();
                let key = keys.first().copied();
                let parent = keys.get(1).copied();
                let wanted = match (service, key) {
                    (Service::GitLab, Some("script" | "before_script" | "after_script")) => true,
                    (Service::Steps, Some("run" | "commands" | "command")) => true,
                    (Service::Taskfile, Some("cmds" | "cmd")) => true,
                    (Service::SourceHut, Some(_)) => parent == Some("tasks"),
                    _ => false,
                };
                let names_other_shell = key == Some("shell") && !is_shell(&value);
                let up = if keys.get(2) == Some(&"defaults") {
                    3
                } else {
                    1
                };
                let emptied = matches!(parent, Some("env" | "variables")) && value.is_empty();
                if names_other_shell {
                    // A step that another interpreter runs; it may name it before or behind `run`. Below `defaults`
                    // it holds for the whole job or workflow.
                    let mappings = stack.iter_mut().rev().filter_map(|frame| match frame {
                        Frame::Mapping { shell, before, .. } => Some((shell, before)),
                        Frame::Sequence => None,
                    });
                    if let Some((shell, before)) = mappings.take(up).last() {
                        *shell = false;
                        found.sources.truncate(*before);
                    }
                }
                if emptied
                    && let Some(Frame::Mapping {
                        key: Some((name, at)),
                        ..
                    }) = stack.last()
                {
                    found.emptied.push((name.as_str().into(), *at));
                }
                let allowed = !stack
                    .iter()
                    .any(|frame| matches!(frame, Frame::Mapping { shell: false, .. }));
                if wanted && allowed {
                    let (role, open, close) = match service {
                        Service::Taskfile => (Role::Script, "{{", "}}"),
                        _ => (Role::Ci, "${{", "}}"),
                    };
                    let job = found.jobs.len().checked_sub(1);
                    found.sources.push(Source {
                        lang: Lang::Bash,
                        role,
                        at,
                        alias: None,
                        // GitHub runs `bash -e`, GitLab stops at the first line that fails, so do the others.
                        run: Run {
                            errexit: true,
                            job: job.and_then(|it| u32::try_from(it).ok()),
                            ..Run::default()
                        },
                        skip: 0,
                        text: scalar(text, start, end, style, (open, close)),
                    });
                }
                value_done(&mut stack);
            }
            _ => {}
        }
        if stack.len() > DEPTH {
            return Workflow::default();
        }
    }
    found
}

impl Workflow {
    /// A key was read; it may begin a job.
    fn key(&mut self, stack: &[Frame], service: Service, end: TextSize) {
        let keys: Vec<(&str, TextRange)> = stack
            .iter()
            .filter_map(|frame| match frame {
                Frame::Mapping { key, .. } => key.as_ref().map(|(key, at)| (key.as_str(), *at)),
                Frame::Sequence => None,
            })
            .collect();
        let (name, at) = match (service, keys.as_slice()) {
            (Service::Steps, [("jobs", _), job]) | (Service::GitLab, [job]) => *job,
            _ => return,
        };
        if let Some(last) = self.jobs.last_mut() {
            last.at = TextRange::new(last.at.start(), at.start());
        }
        self.jobs.push(Job {
            name: name.into(),
            at: TextRange::new(at.start(), end),
        });
    }
}

/// `bash`, `sh -e {0}`
fn is_shell(value: &str) -> bool {
    let program = value.split_whitespace().next().unwrap_or_default();
    matches!(program.rsplit('/').next(), Some("bash" | "sh"))
        || value.contains("bash") && !value.contains("python")
}

fn key_of(frame: &Frame) -> Option<&str> {
    match frame {
        Frame::Mapping { key, .. } => key.as_ref().map(|(key, _)| key.as_str()),
        Frame::Sequence => None,
    }
}

fn value_done(stack: &mut [Frame]) {
    if let Some(Frame::Mapping { key, .. }) = stack.last_mut() {
        *key = None;
    }
}

/// The text of a scalar, mapped to the file.
fn scalar(text: &str, start: usize, end: usize, style: ScalarStyle, holes: (&str, &str)) -> Mapped {
    let mut mapped = Mapped::default();
    match style {
        ScalarStyle::Literal | ScalarStyle::Folded => block(
            text,
            start,
            style == ScalarStyle::Folded,
            holes,
            &mut mapped,
        ),
        ScalarStyle::Plain => lines(&text[start..end], start, holes, &mut mapped),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            let inside = text[start..end]
                .get(1..(end - start).saturating_sub(1))
                .unwrap_or_default();
            if inside.contains(['\\', '\n'])
                || style == ScalarStyle::SingleQuoted && inside.contains("''")
            {
                mapped.hole(TextRange::new(size(start), size(end)), None);
            } else {
                templated(inside, start + 1, holes.0, holes.1, &mut mapped);
            }
        }
    }
    mapped
}

/// A plain scalar over several lines: they are joined with a space.
fn lines(text: &str, offset: usize, holes: (&str, &str), mapped: &mut Mapped) {
    let mut at = offset;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let body = line.trim();
        if number > 0 && !body.is_empty() {
            mapped.other(" ", TextRange::empty(size(at)));
        }
        templated(
            body,
            at + (line.len() - line.trim_start().len()),
            holes.0,
            holes.1,
            mapped,
        );
        at += line.len();
    }
}

/// A block scalar: the lines below its header that are indented deeper than the line of the header.
fn block(text: &str, start: usize, folded: bool, holes: (&str, &str), mapped: &mut Mapped) {
    // The mark stands at the `|` or at the first line, as the parser likes; begin behind the line of the header.
    let line_start = text[..start].rfind('\n').map_or(0, |it| it + 1);
    let header = text[line_start..].split('\n').next().unwrap_or_default();
    let is_header = is_block_header(header);
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
            templated(&body[indent..], at + indent, holes.0, holes.1, mapped);
        }
        mapped.other(
            if folded { " " } else { "\n" },
            TextRange::empty(size(at + body.len())),
        );
        at += line.len();
    }
}

/// `run: |`, `- >-`, `x: |2 # …`
fn is_block_header(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    let head = line.trim_end_matches(|it: char| it.is_ascii_digit() || matches!(it, '+' | '-'));
    head.ends_with(['|', '>'])
}

/// Byte offsets of characters: the parser counts characters.
struct Offsets {
    len: usize,
    /// The offset of each character; empty when all are ASCII.
    starts: Vec<usize>,
}

impl Offsets {
    fn new(text: &str) -> Offsets {
        let starts = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at).collect()
        };
        Offsets {
            len: text.len(),
            starts,
        }
    }

    fn byte(&self, character: usize) -> usize {
        if self.starts.is_empty() {
            return character.min(self.len);
        }
        self.starts.get(character).copied().unwrap_or(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, path: &str) -> Vec<String> {
        workflow(text, &RepoPath::from(path))
            .sources
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
    fn other_services() {
        assert_eq!(
            texts(
                "tasks:\n  - a: |\n      git x\n  - b: git y\nimage: nixos\n",
                ".build.yml"
            ),
            ["git x\n", "git y"]
        );
        assert_eq!(
            texts(
                "tasks:\n  a:\n    cmds:\n      - git {{.X}}\n      - cmd: git y\n",
                "Taskfile.yml"
            ),
            ["git ‹0‹", "git y"]
        );
        assert_eq!(
            texts(
                "jobs:\n  a:\n    defaults:\n      run:\n        shell: pwsh\n    steps:\n      - run: git x\n  b:\n    steps:\n      - run: |2 # why\n          git y\n        shell: bash -e {0}\n",
                ".github/workflows/x.yml"
            ),
            ["git y\n"]
        );
    }

    #[test]
    fn jobs_and_emptied_variables() {
        let text = "env:\n  A: ''\njobs:\n  a:\n    env: { B: '', C: x }\n    steps:\n      - run: git a\n  b:\n    steps:\n      - run: git b\n";
        let found = workflow(text, &".github/workflows/x.yml".into());
        let names: Vec<&str> = found.emptied.iter().map(|it| &*it.0).collect();
        assert_eq!(names, ["A", "B"]);
        assert_eq!(&text[found.emptied[1].1], "B");
        let jobs: Vec<Option<u32>> = found.sources.iter().map(|it| it.run.job).collect();
        assert_eq!(jobs, [Some(0), Some(1)]);
        assert!(
            text[found.jobs[0].at].contains("git a") && !text[found.jobs[0].at].contains("git b")
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
