//! The TOML of rules, read key by key, so that every error has its line and column and says what was meant.
//!
//! Errors never show a value of the file but the names of keys and holes.

use std::ops::Range;

use lint_api::Level;
use lint_api::repo::class::Class;
use lint_api::syntax::Text;
use lint_api::syntax::nearest::nearest;
use lint_api::syntax::text::size;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text with rules.
#[derive(Debug, Clone)]
pub struct Source {
    /// What errors call it.
    pub path: String,
    /// Its contents.
    pub text: Text,
    /// Whether other things than rules may stand in it.
    pub mixed: bool,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file.
    pub path: String,
    /// 1-based line and column.
    pub line: (u32, u32),
    /// What is wrong, without any line of the file.
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (line, column) = self.line;
        write!(f, "{}:{line}:{column}: {}", self.path, self.message)
    }
}

impl std::error::Error for Error {}

/// The most rules of one file.
const MOST: usize = 1000;

/// A text of a rule, with its place: the literal, quotes included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The value.
    pub text: String,
    /// Where it stands in the file.
    pub at: Range<usize>,
}

/// A rule as it is written.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The place of its name.
    pub at: Range<usize>,
    /// `name`
    pub name: String,
    /// `pattern`
    pub patterns: Vec<Words>,
    /// `message`
    pub message: Words,
    /// `help`
    pub help: Option<Words>,
    /// `note`
    pub note: Option<Words>,
    /// `fix`
    pub fix: Option<Words>,
    /// `summary`
    pub summary: Option<String>,
    /// `page`
    pub page: Option<String>,
    /// `level`
    pub level: Option<Level>,
    /// `where`
    pub conditions: Where,
    /// `flagged` and `clean`
    pub examples: Vec<Example>,
}

/// `where`
#[derive(Debug, Clone, Default)]
pub struct Where {
    /// `"$x" = { … }`
    pub holes: Vec<(Words, HoleTable)>,
    /// `option`
    pub options: Vec<Words>,
    /// `class`
    pub classes: Vec<Class>,
    /// `paths`
    pub paths: Vec<Words>,
    /// `not-paths`
    pub not_paths: Vec<Words>,
}

/// `{ kind = …, text = …, not-text = … }`
#[derive(Debug, Clone, Default)]
pub struct HoleTable {
    /// `kind`
    pub kinds: Vec<Words>,
    /// `text`
    pub text: Vec<Words>,
    /// `not-text`
    pub not_text: Vec<Words>,
}

/// An example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Whether something is to be found.
    pub flagged: bool,
    /// The text of a file.
    pub nix: String,
    /// The path of the file.
    pub path: Option<String>,
    /// The class of the file.
    pub class: Option<Class>,
    /// What the fix makes of it.
    pub fixed: Option<String>,
    /// 1-based line in the file of rules.
    pub line: u32,
}

/// Reads the rules of a text.
///
/// # Errors
/// When it is not TOML, or a key, a type or a word is wrong.
pub fn read(source: &Source) -> Result<Vec<Written>, Error> {
    let contents = source.text.contents();
    let root = DeTable::parse(contents).map_err(|error| {
        let words = error.message().lines().next().unwrap_or_default();
        let words = match words {
            "duplicate key" => "this key is set twice",
            words => words,
        };
        source.error(&error.span().unwrap_or(0..0), words)
    })?;
    let mut rules = Vec::new();
    for (key, value) in root.get_ref() {
        if *key.get_ref() != "rule" {
            if source.mixed {
                continue;
            }
            return Err(unknown(source, key, &["rule"]));
        }
        let tables = match value.get_ref() {
            DeValue::Array(tables) => tables,
            _ => return Err(source.error(&key.span(), "a rule begins with `[[rule]]`")),
        };
        for table in tables.iter() {
            let DeValue::Table(table) = table.get_ref() else {
                return Err(source.error(&key.span(), "a rule begins with `[[rule]]`"));
            };
            let at = table_start(source, table, &key.span());
            rules.push(Reader { source }.rule(table, at)?);
            if rules.len() > MOST {
                let words = "this file has more than 1000 rules";
                return Err(source.error(&key.span(), words));
            }
        }
    }
    Ok(rules)
}

/// Where a table begins: at its first key.
fn table_start(source: &Source, table: &DeTable<'_>, fallback: &Range<usize>) -> Range<usize> {
    let first = table
        .iter()
        .map(|(key, _)| key.span())
        .min_by_key(|at| at.start);
    let Some(first) = first else {
        return fallback.clone();
    };
    // The header stands above it.
    let before = &source.text.contents()[..first.start];
    match before.rfind("[[") {
        Some(start) => start..start + 2,
        None => first,
    }
}

