# One key of an agent's settings is lost, inside a definition that is itself merged.
{ cfg, lib, ... }:
let
  inherit (lib) mkIf mkMerge;
in
{
  launchd.agents.runner = mkMerge [
    {
      label = "runner";
      alive = {
        crashed = false;
      } // mkIf cfg.x {
        done = true;
      };
    }
    { load = true; }
  ];
}
