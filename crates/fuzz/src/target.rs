//! What is tried with an input, and what must hold whatever it is.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use engine::baseline::Baseline;
use engine::config::ConfigText;
use engine::load::Input;
use engine::names::Names;
use engine::{Flags, Plan, Settings, Wanted, panics, patch};
use lint_api::report::Scope;
use lint_api::{Fix, Level, Lint, Report};
use repo::schema::Class;
use repo::secrets::tokens::{What, scan};
use repo::{Kind, RepoPath, Text};
use report::{Format, Style, diff, sanitise};
use syntax::parse::Limits;
use testkit::{Block, Case};

use crate::{Bundle, Part};

/// Something that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Nix files: parse, facts, every lint, every format.
    Nix,
    /// The same repositories with all their fixes.
    Fix,
    /// `nivis.toml` and baselines.
    Config,
    /// `flake.lock`, the files of npins and niv.
    Lock,
    /// `.sops.yaml`, files of sops, keys.
    Sops,
    /// Scripts, recipes, workflows, and the shell inside Nix.
    Shell,
    /// A change: the texts before and after, and diffs.
    Diff,
}

/// What came of an input.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What nivis said, as numbers: an input with a new one is worth keeping.
    pub features: Vec<u64>,
    /// What went wrong.
    pub failure: Option<Failure>,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The same for inputs with the same cause.
    pub key: String,
    /// What is to be seen.
    pub words: String,
}

type Check = Result<(), Failure>;

fn fail(key: impl Into<String>, words: impl Into<String>) -> Failure {
    Failure {
        key: key.into(),
        words: words.into(),
    }
}

/// All lints, and the plan with every one of them awake.
struct Ready {
    lints: Vec<&'static Lint>,
    settings: Settings,
    plan: Plan,
    change: Settings,
    plain: Input,
}

static READY: LazyLock<Ready> = LazyLock::new(|| {
    let lints: Vec<&'static Lint> = all_lints();
    let flags = Flags {
        level: lints
            .iter()
            .filter(|it| it.level == Level::Off)
            .map(|it| format!("{}=warn", it.name))
            .collect(),
        ..Flags::default()
    };
    let settings = Settings::discover(&flags, Path::new(""), None, lints.iter().copied());
    let settings = settings.unwrap_or_default();
    let mut change = settings.clone();
    change.scope = Some(Scope::Lines);
    let plain = Bundle::read(b"=== host.nix\n{ lib, ... }:\nlet a = 1; in\n{\n  networking.firewall.enable = false;\n  users.users.ann.password = \"x\";\n}\n=== deploy.sh\nsudo nixos-rebuild switch\n");
    Ready {
        plan: Plan::new(&settings),
        plain: input(&plain, ""),
        lints,
        settings,
        change,
    }
});

/// Every lint there is.
#[must_use]
pub fn all_lints() -> Vec<&'static Lint> {
    lints::ALL.iter().chain(engine::own::ALL).copied().collect()
}

impl Target {
    /// All targets.
    pub const ALL: [Target; 7] = [
        Target::Nix,
        Target::Fix,
        Target::Config,
        Target::Lock,
        Target::Sops,
        Target::Shell,
        Target::Diff,
    ];

