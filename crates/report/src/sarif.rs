//! Format `sarif`, 2.1.0, one run, within the limits of GitHub's code scanning. Columns are code points.
//!
//! No source text is in it: no snippets, no context regions. Fixes are the safe ones that repeat no secret.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use lint_api::report::{Change, Settled, State};
use lint_api::{Group, Level, Lint, Report, Safety};
use repo::Span;
use serde::Serialize;
use syntax::TextRange;

use crate::line_hash::LineNames;
use crate::{Shown, Sources, Style, VERSION, json, keys};

/// GitHub takes no more results of one run …
const RESULTS: usize = 25_000;
/// … nor more locations of one result.
const LOCATIONS: usize = 1_000;
/// The longest description, in characters.
const DESCRIPTION: usize = 1_024;
/// A longer page comes without its examples, in bytes.
const PAGE: usize = 8 << 10;
/// The longest message, in characters.
const MESSAGE: usize = 8_000;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    automation_details: Named,
    original_uri_base_ids: BTreeMap<&'static str, Described>,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<ResultRow<'a>>,
}

#[derive(Serialize)]
struct Named {
    id: String,
}

#[derive(Serialize)]
struct Described {
    description: Message,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    information_uri: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties<'a> {
    tags: [&'a str; 1],
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    severity: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security: Option<&'static str>,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultRow<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<Vec<Suppression>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<FixRow>,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "primaryLocationLineHash")]
    line: String,
    #[serde(rename = "nivis/v1")]
    own: String,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FixRow {
    description: Message,
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: Artifact,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

/// Prints the findings, silenced ones as suppressed.
///
/// # Errors
/// When the output cannot be written.
pub fn print(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let sources = Sources::of(report);
    let rules: BTreeMap<&str, usize> = report
        .lints
        .iter()
        .enumerate()
        .map(|(index, (lint, _))| (lint.name, index))
        .collect();
    let mut notifications = notifications(report);
    let kept = kept(report);
    let dropped = report.findings.len() - kept.len();
    if dropped > 0 {
        notifications.push(Notification {
            level: "warning",
            message: message(&format!(
                "{dropped} findings are left out: GitHub takes {RESULTS} of one run"
            )),
            locations: Vec::new(),
        });
    }
    let mut lines = LineNames::default();
    let results = report
        .findings
        .iter()
        .zip(keys::fingerprints(report))
        .enumerate()
        .filter(|(index, _)| kept.contains(index))
        .map(|(_, (settled, own))| {
            let at = settled.finding.at;
            let file = sources.get(at.file);
            let fingerprints = Fingerprints {
                line: lines.of(file, at),
                own,
            };
            result(settled, &sources, &rules, fingerprints)
        })
        .collect();
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "nivis",
                    semantic_version: VERSION,
                    information_uri: lint_api::PAGE_BASE,
                    rules: report.lints.iter().map(|(lint, _)| rule(lint)).collect(),
                },
            },
            automation_details: Named {
                id: format!("{}/", style.category.as_deref().unwrap_or("nivis")),
            },
            original_uri_base_ids: BTreeMap::from([(
                ROOT,
                Described {
                    description: message("The root of the repository."),
                },
            )]),
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: report.troubles.is_empty(),
                tool_execution_notifications: notifications,
            }],
            results,
        }],
    };
    json::write(&log, out)
}

/// The indices of the findings that are printed: all, or the most severe, of the first paths.
fn kept(report: &Report) -> BTreeSet<usize> {
    let mut order: Vec<usize> = (0..report.findings.len()).collect();
    if order.len() > RESULTS {
        order.sort_by_key(|index| {
            let settled = &report.findings[*index];
            let silenced = settled.state != State::Active;
            (silenced, std::cmp::Reverse(settled.level), *index)
        });
        order.truncate(RESULTS);
    }
    order.into_iter().collect()
}

fn notifications(report: &Report) -> Vec<Notification> {
    let troubles = report.troubles.iter().map(|trouble| Notification {
        level: "error",
        message: message(&trouble.to_string()),
        locations: Vec::new(),
    });
    let skipped = report.skipped.iter().map(|(path, reason)| Notification {
        level: "warning",
        message: message(&format!("not read: {reason}")),
        locations: vec![Location {
            id: None,
            physical_location: Physical {
                artifact_location: artifact(path.bytes()),
                region: None,
            },
            message: None,
        }],
    });
    troubles.chain(skipped).take(LOCATIONS).collect()
}

