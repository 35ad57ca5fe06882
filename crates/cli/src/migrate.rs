//! `nivis migrate`: the settings that follow from what other linters were told, and the comments.

use std::collections::BTreeSet;

use engine::config::FILE_NAME;
use engine::names::{Named, Names};
use engine::{Error, Flags, OwnPragmas, Plan};
use report::sanitise;

use crate::args::{MigrateArgs, Vcs, Where};
use crate::check::{print_diff, working_directory, write};
use crate::repository::{self, say};
use crate::{cannot_write, output};

const STATIX: &str = "statix.toml";
/// Folders that nivis never enters.
const NEVER_ENTERED: [&str; 4] = [".direnv", ".git", "result", ".jj"];

/// Runs the command and gives the exit code.
///
/// # Errors
/// When there is nothing to migrate, `statix.toml` is no TOML, or `nivis.toml` is there already.
pub fn run(args: &MigrateArgs) -> Result<u8, Error> {
    if args.pragmas {
        return pragmas(args);
    }
    let root = engine::load::find_root(args.root.as_deref(), &[], &working_directory()?)?;
    let statix = repository::read(&root, STATIX)?;
    if statix.is_none() && args.names.is_empty() {
        return Err(Error::new(
            "there is no statix.toml here, and no --names are given: there is nothing to migrate",
        ));
    }
    let mut made = Made::default();
    if let Some(text) = &statix {
        made.statix(text)?;
    }
    let names = args.names.iter().flat_map(|list| list.split(','));
    for name in names.map(str::trim).filter(|name| !name.is_empty()) {
        made.switch_off(name);
    }
    let text = made.render();
    if !args.write {
        output::to_stdout(|out| out.write_all(text.as_bytes()))
            .map_err(|error| cannot_write(&error))?;
        return Ok(0);
    }
    if repository::is_there(&root.join(FILE_NAME)) {
        return Err(Error::at(
            FILE_NAME,
            "is there already; without --write the settings are printed",
        ));
    }
    repository::write(&root, FILE_NAME, &text)?;
    say(&format!("wrote {FILE_NAME}"));
    Ok(0)
}

/// Turns comments of deadnix into ours: shows it, or writes it.
fn pragmas(args: &MigrateArgs) -> Result<u8, Error> {
    let at = Where {
        root: args.root.clone(),
        vcs: Vcs::Auto,
        config: None,
    };
    let settings = repository::open(&at, &[], Flags::default())?;
    let plan = Plan::new(&settings);
    let OwnPragmas {
        changed,
        turned,
        left,
        mut report,
    } = engine::pool::install(settings.threads, || {
        let mut input = engine::load(&settings)?;
        repository::load_pins(&mut input, &plan, &settings)?;
        engine::own_pragmas(input, &plan, &settings)
    })??;
    if !args.write {
        print_diff(&changed, &mut report).map_err(|error| cannot_write(&error))?;
    } else if report.troubles.is_empty() {
        write(&settings, &changed, &mut report);
    }
    for it in &report.notes {
        say(&format!("note: {}", sanitise::text(it)));
    }
    for (path, line, why) in &left {
        let path = sanitise::bytes(path.bytes());
        say(&format!("{path}:{line}: this `deadnix: skip` stays: {why}"));
    }
    for it in &report.troubles {
        say(&format!("error: {}", sanitise::text(&it.to_string())));
    }
    let done = if args.write { "became" } else { "would become" };
    let (files, left) = (changed.len(), left.len());
    say(&format!(
        "{turned} comments of deadnix {done} allow comments, in {files} files; {left} stay"
    ));
    Ok(if report.troubles.is_empty() { 0 } else { 2 })
}

