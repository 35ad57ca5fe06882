# The laptop.
{ pkgs, ... }:
{
  imports = [ ../../modules/darwin ];

  networking.hostName = "ember";
  nixpkgs.hostPlatform = "aarch64-darwin";
  system.primaryUser = "ines";

  environment.systemPackages = [ pkgs.homelab-report ];

  users.users.ines.home = "/Users/ines";

  home-manager.useGlobalPkgs = true;
  home-manager.useUserPackages = true;
  home-manager.users.ines = ../../home;

  system.stateVersion = 5;
}
