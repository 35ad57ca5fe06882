//! What is said to the client, and when. Everything is decided here, on one thread, out of messages and findings.
//!
//! Every change makes a new generation of the state of things. What the checker says of an older one is thrown away, so a
//! finding is never shown on a text that it is not about; requests that depend on findings wait for those of the newest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use engine::names::Names;
use engine::{Error, Flags, Lints, Settings};
use lint_api::repo::date::Day;
use lsp_server::{ErrorCode, Message, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::actions::{self, Action};
use crate::buffers::Buffers;
use crate::checker::{Checker, Fix, Job, Look, Looked, Said};
use crate::client::{Client, Wishes};
use crate::place::Lines;
use crate::protocol::{
    Actions, AtPlace, Changed, Execute, FoldersChanged, Initialize, OfDocument, OfWorkspace,
    Previous, Watched,
};
use crate::seen::Seen;
use crate::wire::{Out, Taken};
use crate::{Event, Schemas, hover, uri};

/// How long after a keystroke the checking begins, when no other follows. Who waits for nothing else does not wait: the
/// first keystroke after findings were told is looked at at once.
const PAUSE: Duration = Duration::from_millis(10);
/// How long after the first of several it begins in any case.
const LONGEST_PAUSE: Duration = Duration::from_millis(25);
/// How often those few files are looked at that no client watches, and whether the client still lives.
const POLL: Duration = Duration::from_secs(2);

/// The server.
pub struct Server {
    lints: Lints,
    today: Option<Day>,
    schemas: Schemas,
    out: Out,
    events: Sender<Event>,
    client: Client,
    phase: Phase,
    /// The process whose end is ours.
    parent: Option<rustix::process::Pid>,
    folders: Vec<PathBuf>,
    buffers: Buffers,
    wishes: Wishes,
    jobs: Option<Sender<Job>>,
    /// The state of things.
    generation: u64,
    /// The state that `seen` is of.
    looked: u64,
    /// Stops the check that is under way.
    stop: Arc<AtomicBool>,
    /// When the next check begins, and when the first change since the last was.
    due: Option<(Instant, Instant)>,
    /// Whether the disk changed since the last check began.
    disk: bool,
    /// Documents that changed since the last check: whoever changed them asks by himself.
    edited: BTreeSet<String>,
    seen: BTreeMap<Arc<str>, Arc<Seen>>,
    /// What the client was told without asking: result and version by address.
    pushed: BTreeMap<Arc<str>, (String, Option<i64>)>,
    /// Whether the client asks for the findings of the whole workspace.
    asks_for_all: bool,
    /// Requests that wait for the findings of the newest state.
    waiting: Vec<(RequestId, Waiting)>,
    /// Requests that wait for fixes.
    gathering: Vec<Gathering>,
    tickets: u64,
    /// The number of our next request.
    next: i32,
    /// The numbers of our questions for settings.
    asked: BTreeSet<i32>,
}

/// How far the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Before,
    Running,
    After,
}

/// A request that depends on findings.
#[derive(Debug)]
enum Waiting {
    Document {
        uri: String,
        previous: Option<String>,
    },
    Workspace(Vec<Previous>),
    Actions(Actions),
}

/// A request for actions some of which still need their edits.
#[derive(Debug)]
struct Gathering {
    id: RequestId,
    uri: String,
    version: i64,
    actions: Vec<Value>,
    /// By ticket, the index of the action.
    left: BTreeMap<u64, usize>,
    /// Whether it is one action that was chosen.
    chosen: bool,
}

/// An answer: a result, or what is wrong.
type Answer = Result<Value, (ErrorCode, String)>;

impl Server {
    /// A server that was not spoken to yet.
    #[must_use]
    pub fn new(
        lints: Lints,
        today: Option<Day>,
        schemas: Schemas,
        out: Out,
        events: Sender<Event>,
    ) -> Server {
        Server {
            lints,
            today,
            schemas,
            out,
            events,
            client: Client::default(),
            phase: Phase::Before,
            parent: None,
            folders: Vec::new(),
            buffers: Buffers::default(),
            wishes: Wishes::default(),
            jobs: None,
            generation: 0,
            looked: 0,
            stop: Arc::new(AtomicBool::new(false)),
            due: None,
            disk: false,
            edited: BTreeSet::new(),
            seen: BTreeMap::new(),
            pushed: BTreeMap::new(),
            asks_for_all: false,
            waiting: Vec::new(),
            gathering: Vec::new(),
            tickets: 0,
            next: 0,
            asked: BTreeSet::new(),
        }
    }

