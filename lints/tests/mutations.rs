//! Misspelt options in real configurations: how many the lints catch, and that they say nothing of what is right.
//!
//! `NIVIS_REPOS=<folder>` names checkouts of configurations, `NIVIS_CLONES=<paths with : between>` git clones of home-manager,
//! nix-darwin and nixpkgs with the commits that these pin. Without both the test says so and passes.
#![expect(clippy::disallowed_methods, reason = "a test over folders of the user")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::{Flags, Input, Plan, Settings, pins};
use lint_api::repo::definitions::Value;
use lint_api::repo::schema::{Answer, Step};
use lint_api::repo::{RepoPath, Text, TextRange, pinned};
use lint_api::{Lint, Report};

/// A letter that stands at the end of no option.
const LETTER: &str = "q";

fn settings(root: &Path, clones: &str) -> Settings {
    let flags = Flags {
        select: vec!["unknown-option,option-type-mismatch,unknown-enum-value".to_owned()],
        ..Flags::default()
    };
    let all: Vec<&'static Lint> = lints::ALL.to_vec();
    let root = std::fs::canonicalize(root).unwrap();
    let mut settings = Settings::discover(&flags, &root, None, all).unwrap();
    settings.options.clones = clones.split(':').map(PathBuf::from).collect();
    settings
}

fn report(input: Input, settings: &Settings) -> Report {
    let checked = engine::check(input, &Plan::new(settings), settings);
    engine::settle(checked, settings)
}

/// The place behind the last segment of a definition.
struct Place {
    end: usize,
    /// Whether the path has more than two segments: shorter ones are never called unknown.
    deep: bool,
    /// In how many others it stands: one is misspelt only while those around it are not.
    level: usize,
}

/// Every definition of an option that a pinned tree declares, by file, in the order of the text.
fn direct_uses(input: Input, settings: &Settings) -> BTreeMap<RepoPath, Vec<Place>> {
    let checked = engine::check(input, &Plan::none(), settings);
    let repo = &checked.repo;
    let mut found: BTreeMap<RepoPath, Vec<(TextRange, TextRange, bool)>> = BTreeMap::new();
    pinned::uses(repo, |it| {
        let known = it.classes.iter().all(|class| {
            let mut trees = repo
                .options
                .pinned
                .iter()
                .filter(|tree| tree.class == *class)
                .peekable();
            trees.peek().is_some()
                && trees.all(|tree| matches!(tree.schema.find(&it.path), Answer::Option(_)))
        });
        let plain = it.definition.value != Value::Set && !it.definition.inherited;
        let Some(Step::Name(last)) = it.path.last() else {
            return;
        };
        if known && plain && it.file.text.slice(it.definition.at).ends_with(last) {
            let place = (it.definition.at, it.definition.value_at, it.path.len() > 2);
            found.entry(it.file.path.clone()).or_default().push(place);
        }
    });
    let mut places = BTreeMap::new();
    for (path, mut of_file) in found {
        of_file.sort_by_key(|(at, _, _)| at.end());
        let level = |at: TextRange| {
            of_file
                .iter()
                .filter(|(_, value, _)| value.contains_range(at))
                .count()
        };
        let of_file: Vec<Place> = of_file
            .iter()
            .map(|(at, _, deep)| Place {
                end: usize::from(at.end()),
                deep: *deep,
                level: level(*at),
            })
            .collect();
        places.insert(path, of_file);
    }
    places
}

#[test]
fn misspelt_options_are_caught() {
    let (Ok(folder), Ok(clones)) = (std::env::var("NIVIS_REPOS"), std::env::var("NIVIS_CLONES"))
    else {
        println!("skipped: NIVIS_REPOS and NIVIS_CLONES name no checkouts and clones");
        return;
    };
    let mut repos: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    repos.sort();
    let (mut all, mut all_caught, mut deep, mut deep_caught) = (0, 0, 0, 0);
    println!("| repository | direct uses | caught | said of what is right |");
    for repo in repos {
        let settings = settings(&repo, &clones);
        let mut input = engine::load(&settings).unwrap();
        pins::load(&mut input, &Plan::new(&settings), &settings).unwrap();
        if input.options.pinned.is_empty() {
            continue;
        }
        let before = report(input.clone(), &settings);
        let places = direct_uses(input.clone(), &settings);
        let mut caught = 0;
        let levels = places
            .values()
            .flatten()
            .map(|it| it.level + 1)
            .max()
            .unwrap_or(0);
        for level in 0..levels {
            let mut input = input.clone();
            for source in &mut input.sources {
                let Some(places) = places.get(&source.path) else {
                    continue;
                };
                let mut text = source.text.contents().to_owned();
                for place in places.iter().rev().filter(|it| it.level == level) {
                    text.insert_str(place.end, LETTER);
                }
                source.text = Arc::new(Text::new(text));
            }
            let after = report(input, &settings);
            for (path, places) in &places {
                for (nth, place) in places.iter().filter(|it| it.level == level).enumerate() {
                    let end = place.end + (nth + 1) * LETTER.len();
                    let found = after.active().any(|it| {
                        let source = &after.sources[&it.finding.at.file];
                        source.path == *path && usize::from(it.finding.at.range.end()) == end
                    });
                    caught += usize::from(found);
                    deep_caught += usize::from(found && place.deep);
                }
            }
        }
        let count: usize = places.values().map(Vec::len).sum();
        let name = repo
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        println!(
            "| {name} | {count} | {caught} | {} |",
            before.active().count()
        );
        for it in before.active() {
            let path = &before.sources[&it.finding.at.file].path;
            println!("  {} {path}: {}", it.level, it.finding.message);
        }
        all += count;
        deep += places.values().flatten().filter(|it| it.deep).count();
        all_caught += caught;
    }
    println!("{all_caught} of {all}; of those that can be called unknown, {deep_caught} of {deep}");
    assert!(deep_caught * 100 >= deep * 60, "{deep_caught} of {deep}");
}
