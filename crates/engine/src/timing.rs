//! What a run costs: the time of each stage and of each lint, for who asks.
//!
//! The engine has no clock: whoever asks brings two, and without them nothing is read and nothing is counted. What is
//! told of lints and of the steps of the file stage is wall time summed over the threads, with the measuring in it: small
//! steps look dearer than they are.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lint_api::Lint;
use rustc_hash::FxHashMap;

/// Tells how much time has passed since some moment.
pub type Clock = fn() -> Duration;

/// The times of one run.
#[derive(Debug)]
pub struct Timing {
    /// The time that passes.
    wall: Clock,
    /// The time that all threads of the program have worked.
    cpu: Clock,
    stages: Mutex<Vec<(Stage, Cost)>>,
    steps: Mutex<Vec<(Step, Cost)>>,
    lints: Mutex<BTreeMap<&'static str, Cost>>,
}

/// What a run does, one thing after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Texts come from the disk and from git.
    Read,
    /// The answer of an earlier run is looked for.
    Answer,
    /// Schemas of pinned trees are read.
    Pins,
    /// Every file is looked at on its own.
    Files,
    /// The files are linked.
    Link,
    /// The lints of the repository are asked.
    Repository,
    /// Levels, allows, baseline, change, order.
    Settle,
    /// Reports are written.
    Print,
}

/// What is done with each file, on all threads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A tree is made.
    Parse,
    /// The one walk over the tree: facts, and the lints that see nodes.
    Walk,
    /// The rest of the facts.
    Facts,
    /// The lints that see a file once.
    Lints,
}

/// What something cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// How often it was done.
    pub times: u64,
    /// Wall time; of lints and steps, summed over the threads.
    pub wall: Duration,
    /// Time that all threads worked; of stages only.
    pub cpu: Duration,
}

impl Cost {
    fn add(&mut self, other: Cost) {
        self.times = self.times.saturating_add(other.times);
        self.wall = self.wall.saturating_add(other.wall);
        self.cpu = self.cpu.saturating_add(other.cpu);
    }
}

impl Stage {
    /// Its name for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Read => "reading",
            Stage::Answer => "earlier answer",
            Stage::Pins => "pinned trees",
            Stage::Files => "files",
            Stage::Link => "linking",
            Stage::Repository => "repository lints",
            Stage::Settle => "settling",
            Stage::Print => "printing",
        }
    }
}

impl Step {
    /// Its name for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Parse => "parsing",
            Step::Walk => "walk: facts, node lints",
            Step::Facts => "other facts",
            Step::Lints => "file lints",
        }
    }
}

impl Timing {
    /// Nothing measured yet.
    #[must_use]
    pub fn new(wall: Clock, cpu: Clock) -> Timing {
        Timing {
            wall,
            cpu,
            stages: Mutex::default(),
            steps: Mutex::default(),
            lints: Mutex::default(),
        }
    }

    /// The stages that there were, in their order; one that was gone through several times has the sum.
    #[must_use]
    pub fn stages(&self) -> Vec<(Stage, Cost)> {
        sorted(&self.stages)
    }

    /// The steps of the file stage.
    #[must_use]
    pub fn steps(&self) -> Vec<(Step, Cost)> {
        sorted(&self.steps)
    }

    /// All lints that were asked, the dearest first.
    #[must_use]
    pub fn lints(&self) -> Vec<(&'static str, Cost)> {
        let lints = self.lints.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lints: Vec<_> = lints.iter().map(|(lint, cost)| (*lint, *cost)).collect();
        lints.sort_by(|(a, first), (b, second)| second.wall.cmp(&first.wall).then(a.cmp(b)));
        lints
    }

    fn since(&self, wall: Duration) -> Duration {
        (self.wall)().saturating_sub(wall)
    }
}

fn sorted<T: Copy + Ord>(of: &Mutex<Vec<(T, Cost)>>) -> Vec<(T, Cost)> {
    let mut all = of.lock().unwrap_or_else(PoisonError::into_inner).clone();
    all.sort_by_key(|(what, _)| *what);
    all
}

fn add<T: Copy + PartialEq>(to: &Mutex<Vec<(T, Cost)>>, what: T, cost: Cost) {
    let mut all = to.lock().unwrap_or_else(PoisonError::into_inner);
    match all.iter_mut().find(|(known, _)| *known == what) {
        Some((_, known)) => known.add(cost),
        None => all.push((what, cost)),
    }
}

