//! Shell text in files that are not Nix: scripts, justfiles, Makefiles, blocks of Markdown, Org and AsciiDoc.

use syntax::TextRange;
use syntax::text::size;

use super::nix::is_shell_shebang;
use super::text::{Mapped, Source};
use super::{Lang, Role, Run};
use crate::RepoPath;

fn source(role: Role, text: Mapped, start: usize, end: usize) -> Source {
    Source {
        lang: Lang::Bash,
        role,
        at: TextRange::new(size(start), size(end)),
        alias: None,
        run: Run::default(),
        skip: 0,
        text,
    }
}

/// Each line with its offset, without its end.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// A script; nothing when its first line names another interpreter.
pub(super) fn script(text: &str) -> Vec<Source> {
    let first = text.lines().next().unwrap_or_default();
    if first.starts_with("#!") {
        let interpreter = text
            .lines()
            .take(8)
            .filter(|line| line.starts_with("#!"))
            .flat_map(|line| {
                let mut words = line.split_whitespace();
                words.by_ref().find(|word| *word == "-i").and(words.next())
            });
        // `#! nix-shell -i python3` further down decides.
        let named = interpreter.last();
        let shell = named.map_or_else(
            || is_shell_shebang(first),
            |name| matches!(name, "sh" | "bash" | "dash" | "zsh"),
        );
        if !shell {
            return Vec::new();
        }
    }
    let mut mapped = Mapped::default();
    mapped.verbatim(text, 0);
    let mut source = source(Role::Script, mapped, 0, text.len());
    // A text without a first line for the kernel is read by something else, and nobody knows with what options.
    let read = !first.starts_with("#!");
    (source.run.errexit, source.run.pipefail) = (read, read);
    // `#!/bin/bash -eu`
    let mut options = first
        .strip_prefix("#!")
        .unwrap_or_default()
        .split_whitespace()
        .skip(1);
    source.run.errexit |= options.any(|it| {
        it.strip_prefix('-')
            .is_some_and(|it| !it.starts_with('-') && it.contains('e') && it != "-S")
    });
    vec![source]
}

/// The recipes of a justfile: one text a line, joined where it ends in a backslash, or the whole recipe when it begins
/// with `#!`. Nothing when `set shell` names no shell of the Bourne family.
pub(super) fn just(text: &str) -> Vec<Source> {
    let other_shell = lines(text).any(|(_, line)| {
        line.strip_prefix("set shell")
            .and_then(|rest| rest.split_once('['))
            .is_some_and(|(_, list)| {
                let program = list.split(['"', '\'']).nth(1).unwrap_or_default();
                !is_shell_shebang(&format!("#!{program}"))
            })
    });
    if other_shell {
        return Vec::new();
    }
    let mut sources = Vec::new();
    let mut script: Option<(Mapped, usize, usize, bool)> = None;
    let mut open: Option<(Mapped, usize)> = None;
    let mut in_recipe = false;
    let mut first_line = false;
    let mut script_attribute = false;
    for (start, line) in lines(text) {
        let body = line.trim_start();
        let indented = line.starts_with([' ', '\t']);
        if body.is_empty() || !indented {
            // An empty line inside a recipe ends nothing.
            if !body.is_empty() || !in_recipe {
                let whole = script.take().filter(|it| it.3);
                sources.extend(
                    whole.map(|(mapped, start, end, _)| source(Role::Script, mapped, start, end)),
                );
                if body.starts_with('[') {
                    // `[script("python3")]` makes the recipe one text, of that interpreter.
                    script_attribute |= body.contains("script");
                    in_recipe = false;
                    continue;
                }
                in_recipe = line.contains(':')
                    && !line.contains(":=")
                    && !body.starts_with('#')
                    && !std::mem::take(&mut script_attribute);
                first_line = true;
            } else if let Some((mapped, _, end, _)) = &mut script {
                mapped.other("\n", TextRange::empty(size(start + line.len())));
                *end = start + line.len();
            }
            continue;
        }
        if !in_recipe {
            continue;
        }
        let at = start + (line.len() - body.len());
        if first_line && body.starts_with("#!") {
            script = Some((Mapped::default(), at, at, is_shell_shebang(body)));
        }
        first_line = false;
        let end = start + line.len();
        if let Some((mapped, _, last, _)) = &mut script {
            templated(body, at, "{{", "}}", mapped);
            mapped.other("\n", TextRange::empty(size(end)));
            *last = end;
            continue;
        }
        let (mut mapped, begin, stripped) = match open.take() {
            Some((mapped, begin)) => (mapped, begin, body),
            None => (Mapped::default(), at, body.trim_start_matches(['@', '-'])),
        };
        let offset = at + (body.len() - stripped.len());
        templated(stripped, offset, "{{", "}}", &mut mapped);
        if line.ends_with('\\') {
            mapped.other("\n", TextRange::empty(size(end)));
            open = Some((mapped, begin));
        } else {
            sources.push(source(Role::Script, mapped, begin, end));
        }
    }
    sources.extend(open.map(|(mapped, begin)| source(Role::Script, mapped, begin, text.len())));
    sources.extend(
        script
            .filter(|it| it.3)
            .map(|(mapped, start, end, _)| source(Role::Script, mapped, start, end)),
    );
    sources
}

