//! The one thread that checks: it holds the repositories open and answers with findings, never with an older text's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender};

use engine::apply::{Changed, Wanted};
use engine::load::{find_root, name_path};
use engine::pool::Pool;
use engine::session::Synced;
use engine::{Error, Flags, Lints, Session};
use lint_api::Report;
use lint_api::repo::RepoPath;
use lint_api::repo::date::Day;

use crate::buffers::Buffer;
use crate::client::{Client, Wishes};
use crate::protocol::TextEdit;
use crate::seen::{self, Seen};
use crate::{Event, Schemas};
use crate::{edits, uri};

/// What the checker is asked.
#[derive(Debug)]
pub enum Job {
    /// Look at everything as it is now.
    Look(Look),
    /// What one document is after its fixes.
    Fix(Fix),
    /// Whether something changed on the disk that nobody tells.
    Poll,
}

/// Everything that decides what there is to say.
#[derive(Debug)]
pub struct Look {
    /// Which state of things this is.
    pub generation: u64,
    /// The open documents.
    pub buffers: Vec<Buffer>,
    /// The folders of the workspace.
    pub folders: Vec<PathBuf>,
    /// Whether the disk changed.
    pub disk: bool,
    /// The settings of the editor.
    pub wishes: Wishes,
    /// True when there is a newer state.
    pub stop: Arc<AtomicBool>,
}

/// A wish for fixes.
#[derive(Debug)]
pub struct Fix {
    /// Names it in the answer.
    pub ticket: u64,
    /// The document.
    pub buffer: Buffer,
    /// Only those of this lint.
    pub lint: Option<String>,
}

/// What there is to say of one state of things.
#[derive(Debug)]
pub struct Looked {
    /// Which.
    pub generation: u64,
    /// Every document with something to say of it, by address, and every open one that is checked.
    pub seen: BTreeMap<Arc<str>, Arc<Seen>>,
    /// What the user should know beside, each told once.
    pub said: Vec<Said>,
}

/// A message to the user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// Whether it is shown, not only logged.
    pub shown: bool,
    /// Whether it is told again when it comes again.
    pub again: bool,
    /// The words.
    pub words: String,
}

/// The checker.
pub struct Checker {
    lints: Lints,
    today: Option<Day>,
    schemas: Schemas,
    client: Client,
    pool: Pool,
    places: BTreeMap<PathBuf, Place>,
    /// Where documents belong, by path.
    homes: BTreeMap<PathBuf, Option<Home>>,
    wishes: Wishes,
    events: Sender<Event>,
    said: BTreeSet<Said>,
}

/// Where a document belongs.
#[derive(Debug, Clone)]
struct Home {
    root: PathBuf,
    /// Whether it is no repository.
    alone: bool,
    path: RepoPath,
}

/// An open repository.
struct Place {
    session: Session,
    /// Its root as the editor writes it.
    shown: PathBuf,
    /// Whether the disk must be read again.
    disk: bool,
    /// What was said last; `None` when something changed since.
    last: Option<Vec<Arc<Seen>>>,
    /// What is wrong with the settings.
    wrong: Option<Error>,
    /// Whether it could not be read. It is not tried again at every keystroke.
    failed: bool,
    /// The documents of the last time: address, version, text.
    buffers: BTreeMap<RepoPath, Buffer>,
}

