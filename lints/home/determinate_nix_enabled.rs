//! nix-darwin and Determinate both managing Nix.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::Value;
use lint_api::repo::hosts::Host;
use lint_api::repo::settings::{Effective, Setting};

/// The lint.
pub static LINT: Lint = Lint {
    name: "determinate-nix-enabled",
    group: Group::Home,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "Determinate on nix-darwin without `nix.enable = false`",
    page: include_str!("determinate_nix_enabled.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const ENABLE: [&str; 2] = ["nix", "enable"];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let settings = repo.settings();
    let macs: Vec<&Host> = repo.hosts.all.iter().filter(|it| it.class == Class::Darwin && !it.ephemeral).collect();
    let mut said = Vec::new();
    for host in &macs {
        let Some(name) = host.name.known() else { continue };
        let module = host.foreign.iter().find(|(it, _)| is_determinate(it));
        let on = settings.surely_on(repo, host, &ENABLE).find(|it| it.definition.value == Value::Bool(true));
        let message = format!("Determinate manages Nix on `{name}`; nix-darwin must not (`nix.enable = false`)");
        let help = "set `nix.enable = false`; settings of Nix then go to `determinateNix.customSettings`";
        let note = "nix-darwin replaces the daemon and the `nix.conf` that Determinate has put there, or stops the activation";
        if let Some(on) = on {
            let wins = settings.effective(repo, host, &ENABLE) == Effective::Is(&Value::Bool(true)) || module.is_some();
            let proof = module.map(|(_, at)| *at).or_else(|| (macs.len() == 1).then(|| installed(repo, host))?);
            let Some(proof) = proof.filter(|_| wins && !said.contains(&on.span(on.definition.at))) else { continue };
            said.push(on.span(on.definition.at));
            let words = if module.is_some() { "the module of Determinate" } else { "Determinate is installed here" };
            let finding = cx.report(on.span(on.definition.at), message);
            finding.label_at(proof, words).note(note).help(help);
            if module.is_some() {
                finding.raise(1);
            }
        } else if let Some((_, at)) = module
            && host.complete
            && !says(repo, host, &ENABLE)
            && settings.effective(repo, host, &["determinateNix", "enable"]) == Effective::Unset
            && !said.contains(at)
        {
            said.push(*at);
            cx.report(*at, message)
                .soften(1)
                .note("the module does so itself when `determinateNix.enable` is true, and in older versions not at all")
                .help("set `determinateNix.enable = true`, or `nix.enable = false` where the module is older");
        }
    }
}

/// `determinate.darwinModules.default`
fn is_determinate(module: &str) -> bool {
    let mut names = module.trim_start_matches("inputs.").split(['.', '/']);
    names.next().is_some_and(|it| it.starts_with("determinate")) && names.next() == Some("darwinModules")
}

/// Whether something of the host may set an option, as far as its files tell.
fn says(repo: &Repo, host: &Host, path: &[&str]) -> bool {
    let here = |it: &Setting<'_>| it.on(host).is_some();
    let whole = |it: Setting<'_>| it.definition.value != Value::Set;
    repo.settings().matching(repo, path).any(|it| here(&it))
        || repo.settings().matching(repo, &path[..1]).filter(here).any(whole)
}

/// Where the only mac of a repository gets Determinate from: its own files, or a script that installs it.
fn installed(repo: &Repo, host: &Host) -> Option<Span> {
    let own = |file: &File| host.surely.contains(&file.id);
    let words = |file: &File| {
        let is_script = matches!(file.kind, Kind::Shell);
        let words: &[&str] = match file.kind {
            Kind::Nix if own(file) => &["determinate-nixd", "/etc/nix/nix.custom.conf"],
            _ if is_script => &["determinate-nixd", "install --determinate"],
            _ => &[],
        };
        words.iter().find_map(|word| Some((file.text.contents().find(word)?, word.len())))
    };
    repo.files.iter().find_map(|file| {
        let (at, len) = words(file)?;
        let range = TextRange::at(TextSize::try_from(at).ok()?, TextSize::try_from(len).ok()?);
        let text = file.text.line(file.text.line_of(range.start()));
        (!text.trim_start().starts_with('#')).then_some(Span { file: file.id, range })
    })
}
