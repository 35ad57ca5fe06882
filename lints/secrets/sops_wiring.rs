//! sops and agenix wiring that cannot work.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use lint_api::prelude::*;
use lint_api::repo::class::Class;
use lint_api::repo::definitions::{Segment, Value};
use lint_api::repo::secrets::encrypted::{FileClass, FileFacts, LeafType, SopsFormat};
use lint_api::repo::secrets::files::{Known, class, is_test, known, relative};
use lint_api::repo::secrets::references::{Reference, is_undeclared, references};
use lint_api::repo::secrets::uses::{FileUse, Form, UseKind};
use lint_api::repo::secrets::wiring::{configs, is_recipient, listed};

/// The lint.
pub static LINT: Lint = Lint {
    name: "sops-wiring",
    group: Group::Secrets,
    level: Level::Warn,
    fix: FixKind::Never,
    summary: "sops/agenix wiring that cannot work: no creation rule, unknown anchor, missing key, age file not in secrets.nix",
    page: include_str!("sops_wiring.md"),
    options: Options::of::<JudgeTests>(),
    check: Check::Repo(check),
};

fn check(cx: &mut RepoCx<'_>) {
    let repo = cx.repo;
    let rekey = repo.files.iter().any(|file| {
        let definitions = &file.facts.definitions;
        let is_rekey = |path| definitions.last(path) == Some(Segment::Name("rekeyFile"));
        file.speaks_of(Topic::Rekey) && definitions.entries.iter().any(|entry| is_rekey(entry.path))
    });
    let mut formats: Vec<FormatOf<'_>> = Vec::new();
    let default = OnceCell::new();
    for file in &repo.files {
        config(cx, file);
        if let Some((found, _)) = listed(file) {
            let mut bad = BTreeMap::new();
            for it in &found {
                if it.nobody {
                    say(cx, file, it.at, "this secret is encrypted for nobody: `publicKeys` is empty");
                }
                bad.extend(it.recipients.iter().filter(|(text, _)| !is_recipient(text)).map(|(_, at)| (at.start(), *at)));
            }
            for at in bad.into_values() {
                no_recipient(cx, file, at);
            }
        }
        for used in &file.facts.secrets.uses {
            if used.role.is_test() && !cx.options::<JudgeTests>(file.id).tests {
                continue;
            }
            let Some(target) = &used.target else {
                continue;
            };
            if let Known::File(facts) = known(repo, target) {
                encrypted(cx, file, used, target, facts);
            }
            if used.kind == UseKind::Encrypted && !rekey {
                not_listed(cx, file, used, target);
            }
        }
        declarations(cx, file, &mut formats, &default);
        undeclared(cx, file);
    }
}

/// A declaration of a secret in a file, with the format that it gives the file.
struct FormatOf<'a> {
    at: Span,
    target: &'a RepoPath,
    format: &'a str,
}

fn no_recipient(cx: &mut RepoCx<'_>, file: &File, at: TextRange) {
    say(cx, file, at, "this is no recipient that age takes").help("age takes `age1…`, `ssh-ed25519 …` and `ssh-rsa …`");
}

/// A secret that a module takes and none of its hosts declares.
fn undeclared(cx: &mut RepoCx<'_>, file: &File) {
    let repo = cx.repo;
    let found = references(file);
    if found.is_empty() || (is_test(file) && !cx.options::<JudgeTests>(file.id).tests) {
        return;
    }
    let mut said: BTreeSet<(&[&str; 2], &str)> = BTreeSet::new();
    for reference in &found {
        let hosts = repo.hosts.perhaps_of(file.id).filter(|(_, host)| !host.ephemeral);
        let hosts: Vec<_> = hosts
            .filter_map(|(_, host)| {
                let of = match host.system_host {
                    Some(system) if reference.of_system => Some(&repo.hosts.all[system]),
                    _ => (!reference.of_system).then_some(host),
                };
                of.map(|of| (host, of))
            })
            .collect();
        let bare = |of: &&lint_api::repo::hosts::Host| is_undeclared(repo, of, reference);
        // Asked for under a condition: only where no host could ever fulfil it.
        let missing = if reference.conditional {
            hosts.iter().all(|(_, of)| bare(of)).then(|| hosts.first()).flatten()
        } else {
            hosts.iter().find(|(host, of)| host.surely.contains(&file.id) && bare(of))
        };
        let Some((_, of)) = missing else { continue };
        if !said.insert((&reference.set, &reference.name)) {
            continue;
        }
        let message = undeclared_message(reference, of.class, of.name.known());
        let finding = say(cx, file, reference.at, message);
        if reference.conditional {
            finding.soften(1);
        }
    }
}

