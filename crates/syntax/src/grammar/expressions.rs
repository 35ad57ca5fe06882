//! Expressions without their operators: keywords, literals, strings, paths, brackets; and what is none.

use super::bindings::Within;
use super::operators::binary;
use super::*;

impl Parser<'_> {
    /// An expression of any kind. Answers its height.
    pub(super) fn expr(&mut self) -> u32 {
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

    /// `with e; b`, `assert e; b`
    pub(super) fn prefix(&mut self, kind: SyntaxKind, what: &str) -> u32 {
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

    pub(super) fn if_else(&mut self) -> u32 {
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
    pub(super) fn assignment(&mut self) {
        let at = self.here();
        self.fault(
            at,
            "`=` binds a name in a set or `let`; to compare write `==`",
        );
        self.bump_error();
    }

    pub(super) fn let_in(&mut self) -> u32 {
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

    pub(super) fn literal(&mut self, node: SyntaxKind) {
        self.start(node);
        self.bump();
        self.builder.finish();
    }

    /// What stands without operators and spaces; or the fault that nothing does.
    pub(super) fn simple(&mut self, first: bool) -> u32 {
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
                    self.ident();
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

    pub(super) fn ends_too_early(&mut self, what: &str) {
        let at = self.end_of_text();
        // A bracket that is never closed says more; its owner reports it.
        if self.open.is_empty() {
            self.fault(at, format!("the file ends where {what} is missing"));
        }
    }

    /// `if`, `let`, a function … as an operand, argument or item.
    pub(super) fn wants_parentheses(&mut self, what: &str) -> u32 {
        let at = self.here();
        self.fault(at, format!("{what} needs parentheses here"));
        self.start(NODE_ERROR);
        let below = self.expr();
        self.builder.finish();
        below
    }

    pub(super) fn bad_token(&self) -> String {
        let text = self.text_of(self.at);
        if text.starts_with("/*") {
            return "the `/*` is never closed".to_owned();
        }
        character(text)
    }

    pub(super) fn bad_token_fault(&mut self) {
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

    pub(super) fn parens(&mut self) -> u32 {
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
    pub(super) fn leave_by(&mut self, closer: SyntaxKind) {
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

    pub(super) fn interpolation(&mut self, node: SyntaxKind) -> u32 {
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

    pub(super) fn string(&mut self) -> u32 {
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

    pub(super) fn path(&mut self, node: SyntaxKind) -> u32 {
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

    pub(super) fn list(&mut self) -> u32 {
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
