//! The language server as editors meet it: messages in, messages out, on the real program.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "these tests make folders and start programs"
)]

#[path = "server/client.rs"]
mod client;
#[path = "server/latency.rs"]
mod latency;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use client::{Client, applied, at, everywhere, lints, uri};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with files that is thrown away, and its path without links.
fn folder(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    for (path, text) in files {
        put(&root.join(path), text);
    }
    (folder, root)
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// `git` in a folder; false where there is none.
fn git(folder: &Path, arguments: &[&str]) -> bool {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .output();
    if let Ok(done) = done {
        assert!(done.status.success(), "{arguments:?}: {done:?}");
        return true;
    }
    skip("git");
    false
}

fn skip(tool: &str) {
    let required = std::env::var_os("NIVIS_REQUIRE_TOOLS").is_some();
    assert!(!required, "{tool} is missing");
    println!("skipped: {tool} is missing");
}

fn named(line: u64, lint: &str) -> (u64, String) {
    (line, lint.to_owned())
}

/// What an editor can do that is told of findings.
fn pushing() -> Value {
    json!({
        "textDocument": { "publishDiagnostics": { "relatedInformation": true } },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
    })
}

/// What an editor can do that asks for findings.
fn pulling() -> Value {
    json!({
        "textDocument": {
            "diagnostic": {},
            "codeAction": { "resolveSupport": { "properties": ["edit"] } },
        },
        "workspace": {
            "diagnostics": { "refreshSupport": true },
            "configuration": true,
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "workspaceEdit": { "documentChanges": true },
        },
    })
}

/// A `let` of which nothing is used.
const UNUSED: &str = "let\n  a = 1;\n  b = 2;\nin\nb\n";
const USED: &str = "let\n  b = 2;\nin\nb\n";

#[test]
fn what_is_declared_is_kept_for_the_next_run() {
    let list =
        r#"{ "programs.git.enable": { "loc": ["programs", "git", "enable"], "type": "boolean" } }"#;
    let settings = "[options]\njson.home = \"options.json\"\n\
        [repository]\nclass = { \"home.nix\" = \"home\" }\n";
    let (_folder, root) = folder(&[
        ("nivis.toml", settings),
        ("options.json", list),
        ("home.nix", "{ programs.git.enabel = true; }\n"),
    ]);
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut client = Client::open(&root, &pushing());
        let found = client.pushed(&at(&root, "home.nix"), None);
        assert_eq!(lints(&found), [named(0, "unknown-option")]);
        // It is written once the findings are on their way.
        let begin = Instant::now();
        let entries = loop {
            let entries = fs::read_dir(root.join(".cache/options"));
            let names = entries.into_iter().flatten().flatten();
            let names: Vec<_> = names.map(|it| it.file_name()).collect();
            // A name with a dot before it is still being written.
            let whole = |it: &std::ffi::OsString| {
                let name = it.to_string_lossy();
                name.ends_with(".schema") && !name.starts_with('.')
            };
            if !names.is_empty() && names.iter().all(whole) {
                break names;
            }
            assert!(begin.elapsed().as_secs() < 60, "nothing was kept");
            std::thread::sleep(std::time::Duration::from_millis(10));
        };
        assert_eq!(entries.len(), 1);
        kept.push(entries);
    }
    assert_eq!(kept[0], kept[1]);
}

#[test]
fn findings_of_open_and_other_files_are_pushed() {
    let (_folder, root) = folder(&[("nivis.toml", ""), ("a.nix", UNUSED), ("b.nix", USED)]);
    let (a, b) = (at(&root, "a.nix"), at(&root, "b.nix"));
    let mut client = Client::open(&root, &pushing());
    let found = client.pushed(&a, None);
    assert_eq!(lints(&found), [named(1, "unused-let")]);
    assert_eq!(found[0]["source"], "nivis");
    assert_eq!(found[0]["severity"], 2);
    assert_eq!(found[0]["tags"], json!([1]));
    assert_eq!(found[0]["data"].as_str().unwrap().len(), 32);
    client.did_open(&a, UNUSED);
    assert_eq!(lints(&client.pushed(&a, Some(1))).len(), 1);
    client.did_change(&a, 2, USED);
    assert_eq!(client.pushed(&a, Some(2)), json!([]));
    client.did_open(&b, &format!("# above\n{UNUSED}"));
    assert_eq!(lints(&client.pushed(&b, Some(1))), [named(2, "unused-let")]);
    // Closing goes back to the disk.
    client.did("Close", &a);
    assert_eq!(lints(&client.pushed(&a, None)), [named(1, "unused-let")]);
    client.did("Close", &b);
    assert_eq!(client.pushed(&b, None), json!([]));
    assert_eq!(client.close(), Some(0));
}

