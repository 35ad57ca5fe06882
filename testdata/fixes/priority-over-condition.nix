# What was meant: each mark at the place where the module system looks for it. The options have a default, and another module
# defines them too, so that it shows which definition wins.
{ lib, first, second }:
let
  inherit (lib) types;
  option = type: default: lib.mkOption { inherit type default; };
  is = mark: value: builtins.isAttrs value && (value._type or null) == mark;
  # The mark goes below conditions and merges.
  below = mark: value:
    if is "if" value then lib.mkIf value.condition (below mark value.content)
    else if is "merge" value then lib.mkMerge (map (below mark) value.contents)
    else mark value;
  # Of two priorities the outer one was meant, and so with orders; an order goes below a priority.
  mkOverride = priority: below (value: lib.mkOverride priority (if is "override" value then value.content else value));
  mkOrder = priority: below (value:
    if is "override" value then lib.mkOverride value.priority (lib.mkOrder priority value.content)
    else lib.mkOrder priority (if is "order" value then value.content else value));
in
{
  options = {
    networking.hostName = option types.str "nixos";
    services.a.enable = option types.bool false;
    services.a.list = option (types.listOf types.str) [ "default" ];
    services.a.port = option types.int 1;
    services.b.level = option types.int 1;
    services.b.list = option (types.listOf types.str) [ "default" ];
    services.b.name = option types.str "default";
  };
  others = {
    networking.hostName = lib.mkOverride 900 "other";
    services.a.list = [ "other" ];
    services.a.port = if second then 2 else lib.mkDefault 2;
    services.b.level = lib.mkDefault 2;
    services.b.list = lib.mkAfter [ "other" ];
    services.b.name = lib.mkDefault "other";
  };
  arguments.cfg = { x = first; y = second; };
  meant = _: {
    lib = lib // {
      inherit mkOverride mkOrder;
      mkForce = mkOverride 50;
      mkDefault = mkOverride 1000;
      mkBefore = mkOrder 500;
      mkAfter = mkOrder 1500;
    };
  };
}
