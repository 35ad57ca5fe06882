//! `nixos-rebuild --upgrade --flake`: the flag updates channels, and a flake takes nothing from them.

use lint_api::prelude::*;
use lint_api::repo;
use lint_api::repo::shell::rebuild::Rebuild;

/// The lint.
pub static LINT: Lint = Lint {
    name: "upgrade-with-flake",
    group: Group::Commands,
    level: Level::Warn,
    fix: FixKind::Unsafe,
    summary: "`nixos-rebuild --upgrade --flake`, which updates nothing that is built",
    page: include_str!("upgrade_with_flake.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const UPGRADE: [&str; 2] = ["--upgrade", "--upgrade-all"];
const HELP: &str = "run `nix flake update` before; drop the flag";

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (file, snippet) in repo.snippets() {
        for command in &snippet.commands {
            let Some(rebuild) = Rebuild::of(command) else { continue };
            let Some(flag) = rebuild.arguments.word(&UPGRADE) else { continue };
            if !command.name.starts_with("nixos-rebuild") || !rebuild.arguments.has(&["--flake", "-F"]) {
                continue;
            }
            let message = format!("`{}` updates channels; with `--flake` nothing is updated", flag.text);
            let finding = cx.report(Span { file: file.id, range: flag.at }, message);
            finding.help(HELP);
            if flag.exact {
                finding.fix(remove(file, flag.at));
            }
            if repo.only_tells(file, snippet) {
                finding.soften(1);
            }
        }
    }
    // The flags of `system.autoUpgrade` are arguments of `nixos-rebuild`.
    for it in repo.system_settings(&["system", "autoUpgrade", "flags"]) {
        let with_flake = repo::settings::in_file(it.file, &["system", "autoUpgrade", "flake"]);
        if !with_flake.iter().any(|flake| flake.prefix() == it.prefix()) {
            continue;
        }
        for (text, range) in it.strings().0 {
            if UPGRADE.contains(&text.as_str()) {
                let message = format!("`{text}` updates channels; with `system.autoUpgrade.flake` nothing is updated");
                let finding = cx.report(it.span(range), message);
                finding.help("`\"--recreate-lock-file\"` or a job that runs `nix flake update` updates the inputs; drop the flag");
                finding.fix(remove(it.file, range));
            }
        }
    }
}

/// Without the word and the spaces before it.
fn remove(file: &File, at: TextRange) -> Fix {
    let before = &file.text.contents()[..usize::from(at.start())];
    let spaces = before.len() - before.trim_end_matches([' ', '\t', '\n']).len();
    // A line of shell that goes on ends in a backslash: its line end stays.
    let spaces = match before.trim_end().ends_with('\\') {
        true => before.len() - before.trim_end_matches([' ', '\t']).len(),
        false => spaces,
    };
    let start = at.start() - TextSize::from(u32::try_from(spaces).unwrap_or(0));
    Fix::r#unsafe("remove the flag").delete(TextRange::new(start, at.end()))
}