#[test]
fn a_client_that_asks_is_not_told() {
    let (_folder, root) = folder(&[("nivis.toml", ""), ("a.nix", UNUSED), ("b.nix", UNUSED)]);
    let (a, b) = (at(&root, "a.nix"), at(&root, "b.nix"));
    let mut client = Client::open(&root, &pulling());
    client.did_open(&a, UNUSED);
    let report = client.pull(&a, None);
    assert_eq!(report["kind"], "full");
    assert_eq!(lints(&report["items"]), [named(1, "unused-let")]);
    let name = report["resultId"].as_str().unwrap().to_owned();
    let again = client.pull(&a, Some(&name));
    assert_eq!(again, json!({ "kind": "unchanged", "resultId": name }));
    client.did_change(&a, 2, &format!("# above\n{UNUSED}"));
    let report = client.pull(&a, Some(&name));
    assert_eq!(lints(&report["items"]), [named(2, "unused-let")]);
    // What nobody asks for is pushed: the other file, and not this one.
    let pushes: Vec<Value> = client.quiet();
    let told = |path: &Path| {
        let uri = uri(path);
        pushes
            .iter()
            .filter(move |it| it["params"]["uri"] == uri.as_str())
            .count()
    };
    assert_eq!((told(&a), told(&b)), (0, 1));

    // Of the whole workspace: the pushed findings are taken back.
    let all = client.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let items = all["result"]["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 2, "{items:?}");
    assert_eq!(items[0]["version"], 2);
    let known: Vec<Value> = items
        .iter()
        .map(|it| json!({ "uri": it["uri"], "value": it["resultId"] }))
        .collect();
    put(&b, USED);
    client.watched(&[&b]);
    let all = client.request(
        "workspace/diagnostic",
        json!({ "previousResultIds": known }),
    );
    let items = all["result"]["items"].as_array().unwrap().clone();
    let kinds: Vec<&str> = items
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["unchanged", "full"]);
    assert_eq!(items[1]["items"], json!([]));
    assert_eq!(client.pushed(&b, None), json!([]));
    client.quiet();
    assert_eq!(client.refreshed, 1, "{}", client.heard.borrow());
    assert_eq!(client.close(), Some(0));
}

#[test]
fn characters_are_counted_as_agreed() {
    let text = "{\n  \"𐐀é\" = let a = 1; in 2;\n}\n";
    for (offered, chosen, character) in [
        (json!(["utf-16", "utf-8"]), "utf-8", 17),
        (json!(["utf-32", "utf-16"]), "utf-32", 13),
        (json!(["utf-16"]), "utf-16", 14),
        (Value::Null, "utf-16", 14),
    ] {
        let (_folder, root) = folder(&[("nivis.toml", "")]);
        let mut client = Client::start(&root);
        let capabilities = json!({ "general": { "positionEncodings": offered } });
        let params = json!({ "rootUri": uri(&root), "capabilities": capabilities });
        let answer = client.request("initialize", params);
        assert_eq!(answer["result"]["capabilities"]["positionEncoding"], chosen);
        client.notify("initialized", json!({}));
        let path = at(&root, "a.nix");
        client.did_open(&path, text);
        let found = client.pushed(&path, Some(1));
        let start = &found[0]["range"]["start"];
        assert_eq!(
            *start,
            json!({ "line": 1, "character": character }),
            "{chosen}"
        );
        // Behind the astral character: `a` becomes `aa`.
        let place = json!({ "line": 1, "character": character + 1 });
        let change = json!({ "range": { "start": place, "end": place }, "text": "a" });
        let document = json!({ "uri": uri(&path), "version": 2 });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        client.notify("textDocument/didChange", params);
        let found = client.pushed(&path, Some(2));
        assert!(
            found[0]["message"].as_str().unwrap().contains("`aa`"),
            "{found}"
        );
    }
}

