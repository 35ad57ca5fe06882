//! `cargo xtask bench [TREE…]`: nivis as whole processes, as ratios to the floor (`crates/floor`), and the bars.
//!
//! Everything runs in turn, in an order that changes from round to round, so that a noisy machine disturbs all alike: the
//! ratios count, the times are for orientation. Trees are copied first, for one file of them is changed again and again.
//! Goal: the same ratios on a laptop and in CI. Limits: memory is the peak of the whole process; the floor reads Nix files
//! only, nivis also scripts, locks and settings.

mod measure;
mod program;
mod table;
mod trees;

pub use measure::measure;
pub use program::{Programs, build};
pub use trees::{Temporary, copies};

use std::path::{Path, PathBuf};

use measure::{Job, Usage, alternate, median};
use trees::Tree;

const FLAGS: &str =
    "bench [--files N]… [--rounds N] [--profile NAME | --programs DIR] [--json] [--gate] [TREE…]";

/// From this many Nix files on a tree is held to the bars of time: a small one is done before the threads are awake.
const HELD: usize = 5_000;
/// From this many on, to the bar of memory.
const LARGE: usize = 40_000;
/// How often a peer runs, which may take a hundred times as long.
const PEER_ROUNDS: usize = 3;

/// What was asked for.
struct Wanted {
    trees: Vec<PathBuf>,
    /// Trees of so many files are made by copying.
    files: Vec<usize>,
    rounds: usize,
    profile: String,
    /// Where `nivis` and `nivis-floor` lie, if they are not to be built.
    programs: Option<PathBuf>,
    json: bool,
    gate: bool,
}

/// One tree, measured.
struct Row {
    name: String,
    /// Nix files and their bytes.
    files: usize,
    bytes: u64,
    /// By name of the job.
    usages: Vec<(&'static str, Usage)>,
}

/// A bar: what is wanted, and what is.
struct Bar {
    words: String,
    most: f64,
    is: f64,
    unit: &'static str,
}

impl Bar {
    /// Whether it is missed by more than a tenth.
    fn is_missed(&self) -> bool {
        self.is > self.most * 1.1
    }
}

/// Runs the benchmark and gives its tables; with `--gate` an error when a bar is missed.
pub fn run(root: &Path, words: &[&str]) -> Result<String, String> {
    let wanted = wanted(words)?;
    let programs = match &wanted.programs {
        Some(folder) => Programs {
            nivis: folder.join("nivis"),
            floor: folder.join("nivis-floor"),
        },
        None => build(root, &wanted.profile)?,
    };
    let temporary = Temporary::new()?;
    let mut sources = Vec::new();
    for tree in &wanted.trees {
        sources.push(Tree::copy(tree, &temporary)?);
    }
    if sources.is_empty() {
        sources.push(Tree::made(&temporary, 500)?);
    }
    let (mut rows, mut bars) = (Vec::new(), Vec::new());
    let (small, more) = single(&programs, wanted.rounds, &temporary)?;
    let mut take = |tree: &Tree| -> Result<(), String> {
        let row = row(tree, &programs, wanted.rounds, &temporary)?;
        bars.extend(row.bars());
        rows.push(row);
        Ok(())
    };
    for tree in &sources {
        take(tree)?;
    }
    for files in &wanted.files {
        let tree = Tree::repeated(&sources, *files, &temporary)?;
        take(&tree)?;
        tree.remove();
    }
    rows.push(small);
    bars.extend(more);

    let text = if wanted.json {
        table::json(&rows, &bars)
    } else {
        table::markdown(&rows, &bars, wanted.rounds, words)
    };
    if !wanted.gate {
        return Ok(text);
    }
    if rows.iter().all(|it| it.files < HELD) {
        return Err(format!(
            "{text}\n--gate wants a tree of {HELD} files: --files 7000"
        ));
    }
    let missed = bars.iter().filter(|it| it.is_missed());
    let missed: Vec<&str> = missed.map(|it| it.words.as_str()).collect();
    if missed.is_empty() {
        return Ok(text);
    }
    Err(format!(
        "{text}\nmissed by more than a tenth: {}",
        missed.join("; ")
    ))
}

fn wanted(words: &[&str]) -> Result<Wanted, String> {
    let mut wanted = Wanted {
        trees: Vec::new(),
        files: Vec::new(),
        rounds: 11,
        profile: "release".to_owned(),
        programs: None,
        json: false,
        gate: false,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
        let number = |it: &str| {
            it.parse::<usize>()
                .map_err(|_| format!("{it}: not a number"))
        };
        match *word {
            "--rounds" => wanted.rounds = number(value()?)?.max(1),
            "--files" => wanted.files.push(number(value()?)?),
            "--profile" => wanted.profile = (*value()?).to_owned(),
            "--programs" => wanted.programs = Some(absolute(value()?)?),
            "--json" => wanted.json = true,
            "--gate" => wanted.gate = true,
            flag if flag.starts_with('-') => return Err(format!("{flag}: {FLAGS}")),
            tree => wanted.trees.push(PathBuf::from(tree)),
        }
    }
    Ok(wanted)
}

fn absolute(path: &str) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|it| format!("{path}: {it}"))
}

