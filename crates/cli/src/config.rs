//! `nivis config`: the settings in force and where each comes from, what decides over a path, and the schema.

use std::path::{Path, PathBuf};

use engine::config::{Config, ConfigText, FILE_NAME};
use engine::{Error, Flags, Settings};
use lint_api::repo::class::Class;
use lint_api::repo::{EntryKind, GitState, RepoPath};
use lint_api::{Group, Level, Lint};
use serde_json::{Map, Value, json};

use crate::args::{ConfigArgs, SchemaOf, Where};
use crate::check::working_directory;
use crate::{cannot_write, list, output, repository};

/// Runs the command and gives the exit code.
///
/// # Errors
/// When the settings are wrong, or the path is outside.
pub fn run(args: &ConfigArgs) -> Result<u8, Error> {
    let text = if let Some(what) = args.schema {
        let lints = || -> Result<Vec<&'static Lint>, Error> {
            let settings = repository::open(&args.at, &[], Flags::default())?;
            Ok(settings.names().lints().to_vec())
        };
        let schema = match what {
            SchemaOf::Settings => schema(&lints()?),
            SchemaOf::Rules => rules_schema(),
            SchemaOf::Report => report_schema(&lints()?),
        };
        let mut text = Vec::new();
        report::json::write(&schema, &mut text).map_err(|error| cannot_write(&error))?;
        String::from_utf8_lossy(&text).into_owned()
    } else if let Some(path) = &args.why {
        why(&args.at, path)?
    } else {
        show(&args.at, args.show.clone().unwrap_or_default())?
    };
    output::to_stdout(|out| out.write_all(text.as_bytes()))
        .map_err(|error| cannot_write(&error))?;
    Ok(0)
}

fn settings_for(at: &Where, path: &PathBuf) -> Result<(Settings, RepoPath), Error> {
    let settings = repository::open(at, std::slice::from_ref(path), Flags::default())?;
    let path = engine::load::name_path(&settings.root, path, &working_directory()?)?;
    Ok((settings, path))
}

/// Whether a path is checked.
fn why(at: &Where, path: &PathBuf) -> Result<String, Error> {
    let (settings, path) = settings_for(at, path)?;
    let input = engine::load(&settings)?;
    let shown = report::sanitise::bytes(path.bytes());
    let pattern = settings.exclude.which(&path);
    let entry = input.paths.find(&path);
    let git = entry.and_then(|entry| entry.git);
    let read = input.sources.iter().any(|source| source.path == path);
    let below = input
        .sources
        .iter()
        .filter(|source| source.path.lies_in(&path))
        .count();
    let words = match (entry.map(|entry| &entry.kind), pattern) {
        (_, Some(pattern)) => format!(
            "not checked: `exclude` has `{}`",
            report::sanitise::text(pattern)
        ),
        (Some(EntryKind::File), _) if read && git == Some(GitState::Untracked) => {
            "checked; git does not track it, and a flake does not see it".to_owned()
        }
        (Some(EntryKind::File), _) if read => "checked".to_owned(),
        (Some(_), _) if git == Some(GitState::Ignored) => {
            "not checked unless it is named: git ignores it".to_owned()
        }
        (Some(EntryKind::Link(_)), _) => "not checked: links are not followed".to_owned(),
        (Some(EntryKind::Submodule), _) => {
            "not checked: a submodule is a repository of its own".to_owned()
        }
        (Some(EntryKind::Closed), _) => "not checked: this folder is not entered".to_owned(),
        (Some(EntryKind::Special), _) => "not checked: this is no regular file".to_owned(),
        (Some(EntryKind::File), _) if !entry.is_some_and(|it| it.on_disk) => {
            "not checked: it is in the git index, and not on the disk".to_owned()
        }
        (Some(EntryKind::File), _) => {
            "not checked: nivis does not read files of this kind".to_owned()
        }
        (None, _) if below > 0 => format!("a folder: {below} files in it are checked"),
        (None, _) => return Err(Error::at(shown, "this path does not exist")),
    };
    Ok(format!("{shown}: {words}\n"))
}

