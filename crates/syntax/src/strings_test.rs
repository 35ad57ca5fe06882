//! The values of strings against real Nix, and the map back.

use std::process::Command;

use super::*;

fn first_string(source: &str) -> StringValue {
    let root = rnix::Root::parse(source).syntax();
    let node = root
        .descendants()
        .find(|node| node.kind() == SyntaxKind::NODE_STRING)
        .unwrap_or_else(|| panic!("no string in {source:?}"));
    StringValue::of_node(&node)
}

/// Strings of every shape; in each, `${i}` may stand.
fn sources() -> Vec<String> {
    let mut sources: Vec<String> = [
        r#""""#,
        r#""a b""#,
        r#""a\nb\tc\rd\\e\"f\$g\qh""#,
        r#""$a $$b $ $""#,
        r#""$${i} \${i} ${i} $$${i}""#,
        r#""é\é😀""#,
        "\"a\r\nb\rc\"",
        "\"a\\\r\nb\"",
        "\"two\n  lines\n\"",
        "''''",
        "''a''",
        "'' a ''",
        "''\n''",
        "''\n  ''",
        "''  \n  a\n    b\n  c\n  ''",
        "''\n\ta\n  b\n''",
        "''\n  \ta\n  b\n''",
        "'' \t\n  a\n''",
        "''x\n  a\n  b''",
        "''\n  a\n\n \n  b\n    ''",
        "''\n  a\n      \n  b\n''",
        "''\n    ${i}\n  a\n''",
        "''\n  ${i}\n    a\n''",
        "''\n  a ${i} b\n  ${i}''",
        "''\n  a\n  ${i}\n  ''",
        "''${i}\n  ''",
        "''${i}  \n  ''",
        "''${i}''",
        "''  ${i}  ''",
        "''\n    ''${i} a\n    b\n''",
        "''\n    ''$a $b $${i} '''x''' ''\\n ''\\t|''\\\\|''\\x\n''",
        "''\n  a''\\n   b\n  c''",
        "''\n  a''\\n  ''",
        "''\n  a''\\\n   b''",
        "''\n  ''\\ a\n   b''",
        "''\n  a\n  ''\\ ''",
        "''\n  a\n  '''''",
        "''\n  a\n  ''''x''",
        "''a'b 'c' $'d '${i} $$ $$$''",
        "''$''",
        "''$$''",
        "''\n  x\r\n  y\r\n  ''",
        "''\r\n  x\r\n''",
        "''\n  é\n   😀 ''\\é\n  ''",
        "''\n  if [ \"$a\" = '' ''' ]; then\n    echo ''${b}\n  fi\n''",
        "''\n  '\n   a\n''",
        "''\n   $\n  a\n''",
        "''\n   a\n    b''\n",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    // Many more from an alphabet of pieces, with a fixed pseudo-random walk.
    let pieces = [
        " ", "  ", "\n", "\n  ", "a", "b c", "${i}", "''$", "'''", "''\\n", "''\\ ", "$", "'",
        "\t", "$$", "\r\n", "é", "''\\\n", "''\\t",
    ];
    let quoted = [
        " ", "\n", "a", "${i}", "\\n", "\\$", "$", "'", "\\\"", "\\\\", "$$", "\r", "\r\n", "é",
        "''", "\\\r",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % n as u64).unwrap()
    };
    for _ in 0..1500 {
        let mut source = String::from("''");
        for _ in 0..next(9) {
            source.push_str(pieces[next(pieces.len())]);
        }
        source.push_str("''");
        sources.push(source);
        let mut source = String::from("\"");
        for _ in 0..next(7) {
            source.push_str(quoted[next(quoted.len())]);
        }
        source.push('"');
        sources.push(source);
    }
    // Only what is one whole string and nothing else.
    sources.retain(|source| {
        let parse = rnix::Root::parse(source.trim_end());
        parse.errors().is_empty()
            && parse
                .syntax()
                .first_child()
                .is_some_and(|node| node.kind() == SyntaxKind::NODE_STRING)
    });
    sources
}

#[test]
fn values_equal_those_of_nix() {
    let sources = sources();
    assert!(sources.len() > 1000, "{}", sources.len());
    let list: Vec<String> = sources.iter().map(|s| format!("({s})")).collect();
    let program = format!("let i = \"<I>\"; in [\n{}\n]", list.join("\n"));
    #[expect(clippy::disallowed_methods, reason = "the judge is an outside tool")]
    let output = Command::new("nix-instantiate")
        .env("NIX_REMOTE", "dummy://")
        .args(["--eval", "--strict", "--json", "-E", &program])
        .output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        other => {
            #[expect(clippy::disallowed_methods, reason = "a switch of the test")]
            let required = std::env::var_os("NIVIS_REQUIRE_TOOLS").is_some();
            assert!(!required, "nix-instantiate: {other:?}");
            println!("skipped: nix-instantiate is missing or failed");
            return;
        }
    };
    let values = json_strings(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(values.len(), sources.len());
    for (source, want) in sources.iter().zip(&values) {
        let value = first_string(source);
        let mut have = value.text.clone();
        for (index, hole) in value.holes.iter().enumerate().rev() {
            assert_eq!(value.hole_at(hole.value.start), Some(index));
            have.replace_range(hole.value.clone(), "<I>");
        }
        assert_eq!(&have, want, "of {source:?}");
    }
}

