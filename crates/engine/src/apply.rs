//! Applies fixes, in memory: check, apply, check again, until nothing is left to apply. Writes nothing.
//!
//! A pass over a file stands only when the text still parses and no finding of level error appears anywhere that was not
//! there. Otherwise its fixes are tried one at a time, and the one at fault is dropped and named: a fix that breaks a file
//! is a fault of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lint_api::report::{Report, Trouble};
use lint_api::{Edit, Finding, Fix, Level, Safety};
use repo::{FileId, Kind, RepoPath, Text};
use rustc_hash::FxHashSet;
use syntax::TextRange;

use crate::check::Files;
use crate::{Checked, Input, Plan, Settings, settle};

/// How often the whole is checked and fixed. Fixes that still offer themselves then would do so for ever.
const PASSES: usize = 10;

/// Which fixes are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those as well that rest on a guess.
    pub guesses: bool,
    /// Not those that change a line with a secret in it, or repeat one: the change will be shown.
    pub shown: bool,
    /// Those of this lint alone.
    pub lint: Option<&'static str>,
}

/// A repository after its fixes.
#[derive(Debug)]
pub struct Fixed {
    /// What is found in the new texts. Fixes that had to be dropped are among the troubles.
    pub report: Report,
    /// What was found in the old texts; `None` when no text changed.
    pub before: Option<Report>,
    /// The files whose text changed, sorted by path.
    pub changed: Vec<Changed>,
}

/// A file with another text.
#[derive(Debug)]
pub struct Changed {
    /// Its path.
    pub path: RepoPath,
    /// What was read.
    pub before: Arc<Text>,
    /// What it should be.
    pub after: Arc<Text>,
    /// What may not be shown of the old text.
    pub masks_before: Vec<TextRange>,
    /// What may not be shown of the new text.
    pub masks_after: Vec<TextRange>,
    /// How many findings of each lint were fixed.
    pub fixed: BTreeMap<&'static str, usize>,
}

/// Checks, and applies the fixes of all findings that would be reported, until there are none.
#[must_use]
pub fn fix(input: Input, plan: &Plan, settings: &Settings, wanted: Wanted) -> Fixed {
    fix_files(Files::of(input, plan, settings), plan, settings, wanted)
}

/// The same, for files that are read.
pub(crate) fn fix_files(files: Files, plan: &Plan, settings: &Settings, wanted: Wanted) -> Fixed {
    Run::new(files, plan, settings, wanted).finish()
}

/// A fix that is offered.
#[derive(Debug, Clone)]
struct Offer {
    lint: &'static str,
    message: String,
    fix: Fix,
}

/// What is known of the texts as they are at the moment.
struct State {
    files: Files,
    report: Report,
    /// Findings of level error, allowed or not, in named files or not: lint, message, file.
    errors: BTreeMap<(&'static str, String), BTreeMap<FileId, usize>>,
}

/// The names of the offers that are dropped: file, lint, message, title, what the edits put there.
type Dropped = BTreeSet<(FileId, &'static str, String, String)>;

struct Run<'a> {
    plan: &'a Plan,
    settings: &'a Settings,
    wanted: Wanted,
    now: State,
    before: Option<Report>,
    /// The files as they were, of those that changed.
    old: BTreeMap<FileId, (Arc<Text>, Vec<TextRange>)>,
    fixed: BTreeMap<FileId, BTreeMap<&'static str, usize>>,
    dropped: Dropped,
    troubles: Vec<Trouble>,
    /// Files with a fix that may not be shown.
    left_out: BTreeSet<FileId>,
}

impl State {
    fn of(files: Files, plan: &Plan, settings: &Settings) -> State {
        let checked = files.clone().link(plan, settings);
        State {
            errors: errors(&checked, settings),
            report: settle(checked, settings),
            files,
        }
    }
}

impl<'a> Run<'a> {
    fn new(files: Files, plan: &'a Plan, settings: &'a Settings, wanted: Wanted) -> Run<'a> {
        Run {
            plan,
            settings,
            wanted,
            now: State::of(files, plan, settings),
            before: None,
            old: BTreeMap::new(),
            fixed: BTreeMap::new(),
            dropped: Dropped::new(),
            troubles: Vec::new(),
            left_out: BTreeSet::new(),
        }
    }