impl Checker {
    /// A checker that knows no repository yet.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(
        lints: Lints,
        today: Option<Day>,
        schemas: Schemas,
        client: Client,
        events: Sender<Event>,
    ) -> Result<Checker, Error> {
        Ok(Checker {
            lints,
            today,
            schemas,
            client,
            pool: Pool::new(0)?,
            places: BTreeMap::new(),
            homes: BTreeMap::new(),
            wishes: Wishes::default(),
            events,
            said: BTreeSet::new(),
        })
    }

    /// Works until nobody asks any more.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            let event = match job {
                Job::Look(look) => {
                    let looked = engine::panics::catch(|| self.look(look));
                    looked
                        .unwrap_or_else(|place| {
                            self.panicked(&place);
                            None
                        })
                        .map(Event::Looked)
                }
                Job::Fix(fix) => {
                    let ticket = fix.ticket;
                    let edits = engine::panics::catch(|| self.fix(&fix));
                    let edits = edits.unwrap_or_else(|place| {
                        self.panicked(&place);
                        None
                    });
                    Some(Event::Fixed { ticket, edits })
                }
                Job::Poll => {
                    let stale = self.places.values().any(|place| place.session.is_stale());
                    stale.then_some(Event::Stale)
                }
            };
            if let Some(event) = event
                && self.events.send(event).is_err()
            {
                return;
            }
            self.keep_schemas();
        }
    }

    /// What was learnt of pinned trees is written once the answer is on its way.
    fn keep_schemas(&mut self) {
        for place in self.places.values_mut() {
            let learnt = place.session.learnt();
            if !learnt.is_empty() {
                (self.schemas.keep)(place.session.settings(), &learnt);
            }
        }
    }

    /// Looks at all repositories; `None` when it was stopped.
    fn look(&mut self, look: Look) -> Option<Looked> {
        let wished = self.wishes != look.wishes;
        self.wishes = look.wishes.clone();
        if look.disk {
            self.homes.clear();
            for place in self.places.values_mut() {
                place.disk = true;
            }
        }
        let mut said = Vec::new();
        let wanted = self.wanted(&look, &mut said);
        self.places.retain(|root, _| wanted.contains_key(root));

        let mut seen = BTreeMap::new();
        for (root, (alone, shown, buffers)) in wanted {
            let mut place = match self.places.remove(&root) {
                Some(mut place) => {
                    place.shown = shown;
                    if wished {
                        place.last = None;
                        place.session.set_flags(self.flags());
                    }
                    place
                }
                None => match self.open(&root, alone, shown) {
                    Ok(place) => place,
                    Err(error) => {
                        said.push(Said::show(error.to_string()));
                        continue;
                    }
                },
            };
            let (pool, client, wishes) = (&self.pool, self.client, &self.wishes);
            let done = engine::panics::catch(|| {
                pool.run(|| place.look(buffers, &look.stop, client, wishes, &mut said))
            });
            match done {
                Ok(true) => {
                    let all = place.last.iter().flatten();
                    seen.extend(all.map(|it| (Arc::clone(&it.uri), Arc::clone(it))));
                    self.places.insert(root, place);
                }
                Ok(false) => {
                    self.places.insert(root, place);
                    self.tell(said);
                    return None;
                }
                // What it left behind is not to be relied on.
                Err(at) => self.panicked(&at),
            }
        }
        Some(Looked {
            generation: look.generation,
            seen,
            said: self.new_words(said),
        })
    }

    /// The repositories that are wanted: whether each is none, its root as the editor writes it, its documents.
    fn wanted(
        &mut self,
        look: &Look,
        said: &mut Vec<Said>,
    ) -> BTreeMap<PathBuf, (bool, PathBuf, BTreeMap<RepoPath, Buffer>)> {
        let mut wanted: BTreeMap<PathBuf, (bool, PathBuf, BTreeMap<RepoPath, Buffer>)> =
            BTreeMap::new();
        let mut folders = Vec::new();
        for folder in &look.folders {
            if let Some((root, shown)) = repository(folder) {
                folders.push(root.clone());
                wanted
                    .entry(root)
                    .or_insert((false, shown, BTreeMap::new()));
            }
        }
        for buffer in &look.buffers {
            let home = self.homes.entry(buffer.path.clone()).or_insert_with(|| {
                home(&buffer.path, &folders).unwrap_or_else(|error| {
                    said.push(Said::log(error.to_string()));
                    None
                })
            });
            let Some(home) = home.clone() else { continue };
            let shown = shown_root(&home.root, &buffer.path, &home.path);
            let (_, _, buffers) =
                wanted
                    .entry(home.root)
                    .or_insert((home.alone, shown, BTreeMap::new()));
            buffers.insert(home.path, buffer.clone());
        }
        wanted
    }

    fn flags(&self) -> Flags {
        Flags {
            level: self.wishes.level.clone(),
            today: self.today,
            ..Flags::default()
        }
    }

    fn open(&self, root: &Path, alone: bool, shown: PathBuf) -> Result<Place, Error> {
        let make = if alone { Session::alone } else { Session::new };
        let mut session = make(root.to_owned(), self.flags(), self.lints.clone())?;
        session.keep_schemas(self.schemas.folder.clone());
        Ok(Place {
            session,
            shown,
            disk: true,
            last: None,
            wrong: None,
            failed: false,
            buffers: BTreeMap::new(),
        })
    }

    /// The edits that lead from a document to what it is after its fixes; `None` when it is not the one that was looked at.
    fn fix(&self, fix: &Fix) -> Option<Vec<TextEdit>> {
        let home = self.homes.get(&fix.buffer.path)?.as_ref()?;
        let place = self.places.get(&home.root)?;
        let known = place.buffers.get(&home.path)?;
        if known.text != fix.buffer.text {
            return None;
        }
        let names = place.session.settings().names();
        let lint = match &fix.lint {
            Some(name) => Some(names.lints()[names.index(name)?].name),
            None => None,
        };
        let fixed = |shown| {
            let wanted = Wanted {
                shown,
                lint,
                ..Wanted::default()
            };
            self.pool.run(|| place.session.fixed(&home.path, wanted))
        };
        let edits = |changed: &Changed| {
            let new = changed.after.contents();
            edits::between(
                &fix.buffer.text,
                changed.before.contents(),
                new,
                self.client.encoding,
            )
        };
        let Some(changed) = fixed(false) else {
            return Some(Vec::new());
        };
        let found = edits(&changed);
        if !edits::repeat(&found, &changed.after, &changed.masks_after) {
            return Some(found);
        }
        // Some line with a secret would be written anew: leave those alone.
        Some(fixed(true).as_ref().map(edits).unwrap_or_default())
    }

    fn panicked(&mut self, place: &str) {
        let version = report::VERSION;
        let words = format!("nivis {version} panicked at {place}: please report this");
        self.tell(vec![Said::show(words)]);
    }

    /// What was not said before.
    fn new_words(&mut self, said: Vec<Said>) -> Vec<Said> {
        said.into_iter()
            .filter(|it| it.again || self.said.insert(it.clone()))
            .collect()
    }

    fn tell(&mut self, said: Vec<Said>) {
        let said = self.new_words(said);
        if !said.is_empty() {
            let _ = self.events.send(Event::Said(said));
        }
    }
}

