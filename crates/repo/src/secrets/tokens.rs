//! Tokens, keys and password hashes that are known by their published format, wherever they stand in a text.
//!
//! Goal: a fixed public prefix, a minimum length, a known alphabet: no guess. One table finds the prefixes of all
//! rows in one pass, a short matcher without backtracking looks at the bytes behind each. Checksums inside tokens are
//! not verified: a damaged token is still a leaked one. Limits: tokens without a fixed prefix are not known, but for
//! Discord's.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;

use super::value;
use crate::topics::{TOPICS, Topic, Topics};

/// What stands at a place of a text. Ranges are byte offsets into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub what: What,
    /// The public part: `ghp_`, `$6$`, `-----BEGIN OPENSSH PRIVATE KEY-----`, the name of a signing key.
    pub public: Range<usize>,
    /// The rest, which nobody may see.
    pub secret: Range<usize>,
}

/// What a [`Hit`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A token of a provider or a private key.
    Token {
        /// With its article: `a GitHub token`.
        name: &'static str,
        /// Whether it is public by design in some uses.
        mild: bool,
    },
    /// A password hash.
    Hash {
        /// With its article: `a SHA-512 hash`.
        scheme: &'static str,
        /// Whether the scheme itself is broken.
        weak: bool,
    },
    /// `scheme://user:password@host`
    Url,
    /// `--token=…`: an option of a command that takes a secret.
    Flag,
    /// `password=` of a mount.
    Mount,
    /// A function that makes a file of a text: `writeText`, `toFile`.
    Writer,
    /// A function that reads at evaluation: `readFile`, `getEnv`.
    Reader,
}

type Class = fn(u8) -> bool;

fn alnum(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}
fn word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')
}
fn word_dot(b: u8) -> bool {
    word(b) || b == b'.'
}
fn alnum_under(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}
fn alnum_dash(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-'
}
fn letter(b: u8) -> bool {
    b.is_ascii_alphabetic()
}
fn digit(b: u8) -> bool {
    b.is_ascii_digit()
}
fn hex(b: u8) -> bool {
    b.is_ascii_digit() || (b'a'..=b'f').contains(&b)
}
fn aws(b: u8) -> bool {
    b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)
}
fn upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}
fn upper_dash(b: u8) -> bool {
    upper(b) || b == b'-'
}
fn bech32(b: u8) -> bool {
    b"qpzry9x8gf2tvdw0s3jn54khce6mua7l".contains(&b)
}
fn bech32_upper(b: u8) -> bool {
    b.is_ascii_digit() | b.is_ascii_uppercase() && bech32(b.to_ascii_lowercase())
}
fn grafana(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'_' | b'=')
}
fn crypt(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/')
}
fn crypt_salt(b: u8) -> bool {
    crypt(b) || matches!(b, b'=' | b',' | b'+' | b'-')
}
fn crypt_tail(b: u8) -> bool {
    crypt_salt(b) || b == b'$'
}

/// One part of a shape, after the literal.
enum Part {
    /// One of these, the first that fits.
    One(&'static [&'static str]),
    /// At least and at most so many bytes of a class; as many as there are.
    Run(Class, usize, usize),
}
use Part::{One, Run};

const MANY: usize = usize::MAX;

struct Row {
    name: &'static str,
    literals: &'static [&'static str],
    shape: &'static [Part],
    mild: bool,
}

