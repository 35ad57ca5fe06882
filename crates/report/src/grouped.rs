//! By file: the path as a heading, below it `line:col  level  message  lint`, in columns.

use std::io::{self, Write};

use lint_api::Report;
use lint_api::report::Settled;

use crate::{Sources, Style, sanitise, shown, word};

/// Prints the active findings.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let findings: Vec<&Settled> = shown(report, style).collect();
    for (index, group) in findings
        .chunk_by(|a, b| a.finding.at.file == b.finding.at.file)
        .enumerate()
    {
        let file = sources.get(group[0].finding.at.file);
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", sanitise::at_line_start(file.source.path.bytes()))?;
        let rows: Vec<[String; 3]> = group
            .iter()
            .map(|settled| {
                let place = file.places.position(settled.finding.at.range.start());
                [
                    format!("{}:{}", place.line, place.column),
                    word(settled.level).to_owned(),
                    sanitise::text(&settled.finding.message),
                ]
            })
            .collect();
        let width = |column: usize| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        // One long message must not push the names of all lints away.
        let (places, levels, messages) = (width(0), width(1), width(2).min(72));
        for (settled, [place, level, message]) in group.iter().zip(&rows) {
            writeln!(
                out,
                "  {place:>places$}  {level:<levels$}  {message:<messages$}  {}",
                settled.finding.lint.name
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_file() {
        let mut out = Vec::new();
        print(&crate::fixture::report(), &Style::default(), &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
