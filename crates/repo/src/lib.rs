//! What is known of a file, and of a repository. Pure: never opens a file, never asks git, never prints.

pub mod accepted;
pub mod allow;
pub mod allow_above;
pub mod base;
pub mod class;
pub mod date;
pub mod dated;
pub mod definitions;
pub mod eval;
pub mod facts;
pub mod file;
pub mod flake;
pub mod generations;
pub mod git;
pub mod graph;
pub mod hosts;
pub mod imports;
pub mod impure;
mod json;
pub mod known;
pub mod lock;
pub mod modules;
pub mod names;
pub mod old_packages;
pub mod origins;
pub mod outline;
pub mod overlays;
pub mod packages;
pub mod path;
pub mod pinned;
pub mod pins;
pub mod place;
pub mod secrets;
pub mod settings;
pub mod shell;
pub mod state;
pub mod table;
pub mod topics;
pub mod unreached;
mod words;
pub mod zfs;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use topics::Topic;

/// The schemas of options.
pub use ::options as schema;
pub use base::Base;
pub use facts::Facts;
pub use file::{File, FileId, Kind, Span, Tree};
pub use git::{Git, GitState};
pub use known::{Known, Why};
pub use path::RepoPath;
pub use syntax::{Text, TextRange, TextSize};
pub use table::{EntryKind, PathEntry, PathTable, Presence};

/// The whole repository, linked. Plain data.
#[derive(Debug, Default)]
pub struct Repo {
    /// Every file that was read, sorted by path; a [`FileId`] is an index into this list.
    pub files: Vec<File>,
    by_path: BTreeMap<RepoPath, FileId>,
    /// Every path by name, also of files that are not read.
    pub paths: PathTable,
    /// What git knows; `None` outside a work tree or with `--vcs none`.
    pub git: Option<Arc<Git>>,
    /// The revision compared with, if there is one.
    pub base: Option<Arc<Base>>,
    /// What the run was told beside the files.
    pub given: Given,
    /// Who imports whom.
    pub imports: imports::ImportGraph,
    /// The machines and homes that the repository builds.
    pub hosts: hosts::Hosts,
    /// What kind of file each file is.
    pub classes: class::Classes,
    /// What was said of snippets before [`Repo::join`], see [`Repo::unplace_scripts`].
    unplaced: Vec<(FileId, usize, shell::Role, shell::Run)>,
    /// The files that are flakes.
    flakes: OnceLock<Vec<FileId>>,
    links: OnceLock<modules::Links>,
    settings: OnceLock<settings::Settings>,
    /// What the pinned trees declare.
    pub options: Arc<pinned::Schemas>,
    judged: OnceLock<Vec<pinned::Finding>>,
}

/// What a run was told that no file says.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The day that is taken for today.
    pub today: Option<date::Day>,
    /// Files that something outside imports.
    pub entries: std::collections::BTreeSet<FileId>,
    /// Files whose functions import whole folders.
    pub loaders: std::collections::BTreeSet<FileId>,
    /// Files whose class somebody says; `None`: that it is not known.
    pub classes: std::collections::BTreeMap<FileId, Option<class::Class>>,
}

impl Repo {
    /// Joins the facts of all files. `files` must be sorted by path with ids equal to their index.
    #[must_use]
    pub fn link(
        files: Vec<File>,
        paths: PathTable,
        git: Option<Arc<Git>>,
        base: Option<Arc<Base>>,
    ) -> Repo {
        let mut repo = Repo::unlinked(files, paths, git, base);
        repo.join();
        repo
    }

    /// The files alone; [`Repo::join`] does the rest.
    #[must_use]
    pub fn unlinked(
        files: Vec<File>,
        paths: PathTable,
        git: Option<Arc<Git>>,
        base: Option<Arc<Base>>,
    ) -> Repo {
        let by_path = files
            .iter()
            .map(|file| (file.path.clone(), file.id))
            .collect();
        Repo {
            files,
            by_path,
            paths,
            git,
            base,
            ..Repo::default()
        }
    }

    /// Follows what one file says of others.
    pub fn join(&mut self) {
        self.place_scripts();
        self.imports = imports::ImportGraph::link(self);
        self.hosts = hosts::Hosts::link(self);
        self.classes = class::Classes::link(self);
    }

    /// What the repository does with its module files. Made when it is first asked for.
    #[must_use]
    pub fn links(&self) -> &modules::Links {
        self.links.get_or_init(|| modules::Links::of(self))
    }

    /// One file.
    #[must_use]
    pub fn file(&self, id: FileId) -> &File {
        &self.files[id.0 as usize]
    }

    /// The file at a path.
    #[must_use]
    pub fn find(&self, path: &RepoPath) -> Option<&File> {
        self.by_path.get(path).map(|id| self.file(*id))
    }

    /// Whether some file describes a machine or a home: it sets `system.stateVersion` or `home.stateVersion`, or is a flake
    /// that has `nixosConfigurations`, `darwinConfigurations` or `homeConfigurations`.
    #[must_use]
    pub fn describes_machines(&self) -> bool {
        let speaks = |file: &File| {
            file.speaks_of(Topic::StateVersion) || file.speaks_of(Topic::Configurations)
        };
        self.files.iter().any(|file| {
            let definitions = &file.facts.definitions;
            let mut entries = definitions.entries.iter();
            speaks(file)
                && entries.any(|entry| {
                    definitions.ends_with(entry.path, &["system", "stateVersion"])
                        || definitions.ends_with(entry.path, &["home", "stateVersion"])
                        || matches!(
                            definitions.last(entry.path),
                            Some(definitions::Segment::Name(
                                "nixosConfigurations"
                                    | "darwinConfigurations"
                                    | "homeConfigurations"
                            ))
                        )
                })
        })
    }
}
