//! Does a name speak of a secret? `dbPassword` and `API_KEY` do, `password_reset_url`, `publicKey` and `proxyPass` do not.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Last words that say it alone.
const NOUNS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pw",
    "secret",
    "token",
    "psk",
    "pin",
    "credential",
    "credentials",
    "privkey",
    "mnemonic",
    "apikey",
    "authkey",
    "secretkey",
    "privatekey",
];

/// `key` is a secret only after one of these.
const BEFORE_KEY: &[&str] = &[
    "api",
    "private",
    "secret",
    "access",
    "auth",
    "app",
    "master",
    "hmac",
    "jwt",
    "rpc",
    "session",
    "shared",
    "webhook",
    "license",
    "encryption",
    "preshared",
    "service",
    "deploy",
];

/// `pass` is a secret alone or after one of these; nginx has `proxyPass`.
const BEFORE_PASS: &[&str] = &[
    "db", "user", "smtp", "ldap", "admin", "http", "root", "bind", "mail", "rpc", "redis", "web",
    "login", "default",
];

/// Names that end in a noun and mean something else: questions, switches, the credentials of systemd (paths).
const OTHER: &[&str] = &[
    "askpassword",
    "loadcredential",
    "loadcredentialencrypted",
    "setcredentialencrypted",
    "importcredential",
];

/// Names with a noun in them anywhere; everything else is sorted out by one look.
static CANDIDATE: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let mut nouns = NOUNS.to_vec();
    nouns.extend(["key", "pass"]);
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(nouns)
        .expect("a handful of words")
});

/// The words of a name in lower case: split at case changes, digits and everything that is not a letter.
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let bytes = name.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_alphabetic() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(at + 1);
        // `dbPassword` before `P`; `APIKey` before `K`.
        let begins = byte.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || (before.is_ascii_uppercase() && after.is_some_and(u8::is_ascii_lowercase))
            });
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(char::from(byte.to_ascii_lowercase()));
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether a name means that its value is a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    if name.len() > 128 || !CANDIDATE.is_match(name) {
        return false;
    }
    is_secret_words(&words(name))
}

/// Whether a secret of this name is a number: a pin. The pins of a chip have other names.
#[must_use]
pub fn is_number(name: &str) -> bool {
    words(name).last().is_some_and(|last| last == "pin")
}

/// As [`is_secret`], for the part of a name before `File`, `Path`: there the noun may be glued to the word before it, as
/// in `adminpassFile`.
#[must_use]
pub fn is_secret_stem(stem: &str) -> bool {
    if is_secret(stem) {
        return true;
    }
    words(stem).last().is_some_and(|last| {
        [
            "pass",
            "password",
            "passwd",
            "secret",
            "token",
            "passphrase",
        ]
        .iter()
        .any(|noun| last.ends_with(noun))
            && !matches!(last.as_str(), "bypass" | "compass" | "proxypass")
    })
}

fn is_secret_words(words: &[String]) -> bool {
    let mut words = words;
    while let [rest @ .., last] = words
        && matches!(last.as_str(), "plain" | "raw" | "string" | "value")
    {
        words = rest;
    }
    let [before @ .., last] = words else {
        return false;
    };
    if OTHER.contains(&words.concat().as_str()) {
        return false;
    }
    let before = before.last().map(String::as_str);
    match last.as_str() {
        "key" => before.is_some_and(|word| BEFORE_KEY.contains(&word)),
        "pass" => before.is_none_or(|word| BEFORE_PASS.contains(&word)),
        // `PGPASSWORD`
        last => NOUNS.contains(&last) || last.ends_with("password"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_case_digits_and_signs() {
        assert_eq!(words("dbPassword"), ["db", "password"]);
        assert_eq!(words("APIKey"), ["api", "key"]);
        assert_eq!(words("OAUTH2_CLIENT-SECRET"), ["oauth", "client", "secret"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn secret_names() {
        for name in [
            "password",
            "dbPassword",
            "bindPassword",
            "API_KEY",
            "apiKey",
            "api_token",
            "rpcSecret",
            "GH_TOKEN",
            "pass",
            "smtp_pass",
            "http-pass",
            "privateKey",
            "passwordPlain",
            "secretkey",
            "PresharedKey",
            "PGPASSWORD",
            "client_secret",
            "psk",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "passwordFile",
            "password_reset_url",
            "publicKey",
            "signingKey",
            "proxyPass",
            "key",
            "max_tokens",
            "token_limit",
            "askPassword",
            "PasswordAuthentication",
            "level-seed",
            "passwordCommand",
            "secretName",
            "pskRawFile",
            "LoadCredential",
            "primaryKey",
            "OIDC_CLIENT_SECRET_FILE",
            "",
            "compass",
            "tokens",
        ] {
            assert!(!is_secret(name), "{name}");
        }
        assert!(is_secret_stem("adminpass"));
        assert!(is_secret_stem("dbpass"));
        assert!(!is_secret_stem("bypass"));
        assert!(!is_secret_stem("config"));
    }
}
