//! What the client can do, and what its user sets in the editor.

use lint_api::{Group, Level};
use serde_json::Value;

use crate::place::Encoding;

/// What the client can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of the protocol"
)]
pub struct Client {
    /// What positions are counted in.
    pub encoding: Encoding,
    /// It asks for the findings of documents. One that could not be told to ask again, when a change of the settings or of
    /// another file brings other findings, is told the findings instead, if it can be.
    pub pulls: bool,
    /// It may be told to ask again.
    pub refresh: bool,
    /// It may be asked to watch files.
    pub watches: bool,
    /// It may be asked to say when settings change.
    pub tells_settings: bool,
    /// It may be asked for its settings.
    pub has_settings: bool,
    /// Edits may name the version of the document that they are for.
    pub versioned_edits: bool,
    /// The edits of an action may come when it is chosen.
    pub resolves: bool,
    /// Diagnostics may have further places.
    pub related: bool,
}

impl Client {
    /// Reads the capabilities of `initialize`.
    #[must_use]
    pub fn of(capabilities: &Value) -> Client {
        let at = |path: &str| capabilities.pointer(path);
        let yes = |path: &str| at(path).and_then(Value::as_bool).unwrap_or(false);
        let there = |path: &str| at(path).is_some_and(|it| !it.is_null());
        let list = |path: &str| {
            let list = at(path).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str)
        };
        let refresh = yes("/workspace/diagnostics/refreshSupport")
            || yes("/workspace/diagnostic/refreshSupport");
        Client {
            encoding: Encoding::choose(list("/general/positionEncodings")),
            pulls: there("/textDocument/diagnostic")
                && (refresh || !there("/textDocument/publishDiagnostics")),
            refresh,
            watches: yes("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            tells_settings: yes("/workspace/didChangeConfiguration/dynamicRegistration"),
            has_settings: yes("/workspace/configuration"),
            versioned_edits: yes("/workspace/workspaceEdit/documentChanges"),
            resolves: list("/textDocument/codeAction/resolveSupport/properties")
                .any(|it| it == "edit"),
            related: yes("/textDocument/publishDiagnostics/relatedInformation")
                || yes("/textDocument/diagnostic/relatedInformation"),
        }
    }
}

/// What the user sets in the editor. Nothing here names a program or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    /// `NAME=LEVEL`, as `--level` takes it.
    pub level: Vec<String>,
    /// Whether findings of files that are not open are shown.
    pub unopened: bool,
    /// The lowest level that is shown.
    pub min_level: Level,
}

impl Default for Wishes {
    fn default() -> Wishes {
        Wishes {
            level: Vec::new(),
            unopened: true,
            min_level: Level::Info,
        }
    }
}

impl Wishes {
    /// Reads settings such as `{ "level": { "unused-let": "off" }, "unopened": "none", "minLevel": "warn" }`, also below a
    /// key `nivis`.
    ///
    /// # Errors
    /// When something is unknown; the words name the key.
    pub fn read(value: &Value) -> Result<Wishes, String> {
        let mut wishes = Wishes::default();
        let value = value.get("nivis").unwrap_or(value);
        let Some(table) = value.as_object() else {
            return match value {
                Value::Null => Ok(wishes),
                _ => Err("expected an object".to_owned()),
            };
        };
        for (key, value) in table {
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                ("level", Value::Object(levels)) => {
                    for (name, level) in levels {
                        let level = level.as_str().ok_or("`level`: levels are words")?;
                        wishes.level.push(format!("{name}={level}"));
                    }
                    // The last one wins, and a lint beats its group.
                    let group = |it: &String| {
                        let name = it.split('=').next().unwrap_or_default();
                        Group::parse(name).is_some()
                    };
                    wishes.level.sort_by_key(|it| !group(it));
                }
                ("unopened", Value::String(word)) if word == "all" => wishes.unopened = true,
                ("unopened", Value::String(word)) if word == "none" => wishes.unopened = false,
                ("unopened", _) => return Err("`unopened` is `all` or `none`".to_owned()),
                ("minLevel", Value::String(word)) => {
                    wishes.min_level = Level::parse(word)
                        .filter(|level| *level != Level::Off)
                        .ok_or("`minLevel` is `info`, `warn` or `error`")?;
                }
                ("level", _) => return Err("`level` is a table of levels by lint".to_owned()),
                ("minLevel", _) => return Err("`minLevel` is a word".to_owned()),
                (other, _) => {
                    return Err(format!(
                        "`{other}` is none of `level`, `unopened`, `minLevel`"
                    ));
                }
            }
        }
        Ok(wishes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_of_editors() {
        let wishes = json!({"nivis": {"level": {"unused-let": "off", "tidy": "info", "empty-let": "off"},
                                      "unopened": "none", "minLevel": "warn"}});
        let expected = Wishes {
            level: ["tidy=info", "empty-let=off", "unused-let=off"]
                .map(str::to_owned)
                .into(),
            unopened: false,
            min_level: Level::Warn,
        };
        assert_eq!(Wishes::read(&wishes), Ok(expected));
        assert_eq!(Wishes::read(&Value::Null), Ok(Wishes::default()));
        assert_eq!(Wishes::read(&json!({"nivis": null})), Ok(Wishes::default()));
        for wrong in [
            json!([1]),
            json!({"levels": {}}),
            json!({"level": "off"}),
            json!({"level": {"a": 1}}),
            json!({"unopened": true}),
            json!({"minLevel": "off"}),
        ] {
            assert!(Wishes::read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn capabilities_are_read_leniently() {
        let client = Client::of(&json!({
            "general": {"positionEncodings": ["utf-16", 7, "utf-8"]},
            "textDocument": {"diagnostic": {}, "codeAction": {"resolveSupport": {"properties": ["edit"]}}},
            "workspace": {"workspaceEdit": {"documentChanges": true}},
        }));
        assert_eq!(client.encoding, Encoding::Utf8);
        assert!(client.pulls && client.resolves && client.versioned_edits && !client.watches);
        for odd in [
            Value::Null,
            json!([]),
            json!({"general": 1, "textDocument": []}),
        ] {
            assert_eq!(Client::of(&odd), Client::default());
        }
    }
}
