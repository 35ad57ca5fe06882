//! What the machines and homes of the repository are built from: inputs of its flakes, pins of npins and niv.
//!
//! Goal: the inputs that a host's own call names, the home-manager and nix-darwin that hosts use, and the nixpkgs that
//! these follow. Limits: a second nixpkgs that no host is built from is none of them; where nothing builds a host there
//! are no origins.

use std::collections::BTreeSet;

use crate::class::Class;
use crate::date::{self, Day};
use crate::flake::{FlakeFacts, FlakeRef, Input, Pin, Project};
use crate::hosts::Host;
use crate::pins::SourcePin;
use crate::topics::Topic;
use crate::{File, Repo, RepoPath, Span};

/// An input or pin that hosts are built from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Which project it is taken for.
    pub project: Project,
    /// Its name.
    pub name: String,
    /// What it refers to in the text, else its name.
    pub at: Span,
    /// What it refers to.
    pub reference: FlakeRef,
    /// Its release or unstable branch, when the text tells.
    pub pin: Option<Pin>,
    /// The day of the revision that it is locked to.
    pub day: Option<Day>,
    /// The revision that it is locked to.
    pub rev: Option<String>,
}

impl Repo {
    /// What the hosts are built from, each once, in the order of files and text.
    #[must_use]
    pub fn origins(&self) -> Vec<Origin> {
        let mut origins = Vec::new();
        for (_, flake, facts) in self.flakes() {
            if flake.facts.faults.is_empty() {
                self.origins_of(flake, facts, &mut origins);
            }
        }
        let nixpkgs = |it: &Origin| it.project == Project::Nixpkgs;
        if !origins.iter().any(nixpkgs) && (!self.hosts.all.is_empty() || self.keeps_machines()) {
            self.pinned(&mut origins);
        }
        origins
    }

    /// Whether some file that is no test, image or example says since when a machine or home exists.
    fn keeps_machines(&self) -> bool {
        self.files.iter().any(|file| {
            let definitions = &file.facts.definitions;
            file.speaks_of(Topic::StateVersion)
                && !crate::hosts::ephemeral_path(&file.path)
                && !crate::hosts::is_template(&file.path)
                && definitions.entries.iter().any(|entry| {
                    definitions.ends_with(entry.path, &["system", "stateVersion"])
                        || definitions.ends_with(entry.path, &["home", "stateVersion"])
                })
        })
    }

    fn origins_of(&self, flake: &File, facts: &FlakeFacts, origins: &mut Vec<Origin>) {
        let own = |host: &&Host| {
            let path = &self.file(host.at.file).path;
            self.flake_of(path).is_some_and(|it| it.id == flake.id)
        };
        let hosts: Vec<&Host> = self.hosts.all.iter().filter(own).collect();
        // A framework makes the hosts: what they are is not known, and that there are some is.
        let main = self.main_flake().is_some_and(|it| it.id == flake.id);
        if hosts.is_empty() && !(main && !self.hosts.open.is_empty() && self.keeps_machines()) {
            return;
        }
        let mut used: BTreeSet<(usize, Project)> = BTreeSet::new();
        for host in &hosts {
            let called = host.call.iter().filter_map(|it| it.input.as_deref());
            let modules = host
                .foreign
                .iter()
                .filter_map(|(it, _)| it.split('.').next());
            for (name, builds) in called
                .map(|it| (it, true))
                .chain(modules.map(|it| (it, false)))
            {
                let Some(at) = facts.inputs.iter().position(|it| *it.name == *name) else {
                    continue;
                };
                let reference = self.reference_of(flake, &facts.inputs[at]);
                let is = |project: Project| reference.as_ref().is_some_and(|it| project.is(it));
                if is(Project::HomeManager) {
                    used.insert((at, Project::HomeManager));
                } else if is(Project::NixDarwin) {
                    used.insert((at, Project::NixDarwin));
                } else if builds
                    && (is(Project::Nixpkgs) || host.class == Class::Nixos && named_so(name))
                {
                    used.insert((at, Project::Nixpkgs));
                }
            }
        }
        // Whose modules are evaluated with the library of another.
        for (at, project) in used.clone() {
            let follows = facts.inputs[at].overrides.iter().find(|it| {
                project != Project::Nixpkgs && it.path.len() == 1 && &*it.path[0] == "nixpkgs"
            });
            let followed = follows.and_then(|it| it.follows.as_ref()?.first());
            let index =
                followed.and_then(|name| facts.inputs.iter().position(|it| it.name == *name));
            used.extend(index.map(|it| (it, Project::Nixpkgs)));
        }
        if !used.iter().any(|(_, project)| *project == Project::Nixpkgs)
            && let Some(name) = self.nixpkgs_input(flake)
            && let Some(at) = facts.inputs.iter().position(|it| *it.name == *name)
        {
            used.insert((at, Project::Nixpkgs));
        }
        for (at, project) in used {
            let input = &facts.inputs[at];
            let Some(reference) = self.reference_of(flake, input) else {
                continue;
            };
            let locked = self.sound_lock(flake).and_then(|(_, lock)| {
                let node = lock.node(lock.resolve(&[&input.name]).ok()?)?;
                node.locked.as_ref()
            });
            let range = input.url.as_ref().map(|(_, at)| *at);
            let range = range.or_else(|| input.follows.as_ref().map(|(_, at)| *at));
            origins.push(Origin {
                project,
                name: input.name.to_string(),
                at: Span {
                    file: flake.id,
                    range: range.unwrap_or(input.at),
                },
                reference,
                pin: self.pin_of(flake, &input.name, project),
                day: locked.and_then(date::day_of),
                rev: locked.and_then(|it| it.get("rev")).map(str::to_owned),
            });
        }
    }

