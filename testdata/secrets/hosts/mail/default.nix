# The host with agenix.
{ config, lib, ... }:
{
  imports = [ ../../modules/options.nix ];
  system.stateVersion = "24.05";
  fileSystems."/" = { device = "/dev/disk/by-label/root"; fsType = "ext4"; };

  age.secrets = {
    dkim.file = ../../secrets/agenix/dkim.age; # clean
    unlisted.file = ../../secrets/agenix/unlisted.age; # want: sops-wiring
    bare.file = ../../secrets/agenix/bare.age; # want: unencrypted-secret-file
  };
  age.identityPaths = [ "/etc/ssh/ssh_host_ed25519_key" ]; # clean

  mailserver.loginAccounts."ann@example.org".hashedPassword = "$2b$05$@secret(mailhash)@"; # want: password-hash
  services.dovecot2.extraConfig = "ssl_key = </var/lib/acme/mail/key.pem"; # clean
  services.mail.dkimFile = config.age.secrets.dkim.path; # clean
  services.mail.arcFile = config.age.secrets.arc.path; # want: sops-wiring
  services.openldap.adminPwFile = ../../secrets/agenix/dkim.age; # clean
  services.roundcube.database.password = "@secret(roundcube)@"; # want: plaintext-secret
  services.oauth2-proxy.clientSecret = "@secret(proxy)@"; # want: plaintext-secret
  services.oauth2-proxy.cookie.secret = "@secret(cookie)@"; # want: plaintext-secret
  services.matrix-synapse.settings.registration_shared_secret = "@secret(synapse)@"; # want: plaintext-secret
  users.users.ldap.hashedPassword = "{SSHA}@secret(ssha)@"; # want: password-hash
}