/// The settings in force, as TOML.
fn show(at: &Where, path: PathBuf) -> Result<String, Error> {
    let path = if path.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        path
    };
    let (settings, path) = settings_for(at, &path)?;
    let flags = Flags {
        config: at.config.clone(),
        ..Flags::default()
    };
    let file = engine::config::find(&flags, &settings.root)?;
    let config = file
        .as_ref()
        .map(Config::read)
        .transpose()?
        .unwrap_or_default();
    let file_name = file
        .as_ref()
        .map_or(FILE_NAME, |file| &file.path)
        .to_owned();
    let written = |is: bool| {
        if is {
            format!("   # {file_name}")
        } else {
            "   # built in".to_owned()
        }
    };
    let list = |patterns: &[String]| {
        toml::Value::Array(patterns.iter().cloned().map(toml::Value::String).collect()).to_string()
    };
    let mut text = String::new();
    let mut line = |it: String| {
        text.push_str(&it);
        text.push('\n');
    };
    let patterns = settings.exclude.patterns();
    line(format!(
        "exclude = {}{}",
        list(patterns),
        written(!patterns.is_empty())
    ));
    if !config.rules.is_empty() {
        let rules: Vec<String> = config.rules.iter().map(|it| it.get_ref().clone()).collect();
        line(format!("rules = {}{}", list(&rules), written(true)));
    }
    if let Some(path) = &settings.baseline_path {
        line(format!(
            "baseline = {}{}",
            toml::Value::String(path.clone()),
            written(true)
        ));
    }
    let foreign = [
        (settings.foreign.deadnix, "deadnix"),
        (settings.foreign.gitleaks, "gitleaks"),
    ];
    let foreign: Vec<String> = foreign
        .into_iter()
        .filter(|it| it.0)
        .map(|it| it.1.to_owned())
        .collect();
    line(format!(
        "foreign-pragmas = {}{}",
        list(&foreign),
        written(config.foreign_pragmas.is_some())
    ));

    line("\n[repository]".to_owned());
    let repository = &settings.repository;
    if let Some(release) = &repository.release {
        line(format!(
            "release = {}{}",
            toml::Value::String(release.clone()),
            written(true)
        ));
    }
    for (name, globs) in [
        ("entries", &repository.entries),
        ("loaders", &repository.loaders),
    ] {
        let patterns = globs.patterns();
        line(format!(
            "{name} = {}{}",
            list(patterns),
            written(!patterns.is_empty())
        ));
    }
    if !repository.class.is_empty() {
        let classes = repository.class.iter().flat_map(|(globs, class)| {
            let class = toml::Value::String(class.clone());
            globs
                .patterns()
                .iter()
                .map(move |it| format!("{} = {class}", toml::Value::String(it.clone())))
        });
        let classes: Vec<String> = classes.collect();
        line(format!(
            "class = {{ {} }}{}",
            classes.join(", "),
            written(true)
        ));
    }

    let options = &settings.options;
    if !options.is_empty() {
        line("\n[options]".to_owned());
        let text = |path: &Path| toml::Value::String(path.display().to_string()).to_string();
        for (name, paths) in [("sources", &options.trees), ("json", &options.json)] {
            if paths.is_empty() {
                continue;
            }
            let paths: Vec<String> = paths
                .iter()
                .map(|(class, path)| {
                    format!("{} = {}", engine::pins::class_word(*class), text(path))
                })
                .collect();
            let paths = paths.join(", ");
            line(format!("{name} = {{ {paths} }}{}", written(true)));
        }
        if !options.clones.is_empty() {
            let clones: Vec<String> = options.clones.iter().map(|it| text(it)).collect();
            line(format!("clones = [{}]{}", clones.join(", "), written(true)));
        }
        if let Some(store) = &options.store {
            line(format!("store = {}{}", text(store), written(true)));
        }
    }

    line("\n[limits]".to_owned());
    let limits = &config.limits;
    line(format!(
        "file-size = \"{} B\"{}",
        settings.disk.file_size,
        written(limits.file_size.is_some())
    ));
    line(format!(
        "depth = {}{}",
        settings.limits.depth,
        written(limits.depth.is_some())
    ));
    line(format!(
        "run = {}{}",
        settings.limits.run,
        written(limits.run.is_some())
    ));
    line(format!(
        "files = {}{}",
        settings.disk.files,
        written(limits.files.is_some())
    ));
    let most = settings.bounds.findings_per_lint;
    line(format!(
        "findings-per-lint = {most}{}",
        written(limits.findings_per_lint.is_some())
    ));

    line("\n[levels]".to_owned());
    let here = settings.for_path(&path);
    for (index, lint) in settings.names().lints().iter().enumerate() {
        let origin = origin(&settings, file.as_ref(), &config, index, &path);
        line(format!(
            "{} = \"{}\"   # {origin}",
            lint.name,
            here.level(index)
        ));
    }
    for (index, lint) in settings.names().lints().iter().enumerate() {
        let table = settings.options_for(index, &path);
        if !table.is_empty() {
            let given = config
                .lints
                .keys()
                .any(|name| covers(&settings, name.get_ref(), index));
            line(format!("\n[lints.{}]{}", lint.name, written(given)));
            for (name, value) in table {
                line(format!("{name} = {value}"));
            }
        }
    }
    Ok(text)
}

