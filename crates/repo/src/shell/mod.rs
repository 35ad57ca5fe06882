//! Shell text and the commands in it: inside Nix strings, in scripts, workflows, justfiles, Makefiles and Markdown.
//!
//! Goal: every command that would run, in command position, with its words and their places in the file. Text in `echo`,
//! here-documents, comments, `case` patterns and the like is no command. Limits: text that does not parse is left out
//! whole and counted ([`ShellFacts::skipped`]); expansions are never evaluated; only text with a trigger word is parsed.

mod files;
mod nix;
pub mod options;
mod parse;
mod text;
mod yaml;

use serde::{Deserialize, Serialize};
use syntax::TextRange;

pub use nix::Collect;

use crate::definitions::Sites;
use crate::file::{File, Kind, Tree};

/// The shell text of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ShellFacts {
    /// Each piece of shell text that was parsed, in the order of the file.
    pub snippets: Vec<Snippet>,
    /// Places of shell text that was left out because it does not parse or is over the limits.
    pub skipped: Vec<TextRange>,
}

/// How the text becomes words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lang {
    /// A shell of the Bourne family.
    Bash,
    /// No shell: split at white space, one command. `ExecStart=`, aliases of fish and nushell.
    Words,
}

/// What runs the text, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// A script, a service, a recipe, an alias: what an owner runs.
    Script,
    /// A phase or hook of a build.
    Build,
    /// Activation of a system or home.
    Activation,
    /// A job of a CI service.
    Ci,
    /// Documentation.
    Docs,
}

/// One piece of shell text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// How it becomes words.
    pub lang: Lang,
    /// What runs it.
    pub role: Role,
    /// Where it stands.
    pub at: TextRange,
    /// The name of the alias that it is the value of.
    pub alias: Option<Box<str>>,
    /// Its commands, in order.
    pub commands: Vec<Command>,
}

/// One simple command, behind `sudo`, `env`, `exec` and the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The base name of the program: `nix-env` for `/run/current-system/sw/bin/nix-env` and `${pkgs.nix}/bin/nix-env`.
    pub name: Box<str>,
    /// Where the program is named.
    pub name_at: TextRange,
    /// Its arguments, in order.
    pub arguments: Vec<Word>,
    /// The programs that run it: `sudo`, `nix`.
    pub wrappers: Vec<Box<str>>,
    /// Its redirections.
    pub redirects: Vec<Redirect>,
    /// Where it stands among others.
    pub place: Place,
    /// From the name to the last argument.
    pub at: TextRange,
}

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The word without quotes. Parts that are only known at run time are U+FFFC.
    pub text: Box<str>,
    /// Whether all of it is known: no expansion, no substitution, no Nix interpolation.
    pub literal: bool,
    /// Its place in the file.
    pub at: TextRange,
}

/// One redirection of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The file descriptor; 1 for `>`, 0 for `<`, and both outputs for `&>`.
    pub descriptor: Descriptor,
    /// The file it goes to or comes from, if it is one and its name is known.
    pub target: Option<Box<str>>,
}

/// What a redirection redirects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Descriptor {
    /// One of them, by number.
    One(i32),
    /// Standard output and standard error: `&>`.
    Both,
}

/// Where a command stands. The innermost that is not `Plain` wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// On its own.
    Plain,
    /// The condition of `if`, `while`, `until`; left of `&&`, `||`; after `!`.
    Condition,
    /// The argument of `command -v`, `type`, `which`, `hash`.
    Guard,
    /// Inside `$(…)` or backquotes.
    Substitution,
    /// Before a `|`.
    PipeFrom,
    /// Behind a `|`.
    PipeTo,
    /// The text of `trap`.
    Trap,
}

/// The stand-in for a part of a word that is only known at run time.
pub const UNKNOWN: char = '\u{fffc}';

impl Command {
    /// The arguments that are all known, as text.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.arguments
            .iter()
            .filter(|word| word.literal)
            .map(|word| &*word.text)
    }
}

/// The shell text of a Nix file.
#[must_use]
pub fn extract(file: &File, tree: &Tree, sites: &Sites, candidates: Collect) -> ShellFacts {
    let mut facts = ShellFacts::default();
    for source in candidates.finish(file, tree, sites) {
        facts.take(&source);
    }
    facts
}

/// The shell text of a file without a Nix tree.
#[must_use]
pub fn extract_file(file: &File) -> ShellFacts {
    let mut facts = ShellFacts::default();
    let text = file.text.contents();
    if !text::has_trigger(text) {
        return facts;
    }
    let sources = match file.kind {
        Kind::Shell => files::script(text),
        Kind::Just => files::just(text),
        Kind::Make => files::make(text),
        Kind::Markdown => files::markdown(text),
        Kind::Ci => yaml::workflow(text, &file.path),
        Kind::Nix | Kind::Lock | Kind::Other => Vec::new(),
    };
    for source in sources {
        facts.take(&source);
    }
    facts
}

impl ShellFacts {
    fn take(&mut self, source: &text::Source) {
        if !text::has_trigger(&source.text.value) {
            return;
        }
        match parse::commands(source) {
            Some(commands) if commands.is_empty() => {}
            Some(commands) => self.snippets.push(Snippet {
                lang: source.lang,
                role: source.role,
                at: source.at,
                alias: source.alias.clone(),
                commands,
            }),
            None => self.skipped.push(source.at),
        }
    }
}
