//! Generations deleted right after a switch, and `-d` that overrules `--delete-older-than`.

use lint_api::prelude::*;
use lint_api::repo;
use lint_api::repo::shell::options::{COLLECT_GARBAGE, NH, NIX, NIX_ENV, sort};
use lint_api::repo::shell::rebuild::Rebuild;
use lint_api::repo::shell::{Command, Role, Snippet};

/// The lint.
pub static LINT: Lint = Lint {
    name: "gc-in-script",
    group: Group::Commands,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "old generations deleted right after a switch, or `-d` beside `--delete-older-than`",
    page: include_str!("gc_in_script.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (file, snippet) in repo.snippets() {
        for (index, command) in snippet.commands.iter().enumerate() {
            let at = |range| Span { file: file.id, range };
            if &*command.name == "nix-collect-garbage" {
                let arguments = sort(command, &COLLECT_GARBAGE);
                if let (Some(all), Some((_, age))) = (arguments.word(&["-d", "--delete-old"]), arguments.value(&["--delete-older-than"])) {
                    let message = format!("`{}` deletes every old generation, and `--delete-older-than {age}` has no effect", all.text);
                    let message = message.replace(repo::shell::UNKNOWN, "…");
                    let finding = cx.report(at(all.at), message);
                    finding.help(format!("drop `{}` to keep what is younger", all.text));
                    if !repo.only_tells(file, snippet) {
                        finding.raise(1);
                    }
                    continue;
                }
            }
            if matches!(snippet.role, Role::Ci | Role::Docs | Role::Build) || !deletes_all(command) {
                continue;
            }
            if let Some(switch) = switch_before(snippet, index) {
                let finding = cx.report(at(command.at), "older generations are deleted right after the switch, before the new one has booted");
                finding.label_at(at(switch.at), "the switch");
                finding.note("when the new generation does not boot, there is nothing left to boot instead");
                finding.help("keep some: `nix-collect-garbage --delete-older-than 30d`, or `nh clean all --keep 5`");
            }
        }
    }
}

/// Whether a command deletes all generations but the current one.
fn deletes_all(command: &Command) -> bool {
    if command.known().any(|it| matches!(it, "--dry-run" | "--help" | "--dry" | "-n")) {
        return false;
    }
    match &*command.name {
        "nix-collect-garbage" => {
            let arguments = sort(command, &COLLECT_GARBAGE);
            arguments.has(&["-d", "--delete-old"])
        }
        "nix-env" => {
            let arguments = sort(command, &NIX_ENV);
            arguments.has(&["--delete-generations"]) && arguments.operands.iter().any(|it| matches!(&*it.text, "old" | "+1"))
        }
        "nix" => {
            let arguments = sort(command, &NIX);
            arguments.verbs().starts_with(&["profile", "wipe-history"]) && !arguments.has(&["--older-than"])
        }
        "nh" => {
            let arguments = sort(command, &NH);
            arguments.verbs().first() == Some(&"clean") && arguments.value(&["--keep", "-k"]).is_some_and(|it| it.1 == "0")
        }
        _ => false,
    }
}

/// The switch that runs before a command in the same list or one that holds it, without a question or a reboot between.
fn switch_before(snippet: &Snippet, index: usize) -> Option<&Command> {
    let deletes = &snippet.commands[index];
    for command in snippet.commands[..index].iter().rev() {
        if matches!(&*command.name, "read" | "reboot" | "shutdown" | "exit" | "return") || &*command.name == "gum" && command.known().any(|it| it == "confirm" || it == "choose") {
            return None;
        }
        let here = snippet.holds(command.list, deletes.list) || snippet.holds(deletes.list, command.list);
        if here && switches(command) && command.behind(&["ssh"]) == deletes.behind(&["ssh"]) {
            return Some(command);
        }
    }
    None
}

fn switches(command: &Command) -> bool {
    if &*command.name == "nh" {
        return matches!(sort(command, &NH).verbs()[..], ["os" | "home" | "darwin", "switch", ..]);
    }
    Rebuild::of(command).is_some_and(|it| &*it.action.text == "switch")
}
