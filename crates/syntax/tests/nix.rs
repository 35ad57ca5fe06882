//! Names, merging and precedence compared with Nix itself, on random expressions.
//!
//! Needs `nix-instantiate`. Where it is missing the tests say so and pass, unless `NIVIS_REQUIRE_TOOLS=1`.
//! `NIVIS_CASES=10000` runs more than the few of every day; `NIVIS_SEED` starts elsewhere.

use std::collections::BTreeMap;

use syntax::ast::{self, BinOpKind};
use syntax::parse::Limits;
use syntax::prec::{self, Slot};
use syntax::scopes::{NameKind, To};
use syntax::{AstNode, NodeOrToken, Scopes, SyntaxKind, SyntaxNode};

/// What Nix says to an expression: its printed form or value, or its error.
type Verdict = Result<String, String>;

/// Runs `nix-instantiate`; `None` where there is none.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the test compares with an outside program, and says when it cannot"
)]
fn nix(arguments: &[&str], text: &str) -> Option<Verdict> {
    let run = std::process::Command::new("nix-instantiate")
        .args(arguments)
        .args(["-E", text])
        .env("NIX_REMOTE", "dummy://")
        .output();
    let Ok(output) = run else {
        assert!(
            std::env::var("NIVIS_REQUIRE_TOOLS").as_deref() != Ok("1"),
            "nix-instantiate is required and missing"
        );
        println!("skipped: nix-instantiate is missing");
        return None;
    };
    Some(if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    })
}

#[expect(clippy::disallowed_methods, reason = "tests read their settings there")]
fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// A small random source (xorshift): the same cases everywhere.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        let mut dice = Dice(
            (seed + number("NIVIS_SEED", 0))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .max(1),
        );
        dice.below(2);
        dice
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

fn tree(text: &str) -> SyntaxNode {
    let parsed = syntax::parse(text, Limits::default());
    assert!(parsed.faults.is_empty(), "{text}: {:?}", parsed.faults);
    parsed.root().unwrap()
}

/// Stands before the innermost reference.
const HOLE: &str = "/*!*/";

const NAMES: &[&str] = &["a", "b", "c", "null"];

/// A chain of scopes around one reference. Every binding of a name is followed by its own number, in a comment where
/// the value does not stand there.
fn chain(dice: &mut Dice, layers: usize) -> String {
    let mut text = format!("{HOLE}{}", dice.pick(NAMES));
    let mut tag = 0;
    for _ in 0..layers {
        let n = dice.pick(NAMES);
        let m = dice.pick(&["p", "q"]);
        tag += 1;
        text = match dice.below(19) {
            0 => format!("let {n} = {tag}; in {text}"),
            1 => format!("let {m} = {n}; \"{n}\" = {tag}; in {text}"),
            2 => format!("let inherit {n}; in {text}"),
            3 => format!("let inherit (rec {{ {n} = {tag}; }}) {n} /*{tag}*/; in {text}"),
            4 => format!("(rec {{ {n} = {tag}; out = {text}; }}).out"),
            5 => format!("({{ {n} = {tag}; out = {text}; }}).out"),
            6 => format!("({{ {n} ? {tag}, {m} ? {n} }}: {text}) {{ }}"),
            7 => format!("({{ {m} ? {n}, {n} ? {tag}, ... }}: {text}) {{ }}"),
            8 => format!("({n} /*{tag}*/: {text}) {tag}"),
            9 => format!("(with {{ {n} = {tag}; }}; {text})"),
            10 => format!("({{ s = rec {{ {n} = {tag}; }}; s.out = {text}; }}).s.out"),
            11 => format!("({{ s.{m} = 0; s = rec {{ {n} = {tag}; out = {text}; }}; }}).s.out"),
            12 => format!("({{ s = {{ {n} = {tag}; }}; s.out = {text}; }}).s.out"),
            13 => format!("let {{ {n} = {tag}; body = {text}; }}"),
            14 => format!("let ${{\"{n}\"}} = {tag}; in {text}"),
            15 => format!("(rec {{ inherit {n}; out = {text}; }}).out"),
            16 => format!(
                "(rec {{ inherit (rec {{ {n} = {tag}; }}) {n} /*{tag}*/; out = {text}; }}).out"
            ),
            17 => format!("(rec {{ s.out = {text}; s.{n} = 0; {n} = {tag}; }}).s.out"),
            _ => format!("({{ {m} = 1; ${{\"out\"}} = {text}; }}).out"),
        };
        text = format!("({text})");
    }
    text
}

