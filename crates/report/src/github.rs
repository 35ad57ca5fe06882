//! Annotations of GitHub Actions: workflow commands on stdout, the most severe first.

use std::cmp::Reverse;
use std::io::{self, Write};

use lint_api::report::Settled;
use lint_api::{Level, Report};

use crate::{Sources, sanitise};

/// GitHub shows ten of each level and step; more than this would only fill the log.
const MOST: usize = 50;

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let mut findings: Vec<&Settled> = report.active().collect();
    findings.sort_by_key(|settled| Reverse(settled.level));
    for settled in findings.iter().take(MOST) {
        let finding = &settled.finding;
        let file = sources.get(finding.at.file);
        let start = file.places.position(finding.at.range.start());
        let end = file.places.position(finding.at.range.end());
        let command = match settled.level {
            Level::Error => "error",
            Level::Warn => "warning",
            Level::Info | Level::Off => "notice",
        };
        write!(
            out,
            "::{command} title=nivis {},file={},line={},endLine={},col={}",
            finding.lint.name,
            property(&sanitise::bytes(file.source.path.bytes())),
            start.line,
            end.line,
            start.column
        )?;
        if start.line == end.line {
            write!(out, ",endColumn={}", end.column)?;
        }
        write!(out, "::{}", data(&sanitise::text(&finding.message)))?;
        if let Some(help) = &finding.help {
            write!(out, "%0Ahelp: {}", data(&sanitise::text(help)))?;
        }
        writeln!(out)?;
    }
    match findings.len().saturating_sub(MOST) {
        0 => Ok(()),
        1 => writeln!(
            out,
            "::notice title=nivis::1 more finding is not shown here"
        ),
        more => writeln!(
            out,
            "::notice title=nivis::{more} more findings are not shown here"
        ),
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(report: &Report) -> String {
        let mut out = Vec::new();
        print(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn commands() {
        insta::assert_snapshot!(printed(&crate::fixture::report()));
    }

    #[test]
    fn many_are_cut_off() {
        let mut report = crate::fixture::report();
        let one = report.findings.last().unwrap().clone();
        let error = report.findings[0].clone();
        report.findings = vec![one; 60]
            .into_iter()
            .map(|settled| Settled {
                state: lint_api::report::State::Active,
                ..settled
            })
            .chain([error])
            .collect();
        let printed = printed(&report);
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.len(), MOST + 1);
        assert!(lines[0].starts_with("::error "));
        assert!(lines[MOST].ends_with("::11 more findings are not shown here"));
    }
}
