{ pkgs, ... }:
{
  networking = {
    hostName = "nas";
    firewall.allowedTCPPorts = [ 445 ];
  };

  boot.kernelPackages = pkgs.linuxPackages_latest;

  services.samba = {
    enable = true;
    settings.media = {
      path = "/tank/media";
      "read only" = "no";
    };
  };
  services.zfs.autoScrub.enable = true;

  users.users.ann = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPt9Vb3Zk0sYc1r7mQh2wXn4uJ6eLd8oTgKiRfB5aSyC ann" ];
  };
  services.openssh = {
    enable = true;
    settings.PasswordAuthentication = false;
  };

  system.stateVersion = "23.11";
}
