//! How long an editor waits: from a keystroke to its findings, on a repository of 500 files.
//!
//! `cargo bench --bench latency`; `cargo bench --profile fast --bench latency` builds faster.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark makes a repository, starts the program and prints what it measured"
)]
#![allow(dead_code, reason = "the client can do more than this needs")]

#[path = "../tests/server/client.rs"]
mod client;
#[path = "../tests/server/latency.rs"]
mod latency;

use serde_json::json;
use tempfile::TempDir;

fn main() {
    let short = std::env::args().any(|argument| argument == "--test");
    let (files, edits) = if short { (50, 20) } else { (500, 300) };
    let folder = TempDir::new().unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap();
    let pushes = json!({ "textDocument": { "publishDiagnostics": {} } });
    println!("{}", latency::measure(&root, files, edits, &pushes));
}