/// Text with `{{ … }}` as holes.
pub(super) fn templated(text: &str, offset: usize, open: &str, close: &str, into: &mut Mapped) {
    let mut at = 0;
    while let Some(start) = text[at..].find(open).map(|it| at + it) {
        let Some(end) = text[start..].find(close).map(|it| start + it + close.len()) else {
            break;
        };
        into.verbatim(&text[at..start], offset + at);
        into.hole(
            TextRange::new(size(offset + start), size(offset + end)),
            None,
        );
        at = end;
    }
    into.verbatim(&text[at..], offset + at);
}

/// The recipes of a Makefile: lines that begin with a tab, joined where they end in a backslash.
pub(super) fn make(text: &str) -> Vec<Source> {
    let other_shell = lines(text).any(|(_, line)| {
        let value = line.strip_prefix("SHELL").and_then(|rest| {
            rest.trim_start()
                .trim_start_matches([':', '?'])
                .strip_prefix('=')
        });
        // A value with a variable in it says nothing.
        value.is_some_and(|it| !it.contains('$') && !is_shell_shebang(&format!("#!{}", it.trim())))
    });
    if other_shell {
        return Vec::new();
    }
    let mut sources = Vec::new();
    let mut open: Option<(Mapped, usize, usize)> = None;
    for (start, line) in lines(text) {
        // A line that goes on may go on without a tab.
        let body = match line.strip_prefix('\t') {
            Some(body) => body,
            None if open.is_some() => line,
            None => continue,
        };
        let at = start + (line.len() - body.len());
        let (mut mapped, begin, stripped) = match open.take() {
            Some((mapped, begin, _)) => (mapped, begin, body),
            None => (
                Mapped::default(),
                at,
                body.trim_start_matches(['@', '-', '+', ' ']),
            ),
        };
        expand_make(stripped, at + (body.len() - stripped.len()), &mut mapped);
        let end = start + line.len();
        if line.ends_with('\\') {
            mapped.other("\n", TextRange::empty(size(end)));
            open = Some((mapped, begin, end));
        } else {
            sources.push(source(Role::Script, mapped, begin, end));
        }
    }
    sources.extend(open.map(|(mapped, start, end)| source(Role::Script, mapped, start, end)));
    sources
}

/// `$(X)`, `${X}`, `$X` of make are holes, `$$` is a dollar sign.
fn expand_make(text: &str, offset: usize, into: &mut Mapped) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = text[at..].find('$').map(|it| at + it) {
        into.verbatim(&text[at..start], offset + at);
        let range = |end: usize| TextRange::new(size(offset + start), size(offset + end));
        at = match bytes.get(start + 1) {
            Some(b'$') => {
                into.other("$", range(start + 2));
                start + 2
            }
            Some(open @ (b'(' | b'{')) => {
                let close = if *open == b'(' { b')' } else { b'}' };
                let mut depth = 0usize;
                let mut end = start + 1;
                while let Some(byte) = bytes.get(end) {
                    depth += usize::from(byte == open);
                    depth -= usize::from(*byte == close);
                    end += 1;
                    if depth == 0 {
                        break;
                    }
                }
                let end = if text.is_char_boundary(end) {
                    end
                } else {
                    text.len()
                };
                into.hole(range(end), None);
                end
            }
            Some(_) => {
                let end = start + 1 + text[start + 1..].chars().next().map_or(0, char::len_utf8);
                into.hole(range(end), None);
                end
            }
            None => {
                into.verbatim("$", offset + start);
                start + 1
            }
        };
    }
    into.verbatim(&text[at..], offset + at);
}

