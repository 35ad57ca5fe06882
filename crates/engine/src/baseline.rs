//! The baseline: how often each lint spoke of each place when nivis came to a repository. What it knows is not shown.
//!
//! Goal: adoption without a flood, and never a way for new findings to hide: when a place has more findings than the
//! baseline knows, all of them are shown. A key is path, lint and place, so that moved and formatted lines keep it; it
//! holds no position, no message and no text of a literal, and nothing of a secret.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use lint_api::Level;
use lint_api::report::{Outlived, Report, Settled, State};
use repo::{Repo, RepoPath};
use serde::Deserialize;
use toml::Spanned;

use crate::config::{self, ConfigText};
use crate::disk::{Failure, Folder};
use crate::names::Names;
use crate::{Error, Settings, own};

/// What `nivis baseline write` calls the file when the settings name none.
pub const FILE_NAME: &str = "nivis-baseline.toml";
/// The largest baseline that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// The only version there is.
const VERSION: i64 = 1;

/// Path, lint and place, each with the number of findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<(String, &'static str, String), usize>,
}

/// How often a lint spoke of each place.
type Places = BTreeMap<String, Spanned<i64>>;

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: Spanned<i64>,
    #[serde(default)]
    finding: BTreeMap<String, BTreeMap<Spanned<String>, Places>>,
}

/// Reads the baseline that the settings name.
///
/// # Errors
/// When it is missing, a link stands on its way, or it cannot be read.
pub fn read(root: &Path, path: &str) -> Result<ConfigText, Error> {
    let folder = Folder::open(root).map_err(|failure| Error::at(path, failure.to_string()))?;
    match folder.read(path.as_bytes(), LARGEST) {
        Ok((bytes, _)) => ConfigText::new(path, bytes),
        Err(Failure::Missing) => Err(Error::at(
            path,
            "the baseline does not exist: `nivis baseline write` writes it",
        )),
        Err(failure) => Err(Error::at(path, format!("the baseline {failure}"))),
    }
}

