//! An activation script that downloads while the machine switches.

use lint_api::prelude::*;
use lint_api::repo;
use lint_api::repo::shell::{Role, network};

/// The lint.
pub static LINT: Lint = Lint {
    name: "network-in-activation",
    group: Group::Commands,
    level: Level::Info,
    fix: FixKind::Never,
    summary: "a download in an activation script",
    page: include_str!("network_in_activation.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for (file, snippet) in repo.snippets() {
        if snippet.role != Role::Activation {
            continue;
        }
        for command in &snippet.commands {
            let Some(found) = network::downloads(command) else { continue };
            // A probe: what it says decides what is done.
            if command.place == repo::shell::Place::Condition && matches!(&*command.name, "curl" | "wget") && command.after != repo::shell::After::OrTrue {
                continue;
            }
            let mut hosts = repo.hosts.perhaps_of(file.id).filter_map(|(_, host)| host.name.known());
            let whose = match (hosts.next(), hosts.next()) {
                (Some(one), None) if repo.hosts.open.is_empty() => format!("activation of `{one}`"),
                _ => "this activation script".to_owned(),
            };
            let message = format!("{whose} downloads at switch time: `{}`", found.name);
            let finding = cx.report(Span { file: file.id, range: found.at }, message);
            finding.note("a switch or a boot without network fails or waits here, and each machine gets what is there on that day");
            finding.help("take it from an input or a fetcher, or fetch it in a service that runs when the network is up");
        }
    }
}
