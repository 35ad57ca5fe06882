//! The threads that all stages share.

use crate::Error;

/// Stack of one thread in bytes: parsing recurses to the depth that the limits allow, and debug builds need several times
/// the stack of optimised ones.
const STACK: usize = 16 << 20;

/// Threads that stay.
#[derive(Debug)]
pub struct Pool(rayon::ThreadPool);

impl Pool {
    /// A pool with `threads` threads, 0 meaning one per core.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(threads: usize) -> Result<Pool, Error> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .stack_size(STACK)
            .thread_name(|index| format!("nivis-{index}"))
            .build()
            .map(Pool)
            .map_err(|error| Error::new(format!("no threads: {error}")))
    }

    /// Runs `work` on its threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.0.install(work)
    }
}

/// Runs `work` on a pool of its own with `threads` threads, 0 meaning one per core.
///
/// # Errors
/// When the system gives no threads.
pub fn install<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> Result<R, Error> {
    Ok(Pool::new(threads)?.run(work))
}
