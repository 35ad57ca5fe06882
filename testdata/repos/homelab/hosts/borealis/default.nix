# The second server, in another house: receives the backups.
{ lib, pkgs, ... }:
{
  imports = [
    ./hardware-configuration.nix
    ../../modules/nixos
  ];

  networking.hostName = "borealis";
  time.timeZone = "Europe/Oslo";

  homelab.monitoring.enable = true;

  services.openssh = {
    enable = true;
    settings.PasswordAuthentication = false;
    settings.PermitRootLogin = "no";
  };

  users.users.backup = {
    isSystemUser = true;
    group = "backup";
    home = "/srv/backup";
    createHome = true;
    shell = pkgs.bashInteractive;
    openssh.authorizedKeys.keyFiles = [ ./backup-atlas.pub ];
  };
  users.groups.backup = { };

  system.stateVersion = lib.trivial.release;
}