#[test]
fn a_buffer_decides_for_other_files_too() {
    let (_folder, root) = folder(&[
        (
            "flake.nix",
            "{ outputs = { ... }: { x = import ./a.nix; }; }\n",
        ),
        ("a.nix", "{ imports = [ ./b.nix ]; }\n"),
    ]);
    let has_git = git(&root, &["init", "-q"]) && git(&root, &["add", "-A"]);
    let (a, b) = (at(&root, "a.nix"), at(&root, "b.nix"));
    let mut client = Client::open(&root, &pushing());
    let found = lints(&client.pushed(&a, None));
    assert_eq!(found, [named(0, "missing-import")]);
    // A file that is not written yet is there for imports.
    client.did_open(&b, "{ }\n");
    let found = lints(&client.pushed(&a, None));
    if !has_git {
        return;
    }
    assert_eq!(found, [named(0, "untracked-import")]);
    put(&b, "{ }\n");
    client.did("Save", &b);
    // Nobody tells of the index: the server looks by itself.
    git(&root, &["add", "b.nix"]);
    assert_eq!(client.pushed(&a, None), json!([]));
}

#[test]
fn settings_are_reloaded_and_broken_ones_do_no_harm() {
    let (_folder, root) = folder(&[("nivis.toml", ""), ("a.nix", UNUSED)]);
    let (a, settings) = (at(&root, "a.nix"), at(&root, "nivis.toml"));
    let mut client = Client::open(&root, &pushing());
    assert_eq!(lints(&client.pushed(&a, None)).len(), 1);
    put(&settings, "[levels]\nunused-lte = \"off\"\n");
    client.watched(&[&settings]);
    let found = client.pushed(&settings, None);
    assert_eq!(lints(&found), [named(1, "settings")]);
    assert!(
        found[0]["message"]
            .as_str()
            .unwrap()
            .contains("did you mean `unused-let`")
    );
    let shown = client.wait("a message", |it| it["method"] == "window/showMessage");
    assert!(
        shown["params"]["message"]
            .as_str()
            .unwrap()
            .contains("nivis.toml:2:1")
    );
    client.did_open(&a, UNUSED);
    assert_eq!(lints(&client.pushed(&a, Some(1))).len(), 1);
    assert!(
        !client
            .quiet()
            .iter()
            .any(|it| it["method"] == "window/showMessage")
    );
    // A buffer of the settings holds as well.
    client.did_open(&settings, "[levels]\nunused-let = \"error\"\n");
    assert_eq!(client.pushed(&settings, None), json!([]));
    assert_eq!(client.pushed(&a, Some(1))[0]["severity"], 1);
    put(&settings, "[levels]\nunused-let = \"off\"\n");
    client.did("Save", &settings);
    client.did("Close", &settings);
    assert_eq!(client.pushed(&a, Some(1)), json!([]));
}

#[test]
fn settings_of_the_editor() {
    let (_folder, root) = folder(&[("nivis.toml", ""), ("a.nix", UNUSED), ("b.nix", UNUSED)]);
    let (a, b) = (at(&root, "a.nix"), at(&root, "b.nix"));
    let options = json!({ "level": { "unused-let": "error" }, "unopened": "none" });
    let mut client = Client::with(&root, &pushing(), options);
    client.did_open(&a, UNUSED);
    assert_eq!(client.pushed(&a, Some(1))[0]["severity"], 1);
    let pushes = client.quiet();
    assert!(
        !pushes
            .iter()
            .any(|it| it["params"]["uri"] == uri(&b).as_str()),
        "{pushes:?}"
    );
    let settings = |settings: Value| json!({ "settings": { "nivis": settings } });
    let changed = "workspace/didChangeConfiguration";
    client.notify(
        changed,
        settings(json!({ "level": { "unused-let": "off" } })),
    );
    assert_eq!(client.pushed(&a, Some(1)), json!([]));
    client.notify(
        changed,
        settings(json!({ "level": { "unused-lte": "off" } })),
    );
    let shown = client.wait("a message", |it| it["method"] == "window/showMessage");
    assert!(
        shown["params"]["message"]
            .as_str()
            .unwrap()
            .contains("unused-lte")
    );

    let mut client = Client::start(&root);
    client.settings = json!({ "minLevel": "error" });
    let params = json!({ "rootUri": uri(&root), "capabilities": pulling() });
    client.request("initialize", params);
    client.notify("initialized", json!({}));
    client.wait("a question", |it| it["method"] == "workspace/configuration");
    client.quiet();
    assert_eq!(client.pull(&a, None)["items"], json!([]));
}

