//! Looks at files: parsed, walked once, asked by the node and file lints.
//!
//! Goal: the code of one step stays in the processor's cache while it goes over a batch of small files, for that code
//! is larger than most files. Every step is a loop over the batch. Limit: the trees of a batch live at the same time,
//! so a batch is small.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lint_api::{FileCx, Finding, Level};
use rayon::prelude::*;
use repo::facts::{self, Extract};
use repo::{Facts, File, FileId, Tree};
use rustc_hash::FxHashSet;
use syntax::{NodeOrToken, Step, SyntaxKind, SyntaxNode, TextRange, Walk};

use crate::check::{Outcome, Panic};
use crate::load::Source;
use crate::plan::NodeCalls;
use crate::timing::{Meter, Step as Timed, Unmeasured, Watch};
use crate::{PathSettings, Plan, Settings, panics};

/// A batch has this many bytes of text, or one file.
const BATCH: usize = 8 << 10;

/// Looks at files, as many at once as there are threads. Those that it did not come to before it was stopped are left
/// out; the others are in the order of the sources.
pub(crate) fn look(
    sources: &[(FileId, Source)],
    plan: &Plan,
    settings: &Settings,
    stop: &AtomicBool,
) -> Vec<Outcome> {
    let mut batches = Vec::new();
    let (mut first, mut bytes) = (0, 0);
    for (index, (_, source)) in sources.iter().enumerate() {
        let size = source.text.contents().len();
        if bytes + size > BATCH && index > first {
            batches.push(&sources[first..index]);
            (first, bytes) = (index, 0);
        }
        bytes += size;
    }
    batches.push(&sources[first..]);
    batches
        .into_par_iter()
        .filter(|_| !stop.load(Ordering::Relaxed))
        .flat_map_iter(|batch| {
            // Catching around every call would cost more than most calls. So a panic ends the batch, and its files are
            // looked at again, one by one.
            panics::catch(|| {
                let mut findings = vec![Vec::new(); batch.len()];
                let (at_work, said) = (Cell::default(), findings.as_mut_slice());
                let files = match settings.timing.as_deref() {
                    None => together(batch, plan, settings, &[], &at_work, said, &Unmeasured),
                    Some(timing) => {
                        let watch = Watch::new(timing);
                        together(batch, plan, settings, &[], &at_work, said, &watch)
                    }
                };
                let outcome = |(file, findings)| Outcome {
                    file,
                    findings,
                    panics: Vec::new(),
                };
                files.into_iter().zip(findings).map(outcome).collect()
            })
            .unwrap_or_else(|_| {
                let alone =
                    |(id, source): &(FileId, Source)| look_alone(*id, source, plan, settings);
                batch.iter().map(alone).collect::<Vec<_>>()
            })
        })
        .collect()
}

/// Looks at one file. When a lint panics, the file is looked at again without it; what it said before stands. When it is
/// not a lint, nothing is known of the file, and all of its text is masked.
pub(crate) fn look_alone(id: FileId, source: &Source, plan: &Plan, settings: &Settings) -> Outcome {
    let batch = [(id, source.clone())];
    let mut panics: Vec<Panic> = Vec::new();
    let mut said = Vec::new();
    loop {
        let out: Vec<&str> = panics.iter().map(|panic| panic.who).collect();
        let at_work = Cell::default();
        let mut findings = [Vec::new()];
        let files = panics::catch(|| {
            together(
                &batch,
                plan,
                settings,
                &out,
                &at_work,
                &mut findings,
                &Unmeasured,
            )
        });
        let [mut findings] = findings;
        let panic = |who, place| Panic {
            who,
            file: Some(id),
            place,
        };
        let file = match (files, at_work.get()) {
            (Ok(mut files), _) => files.pop(),
            (Err(place), Work::Lint(who)) if !out.contains(&who) => {
                findings.retain(|finding| finding.lint.name == who);
                said.extend(findings);
                panics.push(panic(who, place));
                continue;
            }
            (Err(place), work) => {
                let who = match work {
                    Work::Parsing => "the parser",
                    Work::Facts | Work::Lint(_) => "the extraction of facts",
                };
                panics.push(panic(who, place));
                findings.clear();
                None
            }
        };
        said.extend(findings);
        return Outcome {
            file: file.unwrap_or_else(|| unknown(id, source)),
            findings: said,
            panics,
        };
    }
}

