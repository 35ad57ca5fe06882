//! Types of options, and whether a literal can be a value of one.
//!
//! Goal: "no" is said only of a value that the type's own check rejects in every release. Limit: what a value that is
//! no literal would be is never guessed, and a pattern of a string is not matched: both are [`Verdict::Undecided`].

use serde::{Deserialize, Serialize};

use crate::schema::{NodeId, Schema, TyId};

/// A type of `lib.types`. Parts are ids of the same [`Schema`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ty {
    /// Not understood: anything may be a value, anything may be declared below.
    Unknown,
    /// `bool`
    Bool,
    /// An integer from … to …, both inclusive: `int`, `ints.*`, `port`.
    Int(Option<i64>, Option<i64>),
    /// `float`: an integer is none.
    Float,
    /// `number`, `numbers.*`: an integer or a float; the bounds are not kept.
    Number,
    /// `str` and its relatives.
    Str(StrKind),
    /// `strMatching`: a string of a pattern, the pattern where it is known.
    Match(Option<Box<str>>),
    /// `path` and its relatives.
    Path,
    /// `package`, `shellPackage`.
    Package,
    /// `enum`: the values that are known, and whether these are all.
    Enum(Box<[Value]>, bool),
    /// `listOf`; whether it must have an element.
    List(TyId, bool),
    /// `attrsOf`, `lazyAttrsOf`.
    Attrs(TyId),
    /// `nullOr`
    Null(TyId),
    /// `either`, `oneOf`
    Either(TyId, TyId),
    /// `coercedTo`: from, to.
    Coerced(TyId, TyId),
    /// `submodule`: its options.
    Sub(NodeId),
    /// `attrTag`: its tags are options, of which a value has exactly one.
    Tag(NodeId),
    /// `functionTo`
    Fun(TyId),
    /// A type with a further check that is not known: it accepts no more than its argument.
    Checked(TyId),
    /// `(pkgs.formats.x { }).type`, `types.json`: the name of the format.
    Format(Box<str>),
    /// A set or anything with nothing known below: `anything`, `attrs`, `raw`, `unspecified`, `deferredModule`.
    Free(Box<str>),
    /// `mkOptionType` with this name: what it accepts is not known.
    Opaque(Box<str>),
}

/// The strings that a string type takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StrKind {
    /// Any.
    Any,
    /// One that is not blank.
    NonEmpty,
    /// One without a line break (but at its end).
    SingleLine,
    /// Definitions are concatenated: `lines`, `commas`, `envVar`, `separatedString`.
    Separated,
}

/// A value of an `enum`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Value {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A string.
    Str(Box<str>),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(it) => write!(f, "{it}"),
            Value::Int(it) => write!(f, "{it}"),
            Value::Str(it) => write!(f, "{it:?}"),
        }
    }
}

/// A value as its text tells it.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer, with its sign.
    Int(i64),
    /// A float.
    Float,
    /// A string without interpolation.
    Str(Box<str>),
    /// A string with interpolations: the text before the first one.
    Interpolated(Box<str>),
    /// A path literal.
    Path,
    /// A list of these.
    List(Vec<Literal>),
    /// An attribute set; whether it is certainly none of a derivation (it has no `type`, `outPath`, `_type` and no
    /// computed name).
    Set {
        /// No derivation, no marked value.
        plain: bool,
    },
    /// A function.
    Lambda,
    /// No literal.
    Other,
}

impl Literal {
    /// What it is called in a message, with its article.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self {
            Literal::Null => "null",
            Literal::Bool(_) => "a boolean",
            Literal::Int(_) => "an integer",
            Literal::Float => "a float",
            Literal::Str(_) | Literal::Interpolated(_) => "a string",
            Literal::Path => "a path",
            Literal::List(_) => "a list",
            Literal::Set { .. } => "an attribute set",
            Literal::Lambda => "a function",
            Literal::Other => "an expression",
        }
    }
}

/// What a type says of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is a value of the type.
    Accept,
    /// Nix would reject it: the place inside the literal as indices into lists (empty: the literal itself), and the
    /// type that rejects there.
    Reject {
        /// Indices into nested lists, from the outside.
        at: Vec<usize>,
        /// The type that rejects.
        by: TyId,
    },
    /// Cannot be said.
    Undecided,
}

impl Verdict {
    /// Whether Nix would reject it.
    #[must_use]
    pub fn rejects(&self) -> bool {
        matches!(self, Verdict::Reject { .. })
    }
}

