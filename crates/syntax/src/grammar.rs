//! The grammar of Nix: from tokens to a lossless tree of rnix's shape, with faults in human words on the way.
//!
//! Goals: the verdict of Nix's own parser on every text; one fault for one mistake, then on with the next binding; no
//! recursion but over nesting that [`Limits::depth`] bounds, chains of operators and calls are loops.

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
        builder: Builder::default(),
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
    let green = if parser.stopped {
        None
    } else {
        parser.builder.tree()
    };
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
    builder: Builder<'a>,
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joins {
    Left,
    Right,
    Never,
}

const NOT: u8 = 8;
const HAS: u8 = 12;
const NEGATE: u8 = 13;

/// How tightly a binary operator binds, and to which side.
fn binary(kind: SyntaxKind) -> Option<(u8, Joins)> {
    Some(match kind {
        TOKEN_PIPE_LEFT => (0, Joins::Right),
        TOKEN_PIPE_RIGHT => (1, Joins::Left),
        TOKEN_IMPLICATION => (2, Joins::Right),
        TOKEN_OR_OR => (3, Joins::Left),
        TOKEN_AND_AND => (4, Joins::Left),
        TOKEN_EQUAL | TOKEN_NOT_EQUAL => (5, Joins::Never),
        TOKEN_LESS | TOKEN_LESS_OR_EQ | TOKEN_MORE | TOKEN_MORE_OR_EQ => (6, Joins::Never),
        TOKEN_UPDATE => (7, Joins::Right),
        TOKEN_ADD | TOKEN_SUB => (9, Joins::Left),
        TOKEN_MUL | TOKEN_DIV => (10, Joins::Left),
        TOKEN_CONCAT => (11, Joins::Right),
        _ => return None,
    })
}

/// Where bindings stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Set,
    Let,
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

    fn text_of(&self, index: usize) -> &'a str {
        &self.text[self.range_of(index)]
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
        while self.emitted < self.at.min(self.tokens.len()) {
            self.builder
                .token(self.tokens[self.emitted].kind, self.text_of(self.emitted));
            self.emitted += 1;
        }
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
        let at = self.here();
        if let Some(fault) = self.fault(at, message) {
            fault.label = Some((open.at, "opened here".to_owned()));
            if open.closer == TOKEN_STRING_END {
                fault.help = Some(
                    "if these quotes are to close a string, one further up is not closed"
                        .to_owned(),
                );
            }
        }
        self.quiet = true;
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