const fn row(name: &'static str, literals: &'static [&'static str], shape: &'static [Part]) -> Row {
    Row {
        name,
        literals,
        shape,
        mild: false,
    }
}

static ROWS: &[Row] = &[
    row(
        "an age identity",
        &["AGE-SECRET-KEY-1"],
        &[Run(bech32_upper, 58, 58)],
    ),
    row(
        "an age identity",
        &["AGE-SECRET-KEY-PQ-1"],
        &[Run(bech32_upper, 58, MANY)],
    ),
    row(
        "a GitHub token",
        &["ghp_", "gho_", "ghu_", "ghr_"],
        &[Run(alnum, 36, 36)],
    ),
    row("a GitHub token", &["ghs_"], &[Run(word_dot, 36, 1024)]),
    row(
        "a GitHub token",
        &["github_pat_"],
        &[Run(alnum_under, 82, 82)],
    ),
    row(
        "a GitLab token",
        &[
            "glpat-", "gldt-", "glrt-", "glptt-", "glft-", "glsoat-", "glcbt-", "glagent-",
            "glimt-", "gloas-",
        ],
        &[Run(word_dot, 20, 1024)],
    ),
    row(
        "an AWS access key",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        &[Run(aws, 16, 16)],
    ),
    row(
        "a Slack token",
        &[
            "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-",
        ],
        &[Run(alnum_dash, 10, 512)],
    ),
    row(
        "a Slack webhook",
        &["hooks.slack.com/"],
        &[
            One(&["services/", "workflows/", "triggers/"]),
            Run(|b| alnum(b) || matches!(b, b'+' | b'/'), 43, 56),
        ],
    ),
    row(
        "a Discord webhook",
        &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
        &[Run(digit, 17, 20), One(&["/"]), Run(word, 60, 256)],
    ),
    row(
        "a Tailscale key",
        &["tskey-"],
        &[
            One(&["auth-", "api-", "client-", "scim-", "webhook-"]),
            Run(alnum, 1, 64),
            One(&["-"]),
            Run(alnum, 16, 256),
        ],
    ),
    row(
        "a DigitalOcean token",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        &[Run(hex, 64, 64)],
    ),
    row(
        "an OpenAI key",
        &["sk-proj-", "sk-svcacct-", "sk-admin-"],
        &[Run(word, 40, 512)],
    ),
    row("an OpenAI key", &["sk-"], &[Run(alnum, 20, MANY)]),
    row(
        "an Anthropic key",
        &["sk-ant-"],
        &[One(&["api03-", "admin01-"]), Run(word, 80, 256)],
    ),
    row("an OpenRouter key", &["sk-or-v1-"], &[Run(hex, 64, 64)]),
    row("a Hugging Face token", &["hf_"], &[Run(letter, 34, 34)]),
    row(
        "a Stripe key",
        &["sk_live_", "rk_live_", "sk_prod_", "rk_prod_"],
        &[Run(alnum, 10, 99)],
    ),
    row(
        "a SendGrid key",
        &["SG."],
        &[Run(word, 22, 22), One(&["."]), Run(word, 43, 43)],
    ),
    row("an npm token", &["npm_"], &[Run(alnum, 36, 36)]),
    row("a PyPI token", &["pypi-AgE"], &[Run(word, 50, 512)]),
    row("a Docker token", &["dckr_pat_"], &[Run(word, 27, 27)]),
    row(
        "a Vault token",
        &["hvs.", "hvb.", "hvr."],
        &[Run(word, 24, 512)],
    ),
    row(
        "a Grafana token",
        &["glsa_", "glc_"],
        &[Run(grafana, 32, 512)],
    ),
    Row {
        mild: true,
        ..row("a Google API key", &["AIza"], &[Run(word, 35, 35)])
    },
    row(
        "a 1Password secret key",
        &["A3-"],
        &[Run(upper, 6, 6), One(&["-"]), Run(upper_dash, 29, 29)],
    ),
    row(
        "a 1Password service token",
        &["ops_eyJ"],
        &[Run(
            |b| value::is_base64(b) || matches!(b, b'-' | b'_' | b'='),
            250,
            4096,
        )],
    ),
    row(
        "a Cloudflare origin key",
        &["v1.0-"],
        &[Run(hex, 24, 24), One(&["-"]), Run(hex, 146, 146)],
    ),
    row("a nostr key", &["nsec1"], &[Run(bech32, 58, 58)]),
    Row {
        mild: true,
        ..row(
            "a JSON web token",
            &["eyJ"],
            &[
                Run(word, 17, 4096),
                One(&[".eyJ"]),
                Run(word, 17, 4096),
                One(&["."]),
                Run(word, 10, 4096),
            ],
        )
    },
];

struct Scheme {
    name: &'static str,
    literals: &'static [&'static str],
    shape: &'static [Part],
    weak: bool,
}