/// How deeply types nest before nothing is said.
const DEEP: u32 = 40;
/// How many types are asked about one literal and what is in it. Branches that share their parts multiply.
const STEPS: u32 = 200_000;

impl Schema {
    /// Whether a literal can be a value of a type, before `mkIf` and the like are taken away: that is for the caller.
    #[must_use]
    pub fn judge(&self, ty: TyId, literal: &Literal) -> Verdict {
        self.judge_at(ty, literal, 0, &mut { STEPS })
    }

    fn judge_at(&self, id: TyId, literal: &Literal, depth: u32, steps: &mut u32) -> Verdict {
        use Literal as L;
        use Verdict::{Accept, Undecided};
        let reject = || Verdict::Reject {
            at: Vec::new(),
            by: id,
        };
        *steps = steps.saturating_sub(1);
        if depth > DEEP || *steps == 0 || *literal == L::Other {
            return Undecided;
        }
        match self.ty(id) {
            Ty::Unknown | Ty::Format(_) | Ty::Free(_) | Ty::Opaque(_) => Undecided,
            // A set with `_type` (mkIf and the like) may be anything; so may one whose names are not known.
            _ if *literal == (L::Set { plain: false }) => Undecided,
            Ty::Bool => match literal {
                L::Bool(_) => Accept,
                _ => reject(),
            },
            Ty::Int(from, to) => match literal {
                L::Int(it)
                    if from.is_none_or(|from| from <= *it) && to.is_none_or(|to| *it <= to) =>
                {
                    Accept
                }
                _ => reject(),
            },
            Ty::Float => match literal {
                L::Float => Accept,
                _ => reject(),
            },
            Ty::Number => match literal {
                L::Int(_) | L::Float => Undecided,
                _ => reject(),
            },
            Ty::Str(kind) => match literal {
                L::Interpolated(_) if matches!(kind, StrKind::Any | StrKind::Separated) => Accept,
                L::Interpolated(_) => Undecided,
                L::Str(text) => match kind {
                    StrKind::Any | StrKind::Separated => Accept,
                    StrKind::NonEmpty if text.chars().all(|c| matches!(c, ' ' | '\t' | '\n')) => {
                        reject()
                    }
                    // `[^\n\r]*` but at the end, where one line feed is taken away.
                    StrKind::SingleLine if text.trim_end_matches('\n').contains(['\n', '\r']) => {
                        reject()
                    }
                    StrKind::SingleLine if text.contains('\n') => Undecided,
                    StrKind::NonEmpty | StrKind::SingleLine => Accept,
                },
                _ => reject(),
            },
            Ty::Match(_) => match literal {
                L::Str(_) | L::Interpolated(_) => Undecided,
                _ => reject(),
            },
            Ty::Path => match literal {
                L::Path => Accept,
                L::Str(text) if text.starts_with('/') => Accept,
                L::Interpolated(text) if text.starts_with('/') => Accept,
                L::Interpolated(text) if text.is_empty() => Undecided,
                L::Set { .. } => Undecided,
                _ => reject(),
            },
            Ty::Package => match literal {
                L::Str(_) | L::Interpolated(_) | L::Path | L::Set { .. } | L::Lambda => Undecided,
                _ => reject(),
            },
            Ty::Enum(values, complete) => {
                let listed = match literal {
                    L::Null => values.contains(&Value::Null),
                    L::Bool(it) => values.contains(&Value::Bool(*it)),
                    L::Int(it) => values.contains(&Value::Int(*it)),
                    L::Str(it) => values.contains(&Value::Str(it.clone())),
                    L::Interpolated(_) => return Undecided,
                    _ => false,
                };
                match (listed, complete) {
                    (true, _) => Accept,
                    (false, true) => reject(),
                    (false, false) => Undecided,
                }
            }
            Ty::List(item, non_empty) => match literal {
                L::List(items) if items.is_empty() && *non_empty => reject(),
                L::List(items) => {
                    let mut all = Accept;
                    for (index, literal) in items.iter().enumerate() {
                        match self.judge_at(*item, literal, depth + 1, steps) {
                            Accept => {}
                            Undecided => all = Undecided,
                            Verdict::Reject { mut at, by } => {
                                at.insert(0, index);
                                return Verdict::Reject { at, by };
                            }
                        }
                    }
                    all
                }
                _ => reject(),
            },
            Ty::Attrs(_) | Ty::Tag(_) => match literal {
                // What is inside is judged by its own path.
                L::Set { .. } => Accept,
                _ => reject(),
            },
            Ty::Sub(_) => match literal {
                L::Set { .. } | L::Lambda | L::Path => Accept,
                // A string that is an absolute path is a module as well.
                L::Str(_) | L::Interpolated(_) => Undecided,
                _ => reject(),
            },
            Ty::Null(inner) => match literal {
                L::Null => Accept,
                _ => self.judge_at(*inner, literal, depth + 1, steps),
            },
            Ty::Either(a, b) | Ty::Coerced(a, b) => {
                let sides = [*a, *b].map(|side| self.judge_at(side, literal, depth + 1, steps));
                if sides.contains(&Accept) {
                    Accept
                } else if sides.iter().all(Verdict::rejects) {
                    // A list that both sides reject for one item: neither place is the place.
                    reject()
                } else {
                    Undecided
                }
            }
            Ty::Fun(_) => match literal {
                L::Lambda => Accept,
                // A set with `__functor` is a function as well.
                L::Set { .. } => Undecided,
                _ => reject(),
            },
            Ty::Checked(inner) => match self.judge_at(*inner, literal, depth + 1, steps) {
                Accept => Undecided,
                other => other,
            },
        }
    }

