//! The parser against rnix's trees, Nix's verdicts and hostile texts.

use super::*;

/// Runs `f` with the stack that workers have.
fn with_worker_stack(f: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(16 << 20)
        .spawn(f)
        .unwrap()
        .join()
        .unwrap();
}

fn messages(text: &str) -> Vec<String> {
    parse(text, Limits::default())
        .faults
        .into_iter()
        .map(|fault| fault.message)
        .collect()
}

/// Texts of every construct that rnix and Nix read alike.
const SOUND: &[&str] = &[
    "1",
    " 1 # x",
    "a: b",
    "a.b.c",
    "a.b or c",
    "a.b or c.d or e",
    "f a b c",
    "f (a) [ b ] { } rec { } \"s\" ''t'' ./x",
    "a: b: c",
    "{ a, b ? 1, ... }@x: a",
    "x@{ a, }: a",
    "{ }: 1",
    "{ ... }: 1",
    "{ }@a: 1",
    "{ a }: a",
    "{ a = 1; \"b\" = 2; ${c} = 3; \"d${e}\" = 4; f.g.\"h\".${i} = 5; inherit; inherit a b; inherit (x) y \"z\"; }",
    "rec { a = 1; }",
    "let a = 1; in a",
    "let in 1",
    "let { body = 1; }",
    "with a; b",
    "assert a; b",
    "if a then b else if c then d else e",
    "a + b - c * d / e ++ f ++ g // h // i",
    "a == b && c != d || e -> f -> g",
    "a < b",
    "a <= b",
    "a > b",
    "a >= b",
    "!a",
    "!!a",
    "-a",
    "- - a",
    "!a == b",
    "-a + b",
    "a ? b",
    "a ? b.c ? d",
    "!a ? b",
    "a |> b |> c",
    "a <| b <| c",
    "\"\"",
    "\"a${b}c${\"d${e}\"}f\"",
    "''''",
    "''\n  a ${b}\n  ''${c} '''d\n''",
    "./a/b",
    "../a",
    "/a/b",
    "~/a",
    "<a/b>",
    "./a/${b}/c",
    "./a${b}",
    "/${a}",
    "a:b",
    "https://x.y/z?a=b",
    "1.5",
    ".5",
    "1.",
    "1.5e10",
    "__curPos",
    "a or b",
    "f a or b",
    "[ ]",
    "[ a b.c (d e) ]",
    "a.or",
    "{ or = 1; }",
    "/* a */ 1 /* b */",
    "{ a = b: c; d = with e; f; }",
    "a /b",
    "a / b",
    "a//b",
    "a->b",
    "a- b",
    "(a)",
    "((a))",
    "a.${b}.\"c\"",
    "let inherit (a) b; in b",
    "{ ${\"a\"} = 1; }",
    "a <b> c",
    "a<b",
    "1 2",
    "-1",
    "a -1",
    "a - 1",
    "a-1",
    "x: x.y",
    "0",
    "007",
];

#[test]
fn trees_equal_those_of_rnix() {
    for text in SOUND {
        let ours = parse(text, Limits::default());
        let theirs = rnix::Root::parse(text);
        assert_eq!(
            ours.faults
                .iter()
                .filter(|f| !f.message.contains("`or`"))
                .count(),
            0,
            "{text}: {:?}",
            ours.faults
        );
        assert_eq!(
            format!("{:#?}", ours.root().unwrap()),
            format!("{:#?}", theirs.syntax()),
            "{text}"
        );
    }
}

