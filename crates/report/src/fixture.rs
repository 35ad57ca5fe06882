//! One report with everything in it that a format may meet.

use std::collections::BTreeMap;
use std::sync::Arc;

use lint_api::report::{Settled, Source, State, Trouble};
use lint_api::{Check, Finding, Fix, FixKind, Group, Level, Lint, Options, Report};
use repo::{FileId, RepoPath, Span, Text};
use syntax::{TextRange, TextSize};

const fn lint(name: &'static str, group: Group, level: Level) -> Lint {
    Lint {
        name,
        group,
        level,
        fix: FixKind::Safe,
        summary: "a lint of the fixture",
        page: "",
        options: Options::NONE,
        check: Check::Engine,
    }
}

static UNTRACKED: Lint = lint("untracked-import", Group::Files, Level::Error);
static UNUSED: Lint = lint("unused-let", Group::Dead, Level::Warn);
static SECRET: Lint = lint("plaintext-secret", Group::Secrets, Level::Error);
static NOTE: Lint = lint("legacy-let", Group::Tidy, Level::Info);

const HOST: &str = "{ pkgs, ... }:\nlet\n\tunstable = 1;\nin\n{\n  imports = [ ./disk.nix ];\n  password = \"correct horse\"; x = let { body = 1; };\n}\n";
const FLAKE: &str = "{\n  outputs = _: {\n    a = 1;\n    b = 2;\n    c = 3;\n    d = 4;\n    e = 5;\n    f = 6;\n  };\n\n\n  host = ./host.nix;\n}\n";
/// The same words with a byte order mark, CRLF, a tab and characters of every width before them.
const ODD: &str = "\u{feff}{\r\n\t\"a𐐀bé\" = unused; /* \u{1b}[31m\u{202e} ##vso[x] */\r\n}";

/// The place of the first `needle` after `skip` others.
fn place(file: u32, text: &str, needle: &str) -> Span {
    let contents = text.trim_start_matches('\u{feff}');
    let at = contents.find(needle).expect("the needle is in the text");
    let start = TextSize::try_from(at).unwrap();
    Span {
        file: FileId(file),
        range: TextRange::at(start, TextSize::of(needle)),
    }
}

