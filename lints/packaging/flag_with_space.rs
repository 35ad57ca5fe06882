//! `makeFlags = [ "A=1 2" ]`: white space in a flag.

use lint_api::prelude::*;
use lint_api::repo::packages::{self, Maker};

/// The lint.
pub static LINT: Lint = Lint {
    name: "flag-with-space",
    group: Group::Packaging,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "an item of `makeFlags` and the like with white space, which splits it",
    page: include_str!("flag_with_space.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let Some(tree) = cx.sound_tree() else { return };
    for package in packages::of(cx.file, tree) {
        // Python's builders pass lists as lists.
        if package.may_be_structured() || package.maker == Maker::Python {
            continue;
        }
        for entry in &package.entries {
            let Some(name) = entry.name().filter(|name| packages::FLAGS.contains(name)) else { continue };
            let Some(value) = &entry.value else { continue };
            for item in packages::items(value, tree) {
                let ast::Expr::Str(string) = &item.expr else { continue };
                let text = literal(string);
                let Some((parts, meant)) = split(&text) else { continue };
                let message = match parts {
                    1 => "remove the white space beside this flag".to_owned(),
                    _ => format!("white space splits this flag into {parts}"),
                };
                let finding = cx.report(string.syntax().text_range(), message);
                if meant {
                    finding.soften(1);
                }
                finding.note(format!("`{name}` reaches the builder as one string, which the shell takes apart at spaces"));
                finding.help("write one item for each word, or append to the array in a phase: `preConfigure = ''configureFlagsArray+=(\"A=1 2\")''`");
            }
        }
    }
}

/// The text of a string, each interpolation as one letter.
fn literal(string: &ast::Str) -> String {
    string
        .normalized_parts()
        .into_iter()
        .map(|part| match part {
            ast::InterpolPart::Literal(text) => text,
            ast::InterpolPart::Interpolation(_) => "x".to_owned(),
        })
        .collect()
}

/// How many words a flag falls apart into, when it has white space; and whether it reads as if that were meant: several flags,
/// assignments, or an option with its value.
fn split(flag: &str) -> Option<(usize, bool)> {
    let words: Vec<&str> = flag.split_whitespace().collect();
    let [first, rest @ ..] = words.as_slice() else { return None };
    if !flag.contains(char::is_whitespace) {
        return None;
    }
    let is_flag = |word: &str| word.starts_with('-') || word.contains('=');
    let quoted = flag.contains(['\'', '"']);
    // `CFLAGS=-O2 -g`: the value itself is made of flags.
    let value_of_flags = first.split_once('=').is_some_and(|(_, value)| value.starts_with('-'));
    let option_and_value = !first.contains('=') && first.starts_with('-');
    let meant = !quoted && !value_of_flags && (option_and_value || (is_flag(first) && rest.iter().all(|it| is_flag(it))));
    Some((words.len(), meant || rest.is_empty()))
}
