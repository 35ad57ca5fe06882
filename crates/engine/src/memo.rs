//! What earlier runs learnt of files whose path, language and text are still the same: their facts, and what the node and
//! file lints said.
//!
//! Goal: a run over a repository of which little changed does not parse again what did not. The memory of one repository
//! under one set of settings is one file, the *pack*, which is read at once; what is new since it was written is in a
//! second, small one. A pack is found by everything that the look at a file depends on beside the file itself: the
//! program, the settings, the lints. An entry holds for one path, language and text. Whatever is damaged, cut off or of
//! another make is as if it were not there. Limits: a file with anything in it that no report may show is never
//! remembered, nor is one that does not parse; nothing is written here, whoever writes is handed the bytes.

pub mod answer;
pub mod stamps;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use lint_api::{Edit, Finding, Fix, Label, Lint, Report, Safety};
use rayon::prelude::*;
use repo::{Facts, FileId, Kind, RepoPath, Span, Text};
use serde::{Deserialize, Serialize};
use syntax::TextRange;

use crate::check::Outcome;
use crate::disk::{Folder, Stat};
use crate::pins::Lookups;
use crate::{Input, Plan, Settings, Source};
use answer::{Known, Question};
use stamps::Stamps;

/// What every pack begins with; it changes with the layout.
const MAGIC: &[u8; 8] = b"nivisme1";
/// Bytes of a pack that is read or written.
const LARGEST: u64 = 192 << 20;
/// With fewer bytes of text than this, to look is as quick as to remember.
const WORTH: usize = 256 << 10;
/// When the new part is more than this part of the old one, both become one.
const SHARE: usize = 8;
/// The names of packs end in one of these.
pub const SUFFIXES: [&str; 2] = [".pack", ".more"];

/// Where packs lie, and whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// What tells this build of the program from others: the same words never stand for different code.
    pub build: String,
    /// When the run began, before anything was read, in seconds since 1970.
    pub began: i64,
}

/// A file for whoever writes: it takes the place of one of the same name in [`Place::folder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<'a> {
    /// Its name.
    pub name: String,
    /// Its contents, piece by piece: together they are large.
    pub pieces: Vec<Cow<'a, [u8]>>,
    /// A file that is part of it now, and not needed any more.
    pub instead_of: Option<String>,
}

/// What is remembered of one repository.
#[derive(Debug, Default)]
pub struct Memo {
    /// The name of its packs without the end; `None`: nothing is remembered.
    name: Option<String>,
    /// The sums of the texts of the run, in their order.
    sums: Vec<Sum>,
    /// What the file system said of each text.
    stats: Vec<Option<Stat>>,
    /// The sums that are known without hashing.
    stamps: Stamps,
    /// Of which files a hash may be kept, in their order.
    open: Vec<bool>,
    /// When the run began.
    began: i64,
    /// What the run asks, and the name of the file where the answer may be; `None` for one that is not likely to be asked
    /// again.
    asked_for: Option<(Question, String)>,
    /// Whether the run was answered.
    answered: bool,
    /// The answer of this run.
    answer: Option<Vec<u8>>,
    /// What is there: the pack, and what is newer.
    packs: Vec<Pack>,
    /// What was looked at anew.
    fresh: BTreeMap<RepoPath, Fresh>,
    /// How many entries of each pack still hold.
    used: Vec<usize>,
    /// Files that were asked for.
    asked: usize,
}

/// An entry that is not written yet.
#[derive(Debug)]
struct Fresh {
    kind: Kind,
    text: Sum,
    blob: Vec<u8>,
}

/// The first half of a hash.
type Sum = [u8; 16];

#[derive(Debug)]
struct Pack {
    bytes: Vec<u8>,
    /// Sorted by path.
    index: Vec<Row>,
}

/// Where an entry lies.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    path: RepoPath,
    kind: Kind,
    /// Of the text.
    text: Sum,
    /// From the beginning of the pack.
    at: u32,
    length: u32,
    /// A check sum of the entry.
    check: u32,
}

/// What is known of a file.
#[derive(Deserialize)]
struct Entry {
    facts: Box<Facts>,
    findings: Vec<Said>,
}

/// The same, lent.
#[derive(Serialize)]
struct Lent<'a> {
    facts: &'a Facts,
    findings: Vec<Said>,
}

/// A finding in its own file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Said {
    /// The index of the lint.
    lint: u32,
    steps: i8,
    at: TextRange,
    message: String,
    labels: Vec<(TextRange, String)>,
    notes: Vec<String>,
    help: Option<String>,
    fix: Option<Cure>,
}

