//! `nivis.toml` as it is written: its types, its places, and errors that name a place and never quote the file.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use repo::Text;
use serde::Deserialize;
use syntax::text::size;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::names::did_you_mean;
use crate::{Error, Flags};

/// The name of the file, at the root of a repository.
pub const FILE_NAME: &str = "nivis.toml";

/// A file of settings: what errors call it, and its text.
#[derive(Debug, Clone)]
pub struct ConfigText {
    /// Its path as the user knows it.
    pub path: String,
    /// Its contents.
    pub text: Text,
}

impl ConfigText {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// When they are not UTF-8.
    pub fn new(path: impl Into<String>, bytes: Vec<u8>) -> Result<ConfigText, Error> {
        let path = path.into();
        let text = Text::from_bytes(bytes);
        if let Some(at) = text.invalid_at() {
            let place = text.position(at.into());
            return Err(Error {
                path: Some(path),
                line: Some((place.line, place.column)),
                message: "this is not UTF-8".to_owned(),
            });
        }
        Ok(ConfigText { path, text })
    }

    /// An error at a range of bytes.
    #[must_use]
    pub fn error(&self, at: &Range<usize>, message: impl Into<String>) -> Error {
        Error {
            path: Some(self.path.clone()),
            line: Some(self.place(at)),
            message: message.into(),
        }
    }

    /// 1-based line and column of a range.
    #[must_use]
    pub fn place(&self, at: &Range<usize>) -> (u32, u32) {
        let place = self.text.position(size(at.start));
        (place.line, place.column)
    }
}

/// The settings that hold for a root: `--config FILE`, else its `nivis.toml`; `None` when there is none.
///
/// # Errors
/// When the file cannot be read or is no regular file; for `--config base`, when there is no such revision.
#[expect(clippy::disallowed_methods, reason = "the settings are read here")]
pub fn find(flags: &Flags, root: &Path) -> Result<Option<ConfigText>, Error> {
    let (path, named) = match flags.config.as_deref() {
        Some("none") => return Ok(None),
        Some("base") => return of_base(flags, root),
        Some(file) => (PathBuf::from(file), file),
        None => (root.join(FILE_NAME), FILE_NAME),
    };
    let failed = |error: io::Error| Error::at(named, error.to_string());
    let kind = match std::fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound && flags.config.is_none() => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    // A pipe would wait for ever, a device never end.
    if !kind.is_file() {
        return Err(Error::at(named, "this is no regular file"));
    }
    if kind.len() > LARGEST {
        return Err(Error::at(named, "this file is over 16 MiB"));
    }
    let bytes = std::fs::read(&path).map_err(failed)?;
    ConfigText::new(named, bytes).map(Some)
}

/// The settings as they are in the base revision: who sends a change cannot relax its own check.
fn of_base(flags: &Flags, root: &Path) -> Result<Option<ConfigText>, Error> {
    let bytes =
        crate::load::read_at_base(root, flags.base.as_deref(), FILE_NAME.as_bytes(), LARGEST)
            .map_err(|error| Error::new(format!("--config base: {}", error.message)))?;
    bytes
        .map(|bytes| ConfigText::new(format!("{FILE_NAME} of the base"), bytes))
        .transpose()
}

/// The largest file of settings, in bytes.
const LARGEST: u64 = 16 << 20;

/// A table whose keys are names of lints or groups.
pub type ByName<T> = BTreeMap<Spanned<String>, Spanned<T>>;

/// The options of one lint, unread.
pub type OptionsTable = BTreeMap<Spanned<String>, Spanned<toml::Value>>;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Globs of files that are not checked.
    pub exclude: Vec<Spanned<String>>,
    /// Files of users' rules.
    pub rules: Vec<Spanned<String>>,
    /// Users' rules that stand here; whoever makes lints of them reads them.
    pub rule: Vec<serde::de::IgnoredAny>,
    /// The baseline.
    pub baseline: Option<Spanned<String>>,
    /// Comments of other tools that are honoured.
    pub foreign_pragmas: Option<Vec<Spanned<String>>>,
    /// What cannot be read off the text of the repository.
    pub repository: RepositoryTable,
    /// Where the trees lie that declare options.
    pub options: SourcesTable,
    /// Lint or group to level.
    pub levels: ByName<String>,
    /// Options by lint.
    pub lints: ByName<OptionsTable>,
    /// Levels and options of some paths, in order.
    pub overrides: Vec<Override>,
    /// Bounds.
    pub limits: LimitsTable,
}

/// `[repository]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RepositoryTable {
    /// The release of nixpkgs when no lock file tells.
    pub release: Option<Spanned<String>>,
    /// Globs of files that something outside imports.
    pub entries: Vec<Spanned<String>>,
    /// Glob to module class.
    pub class: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Globs of files whose functions import whole folders.
    pub loaders: Vec<Spanned<String>>,
}

/// `[options]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourcesTable {
    /// Class to the folder of a tree that stands in for what the lock pins.
    pub sources: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Class to a file of `nixosOptionsDoc` that lists the options.
    pub json: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Git clones to look up pinned commits in.
    pub clones: Vec<Spanned<String>>,
    /// Where the store lies on this disk.
    pub store: Option<Spanned<String>>,
}

