{ pkgs, ... }:

{
  imports = [ ./hardware-configuration.nix ];

  boot.loader.systemd-boot.enable = true;

  networking.hostName = "nixos";
  networking.networkmanager.enable = true;

  time.timeZone = "Europe/Berlin";

  users.users.alice = {
    isNormalUser = true;
    description = "Alice";
    password = "correct horse";
    extraGroups = [ "networkmanager" "wheel" ];
  };

  nixpkgs.config.allowUnfree = true;
  environment.systemPackages = [ pkgs.vim pkgs.firefox ];

  nix.gc = { automatic = true; dates = "weekly"; options = "-d"; };

  system.stateVersion = "24.05";
}
