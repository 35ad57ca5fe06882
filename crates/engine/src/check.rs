//! From [`Input`] to [`Checked`]: every file in a task of its own, then the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lint_api::report::Trouble;
use lint_api::{Check, Finding, Group, Lint, RepoCx};
use rayon::prelude::*;
use repo::base::BaseFile;
use repo::class::Class;
use repo::{Base, File, FileId, Given, Repo, RepoPath, Span};
use rustc_hash::FxHashMap;
use syntax::{Text, TextRange};

use crate::change::{self, Counts};
use crate::load::{BaseInput, Source};
use crate::look::{look, look_alone};
use crate::memo::Memo;
use crate::plan::Call;
use crate::settings::Globs;
use crate::timing::{self, Meter, Stage, Watch};
use crate::{Input, Plan, Settings, own, panics};

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
    pub skipped: Vec<(RepoPath, String)>,
    /// What the user may want to know, a sentence each.
    pub notes: Vec<String>,
    /// Lints that could not run, and why.
    pub inactive: Vec<(&'static Lint, String)>,
    /// Lints that panicked; with the file, when it was over one file.
    pub panicked: BTreeSet<(&'static str, Option<FileId>)>,
    /// What is found in the base, when a change is looked at.
    pub(crate) in_base: Option<Arc<Counts>>,
}

/// Every file on its own: read, and looked at by the node and file lints. What is left of a run is to link them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    outcomes: Vec<Outcome>,
    base: Option<Arc<Base>>,
    in_base: Option<Arc<Counts>>,
    /// What is not needed until the files are linked; without sources and base.
    rest: Input,
}

/// What came of one file.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub file: File,
    pub findings: Vec<Finding>,
    pub panics: Vec<Panic>,
}

/// A panic of ours.
#[derive(Debug, Clone)]
pub(crate) struct Panic {
    /// The lint, or what else was at work.
    pub who: &'static str,
    /// The file it was looking at.
    pub file: Option<FileId>,
    /// The place in our source.
    pub place: String,
}

/// Runs every lint of the plan. Cannot fail: a panic becomes a finding and a trouble that name the lint and the file.
#[must_use]
pub fn check(input: Input, plan: &Plan, settings: &Settings) -> Checked {
    Files::of(input, plan, settings).link(plan, settings)
}

/// The same, but what is remembered of a file is not found out again; what is found out is remembered.
#[must_use]
pub fn check_with(input: Input, plan: &Plan, settings: &Settings, memo: &mut Memo) -> Checked {
    let in_base = change::found_in_base(&input, plan, settings);
    let files = Files::default()
        .again(input, plan, settings, &NEVER, memo)
        .0;
    Files { in_base, ..files }.link(plan, settings)
}

impl Files {
    /// Looks at every file.
    pub(crate) fn of(input: Input, plan: &Plan, settings: &Settings) -> Files {
        let in_base = change::found_in_base(&input, plan, settings);
        let no_memo = &mut Memo::default();
        let files = Files::default()
            .again(input, plan, settings, &NEVER, no_memo)
            .0;
        Files { in_base, ..files }
    }

