//! What a finding is called from one run to the next: its fingerprint, made of lint, path, place and ordinal.
//!
//! Never of a position, of the text of a literal, or of a message: a hash of a secret of few bits would give it away.

use std::collections::BTreeMap;

use lint_api::Report;
use repo::RepoPath;

/// The fingerprint of every finding of a report, in the order of its findings. They are unique in the report.
#[must_use]
pub fn fingerprints(report: &Report) -> Vec<String> {
    let mut seen: BTreeMap<(&str, &[u8], &str), u32> = BTreeMap::new();
    let findings = report.findings.iter();
    findings
        .map(|settled| {
            let lint = settled.finding.lint.name;
            let path = &report.sources[&settled.finding.at.file].path;
            let ordinal = seen
                .entry((lint, path.bytes(), &settled.place))
                .or_default();
            let fingerprint = fingerprint(lint, path, &settled.place, *ordinal);
            *ordinal += 1;
            fingerprint
        })
        .collect()
}

/// 128 bits in hex, the same on every machine.
#[must_use]
pub fn fingerprint(lint: &str, path: &RepoPath, place: &str, ordinal: u32) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [lint.as_bytes(), path.bytes(), place.as_bytes()] {
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
        let one = fingerprint("unused-let", &path, "let a", 0);
        assert_eq!(one.len(), 32);
        assert_eq!(one, fingerprint("unused-let", &path, "let a", 0));
        assert_ne!(one, fingerprint("unused-let", &path, "let a", 1));
        assert_ne!(
            one,
            fingerprint("unused-let", &RepoPath::from("a.nixlet"), " a", 0)
        );
        let all = fingerprints(&crate::fixture::report());
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(all.len(), different.len());
    }
}
