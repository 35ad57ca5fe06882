//! Which lint is called where: the lints of a run, sorted by what they want to see.

use lint_api::{Check, FileCx, Lint, RepoCx};
use syntax::{SyntaxKind, SyntaxNode};

use crate::Settings;

type NodeCheck = fn(&SyntaxNode, &mut FileCx<'_>);

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
                Check::Node(kinds, check) => {
                    for kind in kinds {
                        let slot = *kind as usize;
                        if plan.by_kind.len() <= slot {
                            plan.by_kind.resize_with(slot + 1, Vec::new);
                        }
                        plan.by_kind[slot].push(Call { lint, index, check });
                    }
                }
                Check::File(check) => plan.file.push(Call { lint, index, check }),
                Check::Repo(check) => plan.repo.push(Call { lint, index, check }),
                Check::Engine => {}
            }
        }
        plan
    }

    /// The lints that want nodes of this kind.
    #[must_use]
    pub fn for_kind(&self, kind: SyntaxKind) -> &[Call<NodeCheck>] {
        self.by_kind.get(kind as usize).map_or(&[], Vec::as_slice)
    }
}
