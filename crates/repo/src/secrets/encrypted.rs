//! What a file is that should hold secrets: encrypted as a whole, leaf by leaf, or plain.
//!
//! Goal: "encrypted" is a parsed property, never a substring: a sops file holds armored age blocks in its metadata, a
//! README speaks of sops. Markers count at the start of the file only, sops files by a valid `mac` and by every leaf. Keys
//! of leaves are kept, values never. Limits: text of at most 1 MiB reaches this; comments are not judged.

use std::cell::RefCell;

use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::{Deserialize, Serialize};
use syntax::TextRange;
use syntax::text::size;

use super::range;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileClass {
    /// An age file, binary or armored.
    Age,
    /// Encrypted in git only: plain in the work tree, which is what Nix copies.
    GitCrypt,
    /// An Ansible vault.
    AnsibleVault,
    /// An OpenPGP message.
    Pgp,
    /// A sops file in which every leaf that should be is encrypted.
    Sops,
    /// A sops file with clear leaves that should be encrypted: their keys, joined with `.`.
    SopsPartial(Vec<Box<str>>),
    /// A sealed secret of Kubernetes.
    Sealed,
    /// A private key or an age identity, in plain text.
    PrivateKey,
    /// A certificate or a public key.
    Public,
    /// Nothing but white space.
    Empty,
    /// Anything else; also sops metadata without a valid `mac`.
    Plain,
}

impl FileClass {
    /// Whether the file may stand in the store.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        !matches!(
            self,
            FileClass::Plain
                | FileClass::PrivateKey
                | FileClass::GitCrypt
                | FileClass::SopsPartial(_)
        )
    }
}

/// The language of a sops file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SopsFormat {
    /// `yaml`
    Yaml,
    /// `json`
    Json,
    /// `binary`: JSON with one leaf `data`.
    Binary,
    /// `dotenv`
    Dotenv,
    /// `ini`
    Ini,
}

impl SopsFormat {
    /// Its word in sops-nix.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SopsFormat::Yaml => "yaml",
            SopsFormat::Json => "json",
            SopsFormat::Binary => "binary",
            SopsFormat::Dotenv => "dotenv",
            SopsFormat::Ini => "ini",
        }
    }
}

/// What a leaf of a sops file was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeafType {
    /// Text.
    Text,
    /// A number or a switch.
    Other,
    /// Not encrypted, or not known.
    Clear,
}

/// What is known of a file that is not Nix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// What it is.
    pub class: FileClass,
    /// The language of a sops file.
    pub format: Option<SopsFormat>,
    /// The keys of the leaves of a sops file, joined with `/`; indexes of lists are left out.
    pub leaves: Vec<(Box<str>, LeafType)>,
    /// The keys of all inner maps of a sops file, joined with `/`.
    pub inner: Vec<Box<str>>,
    /// The age recipients that a sops file is encrypted for, and PGP fingerprints.
    pub recipients: Vec<Box<str>>,
}

/// A node of a YAML or JSON document.
#[derive(Debug, Clone)]
pub(super) enum Data {
    Scalar {
        text: String,
        at: TextRange,
        plain: bool,
    },
    Map(Vec<(String, TextRange, Data)>),
    List(Vec<Data>),
    Alias,
}

