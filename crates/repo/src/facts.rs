//! The facts of one file: everything that repository lints can see of it. Small, plain, with byte ranges.
//!
//! Facts are extracted once, in the walk that also runs the node lints. Each field belongs to the module that fills
//! it. A lint that needs to know more adds a visible field here; lints never compute facts for one another.

use serde::{Deserialize, Serialize};
use syntax::{Fault, SyntaxNode};

use crate::definitions::{self, Definitions};
use crate::file::{File, Kind, Tree};
use crate::outline::{self, Outline};
use crate::topics::Topics;
use crate::{allow, flake, imports, lock, modules, names, overlays, pins, secrets, shell, state};

/// What was read out of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Facts {
    /// What is wrong with the text; empty when it parses.
    pub faults: Vec<Fault>,
    /// Comments that silence a finding.
    pub allows: Vec<allow::Allow>,
    /// Comments that look like one and are none.
    pub bad_allows: Vec<allow::BadAllow>,
    /// Attribute definitions with their full path.
    pub definitions: Definitions,
    /// Paths, imports and what they are used for.
    pub imports: imports::ImportFacts,
    /// Modules, option declarations, what is read from `config`.
    pub modules: modules::ModuleFacts,
    /// Names that nothing binds.
    pub names: names::NameFacts,
    /// Overlays and settings of nixpkgs.
    pub overlays: overlays::OverlayFacts,
    /// Literals that are secrets, never with their text; and what no report may show.
    pub secrets: secrets::SecretFacts,
    /// Shell text inside Nix strings, or the file itself when it is a script.
    pub shell: shell::ShellFacts,
    /// `stateVersion` definitions.
    pub state: state::StateFacts,
    /// What a `flake.nix` says of its inputs and outputs.
    pub flake: Option<flake::FlakeFacts>,
    /// What a `flake.lock` holds.
    pub lock: Option<lock::LockState>,
    /// What npins or niv pins.
    pub pins: Vec<pins::SourcePin>,
    /// What the text speaks of, which lints ask for before they look closer; none for a file that is not Nix.
    pub topics: Topics,
    /// The tree as plain data, for questions that reach across files.
    pub outline: Outline,
}

/// Fills the facts of one file while its tree is walked: `enter` and `leave` once for every node, then `finish`.
#[derive(Debug)]
pub struct Extract<'a> {
    file: &'a File,
    tree: &'a Tree,
    definitions: definitions::Collect,
    outline: outline::Collect,
    shell: shell::Collect,
}

impl<'a> Extract<'a> {
    /// Starts the extraction for a Nix file.
    #[must_use]
    pub fn new(file: &'a File, tree: &'a Tree) -> Extract<'a> {
        Extract {
            file,
            tree,
            definitions: definitions::Collect::default(),
            outline: outline::Collect::default(),
            shell: shell::Collect::default(),
        }
    }

    /// Before the children of a node.
    pub fn enter(&mut self, node: &SyntaxNode) {
        self.outline.enter(node);
        self.definitions.enter(node);
        self.shell.enter(node, self.file.text.contents());
    }

    /// After the children of a node.
    pub fn leave(&mut self, node: &SyntaxNode) {
        self.definitions.leave(node);
        self.outline.leave();
    }

    /// After the walk: everything that was found.
    #[must_use]
    pub fn finish(self) -> Facts {
        let (file, tree) = (self.file, self.tree);
        let mut facts = Facts {
            faults: file.facts.faults.clone(),
            ..Facts::default()
        };
        facts.outline = self.outline.finish();
        let sites = self.definitions.finish();
        let mut hits = Vec::new();
        facts.topics = secrets::tokens::scan(file.text.contents(), &mut hits);
        facts.secrets = secrets::extract(file, tree, &sites, &hits);
        (facts.allows, facts.bad_allows) = allow::extract(file, tree);
        facts.imports = imports::extract(file, &facts.outline);
        facts.flake = flake::extract(file, &facts.outline);
        facts.modules = modules::extract(file, tree, &facts.outline, &sites, &facts.secrets.masks);
        facts.names = names::extract(file, tree, facts.topics);
        facts.overlays = overlays::extract(file, &facts.outline);
        facts.shell = shell::extract(file, &sites, self.shell);
        facts.state = state::extract(tree, &sites, facts.topics);
        facts.definitions = definitions::facts(sites, &facts.secrets.masks);
        facts
    }
}

/// The facts of a file that has no Nix tree: scripts, workflows, Markdown.
#[must_use]
pub fn without_tree(file: &File) -> Facts {
    let mut facts = Facts {
        faults: file.facts.faults.clone(),
        ..Facts::default()
    };
    if file.kind == Kind::Lock {
        facts.lock = Some(lock::read(file.text.contents()));
    }
    if file.kind == Kind::Other {
        facts.pins = pins::extract(file);
    }
    facts.secrets = secrets::extract_text(file);
    if file.kind != Kind::Nix {
        facts.shell = shell::extract_file(file);
        (facts.allows, facts.bad_allows) = allow::extract_text(file);
    }
    facts
}
