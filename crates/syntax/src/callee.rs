//! Which function an expression stands for: a builtin, or one of nixpkgs' `lib`.
//!
//! Goal: the one way to ask "is this `mkIf`?". A name counts only for what it resolves to, never for its text. Aliases
//! under the same name are followed (`inherit (lib) mkIf`, `mkIf = lib.mkIf`, `l = lib; l.mkIf`). Limit: `lib` itself is
//! known by its name and by where it comes from; a function of that name in somebody's own `lib` looks the same.

use rnix::{SyntaxKind, SyntaxNode, ast};
use rowan::ast::AstNode;

use crate::attrpath;
use crate::builtins::Builtin;
use crate::expr::{last_name, strip_parens};
use crate::green::Green;
use crate::merge::Form;
pub use crate::place::{expr_at, statement_at};
use crate::scopes::{NameId, NameKind, Ref, Scopes, To, WithId};

/// How many aliases are followed.
const DEPTH: u8 = 8;

/// What was asked whether it is a function of `lib`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// A name.
    Name(NameId),
    /// Names that go through a `with`.
    With(WithId),
}

/// The parts of `lib` that hold functions also found in `lib` itself.
const PARTS: &[&str] = &[
    "asserts",
    "attrsets",
    "customisation",
    "debug",
    "derivations",
    "filesystem",
    "fixedPoints",
    "generators",
    "lists",
    "meta",
    "modules",
    "options",
    "sources",
    "strings",
    "trivial",
    "types",
    "versions",
];

impl Scopes {
    /// Whether an expression is the builtin `name`: `map`, `builtins.map`, `__attrNames`, or a name of the file that
    /// is nothing else than that (`inherit (builtins) attrNames`, `attrNames = builtins.attrNames`).
    #[must_use]
    pub fn resolves_to_builtin(&self, expr: &ast::Expr, name: &str) -> bool {
        last_name(expr).is_some_and(|last| last == name || last.strip_prefix("__") == Some(name))
            && self
                .builtin_of(&strip_parens(expr.clone()), DEPTH)
                .is_some_and(|builtin| builtin.name == name)
    }

