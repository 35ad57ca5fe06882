//! Formats `json` and `jsonl`: the whole report as one document, or one object a line; `schema_version` 1. Only additions
//! keep that number.
//!
//! Text is written as it is, but for characters that a terminal or a CI runner would obey: those are `\u` escapes, which
//! a reader turns back. No source text is in it but what stands between the edits of a fix; fixes that touch a masked
//! place are left out. [`crate::merge`] reads it back.

use std::collections::BTreeMap;
use std::io::{self, Write};

use lint_api::report::{Change, Part, Scope, Settled, Shards, State};
use lint_api::{Edit, Fix, Report, Safety};
use repo::{RepoPath, Span};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use syntax::{TextRange, TextSize};

use crate::line_hash::LineNames;
use crate::summary::Totals;
use crate::{Shown, Sources, Style, VERSION, keys, sanitise};

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    project: Option<&'a str>,
    root: &'static str,
    settings_digest: String,
    input_digest: String,
    vcs: &'a str,
    shard: Option<ShardRow<'a>>,
    base: Option<Base<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartRow<'a>>,
    verdict: &'static str,
    summary: Summary,
    lints: Vec<LintRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingRow<'a>>>,
    skipped: Vec<Skipped<'a>>,
    inactive: Vec<Inactive<'a>>,
    errors: Vec<ErrorRow<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Base<'a> {
    name: &'a str,
    rev: Option<&'a str>,
    scope: &'static str,
}

/// One shard, or several with their files.
#[derive(Serialize)]
struct ShardRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<&'a BTreeMap<u32, usize>>,
}

/// The input of one run, where several were merged.
#[derive(Serialize)]
struct PartRow<'a> {
    project: Option<&'a str>,
    settings_digest: String,
    input_digest: String,
    vcs: &'a str,
    shard: Option<ShardRow<'a>>,
    base: Option<Base<'a>>,
    files: usize,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    error: usize,
    warn: usize,
    info: usize,
    fixable_safe: usize,
    fixable_unsafe: usize,
    allowed: usize,
    baselined: usize,
}

#[derive(Serialize)]
struct LintRow<'a> {
    name: &'a str,
    group: &'a str,
    level: &'a str,
    summary: &'a str,
    url: Option<String>,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    lint: &'a str,
    level: &'a str,
    state: &'static str,
    change: Option<&'a str>,
    message: &'a str,
    #[serde(flatten)]
    path: PathRow,
    hosts: Vec<&'a str>,
    place: &'a str,
    fingerprint: String,
    line_hash: String,
    range: RangeRow,
    labels: Vec<LabelRow<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
    allow: Option<AllowRow<'a>>,
    fix: Option<FixRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden_fix: Option<&'static str>,
}

#[derive(Serialize)]
struct PathRow {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

#[derive(Serialize)]
struct RangeRow {
    start: PlaceRow,
    end: PlaceRow,
}

#[derive(Serialize)]
struct PlaceRow {
    byte: u32,
    line: u32,
    column: u32,
    utf16: u32,
    utf8: u32,
}

#[derive(Serialize)]
struct LabelRow<'a> {
    #[serde(flatten)]
    path: PathRow,
    range: RangeRow,
    message: &'a str,
}

#[derive(Serialize)]
struct AllowRow<'a> {
    line: u32,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct FixRow<'a> {
    title: &'a str,
    safety: &'static str,
    edits: Vec<EditRow<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    between: Vec<&'a str>,
}

#[derive(Serialize)]
struct EditRow<'a> {
    range: RangeRow,
    text: &'a str,
}

#[derive(Serialize)]
struct Skipped<'a> {
    #[serde(flatten)]
    path: PathRow,
    reason: &'a str,
}

#[derive(Serialize)]
struct Inactive<'a> {
    lint: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct ErrorRow<'a> {
    kind: &'a str,
    path: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    message: &'a str,
}

/// One line of `jsonl`.
#[derive(Serialize)]
struct Typed<T> {
    r#type: &'static str,
    #[serde(flatten)]
    it: T,
}

/// Prints the report as one document, silenced findings included.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let mut lines = LineNames::default();
    let findings = report
        .findings
        .iter()
        .zip(keys::fingerprints(report))
        .map(|(settled, fingerprint)| finding(report, settled, &sources, fingerprint, &mut lines))
        .collect();
    write(&document(report, style, Some(findings)), out)
}

/// Prints one finding a line, silenced ones included, and at last a line with the rest.
///
/// # Errors
/// When the output cannot be written.
pub fn print_lines(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let mut lines = LineNames::default();
    for (settled, fingerprint) in report.findings.iter().zip(keys::fingerprints(report)) {
        let line = Typed {
            r#type: "finding",
            it: finding(report, settled, &sources, fingerprint, &mut lines),
        };
        write_line(&line, out)?;
    }
    let line = Typed {
        r#type: "summary",
        it: document(report, style, None),
    };
    write_line(&line, out)
}

