//! A CI job that takes `GIT_SSH_COMMAND` away before Nix fetches over ssh.

use lint_api::prelude::*;
use lint_api::repo;
use lint_api::repo::definitions::Value;
use lint_api::repo::shell::{Command, Role, Snippet};

/// The lint.
pub static LINT: Lint = Lint {
    name: "unset-git-ssh-command",
    group: Group::Commands,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "CI that unsets `GIT_SSH_COMMAND` while the flake has inputs over ssh",
    page: include_str!("unset_git_ssh_command.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const NAME: &str = "GIT_SSH_COMMAND";
const MESSAGE: &str = "evaluation fetches over ssh as the job's user, and needs `GIT_SSH_COMMAND`";

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let Some((source, shown)) = fetches_over_ssh(repo) else { return };
    let scripts = scripts_of_ci(repo);
    let mut places = Vec::new();
    for file in &repo.files {
        for snippet in &file.facts.shell.snippets {
            let in_script = snippet.role == Role::Script && scripts.iter().any(|it| *it == file.path.text());
            if snippet.role == Role::Ci || in_script {
                places.extend(unset(snippet).map(|range| Span { file: file.id, range }));
            }
        }
        let emptied = file.facts.shell.emptied.iter().filter(|it| &*it.0 == NAME);
        places.extend(emptied.map(|it| Span { file: file.id, range: it.1 }));
    }
    for at in places {
        let finding = cx.report(at, MESSAGE);
        finding.label_at(source, format!("`{shown}` is fetched over ssh"));
        finding.help("set it to the key and the known hosts of the job, and leave it set");
    }
}

/// An input or a call of `fetchGit` with an address of ssh.
fn fetches_over_ssh(repo: &Repo) -> Option<(Span, String)> {
    let is_ssh = |url: &str| url.starts_with("git+ssh://") || url.starts_with("ssh://") || url.starts_with("git@");
    for (id, _, flake) in repo.flakes() {
        for input in &flake.inputs {
            if let Some((_, range)) = input.url.as_ref().filter(|it| is_ssh(&it.0)) {
                return Some((Span { file: id, range: *range }, input.name.to_string()));
            }
        }
    }
    repo.files.iter().filter(|file| file.speaks_of(Topic::Fetch)).find_map(|file| {
        let definitions = &file.facts.definitions;
        let entry = definitions.entries.iter().find(|it| {
            let url = matches!(definitions.last(it.path), Some(repo::definitions::Segment::Name("url")));
            url && matches!(&it.value, Value::Str(text) if is_ssh(text)) && {
                // `fetchGit { url = …; }`: the set is its argument.
                let before = &file.text.contents()[..usize::from(it.at.start())];
                before.rfind('{').is_some_and(|at| before[..at].trim_end().ends_with("fetchGit"))
            }
        })?;
        Some((Span { file: file.id, range: entry.value_at }, "fetchGit".to_owned()))
    })
}

/// The scripts that workflows run, by path.
fn scripts_of_ci(repo: &Repo) -> Vec<String> {
    let ci = repo.snippets().filter(|(_, snippet)| snippet.role == Role::Ci);
    let words = ci.flat_map(|(_, snippet)| &snippet.commands).flat_map(|command| {
        let shell = matches!(&*command.name, "bash" | "sh" | "source" | ".");
        let first = command.arguments.first().filter(|_| shell).map(|it| it.text.to_string());
        // `./ci/build.sh` loses its folder in the name; the file system's word is enough.
        let program = repo.files.iter().find(|file| file.path.file_name() == *command.name);
        first.into_iter().chain(program.map(|it| it.path.to_string()))
    });
    words.map(|it| it.trim_start_matches("./").to_owned()).collect()
}

/// Where a text takes the variable away before a command that evaluates.
fn unset(snippet: &Snippet) -> Option<TextRange> {
    let nix = |it: &Command| it.name.starts_with("nix") || matches!(&*it.name, "darwin-rebuild" | "home-manager" | "colmena" | "deploy");
    for (index, command) in snippet.commands.iter().enumerate() {
        let Some(at) = takes_away(command) else { continue };
        // `GIT_SSH_COMMAND= nix build`
        if !command.name.is_empty() && !matches!(&*command.name, "unset" | "export") {
            if nix(command) {
                return Some(at);
            }
            continue;
        }
        // A subshell or a function ends before anything evaluates; or the variable is set again.
        let later = &snippet.commands[index + 1..];
        let evaluates = later.iter().position(nix);
        let again = later.iter().position(|it| sets(it) && takes_away(it).is_none());
        let confined = command.list != 0 && !later.iter().any(|it| nix(it) && snippet.holds(command.list, it.list));
        let reaches = match (evaluates, again) {
            (_, None) => true,
            (Some(evaluates), Some(again)) => evaluates < again,
            (None, Some(_)) => false,
        };
        if reaches && !confined {
            return Some(at);
        }
    }
    None
}

fn sets(command: &Command) -> bool {
    let mut words = command.arguments.iter().chain(&command.assignments);
    (command.name.is_empty() || &*command.name == "export") && words.any(|it| it.text.starts_with("GIT_SSH_COMMAND="))
}

/// `unset X`, `export -n X`, `X=`
fn takes_away(command: &Command) -> Option<TextRange> {
    let named = || command.arguments.iter().find(|it| &*it.text == NAME).map(|it| it.at);
    match &*command.name {
        "unset" if !command.known().any(|it| it == "-f") => named(),
        "export" if command.known().any(|it| it == "-n") => named(),
        _ => {
            let words = command.assignments.iter().chain(command.arguments.iter().filter(|_| &*command.name == "export"));
            words.into_iter().find(|it| it.text.strip_prefix(NAME) == Some("=") && it.literal).map(|it| it.at)
        }
    }
}
