# The user, on every machine.
{ config, pkgs, ... }:
{
  imports = [
    ./git.nix
    ./shell.nix
  ];

  home.packages = [
    pkgs.fd
    pkgs.ripgrep
  ];

  home.sessionVariables.NOTES = "${config.home.homeDirectory}/notes";

  nixpkgs.config.allowUnfree = true;

  home.stateVersion = "24.05";
}
