//! Runs the cases of a page through the straight line, from `Input` on: no disk, no git.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use engine::config::{ConfigText, FILE_NAME};
use engine::load::{BaseInput, Input, Source};
use engine::pins::class_word;
use engine::pins::trees::{Memory, Tree, Trees};
use engine::{Flags, Plan, Settings, Wanted};
use lint_api::report::State;
use lint_api::{Fix, Level, Lint, Report};
use repo::date::Day;
use repo::pinned::{Pinned, Schemas};
use repo::schema::{Class, Schema, SrcPath};
use repo::{EntryKind, Git, GitState, Kind, PathEntry, PathTable, RepoPath, Text};

use crate::page::{Case, Expected, Page};

/// Runs every case of a lint's page and returns what is wrong, in words; empty when all is well.
#[must_use]
pub fn check_page(lint: &'static Lint, all: &[&'static Lint]) -> Vec<String> {
    let mut wrong = Vec::new();
    let page = Page::read(lint.page);
    // No text makes these two speak: a panic of ours, and what the disk does not give.
    if ["internal-error", "file-skipped"].contains(&lint.name) {
        return wrong;
    }
    if !page.cases.iter().any(|case| case.flagged) {
        wrong.push(format!("{}: the page has no flagged case", lint.name));
    }
    if !page.cases.iter().any(|case| !case.flagged) {
        wrong.push(format!("{}: the page has no clean case", lint.name));
    }
    for case in &page.cases {
        let mut say =
            |message: String| wrong.push(format!("{}.md:{}: {message}", lint.name, case.line));
        let texts: BTreeMap<String, String> = case
            .files
            .iter()
            .map(|(path, block)| (path.clone(), block.text.clone()))
            .collect();
        let report = run(case, &texts, lint, all);
        for trouble in &report.troubles {
            say(format!("trouble: {trouble}"));
        }
        compare(case, &report, lint, &mut say);
        if case.flagged && !report.active().any(|it| it.finding.lint == lint) {
            say("nothing was found in a flagged case".to_owned());
        }
        fixes(case, &texts, lint, all, &mut say);
        allows(case, &texts, lint, all, &mut say);
        cuts(case, &texts, lint, all, &mut say);
    }
    wrong
}

