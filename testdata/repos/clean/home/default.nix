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

  home.stateVersion = "24.05";
}