/// Whether a name of the settings, be it a group or a name of another tool, is about a lint.
fn covers(settings: &Settings, name: &str, lint: usize) -> bool {
    let names = settings.names();
    names
        .resolve(name)
        .is_some_and(|named| names.covered(&named).contains(&lint))
}

/// Where the level of a lint comes from: the last place that speaks of it.
fn origin(
    settings: &Settings,
    file: Option<&ConfigText>,
    config: &Config,
    lint: usize,
    path: &RepoPath,
) -> String {
    let Some(file) = file else {
        return "built in".to_owned();
    };
    let own = settings.names().lints()[lint].name;
    let place = |levels: &engine::config::ByName<String>| {
        let about = levels
            .keys()
            .filter(|name| covers(settings, name.get_ref(), lint));
        // A lint beats its group.
        let best = about
            .max_by_key(|name| Group::parse(name.get_ref()).is_none() || name.get_ref() == own)?;
        Some(format!("{}:{}", file.path, file.place(&best.span()).0))
    };
    let overridden = settings.overrides_of(path).into_iter().rev();
    let mut overridden = overridden.filter_map(|index| place(&config.overrides.get(index)?.levels));
    overridden
        .next()
        .or_else(|| place(&config.levels))
        .unwrap_or_else(|| "built in".to_owned())
}

/// The schema of nivis.toml, draft 2020-12.
fn schema(all: &[&'static Lint]) -> Value {
    let words = |text: &str| json!({ "type": "string", "description": text });
    let globs = |text: &str| json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "description": text });
    let level = json!({ "enum": Level::ALL.map(Level::as_str) });
    let by_class = |text: &str| {
        let path = json!({ "type": "string", "minLength": 1 });
        json!({
            "type": "object",
            "additionalProperties": false,
            "properties": { "nixos": path, "home": path, "darwin": path },
            "description": text
        })
    };
    let mut levels = Map::new();
    let mut lints = Map::new();
    for group in Group::ALL {
        levels.insert(
            group.as_str().to_owned(),
            json!({ "$ref": "#/$defs/level", "description": group.about() }),
        );
    }
    for lint in all {
        levels.insert(
            lint.name.to_owned(),
            json!({ "$ref": "#/$defs/level", "description": lint.summary, "default": lint.level.as_str() }),
        );
        lints.insert(lint.name.to_owned(), list::schema(lint));
    }
    let taken = engine::aliases::TAKEN.iter().map(|(name, _)| *name);
    let not_taken = engine::aliases::NOT_TAKEN.iter().map(|(name, _)| *name);
    let others: Vec<&str> = taken.chain(not_taken).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "nivis.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "exclude": globs("Files that are not checked: patterns from the root."),
            "rules": globs("Files of rules: paths and patterns from the root."),
            "rule": { "$ref": "#/$defs/rules" },
            "baseline": words("The file of `nivis baseline write`, from the root."),
            "foreign-pragmas": {
                "type": "array",
                "items": { "enum": ["deadnix", "gitleaks"] },
                "description": "Comments of other tools that are honoured."
            },
            "repository": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "release": words("The release of nixpkgs when no lock file tells."),
                    "entries": globs("Files that something outside imports."),
                    "class": {
                        "type": "object",
                        "additionalProperties": { "enum": engine::settings::CLASSES },
                        "description": "Pattern to module class."
                    },
                    "loaders": globs("Files whose functions import whole folders."),
                }
            },
            "options": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "sources": by_class("Class to the folder of a tree that stands in for what the lock pins."),
                    "json": by_class("Class to a file of `nixosOptionsDoc` that lists the options."),
                    "clones": {
                        "type": "array",
                        "items": { "type": "string", "minLength": 1 },
                        "description": "Git clones to look up pinned commits in."
                    },
                    "store": { "type": "string", "minLength": 1, "description": "Where the store lies on this disk." },
                }
            },
            "levels": { "$ref": "#/$defs/levels" },
            "lints": { "$ref": "#/$defs/lints" },
            "overrides": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["paths"],
                    "properties": {
                        "paths": { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
                        "levels": { "$ref": "#/$defs/levels" },
                        "lints": { "$ref": "#/$defs/lints" },
                        "reason": words("Why."),
                    }
                }
            },
            "limits": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "file-size": { "type": "string", "pattern": "^\\s*[0-9]+\\s*(B|KiB|MiB|GiB)\\s*$" },
                    "depth": { "type": "integer", "minimum": 1, "maximum": 500 },
                    "run": { "type": "integer", "minimum": 1, "maximum": 10_000 },
                    "files": { "type": "integer", "minimum": 1, "maximum": 10_000_000 },
                    "findings-per-lint": { "type": "integer", "minimum": 1, "maximum": 1_000_000 },
                }
            }
        },
        "$defs": {
            "level": level,
            "rules": rules(),
            "levels": {
                "type": "object",
                "properties": levels,
                "additionalProperties": { "$ref": "#/$defs/level" },
                "propertyNames": { "anyOf": [
                    { "enum": levels.keys().collect::<Vec<_>>() },
                    { "enum": others, "description": "Names of other tools." },
                ] }
            },
            "lints": {
                "type": "object",
                "properties": lints,
                "propertyNames": { "anyOf": [ { "enum": lints.keys().collect::<Vec<_>>() }, { "enum": others } ] }
            }
        }
    })
}

