//! What stands in sets and `let`: bindings, `inherit`, attribute names.

use super::*;
use crate::faults::PathName;

/// Where bindings stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Set,
    Let,
}

impl Parser<'_> {
    /// From `{` to `}`; the node is open already.
    pub(super) fn set(&mut self) -> u32 {
        self.opened(TOKEN_R_BRACE);
        self.bump();
        let below = self.bindings(Within::Set);
        self.close();
        self.builder.finish();
        below
    }

    pub(super) fn bindings(&mut self, within: Within) -> u32 {
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

    pub(super) fn binding(&mut self, within: Within) -> u32 {
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
        let text = self.text;
        let name = PathName(&text[path]);
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
        self.end_binding(within, name);
        if told && self.peek().is_some() {
            self.quiet = false;
        }
        self.builder.finish();
        below
    }

    /// Takes the `;` of a binding, or says that it is missing.
    pub(super) fn end_binding(&mut self, within: Within, name: PathName<'_>) {
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
    pub(super) fn end_binding_quietly(&mut self, within: Within) {
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

    pub(super) fn inherit(&mut self) -> u32 {
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
        let text = self.text;
        let mut last = PathName("inherit");
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
                    last = PathName(&text[start..self.last_end.max(start)]);
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
    pub(super) fn attrpath(&mut self) -> u32 {
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
        self.builder.finish_path();
        below
    }

    pub(super) fn attr(&mut self) -> u32 {
        match self.peek() {
            Some(TOKEN_IDENT | TOKEN_OR) => {
                self.ident();
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
    pub(super) fn refuse_dynamic(&mut self, message: &str) {
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
    pub(super) fn simple_string_end(&self, index: usize) -> Option<usize> {
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
    pub(super) fn matching(&self, index: usize) -> usize {
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

    /// Whether `name =`, `a.b =` or `"name" =` comes next: a binding, after a `;` that is missing.
    pub(super) fn binding_begins(&self) -> bool {
        if !matches!(self.peek(), Some(TOKEN_IDENT | TOKEN_STRING_START)) {
            return false;
        }
        self.binding_begins_at(self.at)
    }

    pub(super) fn binding_begins_at(&self, index: usize) -> bool {
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
}
