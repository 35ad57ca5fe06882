//! Functions and their arguments.

use super::*;

impl Parser<'_> {
    pub(super) fn is_lambda(&self) -> bool {
        matches!(self.peek_second(), Some(TOKEN_COLON | TOKEN_AT))
    }

    /// Whether the `{` that comes next begins the arguments of a function.
    pub(super) fn is_pattern(&self) -> bool {
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

    pub(super) fn lambda(&mut self) -> u32 {
        let from = self.checkpoint();
        let mut below = 0;
        if self.peek() == Some(TOKEN_IDENT) {
            self.ident();
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
                    self.ident();
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
    pub(super) fn formals(&mut self) -> u32 {
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
                    self.ident();
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
}
