//! Annotations of Azure Pipelines: logging commands on stdout, the most severe first. Columns are code points.

use std::cmp::Reverse;
use std::io::{self, Write};

use lint_api::report::Settled;
use lint_api::{Level, Report};

use crate::{Sources, sanitise};

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let mut findings: Vec<&Settled> = report.active().collect();
    findings.sort_by_key(|settled| Reverse(settled.level));
    for settled in findings {
        let finding = &settled.finding;
        let file = sources.get(finding.at.file);
        let place = file.places.position(finding.at.range.start());
        // There are two types only.
        let kind = match settled.level {
            Level::Error => "error",
            Level::Warn | Level::Info | Level::Off => "warning",
        };
        writeln!(
            out,
            "##vso[task.logissue type={kind};sourcepath={};linenumber={};columnnumber={};code={};]{}",
            value(&sanitise::bytes(file.source.path.bytes())),
            place.line,
            place.column,
            finding.lint.name,
            value(&sanitise::text(&finding.message))
        )?;
    }
    Ok(())
}

/// A property or a message.
fn value(text: &str) -> String {
    text.replace('%', "%AZP25")
        .replace(';', "%3B")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        let mut out = Vec::new();
        print(&crate::fixture::report(), &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    /// As the agent takes it apart: what was written comes back.
    #[test]
    fn values_come_back() {
        let nasty = "a;b]c%d%3B%AZP25\r\n";
        let read = value(nasty)
            .replace("%3B", ";")
            .replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%5D", "]")
            .replace("%AZP25", "%");
        assert_eq!(read, nasty);
    }
}