#[test]
fn hostile_texts_end_in_a_fault() {
    with_worker_stack(|| {
        let mib = if cfg!(debug_assertions) {
            1 << 15
        } else {
            1 << 20
        };
        for piece in [
            "[",
            "[ ",
            "(",
            "{",
            "{a=",
            "${",
            "\"${",
            "''${",
            "./a${",
            "x: ",
            "{x}: ",
            "x@{y?",
            "{x?",
            "if a then ",
            "if ",
            "if a then b else ",
            "let a=1;in ",
            "let a=",
            "let ",
            "let{a=",
            "with a;",
            "with ",
            "assert a;",
            "a.b.",
            "a.b.c",
            "a.",
            "!",
            "- ",
            "-",
            "a + ",
            "a-",
            "a ++ ",
            "a // ",
            "a && ",
            "a || ",
            "a -> ",
            "a == ",
            "a < ",
            "a ? b",
            " ? b",
            "a ",
            "a b.c (d) ",
            "a.b or ",
            "a or ",
            "or ",
            "a |> ",
            "a <| ",
            "1.2",
            "1.2.3.",
            "<",
            "<a",
            ">",
            "=",
            ";",
            ",",
            ":",
            "@",
            "...",
            "inherit ",
            "inherit (",
            "{inherit (a",
            "rec{a=",
            "rec ",
            "\"",
            "''",
            "'",
            "\\",
            "$",
            "#",
            "/*",
            "/",
            "//",
            ")",
            "]",
            "}",
            "a}",
            "{a b",
            "{a,",
            "{a;",
            "a=1;",
            "a,",
            "<<<<<<< a\n",
            "=======\n",
            ">>>>>>> b\n",
            "\u{a0}",
            "\0",
            "\r",
            "\u{e9}",
            "[a b",
            "(a b",
            "(a)",
            "[(",
            "([",
            "{a=[",
            "[{a=",
            "!(",
            "-[",
            "a(",
            "a[",
            "a++(",
            "(a+b)+",
            "[a ++ ",
            "assert !(",
            "in ",
            "then ",
            "else ",
            "a:b",
            "a.b:",
            "a_",
            "a'/",
            "./",
            "~/",
            "0",
            "9",
            "1e",
            "\"a${b}",
            "./a${b}",
            "{ ",
            "{ } ",
            "{ a = 1; } ",
            "{ a = b c; } ",
            "f: f (",
            "{ a = (",
            "with a; [ ",
            "let a = b: ",
            "a ? \"${",
            "a.${",
            "a.\"${",
            "{ ${",
            "{ \"${",
        ] {
            let text = piece.repeat(mib / piece.len());
            let start = std::time::Instant::now();
            let parsed = parse(&text, Limits::default());
            let ms = start.elapsed().as_millis();
            drop(parsed.root());
            for fault in &parsed.faults {
                assert!(usize::from(fault.at.end()) <= text.len(), "{piece:?}");
            }
            assert!(parsed.faults.len() <= 10, "{piece:?}");
            drop(parsed);
            let all = start.elapsed().as_millis();
            assert!(
                all < 1000 || cfg!(debug_assertions),
                "{piece:?}: {ms} then {all} ms"
            );
        }
    });
}

/// Texts that Nix refuses, with the words for it.
const REFUSED: &[(&str, &str)] = &[
    ("", "this file is empty: Nix takes one expression"),
    (
        " \n# x\n",
        "this file holds nothing but comments: Nix takes one expression",
    ),
    ("\u{a0}1", "a no-break space (U+00A0) stands here"),
    ("[ 1\u{a0}2 ]", "a no-break space (U+00A0) stands here"),
    ("1 \u{c}", "a form feed (U+000C) stands here"),
    ("1 +\u{b} 2", "a vertical tab (U+000B) stands here"),
    ("\u{feff}1", "a byte order mark (U+FEFF) stands here"),
    ("{ a = “b”; }", "`“` quotes nothing: strings stand in `\"`"),
    ("{ a = \u{202e}b; }", "the character U+202E stands here"),
    ("1 \u{1}", "the character U+0001 stands here"),
    ("{ a = 1; \0 }", "the `{` is never closed"),
    ("{ a, ..., }: a", "no `,` follows `...`"),
    ("{ a, ..., ... }: a", "`...` stands twice"),
    ("{ , a }: a", "no argument stands before this `,`"),
    ("{ 1, a }: a", "`1` is no attribute name"),
    ("{ a, 1 }: a", "an argument is a name, not `1`"),
    ("x@y: 1", "after `@` stands `{ … }`, not `y`"),
    ("{ a }@: 1", "after `@` stands a name, not `:`"),
    ("{ a }", "`a` has no value"),
    ("{ a b }", "missing `=` after `a`"),
    ("{ a = 1 2 : 3; }", "`:` cannot follow the value of `a`"),
    ("{ a = [ 1 ) ]; }", "this `)` closes nothing"),
    ("( { a = 1; )", "the `{` is not closed before this `)`"),
    ("{ inherit a.b; }", "`inherit` takes names, not paths"),
    (
        "{ inherit a, b; }",
        "names are separated by spaces, not by `,`",
    ),
    ("{ inherit 1; }", "`inherit` takes names, not `1`"),
    (
        "{ ''a'' = 1; }",
        "an attribute name is quoted with `\"`, not with `''`",
    ),
    ("{ if = 1; }", "`if` is no attribute name"),
    (
        "{ a.b. = 1; }",
        "an attribute name is missing before this `=`",
    ),
    ("1.a.", "the file ends where an attribute name is missing"),
    ("1 +", "the file ends where an expression is missing"),
    ("1 + * 2", "an expression is missing before this `*`"),
    ("()", "nothing stands between `(` and `)`"),
    ("\"${}\"", "nothing stands between `${` and `}`"),
    (
        "${1}",
        "`${ }` stands in strings, paths and attribute names only",
    ),
    ("rec [ ]", "after `rec` stands `{ … }`, not `[`"),
    (
        "assert true 1",
        "missing `;` after the condition of this `assert`",
    ),
    ("with { } 1", "missing `;` after the source of this `with`"),
    ("1 + (a: a) 1 + x: x", "a function needs parentheses here"),
    ("[ { a }: a ]", "a function needs parentheses here"),
    ("(a: a) with { }; 1", "`with` needs parentheses here"),
    ("1 + assert true; 1", "`assert` needs parentheses here"),
    ("1 + let in 1", "`let` needs parentheses here"),
    ("1.5e400", "this number is out of the range of floats"),
    ("1.5e-400", "this number is out of the range of floats"),
    ("./a${\"x\"}/", "a path must not end with `/`"),
    ("or", "`or` is no expression"),
    ("1 & 2", "`&` is no operator: write `&&`"),
    ("1 % 2", "`%` means nothing to Nix"),
    (
        "{ a = 1; }; ",
        "`;` cannot follow the expression of the file",
    ),
    ("if true 1 else 2", "this `if` has no `then`"),
    ("{ a = let b = 1; b; }", "this `let` has no `in`"),
    ("{ a = b = 1; }", "`a` has no value"),
    (
        "[ a = 1; ]",
        "a list holds values: for attributes write `{ … }`",
    ),
    ("\"a\\", "the `\"` is never closed"),
    ("''a''\\", "the `''` is never closed"),
    ("\"${\"a", "the `\"` is never closed"),
];

