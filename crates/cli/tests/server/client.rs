//! A client of the language server, as small as it can be: it speaks to the real program over its pipes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take: a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client with its server.
pub struct Client {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    next: i32,
    /// Messages that were read and not asked for yet.
    held: RefCell<Vec<Value>>,
    /// Every message of the server, as text.
    pub heard: RefCell<String>,
    /// What it answers when it is asked for its settings.
    pub settings: Value,
    /// How often it was bidden to ask again.
    pub refreshed: usize,
}

impl Client {
    /// Starts a server and does not speak to it.
    pub fn start(folder: &Path) -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nivis"))
            .args(["server", "--stdio"])
            .current_dir(folder)
            .env_clear()
            .env("NIVIS_CACHE_DIR", folder.join(".cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (send, from) = mpsc::channel();
        std::thread::spawn(move || {
            loop {
                let mut length = 0;
                let mut line = String::new();
                while out.read_line(&mut line).unwrap_or(0) > 0 && !line.trim().is_empty() {
                    if let Some(number) = line.strip_prefix("Content-Length: ") {
                        length = number.trim().parse().unwrap();
                    }
                    line.clear();
                }
                let mut bytes = vec![0; length];
                if length == 0 || out.read_exact(&mut bytes).is_err() {
                    return;
                }
                if send.send(serde_json::from_slice(&bytes).unwrap()).is_err() {
                    return;
                }
            }
        });
        Client {
            to: child.stdin.take(),
            child,
            from,
            next: 0,
            held: RefCell::default(),
            heard: RefCell::default(),
            settings: Value::Null,
            refreshed: 0,
        }
    }

    /// Starts a server for a folder, with what the client can do.
    pub fn open(folder: &Path, capabilities: &Value) -> Client {
        Client::with(folder, capabilities, Value::Null)
    }

    /// The same, with settings of the editor.
    pub fn with(folder: &Path, capabilities: &Value, options: Value) -> Client {
        let mut client = Client::start(folder);
        let answer = client.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "rootUri": uri(folder),
                "workspaceFolders": [{ "uri": uri(folder), "name": "it" }],
                "capabilities": capabilities,
                "initializationOptions": options,
            }),
        );
        assert!(answer["result"]["capabilities"].is_object(), "{answer}");
        client.notify("initialized", json!({}));
        client
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        let to = self.to.as_mut().unwrap();
        // A server that is gone takes nothing; whoever waits for its words will see.
        let _ = to.write_all(bytes).and_then(|()| to.flush());
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks, and does not wait.
    pub fn ask(&mut self, method: &str, params: Value) -> i32 {
        let id = self.next;
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Asks, and waits for the answer.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// The answer to a question.
    pub fn answer(&mut self, id: i32) -> Value {
        self.wait("an answer", |it| {
            it["id"] == id && it.get("method").is_none()
        })
    }

    /// The next message, answered if it is a question; `None` at the end.
    fn next(&mut self, patience: Duration) -> Option<Value> {
        let message = self.from.recv_timeout(patience).ok()?;
        self.heard.borrow_mut().push_str(&message.to_string());
        self.heard.borrow_mut().push('\n');
        if let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) {
            let result = match method {
                "workspace/configuration" => json!([self.settings]),
                "workspace/diagnostic/refresh" => {
                    self.refreshed += 1;
                    Value::Null
                }
                _ => Value::Null,
            };
            let id = id.clone();
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
        }
        Some(message)
    }

    /// Waits for a message; others are kept.
    pub fn wait(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let held = self.held.borrow().iter().position(&is);
        if let Some(at) = held {
            return self.held.borrow_mut().remove(at);
        }
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            match self.next(end - Instant::now()) {
                Some(message) if is(&message) => return message,
                Some(message) => self.held.borrow_mut().push(message),
                None => break,
            }
        }
        panic!("waited for {what} in vain; heard:\n{}", self.heard.borrow());
    }

    /// Everything that comes until there is silence.
    pub fn quiet(&mut self) -> Vec<Value> {
        let mut all = self.held.take();
        while let Some(message) = self.next(Duration::from_millis(400)) {
            all.push(message);
        }
        all
    }

    pub fn did_open(&mut self, path: &Path, text: &str) {
        let document = json!({ "uri": uri(path), "languageId": "nix", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// A new text for a document.
    pub fn did_change(&mut self, path: &Path, version: i64, text: &str) {
        let document = json!({ "uri": uri(path), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.notify("textDocument/didChange", params);
    }

    pub fn did(&mut self, what: &str, path: &Path) {
        let params = json!({ "textDocument": { "uri": uri(path) } });
        self.notify(&format!("textDocument/did{what}"), params);
    }

    /// Says that files changed on the disk.
    pub fn watched(&mut self, paths: &[&Path]) {
        let changes: Vec<Value> = paths
            .iter()
            .map(|path| json!({ "uri": uri(path), "type": 2 }))
            .collect();
        self.notify(
            "workspace/didChangeWatchedFiles",
            json!({ "changes": changes }),
        );
    }

    /// The next diagnostics pushed for a file, or those of a version.
    pub fn pushed(&mut self, path: &Path, version: Option<i64>) -> Value {
        let uri = uri(path);
        let message = self.wait(&format!("diagnostics of {uri} {version:?}"), |it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == uri.as_str()
                && version.is_none_or(|version| it["params"]["version"] == version)
        });
        message["params"]["diagnostics"].clone()
    }

    /// Pulls the diagnostics of a document.
    pub fn pull(&mut self, path: &Path, previous: Option<&str>) -> Value {
        let document = json!({ "uri": uri(path) });
        let params = json!({ "textDocument": document, "previousResultId": previous });
        self.request("textDocument/diagnostic", params)["result"].clone()
    }

    /// The actions for a range.
    pub fn actions(&mut self, path: &Path, range: &Value, only: Option<&str>) -> Vec<Value> {
        let mut context = json!({ "diagnostics": [] });
        if let Some(only) = only {
            context["only"] = json!([only]);
        }
        let document = json!({ "uri": uri(path) });
        let params = json!({ "textDocument": document, "range": range, "context": context });
        let answer = self.request("textDocument/codeAction", params);
        answer["result"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
            .clone()
    }

    /// `shutdown` and `exit`; gives the exit code.
    pub fn close(mut self) -> Option<i32> {
        let answer = self.request("shutdown", Value::Null);
        assert!(answer["result"].is_null() && answer.get("error").is_none());
        self.notify("exit", Value::Null);
        self.wait_for_end()
    }

    /// Closes stdin and waits.
    pub fn hang_up(mut self) -> Option<i32> {
        self.to = None;
        self.wait_for_end()
    }

    fn wait_for_end(mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server does not end");
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of a path without odd characters.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The lints of diagnostics, with the line of each, sorted.
pub fn lints(diagnostics: &Value) -> Vec<(u64, String)> {
    let all = diagnostics
        .as_array()
        .unwrap_or_else(|| panic!("{diagnostics}"));
    let mut found: Vec<(u64, String)> = all
        .iter()
        .map(|it| {
            let line = it["range"]["start"]["line"].as_u64().unwrap();
            (line, it["code"].as_str().unwrap().to_owned())
        })
        .collect();
    found.sort();
    found
}

/// A text after the edits of an action for one document.
pub fn applied(action: &Value, path: &Path, text: &str) -> String {
    let edits = match &action["edit"]["documentChanges"] {
        Value::Array(changes) => {
            assert_eq!(changes.len(), 1, "{action}");
            assert_eq!(changes[0]["textDocument"]["uri"], uri(path).as_str());
            assert!(changes[0]["textDocument"]["version"].is_i64(), "{action}");
            changes[0]["edits"].clone()
        }
        _ => action["edit"]["changes"][uri(path)].clone(),
    };
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let start = starts[line];
        let mut left = place["character"].as_u64().unwrap();
        for (at, c) in text[start..].char_indices() {
            if left == 0 {
                return start + at;
            }
            left -= c.len_utf16() as u64;
        }
        text.len()
    };
    let mut pieces: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for edit in edits.as_array().unwrap_or_else(|| panic!("{action}")) {
        let at = (
            offset(&edit["range"]["start"]),
            offset(&edit["range"]["end"]),
        );
        let text = edit["newText"].as_str().unwrap();
        pieces.entry(at).or_default().push_str(text);
    }
    let mut new = text.to_owned();
    for ((start, end), piece) in pieces.into_iter().rev() {
        new.replace_range(start..end, &piece);
    }
    new
}

/// A place without a finding is everywhere.
pub fn everywhere() -> Value {
    json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9999, "character": 0 } })
}

/// The path of a file in a folder, as the system knows it.
pub fn at(folder: &Path, path: &str) -> PathBuf {
    folder.join(path)
}
