//! `home-manager switch` where home-manager is a module; `nixos-rebuild` for a mac; a host that does not exist.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::Segment;
use lint_api::repo::hosts::{Host, is_template};
use lint_api::repo::shell::rebuild::Rebuild;
use lint_api::repo::shell::{Role, Snippet};
use lint_api::syntax::nearest::nearest;

/// The lint.
pub static LINT: Lint = Lint {
    name: "wrong-rebuild-tool",
    group: Group::Commands,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`home-manager switch` where home-manager is a module, or a host that the tool cannot build",
    page: include_str!("wrong_rebuild_tool.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let hosts = &repo.hosts;
    // Where hosts may be missing from the list, nobody knows what a tool can build.
    if hosts.all.is_empty() || !hosts.open.is_empty() || repo.main_flake().is_none() {
        return;
    }
    for (file, snippet) in repo.snippets() {
        if is_template(&file.path) {
            continue;
        }
        for command in &snippet.commands {
            let Some(rebuild) = Rebuild::of(command).filter(Rebuild::builds) else { continue };
            if command.behind(&["ssh"]) || rebuild.arguments.unsure {
                continue;
            }
            let found = only_module(repo, &rebuild).or_else(|| unknown_host(repo, file, snippet, &rebuild));
            let Some((range, message, help)) = found else { continue };
            let finding = cx.report(Span { file: file.id, range }, message);
            finding.help(help);
            if repo.only_tells(file, snippet) {
                finding.soften(1);
            }
        }
    }
}

type Found = (TextRange, String, String);

/// `home-manager switch` where every home is a part of a system.
fn only_module(repo: &Repo, rebuild: &Rebuild<'_>) -> Option<Found> {
    if rebuild.class != Class::Home || rebuild.arguments.has(&["-f", "--file", "-I"]) {
        return None;
    }
    // A flake elsewhere may have homes of its own.
    if rebuild.arguments.has(&["--flake"]) && rebuild.flake().is_none_or(|(_, flake, _)| !is_here(flake)) {
        return None;
    }
    let standalone = repo.hosts.all.iter().any(|host| host.class == Class::Home && host.system_host.is_none());
    let mentioned = repo.files.iter().any(|file| {
        let definitions = &file.facts.definitions;
        definitions.entries.iter().any(|it| {
            let names = definitions.segments(it.path);
            names.contains(&Segment::Name("homeConfigurations"))
        })
    });
    let mut systems = repo.hosts.all.iter().filter(|host| {
        let module = |it: &(String, Span)| it.0.contains("home-manager") || it.0.contains("homeManager");
        host.class != Class::Home && host.foreign.iter().any(module)
    });
    let system = systems.next()?;
    if standalone || mentioned {
        return None;
    }
    let (kind, tool) = match system.class {
        Class::Darwin => ("nix-darwin", "darwin-rebuild switch"),
        _ => ("NixOS", "nixos-rebuild switch"),
    };
    let message = format!("home-manager is a {kind} module here; `{}` has nothing to build", rebuild.name());
    Some((rebuild.at(), message, format!("use `{tool}`")))
}

/// `--flake .#h` where no `h` of the tool's class exists.
fn unknown_host(repo: &Repo, file: &File, snippet: &Snippet, rebuild: &Rebuild<'_>) -> Option<Found> {
    let (word, flake, name) = rebuild.flake()?;
    let name = name?;
    let strange = |it: char| !(it.is_alphanumeric() || matches!(it, '-' | '_' | '@'));
    let moves = snippet.commands.iter().any(|it| matches!(&*it.name, "cd" | "pushd"));
    if !is_here(flake) || name.contains(strange) || moves && snippet.role != Role::Docs {
        return None;
    }
    // A flake of its own nearby, and names that stand for the reader's.
    let own = repo.flake_of(&file.path).is_some_and(|it| it.path.text() != "flake.nix");
    if own || repo.flakes().count() != 1 || snippet.role == Role::Docs && is_placeholder(name) {
        return None;
    }
    let named = |host: &&Host| host.system_host.is_none() && host.name.is(&name.to_owned());
    let of_class = |class: Class| repo.hosts.all.iter().filter(move |host| host.class == class && host.system_host.is_none());
    if of_class(rebuild.class).any(|host| host.name.known().is_none()) || of_class(rebuild.class).any(|host| named(&host)) {
        return None;
    }
    if let Some(other) = repo.hosts.all.iter().find(named) {
        let (output, tool) = match other.class {
            Class::Darwin => ("darwinConfigurations", "darwin-rebuild"),
            Class::Home => ("homeConfigurations", "home-manager"),
            _ => ("nixosConfigurations", "nixos-rebuild"),
        };
        let message = format!("`{name}` is one of `{output}`, which `{}` does not build", rebuild.command.name);
        return Some((word.at, message, format!("use `{tool}`")));
    }
    let names: Vec<&str> = of_class(rebuild.class).filter_map(|host| host.name.known()).map(String::as_str).collect();
    let message = format!("this flake has no host `{name}` for `{}`", rebuild.command.name);
    let help = match (nearest(name, names.iter().copied()), names.as_slice()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => format!("it has none that `{}` builds", rebuild.command.name),
        (None, [first, ..]) => format!("it has `{first}`{}", if names.len() > 1 { " and others" } else { "" }),
    };
    Some((word.at, message, help))
}

/// The flake of this repository, from inside it.
fn is_here(flake: &str) -> bool {
    matches!(flake, "." | "./" | "./." | "path:." | "path:./" | "git+file:.")
}

/// `hostname`, `my-host`, `YOUR_HOST`
fn is_placeholder(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['-', '_', '@']).collect();
    name.chars().all(|it| !it.is_lowercase())
        || words.iter().any(|it| matches!(*it, "host" | "hostname" | "myhost" | "yourhost" | "your" | "my" | "name" | "username" | "user" | "machine" | "example" | "target" | "profile" | "system" | "configuration" | "config" | "new" | "foo"))
}