/// The schema of a file of rules, draft 2020-12.
fn rules_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rules of nivis",
        "type": "object",
        "additionalProperties": false,
        "properties": { "rule": rules() },
    })
}

/// `[[rule]]`
fn rules() -> Value {
    let words = |text: &str| json!({ "type": "string", "description": text });
    let strings = |text: &str| {
        json!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "minItems": 1, "items": { "type": "string" } },
            ],
            "description": text,
        })
    };
    let classes = || json!({ "enum": Class::ALL.map(Class::as_str) });
    let kinds = json!({ "enum": patterns::KINDS });
    let example = |fixed: bool| {
        let mut properties = json!({
            "nix": words("The text of a file."),
            "path": words("The path of the file."),
            "class": classes(),
        });
        if fixed {
            properties["fixed"] = words("What the fix makes of it.");
        }
        json!({ "type": "array", "items": { "anyOf": [
            { "type": "string" },
            { "type": "object", "required": ["nix"], "additionalProperties": false, "properties": properties },
        ] } })
    };
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name", "pattern", "message"],
            "additionalProperties": false,
            "properties": {
                "name": { "type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$" },
                "pattern": strings("What is looked for: Nix with holes."),
                "where": {
                    "type": "object",
                    "properties": {
                        "option": strings("The match stands in a definition of one of these options."),
                        "class": { "anyOf": [
                            classes(),
                            { "type": "array", "minItems": 1, "items": classes() },
                        ] },
                        "paths": strings("Files that it is for: patterns from the root."),
                        "not-paths": strings("Files that it is not for: patterns from the root."),
                    },
                    "propertyNames": { "anyOf": [
                        { "enum": ["option", "class", "paths", "not-paths"] },
                        { "pattern": "^\\$", "description": "A hole." },
                    ] },
                    "additionalProperties": {
                        "type": "object",
                        "additionalProperties": false,
                        "properties": {
                            "kind": { "anyOf": [
                                kinds,
                                { "type": "array", "minItems": 1, "items": kinds },
                            ] },
                            "text": strings("A regular expression that is found."),
                            "not-text": strings("A regular expression that is not found."),
                        }
                    },
                },
                "message": { "type": "string", "minLength": 1, "description": "What is wrong, one sentence." },
                "help": words("What to do."),
                "note": words("Why it matters."),
                "level": { "enum": Level::ALL.map(Level::as_str) },
                "fix": words("What to write instead."),
                "summary": words("One line, for lists."),
                "page": words("The text of `nivis explain`, in Markdown."),
                "flagged": example(true),
                "clean": example(false),
            }
        }
    })
}

