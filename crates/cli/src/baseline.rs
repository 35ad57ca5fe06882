//! `nivis baseline`: writes down the findings of now, and takes out what is gone. Nothing else adds to a baseline.

use engine::baseline::{Baseline, FILE_NAME};
use engine::{Error, Flags, Plan, Settings};
use lint_api::Report;
use report::sanitise;

use crate::args::{BaselineCommand, BaselinePruneArgs, BaselineWriteArgs};
use crate::repository::{self, say};

/// Runs the command and gives the exit code.
///
/// # Errors
/// When the repository cannot be checked or the baseline not be written.
pub fn run(command: &BaselineCommand) -> Result<u8, Error> {
    match command {
        BaselineCommand::Write(args) => write(args),
        BaselineCommand::Prune(args) => prune(args),
    }
}

fn write(args: &BaselineWriteArgs) -> Result<u8, Error> {
    let flags = Flags {
        select: args.select.clone(),
        without_baseline: true,
        ..Flags::default()
    };
    let settings = repository::open(&args.at, &[], flags)?;
    let named = settings.baseline_path.is_some();
    let path = settings.baseline_path.clone();
    let path = path.unwrap_or_else(|| FILE_NAME.to_owned());
    let full = settings.root.join(&path);
    let old = if repository::is_there(&full) {
        if !args.replace {
            return Err(Error::at(
                path,
                "is there already: --replace writes over it",
            ));
        }
        read(&settings, &path)?
    } else {
        Baseline::default()
    };
    let report = check(&settings)?;
    let mut new = Baseline::of(&report);
    if !args.select.is_empty() {
        let chosen = |lint: &str| report.lints.iter().any(|(ran, _)| ran.name == lint);
        new.keep_from(&old, |lint| !chosen(lint));
    }
    repository::write(&settings.root, &path, &new.render())?;
    for (lint, (more, fewer)) in new.compared(&old) {
        if args.replace {
            say(&format!("{lint}: +{more} -{fewer}"));
        }
    }
    let count = match new.len() {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    say(&format!("wrote {}: {count}", sanitise::text(&path)));
    if !named {
        say(&format!(
            "note: `baseline = \"{path}\"` in nivis.toml makes `nivis check` use it"
        ));
    }
    Ok(0)
}

fn prune(args: &BaselinePruneArgs) -> Result<u8, Error> {
    let mut settings = repository::open(&args.at, &[], Flags::default())?;
    let path = match &settings.baseline_path {
        Some(path) => path.clone(),
        None => {
            let baseline = read(&settings, FILE_NAME)?;
            settings.baseline = Some(std::sync::Arc::new(baseline));
            FILE_NAME.to_owned()
        }
    };
    let report = check(&settings)?;
    for it in &report.outlived {
        let place = if it.place.is_empty() { "-" } else { &it.place };
        let line = format!("{}: {}: {place}: {} left", it.path, it.lint, it.found);
        say(&sanitise::text(&line));
    }
    if report.outlived.is_empty() {
        say("nothing to prune");
        return Ok(0);
    }
    if args.check {
        return Ok(1);
    }
    let mut baseline = match &settings.baseline {
        Some(baseline) => Baseline::clone(baseline),
        None => Baseline::default(),
    };
    baseline.prune(&report.outlived);
    repository::write(&settings.root, &path, &baseline.render())?;
    say(&format!("wrote {}", sanitise::text(&path)));
    Ok(0)
}

fn read(settings: &Settings, path: &str) -> Result<Baseline, Error> {
    let text = engine::baseline::read(&settings.root, path)?;
    Baseline::parse(&text, settings.names())
}

/// Checks the whole repository. What could not be checked must not look like what is gone.
fn check(settings: &Settings) -> Result<Report, Error> {
    let plan = Plan::new(settings);
    let report = engine::pool::install(settings.threads, || -> Result<Report, Error> {
        let mut input = engine::load(settings)?;
        repository::load_pins(&mut input, &plan, settings)?;
        let checked = engine::check(input, &plan, settings);
        Ok(engine::settle(checked, settings))
    })??;
    for trouble in &report.troubles {
        say(&format!("error: {}", sanitise::text(&trouble.to_string())));
    }
    if report.troubles.is_empty() {
        return Ok(report);
    }
    Err(Error::new(
        "nothing was written: not everything could be checked",
    ))
}
