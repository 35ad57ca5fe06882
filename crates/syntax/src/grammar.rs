//! The grammar of Nix: from tokens to a lossless tree of rnix's shape, with faults in human words on the way.
//!
//! Goals: the verdict of Nix's own parser on every text; one fault for one mistake, then on with the next binding; no
//! recursion but over nesting that [`Limits::depth`] bounds, chains of operators and calls are loops.

mod bindings;
mod expressions;
mod lambdas;
mod operators;

use rnix::SyntaxKind::{self, *};
use rnix::{TextRange, TextSize};
use rowan::GreenNode;

use crate::build::{Builder, Checkpoint};
use crate::faults::{Words, character};
use crate::lex::{Lexed, Token};
use crate::parse::{Fault, FaultFix, Limits};
use crate::text::size;

/// What came of a text.
pub(crate) struct Outcome {
    /// `None` when a limit was hit.
    pub green: Option<GreenNode>,
    /// In the order in which they were noticed.
    pub faults: Vec<Fault>,
}

/// Parses the tokens of a text.
pub(crate) fn parse(text: &str, lexed: &Lexed, limits: Limits) -> Outcome {
    let mut parser = Parser {
        text,
        tokens: &lexed.tokens,
        emitted: 0,
        at: 0,
        last_end: 0,
        builder: Builder::new(),
        faults: Vec::new(),
        quiet: false,
        open: Vec::new(),
        ops: Vec::new(),
        depth: 0,
        limits,
        stopped: false,
        ors: Vec::new(),
        or_may_be_bound: false,
    };
    parser.skip_trivia();
    parser.root();
    parser.or_faults();
    let tree = parser.builder.tree();
    let green = tree.filter(|_| !parser.stopped);
    Outcome {
        green,
        faults: parser.faults,
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    /// Index of the first token that is not in the tree.
    emitted: usize,
    /// Index of the next token that is neither white space nor a comment.
    at: usize,
    /// Where the last such token in the tree ends.
    last_end: usize,
    builder: Builder,
    faults: Vec<Fault>,
    /// A fault was found and the place from which text can be believed again is not reached.
    quiet: bool,
    /// Brackets and quotes that are open.
    open: Vec<Open>,
    /// Operators that wait for their right side, of all operations that are being read.
    ops: Vec<Op>,
    depth: u32,
    limits: Limits,
    /// A limit was hit: all further tokens are hidden.
    stopped: bool,
    /// `or` read as a name, as in `a or b`.
    ors: Vec<TextRange>,
    /// Something may give `or` a value.
    or_may_be_bound: bool,
}

#[derive(Clone, Copy)]
struct Open {
    at: TextRange,
    closer: SyntaxKind,
}

/// An operator, with the place where its operation begins.
#[derive(Clone, Copy)]
struct Op {
    from: Checkpoint,
    level: u8,
    kind: SyntaxKind,
    at: TextRange,
    unary: bool,
}

// Tokens.
impl<'a> Parser<'a> {
    fn kind(&self, index: usize) -> Option<SyntaxKind> {
        if self.stopped {
            return None;
        }
        self.tokens.get(index).map(|token| token.kind)
    }

    fn peek(&self) -> Option<SyntaxKind> {
        self.kind(self.at)
    }

    fn start_of(&self, index: usize) -> usize {
        match index.checked_sub(1) {
            Some(before) => self
                .tokens
                .get(before)
                .map_or(self.text.len(), |token| token.end as usize),
            None => 0,
        }
    }

    fn range_of(&self, index: usize) -> TextRange {
        match self.tokens.get(index) {
            Some(token) => TextRange::new(size(self.start_of(index)), TextSize::from(token.end)),
            None => self.end_of_text(),
        }
    }

    /// The text of a token; empty behind the last one.
    fn text_of(&self, index: usize) -> &'a str {
        match self.tokens.get(index) {
            Some(token) => &self.text[self.start_of(index)..token.end as usize],
            None => "",
        }
    }

    /// The next token; at the end of the text its last character.
    fn here(&self) -> TextRange {
        self.range_of(self.at)
    }

    fn end_of_text(&self) -> TextRange {
        let last = self.text.chars().next_back().map_or(0, char::len_utf8);
        TextRange::new(size(self.text.len() - last), size(self.text.len()))
    }

    fn after(&self, index: usize) -> usize {
        let mut index = index + 1;
        while self
            .tokens
            .get(index)
            .is_some_and(|token| token.kind.is_trivia())
        {
            index += 1;
        }
        index
    }

    /// The kind of the token after the next one.
    fn peek_second(&self) -> Option<SyntaxKind> {
        self.kind(self.after(self.at))
    }

    fn skip_trivia(&mut self) {
        while self
            .tokens
            .get(self.at)
            .is_some_and(|token| token.kind.is_trivia())
        {
            self.at += 1;
        }
    }

    fn eat_trivia(&mut self) {
        let until = self.at.min(self.tokens.len());
        if self.emitted >= until {
            return;
        }
        let mut start = self.start_of(self.emitted);
        for token in &self.tokens[self.emitted..until] {
            let end = token.end as usize;
            self.builder.token(token.kind, &self.text[start..end]);
            start = end;
        }
        self.emitted = until;
    }

    fn bump(&mut self) {
        if let Some(kind) = self.peek() {
            self.bump_as(kind);
        }
    }

    fn bump_as(&mut self, kind: SyntaxKind) {
        if self.peek().is_none() {
            return;
        }
        self.eat_trivia();
        self.builder.token(kind, self.text_of(self.at));
        self.advance();
    }

    /// A name: the next token, whatever its kind (`or` may be one).
    fn ident(&mut self) {
        self.eat_trivia();
        if self.peek().is_some() {
            self.builder.ident(self.text_of(self.at));
            self.advance();
        }
    }

    /// Behind a token that is in the tree now.
    fn advance(&mut self) {
        self.last_end = self.tokens[self.at].end as usize;
        self.at += 1;
        self.emitted = self.at;
        self.skip_trivia();
    }

    fn bump_error(&mut self) {
        self.start(NODE_ERROR);
        self.bump();
        self.builder.finish();
    }

    fn start(&mut self, kind: SyntaxKind) {
        self.eat_trivia();
        self.builder.start(kind);
    }

    fn checkpoint(&mut self) -> Checkpoint {
        self.eat_trivia();
        self.builder.checkpoint()
    }

    /// Whether a line ends between the last token and the next.
    fn line_ends_here(&self) -> bool {
        let start = self.start_of(self.at).max(self.last_end);
        self.text[self.last_end..start].contains('\n')
    }
}