    /// The builtin that an expression is, see [`Scopes::resolves_to_builtin`].
    #[must_use]
    pub fn builtin(&self, expr: &ast::Expr) -> Option<&'static Builtin> {
        self.builtin_of(&strip_parens(expr.clone()), DEPTH)
    }

    /// Whether an expression is `lib.<name>`: `lib.mkIf`, `pkgs.lib.mkIf`, `lib.modules.mkIf`, `mkIf` under
    /// `with lib;`, or a name of the file that is nothing else than that.
    #[must_use]
    pub fn resolves_to_lib(&self, expr: &ast::Expr, name: &str) -> bool {
        last_name(expr).is_some_and(|last| last == name)
            && self.is_lib_function(&strip_parens(expr.clone()), name, DEPTH)
    }

    /// The name of the function of `lib` that an expression is, see [`Scopes::resolves_to_lib`].
    #[must_use]
    pub fn lib_function(&self, expr: &ast::Expr) -> Option<String> {
        let name = last_name(expr)?;
        self.is_lib_function(&strip_parens(expr.clone()), &name, DEPTH)
            .then(|| name.into_owned())
    }

    /// Whether an expression is nixpkgs' `lib`, or one of its parts such as `lib.lists`.
    #[must_use]
    pub fn is_lib(&self, expr: &ast::Expr) -> bool {
        self.is_lib_set(expr, DEPTH)
    }

    /// The expressions whose attributes a name may be that goes through `with`, innermost first; none for other
    /// references.
    pub fn with_sources<'a>(
        &'a self,
        root: &'a SyntaxNode,
        reference: &Ref,
    ) -> impl Iterator<Item = ast::Expr> + use<'a> {
        let innermost = match reference.to {
            To::With(with) => Some(with),
            _ => None,
        };
        innermost
            .into_iter()
            .flat_map(|with| self.withs(with))
            .filter_map(|with| expr_at(root, with.source))
    }

    /// The expression that a name of a `let` or `rec` is bound to: `e` for `x = e;`. `None` when several bindings make
    /// it, and for inherited names.
    #[must_use]
    pub fn value_node(&self, root: &SyntaxNode, id: NameId) -> Option<ast::Expr> {
        match self.parts(id) {
            [part] if part.form == Form::Whole => expr_at(root, part.value),
            _ => None,
        }
    }

    /// The expression `e` of `inherit (e) x;`, for a name bound so and in no other way.
    #[must_use]
    pub fn source_node(&self, root: &SyntaxNode, id: NameId) -> Option<ast::Expr> {
        match self.parts(id) {
            [part] if part.form == Form::InheritFrom => expr_at(root, part.value),
            _ => None,
        }
    }

    /// What `inherit x;` takes: the reference outside of the `let` or `rec` that rebinds the name.
    #[must_use]
    pub fn inherited_ref(&self, id: NameId) -> Option<&Ref> {
        match self.name(id).kind {
            NameKind::LetInherit | NameKind::RecInherit => self.ref_at(self.name(id).at),
            _ => None,
        }
    }

    /// The lambda of a formal, an `@`-name or an argument.
    #[must_use]
    pub fn lambda_node(&self, root: &SyntaxNode, id: NameId) -> Option<ast::Lambda> {
        let name = self.name(id);
        name.kind
            .is_param()
            .then(|| expr_at(root, self.scope(name.scope).at))
            .flatten()
            .and_then(|expr| match expr {
                ast::Expr::Lambda(lambda) => Some(lambda),
                _ => None,
            })
    }

    fn builtin_of(&self, expr: &ast::Expr, depth: u8) -> Option<&'static Builtin> {
        match expr {
            ast::Expr::Ident(ident) => {
                let reference = self.resolve(ident.syntax())?;
                match reference.to {
                    To::Prelude(row) => Some(row.builtin()),
                    To::Name(id) => self.builtin_named(expr.syntax(), id, depth.checked_sub(1)?),
                    To::With(_) | To::Unbound => None,
                }
            }
            ast::Expr::Select(select) if select.or_token().is_none() => {
                let mut attrs = select.attrpath()?.attrs();
                let (last, None) = (attrs.next()?, attrs.next()) else {
                    return None;
                };
                let base = strip_parens(select.expr()?);
                (self.builtin_of(&base, depth)?.name == "builtins")
                    .then(|| attrpath::key(&last))
                    .and_then(|key| crate::builtins::find(key.name()?))
                    .map(|row| row.builtin())
            }
            _ => None,
        }
    }

    fn builtin_named(&self, near: &SyntaxNode, id: NameId, depth: u8) -> Option<&'static Builtin> {
        match self.name(id).kind {
            NameKind::LetInheritFrom | NameKind::RecInheritFrom => {
                let [part] = self.parts(id) else { return None };
                // The source is `builtins` if the reference there is all of it.
                let To::Prelude(row) = self.ref_at(part.value)?.to else {
                    return None;
                };
                (row.name() == "builtins")
                    .then(|| crate::builtins::find(self.name_text(id)))
                    .flatten()
                    .map(|row| row.builtin())
            }
            NameKind::Let | NameKind::Rec => {
                let value = strip_parens(self.value_node(&top(near), id)?);
                matches!(value, ast::Expr::Ident(_) | ast::Expr::Select(_))
                    .then(|| self.builtin_of(&value, depth))
                    .flatten()
            }
            NameKind::LetInherit | NameKind::RecInherit => match self.inherited_ref(id)?.to {
                To::Prelude(row) => Some(row.builtin()),
                To::Name(outer) => self.builtin_named(near, outer, depth.checked_sub(1)?),
                To::With(_) | To::Unbound => None,
            },
            NameKind::Formal | NameKind::At | NameKind::Argument => None,
        }
    }

    fn is_lib_function(&self, expr: &ast::Expr, name: &str, depth: u8) -> bool {
        match expr {
            ast::Expr::Ident(ident) => self
                .resolve(ident.syntax())
                .is_some_and(|it| self.is_lib_ref(ident.syntax(), it, name, depth)),
            ast::Expr::Select(select) if !Green::new(select.syntax()).has(SyntaxKind::TOKEN_OR) => {
                self.is_lib_prefix(select, depth)
            }
            _ => false,
        }
    }

    /// Whether a reference with the text `name` is `lib.name`.
    fn is_lib_ref(&self, near: &SyntaxNode, it: &Ref, name: &str, depth: u8) -> bool {
        // The same for all references to a name, and for all that go through a `with`. What is asked on the way, of
        // fewer aliases, is not kept.
        if depth < DEPTH {
            return self.is_lib_ref_anew(near, it, name, depth);
        }
        let key = match it.to {
            To::Name(id) => Asked::Name(id),
            To::With(with) => Asked::With(with),
            To::Prelude(_) | To::Unbound => return false,
        };
        if let Some(known) = self.of_lib.borrow().get(&key) {
            return *known;
        }
        let is = self.is_lib_ref_anew(near, it, name, depth);
        self.of_lib.borrow_mut().insert(key, is);
        is
    }

    fn is_lib_ref_anew(&self, near: &SyntaxNode, it: &Ref, name: &str, depth: u8) -> bool {
        let Some(less) = depth.checked_sub(1) else {
            return false;
        };
        match it.to {
            To::With(_) => {
                let root = top(near);
                self.with_sources(&root, it)
                    .any(|source| self.is_lib_set(&source, less))
            }
            To::Name(id) => match self.name(id).kind {
                NameKind::LetInheritFrom | NameKind::RecInheritFrom => self
                    .source_node(&top(near), id)
                    .is_some_and(|source| self.is_lib_set(&source, less)),
                NameKind::Let | NameKind::Rec => {
                    self.value_node(&top(near), id).is_some_and(|value| {
                        let value = strip_parens(value);
                        last_name(&value).is_some_and(|last| last == name)
                            && self.is_lib_function(&value, name, less)
                    })
                }
                NameKind::LetInherit | NameKind::RecInherit => self
                    .inherited_ref(id)
                    .is_some_and(|outer| self.is_lib_ref(near, outer, name, less)),
                NameKind::Formal | NameKind::At | NameKind::Argument => false,
            },
            To::Prelude(_) | To::Unbound => false,
        }
    }

    /// Whether `lib` or a part of it stands before the last name of a select.
    fn is_lib_prefix(&self, select: &ast::Select, depth: u8) -> bool {
        let base = select.syntax().first_child().and_then(ast::Expr::cast);
        let path = Green::new(select.syntax()).node(SyntaxKind::NODE_ATTRPATH);
        let (Some(base), Some(path)) = (base, path) else {
            return false;
        };
        // `lib.mkIf`
        if path.nodes().nth(1).is_none() {
            return self.is_lib_set(&base, depth);
        }
        let mut names: Vec<_> = path.nodes().map(attrpath::key_of).collect();
        names.pop();
        self.is_lib_path(&base, &names, depth)
    }

    /// Whether `base.names` is `lib` or a part of it.
    fn is_lib_path(&self, base: &ast::Expr, names: &[attrpath::Key], depth: u8) -> bool {
        match names {
            [] => self.is_lib_set(base, depth),
            [before @ .., last] if last.name().is_some_and(|it| PARTS.contains(&it)) => {
                self.is_lib_path(base, before, depth)
            }
            // `pkgs.lib`, `inputs.nixpkgs.lib`; not `self.lib` and `config.lib`, which are the owner's.
            [before @ .., last] if last.is("lib") => {
                !before.iter().any(|key| key.is("self") || key.is("config"))
                    && self.is_foreign(base, depth)
            }
            _ => false,
        }
    }

    fn is_lib_set(&self, expr: &ast::Expr, depth: u8) -> bool {
        let Some(less) = depth.checked_sub(1) else {
            return false;
        };
        match strip_parens(expr.clone()) {
            ast::Expr::Ident(ident) => self
                .resolve(ident.syntax())
                .is_some_and(|it| self.is_lib_set_ref(ident.syntax(), it, less)),
            ast::Expr::Select(select) if select.or_token().is_none() => {
                let (Some(base), Some(path)) = (select.expr(), select.attrpath()) else {
                    return false;
                };
                self.is_lib_path(&base, &attrpath::keys(&path), less)
            }
            // `import "${nixpkgs}/lib"`, `import <nixpkgs/lib>`, `lib.extend f`
            ast::Expr::Apply(apply) => {
                let (Some(function), Some(argument)) = (apply.lambda(), apply.argument()) else {
                    return false;
                };
                if self.resolves_to_builtin(&function, "import") {
                    return ends_in_lib(&argument);
                }
                matches!(strip_parens(function), ast::Expr::Select(select)
                    if select.attrpath().is_some_and(|path| {
                        matches!(attrpath::keys(&path).as_slice(), [.., last] if last.is("extend"))
                    }) && self.is_lib_prefix(&select, less))
            }
            // `nixpkgs.lib // home-manager.lib`
            ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Update) => {
                op.lhs().is_some_and(|lhs| self.is_lib_set(&lhs, less))
                    || op.rhs().is_some_and(|rhs| self.is_lib_set(&rhs, less))
            }
            _ => false,
        }
    }

    /// Whether a reference is `lib` or a part of it.
    fn is_lib_set_ref(&self, near: &SyntaxNode, it: &Ref, depth: u8) -> bool {
        let Some(less) = depth.checked_sub(1) else {
            return false;
        };
        let text = self.text(it.symbol);
        match it.to {
            To::With(_) => {
                text == "lib" || (PARTS.contains(&text) && self.is_lib_ref(near, it, text, depth))
            }
            To::Name(id) => match self.name(id).kind {
                NameKind::Formal | NameKind::Argument => text == "lib",
                NameKind::LetInheritFrom | NameKind::RecInheritFrom => {
                    self.source_node(&top(near), id).is_some_and(|source| {
                        if text == "lib" {
                            self.is_foreign(&source, less)
                        } else {
                            PARTS.contains(&text) && self.is_lib_set(&source, less)
                        }
                    })
                }
                NameKind::Let | NameKind::Rec => self
                    .value_node(&top(near), id)
                    .is_some_and(|value| self.is_lib_set(&value, less)),
                NameKind::LetInherit | NameKind::RecInherit => self
                    .inherited_ref(id)
                    .is_some_and(|outer| self.is_lib_set_ref(near, outer, less)),
                NameKind::At => false,
            },
            To::Prelude(_) | To::Unbound => false,
        }
    }

    /// Whether an expression comes from outside of the file, so that its `lib` is not the file's own: an argument, an
    /// import, a name through `with`, or an alias of such.
    fn is_foreign(&self, expr: &ast::Expr, depth: u8) -> bool {
        let Some(less) = depth.checked_sub(1) else {
            return false;
        };
        match strip_parens(expr.clone()) {
            ast::Expr::Ident(ident) => self
                .resolve(ident.syntax())
                .is_some_and(|it| self.is_foreign_ref(ident.syntax(), it, less)),
            ast::Expr::Select(select) => select
                .expr()
                .is_some_and(|base| self.is_foreign(&base, less)),
            ast::Expr::Apply(_) => {
                let (head, _) = crate::expr::call(expr);
                self.builtin(&head).is_some_and(|builtin| {
                    matches!(builtin.name, "import" | "getFlake" | "scopedImport")
                }) || matches!(head, ast::Expr::Ident(_) | ast::Expr::Select(_))
                    && self.is_foreign(&head, less)
            }
            _ => false,
        }
    }

    fn is_foreign_ref(&self, near: &SyntaxNode, it: &Ref, depth: u8) -> bool {
        let Some(less) = depth.checked_sub(1) else {
            return false;
        };
        if matches!(self.text(it.symbol), "self" | "config") {
            return false;
        }
        match it.to {
            To::With(_) => true,
            To::Name(id) => match self.name(id).kind {
                NameKind::Formal | NameKind::At | NameKind::Argument => true,
                NameKind::LetInheritFrom | NameKind::RecInheritFrom => self
                    .source_node(&top(near), id)
                    .is_some_and(|source| self.is_foreign(&source, less)),
                NameKind::Let | NameKind::Rec => self
                    .value_node(&top(near), id)
                    .is_some_and(|value| self.is_foreign(&value, less)),
                NameKind::LetInherit | NameKind::RecInherit => self
                    .inherited_ref(id)
                    .is_some_and(|outer| self.is_foreign_ref(near, outer, less)),
            },
            To::Prelude(_) | To::Unbound => false,
        }
    }
}

