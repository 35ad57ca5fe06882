//! The last line on stderr: how many findings of each level, in how many files, and how long it took.

use std::collections::BTreeSet;
use std::time::Duration;

use lint_api::report::State;
use lint_api::{Level, Report, Safety};

use crate::Style;

/// What a report adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Active findings of level error.
    pub error: usize,
    /// Active findings of level warn.
    pub warn: usize,
    /// Active findings of level info.
    pub info: usize,
    /// Active findings with a safe fix.
    pub fixable_safe: usize,
    /// Active findings with an unsafe fix.
    pub fixable_unsafe: usize,
    /// Findings that an allow comment silences.
    pub allowed: usize,
    /// Findings that the baseline knows.
    pub baselined: usize,
}

impl Totals {
    /// Counts.
    #[must_use]
    pub fn of(report: &Report) -> Totals {
        let mut totals = Totals::default();
        for settled in &report.findings {
            match settled.state {
                State::Active => {}
                State::Allowed { .. } => {
                    totals.allowed += 1;
                    continue;
                }
                State::Baselined => {
                    totals.baselined += 1;
                    continue;
                }
            }
            match settled.level {
                Level::Error => totals.error += 1,
                Level::Warn => totals.warn += 1,
                Level::Info | Level::Off => totals.info += 1,
            }
            match settled.finding.fix.as_ref().map(|fix| fix.safety) {
                Some(Safety::Safe) => totals.fixable_safe += 1,
                Some(Safety::Unsafe) => totals.fixable_unsafe += 1,
                None => {}
            }
        }
        totals
    }
}

/// The line, without a line end.
#[must_use]
pub fn line(report: &Report, style: &Style, elapsed: Duration) -> String {
    let totals = Totals::of(report);
    let time = if elapsed < Duration::from_secs(10) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    };
    let files = plural(report.files, "file");
    let counts = counts(report, style);
    let hidden: usize = by_level(&totals)
        .filter(|(level, _, _)| *level < style.min_level)
        .map(|(_, count, _)| count)
        .sum();
    let mut parts = Vec::new();
    if counts.is_empty() {
        let clean = report.troubles.is_empty() && report.skipped.is_empty();
        parts.push(if clean {
            format!("clean: {files}")
        } else {
            format!("no findings in {files}")
        });
    } else {
        let with: BTreeSet<_> = report
            .active()
            .filter(|settled| settled.level >= style.min_level)
            .map(|settled| settled.finding.at.file)
            .collect();
        parts.push(format!("{counts} in {} of {files}", with.len()));
    }
    let fixed: usize = report.fixed.values().sum();
    if fixed > 0 {
        parts.push(format!("{fixed} fixed"));
    }
    match (totals.fixable_safe, totals.fixable_unsafe) {
        (0, 0) => {}
        (safe, 0) => parts.push(format!("{safe} fixable with --fix")),
        (0, guess) => parts.push(format!("{guess} fixable with --fix --unsafe-fixes")),
        (safe, guess) => parts.push(format!(
            "{safe} fixable with --fix, {guess} more with --unsafe-fixes"
        )),
    }
    let silenced: Vec<String> = [
        (totals.allowed, "allowed"),
        (totals.baselined, "in the baseline"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    if !silenced.is_empty() {
        parts.push(silenced.join(", "));
    }
    if hidden > 0 {
        parts.push(format!("{hidden} below `{}`", style.min_level));
    }
    if !report.skipped.is_empty() {
        parts.push(format!("{} not read", plural(report.skipped.len(), "file")));
    }
    if !report.troubles.is_empty() {
        parts.push(plural(report.troubles.len(), "trouble"));
    }
    if parts.len() == 1 && counts.is_empty() {
        format!("{}, {time}", parts[0])
    } else {
        parts.push(time);
        parts.join(" · ")
    }
}

/// `2 errors, 5 warnings`, of the findings that are shown; empty when there are none.
#[must_use]
pub fn counts(report: &Report, style: &Style) -> String {
    by_level(&Totals::of(report))
        .filter(|(level, count, _)| *level >= style.min_level && *count > 0)
        .map(|(_, count, noun)| plural(count, noun))
        .collect::<Vec<_>>()
        .join(", ")
}

fn by_level(totals: &Totals) -> impl Iterator<Item = (Level, usize, &'static str)> {
    [
        (Level::Error, totals.error, "error"),
        (Level::Warn, totals.warn, "warning"),
        (Level::Info, totals.info, "note"),
    ]
    .into_iter()
}

fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn clean_and_not() {
        let took = Duration::from_millis(31);
        let style = Style::default();
        let clean = Report {
            files: 412,
            ..Report::default()
        };
        assert_eq!(line(&clean, &style, took), "clean: 412 files, 31 ms");
        let report = fixture::report();
        insta::assert_snapshot!("all", line(&report, &style, took));
        let errors = Style {
            min_level: Level::Error,
            ..style
        };
        insta::assert_snapshot!("errors", line(&report, &errors, Duration::from_secs(12)));
    }
}
