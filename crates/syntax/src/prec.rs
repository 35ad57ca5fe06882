//! Operator precedence: does an expression need parentheses in a given place?
//!
//! Goal: every fix that moves an expression asks here, and nowhere is "an identifier needs none" assumed. Limit: only the
//! grammar is considered; what tokens do to their neighbours is [`crate::joint`]'s.

use rnix::ast::{self, BinOpKind, UnaryOpKind};
use rnix::{SyntaxKind, SyntaxNode};
use rowan::ast::AstNode;

/// A place that an expression can stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// Value of a binding or default, body, part of an `if`, condition, source, inside `( )` and `${ }`, a whole file.
    Any,
    /// Left of a binary operator.
    Left(BinOpKind),
    /// Right of a binary operator.
    Right(BinOpKind),
    /// After `!`.
    Not,
    /// After the `-` of a negative.
    Negate,
    /// Left of `?`.
    HasAttr,
    /// A function that is called.
    Function,
    /// An argument, a list item, the default after `or`.
    Argument,
    /// What stands before `.name`.
    Base,
}

/// The tightest level: nothing needs parentheses around these.
const ATOM: i8 = 15;

/// How tightly an expression holds together: 15 for names, literals and everything in brackets, −1 for lambdas, `let`,
/// `if`, `with` and `assert`.
#[must_use]
pub fn level(expr: &ast::Expr) -> i8 {
    match expr {
        ast::Expr::Select(_) => 14,
        ast::Expr::Apply(_) => 13,
        ast::Expr::UnaryOp(op) => match op.operator() {
            Some(UnaryOpKind::Negate) => 12,
            Some(UnaryOpKind::Invert) => 7,
            None => -1,
        },
        ast::Expr::HasAttr(_) => 11,
        ast::Expr::BinOp(op) => op.operator().map_or(-1, |op| operator(op).0),
        ast::Expr::Lambda(_)
        | ast::Expr::LetIn(_)
        | ast::Expr::IfElse(_)
        | ast::Expr::With(_)
        | ast::Expr::Assert(_)
        | ast::Expr::Error(_)
        | ast::Expr::Root(_) => -1,
        _ => ATOM,
    }
}

#[derive(PartialEq, Eq)]
enum Side {
    Left,
    Right,
    None,
}

/// The level of an operator, and the side on which it takes its own level bare.
fn operator(op: BinOpKind) -> (i8, Side) {
    match op {
        BinOpKind::Concat => (10, Side::Right),
        BinOpKind::Mul | BinOpKind::Div => (9, Side::Left),
        BinOpKind::Add | BinOpKind::Sub => (8, Side::Left),
        BinOpKind::Update => (6, Side::Right),
        BinOpKind::Less | BinOpKind::LessOrEq | BinOpKind::More | BinOpKind::MoreOrEq => {
            (5, Side::None)
        }
        BinOpKind::Equal | BinOpKind::NotEqual => (4, Side::None),
        BinOpKind::And => (3, Side::Left),
        BinOpKind::Or => (2, Side::Left),
        BinOpKind::Implication => (1, Side::Right),
        BinOpKind::PipeRight => (0, Side::Left),
        BinOpKind::PipeLeft => (0, Side::Right),
    }
}

impl Slot {
    /// The least level that stands here without parentheses.
    #[must_use]
    pub fn least(self) -> i8 {
        let operand = |op, side| {
            let (level, own) = operator(op);
            if own == side { level } else { level + 1 }
        };
        match self {
            Slot::Any => -1,
            Slot::Left(op) => operand(op, Side::Left),
            Slot::Right(op) => operand(op, Side::Right),
            Slot::Not => 7,
            Slot::Negate | Slot::HasAttr => 12,
            Slot::Function => 13,
            Slot::Argument => 14,
            Slot::Base => ATOM,
        }
    }

    /// The place that a node has in its parent; `None` if that is no place for an expression.
    #[must_use]
    pub fn of(node: &SyntaxNode) -> Option<Slot> {
        let parent = node.parent()?;
        let first = node.prev_sibling().is_none();
        Some(match parent.kind() {
            SyntaxKind::NODE_ROOT
            | SyntaxKind::NODE_ATTRPATH_VALUE
            | SyntaxKind::NODE_PAT_ENTRY
            | SyntaxKind::NODE_LAMBDA
            | SyntaxKind::NODE_LET_IN
            | SyntaxKind::NODE_WITH
            | SyntaxKind::NODE_ASSERT
            | SyntaxKind::NODE_IF_ELSE
            | SyntaxKind::NODE_INHERIT_FROM
            | SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_DYNAMIC
            | SyntaxKind::NODE_INTERPOL => Slot::Any,
            SyntaxKind::NODE_BIN_OP => {
                let op = ast::BinOp::cast(parent)?.operator()?;
                if first {
                    Slot::Left(op)
                } else {
                    Slot::Right(op)
                }
            }
            SyntaxKind::NODE_UNARY_OP => match ast::UnaryOp::cast(parent)?.operator()? {
                UnaryOpKind::Invert => Slot::Not,
                UnaryOpKind::Negate => Slot::Negate,
            },
            SyntaxKind::NODE_HAS_ATTR if first => Slot::HasAttr,
            SyntaxKind::NODE_APPLY if first => Slot::Function,
            SyntaxKind::NODE_SELECT if first => Slot::Base,
            SyntaxKind::NODE_APPLY | SyntaxKind::NODE_LIST | SyntaxKind::NODE_SELECT => {
                Slot::Argument
            }
            _ => return None,
        })
    }
}

/// Whether an operation binds strictly tighter than an operator.
#[must_use]
pub fn tighter(inner: &ast::BinOp, op: BinOpKind) -> bool {
    inner
        .operator()
        .is_some_and(|inner| operator(inner).0 > operator(op).0)
}

/// Whether an expression must be put in parentheses to stand in a place.
#[must_use]
pub fn needs_parens(expr: &ast::Expr, slot: Slot) -> bool {
    // `a |> b <| c` is refused: the two pipes have the same level and different sides.
    let around = match slot {
        Slot::Left(op) | Slot::Right(op) => Some(op),
        _ => None,
    };
    let pipe = |op: &BinOpKind| matches!(op, BinOpKind::PipeLeft | BinOpKind::PipeRight);
    if let (ast::Expr::BinOp(inner), Some(around)) = (expr, around.filter(pipe))
        && inner
            .operator()
            .is_some_and(|inner| pipe(&inner) && inner != around)
    {
        return true;
    }
    level(expr) < slot.least()
}
