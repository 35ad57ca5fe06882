//! `2>/dev/null` on a Nix command whose failure then goes unnoticed.

use lint_api::prelude::*;
use lint_api::repo::shell::options::{NIX, PLAIN, sort};
use lint_api::repo::shell::{After, Command, Place, Role, Snippet};

/// The lint.
pub static LINT: Lint = Lint {
    name: "stderr-suppressed",
    group: Group::Commands,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "`2>/dev/null` on a Nix command whose failure then goes unnoticed",
    page: include_str!("stderr_suppressed.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (file, snippet) in repo.snippets() {
        for command in &snippet.commands {
            let Some(redirect) = command.hides_errors() else {
                continue;
            };
            let (Some(range), Some(name)) = (redirect.at, tool(command)) else {
                continue;
            };
            if !is_unseen(snippet, command) || is_asked_later(file, snippet, command) {
                continue;
            }
            let at = Span {
                file: file.id,
                range,
            };
            cx.report(at, format!("the error of `{name}` is thrown away"))
                .note("when it fails, nothing tells that it did, or why")
                .help("keep the error: let it be shown, or write it to a log");
        }
    }
}

/// A command of Nix that changes a state or gives a value, as the user calls it.
fn tool(command: &Command) -> Option<String> {
    let name = &*command.name;
    let harmless = ["--version", "--help", "--dry-run", "--check-validity", "--list-generations", "--list"];
    if command.known().any(|word| harmless.contains(&word)) {
        return None;
    }
    match name {
        "nix" => {
            let arguments = sort(command, &NIX);
            let verbs = arguments.verbs();
            let shown = match verbs[..] {
                ["build" | "run" | "eval" | "develop" | "copy" | "upgrade-nix", ..] => verbs[..1].join(" "),
                ["flake", "update" | "lock" | "check", ..] | ["hash" | "profile" | "store", _, ..] => verbs[..2].join(" "),
                _ => return None,
            };
            let probe = ["profile list", "store ping", "store info", "store ls", "store cat", "profile history"];
            (!probe.contains(&&*shown)).then(|| format!("nix {shown}"))
        }
        "nix-channel" => sort(command, &PLAIN).has(&["--update", "--add"]).then(|| format!("{name} --update")),
        "nix-env" if command.known().any(|it| it.starts_with("-q") || it == "--query") => None,
        "nix-build" | "nix-env" | "nix-collect-garbage" | "nix-hash" | "nix-copy-closure" | "nixos-rebuild" | "darwin-rebuild" => Some(name.to_owned()),
        "home-manager" => command.known().any(|it| it == "switch").then(|| "home-manager switch".to_owned()),
        _ => name.starts_with("nix-prefetch-").then(|| name.to_owned()),
    }
}

/// Whether nothing looks at its failure.
fn is_unseen(snippet: &Snippet, command: &Command) -> bool {
    // In a document and on a prompt somebody looks.
    if snippet.role == Role::Docs || snippet.alias.is_some() || command.behind(&["trap"]) {
        return false;
    }
    match (command.after, command.place) {
        (After::OrTrue, Place::Condition | Place::Plain | Place::Substitution | Place::PipeTo) => true,
        (After::Or | After::And, _) | (_, Place::Condition | Place::Guard | Place::Trap) => false,
        (_, Place::PipeFrom) => !snippet.has_option(command, ' ', "pipefail"),
        (_, Place::Substitution) => true,
        (_, Place::Plain | Place::PipeTo) => !snippet.has_option(command, 'e', "errexit"),
    }
}

/// `x=$(nix eval … 2>/dev/null)` or `x=$(… || true)`, and something asks whether `$x` is empty; or the next line asks `$?`.
fn is_asked_later(file: &File, snippet: &Snippet, command: &Command) -> bool {
    let all = file.text.contents();
    let end = usize::from(snippet.at.end()).min(all.len());
    let rest = all.get(usize::from(command.at.end()).min(end)..end).unwrap_or_default();
    if rest.lines().take(2).any(|line| line.contains("$?")) {
        return true;
    }
    let before = &all[..usize::from(command.at.start())];
    let line = before.rsplit('\n').next().unwrap_or_default();
    // The name before the last `=$(`, or of the assignment that spans lines.
    let head = match line.rfind("=$(").or_else(|| line.rfind("=\"$(")) {
        Some(at) => &line[..at],
        None => match before.rfind("=$(").or_else(|| before.rfind("=\"$(")) {
            Some(at) if command.place != Place::Plain => &before[..at],
            _ => return false,
        },
    };
    let start = head.rfind(|it: char| !(it.is_alphanumeric() || it == '_')).map_or(0, |it| it + 1);
    let name = &head[start..];
    // `-z "$x"`, `-n "${x}"`, `"$x" = …`, `${x:-…}`
    !name.is_empty()
        && rest.lines().any(|line| {
            let uses = line.contains(&format!("${name}")) || line.contains(&format!("${{{name}"));
            uses && (line.contains("[ ") || line.contains("[[ ") || line.contains("test ") || line.contains("case ") || line.contains(&format!("${{{name}:")))
        })
}
