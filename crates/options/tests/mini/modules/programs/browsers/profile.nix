{ lib, ... }:
{
  options.extensions = lib.mkOption { type = lib.types.listOf lib.types.package; default = [ ]; };
  imports = [ (lib.mkRemovedOptionModule [ "theme" ] "Gone.") ];
}
