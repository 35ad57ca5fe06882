//! `nixos-rebuild switch` without `--flake` where all machines come from a flake.

use lint_api::prelude::*;
use lint_api::repo;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::Value;
use lint_api::repo::shell::rebuild::Rebuild;

/// The lint.
pub static LINT: Lint = Lint {
    name: "rebuild-without-flake",
    group: Group::Commands,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "`nixos-rebuild` without `--flake` in a repository that is a flake",
    page: include_str!("rebuild_without_flake.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let of_flake = |at: Span| repo.flake_of(&repo.file(at.file).path).is_some();
    let hosts = &repo.hosts.all;
    if repo.main_flake().is_none() || hosts.is_empty() || !hosts.iter().all(|host| of_flake(host.at)) {
        return;
    }
    for (file, snippet) in repo.snippets() {
        for command in &snippet.commands {
            let Some(rebuild) = Rebuild::of(command) else { continue };
            let otherwise = ["--flake", "-F", "--no-flake", "-f", "--file", "-A", "--attr", "--rollback", "-I", "--include", "--help"];
            if !rebuild.builds() || rebuild.arguments.unsure || rebuild.arguments.has(&otherwise) || command.behind(&["ssh"]) {
                continue;
            }
            // Where the flake has nothing for the tool, it is the wrong one.
            let serves = |host: &lint_api::repo::hosts::Host| host.class == rebuild.class && host.system_host.is_none();
            if !hosts.iter().any(serves) {
                continue;
            }
            // A word that is only known at run time may be `--flake`.
            if command.arguments.iter().any(|word| !word.literal) || is_there(cx.repo, rebuild.class) {
                continue;
            }
            let (builds, example) = match rebuild.class {
                Class::Home => ("`~/.config/home-manager`", "home-manager switch --flake ."),
                Class::Darwin => ("`/etc/nix-darwin`", "darwin-rebuild switch --flake ."),
                _ => ("`/etc/nixos`", "nixos-rebuild switch --flake ."),
            };
            let message = format!("without `--flake`, `{}` builds {builds}, not this repository", rebuild.name());
            let only_tells = repo.only_tells(file, snippet);
            let finding = cx.report(Span { file: file.id, range: rebuild.at() }, message);
            finding.help(format!("name the flake: `{example}`")).soften(i8::from(only_tells));
        }
    }
}

/// Whether the repository may be, or be linked to, where the tool looks by itself: something names that place, or says
/// what configuration to take.
fn is_there(repo: &Repo, class: Class) -> bool {
    let places: &[&str] = match class {
        Class::Home => &["home-manager", ".config/nixpkgs"],
        Class::Darwin => &["/etc/nix-darwin"],
        _ => &["/etc/nixos"],
    };
    let named = |text: &str| match class {
        Class::Home => text.contains(".config/home-manager") || text.contains(".config/nixpkgs"),
        _ => places.iter().any(|place| text.contains(place)),
    };
    let in_commands = repo.snippets().any(|(_, snippet)| {
        snippet.commands.iter().any(|command| {
            let words = command.arguments.iter().chain(&command.assignments);
            words.into_iter().any(|word| named(&word.text) || word.text.starts_with("NIXOS_CONFIG"))
        })
    });
    in_commands
        || repo.files.iter().any(|file| {
            let definitions = &file.facts.definitions;
            definitions.entries.iter().any(|entry| {
                let text = match &entry.value {
                    Value::Str(text) | Value::Path(text) => named(text),
                    _ => false,
                };
                let etc = class != Class::Home && definitions.segments(entry.path).windows(2).any(|pair| {
                    let name = |at: usize| match pair[at] {
                        repo::definitions::Segment::Name(name) => name,
                        _ => "",
                    };
                    name(0) == "etc" && places.iter().any(|place| {
                        let below = &place["/etc/".len()..];
                        name(1) == below || name(1).strip_prefix(below).is_some_and(|rest| rest.starts_with('/'))
                    })
                });
                text || etc
            })
        })
}
