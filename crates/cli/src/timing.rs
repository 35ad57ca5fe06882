//! `--timing`: the clocks that the engine does not have, and what they told, on stderr.

use std::io::{self, Write};
use std::time::Duration;

use engine::timing::{Cost, Timing};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// How many lints are listed.
const DEAREST: usize = 20;

/// Begins to measure.
pub fn start() -> Timing {
    Timing::new(wall, cpu)
}

fn wall() -> Duration {
    duration(clock_gettime(ClockId::Monotonic))
}

/// What all threads of this program have worked since its start.
fn cpu() -> Duration {
    duration(clock_gettime(ClockId::ProcessCPUTime))
}

fn duration(it: Timespec) -> Duration {
    let seconds = u64::try_from(it.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(it.tv_nsec).unwrap_or_default())
}

/// Prints what was measured; `elapsed` is the time since the start.
pub fn tell(timing: &Timing, elapsed: Duration) {
    // A stderr that is gone takes its words with it.
    let _ = write!(io::stderr().lock(), "{}", table(timing, elapsed, cpu()));
}

fn table(timing: &Timing, elapsed: Duration, cpu: Duration) -> String {
    let mut text = format!("{:<40} {:>11} {:>11}\n", "stage", "wall", "cpu");
    let mut line = |name: &str, wall: Duration, cpu: Option<Duration>| {
        let cpu = cpu.map(shown).unwrap_or_default();
        let line = format!("{name:<40} {:>11} {cpu:>11}", shown(wall));
        text.push_str(line.trim_end());
        text.push('\n');
    };
    for (stage, cost) in timing.stages() {
        line(stage.as_str(), cost.wall, Some(cost.cpu));
        if stage == engine::timing::Stage::Files {
            for (step, cost) in timing.steps() {
                let name = format!("  {} (all threads)", step.as_str());
                line(&name, cost.wall, None);
            }
        }
    }
    line("all, from the start of the program", elapsed, Some(cpu));
    let lints = timing.lints();
    let sum: Duration = lints.iter().map(|(_, cost)| cost.wall).sum();
    text.push_str(&format!(
        "\n{:<40} {:>11} {:>11}\n",
        "lint (all threads, measuring included)", "wall", "asked"
    ));
    let row = |name: &str, wall: Duration, times: u64| {
        format!("{name:<40} {:>11} {times:>11}\n", shown(wall))
    };
    for (lint, Cost { times, wall, .. }) in lints.iter().take(DEAREST) {
        text.push_str(&row(lint, *wall, *times));
    }
    if lints.len() > DEAREST {
        let rest = &lints[DEAREST..];
        let wall = rest.iter().map(|(_, cost)| cost.wall).sum();
        let name = format!("{} others", rest.len());
        text.push_str(&row(
            &name,
            wall,
            rest.iter().map(|(_, cost)| cost.times).sum(),
        ));
    }
    let times = lints.iter().map(|(_, cost)| cost.times).sum();
    text.push_str(&row("all lints", sum, times));
    text
}

/// In milliseconds.
fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
