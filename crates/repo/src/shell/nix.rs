//! Shell text in Nix strings: which strings are shell is decided by the option they reach or the function they are given to.

use syntax::strings::{Hole, StringValue};
use syntax::{AstNode, SyntaxKind, SyntaxNode, ast, attrpath, expr};

use super::text::{Mapped, Source};
use super::{Lang, Role, text};
use crate::definitions::{Definitions, PathId, Segment, Sites};
use crate::file::{File, Tree};

/// Collects the strings that may be shell while the tree is walked.
#[derive(Debug, Default)]
pub struct Collect {
    strings: Vec<SyntaxNode>,
}

impl Collect {
    /// Before the children of a node.
    pub fn enter(&mut self, node: &SyntaxNode, text: &str) {
        if node.kind() == SyntaxKind::NODE_STRING {
            let range = node.text_range();
            let source = text
                .get(usize::from(range.start())..usize::from(range.end()))
                .unwrap_or_default();
            if text::has_trigger(source) {
                self.strings.push(node.clone());
            }
        }
    }

    /// After the walk: the strings that are shell.
    pub(super) fn finish(self, _file: &File, _tree: &Tree, sites: &Sites) -> Vec<Source> {
        let mut sources = Vec::new();
        let mut done: Vec<SyntaxNode> = Vec::new();
        for string in self.strings {
            let whole = outermost(string);
            if done.last() == Some(&whole) {
                continue;
            }
            if let Some(found) = classify(&whole, sites) {
                let mut mapped = Mapped::default();
                join(&whole, &mut mapped);
                let at = whole.text_range();
                if found.accepts(&mapped.value) {
                    sources.push(Source {
                        lang: found.lang,
                        role: found.role,
                        at,
                        alias: found.alias,
                        text: mapped,
                    });
                }
            }
            done.push(whole);
        }
        sources
    }
}

/// What a string is.
#[derive(Debug)]
struct Found {
    lang: Lang,
    role: Role,
    alias: Option<Box<str>>,
    /// Only shell when its first line says so.
    needs_shebang: bool,
    /// An alias of git: shell only behind `!`.
    git_alias: bool,
}

impl Found {
    fn new(lang: Lang, role: Role) -> Found {
        Found {
            lang,
            role,
            alias: None,
            needs_shebang: false,
            git_alias: false,
        }
    }

    fn accepts(&self, value: &str) -> bool {
        // A string that is only an interpolation says nothing.
        if value.trim().starts_with(syntax::strings::HOLE_START)
            && value.trim().find(syntax::strings::HOLE_END) == Some(value.trim().len() - 3)
        {
            return false;
        }
        if self.git_alias {
            return value.starts_with('!');
        }
        !self.needs_shebang
            || value.starts_with("#!") && is_shell_shebang(value.lines().next().unwrap_or_default())
    }
}

/// Whether a first line names a shell of the Bourne family.
pub(super) fn is_shell_shebang(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("#!") else {
        return false;
    };
    let mut words = rest.split_whitespace();
    let program = words
        .next()
        .unwrap_or_default()
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let program = if program == "env" {
        words
            .find(|word| !word.starts_with('-'))
            .unwrap_or_default()
    } else {
        program
    };
    let program = program.rsplit('/').next().unwrap_or_default();
    match program {
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" => true,
        // The interpreter stands in a `#! nix-shell -i bash` line further down.
        "nix-shell" => true,
        _ => false,
    }
}

/// The whole text that a string is a part of: `"a" + b + "c"`, `concatStringsSep "\n" [ "a" "b" ]`.
fn outermost(string: SyntaxNode) -> SyntaxNode {
    let mut whole = string;
    loop {
        let Some(parent) = whole.parent() else {
            return whole;
        };
        let up = match parent.kind() {
            SyntaxKind::NODE_PAREN => parent
                .parent()
                .is_some_and(|it| it.kind() == SyntaxKind::NODE_BIN_OP)
                .then_some(parent),
            SyntaxKind::NODE_BIN_OP => ast::BinOp::cast(parent.clone())
                .and_then(|it| it.operator())
                .filter(|operator| *operator == ast::BinOpKind::Add)
                .map(|_| parent),
            SyntaxKind::NODE_LIST => parent.parent().filter(is_concat),
            _ => None,
        };
        match up {
            Some(up) => whole = up,
            None => return whole,
        }
    }
}

