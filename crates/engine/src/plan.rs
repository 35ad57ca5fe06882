//! Which lint is called where: the lints of a run, sorted by what they want to see.

use std::any::Any;

use lint_api::{Check, FileCx, Level, Lint, Pattern, RepoCx};
use syntax::{Green, SyntaxKind, SyntaxNode};

use crate::{PathSettings, Settings};

type NodeCheck = (Option<NodeIf>, fn(&SyntaxNode, &mut FileCx<'_>));

/// Whether a node may concern a lint.
type NodeIf = fn(Green<'_>) -> bool;

/// The lints of a run. A lint that is off everywhere is not in it.
#[derive(Debug)]
pub struct Plan {
    by_kind: Vec<Vec<Call<NodeCheck>>>,
    /// The lints that see each file once.
    pub file: Vec<Call<fn(&mut FileCx<'_>)>>,
    /// The lints that see the repository once.
    pub repo: Vec<Call<fn(&mut RepoCx<'_>)>>,
}

/// A lint and what is called.
#[derive(Debug, Clone, Copy)]
pub struct Call<F> {
    /// The lint.
    pub lint: &'static Lint,
    /// Its index in [`crate::names::Names`], for [`crate::PathSettings`].
    pub index: usize,
    /// Its function.
    pub check: F,
}

impl Plan {
    /// No lint at all: files are read and linked, and nothing is said of them.
    #[must_use]
    pub fn none() -> Plan {
        Plan {
            by_kind: Vec::new(),
            file: Vec::new(),
            repo: Vec::new(),
        }
    }

    /// Sorts the lints that the settings know.
    #[must_use]
    pub fn new(settings: &Settings) -> Plan {
        let mut plan = Plan::none();
        for (index, lint) in settings.names().lints().iter().copied().enumerate() {
            if settings.off_everywhere(index) {
                continue;
            }
            match lint.check {
                Check::Node(kinds, check) => plan.node(kinds, lint, index, (None, check)),
                Check::NodeIf(kinds, may, check) => {
                    plan.node(kinds, lint, index, (Some(may), check));
                }
                Check::File(check) => plan.file.push(Call { lint, index, check }),
                Check::Repo(check) => plan.repo.push(Call { lint, index, check }),
                Check::Pattern(ref pattern) => {
                    plan.node(&pattern.kinds, lint, index, (None, Pattern::at_node));
                    let check = Pattern::at_file;
                    plan.file.push(Call { lint, index, check });
                }
                Check::Engine => {}
            }
        }
        plan
    }

    fn node(&mut self, kinds: &[SyntaxKind], lint: &'static Lint, index: usize, check: NodeCheck) {
        for kind in kinds {
            let slot = *kind as usize;
            if self.by_kind.len() <= slot {
                self.by_kind.resize_with(slot + 1, Vec::new);
            }
            self.by_kind[slot].push(Call { lint, index, check });
        }
    }

    /// Every call of a node lint, with the number of the kind.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (usize, &'static Lint)> {
        let kinds = self.by_kind.iter().enumerate();
        kinds.flat_map(|(kind, calls)| calls.iter().map(move |call| (kind, call.lint)))
    }

    /// The node lints that are on in one file, without those that `is_out` names.
    pub(crate) fn node_calls<'a>(
        &'a self,
        here: &'a PathSettings,
        is_out: impl Fn(&Lint) -> bool,
    ) -> NodeCalls<'a> {
        let mut calls = NodeCalls {
            ends: Vec::with_capacity(self.by_kind.len()),
            calls: Vec::new(),
        };
        for of_kind in &self.by_kind {
            for call in of_kind {
                if here.level(call.index) != Level::Off && !is_out(call.lint) {
                    let options = here.options(call.index).as_ref();
                    calls.calls.push((call.lint, call.check, options));
                }
            }
            calls.ends.push(calls.calls.len());
        }
        calls
    }
}

/// The node lints of one file, by the kind of node that they want.
pub(crate) struct NodeCalls<'a> {
    /// By kind: the end of its calls.
    ends: Vec<usize>,
    calls: Vec<NodeCall<'a>>,
}

/// A lint, its function, its options in this file.
type NodeCall<'a> = (&'static Lint, NodeCheck, &'a (dyn Any + Send + Sync));

impl<'a> NodeCalls<'a> {
    /// The lints that want nodes of this kind.
    pub fn of(&self, kind: SyntaxKind) -> &[NodeCall<'a>] {
        let kind = kind as usize;
        let Some(end) = self.ends.get(kind) else {
            return &[];
        };
        let start = kind.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.calls[start..*end]
    }
}
