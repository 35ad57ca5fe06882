//! Users' rules: made into lints for the engine, and `nivis rules test`, which tries their examples.

use std::io::{self, Write};

use engine::config::Config;
use engine::names::Names;
use engine::rules::{self, RuleText, Taken};
use engine::tried::{Tried, try_out};
use engine::{Error, Flags};
use lint_api::Lint;
use lint_api::syntax::parse::Limits;
use lint_api::syntax::{Text, TextRange};
use patterns::{Example, OwnLint, Source};
use report::masks::{MASK, Masks};
use report::sanitise;

use crate::args::{RulesCommand, RulesTestArgs};
use crate::check::working_directory;
use crate::repository::say;
use crate::{cannot_write, output};

/// The path of an example that names none.
const PATH: &str = "example.nix";

/// Makes lints of rules, for the engine.
///
/// # Errors
/// When a rule is wrong, or has the name of something else.
pub fn of_rules(texts: &[RuleText], taken: &Taken<'_>) -> Result<Vec<&'static Lint>, Error> {
    Ok(load(texts, taken)?.into_iter().map(|it| it.lint).collect())
}

fn load(texts: &[RuleText], taken: &Taken<'_>) -> Result<Vec<OwnLint>, Error> {
    let sources: Vec<Source> = texts
        .iter()
        .map(|it| Source {
            path: it.file.path.clone(),
            text: it.file.text.clone(),
            mixed: it.settings,
        })
        .collect();
    patterns::load(&sources, taken).map_err(|error| Error {
        path: Some(error.path),
        line: Some(error.line),
        message: error.message,
    })
}

/// Runs the command and gives the exit code: 1 when an example does not hold.
///
/// # Errors
/// When a rule is wrong, or a file cannot be read.
pub fn run(command: &RulesCommand) -> Result<u8, Error> {
    let RulesCommand::Test(args) = command;
    let texts = texts(args)?;
    let names = Names::new(crate::all());
    let taken = engine::rules::taken(&names);
    let own = load(&texts, &taken)?;
    let mut out = Vec::new();
    let (mut tried, mut wrong) = (0, 0);
    for it in &own {
        if it.examples.is_empty() {
            say(&format!("note: `{}` has no examples", it.lint.name));
        }
        for example in &it.examples {
            tried += 1;
            let said = try_example(it.lint, example)?;
            if said.is_empty() {
                continue;
            }
            wrong += 1;
            let place = format!("{}:{}", it.path, example.line);
            let kind = if example.flagged { "flagged" } else { "clean" };
            let place = sanitise::at_line_start(place.as_bytes());
            out.push(format!(
                "{place}: `{}`, a {kind} example: {}",
                it.lint.name, said[0]
            ));
            out.extend(said[1..].iter().map(|line| format!("    {line}")));
        }
    }
    let count = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let verdict = match wrong {
        0 => "all hold".to_owned(),
        1 => "1 does not hold".to_owned(),
        wrong => format!("{wrong} do not hold"),
    };
    let (rules, examples) = (count(own.len(), "rule"), count(tried, "example"));
    out.push(format!("{rules}, {examples}: {verdict}"));
    let print = |to: &mut dyn Write| -> io::Result<()> {
        out.iter().try_for_each(|line| writeln!(to, "{line}"))
    };
    output::to_stdout(print).map_err(|error| cannot_write(&error))?;
    Ok(u8::from(wrong > 0))
}

/// The texts of the rules that are meant.
fn texts(args: &RulesTestArgs) -> Result<Vec<RuleText>, Error> {
    if !args.files.is_empty() {
        return args.files.iter().map(|it| rules::read_named(it)).collect();
    }
    let root = engine::load::find_root(args.root.as_deref(), &[], &working_directory()?)?;
    let flags = Flags {
        config: args.config.clone(),
        ..Flags::default()
    };
    let Some(file) = engine::config::find(&flags, &root)? else {
        return Ok(Vec::new());
    };
    rules::read(&flags, &root, &file, &Config::read(&file)?)
}

/// What is wrong with an example: a line, and more lines that show it; empty when it holds.
fn try_example(lint: &'static Lint, example: &Example) -> Result<Vec<String>, Error> {
    let text = Text::new(example.nix.as_str());
    let place = |at: TextRange| {
        let place = text.position(at.start());
        format!("{}:{}", place.line, place.column)
    };
    let parsed = lint_api::syntax::parse(text.contents(), Limits::default());
    if let Some(fault) = parsed.faults.first() {
        let words = sanitise::text(&fault.message);
        return Ok(vec![format!(
            "it does not parse: {}: {words}",
            place(fault.at)
        )]);
    }
    let path = example.path.as_deref().unwrap_or(PATH);
    let tried = try_out(lint, path, text.contents(), example.class)?;
    let findings: Vec<String> = tried
        .report
        .active()
        .map(|it| {
            let words = sanitise::text(&it.finding.message);
            format!("{}: {words}", place(it.finding.at.range))
        })
        .collect();
    if !example.flagged {
        return Ok(match findings.is_empty() {
            true => Vec::new(),
            false => std::iter::once("something is found".to_owned())
                .chain(findings)
                .collect(),
        });
    }
    if findings.is_empty() {
        let mut said = vec!["nothing is found in".to_owned()];
        said.extend(lines(text.contents(), &tried.masks));
        return Ok(said);
    }
    match &example.fixed {
        Some(expected) => compare(lint, example, &tried, expected),
        None => Ok(Vec::new()),
    }
}

/// What a fix made, and what it should have made.
fn compare(
    lint: &'static Lint,
    example: &Example,
    tried: &Tried,
    expected: &str,
) -> Result<Vec<String>, Error> {
    let (found, troubles) = &tried.fixed;
    if found.trim() == expected.trim() && troubles.is_empty() {
        return Ok(Vec::new());
    }
    let path = example.path.as_deref().unwrap_or(PATH);
    let shown = |text: &str| -> Result<Vec<String>, Error> {
        let masks = try_out(lint, path, text, example.class)?.masks;
        Ok(lines(text, &masks))
    };
    let mut said = vec!["the fix makes".to_owned()];
    said.extend(shown(found)?);
    said.push("and should make".to_owned());
    said.extend(shown(expected)?);
    said.extend(troubles.iter().map(|it| sanitise::text(it)));
    Ok(said)
}

/// The lines of a text as they may be shown.
fn lines(text: &str, masks: &[TextRange]) -> Vec<String> {
    let mut masked = String::new();
    Masks::new(masks).write_masked(text, MASK, &mut masked);
    let lines = masked.trim().lines();
    lines
        .map(|line| format!("| {}", sanitise::text(line)))
        .collect()
}
