//! What a literal is: nothing, a reference to a secret kept elsewhere, public material, a placeholder, or the thing itself.
//!
//! Goal: every form in which a careful author writes "not here" is known, so that any literal left over on an option
//! that takes a secret is one. No entropy: public keys and hashes look more random than passwords.

/// The class of a string without interpolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Empty or white space.
    Empty,
    /// Names a place or a provider that holds the secret; or it is no secret at all, as `auto` and `90d`.
    Reference,
    /// Meant to be public: keys, fingerprints, digests.
    Public,
    /// Stands for a value that is filled in later.
    Placeholder,
    /// A password that everybody tries first.
    WellKnown,
    /// Anything else.
    Literal,
}

/// The class of a whole value.
#[must_use]
pub fn class(value: &str) -> Class {
    let value = value.trim();
    if value.is_empty() {
        Class::Empty
    } else if is_reference(value) {
        Class::Reference
    } else if is_placeholder(value) {
        Class::Placeholder
    } else if is_public(value) {
        Class::Public
    } else if is_well_known(value) {
        Class::WellKnown
    } else {
        Class::Literal
    }
}

/// Whether the value of a hash option says that nobody can log in.
#[must_use]
pub fn is_locked(value: &str) -> bool {
    let value = value.trim();
    value.starts_with('!') || matches!(value, "*" | "x" | "")
}

const REFERENCE_PREFIXES: &[&str] = &[
    "/",
    "~/",
    "./",
    "../",
    "$HOME/",
    "%d/",
    "%S/",
    "%t/",
    "%h/",
    "$CREDENTIALS_DIRECTORY",
    "${",
    "$(",
    "$__",
    "{$",
    "{{",
    "{env.",
    "{env:",
    "{env}",
    "{file.",
    "{file:",
    "%{",
    "%env(",
    "ext:",
    "file:",
    "!",
    "env:",
    "env.",
    "op://",
    "vault:",
    "bw:",
    "pass:",
    "awssm:",
    "gcpsm:",
    "akv:",
    "doppler:",
    "infisical:",
    "keyring:",
    "secretref:",
    "sops:",
    "cmd:",
    "cmd::",
];

fn is_reference(value: &str) -> bool {
    let name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !text.as_bytes()[0].is_ascii_digit()
    };
    let capitals = |text: &str| name(text) && !text.bytes().any(|b| b.is_ascii_lowercase());
    if REFERENCE_PREFIXES
        .iter()
        .any(|prefix| value.starts_with(prefix))
        || starts_with_ignoring_case(value, "op://")
    {
        return true;
    }
    let between = |open: &str, close: &str| {
        value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
    };
    // `$MURMUR_PW`, `@A_TOKEN@`, `__TOKEN__`, `%TOKEN%`, `{TOKEN}`, `#TOKEN#`
    value.strip_prefix('$').is_some_and(name)
        || between("@", "@").is_some_and(|inner| {
            !inner.is_empty()
                && inner
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/'))
        })
        // A credential of systemd: `PrivateKey = "@wireguard-key"`.
        || value.strip_prefix('@').is_some_and(|name| {
            name.contains(['-', '.'])
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'.' | b'_'))
        })
        || between("__", "__").is_some_and(name)
        || between("%", "%").is_some_and(capitals)
        || between("#", "#").is_some_and(capitals)
        || between("{", "}").is_some_and(capitals)
        || value == "%s"
        || is_no_secret(value)
}

/// Switches and durations: `true`, `auto`, `90d`, `1 hour`.
fn is_no_secret(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    if matches!(
        lower.as_str(),
        "true"
            | "false"
            | "yes"
            | "no"
            | "on"
            | "off"
            | "auto"
            | "null"
            | "never"
            | "always"
            | "optional"
            | "required"
            | "disabled"
            | "enabled"
            | "prompt"
            | "ask"
    ) {
        return true;
    }
    let digits = lower.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0
        && matches!(
            lower[digits..].trim_start(),
            "ms" | "s"
                | "m"
                | "h"
                | "d"
                | "w"
                | "y"
                | "sec"
                | "secs"
                | "second"
                | "seconds"
                | "min"
                | "mins"
                | "minute"
                | "minutes"
                | "hour"
                | "hours"
                | "day"
                | "days"
                | "week"
                | "weeks"
                | "month"
                | "months"
                | "year"
                | "years"
        )
}

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let plain: String = lower
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' ' | '.'))
        .collect();
    matches!(
        plain.as_str(),
        "changeme"
            | "changeit"
            | "changethis"
            | "unused"
            | "dummy"
            | "none"
            | "redacted"
            | "todo"
            | "fixme"
            | "notused"
            | "ignored"
            | "unset"
            | "undefined"
            | "replaceme"
            | "fillme"
            | "tbd"
            | "na"
            | "n/a"
            | "secretname"
            | "placeholder"
    ) || plain.chars().all(|c| c == 'x')
        || lower.chars().all(|c| c == '*' || c == '•')
        || lower.chars().all(|c| c == '.' || c == '…')
        || (value.starts_with('<') && value.ends_with('>'))
        || (lower.starts_with("your") && (lower.ends_with("here") || plain.starts_with("your")))
        || lower.ends_with("-secret-name")
        || plain.contains("placeholder")
        || plain.contains("redacted")
        || plain.contains("changeme")
        || plain.starts_with("example")
        || plain.starts_with("insert")
        || plain.starts_with("replace")
        // `dummy-key`, `some-dummy`
        || lower.split(['-', '_', ' ', '.']).any(|word| word == "dummy")
}