/// `concatStringsSep "\n" [ … ]` and `concatLines [ … ]`.
fn is_concat(call: &SyntaxNode) -> bool {
    let Some(apply) = ast::Apply::cast(call.clone()) else {
        return false;
    };
    let (head, arguments) = expr::call(&ast::Expr::Apply(apply));
    match (expr::last_name(&head).as_deref(), arguments.as_slice()) {
        (Some("concatLines"), [_]) => true,
        (Some("concatStringsSep"), [ast::Expr::Str(separator), _]) => {
            attrpath::static_string(separator).is_some_and(|s| s.contains('\n'))
        }
        _ => false,
    }
}

/// Puts the parts of a text together; what is no string is a hole.
fn join(node: &SyntaxNode, into: &mut Mapped) {
    let mut todo = vec![node.clone()];
    while let Some(node) = todo.pop() {
        match ast::Expr::cast(node.clone()) {
            Some(ast::Expr::Str(string)) => into.string(&StringValue::of(&string), hint),
            Some(ast::Expr::Paren(paren)) if paren.expr().is_some() => {
                todo.extend(paren.expr().map(|it| it.syntax().clone()))
            }
            Some(ast::Expr::BinOp(operation))
                if operation.operator() == Some(ast::BinOpKind::Add) =>
            {
                todo.extend(operation.rhs().map(|it| it.syntax().clone()));
                todo.extend(operation.lhs().map(|it| it.syntax().clone()));
            }
            Some(ast::Expr::Apply(_)) if is_concat(&node) => {
                if let Some(list) = node.children().filter_map(ast::List::cast).last() {
                    for item in list.items() {
                        match item {
                            ast::Expr::Str(string) => into.string(&StringValue::of(&string), hint),
                            other => into.hole(other.syntax().text_range(), None),
                        }
                        into.other("\n", node.text_range());
                    }
                }
            }
            _ => into.hole(node.text_range(), None),
        }
    }
}

/// The program that an interpolation names: `lib.getExe pkgs.x`, `lib.getExe' pkgs.x "y"`, `pkgs.x` before `/bin/`.
fn hint(hole: &Hole) -> Option<Box<str>> {
    let expression = ast::Expr::cast(hole.node.clone())?;
    let (head, arguments) = expr::call(&expression);
    match (expr::last_name(&head)?.as_str(), arguments.as_slice()) {
        ("getExe", [package]) => expr::last_name(package).map(Into::into),
        ("getExe'", [_, ast::Expr::Str(name)]) => attrpath::static_string(name).map(Into::into),
        _ => None,
    }
}

