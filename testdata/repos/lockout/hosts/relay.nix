{
  networking.hostName = "relay";
  boot.loader.grub.device = "/dev/vda";

  fileSystems."/" = {
    device = "/dev/vda1";
    fsType = "ext4";
  };

  services.openssh = {
    enable = true;
    settings.PasswordAuthentication = false;
  };
  services.nginx.enable = true;
  system.stateVersion = "24.05";
}
