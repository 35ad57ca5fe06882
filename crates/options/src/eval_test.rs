//! Expressions and what is known of them; texts that would like to run for ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::eval::{Eval, FUEL};
use crate::expr::Name;
use crate::sources::{EntryKind, Sources, SrcPath};
use crate::value::{Space, Value};
use crate::{Answer, STACK, Tree, extract};

/// Files by their paths below the root `t`.
struct Files(BTreeMap<&'static str, String>);

impl Sources for Files {
    fn text(&self, at: &SrcPath) -> Option<Arc<str>> {
        Some(self.0.get(&*at.path)?.as_str().into())
    }

    fn list(&self, folder: &SrcPath) -> Option<Vec<(String, EntryKind)>> {
        let prefix = match &*folder.path {
            "" => String::new(),
            path => format!("{path}/"),
        };
        let mut all: Vec<(String, EntryKind)> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(prefix.as_str()))
            .map(|rest| match rest.split_once('/') {
                Some((folder, _)) => (folder.to_owned(), EntryKind::Dir),
                None => (rest.to_owned(), EntryKind::File),
            })
            .collect();
        all.dedup();
        (!all.is_empty()).then_some(all)
    }

    fn kind(&self, at: &SrcPath) -> Option<EntryKind> {
        if self.0.contains_key(&*at.path) {
            return Some(EntryKind::File);
        }
        self.list(at).map(|_| EntryKind::Dir)
    }
}

fn on_a_big_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, run)
            .unwrap()
            .join()
            .unwrap()
    })
}

/// A value as Nix prints it; `?` is unknown, `…` in a set or list: there may be more, `a?` a name that need not be
/// there, `x | y` one of these.
fn show(eval: &mut Eval<'_>, value: &Value, depth: u32) -> String {
    if depth > 8 {
        return "…".to_owned();
    }
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(it) => it.to_string(),
        Value::Int(it) => it.to_string(),
        Value::Float(it) => it.to_string(),
        Value::Str(it) => format!("{it:?}"),
        Value::StrAny => "string".to_owned(),
        Value::Path(it) => format!("<{}>", it.path),
        Value::List(list) => {
            let mut items: Vec<String> = Vec::new();
            for it in &list.items {
                let value = eval.force(*it);
                items.push(show(eval, &value, depth + 1));
            }
            if list.loose && !list.open {
                items.push("~".to_owned());
            }
            if list.open {
                items.push("…".to_owned());
            }
            format!("[ {} ]", items.join(" ")).replace("[  ]", "[ ]")
        }
        Value::Attrs(set) => {
            let mut items = Vec::new();
            for (name, attr) in eval.ordered(set) {
                let value = eval.force(attr.value);
                let value = show(eval, &value, depth + 1);
                let maybe = if attr.maybe && name != Name::ANY {
                    "?"
                } else {
                    ""
                };
                items.push(format!("{}{maybe} = {value};", eval.text(name)));
            }
            if set.open {
                items.push("…".to_owned());
            }
            format!("{{ {} }}", items.join(" ")).replace("{  }", "{ }")
        }
        Value::Join(values) => {
            let values: Vec<String> = values.iter().map(|it| show(eval, it, depth + 1)).collect();
            values.join(" | ")
        }
        Value::Lambda(..) | Value::Prim(..) => "function".to_owned(),
        Value::Type(_) => "type".to_owned(),
        Value::Lib(_) => "lib".to_owned(),
        Value::Pkgs => "pkgs".to_owned(),
        Value::Marker(it) => format!("{:?}", it.kind),
        Value::Never => "never".to_owned(),
        Value::Unknown(_) => "?".to_owned(),
    }
}