static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "an MD5 hash",
        literals: &["$1$", "$apr1$"],
        shape: &[Run(crypt, 1, 16), One(&["$"]), Run(crypt, 8, 64)],
        weak: true,
    },
    Scheme {
        name: "a SHA-1 hash",
        literals: &["$sha1$"],
        shape: &[
            Run(digit, 1, 12),
            One(&["$"]),
            Run(crypt, 1, 64),
            One(&["$"]),
            Run(crypt, 8, 64),
        ],
        weak: true,
    },
    Scheme {
        name: "a SHA-256 hash",
        literals: &["$5$"],
        shape: &[Run(crypt_salt, 1, 48), One(&["$"]), Run(crypt, 8, 128)],
        weak: false,
    },
    Scheme {
        name: "a SHA-512 hash",
        literals: &["$6$"],
        shape: &[Run(crypt_salt, 1, 48), One(&["$"]), Run(crypt, 8, 128)],
        weak: false,
    },
    Scheme {
        name: "a PBKDF2 hash",
        literals: &["$7$"],
        shape: &[
            Run(crypt_salt, 1, 128),
            One(&["$"]),
            Run(crypt_tail, 8, 256),
        ],
        weak: false,
    },
    Scheme {
        name: "a bcrypt hash",
        literals: &["$2a$", "$2b$", "$2x$", "$2y$"],
        shape: &[Run(digit, 2, 2), One(&["$"]), Run(crypt, 8, 128)],
        weak: false,
    },
    Scheme {
        name: "a yescrypt hash",
        literals: &["$y$", "$gy$"],
        shape: &[
            Run(crypt, 1, 16),
            One(&["$"]),
            Run(crypt, 1, 128),
            One(&["$"]),
            Run(crypt, 8, 128),
        ],
        weak: false,
    },
    Scheme {
        name: "an argon2 hash",
        literals: &["$argon2i$", "$argon2d$", "$argon2id$"],
        shape: &[Run(crypt_tail, 8, 512)],
        weak: false,
    },
    Scheme {
        name: "an scrypt hash",
        literals: &["$scrypt$"],
        shape: &[Run(crypt_tail, 8, 512)],
        weak: false,
    },
    // Authelia, passlib.
    Scheme {
        name: "a PBKDF2 hash",
        literals: &[
            "$pbkdf2$",
            "$pbkdf2-sha1$",
            "$pbkdf2-sha256$",
            "$pbkdf2-sha512$",
        ],
        shape: &[
            Run(digit, 1, 9),
            One(&["$"]),
            Run(crypt, 8, 128),
            One(&["$"]),
            Run(crypt, 16, 512),
        ],
        weak: false,
    },
    Scheme {
        name: "a PBKDF2 hash",
        literals: &["grub.pbkdf2."],
        shape: &[
            Run(alnum, 2, 12),
            One(&["."]),
            Run(digit, 1, 12),
            One(&["."]),
            Run(|b| b.is_ascii_hexdigit() || b == b'.', 16, 2048),
        ],
        weak: false,
    },
    Scheme {
        name: "a SHA-1 hash",
        literals: &["{SHA}"],
        shape: &[Run(|b| value::is_base64(b) || b == b'=', 8, 256)],
        weak: true,
    },
    Scheme {
        name: "a salted hash",
        literals: &["{SSHA}", "{CRYPT}", "{ARGON2}"],
        shape: &[Run(crypt_tail, 8, 512)],
        weak: false,
    },
];

const FLAGS: &[&str] = &[
    "--password",
    "--passphrase",
    "--token",
    "--auth-key",
    "--authkey",
    "--api-key",
    "--secret",
    "--access-key",
    "sshpass",
];

const WRITERS: &[&str] = &["writeText", "writeShell", "writeScript", "toFile"];

/// Functions that read at evaluation.
pub const READERS: &[&str] = &[
    "readFile",
    "fileContents",
    "importJSON",
    "importTOML",
    "getEnv",
];

/// Who asks at each hit.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Row(usize),
    Scheme(usize),
    PrivateKey,
    SigningKey,
    Telegram,
    Discord,
    Url,
    Flag,
    Mount,
    Writer,
    Reader,
    Topic(Topic),
}

/// All literals, each with what asks at a hit; found by two neighbouring bytes each.
///
/// Nearly every byte of a repository is searched and nearly none begins a token. So the text is taken two bytes at a
/// time, and a table says of each pair whether some literal has it where its rarest three bytes stand (`tEn` of `getEnv`,
/// not `get`): one of their two pairs falls on an even place. Only there the literals are compared.
struct Literals {
    /// By pair: one more than the index of its first candidate in `candidates`; 0 for none.
    pairs: Box<[u16; 1 << 16]>,
    /// Grouped by pair, the last of a group marked.
    candidates: Vec<Candidate>,
    /// The padding of base64 is too short for that.
    padding: memmem::Finder<'static>,
}

struct Candidate {
    literal: &'static str,
    /// Where in the literal the pair stands, in bytes.
    offset: usize,
    ask: Ask,
    last: bool,
}

static LITERALS: LazyLock<Literals> = LazyLock::new(|| {
    let mut all: Vec<(usize, Candidate)> = Vec::new();
    let mut add = |literal: &'static str, ask| {
        let bytes = literal.as_bytes();
        let rarest = rarest_three(bytes);
        for offset in [rarest, rarest + 1] {
            let candidate = Candidate {
                literal,
                offset,
                ask,
                last: false,
            };
            all.push((pair(bytes[offset], bytes[offset + 1]), candidate));
        }
    };
    for (index, row) in ROWS.iter().enumerate() {
        for literal in row.literals {
            add(literal, Ask::Row(index));
        }
    }
    for (index, scheme) in SCHEMES.iter().enumerate() {
        for literal in scheme.literals {
            add(literal, Ask::Scheme(index));
        }
    }
    add("-----BEGIN ", Ask::PrivateKey);
    add("AGE-PLUGIN-", Ask::PrivateKey);
    add(":AA", Ask::Telegram);
    add("iscord", Ask::Discord);
    add("://", Ask::Url);
    for flag in FLAGS {
        add(flag, Ask::Flag);
    }
    add("password=", Ask::Mount);
    for writer in WRITERS {
        add(writer, Ask::Writer);
    }
    for reader in READERS {
        add(reader, Ask::Reader);
    }
    for (topic, spellings) in TOPICS {
        for spelling in *spellings {
            add(spelling, Ask::Topic(*topic));
        }
    }
    all.sort_by_key(|(pair, _)| *pair);
    let mut literals = Literals {
        pairs: Box::new([0; 1 << 16]),
        candidates: Vec::with_capacity(all.len()),
        padding: memmem::Finder::new("=="),
    };
    let mut all = all.into_iter().peekable();
    while let Some((pair, mut candidate)) = all.next() {
        candidate.last = all.peek().is_none_or(|(next, _)| *next != pair);
        literals.candidates.push(candidate);
        if literals.pairs[pair] == 0 {
            literals.pairs[pair] = u16::try_from(literals.candidates.len()).unwrap_or(u16::MAX);
        }
    }
    literals
});

