//! Options and sub-commands of Nix that have successors, and options that do not exist.

use lint_api::prelude::*;
use lint_api::repo;
use lint_api::repo::flake::{Project, Release};
use lint_api::repo::shell::options::{Arguments, COLLECT_GARBAGE, HASH, NIX, sort};
use lint_api::repo::shell::rebuild::Rebuild;
use lint_api::repo::shell::{Command, Place, Word};

/// The lint.
pub static LINT: Lint = Lint {
    name: "deprecated-nix-flag",
    group: Group::Commands,
    level: Level::Warn,
    fix: FixKind::Safe,
    summary: "`--update-input`, `nix hash to-sri`, `nix show-config` and other commands that have successors",
    page: include_str!("deprecated_nix_flag.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// What is said of a command.
struct Said {
    at: TextRange,
    message: String,
    help: Option<String>,
    fix: Option<Fix>,
    /// Below the lint's level.
    steps: i8,
    /// The version of Nix that brought the successor: 2.x.
    since: u32,
}

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    // Asked for only where something is found.
    let pinned = std::cell::OnceCell::new();
    let has = |since: u32| pinned.get_or_init(|| oldest_nix(repo)).is_none_or(|version| version >= since);
    for (file, snippet) in repo.snippets() {
        // Two variants side by side are chosen by version.
        let asks_version = snippet.commands.iter().any(|it| {
            it.name.starts_with("nix") && it.known().any(|word| word == "--version") && it.at.len() < TextSize::from(40)
        });
        if asks_version {
            continue;
        }
        for command in snippet.commands.iter().filter(|it| it.place != Place::Guard) {
            let said = flake_input(file, command).or_else(|| hash(repo, command)).or_else(|| renamed(command));
            let said = said.or_else(|| garbage(command)).or_else(|| rebuild(repo, command));
            let Some(said) = said.filter(|it| has(it.since)) else { continue };
            let finding = cx.report(Span { file: file.id, range: said.at }, said.message);
            if let Some(help) = said.help {
                finding.help(help);
            }
            let steps = said.steps + i8::from(repo.only_tells(file, snippet));
            finding.fix_if(said.fix).soften(steps);
        }
    }
    for it in repo.system_settings(&["system", "autoUpgrade", "flags"]) {
        for (text, range) in it.strings().0 {
            if text == "--update-input" && has(19) {
                cx.report(it.span(range), "`--update-input` is deprecated; `nix flake update` updates one input")
                    .help("run `nix flake update <input>` in a job of its own, and commit the lock");
            }
        }
    }
}

/// The oldest Nix 2.x that the repository names in `nix.package`; 0 for another implementation.
fn oldest_nix(repo: &Repo) -> Option<u32> {
    let settings = repo.files.iter().flat_map(|file| repo::settings::in_file(file, &["nix", "package"]));
    settings
        .filter_map(|it| {
            let text = it.file.text.slice(it.value_at().range);
            if text.contains("lix") {
                return Some(0);
            }
            let (_, digits) = text.split_once("nix_2_")?;
            digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        })
        .min()
}

/// `nix flake lock --update-input a`, and the same option elsewhere.
fn flake_input(file: &File, command: &Command) -> Option<Said> {
    let said = |at, message: String, help: Option<String>, fix| {
        Some(Said { at, message, help, fix, steps: 0, since: 19 })
    };
    if &*command.name != "nix" {
        let rebuild = Rebuild::of(command)?;
        let word = rebuild.arguments.word(&["--update-input"])?;
        let input = shown(rebuild.arguments.value(&["--update-input"]).map(|it| it.0));
        return said(word.at, "`--update-input` is deprecated".to_owned(), Some(format!("run `nix flake update {input}` before")), None);
    }
    let arguments = sort(command, &NIX);
    let word = arguments.word(&["--update-input"])?;
    let inputs: Vec<&Word> = arguments.options.iter().filter(|it| it.0 == "--update-input").filter_map(|it| it.1).collect();
    let input = inputs.iter().map(|it| shown(Some(it))).collect::<Vec<_>>().join(" ");
    let successor = format!("nix flake update {input}");
    let verbs = arguments.verbs();
    let (old, verb) = match verbs.as_slice() {
        ["flake", "lock", ..] => ("nix flake lock --update-input", arguments.operands[1]),
        ["flake", "update", ..] => ("nix flake update --update-input", arguments.operands[1]),
        _ => {
            return said(word.at, "`--update-input` is deprecated".to_owned(), Some(format!("run `{successor}` before")), None);
        }
    };
    // A flake named as an operand would have to become `--flake`.
    let flags: Vec<&Word> = (arguments.options.iter().zip(&arguments.words)).filter(|it| it.0.0 == "--update-input").map(|it| *it.1).collect();
    let simple = verbs.len() == 2 && verb.exact && !arguments.unsure && inputs.len() == flags.len();
    let fix = simple.then(|| Fix::safe(format!("use `{successor}`"))).and_then(|fix| {
        let fix = if &*verb.text == "lock" { fix.replace(verb.at, "update") } else { fix };
        flags.iter().zip(&inputs).try_fold(fix, |fix, (flag, input)| {
            let gap = TextRange::new(flag.at.start(), input.at.start());
            let only = flag.exact && input.at.start() > flag.at.end() && {
                let between = file.text.slice(TextRange::new(flag.at.end(), input.at.start()));
                between.chars().all(|it| matches!(it, ' ' | '\t'))
            };
            only.then(|| fix.delete(gap))
        })
    });
    let message = format!("`{old}` is deprecated; use `{successor}`");
    said(word.at, message, None, fix)
}

/// The name of an input, if it is known.
fn shown(word: Option<&Word>) -> &str {
    word.filter(|it| it.literal).map_or("<input>", |it| &it.text)
}

/// `nix hash to-sri`, `nix-hash --to-sri`
fn hash(repo: &Repo, command: &Command) -> Option<Said> {
    let legacy = &*command.name == "nix-hash";
    if !legacy && &*command.name != "nix" {
        return None;
    }
    let arguments = sort(command, &HASH);
    let (word, format, old) = if legacy {
        let word = arguments.word(&["--to-sri", "--to-base16", "--to-base32", "--to-base64"])?;
        (word, word.text.strip_prefix("--to-")?, format!("nix-hash {}", word.text))
    } else {
        let ["hash", verb, ..] = arguments.verbs()[..] else { return None };
        let format = verb.strip_prefix("to-").filter(|it| matches!(*it, "sri" | "base16" | "base32" | "base64"))?;
        (arguments.operands[1], format, format!("nix hash {verb}"))
    };
    // The new name of what Nix called base-32 all the time.
    let format = if format == "base32" { "nix32" } else { format };
    let kind = arguments.word(&["--type"]);
    let close = command.arguments.get(usize::from(!legacy)).is_some_and(|it| it.at == word.at);
    let at = if close { command.name_at.cover(word.at) } else { word.at };
    // `nix hash` needs the experimental command, which whoever uses a flake has.
    let edits = word.exact && kind.is_none_or(|it| it.exact && &*it.text == "--type") && command.wrappers.is_empty();
    let fix = edits.then(|| Fix::safe("use `nix hash convert`")).and_then(|fix| {
        let fix = match legacy {
            true if !exact_name(command, "nix-hash") || repo.main_flake().is_none() => return None,
            true => fix.replace(word.at, format!("--to {format}")),
            false => fix.replace(word.at, format!("convert --to {format}")),
        };
        Some(kind.map_or(fix.clone(), |it| fix.replace(it.at, "--hash-algo")))
    });
    let fix = match legacy {
        true => fix.map(|it| it.replace(command.name_at, "nix hash convert")),
        false => fix,
    };
    let fix = fix.map(|mut it| {
        it.edits.sort_by_key(|edit| edit.range.start());
        it
    });
    Some(Said {
        at,
        message: format!("`{old}` is deprecated; use `nix hash convert --to {format}`"),
        help: None,
        fix,
        // The old program still works without a word.
        steps: i8::from(legacy),
        since: 20,
    })
}

/// Whether the program stands there by this name alone, so that it may be replaced.
fn exact_name(command: &Command, name: &str) -> bool {
    usize::from(command.name_at.len()) == name.len()
}

/// `nix show-config`, `nix doctor`, `nix store ping`
fn renamed(command: &Command) -> Option<Said> {
    if &*command.name != "nix" {
        return None;
    }
    let arguments = sort(command, &NIX);
    let (old, words, text, since) = match arguments.verbs()[..] {
        ["show-config", ..] => ("show-config", 0..1, "config show", 20),
        ["doctor", ..] => ("doctor", 0..1, "config check", 20),
        ["store", "ping", ..] => ("store ping", 1..2, "info", 19),
        ["ping-store", ..] => ("ping-store", 0..1, "store info", 19),
        _ => return None,
    };
    let word = arguments.operands[words.start];
    let new = if old == "store ping" { "store info" } else { text };
    Some(Said {
        at: command.name_at.cover(word.at),
        message: format!("`nix {old}` is deprecated; use `nix {new}`"),
        help: None,
        fix: word.exact.then(|| Fix::safe(format!("use `nix {new}`")).replace(word.at, text)),
        steps: 0,
        since,
    })
}

/// Options that `nix-collect-garbage` does not have.
fn garbage(command: &Command) -> Option<Said> {
    if &*command.name != "nix-collect-garbage" {
        return None;
    }
    let arguments = sort(command, &COLLECT_GARBAGE);
    // Every setting of Nix is an option too: only those that look like options of another tool are known to be none.
    let settings = ["--keep-going", "--keep-failed", "--keep-derivations", "--keep-outputs", "--keep-env-derivations", "--keep-build-log"];
    let (word, name) = arguments.words.iter().zip(&arguments.options).map(|(word, it)| (*word, &*it.0)).find(|(_, name)| {
        name.starts_with("--keep") && !settings.contains(name) || matches!(*name, "--older-than" | "--delete-generations" | "--all")
    })?;
    Some(Said {
        at: word.at,
        message: format!("`nix-collect-garbage` has no option `{name}`"),
        help: Some("`--delete-older-than 30d` keeps what is younger; `nh clean --keep 5` keeps a number".to_owned()),
        fix: None,
        steps: 0,
        since: 0,
    })
}

/// Options that the `nixos-rebuild` of 25.11 has under another name.
fn rebuild(repo: &Repo, command: &Command) -> Option<Said> {
    let rebuild = Rebuild::of(command).filter(|it| it.command.name.starts_with("nixos-rebuild"))?;
    let (word, new) = successor(&rebuild.arguments)?;
    // Without a pin nobody knows which tool there is; the branch that moves had the new one a while before.
    let pin = repo.pin(Project::Nixpkgs)?;
    let new_tool = match pin.release {
        Some(release) => release >= Release { year: 25, month: 11 },
        None => pin.date.is_some_and(|date| date > 1_764_547_200),
    };
    new_tool.then(|| Said {
        at: word.at,
        message: format!("`{}` has a new name, `{new}`", word.text),
        help: Some(format!("the `nixos-rebuild` of 25.11 calls it `{new}`")),
        fix: None,
        steps: 1,
        since: 0,
    })
}

fn successor<'a>(arguments: &'a Arguments<'_>) -> Option<(&'a Word, &'static str)> {
    let pairs = [("--use-remote-sudo", "--sudo"), ("--fast", "--no-reexec")];
    pairs.into_iter().find_map(|(old, new)| Some((arguments.word(&[old])?, new)))
}
