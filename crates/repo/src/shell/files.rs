//! Shell text in files that are not Nix: scripts, justfiles, Makefiles, fenced blocks of Markdown.

use syntax::TextRange;
use syntax::text::size;

use super::nix::is_shell_shebang;
use super::text::{Mapped, Source};
use super::{Lang, Role};

fn source(role: Role, text: Mapped, start: usize, end: usize) -> Source {
    Source {
        lang: Lang::Bash,
        role,
        at: TextRange::new(size(start), size(end)),
        alias: None,
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
    vec![source(Role::Script, mapped, 0, text.len())]
}

/// The recipes of a justfile: one text a line, or the whole recipe when it begins with `#!`.
pub(super) fn just(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut script: Option<(Mapped, usize, usize, bool)> = None;
    let mut in_recipe = false;
    let mut first_line = false;
    for (start, line) in lines(text) {
        let body = line.trim_start();
        let indented = line.starts_with([' ', '\t']);
        if body.is_empty() || !indented {
            if !body.is_empty() || !in_recipe {
                sources.extend(
                    script
                        .take()
                        .filter(|it| it.3)
                        .map(|(mapped, start, end, _)| source(Role::Script, mapped, start, end)),
                );
                in_recipe = line.contains(':') && !line.contains(":=") && !body.starts_with('#');
                first_line = true;
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
        if let Some((mapped, _, end, _)) = &mut script {
            templated(body, at, "{{", "}}", mapped);
            mapped.other("\n", TextRange::empty(size(start + line.len())));
            *end = start + line.len();
            continue;
        }
        let stripped = body.trim_start_matches(['@', '-']);
        let mut mapped = Mapped::default();
        templated(
            stripped,
            at + (body.len() - stripped.len()),
            "{{",
            "}}",
            &mut mapped,
        );
        sources.push(source(Role::Script, mapped, at, start + line.len()));
    }
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
    let mut sources = Vec::new();
    let mut open: Option<(Mapped, usize, usize)> = None;
    for (start, line) in lines(text) {
        let Some(body) = line.strip_prefix('\t') else {
            sources.extend(
                open.take()
                    .map(|(mapped, start, end)| source(Role::Script, mapped, start, end)),
            );
            continue;
        };
        let at = start + 1;
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

/// The fenced shell blocks of Markdown. In `console` blocks the lines behind a prompt are commands, others are output.
pub(super) fn markdown(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut open: Option<(&str, bool, Option<Mapped>, usize)> = None;
    for (start, line) in lines(text) {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        let fence: &str = &body[..body.len() - body.trim_start_matches(['`', '~']).len()];
        match &mut open {
            None if fence.len() >= 3 => {
                let language = body[fence.len()..]
                    .trim()
                    .split([' ', ',', '{'])
                    .next()
                    .unwrap_or_default();
                let shell = matches!(
                    language,
                    "sh" | "bash" | "shell" | "console" | "zsh" | "shell-session"
                );
                let prompt = matches!(language, "console" | "shell-session");
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
            Some((_, prompt, Some(mapped), _)) => {
                let at = start + indent;
                // A prompt in any block; in a console block only what stands behind one.
                let command = body
                    .strip_prefix("$ ")
                    .or_else(|| body.strip_prefix("# ").filter(|_| *prompt));
                match command {
                    Some(command) => mapped.verbatim(command, at + 2),
                    None if *prompt => continue,
                    None => mapped.verbatim(body, at),
                }
                mapped.other("\n", TextRange::empty(size(start + line.len())));
            }
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
        let text = "A = 1\nup: x\n\t@nix-env -i $(PKG) $$HOME \\\n\t  more\n\techo $@\n";
        assert_eq!(
            texts(&make(text)),
            ["nix-env -i ‹0‹ $HOME \\\n  more", "echo ‹0‹"]
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
