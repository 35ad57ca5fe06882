//! What the judge finds where: precedence, look-through, masks.

use std::sync::Arc;

use super::*;
use crate::facts::Extract;
use crate::file::FileId;
use crate::{RepoPath, Text};

fn facts(text: &str) -> (File, SecretFacts) {
    let (mut file, tree) = File::new(
        FileId(0),
        RepoPath::from("host.nix"),
        Language::Nix,
        Arc::new(Text::new(text)),
        syntax::parse::Limits::default(),
    );
    let tree = tree.expect("within the limits");
    file.facts = Extract::all(&file, &tree);
    let secrets = file.facts.secrets.clone();
    (file, secrets)
}

/// Kind and primary text of each.
fn found(text: &str) -> Vec<(Kind, String)> {
    let (file, secrets) = facts(text);
    secrets
        .found
        .iter()
        .map(|secret| (secret.kind, file.text.slice(secret.at).to_owned()))
        .collect()
}

fn one(kind: Kind, at: &str) -> Vec<(Kind, String)> {
    vec![(kind, at.to_owned())]
}

#[test]
fn one_literal_one_finding() {
    // The option speaks before the environment, the text and the name do.
    assert_eq!(
        found("{ nix.settings.access-tokens = \"h=fake9fake9\"; }"),
        one(Kind::Option, "access-tokens")
    );
    assert_eq!(
        found("{ environment.variables.DB_URL = \"x://a:fake9fake9@h\"; }"),
        one(Kind::CommandLine, "x")
    );
    assert_eq!(
        found("{ systemd.services.a.environment.API_KEY = \"x://a:fake9fake9@h\"; }"),
        one(Kind::CommandLine, "x")
    );
    assert_eq!(
        found("{ systemd.services.a.environment.API_KEY = \"fake9fake9\"; }"),
        one(Kind::Environment, "API_KEY")
    );
    assert_eq!(
        found("{ x.apiKey = \"$6$fakesalt$fakefakefakefake\"; }"),
        one(Kind::Hash, "$6$")
    );
}

#[test]
fn values_are_looked_through() {
    for text in [
        "{ services.k3s.token = lib.mkForce (lib.mkIf c \"fakefake\"); }",
        "{ services.k3s.token = if c then (let x = 1; in \"fakefake\") else null; }",
        "{ services.k3s.token = with lib; \"fakefake\"; }",
        "{ services.k3s = lib.mkMerge [ { token = \"fakefake\"; } ]; }",
        "let t = \"fakefake\"; in { services.k3s.token = t; }",
        "{ services = { k3s = lib.mkIf c { token = \"fakefake\"; }; }; }",
        "{ imports = [ { services.k3s.token = \"fakefake\"; } ]; }",
        "{ services.k3s.\"token\" = ''fakefake''; }",
    ] {
        assert_eq!(found(text).len(), 1, "{text}");
    }
    for text in [
        "{ services.k3s.token = f \"fakefake\"; }",
        "{ services.k3s.token = \"fake${x}\"; }",
        "t: { services.k3s.token = t; }",
        "let t = f 1; in { services.k3s.token = t; }",
        "{ services.k3s.token = config.t; }",
    ] {
        assert!(found(text).is_empty(), "{text}");
    }
}

#[test]
fn masks_cover_the_value_and_its_twins_and_nothing_else() {
    let text = "let p = \"fake9fake9\"; q = \"fake9fake9\"; in { users.users.a.password = p; }";
    let (file, secrets) = facts(text);
    let masked: Vec<&str> = secrets
        .masks
        .iter()
        .map(|mask| file.text.slice(*mask))
        .collect();
    assert_eq!(masked, ["fake9fake9", "fake9fake9"]);
    assert_eq!(file.text.slice(secrets.found[0].at), "password");

    // A plain word is not hidden everywhere: it would hide half of the file.
    let (_, secrets) = facts("{ users.users.root.password = \"password\"; }");
    assert_eq!(secrets.masks.len(), 1);
}

#[test]
fn tests_are_masked_as_well() {
    let (_, secrets) =
        facts("{ nodes.m.users.users.a.password = \"fakefake\"; testScript = \"\"; }");
    assert_eq!(secrets.masks.len(), 1);
    assert_eq!(secrets.of(Kind::Option, false).count(), 0);
    assert_eq!(secrets.of(Kind::Option, true).count(), 1);
}

