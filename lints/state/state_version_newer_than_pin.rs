//! A `stateVersion` above the release that is pinned.

use lint_api::prelude::*;
use lint_api::repo::accepted::Ceiling;
use lint_api::repo::date;
use lint_api::repo::state::StateValue;

/// The lint.
pub static LINT: Lint = Lint {
    name: "state-version-newer-than-pin",
    group: Group::State,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "stateVersion above the pinned release",
    page: include_str!("state_version_newer_than_pin.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut said = Vec::new();
    for it in repo.stated().filter(|it| it.certain) {
        let StateValue::Release(year, month) = it.definition.value else { continue };
        let Some(ceiling) = repo.ceiling(&it) else { continue };
        let newest = (u32::from(ceiling.release.year), u32::from(ceiling.release.month));
        // One literal may serve several definitions.
        if (year, month) <= newest || said.contains(&it.at()) {
            continue;
        }
        said.push(it.at());
        let message = format!(
            "`{}` is {}, but `{}` is pinned to {}",
            it.definition.option.name(),
            it.definition.value,
            ceiling.input,
            pinned(&ceiling)
        );
        let finding = cx.report(it.at(), message);
        finding.note("it records the release of the installation; this value was probably copied");
        finding.help("write the release that was installed, which is not newer than the pinned one");
        if repo.is_ephemeral(it.file.id) {
            finding.soften(1);
        }
    }
}

fn pinned(ceiling: &Ceiling) -> String {
    match ceiling.pin.date.and_then(date::civil).filter(|_| ceiling.pin.release.is_none()) {
        Some((year, month, _)) => {
            format!("an unstable branch of {year}-{month:02}, which becomes {}", ceiling.release)
        }
        None => ceiling.release.to_string(),
    }
}
