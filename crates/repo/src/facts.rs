//! The facts of one file: everything that repository lints can see of it. Small, plain, with byte ranges.
//!
//! Facts are extracted once, in the walk that also runs the node lints. Each field belongs to the module that fills
//! it. A lint that needs to know more adds a visible field here; lints never compute facts for one another.

use serde::{Deserialize, Serialize};
use syntax::{Fault, Step, Walk};

use crate::class::{self, Certainty, Class};
use crate::definitions::{self, Definitions};
use crate::file::{File, Kind, Tree};
use crate::outline::{self, Outline};
use crate::topics::Topics;
use crate::{
    allow, flake, imports, lock, modules, names, overlays, packages, pinned, pins, secrets,
    settings, shell, state,
};

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
    /// Those of them that set a watched option.
    pub watched: Vec<settings::Watched>,
    /// Those of them whose path may hold a name that an option had once, by index.
    pub old: Vec<u32>,
    /// What kind of file the text and the path say it is.
    pub class: Vec<(Class, Certainty)>,
    /// Paths, imports and what they are used for.
    pub imports: imports::ImportFacts,
    /// Modules, option declarations, what is read from `config`.
    pub modules: modules::ModuleFacts,
    /// Names that nothing binds.
    pub names: names::NameFacts,
    /// Overlays and settings of nixpkgs.
    pub overlays: overlays::OverlayFacts,
    /// The sets of attributes that packages are made of.
    pub packages: Vec<packages::Package>,
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

/// Fills the facts of one file while its tree is walked: `enter` and `leave` once for every node, then all `STEPS`.
#[derive(Debug)]
pub struct Extract<'a> {
    file: &'a File,
    tree: &'a Tree,
    definitions: definitions::Collect<'a>,
    outline: outline::Collect,
    shell: shell::Collect,
    sites: definitions::Sites,
    /// What may be a token.
    hits: Vec<secrets::tokens::Hit>,
    facts: Box<Facts>,
}

impl<'a> Extract<'a> {
    /// Starts the extraction for a Nix file.
    #[must_use]
    pub fn new(file: &'a File, tree: &'a Tree) -> Extract<'a> {
        Extract {
            file,
            tree,
            definitions: definitions::Collect::for_bytes(file.text.contents().len()),
            outline: outline::Collect::for_bytes(file.text.contents().len()),
            shell: shell::Collect::default(),
            sites: definitions::Sites::default(),
            hits: Vec::new(),
            facts: Box::new(Facts {
                faults: file.facts.faults.clone(),
                ..Facts::default()
            }),
        }
    }

    /// The facts of a file in a walk of their own.
    #[must_use]
    pub fn all(file: &'a File, tree: &'a Tree) -> Box<Facts> {
        let mut extract = Extract::new(file, tree);
        let mut walk = Walk::new(&tree.root);
        while let Some(step) = walk.step() {
            match step {
                Step::Enter => extract.enter(&mut walk),
                Step::Leaf => extract.leaf(&walk),
                Step::Leave => extract.leave(),
            }
        }
        Extract::STEPS.iter().for_each(|step| step(&mut extract));
        extract.facts()
    }

    /// Before the children of a node.
    pub fn enter(&mut self, walk: &mut Walk<'a>) {
        self.outline.enter(walk.green());
        self.definitions.enter(walk);
        self.shell.enter(walk, self.file.text.contents());
    }

    /// A node that has no child nodes.
    pub fn leaf(&mut self, walk: &Walk<'_>) {
        self.outline.leaf(walk.green());
        self.definitions.leaf();
    }

    /// After the children of a node.
    pub fn leave(&mut self) {
        self.definitions.leave();
        self.outline.leave();
    }

    /// What is left to do after the walk, in this order: each part is a loop of its own over many files.
    pub const STEPS: [fn(&mut Extract<'a>); 14] = [
        |it| it.facts.outline = std::mem::take(&mut it.outline).finish(),
        |it| it.sites = std::mem::take(&mut it.definitions).finish(&it.tree.root),
        |it| it.facts.topics = secrets::tokens::scan(it.file.text.contents(), &mut it.hits),
        |it| it.facts.secrets = secrets::extract(it.file, it.tree, &it.sites, &it.hits),
        |it| (it.facts.allows, it.facts.bad_allows) = allow::extract(it.file, it.tree),
        |it| it.facts.imports = imports::extract(it.file, &it.facts.outline),
        |it| it.facts.flake = flake::extract(it.file, &it.facts.outline),
        |it| {
            let masks = &it.facts.secrets.masks;
            it.facts.modules =
                modules::extract(it.file, it.tree, &it.facts.outline, &it.sites, masks);
        },
        |it| it.facts.names = names::extract(it.file, it.tree, it.facts.topics),
        |it| it.facts.overlays = overlays::extract(it.file, &it.facts.outline),
        |it| {
            let outline = &it.facts.outline;
            it.facts.packages = packages::extract(it.file, outline, it.facts.topics);
        },
        |it| it.facts.shell = shell::extract(it.file, &it.sites, std::mem::take(&mut it.shell)),
        |it| it.facts.state = state::extract(it.tree, &it.sites, it.facts.topics),
        |it| {
            let sites = std::mem::take(&mut it.sites);
            it.facts.definitions = definitions::facts(sites, &it.facts.secrets.masks);
            it.facts.watched = settings::watched(&it.facts.definitions);
            it.facts.old = pinned::old(&it.facts.definitions);
            it.facts.class = class::from_text(it.file, &it.facts);
        },
    ];

    /// After all steps: everything that was found.
    #[must_use]
    pub fn facts(self) -> Box<Facts> {
        self.facts
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &'a File {
        self.file
    }

    /// Its tree.
    #[must_use]
    pub fn tree(&self) -> &'a Tree {
        self.tree
    }
}

/// The facts of a file that has no Nix tree: scripts, workflows, Markdown.
#[must_use]
pub fn without_tree(file: &File) -> Box<Facts> {
    let mut facts = Box::new(Facts {
        faults: file.facts.faults.clone(),
        ..Facts::default()
    });
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
