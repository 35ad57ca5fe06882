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
    for (group, of_group) in groups() {
        let _ = write!(
            text,
            "\n## {group}\n\n{}.\n\n| lint | level | fix | what is flagged |\n| --- | --- | --- | --- |\n",
            group.about()
        );
        for lint in of_group {
            let _ = writeln!(
                text,
                "| [`{}`](../{}) | {} | {} | {} |",
                lint.name,
                page(lint),
                lint.level,
                lint.fix.as_str(),
                lint.summary
            );
        }
    }
    text
}

/// The groups that have lints, with them.
pub fn groups() -> impl Iterator<Item = (Group, Vec<&'static Lint>)> {
    Group::ALL.iter().filter_map(|group| {
        let lints = lints::ALL.iter().chain(engine::own::ALL).copied();
        let of_group: Vec<_> = lints.filter(|lint| lint.group == *group).collect();
        (!of_group.is_empty()).then_some((*group, of_group))
    })
}

/// The page of a lint, from the root of this repository.
pub fn page(lint: &Lint) -> String {
    let file = lint.name.replace('-', "_");
    if lint.group == Group::Nivis {
        return format!("crates/engine/src/own/{file}.md");
    }
    format!("lints/{}/{file}.md", lint.group)
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