/// The shell blocks of a document, by its suffix.
pub(super) fn document(text: &str, path: &RepoPath) -> Vec<Source> {
    let name = path.file_name().to_ascii_lowercase();
    if name.ends_with(".org") {
        blocks(text, |line| {
            let line = line.trim().to_ascii_lowercase();
            let mut words = line.strip_prefix("#+begin_src")?.split_whitespace();
            Some((words.next().unwrap_or_default().to_owned(), "#+end_src"))
        })
    } else if name.ends_with(".adoc") {
        let mut language = None;
        blocks(text, move |line| {
            let line = line.trim();
            if let Some(list) = line.strip_prefix("[source") {
                let second = list.trim_end_matches(']').split(',').nth(1);
                language = Some(second.unwrap_or_default().trim().to_owned());
                None
            } else if line == "----" {
                Some((language.take().unwrap_or_default(), "----"))
            } else {
                language = None;
                None
            }
        })
    } else {
        markdown(text)
    }
}

/// Whether a language of a block is a shell, and whether its commands stand behind a prompt.
fn shell_language(language: &str) -> (bool, bool) {
    let shell = matches!(
        language,
        "sh" | "bash" | "shell" | "console" | "zsh" | "shell-session" | "shellsession"
    );
    (
        shell,
        matches!(language, "console" | "shell-session" | "shellsession"),
    )
}

/// A line of a block of shell text. In `console` blocks the lines behind a prompt are commands, others are output.
fn block_line(line: &str, start: usize, prompt: bool, mapped: &mut Mapped) {
    let body = line.trim_start();
    let at = start + (line.len() - body.len());
    let command = body
        .strip_prefix("$ ")
        .or_else(|| body.strip_prefix("# ").filter(|_| prompt));
    match command {
        Some(command) => mapped.verbatim(command, at + 2),
        None if prompt => return,
        None => mapped.verbatim(body, at),
    }
    mapped.other("\n", TextRange::empty(size(start + line.len())));
}