    /// Talks until the end, and gives the exit code.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn run(mut self, incoming: &Receiver<Event>) -> Result<u8, Error> {
        let mut poll = Instant::now() + POLL;
        let code = loop {
            let until = self.due.map_or(poll, |(due, _)| due.min(poll));
            let left = until.saturating_duration_since(Instant::now());
            match incoming.recv_timeout(left) {
                Ok(Event::Closed) | Err(RecvTimeoutError::Disconnected) => {
                    break u8::from(self.phase != Phase::After);
                }
                Ok(Event::Taken(Taken::Message(Message::Notification(it))))
                    if it.method == "exit" =>
                {
                    break u8::from(self.phase != Phase::After);
                }
                Ok(event) => self.take(event)?,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if self.due.is_some_and(|(due, _)| due <= now) {
                self.look();
            }
            if poll <= now {
                poll = now + POLL;
                if self.is_orphan() {
                    break 1;
                }
                if self.due.is_none() && self.looked == self.generation {
                    self.ask_checker(Job::Poll);
                }
            }
        };
        self.stop.store(true, Ordering::Relaxed);
        Ok(code)
    }

    fn is_orphan(&self) -> bool {
        let gone = |pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH);
        self.parent.is_some_and(gone)
    }

    fn take(&mut self, event: Event) -> Result<(), Error> {
        match event {
            Event::Taken(Taken::Refused(answer)) => self.out.refuse(answer),
            Event::Taken(Taken::Message(Message::Request(request))) => self.request(request)?,
            Event::Taken(Taken::Message(Message::Notification(it))) => {
                let told = engine::panics::catch(|| self.notification(&it.method, it.params));
                match told {
                    Ok(Ok(())) => {}
                    Ok(Err(words)) => self.log(2, &format!("{}: {words}", it.method)),
                    Err(place) => self.panicked(&place),
                }
            }
            Event::Taken(Taken::Message(Message::Response(response))) => self.response(response),
            Event::Looked(looked) => self.looked(looked),
            Event::Fixed { ticket, edits } => self.fixed(ticket, edits.as_deref()),
            Event::Said(said) => self.tell(said),
            Event::Stale => self.changed(true),
            Event::Closed => {}
        }
        Ok(())
    }

    // What the client asks.

    fn request(&mut self, request: Request) -> Result<(), Error> {
        let Request { id, method, params } = request;
        let answer = match (method.as_str(), self.phase) {
            ("initialize", Phase::Before) => match read(params) {
                Ok(initialize) => {
                    let result = self.initialize(initialize)?;
                    Some(Ok(result))
                }
                Err(error) => Some(Err(error)),
            },
            (_, Phase::Before) => Some(Err((
                ErrorCode::ServerNotInitialized,
                "`initialize` comes first".to_owned(),
            ))),
            (_, Phase::After) => Some(Err((
                ErrorCode::InvalidRequest,
                "after `shutdown` comes `exit`".to_owned(),
            ))),
            ("initialize", Phase::Running) => Some(Err((
                ErrorCode::InvalidRequest,
                "`initialize` comes once".to_owned(),
            ))),
            (method, Phase::Running) => {
                let answered = engine::panics::catch(|| self.answer(&id, method, params));
                match answered {
                    Ok(Ok(answer)) => answer.map(Ok),
                    Ok(Err(error)) => Some(Err(error)),
                    Err(place) => {
                        self.panicked(&place);
                        let words = format!("nivis panicked at {place}");
                        Some(Err((ErrorCode::InternalError, words)))
                    }
                }
            }
        };
        if let Some(answer) = answer {
            self.reply(id, answer);
        }
        Ok(())
    }

    fn reply(&self, id: RequestId, answer: Answer) {
        self.out.send(match answer {
            Ok(result) => Response::new_ok(id, result),
            Err((code, words)) => Response::new_err(id, code as i32, words),
        });
    }

    /// The answer to a request, or `None` when it comes later.
    fn answer(
        &mut self,
        id: &RequestId,
        method: &str,
        params: Value,
    ) -> Result<Option<Value>, (ErrorCode, String)> {
        match method {
            "shutdown" => {
                self.phase = Phase::After;
                self.stop.store(true, Ordering::Relaxed);
                Ok(Some(Value::Null))
            }
            "textDocument/diagnostic" => {
                let it: OfDocument = read(params)?;
                let waiting = Waiting::Document {
                    uri: it.text_document.uri,
                    previous: it.previous_result_id,
                };
                Ok(self.when_fresh(id, waiting))
            }
            "workspace/diagnostic" => {
                let it: OfWorkspace = read(params)?;
                self.asks_for_all = true;
                Ok(self.when_fresh(id, Waiting::Workspace(it.previous_result_ids)))
            }
            "textDocument/codeAction" => {
                let it: Actions = read(params)?;
                Ok(self.when_fresh(id, Waiting::Actions(it)))
            }
            "codeAction/resolve" => self.resolve(id, params),
            "textDocument/hover" => Ok(Some(self.hover(&read(params)?))),
            "workspace/executeCommand" => self.execute(&read(params)?).map(Some),
            _ => {
                let words = format!("nivis does not know `{method}`");
                Err((ErrorCode::MethodNotFound, words))
            }
        }
    }

    fn initialize(&mut self, it: Initialize) -> Result<Value, Error> {
        self.client = Client::of(&it.capabilities);
        self.parent = it
            .process_id
            .and_then(|pid| i32::try_from(pid).ok())
            .filter(|pid| *pid > 0)
            .and_then(rustix::process::Pid::from_raw);
        let folders = it.workspace_folders.unwrap_or_default();
        let mut uris: Vec<String> = folders.into_iter().map(|folder| folder.uri).collect();
        if uris.is_empty() {
            uris.extend(it.root_uri);
        }
        self.folders = uris.iter().filter_map(|it| uri::to_path(it)).collect();
        self.wish(&it.initialization_options);

        let (jobs, queue) = mpsc::channel();
        let (lints, today) = (self.lints.clone(), self.today);
        let (schemas, events) = (self.schemas.clone(), self.events.clone());
        let checker = Checker::new(lints, today, schemas, self.client, events)?;
        thread::Builder::new()
            .name("nivis-checker".to_owned())
            .spawn(move || checker.run(&queue))
            .map_err(|error| Error::new(format!("no threads: {error}")))?;
        self.jobs = Some(jobs);
        self.phase = Phase::Running;
        let mut result = json!({
            "capabilities": {
                "positionEncoding": self.client.encoding.as_str(),
                "textDocumentSync": {
                    "openClose": true,
                    "change": 2,
                    "save": { "includeText": false },
                },
                "codeActionProvider": {
                    "codeActionKinds": [actions::QUICK, actions::FIX_ALL],
                    "resolveProvider": true,
                },
                "hoverProvider": true,
                "workspace": {
                    "workspaceFolders": { "supported": true, "changeNotifications": true },
                },
                "executeCommandProvider": { "commands": ["nivis.explain", "nivis.recheck"] },
            },
            "serverInfo": { "name": "nivis", "version": report::VERSION },
        });
        if self.client.pulls {
            result["capabilities"]["diagnosticProvider"] = json!({
                "identifier": "nivis",
                "interFileDependencies": true,
                "workspaceDiagnostics": true,
            });
        }
        Ok(result)
    }

    fn hover(&self, it: &AtPlace) -> Value {
        let Some(buffer) = self.buffers.get(&it.text_document.uri) else {
            return Value::Null;
        };
        let settings = buffer.path.file_name() == Some(engine::config::FILE_NAME.as_ref());
        let lines = Lines::of(&buffer.text);
        let encoding = self.client.encoding;
        let offset = lines.offset(&buffer.text, it.position, encoding);
        let Some((name, at)) = hover::name_at(&buffer.text, offset, settings) else {
            return Value::Null;
        };
        let seen = self.seen.get(&*buffer.uri);
        let names = self.names(seen.map(|it| &**it));
        // The lints of this document come first, in the order of its settings.
        let known = self.lints.all.len() + seen.map_or(0, |it| it.rules.len());
        let levels = seen.and_then(|it| it.levels.clone());
        let level = |lint: usize| match &levels {
            Some(levels) if lint < known => levels.level(lint),
            _ => names.lints()[lint].level,
        };
        let Some(text) = hover::about(&names, name, level) else {
            return Value::Null;
        };
        json!({
            "contents": { "kind": "markdown", "value": text },
            "range": {
                "start": lines.position(&buffer.text, at.start, encoding),
                "end": lines.position(&buffer.text, at.end, encoding),
            },
        })
    }

    /// All lints by name: those of nivis, those that rules made for a document, then for all others.
    fn names(&self, first: Option<&Seen>) -> Names {
        let others = self.seen.values().map(|it| &**it);
        let rules = first.into_iter().chain(others).flat_map(|it| &it.rules);
        let mut lints = self.lints.all.clone();
        let mut met = BTreeSet::new();
        lints.extend(rules.filter(|it| met.insert(it.name)));
        Names::new(lints)
    }

    fn execute(&mut self, it: &Execute) -> Answer {
        match it.command.as_str() {
            "nivis.recheck" => {
                self.changed(true);
                Ok(Value::Null)
            }
            "nivis.explain" => {
                let name = it.arguments.first().and_then(Value::as_str);
                let names = self.names(None);
                let lint = name.and_then(|name| names.index(name));
                let lint = lint.ok_or_else(|| {
                    let words = "expected the name of a lint".to_owned();
                    (ErrorCode::InvalidParams, words)
                })?;
                Ok(json!(names.lints()[lint].page))
            }
            other => {
                let words = format!("nivis has no command `{other}`");
                Err((ErrorCode::InvalidParams, words))
            }
        }
    }

    // What the client tells.

    fn notification(&mut self, method: &str, params: Value) -> Result<(), String> {
        fn it<T: DeserializeOwned>(params: Value) -> Result<T, String> {
            read(params).map_err(|(_, words)| words)
        }
        if method == "$/cancelRequest" {
            self.cancel(&params);
            return Ok(());
        }
        if self.phase != Phase::Running {
            return Ok(());
        }
        match method {
            "initialized" => self.begin(),
            "textDocument/didOpen" => {
                let it: OfDocument = it(params)?;
                self.edited.insert(it.text_document.uri.clone());
                if self.buffers.open(it.text_document) {
                    self.changed(false);
                }
            }
            "textDocument/didChange" => {
                let it: Changed = it(params)?;
                self.edited.insert(it.text_document.uri.clone());
                let encoding = self.client.encoding;
                if self
                    .buffers
                    .change(&it.text_document, it.content_changes, encoding)
                {
                    self.changed(false);
                }
            }
            "textDocument/didClose" => {
                let it: OfDocument = it(params)?;
                if self.buffers.close(&it.text_document.uri) {
                    self.changed(false);
                }
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                if method.starts_with("workspace") {
                    let it: Watched = it(params)?;
                    if it.changes.is_empty() {
                        return Ok(());
                    }
                }
                self.changed(true);
            }
            "workspace/didChangeWorkspaceFolders" => {
                let it: FoldersChanged = it(params)?;
                let gone: Vec<PathBuf> = paths(&it.event.removed);
                self.folders.retain(|folder| !gone.contains(folder));
                self.folders.extend(paths(&it.event.added));
                self.changed(true);
            }
            "workspace/didChangeConfiguration" => match params.pointer("/settings/nivis") {
                Some(settings) => {
                    let settings = settings.clone();
                    self.wish(&settings);
                    self.changed(false);
                }
                None => self.ask_settings(),
            },
            _ => {}
        }
        Ok(())
    }

    /// The client is ready: it may be asked for things.
    fn begin(&mut self) {
        let mut registrations = Vec::new();
        if self.client.watches {
            let globs = [
                "**/*.nix",
                "**/flake.lock",
                "**/*.toml",
                "**/*.{yaml,yml}",
                "**/*.sh",
                "**/.git/index",
                "**/.git/HEAD",
            ];
            let watchers: Vec<Value> = globs
                .iter()
                .map(|it| json!({ "globPattern": it }))
                .collect();
            registrations.push(json!({
                "id": "nivis-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            }));
        }
        if self.client.tells_settings {
            registrations.push(json!({
                "id": "nivis-settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": { "section": "nivis" },
            }));
        }
        if !registrations.is_empty() {
            let params = json!({ "registrations": registrations });
            self.ask("client/registerCapability", params);
        }
        self.ask_settings();
        self.changed(true);
    }

    fn ask_settings(&mut self) {
        if self.client.has_settings {
            let params = json!({ "items": [{ "section": "nivis" }] });
            let number = self.ask("workspace/configuration", params);
            self.asked.insert(number);
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> i32 {
        let number = self.next;
        self.next += 1;
        self.out
            .send(Request::new(number.into(), method.to_owned(), params));
        number
    }

    fn response(&mut self, response: Response) {
        let ours = self
            .asked
            .iter()
            .find(|it| response.id == RequestId::from(**it));
        let Some(number) = ours.copied() else { return };
        self.asked.remove(&number);
        // Nothing set is no wish: what came with `initialize` holds on.
        if let Ok(Value::Array(settings)) = response.response_result
            && let Some(settings) = settings.first().filter(|it| !it.is_null())
        {
            self.wish(settings);
            self.changed(false);
        }
    }

    /// Takes the settings of the editor, if they make sense.
    fn wish(&mut self, settings: &Value) {
        let wishes = Wishes::read(settings).and_then(|wishes| {
            let flags = Flags {
                level: wishes.level.clone(),
                ..Flags::default()
            };
            let lints = self.lints.clone();
            Settings::discover(&flags, Path::new("/"), None, lints)
                .map(|_| wishes)
                .map_err(|error| error.message.replace("--level: ", "`level`: "))
        });
        match wishes {
            Ok(wishes) => self.wishes = wishes,
            Err(words) => self.show(&format!("nivis: the settings of the editor: {words}")),
        }
    }

    fn cancel(&mut self, params: &Value) {
        let id = match params.get("id") {
            Some(Value::String(word)) => RequestId::from(word.clone()),
            Some(id) => match id.as_i64().and_then(|id| i32::try_from(id).ok()) {
                Some(number) => RequestId::from(number),
                None => return,
            },
            None => return,
        };
        let open = self.waiting.len() + self.gathering.len();
        self.waiting.retain(|(it, _)| *it != id);
        self.gathering.retain(|it| it.id != id);
        if self.waiting.len() + self.gathering.len() < open {
            let words = "cancelled".to_owned();
            self.reply(id, Err((ErrorCode::RequestCanceled, words)));
        }
    }

    // What the checker does.

    /// Something is different.
    fn changed(&mut self, disk: bool) {
        let idle = self.due.is_none() && self.looked == self.generation;
        self.generation += 1;
        self.disk |= disk;
        self.stop.store(true, Ordering::Relaxed);
        let now = Instant::now();
        // Whatever changes on the disk mostly changes in several places.
        if idle && !disk {
            self.due = Some((now, now));
            return;
        }
        let first = self.due.map_or(now, |(_, first)| first);
        self.due = Some(((now + PAUSE).min(first + LONGEST_PAUSE), first));
    }

    /// Begins to check the newest state.
    fn look(&mut self) {
        self.due = None;
        self.stop = Arc::new(AtomicBool::new(false));
        let look = Look {
            generation: self.generation,
            buffers: self.buffers.all(),
            folders: self.folders.clone(),
            disk: std::mem::take(&mut self.disk),
            wishes: self.wishes.clone(),
            stop: Arc::clone(&self.stop),
        };
        self.ask_checker(Job::Look(look));
    }

    fn ask_checker(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // It ends after us.
            let _ = jobs.send(job);
        }
    }

    /// Keeps a request until there are findings of the newest state; then gives the answer.
    fn when_fresh(&mut self, id: &RequestId, waiting: Waiting) -> Option<Value> {
        if self.due.is_some() {
            // Somebody waits: no pause.
            self.look();
        }
        if self.looked == self.generation && self.generation > 0 {
            return self.findings(id, waiting);
        }
        self.waiting.push((id.clone(), waiting));
        None
    }

    fn looked(&mut self, looked: Looked) {
        self.tell(looked.said);
        if looked.generation != self.generation {
            return;
        }
        self.looked = looked.generation;
        let before = std::mem::replace(&mut self.seen, looked.seen);
        self.push();
        self.refresh(&before);
        self.edited.clear();
        for (id, waiting) in std::mem::take(&mut self.waiting) {
            if let Some(answer) = self.findings(&id, waiting) {
                self.reply(id, Ok(answer));
            }
        }
    }

    /// Tells what the client does not ask for.
    fn push(&mut self) {
        let mut told = BTreeMap::new();
        for (uri, seen) in &self.seen {
            let wanted = match self.buffers.get(uri) {
                Some(_) => !self.client.pulls,
                None => self.wishes.unopened && !self.asks_for_all,
            };
            let known = self.pushed.remove(uri);
            if !wanted || (known.is_none() && seen.version.is_none() && seen.diagnostics.is_empty())
            {
                if known.is_some() {
                    self.publish(uri, None, &json!([]));
                }
                continue;
            }
            let now = (seen.result.clone(), seen.version);
            if known.as_ref() != Some(&now) {
                self.publish(uri, seen.version, &json!(seen.diagnostics));
            }
            told.insert(Arc::clone(uri), now);
        }
        for uri in std::mem::replace(&mut self.pushed, told).keys() {
            self.publish(uri, None, &json!([]));
        }
    }

    fn publish(&self, uri: &str, version: Option<i64>, diagnostics: &Value) {
        let mut params = json!({ "uri": uri, "diagnostics": diagnostics });
        if let Some(version) = version {
            params["version"] = version.into();
        }
        self.out.notify("textDocument/publishDiagnostics", params);
    }

    /// Bids the client to ask again, when there is something that it does not ask for by itself.
    fn refresh(&mut self, before: &BTreeMap<Arc<str>, Arc<Seen>>) {
        let asks =
            |uri: &str| self.asks_for_all || (self.client.pulls && self.buffers.get(uri).is_some());
        let result = |of: &BTreeMap<Arc<str>, Arc<Seen>>, uri: &str| {
            let seen = of.get(uri).filter(|seen| !seen.diagnostics.is_empty());
            seen.map(|seen| seen.result.clone())
        };
        let other = before.keys().chain(self.seen.keys()).any(|uri| {
            asks(uri)
                && !self.edited.contains(&**uri)
                && result(before, uri) != result(&self.seen, uri)
        });
        if other && self.client.refresh {
            self.ask("workspace/diagnostic/refresh", Value::Null);
        }
    }

    /// The answer to a request, out of the findings that are there; `None` when it needs fixes first.
    fn findings(&mut self, id: &RequestId, waiting: Waiting) -> Option<Value> {
        match waiting {
            Waiting::Document { uri, previous } => {
                Some(report_of(self.seen.get(uri.as_str()), previous.as_deref()))
            }
            Waiting::Workspace(previous) => {
                let known = |uri: &str| previous.iter().find(|it| it.uri == uri);
                let mut items = Vec::new();
                for (uri, seen) in &self.seen {
                    let known = known(uri).map(|it| it.value.as_str());
                    let silent = seen.diagnostics.is_empty() || !self.wishes.unopened;
                    if known.is_none() && silent && seen.version.is_none() {
                        continue;
                    }
                    let mut item = report_of(Some(seen), known);
                    item["uri"] = json!(&**uri);
                    item["version"] = json!(seen.version);
                    items.push(item);
                }
                for it in &previous {
                    if !self.seen.contains_key(it.uri.as_str()) {
                        let mut item = report_of(None, Some(&it.value));
                        item["uri"] = json!(it.uri);
                        item["version"] = Value::Null;
                        items.push(item);
                    }
                }
                Some(json!({ "items": items }))
            }
            Waiting::Actions(wanted) => self.actions(id, &wanted),
        }
    }

    fn actions(&mut self, id: &RequestId, wanted: &Actions) -> Option<Value> {
        let uri = wanted.text_document.uri.as_str();
        let (Some(seen), Some(buffer)) = (self.seen.get(uri), self.buffers.get(uri)) else {
            return Some(json!([]));
        };
        let actions = actions::at(seen, wanted, self.client);
        let mut gathering = Gathering {
            id: id.clone(),
            uri: uri.to_owned(),
            version: buffer.version,
            actions: Vec::new(),
            left: BTreeMap::new(),
            chosen: false,
        };
        let buffer = buffer.clone();
        for Action { value, open } in actions {
            if let (Some(lint), false) = (open, self.client.resolves) {
                self.tickets += 1;
                gathering.left.insert(self.tickets, gathering.actions.len());
                self.ask_checker(Job::Fix(Fix {
                    ticket: self.tickets,
                    buffer: buffer.clone(),
                    lint,
                }));
            }
            gathering.actions.push(value);
        }
        if gathering.left.is_empty() {
            return Some(json!(gathering.actions));
        }
        self.gathering.push(gathering);
        None
    }

    /// Makes the edits of an action that the user chose.
    fn resolve(
        &mut self,
        id: &RequestId,
        action: Value,
    ) -> Result<Option<Value>, (ErrorCode, String)> {
        let Some(data) = action.get("data").filter(|it| it.is_object()) else {
            return Ok(Some(action));
        };
        let uri = data["uri"].as_str().unwrap_or_default();
        let buffer = self.buffers.get(uri).cloned();
        let version = data["version"].as_i64();
        let buffer = buffer.filter(|it| Some(it.version) == version);
        let lint = data["lint"].as_str().map(str::to_owned);
        let Some(buffer) = buffer else {
            return Err(modified());
        };
        self.tickets += 1;
        self.gathering.push(Gathering {
            id: id.clone(),
            uri: uri.to_owned(),
            version: buffer.version,
            actions: vec![action],
            left: BTreeMap::from([(self.tickets, 0)]),
            chosen: true,
        });
        self.ask_checker(Job::Fix(Fix {
            ticket: self.tickets,
            buffer,
            lint,
        }));
        Ok(None)
    }

    /// The edits of one action are there, or the document changed.
    fn fixed(&mut self, ticket: u64, edits: Option<&[crate::protocol::TextEdit]>) {
        let found = self
            .gathering
            .iter()
            .position(|it| it.left.contains_key(&ticket));
        let Some(at) = found else { return };
        let version = self
            .buffers
            .get(&self.gathering[at].uri)
            .map(|it| it.version);
        let Some(edits) = edits.filter(|_| version == Some(self.gathering[at].version)) else {
            let gathering = self.gathering.remove(at);
            self.reply(gathering.id, Err(modified()));
            return;
        };
        let gathering = &mut self.gathering[at];
        let index = gathering.left.remove(&ticket).unwrap_or_default();
        gathering.actions[index] = if edits.is_empty() && !gathering.chosen {
            // Nothing that could be done without breaking something else.
            Value::Null
        } else {
            let mut action = gathering.actions[index].take();
            let edit = actions::workspace_edit(&gathering.uri, version, edits, self.client);
            action["edit"] = edit;
            if let Some(action) = action.as_object_mut() {
                action.remove("data");
            }
            action
        };
        if gathering.left.is_empty() {
            let mut gathering = self.gathering.remove(at);
            gathering.actions.retain(|it| !it.is_null());
            let answer = if gathering.chosen {
                gathering.actions.pop().unwrap_or_default()
            } else {
                json!(gathering.actions)
            };
            self.reply(gathering.id, Ok(answer));
        }
    }

    // What the user is told.

    fn tell(&self, said: Vec<Said>) {
        for it in said {
            if it.shown {
                self.show(&it.words);
            } else {
                self.log(3, &it.words);
            }
        }
    }

    fn show(&self, words: &str) {
        let message = report::sanitise::text(words);
        self.out.notify(
            "window/showMessage",
            json!({ "type": 1, "message": message }),
        );
    }

    fn log(&self, level: u8, words: &str) {
        let message = report::sanitise::text(words);
        self.out.notify(
            "window/logMessage",
            json!({ "type": level, "message": message }),
        );
    }

    fn panicked(&self, place: &str) {
        self.log(
            1,
            &format!(
                "nivis {} panicked at {place}: please report this",
                report::VERSION
            ),
        );
    }
}

fn modified() -> (ErrorCode, String) {
    let words = "the document changed meanwhile".to_owned();
    (ErrorCode::ContentModified, words)
}

fn paths(folders: &[crate::protocol::Folder]) -> Vec<PathBuf> {
    let paths = folders.iter().filter_map(|it| uri::to_path(&it.uri));
    paths.collect()
}

/// What a client gets that asks for a document; only the name of the answer, when it has it.
fn report_of(seen: Option<&Arc<Seen>>, known: Option<&str>) -> Value {
    const NOTHING: &str = "0";
    let result = match seen {
        Some(seen) if !seen.diagnostics.is_empty() => seen.result.as_str(),
        _ => NOTHING,
    };
    if known == Some(result) {
        return json!({ "kind": "unchanged", "resultId": result });
    }
    let items = seen.map_or(&[][..], |seen| &seen.diagnostics);
    json!({ "kind": "full", "resultId": result, "items": items })
}

/// The parameters of a message.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|error| {
        // The parser may quote a value of the wrong type, and that may be a document.
        let words = format!("the parameters are not understood ({:?})", error.classify());
        (ErrorCode::InvalidParams, words)
    })
}