    fn finish(mut self) -> Fixed {
        for pass in 0.. {
            let offers = self.offers();
            if offers.is_empty() {
                break;
            }
            if pass == PASSES {
                self.give_up(&offers);
                break;
            }
            if !self.pass(offers) {
                break;
            }
        }
        let mut report = self.now.report;
        report.troubles.append(&mut self.troubles);
        for id in self.left_out {
            report.notes.push(format!(
                "`{}`: a fix that changes or repeats a line with a secret is not shown",
                self.now.files.file(id).path
            ));
        }
        let mut changed = Vec::new();
        for (id, (before, masks_before)) in self.old {
            let file = self.now.files.file(id);
            if before.contents() != file.text.contents() {
                changed.push(Changed {
                    path: file.path.clone(),
                    before,
                    after: Arc::clone(&file.text),
                    masks_before,
                    masks_after: file.facts.secrets.masks.clone(),
                    fixed: self.fixed.remove(&id).unwrap_or_default(),
                });
            }
        }
        Fixed {
            report,
            before: self.before,
            changed,
        }
    }

    /// What the findings offer, by file, in the order in which it is applied.
    fn offers(&mut self) -> BTreeMap<FileId, Vec<Offer>> {
        let mut offers: BTreeMap<FileId, Vec<Offer>> = BTreeMap::new();
        let mut unsound: Vec<(FileId, Offer)> = Vec::new();
        for settled in self.now.report.active() {
            let Finding {
                lint,
                at,
                message,
                fix: Some(fix),
                ..
            } = &settled.finding
            else {
                continue;
            };
            if fix.safety == Safety::Unsafe && !self.wanted.guesses
                || self.wanted.lint.is_some_and(|only| only != lint.name)
            {
                continue;
            }
            let file = self.now.files.file(at.file);
            // What was no text cannot be written back, and locks are Nix's own to write.
            if file.text.invalid_at().is_some() || matches!(file.kind, Kind::Lock | Kind::Other) {
                continue;
            }
            let offer = Offer {
                lint: lint.name,
                message: message.clone(),
                fix: with_line_ends(fix, file.text.contents()),
            };
            if self.dropped.contains(&name(at.file, &offer)) {
                continue;
            }
            if !is_sound(&offer.fix, file.text.contents()) {
                unsound.push((at.file, offer));
                continue;
            }
            let masks = &file.facts.secrets.masks;
            if self.wanted.shown && !may_be_shown(&offer.fix, &file.text, masks) {
                self.left_out.insert(at.file);
                continue;
            }
            offers.entry(at.file).or_default().push(offer);
        }
        for (id, offer) in unsound {
            let message = "has edits that overlap or lie outside of the text";
            self.trouble(
                id,
                format!("a fix of `{}` {message}: please report this", offer.lint),
            );
            self.dropped.insert(name(id, &offer));
        }
        for offers in offers.values_mut() {
            offers.sort_by(|a, b| (start(&a.fix), a.lint).cmp(&(start(&b.fix), b.lint)));
        }
        offers
    }

    /// One pass over all files. Whether anything was applied or dropped.
    fn pass(&mut self, offers: BTreeMap<FileId, Vec<Offer>>) -> bool {
        let mut texts: BTreeMap<FileId, String> = BTreeMap::new();
        let mut taken: BTreeMap<FileId, Vec<Offer>> = BTreeMap::new();
        for (id, offers) in offers {
            let text = self.now.files.file(id).text.contents();
            let (new, indices) = apply_some(text, offers.iter().map(|offer| &offer.fix));
            let offers = offers.into_iter().enumerate();
            let here: Vec<Offer> = offers
                .filter(|(index, _)| indices.contains(index))
                .map(|(_, offer)| offer)
                .collect();
            if new != text {
                texts.insert(id, new);
                taken.insert(id, here);
            }
        }
        let mut suspects: BTreeSet<FileId> = BTreeSet::new();
        while !texts.is_empty() {
            let next = self.with(&texts);
            let bad = self.worse(&next, &texts);
            if bad.is_empty() {
                for id in texts.keys() {
                    self.count(*id, &taken[id]);
                }
                self.take(next, texts.keys());
                break;
            }
            texts.retain(|id, _| !bad.contains(id));
            suspects.extend(bad);
        }
        for id in &suspects {
            self.one_by_one(*id, &taken[id]);
        }
        !texts.is_empty() || !suspects.is_empty()
    }

