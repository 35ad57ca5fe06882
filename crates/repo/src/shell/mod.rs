//! Shell text and the commands in it: inside Nix strings, in scripts, workflows, justfiles, Makefiles and Markdown.
//!
//! Goal: every command that would run, in command position, with its words and their places in the file. Text in `echo`,
//! here-documents, comments, `case` patterns and the like is no command. Limits: text that does not parse is left out
//! whole and counted ([`ShellFacts::skipped`]); expansions are never evaluated; only text with a trigger word is parsed.

mod files;
pub mod network;
mod nix;
pub mod options;
mod parse;
pub mod rebuild;
mod text;
mod yaml;

use serde::{Deserialize, Serialize};
use syntax::TextRange;

pub use nix::Collect;

use crate::definitions::Sites;
use crate::file::{File, Kind};

/// The shell text of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ShellFacts {
    /// Each piece of shell text that was parsed, in the order of the file.
    pub snippets: Vec<Snippet>,
    /// Places of shell text that was left out because it does not parse or is over the limits.
    pub skipped: Vec<TextRange>,
    /// Files whose text is run here: `text = builtins.readFile ./x.sh`.
    pub scripts: Vec<Script>,
    /// The jobs of a workflow.
    pub jobs: Vec<Job>,
    /// Variables that a workflow sets to nothing: `env: { X: "" }`; the name, and the place of the key.
    pub emptied: Vec<(Box<str>, TextRange)>,
}

/// A file of the repository whose text is read to be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its path, relative to the file that reads it.
    pub path: Box<str>,
    /// What runs it.
    pub role: Role,
    /// How it is run.
    pub run: Run,
}

/// A job of a CI service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its key.
    pub name: Box<str>,
    /// The key and all below it.
    pub at: TextRange,
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
    /// How it is run.
    pub run: Run,
    /// Its commands, in order.
    pub commands: Vec<Command>,
    /// For each list of commands the one that it stands in; the body of a function stands in none. The first is the text.
    pub lists: Vec<Option<u32>>,
}

/// How a text is run, as far as its place tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Whether the first command that fails ends it: `set -e`.
    pub errexit: bool,
    /// Whether a pipe fails when any of its commands does.
    pub pipefail: bool,
    /// The function that it, or the set that it is bound in, is given to: `mkDerivation`.
    pub function: Option<Box<str>>,
    /// For a build: whether it may use the network, because its result is fixed by a hash or it is no pure build.
    pub network: bool,
    /// The index of its job in [`ShellFacts::jobs`].
    pub job: Option<u32>,
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
    /// Assignments before it; a command of nothing else has an empty name.
    pub assignments: Vec<Word>,
    /// Where it stands among others.
    pub place: Place,
    /// What follows its pipeline.
    pub after: After,
    /// The list that it stands in: an index of [`Snippet::lists`].
    pub list: u32,
    /// From the name to the last argument.
    pub at: TextRange,
}

/// What follows a pipeline on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum After {
    /// Nothing.
    Nothing,
    /// `&& …`, and no `||` behind it.
    And,
    /// `|| true` or `|| :`
    OrTrue,
    /// `|| …`
    Or,
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
    /// Whether it is spelled in the file as the shell sees it, so that an edit may replace it.
    pub exact: bool,
}

/// One redirection of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The file descriptor; 1 for `>`, 0 for `<`, and both outputs for `&>`.
    pub descriptor: Descriptor,
    /// The file it goes to or comes from, if it is one and its name is known.
    pub target: Option<Box<str>>,
    /// For `2>&1`: the descriptor that it now shares.
    pub same_as: Option<i32>,
    /// Its place in the file, where it is known.
    pub at: Option<TextRange>,
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
    /// Inside `$(…)` or backquotes of a command that is no condition.
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

    /// Whether its errors go to `/dev/null`: the redirection that says so.
    #[must_use]
    pub fn hides_errors(&self) -> Option<&Redirect> {
        let null = |it: &Redirect| it.target.as_deref() == Some("/dev/null");
        let mut output = false;
        let mut hidden = None;
        for redirect in &self.redirects {
            match (redirect.descriptor, redirect.same_as) {
                (Descriptor::Both, _) => {
                    output = null(redirect);
                    hidden = output.then_some(redirect);
                }
                (Descriptor::One(1), None) => output = null(redirect),
                (Descriptor::One(2), None) => hidden = null(redirect).then_some(redirect),
                (Descriptor::One(2), Some(1)) => hidden = output.then_some(redirect),
                (Descriptor::One(2), Some(_)) => hidden = None,
                _ => {}
            }
        }
        hidden
    }

    /// Whether one of these programs runs it.
    #[must_use]
    pub fn behind(&self, wrappers: &[&str]) -> bool {
        self.wrappers.iter().any(|it| wrappers.contains(&&**it))
    }
}

