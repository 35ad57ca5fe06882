//! A script that restarts a daemon which a mac with Determinate Nix does not have.

use lint_api::prelude::*;
use lint_api::repo;
use lint_api::repo::class::Class;
use lint_api::repo::shell::{Command, Place, Snippet};

/// The lint.
pub static LINT: Lint = Lint {
    name: "wrong-nix-daemon",
    group: Group::Commands,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`org.nixos.nix-daemon`, which a mac with Determinate Nix does not have",
    page: include_str!("wrong_nix_daemon.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const UPSTREAM: &str = "org.nixos.nix-daemon";
const DETERMINATE: &str = "systems.determinate.nix-daemon";

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    if !only_determinate(repo) {
        return;
    }
    for (file, snippet) in repo.snippets() {
        if branches(snippet) {
            continue;
        }
        for command in &snippet.commands {
            let Some(word) = names_upstream(command) else { continue };
            let message = format!("Determinate's service is `{DETERMINATE}`; there is no `{UPSTREAM}`");
            let finding = cx.report(Span { file: file.id, range: word }, message);
            finding.note("every host of this repository runs Determinate Nix");
            finding.help(format!("`sudo launchctl kickstart -k system/{DETERMINATE}`"));
            if repo.only_tells(file, snippet) {
                finding.soften(1);
            }
        }
    }
}

/// Whether every mac of the repository runs Determinate Nix, and all hosts are known.
fn only_determinate(repo: &Repo) -> bool {
    let mut macs = repo.hosts.all.iter().filter(|host| host.class == Class::Darwin).peekable();
    repo.hosts.open.is_empty()
        && macs.peek().is_some()
        && macs.all(|host| {
            let module = host.foreign.iter().any(|it| it.0.contains("determinate"));
            let set = |path: &[&str]| host.surely.iter().any(|id| !repo::settings::in_file(repo.file(*id), path).is_empty());
            module || set(&["determinateNix", "enable"]) || set(&["determinate-nix", "customSettings"])
        })
}

/// Whether a text tries both services, or asks which system it runs on.
fn branches(snippet: &Snippet) -> bool {
    snippet.commands.iter().any(|it| {
        it.arguments.iter().any(|word| word.text.contains("determinate")) || &*it.name == "uname"
    })
}

/// The word of a `launchctl` that names the service.
fn names_upstream(command: &Command) -> Option<TextRange> {
    if &*command.name != "launchctl" || matches!(command.place, Place::Guard | Place::Condition) {
        return None;
    }
    let mut words = command.arguments.iter().filter(|it| it.literal);
    words.find(|it| it.text.contains(UPSTREAM)).map(|it| it.at)
}
