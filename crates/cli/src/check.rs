//! `nivis check`: load, check, settle, print; with `--fix`, also write.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use engine::memo::Memo;
use engine::pins::Loaded;
use engine::timing::{self, Stage as Timed};
use engine::{Changed, Error, Fixed, Flags, Plan, Settings};
use lint_api::Report;
use lint_api::repo::date::Day;
use lint_api::report::{Scope, Trouble, Unresolved};
use report::{Format, Style, colour, diff, sanitise, statistics, summary};

use crate::args::{self, CheckArgs, Color, DiffScope, Vcs};
use crate::progress::{Progress, Stage};
use crate::{cache, output, rewrite, timing as clocks};

/// Runs the command and gives the exit code.
///
/// # Errors
/// When the job could not be begun: a wrong flag, settings, root or path.
pub fn run(args: CheckArgs) -> Result<u8, Error> {
    let begin = Instant::now();
    let files = args
        .output_file
        .iter()
        .map(|value| args::output_file(value).map_err(Error::new))
        .collect::<Result<Vec<_>, Error>>()?;
    let mut args = args;
    if args.diff
        && args.stdin_filename.is_none()
        && args.paths.iter().any(|it| it == Path::new("-"))
    {
        // `--diff -` is the diff that other tools take.
        args.paths.retain(|path| path != Path::new("-"));
        (args.diff, args.diff_from) = (false, Some(PathBuf::from("-")));
        if args.staged || args.diff_base.is_some() {
            return Err(Error::new("--diff -: not with --staged or --diff-base"));
        }
    }
    let args = args;
    let table = statistics_form(&args)?;
    let settings = settings(&args)?;
    // An empty list of files is nothing to do, not everything.
    let nothing = args.files0_from.is_some() && settings.paths.is_empty();

    let timing = settings.timing.clone();
    let timing = timing.as_deref();
    let plan = Plan::new(&settings);
    let wanted = engine::Wanted {
        guesses: args.unsafe_fixes,
        shown: args.diff,
        lint: None,
    };
    let fixing = args.fix || args.fix_only || args.diff;
    let seen = io::stderr().is_terminal() && args.quiet == 0;
    let progress = Progress::start(seen, colour::ascii(variable, seen));
    let at = &progress;
    let (mut loaded, mut memo) = (Loaded::default(), Memo::default());
    let Fixed {
        mut report,
        before,
        changed,
    } = engine::pool::install(settings.threads, || -> Result<Fixed, Error> {
        at.at(Stage::Reading);
        let mut input = if nothing {
            engine::Input::default()
        } else {
            timing::stage(timing, Timed::Read, || engine::load(&settings))?
        };
        if !fixing {
            let answer = timing::stage(timing, Timed::Answer, || {
                memo = Memo::open(&input, &plan, &settings);
                memo.answer(&input, &settings)
            });
            if let Some((report, used)) = answer {
                loaded.used = used;
                return Ok(Fixed {
                    report,
                    before: None,
                    changed: Vec::new(),
                });
            }
        }
        loaded = timing::stage(timing, Timed::Pins, || {
            engine::pins::load(&mut input, &plan, &settings)
        })?;
        at.at(if fixing {
            Stage::Fixing
        } else {
            Stage::Checking
        });
        if fixing {
            return Ok(engine::fix(input, &plan, &settings, wanted));
        }
        let checked = engine::check_with(input, &plan, &settings, &mut memo);
        let report = timing::stage(timing, Timed::Settle, || engine::settle(checked, &settings));
        memo.answer_is(&report, &loaded.lookups, &settings);
        Ok(Fixed {
            report,
            before: None,
            changed: Vec::new(),
        })
    })??;
    progress.end();

    // Where the new text goes to stdout, the report goes to stderr.
    let text_out = settings.stdin.as_ref().filter(|_| fixing && !args.diff);
    let style = Style {
        min_level: args.min_level.level(),
        notes: args.quiet == 0,
        fail_on: args.fail_on.level(),
        category: args.sarif_category.clone(),
        ..style(args.color, text_out.is_some())
    };
    let mut hunks = 0;
    if args.diff {
        // Nothing is written, so that the report is that of the old texts.
        if let Some(before) = before {
            let fixed = std::mem::replace(&mut report, before);
            report.troubles = fixed.troubles;
            report.notes = fixed.notes;
        }
        match print_diff(&changed, &mut report) {
            Ok(printed) => hunks = printed,
            Err(error) => report.troubles.push(not_written("stdout", &error)),
        }
    } else if let Some((_, text)) = text_out {
        let new = changed.first().map(|changed| {
            count(&mut report, changed);
            changed.after.to_bytes()
        });
        let new = new.as_ref().unwrap_or(text);
        if let Err(error) = output::to_stdout(|out| out.write_all(new)) {
            report.troubles.push(not_written("stdout", &error));
        }
    } else {
        write(&settings, &changed, &mut report);
    }

    report.project.clone_from(&args.project);
    if let Some(prefix) = &args.path_prefix {
        report.prefix_paths(prefix.as_bytes());
    }
    timing::stage(timing, Timed::Print, || {
        write_reports(&files, &mut report, &style);
    });
    let print = |out: &mut dyn Write| match table {
        _ if args.quiet >= 2 || args.fix_only || args.diff => Ok(()),
        Some(form) => statistics::print(form, &report, &style, out),
        None => report::print(args.format, &report, &style, out),
    };
    let printed = timing::stage(timing, Timed::Print, || {
        if text_out.is_some() {
            print(&mut io::stderr().lock())
        } else {
            output::to_stdout(print)
        }
    });
    if let Err(error) = printed {
        report.troubles.push(not_written("stdout", &error));
    }
    say(&args, &report, &style, begin);
    if let Some(timing) = timing {
        clocks::tell(timing, begin.elapsed());
    }
    cache::keep(&settings, &loaded);
    let kept = cache::keep_files(&settings, &memo);
    if let Some(words) = kept.filter(|_| args.verbose) {
        let _ = writeln!(io::stderr(), "{words}");
    }
    let code = match report.exit_code(style.fail_on) {
        2 => 2,
        _ if args.fix_only => 0,
        _ if args.diff => u8::from(hunks > 0),
        code => code,
    };
    match code {
        1 if args.exit_zero => Ok(0),
        code => Ok(code),
    }
}