/// Texts that Nix takes and that look odd.
const TAKEN: &[&str] = &[
    "1\r# a\r",
    "# a\r1",
    "[ 1\r2 ]",
    "1\0 } ]",
    "1\0",
    "\"a\0b\"",
    "# a\0b\n1",
    "{ a = 1; }\r\n",
    "\t1",
    "let ${\"a\"} = 1; in a",
    "let ${(\"a\")} = 1; in a",
    "let ${''a''} = 1; in a",
    "let a.${\"b\" + \"c\"} = 1; in a",
    "let { ${\"a\" + \"b\"} = 1; body = 2; }",
    "[ let { body = 1; } ]",
    "let { body = { x = 1; }; }.x",
    "./a/${\"b\"}//c",
    "./a//b${\"c\"}",
    "a: a ? b ? c",
    "a: !a + !a",
    "a: a + !a == a",
    "a: a * -a",
    "1.e5",
    "00.5",
    "1.2.3",
    "0.a or 1",
    "(a: a) ./x(1)",
    "{ inherit; }",
    "a: a.or or 1",
    "{ \"a\" = 1; or = 2; }",
    "let or = a: a; in 1 or",
    "with { or = 1; }; a: a or",
    "9223372036854775807",
    "/**/1",
    "/***/1",
    "/* * **/1",
    "\"$\"",
    "\"$$\"",
    "''$''",
    "''''$''",
    "\"$${\"",
    "''$${''",
    "''''${''",
    "\"\\${\"",
    "x: \"a\".b.${x}",
];

#[test]
fn faults_in_words() {
    for (text, want) in REFUSED {
        let have = messages(text);
        assert_eq!(
            have.first().map(String::as_str),
            Some(*want),
            "{text:?}: {have:?}"
        );
        assert_eq!(have.len(), 1, "{text:?}: {have:?}");
    }
    for text in TAKEN {
        assert_eq!(messages(text), [""; 0], "{text:?}");
    }
}

#[test]
fn indentation_tells_which_bracket() {
    let text = "{ pkgs, ... }:\n{\n  a = {\n    b = [\n      1\n    ];\n  c = {\n  };\n}\n";
    let faults = parse(text, Limits::default()).faults;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(
        faults[0].help.as_deref(),
        Some("by the indentation, the `{` of line 3 is the one that is not closed")
    );
}

#[test]
fn ten_faults_at_most() {
    let text = format!("{{ {} }}", "a == 1; ".repeat(25));
    let faults = parse(&text, Limits::default()).faults;
    assert_eq!(faults.len(), 10);
    assert_eq!(
        faults[9].message,
        "an attribute takes `=`, not `==` (and 15 more)"
    );
}