impl Snippet {
    /// Whether the list of one command holds that of another, or is the same.
    #[must_use]
    pub fn holds(&self, outer: u32, inner: u32) -> bool {
        let mut list = Some(inner);
        // A list stands behind the one that holds it, so this ends.
        while let Some(it) = list {
            if it == outer {
                return true;
            }
            list = self.lists.get(it as usize).copied().flatten();
        }
        false
    }

    /// Whether an option of the shell holds for a command: `set -e`, `set -o pipefail` before it, or the place says so.
    #[must_use]
    pub fn has_option(&self, before: &Command, letter: char, word: &str) -> bool {
        let mut on = match word {
            "errexit" => self.run.errexit,
            _ => self.run.pipefail,
        };
        for command in &self.commands {
            if command.at.start() >= before.at.start() {
                break;
            }
            if &*command.name != "set" {
                continue;
            }
            let mut named = false;
            for text in command.known() {
                if named {
                    named = false;
                    on |= text == word;
                    continue;
                }
                if let Some(cluster) = text.strip_prefix('-').filter(|it| !it.starts_with('-')) {
                    on |= letter != ' ' && cluster.contains(letter);
                    named = cluster.ends_with('o');
                } else if let Some(cluster) = text.strip_prefix('+') {
                    on &= !(letter != ' ' && cluster.contains(letter));
                }
            }
        }
        on
    }
}

impl crate::Repo {
    /// Gives the text of scripts the role and the options of the place that reads them.
    pub(crate) fn place_scripts(&mut self) {
        let mut placed = Vec::new();
        for file in &self.files {
            for script in &file.facts.shell.scripts {
                let path = file.path.parent().join(&script.path);
                if let Some(id) = path.and_then(|it| self.by_path.get(&it)) {
                    placed.push((*id, script.clone()));
                }
            }
        }
        for (id, script) in placed {
            let file = &mut self.files[id.0 as usize];
            for (index, snippet) in file.facts.shell.snippets.iter_mut().enumerate() {
                let role = std::mem::replace(&mut snippet.role, script.role);
                let run = std::mem::replace(&mut snippet.run, script.run.clone());
                self.unplaced.push((id, index, role, run));
            }
        }
    }

    /// Makes the files again what they were before they were linked.
    pub fn unplace_scripts(&mut self) {
        for (id, index, role, run) in std::mem::take(&mut self.unplaced).into_iter().rev() {
            let snippet = &mut self.files[id.0 as usize].facts.shell.snippets[index];
            (snippet.role, snippet.run) = (role, run);
        }
    }

    /// Whether a text only tells or shows: documentation, an example, a machine that does not stay.
    #[must_use]
    pub fn only_tells(&self, file: &File, snippet: &Snippet) -> bool {
        let folder = |it: &[u8]| matches!(it, b"docs" | b"doc" | b"notes");
        snippet.role == Role::Docs
            || file.path.in_folder(folder)
            || file.path.file_name().ends_with(".example")
            || crate::hosts::is_template(&file.path)
            || self.is_ephemeral(file.id)
    }

    /// Every piece of shell text with its file.
    pub fn snippets(&self) -> impl Iterator<Item = (&File, &Snippet)> {
        self.files
            .iter()
            .flat_map(|file| file.facts.shell.snippets.iter().map(move |it| (file, it)))
    }
}

