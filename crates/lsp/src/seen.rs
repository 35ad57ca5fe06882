//! What there is to say of one document, as an editor wants it.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use engine::{Error, PathSettings, Session};
use lint_api::repo::{FileId, Kind, RepoPath, Text};
use lint_api::report::{Settled, State};
use lint_api::syntax::TextRange;
use lint_api::{Group, Level, Lint, Report};
use report::sanitise;

use crate::buffers::Buffer;
use crate::checker::uri_of;
use crate::client::Client;
use crate::place::{Encoding, Lines};
use crate::protocol::{Diagnostic, Location, Page, Position, Range, Related};

/// One document.
#[derive(Debug)]
pub struct Seen {
    /// Its address.
    pub uri: Arc<str>,
    /// Its version, when it is open.
    pub version: Option<i64>,
    /// What there is to say.
    pub diagnostics: Vec<Diagnostic>,
    /// The findings behind it, in the same order; without those of the settings.
    pub findings: Vec<Settled>,
    /// The text that this is about; `None` when there is nothing to say of it.
    pub source: Option<Source>,
    /// The levels that hold for it, when it is open.
    pub levels: Option<Arc<PathSettings>>,
    /// The lints that the rules of its repository made, when it is open.
    pub rules: Vec<&'static Lint>,
    /// Names what is said: the same words in the same places have the same name.
    pub result: String,
}

/// The text of a document.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path.
    pub path: RepoPath,
    /// Its language.
    pub kind: Kind,
    /// Its text.
    pub text: Arc<Text>,
    /// What may not be shown of it.
    pub masks: Vec<TextRange>,
    /// Where things are.
    pub places: Places,
}

/// The places of a text, as its editor counts them.
#[derive(Debug, Clone)]
pub struct Places {
    lines: Lines,
    encoding: Encoding,
    /// What the editor counts before the first character: a byte order mark that it keeps in the text.
    ahead: u32,
}

impl Places {
    /// The places of a text; `buffer` is what the editor holds, when it is open.
    #[must_use]
    pub fn of(text: &Text, buffer: Option<&str>, encoding: Encoding) -> Places {
        let marked = buffer.is_some_and(|text| text.starts_with('\u{feff}'));
        Places {
            lines: Lines::of(text.contents()),
            encoding,
            ahead: match encoding {
                _ if !marked => 0,
                Encoding::Utf8 => 3,
                Encoding::Utf16 | Encoding::Utf32 => 1,
            },
        }
    }

    /// The places of a range of bytes.
    #[must_use]
    pub fn range(&self, text: &Text, at: TextRange) -> Range {
        let mut range = self.lines.range(text.contents(), at, self.encoding);
        for place in [&mut range.start, &mut range.end] {
            if place.line == 0 {
                place.character += self.ahead;
            }
        }
        range
    }
}

/// The repository that a report is of.
#[derive(Debug)]
pub struct Place<'a> {
    /// Its root, as the editor writes it.
    pub shown: &'a Path,
    /// The repository.
    pub session: &'a Session,
    /// Its open documents.
    pub buffers: &'a BTreeMap<RepoPath, Buffer>,
    /// What the client can do.
    pub client: Client,
    /// The lowest level that is shown.
    pub min_level: Level,
}

