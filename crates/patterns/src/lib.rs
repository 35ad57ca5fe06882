//! Users' rules: TOML with a piece of Nix that has holes, made into lints. Pure: never opens a file, never prints.
//!
//! `read` takes the TOML apart, `snippet` and `pattern` make plain data of the Nix in it, `matcher` compares that with a
//! tree, `condition` asks what else must hold, `template` words what is found, `rewrite` makes the fix, and `rule` is all of
//! it as one [`Lint`]. `docs/own-rules.md` says what a rule is.

mod condition;
mod matcher;
mod pattern;
mod read;
mod rewrite;
mod rule;
mod snippet;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use lint_api::Lint;

pub use condition::KINDS;
pub use read::{Error, Example, Source};

/// A lint that a rule made.
#[derive(Debug, Clone)]
pub struct OwnLint {
    /// The lint.
    pub lint: &'static Lint,
    /// The file of the rule.
    pub path: String,
    /// Its examples, the flagged ones first.
    pub examples: Vec<Example>,
}

/// Makes lints of the rules of some texts, in their order. `taken` says of a name whose it is already: `a lint of nivis`.
///
/// # Errors
/// When a rule is wrong, or has the name of something else.
pub fn load(
    sources: &[Source],
    taken: &dyn Fn(&str) -> Option<&'static str>,
) -> Result<Vec<OwnLint>, Error> {
    let mut lints = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for source in sources {
        let mut rules = read::read(source)?;
        rules.sort_by_key(|rule| rule.at.start);
        for rule in rules {
            if let Some(whose) = taken(&rule.name) {
                let words = format!("`{}` is the name of {whose} already", rule.name);
                return Err(source.error(&rule.at, words));
            }
            let (line, _) = source.error(&rule.at, "").line;
            let place = format!("{}:{line}", source.path);
            if let Some(other) = names.insert(rule.name.clone(), place) {
                let words = format!(
                    "`{}` is the name of another rule already: {other}",
                    rule.name
                );
                return Err(source.error(&rule.at, words));
            }
            lints.push(OwnLint {
                lint: rule::lint(&rule, source)?,
                path: source.path.clone(),
                examples: rule.examples,
            });
        }
    }
    Ok(lints)
}