#[test]
fn fixes_are_offered_and_lead_where_they_should() {
    let text = "let\n  a = 1;\n  b = 2;\n  c = let in 3;\nin\n[ (let in 4) c ]\n";
    for (capabilities, resolves) in [(pushing(), false), (pulling(), true)] {
        let (_folder, root) = folder(&[("nivis.toml", "")]);
        let path = at(&root, "a.nix");
        let mut client = Client::open(&root, &capabilities);
        client.did_open(&path, text);
        let place = json!({ "line": 1, "character": 2 });
        let range = json!({ "start": place, "end": place });
        let actions = client.actions(&path, &range, Some("quickfix"));
        let titles: Vec<&str> = actions
            .iter()
            .map(|it| it["title"].as_str().unwrap())
            .collect();
        assert!(
            titles.contains(&"fix all `unused-let` in this file"),
            "{titles:?}"
        );
        assert!(titles.contains(&"allow `unused-let` here"), "{titles:?}");
        let first = &actions[0];
        assert_eq!(first["kind"], "quickfix");
        assert_eq!(first["isPreferred"], true);
        assert_eq!(first["diagnostics"][0]["code"], "unused-let");
        let fixed = applied(first, &path, text);
        assert_eq!(fixed, text.replace("  a = 1;\n", ""));

        let resolve = |client: &mut Client, action: &Value| {
            if !resolves {
                return action.clone();
            }
            assert!(action.get("edit").is_none());
            client.request("codeAction/resolve", action.clone())["result"].clone()
        };
        let find = |actions: &[Value], title: &str| {
            actions
                .iter()
                .find(|it| it["title"] == title)
                .unwrap()
                .clone()
        };
        let all = find(&actions, "fix all `unused-let` in this file");
        let all = resolve(&mut client, &all);
        assert_eq!(
            applied(&all, &path, text),
            text.replace("  a = 1;\n  b = 2;\n", "")
        );

        // Allowing it: the finding is gone, the rest stays.
        let allow = find(&actions, "allow `unused-let` here");
        let allowed = applied(&allow, &path, text);
        assert!(
            allowed.contains("  # nivis: allow(unused-let)\n  a = 1;\n"),
            "{allowed}"
        );

        let actions = client.actions(&path, &everywhere(), Some("source.fixAll"));
        assert_eq!(actions.len(), 1);
        assert_eq!(actions[0]["kind"], "source.fixAll.nivis");
        let action = resolve(&mut client, &actions[0]);
        let fixed = applied(&action, &path, text);
        assert!(
            !fixed.contains("a = 1") && !fixed.contains("let in"),
            "{fixed}"
        );
        client.did_change(&path, 2, &fixed);
        assert_eq!(
            client.actions(&path, &everywhere(), Some("source.fixAll.nivis")),
            [] as [Value; 0]
        );
        // An action for a text that is gone.
        if resolves {
            let answer = client.request("codeAction/resolve", actions[0].clone());
            assert_eq!(answer["error"]["code"], -32801);
        }
        client.did_change(&path, 3, &allowed);
        let actions = client.actions(&path, &range, Some("quickfix"));
        assert!(
            !actions
                .iter()
                .any(|it| it["title"] == "allow `unused-let` here"),
            "{actions:?}"
        );
        // Nothing is there for other kinds, and nothing for a file that is not open.
        assert_eq!(
            client.actions(&path, &everywhere(), Some("refactor")).len(),
            0
        );
        assert_eq!(
            client
                .actions(&at(&root, "x.nix"), &everywhere(), None)
                .len(),
            0
        );
    }
}