/// The number that follows a name.
fn tag_after(text: &str, at: usize) -> String {
    text[at..]
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .chars()
        .take_while(char::is_ascii_digit)
        .collect()
}

/// The value that the innermost reference has, if our scopes are right.
fn expected(text: &str, scopes: &Scopes) -> Result<String, ()> {
    let hole = text.find(HOLE).unwrap() + HOLE.len();
    let mut it = scopes
        .refs()
        .iter()
        .find(|it| usize::from(it.at.start()) == hole)
        .unwrap();
    loop {
        match it.to {
            To::Name(id) => match scopes.name(id).kind {
                NameKind::LetInherit | NameKind::RecInherit => {
                    it = scopes.inherited_ref(id).unwrap();
                }
                _ => return Ok(tag_after(text, scopes.name(id).at.end().into())),
            },
            To::Prelude(row) => return Ok(row.name().to_owned()),
            To::With(with) => {
                let name = format!("{{ {} = ", scopes.text(it.symbol));
                return scopes
                    .withs(with)
                    .map(|with| &text[std::ops::Range::from(with.source)])
                    .find_map(|source| source.strip_prefix(name.as_str()))
                    .map(|rest| tag_after(rest, 0))
                    .ok_or(());
            }
            To::Unbound => return Err(()),
        }
    }
}

#[test]
fn a_name_means_what_nix_says() {
    let mut seen: BTreeMap<bool, usize> = BTreeMap::new();
    for case in 0..number("NIVIS_CASES", 60) {
        let mut dice = Dice::new(case);
        let layers = 1 + dice.below(6);
        let text = chain(&mut dice, layers);
        let Some(verdict) = nix(&["--eval", "--strict"], &text) else {
            return;
        };
        let scopes = Scopes::of(&tree(&text));
        let ours = expected(&text, &scopes);
        let unbound = scopes.refs().iter().any(|it| it.to == To::Unbound);
        match &verdict {
            Ok(value) => {
                assert!(!unbound, "Nix knows every name of\n{text}");
                assert_eq!(ours.as_ref(), Ok(value), "\n{text}");
            }
            Err(error) if error.contains("undefined variable") => {
                assert!(
                    unbound || ours.is_err(),
                    "we know every name of\n{text}\n{error}"
                );
            }
            // `let null = null; in null` and the like: infinite recursion.
            Err(error) => assert!(error.contains("infinite recursion"), "{text}\n{error}"),
        }
        *seen.entry(verdict.is_ok()).or_default() += 1;
    }
    assert!(seen.values().all(|count| *count > 4), "{seen:?}");
}

/// A random expression twice: with the parentheses that are needed, and with all that may stand.
fn expression(dice: &mut Dice, depth: usize, pipes: bool) -> (String, String) {
    if depth == 0 {
        let atom = dice.pick(&["a", "1", "\"s\"", "[ ]", "{ }", "./p", "x.y"]);
        return (atom.to_owned(), atom.to_owned());
    }
    let one = |of: (String, String), before: &str, after: &str| {
        (
            format!("{before}{}{after}", of.0),
            format!("{before}{}{after}", of.1),
        )
    };
    let two = |a: (String, String), between: &str, b: (String, String)| {
        (
            format!("{}{between}{}", a.0, b.0),
            format!("{}{between}{}", a.1, b.1),
        )
    };
    match dice.below(21) {
        // Operators, most of the time.
        0..=8 => {
            let (text, op) = OPERATORS[dice.below(OPERATORS.len() - if pipes { 0 } else { 2 })];
            let left = part_of(dice, depth, pipes, Slot::Left(op));
            let right = part_of(dice, depth, pipes, Slot::Right(op));
            two(left, &format!(" {text} "), right)
        }
        9 => one(part_of(dice, depth, pipes, Slot::Not), "!", ""),
        10 => one(part_of(dice, depth, pipes, Slot::Negate), "- ", ""),
        11 => one(part_of(dice, depth, pipes, Slot::HasAttr), "", " ? k"),
        12 => {
            let function = part_of(dice, depth, pipes, Slot::Function);
            two(function, " ", part_of(dice, depth, pipes, Slot::Argument))
        }
        13 => one(part_of(dice, depth, pipes, Slot::Argument), "[ a ", " b ]"),
        14 => one(part_of(dice, depth, pipes, Slot::Base), "", " .k"),
        15 => one(part_of(dice, depth, pipes, Slot::Argument), "a.k or ", ""),
        16 => one(part_of(dice, depth, pipes, Slot::Any), "x: ", ""),
        17 => {
            let value = part_of(dice, depth, pipes, Slot::Any);
            one(
                two(value, "; in ", part_of(dice, depth, pipes, Slot::Any)),
                "let k = ",
                "",
            )
        }
        18 => {
            let condition = part_of(dice, depth, pipes, Slot::Any);
            one(
                two(
                    condition,
                    " then 1 else ",
                    part_of(dice, depth, pipes, Slot::Any),
                ),
                "if ",
                "",
            )
        }
        19 => one(part_of(dice, depth, pipes, Slot::Any), "with ", "; 1"),
        _ => one(part_of(dice, depth, pipes, Slot::Any), "assert a; ", ""),
    }
}

