# Logins, networks, databases: values on options that take secrets.
{ config, lib, pkgs, ... }:
let
  backupPhrase = "@secret(backup)@";
  smtp = { host = "smtp.example.org"; port = 465; };
in
{
  imports = [ ./services.nix ./units.nix ./files.nix ];

  system.stateVersion = "24.05";
  fileSystems."/" = { device = "/dev/disk/by-label/root"; fsType = "ext4"; };

  users.users.ann = {
    isNormalUser = true;
    password = "@secret(ann)@"; # want: plaintext-secret
    openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPt9Vb3Zk0sYc1r7mQh2wXn4uJ6eLd8oTgKiRfB5aSyC ann@web" ]; # clean
  };
  users.users.bob.initialPassword = lib.mkForce "@secret(bob)@"; # want: plaintext-secret
  users.users.eve.hashedPassword = "$6$fakesalt$@secret(eve)@"; # want: password-hash
  users.users.mia.hashedPassword = "$1$fakesalt$@secret(mia)@"; # want: password-hash
  users.users.noa.initialHashedPassword = "$y$j9T$fakesalt$@secret(noa)@"; # want: password-hash
  users.users.kim.hashedPasswordFile = config.sops.secrets."users/kim".path; # clean
  users.users.joe.hashedPassword = "!"; # clean
  users.users.lea.hashedPassword = ""; # clean
  users.users.tom.password = null; # clean
  users.users.pia.hashedPassword = "*"; # clean
  users.users.git = { isSystemUser = true; group = "git"; home = "/srv/git"; };

  boot.loader.grub.users.root.password = "@secret(grub)@"; # want: plaintext-secret
  boot.loader.grub.users.ops.hashedPassword = "grub.pbkdf2.sha512.10000.fa4e5dabc6e7fa4e5dabc6e7"; # want: password-hash
  boot.initrd.systemd.emergencyAccess = "$6$fakesalt$@secret(emergency)@"; # want: password-hash

  networking.wireguard.interfaces.wg0 = {
    privateKey = "@token(wireguard)@"; # want: plaintext-secret
    peers = [ {
      publicKey = "Kd3wPq8vT1nXz5rYb7mLc2hJf9sGa4eUo6iRtQyWvAE="; # clean
      endpoint = "vpn.example.org:51820";
      presharedKeyFile = "/run/secrets/wg-psk"; # clean
    } ];
  };
  networking.wireless.networks.home.psk = "@secret(home)@"; # want: plaintext-secret
  networking.wireless.networks.cafe.pskRaw = "ext:psk_cafe"; # clean
  networking.wireless.networks.open = { };
  networking.networkmanager.ensureProfiles.profiles.work.wifi-security.psk = "$WORK_PSK"; # clean
  networking.networkmanager.ensureProfiles.profiles.lab.wifi-security.psk = "@secret(lab)@"; # want: plaintext-secret
  services.hostapd.radios.w.networks.w.authentication.saePasswords = [ { password = "@secret(sae)@"; } ]; # want: plaintext-secret

  services.borgbackup.jobs.home.encryption.passphrase = backupPhrase; # want: plaintext-secret
  services.borgbackup.jobs.srv.encryption.passCommand = "cat /run/secrets/borg"; # clean
  services.redis.servers.cache.requirePass = "@secret(redis)@"; # want: plaintext-secret
  services.redis.servers.queue.requirePassFile = "/run/secrets/redis"; # clean
  services.couchdb = {
    enable = true;
    adminPass = "@secret(couch)@"; # want: plaintext-secret
  };
  services.rke2 = lib.mkIf config.services.couchdb.enable { token = "@secret(rke)@"; }; # want: plaintext-secret
  services.k3s.tokenFile = "/run/secrets/k3s"; # clean
  services.coturn.static-auth-secret = "@secret(turn)@"; # want: plaintext-secret
  services.grafana.settings.security = {
    admin_password = "$__file{/run/secrets/grafana}"; # clean
    secret_key = "@secret(grafana)@"; # want: plaintext-secret
  };
  services.grafana.settings.smtp.password = "$__env{SMTP_PASSWORD}"; # clean
  services.nextcloud.config = {
    dbpass = "@secret(nextcloud)@"; # want: plaintext-secret
    adminpassFile = "/run/secrets/nextcloud"; # clean
  };
  services.nginx.virtualHosts."web.example.org" = {
    basicAuth.ann = "@secret(basic)@"; # want: plaintext-secret
    sslCertificate = ./web.crt; # clean
    locations."/pass".proxyPass = "http://unix:/run/app.sock"; # clean
  };
  services.transmission.settings.rpc-password = "@secret(transmission)@"; # want: plaintext-secret
  services.mosquitto.listeners = [ { users.sensor.password = "@secret(mqtt)@"; } ]; # want: plaintext-secret
  services.vaultwarden.config = {
    ADMIN_TOKEN = "@secret(vault)@"; # want: plaintext-secret
    DOMAIN = "https://vault.example.org"; # clean
    SIGNUPS_ALLOWED = false;
    PASSWORD_ITERATIONS = 600000; # clean
  };
  services.gitea.database.password = "@secret(gitea)@"; # want: plaintext-secret
  services.murmur.password = "$MURMUR_PASSWORD"; # clean
  services.zigbee2mqtt.settings.mqtt.password = "!secrets.yaml mqtt"; # clean
  services.snipe-it.config.APP_KEY = { _secret = "/run/keys/snipe"; }; # clean
  services.lldap.settings.jwt_secret = "@secret(lldap)@"; # want: plaintext-secret
  services.minecraft-server.serverProperties = {
    "rcon.password" = "@secret(rcon)@"; # want: plaintext-secret
    level-seed = "-7770012345"; # clean
  };
  systemd.network.netdevs.wg1.wireguardConfig.PrivateKey = "@token(wireguard)@"; # want: plaintext-secret
  systemd.network.netdevs.wg2.wireguardConfig.PrivateKeyFile = "/run/secrets/wg2"; # clean

  nix.settings = {
    access-tokens = "github.com=@token(github)@"; # want: plaintext-secret
    trusted-public-keys = [ "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=" ]; # clean
    netrc-file = "/etc/nix/netrc"; # clean
    secret-key-files = [ "/etc/nix/signing.sec" ]; # clean
  };
  nix.extraOptions = "!include /run/secrets/nix-tokens"; # clean
  virtualisation.oci-containers.containers.app.login = {
    username = "ann";
    passwordFile = "/run/secrets/registry"; # clean
  };
}
