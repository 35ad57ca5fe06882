//! A finding: one place where a lint has something to say. Plain data.

use repo::Span;
use syntax::TextRange;

use crate::Lint;

/// One place where a lint has something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The lint.
    pub lint: &'static Lint,
    /// How many levels this finding stands above (positive) or below its lint, see [`Finding::soften`].
    pub steps: i8,
    /// The one primary place, as small as possible.
    pub at: Span,
    /// What is wrong, naming the user's thing in `ticks`; one sentence, no full stop.
    pub message: String,
    /// Further places, in any file.
    pub labels: Vec<Label>,
    /// Why it matters here.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// A change that cures it, in the finding's own file.
    pub fix: Option<Fix>,
}

/// A further place with a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub at: Span,
    /// The words.
    pub message: String,
}

/// Whether a fix keeps the meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Safety {
    /// Every evaluation that succeeded still succeeds with the same result.
    Safe,
    /// Rests on a guess of what was meant; applied only on request.
    Unsafe,
}

/// A change of text that cures a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, imperative: "remove the binding".
    pub title: String,
    /// Whether it keeps the meaning.
    pub safety: Safety,
    /// The edits, in the finding's own file, not overlapping.
    pub edits: Vec<Edit>,
}

/// Replace a range by a text. An empty range inserts, an empty text deletes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// What is replaced, 0-based byte offsets.
    pub range: TextRange,
    /// What stands there then.
    pub text: String,
}

impl Finding {
    /// A finding without labels, notes, help or fix.
    #[must_use]
    pub fn new(lint: &'static Lint, at: Span, message: impl Into<String>) -> Finding {
        Finding {
            lint,
            steps: 0,
            at,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// Adds a further place in the finding's own file.
    pub fn label(&mut self, range: TextRange, message: impl Into<String>) -> &mut Finding {
        let at = Span {
            file: self.at.file,
            range,
        };
        self.label_at(at, message)
    }

    /// Adds a further place in any file.
    pub fn label_at(&mut self, at: Span, message: impl Into<String>) -> &mut Finding {
        self.labels.push(Label {
            at,
            message: message.into(),
        });
        self
    }

    /// Adds a reason why it matters here.
    pub fn note(&mut self, note: impl Into<String>) -> &mut Finding {
        self.notes.push(note.into());
        self
    }

    /// Says what to do.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Finding {
        self.help = Some(help.into());
        self
    }

    /// Offers a change.
    pub fn fix(&mut self, fix: Fix) -> &mut Finding {
        self.fix = Some(fix);
        self
    }

    /// Offers a change if there is one.
    pub fn fix_if(&mut self, fix: Option<Fix>) -> &mut Finding {
        if fix.is_some() {
            self.fix = fix;
        }
        self
    }

    /// Lowers this finding by `steps` levels below its lint's (error, warn, info, silent), whatever level the user set.
    pub fn soften(&mut self, steps: i8) -> &mut Finding {
        self.steps -= steps;
        self
    }

    /// Raises this finding by `steps` levels above its lint's, whatever level the user set.
    pub fn raise(&mut self, steps: i8) -> &mut Finding {
        self.steps += steps;
        self
    }
}

impl Fix {
    /// A fix that keeps the meaning.
    #[must_use]
    pub fn safe(title: impl Into<String>) -> Fix {
        Fix {
            title: title.into(),
            safety: Safety::Safe,
            edits: Vec::new(),
        }
    }

    /// A fix that rests on a guess.
    #[must_use]
    pub fn r#unsafe(title: impl Into<String>) -> Fix {
        Fix {
            title: title.into(),
            safety: Safety::Unsafe,
            edits: Vec::new(),
        }
    }

    /// Also replaces a range.
    #[must_use]
    pub fn replace(mut self, range: TextRange, text: impl Into<String>) -> Fix {
        self.edits.push(Edit {
            range,
            text: text.into(),
        });
        self
    }

    /// Also deletes a range.
    #[must_use]
    pub fn delete(self, range: TextRange) -> Fix {
        self.replace(range, "")
    }

    /// Also leaves nothing but `part` of `whole`, between two texts.
    #[must_use]
    pub fn keep(self, whole: TextRange, part: TextRange, before: &str, after: &str) -> Fix {
        let head = TextRange::new(whole.start(), part.start());
        let tail = TextRange::new(part.end(), whole.end());
        [(head, before), (tail, after)]
            .into_iter()
            .filter(|(range, text)| !(range.is_empty() && text.is_empty()))
            .fold(self, |fix, (range, text)| fix.replace(range, text))
    }

    /// Adds the spaces without which tokens beside the edits would grow together, see [`syntax::joint`]. `None` if
    /// spaces do not help. Every fix that deletes or inserts tokens goes through here.
    #[must_use]
    pub fn joined(mut self, root: &syntax::SyntaxNode) -> Option<Fix> {
        let edits = self
            .edits
            .into_iter()
            .map(|edit| (edit.range, edit.text))
            .collect();
        self.edits = syntax::joint::settle(root, edits)?
            .into_iter()
            .map(|(range, text)| Edit { range, text })
            .collect();
        Some(self)
    }

    /// Also inserts a text before an offset.
    #[must_use]
    pub fn insert(self, at: syntax::TextSize, text: impl Into<String>) -> Fix {
        self.replace(TextRange::empty(at), text)
    }
}