fn document<'a>(
    report: &'a Report,
    style: &Style,
    findings: Option<Vec<FindingRow<'a>>>,
) -> Document<'a> {
    let totals = Totals::of(report);
    Document {
        schema_version: 1,
        tool: Tool {
            name: "nivis",
            version: VERSION,
        },
        project: report.project.as_deref(),
        root: ".",
        settings_digest: format!("b3:{}", report.settings_digest),
        input_digest: format!("b3:{}", input_digest(report)),
        vcs: report.vcs,
        shard: report.shard.as_ref().map(shard_row),
        base: report
            .base
            .as_ref()
            .map(|(name, rev)| base_row(name, rev, report.scope)),
        parts: report.parts.iter().map(part_row).collect(),
        verdict: match report.exit_code(style.fail_on) {
            0 => "clean",
            1 => "findings",
            _ => "trouble",
        },
        summary: Summary {
            files: report.files,
            error: totals.error,
            warn: totals.warn,
            info: totals.info,
            fixable_safe: totals.fixable_safe,
            fixable_unsafe: totals.fixable_unsafe,
            allowed: totals.allowed,
            baselined: totals.baselined,
        },
        lints: report
            .lints
            .iter()
            .map(|(lint, level)| LintRow {
                name: lint.name,
                group: lint.group.as_str(),
                level: level.as_str(),
                summary: lint.summary,
                url: lint.url(),
            })
            .collect(),
        findings,
        skipped: report
            .skipped
            .iter()
            .map(|(path, reason)| Skipped {
                path: path_row(path),
                reason,
            })
            .collect(),
        inactive: report
            .inactive
            .iter()
            .map(|(lint, reason)| Inactive {
                lint: lint.name,
                reason,
            })
            .collect(),
        errors: report
            .troubles
            .iter()
            .map(|trouble| ErrorRow {
                kind: trouble.kind,
                path: trouble.path.as_deref(),
                line: trouble.line.map(|(line, _)| line),
                column: trouble.line.map(|(_, column)| column),
                message: &trouble.message,
            })
            .collect(),
    }
}

fn base_row<'a>(name: &'a str, rev: &'a str, scope: Scope) -> Base<'a> {
    Base {
        name,
        rev: Some(rev).filter(|rev| !rev.is_empty()),
        scope: scope.as_str(),
    }
}

fn shard_row(shards: &Shards) -> ShardRow<'_> {
    let mut indices = shards.files.keys();
    let one = indices.next().filter(|_| indices.next().is_none());
    ShardRow {
        index: one.copied(),
        count: shards.count,
        files: Some(&shards.files).filter(|_| one.is_none()),
    }
}

fn part_row(part: &Part) -> PartRow<'_> {
    PartRow {
        project: part.project.as_deref(),
        settings_digest: format!("b3:{}", part.settings_digest),
        input_digest: format!("b3:{}", part.input_digest),
        vcs: part.vcs,
        shard: part.shard.as_ref().map(shard_row),
        base: part
            .base
            .as_ref()
            .map(|(name, rev, scope)| base_row(name, rev, *scope)),
        files: part.files,
    }
}

fn safety(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "safe",
        Safety::Unsafe => "unsafe",
    }
}

fn finding<'a>(
    report: &Report,
    settled: &'a Settled,
    sources: &Sources<'a>,
    fingerprint: String,
    lines: &mut LineNames,
) -> FindingRow<'a> {
    let finding = &settled.finding;
    let file = sources.get(finding.at.file);
    let row = |at: Span| {
        let file = sources.get(at.file);
        (path_row(&file.source.path), range(file, at.range))
    };
    let (path, at) = row(finding.at);
    let project = file.source.project.as_deref();
    let fix = finding.fix.as_ref();
    FindingRow {
        project: project.filter(|_| report.project.is_none()),
        lint: finding.lint.name,
        level: settled.level.as_str(),
        state: match settled.state {
            State::Active => "active",
            State::Allowed { .. } => "allowed",
            State::Baselined => "baselined",
        },
        change: settled.change.map(Change::as_str),
        message: &finding.message,
        path,
        hosts: file.source.hosts.iter().map(String::as_str).collect(),
        place: &settled.place,
        fingerprint,
        line_hash: lines.of(file, finding.at),
        range: at,
        labels: finding
            .labels
            .iter()
            .map(|label| {
                let (path, range) = row(label.at);
                LabelRow {
                    path,
                    range,
                    message: &label.message,
                }
            })
            .collect(),
        notes: &finding.notes,
        help: finding.help.as_deref(),
        allow: match &settled.state {
            State::Active | State::Baselined => None,
            State::Allowed { line, reason } => Some(AllowRow {
                line: *line,
                reason: reason.as_deref(),
            }),
        },
        fix: fix
            .filter(|fix| file.permits(fix))
            .map(|fix| fix_row(fix, file)),
        hidden_fix: fix
            .filter(|fix| !file.permits(fix))
            .map(|fix| safety(fix.safety)),
    }
}

