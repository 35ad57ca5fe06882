//! Allow comments from the text to the report: what they silence, what is said of them, and what their fixes leave.

use std::path::Path;
use std::sync::Arc;

use engine::config::ConfigText;
use engine::{Flags, Input, Plan, Settings, Source};
use lint_api::prelude::*;
use lint_api::report::{Report, State};
use repo::Text;

const fn lint(name: &'static str, group: Group, check: Check) -> Lint {
    Lint {
        name,
        group,
        level: Level::Warn,
        fix: FixKind::Never,
        summary: "",
        page: "",
        options: Options::NONE,
        check,
    }
}

/// Finds each identifier `bad`, by the tree.
static BAD_NODE: Lint = lint(
    "unused-let",
    Group::Dead,
    Check::Node(&[SyntaxKind::NODE_IDENT], |node, cx| {
        if node.text() == "bad" {
            cx.report(node.text_range(), "`bad` is bad");
        }
    }),
);
/// Finds each `hunter2`, by the text.
static SECRET: Lint = lint("secret-token", Group::Secrets, Check::File(secret));
/// Cannot run without git.
static NEEDS_GIT: Lint = lint(
    "untracked-import",
    Group::Files,
    Check::Repo(|cx| {
        if cx.repo.git.is_none() {
            cx.inactive("there is no git");
        }
    }),
);
/// Panics over files that say so, after its first finding.
static PANICS: Lint = lint(
    "empty-let",
    Group::Tidy,
    Check::Node(&[SyntaxKind::NODE_LITERAL], |node, cx| {
        if cx.text_of(node) == "666" {
            panic!("over {}", cx.file.text.contents());
        }
        if cx.text_of(node) == "665" {
            cx.report(node.text_range(), "`665` is near");
        }
    }),
);

fn secret(cx: &mut FileCx<'_>) {
    let at: Vec<usize> = cx
        .file
        .text
        .contents()
        .match_indices("hunter2")
        .map(|it| it.0)
        .collect();
    for at in at {
        let start = TextSize::from(u32::try_from(at).unwrap());
        cx.report(TextRange::at(start, 7.into()), "a secret");
    }
}

fn run(files: &[(&str, &str)], flags: &Flags, config: &str) -> Report {
    let lints = [&BAD_NODE, &SECRET, &NEEDS_GIT, &PANICS];
    let lints = lints.into_iter().chain(engine::own::ALL.iter().copied());
    let config = ConfigText::new("nivis.toml", config.as_bytes().to_vec()).unwrap();
    let settings = Settings::discover(flags, Path::new(""), Some(&config), lints).unwrap();
    let plan = Plan::new(&settings);
    let sources = files
        .iter()
        .map(|(path, text)| {
            let path = RepoPath::from(*path);
            Source {
                kind: engine::load::kind_of(&path).unwrap_or(Kind::Other),
                path,
                text: Arc::new(Text::new(*text)),
            }
        })
        .collect();
    let input = Input {
        sources,
        ..Input::default()
    };
    engine::settle(engine::check(input, &plan, &settings), &settings)
}

/// `line: lint: message`, in parentheses when it is allowed.
fn said(report: &Report) -> Vec<String> {
    let line = |it: &lint_api::report::Settled| {
        let source = &report.sources[&it.finding.at.file];
        let line = source.text.line_of(it.finding.at.range.start()) + 1;
        let words = format!("{line}: {}: {}", it.finding.lint.name, it.finding.message);
        match &it.state {
            State::Active | State::Baselined => words,
            State::Allowed { line, reason } => {
                format!(
                    "({words}; line {line}, {})",
                    reason.as_deref().unwrap_or("-")
                )
            }
        }
    };
    report.findings.iter().map(line).collect()
}

fn check(text: &str) -> Vec<String> {
    said(&run(&[("a.nix", text)], &Flags::default(), ""))
}

#[test]
fn a_covered_finding_is_allowed() {
    assert_eq!(
        check("{\n  # nivis: allow(unused-let) the page says so\n  a = bad;\n  b = bad;\n}\n"),
        [
            "(3: unused-let: `bad` is bad; line 2, the page says so)",
            "4: unused-let: `bad` is bad",
        ]
    );
    // Names of other tools, the head of a file, a pragma.
    assert_eq!(
        check("# nivis: allow(sema-unused-def-let) why not\nbad\n"),
        ["(2: unused-let: `bad` is bad; line 1, why not)"]
    );
    assert_eq!(
        check("{\n  # deadnix: skip\n  a = bad; b = 1;\n  c = \"hunter2\"; # gitleaks:allow\n}\n"),
        [
            "(3: unused-let: `bad` is bad; line 2, deadnix: skip)",
            "(4: secret-token: a secret; line 4, gitleaks:allow)",
        ]
    );
    let silent = said(&run(
        &[("a.nix", "{\n  # deadnix: skip\n  a = bad;\n}\n")],
        &Flags::default(),
        "foreign-pragmas = []",
    ));
    assert_eq!(silent, ["3: unused-let: `bad` is bad"]);
}

