//! Lays the documentation out for mdBook: README, `docs` and the pages of the lints keep their places, so that every
//! link between them holds in the book as it does in the repository.
#![expect(
    clippy::disallowed_methods,
    reason = "a developer's tool writes files of this repository"
)]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::index;

/// The chapters, in order. The pages of the lints stand below the table of the lints.
const USERS: [(&str, &str); 11] = [
    ("Start", "docs/start.md"),
    (
        "Configuration, allow comments, baseline",
        "docs/configuration.md",
    ),
    ("Fixes", "docs/fixes.md"),
    ("Hooks and CI", "docs/integrations.md"),
    ("Fleets", "docs/fleet.md"),
    ("Editors", "docs/editors.md"),
    ("The graph of hosts and modules", "docs/graph.md"),
    ("Lints", LINTS),
    ("Your own rules", "docs/own-rules.md"),
    ("From other tools", "docs/peers.md"),
    ("Changelog", "docs/changelog.md"),
];
const LINTS: &str = "docs/lints.md";
const CONTRIBUTORS: [(&str, &str); 3] = [
    ("Architecture", "docs/architecture.md"),
    ("Writing a lint", "docs/writing-a-lint.md"),
    ("Performance", "docs/performance.md"),
];

/// Writes `target/book`, of which `mdbook build target/book` makes the book.
///
/// # Errors
/// When a page cannot be read or written, in words that name it.
pub fn write(root: &Path) -> Result<String, String> {
    let book = root.join("target/book");
    let source = book.join("src");
    if source.exists() {
        fs::remove_dir_all(&source).map_err(|error| said(&source, &error))?;
    }
    copy(&root.join("README.md"), &source.join("README.md"))?;
    copy_tree(&root.join("docs"), &source.join("docs"))?;
    for (_, lints) in index::groups() {
        for lint in lints {
            let page = index::page(lint);
            copy(&root.join(&page), &source.join(&page))?;
        }
    }
    save(&source.join("SUMMARY.md"), &summary())?;
    save(
        &book.join("book.toml"),
        "[book]\ntitle = \"nivis\"\nlanguage = \"en\"\n",
    )?;
    Ok("target/book is ready: mdbook build target/book".to_owned())
}

/// What mdBook reads the order of the chapters from.
fn summary() -> String {
    let mut text = String::from("# Summary\n\n[nivis](README.md)\n\n");
    for (title, path) in USERS {
        let _ = writeln!(text, "- [{title}]({path})");
        if path != LINTS {
            continue;
        }
        for (group, lints) in index::groups() {
            let _ = writeln!(text, "  - [{group}]()");
            for lint in lints {
                let _ = writeln!(text, "    - [{}]({})", lint.name, index::page(lint));
            }
        }
    }
    text.push_str("\n# For contributors\n\n");
    for (title, path) in CONTRIBUTORS {
        let _ = writeln!(text, "- [{title}]({path})");
    }
    text
}

fn said(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), String> {
    if !from.is_dir() {
        return copy(from, to);
    }
    for entry in fs::read_dir(from).map_err(|error| said(from, &error))? {
        let path = entry.map_err(|error| said(from, &error))?.path();
        let name = path.file_name().unwrap_or(OsStr::new("")).to_owned();
        copy_tree(&path, &to.join(name))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let bytes = fs::read(from).map_err(|error| said(from, &error))?;
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).map_err(|error| said(folder, &error))?;
    fs::write(to, bytes).map_err(|error| said(to, &error))
}

fn save(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| said(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page that is in no chapter is never read.
    #[test]
    fn every_page_is_in_the_book() {
        let summary = summary();
        for entry in fs::read_dir(crate::root().join("docs")).expect("docs") {
            let name = entry.expect("an entry").file_name();
            let name = name.to_string_lossy();
            if name.ends_with(".md") {
                assert!(summary.contains(&format!("](docs/{name})")), "{name}");
            }
        }
    }
}
