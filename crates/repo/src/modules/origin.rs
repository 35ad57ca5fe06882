//! Where a value comes from: `cfg.port` is `config.my.web.port` when `cfg = config.my.web`.
//!
//! Goal: the argument of a module that an expression selects from, with the path, through any alias of any name.
//! Limits: followed are `let`, `rec`, `inherit`, `with` and `args.config`, to a depth of 8; function results, `//` and
//! `if` have no origin; a computed key is [`Key::Dynamic`].

use syntax::attrpath::{self, Key};
use syntax::{AstNode, TextRange, ast};

use super::Analysis;
use super::names::{Bound, DEPTH, Names};

/// What a path begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// The values of all options.
    Config,
    /// The declarations of all options.
    Options,
    /// The package set.
    Pkgs,
    /// Any other argument of a module.
    Other,
}

impl Root {
    /// The root that a module's argument of this name is.
    #[must_use]
    pub fn of(name: &str) -> Root {
        match name {
            "config" => Root::Config,
            "options" => Root::Options,
            "pkgs" => Root::Pkgs,
            _ => Root::Other,
        }
    }

    /// The name of the argument; empty for others.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Root::Config => "config",
            Root::Options => "options",
            Root::Pkgs => "pkgs",
            Root::Other => "",
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The argument.
    pub root: Root,
    /// What is selected from it, outermost first.
    pub path: Vec<Key>,
    /// The evaluation whose modules have the argument, see [`super::Module::evaluation`].
    pub evaluation: u32,
    /// Whether another `with` may supply it instead.
    pub maybe: bool,
}

impl Origin {
    /// `config.my.web` as people write it.
    #[must_use]
    pub fn display(&self) -> String {
        if self.path.is_empty() {
            self.root.as_str().to_owned()
        } else {
            format!("{}.{}", self.root.as_str(), attrpath::display(&self.path))
        }
    }
}

impl Analysis {
    /// Where the value of an expression comes from.
    #[must_use]
    pub fn origin(&self, names: Names<'_>, expr: &ast::Expr) -> Option<Origin> {
        let mut expr = expr.clone();
        // What is selected, innermost first.
        let mut path: Vec<Key> = Vec::new();
        let mut maybe = false;
        let mut depth = DEPTH;
        loop {
            match &expr {
                ast::Expr::Paren(it) => expr = it.expr()?,
                ast::Expr::LetIn(it) => expr = it.body()?,
                ast::Expr::Select(it) => {
                    let mut keys = attrpath::keys(&it.attrpath()?);
                    keys.reverse();
                    path.append(&mut keys);
                    expr = it.expr()?;
                }
                ast::Expr::Ident(ident) => {
                    depth = depth.checked_sub(1)?;
                    match names.bound(ident.syntax()) {
                        Bound::Formal(lambda) => {
                            let evaluation = self.evaluation_of(lambda)?;
                            let root = Root::of(attrpath::ident_text(ident.syntax()));
                            // The formal may be reached through `inherit x`, which keeps the name.
                            return Some(finish(root, path, evaluation, maybe));
                        }
                        Bound::Whole(lambda) => {
                            let evaluation = self.evaluation_of(lambda)?;
                            let root = Root::of(path.pop()?.name()?);
                            return Some(finish(root, path, evaluation, maybe));
                        }
                        Bound::Value(value) => expr = value,
                        Bound::From(source) => {
                            path.push(Key::Static(attrpath::ident_text(ident.syntax()).into()));
                            expr = source;
                        }
                        Bound::With(sources) => {
                            maybe |= sources.len() > 1;
                            path.push(Key::Static(attrpath::ident_text(ident.syntax()).into()));
                            expr = sources.into_iter().next()?;
                        }
                        Bound::Other => return None,
                    }
                }
                _ => return None,
            }
        }
    }

    /// The evaluation that calls the lambda at this range as a module.
    #[must_use]
    pub fn evaluation_of(&self, lambda: TextRange) -> Option<u32> {
        self.lambdas
            .binary_search_by_key(&lambda.start(), |(at, _)| at.start())
            .ok()
            .map(|at| self.lambdas[at])
            .and_then(|(at, evaluation)| (at == lambda).then_some(evaluation))
    }
}

fn finish(root: Root, mut path: Vec<Key>, evaluation: u32, maybe: bool) -> Origin {
    path.reverse();
    Origin {
        root,
        path,
        evaluation,
        maybe,
    }
}
