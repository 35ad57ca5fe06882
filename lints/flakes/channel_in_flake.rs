//! Channels, where hosts are built from a flake.

use lint_api::prelude::*;
use lint_api::repo::definitions::Value;
use lint_api::repo::outline::{Node, Part, Shape};
use lint_api::repo::settings::Setting;

/// The lint.
pub static LINT: Lint = Lint {
    name: "channel-in-flake",
    group: Group::Flakes,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "channels, `NIX_PATH`, `autoUpgrade.channel` where hosts are built from a flake",
    page: include_str!("channel_in_flake.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const CHANNEL: &[&str] = &["system", "autoUpgrade", "channel"];
const UPGRADE: &[&str] = &["system", "autoUpgrade", "enable"];
const NIX_PATH: &[&str] = &["nix", "nixPath"];
const CHANNELS: &[&str] = &["nix", "channel", "enable"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let from_flake = |at: FileId| repo.flake_of(&repo.file(at).path).is_some();
    if !repo.hosts.all.iter().any(|host| from_flake(host.at.file)) {
        return;
    }
    // Files of a host that no flake builds keep their channels.
    let judged = |it: &Setting<'_>| {
        from_flake(it.file.id) && repo.hosts.perhaps_of(it.file.id).all(|(_, host)| from_flake(host.at.file))
    };
    let mut channels = Vec::new();
    for it in repo.system_settings(CHANNEL).filter(judged) {
        channels.push(it.file.id);
        if it.definition.value != Value::Null {
            cx.report(name_of(&it), "`system.autoUpgrade.channel` does not upgrade a host that is built from a flake")
                .help("set `system.autoUpgrade.flake`");
        }
    }
    if !names_a_flake(repo) {
        for it in repo.system_settings(UPGRADE).filter(judged) {
            if it.definition.value == Value::Bool(true) && !channels.contains(&it.file.id) {
                cx.report(name_of(&it), "without `system.autoUpgrade.flake` it upgrades the channel, not this flake")
                    .help("set `system.autoUpgrade.flake`");
            }
        }
    }
    for it in repo.system_settings(NIX_PATH).filter(judged) {
        let mut open: Vec<Node<'_>> = it.value_node().into_iter().collect();
        while let Some(node) = open.pop() {
            match node.bare().shape() {
                Shape::List => open.extend(node.bare().children()),
                Shape::Binary { op: "++", left, right } => open.extend([left, right]),
                _ => entry(cx, &it, node.bare()),
            }
        }
    }
    for it in repo.system_settings(CHANNELS).filter(judged) {
        if it.definition.value == Value::Bool(true) {
            cx.report(name_of(&it), "channels have no part in a host that is built from a flake")
                .help("`nix.channel.enable = false` removes them")
                .soften(1);
        }
    }
}

/// An element of `nix.nixPath`.
fn entry(cx: &mut RepoCx<'_>, it: &Setting<'_>, node: Node<'_>) {
    let Some(parts) = node.parts().filter(|_| node.is(SyntaxKind::NODE_STRING)) else { return };
    let Some(Part::Text(text)) = parts.first() else { return };
    let (name, place) = text.split_once('=').unwrap_or(("", text));
    let at = it.span(node.range());
    let help = "name the input: `\"nixpkgs=${inputs.nixpkgs}\"`, or `\"nixpkgs=flake:nixpkgs\"`";
    if name == "nixos-config" {
        cx.report(at, "`nixos-config` names a configuration that the flake does not use")
            .help("delete it")
            .soften(1);
    } else if place.starts_with("/nix/var/nix/profiles/per-user/root/channels") {
        cx.report(at, "this path is the channel of root, not the nixpkgs of this flake").help(help);
    }
}

/// Whether some module says which flake is upgraded, in its option or among the flags.
fn names_a_flake(repo: &Repo) -> bool {
    let settings = repo.settings();
    let flags = settings.below(repo, &["system", "autoUpgrade", "flags"]);
    settings.below(repo, &["system", "autoUpgrade", "flake"]).next().is_some()
        || flags.map(|it| it.file.text.slice(it.definition.value_at)).any(|it| it.contains("--flake"))
}

/// The name of the option.
fn name_of(it: &Setting<'_>) -> Span {
    it.span(it.definition.at)
}
