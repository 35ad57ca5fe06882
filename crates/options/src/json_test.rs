//! What is read of `options.json`.

use super::*;
use crate::{Answer, Step};

/// Options with the rest of what the real file has.
fn file(options: &[(&[&str], &str)]) -> String {
    let entries = options.iter().map(|(loc, ty)| {
        let entry = serde_json::json!({
            "declarations": ["/nix/store/00000000000000000000000000000000-source/modules/a.nix"],
            "default": { "_type": "literalExpression", "text": "null" },
            "description": { "_type": "mdDoc", "text": "What it is." },
            "example": 3,
            "loc": loc,
            "readOnly": false,
            "relatedPackages": "",
            "type": ty,
        });
        (loc.join("."), entry)
    });
    serde_json::Value::Object(entries.collect()).to_string()
}

fn schema_of(options: &[(&[&str], &str)]) -> Schema {
    read(file(options).as_bytes(), Class::Nixos).unwrap()
}

fn say(schema: &Schema, path: &str) -> String {
    let names: Vec<&str> = path.split('.').collect();
    let steps: Vec<Step<'_>> = names
        .iter()
        .map(|name| match *name {
            "*" => Step::Item,
            name => Step::Name(name),
        })
        .collect();
    match schema.find(&steps) {
        Answer::Option(decls) => decls[0].ty().describe(),
        Answer::Element(types) => format!("element {}", types[0].describe()),
        Answer::Unknown { at, .. } => format!("unknown {at}"),
        Answer::Open { .. } => "open".to_owned(),
        Answer::Group => "group".to_owned(),
        Answer::Marker { .. } => "marker".to_owned(),
    }
}

#[test]
fn closed_below_what_is_listed_whole() {
    let schema = schema_of(&[
        (&["services", "x", "enable"], "boolean"),
        (
            &["services", "x", "settings"],
            "open submodule of (JSON value)",
        ),
        (&["services", "x", "settings", "port"], "signed integer"),
        (&["services", "x", "hosts"], "attribute set of (submodule)"),
        (
            &["services", "x", "hosts", "<host>", "port"],
            "16 bit unsigned integer; between 0 and 65535 (both inclusive)",
        ),
        (&["services", "x", "list"], "list of (submodule)"),
        (&["services", "x", "list", "*", "a"], "string"),
        (&["services", "x", "either"], "string or (submodule)"),
        (&["services", "x", "shallow"], "submodule"),
        (
            &["services", "x", "call"],
            "function that evaluates to a(n) (submodule)",
        ),
        (&["services", "x", "call", "<function body>", "b"], "string"),
        (&["system", "build", "x"], "anything"),
        (&["odd", "y", "*", "a"], "string"),
    ]);
    for (path, expected) in [
        ("services.x.enable", "boolean"),
        ("services.x.enabel", "unknown 2"),
        ("services.z", "unknown 1"),
        ("programs", "unknown 0"),
        ("services.x.settings.port", "integer"),
        ("services.x.settings.prot", "open"),
        ("services.x.hosts.a.port", "port or 16 bit unsigned integer"),
        ("services.x.hosts.a.prot", "unknown 4"),
        ("services.x.list.*.a", "string"),
        ("services.x.list.*.b", "unknown 4"),
        ("services.x.either.a", "open"),
        ("services.x.shallow.a", "open"),
        ("services.x.call", "function that gives submodule"),
        ("system.build.y", "open"),
        ("system.y", "open"),
        ("assertions.x", "open"),
        ("odd.y.z", "open"),
    ] {
        assert_eq!(say(&schema, path), expected, "{path}");
    }
    let Answer::Option(decls) = schema.find_names(&["services", "x", "enable"]) else {
        panic!("an option");
    };
    assert_eq!(decls[0].file(), "modules/a.nix");
}

