//! `nix-channel` in a repository whose flake takes nothing from a channel.

use lint_api::prelude::*;
use lint_api::repo::shell::options::{PLAIN, sort};
use lint_api::repo::shell::{Place, Role};

/// The lint.
pub static LINT: Lint = Lint {
    name: "channel-command",
    group: Group::Commands,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`nix-channel` in a repository that is a flake",
    page: include_str!("channel_command.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const VERBS: [&str; 4] = ["--add", "--update", "--remove", "--rollback"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    // A library of modules tells and tests what its users do, whose channels are their own.
    let stays = repo.hosts.all.iter().any(|host| !host.ephemeral);
    if repo.main_flake().is_none() || !stays {
        return;
    }
    for (file, snippet) in repo.snippets() {
        // Documents tell of other ways, too.
        if snippet.role == Role::Docs {
            continue;
        }
        for command in &snippet.commands {
            if &*command.name != "nix-channel" || command.place == Place::Guard {
                continue;
            }
            let arguments = sort(command, &PLAIN);
            let Some(verb) = arguments.word(&VERBS) else { continue };
            // What `nix-shell '<home-manager>'` or `nix-env -iA nixos.x` asks for does come from a channel.
            let asks = snippet.commands.iter().any(|it| {
                matches!(&*it.name, "nix-shell" | "nix-env" | "nix-build") && it.arguments.iter().any(|word| word.text.starts_with('<') || word.text.starts_with("nixos."))
            });
            if asks {
                continue;
            }
            let close = command.arguments.first().is_some_and(|it| it.at == verb.at);
            let at = if close { command.name_at.cover(verb.at) } else { command.name_at };
            let message = format!("channels do not affect a flake; `nix-channel {}` changes nothing that this repository builds", verb.text);
            let finding = cx.report(Span { file: file.id, range: at }, message);
            match &*verb.text {
                "--update" => finding.help("`nix flake update` updates what this repository is built from"),
                "--remove" => finding.note("this is the way to get rid of a channel; in a script it runs again and again"),
                _ => finding.help("add an input to `flake.nix`"),
            };
            // To remove one is the cure.
            if &*verb.text == "--remove" || repo.only_tells(file, snippet) {
                finding.soften(1);
            }
        }
    }
}
