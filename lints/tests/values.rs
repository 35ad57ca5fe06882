//! Safe fixes keep the value: random closed expressions are evaluated by Nix before and after, real files are parsed.
//!
//! Needs `nix-instantiate`. Where it is missing the tests say so and pass, unless `NIVIS_REQUIRE_TOOLS=1`.
//! `NIVIS_CASES=2000` runs more cases; `NIVIS_TREES=/a:/b` also fixes all files of these folders, in memory.

use std::path::Path;
use std::process::Command;

use lint_api::Lint;

/// The lints whose fixes may run into each other.
const LINTS: &[&str] = &[
    "unused-let",
    "unused-formal",
    "unused-at-name",
    "unused-with",
    "unneeded-rec",
    "url-literal",
    "legacy-let",
    "empty-let",
    "empty-inherit",
    "collapsible-let",
    "manual-inherit",
    "manual-inherit-from",
    "bool-branches",
    "bool-comparison",
    "negated-comparison",
    "has-attr-or",
    "empty-operand",
    "redundant-parens",
];

fn all() -> Vec<&'static Lint> {
    lints::ALL.iter().chain(engine::own::ALL).copied().collect()
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the judge is an outside tool, and we say when it is not there"
)]
fn nix(arguments: &[&str]) -> Option<Result<String, String>> {
    let output = Command::new("nix-instantiate")
        .env("NIX_REMOTE", "dummy://")
        .args(arguments)
        .output();
    match output {
        Ok(output) if output.status.success() => {
            Some(Ok(String::from_utf8_lossy(&output.stdout).into_owned()))
        }
        Ok(output) => Some(Err(String::from_utf8_lossy(&output.stderr).into_owned())),
        Err(error) => {
            let required = std::env::var_os("NIVIS_REQUIRE_TOOLS").is_some();
            assert!(!required, "nix-instantiate: {error}");
            println!("skipped: nix-instantiate is missing");
            None
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests read their settings there")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn fixed(path: &str, text: &str) -> String {
    let all = all();
    let mut text = text.to_owned();
    // What one lint removes may leave another something to say.
    for _ in 0..10 {
        let before = text.clone();
        for lint in all.iter().filter(|lint| LINTS.contains(&lint.name)) {
            text = testkit::safely_fixed(path, &text, lint, &all);
        }
        if text == before {
            break;
        }
    }
    text
}

/// A small random source (xorshift): the same cases everywhere.
struct Dice(u64);

impl Dice {
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

/// What stands between two tokens: hardly ever nothing but a space.
fn gap(dice: &mut Dice) -> &'static str {
    ["", " ", "\n  ", " /* c */ ", "\r\n", " # c\n"][dice.below(6)]
}

/// A random expression whose free names are among `known`.
fn expression(dice: &mut Dice, depth: usize, known: &mut Vec<&'static str>) -> String {
    const NAMES: &[&str] = &["a", "b", "c", "map", "x'"];
    if depth == 0 {
        return match dice.below(4) {
            0 if !known.is_empty() => known[dice.below(known.len())].to_owned(),
            1 => "\"s\"".to_owned(),
            2 => "http://x.y/z".to_owned(),
            _ => dice.below(9).to_string(),
        };
    }
    let mark = known.len();
    let (g, h, i) = (gap(dice), gap(dice), gap(dice));
    let n = dice.pick(NAMES);
    let m = dice.pick(&["p", "q"]);
    let text = match dice.below(20) {
        0 | 1 => {
            let outer = expression(dice, depth - 1, known);
            known.extend([n, m]);
            let value = expression(dice, depth - 1, known);
            let body = expression(dice, depth - 1, known);
            let _ = outer;
            format!("let{g} {n}{h}={i}{value};{g}{m} = 1;{h} in {body}")
        }
        2 => {
            let value = expression(dice, depth - 1, known);
            known.push(n);
            let body = expression(dice, depth - 1, known);
            format!("let inherit{g} ({{ {n}={value}; z = 1; }}){h} {n}{i} z;in{g} {body}")
        }
        3 => {
            known.extend([n, m]);
            let value = expression(dice, depth - 1, known);
            let body = expression(dice, depth - 1, known);
            format!("(rec{g}{{{h}{n}={value};{i}{m} = 2; out ={body};}}).out")
        }
        4 => {
            let body = expression(dice, depth - 1, known);
            format!("(with{g} {{ {n} = 1; }};{h}{body})")
        }
        5 => {
            known.push(n);
            let body = expression(dice, depth - 1, known);
            format!("({{{g}{m} ? 1,{h} {n} ? 2{i},{g} ... }}: {body}) {{ }}")
        }
        6 => {
            known.push(n);
            let body = expression(dice, depth - 1, known);
            format!("({{ {n} ? 3, ... }}{g}@{h} {m}all:{i}{body}) {{ }}")
        }
        7 => {
            known.push(n);
            let value = expression(dice, depth - 1, known);
            let body = expression(dice, depth - 1, known);
            format!("let{g}{{{h}{n}={value};{i}body ={body};{g}}}")
        }
        8 => {
            let left = expression(dice, depth - 1, known);
            let right = expression(dice, depth - 1, known);
            format!("[{g}({left}){h}({right}) ]")
        }
        9 => {
            let value = expression(dice, depth - 1, known);
            format!("{{{g}k = {value};{h}}}")
        }
        10 => {
            known.push(n);
            let body = expression(dice, depth - 1, known);
            format!("({n}:{g} {body}) 4")
        }
        11 => {
            let (left, right) = pair(dice, depth, known);
            let operator = dice.pick(&["==", "!="]);
            format!("!{g}({h}{left}{i}{operator}{g}{right})")
        }
        12 => {
            let (left, right) = pair(dice, depth, known);
            let branches = dice.pick(&["(true)else(false)", " false else true"]);
            format!("if{g}({left}{h}=={i}{right})then{branches}")
        }
        13 => {
            let (left, right) = pair(dice, depth, known);
            let end = dice.pick(&["== true", "!= true", "==false", "!= (false)"]);
            format!("(({left}{g}!={h}{right}){i}{end})")
        }
        14 => {
            let (value, other) = pair(dice, depth, known);
            let key = dice.pick(&["p", "\"p\"", "q", "q.r"]);
            format!("let o ={g}{{ p = {value}; }};in if o{h}? {key} then{i}o.{key} else{g}{other}")
        }
        15 => {
            let (left, right) = pair(dice, depth, known);
            let empty = dice.pick(&["[ ]", "[]"]);
            format!("{empty}{g}++{h}[ {left} ]{i}++ {empty} ++{g}[{right}]")
        }
        16 => {
            let value = expression(dice, depth - 1, known);
            known.extend([n, m]);
            let other = expression(dice, depth - 1, known);
            let body = expression(dice, depth - 1, known);
            format!("let{g} {n} = {value};{h}in{i}let{g} {m} = {other}; inherit;{h} in {body}")
        }
        17 => {
            let value = expression(dice, depth - 1, known);
            format!("let o ={g}{{ {m} = {value}; }}; in{h}let {m} = o.{m}; in{i}{{{g}{m}={m}; }}")
        }
        18 => {
            let (left, right) = pair(dice, depth, known);
            format!("(({g}({left}){h})=={i}{{ k = {right}; }})")
        }
        _ => {
            let inner = expression(dice, depth - 1, known);
            format!("\"${{{g}builtins.toJSON({inner}){h}}}\"")
        }
    };
    known.truncate(mark);
    format!("({text})")
}

fn pair(dice: &mut Dice, depth: usize, known: &mut Vec<&'static str>) -> (String, String) {
    let left = expression(dice, depth - 1, known);
    (left, expression(dice, depth - 1, known))
}

#[test]
fn fixes_keep_the_value() {
    let cases: u64 = setting("NIVIS_CASES").map_or(60, |text| text.parse().unwrap());
    let mut changed = 0;
    for case in 1..=cases {
        let mut dice = Dice(case.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let text = expression(&mut dice, 4, &mut Vec::new());
        let after = fixed("host.nix", &text);
        if after == text {
            continue;
        }
        let eval = ["--eval", "--strict", "-E"];
        let Some(before) = nix(&[&eval[..], &[text.as_str()]].concat()) else {
            return;
        };
        let Ok(before) = before else {
            let refused = ["undefined variable", "already defined", "syntax error"];
            let error = before.unwrap_err();
            assert!(
                !refused[2..].iter().any(|it| error.contains(it)),
                "{text}\n{error}"
            );
            continue;
        };
        changed += 1;
        let now = nix(&[&eval[..], &[after.as_str()]].concat()).unwrap();
        assert_eq!(now, Ok(before), "\n{text}\n=>\n{after}");
        assert_eq!(
            fixed("host.nix", &after),
            after,
            "a second run changes\n{after}"
        );
        // Comments stay.
        let comments = |text: &str| text.matches(['#', '*']).count();
        assert_eq!(comments(&text), comments(&after), "\n{text}\n=>\n{after}");
    }
    assert!(
        changed * 5 > cases,
        "only {changed} of {cases} were changed"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "the user of the test names the folders"
)]
fn nix_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            nix_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "nix") {
            found.push(path);
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the user of the test names the folders"
)]
fn fixed_files_still_parse() {
    let mut files = Vec::new();
    for tree in setting("NIVIS_TREES").unwrap_or_default().split(':') {
        nix_files(Path::new(tree), &mut files);
    }
    let mut changed = 0;
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        let name = file.file_name().unwrap().to_string_lossy();
        let after = fixed(&name, &text);
        if after == text {
            continue;
        }
        changed += 1;
        let parse = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.nix");
            std::fs::write(&path, text).unwrap();
            nix(&["--parse", path.to_str().unwrap()])
        };
        let (Some(before), Some(now)) = (parse(&text), parse(&after)) else {
            return;
        };
        assert!(
            before.is_err() || now.is_ok(),
            "{}\n{now:?}\n{after}",
            file.display()
        );
        assert_eq!(fixed(&name, &after), after, "{}", file.display());
    }
    assert!(
        changed > 0 || setting("NIVIS_TREES").is_none(),
        "nothing was changed"
    );
}
