{
  networking = {
    hostName = "gate";
    useDHCP = false;
    nat.enable = false;
    firewall.enable = false;
  };
  boot.kernel.sysctl."net.ipv4.ip_forward" = 1;
  boot.loader.systemd-boot.enable = true;

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/0b7c5d1e-7a64-4a55-9c1f-2f0f8a6d4e11";
    fsType = "ext4";
  };

  services.openssh = {
    enable = true;
    settings.PasswordAuthentication = false;
  };
  users.users.root.openssh.authorizedKeys.keys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPt9Vb3Zk0sYc1r7mQh2wXn4uJ6eLd8oTgKiRfB5aSyC ops"
  ];
  system.stateVersion = "22.11";
}
