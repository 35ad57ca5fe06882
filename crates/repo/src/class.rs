//! What kind of file a Nix file is: a module of NixOS, of home-manager, of nix-darwin, a package, a library …
//!
//! Goal: each signal votes with a certainty, and a class is *certain* only when a single class is left. Position (what a
//! host takes as a module) decides before content. Limits: content is judged by a short list of option roots that
//! exist in one module tree only; whoever speaks of an option path must ask for the class first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::definitions::{Origin, Segment, Value};
use crate::imports::EdgeKind;
use crate::outline::{Param, Shape};
use crate::{Facts, File, FileId, Kind, Repo};

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Class {
    /// A module of NixOS.
    Nixos,
    /// A module of home-manager.
    Home,
    /// A module of nix-darwin.
    Darwin,
    /// A module of flake-parts.
    FlakeParts,
    /// A function that makes a package.
    Package,
    /// An overlay.
    Overlay,
    /// A `flake.nix`.
    Flake,
    /// A file that is called with arguments.
    Library,
}

impl Class {
    /// All classes.
    pub const ALL: [Class; 8] = [
        Class::Nixos,
        Class::Home,
        Class::Darwin,
        Class::FlakeParts,
        Class::Package,
        Class::Overlay,
        Class::Flake,
        Class::Library,
    ];

    /// The class that settings call so; `None` for `unknown`, and for what is no class.
    #[must_use]
    pub fn named(word: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.as_str() == word)
    }

    /// The word used in settings and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Nixos => "nixos",
            Class::Home => "home",
            Class::Darwin => "darwin",
            Class::FlakeParts => "flake-parts",
            Class::Package => "package",
            Class::Overlay => "overlay",
            Class::Flake => "flake",
            Class::Library => "library",
        }
    }

    /// Whether files of this class are modules.
    #[must_use]
    pub fn is_module(self) -> bool {
        matches!(
            self,
            Class::Nixos | Class::Home | Class::Darwin | Class::FlakeParts
        )
    }
}

/// How sure a vote is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Certainty {
    /// The name of a folder.
    Hint,
    /// What the file says.
    Likely,
    /// Where it is used.
    Certain,
}

/// The votes for one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Votes {
    votes: BTreeMap<Class, Certainty>,
}

impl Votes {
    /// Adds a vote; the strongest of a class counts.
    pub fn add(&mut self, class: Class, certainty: Certainty) {
        let vote = self.votes.entry(class).or_insert(certainty);
        *vote = (*vote).max(certainty);
    }

    /// The class, when exactly one is certain. Enough for findings of every level.
    #[must_use]
    pub fn certain(&self) -> Option<Class> {
        let mut certain = self.certain_all();
        let first = certain.next()?;
        certain.next().is_none().then_some(first)
    }

    /// All classes that are certain: several for a file that is shared.
    pub fn certain_all(&self) -> impl Iterator<Item = Class> {
        self.votes
            .iter()
            .filter(|(_, certainty)| **certainty == Certainty::Certain)
            .map(|(class, _)| *class)
    }

    /// The class, when it is certain, or likely with nothing against it and a hint for it. Enough for `warn`, not for
    /// `error`.
    #[must_use]
    pub fn likely(&self) -> Option<Class> {
        if self.certain_all().next().is_some() {
            return self.certain();
        }
        let mut likely = self
            .votes
            .iter()
            .filter(|(_, it)| **it == Certainty::Likely);
        let (class, _) = likely.next()?;
        likely.next().is_none().then_some(*class)
    }

    /// Whether nothing but this class is certain or likely.
    #[must_use]
    pub fn is(&self, class: Class) -> bool {
        self.certain() == Some(class)
    }
}

/// The votes for every file of a repository.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    of: Vec<Votes>,
}

impl Classes {
    /// The votes for a file.
    #[must_use]
    pub fn of(&self, file: FileId) -> &Votes {
        static NONE: Votes = Votes {
            votes: BTreeMap::new(),
        };
        self.of.get(file.0 as usize).unwrap_or(&NONE)
    }

