//! Holds a JSON value against a JSON schema: the part of draft 2020-12 that our own schemas use, so that a test can tell
//! whether a schema says what the program does. A keyword that is not known here is a mistake of the schema.

use regex::Regex;
use serde_json::Value;

/// Words that say nothing about a value.
const WORDS: [&str; 5] = ["$schema", "$defs", "title", "description", "default"];

/// Whether a value is as a schema wants it.
///
/// # Errors
/// The place of the value and the keyword that it breaks.
pub fn check(value: &Value, schema: &Value) -> Result<(), String> {
    at("$", value, schema, schema)
}

fn at(place: &str, value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
    let members = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Bool(false) => return Err(format!("{place}: nothing may stand here")),
        Value::Object(members) => members,
        other => return Err(format!("{other} is no schema")),
    };
    for (keyword, wanted) in members {
        let fine = match keyword.as_str() {
            word if WORDS.contains(&word) => true,
            "$ref" => {
                let pointer = wanted.as_str().unwrap_or_default().trim_start_matches('#');
                let target = root
                    .pointer(pointer)
                    .ok_or(format!("{wanted} leads nowhere"))?;
                at(place, value, target, root)?;
                true
            }
            "type" => match wanted {
                Value::Array(kinds) => kinds.iter().any(|kind| is(value, kind)),
                kind => is(value, kind),
            },
            "enum" => wanted.as_array().is_some_and(|list| list.contains(value)),
            "const" => value == wanted,
            "anyOf" => {
                let mut any = wanted.as_array().into_iter().flatten();
                any.any(|schema| at(place, value, schema, root).is_ok())
            }
            "minimum" => value
                .as_f64()
                .is_none_or(|it| wanted.as_f64().is_none_or(|least| it >= least)),
            "maximum" => value
                .as_f64()
                .is_none_or(|it| wanted.as_f64().is_none_or(|most| it <= most)),
            "minLength" => value
                .as_str()
                .is_none_or(|it| it.chars().count() as u64 >= wanted.as_u64().unwrap_or(0)),
            "minItems" => value
                .as_array()
                .is_none_or(|it| it.len() as u64 >= wanted.as_u64().unwrap_or(0)),
            "pattern" => {
                let pattern = Regex::new(wanted.as_str().unwrap_or_default())
                    .map_err(|error| error.to_string())?;
                value.as_str().is_none_or(|it| pattern.is_match(it))
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    at(&format!("{place}[{index}]"), item, wanted, root)?;
                }
                true
            }
            "required" => {
                let mut names = wanted
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                value
                    .as_object()
                    .is_none_or(|it| names.all(|name| it.contains_key(name)))
            }
            "propertyNames" => {
                for name in value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name)
                {
                    at(
                        &format!("{place}.{name}"),
                        &Value::String(name.clone()),
                        wanted,
                        root,
                    )?;
                }
                true
            }
            "properties" => {
                for (name, schema) in wanted.as_object().into_iter().flatten() {
                    if let Some(member) = value.get(name) {
                        at(&format!("{place}.{name}"), member, schema, root)?;
                    }
                }
                true
            }
            "additionalProperties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    if schema["properties"].get(name).is_none() {
                        at(&format!("{place}.{name}"), member, wanted, root)?;
                    }
                }
                true
            }
            other => return Err(format!("the keyword `{other}` is not known here")),
        };
        if !fine {
            return Err(format!("{place}: {keyword}"));
        }
    }
    Ok(())
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check;

    #[test]
    fn what_is_told() {
        let schema = json!({
            "type": "object",
            "required": ["a"],
            "additionalProperties": false,
            "properties": {
                "a": { "type": "integer", "minimum": 1, "maximum": 3 },
                "b": { "type": "array", "items": { "$ref": "#/$defs/word" } },
                "c": { "type": ["string", "null"], "pattern": "^x" },
            },
            "$defs": { "word": { "enum": ["x", "y"] } }
        });
        let good = [
            json!({ "a": 1 }),
            json!({ "a": 3, "b": ["x", "y"], "c": null }),
        ];
        for value in good {
            assert_eq!(check(&value, &schema), Ok(()));
        }
        for (value, words) in [
            (json!([]), "$: type"),
            (json!({}), "$: required"),
            (json!({ "a": 4 }), "$.a: maximum"),
            (json!({ "a": 1, "b": ["z"] }), "$.b[0]: enum"),
            (json!({ "a": 1, "c": "y" }), "$.c: pattern"),
            (json!({ "a": 1, "d": 1 }), "$.d: nothing may stand here"),
        ] {
            assert_eq!(check(&value, &schema), Err(words.to_owned()), "{value}");
        }
        assert!(check(&json!(1), &json!({ "unheard": 1 })).is_err());
    }
}
