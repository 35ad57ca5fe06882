//! What another tree would say of the options in use: what a bump of the pin renames, removes or adds.

use ::options::{Answer, Class, Kind, Schema};

use super::uses::uses;
use crate::{Repo, Span};

/// What becomes of an option in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It has another name, when that is one.
    Renamed(Option<String>),
    /// It is removed; what the module says.
    Removed(Option<String>),
    /// Nothing declares it any more.
    Gone,
    /// It was not declared before.
    Added,
}

/// What becomes of the options of a class that the repository sets, between two trees: place, path, change; each path once.
#[must_use]
pub fn changes(
    repo: &Repo,
    class: Class,
    old: &Schema,
    new: &Schema,
) -> Vec<(Span, String, Change)> {
    let mut found: Vec<(Span, String, Change)> = Vec::new();
    uses(repo, |it| {
        if !it.classes.contains(&class) {
            return;
        }
        let (before, after) = (old.find(&it.path), new.find(&it.path));
        let (len, change) = match (&before, &after) {
            (Answer::Marker { .. }, Answer::Marker { .. }) => return,
            (_, Answer::Marker { decl, len }) => {
                let to = decl.to().map(|to| to.join("."));
                let message = decl.opt.message.as_deref().map(str::to_owned);
                match decl.opt.kind {
                    Kind::Renamed | Kind::Changed | Kind::Merged => (*len, Change::Renamed(to)),
                    Kind::Removed => (*len, Change::Removed(message)),
                    Kind::Alias | Kind::Option => return,
                }
            }
            (Answer::Unknown { .. } | Answer::Open { .. }, Answer::Unknown { .. }) => return,
            (_, Answer::Unknown { at, .. }) => (at + 1, Change::Gone),
            (Answer::Unknown { at, .. }, after) if after.is_known() => (at + 1, Change::Added),
            _ => return,
        };
        let path = super::uses::display(&it.path[..len.min(it.path.len())]);
        if found.iter().any(|(_, known, _)| *known == path) {
            return;
        }
        let at = Span {
            file: it.file.id,
            range: it.definition.at,
        };
        found.push((at, path, change));
    });
    found
}
