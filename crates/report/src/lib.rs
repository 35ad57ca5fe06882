//! Prints a report: one file per output format. Pure: the same report and style give the same bytes.
//!
//! Source text reaches a printer only through [`masks::masked_line`], every other text only through [`sanitise`].

pub mod azure;
pub mod checkstyle;
pub mod colour;
pub mod concise;
pub mod diff;
pub mod gcc;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod grouped;
pub mod human;
pub mod json;
pub mod junit;
pub mod keys;
pub mod line_hash;
pub mod markdown;
pub mod masks;
pub mod merge;
pub mod places;
pub mod rdjson;
pub mod sanitise;
pub mod sarif;
pub mod statistics;
pub mod summary;
pub mod why;
pub mod xml;

use std::collections::BTreeMap;
use std::io::{self, Write};

use lint_api::report::{Settled, Source};
use lint_api::{Fix, Level, Report};
use repo::FileId;
use syntax::TextRange;

use crate::masks::Masks;
use crate::places::Places;

/// The version of nivis, as reports name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Frames with source text.
    Full,
    /// One line each.
    Concise,
    /// By file.
    Grouped,
    /// Everything, as one JSON document.
    Json,
    /// Everything, one JSON object a line.
    Jsonl,
    /// A log of static analysis, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// A report of GitLab's Code Quality.
    Gitlab,
    /// Test cases.
    Junit,
    /// XML by file.
    Checkstyle,
    /// A document for reviewdog.
    Rdjson,
    /// One line each for reviewdog.
    Rdjsonl,
    /// Annotations of Azure Pipelines.
    Azure,
    /// As compilers say it.
    Gcc,
    /// The same, by the name that editors give it.
    Errorformat,
    /// A table.
    Markdown,
}

impl Format {
    /// All formats, in the order of documentation.
    pub const ALL: [Format; 16] = [
        Format::Full,
        Format::Concise,
        Format::Grouped,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Checkstyle,
        Format::Rdjson,
        Format::Rdjsonl,
        Format::Azure,
        Format::Gcc,
        Format::Errorformat,
        Format::Markdown,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Grouped => "grouped",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Checkstyle => "checkstyle",
            Format::Rdjson => "rdjson",
            Format::Rdjsonl => "rdjsonl",
            Format::Azure => "azure",
            Format::Gcc => "gcc",
            Format::Errorformat => "errorformat",
            Format::Markdown => "markdown",
        }
    }

    /// The format of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Format> {
        Format::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
    }
}

/// How a report is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// With colours.
    pub colour: bool,
    /// With links to the pages of the lints (OSC 8).
    pub links: bool,
    /// Frames in ASCII.
    pub ascii: bool,
    /// Formats for people show findings from this level up; formats for machines hold all.
    pub min_level: Level,
    /// With notes, help and fixes below the frames.
    pub notes: bool,
    /// From this level up a finding fails the run; `None`: never.
    pub fail_on: Option<Level>,
    /// What SARIF calls the kind of run; `None`: `nivis`.
    pub category: Option<String>,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            colour: false,
            links: false,
            ascii: false,
            min_level: Level::Info,
            notes: true,
            fail_on: Some(Level::Warn),
            category: None,
        }
    }
}

/// Prints a report.
///
/// # Errors
/// When the output cannot be written.
pub fn print(
    format: Format,
    report: &Report,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Full => human::print(report, style, out),
        Format::Concise => concise::print(report, style, out),
        Format::Grouped => grouped::print(report, style, out),
        Format::Json => json::print(report, style, out),
        Format::Jsonl => json::print_lines(report, style, out),
        Format::Sarif => sarif::print(report, style, out),
        Format::Github => github::print(report, out),
        Format::Gitlab => gitlab::print(report, out),
        Format::Junit => junit::print(report, out),
        Format::Checkstyle => checkstyle::print(report, out),
        Format::Rdjson => rdjson::print(report, out),
        Format::Rdjsonl => rdjson::print_lines(report, out),
        Format::Azure => azure::print(report, out),
        Format::Gcc | Format::Errorformat => gcc::print(report, out),
        Format::Markdown => markdown::print(report, style, out),
    }
}

/// The word for a level in formats for people.
#[must_use]
pub fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Info | Level::Off => "note",
    }
}

/// The findings that formats for people show.
fn shown<'a>(report: &'a Report, style: &'a Style) -> impl Iterator<Item = &'a Settled> {
    report
        .active()
        .filter(|settled| settled.level >= style.min_level)
}

/// The files of a report, made ready for printing.
struct Sources<'a>(BTreeMap<FileId, Shown<'a>>);

/// One file of a report, made ready for printing.
struct Shown<'a> {
    source: &'a Source,
    masks: Masks,
    places: Places<'a>,
}

impl<'a> Sources<'a> {
    fn of(report: &'a Report) -> Sources<'a> {
        let ready = |source: &'a Source| Shown {
            source,
            masks: Masks::new(&source.masks),
            places: Places::of(source),
        };
        Sources(
            report
                .sources
                .iter()
                .map(|(id, source)| (*id, ready(source)))
                .collect(),
        )
    }

    fn get(&self, id: FileId) -> &Shown<'a> {
        &self.0[&id]
    }
}

impl<'a> Shown<'a> {
    /// Whether a fix may be shown. One without edits was not shown in the report that it was read back from.
    fn permits(&self, fix: &Fix) -> bool {
        !fix.edits.is_empty() && self.masks.permit(fix, &self.source.text)
    }

    /// What stands between the edits of a fix, in order: one piece less than there are edits. `None` when it may not be
    /// shown, or is not known.
    fn between(&self, fix: &Fix) -> Option<Vec<&'a str>> {
        let source = self.source;
        let mut edits: Vec<TextRange> = fix.edits.iter().map(|edit| edit.range).collect();
        edits.sort_by_key(|range| (range.start(), range.end()));
        let whole = TextRange::new(edits.first()?.start(), edits.last()?.end());
        if self.masks.touch(whole) {
            return None;
        }
        let pieces = edits.windows(2).map(|pair| {
            let range = TextRange::new(pair[0].end(), pair[1].start().max(pair[0].end()));
            match &source.recalled {
                None => Some(source.text.slice(range)),
                Some(recalled) => {
                    let piece = (range.start().into(), range.end().into());
                    Some(recalled.pieces.get(&piece)?.as_str())
                }
            }
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod fixture;
