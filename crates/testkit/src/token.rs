//! Tokens of the right shape that no service ever gave out, made in memory: a page writes `@token(github)@`.
//!
//! Goal: a page can show what a lint finds, and no push filter ever sees a token in a file. Expansion begins in the
//! column of the macro with the public prefix, so that caret lines under the prefix stay right.

/// What stands behind a prefix.
enum Body {
    /// So many characters of the alphabet.
    Run(&'static str, usize),
    /// As it is.
    Is(&'static str),
}
use Body::{Is, Run};

const WORD: &str = "f4keF5kaG6keH7ka";
const HEX: &str = "fa4e5dabc6e7";
const LETTERS: &str = "fakeFAKEnot";
const UPPER: &str = "FAKE5NQT";
const AWS: &str = "FAKE2NT3";
const DIGITS: &str = "90817263";
const BECH: &str = "fake5n0t7quz";
const BECH_UPPER: &str = "FAKE5N0T7QUZ";

/// Name of the macro, public prefix, the rest.
static TOKENS: &[(&str, &str, &[Body])] = &[
    ("age", "AGE-SECRET-KEY-1", &[Run(BECH_UPPER, 58)]),
    ("age-pq", "AGE-SECRET-KEY-PQ-1", &[Run(BECH_UPPER, 60)]),
    ("age-plugin", "AGE-PLUGIN-FAKE-1", &[Run(BECH_UPPER, 40)]),
    ("github", "ghp_", &[Run(WORD, 36)]),
    ("github-oauth", "gho_", &[Run(WORD, 36)]),
    ("github-user", "ghu_", &[Run(WORD, 36)]),
    ("github-refresh", "ghr_", &[Run(WORD, 36)]),
    ("github-app", "ghs_", &[Run(WORD, 36)]),
    ("github-fine", "github_pat_", &[Run(WORD, 82)]),
    ("gitlab", "glpat-", &[Run(WORD, 20)]),
    ("gitlab-deploy", "gldt-", &[Run(WORD, 20)]),
    ("gitlab-runner", "glrt-", &[Run(WORD, 20)]),
    ("gitlab-trigger", "glptt-", &[Run(WORD, 40)]),
    ("gitlab-feed", "glft-", &[Run(WORD, 20)]),
    ("gitlab-scim", "glsoat-", &[Run(WORD, 20)]),
    ("gitlab-build", "glcbt-", &[Run(WORD, 20)]),
    ("gitlab-agent", "glagent-", &[Run(WORD, 50)]),
    ("gitlab-mail", "glimt-", &[Run(WORD, 25)]),
    ("gitlab-app", "gloas-", &[Run(WORD, 64)]),
    ("aws", "AKIA", &[Run(AWS, 16)]),
    ("aws-session", "ASIA", &[Run(AWS, 16)]),
    ("aws-bearer", "ABIA", &[Run(AWS, 16)]),
    ("aws-context", "ACCA", &[Run(AWS, 16)]),
    ("slack", "xoxb-", &[Run(DIGITS, 12), Is("-"), Run(WORD, 24)]),
    (
        "slack-user",
        "xoxp-",
        &[Run(DIGITS, 12), Is("-"), Run(WORD, 24)],
    ),
    (
        "slack-a",
        "xoxa-",
        &[Run(DIGITS, 12), Is("-"), Run(WORD, 24)],
    ),
    (
        "slack-r",
        "xoxr-",
        &[Run(DIGITS, 12), Is("-"), Run(WORD, 24)],
    ),
    (
        "slack-s",
        "xoxs-",
        &[Run(DIGITS, 12), Is("-"), Run(WORD, 24)],
    ),
    (
        "slack-e",
        "xoxe-",
        &[Run(DIGITS, 12), Is("-"), Run(WORD, 24)],
    ),
    (
        "slack-app",
        "xapp-",
        &[Run(DIGITS, 12), Is("-"), Run(WORD, 24)],
    ),
    ("slack-hook", "hooks.slack.com/services/", &[Run(WORD, 44)]),
    (
        "discord-hook",
        "discord.com/api/webhooks/",
        &[Run(DIGITS, 18), Is("/"), Run(WORD, 68)],
    ),
    (
        "discord-old-hook",
        "discordapp.com/api/webhooks/",
        &[Run(DIGITS, 18), Is("/"), Run(WORD, 68)],
    ),
    (
        "discord",
        "M",
        &[Run(WORD, 23), Is("."), Run(WORD, 6), Is("."), Run(WORD, 27)],
    ),
    ("telegram", "908172639", &[Is(":AA"), Run(WORD, 33)]),
    (
        "tailscale",
        "tskey-auth-",
        &[Run(WORD, 12), Is("-"), Run(WORD, 32)],
    ),
    ("digitalocean", "dop_v1_", &[Run(HEX, 64)]),
    ("digitalocean-oauth", "doo_v1_", &[Run(HEX, 64)]),
    ("digitalocean-refresh", "dor_v1_", &[Run(HEX, 64)]),
    ("openai", "sk-proj-", &[Run(WORD, 48)]),
    ("openai-service", "sk-svcacct-", &[Run(WORD, 48)]),
    ("openai-admin", "sk-admin-", &[Run(WORD, 48)]),
    (
        "openai-old",
        "sk-",
        &[Run(WORD, 20), Is("T3BlbkFJ"), Run(WORD, 20)],
    ),
    ("anthropic", "sk-ant-api03-", &[Run(WORD, 93)]),
    ("openrouter", "sk-or-v1-", &[Run(HEX, 64)]),
    ("huggingface", "hf_", &[Run(LETTERS, 34)]),
    ("stripe", "sk_live_", &[Run(WORD, 24)]),
    ("stripe-restricted", "rk_live_", &[Run(WORD, 24)]),
    ("stripe-prod", "sk_prod_", &[Run(WORD, 24)]),
    ("stripe-restricted-prod", "rk_prod_", &[Run(WORD, 24)]),
    ("sendgrid", "SG.", &[Run(WORD, 22), Is("."), Run(WORD, 43)]),
    ("npm", "npm_", &[Run(WORD, 36)]),
    ("pypi", "pypi-AgE", &[Run(WORD, 60)]),
    ("docker", "dckr_pat_", &[Run(WORD, 27)]),
    ("vault", "hvs.", &[Run(WORD, 28)]),
    ("vault-batch", "hvb.", &[Run(WORD, 28)]),
    ("vault-recovery", "hvr.", &[Run(WORD, 28)]),
    ("grafana", "glsa_", &[Run(WORD, 41)]),
    ("grafana-cloud", "glc_", &[Run(WORD, 41)]),
    ("google", "AIza", &[Run(WORD, 35)]),
    (
        "onepassword",
        "A3-",
        &[
            Run(UPPER, 6),
            Is("-"),
            Run(UPPER, 11),
            Is("-"),
            Run(UPPER, 5),
            Is("-"),
            Run(UPPER, 5),
            Is("-"),
            Run(UPPER, 5),
        ],
    ),
    ("onepassword-service", "ops_eyJ", &[Run(WORD, 260)]),
    (
        "cloudflare",
        "v1.0-",
        &[Run(HEX, 24), Is("-"), Run(HEX, 146)],
    ),
    ("nostr", "nsec1", &[Run(BECH, 58)]),
    (
        "jwt",
        "eyJ",
        &[
            Run(WORD, 20),
            Is(".eyJ"),
            Run(WORD, 40),
            Is("."),
            Run(WORD, 43),
        ],
    ),
    ("nix", "cache-1:", &[Run(WORD, 86), Is("==")]),
    (
        "private-key",
        "-----BEGIN EC PRIVATE KEY-----",
        &[
            Is("\\n"),
            Run(WORD, 64),
            Is("\\n"),
            Run(WORD, 40),
            Is("==\\n-----END EC PRIVATE KEY-----\\n"),
        ],
    ),
    (
        "openssh-key",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        &[
            Is("\\n"),
            Run(WORD, 70),
            Is("\\n"),
            Run(WORD, 70),
            Is("\\n-----END OPENSSH PRIVATE KEY-----\\n"),
        ],
    ),
    // Not tokens by themselves, but as little to be written in full: a WireGuard key, a public key of a cache.
    ("wireguard", "", &[Run(WORD, 42), Is("A=")]),
    ("nix-public", "cache-1:", &[Run(WORD, 43), Is("=")]),
];

/// The token of a name, if there is one.
#[must_use]
pub fn token(name: &str) -> Option<String> {
    let (_, prefix, body) = TOKENS.iter().find(|(it, ..)| *it == name)?;
    let mut token = (*prefix).to_owned();
    for part in *body {
        match part {
            Run(alphabet, len) => token.extend(alphabet.chars().cycle().take(*len)),
            Is(text) => token.push_str(text),
        }
    }
    Some(token)
}

/// Replaces every `@token(ID)@`.
///
/// # Panics
/// On an ID that is not known: a page with a typo would test nothing.
#[must_use]
pub fn expand(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("@token(") {
        let Some((id, tail)) = after.split_once(")@") else {
            break;
        };
        expanded.push_str(before);
        expanded.push_str(&token(id).unwrap_or_else(|| panic!("no token is called {id}")));
        rest = tail;
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use repo::secrets::tokens::{Hit, What, prefixes, scan};

    use super::*;

    fn hits(text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        scan(text, &mut hits);
        hits.retain(|hit| matches!(hit.what, What::Token { .. }));
        hits
    }

    #[test]
    fn every_sample_is_found_and_only_its_prefix_is_public() {
        for (name, prefix, _) in TOKENS {
            if matches!(*name, "wireguard" | "nix-public") {
                assert!(
                    hits(&format!("\"{}\"", token(name).unwrap())).is_empty(),
                    "{name}"
                );
                continue;
            }
            let sample = token(name).unwrap();
            let text = format!("discord = \"{sample}\";");
            let hits = hits(&text);
            assert_eq!(hits.len(), 1, "{name}: {hits:?}");
            let start = "discord = \"".len();
            assert_eq!(hits[0].public, start..start + prefix.len(), "{name}");
            let end = hits[0].secret.end;
            assert!(
                text[end..].starts_with('"') || text[end..].starts_with("-----END"),
                "{name}"
            );
        }
    }

    #[test]
    fn a_word_before_spoils_it() {
        for (name, ..) in TOKENS {
            // The name of a signing key may be anything; a header begins with dashes.
            if !matches!(
                *name,
                "nix"
                    | "private-key"
                    | "openssh-key"
                    | "slack-hook"
                    | "discord-hook"
                    | "discord-old-hook"
                    | "age-plugin"
            ) {
                let text = format!("discord = \"y{}\";", token(name).unwrap());
                assert!(hits(&text).is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn a_cut_token_is_none() {
        for (name, prefix, _) in TOKENS {
            let sample = token(name).unwrap();
            let text = format!(
                "\"{}\"",
                &sample[..prefix.len() + 5.min(sample.len() - prefix.len())]
            );
            assert!(hits(&text).is_empty(), "{name}");
        }
    }

    #[test]
    fn every_known_prefix_has_a_sample() {
        let samples: Vec<String> = TOKENS
            .iter()
            .map(|(name, ..)| token(name).unwrap())
            .collect();
        for (prefix, name) in prefixes() {
            assert!(
                samples.iter().any(|sample| sample.starts_with(prefix)),
                "{prefix} ({name}) has no sample"
            );
        }
    }

    #[test]
    fn expansion_keeps_the_column() {
        let text = expand("a \"@token(github)@\" b");
        assert!(text.starts_with("a \"ghp_f4ke"));
        assert!(text.ends_with("\" b"));
        assert_eq!(expand("no @token( here"), "no @token( here");
    }
}
