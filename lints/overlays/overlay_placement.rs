//! `nixpkgs.overlays` and `nixpkgs.config` where they are ignored, or where they make the evaluation fail.

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::Segment;
use lint_api::repo::hosts::{Host, NixpkgsSetting, SettingValue};
use lint_api::repo::imports::Target;

/// The lint.
pub static LINT: Lint = Lint {
    name: "overlay-placement",
    group: Group::Overlays,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "overlays or nixpkgs settings where they are ignored or fail",
    page: include_str!("overlay_placement.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    user_files(cx);
    let repo = cx.repo;
    // Somewhere there may be a host that reaches any file.
    let whole = repo.hosts.open.is_empty()
        && repo.hosts.all.iter().all(|host| host.complete && host.homes_complete);
    let mut told: Vec<Span> = Vec::new();
    for host in &repo.hosts.all {
        for setting in &host.nixpkgs {
            if setting.when.is_some() || told.contains(&setting.at) {
                continue;
            }
            let Some(fate) = fate(repo, host, setting) else { continue };
            if fate.ignored && !(whole && everywhere_ignored(repo, setting)) {
                continue;
            }
            told.push(setting.at);
            say(cx, setting, fate);
        }
    }
}

/// What becomes of a setting on a host where it has no effect.
struct Fate {
    message: String,
    label: (Span, &'static str),
    note: Option<&'static str>,
    help: &'static str,
    /// Ignored: a claim about all hosts. Otherwise the evaluation of this one fails.
    ignored: bool,
    info: bool,
}

const FROM: &str = "the packages come from here";

fn fate(repo: &Repo, host: &Host, setting: &NixpkgsSetting) -> Option<Fate> {
    let name = host.name.known().map_or("the host", String::as_str);
    let (overlays, config) = (setting.option == "overlays", setting.option == "config");
    if setting.value == SettingValue::Null {
        return None;
    }
    let fate = |message: String, label| Fate {
        message,
        label,
        note: None,
        help: "move it to where `pkgs` is made",
        ignored: true,
        info: false,
    };
    if let Some(global) = global_pkgs(repo, host) {
        let other = !overlays && !config;
        let message = if other {
            format!("`nixpkgs.{}` does not exist in a home under `home-manager.useGlobalPkgs`", setting.option)
        } else {
            "ignored: `home-manager.useGlobalPkgs` takes the system's pkgs".to_owned()
        };
        let both = ["overlays", "config"].iter().all(|option| {
            host.nixpkgs.iter().any(|it| it.option == *option && it.value != SettingValue::Null)
        });
        return Some(Fate {
            note: both.then_some("with both `nixpkgs.overlays` and `nixpkgs.config` the evaluation fails: \"`nixpkgs` options are disabled when `home-manager.useGlobalPkgs` is enabled.\""),
            help: "move it to the system's own `nixpkgs` settings",
            ..fate(message, (global, "it is set here"))
        });
    }
    if host.system_host.is_some() || !(overlays || config) || setting.value == SettingValue::Empty {
        return None;
    }
    let outside = format!("ignored: `{name}` gets its `pkgs` from outside");
    if let Some(at) = host.call.as_ref().and_then(|call| call.special_pkgs) {
        return Some(fate(outside, (at, FROM)));
    }
    let forced = host.nixpkgs.iter().find(|it| {
        it.option == "_module.args.pkgs" && it.when.is_none() && it.wrapper.as_deref() == Some("mkForce")
    });
    if let Some(forced) = forced {
        return Some(fate(outside, (forced.at, FROM)));
    }
    let fails = |message, label| Fate { ignored: false, ..fate(message, label) };
    let read_only = host.foreign.iter().find(|(module, _)| {
        module.ends_with("nixosModules.readOnlyPkgs") || module.ends_with("misc/nixpkgs/read-only.nix")
    });
    if let Some((_, at)) = read_only {
        let message = format!("`{name}` does not evaluate: its `nixpkgs.{}` is read-only", setting.option);
        return Some(fails(message, (*at, "the packages are read-only because of this")));
    }
    let call = host.call.as_ref().and_then(|call| call.pkgs);
    let module = host
        .nixpkgs
        .iter()
        .find(|it| it.option == "pkgs" && it.when.is_none() && it.value != SettingValue::Null)
        .map(|it| it.at);
    match host.class {
        Class::Darwin if call.is_some() => Some(fate(outside, (call?, FROM))),
        Class::Nixos | Class::Darwin if config && setting.value == SettingValue::Filled => {
            let at = call.or(module)?;
            let message = format!(
                "`{name}` does not evaluate: its `pkgs` is made elsewhere, and `nixpkgs.config` belongs there"
            );
            Some(Fate {
                note: Some("\"Your system configures nixpkgs with an externally created instance.\""),
                ..fails(message, (at, FROM))
            })
        }
        Class::Home if config => {
            let call = host.call.as_ref()?;
            let (has, sets) = (call.pkgs_config.as_ref()?, setting.keys.as_ref()?);
            let lost: Vec<String> =
                has.iter().filter(|key| !sets.contains(key)).map(|key| format!("`{key}`")).collect();
            if lost.is_empty() {
                return None;
            }
            let message = format!(
                "this replaces the whole config of `pkgs`: {} {} lost",
                lost.join(", "),
                if lost.len() == 1 { "is" } else { "are" }
            );
            Some(Fate {
                info: true,
                help: "repeat it here, or set all of it where `pkgs` is made",
                ..fails(message, (call.pkgs?, FROM))
            })
        }
        _ => None,
    }
}

/// For a home of a system: where `useGlobalPkgs` is surely set.
fn global_pkgs(repo: &Repo, host: &Host) -> Option<Span> {
    let system = &repo.hosts.all[host.system_host?];
    let sure = !system.global_pkgs.is_empty()
        && system.global_pkgs.iter().all(|(value, _, when)| *value == Some(true) && when.is_none());
    sure.then(|| system.global_pkgs[0].1)
}

/// Whether every host that has this setting, or may take its file, ignores it; and nobody else can take the file.
fn everywhere_ignored(repo: &Repo, setting: &NixpkgsSetting) -> bool {
    let file = setting.at.file;
    if repo.hosts.modules.iter().any(|(module, _)| *module == file) {
        return false;
    }
    repo.hosts.all.iter().all(|host| {
        let here = host.nixpkgs.iter().find(|it| it.at == setting.at);
        match here {
            Some(it) => fate(repo, host, it).is_some_and(|fate| fate.ignored),
            // The file is taken, yet the setting was not seen: as long as it belongs to a home inside it, that is right.
            None => !host.perhaps.contains(&file),
        }
    })
}

fn say(cx: &mut RepoCx<'_>, setting: &NixpkgsSetting, fate: Fate) {
    let finding = cx.report(setting.at, fate.message);
    finding.label_at(fate.label.0, fate.label.1).help(fate.help);
    if let Some(note) = fate.note {
        finding.note(note);
    }
    if fate.info {
        finding.soften(1);
    }
}

const USER: &str = "nothing in this flake reads this overlay: only `nix-shell -p` and `nix-env` do";

/// Files for `~/.config/nixpkgs`, in a repository that is a flake.
fn user_files(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    if repo.main_flake().is_none() {
        return;
    }
    for file in repo.files.iter().filter(|file| file.kind == Kind::Nix) {
        if is_user_file(&file.path) && !is_read(repo, &file.path, None) {
            let Some(root) = file.facts.outline.root(file.text.contents()) else { continue };
            let start = root.range().start();
            let range = TextRange::at(start, TextSize::from(1));
            let message = if file.path.file_name() == "config.nix" {
                USER.replace("overlay", "configuration")
            } else {
                USER.to_owned()
            };
            cx.report(Span { file: file.id, range }, message)
                .help("put it into `nixpkgs.overlays` or `nixpkgs.config` of the hosts");
        }
        let definitions = &file.facts.definitions;
        if !file.speaks_of(Topic::Overlays) || !definitions.has_name(|name| name.contains("nixpkgs/overlays")) {
            continue;
        }
        let mut last = None;
        for entry in &definitions.entries {
            let segments = definitions.segments(entry.path);
            let name = match segments.as_slice() {
                [Segment::Name("xdg"), Segment::Name("configFile"), Segment::Name(name), ..] => *name,
                [Segment::Name("home"), Segment::Name("file"), Segment::Name(name), ..] => {
                    name.strip_prefix(".config/").unwrap_or_default()
                }
                _ => continue,
            };
            let place = Some(name);
            if !(name == "nixpkgs/overlays.nix" || name == "nixpkgs/overlays" || name.starts_with("nixpkgs/overlays/")) || last == place {
                continue;
            }
            last = place;
            let sources: Vec<&RepoPath> = file
                .facts
                .imports
                .edges
                .iter()
                .filter(|edge| entry.value_at.contains_range(edge.at))
                .filter_map(|edge| match &edge.target {
                    Target::Repo(path) => Some(path),
                    _ => None,
                })
                .collect();
            let at = Span { file: file.id, range: entry.at };
            if sources.iter().any(|path| is_read(repo, path, Some((file.id, entry.value_at)))) {
                continue;
            }
            cx.report(at, USER).help("put it into `nixpkgs.overlays` of the hosts");
        }
    }
}

fn is_user_file(path: &RepoPath) -> bool {
    if !path.in_folder(|name| matches!(name, b"nixpkgs" | b".nixpkgs" | b"overlays")) {
        return false;
    }
    let path = format!("/{path}");
    let overlays = path.rsplit_once("/.config/nixpkgs/overlays/");
    ["/.config/nixpkgs/overlays.nix", "/.config/nixpkgs/config.nix", "/.nixpkgs/config.nix"]
        .iter()
        .any(|end| path.ends_with(end))
        || overlays.is_some_and(|(_, name)| !name.contains('/'))
}

/// Whether anything but one place names a file or a folder around it.
fn is_read(repo: &Repo, path: &RepoPath, but: Option<(FileId, TextRange)>) -> bool {
    let around = |target: &RepoPath| {
        target == path || !target.bytes().is_empty() && path.bytes().starts_with(&[target.bytes(), b"/"].concat())
    };
    repo.files.iter().any(|file| {
        file.facts.imports.edges.iter().any(|edge| {
            let here = but.is_some_and(|(id, range)| id == file.id && range.contains_range(edge.at));
            !here && matches!(&edge.target, Target::Repo(target) if around(target))
        })
    })
}