fn is_public(value: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "sha1-",
        "sha256-",
        "sha512-",
        "sha256:",
        "sha512:",
        "ssh-",
        "ecdsa-",
        "sk-ssh-",
        "sk-ecdsa-",
        "age1",
        "did:key:",
        "-----BEGIN PUBLIC",
        "-----BEGIN CERTIFICATE",
        "-----BEGIN PGP PUBLIC",
        "-----BEGIN AGE ENCRYPTED",
        "-----BEGIN PGP MESSAGE",
        "age-encryption.org/",
        "ENC[",
    ];
    if PREFIXES.iter().any(|prefix| value.starts_with(prefix)) {
        return true;
    }
    if is_uuid(value) || is_fingerprint(value) || is_minisign(value) || is_address(value) {
        return true;
    }
    // What networkd takes for a token of an address; an address of mail.
    if ["static:", "prefixstable", "eui64"]
        .iter()
        .any(|prefix| value.starts_with(prefix))
        || is_mail(value)
    {
        return true;
    }
    // `name:` + 44 base64 characters: the public half of a Nix signing key.
    if let Some((_, key)) = value.rsplit_once(':')
        && key.len() == 44
        && key.ends_with('=')
        && key[..43].bytes().all(is_base64)
    {
        return true;
    }
    // An address without credentials in it.
    if let Some((scheme, rest)) = value.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        return scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
            && !authority.contains('@')
            && !rest.contains('?');
    }
    false
}

/// `ann@mail.invalid`, also as the entry of a password store: `mail/ann@mail.invalid`.
fn is_mail(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else {
        return false;
    };
    let plain = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
    };
    let top = domain.rsplit_once('.').map(|(_, top)| top);
    plain(local, b"._-+/")
        && plain(domain, b".-")
        && top.is_some_and(|top| top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()))
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A PGP fingerprint or key id: upper-case hex in groups, or with `0x`.
fn is_fingerprint(value: &str) -> bool {
    let hex = value.strip_prefix("0x").unwrap_or(value);
    let spaced = hex.contains(' ');
    let digits: Vec<u8> = hex.bytes().filter(|b| *b != b' ').collect();
    (digits.len() == 40 && (spaced || !digits.iter().any(u8::is_ascii_lowercase))
        || (matches!(digits.len(), 8 | 16) && value.starts_with("0x")))
        && digits.iter().all(u8::is_ascii_hexdigit)
}

/// An address of IPv6, or the half of one that `IPv6Token` takes.
fn is_address(value: &str) -> bool {
    value.bytes().filter(|b| *b == b':').count() >= 2
        && value
            .bytes()
            .all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.' | b'/'))
}

fn is_minisign(value: &str) -> bool {
    value.len() == 56 && value.starts_with("RW") && value.bytes().all(is_base64)
}

