//! Panics of ours: caught per file and lint, told without a word of any file.
//!
//! The text of a panic may quote what a lint was looking at, so it is never shown: only the place in our own source is.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

thread_local! {
    static CATCHING: Cell<u32> = const { Cell::new(0) };
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panics silent where [`catch`] catches them; elsewhere only their place in our source goes to stderr.
/// A program calls it once, at start.
pub fn keep_quiet() {
    set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|at| format!("{}:{}", at.file(), at.line()))
            .unwrap_or_default();
        if CATCHING.get() == 0 {
            let _ = writeln!(
                std::io::stderr(),
                "error: nivis {} panicked at {place}: please report this",
                env!("CARGO_PKG_VERSION")
            );
        }
        LAST.set(Some(place));
    }));
}

/// Calls a function; when it panics, gives the place in our source (empty without [`keep_quiet`]).
///
/// # Errors
/// When it panics.
pub fn catch<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    CATCHING.set(CATCHING.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(call));
    CATCHING.set(CATCHING.get() - 1);
    outcome.map_err(|_| LAST.take().unwrap_or_default())
}