/// Runs one lint over the files of a case, together with those that the words `lints=a,b` of its first block name, under
/// the settings of its file `nivis.toml`.
#[must_use]
pub fn run(
    case: &Case,
    texts: &BTreeMap<String, String>,
    lint: &'static Lint,
    all: &[&'static Lint],
) -> Report {
    let mut select = vec![lint.name.to_owned()];
    let also = case.words.iter().filter_map(|it| it.strip_prefix("lints="));
    select.extend(also.map(str::to_owned));
    let mut settings = settings(select, texts, all);
    let today = case.words.iter().find_map(|it| it.strip_prefix("today="));
    settings.today = today.map(|it| Day::parse(it).unwrap_or_else(|| panic!("{it} is no day")));
    let plan = Plan::new(&settings);
    let input = input(case, texts);
    let checked = engine::check(input, &plan, &settings);
    engine::settle(checked, &settings)
}

/// The settings of a case.
fn settings(
    select: Vec<String>,
    texts: &BTreeMap<String, String>,
    all: &[&'static Lint],
) -> Settings {
    let flags = Flags {
        select,
        ..Flags::default()
    };
    let config = texts.get(FILE_NAME).map(|text| ConfigText {
        path: FILE_NAME.to_owned(),
        text: Text::new(text.as_str()),
    });
    let lints = all.iter().copied();
    Settings::discover(&flags, Path::new(""), config.as_ref(), lints)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What the fix loop of the engine makes of the files of a case, with the lints in `select` alone: the new texts, and
/// what went wrong.
#[must_use]
pub fn fixed(
    case: &Case,
    texts: &BTreeMap<String, String>,
    select: Vec<String>,
    all: &[&'static Lint],
    wanted: Wanted,
) -> (BTreeMap<String, String>, Vec<String>) {
    let settings = settings(select, texts, all);
    let done = engine::fix(input(case, texts), &Plan::new(&settings), &settings, wanted);
    let mut new = texts.clone();
    for changed in done.changed {
        new.insert(
            changed.path.to_string(),
            changed.after.contents().to_owned(),
        );
    }
    let troubles = done.report.troubles.iter().map(ToString::to_string);
    (new, troubles.collect())
}

/// The files of a case as the engine would have read them.
#[must_use]
pub fn input(case: &Case, texts: &BTreeMap<String, String>) -> Input {
    let source = |path: &str, text: &str| {
        let path = RepoPath::from(path);
        let kind = engine::load::kind_of(&path).unwrap_or(Kind::Other);
        Source {
            path,
            kind,
            text: Arc::new(Text::new(text)),
        }
    };
    let link = |path: &str| {
        let words = &case.files.get(path)?.words;
        words.iter().find_map(|it| it.strip_prefix("link="))
    };
    let mut sources: Vec<Source> = texts
        .iter()
        .filter(|(path, _)| {
            *path != FILE_NAME && !path.starts_with(SCHEMAS) && link(path).is_none()
        })
        .map(|(path, text)| source(path, text))
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));

    let word = |path: &str, word: &str| {
        case.files
            .get(path)
            .is_some_and(|block| block.words.iter().any(|w| w == word))
    };
    let modules = case
        .words
        .iter()
        .filter_map(|it| it.strip_prefix("submodule="));
    let submodules: Vec<RepoPath> = modules.map(RepoPath::from).collect();
    let git = !submodules.is_empty()
        || case.files.keys().any(|path| {
            ["git", "untracked", "ignored", "intent-to-add"]
                .iter()
                .any(|w| word(path, w))
        })
        || !case.base.is_empty();
    let states: BTreeMap<RepoPath, GitState> = texts
        .keys()
        .filter(|path| !path.starts_with(SCHEMAS))
        .map(|path| {
            let state = if word(path, "untracked") {
                GitState::Untracked
            } else if word(path, "ignored") {
                GitState::Ignored
            } else if word(path, "intent-to-add") {
                GitState::IntentToAdd
            } else {
                GitState::Tracked
            };
            (RepoPath::from(path.as_str()), state)
        })
        .collect();
    let base = (!case.base.is_empty()).then(|| BaseInput {
        name: "HEAD".to_owned(),
        rev: "0".repeat(40),
        sources: case
            .base
            .iter()
            .map(|(path, text)| source(path, text))
            .collect(),
        added: texts
            .keys()
            .filter(|path| word(path, "new"))
            .map(|path| RepoPath::from(path.as_str()))
            .collect(),
        changed: case
            .base
            .keys()
            .filter(|path| case.base.get(*path) != texts.get(*path))
            .chain(texts.keys().filter(|path| word(path, "new")))
            .map(|path| RepoPath::from(path.as_str()))
            .collect(),
        ..BaseInput::default()
    });
    let entry = |path: &RepoPath, kind, state| PathEntry {
        path: path.clone(),
        kind,
        on_disk: true,
        git: git.then_some(state),
    };
    let files = states.iter().map(|(path, state)| {
        let target = link(&path.text()).map(|it| EntryKind::Link(it.as_bytes().into()));
        entry(path, target.unwrap_or(EntryKind::File), *state)
    });
    let modules = submodules
        .iter()
        .map(|path| entry(path, EntryKind::Submodule, GitState::Tracked));
    let paths = files.chain(modules).collect();
    Input {
        sources,
        paths: PathTable::new(paths),
        git: git.then(|| {
            Arc::new(Git {
                states,
                submodules,
                head: Some("0".repeat(40)),
                ..Git::default()
            })
        }),
        base,
        options: schemas(texts),
        ..Input::default()
    }
}

/// The folder of a case whose files are no part of the repository: `schema-nixos.nix`, `schema-home.nix` and
/// `schema-darwin.nix` are modules that stand for a pinned tree, `options-nixos.json` and so on what the settings name.
const SCHEMAS: &str = ".nivis/";

/// What the pinned trees of a case declare.
fn schemas(texts: &BTreeMap<String, String>) -> Arc<Schemas> {
    let mut memory = Memory::default();
    for (path, text) in texts {
        if let Some(path) = path.strip_prefix(SCHEMAS) {
            memory.file(path, text.as_str());
        }
    }
    let mut schemas = Schemas::default();
    let mut listed = Vec::new();
    for class in [Class::Nixos, Class::Home, Class::Darwin] {
        let path = format!("options-{}.json", class_word(class));
        if let Some(text) = texts.get(&format!("{SCHEMAS}{path}")) {
            let schema = repo::schema::json::read(text.as_bytes(), class).expect("a list");
            listed.push(Pinned {
                class,
                node: None,
                schema: Arc::new(schema),
                place: path,
                day: None,
            });
        }
        let path = format!("schema-{}.nix", class_word(class));
        let whole = format!("{SCHEMAS}{path}");
        let Some(text) = texts.get(&whole) else {
            continue;
        };
        // The same text is read for every cut of the files beside it.
        static KNOWN: Mutex<BTreeMap<(Class, String), Arc<Schema>>> = Mutex::new(BTreeMap::new());
        let key = (class, text.clone());
        let known = |it: &BTreeMap<_, Arc<Schema>>| it.get(&key).cloned();
        let before = known(&KNOWN.lock().unwrap_or_else(PoisonError::into_inner));
        let schema = before.unwrap_or_else(|| {
            let schema = Arc::new(extract(&memory, class, &path));
            let mut all = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(key, Arc::clone(&schema));
            schema
        });
        schemas.asked = true;
        schemas.pinned.push(Pinned {
            class,
            node: None,
            schema,
            place: whole,
            day: None,
        });
    }
    schemas.asked |= !listed.is_empty();
    schemas.pinned.extend(listed);
    Arc::new(schemas)
}

/// What a module and its imports declare.
fn extract(memory: &Memory, class: Class, path: &str) -> Schema {
    let mut trees = Trees::default();
    trees.add(class_word(class), Tree::Memory(memory.clone()));
    let module = SrcPath::new(class_word(class), path).expect("a path below its root");
    let tree = repo::schema::Tree::Modules {
        class: Some(class),
        modules: vec![module],
    };
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(repo::schema::STACK)
            .spawn_scoped(scope, || repo::schema::extract(&trees, &tree).schema)
            .expect("a thread")
            .join()
            .expect("the extraction ends")
    })
}

