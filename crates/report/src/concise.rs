//! `path:line:col: level: message [lint]`, one line each. Columns are code points.

use std::io::{self, Write};

use lint_api::Report;

use crate::{Sources, Style, sanitise, shown, word};

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    for settled in shown(report, style) {
        let finding = &settled.finding;
        let file = sources.get(finding.at.file);
        let place = file.places.position(finding.at.range.start());
        writeln!(
            out,
            "{}:{}:{}: {}: {} [{}]",
            sanitise::at_line_start(file.source.path.bytes()),
            place.line,
            place.column,
            word(settled.level),
            sanitise::text(&finding.message),
            finding.lint.name
        )?;
    }
    Ok(())
}
