//! The options that the repository's own files declare, wherever that stands: what is declared here is never called unknown,
//! renamed or removed.

use crate::definitions::{Segment, Value};
use crate::{Kind, Repo};
use ::options::Step;

/// The declarations of the repository.
#[derive(Debug, Default)]
pub(super) struct Declared {
    paths: Vec<Own>,
}

#[derive(Debug)]
struct Own {
    /// `None`: any one name.
    path: Vec<Option<Box<str>>>,
    /// Whether more may be declared below than stands in the text.
    leaf: bool,
}

impl Declared {
    pub(super) fn of(repo: &Repo) -> Declared {
        let mut declared = Declared::default();
        for file in repo.files.iter().filter(|it| it.kind == Kind::Nix) {
            let definitions = &file.facts.definitions;
            if !definitions.has_name(|name| name == "options") {
                continue;
            }
            for entry in &definitions.entries {
                let segments = definitions.segments(entry.path);
                let options = |it: &Segment<'_>| *it == Segment::Name("options");
                let Some(at) = segments.iter().position(options) else {
                    continue;
                };
                let path = segments[at + 1..].iter().map(|it| match it {
                    Segment::Name(name) => Some(Box::from(*name)),
                    _ => None,
                });
                let leaf = entry.value != Value::Set;
                declared.paths.push(Own {
                    path: path.collect(),
                    leaf,
                });
            }
        }
        declared
            .paths
            .retain(|it| it.leaf && it.path.iter().any(Option::is_some));
        declared
    }

    /// Whether a declaration lies at, above or below the beginning of a path.
    pub(super) fn touches(&self, beginning: &[Step<'_>]) -> bool {
        self.paths.iter().any(|own| {
            own.path.iter().zip(beginning).all(|pair| match pair {
                (None, _) | (_, Step::Dynamic) => true,
                (Some(own), Step::Name(name)) => **own == **name,
                (Some(_), _) => false,
            })
        })
    }
}
