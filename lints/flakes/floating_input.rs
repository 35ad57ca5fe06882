//! An input that follows a branch instead of a revision.

use lint_api::prelude::*;
use lint_api::repo::flake::{FlakeRef, Project};

/// The lint.
pub static LINT: Lint = Lint {
    name: "floating-input",
    group: Group::Flakes,
    level: Level::Off,
    fix: FixKind::Never,
    summary: "an input that follows a branch instead of a revision",
    page: include_str!("floating_input.md"),
    options: Options::of::<Settings>(),
    check: Check::Repo(check),
};

/// The settings.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// The names of the inputs that must be fixed; empty: the nixpkgs that hosts are built from.
    inputs: Vec<String>,
    /// Whether a tag counts as fixed.
    allow_tags: bool,
}

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let mut of_hosts = Vec::new();
    for origin in repo.origins().into_iter().filter(|it| it.project == Project::Nixpkgs) {
        of_hosts.push((origin.at.file, origin.name));
    }
    for (id, file, facts) in repo.flakes() {
        let settings = cx.options::<Settings>(id);
        let lock = repo.sound_lock(file).map(|(_, lock)| lock);
        for input in &facts.inputs {
            let wanted = if settings.inputs.is_empty() {
                of_hosts.iter().any(|(of, name)| *of == id && **name == *input.name)
            } else {
                settings.inputs.iter().any(|it| **it == *input.name)
            };
            let (true, true, Some(reference)) = (wanted, input.complete, &input.reference) else { continue };
            let Some(what) = floats(reference, settings.allow_tags) else { continue };
            let range = input.url.as_ref().map_or(input.at, |(_, at)| *at);
            let finding = cx.report(Span { file: id, range }, format!("`{}` {what}", input.name));
            let node = lock.and_then(|it| it.node(it.resolve(&[&input.name]).ok()?));
            let rev = node.and_then(|it| it.locked.as_ref()?.get("rev"));
            match rev {
                Some(rev) => finding.help(format!("write the revision that `flake.lock` holds: {rev}")),
                None => finding.help("write the revision, all 40 digits of it"),
            };
        }
    }
}

/// What an input follows, when that can move.
fn floats(reference: &FlakeRef, allow_tags: bool) -> Option<String> {
    let get = |name: &str| reference.attributes.get(name);
    if get("rev").is_some() || get("narHash").is_some() {
        return None;
    }
    let moves = "`nix flake update` will move it";
    let name = reference.branch();
    let by_url = matches!(reference.kind(), "tarball" | "file");
    match (reference.kind(), name.as_deref()) {
        (_, Some(name)) if is_hex(name) && name.len() == 40 => None,
        (_, Some(name)) if allow_tags && is_tag(name) => None,
        (_, Some(name)) if is_hex(name) && (7..40).contains(&name.len()) && !by_url => {
            Some(format!("is at `{name}`, which is read as the name of a branch: only all 40 digits are a revision"))
        }
        ("tarball" | "file", Some(name)) if get("url").is_some_and(|it| it.contains("nixos.org/")) => {
            Some(format!("follows the channel `{name}`; {moves}"))
        }
        ("indirect", Some(name)) => Some(format!("follows `{name}` of the registry; {moves}")),
        ("indirect", None) => Some(format!("is what the registry says; {moves}")),
        ("github" | "gitlab" | "sourcehut" | "git" | "hg" | "tarball" | "file", Some(name)) => {
            let kind = if is_tag(name) { "tag" } else { "branch" };
            Some(format!("follows the {kind} `{}`; {moves}", short(name)))
        }
        ("github" | "gitlab" | "sourcehut" | "git" | "hg", None) => {
            Some(format!("follows the default branch; {moves}"))
        }
        // `https://flakehub.com/f/OWNER/FLAKE/0.1.*`
        ("tarball", None) => {
            let url = get("url").filter(|it| it.contains("flakehub.com/f/"))?;
            let version = url.rsplit('/').next()?.trim_end_matches(".tar.gz");
            version.contains('*').then(|| format!("follows every `{version}`; {moves}"))
        }
        _ => None,
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
        && text.bytes().any(|it| it.is_ascii_digit())
}

/// `v1.2.3`, `25.05`, `refs/tags/x`: a name that nobody moves.
fn is_tag(name: &str) -> bool {
    let number = name.strip_prefix('v').unwrap_or(name);
    let dotted = number.contains('.') && number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    name.starts_with("refs/tags/") || dotted
}

fn short(name: &str) -> &str {
    let name = name.strip_prefix("refs/tags/").unwrap_or(name);
    name.strip_prefix("refs/heads/").unwrap_or(name)
}
