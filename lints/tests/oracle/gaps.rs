//! The cases of the pages in other clothes: a comment in every gap, no gap at all, CRLF, inside of strings, no last line
//! end. The fixes must keep every comment, and Nix must read what it could read before.

use std::collections::BTreeMap;

use engine::Wanted;
use lint_api::syntax::{self, SyntaxKind, parse::Limits};
use testkit::{Case, Page};

use crate::judge::{judge, write};
use crate::{all, fixing, settings};

/// The tokens of a text without white space, and where each begins; `None` if it does not parse.
fn tokens(text: &str) -> Option<Vec<(SyntaxKind, usize, String)>> {
    let parsed = syntax::parse(text, Limits::default());
    let root = parsed.root().filter(|_| parsed.faults.is_empty())?;
    Some(
        root.descendants_with_tokens()
            .filter_map(|it| it.into_token())
            .filter(|it| it.kind() != SyntaxKind::TOKEN_WHITESPACE)
            .map(|it| {
                (
                    it.kind(),
                    it.text_range().start().into(),
                    it.text().to_owned(),
                )
            })
            .collect(),
    )
}

fn comments(text: &str) -> Option<usize> {
    let tokens = tokens(text)?;
    Some(
        tokens
            .iter()
            .filter(|it| it.0 == SyntaxKind::TOKEN_COMMENT)
            .count(),
    )
}

/// Takes out all white space that no token needs.
fn glued(text: &str) -> Option<String> {
    let words = |text: &str| -> Option<Vec<_>> {
        Some(
            tokens(text)?
                .into_iter()
                .map(|(kind, _, text)| (kind, text))
                .collect(),
        )
    };
    let wanted = words(text)?;
    let mut text = text.to_owned();
    for at in (0..text.len()).rev() {
        if text.is_char_boundary(at) && text[at..].starts_with([' ', '\n']) {
            let mut less = text.clone();
            less.remove(at);
            if words(&less).as_ref() == Some(&wanted) {
                text = less;
            }
        }
    }
    Some(text)
}

/// The text in other clothes, with a word for each.
fn clothes(text: &str) -> Vec<(String, String)> {
    let Some(tokens) = tokens(text) else {
        return Vec::new();
    };
    let bare = text.trim_end();
    let mut all = vec![
        ("CRLF".to_owned(), text.replace('\n', "\r\n")),
        ("no line end".to_owned(), bare.to_owned()),
        ("in a string".to_owned(), format!("x: \"a${{{bare}}}b\"")),
        ("in lines".to_owned(), format!("x: ''a${{{bare}}}b''")),
        ("in a list".to_owned(), format!("[({bare})({bare})]")),
    ];
    all.extend(glued(text).map(|text| ("glued".to_owned(), text)));
    for (_, at, _) in tokens {
        for comment in ["/*g*/", " # g\n"] {
            let mut text = text.to_owned();
            text.insert_str(at, comment);
            all.push((format!("{comment:?} at {at}"), text));
        }
    }
    all
}

#[test]
fn fixes_hold_in_other_clothes() {
    let all = all();
    let mut files: [Vec<_>; 2] = [Vec::new(), Vec::new()];
    let mut names = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    for lint in fixing() {
        let mut texts = BTreeMap::from([settings()]);
        let mut words = BTreeMap::new();
        for case in Page::read(lint.page).cases {
            let plain = case.flagged && case.files.len() == 1 && case.base.is_empty();
            let Some(block) = case.files.get("host.nix").filter(|_| plain) else {
                continue;
            };
            for (word, text) in clothes(&block.text) {
                let path = format!("{}/c{:04}.nix", lint.name, texts.len());
                words.insert(
                    path.clone(),
                    format!("{}.md:{} {word}", lint.name, case.line),
                );
                texts.insert(path, text);
            }
        }
        let select = vec![lint.name.to_owned()];
        let run = |texts: &BTreeMap<String, String>| {
            let wanted = Wanted::default();
            testkit::fixed(&Case::default(), texts, select.clone(), &all, wanted)
        };
        let (new, troubles) = run(&texts);
        assert!(troubles.is_empty(), "{}: {troubles:?}", lint.name);
        let (again, _) = run(&new);
        for (path, word) in words {
            let (old, text) = (&texts[&path], &new[&path]);
            assert_eq!(&again[&path], text, "{word}: a second run changes it");
            if old == text {
                continue;
            }
            assert_eq!(
                comments(old),
                comments(text),
                "{word}: comments differ\n{old}\n=>\n{text}"
            );
            for (side, text) in [old, text].into_iter().enumerate() {
                let only = BTreeMap::from([(path.clone(), text.clone())]);
                files[side].extend(write(&folder.path().join(side.to_string()), &only));
            }
            names.push((word, old.clone(), text.clone()));
        }
    }
    assert!(names.len() > 1_000, "only {} were changed", names.len());
    let [before, after] = files.map(|files| judge(&["--parse"], &files));
    let (Some(before), Some(after)) = (before, after) else {
        return;
    };
    for ((was, is), (word, old, text)) in before.iter().zip(&after).zip(&names) {
        assert!(
            was.is_err() || is.is_ok(),
            "{word}\n{old}\n=> {is:?}\n{text}"
        );
    }
}