#[test]
fn limits_are_exact() {
    with_worker_stack(|| {
        let deep = |open: &str, close: &str, n: usize| {
            messages(&format!("{}1{}", open.repeat(n), close.repeat(n)))
        };
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{ a = ", "; }"),
            ("\"${", "}\""),
            ("x: ", ""),
        ] {
            assert_eq!(deep(open, close, 500), [""; 0], "{open}");
            assert_eq!(deep(open, close, 501), ["nested deeper than 500"], "{open}");
        }
        for (piece, last) in [
            ("1 + ", "1"),
            ("[ ] ++ ", "[ ]"),
            ("!", "true"),
            ("(x: x) ", ""),
            ("{ }.a or ", "1"),
        ] {
            let run = |n: usize| messages(&format!("{}{last}", piece.repeat(n)));
            assert_eq!(run(4000), [""; 0], "{piece}");
            assert_eq!(run(4002), ["a chain longer than 4000"], "{piece}");
        }
        // What real configurations reach.
        assert_eq!(deep("assert true; ", "", 244), [""; 0]);
        assert_eq!(messages(&format!("[ {} ]", "1 ".repeat(20_000))), [""; 0]);
        assert_eq!(
            messages(&format!("{{ {} }}", "a = f 1; ".repeat(20_000))),
            [""; 0]
        );
    });
}

/// Any bytes at all: no panic, no loss, places inside the text.
#[test]
fn noise() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % n as u64).unwrap()
    };
    let pieces = [
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "${",
        "\"",
        "''",
        "'",
        "\\",
        "$",
        ";",
        ",",
        "=",
        "==",
        ":",
        "@",
        "?",
        ".",
        "...",
        "a",
        "b ",
        " ",
        "\n",
        "let ",
        " in ",
        "with ",
        "inherit ",
        "rec",
        "if ",
        " then ",
        " else ",
        "or ",
        "assert ",
        "1",
        ".5",
        "./a",
        "/",
        "//",
        "~/",
        "<a>",
        "<",
        "-",
        "+",
        "++",
        "!",
        "|>",
        "<|",
        "&&",
        "->",
        "#",
        "/*",
        "*/",
        "é",
        "\u{a0}",
        "\0",
        "\r",
        "\n<<<<<<< a\n",
        "\n=======\n",
        "\n>>>>>>> b\n",
        "x: ",
    ];
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..next(24) {
            text.push_str(pieces[next(pieces.len())]);
        }
        let parsed = parse(&text, Limits::default());
        let root = parsed.root().unwrap();
        assert_eq!(root.text().to_string(), text);
        for fault in &parsed.faults {
            let labels = fault.label.iter().map(|(at, _)| *at);
            for at in labels.chain([fault.at]) {
                assert!(
                    text.get(usize::from(at.start())..usize::from(at.end()))
                        .is_some(),
                    "{text:?}"
                );
            }
        }
        // rnix asserts the shape of strings; nothing that reads a tree may panic for it.
        for node in root.descendants() {
            let _ = crate::strings::StringValue::of_node(&node);
        }
        let theirs = rnix::Root::parse(&text);
        if parsed.faults.is_empty() && theirs.errors().is_empty() && !text.contains(['\r', '\0']) {
            assert_eq!(root.green(), theirs.syntax().green(), "{text:?}");
        }
    }
}

#[test]
fn nix_agrees() {
    for (texts, accepted) in [
        (REFUSED.iter().map(|(text, _)| *text).collect(), false),
        (TAKEN.to_vec(), true),
    ] {
        let texts: Vec<&str> = texts;
        for text in texts {
            let Some((accepts, words)) = verdict_of_nix(text) else {
                println!("skipped: nix-instantiate is missing");
                return;
            };
            // The grammar takes it; that a name is undefined is found later.
            let accepts = accepts || words.contains("undefined variable");
            assert_eq!(accepts, accepted, "{text:?}: {words}");
        }
    }
}

/// Whether Nix parses a text, and what it says; `None` without the tool.
#[expect(clippy::disallowed_methods, reason = "the judge is an outside tool")]
fn verdict_of_nix(text: &str) -> Option<(bool, String)> {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let child = Command::new("nix-instantiate")
        .env("NIX_REMOTE", "dummy://")
        .args(["--parse", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            let required = std::env::var_os("NIVIS_REQUIRE_TOOLS").is_some();
            assert!(!required, "nix-instantiate: {error}");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Some((output.status.success(), words))
}
