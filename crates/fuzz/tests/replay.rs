//! Every input that ever failed, and a few random ones: nothing fails.

use fuzz::{Dice, Target, corpus, mutate};

/// Random inputs of each target: so that the machinery itself stays alive.
const RANDOM: usize = 12;

fn holds(target: Target) {
    let failures: Vec<String> = engine::pool::install(1, || {
        let mut inputs = corpus::kept(target);
        let texts = corpus::of(target);
        assert!(!texts.is_empty(), "nothing to begin with");
        let mut dice = Dice::new(7);
        for index in 0..RANDOM {
            let (from, other) = (dice.below(texts.len()), dice.below(texts.len()));
            let text = mutate::mutate(&mut dice, &texts[from], &texts[other]);
            inputs.insert(format!("random {index}"), text);
        }
        let run = |(name, text): (String, Vec<u8>)| {
            let failure = target.run(&text, true).failure?;
            let text = String::from_utf8_lossy(&text).into_owned();
            Some(format!(
                "{name}: {}\n{}\n{text}",
                failure.key, failure.words
            ))
        };
        inputs.into_iter().filter_map(run).collect()
    })
    .expect("a thread");
    assert!(
        failures.is_empty(),
        "{}: {}",
        target.name(),
        failures.join("\n\n")
    );
}

#[test]
fn nix() {
    holds(Target::Nix);
}

#[test]
fn fix() {
    holds(Target::Fix);
}

#[test]
fn config() {
    holds(Target::Config);
}

#[test]
fn lock() {
    holds(Target::Lock);
}

#[test]
fn sops() {
    holds(Target::Sops);
}

#[test]
fn shell() {
    holds(Target::Shell);
}

#[test]
fn diff() {
    holds(Target::Diff);
}