    /// Its name on the command line, and that of its folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Target::Nix => "nix",
            Target::Fix => "fix",
            Target::Config => "config",
            Target::Lock => "lock",
            Target::Sops => "sops",
            Target::Shell => "shell",
            Target::Diff => "diff",
        }
    }

    /// The target of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Target> {
        Target::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The path of a text that names none.
    fn default_path(self) -> &'static str {
        match self {
            Target::Nix | Target::Fix | Target::Diff => "host.nix",
            Target::Config => "nivis.toml",
            Target::Lock => "flake.lock",
            Target::Sops => ".sops.yaml",
            Target::Shell => "deploy.sh",
        }
    }

    /// Whether a bundle is of use for it.
    #[must_use]
    pub fn takes(self, bundle: &Bundle) -> bool {
        let any = |is: &dyn Fn(&Part) -> bool| bundle.parts.iter().any(is);
        let named = |part: &Part, ends: &[&str]| ends.iter().any(|it| part.path.ends_with(it));
        match self {
            Target::Nix | Target::Fix => any(&|it| named(it, &[".nix"])),
            Target::Config => any(&|it| named(it, &["nivis.toml", "baseline.toml"])),
            Target::Lock => any(&|it| named(it, &["flake.lock", "sources.json", "lock.json"])),
            Target::Sops => any(&|it| {
                named(
                    it,
                    &[
                        ".yaml",
                        ".yml",
                        ".json",
                        "secrets.nix",
                        ".age",
                        ".env",
                        ".ini",
                        ".pub",
                    ],
                ) || it.text.windows(4).any(|it| it == b"sops")
            }),
            Target::Shell => any(&|it| {
                let kind = engine::load::kind_of(&RepoPath::from(it.path.as_str()));
                !matches!(kind, None | Some(Kind::Nix | Kind::Lock | Kind::Other))
                    || it
                        .text
                        .windows(9)
                        .any(|it| it == b"writeShel" || it == b"ExecStart")
            }),
            Target::Diff => any(&|it| it.has("base")),
        }
    }

    /// What the pages do not have.
    #[must_use]
    pub fn samples(self) -> Vec<Vec<u8>> {
        let texts: &[&str] = match self {
            Target::Config => &[
                "exclude = [\"generated/**\", \"a/\"]\nforeign-pragmas = [\"deadnix\"]\n\n[repository]\nrelease = \"25.11\"\nentries = [\"m/*.nix\"]\nclass = { \"home/**\" = \"home\" }\nloaders = [\"lib/a.nix\"]\n\n[levels]\ntidy = \"off\"\nunused-formal = \"off\"\nstale-lock = \"warn\"\n\n[lints.stale-lock]\ndays = 90\n\n[[overrides]]\npaths = [\"hosts/vm-*/**\"]\nlevels = { plaintext-secret = \"off\" }\nreason = \"vm\"\n\n[limits]\nfile-size = \"16 MiB\"\ndepth = 500\nrun = 4000\nfiles = 200000\nfindings-per-lint = 10000\n",
                "=== nivis-baseline.toml\nversion = 1\n\n[finding.\"host.nix\"]\nfirewall-disabled = { \"networking.firewall.enable\" = 1 }\nunused-let = { \"let a\" = 2 }\n",
                "[levels]\nW03 = \"error\"\nunused-lte = \"warn\"\n",
            ],
            Target::Diff => &[
                "=== host.nix\n{ a = let in 1; }\n=== host.nix base\n{ a = 1; }\n=== change.diff\n--- a/host.nix\n+++ b/host.nix\n@@ -1 +1 @@\n-{ a = 1; }\n+{ a = let in 1; }\n",
                "=== change.diff\ndiff --git \"a/\\303\\274.nix\" \"b/\\303\\274.nix\"\nsimilarity index 90%\nrename from \"\\303\\274.nix\"\nrename to b.nix\n--- \"a/\\303\\274.nix\"\n+++ b/b.nix\n@@ -1,3 +1,4 @@ head\n a\n-b\n+c\n+d\n e\n\\ No newline at end of file\ndiff --git a/n.nix b/n.nix\nnew file mode 100644\n--- /dev/null\n+++ b/n.nix\n@@ -0,0 +1 @@\n+x\n",
            ],
            Target::Sops => &[
                "=== .sops.yaml\nkeys:\n  - &a age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\ncreation_rules:\n  - path_regex: secrets/[^/]+\\.yaml$\n    key_groups:\n      - age:\n          - *a\n=== secrets/a.yaml\nk: ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]\nplain: here\nsops:\n  age:\n    - recipient: age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\n  lastmodified: \"2024-01-01T00:00:00Z\"\n  mac: ENC[AES256_GCM,data:AAAA]\n  version: 3.8.1\n=== host.nix\n{ sops.defaultSopsFile = ./secrets/a.yaml; sops.secrets.k = { }; sops.secrets.\"a/b\".sopsFile = ./secrets/a.json; }\n=== secrets/a.json\n{\"a\": {\"b\": \"ENC[AES256_GCM,data:AAAA]\"}, \"sops\": {\"mac\": \"x\"}}\n",
            ],
            _ => &[],
        };
        texts.iter().map(|it| it.as_bytes().to_vec()).collect()
    }

    /// Tries it. Never panics: a panic is a failure. Printing takes longer than finding: without `prints`, nothing is.
    #[must_use]
    pub fn run(self, bytes: &[u8], prints: bool) -> Outcome {
        let mut features = Vec::new();
        let tried = panics::catch(|| {
            let bundle = Bundle::read(bytes);
            match self {
                Target::Nix | Target::Lock | Target::Sops | Target::Shell => {
                    self.look(&bundle, prints, &mut features)
                }
                Target::Fix => self.fix(&bundle, &mut features),
                Target::Config => self.configure(&bundle, &mut features),
                Target::Diff => self.change(&bundle, prints, &mut features),
            }
        });
        let failure = match tried {
            Ok(checked) => checked.err(),
            Err(place) => Some(fail(
                format!("panic {place}"),
                format!("panicked at {place}"),
            )),
        };
        Outcome { features, failure }
    }

    /// Every lint, every format.
    fn look(self, bundle: &Bundle, prints: bool, features: &mut Vec<u64>) -> Check {
        let ready = &*READY;
        let input = input(bundle, self.default_path());
        let report = settled(input, &ready.plan, &ready.settings);
        sound(&report, features)?;
        if prints {
            printed(bundle, &report)?;
        }
        Ok(())
    }

    /// The fix engine.
    fn fix(self, bundle: &Bundle, features: &mut Vec<u64>) -> Check {
        let ready = &*READY;
        let before = input(bundle, self.default_path());
        // Both kinds of fixes get their turn, the same for the same input.
        let wanted = Wanted {
            guesses: bundle.parts.iter().map(|it| it.text.len()).sum::<usize>() % 3 != 0,
            ..Wanted::default()
        };
        let done = engine::fix(before.clone(), &ready.plan, &ready.settings, wanted);
        sound(&done.report, features)?;
        let mut after = before;
        for changed in &done.changed {
            for lint in changed.fixed.keys() {
                features.push(hash(&("fixed", lint)));
            }
            let faults = |text: &Text| syntax::parse(text.contents(), Limits::default()).faults;
            if changed.path.text().ends_with(".nix")
                && faults(&changed.before).is_empty()
                && !faults(&changed.after).is_empty()
            {
                let lints: Vec<&str> = changed.fixed.keys().copied().collect();
                return Err(fail(
                    format!("fixed text does not parse: {}", lints.join(" ")),
                    format!(
                        "{}\n=>\n{}",
                        changed.before.contents(),
                        changed.after.contents()
                    ),
                ));
            }
            back(changed)?;
            for source in &mut after.sources {
                if source.path == changed.path {
                    source.text = Arc::clone(&changed.after);
                }
            }
        }
        if done.changed.is_empty() || !done.report.troubles.is_empty() {
            return Ok(());
        }
        let again = engine::fix(after, &ready.plan, &ready.settings, wanted);
        if let Some(changed) = again.changed.first() {
            let lints: Vec<&str> = changed.fixed.keys().copied().collect();
            return Err(fail(
                format!("fixed again: {}", lints.join(" ")),
                format!(
                    "{}\n=>\n{}",
                    changed.before.contents(),
                    changed.after.contents()
                ),
            ));
        }
        Ok(())
    }

    /// Settings and baselines.
    fn configure(self, bundle: &Bundle, features: &mut Vec<u64>) -> Check {
        let ready = &*READY;
        let names = Names::new(ready.lints.iter().copied());
        for part in &bundle.parts {
            let name = if part.path.is_empty() {
                self.default_path()
            } else {
                &part.path
            };
            let tried = ConfigText::new(name, part.text.clone()).and_then(|text| {
                if name.ends_with("baseline.toml") {
                    let known = Baseline::parse(&text, &names)?;
                    let again = ConfigText::new(name, known.render().into_bytes())?;
                    return Ok((None, Some((Baseline::parse(&again, &names)?, known))));
                }
                let flags = Flags::default();
                let lints = ready.lints.iter().copied();
                let root = Path::new("/nonexistent");
                Ok((
                    Some(Settings::discover(&flags, root, Some(&text), lints)?),
                    None,
                ))
            });
            match tried {
                Err(error) => {
                    features.push(hash(&blank(&error.message)));
                    let said = sanitise::text(&error.to_string());
                    harmless("config", &said)?;
                }
                Ok((settings, baselines)) => {
                    if let Some((again, known)) = baselines
                        && again.render() != known.render()
                    {
                        return Err(fail(
                            "baseline",
                            "a baseline changes when it is written again",
                        ));
                    }
                    if let Some(settings) = settings {
                        features.push(hash(&settings.digest.get(..1)));
                        let plan = Plan::new(&settings);
                        let report = settled(ready.plain.clone(), &plan, &settings);
                        sound(&report, features)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Changes.
    fn change(self, bundle: &Bundle, prints: bool, features: &mut Vec<u64>) -> Check {
        let ready = &*READY;
        for part in bundle.parts.iter().filter(|it| it.path.ends_with(".diff")) {
            match patch::parse(&part.text) {
                Err(words) => {
                    features.push(hash(&words.split_once(": ").map(|it| it.1.to_owned())))
                }
                Ok(patches) => {
                    for patch in &patches {
                        let undone = bundle
                            .parts
                            .iter()
                            .filter(|it| patch.undo(&it.text).is_some());
                        features.push(hash(&(
                            patch.binary,
                            patch.old.is_some(),
                            patch.new.is_some(),
                            undone.count(),
                        )));
                    }
                }
            }
        }
        let input = input(bundle, self.default_path());
        if let Some(base) = &input.base {
            for old in &base.sources {
                let Some(new) = input.sources.iter().find(|it| it.path == old.path) else {
                    continue;
                };
                applies(&old.path, &old.text, &new.text)?;
            }
        }
        let report = settled(input, &ready.plan, &ready.change);
        for settled in &report.findings {
            features.push(hash(&(
                settled.finding.lint.name,
                settled.change.map(|it| it.as_str()),
            )));
        }
        sound(&report, features)?;
        if prints {
            printed(bundle, &report)?;
        }
        Ok(())
    }
}

/// A bundle as the engine would have read it.
fn input(bundle: &Bundle, default_path: &str) -> Input {
    let mut case = Case::default();
    let mut bytes: BTreeMap<String, &[u8]> = BTreeMap::new();
    for part in &bundle.parts {
        let path = tame(&part.path, default_path);
        let text = String::from_utf8_lossy(&part.text).into_owned();
        // A list of options that is none is an error of the settings; cases are made without.
        if path.starts_with(".nivis/options-")
            && repo::schema::json::read(&part.text, Class::Nixos).is_err()
        {
            continue;
        }
        if part.has("base") {
            case.base.insert(path, text);
            continue;
        }
        let block = Block {
            text,
            words: part.words.clone(),
            ..Block::default()
        };
        bytes.insert(path.clone(), &part.text);
        case.files.insert(path, block);
    }
    let texts = case
        .files
        .iter()
        .map(|(path, block)| (path.clone(), block.text.clone()))
        .collect();
    let mut input = testkit::run::input(&case, &texts);
    for source in &mut input.sources {
        if let Some(bytes) = bytes.get(source.path.text().as_ref()) {
            source.text = Arc::new(Text::from_bytes(bytes.to_vec()));
        }
    }
    input
}

/// A path as the walk may find one.
fn tame(path: &str, default: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|it| !["", ".", ".."].contains(it))
        .collect();
    if parts.is_empty() {
        default.to_owned()
    } else {
        parts.join("/")
    }
}

fn settled(input: Input, plan: &Plan, settings: &Settings) -> Report {
    engine::settle(engine::check(input, plan, settings), settings)
}

/// What holds for every report.
fn sound(report: &Report, features: &mut Vec<u64>) -> Check {
    for trouble in &report.troubles {
        if trouble.kind == "internal" {
            // Without the code of before, an error that was there all the time is seen: told, and rightly so.
            if !trouble.message.contains("bring an error about") {
                return Err(fail(
                    format!("internal {}", trouble.message),
                    trouble.to_string(),
                ));
            }
        }
        features.push(hash(&blank(&trouble.message)));
    }
    for settled in &report.findings {
        let finding = &settled.finding;
        let name = finding.lint.name;
        let places = std::iter::once(finding.at).chain(finding.labels.iter().map(|it| it.at));
        for at in places {
            let Some(source) = report.sources.get(&at.file) else {
                return Err(fail(
                    format!("no file {name}"),
                    "a finding names a file that the report does not have",
                ));
            };
            let text = source.text.contents();
            let (start, end) = (usize::from(at.range.start()), usize::from(at.range.end()));
            if text.get(start..end).is_none() {
                let words = format!("{start}..{end} of a text of {} bytes", text.len());
                return Err(fail(format!("span {name}"), words));
            }
        }
        if let Some(fix) = &finding.fix {
            edits(name, fix, report.sources[&finding.at.file].text.contents())?;
            features.push(hash(&(name, "fix", fix.safety, fix.edits.len().min(3))));
        }
        let shape = (
            finding.labels.len().min(3),
            finding.notes.len().min(2),
            finding.help.is_some(),
        );
        features.push(hash(&(name, blank(&finding.message), shape, settled.level)));
        for words in finding
            .labels
            .iter()
            .map(|it| &it.message)
            .chain(&finding.notes)
            .chain(&finding.help)
        {
            features.push(hash(&(name, blank(words))));
        }
    }
    Ok(())
}

/// Edits lie in the text, on characters, and do not overlap.
fn edits(name: &str, fix: &Fix, text: &str) -> Check {
    let mut ranges: Vec<(usize, usize)> = fix
        .edits
        .iter()
        .map(|it| (it.range.start().into(), it.range.end().into()))
        .collect();
    ranges.sort_unstable();
    let inside = ranges
        .iter()
        .all(|(start, end)| text.get(*start..*end).is_some());
    let apart = ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0);
    if inside && apart {
        return Ok(());
    }
    Err(fail(
        format!("edits {name}"),
        format!("{ranges:?} of a text of {} bytes", text.len()),
    ))
}

/// A diff of a fixed file leads back to the file.
fn back(changed: &engine::Changed) -> Check {
    if changed.masks_before.is_empty() && changed.masks_after.is_empty() {
        return applies(&changed.path, &changed.before, &changed.after);
    }
    Ok(())
}

/// A diff, read again and taken back, gives the text before.
fn applies(path: &RepoPath, before: &Text, after: &Text) -> Check {
    if before.invalid_at().is_some() || after.invalid_at().is_some() {
        return Ok(());
    }
    let side = |text| diff::Side { text, masks: &[] };
    let mut out = Vec::new();
    let words = |it: &dyn std::fmt::Display| fail("diff", it.to_string());
    diff::print(path, side(before), side(after), false, &mut out).map_err(|it| words(&it))?;
    let patches = patch::parse(&out).map_err(|it| words(&it))?;
    let undone = match patches.as_slice() {
        [] => Some(after.to_bytes()),
        [one] => one.undo(&after.to_bytes()),
        _ => None,
    };
    if undone.as_deref() == Some(&before.to_bytes()[..]) {
        return Ok(());
    }
    Err(fail(
        "diff",
        format!(
            "the diff does not lead back:\n{}",
            String::from_utf8_lossy(&out)
        ),
    ))
}

/// What holds for every format: nothing that a terminal or a runner obeys, nothing of a token.
fn printed(bundle: &Bundle, report: &Report) -> Check {
    let pieces = token_pieces(bundle);
    for format in Format::ALL {
        let mut out = Vec::new();
        let name = format.as_str();
        if let Err(error) = report::print(format, report, &Style::default(), &mut out) {
            return Err(fail(format!("print {name}"), error.to_string()));
        }
        let Ok(out) = String::from_utf8(out) else {
            return Err(fail(format!("UTF-8 {name}"), "the output is not UTF-8"));
        };
        harmless(name, &out)?;
        for piece in &pieces {
            if out.contains(piece.as_str()) {
                return Err(fail(format!("secret {name}"), format!("{piece} is shown")));
            }
        }
    }
    Ok(())
}

/// Nothing that a terminal or a runner of CI obeys.
fn harmless(format: &str, out: &str) -> Check {
    for line in out.split('\n') {
        if let Some(c) = line.chars().find(|c| sanitise::is_hidden(*c)) {
            return Err(fail(
                format!("raw {format}"),
                format!("U+{:04X} in {line:?}", u32::from(c)),
            ));
        }
        let ours = [
            "::error title=nivis ",
            "::warning title=nivis ",
            "::notice title=nivis ",
            "::notice title=nivis::",
        ];
        let is_ours = format == "github" && ours.iter().any(|it| line.starts_with(it));
        if line.trim_start().starts_with("::") && !is_ours {
            return Err(fail(format!("command {format}"), format!("{line:?}")));
        }
        let rest = match line.strip_prefix("##vso[task.logissue type=") {
            Some(rest) if format == "azure" => rest,
            _ => line,
        };
        if rest.contains("##[") || rest.to_ascii_lowercase().contains("##vso[") {
            return Err(fail(format!("command {format}"), format!("{line:?}")));
        }
    }
    Ok(())
}

/// What stands in tokens and nowhere else.
fn token_pieces(bundle: &Bundle) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = String::new();
    for part in &bundle.parts {
        rest.push_str(&part.path);
        rest.push('\n');
        let text = String::from_utf8_lossy(&part.text);
        let mut hits = Vec::new();
        scan(&text, &mut hits);
        let mut at = 0;
        for hit in hits {
            if !matches!(hit.what, What::Token { mild: false, .. }) || hit.secret.start < at {
                continue;
            }
            let Some(secret) = text.get(hit.secret.clone()) else {
                continue;
            };
            if let Some(piece) = secret.get(2..14) {
                pieces.push(piece.to_owned());
            }
            rest.push_str(&text[at..hit.secret.start]);
            rest.push('\n');
            at = hit.secret.end;
        }
        rest.push_str(&text[at..]);
        rest.push('\n');
    }
    pieces.retain(|it| !rest.contains(it.as_str()));
    pieces
}

/// A message without the user's own words.
fn blank(message: &str) -> String {
    let mut text = String::new();
    for (index, piece) in message.split('`').enumerate() {
        text.push_str(if index % 2 == 1 { "`" } else { piece });
    }
    text.retain(|c| !c.is_ascii_digit());
    text
}

fn hash(it: &impl Hash) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    it.hash(&mut hasher);
    hasher.finish()
}