fn pair(first: u8, second: u8) -> usize {
    usize::from(u16::from_be_bytes([first, second]))
}

/// Where the three bytes of a literal stand that Nix text has most seldom: signs, digits and capitals before letters.
fn rarest_three(literal: &[u8]) -> usize {
    let common = |byte: u8| match byte {
        b'a' | b'c' | b'e' | b'i' | b'l'..=b'p' | b'r'..=b't' => 5,
        b'a'..=b'z' | b'.' => 4,
        b'-' | b'/' | b'=' => 3,
        b'0'..=b'9' | b'_' | b':' => 2,
        _ => 1,
    };
    literal
        .windows(3)
        .map(|three| common(three[1]) * (common(three[0]) + common(three[2])))
        .enumerate()
        .min_by_key(|(_, weight)| *weight)
        .map_or(0, |(at, _)| at)
}

impl Literals {
    /// Every literal that stands in a text, in the order of their ends, a longer one before a shorter one.
    fn find(&self, bytes: &[u8]) -> Vec<(Range<usize>, Ask)> {
        let mut found = Vec::new();
        let candidates = |two: &[u8]| self.pairs[pair(two[0], two[1])];
        let eights = bytes.chunks_exact(8);
        let rest = bytes.len() - eights.remainder().len();
        for (index, eight) in eights.enumerate() {
            let four: [u16; 4] = std::array::from_fn(|nth| candidates(&eight[2 * nth..]));
            // One question for four pairs: nearly always none is a part of a literal.
            if four[0] | four[1] | four[2] | four[3] != 0 {
                for (nth, first) in four.into_iter().enumerate().filter(|(_, it)| *it != 0) {
                    self.compare(first, bytes, 8 * index + 2 * nth, &mut found);
                }
            }
        }
        for (half, two) in bytes[rest..].chunks_exact(2).enumerate() {
            let first = candidates(two);
            if first != 0 {
                self.compare(first, bytes, rest + half * 2, &mut found);
            }
        }
        // Overlapping ones too: the last of `===` is one.
        let mut from = 0;
        while let Some(at) = self.padding.find(&bytes[from..]) {
            found.push((from + at..from + at + 2, Ask::SigningKey));
            from += at + 1;
        }
        found.sort_by_key(|(literal, _)| (literal.end, literal.start));
        found
    }

    /// Compares the literals of a pair that stands at `at`.
    #[inline(never)]
    fn compare(&self, first: u16, bytes: &[u8], at: usize, found: &mut Vec<(Range<usize>, Ask)>) {
        for candidate in &self.candidates[usize::from(first) - 1..] {
            if let Some(start) = at.checked_sub(candidate.offset)
                && bytes[start..].starts_with(candidate.literal.as_bytes())
            {
                found.push((start..start + candidate.literal.len(), candidate.ask));
            }
            if candidate.last {
                break;
            }
        }
    }
}

/// The public prefixes of all tokens, with their names.
pub fn prefixes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter()
        .flat_map(|row| row.literals.iter().map(|literal| (*literal, row.name)))
}

/// How far behind a header the body of a private key is looked for, in bytes.
const KEY_WINDOW: usize = 4096;

/// Finds everything in a text, in the order of the places where the literals end; and what it speaks of.
pub fn scan(text: &str, found: &mut Vec<Hit>) -> Topics {
    let mut topics = Topics::default();
    let bytes = text.as_bytes();
    let mut discord = false;
    for (literal, ask) in LITERALS.find(bytes) {
        let hit = match ask {
            Ask::Row(index) => provider(&ROWS[index], bytes, literal),
            Ask::Scheme(index) => hash(&SCHEMES[index], bytes, literal),
            Ask::PrivateKey => private_key(text, literal),
            Ask::SigningKey => signing_key(bytes, literal),
            Ask::Telegram => telegram(bytes, literal),
            Ask::Discord => {
                discord = true;
                None
            }
            Ask::Topic(topic) => {
                topics.add(topic);
                None
            }
            Ask::Url => url(text, literal),
            Ask::Flag => flag(text, literal),
            Ask::Mount => mount(text, literal),
            ask @ (Ask::Writer | Ask::Reader) => Some(Hit {
                what: if matches!(ask, Ask::Writer) {
                    What::Writer
                } else {
                    What::Reader
                },
                secret: literal.end..literal.end,
                public: literal,
            }),
        };
        found.extend(hit);
    }
    if discord {
        discord_bots(bytes, found);
    }
    topics
}

