# What a module comes to, and what its author meant, in the world of one lint. `first` and `second` are what the conditions of the
# module ask about.
{ lib, lint, first, second }:
let
  world = import (./. + "/${lint}.nix") { inherit lib first second; };
  arguments = { config = { }; options = { }; inherit lib; } // world.arguments;
  evaluate = module: (lib.evalModules {
    modules = [ { inherit (world) options; config = world.others; } module ];
    specialArgs = world.arguments;
  }).config;
  # Without sets that are empty, which say nothing.
  plain = value:
    if !builtins.isAttrs value then value
    else
      let
        members = builtins.mapAttrs (_: plain) value;
        said = builtins.filter (name: members.${name} != { }) (builtins.attrNames members);
      in
      builtins.listToAttrs (map (name: { inherit name; value = members.${name}; }) said);
  # Only the options of the world: the real system has `_module` beside them.
  show = config: builtins.toJSON (plain (builtins.intersectAttrs world.options config));
in
{
  value = module: show (evaluate module);
  # `after` is the module with the fix.
  meant = before: after: show (evaluate (_: before (arguments // world.meant (evaluate after))));
}
