//! The program `nivis`: one straight main.

mod allow;
mod args;
mod baseline;
mod cache;
mod check;
mod complete;
mod config;
mod explain;
mod graph;
mod init;
mod list;
mod merge;
mod migrate;
mod options;
mod output;
mod progress;
mod repository;
mod rewrite;
mod rules;
mod timing;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use engine::names::{Named, Names};
use engine::{Error, Flags, Lints, Settings};
use lint_api::{Group, Level, Lint};

use crate::args::{Args, Command, ExplainArgs, LintsArgs, ListFormat};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    engine::panics::keep_quiet();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let run = || match args.command {
        Command::Check(args) => check::run(*args),
        Command::Explain(args) => explain(&args),
        Command::Lints(args) => lints(&args),
        Command::Options(args) => options::run(&args),
        Command::Clean(args) => cache::clean(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Baseline(command) => baseline::run(&command),
        Command::Allow(args) => allow::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Completions(args) => complete::completions(&args),
        Command::Man(args) => complete::man(&args),
        Command::Rules(command) => rules::run(&command),
        Command::Server(_) => {
            let schemas = lsp::Schemas {
                folder: cache::folder(None, false),
                keep: cache::keep,
            };
            lsp::serve(catalogue(), check::day_of_source()?, schemas)
        }
    };
    let outcome = engine::panics::catch(run).unwrap_or_else(|place| {
        Err(Error::new(format!(
            "nivis {} panicked at {place}: please report this",
            report::VERSION
        )))
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            trouble(&error.to_string());
            ExitCode::from(2)
        }
    }
}

/// Every lint that nivis has.
fn all() -> impl Iterator<Item = &'static Lint> {
    lints::ALL.iter().chain(engine::own::ALL).copied()
}

/// Every lint that nivis has, and who makes lints of a user's rules.
fn catalogue() -> Lints {
    Lints {
        all: all().collect(),
        of_rules: Some(rules::of_rules),
    }
}

/// Says on stderr what went wrong.
fn trouble(message: &str) {
    // A stderr that is gone takes its words with it.
    let _ = writeln!(io::stderr(), "error: {}", report::sanitise::text(message));
}

/// Help, the version, or what is wrong with the arguments.
fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if !error.use_stderr() {
        let shown = output::to_stdout(|out| out.write_all(text.as_bytes()));
        return ExitCode::from(if shown.is_ok() { 0 } else { 2 });
    }
    // Arguments may be names of files that somebody else chose, with line ends in them.
    let lines: Vec<String> = text
        .lines()
        .map(|line| report::sanitise::at_line_start(line.as_bytes()))
        .collect();
    let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
    ExitCode::from(2)
}

fn cannot_write(error: &io::Error) -> Error {
    Error::new(format!("stdout cannot be written: {error}"))
}

fn explain(args: &ExplainArgs) -> Result<u8, Error> {
    let mut chosen: Vec<&'static Lint> = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    let own = Names::new(all());
    // The pages of nivis need no settings: they are read also where these are wrong.
    let is_own =
        |name: &String| !matches!(own.resolve(name), None | Some(Named::Group(Group::Rules)));
    let settings = if args.format == ListFormat::Json || !args.names.iter().all(is_own) {
        Some(repository_settings()?)
    } else {
        None
    };
    let names = settings.as_ref().map_or(&own, Settings::names);
    for name in &args.names {
        let named = names.resolve(name).ok_or_else(|| {
            let near = names.did_you_mean(name, true);
            Error::new(format!("no lint or group is called `{name}`{near}"))
        })?;
        if let Some(note) = names.explain(name, &named) {
            let _ = writeln!(io::stderr(), "note: {}", report::sanitise::text(&note));
        }
        match named {
            Named::Group(group) => groups.push(group),
            named => {
                let lints = names.covered(&named).into_iter();
                chosen.extend(lints.map(|lint| names.lints()[lint]));
            }
        }
    }
    let of_group = |group: Group| {
        let lints = names.lints().iter().copied();
        lints.filter(move |lint| lint.group == group)
    };
    if args.format == ListFormat::Json {
        // One document, whatever was asked for.
        chosen.extend(groups.drain(..).flat_map(of_group));
    }
    let with_level = |lint: &'static Lint| (lint, level(args.format, settings.as_ref(), lint));
    let chosen: Vec<_> = chosen.into_iter().map(with_level).collect();
    output::to_stdout(|out| {
        explain::print(args.format, &chosen, out)?;
        for (index, group) in groups.iter().enumerate() {
            if index > 0 || !chosen.is_empty() {
                writeln!(out)?;
            }
            if args.format == ListFormat::Text {
                writeln!(out, "{group}: {}\n", group.about())?;
            }
            let rows: Vec<_> = of_group(*group).map(with_level).collect();
            list::print(args.format, &rows, out)?;
        }
        Ok(())
    })
    .map_err(|error| cannot_write(&error))?;
    Ok(0)
}

fn lints(args: &LintsArgs) -> Result<u8, Error> {
    let settings = repository_settings()?;
    let lints = settings.names().lints().iter().copied();
    let rows: Vec<_> = lints
        .map(|lint| (lint, level(args.format, Some(&settings), lint)))
        .collect();
    output::to_stdout(|out| list::print(args.format, &rows, out))
        .map_err(|error| cannot_write(&error))?;
    Ok(0)
}

/// The level of a lint: for machines under the settings of this repository, for people as the catalogue has it.
fn level(format: ListFormat, settings: Option<&Settings>, lint: &'static Lint) -> Level {
    let under = |settings: &Settings| {
        let index = settings.names().index(lint.name)?;
        Some(settings.usual_level(index))
    };
    match format {
        ListFormat::Json => settings.and_then(under).unwrap_or(lint.level),
        ListFormat::Text | ListFormat::Markdown => lint.level,
    }
}

/// The settings of the repository that the working directory is in, without any flag.
fn repository_settings() -> Result<Settings, Error> {
    let root = engine::load::find_root(None, &[], &check::working_directory()?)?;
    let flags = Flags::default();
    let text = engine::config::find(&flags, &root)?;
    Settings::discover(&flags, &root, text.as_ref(), catalogue())
}
