//! `nivis lints`: every lint with its group, level, fix and summary.

use std::io::{self, Write};

use lint_api::{Check, Level, Lint};
use report::sanitise;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::args::ListFormat;

/// One lint, as machines read it.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    name: &'a str,
    group: &'a str,
    level: &'a str,
    effective_level: &'a str,
    fix: &'a str,
    stage: &'static str,
    summary: &'a str,
    url: Option<String>,
    aliases: Vec<&'a str>,
    options: Value,
}

impl Row<'_> {
    /// The row of a lint; `effective` is its level under the settings of this repository.
    #[must_use]
    pub fn of(lint: &'static Lint, effective: Level) -> Row<'static> {
        Row {
            name: lint.name,
            group: lint.group.as_str(),
            level: lint.level.as_str(),
            effective_level: effective.as_str(),
            fix: lint.fix.as_str(),
            stage: match lint.check {
                Check::Node(..) | Check::NodeIf(..) => "node",
                Check::File(_) => "file",
                Check::Repo(_) => "repository",
                Check::Pattern(_) => "file",
                Check::Engine => "engine",
            },
            summary: lint.summary,
            url: lint.url(),
            aliases: engine::aliases::TAKEN
                .iter()
                .filter(|(_, lints)| lints.contains(&lint.name))
                .map(|(alias, _)| *alias)
                .collect(),
            options: schema(lint),
        }
    }
}

/// A JSON schema of the options, from their defaults: each has the type of its default.
pub fn schema(lint: &Lint) -> Value {
    let defaults = serde_json::to_value((lint.options.defaults)()).unwrap_or_default();
    let mut properties = Map::new();
    for (name, default) in defaults.as_object().into_iter().flatten() {
        let kind = match default {
            Value::Null => continue,
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        properties.insert(name.clone(), json!({ "type": kind, "default": default }));
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// Prints lints, with their levels in this repository, in their order.
///
/// # Errors
/// When the output cannot be written.
pub fn print(
    format: ListFormat,
    lints: &[(&'static Lint, Level)],
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ListFormat::Json => {
            let rows: Vec<Row<'_>> = lints
                .iter()
                .map(|(lint, level)| Row::of(lint, *level))
                .collect();
            report::json::write(&rows, out)
        }
        ListFormat::Markdown => {
            writeln!(out, "| lint | group | level | fix | summary |")?;
            writeln!(out, "|---|---|---|---|---|")?;
            for (lint, _) in lints {
                let summary = sanitise::text(lint.summary).replace('|', "\\|");
                let (name, group, level) = (lint.name, lint.group, lint.level);
                let fix = lint.fix.as_str();
                writeln!(out, "| `{name}` | {group} | {level} | {fix} | {summary} |")?;
            }
            Ok(())
        }
        ListFormat::Text => {
            let width =
                |of: fn(&Lint) -> usize| lints.iter().map(|(lint, _)| of(lint)).max().unwrap_or(0);
            let name = width(|lint| lint.name.len());
            let group = width(|lint| lint.group.as_str().len());
            for (lint, level) in lints {
                writeln!(
                    out,
                    "{:<name$}  {:<group$}  {:<5}  {:<6}  {}",
                    lint.name,
                    lint.group.as_str(),
                    level.as_str(),
                    lint.fix.as_str(),
                    sanitise::text(lint.summary)
                )?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use lint_api::{FixKind, Group, Options};

    use super::*;

    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Days {
        days: u32,
        names: Vec<String>,
    }

    impl Default for Days {
        fn default() -> Days {
            Days {
                days: 90,
                names: vec!["a".to_owned()],
            }
        }
    }

    #[test]
    fn options_have_a_schema() {
        static LINT: Lint = Lint {
            name: "stale-lock",
            group: Group::Flakes,
            level: Level::Info,
            fix: FixKind::Never,
            summary: "a lock that is old",
            page: "",
            options: Options::of::<Days>(),
            check: Check::Engine,
        };
        let schema = schema(&LINT);
        assert_eq!(
            schema["properties"],
            json!({
                "days": { "type": "integer", "default": 90 },
                "names": { "type": "array", "default": ["a"] },
            })
        );
    }
}
