//! `nivis init`: settings to begin with, and what other tools need to run nivis. `docs/integrations.md` shows the same texts.

use engine::Error;
use engine::config::FILE_NAME;

use crate::args::InitArgs;
use crate::check::working_directory;
use crate::repository::{self, say};
use crate::{cannot_write, output};

/// A nivis.toml in which everything is a comment.
pub const SETTINGS: &str = include_str!("init.toml");

/// What other tools need, by name.
pub const SNIPPETS: [(&str, &str); 9] = [
    (
        "flake-check",
        include_str!("../../../docs/integrations/flake-check.nix"),
    ),
    (
        "git-hooks",
        include_str!("../../../docs/integrations/git-hooks.nix"),
    ),
    (
        "github-actions",
        include_str!("../../../docs/integrations/github-actions.yml"),
    ),
    (
        "github-matcher",
        include_str!("../../../docs/integrations/github-matcher.json"),
    ),
    (
        "gitlab-ci",
        include_str!("../../../docs/integrations/gitlab-ci.yml"),
    ),
    (
        "lefthook",
        include_str!("../../../docs/integrations/lefthook.yml"),
    ),
    (
        "pre-commit",
        include_str!("../../../docs/integrations/pre-commit.yaml"),
    ),
    (
        "reviewdog",
        include_str!("../../../docs/integrations/reviewdog.yml"),
    ),
    (
        "treefmt",
        include_str!("../../../docs/integrations/treefmt.toml"),
    ),
];

/// Runs the command and gives the exit code.
///
/// # Errors
/// When there is a `nivis.toml` already, or nothing can be written.
pub fn run(args: &InitArgs) -> Result<u8, Error> {
    if let Some(name) = &args.snippet {
        let (_, text) = SNIPPETS
            .into_iter()
            .find(|(known, _)| known == name)
            .ok_or_else(|| Error::new("--snippet: there is no such snippet"))?;
        output::to_stdout(|out| out.write_all(text.as_bytes()))
            .map_err(|error| cannot_write(&error))?;
        return Ok(0);
    }
    let root = engine::load::find_root(args.root.as_deref(), &[], &working_directory()?)?;
    if repository::is_there(&root.join(FILE_NAME)) {
        return Err(Error::at(FILE_NAME, "is there already"));
    }
    repository::write(&root, FILE_NAME, SETTINGS)?;
    say(&format!("wrote {FILE_NAME}"));
    Ok(0)
}