impl Data {
    pub(super) fn get(&self, key: &str) -> Option<&Data> {
        match self {
            Data::Map(entries) => entries
                .iter()
                .find(|(name, ..)| name == key)
                .map(|(.., value)| value),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Data::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> &[Data] {
        match self {
            Data::List(items) => items,
            _ => &[],
        }
    }

    fn is_null(&self) -> bool {
        match self {
            Data::Scalar { text, plain, .. } => {
                text.is_empty() || *plain && matches!(text.as_str(), "null" | "~" | "Null" | "NULL")
            }
            Data::Map(entries) => entries.is_empty(),
            Data::List(items) => items.is_empty(),
            Data::Alias => true,
        }
    }
}

/// Reads a file that is not Nix. `git_crypt`: the attributes of git give it that filter.
#[must_use]
pub fn read(text: &str, name: &str) -> FileFacts {
    let mut facts = FileFacts {
        class: FileClass::Plain,
        format: None,
        leaves: Vec::new(),
        inner: Vec::new(),
        recipients: Vec::new(),
    };
    let start = text.trim_start();
    let lower = name.to_ascii_lowercase();
    facts.class = if start.is_empty() {
        FileClass::Empty
    } else if text.starts_with("age-encryption.org/v1\n")
        || start.starts_with("-----BEGIN AGE ENCRYPTED FILE-----")
    {
        FileClass::Age
    } else if text.starts_with("\0GITCRYPT\0") {
        FileClass::GitCrypt
    } else if text.starts_with("$ANSIBLE_VAULT;1.") {
        FileClass::AnsibleVault
    } else if start.starts_with("-----BEGIN PGP MESSAGE-----")
        // The binary form does not survive being read as text.
        || (text.starts_with('\u{fffd}') && (lower.ends_with(".gpg") || lower.ends_with(".pgp")))
    {
        FileClass::Pgp
    } else if [
        "-----BEGIN CERTIFICATE",
        "-----BEGIN PUBLIC",
        "-----BEGIN PGP PUBLIC",
        "ssh-",
        "ecdsa-",
    ]
    .iter()
    .any(|public| start.starts_with(public))
    {
        FileClass::Public
    } else if text.contains("sops") {
        sops(text, &lower, &mut facts)
    } else if text.contains("SealedSecret") && text.contains("encryptedData") {
        FileClass::Sealed
    } else {
        FileClass::Plain
    };
    if facts.class == FileClass::Plain && is_key(text) {
        facts.class = FileClass::PrivateKey;
    }
    facts
}

/// A private key or an identity that begins on a line of its own.
fn is_key(text: &str) -> bool {
    if !text.contains("PRIVATE KEY") && !text.contains("AGE-SECRET-KEY-") {
        return false;
    }
    let mut hits = Vec::new();
    super::tokens::scan(text, &mut hits);
    hits.iter().any(|hit| {
        let start = text[..hit.public.start].rfind('\n').map_or(0, |at| at + 1);
        let key = text[hit.public.clone()].starts_with("-----BEGIN")
            || text[hit.public.clone()].starts_with("AGE-SECRET-KEY");
        key && text[start..hit.public.start].trim().is_empty()
    })
}

fn sops(text: &str, name: &str, facts: &mut FileFacts) -> FileClass {
    let start = text.trim_start();
    let documents = if start.starts_with('{') {
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) => vec![json(&value)],
            Err(_) => Vec::new(),
        }
    } else if name.ends_with(".env") || text.lines().any(|line| line.starts_with("sops_mac=")) {
        return lines(text, SopsFormat::Dotenv, facts);
    } else if text.lines().any(|line| line.trim() == "[sops]") {
        return lines(text, SopsFormat::Ini, facts);
    } else {
        yaml(text).unwrap_or_default()
    };
    let Some(metadata) = documents.iter().find_map(|document| document.get("sops")) else {
        return if documents
            .iter()
            .any(|it| it.get("kind").and_then(Data::text) == Some("SealedSecret"))
        {
            FileClass::Sealed
        } else {
            FileClass::Plain
        };
    };
    if metadata
        .get("mac")
        .and_then(Data::text)
        .and_then(leaf_type)
        .is_none()
    {
        return FileClass::Plain;
    }
    facts.format = Some(if start.starts_with('{') {
        let only_data = matches!(&documents[0], Data::Map(entries) if entries.iter().all(|(key, ..)| matches!(key.as_str(), "data" | "sops")));
        if only_data {
            SopsFormat::Binary
        } else {
            SopsFormat::Json
        }
    } else {
        SopsFormat::Yaml
    });
    for (list, key) in [("age", "recipient"), ("pgp", "fp")] {
        for item in metadata.get(list).map(Data::items).unwrap_or_default() {
            facts
                .recipients
                .extend(item.get(key).and_then(Data::text).map(Into::into));
        }
    }
    let Some(selector) = Selector::of(metadata) else {
        return FileClass::Sops;
    };
    let mut clear = Vec::new();
    for document in &documents {
        leaves(document, &selector, facts, &mut clear);
    }
    partial(clear)
}

fn partial(mut clear: Vec<Box<str>>) -> FileClass {
    clear.dedup();
    if clear.is_empty() {
        FileClass::Sops
    } else {
        FileClass::SopsPartial(clear)
    }
}

