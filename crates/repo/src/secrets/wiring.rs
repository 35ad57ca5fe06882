//! `.sops.yaml` and agenix' `secrets.nix` as data: which files they speak of, for whom, and where they say it.

use serde::{Deserialize, Serialize};
use syntax::TextRange;

use super::encrypted::{Data, regex, yaml, yaml_fault};
use super::files::relative;
use crate::definitions::{Origin, Segment, Value};
use crate::outline::{Definition as Bound, Node, Shape};
use crate::{File, Repo, RepoPath};

/// A `.sops.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SopsConfig {
    /// Where the text stops being YAML, and why.
    pub fault: Option<(TextRange, Box<str>)>,
    /// Its rules, in order; `None` without `creation_rules`.
    pub rules: Option<Vec<SopsRule>>,
    /// Anchors under `keys` that nothing refers to.
    pub unused: Vec<(Box<str>, TextRange)>,
}

/// One of the `creation_rules`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SopsRule {
    /// Where it begins.
    pub at: TextRange,
    /// Which files it is for: all, if there is none.
    pub path_regex: Option<(Box<str>, TextRange)>,
    /// The age recipients that are written out, each with its place.
    pub recipients: Vec<(Box<str>, TextRange)>,
    /// How many groups `key_groups` has, and where it stands.
    pub groups: Option<(usize, TextRange)>,
    /// Whether `shamir_threshold` is set.
    pub threshold: bool,
    /// Whether it names keys of other kinds than age: PGP, a key service.
    pub other_keys: bool,
}

impl SopsRule {
    /// Whether it is for a path, relative to the folder of the configuration. `None` when its expression does not compile.
    #[must_use]
    pub fn covers(&self, path: &str) -> Option<bool> {
        match &self.path_regex {
            None => Some(true),
            Some((pattern, _)) => regex(pattern).map(|regex| regex.is_match(path)),
        }
    }

    /// Whether it is for everything: such a rule says nothing of a single file.
    #[must_use]
    pub fn is_catch_all(&self) -> bool {
        self.covers("x") == Some(true) && self.covers("README.md") == Some(true)
    }
}

/// Whether a recipient is one that age takes.
#[must_use]
pub fn is_recipient(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("age1") {
        let bech32 = |text: &str| {
            text.bytes()
                .all(|b| b"qpzry9x8gf2tvdw0s3jn54khce6mua7l".contains(&b))
        };
        // `age1yubikey1…`, and keys for hybrid encryption.
        return rest.len() == 58 && bech32(rest)
            || rest.split_once('1').is_some_and(|(name, key)| {
                !name.is_empty()
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                    && key.len() >= 20
            })
            || rest.len() > 58;
    }
    text.starts_with("ssh-ed25519 ") || text.starts_with("ssh-rsa ")
}

/// Reads a `.sops.yaml`.
#[must_use]
pub fn read(text: &str) -> SopsConfig {
    let mut config = SopsConfig::default();
    let Some(documents) = yaml(text) else {
        config.fault = yaml_fault(text).map(|(at, words)| (at, words.into()));
        return config;
    };
    config.unused = unused_anchors(text);
    let rules = documents
        .iter()
        .find_map(|document| document.get("creation_rules"));
    config.rules = rules.map(|rules| rules.items().iter().map(rule).collect());
    config
}

/// The `.sops.yaml` files in the folder of a path and above, nearest first, each with its folder.
pub fn configs<'a>(
    repo: &'a Repo,
    path: &RepoPath,
) -> impl Iterator<Item = (&'a File, &'a SopsConfig, RepoPath)> {
    let mut folder = Some(path.parent());
    std::iter::from_fn(move || {
        let here = folder.take()?;
        if !here.bytes().is_empty() {
            folder = Some(here.parent());
        }
        Some(here)
    })
    .filter_map(|folder| {
        let file = repo.find(&folder.join(".sops.yaml")?)?;
        Some((file, file.facts.secrets.sops.as_ref()?, folder))
    })
}

/// One file that a `secrets.nix` of agenix lists.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The file.
    pub path: RepoPath,
    /// The key.
    pub at: TextRange,
    /// Whether its list of recipients is written out and empty.
    pub nobody: bool,
    /// The recipients that this file writes out, also behind names, each with its place.
    pub recipients: Vec<(String, TextRange)>,
}