fn undeclared_message(reference: &Reference, class: Class, host: Option<&String>) -> String {
    let [tool, kind] = match reference.set {
        ["sops", "placeholder"] => ["sops", "secrets"],
        set => set,
    };
    let what = if class == Class::Home { "home of" } else { "host" };
    let host = host.map_or_else(|| format!("its {what}"), |name| format!("the {what} `{name}`"));
    format!("{host} declares no `{tool}.{kind}.{}`", lint_api::repo::definitions::Segment::Name(&reference.name))
        .replace("its home of", "its home")
}

fn say<'a>(cx: &'a mut RepoCx<'_>, file: &File, at: TextRange, message: impl Into<String>) -> &'a mut Finding {
    let at = Span {
        file: file.id,
        range: at,
    };
    cx.report(at, message)
}

/// `.sops.yaml`
fn config(cx: &mut RepoCx<'_>, file: &File) {
    if file.path.file_name() == ".sops.yml" {
        let other = file.path.parent().join(".sops.yaml");
        if other.is_none_or(|path| cx.repo.find(&path).is_none()) {
            say(cx, file, TextRange::default(), "sops ignores this file: it looks for `.sops.yaml`")
                .help("rename the file");
        }
    }
    let Some(config) = &file.facts.secrets.sops else {
        return;
    };
    if let Some((at, words)) = &config.fault {
        let message = if words.contains("anchor") {
            "this alias refers to no anchor of the file".to_owned()
        } else {
            "this file is not valid YAML".to_owned()
        };
        say(cx, file, *at, message);
    }
    let mut all = false;
    for rule in config.rules.as_deref().unwrap_or_default() {
        if all {
            say(cx, file, rule.at, "this rule is never reached: one before it has no `path_regex` and takes every file");
        }
        match &rule.path_regex {
            None => all = true,
            Some((_, at)) if rule.covers("").is_none() => {
                say(cx, file, *at, "this regular expression does not compile");
            }
            Some(_) => {}
        }
        if let Some((groups @ 2.., at)) = rule.groups
            && !rule.threshold
        {
            say(cx, file, at, format!("with {groups} groups, a key of each group is needed to decrypt"))
                .help("make it one group with a longer list, or set `shamir_threshold`");
        }
        for (recipient, at) in &rule.recipients {
            if !is_recipient(recipient) && !recipient.starts_with("AGE-SECRET-KEY-") {
                no_recipient(cx, file, *at);
            }
        }
    }
    for (name, at) in &config.unused {
        say(cx, file, *at, format!("no rule uses the key `{name}`")).soften(1);
    }
}

