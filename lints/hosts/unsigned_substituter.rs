//! Store paths taken from anybody.

use lint_api::prelude::*;
use lint_api::repo::definitions::Value;
use lint_api::repo::hosts::ephemeral_path;
use lint_api::repo::settings::{has_reason, in_file};

/// The lint.
pub static LINT: Lint = Lint {
    name: "unsigned-substituter",
    group: Group::Hosts,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "`require-sigs = false`, substituters over plain http",
    page: include_str!("unsigned_substituter.md"),
    options: Options::NONE,
    check: Check::File(check),
};

const SIGNATURES: [(&[&str], &str); 3] = [
    (&["nix", "settings", "require-sigs"], "require-sigs"),
    (&["nix", "requireSignedBinaryCaches"], "requireSignedBinaryCaches"),
    (&["nixConfig", "require-sigs"], "require-sigs"),
];

const LISTS: [&[&str]; 8] = [
    &["nix", "settings", "substituters"],
    &["nix", "settings", "extra-substituters"],
    &["nix", "settings", "trusted-substituters"],
    &["nix", "settings", "extra-trusted-substituters"],
    &["nix", "binaryCaches"],
    &["nix", "trustedBinaryCaches"],
    &["nixConfig", "substituters"],
    &["nixConfig", "extra-substituters"],
];

fn check(cx: &mut FileCx<'_>) {
    let file = cx.file;
    if !file.speaks_of(Topic::Caches) || ephemeral_path(&file.path) {
        return;
    }
    let signatures = "the daemon believes whatever a cache sends";
    for (path, name) in SIGNATURES {
        for it in in_file(file, path) {
            if it.definition.value == Value::Bool(false) {
                unsigned(cx, it.definition.value_at, name, it.has_reason(), signatures);
            }
        }
    }
    for it in in_file(file, &["nix", "extraOptions"]) {
        for (value, at) in it.lines_of("require-sigs") {
            if value == "false" {
                unsigned(cx, at, "require-sigs", it.has_reason(), signatures);
            }
        }
    }
    for path in LISTS {
        for it in in_file(file, path) {
            for (url, at) in it.strings().0 {
                let Some(host) = public_host(&url) else { continue };
                let reason = i8::from(it.has_reason() || has_reason(file, at));
                cx.report(at, format!("`{host}` is asked for store paths over plain http"))
                    .soften(reason)
                    .note("signatures keep the contents safe, but everybody on the way sees and may withhold what is fetched")
                    .help("use `https://`");
            }
        }
    }
}

fn unsigned(cx: &mut FileCx<'_>, at: TextRange, name: &str, reason: bool, note: &str) {
    cx.report(at, format!("`{name} = false` accepts unsigned store paths from every cache"))
        .soften(i8::from(reason))
        .note(note)
        .help("sign the cache's paths with `nix store sign`, and list its key in `trusted-public-keys`");
}

/// The host of a plain `http` address that is not in a network of one's own.
fn public_host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://")?;
    let host = rest.split(['/', '?']).next()?;
    let host = host.rsplit('@').next()?;
    if host.starts_with('[') {
        // `[fd00::1]`, `[::1]`, `[fe80::1]`
        let own = ["[fc", "[fd", "[::1]", "[fe80"];
        let address = host.split_once(']').map_or(host, |(address, _)| address);
        return (!own.iter().any(|it| host.to_ascii_lowercase().starts_with(it))).then_some(address.trim_start_matches('['));
    }
    let host = host.split(':').next()?;
    let private = [".local", ".lan", ".internal", ".home", ".home.arpa", ".localdomain", ".ts.net", ".onion", ".test"];
    let name = host.to_ascii_lowercase();
    if !name.contains('.') || private.iter().any(|it| name.ends_with(it)) {
        return None;
    }
    let numbers: Vec<u8> = name.split('.').filter_map(|part| part.parse().ok()).collect();
    let own = match numbers.as_slice() {
        [10 | 127, _, _, _] | [192, 168, _, _] | [169, 254, _, _] => true,
        [172, second, _, _] => (16..32).contains(second),
        [100, second, _, _] => (64..128).contains(second),
        _ => false,
    };
    (!own).then_some(host)
}
