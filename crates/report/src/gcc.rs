//! `path:line:col: level: message [lint]` as a compiler would say it: columns are bytes, for editors that read `%f:%l:%c`.

use std::io::{self, Write};

use lint_api::Report;

use crate::{Sources, sanitise, word};

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    for settled in report.active() {
        let finding = &settled.finding;
        let file = sources.get(finding.at.file);
        let place = file.places.position(finding.at.range.start());
        writeln!(
            out,
            "{}:{}:{}: {}: {} [{}]",
            sanitise::at_line_start(file.source.path.bytes()),
            place.line,
            place.byte_column,
            word(settled.level),
            sanitise::text(&finding.message),
            finding.lint.name
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_bytes() {
        let mut out = Vec::new();
        super::print(&crate::fixture::report(), &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
