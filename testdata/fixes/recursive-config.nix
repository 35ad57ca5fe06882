# What was meant: the module as a function of a `config` that is finished, so that its names may depend on it.
{ lib, first, second }:
let
  json = lib.types.oneOf [ lib.types.bool lib.types.int lib.types.str (lib.types.listOf json) (lib.types.attrsOf json) ];
  settings = lib.mkOption { type = lib.types.attrsOf json; default = { }; };
in
{
  options = {
    a = settings;
    boot = settings;
    environment = settings;
    my = settings;
    services = settings;
    x = settings;
  };
  others.my = {
    a = first;
    b = second;
    enable = first;
    level = if first then 1 else 2;
    name = if second then "left" else "right";
    web.enable = first;
    x = first;
  };
  arguments = { };
  meant = config: { inherit config; };
}