#[test]
fn the_narrowest_comment_has_it() {
    assert_eq!(
        check(
            "# nivis: allow(unused-let) all of it\n{\n  a = bad; # nivis: allow(unused-let) this one\n}\n"
        ),
        [
            "1: unused-allow: this allow of `unused-let` silences nothing",
            "(3: unused-let: `bad` is bad; line 3, this one)",
        ]
    );
}

#[test]
fn a_secret_is_allowed_only_with_a_reason() {
    let text = "{\n  # nivis: allow(secret-token)\n  a = \"hunter2\";\n}\n";
    let report = run(&[("a.nix", text)], &Flags::default(), "");
    assert_eq!(
        said(&report),
        [
            "2: allow-without-reason: this allow comment gives no reason",
            "3: secret-token: a secret",
        ]
    );
    assert_eq!(
        report.findings[1].finding.notes,
        ["the allow comment on line 2 has no effect: a secret is allowed only with a reason"]
    );
    assert_eq!(
        check("{\n  # nivis: allow(secret-token) a test value\n  a = \"hunter2\";\n}\n"),
        ["(3: secret-token: a secret; line 2, a test value)"]
    );
}

#[test]
fn unused_is_said_only_where_the_lint_could_have_spoken() {
    let text = "{\n  # nivis: allow(unused-let) old\n  a = 1;\n}\n";
    let unused = ["2: unused-allow: this allow of `unused-let` silences nothing"];
    let none: [&str; 0] = [];
    let files = [("a.nix", text)];
    let flags = |select: &[&str]| Flags {
        select: select.iter().map(|name| (*name).to_owned()).collect(),
        ..Flags::default()
    };
    assert_eq!(said(&run(&files, &Flags::default(), "")), unused);
    // not selected; unused-allow itself not selected
    assert_eq!(said(&run(&files, &flags(&["unused-allow"]), "")), none);
    assert_eq!(said(&run(&files, &flags(&["unused-let"]), "")), none);
    assert_eq!(
        said(&run(&files, &flags(&["unused-let", "nivis"]), "")),
        unused
    );
    // off here
    assert_eq!(
        said(&run(
            &files,
            &Flags::default(),
            "levels.unused-let = \"off\""
        )),
        none
    );
    // the text does not parse
    let broken = text.replace("a = 1;", "a = ;");
    assert_eq!(
        said(&run(&[("a.nix", &broken)], &Flags::default(), "")),
        none
    );
    // inactive
    let git = text.replace("unused-let", "untracked-import");
    let report = run(&[("a.nix", &git)], &Flags::default(), "");
    assert_eq!(said(&report), none);
    assert_eq!(
        report.inactive,
        [(&NEEDS_GIT, "there is no git".to_owned())]
    );
    // panicked
    let report = run(
        &[(
            "a.nix",
            "{\n  # nivis: allow(empty-let) old\n  a = 1;\n  b = 666;\n}\n",
        )],
        &Flags::default(),
        "",
    );
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].finding.lint.name, "internal-error");
}

#[test]
fn what_cannot_be_allowed_says_so() {
    assert_eq!(
        check("# nivis: allow(internal-error, unused-allow, file-skipped) never\n1\n"),
        [
            "1: unused-allow: `internal-error` cannot be allowed",
            "1: unused-allow: `unused-allow` cannot be allowed",
            "1: unused-allow: `file-skipped` cannot be allowed",
        ]
    );
    assert_eq!(
        check(
            "# nivis: allow(unknown-allow) typo\n{\n  # nivis: allow(nothing) there\n  a = 1;\n}\n"
        ),
        ["(3: unknown-allow: no lint is called `nothing`; line 1, typo)"]
    );
}

