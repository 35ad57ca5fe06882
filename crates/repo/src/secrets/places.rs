//! Secrets inside text that becomes a file: `api_key = "…"`, netrc, WireGuard keys, authorization headers, `export`.
//!
//! Only lines with a secret noun in them are looked at, each once. A value with an interpolation in it is unknown.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use syntax::strings::HOLE_START;

use super::names;
use super::value::{self, Class};

/// One secret in a text; ranges are byte offsets into the value of the string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `api_key`, `PrivateKey`, `password`: the name that says what it is.
    pub key: Range<usize>,
    /// The secret.
    pub secret: Range<usize>,
    /// Whether a shell takes it as a variable.
    pub variable: bool,
    /// Whether it is too short or too plain to be sure.
    pub weak: bool,
}

static MARKS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build([
            "pass",
            "secret",
            "token",
            "key",
            "psk",
            "pin=",
            "pin:",
            "pin ",
            "pin\"",
            "pw=",
            "pw:",
            "pw ",
            "pw\"",
            "credential",
            "mnemonic",
            "authorization",
        ])
        .expect("a handful of words")
});

/// Whether a text holds a word that speaks of secrets at all.
#[must_use]
pub fn may_speak(text: &str) -> bool {
    MARKS.is_match(text)
}

/// Every secret in a text. `shell`: the text is a script.
pub fn lines(text: &str, shell: bool, found: &mut Vec<Line>) {
    let mut done = 0;
    for hit in MARKS.find_iter(text) {
        if hit.start() < done {
            continue;
        }
        let start = text[..hit.start()].rfind('\n').map_or(0, |at| at + 1);
        let end = text[hit.end()..]
            .find('\n')
            .map_or(text.len(), |at| hit.end() + at);
        done = end;
        if end - start > 4096 {
            continue;
        }
        line(text, start..end, shell, found);
    }
}

fn line(text: &str, at: Range<usize>, shell: bool, found: &mut Vec<Line>) {
    let line = &text[at.clone()];
    let trimmed = line.trim_start();
    if trimmed.starts_with(['#', ';']) || trimmed.starts_with("//") || trimmed.starts_with("--") {
        return;
    }
    if let Some(secret) = netrc(line).or_else(|| header(line)) {
        found.push(shifted(secret, at.start));
        return;
    }
    if let Some(secret) = assignment(line, shell) {
        found.push(shifted(secret, at.start));
    }
}

fn shifted(line: Line, by: usize) -> Line {
    Line {
        key: line.key.start + by..line.key.end + by,
        secret: line.secret.start + by..line.secret.end + by,
        ..line
    }
}

/// `machine h login l password p`, `default login l password p`
fn netrc(line: &str) -> Option<Line> {
    let words: Vec<Range<usize>> = split(line);
    let text = |index: usize| words.get(index).map(|word| &line[word.clone()]);
    let first = text(0)?;
    if !matches!(first, "machine" | "default" | "login") {
        return None;
    }
    let password = (0..words.len()).find(|at| text(*at) == Some("password"))?;
    if !(0..password).any(|at| text(at) == Some("login")) && first != "machine" {
        return None;
    }
    let secret = words.get(password + 1)?.clone();
    let value = &line[secret.clone()];
    is_literal(value).then(|| Line {
        key: words[password].clone(),
        secret,
        variable: false,
        weak: false,
    })
}