// Faults.
impl Parser<'_> {
    fn fault(&mut self, at: TextRange, message: impl Into<String>) -> Option<&mut Fault> {
        if self.quiet || self.stopped {
            return None;
        }
        self.faults.push(Fault::new(at, message));
        self.faults.last_mut()
    }

    /// The place right behind the last token.
    fn behind(&self) -> TextRange {
        if self.last_end == self.text.len() {
            return self.end_of_text();
        }
        TextRange::empty(size(self.last_end))
    }

    /// Where a token would be put in that is missing behind the last one.
    fn gap(&self) -> TextRange {
        TextRange::empty(size(self.last_end))
    }

    fn next_words(&self) -> Words<'_> {
        match self.peek() {
            Some(kind) => Words {
                kind: Some(kind),
                text: self.text_of(self.at),
            },
            None => Words {
                kind: None,
                text: "",
            },
        }
    }

    /// Whether the text ends inside a bracket: then that is the fault, and the bracket's owner reports it.
    fn ends_inside(&self) -> bool {
        self.peek().is_none() && !self.open.is_empty()
    }

    fn missing_semicolon(&mut self, behind: &str) {
        let (at, gap) = (self.behind(), self.gap());
        if let Some(fault) = self.fault(at, format!("missing `;` {behind}")) {
            fault.fix = Some(FaultFix::new("insert `;`", gap, ";"));
        }
    }

    fn stop(&mut self, message: String) {
        if self.stopped {
            return;
        }
        let at = self.here();
        // Whatever was noticed before is part of the same text that cannot be judged.
        self.faults.clear();
        self.faults.push(Fault::new(at, message));
        self.stopped = true;
    }

    fn check_run(&mut self, count: u32) {
        if count > self.limits.run {
            self.stop(format!("a chain longer than {}", self.limits.run));
        }
    }

    /// The height of a node with this many operators or arguments over children of this height.
    fn height(&mut self, count: u32, below: u32) -> u32 {
        self.check_run(count);
        let height = count.saturating_add(below);
        let most = self
            .limits
            .depth
            .saturating_mul(2)
            .saturating_add(self.limits.run);
        if height > most {
            self.stop(format!("nested deeper than {most}"));
        }
        height
    }

    fn deeper(&mut self) -> bool {
        if self.depth > self.limits.depth {
            self.stop(format!("nested deeper than {}", self.limits.depth));
            return false;
        }
        self.depth += 1;
        true
    }

    fn opened(&mut self, closer: SyntaxKind) {
        let at = self.here();
        self.open.push(Open { at, closer });
    }

    /// Whether this token closes a bracket further out.
    fn closes_outer(&self, kind: SyntaxKind) -> bool {
        self.open.iter().any(|open| open.closer == kind)
    }

    /// Takes the closing token of the innermost bracket, or says that it is missing.
    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if self.peek() == Some(open.closer) {
            self.bump();
            return;
        }
        self.not_closed(open);
    }

    fn not_closed(&mut self, open: Open) {
        let opener = self.text[open.at].to_owned();
        let message = match self.peek() {
            None => format!("the `{opener}` is never closed"),
            Some(_) => format!(
                "the `{opener}` is not closed before {}",
                self.next_words().this()
            ),
        };
        let help = match self.peek() {
            _ if self.quiet => None,
            _ if open.closer == TOKEN_STRING_END => Some(
                "if these quotes are to close a string, one further up is not closed".to_owned(),
            ),
            None => self.outdented(open),
            Some(_) => None,
        };
        let at = self.here();
        if let Some(fault) = self.fault(at, message) {
            fault.label = Some((open.at, "opened here".to_owned()));
            fault.help = help;
        }
        self.quiet = true;
    }

    /// A file that ends inside `open` often lacks the closing bracket of another one further down: the first whose
    /// closing bracket begins a line that is indented less than the line of its opening one.
    fn outdented(&self, open: Open) -> Option<String> {
        let indent = |at: usize| {
            let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
            let text = &self.text[line..];
            (
                line,
                text.len() - text.trim_start_matches([' ', '\t']).len(),
            )
        };
        let mut inner: Vec<usize> = Vec::new();
        for (index, token) in self.tokens.iter().enumerate() {
            let start = self.start_of(index);
            if start <= usize::from(open.at.start()) {
                continue;
            }
            match token.kind {
                TOKEN_L_BRACE | TOKEN_L_BRACK | TOKEN_L_PAREN | TOKEN_INTERPOL_START => {
                    inner.push(start);
                }
                TOKEN_R_BRACE | TOKEN_R_BRACK | TOKEN_R_PAREN | TOKEN_INTERPOL_END => {
                    let opener = inner.pop()?;
                    let (above, wide) = indent(opener);
                    let (line, narrow) = indent(start);
                    if line + narrow == start && line > above && narrow < wide {
                        let number = self.text[..opener].matches('\n').count() + 1;
                        let bracket = &self.text[opener..=opener];
                        return Some(format!(
                            "by the indentation, the `{bracket}` of line {number} is the one that is not closed"
                        ));
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Skips tokens up to one for which `until` holds at this level, or one that closes something further out.
    fn skip_until(&mut self, until: impl Fn(SyntaxKind) -> bool) {
        let mut inner: Vec<SyntaxKind> = Vec::new();
        let mut started = false;
        while let Some(kind) = self.peek() {
            if inner.is_empty() && (until(kind) || self.closes_outer(kind)) {
                break;
            }
            if !started {
                self.start(NODE_ERROR);
                started = true;
            }
            match kind {
                TOKEN_L_PAREN => inner.push(TOKEN_R_PAREN),
                TOKEN_L_BRACK => inner.push(TOKEN_R_BRACK),
                TOKEN_L_BRACE => inner.push(TOKEN_R_BRACE),
                TOKEN_INTERPOL_START => inner.push(TOKEN_INTERPOL_END),
                TOKEN_STRING_START => inner.push(TOKEN_STRING_END),
                kind if inner.last() == Some(&kind) => {
                    inner.pop();
                }
                _ => {}
            }
            self.bump();
        }
        if started {
            self.builder.finish();
        }
    }

    /// `// a note` where no operand stands on the left: a comment of another language.
    fn slash_comment(&mut self) {
        let at = self.here();
        if let Some(fault) = self.fault(at, "comments start with `#`, not with `//`") {
            fault.help = Some("write `#` instead of `//`".to_owned());
        }
        self.start(NODE_ERROR);
        self.bump();
        while self.peek().is_some() && !self.line_ends_here() {
            // A bracket of the note must not be taken for one of the text.
            self.bump();
        }
        self.builder.finish();
    }
}

// The whole.
impl Parser<'_> {
    fn root(&mut self) {
        self.builder.start(NODE_ROOT);
        if self.peek().is_none() {
            let at = self.end_of_text();
            let holds = if self.tokens.iter().any(|token| token.kind == TOKEN_COMMENT) {
                "this file holds nothing but comments"
            } else {
                "this file is empty"
            };
            if let Some(fault) = self.fault(at, format!("{holds}: Nix takes one expression")) {
                fault.help = Some("a module without any settings is written `{ }`".to_owned());
            }
        } else {
            self.expr();
            if self.peek() == Some(TOKEN_ERROR) {
                self.bad_token_fault();
            }
            if let Some(kind) = self.peek() {
                let at = self.here();
                let message = match kind {
                    TOKEN_R_BRACE | TOKEN_R_PAREN | TOKEN_R_BRACK | TOKEN_INTERPOL_END => {
                        format!("this `{}` closes nothing", self.text_of(self.at))
                    }
                    TOKEN_ASSIGN => "a file is one expression: bindings stand in `{ }`".to_owned(),
                    _ => format!(
                        "{} cannot follow the expression of the file",
                        self.next_words().name()
                    ),
                };
                // After a fault it is most often its consequence: a bracket that closed too much.
                if self.faults.is_empty() {
                    self.fault(at, message);
                }
                self.start(NODE_ERROR);
                while self.peek().is_some() {
                    self.bump();
                }
                self.builder.finish();
            }
        }
        self.at = self.tokens.len();
        self.eat_trivia();
        self.builder.finish();
    }
}
