//! Format `gitlab`: a report of GitLab's Code Quality. Lines only; fingerprints are unique in the report.

use std::io::{self, Write};

use lint_api::report::State;
use lint_api::{Group, Level, Report};
use serde::Serialize;

use crate::{Sources, json, keys};

#[derive(Serialize)]
struct Row<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let rows: Vec<Row<'_>> = report
        .findings
        .iter()
        .zip(keys::fingerprints(report))
        .filter(|(settled, _)| settled.state == State::Active)
        .map(|(settled, fingerprint)| {
            let finding = &settled.finding;
            let file = sources.get(finding.at.file);
            let line = |offset| file.places.position(offset).line;
            Row {
                description: &finding.message,
                check_name: finding.lint.name,
                fingerprint,
                severity: match settled.level {
                    Level::Error if finding.lint.group == Group::Secrets => "blocker",
                    Level::Error => "critical",
                    Level::Warn => "major",
                    Level::Info | Level::Off => "info",
                },
                location: Location {
                    path: crate::sanitise::bytes(file.source.path.bytes()),
                    lines: Lines {
                        begin: line(finding.at.range.start()),
                        end: line(finding.at.range.end()),
                    },
                },
            }
        })
        .collect();
    json::write(&rows, out)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lint_api::Report;
    use serde_json::Value;

    fn printed(report: &Report) -> String {
        let mut out = Vec::new();
        super::print(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report() {
        let printed = printed(&crate::fixture::report());
        insta::assert_snapshot!(printed);
        let read: Vec<Value> = serde_json::from_str(&printed).unwrap();
        let severities = ["info", "minor", "major", "critical", "blocker"];
        let mut fingerprints = BTreeSet::new();
        for row in &read {
            assert!(severities.contains(&row["severity"].as_str().unwrap()));
            assert!(row["location"]["lines"]["begin"].as_u64() >= Some(1));
            assert!(fingerprints.insert(row["fingerprint"].as_str().unwrap().to_owned()));
        }
    }

    #[test]
    fn a_clean_run_is_an_empty_list() {
        assert_eq!(printed(&Report::default()), "[]\n");
    }
}
