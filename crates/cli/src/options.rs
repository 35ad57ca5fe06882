//! `nivis options`: what the pinned trees declare.

use std::io::{self, Write};

use engine::{Error, Flags, Plan, Settings, pins};
use lint_api::repo::pinned::{self, Change, Pinned, project};
use lint_api::repo::schema::{Answer, Kind, Step};
use report::sanitise;

use crate::args::{OptionsArgs, OptionsCommand};
use crate::{cache, cannot_write, check, output};

/// How many names of a group are shown.
const MOST: usize = 200;

/// Runs the command and gives the exit code: 1 when nothing is declared at a path, or something changes.
///
/// # Errors
/// When the job could not be done: a wrong flag, settings, a tree that is not there.
pub fn run(args: &OptionsArgs) -> Result<u8, Error> {
    let cwd = check::working_directory()?;
    let root = engine::load::find_root(args.root.as_deref(), &[], &cwd)?;
    let flags = Flags {
        config: args.config.clone(),
        ..Flags::default()
    };
    let text = engine::config::find(&flags, &root)?;
    let mut settings = Settings::discover(&flags, &root, text.as_ref(), crate::catalogue())?;
    settings.options.cache = cache::folder(None, args.no_cache);
    engine::pool::install(settings.threads, || {
        let mut input = engine::load(&settings)?;
        let loaded = pins::read(&mut input, &settings)?;
        cache::keep(&settings, &loaded);
        let mut lines = Vec::new();
        let code = match &args.command {
            OptionsCommand::Status => {
                status(&input.options, &mut lines);
                0
            }
            OptionsCommand::Show { paths } => {
                if input.options.pinned.is_empty() {
                    return Err(Error::new(
                        "nothing that declares options is at hand, see `nivis options status`",
                    ));
                }
                let mut any = false;
                for path in paths {
                    any |= show(path, &input.options.pinned, &mut lines)?;
                }
                u8::from(!any)
            }
            OptionsCommand::Diff { from, to } => {
                let (class, new) = pins::read_folder(&cwd.join(to))?;
                let mut pinned = input.options.pinned.iter();
                let pinned = pinned.find(|it| it.class == class && !it.is_list());
                let pinned = pinned.map(|it| std::sync::Arc::clone(&it.schema));
                let old = match (from, pinned) {
                    (Some(rev), _) => {
                        std::sync::Arc::new(pins::read_commit(class, rev, &settings)?)
                    }
                    (None, Some(pinned)) => pinned,
                    (None, None) => {
                        let project = project(class);
                        return Err(Error::new(format!(
                            "the pinned {project} is not at hand: name a commit with --from"
                        )));
                    }
                };
                let checked = engine::check(input, &Plan::none(), &settings);
                let changes = pinned::changes(&checked.repo, class, &old, &new);
                for (at, path, change) in &changes {
                    let file = checked.repo.file(at.file);
                    let line = file.text.position(at.range.start()).line;
                    let what = match change {
                        Change::Renamed(Some(to)) => format!("is renamed to `{to}`"),
                        Change::Renamed(None) => "has another name".to_owned(),
                        Change::Removed(Some(why)) => {
                            let words: Vec<&str> = why.split_whitespace().collect();
                            format!("is removed: {}", words.join(" "))
                        }
                        Change::Removed(None) => "is removed".to_owned(),
                        Change::Gone => "is not declared any more".to_owned(),
                        Change::Added => "is declared there, and was not before".to_owned(),
                    };
                    lines.push(format!("{}:{line}: `{path}` {what}", file.path));
                }
                u8::from(!changes.is_empty())
            }
        };
        let print = |out: &mut dyn Write| -> io::Result<()> {
            lines
                .iter()
                .try_for_each(|line| writeln!(out, "{}", sanitise::text(line)))
        };
        output::to_stdout(print).map_err(|error| cannot_write(&error))?;
        Ok(code)
    })?
}

