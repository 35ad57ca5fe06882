//! Format `junit`: a test suite for each file, a failed case for each finding. Columns are code points.
//!
//! Notes of level `info` are cases that pass and say something; what went wrong with the world is a case in error. A clean
//! run is one case that passes, because readers take an empty report for a broken one. No time is in it.

use std::io::{self, Write};

use lint_api::report::Settled;
use lint_api::{Level, Report};

use crate::{Shown, Sources, xml};

/// Prints the active findings and what went wrong.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let findings: Vec<&Settled> = report.active().collect();
    let failures = failed(&findings);
    let errors = report.troubles.len();
    let total = findings.len() + errors;
    let clean = usize::from(total == 0);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"nivis\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\">",
        total + clean
    )?;
    for of_file in findings.chunk_by(|a, b| a.finding.at.file == b.finding.at.file) {
        let file = sources.get(of_file[0].finding.at.file);
        let path = xml::name(file.source.path.bytes());
        writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"{}\" failures=\"{}\" errors=\"0\">",
            of_file.len(),
            failed(of_file)
        )?;
        for settled in of_file {
            case(settled, file, &path, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    if errors + clean > 0 {
        writeln!(
            out,
            "  <testsuite name=\"nivis\" tests=\"{}\" failures=\"0\" errors=\"{errors}\">",
            errors + clean
        )?;
        for trouble in &report.troubles {
            let message = xml::text(&trouble.to_string());
            writeln!(
                out,
                "    <testcase name=\"{}\" classname=\"nivis\">\n      <error type=\"{}\" message=\"{message}\"/>\n    </testcase>",
                xml::text(trouble.kind),
                xml::text(trouble.kind)
            )?;
        }
        if clean > 0 {
            writeln!(out, "    <testcase name=\"nivis\" classname=\"nivis\"/>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn failed(findings: &[&Settled]) -> usize {
    let fails = |settled: &&&Settled| settled.level > Level::Info;
    findings.iter().filter(fails).count()
}

fn case(settled: &Settled, file: &Shown<'_>, path: &str, out: &mut dyn Write) -> io::Result<()> {
    let finding = &settled.finding;
    let place = file.places.position(finding.at.range.start());
    let message = xml::text(&finding.message);
    writeln!(
        out,
        "    <testcase name=\"{} {}:{}\" classname=\"{path}\">",
        finding.lint.name, place.line, place.column
    )?;
    let mut more = finding
        .notes
        .iter()
        .map(|note| xml::text(note))
        .collect::<Vec<_>>();
    more.extend(
        finding
            .help
            .iter()
            .map(|help| format!("help: {}", xml::text(help))),
    );
    if settled.level > Level::Info {
        let level = settled.level;
        writeln!(
            out,
            "      <failure type=\"{level}\" message=\"{message}\">{}</failure>",
            more.join("\n")
        )?;
    } else {
        more.insert(0, message);
        writeln!(out, "      <system-out>{}</system-out>", more.join("\n"))?;
    }
    writeln!(out, "    </testcase>")
}

#[cfg(test)]
mod tests {
    use lint_api::Report;

    use crate::{fixture, xml};

    fn printed(report: &Report) -> String {
        let mut out = Vec::new();
        super::print(report, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(xml::is_well_formed(&out), "{out}");
        out
    }

    #[test]
    fn cases() {
        insta::assert_snapshot!(printed(&fixture::report()));
    }

    #[test]
    fn a_clean_run_passes_one_case() {
        let printed = printed(&Report::default());
        assert!(printed.contains("<testcase name=\"nivis\" classname=\"nivis\"/>"));
        assert!(printed.contains("tests=\"1\" failures=\"0\" errors=\"0\""));
    }
}