    /// What an input refers to: as the lock has it, else as the text says.
    #[must_use]
    pub fn reference_of(&self, flake: &File, input: &Input) -> Option<FlakeRef> {
        let locked = self.sound_lock(flake).and_then(|(_, lock)| {
            let node = lock.node(lock.resolve(&[&input.name]).ok()?)?;
            node.original.clone()
        });
        let locked = locked.map(|attributes| FlakeRef { attributes });
        locked.or_else(|| input.reference.clone())
    }

    /// What the pins of npins and niv say of a project, as [`Repo::origins`] has them.
    #[must_use]
    pub fn pinned_origin(&self, project: Project) -> Option<Origin> {
        let mut origins = Vec::new();
        self.pinned(&mut origins);
        origins.into_iter().find(|it| it.project == project)
    }

    /// Whether a host is one of a hive that imports the pins.
    pub(crate) fn builds_from_pins(&self, host: &Host) -> bool {
        let hive = self.file(host.at.file);
        let folder = |file: &File| file.path.parent();
        hive.path.file_name() == "hive.nix"
            && self.imports.targets(hive.id).iter().any(|(target, _)| {
                let target = self.file(*target);
                let pins = folder(target).join("sources.json");
                pins.and_then(|it| self.find(&it))
                    .is_some_and(|it| !it.facts.pins.is_empty())
            })
    }

    /// The pins of npins and niv that are these projects: by their names, or as the only ones of their kind.
    fn pinned(&self, origins: &mut Vec<Origin>) {
        for project in [Project::Nixpkgs, Project::HomeManager, Project::NixDarwin] {
            let all = self.files.iter().flat_map(|file| {
                let pins = file.facts.pins.iter();
                pins.map(move |pin| (&file.path, pin, file))
            });
            let Some((_, pin, file)) = chosen_pin(project, all) else {
                continue;
            };
            origins.push(Origin {
                project,
                name: pin.name.to_string(),
                at: Span {
                    file: file.id,
                    range: pin.reference_at,
                },
                reference: pin.reference.clone(),
                pin: Pin::of(&pin.reference, None),
                day: None,
                rev: pin.rev.as_deref().map(str::to_owned),
            });
        }
    }
}

/// The pin that is a project: by its name, or as the only one of its kind. Each comes with the path of its list.
pub fn chosen_pin<'a, T>(
    project: Project,
    pins: impl Iterator<Item = (&'a RepoPath, &'a SourcePin, T)>,
) -> Option<(&'a RepoPath, &'a SourcePin, T)> {
    let mut of_kind: Vec<_> = pins
        .filter(|(path, _, _)| !crate::hosts::is_template(path))
        .filter(|(_, pin, _)| project.is(&pin.reference))
        .collect();
    let named = of_kind
        .iter()
        .position(|(_, pin, _)| project.default_name().contains(&&*pin.name));
    match (named, of_kind.len()) {
        (Some(at), _) => Some(of_kind.swap_remove(at)),
        (None, 1) => of_kind.pop(),
        _ => None,
    }
}

/// Whether the name of an input says that it stands for nixpkgs.
fn named_so(name: &str) -> bool {
    name == "nixpkgs" || name.starts_with("nixpkgs-") || name.ends_with("-nixpkgs")
}
