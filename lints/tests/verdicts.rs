//! What the pages of the lints about text call wrong, Nix itself refuses; what they call clean, it takes.

use std::process::Command;

use testkit::Page;

/// The lints whose findings are what Nix refuses to read.
const LINTS: &[&str] = &[
    "syntax-error",
    "undefined-name",
    "duplicate-key",
    "duplicate-formal",
];

/// Whether Nix parses a text; `None` without the tool.
#[expect(clippy::disallowed_methods, reason = "the judge is an outside tool")]
fn accepts(text: &str) -> Option<bool> {
    let output = Command::new("nix-instantiate")
        .env("NIX_REMOTE", "dummy://")
        .args(["--parse", "-E", text])
        .output();
    match output {
        Ok(output) => Some(output.status.success()),
        Err(error) => {
            let required = std::env::var_os("NIVIS_REQUIRE_TOOLS").is_some();
            assert!(!required, "nix-instantiate: {error}");
            None
        }
    }
}

#[test]
fn nix_agrees_with_the_pages() {
    if accepts("1").is_none() {
        println!("skipped: nix-instantiate is missing");
        return;
    }
    let mut wrong = Vec::new();
    for lint in lints::ALL.iter().filter(|lint| LINTS.contains(&lint.name)) {
        for case in Page::read(lint.page).cases {
            // An old Nix does not know what these use, or its parser alone cannot tell.
            if case
                .words
                .iter()
                .any(|word| word == "newer" || word == "unjudged")
            {
                continue;
            }
            for (path, block) in case.files.iter().filter(|(path, _)| path.ends_with(".nix")) {
                let found = case.flagged && !block.expected.is_empty();
                // A file of a flagged case without a finding may be anything.
                if case.flagged && !found {
                    continue;
                }
                if accepts(&block.text) == Some(found) {
                    let verb = if found { "takes" } else { "refuses" };
                    wrong.push(format!("{}.md:{}: Nix {verb} {path}", lint.name, case.line));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