/// The schema of the JSON report, draft 2020-12.
pub fn report_schema(all: &[&'static Lint]) -> Value {
    let object = |properties: Value, optional: &[&str]| {
        let names = properties
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone());
        let required: Vec<String> = names
            .filter(|name| !optional.contains(&name.as_str()))
            .collect();
        json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": required })
    };
    let list = |items: Value| json!({ "type": "array", "items": items });
    let word = json!({ "type": "string" });
    let word_or_null = json!({ "type": ["string", "null"] });
    let count = json!({ "type": "integer", "minimum": 0 });
    let number = json!({ "type": "integer", "minimum": 1 });
    let number_or_null = json!({ "type": ["integer", "null"], "minimum": 1 });
    let level = json!({ "enum": ["info", "warn", "error"] });
    let range = json!({ "$ref": "#/$defs/range" });
    let digest = json!({ "type": "string", "pattern": "^b3:[0-9a-f]*$" });
    let or_null = |schema: Value| json!({ "anyOf": [{ "type": "null" }, schema] });
    let names: Vec<&str> = all.iter().map(|lint| lint.name).collect();
    let lint = json!({ "enum": names });
    let groups: Vec<&str> = Group::ALL.iter().map(|group| group.as_str()).collect();
    let fix = object(
        json!({
            "title": word,
            "safety": { "enum": ["safe", "unsafe"] },
            "edits": list(object(json!({ "range": range, "text": word }), &[])),
            "between": list(word.clone()),
        }),
        &["between"],
    );
    let label = object(
        json!({ "path": word, "path_bytes": word, "range": range, "message": word }),
        &["path_bytes"],
    );
    let finding = object(
        json!({
            "project": word, "lint": lint, "level": level,
            "state": { "enum": ["active", "allowed", "baselined"] },
            "change": { "enum": [null, "touched", "new", "old"] },
            "message": word, "path": word, "path_bytes": word,
            "hosts": list(word.clone()), "place": word,
            "fingerprint": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
            "line_hash": word,
            "range": range, "labels": list(label), "notes": list(word.clone()), "help": word_or_null,
            "allow": or_null(object(json!({ "line": number, "reason": word_or_null }), &[])),
            "fix": or_null(fix), "hidden_fix": { "enum": ["safe", "unsafe"] },
        }),
        &["project", "path_bytes", "hidden_fix"],
    );
    let place = object(
        json!({ "byte": count, "line": number, "column": number, "utf16": number, "utf8": number }),
        &[],
    );
    let summary = object(
        json!({
            "files": count, "error": count, "warn": count, "info": count, "fixable_safe": count,
            "fixable_unsafe": count, "allowed": count, "baselined": count,
        }),
        &[],
    );
    let base = object(
        json!({ "name": word, "rev": word_or_null, "scope": { "enum": ["all", "lines", "files"] } }),
        &[],
    );
    let shard = object(
        json!({
            "index": number, "count": number,
            "files": { "type": "object", "additionalProperties": count },
        }),
        &["index", "files"],
    );
    let part = object(
        json!({
            "project": word_or_null, "settings_digest": digest, "input_digest": digest,
            "vcs": { "enum": ["git", "none"] },
            "shard": or_null(shard.clone()), "base": or_null(base.clone()), "files": count,
        }),
        &[],
    );
    let ran = object(
        json!({ "name": lint, "group": { "enum": groups }, "level": level, "summary": word, "url": word_or_null }),
        &[],
    );
    let skipped = object(
        json!({ "path": word, "path_bytes": word, "reason": word }),
        &["path_bytes"],
    );
    let error = object(
        json!({
            "kind": word, "path": word_or_null, "line": number_or_null, "column": number_or_null, "message": word,
        }),
        &[],
    );
    let mut schema = object(
        json!({
            "schema_version": { "const": 1 },
            "tool": object(json!({ "name": { "const": "nivis" }, "version": word }), &[]),
            "project": word_or_null, "root": { "const": "." },
            "settings_digest": digest, "input_digest": digest,
            "vcs": { "enum": ["git", "none", "mixed"] },
            "shard": or_null(shard),
            "base": or_null(base), "parts": list(part),
            "verdict": { "enum": ["clean", "findings", "trouble"] },
            "summary": summary, "lints": list(ran), "findings": list(finding), "skipped": list(skipped),
            "inactive": list(object(json!({ "lint": lint, "reason": word }), &[])),
            "errors": list(error),
        }),
        &["parts"],
    );
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("JSON report of nivis");
    schema["$defs"] = json!({ "range": object(json!({ "start": place, "end": place }), &[]) });
    schema
}

