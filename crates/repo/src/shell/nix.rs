//! Shell text in Nix strings: which strings are shell is decided by the option they reach or the function they are given to.

use syntax::strings::{Hole, StringValue};
use syntax::{AstNode, SyntaxKind, SyntaxNode, Walk, ast, attrpath, expr};

use super::text::{Mapped, Source};
use super::{Lang, Role, Run, Script, text};
use crate::definitions::{Definitions, PathId, Segment, Sites};
use crate::file::File;

/// Collects the strings that may be shell while the tree is walked.
#[derive(Debug, Default)]
pub struct Collect {
    strings: Vec<SyntaxNode>,
    /// Calls with a path: `readFile ./x.sh`.
    reads: Vec<SyntaxNode>,
}

impl Collect {
    /// Before the children of a node.
    pub fn enter(&mut self, walk: &mut Walk<'_>, text: &str) {
        let kind = walk.kind();
        if kind == SyntaxKind::NODE_STRING {
            let range = walk.green().range();
            let source = text
                .get(usize::from(range.start())..usize::from(range.end()))
                .unwrap_or_default();
            // Nothing worth a word is shorter than `"git gc"`.
            if source.len() >= 8 && text::has_trigger(source) {
                self.strings.push(walk.node().clone());
            }
        } else if kind == SyntaxKind::NODE_PATH_REL
            && walk
                .parent()
                .is_some_and(|it| it.kind() == SyntaxKind::NODE_APPLY)
        {
            self.reads.extend(walk.node().parent());
        }
    }

    /// After the walk: the files whose text is shell here, `text = builtins.readFile ./x.sh`.
    pub(super) fn scripts(&self, file: &File, sites: &Sites) -> Vec<Script> {
        let read = |call: &SyntaxNode| {
            // One argument; a chain of thousands is not followed from each of them.
            if call.first_child()?.kind() == SyntaxKind::NODE_APPLY {
                return None;
            }
            let (head, arguments) = expr::call(&ast::Expr::cast(call.clone())?);
            let [ast::Expr::PathRel(path)] = arguments.as_slice() else {
                return None;
            };
            if expr::last_name(&head)? != "readFile" {
                return None;
            }
            let found = classify(call, sites)?;
            Some(Script {
                path: file.text.slice(path.syntax().text_range()).into(),
                role: found.role,
                run: run_of(file, found.role, found.call, found.strict),
            })
        };
        self.reads.iter().filter_map(read).collect()
    }