    /// Applies the fixes of one file one after the other, and drops those that do harm.
    fn one_by_one(&mut self, id: FileId, offers: &[Offer]) {
        let text = Arc::clone(&self.now.files.file(id).text);
        let mut kept: Vec<Offer> = Vec::new();
        for offer in offers {
            let fixes = kept.iter().chain([offer]).map(|offer| &offer.fix);
            let (new, _) = apply_some(text.contents(), fixes);
            let texts = BTreeMap::from([(id, new)]);
            let next = self.with(&texts);
            if self.worse(&next, &texts).is_empty() {
                self.take(next, texts.keys());
                self.count(id, std::slice::from_ref(offer));
                kept.push(offer.clone());
                continue;
            }
            self.dropped.insert(name(id, offer));
            if !self.now.files.file(id).facts.faults.is_empty() {
                // It does not help a broken file, and does no harm either.
                continue;
            }
            let faults = next.files.file(id).facts.faults.len();
            let harm = if faults > 0 {
                "break the file"
            } else {
                "bring an error about"
            };
            self.trouble(
                id,
                format!(
                    "a fix of `{}` would {harm} and was not applied: please report this",
                    offer.lint
                ),
            );
        }
    }

    /// Names the lints whose fixes never end.
    fn give_up(&mut self, offers: &BTreeMap<FileId, Vec<Offer>>) {
        for (id, offers) in offers {
            let lints: BTreeSet<String> = offers
                .iter()
                .map(|offer| format!("`{}`", offer.lint))
                .collect();
            let lints: Vec<String> = lints.into_iter().collect();
            self.trouble(
                *id,
                format!(
                    "fixes of {} still offer themselves after {PASSES} passes: please report this",
                    lints.join(", ")
                ),
            );
        }
    }

    fn trouble(&mut self, id: FileId, message: String) {
        let trouble = Trouble {
            kind: "internal",
            path: Some(self.now.files.file(id).path.to_string()),
            line: None,
            message,
        };
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    fn count(&mut self, id: FileId, offers: &[Offer]) {
        let fixed = self.fixed.entry(id).or_default();
        for offer in offers {
            *fixed.entry(offer.lint).or_default() += 1;
        }
    }

    /// Everything checked with other texts for some files.
    fn with(&self, texts: &BTreeMap<FileId, String>) -> State {
        let mut files = self.now.files.clone();
        let renewed = texts.iter().map(|(id, text)| {
            let old = &self.now.files.file(*id).text;
            (*id, Arc::new(old.with_contents(text)))
        });
        files.renew(renewed.collect(), self.plan, self.settings);
        State::of(files, self.plan, self.settings)
    }

    fn take<'b>(&mut self, next: State, changed: impl Iterator<Item = &'b FileId>) {
        for id in changed {
            let file = self.now.files.file(*id);
            self.old
                .entry(*id)
                .or_insert_with(|| (Arc::clone(&file.text), file.facts.secrets.masks.clone()));
        }
        let last = std::mem::replace(&mut self.now, next);
        self.before.get_or_insert(last.report);
    }

    /// The changed files whose change does harm. When an error appears in a file that was not changed, any of them may
    /// be at fault.
    fn worse(&self, next: &State, changed: &BTreeMap<FileId, String>) -> BTreeSet<FileId> {
        let mut bad: BTreeSet<FileId> = BTreeSet::new();
        for id in changed.keys() {
            let faults = |files: &Files| files.file(*id).facts.faults.len();
            let (old, new) = (faults(&self.now.files), faults(&next.files));
            if new > 0 && new >= old {
                bad.insert(*id);
            }
        }
        // In a text that does not parse much is not seen: what is found there now may have been there before.
        let hid = |id: &FileId| {
            changed.contains_key(id) && !self.now.files.file(*id).facts.faults.is_empty()
        };
        for (key, places) in &next.errors {
            let old = self.now.errors.get(key);
            let was = |id: &FileId| old.and_then(|old| old.get(id)).copied().unwrap_or(0);
            let total = old.map_or(0, |old| old.values().sum());
            if places.values().sum::<usize>() <= total {
                continue;
            }
            let here = places.iter().filter(|(id, count)| **count > was(id));
            let here: Vec<FileId> = here.map(|(id, _)| *id).filter(|id| !hid(id)).collect();
            if here.is_empty() {
                continue;
            }
            if here.iter().any(|id| changed.contains_key(id)) {
                bad.extend(here.iter().filter(|id| changed.contains_key(id)));
            } else {
                bad.extend(changed.keys().filter(|id| !hid(id)));
            }
        }
        bad
    }
}

