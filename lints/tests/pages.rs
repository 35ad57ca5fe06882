//! Every page is run: its findings equal its caret lines, its fixes hold, its allows silence, no cut panics.

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
    let mut wrong = Vec::new();
    for lint in &all {
        if only.as_deref().is_none_or(|name| name == lint.name) {
            wrong.extend(testkit::check_page(lint, &all));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n\n"));
}
