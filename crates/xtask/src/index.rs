//! `docs/lints.md`: the one generated file, a table of every lint with a link to its page.

use std::fmt::Write as _;
use std::path::Path;

use lint_api::{Group, Lint};

/// Writes the table.
pub fn write(root: &Path) -> Result<String, String> {
    let path = root.join("docs/lints.md");
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer's tool writes a file of this repository"
    )]
    std::fs::write(&path, table()).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(format!("wrote {}", path.display()))
}

/// The whole text of `docs/lints.md`.
pub fn table() -> String {
    let mut text = String::from(
        "# Lints\n\nWritten by `cargo xtask docs` from the lints themselves. `nivis explain NAME` prints a page.\n\nA \
         level is the default: `error` and `warn` fail a run, `info` is shown, `off` runs only when it is asked for. A \
         *safe* fix keeps the meaning of the configuration, an *unsafe* one rests on a guess of what was meant.\n",
    );
    let lints: Vec<&Lint> = lints::ALL.iter().chain(engine::own::ALL).copied().collect();
    for group in Group::ALL {
        let of_group: Vec<_> = lints.iter().filter(|lint| lint.group == *group).collect();
        if of_group.is_empty() {
            continue;
        }
        let _ = write!(
            text,
            "\n## {group}\n\n{}.\n\n| lint | level | fix | what is flagged |\n| --- | --- | --- | --- |\n",
            group.about()
        );
        for lint in of_group {
            let folder = if *group == Group::Nivis {
                "../crates/engine/src/own".to_owned()
            } else {
                format!("../lints/{group}")
            };
            let file = lint.name.replace('-', "_");
            let _ = writeln!(
                text,
                "| [`{}`]({folder}/{file}.md) | {} | {} | {} |",
                lint.name,
                lint.level,
                lint.fix.as_str(),
                lint.summary
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_fresh() {
        assert!(
            include_str!("../../../docs/lints.md") == table(),
            "docs/lints.md is stale: run `cargo xtask docs`"
        );
    }
}