#[test]
fn the_fix_of_an_unused_allow_leaves_the_right_bytes() {
    for (text, expected) in [
        ("# nivis: allow(unused-let) x1x\n{ }\n", "{ }\n"),
        ("# nivis: allow(unused-let) x1x\r\n{ }\r\n", "{ }\r\n"),
        (
            "{\n  # nivis: allow(unused-let) x1x\n\n  a = 1;\n}\n",
            "{\n\n  a = 1;\n}\n",
        ),
        (
            "{\n\ta = 1; \t# nivis: allow(unused-let) x1x\r\n}\n",
            "{\n\ta = 1;\r\n}\n",
        ),
        (
            "{\n  a = 1;\n  # nivis: allow(unused-let) x1x\n}\n",
            "{\n  a = 1;\n}\n",
        ),
        ("{ }\n# nivis: allow(unused-let) x1x", "{ }\n"),
        ("{ } # nivis: allow(unused-let) x1x", "{ }"),
        (
            "{\n  /* nivis: allow(unused-let) x1\n     x */\n  a = 1;\n}\n",
            "{\n  a = 1;\n}\n",
        ),
        (
            "{\n  /* nivis: allow(unused-let) x1x */ a = 1;\n}\n",
            "{\n  a = 1;\n}\n",
        ),
        (
            "{ a = /* nivis: allow(unused-let) x1x */ 1; }\n",
            "{ a = 1; }\n",
        ),
        (
            "{ a = f/* nivis: allow(unused-let) x1x */x; }\n",
            "{ a = f x; }\n",
        ),
        (
            "# nivis: allow(unused-let, W02, untracked-import) x1x\n{ }\n",
            "# nivis: allow(untracked-import) x1x\n{ }\n",
        ),
        (
            "# nivis: allow( untracked-import , unused-let ) x1x\n{ }\n",
            "# nivis: allow( untracked-import ) x1x\n{ }\n",
        ),
        ("# nivis: allow(unused-let,empty-let,) x1x\n{ }\n", "{ }\n"),
    ] {
        let mut now = text.to_owned();
        for _ in 0..5 {
            let report = run(&[("a.nix", &now)], &Flags::default(), "");
            let fixes = report.active().filter_map(|it| it.finding.fix.as_ref());
            now = engine::apply::apply(&now, fixes).0;
        }
        assert_eq!(now, expected, "{text}");
    }
    // In a string the comment is part of a value.
    let report = run(
        &[(
            "a.nix",
            "{ a = ''\n  x\n  # nivis: allow(unused-let) old\n  y\n''; }\n",
        )],
        &Flags::default(),
        "",
    );
    let fix = report.findings[0].finding.fix.as_ref().unwrap();
    assert_eq!(fix.safety, Safety::Unsafe);
}

#[test]
fn a_panic_costs_no_other_finding() {
    let report = run(
        &[
            ("a.nix", "[ bad 665 666 665 ]\n"),
            ("b.nix", "[ bad 665 ]\n"),
        ],
        &Flags::default(),
        "",
    );
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        said(&report),
        [
            format!("1: internal-error: nivis {version} failed in `empty-let` over `a.nix`")
                .as_str(),
            "1: unused-let: `bad` is bad",
            "1: empty-let: `665` is near",
            "1: unused-let: `bad` is bad",
            "1: empty-let: `665` is near",
        ]
    );
    assert_eq!(report.exit_code(None), 2);
    let trouble = report.troubles[0].to_string();
    assert!(!trouble.contains("bad"), "{trouble}");
}

#[test]
fn nothing_is_said_where_the_text_does_not_parse() {
    let report = run(
        &[("a.nix", "{\n  a = [ bad ] ];\n  b = [ bad ];\n}\n")],
        &Flags::default(),
        "",
    );
    let lines: Vec<String> = said(&report);
    assert!(
        !lines.iter().any(|line| line.starts_with("2: unused-let")),
        "{lines:?}"
    );
}

#[test]
fn findings_are_sorted_deduplicated_cut_and_placed() {
    let report = run(
        &[
            ("a-b.nix", "{ x.y = let z = bad; in z; }"),
            ("a.nix", "bad"),
            ("a/c.nix", "[ bad bad bad ]"),
        ],
        &Flags::default(),
        "limits.findings-per-lint = 3",
    );
    let places: Vec<(String, &str)> = report
        .findings
        .iter()
        .map(|it| {
            (
                report.sources[&it.finding.at.file].path.to_string(),
                &*it.place,
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("a-b.nix".to_owned(), "x.y let z"),
            ("a.nix".to_owned(), ""),
            ("a/c.nix".to_owned(), ""),
        ]
    );
    assert_eq!(report.troubles[0].kind, "limit");
    let lints: Vec<&str> = report.lints.iter().map(|(lint, _)| lint.name).collect();
    assert!(
        lints.is_sorted() && lints.contains(&"unused-let"),
        "{lints:?}"
    );
    assert!(!lints.contains(&"untracked-import"), "{lints:?}");
}