fn unknown(source: &Source, key: &Spanned<impl AsRef<str>>, known: &[&str]) -> Error {
    let name = key.get_ref().as_ref();
    let near = match nearest(name, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    source.error(&key.span(), format!("unknown key `{name}`{near}"))
}

impl Source {
    /// An error at a range of bytes.
    pub fn error(&self, at: &Range<usize>, message: impl Into<String>) -> Error {
        let place = self
            .text
            .position(size(at.start.min(self.text.contents().len())));
        Error {
            path: self.path.clone(),
            line: (place.line, place.column),
            message: message.into(),
        }
    }

    /// An error inside of the value of a literal. Where escapes stand in it, it is at the literal.
    pub fn error_in(&self, words: &Words, at: &Range<usize>, message: impl Into<String>) -> Error {
        let literal = self
            .text
            .contents()
            .get(words.at.clone())
            .unwrap_or_default();
        // `'…'` and `"…"` hold the value as it is, unless there are escapes.
        match literal.find(&words.text).filter(|_| !words.text.is_empty()) {
            Some(start) => {
                let at = words.at.start + start + at.start;
                self.error(&(at..at), message)
            }
            None => self.error(&words.at, message),
        }
    }
}

struct Reader<'a> {
    source: &'a Source,
}

/// The keys of a rule.
const KEYS: &[&str] = &[
    "name", "pattern", "where", "message", "help", "note", "level", "fix", "summary", "page",
    "flagged", "clean",
];

