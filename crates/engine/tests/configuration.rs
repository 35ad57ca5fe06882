//! What `docs/configuration.md` shows is taken by the program: its settings parse, its allow comments cover something.

use std::path::Path;
use std::sync::Arc;

use engine::config::ConfigText;
use engine::{Flags, Settings};
use lint_api::{Check, FixKind, Group, Level, Lint, Options};
use repo::{File, FileId, Kind, RepoPath, Text};
use serde::{Deserialize, Serialize};

const PAGE: &str = include_str!("../../../docs/configuration.md");

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Days {
    days: u32,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct MinDays {
    min_days: u32,
}

const fn lint(name: &'static str, group: Group, options: Options) -> Lint {
    Lint {
        name,
        group,
        level: Level::Warn,
        fix: FixKind::Never,
        summary: "",
        page: "",
        options,
        check: Check::Engine,
    }
}

/// The lints of the examples.
static LINTS: [Lint; 11] = [
    lint("unused-formal", Group::Dead, Options::NONE),
    lint("redundant-parens", Group::Tidy, Options::NONE),
    lint("stale-lock", Group::Flakes, Options::of::<Days>()),
    lint("plaintext-secret", Group::Secrets, Options::NONE),
    lint("suspicious-literal", Group::Secrets, Options::NONE),
    lint("gc-too-young", Group::State, Options::of::<MinDays>()),
    lint("firewall-disabled", Group::Hosts, Options::NONE),
    lint("raw-device-path", Group::Hosts, Options::NONE),
    lint("state-version-computed", Group::State, Options::NONE),
    lint("missing-import", Group::Files, Options::NONE),
    lint("gc-in-script", Group::Commands, Options::NONE),
];

/// The fenced blocks of one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let open = format!("```{language}\n");
    PAGE.split(open.as_str())
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

fn settings(text: &str) -> Settings {
    let file = ConfigText::new("nivis.toml", text.as_bytes().to_vec()).unwrap();
    Settings::discover(&Flags::default(), Path::new(""), Some(&file), &LINTS)
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn settings_are_taken() {
    let blocks = blocks("toml");
    // The last is no settings file but a baseline.
    assert_eq!(blocks.len(), 4);
    // The page's baseline is a file that would have to be there.
    let (before, after) = blocks[0].split_once("baseline = ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    let all = settings(&format!("{before}{after}"));
    // What the page calls the default is the default.
    let built_in = settings("");
    assert_eq!(all.limits, built_in.limits);
    assert_eq!(all.disk, built_in.disk);
    assert_eq!(all.bounds, built_in.bounds);
    assert_eq!(all.foreign, built_in.foreign);

    let dead = settings(blocks[1]);
    let level = |path: &str| dead.level(&LINTS[0], &RepoPath::from(path));
    assert_eq!(level("a.nix"), Level::Info);
    assert_eq!(level("lib/a.nix"), Level::Warn);
    assert_eq!(level("lib/vendored/a.nix"), Level::Off);
    assert_eq!(settings(blocks[2]).options.json.len(), 1);
}

#[test]
fn comments_are_taken() {
    let names = engine::names::Names::new(&LINTS);
    let mut count = 0;
    for text in blocks("nix") {
        let contents = Arc::new(Text::new(text));
        let path = RepoPath::from("a.nix");
        let limits = syntax::parse::Limits::default();
        let (file, tree) = File::new(FileId(0), path, Kind::Nix, contents, limits);
        assert_eq!(file.facts.faults, [], "{text}");
        let (allows, bad) = repo::allow::extract(&file, &tree.unwrap());
        assert_eq!(bad, [], "{text}");
        for allow in allows {
            assert!(
                !allow.covers.is_empty() && allow.reason.is_some(),
                "{allow:?}"
            );
            for (name, _) in &allow.names {
                assert!(names.resolve(name).is_some(), "{name}");
            }
            count += 1;
        }
    }
    assert_eq!(count, 7);
}
