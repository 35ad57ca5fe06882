//! Settings of Nix on a mac whose Nix is left to others.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::Value;
use lint_api::repo::hosts::Host;
use lint_api::repo::settings::{Effective, Setting, Within, in_file};

/// The lint.
pub static LINT: Lint = Lint {
    name: "darwin-nix-disabled",
    group: Group::Home,
    level: Level::Error,
    fix: FixKind::Never,
    summary: "`nix.enable = false` and `nix.settings`/`gc`/… that then do nothing",
    page: include_str!("darwin_nix_disabled.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// What was said of each file: the option. The other definitions of the file say the same.
type Said = BTreeSet<(FileId, String)>;

const ENABLE: [&str; 2] = ["nix", "enable"];

/// An assertion of nix-darwin says no.
const REFUSED: [&[&str]; 6] = [
    &["nix", "gc", "automatic"],
    &["nix", "optimise", "automatic"],
    &["nix", "linux-builder", "enable"],
    &["services", "cachix-agent", "enable"],
    &["services", "hercules-ci-agent", "enable"],
    &["services", "lorri", "enable"],
];

/// Written into files of the Nix that nix-darwin would manage.
const IDLE: [[&str; 2]; 6] = [
    ["nix", "settings"],
    ["nix", "extraOptions"],
    ["nix", "buildMachines"],
    ["nix", "distributedBuilds"],
    ["nix", "registry"],
    ["nix", "nixPath"],
];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let settings = repo.settings();
    let mut said = Said::new();
    for host in repo.hosts.all.iter().filter(|it| it.class == Class::Darwin && !it.ephemeral) {
        if settings.effective(repo, host, &ENABLE) != Effective::Is(&Value::Bool(false)) {
            continue;
        }
        let Some(off) = settings.surely_on(repo, host, &ENABLE).find(is_false) else { continue };
        for path in REFUSED {
            for it in settings.surely_on(repo, host, path).filter(is_true) {
                refused(cx, &it, &off, path, &mut said);
            }
        }
        for path in IDLE.iter().filter(|path| !is_read(repo, host, path.as_slice())) {
            for it in settings.below(repo, path.as_slice()) {
                if it.on(host) == Some(true) && !serves_nixos(repo, it.file) {
                    idle(cx, &it, &off, path, &mut said);
                }
            }
        }
    }
    // A file that no known host has says as much by itself.
    for off in settings.matching(repo, &ENABLE).filter(is_false) {
        let file = off.file;
        let certain = repo.classes.of(file.id).certain() == Some(Class::Darwin) && off.within == Within::Own;
        if !certain || off.is_conditional() || off.inline || repo.is_ephemeral(file.id) || repo.hosts.perhaps_of(file.id).next().is_some() {
            continue;
        }
        let same = |it: &Setting<'_>| it.within == off.within && it.inline == off.inline && !it.is_conditional();
        for path in REFUSED {
            for it in in_file(file, path).iter().filter(|it| same(it) && is_true(it)) {
                refused(cx, it, &off, path, &mut said);
            }
        }
        for path in &IDLE {
            for it in in_file(file, path).iter().filter(|it| same(it)) {
                idle(cx, it, &off, path, &mut said);
            }
        }
    }
}

fn refused(cx: &mut RepoCx<'_>, it: &Setting<'_>, off: &Setting<'_>, path: &[&str], said: &mut Said) {
    let name = path.join(".");
    if !said.insert((it.file.id, name.clone())) {
        return;
    }
    let message = format!("`{name}` needs `nix.enable`, and that is false: nix-darwin refuses to build");
    cx.report(it.span(it.definition.at), message)
        .label_at(off.span(off.definition.at), "nix-darwin leaves Nix alone")
        .help("leave it to what manages Nix there; Determinate Nix collects garbage by itself");
}

/// One finding for the settings of one option in a file.
fn idle(cx: &mut RepoCx<'_>, it: &Setting<'_>, off: &Setting<'_>, path: &[&str], said: &mut Said) {
    let empty = matches!(it.definition.value, Value::List(0) | Value::Bool(false) | Value::Null) && it.path().len() == path.len();
    let bare = it.definition.value == Value::Set && it.value_node().is_some_and(|node| node.bindings().next().is_none());
    let name = path.join(".");
    if empty || bare || !said.insert((it.file.id, name.clone())) {
        return;
    }
    cx.report(it.span(it.definition.at), format!("`{name}` has no effect, because `nix.enable = false`"))
        .label_at(off.span(off.definition.at), "nix-darwin leaves Nix alone")
        .note("nix-darwin then writes no `nix.conf`, no registry and no `machines`")
        .help("with Determinate Nix, set `determinateNix.customSettings`, or write `/etc/nix/nix.custom.conf`");
}

/// Whether a module of the host reads the option: then it has the effect that the module gives it.
fn is_read(repo: &Repo, host: &Host, path: &[&str]) -> bool {
    let option = format!("config.{}", path.join("."));
    let whole = ["(config.nix)", "config.nix;", "config.nix ", "config.nix)"];
    repo.files_of(host).iter().any(|file| {
        let text = repo.file(*file).text.contents();
        text.contains("config.nix") && (text.contains(&option) || whole.iter().any(|it| text.contains(it)))
    })
}

/// Whether a file is a module of NixOS machines as well, where it has an effect.
fn serves_nixos(repo: &Repo, file: &File) -> bool {
    repo.classes.of(file.id).certain_all().any(|it| it == Class::Nixos)
        || repo.hosts.perhaps_of(file.id).any(|(_, host)| host.class == Class::Nixos)
}

fn is_true(it: &Setting<'_>) -> bool {
    it.definition.value == Value::Bool(true)
}

fn is_false(it: &Setting<'_>) -> bool {
    it.definition.value == Value::Bool(false)
}