fn rule(lint: &'static Lint) -> Rule<'static> {
    let page = page(lint.page);
    Rule {
        id: lint.name,
        name: pascal_case(lint.name),
        short_description: message(&cut(lint.summary, DESCRIPTION)),
        full_description: message(&cut(lint.summary, DESCRIPTION)),
        help: Help {
            text: page.clone(),
            markdown: page,
        },
        help_uri: lint.url(),
        default_configuration: Configuration {
            level: word(lint.level),
        },
        properties: Properties {
            tags: [lint.group.as_str()],
            precision: match lint.level {
                Level::Error => "very-high",
                Level::Warn => "high",
                Level::Info | Level::Off => "medium",
            },
            severity: match lint.level {
                Level::Error => "error",
                Level::Warn => "warning",
                Level::Info | Level::Off => "recommendation",
            },
            security: security(lint),
        },
    }
}

/// How severe GitHub takes a finding for when it counts it as one of security.
fn security(lint: &Lint) -> Option<&'static str> {
    let open = lint.group == Group::Hosts
        && lint
            .name
            .split('-')
            .any(|word| matches!(word, "ssh" | "firewall"));
    match lint.group {
        Group::Secrets => Some("8.0"),
        _ if open => Some("5.0"),
        _ => None,
    }
}

/// A page, without its examples when it is long; never empty.
fn page(page: &str) -> String {
    if page.len() <= PAGE {
        let page = page.trim();
        return if page.is_empty() { "-" } else { page }.to_owned();
    }
    let mut text = String::new();
    let mut fence: Option<String> = None;
    for line in page.trim().lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = Some("`".repeat(ticks)),
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

fn result<'a>(
    settled: &'a Settled,
    sources: &Sources<'a>,
    rules: &BTreeMap<&str, usize>,
    partial_fingerprints: Fingerprints,
) -> ResultRow<'a> {
    let finding = &settled.finding;
    let mut text = finding.message.clone();
    for note in &finding.notes {
        text.push('\n');
        text.push_str(note);
    }
    if let Some(help) = &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    let file = sources.get(finding.at.file);
    ResultRow {
        rule_id: finding.lint.name,
        rule_index: rules.get(finding.lint.name).copied(),
        level: word(settled.level),
        message: message(&text),
        locations: [location(sources, finding.at)],
        related_locations: finding
            .labels
            .iter()
            .take(LOCATIONS - 1)
            .enumerate()
            .map(|(index, label)| Location {
                id: Some(index + 1),
                message: Some(message(&label.message)),
                ..location(sources, label.at)
            })
            .collect(),
        partial_fingerprints,
        baseline_state: settled.change.map(|change| match change {
            Change::New => "new",
            Change::Touched | Change::Old => "unchanged",
        }),
        suppressions: match &settled.state {
            State::Active => None,
            State::Allowed { reason, .. } => Some(vec![Suppression {
                kind: "inSource",
                justification: reason.clone(),
            }]),
            State::Baselined => Some(vec![Suppression {
                kind: "external",
                justification: Some("the baseline knows it".to_owned()),
            }]),
        },
        fixes: finding
            .fix
            .iter()
            .filter(|fix| fix.safety == Safety::Safe)
            .filter(|fix| file.permits(fix))
            .map(|fix| FixRow {
                description: message(&fix.title),
                artifact_changes: [ArtifactChange {
                    artifact_location: artifact(file.source.path.bytes()),
                    replacements: fix
                        .edits
                        .iter()
                        .map(|edit| Replacement {
                            deleted_region: region(file, edit.range),
                            inserted_content: Message {
                                text: edit.text.clone(),
                            },
                        })
                        .collect(),
                }],
            })
            .collect(),
    }
}

fn location(sources: &Sources<'_>, at: Span) -> Location {
    let file = sources.get(at.file);
    Location {
        id: None,
        physical_location: Physical {
            artifact_location: artifact(file.source.path.bytes()),
            region: Some(region(file, at.range)),
        },
        message: None,
    }
}

