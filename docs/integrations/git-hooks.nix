# A module for git-hooks.nix (as a flake-parts module).
{ lib, pkgs, ... }:
{
  pre-commit.settings.hooks.nivis = {
    enable = true;
    name = "nivis";
    description = "Lint the NixOS, home-manager and flake configuration.";
    package = pkgs.nivis;
    entry = "${lib.getExe pkgs.nivis} check --force-exclude";
    files = "(\\.nix|(^|/)flake\\.lock)$";
    require_serial = true;
  };
}
