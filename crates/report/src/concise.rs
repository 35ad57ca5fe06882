//! `path:line:col: level: message [lint]`, one line each.

use std::io::{self, Write};

use lint_api::Report;

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for settled in report.active() {
        let source = &report.sources[&settled.finding.at.file];
        let place = source.text.position(settled.finding.at.range.start());
        writeln!(
            out,
            "{}:{}:{}: {}: {} [{}]",
            source.path,
            place.line,
            place.column,
            settled.level,
            settled.finding.message,
            settled.finding.lint.name
        )?;
    }
    Ok(())
}
