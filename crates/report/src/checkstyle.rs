//! Format `checkstyle`: XML by file, as many tools for Java read it. Columns are code points.

use std::io::{self, Write};

use lint_api::report::Settled;
use lint_api::{Level, Report};
use repo::FileId;

use crate::{Sources, xml};

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<checkstyle version=\"4.3\">")?;
    let mut last: Option<FileId> = None;
    for Settled { finding, level, .. } in report.active() {
        let file = sources.get(finding.at.file);
        if last != Some(finding.at.file) {
            if last.is_some() {
                writeln!(out, "  </file>")?;
            }
            writeln!(
                out,
                "  <file name=\"{}\">",
                xml::name(file.source.path.bytes())
            )?;
            last = Some(finding.at.file);
        }
        let place = file.places.position(finding.at.range.start());
        writeln!(
            out,
            "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"nivis.{}\"/>",
            place.line,
            place.column,
            severity(*level),
            xml::text(&finding.message),
            finding.lint.name
        )?;
    }
    if last.is_some() {
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Info | Level::Off => "info",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn by_file() {
        let mut out = Vec::new();
        super::print(&crate::fixture::report(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(crate::xml::is_well_formed(&out), "{out}");
        insta::assert_snapshot!(out);
    }
}
