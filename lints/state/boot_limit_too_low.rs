//! A boot menu that keeps no older generation.

use lint_api::prelude::*;
use lint_api::repo::definitions::Value;
use lint_api::repo::settings;

/// The lint.
pub static LINT: Lint = Lint {
    name: "boot-limit-too-low",
    group: Group::State,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "configurationLimit below 3",
    page: include_str!("boot_limit_too_low.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const LOADERS: [&str; 4] = ["systemd-boot", "grub", "limine", "generic-extlinux-compatible"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for it in repo.system_settings(&["boot", "loader", "*", "configurationLimit"]) {
        let Some(loader) = it.name(2).filter(|name| LOADERS.contains(name)) else { continue };
        let older = match it.definition.value {
            Value::Int(1) => "no",
            Value::Int(2) => "one",
            _ => continue,
        };
        let option = ["boot", "loader", loader, "configurationLimit"];
        let off = settings::in_file(it.file, &["boot", "loader", loader, "enable"]);
        if it.has_reason()
            || off.iter().any(|it| it.definition.value == Value::Bool(false))
            || repo.settings().is_overridden(repo, &it, &option)
        {
            continue;
        }
        let limit = if older == "no" { 1 } else { 2 };
        let message =
            format!("with `configurationLimit = {limit}` the boot menu has {older} older generation to fall back to");
        cx.report(it.value_at(), message).help("keep some, 10 is usual; or say in a comment why there is no room for them");
    }
}
