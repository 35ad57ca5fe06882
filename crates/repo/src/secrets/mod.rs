//! Literals that are secrets: each is judged once, in the one walk, and written down as a fact that never holds its text.
//!
//! Goal: the question is which option a literal reaches, not whether a line looks random. Where the option is known to
//! take a secret, any literal is one; where only the name speaks, the value must look like one too; tokens of providers
//! are known by their published format wherever they stand. There is no entropy. Limits: values are followed to a `let`
//! of the same file and no further; a value with an interpolation in it is unknown, but its pieces are searched for
//! tokens.

pub mod encrypted;
pub mod files;
mod judge;
pub mod names;
mod places;
pub mod references;
pub mod roles;
pub mod table;
pub mod tokens;
pub mod uses;
pub mod value;
pub mod wiring;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};
use syntax::TextRange;
use syntax::text::size;

use crate::definitions::{Definitions, PathId, Segment, Sites};
use crate::file::{File, Kind as Language, Tree};
use judge::{Found, Judge};
use roles::Role;
use table::RowId;
use tokens::What;

/// The secrets of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SecretFacts {
    /// What was found, in the order of places.
    pub found: Vec<Secret>,
    /// Every literal part that a lint of the group matched, before roles, levels and allows: no report may show them.
    /// Sorted, not overlapping.
    pub masks: Vec<TextRange>,
    /// Files that are used for secrets, in the order of places.
    pub uses: Vec<uses::FileUse>,
    /// What a file is that is not Nix.
    pub file: Option<encrypted::FileFacts>,
    /// A `.sops.yaml`.
    pub sops: Option<wiring::SopsConfig>,
    /// What stands in a script or another file that is not Nix: which token, and where its public prefix is.
    pub tokens: Vec<(Box<str>, TextRange)>,
}

/// Which lint speaks of a secret. The order is that of precedence: of several that match one literal the first stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A literal on an option that takes a secret.
    Option,
    /// A password hash.
    Hash,
    /// A token or private key, known by its format.
    Token,
    /// On a command line or in a URL.
    CommandLine,
    /// A variable of an environment.
    Environment,
    /// A line of a text that becomes a file.
    Text,
    /// Only the name speaks, and the value looks like it.
    Name,
}

/// One secret. Holds names, places and kinds, never a part of the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Which lint speaks of it.
    pub kind: Kind,
    /// The name or the public prefix: never the value.
    pub at: TextRange,
    /// The definition that it stands in, or that it reaches through a `let`.
    pub path: Option<PathId>,
    /// The token with its article, the scheme of the hash, the variable, the key of the line, the flag, the scheme of
    /// the URL; empty where the path says it all.
    pub subject: Box<str>,
    /// The row of the table that knows the option.
    pub row: Option<RowId>,
    /// How many levels above or below its lint it stands.
    pub steps: i8,
    /// The same where its surroundings make it a matter of comfort: a virtual machine, an installer, a container.
    pub eased: Option<i8>,
    /// The part that its surroundings play.
    pub role: Role,
    /// The value is one that everybody tries first, or too plain to be sure.
    pub weak: bool,
    /// The scheme of the hash is broken.
    pub broken: bool,
}

impl Secret {
    /// What to do instead, as a whole sentence: the row's safe form, and that the value is known to others by now.
    #[must_use]
    pub fn advice(&self, otherwise: &str) -> String {
        let row = self.row.map(RowId::row);
        let instead = match row.and_then(|row| Some((row.instead?, row.sure))) {
            Some((instead, true)) => format!("use {instead}"),
            Some((instead, false)) => format!("use {instead}, probably"),
            None => otherwise.to_owned(),
        };
        format!("{instead}; rotate it: old generations, caches and git history keep the value")
    }
}

impl SecretFacts {
    /// How to name the place of a secret: the path of its option in ticks, or `this string`.
    #[must_use]
    pub fn place(definitions: &Definitions, secret: &Secret) -> String {
        match secret.path {
            Some(path) => format!("`{}`", definitions.display(path)),
            None => "this string".to_owned(),
        }
    }

    /// The option that gives the decrypted file of a declaration: `config.sops.secrets.x.path` for `sops.secrets.x.sopsFile`.
    #[must_use]
    pub fn decrypted(definitions: &Definitions, path: PathId) -> Option<String> {
        let segments = definitions.segments(path);
        let [
            ..,
            tool @ Segment::Name("sops" | "age"),
            Segment::Name("secrets"),
            name @ Segment::Name(_),
            _,
        ] = segments.as_slice()
        else {
            return None;
        };
        Some(format!("config.{tool}.secrets.{name}.path"))
    }

    /// The secrets that one lint speaks of, each with its distance from the lint's level. Tests and examples are left
    /// out unless `tests`; tokens are only lowered there. With `tests`, virtual machines and installers count as real.
    pub fn of(&self, kind: Kind, tests: bool) -> impl Iterator<Item = (&Secret, i8)> {
        self.found
            .iter()
            .filter(move |secret| secret.kind == kind)
            .filter_map(move |secret| {
                if tests {
                    Some((secret, secret.steps))
                } else if !secret.role.is_test() {
                    Some((secret, secret.eased.unwrap_or(secret.steps)))
                } else if kind == Kind::Token {
                    Some((secret, secret.steps.min(-2)))
                } else {
                    None
                }
            })
    }
}