    /// Collects the votes. Hosts must be linked before.
    #[must_use]
    pub fn link(repo: &Repo) -> Classes {
        let mut of = vec![Votes::default(); repo.files.len()];
        let mut vote = |file: FileId, class, certainty| {
            if let Some(votes) = of.get_mut(file.0 as usize) {
                votes.add(class, certainty);
            }
        };
        for host in &repo.hosts.all {
            for file in host.surely.iter().chain(&host.perhaps) {
                vote(*file, host.class, Certainty::Certain);
            }
            for child in &host.children {
                for file in child.surely.iter().chain(&child.perhaps) {
                    vote(*file, host.class, Certainty::Certain);
                }
            }
        }
        for (file, class) in &repo.hosts.modules {
            vote(*file, *class, Certainty::Certain);
        }
        for file in repo.files.iter().filter(|file| file.kind == Kind::Nix) {
            if repo.is_flake(file) {
                vote(file.id, Class::Flake, Certainty::Certain);
            }
            for (class, certainty) in &file.facts.class {
                vote(file.id, *class, *certainty);
            }
            for (importer, index) in repo.imports.importers(file.id) {
                let edge = &repo.file(*importer).facts.imports.edges[*index];
                match edge.kind {
                    EdgeKind::Import if edge.applied => {
                        vote(file.id, Class::Library, Certainty::Certain)
                    }
                    EdgeKind::Call => vote(file.id, Class::Package, Certainty::Certain),
                    EdgeKind::Overlay => vote(file.id, Class::Overlay, Certainty::Certain),
                    _ => {}
                }
            }
        }
        // What the user says of a file is so.
        for (file, class) in &repo.given.classes {
            if let Some(votes) = of.get_mut(file.0 as usize) {
                *votes = Votes::default();
                if let Some(class) = class {
                    votes.add(*class, Certainty::Certain);
                }
            }
        }
        Classes { of }
    }
}

/// What a file itself says.
#[must_use]
pub(crate) fn from_text(file: &File, facts: &Facts) -> Vec<(Class, Certainty)> {
    let mut votes = Vec::new();
    let Some(root) = facts.outline.root(file.text.contents()) else {
        return votes;
    };
    if let Shape::Lambda {
        param: Param::Pattern(pattern),
        ..
    } = root.body().shape()
    {
        for (formal, _) in pattern.formals() {
            match formal.text() {
                "osConfig" | "nixosConfig" => votes.push((Class::Home, Certainty::Likely)),
                "perSystem" | "withSystem" | "flake-parts-lib" => {
                    votes.push((Class::FlakeParts, Certainty::Likely));
                }
                "stdenv" | "fetchFromGitHub" | "stdenvNoCC" | "buildGoModule" | "rustPlatform" => {
                    votes.push((Class::Package, Certainty::Likely));
                }
                _ => {}
            }
        }
    }
    for found in &facts.overlays.overlays {
        let lambda = facts.outline.node(file.text.contents(), found.lambda);
        if lambda.is_some_and(|it| it == root.body()) {
            votes.push((Class::Overlay, Certainty::Likely));
        }
    }
    let definitions = &facts.definitions;
    if definitions.has_name(|name| name == "_class") {
        for entry in &definitions.entries {
            let said = match definitions.segments(entry.path).as_slice() {
                [Segment::Name("_class")] | [Segment::Name("config"), Segment::Name("_class")] => {
                    &entry.value
                }
                _ => continue,
            };
            let Value::Str(class) = said else { continue };
            let class = match &**class {
                "nixos" => Class::Nixos,
                "darwin" => Class::Darwin,
                "homeManager" => Class::Home,
                "flake" => Class::FlakeParts,
                _ => continue,
            };
            if definitions.origin(entry.path) == Origin::File {
                votes.push((class, Certainty::Certain));
            }
        }
    }
    let telling = |name: &str| {
        matches!(
            name,
            "home"
                | "xdg"
                | "boot"
                | "fileSystems"
                | "swapDevices"
                | "networking"
                | "hardware"
                | "homebrew"
                | "system"
        )
    };
    for top in definitions.tops(telling) {
        let class = match top {
            (
                "home",
                Some("packages" | "file" | "sessionVariables" | "homeDirectory" | "stateVersion"),
            )
            | ("xdg", Some("configFile" | "dataFile" | "userDirs" | "desktopEntries")) => {
                Class::Home
            }
            ("boot" | "fileSystems" | "swapDevices", _)
            | ("networking", Some("firewall" | "interfaces" | "networkmanager"))
            | ("hardware", Some(_)) => Class::Nixos,
            ("homebrew", _) | ("system", Some("defaults" | "primaryUser")) => Class::Darwin,
            _ => continue,
        };
        votes.push((class, Certainty::Likely));
    }
    // Many definitions tell the same; only the strongest counts.
    votes.sort_unstable();
    votes.dedup();
    for folder in file.path.components().rev().skip(1) {
        match &*folder {
            "home" | "home-manager" => votes.push((Class::Home, Certainty::Hint)),
            "nixos" => votes.push((Class::Nixos, Certainty::Hint)),
            "darwin" => votes.push((Class::Darwin, Certainty::Hint)),
            _ => {}
        }
    }
    votes
}
