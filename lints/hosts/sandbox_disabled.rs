//! Builds without a sandbox.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::Value;
use lint_api::repo::settings::Setting;

/// The lint.
pub static LINT: Lint = Lint {
    name: "sandbox-disabled",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`nix.settings.sandbox = false`",
    page: include_str!("sandbox_disabled.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const PATHS: [&[&str]; 2] = [&["nix", "settings", "sandbox"], &["nix", "useSandbox"]];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut found: Vec<(Setting<'_>, Span, bool)> = Vec::new();
    for path in PATHS {
        for it in repo.system_settings(path) {
            let relaxed = match &it.definition.value {
                Value::Bool(false) => false,
                Value::Str(text) if &**text == "false" => false,
                Value::Str(text) if &**text == "relaxed" => true,
                _ => continue,
            };
            if !repo.settings().is_overridden(repo, &it, path) {
                found.push((it, it.value_at(), relaxed));
            }
        }
    }
    for it in repo.system_settings(&["nix", "extraOptions"]) {
        for (value, at) in it.lines_of("sandbox") {
            if matches!(value, "false" | "relaxed") {
                found.push((it, it.span(at), value == "relaxed"));
            }
        }
    }
    for (it, at, relaxed) in found {
        if asks_for_darwin(&it) {
            continue;
        }
        let votes = repo.classes.of(it.file.id);
        // nix-darwin has no sandbox by default; a file that both may import says little.
        let is_nixos = it.inline || votes.certain().or(votes.likely()) == Some(Class::Nixos);
        let message = if relaxed {
            "builds may ask to run without a sandbox"
        } else {
            "builds run without a sandbox"
        };
        cx.report(at, message)
            .soften(i8::from(relaxed) + i8::from(!is_nixos && !relaxed) + i8::from(it.has_reason()))
            .note("a build sees the files and the network of the machine, and its result depends on them")
            .help("leave the default; `extra-sandbox-paths` lets single paths in");
    }
}

/// Whether a condition around it asks for the system.
fn asks_for_darwin(it: &Setting<'_>) -> bool {
    let definitions = &it.file.facts.definitions;
    definitions
        .guards(it.definition.guard)
        .any(|guard| it.file.text.slice(guard.at).to_ascii_lowercase().contains("darwin"))
}