/// Does the work of a stage, and measures it where somebody asks.
pub fn stage<R>(timing: Option<&Timing>, stage: Stage, work: impl FnOnce() -> R) -> R {
    let Some(timing) = timing else {
        return work();
    };
    let (wall, cpu) = ((timing.wall)(), (timing.cpu)());
    let done = work();
    let cost = Cost {
        times: 1,
        wall: timing.since(wall),
        cpu: (timing.cpu)().saturating_sub(cpu),
    };
    add(&timing.stages, stage, cost);
    done
}

/// Who measures steps and lints, or nobody: then it is as if there were no measuring.
pub(crate) trait Meter {
    /// Does a step of the file stage.
    fn step<R>(&self, step: Step, work: impl FnOnce() -> R) -> R;
    /// Asks a lint.
    fn lint<R>(&self, lint: &'static Lint, work: impl FnOnce() -> R) -> R;
}

/// Nobody measures.
pub(crate) struct Unmeasured;

impl Meter for Unmeasured {
    #[inline(always)]
    fn step<R>(&self, _: Step, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[inline(always)]
    fn lint<R>(&self, _: &'static Lint, work: impl FnOnce() -> R) -> R {
        work()
    }
}

/// Measures on one thread, and adds it to the whole at its end.
pub(crate) struct Watch<'a> {
    timing: &'a Timing,
    lints: RefCell<Lints>,
}

/// What each lint cost, and where it stands in the list.
#[derive(Default)]
struct Lints {
    costs: Vec<(&'static str, Cost)>,
    places: FxHashMap<&'static str, usize>,
}

impl Lints {
    fn of(&mut self, lint: &'static str) -> &mut Cost {
        let costs = &mut self.costs;
        let place = *self.places.entry(lint).or_insert_with(|| {
            costs.push((lint, Cost::default()));
            costs.len() - 1
        });
        &mut costs[place].1
    }
}

impl<'a> Watch<'a> {
    pub fn new(timing: &'a Timing) -> Watch<'a> {
        Watch {
            timing,
            lints: RefCell::default(),
        }
    }
}

impl Meter for Watch<'_> {
    fn step<R>(&self, step: Step, work: impl FnOnce() -> R) -> R {
        let begin = (self.timing.wall)();
        let done = work();
        let cost = Cost {
            times: 1,
            wall: self.timing.since(begin),
            cpu: Duration::ZERO,
        };
        add(&self.timing.steps, step, cost);
        done
    }

    fn lint<R>(&self, lint: &'static Lint, work: impl FnOnce() -> R) -> R {
        let begin = (self.timing.wall)();
        let done = work();
        let cost = Cost {
            times: 1,
            wall: self.timing.since(begin),
            cpu: Duration::ZERO,
        };
        self.lints.borrow_mut().of(lint.name).add(cost);
        done
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut all = self
            .timing
            .lints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (lint, cost) in self.lints.borrow_mut().costs.drain(..) {
            all.entry(lint).or_default().add(cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::own;

    /// A clock on which every look costs a second.
    fn slow() -> Duration {
        static NOW: AtomicU64 = AtomicU64::new(0);
        Duration::from_secs(NOW.fetch_add(1, Ordering::Relaxed))
    }

    fn still() -> Duration {
        Duration::ZERO
    }

    #[test]
    fn what_is_measured_adds_up() {
        let timing = Timing::new(slow, still);
        for _ in 0..2 {
            stage(Some(&timing), Stage::Link, || ());
        }
        stage(None, Stage::Print, || ());
        let watch = Watch::new(&timing);
        watch.step(Step::Parse, || ());
        for _ in 0..3 {
            watch.lint(&own::UNUSED_ALLOW, || ());
        }
        drop(watch);
        let [(Stage::Link, link)] = timing.stages()[..] else {
            panic!("{timing:?}")
        };
        assert_eq!((link.times, link.cpu), (2, Duration::ZERO));
        assert!(link.wall >= Duration::from_secs(2));
        assert_eq!(timing.steps().len(), 1);
        let lints = timing.lints();
        assert_eq!((lints[0].0, lints[0].1.times), ("unused-allow", 3));
    }
}