/// A file that a Nix file names for its secrets, and that was read.
fn encrypted(cx: &mut RepoCx<'_>, file: &File, used: &FileUse, target: &RepoPath, facts: &FileFacts) {
    let repo = cx.repo;
    let ciphertext = matches!(
        class(repo, target, facts),
        FileClass::Age | FileClass::Pgp | FileClass::Sops | FileClass::AnsibleVault
    );
    let sure = used.row.is_some_and(|row| row.row().sure);
    if matches!(used.kind, UseKind::Path { .. }) && used.form == Form::Path && ciphertext && sure {
        say(cx, file, used.at, "this file is encrypted: the service would read the ciphertext")
            .help("declare it as a secret, and use its `path`");
    }
    if used.kind != UseKind::Encrypted || facts.format.is_none() || facts.class != FileClass::Sops {
        return;
    }
    let mut known_config = false;
    for (_, config, folder) in configs(repo, target) {
        let Some(rules) = &config.rules else {
            continue;
        };
        known_config = true;
        let inside = relative(target, &folder);
        if rules.iter().any(|rule| rule.covers(&inside).is_none()) {
            return;
        }
        let Some(rule) = rules.iter().find(|rule| rule.covers(&inside) == Some(true)) else {
            continue;
        };
        let is_age = |name: &&str| name.starts_with("age1") || name.starts_with("ssh-");
        let wanted: BTreeSet<&str> = rule.recipients.iter().map(|(name, _)| &**name).collect();
        let all: BTreeSet<&str> = facts.recipients.iter().map(|name| &**name).collect();
        let only_age = all.iter().all(is_age) && !rule.other_keys;
        if only_age && !all.is_empty() && !wanted.is_empty() && wanted != all {
            say(cx, file, used.at, format!("`{target}` is encrypted for other recipients than its rule names"))
                .soften(1)
                .help("run `sops updatekeys`");
        }
        return;
    }
    if known_config {
        say(cx, file, used.at, format!("no rule of `.sops.yaml` is for `{target}`"))
            .note("`sops updatekeys` and a new encryption fail: no matching creation rules");
    }
}

/// agenix: the nearest `secrets.nix` does not list the file.
fn not_listed(cx: &mut RepoCx<'_>, file: &File, used: &FileUse, target: &RepoPath) {
    let age = used.path.is_some_and(|path| {
        matches!(
            file.facts.definitions.segments(path).as_slice(),
            [.., Segment::Name("age"), Segment::Name("secrets"), _, Segment::Name("file")]
        )
    });
    if !age {
        return;
    }
    let repo = cx.repo;
    let mut folder = target.parent();
    loop {
        let list = folder.join("secrets.nix").and_then(|path| repo.find(&path));
        if let Some(list) = list {
            if let Some((found, true)) = listed(list)
                && !found.iter().any(|it| it.path == *target)
            {
                say(cx, file, used.at, format!("`{}` does not list `{target}`", list.path))
                    .note("`agenix -e` and `agenix -r` cannot handle it");
            }
            return;
        }
        if folder.bytes().is_empty() {
            return;
        }
        folder = folder.parent();
    }
}

/// One `sops.secrets.<name>` of a file, as far as its text tells.
#[derive(Default)]
struct Declared<'a> {
    at: TextRange,
    key: Option<&'a str>,
    format: Option<&'a str>,
    target: Option<&'a RepoPath>,
    /// Something about it is computed.
    unknown: bool,
}

