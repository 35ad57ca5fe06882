//! A line on stderr that says that a long run is still at work. Only on a terminal, only after a second, gone before
//! anything else is written.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What a run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Files are read.
    Reading,
    /// Files are looked at.
    Checking,
    /// Fixes are applied, and files looked at again.
    Fixing,
}

/// A run shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is drawn again.
const STEP: Duration = Duration::from_millis(120);
/// Back to the beginning of the line, and away with it.
const CLEAR: &str = "\r\u{1b}[K";

/// The line, while it lives.
#[derive(Debug, Default)]
pub struct Progress {
    stage: Arc<AtomicU8>,
    thread: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins to wait, when there is somebody to see it.
    pub fn start(wanted: bool, ascii: bool) -> Progress {
        if !wanted {
            return Progress::default();
        }
        Progress::draw_to(std::io::stderr(), PATIENCE, STEP, ascii)
    }

    fn draw_to(
        mut out: impl Write + Send + 'static,
        patience: Duration,
        step: Duration,
        ascii: bool,
    ) -> Progress {
        let stage = Arc::new(AtomicU8::new(0));
        let (sender, receiver) = mpsc::channel::<()>();
        let seen = Arc::clone(&stage);
        let begin = Instant::now();
        let thread = thread::spawn(move || {
            let signs: &[char] = if ascii {
                &['|', '/', '-', '\\']
            } else {
                &['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
            };
            let mut wait = patience;
            let mut drawn = false;
            for sign in signs.iter().cycle() {
                if receiver.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                let word = match seen.load(Ordering::Relaxed) {
                    0 => "reading",
                    1 => "checking",
                    _ => "fixing",
                };
                let seconds = begin.elapsed().as_secs();
                // A terminal that is gone takes the line with it.
                let _ =
                    write!(out, "{CLEAR}{sign} {word} … {seconds} s").and_then(|()| out.flush());
                drawn = true;
                wait = step;
            }
            if drawn {
                let _ = write!(out, "{CLEAR}").and_then(|()| out.flush());
            }
        });
        Progress {
            stage,
            thread: Some((sender, thread)),
        }
    }

    /// Says what the run is at.
    pub fn at(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// Takes the line away.
    pub fn end(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        if let Some((sender, thread)) = self.thread.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn a_short_run_shows_nothing() {
        let screen = Screen::default();
        let hour = Duration::from_secs(3600);
        Progress::draw_to(screen.clone(), hour, hour, false).end();
        assert_eq!(screen.text(), "");
        Progress::start(false, false).end();
    }

    #[test]
    fn a_long_one_is_drawn_and_cleared() {
        let screen = Screen::default();
        let moment = Duration::from_millis(1);
        let progress = Progress::draw_to(screen.clone(), moment, moment, true);
        for (stage, word) in [
            (Stage::Reading, "reading"),
            (Stage::Checking, "checking"),
            (Stage::Fixing, "fixing"),
        ] {
            progress.at(stage);
            while !screen.text().contains(word) {
                thread::sleep(moment);
            }
        }
        drop(progress);
        let text = screen.text();
        assert!(text.starts_with(CLEAR) && text.ends_with(CLEAR), "{text:?}");
        assert!(text.contains("| reading … 0 s"), "{text:?}");
    }
}
