//! One lint on one text: how the examples of a user's rule are tried.

use std::path::Path;
use std::sync::Arc;

use lint_api::{Lint, Report};
use repo::class::Class;
use repo::{EntryKind, Kind, PathEntry, PathTable, RepoPath};
use syntax::{Text, TextRange};

use crate::apply::{Wanted, fix};
use crate::config::{ConfigText, FILE_NAME};
use crate::{Error, Flags, Input, Plan, Settings, Source, check, settle};

/// What came of a text.
#[derive(Debug)]
pub struct Tried {
    /// What the lint said of it.
    pub report: Report,
    /// What may not be shown of it.
    pub masks: Vec<TextRange>,
    /// The text after the fixes of the lint, unsafe ones too, and what went wrong with them.
    pub fixed: (String, Vec<String>),
}

/// Runs one lint, whatever its level, over a text that is all of a repository. `class`: what the file is taken for.
///
/// # Errors
/// When the lint cannot be named in settings.
pub fn try_out(
    lint: &'static Lint,
    path: &str,
    text: &str,
    class: Option<Class>,
) -> Result<Tried, Error> {
    let flags = Flags {
        select: vec![lint.name.to_owned()],
        ..Flags::default()
    };
    let config = class.map(|class| ConfigText {
        path: FILE_NAME.to_owned(),
        text: Text::new(format!("repository.class.\"**\" = \"{}\"", class.as_str())),
    });
    let settings = Settings::discover(&flags, Path::new(""), config.as_ref(), [lint])?;
    let plan = Plan::new(&settings);
    let input = || {
        let path = RepoPath::from(path);
        Input {
            paths: PathTable::new(vec![PathEntry {
                path: path.clone(),
                kind: EntryKind::File,
                on_disk: true,
                git: None,
            }]),
            sources: vec![Source {
                path,
                kind: Kind::Nix,
                text: Arc::new(Text::new(text)),
            }],
            ..Input::default()
        }
    };
    let checked = check(input(), &plan, &settings);
    let file = checked.repo.files.first();
    let masks = file.map_or_else(Vec::new, |it| it.facts.secrets.masks.clone());
    let report = settle(checked, &settings);
    let wanted = Wanted {
        guesses: true,
        shown: false,
        lint: None,
    };
    let done = fix(input(), &plan, &settings, wanted);
    let after = done.changed.first().map(|it| it.after.contents());
    let troubles = done.report.troubles.iter().map(ToString::to_string);
    Ok(Tried {
        report,
        masks,
        fixed: (after.unwrap_or(text).to_owned(), troubles.collect()),
    })
}
