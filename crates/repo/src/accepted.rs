//! Which values of `stateVersion` the module systems accept, and which are newer than what is pinned.
//!
//! Goal: every definition with the class of the module it stands in and the literal it comes to; the newest release
//! that the pins of its hosts allow. Limits: where the class, a host or a pin is not known, there is no answer.

use crate::class::Class;
use crate::date::civil;
use crate::dated;
use crate::flake::{Pin, Project, Release};
use crate::hosts::Host;
use crate::state::{StateDefinition, StateOption, StateValue};
use crate::{File, FileId, Kind, Repo, Span};

/// A literal as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// A string, without quotes.
    Str(String),
    /// An integer.
    Int(i64),
    /// A number with a point, as written.
    Float(String),
}

/// A definition whose value is a literal.
#[derive(Debug, Clone)]
pub struct Stated<'a> {
    /// Its file.
    pub file: &'a File,
    /// The definition.
    pub definition: &'a StateDefinition,
    /// The literal.
    pub literal: Literal,
    /// NixOS, nix-darwin or home-manager; `None` when that is not known.
    pub class: Option<Class>,
    /// Whether the class is certain.
    pub certain: bool,
}

/// What a definition is measured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// The newest release that is right.
    pub release: Release,
    /// The input.
    pub input: String,
    /// What it is pinned to.
    pub pin: Pin,
}

impl Stated<'_> {
    /// Where the literal stands.
    #[must_use]
    pub fn at(&self) -> Span {
        Span {
            file: self.file.id,
            range: self.definition.value_at,
        }
    }
}

impl Repo {
    /// Every definition of `system.stateVersion` and `home.stateVersion` that comes to a literal of its own file.
    pub fn stated(&self) -> impl Iterator<Item = Stated<'_>> {
        let nix = self.files.iter().filter(|file| file.kind == Kind::Nix);
        nix.flat_map(move |file| {
            let definitions = file.facts.state.definitions.iter();
            definitions.filter_map(move |definition| {
                let literal = literal(file, definition)?;
                let (class, certain) = self.class_of(file, definition);
                Some(Stated {
                    file,
                    definition,
                    literal,
                    class,
                    certain,
                })
            })
        })
    }

    fn class_of(&self, file: &File, definition: &StateDefinition) -> (Option<Class>, bool) {
        let votes = self.classes.of(file.id);
        let fits = |class: &Class| match definition.option {
            StateOption::Home => *class == Class::Home,
            StateOption::System => matches!(class, Class::Nixos | Class::Darwin),
        };
        if definition.option == StateOption::Home
            && definition
                .place
                .split(['.', ' '])
                .any(|it| it == "home-manager")
        {
            return (Some(Class::Home), true);
        }
        // A module in the call that builds a host.
        let mut within = self
            .hosts_around(file.id, definition)
            .map(|host| host.class);
        if let Some(class) = within.next() {
            let alone = within.all(|it| it == class);
            return (Some(class).filter(|it| alone && fits(it)), true);
        }
        if votes.certain_all().next().is_some() {
            return (votes.certain().filter(fits), true);
        }
        (votes.likely().filter(fits), false)
    }

    /// The hosts whose call holds a definition.
    fn hosts_around<'a>(
        &'a self,
        file: FileId,
        definition: &'a StateDefinition,
    ) -> impl Iterator<Item = &'a Host> {
        self.hosts.all.iter().filter(move |host| {
            host.call.as_ref().is_some_and(|call| {
                call.at.file == file && call.at.range.contains_range(definition.at)
            })
        })
    }

    /// The newest release that is right for a definition: the greatest of what its hosts are pinned to. `None` when it
    /// has no host, or when one of them is built from something unknown.
    #[must_use]
    pub fn ceiling(&self, it: &Stated<'_>) -> Option<Ceiling> {
        let project = match it.class? {
            Class::Nixos => Project::Nixpkgs,
            Class::Home => Project::HomeManager,
            _ => return None,
        };
        let class = it.class?;
        let mut hosts: Vec<&Host> = self.hosts_around(it.file.id, it.definition).collect();
        hosts.extend(self.hosts.perhaps_of(it.file.id).map(|(_, host)| host));
        // A home that a system defines in its own file.
        let inside =
            |host: &Host| class == Class::Home && host.class != Class::Home || host.class == class;
        let mut greatest: Option<Ceiling> = None;
        for host in hosts.into_iter().filter(|host| inside(host)) {
            let ceiling = self.ceiling_of(host, project)?;
            if greatest
                .as_ref()
                .is_none_or(|it| it.release < ceiling.release)
            {
                greatest = Some(ceiling);
            }
        }
        greatest
    }

    fn ceiling_of(&self, host: &Host, project: Project) -> Option<Ceiling> {
        let Some(flake) = self.flake_of(&self.file(host.at.file).path) else {
            let origin = self
                .pinned_origin(project)
                .filter(|_| self.builds_from_pins(host))?;
            return Some(Ceiling {
                release: origin.pin.as_ref()?.release?,
                input: origin.name,
                pin: origin.pin?,
            });
        };
        let facts = flake.facts.flake.as_ref()?;
        let called = host.call.as_ref().and_then(|call| call.input.as_deref());
        let own = called.filter(|input| self.pin_of(flake, input, project).is_some());
        let input = match own {
            Some(input) => input.to_owned(),
            // Built by an input that is pinned in no way that tells.
            None if called.is_some() && project == Project::Nixpkgs => return None,
            None => {
                let mut inputs = facts.inputs.iter().filter(|input| {
                    let reference = input.reference.as_ref();
                    reference.is_none_or(|it| project.is(it))
                });
                let only = inputs.next().filter(|_| inputs.next().is_none())?;
                only.name.to_string()
            }
        };
        let pin = self.pin_of(flake, &input, project)?;
        let release = match pin.release {
            Some(release) => release,
            None => upcoming(pin.date?)?,
        };
        Some(Ceiling {
            release,
            input,
            pin,
        })
    }

    /// Whether nix-darwin is pinned to something that the table of its versions covers.
    #[must_use]
    pub fn darwin_table_holds(&self) -> bool {
        self.pin(Project::NixDarwin).is_some_and(|pin| {
            pin.release.is_some_and(|it| it <= dated::DARWIN_RELEASE)
                || pin.date.is_some_and(|date| date <= dated::DARWIN_READ)
        })
    }
}