    /// A type in English, as the manual says it: `list of string`, `null or boolean`.
    #[must_use]
    pub fn describe(&self, ty: TyId) -> String {
        let mut out = String::new();
        self.describe_to(ty, &mut out, 0);
        out
    }

    fn describe_to(&self, id: TyId, out: &mut String, depth: u32) {
        if depth > 12 {
            out.push('…');
            return;
        }
        let mut of = |what: &str, ids: &[TyId], between: &str| {
            out.push_str(what);
            for (index, id) in ids.iter().enumerate() {
                if index > 0 {
                    out.push_str(between);
                }
                let nested =
                    matches!(self.ty(*id), Ty::Either(..) | Ty::Null(_)) && between.is_empty();
                if nested {
                    out.push('(');
                }
                self.describe_to(*id, out, depth + 1);
                if nested {
                    out.push(')');
                }
            }
        };
        match self.ty(id) {
            Ty::Unknown => out.push_str("unknown type"),
            Ty::Bool => out.push_str("boolean"),
            Ty::Int(None, None) => out.push_str("integer"),
            Ty::Int(Some(0), Some(65535)) => out.push_str("port or 16 bit unsigned integer"),
            Ty::Int(Some(1), None) => out.push_str("positive integer"),
            Ty::Int(Some(from), None) => out.push_str(&format!("integer of at least {from}")),
            Ty::Int(None, Some(to)) => out.push_str(&format!("integer of at most {to}")),
            Ty::Int(Some(from), Some(to)) => {
                out.push_str(&format!("integer between {from} and {to}"))
            }
            Ty::Float => out.push_str("float"),
            Ty::Number => out.push_str("integer or float"),
            Ty::Str(StrKind::NonEmpty) => out.push_str("non-empty string"),
            Ty::Str(StrKind::SingleLine) => out.push_str("string of one line"),
            Ty::Str(_) => out.push_str("string"),
            Ty::Match(Some(pattern)) => out.push_str(&format!("string matching {pattern}")),
            Ty::Match(None) => out.push_str("string of a pattern"),
            Ty::Path => out.push_str("absolute path"),
            Ty::Package => out.push_str("package"),
            Ty::Enum(values, complete) => {
                out.push_str("one of ");
                let shown: Vec<String> = values.iter().take(12).map(Value::to_string).collect();
                out.push_str(&shown.join(", "));
                if values.len() > 12 || !complete {
                    out.push_str(", …");
                }
            }
            Ty::List(item, false) => of("list of ", &[*item], ""),
            Ty::List(item, true) => of("non-empty list of ", &[*item], ""),
            Ty::Attrs(item) => of("attribute set of ", &[*item], ""),
            Ty::Null(inner) => of("null or ", &[*inner], " or "),
            Ty::Either(a, b) | Ty::Coerced(a, b) => of("", &[*a, *b], " or "),
            Ty::Sub(_) => out.push_str("submodule"),
            Ty::Tag(_) => out.push_str("attribute set of one tag"),
            Ty::Fun(to) => of("function that gives ", &[*to], ""),
            Ty::Checked(inner) => of("", &[*inner], " or "),
            Ty::Format(name) => out.push_str(&format!("{name} value")),
            Ty::Free(name) | Ty::Opaque(name) => out.push_str(name),
        }
    }
}