/// Whether something may begin here: nothing that belongs to a word stands before. `\n` of a Nix string is an escape.
fn begins(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|at| bytes[at]) else {
        return true;
    };
    if !(before.is_ascii_alphanumeric() || before == b'_') {
        return true;
    }
    matches!(before, b'n' | b't' | b'r') && at >= 2 && bytes[at - 2] == b'\\'
}

/// The end of a shape that begins at `at`, and the end of what in it is fixed.
fn shape(bytes: &[u8], at: usize, parts: &[Part]) -> Option<(usize, usize)> {
    let mut at = at;
    let mut fixed = at;
    let mut runs = 0;
    for part in parts {
        match part {
            One(words) => {
                let word = words
                    .iter()
                    .find(|word| bytes[at..].starts_with(word.as_bytes()))?;
                at += word.len();
                if runs == 0 {
                    fixed = at;
                }
            }
            Run(class, least, most) => {
                runs += 1;
                let most = most.saturating_add(1);
                let run = bytes[at..]
                    .iter()
                    .take(most)
                    .take_while(|byte| class(**byte))
                    .count();
                // One more than the most: the edge is missing.
                if run < *least || run == most {
                    return None;
                }
                at += run;
            }
        }
    }
    Some((fixed, at))
}

fn provider(row: &Row, bytes: &[u8], literal: Range<usize>) -> Option<Hit> {
    if !begins(bytes, literal.start) {
        return None;
    }
    let (fixed, end) = shape(bytes, literal.end, row.shape)?;
    let body = &bytes[fixed..end];
    let body = std::str::from_utf8(body).ok()?;
    if value::is_documented_sample(body) {
        return None;
    }
    // The old form of OpenAI's keys carries a mark; without it `sk-` begins anything.
    if row.literals == ["sk-"] && !(body.len() == 48 && &body[20..28] == "T3BlbkFJ") {
        return None;
    }
    // `SKIP-…` words: a token mixes letters and digits.
    if row.literals[0] == "A3-" && !is_one_password(body) {
        return None;
    }
    // `xoxp-1-stub-token`: words, and no token. Some tokens are nothing but letters.
    let letters = matches!(row.literals[0], "hf_" | "AKIA");
    if !letters && body.split(['-', '_', '.']).all(is_word) {
        return None;
    }
    Some(Hit {
        what: What::Token {
            name: row.name,
            mild: row.mild,
        },
        public: literal.start..fixed,
        secret: fixed..end,
    })
}

/// A text without the tokens in it; `None` when there are none.
#[must_use]
pub fn without(text: &str) -> Option<String> {
    let mut hits = Vec::new();
    scan(text, &mut hits);
    hits.retain(|hit| matches!(hit.what, What::Token { .. }));
    hits.sort_by_key(|hit| hit.secret.start);
    let mut kept = String::new();
    let mut at = 0;
    for hit in hits.iter().filter(|hit| !hit.secret.is_empty()) {
        if hit.secret.end <= at {
            continue;
        }
        kept.push_str(text.get(at..hit.secret.start).unwrap_or_default());
        kept.push('…');
        at = hit.secret.end;
    }
    if at == 0 {
        return None;
    }
    kept.push_str(&text[at..]);
    Some(kept)
}

fn is_word(part: &str) -> bool {
    (part.len() <= 16 && part.bytes().all(|b| b.is_ascii_lowercase()))
        || (part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit()))
}

/// 6-11-5-5-5 or 6-6-5-5-5-5 after the version.
fn is_one_password(body: &str) -> bool {
    let lengths: Vec<usize> = body.split('-').map(str::len).collect();
    matches!(lengths.as_slice(), [6, 11, 5, 5, 5] | [6, 6, 5, 5, 5, 5])
}

fn hash(scheme: &Scheme, bytes: &[u8], literal: Range<usize>) -> Option<Hit> {
    let before = literal.start.checked_sub(1).map(|at| bytes[at]);
    let apart = before.is_none_or(|b| {
        b.is_ascii_whitespace() || matches!(b, b':' | b'"' | b'\'' | b'=' | b',' | b'\\')
    });
    if !(apart || begins(bytes, literal.start) && before == Some(b'n')) {
        return None;
    }
    let (_, end) = shape(bytes, literal.end, scheme.shape)?;
    let next = bytes.get(end);
    // `$1$name$other_name` is shell.
    if next.is_some_and(|b| matches!(b, b'_' | b'{' | b'$' | b'(')) {
        return None;
    }
    let body = std::str::from_utf8(&bytes[literal.end..end]).ok()?;
    // `$1$PREFIX$SUFFIX` is shell.
    if body.bytes().all(|b| b.is_ascii_uppercase() || b == b'$') || is_repeated(body) {
        return None;
    }
    Some(Hit {
        what: What::Hash {
            scheme: scheme.name,
            weak: scheme.weak,
        },
        public: literal.clone(),
        secret: literal.end..end,
    })
}

