//! What must hold beside the shape of the code: what a hole stands for, where the match stands.

use std::borrow::Cow;

use globset::GlobSet;
use lint_api::FileCx;
use lint_api::repo::definitions::Segment;
use lint_api::syntax::{AstNode, SyntaxKind, SyntaxNode, ast, attrpath, strings};
use regex::Regex;

use crate::matcher::{Captured, Code};

macro_rules! kinds {
    ($($variant:ident $word:literal $about:literal,)*) => {
        /// The kind of an expression. Each has exactly one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $about] $variant,)*
        }

        impl Kind {
            /// All, with their words.
            pub const ALL: &'static [(Kind, &'static str)] = &[$((Kind::$variant, $word),)*];
        }

        /// The words for the kinds of expressions.
        pub const KINDS: &[&str] = &[$($word,)*];
    };
}

kinds! {
    Str "string" "A string, with or without interpolation; a URL.",
    Number "number" "A number.",
    Path "path" "A path, with or without interpolation; `<nixpkgs>`.",
    Bool "bool" "`true`, `false`.",
    Null "null" "`null`.",
    Name "name" "Any other name.",
    Select "select" "`a.b`, `a.b or c`.",
    List "list" "`[ … ]`.",
    Set "set" "`{ … }`, `rec { … }`.",
    Function "function" "`x: …`.",
    Call "call" "`f x`.",
    If "if" "`if … then … else …`.",
    Let "let" "`let … in …`.",
    With "with" "`with …; …`.",
    Assert "assert" "`assert …; …`.",
    Operation "operation" "Two values or one with an operator; `a ? b`.",
}

impl Kind {
    /// The kind of an expression.
    #[must_use]
    pub fn of(code: &Code) -> Kind {
        let node = code.node();
        match node.kind() {
            SyntaxKind::NODE_STRING => Kind::Str,
            SyntaxKind::NODE_LITERAL => match node.first_token().map(|it| it.kind()) {
                Some(SyntaxKind::TOKEN_URI) => Kind::Str,
                _ => Kind::Number,
            },
            SyntaxKind::NODE_PATH_ABS
            | SyntaxKind::NODE_PATH_HOME
            | SyntaxKind::NODE_PATH_REL
            | SyntaxKind::NODE_PATH_SEARCH => Kind::Path,
            SyntaxKind::NODE_IDENT => match attrpath::ident_text(node) {
                "true" | "false" => Kind::Bool,
                "null" => Kind::Null,
                _ => Kind::Name,
            },
            SyntaxKind::NODE_SELECT => Kind::Select,
            SyntaxKind::NODE_LIST => Kind::List,
            SyntaxKind::NODE_ATTR_SET => Kind::Set,
            SyntaxKind::NODE_LAMBDA => Kind::Function,
            SyntaxKind::NODE_APPLY => Kind::Call,
            SyntaxKind::NODE_IF_ELSE => Kind::If,
            SyntaxKind::NODE_LET_IN | SyntaxKind::NODE_LEGACY_LET => Kind::Let,
            SyntaxKind::NODE_WITH => Kind::With,
            SyntaxKind::NODE_ASSERT => Kind::Assert,
            SyntaxKind::NODE_UNARY_OP => match node.first_child().map(|it| it.kind()) {
                Some(SyntaxKind::NODE_LITERAL) => Kind::Number,
                _ => Kind::Operation,
            },
            SyntaxKind::NODE_BIN_OP | SyntaxKind::NODE_HAS_ATTR => Kind::Operation,
            _ => Kind::Name,
        }
    }

    /// The nodes that are of this kind; none for what is a name, which is looked for among the references.
    #[must_use]
    pub fn nodes(self) -> &'static [SyntaxKind] {
        use SyntaxKind::*;
        match self {
            Kind::Str => &[NODE_STRING, NODE_LITERAL],
            Kind::Number => &[NODE_LITERAL],
            Kind::Path => &[
                NODE_PATH_ABS,
                NODE_PATH_HOME,
                NODE_PATH_REL,
                NODE_PATH_SEARCH,
            ],
            Kind::Bool | Kind::Null | Kind::Name => &[],
            Kind::Select => &[NODE_SELECT],
            Kind::List => &[NODE_LIST],
            Kind::Set => &[NODE_ATTR_SET],
            Kind::Function => &[NODE_LAMBDA],
            Kind::Call => &[NODE_APPLY],
            Kind::If => &[NODE_IF_ELSE],
            Kind::Let => &[NODE_LET_IN, NODE_LEGACY_LET],
            Kind::With => &[NODE_WITH],
            Kind::Assert => &[NODE_ASSERT],
            Kind::Operation => &[NODE_BIN_OP, NODE_UNARY_OP, NODE_HAS_ATTR],
        }
    }
}

