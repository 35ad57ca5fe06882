//! A repository that stays open: what is known of unchanged files is kept, and only what changed is looked at again.
//!
//! Goal: an editor gets, after every keystroke, exactly what `nivis check` would say of the same texts. A file with the
//! same path, language and text is never parsed twice; linking and the repository lints run each time, because any change
//! may matter to them. The disk is read when the editor says that something changed there, when a text is laid over it for
//! the first time, and when the settings, the lock, the git index or HEAD are not what they were.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lint_api::Report;
use repo::base::BaseFile;
use repo::pinned::Schemas;
use repo::{EntryKind, File, PathEntry, PathTable, RepoPath, Text};

use crate::apply::{self, Changed, Wanted};
use crate::check::Files;
use crate::config::{self, Config, ConfigText};
use crate::disk::{Folder, Stat};
use crate::git::{GitDir, Id};
use crate::load::{Buffers, kind_of_text, load_with};
use crate::memo::Memo;
use crate::pins::Loaded;
use crate::rules::{self, Lints};
use crate::settle::settle_and_keep;
use crate::{Error, Flags, Input, Plan, Settings, Source};

/// A repository that stays open.
#[derive(Debug)]
pub struct Session {
    root: PathBuf,
    lints: Lints,
    flags: Flags,
    /// What the settings were made of; `None` before the first time.
    made_of: Option<MadeOf>,
    settings: Settings,
    plan: Plan,
    files: Files,
    /// Whether the disk is read; without, there is nothing but the buffers.
    disk: bool,
    /// Whether it was read.
    loaded: bool,
    buffers: Buffers,
    /// The buffers that were laid over the disk when it was read, with what the base has there.
    laid: BTreeMap<RepoPath, Laid>,
    marks: Marks,
    /// What the pinned trees declare, for these settings and locks.
    pins: Option<(PinnedBy, Arc<Schemas>)>,
    /// Where schemas are kept.
    schemas: Option<PathBuf>,
    /// What of them is worth keeping.
    learnt: Loaded,
}

/// The digest of the settings, and the locks.
type PinnedBy = (String, Vec<(RepoPath, Arc<Text>)>);

/// What came of [`Session::sync`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synced {
    /// Nothing is different.
    Same,
    /// There may be something else to say.
    Changed,
    /// It was stopped, and must be called again.
    Stopped,
}

/// What the base has in the place of a buffer.
#[derive(Debug)]
enum Laid {
    /// This text, whether or not it differs.
    Text(Box<BaseFile>),
    /// Nothing, or there is no base, or a merge makes it nobody's change.
    Nothing,
}

/// What settings are made of: flags, the text of `nivis.toml`, the files of rules, and the baseline as it was.
type MadeOf = (Flags, Option<String>, Vec<(String, Text)>, Option<Stat>);

/// The few things that an editor does not watch, as they were.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Marks {
    settings: Option<Stat>,
    baseline: Option<Stat>,
    rules: Vec<Option<Stat>>,
    lock: Option<Stat>,
    index: Option<Stat>,
    head: Option<Id>,
}

impl Marks {
    fn of(root: &Path, settings: &Settings) -> Marks {
        let Ok(folder) = Folder::open(root) else {
            return Marks::default();
        };
        let stat = |name: &str| Some(folder.file(name.as_bytes()).ok()?.1);
        let git = GitDir::find(root).ok().flatten();
        Marks {
            settings: stat(config::FILE_NAME),
            baseline: settings.baseline_path.as_deref().and_then(stat),
            rules: settings.rule_files.iter().map(|it| stat(it)).collect(),
            lock: stat("flake.lock"),
            index: git.as_ref().and_then(GitDir::index_stat),
            head: git.as_ref().and_then(GitDir::head),
        }
    }
}

impl Session {
    /// A repository of which nothing is read yet.
    ///
    /// # Errors
    /// When a flag is wrong.
    pub fn new(root: PathBuf, flags: Flags, lints: impl Into<Lints>) -> Result<Session, Error> {
        let lints = lints.into();
        let settings = Settings::discover(&flags, &root, None, lints.clone())?;
        Ok(Session {
            root,
            lints,
            flags,
            made_of: None,
            plan: Plan::new(&settings),
            settings,
            files: Files::default(),
            disk: true,
            loaded: false,
            buffers: Buffers::new(),
            laid: BTreeMap::new(),
            marks: Marks::default(),
            pins: None,
            schemas: None,
            learnt: Loaded::default(),
        })
    }

    /// A folder that is no repository: it has no files but the buffers, and whatever else they name may well be there.
    ///
    /// # Errors
    /// When a flag is wrong.
    pub fn alone(folder: PathBuf, flags: Flags, lints: impl Into<Lints>) -> Result<Session, Error> {
        let mut session = Session::new(folder, flags, lints)?;
        session.disk = false;
        Ok(session)
    }