/// The strings of a flat JSON list.
fn json_strings(json: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        if c != '"' {
            continue;
        }
        let mut string = String::new();
        loop {
            match chars.next().unwrap() {
                '"' => break,
                '\\' => match chars.next().unwrap() {
                    'n' => string.push('\n'),
                    't' => string.push('\t'),
                    'r' => string.push('\r'),
                    'u' => {
                        let hex: String = chars.by_ref().take(4).collect();
                        let code = u32::from_str_radix(&hex, 16).unwrap();
                        string.push(char::from_u32(code).unwrap());
                    }
                    c => string.push(c),
                },
                c => string.push(c),
            }
        }
        strings.push(string);
    }
    strings
}

#[test]
fn the_map_leads_back() {
    for source in sources() {
        let value = first_string(&source);
        let slice = |range: TextRange| &source[range];
        // Every plain word stands in the source under its range.
        let mut start = None;
        for (i, c) in value.text.char_indices().chain([(value.text.len(), ' ')]) {
            if c.is_ascii_alphabetic() {
                start.get_or_insert(i);
            } else if let Some(from) = start.take() {
                let word = &value.text[from..i];
                if value.is_verbatim(from..i) {
                    assert_eq!(slice(value.source_range(from..i)), word, "of {source:?}");
                }
            }
        }
        // Every character has a place inside the string, and places never go back.
        let mut last = value.inside().start();
        for (i, c) in value.text.char_indices() {
            let at = value.source_range(i..i + c.len_utf8());
            assert!(at.start() >= last, "of {source:?}");
            assert!(at.end() <= value.inside().end(), "of {source:?}");
            assert!(!slice(at).is_empty());
            if value.is_verbatim(i..i + c.len_utf8()) {
                assert!(slice(at).starts_with(c), "of {source:?}");
            }
            last = at.start();
        }
        assert_eq!(value.source(value.text.len()), value.inside().end());
        // Holes and pieces make up the whole.
        let pieces: usize = value.pieces().map(|piece| piece.text.len()).sum();
        let holes: usize = value.holes.iter().map(|hole| hole.value.len()).sum();
        assert_eq!(pieces + holes, value.text.len());
        for hole in &value.holes {
            assert_eq!(slice(hole.at), "i");
            assert_eq!(slice(value.source_range(hole.value.clone())), "${i}");
            assert!(!value.is_verbatim(hole.value.clone()));
        }
    }
}

#[test]
fn removed_indentation_splits_runs() {
    let source = "''\n  echo one\n  echo two\n''";
    let value = first_string(source);
    assert_eq!(value.text, "echo one\necho two\n");
    let two = value.text.find("two").unwrap();
    assert_eq!(&source[value.source_range(two..two + 3)], "two");
    assert!(value.is_verbatim(two..two + 3));
    assert!(!value.is_verbatim(0..two));
    assert_eq!(&source[value.source_range(5..13)], "one\n  echo");
}

#[test]
fn plain_strings() {
    let plain = |source: &str| {
        let root = rnix::Root::parse(source).syntax();
        let string = root.descendants().find_map(ast::Str::cast).unwrap();
        super::plain(&string)
    };
    assert_eq!(plain("\"\"").as_deref(), Some(""));
    assert_eq!(plain("\"a.b\"").as_deref(), Some("a.b"));
    assert_eq!(plain("\"a\\nb\"").as_deref(), Some("a\nb"));
    assert_eq!(plain("''\n  a\n''").as_deref(), Some("a\n"));
    assert_eq!(plain("\"a${b}\""), None);
}

#[test]
fn broken_strings_do_not_panic() {
    for source in [
        "\"a",
        "''a",
        "\"a${",
        "\"a${b",
        "''a${b",
        "\"\\",
        "''''\\",
        "\"${}\"",
        "\"${;}a\"",
        "''a''\\",
        "\"a${b c = }\"",
        "''$",
        "''  ",
        "'' \n",
    ] {
        let root = rnix::Root::parse(source).syntax();
        for node in root.descendants() {
            let value = StringValue::of_node(&node);
            let _ = value.source_range(0..value.text.len());
            if let Some(string) = ast::Str::cast(node) {
                let _ = super::plain(&string);
            }
        }
    }
}
