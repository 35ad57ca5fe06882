//! Runs programs and says what they took: wall time, processor time, memory.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Something to run.
pub struct Job {
    words: Vec<String>,
    variables: Vec<(&'static str, &'static str)>,
    folder: Option<PathBuf>,
    input: Option<PathBuf>,
    before: Option<Box<dyn Fn(usize)>>,
    rounds: usize,
}

/// What all rounds took.
#[derive(Debug, Default, Clone)]
pub struct Usage {
    /// Milliseconds on the clock, the median.
    pub wall: f64,
    /// Milliseconds of all processors, the median.
    pub cpu: f64,
    /// The most memory at once, in KiB, the median.
    pub peak: f64,
    walls: Vec<f64>,
    cpus: Vec<f64>,
}

impl Usage {
    /// The most memory at once, in MiB.
    pub fn mib(&self) -> f64 {
        self.peak / 1024.0
    }

    /// Milliseconds on the clock of each round.
    pub fn walls(&self) -> &[f64] {
        &self.walls
    }

    /// Milliseconds of all processors of each round.
    pub fn cpus(&self) -> &[f64] {
        &self.cpus
    }
}

impl Job {
    pub fn new(program: &Path, words: &[&str]) -> Job {
        Job {
            words: vec![program.display().to_string()],
            variables: Vec::new(),
            folder: None,
            input: None,
            before: None,
            rounds: usize::MAX,
        }
        .words(words)
    }

    pub fn words(mut self, words: &[&str]) -> Job {
        self.words.extend(words.iter().map(|it| (*it).to_owned()));
        self
    }

    pub fn path(self, path: &Path) -> Job {
        self.words(&[&path.display().to_string()])
    }

    pub fn variable(mut self, name: &'static str, value: &'static str) -> Job {
        self.variables.push((name, value));
        self
    }

    /// Where it runs.
    pub fn folder(mut self, path: &Path) -> Job {
        self.folder = Some(path.to_owned());
        self
    }

    /// What it reads.
    pub fn input(mut self, path: &Path) -> Job {
        self.input = Some(path.to_owned());
        self
    }

    /// What is done before each round, and is not measured.
    pub fn before(mut self, act: impl Fn(usize) + 'static) -> Job {
        self.before = Some(Box::new(act));
        self
    }

    /// How often it runs at most.
    pub fn rounds(mut self, most: usize) -> Job {
        self.rounds = most;
        self
    }

    /// Runs it in a process of its own that does nothing else, for the system adds up what the children of a process took.
    #[expect(clippy::disallowed_methods, reason = "a benchmark runs programs")]
    pub fn run(&self) -> Result<[f64; 3], String> {
        let this = std::env::current_exe().map_err(|it| it.to_string())?;
        let input = self.input.as_deref().unwrap_or(Path::new("/dev/null"));
        let mut command = Command::new(this);
        command.arg("measure").arg(input).args(&self.words);
        command.envs(self.variables.iter().copied());
        command.current_dir(self.folder.as_deref().unwrap_or(Path::new("/")));
        let output = command.output().map_err(|it| it.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        let numbers = said.split_whitespace().filter_map(|it| it.parse().ok());
        let numbers: Vec<f64> = numbers.collect();
        match numbers[..] {
            [wall, cpu, peak] if output.status.success() => Ok([wall, cpu, peak]),
            _ => Err(format!("{}: {said}", self.words.join(" "))),
        }
    }
}

/// Runs all jobs in turn, forwards and backwards, after a round that only warms the caches.
pub fn alternate(
    jobs: Vec<(&'static str, Job)>,
    rounds: usize,
) -> Result<Vec<(&'static str, Usage)>, String> {
    let mut all: Vec<Vec<[f64; 3]>> = vec![Vec::new(); jobs.len()];
    for round in 0..=rounds {
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let job = &jobs[index].1;
            if round > job.rounds {
                continue;
            }
            if let Some(before) = &job.before {
                before(round);
            }
            let taken = job.run()?;
            if round > 0 {
                all[index].push(taken);
            }
        }
    }
    let usage = |taken: Vec<[f64; 3]>| Usage {
        wall: median(taken.iter().map(|it| it[0])),
        cpu: median(taken.iter().map(|it| it[1])),
        peak: median(taken.iter().map(|it| it[2])),
        walls: taken.iter().map(|it| it[0]).collect(),
        cpus: taken.iter().map(|it| it[1]).collect(),
    };
    let usages = jobs.into_iter().zip(all);
    Ok(usages
        .map(|((name, _), taken)| (name, usage(taken)))
        .collect())
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// `xtask measure INPUT PROGRAM…`: runs one program; gives wall time, processor time (ms) and peak memory (KiB).
#[expect(clippy::disallowed_methods, reason = "a benchmark runs programs")]
pub fn measure(words: &[&str]) -> Result<String, String> {
    let [input, program, arguments @ ..] = words else {
        return Err("measure INPUT PROGRAM ARGUMENT…".to_owned());
    };
    let stdin = File::open(input).map_err(|it| format!("{input}: {it}"))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(stdin);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let status = command.status().map_err(|it| format!("{program}: {it}"))?;
    let wall = begin.elapsed().as_secs_f64() * 1000.0;
    // Peers say 1 when they find something.
    if status.code().is_none_or(|code| code > 1) {
        return Err(format!("{program}: {status}"));
    }
    let taken = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|it| it.to_string())?;
    let micros = taken.user_time().num_microseconds() + taken.system_time().num_microseconds();
    let peak = taken.max_rss();
    Ok(format!("{wall:.3} {:.3} {peak}", micros as f64 / 1000.0))
}