/// Blocks with a line that begins them, which tells the language, and one that ends them.
fn blocks(
    text: &str,
    mut begins: impl FnMut(&str) -> Option<(String, &'static str)>,
) -> Vec<Source> {
    // The text of a shell and whether it has prompts, the line that ends it, where it begins.
    type Open = (Option<(Mapped, bool)>, &'static str, usize);
    let mut sources = Vec::new();
    let mut open: Option<Open> = None;
    for (start, line) in lines(text) {
        match &mut open {
            None => {
                if let Some((language, end)) = begins(line) {
                    let (shell, prompt) = shell_language(&language);
                    open = Some((shell.then(|| (Mapped::default(), prompt)), end, start));
                }
            }
            Some((_, end, _)) if line.trim().eq_ignore_ascii_case(end) => {
                if let Some((Some((mapped, _)), _, begin)) = open.take() {
                    sources.push(source(Role::Docs, mapped, begin, start + line.len()));
                }
            }
            Some((Some((mapped, prompt)), ..)) => block_line(line, start, *prompt, mapped),
            Some(_) => {}
        }
    }
    sources
}

/// The fenced shell blocks of Markdown. In `console` blocks the lines behind a prompt are commands, others are output.
pub(super) fn markdown(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut open: Option<(&str, bool, Option<Mapped>, usize)> = None;
    for (start, line) in lines(text) {
        let body = line.trim_start();
        let fence: &str = &body[..body.len() - body.trim_start_matches(['`', '~']).len()];
        match &mut open {
            None if fence.len() >= 3 => {
                let language = body[fence.len()..]
                    .trim()
                    .split([' ', ',', '{'])
                    .next()
                    .unwrap_or_default();
                let (shell, prompt) = shell_language(language);
                open = Some((fence, prompt, shell.then(Mapped::default), start));
            }
            None => {}
            Some((opener, ..))
                if fence.len() >= opener.len()
                    && fence.starts_with(&opener[..1])
                    && body[fence.len()..].trim().is_empty() =>
            {
                if let Some((_, _, Some(mapped), begin)) = open.take() {
                    sources.push(source(Role::Docs, mapped, begin, start + line.len()));
                }
            }
            Some((_, prompt, Some(mapped), _)) => block_line(line, start, *prompt, mapped),
            Some(_) => {}
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sources: &[Source]) -> Vec<String> {
        sources
            .iter()
            .map(|it| it.text.value.replace(['\u{e000}', '\u{e001}'], "‹"))
            .collect()
    }

    #[test]
    fn recipes_of_a_justfile() {
        let text = "x := 'a: b'\n\n# c\nup host:\n  @nixos-rebuild switch --flake .#{{host}}\n\n  git push\nfoo:\n  #!/usr/bin/env bash\n  set -e\n  nix-env -i x\npy:\n  #!/usr/bin/env python3\n  print(1)\n";
        assert_eq!(
            texts(&just(text)),
            [
                "nixos-rebuild switch --flake .#‹0‹",
                "git push",
                "#!/usr/bin/env bash\nset -e\nnix-env -i x\n"
            ]
        );
    }

    #[test]
    fn recipes_of_a_makefile() {
        let text = "A = 1\nup: x\n\t@nix-env -i $(PKG) $$HOME \\\n  more\n\techo $@\n";
        assert_eq!(
            texts(&make(text)),
            ["nix-env -i ‹0‹ $HOME \\\n  more", "echo ‹0‹"]
        );
    }

    #[test]
    fn other_interpreters_and_long_lines() {
        assert_eq!(
            texts(&just("a:\n  b \\\n    c\n[script('nu')]\nd:\n  git\n")),
            ["b \\\nc"]
        );
        assert_eq!(just("set shell := [\"nu\", \"-c\"]\na:\n  git\n").len(), 0);
        assert_eq!(just("set shell := ['bash', '-uc']\na:\n  git\n").len(), 1);
        assert_eq!(make("SHELL := fish\na:\n\tgit\n").len(), 0);
        assert_eq!(make("SHELL = /bin/bash\na:\n\tgit\n").len(), 1);
    }

    #[test]
    fn blocks_of_org_and_asciidoc() {
        assert_eq!(
            texts(&document(
                "#+BEGIN_SRC sh :x\n  git a\n#+END_SRC\n#+begin_src nix\ngit b\n#+end_src\n",
                &"a.org".into()
            )),
            ["git a\n"]
        );
        assert_eq!(
            texts(&document(
                "[source,bash]\n----\n$ git a\n----\n\n----\ngit b\n----\n",
                &"a.adoc".into()
            )),
            ["git a\n"]
        );
    }

    #[test]
    fn blocks_of_markdown() {
        let text = "x\n```console\n$ nix-env -i a\nout\n# sudo b\n```\n```nix\nnix-env\n```\n  ```sh\n  nix-env -u\n  ```\n```text\n";
        assert_eq!(
            texts(&markdown(text)),
            ["nix-env -i a\nsudo b\n", "nix-env -u\n"]
        );
    }

    #[test]
    fn scripts_by_their_first_line() {
        assert_eq!(script("#!/usr/bin/env bash\nx").len(), 1);
        assert_eq!(script("#!/usr/bin/env python3\nx").len(), 0);
        assert_eq!(
            script("#!/usr/bin/env nix-shell\n#! nix-shell -i python3 -p x\n").len(),
            0
        );
        assert_eq!(script("#!/usr/bin/env -S bash -e\n").len(), 1);
        assert_eq!(script("nix-env -i x").len(), 1);
    }
}
