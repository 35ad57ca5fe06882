//! The firewall of a machine switched off.

use lint_api::prelude::*;
use lint_api::repo::definitions::Value;
use lint_api::repo::settings::Setting;

/// The lint.
pub static LINT: Lint = Lint {
    name: "firewall-disabled",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "the firewall switched off",
    page: include_str!("firewall_disabled.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const ENABLE: [&str; 3] = ["networking", "firewall", "enable"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    for it in repo.system_settings(&ENABLE) {
        if it.definition.value != Value::Bool(false)
            || has_another_firewall(repo, &it)
            || repo.settings().is_overridden(repo, &it, &ENABLE)
        {
            continue;
        }
        let finding = cx.report(it.value_at(), "the firewall is off");
        finding.help("open the ports that are needed: `networking.firewall.allowedTCPPorts`");
        if it.is_conditional() {
            finding.note(format!("`{}` switches it off for the whole host", it.file.path));
        }
        if it.has_reason() {
            finding.soften(1);
        }
    }
}

/// Whether the file, or a host that has it, filters packets in another way.
fn has_another_firewall(repo: &Repo, it: &Setting<'_>) -> bool {
    let others: [&[&str]; 6] = [
        &["networking", "nftables", "ruleset"],
        &["networking", "nftables", "rulesetFile"],
        &["networking", "nftables", "tables"],
        &["networking", "firewall", "package"],
        &["services", "firewalld", "enable"],
        &["services", "ferm", "enable"],
    ];
    others.iter().any(|path| {
        repo.settings().below(repo, path).any(|other| {
            other.file.id == it.file.id
                || repo.hosts.perhaps_of(it.file.id).any(|(_, host)| other.on(host).is_some())
        })
    })
}
