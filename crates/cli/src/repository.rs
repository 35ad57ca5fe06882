//! The repository that a command is about: its root and its settings.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use engine::{Error, Flags, Input, Plan, Settings};
use report::sanitise;

use crate::args::{Vcs, Where};
use crate::cache;
use crate::check::working_directory;

/// The root, and the settings for it.
///
/// # Errors
/// When there is no such root, or the settings are wrong.
pub fn open(at: &Where, places: &[PathBuf], flags: Flags) -> Result<Settings, Error> {
    let root = engine::load::find_root(at.root.as_deref(), places, &working_directory()?)?;
    let flags = Flags {
        config: at.config.clone(),
        ..flags
    };
    let text = engine::config::find(&flags, &root)?;
    let mut settings = Settings::discover(&flags, &root, text.as_ref(), crate::catalogue())?;
    for note in &settings.notes {
        say(&format!("note: {}", sanitise::text(note)));
    }
    settings.vcs = match at.vcs {
        Vcs::Auto => engine::settings::Vcs::Auto,
        Vcs::None => engine::settings::Vcs::None,
    };
    settings.options.cache = cache::folder(None, false);
    Ok(settings)
}

/// Reads the schemas of pinned trees into the input, from the cache where they were read before, and keeps new ones there.
///
/// # Errors
/// When a tree that the settings name is not there.
pub fn load_pins(input: &mut Input, plan: &Plan, settings: &Settings) -> Result<(), Error> {
    let loaded = engine::pins::load(input, plan, settings)?;
    cache::keep(settings, &loaded);
    Ok(())
}

/// A line on stderr, made harmless by who calls.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// What can be read of a file at the root; `None` when there is none.
///
/// # Errors
/// When it cannot be read.
pub fn read(root: &Path, name: &str) -> Result<Option<String>, Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a file of another tool, read once"
    )]
    match std::fs::read_to_string(root.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::at(name, format!("cannot be read: {error}"))),
    }
}

/// Whether anything stands at a path, be it a link that leads nowhere.
pub fn is_there(path: &Path) -> bool {
    #[expect(clippy::disallowed_methods, reason = "nothing is written over")]
    std::fs::symlink_metadata(path).is_ok()
}

/// Writes a file of the root that is not a source: whole, or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write(root: &Path, name: &str, text: &str) -> Result<(), Error> {
    crate::output::to_file(&root.join(name), |out| out.write_all(text.as_bytes()))
        .map_err(|error| Error::at(name, format!("cannot be written: {error}")))
}
