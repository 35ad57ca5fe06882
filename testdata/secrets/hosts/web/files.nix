# Text that becomes a file, files that become a path, and what is declared to sops.
{ config, lib, pkgs, ... }:
{
  # want +2: secret-in-text
  environment.etc."app.toml".text = ''
    api_key = "@secret(toml)@"
    log = "info"
  '';
  environment.etc.netrc.text = "machine git.example.org login ann password @secret(netrc)@"; # want: secret-in-text
  # want +3: secret-in-text
  environment.etc."wg.conf".source = pkgs.writeText "wg.conf" ''
    [Interface]
    PrivateKey = @token(wireguard)@
    [Peer]
    PublicKey = Kd3wPq8vT1nXz5rYb7mLc2hJf9sGa4eUo6iRtQyWvAE=
  '';
  # want +2: secret-in-text
  environment.etc."curlrc".text = ''
    header = "Authorization: Bearer @secret(bearer)@"
  '';
  environment.etc."htpasswd".text = "ann:$2y$05$@secret(htpasswd)@"; # want: password-hash
  # want +2: secret-in-text
  sops.templates."app.env".content = ''
    SECRET_KEY=@secret(template)@
    SMTP_PASSWORD=${config.sops.placeholder."mail/password"}
  '';
  environment.etc."pam".text = "auth required pam_env.so readenv=1 password=sufficient"; # clean
  environment.etc."ssh_config".text = "Host *\n  PasswordAuthentication no\n  IdentityFile ~/.ssh/id_ed25519"; # clean
  environment.etc."lib.py".text = "password = os.environ['PW']\ntoken = get_token(1)"; # clean
  environment.etc."resolv".text = "secret_type = str\nkey = lib.key"; # clean
  environment.etc."mask".text = "password = \"***\"\napi_key = \"<api key>\""; # clean

  sops = {
    defaultSopsFile = ../../secrets/web.yaml; # clean
    age.keyFile = "/persist/age.txt"; # clean
    age.sshKeyPaths = [ ../../keys/host_key ]; # want: secret-path-in-store
    gnupg.sshKeyPaths = [ "/etc/ssh/ssh_host_rsa_key" ]; # clean
    secrets = {
      "users/kim" = { neededForUsers = true; };
      "portal/token" = { };
      "mail/password".group = "netdev1"; # clean
      redis = { };
      "portal/tokn" = { }; # want: sops-wiring
      "limits/max" = { }; # want: sops-wiring
      plain = { sopsFile = ../../secrets/plain.yaml; key = "token"; }; # want: unencrypted-secret-file
      partial = { sopsFile = ../../secrets/partial.yaml; key = "token"; }; # want: unencrypted-secret-file
      stray = { sopsFile = ../../other.yaml; key = "token"; }; # want: sops-wiring
      env = { sopsFile = ../../secrets/app.env; format = "dotenv"; }; # clean
      env2 = { sopsFile = ../../secrets/app.env; format = "binary"; }; # want: sops-wiring
    };
  };

  services.portal.undeclaredFile = config.sops.secrets."portal/undeclared".path; # want: sops-wiring
  services.portal.environmentFile = ../../secrets/wifi.env; # want: secret-path-in-store
  services.gitlab.databasePasswordFile = pkgs.writeText "db" "@secret(written)@"; # want: secret-path-in-store
  services.gitlab.secrets.secretFile = ./. + "/session.key"; # want: secret-path-in-store
  services.nextcloud.config.objectstore.s3.secretFile = ../../secrets/web.yaml; # clean
  networking.wireless.secretsFile = "/run/secrets/wifi"; # clean
  users.users.ann.openssh.authorizedKeys.keyFiles = [ ../../keys/ann.pub ]; # clean
  users.users.deploy.openssh.authorizedKeys.keyFiles = [ ../../keys/deploy.pub ]; # clean

  services.feed.settings = lib.importJSON config.sops.secrets.redis.path; # want: secret-read-at-eval
  services.feed.key = lib.fileContents ../../secrets/crypt.conf; # want: secret-read-at-eval
  services.feed.pw = builtins.getEnv "MAIL_PASSWORD"; # want: secret-read-at-eval
  services.feed.run = builtins.readFile "/run/secrets/feed"; # want: secret-read-at-eval
  services.feed.home = builtins.getEnv "HOME"; # clean
  services.feed.style = builtins.readFile ./password-form.css; # clean
  services.feed.list = builtins.readFile ../../keys/ann.pub; # clean

  warnings = [ "services.portal.password = \"fake9!\" is visible to everyone" ]; # clean
  assertions = [ { assertion = true; message = "set apiKey to \"fake9Fake9\""; } ]; # clean
  # users.users.ann.password = "hunter2hunter2"; # clean
}
