//! Where other linters were wrong: each fault that their users reported, and each wrong fix that we know of.
//!
//! One row each, with the number of its report or the name of the other's lint. The pages of the lints hold more.

use std::collections::BTreeMap;

use engine::Wanted;
use lint_api::Lint;
use testkit::Case;

/// What nivis does with the text.
enum Does {
    /// Says nothing.
    Nothing,
    /// Speaks, and leaves the text alone.
    Speaks,
    /// Writes this.
    Writes(&'static str),
    /// Writes this on request only.
    Offers(&'static str),
}

use Does::{Nothing, Offers, Speaks, Writes};

/// Whose fault, our lint, the text, what nivis does.
const ROWS: &[(&str, &str, &str, Does)] = &[
    // A comment between `let` and `in` was lost.
    ("statix#43", "empty-let", "let /* c */ in 1", Speaks),
    ("statix#43", "empty-let", "let\n  # c\nin\n1", Speaks),
    // An option may be null, a select anything.
    (
        "statix#53",
        "bool-comparison",
        "cfg: cfg.on == true",
        Nothing,
    ),
    (
        "nixvim#2929",
        "bool-comparison",
        "cfg: cfg.on or null == false",
        Nothing,
    ),
    (
        "statix W01",
        "bool-comparison",
        "cfg: cfg.on == false",
        Nothing,
    ),
    (
        "statix W01",
        "bool-comparison",
        "a: a ? b == false",
        Writes("a: !(a ? b)"),
    ),
    (
        "statix W01",
        "bool-comparison",
        "a: b: (a && b) == false",
        Writes("a: b: !(a && b)"),
    ),
    // The inner names would be seen by the outer values.
    (
        "statix#63",
        "collapsible-let",
        "let a = 1; in let a = 2; in a",
        Nothing,
    ),
    (
        "statix#85",
        "collapsible-let",
        "y: let x = y; in let y = 1; in x + y",
        Nothing,
    ),
    (
        "statix#142",
        "collapsible-let",
        "s: let p = with s; n; in let n = 1; in p + n",
        Nothing,
    ),
    (
        "statix W06",
        "collapsible-let",
        "b: let inherit b; in let b = 1; in b",
        Nothing,
    ),
    // Who calls with a set must be able to; the pattern checks that it is one.
    ("statix#31", "empty-pattern", "{ ... }: { a = 1; }", Nothing),
    (
        "statix#108",
        "empty-pattern",
        "{ imports = [ ({ ... }: { }) ]; }",
        Nothing,
    ),
    (
        "statix#64",
        "redundant-pattern-bind",
        "{ ... } @ n: n",
        Speaks,
    ),
    // Any fault of a text is told, none ends in a crash.
    ("statix#65", "syntax-error", "{ a = 1; } }", Speaks),
    (
        "statix#74",
        "syntax-error",
        "let inherit (a) ${b}; in 1",
        Speaks,
    ),
    ("nixf-diagnose", "syntax-error", "{ a = [ 1", Speaks),
    // One `inherit` for lines that belong together.
    (
        "statix#83",
        "manual-inherit",
        "a: b: {\n  a = a;\n  b = b;\n}",
        Writes("a: b: {\n  inherit a b;\n}"),
    ),
    ("statix#86", "deprecated-builtin", "isNull 1", Nothing),
    (
        "statix#99",
        "repeated-keys",
        "{ services.a = 1; services.b = 2; services.c = 3; }",
        Nothing,
    ),
    (
        "statix W20",
        "repeated-keys",
        "rec { s.a = 1; s.b = s.a; s.c = s.b; }",
        Nothing,
    ),
    // The default was dropped.
    (
        "statix W04",
        "manual-inherit-from",
        "srv: { port = srv.port or 80; }",
        Nothing,
    ),
    (
        "statix W03",
        "manual-inherit",
        "let a = rec { x = x; }; in a",
        Nothing,
    ),
    // Parentheses where none are needed, and none where they are.
    (
        "statix W19",
        "has-attr-or",
        "o: if o ? k then o.k else 0",
        Writes("o: o.k or 0"),
    ),
    (
        "statix W19",
        "has-attr-or",
        "o: f: if o ? k then o.k else f o",
        Writes("o: f: o.k or (f o)"),
    ),
    (
        "statix W19",
        "has-attr-or",
        "f: if f 1 ? k then (f 1).k else 0",
        Nothing,
    ),
    (
        "statix W18",
        "negated-comparison",
        "m: n: !(m == n) == true",
        Writes("m: n: (m != n) == true"),
    ),
    ("statix W18", "negated-comparison", "a: !(a ? b)", Nothing),
    (
        "statix W08",
        "redundant-parens",
        "f: x: f(x)",
        Writes("f: x: f x"),
    ),
    (
        "statix W08",
        "redundant-parens",
        "a: d: (a.b).c or d",
        Nothing,
    ),
    (
        "statix W08",
        "redundant-parens",
        "{ a = (-1); b = [ (-1) ]; }",
        Writes("{ a = -1; b = [ (-1) ]; }"),
    ),
    // `(rec { … }).body` keeps what is odd about it.
    (
        "statix W05",
        "legacy-let",
        "let { n = 1; body = n + 1; }",
        Writes("let n = 1; in n + 1"),
    ),
    (
        "statix W05",
        "legacy-let",
        "f: f let { body = 1; }",
        Writes("f: f (let in 1)"),
    ),
    (
        "statix W05",
        "legacy-let",
        "let { body = 1; /* c */ }",
        Speaks,
    ),
    ("statix W23", "empty-operand", "x: [ ] ++ x", Offers("x: x")),
    (
        "statix W07",
        "eta-reduction",
        "let f = x: f x; in f",
        Nothing,
    ),
    (
        "statix W12",
        "url-literal",
        "[ http://a.b/c?d=e ]",
        Writes("[ \"http://a.b/c?d=e\" ]"),
    ),
    ("statix W12", "url-literal", "x:x", Offers("x: x")),
    // deadnix
    (
        "deadnix#24",
        "unused-formal",
        "{ config, lib, pkgs, ... }: { }",
        Nothing,
    ),
    (
        "deadnix#91",
        "unused-let",
        "let k = \"n\"; in { \"${k}\" = 1; \"${k}2\".y = 2; }",
        Nothing,
    ),
    (
        "deadnix#100",
        "unused-let",
        "let k = 1; in { k = 2; }.k",
        Writes("{ k = 2; }.k"),
    ),
    (
        "deadnix#113",
        "unused-formal",
        "{ mkDerivation, a }: mkDerivation { }",
        Offers("{ mkDerivation }: mkDerivation { }"),
    ),
    ("deadnix#113", "unused-formal", "[ ({ a, b }: a) ]", Nothing),
    (
        "deadnix#114",
        "unused-formal",
        "[ ({ a, b, ... }: 1) ]",
        Writes("[ ({ ... }: 1) ]"),
    ),
    (
        "deadnix#114",
        "unused-formal",
        "[ ({ a, b, c, ... }: b) ]",
        Writes("[ ({ b, ... }: b) ]"),
    ),
    (
        "deadnix",
        "unused-let",
        "let d = e; e = d; in 0",
        Writes("0"),
    ),
    (
        "deadnix",
        "unused-let",
        "let a = b; b = 1; in 0",
        Writes("0"),
    ),
    // The comment was left behind, and spoke of the next binding then.
    (
        "deadnix",
        "unused-let",
        "let\n  # of a\n  a = 1;\n  b = 2;\nin\nb",
        Offers("let\n  b = 2;\nin\nb"),
    ),
    // nil
    (
        "nil#4",
        "undefined-name",
        "let k = \"x\"; in { \"${k}1\" = 1; ${k}.z = 2; }",
        Nothing,
    ),
    (
        "nil#93",
        "unknown-builtin",
        "[ builtins.getFlake builtins.warn builtins.parallel ]",
        Nothing,
    ),
    (
        "nil#114",
        "unneeded-rec",
        "{ s = rec { a = 1; }; s.b = a; }",
        Nothing,
    ),
    // nixf and nixd
    (
        "nixd#463",
        "unused-argument",
        "{ overlay = final: prev: { }; }",
        Nothing,
    ),
    (
        "nixd#487",
        "unused-formal",
        "{ a, ... }@args: args",
        Nothing,
    ),
    (
        "nixd#582",
        "unused-with",
        "p: let a = 1; in with p; [ a b ]",
        Nothing,
    ),
    (
        "nixd#676",
        "unused-formal",
        "{ config, inputs, self, ... }: { }",
        Nothing,
    ),
    (
        "nixd#727",
        "shadowed-constant",
        "{ lib }: let inherit (lib) map; in map",
        Nothing,
    ),
    (
        "nixd#747",
        "shadowed-constant",
        "{ fetchTarball, ... }: fetchTarball 1",
        Nothing,
    ),
    (
        "nixd#762",
        "unknown-builtin",
        "builtins.convertHash",
        Nothing,
    ),
    // `{ (e) }` was left.
    (
        "nixf empty-inherit",
        "empty-inherit",
        "e: { inherit (e); }",
        Writes("e: { }"),
    ),
    (
        "nixf redundant-paren",
        "redundant-parens",
        "x:(x)",
        Writes("x: x"),
    ),
    (
        "nixf extra-rec",
        "unneeded-rec",
        "rec { __overrides = { a = 2; }; a = 1; }",
        Nothing,
    ),
    (
        "nixf extra-with",
        "unused-with",
        "l: with l; with builtins; map id xs",
        Nothing,
    ),
    (
        "nixf primop-removed-prefix",
        "unknown-builtin",
        "map: builtins.map",
        Nothing,
    ),
    (
        "nix-linter#59",
        "unneeded-rec",
        "rec { a = { b = 1; }; inherit (a) b; }",
        Nothing,
    ),
];

fn written(lint: &'static Lint, text: &str, all: &[&'static Lint], guesses: bool) -> String {
    let texts = BTreeMap::from([("host.nix".to_owned(), text.to_owned())]);
    let wanted = Wanted {
        guesses,
        ..Wanted::default()
    };
    let select = vec![lint.name.to_owned()];
    let (new, troubles) = testkit::fixed(&Case::default(), &texts, select, all, wanted);
    assert!(troubles.is_empty(), "{text}: {troubles:?}");
    new["host.nix"].clone()
}

#[test]
fn the_faults_of_others_are_not_ours() {
    let all: Vec<&'static Lint> = lints::ALL.iter().chain(engine::own::ALL).copied().collect();
    let mut wrong = Vec::new();
    for (whose, name, text, does) in ROWS {
        let lint = *all.iter().find(|it| it.name == *name).expect(name);
        let texts = BTreeMap::from([("host.nix".to_owned(), (*text).to_owned())]);
        let report = testkit::run::run(&Case::default(), &texts, lint, &all);
        let speaks = report.active().any(|it| it.finding.lint == lint);
        let (safe, guessed) = match does {
            Nothing | Speaks => (*text, *text),
            Writes(after) => (*after, *after),
            Offers(after) => (*text, *after),
        };
        let now = [false, true].map(|guesses| written(lint, text, &all, guesses));
        if speaks == matches!(does, Nothing) || now != [safe, guessed] {
            wrong.push(format!(
                "{whose}: {name} of {text:?}: speaks: {speaks}, writes {now:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
