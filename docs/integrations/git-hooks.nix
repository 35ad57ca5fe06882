# `perSystem` of a flake that imports the module of git-hooks.nix for flake-parts.
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