    /// Looks at every file of another input, but takes over what is known of a file that has the same path, language and
    /// text. Plan and settings must be those of before. Also gives whether these are all files: when it was stopped, they
    /// are good for nothing but for being taken over the next time.
    pub(crate) fn again(
        self,
        mut input: Input,
        plan: &Plan,
        settings: &Settings,
        stop: &AtomicBool,
        memo: &mut Memo,
    ) -> (Files, bool) {
        let known = self.outcomes.into_iter();
        let mut known: FxHashMap<RepoPath, Outcome> = known
            .map(|outcome| (outcome.file.path.clone(), outcome))
            .collect();
        let sources: Vec<(Source, Option<Outcome>)> = std::mem::take(&mut input.sources)
            .into_iter()
            .map(|source| {
                let old = known.remove(&source.path);
                (source, old)
            })
            .collect();
        let count = sources.len();
        let (mut outcomes, mut new) = (Vec::new(), Vec::new());
        for (index, (source, old)) in sources.into_iter().enumerate() {
            let id = FileId(u32::try_from(index).unwrap_or(u32::MAX));
            let same = |old: &Outcome| old.file.kind == source.kind && old.file.text == source.text;
            match old.filter(same) {
                Some(mut old) => {
                    old.call(id);
                    outcomes.push(old);
                }
                None => new.push((id, source)),
            }
        }
        let timing = settings.timing.as_deref();
        outcomes.extend(timing::stage(timing, Stage::Files, || {
            if !memo.is_on() {
                return look(&new, plan, settings, stop);
            }
            let recalled = memo.recall(&new, settings);
            let (mut known, mut unknown) = (Vec::with_capacity(new.len()), Vec::new());
            for (source, outcome) in new.into_iter().zip(recalled) {
                match outcome {
                    Some(outcome) => known.push(outcome),
                    None => unknown.push(source),
                }
            }
            let looked = look(&unknown, plan, settings, stop);
            memo.keep(&looked, settings);
            known.extend(looked);
            known
        }));
        outcomes.sort_by_key(|outcome| outcome.file.id);
        let all = outcomes.len() == count;
        let base = input.base.take().filter(|_| all);
        let files = Files {
            outcomes,
            base: base.map(|base| Arc::new(past(base, settings))),
            in_base: self.in_base,
            rest: input,
        };
        (files, all)
    }

    /// One file.
    pub(crate) fn file(&self, id: FileId) -> &File {
        &self.outcomes[id.0 as usize].file
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.outcomes.iter().map(|outcome| &outcome.file)
    }

    /// The file at a path.
    pub(crate) fn find(&self, path: &RepoPath) -> Option<&File> {
        let outcomes = &self.outcomes;
        let at = outcomes.binary_search_by(|outcome| outcome.file.path.cmp(path));
        Some(&outcomes[at.ok()?].file)
    }

    /// The base revision.
    pub(crate) fn base(&self) -> Option<&Base> {
        self.base.as_deref()
    }

    /// The base revision, to change it.
    pub(crate) fn base_mut(&mut self) -> Option<&mut Arc<Base>> {
        self.base.as_mut()
    }

    /// Looks again at files that have other texts now.
    pub(crate) fn renew(
        &mut self,
        texts: Vec<(FileId, Arc<Text>)>,
        plan: &Plan,
        settings: &Settings,
    ) {
        let sources: Vec<(FileId, Source)> = texts
            .into_iter()
            .map(|(id, text)| {
                let file = self.file(id);
                let (path, kind) = (file.path.clone(), file.kind);
                (id, Source { path, kind, text })
            })
            .collect();
        for outcome in look(&sources, plan, settings, &NEVER) {
            let index = outcome.file.id.0 as usize;
            self.outcomes[index] = outcome;
        }
    }

    /// Links the files and asks the repository lints.
    pub(crate) fn link(self, plan: &Plan, settings: &Settings) -> Checked {
        let mut files = Vec::with_capacity(self.outcomes.len());
        let mut findings = Vec::new();
        let mut panics = Vec::new();
        for outcome in self.outcomes {
            files.push(outcome.file);
            findings.extend(outcome.findings);
            panics.extend(outcome.panics);
        }
        let checked = join(
            files,
            self.base,
            self.rest,
            (findings, panics),
            (plan, settings, &NEVER),
        );
        Checked {
            in_base: self.in_base,
            ..checked
        }
    }

    /// The same, but only lends its files: [`Files::take_back`] gives them back. What was found is whole unless it was
    /// stopped.
    pub(crate) fn lend(&mut self, plan: &Plan, settings: &Settings, stop: &AtomicBool) -> Checked {
        let mut files = Vec::with_capacity(self.outcomes.len());
        let mut findings = Vec::new();
        let mut panics = Vec::new();
        for outcome in &mut self.outcomes {
            files.push(outcome.lend());
            findings.extend(outcome.findings.iter().cloned());
            panics.extend(outcome.panics.iter().cloned());
        }
        let paths = std::mem::take(&mut self.rest.paths);
        let rest = Input {
            paths,
            ..self.rest.clone()
        };
        let base = self.base.clone();
        join(
            files,
            base,
            rest,
            (findings, panics),
            (plan, settings, stop),
        )
    }