#[test]
fn types_in_english() {
    for (text, expected) in [
        ("boolean", "boolean"),
        ("signed integer", "integer"),
        ("unsigned integer, meaning >=0", "integer of at least 0"),
        (
            "integer between -3 and 5 (both inclusive)",
            "integer between -3 and 5",
        ),
        (
            "8 bit signed integer; between -128 and 127 (both inclusive)",
            "integer between -128 and 127",
        ),
        (
            "null or (list of (attribute set of string))",
            "null or list of attribute set of string",
        ),
        (
            "null or string or signed integer",
            "null or string or integer",
        ),
        (
            "null or one of \"a\", \"b, c\", 3, true, <null>",
            "null or one of \"a\", \"b, c\", 3, true, null",
        ),
        (
            "one of \"a\", \"b\" or signed integer",
            "one of \"a\", \"b\" or integer",
        ),
        ("one of \"a\", <set>", "one of \"a\", …"),
        ("value \"a\" (singular enum)", "one of \"a\""),
        (
            "unsigned integer, meaning >=0, or (list of string)",
            "integer of at least 0 or list of string",
        ),
        (
            "(list of string) or (attribute set of string) convertible to it",
            "list of string or attribute set of string",
        ),
        ("string, not containing newlines or colons", "string"),
        (
            "(optionally newline-terminated) single-line string",
            "string of one line",
        ),
        (
            "list of (optionally newline-terminated) single-line string",
            "list of string of one line",
        ),
        ("strings concatenated with \"\\n\"", "string"),
        (
            "null or strings concatenated with \"\\\"\" or signed integer",
            "null or string or integer",
        ),
        ("string matching the pattern (a|b)+", "string of a pattern"),
        ("non-empty (list of string)", "non-empty list of string"),
        ("attribute set", "attribute set"),
        ("attribute set of anything", "attribute set of anything"),
        (
            "signed integer or floating point number",
            "integer or float",
        ),
        ("absolute path not in the Nix store", "absolute path"),
        // Before 22.11: plurals in place of brackets.
        ("list of strings", "list of string"),
        (
            "attribute set of list of stringss",
            "attribute set of list of string",
        ),
        (
            "list of 16 bit unsigned integer; between 0 and 65535 (both inclusive)s",
            "list of port or 16 bit unsigned integer",
        ),
        ("null or list of submodules", "null or list of submodule"),
        (
            "list of one of \"a\", \"b\"s",
            "list of one of \"a\", \"b\"",
        ),
    ] {
        let schema = schema_of(&[(&["a", "b"], text)]);
        assert_eq!(say(&schema, "a.b"), expected, "{text}");
    }
    // What cannot be told, or only guessed.
    for text in [
        "",
        "string or",
        "list of string or paths",
        "list of null or strings",
        "list of one of \"a\", \"b\"",
        "list of list of strings or strings",
        "null or string matching the pattern a or b",
        "list of (string matching the pattern a)",
        "DAG of string",
        "attribute set of section of an INI file",
        "path",
        "booleans",
        "stringy",
        "one of",
        "one of \"a",
        "one of a, b",
        "(string",
        "integer between 1 and (both inclusive)",
        "99999999999999999999 bit signed integer",
        "strings concatenated with \"",
        "strings concatenated with \"\\",
        "ä or ö",
    ] {
        let schema = schema_of(&[(&["a", "b"], text)]);
        assert_eq!(say(&schema, "a.b"), "unknown type", "{text}");
    }
}

#[test]
fn no_list_of_options() {
    let fault = |text: &str| read(text.as_bytes(), Class::Home).unwrap_err();
    for (text, line, message) in [
        ("", 1, "no JSON"),
        ("{", 1, "no JSON"),
        ("{}\n{}", 2, "no JSON"),
        ("[]", 1, "no list of options"),
        ("3", 1, "no list of options"),
        ("{\n\"a\": 3 }", 2, "no list of options"),
        ("{\n\"a\": {\n} }", 3, "missing field `loc`"),
        ("{\n\"a\": { \"loc\": \"hush\" } }", 2, "nixosOptionsDoc"),
        ("{\"a\":\n{\"loc\":[\"hush\", 3]}}", 2, "nixosOptionsDoc"),
    ] {
        let found = fault(text);
        assert_eq!(found.line, line, "{text}: {found:?}");
        assert!(found.message.contains(message), "{text}: {found:?}");
        assert!(!found.message.contains("hush"), "{found:?}");
    }
    assert_eq!(read(b"\xff{}", Class::Home).unwrap_err().line, 1);
    assert!(read(b"{ }", Class::Home).unwrap().is_empty());
}

#[test]
fn whatever_it_holds_there_is_an_end() {
    // Nested in text, in paths, in types.
    let nested = format!(
        "{{\"a\": {{\"loc\": [\"a\"], \"default\": {}1{} }} }}",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    assert_eq!(
        read(nested.as_bytes(), Class::Home).map(|it| it.len()),
        Ok(1)
    );
    let nested = nested.replace("default", "declarations");
    assert!(read(nested.as_bytes(), Class::Home).is_err());
    let long: Vec<String> = (0..100_000).map(|it| format!("a{it}")).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let types = [
        "(".repeat(100_000),
        "list of ".repeat(100_000),
        "null or ".repeat(100_000),
        "null or (".repeat(100_000),
        "string or ".repeat(100_000),
        format!("one of {}", "\"a\", ".repeat(100_000)),
        format!("list of string{}", "s".repeat(100_000)),
    ];
    for ty in &types {
        let schema = schema_of(&[
            (&["a", "b"], ty),
            (&long, "boolean"),
            (&["y", "<b>", "*"], ty),
        ]);
        schema.for_each(|_, _| {});
        assert_eq!(say(&schema, "a0.a1.b"), "unknown 2");
        assert_eq!(say(&schema, "a.b"), "unknown type");
    }
    let deep = schema_of(&[(&long, "boolean")]);
    let steps: Vec<Step<'_>> = long.iter().map(|it| Step::Name(it)).collect();
    assert!(matches!(deep.find(&steps), Answer::Open { .. }));
    assert!(matches!(
        schema_of(&[(&[], "boolean")]).find(&[]),
        Answer::Group
    ));
    // Every beginning, and one that repeats itself.
    let text = file(&[
        (&["a", "b"], "null or string"),
        (&["a", "*", "c"], "boolean"),
    ]);
    for end in 0..text.len() {
        let _ = read(&text.as_bytes()[..end], Class::Home);
    }
    let twice = "{ \"a\": { \"loc\": [\"a\"], \"type\": \"string\" }, \"a\": { \"loc\": [\"a\"], \"type\": \"boolean\" } }";
    assert_eq!(
        say(&read(twice.as_bytes(), Class::Home).unwrap(), "a"),
        "boolean"
    );
}