fn fix_row<'a>(fix: &'a Fix, file: &Shown<'a>) -> FixRow<'a> {
    let edit = |edit: &'a Edit| EditRow {
        range: range(file, edit.range),
        text: &edit.text,
    };
    FixRow {
        title: &fix.title,
        safety: safety(fix.safety),
        edits: fix.edits.iter().map(edit).collect(),
        between: file.between(fix).unwrap_or_default(),
    }
}

fn range(file: &Shown<'_>, range: TextRange) -> RangeRow {
    let place = |offset: TextSize| {
        let place = file.places.position(offset);
        PlaceRow {
            byte: place.byte,
            line: place.line,
            column: place.column,
            utf16: place.utf16,
            utf8: place.byte_column,
        }
    };
    RangeRow {
        start: place(range.start()),
        end: place(range.end()),
    }
}

fn path_row(path: &RepoPath) -> PathRow {
    match std::str::from_utf8(path.bytes()) {
        Ok(text) => PathRow {
            path: text.to_owned(),
            path_bytes: None,
        },
        Err(_) => PathRow {
            path: sanitise::bytes(path.bytes()),
            path_bytes: Some(base64(path.bytes())),
        },
    }
}

/// A digest of the path and contents of every file that was checked.
fn input_digest(report: &Report) -> String {
    if let Some(digest) = &report.input_digest {
        return digest.clone();
    }
    let mut hasher = blake3::Hasher::new();
    for (path, text) in &report.inputs {
        hasher.update(&(path.bytes().len() as u64).to_le_bytes());
        hasher.update(path.bytes());
        hasher.update(&[u8::from(text.has_bom())]);
        hasher.update(blake3::hash(text.contents().as_bytes()).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Writes a value as JSON, indented, with a line end.
///
/// # Errors
/// When the output cannot be written.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_with(PrettyFormatter::new(), value, out)
}

/// Writes a value as JSON on one line.
///
/// # Errors
/// When the output cannot be written.
pub fn write_line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_with(CompactFormatter, value, out)
}

fn write_with(
    formatter: impl Formatter,
    value: &impl Serialize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Careful(formatter));
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Lays out as another formatter does, and escapes what [`sanitise`] would.
struct Careful<F>(F);

impl<F: Formatter> Formatter for Careful<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut kept = 0;
        for (at, c) in fragment.char_indices() {
            // A tab never gets here: the serialiser writes `\t`.
            if sanitise::is_hidden(c) || (c == '#' && sanitise::is_command(&fragment[at..])) {
                out.write_all(&fragment.as_bytes()[kept..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
                kept = at + c.len_utf8();
            }
        }
        out.write_all(&fragment.as_bytes()[kept..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= chunk.len() {
                let index = bits >> (18 - 6 * digit) & 63;
                out.push(char::from(DIGITS[index as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn printed(report: &Report) -> String {
        let mut out = Vec::new();
        print(report, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_whole_document() {
        insta::assert_snapshot!(printed(&fixture::report()));
    }

    #[test]
    fn lines_say_the_same() {
        let report = fixture::report();
        let mut out = Vec::new();
        print_lines(&report, &Style::default(), &mut out).unwrap();
        let lines: Vec<serde_json::Value> = String::from_utf8(out)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let whole: serde_json::Value = serde_json::from_str(&printed(&report)).unwrap();
        let mut lines = lines.into_iter();
        for finding in whole["findings"].as_array().unwrap() {
            let mut line = lines.next().unwrap();
            assert_eq!(
                line.as_object_mut().unwrap().remove("type").unwrap(),
                "finding"
            );
            assert_eq!(line, *finding);
        }
        let last = lines.next().unwrap();
        assert_eq!(last["type"], "summary");
        assert_eq!(last["summary"], whole["summary"]);
        assert_eq!(last.get("findings"), None);
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn an_empty_report() {
        insta::assert_snapshot!(printed(&Report::default()));
    }

    #[test]
    fn hidden_characters_are_escapes_and_come_back() {
        let nasty = "\u{1b}\u{9b}\u{2028}\u{202e}\u{e0041}\u{7f}\t ##[x] ##vso[y] \"é𐐀\"";
        let mut out = Vec::new();
        write(&nasty, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(!out.trim_end_matches('\n').chars().any(sanitise::is_hidden));
        assert!(!out.contains("##[") && !out.contains("##vso["));
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), nasty);
    }

    #[test]
    fn base64_of_every_length() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