    /// Takes the files back from a repository that was made of them.
    pub(crate) fn take_back(&mut self, mut repo: Repo) {
        repo.unplace_scripts();
        self.rest.paths = repo.paths;
        for (outcome, file) in self.outcomes.iter_mut().zip(repo.files) {
            outcome.file = file;
        }
    }
}

impl Outcome {
    /// Gives the file another number.
    fn call(&mut self, id: FileId) {
        if self.file.id == id {
            return;
        }
        self.file.id = id;
        for finding in &mut self.findings {
            finding.at.file = id;
            for label in &mut finding.labels {
                label.at.file = id;
            }
        }
        for panic in &mut self.panics {
            panic.file = panic.file.map(|_| id);
        }
    }

    /// The file, with an empty one in its place.
    fn lend(&mut self) -> File {
        let empty = File {
            id: self.file.id,
            path: self.file.path.clone(),
            kind: self.file.kind,
            text: Arc::clone(&self.file.text),
            facts: Box::default(),
        };
        std::mem::replace(&mut self.file, empty)
    }
}

/// Nobody ever stops this.
static NEVER: AtomicBool = AtomicBool::new(false);

/// Links files and asks the repository lints.
fn join(
    files: Vec<File>,
    base: Option<Arc<Base>>,
    rest: Input,
    (findings, mut panics): (Vec<Finding>, Vec<Panic>),
    (plan, settings, stop): (&Plan, &Settings, &AtomicBool),
) -> Checked {
    let given = given(&files, settings);
    let mut repo = Repo::unlinked(files, rest.paths, rest.git, base);
    repo.given = given;
    repo.options = rest.options;
    let mut checked = Checked {
        repo,
        findings,
        troubles: rest.troubles,
        skipped: rest.skipped,
        notes: rest.notes,
        ..Checked::default()
    };
    panics.extend(checked.ask(plan, settings, stop));
    checked.keep_to_classes(settings);
    if settings.asks_for(Group::Options) || !settings.options.is_empty() {
        checked.notes.extend(checked.repo.unchecked_options());
    }
    for panic in panics {
        checked.tell(panic);
    }
    checked
}

/// What the settings say of the repository, by file.
fn given(files: &[File], settings: &Settings) -> Given {
    let matching = |globs: &Globs| {
        let matching = files.iter().filter(|file| globs.matches(&file.path));
        matching.map(|file| file.id).collect()
    };
    Given {
        today: settings.today,
        entries: matching(&settings.repository.entries),
        loaders: matching(&settings.repository.loaders),
        classes: files
            .iter()
            .filter_map(|file| {
                // The last that matches wins.
                let mut classes = settings.repository.class.iter().rev();
                let (_, word) = classes.find(|(globs, _)| globs.matches(&file.path))?;
                Some((file.id, Class::named(word)))
            })
            .collect(),
    }
}

/// The base revision, its files read.
fn past(base: BaseInput, settings: &Settings) -> Base {
    let nobody = Plan::none();
    let read = |source: &Source| look_alone(FileId(0), source, &nobody, settings).file;
    let files = base
        .sources
        .into_par_iter()
        .map(|source| {
            let path = source.path.clone();
            let File { text, facts, .. } = read(&source);
            (path, BaseFile { text, facts })
        })
        .collect();
    let past: Vec<_> = base
        .past
        .into_par_iter()
        .map(|source| (source.path.clone(), read(&source).facts.state))
        .collect();
    let mut by_path: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (path, state) in past {
        by_path.entry(path).or_default().push(state);
    }
    Base {
        name: base.name,
        rev: base.rev,
        files,
        added: base.added,
        changed: base.changed,
        past: by_path,
        messages: base.messages,
    }
}