/// sops-nix: the key that a secret names is in its file, and is text.
fn declarations<'a>(
    cx: &mut RepoCx<'a>,
    file: &'a File,
    formats: &mut Vec<FormatOf<'a>>,
    default: &OnceCell<Option<Option<&'a RepoPath>>>,
) {
    let definitions = &file.facts.definitions;
    if !file.speaks_of(Topic::Sops) {
        return;
    }
    let mut secrets: BTreeMap<&str, Declared<'_>> = BTreeMap::new();
    for entry in &definitions.entries {
        let segments = definitions.segments(entry.path);
        let Some(at) = segments
            .windows(2)
            .position(|two| two == [Segment::Name("sops"), Segment::Name("secrets")])
        else {
            continue;
        };
        let Some(Segment::Name(name)) = segments.get(at + 2) else {
            continue;
        };
        let declared = secrets.entry(name).or_default();
        if declared.at.is_empty() || segments.len() == at + 3 {
            declared.at = entry.at;
        }
        match (segments.get(at + 3), &entry.value) {
            (None, Value::Set) => {}
            (None, _) => declared.unknown = true,
            (Some(Segment::Name("key")), Value::Str(key)) => declared.key = Some(key),
            (Some(Segment::Name("format")), Value::Str(format)) => declared.format = Some(format),
            (Some(Segment::Name("key" | "format")), _) => declared.unknown = true,
            (Some(Segment::Name("sopsFile")), _) => {
                let used = file.facts.secrets.uses.iter().find(|used| used.path == Some(entry.path));
                declared.target = used.and_then(|used| used.target.as_ref());
                declared.unknown |= declared.target.is_none();
            }
            _ => {}
        }
    }
    if secrets.is_empty() {
        return;
    }
    let repo = cx.repo;
    let Some(default) = *default.get_or_init(|| default_file(repo)) else {
        return;
    };
    for (name, declared) in secrets {
        let Some(target) = declared.target.or(default).filter(|_| !declared.unknown) else {
            continue;
        };
        let Known::File(facts) = known(repo, target) else {
            continue;
        };
        let Some(content) = facts.format.filter(|_| facts.class == FileClass::Sops) else {
            continue;
        };
        let format = declared.format.unwrap_or("yaml");
        let at = Span {
            file: file.id,
            range: declared.at,
        };
        // One manifest holds the secrets of one host.
        let together = |other: &FileId| {
            *other == file.id || repo.hosts.surely_of(file.id).any(|(_, host)| host.surely.contains(other))
        };
        if let Some(other) = formats.iter().find(|it| it.target == target && it.format != format && together(&it.at.file)) {
            say(cx, file, declared.at, format!("`{target}` has the format `{format}` here and `{}` elsewhere", other.format))
                .label_at(other.at, "another secret of the same file")
                .note("sops-nix reads a file in one format, and refuses the second");
            continue;
        }
        formats.push(FormatOf { at, target, format });
        if format == "yaml" && !matches!(content, SopsFormat::Yaml | SopsFormat::Json) && declared.key != Some("") {
            say(cx, file, declared.at, format!("`{target}` is in the format `{}`, and this secret says `yaml`", content.as_str()));
            continue;
        }
        let key = declared.key.unwrap_or(name);
        if !matches!(format, "yaml" | "json") || key.is_empty() {
            continue;
        }
        if format == "json" && key.contains('/') {
            say(cx, file, declared.at, format!("sops-nix finds no key inside another in JSON: `{key}` of `{target}`"))
                .help("keep the file in YAML, or the key at the top");
            continue;
        }
        match facts.leaves.iter().find(|(leaf, _)| **leaf == *key) {
            Some((_, LeafType::Other)) => {
                say(cx, file, declared.at, format!("`{key}` of `{target}` is no text: sops-nix refuses it at activation"))
                    .help("put quotes around the value, with `sops`");
            }
            Some(_) => {}
            None => {
                say(cx, file, declared.at, format!("`{target}` has no key `{key}`"));
            }
        }
    }
}

/// The one `sops.defaultSopsFile` of the repository; `None` when several are set, or a default for key or format.
fn default_file(repo: &Repo) -> Option<Option<&RepoPath>> {
    let mut default = None;
    for file in repo.files.iter().filter(|file| file.speaks_of(Topic::Sops)) {
        let definitions = &file.facts.definitions;
        for entry in &definitions.entries {
            if definitions.ends_with(entry.path, &["sops", "defaultSopsKey"])
                || definitions.ends_with(entry.path, &["sops", "defaultSopsFormat"])
            {
                return None;
            }
            if definitions.ends_with(entry.path, &["sops", "defaultSopsFile"]) {
                let used = file.facts.secrets.uses.iter().find(|used| used.path == Some(entry.path))?;
                let target = used.target.as_ref()?;
                if default.is_some_and(|before| before != target) {
                    return None;
                }
                default = Some(target);
            }
        }
    }
    Some(default)
}
