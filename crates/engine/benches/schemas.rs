//! What it costs to know the options of a tree: reading it for the first time, and from what was kept of it.
//!
//! `cargo bench -p nivis-engine --bench schemas -- TREE…`: checkouts of home-manager, nix-darwin or nixpkgs; without one the
//! bench says so. One thread. Times are of one machine at one time; what can be compared is the ratio.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench reads and writes folders and says what it took"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::pins::cache::{Cache, Entry};
use options::{Part, Schema};

/// How often a tree is read; the fastest counts.
const COLD: usize = 5;
/// How often what was kept is read.
const KEPT: usize = 100;
/// How many paths are asked for.
const PATHS: usize = 300;

/// Paths all over the schema, some of them with a letter too much.
fn paths(schema: &Schema) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    schema.for_each(|path, _| {
        let names = path.iter().map(|part| match part {
            Part::Name(name) => (*name).to_owned(),
            _ => "x".to_owned(),
        });
        all.push(names.collect());
    });
    let every = (all.len() / PATHS).max(1);
    let mut some: Vec<_> = all.into_iter().step_by(every).take(PATHS).collect();
    for path in some.iter_mut().step_by(3) {
        if let Some(last) = path.last_mut() {
            last.push('x');
        }
    }
    some
}

fn fastest(times: usize, mut run: impl FnMut()) -> Duration {
    let once = |()| {
        let begin = Instant::now();
        run();
        begin.elapsed()
    };
    std::iter::repeat_n((), times)
        .map(once)
        .min()
        .unwrap_or_default()
}

fn main() {
    let trees: Vec<PathBuf> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with("--"))
        .map(PathBuf::from)
        .collect();
    if trees.is_empty() {
        println!("skipped: no tree is named");
        return;
    }
    let place = tempfile::tempdir().expect("a folder");
    println!("| tree | declarations | kept, kB | read, ms | kept and {PATHS} paths, ms |");
    println!("| --- | --- | --- | --- | --- |");
    for tree in trees {
        let mut schema = None;
        let cold = fastest(COLD, || {
            let (_, read) = engine::pins::read_folder(&tree).expect("a tree of modules");
            schema = Some(read);
        });
        let schema = schema.expect("it was read");
        let paths = paths(&schema);
        let entry = Entry {
            name: "tree.schema".to_owned(),
            schema: Arc::new(schema),
        };
        let bytes = entry.bytes().expect("it can be kept");
        std::fs::write(place.path().join(&entry.name), &bytes).expect("a file");
        let mut known = 0;
        let kept = fastest(KEPT, || {
            let cache = Cache::new(Some(place.path()));
            let schema = cache.read(&entry.name).expect("it was kept");
            let ask = |path: &Vec<String>| {
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                schema.find_names(&names).is_known()
            };
            known = paths.iter().filter(|path| ask(path)).count();
        });
        assert!(known * 2 > paths.len(), "{known} of {}", paths.len());
        println!(
            "| {} | {} | {} | {:.0} | {:.2} |",
            tree.file_name().unwrap_or_default().to_string_lossy(),
            entry.schema.len(),
            bytes.len() / 1000,
            cold.as_secs_f64() * 1e3,
            kept.as_secs_f64() * 1e3,
        );
    }
}
