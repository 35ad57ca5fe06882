//! `nivis merge`: one report of several.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use engine::Error;
use lint_api::report::Trouble;
use report::merge::{Merged, SHARD};
use report::{Style, sanitise, summary};

use crate::args::{self, MergeArgs};
use crate::{check, output};

/// Runs the command and gives the exit code.
///
/// # Errors
/// When a report cannot be read, they do not go together, or a shard is missing or there twice.
pub fn run(args: &MergeArgs) -> Result<u8, Error> {
    let begin = Instant::now();
    let outputs = args.output_file.iter();
    let outputs = outputs
        .map(|value| args::output_file(value).map_err(Error::new))
        .collect::<Result<Vec<_>, Error>>()?;
    let mut read: Vec<(&PathBuf, Merged)> = Vec::new();
    for path in &args.reports {
        let bytes = check::read_file("REPORT", path)?;
        let report = Merged::read(&bytes);
        read.push((path, report.map_err(|error| at(path, error))?));
    }
    let mut wrong = Vec::new();
    for (index, (path, report)) in read.iter().enumerate() {
        for (before, other) in &read[..index] {
            let (one, two) = (before.display(), path.display());
            let doubled = other.doubled(report).into_iter();
            wrong.extend(doubled.map(|it| format!("{it}: in {one} and in {two}")));
        }
    }
    let mut all: Option<Merged> = None;
    for (path, report) in read {
        all = Some(match all {
            None => report,
            Some(all) => all.and(report).map_err(|error| at(path, error))?,
        });
    }
    let all = all.ok_or_else(|| Error::new("REPORT: there is none"))?;
    wrong.extend(all.missing());
    if !wrong.is_empty() && !args.allow_missing {
        return Err(Error::new(wrong.join("; ")));
    }

    let lints = crate::all().map(|lint| (lint.name, lint)).collect();
    let mut report = all.report(&lints);
    report
        .troubles
        .extend(wrong.into_iter().map(|message| Trouble {
            kind: SHARD,
            path: None,
            line: None,
            message,
        }));
    let style = Style {
        min_level: args.min_level.level(),
        notes: args.quiet == 0,
        fail_on: args.fail_on.level(),
        category: args.sarif_category.clone(),
        ..check::style(args.color, false)
    };
    check::write_reports(&outputs, &mut report, &style);
    if args.quiet < 2 {
        let printed = output::to_stdout(|out| report::print(args.format, &report, &style, out));
        if let Err(error) = printed {
            report.troubles.push(check::not_written("stdout", &error));
        }
    }
    let mut err = io::stderr().lock();
    for it in &report.troubles {
        let _ = writeln!(err, "error: {}", sanitise::text(&it.to_string()));
    }
    if args.quiet == 0 {
        let _ = writeln!(err, "{}", summary::line(&report, &style, begin.elapsed()));
    }
    match report.exit_code(style.fail_on) {
        1 if args.exit_zero => Ok(0),
        code => Ok(code),
    }
}

fn at(path: &std::path::Path, message: String) -> Error {
    Error::at(path.display().to_string(), message)
}
