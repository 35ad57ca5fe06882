//! What is remembered is what was found; what is damaged is not there.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lint_api::{Check, FileCx, FixKind, Group, Level, Options};

use super::*;
use crate::Flags;
use crate::look::look;

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
        kind: crate::load::kind_of(&RepoPath::from(path)).unwrap(),
        text: Arc::new(Text::new(text)),
    }
}

fn numbered(sources: Vec<Source>) -> Vec<(FileId, Source)> {
    (0..).map(FileId).zip(sources).collect()
}

fn sources() -> Vec<(FileId, Source)> {
    numbered(vec![
        source(
            "a.nix",
            "{ imports = [ ./b.nix ]; services.x.enable = true; }",
        ),
        source("b.nix", "let a = 1; in { b = \"${a}\"; }"),
        source("bad.nix", "{ a = ; }"),
        source(
            "flake.lock",
            "{\"nodes\":{\"root\":{}},\"root\":\"root\",\"version\":7}",
        ),
        source(
            "secret.nix",
            "{ users.users.a.password = \"hunter22hunter\"; }",
        ),
        source("x.sh", "#!/bin/sh\nnixos-rebuild switch\n"),
    ])
}

fn settings() -> Settings {
    let root = std::path::Path::new("/r");
    let settings = Settings::discover(&Flags::default(), root, None, [&TALKER]);
    settings.unwrap()
}

fn looked(sources: &[(FileId, Source)]) -> (Settings, Vec<Outcome>) {
    let settings = settings();
    let plan = Plan::new(&settings);
    let outcomes = look(sources, &plan, &settings, &AtomicBool::new(false));
    (settings, outcomes)
}

fn memo(packs: Vec<Pack>) -> Memo {
    Memo {
        name: Some("name".to_owned()),
        packs,
        ..Memo::default()
    }
}

/// As in a run over these.
fn recall(
    memo: &mut Memo,
    sources: &[(FileId, Source)],
    settings: &Settings,
) -> Vec<Option<Outcome>> {
    memo.sums = sources.iter().map(|(_, it)| sum_of(&it.text)).collect();
    memo.recall(sources, settings)
}

/// Everything of an outcome, as text.
fn words(outcome: &Outcome) -> String {
    format!("{outcome:?}")
}

fn written(sources: &[(FileId, Source)]) -> Vec<u8> {
    let (settings, outcomes) = looked(sources);
    let mut it = memo(Vec::new());
    recall(&mut it, sources, &settings);
    it.keep(&outcomes, &settings);
    it.pack().unwrap().pieces.concat()
}

#[test]
fn what_comes_back_is_what_was_found() {
    let sources = sources();
    let (settings, outcomes) = looked(&sources);
    let bytes = written(&sources);
    let mut again = memo(vec![Pack::of(bytes).unwrap()]);
    let recalled = recall(&mut again, &sources, &settings);
    let mut unknown = Vec::new();
    for (recalled, outcome) in recalled.iter().zip(&outcomes) {
        match recalled {
            Some(recalled) => assert_eq!(words(recalled), words(outcome)),
            None => unknown.push(outcome.file.path.to_string()),
        }
    }
    // What holds a secret or does not parse is looked at each time.
    assert_eq!(unknown, ["bad.nix", "secret.nix"]);
    assert_eq!(again.hits(), (4, 6));
    assert!(again.pack().is_none());
    // The numbers of files are those of this run.
    let mut other = sources.clone();
    other.insert(0, (FileId(0), source("0.nix", "1")));
    let other = numbered(other.into_iter().map(|(_, source)| source).collect());
    let moved = recall(&mut again, &other, &settings);
    let a = moved[1].as_ref().unwrap();
    assert_eq!((a.file.id, a.findings[0].at.file), (FileId(1), FileId(1)));
    // Another text, another path, another language.
    for other in [
        source("a.nix", "{ }"),
        source("c.nix", sources[0].1.text.contents()),
        Source {
            kind: Kind::Shell,
            ..sources[0].1.clone()
        },
    ] {
        let recalled = recall(&mut again, &numbered(vec![other]), &settings);
        assert!(recalled[0].is_none());
    }
}

