//! `--override-input` in CI: what is built there is not what the lock says.

use lint_api::prelude::*;
use lint_api::repo::shell::options::{NIX, sort};
use lint_api::repo::shell::rebuild::Rebuild;
use lint_api::repo::shell::{Command, Role, Snippet, UNKNOWN, Word};

/// The lint.
pub static LINT: Lint = Lint {
    name: "override-input-in-ci",
    group: Group::Commands,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "`--override-input` with a path in a CI job, whose results no lock describes",
    page: include_str!("override_input_in_ci.md"),
    options: Options::NONE,
    check: Check::File(check),
};

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    for snippet in &file.facts.shell.snippets {
        if snippet.role != Role::Ci || is_trial(file, snippet) {
            continue;
        }
        for command in &snippet.commands {
            let Some((flag, input, target)) = overrides(command) else { continue };
            let text = &*target.text;
            // `.` is what is tested.
            let local = text.starts_with("path:") || text.starts_with("./") || text.starts_with("../") || text.starts_with('/');
            let (message, note) = if local {
                ("a `path:` override gives other hashes than the locked input, so the cache is not shared".to_owned(), "what this job builds is not what the lock describes")
            } else if text.starts_with("github:") || text.starts_with("git+") || text.starts_with("gitlab:") {
                (format!("`{input}` is overridden with what is there on that day, not what the lock says"), "two runs of this job may build different things")
            } else {
                continue;
            };
            cx.report(flag.at, message.replace(UNKNOWN, "…")).note(note).help("lock the input to what the job should build, or say in its name that it is a trial");
        }
    }
}

/// The option, the input, and what it becomes.
fn overrides(command: &Command) -> Option<(&Word, &str, &Word)> {
    let known = &*command.name == "nix" && sort(command, &NIX).verbs().first().is_some_and(|it| matches!(*it, "build" | "flake" | "run" | "develop" | "copy"));
    if !known && Rebuild::of(command).is_none() && !matches!(&*command.name, "nix-fast-build" | "nh") {
        return None;
    }
    let at = command.arguments.iter().position(|word| &*word.text == "--override-input")?;
    let flag = command.arguments.get(at)?;
    Some((flag, &command.arguments.get(at + 1)?.text, command.arguments.get(at + 2)?))
}

/// A job that only tries something: its name says so, and it neither deploys nor fills a cache.
fn is_trial(file: &File, snippet: &Snippet) -> bool {
    let Some(job) = snippet.run.job.and_then(|it| file.facts.shell.jobs.get(it as usize)) else { return false };
    let text = file.text.slice(job.at);
    let lower = format!("{} {}", file.path.file_name(), job.name).to_ascii_lowercase();
    let trial = ["test", "compat", "bump", "check", "try", "downstream", "eval", "update"].iter().any(|it| lower.contains(it));
    let keeps = ["cachix push", "cachix watch", "cachix-action", "attic push", "nix copy", "deploy"].iter().any(|it| text.contains(it));
    trial && !keeps
}
