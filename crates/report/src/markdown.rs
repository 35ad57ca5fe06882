//! A table in Markdown, for the summary of a CI job or a note on a merge request.
//!
//! Text of others never becomes a mention, a link or markup: what is not plain words stands in a code span.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use lint_api::Report;
use lint_api::report::Settled;

use crate::{Sources, Style, sanitise, shown, word};

/// Rows of the table; the rest is counted by lint.
const ROWS: usize = 200;
/// Characters of one message.
const LENGTH: usize = 1000;

/// Prints the active findings, the most severe first.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let mut findings: Vec<&Settled> = shown(report, style).collect();
    findings.sort_by_key(|settled| Reverse(settled.level));
    let counts = crate::summary::counts(report, style);
    if counts.is_empty() {
        writeln!(out, "## nivis: no findings")?;
    } else {
        writeln!(out, "## nivis: {counts}")?;
        writeln!(
            out,
            "\n| level | place | message | lint |\n|---|---|---|---|"
        )?;
    }
    for settled in findings.iter().take(ROWS) {
        let finding = &settled.finding;
        let file = sources.get(finding.at.file);
        let place = file.places.position(finding.at.range.start());
        let path = sanitise::bytes(file.source.path.bytes());
        let name = finding.lint.name;
        let lint = match finding.lint.url() {
            Some(url) => format!("[{name}]({url})"),
            None => name.to_owned(),
        };
        writeln!(
            out,
            "| {} | {} | {} | {lint} |",
            word(settled.level),
            code(&format!("{path}:{}:{}", place.line, place.column)),
            message(&sanitise::text(&finding.message)),
        )?;
    }
    let mut rest: BTreeMap<&str, usize> = BTreeMap::new();
    for settled in findings.iter().skip(ROWS) {
        *rest.entry(settled.finding.lint.name).or_default() += 1;
    }
    if !rest.is_empty() {
        let more = findings.len() - ROWS;
        writeln!(out, "\n<details><summary>{more} more</summary>\n")?;
        writeln!(out, "| lint | findings |\n|---|---:|")?;
        for (lint, count) in rest {
            writeln!(out, "| {lint} | {count} |")?;
        }
        writeln!(out, "\n</details>")?;
    }
    for trouble in report.troubles.iter().take(ROWS) {
        writeln!(
            out,
            "\n**error:** {}",
            code(&sanitise::text(&trouble.to_string()))
        )?;
    }
    Ok(())
}

/// A message whose words in backticks become code spans; one code span when all else is not plain words.
fn message(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let last = parts.len() - 1;
    let plain = |(index, part): (usize, &&str)| {
        // Two code spans that touch would be read as one.
        index % 2 == 1 || (is_plain(part) && (!part.is_empty() || index == 0 || index == last))
    };
    if parts.len().is_multiple_of(2) || !parts.iter().enumerate().all(plain) {
        return code(text);
    }
    let shown = |(index, part): (usize, &&str)| match index % 2 {
        0 => (*part).to_owned(),
        _ => code(part),
    };
    parts.iter().enumerate().map(shown).collect()
}

/// Words that no reader of Markdown makes anything of: no `@name`, `#1`, `www.`, `GH-1`, commit id, HTML or emphasis.
fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " ,.;:()'-…".contains(c);
    let hex = |word: &str| word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit());
    text.chars().all(plain)
        && !text.to_ascii_lowercase().contains("www.")
        && !text.contains("GH-")
        && !text.split(|c: char| !c.is_alphanumeric()).any(hex)
}

/// A code span in a table.
fn code(text: &str) -> String {
    let mut cut: String = text.chars().take(LENGTH).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    if cut.trim().is_empty() {
        return cut;
    }
    let longest = cut
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A blank on each side is taken off again; without it a backtick at the edge would join the fence.
    let pad = if longest > 0 || cut.starts_with(' ') || cut.ends_with(' ') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{}{pad}{fence}", cut.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table() {
        let mut out = Vec::new();
        print(&crate::fixture::report(), &Style::default(), &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn nothing_becomes_a_mention_or_a_link() {
        for (text, shown) in [
            ("`a` is never used", "`a` is never used"),
            ("ask @someone", "`ask @someone`"),
            ("see #1", "`see #1`"),
            ("https://example.org", "`https://example.org`"),
            ("a <b> | c", "`a <b> \\| c`"),
            ("odd ` tick", "`` odd ` tick ``"),
            ("`x` <img> `y`", "`` `x` <img> `y` ``"),
            ("`x``y`", "``` `x``y` ```"),
        ] {
            assert_eq!(message(text), shown);
        }
    }

    #[test]
    fn many_are_counted() {
        let mut report = crate::fixture::report();
        let one = report.findings[1].clone();
        report.findings = vec![one; ROWS + 5];
        let mut out = Vec::new();
        print(&report, &Style::default(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("<summary>5 more</summary>"));
        assert!(out.contains("| unused-let | 5 |"));
    }
}
