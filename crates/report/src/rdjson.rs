//! Formats `rdjson` and `rdjsonl` of reviewdog. Columns are bytes of UTF-8, 1-based, as its definition says.

use std::io::{self, Write};

use lint_api::report::Settled;
use lint_api::{Fix, Level, Report};
use repo::Span;
use serde::Serialize;
use syntax::{TextRange, TextSize};

use crate::{Shown, Sources, json, sanitise};

#[derive(Serialize)]
struct Document<'a> {
    source: Named,
    severity: &'static str,
    diagnostics: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Named>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
}

const SOURCE: Named = Named {
    name: "nivis",
    url: lint_api::PAGE_BASE,
};

/// Prints the active findings as one document.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let diagnostics: Vec<Row<'_>> = report.active().map(|it| row(it, &sources, false)).collect();
    let worst = report.active().map(|settled| settled.level).max();
    let document = Document {
        source: SOURCE,
        severity: severity(worst.unwrap_or(Level::Info)),
        diagnostics,
    };
    json::write(&document, out)
}

/// Prints the active findings, one a line.
///
/// # Errors
/// When the output cannot be written.
pub fn print_lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let mut findings = report.active();
    findings.try_for_each(|settled| json::write_line(&row(settled, &sources, true), out))
}

fn row<'a>(settled: &'a Settled, sources: &Sources<'a>, with_source: bool) -> Row<'a> {
    let finding = &settled.finding;
    let file = sources.get(finding.at.file);
    let location = |at: Span| {
        let file = sources.get(at.file);
        Location {
            path: sanitise::bytes(file.source.path.bytes()),
            range: range(file, at.range),
        }
    };
    let mut message = finding.message.clone();
    if let Some(help) = &finding.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    Row {
        message,
        location: location(finding.at),
        severity: severity(settled.level),
        code: Code {
            value: finding.lint.name,
            url: finding.lint.url(),
        },
        source: with_source.then_some(SOURCE),
        suggestions: finding
            .fix
            .iter()
            .filter_map(|fix| suggestion(fix, file))
            .collect(),
        related_locations: finding
            .labels
            .iter()
            .map(|label| Related {
                message: &label.message,
                location: location(label.at),
            })
            .collect(),
    }
}

/// The edits of a fix as one piece of text, with what stands between them; `None` when a secret stands there.
fn suggestion(fix: &Fix, file: &Shown<'_>) -> Option<Suggestion> {
    if !file.permits(fix) {
        return None;
    }
    let between = file.between(fix)?;
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    let (first, last) = (edits.first()?, edits.last()?);
    let whole = TextRange::new(first.range.start(), last.range.end());
    let mut new = String::new();
    for (index, edit) in edits.into_iter().enumerate() {
        if index > 0 {
            new.push_str(between[index - 1]);
        }
        new.push_str(&edit.text);
    }
    Some(Suggestion {
        range: range(file, whole),
        text: new,
    })
}

fn range(file: &Shown<'_>, range: TextRange) -> Range {
    let place = |offset: TextSize| {
        let place = file.places.position(offset);
        Place {
            line: place.line,
            column: place.byte_column,
        }
    };
    Range {
        start: place(range.start()),
        end: place(range.end()),
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "ERROR",
        Level::Warn => "WARNING",
        Level::Info | Level::Off => "INFO",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixture;

    #[test]
    fn a_document_and_its_lines() {
        let report = fixture::report();
        let mut out = Vec::new();
        print(&report, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        insta::assert_snapshot!(out);
        let whole: Value = serde_json::from_str(&out).unwrap();
        let mut lines = Vec::new();
        print_lines(&report, &mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let diagnostics = whole["diagnostics"].as_array().unwrap();
        assert_eq!(lines.len(), diagnostics.len());
        for (mut line, row) in lines.into_iter().zip(diagnostics) {
            let source = line.as_object_mut().unwrap().remove("source");
            assert_eq!(source.unwrap(), whole["source"]);
            assert_eq!(line, *row);
        }
    }

    #[test]
    fn edits_become_one_piece() {
        let text = "a = (1) ; b = \"hunter22\"; c = (2);";
        let source = lint_api::report::Source {
            path: repo::RepoPath::from("a.nix"),
            text: std::sync::Arc::new(syntax::Text::new(text)),
            masks: vec![TextRange::new(15.into(), 23.into())],
            hosts: Vec::new(),
            project: None,
            recalled: None,
        };
        let report = Report {
            sources: std::collections::BTreeMap::from([(repo::FileId(0), source)]),
            ..Report::default()
        };
        let sources = Sources::of(&report);
        let file = sources.get(repo::FileId(0));
        let range = |a: u32, b: u32| TextRange::new(a.into(), b.into());
        let fix = Fix::safe("x").delete(range(6, 7)).delete(range(4, 5));
        let made = suggestion(&fix, file).unwrap();
        assert_eq!((made.text.as_str(), made.range.start.column), ("1", 5));
        // What lies between would be repeated.
        let fix = Fix::safe("x").delete(range(4, 5)).delete(range(30, 31));
        assert!(suggestion(&fix, file).is_none());
    }
}
