//! A `stateVersion` that is taken from the running release.

use lint_api::prelude::*;

/// The lint.
pub static LINT: Lint = Lint {
    name: "state-version-computed",
    group: Group::State,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "stateVersion taken from the running release",
    page: include_str!("state_version_computed.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (file, definition, value) in repo.moving_state_versions() {
        let at = Span {
            file: file.id,
            range: definition.value_at,
        };
        let finding = cx.report(
            at,
            format!("`stateVersion` changes with every upgrade when it is taken from `{value}`"),
        );
        finding.note("it records the release of the installation, so that services know the form of their data");
        finding.help("write the release that the machine was installed with, and leave it");
        if !definition.at.contains_range(definition.value_at)
            && file.text.line_of(definition.at.start()) != file.text.line_of(at.range.start())
        {
            finding.label(definition.at, "takes it from there");
        }
    }
}