#[test]
fn hover_explains_names_of_lints() {
    let (_folder, root) = folder(&[("nivis.toml", "[levels]\nunused-let = \"error\"\n")]);
    let (a, settings) = (at(&root, "a.nix"), at(&root, "nivis.toml"));
    let mut client = Client::open(&root, &pushing());
    client.did_open(
        &a,
        "# nivis: allow(unused-let) why\nlet unused-let = 1; in 2\n",
    );
    client.pushed(&a, Some(1));
    let mut hover = |path: &Path, line: u64, character: u64| {
        let place = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": uri(path) }, "position": place });
        client.request("textDocument/hover", params)["result"].clone()
    };
    let shown = hover(&a, 0, 18);
    let text = shown["contents"]["value"].as_str().unwrap();
    assert!(
        text.starts_with("**unused-let** (dead, warn, here error): "),
        "{text}"
    );
    assert_eq!(shown["range"]["start"]["character"], 15);
    assert!(hover(&a, 1, 6).is_null() && hover(&a, 9, 9).is_null());
    client.did_open(
        &settings,
        "[levels]\nunused-let = \"error\"\ndead = \"off\"\n",
    );
    let mut hover = |line: u64| {
        let place = json!({ "line": line, "character": 2 });
        let params = json!({ "textDocument": { "uri": uri(&settings) }, "position": place });
        client.request("textDocument/hover", params)["result"]["contents"]["value"].clone()
    };
    assert!(hover(1).as_str().unwrap().contains("**unused-let**"));
    assert!(hover(2).as_str().unwrap().starts_with("**dead**"));
    assert!(hover(0).is_null());
    let params = json!({ "command": "nivis.explain", "arguments": ["unused-let"] });
    let page = client.request("workspace/executeCommand", params);
    assert!(page["result"].as_str().unwrap().starts_with("# unused-let"));
}

#[test]
fn whatever_comes_the_server_lives_on() {
    let (_folder, root) = folder(&[("nivis.toml", ""), ("a.nix", UNUSED)]);
    let path = at(&root, "a.nix");
    let mut client = Client::start(&root);
    let early = client.request("textDocument/hover", json!({}));
    assert_eq!(early["error"]["code"], -32002);
    let capabilities = pushing();
    let wrong = client.request("initialize", json!({ "rootUri": 7 }));
    assert_eq!(wrong["error"]["code"], -32602);
    let params = json!({ "rootUri": uri(&root), "capabilities": capabilities });
    assert!(client.request("initialize", params.clone())["result"].is_object());
    assert_eq!(
        client.request("initialize", params)["error"]["code"],
        -32600
    );
    client.notify("initialized", json!({}));
    client.raw(b"Content-Length: 5\r\n\r\n{\"a\":");
    let answer = client.wait("a refusal", |it| it["error"]["code"] == -32700);
    assert!(answer["id"].is_null());
    for message in [
        json!([]),
        json!({ "id": 1.5, "method": "shutdown" }),
        json!({ "id": null }),
        json!("text"),
    ] {
        client.send(&message);
        client.wait("a refusal", |it| it["error"]["code"] == -32600);
    }
    for (method, params) in [
        ("textDocument/didOpen", json!(null)),
        (
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": "untitled:1", "text": "x" } }),
        ),
        (
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri(&path) }, "contentChanges": 1 }),
        ),
        (
            "textDocument/didChange",
            json!({ "textDocument": { "uri": uri(&path), "version": -1 }, "contentChanges": [] }),
        ),
        (
            "textDocument/didClose",
            json!({ "textDocument": { "uri": "file:///%" } }),
        ),
        (
            "workspace/didChangeWatchedFiles",
            json!({ "changes": [{ "uri": "" }] }),
        ),
        (
            "workspace/didChangeWorkspaceFolders",
            json!({ "event": { "added": [{ "uri": "file:///nowhere/at/all" }] } }),
        ),
        ("$/cancelRequest", json!({ "id": [] })),
        ("$/setTrace", json!({ "value": "off" })),
        ("no/such", json!(1)),
    ] {
        client.notify(method, params);
    }
    assert_eq!(
        client.request("no/such", json!({}))["error"]["code"],
        -32601
    );
    assert_eq!(
        client.request("textDocument/codeAction", json!({}))["error"]["code"],
        -32602
    );
    assert!(client.request("textDocument/hover", json!({
        "textDocument": { "uri": "x" }, "position": { "line": 4_000_000_000_u32, "character": 0 },
    }))["result"].is_null());
    client.did_open(&path, UNUSED);
    assert_eq!(lints(&client.pushed(&path, Some(1))).len(), 1);
    // Texts that are no Nix, deep, long, or odd.
    let deep = "[".repeat(20_000);
    let chain = format!("a{}", " + a".repeat(20_000));
    for (version, text) in ["", "\u{0}", "\u{feff}{ }", "{ a = \r; }\r", &deep, &chain]
        .iter()
        .enumerate()
    {
        let version = i64::try_from(version).unwrap() + 2;
        client.did_change(&path, version, text);
        client.pushed(&path, Some(version));
    }
    assert_eq!(client.close(), Some(0));
}

