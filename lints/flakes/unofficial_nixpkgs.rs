//! Hosts built from a nixpkgs that is not NixOS' own.

use lint_api::prelude::*;
use lint_api::repo::flake::{FlakeRef, Project};

/// The lint.
pub static LINT: Lint = Lint {
    name: "unofficial-nixpkgs",
    group: Group::Flakes,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "nixpkgs from another owner than NixOS",
    page: include_str!("unofficial_nixpkgs.md"),
    options: Options::of::<Settings>(),
    check: Check::Repo(check),
};

/// The settings.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Owners that are trusted as well.
    allow: Vec<String>,
}

fn check(cx: &mut RepoCx<'_>) {
    for origin in cx.repo.origins().into_iter().filter(|it| it.project == Project::Nixpkgs) {
        let Some((owner, source)) = foreign(&origin.reference) else { continue };
        let settings = cx.options::<Settings>(origin.at.file);
        if settings.allow.iter().any(|it| it.eq_ignore_ascii_case(owner)) {
            continue;
        }
        cx.report(origin.at, format!("`{}` comes from `{source}`, not from NixOS", origin.name))
            .help("every package of the host comes from there; allow the owner in the settings if it is trusted");
    }
}

/// The owner of a nixpkgs that is not NixOS', and what it is called; `None` where that cannot be told.
fn foreign(reference: &FlakeRef) -> Option<(&str, String)> {
    let get = |name: &str| reference.attributes.get(name);
    match reference.kind() {
        "github" | "gitlab" | "sourcehut" => {
            let (owner, repo) = (get("owner")?, get("repo")?);
            let official = reference.kind() == "github" && owner.eq_ignore_ascii_case("NixOS");
            (!official).then(|| (owner, format!("{owner}/{repo}")))
        }
        "git" | "tarball" => {
            let url = get("url")?;
            let (_, rest) = url.split_once("://")?;
            let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
            let mut parts = rest.split(['/', ':']);
            let host = parts.next()?.to_ascii_lowercase();
            // `https://flakehub.com/f/OWNER/FLAKE/VERSION`, `https://api.flakehub.com/f/pinned/OWNER/…`
            let owner = match host.as_str() {
                "channels.nixos.org" | "releases.nixos.org" | "nixos.org" | "cache.nixos.org" => return None,
                "flakehub.com" | "api.flakehub.com" => parts.find(|it| !matches!(*it, "f" | "pinned"))?,
                "github.com" | "gitlab.com" | "codeberg.org" => parts.next()?,
                _ => &rest[..host.len()],
            };
            let repo = parts.next().filter(|_| owner.len() != host.len()).unwrap_or_default();
            let repo = repo.trim_end_matches(".git");
            let source = if repo.is_empty() { owner.to_owned() } else { format!("{owner}/{repo}") };
            (!owner.eq_ignore_ascii_case("NixOS")).then_some((owner, source))
        }
        // A path, or a name of the registry.
        _ => None,
    }
}
