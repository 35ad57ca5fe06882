//! `nivis allow`: writes allow comments for the findings of chosen lints.

use std::io::Write;

use engine::{AllowedAll, Error, Flags, Plan};
use report::sanitise;

use crate::args::AllowArgs;
use crate::cannot_write;
use crate::check::{print_diff, working_directory, write};
use crate::repository::{self, say};

/// Runs the command and gives the exit code: 1 when findings are left that no comment can silence.
///
/// # Errors
/// When the repository cannot be read, or the comments would not do what they should.
pub fn run(args: &AllowArgs) -> Result<u8, Error> {
    let flags = Flags {
        select: args.select.clone(),
        ..Flags::default()
    };
    let reason = args.reason.as_deref().unwrap_or_default().trim();
    if reason.contains(['\n', '\r']) || reason.contains("*/") {
        return Err(Error::new("--reason: one line, without `*/`"));
    }
    if args.reason.is_some() && reason.chars().count() < 3 {
        return Err(Error::new("--reason: at least three characters"));
    }
    let mut settings = repository::open(&args.at, &args.paths, flags)?;
    let cwd = working_directory()?;
    let named = args
        .paths
        .iter()
        .map(|path| engine::load::name_path(&settings.root, path, &cwd));
    settings.paths = named.collect::<Result<_, _>>()?;
    let plan = Plan::new(&settings);
    let AllowedAll {
        changed,
        allowed,
        left,
        mut report,
    } = engine::pool::install(settings.threads, || {
        let mut input = engine::load(&settings)?;
        repository::load_pins(&mut input, &plan, &settings)?;
        engine::allow_all(input, &plan, &settings, reason)
    })??;
    if args.diff {
        print_diff(&changed, &mut report).map_err(|error| cannot_write(&error))?;
    } else if report.troubles.is_empty() {
        write(&settings, &changed, &mut report);
    }
    for it in &report.notes {
        say(&format!("note: {}", sanitise::text(it)));
    }
    for (path, line, lint) in &left {
        let path = sanitise::at_line_start(path.bytes());
        say(&format!(
            "{path}:{line}: no comment can allow this finding of `{lint}`"
        ));
    }
    for it in &report.troubles {
        say(&format!("error: {}", sanitise::text(&it.to_string())));
    }
    let done = if args.diff { "would be" } else { "are" };
    let files = changed.len();
    let _ = writeln!(
        std::io::stderr(),
        "{allowed} findings {done} allowed, in {files} files"
    );
    Ok(match (report.troubles.is_empty(), left.is_empty()) {
        (false, _) => 2,
        (true, false) => 1,
        (true, true) => 0,
    })
}