#[test]
fn it_ends_when_it_should() {
    let (_folder, root) = folder(&[("nivis.toml", "")]);
    let client = Client::open(&root, &pushing());
    assert_eq!(client.hang_up(), Some(1));
    let mut client = Client::open(&root, &pushing());
    client.notify("exit", Value::Null);
    assert_eq!(client.hang_up(), Some(1));
    let mut client = Client::open(&root, &pushing());
    client.request("shutdown", Value::Null);
    assert_eq!(
        client.request("textDocument/hover", json!({}))["error"]["code"],
        -32600
    );
    assert_eq!(client.hang_up(), Some(0));
    // When the editor is gone without a word, the pipe may still be held open by others.
    let mut other = Command::new("true").spawn().unwrap();
    other.wait().unwrap();
    let mut client = Client::start(&root);
    client.request(
        "initialize",
        json!({ "processId": other.id(), "capabilities": {} }),
    );
    let gone = format!("/proc/{}/stat", client.process());
    let end = Instant::now() + std::time::Duration::from_secs(30);
    let ended = || fs::read_to_string(&gone).map_or(true, |stat| stat.contains(") Z "));
    while Path::new("/proc/self").exists() && !ended() {
        assert!(Instant::now() < end, "the server outlives its editor");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn requests_can_be_cancelled() {
    let (_folder, root) = folder(&[("nivis.toml", ""), ("a.nix", UNUSED)]);
    let path = at(&root, "a.nix");
    let mut client = Client::open(&root, &pulling());
    client.did_open(&path, UNUSED);
    let mut cancelled = 0;
    for version in 2..40 {
        client.did_change(&path, version, UNUSED);
        let params = json!({ "textDocument": { "uri": uri(&path) } });
        let id = client.ask("textDocument/diagnostic", params);
        client.notify("$/cancelRequest", json!({ "id": id }));
        // One answer in any case, and only one.
        let answer = client.answer(id);
        match answer["error"]["code"].as_i64() {
            Some(code) => {
                assert_eq!(code, -32800);
                cancelled += 1;
            }
            None => assert_eq!(answer["result"]["kind"], "full"),
        }
    }
    assert!(cancelled > 0);
    assert_eq!(lints(&client.pull(&path, None)["items"]).len(), 1);
    let answers = client.quiet();
    assert!(
        !answers.iter().any(|it| it.get("result").is_some()),
        "{answers:?}"
    );
}

#[test]
fn documents_outside_of_a_repository() {
    let (_folder, root) = folder(&[("sub/a.nix", UNUSED), ("sub/b.nix", UNUSED)]);
    let a = at(&root, "sub/a.nix");
    let other = "{ imports = [ ./b.nix ./nowhere.nix ]; x = let in 1; }\n";
    let mut client = Client::open(&root, &pushing());
    client.did_open(&a, other);
    // Alone: what it names may be there, and no other file is looked at.
    assert_eq!(lints(&client.pushed(&a, Some(1))), [named(0, "empty-let")]);
    assert!(!client.heard.borrow().contains("b.nix"));
    // A folder of the workspace that holds Nix files is a repository.
    let (_folder, root) = folder(&[("configuration.nix", UNUSED)]);
    let mut client = Client::open(&root, &pushing());
    let found = client.pushed(&at(&root, "configuration.nix"), None);
    assert_eq!(lints(&found), [named(1, "unused-let")]);
    // Two repositories beside each other, and one that goes.
    let (_one, one) = folder(&[("nivis.toml", ""), ("a.nix", UNUSED)]);
    let (_two, two) = folder(&[
        ("nivis.toml", "[levels]\ndead = \"error\"\n"),
        ("a.nix", UNUSED),
    ]);
    let mut client = Client::open(&one, &pushing());
    client.pushed(&at(&one, "a.nix"), None);
    let added =
        json!({ "event": { "added": [{ "uri": uri(&two), "name": "two" }], "removed": [] } });
    client.notify("workspace/didChangeWorkspaceFolders", added);
    assert_eq!(client.pushed(&at(&two, "a.nix"), None)[0]["severity"], 1);
    let gone =
        json!({ "event": { "added": [], "removed": [{ "uri": uri(&one), "name": "one" }] } });
    client.notify("workspace/didChangeWorkspaceFolders", gone);
    assert_eq!(client.pushed(&at(&one, "a.nix"), None), json!([]));
}

#[test]
fn links_on_the_way_stay_as_they_are_written() {
    let (_folder, root) = folder(&[
        ("real/nivis.toml", ""),
        ("real/a.nix", UNUSED),
        ("real/s/b.nix", UNUSED),
    ]);
    let link = root.join("link");
    std::os::unix::fs::symlink(root.join("real"), &link).unwrap();
    let mut client = Client::open(&link.join("s"), &pushing());
    for path in ["a.nix", "s/b.nix"] {
        assert_eq!(lints(&client.pushed(&link.join(path), None)).len(), 1);
    }
    client.did_open(&link.join("a.nix"), UNUSED);
    assert_eq!(lints(&client.pushed(&link.join("a.nix"), Some(1))).len(), 1);
    assert!(!client.heard.borrow().contains("real"));
}

#[test]
fn no_secret_leaves_the_server() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos/homelab");
    let (_folder, root) = folder(&[("nivis.toml", "")]);
    let value = ["hunter", "2correct", "horse", "9"].concat();
    let text = format!(
        "{{ config, ... }}:\nlet unused = 1; in\n{{\n  services.x.password = \"{value}\"; y = let in \"{value}\";\n  users.users.a.initialPassword = \"{value}\";\n}}\n"
    );
    let path = at(&root, "a.nix");
    let mut client = Client::open(&root, &pushing());
    client.did_open(&path, &text);
    let found = client.pushed(&path, Some(1));
    assert!(
        lints(&found)
            .iter()
            .any(|(_, lint)| lint == "plaintext-secret"),
        "{found}"
    );
    let actions = client.actions(&path, &everywhere(), None);
    let allow = "allow `plaintext-secret` here";
    let allow = actions
        .iter()
        .find(|it| it["title"] == allow)
        .unwrap_or_else(|| panic!("{actions:?}"));
    assert!(applied(allow, &path, &text).contains("# nivis: allow(plaintext-secret) TODO"));
    client.actions(&path, &everywhere(), Some("source.fixAll"));
    client.did_change(&path, 2, &format!("{text}}}"));
    client.pushed(&path, Some(2));
    let heard = client.heard.borrow();
    for start in 0..value.len() - 6 {
        assert!(!heard.contains(&value[start..start + 6]), "{heard}");
    }
    assert!(data.exists());
}

#[test]
fn latency_is_measured() {
    let (_folder, root) = folder(&[]);
    let measured = latency::measure(&root, 60, 30, &pushing());
    println!("a build for tests, {measured}");
}

/// The block of docs/editors.md with this info string.
fn snippet(info: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/editors.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(&format!("```{info}\n")).expect(info);
    let (block, _) = rest.split_once("\n```").unwrap();
    block.to_owned()
}

#[test]
fn neovim_shows_fixes_and_reloads() {
    let nvim = std::env::var_os("NIVIS_NVIM").unwrap_or_else(|| "nvim".into());
    let Ok(version) = Command::new(&nvim).arg("--version").output() else {
        return skip("nvim");
    };
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let minor = version
        .split('.')
        .nth(1)
        .and_then(|it| it.parse::<u32>().ok());
    let info = if minor.is_some_and(|it| it >= 11) {
        "lua neovim-0.11"
    } else {
        "lua neovim-0.7"
    };
    let text = "let\n  a = 1;\n  b = 2;\nin\n{\n  imports = [ ./nowhere.nix ];\n  x = b;\n}\n";
    let (_folder, root) = folder(&[
        ("nivis.toml", ""),
        ("a.nix", text),
        ("editor.lua", &snippet(info)),
    ]);
    let program = Path::new(env!("CARGO_BIN_EXE_nivis")).parent().unwrap();
    let mut path = vec![program.to_owned()];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/cli/tests/server/neovim.lua");
    let done = Command::new(nvim)
        .args(["--clean", "--headless", "-n", "-S"])
        .arg(script)
        .current_dir(&root)
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("HOME", &root)
        .env("XDG_STATE_HOME", &root)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    let err = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        done.status.success() && out.trim_end().ends_with("done"),
        "{version}\n{out}\n{err}"
    );
    let saved = "[\"# é𐐀\", \"let\", \"  b = 2;\", \"in\", \"{\", \"  imports = [ ./nowhere.nix ];\", \"  x = b;\", \"}\"]";
    assert!(out.contains(saved), "{out}");
}
