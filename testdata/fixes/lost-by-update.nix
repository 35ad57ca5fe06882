# What was meant: `//` as if a marked set were the set that its condition makes it.
{ lib, first, second }:
let
  json = lib.types.oneOf [ lib.types.bool lib.types.int lib.types.str (lib.types.listOf json) (lib.types.attrsOf json) ];
  settings = lib.mkOption { type = lib.types.attrsOf json; default = { }; };
in
{
  options = {
    hardware = settings;
    launchd = settings;
    nixpkgs = settings;
    programs = settings;
    services = settings;
  };
  others = { };
  arguments = {
    cfg = { quiet = first; tls = first; x = first; y = second; };
    a = first;
    b = second;
  };
  meant = _: {
    lib = lib // {
      mkIf = condition: content: if condition then content else { };
      mkMerge = builtins.foldl' (a: b: a // b) { };
      mkOverride = _: content: content;
      mkDefault = content: content;
      mkForce = content: content;
    };
  };
}
