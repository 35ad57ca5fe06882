//! Which lint is called where: the lints of a run, sorted by what they want to see.

use lint_api::{Check, FileCx, Level, Lint, RepoCx};
use repo::RepoPath;
use syntax::{SyntaxKind, SyntaxNode};

use crate::Settings;

type NodeCheck = fn(&SyntaxNode, &mut FileCx<'_>);

/// The lints of a run. A lint that is off everywhere is not in it.
#[derive(Debug)]
pub struct Plan {
    /// Every lint that nivis has, whether it runs or not.
    pub known: Vec<&'static Lint>,
    by_kind: Vec<Vec<(&'static Lint, NodeCheck)>>,
    /// The lints that see each file once.
    pub file: Vec<(&'static Lint, fn(&mut FileCx<'_>))>,
    /// The lints that see the repository once.
    pub repo: Vec<(&'static Lint, fn(&mut RepoCx<'_>))>,
}

impl Plan {
    /// Sorts the lints.
    #[must_use]
    pub fn new(lints: impl IntoIterator<Item = &'static Lint>, settings: &Settings) -> Plan {
        let known: Vec<_> = lints.into_iter().collect();
        let mut plan = Plan {
            known: known.clone(),
            by_kind: Vec::new(),
            file: Vec::new(),
            repo: Vec::new(),
        };
        for lint in known {
            if settings.level(lint, &RepoPath::from("")) == Level::Off {
                continue;
            }
            match lint.check {
                Check::Node(kinds, check) => {
                    for kind in kinds {
                        let index = *kind as usize;
                        if plan.by_kind.len() <= index {
                            plan.by_kind.resize_with(index + 1, Vec::new);
                        }
                        plan.by_kind[index].push((lint, check));
                    }
                }
                Check::File(check) => plan.file.push((lint, check)),
                Check::Repo(check) => plan.repo.push((lint, check)),
                Check::Engine => {}
            }
        }
        plan
    }

    /// The lints that want nodes of this kind.
    #[must_use]
    pub fn for_kind(&self, kind: SyntaxKind) -> &[(&'static Lint, NodeCheck)] {
        self.by_kind.get(kind as usize).map_or(&[], Vec::as_slice)
    }
}