#[test]
fn nothing_of_a_secret_is_written() {
    let bytes = written(&sources());
    for piece in [&b"hunter"[..], b"22hunt", b"secret.nix"] {
        assert!(!bytes.windows(piece.len()).any(|it| it == piece));
    }
}

#[test]
fn what_is_damaged_is_not_there() {
    let sources = sources();
    let (settings, outcomes) = looked(&sources);
    let bytes = written(&sources);
    let right = |bytes: Vec<u8>| {
        let Some(pack) = Pack::of(bytes) else {
            return 0;
        };
        let recalled = recall(&mut memo(vec![pack]), &sources, &settings);
        for (recalled, outcome) in recalled.iter().zip(&outcomes) {
            if let Some(recalled) = recalled {
                assert_eq!(words(recalled), words(outcome));
            }
        }
        recalled.iter().flatten().count()
    };
    assert_eq!(right(bytes.clone()), 4);
    for end in 0..bytes.len() {
        assert!(right(bytes[..end].to_vec()) < 4, "cut at {end}");
    }
    for at in 0..bytes.len() {
        for bit in [0, 7] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            // The sum of the pack that it belongs to says nothing of what is in it.
            assert!(right(damaged) < 4, "damaged at {at}");
        }
    }
    assert_eq!(
        right(b"nivisme0".iter().chain(&bytes[8..]).copied().collect()),
        0
    );
}

#[test]
fn what_is_new_lies_beside_what_is_old() {
    let mut many: Vec<Source> = (0..100)
        .map(|number| source(&format!("{number:03}.nix"), "{ a = [ 1 2 3 ]; }"))
        .collect();
    let old = written(&numbered(many.clone()));
    many[5] = source("005.nix", "{ a = 2; }");
    let sources = numbered(many.clone());
    let (settings, outcomes) = looked(&sources);
    let mut it = memo(vec![Pack::of(old.clone()).unwrap()]);
    assert_eq!(
        recall(&mut it, &sources, &settings)
            .iter()
            .flatten()
            .count(),
        99
    );
    it.keep(&outcomes[5..6], &settings);
    let new = it.pack().unwrap();
    assert_eq!((new.name.as_str(), &new.instead_of), ("name.more", &None));
    let new = new.pieces.concat();
    assert!(new.len() * 8 < old.len());
    let packs = || {
        vec![
            Pack::of(old.clone()).unwrap(),
            Pack::of(new.clone()).unwrap(),
        ]
    };
    assert_eq!(packs()[1].belongs_to(), packs()[0].sum());
    let mut both = memo(packs());
    let recalled = recall(&mut both, &sources, &settings);
    assert_eq!(recalled.iter().flatten().count(), 100);
    assert_eq!(words(recalled[5].as_ref().unwrap()), words(&outcomes[5]));
    assert!(both.pack().is_none());
    // Many new ones, or many gone ones, make one pack of all.
    let mut both = memo(packs());
    recall(&mut both, &sources[..20], &settings);
    let one = both.pack().unwrap();
    assert_eq!(one.name, "name.pack");
    assert_eq!(one.instead_of.as_deref(), Some("name.more"));
}

#[test]
fn every_setting_has_packs_of_its_own() {
    let place = |build: &str| Place {
        folder: PathBuf::from("/c"),
        build: build.to_owned(),
        began: 0,
    };
    let with = |change: fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        settings
    };
    let name = |settings: &Settings, build| name(&place(build), &Plan::new(settings), settings);
    let mut names = vec![
        name(&settings(), "1"),
        name(&settings(), "2"),
        name(&with(|it| it.root.push("x")), "1"),
        name(&with(|it| it.digest.push('x')), "1"),
        name(&with(|it| it.limits.depth -= 1), "1"),
        super::name(&place("1"), &Plan::none(), &settings()),
    ];
    assert_eq!(names[0], name(&settings(), "1"));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 6);
}
