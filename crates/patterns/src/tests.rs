//! Rules on small texts: what they find, what they say, what their fixes make of it, and what they refuse.

use std::sync::Arc;

use lint_api::repo::facts::Extract;
use lint_api::repo::{File, FileId, Kind, RepoPath};
use lint_api::syntax::parse::Limits;
use lint_api::syntax::{SyntaxKind, Text};
use lint_api::{Check, FileCx, Finding, Lint, Pattern};
use proptest::prelude::*;

use super::{Source, load};

fn source(text: &str) -> Source {
    Source {
        path: "r.toml".to_owned(),
        text: Text::new(text),
        mixed: false,
    }
}

fn wrong(text: &str) -> String {
    match load(&[source(text)], &|_| None) {
        Ok(lints) => format!("fine: {lints:?}"),
        Err(error) => error.to_string(),
    }
}

/// A rule with more lines of TOML.
fn rule(pattern: &str, more: &str) -> &'static Lint {
    let text = format!("[[rule]]\nname = 'r'\npattern = '''{pattern}'''\nmessage = 'm'\n{more}\n");
    match load(&[source(&text)], &|_| None) {
        Ok(lints) => lints[0].lint,
        Err(error) => panic!("{pattern}: {error}"),
    }
}

/// What a lint finds in a text, as the engine would call it.
fn findings(lint: &'static Lint, path: &str, nix: &str) -> Vec<Finding> {
    let Check::Pattern(pattern) = &lint.check else {
        panic!("a rule makes a pattern")
    };
    let text = Arc::new(Text::new(nix));
    let path = RepoPath::from(path);
    let (mut file, tree) = File::new(FileId(0), path, Kind::Nix, text, Limits::default());
    let tree = tree.expect("a tree");
    let mut found = Vec::new();
    let options = (lint.options.parse)(Default::default()).expect("no options");
    for node in tree.root.descendants() {
        if pattern.kinds.contains(&node.kind()) {
            let mut cx = FileCx::new(&file, Some(&tree), lint, options.as_ref(), &mut found);
            Pattern::at_node(&node, &mut cx);
        }
    }
    file.facts = Extract::all(&file, &tree);
    let mut cx = FileCx::new(&file, Some(&tree), lint, options.as_ref(), &mut found);
    Pattern::at_file(&mut cx);
    found
}

/// The texts that a lint points at.
fn found(lint: &'static Lint, nix: &str) -> Vec<String> {
    let all = findings(lint, "a.nix", nix);
    all.iter().map(|it| nix[it.at.range].to_owned()).collect()
}

/// What a pattern points at in a text.
fn hits(pattern: &str, nix: &str) -> Vec<String> {
    found(rule(pattern, ""), nix)
}

fn applied(nix: &str, finding: &Finding) -> Option<String> {
    let mut edits = finding.fix.as_ref()?.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start()));
    let mut text = nix.to_owned();
    for edit in edits {
        text.replace_range(std::ops::Range::<usize>::from(edit.range), &edit.text);
    }
    Some(text)
}

/// The text after the fix of its only finding.
fn fixed(pattern: &str, fix: &str, nix: &str) -> String {
    let lint = rule(pattern, &format!("fix = '''{fix}'''"));
    let all = findings(lint, "a.nix", nix);
    assert_eq!(all.len(), 1, "{pattern}: {nix}: {all:?}");
    let Some(text) = applied(nix, &all[0]) else {
        return "-".to_owned();
    };
    let parsed = lint_api::syntax::parse(&text, Limits::default());
    assert!(parsed.faults.is_empty(), "{text}: {:?}", parsed.faults);
    text
}

/// What came out otherwise than expected.
#[derive(Default)]
struct Bad(Vec<String>);

