//! What a finding is called from one run to the next: its fingerprint, made of lint, path, place and ordinal.
//!
//! Never of a position, of the text of a literal, or of a message: a hash of a secret of few bits would give it away.

use std::collections::BTreeMap;

use lint_api::Report;
use repo::RepoPath;

/// Project, lint, path and place.
type Key<'a> = (Option<&'a str>, &'a str, &'a [u8], &'a str);

/// The fingerprint of every finding of a report, in the order of its findings. They are unique in the report.
#[must_use]
pub fn fingerprints(report: &Report) -> Vec<String> {
    let mut seen: BTreeMap<Key<'_>, u32> = BTreeMap::new();
    let findings = report.findings.iter();
    findings
        .map(|settled| {
            let lint = settled.finding.lint.name;
            let source = &report.sources[&settled.finding.at.file];
            // Where reports of several repositories were merged, two may have the same path.
            let project = source.project.as_deref();
            let project = project.filter(|_| report.project.is_none());
            let path = &source.path;
            let ordinal = seen
                .entry((project, lint, path.bytes(), &settled.place))
                .or_default();
            let fingerprint = fingerprint(project, lint, path, &settled.place, *ordinal);
            *ordinal += 1;
            fingerprint
        })
        .collect()
}

/// 128 bits in hex, the same on every machine.
#[must_use]
pub fn fingerprint(
    project: Option<&str>,
    lint: &str,
    path: &RepoPath,
    place: &str,
    ordinal: u32,
) -> String {
    let mut hasher = blake3::Hasher::new();
    let parts = [lint.as_bytes(), path.bytes(), place.as_bytes()];
    for part in project.map(str::as_bytes).into_iter().chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.update(&ordinal.to_le_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_tell_keys_apart() {
        let path = RepoPath::from("a.nix");
        let one = fingerprint(None, "unused-let", &path, "let a", 0);
        assert_eq!(one.len(), 32);
        assert_eq!(one, fingerprint(None, "unused-let", &path, "let a", 0));
        assert_ne!(one, fingerprint(None, "unused-let", &path, "let a", 1));
        assert_ne!(
            one,
            fingerprint(None, "unused-let", &RepoPath::from("a.nixlet"), " a", 0)
        );
        let all = fingerprints(&crate::fixture::report());
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(all.len(), different.len());
    }
}
