//! `nivis-fuzz run`: tries inputs at random for a while. `nivis-fuzz one`: tries a file.
//!
//! Each target runs in a process of its own, for a stack that overflows ends a process: the one that started it takes the
//! input that was tried last. What fails goes to `testdata/fuzz/<target>/`, what is worth going on from to
//! `target/fuzzing/<target>/`. The same seed and the same two folders give the same inputs.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool, not a room of the program"
)]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fuzz::{Dice, Outcome, Target, corpus, mutate, shrink};
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A child lives this many seconds: what is kept for ever somewhere must not fill the memory.
const LIFE: u64 = 120;
/// Processor time in seconds after which an input is said to hang.
const HANG: u64 = 30;
/// Processor time that an input may take: so much, and so much for each MiB of it.
const BASE: Duration = Duration::from_millis(150);
const PER_MIB: Duration = Duration::from_secs(2);
/// How long a failing input is made smaller.
const SHRINKING: Duration = Duration::from_secs(20);
/// One of so many inputs is also printed in all formats, besides those with something new.
const PRINTED: usize = 12;

const USAGE: &str = "usage: nivis-fuzz run [TARGET…] [--seconds N] [--seed S] [--into DIR] | nivis-fuzz one TARGET FILE…";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["run", rest @ ..] => run(rest),
        ["child", target, seed, seconds, into] => child(target, seed, seconds, Path::new(into)),
        ["one", target, files @ ..] if !files.is_empty() => one(target, files),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn target(name: &str) -> Result<Target, String> {
    let names: Vec<&str> = Target::ALL.iter().map(|it| it.name()).collect();
    Target::of(name).ok_or_else(|| format!("{name}: the targets are {}", names.join(" ")))
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text}: not a number"))
}

/// Where a target keeps what is worth going on from.
fn queue(target: Target) -> PathBuf {
    corpus::root().join("target/fuzzing").join(target.name())
}

/// All targets at once, each with a child after the other. Whether nothing failed.
fn run(words: &[&str]) -> Result<bool, String> {
    let (mut seconds, mut seed, mut targets) = (60, 1, Vec::new());
    let mut into = corpus::root().join("testdata/fuzz");
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .ok_or_else(|| format!("{word} wants a number"))
                .and_then(|it| number(it))
        };
        match *word {
            "--seconds" => seconds = value()?,
            "--seed" => seed = value()?,
            "--into" => {
                into = words
                    .next()
                    .map(PathBuf::from)
                    .ok_or("--into wants a folder")?
            }
            name => targets.push(target(name)?),
        }
    }
    if targets.is_empty() {
        targets.extend(Target::ALL);
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let into = &into;
    let tallies: Vec<(Target, Tally)> = std::thread::scope(|scope| {
        let threads: Vec<_> = targets
            .into_iter()
            .map(|target| (target, scope.spawn(move || parent(target, seed, end, into))))
            .collect();
        let ended = threads.into_iter();
        ended
            .map(|(target, it)| (target, it.join().unwrap_or_default()))
            .collect()
    });
    println!("| target | wall s | processor s | inputs | kept | failures |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut clean = true;
    for (target, tally) in tallies {
        clean &= tally.failures == 0;
        let Tally {
            wall,
            cpu,
            inputs,
            kept,
            failures,
        } = tally;
        println!(
            "| `{}` | {wall} | {cpu} | {inputs} | {kept} | {failures} |",
            target.name()
        );
    }
    Ok(clean)
}

/// What was done.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    wall: u64,
    cpu: u64,
    inputs: u64,
    kept: u64,
    failures: u64,
}

