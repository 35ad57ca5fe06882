//! Pins without flakes: `npins/sources.json` and niv's `nix/sources.json`.
//!
//! Goal: each pin as the reference that a flake would have for it, with its place. Limits: kinds of pins that name no
//! repository and no channel (PyPI, containers, plain tarballs of unknown hosts) keep no more than their URL.

use serde::{Deserialize, Serialize};
use syntax::TextRange;

use crate::File;
use crate::flake::FlakeRef;
use crate::json::{self, Json, JsonValue};

/// One pin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePin {
    /// Its name.
    pub name: Box<str>,
    /// Its key.
    pub at: TextRange,
    /// What it refers to.
    pub reference: FlakeRef,
    /// Where the branch or channel stands, else its key.
    pub reference_at: TextRange,
    /// The revision that it is pinned to.
    pub rev: Option<Box<str>>,
    /// The hash of its tree as it is written, and the name that it has in the store; none for what is fetched in another way
    /// than as a tarball.
    pub tree: Option<(Box<str>, Box<str>)>,
}

/// The pins of a file; empty for files that are no list of pins, and for broken ones.
#[must_use]
pub fn extract(file: &File) -> Vec<SourcePin> {
    if file.path.file_name() != "sources.json" {
        return Vec::new();
    }
    let parent = file.path.parent();
    let folder = parent.file_name();
    let (npins, niv) = (folder == "npins", folder == "nix");
    if !npins && !niv {
        return Vec::new();
    }
    let Ok(json) = json::read(file.text.contents()) else {
        return Vec::new();
    };
    let pins = if npins { json.get("pins") } else { Some(&json) };
    let Some(pins) = pins.and_then(Json::object) else {
        return Vec::new();
    };
    let read = if npins { npin } else { niv_pin };
    let mut found: Vec<SourcePin> = pins
        .iter()
        .filter_map(|(name, (at, json))| {
            let (reference, place) = read(json)?;
            let rev = json.get("revision").or_else(|| json.get("rev"));
            Some(SourcePin {
                name: name.as_str().into(),
                at: *at,
                reference,
                reference_at: place.map_or(*at, |it| it.at),
                rev: rev.and_then(Json::text).map(Into::into),
                tree: if npins {
                    npins_tree(json)
                } else {
                    niv_tree(name, json)
                },
            })
        })
        .collect();
    found.sort_by_key(|it| it.at.start());
    found
}

/// A pin of npins, with the place of its branch.
fn npin(json: &Json) -> Option<(FlakeRef, Option<&Json>)> {
    let text = |name: &str| json.get(name).and_then(Json::text);
    match text("type")? {
        "Channel" => {
            let url = format!(
                "https://channels.nixos.org/{}/nixexprs.tar.xz",
                text("name")?
            );
            Some((FlakeRef::of("tarball", &[("url", &url)]), json.get("name")))
        }
        "Git" | "GitRelease" => {
            let repository = json.get("repository")?;
            let part = |name: &str| repository.get(name).and_then(Json::text);
            let mut reference = match part("type")? {
                "GitHub" => FlakeRef::of(
                    "github",
                    &[("owner", part("owner")?), ("repo", part("repo")?)],
                ),
                "GitLab" => {
                    let (owner, repo) = part("repo_path")?.rsplit_once('/')?;
                    FlakeRef::of("gitlab", &[("owner", owner), ("repo", repo)])
                }
                _ => FlakeRef::of("git", &[("url", part("url")?)]),
            };
            if let Some(branch) = text("branch") {
                reference.set("ref", branch);
            }
            Some((reference, json.get("branch")))
        }
        _ => Some((FlakeRef::of("tarball", &[("url", text("url")?)]), None)),
    }
}

/// The hash of a tarball that npins fetches, and its name.
fn npins_tree(json: &Json) -> Option<(Box<str>, Box<str>)> {
    let text = |name: &str| json.get(name).and_then(Json::text);
    let by_git = || {
        let submodules = json.get("submodules").map(|it| &it.value);
        matches!(submodules, Some(JsonValue::Plain(it)) if it == "true")
            || json.get("url").and_then(Json::text).is_none()
    };
    match text("type")? {
        "Git" | "GitRelease" if by_git() => None,
        "Git" | "GitRelease" | "Channel" => Some((text("hash")?.into(), "source".into())),
        _ => None,
    }
}

/// The hash of a tarball that niv fetches, and its name: that of the pin without what no store takes.
fn niv_tree(name: &str, json: &Json) -> Option<(Box<str>, Box<str>)> {
    let text = |name: &str| json.get(name).and_then(Json::text);
    if text("type")? != "tarball" {
        return None;
    }
    let mut sane = String::new();
    let mut odd = false;
    for c in name.trim_start_matches('.').chars() {
        let fits = c.is_ascii_alphanumeric() || "+._?=-".contains(c);
        if fits {
            sane.push(c);
        } else if !odd {
            sane.push('-');
        }
        odd = !fits;
    }
    sane.push_str("-src");
    Some((text("sha256")?.into(), sane.into()))
}

