//! What a name of a file stands for, as nodes: the binding behind it, and how to write a function of `lib` at a place.
//!
//! Limits: one question follows at most 8 names.

use syntax::attrpath::{self, Key};
use syntax::merge::Form;
use syntax::scopes::{NameId, NameKind, ScopeId, To};
use syntax::{AstNode, Green, Scopes, SyntaxKind, SyntaxNode, TextRange, ast};

/// How often one question follows a name to its value.
pub const DEPTH: u8 = 8;

/// What a reference is bound to.
#[derive(Debug, Clone)]
pub enum Bound {
    /// A formal of the lambda at this range.
    Formal(TextRange),
    /// The `@`-name or the plain argument of the lambda at this range.
    Whole(TextRange),
    /// The value of a `let` or `rec` binding.
    Value(ast::Expr),
    /// `inherit (source) name` of a `let` or `rec`.
    From(ast::Expr),
    /// Whatever these sets have, innermost first.
    With(Vec<ast::Expr>),
    /// A builtin, a set made by dotted keys, nothing.
    Other,
}

/// The names of one file, with its tree.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    root: &'a SyntaxNode,
    scopes: &'a Scopes,
}

impl<'a> Names<'a> {
    /// For the tree that `scopes` was made of.
    #[must_use]
    pub fn new(root: &'a SyntaxNode, scopes: &'a Scopes) -> Names<'a> {
        Names { root, scopes }
    }

    /// The scopes of the file.
    #[must_use]
    pub fn scopes(&self) -> &'a Scopes {
        self.scopes
    }

    /// The expression at exactly this range.
    #[must_use]
    pub fn expr_at(&self, range: TextRange) -> Option<ast::Expr> {
        syntax::callee::expr_at(self.root, range)
    }

    /// What a name stands for: a `NODE_IDENT` in the place of an expression, or after a plain `inherit`.
    #[must_use]
    pub fn bound(&self, ident: &SyntaxNode) -> Bound {
        self.bound_at(ident.text_range())
    }

    fn bound_at(&self, range: TextRange) -> Bound {
        let Some(it) = self.scopes.ref_at(range) else {
            return Bound::Other;
        };
        match it.to {
            To::Name(id) => self.binding(id),
            To::With(id) => {
                let sources = self.scopes.withs(id).take(usize::from(DEPTH));
                Bound::With(
                    sources
                        .filter_map(|with| self.expr_at(with.source))
                        .collect(),
                )
            }
            To::Prelude(_) | To::Unbound => Bound::Other,
        }
    }

    /// What a name of the file is bound to.
    #[must_use]
    pub fn binding(&self, id: NameId) -> Bound {
        let mut id = id;
        for _ in 0..DEPTH {
            let name = self.scopes.name(id);
            let part = match self.scopes.parts(id) {
                [part] => part,
                [] => {
                    let lambda = self.scopes.scope(name.scope).at;
                    return if name.kind == NameKind::Formal {
                        Bound::Formal(lambda)
                    } else {
                        Bound::Whole(lambda)
                    };
                }
                _ => return Bound::Other,
            };
            let value = |bound: fn(ast::Expr) -> Bound| {
                self.expr_at(part.value).map_or(Bound::Other, bound)
            };
            match part.form {
                Form::Whole => return value(Bound::Value),
                Form::InheritFrom => return value(Bound::From),
                Form::Dotted => return Bound::Other,
                // `inherit x;` in a set that binds names asks for the `x` around that set.
                Form::Inherit => match self.scopes.ref_at(part.value).map(|it| it.to) {
                    Some(To::Name(outer)) => id = outer,
                    Some(To::With(_)) => return self.bound_at(part.value),
                    _ => return Bound::Other,
                },
            }
        }
        Bound::Other
    }

    /// The name of the builtin or `lib` function that an expression is. `lib` passes builtins on under their names.
    #[must_use]
    pub fn function(&self, function: &ast::Expr) -> Option<String> {
        self.scopes
            .lib_function(function)
            .or_else(|| Some(self.scopes.builtin(function)?.name.to_owned()))
    }

    /// How to write the `lib` function `name` at a node: bare if that name is `lib`'s there, else with the `lib` in
    /// scope, else with the prefix of `like`, a function that is written there already. `None`: it cannot be written.
    #[must_use]
    pub fn spelling(&self, name: &str, at: &SyntaxNode, like: &ast::Expr) -> Option<String> {
        let scope = self.scope_of(at);
        let with = self.with_at(at);
        match self.scopes.lookup(name, scope) {
            Some(id) => {
                let by_lib = match self.binding(id) {
                    Bound::From(source) => self.scopes.is_lib(&source),
                    Bound::Value(value) => self.scopes.resolves_to_lib(&value, name),
                    _ => false,
                };
                if by_lib {
                    return Some(name.to_owned());
                }
            }
            None => {
                if with.iter().any(|source| self.scopes.is_lib(source)) {
                    return Some(name.to_owned());
                }
            }
        }
        if let Some(id) = self.scopes.lookup("lib", scope) {
            let is_lib = match self.binding(id) {
                Bound::Formal(_) | Bound::Whole(_) => true,
                // `inherit (pkgs) lib;`: whoever calls that `lib` means nixpkgs'.
                Bound::From(_) => true,
                Bound::Value(value) => self.scopes.is_lib(&value),
                Bound::With(_) | Bound::Other => false,
            };
            if is_lib {
                return Some(format!("lib.{name}"));
            }
        }
        match syntax::expr::strip_parens(like.clone()) {
            ast::Expr::Select(select) if select.or_token().is_none() => {
                let base = select.expr()?.syntax().text().to_string();
                let mut keys = attrpath::keys(&select.attrpath()?);
                keys.pop()?;
                keys.push(Key::Static(name.into()));
                Some(format!("{base}.{}", attrpath::display(&keys)))
            }
            _ => None,
        }
    }

    /// Whether a node stands where a definition stands, so that `mkIf` and `mkMerge` are understood: between it and a
    /// function of module shape, or the file, are only sets, wrappers and what passes a value on.
    #[must_use]
    pub fn is_setting(&self, node: &SyntaxNode) -> bool {
        let mut node = node.clone();
        while let Some(parent) = node.parent() {
            let passes = match parent.kind() {
                SyntaxKind::NODE_PAREN
                | SyntaxKind::NODE_WITH
                | SyntaxKind::NODE_ASSERT
                | SyntaxKind::NODE_IF_ELSE
                | SyntaxKind::NODE_LET_IN
                | SyntaxKind::NODE_ATTR_SET => true,
                // Not a `let` binding: nobody knows what is done with it.
                SyntaxKind::NODE_ATTRPATH_VALUE => parent
                    .parent()
                    .is_some_and(|it| it.kind() == SyntaxKind::NODE_ATTR_SET),
                // An operand of `//` or `++` is a part of the definition.
                SyntaxKind::NODE_BIN_OP => ast::BinOp::cast(parent.clone())
                    .and_then(|it| it.operator())
                    .is_some_and(|op| op == ast::BinOpKind::Update),
                SyntaxKind::NODE_LIST => self.is_merged(&parent),
                SyntaxKind::NODE_APPLY => {
                    let Some(call) = ast::Expr::cast(parent.clone()) else {
                        return false;
                    };
                    let (head, _) = syntax::expr::call(&call);
                    self.scopes.lib_function(&head).is_some_and(|name| {
                        super::wrapper_arity(&name).is_some() || name == "optionalAttrs"
                    })
                }
                SyntaxKind::NODE_LAMBDA => return is_module_function(&parent),
                SyntaxKind::NODE_ROOT => return true,
                _ => false,
            };
            if !passes {
                return false;
            }
            node = parent;
        }
        false
    }

    /// Whether a list is the argument of `mkMerge`.
    #[must_use]
    pub fn is_merged(&self, list: &SyntaxNode) -> bool {
        list.ancestors()
            .skip(1)
            .find(|it| it.kind() != SyntaxKind::NODE_PAREN)
            .and_then(ast::Apply::cast)
            .and_then(|it| it.lambda())
            .is_some_and(|head| self.scopes.resolves_to_lib(&head, "mkMerge"))
    }

    /// The name and the arguments of a complete call of a wrapper: `mkIf` with two, `mkForce` with one.
    #[must_use]
    pub fn wrapper(&self, expr: &ast::Expr) -> Option<(&'static str, Vec<ast::Expr>)> {
        // Nearly every call ends here.
        let name = Green::new(expr.syntax()).callee_of(2)?.last_name()?;
        let name = super::WRAPPERS.iter().copied().find(|it| *it == name)?;
        // No wrapper takes more than two arguments; a long chain is not walked for each of its links.
        let mut head = syntax::expr::strip_parens(expr.clone());
        let mut arguments = Vec::new();
        while let ast::Expr::Apply(apply) = &head {
            if arguments.len() == 2 {
                return None;
            }
            let (function, argument) = syntax::expr::apply_parts(apply)?;
            arguments.push(argument);
            head = syntax::expr::strip_parens(function);
        }
        if arguments.is_empty() {
            return None;
        }
        arguments.reverse();
        let fits = super::wrapper_arity(name) == Some(arguments.len());
        (fits && self.scopes.resolves_to_lib(&head, name)).then_some((name, arguments))
    }

    /// The innermost scope around a node.
    #[must_use]
    pub fn scope_of(&self, at: &SyntaxNode) -> Option<ScopeId> {
        at.ancestors().skip(1).find_map(|node| {
            let binds = match node.kind() {
                SyntaxKind::NODE_LAMBDA | SyntaxKind::NODE_LET_IN => true,
                SyntaxKind::NODE_ATTR_SET => {
                    ast::AttrSet::cast(node.clone()).is_some_and(|set| set.rec_token().is_some())
                }
                _ => false,
            };
            binds.then(|| self.scope_at(node.text_range())).flatten()
        })
    }

    /// The scope of the lambda, `let` or set at exactly this range. Looks through all of them.
    fn scope_at(&self, range: TextRange) -> Option<ScopeId> {
        self.scopes
            .all_scopes()
            .find(|(_, scope)| scope.at == range)
            .map(|(id, _)| id)
    }

    /// The sets of all `with` around a node, innermost first.
    fn with_at(&self, at: &SyntaxNode) -> Vec<ast::Expr> {
        at.ancestors()
            .skip(1)
            .filter_map(ast::With::cast)
            .filter_map(|with| with.namespace())
            .filter(|source| !source.syntax().text_range().contains_range(at.text_range()))
            .collect()
    }
}

/// Whether a lambda has the shape of a module and stands where a module may: as the file, or in a list.
fn is_module_function(lambda: &SyntaxNode) -> bool {
    let param = ast::Lambda::cast(lambda.clone()).and_then(|it| it.param());
    let open = matches!(param, Some(ast::Param::Pattern(it)) if it.ellipsis_token().is_some());
    let outer = lambda.ancestors().skip(1).find(|it| {
        !matches!(
            it.kind(),
            SyntaxKind::NODE_PAREN
                | SyntaxKind::NODE_LET_IN
                | SyntaxKind::NODE_WITH
                | SyntaxKind::NODE_ASSERT
        )
    });
    open && outer
        .is_some_and(|it| matches!(it.kind(), SyntaxKind::NODE_ROOT | SyntaxKind::NODE_LIST))
}

/// Whether an identifier has this text.
#[must_use]
pub fn is_ident(ident: &ast::Ident, text: &str) -> bool {
    ident
        .syntax()
        .first_token()
        .is_some_and(|token| token.text() == text)
}
