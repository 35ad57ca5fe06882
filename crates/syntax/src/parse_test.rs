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
            1 << 18
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
