//! From [`Input`] to [`Checked`]: every file in a task of its own, then the repository.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use lint_api::report::Trouble;
use lint_api::{FileCx, Finding, Level, RepoCx};
use rayon::prelude::*;
use repo::base::BaseFile;
use repo::facts::{self, Extract};
use repo::{Base, File, FileId, Repo, Tree};
use syntax::{SyntaxKind, SyntaxNode, WalkEvent};

use crate::load::Source;
use crate::{Input, Plan, Settings};

/// All findings, unsettled, and the linked repository.
#[derive(Debug, Default)]
pub struct Checked {
    /// The repository.
    pub repo: Repo,
    /// Everything that any lint said, in no particular order.
    pub findings: Vec<Finding>,
    /// Panics of ours, and what could not be read.
    pub troubles: Vec<Trouble>,
    /// Files that were not read, and why.
    pub skipped: Vec<(repo::RepoPath, String)>,
}

/// Runs every lint of the plan. Cannot fail: a panic becomes a trouble that names the lint and the file.
#[must_use]
pub fn check(input: Input, plan: &Plan, settings: &Settings) -> Checked {
    let results: Vec<(File, Vec<Finding>, Vec<Trouble>)> = input
        .sources
        .into_par_iter()
        .enumerate()
        .map(|(index, source)| {
            check_file(
                FileId(u32::try_from(index).unwrap_or(u32::MAX)),
                source,
                plan,
                settings,
            )
        })
        .collect();

    let mut files = Vec::with_capacity(results.len());
    let mut findings = Vec::new();
    let mut troubles = input.troubles;
    for (file, of_file, trouble) in results {
        files.push(file);
        findings.extend(of_file);
        troubles.extend(trouble);
    }

    let base = input.base.map(|base| {
        let files = base
            .sources
            .into_par_iter()
            .map(|source| {
                let path = source.path.clone();
                let (file, _) = read(FileId(0), source, settings, |_, _| {});
                (
                    path,
                    BaseFile {
                        text: file.text,
                        facts: file.facts,
                    },
                )
            })
            .collect();
        Arc::new(Base {
            name: base.name,
            rev: base.rev,
            files,
            added: base.added,
        })
    });

    let repo = Repo::link(files, input.paths, input.git, base);
    let of_repo: Vec<(Vec<Finding>, Option<Trouble>)> = plan
        .repo
        .par_iter()
        .map(|(lint, check)| {
            let mut found = Vec::new();
            let options = |id: FileId| settings.options(lint, &repo.file(id).path);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                check(&mut RepoCx::new(&repo, lint, &options, &mut found))
            }));
            (found, outcome.is_err().then(|| panicked(lint.name, None)))
        })
        .collect();
    for (found, trouble) in of_repo {
        findings.extend(found);
        troubles.extend(trouble);
    }

    Checked {
        repo,
        findings,
        troubles,
        skipped: input.skipped,
    }
}

/// Parses one file and walks its tree once: for the facts, and for whoever wants its nodes.
fn read(
    id: FileId,
    source: Source,
    settings: &Settings,
    mut node: impl FnMut(&SyntaxNode, &(&File, &Tree)),
) -> (File, Option<Tree>) {
    let (mut file, tree) = File::new(id, source.path, source.kind, source.text, settings.limits);
    file.facts = match &tree {
        Some(tree) => {
            let mut extract = Extract::new(&file, tree);
            // Below an error node nothing is believed.
            let mut broken = 0usize;
            for event in tree.root.preorder() {
                match event {
                    WalkEvent::Enter(it) => {
                        broken += usize::from(it.kind() == SyntaxKind::NODE_ERROR);
                        extract.enter(&it);
                        if broken == 0 {
                            node(&it, &(&file, tree));
                        }
                    }
                    WalkEvent::Leave(it) => {
                        extract.leave(&it);
                        broken -= usize::from(it.kind() == SyntaxKind::NODE_ERROR);
                    }
                }
            }
            extract.finish()
        }
        None => facts::without_tree(&file),
    };
    (file, tree)
}

fn check_file(
    id: FileId,
    source: Source,
    plan: &Plan,
    settings: &Settings,
) -> (File, Vec<Finding>, Vec<Trouble>) {
    let mut findings = Vec::new();
    let mut troubles = Vec::new();
    let path = source.path.clone();
    let keep = source.clone();

    let outcome = catch_unwind(AssertUnwindSafe(|| {
        read(id, source, settings, |node, (file, tree)| {
            for (lint, check) in plan.for_kind(node.kind()) {
                if settings.level(lint, &file.path) == Level::Off {
                    continue;
                }
                let options = settings.options(lint, &file.path);
                check(
                    node,
                    &mut FileCx::new(file, Some(tree), lint, options.as_ref(), &mut findings),
                );
            }
        })
    }));
    let Ok((file, tree)) = outcome else {
        troubles.push(panicked(
            "a node lint or the extraction of facts",
            Some(&path),
        ));
        let file = File {
            id,
            path,
            kind: keep.kind,
            text: keep.text,
            facts: repo::Facts::default(),
        };
        return (file, findings, troubles);
    };

    for (lint, check) in &plan.file {
        if settings.level(lint, &file.path) == Level::Off {
            continue;
        }
        let options = settings.options(lint, &file.path);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            check(&mut FileCx::new(
                &file,
                tree.as_ref(),
                lint,
                options.as_ref(),
                &mut findings,
            ));
        }));
        if outcome.is_err() {
            troubles.push(panicked(lint.name, Some(&file.path)));
        }
    }
    (file, findings, troubles)
}

fn panicked(lint: &str, path: Option<&repo::RepoPath>) -> Trouble {
    Trouble {
        kind: "internal",
        path: path.map(ToString::to_string),
        line: None,
        message: format!(
            "nivis {} panicked in {lint}: please report this",
            env!("CARGO_PKG_VERSION")
        ),
    }
}