/// The fix of a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cure {
    title: String,
    safe: bool,
    edits: Vec<(TextRange, String)>,
}

impl Memo {
    /// What is remembered for these settings, lints and this repository; nothing of it is read yet. The input is that of
    /// [`crate::load`], without the schemas of pinned trees.
    #[must_use]
    pub fn open(input: &Input, plan: &Plan, settings: &Settings) -> Memo {
        let Some(place) = &settings.memo else {
            return Memo::default();
        };
        let sources = &input.sources;
        let size: usize = sources.iter().map(|it| it.text.contents().len()).sum();
        if size < WORTH {
            return Memo::default();
        }
        let name = name(place, plan, settings);
        let stamps = Folder::open(&place.folder).ok().and_then(|folder| {
            let name = format!("{name}{}", stamps::SUFFIX);
            let (bytes, _) = folder.read(name.as_bytes(), stamps::LARGEST).ok()?;
            Stamps::of(bytes)
        });
        let stamps = stamps.unwrap_or_default();
        let sums = answer::sums(input, &stamps);
        let asked_for = answer::is_usual(settings).then(|| {
            let flags = answer::flags(settings);
            let question = answer::question(input, &sums, &name);
            let words = blake3::hash(format!("{name} {flags}").as_bytes()).to_hex();
            (question, format!("{}{}", &words[..40], answer::SUFFIX))
        });
        Memo {
            name: Some(name),
            sums,
            stats: input.stats.clone(),
            stamps,
            open: vec![false; sources.len()],
            began: place.began,
            asked_for,
            ..Memo::default()
        }
    }

    /// The report of an earlier run of the same input, and the schemas that it used.
    pub fn answer(&mut self, input: &Input, settings: &Settings) -> Option<(Report, Vec<String>)> {
        let (question, name) = self.asked_for.as_ref()?;
        let place = settings.memo.as_ref()?;
        let folder = Folder::open(&place.folder).ok()?;
        let (bytes, _) = folder.read(name.as_bytes(), answer::LARGEST).ok()?;
        let known = Known::of(&bytes, question)?;
        known.lookups().hold(settings).then_some(())?;
        let used = known.lookups().used().cloned().collect();
        let report = known.report(&input.sources, settings)?;
        self.answered = true;
        self.asked = input.sources.len();
        Some((report, used))
    }

    /// Remembers the report of this run, as it was settled.
    pub fn answer_is(&mut self, report: &Report, lookups: &Lookups, settings: &Settings) {
        let Some((question, _)) = &self.asked_for else {
            return;
        };
        if !lookups.is_open() {
            self.answer = answer::encode(report, question, lookups, settings.names());
        }
    }

    /// Reads the packs.
    fn read(&mut self, settings: &Settings) {
        let (Some(place), Some(name)) = (&settings.memo, &self.name) else {
            return;
        };
        let folder = Folder::open(&place.folder).ok();
        let read = |suffix: &&str| {
            let name = format!("{name}{suffix}");
            let (bytes, _) = folder.as_ref()?.read(name.as_bytes(), LARGEST).ok()?;
            Pack::of(bytes)
        };
        let mut packs: Vec<Pack> = SUFFIXES.iter().map_while(read).collect();
        // The new part belongs to one old part and to no other.
        if let [old, new] = packs.as_slice()
            && new.belongs_to() != old.sum()
        {
            packs.truncate(1);
        }
        self.packs = packs;
    }