/// Whether a byte belongs to standard base64, padding apart.
#[must_use]
pub fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn is_well_known(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "nixos",
        "nix",
        "root",
        "toor",
        "test",
        "demo",
        "guest",
        "live",
        "password",
        "passwd",
        "pass",
        "admin",
        "raspberry",
        "user",
        "vagrant",
        "secret",
        "default",
        "foo",
        "bar",
        "foobar",
        "a",
        "1234",
        "12345",
        "123456",
        "1",
        "alpine",
        "qwerty",
        "installer",
        "vm",
        "hunter2",
        "letmein",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a value looks like a secret where only the name speaks: six characters or more, no plain words, and letters
/// mixed with digits, or a sign that words do not have, or nothing but digits.
#[must_use]
pub fn is_strong(value: &str) -> bool {
    let value = value.trim();
    if value.chars().count() < 6 || is_words(value) {
        return false;
    }
    let letters = value.bytes().any(|b| b.is_ascii_alphabetic());
    let digits = value.bytes().any(|b| b.is_ascii_digit());
    let signs = value.bytes().any(|b| {
        matches!(
            b,
            b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'*' | b'+' | b'=' | b'?' | b'~'
        )
    });
    (letters && digits) || signs || (digits && value.bytes().all(|b| b.is_ascii_digit()))
}

/// A word, or a chain of words: `client-secret`, `db.password`, `15 min`, `postgres-2`, `app/v2`.
fn is_words(value: &str) -> bool {
    let mut parts = 0;
    let mut words = 0;
    for part in value.split(['-', '_', '/', '.', ' ', ',', ':']) {
        parts += 1;
        let word = part.bytes().all(|b| b.is_ascii_alphabetic());
        let number = part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        let version = part
            .strip_prefix(['v', 'V'])
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
        if word {
            words += 1;
        } else if !number && !version {
            return false;
        }
    }
    words > 0 && (parts > 1 || words == parts)
}

/// Whether a token is one that documentation prints: `EXAMPLE`, `1234567890`, eight equal characters in a row.
#[must_use]
pub fn is_documented_sample(token: &str) -> bool {
    const MARKS: &[&str] = &[
        "example",
        "1234567890",
        "abcdefghij",
        "dummy",
        "placeholder",
        "xxxxx",
    ];
    let lower = token.to_ascii_lowercase();
    if MARKS.iter().any(|mark| lower.contains(mark)) {
        return true;
    }
    let mut run = 0;
    let mut last = 0;
    for byte in token.bytes() {
        run = if byte == last { run + 1 } else { 1 };
        last = byte;
        if run >= 8 {
            return true;
        }
    }
    false
}

fn starts_with_ignoring_case(value: &str, prefix: &str) -> bool {
    value
        .get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for value in [
            "/run/secrets/x",
            "~/.pw",
            "./x",
            "$HOME/x",
            "%d/token",
            "$CREDENTIALS_DIRECTORY/x",
            "${CREDENTIALS_DIRECTORY}/x",
            "$VAR",
            "${VAR}",
            "$(cat /x)",
            "%env(VAR)%",
            "{env.VAR}",
            "{env:VAR}",
            "{env}VAR",
            "{$VAR}",
            "{{ .Envs.X }}",
            "${{ secrets.X }}",
            "@VAR@",
            "@wireguard-private-key",
            "__VAR__",
            "%s",
            "{NAME}",
            "$__file{/run/x}",
            "$__env{SMTP_PW}",
            "$__vault{kv}",
            "%{file:/run/x}%",
            "ext:psk_h",
            "file:/run/x",
            "!secret name",
            "!include /x",
            "!z2m.yaml pw",
            "op://a/b",
            "vault:kv/x",
            "bw:item/gh",
            "pass:mail",
            "keyring:x",
            "90d",
            "1 hour",
            "15 min",
            "auto",
            "true",
        ] {
            assert_eq!(class(value), Class::Reference, "{value}");
        }
    }

    #[test]
    fn placeholders_and_public_material() {
        for value in [
            "changeme",
            "change-me",
            "unused",
            "dummy",
            "none",
            "REDACTED",
            "todo",
            "xxx",
            "xxxxxxxx",
            "***",
            "your-token-here",
            "<token>",
            "app-secret-name",
        ] {
            assert_eq!(class(value), Class::Placeholder, "{value}");
        }
        for value in [
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "ssh-ed25519 AAAA",
            "age1qqq",
            "123e4567-e89b-12d3-a456-426614174000",
            "::fd00:12",
            "static:::1a2b",
            "mail/ann@mail.invalid",
            "0x0123456789ABCDEF",
            "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567",
            "https://a.invalid/reset9",
            "cache.invalid-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            assert_eq!(class(value), Class::Public, "{value}");
        }
        assert_eq!(class(" "), Class::Empty);
        assert_eq!(class("toor"), Class::WellKnown);
        assert_eq!(class("hunter2hunter2"), Class::Literal);
        assert_eq!(class("postgres://a:b@h/d"), Class::Literal);
    }

    #[test]
    fn strength() {
        for value in [
            "fake9Fake9",
            "fake9-fake9-fake9",
            "fakefake!",
            "123456",
            "hunter2hunter2",
        ] {
            assert!(is_strong(value), "{value}");
        }
        for value in [
            "fake9",
            "password",
            "client-secret",
            "db.password",
            "15 min",
            "postgres-2",
            "app/v2",
            "a b c",
        ] {
            assert!(!is_strong(value), "{value}");
        }
    }
}