/// Findings of all levels, a fix, labels in two files, one allowed, a secret, a file name and a text of ill will.
pub fn report() -> Report {
    let mut findings = Vec::new();
    let mut add = |finding: Finding, state: State, place: &str| {
        findings.push(Settled {
            level: finding.lint.level,
            finding,
            state,
            place: place.to_owned(),
            change: None,
        });
    };

    // A range of many lines, with a label in another file and one behind a gap.
    let mut finding = Finding::new(
        &UNTRACKED,
        Span {
            file: FileId(0),
            range: TextRange::new(17.into(), 95.into()),
        },
        "`./disk.nix` is not tracked by git",
    );
    finding
        .label_at(place(0, FLAKE, "./host.nix"), "the flake comes here")
        .label_at(place(2, HOST, "./disk.nix"), "imported here")
        .note("this path is imported by host `atlas`")
        .help("run `git add --intent-to-add disk.nix`");
    add(finding, State::Active, "outputs");

    // The name of its file and the text want to do harm.
    let finding = Finding::new(&UNUSED, place(1, ODD, "unused"), "`un\nused` is\u{1b} odd");
    add(finding, State::Active, "\"a𐐀bé\"");

    let unstable = place(2, HOST, "unstable");
    let mut finding = Finding::new(&UNUSED, unstable, "`unstable` is never used");
    finding.fix(Fix::safe("remove the binding").delete(TextRange::new(19.into(), 33.into())));
    add(finding, State::Active, "let unstable");

    let secret = place(2, HOST, "correct horse");
    let mut finding = Finding::new(&SECRET, secret, "`password` holds a password in plain text");
    finding.fix(Fix::r#unsafe("move it").replace(secret.range, "elsewhere"));
    add(finding, State::Active, "password");

    // Another lint on the same line sees the mask.
    let mut finding = Finding::new(
        &NOTE,
        place(2, HOST, "let { body"),
        "this `let` is of the old kind",
    );
    finding
        .label(place(2, HOST, "password").range, "of this set")
        .fix(Fix::r#unsafe("write `let … in`").replace(secret.range.cover(unstable.range), "x"));
    add(finding, State::Active, "x");

    let allowed = State::Allowed {
        line: 6,
        reason: Some("the router filters".to_owned()),
    };
    let finding = Finding::new(&UNUSED, place(2, HOST, "imports"), "`imports` is silenced");
    add(finding, allowed, "imports");
    let finding = Finding::new(&UNUSED, place(2, HOST, "pkgs"), "`pkgs` is known for long");
    add(finding, State::Baselined, "");
    findings.sort_by_key(|it| (it.finding.at.file, it.finding.at.range.start()));

    let source = |path: &[u8], text: &str, masks: Vec<TextRange>| Source {
        path: RepoPath::from_bytes(path),
        text: Arc::new(Text::new(text)),
        masks,
        hosts: Vec::new(),
        project: None,
        recalled: None,
    };
    let sources = BTreeMap::from([
        (FileId(0), source(b"flake.nix", FLAKE, Vec::new())),
        (
            FileId(1),
            source(b"::error::\x1b[31m\n\xff.nix", ODD, Vec::new()),
        ),
        (
            FileId(2),
            source(b"hosts/atlas.nix", HOST, vec![secret.range]),
        ),
    ]);
    let inputs = sources
        .values()
        .map(|source| (source.path.clone(), source.text.clone()))
        .collect();
    Report {
        fixed: BTreeMap::new(),
        findings,
        sources,
        inputs,
        files: 412,
        lints: vec![
            (&NOTE, Level::Info),
            (&SECRET, Level::Error),
            (&UNTRACKED, Level::Error),
            (&UNUSED, Level::Warn),
        ],
        inactive: vec![(&UNTRACKED, "no git".to_owned())],
        skipped: vec![(RepoPath::from("big.nix"), "larger than 16 MiB".to_owned())],
        unresolved: Vec::new(),
        notes: Vec::new(),
        troubles: vec![Trouble {
            kind: "config",
            path: Some("nivis.toml".to_owned()),
            line: Some((3, 1)),
            message: "unknown lint `unused-lte`".to_owned(),
        }],
        vcs: "git",
        base: Some(("main".to_owned(), "0".repeat(40))),
        settings_digest: "0".repeat(64),
        ..Report::default()
    }
}

/// The line without the one command that format `azure` begins it with.
fn not_our_command(format: crate::Format, line: &str) -> &str {
    match line.strip_prefix("##vso[task.logissue type=") {
        Some(rest) if format == crate::Format::Azure => rest,
        _ => line,
    }
}

/// In every format: nothing of the secret, nothing that a terminal or a runner obeys.
#[test]
fn no_format_leaks_or_obeys() {
    use crate::{Format, Style, sanitise};

    let report = report();
    for format in Format::ALL {
        let mut out = Vec::new();
        crate::print(format, &report, &Style::default(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        for piece in "correct horse".as_bytes().windows(6) {
            let piece = std::str::from_utf8(piece).unwrap();
            assert!(!out.contains(piece), "{}: {piece}", format.as_str());
        }
        for line in out.split('\n') {
            assert!(!line.chars().any(sanitise::is_hidden), "{line:?}");
            let ours = ["error", "warning", "notice"]
                .iter()
                .any(|command| line.starts_with(&format!("::{command} title=nivis ")));
            let command = line.trim_start().starts_with("::");
            assert_eq!(command, format == Format::Github && ours, "{line}");
            let line = not_our_command(format, line);
            assert!(!line.contains("##[") && !line.contains("##vso["), "{line}");
        }
    }
}

/// Every format counts columns in its own unit, whatever the line ends and whether there is a byte order mark.
#[test]
fn columns() {
    use crate::{Format, Style};

    // The finding is at `x`: 9 code points, 10 UTF-16 units, 13 bytes from the start of the line.
    let line = "\t\"a𐐀bé\" x;";
    for (text, byte) in [
        (format!("{{\n{line}\n}}"), 14),
        (format!("{{\r\n{line}\r\n}}"), 15),
        (format!("\u{feff}{{\r\n{line}\r\n}}"), 18),
    ] {
        let span = place(0, &text, "x;");
        let finding = Finding::new(&UNUSED, span, "`x` is never used");
        let source = Source {
            path: RepoPath::from("a.nix"),
            text: Arc::new(Text::new(text)),
            masks: Vec::new(),
            hosts: Vec::new(),
            project: None,
            recalled: None,
        };
        let report = Report {
            findings: vec![Settled {
                level: Level::Warn,
                finding,
                state: State::Active,
                place: String::new(),
                change: None,
            }],
            sources: BTreeMap::from([(FileId(0), source)]),
            ..Report::default()
        };
        let printed = |format| {
            let mut out = Vec::new();
            crate::print(format, &report, &Style::default(), &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        for (format, expected) in [
            (Format::Full, "─ a.nix:2:9\n"),
            // The tab is drawn as four blanks, the carets stand below.
            (Format::Full, "2 │     \"a𐐀bé\" x;\n  │            ^^\n"),
            (Format::Concise, "a.nix:2:9: warning: "),
            (Format::Grouped, "  2:9  warning"),
            (Format::Gcc, "a.nix:2:13: warning: "),
            (Format::Github, "line=2,endLine=2,col=9,endColumn=11::"),
            (Format::Errorformat, "a.nix:2:13: warning: "),
            (Format::Markdown, "| `a.nix:2:9` |"),
            (Format::Checkstyle, "line=\"2\" column=\"9\""),
            (Format::Junit, "name=\"unused-let 2:9\""),
            (Format::Azure, "linenumber=2;columnnumber=9;"),
            (Format::Gitlab, "\"begin\": 2,"),
            (Format::Rdjsonl, "\"start\":{\"line\":2,\"column\":13}"),
            (
                Format::Sarif,
                "\"startLine\": 2,\n                  \"startColumn\": 9,\n                  \"endLine\": 2,\n                  \"endColumn\": 11",
            ),
        ] {
            let printed = printed(format);
            assert!(
                printed.contains(expected),
                "{}:\n{printed}",
                format.as_str()
            );
        }
        let json: serde_json::Value = serde_json::from_str(&printed(Format::Json)).unwrap();
        assert_eq!(
            json["findings"][0]["range"]["start"],
            serde_json::json!({ "byte": byte, "line": 2, "column": 9, "utf16": 10, "utf8": 13 })
        );
    }
}

/// Text with everything in it that hurts.
fn any_text() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;

    let piece = prop_oneof![
        "[a-z {}=;\"]{0,12}",
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\t".to_owned()),
        Just("##[error]::error::##vso[x]".to_owned()),
        Just("\u{1b}[31m\u{202e}\u{200b}\u{85}\u{2028}".to_owned()),
        Just("é𐐀e\u{301}".repeat(100)),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Whatever the texts, names, spans and masks are: no format panics, obeys, or shows a masked word.
    #[test]
    fn any_report(
        before in any_text(),
        after in any_text(),
        name in any_text(),
        message in any_text(),
        spans in proptest::collection::vec((0u32..4000, 0u32..4000), 1..12),
    ) {
        use crate::{Format, Style, sanitise};

        const SECRET: &str = "CANARY-7f3a";
        let text = format!("{before}{SECRET}\n  {SECRET}{after}");
        let text = Text::new(text);
        let start = text.contents().find(SECRET).unwrap();
        let end = text.contents().rfind(SECRET).unwrap() + SECRET.len();
        let mask = TextRange::new(
            TextSize::try_from(start).unwrap(),
            TextSize::try_from(end).unwrap(),
        );
        let length = u32::from(TextSize::of(text.contents()));
        let span = |(a, b): (u32, u32)| {
            let (a, b) = (a.min(length), b.min(length));
            Span { file: FileId(0), range: TextRange::new(a.min(b).into(), a.max(b).into()) }
        };
        let mut finding = Finding::new(&UNUSED, span(spans[0]), &*message);
        for it in &spans[1..] {
            finding.label_at(span(*it), &*message);
        }
        finding.note(&*message).help(&*message);
        finding.fix(Fix::safe(&*message).replace(span(spans[0]).range, &*message));
        let source = Source {
            path: RepoPath::from(&*name),
            text: Arc::new(text),
            masks: vec![mask],
            hosts: Vec::new(),
            project: None,
            recalled: None,
        };
        let report = Report {
            findings: vec![Settled {
                level: Level::Warn,
                finding,
                state: State::Active,
                place: message.clone(),
                change: None,
            }],
            sources: BTreeMap::from([(FileId(0), source)]),
            troubles: vec![Trouble {
                kind: "io",
                path: Some(name),
                line: None,
                message,
            }],
            ..Report::default()
        };
        for format in Format::ALL {
            let mut out = Vec::new();
            crate::print(format, &report, &Style::default(), &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            proptest::prop_assert!(!out.contains(SECRET));
            for line in out.split('\n') {
                let ours = line.starts_with("::warning title=nivis ") && format == Format::Github;
                proptest::prop_assert!(!line.chars().any(sanitise::is_hidden), "{line:?}");
                proptest::prop_assert!(ours || !line.trim_start().starts_with("::"), "{line}");
                let line = not_our_command(format, line);
                proptest::prop_assert!(!line.contains("##["), "{line}");
                proptest::prop_assert!(!line.to_ascii_lowercase().contains("##vso["), "{line}");
            }
            match format {
                Format::Json | Format::Sarif | Format::Gitlab | Format::Rdjson => {
                    serde_json::from_str::<serde_json::Value>(&out).unwrap();
                }
                Format::Jsonl | Format::Rdjsonl => {
                    for line in out.lines() {
                        serde_json::from_str::<serde_json::Value>(line).unwrap();
                    }
                }
                Format::Junit | Format::Checkstyle => {
                    proptest::prop_assert!(crate::xml::is_well_formed(&out), "{out}");
                }
                _ => {}
            }
        }
    }
}