fn compare(case: &Case, report: &Report, lint: &Lint, say: &mut impl FnMut(String)) {
    let mut found: BTreeMap<String, Vec<Expected>> = BTreeMap::new();
    for settled in report.active().filter(|it| it.finding.lint == lint) {
        let finding = &settled.finding;
        let usual = if lint.level == Level::Off {
            Level::Warn
        } else {
            lint.level
        };
        let message = if settled.level == usual {
            finding.message.clone()
        } else {
            format!("{}: {}", settled.level, finding.message)
        };
        let labels = finding
            .labels
            .iter()
            .map(|label| (label.at, label.message.clone()));
        for (at, message) in std::iter::once((finding.at, message)).chain(labels) {
            let source = &report.sources[&at.file];
            let line_end = usize::from(
                source
                    .text
                    .line_range(source.text.line_of(at.range.start()))
                    .end(),
            );
            let start = usize::from(at.range.start());
            let end = usize::from(at.range.end()).min(line_end).max(start + 1);
            let list = found.entry(source.path.to_string()).or_default();
            let expected = Expected {
                start,
                end,
                message,
            };
            // Several findings may share a label; a page shows it once.
            if !list.contains(&expected) {
                list.push(expected);
            }
        }
    }
    let paths: std::collections::BTreeSet<&String> =
        case.files.keys().chain(found.keys()).collect();
    for path in paths {
        let mut have = found.get(path).cloned().unwrap_or_default();
        have.sort();
        let want = case
            .files
            .get(path)
            .map(|block| block.expected.clone())
            .unwrap_or_default();
        let text = case.files.get(path).map_or("", |block| block.text.as_str());
        if have != want {
            say(format!(
                "{path}: expected\n{}but found\n{}",
                show(text, &want),
                show(text, &have)
            ));
        }
    }
}

/// A text with caret lines, as a page has it.
fn show(text: &str, expected: &[Expected]) -> String {
    let mut shown = String::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        shown.push_str(line.trim_end_matches('\n'));
        shown.push('\n');
        for it in expected.iter().filter(|it| {
            start <= it.start && (it.start < end || (it.start == end && end == text.len()))
        }) {
            let indent = text[start..it.start].chars().count();
            let carets = text
                .get(it.start..it.end)
                .map_or(1, |s| s.chars().count())
                .max(1);
            shown.push_str(&format!(
                "{}{} {}\n",
                " ".repeat(indent),
                "^".repeat(carets),
                it.message
            ));
        }
        start = end;
    }
    shown
}

