# Stands in for the file of nixpkgs.
{ lib, ... }:
{
  options.meta = lib.mkOption { type = lib.types.attrsOf lib.types.unspecified; internal = true; default = { }; };
}
