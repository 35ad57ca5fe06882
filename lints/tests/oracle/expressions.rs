//! Fixes of random expressions keep the value, each lint alone and all together; and every lint is reached.

use std::collections::BTreeMap;

use engine::Wanted;
use lint_api::FixKind;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use testkit::Case;

use crate::glued::{self, Dice};
use crate::judge::{judge, write};
use crate::typed::plan;
use crate::{all, fixing, settings};

/// What was seen of the expressions.
#[derive(Debug, Default)]
struct Tally {
    seen: usize,
    evaluated: usize,
    /// How many all lints together changed.
    changed: usize,
    /// How often a fix of a lint changed an expression that has a value.
    fixed: BTreeMap<&'static str, usize>,
}

/// The comments that the makers of expressions write.
fn comments(text: &str) -> usize {
    ["/*c*/", "#c", "/* c */", "# c"]
        .iter()
        .map(|it| text.matches(it).count())
        .sum()
}

/// Fixes the expressions and has Nix compare. With `guesses` unsafe fixes too: they rest on what nobody can see here,
/// such as how others call a function, and keep the value of an expression that stands alone.
fn check(expressions: Vec<String>, guesses: bool, tally: &mut Tally) -> Result<(), String> {
    let all = all();
    let wanted = Wanted {
        guesses,
        ..Wanted::default()
    };
    let texts: BTreeMap<String, String> = expressions
        .into_iter()
        .enumerate()
        .map(|(index, text)| (format!("e{index:03}.nix"), text))
        .chain([settings()])
        .collect();
    let alone = fixing().filter(|lint| !guesses || lint.fix == FixKind::Unsafe);
    let mut rounds: Vec<(Option<&'static str>, Vec<String>)> = alone
        .map(|lint| (Some(lint.name), vec![lint.name.to_owned()]))
        .collect();
    rounds.push((None, fixing().map(|lint| lint.name.to_owned()).collect()));

    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut files = write(&folder.path().join("before"), &texts);
    let before = files.len();
    // What each round made of which expression, in the order of `files`.
    let mut made: Vec<(Option<&'static str>, String, String)> = Vec::new();
    for (round, (name, select)) in rounds.into_iter().enumerate() {
        let words = name.unwrap_or("all lints");
        let case = Case::default();
        let (new, troubles) = testkit::fixed(&case, &texts, select.clone(), &all, wanted);
        if !troubles.is_empty() {
            return Err(format!("{words}: {troubles:?}"));
        }
        let (again, _) = testkit::fixed(&case, &new, select, &all, wanted);
        for (path, text) in &new {
            if again[path] != *text {
                let again = &again[path];
                return Err(format!(
                    "{words}: a second run changes\n{text}\n=>\n{again}"
                ));
            }
            let old = &texts[path];
            if text == old {
                continue;
            }
            if !guesses && comments(old) != comments(text) {
                return Err(format!("{words}: comments differ\n{old}\n=>\n{text}"));
            }
            let only = BTreeMap::from([(path.clone(), text.clone())]);
            files.extend(write(&folder.path().join(round.to_string()), &only));
            made.push((name, path.clone(), text.clone()));
        }
    }
    let Some(answers) = judge(&["--eval", "--strict"], &files) else {
        return Ok(());
    };
    let (was, is) = answers.split_at(before);
    let was: BTreeMap<&String, &Result<String, String>> = texts.keys().zip(was).collect();
    for (path, answer) in &was {
        tally.seen += 1;
        tally.evaluated += usize::from(answer.is_ok());
        if let Err(error) = answer
            && error.contains("syntax error")
        {
            return Err(format!("{}\n{error}", texts[*path]));
        }
    }
    for ((name, path, text), now) in made.iter().zip(is) {
        let Ok(value) = was[path] else { continue };
        match name {
            Some(name) => *tally.fixed.entry(name).or_default() += 1,
            None => tally.changed += 1,
        }
        if now.as_ref() != Ok(value) {
            let (old, words) = (&texts[path], name.unwrap_or("all lints"));
            return Err(format!("{words}: {value}\n{old}\n=> {now:?}\n{text}"));
        }
    }
    Ok(())
}

/// Runs `rounds` batches of expressions that have a value.
fn typed(rounds: u32, guesses: bool) -> Tally {
    let mut runner = TestRunner::new_with_rng(
        Config {
            cases: rounds,
            max_shrink_iters: 200,
            failure_persistence: None,
            ..Config::default()
        },
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let batch = prop::collection::vec(plan(), BATCH / 2..=BATCH);
    let tally = std::cell::RefCell::new(Tally::default());
    let outcome = runner.run(&batch, |plans| {
        let texts = plans.iter().map(|plan| plan.value()).collect();
        check(texts, guesses, &mut tally.borrow_mut()).map_err(TestCaseError::fail)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    tally.into_inner()
}

/// How many expressions are fixed at once.
const BATCH: usize = 128;

fn rounds() -> u32 {
    std::env::var("NIVIS_CASES").map_or(4, |text| text.parse().unwrap())
}

/// Fails for a lint whose fix no expression reached.
fn reached(tally: &Tally, kind: FixKind) {
    println!("{tally:#?}");
    let missed: Vec<&str> = fixing()
        .filter(|lint| lint.fix == kind && !tally.fixed.contains_key(lint.name))
        .map(|lint| lint.name)
        .collect();
    assert!(
        tally.seen == 0 || missed.is_empty(),
        "no expression has something for {missed:?}"
    );
}

#[test]
fn safe_fixes_keep_the_value() {
    let tally = typed(rounds(), false);
    reached(&tally, FixKind::Safe);
    let Tally {
        seen,
        evaluated,
        changed,
        ..
    } = tally;
    assert!(
        evaluated * 10 >= seen * 9 && changed * 4 >= seen,
        "{seen} {evaluated} {changed}"
    );
}

#[test]
fn unsafe_fixes_keep_the_value_of_what_stands_alone() {
    reached(&typed(rounds(), true), FixKind::Unsafe);
}

#[test]
fn safe_fixes_keep_the_value_where_tokens_stand_close() {
    let mut tally = Tally::default();
    for round in 0..u64::from(rounds()) {
        let cases = round * 40..(round + 1) * 40;
        let texts = cases
            .map(|case| glued::expression(&mut Dice::new(case + 1), 4, &mut Vec::new()))
            .collect();
        check(texts, false, &mut tally).unwrap_or_else(|error| panic!("{error}"));
    }
    let Tally { seen, changed, .. } = tally;
    assert!(changed * 5 >= seen, "only {changed} of {seen} were changed");
}
