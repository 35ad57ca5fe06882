//! Instead of findings: how often each lint spoke.

use std::collections::BTreeMap;
use std::io::{self, Write};

use lint_api::{Level, Report, Safety};
use serde::Serialize;

use crate::{Style, json, shown};

/// A form of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Aligned columns.
    Text,
    /// A JSON array.
    Json,
    /// A Markdown table.
    Markdown,
}

/// One lint.
#[derive(Debug, Serialize)]
struct Row {
    lint: &'static str,
    level: &'static str,
    count: usize,
    fixable_safe: usize,
    fixable_unsafe: usize,
}

/// Prints one row per lint that has active findings, the most frequent first, then by name. The level is the highest
/// that any of them has.
///
/// # Errors
/// When the output cannot be written.
pub fn print(form: Form, report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut by_lint: BTreeMap<&'static str, (Level, Row)> = BTreeMap::new();
    let all = Style {
        min_level: Level::Info,
        ..style.clone()
    };
    let style = if form == Form::Json { &all } else { style };
    for settled in shown(report, style) {
        let name = settled.finding.lint.name;
        let (level, row) = by_lint.entry(name).or_insert((
            settled.level,
            Row {
                lint: name,
                level: "",
                count: 0,
                fixable_safe: 0,
                fixable_unsafe: 0,
            },
        ));
        *level = (*level).max(settled.level);
        row.count += 1;
        match settled.finding.fix.as_ref().map(|fix| fix.safety) {
            Some(Safety::Safe) => row.fixable_safe += 1,
            Some(Safety::Unsafe) => row.fixable_unsafe += 1,
            None => {}
        }
    }
    let mut rows: Vec<Row> = by_lint
        .into_values()
        .map(|(level, row)| Row {
            level: level.as_str(),
            ..row
        })
        .collect();
    rows.sort_by(|a, b| b.count.cmp(&a.count).then(a.lint.cmp(b.lint)));
    match form {
        Form::Json => json::write(&rows, out),
        Form::Markdown => {
            writeln!(
                out,
                "| lint | level | findings | safe fixes | unsafe fixes |"
            )?;
            writeln!(out, "|---|---|---:|---:|---:|")?;
            for row in rows {
                writeln!(
                    out,
                    "| `{}` | {} | {} | {} | {} |",
                    row.lint, row.level, row.count, row.fixable_safe, row.fixable_unsafe
                )?;
            }
            Ok(())
        }
        Form::Text => {
            let width = rows.iter().map(|row| row.lint.len()).max().unwrap_or(0);
            for row in rows {
                let fixable = match (row.fixable_safe, row.fixable_unsafe) {
                    (0, 0) => String::new(),
                    (safe, 0) => format!("  {safe} fixable"),
                    (0, guess) => format!("  {guess} with an unsafe fix"),
                    (safe, guess) => format!("  {safe} fixable, {guess} with an unsafe fix"),
                };
                let line = format!(
                    "{:>7}  {:<5}  {:<width$}{fixable}",
                    row.count, row.level, row.lint
                );
                writeln!(out, "{}", line.trim_end())?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn three_forms() {
        let report = fixture::report();
        let shown = |form| {
            let mut out = Vec::new();
            print(form, &report, &Style::default(), &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        insta::assert_snapshot!("text", shown(Form::Text));
        insta::assert_snapshot!("json", shown(Form::Json));
        insta::assert_snapshot!("markdown", shown(Form::Markdown));
    }
}
