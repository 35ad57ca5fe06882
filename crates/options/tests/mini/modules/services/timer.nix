{ lib, pkgs, config, utils ? null, ... }@args:
let
  inherit (lib) types mkOption;
  unit = import ../lib/unit-options.nix { inherit lib; };
  common = rec {
    name = mkOption { type = types.str; };
    alias = name;
  };
in
{
  options.services.timer = {
    enable = lib.mkOption { type = types.bool; default = false; example = true; };
    units = mkOption {
      default = { };
      type = types.attrsOf (types.submodule ({ ... }: { imports = [ unit.service ]; options = unit.base // common; }));
    };
    nested = {
      a.b.c = mkOption { type = types.int; default = 1; };
      a.b.d = mkOption { type = types.int; default = 2; };
      a = {
        e = mkOption { type = types.str; default = args.name or "x"; };
      };
    };
  };
}
