//! A build that wants the network, which its sandbox does not have.

use lint_api::prelude::*;
use lint_api::repo::shell::{Role, network};

/// The lint.
pub static LINT: Lint = Lint {
    name: "network-in-build",
    group: Group::Commands,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a download in a phase of a build that has no fixed output",
    page: include_str!("network_in_build.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (file, snippet) in repo.snippets() {
        if snippet.role != Role::Build || snippet.run.network {
            continue;
        }
        for command in &snippet.commands {
            let Some(found) = network::in_build(command) else { continue };
            let message = format!("a build has no network, and `{}` needs one", found.name);
            let finding = cx.report(Span { file: file.id, range: found.at }, message);
            finding.note("only a derivation with a fixed output (`outputHash`) may use the network");
            finding.help(format!("fetch it with {}, and build from that", found.instead));
            if repo.only_tells(file, snippet) {
                finding.soften(1);
            }
        }
    }
}
