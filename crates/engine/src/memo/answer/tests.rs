//! An answer is the report that it was made of; another question has none; a strange one is none.

use std::collections::BTreeSet;

use lint_api::report::Trouble;
use lint_api::{Check, FileCx, FixKind, Group, Options};
use repo::PathTable;

use super::*;
use crate::{Flags, Plan};

/// Speaks of everything that a finding can hold.
static TALKER: Lint = Lint {
    name: "talker",
    group: Group::Tidy,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "",
    page: "",
    options: Options::NONE,
    check: Check::File(talk),
};

fn talk(cx: &mut FileCx<'_>) {
    let end = syntax::text::size(cx.file.text.contents().len());
    let range = TextRange::up_to(end);
    cx.report(range, "a message")
        .label(range, "a label")
        .note("a note")
        .help("help")
        .soften(1)
        .fix(Fix::r#unsafe("a fix").replace(range, "x").insert(end, "y"));
}

fn source(path: &str, text: &str) -> Source {
    Source {
        path: RepoPath::from(path),
        kind: Kind::Nix,
        text: Arc::new(Text::new(text)),
    }
}

fn entry(path: &str) -> PathEntry {
    PathEntry {
        path: RepoPath::from(path),
        kind: EntryKind::File,
        on_disk: true,
        git: Some(GitState::Tracked),
    }
}

fn input() -> Input {
    Input {
        sources: vec![
            source("a.nix", "{ a = \"\u{e4}\"; }"),
            source("b.nix", "# nivis-allow talker: because\n1"),
        ],
        paths: PathTable::new(vec![entry("a.nix"), entry("b.nix"), entry("picture.png")]),
        git: Some(Arc::new(Git::default())),
        base: Some(BaseInput::default()),
        ..Input::default()
    }
}

fn settings() -> Settings {
    let root = std::path::Path::new("/r");
    Settings::discover(&Flags::default(), root, None, [&TALKER]).unwrap()
}

fn asked(input: &Input) -> Question {
    question(input, &sums(input, &Stamps::default()), "name")
}

fn reported(input: &Input, settings: &Settings) -> Report {
    let plan = Plan::new(settings);
    crate::settle(crate::check(input.clone(), &plan, settings), settings)
}

fn answered() -> (Input, Settings, Vec<u8>) {
    let (input, settings) = (input(), settings());
    let report = reported(&input, &settings);
    assert_eq!(report.findings.len(), 2);
    let lookups = Lookups::default();
    let bytes = encode(&report, &asked(&input), &lookups, settings.names()).unwrap();
    (input, settings, bytes)
}

#[test]
fn it_is_the_report() {
    let (input, settings, bytes) = answered();
    let known = Known::of(&bytes, &asked(&input)).unwrap();
    let report = known.report(&input.sources, &settings).unwrap();
    let (is, was) = (
        format!("{report:?}"),
        format!("{:?}", reported(&input, &settings)),
    );
    assert_eq!(is, was);
    for end in 0..bytes.len() {
        assert!(Known::of(&bytes[..end], &asked(&input)).is_none());
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(Known::of(&damaged, &asked(&input)).is_none(), "at {at}");
    }
}

#[test]
fn whatever_a_run_reads_is_asked() {
    type Change = fn(&mut Input);
    let base = |input: &mut Input, change: fn(&mut BaseInput)| {
        change(input.base.as_mut().unwrap());
    };
    let changes: [Change; 16] = [
        |it| it.sources[0].text = Arc::new(Text::new("{ }")),
        |it| it.sources[0].kind = Kind::Shell,
        |it| it.sources[1].path = RepoPath::from("c.nix"),
        |it| it.sources.truncate(1),
        |it| it.paths = PathTable::new(vec![entry("a.nix"), entry("b.nix")]),
        |it| {
            let mut gone = entry("picture.png");
            gone.on_disk = false;
            it.paths = PathTable::new(vec![entry("a.nix"), entry("b.nix"), gone]);
        },
        |it| {
            let mut ignored = entry("picture.png");
            ignored.git = Some(GitState::Ignored);
            it.paths = PathTable::new(vec![entry("a.nix"), entry("b.nix"), ignored]);
        },
        |it| {
            let mut link = entry("picture.png");
            link.kind = EntryKind::Link(b"a.nix".as_slice().into());
            it.paths = PathTable::new(vec![entry("a.nix"), entry("b.nix"), link]);
        },
        |it| it.git = None,
        |it| Arc::make_mut(it.git.as_mut().unwrap()).head = Some("1".to_owned()),
        |it| Arc::make_mut(it.git.as_mut().unwrap()).above = 1,
        |it| it.base = None,
        |it| it.skipped.push((RepoPath::from("x"), "why".to_owned())),
        |it| it.excluded = 1,
        |it| it.notes.push("a note".to_owned()),
        |it| {
            it.troubles.push(Trouble {
                kind: "io",
                path: None,
                line: None,
                message: String::new(),
            });
        },
    ];
    let in_base: [fn(&mut BaseInput); 9] = [
        |it| it.rev.push('1'),
        |it| it.sources.push(source("a.nix", "1")),
        |it| it.past.push(source("a.nix", "1")),
        |it| it.same.push(source("a.nix", "1")),
        |it| it.messages.push(String::new()),
        |it| it.added.extend([RepoPath::from("a")]),
        |it| it.changed.extend([RepoPath::from("a")]),
        |it| it.gone.extend([RepoPath::from("a")]),
        |it| it.new_others.extend([RepoPath::from("a")]),
    ];
    let mut all = BTreeSet::from([asked(&input())]);
    for change in changes {
        let mut other = input();
        change(&mut other);
        assert!(all.insert(asked(&other)));
    }
    for change in in_base {
        let mut other = input();
        base(&mut other, change);
        assert!(all.insert(asked(&other)));
    }
    assert_eq!(asked(&input()), asked(&input()));
    let sums = sums(&input(), &Stamps::default());
    assert!(question(&input(), &sums, "other") != asked(&input()));
}

/// Whoever writes to the cache may make every sum right.
#[test]
fn what_does_not_fit_the_texts_is_not_taken() {
    let (input, settings, bytes) = answered();
    let forged = |change: fn(&mut Answer)| {
        let mut answer: Answer = postcard::from_bytes(&bytes[56..]).unwrap();
        change(&mut answer);
        let known = Known { answer };
        known.report(&input.sources, &settings)
    };
    let wide = |end: u32| TextRange::up_to(end.into());
    assert!(forged(|_| {}).is_some());
    let changes: [fn(&mut Answer); 8] = [
        |it| it.findings[0].at.file = 7,
        |it| it.findings[0].lint = 7,
        |it| it.findings[0].level = 7,
        |it| it.findings[0].change = Some(7),
        |it| it.files[0].file = 7,
        |it| it.lints[0].0 = 7,
        |it| it.inactive.push((7, String::new())),
        |it| it.files.clear(),
    ];
    for change in changes {
        assert!(forged(change).is_none());
    }
    // Behind the end, and inside of a character.
    for range in [wide(1_000), wide(8)] {
        let with = |change: fn(&mut Answer, TextRange)| {
            let mut answer: Answer = postcard::from_bytes(&bytes[56..]).unwrap();
            change(&mut answer, range);
            Known { answer }.report(&input.sources, &settings)
        };
        assert!(with(|it, range| it.findings[0].at.range = range).is_none());
        assert!(with(|it, range| it.findings[0].labels[0].0.range = range).is_none());
        assert!(with(|it, range| it.files[0].masks.push(range)).is_none());
        let edit = |it: &mut Answer, range| {
            it.findings[0].fix.as_mut().unwrap().edits[0].0 = range;
        };
        assert!(with(edit).is_none());
    }
}

#[test]
fn a_fix_that_shows_a_secret_is_not_kept() {
    let (input, settings) = (input(), settings());
    let mut report = reported(&input, &settings);
    let kept = |report: &Report| {
        encode(
            report,
            &asked(&input),
            &Lookups::default(),
            settings.names(),
        )
        .is_some()
    };
    let hidden = report.sources.get_mut(&FileId(0)).unwrap();
    hidden.text = Arc::new(Text::new("0123456789abcdef"));
    hidden.masks = vec![TextRange::new(4.into(), 12.into())];
    assert!(kept(&report));
    report.findings[0].finding.fix.as_mut().unwrap().edits[0].text = "x 6789ab y".to_owned();
    assert!(!kept(&report));
}
