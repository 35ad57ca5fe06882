//! Operators, calls and selections: all in loops, so that a chain costs no stack.

use super::*;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Joins {
    Left,
    Right,
    Never,
}

const NOT: u8 = 8;
const HAS: u8 = 12;
const NEGATE: u8 = 13;

/// How tightly a binary operator binds, and to which side.
pub(super) fn binary(kind: SyntaxKind) -> Option<(u8, Joins)> {
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

impl Parser<'_> {
    /// Operators of every kind around calls.
    pub(super) fn operation(&mut self) -> u32 {
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
    pub(super) fn reduce(&mut self, base: usize, level: u8, from: &mut Checkpoint) {
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
    pub(super) fn application(&mut self, first: bool) -> u32 {
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

    pub(super) fn begins_argument(kind: SyntaxKind) -> bool {
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

    /// `e`, `e.a.b`, `e.a or d`, and `e or`, which Nix reads as a call.
    pub(super) fn select(&mut self, first: bool) -> u32 {
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
                    self.ident();
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
    pub(super) fn or_faults(&mut self) {
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
}