impl Checked {
    /// Links the files and runs the repository lints; gives the panics on the way.
    fn ask(&mut self, plan: &Plan, settings: &Settings, stop: &AtomicBool) -> Vec<Panic> {
        let mut panics = Vec::new();
        let timing = settings.timing.as_deref();
        let joined = timing::stage(timing, Stage::Link, || panics::catch(|| self.repo.join()));
        let linked = joined.is_ok();
        panics.extend(joined.err().map(|place| Panic {
            who: "the linking of the files",
            file: None,
            place,
        }));
        let repo = &self.repo;
        // What was not linked would look like what is not there.
        let calls = if linked { plan.repo.as_slice() } else { &[] };
        let ask = |call: &Call<fn(&mut RepoCx<'_>)>| {
            let mut found = Vec::new();
            if stop.load(Ordering::Relaxed) {
                return (found, None, None);
            }
            let options = |id: FileId| {
                let here = settings.for_path(&repo.file(id).path);
                Arc::clone(here.options(call.index))
            };
            let mut inactive = None;
            let mut work = || {
                panics::catch(|| {
                    let mut cx = RepoCx::new(repo, call.lint, &options, &mut found);
                    (call.check)(&mut cx);
                    inactive = cx.why_inactive();
                })
            };
            let outcome = match timing {
                None => work(),
                Some(timing) => Watch::new(timing).lint(call.lint, work),
            };
            let panic = outcome.err().map(|place| Panic {
                who: call.lint.name,
                file: None,
                place,
            });
            (found, inactive.map(|why| (call.lint, why)), panic)
        };
        let of_repo: Vec<_> = timing::stage(timing, Stage::Repository, || {
            calls.par_iter().map(ask).collect()
        });
        if !linked {
            let why = "the files could not be linked";
            self.inactive
                .extend(plan.repo.iter().map(|call| (call.lint, why.to_owned())));
        }
        for (found, why, panic) in of_repo {
            self.findings.extend(found);
            self.inactive.extend(why);
            panics.extend(panic);
        }
        panics
    }

    /// Drops what a user's rule says of files that it is not for.
    fn keep_to_classes(&mut self, settings: &Settings) {
        let repo = &self.repo;
        self.findings.retain(|finding| {
            let Check::Pattern(pattern) = &finding.lint.check else {
                return true;
            };
            if pattern.classes.is_empty() {
                return true;
            }
            let id = finding.at.file;
            match settings.repository.class(&repo.file(id).path) {
                Some(word) => pattern.classes.iter().any(|it| it.as_str() == word),
                None => {
                    // A file that is shared is for all of its classes.
                    let votes = repo.classes.of(id);
                    let certain: Vec<_> = votes.certain_all().collect();
                    let wanted = |class| pattern.classes.contains(&class);
                    match certain.as_slice() {
                        [] => votes.likely().is_some_and(wanted),
                        all => all.iter().copied().all(wanted),
                    }
                }
            }
        });
    }

    /// Turns a panic into a trouble and, where there is a file to show it at, a finding.
    fn tell(&mut self, panic: Panic) {
        let version = env!("CARGO_PKG_VERSION");
        let at = if panic.place.is_empty() {
            String::new()
        } else {
            format!(" at {}", panic.place)
        };
        let path = panic.file.map(|id| self.repo.file(id).path.to_string());
        self.troubles.push(Trouble {
            kind: "internal",
            path: path.clone(),
            line: None,
            message: format!(
                "nivis {version} panicked in {}{at}: please report this",
                panic.who
            ),
        });
        // A lint that looks at the whole repository has no file of its own: the first one shows it.
        let file = panic.file.or(self.repo.files.first().map(|file| file.id));
        if let Some(file) = file {
            let at = Span {
                file,
                range: TextRange::default(),
            };
            let over = path.map_or_else(|| "the repository".to_owned(), |path| format!("`{path}`"));
            let mut finding = Finding::new(
                &own::INTERNAL_ERROR,
                at,
                format!("nivis {version} failed in `{}` over {over}", panic.who),
            );
            finding.help("this is a fault of nivis, please report it");
            self.findings.push(finding);
        }
        self.panicked.insert((panic.who, panic.file));
    }
}
