//! Which findings the allow comments of one file silence, and what there is to say of the comments themselves.

use lint_api::report::State;
use lint_api::{Finding, Fix, Group, Lint};
use repo::allow::{Allow, Pragma};
use repo::{File, Span};
use syntax::text::size;
use syntax::{TextRange, TextSize};

use crate::names::Named;
use crate::own;
use crate::{PathSettings, Settings};

/// The allow comments of one file during a run.
pub struct Allows<'a> {
    settings: &'a Settings,
    file: &'a File,
    comments: Vec<Comment<'a>>,
}

/// One comment.
struct Comment<'a> {
    allow: &'a Allow,
    names: Vec<Name>,
}

/// One name in a comment.
struct Name {
    /// What it stands for; `None` when nothing bears it.
    named: Option<Named>,
    /// The lints, by index.
    lints: Vec<usize>,
    used: bool,
}

impl<'a> Allows<'a> {
    /// The comments of a file; `None` when it has none, as most files.
    #[must_use]
    pub fn of(settings: &'a Settings, file: &'a File) -> Option<Allows<'a>> {
        let facts = &file.facts;
        if facts.allows.is_empty() && facts.bad_allows.is_empty() {
            return None;
        }
        let heard = |allow: &&Allow| match allow.pragma {
            None => true,
            Some(Pragma::Deadnix) => settings.foreign.deadnix,
            Some(Pragma::Gitleaks) => settings.foreign.gitleaks,
        };
        let comments = facts
            .allows
            .iter()
            .filter(heard)
            .map(|allow| Comment {
                allow,
                names: allow
                    .names
                    .iter()
                    .map(|(name, _)| Name::new(settings, name))
                    .collect(),
            })
            .collect();
        Some(Allows {
            settings,
            file,
            comments,
        })
    }

    /// Whether a comment silences a finding of this file: the one that covers the least. A finding of group `secrets`
    /// that a comment without a reason covers stays, and says so.
    pub fn judge(&mut self, finding: &mut Finding) -> State {
        if own::is_fixed(finding.lint) {
            return State::Active;
        }
        let Some(lint) = self.settings.names().index(finding.lint.name) else {
            return State::Active;
        };
        let at = finding.at.range;
        let line = |allow: &Allow| self.file.text.line_of(allow.at.start()) + 1;
        let secret = finding.lint.group == Group::Secrets;
        let mut best: Option<(usize, usize, TextSize)> = None;
        let mut without_reason = None;
        for (index, comment) in self.comments.iter_mut().enumerate() {
            let covers = comment.allow.covers;
            if covers.is_empty() || !covers.contains_range(at) {
                continue;
            }
            let Some(name) = comment.names.iter().position(|it| it.lints.contains(&lint)) else {
                continue;
            };
            if secret && comment.allow.reason.is_none() {
                // It would have silenced something, so it is not unused.
                comment.names[name].used = true;
                without_reason = Some(line(comment.allow));
            } else if best.is_none_or(|(_, _, least)| covers.len() < least) {
                best = Some((index, name, covers.len()));
            }
        }
        if let Some((index, name, _)) = best {
            let comment = &mut self.comments[index];
            comment.names[name].used = true;
            return State::Allowed {
                line: line(comment.allow),
                reason: comment.allow.reason.as_deref().map(str::to_owned),
            };
        }
        if let Some(line) = without_reason {
            finding.note(format!(
                "the allow comment on line {line} has no effect: a secret is allowed only with a reason"
            ));
        }
        State::Active
    }

    /// What is wrong with the comments themselves, whatever they silence.
    #[must_use]
    pub fn faults(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for bad in &self.file.facts.bad_allows {
            let mut finding = self.finding(
                &own::UNKNOWN_ALLOW,
                bad.at,
                format!("this allow comment cannot be read: {}", bad.message),
            );
            finding.help("write `# nivis: allow(lint-name) why it is right here`");
            findings.push(finding);
        }
        for comment in self.own() {
            let names = comment.allow.names.iter().zip(&comment.names);
            for ((word, at), name) in names {
                let message = match &name.named {
                    None => format!("no lint is called `{word}`"),
                    Some(Named::Group(_)) => {
                        format!("`{word}` is a group, and an allow comment names single lints")
                    }
                    Some(_) => continue,
                };
                let mut finding = self.finding(&own::UNKNOWN_ALLOW, *at, message);
                if name.named.is_none() {
                    let near = self.settings.names().did_you_mean(word, false);
                    if let Some(near) = near.strip_prefix("; ") {
                        finding.help(near);
                    }
                }
                findings.push(finding);
            }
            if comment.allow.reason.is_none() {
                let mut finding = self.finding(
                    &own::ALLOW_WITHOUT_REASON,
                    comment.allow.at,
                    "this allow comment gives no reason",
                );
                finding.help("say behind the parenthesis why it is right here");
                findings.push(finding);
            }
        }
        findings
    }

    /// The names that silenced nothing. `could_speak` says whether a lint, by its index, would have spoken here.
    #[must_use]
    pub fn unused(&self, here: &PathSettings, could_speak: impl Fn(usize) -> bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        // Half a tree has half the findings.
        if !self.file.facts.faults.is_empty() {
            return findings;
        }
        let lints = self.settings.names().lints();
        for comment in self.own() {
            let unused: Vec<usize> = (0..comment.names.len())
                .filter(|index| {
                    let name = &comment.names[*index];
                    let speaks = |lint: &usize| {
                        own::is_fixed(lints[*lint])
                            || (here.level(*lint) != lint_api::Level::Off && could_speak(*lint))
                    };
                    !name.used && !name.lints.is_empty() && name.lints.iter().all(speaks)
                })
                .collect();
            for index in &unused {
                let (word, at) = &comment.allow.names[*index];
                let fixed = comment.names[*index]
                    .lints
                    .iter()
                    .all(|lint| own::is_fixed(lints[*lint]));
                let mut finding = if fixed {
                    self.finding(
                        &own::UNUSED_ALLOW,
                        *at,
                        format!("`{word}` cannot be allowed"),
                    )
                } else {
                    self.finding(
                        &own::UNUSED_ALLOW,
                        *at,
                        format!("this allow of `{word}` silences nothing"),
                    )
                };
                if comment.allow.covers.is_empty() {
                    finding.note("nothing that it could cover follows the comment");
                }
                let range = if unused.len() == comment.names.len() {
                    let text = self.file.text.contents();
                    without_comment(text, comment.allow.at)
                } else {
                    (without_name(comment.allow, *index), "")
                };
                let title = "remove the allow";
                let fix = if comment.allow.in_string {
                    Fix::r#unsafe(title)
                } else {
                    Fix::safe(title)
                };
                finding.fix(fix.replace(range.0, range.1));
                findings.push(finding);
            }
        }
        findings
    }

    /// The comments of our own form.
    fn own(&self) -> impl Iterator<Item = &Comment<'a>> {
        self.comments
            .iter()
            .filter(|comment| comment.allow.pragma.is_none())
    }

    fn finding(
        &self,
        lint: &'static Lint,
        range: TextRange,
        message: impl Into<String>,
    ) -> Finding {
        let at = Span {
            file: self.file.id,
            range,
        };
        Finding::new(lint, at, message)
    }
}