/// What is known of an expression of `lib`, `pkgs` and `u`, which is unknown.
fn says(text: &str) -> String {
    let text = format!("{{ lib, pkgs, u, ... }}: {text}");
    on_a_big_stack(|| {
        let files = Files(
            [
                ("default.nix", text),
                ("two.nix", "{ a }: a + 2".to_owned()),
                ("data/x.json", r#"{"a": [1, null, "b"]}"#.to_owned()),
                ("data/sub/y.nix", "3".to_owned()),
                ("broken.nix", "{ a = ".to_owned()),
            ]
            .into(),
        );
        let mut eval = Eval::new(&files, None);
        let function = eval
            .import(&SrcPath::new("t", "").unwrap())
            .expect("it parses");
        let u = eval.unknown("u");
        let arguments = eval.attrs(
            vec![
                ("lib", Value::Lib(Space::Lib)),
                ("pkgs", Value::Pkgs),
                ("u", u),
            ],
            false,
        );
        let arguments = eval.done(arguments);
        let value = eval.apply(function, arguments);
        show(&mut eval, &value, 0)
    })
}

#[test]
fn the_language() {
    for (text, expected) in [
        // what Nix says
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("-(1 + 1)", "-2"),
        (r#""a${"b"}c${toString 1}""#, r#""abc1""#),
        ("''\n  a\n    b\n''", r#""a\n  b\n""#),
        ("let a = b; b = 1; in a", "1"),
        ("let inherit (lib) id; in id 2", "2"),
        ("rec { a = b; b = 1; }.a", "1"),
        ("{ a.b = 1; a.c = 2; }", "{ a = { b = 1; c = 2; }; }"),
        ("{ a = { b = 1; }; a.c = 2; }.a", "{ b = 1; c = 2; }"),
        ("let x = 1; in { inherit x; }", "{ x = 1; }"),
        ("{ a = 1; } // { a = 2; b = 3; }", "{ a = 2; b = 3; }"),
        ("(x: y: x + y) 1 2", "3"),
        ("({ a, b ? a }: b) { a = 1; }", "1"),
        ("({ a ? 3, ... }@all: all) { b = 1; }", "{ b = 1; }"),
        ("{ a = 1; }.b or 2", "2"),
        ("{ a.b = 1; } ? a.b", "true"),
        ("{ a.b = 1; } ? a.c", "false"),
        ("with { a = 1; }; let a = 2; in a", "2"),
        ("with { a = 1; }; with { a = 2; }; a", "2"),
        ("if 1 < 2 then 1 else throw \"x\"", "1"),
        ("assert true; 1", "1"),
        ("let { body = x; x = 1; }", "1"),
        ("!true || false -> true", "true"),
        ("[ 1 2 ] ++ [ 3 ]", "[ 1 2 3 ]"),
        ("{ ${\"a\"} = 1; ${null} = 2; }", "{ a = 1; }"),
        ("{ __functor = self: x: x + self.y; y = 1; } 2", "3"),
        ("let f = n: if n == 0 then 0 else f (n - 1); in f 20", "0"),
        (
            "[ (1 == 1) (\"a\" == \"b\") ([ ] == [ ]) ({ } == { }) (null == 1) ]",
            "[ true false true true false ]",
        ),
        ("import ./two.nix { a = 1; }", "3"),
        ("import ./data/sub/y.nix", "3"),
        ("import \"${./data}/sub/y.nix\"", "3"),
        ("import (./data + \"/sub/y.nix\")", "3"),
        // what is not known stays so, and no more than that
        ("u", "?"),
        ("u + \"x\"", "string"),
        ("if u then 1 else 2", "1 | 2"),
        ("if u then 1 else 1", "1"),
        (
            "if u then { a = 1; } else { a = 1; b = 2; }",
            "{ a = 1; b? = 2; }",
        ),
        ("if u then [ 1 ] else [ 2 ]", "[ 1 2 ~ ]"),
        ("if u then 1 else throw \"x\"", "1"),
        ("{ a = 1; } // u", "{ a = ?; … }"),
        ("u // { a = 1; }", "{ a = 1; … }"),
        ("{ ${u} = 1; b = 2; }.c or 3", "?"),
        ("{ ${u} = 1; b = 2; }.b", "2"),
        ("u.a or 1", "?"),
        ("({ a = 1; } // u) ? b", "?"),
        ("({ a ? 1 }: a) u", "?"),
        ("with u; x", "?"),
        ("let x = 1; in with u; x", "1"),
        ("u == 1", "?"),
        ("u && false", "false"),
        ("true || u", "true"),
        ("[ 1 ] ++ u", "[ 1 … ]"),
        ("let a = a; in a", "?"),
        ("let a = { b = a.b; }; in a.b", "?"),
        ("import ./broken.nix", "?"),
        ("import ../outside.nix", "?"),
        ("<nixpkgs>", "?"),
        ("nobody", "?"),
        ("throw \"x\"", "never"),
        ("pkgs.hello.x", "pkgs"),
        ("pkgs.lib.id 1", "1"),
        ("with pkgs; hello", "pkgs"),
        ("with lib; with pkgs; id 1", "1"),
        ("lib.nobodyKnows 1", "?"),
        ("(if u then { x = 1; } else null).x or 2", "1 | 2"),
    ] {
        assert_eq!(says(text), expected, "{text}");
    }
}

#[test]
fn the_library() {
    for (text, expected) in [
        ("map (x: x + 1) [ 1 2 ]", "[ 2 3 ]"),
        ("lib.imap1 (i: x: i * x) [ 5 6 ]", "[ 5 12 ]"),
        ("lib.filter (x: x > 1) [ 1 2 ]", "[ 2 ]"),
        ("lib.filter u [ 1 2 ]", "[ 1 2 ~ ]"),
        ("lib.remove 1 [ 1 2 ]", "[ 2 ]"),
        ("lib.subtractLists [ 1 ] [ 1 2 ]", "[ 2 ]"),
        ("lib.flatten [ 1 [ 2 [ 3 ] ] ]", "[ 1 2 3 ]"),
        ("lib.unique [ 1 1 2 ]", "[ 1 2 ]"),
        ("lib.concatMap (x: [ x x ]) [ 1 ]", "[ 1 1 ]"),
        ("lib.concatMap (x: u) [ 1 ]", "[ … ]"),
        ("lib.optional u 1", "[ 1 ~ ]"),
        ("lib.optionals false [ 1 ]", "[ ]"),
        ("lib.head [ 1 2 ] + lib.last [ 1 2 ]", "3"),
        ("lib.length (lib.optional u 1)", "?"),
        (
            "[ (lib.elem 1 [ 1 ]) (lib.elem 2 [ 1 ]) (lib.elem 2 u) ]",
            "[ true false ? ]",
        ),
        ("lib.foldl' (a: b: a - b) 10 [ 1 2 ]", "7"),
        ("lib.foldr (a: b: a - b) 10 [ 1 2 ]", "9"),
        ("lib.genList (x: x * x) 3", "[ 0 1 4 ]"),
        ("lib.range 1 3", "[ 1 2 3 ]"),
        (
            "lib.partition (x: x > 1) [ 1 2 ]",
            "{ right = [ 2 ]; wrong = [ 1 ]; }",
        ),
        ("lib.zipListsWith (a: b: a + b) [ 1 2 ] [ 3 ]", "[ 4 ]"),
        (
            "lib.mapAttrs (n: v: n + v) { a = \"x\"; }",
            "{ a = \"ax\"; }",
        ),
        (
            "lib.mapAttrs' (n: v: lib.nameValuePair (n + \"1\") v) { a = 2; }",
            "{ a1 = 2; }",
        ),
        (
            "lib.mapAttrs' (n: v: lib.nameValuePair u v) { a = 2; }",
            "{ ${…} = 2; }",
        ),
        (
            "lib.mapAttrsToList (n: v: n) { b = 1; a = 2; }",
            "[ \"a\" \"b\" ]",
        ),
        (
            "lib.filterAttrs (n: v: v > 1) { b = 1; a = 2; }",
            "{ a = 2; }",
        ),
        ("lib.filterAttrs u { a = 2; }", "{ a? = 2; }"),
        (
            "lib.genAttrs [ \"a\" \"b\" ] (n: n)",
            "{ a = \"a\"; b = \"b\"; }",
        ),
        (
            "lib.listToAttrs [ { name = \"a\"; value = 1; } { name = \"a\"; value = 2; } ]",
            "{ a = 1; }",
        ),
        ("lib.attrNames { b = 1; a = 1; }", "[ \"a\" \"b\" ]"),
        ("lib.getAttrs [ \"a\" ] { a = 1; b = 2; }", "{ a = 1; }"),
        ("removeAttrs { a = 1; b = 2; } [ \"a\" ]", "{ b = 2; }"),
        ("removeAttrs { a = 1; } u", "{ a? = 1; }"),
        (
            "lib.recursiveUpdate { a.b = 1; a.c = 1; } { a.b = 2; }",
            "{ a = { b = 2; c = 1; }; }",
        ),
        ("lib.setAttrByPath [ \"a\" \"b\" ] 1", "{ a = { b = 1; }; }"),
        ("lib.attrByPath [ \"a\" \"c\" ] 5 { a.b = 1; }", "5"),
        ("lib.getAttrFromPath [ \"a\" \"b\" ] { a.b = 1; }", "1"),
        ("lib.hasAttrByPath [ \"a\" \"b\" ] { a.b = 1; }", "true"),
        ("lib.optionalAttrs u { a = 1; }", "{ a? = 1; }"),
        (
            "lib.concatMapAttrs (n: v: { \"${n}1\" = v; }) { a = 1; }",
            "{ a1 = 1; }",
        ),
        (
            "lib.zipAttrsWith (n: v: v) [ { a = 1; } { a = 2; b = 3; } ]",
            "{ a = [ 1 2 ]; b = [ 3 ]; }",
        ),
        (
            "lib.intersectAttrs { a = 1; } { a = 2; b = 3; }",
            "{ a = 2; }",
        ),
        ("lib.foldlAttrs (a: n: v: a + v) 0 { a = 1; b = 2; }", "3"),
        ("lib.concatStringsSep \".\" [ \"a\" \"b\" ]", "\"a.b\""),
        ("lib.splitString \".\" \"a.b\"", "[ \"a\" \"b\" ]"),
        (
            "builtins.split \"([A-Z])\" \"aBc\"",
            "[ \"a\" [ \"B\" ] \"c\" ]",
        ),
        ("lib.substring 1 2 \"abcd\"", "\"bc\""),
        ("lib.toUpper \"ab\" + lib.toSentenceCase \"aB\"", "\"ABAb\""),
        ("lib.removeSuffix \".nix\" \"a.nix\"", "\"a\""),
        (
            "lib.replaceStrings [ \"a\" \"b\" ] [ \"b\" \"\" ] \"abc\"",
            "\"bc\"",
        ),
        ("baseNameOf ./data/x.json", "\"x.json\""),
        ("toString (dirOf ./data/x.json) == toString ./data", "true"),
        (
            "[ (lib.versionAtLeast \"24.11\" \"24.5\") (lib.versionOlder \"1\" \"1\") ]",
            "[ true false ]",
        ),
        ("lib.pipe 1 [ (x: x + 1) (x: x * 2) ]", "4"),
        ("lib.flip (a: b: a - b) 1 3", "2"),
        ("(lib.fix (self: { a = 1; b = self.a; })).b", "1"),
        ("lib.mapNullable (x: x) null", "null"),
        ("lib.throwIf u \"x\" 1", "1"),
        (
            "[ (lib.isString \"\") (lib.isAttrs [ ]) (lib.isFunction (x: x)) (lib.isList u) ]",
            "[ true false true ? ]",
        ),
        ("lib.importJSON ./data/x.json", "{ a = [ 1 null \"b\" ]; }"),
        (
            "builtins.readDir ./data",
            "{ sub = \"directory\"; x.json = \"regular\"; }",
        ),
        ("lib.attrNames (builtins.readDir u)", "[ … ]"),
        ("builtins.pathExists ./data/no", "false"),
        ("lib.length (lib.filesystem.listFilesRecursive ./data)", "2"),
        ("(lib.mkEnableOption \"x\").default", "false"),
        (
            "(lib.mkOption { type = lib.types.str; })._type",
            "\"option\"",
        ),
        ("lib.isOption (lib.mkOption u)", "true"),
        ("(lib.mkIf u 1).content", "1"),
        ("lib.mkRenamedOptionModule [ \"a\" ] [ \"b\" ]", "Renamed"),
        ("lib.types.ints.between 1 2", "type"),
        ("(pkgs.formats.json { }).type", "type"),
        ("with lib; with types; listOf str", "type"),
        ("(lib // { mine = 1; }).id 2", "2"),
        (
            "let l = lib.extend (self: super: { mine = self.two + super.id 1; two = 2; }); in l.id l.mine",
            "3",
        ),
        (
            "lib.overrideExisting { a = 1; b = 2; } { a = 3; c = 4; }",
            "{ a = 3; b = 2; }",
        ),
        ("lib.zipAttrs [ { a = 1; } { a = 2; } ]", "{ a = [ 1 2 ]; }"),
        ("lib.count (x: x > 1) [ 1 2 3 ]", "2"),
        (
            "[ (builtins.compareVersions \"1\" \"2\") (lib.toInt \"12\") (builtins.typeOf [ ]) ]",
            "[ -1 12 \"list\" ]",
        ),
        (
            "[ (lib.concatLines [ \"a\" ]) (builtins.splitVersion \"24.11\") ]",
            "[ \"a\\n\" [ \"24\" \"11\" ] ]",
        ),
    ] {
        assert_eq!(says(text), expected, "{text}");
    }
}

/// What a module declares at `a.b`, after files of a tree that are hostile.
fn hostile(module: &str) -> (u64, bool) {
    on_a_big_stack(|| {
        let files = Files([("m.nix", module.to_owned())].into());
        let tree = Tree::Modules {
            class: None,
            modules: vec![SrcPath::new("t", "m.nix").unwrap()],
        };
        let extract = extract(&files, &tree);
        let known = !matches!(
            extract.schema.find_names(&["a", "b"]),
            Answer::Unknown { .. }
        );
        let mut count = 0;
        extract.schema.for_each(|_, _| count += 1);
        (extract.steps, known)
    })
}

#[test]
fn everything_ends() {
    let deep = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        // without an end
        "let f = x: f x; in f 1".to_owned(),
        "let f = x: 1 + f (x + 1); in { options.a.b = f 1; }".to_owned(),
        "let m = { imports = [ m m ]; }; in m".to_owned(),
        "let m = { imports = builtins.genList (_: m) 4000; }; in m".to_owned(),
        "{ imports = [ ./m.nix ]; }".to_owned(),
        "let o = { x = o; y = o; }; in { options.a = o; }".to_owned(),
        "{ lib, ... }: let t = n: lib.types.submodule { options.x = lib.mkOption { type = t (n + 1); }; options.y = lib.mkOption { type = t (n + 2); }; }; in { options.a.b = lib.mkOption { type = t 0; }; }".to_owned(),
        "{ lib, ... }: let t = lib.types.either (lib.types.listOf t) t; in { options.a.b = lib.mkOption { type = t; }; }".to_owned(),
        "{ lib, ... }: let t = n: lib.types.either (t (n + 1)) (t (n + 2)); in { options.a.b = lib.mkOption { type = t 0; }; }".to_owned(),
        "{ lib, ... }: { options = lib.fix (self: self // { a.b = 1; }); }".to_owned(),
        // much from little
        "{ lib, ... }: let d = s: s + s; in { options.${lib.foldl' (s: _: d s) \"x\" (lib.range 1 4000)} = 1; }".to_owned(),
        "{ lib, ... }: let d = l: l ++ l; in { options = lib.foldl' (l: _: d l) [ 1 ] (lib.range 1 4000); }".to_owned(),
        "{ lib, ... }: { options = lib.foldl' (s: n: s // lib.genAttrs (map (m: \"${toString n}-${toString m}\") (lib.range 1 4000)) (x: x)) { } (lib.range 1 4000); }".to_owned(),
        "{ lib, ... }: { options = lib.genAttrs (map toString (lib.range 1 4000)) (a: lib.genAttrs (map toString (lib.range 1 4000)) (b: lib.mkOption { })); }".to_owned(),
        "{ lib, ... }: { options = lib.unique (lib.concatMap (x: lib.range x 4000) (lib.range 1 4000)); }".to_owned(),
        // deep
        deep("(", "{ options.a.b = 1; }", ")", 400),
        deep("{ a = ", "1", "; }", 400),
        deep("[ ", "", " ]", 400),
        format!("{{ options.a = {}1; }}", "x: ".repeat(400)),
        format!("{{ options.a = 1{}; }}", " + 1".repeat(3900)),
        format!("{{ options.a = {{ }}{}; }}", " // { }".repeat(3900)),
        format!("{{ options.a = f{}; }}", " 1".repeat(3900)),
        format!("{{ options.a{} = 1; }}", ".a".repeat(3900)),
        format!("{{ options.a = x{}; }}", ".a".repeat(3900)),
        "{ lib, ... }: { options.a = lib.foldr (a: b: a + b) 0 (lib.range 1 4000); }".to_owned(),
        "{ lib, ... }: { options.a = lib.setAttrByPath (lib.genList toString 4000) (lib.mkOption { }); }".to_owned(),
        "{ lib, ... }: { options.a = lib.types.oneOf (lib.genList (x: lib.types.int) 4000); }".to_owned(),
    ] {
        let (steps, _) = hostile(&text);
        assert!(steps <= 3 * FUEL, "{steps} steps: {text}");
        assert_eq!(hostile(&text).0, steps, "twice the same: {text}");
    }
}

#[test]
fn what_is_not_modelled_is_read_from_the_library_at_hand() {
    let count = |lib: &str| {
        let files = Files(
            [
                (
                    "nixos/modules/module-list.nix",
                    "[ ({ lib, ... }: with lib; { options.a = lib.strings.decorate (n: mkEnableOption n) \"b\";
                       options.c = mkOption { type = types.pairOf types.int; }; }) ]".to_owned(),
                ),
                ("lib/default.nix", lib.to_owned()),
            ]
            .into(),
        );
        let tree = Tree::Nixos { root: "t".into() };
        on_a_big_stack(|| {
            let schema = extract(&files, &tree).schema;
            (
                matches!(schema.find_names(&["a", "b!"]), Answer::Option(_)),
                matches!(schema.find_names(&["a", "x"]), Answer::Unknown { .. }),
                matches!(schema.find_names(&["c", "x", "y"]), Answer::Open { .. }),
            )
        })
    };
    let lib = "let self = { strings = import ./strings.nix { lib = self; }; types = { pairOf = t: { _type = \"option-type\"; name = \"pair\"; }; }; }; in self";
    // strings.nix is not there.
    assert_eq!(count(lib), (false, false, true));
    let lib = "let self = { strings = { decorate = f: n: { \"${n}!\" = f n; }; }; types = { }; }; in self";
    assert_eq!(count(lib), (true, true, true));
}

#[test]
fn one_odd_module_does_not_starve_the_rest() {
    let odd = "{ imports = [ ({ lib, ... }: let f = n: f (n + 1); in { options.odd = f 1; })
      ({ lib, ... }: { options.a.b = lib.mkEnableOption \"it\"; }) ]; }";
    assert!(hostile(odd).1);
}