impl Said {
    /// For the log.
    fn log(words: String) -> Said {
        Said {
            shown: false,
            again: false,
            words,
        }
    }

    /// For the user.
    fn show(words: String) -> Said {
        Said {
            shown: true,
            ..Said::log(words)
        }
    }
}

impl Place {
    /// Looks at what changed; false when it was stopped.
    fn look(
        &mut self,
        buffers: BTreeMap<RepoPath, Buffer>,
        stop: &AtomicBool,
        client: Client,
        wishes: &Wishes,
        said: &mut Vec<Said>,
    ) -> bool {
        let settings = RepoPath::from(engine::config::FILE_NAME);
        let text = buffers.get(&settings).map(|buffer| &*buffer.text);
        let was_wrong = self.wrong.take();
        match self.session.configure(text) {
            Ok(false) => {}
            Ok(true) => {
                self.last = None;
                self.failed = false;
            }
            Err(error) => {
                if was_wrong.as_ref() != Some(&error) {
                    said.push(Said {
                        again: true,
                        ..Said::show(format!("{error}; the settings of before hold on"))
                    });
                }
                self.wrong = Some(error);
            }
        }
        if was_wrong != self.wrong {
            self.last = None;
        }
        let texts = buffers
            .iter()
            .map(|(path, buffer)| (path.clone(), Arc::clone(&buffer.text)))
            .collect();
        let disk = self.disk || self.session.is_stale();
        if self.failed && !disk {
            return true;
        }
        self.failed = false;
        match self.session.sync(&texts, disk, stop) {
            Ok(Synced::Same) => {}
            Ok(Synced::Changed) => self.last = None,
            Ok(Synced::Stopped) => {
                self.disk |= disk;
                self.last = None;
                return false;
            }
            Err(error) => {
                said.push(Said::show(error.to_string()));
                self.last = Some(Vec::new());
                self.buffers = buffers;
                self.failed = true;
                self.disk = false;
                return true;
            }
        }
        self.disk = false;
        let versions = |buffers: &BTreeMap<RepoPath, Buffer>| -> Vec<(Arc<str>, i64)> {
            let all = buffers.values();
            all.map(|it| (Arc::clone(&it.uri), it.version)).collect()
        };
        if self.last.is_some() && versions(&self.buffers) == versions(&buffers) {
            self.buffers = buffers;
            return true;
        }
        let Some(report) = self.session.report(stop) else {
            self.last = None;
            return false;
        };
        self.buffers = buffers;
        self.note(&report, said);
        let place = seen::Place {
            shown: &self.shown,
            session: &self.session,
            buffers: &self.buffers,
            client,
            min_level: wishes.min_level,
        };
        self.last = Some(place.all(&report, self.wrong.as_ref()));
        true
    }

