{ lib, pkgs, ... }:
{
  isoImage.squashfsCompression = "zstd -Xcompression-level 6";

  services.openssh = {
    enable = true;
    settings = {
      PermitRootLogin = lib.mkForce "yes";
      PasswordAuthentication = true;
    };
  };
  users.users.root.openssh.authorizedKeys.keys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPt9Vb3Zk0sYc1r7mQh2wXn4uJ6eLd8oTgKiRfB5aSyC ops"
  ];

  networking = {
    firewall.enable = false;
    wireless.enable = lib.mkForce false;
  };
  boot = {
    kernelPackages = pkgs.linuxPackages_latest;
    supportedFilesystems.zfs = lib.mkForce false;
  };
  environment.systemPackages = [ pkgs.parted ];
  system.stateVersion = lib.trivial.release;
}
