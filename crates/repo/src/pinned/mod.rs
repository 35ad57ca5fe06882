//! What the pinned trees say of the options that the repository sets.
//!
//! Goal: for every definition whose class is certain, the answer of the very tree that is pinned for it; where that tree is
//! not at hand, of the table of renames. Unknown means silent: a definition that stands under a condition that asks for
//! versions or options, a class that is not certain, two trees that disagree give no answer.

mod authority;
mod changes;
mod declared;
mod judge;
mod uses;

use std::collections::BTreeSet;
use std::sync::Arc;

use ::options::renames::{self, OldEnd};
use ::options::{Class, Schema, Tier};

use crate::date::Day;
use crate::definitions::Definitions;
use crate::{Repo, RepoPath};

pub(crate) use authority::window_of_nixpkgs;
pub use authority::{Authority, Window};
pub use changes::{Change, changes};
pub use judge::{Finding, Found, Gone};
pub use uses::{Use, uses};

/// The definitions whose path may hold a name that an option had once, by index.
#[must_use]
pub(crate) fn old(definitions: &Definitions) -> Vec<u32> {
    definitions.having(renames::old_end, OldEnd::follows)
}

/// What is known of the trees that the locks of the repository pin. Plain data.
#[derive(Debug, Default)]
pub struct Schemas {
    /// Whether anybody asked for them.
    pub asked: bool,
    /// The trees that were read.
    pub pinned: Vec<Pinned>,
    /// The trees that are not at hand.
    pub absent: Vec<Absent>,
    /// Inputs of others, whose modules may declare more.
    pub foreign: Vec<Foreign>,
}

/// A tree that was read.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// What it declares the options of.
    pub class: Class,
    /// The lock and the node in it; `None` when the settings name the tree.
    pub node: Option<(RepoPath, Box<str>)>,
    /// What it declares.
    pub schema: Arc<Schema>,
    /// Where it lies, in words.
    pub place: String,
    /// The day of its last change.
    pub day: Option<Day>,
}

impl Pinned {
    /// Whether it is no tree but an `options.json`, which leaves out what is hidden.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.schema.tier == Tier::Json
    }
}

/// A tree that is not at hand.
#[derive(Debug, Clone)]
pub struct Absent {
    /// What it declares the options of.
    pub class: Class,
    /// The lock.
    pub lock: RepoPath,
    /// The node in it.
    pub node: Box<str>,
    /// Why, in words.
    pub why: String,
}

/// An input that is none of the trees.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// The lock.
    pub lock: RepoPath,
    /// Its name as an input of the root.
    pub input: Box<str>,
    /// Whether its source is at hand.
    pub located: bool,
    /// Every name in its Nix files.
    pub names: BTreeSet<Box<str>>,
}

/// The project whose tree declares the options of a class.
#[must_use]
pub fn project(class: Class) -> &'static str {
    match class {
        Class::Nixos => "nixpkgs",
        Class::Home => "home-manager",
        Class::Darwin => "nix-darwin",
    }
}

/// The class of modules as the options of a tree have it.
#[must_use]
pub fn class_of(class: crate::class::Class) -> Option<Class> {
    match class {
        crate::class::Class::Nixos => Some(Class::Nixos),
        crate::class::Class::Home => Some(Class::Home),
        crate::class::Class::Darwin => Some(Class::Darwin),
        _ => None,
    }
}

impl Repo {
    /// What is wrong with the options that the repository sets. Made when it is first asked for.
    #[must_use]
    pub fn option_findings(&self) -> &[Finding] {
        self.judged.get_or_init(|| judge::judge(self))
    }

    /// Why no tree and no list says what is declared, if so: only the table of renames speaks then.
    #[must_use]
    pub fn without_options(&self) -> Option<String> {
        if !self.options.asked || !self.options.pinned.is_empty() {
            return None;
        }
        let absent = self.options.absent.first();
        Some(absent.map_or_else(
            || "nothing that declares options is pinned".to_owned(),
            |it| format!("{}: {}", project(it.class), it.why),
        ))
    }

    /// A sentence about the classes whose options were not checked against a pinned tree, though the repository pins one and
    /// has hosts that set them.
    #[must_use]
    pub fn unchecked_options(&self) -> Option<String> {
        let mut names = Vec::new();
        let mut why = None;
        for class in [Class::Nixos, Class::Home, Class::Darwin] {
            let mut absent = self.options.absent.iter().filter(|it| it.class == class);
            let mut hosts = self.hosts.all.iter().map(|it| class_of(it.class));
            let read = self.options.pinned.iter().any(|it| it.class == class);
            if let Some(first) = absent.next().filter(|_| !read)
                && hosts.any(|it| it == Some(class))
            {
                why.get_or_insert(&first.why);
                names.push(match class {
                    Class::Nixos => "NixOS",
                    _ => project(class),
                });
            }
        }
        Some(format!(
            "options of {} were not checked: {} (`nix flake archive`, or `[options]` in nivis.toml; see `nivis options status`)",
            names.join(" and "),
            why?,
        ))
    }
}