#[test]
fn definitions_do_not_keep_what_is_masked() {
    let (file, _) =
        facts("{ services.k3s.token = \"fakefake\"; x.url.\"a://b:fake9fake9@c\".d = 1; }");
    let kept = format!("{:?}", file.facts.definitions);
    assert!(
        !kept.contains("fakefake") && !kept.contains("fake9fake9"),
        "{kept}"
    );
    assert!(kept.contains("Masked"), "{kept}");
}

#[test]
fn deep_and_long_texts_end() {
    let deep = format!(
        "{}\"fake9fake9\"{}",
        "{ apiKey = [ ".repeat(120),
        " ]; }".repeat(120)
    );
    let _ = found(&deep);
    let long = format!(
        "{{ apiKey = {}\"fake9fake9\"; }}",
        "\"a\" ++ ".repeat(3_000)
    );
    let _ = found(&long);
    let many = format!("{{ x = [ {} ]; }}", "\"a://b:fake9fake9@c\" ".repeat(2_000));
    assert_eq!(found(&many).len(), 2_000);
}

/// Pieces that branches look for, glued together at random, with characters of several bytes in between.
#[test]
fn no_text_makes_the_readers_panic() {
    const PIECES: &[&str] = &[
        "ä",
        "𐐀",
        "\u{e000}0\u{e001}",
        " ",
        "\n",
        "\"",
        "'",
        "\\",
        "=",
        ":",
        "://",
        "@",
        "$6$",
        "$1$",
        "$",
        "{",
        "}",
        "[",
        "]",
        "-----BEGIN ",
        "EC PRIVATE KEY-----",
        "AGE-PLUGIN-",
        "-1",
        "AGE-SECRET-KEY-1",
        "==",
        ":AA",
        "Discord",
        "M",
        "--token",
        "sshpass",
        " -p ",
        "password=",
        "password",
        "machine ",
        "login ",
        "Authorization",
        "Bearer ",
        "export ",
        "API_KEY",
        "access-tokens",
        "PrivateKey",
        "fake9fake9",
        "12345678",
        "sops",
        "sops:\n",
        "mac: ",
        "[sops]\n",
        "sops_mac=",
        "ENC[AES256_GCM,data:",
        ",iv:",
        ",tag:",
        ",type:str]",
        "- ",
        "&a ",
        "*a",
        "creation_rules:\n",
        "  - path_regex: (",
        "key_groups: [[",
        "age: ",
        "age1",
        "\0GITCRYPT\0",
        "**",
        "filter=git-crypt",
        "ghp_",
        "eyJ",
        ".",
        "A3-",
        "sk-",
        "SG.",
        "#",
        ";",
        ",",
        "<",
        ">",
        "x",
        "%d/",
        "~",
        "!",
    ];
    let mut state = 7_u64;
    let mut next = |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % bound
    };
    for _ in 0..4_000 {
        let text: String = (0..next(14)).map(|_| PIECES[next(PIECES.len())]).collect();
        let mut hits = Vec::new();
        tokens::scan(&text, &mut hits);
        for hit in &hits {
            assert!(
                text.get(hit.public.clone()).is_some() && text.get(hit.secret.clone()).is_some(),
                "{text:?}"
            );
        }
        for shell in [false, true] {
            let mut found = Vec::new();
            places::lines(&text, shell, &mut found);
            found.extend(places::variables(&text));
            for line in found {
                assert!(
                    text.get(line.key).is_some() && text.get(line.secret).is_some(),
                    "{text:?}"
                );
            }
        }
        let _ = value::class(&text);
        let _ = value::is_strong(&text);
        let _ = names::is_secret(&text);
        let _ = encrypted::read(&text, "a.env");
        let _ = encrypted::read(&text, "a.yaml");
        let _ = wiring::read(&text);
        let _ = found_in(&format!(
            "{{ x.apiKey = \"{text}\"; y.script = ''{text}''; }}"
        ));
    }
}

fn found_in(text: &str) -> usize {
    facts(text).1.found.len()
}