impl Name {
    fn new(settings: &Settings, name: &str) -> Name {
        let named = settings.names().resolve(name);
        let lints = match &named {
            // A group is never allowed as a whole.
            None | Some(Named::Group(_)) => Vec::new(),
            Some(named) => settings.names().covered(named),
        };
        Name {
            named,
            lints,
            used: false,
        }
    }
}

/// The range of one of several names, with the comma and the space that go with it.
fn without_name(allow: &Allow, index: usize) -> TextRange {
    let (_, at) = &allow.names[index];
    match (allow.names.get(index + 1), index.checked_sub(1)) {
        (Some((_, next)), _) => TextRange::new(at.start(), next.start()),
        (None, Some(before)) => TextRange::new(allow.names[before].1.end(), at.end()),
        (None, None) => *at,
    }
}

/// The range of a comment with the white space that only it needs, and what must stand there instead: its lines when
/// nothing else is on them, else the space before it.
pub(crate) fn without_comment(text: &str, at: TextRange) -> (TextRange, &'static str) {
    let (start, end) = (usize::from(at.start()), usize::from(at.end()));
    let space = |c: char| c == ' ' || c == '\t';
    let before = text[..start].trim_end_matches(space);
    let after = text[end..].trim_start_matches(space);
    let line_end = ["\r\n", "\n"].iter().find(|it| after.starts_with(**it));
    let begins = before.is_empty() || before.ends_with('\n');
    let ends = after.is_empty() || line_end.is_some();
    let rest = text.len() - after.len();
    let range = |start: usize, end: usize| TextRange::new(size(start), size(end));
    match (begins, ends) {
        (true, true) => (
            range(before.len(), rest + line_end.map_or(0, |it| it.len())),
            "",
        ),
        // `a = 1; # comment`
        (false, true) => (range(before.len(), end), ""),
        // `/* comment */ a = 1;` keeps its indentation.
        (true, false) => (range(start, rest), ""),
        // `a /* comment */ b`: one space stays, also where there was none.
        (false, false) => (range(before.len(), rest), " "),
    }
}