/// Walks the leaves of a document without recursion.
fn leaves(document: &Data, selector: &Selector, facts: &mut FileFacts, clear: &mut Vec<Box<str>>) {
    let mut stack: Vec<(&Data, Vec<&str>)> = vec![(document, Vec::new())];
    while let Some((data, path)) = stack.pop() {
        match data {
            Data::Map(entries) => {
                if !path.is_empty() {
                    facts.inner.push(path.join("/").into());
                }
                for (key, _, value) in entries.iter().rev() {
                    if path.is_empty() && key == "sops" {
                        continue;
                    }
                    let mut below = path.clone();
                    below.push(key);
                    stack.push((value, below));
                }
            }
            Data::List(items) => {
                for item in items.iter().rev() {
                    stack.push((item, path.clone()));
                }
            }
            Data::Alias => {}
            Data::Scalar { text, .. } => {
                let kind = leaf_type(text);
                facts
                    .leaves
                    .push((path.join("/").into(), kind.unwrap_or(LeafType::Clear)));
                if kind.is_none() && !data.is_null() && !selector.exempts(&path) {
                    clear.push(path.join(".").into());
                }
            }
        }
    }
}

/// `ENC[AES256_GCM,data:…,iv:…,tag:…,type:str]`
fn leaf_type(text: &str) -> Option<LeafType> {
    let inside = text
        .trim()
        .strip_prefix("ENC[AES256_GCM,data:")?
        .strip_suffix(']')?;
    let (inside, kind) = inside.rsplit_once(",type:")?;
    let (inside, tag) = inside.rsplit_once(",tag:")?;
    let (data, iv) = inside.rsplit_once(",iv:")?;
    let base64 = |text: &str| {
        text.bytes()
            .all(|b| super::value::is_base64(b) || b == b'=')
    };
    if iv.is_empty()
        || tag.is_empty()
        || data.is_empty()
        || ![data, iv, tag].into_iter().all(base64)
    {
        return None;
    }
    match kind {
        "str" | "bytes" | "comment" => Some(LeafType::Text),
        "int" | "float" | "bool" | "time" => Some(LeafType::Other),
        _ => None,
    }
}

/// Which leaves sops leaves clear.
enum Selector {
    UnencryptedSuffix(String),
    EncryptedSuffix(String),
    UnencryptedRegex(Regex),
    EncryptedRegex(Regex),
}

impl Selector {
    /// `None` when the file cannot be judged.
    fn of(metadata: &Data) -> Option<Selector> {
        let text = |key| {
            metadata
                .get(key)
                .and_then(Data::text)
                .filter(|text| !text.is_empty())
        };
        if text("unencrypted_comment_regex").is_some() || text("encrypted_comment_regex").is_some()
        {
            return None;
        }
        if let Some(pattern) = text("encrypted_regex") {
            return regex(pattern).map(Selector::EncryptedRegex);
        }
        if let Some(pattern) = text("unencrypted_regex") {
            return regex(pattern).map(Selector::UnencryptedRegex);
        }
        if let Some(suffix) = text("encrypted_suffix") {
            return Some(Selector::EncryptedSuffix(suffix.to_owned()));
        }
        let suffix = text("unencrypted_suffix").unwrap_or("_unencrypted");
        Some(Selector::UnencryptedSuffix(suffix.to_owned()))
    }

    fn exempts(&self, path: &[&str]) -> bool {
        let any = |test: &dyn Fn(&str) -> bool| path.iter().any(|key| test(key));
        match self {
            Selector::UnencryptedSuffix(suffix) => any(&|key| key.ends_with(suffix.as_str())),
            Selector::EncryptedSuffix(suffix) => !any(&|key| key.ends_with(suffix.as_str())),
            Selector::UnencryptedRegex(regex) => any(&|key| regex.is_match(key)),
            Selector::EncryptedRegex(regex) => !any(&|key| regex.is_match(key)),
        }
    }
}

/// How many regular expressions a thread keeps.
const KEPT: usize = 256;

thread_local! {
    static COMPILED: RefCell<FxHashMap<Box<str>, Option<Regex>>> = RefCell::default();
}

/// A regular expression of the repository, within bounds. The few that there are are asked of many paths, and to
/// compile one costs as much as to read a file.
pub(super) fn regex(pattern: &str) -> Option<Regex> {
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(known) = compiled.get(pattern) {
            return known.clone();
        }
        let regex = RegexBuilder::new(pattern).size_limit(1 << 20).build().ok();
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(pattern.into(), regex.clone());
        regex
    })
}

