//! Nothing that nivis writes or keeps repeats a secret: not a message, not a fact, not a format.

use std::path::Path;
use std::sync::Arc;

use engine::load::{Input, Source};
use engine::{Flags, Plan, Settings};
use lint_api::Lint;
use lint_api::repo::{RepoPath, Text};
use report::{Format, Style};

/// Secrets in every shape: on options, in names, through `let`, in text, environments, command lines, addresses; where
/// other lints speak, too. `@a@` and so on are the canaries.
const HOST: &str = r##"{ pkgs, lib, config, ... }:
let
  p = "@a@";
  unused = "@a@";
  settings = { api_key = "@b@"; };
in
{
  users.users.ann.password = p;
  users.users.ann.password = "@a@";
  users.users.bob = { initialPassword = lib.mkForce "@a@"; isNormalUser = true == true; };
  users.users.eve.hashedPassword = "$6$fakesalt$@c@";
  services.couchdb = { adminPass = if true then "@a@" else "@b@"; };
  services.app = { inherit settings; settings.ldap.bindPassword = "@b@"; };
  services.hostapd.radios.w.networks.w.authentication.saePasswords = [ { password = "@a@"; } ];
  programs.git.settings.url."https://x:@github@@git.invalid".insteadOf = "x";
  programs.x."@github@" = "@github@";
  y = config."@github@".z;
  z = lib."@github@" 1;
  home.sessionVariables.GH_TOKEN = "@b@";
  systemd.services.b.serviceConfig.Environment = [ "A=1" "SMTP_PASSWORD=@b@" ];
  systemd.services.b.serviceConfig.ExecStart = "/bin/a --token=@b@ --password @b@";
  systemd.services.b.script = ''
    export API_KEY='@b@'
    PGPASSWORD="@b@" psql
    backup --passphrase @b@
  '';
  environment.etc."a.toml".text = "user = 1\napi_key = \"@b@\"\n";
  home.file.".netrc".text = "machine h login ann password @b@";
  environment.etc.wg.source = pkgs.writeText "wg.conf" ''
    [Interface]
    PrivateKey = @wireguard@
  '';
  environment.etc.key.source = builtins.toFile "k" "@private-key@";
  nix.settings.secret = "@nix@";
  x.broker = "amqp://mq:@b@@mq.invalid";
  x.broker2 = amqp://mq:@b@@mq.invalid;
  fileSystems."/nas".options = [ "username=ann,password=@b@,uid=1000" ];
  imports = [ ./missing.nix ];
}
"##;

const BROKEN: &str = "{ users.users.ann.password = \"@a@\"; x = \"@github@\" y }";

fn canaries() -> Vec<(&'static str, String)> {
    let token = |name| testkit::token::token(name).expect("a known token");
    let mut canaries = vec![
        ("@a@", "zQ8wJ3kVp2nX".to_owned()),
        ("@b@", "hT5rM9yLc4bD7".to_owned()),
        ("@c@", "uE6gS1oWfA0iKjZx".to_owned()),
    ];
    for (mark, name) in [
        ("@github@", "github"),
        ("@wireguard@", "wireguard"),
        ("@private-key@", "private-key"),
        ("@nix@", "nix"),
    ] {
        canaries.push((mark, token(name)));
    }
    canaries
}

fn fill(text: &str) -> String {
    canaries()
        .iter()
        .fold(text.to_owned(), |text, (mark, value)| {
            text.replace(mark, value)
        })
}

/// Four bytes of a canary in a row, its public prefix apart.
fn leak(output: &str) -> Option<String> {
    for (_, value) in canaries() {
        let prefixes = ["ghp_", "cache-1:", "-----BEGIN EC PRIVATE KEY-----\\n"];
        let public = prefixes
            .iter()
            .find(|prefix| value.starts_with(**prefix))
            .map_or(0, |prefix| prefix.len());
        let secret = value[public..].replace("-----END EC PRIVATE KEY-----", "");
        for at in 0..secret.len().saturating_sub(4) {
            let piece = &secret[at..at + 4];
            // `====` and the like are in any output.
            if piece.bytes().all(|b| b.is_ascii_alphanumeric())
                && let Some(found) = output.find(piece)
            {
                let start = output[..found].rfind('\n').map_or(0, |at| at + 1);
                let end = output[found..]
                    .find('\n')
                    .map_or(output.len(), |at| found + at);
                return Some(output[start..end].to_owned());
            }
        }
    }
    None
}

fn all() -> Vec<&'static Lint> {
    lints::ALL.iter().chain(engine::own::ALL).copied().collect()
}

#[test]
fn no_output_and_no_fact_repeats_a_secret() {
    for (path, text) in [
        ("hosts/a.nix", HOST),
        ("tests/a.nix", HOST),
        ("examples/vm/a.nix", HOST),
        ("broken.nix", BROKEN),
    ] {
        let path = RepoPath::from(path);
        let kind = engine::load::kind_of(&path).expect("a Nix file");
        let input = Input {
            sources: vec![Source {
                path,
                kind,
                text: Arc::new(Text::new(fill(text))),
            }],
            ..Input::default()
        };
        let settings = Settings::discover(&Flags::default(), Path::new(""), None, all())
            .expect("the defaults hold");
        let plan = Plan::new(&settings);
        let checked = engine::check(input, &plan, &settings);
        assert!(checked.troubles.is_empty(), "{:?}", checked.troubles);
        for file in &checked.repo.files {
            let text = file.text.contents();
            let masks = &file.facts.secrets.masks;
            if file.facts.faults.is_empty() {
                assert!(
                    file.facts.secrets.found.len() > 25,
                    "{:?}",
                    file.facts.secrets.found
                );
                for (_, value) in canaries() {
                    let last = &value[value.len() - 6..value.len() - 2];
                    for (at, _) in text.match_indices(last) {
                        let at = u32::try_from(at).expect("a small text").into();
                        assert!(
                            value.starts_with("-----")
                                || masks.iter().any(|mask| mask.contains(at)),
                            "no mask at {}",
                            text[..usize::from(at)].lines().count()
                        );
                    }
                }
            }
            let facts = format!("{:#?}", file.facts);
            assert_eq!(leak(&facts), None, "a fact of {}", file.path);
        }
        // The edits of a fix hold the true bytes, as they must; printers leave those out.
        for finding in &checked.findings {
            let mut shown = finding.clone();
            shown.fix = None;
            assert_eq!(leak(&format!("{shown:#?}")), None, "a finding");
        }
        let report = engine::settle(checked, &settings);
        for format in Format::ALL {
            let mut out = Vec::new();
            report::print(format, &report, &Style::default(), &mut out).expect("memory takes it");
            let out = String::from_utf8(out).expect("text");
            assert_eq!(leak(&out), None, "{format:?}");
        }
    }
}