/// What a text is, by where it stands.
fn classify(whole: &SyntaxNode, sites: &Sites) -> Option<Found> {
    let mut node = whole.clone();
    loop {
        let parent = node.parent()?;
        match parent.kind() {
            // What may stand between a value and its binding.
            SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_IF_ELSE
            | SyntaxKind::NODE_WITH
            | SyntaxKind::NODE_ASSERT
            | SyntaxKind::NODE_LET_IN => {
                node = parent;
            }
            SyntaxKind::NODE_LIST => {
                // `mkMerge [ "…" ]`, `script = concatStrings [ … ]` (handled above), `Environment = [ … ]`.
                let grand = parent.parent()?;
                let merge = ast::Apply::cast(grand)
                    .and_then(|it| it.lambda())
                    .and_then(|it| expr::last_name(&it));
                if merge.as_deref() != Some("mkMerge") {
                    return list_item(&parent, sites);
                }
                node = parent;
            }
            SyntaxKind::NODE_APPLY => {
                let apply = ast::Apply::cast(parent.clone())?;
                if apply.lambda().is_some_and(|it| it.syntax() == &node) {
                    return None;
                }
                let (head, arguments) = expr::call(&ast::Expr::Apply(apply));
                let index = arguments.len() - 1;
                let name = expr::last_name(&head)?;
                match (name.as_str(), index) {
                    (
                        "mkIf" | "optionalString" | "mkOrder" | "mkOverride" | "entryAfter"
                        | "entryBefore",
                        1,
                    )
                    | (
                        "mkDefault" | "mkForce" | "mkBefore" | "mkAfter" | "mkMerge"
                        | "entryAnywhere",
                        0,
                    )
                    | ("entryBetween", 2) => node = outer_call(parent),
                    _ => return argument(&name, index),
                }
            }
            SyntaxKind::NODE_ATTRPATH_VALUE => {
                let key = parent.children().next()?.text_range();
                let at = sites
                    .definitions
                    .entries
                    .partition_point(|entry| entry.at.start() < key.start());
                let entry = sites
                    .definitions
                    .entries
                    .get(at)
                    .filter(|entry| entry.at == key)?;
                return bound(&sites.definitions, entry.path, &parent);
            }
            _ => return None,
        }
    }
}

/// The whole call, with the arguments that follow.
fn outer_call(mut call: SyntaxNode) -> SyntaxNode {
    while let Some(parent) = call
        .parent()
        .filter(|it| it.kind() == SyntaxKind::NODE_APPLY)
        && parent.first_child().as_ref() == Some(&call)
    {
        call = parent;
    }
    call
}

/// A string given to a function.
fn argument(function: &str, index: usize) -> Option<Found> {
    let found = match (function, index) {
        (
            "writeShellScript"
            | "writeShellScriptBin"
            | "writeBash"
            | "writeBashBin"
            | "writeDash"
            | "writeDashBin",
            1,
        ) => Found::new(Lang::Bash, Role::Script),
        ("writeScript" | "writeScriptBin", 1) => Found {
            needs_shebang: true,
            ..Found::new(Lang::Bash, Role::Script)
        },
        ("runCommand" | "runCommandLocal" | "runCommandCC" | "runCommandNoCC", 2)
        | ("runCommandWith", 1) => Found::new(Lang::Bash, Role::Build),
        _ => return None,
    };
    Some(found)
}

/// An element of a list that is the value of an option.
fn list_item(list: &SyntaxNode, sites: &Sites) -> Option<Found> {
    let binding = list
        .parent()
        .filter(|it| it.kind() == SyntaxKind::NODE_ATTRPATH_VALUE)?;
    let key = binding.children().next()?.text_range();
    let at = sites
        .definitions
        .entries
        .partition_point(|entry| entry.at.start() < key.start());
    let entry = sites
        .definitions
        .entries
        .get(at)
        .filter(|entry| entry.at == key)?;
    match sites.definitions.last(entry.path)? {
        Segment::Name(name) if name.starts_with("Exec") => {
            Some(Found::new(Lang::Words, Role::Script))
        }
        _ => None,
    }
}

const PHASES: &[&str] = &[
    "buildCommand",
    "buildPhase",
    "checkPhase",
    "configurePhase",
    "fixupPhase",
    "installCheckPhase",
    "installPhase",
    "patchPhase",
    "postBuild",
    "postCheck",
    "postConfigure",
    "postFixup",
    "postInstall",
    "postPatch",
    "postUnpack",
    "preBuild",
    "preCheck",
    "preConfigure",
    "preFixup",
    "preInstall",
    "prePatch",
    "preUnpack",
    "unpackPhase",
];

