{ lib, ... }:
if !(lib ? types) then
  throw "no library"
else
let
  inherit (lib) mkOption types;
in
rec {
  base = {
    description = mkOption { type = types.singleLineStr; default = ""; };
    after = mkOption { type = types.listOf types.str; default = [ ]; };
  };
  service = { config, ... }: {
    options.script = mkOption { type = types.lines; default = ""; };
  };
}