/// Starts children until the end, and takes the input of one that died.
fn parent(target: Target, seed: u64, end: Instant, into: &Path) -> Tally {
    let mut tally = Tally::default();
    let begin = Instant::now();
    let folder = queue(target);
    let _ = fs::create_dir_all(&folder);
    for round in 0.. {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        let Ok(this) = std::env::current_exe() else {
            break;
        };
        if left == 0 {
            break;
        }
        let current = folder.join("current");
        let _ = fs::remove_file(&current);
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(round).to_string();
        let output = Command::new(&this)
            .args(["child", target.name(), &seed, &left.min(LIFE).to_string()])
            .arg(into)
            .stderr(std::process::Stdio::inherit())
            .output();
        let Ok(output) = output else { break };
        let said = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<u64> = said
            .split_whitespace()
            .filter_map(|it| it.parse().ok())
            .collect();
        if let [cpu, inputs, kept, failures] = numbers[..] {
            tally.cpu += cpu;
            tally.inputs += inputs;
            tally.kept += kept;
            tally.failures += failures;
        }
        tally.wall = begin.elapsed().as_secs();
        if !output.status.success()
            && let Ok(input) = fs::read(&current)
        {
            tally.failures += 1;
            let dies = |input: &[u8]| {
                let file = folder.join("shrinking");
                let _ = fs::write(&file, input);
                let mut tried = Command::new(&this);
                tried.args(["one", target.name()]).arg(&file);
                let tried = tried
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .status();
                tried.is_ok_and(|it| it.code().is_none_or(|code| code > 2))
            };
            let small = shrink::shrink(&input, 300, SHRINKING, dies);
            keep(
                into,
                target,
                &format!("ended {}", output.status),
                "the process ended",
                &small,
            );
        }
        // A run that is ended from outside has still said what it did.
        eprintln!(
            "{}: {} s, {} inputs, {} kept, {} failures",
            target.name(),
            tally.wall,
            tally.inputs,
            tally.kept,
            tally.failures
        );
    }
    let _ = fs::remove_file(folder.join("current"));
    tally
}

/// Writes a failing input to where the tests take it up. Whether it is a new failure.
fn keep(into: &Path, target: Target, key: &str, words: &str, input: &[u8]) -> bool {
    let slug: String = key
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let slug: Vec<&str> = slug.split('-').filter(|it| !it.is_empty()).collect();
    let mut name = slug.join("-");
    name.truncate(80);
    let folder = into.join(target.name());
    let file = folder.join(format!("{name}.txt"));
    if file.exists() {
        return false;
    }
    let _ = fs::create_dir_all(&folder);
    let _ = fs::write(&file, corpus::tokens(input, false));
    let mut words = words.to_owned();
    words.truncate(syntax::text::floor_char(&words, 2_000));
    eprintln!(
        "FAILURE {}: {key}\n{words}\n  -> {}",
        target.name(),
        file.display()
    );
    true
}

/// Tries inputs for some seconds and prints: processor seconds, inputs, inputs kept, new failures.
fn child(name: &str, seed: &str, seconds: &str, into: &Path) -> Result<bool, String> {
    let target = target(name)?;
    let (seed, seconds) = (number(seed)?, number(seconds)?);
    engine::panics::keep_quiet();
    std::thread::spawn(watch);
    let tally = engine::pool::install(1, || {
        Child::new(target, seed, into.to_owned()).work(seconds)
    })
    .map_err(|it| it.to_string())?;
    println!(
        "{} {} {} {}",
        processor().as_secs(),
        tally.inputs,
        tally.kept,
        tally.failures
    );
    Ok(true)
}

/// Processor time of this process.
fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Processor milliseconds of this process when the input at hand was begun.
static BEGAN: AtomicU64 = AtomicU64::new(0);

fn began() {
    BEGAN.store(
        u64::try_from(processor().as_millis()).unwrap_or(0),
        Ordering::Relaxed,
    );
}

/// Ends the process when an input does not end.
fn watch() {
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = u64::try_from(processor().as_millis()).unwrap_or(0);
        if now.saturating_sub(BEGAN.load(Ordering::Relaxed)) > HANG * 1_000 {
            eprintln!("an input takes more than {HANG} s of processor time");
            std::process::abort();
        }
    }
}

struct Child {
    target: Target,
    dice: Dice,
    /// All that can be changed: what there was first, then what was found.
    texts: Vec<Vec<u8>>,
    known: HashSet<u64>,
    failed: HashSet<String>,
    folder: PathBuf,
    /// Where failures go.
    into: PathBuf,
    tally: Tally,
}

impl Child {
    fn new(target: Target, seed: u64, into: PathBuf) -> Child {
        let folder = queue(target);
        let mut texts = corpus::of(target);
        let mut kept: Vec<PathBuf> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .filter_map(|it| Some(it.ok()?.path()))
            .collect();
        kept.sort();
        texts.extend(
            kept.iter()
                .filter(|it| it.extension().is_some())
                .filter_map(|it| fs::read(it).ok()),
        );
        Child {
            target,
            dice: Dice::new(seed),
            texts,
            known: HashSet::new(),
            failed: HashSet::new(),
            folder,
            into,
            tally: Tally::default(),
        }
    }

