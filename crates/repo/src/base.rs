//! The revision that a change is compared with: the texts and facts of the files that differ from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use syntax::Text;

use crate::state::StateFacts;
use crate::{Facts, RepoPath};

/// The base side of a comparison. Files that are equal on both sides are absent.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// Its name as the user gave it, or `HEAD`.
    pub name: String,
    /// The commit id in hex.
    pub rev: String,
    /// The files of the base that are changed or gone now.
    pub files: BTreeMap<RepoPath, BaseFile>,
    /// Files of the present that the base does not have.
    pub added: BTreeSet<RepoPath>,
    /// Every path that is changed, new or gone, also of files that are not read.
    pub changed: BTreeSet<RepoPath>,
    /// What changed files said of `stateVersion` in the commits before the base, newest first.
    pub past: BTreeMap<RepoPath, Vec<StateFacts>>,
    /// What the commits after the base say.
    pub messages: Vec<String>,
}

/// One file as it was in the base revision.
#[derive(Debug, Clone)]
pub struct BaseFile {
    /// Its text.
    pub text: Arc<Text>,
    /// Its facts, extracted as those of the present.
    pub facts: Box<Facts>,
}