fn region(file: &Shown<'_>, range: TextRange) -> Region {
    let (start, end) = (
        file.places.position(range.start()),
        file.places.position(range.end()),
    );
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

fn artifact(path: &[u8]) -> Artifact {
    Artifact {
        uri: uri(path),
        uri_base_id: ROOT,
    }
}

/// A path as a relative reference. A colon in the first name would make a scheme of it, so each is escaped.
fn uri(path: &[u8]) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// A message. Words in brackets before parentheses would be links.
fn message(text: &str) -> Message {
    let text = cut(text, MESSAGE);
    let text = if text.contains("](") {
        text.replace('\\', "\\\\")
            .replace('[', "\\[")
            .replace(']', "\\]")
    } else {
        text
    };
    Message {
        text: if text.trim().is_empty() {
            "-".to_owned()
        } else {
            text
        },
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// `untracked-import` is `UntrackedImport`.
fn pascal_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    });
    words.collect()
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Info | Level::Off => "note",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixture;

    fn printed(report: &Report) -> String {
        let mut out = Vec::new();
        print(report, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// What GitHub demands of a file, beyond the schema of SARIF.
    fn acceptable(log: &Value) {
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(log["runs"].as_array().unwrap().len(), 1);
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let mut names = BTreeSet::new();
        for rule in rules {
            assert!(names.insert(rule["id"].as_str().unwrap()));
            for field in ["shortDescription", "fullDescription", "help"] {
                assert!(!rule[field]["text"].as_str().unwrap().is_empty());
            }
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 20);
            assert!(
                ["error", "warning", "note"]
                    .contains(&rule["defaultConfiguration"]["level"].as_str().unwrap())
            );
        }
        let results = run["results"].as_array().unwrap();
        assert!(results.len() <= RESULTS);
        let place = |physical: &Value| {
            let location = &physical["artifactLocation"];
            let uri = location["uri"].as_str().unwrap();
            assert!(uri.is_ascii() && !uri.contains([' ', ':', '\\']) && !uri.starts_with('/'));
            assert_eq!(location["uriBaseId"], ROOT);
            for snippet in ["snippet", "contextRegion"] {
                assert!(physical.get(snippet).is_none());
                assert!(physical["region"].get(snippet).is_none());
            }
            let number = |field: &str| physical["region"][field].as_u64().unwrap();
            assert!(number("startLine") >= 1 && number("startColumn") >= 1);
            assert!(
                (number("startLine"), number("startColumn"))
                    <= (number("endLine"), number("endColumn"))
            );
        };
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            place(&result["locations"][0]["physicalLocation"]);
            for related in result["relatedLocations"].as_array().into_iter().flatten() {
                place(&related["physicalLocation"]);
            }
            let hash = result["partialFingerprints"]["primaryLocationLineHash"]
                .as_str()
                .unwrap();
            assert!(hash.contains(':'), "{hash}");
        }
    }

    #[test]
    fn a_log() {
        let printed = printed(&fixture::report());
        acceptable(&serde_json::from_str(&printed).unwrap());
        insta::assert_snapshot!(printed);
    }

    #[test]
    fn more_than_github_takes() {
        let mut report = fixture::report();
        let note = report.findings.last().unwrap().clone();
        let error = report.findings[0].clone();
        report.findings = std::iter::repeat_n(note, RESULTS + 7)
            .chain([error])
            .collect();
        let log: Value = serde_json::from_str(&printed(&report)).unwrap();
        acceptable(&log);
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), RESULTS);
        assert_eq!(results.last().unwrap()["level"], "error");
        let told = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(told.contains("8 findings are left out"), "{told}");
    }

    #[test]
    fn long_pages_lose_their_examples() {
        let long = format!("# a\n\n```nix flagged\n{}\n```\n\nend\n", "x".repeat(PAGE));
        assert_eq!(page(&long), "# a\n\n\nend\n");
        assert_eq!(page("# a\n"), "# a");
    }

    #[test]
    fn uris_and_links() {
        assert_eq!(
            uri("a b:ü/#?%.nix".as_bytes()),
            "a%20b%3A%C3%BC/%23%3F%25.nix"
        );
        assert_eq!(message("[x](y)").text, "\\[x\\](y)");
        assert_eq!(message("`[ x ]`").text, "`[ x ]`");
        assert_eq!(pascal_case("untracked-import"), "UntrackedImport");
    }
}