    /// Whether anything is remembered at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.name.is_some()
    }

    /// Whether the report is that of an earlier run.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    /// How many files were known, of how many.
    #[must_use]
    pub fn hits(&self) -> (usize, usize) {
        match self.answered {
            true => (self.asked, self.asked),
            false => (self.used.iter().sum(), self.asked),
        }
    }

    /// The names of what was used, and of what will be when a file changes.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let name = self.name.iter();
        let packs = if self.answered {
            SUFFIXES.len()
        } else {
            self.packs.len().min(SUFFIXES.len())
        };
        let suffixes = &SUFFIXES[..packs];
        let packs =
            name.flat_map(move |name| suffixes.iter().map(move |suffix| format!("{name}{suffix}")));
        let answer = self.asked_for.iter().filter(|_| self.answered);
        packs.chain(answer.map(|(_, name)| name.clone()))
    }

    /// What is known of these files, in their order.
    pub(crate) fn recall(
        &mut self,
        sources: &[(FileId, Source)],
        settings: &Settings,
    ) -> Vec<Option<Outcome>> {
        self.read(settings);
        let (packs, lints) = (&self.packs, settings.names().lints());
        let sums = &self.sums;
        let rows: Vec<Vec<Option<&Row>>> = packs.iter().map(|pack| pack.rows(sources)).collect();
        let recall = |(at, (id, source)): (usize, &(FileId, Source))| {
            // A file has the number of its source.
            let text = sums.get(id.0 as usize);
            for (index, pack) in packs.iter().enumerate().rev() {
                let row = rows[index][at];
                if let Some(row) =
                    row.filter(|row| row.kind == source.kind && Some(&row.text) == text)
                {
                    return (index, pack.outcome(row, *id, source, lints));
                }
            }
            (0, None)
        };
        let recalled: Vec<(usize, Option<Outcome>)> =
            sources.par_iter().enumerate().map(recall).collect();
        self.asked = recalled.len();
        self.used = vec![0; self.packs.len()];
        let mut outcomes = Vec::with_capacity(recalled.len());
        for (pack, outcome) in recalled {
            if let Some(outcome) = &outcome {
                self.used[pack] += 1;
                self.may_be_kept(outcome.file.id);
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    /// Remembers what was looked at anew.
    pub(crate) fn keep(&mut self, outcomes: &[Outcome], settings: &Settings) {
        if !self.is_on() {
            return;
        }
        let (names, sums) = (settings.names(), &self.sums);
        let fresh: Vec<(FileId, RepoPath, Fresh)> = outcomes
            .par_iter()
            .filter_map(|outcome| {
                let file = &outcome.file;
                let fresh = Fresh {
                    kind: file.kind,
                    text: *sums.get(file.id.0 as usize)?,
                    blob: encode(outcome, |lint| names.index(lint.name))?,
                };
                Some((file.id, file.path.clone(), fresh))
            })
            .collect();
        for (id, path, fresh) in fresh {
            self.may_be_kept(id);
            self.fresh.insert(path, fresh);
        }
    }

    /// Says that a file has nothing in it that no report may show.
    fn may_be_kept(&mut self, id: FileId) {
        if let Some(open) = self.open.get_mut(id.0 as usize) {
            *open = true;
        }
    }

    /// What is worth writing after this run.
    pub fn written(&self) -> impl Iterator<Item = Written<'_>> {
        let answer = self.answer.as_ref().and_then(|bytes| {
            Some(Written {
                name: self.asked_for.as_ref()?.1.clone(),
                pieces: vec![Cow::Borrowed(bytes)],
                instead_of: None,
            })
        });
        let pack = self.pack().into_iter();
        pack.chain(answer).chain(self.stamps())
    }

    /// The list of stamps, when much of it is new.
    fn stamps(&self) -> Option<Written<'_>> {
        let name = self.name.as_ref().filter(|_| !self.answered)?;
        let files = self.stats.iter().zip(&self.sums).zip(&self.open);
        let files = files.filter(|(_, open)| **open);
        let files = files.filter_map(|((stat, sum), _)| Some((stat.as_ref()?, *sum)));
        let files: Vec<(&Stat, Sum)> = stamps::lasting(files, self.began).collect();
        let new = files
            .iter()
            .filter(|(stat, _)| self.stamps.find(stat).is_none());
        // To hash a few files is quicker than to write a list.
        let worth = new.count() * SHARE > files.len() || self.stamps.len() > 2 * files.len();
        let bytes = stamps::write(&files);
        let worth = worth && bytes.len() as u64 <= stamps::LARGEST;
        worth.then(|| Written {
            name: format!("{name}{}", stamps::SUFFIX),
            pieces: vec![Cow::Owned(bytes)],
            instead_of: None,
        })
    }

    /// The pack that takes the place of what is there.
    fn pack(&self) -> Option<Written<'_>> {
        if self.answered {
            return None;
        }
        let name = self.name.as_ref()?;
        let there: usize = self.packs.iter().map(|pack| pack.index.len()).sum();
        // Entries of files that are gone do no harm until they are many.
        let mostly_gone = self.used.iter().sum::<usize>() * 2 < there;
        if self.fresh.is_empty() && !mostly_gone {
            return None;
        }
        let fresh: usize = self.fresh.values().map(|it| it.blob.len()).sum();
        let [pack, suffix] = SUFFIXES;
        let old = self.packs.first().map_or(0, |pack| pack.bytes.len());
        let newer = self.packs.get(1).map_or(0, |pack| pack.bytes.len());
        let small = self
            .packs
            .first()
            .filter(|_| !mostly_gone && (fresh + newer) * SHARE < old);
        Some(match small {
            Some(first) => Written {
                name: format!("{name}{suffix}"),
                pieces: self.joined(&self.packs[1..], first.sum())?,
                instead_of: None,
            },
            None => Written {
                name: format!("{name}{pack}"),
                pieces: self.joined(&self.packs, Sum::default())?,
                instead_of: self.packs.get(1).map(|_| format!("{name}{suffix}")),
            },
        })
    }

    /// A pack of what is new and of what these hold.
    fn joined<'a>(&'a self, packs: &'a [Pack], belongs_to: Sum) -> Option<Vec<Cow<'a, [u8]>>> {
        let mut all: BTreeMap<&RepoPath, (Kind, Sum, &[u8])> = BTreeMap::new();
        for pack in packs {
            for row in &pack.index {
                if let Some(blob) = pack.blob(row) {
                    all.insert(&row.path, (row.kind, row.text, blob));
                }
            }
        }
        for (path, it) in &self.fresh {
            all.insert(path, (it.kind, it.text, &it.blob));
        }
        pack(&all, belongs_to)
    }
}