/// `xxxxxxxx`, `........`: a sample.
fn is_repeated(body: &str) -> bool {
    let tail = body.rsplit('$').next().unwrap_or(body).as_bytes();
    tail.iter().all(|byte| *byte == tail[0])
}

/// Private keys that everybody has, each by 24 characters of its body, from the public half that an OpenSSH or EC key holds
/// as well. Not by the end of the body: that is the comment, and `root@nixos` ends the host keys of many machines.
const PUBLISHED_KEYS: [&str; 5] = [
    // nixpkgs, `nixos/tests/ssh-keys.nix`, `snakeOilPrivateKey`, up to 2024.
    "KF0DYGbBwbj06tA3fd/+yP44",
    // The same since: the test key of RFC 9500, section 2.3.
    "QiVI+I+3gv+17KN0RFLHKh5V",
    // nixpkgs, `nixos/tests/ssh-keys.nix`, `snakeOilEd25519PrivateKey`, up to 2024.
    "YBTIWo1J4PkY4/7AhVyPT8xv",
    // The same since: OpenSSH, `regress/misc/fuzz-harness/fixed-keys.h`.
    "z0F5hFTFS5nhUcmnyjFVoDw5",
    // nixpkgs, `nixos/modules/profiles/keys/ssh_host_ed25519_key`: the virtual machine that builds for macOS.
    "CQVnMW/wZWqrdWrjrRPhfEFF",
];

fn private_key(text: &str, literal: Range<usize>) -> Option<Hit> {
    let rest = &text[literal.end..];
    if text[literal.clone()].starts_with("AGE-PLUGIN-") {
        let bytes = text.as_bytes();
        let name = rest.bytes().take_while(|b| upper_dash(*b)).count();
        let body = literal.end + rest[..name].rfind("-1")? + 2;
        let end = body
            + bytes[body..]
                .iter()
                .take_while(|b| bech32_upper(**b))
                .count();
        return (end - body >= 20).then_some(Hit {
            what: What::Token {
                name: "an age identity",
                mild: false,
            },
            public: literal.start..body,
            secret: body..end,
        });
    }
    const HEADERS: &[(&str, &str)] = &[
        ("OPENSSH PRIVATE KEY-----", "an OpenSSH private key"),
        ("RSA PRIVATE KEY-----", "an RSA private key"),
        ("DSA PRIVATE KEY-----", "a DSA private key"),
        ("EC PRIVATE KEY-----", "an EC private key"),
        ("ENCRYPTED PRIVATE KEY-----", "an encrypted private key"),
        ("PGP PRIVATE KEY BLOCK-----", "a PGP private key"),
        ("PRIVATE KEY-----", "a private key"),
        ("OpenVPN Static key V1-----", "an OpenVPN key"),
    ];
    let (header, name) = HEADERS
        .iter()
        .find(|(header, _)| rest.starts_with(header))?;
    let start = literal.end + header.len();
    let mut window_end = text.len().min(start + KEY_WINDOW);
    while !text.is_char_boundary(window_end) {
        window_end -= 1;
    }
    let window = &text[start..window_end];
    // The body ends before the footer or the string does.
    let end = window.find("-----").unwrap_or(window.len());
    let end = window[..end]
        .find(|c: char| {
            !(c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "+/=\\:,.-#()".contains(c))
        })
        .unwrap_or(end);
    let body = window[..end].replace("\\n", "\n");
    let longest = body
        .lines()
        .map(|line| line.trim().bytes().filter(|b| value::is_base64(*b)).count())
        .sum::<usize>();
    let base64 = body
        .split_whitespace()
        .any(|word| word.len() >= 16 && word.bytes().all(|b| value::is_base64(b) || b == b'='));
    let joined: String = body.split_whitespace().collect();
    if PUBLISHED_KEYS.iter().any(|part| joined.contains(part)) {
        return None;
    }
    (longest >= 20 && base64 && !value::is_documented_sample(&body)).then_some(Hit {
        what: What::Token { name, mild: false },
        public: literal.start..start,
        secret: start..start + end,
    })
}

/// `name:` + 86 base64 characters + `==`. A U2F handle looks the same and goes on with a comma.
fn signing_key(bytes: &[u8], literal: Range<usize>) -> Option<Hit> {
    if matches!(bytes.get(literal.end), Some(b',' | b'=')) {
        return None;
    }
    let body = literal.start.checked_sub(86)?;
    if !bytes[body..literal.start]
        .iter()
        .all(|b| value::is_base64(*b))
    {
        return None;
    }
    let colon = body.checked_sub(1)?;
    if bytes[colon] != b':' {
        return None;
    }
    let name = bytes[..colon]
        .iter()
        .rev()
        .take_while(|b| word_dot(**b))
        .count();
    let token = std::str::from_utf8(&bytes[body..literal.start]).ok()?;
    (name > 0 && !value::is_documented_sample(token)).then(|| Hit {
        what: What::Token {
            name: "a Nix signing key",
            mild: false,
        },
        public: colon - name..body,
        secret: body..literal.end,
    })
}

