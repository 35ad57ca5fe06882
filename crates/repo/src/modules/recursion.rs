//! Modules that cannot be evaluated: their names need values, or a value needs itself.
//!
//! Goal: only what ends in `infinite recursion encountered` for certain, once the module is one. What depends on the
//! repository is left open and said: whether the file is a module, and whether `pkgs` is an argument that is known
//! from the start.

use serde::{Deserialize, Serialize};
use syntax::attrpath::{self, Key};
use syntax::prec::Slot;
use syntax::{
    AstNode, Green, HasEntry, SyntaxKind, SyntaxNode, TextRange, ast, child_at, expr, prec,
};

use super::force::{Construct, Hit, Position, wrapper_arity};
use super::names::Names;
use super::origin::Root;
use super::reads::Read;
use super::{Analysis, Forcing, Module};

/// What needs what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The names of the settings need a value.
    Names,
    /// `imports`, `disabledModules` or the names of `options` need a value.
    Imports(Box<str>),
    /// The option at this path is defined through itself.
    SelfValue(Box<str>),
    /// The option at this path is set only if it is set; the definition stands there.
    SelfGuard(Box<str>, TextRange),
    /// The names below this path need a value below this path.
    Prefix(Box<str>),
}

/// What asks for the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asks {
    /// `if`
    If,
    /// `assert`
    Assert,
    /// A call of a function of this name.
    Call(Box<str>),
    /// A computed key.
    Key,
    /// The value itself is what is asked for.
    Plain,
}

/// One place where evaluation would never end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recursion {
    /// The module, an index into [`super::ModuleFacts::modules`].
    pub module: u32,
    /// What needs what.
    pub fault: Fault,
    /// The argument that is needed: `config`, `options`, `pkgs`.
    pub root: Box<str>,
    /// What is needed, as `config.my.web.enable`.
    pub needs: Box<str>,
    /// What asks for it.
    pub asks: Asks,
    /// The keyword, function or key that asks, or the value.
    pub at: TextRange,
    /// The replacements that make it right, if there are any.
    pub edits: Vec<(TextRange, Box<str>)>,
}

/// Finds all of one file.
pub(super) fn find(
    names: Names<'_>,
    text: &str,
    analysis: &Analysis,
    reads: &[Read],
) -> Vec<Recursion> {
    let mut found = Vec::new();
    for (index, module) in analysis.modules.iter().enumerate() {
        let mut search = Search {
            names,
            text,
            forcing: analysis.forcing(names),
            module,
            index: u32::try_from(index).unwrap_or(u32::MAX),
            found: &mut found,
        };
        search.names();
        search.imports();
        search.values(reads);
    }
    found.sort_by_key(|it| (it.at.start(), it.at.end()));
    found.dedup_by_key(|it| it.at);
    found
}

struct Search<'a, 'f> {
    names: Names<'a>,
    text: &'a str,
    forcing: Forcing<'a>,
    module: &'a Module,
    index: u32,
    found: &'f mut Vec<Recursion>,
}

impl Search<'_, '_> {
    /// Whether a hit is one in the position where it stands.
    fn counts(&self, hit: &Hit) -> bool {
        let forbidden = match (hit.origin.root, hit.position) {
            (Root::Config | Root::Pkgs, _) => true,
            (Root::Options, Position::Body | Position::Imports) => true,
            (Root::Options | Root::Other, _) => false,
        };
        forbidden && !hit.conditional && hit.origin.evaluation == self.module.evaluation
    }

    fn push(&mut self, hit: &Hit, fault: Fault, edits: Vec<(TextRange, Box<str>)>) {
        let (asks, at) = asks(hit);
        self.found.push(Recursion {
            module: self.index,
            fault,
            root: hit.origin.root.as_str().into(),
            needs: hit.origin.display().into(),
            asks,
            at,
            edits,
        });
    }

    /// The names of the settings.
    fn names(&mut self) {
        let mut hits = self
            .forcing
            .structure(self.module.content.clone(), Position::Body);
        for entry in self.module.root("config") {
            if entry.keys.len() == 1 {
                if let Some(value) = entry.value() {
                    hits.extend(self.forcing.structure(value, Position::Config));
                }
            } else if entry.keys[1] == Key::Dynamic
                && let Some(key) = entry.attrpath().and_then(|it| it.attrs().nth(1))
            {
                hits.extend(self.key(&key, Position::Config));
            }
        }
        hits.retain(|hit| self.counts(hit));
        for hit in hits {
            let edits = self.edits(&hit);
            self.push(&hit, Fault::Names, edits);
        }
    }