/// What is being done, for the case that it panics.
#[derive(Clone, Copy, Default)]
enum Work {
    #[default]
    Parsing,
    Facts,
    Lint(&'static str),
}

/// Looks at files step by step; a finding goes to the list of its file, so that it is there also after a panic. Lints
/// that are `out` are not asked.
fn together(
    batch: &[(FileId, Source)],
    plan: &Plan,
    settings: &Settings,
    out: &[&str],
    at_work: &Cell<Work>,
    findings: &mut [Vec<Finding>],
    meter: &impl Meter,
) -> Vec<File> {
    let here: Vec<Arc<PathSettings>> = batch
        .iter()
        .map(|(_, source)| settings.for_path(&source.path))
        .collect();
    let parse = |(id, source): &(FileId, Source)| {
        let (path, text) = (source.path.clone(), Arc::clone(&source.text));
        File::new(*id, path, source.kind, text, settings.limits)
    };
    let parsed: Vec<(File, Option<Tree>)> =
        meter.step(Timed::Parse, || batch.iter().map(parse).collect());

    at_work.set(Work::Facts);
    let mut extracts: Vec<Option<Extract<'_>>> = parsed
        .iter()
        .map(|(file, tree)| Some(Extract::new(file, tree.as_ref()?)))
        .collect();
    meter.step(Timed::Walk, || {
        // Neighbours have the same settings, nearly always.
        let mut last: Option<(&Arc<PathSettings>, NodeCalls<'_>)> = None;
        for (index, extract) in extracts.iter_mut().enumerate() {
            let Some(extract) = extract else { continue };
            let here = &here[index];
            let known = last.take().filter(|(of, _)| Arc::ptr_eq(of, here));
            let (_, calls) = last.insert(known.unwrap_or_else(|| {
                let calls = plan.node_calls(here, |lint| out.contains(&lint.name));
                (here, calls)
            }));
            walk(extract, calls, at_work, &mut findings[index], meter);
        }
    });
    let facts: Vec<Box<Facts>> = meter.step(Timed::Facts, || {
        for step in Extract::STEPS {
            extracts.iter_mut().flatten().for_each(step);
        }
        let facts = extracts.into_iter().zip(&parsed);
        facts
            .map(|(extract, (file, _))| match extract {
                Some(extract) => extract.facts(),
                None => facts::without_tree(file),
            })
            .collect()
    });

    let (mut files, trees): (Vec<File>, Vec<Option<Tree>>) = parsed.into_iter().unzip();
    for (file, facts) in files.iter_mut().zip(facts) {
        file.facts = facts;
    }
    meter.step(Timed::Lints, || {
        let same = here.windows(2).all(|it| Arc::ptr_eq(&it[0], &it[1]));
        let off = |here: &PathSettings, index| here.level(index) == Level::Off;
        for call in &plan.file {
            let nowhere = same && here.first().is_some_and(|it| off(it, call.index));
            if nowhere || out.contains(&call.lint.name) {
                continue;
            }
            at_work.set(Work::Lint(call.lint.name));
            for (index, file) in files.iter().enumerate() {
                if !same && off(&here[index], call.index) {
                    continue;
                }
                let options = here[index].options(call.index).as_ref();
                let tree = trees[index].as_ref();
                let mut cx = FileCx::new(file, tree, call.lint, options, &mut findings[index]);
                meter.lint(call.lint, || (call.check)(&mut cx));
            }
        }
    });
    files
}

/// The one walk over a tree: for the facts, and for whoever wants its nodes. Nodes are shown only where the text around
/// them is sound.
fn walk(
    extract: &mut Extract<'_>,
    calls: &NodeCalls<'_>,
    at_work: &Cell<Work>,
    findings: &mut Vec<Finding>,
    meter: &impl Meter,
) {
    let (file, tree) = (extract.file(), extract.tree());
    let mut show = |walk: &mut Walk<'_>| {
        let calls = calls.of(walk.kind());
        if calls.is_empty() {
            return;
        }
        let green = walk.green();
        for (lint, (may, check), options) in calls {
            at_work.set(Work::Lint(lint.name));
            if may.is_some_and(|may| !may(green)) {
                continue;
            }
            let node = walk.node();
            let mut cx = FileCx::new(file, Some(tree), lint, *options, findings);
            meter.lint(lint, || check(node, &mut cx));
        }
        at_work.set(Work::Facts);
    };
    let damage = (!file.facts.faults.is_empty()).then(|| Damage::of(file, tree));
    // How many of the open nodes make everything below them doubtful.
    let mut doubtful = 0usize;
    let mut walk = Walk::new(&tree.root);
    while let Some(step) = walk.step() {
        match step {
            Step::Enter => {
                extract.enter(&mut walk);
                match &damage {
                    None => show(&mut walk),
                    Some(damage) => {
                        if doubtful == 0 && !damage.inside(walk.green().range()) {
                            show(&mut walk);
                        }
                        doubtful += usize::from(damage.parents.contains(walk.node()));
                    }
                }
            }
            Step::Leaf => {
                extract.leaf(&walk);
                let sound = damage
                    .as_ref()
                    .is_none_or(|damage| doubtful == 0 && !damage.inside(walk.green().range()));
                if sound {
                    show(&mut walk);
                }
            }
            Step::Leave => {
                extract.leave();
                if let Some(damage) = &damage {
                    doubtful -= usize::from(damage.parents.contains(walk.node()));
                }
            }
        }
    }
}

/// A file that we failed to read: it may hold anything, so no report shows any of it.
fn unknown(id: FileId, source: &Source) -> File {
    let mut facts = Box::<Facts>::default();
    let end = syntax::text::size(source.text.contents().len());
    facts.secrets.masks.push(TextRange::up_to(end));
    File {
        id,
        path: source.path.clone(),
        kind: source.kind,
        text: Arc::clone(&source.text),
        facts,
    }
}

/// Where a text does not parse: nodes with an error inside, and nodes below one whose direct children hold an error,
/// are shown to no lint. `{ a = ; b = 1; }` is unsound in `a`, sound in `b`.
struct Damage {
    /// Sorted by start.
    at: Vec<TextRange>,
    parents: FxHashSet<SyntaxNode>,
}

impl Damage {
    fn of(file: &File, tree: &Tree) -> Damage {
        let mut damage = Damage {
            at: Vec::new(),
            parents: FxHashSet::default(),
        };
        for element in tree.root.descendants_with_tokens() {
            let error = match &element {
                NodeOrToken::Node(node) => node.kind() == SyntaxKind::NODE_ERROR,
                NodeOrToken::Token(token) => token.kind() == SyntaxKind::TOKEN_ERROR,
            };
            if error {
                damage.at.push(element.text_range());
                damage.parents.extend(element.parent());
            }
        }
        for fault in &file.facts.faults {
            let Some(at) = fault.at.intersect(tree.root.text_range()) else {
                continue;
            };
            damage.at.push(at);
            let parent = match tree.root.covering_element(at) {
                NodeOrToken::Node(node) => Some(node),
                NodeOrToken::Token(token) => token.parent(),
            };
            damage.parents.extend(parent);
        }
        damage.at.sort_by_key(|range| (range.start(), range.end()));
        damage
    }

    /// Whether a range holds or touches a place where the text does not parse.
    fn inside(&self, range: TextRange) -> bool {
        let end = self.at.partition_point(|at| at.start() <= range.end());
        self.at[..end].iter().any(|at| at.end() >= range.start())
    }
}