/// The secrets of a Nix file; `hits` are those of [`tokens::scan`].
#[must_use]
pub fn extract(file: &File, tree: &Tree, sites: &Sites, hits: &[tokens::Hit]) -> SecretFacts {
    let (found, mut masks, mut uses) = Judge::of(file, tree, sites, hits);
    // A token in a comment, or in a text that does not parse, is nobody's finding, and shown to nobody all the same.
    let tokens = hits
        .iter()
        .filter(|hit| matches!(hit.what, What::Token { .. }));
    masks.extend(tokens.map(|hit| range(&hit.secret)));
    let mut facts = settle(found, masks, file.text.contents());
    uses.sort_by_key(|it| (it.at.start(), it.at.end()));
    facts.uses = uses;
    facts
}

/// The tokens of a file without a Nix tree: scripts, workflows.
#[must_use]
pub fn extract_text(file: &File) -> SecretFacts {
    let mut hits = Vec::new();
    if matches!(file.kind, Language::Lock) {
        return SecretFacts::default();
    }
    tokens::scan(file.text.contents(), &mut hits);
    let mut facts = SecretFacts::default();
    for hit in hits {
        if let What::Token { name, .. } = hit.what {
            facts.tokens.push((name.into(), range(&hit.public)));
            facts.masks.push(range(&hit.secret));
        }
    }
    facts.masks = everywhere(facts.masks, file.text.contents());
    if file.kind == Language::Other {
        let name = file.path.file_name();
        if name == ".sops.yaml" {
            facts.sops = Some(wiring::read(file.text.contents()));
        } else if !name.starts_with(".git") {
            let read = encrypted::read(file.text.contents(), &name);
            // Any line of it may be a secret, whatever form it has.
            let is_data = matches!(&*name, "sources.json" | "facter.json");
            if !read.class.is_safe() && !is_data {
                facts.masks = merged(vec![range(&(0..file.text.contents().len()))]);
            }
            facts.file = Some(read);
        }
    }
    facts
}

fn range(range: &std::ops::Range<usize>) -> TextRange {
    TextRange::new(size(range.start), size(range.end))
}

/// One literal, one finding: drops what a lint of higher precedence has, and gathers the masks of all.
fn settle(mut found: Vec<Found>, mut masks: Vec<TextRange>, text: &str) -> SecretFacts {
    masks.extend(found.iter().map(|it| it.mask));
    let masks = everywhere(masks, text);
    found.sort_by_key(|it| (it.secret.kind, it.mask.start(), it.secret.at.start()));
    let mut taken: Vec<TextRange> = Vec::new();
    let mut kept: Vec<Secret> = Vec::new();
    let mut rest = found.into_iter().peekable();
    while let Some(first) = rest.peek() {
        let kind = first.secret.kind;
        // Those of formats overlap only by accident (`sk-…` inside of another token); one `let` may reach two options.
        let by_option = matches!(kind, Kind::Option | Kind::Name);
        let mut of_kind: Vec<TextRange> = Vec::new();
        while let Some(it) = rest.next_if(|it| it.secret.kind == kind) {
            let again = of_kind.last().is_some_and(|last| overlap(*last, it.mask));
            if overlaps(&taken, it.mask) || (again && !by_option) {
                continue;
            }
            of_kind.push(it.mask);
            let mut secret = it.secret;
            // These subjects are words of the user's text.
            let quoted = matches!(
                secret.kind,
                Kind::CommandLine | Kind::Environment | Kind::Text
            );
            if quoted && overlaps(&masks, secret.at) {
                secret.subject = "…".into();
            }
            kept.push(secret);
        }
        taken.extend(of_kind);
        taken = merged(taken);
    }
    kept.sort_by_key(|secret| (secret.at.start(), secret.at.end(), secret.kind));
    kept.dedup_by(|a, b| a.at == b.at && a.kind == b.kind && a.subject == b.subject);
    SecretFacts {
        found: kept,
        masks,
        ..SecretFacts::default()
    }
}

/// The same text elsewhere in the file is no less secret, whatever it is bound to there.
fn everywhere(masks: Vec<TextRange>, text: &str) -> Vec<TextRange> {
    let mut masks = merged(masks);
    let mut pieces: Vec<&str> = masks
        .iter()
        .filter_map(|mask| text.get(usize::from(mask.start())..usize::from(mask.end())))
        .filter(|piece| value::is_strong(piece))
        .collect();
    pieces.sort_unstable();
    pieces.dedup();
    if pieces.is_empty() {
        return masks;
    }
    // Limit: with very many secrets only the first thousand are looked for elsewhere.
    pieces.truncate(1_000);
    if let Ok(automaton) = AhoCorasick::new(pieces) {
        masks.extend(
            automaton
                .find_overlapping_iter(text)
                .map(|hit| range(&(hit.start()..hit.end()))),
        );
    }
    merged(masks)
}

fn overlap(a: TextRange, b: TextRange) -> bool {
    a.intersect(b).is_some_and(|both| !both.is_empty())
}

/// Whether a range overlaps one of a sorted list.
#[must_use]
pub fn overlaps(sorted: &[TextRange], range: TextRange) -> bool {
    let at = sorted.partition_point(|it| it.end() <= range.start());
    sorted.get(at).is_some_and(|it| overlap(*it, range))
}

/// Sorted, without overlaps and empty ranges.
fn merged(mut ranges: Vec<TextRange>) -> Vec<TextRange> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start(), range.end()));
    let mut merged: Vec<TextRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if last.end() >= range.start() => *last = last.cover(range),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