#[cfg(test)]
mod tests {
    use engine::config::ConfigText;
    use engine::{Flags, Settings};

    use super::*;

    /// The first block of TOML in the documentation, which shows everything.
    fn example() -> String {
        let page = include_str!("../../../docs/configuration.md");
        let (_, block) = page.split_once("```toml\n").unwrap();
        let block = block.split_once("```").unwrap().0;
        // The baseline must be there when it is named.
        block
            .lines()
            .filter(|line| !line.starts_with("baseline"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    const RULE: &str = "[[rule]]\nname = 'a-rule'\nmessage = 'm'\npattern = 'f $x'";

    #[test]
    fn schema_and_parser_agree() {
        let schema = schema(&crate::all().collect::<Vec<_>>());
        let uncommented: String = crate::init::SETTINGS
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| {
                !line.starts_with("baseline") && (line.starts_with('[') || line.contains(" = "))
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let good = [
            example(),
            crate::init::SETTINGS.to_owned(),
            uncommented,
            "levels = { W03 = \"off\", dead = \"error\" }".to_owned(),
            "[options]\njson.home = \"a.json\"\nsources = { nixos = \"b\" }".to_owned(),
            format!("{RULE}\nwhere = {{ '$x' = {{ kind = ['name', 'call'] }}, class = 'home' }}"),
        ];
        let bad = [
            "exlude = []",
            "exclude = \"a\"",
            "foreign-pragmas = [\"statix\"]",
            "levels = { unused-lte = \"off\" }",
            "levels = { unused-let = \"warning\" }",
            "lints.stale-lock = { dayz = 3 }",
            "lints.stale-lock = { days = \"3\" }",
            "lints.unused-let = { tests = true }",
            "[[overrides]]\nlevels = { dead = \"off\" }",
            "[[overrides]]\npaths = []",
            "limits = { depth = 501 }",
            "limits = { file-size = \"16 MB\" }",
            "limits = { files = 0 }",
            "[repository]\nclass = { \"a\" = \"nixso\" }",
            "[options]\njson = { nixso = \"a.json\" }",
            "[options]\nsources = { home = \"\" }",
            "rules = \"a.toml\"",
            "rule = 1",
            "[[rule]]\nname = 'a'",
            "[[rule]]\nname = 'a'\nmessage = 'm'\npattern = []",
            "[[rule]]\nname = 'A'\nmessage = 'm'\npattern = 'f $x'",
            "[[rule]]\nname = 'a'\nmessage = 'm'\npattern = 'f $x'\nlevel = 'warning'",
            "[[rule]]\nname = 'a'\nmessage = 'm'\npattern = 'f $x'\nwhere.'$x' = 'name'",
            "[[rule]]\nname = 'a'\nmessage = 'm'\npattern = 'f $x'\nwhere.'$x'.kind = 'nam'",
            "[[rule]]\nname = 'a'\nmessage = 'm'\npattern = 'f $x'\nclean = [{ nix = 'a', fixed = 'b' }]",
        ];
        let cases = good
            .iter()
            .map(|it| (it.as_str(), true))
            .chain(bad.map(|it| (it, false)));
        for (text, expected) in cases {
            let table: toml::Table = text.parse().unwrap();
            let value = serde_json::to_value(table).unwrap();
            let told = testkit::schema::check(&value, &schema);
            assert_eq!(told.is_ok(), expected, "schema: {text}: {told:?}");
            let file = ConfigText::new(FILE_NAME, text.as_bytes().to_vec()).unwrap();
            let root = std::path::Path::new("/");
            let read = Settings::discover(&Flags::default(), root, Some(&file), crate::catalogue());
            assert_eq!(read.is_ok(), expected, "parser: {text}: {:?}", read.err());
        }
    }
}