fn part_of(dice: &mut Dice, depth: usize, pipes: bool, slot: Slot) -> (String, String) {
    let deeper = dice.below(depth);
    let (few, all) = expression(dice, deeper, pipes);
    let needs = prec::needs_parens(&expr(&few), slot);
    (
        if needs { format!("({few})") } else { few },
        format!("({all})"),
    )
}

/// The pipes stand last: Nix 2.8 does not know them.
const OPERATORS: &[(&str, BinOpKind)] = &[
    ("++", BinOpKind::Concat),
    ("*", BinOpKind::Mul),
    ("/", BinOpKind::Div),
    ("+", BinOpKind::Add),
    ("-", BinOpKind::Sub),
    ("//", BinOpKind::Update),
    ("<", BinOpKind::Less),
    (">=", BinOpKind::MoreOrEq),
    ("==", BinOpKind::Equal),
    ("!=", BinOpKind::NotEqual),
    ("&&", BinOpKind::And),
    ("||", BinOpKind::Or),
    ("->", BinOpKind::Implication),
    ("|>", BinOpKind::PipeRight),
    ("<|", BinOpKind::PipeLeft),
];

fn expr(text: &str) -> ast::Expr {
    ast::Root::cast(tree(text)).unwrap().expr().unwrap()
}

/// A tree without its parentheses.
fn shape(node: &SyntaxNode, out: &mut String) {
    let paren = node.kind() == SyntaxKind::NODE_PAREN;
    if !paren {
        out.push_str(&format!("({:?}", node.kind()));
    }
    for child in node.children_with_tokens() {
        match child {
            NodeOrToken::Node(child) => shape(&child, out),
            NodeOrToken::Token(token) if paren || token.kind().is_trivia() => {}
            NodeOrToken::Token(token) => out.push_str(&format!(" {}", token.text())),
        }
    }
    if !paren {
        out.push(')');
    }
}

fn shape_of(text: &str) -> String {
    let mut out = String::new();
    shape(&tree(text), &mut out);
    out
}

#[test]
fn parentheses_that_are_not_needed_change_nothing() {
    for case in 0..10 * number("NIVIS_CASES", 60) {
        let mut dice = Dice::new(case);
        let (few, all) = expression(&mut dice, 5, true);
        assert_eq!(shape_of(&few), shape_of(&all), "\n{few}\n{all}");
    }
    for case in 0..number("NIVIS_CASES", 60) {
        let mut dice = Dice::new(case + 1_000_000);
        let (few, all) = expression(&mut dice, 5, false);
        let bind = |text: &str| format!("a: b: x: {text}");
        let (Some(ours), Some(theirs)) = (
            nix(&["--parse"], &bind(&few)),
            nix(&["--parse"], &bind(&all)),
        ) else {
            return;
        };
        assert!(theirs.is_ok(), "{all}\n{theirs:?}");
        assert_eq!(ours, theirs, "\n{few}\n{all}");
    }
}

/// Every place of every expression of a text says of the expression that stands there bare that it needs none.
#[test]
fn what_stands_bare_needs_no_parentheses() {
    for case in 0..number("NIVIS_CASES", 60) {
        let mut dice = Dice::new(case);
        let (few, _) = expression(&mut dice, 6, true);
        for node in tree(&few).descendants() {
            let (Some(expr), Some(slot)) = (ast::Expr::cast(node.clone()), Slot::of(&node)) else {
                continue;
            };
            assert!(
                !prec::needs_parens(&expr, slot),
                "{node} as {slot:?} in\n{few}"
            );
        }
    }
}

