//! Commands that build and switch a machine or home: `nixos-rebuild`, `darwin-rebuild`, `home-manager`.

use syntax::TextRange;

use super::options::{Arguments, HOME_MANAGER, REBUILD, sort};
use super::{Command, Place, UNKNOWN, Word};
use crate::class::Class;

/// A call of such a tool.
#[derive(Debug)]
pub struct Rebuild<'a> {
    /// The command.
    pub command: &'a Command,
    /// What it builds: `Nixos`, `Darwin`, `Home`.
    pub class: Class,
    /// `switch`, `boot` …; the first operand.
    pub action: &'a Word,
    /// Its arguments, sorted.
    pub arguments: Arguments<'a>,
}

impl<'a> Rebuild<'a> {
    /// Reads a command; `None` for other tools, without an action, and where it is only asked for.
    #[must_use]
    pub fn of(command: &'a Command) -> Option<Rebuild<'a>> {
        let (class, table) = match &*command.name {
            "nixos-rebuild" | "nixos-rebuild-ng" => (Class::Nixos, &REBUILD),
            "darwin-rebuild" => (Class::Darwin, &REBUILD),
            "home-manager" => (Class::Home, &HOME_MANAGER),
            _ => return None,
        };
        if command.place == Place::Guard {
            return None;
        }
        let arguments = sort(command, table);
        let action = *arguments.operands.first()?;
        Some(Rebuild {
            command,
            class,
            action,
            arguments,
        })
    }

    /// The tool with its action, as the user calls it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.command.name, self.action.text)
    }

    /// The tool, and its action where it stands beside it.
    #[must_use]
    pub fn at(&self) -> TextRange {
        match self.command.arguments.first() {
            Some(first) if first.at == self.action.at => self.command.name_at.cover(self.action.at),
            _ => self.command.name_at,
        }
    }

    /// Whether it makes something of the configuration: `switch`, `boot`, `test`, `build`.
    #[must_use]
    pub fn builds(&self) -> bool {
        let actions: &[&str] = match self.class {
            Class::Home => &["switch", "build"],
            _ => &[
                "switch",
                "boot",
                "test",
                "build",
                "dry-activate",
                "dry-build",
                "build-vm",
            ],
        };
        self.action.literal && actions.contains(&&*self.action.text)
    }

    /// The flake that it is given with the name behind `#`, when both are known.
    #[must_use]
    pub fn flake(&self) -> Option<(&Word, &str, Option<&str>)> {
        let (word, text) = self.arguments.value(&["--flake", "-F"])?;
        if text.contains(UNKNOWN) || !word.literal {
            return None;
        }
        let (flake, name) = match text.split_once('#') {
            Some((flake, name)) => (flake, Some(name).filter(|it| !it.is_empty())),
            None => (text, None),
        };
        Some((word, flake, name))
    }
}
