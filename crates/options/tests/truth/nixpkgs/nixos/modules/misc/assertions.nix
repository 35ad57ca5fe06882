# Stands in for the file of nixpkgs.
{ lib, ... }:
{
  options.assertions = lib.mkOption { type = lib.types.listOf lib.types.unspecified; internal = true; default = [ ]; };
  options.warnings = lib.mkOption { type = lib.types.listOf lib.types.str; internal = true; default = [ ]; };
}