/// A string bound to an option or attribute.
fn bound(definitions: &Definitions, path: PathId, binding: &SyntaxNode) -> Option<Found> {
    // Innermost first.
    let up: Vec<Option<&str>> = definitions
        .up(path)
        .take(5)
        .map(|segment| match segment {
            Segment::Name(name) => Some(name),
            Segment::Dynamic | Segment::Item => None,
        })
        .collect();
    let name = |index: usize| up.get(index).copied().flatten();
    let last = name(0);
    let script = Some(Found::new(Lang::Bash, Role::Script));
    let words = Some(Found::new(Lang::Words, Role::Script));
    let activation = Some(Found::new(Lang::Bash, Role::Activation));
    let alias = |lang| {
        Some(Found {
            alias: last.map(Into::into),
            ..Found::new(lang, Role::Script)
        })
    };

    // `environment.shellAliases.ll = "…"`, `programs.fish.shellAbbrs.ll = "…"`
    if matches!(
        name(1),
        Some("shellAliases" | "shellGlobalAliases" | "shellAbbrs")
    ) {
        return alias(if matches!(name(2), Some("fish" | "nushell")) {
            Lang::Words
        } else {
            Lang::Bash
        });
    }
    // `programs.git.aliases.x = "!…"`, `programs.git.settings.alias.x`
    if matches!((name(1), name(2)), (Some("aliases"), Some("git")))
        || matches!((name(1), name(3)), (Some("alias"), Some("git")))
    {
        return Some(Found {
            git_alias: true,
            ..Found::new(Lang::Bash, Role::Script)
        });
    }
    if matches!(
        (name(1), name(2)),
        (Some("activationScripts"), Some("system"))
    ) || name(1) == Some("activation") && name(2) == Some("home")
    {
        return activation;
    }
    let last = last?;
    match last {
        "text" if name(2) == Some("activationScripts") => activation,
        "text" if in_call(binding, "writeShellApplication") => script,
        "shellHook" | "enterShell" => script,
        "exec" if matches!(name(2), Some("scripts" | "tasks")) => script,
        "script" | "preStart" | "postStart" | "preStop" | "postStop" | "reload"
            if name(2) == Some("services") && matches!(name(3), Some("systemd" | "user")) =>
        {
            script
        }
        "script" | "command"
            if matches!(name(3).or(name(4)), Some("launchd"))
                || matches!(name(2), Some("agents" | "daemons")) =>
        {
            script
        }
        _ if last.starts_with("Exec") && matches!(name(1), Some("serviceConfig" | "Service")) => {
            words
        }
        "initExtra"
        | "initExtraFirst"
        | "initContent"
        | "loginExtra"
        | "profileExtra"
        | "bashrcExtra"
        | "envExtra"
        | "logoutExtra"
        | "shellInit"
        | "interactiveShellInit"
        | "loginShellInit"
        | "promptInit"
            if matches!(name(1), Some("bash" | "zsh" | "environment")) =>
        {
            script
        }
        _ if last.ends_with("Commands")
            && matches!((name(1), name(2)), (Some("initrd"), Some("boot"))) =>
        {
            activation
        }
        _ if PHASES.contains(&last) && is_argument(binding) => {
            Some(Found::new(Lang::Bash, Role::Build))
        }
        _ => None,
    }
}

/// Whether the set that holds a binding is an argument of a call, behind lambdas: `mkDerivation (final: { … })`.
fn is_argument(binding: &SyntaxNode) -> bool {
    call_of(binding).is_some()
}

fn in_call(binding: &SyntaxNode, function: &str) -> bool {
    call_of(binding)
        .and_then(|call| expr::last_name(&expr::call(&call).0))
        .is_some_and(|name| name == function)
}

/// The call that the set of a binding is an argument of.
fn call_of(binding: &SyntaxNode) -> Option<ast::Expr> {
    let mut node = binding
        .parent()
        .filter(|it| it.kind() == SyntaxKind::NODE_ATTR_SET)?;
    loop {
        let parent = node.parent()?;
        match parent.kind() {
            SyntaxKind::NODE_PAREN
            | SyntaxKind::NODE_LAMBDA
            | SyntaxKind::NODE_LET_IN
            | SyntaxKind::NODE_WITH
            | SyntaxKind::NODE_BIN_OP => node = parent,
            SyntaxKind::NODE_APPLY => return ast::Expr::cast(parent),
            _ => return None,
        }
    }
}