// Expressions.
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
                // `{ a = 1, b }: a` has been told of already.
                if self.faults.is_empty() || !matches!(kind, TOKEN_COLON | TOKEN_AT) {
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

    /// An expression of any kind. Answers its height.
    fn expr(&mut self) -> u32 {
        if !self.deeper() {
            return 0;
        }
        let below = match self.peek() {
            Some(TOKEN_LET) if self.peek_second() != Some(TOKEN_L_BRACE) => self.let_in(),
            Some(TOKEN_WITH) => {
                self.or_may_be_bound = true;
                self.prefix(NODE_WITH, "the source of this `with`")
            }
            Some(TOKEN_ASSERT) => self.prefix(NODE_ASSERT, "the condition of this `assert`"),
            Some(TOKEN_IF) => self.if_else(),
            Some(TOKEN_IDENT) if self.is_lambda() => self.lambda(),
            Some(TOKEN_L_BRACE) if self.is_pattern() => self.lambda(),
            _ => self.operation(),
        };
        self.depth -= 1;
        self.height(1, below)
    }

    fn is_lambda(&self) -> bool {
        matches!(self.peek_second(), Some(TOKEN_COLON | TOKEN_AT))
    }

    /// Whether the `{` that comes next begins the arguments of a function.
    fn is_pattern(&self) -> bool {
        let first = self.after(self.at);
        let second = self.after(first);
        match (self.kind(first), self.kind(second)) {
            (Some(TOKEN_R_BRACE), Some(TOKEN_COLON | TOKEN_AT)) => true,
            (Some(TOKEN_IDENT), Some(TOKEN_COMMA | TOKEN_QUESTION)) => true,
            (Some(TOKEN_ELLIPSIS), Some(TOKEN_R_BRACE)) => true,
            (Some(TOKEN_IDENT), Some(TOKEN_R_BRACE)) => {
                matches!(self.kind(self.after(second)), Some(TOKEN_COLON | TOKEN_AT))
            }
            // `{ a b }: a`, `{ ..., a }: a` and the like: no set in any case, perhaps arguments with a mistake.
            (
                Some(TOKEN_IDENT | TOKEN_ELLIPSIS | TOKEN_COMMA),
                Some(TOKEN_IDENT | TOKEN_ELLIPSIS | TOKEN_COMMA | TOKEN_SEMICOLON),
            ) => {
                let mut depth = 0u32;
                let mut index = first;
                // No list of arguments is longer than this.
                for _ in 0..10_000 {
                    match self.kind(index) {
                        Some(TOKEN_L_BRACE | TOKEN_INTERPOL_START) => depth += 1,
                        Some(TOKEN_R_BRACE | TOKEN_INTERPOL_END) if depth > 0 => depth -= 1,
                        Some(TOKEN_R_BRACE) => {
                            return matches!(
                                self.kind(self.after(index)),
                                Some(TOKEN_COLON | TOKEN_AT)
                            );
                        }
                        Some(TOKEN_INTERPOL_END) | None => return false,
                        Some(_) => {}
                    }
                    index = self.after(index);
                }
                false
            }
            _ => false,
        }
    }

    /// `with e; b`, `assert e; b`
    fn prefix(&mut self, kind: SyntaxKind, what: &str) -> u32 {
        self.start(kind);
        self.bump();
        let first = self.expr();
        if self.peek() == Some(TOKEN_SEMICOLON) {
            self.bump();
        } else if self.ends_inside() {
            // The bracket that is never closed is the fault.
        } else {
            self.missing_semicolon(&format!("after {what}"));
            if matches!(self.peek(), Some(TOKEN_COMMA | TOKEN_COLON | TOKEN_ASSIGN)) {
                self.bump_error();
            }
            self.quiet = true;
        }
        let second = self.expr();
        self.builder.finish();
        first.max(second)
    }

    fn if_else(&mut self) -> u32 {
        let at = self.here();
        self.start(NODE_IF_ELSE);
        self.bump();
        let mut below = self.expr();
        for word in [TOKEN_THEN, TOKEN_ELSE] {
            if self.peek() == Some(TOKEN_ASSIGN) {
                self.assignment();
                below = below.max(self.expr());
            }
            if self.peek() != Some(word) {
                let name = if word == TOKEN_THEN { "then" } else { "else" };
                let found = self.here();
                let message = format!("this `if` has no `{name}`");
                if !self.ends_inside()
                    && let Some(fault) = self.fault(found, message)
                {
                    fault.label = Some((at, "the `if`".to_owned()));
                    self.quiet = true;
                }
                break;
            }
            self.bump();
            below = below.max(self.expr());
        }
        self.builder.finish();
        below
    }

    /// `=` where a comparison seems to be meant.
    fn assignment(&mut self) {
        let at = self.here();
        self.fault(
            at,
            "`=` binds a name in a set or `let`; to compare write `==`",
        );
        self.bump_error();
    }

    fn let_in(&mut self) -> u32 {
        let at = self.here();
        self.start(NODE_LET_IN);
        self.bump();
        let mut below = self.bindings(Within::Let);
        if self.peek() == Some(TOKEN_IN) {
            self.bump();
            below = below.max(self.expr());
        } else if !self.ends_inside() {
            let found = self.here();
            if let Some(fault) = self.fault(found, "this `let` has no `in`") {
                fault.label = Some((at, "the `let`".to_owned()));
            }
            self.quiet = true;
        }
        self.builder.finish();
        below
    }

    fn lambda(&mut self) -> u32 {
        let from = self.checkpoint();
        let mut below = 0;
        if self.peek() == Some(TOKEN_IDENT) {
            self.start(NODE_IDENT);
            self.bump();
            self.builder.finish();
            if self.peek() == Some(TOKEN_AT) {
                self.bump();
                self.builder.wrap(from, NODE_PAT_BIND);
                if self.peek() == Some(TOKEN_L_BRACE) {
                    below = self.formals();
                    if self.peek() == Some(TOKEN_AT) {
                        let at = self.here();
                        self.fault(at, "the arguments already have a name on the left");
                        self.start(NODE_ERROR);
                        self.bump();
                        if self.peek() == Some(TOKEN_IDENT) {
                            self.bump();
                        }
                        self.builder.finish();
                    }
                } else {
                    let at = self.here();
                    let found = self.next_words().name();
                    self.fault(at, format!("after `@` stands `{{ … }}`, not {found}"));
                    self.quiet = true;
                }
                self.builder.wrap(from, NODE_PATTERN);
            } else {
                self.builder.wrap(from, NODE_IDENT_PARAM);
            }
        } else {
            below = self.formals();
            if self.peek() == Some(TOKEN_AT) {
                self.start(NODE_PAT_BIND);
                self.bump();
                if self.peek() == Some(TOKEN_IDENT) {
                    self.start(NODE_IDENT);
                    self.bump();
                    self.builder.finish();
                } else {
                    let at = self.here();
                    let found = self.next_words().name();
                    self.fault(at, format!("after `@` stands a name, not {found}"));
                    self.quiet = true;
                }
                self.builder.finish();
            }
            self.builder.wrap(from, NODE_PATTERN);
        }
        if self.peek() == Some(TOKEN_COLON) {
            self.bump();
        } else if !self.ends_inside() {
            let at = self.behind();
            self.fault(at, "missing `:` after the arguments");
            self.quiet = true;
        }
        below = below.max(self.expr());
        self.builder.wrap(from, NODE_LAMBDA);
        below
    }

    /// `{ a, b ? 1, ... }`
    fn formals(&mut self) -> u32 {
        self.opened(TOKEN_R_BRACE);
        self.bump();
        let mut below = 0;
        // The `...`, and whether something stands behind it.
        let mut ellipsis: Option<TextRange> = None;
        let mut misplaced = false;
        let mut before = String::new();
        loop {
            match self.peek() {
                Some(TOKEN_IDENT) => {
                    misplaced |= ellipsis.is_some();
                    before = self.text_of(self.at).to_owned();
                    self.start(NODE_PAT_ENTRY);
                    self.start(NODE_IDENT);
                    self.bump();
                    self.builder.finish();
                    if matches!(self.peek(), Some(TOKEN_QUESTION | TOKEN_ASSIGN)) {
                        if self.peek() == Some(TOKEN_ASSIGN) {
                            let at = self.here();
                            self.fault(at, "a default is written `name ? value`");
                            self.bump_error();
                        } else {
                            self.bump();
                        }
                        below = below.max(self.expr());
                    }
                    self.builder.finish();
                }
                Some(TOKEN_ELLIPSIS) => {
                    let at = self.here();
                    if ellipsis.is_some() {
                        self.fault(at, "`...` stands twice");
                    }
                    ellipsis = Some(at);
                    before = "...".to_owned();
                    self.bump();
                }
                Some(TOKEN_COMMA) => {
                    let at = self.here();
                    self.fault(at, "no argument stands before this `,`");
                    self.bump_error();
                    continue;
                }
                Some(TOKEN_R_BRACE) | None => break,
                Some(kind) => {
                    let at = self.here();
                    let message = match kind {
                        TOKEN_ERROR => self.bad_token(),
                        _ => format!("an argument is a name, not {}", self.next_words().name()),
                    };
                    self.fault(at, message);
                    let outer = self.open.len();
                    self.skip_until(|kind| {
                        matches!(kind, TOKEN_COMMA | TOKEN_R_BRACE | TOKEN_SEMICOLON)
                    });
                    if outer != self.open.len()
                        || !matches!(self.peek(), Some(TOKEN_COMMA | TOKEN_R_BRACE))
                    {
                        break;
                    }
                }
            }
            match self.peek() {
                Some(TOKEN_COMMA) => {
                    let at = self.here();
                    let ends = self.peek_second() == Some(TOKEN_R_BRACE);
                    if before == "..." && ends {
                        self.fault(at, "no `,` follows `...`");
                    }
                    self.bump();
                }
                Some(TOKEN_IDENT | TOKEN_ELLIPSIS) => {
                    let next = self.text_of(self.at).to_owned();
                    let at = self.behind();
                    let message = format!("missing `,` between `{before}` and `{next}`");
                    if let Some(fault) = self.fault(at, message) {
                        fault.fix = Some(FaultFix::new("insert `,`", at, ","));
                    }
                }
                Some(TOKEN_SEMICOLON) => {
                    let at = self.here();
                    self.fault(at, "arguments are separated by `,`, not by `;`");
                    self.bump_error();
                }
                _ => {}
            }
        }
        if let Some(at) = ellipsis
            && misplaced
        {
            let rest = self.text[usize::from(at.end())..self.last_end].to_owned();
            let end = size(self.last_end);
            if let Some(fault) = self.fault(at, "`...` must come last") {
                // `..., p` => `p, ...`
                if let Some(rest) = rest.trim_start().strip_prefix(',') {
                    let rest = rest.trim().trim_end_matches(',').trim_end();
                    fault.fix = Some(FaultFix::new(
                        "move `...` to the end",
                        TextRange::new(at.start(), end),
                        format!("{rest}, ..."),
                    ));
                }
            }
        }
        self.close();
        below
    }

    /// Operators of every kind around calls.
    fn operation(&mut self) -> u32 {
        let base = self.ops.len();
        let mut count = 0u32;
        let mut below = 0u32;
        loop {
            while let Some(kind @ (TOKEN_INVERT | TOKEN_SUB)) = self.peek() {
                let from = self.checkpoint();
                let level = if kind == TOKEN_INVERT { NOT } else { NEGATE };
                let at = self.here();
                self.ops.push(Op {
                    from,
                    level,
                    kind,
                    at,
                    unary: true,
                });
                self.bump();
                count += 1;
                self.check_run(count);
            }
            let mut from = self.checkpoint();
            let first = self.ops.len() == base;
            below = below.max(self.application(first));
            while self.peek() == Some(TOKEN_QUESTION) {
                self.reduce(base, HAS + 1, &mut from);
                self.bump();
                self.attrpath();
                self.builder.wrap(from, NODE_HAS_ATTR);
                count += 1;
                self.check_run(count);
            }
            let Some((kind, (level, joins))) = self
                .peek()
                .and_then(|kind| binary(kind).map(|how| (kind, how)))
            else {
                self.reduce(base, 0, &mut from);
                break;
            };
            let pipes = [TOKEN_PIPE_LEFT, TOKEN_PIPE_RIGHT];
            if pipes.contains(&kind)
                && self.ops[base..]
                    .iter()
                    .any(|op| pipes.contains(&op.kind) && op.kind != kind)
            {
                let at = self.here();
                self.fault(at, "`|>` and `<|` cannot be mixed: write parentheses");
            }
            // Operators that bind tighter are done; of the same level, those that join to the left.
            self.reduce(base, level + 1, &mut from);
            let at = self.here();
            if let Some(top) = self.ops[base..].last().copied()
                && top.level == level
                && joins == Joins::Never
            {
                let name = self.text_of(self.at).to_owned();
                let message = format!("`{name}` cannot be chained: write parentheses");
                if let Some(fault) = self.fault(at, message) {
                    fault.label = Some((top.at, "the first comparison".to_owned()));
                }
            }
            if joins != Joins::Right {
                self.reduce(base, level, &mut from);
            }
            self.ops.push(Op {
                from,
                level,
                kind,
                at,
                unary: false,
            });
            self.bump();
            count += 1;
            self.check_run(count);
        }
        self.height(count, below)
    }

    /// Makes nodes of the waiting operators that bind at least as tightly as `level`.
    fn reduce(&mut self, base: usize, level: u8, from: &mut Checkpoint) {
        while self.ops.len() > base
            && let Some(op) = self.ops.last().copied()
            && op.level >= level
        {
            self.ops.pop();
            let kind = if op.unary { NODE_UNARY_OP } else { NODE_BIN_OP };
            self.builder.wrap(op.from, kind);
            *from = op.from;
        }
    }

    /// `f a b`; `first` if nothing of the operation stands before it.
    fn application(&mut self, first: bool) -> u32 {
        let from = self.checkpoint();
        let mut below = self.select(first);
        let mut count = 0u32;
        while self.peek().is_some_and(Self::begins_argument) && !self.binding_begins() {
            below = below.max(self.select(false));
            self.builder.wrap(from, NODE_APPLY);
            count += 1;
            self.check_run(count);
        }
        self.height(count, below)
    }

    fn begins_argument(kind: SyntaxKind) -> bool {
        matches!(
            kind,
            TOKEN_IDENT
                | TOKEN_INTEGER
                | TOKEN_FLOAT
                | TOKEN_STRING_START
                | TOKEN_L_PAREN
                | TOKEN_L_BRACE
                | TOKEN_L_BRACK
                | TOKEN_REC
                | TOKEN_PATH_ABS
                | TOKEN_PATH_REL
                | TOKEN_PATH_HOME
                | TOKEN_PATH_SEARCH
                | TOKEN_URI
                | TOKEN_LET
                | TOKEN_IF
                | TOKEN_WITH
                | TOKEN_ASSERT
        )
    }

    /// Whether `name =`, `a.b =` or `"name" =` comes next: a binding, after a `;` that is missing.
    fn binding_begins(&self) -> bool {
        if !matches!(self.peek(), Some(TOKEN_IDENT | TOKEN_STRING_START)) {
            return false;
        }
        self.binding_begins_at(self.at)
    }

    fn binding_begins_at(&self, index: usize) -> bool {
        let mut index = index;
        loop {
            match self.kind(index) {
                Some(TOKEN_IDENT | TOKEN_OR) => {}
                Some(TOKEN_STRING_START) => {
                    index += 1;
                    if self.kind(index) == Some(TOKEN_STRING_CONTENT) {
                        index += 1;
                    }
                    if self.kind(index) != Some(TOKEN_STRING_END) {
                        return false;
                    }
                }
                _ => return false,
            }
            index = self.after(index);
            match self.kind(index) {
                Some(TOKEN_DOT) => index = self.after(index),
                other => return other == Some(TOKEN_ASSIGN),
            }
        }
    }

    /// `e`, `e.a.b`, `e.a or d`, and `e or`, which Nix reads as a call.
    fn select(&mut self, first: bool) -> u32 {
        let mut from = self.checkpoint();
        let mut below = self.simple(first);
        // Each `or` goes on with another selection; they nest to the right.
        let mut chain = Vec::new();
        loop {
            match self.peek() {
                Some(TOKEN_DOT) => {
                    self.bump();
                    below = below.max(self.attrpath());
                    if self.peek() == Some(TOKEN_OR) {
                        self.bump();
                        chain.push(from);
                        self.check_run(u32::try_from(chain.len()).unwrap_or(u32::MAX));
                        from = self.checkpoint();
                        below = below.max(self.simple(false));
                        continue;
                    }
                    self.builder.wrap(from, NODE_SELECT);
                    if self.peek() == Some(TOKEN_DOT) {
                        continue;
                    }
                }
                Some(TOKEN_OR) => {
                    let at = self.here();
                    self.ors.push(at);
                    self.start(NODE_IDENT);
                    self.bump_as(TOKEN_IDENT);
                    self.builder.finish();
                    self.builder.wrap(from, NODE_APPLY);
                }
                _ => {}
            }
            break;
        }
        let count = u32::try_from(chain.len()).unwrap_or(u32::MAX);
        for from in chain.into_iter().rev() {
            self.builder.wrap(from, NODE_SELECT);
        }
        self.height(count, below)
    }

    /// `a or b` where nothing gives `or` a value: Nix refuses the file.
    fn or_faults(&mut self) {
        if self.or_may_be_bound || self.stopped {
            return;
        }
        self.quiet = false;
        for at in std::mem::take(&mut self.ors) {
            let message = "`or` gives a default after `.name`; for \"either\" write `||`";
            if let Some(fault) = self.fault(at, message) {
                fault.fix = Some(FaultFix::new("write `||`", at, "||"));
            }
        }
    }

    fn literal(&mut self, node: SyntaxKind) {
        self.start(node);
        self.bump();
        self.builder.finish();
    }

    /// What stands without operators and spaces; or the fault that nothing does.
    fn simple(&mut self, first: bool) -> u32 {
        match self.peek() {
            Some(TOKEN_IDENT) => {
                if self.is_lambda() {
                    return self.wants_parentheses("a function");
                }
                if self.text_of(self.at) == "__curPos" {
                    self.start(NODE_CUR_POS);
                    self.bump_as(TOKEN_CUR_POS);
                    self.builder.finish();
                } else {
                    self.literal(NODE_IDENT);
                }
                0
            }
            Some(TOKEN_STRING_START) => self.string(),
            Some(TOKEN_L_BRACE) => {
                if self.is_pattern() {
                    return self.wants_parentheses("a function");
                }
                self.start(NODE_ATTR_SET);
                self.set()
            }
            Some(TOKEN_REC) => {
                self.start(NODE_ATTR_SET);
                self.bump();
                if self.peek() == Some(TOKEN_L_BRACE) {
                    return self.set();
                }
                let at = self.here();
                let found = self.next_words().name();
                self.fault(at, format!("after `rec` stands `{{ … }}`, not {found}"));
                self.quiet = true;
                self.builder.finish();
                0
            }
            Some(TOKEN_LET) if self.peek_second() == Some(TOKEN_L_BRACE) => {
                self.start(NODE_LEGACY_LET);
                self.bump();
                self.set()
            }
            Some(TOKEN_L_PAREN) => self.parens(),
            Some(TOKEN_L_BRACK) => self.list(),
            Some(TOKEN_INTEGER) => {
                if self.text_of(self.at).parse::<i64>().is_err() {
                    let at = self.here();
                    self.fault(
                        at,
                        "this number is too large: the largest is 9223372036854775807",
                    );
                }
                self.literal(NODE_LITERAL);
                0
            }
            Some(TOKEN_FLOAT) => {
                let text = self.text_of(self.at);
                let tiny = |value: f64| {
                    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
                    value.is_subnormal()
                        || (value == 0.0 && mantissa.bytes().any(|b| matches!(b, b'1'..=b'9')))
                };
                if text
                    .parse::<f64>()
                    .map_or(true, |value| value.is_infinite() || tiny(value))
                {
                    let at = self.here();
                    self.fault(at, "this number is out of the range of floats");
                }
                self.literal(NODE_LITERAL);
                0
            }
            Some(TOKEN_URI) => {
                self.literal(NODE_LITERAL);
                0
            }
            Some(TOKEN_PATH_ABS) => self.path(NODE_PATH_ABS),
            Some(TOKEN_PATH_REL) => self.path(NODE_PATH_REL),
            Some(TOKEN_PATH_HOME) => self.path(NODE_PATH_HOME),
            Some(TOKEN_PATH_SEARCH) => {
                self.literal(NODE_PATH_SEARCH);
                0
            }
            Some(TOKEN_IF) => self.wants_parentheses("`if`"),
            Some(TOKEN_WITH) => self.wants_parentheses("`with`"),
            Some(TOKEN_ASSERT) => self.wants_parentheses("`assert`"),
            Some(TOKEN_LET) => self.wants_parentheses("`let`"),
            Some(TOKEN_INTERPOL_START) => {
                let at = self.here();
                self.fault(
                    at,
                    "`${ }` stands in strings, paths and attribute names only",
                );
                self.start(NODE_ERROR);
                let below = self.interpolation(NODE_DYNAMIC);
                self.builder.finish();
                below
            }
            Some(TOKEN_UPDATE) if first => {
                self.slash_comment();
                // The expression may follow on the next line.
                if self.peek() == Some(TOKEN_UPDATE)
                    || !self.peek().is_some_and(Self::begins_argument)
                {
                    return 0;
                }
                self.expr()
            }
            Some(TOKEN_ERROR) => {
                self.bad_token_fault();
                0
            }
            Some(TOKEN_OR | TOKEN_ELLIPSIS) => {
                let at = self.here();
                let name = self.next_words().name();
                self.fault(at, format!("{name} is no expression"));
                self.bump_error();
                0
            }
            None => {
                self.ends_too_early("an expression");
                0
            }
            Some(_) => {
                let at = self.here();
                let before = self.next_words().this();
                self.fault(at, format!("an expression is missing before {before}"));
                0
            }
        }
    }

    fn ends_too_early(&mut self, what: &str) {
        let at = self.end_of_text();
        // A bracket that is never closed says more; its owner reports it.
        if self.open.is_empty() {
            self.fault(at, format!("the file ends where {what} is missing"));
        }
    }

    /// `if`, `let`, a function … as an operand, argument or item.
    fn wants_parentheses(&mut self, what: &str) -> u32 {
        let at = self.here();
        self.fault(at, format!("{what} needs parentheses here"));
        self.start(NODE_ERROR);
        let below = self.expr();
        self.builder.finish();
        below
    }

    fn bad_token(&self) -> String {
        let text = self.text_of(self.at);
        if text.starts_with("/*") {
            return "the `/*` is never closed".to_owned();
        }
        character(text)
    }

    fn bad_token_fault(&mut self) {
        let at = self.here();
        let message = self.bad_token();
        if self.text_of(self.at).starts_with("/*") {
            let opener = TextRange::at(at.start(), TextSize::from(2));
            let end = self.end_of_text();
            if let Some(fault) = self.fault(end, message) {
                fault.label = Some((opener, "opened here".to_owned()));
            }
            self.bump_error();
            self.quiet = true;
            return;
        }
        self.fault(at, message);
        self.bump_error();
        self.quiet = true;
    }

    fn parens(&mut self) -> u32 {
        self.start(NODE_PAREN);
        self.opened(TOKEN_R_PAREN);
        self.bump();
        let mut below = 0;
        if self.peek() == Some(TOKEN_R_PAREN) {
            let at = self.here();
            self.fault(at, "nothing stands between `(` and `)`");
        } else {
            below = self.expr();
            if self.peek() == Some(TOKEN_ASSIGN) {
                self.assignment();
                below = below.max(self.expr());
            }
            self.leave_by(TOKEN_R_PAREN);
        }
        self.close();
        self.builder.finish();
        below
    }

    /// Before a closing token: says what else stands there, and skips it if the closing token follows.
    fn leave_by(&mut self, closer: SyntaxKind) {
        let Some(kind) = self.peek() else { return };
        // A `;` or a bracket of something further out: the closing token is missing.
        if kind == closer
            || self.closes_outer(kind)
            || matches!(kind, TOKEN_SEMICOLON | TOKEN_IN | TOKEN_INHERIT)
            || self.binding_begins()
        {
            return;
        }
        let at = self.here();
        let message = match kind {
            TOKEN_ERROR => {
                if self.text_of(self.at).starts_with("/*") {
                    return self.bad_token_fault();
                }
                self.bad_token()
            }
            TOKEN_R_BRACE | TOKEN_R_BRACK | TOKEN_R_PAREN | TOKEN_INTERPOL_END => {
                format!("this `{}` closes nothing", self.text_of(self.at))
            }
            _ => format!("{} cannot follow here", self.next_words().name()),
        };
        self.fault(at, message);
        self.quiet = true;
        self.skip_until(|kind| kind == TOKEN_SEMICOLON);
    }

    fn interpolation(&mut self, node: SyntaxKind) -> u32 {
        self.start(node);
        self.opened(TOKEN_INTERPOL_END);
        self.bump();
        let mut below = 0;
        if self.peek() == Some(TOKEN_INTERPOL_END) {
            let at = self.here();
            self.fault(at, "nothing stands between `${` and `}`");
        } else {
            below = self.expr();
            if !matches!(self.peek(), Some(TOKEN_INTERPOL_END) | None) {
                self.leave_by(TOKEN_INTERPOL_END);
                // Inside a string nothing else can end it.
                if self.peek() != Some(TOKEN_INTERPOL_END) {
                    let at = self.here();
                    let found = self.next_words().name();
                    self.fault(at, format!("{found} cannot follow here"));
                    self.quiet = true;
                    self.skip_until(|_| false);
                }
            }
        }
        self.close();
        self.builder.finish();
        below
    }

    fn string(&mut self) -> u32 {
        self.start(NODE_STRING);
        self.opened(TOKEN_STRING_END);
        self.bump();
        let mut below = 0;
        loop {
            match self.peek() {
                Some(TOKEN_STRING_CONTENT) => self.bump(),
                Some(TOKEN_INTERPOL_START) => {
                    let inner = self.interpolation(NODE_INTERPOL);
                    below = below.max(inner);
                }
                _ => break,
            }
        }
        self.close();
        self.builder.finish();
        below
    }

    fn path(&mut self, node: SyntaxKind) -> u32 {
        self.start(node);
        let kind = self.peek();
        let start = self.start_of(self.at);
        let mut below = 0;
        let mut interpolated = false;
        let mut text = "";
        loop {
            // Parts of one path touch each other.
            let touches =
                self.start_of(self.at) == self.last_end || self.start_of(self.at) == start;
            match self.peek() {
                next if next == kind && touches => {
                    text = self.text_of(self.at);
                    self.bump();
                    if !(self.peek() == Some(TOKEN_INTERPOL_START)
                        && self.start_of(self.at) == self.last_end)
                    {
                        break;
                    }
                }
                Some(TOKEN_INTERPOL_START) if touches => {
                    interpolated = true;
                    text = "";
                    below = below.max(self.interpolation(NODE_INTERPOL));
                }
                _ => break,
            }
        }
        let at = TextRange::new(size(start), size(self.last_end.max(start)));
        if text.ends_with('/') {
            self.fault(at, "a path must not end with `/`");
        } else if !interpolated && text.contains("//") {
            self.fault(at, "a path must not contain `//`");
        }
        self.builder.finish();
        below
    }

    fn list(&mut self) -> u32 {
        if !self.deeper() {
            return 0;
        }
        self.start(NODE_LIST);
        self.opened(TOKEN_R_BRACK);
        self.bump();
        let mut below = 0;
        let mut items = 0usize;
        // One fault for one habit.
        let mut said = false;
        while let Some(kind) = self.peek() {
            let at = self.here();
            if kind == TOKEN_R_BRACK {
                break;
            }
            if Self::begins_argument(kind) {
                if self.binding_begins() {
                    if items > 0 && self.line_ends_here() && self.open.len() > 1 {
                        break;
                    }
                    if !said {
                        self.fault(at, "a list holds values: for attributes write `{ … }`");
                        said = true;
                    }
                    self.start(NODE_ERROR);
                    while self.peek() != Some(TOKEN_ASSIGN) {
                        self.bump();
                    }
                    self.bump();
                    self.builder.finish();
                    continue;
                }
                let inner = self.select(false);
                below = below.max(inner);
                items += 1;
                continue;
            }
            let message = match kind {
                TOKEN_COMMA => "list items are separated by spaces, not by `,`".to_owned(),
                TOKEN_SEMICOLON => {
                    let next = self.after(self.at);
                    let goes_on = self.kind(next) == Some(TOKEN_R_BRACK)
                        || (self.kind(next).is_some_and(Self::begins_argument)
                            && !self.binding_begins_at(next));
                    if !goes_on {
                        break;
                    }
                    "list items are separated by spaces, not by `;`".to_owned()
                }
                TOKEN_SUB
                    if matches!(self.peek_second(), Some(TOKEN_INTEGER | TOKEN_FLOAT))
                        && self.tokens[self.at].end as usize
                            == self.start_of(self.after(self.at)) =>
                {
                    "a negative number in a list needs parentheses".to_owned()
                }
                TOKEN_UPDATE if self.line_ends_here() || items == 0 => {
                    self.slash_comment();
                    continue;
                }
                TOKEN_QUESTION | TOKEN_INVERT | TOKEN_COLON => {
                    "an expression with an operator needs parentheses in a list".to_owned()
                }
                kind if binary(kind).is_some() => {
                    "an expression with an operator needs parentheses in a list".to_owned()
                }
                TOKEN_ERROR => {
                    self.bad_token_fault();
                    continue;
                }
                TOKEN_IN | TOKEN_THEN | TOKEN_ELSE | TOKEN_INHERIT => break,
                kind if self.open[..self.open.len() - 1]
                    .iter()
                    .any(|open| open.closer == kind) =>
                {
                    break;
                }
                TOKEN_R_BRACE | TOKEN_R_PAREN => {
                    format!("this `{}` closes nothing", self.text_of(self.at))
                }
                TOKEN_INTERPOL_START => {
                    let inner = self.select(false);
                    below = below.max(inner);
                    continue;
                }
                _ => format!("{} is no list item", self.next_words().name()),
            };
            if !said {
                let at = match (kind, self.range_of(self.after(self.at))) {
                    (TOKEN_SUB, number) if message.starts_with("a negative") => at.cover(number),
                    _ => at,
                };
                self.fault(at, message);
                said = true;
            }
            self.bump_error();
        }
        self.close();
        self.builder.finish();
        self.depth -= 1;
        self.height(1, below)
    }
}

