# A merge with a condition in it.
{ cfg, lib, ... }:
let
  inherit (lib) mkForce mkIf mkMerge;
in
{
  services.a.list = mkForce (mkMerge [ [ "a" ] [ "b" ] ]);
  services.a.port = mkForce (mkIf (!cfg.y) (3 + 4));
  networking.hostName = lib.mkDefault (lib.mkForce "b");
}