/// dotenv and ini: `key=value` lines.
fn lines(text: &str, format: SopsFormat, facts: &mut FileFacts) -> FileClass {
    let mut section = "";
    let mut mac = false;
    let mut clear = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if format == SopsFormat::Ini && line.starts_with('[') && line.ends_with(']') {
            section = &line[1..line.len() - 1];
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            return FileClass::Plain;
        };
        let (key, value) = (key.trim(), value.trim());
        let own = match format {
            SopsFormat::Ini => section == "sops",
            _ => key.starts_with("sops_"),
        };
        if own {
            mac |= key.trim_start_matches("sops_") == "mac" && leaf_type(value).is_some();
            if key.contains("recipient") {
                facts.recipients.push(value.into());
            }
            continue;
        }
        let kind = leaf_type(value);
        let path = if section.is_empty() {
            key.to_owned()
        } else {
            format!("{section}/{key}")
        };
        if kind.is_none() && !value.is_empty() && !key.ends_with("_unencrypted") {
            clear.push(path.replace('/', ".").into());
        }
        facts
            .leaves
            .push((path.into(), kind.unwrap_or(LeafType::Clear)));
    }
    if !mac {
        facts.leaves.clear();
        return FileClass::Plain;
    }
    facts.format = Some(format);
    partial(clear)
}

/// JSON has no places.
fn json(value: &serde_json::Value) -> Data {
    // serde_json stops at 128 levels, so this does.
    let none = TextRange::default();
    match value {
        serde_json::Value::Object(map) => Data::Map(
            map.iter()
                .map(|(key, value)| (key.clone(), none, json(value)))
                .collect(),
        ),
        serde_json::Value::Array(items) => Data::List(items.iter().map(json).collect()),
        serde_json::Value::String(text) => Data::Scalar {
            text: text.clone(),
            at: none,
            plain: false,
        },
        serde_json::Value::Null => Data::Scalar {
            text: String::new(),
            at: none,
            plain: true,
        },
        other => Data::Scalar {
            text: other.to_string(),
            at: none,
            plain: true,
        },
    }
}

const DEPTH: usize = 64;
const NODES: usize = 100_000;

/// The documents of a YAML text; `None` when it does not parse or is too deep or too large.
pub(super) fn yaml(text: &str) -> Option<Vec<Data>> {
    let offsets = Offsets::new(text);
    let mut documents = Vec::new();
    let mut stack: Vec<(Data, Option<(String, TextRange)>)> = Vec::new();
    let mut nodes = 0;
    // Short scalars only: nothing can be blown up by repeating them.
    let mut anchors: FxHashMap<usize, String> = FxHashMap::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let at = range(&(offsets.byte(span.start.index())..offsets.byte(span.end.index())));
        nodes += 1;
        if nodes > NODES || stack.len() > DEPTH {
            return None;
        }
        let done = match event {
            Event::MappingStart(..) => {
                stack.push((Data::Map(Vec::new()), None));
                continue;
            }
            Event::SequenceStart(..) => {
                stack.push((Data::List(Vec::new()), None));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => stack.pop()?.0,
            Event::Alias(id) => match anchors.get(&id) {
                Some(text) => Data::Scalar {
                    text: text.clone(),
                    at,
                    plain: true,
                },
                None => Data::Alias,
            },
            Event::Scalar(value, style, anchor, _) => {
                if anchor > 0 && value.len() <= 256 {
                    anchors.insert(anchor, value.clone().into_owned());
                }
                Data::Scalar {
                    text: value.into_owned(),
                    at,
                    plain: style == ScalarStyle::Plain,
                }
            }
            _ => continue,
        };
        match stack.last_mut() {
            None => documents.push(done),
            Some((Data::List(items), _)) => items.push(done),
            Some((Data::Map(entries), key)) => match key.take() {
                Some((name, at)) => entries.push((name, at, done)),
                None => {
                    let (name, at) = match done {
                        Data::Scalar { text, at, .. } => (text, at),
                        _ => ("<computed>".to_owned(), TextRange::default()),
                    };
                    *key = Some((name, at));
                }
            },
            Some(_) => return None,
        }
    }
    Some(documents)
}

/// From characters, in which the parser counts, to bytes.
struct Offsets<'a> {
    text: &'a str,
    /// Byte offset of every 64th character; empty for ASCII.
    every: Vec<usize>,
}

impl Offsets<'_> {
    fn new(text: &str) -> Offsets<'_> {
        let every = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(64).map(|(at, _)| at).collect()
        };
        Offsets { text, every }
    }

    fn byte(&self, character: usize) -> usize {
        if self.every.is_empty() {
            return character.min(self.text.len());
        }
        let Some(start) = self.every.get(character / 64) else {
            return self.text.len();
        };
        self.text[*start..]
            .char_indices()
            .nth(character % 64)
            .map_or(self.text.len(), |(at, _)| start + at)
    }
}

