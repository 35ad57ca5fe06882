//! `nivis explain`: the page of a lint, for a terminal.
//!
//! A page is Markdown whose fenced blocks are tests. The words that only the test needs are taken off the fences, or said
//! in plain English; caret lines stay, since they are how a page says what is found where.

use std::io::{self, Write};

use lint_api::{Group, Lint};
use report::sanitise;
use serde::Serialize;

use crate::args::ListFormat;
use crate::list::Row;

/// Prints the page of a lint.
///
/// # Errors
/// When the output cannot be written.
pub fn print_text(lint: &Lint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} ({})", lint.name, lint.group)?;
    writeln!(out, "level: {}, fix: {}", lint.level, lint.fix.as_str())?;
    let defaults = (lint.options.defaults)();
    if !defaults.is_empty() {
        let options: Vec<String> = defaults
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        writeln!(out, "options: {}", options.join(", "))?;
    }
    if let Some(url) = lint.url() {
        writeln!(out, "{url}")?;
    }
    writeln!(out)?;
    out.write_all(shown(lint, plain(lint.page)).as_bytes())
}

/// A page as it may be shown: that of a rule was written by whoever wrote the repository.
fn shown(lint: &Lint, page: String) -> String {
    if lint.group != Group::Rules {
        return page;
    }
    let lines = page.lines().map(|line| {
        let mut line = sanitise::at_line_start(line.as_bytes());
        line.push('\n');
        line
    });
    lines.collect()
}

/// A page as plain text, without its first heading.
fn plain(page: &str) -> String {
    let mut text = String::new();
    let mut lines = page.lines().peekable();
    let mut first = true;
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim();
            if !std::mem::take(&mut first) {
                text.push_str(heading);
                text.push('\n');
                text.push_str(&"-".repeat(heading.chars().count()));
                text.push('\n');
            }
            continue;
        }
        let Some(info) = line.strip_prefix("```") else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let more = info.chars().take_while(|c| *c == '`').count();
        let fence = "`".repeat(3 + more);
        if let Some(caption) = caption(&info[more..]) {
            text.push_str(&format!("  {caption}:\n\n"));
        }
        for line in lines.by_ref() {
            if line == fence {
                break;
            }
            let indented = format!("    {}", without_tokens(line));
            text.push_str(indented.trim_end());
            text.push('\n');
        }
    }
    // No more than one empty line in a row, none at either end.
    let mut calm = String::new();
    for line in text.trim().lines() {
        if !(line.is_empty() && calm.ends_with("\n\n")) {
            calm.push_str(line);
            calm.push('\n');
        }
    }
    calm
}

/// A line of an example in which a token is only named: `@token(github)@`.
fn without_tokens(line: &str) -> String {
    let mut pieces = line.split("@token(");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        shown.push('<');
        shown.push_str(&piece.replacen(")@", " token>", 1));
    }
    shown
}

/// What the words of a fence say to a reader: which file, and in what state.
fn caption(info: &str) -> Option<String> {
    let words: Vec<&str> = info.split_whitespace().skip(1).collect();
    let file = words.iter().find_map(|word| word.strip_prefix("file="));
    let has = |word: &str| words.contains(&word);
    let state = if has("fixed") {
        Some("fixed")
    } else if has("base") {
        Some("before")
    } else if has("untracked") {
        Some("not tracked by git")
    } else if has("ignored") {
        Some("ignored by git")
    } else if has("intent-to-add") {
        Some("added with `git add --intent-to-add`")
    } else if has("new") {
        Some("new")
    } else if has("flagged") {
        Some("flagged")
    } else if has("clean") {
        Some("not flagged")
    } else {
        None
    };
    match (file, state) {
        (Some(file), Some(state)) => Some(format!("{file} ({state})")),
        (Some(file), None) => Some(file.to_owned()),
        (None, Some(state)) => Some(state.to_owned()),
        (None, None) => None,
    }
}

/// A lint with its page, as machines read it.
#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    page: &'a str,
}

/// Prints the pages of lints.
///
/// # Errors
/// When the output cannot be written.
pub fn print(
    format: ListFormat,
    lints: &[(&'static Lint, lint_api::Level)],
    out: &mut dyn Write,
) -> io::Result<()> {
    if format == ListFormat::Json {
        let explained: Vec<Explained<'_>> = lints
            .iter()
            .map(|(lint, level)| Explained {
                row: Row::of(lint, *level),
                page: lint.page,
            })
            .collect();
        return report::json::write(&explained, out);
    }
    for (index, (lint, _)) in lints.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        match format {
            ListFormat::Markdown => out.write_all(shown(lint, lint.page.to_owned()).as_bytes())?,
            _ => print_text(lint, out)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_for_a_terminal() {
        let page = "\
# untracked-import

A file that git does not know.

## Examples

```nix flagged file=flake.nix
{ outputs = _: import ./a.nix; token = ''@token(github)@''; }
                      ^^^^^^^ the flake comes here
```

```nix file=a.nix untracked newer
{ }
```

```nix fixed
{ }
```

````md
```
````

## Allow it

Never.
";
        insta::assert_snapshot!(plain(page));
    }
}