fn top(node: &SyntaxNode) -> SyntaxNode {
    node.tree_top()
}

/// `<nixpkgs/lib>`, `"${nixpkgs}/lib"`, `(nixpkgs + "/lib")`; not a path of the repository.
fn ends_in_lib(path: &ast::Expr) -> bool {
    let path = strip_parens(path.clone());
    let last = path.syntax().text().to_string();
    match path {
        ast::Expr::PathSearch(_) => last.ends_with("/lib>"),
        ast::Expr::Str(_) => last.ends_with("/lib\""),
        ast::Expr::BinOp(_) => last.ends_with("\"/lib\""),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the function that a text applies to `x` is `lib.f`, or the builtin `f`.
    fn ask(text: &str, name: &str) -> (bool, bool) {
        let root = crate::parse(text, crate::parse::Limits::default())
            .root()
            .unwrap();
        let scopes = Scopes::of(&root);
        let function = root
            .descendants()
            .filter_map(ast::Apply::cast)
            .filter(|apply| apply.argument().is_some_and(|it| it.syntax().text() == "x"))
            .last()
            .and_then(|apply| apply.lambda())
            .unwrap();
        (
            scopes.resolves_to_lib(&function, name),
            scopes.resolves_to_builtin(&function, name),
        )
    }

    fn lib(text: &str) -> bool {
        ask(text, "mkIf").0
    }

    #[test]
    fn functions_of_lib() {
        for text in [
            "{ lib }: lib.mkIf x",
            "{ lib }: (lib.mkIf) x",
            "{ lib }: lib.modules.mkIf x",
            "{ pkgs }: pkgs.lib.mkIf x",
            "{ inputs }: inputs.nixpkgs.lib.mkIf x",
            "args: args.lib.mkIf x",
            "{ lib }: with lib; mkIf x",
            "{ lib, pkgs }: with lib; with pkgs; mkIf x",
            "{ pkgs }: with pkgs; lib.mkIf x",
            "{ pkgs }: with pkgs.lib; mkIf x",
            "{ lib }: let inherit (lib) mkIf; in mkIf x",
            "{ lib }: let inherit (lib.modules) mkIf; in mkIf x",
            "{ lib }: let inherit (lib) modules; in modules.mkIf x",
            "{ lib }: let mkIf = lib.mkIf; in mkIf x",
            "{ lib }: let l = lib; in l.mkIf x",
            "{ lib }: let l = lib // builtins; in l.mkIf x",
            "{ nixpkgs }: let inherit (nixpkgs) lib; in lib.mkIf x",
            "{ nixpkgs }: let lib = nixpkgs.lib.extend f; in lib.mkIf x",
            "let lib = import <nixpkgs/lib>; in lib.mkIf x",
            "let pkgs = import <nixpkgs> { }; in pkgs.lib.mkIf x",
            "(import <nixpkgs> { }).lib.mkIf x",
            "(import \"${y}/lib\").mkIf x",
            "{ lib }: let inherit lib; in lib.mkIf x",
        ] {
            assert!(lib(text), "{text}");
        }
        for text in [
            "{ mkIf }: mkIf x",
            "let mkIf = c: c; in mkIf x",
            "{ lib }: with lib; let mkIf = c: c; in mkIf x",
            "{ pkgs }: with pkgs; mkIf x",
            "{ mine }: mine.mkIf x",
            "let lib = { mkIf = c: c; }; in lib.mkIf x",
            "{ config }: config.lib.mkIf x",
            "{ self }: self.lib.mkIf x",
            "let inherit (import ./mine.nix) mkIf; in mkIf x",
            "{ lib }: lib.mkIf or y x",
            "{ lib }: lib.mkForce x",
        ] {
            assert!(!lib(text), "{text}");
        }
    }

    #[test]
    fn builtins() {
        for text in [
            "builtins.attrNames x",
            "(builtins).attrNames x",
            "__attrNames x",
            "let inherit (builtins) attrNames; in attrNames x",
            "let attrNames = builtins.attrNames; in attrNames x",
            "let b = builtins; in b.attrNames x",
        ] {
            assert!(ask(text, "attrNames").1, "{text}");
        }
        for text in [
            "attrNames x",
            "let builtins = { }; in builtins.attrNames x",
            "with builtins; attrNames x",
            "lib.attrNames x",
            "let attrNames = x: x; in attrNames x",
        ] {
            assert!(!ask(text, "attrNames").1, "{text}");
        }
    }
}