/// The settings, as they grow.
#[derive(Default)]
struct Made {
    exclude: Vec<String>,
    /// Names of ours, with the names of others that led to them.
    off: Vec<(&'static str, BTreeSet<String>)>,
    /// What has no counterpart.
    left: Vec<String>,
}

impl Made {
    fn statix(&mut self, text: &str) -> Result<(), Error> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error
                .span()
                .map(|at| text[..at.start].matches('\n').count() + 1);
            let line = line.and_then(|line| Some((u32::try_from(line).ok()?, 1)));
            Error {
                line,
                ..Error::at(STATIX, "this is no TOML")
            }
        })?;
        for (key, value) in &table {
            let words = |value: &toml::Value| -> Vec<String> {
                let list = value.as_array().into_iter().flatten();
                list.filter_map(|it| it.as_str().map(str::to_owned))
                    .collect()
            };
            match key.as_str() {
                "disabled" => words(value).iter().for_each(|name| self.switch_off(name)),
                "ignore" => words(value).iter().for_each(|pattern| self.exclude(pattern)),
                "nix_version" => self.left.push(
                    "nix_version: nivis reads the release of nixpkgs from flake.lock, or from `release` of [repository]"
                        .to_owned(),
                ),
                other => self.left.push(format!("{other} of statix.toml: nothing here answers to it")),
            }
        }
        Ok(())
    }

    /// A pattern in the manner of `.gitignore`.
    fn exclude(&mut self, pattern: &str) {
        let name = pattern.trim_matches('/');
        if pattern.starts_with('!') || pattern.contains("..") || name.is_empty() {
            self.left.push(format!(
                "ignore = [\"{pattern}\"]: nivis has no such pattern"
            ));
        } else if NEVER_ENTERED.contains(&name) {
            self.left
                .push(format!("ignore = [\"{pattern}\"]: nivis never looks there"));
        } else {
            // Without a slash inside, it holds in every folder.
            let anywhere = if pattern.trim_end_matches('/').contains('/') {
                ""
            } else {
                "**/"
            };
            if !pattern.ends_with('/') {
                self.exclude.push(format!("{anywhere}{name}"));
            }
            let is_file = name
                .rsplit('/')
                .next()
                .is_some_and(|last| last.ends_with(".nix"));
            if !is_file && !name.ends_with("**") {
                self.exclude.push(format!("{anywhere}{name}/**"));
            }
        }
    }

    fn switch_off(&mut self, name: &str) {
        let names = Names::new(crate::all());
        let covered = match names.resolve(name) {
            None => {
                let near = names.did_you_mean(name, true);
                self.left
                    .push(format!("{name}: no lint answers to this name{near}"));
                return;
            }
            Some(Named::NotTaken(why)) => {
                self.left.push(format!("{name}: {why}"));
                return;
            }
            Some(Named::Group(group)) => vec![group.as_str()],
            Some(named) => {
                let covered = names.covered(&named).into_iter();
                covered.map(|index| names.lints()[index].name).collect()
            }
        };
        for own in covered {
            let at = self.off.iter().position(|(known, _)| *known == own);
            let at = at.unwrap_or_else(|| {
                self.off.push((own, BTreeSet::new()));
                self.off.len() - 1
            });
            if own != name {
                self.off[at].1.insert(name.to_owned());
            }
        }
    }

    fn render(&mut self) -> String {
        let mut text = String::new();
        for line in &self.left {
            text.push_str(&format!("# not migrated: {}\n", sanitise::text(line)));
        }
        if !self.exclude.is_empty() {
            let patterns = self.exclude.iter().cloned().map(toml::Value::String);
            let list = toml::Value::Array(patterns.collect());
            text.push_str(&format!("exclude = {list}\n"));
        }
        if !self.off.is_empty() {
            self.off.sort();
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str("[levels]\n");
            for (own, others) in &self.off {
                let others: Vec<String> = others.iter().map(|it| sanitise::text(it)).collect();
                let from = if others.is_empty() {
                    String::new()
                } else {
                    format!("   # {}", others.join(", "))
                };
                text.push_str(&format!("{own} = \"off\"{from}\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated(statix: &str, names: &[&str]) -> String {
        let mut made = Made::default();
        made.statix(statix).unwrap();
        names.iter().for_each(|name| made.switch_off(name));
        let text = made.render();
        // It must be settings that nivis takes.
        let file = engine::config::ConfigText::new(FILE_NAME, text.clone().into_bytes()).unwrap();
        let flags = engine::Flags::default();
        engine::Settings::discover(&flags, std::path::Path::new("/"), Some(&file), crate::all())
            .unwrap();
        text
    }

    #[test]
    fn layouts_of_statix() {
        let plain = "disabled = []\nnix_version = '2.4'\nignore = ['.direnv']\n";
        assert_eq!(migrated(plain, &[]).matches("# not migrated: ").count(), 2);
        let some = "disabled = [\n  \"manual_inherit\",\n  \"eta_reduction\",\n  \"no_such\",\n]\nignore = [\"hardware-configuration.nix\", \"/npins/\", \"vendor\", \"!x\"]\n";
        insta::assert_snapshot!(migrated(some, &["W03", "sema-unused-def-let", "dead"]));
        assert!(Made::default().statix("disabled = [").is_err());
    }
}