fn status(schemas: &pinned::Schemas, lines: &mut Vec<String>) {
    for it in &schemas.pinned {
        let day = it.day.map_or_else(String::new, |day| format!(", {day}"));
        let count = match it.schema.len() {
            1 => "1 declaration".to_owned(),
            count => format!("{count} declarations"),
        };
        lines.push(format!("{}{day}: {count}, {}", name(it), it.place));
        if let Some((why, file)) = it.schema.root_open() {
            let file = file.map_or_else(String::new, |file| format!(" in {file}"));
            lines.push(format!("  nothing is called unknown: {why}{file}"));
        }
    }
    for it in &schemas.absent {
        let project = project(it.class);
        lines.push(format!(
            "{project}, `{}` of {}: {}",
            it.node, it.lock, it.why
        ));
    }
    let located = schemas.foreign.iter().filter(|it| it.located).count();
    if !schemas.foreign.is_empty() {
        lines.push(format!(
            "{} other inputs, {located} of them at hand",
            schemas.foreign.len()
        ));
    }
    if lines.is_empty() {
        lines.push("nothing is pinned".to_owned());
    }
}

/// Whose tree it is.
fn name(tree: &Pinned) -> String {
    let project = project(tree.class);
    match &tree.node {
        _ if tree.is_list() => format!("options.json of {project}"),
        Some((lock, node)) => format!("{project}, `{node}` of {lock}"),
        None => format!("{project} of the settings"),
    }
}

/// Whether something is, or may be, declared at a path.
fn show(path: &str, pinned: &[Pinned], lines: &mut Vec<String>) -> Result<bool, Error> {
    let segments =
        segments(path).ok_or_else(|| Error::new(format!("`{path}` is no path of an option")))?;
    let steps: Vec<Step<'_>> = segments
        .iter()
        .map(|it| match it.as_str() {
            "<name>" => Step::Dynamic,
            "*" => Step::Item,
            name => Step::Name(name),
        })
        .collect();
    let mut any = false;
    for tree in pinned {
        lines.push(format!("{path} in {}", name(tree)));
        let schema = &tree.schema;
        let mut say = |line: String| lines.push(format!("  {line}"));
        match schema.find(&steps) {
            Answer::Option(decls) => {
                for decl in decls {
                    say(format!("option, {}", decl.ty().describe()));
                    if !decl.file().is_empty() {
                        say(format!("declared in {}", decl.file()));
                    }
                }
            }
            Answer::Element(types) => types
                .iter()
                .for_each(|ty| say(format!("value, {}", ty.describe()))),
            Answer::Marker { decl, .. } => {
                let word = match decl.opt.kind {
                    Kind::Removed => "removed",
                    Kind::Alias => "another name",
                    Kind::Changed | Kind::Merged => "renamed, with another value",
                    Kind::Renamed | Kind::Option => "renamed",
                };
                let to = decl
                    .to()
                    .map_or_else(String::new, |to| format!(" to {}", to.join(".")));
                say(format!("{word}{to}"));
                if let Some(message) = &decl.opt.message {
                    let words: Vec<&str> = message.split_whitespace().collect();
                    say(words.join(" "));
                }
                say(format!("declared in {}", decl.file()));
            }
            Answer::Group => say("group".to_owned()),
            Answer::Open { reason, .. } => say(match reason.map(|it| schema.reason(it)) {
                Some((why, Some(file))) => format!("may be declared: {why} in {file}"),
                Some((why, None)) => format!("may be declared: {why}"),
                None => "may be declared: the type around it takes anything".to_owned(),
            }),
            Answer::Unknown { at, .. } => {
                let near = match steps.get(at) {
                    Some(Step::Name(name)) => schema.nearest(&steps[..at], name),
                    _ => None,
                };
                let near =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                let declared = if tree.is_list() { "listed" } else { "declared" };
                let unknown = &segments[at.min(segments.len() - 1)];
                say(format!("not {declared}: `{unknown}` is not known{near}"));
                continue;
            }
        }
        any = true;
        let names = schema.names_below(&steps);
        for name in names.iter().take(MOST) {
            say(format!("  {name}"));
        }
        if names.len() > MOST {
            say(format!("  and {} more", names.len() - MOST));
        }
    }
    Ok(any)
}

/// The segments of a path as people write it: `programs.ssh."a.b".x`.
fn segments(path: &str) -> Option<Vec<String>> {
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        let (segment, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        if segment.is_empty() {
            return None;
        }
        segments.push(segment.to_owned());
        match after.strip_prefix('.') {
            Some(further) => rest = further,
            None => return after.is_empty().then_some(segments),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_options() {
        let split = |path: &str| segments(path).map(|it| it.join("|"));
        assert_eq!(split("a.b").as_deref(), Some("a|b"));
        assert_eq!(split("a.\"b.c\".d").as_deref(), Some("a|b.c|d"));
        for wrong in ["", ".", "a.", "a..b", "a.\"b", "a.\"b\"c"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