    /// What went wrong with the world is told once.
    fn note(&self, report: &Report, said: &mut Vec<Said>) {
        for trouble in &report.troubles {
            let words = trouble.to_string();
            said.push(match trouble.kind {
                "internal" => Said::show(words),
                _ => Said::log(words),
            });
        }
        let notes = report.notes.iter().chain(&self.session.settings().notes);
        said.extend(notes.map(|note| Said::log(note.clone())));
    }
}

/// The root of the repository that a folder of the workspace lies in, and what the editor would call it. A folder outside of
/// any is one itself when it holds Nix files.
fn repository(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let root = find_root(None, &[folder.to_owned()], Path::new("/")).ok()?;
    if root != Path::new("/") {
        let inside = name_path(&root, folder, Path::new("/")).ok()?;
        let shown = shown_root(&root, folder, &inside);
        return Some((root, shown));
    }
    let root = find_root(Some(folder), &[], Path::new("/")).ok()?;
    engine::root::holds_nix(&root).then(|| (root, folder.to_owned()))
}

/// Where a document belongs; `None` when it has no place.
fn home(path: &Path, folders: &[PathBuf]) -> Result<Option<Home>, Error> {
    let top = Path::new("/");
    let mut root = find_root(None, &[path.to_owned()], top)?;
    let mut alone = false;
    if root == top {
        let full = name_path(top, path, top)?;
        let full = top.join(&*full.text());
        let folder = folders.iter().find(|folder| full.starts_with(folder));
        alone = folder.is_none();
        let Some(own) = folder.map(PathBuf::as_path).or(full.parent()) else {
            return Ok(None);
        };
        root = own.to_owned();
    }
    let path = name_path(&root, path, top)?;
    Ok(Some(Home { root, alone, path }))
}

/// A root as the editor writes it: its path of something inside without the name that this has from the root. Links on the
/// way to the root stay as they are written.
fn shown_root(root: &Path, written: &Path, inside: &RepoPath) -> PathBuf {
    let text = inside.text();
    let inside = Path::new(&*text);
    if inside.as_os_str().is_empty() {
        return written.to_owned();
    }
    if !written.ends_with(inside) {
        return root.to_owned();
    }
    let above = written.ancestors().nth(inside.components().count());
    above.unwrap_or(root).to_owned()
}

/// The address of a path of a repository.
#[must_use]
pub fn uri_of(shown: &Path, path: &RepoPath) -> String {
    use std::os::unix::ffi::OsStrExt;
    uri::of_path(&shown.join(std::ffi::OsStr::from_bytes(path.bytes())))
}
