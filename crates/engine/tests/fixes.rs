//! The fix loop: what is applied, what is undone, who is named.

use std::path::Path;
use std::sync::Arc;

use engine::config::ConfigText;
use engine::{Fixed, Flags, Input, Plan, Settings, Source, Wanted};
use lint_api::prelude::*;
use lint_api::{Fix, SyntaxNode};
use repo::Text;

const fn lint(name: &'static str, level: Level, check: Check) -> Lint {
    Lint {
        name,
        group: Group::Tidy,
        level,
        fix: FixKind::Safe,
        summary: "",
        page: "",
        options: Options::NONE,
        check,
    }
}

/// A lint that finds each identifier `$from` and offers to write `$to`.
macro_rules! renames {
    ($static:ident, $name:literal, $level:expr, $from:literal, $fix:expr) => {
        static $static: Lint = lint(
            $name,
            $level,
            Check::Node(&[SyntaxKind::NODE_IDENT], |node, cx| {
                if node.text() == $from {
                    let fix: fn(&SyntaxNode) -> Option<Fix> = $fix;
                    cx.report(node.text_range(), concat!("`", $from, "` is not welcome"))
                        .fix_if(fix(node));
                }
            }),
        );
    };
}

fn write(node: &SyntaxNode, text: &str) -> Option<Fix> {
    Some(Fix::safe("rename it").replace(node.text_range(), text))
}

renames!(OLD, "old-name", Level::Warn, "old", |node| write(
    node, "new"
));
renames!(AGED, "aged-name", Level::Warn, "aged", |node| write(
    node, "old"
));
renames!(GUESS, "guess", Level::Info, "maybe", |node| Some(
    Fix::r#unsafe("guess").replace(node.text_range(), "surely")
));
renames!(BREAKS, "breaks", Level::Warn, "bad", |node| write(
    node, "("
));
renames!(HARMS, "harms", Level::Warn, "risky", |node| write(
    node, "wrong"
));
renames!(WRONG, "wrong-name", Level::Error, "wrong", |_| None);
renames!(PING, "ping", Level::Warn, "ping", |node| write(
    node, "pong"
));
renames!(PONG, "pong", Level::Warn, "pong", |node| write(
    node, "ping"
));
renames!(LINES, "lines", Level::Warn, "split", |node| write(
    node,
    "\n  two\n"
));
renames!(FAR, "far", Level::Warn, "far", |_| Some(
    Fix::safe("out of the text").delete(TextRange::new(9000.into(), 9001.into()))
));
renames!(DROPS, "drops", Level::Warn, "needed", |node| write(
    node, "gone"
));
renames!(PANICS, "panics-later", Level::Warn, "calm", |node| write(
    node, "panic"
));
renames!(PANICKY, "panicky", Level::Warn, "panic", |_| panic!(
    "as asked"
));

/// Says of `z.nix` that some other file should hold the name `needed`.
static NEEDS: Lint = lint(
    "needs",
    Level::Error,
    Check::Repo(|cx| {
        let holds = |file: &&repo::File| file.text.contents().contains("needed");
        let repo = cx.repo;
        if repo.files.iter().find(holds).is_none()
            && let Some(file) = repo.find(&"z.nix".into())
        {
            let at = repo::Span {
                file: file.id,
                range: TextRange::default(),
            };
            cx.report(at, "nobody has it");
        }
    }),
);

const ALL: [&Lint; 14] = [
    &OLD, &AGED, &GUESS, &BREAKS, &HARMS, &WRONG, &PING, &PONG, &LINES, &FAR, &DROPS, &PANICS,
    &PANICKY, &NEEDS,
];

fn run(files: &[(&str, &str)], change: impl FnOnce(&mut Settings), wanted: Wanted) -> Fixed {
    engine::panics::keep_quiet();
    let lints = ALL.into_iter().chain(engine::own::ALL.iter().copied());
    let config = ConfigText::new("nivis.toml", Vec::new()).unwrap();
    let flags = Flags::default();
    let mut settings = Settings::discover(&flags, Path::new(""), Some(&config), lints).unwrap();
    change(&mut settings);
    let plan = Plan::new(&settings);
    let sources = files
        .iter()
        .map(|(path, text)| {
            let path = RepoPath::from(*path);
            Source {
                kind: engine::load::kind_of(&path).unwrap_or(Kind::Other),
                path,
                text: Arc::new(Text::from_bytes(text.as_bytes().to_vec())),
            }
        })
        .collect();
    let input = Input {
        sources,
        ..Input::default()
    };
    engine::fix(input, &plan, &settings, wanted)
}

/// The new text of one file and the troubles; a second run changes nothing.
fn fixed(text: &str) -> (String, Vec<String>) {
    let done = run(&[("a.nix", text)], |_| (), Wanted::default());
    let new = done.changed.first().map_or(text.to_owned(), |changed| {
        String::from_utf8(changed.after.to_bytes()).unwrap()
    });
    let troubles = done.report.troubles;
    if troubles.is_empty() {
        let again = run(&[("a.nix", &new)], |_| (), Wanted::default());
        assert!(again.changed.is_empty() && again.before.is_none());
    }
    (new, troubles.iter().map(ToString::to_string).collect())
}

