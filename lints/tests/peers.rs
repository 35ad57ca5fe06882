//! docs/peers.md tells the truth: its names are lints, and it agrees with the names that the engine takes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine::aliases;

/// The words in `ticks` of a text.
fn ticked(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[expect(clippy::disallowed_methods, reason = "a test reads this repository")]
fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/peers.md");
    std::fs::read_to_string(path).expect("docs/peers.md")
}

/// The rows of all tables: what the others call it, and what is said of it.
fn rows(page: &str) -> Vec<(BTreeSet<&str>, &str)> {
    page.lines()
        .filter_map(|line| {
            line.strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        })
        .filter(|(left, _)| !left.starts_with("---"))
        .map(|(left, right)| (ticked(left), right))
        .collect()
}

/// The words of a cell that are lints: those before any remark.
fn named(cell: &str) -> BTreeSet<&str> {
    ticked(cell)
        .into_iter()
        .filter(|word| word.len() > 2 && word.chars().all(|c| c == '-' || c.is_ascii_lowercase()))
        .filter(|word| !["let", "with"].contains(word))
        .collect()
}

#[test]
fn every_name_is_a_lint_or_not_built_yet() {
    let page = page();
    let lints: BTreeSet<&str> = lints::ALL
        .iter()
        .chain(engine::own::ALL)
        .map(|lint| lint.name)
        .collect();
    // The section is there as long as some are designed and not built.
    let later = page.split_once("## Not built yet");
    let later = later.map(|(_, list)| ticked(list)).unwrap_or_default();
    for (_, cell) in rows(&page) {
        for name in named(cell) {
            assert!(
                lints.contains(name) || later.contains(name),
                "`{name}` is no lint, nor in the list of those not built yet"
            );
            let starred = cell.contains(&format!("`{name}`*"));
            assert!(
                !(starred && lints.contains(name)),
                "`{name}` is built: take its star away, and its name from the list at the end"
            );
            assert_eq!(
                later.contains(name),
                starred,
                "`{name}`: the star and the list disagree"
            );
        }
    }
}

#[test]
fn every_name_that_is_taken_stands_in_the_page() {
    let page = page();
    let rows = rows(&page);
    let mut taken: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut refused: BTreeSet<&str> = BTreeSet::new();
    for (theirs, cell) in &rows {
        for name in theirs {
            if cell.starts_with("not taken: ") {
                refused.insert(name);
            } else {
                taken.entry(name).or_default().extend(named(cell));
            }
        }
    }
    for (name, lints) in aliases::TAKEN {
        let lints: BTreeSet<&str> = lints.iter().copied().collect();
        assert_eq!(taken.get(name), Some(&lints), "{name}");
    }
    for (name, _) in aliases::NOT_TAKEN {
        assert!(refused.contains(name), "{name} is known and not taken");
    }
    for name in refused {
        let known = aliases::NOT_TAKEN.iter().any(|(known, _)| *known == name);
        assert!(known, "{name}: the page knows it, the engine does not");
    }
}