/// What a `secrets.nix` lists; `None` when it is no such file. The second is whether that is all.
#[must_use]
pub fn listed(file: &File) -> Option<(Vec<Listed>, bool)> {
    if file.path.file_name() != "secrets.nix" || !file.facts.faults.is_empty() {
        return None;
    }
    let definitions = &file.facts.definitions;
    let mut found = Vec::new();
    let mut complete = true;
    for entry in &definitions.entries {
        if definitions.origin(entry.path) != Origin::File {
            continue;
        }
        match definitions.segments(entry.path).as_slice() {
            [Segment::Name(key), Segment::Name("publicKeys")] if key.ends_with(".age") => {
                if let Some(path) = file.path.parent().join(key) {
                    found.push(Listed {
                        path,
                        at: entry.at,
                        nobody: entry.value == Value::List(0),
                        recipients: recipients_at(file, entry.value_at),
                    });
                }
            }
            [Segment::Dynamic, ..] => complete = false,
            _ => {}
        }
    }
    // `a // b`, `genAttrs …`: more than the text shows.
    let text = file.text.contents();
    complete &= !["//", "Attrs", "import ", "map "]
        .iter()
        .any(|mark| text.contains(mark));
    (!found.is_empty()).then_some((found, complete))
}

/// The literal strings of a list in a file, through `let`, `with`, `++`, parentheses and names that are bound to them.
fn recipients_at(file: &File, at: TextRange) -> Vec<(String, TextRange)> {
    let mut found = Vec::new();
    let node = file.facts.outline.covering(file.text.contents(), at);
    let mut stack: Vec<(Node<'_>, u32)> = node.map(|node| (node, 0)).into_iter().collect();
    let mut looked = 0;
    while let Some((node, depth)) = stack.pop() {
        looked += 1;
        if looked > 4_000 {
            break;
        }
        let node = node.body();
        match node.shape() {
            Shape::List => stack.extend(node.children().map(|it| (it, depth))),
            Shape::Binary {
                op: "++",
                left,
                right,
            } => stack.extend([(left, depth), (right, depth)]),
            Shape::Ident(_) if depth < 8 => {
                if let Bound::Value { value, .. } = node.definition() {
                    stack.push((value, depth + 1));
                }
            }
            Shape::Str => {
                if let Some(text) = node.literal() {
                    found.push((text.into_owned(), node.range()));
                }
            }
            _ => {}
        }
    }
    found
}

/// Who says that a file is encrypted: the nearest `.sops.yaml` with a rule for it, or a `secrets.nix` that lists it.
#[must_use]
pub fn claim(repo: &Repo, path: &RepoPath) -> Option<String> {
    for (file, config, folder) in configs(repo, path) {
        let Some(rules) = &config.rules else {
            continue;
        };
        let inside = relative(path, &folder);
        let first = rules.iter().find(|rule| rule.covers(&inside) == Some(true));
        match first {
            Some(rule) if rule.is_catch_all() => {}
            Some(_) => return Some(file.path.to_string()),
            None => {}
        }
        break;
    }
    let mut folder = path.parent();
    loop {
        let list = folder.join("secrets.nix").and_then(|it| repo.find(&it));
        if let Some(file) = list
            && let Some((found, _)) = listed(file)
            && found.iter().any(|it| it.path == *path)
        {
            return Some(file.path.to_string());
        }
        if folder.bytes().is_empty() {
            return None;
        }
        folder = folder.parent();
    }
}

fn rule(data: &Data) -> SopsRule {
    let mut rule = SopsRule::default();
    let Data::Map(entries) = data else {
        return rule;
    };
    for (key, at, value) in entries {
        if rule.at.is_empty() {
            rule.at = *at;
        }
        match key.as_str() {
            "path_regex" => {
                if let Data::Scalar { text, at, .. } = value
                    && !text.is_empty()
                {
                    rule.path_regex = Some((text.as_str().into(), *at));
                }
            }
            "age" => recipients(value, &mut rule.recipients),
            "key_groups" => {
                rule.groups = Some((value.items().len(), *at));
                for group in value.items() {
                    if let Data::Map(kinds) = group {
                        for (kind, _, list) in kinds {
                            if kind == "age" {
                                recipients(list, &mut rule.recipients);
                            } else {
                                rule.other_keys = true;
                            }
                        }
                    }
                }
            }
            "shamir_threshold" => rule.threshold = true,
            "pgp" | "kms" | "gcp_kms" | "azure_keyvault" | "hc_vault_transit_uri" | "hckms" => {
                rule.other_keys = true;
            }
            _ => {}
        }
    }
    rule
}

/// A string (comma or newline separated) or a list.
fn recipients(data: &Data, found: &mut Vec<(Box<str>, TextRange)>) {
    match data {
        Data::Scalar { text, at, .. } => {
            for one in text
                .split([',', '\n'])
                .map(str::trim)
                .filter(|one| !one.is_empty())
            {
                found.push((one.into(), *at));
            }
        }
        Data::List(items) => {
            for item in items {
                if let Data::Scalar { text, at, .. } = item {
                    found.push((text.trim().into(), *at));
                }
            }
        }
        _ => {}
    }
}

/// `&name value` without `*name`, as written: outside of quotes and comments.
fn unused_anchors(text: &str) -> Vec<(Box<str>, TextRange)> {
    let mut anchors: Vec<(&str, TextRange)> = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split(" #").next().unwrap_or(line);
        if !code.trim_start().starts_with('#') {
            for (at, sign) in code.match_indices(['&', '*']) {
                let before = code[..at].chars().next_back();
                if before.is_some_and(|c| !matches!(c, ' ' | '-' | '[' | ',' | ':' | '{')) {
                    continue;
                }
                let name: &str = &code[at + 1..];
                let len = name
                    .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
                    .unwrap_or(name.len());
                if len == 0 {
                    continue;
                }
                if sign == "&" {
                    // `- &users:` names a group.
                    if !name[len..].trim_end().starts_with(' ') {
                        continue;
                    }
                    anchors.push((
                        &name[..len],
                        super::range(&(offset + at..offset + at + 1 + len)),
                    ));
                } else {
                    used.push(&name[..len]);
                }
            }
        }
        offset += line.len();
    }
    anchors
        .into_iter()
        .filter(|(name, _)| !used.contains(name))
        .map(|(name, at)| (name.into(), at))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_with_their_places() {
        let text = "keys:\n  - &ann age1qqq\n  - &bob age1ppp\ncreation_rules:\n  - path_regex: secrets/.*\\.yaml$\n    key_groups:\n      - age:\n          - *ann\n          - ssh-rsa AAAA\n  - age: age1x, age1y\n";
        let config = read(text);
        let rules = config.rules.unwrap();
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0].covers("a/secrets/b.yaml"), Some(true));
        assert_eq!(rules[0].covers("secrets/b.json"), Some(false));
        assert_eq!(rules[0].groups.map(|(count, _)| count), Some(1));
        let names: Vec<&str> = rules[0]
            .recipients
            .iter()
            .map(|(name, _)| &**name)
            .collect();
        assert_eq!(names, ["age1qqq", "ssh-rsa AAAA"]);
        assert!(!rules[0].is_catch_all());
        assert!(rules[1].is_catch_all());
        assert_eq!(rules[1].recipients.len(), 2);
        assert_eq!(
            config.unused,
            [(
                "bob".into(),
                super::super::range(&(text.find("&bob").unwrap()..text.find("&bob").unwrap() + 4))
            )]
        );
        assert!(read("a: *nobody\n").fault.is_some());
        assert_eq!(read("keys: []\n").rules, None);
    }

    #[test]
    fn recipients_of_age() {
        assert!(is_recipient(&format!("age1{}", "q".repeat(58))));
        assert!(is_recipient("ssh-ed25519 AAAA"));
        assert!(is_recipient("age1yubikey1qqqqqqqqqqqqqqqqqqqqqqqq"));
        assert!(!is_recipient("age1short"));
        assert!(!is_recipient("ecdsa-sha2-nistp256 AAAA"));
    }
}