    /// After the walk: the strings that are shell.
    pub(super) fn finish(self, file: &File, sites: &Sites) -> Vec<Source> {
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
                    let skip = match found.cron {
                        true => cron_command(&mapped.value),
                        false => 0,
                    };
                    sources.push(Source {
                        lang: found.lang,
                        role: found.role,
                        at,
                        alias: found.alias,
                        run: run_of(file, found.role, found.call, found.strict),
                        skip,
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
    /// A line of cron: the command stands behind the times and the user.
    cron: bool,
    /// `set -e`, `set -o pipefail`
    strict: (bool, bool),
    /// The call that it, or the set that it is bound in, is an argument of.
    call: Option<ast::Expr>,
}

impl Found {
    fn new(lang: Lang, role: Role) -> Found {
        Found {
            lang,
            role,
            alias: None,
            needs_shebang: false,
            git_alias: false,
            cron: false,
            strict: (role == Role::Build, role == Role::Build),
            call: None,
        }
    }

    fn strict(self, errexit: bool, pipefail: bool) -> Found {
        Found {
            strict: (errexit, pipefail),
            ..self
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

/// How a text is run.
fn run_of(file: &File, role: Role, call: Option<ast::Expr>, strict: (bool, bool)) -> Run {
    let mut run = Run {
        errexit: strict.0,
        pipefail: strict.1,
        ..Run::default()
    };
    let Some(call) = call.filter(|_| role == Role::Build) else {
        return run;
    };
    let whole = outer_call(call.syntax().clone());
    let (head, arguments) = expr::call(&ast::Expr::cast(whole.clone()).unwrap_or(call));
    run.function = expr::last_name(&head).map(Into::into);
    // A hash of the result, or a build outside of the sandbox; or a set that cannot be read and may say so.
    let text = file.text.slice(whole.text_range());
    let says = [
        "outputHash",
        "__impure",
        "__noChroot",
        "recursive-nix",
        "ffect",
    ];
    // What makes a package manager work without a network.
    let offline = [
        "npmDeps",
        "npmHooks",
        "pnpmDeps",
        "fetchPnpmDeps",
        "ConfigHook",
        "configHook",
        "offlineCache",
        "OfflineCache",
        "fetchYarnDeps",
        "cargoDeps",
        "cargoHash",
        "cargoVendorDir",
        "importCargoLock",
        "vendorHash",
        "bundlerEnv",
        "buildNpmPackage",
        "buildGoModule",
        "buildRustPackage",
        "buildPythonPackage",
        "buildPythonApplication",
        "mkYarnPackage",
    ];
    let unread = |it: &ast::Expr| {
        !matches!(
            it,
            ast::Expr::AttrSet(_) | ast::Expr::Str(_) | ast::Expr::BinOp(_)
        )
    };
    run.network = says.iter().chain(&offline).any(|word| text.contains(word))
        || run
            .function
            .as_deref()
            .is_some_and(|it| it.starts_with("runCommand"))
            && arguments.get(1).is_some_and(unread)
        || arguments.iter().any(is_unread_update);
    run
}

/// `args // { … }`, also behind a lambda: the other side may say anything.
fn is_unread_update(argument: &ast::Expr) -> bool {
    let mut it = expr::strip_prefixes(argument.clone());
    while let ast::Expr::Lambda(lambda) = &it {
        let Some(body) = lambda.body() else { break };
        it = expr::strip_prefixes(body);
    }
    let ast::Expr::BinOp(operation) = it else {
        return false;
    };
    operation.operator() == Some(ast::BinOpKind::Update)
}

/// Where the command of a line of cron begins: behind `* * * * * user` or `@daily user`.
fn cron_command(line: &str) -> usize {
    let fields = if line.trim_start().starts_with('@') {
        2
    } else {
        6
    };
    let mut rest = line.trim_start();
    for _ in 0..fields {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest[end..].trim_start();
    }
    line.len() - rest.len()
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
    match (&*expr::last_name(&head)?, arguments.as_slice()) {
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
                let merge = ast::Apply::cast(grand).and_then(|it| it.lambda());
                let name = merge.as_ref().and_then(expr::last_name);
                if name.as_deref() != Some("mkMerge") {
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
                match (&*name, index) {
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
                    _ => {
                        let mut found = argument(&name, index)?;
                        found.call = ast::Expr::cast(parent);
                        return Some(found);
                    }
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
        Segment::Name("systemCronJobs") => Some(Found {
            cron: true,
            ..Found::new(Lang::Bash, Role::Script)
        }),
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
    "preInstallCheck",
    "postInstallCheck",
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
    let activation = |strict| {
        let found = Found::new(Lang::Bash, Role::Activation);
        Some(found.strict(strict, strict))
    };
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
    // home-manager's script stops at the first fault, that of NixOS goes on.
    if name(1) == Some("activation") && name(2) == Some("home") {
        return activation(true);
    }
    if matches!(name(1), Some("activationScripts" | "userActivationScripts"))
        && name(2) == Some("system")
    {
        return activation(false);
    }
    let last = last?;
    match last {
        "text" if matches!(name(2), Some("activationScripts" | "userActivationScripts")) => {
            activation(false)
        }
        "data" if name(2) == Some("activation") => activation(true),
        "text" if in_call(binding, "writeShellApplication") => {
            script.map(|it| it.strict(true, true))
        }
        "shellHook" | "enterShell" | "enterTest" => script,
        "exec" if matches!(name(2), Some("scripts" | "tasks" | "processes")) => script,
        "script" | "preStart" | "postStart" | "preStop" | "postStop" | "reload"
            if name(2) == Some("services") && matches!(name(3), Some("systemd" | "user")) =>
        {
            script.map(|it| it.strict(true, false))
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
        | "extraInit"
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
            activation(false)
        }
        _ if PHASES.contains(&last) => Some(Found {
            call: Some(call_of(binding)?),
            ..Found::new(Lang::Bash, Role::Build)
        }),
        _ => None,
    }
}

/// Whether the set that holds a binding is an argument of this function.
fn in_call(binding: &SyntaxNode, function: &str) -> bool {
    call_of(binding).is_some_and(|call| {
        let (head, _) = expr::call(&call);
        expr::last_name(&head).as_deref() == Some(function)
    })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::hosts::tests::repo;
    use crate::shell::Role;

    /// A word: its spelling in the string, which no other word of the text has.
    fn word(indented: bool, kind: usize, number: usize) -> String {
        let n = number;
        let quote = if indented { "\"" } else { "\\\"" };
        let dollar = if indented { "''${" } else { "\\${" };
        match kind {
            0 => format!("w{n}"),
            1 => format!("--é-{n}=ü"),
            2 => format!("'q  r{n}'"),
            3 => format!("a{n}{dollar}X}}"),
            4 => format!("${{pkgs.hello}}/bin/x{n}"),
            5 => format!("x{n}${{\"y\"}}z"),
            6 => format!("{quote}d{n} ${{pkgs.e}} f{quote}"),
            7 => format!("{quote}g{n} $HOME{dollar}Y}} 🦀{quote}"),
            8 => format!("$(h{n})"),
            _ if indented => format!("i{n}''\\\\j"),
            _ => format!("i{n}\\\\\\\\j"),
        }
    }

    fn check(indented: bool, indent: usize, lines: &[Vec<usize>]) {
        let mut expected = Vec::new();
        let mut text = "{ pkgs, ... }: { x = pkgs.writeShellScriptBin \"x\" ".to_owned();
        text.push_str(if indented { "''\n" } else { "\"" });
        let mut number = 0;
        for line in lines {
            if indented {
                text.push_str(&" ".repeat(indent));
            }
            text.push_str("git");
            for kind in line {
                text.push(' ');
                // A long line goes on in the next one.
                if indented && number % 5 == 4 {
                    text.push_str(&format!("\\\n{}", " ".repeat(indent + 2)));
                }
                let word = word(indented, *kind, number);
                let start = text.len();
                text.push_str(&word);
                expected.push(start..text.len());
                number += 1;
            }
            text.push_str(if indented { "\n" } else { "; " });
        }
        text.push_str(if indented { "''; }\n" } else { "\"; }\n" });
        let repo = repo(&[("a.nix", &text)]);
        let facts = &repo.files[0].facts.shell;
        assert!(facts.skipped.is_empty(), "{text}");
        let commands = facts.snippets.iter().flat_map(|it| &it.commands);
        let found: Vec<std::ops::Range<usize>> = commands
            .filter(|it| &*it.name == "git")
            .flat_map(|it| &it.arguments)
            .map(|it| it.at.start().into()..it.at.end().into())
            .collect();
        let show = |ranges: &[std::ops::Range<usize>]| {
            ranges
                .iter()
                .map(|it| text[it.clone()].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(show(&found), show(&expected), "{text}");
        assert_eq!(found, expected, "{text}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_range_of_a_word_holds_the_word(
            indented: bool,
            indent in 0usize..9,
            lines in proptest::collection::vec(proptest::collection::vec(0usize..10, 0..5), 1..6),
        ) {
            check(indented, indent, &lines);
        }
    }

    #[test]
    fn lines_of_cron_and_options_of_programs() {
        let text = "{ services.cron.systemCronJobs = [ \"0 4 * * *  root  nix-collect-garbage -d\" \"@daily root git pull\" ];\n\
                    programs.bash.shellInit = \"git gc\"; environment.shellAliases.g = \"git up\"; programs.fish.shellInit = \"git gc\"; }";
        let repo = repo(&[("a.nix", text)]);
        let found: Vec<&str> = repo.files[0]
            .facts
            .shell
            .snippets
            .iter()
            .flat_map(|it| &it.commands)
            .map(|it| &text[it.at])
            .collect();
        assert_eq!(
            found,
            ["nix-collect-garbage -d", "git pull", "git gc", "git up"]
        );
    }

    #[test]
    fn builds_that_may_use_the_network() {
        let network = |body: &str| {
            let text = format!("{{ pkgs }}: {body}");
            let repo = repo(&[("a.nix", &text)]);
            let snippet = &repo.files[0].facts.shell.snippets[0];
            assert_eq!(snippet.role, Role::Build);
            (snippet.run.network, snippet.run.function.clone())
        };
        let call = |body: &str| network(body).1.unwrap_or_default().to_string();
        assert!(!network("pkgs.runCommand \"x\" { } \"git gc\"").0);
        assert!(network("pkgs.runCommand \"x\" args \"git gc\"").0);
        assert!(network("pkgs.runCommand \"x\" { outputHash = \"\"; } \"git gc\"").0);
        assert!(!network("pkgs.stdenv.mkDerivation (final: { buildPhase = \"git gc\"; })").0);
        assert!(network("pkgs.stdenv.mkDerivation (args // { buildPhase = \"git gc\"; })").0);
        assert_eq!(
            call("pkgs.stdenv.mkDerivation { buildPhase = \"git gc\"; }"),
            "mkDerivation"
        );
    }
}
