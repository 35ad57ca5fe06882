//! Caches whose key nobody trusts, and keys that are none.

use std::collections::BTreeSet;

use lint_api::prelude::*;
use lint_api::repo::dated::CACHE_KEYS;
use lint_api::repo::hosts::ephemeral_path;
use lint_api::repo::settings::Setting;

/// The lint.
pub static LINT: Lint = Lint {
    name: "substituter-key",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "a cache without its key, a malformed or wrong key",
    page: include_str!("substituter_key.md"),
    options: Options::NONE,
    check: Check::Repo(check),
};

/// Several options.
type Paths = &'static [&'static [&'static str]];

/// Where caches and keys are listed: the settings of a flake, and those of machines.
const PLACES: [(Paths, Paths); 2] = [
    (
        &[&["nixConfig", "substituters"], &["nixConfig", "extra-substituters"]],
        &[&["nixConfig", "trusted-public-keys"], &["nixConfig", "extra-trusted-public-keys"]],
    ),
    (
        &[
            &["nix", "settings", "substituters"],
            &["nix", "settings", "extra-substituters"],
            &["nix", "binaryCaches"],
        ],
        &[
            &["nix", "settings", "trusted-public-keys"],
            &["nix", "settings", "extra-trusted-public-keys"],
            &["nix", "binaryCachePublicKeys"],
        ],
    ),
];

fn check(cx: &mut RepoCx<'_>) {
    for (caches, keys) in PLACES {
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut open = false;
        for it in all(cx.repo, keys) {
            let (texts, computed) = it.strings();
            open |= computed;
            for (text, at) in texts {
                for key in text.split_whitespace() {
                    judge(cx, &it, key, at);
                    if let Some((name, _)) = key.split_once(':') {
                        names.insert(name.to_owned());
                    }
                }
            }
        }
        // Keys may also be written down as text, or come from what nobody reads.
        let texts = all(cx.repo, &[&["nix", "extraOptions"]]);
        open |= texts.iter().any(|it| cx.repo.file(it.file.id).text.slice(it.definition.value_at).contains("public-keys"));
        let lists = all(cx.repo, caches);
        if open || lists.is_empty() || is_set_elsewhere(cx.repo) {
            continue;
        }
        for it in lists {
            for (text, at) in it.strings().0 {
                for url in text.split_whitespace() {
                    let Some(cache) = cachix(url) else { continue };
                    let prefix = format!("{cache}.cachix.org-");
                    if !names.iter().any(|name| name.starts_with(&prefix)) {
                        cx.report(it.span(at), format!("nothing trusts the key of `{cache}.cachix.org`, so its paths are ignored"))
                            .soften(i8::from(it.has_reason()))
                            .help(format!("add its key, `{prefix}1:…`, to `trusted-public-keys`; the page of the cache shows it"));
                    }
                }
            }
        }
    }
}

fn all<'a>(repo: &'a Repo, paths: &'a [&'a [&'a str]]) -> Vec<Setting<'a>> {
    let of = |path: &'a &'a [&'a str]| repo.settings().matching(repo, path);
    let found = paths.iter().flat_map(of);
    found.filter(|it| !ephemeral_path(&it.file.path)).collect()
}

/// Whether `nix.settings` or `nixConfig` as a whole comes from a name or a call, or a list of keys stands apart.
fn is_set_elsewhere(repo: &Repo) -> bool {
    use lint_api::repo::definitions::{Segment, Value};
    [&["nix", "settings"][..], &["nixConfig"]].iter().any(|path| {
        repo.settings().matching(repo, path).any(|it| it.definition.value != Value::Set)
    }) || repo.files.iter().any(|file| {
        let definitions = &file.facts.definitions;
        let keys = |name: &str| name.contains("ublic-keys") || name.contains("ublicKeys");
        definitions.has_name(keys) && definitions.entries.iter().any(|entry| {
            definitions.origin(entry.path) == lint_api::repo::definitions::Origin::Detached
                && matches!(definitions.last(entry.path), Some(Segment::Name(name)) if keys(name))
        })
    })
}

/// A key on its own: its form, and its value where that is known.
fn judge(cx: &mut RepoCx<'_>, it: &Setting<'_>, key: &str, at: TextRange) {
    let Some((name, value)) = key.split_once(':') else {
        let short: String = key.chars().take(40).collect();
        cx.report(it.span(at), format!("`{short}` is no public key"))
            .raise(1)
            .help("a key is written `name:base64`, as the page of the cache shows it");
        return;
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@' | '+');
    let body = value.strip_suffix('=').unwrap_or_default();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    if name.is_empty() || !name.chars().all(is_name) || body.len() != 43 || !body.chars().all(is_base64) {
        let finding = cx.report(it.span(at), format!("the key of `{name}` is malformed"));
        finding.raise(1).help("copy it again from the page of the cache: 43 characters of base64 and a `=`");
        if value.len() == 43 && value.chars().all(is_base64) {
            finding.note("the `=` at its end is missing");
        }
        return;
    }
    let known = CACHE_KEYS.iter().find(|(cache, _)| {
        name.strip_prefix(cache).is_some_and(|rest| rest.starts_with('-'))
    });
    if let Some((cache, keys)) = known
        && keys.iter().any(|other| other.split_once(':').is_some_and(|(other, _)| other == name))
        && !keys.contains(&key)
    {
        cx.report(it.span(at), format!("this is not the key of `{cache}`"))
            .raise(1)
            .note("paths that are signed with the real key are refused, and those of whoever has this one are taken")
            .help("copy the key again from the page of the cache");
    }
}

/// `x` of `https://x.cachix.org?priority=40`
fn cachix(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?.split(['/', '?']).next()?;
    let name = host.strip_suffix(".cachix.org")?;
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    plain.then_some(name)
}
