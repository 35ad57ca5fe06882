//! `cargo bench --bench floor -- TREE…`: nivis as a whole process, as a ratio to the floor.
//!
//! The floor is what no linter can go below: walk the tree, read every Nix file, parse it with rnix, traverse the nodes
//! once; same allocator, same optimisation, all cores. nivis is run cold (without its cache) and warm (nothing changed
//! since the run before), over a copy of the tree with one file changed before each run, and over one file of some 8 KB on
//! stdin, with the cache and without. All are run in turn, so that a noisy machine disturbs all.
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
        "{:<28} {:>9} {:>9} {:>10} {:>10} {:>6} {:>6} {:>9} {:>6} {:>9} {:>6} {:>9} {:>9}",
        "tree",
        "floor",
        "cold",
        "floor cpu",
        "cold cpu",
        "wall×",
        "cpu×",
        "warm",
        "/cold",
        "changed",
        "/cold",
        "stdin",
        "no cache"
    );
    for tree in trees {
        let this = std::env::current_exe().expect("a path");
        let cache = tempfile::tempdir().expect("a temporary folder");
        let nivis = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_nivis"));
            command.args(["check", "--exit-zero", "--vcs", "none", "-qq"]);
            command
        };
        let copy = cache.path().join("tree");
        copy_to(&tree, &copy);
        let changed = near(&copy, 2 << 10);
        let edited = near(&tree, 8 << 10);
        let packs = cache.path().join("packs");
        let cached = |command: &mut Command| time(command.arg("--cache-dir").arg(&packs)).0;
        let stdin = || {
            let mut command = nivis();
            let text = std::fs::File::open(&edited).expect("a file");
            command.arg("--stdin-filename").arg(&edited).stdin(text);
            command
        };
        let (mut walls, mut cpus, mut warms) = (Vec::new(), Vec::new(), Vec::new());
        let (mut ones, mut edits) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let low = time(Command::new(&this).arg("--floor").arg(&tree));
            let all = time(nivis().arg("--no-cache").arg(&tree));
            let warm = cached(nivis().arg(&tree));
            let mut text = std::fs::read(&changed).expect("a text");
            text.extend_from_slice(b"# changed\n");
            std::fs::write(&changed, text).expect("a place for it");
            let one = cached(nivis().arg(&copy));
            let edit = (cached(&mut stdin()), time(stdin().arg("--no-cache")).0);
            // The first round warms the caches: that of the file system, and our own.
            if round > 0 {
                walls.push((low.0, all.0));
                warms.push((all.0, warm));
                ones.push((all.0, one));
                edits.push(edit);
                cpus.push((low.1, all.1));
            }
        }
        let name = tree
            .file_name()
            .map_or_else(|| "generated".into(), |name| name.to_string_lossy());
        let ratio = |pairs: &[(f64, f64)]| median(pairs.iter().map(|pair| pair.1 / pair.0));
        let second = |pairs: &[(f64, f64)]| median(pairs.iter().map(|pair| pair.1));
        println!(
            "{name:<28} {:>7.1}ms {:>7.1}ms {:>8.1}ms {:>8.1}ms {:>6.2} {:>6.2} {:>7.1}ms {:>6.2} {:>7.1}ms {:>6.2} {:>7.1}ms {:>7.1}ms",
            median(walls.iter().map(|pair| pair.0)),
            second(&walls),
            median(cpus.iter().map(|pair| pair.0)),
            second(&cpus),
            ratio(&walls),
            // Processor time comes in ticks of 10 ms: a ratio of sums.
            cpus.iter().map(|pair| pair.1).sum::<f64>()
                / cpus.iter().map(|pair| pair.0).sum::<f64>().max(1.0),
            second(&warms),
            ratio(&warms),
            second(&ones),
            ratio(&ones),
            median(edits.iter().map(|pair| pair.0)),
            second(&edits),
        );
    }
}

/// The Nix file whose size is nearest to this many bytes.
#[expect(clippy::disallowed_methods, reason = "a benchmark for developers")]
fn near(tree: &Path, size: u64) -> PathBuf {
    let files = walkdir::WalkDir::new(tree).sort_by_file_name().into_iter();
    let nix = files.filter_map(Result::ok).filter(|entry| {
        entry.file_type().is_file() && entry.path().extension().is_some_and(|it| it == "nix")
    });
    let nearest = nix.min_by_key(|entry| {
        let bytes = std::fs::metadata(entry.path()).map_or(0, |it| it.len());
        bytes.abs_diff(size)
    });
    nearest.expect("a Nix file").into_path()
}

/// Copies the files of a tree, without its git.
#[expect(clippy::disallowed_methods, reason = "a benchmark for developers")]
fn copy_to(tree: &Path, to: &Path) {
    let files = walkdir::WalkDir::new(tree).into_iter();
    for entry in files
        .filter_entry(|entry| entry.file_name() != ".git")
        .filter_map(Result::ok)
    {
        let target = to.join(entry.path().strip_prefix(tree).expect("below"));
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).expect("a folder");
        } else if entry.file_type().is_file() {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
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

fn generate(into: &Path, copies: usize) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/repos/clean");
    for copy in 0..copies {
        copy_to(&from, &into.join(format!("copy-{copy}")));
    }
}
