//! A `stateVersion` that its module rejects.

use lint_api::prelude::*;
use lint_api::repo::accepted::{Literal, Stated};
use lint_api::repo::class::Class;
use lint_api::repo::dated;
use lint_api::repo::state::StateOption;

/// The lint.
pub static LINT: Lint = Lint {
    name: "state-version-invalid",
    group: Group::State,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a `stateVersion` that its module rejects",
    page: include_str!("state_version_invalid.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut said = Vec::new();
    for it in repo.stated() {
        let at = it.at();
        let Some((message, help, steps)) = fault(repo, &it) else { continue };
        // One literal may serve several definitions.
        if said.contains(&(at, message.clone())) {
            continue;
        }
        said.push((at, message.clone()));
        let finding = cx.report(at, message);
        finding.help(help);
        let unsure = !it.certain && !matches!(it.literal, Literal::Float(_));
        finding.soften(steps + i8::from(unsure && steps == 0));
    }
}

/// What is wrong, what to do, and by how much the finding is softer.
fn fault(repo: &Repo, it: &Stated<'_>) -> Option<(String, String, i8)> {
    let option = it.definition.option.name();
    let (least, most) = dated::DARWIN_STATE_VERSIONS;
    let is_text = |number: &dyn std::fmt::Display| format!("`{option}` takes a string, and {number} is a number");
    let darwin = format!("write the number, from {least} to {most}, that was the newest when the machine was installed");
    Some(match (it.class, &it.literal) {
        (Some(Class::Darwin), Literal::Str(text)) => {
            (format!("nix-darwin counts `{option}` in integers, and {text:?} is a string"), darwin, 0)
        }
        (Some(Class::Darwin), Literal::Float(number)) => {
            (format!("nix-darwin counts `{option}` in integers, and {number} is none"), darwin, 0)
        }
        (Some(Class::Darwin), Literal::Int(number)) => {
            if (least..=most).contains(number) || *number > most && !repo.darwin_table_holds() {
                return None;
            }
            (format!("nix-darwin has no `{option}` {number}; it counts from {least} to {most}"), darwin, 0)
        }
        (_, Literal::Float(number)) => (is_text(number), format!("put it in quotes: `\"{number}\"`"), 0),
        (Some(_), Literal::Int(number)) => {
            (is_text(number), "write the release of the installation, as in `\"24.05\"`".to_owned(), 0)
        }
        (Some(Class::Home), Literal::Str(text)) if it.definition.option == StateOption::Home => {
            (no_value(text)?, "write the release that this home was made with".to_owned(), 0)
        }
        (Some(Class::Nixos), Literal::Str(text)) if !is_release(text) => {
            let help = "write the release of the installation, as in `\"24.05\"`: services compare it with theirs";
            (format!("`{option}` is {text:?}, and that is no release"), help.to_owned(), 2)
        }
        _ => return None,
    })
}

/// `24.05`, of any month.
fn is_release(text: &str) -> bool {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|it| it.is_ascii_digit());
    text.split_once('.').is_some_and(|(year, month)| digits(year) && digits(month))
}

/// What to say of a text that home-manager does not know; `None` for what it knows, or may know by now.
fn no_value(text: &str) -> Option<String> {
    let known = dated::HOME_STATE_VERSIONS;
    let as_text = |(year, month): &(u32, u32)| format!("{year:02}.{month:02}");
    if known.iter().any(|it| as_text(it) == text) {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok();
    let value = text.split_once('.').and_then(|(year, month)| Some((number(year)?, number(month)?)));
    let mut message = format!("`home.stateVersion` has no value {text:?}");
    if let Some(value) = value {
        let above = known.iter().find(|it| **it > value)?;
        message += &match known.iter().rev().find(|it| **it <= value) {
            Some(below) => format!("; the nearest are {:?} and {:?}", as_text(below), as_text(above)),
            None => format!("; the oldest is {:?}", as_text(above)),
        };
    }
    Some(message)
}
