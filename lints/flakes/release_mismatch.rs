//! nixpkgs of one release with home-manager or nix-darwin of another.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::Value;
use lint_api::repo::flake::{FlakeFacts, Input, Pin, Project};

/// The lint.
pub static LINT: Lint = Lint {
    name: "release-mismatch",
    group: Group::Flakes,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "nixpkgs and home-manager or nix-darwin of different releases",
    page: include_str!("release_mismatch.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

const PROJECTS: [(Project, &str); 2] = [(Project::HomeManager, "home-manager"), (Project::NixDarwin, "nix-darwin")];

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    if repo.main_flake().is_none() {
        return pins(cx);
    }
    let Some(flake) = repo.main_flake().filter(|it| it.facts.faults.is_empty()) else { return };
    let Some(facts) = &flake.facts.flake else { return };
    for (project, name) in PROJECTS {
        // Two of a kind are for two package sets: nobody knows which goes with which.
        let mut inputs = facts.inputs.iter().filter(|it| repo.pin_of(flake, &it.name, project).is_some());
        let (Some(input), None) = (inputs.next(), inputs.next()) else { continue };
        if !uses(repo, &input.name, project) || says_so(repo) {
            continue;
        }
        let Some(base) = nixpkgs_of(repo, flake, facts, input, project) else { continue };
        let (Some(theirs), Some(ours)) =
            (repo.pin_of(flake, &input.name, project), repo.pin_of(flake, &base.name, Project::Nixpkgs))
        else {
            continue;
        };
        if theirs.release == ours.release {
            continue;
        }
        let at = |it: &Input| Span {
            file: flake.id,
            range: it.url.as_ref().map_or(it.at, |(_, range)| *range),
        };
        say(cx, (at(input), name), at(base), (&ours, &theirs), project);
    }
}

/// The pins of npins and niv.
fn pins(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let origins = repo.origins();
    let of = |project: Project| origins.iter().find(|it| it.project == project);
    let Some((base, ours)) = of(Project::Nixpkgs).and_then(|it| Some((it, it.pin.as_ref()?))) else { return };
    for (project, name) in PROJECTS {
        let Some((other, theirs)) = of(project).and_then(|it| Some((it, it.pin.as_ref()?))) else { continue };
        if theirs.release != ours.release && !says_so(repo) {
            say(cx, (other.at, name), base.at, (ours, theirs), project);
        }
    }
}

/// What is wrong, at the reference of the other project.
fn say(cx: &mut RepoCx<'_>, (at, name): (Span, &str), base: Span, (ours, theirs): (&Pin, &Pin), project: Project) {
    let show = |pin: &Pin| pin.release.map_or("unstable".to_owned(), |it| it.to_string());
    let finding = cx.report(at, format!("nixpkgs is {}, {name} is {}", show(ours), show(theirs)));
    finding.label_at(base, "nixpkgs is pinned here");
    if let Some(release) = ours.release {
        let branch = if project == Project::HomeManager { "release" } else { "nix-darwin" };
        finding.help(format!("the branch for it is `{branch}-{release}`"));
    }
}

/// The nixpkgs that goes with an input: what it follows, else the one that builds the hosts.
fn nixpkgs_of<'f>(
    repo: &Repo,
    flake: &'f File,
    facts: &'f FlakeFacts,
    input: &'f Input,
    project: Project,
) -> Option<&'f Input> {
    let named = |name: &str| facts.inputs.iter().find(|it| &*it.name == name);
    let follows = input.overrides.iter().find(|it| it.path.len() == 1 && &*it.path[0] == "nixpkgs");
    if let Some(first) = follows.and_then(|it| it.follows.as_ref()).and_then(|it| it.first()) {
        return named(first);
    }
    let mut all = facts.inputs.iter().filter(|it| repo.pin_of(flake, &it.name, Project::Nixpkgs).is_some());
    match (all.next(), all.next(), project) {
        (Some(only), None, _) => Some(only),
        // Several package sets: only for home-manager is it sure which one a host has.
        (_, _, Project::HomeManager) => named(repo.nixpkgs_input(flake)?),
        _ => None,
    }
}

/// Whether a host uses the input.
fn uses(repo: &Repo, input: &str, project: Project) -> bool {
    let module = format!("{input}.");
    repo.hosts.all.iter().any(|host| {
        let builds = host.call.as_ref().is_some_and(|call| call.input.as_deref() == Some(input));
        let darwin = project == Project::NixDarwin && host.class == Class::Darwin;
        builds && (darwin || project == Project::HomeManager)
            || host.foreign.iter().any(|(name, _)| name.starts_with(&module))
    })
}

/// `home.enableNixpkgsReleaseCheck = false;`
fn says_so(repo: &Repo) -> bool {
    repo.files.iter().any(|file| {
        let definitions = &file.facts.definitions;
        definitions.entries.iter().any(|entry| {
            entry.value == Value::Bool(false) && definitions.ends_with(entry.path, &["enableNixpkgsReleaseCheck"])
        })
    })
}