/// Reads the baseline as it is in the base revision; `None` when it is not there.
pub(crate) fn read_at_base(
    root: &Path,
    revision: Option<&str>,
    path: &str,
) -> Result<Option<ConfigText>, Error> {
    let bytes = crate::load::read_at_base(root, revision, path.as_bytes(), LARGEST)?;
    bytes.map(|bytes| ConfigText::new(path, bytes)).transpose()
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// When it is no TOML, of another version, or names a lint that does not exist.
    pub fn parse(file: &ConfigText, names: &Names) -> Result<Baseline, Error> {
        let written: Written = toml::from_str(file.text.contents()).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            file.error(&at, config::words(error.message(), || None))
        })?;
        let wrong = |at: Range<usize>, message: String| file.error(&at, message);
        if *written.version.get_ref() != VERSION {
            let message = format!("this nivis reads version {VERSION} of a baseline only");
            return Err(wrong(written.version.span(), message));
        }
        let mut entries = BTreeMap::new();
        for (path, lints) in written.finding {
            for (name, places) in lints {
                let index = names.index(name.get_ref()).ok_or_else(|| {
                    let near = names.did_you_mean(name.get_ref(), false);
                    wrong(
                        name.span(),
                        format!("no lint is called `{}`{near}", name.get_ref()),
                    )
                })?;
                let lint = names.lints()[index].name;
                for (place, count) in places {
                    let known = usize::try_from(*count.get_ref()).ok().filter(|it| *it > 0);
                    let known = known.ok_or_else(|| {
                        wrong(count.span(), "expected a number above 0".to_owned())
                    })?;
                    entries.insert((path.clone(), lint, place), known);
                }
            }
        }
        Ok(Baseline { entries })
    }

    /// What a report holds: every active finding that can be in a baseline.
    #[must_use]
    pub fn of(report: &Report) -> Baseline {
        let mut baseline = Baseline::default();
        for settled in report.active().filter(|settled| can_be_known(settled)) {
            let path = &report.sources[&settled.finding.at.file].path;
            *baseline.entries.entry(key(settled, path)).or_default() += 1;
        }
        baseline
    }

    /// The same with the entries of another one for every lint that `keep` chooses.
    pub fn keep_from(&mut self, other: &Baseline, keep: impl Fn(&str) -> bool) {
        self.entries.retain(|(_, lint, _), _| !keep(lint));
        let kept = other.entries.iter().filter(|((_, lint, _), _)| keep(lint));
        self.entries
            .extend(kept.map(|(key, count)| (key.clone(), *count)));
    }

    /// Drops and lowers what a report found to be outlived.
    pub fn prune(&mut self, outlived: &[Outlived]) {
        for it in outlived {
            let key = (it.path.clone(), it.lint, it.place.clone());
            if it.found == 0 {
                self.entries.remove(&key);
            } else if let Some(count) = self.entries.get_mut(&key) {
                *count = it.found.min(*count);
            }
        }
    }

    /// How many more and how many fewer findings of each lint than another one knows.
    #[must_use]
    pub fn compared(&self, other: &Baseline) -> BTreeMap<&'static str, (usize, usize)> {
        let mut lints: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
        for key in self.entries.keys().chain(other.entries.keys()) {
            let count = |it: &Baseline| it.entries.get(key).copied().unwrap_or(0);
            let (new, old) = (count(self), count(other));
            let row = lints.entry(key.1).or_default();
            // A key of both is met twice.
            let once = self.entries.contains_key(key) && other.entries.contains_key(key);
            if !once {
                row.0 += new.saturating_sub(old);
                row.1 += old.saturating_sub(new);
            }
        }
        for (key, new) in &self.entries {
            if let Some(old) = other.entries.get(key) {
                let row = lints.entry(key.1).or_default();
                row.0 += new.saturating_sub(*old);
                row.1 += old.saturating_sub(*new);
            }
        }
        lints.retain(|_, row| *row != (0, 0));
        lints
    }

    /// How many findings it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.values().sum()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The file: sorted, one lint of a file on each line.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text =
            "# Written by `nivis baseline write`; entries may be removed by hand.\nversion = 1\n"
                .to_owned();
        let mut last: Option<(&str, &str)> = None;
        for ((path, lint, place), count) in &self.entries {
            if last == Some((path, lint)) {
                text.push_str(", ");
            } else {
                if last.is_some() {
                    text.push_str(" }\n");
                }
                if last.is_none_or(|(other, _)| other != path) {
                    let _ = writeln!(text, "\n[finding.{}]", quoted(path));
                }
                let _ = write!(text, "{lint} = {{ ");
            }
            let _ = write!(text, "{} = {count}", quoted(place));
            last = Some((path, lint));
        }
        if last.is_some() {
            text.push_str(" }\n");
        }
        text
    }

    /// Takes what is known out of the findings, and tells the report what it no longer meets.
    pub(crate) fn subtract(&self, report: &mut Report, repo: &Repo, settings: &Settings) {
        let path = |settled: &Settled| &repo.file(settled.finding.at.file).path;
        let mut found: BTreeMap<(String, &'static str, String), usize> = BTreeMap::new();
        for settled in report.active().filter(|it| can_be_known(it)) {
            *found.entry(key(settled, path(settled))).or_default() += 1;
        }
        for settled in &mut report.findings {
            if settled.state != State::Active || !can_be_known(settled) {
                continue;
            }
            let key = key(settled, path(settled));
            let now = found[&key];
            match self.entries.get(&key) {
                Some(known) if now <= *known => settled.state = State::Baselined,
                Some(known) => {
                    let note = format!("the baseline knows {known} of these {now}");
                    settled.finding.notes.push(note);
                }
                None => {}
            }
        }
        // Of nothing, nothing is gone.
        let ran = |lint: &str, at: &RepoPath| {
            report.files > 0
                && report
                    .lints
                    .iter()
                    .any(|(ran, _)| ran.name == lint && settings.level(ran, at) != Level::Off)
        };
        for (key, known) in &self.entries {
            let now = found.get(key).copied().unwrap_or(0);
            let at = RepoPath::from(key.0.as_str());
            if now < *known && ran(key.1, &at) && settings.reports(&at) && !settings.excluded(&at) {
                report.outlived.push(Outlived {
                    path: key.0.clone(),
                    lint: key.1,
                    place: key.2.clone(),
                    found: now,
                });
            }
        }
    }
}