/// The fix as an editor may show it: with the line ends of the file, and repeating nothing of a secret. `None` when it
/// cannot be applied: in a file that is no text, or that others write.
#[must_use]
pub fn for_editor(fix: &Fix, kind: Kind, text: &Text, masks: &[TextRange]) -> Option<Fix> {
    let writable = text.invalid_at().is_none() && !matches!(kind, Kind::Lock | Kind::Other);
    let sound = writable && is_sound(fix, text.contents());
    (sound && !repeats(fix, text, masks)).then(|| with_line_ends(fix, text.contents()))
}

/// Whether an edit holds a piece of what is masked.
#[must_use]
pub fn repeats(fix: &Fix, text: &Text, masks: &[TextRange]) -> bool {
    masks.iter().any(|mask| {
        let pieces = text.slice(*mask).lines().map(str::trim);
        let mut pieces = pieces.filter(|piece| piece.len() >= 4);
        pieces.any(|piece| fix.edits.iter().any(|edit| edit.text.contains(piece)))
    })
}

/// What tells one offer from another, whatever moved around it.
fn name(id: FileId, offer: &Offer) -> (FileId, &'static str, String, String) {
    let mut text = offer.fix.title.clone();
    for edit in &offer.fix.edits {
        text.push('\n');
        text.push_str(&edit.text);
    }
    (id, offer.lint, offer.message.clone(), text)
}

/// The findings of level error, whether or not they are allowed or asked for.
fn errors(
    checked: &Checked,
    settings: &Settings,
) -> BTreeMap<(&'static str, String), BTreeMap<FileId, usize>> {
    let mut errors: BTreeMap<(&'static str, String), BTreeMap<FileId, usize>> = BTreeMap::new();
    for finding in &checked.findings {
        let level = match settings.names().index(finding.lint.name) {
            Some(lint) => settings
                .for_path(&checked.repo.file(finding.at.file).path)
                .level(lint),
            None => finding.lint.level,
        };
        if level.shift(finding.steps) == Level::Error {
            let key = (finding.lint.name, finding.message.clone());
            let places = errors.entry(key).or_default();
            *places.entry(finding.at.file).or_default() += 1;
        }
    }
    errors
}

/// Whether a change may be shown: no line with a masked place changes, and no edit repeats one.
fn may_be_shown(fix: &Fix, text: &Text, masks: &[TextRange]) -> bool {
    let unchanged = |mask: &TextRange| {
        let first = text.line_of(mask.start());
        let last = text.line_of(mask.end());
        !fix.edits.iter().any(|edit| {
            text.line_of(edit.range.start()) <= last && first <= text.line_of(edit.range.end())
        })
    };
    let mut masks_there = masks.iter().filter(|mask| !mask.is_empty());
    masks_there.all(unchanged) && !repeats(fix, text, masks)
}

/// The fix with the line ends of the file.
fn with_line_ends(fix: &Fix, text: &str) -> Fix {
    let mut fix = fix.clone();
    let crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
    for edit in fix.edits.iter_mut().filter(|_| crlf) {
        if edit.text.contains('\n') {
            edit.text = edit.text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
    }
    fix
}

fn start(fix: &Fix) -> Option<syntax::TextSize> {
    fix.edits.iter().map(|edit| edit.range.start()).min()
}

/// Applies fixes from the first to the last. A fix whose edits overlap **or touch** an edit already taken is left for
/// the next pass; a fix is taken whole or not at all. Two fixes with the same edits are one.
///
/// Returns the new text and how many fixes were taken. Offsets are those of the text given.
#[must_use]
pub fn apply<'a>(text: &str, fixes: impl IntoIterator<Item = &'a Fix>) -> (String, usize) {
    let (text, taken) = apply_some(text, fixes);
    (text, taken.len())
}

/// The same, with the indices of the fixes that were taken.
fn apply_some<'a>(
    text: &str,
    fixes: impl IntoIterator<Item = &'a Fix>,
) -> (String, BTreeSet<usize>) {
    // By start and end. Edits of one fix may touch one another, none overlap.
    let mut taken: BTreeMap<(usize, usize), Vec<&Edit>> = BTreeMap::new();
    let mut sets: FxHashSet<&[Edit]> = FxHashSet::default();
    let mut indices = BTreeSet::new();
    for (index, fix) in fixes.into_iter().enumerate() {
        if sets.contains(fix.edits.as_slice()) {
            indices.insert(index);
            continue;
        }
        let free = |edit: &Edit| {
            let (start, end) = bounds(edit);
            // The last edit that begins before this one ends is the one that reaches furthest.
            let before = taken.range(..=(end, usize::MAX)).next_back();
            before.is_none_or(|((_, reached), _)| *reached < start)
        };
        if fix.edits.is_empty() || !is_sound(fix, text) || !fix.edits.iter().all(free) {
            continue;
        }
        for edit in &fix.edits {
            taken.entry(bounds(edit)).or_default().push(edit);
        }
        sets.insert(&fix.edits);
        indices.insert(index);
    }
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for ((start, end), edits) in taken {
        result.push_str(&text[at..start]);
        for edit in edits {
            result.push_str(&edit.text);
        }
        at = end;
    }
    result.push_str(&text[at..]);
    (result, indices)
}