/// The longest text that regular expressions are asked of, in bytes: of longer ones no condition holds. The engine needs time in
/// proportion to the text and to the expression, and both may be another's.
const LONGEST: usize = 16 << 10;

/// What a hole must stand for.
#[derive(Debug, Clone, Default)]
pub struct OfHole {
    /// One of these kinds; empty: any.
    pub kinds: Vec<Kind>,
    /// One of these is found; empty: whatever it is.
    pub text: Vec<Regex>,
    /// None of these is found.
    pub not_text: Vec<Regex>,
}

impl OfHole {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, captured: &Captured, cx: &FileCx<'_>) -> bool {
        let kind = match captured {
            Captured::Expr(code) => Kind::of(code),
            Captured::Name(..) => Kind::Name,
            Captured::Rest(..) => return false,
        };
        if !(self.kinds.is_empty() || self.kinds.contains(&kind)) {
            return false;
        }
        if self.text.is_empty() && self.not_text.is_empty() {
            return true;
        }
        let text = text_of(captured, cx);
        if text.len() > LONGEST {
            return false;
        }
        let found = |regex: &Regex| regex.is_match(&text);
        (self.text.is_empty() || self.text.iter().any(found)) && !self.not_text.iter().any(found)
    }
}

/// What conditions look at: a name, the value of a string, or the code as it is written.
fn text_of<'a>(captured: &'a Captured, cx: &FileCx<'a>) -> Cow<'a, str> {
    match captured {
        Captured::Name(name, _) => Cow::Borrowed(name),
        Captured::Expr(code) => {
            let string = ast::Str::cast(code.node().clone());
            match string.and_then(|it| strings::plain(&it)) {
                Some(value) => Cow::Owned(value),
                None => Cow::Borrowed(cx.text(code.range())),
            }
        }
        Captured::Rest(..) => Cow::Borrowed(""),
    }
}

/// Which files a rule is for.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// One of these matches; `None`: all.
    pub only: Option<GlobSet>,
    /// None of these matches.
    pub not: Option<GlobSet>,
}

impl Paths {
    /// Whether it is for this one.
    #[must_use]
    pub fn hold(&self, cx: &FileCx<'_>) -> bool {
        let path = cx.file.path.text();
        self.only.as_ref().is_none_or(|it| it.is_match(&*path))
            && !self.not.as_ref().is_some_and(|it| it.is_match(&*path))
    }
}

/// The path of an option, as a condition writes it; `None` is any name.
pub type OptionPath = Vec<Option<String>>;

/// Reads `users.users.*.packages`.
#[must_use]
pub fn option_path(text: &str) -> Option<OptionPath> {
    let mut path = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        if name.is_empty() || name.contains('"') {
            return None;
        }
        path.push((name != "*").then(|| name.to_owned()));
        match after.strip_prefix('.') {
            Some(further) => rest = further,
            None => return after.is_empty().then_some(path),
        }
    }
}

/// Whether a node stands in a definition of one of some options, or below it.
#[must_use]
pub fn stands_in(node: &SyntaxNode, options: &[OptionPath], cx: &FileCx<'_>) -> bool {
    let definitions = &cx.file.facts.definitions;
    let bindings = node.ancestors().filter_map(ast::AttrpathValue::cast);
    bindings.filter_map(|it| it.attrpath()).any(|path| {
        let at = path.syntax().text_range();
        let entries = &definitions.entries;
        let from = entries.partition_point(|it| it.at.start() < at.start());
        let Some(entry) = entries.get(from).filter(|it| it.at == at) else {
            return false;
        };
        let segments = definitions.segments(entry.path);
        options.iter().any(|option| {
            segments.windows(option.len()).any(|window| {
                let mut pairs = window.iter().zip(option);
                pairs.all(|(segment, wanted)| match (segment, wanted) {
                    (_, None) => true,
                    (Segment::Name(name), Some(wanted)) => name == wanted,
                    _ => false,
                })
            })
        })
    })
}
