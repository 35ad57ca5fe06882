# The home server: files, web, backups.
{ pkgs, ... }:
{
  imports = [
    ./hardware-configuration.nix
    ../../modules/nixos
  ];

  networking.hostName = "atlas";
  networking.hostId = "8f0a3c1d";
  time.timeZone = "Europe/Vienna";

  homelab = {
    web = {
      enable = true;
      domain = "atlas.example.org";
    };
    backup = {
      enable = true;
      repository = "sftp:borealis:/srv/backup/atlas";
    };
    monitoring.enable = true;
  };

  sops.defaultSopsFile = ../../secrets/atlas.yaml;
  sops.secrets."backup/password" = { };

  networking.wireguard.interfaces.wg0 = {
    ips = [ "10.44.0.1/24" ];
    listenPort = 51820;
    privateKey = "bm90LWEtcmVhbC1rZXktaXQtaXMtb25seS1hLXRlc3Q=";
  };

  environment.systemPackages = [
    pkgs.htop
    pkgs.homelab-report
  ];

  home-manager.useGlobalPkgs = true;
  home-manager.useUserPackages = true;
  home-manager.users.ines = ../../home;

  system.stateVersion = "24.05";
}