impl Reader<'_> {
    fn error<T>(&self, at: Range<usize>, message: impl Into<String>) -> Result<T, Error> {
        Err(self.source.error(&at, message))
    }

    fn rule(&self, table: &DeTable<'_>, at: Range<usize>) -> Result<Written, Error> {
        let mut rule = Written::default();
        let mut named = false;
        let mut said = false;
        for (key, value) in table {
            match &**key.get_ref() {
                "name" => {
                    let words = self.line(key.get_ref(), value)?;
                    (rule.at, rule.name) = (words.at.clone(), words.text);
                    named = true;
                }
                "pattern" => rule.patterns = self.list(key.get_ref(), value)?,
                "where" => rule.conditions = self.conditions(value)?,
                "message" => {
                    rule.message = self.line(key.get_ref(), value)?;
                    said = true;
                }
                "help" => rule.help = Some(self.line(key.get_ref(), value)?),
                "note" => rule.note = Some(self.line(key.get_ref(), value)?),
                "summary" => rule.summary = Some(self.line(key.get_ref(), value)?.text),
                "fix" => rule.fix = Some(self.words(key.get_ref(), value)?),
                "page" => rule.page = Some(self.shown(key.get_ref(), value)?.text),
                "level" => rule.level = Some(self.level(value)?),
                "flagged" => self.examples(true, value, &mut rule.examples)?,
                "clean" => self.examples(false, value, &mut rule.examples)?,
                _ => return Err(unknown(self.source, key, KEYS)),
            }
        }
        let missing = if !named {
            "name"
        } else if rule.patterns.is_empty() {
            "pattern"
        } else if !said {
            "message"
        } else {
            ""
        };
        if !missing.is_empty() {
            return self.error(at, format!("`{missing}` is missing in this rule"));
        }
        self.name(&rule)?;
        if rule.message.text.is_empty() {
            return self.error(rule.message.at, "`message` is empty");
        }
        rule.examples.sort_by_key(|it| (!it.flagged, it.line));
        Ok(rule)
    }

    fn name(&self, rule: &Written) -> Result<(), Error> {
        let name = &rule.name;
        let plain = name.len() <= 60
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && !name.ends_with('-')
            && !name.contains("--")
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if plain {
            return Ok(());
        }
        let words = "`name` must be lower-case letters, digits and `-`, at most 60 of them: `no-such-thing`";
        self.error(rule.at.clone(), words)
    }

    /// A string.
    fn words(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Words, Error> {
        match value.get_ref() {
            DeValue::String(text) => Ok(Words {
                text: text.to_string(),
                at: value.span(),
            }),
            _ => self.error(value.span(), format!("`{key}` must be a string")),
        }
    }

    /// A string that is shown.
    fn shown(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Words, Error> {
        let words = self.words(key, value)?;
        if words.text.chars().any(is_hidden) {
            return self.error(value.span(), format!("`{key}` holds a hidden character"));
        }
        Ok(words)
    }

    /// A string of one line that is shown.
    fn line(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Words, Error> {
        let mut words = self.shown(key, value)?;
        words.text = words.text.trim().to_owned();
        if words.text.contains(['\n', '\r']) {
            return self.error(value.span(), format!("`{key}` must be one line"));
        }
        Ok(words)
    }

    /// A string, or a list of strings that is not empty.
    fn list(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<Words>, Error> {
        let list = match value.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .map(|item| self.words(key, item))
                .collect::<Result<_, _>>()?,
            DeValue::String(_) => vec![self.words(key, value)?],
            _ => {
                let words = format!("`{key}` must be a string or a list of strings");
                return self.error(value.span(), words);
            }
        };
        if list.is_empty() {
            return self.error(value.span(), format!("`{key}` is empty"));
        }
        Ok(list)
    }

    fn level(&self, value: &Spanned<DeValue<'_>>) -> Result<Level, Error> {
        let words = self.words("level", value)?;
        match Level::parse(&words.text) {
            Some(level) => Ok(level),
            None => {
                let words = "`level` must be one of `off`, `info`, `warn`, `error`";
                self.error(value.span(), words)
            }
        }
    }

    fn class(&self, words: &Words) -> Result<Class, Error> {
        let known = Class::ALL.map(Class::as_str);
        let found = Class::ALL.into_iter().find(|it| it.as_str() == words.text);
        match found {
            Some(class) => Ok(class),
            None => {
                let near = nearest(&words.text, known);
                let near = near.map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
                let known = known.map(|it| format!("`{it}`")).join(", ");
                let words_ = format!("`class` must be one of {known}{near}");
                self.error(words.at.clone(), words_)
            }
        }
    }

    fn conditions(&self, value: &Spanned<DeValue<'_>>) -> Result<Where, Error> {
        let DeValue::Table(table) = value.get_ref() else {
            return self.error(value.span(), "`where` must be a table");
        };
        let mut conditions = Where::default();
        for (key, value) in table {
            let name = &**key.get_ref();
            match name {
                "option" => conditions.options = self.list(name, value)?,
                "paths" => conditions.paths = self.list(name, value)?,
                "not-paths" => conditions.not_paths = self.list(name, value)?,
                "class" => {
                    for words in self.list(name, value)? {
                        conditions.classes.push(self.class(&words)?);
                    }
                }
                _ if name.starts_with('$') => {
                    let words = Words {
                        text: name.to_owned(),
                        at: key.span(),
                    };
                    conditions.holes.push((words, self.hole(name, value)?));
                }
                _ => {
                    let known = ["option", "class", "paths", "not-paths"];
                    let mut error = unknown(self.source, key, &known);
                    if !error.message.contains('?') {
                        error.message.push_str(
                            "; these are `option`, `class`, `paths`, `not-paths`, and `\"$x\"` for a hole",
                        );
                    }
                    return Err(error);
                }
            }
        }
        Ok(conditions)
    }

    fn hole(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<HoleTable, Error> {
        let DeValue::Table(table) = value.get_ref() else {
            let words = format!("`{name}` must be a table: `{{ kind = \"string\" }}`");
            return self.error(value.span(), words);
        };
        let mut hole = HoleTable::default();
        for (key, value) in table {
            match &**key.get_ref() {
                "kind" => hole.kinds = self.list("kind", value)?,
                "text" => hole.text = self.list("text", value)?,
                "not-text" => hole.not_text = self.list("not-text", value)?,
                _ => return Err(unknown(self.source, key, &["kind", "text", "not-text"])),
            }
        }
        Ok(hole)
    }

    fn examples(
        &self,
        flagged: bool,
        value: &Spanned<DeValue<'_>>,
        examples: &mut Vec<Example>,
    ) -> Result<(), Error> {
        let key = if flagged { "flagged" } else { "clean" };
        let DeValue::Array(items) = value.get_ref() else {
            return self.error(value.span(), format!("`{key}` must be a list of examples"));
        };
        for item in items.iter() {
            let line = self.source.text.line_of(size(item.span().start)) + 1;
            let mut example = Example {
                flagged,
                nix: String::new(),
                path: None,
                class: None,
                fixed: None,
                line,
            };
            match item.get_ref() {
                DeValue::String(text) => example.nix = text.to_string(),
                DeValue::Table(table) => {
                    let mut any = false;
                    for (key, value) in table {
                        match &**key.get_ref() {
                            "nix" => {
                                example.nix = self.words("nix", value)?.text;
                                any = true;
                            }
                            "path" => example.path = Some(self.path(value)?),
                            "class" => {
                                example.class = Some(self.class(&self.words("class", value)?)?);
                            }
                            "fixed" if flagged => {
                                example.fixed = Some(self.words("fixed", value)?.text);
                            }
                            "fixed" => {
                                let words = "what is clean is not fixed";
                                return self.error(key.span(), words);
                            }
                            _ => {
                                let known = ["nix", "path", "class", "fixed"];
                                return Err(unknown(self.source, key, &known));
                            }
                        }
                    }
                    if !any {
                        return self.error(item.span(), "`nix` is missing in this example");
                    }
                }
                _ => {
                    let words = "an example is a string, or a table with `nix`";
                    return self.error(item.span(), words);
                }
            }
            examples.push(example);
        }
        Ok(())
    }

    fn path(&self, value: &Spanned<DeValue<'_>>) -> Result<String, Error> {
        let words = self.shown("path", value)?.text;
        let inside = words.ends_with(".nix")
            && words
                .split('/')
                .all(|part| !matches!(part, "" | "." | ".."));
        if inside {
            return Ok(words);
        }
        self.error(
            value.span(),
            "`path` must be that of a `.nix` file below the root",
        )
    }
}

/// A character that nobody sees, or that changes what others look like.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}