/// The release that the unstable branch of a day becomes; the one after it from 45 days before the branch is made.
#[must_use]
pub fn upcoming(date: i64) -> Option<Release> {
    let (year, month, day) = civil(date.checked_add(45 * 86_400)?)?;
    // Branches are made about the 20th of May and November.
    let (year, month) = match (month, day) {
        (..=4, _) | (5, ..20) => (year, 5),
        (..=10, _) | (11, ..20) => (year, 11),
        _ => (year + 1, 5),
    };
    Some(Release {
        year: u8::try_from(year - 2000).ok()?,
        month,
    })
}

fn literal(file: &File, definition: &StateDefinition) -> Option<Literal> {
    if matches!(
        definition.value,
        StateValue::Moving(_) | StateValue::Elsewhere(_)
    ) {
        return None;
    }
    let node = file
        .facts
        .outline
        .covering(file.text.contents(), definition.value_at)?
        .bare();
    match node.kind() {
        syntax::SyntaxKind::NODE_STRING => Some(Literal::Str(node.literal()?.into_owned())),
        syntax::SyntaxKind::NODE_LITERAL => match node.text().parse() {
            Ok(number) => Some(Literal::Int(number)),
            Err(_) if node.text().parse::<f64>().is_ok() => {
                Some(Literal::Float(node.text().to_owned()))
            }
            Err(_) => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_release() {
        let on = |days: i64| upcoming((20_089 + days) * 86_400).map(|it| it.to_string());
        // Day 20089 is 2025-01-01.
        assert_eq!(on(0).as_deref(), Some("25.05"));
        assert_eq!(on(90).as_deref(), Some("25.05"));
        assert_eq!(on(100).as_deref(), Some("25.11"));
        assert_eq!(on(300).as_deref(), Some("26.05"));
        assert_eq!(upcoming(i64::MAX), None);
    }
}