// Bindings and names.
impl Parser<'_> {
    /// From `{` to `}`; the node is open already.
    fn set(&mut self) -> u32 {
        self.opened(TOKEN_R_BRACE);
        self.bump();
        let below = self.bindings(Within::Set);
        self.close();
        self.builder.finish();
        below
    }

    fn bindings(&mut self, within: Within) -> u32 {
        let mut below = 0;
        loop {
            match self.peek() {
                None => break,
                Some(TOKEN_R_BRACE) if within == Within::Set => break,
                Some(TOKEN_IN) => break,
                Some(TOKEN_INHERIT) => below = below.max(self.inherit()),
                Some(TOKEN_IDENT | TOKEN_OR | TOKEN_STRING_START | TOKEN_INTERPOL_START) => {
                    below = below.max(self.binding(within));
                }
                Some(TOKEN_UPDATE) => self.slash_comment(),
                Some(kind) if self.closes_outer(kind) => break,
                Some(kind) => {
                    let at = self.here();
                    let name = self.next_words().name();
                    let message = match kind {
                        TOKEN_SEMICOLON if self.text[..self.last_end].ends_with(';') => {
                            "this `;` is one too many".to_owned()
                        }
                        TOKEN_SEMICOLON => "no binding stands before this `;`".to_owned(),
                        TOKEN_COMMA => "bindings end with `;`, not with `,`".to_owned(),
                        TOKEN_R_BRACE | TOKEN_R_PAREN | TOKEN_R_BRACK => {
                            if within == Within::Let && kind == TOKEN_R_BRACE {
                                break;
                            }
                            format!("this {name} closes nothing")
                        }
                        TOKEN_URI => "an attribute takes `=`, not `:`".to_owned(),
                        TOKEN_ELLIPSIS => {
                            "`...` stands only among the arguments of a function".to_owned()
                        }
                        TOKEN_ERROR => {
                            self.bad_token_fault();
                            continue;
                        }
                        _ => format!("{name} is no attribute name"),
                    };
                    self.fault(at, message);
                    if matches!(kind, TOKEN_SEMICOLON | TOKEN_COMMA) {
                        self.bump_error();
                        continue;
                    }
                    self.quiet = true;
                    self.skip_until(|kind| {
                        matches!(kind, TOKEN_SEMICOLON | TOKEN_INHERIT)
                            || (within == Within::Let && kind == TOKEN_IN)
                    });
                    if self.peek() == Some(TOKEN_SEMICOLON) {
                        self.bump_error();
                        self.quiet = false;
                    } else if self.peek() == Some(kind) {
                        // It closes something further out.
                        break;
                    }
                }
            }
        }
        below
    }

    fn binding(&mut self, within: Within) -> u32 {
        self.start(NODE_ATTRPATH_VALUE);
        let start = self.start_of(self.at);
        let mut below = 0;
        let or = self.peek() == Some(TOKEN_OR);
        if within == Within::Let {
            self.refuse_dynamic("a computed name cannot be bound by `let`");
        }
        below = below.max(self.attrpath());
        self.or_may_be_bound |= or;
        let path = TextRange::new(size(start), size(self.last_end.max(start)));
        let name = Words::name_of_path(&self.text[path]);
        let mut told = self.quiet;
        match self.peek() {
            Some(TOKEN_ASSIGN) => self.bump(),
            Some(TOKEN_EQUAL) => {
                let at = self.here();
                self.fault(at, "an attribute takes `=`, not `==`");
                told = true;
                self.bump_error();
            }
            Some(TOKEN_COLON) => {
                let at = self.here();
                self.fault(at, "an attribute takes `=`, not `:`");
                told = true;
                self.bump_error();
            }
            None => {
                self.builder.finish();
                return below;
            }
            // `let a = 1; a; }`: what is missing is the `in`.
            Some(TOKEN_SEMICOLON)
                if within == Within::Let
                    && self
                        .kind(self.after(self.at))
                        .is_none_or(|kind| self.closes_outer(kind)) =>
            {
                self.bump();
                self.builder.finish();
                return below;
            }
            Some(TOKEN_SEMICOLON) => {
                if let Some(fault) = self.fault(path, format!("{name} has no value")) {
                    fault.help = Some("to take it from around the set write `inherit`".to_owned());
                }
                self.bump();
                self.quiet = false;
                self.builder.finish();
                return below;
            }
            Some(kind)
                if within == Within::Let && (kind == TOKEN_IN || self.closes_outer(kind)) =>
            {
                self.fault(path, format!("{name} has no value"));
                self.quiet = kind != TOKEN_IN;
                self.builder.finish();
                return below;
            }
            Some(TOKEN_R_BRACE) => {
                if let Some(fault) = self.fault(path, format!("{name} has no value")) {
                    fault.help = Some("to take it from around the set write `inherit`".to_owned());
                }
                self.builder.finish();
                return below;
            }
            Some(kind) => {
                let at = self.here();
                let message = match kind {
                    TOKEN_ERROR => self.bad_token(),
                    TOKEN_COMMA => "bindings end with `;`, not with `,`".to_owned(),
                    TOKEN_URI => "an attribute takes `=`, not `:`".to_owned(),
                    _ => format!("missing `=` after {name}"),
                };
                self.fault(at, message);
                self.end_binding_quietly(within);
                self.builder.finish();
                return below;
            }
        }
        if self.binding_begins() && !told {
            // `a =` and on the next line `b = 1;`
            self.fault(path, format!("{name} has no value"));
            self.builder.finish();
            return below;
        }
        if told {
            self.quiet = true;
        }
        below = below.max(self.expr());
        self.end_binding(within, &name);
        if told && self.peek().is_some() {
            self.quiet = false;
        }
        self.builder.finish();
        below
    }

    /// Takes the `;` of a binding, or says that it is missing.
    fn end_binding(&mut self, within: Within, name: &str) {
        match self.peek() {
            Some(TOKEN_SEMICOLON) => {
                self.bump();
                self.quiet = false;
            }
            None => {
                if self.open.is_empty() {
                    self.missing_semicolon(&format!("after the value of {name}"));
                    self.quiet = true;
                }
            }
            Some(TOKEN_COMMA) => {
                let at = self.here();
                self.fault(at, "bindings end with `;`, not with `,`");
                self.bump_error();
                self.quiet = false;
            }
            Some(kind)
                if kind == TOKEN_INHERIT
                    || (kind == TOKEN_IN && within == Within::Let)
                    || self.closes_outer(kind)
                    || self.binding_begins() =>
            {
                self.missing_semicolon(&format!("after the value of {name}"));
                // What follows is as it should be.
                self.quiet = self.quiet && kind != TOKEN_INHERIT && !self.binding_begins();
            }
            Some(kind) => {
                let at = self.here();
                let message = match kind {
                    TOKEN_ERROR => {
                        if self.text_of(self.at).starts_with("/*") {
                            return self.bad_token_fault();
                        }
                        self.bad_token()
                    }
                    TOKEN_ASSIGN => "a second `=`; to compare write `==`".to_owned(),
                    TOKEN_R_BRACE | TOKEN_R_PAREN | TOKEN_R_BRACK | TOKEN_INTERPOL_END => {
                        format!("this `{}` closes nothing", self.text_of(self.at))
                    }
                    // `"a" ${b} = 1;`, `a = 1 ${b} = 2;`
                    TOKEN_INTERPOL_START => format!("missing `;` after the value of {name}"),
                    _ => format!(
                        "{} cannot follow the value of {name}",
                        self.next_words().name()
                    ),
                };
                self.fault(at, message);
                self.end_binding_quietly(within);
            }
        }
    }

    /// After a fault: on to the end of the binding.
    fn end_binding_quietly(&mut self, within: Within) {
        self.quiet = true;
        self.skip_until(|kind| {
            matches!(kind, TOKEN_SEMICOLON | TOKEN_INHERIT)
                || (within == Within::Let && kind == TOKEN_IN)
        });
        if self.peek() == Some(TOKEN_SEMICOLON) {
            self.bump();
            self.quiet = false;
        }
    }

    fn inherit(&mut self) -> u32 {
        self.start(NODE_INHERIT);
        self.bump();
        let mut below = 0;
        if self.peek() == Some(TOKEN_L_PAREN) {
            self.start(NODE_INHERIT_FROM);
            self.opened(TOKEN_R_PAREN);
            self.bump();
            below = self.expr();
            self.leave_by(TOKEN_R_PAREN);
            self.close();
            self.builder.finish();
        }
        let mut last = "`inherit`".to_owned();
        loop {
            match self.peek() {
                Some(TOKEN_IDENT | TOKEN_OR | TOKEN_STRING_START | TOKEN_INTERPOL_START) => {
                    if self.binding_begins() {
                        self.missing_semicolon(&format!("after {last}"));
                        break;
                    }
                    self.or_may_be_bound |= self.peek() == Some(TOKEN_OR);
                    let start = self.start_of(self.at);
                    self.refuse_dynamic("a computed name cannot be inherited");
                    below = below.max(self.attr());
                    last = Words::name_of_path(&self.text[start..self.last_end.max(start)]);
                }
                Some(TOKEN_SEMICOLON) => {
                    self.bump();
                    self.quiet = false;
                    break;
                }
                Some(TOKEN_DOT) => {
                    let at = self.here();
                    if let Some(fault) = self.fault(at, "`inherit` takes names, not paths") {
                        fault.help = Some("write `inherit (a.b) c;`".to_owned());
                    }
                    self.bump_error();
                }
                Some(TOKEN_COMMA) => {
                    let at = self.here();
                    self.fault(at, "names are separated by spaces, not by `,`");
                    self.bump_error();
                }
                None if !self.open.is_empty() => break,
                Some(TOKEN_INHERIT | TOKEN_IN) | None => {
                    self.missing_semicolon(&format!("after {last}"));
                    break;
                }
                Some(kind) if self.closes_outer(kind) => {
                    self.missing_semicolon(&format!("after {last}"));
                    break;
                }
                Some(kind) => {
                    let at = self.here();
                    let message = match kind {
                        TOKEN_ERROR => self.bad_token(),
                        _ => format!("`inherit` takes names, not {}", self.next_words().name()),
                    };
                    self.fault(at, message);
                    self.end_binding_quietly(Within::Let);
                    break;
                }
            }
        }
        self.builder.finish();
        below
    }

    /// `a."b".${c}`
    fn attrpath(&mut self) -> u32 {
        self.start(NODE_ATTRPATH);
        let mut below = 0;
        let mut count = 0u32;
        loop {
            below = below.max(self.attr());
            count += 1;
            self.check_run(count);
            if self.peek() == Some(TOKEN_DOT) {
                self.bump();
            } else {
                break;
            }
        }
        self.builder.finish();
        below
    }

    fn attr(&mut self) -> u32 {
        match self.peek() {
            Some(TOKEN_IDENT | TOKEN_OR) => {
                self.start(NODE_IDENT);
                self.bump_as(TOKEN_IDENT);
                self.builder.finish();
                0
            }
            Some(TOKEN_STRING_START) => {
                if self.text_of(self.at) == "''" {
                    let at = self.here();
                    self.fault(at, "an attribute name is quoted with `\"`, not with `''`");
                }
                self.string()
            }
            Some(TOKEN_INTERPOL_START) => self.interpolation(NODE_DYNAMIC),
            None => {
                self.ends_too_early("an attribute name");
                0
            }
            Some(kind) => {
                let at = self.here();
                let message = match kind {
                    TOKEN_ERROR => self.bad_token(),
                    _ => format!(
                        "an attribute name is missing before {}",
                        self.next_words().this()
                    ),
                };
                self.fault(at, message);
                if matches!(
                    kind,
                    TOKEN_IF
                        | TOKEN_ELSE
                        | TOKEN_WITH
                        | TOKEN_LET
                        | TOKEN_REC
                        | TOKEN_ASSERT
                        | TOKEN_INTEGER
                        | TOKEN_FLOAT
                        | TOKEN_ERROR
                ) {
                    self.bump_error();
                }
                0
            }
        }
    }

    /// Says `message` when the name that comes next is computed: `${a}`, `"${a}"`, but not `${"a"}`.
    fn refuse_dynamic(&mut self, message: &str) {
        let start = self.at;
        let end = match self.kind(start) {
            Some(TOKEN_STRING_START) => match self.simple_string_end(start) {
                Some(_) => return,
                None => self.matching(start),
            },
            Some(TOKEN_INTERPOL_START) => {
                let mut inner = self.after(start);
                let mut parens = 0;
                while self.kind(inner) == Some(TOKEN_L_PAREN) {
                    parens += 1;
                    inner = self.after(inner);
                }
                if let Some(mut end) = self.simple_string_end(inner) {
                    end = self.after(end);
                    while parens > 0 && self.kind(end) == Some(TOKEN_R_PAREN) {
                        parens -= 1;
                        end = self.after(end);
                    }
                    if parens == 0 && self.kind(end) == Some(TOKEN_INTERPOL_END) {
                        return;
                    }
                }
                self.matching(start)
            }
            _ => return,
        };
        let at = self.range_of(start).cover(self.range_of(end));
        self.fault(at, message);
    }

    /// The index of the closing quotes of a string without interpolation.
    fn simple_string_end(&self, index: usize) -> Option<usize> {
        if self.kind(index) != Some(TOKEN_STRING_START) {
            return None;
        }
        let end = if self.kind(index + 1) == Some(TOKEN_STRING_CONTENT) {
            index + 2
        } else {
            index + 1
        };
        (self.kind(end) == Some(TOKEN_STRING_END)).then_some(end)
    }

    /// The index of the token that closes the one at `index`; the last token if none does.
    fn matching(&self, index: usize) -> usize {
        let mut depth = 0u32;
        let mut index = index;
        while let Some(kind) = self.kind(index) {
            match kind {
                TOKEN_INTERPOL_START | TOKEN_STRING_START => depth += 1,
                TOKEN_INTERPOL_END | TOKEN_STRING_END => {
                    depth -= 1;
                    if depth == 0 {
                        return index;
                    }
                }
                _ => {}
            }
            index += 1;
        }
        self.tokens.len().saturating_sub(1)
    }
}