/// Writes the reports of `--output-file`.
pub fn write_reports(files: &[(Format, PathBuf)], report: &mut Report, style: &Style) {
    let plain = Style {
        colour: false,
        links: false,
        ascii: false,
        ..style.clone()
    };
    for (format, path) in files {
        let written = output::to_file(path, |out| report::print(*format, report, &plain, out));
        if let Err(error) = written {
            let trouble = not_written(&path.to_string_lossy(), &error);
            report.troubles.push(trouble);
        }
    }
}

/// Writes the files that changed.
pub fn write(settings: &Settings, changed: &[Changed], report: &mut Report) {
    for it in changed {
        let (old, new) = (it.before.to_bytes(), it.after.to_bytes());
        match rewrite::rewrite(&settings.root, &it.path, &old, &new) {
            Ok(other_names) => {
                count(report, it);
                if other_names {
                    report.notes.push(format!(
                        "`{}` had other names (hard links), which keep the old text",
                        it.path
                    ));
                }
            }
            Err(error) => report
                .troubles
                .push(not_written(&it.path.to_string(), &error)),
        }
    }
}

fn count(report: &mut Report, changed: &Changed) {
    for (lint, count) in &changed.fixed {
        *report.fixed.entry(lint).or_default() += count;
    }
}

/// Prints the changes and gives the number of hunks.
///
/// # Errors
/// When stdout cannot be written.
pub fn print_diff(changed: &[Changed], report: &mut Report) -> io::Result<usize> {
    let mut total = diff::Printed::default();
    let terminal = io::stdout().is_terminal();
    output::to_stdout(|out| {
        for it in changed {
            let before = diff::Side {
                text: &it.before,
                masks: &it.masks_before,
            };
            let after = diff::Side {
                text: &it.after,
                masks: &it.masks_after,
            };
            let printed = diff::print(&it.path, before, after, terminal, out)?;
            total.hunks += printed.hunks;
            total.bare += printed.bare;
            if printed.left_out > 0 {
                report.notes.push(format!(
                    "`{}`: a change of a line with a secret is not shown",
                    it.path
                ));
            }
        }
        Ok(())
    })?;
    if total.bare > 0 {
        let note = "hunks beside a line with a secret have no context: `git apply --unidiff-zero`";
        report.notes.push(note.to_owned());
    }
    Ok(total.hunks)
}