fn quietly(text: &str) -> String {
    let (new, troubles) = fixed(text);
    assert_eq!(troubles, [] as [&str; 0]);
    new
}

#[test]
fn until_nothing_is_left() {
    assert_eq!(quietly("{ a = aged; b = old; }"), "{ a = new; b = new; }");
    // Neither line ends nor their absence change; what a fix brings takes those of the file.
    assert_eq!(
        quietly("[\r\nold split\r\n]"),
        "[\r\nnew \r\n  two\r\n\r\n]"
    );
    let done = run(&[("a.nix", "[ old aged old ]")], |_| (), Wanted::default());
    let [changed] = &done.changed[..] else {
        panic!()
    };
    let counts: Vec<_> = changed.fixed.iter().map(|(name, n)| (*name, *n)).collect();
    assert_eq!(counts, [("aged-name", 1), ("old-name", 3)]);
    assert_eq!(done.before.unwrap().findings.len(), 3);
    assert_eq!(done.report.findings.len(), 0);
}

#[test]
fn unsafe_fixes_on_request() {
    assert_eq!(quietly("maybe"), "maybe");
    let wanted = Wanted {
        guesses: true,
        ..Wanted::default()
    };
    let done = run(&[("a.nix", "maybe")], |_| (), wanted);
    assert_eq!(done.changed[0].after.contents(), "surely");
}

#[test]
fn only_what_is_reported() {
    let allowed = "{\n  # nivis: allow(old-name) it is mine\n  a = old;\n  b = old;\n}\n";
    assert_eq!(quietly(allowed), allowed.replace("b = old", "b = new"));
    let files = [("a.nix", "old"), ("b.nix", "old"), ("c.txt", "old")];
    let only_b = |settings: &mut Settings| settings.paths = vec!["b.nix".into()];
    let done = run(&files, only_b, Wanted::default());
    let paths: Vec<_> = done.changed.iter().map(|it| it.path.to_string()).collect();
    assert_eq!(paths, ["b.nix"]);
}

#[test]
fn a_fix_that_breaks_the_file_is_dropped() {
    assert_eq!(
        fixed("[ old bad aged bad ]"),
        (
            "[ new bad new bad ]".to_owned(),
            vec![
                "a.nix: a fix of `breaks` would break the file and was not applied: please report this"
                    .to_owned()
            ]
        )
    );
}

#[test]
fn a_fix_that_brings_an_error_about_is_dropped() {
    let named = |lint: &str| {
        vec![format!(
            "a.nix: a fix of `{lint}` would bring an error about and was not applied: please report this"
        )]
    };
    assert_eq!(
        fixed("[ old risky wrong ]"),
        ("[ new risky wrong ]".to_owned(), named("harms"))
    );
    // A panic is an error too.
    assert_eq!(
        fixed("[ old calm ]"),
        ("[ new calm ]".to_owned(), named("panics-later"))
    );
    // In another file.
    let files = [("a.nix", "[ old needed ]"), ("z.nix", "old")];
    let done = run(&files, |_| (), Wanted::default());
    let texts: Vec<_> = done.changed.iter().map(|it| it.after.contents()).collect();
    assert_eq!(texts, ["[ new needed ]", "new"]);
    assert_eq!(done.report.troubles.len(), 1);
    assert!(done.report.troubles[0].message.contains("`drops`"));
    // Also where that file is not asked for.
    let only_a = |settings: &mut Settings| settings.paths = vec!["a.nix".into()];
    let done = run(&files, only_a, Wanted::default());
    assert_eq!(done.changed[0].after.contents(), "[ new needed ]");
}

#[test]
fn fixes_without_end_are_ended() {
    let (text, troubles) = fixed("[ ping old ]");
    assert_eq!(text, "[ ping new ]");
    assert_eq!(
        troubles,
        ["a.nix: fixes of `ping` still offer themselves after 10 passes: please report this"]
    );
}

#[test]
fn edits_outside_of_the_text_are_told() {
    let (text, troubles) = fixed("[ far old ]");
    assert_eq!(text, "[ far new ]");
    assert!(troubles[0].contains("`far`"), "{troubles:?}");
}

#[test]
fn texts_that_are_no_nix_stay() {
    for text in ["[ old = ]", "\u{feff}[ old ]"] {
        assert_eq!(quietly(text), text);
    }
    let sources = vec![Source {
        path: "a.nix".into(),
        kind: Kind::Nix,
        text: Arc::new(Text::from_bytes(b"[ old \"\xff\" ]".to_vec())),
    }];
    let input = Input {
        sources,
        ..Input::default()
    };
    let lints = ALL.into_iter().chain(engine::own::ALL.iter().copied());
    let settings = Settings::discover(&Flags::default(), Path::new(""), None, lints).unwrap();
    let done = engine::fix(input, &Plan::new(&settings), &settings, Wanted::default());
    assert!(done.changed.is_empty());
}

#[test]
fn a_mark_at_the_start_stays() {
    // In a script, where it is no fault.
    let text = "\u{feff}# nivis: allow(old-name) for nothing\necho\n";
    let done = run(&[("a.sh", text)], |_| (), Wanted::default());
    assert_eq!(
        done.changed[0].after.to_bytes(),
        "\u{feff}echo\n".as_bytes()
    );
    assert_eq!(done.changed[0].before.to_bytes(), text.as_bytes());
}