impl Bad {
    fn differ<T: PartialEq + std::fmt::Debug>(&mut self, found: T, expected: T, what: &str) {
        if found != expected {
            self.0.push(format!(
                "{what}\n    found    {found:?}\n    expected {expected:?}"
            ));
        }
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

#[test]
fn shapes() {
    let mut bad = Bad::default();
    for (pattern, nix, expected) in [
        // Calls and selections.
        ("f $x", "f 1 2", vec!["f 1"]),
        ("f $x", "(f) (1)", vec!["(f) (1)"]),
        ("f ($x)", "f /* c */ 1", vec!["f /* c */ 1"]),
        (
            "f $x $x",
            "[ (f a a) (f a b) (f (a) a) (f [1 2] [ 1 /*c*/ 2 ]) ]",
            vec!["f a a", "f (a) a", "f [1 2] [ 1 /*c*/ 2 ]"],
        ),
        ("f $_ $_", "f a b", vec!["f a b"]),
        ("f $...args", "f a b c", vec!["f a b c"]),
        ("f $...args", "[ f (f a) ]", vec!["f a"]),
        (
            "f a $...args",
            "[ (f a) (f b) (f a c) ((f a) c d) ]",
            vec!["f a", "f a c", "(f a) c d"],
        ),
        ("$f $x", "a b c", vec!["a b", "a b c"]),
        (
            "a.b",
            "[ a.b a.b.c (a.b).c (a).b a.c a.b or 1 x.a.b ]",
            vec!["a.b", "a.b", "a.b", "(a).b"],
        ),
        ("a.\"b\".${\"c\"}", "a.b.c", vec!["a.b.c"]),
        (
            "a.$x",
            "[ a.b.c a.${d} a.\"e f\" ]",
            vec!["a.b", "a.${d}", "a.\"e f\""],
        ),
        ("$x.b", "[ a.b.b c.a ]", vec!["a.b", "a.b.b"]),
        ("$x.$y", "a.b", vec!["a.b"]),
        ("$x.$x", "[ a.a a.b ]", vec!["a.a"]),
        (
            "a.b or $d",
            "[ (a.b or c) a.b (a.b.c or d) ]",
            vec!["a.b or c"],
        ),
        ("a.b.c", "(a.b).c", vec!["(a.b).c"]),
        ("(a.b).c", "a.b.c", vec!["a.b.c"]),
        ("a ? b", "[ (a ? b) (a ? c) ]", vec!["a ? b"]),
        ("a ? $n", "a ? b", vec!["a ? b"]),
        // Names: not where they are keys.
        (
            "a",
            "{ a = a; b.a = x.a; inherit a; inherit (x) a; }",
            vec!["a", "a"],
        ),
        ("a", "a: { a }: a", vec!["a"]),
        // Literals.
        ("1", "[ 1 01 1.0 ]", vec!["1"]),
        ("''a''", "[ \"a\" ''\n  a'' \"b\" ]", vec!["\"a\"", "''"]),
        (
            "\"a${$x}b\"",
            "[ \"a${f 1}b\" \"ab\" \"a${x}b${y}\" ''a${y}b'' ]",
            vec!["\"a${f 1}b\"", "''a${y}b''"],
        ),
        ("\"a\"", "{ \"a\" = 1; \"b\" = \"a\"; }", vec!["\"a\""]),
        ("./a.nix", "[ ./a.nix ./b.nix ]", vec!["./a.nix"]),
        ("./${$x}/b", "[ ./${c}/b ./c/b ]", vec!["./${c}/b"]),
        ("<nixpkgs>", "import <nixpkgs> { }", vec!["<nixpkgs>"]),
        // Lists.
        ("[ ]", "[ [ ] [ 1 ] ]", vec!["[ ]"]),
        ("[ $x ]", "[ [ 1 ] [ 1 2 ] ]", vec!["[ 1 ]"]),
        (
            "[ a $...xs ]",
            "[ [ a ] [ a b c ] [ b a ] ]",
            vec!["[ a ]", "[ a b c ]"],
        ),
        (
            "[ $...xs a ]",
            "[ [ a ] [ b a ] [ a b ] ]",
            vec!["[ a ]", "[ b a ]"],
        ),
        (
            "[ a $...xs a ]",
            "[ [ a ] [ a a ] [ a b a ] ]",
            vec!["[ a a ]", "[ a b a ]"],
        ),
        (
            "[ $...xs ] ++ [ $...xs ]",
            "[ ([ 1 2 ] ++ [ 1  2 ]) ([ 1 ] ++ [ 2 ]) ]",
            vec!["[ 1 2 ] ++ [ 1  2 ]"],
        ),
        // Sets.
        ("{ }", "[ { } { a = 1; } (rec { }) ]", vec!["{ }"]),
        (
            "{ a = 1; }",
            "[ { a = 1; } { a = 1; b = 2; } { \"a\" = 1; } ]",
            vec!["{ a = 1; }", "{ \"a\" = 1; }"],
        ),
        (
            "{ a = 1; b = 2; }",
            "{ b = 2; a = 1; }",
            vec!["{ b = 2; a = 1; }"],
        ),
        (
            "{ a = 1; $...o }",
            "[ { a = 1; b = 2; } { b = 2; } ]",
            vec!["{ a = 1; b = 2; }"],
        ),
        (
            "{ a.b = 1; }",
            "[ { a = { b = 1; }; } { a.b = 1; } { a = { b = 1; c = 2; }; } { a.b = 1; a.c = 1; } ]",
            vec!["{ a = { b = 1; }; }", "{ a.b = 1; }"],
        ),
        (
            "{ a = { b = 1; c = 2; }; }",
            "{ a.b = 1; a.c = 2; }",
            vec!["{ a.b = 1; a.c = 2; }"],
        ),
        (
            "{ a.b = 1; $...o }",
            "[ { a.b = 1; a.c = 2; } { x = 1; a = { c = 1; b = 1; }; } ]",
            vec!["{ a.b = 1; a.c = 2; }", "{ x = 1; a = { c = 1; b = 1; }; }"],
        ),
        (
            "{ a = { b = 1; }; $...o }",
            "[ { a.b = 1; a.c = 2; } { a.b = 1; c = 2; } ]",
            vec!["{ a.b = 1; c = 2; }"],
        ),
        (
            "rec { $...o }",
            "[ { } (rec { a = 1; }) ]",
            vec!["rec { a = 1; }"],
        ),
        (
            "{ inherit x; }",
            "[ { inherit x; } { inherit (s) x; } { x = x; } ]",
            vec!["{ inherit x; }"],
        ),
        (
            "{ inherit (s) x; $...o }",
            "[ { inherit (s) x y; } { inherit (t) x; } ]",
            vec!["{ inherit (s) x y; }"],
        ),
        (
            "{ x = $v; }",
            "[ { inherit x; } { inherit (s) x; } { x = 1; } ]",
            vec!["{ inherit x; }", "{ inherit (s) x; }", "{ x = 1; }"],
        ),
        (
            "{ $n = true; }",
            "[ { a = true; } { a = true; b = true; } { ${c} = true; } ]",
            vec!["{ a = true; }", "{ ${c} = true; }"],
        ),
        (
            "{ $n.enable = true; $...o }",
            "{ a = 1; b.enable = true; }",
            vec!["{ a = 1; b.enable = true; }"],
        ),
        // Functions, `let` and the rest.
        ("$x: $x", "[ (a: a) (a: b) ]", vec!["a: a"]),
        ("x: $b", "[ (x: 1) (y: 1) ]", vec!["x: 1"]),
        (
            "{ a, $...o }: $b",
            "[ ({ b, a, ... }: 1) ({ b }: 1) (args@{ a }: 1) ]",
            vec!["{ b, a, ... }: 1", "args@{ a }: 1"],
        ),
        (
            "{ a, b }: $x",
            "[ ({ b, a }: 1) ({ a, b, ... }: 1) ({ a, b ? 1 }: 1) (x@{ a, b }: 1) ]",
            vec!["{ b, a }: 1"],
        ),
        (
            "{ a ? $d, ... }@$n: $x",
            "{ a ? 1, ... }@args: 1",
            vec!["{ a ? 1, ... }@args: 1"],
        ),
        (
            "let a = $v; in a",
            "[ (let a = 1; in a) (let a = 1; b = 2; in a) ]",
            vec!["let a = 1; in a"],
        ),
        (
            "let $...o in { }",
            "let a = 1; b = 2; in { }",
            vec!["let a = 1; b = 2; in { }"],
        ),
        ("with $s; $b", "with a; b", vec!["with a; b"]),
        ("assert $c; $b", "assert a; b", vec!["assert a; b"]),
        (
            "if $c then $x else $x",
            "[ (if a then b else b) (if a then b else c) ]",
            vec!["if a then b else b"],
        ),
        ("$a // $a", "[ (a // a) (a // b) ]", vec!["a // a"]),
        (
            "$a == null",
            "[ (x == null) (null == x) ]",
            vec!["x == null"],
        ),
        ("!$a", "!a", vec!["!a"]),
        ("-$a", "-a", vec!["-a"]),
        ("__curPos", "__curPos.file", vec!["__curPos"]),
        ("f (a: $x)", "f (a: a.b)", vec!["f (a: a.b)"]),
    ] {
        bad.differ(
            hits(pattern, nix),
            expected.iter().map(ToString::to_string).collect(),
            &format!("{pattern}   in   {nix}"),
        );
    }
    bad.none();
}

#[test]
fn what_names_stand_for() {
    let mut bad = Bad::default();
    for (pattern, nix, expected) in [
        ("lib.mkForce $x", "{ lib }: lib.mkForce 1", 1),
        ("lib.mkForce $x", "{ pkgs }: pkgs.lib.mkForce 1", 1),
        ("lib.mkForce $x", "{ lib }: lib.modules.mkForce 1", 1),
        ("lib.mkForce $x", "{ lib }: with lib; mkForce 1", 1),
        (
            "lib.mkForce $x",
            "{ lib }: let inherit (lib) mkForce; in mkForce 1",
            1,
        ),
        (
            "lib.mkForce $x",
            "{ lib }: let mkForce = lib.mkForce; in mkForce 1",
            1,
        ),
        ("lib.mkForce $x", "{ mkForce }: mkForce 1", 0),
        ("lib.mkForce $x", "lib.mkForce 1", 1),
        ("builtins.fetchTarball $x", "fetchTarball 1", 1),
        ("builtins.fetchTarball $x", "builtins.fetchTarball 1", 1),
        ("builtins.attrNames $x", "__attrNames 1", 1),
        ("builtins.attrNames", "__attrNames 1", 1),
        (
            "builtins.fetchTarball $x",
            "with builtins; fetchTarball 1",
            1,
        ),
        (
            "builtins.fetchTarball $x",
            "{ fetchTarball }: fetchTarball 1",
            0,
        ),
        (
            "builtins.fetchTarball",
            "[ fetchTarball builtins.fetchTarball x.fetchTarball ]",
            2,
        ),
        ("pkgs.hello", "{ pkgs }: with pkgs; [ hello ]", 1),
        (
            "pkgs.hello",
            "{ pkgs, lib }: with lib; with pkgs; [ hello ]",
            1,
        ),
        ("pkgs.hello", "{ pkgs, hello }: with pkgs; [ hello ]", 0),
        ("pkgs.hello", "{ pkgs }: { inherit (pkgs) hello bye; }", 1),
        (
            "pkgs.hello",
            "{ pkgs }: let inherit (pkgs) hello; in [ hello hello ]",
            1,
        ),
        (
            "f pkgs.hello",
            "{ pkgs }: let inherit (pkgs) hello; in f hello",
            1,
        ),
        (
            "pkgs.unstable.$x",
            "{ pkgs }: with pkgs.unstable; [ a b ]",
            2,
        ),
        ("pkgs.unstable.$x", "{ pkgs }: with pkgs; [ unstable.a ]", 1),
        (
            "pkgs.unstable.$x",
            "{ pkgs }: { inherit (pkgs.unstable) a b; }",
            2,
        ),
        (
            "pkgs.$x",
            "{ pkgs, lib }: with lib; with pkgs; [ hello ]",
            0,
        ),
    ] {
        bad.differ(
            hits(pattern, nix).len(),
            expected,
            &format!("{pattern}   in   {nix}"),
        );
    }
    bad.none();
}

#[test]
fn definitions() {
    let mut bad = Bad::default();
    for (pattern, nix, expected) in [
        ("a.b = true;", "{ a.b = true; }", vec!["a.b"]),
        ("a.b = true;", "{ a = { b = true; c = 1; }; }", vec!["b"]),
        ("a.b = true;", "{ x.y.a.b = true; }", vec!["x.y.a.b"]),
        (
            "a.b = true;",
            "{ lib }: { config = lib.mkIf c { a = lib.mkMerge [ { b = lib.mkForce true; } ]; }; }",
            vec!["b"],
        ),
        ("a.b = true;", "{ a.b = false; c.b = true; }", vec![]),
        ("a.b = true;", "{ options.a.b = true; }", vec![]),
        ("options = $_;", "{ options = 1; }", vec!["options"]),
        (
            "a.$n.b = $v;",
            "{ a.x.b = 1; a.${y}.b = 2; a = lib.genAttrs l (n: { b = 3; }); }",
            vec!["a.x.b", "a.${y}.b", "b"],
        ),
        ("a.$n = $n;", "{ a.x = x; a.y = x; }", vec!["a.x"]),
        (
            "a = [ x $...o ];",
            "{ a = lib.mkBefore [ x y ]; }",
            vec!["a"],
        ),
        (
            "a = lib.mkForce $_;",
            "{ a = lib.mkIf c (lib.mkForce 1); }",
            vec!["a"],
        ),
        ("a = $v;", "{ inherit a; }", vec!["a"]),
        ("a = $v;", "{ inherit (x) a; }", vec!["a"]),
        ("a = 1;", "{ inherit (x) a; }", vec![]),
        (
            "a = { b = 1; $..._ };",
            "{ a.b = 1; a.c = 2; }",
            vec!["a.b"],
        ),
        (
            "a = { b = 1; c = 2; };",
            "{ a = { c = 2; b = 1; }; }",
            vec!["a"],
        ),
        ("a = { };", "{ a = { }; b.a = { x = 1; }; }", vec!["a"]),
        ("a.b = 1;", "let a.b = 1; in f { a.b = 1; }", vec!["a.b"]),
    ] {
        bad.differ(
            hits(pattern, nix),
            expected.iter().map(ToString::to_string).collect(),
            &format!("{pattern}   in   {nix}"),
        );
    }
    bad.none();
}

#[test]
fn conditions() {
    let count = |pattern: &str, more: &str, path: &str, nix: &str| {
        findings(rule(pattern, more), path, nix).len()
    };
    let x = |kind: &str| format!("where = {{ '$x' = {{ kind = '{kind}' }} }}");
    for (kind, nix) in [
        ("string", "''a''"),
        ("string", "\"${a}\""),
        ("string", "http://a"),
        ("number", "1.5"),
        ("number", "(-1)"),
        ("path", "./a"),
        ("path", "<a>"),
        ("bool", "true"),
        ("null", "null"),
        ("name", "a"),
        ("select", "a.b"),
        ("select", "(a.b or c)"),
        ("list", "[ ]"),
        ("set", "rec { }"),
        ("function", "(a: a)"),
        ("call", "(a b)"),
        ("if", "(if a then b else c)"),
        ("let", "(let in a)"),
        ("with", "(with a; b)"),
        ("assert", "(assert a; b)"),
        ("operation", "(a + b)"),
        ("operation", "(!a)"),
        ("operation", "(a ? b)"),
    ] {
        let text = format!("f {nix}");
        for (other, _) in super::condition::Kind::ALL
            .iter()
            .map(|(_, word)| (*word, ()))
        {
            let expected = usize::from(other == kind);
            assert_eq!(
                count("f $x", &x(other), "a.nix", &text),
                expected,
                "{nix} {other}"
            );
        }
        // A pattern that is nothing but a hole.
        let alone = nix.trim_start_matches('(').trim_end_matches(')');
        assert!(
            count("$x", &x(kind), "a.nix", &format!("q: {alone}")) > 0,
            "{nix}"
        );
    }
    let text = |conditions: &str| format!("where = {{ '$x' = {{ {conditions} }} }}");
    for (conditions, nix, expected) in [
        ("text = '^a$'", "f \"a\"", 1),
        ("text = '^a$'", "f ''a''", 1),
        ("text = '^a$'", "f a", 1),
        ("text = '^a$'", "f \"ab\"", 0),
        ("text = ['^b$', '^a$']", "f a", 1),
        ("not-text = ['^b$', '^a$']", "f a", 0),
        ("not-text = 'b'", "f a", 1),
        (
            "kind = ['string', 'name'], text = 'a'",
            "[ (f a) (f \"a\") (f [ a ]) ]",
            2,
        ),
    ] {
        assert_eq!(
            count("f $x", &text(conditions), "a.nix", nix),
            expected,
            "{conditions} {nix}"
        );
    }
    // Of a long text nothing holds; both it and the expression may be somebody else's.
    let long = format!("f \"{}\"", "01".repeat(10_000));
    for conditions in ["text = '0'", "not-text = 'a'", "text = '[01]*1[01]{2000}2'"] {
        assert_eq!(count("f $x", &text(conditions), "a.nix", &long), 0);
    }
    let names = "where = { '$n' = { kind = 'name', text = '^a b$' } }";
    assert_eq!(count("x.$n", names, "a.nix", "[ x.\"a b\" x.c ]"), 1);
    for (more, path, expected) in [
        ("where.paths = 'hosts/**'", "hosts/a/b.nix", 1),
        ("where.paths = 'hosts/'", "hosts/a/b.nix", 1),
        ("where.paths = 'hosts/*.nix'", "hosts/a/b.nix", 0),
        ("where.not-paths = ['x/**', 'hosts/**']", "hosts/a/b.nix", 0),
        (
            "where = { paths = '**', not-paths = 'hosts/**' }",
            "a.nix",
            1,
        ),
    ] {
        assert_eq!(count("f $x", more, path, "f 1"), expected, "{more} {path}");
        assert_eq!(
            count("a = $x;", more, path, "{ a = 1; }"),
            expected,
            "{more} {path}"
        );
    }
    for (option, nix, expected) in [
        (
            "environment.systemPackages",
            "{ environment.systemPackages = [ p.vim ]; }",
            1,
        ),
        (
            "environment.systemPackages",
            "{ environment = { systemPackages = lib.mkIf c (with x; [ p.vim ]); }; }",
            1,
        ),
        (
            "environment",
            "{ environment.systemPackages = [ p.vim ]; }",
            1,
        ),
        (
            "environment.systemPackages",
            "{ home.packages = [ p.vim ]; a = p.vim; }",
            0,
        ),
        (
            "users.users.*.packages",
            "{ users.users.ada.packages = [ p.vim ]; }",
            1,
        ),
        (
            "users.users.*.packages",
            "{ users.users.packages = [ p.vim ]; }",
            0,
        ),
        ("a.\"b.c\"", "{ a.\"b.c\" = p.vim; }", 1),
        ("a", "{ a = f { b = p.vim; }; }", 1),
    ] {
        let more = format!("where.option = '''{option}'''");
        assert_eq!(
            count("p.vim", &more, "a.nix", nix),
            expected,
            "{option} {nix}"
        );
    }
}

#[test]
fn words() {
    let lint = rule(
        "f $x $n.b [ $...xs ]",
        "help = 'use $x, not $$x or $1'\nnote = '$...xs'\nsummary = 's'",
    );
    let all = findings(lint, "a.nix", "f { a = 1;\n  b = 2; } (c d).b [ 1 2 ]");
    assert_eq!(all[0].message, "m");
    assert_eq!(
        all[0].help.as_deref(),
        Some("use { a = 1; b = 2; }, not $x or $1")
    );
    assert_eq!(all[0].notes, ["1 2"]);
    assert_eq!(lint.summary, "s");
    // The first line of what goes over several.
    assert_eq!(usize::from(all[0].at.range.end()), 10);

    let long = format!("f \"{}\"", "ä".repeat(100));
    let text = "[[rule]]\nname = 'q'\npattern = 'f $x'\nmessage = '$x'";
    let lint = load(&[source(text)], &|_| None).unwrap()[0].lint;
    let all = findings(lint, "a.nix", &long);
    assert_eq!(all[0].message, format!("\"{}…", "ä".repeat(59)));
}

#[test]
fn secrets_are_not_said() {
    let text = "[[rule]]\nname = 's'\npattern = ['users.users.$u.password = $x;']\nmessage = '$u $x'\nfix = 'f $x'\nwhere = { '$x' = { kind = 'string' } }";
    let lint = load(&[source(text)], &|_| None).unwrap()[0].lint;
    let nix = "{ users.users.ada.password = \"not-a-real-one\"; }";
    let all = findings(lint, "hosts/a/configuration.nix", nix);
    assert_eq!(all.len(), 1);
    assert!(all[0].message.starts_with("ada "), "{}", all[0].message);
    assert_eq!(all[0].message, "ada •••");
    for edit in &all[0].fix.as_ref().unwrap().edits {
        assert!(!edit.text.contains("real"));
    }
}

#[test]
fn fixes_keep_the_tree() {
    let mut bad = Bad::default();
    for (pattern, fix, nix, expected) in [
        ("f $x", "g $x", "f 1", "g 1"),
        ("f $x", "$x.y", "f a.b", "a.b.y"),
        ("f $x", "$x.y", "f (a b)", "(a b).y"),
        ("f $x", "$x + 1", "f (a: b)", "(a: b) + 1"),
        ("f $x", "$x + 1", "f (a * b)", "a * b + 1"),
        ("f $x", "$x * 2", "f (a + b)", "(a + b) * 2"),
        ("f $x", "!$x", "f (a == b)", "!(a == b)"),
        ("f $x", "[ $x ]", "f (a b)", "[ (a b) ]"),
        ("f $x", "$x", "f (a b)", "a b"),
        ("f $x", "$x", "[ (f (a b)) ]", "[ (a b) ]"),
        ("f $x", "$x", "[ (f a) ]", "[ (a) ]"),
        ("f $x", "$x + 1", "2 * f 3", "2 * (3 + 1)"),
        ("f $x", "a: $x", "g (f 1) 2", "g (a: 1) 2"),
        ("f $x", "\"${$x}\"", "f (a + b)", "\"${a + b}\""),
        ("f $x $y", "g $y $x", "f a (b c)", "g (b c) a"),
        ("f $x $y", "g $y $x", "f(a)(b)", "g b a"),
        ("p.u.$x", "u.$x", "[ p.u.a.b ]", "[ u.a.b ]"),
        ("p.u.$x", "g u.$x", "[ p.u.a.b ]", "[ (g u.a).b ]"),
        ("p.u.$x", "u.$x", "p.u.\"a b\"", "u.\"a b\""),
        ("$x.b", "$x.c", "(a d).b", "(a d).c"),
        (
            "if $c then $x else { }",
            "o $c $x",
            "if a == b then { c = 1; } else { }",
            "o (a == b) { c = 1; }",
        ),
        (
            "[ $...xs ] ++ $y",
            "[ $...xs $y ]",
            "[ 1 # one\n 2 ] ++ a.b",
            "[ 1 # one\n 2 a.b ]",
        ),
        ("f $...args", "g $...args", "(f a) b", "g a b"),
        (
            "{ a = $v; $...o }",
            "{ b = $v; $...o }",
            "{ a = 1; c = 2; inherit d; }",
            "{ b = 1; c = 2; inherit d; }",
        ),
        (
            "{ a, $...o }: $b",
            "{ b, $...o }: $b",
            "{ a, c, d ? 1 }: c",
            "{ b, c, d ? 1 }: c",
        ),
        ("let x = $v; in x", "$v", "let x = a + b; in x", "a + b"),
        (
            "a.b = true;",
            "false",
            "{ a.b = lib.mkForce true; }",
            "{ a.b = lib.mkForce false; }",
        ),
        (
            "a = [ $x $..._ ];",
            "$x",
            "{ a = [ (f 1) ]; }",
            "{ a = f 1; }",
        ),
        (
            "a.$n = [ $x ];",
            "f $x",
            "{ a.b = [ (if c then d else e) ]; }",
            "{ a.b = f (if c then d else e); }",
        ),
        // What would be lost, is kept.
        ("f $x", "g $x", "f /* why */ 1", "-"),
        ("f $x", "g $x", "f [ 1 /* why */ ]", "g [ 1 /* why */ ]"),
        (
            "{ a.b = 1; $...o }",
            "{ a.b = 2; $...o }",
            "{ a.b = 1; a.c = 2; }",
            "-",
        ),
        ("{ inherit a; $...o }", "{ $...o }", "{ inherit a b; }", "-"),
        ("{ a, $...o }: $b", "{ b, $...o }: $b", "{ a, ... }: 1", "-"),
        ("p.x", "p.y", "{ inherit (p) x; }", "-"),
        // What would be found again, is no fix.
        ("f $x", "f (g $x)", "f 1", "-"),
        ("f $x", "g (f $x)", "f 1", "-"),
        ("a = $x;", "f $x", "{ a = 1; }", "-"),
        (
            "a = [ $x ];",
            "[ $x b ]",
            "{ a = [ 1 ]; }",
            "{ a = [ 1 b ]; }",
        ),
        (
            "a.b = $v;",
            "1",
            "{ inherit (a) q; a = { inherit b; }; }",
            "-",
        ),
    ] {
        bad.differ(
            fixed(pattern, fix, nix),
            expected.to_owned(),
            &format!("{pattern} -> {fix}   in   {nix}"),
        );
    }
    bad.none();
}

#[test]
fn broken_rules_say_what_is_wrong() {
    let mut bad = Bad::default();
    let rule =
        |more: &str| format!("[[rule]]\nname = 'r'\npattern = 'f $url'\nmessage = 'm'\n{more}");
    for (text, expected) in [
        ("x = 1".to_owned(), "r.toml:1:1: unknown key `x`"),
        (
            "[[rules]]\n".to_owned(),
            "r.toml:1:3: unknown key `rules`; did you mean `rule`?",
        ),
        (
            "rule = 1".to_owned(),
            "r.toml:1:1: a rule begins with `[[rule]]`",
        ),
        (
            "[[rule]\n".to_owned(),
            "r.toml:1:8: unclosed array table, expected `]`",
        ),
        (
            "[[rule]]\n".to_owned(),
            "r.toml:1:3: `name` is missing in this rule",
        ),
        (
            "[[rule]]\nname = 'a'".to_owned(),
            "r.toml:1:1: `pattern` is missing in this rule",
        ),
        (
            "[[rule]]\nname = 'a'\npattern = 'a'".to_owned(),
            "r.toml:1:1: `message` is missing in this rule",
        ),
        (
            "[[rule]]\nname = 'A b'\npattern = 'a'\nmessage = 'm'".to_owned(),
            "r.toml:2:8: `name` must be lower-case letters, digits and `-`, at most 60 of them: `no-such-thing`",
        ),
        (
            rule("pattrn = 1"),
            "r.toml:5:1: unknown key `pattrn`; did you mean `pattern`?",
        ),
        (rule("name = 'x'"), "r.toml:5:1: this key is set twice"),
        (
            rule("level = 'warning'"),
            "r.toml:5:9: `level` must be one of `off`, `info`, `warn`, `error`",
        ),
        (
            rule("help = 'use $urll'"),
            "r.toml:5:13: no hole of the pattern is called `$urll`; did you mean `$url`?",
        ),
        (
            rule("help = 'use $...url'"),
            "r.toml:5:13: no hole of the pattern is called `$...url`",
        ),
        (
            rule("help = \"a\\nb\""),
            "r.toml:5:8: `help` must be one line",
        ),
        (
            rule("help = \"a\\u001Bb\""),
            "r.toml:5:8: `help` holds a hidden character",
        ),
        (
            rule("page = \"a\\u202Eb\""),
            "r.toml:5:8: `page` holds a hidden character",
        ),
        (
            rule("fix = 'g $x'"),
            "r.toml:5:10: no hole of the pattern is called `$x`",
        ),
        (
            rule("fix = 'g $_'"),
            "r.toml:5:10: no hole of the pattern is called `$_`",
        ),
        (
            rule("fix = 'a.$url'"),
            "r.toml:5:10: the hole `url` stands for something else in another place",
        ),
        (rule("fix = 'g ('"), "r.toml:5:10: the `(` is never closed"),
        (
            rule("fix = 'a = 1;'"),
            "r.toml:5:7: `fix` is an expression, without `;`: of a definition, it replaces the value",
        ),
        (rule("where = 1"), "r.toml:5:9: `where` must be a table"),
        (
            rule("where.kind = 'a'"),
            "r.toml:5:7: unknown key `kind`; these are `option`, `class`, `paths`, `not-paths`, and `\"$x\"` for a hole",
        ),
        (
            rule("where.pahts = 'a'"),
            "r.toml:5:7: unknown key `pahts`; did you mean `paths`?",
        ),
        (
            rule("where.\"$ur\" = { }"),
            "r.toml:5:7: no hole of the pattern is called `$ur`; did you mean `$url`?",
        ),
        (
            rule("where.\"$url\" = 'string'"),
            "r.toml:5:16: `$url` must be a table: `{ kind = \"string\" }`",
        ),
        (
            rule("where.\"$url\".kinds = 'string'"),
            "r.toml:5:14: unknown key `kinds`; did you mean `kind`?",
        ),
        (
            rule("where.\"$url\".kind = 'strin'"),
            "r.toml:5:21: `kind` must be one of `string`, `number`, `path`, `bool`, `null`, `name`, `select`, `list`, `set`, `function`, `call`, `if`, `let`, `with`, `assert`, `operation`; did you mean `string`?",
        ),
        (
            rule("where.\"$url\".text = '('"),
            "r.toml:5:21: this is no regular expression",
        ),
        (
            rule("where.\"$url\".text = '(a{1000}){1000}'"),
            "r.toml:5:21: this regular expression is too large",
        ),
        (
            rule("where.class = 'nixo'"),
            "r.toml:5:15: `class` must be one of `nixos`, `home`, `darwin`, `flake-parts`, `package`, `overlay`, `flake`, `library`; did you mean `nixos`?",
        ),
        (
            rule("where.paths = '../a'"),
            "r.toml:5:15: a pattern begins at the root of the repository, and does not leave it",
        ),
        (
            rule("where.paths = 'a['"),
            "r.toml:5:15: this is no pattern: unclosed character class; missing ']'",
        ),
        (
            rule("where.option = 'a..b'"),
            "r.toml:5:16: `option` must be the path of an option: `a.b.*.c`",
        ),
        (
            rule("flagged = 'a'"),
            "r.toml:5:11: `flagged` must be a list of examples",
        ),
        (
            rule("flagged = [1]"),
            "r.toml:5:12: an example is a string, or a table with `nix`",
        ),
        (
            rule("flagged = [{ path = 'a.nix' }]"),
            "r.toml:5:12: `nix` is missing in this example",
        ),
        (
            rule("flagged = [{ nix = 'a', path = '/a.nix' }]"),
            "r.toml:5:32: `path` must be that of a `.nix` file below the root",
        ),
        (
            rule("clean = [{ nix = 'a', fixed = 'b' }]"),
            "r.toml:5:23: what is clean is not fixed",
        ),
        (
            format!("{}\n{}", rule(""), rule("")),
            "r.toml:7:8: `r` is the name of another rule already: r.toml:2",
        ),
    ] {
        bad.differ(wrong(&text), expected.to_owned(), &text);
    }
    bad.none();
    let taken = load(&[source(&rule(""))], &|name| {
        (name == "r").then_some("a lint of nivis")
    });
    let words = "r.toml:2:8: `r` is the name of a lint of nivis already";
    assert_eq!(taken.unwrap_err().to_string(), words);
}

#[test]
fn patterns_that_are_refused() {
    let mut bad = Bad::default();
    for (pattern, expected) in [
        (
            "$x",
            "0: this is every expression: give it a name and a `kind`",
        ),
        (
            "$_",
            "0: this is every expression: give it a name and a `kind`",
        ),
        (
            "[ $...a $...b ]",
            "9: only one `$...` can stand in one pair of brackets",
        ),
        (
            "{ $...a $...b }",
            "9: only one `$...` can stand in one pair of brackets",
        ),
        (
            "f $...a b",
            "1: in a call, `$...` can only be the last argument",
        ),
        (
            "f ($...a)",
            "4: `$...a` cannot stand here: `$...` stands for the rest of what is in brackets",
        ),
        (
            "[ $x $...x ]",
            "6: the hole `x` stands for something else in another place",
        ),
        (
            "{ $a = 1; $b = 2; }",
            "1: only one name of a set can be any: `$name`",
        ),
        ("{ a = 1; a = 2; }", "10: this is given twice"),
        (
            "{ ${x} = 1; }",
            "3: a pattern cannot compute a name: `$name` stands for any",
        ),
        (
            "{ inherit $x; }",
            "11: a pattern can only inherit known names",
        ),
        (
            "{ $x }: 1",
            "3: the names of `{ … }:` must be known; `$...others` stands for the others",
        ),
        ("let { body = 1; }", "1: a pattern cannot hold this"),
        (
            "nivis__one_x",
            "1: names that begin with `nivis__` are not taken",
        ),
        ("f (", "3: the `(` is never closed"),
        ("", "0: this is empty"),
    ] {
        let text = format!("[[rule]]\nname='r'\nmessage='m'\npattern='{pattern}'");
        let error = wrong(&text);
        let (place, words) = error
            .strip_prefix("r.toml:4:")
            .unwrap_or(&error)
            .split_once(": ")
            .unwrap();
        let column: usize = place.parse().unwrap_or(0);
        // Columns of the pattern itself; 0 is its literal.
        let column = column.saturating_sub(9);
        bad.differ(format!("{column}: {words}"), expected.to_owned(), pattern);
    }
    bad.none();
}

#[test]
fn hostile_rules_and_texts() {
    for pattern in [
        "[".repeat(10_000),
        "(".repeat(200) + &")".repeat(200),
        "f ".repeat(5_000),
        "a.".repeat(5_000) + "b",
        "$".repeat(5_000),
        "$...".repeat(5_000),
        "$...a ".repeat(2_000),
        format!("{{ {} }}", "$...a ".repeat(2_000)),
        "x: ".repeat(5_000) + "x",
        "\u{0}".to_owned(),
    ] {
        let text = format!("[[rule]]\nname='r'\nmessage='m'\npattern='''{pattern}'''");
        assert!(
            wrong(&text).starts_with("r.toml:"),
            "{}",
            &pattern[..20.min(pattern.len())]
        );
    }
    // Nothing is tried in many ways, and nothing recurses over the code.
    let deep = "[".repeat(450) + &"]".repeat(450);
    assert_eq!(hits("[ [ $x ] ]", &deep).len(), 448);
    let chain = format!("f {}", "a ".repeat(3_000));
    assert_eq!(hits("f $...xs", &chain).len(), 1);
    assert_eq!(hits("$f $x", &chain).len(), 3_000);
    let path = format!("a{}", ".a".repeat(3_000));
    assert_eq!(hits("a.$x", &path).len(), 1);
    assert_eq!(hits("$x.a", &path).len(), 3_000);
    let wide: String = (0..5_000).map(|n| format!("a{n} = {n}; ")).collect();
    assert_eq!(hits("{ $n = 1; $...o }", &format!("{{ {wide} }}")).len(), 1);
    assert_eq!(
        hits("{ $n = \"x\"; $...o }", &format!("{{ {wide} }}")).len(),
        0
    );
    let many = "{ a.b = 1; c = { d = 2; }; } ".repeat(2_000);
    assert_eq!(
        hits("{ a.b = $x; c.d = $y; }", &format!("[ {many} ]")).len(),
        2_000
    );
}

#[test]
fn the_same_rule_is_the_same_lint() {
    let first = rule("same $x", "");
    assert!(std::ptr::eq(first, rule("same $x", "")));
    assert!(!std::ptr::eq(first, rule("same $y", "")));
    let other = source("\n\n[[rule]]\n# moved\nname = 'r'\nmessage = 'm'\npattern = 'same $x'");
    assert!(std::ptr::eq(
        first,
        load(&[other], &|_| None).unwrap()[0].lint
    ));
}

/// An expression that the matcher knows, without names that stand for others.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-e]".prop_map(|it| it),
        (0u8..3).prop_map(|it| it.to_string()),
        Just("\"s${a} t\"".to_owned()),
        Just("''\n  x\n  ${b}''".to_owned()),
        Just("./p/q.nix".to_owned()),
        Just("<nixpkgs>".to_owned()),
        Just("true".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(f, x)| format!("({f}) ({x})")),
            list.prop_map(|items| {
                let items: Vec<String> = items.iter().map(|it| format!("({it})")).collect();
                format!("[ {} ]", items.join(" "))
            }),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!(
                "{{ a.b = {a}; inherit c; inherit ({b}) d; e.\"f g\" = {b}; }}"
            )),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("rec {{ x = {a}; y.z = {b}; }}")),
            (inner.clone(), "[a-e]").prop_map(|(a, n)| format!("({a}).{n}.x")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}).x or ({b})")),
            (inner.clone(), "[a-e]").prop_map(|(a, n)| format!("{n}: {a}")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("{{ p, q ? {a}, ... }}@r: {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("let v = {a}; in {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("with {a}; {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("assert {a}; {b}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
            (
                inner.clone(),
                inner.clone(),
                prop_oneof![Just("+"), Just("//"), Just("->"), Just("++")]
            )
                .prop_map(|(a, b, op)| format!("({a}) {op} ({b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner, "[a-e]").prop_map(|(a, n)| format!("({a}) ? {n}.\"k\"")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_expression_matches_itself(expr in expression()) {
        let pattern = format!("marker ({expr})");
        // Other white space, a comment, and more parentheses.
        let spaced = format!("# c\nmarker\n  /* c */ ((({expr})))\n");
        prop_assert_eq!(hits(&pattern, &spaced).len(), 1);
        prop_assert_eq!(hits("marker $x", &spaced).len(), 1);
    }

    #[test]
    fn a_fix_parses(a in expression(), b in expression()) {
        let nix = format!("[ (marker ({a}) ({b})) ]");
        for fix in ["$y $x", "$x.n + $y", "{ k = $x; l = \"${$y}\"; }", "if $x then $y else -$x", "z: $y || !$x", "$x"] {
            let lint = rule("marker $x $y", &format!("fix = '''{fix}'''"));
            let all = findings(lint, "a.nix", &nix);
            prop_assert_eq!(all.len(), 1);
            if let Some(text) = applied(&nix, &all[0]) {
                let parsed = lint_api::syntax::parse(&text, Limits::default());
                prop_assert!(parsed.faults.is_empty(), "{}: {:?}", text, parsed.faults);
                // The new text is the tree that the rule shows: as a pattern it finds itself there.
                let pattern = fix.replace("$x", &format!("({a})")).replace("$y", &format!("({b})"));
                let list = format!("[ ({pattern}) ]");
                prop_assert_eq!(hits(&list, &text).len(), 1, "{} in {}", list, text);
            }
        }
    }

    #[test]
    fn no_text_makes_a_rule_panic(text in ".{0,60}", nix in "[a-e ${}();=.\"'\\[\\]:/?@,-]{0,40}") {
        let toml = format!("[[rule]]\nname='r'\nmessage='m'\npattern='''{}'''", text.replace("'''", ""));
        let _ = wrong(&toml);
        let toml = format!("[[rule]]\nname='r'\nmessage='m'\npattern='''{}'''", nix.replace("'''", ""));
        if let Ok(lints) = load(&[source(&toml)], &|_| None) {
            let _ = findings(lints[0].lint, "a.nix", &nix);
        }
        let _ = wrong(&text);
    }
}

#[test]
fn kinds_of_nodes_are_declared() {
    let Check::Pattern(pattern) = &rule("f $x", "").check else {
        panic!("a rule makes a pattern")
    };
    assert_eq!(pattern.kinds, [SyntaxKind::NODE_APPLY]);
}