/// 8 to 10 digits, a colon, `AA` and 33 more.
fn telegram(bytes: &[u8], literal: Range<usize>) -> Option<Hit> {
    let digits = bytes[..literal.start]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let start = literal.start - digits;
    if !(8..=10).contains(&digits) || !begins(bytes, start) {
        return None;
    }
    let (_, end) = shape(bytes, literal.end, &[Run(word, 33, 33)])?;
    Some(Hit {
        what: What::Token {
            name: "a Telegram bot token",
            mild: false,
        },
        public: start..literal.start,
        secret: literal.start..end,
    })
}

/// `[MNO]` 23–25, `.` 6 `.` 27–38: only in texts that speak of Discord.
fn discord_bots(bytes: &[u8], found: &mut Vec<Hit>) {
    let mut at = 0;
    while at < bytes.len() {
        if !(matches!(bytes[at], b'M' | b'N' | b'O') && begins(bytes, at)) {
            at += 1;
            continue;
        }
        let run = bytes[at..].iter().take_while(|b| word(**b)).count();
        if (24..=26).contains(&run)
            && let Some((_, end)) = shape(
                bytes,
                at + run,
                &[One(&["."]), Run(word, 6, 6), One(&["."]), Run(word, 27, 38)],
            )
        {
            found.push(Hit {
                what: What::Token {
                    name: "a Discord bot token",
                    mild: false,
                },
                public: at..at + 1,
                secret: at + 1..end,
            });
            at = end;
        } else {
            at += run.max(1);
        }
    }
}

/// `scheme://user:password@host`, with a password that is there.
fn url(text: &str, literal: Range<usize>) -> Option<Hit> {
    let bytes = text.as_bytes();
    let scheme = bytes[..literal.start]
        .iter()
        .rev()
        .take(32)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        .count();
    if scheme == 0 {
        return None;
    }
    let start = literal.start - scheme;
    // `"\nhttp://` and the like: the escape is not part of the scheme, and harmless.
    let mut colon = None;
    let mut at_sign = None;
    for (index, byte) in bytes[literal.end..].iter().take(512).enumerate() {
        let at = literal.end + index;
        match byte {
            b'@' => at_sign = Some(at),
            b':' if colon.is_none() => colon = Some(at),
            b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`' | b'|' | b'(' | b')'
            | b'[' | b']' | b',' | b';' => break,
            byte if byte.is_ascii_whitespace() => break,
            _ => {}
        }
    }
    let (colon, at_sign) = (colon?, at_sign?);
    if colon > at_sign {
        return None;
    }
    let password = text.get(colon + 1..at_sign)?;
    let user = text.get(literal.end..colon)?;
    if password.len() < 3
        || is_documented_login(user, password)
        || user.contains(['{', '}', '*', '^'])
        || password.contains(['{', '}', '*', '^'])
        || matches!(
            value::class(password),
            value::Class::Reference | value::Class::Placeholder
        )
        || password.starts_with('$')
        || password.chars().all(|c| c == 'x' || c == '*' || c == '.')
    {
        return None;
    }
    Some(Hit {
        what: What::Url,
        public: start..literal.start,
        secret: colon + 1..at_sign,
    })
}

/// `user:pass`, as manuals write it.
fn is_documented_login(user: &str, password: &str) -> bool {
    matches!(user, "user" | "username" | "USER" | "USERNAME" | "myuser")
        && matches!(
            password,
            "pass" | "password" | "PASS" | "PASSWORD" | "secret" | "pw" | "mypassword"
        )
}

/// `--token=value` or `--token value`. With nothing behind it (a list: the value is the next element) the secret range
/// is empty at the end of the flag.
fn flag(text: &str, literal: Range<usize>) -> Option<Hit> {
    let bytes = text.as_bytes();
    if literal.start > 0 && (word(bytes[literal.start - 1]) && !begins(bytes, literal.start)) {
        return None;
    }
    let mut end = literal.end;
    if &text[literal.clone()] == "--secret" && text[end..].starts_with("-key") {
        end += 4;
    }
    let public = literal.start..end;
    let found = |secret: Range<usize>| {
        Some(Hit {
            what: What::Flag,
            public: public.clone(),
            secret,
        })
    };
    if &text[literal.clone()] == "sshpass" {
        let rest = &text[end..];
        let skip = rest.strip_prefix(" -p")?;
        let skip = end + 3 + (skip.len() - skip.trim_start_matches(' ').len());
        return found(argument(text, skip)?);
    }
    match bytes.get(end) {
        Some(b'=') => found(argument(text, end + 1)?),
        Some(b' ') => {
            let spaces = bytes[end..].iter().take_while(|b| **b == b' ').count();
            found(argument(text, end + spaces)?)
        }
        Some(b'"' | b'\'') => found(end..end),
        _ => None,
    }
}

/// A word of a command line that begins here, without its quotes.
fn argument(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let quote = rest.len()
        - rest
            .trim_start_matches('\\')
            .trim_start_matches(['"', '\''])
            .len();
    let start = at + quote;
    let len = text[start..]
        .find(|c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | ';' | '|' | '&' | ')' | '`')
        })
        .unwrap_or(text.len() - start);
    (len > 0).then_some(start..start + len)
}