    /// The root of the repository.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The settings that hold.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A file as it was last looked at.
    #[must_use]
    pub fn file(&self, path: &RepoPath) -> Option<&File> {
        self.files.find(path)
    }

    /// Whether the settings, the rules, the lock, the git index or HEAD changed on the disk.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.disk && self.loaded && Marks::of(&self.root, &self.settings) != self.marks
    }

    /// Reads the settings; a buffer of `nivis.toml` stands for the file. Gives whether anything else holds now.
    ///
    /// # Errors
    /// When they are wrong. Then those of before hold on.
    pub fn configure(&mut self, buffer: Option<&str>) -> Result<bool, Error> {
        let text = match buffer {
            Some(text) => Some(ConfigText::new(
                config::FILE_NAME,
                text.as_bytes().to_vec(),
            )?),
            None if self.disk => config::find(&self.flags, &self.root)?,
            None => None,
        };
        let words = text.as_ref().map(|it| it.text.contents().to_owned());
        let baseline = |path: &str| {
            let root = Folder::open(&self.root).ok()?;
            Some(root.file(path.as_bytes()).ok()?.1)
        };
        let path = self.settings.baseline_path.as_deref();
        // What is wrong with them, the settings say.
        let config = text.as_ref().and_then(|it| Config::read(it).ok());
        let rules = text.as_ref().zip(config.as_ref());
        let rules = rules.and_then(|(file, config)| {
            let rules = rules::read(&self.flags, &self.root, file, config).ok()?;
            Some(
                rules
                    .into_iter()
                    .map(|it| (it.file.path, it.file.text))
                    .collect(),
            )
        });
        let rules: Option<Vec<(String, Text)>> = rules;
        let made_of = (
            self.flags.clone(),
            words,
            rules.unwrap_or_default(),
            path.and_then(baseline),
        );
        if self.made_of.as_ref() == Some(&made_of) {
            return Ok(false);
        }
        let lints = self.lints.clone();
        let mut settings = Settings::discover(&self.flags, &self.root, text.as_ref(), lints)?;
        settings.options.cache.clone_from(&self.schemas);
        let other = settings.digest != self.settings.digest;
        let path = settings.baseline_path.as_deref();
        self.made_of = Some((made_of.0, made_of.1, made_of.2, path.and_then(baseline)));
        if other {
            self.plan = Plan::new(&settings);
            self.settings = settings;
            self.files = Files::default();
            self.loaded = false;
        }
        Ok(other)
    }

    /// Where schemas of pinned trees are kept; nowhere before it is said.
    pub fn keep_schemas(&mut self, folder: Option<PathBuf>) {
        self.settings.options.cache.clone_from(&folder);
        self.schemas = folder;
    }

    /// What of the pinned trees is worth keeping, once.
    pub fn learnt(&mut self) -> Loaded {
        std::mem::take(&mut self.learnt)
    }

    /// Other flags; they hold after the next [`Session::configure`].
    pub fn set_flags(&mut self, flags: Flags) {
        self.flags = flags;
    }

    /// Takes the texts of the editor. With `disk`, reads everything else again; without, only when it must.
    ///
    /// # Errors
    /// When the root cannot be read.
    pub fn sync(
        &mut self,
        buffers: &Buffers,
        disk: bool,
        stop: &AtomicBool,
    ) -> Result<Synced, Error> {
        if disk || !self.loaded || self.must_load(buffers) {
            return self.load(buffers, stop);
        }
        let mut texts = Vec::new();
        for (path, text) in buffers {
            let Some(file) = self.files.find(path) else {
                continue;
            };
            if same(&file.text, text) {
                continue;
            }
            let new = Arc::new(Text::new(&**text));
            self.compare(path, &new);
            if let Some(file) = self.files.find(path) {
                texts.push((file.id, new));
            }
        }
        self.buffers = buffers.clone();
        if texts.is_empty() {
            return Ok(Synced::Same);
        }
        self.files.renew(texts, &self.plan, &self.settings);
        Ok(Synced::Changed)
    }

    /// Whether the texts cannot just take the place of others.
    fn must_load(&self, buffers: &Buffers) -> bool {
        let closed = self.buffers.keys().any(|path| !buffers.contains_key(path));
        closed
            || buffers.iter().any(|(path, text)| {
                let kind = kind_of_text(path, text);
                match self.files.find(path) {
                    Some(file) if same(&file.text, text) => false,
                    // What is pinned decides what is read beside the repository.
                    Some(file) => {
                        let pins = crate::pins::is_list(path, file.kind);
                        pins || kind != Some(file.kind) || !self.laid.contains_key(path)
                    }
                    None => kind.is_some() && !self.settings.excluded(path),
                }
            })
    }

    fn load(&mut self, buffers: &Buffers, stop: &AtomicBool) -> Result<Synced, Error> {
        let mut marks = Marks::default();
        let mut input = if self.disk {
            marks = Marks::of(&self.root, &self.settings);
            load_with(&self.settings, buffers)?
        } else {
            only(buffers)
        };
        // Named by nobody: an empty folder is no fault of the user.
        input.troubles.retain(|trouble| trouble.kind != "path");
        let pins = |it: &&Source| crate::pins::is_list(&it.path, it.kind);
        let locks = input.sources.iter().filter(pins);
        let locks = locks.map(|it| (it.path.clone(), Arc::clone(&it.text)));
        let by = (self.settings.digest.clone(), locks.collect());
        match &self.pins {
            Some((known, schemas)) if *known == by => input.options = Arc::clone(schemas),
            _ if !self.disk => {}
            _ => {
                let loaded = crate::pins::load(&mut input, &self.plan, &self.settings)?;
                self.learnt.fresh.extend(loaded.fresh);
                self.learnt.used.extend(loaded.used);
                self.pins = Some((by, Arc::clone(&input.options)));
            }
        }
        let same = input
            .base
            .as_mut()
            .map(|base| std::mem::take(&mut base.same));
        self.loaded = false;
        let files = std::mem::take(&mut self.files);
        let (files, all) = files.again(
            input,
            &self.plan,
            &self.settings,
            stop,
            &mut Memo::default(),
        );
        self.files = files;
        if !all {
            return Ok(Synced::Stopped);
        }
        self.laid.clear();
        for path in buffers.keys() {
            let base = self.files.base();
            let text = base.and_then(|base| base.files.get(path)).cloned();
            let text = text.or_else(|| {
                let source = same.iter().flatten().find(|it| it.path == *path)?;
                let facts = self.files.find(path)?.facts.clone();
                let text = Arc::clone(&source.text);
                Some(BaseFile { text, facts })
            });
            let laid = text.map_or(Laid::Nothing, |text| Laid::Text(Box::new(text)));
            self.laid.insert(path.clone(), laid);
        }
        self.buffers = buffers.clone();
        self.marks = marks;
        self.loaded = true;
        Ok(Synced::Changed)
    }

    /// Keeps the base to what differs when a file gets another text.
    fn compare(&mut self, path: &RepoPath, text: &Text) {
        let Some(Laid::Text(was)) = self.laid.get(path) else {
            return;
        };
        let Some(base) = self.files.base_mut() else {
            return;
        };
        let differs = *was.text != *text;
        if differs == base.files.contains_key(path) {
            return;
        }
        let base = Arc::make_mut(base);
        if differs {
            base.files.insert(path.clone(), (**was).clone());
            base.changed.insert(path.clone());
        } else {
            base.files.remove(path);
            base.changed.remove(path);
        }
    }

    /// What there is to say of the texts; `None` when it was stopped.
    pub fn report(&mut self, stop: &AtomicBool) -> Option<Report> {
        let checked = self.files.lend(&self.plan, &self.settings, stop);
        if stop.load(Ordering::Relaxed) {
            self.files.take_back(checked.repo);
            return None;
        }
        let (report, repo) = settle_and_keep(checked, &self.settings);
        self.files.take_back(repo);
        Some(report)
    }

    /// One file after its fixes; `None` when there is nothing to fix, or the file is not known.
    #[must_use]
    pub fn fixed(&self, path: &RepoPath, wanted: Wanted) -> Option<Changed> {
        self.files.find(path)?;
        let mut settings = self.settings.clone();
        settings.paths = vec![path.clone()];
        let fixed = apply::fix_files(self.files.clone(), &self.plan, &settings, wanted);
        fixed.changed.into_iter().find(|it| it.path == *path)
    }
}

/// Buffers, and nothing known of what is around them.
fn only(buffers: &Buffers) -> Input {
    let entry = |path: RepoPath, kind| PathEntry {
        path,
        kind,
        on_disk: true,
        git: None,
    };
    let mut entries = vec![entry(RepoPath::from(""), EntryKind::Closed)];
    let mut sources = Vec::new();
    for (path, text) in buffers {
        let Some(kind) = kind_of_text(path, text) else {
            continue;
        };
        entries.push(entry(path.clone(), EntryKind::File));
        sources.push(Source {
            path: path.clone(),
            kind,
            text: Arc::new(Text::new(&**text)),
        });
    }
    Input {
        sources,
        paths: PathTable::new(entries),
        ..Input::default()
    }
}

/// Whether a text is what a buffer holds.
fn same(text: &Text, buffer: &str) -> bool {
    let plain = buffer.strip_prefix('\u{feff}');
    text.invalid_at().is_none()
        && text.has_bom() == plain.is_some()
        && text.contents() == plain.unwrap_or(buffer)
}
