//! `nix-env -i`, `nix-env -u`, `nix profile install`: packages that the configuration does not know.

use lint_api::prelude::*;
use lint_api::repo::shell::options::{NIX, NIX_ENV, sort};
use lint_api::repo::shell::{Command, Place, Role};

/// The lint.
pub static LINT: Lint = Lint {
    name: "nix-env-install",
    group: Group::Commands,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`nix-env -i` or `nix profile install` beside a declarative configuration",
    page: include_str!("nix_env_install.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let describes_machines = repo.describes_machines();
    for (file, snippet) in repo.snippets() {
        for command in &snippet.commands {
            let Some(found) = installs(command) else { continue };
            let at = Span { file: file.id, range: found.at };
            let message = format!("`{}` {} a profile that this configuration does not know", found.name, found.does);
            let finding = cx.report(at, message);
            finding.note("a rebuild does not update it, a rollback does not remove it, and it wins over the configuration's own version");
            finding.help("add the package to `environment.systemPackages` or `home.packages`, or run it with `nix shell`");
            // What a CI job or a build installs goes with its machine; a document only tells.
            let aside = matches!(snippet.role, Role::Ci | Role::Build);
            if aside || !describes_machines || repo.only_tells(file, snippet) {
                finding.soften(1);
            }
        }
    }
}

/// A command that installs.
struct Installs {
    /// As written: `nix-env -iA`.
    name: String,
    at: TextRange,
    does: &'static str,
}

fn installs(command: &Command) -> Option<Installs> {
    if command.place == Place::Guard {
        return None;
    }
    match &*command.name {
        "nix-env" => {
            let arguments = sort(command, &NIX_ENV);
            let otherwise = [
                "-p", "--profile", "-e", "--uninstall", "-q", "--query", "--set", "--set-flag", "--version", "--help", "--dry-run",
            ];
            let upgrades = arguments.has(&["-u", "--upgrade"]);
            let verb = upgrades || arguments.has(&["-i", "--install"]);
            if !verb || arguments.unsure || arguments.has(&otherwise) {
                return None;
            }
            // The word as it stands: `-iA` says more than `-i`.
            let word = command.arguments.iter().find(|word| {
                let cluster = word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains(['i', 'u']);
                cluster || matches!(&*word.text, "--install" | "--upgrade")
            })?;
            let close = command.arguments.first() == Some(word);
            Some(Installs {
                name: format!("nix-env {}", word.text),
                at: if close { command.name_at.cover(word.at) } else { command.name_at },
                does: if upgrades { "upgrades" } else { "installs into" },
            })
        }
        "nix" => {
            let arguments = sort(command, &NIX);
            if arguments.unsure || arguments.has(&["--profile", "--help", "--dry-run"]) {
                return None;
            }
            let [profile, verb, ..] = arguments.operands.as_slice() else { return None };
            let does = match (&*profile.text, &*verb.text) {
                ("profile", "install" | "add") => "installs into",
                ("profile", "upgrade") => "upgrades",
                _ => return None,
            };
            Some(Installs { name: format!("nix profile {}", verb.text), at: command.name_at.cover(verb.at), does })
        }
        _ => None,
    }
}
