//! Every page is run: its findings equal its caret lines, its fixes hold, its allows silence, no cut panics.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lint_api::Lint;

fn all() -> Vec<&'static Lint> {
    lints::ALL.iter().chain(engine::own::ALL).copied().collect()
}

/// `NIVIS_PAGE=name cargo test -p nivis-lints --test pages` runs one page.
#[test]
fn pages() {
    #[expect(clippy::disallowed_methods, reason = "a developer asks for one page")]
    let only = std::env::var("NIVIS_PAGE").ok();
    let all = all();
    let asked: Vec<&'static Lint> = all
        .iter()
        .copied()
        .filter(|lint| only.as_deref().is_none_or(|name| name == lint.name))
        .collect();
    // Each worker takes the next page: they differ much in length.
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(lint) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = testkit::check_page(lint, &all);
                    wrong.lock().expect("no worker panics").extend(found);
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("no worker panics");
    wrong.sort();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n\n"));
}
