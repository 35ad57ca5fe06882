//! A key beside `config` or `options` that the module system rejects.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "stray-key",
    group: Group::Modules,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "a key beside `config` or `options` that the module system rejects",
    page: include_str!("stray_key.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for file in &repo.files {
        for module in &file.facts.modules.modules {
            let [first, rest @ ..] = module.stray.as_slice() else { continue };
            if !repo.links().is_module(file.id, module.evidence) {
                continue;
            }
            let beside = if module.has_config { "config" } else { "options" };
            let name = file.text.slice(*first);
            let message = format!("`{name}` stands beside `{beside}`, so the module system rejects it");
            let finding = cx.report(Span { file: file.id, range: *first }, message);
            for at in rest {
                finding.label(*at, "and this");
            }
            finding.note(format!("Nix says: Module has an unsupported attribute `{name}'"));
            finding.help("move it below `config`");
        }
    }
}