    fn key(&self, key: &ast::Attr, position: Position) -> Vec<Hit> {
        let inner = match key {
            ast::Attr::Dynamic(it) => it.expr(),
            ast::Attr::Str(it) => Some(ast::Expr::Str(it.clone())),
            ast::Attr::Ident(_) => None,
        };
        let Some(inner) = inner else {
            return Vec::new();
        };
        let mut hits = self.forcing.value(inner);
        for hit in &mut hits {
            hit.construct = Some(Construct::Key(key.syntax().clone()));
            hit.position = position;
        }
        hits
    }

    /// `imports`, `disabledModules`, the names of `options`.
    fn imports(&mut self) {
        for name in ["imports", "disabledModules"] {
            for value in self.module.values(name).collect::<Vec<_>>() {
                let hits = self.forcing.modules(value);
                for hit in hits
                    .iter()
                    .filter(|hit| self.counts(hit))
                    .collect::<Vec<_>>()
                {
                    let mut hit = hit.clone();
                    hit.construct = None;
                    self.push(&hit, Fault::Imports(name.into()), Vec::new());
                }
            }
        }
        // The names at every path that is no option yet; what stands in `mkOption` is free.
        let mut open: Vec<(Vec<Key>, ast::Expr)> = self
            .module
            .root("options")
            .filter_map(|entry| Some((entry.keys[1..].to_vec(), entry.value()?)))
            .collect();
        let mut steps = 0u32;
        while let Some((path, value)) = open.pop() {
            steps += 1;
            if steps > 10_000 || path.contains(&Key::Dynamic) {
                continue;
            }
            if !path.is_empty() && is_declaration(&value) {
                continue;
            }
            let hits = self.forcing.structure(value.clone(), Position::Imports);
            for hit in &hits {
                // The names below `options.a` are needed for `config.a` only.
                let needed = self.counts(hit) && (path.is_empty() || self.below(hit, &path));
                if needed {
                    let mut hit = hit.clone();
                    hit.construct = None;
                    self.push(&hit, Fault::Imports("options".into()), Vec::new());
                }
            }
            if let ast::Expr::AttrSet(set) = expr::strip_prefixes(value) {
                for binding in Green::new(set.syntax()).nodes() {
                    // Most are declarations, and never looked into.
                    if binding.nodes().nth(1).is_some_and(is_declared) {
                        continue;
                    }
                    let binding = child_at(set.syntax(), binding.kind(), binding.range());
                    let Some(binding) = binding.and_then(ast::AttrpathValue::cast) else {
                        continue;
                    };
                    let (Some(attrpath), Some(value)) = (binding.attrpath(), binding.value())
                    else {
                        continue;
                    };
                    let mut path = path.clone();
                    path.extend(attrpath::keys(&attrpath));
                    open.push((path, value));
                }
            }
        }
    }

    /// Values that need themselves.
    fn values(&mut self, reads: &[Read]) {
        let mine: Vec<&Read> = reads
            .iter()
            .filter(|it| it.evaluation == Some(self.module.evaluation) && !it.path.is_empty())
            .collect();
        if mine.is_empty() {
            return;
        }
        let mut open = Vec::new();
        if self.module.explicit {
            for entry in self.module.root("config") {
                if let (Some(attrpath), Some(value)) = (entry.attrpath(), entry.value()) {
                    let attrs: Vec<ast::Attr> = attrpath.attrs().skip(1).collect();
                    if attrs.is_empty() {
                        open.push(Place {
                            path: Vec::new(),
                            reads: mine.clone(),
                            guards: Vec::new(),
                            expr: value,
                        });
                    } else {
                        self.descend(&attrs, &[], &mine, &[], &value, &mut open);
                    }
                }
            }
        } else {
            open.push(Place {
                path: Vec::new(),
                reads: mine,
                guards: Vec::new(),
                expr: self.module.body.clone(),
            });
        }
        let mut steps = 0u32;
        while let Some(place) = open.pop() {
            steps += 1;
            if steps > 10_000 {
                return;
            }
            self.place(place, &mut open);
        }
    }