/// One tree: the floor, cold and warm, one changed file, one thread and two, and the peers.
fn row(
    tree: &Tree,
    programs: &Programs,
    rounds: usize,
    temporary: &Temporary,
) -> Result<Row, String> {
    let cache = temporary.folder("cache")?.display().to_string();
    let floor = || Job::new(&programs.floor, &[]).path(&tree.path);
    let check = |more: &[&str]| {
        Job::new(
            &programs.nivis,
            &["check", "--exit-zero", "--vcs", "none", "-qq"],
        )
        .words(more)
        .words(&["--root"])
        .path(&tree.path)
    };
    let warm = ["--cache-dir", &cache, "--threads", "2"];
    let mut jobs = vec![
        ("floor", floor().variable("RAYON_NUM_THREADS", "2")),
        (
            "floor, one thread",
            floor().variable("RAYON_NUM_THREADS", "1"),
        ),
        ("cold", check(&["--no-cache", "--threads", "2"])),
        ("cold, one thread", check(&["--no-cache", "--threads", "1"])),
        ("warm", check(&warm)),
        ("one changed file", check(&warm).before(tree.edit())),
    ];
    jobs.extend(program::peers(&tree.path, PEER_ROUNDS));
    Ok(Row::of(tree, alternate(jobs, rounds)?))
}

/// One file of 8 KB by stdin in a repository of 500 files, and the start of the program.
fn single(
    programs: &Programs,
    rounds: usize,
    temporary: &Temporary,
) -> Result<(Row, Vec<Bar>), String> {
    let tree = Tree::made(temporary, 500)?;
    let cache = temporary.folder("cache")?.display().to_string();
    // What an editor does not send is known from a run before.
    Job::new(&programs.nivis, &["check", "--exit-zero", "-qq"])
        .words(&["--cache-dir", &cache])
        .folder(&tree.path)
        .run()?;
    let input = temporary.folder("text")?.join("text.nix");
    let check = |more: &[&str]| {
        let name = "modules/module7.nix";
        Job::new(
            &programs.nivis,
            &["check", "--exit-zero", "-qq", "--stdin-filename", name],
        )
        .words(more)
        .folder(&tree.path)
        .input(&input)
        .before(trees::eight_kilobytes(&input))
    };
    let jobs = vec![
        (
            "8 KB by stdin, warm cache",
            check(&["--cache-dir", &cache, "--threads", "2"]),
        ),
        (
            "8 KB by stdin, no cache",
            check(&["--no-cache", "--threads", "2"]),
        ),
        (
            "`nivis --version`",
            Job::new(&programs.nivis, &["--version"]),
        ),
    ];
    let row = Row::of(&tree, alternate(jobs, rounds.max(11))?);
    let usage = |name| row.usage(name).cloned().unwrap_or_default();
    let bar = |words: &str, most, is| Bar {
        words: words.to_owned(),
        most,
        is,
        unit: " ms",
    };
    let bars = vec![
        bar(
            "8 KB by stdin in 500 files, warm cache",
            60.0,
            usage("8 KB by stdin, warm cache").wall,
        ),
        bar(
            "8 KB by stdin in 500 files, no cache",
            150.0,
            usage("8 KB by stdin, no cache").wall,
        ),
        bar(
            "processor time of `nivis --version`",
            3.0,
            usage("`nivis --version`").cpu,
        ),
    ];
    Ok((row, bars))
}

impl Row {
    fn of(tree: &Tree, usages: Vec<(&'static str, Usage)>) -> Row {
        Row {
            name: tree.name.clone(),
            files: tree.files,
            bytes: tree.bytes,
            usages,
        }
    }

    fn usage(&self, name: &str) -> Option<&Usage> {
        self.usages.iter().find(|it| it.0 == name).map(|it| &it.1)
    }

    /// How much more one job takes than another: the median of the ratios of each round.
    fn ratio(&self, of: &str, to: &str, what: fn(&Usage) -> &[f64]) -> Option<f64> {
        let (of, to) = (what(self.usage(of)?), what(self.usage(to)?));
        Some(median(of.iter().zip(to).map(|(of, to)| of / to)))
    }

    fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        let mut bar = |words: &str, most, is: Option<f64>, unit| {
            if let Some(is) = is {
                let words = format!("{words} ({} files)", self.files);
                bars.push(Bar {
                    words,
                    most,
                    is,
                    unit,
                });
            }
        };
        if self.files >= HELD {
            let wall = |of, to| self.ratio(of, to, Usage::walls);
            let cpu = self.ratio("cold", "floor", Usage::cpus);
            bar("cold ÷ floor, wall", 1.30, wall("cold", "floor"), "");
            bar("cold ÷ floor, processor", 1.35, cpu, "");
            bar("warm ÷ cold", 0.25, wall("warm", "cold"), "");
            let changed = wall("one changed file", "cold");
            bar("one changed file ÷ cold", 0.30, changed, "");
            let threads = wall("cold", "cold, one thread");
            bar("two threads ÷ one", 1.0 / 1.8, threads, "");
        }
        let peak = self.usage("cold").map(Usage::mib);
        if self.files >= LARGE {
            bar("peak memory", 400.0, peak, " MiB");
        }
        if self.files >= HELD {
            // More than facts: the texts and the program itself are in it.
            let of_bytes = peak.map(|it| it * f64::from(1 << 20) / self.bytes as f64);
            bar("peak memory ÷ bytes of Nix", 6.0, of_bytes, "");
        }
        bars
    }
}
