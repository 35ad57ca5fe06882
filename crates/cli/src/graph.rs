//! `nivis graph`: load, link, print the hosts and their modules.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use engine::{Error, Flags, Plan, Settings};
use lint_api::repo::{FileId, Presence, Repo};
use report::graph::{self, Form, View};
use report::{colour, sanitise};

use crate::args::{GraphArgs, GraphFormat, Vcs};
use crate::check::working_directory;
use crate::output;

/// Runs the command and gives the exit code: 0, or 2 when something could not be read.
///
/// # Errors
/// When the job could not be done: a wrong flag, settings, root, path or host.
pub fn run(args: &GraphArgs) -> Result<u8, Error> {
    let cwd = working_directory()?;
    let places: Vec<PathBuf> = args.path.iter().cloned().collect();
    let root = engine::load::find_root(args.root.as_deref(), &places, &cwd)?;
    let flags = Flags {
        config: args.config.clone(),
        ..Flags::default()
    };
    let text = engine::config::find(&flags, &root)?;
    let mut settings = Settings::discover(&flags, &root, text.as_ref(), crate::catalogue())?;
    settings.vcs = match args.vcs {
        Vcs::Auto => engine::settings::Vcs::Auto,
        Vcs::None => engine::settings::Vcs::None,
    };
    let named = |path: &PathBuf| engine::load::name_path(&root, path, &cwd);
    let place = args.path.as_ref().map(named).transpose()?;
    let wanted = args.why.as_ref().map(named).transpose()?;

    engine::pool::install(settings.threads, || {
        let input = engine::load(&settings)?;
        let checked = engine::check(input, &Plan::none(), &settings);
        let repo = &checked.repo;
        // A path that is not there is an error, as everywhere; what it names does not matter.
        if let Some(path) = place.filter(|it| repo.paths.presence(it) == Presence::Absent) {
            return Err(Error::new(format!("`{path}` is not there")));
        }
        let view = View {
            repo,
            hosts: hosts(repo, &args.host)?,
            ascii: ascii(),
        };
        let form = match args.format {
            GraphFormat::Text => Form::Text,
            GraphFormat::Dot => Form::Dot,
            GraphFormat::Json => Form::Json,
            GraphFormat::Svg => Form::Svg,
        };
        let file: Option<FileId> = match &wanted {
            Some(path) => {
                let file = repo.find(path).ok_or_else(|| {
                    Error::new(format!("--why: `{path}` is no file that nivis reads"))
                })?;
                Some(file.id)
            }
            None => None,
        };
        let print = |out: &mut dyn Write| match file {
            Some(file) => graph::why_reached(&view, file, out),
            None if args.unreached => graph::unreached(&view, out),
            None => graph::print(form, &view, out),
        };
        output::to_stdout(print).map_err(|error| match error.kind() {
            io::ErrorKind::Other => Error::new(error.to_string()),
            _ => Error::new(format!("stdout cannot be written: {error}")),
        })?;
        let mut err = io::stderr().lock();
        for note in &checked.notes {
            let _ = writeln!(err, "note: {}", sanitise::text(note));
        }
        for trouble in &checked.troubles {
            let _ = writeln!(err, "error: {}", sanitise::text(&trouble.to_string()));
        }
        Ok(if checked.troubles.is_empty() { 0 } else { 2 })
    })?
}

/// The hosts of these names; of no names all that stand for themselves.
fn hosts(repo: &Repo, names: &[String]) -> Result<Vec<usize>, Error> {
    let all = repo.hosts.all.iter().enumerate();
    if names.is_empty() {
        let own = all.filter(|(_, host)| host.system_host.is_none());
        return Ok(own.map(|(index, _)| index).collect());
    }
    let mut chosen = Vec::new();
    for name in names {
        let before = chosen.len();
        for (index, host) in all.clone() {
            let Some(own) = host.name.known() else {
                continue;
            };
            let inside = host
                .system_host
                .and_then(|system| repo.hosts.all[system].name.known())
                .is_some_and(|system| *name == format!("{own}@{system}"));
            if (own == name && host.system_host.is_none()) || inside {
                chosen.push(index);
            }
        }
        if chosen.len() == before {
            let mut known: Vec<&str> = all
                .clone()
                .filter(|(_, host)| host.system_host.is_none())
                .filter_map(|(_, host)| host.name.known())
                .map(String::as_str)
                .collect();
            known.sort_unstable();
            known.dedup();
            let known = match known.len() {
                0 => "there are none".to_owned(),
                1..=20 => format!("these are: {}", known.join(", ")),
                count => format!("there are {count}, see `nivis graph`"),
            };
            return Err(Error::new(format!(
                "--host: no host is called `{name}`; {known}"
            )));
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

fn ascii() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program asks the environment how to draw, nothing else does"
    )]
    let variable = |name: &str| std::env::var(name).ok();
    colour::ascii(variable, io::stdout().is_terminal())
}