fn fix_once(
    report: &Report,
    texts: &BTreeMap<String, String>,
    lint: &Lint,
) -> BTreeMap<String, String> {
    let mut result = texts.clone();
    for (path, text) in &mut result {
        let fixes: Vec<&Fix> = report
            .active()
            .filter(|settled| settled.finding.lint == lint)
            .filter(|settled| report.sources[&settled.finding.at.file].path.text() == path.as_str())
            .filter_map(|settled| settled.finding.fix.as_ref())
            .collect();
        *text = engine::apply::apply(text, fixes).0;
    }
    result
}

fn fixes(
    case: &Case,
    texts: &BTreeMap<String, String>,
    lint: &'static Lint,
    all: &[&'static Lint],
    say: &mut impl FnMut(String),
) {
    let mut now = texts.clone();
    let mut passes = 0;
    loop {
        let report = run(case, &now, lint, all);
        let next = fix_once(&report, &now, lint);
        if next == now {
            let mut of_lint = report.active().filter(|it| it.finding.lint == lint);
            if of_lint.any(|it| it.finding.fix.is_some()) {
                say("a fix changes nothing".to_owned());
            }
            break;
        }
        now = next;
        passes += 1;
        if passes > 10 {
            say("fixes are still found after 10 passes".to_owned());
            return;
        }
    }
    for (path, text) in &now {
        let before = &texts[path];
        if text == before {
            if case.fixed.contains_key(path) {
                say(format!("{path}: no fix was offered"));
            }
            continue;
        }
        if path.ends_with(".nix") {
            let limits = syntax::parse::Limits::default();
            let (old, new) = (
                syntax::parse(before, limits).faults.len(),
                syntax::parse(text, limits).faults.len(),
            );
            if new > old || (new > 0 && old == 0) {
                say(format!("{path}: the fixed text does not parse:\n{text}"));
            }
        }
        match case.fixed.get(path) {
            Some(want) if want == text => {}
            Some(want) => say(format!("{path}: fixed should be\n{want}but is\n{text}")),
            None => say(format!(
                "{path}: there is a fix, but no `fixed` block; it gives\n{text}"
            )),
        }
    }
}

fn allows(
    case: &Case,
    texts: &BTreeMap<String, String>,
    lint: &'static Lint,
    all: &[&'static Lint],
    say: &mut impl FnMut(String),
) {
    if matches!(lint.name, "syntax-error") || lint.group == lint_api::Group::Nivis {
        return;
    }
    let mut allowed = texts.clone();
    for (path, text) in &mut allowed {
        let comment = format!("# nivis: allow({}) the page says so\n", lint.name);
        let kind = engine::load::kind_of(&RepoPath::from(path.as_str()));
        match kind {
            Some(Kind::Nix | Kind::Make | Kind::Just | Kind::Ci) => text.insert_str(0, &comment),
            Some(Kind::Shell) => {
                let at = if text.starts_with("#!") {
                    text.find('\n').map_or(text.len(), |at| at + 1)
                } else {
                    0
                };
                text.insert_str(at, &comment);
            }
            _ => {}
        }
    }
    let report = run(case, &allowed, lint, all);
    for settled in &report.findings {
        let path = &report.sources[&settled.finding.at.file].path;
        let can = allowed[path.text().as_ref()] != texts[path.text().as_ref()];
        if can && settled.state == State::Active {
            say(format!(
                "{path}: an allow comment at the head of the file does not silence \"{}\"",
                settled.finding.message
            ));
        }
    }
}

fn cuts(
    case: &Case,
    texts: &BTreeMap<String, String>,
    lint: &'static Lint,
    all: &[&'static Lint],
    say: &mut impl FnMut(String),
) {
    let of_repo = |path: &str| path != FILE_NAME && !path.starts_with(SCHEMAS);
    for (path, text) in texts.iter().filter(|(path, _)| of_repo(path)) {
        let mut ends: Vec<usize> = if path.ends_with(".nix") {
            let mut at = 0;
            syntax::tokens(text)
                .map(|len| {
                    at += len;
                    at
                })
                .collect()
        } else {
            text.match_indices([' ', '\n']).map(|(at, _)| at).collect()
        };
        ends.dedup();
        for end in ends {
            let mut cut = texts.clone();
            cut.insert(path.clone(), text[..end].to_owned());
            let report = run(case, &cut, lint, all);
            if let Some(trouble) = report.troubles.first() {
                say(format!("{path} cut at {end}: {trouble}"));
                return;
            }
        }
    }
}