/// A pin of niv, with the place of its branch.
fn niv_pin(json: &Json) -> Option<(FlakeRef, Option<&Json>)> {
    let text = |name: &str| json.get(name).and_then(Json::text);
    let branch = json.get("branch").or_else(|| json.get("ref"));
    let mut reference = match (text("owner"), text("repo")) {
        (Some(owner), Some(repo)) => {
            let gitlab = text("url").is_some_and(|it| it.starts_with("https://gitlab.com/"));
            let kind = if gitlab { "gitlab" } else { "github" };
            FlakeRef::of(kind, &[("owner", owner), ("repo", repo)])
        }
        (_, Some(url)) => FlakeRef::of("git", &[("url", url)]),
        _ => FlakeRef::of("tarball", &[("url", text("url")?)]),
    };
    if let Some(branch) = branch.and_then(Json::text) {
        reference.set("ref", branch);
    }
    Some((reference, branch))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use syntax::{Text, parse::Limits};

    use super::*;
    use crate::{FileId, Kind};

    fn pins(path: &str, text: &str) -> Vec<String> {
        let text = Arc::new(Text::new(text));
        let (file, _) = File::new(FileId(0), path.into(), Kind::Other, text, Limits::default());
        let shown = extract(&file).into_iter().map(|it| {
            let branch = it.reference.branch().unwrap_or_default();
            let owner = it
                .reference
                .attributes
                .get("owner")
                .unwrap_or("-")
                .to_owned();
            let nixpkgs = if it.reference.is_nixpkgs() {
                " nixpkgs"
            } else {
                ""
            };
            let place = file.text.slice(it.reference_at);
            format!(
                "{}: {owner} {branch}{nixpkgs} {place} {:?}",
                it.name, it.rev
            )
        });
        shown.collect()
    }

    #[test]
    fn npins() {
        let text = r#"{ "pins": {
            "nixpkgs": { "type": "Channel", "name": "nixos-25.05", "url": "https://releases.nixos.org/x", "hash": "h" },
            "hm": { "type": "Git", "repository": { "type": "GitHub", "owner": "nix-community", "repo": "home-manager" },
                    "branch": "release-25.05", "submodules": false, "revision": "abc", "url": null, "hash": "h" },
            "own": { "type": "Git", "repository": { "type": "Git", "url": "https://h/x.git" }, "branch": "main" },
            "lab": { "type": "Git", "repository": { "type": "GitLab", "repo_path": "a/b/c", "server": "https://gitlab.com/" }, "branch": "main" },
            "odd": { "type": "PyPi", "name": "x" }, "broken": 5
          }, "version": 6 }"#;
        assert_eq!(
            pins("npins/sources.json", text),
            [
                "nixpkgs: - nixos-25.05 nixpkgs \"nixos-25.05\" None",
                "hm: nix-community release-25.05 \"release-25.05\" Some(\"abc\")",
                "own: - main \"main\" None",
                "lab: a/b main \"main\" None",
            ]
        );
    }

    #[test]
    fn trees() {
        let tree = |path: &str, text: &str| {
            let text = Arc::new(Text::new(text));
            let (file, _) = File::new(FileId(0), path.into(), Kind::Other, text, Limits::default());
            let pins = extract(&file).into_iter();
            let shown = pins.map(|it| it.tree.map(|(hash, name)| format!("{hash} {name}")));
            shown.collect::<Vec<_>>()
        };
        let git = |rest: &str| {
            format!(
                r#"{{ "pins": {{ "a": {{ "type": "Git", "repository": {{ "type": "Git", "url": "https://h/x" }}, "hash": "h", {rest} }} }} }}"#
            )
        };
        for (rest, expected) in [
            (
                r#""url": "https://h/x.tar.gz", "submodules": false"#,
                Some("h source".to_owned()),
            ),
            (r#""url": "https://h/x.tar.gz", "submodules": true"#, None),
            (r#""url": null, "submodules": false"#, None),
        ] {
            assert_eq!(tree("npins/sources.json", &git(rest)), [expected], "{rest}");
        }
        let niv = r#"{ ".nixpkgs  un/stable": { "type": "tarball", "owner": "NixOS", "repo": "nixpkgs", "sha256": "s" },
            "x": { "type": "git", "owner": "NixOS", "repo": "nixpkgs", "sha256": "s" } }"#;
        let expected = Some("s nixpkgs-un-stable-src".to_owned());
        assert_eq!(tree("nix/sources.json", niv), [expected, None]);
    }

    #[test]
    fn niv() {
        let text = r#"{ "nixpkgs": { "branch": "nixos-24.11", "owner": "NixOS", "repo": "nixpkgs", "rev": "abc", "type": "tarball",
            "url": "https://github.com/NixOS/nixpkgs/archive/abc.tar.gz" }, "own": { "type": "git", "repo": "https://h/x.git", "ref": "main" } }"#;
        assert_eq!(
            pins("nix/sources.json", text),
            [
                "nixpkgs: NixOS nixos-24.11 nixpkgs \"nixos-24.11\" Some(\"abc\")",
                "own: - main \"main\" None"
            ]
        );
        for (path, text) in [
            ("sources.json", text),
            ("pkgs/nix/x.json", text),
            ("nix/sources.json", "{ \"a\": "),
            ("nix/sources.json", "[]"),
            ("npins/sources.json", text),
        ] {
            assert!(pins(path, text).is_empty(), "{path}");
        }
    }
}