/// The name of the packs: of everything that the look at a file depends on, and of the place of the repository.
fn name(place: &Place, plan: &Plan, settings: &Settings) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |word: &[u8]| {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(place.build.as_bytes());
    add(settings.root.as_os_str().as_encoded_bytes());
    add(settings.digest.as_bytes());
    add(format!("{:?}", settings.limits).as_bytes());
    // The order of the lints gives their numbers.
    for lint in settings.names().lints() {
        add(lint.name.as_bytes());
    }
    add(b"node");
    for (kind, lint) in plan.nodes() {
        add(&kind.to_le_bytes());
        add(lint.name.as_bytes());
    }
    add(b"file");
    for call in &plan.file {
        add(call.lint.name.as_bytes());
    }
    hasher.finalize().to_hex()[..40].to_owned()
}

fn half(hash: blake3::Hash) -> Sum {
    let mut sum = Sum::default();
    sum.copy_from_slice(&hash.as_bytes()[..16]);
    sum
}

/// Of everything that is known of a text.
fn sum_of(text: &Text) -> Sum {
    let contents = text.contents().as_bytes();
    if !text.has_bom() && text.invalid_at().is_none() {
        return half(blake3::hash(contents));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(contents);
    hasher.update(&[u8::from(text.has_bom())]);
    hasher.update(&text.invalid_at().map_or(u64::MAX, u64::from).to_le_bytes());
    half(hasher.finalize())
}

/// A check sum against damage.
fn check(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The magic; the sum of what follows up to the end of the index; the sum of the pack that it belongs to; the length of the
/// index; the index; the entries.
const HEAD: usize = 8 + 16 + 16 + 4;

fn pack<'a>(
    all: &BTreeMap<&RepoPath, (Kind, Sum, &'a [u8])>,
    belongs_to: Sum,
) -> Option<Vec<Cow<'a, [u8]>>> {
    let mut index = Vec::with_capacity(all.len());
    let mut at = 0u32;
    for (path, (kind, text, blob)) in all {
        let length = u32::try_from(blob.len()).ok()?;
        index.push(Row {
            path: (*path).clone(),
            kind: *kind,
            text: *text,
            at,
            length,
            check: check(blob),
        });
        at = at.checked_add(length)?;
    }
    let index = postcard::to_allocvec(&index).ok()?;
    let mut head = Vec::with_capacity(HEAD + index.len());
    head.extend_from_slice(MAGIC);
    head.extend_from_slice(&Sum::default());
    head.extend_from_slice(&belongs_to);
    head.extend_from_slice(&u32::try_from(index.len()).ok()?.to_le_bytes());
    head.extend_from_slice(&index);
    let sum = half(blake3::hash(&head[24..]));
    head[8..24].copy_from_slice(&sum);
    if head.len() as u64 + u64::from(at) > LARGEST {
        return None;
    }
    let blobs = all.values().map(|(_, _, blob)| Cow::Borrowed(*blob));
    Some(std::iter::once(Cow::Owned(head)).chain(blobs).collect())
}

impl Pack {
    /// Reads the index; `None` when it is not whole.
    fn of(bytes: Vec<u8>) -> Option<Pack> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (sum, rest) = rest.split_at_checked(16)?;
        let length = rest.get(16..20)?.try_into().ok()?;
        let end = 20usize.checked_add(u32::from_le_bytes(length) as usize)?;
        let head = rest.get(..end)?;
        if half(blake3::hash(head)) != sum {
            return None;
        }
        let mut index: Vec<Row> = postcard::from_bytes(&head[20..]).ok()?;
        let begin = u32::try_from(8 + 16 + end).ok()?;
        for row in &mut index {
            row.at = row.at.checked_add(begin)?;
        }
        index.is_sorted_by(|a, b| a.path < b.path).then_some(())?;
        Some(Pack { bytes, index })
    }

    /// What the new part says of the old one.
    fn belongs_to(&self) -> Sum {
        let mut sum = Sum::default();
        sum.copy_from_slice(&self.bytes[24..40]);
        sum
    }

    fn sum(&self) -> Sum {
        let mut sum = Sum::default();
        sum.copy_from_slice(&self.bytes[8..24]);
        sum
    }

    /// The rows of the paths of these, which are sorted as the rows are.
    fn rows(&self, sources: &[(FileId, Source)]) -> Vec<Option<&Row>> {
        let mut rows = self.index.iter().peekable();
        let row = |(_, source): &(FileId, Source)| {
            while rows.next_if(|row| row.path < source.path).is_some() {}
            rows.next_if(|row| row.path == source.path)
        };
        sources.iter().map(row).collect()
    }

    /// An entry that is whole.
    fn blob(&self, row: &Row) -> Option<&[u8]> {
        let start = row.at as usize;
        let blob = self
            .bytes
            .get(start..start.checked_add(row.length as usize)?)?;
        (check(blob) == row.check).then_some(blob)
    }

    fn outcome(
        &self,
        row: &Row,
        id: FileId,
        source: &Source,
        lints: &[&'static Lint],
    ) -> Option<Outcome> {
        let entry: Entry = postcard::from_bytes(self.blob(row)?).ok()?;
        let file = repo::File {
            id,
            path: source.path.clone(),
            kind: source.kind,
            text: source.text.clone(),
            facts: entry.facts,
        };
        let findings = entry.findings.into_iter();
        Some(Outcome {
            file,
            findings: findings
                .map(|it| it.finding(id, lints))
                .collect::<Option<_>>()?,
            panics: Vec::new(),
        })
    }
}

/// An entry; `None` for what is not remembered.
fn encode(outcome: &Outcome, index: impl Fn(&Lint) -> Option<usize>) -> Option<Vec<u8>> {
    let facts = &outcome.file.facts;
    // What a mask covers must not get into any file of ours, nor a hash of it; so nothing of such a file does.
    let secret = !facts.secrets.masks.is_empty() || !facts.secrets.found.is_empty();
    if secret || !facts.faults.is_empty() || !outcome.panics.is_empty() {
        return None;
    }
    let findings = outcome.findings.iter();
    let findings = findings.map(|finding| Said::of(finding, index(finding.lint)?));
    postcard::to_allocvec(&Lent {
        facts,
        findings: findings.collect::<Option<_>>()?,
    })
    .ok()
}

impl Said {
    /// `None` when it speaks of other files.
    fn of(finding: &Finding, lint: usize) -> Option<Said> {
        let labels = finding.labels.iter();
        let labels = labels.map(|label| {
            let own = label.at.file == finding.at.file;
            own.then(|| (label.at.range, label.message.clone()))
        });
        let edit = |edit: &Edit| (edit.range, edit.text.clone());
        Some(Said {
            lint: u32::try_from(lint).ok()?,
            steps: finding.steps,
            at: finding.at.range,
            message: finding.message.clone(),
            labels: labels.collect::<Option<_>>()?,
            notes: finding.notes.clone(),
            help: finding.help.clone(),
            fix: finding.fix.as_ref().map(|fix| Cure {
                title: fix.title.clone(),
                safe: fix.safety == Safety::Safe,
                edits: fix.edits.iter().map(edit).collect(),
            }),
        })
    }

    fn finding(self, file: FileId, lints: &[&'static Lint]) -> Option<Finding> {
        let span = |range| Span { file, range };
        let label = |(range, message)| Label {
            at: span(range),
            message,
        };
        let edit = |(range, text)| Edit { range, text };
        Some(Finding {
            lint: lints.get(self.lint as usize)?,
            steps: self.steps,
            at: span(self.at),
            message: self.message,
            labels: self.labels.into_iter().map(label).collect(),
            notes: self.notes,
            help: self.help,
            fix: self.fix.map(|fix| Fix {
                title: fix.title,
                safety: if fix.safe {
                    Safety::Safe
                } else {
                    Safety::Unsafe
                },
                edits: fix.edits.into_iter().map(edit).collect(),
            }),
        })
    }
}

#[cfg(test)]
mod tests;