    fn place<'r>(&mut self, place: Place<'r>, open: &mut Vec<Place<'r>>) {
        let again = |expr: ast::Expr, guards: Vec<ast::Expr>| Place {
            path: place.path.clone(),
            reads: place.reads.clone(),
            guards,
            expr,
        };
        match expr::strip_prefixes(place.expr.clone()) {
            ast::Expr::AttrSet(set) => {
                for binding in Green::new(set.syntax()).nodes() {
                    // Most bindings are not what anything reads.
                    let path = binding.node(SyntaxKind::NODE_ATTRPATH);
                    let wanted = match path.and_then(|it| it.nodes().next()).map(Green::key) {
                        Some(Some(name)) => place.reads.iter().any(|read| {
                            let key = read.path.get(place.path.len());
                            key.is_some_and(|key| key.is(&name))
                        }),
                        Some(None) => true,
                        None => false,
                    };
                    if !wanted {
                        continue;
                    }
                    let binding = child_at(set.syntax(), binding.kind(), binding.range());
                    let Some(binding) = binding.and_then(ast::AttrpathValue::cast) else {
                        continue;
                    };
                    let (Some(attrpath), Some(value)) = (binding.attrpath(), binding.value())
                    else {
                        continue;
                    };
                    let attrs: Vec<ast::Attr> = attrpath.attrs().collect();
                    if place.path.is_empty()
                        && attrs.first().is_some_and(|first| {
                            let key = attrpath::key(first);
                            super::META_KEYS.iter().any(|name| key.is(name))
                        })
                    {
                        continue;
                    }
                    self.descend(
                        &attrs,
                        &place.path,
                        &place.reads,
                        &place.guards,
                        &value,
                        open,
                    );
                }
            }
            ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Update) => {
                open.extend(op.lhs().map(|it| again(it, place.guards.clone())));
                open.extend(op.rhs().map(|it| again(it, place.guards.clone())));
            }
            ast::Expr::IfElse(it) => {
                open.extend(it.body().map(|it| again(it, place.guards.clone())));
                open.extend(it.else_body().map(|it| again(it, place.guards.clone())));
            }
            ast::Expr::Apply(apply) => {
                let (head, mut arguments) = expr::call(&ast::Expr::Apply(apply));
                let Some(function) = self.names.function(&head) else {
                    return;
                };
                match function.as_str() {
                    "mkMerge" => {
                        for element in arguments
                            .pop()
                            .into_iter()
                            .flat_map(super::find::literal_elements)
                        {
                            open.push(again(element, place.guards.clone()));
                        }
                    }
                    "mkIf" if arguments.len() == 2 => {
                        let mut guards = place.guards.clone();
                        guards.push(arguments[0].clone());
                        open.extend(arguments.pop().map(|it| again(it, guards)));
                    }
                    "optionalAttrs" if arguments.len() == 2 => {
                        open.extend(arguments.pop().map(|it| again(it, place.guards.clone())));
                    }
                    name if wrapper_arity(name) == Some(arguments.len()) => {
                        open.extend(arguments.pop().map(|it| again(it, place.guards.clone())));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// The binding `attrs = value;` in a set at `above`.
    fn descend<'r>(
        &mut self,
        attrs: &[ast::Attr],
        above: &[Key],
        reads: &[&'r Read],
        guards: &[ast::Expr],
        value: &ast::Expr,
        open: &mut Vec<Place<'r>>,
    ) {
        let mut path = above.to_vec();
        let mut reads = reads.to_vec();
        for attr in attrs {
            let key = attrpath::key(attr);
            if key == Key::Dynamic {
                // `my.${config.my.name} = …`
                if !path.is_empty() {
                    let inner = match attr {
                        ast::Attr::Dynamic(it) => it.expr(),
                        ast::Attr::Str(it) => Some(ast::Expr::Str(it.clone())),
                        ast::Attr::Ident(_) => None,
                    };
                    for mut hit in self.key(attr, Position::Value) {
                        let strict = inner.as_ref().is_some_and(|it| self.is_strict(&hit, it));
                        if strict && self.below(&hit, &path) {
                            hit.construct = None;
                            let shown = attrpath::display(&path);
                            self.push(&hit, Fault::Prefix(shown.into()), Vec::new());
                        }
                    }
                }
                return;
            }
            reads.retain(|read| read.path.get(path.len()) == Some(&key));
            if reads.is_empty() {
                return;
            }
            path.push(key);
        }
        let (Some(first), Some(last)) = (attrs.first(), attrs.last()) else {
            return;
        };
        let key_at = first
            .syntax()
            .text_range()
            .cover(last.syntax().text_range());
        let shown: Box<str> = attrpath::display(&path).into();

        // `p = … config.p …`
        let hits = self.forcing.structure(value.clone(), Position::Value);
        let own: Vec<Hit> = hits
            .into_iter()
            .filter(|hit| self.below(hit, &path) && self.is_strict(hit, value))
            .collect();
        for hit in own {
            let exact = hit.origin.path.len() == path.len();
            let fault = if exact {
                Fault::SelfValue(shown.clone())
            } else {
                Fault::Prefix(shown.clone())
            };
            let mut hit = hit;
            hit.construct = None;
            self.push(&hit, fault, Vec::new());
        }

        // `mkIf config.p { p = …; }`
        let mut guards = guards.to_vec();
        let mut inner = value.clone();
        loop {
            let (head, mut arguments) = expr::call(&inner);
            if arguments.len() != 2 || !self.names.scopes().resolves_to_lib(&head, "mkIf") {
                break;
            }
            guards.push(arguments.swap_remove(0));
            inner = arguments.swap_remove(0);
        }
        for guard in &guards {
            let hits = self.forcing.value(guard.clone());
            let own = hits.into_iter().find(|hit| {
                hit.origin.root == Root::Config
                    && !hit.conditional
                    && !hit.origin.maybe
                    && hit.origin.evaluation == self.module.evaluation
                    && hit.origin.path == path
                    && self.is_strict(hit, guard)
            });
            if let Some(mut hit) = own {
                hit.construct = None;
                self.push(&hit, Fault::SelfGuard(shown.clone(), key_at), Vec::new());
            }
        }
        open.push(Place {
            path,
            reads,
            guards,
            expr: inner,
        });
    }

    /// Whether a hit is a value of `config` at or below a path.
    fn below(&self, hit: &Hit, path: &[Key]) -> bool {
        hit.origin.root == Root::Config
            && !hit.conditional
            && !hit.origin.maybe
            && hit.origin.evaluation == self.module.evaluation
            && hit.origin.path.starts_with(path)
            && !hit.origin.path.contains(&Key::Dynamic)
    }

    /// Whether the value itself is needed. Of a path that is no option, Nix knows the names without any value, so
    /// `config.services ? x` and `mapAttrs f config.services` need nothing.
    fn is_strict(&self, hit: &Hit, within: &ast::Expr) -> bool {
        let Some(expr) = self.names.expr_at(hit.at) else {
            return false;
        };
        let mut node = expr.syntax().clone();
        // An alias may stand elsewhere; then what is done with it is not known here.
        if !within.syntax().text_range().contains_range(hit.at) {
            return false;
        }
        while node != *within.syntax() {
            let Some(parent) = node.parent() else {
                return false;
            };
            let passes = match parent.kind() {
                SyntaxKind::NODE_PAREN
                | SyntaxKind::NODE_STRING
                | SyntaxKind::NODE_INTERPOL
                | SyntaxKind::NODE_IF_ELSE
                | SyntaxKind::NODE_ASSERT
                | SyntaxKind::NODE_WITH
                | SyntaxKind::NODE_LET_IN
                | SyntaxKind::NODE_UNARY_OP
                | SyntaxKind::NODE_LIST => true,
                SyntaxKind::NODE_SELECT => false,
                SyntaxKind::NODE_BIN_OP => ast::BinOp::cast(parent.clone()).is_some_and(|op| {
                    // A comparison with a set compares names first.
                    !matches!(
                        op.operator(),
                        Some(ast::BinOpKind::Equal | ast::BinOpKind::NotEqual)
                    ) || [op.lhs(), op.rhs()].into_iter().flatten().any(|side| {
                        matches!(
                            expr::strip_parens(side),
                            ast::Expr::Str(_) | ast::Expr::Literal(_) | ast::Expr::List(_)
                        )
                    })
                }),
                SyntaxKind::NODE_APPLY => {
                    let mut call = parent.clone();
                    while let Some(outer) = call.parent().filter(|it| {
                        ast::Apply::cast(it.clone())
                            .and_then(|it| it.lambda())
                            .is_some_and(|head| *head.syntax() == call)
                    }) {
                        call = outer;
                    }
                    let name = ast::Expr::cast(call).and_then(|call| {
                        let (head, _) = expr::call(&call);
                        self.names.function(&head)
                    });
                    name.is_some_and(|name| takes_value(&name))
                }
                _ => false,
            };
            if !passes {
                return false;
            }
            node = parent;
        }
        true
    }

    /// What makes `config = if c then …` right.
    fn edits(&self, hit: &Hit) -> Vec<(TextRange, Box<str>)> {
        if hit.origin.root != Root::Config || hit.position == Position::Imports {
            return Vec::new();
        }
        let edits = match &hit.construct {
            Some(Construct::If(it)) => self.if_edits(it),
            Some(Construct::Call(call, name)) if name == "optionalAttrs" => {
                self.optional_edits(call)
            }
            _ => None,
        };
        edits.unwrap_or_default()
    }

    fn if_edits(&self, it: &ast::IfElse) -> Option<Vec<(TextRange, Box<str>)>> {
        let (condition, then, otherwise) = (it.condition()?, it.body()?, it.else_body()?);
        if !self.may_replace(it.syntax()) {
            return None;
        }
        let like = ast::Expr::IfElse(it.clone());
        let mk_if = self.names.spelling("mkIf", it.syntax(), &like)?;
        let text = |expr: &ast::Expr| self.slice(expr.syntax().text_range());
        let nothing =
            matches!(&otherwise, ast::Expr::AttrSet(set) if set.entries().next().is_none());
        let new = if nothing {
            // `if c then mkIf d A else { }`: one guard around the other.
            format!(
                "{mk_if} {} {}",
                self.argument(&condition),
                self.argument(&then)
            )
        } else {
            let merge = self.names.spelling("mkMerge", it.syntax(), &like)?;
            let simple = matches!(
                &condition,
                ast::Expr::Ident(_) | ast::Expr::Select(_) | ast::Expr::BinOp(_)
            );
            if !simple {
                return None;
            }
            let not = if !prec::needs_parens(&condition, Slot::Not) {
                format!("!{}", text(&condition))
            } else {
                format!("!({})", text(&condition))
            };
            format!(
                "{merge} [ ({mk_if} {} {}) ({mk_if} ({not}) {}) ]",
                self.argument(&condition),
                self.argument(&then),
                self.argument(&otherwise)
            )
        };
        Some(vec![(
            it.syntax().text_range(),
            self.parenthesised(it.syntax(), new),
        )])
    }

    /// Parentheses where the replacement would be taken apart: as an operand or argument.
    fn parenthesised(&self, node: &SyntaxNode, new: String) -> Box<str> {
        let bare = node.parent().is_none_or(|parent| {
            matches!(
                parent.kind(),
                SyntaxKind::NODE_PAREN
                    | SyntaxKind::NODE_ATTRPATH_VALUE
                    | SyntaxKind::NODE_LAMBDA
                    | SyntaxKind::NODE_LET_IN
                    | SyntaxKind::NODE_WITH
                    | SyntaxKind::NODE_ASSERT
                    | SyntaxKind::NODE_IF_ELSE
            )
        });
        if bare {
            new.into()
        } else {
            format!("({new})").into()
        }
    }

    fn optional_edits(&self, call: &ast::Expr) -> Option<Vec<(TextRange, Box<str>)>> {
        let (head, arguments) = expr::call(call);
        if arguments.len() != 2 || !self.may_replace(call.syntax()) {
            return None;
        }
        let mk_if = self.names.spelling("mkIf", call.syntax(), &head)?;
        let renamed = (head.syntax().text_range(), Box::from(mk_if.as_str()));
        // The chain of `//` around it, through parentheses.
        let mut top = call.syntax().clone();
        let mut chain = None;
        while let Some(parent) = top.parent() {
            match parent.kind() {
                SyntaxKind::NODE_PAREN => {}
                SyntaxKind::NODE_BIN_OP => chain = Some(parent.clone()),
                _ => break,
            }
            top = parent;
        }
        let Some(chain) = chain else {
            return Some(vec![renamed]);
        };
        self.chain_edits(&chain, &head)
    }

    /// `A // optionalAttrs c B` → `mkMerge [ A (mkIf c B) ]`
    fn chain_edits(
        &self,
        chain: &SyntaxNode,
        head: &ast::Expr,
    ) -> Option<Vec<(TextRange, Box<str>)>> {
        let mut operands = Vec::new();
        let mut open = vec![ast::Expr::cast(chain.clone())?];
        while let Some(it) = open.pop() {
            match &it {
                ast::Expr::BinOp(op) if op.operator() == Some(ast::BinOpKind::Update) => {
                    open.extend(op.rhs());
                    open.extend(op.lhs());
                }
                _ => operands.push(it),
            }
        }
        if !self.may_replace(chain) {
            return None;
        }
        // What is no setting cannot stand in `mkMerge`.
        let has_meta = operands
            .iter()
            .any(|it| match expr::strip_parens(it.clone()) {
                ast::Expr::AttrSet(set) => set
                    .attrpath_values()
                    .filter_map(|it| attrpath::keys(&it.attrpath()?).into_iter().next())
                    .any(|key| super::META_KEYS.iter().any(|name| key.is(name))),
                _ => false,
            });
        if has_meta {
            return None;
        }
        let merge = self.names.spelling("mkMerge", chain, head)?;
        let mk_if = self.names.spelling("mkIf", chain, head)?;
        let mut new = format!("{merge} [");
        for operand in &operands {
            let stripped = expr::strip_parens(operand.clone());
            let (head, arguments) = expr::call(&stripped);
            new.push(' ');
            if self.names.function(&head).as_deref() == Some("optionalAttrs")
                && arguments.len() == 2
            {
                new.push_str(&format!(
                    "({mk_if} {} {})",
                    self.slice(arguments[0].syntax().text_range()),
                    self.slice(arguments[1].syntax().text_range())
                ));
            } else if matches!(stripped, ast::Expr::AttrSet(_) | ast::Expr::Ident(_)) {
                new.push_str(self.slice(operand.syntax().text_range()));
            } else {
                return None;
            }
        }
        new.push_str(" ]");
        Some(vec![(chain.text_range(), self.parenthesised(chain, new))])
    }

    /// Whether no comment between the parts would be lost. Comments inside the parts stay with them.
    fn may_replace(&self, node: &SyntaxNode) -> bool {
        !node
            .descendants_with_tokens()
            .filter_map(syntax::NodeOrToken::into_token)
            .filter(|token| token.kind() == SyntaxKind::TOKEN_COMMENT)
            .any(|token| {
                token.parent().is_some_and(|parent| {
                    !matches!(
                        parent.kind(),
                        SyntaxKind::NODE_ATTR_SET | SyntaxKind::NODE_LIST
                    )
                })
            })
            && self
                .text
                .get(std::ops::Range::<usize>::from(node.text_range()))
                .is_some()
    }

    fn argument(&self, argument: &ast::Expr) -> String {
        let text = self.slice(argument.syntax().text_range());
        if !prec::needs_parens(argument, Slot::Argument) {
            text.to_owned()
        } else {
            format!("({text})")
        }
    }

    fn slice(&self, range: TextRange) -> &str {
        self.text
            .get(std::ops::Range::<usize>::from(range))
            .unwrap_or_default()
    }
}

/// One set of definitions.
struct Place<'r> {
    path: Vec<Key>,
    /// What the file reads at or below the path.
    reads: Vec<&'r Read>,
    /// The conditions of the `mkIf` around it.
    guards: Vec<ast::Expr>,
    expr: ast::Expr,
}

/// What asks, and the smallest place to point at.
fn asks(hit: &Hit) -> (Asks, TextRange) {
    match &hit.construct {
        Some(Construct::If(it)) => (
            Asks::If,
            it.if_token().map_or(hit.at, |token| token.text_range()),
        ),
        Some(Construct::Assert(it)) => (
            Asks::Assert,
            it.assert_token().map_or(hit.at, |token| token.text_range()),
        ),
        Some(Construct::Call(it, name)) => {
            let (head, _) = expr::call(it);
            (Asks::Call(name.as_str().into()), head.syntax().text_range())
        }
        Some(Construct::Key(it)) => (Asks::Key, it.text_range()),
        Some(Construct::Other(_)) | None => (Asks::Plain, hit.at),
    }
}

/// `mkOption { … }` and the like: what stands in it is not asked for names.
fn is_declaration(value: &ast::Expr) -> bool {
    is_declared(Green::new(value.syntax()))
}

fn is_declared(value: Green<'_>) -> bool {
    let Some((mut head, _)) = value.apply() else {
        return false;
    };
    if let Some((inner, _)) = head.apply() {
        head = inner;
    }
    matches!(
        head.last_token(),
        "mkOption" | "mkEnableOption" | "mkPackageOption"
    )
}

/// Functions that need the value of their argument, not only its names.
fn takes_value(name: &str) -> bool {
    wrapper_arity(name).is_some()
        || matches!(
            name,
            "optional"
                | "optionals"
                | "optionalString"
                | "optionalAttrs"
                | "filter"
                | "map"
                | "remove"
                | "concatLists"
                | "concatMap"
                | "concatStringsSep"
                | "elem"
                | "any"
                | "all"
                | "toString"
                | "unique"
                | "genAttrs"
                | "hasPrefix"
                | "hasSuffix"
                | "versionAtLeast"
                | "versionOlder"
        )
}
