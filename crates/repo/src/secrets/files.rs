//! The files of a linked repository, as the lints of secrets ask for them.

use super::encrypted::{FileClass, FileFacts};
use super::roles::{self, Role};
use crate::{File, Presence, Repo, RepoPath};

/// What is known of a file.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// It was read.
    File(&'a FileFacts),
    /// It is a file of Nix, a script or another one that is no secret.
    Code,
    /// It is there and was not read.
    Unread,
    /// It is a folder, or below one that was not entered.
    Folder,
    /// It is not there.
    Missing,
}

/// What stands at a path.
#[must_use]
pub fn known<'a>(repo: &'a Repo, path: &RepoPath) -> Known<'a> {
    if is_harmless(path) {
        return Known::Code;
    }
    match repo.find(path) {
        Some(file) => match &file.facts.secrets.file {
            Some(facts) => Known::File(facts),
            None => Known::Code,
        },
        None => match repo.paths.presence(path) {
            Presence::Entry => Known::Unread,
            Presence::Folder | Presence::Unknown => Known::Folder,
            Presence::Absent => Known::Missing,
        },
    }
}

/// Public by its name: certificates, public keys, code, documents.
fn is_harmless(path: &RepoPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    [
        ".nix", ".sh", ".md", ".pub", ".crt", ".cer", ".lua", ".js", ".ts", ".py", ".fish", ".zsh",
        ".css", ".patch", ".rs", ".el", ".vim", ".html", ".png", ".jpg", ".svg", ".nu", ".pl",
        ".scss", ".jq", ".awk", ".sql", ".go",
    ]
    .iter()
    .any(|suffix| name.ends_with(suffix))
}

/// Whether git takes the file with the filter `git-crypt`, as the attributes in its folder and above say.
#[must_use]
pub fn is_git_crypt(repo: &Repo, path: &RepoPath) -> bool {
    let mut folder = path.parent();
    loop {
        if let Some(file) = folder.join(".gitattributes").and_then(|it| repo.find(&it)) {
            let inside = relative(path, &folder);
            let mut verdict = None;
            for line in file.text.contents().lines() {
                let mut words = line.split_whitespace();
                let Some(pattern) = words.next().filter(|it| !it.starts_with('#')) else {
                    continue;
                };
                if !matches_attribute(pattern, &inside) {
                    continue;
                }
                for word in words {
                    match word {
                        "filter=git-crypt" => verdict = Some(true),
                        "!filter" | "-filter" => verdict = Some(false),
                        word if word.starts_with("filter=") => verdict = Some(false),
                        _ => {}
                    }
                }
            }
            if let Some(verdict) = verdict {
                return verdict;
            }
        }
        if folder.bytes().is_empty() {
            return false;
        }
        folder = folder.parent();
    }
}

/// The path from a folder above it.
#[must_use]
pub fn relative(path: &RepoPath, folder: &RepoPath) -> String {
    let path = path.text();
    let folder = folder.text();
    let rest = path.strip_prefix(folder.as_ref()).unwrap_or(&path);
    rest.trim_start_matches('/').to_owned()
}

/// A pattern of `.gitattributes`: without `/` it is a name anywhere below.
fn matches_attribute(pattern: &str, path: &str) -> bool {
    let anchored = pattern.trim_end_matches('/').contains('/');
    let pattern = pattern.trim_start_matches('/');
    if anchored {
        return matches_glob(pattern.as_bytes(), path.as_bytes());
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    matches_glob(pattern.as_bytes(), name.as_bytes())
}

/// `*` and `?` stop at `/`, `**` does not. Patterns of hostile length are not believed.
fn matches_glob(pattern: &[u8], text: &[u8]) -> bool {
    if pattern.len() > 256 || text.len() > 4096 {
        return false;
    }
    // reachable[i]: the pattern up to here matches the first i bytes.
    let mut reachable = vec![false; text.len() + 1];
    reachable[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let mut next = vec![false; text.len() + 1];
        let deep = pattern[at..].starts_with(b"**");
        match pattern[at] {
            b'*' => {
                let mut on = false;
                for index in 0..=text.len() {
                    on |= reachable[index];
                    next[index] = on;
                    if index < text.len() && text[index] == b'/' && !deep {
                        on = false;
                    }
                }
            }
            byte => {
                for index in 0..text.len() {
                    if reachable[index]
                        && (text[index] == byte || (byte == b'?' && text[index] != b'/'))
                    {
                        next[index + 1] = true;
                    }
                }
            }
        }
        at += if deep { 2 } else { 1 };
        // `**/x` also matches `x`.
        if deep && pattern.get(at) == Some(&b'/') {
            for index in 0..=text.len() {
                next[index] |= reachable[index];
            }
            let mut after = vec![false; text.len() + 1];
            for index in 0..=text.len() {
                after[index] =
                    reachable[index] || (index > 0 && next[index - 1] && text[index - 1] == b'/');
            }
            next = after;
            at += 1;
        }
        reachable = next;
    }
    reachable[text.len()]
}

/// The class of a file that was read, the filter of git included.
#[must_use]
pub fn class<'a>(repo: &'a Repo, path: &RepoPath, facts: &'a FileFacts) -> &'a FileClass {
    if facts.class == FileClass::Plain && is_git_crypt(repo, path) {
        &FileClass::GitCrypt
    } else {
        &facts.class
    }
}

/// Whether a file is a test or an example by its path.
#[must_use]
pub fn is_test(file: &File) -> bool {
    matches!(roles::of_path(&file.path), Role::Test | Role::Example)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_name_files() {
        for (pattern, path, matches) in [
            ("secrets/**", "secrets/a/b", true),
            ("secrets/*", "secrets/a/b", false),
            ("secrets/*", "secrets/a", true),
            ("*.key", "a/b.key", true),
            ("**/x.conf", "x.conf", true),
            ("**/x.conf", "a/b/x.conf", true),
            ("**/x.conf", "a/bx.conf", false),
            ("a/**/b", "a/b", true),
            ("g.conf", "h.conf", false),
        ] {
            assert_eq!(
                matches_attribute(pattern, path),
                matches,
                "{pattern} {path}"
            );
        }
    }
}
