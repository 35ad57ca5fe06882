//! `cargo bench --bench floor -- TREE…`: nivis as a whole process, as a ratio to the floor.
//!
//! The floor is what no linter can go below: walk the tree, read every Nix file, parse it with rnix, traverse the nodes
//! once; same allocator, same optimisation, all cores. nivis is run cold (without its cache) and warm (nothing changed
//! since the run before). All are run in turn, so that a noisy machine disturbs all.
//! Without a TREE a tree of some 500 files is made from `testdata/repos/clean`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use rayon::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 11;

#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark for developers, not a room of the program"
)]
fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [flag, tree] = arguments.as_slice()
        && flag == "--floor"
    {
        std::hint::black_box(floor(Path::new(tree)));
        return;
    }
    // `cargo test` and `cargo bench -- --test` only want to know that it runs.
    let quick = arguments.iter().any(|argument| argument == "--test");
    let mut trees: Vec<PathBuf> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .map(PathBuf::from)
        .collect();
    let generated = tempfile::tempdir().expect("a temporary folder");
    if trees.is_empty() {
        generate(generated.path(), if quick { 1 } else { 25 });
        trees.push(generated.path().to_owned());
    }
    let rounds = if quick { 1 } else { ROUNDS };

    println!(
        "{:<28} {:>9} {:>9} {:>9} {:>10} {:>10} {:>6} {:>6} {:>9}",
        "tree", "floor", "cold", "warm", "floor cpu", "cold cpu", "wall×", "cpu×", "warm/cold"
    );
    for tree in trees {
        let this = std::env::current_exe().expect("a path");
        let cache = tempfile::tempdir().expect("a temporary folder");
        let nivis = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
            command.args(["check", "--exit-zero", "--vcs", "none", "-qq"]);
            command
        };
        let (mut walls, mut cpus, mut warms) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=rounds {
            let low = time(Command::new(&this).arg("--floor").arg(&tree));
            let all = time(nivis().arg("--no-cache").arg(&tree));
            let warm = time(nivis().arg("--cache-dir").arg(cache.path()).arg(&tree));
            // The first round warms the caches: that of the file system, and our own.
            if round > 0 {
                walls.push((low.0, all.0));
                warms.push((all.0, warm.0));
                cpus.push((low.1, all.1));
            }
        }
        let name = tree
            .file_name()
            .map_or_else(|| "generated".into(), |name| name.to_string_lossy());
        println!(
            "{name:<28} {:>7.1}ms {:>7.1}ms {:>7.1}ms {:>8.1}ms {:>8.1}ms {:>6.2} {:>6.2} {:>9.2}",
            median(walls.iter().map(|pair| pair.0)),
            median(walls.iter().map(|pair| pair.1)),
            median(warms.iter().map(|pair| pair.1)),
            median(cpus.iter().map(|pair| pair.0)),
            median(cpus.iter().map(|pair| pair.1)),
            median(walls.iter().map(|pair| pair.1 / pair.0)),
            // Processor time comes in ticks of 10 ms: a ratio of sums.
            cpus.iter().map(|pair| pair.1).sum::<f64>()
                / cpus.iter().map(|pair| pair.0).sum::<f64>().max(1.0),
            median(warms.iter().map(|pair| pair.1 / pair.0)),
        );
    }
}

/// Wall and processor time of a command in milliseconds.
fn time(command: &mut Command) -> (f64, f64) {
    let (start, before) = (Instant::now(), children());
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the command starts");
    assert!(status.success(), "{command:?} failed: {status}");
    (start.elapsed().as_secs_f64() * 1000.0, children() - before)
}

/// Processor time of all ended child processes in milliseconds; 0 where the system does not say.
#[expect(clippy::disallowed_methods, reason = "a benchmark for developers")]
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses: state is field 3, cutime and cstime are 16 and 17, in ticks of 10 ms.
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    fields
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        * 10.0
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The number of nodes below `tree`.
#[expect(clippy::disallowed_methods, reason = "a benchmark for developers")]
fn floor(tree: &Path) -> usize {
    let files: Vec<PathBuf> = ignore::WalkBuilder::new(tree)
        .standard_filters(false)
        .build()
        .filter_map(Result::ok)
        .map(ignore::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "nix") && path.is_file())
        .collect();
    files
        .par_iter()
        .map(|path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            let parsed = rnix::Root::parse(&String::from_utf8_lossy(&bytes));
            parsed.syntax().descendants().count()
        })
        .sum()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark for developers")]
fn generate(into: &Path, copies: usize) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos/clean");
    for copy in 0..copies {
        for entry in walkdir::WalkDir::new(&from)
            .into_iter()
            .filter_map(Result::ok)
        {
            let target = into
                .join(format!("copy-{copy}"))
                .join(entry.path().strip_prefix(&from).expect("below"));
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(target).expect("a folder");
            } else {
                std::fs::copy(entry.path(), target).expect("a copy");
            }
        }
    }
}