/// Trouble of a run is none that one can get used to.
fn can_be_known(settled: &Settled) -> bool {
    let name = settled.finding.lint.name;
    name != own::SYNTAX_ERROR
        && settled.finding.lint != &own::INTERNAL_ERROR
        && settled.finding.lint != &own::FILE_SKIPPED
}

fn key(settled: &Settled, path: &RepoPath) -> (String, &'static str, String) {
    (
        path.text().into_owned(),
        settled.finding.lint.name,
        settled.place.clone(),
    )
}

/// A basic string of TOML in which every character is one that can be seen.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            ' ' | '…' => quoted.push(c),
            c if c.is_ascii_graphic() || (c.is_alphanumeric() && !c.is_ascii()) => quoted.push(c),
            c => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::new(own::ALL.iter().copied())
    }

    fn parse(text: &str) -> Result<Baseline, Error> {
        let file = ConfigText::new("b.toml", text.as_bytes().to_vec()).unwrap();
        Baseline::parse(&file, &names())
    }

    fn baseline(entries: &[(&str, &'static str, &str, usize)]) -> Baseline {
        let entries = entries.iter().map(|(path, lint, place, count)| {
            (((*path).to_owned(), *lint, (*place).to_owned()), *count)
        });
        Baseline {
            entries: entries.collect(),
        }
    }

    #[test]
    fn written_and_read() {
        let it = baseline(&[
            ("a \"x\".nix", "unused-allow", "let a", 1),
            ("a \"x\".nix", "unused-allow", "b.\"c d\" ü\u{202e}", 2),
            ("a \"x\".nix", "allow-without-reason", "", 3),
            ("b.nix", "unused-allow", "${…}", 1),
        ]);
        let text = it.render();
        assert!(!text.contains('\u{202e}'));
        assert_eq!(parse(&text), Ok(it));
        assert_eq!(Baseline::default().render().lines().count(), 2);
        assert_eq!(
            parse(&Baseline::default().render()),
            Ok(Baseline::default())
        );
    }

    #[test]
    fn mistakes_have_their_place() {
        for (text, words) in [
            ("", "b.toml:1:1: `version` is missing"),
            (
                "version = 2",
                "b.toml:1:11: this nivis reads version 1 of a baseline only",
            ),
            (
                "version = 1\n[finding.\"a\"]\nunused-alow = { \"a\" = 1 }",
                "b.toml:3:1: no lint is called `unused-alow`; did you mean `unused-allow`?",
            ),
            (
                "version = 1\n[finding.\"a\"]\nunused-allow = { \"a\" = 0 }",
                "b.toml:3:24: expected a number above 0",
            ),
            ("version = 1\n<<<<<<< ours\n", "b.toml:2:"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn compared_and_pruned() {
        let lint = "unused-allow";
        let mut old = baseline(&[("a", lint, "x", 3), ("a", lint, "y", 1), ("b", lint, "", 1)]);
        let new = baseline(&[("a", lint, "x", 1), ("c", lint, "", 2), ("b", lint, "", 1)]);
        assert_eq!(new.compared(&old), BTreeMap::from([(lint, (2, 3))]));
        let outlived = |place: &str, found| Outlived {
            path: "a".to_owned(),
            lint,
            place: place.to_owned(),
            found,
        };
        old.prune(&[outlived("x", 1), outlived("y", 0)]);
        assert_eq!(old, baseline(&[("a", lint, "x", 1), ("b", lint, "", 1)]));
    }
}
