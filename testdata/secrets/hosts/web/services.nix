# Settings that only a name speaks of, and tokens that any string may hold.
{ pkgs, config, ... }:
{
  services.portal.settings = {
    ldap.bindPassword = "@secret(ldap)@"; # want: suspicious-literal
    jwtSecret = "@secret(jwt)@"; # want: suspicious-literal
    clientSecret = "@secret(oidc)@"; # want: suspicious-literal
    apiKey = "@secret(api)@"; # want: suspicious-literal
    admin-password = "@secret(admin)@"; # want: suspicious-literal
    webhook_secret = "@secret(hook)@"; # want: suspicious-literal
    client_id = "f4e1b2c3-8d7a-4c6b-9e0f-1a2b3c4d5e6f"; # clean
    token_endpoint = "https://login.example.org/oauth2/token"; # clean
    password_reset_url = "https://portal.example.org/reset9"; # clean
    refresh_token = "15 min"; # clean
    token_limit = "9k!"; # clean
    session_secret = "@PORTAL_SESSION@"; # clean
    mail_password = "%env(MAIL_PASSWORD)%"; # clean
    db_password = "{{ .Envs.DB_PASSWORD }}"; # clean
    encryption_key = "changeme"; # clean
    signing_secret = "your-secret-here"; # clean
    master_password = "none"; # clean
    auth_token = config.sops.placeholder."portal/token"; # clean
    passwordPolicy = "length12!mixed"; # clean
    publicKey = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"; # clean
    cacheKey = "portal-v9-2024"; # clean
    max_tokens = "4096"; # clean
    secretName = "portal9-tls1"; # clean
    keyType = "ed25519x9"; # clean
  };
  services.aria2.rpcSecret = "@secret(aria)@"; # want: suspicious-literal
  services.ntfy-sh.settings.web-push-private-key = "@secret(ntfy)@"; # want: suspicious-literal

  programs.git.config.url."https://ann:@token(gitlab)@@git.example.org".insteadOf = "work:"; # want: secret-token
  environment.etc."motd".text = "runner @token(github-fine)@ is on duty"; # want: secret-token
  environment.etc."age".text = "@token(age)@"; # want: secret-token
  environment.etc."cache".source = builtins.toFile "cache.sec" "@token(nix)@"; # want: secret-token
  environment.etc."deploy".source = pkgs.writeText "deploy" "@token(openssh-key)@"; # want: secret-token
  services.alerts.hook = "https://@token(slack-hook)@"; # want: secret-token
  services.alerts.bot = "@token(telegram)@"; # want: secret-token
  services.alerts.pay = "@token(stripe)@"; # want: secret-token
  services.alerts.test = "sk_test_f4keF5kaG6keH7ka"; # clean
  services.alerts.mesh = "@token(tailscale)@"; # want: secret-token
  services.alerts.cloud = "@token(aws)@"; # want: secret-token
  services.alerts.models = [ "@token(anthropic)@" "plain" ]; # want: secret-token

  services.mirror.src = pkgs.fetchFromGitHub {
    owner = "fleet";
    repo = "mirror";
    rev = "3f2a9c8b7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a"; # clean
    hash = "sha256-q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c="; # clean
  };
  services.mirror.sha256 = "0z9y8x7w6v5u4t3s2r1q0p9n8m7l6k5j4i3h2g1f0d9c8b7a6s5d"; # clean
  services.mirror.fingerprint = "SHA256:q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c"; # clean
  services.mirror.gpg = "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"; # clean
  services.mirror.recipient = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"; # clean
  services.mirror.minisign = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"; # clean
  services.mirror.uuid = "7c1b0f0e-3f3d-4c8e-9b51-2f0f8a6d4e11"; # clean
  services.mirror.did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"; # clean
  services.mirror.remote = "ssh://git@forge.example.org:2222/mirror.git"; # clean
  services.mirror.cache = "redis://:${config.sops.placeholder."redis"}@cache.example.org/0"; # clean
  services.mirror.pattern = "glpat-*"; # clean

}
