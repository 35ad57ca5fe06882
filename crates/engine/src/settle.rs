//! From [`Checked`] to a report: levels, allows, order.

use lint_api::report::{Report, Settled, Source, State};
use lint_api::{Level, Lint};

use crate::{Checked, Settings};

/// The lints that run somewhere, sorted by name, with the level that they have where no override speaks.
fn active_lints(settings: &Settings) -> Vec<(&'static Lint, Level)> {
    let mut lints: Vec<_> = settings
        .names()
        .lints()
        .iter()
        .enumerate()
        .filter(|(index, _)| !settings.off_everywhere(*index))
        .map(|(index, lint)| (*lint, settings.usual_level(index)))
        .collect();
    lints.sort_by_key(|(lint, _)| lint.name);
    lints
}

/// Gives every finding its level, drops what is off or not asked for, and sorts.
#[must_use]
pub fn settle(checked: Checked, settings: &Settings) -> Report {
    let mut report = Report {
        files: checked.repo.files.len(),
        troubles: checked.troubles,
        skipped: checked.skipped,
        notes: checked.notes,
        base: checked
            .repo
            .base
            .as_ref()
            .map(|base| (base.name.clone(), base.rev.clone())),
        inputs: checked
            .repo
            .files
            .iter()
            .map(|file| (file.path.clone(), file.text.clone()))
            .collect(),
        vcs: if checked.repo.git.is_some() {
            "git"
        } else {
            "none"
        },
        lints: active_lints(settings),
        inactive: checked.inactive,
        settings_digest: settings.digest.clone(),
        ..Report::default()
    };
    for finding in checked.findings {
        let file = checked.repo.file(finding.at.file);
        if !settings.reports(&file.path) {
            continue;
        }
        let level = settings
            .level(finding.lint, &file.path)
            .shift(finding.steps);
        if level == Level::Off {
            continue;
        }
        for id in finding
            .labels
            .iter()
            .map(|label| label.at.file)
            .chain([file.id])
        {
            let file = checked.repo.file(id);
            report.sources.entry(id).or_insert_with(|| Source {
                path: file.path.clone(),
                text: file.text.clone(),
                masks: file.facts.secrets.masks.clone(),
            });
        }
        report.findings.push(Settled {
            finding,
            level,
            state: State::Active,
            place: String::new(),
        });
    }
    report.findings.sort_by(|a, b| {
        let key = |s: &Settled| {
            (
                s.finding.at.file,
                s.finding.at.range.start(),
                s.finding.at.range.end(),
                s.finding.lint.name,
            )
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.finding.message.cmp(&b.finding.message))
    });
    report
}