/// `Authorization: Basic …`, `Authorization: Bearer …`, also inside quotes.
fn header(line: &str) -> Option<Line> {
    let at = find_ignoring_case(line, "authorization")?;
    let rest = at + "authorization".len();
    let after = line[rest..].trim_start_matches(['"', '\'', ':', '=', ' ']);
    let begin = line.len() - after.len();
    let scheme = ["Basic ", "Bearer ", "bearer ", "basic ", "token ", "Token "]
        .iter()
        .find(|scheme| after.starts_with(**scheme))?;
    let start = begin + scheme.len();
    let len = line[start..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-.~".contains(c)))
        .unwrap_or(line.len() - start);
    let value = &line[start..start + len];
    // `Bearer $TOKEN`, `Bearer ${…}` leave nothing that is long enough.
    let whole = !line[start + len..].starts_with([HOLE_START, '$', '{', '<', '%']);
    (whole && value.len() >= 8 && is_literal(value) && value::is_strong(value)).then(|| Line {
        key: at..rest,
        secret: start..start + len,
        variable: false,
        weak: false,
    })
}

/// `key = value`, `key: value`, `"key": "value"`, `export KEY=value`, `KEY=value command`
fn assignment(line: &str, shell: bool) -> Option<Line> {
    let mut at = line.len() - line.trim_start().len();
    let mut variable = false;
    for word in [
        "export ",
        "declare -x ",
        "set -gx ",
        "set -x ",
        "local ",
        "readonly ",
        "env ",
        "- ",
    ] {
        if line[at..].starts_with(word) {
            variable = !matches!(word, "- ");
            at += word.len();
            at += line[at..].len() - line[at..].trim_start().len();
        }
    }
    let fish = variable && line[..at].contains("set -");
    let quote = line[at..]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''));
    at += usize::from(quote.is_some());
    let len =
        line[at..].find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    let key = at..at + len;
    at += len;
    if let Some(quote) = quote {
        if !line[at..].starts_with(quote) {
            return None;
        }
        at += 1;
    }
    let after_key = at;
    at += line[at..].len() - line[at..].trim_start().len();
    let sign = line[at..].chars().next();
    match sign {
        Some('=') if line[at..].starts_with("==") => return None,
        Some(':') if line[at..].starts_with("::") => return None,
        Some('=' | ':') => at += 1,
        _ if fish && at > after_key => {}
        _ => return None,
    }
    // A shell knows no space around `=`.
    let tight = sign == Some('=') && at == after_key + 1 && !line[at..].starts_with(' ');
    if shell && !tight && !fish {
        return None;
    }
    variable |= shell && tight;
    at += line[at..].len() - line[at..].trim_start().len();
    let name = &line[key.clone()];
    let secret = if name.ends_with("access-tokens") {
        // `access-tokens = github.com=…`
        let equals = line[at..].find('=')?;
        at += equals + 1;
        bare(line, at)?
    } else if names::is_secret(name) {
        quoted(line, at).or_else(|| bare(line, at))?
    } else {
        return None;
    };
    let value = &line[secret.clone()];
    let wireguard = matches!(name, "PrivateKey" | "PresharedKey") && is_wireguard(value);
    if !is_literal(value) || is_code(value, &line[secret.end..]) {
        return None;
    }
    let strong = wireguard || value::is_strong(value);
    let weak = !strong;
    if weak
        && !(variable
            && value.len() >= 4
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit()))
    {
        return None;
    }
    Some(Line {
        key,
        secret,
        variable,
        weak,
    })
}

/// The inside of a quoted value.
fn quoted(line: &str, at: usize) -> Option<Range<usize>> {
    let quote = line[at..]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))?;
    let start = at + 1;
    let len = line[start..].find(quote)?;
    (len > 0).then_some(start..start + len)
}

/// A value without quotes: to the next space, comma or semicolon.
fn bare(line: &str, at: usize) -> Option<Range<usize>> {
    if line[at..].starts_with(['"', '\'', '{', '[', '(', '|', '>', '&', '*']) {
        return None;
    }
    let len = line[at..]
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\''))
        .unwrap_or(line.len() - at);
    (len > 0).then_some(at..at + len)
}

fn is_wireguard(value: &str) -> bool {
    value.len() == 44 && value.ends_with('=') && value[..43].bytes().all(value::is_base64)
}

/// Whether a value is there and is itself: no interpolation, reference, placeholder or public material.
#[must_use]
pub fn is_literal(value: &str) -> bool {
    !value.contains(HOLE_START)
        && !value.contains("$(")
        && !value.contains("${")
        && !value.contains('`')
        && matches!(value::class(value), Class::Literal | Class::WellKnown)
        && !value.starts_with('$')
}

/// Calls and type words of the languages that stand in such text: `config.x`, `os.environ[…]`, `getToken()`.
fn is_code(value: &str, rest: &str) -> bool {
    const STARTS: &[&str] = &[
        "lib.",
        "config.",
        "types.",
        "self.",
        "os.",
        "get",
        "str",
        "null",
        "None",
        "process.",
        "env.",
        "this.",
        "cfg.",
        "args.",
        "options.",
        "settings.",
        "params.",
        "vars.",
        "var.",
        "data.",
        "local.",
        "req.",
        "std::",
        "vim.",
    ];
    STARTS.iter().any(|start| value.starts_with(start))
        || value.contains(['(', ')', '[', ']', '<', '>', '{', '}'])
        || rest.starts_with('(')
        || value.contains("::")
        || value.contains("=>")
}