/// Where a parser of YAML stops, if it does: an unknown anchor, a syntax error; with its words.
#[must_use]
pub fn yaml_fault(text: &str) -> Option<(TextRange, String)> {
    let offsets = Offsets::new(text);
    let mut nodes = 0;
    for event in Parser::new_from_str(text) {
        nodes += 1;
        if nodes > NODES {
            return None;
        }
        if let Err(error) = event {
            let at = offsets.byte(error.marker().index());
            return Some((TextRange::empty(size(at)), error.info().to_owned()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENC: &str = "ENC[AES256_GCM,data:bm90,iv:bm90,tag:bm90,type:str]";

    fn class(text: &str, name: &str) -> FileClass {
        read(text, name).class
    }

    #[test]
    fn markers_count_at_the_start_only() {
        assert_eq!(
            class("age-encryption.org/v1\n-> X", "a.age"),
            FileClass::Age
        );
        assert_eq!(
            class("\n-----BEGIN AGE ENCRYPTED FILE-----\n", "a"),
            FileClass::Age
        );
        assert_eq!(
            class("see -----BEGIN AGE ENCRYPTED FILE-----\n", "a"),
            FileClass::Plain
        );
        assert_eq!(class("\0GITCRYPT\0xx", "a"), FileClass::GitCrypt);
        assert_eq!(
            class("$ANSIBLE_VAULT;1.1;AES256\n", "a"),
            FileClass::AnsibleVault
        );
        assert_eq!(class("-----BEGIN PGP MESSAGE-----\n", "a"), FileClass::Pgp);
        assert_eq!(class(" \n", "a"), FileClass::Empty);
        assert_eq!(class("a: 1\n", "a.yaml"), FileClass::Plain);
        assert_eq!(
            class("read about sops_version here", "README"),
            FileClass::Plain
        );
    }

    #[test]
    fn sops_files_leaf_by_leaf() {
        let sops = format!("sops:\n    mac: {ENC}\n    age:\n        - recipient: age1x\n");
        let file = read(
            &format!(
                "a: {ENC}\nb:\n    c: {ENC}\nempty: \"\"\nnull: ~\nx_unencrypted: clear\n{sops}"
            ),
            "s.yaml",
        );
        assert_eq!(file.class, FileClass::Sops);
        assert_eq!(file.format, Some(SopsFormat::Yaml));
        assert!(file.leaves.contains(&("b/c".into(), LeafType::Text)));
        assert_eq!(file.recipients, ["age1x".into()]);

        assert_eq!(
            class(&format!("a: {ENC}\nb:\n    - c: clear\n{sops}"), "s.yaml"),
            FileClass::SopsPartial(vec!["b.c".into()])
        );
        assert_eq!(
            class("a: clear\nsops:\n    version: 3\n", "s.yaml"),
            FileClass::Plain
        );
        assert_eq!(
            class(
                &format!("a: clear\nb_secret: {ENC}\n{sops}    encrypted_suffix: _secret\n"),
                "s.yaml"
            ),
            FileClass::Sops
        );
        assert_eq!(
            class(
                &format!("a: clear\npassword: {ENC}\n{sops}    encrypted_regex: ^pass\n"),
                "s.yaml"
            ),
            FileClass::Sops
        );
    }

    #[test]
    fn other_formats_of_sops() {
        let json = format!("{{\n\t\"data\": \"{ENC}\",\n\t\"sops\": {{ \"mac\": \"{ENC}\" }}\n}}");
        assert_eq!(read(&json, "s.bin").format, Some(SopsFormat::Binary));
        assert_eq!(class(&json, "s.bin"), FileClass::Sops);
        let dotenv = format!("A={ENC}\nB=\nsops_version=3\nsops_mac={ENC}\n");
        assert_eq!(class(&dotenv, "s.env"), FileClass::Sops);
        assert_eq!(
            class(&format!("{dotenv}C=clear\n"), "s.env"),
            FileClass::SopsPartial(vec!["C".into()])
        );
        let ini = format!("[a]\nb = {ENC}\n[sops]\nmac = {ENC}\n");
        assert_eq!(class(&ini, "s.ini"), FileClass::Sops);
    }

    #[test]
    fn hostile_documents_end() {
        assert_eq!(
            class(&format!("sops: {}", "[".repeat(5_000)), "a.yaml"),
            FileClass::Plain
        );
        assert_eq!(
            class(&format!("{{\"sops\": {}", "[".repeat(5_000)), "a.json"),
            FileClass::Plain
        );
        assert_eq!(class("sops: &a [*a, *a]\n", "a.yaml"), FileClass::Plain);
        assert!(yaml_fault("a: *nobody\n").is_some());
        assert!(yaml_fault("a: &x 1\nb: *x\n").is_none());
    }
}