/// What to say of a file that could not be written.
pub fn not_written(path: &str, error: &io::Error) -> Trouble {
    Trouble {
        kind: "io",
        path: Some(path.to_owned()),
        line: None,
        message: format!("cannot be written: {error}"),
    }
}

/// What goes to stderr: troubles, what `-v` asks for, the summary.
fn say(args: &CheckArgs, report: &Report, style: &Style, begin: Instant) {
    let mut err = io::stderr().lock();
    let mut note = |line: String| {
        let _ = writeln!(err, "{line}");
    };
    if args.verbose {
        note(format!("git: {}", report.vcs));
        if let Some((name, rev)) = &report.base {
            note(format!("base: {} ({rev})", sanitise::text(name)));
        }
        for (path, why) in &report.skipped {
            let path = sanitise::bytes(path.bytes());
            note(format!("not read: {path}: {}", sanitise::text(why)));
        }
        for it in &report.unresolved {
            note(unresolved(it));
        }
        for (lint, why) in &report.inactive {
            note(format!("inactive: {}: {}", lint.name, sanitise::text(why)));
        }
        for (lint, count) in &report.fixed {
            note(format!("fixed: {lint}: {count}"));
        }
    }
    if args.quiet == 0 {
        for it in &report.notes {
            note(format!("note: {}", sanitise::text(it)));
        }
    }
    if !report.outlived.is_empty() && args.quiet == 0 {
        note(match report.outlived.len() {
            1 => "note: 1 baseline entry is no longer needed: `nivis baseline prune`".to_owned(),
            count => format!(
                "note: {count} baseline entries are no longer needed: `nivis baseline prune`"
            ),
        });
    }
    for it in &report.troubles {
        note(format!("error: {}", sanitise::text(&it.to_string())));
    }
    // A formatter that has nothing to say is silent.
    if args.quiet == 0 && !args.fix_only {
        note(summary::line(report, style, begin.elapsed()));
    }
}

/// `not resolved: flake.nix:12: … (3 hosts)`
fn unresolved(it: &Unresolved) -> String {
    let mut line = "not resolved: ".to_owned();
    if let Some((path, number)) = &it.at {
        line.push_str(&format!("{}:{number}: ", sanitise::bytes(path.bytes())));
    }
    line.push_str(&sanitise::text(&it.words));
    match it.hosts {
        0 => {}
        1 => line.push_str(" (1 host)"),
        hosts => line.push_str(&format!(" ({hosts} hosts)")),
    }
    line
}

/// What the environment says of drawing.
#[expect(
    clippy::disallowed_methods,
    reason = "the program asks the environment how to draw, nothing else does"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// How to draw on stdout or stderr.
pub fn style(color: Color, stderr: bool) -> Style {
    let terminal = if stderr {
        io::stderr().is_terminal()
    } else {
        io::stdout().is_terminal()
    };
    let colour = colour::decide(color.choice(), variable, terminal);
    Style {
        colour,
        links: colour::links(variable, terminal && colour),
        ascii: colour::ascii(variable, terminal),
        ..Style::default()
    }
}

fn statistics_form(args: &CheckArgs) -> Result<Option<statistics::Form>, Error> {
    match (args.statistics, args.format) {
        (false, _) => Ok(None),
        (true, Format::Full) => Ok(Some(statistics::Form::Text)),
        (true, Format::Json) => Ok(Some(statistics::Form::Json)),
        (true, Format::Markdown) => Ok(Some(statistics::Form::Markdown)),
        (true, other) => Err(Error::new(format!(
            "--statistics: not with --format {}, but with full, json or markdown",
            other.as_str()
        ))),
    }
}

