{ config, ... }:
{
  networking.hostName = "vault";
  boot.loader.systemd-boot.enable = true;

  fileSystems."/srv" = {
    device = "/dev/disk/by-label/old-srv";
    fsType = "ext4";
  };

  services.restic.server = {
    enable = true;
    dataDir = "/srv/restic";
  };
  users.users.ops = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    hashedPasswordFile = "/persist/ops.hash";
  };
  system.stateVersion = "25.05";
}