impl Place<'_> {
    /// Everything that there is to say, by document; open ones also when there is nothing.
    #[must_use]
    pub fn all(&self, report: &Report, wrong: Option<&Error>) -> Vec<Arc<Seen>> {
        let mut sources: BTreeMap<FileId, (Arc<str>, Source)> = BTreeMap::new();
        for (id, source) in &report.sources {
            let buffer = self.buffers.get(&source.path);
            let encoding = self.client.encoding;
            let kind = self.session.file(&source.path).map(|file| file.kind);
            let known = Source {
                path: source.path.clone(),
                kind: kind.unwrap_or(Kind::Other),
                places: Places::of(&source.text, buffer.map(|it| &*it.text), encoding),
                text: Arc::clone(&source.text),
                masks: source.masks.clone(),
            };
            sources.insert(*id, (self.uri(&source.path), known));
        }
        let mut found: BTreeMap<FileId, Found> = BTreeMap::new();
        let names = report::keys::fingerprints(report);
        for (settled, name) in report.findings.iter().zip(names) {
            let finding = &settled.finding;
            if settled.state == State::Active && settled.level >= self.min_level {
                let here = found.entry(finding.at.file).or_default();
                here.diagnostics
                    .push(self.diagnostic(settled, name, &sources));
                here.findings.push(settled.clone());
            }
        }
        let mut all: BTreeMap<RepoPath, Arc<Seen>> = BTreeMap::new();
        for (id, found) in found {
            let Some((uri, source)) = sources.remove(&id) else {
                continue;
            };
            all.insert(source.path.clone(), self.seen(uri, found, Some(source)));
        }
        if let Some(error) = wrong {
            let path = RepoPath::from(engine::config::FILE_NAME);
            let found = Found {
                diagnostics: vec![settings_are_wrong(error)],
                findings: Vec::new(),
            };
            let uri = self.uri(&path);
            all.insert(path, self.seen(uri, found, None));
        }
        for path in self.buffers.keys() {
            if !all.contains_key(path) {
                let uri = self.uri(path);
                all.insert(path.clone(), self.seen(uri, Found::default(), None));
            }
        }
        all.into_values().collect()
    }

    /// The address of a path: as the client writes it, where it does.
    fn uri(&self, path: &RepoPath) -> Arc<str> {
        match self.buffers.get(path) {
            Some(buffer) => Arc::clone(&buffer.uri),
            None => uri_of(self.shown, path).into(),
        }
    }

    fn seen(&self, uri: Arc<str>, found: Found, source: Option<Source>) -> Arc<Seen> {
        let open = self.buffers.iter().find(|(_, buffer)| buffer.uri == uri);
        let levels = open.map(|(path, _)| self.session.settings().for_path(path));
        let version = open.map(|(_, buffer)| buffer.version);
        let all = self.session.settings().names().lints().iter().copied();
        let rules = all.filter(|it| open.is_some() && it.group == Group::Rules);
        // Made with fixed keys: the same words give the same name in every run.
        let mut hasher = DefaultHasher::new();
        for diagnostic in &found.diagnostics {
            serde_json::to_string(diagnostic)
                .unwrap_or_default()
                .hash(&mut hasher);
        }
        Arc::new(Seen {
            uri,
            version,
            levels,
            rules: rules.collect(),
            result: format!("{:016x}", hasher.finish()),
            diagnostics: found.diagnostics,
            findings: found.findings,
            source,
        })
    }

    fn diagnostic(
        &self,
        settled: &Settled,
        name: String,
        sources: &BTreeMap<FileId, (Arc<str>, Source)>,
    ) -> Diagnostic {
        let finding = &settled.finding;
        let range = |id: FileId, at: TextRange| {
            let source = sources.get(&id).map(|(_, source)| source);
            source.map_or_else(Range::default, |it| it.places.range(&it.text, at))
        };
        let mut message = sanitise::text(&finding.message);
        if let Some(help) = &finding.help {
            message.push('\n');
            message.push_str(&sanitise::text(help));
        }
        let labels = finding.labels.iter().filter(|_| self.client.related);
        Diagnostic {
            range: range(finding.at.file, finding.at.range),
            severity: match settled.level {
                Level::Error => 1,
                Level::Warn => 2,
                Level::Info | Level::Off => 3,
            },
            code: finding.lint.name,
            code_description: finding.lint.url().map(|href| Page { href }),
            source: "nivis",
            message,
            tags: tags(finding.lint),
            related_information: labels
                .filter_map(|label| {
                    let (uri, _) = sources.get(&label.at.file)?;
                    Some(Related {
                        location: Location {
                            uri: uri.to_string(),
                            range: range(label.at.file, label.at.range),
                        },
                        message: sanitise::text(&label.message),
                    })
                })
                .collect(),
            data: Some(name),
        }
    }
}

/// What was found in one document.
#[derive(Debug, Default)]
struct Found {
    diagnostics: Vec<Diagnostic>,
    findings: Vec<Settled>,
}

/// How an editor may draw what a lint finds.
fn tags(lint: &lint_api::Lint) -> Vec<u8> {
    const UNNECESSARY: u8 = 1;
    const DEPRECATED: u8 = 2;
    let mut tags = Vec::new();
    if lint.group == Group::Dead {
        tags.push(UNNECESSARY);
    }
    if lint.name.contains("deprecated") || lint.name.contains("renamed") {
        tags.push(DEPRECATED);
    }
    tags
}

/// What is wrong with `nivis.toml`, at its place.
fn settings_are_wrong(error: &Error) -> Diagnostic {
    let (line, column) = error.line.unwrap_or((1, 1));
    let at = |character| Position {
        line: line.saturating_sub(1),
        character,
    };
    // Columns are code points; settings are mostly ASCII, and an editor draws the word anyway.
    let start = column.saturating_sub(1);
    Diagnostic {
        range: Range {
            start: at(start),
            end: at(start + 1),
        },
        severity: 1,
        code: "settings",
        code_description: None,
        source: "nivis",
        message: sanitise::text(&error.message),
        tags: Vec::new(),
        related_information: Vec::new(),
        data: None,
    }
}