/// `[[overrides]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Override {
    /// Globs.
    pub paths: Spanned<Vec<Spanned<String>>>,
    /// Lint or group to level.
    #[serde(default)]
    pub levels: ByName<String>,
    /// Options by lint.
    #[serde(default)]
    pub lints: ByName<OptionsTable>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// `[limits]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LimitsTable {
    /// Bytes, with a unit: `16 MiB`.
    pub file_size: Option<Spanned<String>>,
    /// Nested brackets and expressions.
    pub depth: Option<Spanned<u64>>,
    /// Operators, arguments, prefix operators or dotted segments in one chain.
    pub run: Option<Spanned<u64>>,
    /// Files of the repository.
    pub files: Option<Spanned<u64>>,
    /// Findings of one lint.
    pub findings_per_lint: Option<Spanned<u64>>,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is not TOML, or a key or a type is wrong. The names inside are not looked at.
    pub fn read(file: &ConfigText) -> Result<Config, Error> {
        toml::from_str(file.text.contents()).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            file.error(&at, words(error.message(), || key_at(file, &at)))
        })
    }
}

/// What serde and toml say, in the words of this house and without any value of the file.
///
/// `key` is asked for the key whose value is wrong.
pub fn words(message: &str, key: impl FnOnce() -> Option<String>) -> String {
    // toml adds "in `key`" on further lines.
    let message = message.lines().next().unwrap_or_default();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (name, known) = rest.split_once("`, ").unwrap_or((rest, ""));
        return format!("unknown key `{name}`{}", did_you_mean(name, ticked(known)));
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (name, known) = rest.split_once("`, ").unwrap_or((rest, ""));
        let known: Vec<&str> = ticked(known).collect();
        let subject = key().map_or_else(|| "this".to_owned(), |key| format!("`{key}`"));
        return format!(
            "{subject} must be one of {}{}",
            list(known.iter().copied()),
            did_you_mean(name, known)
        );
    }
    if message == "duplicate key" {
        return "this key is set twice".to_owned();
    }
    if let Some(name) = message.strip_prefix("missing field `") {
        return format!("`{}` is missing", name.trim_end_matches('`'));
    }
    // "invalid type: string \"…\", expected u32" and "invalid value: …": what stands in the file is left out.
    if ["invalid type", "invalid value", "invalid length"]
        .iter()
        .any(|start| message.starts_with(start))
        && let Some((_, expected)) = message.rsplit_once(", expected ")
    {
        let level = |it: &&str| message.contains(&format!("string \"{it}\""));
        let expected = match expected {
            "a map" if ["off", "info", "warn", "error"].iter().any(level) => {
                "a table of options: levels stand in `[levels]`"
            }
            "a sequence" => "a list",
            "a boolean" => "`true` or `false`",
            "a map" => "a table",
            "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
            "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, not negative",
            other if other.starts_with("struct ") => "a table",
            other if other.starts_with("spanned") => "another type of value",
            other => other,
        };
        let subject = key().map_or_else(|| "this".to_owned(), |key| format!("`{key}`"));
        return format!("{subject} must be {expected}");
    }
    message.to_owned()
}

/// The words in backticks of a message of serde.
fn ticked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// "`a`, `b`, `c`".
pub(crate) fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The innermost key whose value holds a range.
fn key_at(file: &ConfigText, at: &Range<usize>) -> Option<String> {
    let table = DeTable::parse(file.text.contents()).ok()?;
    let root = DeValue::Table(table.into_inner());
    // The range of a table is that of its header alone, so everything is looked at; the shortest range wins.
    let mut found: Option<(usize, String)> = None;
    let mut open: Vec<(Option<String>, &DeValue<'_>)> = vec![(None, &root)];
    while let Some((key, value)) = open.pop() {
        let inner: Vec<(Option<String>, &Spanned<DeValue<'_>>)> = match value {
            DeValue::Table(table) => table
                .iter()
                .map(|(key, value)| (Some(key.get_ref().to_string()), value))
                .collect(),
            DeValue::Array(array) => array.iter().map(|value| (key.clone(), value)).collect(),
            _ => Vec::new(),
        };
        for (key, value) in inner {
            let span = value.span();
            let holds = span.start <= at.start && at.end <= span.end;
            if let Some(key) = &key
                && holds
                && found
                    .as_ref()
                    .is_none_or(|(length, _)| span.len() <= *length)
            {
                found = Some((span.len(), key.clone()));
            }
            open.push((key, value.get_ref()));
        }
    }
    found.map(|(_, key)| key)
}

/// A number of bytes with its unit: `512 KiB`, `16 MiB`, `1 GiB`, `100 B`.
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim() {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_in_the_wrong_table() {
        let text = "invalid type: string \"off\", expected a map";
        assert_eq!(
            words(text, || Some("empty-let".to_owned())),
            "`empty-let` must be a table of options: levels stand in `[levels]`"
        );
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes("16 MiB"), Some(16 << 20));
        assert_eq!(bytes("1KiB"), Some(1024));
        assert_eq!(bytes("16"), None);
        assert_eq!(bytes("16 MB"), None);
        assert_eq!(bytes("99999999999999999999 B"), None);
        assert_eq!(bytes("18446744073709551615 GiB"), None);
    }
}