fn settings(args: &CheckArgs) -> Result<Settings, Error> {
    let stdin = match (&args.stdin_filename, dashes(args)?) {
        (Some(path), _) => Some((path.clone(), read_stdin()?)),
        (None, false) => None,
        (None, true) => {
            return Err(Error::new(
                "PATHS: `-` reads stdin, which needs --stdin-filename",
            ));
        }
    };
    let (cwd, mut paths) = (working_directory()?, args.paths.clone());
    paths.retain(|path| path != Path::new("-"));
    if let Some(list) = &args.files0_from {
        let bytes = read_file("--files0-from", list)?;
        let names = bytes
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty());
        paths.extend(names.map(|name| PathBuf::from(OsStr::from_bytes(name))));
    }
    let mut places = paths.clone();
    places.extend(stdin.iter().map(|(path, _)| path.clone()));
    let root = engine::load::find_root(args.root.as_deref(), &places, &cwd)?;
    let named = |path: &PathBuf| engine::load::name_path(&root, path, &cwd);
    let flags = Flags {
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        level: args.level.clone(),
        config: args.config.clone(),
        base: args.diff_base.clone(),
        without_baseline: false,
        include_tests: args.include_tests,
        today: match args.today {
            Some(day) => Some(day),
            None => day_of_source()?,
        },
    };
    let text = engine::config::find(&flags, &root)?;
    if args.verbose {
        let file = text.as_ref().map_or("none", |text| &text.path);
        let mut err = io::stderr().lock();
        let _ = writeln!(
            err,
            "root: {}",
            sanitise::bytes(root.as_os_str().as_encoded_bytes())
        );
        let _ = writeln!(err, "settings: {}", sanitise::text(file));
    }
    let mut settings = Settings::discover(&flags, &root, text.as_ref(), crate::catalogue())?;
    if args.quiet == 0 {
        for note in &settings.notes {
            let _ = writeln!(io::stderr(), "note: {}", sanitise::text(note));
        }
    }
    settings.options.cache = cache::folder(args.cache_dir.as_deref(), args.no_cache);
    settings.memo = cache::place(args.cache_dir.as_deref(), args.no_cache, &root);
    settings.paths = paths.iter().map(named).collect::<Result<_, _>>()?;
    settings.stdin = match stdin {
        Some((path, text)) => Some((named(&path)?, text)),
        None => None,
    };
    settings.vcs = match args.vcs {
        Vcs::Auto => engine::settings::Vcs::Auto,
        Vcs::None => engine::settings::Vcs::None,
    };
    settings.diff_base = args.diff_base.clone();
    settings.staged = args.staged;
    settings.shard = args.shard;
    settings.diff_from = match &args.diff_from {
        Some(file) => Some(read_file("--diff-from", file)?),
        None => None,
    };
    if args.staged || args.diff_base.is_some() || args.diff_from.is_some() {
        settings.scope = Some(args.diff_scope.map_or(Scope::Lines, DiffScope::scope));
    }
    settings.force_exclude = args.force_exclude;
    settings.no_respect_gitignore = args.no_respect_gitignore;
    settings.unresolved = args.verbose;
    settings.threads = args.threads.map_or(0, usize::from);
    settings.timing = args.timing.then(|| Arc::new(clocks::start()));
    Ok(settings)
}

/// The folder that relative paths start from.
#[expect(
    clippy::disallowed_methods,
    reason = "paths on the command line are relative to it"
)]
pub fn working_directory() -> Result<PathBuf, Error> {
    std::env::current_dir()
        .map_err(|error| Error::new(format!("the working directory is gone: {error}")))
}

/// The day of `SOURCE_DATE_EPOCH`, which stands for the clock where results are to be the same again.
pub fn day_of_source() -> Result<Option<Day>, Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one variable that stands for the clock; the others choose colours"
    )]
    let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let seconds = value.to_str().and_then(|it| it.trim().parse().ok());
    let seconds = seconds
        .ok_or_else(|| Error::new("SOURCE_DATE_EPOCH: expected a number of seconds since 1970"))?;
    Ok(Some(Day::of_seconds(seconds)))
}

/// Whether a lone `-` stands among the paths.
fn dashes(args: &CheckArgs) -> Result<bool, Error> {
    let dash = args.paths.iter().any(|path| path == Path::new("-"));
    let others = args.paths.iter().any(|path| path != Path::new("-"));
    if others && (dash || args.stdin_filename.is_some()) {
        return Err(Error::new(
            "--stdin-filename: no other PATHS beside the text from stdin",
        ));
    }
    Ok(dash)
}

/// A file that the command line names; `-` is stdin.
pub fn read_file(flag: &str, path: &Path) -> Result<Vec<u8>, Error> {
    if path == Path::new("-") {
        return read_stdin();
    }
    #[expect(clippy::disallowed_methods, reason = "the user named it")]
    let bytes = std::fs::read(path);
    bytes.map_err(|error| {
        let path = path.display();
        Error::new(format!("{flag}: {path} cannot be read: {error}"))
    })
}

fn read_stdin() -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(format!("stdin cannot be read: {error}")))?;
    Ok(bytes)
}