fn mount(text: &str, literal: Range<usize>) -> Option<Hit> {
    if !begins(text.as_bytes(), literal.start) {
        return None;
    }
    let len = text[literal.end..].find(['"', '\'', ',', ' ', '\n'])?;
    (len > 0).then_some(Hit {
        what: What::Mount,
        public: literal.start..literal.end - 1,
        secret: literal.end..literal.end + len,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that no service ever gave out, of any length.
    fn body(len: usize) -> String {
        "f4keF5kaG6ke".chars().cycle().take(len).collect()
    }

    fn names(text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        scan(text, &mut found);
        found
            .iter()
            .map(|hit| match hit.what {
                What::Token { name, .. } => name,
                What::Hash { scheme, .. } => scheme,
                What::Url => "url",
                What::Flag => "flag",
                What::Mount => "mount",
                What::Writer | What::Reader => "function",
            })
            .collect()
    }

    #[test]
    fn published_keys_are_no_secrets() {
        let key = |body: &str| {
            names(&format!(
                "-----BEGIN OPENSSH PRIVATE KEY-----\\n{body}\\n-----END OPENSSH PRIVATE KEY-----"
            ))
        };
        for part in PUBLISHED_KEYS {
            let (head, tail) = part.split_at(11);
            assert!(key(&format!("{}{head}\\n{tail}{}", body(50), body(30))).is_empty());
        }
        // The comment of a host key is no key.
        let comment = "AAAACnJvb3RAbml4b3MBAgM=";
        assert_eq!(key(&format!("{}{comment}", body(70))).len(), 1);
    }

    #[test]
    fn prefixes_alone_are_not_tokens() {
        for text in [
            "case $1 in glpat-*) ;; esac",
            "ghp_",
            "sk-",
            "-----BEGIN PRIVATE KEY-----\" \"$1\"",
            "grep xoxb-token",
            "xoxp-1-stub-token",
            "a == b",
            "eyJ",
            "x://y",
            "ssh://git@forge.invalid:2222/x",
            "ssh://root@host:22",
            "https://a.invalid/@scope:x",
            "redis://:${x}@h/0",
            "https://$USER:$PASS@h",
            "postgres://user:pass@localhost:5432/db",
            "mysql://username:password@h/db",
            "https://user:<password>@h",
            "\"$1$HOME/x\"",
            "$5$",
            "--token-file=/x",
            "--tokenfoo=bar",
            "--password-file x",
            "echo $1$PREFIX$SUFFIXES",
        ] {
            assert!(names(text).is_empty(), "{text}: {:?}", names(text));
        }
    }

    #[test]
    fn urls_and_flags() {
        assert_eq!(names("amqp://mq:fake9fake9@mq.invalid"), ["url"]);
        assert_eq!(names("backup --passphrase fake9fake9"), ["flag"]);
        assert_eq!(names("a --secret-key=fake9fake9 b"), ["flag"]);
        assert_eq!(names("sshpass -p fake9fake9 ssh x"), ["flag"]);
        assert_eq!(names("\"--token\""), ["flag"]);
    }

    #[test]
    fn hashes() {
        assert_eq!(
            names("\"$6$fakesalt$fakefakefakefake\""),
            ["a SHA-512 hash"]
        );
        assert_eq!(names("ann:$2y$05$fakefakefakefake\n"), ["a bcrypt hash"]);
        assert_eq!(names("\"$1$fakesalt$fakefakefake\""), ["an MD5 hash"]);
        assert_eq!(
            names("argon2:$argon2id$v=19$m=1,t=1,p=1$fake$fakefake"),
            ["an argon2 hash"]
        );
        assert_eq!(
            names("\"$y$j9T$fakefake$fakefakefakefake\""),
            ["a yescrypt hash"]
        );
        assert_eq!(
            names("\"$pbkdf2-sha512$310000$fakefakefake$fakefakefakefakefake.fake/fake\""),
            ["a PBKDF2 hash"]
        );
    }

    #[test]
    fn a_body_makes_the_key() {
        let key = format!("-----BEGIN EC PRIVATE KEY-----\\n{}\\n", body(64));
        assert_eq!(names(&key), ["an EC private key"]);
        let signing = format!("cache-1:{}==", body(86));
        assert_eq!(names(&signing), ["a Nix signing key"]);
        assert!(names(&format!("x:{}==,y", body(86))).is_empty());
        assert!(names(&format!("cache-1:{}=", body(43))).is_empty());
    }
}