/// The shell text of a Nix file.
#[must_use]
pub fn extract(file: &File, sites: &Sites, candidates: Collect) -> ShellFacts {
    let mut facts = ShellFacts {
        scripts: candidates.scripts(file, sites),
        ..ShellFacts::default()
    };
    for source in candidates.finish(file, sites) {
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
        Kind::Markdown => files::document(text, &file.path),
        Kind::Ci => {
            let workflow = yaml::workflow(text, &file.path);
            facts.jobs = workflow.jobs;
            facts.emptied = workflow.emptied;
            workflow.sources
        }
        Kind::Nix | Kind::Lock | Kind::Other => Vec::new(),
    };
    for source in sources {
        if text::has_trigger(&source.text.value) {
            facts.take(&source);
        }
    }
    facts
}

impl ShellFacts {
    fn take(&mut self, source: &text::Source) {
        match parse::commands(source) {
            Some(found) if found.commands.is_empty() => {}
            Some(found) => self.snippets.push(Snippet {
                lang: source.lang,
                role: source.role,
                at: source.at,
                alias: source.alias.clone(),
                run: source.run.clone(),
                commands: found.commands,
                lists: found.lists,
            }),
            None => self.skipped.push(source.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::FileId;
    use crate::hosts::tests::repo;
    use parse::tests::UNITS;

    fn on_a_worker(what: &str, work: impl FnOnce() + Send + 'static) {
        let start = Instant::now();
        let worker = std::thread::Builder::new().stack_size(16 << 20).spawn(work);
        worker.unwrap().join().expect("no panic");
        assert!(start.elapsed().as_secs() < 30, "{what}");
    }

    #[test]
    fn a_script_has_the_role_of_its_place() {
        let nix = "{ pkgs }: { a = pkgs.writeShellApplication { name = \"a\"; text = builtins.readFile ./bin/a.sh; };\n\
                   system.activationScripts.b.text = builtins.readFile ./b.sh; c = builtins.readFile ./c.sh; }";
        let mut repo = repo(&[("a.nix", nix)]);
        let found: Vec<(&str, Role, bool)> = repo.files[0]
            .facts
            .shell
            .scripts
            .iter()
            .map(|it| (&*it.path, it.role, it.run.errexit))
            .collect();
        assert_eq!(
            found,
            [
                ("./bin/a.sh", Role::Script, true),
                ("./b.sh", Role::Activation, false)
            ]
        );
        repo.place_scripts();
    }

    #[test]
    fn hostile_files_end_soon() {
        let files = [
            ("a.sh", Kind::Shell),
            ("justfile", Kind::Just),
            ("Makefile", Kind::Make),
            ("a.md", Kind::Markdown),
            ("a.org", Kind::Markdown),
            (".gitlab-ci.yml", Kind::Ci),
        ];
        let more = [
            "~~~sh\n",
            "- ",
            "[",
            "{",
            "a: |\n",
            "a:\n\t",
            "{{",
            "$(",
            "&a *a ",
            "#+begin_src sh\n",
            "? ",
        ];
        for unit in UNITS.into_iter().chain(more) {
            for (path, kind) in files {
                on_a_worker(unit, move || {
                    let body = unit.repeat(50_000 / unit.len());
                    let lines = format!("\t{unit}\n").repeat(50_000 / (unit.len() + 2));
                    let text = format!("git x\na:\n\tgit y\n{lines}{body}");
                    let file = File {
                        id: FileId(0),
                        path: path.into(),
                        kind,
                        text: Arc::new(crate::Text::new(text)),
                        facts: Box::default(),
                    };
                    let _ = extract_file(&file);
                });
            }
        }
    }

    #[test]
    fn hostile_strings_of_nix_end_soon() {
        for unit in UNITS {
            on_a_worker(unit, move || {
                let body = format!("{unit}\n").repeat(100_000 / (unit.len() + 1));
                let body = body.replace("''", "'").replace("${", "''${");
                let text =
                    format!("{{ pkgs }}: pkgs.writeShellScriptBin \"x\" ''\ngit x\n{body}''");
                repo(&[("a.nix", &text)]);
                let line = unit.repeat(60_000 / unit.len());
                let line = line
                    .replace('\\', "\\\\")
                    .replace('"', "\\\"")
                    .replace("${", "\\${");
                repo(&[(
                    "a.nix",
                    &format!("{{ home.shellAliases.x = \"git {line}\"; }}"),
                )]);
            });
        }
    }
}