/// Parentheses that are called needed are: without them the tree is another, or none.
#[test]
fn parentheses_that_are_needed_change_something() {
    for case in 0..10 * number("NIVIS_CASES", 60) {
        let mut dice = Dice::new(case);
        // Pipes are left out: rnix gives them levels of their own, Nix refuses to mix them.
        let (few, _) = expression(&mut dice, 4, false);
        let root = tree(&few);
        for node in root.descendants() {
            let Some(ast::Expr::Paren(paren)) = ast::Expr::cast(node.clone()) else {
                continue;
            };
            let range = node.text_range();
            let mut bare = few.clone();
            bare.replace_range(usize::from(range.end()) - 1..usize::from(range.end()), " ");
            bare.replace_range(
                usize::from(range.start())..usize::from(range.start()) + 1,
                " ",
            );
            let parsed = syntax::parse(&bare, Limits::default());
            let mut shape_bare = String::new();
            shape(&parsed.root().unwrap(), &mut shape_bare);
            let same = parsed.faults.is_empty() && shape_bare == shape_of(&few);
            // `a + !b`, `a + x: x`, `a ? b ? c`: rnix takes what is better not relied upon.
            let tolerated = !matches!(Slot::of(&node), Some(Slot::Left(_) | Slot::Base))
                && prec::level(&paren.expr().unwrap()) <= 11;
            assert!(!same || tolerated, "{node} is not needed in\n{few}");
        }
    }
}

/// A random set; `flat` keeps to what Nix 2.8 merges as newer versions do. Computed keys stand outermost only: Nix 2.8
/// loses those of a set that is merged into another.
fn set(dice: &mut Dice, depth: usize, flat: bool) -> String {
    let computed = if depth == 2 { "${q}" } else { "c" };
    let mut text = dice.pick(&["{ ", "rec { ", "{ "]).to_owned();
    let depth = if flat { depth.min(1) } else { depth };
    for _ in 0..1 + dice.below(4) {
        let key = dice.pick(&["a", "b", "\"a\"", "${\"b\"}", "c", computed]);
        let inner = depth > 0 && !key.contains('q');
        let dotted = dice.below(3) == 0 && (inner || !flat && !key.contains('q'));
        let value = match dice.below(5) {
            0 | 1 if inner && !(flat && dotted) => set(dice, depth - 1, flat),
            2 if inner && !(flat && dotted) => format!("(({}))", set(dice, depth - 1, flat)),
            _ => dice.pick(&["1", "a", "f { }", "[ c ]"]).to_owned(),
        };
        match dice.below(6) {
            0 => text.push_str(dice.pick(&["inherit a; ", "inherit (f) b \"c\"; ", "inherit f; "])),
            _ if dotted => {
                let second = dice.pick(&["a", "b", "d"]);
                text.push_str(&format!("{key}.{second} = {value}; "));
            }
            _ => text.push_str(&format!("{key} = {value}; ")),
        }
    }
    text + "}"
}

#[test]
fn sets_merge_as_in_nix() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for case in 0..2 * number("NIVIS_CASES", 60) {
        let mut dice = Dice::new(case);
        let flat = case % 2 == 0;
        let body = set(&mut dice, 2, flat);
        let text = format!("f: q: {body}");
        let Some(verdict) = nix(&["--parse"], &text) else {
            return;
        };
        let scopes = Scopes::of(&tree(&text));
        let conflict = !scopes.merged().conflicts.is_empty();
        let unbound = scopes.refs().iter().any(|it| it.to == To::Unbound);
        let kind = match &verdict {
            Ok(_) => {
                assert!(!conflict && !unbound, "Nix takes\n{text}");
                "taken"
            }
            // Nix 2.8 does not merge below the first level.
            Err(error) if error.contains("already defined") => {
                assert!(conflict || !flat, "we take\n{text}\n{error}");
                "twice"
            }
            Err(error) => {
                assert!(error.contains("undefined variable"), "{text}\n{error}");
                assert!(unbound, "we know every name of\n{text}\n{error}");
                assert!(!conflict, "Nix merges\n{text}");
                "undefined"
            }
        };
        *seen.entry(kind).or_default() += 1;
    }
    assert!(
        seen.len() == 3 && seen.values().all(|count| *count > 4),
        "{seen:?}"
    );
}