    fn work(mut self, seconds: u64) -> Tally {
        let end = Instant::now() + Duration::from_secs(seconds);
        let first = self.texts.len();
        for index in 0..first {
            let text = self.texts[index].clone();
            self.attempt(&text, false);
        }
        while Instant::now() < end {
            // What was found last leads further more often.
            let last = self.texts.len().saturating_sub(64);
            let from = if self.dice.one_in(3) {
                last + self.dice.below(self.texts.len() - last)
            } else {
                self.dice.below(self.texts.len())
            };
            let other = self.dice.below(self.texts.len());
            let input = mutate::mutate(&mut self.dice, &self.texts[from], &self.texts[other]);
            self.attempt(&input, true);
        }
        self.tally
    }

    fn attempt(&mut self, input: &[u8], keeps: bool) {
        let _ = fs::write(self.folder.join("current"), input);
        self.tally.inputs += 1;
        let prints = keeps && self.dice.one_in(PRINTED);
        let (mut outcome, mut took) = timed(self.target, input, prints);
        let known = &mut self.known;
        let news = outcome.features.iter().filter(|it| known.insert(**it));
        let news = news.count();
        if news > 0 && keeps && !prints {
            (outcome, took) = timed(self.target, input, true);
        }
        if news > 0 && keeps && outcome.failure.is_none() {
            self.tally.kept += 1;
            let name = format!("{:016x}.txt", fingerprint(input));
            let _ = fs::write(self.folder.join(name), input);
            self.texts.push(input.to_vec());
        }
        if let Some(failure) = outcome.failure {
            if !self.failed.insert(failure.key.clone()) {
                return;
            }
            let target = self.target;
            let small = shrink::shrink(input, 2_000, SHRINKING, |it| {
                timed(target, it, true)
                    .0
                    .failure
                    .is_some_and(|it| it.key == failure.key)
            });
            let words = target
                .run(&small, true)
                .failure
                .map_or(failure.words, |it| it.words);
            self.tally.failures +=
                u64::from(keep(&self.into, target, &failure.key, &words, &small));
            return;
        }
        let limit = allowed(input);
        if took > limit {
            // Other work on the machine does not count, but it empties the caches.
            let best = (0..3)
                .map(|_| timed(self.target, input, true).1)
                .min()
                .unwrap_or_default()
                .min(took);
            if best > limit && self.failed.insert(format!("slow {}", input.len() >> 14)) {
                let name = format!("slow-{}-{:016x}.slow", best.as_millis(), fingerprint(input));
                let _ = fs::create_dir_all(self.folder.join("slow"));
                let _ = fs::write(self.folder.join("slow").join(&name), input);
                self.tally.failures += 1;
                eprintln!(
                    "SLOW {}: {best:?} for {} bytes -> {name}",
                    self.target.name(),
                    input.len()
                );
            }
        }
    }
}

/// What an input may take.
fn allowed(input: &[u8]) -> Duration {
    BASE + PER_MIB.mul_f64(input.len() as f64 / f64::from(1 << 20))
}

/// What comes of an input, and its processor time.
fn timed(target: Target, input: &[u8], prints: bool) -> (Outcome, Duration) {
    began();
    let before = processor();
    let outcome = target.run(input, prints);
    (outcome, processor().saturating_sub(before))
}

/// FNV-1a.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Tries files and tells what comes of them.
fn one(name: &str, files: &[&str]) -> Result<bool, String> {
    let target = target(name)?;
    engine::panics::keep_quiet();
    let mut clean = true;
    for file in files {
        let input = fs::read(Path::new(file)).map_err(|error| format!("{file}: {error}"))?;
        let input = corpus::tokens(&input, true);
        let (outcome, took) = engine::pool::install(1, || timed(target, &input, true))
            .map_err(|it| it.to_string())?;
        let mut line = format!(
            "{file}: {took:?} for {} bytes, {} features",
            input.len(),
            outcome.features.len()
        );
        if let Some(failure) = outcome.failure {
            clean = false;
            let _ = write!(line, "\nFAILURE {}\n{}", failure.key, failure.words);
        }
        println!("{line}");
    }
    Ok(clean)
}
