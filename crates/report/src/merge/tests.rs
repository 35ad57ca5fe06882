//! Reports come back as they were, and merging them is merging sets.

use proptest::prelude::*;

use super::*;
use crate::{Format, Style, fixture, print};

fn printed(format: Format, report: &Report) -> String {
    let mut out = Vec::new();
    print(format, report, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json(report: &Report) -> String {
    printed(Format::Json, report)
}

fn lints() -> BTreeMap<&'static str, &'static Lint> {
    let report = fixture::report();
    let ran = report.lints.iter().map(|(lint, _)| *lint);
    let spoke = report.findings.iter().map(|it| it.finding.lint);
    ran.chain(spoke).map(|lint| (lint.name, lint)).collect()
}

fn back(report: &Report) -> Merged {
    Merged::read(json(report).as_bytes()).unwrap()
}

/// The report of the fixture, in the order in which the engine leaves it.
fn fixture() -> Report {
    let mut report = fixture::report();
    let sources = &report.sources;
    report.findings.sort_by_key(|settled| {
        let at = settled.finding.at;
        (sources[&at.file].path.clone(), at.range.start())
    });
    report.sort_troubles();
    report
}

/// Says where two texts differ.
fn same(a: &str, b: &str, about: &str) {
    let differing = a.lines().zip(b.lines()).find(|(a, b)| a != b);
    assert!(a == b, "{about}: {differing:?}");
}

/// What one shard of the fixture reports: files in turn; `keep` chooses findings.
fn shard(index: u32, count: u32, project: Option<&str>, keep: u32) -> Report {
    let mut report = fixture();
    report.project = project.map(str::to_owned);
    let mut bit = 0;
    report.findings.retain(|settled| {
        bit += 1;
        settled.finding.at.file.0 % count == index - 1 && keep & 1 << bit != 0
    });
    let files = (0..3).filter(|file| file % count == index - 1).count();
    report.files = files;
    if count > 1 {
        report.shard = Some(Shards {
            count,
            files: BTreeMap::from([(index, files)]),
        });
    }
    report
}

#[test]
fn a_report_comes_back_in_every_format() {
    let mut report = fixture();
    report.base = Some(("HEAD~1".to_owned(), "0f3c".to_owned()));
    report.scope = Scope::Lines;
    report.findings[0].change = Some(Change::New);
    report.project = Some("web".to_owned());
    // Several edits, one of them behind a character of two units.
    let text = report.sources[&FileId(0)].text.contents().to_owned();
    let at = |needle: &str| {
        let start = TextSize::try_from(text.find(needle).unwrap()).unwrap();
        TextRange::at(start, TextSize::of(needle))
    };
    let fix = Fix::safe("two edits")
        .delete(at("b = 2;"))
        .replace(at("a = 1;"), "x");
    report.findings[0].finding.fix = Some(fix);
    let again = back(&report).report(&lints());
    for format in Format::ALL.into_iter().filter(|it| *it != Format::Full) {
        same(
            &printed(format, &again),
            &printed(format, &report),
            format.as_str(),
        );
    }
    insta::assert_snapshot!(printed(Format::Full, &again));
    let twice = back(&again).report(&lints());
    same(&json(&twice), &json(&report), "twice");
}

#[test]
fn shards_make_the_whole() {
    for count in 1..=4 {
        let whole = json(&shard(1, 1, None, u32::MAX));
        let mut all = (1..=count)
            .rev()
            .map(|index| back(&shard(index, count, None, u32::MAX)));
        let first = all.next().unwrap();
        let merged = all.try_fold(first, Merged::and).unwrap();
        assert_eq!(merged.missing(), Vec::<String>::new());
        same(&json(&merged.report(&lints())), &whole, &count.to_string());
    }
}

#[test]
fn what_is_missing_is_named() {
    let of = |index| back(&shard(index, 3, Some("web"), u32::MAX));
    let two = of(1).and(of(3)).unwrap();
    assert_eq!(two.missing(), ["shard 2/3 of `web` is missing"]);
    assert_eq!(of(1).doubled(&two), ["shard 1/3 of `web` is there twice"]);
    assert!(of(1).doubled(&of(2)).is_empty());
    // It can be put right later.
    let two = back(&two.report(&lints()));
    let three = two.and(of(2)).unwrap();
    assert_eq!(three.missing(), Vec::<String>::new());
    let whole = json(&shard(1, 1, Some("web"), u32::MAX));
    same(&json(&three.report(&lints())), &whole, "three");
}

#[test]
fn what_does_not_go_together() {
    let one = |change: fn(&mut Report)| {
        let mut report = shard(1, 2, None, u32::MAX);
        change(&mut report);
        back(&report)
    };
    let other = || back(&shard(2, 2, None, u32::MAX));
    assert!(one(|_| {}).and(other()).is_ok());
    for wrong in [
        one(|it| it.settings_digest.push('0')),
        one(|it| {
            it.inputs
                .push((RepoPath::from("z"), Arc::new(Text::new(""))))
        }),
        one(|it| it.shard.as_mut().unwrap().count = 3),
    ] {
        assert!(wrong.clone().and(other()).is_err());
        assert!(other().and(wrong).is_err());
    }
    let good = json(&shard(1, 2, None, u32::MAX));
    for (from, to) in [
        ("\"schema_version\": 1", "\"schema_version\": 2"),
        (VERSION, "0.0.0"),
        ("\"level\": \"error\"", "\"level\": \"off\""),
        ("\"lint\": \"", "\"lint\": \"\\u001b"),
        ("\"vcs\": \"git\"", "\"vcs\": \"svn\""),
        ("\"index\": 1", "\"index\": 3"),
        ("\"byte\": 1", "\"byte\": 99999991"),
    ] {
        assert!(good.contains(from), "{from}");
        let wrong = good.replacen(from, to, 1);
        assert!(Merged::read(wrong.as_bytes()).is_err(), "{from} -> {to}");
    }
    for end in (0..good.len()).step_by(101) {
        assert!(Merged::read(&good.as_bytes()[..end]).is_err());
    }
}

#[test]
fn base64_comes_back() {
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
    ] {
        assert_eq!(from_base64(text).as_deref(), Some(bytes.as_bytes()));
    }
    for wrong in ["Z", "Zg", "Zg=", "Z===", "Zm9v=", "Zm 9"] {
        assert_eq!(from_base64(wrong), None, "{wrong}");
    }
}

/// Shards of three repositories, some of them without findings.
fn reports() -> impl Strategy<Value = Merged> {
    let project = prop::sample::select(vec![None, Some("desk"), Some("web")]);
    (1u32..=3, project, any::<u32>()).prop_map(|(index, project, keep)| {
        let count = if project == Some("web") { 1 } else { 3 };
        back(&shard(index.min(count), count, project, keep))
    })
}

fn nothing() -> Merged {
    back(&Report {
        settings_digest: fixture::report().settings_digest,
        ..Report::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws(a in reports(), b in reports(), c in reports()) {
        let and = |a: &Merged, b: &Merged| a.clone().and(b.clone()).unwrap();
        prop_assert_eq!(and(&a, &b), and(&b, &a));
        prop_assert_eq!(and(&and(&a, &b), &c), and(&a, &and(&b, &c)));
        prop_assert_eq!(&and(&a, &a), &a);
        prop_assert_eq!(&and(&a, &nothing()), &a);
        prop_assert_eq!(&and(&nothing(), &a), &a);
        // What is printed between two merges changes nothing.
        let through = back(&and(&a, &b).report(&lints()));
        prop_assert_eq!(json(&and(&through, &c).report(&lints())), json(&and(&and(&a, &b), &c).report(&lints())));
        // Keys stay unique, as GitLab wants them.
        let merged = and(&a, &b).report(&lints());
        let keys = crate::keys::fingerprints(&merged);
        let unique: BTreeSet<&String> = keys.iter().collect();
        prop_assert_eq!(unique.len(), keys.len());
    }
}