/// Whether the edits of a fix lie in the text, begin and end between characters, and do not overlap.
fn is_sound(fix: &Fix, text: &str) -> bool {
    let mut edits: Vec<(usize, usize)> = fix.edits.iter().map(bounds).collect();
    edits.sort_unstable();
    let inside = edits.iter().all(|(start, end)| {
        *end <= text.len() && text.is_char_boundary(*start) && text.is_char_boundary(*end)
    });
    let apart = |pair: &[(usize, usize)]| {
        pair[0].1 <= pair[1].0 && (pair[0] != pair[1] || pair[0].0 == pair[0].1)
    };
    inside && edits.windows(2).all(apart)
}

fn bounds(edit: &Edit) -> (usize, usize) {
    (edit.range.start().into(), edit.range.end().into())
}

#[cfg(test)]
mod tests {
    use syntax::TextRange;

    use super::*;

    fn range(start: u32, end: u32) -> TextRange {
        TextRange::new(start.into(), end.into())
    }

    fn delete(start: u32, end: u32) -> Fix {
        Fix::safe("x").delete(range(start, end))
    }

    #[test]
    fn touching_edits_wait() {
        let (a, b, c) = (delete(0, 2), delete(2, 3), delete(4, 5));
        assert_eq!(apply("abcdef", [&a, &b, &c]), ("cdf".to_owned(), 2));
        assert_eq!(apply("abcdef", [&a, &a]), ("cdef".to_owned(), 2));
        let insert = |at: u32| Fix::safe("x").insert(at.into(), "-");
        assert_eq!(apply("abcdef", [&c, &insert(4)]).1, 1);
        assert_eq!(apply("abcdef", [&c, &insert(5)]).1, 1);
        assert_eq!(apply("abcdef", [&insert(3), &c]), ("abc-df".to_owned(), 2));
    }

    #[test]
    fn a_fix_is_taken_whole() {
        let wide = delete(0, 1).delete(range(5, 6));
        let inner = delete(2, 3);
        assert_eq!(apply("abcdef", [&inner, &wide]).0, "bde");
        assert_eq!(apply("abcdef", [&delete(4, 6), &wide]).0, "abcd");
        // Its own edits may touch: a replacement in two pieces.
        let pieces = delete(2, 3).replace(range(3, 4), "X").insert(3.into(), "-");
        assert_eq!(apply("abcdef", [&pieces]).0, "ab-Xef");
    }

    #[test]
    fn unsound_fixes_do_nothing() {
        for fix in [delete(0, 9), delete(1, 2), delete(0, 4).delete(range(2, 6))] {
            assert_eq!(apply("aébcdef", [&fix]).1, 0, "{fix:?}");
        }
    }

    #[test]
    fn line_ends_are_those_of_the_file() {
        let fix = Fix::safe("x").insert(0.into(), "a\nb\r\n");
        assert_eq!(with_line_ends(&fix, "x\r\n").edits[0].text, "a\r\nb\r\n");
        assert_eq!(with_line_ends(&fix, "x\n").edits[0].text, "a\nb\r\n");
    }
}