fn split(line: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in line.char_indices() {
        match (c.is_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(begin)) => {
                words.push(begin..at);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|begin| begin..line.len()));
    words
}

fn find_ignoring_case(line: &str, word: &str) -> Option<usize> {
    line.as_bytes()
        .windows(word.len())
        .position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// `NAME=value` as one word of a list or one of several in a string, as systemd and containers take it.
#[must_use]
pub fn variables(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    for word in split(text) {
        let mut start = word.start;
        let mut end = word.end;
        let bytes = text.as_bytes();
        while start < end && matches!(bytes[start], b'"' | b'\'') {
            start += 1;
        }
        while end > start && matches!(bytes[end - 1], b'"' | b'\'') {
            end -= 1;
        }
        for flag in ["--env=", "-e=", "-e"] {
            if text[start..end].starts_with(flag) {
                start += flag.len();
                break;
            }
        }
        let Some(equals) = text[start..end].find('=') else {
            continue;
        };
        let key = start..start + equals;
        let name = &text[key.clone()];
        let secret = key.end + 1..end;
        let value = &text[secret.clone()];
        if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            || !names::is_secret(name)
            || !is_literal(value)
        {
            continue;
        }
        if let Some(weak) = weakness(value) {
            found.push(Line {
                key,
                secret,
                variable: true,
                weak,
            });
        }
    }
    found
}

/// Whether the value of a variable with a secret name is weak; `None` when it is too short to speak of.
#[must_use]
pub fn weakness(value: &str) -> Option<bool> {
    if value::is_strong(value) {
        Some(false)
    } else {
        (value.trim().chars().count() >= 4).then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, shell: bool) -> Vec<(String, String, bool)> {
        let mut found = Vec::new();
        lines(text, shell, &mut found);
        found
            .into_iter()
            .map(|line| {
                (
                    text[line.key].to_owned(),
                    text[line.secret].to_owned(),
                    line.variable,
                )
            })
            .collect()
    }

    fn one(key: &str, secret: &str, variable: bool) -> Vec<(String, String, bool)> {
        vec![(key.to_owned(), secret.to_owned(), variable)]
    }

    #[test]
    fn keys_and_values() {
        assert_eq!(
            of("user = 1\napi_key = \"fake9fake9\"\n", false),
            one("api_key", "fake9fake9", false)
        );
        assert_eq!(
            of("  password: fake9fake9", false),
            one("password", "fake9fake9", false)
        );
        assert_eq!(
            of("\"token\": \"fake9fake9\",", false),
            one("token", "fake9fake9", false)
        );
        assert_eq!(
            of("default login ann password fake9fake9", false),
            one("password", "fake9fake9", false)
        );
        assert_eq!(
            of("access-tokens = forge.invalid=fake9fake9", false),
            one("access-tokens", "fake9fake9", false)
        );
        assert_eq!(
            of("Authorization: Bearer fake9fake9", false),
            one("Authorization", "fake9fake9", false)
        );
        assert_eq!(
            of("export MAIL_TOKEN=fake9fake9", true),
            one("MAIL_TOKEN", "fake9fake9", true)
        );
        assert_eq!(
            of("PGPASSWORD=postgres psql", true),
            one("PGPASSWORD", "postgres", true)
        );
    }

    #[test]
    fn lines_without_a_secret() {
        for text in [
            "password = config.services.x.password1;",
            "token = getToken1()",
            "password=\u{e000}0\u{e001}",
            "api_key = \"\u{e000}0\u{e001}\"",
            "password = $PW1",
            "# password = fake9fake9",
            "password: str",
            "secret = null",
            "password-store = gnome9",
            "if token == \"fake9fake9\"",
            "Authorization: Bearer $TOKEN",
            "let password1 be",
            "password_file = /run/x9",
            "key = fake9fake9",
            "token: {{ .Token1 }}",
            "api_key = os.environ1",
            "",
        ] {
            assert!(of(text, false).is_empty(), "{text}");
        }
        assert!(of("password = fake9fake9", true).is_empty());
    }

    #[test]
    fn words_of_an_environment() {
        let text = "A=1 SMTP_PASSWORD=fake9fake9";
        let found = variables(text);
        assert_eq!(found.len(), 1);
        assert_eq!(&text[found[0].key.clone()], "SMTP_PASSWORD");
        assert_eq!(&text[found[0].secret.clone()], "fake9fake9");
        assert!(variables("X_PASSWORD_FILE=/run/x SECRET=$X TOKEN=").is_empty());
    }
}
